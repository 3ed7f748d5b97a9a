"""The same run twice: identical output, to the last digit of a counter."""
import re

import pytest

EXACT = "shift=0,sleep=off"     # QEMU counts instructions, not time


def console(boot, command, cpus):
    machine = boot(run=command, cpus=cpus, args="icount", icount=EXACT)
    assert machine.status(quiet=5) == 0
    return machine.console()


@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("command", ["lde syscall", "ls | wc",
                                     "lde yield"])
def test_two_runs_are_identical(boot, command, cpus):
    """Including counters: nothing depends on the host's time."""
    assert console(boot, command, cpus) == console(boot, command, cpus)


def test_the_figures_are_there(boot):
    """The compared output does contain counted instructions."""
    assert re.search(r"costs \d+ cycles", console(boot, "lde syscall", 1))
