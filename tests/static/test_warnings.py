"""The compilers have nothing to say.

A build warns and goes on, so that a student's kernel boots; here, and where CI
runs, a warning is an error (WERROR=1).  The trees below are kept from one run to
the next, so only what has changed is compiled again.
"""
import os

import pytest

from commands import run

# With CI=true the usual trees are built so, too.
TREES = (["B=build", "B=build-check"] if os.environ.get("CI") == "true" else
         ["B=build/strict", "B=build/strict-check"])
WORDS = [[TREES[0], "all", "host-tests"],
         [TREES[1], "CHECK=1", f"{TREES[1][2:]}/kernel.elf"]]


@pytest.mark.parametrize("words", WORDS, ids=["normal", "checked"])
def test_nothing_warns(words):
    """Neither of the kernel and the programs nor of what runs on this machine."""
    done = run(["make", "-k", f"-j{os.cpu_count()}", "WERROR=1", *words])
    assert done.returncode == 0, "\n".join(
        line for line in done.stdout.split("\n") if not line.startswith("  "))
