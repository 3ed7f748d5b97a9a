"""Who may include whom: the layers of the kernel, and its hosted seam."""
import re

import pytest

from commands import run
from sources import files, lines, report

# From bottom to top; a folder includes only what stands before it.
LAYERS = ["api", "lib", "riscv", "sync", "mm", "sched", "vm", "proc", "dev",
          "disk", "fs", "sys"]
ANYWHERE = {"trace", "check"}

# The files that may reach upward, where to, and why.
UPWARD = {
    "kernel/trap.c": {
        "mm", "proc", "sys"},   # the machine calls the kernel here
    "kernel/riscv/panic.c": {
        "proc"},                # a report names the process
    "kernel/riscv/hart.c": {
        "mm", "proc"},          # a hart starts on the stack of a thread
    "kernel/vm/space.h": {
        "proc"},                # the lock of an address space sleeps
    "kernel/mm/charge.c": {
        "proc"},                # whether the thread may use the reserve
    "kernel/mm/page.c": {
        "proc"},                # whether the thread may use the reserve
    "kernel/vm/uaccess.c": {
        "proc"},                # whose address space is copied from
}

PURE = ["kernel/lib", "kernel/disk", "kernel/fs"]

KERNEL_FLAGS = ["-std=gnu11", "-ffreestanding", "-march=rv64imac_zicsr_zifencei",
                "-mabi=lp64", "-mcmodel=medany", "-Ikernel", "-isystem",
                "kernel/std", "-Wall",
                "-Wextra", "-Werror", "-Wundef", "-Wstrict-prototypes"]


def includes(path):
    """(line number, included path) of each include in quotes."""
    for number, line in lines(path):
        found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if found:
            yield number, found[1]


def kernel_sources():
    return [path for path in files("kernel")
            if path.endswith((".c", ".h", ".S"))]


def test_no_layer_reaches_upward():
    """A folder includes only folders below it."""
    found = []
    for path in kernel_sources():
        folder = path.split("/")[1]
        if folder not in LAYERS:
            continue
        for number, name in includes(path):
            other = name.split("/")[0]
            if other in ANYWHERE or other in UPWARD.get(path, ()):
                continue
            if other not in LAYERS:
                found.append(f"{path}:{number}: {name} names no folder")
            elif LAYERS.index(other) > LAYERS.index(folder):
                found.append(f"{path}:{number}: {folder} includes {name}")
    report(found)


def test_exceptions_are_needed():
    """What may reach upward does."""
    report([f"{path} no longer includes {folder}"
            for path, folders in UPWARD.items() for folder in folders
            if folder not in {name.split("/")[0]
                              for _, name in includes(path)}])


def test_own_header_comes_first():
    """A source that has a header includes it before all others."""
    headers = set(files("kernel", ending=".h"))
    found = []
    for path in files("kernel", ending=".c"):
        own = path[:-1] + "h"
        first = next(includes(path), (0, ""))[1]
        if own in headers and "kernel/" + first != own:
            found.append(f"{path}: the first include is {first}")
    report(found)


@pytest.mark.parametrize("hosted", [False, True])
def test_each_header_stands_alone(hosted):
    """Every header compiles by itself; pure ones on the host as well."""
    if hosted:
        words = ["gcc", "-std=gnu11", "-DTETHER_HOSTED", "-Ikernel",
                 "-fsyntax-only", "-x", "c", "-"]
        headers = files("kernel/api", *PURE, ending=".h")
    else:
        words = ["riscv64-unknown-elf-gcc", *KERNEL_FLAGS, "-fsyntax-only",
                 "-x", "c", "-"]
        headers = files("kernel", ending=".h")
    found = []
    for path in headers:
        name = path.removeprefix("kernel/")
        done = run([*words[:-1], "/dev/null", "-include", f"kernel/{name}"])
        if done.returncode != 0:
            found.append(f"{path}:\n{done.stdout[:500]}")
    report(found)


def test_headers_guard_themselves():
    """#pragma once is the first line of every kernel header."""
    report([path for path in files("kernel", ending=".h")
            if next(lines(path))[1] != "#pragma once"])


def test_pure_code_stays_pure():
    """What also compiles for the host never reaches riscv/, even in turn."""
    sources = files(*PURE, ending=".c")
    done = run(["gcc", "-MM", "-std=gnu11", "-DTETHER_HOSTED", "-Ikernel",
                *sources])
    assert done.returncode == 0, done.stdout
    report([rule.split(":")[0] for rule in done.stdout.split(".o:")
            if "kernel/riscv/" in rule])
