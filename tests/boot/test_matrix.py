"""The matrix of builds and machines: its pairs, and some of its rows."""
import itertools

import pytest

import matrix
from commands import run

# Every value at least once, in few builds; `make matrix` tests all pairs.
SLICE = [dict(zip(matrix.FACTORS, values)) for values in [
    (1, "32M", "sbi", 1000, "ram", "elf", "2", 1, "dynamic"),
    (2, "8G", "sstc", 10, "ram", "elf", "2", 1, "qemu"),
    (3, "128M", "no sstc", 100, "virtio", "elf", "g", 0, "jump"),
    (4, "1G", "sbi", 1000, "ram", "linux", "2", 0, "jump"),
    (8, "8G", "sstc", 100, "virtio", "clang", "2", 0, "dynamic"),
    (8, "32M", "no sstc", 10, "virtio", "elf", "2", 0, "qemu")]]
TESTS = "cow_* sbrk* preempt sleep fork_storm kill_spin exec_storm writers fp_*"


def test_every_pair_is_in_the_matrix():
    """Each pair of values of two factors is in a row, or is excluded by
    name."""
    rows = matrix.covering_rows()
    for a, b in itertools.combinations(matrix.FACTORS, 2):
        for pair in itertools.product(matrix.FACTORS[a], matrix.FACTORS[b]):
            together = dict(zip((a, b), pair))
            excluded = together in [each for each, _ in matrix.EXCLUDED]
            found = [row for row in rows if together.items() <= row.items()]
            assert bool(found) != excluded, f"{together} in {len(found)} rows"


def test_the_matrix_is_small():
    """Not the full product: at most half as many again as necessary."""
    sizes = sorted(map(len, matrix.FACTORS.values()))
    assert len(matrix.covering_rows()) <= 1.5 * sizes[-1] * sizes[-2]


def test_the_slice_has_every_value():
    for name, values in matrix.FACTORS.items():
        assert {row[name] for row in SLICE} == set(values), name


@pytest.mark.parametrize("row", SLICE, ids=lambda row: "-".join(
    str(value) for value in row.values()))
def test_slice(row):
    """This build on this machine passes tests of each kind."""
    problem = matrix.try_row(row, tests=TESTS, fill=matrix.SPARSE)
    assert problem is None, problem


@pytest.mark.parametrize("words", [["99"], ["0"], ["many"], ["--fast"]])
def test_bad_words_are_an_error(words):
    """A row that does not exist is reported, and nothing is built."""
    done = run(["/usr/bin/python3", "tests/matrix.py", *words])
    assert done.returncode == 2
    assert "usage: matrix.py" in done.stdout and words[0] in done.stdout


def test_a_failing_row_is_reported():
    """Failing work makes the row fail, and the console shows why."""
    row = dict(SLICE[0], disk="virtio", mem="128M")
    problem = matrix.try_row(row, tests="pids", fill="false")
    assert problem.startswith("status 1\n") and "tether: boot hart" in problem
