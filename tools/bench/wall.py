"""make bench WALL=1: the time of operations by the host's clock.

It measures the rows alone, beside a Linux that the user provides, or the same
work on more and more harts.  Host time depends on the host and its load, so it
is only information; meaningful are ratios within one run, in which the compared
systems alternate.

A Linux consists of its image and an initrd whose /init does the work and
prints, for each row, the line that user/bin/bench prints
(user/bin/bench/bench.h):

    = UNITS TICKS NAME

TICKS are tenths of a microsecond, and names are those of our rows.  Then it
powers off.
"""
import os
import re
import sys

import counted
import rows
from counted import MEM
from machine import Machine
from table import show

ROUNDS = 2                  # of each system, alternating; the fastest counts
HARTS = (1, 2, 4, 8)
WORKERS = 4
# The amount of each kind of work: some tenths of a second on an idle host.
SHARED = {"fork": 20, "fault": 5, "pipe": 10, "read": 15, "create": 8}


def microseconds(console):
    """{row: microseconds per operation}, as printed by a bench."""
    return {name: ticks / 10 / units
            for units, ticks, name in counted.printed(console)}


def ours(words):
    with Machine(run=" ".join(["bench", *words]), mem=MEM) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        return microseconds(machine.console())


def theirs(image, initrd, append):
    """The rows of the other system, whatever its exit status."""
    with Machine(kernel=image, image=initrd, mem=MEM, args=append) as machine:
        machine.wait_end(quiet=120)
        found = microseconds(machine.console())
        if not found:
            sys.exit(f"{image} has printed no row:\n{machine.tail()}")
        return found


def fastest(runs):
    """The minimum of each row that is in all runs."""
    return {name: min(run[name] for run in runs)
            for name in runs[0] if all(name in run for run in runs)}


def measure_rows(words):
    found = ours(words)
    show(["microseconds an operation, on this host", "now", "aim"],
         [[name, f"{each:.3f}", rows.WALL.get(name, "-")]
          for name, each in found.items()])


def measure_beside(words, image, initrd, append):
    """Our rows and theirs, alternating."""
    pairs = [(ours(words), theirs(image, initrd, append))
             for _ in range(ROUNDS)]
    here, there = (fastest(runs) for runs in zip(*pairs))
    show(["microseconds an operation, on this host", "Tether", "Linux",
          "ratio"],
         [[name, f"{here[name]:.3f}", f"{there[name]:.3f}",
           f"{here[name] / there[name]:.2f}"] for name in here
          if name in there])


def shared(kind, harts):
    """Milliseconds of the work, and its longest operation."""
    command = f"bench share {kind} {WORKERS} {SHARED[kind]}"
    with Machine(run=command, mem=MEM, cpus=harts) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        console = machine.console()
    (_, ticks, _), = counted.printed(console)
    longest = int(re.search(r"^longest: (\d+)$", console, re.M)[1])
    return ticks / 10_000, longest / 10_000


def measure_harts():
    """The same work by four processes, on more harts than the host may have
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
