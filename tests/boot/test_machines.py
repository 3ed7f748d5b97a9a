"""Unusual machines: where RAM lies, and missing devices.

Each boots to a shell that accepts input, and reports missing devices in one
line.
"""
import re

import pytest

NO_PLIC = "tether: no PLIC that the kernel can use"
NO_UART = "tether: no UART that the kernel can use: the console is the firmware"
POLLED_CONSOLE = "tether: the console is polled"
POLLED_DISK = "tether: virtio disk: no interrupt that the kernel gets"


def memory(*sizes):
    """Words for QEMU: a node of each size, with RAM that takes no memory of the
    host until it is used. A single one is not a NUMA node."""
    words = []
    for i, size in enumerate(sizes):
        words += ["-object", f"memory-backend-ram,id=m{i},size={size},"
                             "reserve=off"]
        if len(sizes) > 1:
            words += ["-numa", f"node,memdev=m{i},cpus={i}"]
    return words if len(sizes) > 1 else [*words, "-machine",
                                         "memory-backend=m0"]


def talk(machine):
    """The shell responds to input."""
    machine.prompt(quiet=2)
    assert machine.command("echo hi | wc", quiet=2).split() == ["1", "1", "3"]


def mebibytes(machine):
    found = machine.expect(r"tether: boot hart \d+, \d+ harts, (\d+) MiB")
    return int(found[1])


# -- where RAM lies ------------------------------------------------------

@pytest.mark.parametrize("mem", ["16M", "17M", "32M", "130M"])
def test_little_memory(boot, small_image, mem):
    """From half of the promised minimum on. The kernel takes less than 3 MiB,
    and its hash tables up to 1/128 of memory."""
    machine = boot(cpus=2, mem=mem, disk=small_image)
    given = int(mem[:-1])
    assert given - given / 128 - 3 <= mebibytes(machine) < given
    talk(machine)


@pytest.mark.parametrize("mem", ["1G", "1100M", "2G", "3G", "4G", "8G", "16G"])
def test_much_memory(boot, small_image, mem):
    """For any size of RAM, wherever the firmware puts the device tree."""
    size = int(mem[:-1]) * {"M": 1, "G": 1024}[mem[-1]]
    machine = boot(cpus=2, mem=mem, disk=small_image, options=memory(mem))
    assert 0.97 * size < mebibytes(machine) < size
    talk(machine)


@pytest.mark.parametrize("size", [1024, 2048])
def test_two_sockets(boot, small_image, size):
    """Two nodes with a hart each. Each has its own PLIC; the kernel uses the
    one of the boot hart, and polls devices that are wired to the other."""
    machine = boot(cpus=2, mem=f"{2 * size}M", disk=small_image,
                   options=memory(f"{size}M", f"{size}M"))
    polled = machine.expect([POLLED_DISK, POLLED_CONSOLE])
    assert polled
    assert 0.97 * 2 * size < mebibytes(machine) < 2 * size
    talk(machine)


# -- what is missing -----------------------------------------------------

@pytest.mark.parametrize("aia", ["aplic", "aplic-imsic"])
@pytest.mark.parametrize("disk", ["ram", "virtio"])
def test_no_plic(boot, small_image, aia, disk):
    """Another interrupt controller: console and disk are polled."""
    kind = {"disk": small_image} if disk == "virtio" else {}
    machine = boot(cpus=2, options=["-machine", f"virt,aia={aia}"], **kind)
    machine.expect(NO_PLIC)
    machine.expect(POLLED_CONSOLE)
    if disk == "virtio":
        machine.expect(POLLED_DISK)
    talk(machine)
    machine.send("\x10")
    machine.expect(r"pid +ppid(.*\n)+.* sh\n")
    machine.command("echo kept > /kept; sync", quiet=2)
    assert machine.command("cat /kept", quiet=2) == "kept"
    machine.send("poweroff 3\n")
    assert machine.status() == 3


def test_sifive_u(boot):
    """Another UART, no test device, and a hart without an MMU."""
    machine = boot(cpus=3, mem="512M", kind="sifive_u")
    machine.expect(NO_UART)
    assert machine.expect(r"tether: boot hart \d, (\d) harts")[1] == "2"
    talk(machine)
    machine.send("poweroff 3\n")
    machine.expect("tether: this machine cannot report exit status 3")


def test_spike(boot):
    """No UART, no PLIC, no test device. On newer QEMUs this machine claims the
    Sstc extension, but its firmware cannot use it."""
    machine = boot(cpus=2, mem="512M", kind="spike", cpu="rv64,sstc=off")
    machine.expect(NO_PLIC)
    machine.expect(NO_UART)
    machine.expect(POLLED_CONSOLE)
    machine.prompt(quiet=2)
    for letter in "echo hi":      # its serial line buffers one character
        machine.send(letter)
        machine.expect(re.escape(letter), quiet=2)
    machine.send("\n")
    machine.expect(r"\nhi\n\$ ", quiet=2)


# -- harts ---------------------------------------------------------------

def test_without_sstc_the_firmware_timer_serves(boot):
    """A hart without stimecmp boots, and sleeping still works."""
    machine = boot(cpus=2, cpu="rv64,sstc=off", run="sleep 1 && echo awake")
    machine.expect("awake", quiet=2)
    assert machine.status() == 0


def test_asking_for_an_sstc_that_is_not_there(boot):
    """timer=sstc on a hart without Sstc is reported, and does not hang."""
    machine = boot(cpu="rv64,sstc=off", args="timer=sstc", run="true")
    machine.expect("panic: boot argument timer=sstc: this machine has no Sstc")
    assert machine.status() == 101


def test_single_precision_only(boot):
    """F without D: a program that uses floating point is ended; nothing
    else."""
    machine = boot(cpu="rv64,g=off,d=off")
    machine.prompt()
    assert "illegal instruction" in machine.command("usertests fp_fork")
    assert machine.command("echo alive") == "alive"
