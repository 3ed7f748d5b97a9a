"""Which directories may include which: the layers of the kernel, and its hosted
seam."""
import re

import pytest

from commands import run
from sources import files, lines, report

# From bottom to top; a directory includes only directories before it.  The
# files of kernel/ itself are at the top.  check/ has two parts: its headers
# contain macros that vanish, so all layers above lib/ may include them; its
# sources, compiled only with CHECK=1, may include everything.
LAYERS = ["std", "api", "lib", "check (headers)", "riscv", "sync", "mm", "sched",
          "vm", "proc", "dev", "disk", "fs", "sys", "", "check (sources)"]

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


def layer_of(name):
    """The place in LAYERS of a file, named as in an include."""
    directory = name.rpartition("/")[0]
    if directory == "check":
        directory += " (headers)" if name.endswith(".h") else " (sources)"
    return LAYERS.index(directory)


def test_no_layer_reaches_upward():
    """A directory includes only directories below it, without exception."""
    report([f"{path}:{number}: includes {name}"
            for path in kernel_sources() for number, name in includes(path)
            if layer_of(name) > layer_of(path.removeprefix("kernel/"))])


def test_nothing_is_included_twice():
    """A file names each header once."""
    found = []
    for path in kernel_sources():
        names = [name for _, name in includes(path)]
        found += [f"{path}: {name}" for name in sorted(set(names))
                  if names.count(name) > 1]
    report(found)


def test_own_header_comes_first():
    """A source that has a header includes that header first."""
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
    """Code that also compiles for the host never includes riscv/, even
    indirectly."""
    sources = files(*PURE, ending=".c")
    done = run(["gcc", "-MM", "-std=gnu11", "-DTETHER_HOSTED", "-Ikernel",
                *sources])
    assert done.returncode == 0, done.stdout
    report([rule.split(":")[0] for rule in done.stdout.split(".o:")
            if "kernel/riscv/" in rule])
