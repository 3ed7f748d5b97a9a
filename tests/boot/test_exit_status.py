"""run=: the command's status becomes QEMU's exit status."""
import os

import pytest

from machine import Machine

RUNS = int(os.environ.get("STATUS_RUNS", "24"))     # newest.sh sets more


@pytest.mark.parametrize("status, seen", [
    (0, 0), (1, 1), (7, 7), (255, 255), (256, 255), (257, 1)])
def test_status_of_the_command(boot, status, seen):
    """The low 8 bits; 255 if they are 0 and the status is not."""
    machine = boot(run=f"echo fine; poweroff {status}")
    machine.expect("fine")
    assert machine.status() == seen


@pytest.mark.parametrize("command, seen", [
    ("true", 0), ("false", 1), ("true && false || true", 0),
    ("(false)", 1), ("exit 7", 7)])
def test_status_of_a_shell_line(boot, command, seen):
    """init hands the line to a shell and reports its status."""
    machine = boot(run=f"echo fine; {command}")
    machine.expect("fine")
    assert machine.status() == seen


@pytest.mark.parametrize("command, args, seen", [
    ("exit 7", "", 7), ("exit 0", "", 0), ("exit 7", "timer=none", 101)])
def test_no_status_is_lost(command, args, seen):
    """On any number of harts, every time: newer QEMUs run on for a while after
    they were told to end, and must not receive another status."""
    found = []
    for i in range(RUNS):
        with Machine(cpus=1 + i % 4, args=args,
                     run=f"echo fine; {command}") as machine:
            machine.expect("panic: boot argument timer" if args else "fine")
            found.append(machine.status())
    assert found == [seen] * RUNS


@pytest.mark.parametrize("command, seen", [("exit 7", 7), ("true", 0)])
def test_status_under_icount(boot, command, seen):
    """With all harts in wfi and no host time passing."""
    machine = boot(cpus=1, icount="shift=0,sleep=off", run=f"echo; {command}")
    assert machine.status(quiet=2) == seen
    assert "tether: boot hart" in machine.console()


def test_a_missing_program_fails(boot):
    """A command that does not exist is reported and fails."""
    machine = boot(run="no-such-program")
    machine.expect("no-such-program")
    assert machine.status() not in (0, 101)


def test_poweroff_from_the_shell(shell):
    """poweroff ends QEMU with the given status."""
    shell.send("poweroff 9\n")
    assert shell.status() == 9


def test_output_before_the_end_is_whole(boot):
    """Output is not lost when the machine powers off."""
    machine = boot(run="cat README.md")
    assert machine.status() == 0
    with open("README.md", encoding="utf-8") as file:
        assert file.read().rstrip() in machine.console()
