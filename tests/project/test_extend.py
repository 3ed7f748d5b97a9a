"""Whoever extends the kernel stays green: the patches of tests/extend.

Each is what a course asks for.  Here they are applied together; `make extend`
runs all of `make test-kernel` on the tree with them.
"""
import glob
import os

import pytest

from commands import run
from copies import copy_tree
from machine import BUILD, ROOT

PATCHES = sorted(glob.glob(os.path.join(ROOT, "tests", "extend", "*.patch")))
# What the patches add, tried: a command, and what it prints.
SHOWN = [("hello", r"\nhello, kernel\n"),
         ("traced", r"syscall 11 -> \d+\n(.*\n)*.*syscall 3 -> \d+\n"),
         ("head -n 1 /ones", r"\n1{100}")]


def extend(directory):
    """Apply all patches to a copy of the tree."""
    for patch in PATCHES:
        done = run(["git", "-C", str(directory), "apply", patch],
                   env={"GIT_CEILING_DIRECTORIES": str(directory.parent)})
        assert done.returncode == 0, f"{patch}: {done.stdout}"


@pytest.fixture(scope="module")
def extended(tree, tmp_path_factory):
    """A built tree with all of them."""
    directory = copy_tree(tmp_path_factory.mktemp("extended"))
    extend(directory)
    done = run(["make", "-j2", "-C", str(directory)])
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout
    return str(directory / BUILD)


def test_there_are_patches():
    assert len(PATCHES) >= 5


@pytest.mark.parametrize("command, printed", SHOWN)
def test_the_additions_work(boot, extended, command, printed):
    machine = boot(build=extended, cpus=2, run=command)
    machine.expect(printed, quiet=10)


def test_usertests_pass(boot, extended):
    """With another default policy, a larger process, more calls and devices."""
    machine = boot(build=extended, cpus=2, run="usertests -q")
    machine.expect(r"\n\d+ passed, 0 failed", quiet=120)
    assert machine.status(quiet=10) == 0
