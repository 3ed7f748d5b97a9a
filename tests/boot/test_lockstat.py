"""lockstat: a checked build counts lock contention."""
import re

import pytest

from machine import CHECKED

EXACT = "shift=0,sleep=off"     # QEMU counts instructions, not time
ROW = (r"^lockstat: (?P<name>.{20}) "
       r"(?P<kind>sleep|dir|spin|pool|inside)"
       r" +(?P<numbers>\d+ +\d+ +\d+ +\d+)$")
WAITERS_SLEEP = ("sleep", "dir")

# Two programs that use one file, and two ends of one pipe, a few bytes at a
# time.
WRITES = 150
ONE_FILE = (f"dd if=/zero of=/f bs=65536 count={WRITES} & "
            f"dd if=/zero of=/f bs=65536 count={WRITES}; wait")
ONE_PIPE = "dd if=/zero bs=200000 count=1 | dd of=/null bs=7"


@pytest.fixture
def table(boot, checked_tree):
    """Boots with lockstat and a command; {(name, kind): figures}."""
    def boot_and_read(command, cpus, args="lockstat", **options):
        machine = boot(build=CHECKED, cpus=cpus, run=command, args=args,
                       **options)
        assert machine.status(quiet=20) == 0
        found = {}
        for match in re.finditer(ROW, machine.console(), re.M):
            taken, contended, turns, longest = map(
                int, match["numbers"].split())
            found[match["name"].strip(), match["kind"]] = {
                "taken": taken, "contended": contended, "turns": turns,
                "longest": longest}
        return found
    return boot_and_read


def test_one_hart_never_spins(table):
    """A spinlock's holder is not interrupted, so no other thread finds it
    taken; but a sleep lock's holder can lose its hart."""
    found = table(ONE_FILE, cpus=1, icount=EXACT)
    for (name, kind), figures in found.items():
        if kind not in WAITERS_SLEEP:
            assert figures["contended"] == figures["turns"] == 0, name
    assert found["inode", "sleep"]["contended"] > 0
    assert found["inodes", "spin"]["taken"] > 0


def test_four_harts_fight_for_a_pipe(table):
    """Copies at both ends take the pipe's one lock."""
    found = table(ONE_PIPE, cpus=4)
    assert found["pipe", "spin"]["contended"] > 0
    assert found["pipe", "spin"]["turns"] >= found["pipe", "spin"]["contended"]


def test_four_harts_read_a_file_side_by_side(table):
    """Each writer has its own descriptor. A writer that opens the file late has
    it alone for a moment, and some of the others wait then."""
    found = table("bench share read", cpus=4, args="lockstat icount hz=10000",
                  icount=EXACT)
    inode = found["inode", "sleep"]
    assert inode["taken"] >= 2 * 8 * 100 * 16
    assert inode["contended"] < inode["taken"] / 100


def test_four_harts_fight_for_a_file(table):
    """The second writer sleeps until the first has finished."""
    found = table(ONE_FILE, cpus=4, args="lockstat icount", icount=EXACT)
    inode = found["inode", "sleep"]
    assert inode["taken"] >= 2 * WRITES      # each write takes it at least once
    assert 0 < inode["contended"] <= inode["taken"]


def test_figures_fit_together(table):
    """The most contended come first, and no lock is contended more often than
    it is taken. Counted in instructions, because on a busy host any lock looks
    contended."""
    found = table(ONE_FILE, cpus=4, args="lockstat icount", icount=EXACT)
    contended = [figures["contended"] for figures in found.values()]
    assert contended == sorted(contended, reverse=True)
    for key, figures in found.items():
        assert figures["taken"] > 0, key
        assert figures["contended"] <= figures["taken"], key
        assert figures["turns"] >= figures["contended"], key
    # A write of 64 KiB holds the file's lock while it allocates pages.
    assert found["inode", "sleep"]["longest"] > \
        found["alloc", "sleep"]["longest"] > 0


def test_the_same_run_has_the_same_figures(table):
    runs = [table(ONE_FILE, cpus=1, icount=EXACT) for _ in range(2)]
    assert runs[0] and runs[0] == runs[1]


def test_only_who_asks_gets_it(table, boot, tree):
    """Without the argument there is no table; a normal build does not know
    it."""
    assert not table("true", cpus=1, args="")
    machine = boot(run="true", args="lockstat")
    assert machine.status(quiet=5) == 0
    assert re.search(r"unknown.*lockstat|lockstat.*unknown",
                     machine.console())
