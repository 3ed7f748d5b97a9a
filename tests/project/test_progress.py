"""The output of `make test` while it runs: failures at once, and the
progress."""
import os
import re
import subprocess

import pexpect
import pytest

from commands import run
from machine import ROOT, limit
from progress import first_line

SESSION = '''
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("no fixture")

def test_good():
    pass

def test_bad():
    assert 1 == 2, "one is not two\\nand more"

def test_setup(broken):
    pass

@pytest.mark.parametrize("n", [1, 2])
def test_left_out(n):
    pytest.skip(f"no number {n}")

def test_slow():
    import progress
    progress.LOG_SECONDS = -1
'''
WORDS = ["-m", "pytest", "-q", "--tb=no", "-p", "conftest",
         "-p", "no:cacheprovider"]


@pytest.fixture
def session(tmp_path):
    """The command of a session with a result of each kind."""
    path = tmp_path / "test_session.py"
    path.write_text(SESSION)
    return [*WORDS, f"--rootdir={tmp_path}", str(path)]


def env():
    return {"PYTHONPATH": os.path.join(ROOT, "tests")}


def test_in_a_log(session):
    """One line for each failure, as it happens; each skipped test with its
    reason; the counts last. No dots, nothing else."""
    done = run(["/usr/bin/python3", *session], env=env())
    lines = done.stdout.strip().split("\n")
    assert lines[:2] == [
        "FAILED test_session.py::test_bad: one is not two",
        "FAILED test_session.py::test_setup: RuntimeError: no fixture"]
    for n in (1, 2):
        assert lines.count(
            f"SKIPPED test_session.py::test_left_out[{n}]: no number {n}") == 1
    assert lines[-1] == "2 passed, 2 failed, 2 skipped"


def test_at_once(session, tmp_path):
    """The line appears while another test still runs, which waits for this test
    to see it."""
    go = tmp_path / "go"
    with open(session[-1], "a", encoding="ascii") as file:
        file.write(f"""
def test_waits():
    import os, time
    end = time.monotonic() + {limit(1)}
    while not os.path.exists("{go}"):
        assert time.monotonic() < end
        time.sleep(0.05)
""")
    child = subprocess.Popen(["/usr/bin/python3", *session], text=True,
                             cwd=ROOT, env={**os.environ, **env()},
                             stdout=subprocess.PIPE)
    assert child.stdout.readline() == \
        "FAILED test_session.py::test_bad: one is not two\n"
    go.touch()
    rest = child.communicate()[0]
    assert rest.endswith("\n3 passed, 2 failed, 2 skipped\n"), rest


def test_now_and_then(session):
    """A log gets a progress line when it is time for one."""
    with open(session[-1], "a", encoding="ascii") as file:
        file.write("\ndef test_next():\n    import progress\n"
                   "    assert progress.LOG_SECONDS == -1\n")
    done = run(["/usr/bin/python3", *session], env=env())
    assert re.search(r"^6 of 7 tests, 2 failed, 2 skipped, 0:\d\d, "
                     r"now test_session.py$", done.stdout, re.M), done.stdout


def test_on_a_terminal(session):
    """One line is rewritten; failures remain above it."""
    child = pexpect.spawn("/usr/bin/python3", session, cwd=ROOT,
                          env={**os.environ, **env()}, encoding="utf-8",
                          timeout=limit(5), dimensions=(24, 80))
    child.expect(pexpect.EOF)
    text = child.before
    assert "\r1 of 6 tests, 0:00  test_session.py::test_bad" in text
    assert re.search(r"\r +\r?FAILED test_session.py::test_bad: one is not two"
                     r"\r\n\r2 of 6 tests, 1 failed, ", text), text
    assert text.endswith("\n2 passed, 2 failed, 2 skipped\r\n")


def test_a_file_that_cannot_be_read_in(session):
    """A file that cannot be imported is reported with the reason, and counts as
    a failure."""
    with open(session[-1], "w", encoding="ascii") as file:
        file.write("import no_such_module\n")
    done = run(["/usr/bin/python3", *session], env=env())
    assert done.returncode != 0
    assert done.stdout.startswith(
        "FAILED test_session.py: ModuleNotFoundError: No module named")
    assert done.stdout.endswith("\n0 passed, 1 failed\n")


@pytest.mark.parametrize("text, line", [
    ("AssertionError: \na: 1\nb: 2", "a: 1"),
    ("ValueError: x", "ValueError: x"), ("\n\n", "no reason given")])
def test_first_line(text, line):
    assert first_line(text) == line
