"""The cost of control: the share that a program keeps, the instructions of an
idle machine, the delay of ticks, and the cost of booting."""
import dataclasses
import statistics

import counted
from counted import AT, BEGIN, END, Counted

HZ = 100
SLICE = 1_000_000_000 // HZ     # instructions: each takes 1 ns under shift=0
IDLE_SECONDS = 10


@dataclasses.dataclass(frozen=True)
class Lateness:
    """Instructions from deadlines to sched_timer."""
    ticks: int
    median: float
    worst: float


def only_row(command, **options):
    row, = counted.measure(command, quiet=30, **options)
    return row


def user_share(timer):
    """The percentage of instructions that a compute-only program keeps."""
    cost = only_row("bench compute", args=f"timer={timer} hz={HZ}").cost
    return 100 * cost.program / cost.all


def idle_rate():
    """Instructions per second while every process sleeps, including the idle
    loop."""
    return only_row("bench idle").cost.all / IDLE_SECONDS


def tick_lateness(command):
    """How late ticks are handled while a command of bench runs.

    A tick is due one slice after the previous one read the clock, unless there
    was a switch in between.  The instruction count is the clock, because no
    hart idles here.  A tick that was armed before a switch comes early and is
    postponed; such ticks are ignored.
    """
    late, last = [], None
    inside = False
    with Counted(run=command, args=f"hz={HZ}",
                 at=("sched_timer", "swtch")) as machine:
        assert machine.status(quiet=30) == 0, machine.tail()
        for mark in machine.marks():
            if mark.number in (BEGIN, END):
                inside = mark.number == BEGIN
            if mark.number != AT:
                last = None
                continue
            if inside and last is not None:
                late.append(mark.counts.all - last - SLICE)
            last = mark.counts.all
    late = [n for n in late if n > -SLICE / 2]
    return Lateness(len(late), statistics.median(late), max(late))


def boot_cost(mem="128M"):
    """Instructions from the kernel's entry until the shell has printed its
    prompt and reads a line."""
    with Counted(mem=mem, at=("sys_read",)) as machine:
        machine.prompt()
        machine.command("true")     # the shell has asked for a line by now
        first = next(m for m in machine.marks() if m.number == AT)
    return first.counts.kernel + first.counts.program + first.counts.idle
