"""The expected figures: tests/bench.expected.json.

The cost of an operation depends on the compiler.  The cost of a tick also
depends on the firmware, and the cost of booting on the device tree that QEMU
makes.  So there is one entry for each combination that was measured; figures of
different entries cannot be compared.
"""
import json
import os
import re

from counted import ROOT
from commands import run
from machine import QEMU, Machine

PATH = os.path.join(ROOT, "tests", "bench.expected.json")


def compiler():
    """The version line of the compiler that builds the kernel."""
    tool = os.environ.get("TOOLPREFIX", "riscv64-unknown-elf-") + "gcc"
    if os.environ.get("LLVM") == "1":
        tool = "clang"
    return run([tool, "--version"]).stdout.splitlines()[0]


def firmware():
    """The name and version that the firmware prints."""
    with Machine(run="true") as machine:
        return "OpenSBI " + machine.expect(r"OpenSBI v([\d.]+)\s")[1]


def qemu():
    """QEMU's version without the last number, which does not affect the
    figures."""
    return re.search(r"version (\d+\.\d+)",
                     run([QEMU, "--version"]).stdout)[1]


def setting():
    """What this machine's figures depend on."""
    return {"qemu": qemu(), "firmware": firmware(), "compiler": compiler()}


def rounded(figures):
    return {name: round(value, 3) for name, value in figures.items()}


def entry(where, figures, events):
    """Instructions and events, by row."""
    return {**where, "figures": rounded(figures),
            "events": {name: rounded(counts)
                       for name, counts in events.items()}}


def read(path=PATH):
    with open(path) as file:
        return json.load(file)


def write(content, path):
    with open(path, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


def is_of(where, found):
    return all(found[name] == value for name, value in where.items())


def of(where, path=PATH):
    """The entry of a setting; None if there is none. An entry made before
    events were counted has no "events"."""
    return next((found for found in read(path) if is_of(where, found)), None)


def renew(where, figures, events, path=PATH):
    """Replace the figures of one setting, or add them."""
    entries = [found for found in read(path) if not is_of(where, found)]
    entries.append(entry(where, figures, events))
    entries.sort(key=lambda found: (float(found["qemu"]), found["firmware"],
                                    found["compiler"]))
    write(entries, path)


def nothing_for(where):
    """Why nothing is compared."""
    return ("not compared: no figures are expected of "
            f"QEMU {where['qemu']}, {where['firmware']}, {where['compiler']}")
