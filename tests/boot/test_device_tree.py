"""Device trees with missing or wrong entries: a message, never a hang.

Only the kernel gets these trees (tests/trees.py); the firmware reads its own.
tests/host/fdt_test.c tests the parser alone.
"""
import os
import struct
import time

import pytest

import dtb
import trees
from commands import symbol
from machine import ROOT, limit

PANIC = 101
HALF = trees.MEM // 2


@pytest.fixture(scope="module")
def bench(small_image, tmp_path_factory):
    return trees.Bench(str(tmp_path_factory.mktemp("trees")), str(small_image))


@pytest.fixture
def boot_blob(boot, bench, tmp_path):
    """Boots with a blob as the kernel's device tree."""
    def start(blob, **options):
        path = tmp_path / "tree.dtb"
        path.write_bytes(blob)
        return boot(cpus=2, image=False, kernel=bench.shim,
                    options=bench.loaded(path), **options)
    return start


@pytest.fixture
def boot_tree(boot_blob, bench):
    """Boots with the sound tree after a function has changed it."""
    def start(change, reserve=(), run=None, **options):
        root = trees.sound_tree(os.path.getsize(bench.disk))
        change(root)
        if run is not None:
            root.find("/chosen").props["bootargs"] = \
                f'run="{run}"'.encode() + b"\0"
        return boot_blob(dtb.build(root, reserve), **options)
    return start


def cells(*numbers):
    return struct.pack(f">{len(numbers)}I", *numbers)


def ranges(*pairs):
    return b"".join(struct.pack(">2Q", *pair) for pair in pairs)


def memory(*pairs):
    """Returns a change that sets the ranges of RAM, one node for each."""
    def change(root):
        root.drop("memory@")
        for start, size in pairs:
            node = dtb.Node(f"memory@{start:x}")
            node.props = {"device_type": b"memory\0",
                          "reg": ranges((start, size))}
            root.children.append(node)
    return change


def put(path, name, value):
    """Returns a change that sets one property."""
    def change(root):
        node = root.find(path) if path != "/" else root
        node.props[name] = value
    return change


def plic(root):
    """The PLIC's node, whose name differs between versions of QEMU."""
    return next(node for node in root.find("/soc").children
                if b"plic" in node.props.get("compatible", b""))


def fine(machine):
    machine.expect("fine")
    assert machine.status() == 0


def panics(machine, message):
    machine.expect(f"panic: {message}")
    assert machine.status() == PANIC


# -- nothing is wrong ----------------------------------------------------

def test_rewriting_changes_nothing(boot_tree):
    """A tree that is only parsed and written again boots."""
    fine(boot_tree(lambda root: None))


@pytest.mark.parametrize("prefix", ["virtio_mmio", "rtc", "flash", "fw-cfg",
                                    "pci", "rng-seed", "aliases", "plic",
                                    "interrupt-controller@c", "serial"])
def test_what_is_not_needed_may_be_missing(boot_tree, prefix):
    """Devices that the kernel does not need may be missing."""
    fine(boot_tree(lambda root: root.drop(prefix)))


@pytest.mark.parametrize("start", [0x101020, 0x101022, 0x180000, 1 << 55])
def test_a_clock_where_none_is(boot_tree, start):
    """Its first register may exist without the second."""
    fine(boot_tree(put("/soc/rtc@101000", "reg", cells(
        start >> 32, start & 0xffffffff, 0, 0x1000))))


@pytest.mark.parametrize("name", ["sifive,plic-1.0.0", "riscv,plic0",
                                  "thead,c900-plic"])
def test_names_of_a_plic(boot_tree, name):
    """The interrupt controller is recognized by each of its names."""
    def change(root):
        plic(root).props["compatible"] = name.encode() + b"\0"
    machine = boot_tree(change)
    fine(machine)
    assert "PLIC" not in machine.console()


@pytest.mark.parametrize("name", ["ns16550a", "ns16550", "snps,dw-apb-uart"])
def test_names_of_a_uart(boot_tree, name):
    """The serial line is recognized by each of its names."""
    machine = boot_tree(put("/soc/serial@10000000", "compatible",
                            name.encode() + b"\0"))
    fine(machine)
    assert "UART" not in machine.console()


def test_extensions_as_a_list(boot_tree):
    """Newer trees list extensions, and may have no riscv,isa at all."""
    def change(root):
        for hart in ("cpu@0", "cpu@1"):
            props = root.find(f"/cpus/{hart}").props
            del props["riscv,isa"]
            props["riscv,isa-extensions"] = b"i\0m\0a\0f\0d\0c\0sstc\0"
        root.find("/chosen").props["bootargs"] = \
            b'timer=sstc run="usertests fp_fork && echo fine"\0'
    fine(boot_tree(change))


@pytest.mark.parametrize("size", [64, 0, 3, 8192, None])
def test_blocks_of_zeros(boot_tree, size):
    """The kernel does not trust the tree about cbo.zero: QEMU 7.2 lacks it, and
    some firmware does not enable it."""
    def change(root):
        for hart in ("cpu@0", "cpu@1"):
            props = root.find(f"/cpus/{hart}").props
            props["riscv,isa"] = b"rv64imafdc_zicboz_sstc\0"
            props.pop("riscv,cboz-block-size", None)
            if size is not None:
                props["riscv,cboz-block-size"] = cells(size)
    fine(boot_tree(change))


@pytest.mark.parametrize("path", ["/soc/serial@10000000", "serial0",
                                  "serial0:115200n8"])
def test_the_console_that_is_chosen(boot_tree, path):
    """stdout-path names a UART by path or alias, possibly with its speed; here
    another UART comes first in the tree."""
    def change(root):
        other = dtb.Node("serial@9000000")
        other.props = {"compatible": b"ns16550a\0",
                       "reg": ranges((0x9000000, 0x100))}
        root.find("/soc").children.insert(0, other)
        aliases = dtb.Node("aliases")
        aliases.props["serial0"] = b"/soc/serial@10000000\0"
        root.drop("aliases").children.append(aliases)
        root.find("/chosen").props["stdout-path"] = path.encode() + b"\0"
    machine = boot_tree(change)
    fine(machine)
    assert "UART" not in machine.console()


# -- RAM -----------------------------------------------------------------

def test_ram_in_pieces(boot_tree):
    """Four nodes with holes between them; the kernel is in the second."""
    base, mib = trees.RAM, 1 << 20
    machine = boot_tree(memory((base, 1 * mib), (base + 2 * mib, 58 * mib),
                               (base + 62 * mib, 20 * mib),
                               (base + 100 * mib, 28 * mib)))
    found = machine.expect(r"harts, (\d+) MiB")
    assert 90 < int(found[1]) < 107
    fine(machine)


@pytest.mark.parametrize("order", [1, -1])
def test_structs_of_two_pieces_meet(boot_tree, order):
    """Two pieces whose structs share a page, at the start of a large page of
    structs; all of RAM is used."""
    pieces = [(trees.RAM, 0x8010000), (trees.RAM + 0x8020000, 0x17fe0000)]
    fine(boot_tree(memory(*pieces[::order]), mem="512M",
                   run="fillmem && echo fine"))


def test_ram_at_the_end_of_all_addresses(boot_tree):
    """A range that ends with the last page must not wrap around to address
    0."""
    machine = boot_tree(memory(((1 << 64) - 2048, 1024),
                               (trees.RAM, trees.MEM)))
    machine.expect("0xfffffffffffffc00 is out of the kernel's reach")
    found = machine.expect(r"harts, (\d+) MiB")
    assert int(found[1]) > 100
    fine(machine)


def test_no_map(boot_tree):
    """Memory outside RAM is not mapped. QEMU translates with the permissions
    that hart 0 has at the moment: it must be idle in the kernel, and may
    briefly be elsewhere."""
    def change(root):
        node = dtb.Node("secret@86000000")
        node.props = {"reg": ranges((0x86000000, 0x200000)), "no-map": b""}
        root.find("/reserved-memory").children.append(node)
        del root.find("/chosen").props["bootargs"]

    def is_mapped(pa):
        look = f"x/1xw {0xffffffc000000000 + pa:#x}"
        return any("Cannot access" not in machine.monitor(look)
                   for _ in range(30))

    machine = boot_tree(change)
    machine.prompt()
    assert [is_mapped(pa) for pa in (0x85fff000, 0x86000000, 0x861ff000,
                                     0x86200000)] == [True, False, False, True]


def test_many_reserved_ranges(boot_tree):
    """Forty of each kind, which cut RAM into pieces."""
    def change(root):
        parent = root.find("/reserved-memory")
        for i in range(40):
            node = dtb.Node(f"keep@{i}")
            node.props["reg"] = ranges((trees.RAM + HALF + 0x8000 * i +
                                        (8 << 20), 0x1000))
            parent.children.append(node)
    fine(boot_tree(change, [(trees.RAM + HALF // 2 + 0x8000 * i, 0x1000)
                            for i in range(40)]))


def test_more_reserved_ranges_than_places(boot_tree):
    """Beyond 64 pieces the smallest remainders are given up; the rest is
    counted correctly, and all of it can be used."""
    fine(boot_tree(lambda root: None,
                   [(trees.RAM + (8 << 20) + 0x5000 * i, 0x1000)
                    for i in range(100)], run="fillmem && echo fine"))


def test_reserved_memory_is_left_alone(boot_tree):
    """If nearly all RAM is reserved, only the rest is managed."""
    machine = boot_tree(lambda root: None,
                        [(trees.RAM + (8 << 20), 48 << 20),
                         (trees.RAM + (72 << 20), 38 << 20)])
    found = machine.expect(r"harts, (\d+) MiB")
    assert int(found[1]) < 128 - 48 - 38
    fine(machine)


@pytest.mark.parametrize("change, message", [
    (lambda root: root.drop("memory"),
     "device tree: no memory node with a usable reg"),
    (memory((trees.RAM, 0)), "device tree: no memory node"),
    (memory((trees.RAM + HALF, HALF)),
     "device tree: the kernel, at 0x80200000, is not in RAM"),
    (memory((0, trees.RAM)),
     "device tree: the kernel, at 0x80200000, is not in RAM"),
    (put("/reserved-memory/mmode_resv0@80000000", "reg",
         ranges((trees.RAM, trees.MEM))),
     "device tree: it names no RAM that can be used"),
    (put("/reserved-memory", "#size-cells", cells(3)),
     "device tree: a reserved range of memory cannot be read"),
    (put("/reserved-memory/mmode_resv0@80000000", "reg",
         ranges((trees.RAM, (1 << 64) - 4096))),
     "device tree: a reserved range of memory cannot be read"),
    (put("/", "#address-cells", cells(3)),
     "device tree: no memory node with a usable reg"),
    (lambda root: root.props.pop("#size-cells"),
     "device tree: no memory node with a usable reg"),
    (lambda root: root.find("/cpus").props.pop("#size-cells"),
     "device tree: no enabled cpu node for boot hart"),
    (lambda root: root.drop("cpus"),
     "device tree: no enabled cpu node for boot hart"),
    (put("/cpus", "timebase-frequency", cells(9999)),
     "device tree: timebase-frequency is 9999 Hz"),
    (put("/cpus", "timebase-frequency", cells(1, 0)),
     "device tree: timebase-frequency is 4294967296 Hz"),
    (lambda root: root.find("/cpus").props.pop("timebase-frequency"),
     "device tree: timebase-frequency is 0 Hz"),
])
def test_what_nothing_can_run_without(boot_tree, change, message):
    """The panic names the problem, and the status shows the failure."""
    panics(boot_tree(change), message)


def test_a_reservation_that_wraps(boot_tree):
    machine = boot_tree(lambda root: None, [(1 << 63, (1 << 63) + 1)])
    panics(machine, "device tree: a reserved range of memory cannot be read")


@pytest.mark.parametrize("more, line", [
    ((192 << 30, 1 << 30), "RAM from 0x3000000000 to 0x3040000000 is out of "
                           "the kernel's reach: left unused"),
    ((1 << 33, 1 << 30), "RAM from 0x200000000 to 0x240000000 does not "
                         "answer: left unused"),
    ((trees.RAM + HALF, HALF), "RAM from 0x84000000 to 0x88000000 overlaps"),
])
def test_ram_that_cannot_be_used(boot_tree, more, line):
    """The bad RAM is reported, and the rest is used."""
    machine = boot_tree(memory((trees.RAM, trees.MEM), more))
    machine.expect("tether: " + line)
    fine(machine)


def test_more_ram_than_there_is(boot_tree):
    """A range that extends beyond the end of RAM: RAM below the tree is
    used."""
    machine = boot_tree(memory((trees.RAM, 1 << 38)))
    machine.expect("RAM from 0x3000000000 to 0x4080000000 is out of the")
    machine.expect("RAM from 0x8700[0-9a-f]+ to 0x3000000000 does not answer")
    fine(machine)


# -- the RAM disk --------------------------------------------------------

@pytest.mark.parametrize("start, size", [
    (trees.RAM + trees.MEM, 6 << 20), (trees.KERNEL, 6 << 20),
    (trees.TREE_AT - 4096, 8192), (trees.DISK_AT, 0), (trees.DISK_AT, -4096),
    ((1 << 64) - 4096, 4096), (0x10000000, 4096)])
def test_an_initrd_that_cannot_be(boot_tree, start, size):
    """A bad initrd is reported; there is no other disk."""
    def change(root):
        props = root.find("/chosen").props
        props["linux,initrd-start"] = struct.pack(">Q", start)
        props["linux,initrd-end"] = struct.pack(">Q", (start + size) % 2**64)
    machine = boot_tree(change)
    machine.expect(f"tether: device tree: the initrd, from {start:#x} to ")
    panics(machine, "no disk")


# -- harts ---------------------------------------------------------------

def third_hart(**props):
    """Adds a hart to the tree that the machine does not have."""
    def change(root):
        cpus = root.find("/cpus")
        other = dtb.Node("cpu@7")
        other.props = dict(root.find("/cpus/cpu@0").props)
        other.props.update({"reg": cells(7), "phandle": cells(99)})
        other.props.update({name.replace("_", "-"): value
                            for name, value in props.items()})
        cpus.children.append(other)
    return change


def test_a_hart_that_does_not_start(boot_tree):
    """It is reported, and the others work."""
    machine = boot_tree(third_hart())
    machine.expect(r"tether: boot hart \d, 3 harts")
    machine.expect("tether: hart 7 did not start, going on without it")
    fine(machine)


@pytest.mark.parametrize("props", [{"status": b"disabled\0"},
                                   {"mmu_type": b"riscv,none\0"}])
def test_a_hart_that_is_not_for_us(boot_tree, props):
    """A hart that is disabled or has no MMU is not used."""
    machine = boot_tree(third_hart(**props))
    machine.expect(r"tether: boot hart \d, 2 harts")
    fine(machine)
    assert "did not start" not in machine.console()


def test_a_plic_for_machine_mode_only(boot_tree):
    """No PLIC context for the boot hart's supervisor mode: the PLIC is not
    used."""
    def change(root):
        props = plic(root).props
        wired = list(struct.unpack(">8I", props["interrupts-extended"]))
        wired[1::2] = [11] * 4
        props["interrupts-extended"] = cells(*wired)
    machine = boot_tree(change)
    machine.expect("tether: no PLIC that the kernel can use")
    fine(machine)


# -- no tree at all ------------------------------------------------------

def some_hart_is_in(machine, function):
    """Whether a hart is in a given kernel function; any of them may boot."""
    start, size = symbol("build", function)
    return any(start <= machine.registers(hart)["pc"] < start + size
               for hart in range(2))


@pytest.mark.parametrize("blob", [b"", b"\0" * 4096,
                                  b"\xd0\x0d\xfe\xed" + b"\xff" * 60],
                         ids=["nothing", "zeros", "a bad header"])
def test_no_tree(boot_blob, blob):
    """If no device can report a status, the kernel prints the problem and
    halts, because a firmware shutdown would end QEMU with status 0."""
    machine = boot_blob(blob or b"\0")
    machine.expect(r"panic: device tree at 0x87000000: not a valid tree")
    machine.expect(r"_start\+|text_start\+")
    end = time.monotonic() + limit(1)
    while not some_hart_is_in(machine, "hart_halt"):
        assert machine.listen() and time.monotonic() < end, machine.tail()
    assert machine.listen(), "QEMU ended"


# -- many ----------------------------------------------------------------

def test_damaged_trees(bench):
    """A small part of `make trees`: a prompt or one clear line each time."""
    wrong = []
    trees.run(bench, range(1, 301), os.cpu_count(), wrong.append)
    assert not wrong, "\n".join(wrong)


def test_damage_is_repeatable():
    """The same seed gives the same tree."""
    assert trees.damaged(7, 6 << 20) == trees.damaged(7, 6 << 20)
    assert len({trees.damaged(seed, 6 << 20)[0] for seed in range(50)}) > 45


@pytest.mark.parametrize("console, why, wrong", [
    ("tether: boot hart 0\nfine\n", "", None),
    ("\n$ ", "", None),
    ("\npanic: device tree: no memory\n", "", None),
    ("\npanic: kernel trap: load access fault\n", "", "a panic that"),
    ("fine\n\npanic: kernel trap: load access fault\n", "", "a panic that"),
    ("tether: boot hart 0\nvine\n", trees.ENDED, None),
    ("tether: boot hart 0\n", trees.ENDED, "QEMU ended"),
    ("tether: boot hart 0\nvine\n", "silence", "silence"),
    ("Boot HART\n", "silence", "silence"),
    ("", "QEMU ended", "QEMU ended")])
def test_bad_ends_are_noticed(console, why, wrong):
    found = trees.verdict(console, why)
    assert found is None if wrong is None else found.startswith(wrong)
