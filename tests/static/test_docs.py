"""The documents match the sources."""
import json
import os
import re

import pytest

from commands import run
from machine import ROOT
from sources import files, report, text
from tools import ctags

SOURCE = r"(?:kernel|user|mkfs|tests|tools)/[\w/.-]*\w"


def documents():
    return ["README.md", *files("docs", ending=".md")]


def definitions():
    """(path, name) of each function, in C and in assembly."""
    found = set()
    for line in ctags("--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
                      "-o", "-",
                      *(path for path in files("kernel", "user", "mkfs")
                        if path.endswith((".c", ".h")))):
        tag = json.loads(line)
        found.add((tag["path"], tag["name"]))
    for path in files("kernel", "user", ending=".S"):
        found |= {(path, name) for name in
                  re.findall(r"^FUNC (\w+)", text(path), re.M)}
    return found


# -- places --------------------------------------------------------------

def test_every_place_exists():
    """`file:function` in a document names a function defined there."""
    known, count, found = definitions(), 0, []
    for path in documents():
        for place in re.findall(rf"`({SOURCE}):(\w+)`", text(path)):
            count += 1
            if place not in known:
                found.append(f"{path}: no {place[1]} in {place[0]}")
    report(found)
    assert count > 80


def test_every_path_exists():
    """Each file or directory that a document names exists, and so does each
    link target."""
    found = []
    for path in documents():
        names = re.findall(rf"`({SOURCE})[/:`]", text(path))
        found += [f"{path}: no {name}" for name in names
                  if name not in EXAMPLES and not is_there(name)]
        here = os.path.dirname(path)
        links = re.findall(r"(?:\]\(|^\[\w+\]: )([^)\s:]+)", text(path), re.M)
        found += [f"{path}: a link to {link}" for link in links
                  if not os.path.exists(os.path.join(ROOT, here, link))]
    report(found)


EXAMPLES = {"user/NAME", "user/NAME.c", "user/bin/NAME.c", "user/pages.c"}


def is_there(name):
    """Whether it is a path, or a header that programs for xv6 include."""
    return any(os.path.exists(os.path.join(ROOT, top, name))
               for top in ("", "user/include"))


def test_the_tour_stops_in_order():
    """The stops are numbered from 1, each with a place."""
    stops = re.findall(r"^### (\d+)\. (.*)$", text("docs/tour.md"), re.M)
    assert [int(number) for number, _ in stops] == \
        list(range(1, len(stops) + 1))
    assert len(stops) >= 12
    report([title for _, title in stops
            if not re.fullmatch(rf"`{SOURCE}:\w+`", title)])


# -- boot arguments ------------------------------------------------------

def arguments_read():
    """The names that the kernel or a program reads; usertests also asks for one
    that does not exist."""
    found = set()
    for path in files("kernel", "user", ending=".c"):
        if path.startswith("user/usertests/"):
            continue
        found |= set(re.findall(
            r'\b(?:args_get\(&machine\.args, |machine_arg_number\('
            r'|bootarg\()"(\w+)"', text(path)))
    return found


def arguments_known():
    """The names that cause no warning."""
    lists = [re.search(r"known\[\] = \{(.*?)\}", text("kernel/main.c"), re.S),
             re.search(r"define CHECK_ARGUMENTS((?:.*\\\n)*.*)",
                       text("kernel/check/check.h"))]
    return {name for found in lists
            for name in re.findall(r'"(\w+)"', found[1])}


def arguments_documented():
    rows = re.findall(r"^\| `(\w+)", text("docs/boot-arguments.md"), re.M)
    assert len(rows) == len(set(rows))
    return set(rows)


def test_boot_arguments_are_documented():
    """Each known argument has its row in the table, and no other has."""
    assert arguments_known() == arguments_documented()


def test_boot_arguments_are_read():
    """Each known argument is read, except `seed`, which is for programs; and
    none is read that would cause a warning."""
    assert arguments_read() | {"seed"} == arguments_known()


# -- numbers -------------------------------------------------------------

HEADERS = ["api/limits.h", "api/stat.h", "api/fsformat.h", "lib/args.h",
           "vm/uaccess.h", "dev/chardev.h", "riscv/asm.h"]


def value(expression, flags=(), headers=HEADERS):
    """The value of a constant expression over the kernel's macros."""
    source = "".join(f'#include "{name}"\n' for name in headers)
    done = run(["sh", "-c", 'printf "%s" "$1" | gcc -E -P -xc -Ikernel '
                '-Iuser/include -I. $2 -', "sh",
                f"{source}VALUE {expression}\n", " ".join(flags)])
    assert done.returncode == 0, done.stdout
    number = done.stdout.rpartition("VALUE")[2]
    number = re.sub(r"(?<=[0-9a-f])U?L\b", "", number)
    number = re.sub(r"sizeof\(uint32_t\)", "4", number)
    return int(eval(number, {"__builtins__": {}}))


@pytest.mark.parametrize("row, expression, form", [
    ("a file", "FS_FILE_MAX >> 30", "{} GiB"),
    ("a write that is whole after a crash", "IOBUF_PAGES - 1",
     "{} blocks, less on a disk with a small log"),
    ("a name", "NAMEMAX", "{} bytes"),
    ("a path", "MAXPATH - 1", "{} bytes"),
    ("arguments of `exec`", "MAXARG", "{} words, 65,536 bytes with their ends"),
    ("arguments of `exec`", "ARGBYTES", "512 words, {:,} bytes with their ends"),
    ("open files of a process", "NOFILE", "{}"),
    ("one `read` or `write`", "IOMAX >> 30", "{} GiB"),
    ("the stack", "STACKBYTES >> 10", "{} KiB, filled as touched")])
def test_limits(row, expression, form):
    """A row of the table of limits agrees with the kernel's headers."""
    cells = re.findall(rf"^\| {re.escape(row)} \| (.*?) \|",
                       text("docs/limits.md"), re.M)
    assert cells == [form.format(value(expression))]


def test_limits_of_the_shell():
    """The longest line is that of the shell."""
    size = re.search(r"LINE_MAX = (\d+)", text("user/sh/sh.h"))[1]
    assert f"| a line for the shell | {size} bytes |" in text("docs/limits.md")


def constants_documented():
    """The constants and their values in the table of limits.md."""
    table = text("docs/limits.md").partition("| constant |")[2]
    for row in re.findall(r"^\| (`.*?) \|", table, re.M):
        for name, number in re.findall(r"`(\w+)` ([\d,]+)", row):
            yield name, int(number.replace(",", ""))


def test_constants_for_programs():
    """The values in limits.md are those that programs get."""
    headers = [f"kernel/{name}.h" for name in
               ("param", "fs", "stat", "memlayout")]
    found = dict(constants_documented())
    assert len(found) > 15
    report([f"{name} is not {number}" for name, number in found.items()
            if value(name, headers=headers) != number])


@pytest.mark.parametrize("theirs, ours", [
    ("BSIZE", "FS_BLOCK"), ("ROOTINO", "FS_ROOT"), ("NDIRECT", "FS_DIRECT"),
    ("NINDIRECT", "FS_POINTERS"), ("MAXFILE", "FS_DIRECT + FS_POINTERS"),
    ("IPB", "FS_INODES_PER_BLOCK"), ("BPB", "FS_BITS_PER_BLOCK"),
    ("NCPU", "HART_MAX"), ("NDEV", "DEVICE_MAJORS"),
    ("CONSOLE", "DEVICE_CONSOLE"), ("MAXOPBLOCKS", "IOBUF_PAGES - 1"),
    ("KERNBASE", "LINEAR_BASE"), ("PGSIZE", "PAGE_SIZE")])
def test_constants_agree(theirs, ours):
    """A constant that programs get under xv6's name equals the kernel's own."""
    headers = [f"kernel/{name}.h" for name in
               ("param", "fs", "file", "memlayout")]
    assert value(theirs, headers=headers) == value(ours)


def test_numbers_of_boot_arguments():
    """The maximum number, the maximum length, and the range of hz."""
    page = text("docs/boot-arguments.md")
    assert f"at most {value('ARGS_MAX')}, at most " \
           f"{value('ARGS_TEXT - 1'):,} bytes" in page.replace("\n", " ")
    most, usual = re.search(r"HZ_MAX = (\d+), HZ_DEFAULT = (\d+)",
                            text("kernel/sched/sched.c")).groups()
    assert re.search(rf"`hz=N` \| {usual} \|.* 1 to {int(most):,};", page)


# -- tools ---------------------------------------------------------------

TOOLS = "docs/tools.md"


def tool_rows():
    """The rows of the tables on the page: tool and usage."""
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`|no operands) \|",
                      text(TOOLS), re.M)
    return [(name, call.replace("\\|", "|")) for name, call in rows]


def test_tools_are_called_as_the_page_says():
    """The page, the comment that help prints, and the usage message agree."""
    sources = {path: text(path) for path in files("user", ending=".c")}
    comments = "".join(sources.values())
    strings = re.sub(r'"\n\s+"', "", comments)
    calls = [f"{name} {call}".strip() for name, call in tool_rows()]
    messages = re.findall(r'"usage: ((\w+)\b.*?)\\n"', strings)
    report([f"no comment '{call}: '" for call in calls if not
            re.search(rf"^(?:/\*| \*) {re.escape(call)}: ", comments, re.M)])
    report([f"{words} is not on the page" for words, name in messages
            if name in dict(tool_rows()) and words not in calls])
    assert len(messages) > 20


def test_each_tool_is_on_the_page():
    """Each program that has options or ordinary operands; and the shell's own
    commands."""
    page = text(TOOLS)
    named = {name for name, _ in tool_rows()} | \
        set(re.findall(r"`(\w+)`", page[page.index("\n`free`"):]))
    programs = {os.path.basename(path)[:-2]
                for path in files("user", ending=".c")
                if re.fullmatch(r"user/(bin/)?\w+\.c", path)
                and re.search(r"tool\.h|getopt", text(path))}
    own = set(re.findall(r"^static int builtin_(\w+)\(char",
                         text("user/sh/builtin.c"), re.M))
    report(sorted((programs | own) - named))
    assert len(programs) > 15 and len(own) == 5
