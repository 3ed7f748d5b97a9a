"""tests/README.md names all tests, and only those; and the two halves of them
are what it says."""
import fnmatch
import os
import re

from sources import files, report, text
from test_system_calls import cases

PAGE = "tests/README.md"
RULES = ["tests/static", "tests/project"]


def named():
    """What stands between backquotes in the tables of subjects."""
    tables = text(PAGE).partition("## Which tests cover what")[2]
    return set(re.findall(r"`([\w.*]+)`", "\n".join(
        re.findall(r"^\|.*", tables, re.M))))


def all_files():
    """The tests of the host and those that pytest runs, by their file."""
    return {os.path.basename(path) for path in files("tests")
            if re.search(r"/test_\w+\.py$|_test\.c$", path)}


def test_every_named_test_exists():
    """A file, or a pattern that some case of usertests fits."""
    report(sorted(name for name in named() - all_files() - {"user"}
                  if not fnmatch.filter(cases(), name)))


def test_no_test_is_left_out():
    """Each file is named, and each case fits a pattern."""
    missing = all_files() - named()
    missing |= {case for case in cases() if not any(
        fnmatch.fnmatch(case, name) for name in named())}
    report(sorted(missing))


def test_what_the_targets_run():
    """`make check` runs two directories, `make test-kernel` all others.  (make -n
    would tell, but also run what is behind $(MAKE).)"""
    found = dict(re.findall(r"^([\w-]+): PARTS = (.*)$", text("tests/tests.mk"),
                            re.M))
    assert found == {"test": "tests", "check": "$(RULES)",
                     "test-kernel": "tests $(RULES:%=--ignore=%)"}
    assert re.search(r"^RULES = (.*)$", text("tests/tests.mk"), re.M)[1].split() \
        == RULES


def test_what_a_kernel_does_is_not_what_is_written_of_it():
    """No test of test-kernel reads a document or needs one of the rules'."""
    wrong = re.compile(r"""["']docs/|bench\.expected|import (test_\w+|order|models)$""",
                       re.M)
    report([f"{path}: {found[0]}" for path in files("tests", ending=".py")
            if os.path.basename(path).startswith("test_")
            and os.path.dirname(path) not in RULES
            for found in wrong.finditer(text(path))])
