"""usertests detects a bug that is put into the kernel."""
import pytest

import seeded


@pytest.mark.parametrize("name", ["12-rmdir-of-a-full-directory",
                                  "02-fork-parent-keeps-right"])
def test_it_is_noticed(tree, name):
    """One bug that gives a wrong result, and one that prevents the start.
    (`make seeded` tests all.)"""
    with seeded.Copy() as copy:
        assert seeded.try_bug(copy, name)
