"""The linked files: permissions, addresses, and what must be absent."""
import os

import pytest

from commands import PREFIX, run
from images import programs
from machine import ROOT
from sources import report

ENTRY = 0x80200000          # where the firmware jumps to
PAGE = 4096


def readelf(path, option):
    done = run([PREFIX + "readelf", "-W", option, path])
    assert done.returncode == 0, done.stdout
    return done.stdout


def segments(path):
    """(flags, virtual, physical, file size, memory size) of each segment in
    use."""
    for line in readelf(path, "-l").split("\n"):
        words = line.split()
        if words[:1] == ["LOAD"]:
            numbers = [int(word, 16) for word in words[2:6]]
            if numbers[3] > 0:
                yield "".join(words[6:-1]), *numbers


def kernel(build):
    return os.path.join(ROOT, build, "kernel.elf")


def test_kernel_rights(each_tree):
    """No segment of the kernel is both writable and executable."""
    report([str(s) for s in segments(kernel(each_tree))
            if "W" in s[0] and "E" in s[0]])


def test_kernel_starts_where_the_firmware_jumps(each_tree):
    """The lowest load address is the entry that OpenSBI expects."""
    assert min(s[2] for s in segments(kernel(each_tree))) == ENTRY


def test_program_rights(tree):
    """Neither is any of a program; and no program has data in page 0."""
    found = []
    for path in programs():
        for flags, virtual, *_ in segments(path):
            if ("W" in flags and "E" in flags) or virtual < PAGE:
                found.append(f"{path}: {flags} at {virtual:#x}")
    report(found)


def test_kernel_has_no_float(each_tree):
    """The kernel is built for the soft-float ABI, so it uses no float
    register."""
    assert "soft-float" in readelf(kernel(each_tree), "-h")


def test_kernel_needs_no_compiler_library(each_tree):
    """None of libgcc's helpers is linked."""
    names = {line.split()[-1] for line in
             readelf(kernel(each_tree), "-s").split("\n") if line.split()}
    assert not names & {"__muldi3", "__divdi3", "__udivdi3", "__umoddi3",
                        "__multi3", "__clzdi2", "__popcountdi2"}
