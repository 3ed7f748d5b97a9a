"""The models of memory order (`make models`) match the present kernel."""
import shutil

import pytest

import models
from sources import text

KEPT = models.read()
MODELLED = [kernel["code"] for kernel in KEPT["kernels"]]
NEEDS = {"gcc-linux": "riscv64-linux-gnu-gcc", "clang": "clang"}


@pytest.mark.parametrize("name", models.BUILDS)
def test_what_was_modelled_is_what_runs(name):
    """The instructions of each access are those that herd7 has tested; if not,
    run `make models`."""
    if name in NEEDS and shutil.which(NEEDS[name]) is None:
        pytest.skip(f"no {NEEDS[name]}")
    directory = models.build(models.BUILDS[name])
    assert models.sequences(f"{directory}/kernel.elf") in MODELLED


def test_page_states_the_results():
    """docs/memory-order.md contains the last results."""
    page = text("docs/memory-order.md")
    assert models.page_with(page, models.section(KEPT)) == page


@pytest.mark.parametrize("kernel", MODELLED, ids=len)
def test_each_order_was_needed(kernel):
    """Each ordered access is in a group whose order some model needs; and an
    access without its order would differ from the modeled one."""
    needed = {name for model in models.MODELS
              for group in model.needed for name in group}
    for name, code in kernel.items():
        weak = models.without_order(code)
        assert weak == code or name in needed, name
        assert weak == code or {**kernel, name: weak} not in MODELLED
