"""Recordings of a kernel's disk writes (QEMU's blklogwrites).

A recording begins with a sector about itself.  Each entry is a sector with four
numbers (sector, count, flags, length), followed by `count` sectors of data.
"""
import json
import struct

SECTOR = 512
FLUSH = 1               # flag of an entry: all earlier ones are on the disk


def blockdev(**node):
    """Words for QEMU that define a node of its block layer."""
    return ["-blockdev", json.dumps(node)]


def drive(image, log):
    """Words for QEMU: the drive x0, which writes to `image` and records.

    Only QEMU is ever killed, never the host, so flushes are not needed here.
    """
    cache = {"no-flush": True}
    return [*blockdev(driver="file", filename=str(image), cache=cache,
                      **{"node-name": "f0"}),
            *blockdev(driver="file", filename=str(log), cache=cache,
                      **{"node-name": "lf"}),
            *blockdev(driver="blklogwrites", file="f0", log="lf",
                      **{"node-name": "x0"})]


def entries(content):
    """(sector, flags, data) of each entry, up to the first empty or truncated
    one.

    The count in the first sector is not used, because it lags behind.
    """
    at = SECTOR
    while at + 32 <= len(content):
        sector, count, flags, size = struct.unpack_from("<QQQQ", content, at)
        at += SECTOR
        data = content[at:at + count * SECTOR]
        if sector == count == flags == size == 0 or len(data) < count * SECTOR:
            return
        yield sector, flags, data
        at += count * SECTOR


def size_of(entries):
    """The length of a recording of these entries, in bytes."""
    return SECTOR + sum(SECTOR + len(data) for _, _, data in entries)


def apply(disk, entry):
    """Apply one entry to a disk, a bytearray."""
    sector, _, data = entry
    disk[sector * SECTOR:sector * SECTOR + len(data)] = data
