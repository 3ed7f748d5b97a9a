"""make bench: the cost of each operation, beside targets and other systems.

tools/bench/bench.py instructions, exact and repeatable tools/bench/bench.py
--wall microseconds of this host (wall.py) tools/bench/bench.py --wall harts the
same work on more and more harts tools/bench/bench.py --wall --linux IMAGE
--initrd FILE the same rows beside another system tools/bench/bench.py --update
update the expected figures of this setting

Besides instructions, it counts events that are expensive for a hart or an
emulator: counted.EVENTS.  The figures also go to build/bench.json.  If
tests/bench.expected.json has figures of the same QEMU, firmware, and compiler,
a figure more than 3 % worse fails.
"""
import argparse
import os
import sys

import control
import counted
import expected
import rows
import wall
from counted import MEM, ROOT
from table import show

RESULT = os.path.join(ROOT, "build", "bench.json")
PAGES = 128 << 20 >> 12     # of a machine that only boots


def number(value):
    """A cell of the table; a dash if there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def verdict(met):
    return "" if met else "missed"


CONTROL_HEADER = ["what control costs", "now", "aim", ""]
ROWS_HEADER = ["instructions an operation", "now", "aim", "xv6", "Linux", ""]
EVENTS_HEADER = ["what else an operation takes", *counted.EVENTS]


def measure_control():
    """The first table; and the figures in it that are compared."""
    figures, table = {}, []
    for timer in ("sbi", "sstc"):
        share = control.user_share(timer)
        figures[f"overhead per million, timer={timer}"] = \
            (100 - share) * 10_000
        table.append([f"share in user mode, a loop at hz=100, timer={timer}",
                      f"{share:.4f} %", f"{rows.USER_SHARE_AIM} %",
                      verdict(share >= rows.USER_SHARE_AIM)])
    idle = figures["idle, per second"] = control.idle_rate()
    table.append(["instructions a second when idle", number(idle), "-", ""])
    for command, what in (("compute", "a program computes"),
                          ("calls", "the kernel is busy with calls")):
        late = control.tick_lateness(f"bench {command}")
        table += [[f"instructions a tick is late, {what}: median",
                   number(late.median), "-", ""],
                  [f"the worst of {late.ticks}", number(late.worst), "-", ""]]
    boot = figures[rows.BOOT] = control.boot_cost()
    aim = rows.BOOT_AIM + rows.BOOT_AIM_A_PAGE * PAGES
    table.append([rows.BOOT, number(boot), number(aim), verdict(boot <= aim)])
    return table, figures


def measure_rows(words):
    """All rows, each measured once."""
    return counted.measure(" ".join(["bench", *words]), quiet=60, mem=MEM)


def rows_table(measured):
    """The second table: instructions."""
    table = []
    for row in measured:
        xv6, linux, aim = rows.references(row.name)
        table.append([row.name, number(row.each), number(aim), number(xv6),
                      number(linux), verdict(aim is None or row.each <= aim)])
    return table


def events_table(measured):
    """The third table: events."""
    return [[row.name, *(f"{each:,.2f}" for each in row.events_each.values())]
            for row in measured]


def check(where, figures, events):
    """Compare with the expected figures of this setting; returns the exit
    status."""
    wanted = expected.of(where)
    if wanted is None:
        print(expected.nothing_for(where))
        return 0
    found = rows.compare(figures, wanted["figures"])
    found += rows.compare_events(events, wanted.get("events", events))
    print("\n".join(found) or "no figure is over 3 % worse than expected")
    return 1 if found else 0


def arguments():
    parser = argparse.ArgumentParser(description="Measure operations.")
    parser.add_argument("--wall", action="store_true",
                        help="host time in place of instructions")
    parser.add_argument("--update", action="store_true",
                        help="take the figures as those to expect")
    parser.add_argument("--linux", metavar="IMAGE",
                        help="with --wall: another system, in turn with ours")
    parser.add_argument("--initrd", metavar="FILE",
                        help="its initrd, which prints rows (wall.py)")
    parser.add_argument("--append", metavar="WORDS", default="console=ttyS0",
                        help="its boot arguments; default: %(default)s")
    parser.add_argument("row", nargs="*", help="how a row's name begins, as "
                        "one word; then nothing is compared")
    chosen = parser.parse_args()
    if bool(chosen.linux) != bool(chosen.initrd) or \
            (chosen.linux and not chosen.wall):
        parser.error("--linux and --initrd go together, with --wall")
    for path in (chosen.linux, chosen.initrd):
        if path and not os.path.isfile(path):
            parser.error(f"{path}: no such file")
    return chosen


def main():
    chosen = arguments()
    counted.build()
    if chosen.wall:
        wall.main(chosen.row, chosen.linux, chosen.initrd, chosen.append)
        return 0
    figures = {}
    if not chosen.row:
        table, figures = measure_control()
        show(CONTROL_HEADER, table)
    measured = measure_rows(chosen.row)
    show(ROWS_HEADER, rows_table(measured))
    show(EVENTS_HEADER, events_table(measured))
    if chosen.row:
        return 0
    figures.update({row.name: row.each for row in measured})
    events = {row.name: row.events_each for row in measured}
    where = expected.setting()
    expected.write(expected.entry(where, figures, events), RESULT)
    if chosen.update:
        expected.renew(where, figures, events)
        return 0
    return check(where, figures, events)


if __name__ == "__main__":
    sys.exit(main())
