"""Disk traffic: requests, bytes, and flushes, as QEMU counts them.

    tools/bench/disk.py [MIB]

It reads QEMU's own statistics of the drive (`query-blockstats`) before and
after each piece of work, so the guest cannot influence them.
"""
import dataclasses
import os
import sys
import tempfile
import time

from counted import build, images
from machine import Machine
from table import show

MIB = 1 << 20
WRITE_AIM = 1.1             # bytes written per byte of a new file
FLUSH_AIM = 2               # per commit
REQUEST_AIM = 64 << 10      # average bytes of a read after a restart


@dataclasses.dataclass(frozen=True)
class Traffic:
    """Of the drive x0 since QEMU started, or between two moments."""
    rd_bytes: int
    wr_bytes: int
    rd_operations: int
    wr_operations: int
    flush_operations: int

    def __sub__(self, other):
        return Traffic(*(a - b for a, b in zip(dataclasses.astuple(self),
                                               dataclasses.astuple(other))))

    @property
    def read_size(self):
        return self.rd_bytes / self.rd_operations

    @property
    def write_size(self):
        return self.wr_bytes / self.wr_operations


def traffic(machine):
    """The statistics of the drive up to now."""
    seen, = (drive["stats"] for drive in machine.qmp("query-blockstats")
             if drive["device"] == "x0")
    return Traffic(*(seen[field.name]
                     for field in dataclasses.fields(Traffic)))


def work(machine, command, quiet=5):
    """The traffic of a command, and the seconds it takes."""
    machine.command("sync", quiet)
    before, start = traffic(machine), time.monotonic()
    output = machine.command(command, quiet)
    seconds = time.monotonic() - start
    assert output == "", output
    return traffic(machine) - before, seconds


def write(image, mebibytes):
    """A new file, then one fsync."""
    with Machine(disk=image) as machine:
        machine.prompt()
        return work(machine, f"bench disk write {mebibytes}", quiet=60)


def read_again(image):
    """Read the same file in a freshly booted machine."""
    with Machine(disk=image) as machine:
        machine.prompt()
        return work(machine, "bench disk read", quiet=60)


def fsync(image, processes, times):
    """Each process writes and calls fsync, that many times."""
    with Machine(disk=image) as machine:
        machine.prompt()
        return work(machine, f"bench disk fsync {processes} {times}", quiet=30)


def raw_seconds(directory, bytes_, size):
    """The host's own rate for as many bytes in requests of that size."""
    block = bytes(size)
    with open(os.path.join(directory, "raw"), "wb", buffering=0) as file:
        start = time.monotonic()
        for _ in range(bytes_ // size):
            file.write(block)
        os.fdatasync(file.fileno())
        return time.monotonic() - start


HEADER = ["the disk", "now", "aim", ""]


def report(mebibytes=256):
    """A table of all."""
    with tempfile.TemporaryDirectory(prefix="tether-disk-") as directory:
        image = images.make_image(os.path.join(directory, "fs.img"),
                                  size=f"{mebibytes + 32}M")
        wrote, write_seconds = write(image, mebibytes)
        read, read_seconds = read_again(image)
        raw = raw_seconds(directory, wrote.wr_bytes, int(wrote.write_size))
        alone, _ = fsync(image, 1, 100)
        shared, _ = fsync(image, 8, 50)
    share = wrote.wr_bytes / (mebibytes * MIB)
    flushes = alone.flush_operations / 100
    flushes_shared = shared.flush_operations / 400
    read_kib, write_kib = read.read_size / 1024, wrote.write_size / 1024

    def row(what, figure, aim="-", met=True):
        return [what, figure, aim, "" if met else "missed"]
    return [
        row(f"bytes written for a byte of {mebibytes} MiB, one fsync",
            f"{share:.3f}", f"{WRITE_AIM}", share <= WRITE_AIM),
        row("flushes for each fsync of one process", f"{flushes:.2f}",
            f"{FLUSH_AIM}", flushes <= FLUSH_AIM),
        row("flushes for each fsync of eight at once", f"{flushes_shared:.2f}",
            "1", flushes_shared <= 1),
        row("KiB of a read after a restart, on average", f"{read_kib:.0f}",
            f"{REQUEST_AIM // 1024}", read.read_size >= REQUEST_AIM),
        row("KiB of a write, on average", f"{write_kib:.0f}"),
        row("MiB a second written", f"{mebibytes / write_seconds:.0f}"),
        row("the host alone, requests of that size", f"{mebibytes / raw:.0f}"),
        row("MiB a second read after a restart",
            f"{mebibytes / read_seconds:.0f}"),
    ]


def main():
    if len(sys.argv) > 2 or not all(w.isdigit() for w in sys.argv[1:]):
        sys.exit("usage: tools/bench/disk.py [MIB]")
    build()
    table = report(*map(int, sys.argv[1:]))
    show(HEADER, table)
    return 1 if any(row[-1] for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
