"""The checkers, each in one version, because other versions report other
problems.

The versions are those of Debian 12, where CI runs.  On another release a check
is skipped with a reason; on Debian 12 a missing version is a failure.
"""
import functools
import re
import shutil
import subprocess

import pytest

from commands import run

WANTED = {"clang-format": "14", "clang-tidy": "14", "cppcheck": "2.10",
          "ctags": "5.9"}
RELEASE = ("debian", "12")      # which has these versions


def release():
    """The release of this machine, from /etc/os-release."""
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            words = dict(re.findall(r'^(\w+)="?([^"\n]*)', file.read(), re.M))
    except FileNotFoundError:
        words = {}
    return words.get("ID"), words.get("VERSION_ID")


@functools.lru_cache(maxsize=None)
def version(name):
    """The tool's version output; None if there is no such tool."""
    if shutil.which(name) is None:
        return None
    done = run([name, "--version"], stderr=subprocess.DEVNULL)
    found = re.search(r"\d+(\.\d+)+", done.stdout)
    return found[0] if found else "unknown"


def complaint(name, found, wanted):
    """Why a tool of that version cannot be used; None if it can."""
    if found is None:
        return f"no {name} found, {wanted} wanted"
    if found == wanted or found.startswith(f"{wanted}."):
        return None
    return f"{name} {found} found, {wanted} wanted"


def checker(name):
    """The tool's name.  With a wrong version the calling test is skipped."""
    reason = complaint(name, version(name), WANTED[name])
    if reason and release() == RELEASE:
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    return name


def ctags(*words):
    """The standard output of ctags, without its warnings."""
    done = run([checker("ctags"), "--output-format=json", *words],
               stderr=subprocess.DEVNULL)
    assert done.returncode == 0, f"ctags: status {done.returncode}"
    assert done.stdout, "ctags printed nothing"
    return done.stdout.splitlines()
