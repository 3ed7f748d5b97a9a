"""Names of functions: each is unique, and is defined where a reader looks."""
import collections
import json

from sources import files, lines, report
from tools import ctags


def tags(kinds, paths):
    """(path, name, line) of every tag of those kinds."""
    for line in ctags("--langmap=C:.c.h", "--languages=C",
                      f"--kinds-C={kinds}", "--fields=+n", "-o", "-", *paths):
        tag = json.loads(line)
        yield tag["path"], tag["name"], tag["line"]


def test_function_names_are_unique():
    """No two functions of the kernel have one name, static ones included: a
    debugger, a backtrace and an editor then know which one is meant."""
    places = collections.defaultdict(set)
    for path, name, _ in tags("f", files("kernel", ending=".c")):
        places[name].add(path)
    report([f"{name}: {', '.join(sorted(paths))}"
            for name, paths in sorted(places.items()) if len(paths) > 1])


def test_prototypes_stand_in_the_header_of_their_source():
    """What x.h declares, x.c or x.S defines; but check/check.h is the one door to
    all of check/."""
    defined = collections.defaultdict(set)
    for path, name, _ in tags("f", files("kernel", ending=".c")):
        defined[name].add(path)
    found = []
    for path, name, line in tags("p", files("kernel", ending=".h")):
        for where in defined[name]:
            if where[:-2] != path[:-2] and path != "kernel/check/check.h":
                found.append(f"{path}:{line}: {name} is defined in {where}")
    report(found)


def test_private_meanings_of_eagain_have_names():
    """-EAGAIN means something else to each caller, so each has a name for it."""
    report([f"{path}:{number}: {line.strip()}"
            for path in files("kernel", ending=".c")
            for number, line in lines(path)
            if "-EAGAIN" in line and not line.startswith("#define ")])
