"""The project's own files, for the checks that read them."""
import os

from machine import ROOT

SKIPPED = {".git", "__pycache__", ".pytest_cache"}


def files(*tops, ending=""):
    """Paths below the given directories, relative to the root, sorted.

    Build directories and hidden files are left out.
    """
    found = []
    for top in tops:
        for directory, names, here in os.walk(os.path.join(ROOT, top)):
            names[:] = [n for n in names
                        if n not in SKIPPED and not n.startswith("build")]
            found += [os.path.relpath(os.path.join(directory, name), ROOT)
                      for name in here if name.endswith(ending)]
    return sorted(found)


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def lines(path):
    """(number, line) of a file, from 1."""
    return enumerate(text(path).split("\n"), 1)


def report(found):
    """Fail with one complaint per line; pass if there is none."""
    assert not found, "\n" + "\n".join(found)
