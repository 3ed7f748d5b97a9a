"""Behavior of system calls that no case of usertests can produce.

The programs below are built in the user/ directory of a copy of the tree.
"""
import calendar
import re
import time

import pytest

from commands import run
from copies import copy_tree
from machine import BUILD, limit

PROGRAMS = {
    "now": """
int main(void)
{
    return printf("%ld\\n", time(NULL)) < 0;
}
""",
    "join": """
int main(int argc, char **argv)
{
    int result = setpgid(0, atoi(argv[1]));

    puts(result == 0 ? "joined" : strerror(errno));
    return 0;
}
"""}


@pytest.fixture(scope="module")
def built(tree, tmp_path_factory):
    """A build with the programs."""
    directory = copy_tree(tmp_path_factory.mktemp("calls"))
    for name, source in PROGRAMS.items():
        (directory / "user" / f"{name}.c").write_text(
            f'#include "user/user.h"\n{source}')
    done = run(["make", "-s", "-C", str(directory)])
    assert done.returncode == 0, done.stdout
    return str(directory / BUILD)


def test_the_clock(boot, built):
    """The clock starts at the machine's date. Instructions drive it, so nothing
    is late."""
    machine = boot(build=built, run="now; sleep 2; now", icount="shift=0",
                   options=["-rtc", "base=2001-02-03T04:05:06,clock=vm"])
    assert machine.status(quiet=20) == 0
    first, second = map(int, re.findall(r"^\d{9,}$", machine.console(), re.M))
    start = calendar.timegm((2001, 2, 3, 4, 5, 6))
    assert start <= first <= start + 5
    assert 2 <= second - first <= 3


def group_of_sleep(machine, but=None):
    """The group of the `sleep` that is not in `other`; the list shows that name
    shortly after the program was started."""
    deadline = time.monotonic() + limit(1)
    while time.monotonic() < deadline:
        groups = {int(line.split()[2])
                  for line in machine.command("ps").split("\n")
                  if line.endswith(" sleep")} - {but}
        if groups:
            [group] = groups
            return group
    raise AssertionError(f"no sleep is listed: {machine.tail()}")


def test_a_group_of_another_session(boot, built):
    """The processes that a shell starts form a session. Programs of the next
    shell may join a group of their own session, but not a group that the first
    has left."""
    machine = boot(build=built, cpus=2)
    machine.prompt()
    machine.command("sleep 1000 &")
    group = group_of_sleep(machine)
    assert machine.command(f"join {group}") == "joined"
    machine.command("exit")
    assert machine.command(f"join {group}") == "operation not permitted"
    machine.command("sleep 1000 &")
    assert machine.command(
        f"join {group_of_sleep(machine, but=group)}") == "joined"
