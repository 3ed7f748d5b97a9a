"""Shortage of memory: programs may fail, the kernel may not."""
import pytest


@pytest.mark.parametrize("every", [7, 23, 101])
def test_failing_allocations(boot, checked_tree, every):
    """When every N-th allocation fails, many processes and pipes end in
    ordinary errors; the kernel neither panics nor hangs."""
    machine = boot(build=checked_tree, cpus=2,
                   args=f"failalloc={every}",
                   run="forktest; stressfs; ls | cat | wc; forktest; exit 0")
    assert machine.status() == 0, machine.tail()
    assert "panic" not in machine.console()
    assert "forktest:" in machine.console() and "stressfs:" in machine.console()
