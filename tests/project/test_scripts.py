"""The shell scripts: shellcheck reports nothing; wrong words are an error."""
import re
import shutil

import pytest

from commands import run


def test_shellcheck():
    done = run(["shellcheck", "-x", "tools/setup", "tools/doctor",
                "tools/machine", "tools/toolchain", "tools/needs.sh",
                "tests/fresh.sh", "tests/models.sh", "tests/newest.sh",
                ".ci/run"])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script, words", [
    ("tests/fresh.sh", ["everything"]),
    ("tests/fresh.sh", ["qemu", "test"]),
    ("tests/fresh.sh", [""]),
    ("tools/machine", ["stop", "build"]),
    ("tools/machine", ["run"]),
    ("tests/fresh.sh", ["SUITE=potato"]),
    ("tests/fresh.sh", ["SUITE=sid", "--rows"]),
    ("tests/models.sh", ["lock"]),
    ("tests/newest.sh", ["sid"]),
    ("tools/setup", ["everything"]),
    ("tools/setup", [])])
def test_bad_words(script, words):
    """One line prints the usage; nothing is made or installed."""
    done = run([script, *words])
    assert done.returncode == 1
    assert done.stdout.startswith(f"{script}: usage: {script} ")
    assert done.stdout.count("\n") == 1


def test_newest_says_why_it_is_skipped(tmp_path):
    """Without root or debootstrap, no other system can be made, and one line
    says so."""
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = run(["tests/newest.sh"],
               env={"PATH": str(tmp_path), "TETHER_SETUP": "never"})
    assert done.returncode == 0
    reason, last = done.stdout.strip().split("\n")
    assert re.fullmatch(r"test-newest: skipped: (must be root|no debootstrap)"
                        r", .*", reason)
    assert last == "0 passed, 0 failed, 1 skipped"
