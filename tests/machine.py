"""A machine for a test: QEMU with the kernel, its console, its exit status.

    with Machine(cpus=2, args="timer=sstc") as machine:
        machine.prompt()
        assert machine.command("echo hi") == "hi"

Time.  Every limit is given as `quiet`: the seconds that the operation may take
on an idle machine of the usual speed.  The actual limit is SLACK times that,
times `pace()`, which is measured by booting only the firmware: once per
session, and again before a test times out, because the host may have become
busy.  So a slow or busy host makes tests slower, but does not make them fail.
"""
import functools
import io
import json
import os
import re
import shlex
import signal
import socket
import tempfile
import time

import pexpect

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QEMU = os.environ.get("QEMU", "qemu-system-riscv64")
BUILD = "build"              # built by `make`
CHECKED = "build-check"      # built by `make CHECK=1 B=build-check`

FIRMWARE_BOOT = 0.1          # seconds, on an idle machine
SLACK = 10                   # a limit is this many times the usual time
MTIME, MTIME_HZ = 0x200BFF8, 10_000_000      # the clock of a virt machine
TAIL = 60                    # console lines shown when a test fails
VIRTIO = ["-global", "virtio-mmio.force-legacy=false",
          "-device", "virtio-blk-device,drive=x0"]
HELLO = "\ntether: boot hart "      # in a line of every kernel that boots
PROMPT = r"(?:^|\n)\$ "      # the shell's, at the start of a line


def measure_pace():
    """How many times slower than an idle machine this one is now (>= 1)."""
    worst = 0.0
    for _ in range(3):
        start = time.monotonic()
        child = pexpect.spawn(QEMU, ["-machine", "virt", "-nographic"],
                              echo=False, timeout=120)
        child.expect("MEDELEG")
        worst = max(worst, time.monotonic() - start)
        child.kill(signal.SIGKILL)
        child.wait()
    return max(1.0, worst / FIRMWARE_BOOT)


@functools.lru_cache(maxsize=None)
def measured():
    """The measured pace."""
    return {"pace": measure_pace()}


def pace():
    """The slowest pace measured so far."""
    return measured()["pace"]


def has_slowed():
    """Measure again; whether the machine is slower than before, by a fifth."""
    now = measure_pace()
    if now < 1.2 * pace():
        return False
    measured()["pace"] = now
    return True


def limit(quiet):
    """The time limit for an operation that takes `quiet` on an idle machine."""
    return quiet * SLACK * pace()


class Machine:
    """One QEMU.  Leaving the `with` block ends it in any case."""

    def __init__(self, *, build=BUILD, image=None, cpus=1, mem="128M",
                 args="", run=None, cpu=None, icount=None, disk=None,
                 kind="virt", kernel=None, options=()):
        """kind= is QEMU's machine; kernel= is another kernel; image=False omits
        the initrd; run= is the boot argument; icount= goes to QEMU; options are
        more words for QEMU. disk= is the virtio disk, a path or words for QEMU
        that define the drive x0; it replaces the initrd."""
        self.directory = tempfile.TemporaryDirectory(prefix="tether-")
        if disk is not None:
            image = False
            drive = ["-drive", f"file={disk},if=none,format=raw,id=x0"]
            options = [*VIRTIO, *(drive if isinstance(disk, (str, os.PathLike))
                                  else disk), *options]
        if image is None:
            image = os.path.join(ROOT, build, "fs.img")
        if run is not None:
            args = f'{args} run="{run}"'.strip()
        words = ["-machine", kind, "-bios", "default", "-nographic",
                 "-kernel", str(kernel or os.path.join(ROOT, build,
                                                       "kernel.elf")),
                 "-smp", str(cpus), "-m", mem, "-no-reboot",
                 "-serial", "mon:stdio",     # ^C is for the guest
                 "-qmp", f"unix:{self.path('qmp')},server=on,wait=off"]
        words += ["-initrd", str(image)] if image else []
        words += ["-append", args] if args else []
        words += ["-cpu", cpu] if cpu else []
        words += ["-icount", icount] if icount else []
        words += options
        self.line = shlex.join([QEMU, *words])
        self.log = io.StringIO()
        self.child = pexpect.spawn(
            QEMU, words, cwd=ROOT, echo=False, encoding="utf-8",
            codec_errors="replace", dimensions=(24, 200))
        self.child.logfile_read = self.log
        self.child.delaybeforesend = None
        self.started = time.monotonic()

    def path(self, name):
        """A file in this machine's directory, which is removed with it."""
        return os.path.join(self.directory.name, name)

    # -- what it says ----------------------------------------------------

    def console(self):
        """All output so far, with plain line ends."""
        return self.log.getvalue().replace("\r", "")

    def tail(self):
        lines = self.console().split("\n")[-TAIL:]
        return "\n".join([self.line, *lines])

    def expect(self, pattern, quiet=1.0):
        """Wait for a regular expression (or one of a list); returns the match.

        A newline in the pattern also matches the carriage returns that console
        and terminal put before it.
        """
        patterns = pattern if isinstance(pattern, list) else [pattern]
        found = [p.replace(r"\n", "\n").replace("\n", r"\r*\n")
                 for p in patterns]
        try:
            self.wait(found, quiet)
        except pexpect.TIMEOUT:
            raise AssertionError(
                f"no {pattern!r} within {limit(quiet):.0f} s:\n"
                f"{self.tail()}") from None
        except pexpect.EOF:
            raise AssertionError(
                f"QEMU ended before {pattern!r}:\n{self.tail()}") from None
        return self.child.match

    def wait(self, patterns, quiet):
        """Wait with pexpect; longer, if the host has become slower."""
        start = time.monotonic()
        while True:
            left = start + limit(quiet) - time.monotonic()
            try:
                return self.child.expect(patterns, timeout=max(left, 0))
            except pexpect.TIMEOUT:
                if not has_slowed():
                    raise

    def prompt(self, quiet=1.0):
        """Wait for the shell; returns the output before its prompt."""
        self.expect(PROMPT, quiet)
        return self.child.before.replace("\r", "").strip("\n")

    def is_silent(self, pattern, seconds):
        """Whether the pattern does not appear for that many seconds of real
        time."""
        try:
            self.child.expect(pattern, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        return False

    def listen(self):
        """Read output for a moment; returns whether the machine still runs."""
        try:
            self.child.read_nonblocking(65536, timeout=0.01)
        except pexpect.TIMEOUT:
            pass
        except pexpect.EOF:
            return False
        return True

    # -- what it is told -------------------------------------------------

    def send(self, text):
        """Type something; `\\n` is the Enter key."""
        self.child.send(text)

    def command(self, line, quiet=1.0):
        """Type a line at the prompt; returns its output, up to the next
        prompt."""
        self.send(line + "\n")
        output = self.prompt(quiet)
        echo, _, rest = output.partition("\n")
        assert echo == line, f"the console echoed {echo!r} for {line!r}"
        return rest

    def wait_end(self, quiet=1.0):
        """Wait until QEMU ends."""
        try:
            self.wait(pexpect.EOF, quiet)
        except pexpect.TIMEOUT:
            raise AssertionError(
                f"still running after {limit(quiet):.0f} s") from None
        self.child.wait()

    def status(self, quiet=1.0):
        """Wait until QEMU ends; returns its exit status."""
        self.wait_end(quiet)
        assert self.child.signalstatus is None, "QEMU was killed by a signal"
        if self.child.exitstatus == 0:
            self.check_good_end()
        return self.child.exitstatus

    def check_good_end(self):
        """Status 0 is only accepted from a kernel that booted and did not
        panic, because an early failure may also end with 0."""
        assert HELLO in self.console(), f"it did not boot:\n{self.tail()}"
        assert not re.search("^panic:", self.console(), re.M), self.tail()

    # -- what it does ----------------------------------------------------

    def clock(self):
        """Seconds on the machine's own clock. With icount it only advances with
        instructions or while idling, so the time that the host gives the
        machine does not matter."""
        word = self.monitor(f"xp /1gx {MTIME}").split()[-1]
        return int(word, 16) / MTIME_HZ

    def qmp(self, command, **arguments):
        """Send one QMP command to QEMU; returns its answer."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(limit(1))
            channel.connect(self.path("qmp"))
            stream = channel.makefile("rw")
            stream.readline()
            for name, values in (("qmp_capabilities", {}),
                                 (command, arguments)):
                json.dump({"execute": name, "arguments": values}, stream)
                stream.flush()
                answer = self._answer(stream)
        return answer

    def monitor(self, line):
        """Send one command to QEMU's human monitor; returns its answer."""
        answer = self.qmp("human-monitor-command", **{"command-line": line})
        return answer.replace("\r", "")

    @staticmethod
    def _answer(stream):
        while True:
            reply = json.loads(stream.readline())
            assert "error" not in reply, reply
            if "return" in reply:      # anything else is an event
                return reply["return"]

    def registers(self, hart=0):
        """The named registers of a hart, as numbers."""
        text = self.monitor(f"info registers -a" if hart else
                            "info registers")
        text = text.split("CPU#")[hart + 1] if "CPU#" in text else text
        return {name: int(value, 16) for name, value in
                re.findall(r"\b([a-z]\w*(?:/\w+)?)\s+([0-9a-f]{16})", text)}

    def kill(self):
        """Kill it, like a power cut; then read its remaining output."""
        self.child.kill(signal.SIGKILL)
        while self.listen():
            pass
        self.child.wait()

    def end(self):
        """End QEMU by its pid; it may react only to SIGKILL."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close(force=True)
        self.directory.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
