"""Disk images that are damaged on purpose: a clear message, never a hang."""
import pytest

from images import BLOCK, make_image, read, write
from machine import HELLO

PANIC = 101


@pytest.fixture(scope="module")
def sound(tree, tmp_path_factory):
    """The bytes of a small sound image."""
    directory = tmp_path_factory.mktemp("images")
    return read(make_image(directory / "fs.img", size="8M"))


REFUSED = 1     # init powers off: a bad disk is no reason for a panic


def refused(boot, path):
    """The console of a machine that must reject the image."""
    machine = boot(image=path, run="echo mounted")
    assert machine.status() == REFUSED
    assert "\nmounted" not in machine.console()
    assert "cannot mount" in machine.console()
    return machine.console()


def test_no_image_at_all(boot):
    """Without an initrd there is nothing to run, and one line says so."""
    machine = boot(image=False)
    assert machine.status() == PANIC
    assert "initrd" in machine.console()


@pytest.mark.parametrize("keep", [1, 511, BLOCK - 1, BLOCK, 2 * BLOCK,
                                  40 * BLOCK])
def test_truncated(boot, sound, tmp_path, keep):
    """A truncated image is rejected, wherever it was truncated."""
    refused(boot, write(tmp_path / "fs.img", sound[:keep]))


def test_one_block_short(boot, sound, tmp_path):
    """The size in the superblock is compared with the device."""
    refused(boot, write(tmp_path / "fs.img", sound[:-BLOCK]))


@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x5A])
def test_not_a_file_system(boot, sound, tmp_path, fill):
    """Zeros, ones, and garbage instead of an image."""
    refused(boot, write(tmp_path / "fs.img", bytes([fill]) * (64 * BLOCK)))


def superblock(sound):
    """(block number, length in bytes) of the block that holds the magic."""
    for number in range(4):
        block = sound[number * BLOCK:(number + 1) * BLOCK]
        if any(block):
            return number, len(block.rstrip(b"\0"))
    raise AssertionError("no superblock in the first four blocks")


def test_each_word_of_the_superblock(boot, sound, tmp_path):
    """Any word of it changed: the checksum or a range check detects it."""
    number, length = superblock(sound)
    for at in range(0, length, 8):
        damaged = bytearray(sound)
        damaged[number * BLOCK + at] ^= 0x80
        refused(boot, write(tmp_path / "fs.img", damaged))


def test_zeroed_areas(boot, sound, tmp_path):
    """Each of the first blocks except the superblock is zeroed: it works or
    fails.

    The root directory or a program may be gone.  The machine must still end
    with a status, and a panic must name the file system.
    """
    first, _ = superblock(sound)
    used = [n for n in range(first + 1, len(sound) // BLOCK)
            if any(sound[n * BLOCK:(n + 1) * BLOCK])][:12]
    for number in used:
        damaged = bytearray(sound)
        damaged[number * BLOCK:(number + 1) * BLOCK] = bytes(BLOCK)
        machine = boot(image=write(tmp_path / "fs.img", damaged),
                       run="ls / && cat README.md")
        machine.status()
        assert HELLO in machine.console(), machine.tail()
