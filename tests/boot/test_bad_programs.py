"""Executables that are damaged on purpose: rejected, and the kernel continues.

One image holds every variant; each runs as a command.  kernel/lib/elf.c lists
what makes an ELF file acceptable.
"""
import os
import struct

import pytest

from images import make_image, read
from machine import ROOT, Machine

# Offsets in the file header, in a program header, and flags.
CLASS, DATA, IDENT_VERSION, TYPE, MACHINE_, VERSION = 4, 5, 6, 16, 18, 20
ENTRY, PHOFF, EHSIZE, PHENTSIZE, PHNUM = 24, 32, 52, 54, 56
P_TYPE, P_FLAGS, P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ = 0, 4, 8, 16, 32, 40
HEADER, LOAD, WRITE_EXECUTE = 64, 1, 7
KERNEL = 0xFFFFFFC080200000


def sound():
    """A working program, to be damaged."""
    return bytearray(read(os.path.join(ROOT, "build", "user", "bin", "true")))


def poke(layout, offset, value):
    program = sound()
    struct.pack_into(layout, program, offset, value)
    return bytes(program)


def load_segment():
    """Where the first PT_LOAD header of the sound program begins."""
    program = sound()
    (start,) = struct.unpack_from("<Q", program, PHOFF)
    size, count = struct.unpack_from("<2H", program, PHENTSIZE)
    for at in range(start, start + size * count, size):
        if struct.unpack_from("<I", program, at)[0] == LOAD:
            return at
    raise AssertionError("no segment to load")


def variants():
    """Maps names to programs, each with one defect."""
    at = load_segment()
    table = {
        "magic-alone": b"\x7fELF",
        "short": bytes(sound()[:HEADER - 1]),
        "header": bytes(sound()[:HEADER]),
        "cut": bytes(sound()[:4096]),
        "zeros": bytes(8192),
        "text": b"echo hello\0\n",
        "magic": poke("<I", 0, 0x464C4500),
        "class": poke("<B", CLASS, 1),
        "endian": poke("<B", DATA, 2),
        "ident": poke("<B", IDENT_VERSION, 9),
        "object": poke("<H", TYPE, 1),
        "machine": poke("<H", MACHINE_, 62),
        "version": poke("<I", VERSION, 7),
        "entry0": poke("<Q", ENTRY, 0),
        "entryk": poke("<Q", ENTRY, KERNEL),
        "entryend": poke("<Q", ENTRY, 2**64 - 2),
        "phoff": poke("<Q", PHOFF, 2**64 - 8),
        "phfar": poke("<Q", PHOFF, 1 << 20),
        "phentsize": poke("<H", PHENTSIZE, 8),
        "phnum0": poke("<H", PHNUM, 0),
        "phnum": poke("<H", PHNUM, 0xFFFF),
        "wx": poke("<I", at + P_FLAGS, WRITE_EXECUTE),
        "offset": poke("<Q", at + P_OFFSET, 2**63),
        "skew": poke("<Q", at + P_OFFSET, 1),
        "low": poke("<Q", at + P_VADDR, 0),
        "kernel": poke("<Q", at + P_VADDR, KERNEL),
        "wrap": poke("<Q", at + P_VADDR, 2**64 - 4096),
        "filesz": poke("<Q", at + P_FILESZ, 2**64 - 1),
        "filemem": poke("<Q", at + P_MEMSZ, 1),
        "memsz": poke("<Q", at + P_MEMSZ, 2**64 - 1),
        "huge": poke("<Q", at + P_MEMSZ, 1 << 38),
    }
    return {f"bad-{name}": content for name, content in table.items()}


@pytest.fixture(scope="module")
def image(tree, tmp_path_factory):
    """An image with every variant in it."""
    path = tmp_path_factory.mktemp("bad-programs") / "fs.img"
    return make_image(path, variants())


def test_every_variant_is_refused(image):
    """Each gets the expected message, one after another on one machine."""
    with Machine(cpus=2, image=image) as machine:
        machine.prompt()
        names = variants()
        for name in names:
            answer = machine.command(f"{name} || echo refused $?")
            assert "refused" in answer, f"{name}: {answer}"
            assert "not an executable" in answer, f"{name}: {answer}"
        assert machine.command("echo alive") == "alive"


def faulty():
    """A program whose first instruction is undefined."""
    at, program = load_segment(), sound()
    (entry,) = struct.unpack_from("<Q", program, ENTRY)
    (offset,) = struct.unpack_from("<Q", program, at + P_OFFSET)
    (start,) = struct.unpack_from("<Q", program, at + P_VADDR)
    struct.pack_into("<I", program, offset + entry - start, 0)
    return bytes(program)


def test_a_fault_does_not_end_the_list(tree, tmp_path):
    """Unlike with ^C, the rest of the line runs, and sees the status."""
    path = make_image(tmp_path / "fs.img", {"faulty": faulty()})
    with Machine(cpus=2, image=path) as machine:
        machine.prompt()
        answer = machine.command("faulty; echo then $?; faulty || echo or")
        assert answer.count("killed: illegal instruction") == 2, answer
        assert "\nthen -1\n" in answer and answer.endswith("\nor"), answer


def test_random_damage(image, tmp_path):
    """Single random bytes changed in the headers: never a panic or a hang.

    A changed program may run, be rejected, or be killed; the shell must respond
    after each.  The seed determines the changes.
    """
    import random
    dice = random.Random(1)
    damaged = {}
    for number in range(100):
        program = sound()
        program[dice.randrange(HEADER + 4 * 56)] = dice.randrange(256)
        damaged[f"dice{number}"] = bytes(program)
    path = make_image(tmp_path / "fs.img", damaged)
    with Machine(cpus=2, image=path) as machine:
        machine.prompt()
        for name in damaged:
            machine.command(f"{name} > /null")
        assert machine.command("echo alive") == "alive"
