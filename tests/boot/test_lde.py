"""Limited direct execution, row by row, as far as it is visible from outside.

lde prints its measurements; these tests compare them with QEMU and the console.
"""
import re

import pytest

USER_END = 1 << 38      # the kernel lives above


def run(boot, command, **options):
    """The console of a machine that ran one command and ended with status 0."""
    machine = boot(run=command, **options)
    assert machine.status(quiet=5) == 0
    return machine.console()


@pytest.mark.parametrize("name", ["syscall", "exit", "yield", "loop",
                                  "illegal", "privileged", "undefined",
                                  "divide"])
@pytest.mark.parametrize("cpus", [1, 2])
def test_each_part_succeeds(boot, name, cpus):
    """Every part of the protocol is shown and ends with status 0."""
    text = run(boot, f"lde {name}", cpus=cpus)
    assert re.search(r"^OS +\| hardware +\| program", text, re.M), text


def test_all_of_it(boot):
    """lde without arguments shows the whole protocol."""
    text = run(boot, "lde", cpus=1)
    for word in ("OS", "hardware", "program", "ecall", "sret"):
        assert word in text, f"no {word!r}"


def test_the_traps_are_real(boot, tmp_path):
    """QEMU's own log of traps contains the traps that lde reports.

    These are system calls from user mode, and timer interrupts of the looping
    program.
    """
    log = tmp_path / "traps"
    run(boot, "lde loop", cpus=1, icount="shift=4", args="icount",
        options=["-d", "int", "-D", str(log)])
    calls = loops = 0
    for line in log.read_text().split("\n"):
        found = re.search(r"epc:0x([0-9a-f]+).*desc=(\w+)", line)
        if found and int(found[1], 16) < USER_END:
            calls += found[2] == "user_ecall"
            loops += found[2] == "s_timer"
    assert calls > 10 and loops > 5, f"{calls} calls, {loops} timer traps"


def test_the_timer_gives_the_hart_back(boot):
    """One hart, one endless loop: another program still runs."""
    machine = boot(cpus=1)
    machine.prompt()
    machine.command("lde freeze > /null &")
    assert machine.command("echo still here") == "still here"


def test_without_the_timer_a_loop_freezes_the_machine(boot):
    """sched=coop on one hart: the shell, which only waits for a line, never
    runs, and the hart stays in user code.

    The test lasts two seconds on the machine's clock, which counts the
    instructions of the loop: 200 times the length of a slice with the timer.
    """
    machine = boot(cpus=1, args="sched=coop", icount="shift=5")
    machine.prompt(quiet=5)
    machine.send("lde freeze &\n")
    machine.expect("looping forever", quiet=5)
    machine.send("echo thawed\n")
    end = machine.clock() + 2
    while machine.clock() < end:
        assert machine.listen(), machine.tail()
    for _ in range(5):
        assert machine.registers()["pc"] < USER_END
    assert "\nthawed" not in machine.console()


def test_cooperating_programs_share_the_hart(boot):
    """sched=coop: programs that yield still take turns."""
    run(boot, "lde yield", cpus=1, args="sched=coop")


@pytest.mark.parametrize("name, cause", [
    ("illegal", "fault"), ("privileged", "illegal instruction"),
    ("undefined", "illegal instruction")])
def test_offenders_are_ended_and_named(boot, name, cause):
    """One line names program, pid, cause, pc, and address; the rest
    continues."""
    machine = boot(cpus=2)
    machine.prompt()
    text = machine.command(f"lde {name}", quiet=3)
    line = next((line for line in text.split("\n") if cause in line), "")
    assert re.search(r"lde.*\d+.*0x[0-9a-f]+.*0x[0-9a-f]+", line), text
    assert machine.command("echo alive") == "alive"


def test_control_costs_next_to_nothing(boot):
    """Four loops share a hart evenly, and nothing is lost between them.

    This runs under icount, so the shares are of instructions, not of time.
    """
    text = run(boot, "lde loop", cpus=1, icount="shift=0", args="icount")
    shares = [int(n) for n in re.findall(r"looped, (\d+) %", text)]
    assert len(shares) == 4, text
    assert min(shares) >= 20 and sum(shares) >= 95, shares
