"""`make qemu-gdb` and `make gdb`, typed as a student types them."""
import os
import re
import signal
import socket

import pexpect
import pytest

import machine as machines

GDB_PROMPT = r"\(gdb\) "


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Console:
    """One terminal with a make target running in it."""

    def __init__(self, *words):
        env = {name: value for name, value in os.environ.items()
               if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        env["TERM"] = "dumb"
        self.child = pexpect.spawn(
            "make", list(words), cwd=machines.ROOT, env=env, echo=False,
            encoding="utf-8", dimensions=(1000, 200))

    def expect(self, pattern, quiet=2):
        self.child.expect(pattern, timeout=machines.limit(quiet))
        return self.child.before

    def type(self, line):
        """A gdb command; what gdb answers."""
        self.child.sendline(line)
        return self.expect(GDB_PROMPT)

    def end(self):
        """The process group is that of the terminal, so QEMU ends too."""
        if self.child.isalive():
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self.child.close(force=True)


@pytest.fixture
def session(tree):
    """A stopped machine and a gdb that is connected to it."""
    port = f"GDB_PORT={free_port()}"
    machine = Console("qemu-gdb", "CPUS=1", port)
    gdb = None
    try:
        machine.expect(r"(?i)gdb")
        gdb = Console("gdb", port)
        gdb.expect(GDB_PROMPT)
        yield machine, gdb
    finally:
        machine.end()
        if gdb is not None:
            gdb.end()


def test_a_session(session):
    """Stop at the first trap, then in a user program's main, and look."""
    machine, gdb = session
    gdb.type("set confirm off")
    gdb.type("set pagination off")
    gdb.type("hbreak usertrap")
    answer = gdb.type("continue")
    assert "usertrap" in answer, answer
    assert "usertrap" in gdb.type("bt")
    assert "trap.c" in gdb.type("info line")
    gdb.type("delete")

    gdb.type("user init")
    gdb.type("hbreak user/init.c:main")
    answer = gdb.type("continue")
    assert "main" in answer and "init.c" in answer, answer
    assert "main" in gdb.type("bt")
    gdb.type("delete")
    gdb.child.sendline("detach")
    machine.expect(r"\n\$ ")


def test_backtrace_passes_a_trap(session):
    """A panic while an interrupt is served also shows what was interrupted:
    here by an interrupt of the kernel that is bent into a panic."""
    machine, gdb = session
    gdb.type("set confirm off")
    gdb.type("hbreak kerneltrap")
    gdb.type("continue")
    gdb.type("delete")
    gdb.type("set $a0 = symbol_names")   # any string
    gdb.type("set $pc = panic")
    gdb.child.sendline("continue")
    machine.expect("backtrace:")
    report = machine.expect(pexpect.EOF)
    names = re.findall(r"0x[0-9a-f]+ (\w+)\+", report)
    assert names[:2] == ["panic", "kernelvec"], report
    assert len(names) > 2, report
