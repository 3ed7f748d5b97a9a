"""The tests' Machine: its time limits follow the host, even if the host becomes
busy meanwhile; and status 0 alone proves nothing."""
import pytest

import machine as machines
from commands import PREFIX, run


@pytest.fixture
def host(monkeypatch):
    """A host that is idle at first and then as slow as given."""
    paces = [1.0]
    monkeypatch.setattr(machines, "measure_pace", lambda: paces[-1])
    monkeypatch.setattr(machines, "SLACK", 0.02)
    machines.measured.cache_clear()
    yield paces
    machines.measured.cache_clear()


def test_a_host_that_becomes_busy(boot, host):
    """The firmware exceeds the limit of an idle host, but the test waits,
    because the host has become slower."""
    machine = boot(cpus=1)
    assert machines.limit(1) < machines.FIRMWARE_BOOT / 2
    host.append(1e4)
    machine.prompt()
    assert machines.pace() == 1e4


def test_a_host_that_stays_quiet(boot, host):
    """The limit holds."""
    machine = boot(cpus=1)
    with pytest.raises(AssertionError, match="no 'never' within 0 s"):
        machine.expect("never")
    with pytest.raises(AssertionError, match="still running after 0 s"):
        machine.status()


def test_what_is_slower_by_a_little_is_not(host):
    """Measurements vary: a pace that is a tenth higher changes nothing."""
    assert machines.pace() == 1.0
    host.append(1.1)
    assert not machines.has_slowed() and machines.pace() == 1.0
    host.append(1.3)
    assert machines.has_slowed() and machines.pace() == 1.3


def test_status_0_is_not_enough(boot, tmp_path):
    """A payload that ends QEMU with 0 and prints nothing has not booted."""
    source, payload = tmp_path / "end.S", tmp_path / "end.elf"
    source.write_text("li a0, 0x100000; li a1, 0x5555; sw a1, 0(a0)\n"
                      "1: wfi; j 1b\n")
    done = run([f"{PREFIX}gcc", "-nostdlib", "-march=rv64i", "-mabi=lp64",
                "-Wl,-N,-Ttext=0x80200000,-e0x80200000", "-o", str(payload),
                str(source)])
    assert done.returncode == 0, done.stdout
    machine = boot(image=False, options=["-kernel", str(payload)])
    with pytest.raises(AssertionError, match="it did not boot"):
        machine.status()


def test_a_panic_with_status_0_is_none_either(boot):
    """The console decides."""
    machine = boot(run="echo panic: not really")
    with pytest.raises(AssertionError, match="panic: not really"):
        machine.status()
