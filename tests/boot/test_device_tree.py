"""Device trees that lack or lie about something: said, never a hang.

The firmware reads the tree before the kernel does, so only what it lets
through can be tried here; tests/host/fdt_test.c tries everything else.
"""
import struct
import subprocess

import pytest

import dtb
from machine import QEMU

PANIC = 101


@pytest.fixture(scope="module")
def blob(tmp_path_factory):
    """The tree that QEMU makes for two harts."""
    path = tmp_path_factory.mktemp("tree") / "virt.dtb"
    subprocess.run([QEMU, "-machine", f"virt,dumpdtb={path}", "-smp", "2",
                    "-m", "128M", "-nographic"], check=True,
                   capture_output=True)
    return path.read_bytes()


@pytest.fixture
def boot_tree(boot, blob, tmp_path):
    """Boots with the tree that a function has changed."""
    def start(change, **options):
        root = dtb.parse(blob)
        change(root)
        path = tmp_path / "changed.dtb"
        path.write_bytes(dtb.build(root))
        options.setdefault("run", "echo fine")
        return boot(cpus=2, options=["-dtb", str(path)], **options)
    return start


def test_rewriting_changes_nothing(boot_tree):
    """A tree only taken apart and put together again boots."""
    machine = boot_tree(lambda root: None)
    machine.expect("fine")
    assert machine.status() == 0


@pytest.mark.parametrize("prefix", ["virtio_mmio", "rtc", "flash", "fw-cfg",
                                    "pci", "rng-seed"])
def test_what_is_not_needed_may_be_missing(boot_tree, prefix):
    """Devices that the kernel has no use for may be gone."""
    machine = boot_tree(lambda root: root.drop(prefix))
    machine.expect("fine")
    assert machine.status() == 0


def test_no_memory_node(boot_tree):
    """RAM that is nowhere described: a panic that names it."""
    machine = boot_tree(lambda root: root.drop("memory"))
    machine.expect("panic: device tree: no memory")
    assert machine.status() == PANIC


def test_a_hart_that_is_disabled(boot_tree):
    """status = "disabled": the hart is left alone, the rest works."""
    def change(root):
        root.find("/cpus/cpu@1").props["status"] = b"disabled\0"
    machine = boot_tree(change)
    machine.expect("fine")
    assert machine.status() == 0


def test_two_memory_nodes(boot_tree):
    """RAM in two nodes is all used."""
    def change(root):
        memory = root.find("/memory@80000000")
        half = 64 << 20
        start, size = struct.unpack(">2Q", memory.props["reg"])
        memory.props["reg"] = struct.pack(">2Q", start, half)
        other = dtb.Node(f"memory@{start + half:x}")
        other.props = dict(memory.props)
        other.props["reg"] = struct.pack(">2Q", start + half, size - half)
        root.children.append(other)
    machine = boot_tree(change)
    machine.expect("fine")
    assert machine.status() == 0


def test_memory_of_no_size(boot_tree):
    """A memory node that promises nothing."""
    def change(root):
        reg = root.find("/memory@80000000").props
        reg["reg"] = reg["reg"][:8] + bytes(8)
    machine = boot_tree(change)
    machine.expect("panic")
    assert machine.status() == PANIC
