"""The kernel's pure parts, compiled for the host, and the image tools."""
import glob
import os
import shutil
import stat
import struct
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
    """One test program, with the sanitizers, with two seeds in parallel."""
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
    """A wrong command line: the usage and a failing status."""
    words = [word.replace("x.img", str(tmp_path / "x.img"))
             for word in words]
    done = run(["build/mkfs", *words])
    assert done.returncode != 0
    assert "mkfs" in done.stdout


def test_mkfs_names_what_it_cannot_do(tree, tmp_path):
    """A missing source, a missing directory, an image that is too small."""
    image = str(tmp_path / "x.img")
    big = write(tmp_path / "big", bytes(4 << 20))
    for words, what in (([image, "/no/such/file"], "/no/such/file"),
                        (["/no/such/directory/x.img"], "/no/such/directory"),
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


SMALL = ["-s", "2M"]        # options for a small image


def mkfs_in_little_room(image):
    """mkfs with a file size limit of 64 KiB."""
    return run(["sh", "-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "sh",
                "build/mkfs", *SMALL, str(image)])


def test_mkfs_removes_only_what_it_made(tree, tmp_path):
    """After a failure a new file is removed; a file or a link that existed is
    kept."""
    image, link = tmp_path / "x.img", tmp_path / "link"
    done = mkfs_in_little_room(image)
    assert done.returncode == 1 and str(image) in done.stdout
    assert not image.exists()
    write(image, b"mine")
    link.symlink_to(image)
    for output in (image, link):
        assert mkfs_in_little_room(output).returncode == 1
        assert image.exists() and link.is_symlink()
    assert run(["build/mkfs", *SMALL, str(link)]).returncode == 0
    assert link.is_symlink() and os.path.getsize(image) == 2 << 20
    assert run(["build/fsck", str(image)]).returncode == CLEAN


def refused_and_kept(output):
    """mkfs reports an output that is neither file nor disk, and keeps it."""
    before = os.lstat(output)
    done = run(["build/mkfs", *SMALL, str(output)])
    assert done.returncode == 1 and str(output) in done.stdout
    after = os.lstat(output)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


def test_mkfs_leaves_pipes_directories_and_full_devices(tree, tmp_path):
    pipe, full = tmp_path / "pipe", tmp_path / "full"
    os.mkfifo(pipe)
    full.symlink_to("/dev/full")
    for output in (pipe, full, tmp_path):
        refused_and_kept(output)
    assert os.path.exists("/dev/full")


def test_mkfs_leaves_a_device_node(tree, tmp_path):
    node = tmp_path / "node"
    try:
        os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
    except PermissionError:
        pytest.skip("only root can make a device node")
    refused_and_kept(node)


@pytest.fixture
def loop_disk(tmp_path):
    """A function that makes a disk of that many bytes, all 0xff."""
    made = []

    def make_disk(size):
        backing = write(tmp_path / f"backing{len(made)}", b"\xff" * size)
        done = run(["losetup", "--find", "--show", str(backing)])
        if done.returncode != 0:
            pytest.skip("only root can make a loop device, where there are any")
        made.append(done.stdout.strip())
        return made[-1]
    if shutil.which("losetup") is None:
        pytest.skip("no losetup here")
    yield make_disk
    for disk in made:
        run(["losetup", "--detach", disk])


def test_mkfs_writes_to_a_disk(tree, loop_disk):
    """mkfs writes over old contents; a disk that is too small is unchanged."""
    disk, small = loop_disk(4 << 20), loop_disk(1 << 20)
    assert run(["build/mkfs", *SMALL, disk]).returncode == 0
    assert run(["build/fsck", disk]).returncode == CLEAN
    done = run(["build/mkfs", *SMALL, small])
    assert done.returncode == 1 and "too small" in done.stdout
    assert read(small) == b"\xff" * (1 << 20)
    assert stat.S_ISBLK(os.stat(small).st_mode)


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
    """Zeros instead of an image, and each used block damaged in turn."""
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


# -- images that would keep fsck busy --------------------------------------

INODE = struct.Struct("<HHHHIIQQII22I")
SIZE, DIRECT = 6, 10        # indexes of its fields


def inode_at(image, number):
    """Where an inode is; the superblock says where inodes start."""
    return struct.unpack_from("<Q", image, 56)[0] * BLOCK + number * INODE.size


def entry_at(image, name):
    """Where the entry of a name in "/" is."""
    inode = INODE.unpack_from(image, inode_at(image, 1))
    return image.index(name.encode() + b"\0", inode[DIRECT] * BLOCK) - 4


def number_of(image, name):
    return struct.unpack_from("<I", image, entry_at(image, name))[0]


def set_size(image, number, size):
    fields = list(INODE.unpack_from(image, inode_at(image, number)))
    fields[SIZE] = size
    INODE.pack_into(image, inode_at(image, number), *fields)


@pytest.mark.parametrize("words", [["-l"], ["-x", "/", "-d", "out"]])
def test_fsck_ends_in_a_circle(tree, tmp_path, words):
    """Names that lead back to "/", so that a walk would never end."""
    path = make_image(tmp_path / "x.img", {f"loop{i}": b"" for i in range(4)},
                      size="8M")
    image = bytearray(read(path))
    for i in range(4):
        struct.pack_into("<I", image, entry_at(image, f"loop{i}"), 1)
    write(path, image)
    words = [str(tmp_path) if word == "out" else word for word in words]
    done = run(["build/fsck", *words, str(path)], timeout=limit(20))
    assert done.returncode == DAMAGED
    assert done.stdout.count("second name") == 4


def test_fsck_lists_a_long_path(tree, tmp_path):
    """Nested directories, far deeper than a host path may be."""
    path = tmp_path / "x.img"
    deep = "/".join(["d"] * 1500)
    words = ["build/mkfs", "-s", "32M", str(path), f"-d:{deep}"]
    assert run(words).returncode == 0
    assert f" /{deep}\n" in run(["build/fsck", "-l", str(path)]).stdout


def test_fsck_writes_no_more_than_there_is(sound, tmp_path):
    """An impossible length is rejected; a hole remains a hole."""
    image = bytearray(read(sound))
    number = number_of(image, "hello")
    set_size(image, number, 1 << 50)
    bad = write(tmp_path / "bad.img", image)
    for words in (["-x", "/hello"], ["-x", "/hello", "-d", str(tmp_path)]):
        done = run(["build/fsck", *words, str(bad)], timeout=limit(20))
        assert done.returncode == DAMAGED and "size too large" in done.stdout
    assert not (tmp_path / "hello").exists()
    set_size(image, number, 4 << 30)
    write(bad, image)
    words = ["build/fsck", "-x", "/hello", "-d", str(tmp_path), str(bad)]
    assert run(words, timeout=limit(20)).returncode == CLEAN
    found = os.stat(tmp_path / "hello")
    assert found.st_size == 4 << 30 and found.st_blocks * 512 < 1 << 20
    with open(tmp_path / "hello", "rb") as file:
        assert file.read(7) == b"hello\n\0"


def test_fsck_says_what_is_no_image(tree, tmp_path):
    """A directory, a device, a pipe, and a missing file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    empty = write(tmp_path / "empty", b"")
    short = write(tmp_path / "short", bytes(BLOCK - 1))
    for path, text in ((".", "neither an image nor a disk"),
                       ("/dev/null", "neither an image nor a disk"),
                       (pipe, "neither an image nor a disk"),
                       (empty, "empty"), (short, "too short")):
        done = run(["build/fsck", str(path)])
        assert done.returncode == OPERATIONAL
        assert done.stdout == f"fsck: {path}: " + done.stdout.split(": ")[-1]
        assert text in done.stdout


def test_fsck_says_when_it_cannot_write(sound):
    for words in ("", "-l", "-x /hello"):
        done = run(["sh", "-c", f"build/fsck {words} {sound} >/dev/full"])
        wanted = CLEAN if words == "" else OPERATIONAL
        assert done.returncode == wanted, words
