"""docs/system-calls.md agrees with the kernel and with the tests.

And docs/pitfalls.md names tests that exist.
"""
import functools
import re

from sources import files, report, text

CALLS = "docs/system-calls.md"
PITFALLS = "docs/pitfalls.md"
GROUPS = ("Memory", "Path", "Change", "Name")
# Used only inside the kernel; never the result of a call.
INTERNAL = {"EAGAIN"}


def without_comments(source):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.S)


@functools.lru_cache(maxsize=None)
def definitions(path):
    """Functions and tables of a C file, by name: their text.

    A definition starts in the first column and ends with a line that begins
    with "}" and opens no brace.
    """
    found, here = {}, []
    for line in without_comments(text(path)).split("\n"):
        if here or re.match(r"[a-z]", line):
            here.append(line)
        if re.match(r"\}[^{]*$", line) or (len(here) == 1 and ";" in line):
            body = "\n".join(here)
            head = re.match(r"[^({=]*?(\w+)(?=[(\[]| =|;)", body)
            later = re.search(r"^\} (\w+)", body, re.M)
            for name in (head, later):
                if name:
                    found[name[1]] = body
            here = []
    return found


def reached(path, name):
    """The text of a definition and of everything in its file that it uses."""
    own = definitions(path)
    todo, seen = [name], set()
    while todo:
        here = todo.pop()
        if here in own and here not in seen:
            seen.add(here)
            todo += re.findall(r"\w+", own[here])
    return "\n".join(own[name] for name in sorted(seen))


# -- what there is ------------------------------------------------------------

def calls():
    """(number, name, arguments) of all system calls, as the list has them."""
    return re.findall(r"\bCALL\((\d+), (\w+), \w+, \((.*)\)\)",
                      text("kernel/api/syscall.h"))


def call_numbers():
    """The numbers of all system calls, by name."""
    return {name: int(number) for number, name, _ in calls()}


def errors():
    """The numbers of all errors, by name."""
    found = re.findall(r"\bE\((E\w+), (\d+),", text("kernel/api/errno.h"))
    return {name: int(number) for name, number in found}


@functools.lru_cache(maxsize=None)
def cases():
    """name: (file, function) of every case of usertests."""
    found = {}
    for path in files("user/usertests", ending=".c"):
        for name, function in re.findall(r'\{"(\w+)", (test_\w+), \w+\}',
                                         text(path)):
            assert name not in found, f"two cases are called {name}"
            found[name] = path, function
    return found


@functools.lru_cache(maxsize=None)
def other_tests():
    """file:function of every host test and boot test."""
    found = set()
    for path in files("tests", ending=".c") + files("tests", ending=".py"):
        file = path.rpartition("/")[2]
        for name in re.findall(r"^(?:static void|def) (test_\w+)\(",
                               text(path), re.M):
            found.add(f"{file}:{name}")
    return found


def is_test(name):
    return name in (other_tests() if ":" in name else cases())


# -- the page of the calls ----------------------------------------------------

def rows(section):
    """(error, [tests]) of each row of a section's tables."""
    for line in section.split("\n"):
        found = re.fullmatch(r"\| `(E\w+)` \| .+ \| (.+) \|", line)
        if found:
            yield found[1], re.findall(r"`([\w.:]+)`", found[2])


@functools.lru_cache(maxsize=None)
def sections():
    """The text below each heading of the third level."""
    parts = re.split(r"^##+ (.*)\n", text(CALLS), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


@functools.lru_cache(maxsize=None)
def documented():
    """call: [(error, [tests])], with the errors that calls share."""
    found = {}
    for heading, body in sections().items():
        call = re.match(r"`(\w+)\(", heading)
        if call:
            found[call[1]] = list(rows(body)) + [
                row for group in GROUPS if f"`{group}`" in body
                for row in rows(sections()[group])]
    return found


def test_every_call_has_a_section():
    """Its heading is the call with its arguments, as the list has them."""
    headings = [heading.strip("`") for heading in sections()
                if heading.startswith("`")]
    assert sorted(headings) == sorted(f"{name}({arguments})"
                                      for _, name, arguments in calls())


def test_every_call_has_a_prototype():
    """user/calls.h declares each call, with as many arguments."""
    header = without_comments(text("user/calls.h")).replace("sys_sbrk", "sbrk")
    found = []
    for _, name, arguments in calls():
        declared = re.search(rf"^\w[^;#(]*\b{name}\(([^)]*)\)", header, re.M)
        wanted = arguments.count(",") + bool(arguments)
        if declared is None:
            found.append(f"{name}: no prototype")
        elif declared[1].count(",") + (declared[1] != "void") != wanted:
            found.append(f"{name}: {declared[1]}, but {arguments}")
    report(found)


def test_calls_are_in_order():
    """By number, each once; SYS_COUNT is one more than the last."""
    numbers = [int(number) for number, _, _ in calls()]
    assert numbers == sorted(set(numbers))


def test_every_call_has_errors_or_none():
    """A section lists errors, or says that there are none."""
    report([f"{call}: errors?" for call, listed in documented().items()
            if bool(listed) == ("No errors." in next(
                body for heading, body in sections().items()
                if heading.startswith(f"`{call}(")))])


def test_every_error_exists():
    report([f"{call}: {error}" for call, listed in documented().items()
            for error, _ in listed if error not in errors()])


def test_every_named_test_exists():
    report([f"{call}: {error}: {name or 'no test'}"
            for call, listed in documented().items()
            for error, names in listed for name in names or [""]
            if not is_test(name) and (call, error) not in unshown()])


def unshown():
    """Errors that no test can cause; the row has a dash."""
    return {(call, "EFBIG") for call in documented()
            if "`Name`" in next(body for heading, body in sections().items()
                                if heading.startswith(f"`{call}("))}


def test_every_case_shows_it():
    """A case that is named for an error uses that call and that error, if a
    program can see the error; EINTR after a kill is not visible."""
    found = []
    for call, listed in documented().items():
        for error, names in listed:
            seen = "\n".join(reached(*cases()[name]) for name in names
                             if name in cases())
            if not seen or error == "EINTR":
                continue
            if not re.search(rf"\b(SYS_)?{call}\b", seen):
                found.append(f"{names} do not call {call}")
            if not re.search(rf"\b{error}\b", seen):
                found.append(f"{names} do not expect {error}")
    report(found)


def handlers():
    """(call, file) of every system call's handler."""
    for path in files("kernel/sys", ending=".c"):
        for name in definitions(path):
            if name.startswith("sys_") and name[4:] in call_numbers():
                yield name[4:], path


def test_no_error_is_left_out():
    """Every error that a handler returns by name, also through functions in its
    file, is listed for the call."""
    found, seen = [], set()
    for call, path in handlers():
        seen.add(call)
        listed = {error for error, _ in documented()[call]}
        named = set(re.findall(r"(?<!== )-(E[A-Z0-9]+)\b",
                               reached(path, f"sys_{call}")))
        found += [f"{call}: {error}"
                  for error in sorted(named - listed - INTERNAL)]
    report(found)
    assert seen == set(call_numbers())


def test_every_error_of_the_kernel_is_listed():
    """Every error that lower layers return by name is listed for some call."""
    named = set()
    for path in files("kernel", ending=".c"):
        if path.split("/")[1] in ("disk", "fs", "mm", "proc", "sys"):
            named |= set(re.findall(r"(?<!== )-(E[A-Z0-9]+)\b",
                                    without_comments(text(path))))
    listed = {error for rows_ in documented().values() for error, _ in rows_}
    assert named - listed - INTERNAL - {"ENOSYS"} == set()


# -- the page of the pitfalls ---------------------------------------------------

def pitfalls():
    """(label, text, tests) of each row."""
    return re.findall(r"^\| ([A-Z]\d+) \| (.+?) \| (.+) \|$", text(PITFALLS),
                      re.M)


def test_every_pitfall_has_a_test():
    """Each row names tests that exist, or says why the defect cannot happen."""
    found = []
    for label, _, shown in pitfalls():
        names = re.findall(r"`([\w.]+(?::\w+)?)`", shown)
        found += [f"{label}: {name}" for name in names if not is_test(name)]
        if not names and not shown.startswith("cannot happen: "):
            found.append(f"{label}: no test")
    report(found)


def test_no_pitfall_is_left_out():
    """The labels count from 1 in each group."""
    labels = [label for label, _, _ in pitfalls()]
    for letter, count in {"P": 19, "M": 20, "F": 20, "C": 13, "D": 10, "I": 14,
                          "T": 12, "U": 12, "H": 14}.items():
        first = 5 if letter == "F" else 1
        assert [f"{letter}{n}" for n in range(first, count + 1)] == sorted(
            (x for x in labels if x[0] == letter), key=lambda x: int(x[1:]))
