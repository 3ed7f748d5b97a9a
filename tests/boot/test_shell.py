"""A console session: editing keys, shell syntax, and its errors."""
import time

import pytest

from machine import limit

BACKSPACE, DELETE, KILL_LINE, KILL_WORD = "\b", "\x7f", "\x15", "\x17"
END_OF_FILE, INTERRUPT, PROCESSES = "\x04", "\x03", "\x10"


def answer(shell, keys):
    """Type keys and Enter; returns the last line before the next prompt."""
    shell.send(keys + "\n")
    return shell.prompt().split("\n")[-1]


def processes(shell):
    """The output of ps: maps program names to pids."""
    rows = [line.split() for line in shell.command("ps").split("\n")[1:]]
    return {row[-1]: row[0] for row in rows}


def running(shell, name):
    """The pid of a program just started with `&`, as soon as ps lists it.

    The prompt does not wait until the new process has executed the program.
    """
    deadline = time.monotonic() + limit(1)
    while name not in (listed := processes(shell)):
        assert time.monotonic() < deadline, f"no {name} in {listed}"
    return listed[name]


# -- keys ----------------------------------------------------------------

@pytest.mark.parametrize("keys, seen", [
    ("echo abx" + BACKSPACE + "c", "abc"),
    ("echo abx" + DELETE + "c", "abc"),
    ("nonsense" + KILL_LINE + "echo clean", "clean"),
    ("echo one two" + KILL_WORD + "three", "one three"),
    (BACKSPACE * 3 + "echo edge", "edge")])
def test_editing_keys(shell, keys, seen):
    """^H, DEL, ^U and ^W change the line before it is read."""
    assert answer(shell, keys) == seen


def test_end_of_file_ends_a_reader(shell):
    """^D at the start of a line is the end of cat's input."""
    shell.send("cat\n")
    shell.send("one\n")
    shell.expect("one\none\n")
    shell.send(END_OF_FILE)
    shell.prompt()


def wait_until_listed(shell, name, rows=None):
    """Press ^P until a process of that name, or such rows, appear."""
    deadline = time.monotonic() + limit(1)
    while time.monotonic() < deadline:
        shell.send(PROCESSES)
        if not shell.is_silent(rows or rf"\d {name}\r*\n", seconds=0.2):
            return
    raise AssertionError(f"no process {name}")


# The shell, init's child, sleeps.  So does its child that leads a group: it
# waits, and ^C reaches the processes that it has put into the foreground for
# that.
WAITING = (r"\d+ +1 +\d+ +\d+ sleep +\d+ sh\r*\n(?:[^\n]*\n)*?"
           r" *(\d+) +\d+ +\1 +\d+ sleep +\d+ sh\r*\n")


@pytest.mark.parametrize("line, name", [
    ("cat", "cat"), ("sleep 1000", "sleep"), ("cat | cat | wc", "wc"),
    ("lde freeze", "lde"), ("(sleep 1000; true)", "sleep")])
def test_interrupt_kills_the_foreground(shell, line, name):
    """^C ends the foreground processes, not the shell."""
    shell.send(line + "\n")
    wait_until_listed(shell, name)
    shell.send(INTERRUPT)
    shell.prompt()
    assert shell.command("echo alive") == "alive"
    assert name not in processes(shell)


@pytest.mark.parametrize("line", [
    "sleep 1000; echo next", "sleep 1000 && echo next || echo or",
    "true; (sleep 1000; echo in); echo next", "sleep 1000 | cat; echo next",
    "(echo sleep 1000; echo echo next) | sh"])
def test_interrupt_ends_the_list(shell, line):
    """^C ends the whole line, not only the running command."""
    shell.send(line + "\n")
    wait_until_listed(shell, "sleep")
    shell.send(INTERRUPT)
    assert shell.prompt().endswith("^C")
    assert shell.command("echo $?") in ("130", "-1")


@pytest.mark.parametrize("line", [
    "wait", "wait %1", "wait %1; echo next", "wait > /out 5> /out"])
def test_interrupt_ends_waiting(shell, line):
    """`wait` can be interrupted; the background job continues."""
    shell.command("sleep 1000 &")
    running(shell, "sleep")
    shell.send(line + "\n")
    wait_until_listed(shell, "sh", WAITING)
    shell.send(INTERRUPT)
    assert shell.prompt().endswith("^C")
    assert shell.command("echo $?") == "130"
    assert "sleep" in processes(shell)
    assert shell.command("kill %1; wait; echo $?").startswith("0\n")


def test_interrupt_at_the_prompt(shell):
    """^C at the prompt discards the line."""
    shell.send("echo lost" + INTERRUPT)
    shell.send("echo kept\n")
    shell.expect(r"\nkept\n")
    shell.prompt()
    assert "\nlost" not in shell.console()


def test_process_list_key(shell):
    """^P lists the processes at once, whatever is running."""
    shell.send(PROCESSES)
    shell.expect("init")
    shell.expect(r"\bsh\b")


def test_a_long_line_is_refused_whole(shell):
    """A line that is too long is refused; no part of it runs as a command."""
    tail = "; echo tail"
    shell.send("echo " + "x" * 6000 + tail + "\n")
    shell.prompt(quiet=3)
    assert "\ntail" not in shell.console()
    assert shell.command("echo alive") == "alive"


def test_typing_ahead_is_kept(shell):
    """Input typed while a program runs is read afterwards."""
    shell.send("sleep 1\necho fir''st\necho sec''ond\n")
    shell.expect("first\n", quiet=2)
    shell.expect("second\n")
    shell.prompt()


# -- syntax --------------------------------------------------------------

@pytest.mark.parametrize("line, output", [
    ("echo one; echo two", "one\ntwo"),
    ("true && echo yes", "yes"),
    ("false && echo no", ""),
    ("false || echo or", "or"),
    ("true || echo no", ""),
    ("false && echo a || echo b", "b"),
    ("(echo in; false) || echo out", "in\nout"),
    ("echo 'one  two' \"three  four\"", "one  two three  four"),
    ("echo a\\ \\ b", "a  b"),
    ("echo '|;&'", "|;&"),
    ("echo text # remark", "text"),
    ("echo one two | wc", None),
    ("echo abc | cat | cat | cat", "abc"),
    ("(echo x; echo y) | grep y", "y"),
    ("echo hidden > /null", ""),
    ("cat < /null", ""),
    ("", "")])
def test_syntax(shell, line, output):
    """Each construct works."""
    seen = shell.command(line)
    if output is None:
        assert seen.split()[:3] == ["1", "2", "8"], seen
    else:
        assert seen == output


@pytest.mark.parametrize("line", [
    "| wc", "echo |", "( echo", "echo )", "echo 'open", "echo > ", "; ;",
    "&& echo", "echo < | cat"])
def test_syntax_errors(shell, line):
    """A bad line gives one line of explanation, and no part of it runs."""
    seen = shell.command(line)
    assert seen and "\n" not in seen, seen
    assert shell.command("echo alive") == "alive"


@pytest.mark.parametrize("line", [
    "no-such-program", "cat < /no-such-file", "cat /no-such-file",
    "cd /no-such-directory", "echo x > /missing/new-file", "/console"])
def test_errors_of_commands(shell, line):
    """Errors are reported, and set the status."""
    seen = shell.command(line)
    word = line.split()[-1].rpartition("/")[2]
    assert word in seen, seen
    assert shell.command(f"{line} || echo failed").endswith("failed")


@pytest.mark.parametrize("lines, output", [
    (["false; echo a > /f$?", "cat /f1"], "a"),
    (["false; cat < /f$?"], "sh: /f1: no such file or directory"),
    (["true; echo a 2>&$? >&2"], "a"),
    (["echo a >&-"], "echo: standard output: bad file descriptor"),
    (["cat <&-"], "cat: standard input: bad file descriptor"),
    (["cat 5< /f <&5", "echo b >&5"], "sh: 5: bad file descriptor"),
    (["cd / > /f", "echo still here"], "still here"),
    (["cd / 5> /f", "echo a >&5"], "sh: 5: bad file descriptor"),
    (["cd / 0<&- 1>&- 2>&-", "echo still here"], "still here"),
    (["jobs 2>&3"], "sh: 3: bad file descriptor"),
    (["kill 99999 3>&2 2>&1 1>&3 | cat > /f", "cat /f"],
     "kill: 99999: no such process"),
    (["cd /none 3> /f 2>&4"], "sh: 4: bad file descriptor"),
    (["cd /none 2>&1 | wc -l"], "1"),
    (["sleep 9 &", "jobs > /full || echo $?"],
     "jobs: standard output: no space left on device\n1"),
    (["kill -l > /full || echo $?"],
     "kill: standard output: no space left on device\n1")])
def test_redirection(shell, lines, output):
    """Words of redirections are expanded. The redirections of a built-in
    command end with it, and the shell's own descriptors are out of reach."""
    shell.command("echo x > /f")
    for line in lines[:-1]:
        shell.command(line)
    assert shell.command(lines[-1]) == output


def test_scripts(shell):
    """A text file is run as a script, with its words."""
    shell.command("echo 'echo $0: $# $1,$2; exit 4' > script")
    assert shell.command("script; echo $?") == "script: 0 ,\n4"
    assert shell.command("/script 'a b' c d") == "/script: 3 a b,c"
    assert shell.command("mkdir in; cd in; script x") == "script: 1 x,"
    assert shell.command("sh script x | cat") == "script: 1 x,"
    assert shell.command("sh -c 'echo $0 $1' a b") == "a b"
    assert shell.command("echo '#!/sh' > /s; echo 'echo hi' >> /s; s") == "hi"
    assert shell.command("echo -n > /s; s; echo $?") == "0"
    assert shell.command("echo cat > /s; echo data >> /s; sh < /s") == "data"


@pytest.mark.parametrize("lines, output", [
    ("echo one; dd if=/zero bs=1 count=1 2> /null; echo hi; echo echo two",
     "sh: line with control bytes refused"),
    ("echo '('; echo echo two",
     "sh: syntax error: a command is missing at the end")])
def test_a_bad_line_ends_a_script(shell, lines, output):
    """Input after a NUL is not silently lost, and no part of the line is
    run."""
    assert shell.command(f"({lines}) | grep -v one | sh; echo $?") \
        == f"{output}\n2"


def test_shell_without_descriptors(shell):
    """Even if 0, 1, or 2 is closed, pipes and redirections work correctly."""
    lines = ("echo a | cat | cat > /o; cat /null | wc -c >> /o; "
             "(cat; echo b) < /null >> /o; echo c > /p; cat < /p >> /o; "
             "cat & wait")
    for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
        assert shell.command(f"sh -c '{lines}' {closed}; echo $?") == "0"
        assert shell.command("cat /o") == "a\n0\nb\nc"
    assert shell.command("sh <&-; echo $?") == "sh: read: bad file " \
        "descriptor\n2"


@pytest.mark.parametrize("line", [
    "cat &", "cat | cat &", "true && cat &", "(cat; cat) &", "(cat &)",
    "sh -c 'cat & wait'", "(true; cat & wait)"])
def test_background_reads_nothing(shell, line):
    """Typed input goes to the shell, even while a background list waits for
    input."""
    shell.send(f"{line}\necho ty''ped\n")     # the echo includes the quotes
    shell.expect("typed\n", quiet=2)
    shell.prompt()
    assert "alive" in shell.command("wait; echo alive")
    assert "cat" not in processes(shell)


def test_background_may_read_a_file(shell):
    """An explicit redirection takes precedence."""
    shell.command("echo a > /f; cat < /f > /g & wait")
    assert shell.command("cat /g") == "a"


def test_background(shell):
    """`&` returns to the prompt at once; wait waits for the jobs."""
    shell.command("sleep 1000 &")
    running(shell, "sleep")
    shell.command("kill %1; wait")
    assert "sleep" not in processes(shell)
    shell.command("(sleep 1; echo slept > /slept) &")
    shell.command("wait", quiet=2)
    assert shell.command("cat /slept") == "slept"


def test_kill(shell):
    """kill ends a process by the pid that ps shows."""
    shell.command("sleep 1000 &")
    shell.command(f"kill {running(shell, 'sleep')}")
    shell.command("wait")
    assert "sleep" not in processes(shell)


def test_directories(shell):
    """cd changes where names are looked up; programs are still found."""
    listing = shell.command("ls /")
    assert "README.md" in listing and "sh" in listing
    assert shell.command("cd /; ls") == listing
    assert shell.command("cat README.md | grep -c x || true") is not None


def test_the_shell_comes_back(shell):
    """When the shell exits, init starts a new one."""
    shell.command("exit")
    assert shell.command("echo again") == "again"
