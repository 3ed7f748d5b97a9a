"""The machine that tests use: its limits of time follow the host, also when it
becomes busy meanwhile; status 0 alone proves nothing."""
import pytest

import machine as machines
from commands import PREFIX, run


@pytest.fixture
def host(monkeypatch):
    """A host that is first quiet and then as slow as is said."""
    paces = [1.0]
    monkeypatch.setattr(machines, "measure_pace", lambda: paces[-1])
    monkeypatch.setattr(machines, "SLACK", 0.02)
    machines.measured.cache_clear()
    yield paces
    machines.measured.cache_clear()


def test_a_host_that_becomes_busy(boot, host):
    """The firmware boots in more than the limit of a quiet host: it is waited
    for, because the host is found to be slower by then."""
    machine = boot(cpus=1)
    assert machines.limit(1) < machines.FIRMWARE_BOOT / 2
    host.append(1e4)
    machine.prompt()
    assert machines.pace() == 1e4


def test_a_host_that_stays_quiet(boot, host):
    """It is not waited for longer than was said."""
    machine = boot(cpus=1)
    with pytest.raises(AssertionError, match="no 'never' within 0 s"):
        machine.expect("never")
    with pytest.raises(AssertionError, match="still running after 0 s"):
        machine.status()


def test_what_is_slower_by_a_little_is_not(host):
    """Measurements wobble: one that is a tenth higher says nothing."""
    assert machines.pace() == 1.0
    host.append(1.1)
    assert not machines.has_slowed() and machines.pace() == 1.0
    host.append(1.3)
    assert machines.has_slowed() and machines.pace() == 1.3


def test_status_0_is_not_enough(boot, tmp_path):
    """A payload that ends QEMU well, and says nothing, has not booted."""
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
    """What it says counts."""
    machine = boot(run="echo panic: not really")
    with pytest.raises(AssertionError, match="panic: not really"):
        machine.status()
