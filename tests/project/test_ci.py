""".ci/run: the last line sums up its parts, and the status agrees."""
import os
import re
import shutil

import pytest

from commands import run
from machine import ROOT

SUM = re.compile(r"\d+ passed, \d+ failed(, \d+ skipped)?")


@pytest.fixture
def ci(tmp_path):
    """Runs .ci/run with a fake make that prints and returns what is given for
    each target; returns the status and the last line."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "tools").mkdir()
    shutil.copy(os.path.join(ROOT, ".ci", "run"), tmp_path / ".ci")

    def start(test, newest, setup="true"):
        (tmp_path / "tools" / "setup").write_text(f"#!/bin/sh\n{setup}\n")
        (tmp_path / "tools" / "setup").chmod(0o755)
        (tmp_path / "Makefile").write_text(
            f"test:\n\t@{test}\ntest-newest:\n\t@{newest}\n")
        done = run([str(tmp_path / ".ci" / "run")])
        return done.returncode, done.stdout.rstrip("\n").split("\n")[-1]

    return start


GOOD = "echo 3 passed, 0 failed"
SKIPPED = "echo 0 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize("test, newest, status, last", [
    (GOOD, GOOD, 0, "6 passed, 0 failed"),
    (GOOD, SKIPPED, 0, "3 passed, 0 failed, 1 skipped"),
    ("echo 10 passed, 0 failed, 2 skipped", SKIPPED, 0,
     "10 passed, 0 failed, 3 skipped"),
    ("echo 2 passed, 1 failed; false", GOOD, 1, "5 passed, 1 failed"),
    (GOOD, "echo 2 passed, 5 failed; false", 1, "5 passed, 5 failed"),
    # A failed build, and a failed test that is not counted.
    ("false", GOOD, 1, "3 passed, 1 failed"),
    (GOOD, "true", 1, "3 passed, 1 failed"),
    (GOOD + "; false", GOOD, 1, "6 passed, 1 failed"),
    (SKIPPED, SKIPPED, 1, "0 passed, 0 failed, 2 skipped")])
def test_the_last_line(ci, test, newest, status, last):
    assert SUM.fullmatch(last)
    assert ci(test, newest) == (status, last)


def test_no_tools(ci):
    """If the tools cannot be installed, nothing is built."""
    assert ci(GOOD, GOOD, setup="false") == (1, "0 passed, 1 failed")
