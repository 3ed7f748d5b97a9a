"""Tests on a newer release, with the QEMU that people have now; newest.sh runs
them.

They check QEMU, the firmware, and the compiler of that release in the same way
as `make test` checks those of CI's own release, but only a few cases of each
kind.
"""
import re

import pytest

import matrix

ROWS = [dict(zip(matrix.FACTORS, values)) for values in [
    (1, "128M", "sbi", 100, "virtio", "elf", "2", 0, "qemu"),
    (8, "1G", "sstc", 100, "ram", "elf", "2", 0, "qemu"),
    (2, "2G", "no sstc", 1000, "virtio", "elf", "2", 0, "qemu"),
    (4, "4G", "sstc", 10, "virtio", "elf", "2", 0, "qemu"),
    (1, "8G", "sbi", 1000, "ram", "elf", "2", 0, "qemu")]]
RUNS = 60


@pytest.mark.parametrize("cpus", [1, 2, 4, 8])
@pytest.mark.parametrize("timer", ["sbi", "sstc"])
def test_boots(boot, cpus, timer):
    """Boots to a working shell, with all harts."""
    machine = boot(cpus=cpus, args=f"timer={timer}")
    machine.prompt()
    assert re.search(rf"tether: boot hart \d, {cpus} harts?, .* timer {timer}",
                     machine.console()), machine.tail()
    assert machine.command("echo hello | cat") == "hello"
    assert machine.command("sleep 1 && echo awake") == "awake"
    machine.send("poweroff 9\n")
    assert machine.status() == 9


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["mem"])
def test_memory(row):
    """All of it is used, and tests of each kind pass with it."""
    problem = matrix.try_row(row, tests="cow_* sbrk* preempt sleep fork_storm",
                             fill=matrix.SPARSE)
    assert problem is None, problem


def test_exit_statuses(boot):
    """Every run ends with its own status, after its output."""
    wrong = []
    for number in range(RUNS):
        status = (0, 1, 7, 255)[number % 4]
        machine = boot(cpus=1 + number % 3,
                       run=f"echo run {number}; exit {status}")
        seen = machine.status()
        if seen != status or f"\nrun {number}\n" not in machine.console():
            wrong.append(f"{seen} in place of {status}:\n{machine.tail()}")
        machine.end()
    assert not wrong, f"{len(wrong)} of {RUNS}; the first: {wrong[0]}"


def test_panics(boot):
    """A panic always ends with status 101 and gives the reason."""
    for number in range(RUNS // 4):
        machine = boot(cpus=1 + number % 4, image=False)
        assert machine.status() == 101, machine.tail()
        assert "panic:" in machine.console()
        machine.end()


@pytest.mark.parametrize("cpus", [1, 4])
def test_usertests(boot, cpus):
    """Every quick case."""
    machine = boot(cpus=cpus, run="usertests -q")
    status = machine.status(quiet=60)
    assert status == 0, machine.tail()
    assert re.search(r"\n\d+ passed, 0 failed", machine.console())
