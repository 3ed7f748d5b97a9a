"""What documents and comments say of programs and calls is what a machine shows.

With tests/static, which does not boot, this keeps the pages true.
"""
import os
import re
import sys
import textwrap

from commands import run
from copies import copy_tree
from machine import BUILD, ROOT
from sources import files, report, text

sys.path += [os.path.join(ROOT, "tests", part) for part in ("static", "boot")]
import test_system_calls as page    # noqa: E402  (the page of the calls)
from test_help import table as help_table    # noqa: E402
from test_utilities import SESSIONS    # noqa: E402

GUIDE = "docs/coming-from-xv6.md"


# -- programs --------------------------------------------------------------

def test_the_readme_shows_what_it_prints(boot):
    """The README's table is that of lde, apart from addresses and costs."""
    shown = text("README.md").partition("    $ lde syscall\n")[2]
    shown = shown.partition("\n(The")[0]
    machine = boot(cpus=1, icount="shift=0")
    machine.prompt(quiet=5)
    printed = machine.command("lde syscall", quiet=5)
    vary = re.compile(r"0x[0-9a-f]+|\d+(?= cycles)|(?<=costs )\d+")
    assert vary.sub("N", textwrap.dedent(shown)).strip() == \
        vary.sub("N", printed).strip()


def test_what_is_said_stands_in_the_source(shell):
    """The first sentence of each program's own comment, on a line that fits on
    the screen; the shell's own commands have one, too."""
    own, others = help_table(shell)
    assert all(own.values()) and all(others.values())
    report([line for line in shell.command("help").split("\n")
            if len(line) > 80])
    wrong = []
    for name, said in others.items():
        sources = [path for path in files("user", ending=".c")
                   if re.match(rf"user/(bin/)?{name}(\.c$|/)", path)]
        if not any(re.search(rf"^ \* {name}\b[^:]*: {re.escape(said)}\.",
                             text(path), re.M) for path in sources):
            wrong.append(f"{name}: {said}")
    report(wrong)


def test_each_tool_has_a_session():
    """All that are on the page."""
    rows = re.findall(r"^\| `(\w+)` \|", text("docs/tools.md"), re.M)
    assert not set(rows) - set(SESSIONS) - {"cd", "exit", "jobs", "wait"}


# -- calls -----------------------------------------------------------------

# Shown by a case that only a disk of its own makes into what it is, or seen by
# nobody, because the process is killed.
UNSEEN = {"EINTR", "EROFS"}


def test_every_error_is_seen(boot):
    """The errors that calls give in a run are those that the page lists; and
    each that it lists with a case has been seen."""
    machine = boot(cpus=2, run="usertests -e")
    assert machine.status(60) == 0, machine.tail()
    calls = {number: name for name, number in page.call_numbers().items()}
    errors = {number: name for name, number in page.errors().items()}
    seen = {(calls.get(int(call)), errors[int(error)]) for call, error in
            re.findall(r"^seen: (\d+) (\d+)$", machine.console(), re.M)}
    listed = {(call, error) for call, rows in page.documented().items()
              for error, _ in rows}
    by_case = {(call, error) for call, rows in page.documented().items()
               for error, names in rows
               if set(names) & set(page.cases()) and error not in UNSEEN}
    assert seen - listed == {(None, "ENOSYS")}, "given, but not listed"
    assert by_case - seen == set(), "listed, but not seen"


# -- for those who know xv6 --------------------------------------------------

def test_the_exercises_use_all_that_xv6_offers():
    """Each function of user/xv6.h and each header is in use."""
    used = "\n".join(map(text, files("tests/exercises", ending=".c")))
    offered = re.findall(r"^\w[\w ]*[ *](\w+)\(", text("user/xv6.h"), re.M)
    assert len(offered) > 30
    assert not [name for name in [*offered, "sbrk"]
                if not re.search(rf"\b{name}\(", used)]
    assert not [path for path in files("user/include", ending=".h")
                if f'#include "{path.removeprefix("user/include/")}"' not in used]


def blocks(language):
    """The blocks of a language in the guide."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(GUIDE),
                      re.S | re.M)


def test_the_guide_adds_a_system_call(boot, tree, tmp_path):
    """The patch and the program of the guide do what it says they do."""
    copy = copy_tree(tmp_path)
    [patch] = blocks("diff")
    (copy / "guide.patch").write_text(patch)
    done = run(["git", "-C", str(copy), "apply", "guide.patch"],
               env={"GIT_CEILING_DIRECTORIES": str(copy.parent)})
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\+ +CALL\(22, ", patch, re.M)
    assert patch.count("\n+++ ") == 3     # places that change
    [program] = blocks("c")
    name = re.match(r"// (user/\w+\.c)\n", program)[1]
    (copy / name).write_text(program)
    done = run(["make", "-j2", "-C", str(copy)])
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout
    promised = re.search(r"It prints\s+`(.*?)`", text(GUIDE))[1]
    machine = boot(build=str(copy / BUILD), run=name[5:-2])
    machine.expect(rf"\n{re.escape(promised)}\n")
    assert machine.status(quiet=3) == 0
