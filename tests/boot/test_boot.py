"""Boot: harts, timers, memory sizes, the boot hart, idling."""
import os
import re

import pytest

from commands import make
from machine import ROOT

WFI = 0x10500073
TRAPS_IDLE = 5      # of a hart that idles, in a second
LOOKS = 10
TRIES = 80      # one boot in six starts on another hart than 0


@pytest.mark.parametrize("cpus", [1, 2, 4])
@pytest.mark.parametrize("timer", ["sbi", "sstc"])
def test_boots_to_a_shell(boot, cpus, timer):
    """Any number of harts and either timer lead to a shell that works."""
    machine = boot(cpus=cpus, args=f"timer={timer}")
    machine.prompt()
    assert machine.command("echo hello") == "hello"


def test_boot_hart_other_than_zero(boot):
    """The firmware picks the boot hart by a race: any must do.

    Boots again until another than hart 0 wins; that one must reach the
    shell's command.
    """
    for _ in range(TRIES):
        machine = boot(cpus=4, run="echo fine")
        found = machine.expect(r"tether: boot hart (\d+)")
        if int(found[1]) != 0:
            machine.expect("fine")
            assert machine.status() == 0
            return
        machine.end()
    pytest.fail(f"hart 0 won {TRIES} races in a row")


def test_idle_leaves_the_host_alone(boot, tmp_path):
    """At the prompt, harts wait in wfi: the host's processors rest.

    Nothing is measured that the host's load would change: few traps wake them
    in three seconds of their own clock, and wherever one looks, each hart
    stands behind a wfi, but for a chance hit of such a trap.
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
