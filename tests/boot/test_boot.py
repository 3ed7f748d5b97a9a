"""Boot: harts, timers, memory sizes, the boot hart, idling."""
import os
import re

import pytest

from commands import make
from machine import ROOT

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


def test_idle_leaves_the_host_alone(boot):
    """At the prompt, harts wait in wfi: the host's processors rest."""
    machine = boot(cpus=4)
    machine.prompt()
    machine.load(0.5)
    load = machine.load(2)
    assert load < 0.25, f"{load:.0%} of a host processor while idle"


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
