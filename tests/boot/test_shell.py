"""A session at the console: editing keys, shell syntax, its errors."""
import time

import pytest

from machine import limit

BACKSPACE, DELETE, KILL_LINE, KILL_WORD = "\b", "\x7f", "\x15", "\x17"
END_OF_FILE, INTERRUPT, PROCESSES = "\x04", "\x03", "\x10"


def answer(shell, keys):
    """Type keys and Enter; the last line before the next prompt."""
    shell.send(keys + "\n")
    return shell.prompt().split("\n")[-1]


def processes(shell):
    """What ps lists: program name to number."""
    rows = [line.split() for line in shell.command("ps").split("\n")[1:]]
    return {row[-1]: row[0] for row in rows}


def running(shell, name):
    """The number of a program just started with `&`, as soon as ps has it.

    The prompt does not wait until the new process has become that program.
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


def wait_until_listed(shell, name):
    """Press ^P until a process of that name is there."""
    deadline = time.monotonic() + limit(1)
    while time.monotonic() < deadline:
        shell.send(PROCESSES)
        if not shell.is_silent(rf"\d {name}\r*\n", seconds=0.2):
            return
    raise AssertionError(f"no process {name}")


@pytest.mark.parametrize("line, name", [
    ("cat", "cat"), ("sleep 1000", "sleep"), ("cat | cat | wc", "wc"),
    ("lde freeze", "lde"), ("(sleep 1000; true)", "sleep")])
def test_interrupt_kills_the_foreground(shell, line, name):
    """^C ends what runs in the foreground, not the shell."""
    shell.send(line + "\n")
    wait_until_listed(shell, name)
    shell.send(INTERRUPT)
    shell.prompt()
    assert shell.command("echo alive") == "alive"
    assert name not in processes(shell)


def test_interrupt_at_the_prompt(shell):
    """^C with nothing running throws the line away."""
    shell.send("echo lost" + INTERRUPT)
    shell.send("echo kept\n")
    shell.expect(r"\nkept\n")
    shell.prompt()
    assert "\nlost" not in shell.console()


def test_process_list_key(shell):
    """^P lists the processes at once, whatever runs."""
    shell.send(PROCESSES)
    shell.expect("init")
    shell.expect(r"\bsh\b")


def test_a_long_line_is_refused_whole(shell):
    """A line too long is refused; no tail of it runs as a command."""
    tail = "; echo tail"
    shell.send("echo " + "x" * 6000 + tail + "\n")
    shell.prompt(quiet=3)
    assert "\ntail" not in shell.console()
    assert shell.command("echo alive") == "alive"


def test_typing_ahead_is_kept(shell):
    """What is typed while a program runs is read afterwards."""
    shell.send("sleep 1\necho first\necho second\n")
    shell.expect("\\$ first\n", quiet=2)
    shell.expect("\\$ second\n")
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
    """Each construct does what it says."""
    seen = shell.command(line)
    if output is None:
        assert seen.split()[:3] == ["1", "2", "8"], seen
    else:
        assert seen == output


@pytest.mark.parametrize("line", [
    "| wc", "echo |", "( echo", "echo )", "echo 'open", "echo > ", "; ;",
    "&& echo", "echo < | cat"])
def test_syntax_errors(shell, line):
    """A bad line gives one line of explanation, and nothing of it runs."""
    seen = shell.command(line)
    assert seen and "\n" not in seen, seen
    assert shell.command("echo alive") == "alive"


@pytest.mark.parametrize("line", [
    "no-such-program", "cat < /no-such-file", "cat /no-such-file",
    "cd /no-such-folder", "echo x > /missing/new-file", "/README.md"])
def test_errors_of_commands(shell, line):
    """What cannot be done is named; the status says so."""
    seen = shell.command(line)
    word = line.split()[-1].rpartition("/")[2]
    assert word in seen, seen
    assert shell.command(f"{line} || echo failed").endswith("failed")


def test_background(shell):
    """`&` gives the prompt back at once; wait waits for what runs."""
    shell.command("sleep 1000 &")
    running(shell, "sleep")
    shell.command("kill %1; wait")
    assert "sleep" not in processes(shell)
    shell.command("(sleep 1; echo slept > /slept) &")
    shell.command("wait", quiet=2)
    assert shell.command("cat /slept") == "slept"


def test_kill(shell):
    """A process is ended by its number as ps shows it."""
    shell.command("sleep 1000 &")
    shell.command(f"kill {running(shell, 'sleep')}")
    shell.command("wait")
    assert "sleep" not in processes(shell)


def test_folders(shell):
    """cd changes where names are looked up; programs are found anyway."""
    listing = shell.command("ls /")
    assert "README.md" in listing and "sh" in listing
    assert shell.command("cd /; ls") == listing
    assert shell.command("cat README.md | grep -c x || true") is not None


def test_the_shell_comes_back(shell):
    """Leaving the shell starts a new one: init watches over it."""
    shell.command("exit")
    assert shell.command("echo again") == "again"
