"""Puts bugs into the kernel and checks that usertests detects them.

    tests/seeded.py [NAME...]

Each patch in tests/seeded/ is one bug, of a kind that kernels have had.  It is
applied alone to a copy of the tree, the kernel is built, and usertests runs on
one hart, then on two, then on four, until a case fails, the kernel panics, or
output stops.  For each bug a line says what detected it.  The exit status is 0
if nine in ten were detected.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import pexpect

from commands import make
from copies import copy_tree
from machine import BUILD, ROOT, Machine, limit

PATCHES = pathlib.Path(ROOT, "tests", "seeded")
QUIET = 3        # the longest case, in seconds on an idle machine


def names():
    """The names of all bugs."""
    return sorted(path.stem for path in PATCHES.glob("*.patch"))


class Copy:
    """A built copy of the tree, into which one bug at a time is put."""

    def __init__(self):
        make("all")
        self.directory = tempfile.TemporaryDirectory(prefix="tether-seeded-")
        self.root = pathlib.Path(self.directory.name)
        copy_tree(self.root)

    def patch(self, name, *words):
        """Apply a patch with git, which must not look for a repository above
        this directory: inside one, it would ignore untracked files."""
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(self.root.parent)}
        subprocess.run(["git", "apply", *words, PATCHES / f"{name}.patch"],
                       cwd=self.root, env=env, check=True)

    def build(self):
        make("-C", str(self.root), f"{BUILD}/kernel.elf")

    @staticmethod
    def image():
        """The image of the original tree, because the programs have no bugs."""
        return pathlib.Path(ROOT, BUILD, "fs.img")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


def run_usertests(copy, cpus):
    """What detects the bug: a case, a panic, or silence; None if nothing
    does."""
    with Machine(build=str(copy.root / BUILD), cpus=cpus,
                 image=copy.image(), run="usertests") as machine:
        case = "the first case"
        while True:
            try:
                found = machine.child.expect(
                    [r"test (\S+)\r*\n", r"test (\S+): FAILED", r"panic[^\r]*",
                     pexpect.EOF], timeout=limit(QUIET))
            except pexpect.TIMEOUT:
                return f"{case} never ends"
            if found == 0:
                case = machine.child.match[1]
            elif found < 3:
                return f"{case}: {machine.child.match[0]}"
            else:
                return None if machine.status() == 0 else f"{case}: the end"


def try_bug(copy, name):
    """Apply the bug, run, and revert it; returns what detected it, or None."""
    copy.patch(name)
    try:
        copy.build()
        for cpus in (1, 2, 4):
            noticed = run_usertests(copy, cpus)
            if noticed is not None:
                return f"cpus={cpus}  {noticed}"
        return None
    finally:
        copy.patch(name, "-R")


def main():
    chosen = sys.argv[1:] or names()
    unknown = set(chosen) - set(names())
    if unknown:
        sys.exit(f"seeded.py: no such bug: {' '.join(sorted(unknown))}")
    caught = 0
    with Copy() as copy:
        for name in chosen:
            result = try_bug(copy, name)
            caught += result is not None
            print(f"{name:34} {result or 'NOT CAUGHT'}", flush=True)
    print(f"{caught} of {len(chosen)} bugs caught")
    sys.exit(caught < 0.9 * len(chosen))


if __name__ == "__main__":
    main()
