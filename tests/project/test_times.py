"""The last lines of `make test`: the time of each part, then the counts."""
import re

import pytest

from commands import run
from conftest import part_of


@pytest.mark.parametrize("path, part", [
    ("tests/static/test_style.py", "static"),
    ("tests/project/test_times.py", "project"),
    ("tests/boot/test_shell.py", "boot"),
    ("tests/boot/test_usertests.py", "usertests"),
    ("tests/boot/test_matrix.py", "matrix"),
    ("tests/test_host.py", "host")])
def test_parts(path, part):
    assert part_of(path) == part


def test_the_last_lines():
    """Each part has its time, they add up, and the counts come last."""
    done = run(["/usr/bin/python3", "-m", "pytest", "-q",
                "tests/project/test_times.py", "-k", "test_parts"], env={"BUILD_SECONDS": "1234"})
    lines = done.stdout.strip().split("\n")
    assert lines[-1] == "6 passed, 0 failed", done.stdout
    times = {name: float(seconds) for name, seconds in
             re.findall(r"^(\w+) +([\d.]+) s$", done.stdout, re.M)}
    assert set(times) == {"make", "project", "all"}
    assert times["make"] == 1234
    assert abs(times["all"] - times["make"] - times["project"]) < 0.2
