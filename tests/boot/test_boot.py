"""Boot: harts, timers, memory sizes, the boot hart, idling."""
import os
import re

import pytest

from commands import PREFIX, make, run, symbol
from machine import ROOT

WFI = 0x10500073
TRAPS_IDLE = 5      # of an idle hart, per second
LOOKS = 10
HOLD = 0x87000000   # RAM that nothing else uses this early


@pytest.mark.parametrize("cpus", [1, 2, 4])
@pytest.mark.parametrize("timer", ["sbi", "sstc"])
def test_boots_to_a_shell(boot, cpus, timer):
    """Any number of harts and either timer boot to a working shell."""
    machine = boot(cpus=cpus, args=f"timer={timer}")
    machine.prompt()
    assert machine.command("echo hello") == "hello"


@pytest.mark.parametrize("first", range(4))
def test_boot_hart(boot, tree, tmp_path, first):
    """Several harts race to be the boot hart; whichever wins, all of them run.

    The others are held back until the kernel counts its pages.  The lower half
    of a kernel address is the address in RAM.
    """
    count = symbol(tree, "page_counts")[0] & 0xffffffff
    hold = tmp_path / "hold"
    done = run([PREFIX + "gcc", "-nostdlib", f"-Wl,-Ttext={HOLD:#x}",
                f"-DFIRST={first}", f"-DWAIT={count:#x}",
                "tests/boot/hold.S", "-o", str(hold)])
    assert done.returncode == 0, done.stdout
    options = ["-device", f"loader,file={hold}"]
    for hart in range(4):
        options += ["-device", f"loader,addr={HOLD:#x},cpu-num={hart}"]
    machine = boot(cpus=4, run="echo fine", options=options)
    machine.expect(rf"tether: boot hart {first}, 4 harts")
    machine.expect("fine")
    assert machine.status() == 0
    assert "did not start" not in machine.console()


def test_idle_leaves_the_host_alone(boot, tmp_path):
    """At the prompt, harts wait in wfi and leave the host's processors idle.

    The test measures nothing that depends on the host's load: few traps wake
    the harts in three seconds of their own clock, and almost every sample finds
    each hart after a wfi.
    """
    log = tmp_path / "traps"
    machine = boot(cpus=4, options=["-d", "int", "-D", str(log)])
    machine.prompt()
    assert machine.command("sleep 1 && echo settled", quiet=2) == "settled"
    before, end = log.read_text().count("\n"), machine.clock() + 3
    while machine.clock() < end:
        assert machine.listen(), machine.tail()
    traps = log.read_text().count("\n") - before
    assert traps < 3 * 4 * TRAPS_IDLE, f"{traps} traps while idle"
    for hart in range(4):
        awake = [pc for pc in (machine.registers(hart)["pc"]
                               for _ in range(LOOKS))
                 if int(machine.monitor(f"x /1xw {pc - 4:#x}").split()[-1],
                        16) != WFI]
        assert len(awake) <= LOOKS // 10, f"hart {hart} at {awake}"


def test_raw_binary(boot, tree, tmp_path):
    """The kernel as raw bytes, with garbage where .bss will be."""
    make("image")
    path = tmp_path / "kernel.bin"
    with open(os.path.join(ROOT, tree, "kernel.bin"), "rb") as file:
        path.write_bytes(file.read() + b"\xa5" * (1 << 20))
    machine = boot(cpus=2, kernel=path, run="echo fine && ls | wc")
    machine.expect(r"fine\n *\d+ ")
    assert machine.status() == 0


def test_every_hart_is_used(boot):
    """With four busy programs, each of four harts runs some of them."""
    machine = boot(cpus=4)
    machine.prompt()
    for _ in range(4):
        machine.command("lde freeze > /null &")
    harts = set()
    for _ in range(20):
        listing = machine.command("ps")
        harts.update(re.findall(r"(\d) run\b", listing))
        if len(harts) == 4:
            return
    pytest.fail(f"only harts {sorted(harts)} ran\n{listing}")
