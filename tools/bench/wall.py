"""make bench WALL=1: what operations take by the host's clock.

The rows alone, beside a Linux that the user brings, or the same work on more
and more harts.  Host time depends on host and load, so it is information; what
says something are ratios of one run, in which those compared take turns.

A Linux is asked for with an image of it and an initrd whose /init does the work
and prints, for each row, the line that user/bench prints (user/bench/bench.h):

    = UNITS TICKS NAME

where TICKS are tenths of a microsecond and names are those of our rows, and
then powers off.
"""
import os
import re
import sys

import counted
import rows
from counted import MEM
from machine import Machine
from table import show

ROUNDS = 2                  # of each system, in turn; the fastest counts
HARTS = (1, 2, 4, 8)
WORKERS = 4
# How much of each kind: some tenths of a second on a quiet host.
SHARED = {"fork": 20, "fault": 5, "pipe": 10, "read": 15, "create": 8}


def microseconds(console):
    """{row: of one operation}, as a bench printed them."""
    return {name: ticks / 10 / units
            for units, ticks, name in counted.printed(console)}


def ours(words):
    with Machine(run=" ".join(["bench", *words]), mem=MEM) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        return microseconds(machine.console())


def theirs(image, initrd, append):
    """The other system's; whatever its exit status means."""
    with Machine(kernel=image, image=initrd, mem=MEM, args=append) as machine:
        machine.wait_end(quiet=120)
        found = microseconds(machine.console())
        if not found:
            sys.exit(f"{image} has printed no row:\n{machine.tail()}")
        return found


def fastest(runs):
    """The least of each row that all runs have."""
    return {name: min(run[name] for run in runs)
            for name in runs[0] if all(name in run for run in runs)}


def measure_rows(words):
    found = ours(words)
    show(["microseconds an operation, on this host", "now", "aim"],
         [[name, f"{each:.3f}", rows.WALL.get(name, "-")]
          for name, each in found.items()])


def measure_beside(words, image, initrd, append):
    """Ours and theirs, in turn."""
    pairs = [(ours(words), theirs(image, initrd, append))
             for _ in range(ROUNDS)]
    here, there = (fastest(runs) for runs in zip(*pairs))
    show(["microseconds an operation, on this host", "Tether", "Linux",
          "ratio"],
         [[name, f"{here[name]:.3f}", f"{there[name]:.3f}",
           f"{here[name] / there[name]:.2f}"] for name in here
          if name in there])


def shared(kind, harts):
    """Milliseconds that the work takes, and its longest operation."""
    command = f"bench share {kind} {WORKERS} {SHARED[kind]}"
    with Machine(run=command, mem=MEM, cpus=harts) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        console = machine.console()
    (_, ticks, _), = counted.printed(console)
    longest = int(re.search(r"^longest: (\d+)$", console, re.M)[1])
    return ticks / 10_000, longest / 10_000


def measure_harts():
    """The same work of four processes, on more harts than the host may have
    processors."""
    table = []
    for kind in SHARED:
        found = [shared(kind, harts) for harts in HARTS]
        times = [time for time, _ in found]
        table.append([kind, *(f"{time:,.0f}" for time in times),
                      f"{times[2] / times[1]:.2f}",
                      f"{times[3] / times[1]:.2f}",
                      *(f"{longest:,.0f}" for _, longest in found)])
    print(f"{WORKERS} processes; this host has {os.cpu_count()} processors")
    show(["milliseconds, harts:", *map(str, HARTS), "4 by 2", "8 by 2",
          *(f"longest, {harts}" for harts in HARTS)], table)


def main(words, linux=None, initrd=None, append=""):
    if words == ["harts"]:
        measure_harts()
    elif linux:
        measure_beside(words, linux, initrd, append)
    else:
        measure_rows(words)
