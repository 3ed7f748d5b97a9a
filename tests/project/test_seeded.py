"""usertests notices a bug that is put into the kernel."""
import pytest

import seeded


@pytest.mark.parametrize("name", ["12-rmdir-of-a-full-directory",
                                  "02-fork-parent-keeps-right"])
def test_it_is_noticed(tree, name):
    """One that gives a wrong result, and one with which nothing even begins.
    (`make seeded` tries all.)"""
    with seeded.Copy() as copy:
        assert seeded.try_bug(copy, name)
