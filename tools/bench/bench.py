"""make bench: what each operation costs, beside aims and other systems.

    tools/bench/bench.py              instructions, exact, twice the same
    tools/bench/bench.py --wall       microseconds of this host, as information
    tools/bench/bench.py --update     renew tests/bench.expected.json

The figures go to build/bench.json as well.  With the compiler of
tests/bench.expected.json, a figure over 3 % worse than there fails.
"""
import argparse
import json
import os
import sys

import control
import counted
import rows
from counted import ROOT
from machine import Machine
from commands import run

EXPECTED = os.path.join(ROOT, "tests", "bench.expected.json")
RESULT = os.path.join(ROOT, "build", "bench.json")
MEM = "256M"
PAGES = 128 << 20 >> 12     # of a machine that only boots


def compiler():
    """The version line of the compiler that builds the kernel."""
    tool = os.environ.get("TOOLPREFIX", "riscv64-unknown-elf-") + "gcc"
    return run([tool, "--version"]).stdout.splitlines()[0]


def number(value):
    """For the table; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def verdict(value, aim, lower=True):
    if aim is None:
        return ""
    return "" if (value <= aim) == lower else "missed"


def measure_control():
    """Print the first part; the figures in it that are compared."""
    figures = {}
    print(f"{'what control costs':56} {'now':>12} {'aim':>12}")
    for timer in ("sbi", "sstc"):
        share = control.user_share(timer)
        name = f"in user mode, a loop at hz=100, timer={timer}"
        print(f"{name:56} {share:>10.4f} % {rows.USER_SHARE_AIM:>10} % "
              f"{verdict(share, rows.USER_SHARE_AIM, lower=False)}")
        figures[f"overhead per million, timer={timer}"] = \
            (100 - share) * 10_000
    idle = control.idle_rate()
    print(f"{'instructions a second when idle':56} {number(idle):>12}")
    figures["idle, per second"] = idle
    for command, what in (("compute", "a program computes"),
                          ("calls", "the kernel is busy with calls")):
        late = control.tick_lateness(f"bench {command}")
        print(f"{f'tick late, {what}: median':56} {late.median:>12.0f}")
        print(f"{f'  the worst of {late.ticks}':56} {late.worst:>12.0f}")
    boot = control.boot_cost()
    aim = rows.BOOT_AIM + rows.BOOT_AIM_A_PAGE * PAGES
    print(f"{rows.BOOT:56} {number(boot):>12} {number(aim):>12} "
          f"{verdict(boot, aim)}")
    figures[rows.BOOT] = boot
    return figures


def measure_rows(words):
    """Print the second part; its figures."""
    figures = {}
    print(f"\n{'instructions an operation':60} {'now':>10} {'aim':>8} "
          f"{'xv6':>11} {'Linux':>8}")
    command = " ".join(["bench", *words])
    for row in counted.measure(command, quiet=60, mem=MEM):
        figures[row.name] = row.each
        xv6, linux, aim = rows.references(row.name)
        print(f"{row.name:60} {number(row.each):>10} {number(aim):>8} "
              f"{number(xv6):>11} {number(linux):>8} "
              f"{verdict(row.each, aim)}".rstrip())
    return figures


def measure_wall(words):
    """The same rows by the host's clock."""
    print(f"{'microseconds an operation, on this host':64} {'now':>9}")
    with Machine(run=" ".join(["bench", *words]), mem=MEM) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        for units, ticks, name in counted.printed(machine.console()):
            print(f"{name:64} {ticks / 10 / units:>9.3f}")


def write_json(path, figures):
    result = {"compiler": compiler(),
              "figures": {name: round(value, 3)
                          for name, value in figures.items()}}
    with open(path, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


def check(figures):
    """Compare with what is expected; the exit status."""
    with open(EXPECTED) as file:
        expected = json.load(file)
    if expected["compiler"] != compiler():
        print(f"\nnot compared: expected figures are of\n  "
              f"{expected['compiler']}\n, this is\n  {compiler()}")
        return 0
    found = rows.compare(figures, expected["figures"])
    print("\n" + ("\n".join(found) or
                  "no figure is over 3 % worse than expected"))
    return 1 if found else 0


def arguments():
    parser = argparse.ArgumentParser(description="Measure operations.")
    parser.add_argument("--wall", action="store_true",
                        help="host time in place of instructions")
    parser.add_argument("--update", action="store_true",
                        help="take the figures as those to expect")
    parser.add_argument("row", nargs="*", help="how a row's name begins, as "
                        "one word; then nothing is compared")
    return parser.parse_args()


def main():
    chosen = arguments()
    counted.build()
    if chosen.wall:
        measure_wall(chosen.row)
        return 0
    counted.require_plugins()
    if chosen.row:
        measure_rows(chosen.row)
        return 0
    figures = {**measure_control(), **measure_rows([])}
    write_json(RESULT, figures)
    if chosen.update:
        write_json(EXPECTED, figures)
        return 0
    return check(figures)


if __name__ == "__main__":
    sys.exit(main())
