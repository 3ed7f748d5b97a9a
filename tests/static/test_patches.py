"""The bugs in tests/seeded, which `make seeded` puts into the kernel."""
import pathlib

import pytest

from commands import run

PATCHES = sorted(pathlib.Path("tests/seeded").glob("*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_it_still_fits(patch):
    """Each patch describes its bug, and applies to the present kernel."""
    assert patch.read_text().partition("\n")[0].endswith((".", ").")), patch
    done = run(["git", "apply", "--check", str(patch)])
    assert done.returncode == 0, done.stdout


def test_there_are_twenty():
    assert len(PATCHES) == 20
