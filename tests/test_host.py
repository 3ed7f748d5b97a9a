"""The kernel's pure parts, compiled for the host, and the image tools."""
import glob
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from commands import make, run
from images import BLOCK, make_image, read, write
from machine import ROOT, limit

SOURCES = sorted(glob.glob(os.path.join(ROOT, "tests", "host", "*_test.c")))
NAMES = [os.path.basename(source)[:-2] for source in SOURCES]
SEEDS = [1, 2]

CLEAN, DAMAGED, OPERATIONAL, USAGE = 0, 4, 8, 16


# -- unit tests ----------------------------------------------------------

@pytest.mark.parametrize("name", NAMES)
def test_unit(tree, name):
    """One test program, under the sanitizers, with both seeds at once."""
    program = f"build/host/{name}"
    make(program)
    with ThreadPoolExecutor() as pool:
        results = pool.map(
            lambda seed: run([program, str(seed)], timeout=limit(90)), SEEDS)
    for done in results:
        assert done.returncode == 0, done.stdout[-4000:]
        assert done.stdout.rstrip().endswith(", 0 failed"), done.stdout[-400:]


# -- mkfs ----------------------------------------------------------------

@pytest.fixture
def sound(tree, tmp_path):
    return make_image(tmp_path / "sound.img", {"hello": b"hello\n"},
                      size="8M")


@pytest.mark.parametrize("words", [
    [], ["-s"], ["-s", "8M"], ["-z", "x.img"], ["-s", "many", "x.img"],
    ["-s", "0", "x.img"], ["-s", "-1", "x.img"]])
def test_mkfs_usage(tree, tmp_path, words):
    """A wrong command line: a usage line and a failing status."""
    words = [word.replace("x.img", str(tmp_path / "x.img"))
             for word in words]
    done = run(["build/mkfs", *words])
    assert done.returncode != 0
    assert "mkfs" in done.stdout


def test_mkfs_names_what_it_cannot_do(tree, tmp_path):
    """A missing source, a folder that is not there, an image too small."""
    image = str(tmp_path / "x.img")
    big = write(tmp_path / "big", bytes(4 << 20))
    for words, what in (([image, "/no/such/file"], "/no/such/file"),
                        (["/no/such/folder/x.img"], "/no/such/folder"),
                        (["-s", "1M", image, str(big)], "")):
        done = run(["build/mkfs", *words])
        assert done.returncode != 0, words
        assert what in done.stdout and done.stdout.strip(), words


def test_mkfs_is_repeatable_and_sparse(tree, tmp_path):
    """The same input makes the same bytes, and holes stay holes."""
    one = make_image(tmp_path / "one.img", {"a": b"a"}, size="64M")
    two = make_image(tmp_path / "two.img", {"a": b"a"}, size="64M")
    assert read(one) == read(two)
    assert os.stat(one).st_blocks * 512 < 32 << 20


# -- fsck ----------------------------------------------------------------

def test_fsck_passes_a_sound_image(sound):
    assert run(["build/fsck", str(sound)]).returncode == CLEAN


def test_fsck_lists_and_extracts(sound):
    """-l shows every path, -x gives a file's bytes back."""
    assert "hello" in run(["build/fsck", "-l", str(sound)]).stdout
    done = run(["build/fsck", "-x", "/hello", str(sound)])
    assert done.stdout == "hello\n", done.stdout


@pytest.mark.parametrize("words, status", [
    ([], USAGE), (["-q?"], USAGE), (["/no/such/image"], OPERATIONAL)])
def test_fsck_usage(tree, words, status):
    done = run(["build/fsck", *words])
    assert done.returncode == status and done.stdout.strip()


def test_fsck_names_damage(sound, tmp_path):
    """Zeros for an image, and each used block damaged in turn."""
    bad = write(tmp_path / "bad.img", bytes(64 * BLOCK))
    assert run(["build/fsck", str(bad)]).returncode in (DAMAGED, OPERATIONAL)
    content = read(sound)
    for at in range(0, 4 * BLOCK, 64):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        write(bad, damaged)
        done = run(["build/fsck", str(bad)], timeout=limit(1))
        assert done.returncode in (CLEAN, DAMAGED, OPERATIONAL), at
        assert done.returncode == CLEAN or done.stdout.strip(), at
