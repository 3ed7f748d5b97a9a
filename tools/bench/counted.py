"""A machine whose instructions are counted, separately by whose they are.

    with Counted(run="bench getpid") as machine:
        machine.status(quiet=5)
        marks = machine.marks()

The plugin of count.c counts.  Everything runs under icount with sleep=off, from
a RAM disk, so that two runs are identical to the instruction.
"""
import dataclasses
import functools
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

import images  # noqa: E402
import machine  # noqa: E402
from commands import make, run  # noqa: E402

PLUGIN = os.path.join(ROOT, machine.BUILD, "count.so")
EXACT = "shift=0,sleep=off"
MEM = "256M"        # for a machine that runs all rows
CLOCK = ["-rtc", "base=2020-01-01,clock=vm"]
AT = 10000          # the number of the first mark that has an address
BEGIN, END, SETTLED = 1, 2, 3       # the marks of bench


# The events that are counted besides instructions, in the order of count.c.
EVENTS = ("CSR accesses", "TLB flushes", "fences", "atomics", "traps")


@dataclasses.dataclass(frozen=True)
class Counts:
    """Executed instructions, or events, by place."""
    firmware: int
    kernel: int
    program: int
    idle: int

    def __sub__(self, other):
        return Counts(*(a - b for a, b in zip(dataclasses.astuple(self),
                                              dataclasses.astuple(other))))

    @property
    def work(self):
        """All except the idle loop."""
        return self.firmware + self.kernel + self.program

    @property
    def all(self):
        return self.work + self.idle


@dataclasses.dataclass(frozen=True)
class Mark:
    number: int
    counts: Counts      # instructions
    events: tuple       # Counts of each of EVENTS


@dataclasses.dataclass(frozen=True)
class Measured:
    """One row that bench printed, with its cost."""
    name: str
    units: int
    ticks: int          # of the machine's clock, 0.1 us each
    cost: Counts
    events: tuple       # Counts of each of EVENTS
    after: int          # work in the next two seconds; None: not measured

    @property
    def each(self):
        """Instructions per unit."""
        return self.cost.work / self.units

    @property
    def events_each(self):
        """{event: count per unit}."""
        return {name: counts.work / self.units
                for name, counts in zip(EVENTS, self.events)}


@functools.lru_cache(maxsize=None)
def symbols(build=machine.BUILD):
    """Address and size of each function of the kernel."""
    tool = os.environ.get("TOOLPREFIX", "riscv64-unknown-elf-") + "nm"
    listing = subprocess.run(
        [tool, "-S", os.path.join(ROOT, build, "kernel.elf")], check=True,
        capture_output=True, text=True).stdout
    return {name: (int(address, 16), int(size, 16)) for address, size, name
            in re.findall(r"^(\w+) (\w+) [tT] (\w+)$", listing, re.M)}


def refusal():
    """Why this QEMU cannot count, in one line; None if it can."""
    done = run([os.path.join("tools", "plugin_version")])
    return None if done.returncode == 0 else done.stdout.strip()


def build():
    """Kernel, image tools and plugin, up to date."""
    why = refusal()
    if why:
        sys.exit(why)
    make("all", "build/mkfs", "build/count.so")


def printed(console):
    """(units, ticks, name) of each row in the output of bench."""
    return [(int(units), int(ticks), name) for units, ticks, name in
            re.findall(r"^= (\d+) (\d+) (.*)$", console, re.M)]


class Counted(machine.Machine):
    """A machine under icount with the plugin; at= names functions to mark."""

    def __init__(self, *, at=(), icount=EXACT, options=(), **others):
        names = symbols()
        idle, size = names["sched_idle"]
        self.counts = tempfile.TemporaryDirectory(prefix="tether-count-")
        words = [PLUGIN, f"out={self.counts.name}/marks",
                 f"idle={idle:x}-{idle + size:x}"]
        words += [f"at={names[name][0]:x}" for name in at]
        super().__init__(icount=icount, options=[
            *CLOCK, "-plugin", ",".join(words), *options], **others)

    def marks(self):
        """All marks so far."""
        with open(os.path.join(self.counts.name, "marks")) as file:
            lines = [line.split() for line in file if line.endswith("\n")]
        return [self._mark(*map(int, words)) for words in lines]

    @staticmethod
    def _mark(number, *counts):
        places = len(dataclasses.fields(Counts))
        every = [Counts(*counts[i:i + places])
                 for i in range(0, len(counts), places)]
        assert len(every) == 1 + len(EVENTS), "not the plugin of this tree"
        return Mark(number, every[0], tuple(every[1:]))

    def rows(self):
        """The rows that bench has printed, each with its marks."""
        marks = [m for m in self.marks() if m.number < AT]
        found = []
        for units, ticks, name in printed(self.console()):
            begin, end = marks.pop(0), marks.pop(0)
            assert (begin.number, end.number) == (BEGIN, END), name
            after = None
            if marks and marks[0].number == SETTLED:
                after = (marks.pop(0).counts - end.counts).work
            events = tuple(b - a for a, b in zip(begin.events, end.events))
            found.append(Measured(name, units, ticks,
                                  end.counts - begin.counts, events, after))
        assert not marks, f"{len(marks)} marks belong to no row"
        return found

    def end(self):
        super().end()
        self.counts.cleanup()


def measure(command, quiet=5, **options):
    """Boot with a command of bench; returns its rows."""
    with Counted(run=command, **options) as counted:
        status = counted.status(quiet)
        assert status == 0, f"{command}: status {status}\n{counted.tail()}"
        return counted.rows()
