"""Programs in the style of xv6's exercises: built unchanged, run, compared.

The programs are those of tests/exercises.  They are dropped into the user/
of a copy of the tree, in place of what has the same name there.  That a file
is a program is tried in a copy, too.
"""
import os
import re
import shutil

import pytest

from commands import run
from copies import copy_tree
from machine import BUILD, ROOT

PRIMES = [n for n in range(2, 101) if all(n % d for d in range(2, n))]
LINES = "(echo pear; echo apple; echo fig and fig)"

# For each exercise, the command and its output, line by line.
SESSIONS = {
    "nap": [("nap 3", ["slept 3 ticks"]), ("nap", ["Usage: nap ticks"])],
    "pingpong": [("pingpong",
                  ["100 rounds, child says 197, ball is 197"])],
    "primes": [("primes", [f"prime {n}" for n in PRIMES])],
    "find": [
        ("mkdir d d/e d/e/f && touch d/x d/e/f/x d/e/y", []),
        ("find d x", ["d/e/f/x", "d/x"]),
        ("find / uptime", ["//bin/uptime"]),
        ("find d/x x", ["find: d/x is no directory"]),
        ("find nowhere x", ["find: cannot open nowhere"])],
    "xargs": [
        (f"{LINES} | xargs echo eat",
         ["eat pear", "eat apple", "eat fig and fig"]),
        ("echo | xargs false || echo failed", ["failed"])],
    "count": [
        (f"{LINES} | count", ["3 5 23 -"]),
        (f"{LINES} > f && count f f", ["3 5 23 f", "3 5 23 f"])],
    "calc": [
        ("(echo 2+3*4; echo '(2+3)*4'; echo '-7 / 2 - (1)') | calc",
         ["= 14", "= 20", "= -4"])],
    "sortlines": [
        (f"{LINES} | sortlines",
         ["apple", "fig and fig", "pear", "3 lines"])],
    "copy": [
        (f"{LINES} > from && copy from to && cat to",
         [r"23 bytes from inode \d+ to inode \d+", "pear", "apple",
          "fig and fig"])],
    "memory": [("memory", ["memory ok"])],
    "pipeline": [
        ("pipeline echo a b c , cat , wc", [".* 3 .*", "3 commands, status 0"]),
        ("pipeline true , false", ["2 commands, status 1"]),
        ("pipeline echo , nosuch",
         ["pipeline: cannot run nosuch", "2 commands, status 127"]),
        ("pipeline , echo", ["pipeline: a command is missing"])],
    "formats": [("formats", [
        "0 -17 2147483647", "4000000000 beef ffffffff",
        "-5000000000 5000000000 123456789abcdef0",
        "-5000000000 5000000000 abcdef0123", "word ok 100%",
        r"\(null\)", "4", "0x12345", "formats has 1 words"])],
    "differ": [("differ", ["differs as said"])],
    "habits": [("habits", ["3 2 5 0"])],
    "terminal": [("terminal && echo gone", ["through the node", "gone"])],
    "tree": [("tree", ["type 2 links 2 size 5", "type 2 links 1 size 5",
                       "4 records", "root"])],
    "links": [("links", [
        "c leads to 2 and is 4", "d leads to -1 and is 4",
        "a has 7 bytes, c leads to -1", "lstat 0, type 4",
        "symlink over c: -1", "gone: 0"])],
    "maps": [("maps", [
        "abc private: a in the file", "msync: 0, A in the file",
        "maps: pid .* killed: load page fault.*", "child -1",
        "shared: C in the file", "1"])],
    "strings": [("strings", ["strings ok"])],
    "killer": [("killer", ["killed one that computes",
                           "killed one that sleeps",
                           "killed one that reads"])],
    "limits": [("limits", [*["limits: pid .* killed: store page.*"] * 7,
                           "limits ok"])],
    "ownnames": [("ownnames", ["</c>", "0 -1", "4", "114 99",
                               "7 8", "1 12"])],
}


def exercises():
    names = os.listdir(os.path.join(ROOT, "tests", "exercises"))
    return sorted(os.path.splitext(name)[0] for name in names)


def make_in(directory, *words):
    """Run make in a copy of the tree; returns its output."""
    done = run(["make", "-j2", "-C", str(directory), *words])
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def copy(tree, tmp_path):
    """A private copy for one test."""
    return copy_tree(tmp_path)


@pytest.fixture(scope="module")
def built(tree, tmp_path_factory):
    """A copy with the exercises in its user/, and the output of make."""
    directory = copy_tree(tmp_path_factory.mktemp("exercises"))
    for name in exercises():
        shutil.rmtree(directory / "user" / name, ignore_errors=True)
        shutil.copy(os.path.join(ROOT, "tests", "exercises", f"{name}.c"),
                    directory / "user")
    return directory, make_in(directory)


# -- the exercises -------------------------------------------------------

def warnings(printed):
    """What a compiler has said of an exercise."""
    return [line for line in printed.split("\n") if "warning:" in line
            and line.startswith(tuple(f"user/{name}.c:" for name in exercises()))]


def test_they_compile_without_a_warning(built):
    """Unchanged, with the flags of all programs."""
    assert f"build/user/{exercises()[0]}\n" in built[1]
    assert warnings(built[1]) == []


def test_clang_warns_of_nothing_either(built):
    """The exercises also compile with the other compiler."""
    targets = [f"build-llvm/user/{name}" for name in exercises()]
    assert warnings(make_in(built[0], "LLVM=1", "B=build-llvm", *targets)) == []


def test_each_has_a_session():
    """Every exercise is also run."""
    assert exercises() == sorted(SESSIONS)


@pytest.mark.parametrize("name", exercises())
def test_exercise(boot, built, name):
    """Each exercise does what its first lines say."""
    shell = boot(cpus=2, build=str(built[0] / BUILD))
    shell.prompt()
    for line, expected in SESSIONS[name]:
        answer = shell.command(line, quiet=5)
        assert re.fullmatch("\n".join(expected), answer), answer


# -- changes to the tree -------------------------------------------------

HELLO = """#include "kernel/types.h"
#include "user/user.h"

int main(void)
{
    printf("dropped in\\n");
    exit(0);
}
"""


def test_a_program_comes_and_goes(boot, copy):
    """user/NAME.c is enough, and so is a directory; once removed, the program
    is gone."""
    (copy / "user" / "dropped.c").write_text(HELLO)
    (copy / "user" / "directory").mkdir()
    (copy / "user" / "directory" / "one.c").write_text(
        "int two(void);\n\nint main(void)\n{\n    return two();\n}\n")
    (copy / "user" / "directory" / "two.c").write_text(
        "int two(void);\nint two(void)\n{\n    return 2;\n}\n")
    make_in(copy)
    machine = boot(build=str(copy / BUILD), run="dropped && directory")
    machine.expect("dropped in")
    assert machine.status(quiet=3) == 2

    (copy / "user" / "dropped.c").unlink()
    shutil.rmtree(copy / "user" / "directory")
    make_in(copy)
    machine = boot(build=str(copy / BUILD), run="dropped || directory")
    assert machine.status(quiet=3) == 127
    assert "dropped in" not in machine.console()


def test_a_program_with_the_name_of_a_tool(boot, copy):
    """user/NAME.c is /NAME and comes before /bin/NAME; help lists only the
    first. A directory in the root may have the name of a tool, too."""
    (copy / "user" / "sleep.c").write_text(
        "/* sleep WORD: say that it is mine. */\n" + HELLO)
    make_in(copy)
    shell = boot(build=str(copy / BUILD))
    shell.prompt()
    assert shell.command("sleep") == "dropped in"
    assert "usage" in shell.command("/bin/sleep")
    assert shell.command("help sleep") == "sleep WORD: say that it is mine"
    assert len(re.findall("^  sleep ", shell.command("help"), re.M)) == 1
    assert shell.command("mkdir /dd && ls -d /dd && rmdir /dd && dd </null") \
        .startswith("/dd\n")


@pytest.mark.parametrize("name, complaint", [
    ("cat/cat.c", "user/cat.c and user/cat/ would be the same program"),
    ("bin/lde.c", "user/bin/lde.c and user/bin/lde/ would be the same program"),
    ("bin.c", "a program cannot be called bin"),
    ("obj/main.c", "a program cannot be called obj")])
def test_names_that_no_program_can_have(copy, name, complaint):
    """make reports it before it builds anything."""
    path = copy / "user" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HELLO)
    done = run(["make", "-C", str(copy)])
    assert done.returncode != 0 and complaint in done.stdout, done.stdout
    assert "CC" not in done.stdout


def test_two_definitions_in_one_program_are_an_error(copy):
    """A program may redefine a library function, but only in one file."""
    (copy / "user" / "twice").mkdir()
    for name in ("one", "two"):
        (copy / "user" / "twice" / f"{name}.c").write_text(
            "int puts(const char *s);\nint puts(const char *s)\n{\n"
            "    return *s;\n}\n")
    done = run(["make", "-C", str(copy)])
    assert done.returncode != 0 and "puts" in done.stdout, done.stdout
