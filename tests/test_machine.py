"""Limits of time follow the host, also when it becomes busy meanwhile."""
import pytest

import machine as machines


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
