"""The programs that try the system calls from inside."""
import re

import pytest


@pytest.mark.parametrize("cpus", [1, 4])
def test_usertests(boot, each_tree, cpus):
    """Every quick case passes, on one hart and on four, in both builds."""
    machine = boot(build=each_tree, cpus=cpus, run="usertests -q")
    status = machine.status(quiet=30)
    failed = re.findall(r".*FAILED.*", machine.console())
    assert status == 0, "\n".join(failed) or f"status {status}"
    assert re.search(r"\n\d+ passed, 0 failed", machine.console())


def test_usertests_in_little_memory(boot, small_image):
    """32 MiB is enough for the quick cases."""
    machine = boot(cpus=2, mem="32M", image=small_image, run="usertests -q")
    assert machine.status(quiet=30) == 0


@pytest.mark.parametrize("timer", ["sbi", "sstc"])
def test_forktest(boot, small_image, timer):
    """Forking until it fails, and taking all of it back, twice."""
    machine = boot(cpus=2, mem="32M", image=small_image,
                   args=f"timer={timer}", run="forktest && forktest")
    assert machine.status(quiet=20) == 0


def test_stressfs(boot):
    """Many processes write, read and delete at once, on four harts."""
    machine = boot(cpus=4, run="stressfs")
    assert machine.status(quiet=10) == 0
