"""`make qemu`, `make qemu-gdb`, and `make gdb`, as a student types them."""
import os
import re
import shutil
import signal
import subprocess
import time

import pexpect
import pytest

import machine as machines
from commands import run
from fakes import Fakes

GDB_PROMPT = r"\(gdb\) "
SOCKET = f"{machines.BUILD}/gdb.sock"


class Console:
    """A terminal in which a make target runs."""

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
        """Send a gdb command; returns gdb's answer."""
        self.child.sendline(line)
        return self.expect(GDB_PROMPT)

    def end(self):
        """The process group is the terminal's, so QEMU ends, too."""
        if self.child.isalive():
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self.child.close(force=True)


def wait_for_socket():
    """Wait for the socket, which QEMU creates shortly after make has announced
    it."""
    deadline = time.monotonic() + machines.limit(1)
    while not os.path.exists(os.path.join(machines.ROOT, SOCKET)):
        assert time.monotonic() < deadline, "no socket"
        time.sleep(0.01)


@pytest.fixture
def start(tree, tmp_path):
    """Starts make targets in terminals; each machine has its own disk."""
    started = []

    def console(target, *words):
        if target != "gdb":
            disk = tmp_path / f"disk{len(started)}"
            shutil.copy(f"{tree}/fs.img", disk)
            words = (f"DISK={disk}", "CPUS=1", *words)
        started.append(Console(target, *words))
        return started[-1]

    yield console
    for one in started:
        one.end()


@pytest.fixture
def session(start):
    """A stopped machine, and a gdb that is connected to it."""
    machine = start("qemu-gdb")
    machine.expect(r"waiting for gdb")
    wait_for_socket()
    gdb = start("gdb")
    gdb.expect(GDB_PROMPT)
    return machine, gdb


def test_a_session(session):
    """Stop at the first trap, then in a user program's main, and inspect."""
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
    """A panic during an interrupt also shows what was interrupted; here the
    test redirects a kernel interrupt into a panic."""
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
    assert names[:3] == ["report_panic", "panic", "kernelvec"], report
    assert len(names) > 3, report


def test_a_machine_that_hangs(start):
    """gdb connects to a machine that was started without it, shows where it
    loops, and leaves it running."""
    machine = start("qemu", 'BOOTARGS=sched=coop run="lde freeze"')
    machine.expect("the kernel checks for a kill")
    for _ in range(2):
        gdb = start("gdb", "GDBFLAGS=-batch -ex 'user bin/lde' -ex bt")
        report = gdb.expect(pexpect.EOF)
        assert re.search(r"#0 .* at user/bin/lde/\w+\.c:\d+", report), report
        assert machine.child.isalive()


# -- commands of tools/gdb/tether.py --------------------------------------

def ask(start, *commands):
    """gdb's answers to some commands, one text for each."""
    words = " ".join(f"-ex 'echo <<<' -ex '{line}'" for line in commands)
    report = start("gdb", f"GDBFLAGS=-batch {words}").expect(pexpect.EOF)
    return [part.replace("\r", "") for part in report.split("<<<")[1:]]


def test_what_gdb_knows(start):
    """Each command, while a program runs in user mode; afterwards it
    continues."""
    machine = start("qemu", 'BOOTARGS=sched=coop run="lde freeze"')
    machine.expect("the kernel checks for a kill")
    (ps, proc, threads, stack, runq, areas, table, way, frame, locks, harts,
     satp, user, priv) = ask(
         start, "ps", "proc 2", "threads", "bt-thread 1", "runq", "areas 2",
         "pt 2", "pt 2 0x900000", "trapframe 1", "locks", "harts", "satp",
         "user bin/lde", "info registers priv")
    assert re.search(r"^ +1 +0 +1 +0 sleep +\d+ init$", ps, re.M), ps
    assert re.search(r"^ +\d+ +2 +2 +0 run +\d+ lde$", ps, re.M), ps
    assert "sh: group 2, session 2, child of 1\n" in proc, proc
    assert re.search(r"sleep on hart 0: proc_take_zombie", proc), proc
    assert "descriptor 2: inode" in proc
    for name in (r"init \(1\)", r"sh \(2\)"):
        assert re.search(rf"sleep +hart 0 {name} +proc_take_zombie", threads)
    assert re.search(r"run +hart 0 lde .*`thread 1`", threads), threads
    assert re.search(r"\bproc_take_zombie \(", stack), stack
    assert "in usertrap (" in stack, stack
    assert runq.strip() == "hart 0: nothing"
    assert re.search(r"0x900000 .* r-x inode \d+, page", areas), areas
    assert "heap; promised" in areas
    assert re.search(r"0x900000 level 0: 0x8\w+ VR-XU-AD\n", table), table
    assert re.findall(r"level (\d)", way) == ["2", "1", "0"], way
    assert re.search(r"init \(1\): pc 0x90\w+\n +ra +0x90", frame), frame
    assert re.search(r"none of [1-9]\d+ locks is held", locks), locks
    assert "CPU#0" in harts
    assert re.search(r"page 0x8\w+, mode 8", satp), satp
    assert "user/bin/lde" in user
    assert re.search(r"priv +0x0\b", priv), priv     # it was restored
    assert machine.child.isalive()


def test_what_gdb_does_not_know(start):
    """Invalid arguments get an answer, and the next command is executed."""
    machine = start("qemu")
    machine.expect(r"\n\$ ")
    for line, answer in [
            ("proc 99", "no process 99"), ("proc sh", "a pid is required"),
            ("proc", "proc PID - a process"), ("areas 1 2", "areas PID - the"),
            ("pt 1 0x1000", "0x1000: not mapped on level 1"),
            ("user nothing", "no such program: .*/user/nothing"),
            ("trapframe 99", "no process 99")]:
        [said] = ask(start, line)
        assert re.search(answer, said), f"{line}: {said}"
    machine.child.sendline("echo still he''re")
    machine.expect("still here")


def test_a_lock_that_is_held(session):
    """In the scheduler: the lock of the run queue, and its holder."""
    machine, gdb = session
    gdb.type("set confirm off")
    gdb.type("hbreak rr_pick")
    gdb.type("continue")
    answer = gdb.type("locks")
    assert re.search(r"run queue +spinlock .*(hart 0|init)", answer), answer
    gdb.type("delete")
    gdb.child.sendline("detach")
    machine.expect(r"\n\$ ")


# -- more than one machine ------------------------------------------------

def test_two_machines(start):
    """The second gets no socket, and says so; gdb connects to the first."""
    first = start("qemu")
    first.expect(r"\n\$ ")
    with open(f"{machines.ROOT}/{machines.BUILD}/qemu.pid") as file:
        pid = file.read().strip()
    second = start("qemu", 'BOOTARGS=run="echo fine"')
    report = second.expect(pexpect.EOF)
    assert f"process {pid} already uses {SOCKET}" in report, report
    assert "\nfine" in report, report
    third = start("qemu-gdb")
    report = third.expect(pexpect.EOF)
    assert f"process {pid} already uses {SOCKET}" in report, report
    assert "waiting" not in report
    gdb = start("gdb", "GDBFLAGS=-batch -ex 'p hart_count'")
    assert "$1 = 1" in gdb.expect(pexpect.EOF)
    first.child.sendline("echo still he''re")
    first.expect("still here")


def test_two_machines_on_one_disk(start, tree, tmp_path):
    """A second machine does not get make's own disk."""
    first = start("qemu")
    first.expect(r"\n\$ ")
    done = run(["tools/machine", "run", tree, "false",
                f"file={tree}/disk.img,"])
    assert done.returncode == 1
    assert re.fullmatch(r"tether: process \d+ runs on build/disk.img: "
                        r"give this machine another, DISK=\n", done.stdout)


def test_no_machine(tmp_path):
    """gdb has nothing to connect to, even if a killed machine left its files
    and its pid now belongs to another program."""
    for left in (None, "", "999999999", str(os.getpid())):
        if left is not None:
            (tmp_path / "qemu.pid").write_text(left)
        done = run(["tools/machine", "gdb", str(tmp_path)])
        assert done.returncode == 1
        assert re.fullmatch(r"tether: no machine is running here: .*\n", done.stdout)


def test_a_system_without_ps(tmp_path):
    """On a bare Debian, a running machine is found as well."""
    with subprocess.Popen(["sh", "-c", "read line", f"{tmp_path}/qemu.pid"],
                          stdin=subprocess.PIPE) as other:
        (tmp_path / "qemu.pid").write_text(str(other.pid))
        path = Fakes(tmp_path / "bin", alone=True).path
        done = run(["tools/machine", "run", str(tmp_path), "uname"],
                   env={"PATH": path})
    assert f"process {other.pid} already uses" in done.stdout, done.stdout


@pytest.mark.parametrize("length, opens", [(80, True), (120, False)])
def test_a_long_path(tmp_path, length, opens):
    """A socket's path is limited, so a deep directory has no socket, and make
    says so. The machine runs all the same, but gdb cannot connect."""
    shown = Fakes(tmp_path / "bin").put("qemu", 'echo "$@"').directory / "qemu"
    build = f"/tmp/{'x' * (length - 5)}"
    done = run(["tools/machine", "run", build, str(shown)])
    assert done.returncode == 0
    assert (f"-gdb unix:{build}/gdb.sock" in done.stdout) == opens
    assert ("is too long for a socket" in done.stdout) != opens
    assert run(["tools/machine", "wait", build, str(shown)]
               ).returncode == (0 if opens else 1)


def test_a_newer_kernel_is_said(start, tree, tmp_path):
    """Symbols may not match if the kernel was rebuilt after the machine was
    started."""
    machine = start("qemu")
    machine.expect(r"\n\$ ")
    kernel = f"{tree}/kernel.elf"
    times = os.stat(kernel)
    try:
        os.utime(kernel)
        gdb = start("gdb", "GDBFLAGS=-batch")
        assert "is newer than the machine" in gdb.expect(pexpect.EOF)
    finally:
        os.utime(kernel, ns=(times.st_atime_ns, times.st_mtime_ns))
