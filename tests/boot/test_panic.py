"""Deliberate panics: one complete report, and exit status 101."""
import os
import re

import pytest

from commands import make
from machine import ROOT

PANIC = 101


def report(machine):
    """The console of a machine that must panic."""
    assert machine.status() == PANIC
    return machine.console()


@pytest.mark.parametrize("cpus", [1, 4])
def test_report(boot, checked_tree, cpus):
    """The report comes once, with cause, registers, and named frames."""
    text = report(boot(build=checked_tree, cpus=cpus, args="panic"))
    assert text.count("panic:") == 1, text
    assert re.search(r"\bsp\b.*[0-9a-f]{16}", text), "no registers"
    assert "panic: kernel trap: store page fault, address 0x" in text
    assert re.search(r"kernel_main\+", text), "no names in the backtrace"


def test_all_harts_panic_together(boot, checked_tree):
    """Four harts panic at once: one report, not mixed with another."""
    text = report(boot(build=checked_tree, cpus=4, args="panic=all"))
    assert text.count("panic:") == 1, text


@pytest.mark.parametrize("how", ["overflow", "overflow=lost"])
def test_stack_overflow_is_named(boot, checked_tree, how):
    """Endless recursion is caught at the guard page and reported. So is an
    invalid stack pointer, after the vector has faulted its way to where a guard
    would be."""
    text = report(boot(build=checked_tree, args=how))
    assert "kernel stack overflow" in text
    assert text.count("panic:") == 1, text


def test_lock_order_is_checked(boot, checked_tree):
    """Locks taken in the wrong order: the panic names the lock and the
    ranks."""
    text = report(boot(build=checked_tree, args="rankbug"))
    assert re.search(r'panic: check: lock "[^"]+" of rank \d+ taken while '
                     r"one of rank \d+ is held", text)


def test_use_after_free_is_caught(boot, checked_tree):
    """A write to freed memory is detected when the memory is used again."""
    text = report(boot(build=checked_tree, args="uaf"))
    assert re.search(r"panic:.*was written after it was freed", text)


@pytest.mark.parametrize("words", [[], ["O=g"], ["LLVM=1"]])
def test_backtrace_leads_to_the_start(boot, words):
    """Every caller is found, whichever compiler built the kernel."""
    directory = "build/" + ("".join(words) or "O2").replace("=", "")
    make(*words, f"B={directory}", f"{directory}/kernel.elf")
    text = report(boot(build=directory, args="hz=0",
                       image=os.path.join(ROOT, "build/fs.img")))
    names = re.findall(r"^  0x[0-9a-f]+ (\w+)\+", text, re.MULTILINE)
    assert names[-2] == "kernel_main", text
    assert names[-1] in ("_start", "text_start"), text   # the same address
