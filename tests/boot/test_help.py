"""What a new user sees: the greeting of init, and the program help."""
import os
import re

import pytest

from images import programs
from machine import Machine
from sources import text

GREETING = "Type help, lde or usertests; Ctrl-A x leaves QEMU."
NO_CONSOLE = 3


def built_in():
    """The commands in the shell's own table."""
    table = re.search(r"builtins\[\] = \{(.*?)\};",
                      text("user/sh/builtin.c"), re.S)[1]
    return set(re.findall(r'\{"(\w+)", ', table))


def table(shell):
    """The output of help: two parts, each mapping names to descriptions."""
    output = shell.command("help")
    first, _, second = output.partition("Programs:\n")
    return [dict(re.findall(r"^  (\S+) +(.*)$", part, re.M))
            for part in (first, second)]


# -- the greeting --------------------------------------------------------

def test_the_greeting(shell):
    """One line before the first prompt says what to type, and only there."""
    assert shell.console().count(GREETING) == 1
    assert re.search(rf"\n{re.escape(GREETING)}\n\$ $", shell.console())
    shell.command("exit")
    assert shell.console().count(GREETING) == 1


def test_no_greeting_for_a_script(boot):
    """run= is not interactive."""
    machine = boot(run="echo fine")
    assert machine.status() == 0
    assert "\nfine" in machine.console()
    assert "Type help" not in machine.console()


def test_what_it_names_is_there(shell):
    there = shell.command("ls /") + shell.command("ls /bin")
    for name in ("help", "lde", "usertests"):
        assert f" {name}" in GREETING
        assert re.search(rf"^{name}$", there, re.M)


# -- help ----------------------------------------------------------------

def test_all_are_listed(shell):
    """Every program of the image and every command of the shell's own; nothing
    else."""
    own, others = table(shell)
    assert set(own) == built_in() != set()
    assert set(others) == {os.path.basename(path) for path in programs()}


@pytest.mark.parametrize("name, lines", [
    ("cat", ["cat [-u] [FILE...]: copy files, or standard input, to standard "
             "output"]),
    ("kill", ["kill [-s SIGNAL | -SIGNAL] PID|%JOB...: end processes or jobs "
              "(the shell's own)",
              "kill [-s SIGNAL | -SIGNAL] PID...: end processes"]),
    ("nosuch", ["help: no program nosuch", "failed"])])
def test_one_of_them(shell, name, lines):
    """help NAME also prints the usage."""
    assert shell.command(f"help {name} || echo failed").split("\n") == lines


# -- no console ----------------------------------------------------------

@pytest.mark.parametrize("change, reason", [
    ("rm /console", True), ("rm /console && echo x > /console", True),
    ("rm /console && mkdir /console", True)])
def test_no_console(boot, tree, tmp_path, change, reason):
    """init reports what the image lacks and ends the machine with a status."""
    disk = tmp_path / "disk"
    disk.write_bytes(open(f"{tree}/fs.img", "rb").read())
    machine = boot(disk=disk, run=change)
    assert machine.status() == 0
    machine = boot(disk=disk)
    assert machine.status() == NO_CONSOLE
    assert "init: /console is not the console" in machine.console()
    assert f"init has ended with status {NO_CONSOLE}" in machine.console()
    with Machine(disk=disk, run="echo never") as again:
        assert again.status() == NO_CONSOLE


def test_no_console_on_a_disk_that_cannot_be_written(boot, tree, tmp_path):
    """Then only the kernel can report it; the status is the same."""
    disk = tmp_path / "disk"
    disk.write_bytes(open(f"{tree}/fs.img", "rb").read())
    assert boot(disk=disk, run="rm /console").status() == 0
    machine = boot(disk=["-drive", f"file={disk},if=none,format=raw,id=x0,"
                         "readonly=on"])
    assert machine.status() == NO_CONSOLE
    assert f"init has ended with status {NO_CONSOLE}" in machine.console()
