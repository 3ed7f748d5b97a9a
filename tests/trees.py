"""Damaged device trees, given to the kernel itself.

    tests/trees.py [--seed N] [--trees N] [--jobs N] (make trees)

The firmware reads its own, sound tree.  The kernel gets another one, through a
few instructions that run between the two and change a1.  So each kind of damage
reaches the kernel, not only the kinds that the firmware survives.  Every boot
must end at a prompt, in the given command, or with one clear line; never in
silence, and never in an unexplained fault.
"""
import argparse
import concurrent.futures
import functools
import os
import random
import re
import selectors
import struct
import subprocess
import sys
import tempfile
import time

import dtb
import images
import machine

MEM = 128 << 20
RAM = 0x80000000
FIRMWARE = (RAM, 0x80000)           # the range that the firmware protects
DISK_AT = RAM + (64 << 20)          # the initial RAM disk
SHIM_AT = RAM + (111 << 20)
TREE_AT = RAM + (112 << 20)         # up to 1 MiB for the tree
KERNEL = 0x80200000

QUIET = 3                           # seconds a boot takes on a quiet machine

GOOD = re.compile(r"^(fine|\$ )", re.M)
RAN = re.compile(r"^tether: boot hart .*\n.+", re.M)   # or a damaged command
CLEAR = re.compile(r"^(panic: (device tree|boot argument|memory|no disk)"
                   r"|tether: cannot mount the disk"
                   r"|cannot run /init).*\n", re.M)
BAD = re.compile(r"^panic: .*\n", re.M)

ENDED = "QEMU ended"

NASTY = [0, 1, 2, 3, 4, 5, 8, 9, 11, 12, 16, 31, 32, 63, 64, 0xff, 0x100,
         0xfff, 0x1000, 0x1001, 9999, 10000, 0x10000, 0x7fffffff, 0x80000000,
         0x80200000, 0x84000000, 0x88000000, 0xffffffff, 0xfffff000]
WORDS = [b"okay\0", b"disabled\0", b"", b"\0", b"x", b"ns16550a\0",
         b"sifive,plic-1.0.0\0", b"snps,dw-apb-uart\0", b"virtio,mmio\0",
         b"riscv,none\0", b"rv64i\0", b"rv32imac\0", b"serial0:9600\0",
         b"/soc/serial@10000000\0", b"/nowhere\0", b"memory\0",
         b"run=\"echo fine\" hz=0\0", b"sched=none\0", b"a" * 2000 + b"\0",
         b"=\"\0", b"okay"]


# -- the machine ---------------------------------------------------------

def shim():
    """An ELF file that enters the kernel with a1 = TREE_AT."""
    def load(register, value):      # lui sign-extends, so clear the upper half
        lui = (value >> 12) << 12 | register << 7 | 0x37
        left = 32 << 20 | register << 15 | 1 << 12 | register << 7 | 0x13
        right = 32 << 20 | register << 15 | 5 << 12 | register << 7 | 0x13
        return [lui, left, right]

    jump = 5 << 15 | 0x67           # through t0
    code = struct.pack("<7I", *load(11, TREE_AT), *load(5, KERNEL), jump)
    start = 64 + 56
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 243, 1,
                         SHIM_AT, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    program = struct.pack("<IIQQQQQQ", 1, 5, start, SHIM_AT, SHIM_AT,
                          len(code), len(code), 4)
    return header + program + code


@functools.lru_cache(maxsize=None)
def sound_blob(harts=2):
    """The tree that QEMU makes, as a blob."""
    with tempfile.TemporaryDirectory(prefix="tether-tree-") as directory:
        path = os.path.join(directory, "virt.dtb")
        subprocess.run([machine.QEMU, "-machine", f"virt,dumpdtb={path}",
                        "-smp", str(harts), "-m", str(MEM >> 20),
                        "-display", "none"],
                       check=True, capture_output=True)
        with open(path, "rb") as file:
            return file.read()


def sound_tree(disk_size, harts=2):
    """That tree with the additions of firmware and loader."""
    root = dtb.parse(sound_blob(harts))
    reserved = dtb.Node("reserved-memory")
    reserved.props = {"#address-cells": struct.pack(">I", 2),
                      "#size-cells": struct.pack(">I", 2), "ranges": b""}
    firmware = dtb.Node(f"mmode_resv0@{FIRMWARE[0]:x}")
    firmware.props = {"reg": struct.pack(">2Q", *FIRMWARE)}
    reserved.children = [firmware]
    root.children.append(reserved)
    chosen = root.find("/chosen").props
    chosen["bootargs"] = b'run="echo fine"\0'
    chosen["linux,initrd-start"] = struct.pack(">Q", DISK_AT)
    chosen["linux,initrd-end"] = struct.pack(">Q", DISK_AT + disk_size)
    return root


class Bench:
    """The files that all boots share."""

    def __init__(self, directory, disk):
        self.directory, self.disk = directory, disk
        self.shim = os.path.join(directory, "shim.elf")
        with open(self.shim, "wb") as file:
            file.write(shim())

    def loaded(self, tree):
        """Words for QEMU: the contents of RAM besides the shim."""
        kernel = os.path.join(machine.ROOT, machine.BUILD, "kernel.elf")
        return [word for file in (
            f"file={kernel}",
            f"file={self.disk},addr={DISK_AT:#x},force-raw=on",
            f"file={tree},addr={TREE_AT:#x},force-raw=on")
            for word in ("-device", f"loader,{file}")]

    def words(self, tree):
        """The command that boots with the tree in a file."""
        return [machine.QEMU, "-machine", "virt", "-bios", "default",
                "-smp", "2", "-m", str(MEM >> 20), "-nographic",
                "-no-reboot", "-monitor", "none", "-kernel", self.shim,
                *self.loaded(tree)]


def watch(words, limit):
    """Run QEMU until its console shows a good or bad end, or it ends, or
    `limit` seconds are over; returns the output, and why it ended."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as child:
        console, end = "", time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            why = "silence"
            while time.monotonic() < end:
                if not selector.select(end - time.monotonic()):
                    break
                piece = os.read(child.stdout.fileno(), 65536)
                if not piece:
                    why = ENDED
                    break
                console += piece.decode("utf-8", "replace").replace("\r", "")
                if (GOOD.search(console) or CLEAR.search(console)
                        or BAD.search(console)):
                    why = ""
                    break
        child.kill()
    return console, why


def verdict(console, why):
    """None for a good end, or what was wrong."""
    if CLEAR.search(console):
        return None
    if BAD.search(console):
        return "a panic that names no cause in the tree"
    if GOOD.search(console) or (why == ENDED and RAN.search(console)):
        return None
    return why or "no end"


# -- the damage ----------------------------------------------------------

def every_node(root, path=""):
    """(node, parent, path) of all nodes but the root."""
    for child in root.children:
        yield child, root, f"{path}/{child.name}"
        yield from every_node(child, f"{path}/{child.name}")


READ = re.compile(r"memory|chosen|reserved|cpu|interrupt-controller|serial|plic"
                  r"|rtc|test|virtio|soc|aliases|mmode")


def pick(rng, root):
    """A node, mostly one that the kernel reads; and its parent."""
    found = list(every_node(root))
    read = [each for each in found if READ.match(each[0].name)]
    node, parent, _ = rng.choice(read if read and rng.random() < 0.9
                                 else found)
    return node, parent


def cells(rng, count):
    return b"".join(struct.pack(">I", rng.choice(NASTY)) for _ in range(count))


def change_cell(rng, root):
    node, _ = pick(rng, root)
    numbers = [name for name, value in node.props.items() if len(value) >= 4]
    if numbers:
        name = rng.choice(numbers)
        value = bytearray(node.props[name])
        at = 4 * rng.randrange(len(value) // 4)
        old, = struct.unpack_from(">I", value, at)
        new = rng.choice([rng.choice(NASTY), old + rng.choice([1, -1, 4096]),
                          old ^ 1 << rng.randrange(32)])
        struct.pack_into(">I", value, at, new & 0xffffffff)
        node.props[name] = bytes(value)


def change_length(rng, root):
    node, _ = pick(rng, root)
    if node.props:
        name = rng.choice(list(node.props))
        value = node.props[name]
        node.props[name] = rng.choice([
            value[:rng.randrange(len(value) + 1)], value + value,
            value + cells(rng, 1), value[4:], b""])


def change_text(rng, root):
    node, _ = pick(rng, root)
    if node.props:
        node.props[rng.choice(list(node.props))] = rng.choice(WORDS)


def change_range(rng, root):
    found = [node for node, _, _ in every_node(root) if "reg" in node.props]
    if found:
        node = rng.choice(found)
        start = rng.choice([0, 0x1000, RAM, RAM + rng.randrange(MEM),
                            RAM + MEM, RAM + 2 * MEM, 0x10000000, 0xc000000,
                            1 << 32, 1 << 38, 191 << 30, 192 << 30,
                            (1 << 64) - 4096, rng.getrandbits(64)])
        size = rng.choice([0, 1, 0x1000, 0x100000, MEM, MEM // 2, 1 << 32,
                           1 << 40, (1 << 64) - 1, rng.getrandbits(64)])
        node.props["reg"] = struct.pack(">2Q", start, size)


def drop_property(rng, root):
    node, _ = pick(rng, root)
    if node.props:
        del node.props[rng.choice(list(node.props))]


def drop_node(rng, root):
    node, parent = pick(rng, root)
    parent.children.remove(node)


def repeat_node(rng, root):
    node, parent = pick(rng, root)
    copy = dtb.Node(node.name)
    copy.props, copy.children = dict(node.props), list(node.children)
    parent.children.insert(rng.randrange(len(parent.children) + 1), copy)


def move_node(rng, root):
    node, parent = pick(rng, root)
    other, _ = pick(rng, root)
    below = {id(each) for each, _, _ in every_node(node)} | {id(node)}
    if id(other) not in below:
        parent.children.remove(node)
        other.children.append(node)


def rename_node(rng, root):
    node, _ = pick(rng, root)
    node.name = rng.choice(["memory", "memory@0", "cpu@7", "chosen", "", "x",
                            "soc", "reserved-memory", "a" * 300])


def more_memory(rng, root):
    for _ in range(rng.choice([1, 2, 9, 70])):
        node = dtb.Node(f"memory@{rng.getrandbits(32):x}")
        node.props["device_type"] = b"memory\0"
        root.children.append(node)
        node.props["reg"] = struct.pack(
            ">2Q", rng.choice([RAM, RAM + MEM, 1 << 33, 0x40000000,
                               rng.getrandbits(38) & ~0xfff]),
            rng.choice([0x1000, 0x1001, 1 << 20, 1 << 30, 1 << 36]))


def more_reserved(rng, root):
    parents = [node for node, _, _ in every_node(root)
               if node.name == "reserved-memory"]
    for parent in parents:
        for _ in range(rng.choice([1, 9, 40, 200])):
            node = dtb.Node(f"r@{rng.getrandbits(32):x}")
            node.props["reg"] = struct.pack(
                ">2Q", RAM + rng.randrange(2 * MEM),
                rng.choice([0, 1, 4096, 65536, 1 << 64 >> 1, MEM // 4]))
            parent.children.append(node)


def root_cells(rng, root):
    root.props[rng.choice(["#address-cells", "#size-cells"])] = \
        struct.pack(">I", rng.choice([0, 1, 2, 3, 0xffffffff]))


CHANGES = [change_cell] * 6 + [change_length] * 3 + [change_text] * 2 + [
    change_range] * 4 + [drop_property] * 3 + [drop_node] * 2 + [
    repeat_node, move_node, rename_node, more_memory, more_reserved,
    root_cells]


def damage_blob(rng, blob):
    """Change bytes of the finished blob, ignoring its structure."""
    blob = bytearray(blob)
    for _ in range(rng.choice([1, 1, 2, 8])):
        at = rng.choice([rng.randrange(48), rng.randrange(len(blob))])
        blob[at] = rng.choice([0, 1, 3, 9, 0x7f, 0xff, rng.getrandbits(8)])
    return bytes(blob[:rng.choice([len(blob)] * 9 + [rng.randrange(len(blob))])])


def reservations(rng):
    """Entries of the memory reservation block, mostly none."""
    if rng.random() < 0.9:
        return []
    return [(rng.choice([0, RAM, RAM + rng.randrange(MEM),
                         (1 << 64) - 4096]),
             rng.choice([1, 4096, MEM // 8, (1 << 64) - 1]))
            for _ in range(rng.choice([1, 3, 30]))]


def damaged(seed, disk_size):
    """A blob that depends only on the seed, and the changes that were made."""
    rng = random.Random(seed)
    root = sound_tree(disk_size)
    done = []
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        change = rng.choice(CHANGES)
        change(rng, root)
        done.append(change.__name__)
    reserve = reservations(rng)
    blob = dtb.build(root, reserve)
    if rng.random() < 0.1:
        blob = damage_blob(rng, blob)
        done.append(damage_blob.__name__)
    return blob, done + [f"reserve {n}" for n in reserve[:3]]


# -- many ----------------------------------------------------------------

def boot(bench, blob, name, limit):
    """Boot with a blob; returns the console, and what was wrong or None."""
    path = os.path.join(bench.directory, f"{name}.dtb")
    with open(path, "wb") as file:
        file.write(blob)
    console, why = watch(bench.words(path), limit)
    os.unlink(path)
    return console, verdict(console, why)


def try_one(bench, seed, limit):
    """What was wrong with the boot of one damaged tree, as text, or None."""
    blob, done = damaged(seed, os.path.getsize(bench.disk))
    console, wrong = boot(bench, blob, f"tree-{seed}", limit)
    if wrong is None:
        return None
    tail = "\n    ".join(console.split("\n")[-12:])
    return f"tree {seed} ({', '.join(done)}): {wrong}\n    {tail}"


def run(bench, seeds, jobs, report=print):
    """Try the trees of all seeds; returns how many ended badly."""
    limit = machine.limit(QUIET)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for wrong in pool.map(lambda seed: try_one(bench, seed, limit), seeds):
            if wrong is not None:
                bad += 1
                report(wrong)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1, help="of the first tree")
    parser.add_argument("--trees", type=int, default=20000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tether-trees-") as directory:
        disk = images.make_image(os.path.join(directory, "fs.img"), size="6M",
                                 without=("bench", "grind"))
        seeds = range(options.seed, options.seed + options.trees)
        bad = run(Bench(directory, str(disk)), seeds, options.jobs)
    print(f"{options.trees} trees, {bad} ended badly")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
