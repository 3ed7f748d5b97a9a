"""Programs that work at random and check everything, with power cuts meanwhile:
a few cycles of the soak, which must detect a disk that breaks its promises."""
import random

import pytest

import soak as soaks
from commands import run
from images import make_image, write
from recording import FLUSH

GRIND = "grind -n 600 -p 8"


# -- grind alone ----------------------------------------------------------

@pytest.mark.parametrize("cpus", [1, 4])
def test_grind(boot, each_tree, tmp_path, cpus):
    """Everything matches the model, nothing is left behind, the disk is
    sound."""
    image = make_image(tmp_path / "fs.img", build=each_tree)
    machine = boot(build=each_tree, disk=image, cpus=cpus,
                   run=f"{GRIND} -s {cpus}")
    assert machine.status(quiet=30) == 0, machine.tail()
    assert run(["build/fsck", str(image)]).stdout == ""


def digests(machine):
    """The last output of each worker: a hash of all its results."""
    assert machine.status(quiet=30) == 0, machine.tail()
    return sorted(line for line in machine.console().splitlines()
                  if "digest" in line)


def test_the_same_seed_does_the_same(boot):
    """One seed gives the same results on one hart and on four; another does
    not."""
    first = digests(boot(cpus=1, run="grind -s 7 -n 400 -p 3"))
    assert len(first) == 3
    assert digests(boot(cpus=4, run="grind -s 7 -n 400 -p 3")) == first
    assert digests(boot(cpus=4, run="grind -s 8 -n 400 -p 3")) != first


def test_grind_when_room_runs_out(boot, tmp_path):
    """On a disk that is too small, -t accepts errors for lack of space."""
    image = make_image(tmp_path / "fs.img", size="6M", without=("usertests",))
    machine = boot(disk=image, cpus=2, run="grind || grind -t -p 8 -n 500")
    assert machine.status(quiet=30) == 0, machine.tail()
    assert "not enough room" in machine.console()
    assert run(["build/fsck", str(image)]).stdout == ""


@pytest.mark.parametrize("words", [
    "grind -n", "grind -n x", "grind -p 0", "grind -s -1", "grind 5",
    "stressfs 0", "stressfs x", "stressfs 1 2 3", "durable"])
def test_wrong_command_lines(shell, words):
    """A usage line and status 2."""
    assert f"usage: {words.split()[0]}" in shell.command(f"{words}; echo $?")


# -- power cuts -----------------------------------------------------------

def test_soak(tree, tmp_path):
    """Five cycles of work and power cuts on one disk."""
    soak = soaks.Soak(tmp_path, seed=1)
    for _ in range(5):
        soak.cycle()
    soak.finish()
    assert soak.promised.records > 20 and soak.operations > 100
    assert soak.replayed > 0 and soak.lost > 0


@pytest.fixture(scope="module")
def worked(tree, tmp_path_factory):
    """A soak after one run that was not cut yet, and that run."""
    soak = soaks.Soak(tmp_path_factory.mktemp("soak"), seed=2)
    return soak, soak.cycle()


def is_noticed(soak, disk):
    """Whether checking a disk finds a problem."""
    write(soak.disk, disk)
    try:
        soak.look()
    except AssertionError:
        return True
    return False


def test_a_disk_that_forgets_flushes(worked):
    """The second half is lost, although flushes promised it."""
    soak, done = worked
    soak.promised = soaks.Promised().after(*done.said(len(done.entries)), 0)
    count = len(done.entries)
    whole = soaks.power_cut(done.before, done.entries, random.Random(1))
    assert not is_noticed(soak, whole)
    half = soaks.power_cut(done.before, done.entries[:count // 2],
                           random.Random(1))
    assert is_noticed(soak, half)


def test_a_disk_that_loses_writes(worked):
    """Writes between two flushes are lost, the others are not. Older writes may
    no longer matter, but losing late ones is detected."""
    soak, done = worked
    flushes = [number for number, (_, flags, _) in enumerate(done.entries)
               if flags & FLUSH][-17:]
    noticed = 0
    for one, next_one in zip(flushes, flushes[1:]):
        entries = done.entries[:one + 1] + done.entries[next_one:]
        disk = soaks.power_cut(done.before, entries, random.Random(1))
        noticed += is_noticed(soak, disk)
    assert noticed > 0
