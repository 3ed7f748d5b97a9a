"""TLB shootdown between harts: every request is answered."""
import re

import pytest


@pytest.mark.parametrize("icount", [None, "shift=0,sleep=off"])
def test_every_hart_answers(boot, checked_tree, icount):
    """Four harts send each other requests; none waits forever, even if QEMU
    runs them in one thread and a waiting hart has to yield."""
    args = "shoot=200" + (" icount" if icount else "")
    machine = boot(build=checked_tree, cpus=4, icount=icount, args=args,
                   run="exit 0")
    assert machine.status() == 0, machine.tail()
    answered = re.findall(r"hart (\d) had 200 shoot-downs answered",
                          machine.console())
    assert sorted(answered) == ["0", "1", "2", "3"], machine.tail()


def flushed(machine):
    """How often QEMU has flushed translations."""
    return sum(int(count) for count in
               re.findall(r"TLB (?:full|partial) flushes\s+(\d+)",
                          machine.monitor("info jit")))


@pytest.mark.parametrize("row, each", [("zero", 0), ("file", 0), ("copy", 1)])
def test_only_what_is_taken_away_is_flushed(boot, row, each):
    """A fault that maps a page flushes nothing; one that replaces a page
    flushes once. bench has 512 such faults, twice. QEMU counts one flush for
    the program and one for the kernel."""
    machine = boot(mem="256M")
    machine.prompt()
    before = flushed(machine)
    machine.command(f"bench 'page fault: {row}'", quiet=20)
    assert "= 512 " in machine.console()
    found = (flushed(machine) - before) / 2 / 1024
    assert each <= found < each + 0.3


def test_new_stacks_are_known_to_each_hart(boot, checked_tree):
    """Twenty threads at once need stacks that were never mapped, and run on
    harts that have not mapped them. A checked build panics if a hart uses such
    a stack without a fence since then; an emulator would allow it."""
    machine = boot(build=checked_tree, cpus=4, run="&".join(["sleep 3"] * 20))
    assert machine.status() == 0, machine.tail()
