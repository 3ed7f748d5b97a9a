"""make: up to date the second time, helpful, and right with any compiler."""
import re

import pytest

from commands import make, run
from machine import Machine


def test_nothing_is_built_twice(tree):
    """A second make finds everything up to date."""
    first, second = make(), make()
    assert not re.search(r"\b(CC|LD|gcc|mkfs)\b", second), second
    assert len(second) <= len(first)


def test_help_names_the_targets():
    """make help lists each target that the README promises."""
    text = make("help")
    for target in ("qemu", "qemu-gdb", "gdb", "test", "usertests", "clean",
                   "help", "CPUS", "MEM", "BOOTARGS", "CHECK", "LLVM"):
        assert re.search(rf"\b{target}\b", text), f"no {target} in make help"


@pytest.mark.parametrize("name, words", [
    ("gnu", ["TOOLPREFIX=riscv64-linux-gnu-"]),
    ("llvm", ["LLVM=1"])])
def test_other_compilers(name, words):
    """The distribution's Linux compiler and clang make a kernel that works."""
    folder = f"build/{name}"
    make(*words, f"B={folder}")
    with Machine(build=folder, cpus=2, run="echo fine && ls | wc") as machine:
        machine.expect("fine")
        assert machine.status() == 0, machine.tail()


def test_a_missing_compiler_is_one_line():
    """A compiler that is not there is named, with what to do."""
    done = run(["make", "TOOLPREFIX=no-such-compiler-", "B=build/none"],
               env={"TETHER_SETUP": "never"})
    assert done.returncode != 0
    assert "no-such-compiler-gcc" in done.stdout
    assert len(done.stdout.strip().split("\n")) <= 3, done.stdout
