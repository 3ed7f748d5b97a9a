"""The virtio disk: changes persist, failures are reported, crashes are
recovered."""
import random
import re
import shutil
import struct

import pytest

import recording
from commands import run
from images import BLOCK, make_image, read, write
from recording import FLUSH, SECTOR, blockdev

ORPHANS = 104            # offset of the first orphan in the superblock
CLEAN, REPLAYED = 0, 1  # exit statuses of fsck


@pytest.fixture
def image(tree, tmp_path):
    """A small image for each test."""
    return make_image(tmp_path / "fs.img", size="24M")


def fsck(path):
    return run(["build/fsck", str(path)])


def orphan(path):
    """The first inode on the disk's list of orphans; 0 when it is empty."""
    return struct.unpack_from("<Q", read(path), ORPHANS)[0]


# -- it works -----------------------------------------------------------

def test_changes_stay(boot, image):
    """The next machine finds what one machine wrote; fsck finds nothing."""
    work = ("mkdir /d && echo hello > /d/f && cat /README.md > /d/g && "
            "ln /d/f /h && rm /README")
    assert boot(disk=image, run=work).status(quiet=3) == 0
    assert fsck(image).stdout == ""
    machine = boot(disk=image, run="cat /h && ls /d && cat /README")
    assert machine.status(quiet=3) == 1
    assert "\nhello\n" in machine.console()
    assert "no such file" in machine.console()
    done = run(["build/fsck", "-x", "/d/g", str(image)])
    with open("README.md", encoding="utf-8") as file:
        assert done.stdout == file.read()


def test_a_directory_in_use_is_removed(boot, image):
    """The machine ends while a shell is still in the directory: an orphan that
    fsck accepts and the next boot frees."""
    work = "mkdir /d && cd /d && rmdir /d && sync && poweroff"
    inodes = run(["build/fsck", "-l", str(image)]).stdout
    assert boot(disk=image, run=work).status(quiet=3) == 0
    assert orphan(image) != 0
    assert fsck(image).stdout == ""
    assert boot(disk=image, run="sync").status(quiet=3) == 0
    assert orphan(image) == 0
    assert fsck(image).stdout == ""
    assert run(["build/fsck", "-l", str(image)]).stdout == inodes


@pytest.mark.parametrize("cpus", [1, 4])
def test_the_tests_of_files(boot, image, cpus):
    """The cases of usertests about changing files, on the virtio disk."""
    names = "write_sizes overwrite truncate fight creators writers disk_full " \
            "many_names text_busy unlink_open rename sync"
    machine = boot(disk=image, cpus=cpus, run=f"usertests {names}")
    assert machine.status(quiet=30) == 0, machine.tail()
    assert f"\n{len(names.split())} passed, 0 failed" in machine.console()
    assert fsck(image).stdout == ""


def test_a_disk_that_may_not_be_written(boot, image):
    """A read-only drive: the shell runs, changes fail."""
    words = ["-drive", f"file={image},if=none,format=raw,id=x0,readonly=on"]
    before = read(image)
    machine = boot(disk=words, run="echo x > /new || rm /README")
    assert machine.status(quiet=3) == 1
    assert machine.console().count("read-only file system") == 2
    assert read(image) == before


def test_a_read_only_disk(boot, image):
    """Every call that would change it fails."""
    assert boot(disk=image, run="mkdir /d").status(quiet=3) == 0
    words = ["-drive", f"file={image},if=none,format=raw,id=x0,readonly=on"]
    machine = boot(disk=words, run="usertests read_only")
    assert machine.status(quiet=5) == 0, machine.tail()
    assert "by its nature" in machine.console()


def test_a_disk_of_the_old_style(boot, image):
    """A legacy device is reported, with the option that helps."""
    words = ["-drive", f"file={image},if=none,format=raw,id=x0",
             "-device", "virtio-blk-device,drive=x0"]
    machine = boot(image=False, options=words)
    assert machine.status() == 101
    assert "force-legacy=false" in machine.console()


def test_lost_interrupts(boot, checked_tree, image):
    """Every fourth disk interrupt is dropped: slow, but nothing hangs."""
    machine = boot(build=checked_tree, disk=image, cpus=2, args="dropirq=4",
                   run="echo x > /new && sync && cat /README.md > /null && "
                       "cat /new")
    assert machine.status(quiet=30) == 0
    assert "\nx\n" in machine.console()
    assert fsck(image).stdout == ""


# -- crashes ------------------------------------------------------------

def record(boot, image, directory, command):
    """Run a command and record the kernel's writes; (before, entries)."""
    log = write(directory / "log", b"")
    before = directory / "before.img"
    shutil.copy(image, before)
    words = recording.drive(image, log)
    assert boot(disk=words, cpus=2, run=command).status(quiet=10) == 0
    return before, list(recording.entries(read(log)))


WORK = ("mkdir /d; sync; " +
        "".join(f"echo {n} > /d/f{n}; cat /README.md >> /g{n % 3}; sync; "
                for n in range(12)) +
        "".join(f"rm /d/f{n}; ln /g{n % 3} /d/l{n}; sync; "
                for n in range(12)) +
        "usertests rename truncate links creators")


def test_every_prefix_of_a_recording(boot, image, tmp_path):
    """Cut a run off after each write: the log repairs the disk.

    For a sample of 20, chosen by a fixed seed, the kernel's own recovery runs
    on the disk after that many writes; for the others that of fsck -r.  Then
    fsck finds nothing.
    """
    before, entries = record(boot, image, tmp_path, WORK)
    flushes = sum(flags & FLUSH for _, flags, _ in entries)
    assert len(entries) > 200 and flushes > 50
    sample = set(random.Random(1).sample(range(len(entries)), 20))
    content = bytearray(read(before))
    statuses = set()
    for number, entry in enumerate(entries):
        recording.apply(content, entry)
        path = write(tmp_path / "crash.img", content)
        if number in sample:
            machine = boot(disk=path, run="ls / && echo well > /well")
            assert machine.status(quiet=3) == 0, machine.tail()
            assert "README.md" in machine.console()
            assert fsck(path).stdout == ""
        else:
            done = run(["build/fsck", "-r", str(path)])
            assert done.returncode in (CLEAN, REPLAYED), done.stdout
            statuses.add(done.returncode)
    assert statuses == {CLEAN, REPLAYED}    # some had something to replay


# -- errors -------------------------------------------------------------

def failing(image, **rule):
    """Words for a drive on which one kind of request fails once."""
    return [*blockdev(driver="file", filename=str(image), **{"node-name": "f0"}),
            *blockdev(driver="blkdebug", image="f0", **{
                "node-name": "bd", "inject-error": [{"errno": 5, **rule}]}),
            *blockdev(driver="raw", file="bd", **{"node-name": "x0"})]


def sector_of(image, path):
    """The first sector of a file, found by its contents."""
    content = run(["build/fsck", "-x", path, str(image)]).stdout.encode()
    return read(image).index(content[:BLOCK]) // SECTOR


def test_a_sector_that_cannot_be_read(boot, image):
    """Reading the file fails; everything else works."""
    sector = sector_of(image, "/README.md")
    words = failing(image, event="none", iotype="read", sector=sector)
    machine = boot(disk=words, run="cat /README.md || echo going on")
    assert machine.status(quiet=3) == 0
    assert "input/output error" in machine.console()
    assert "\ngoing on" in machine.console()


@pytest.mark.parametrize("kind", ["write", "flush"])
def test_writing_fails(boot, image, kind):
    """The disk becomes read-only and stays sound."""
    words = failing(image, event="none", iotype=kind)
    machine = boot(disk=words, cpus=2)
    machine.prompt()
    machine.command("echo x > /new")
    assert "input/output error" in machine.command("sync")
    assert "read-only" in machine.command("echo y > /newer")
    assert machine.command("cat /new") == "x"
    assert re.search(r"fs: writing .* has failed", machine.console())
    machine.send("poweroff\n")
    assert machine.status(quiet=3) == 0
    assert fsck(image).returncode == CLEAN


def test_calls_after_a_failure(boot, image):
    """The result of each call after a write has failed."""
    words = failing(image, event="none", iotype="write")
    machine = boot(disk=words, cpus=2)
    machine.prompt()
    machine.command("mkdir /d")
    assert "input/output error" in machine.command("sync")
    machine.command("usertests read_only", quiet=5)
    assert "because writing has failed" in machine.console()
    assert "1 passed, 0 failed" in machine.console()
