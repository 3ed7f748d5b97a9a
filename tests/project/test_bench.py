"""Costs: as expected, exactly repeatable, and independent of size.

tools/bench does the measuring (see docs/performance.md).  Here its results are
compared with the committed figures, and it is tested on known costs.
"""
import os
import re
import sys

import pytest

from commands import run
from images import make_image
from machine import QEMU, ROOT

sys.path.insert(0, os.path.join(ROOT, "tools", "bench"))

import bench  # noqa: E402
import counted  # noqa: E402
import disk  # noqa: E402
import expected  # noqa: E402
import growth  # noqa: E402
import plot  # noqa: E402
import rows  # noqa: E402
import wall  # noqa: E402

RESOLUTION = 100        # instructions per step of the clock
SETTLE = 12_000         # limit for instructions in two seconds after a row
LISTED_LINE = 100_000   # maximum instructions for a line of ^P
NULL_CALL_CSRS = 8     # CSR accesses of a null call


@pytest.fixture(scope="module", autouse=True)
def plugin(tree):
    why = counted.refusal()
    if why:
        pytest.skip(why)
    counted.build()


@pytest.fixture(scope="module")
def figures_of_control():
    return bench.measure_control()[1]


@pytest.fixture(scope="module")
def measured():
    """All rows, measured once."""
    return counted.measure("bench", quiet=60, mem=bench.MEM)


# -- the figures ---------------------------------------------------------

def test_figures_are_as_expected(measured, figures_of_control):
    """No figure is more than 3 % worse than the committed one."""
    where = expected.setting()
    wanted = expected.of(where)
    if wanted is None:
        pytest.skip(expected.nothing_for(where))
    figures = {**figures_of_control,
               **{row.name: row.each for row in measured}}
    events = {row.name: row.events_each for row in measured}
    assert rows.compare(figures, wanted["figures"]) == []
    assert rows.compare_events(events, wanted.get("events", events)) == []


def test_the_same_is_expected_of_each_setting(measured, figures_of_control):
    """Each entry belongs to one setting and has a figure for each row; and
    event counts, unless it was made before they were counted."""
    entries = expected.read()
    wheres = [tuple(entry[name] for name in ("qemu", "firmware", "compiler"))
              for entry in entries]
    assert len(set(wheres)) == len(entries) >= 2
    names = {*figures_of_control, *(row.name for row in measured)}
    assert [set(entry["figures"]) ^ names for entry in entries] == \
        [set()] * len(entries)
    counted_rows = {row.name: set(counted.EVENTS) for row in measured}
    found = [{name: set(events) for name, events in entry["events"].items()}
             for entry in entries if "events" in entry]
    assert found == [counted_rows] * len(found)


def test_every_row_of_the_table_is_measured(measured):
    assert set(rows.TABLE) <= {row.name for row in measured}


def test_two_runs_are_identical(measured):
    """Two runs agree to the instruction: firmware, kernel, programs, and
    idling."""
    assert counted.measure("bench", quiet=60, mem=bench.MEM) == measured


def test_sync_leaves_nothing_to_do(measured):
    """When sync returns, deferred work is done, in every row."""
    lasting = [row for row in measured if row.name.endswith(rows.LASTING)]
    assert len(lasting) >= 4
    assert {row.name: row.after for row in lasting
            if row.after > SETTLE} == {}


def test_a_program_keeps_its_hart(figures_of_control):
    """Nearly all instructions of a loop are its own, with either timer."""
    allowed = (100 - rows.USER_SHARE_AIM) * 10_000
    for timer in ("sbi", "sstc"):
        overhead = figures_of_control[f"overhead per million, timer={timer}"]
        assert 0 < overhead <= allowed, timer


def test_boot_keeps_its_promise(figures_of_control):
    assert 0 < figures_of_control[rows.BOOT] <= rows.BOOT_AIM


# -- the measuring -------------------------------------------------------

def test_plugin_and_clock_agree(measured):
    """Without faults and idling, the count equals the time: one instruction
    takes a nanosecond."""
    for name in ("getpid", "switch by yield", "read it back cached, per KiB",
                 "create a file of 100 bytes", "write 100 bytes and fsync"):
        row = next(row for row in measured if row.name == name)
        assert abs(row.cost.all - row.ticks * RESOLUTION) <= \
            RESOLUTION + row.cost.all // 100_000, name


def test_instructions_are_counted_where_they_are():
    """The instructions of a loop count for the program; those of a sleep do
    not."""
    loop, = counted.measure("bench compute", quiet=30)
    assert 300_000_000 <= loop.cost.program < 300_000_100
    sleep, = counted.measure("bench idle")
    assert sleep.ticks >= 10 * 10_000_000
    assert 0 < sleep.cost.idle < sleep.cost.all < 100_000


def test_events_are_counted_where_they_are():
    """A program that executes a known number of each event; and a null call,
    which runs no firmware, and whose only atomic ends a reservation."""
    found, = counted.measure("bench events", quiet=10)
    program = {name: counts.program
               for name, counts in zip(counted.EVENTS, found.events)}
    assert program == {"CSR accesses": 1000, "TLB flushes": 0, "fences": 2000,
                       "atomics": 3000, "traps": 0}
    kernel = {name: counts.kernel // 1000
              for name, counts in zip(counted.EVENTS, found.events)}
    assert kernel == {"CSR accesses": NULL_CALL_CSRS, "TLB flushes": 0,
                      "fences": 0, "atomics": 1, "traps": 1}


def test_blocks_are_zeroed_at_once():
    """With cbo.zero, touching a new page takes far fewer instructions."""
    asked = run([QEMU, "-machine", "virt", "-cpu", "rv64,zicboz=off",
                 "-nographic", "-kernel", "none that exists"])
    if "Property" in asked.stdout:
        pytest.skip("this QEMU has no Zicboz")
    off, on = (counted.measure("bench sbrk", cpu=f"rv64,zicboz={state}")[0]
               for state in ("off", "on"))
    assert on.each < 0.75 * off.each, f"{off.each} and {on.each} instructions"


def qemu_flushes(machine):
    """QEMU's own counts of flushes: of whole sets of tables, and of single
    ones."""
    said = machine.monitor("info jit")
    full, partial, elided = (
        int(re.search(rf"^TLB {name} flushes +(\d+)$", said, re.M)[1])
        for name in ("full", "partial", "elided"))
    return full, partial + elided


def test_flushes_are_those_of_qemu():
    """QEMU's own count for the same work agrees: nothing else flushes its TLB.
    A flush counts once if all its tables had entries, otherwise once for each
    table; QEMU decides how many there are."""
    flushes = counted.EVENTS.index("TLB flushes")
    seen = []
    with counted.Counted(at=("timer_arm",)) as machine:
        machine.prompt()
        for line in ("true", "bench events", "bench fork", "bench sbrk"):
            machine.command(line, quiet=10)
            machine.command("true")     # the last mark: idle afterwards
            last = machine.marks()[-1].events[flushes]
            seen.append((last.work + last.idle, *qemu_flushes(machine)))
    tables = {(parts[1] - parts[0]) / (ours[1] - ours[0] - full[1] + full[0])
              for ours, full, parts in
              (zip(*pair) for pair in zip(seen, seen[1:]))}
    assert len(tables) == 1 and 1 < tables.pop() <= 16, seen


def test_what_is_worse_is_said():
    """A figure more than 3 % worse, a missing one, and a new one."""
    expected = {"a": 1000.0, "b": 1000.0, "c": 1.0}
    worse = rows.compare({"a": 1031.0, "b": 1029.0, "d": 1.0}, expected)
    assert worse == ["a: 1,031.0, expected 1,000.0 (+3.1%)",
                     "c: expected, not measured",
                     "d: measured, not in tests/bench.expected.json"]
    assert rows.compare({"a": 1.0, "b": 1.0, "c": 1.0}, expected) == []


def test_more_events_are_said():
    """One event is reported where there was none; a tick may add one in ten."""
    expected = {"a": {"fences": 0.0, "traps": 100.0}}
    assert rows.compare_events({"a": {"fences": 0.09, "traps": 103.0},
                                "new": {"fences": 9.0}}, expected) == []
    assert rows.compare_events({"a": {"fences": 1.0, "traps": 104.0}},
                               expected) == [
        "a: 1.00 fences, expected 0.00", "a: 104.00 traps, expected 100.00"]


HERE = {"qemu": "7.2", "firmware": "OpenSBI 1.1", "compiler": "gcc 1"}
THERE = {**HERE, "firmware": "OpenSBI 1.6"}


def test_only_figures_of_the_same_setting_are_compared(tmp_path):
    """And only those figures are updated."""
    path = tmp_path / "expected.json"
    events = {"a": {"fences": 1.00049}}
    expected.write([expected.entry(HERE, {"a": 1.0}, events)], path)
    assert expected.of(THERE, path) is None
    expected.renew(THERE, {"a": 2.00049, "b": 3}, events, path)
    assert expected.of(HERE, path)["figures"] == {"a": 1.0}
    assert expected.of(THERE, path)["figures"] == {"a": 2.0, "b": 3}
    assert expected.of(THERE, path)["events"] == {"a": {"fences": 1.0}}
    expected.renew(HERE, {"a": 4}, events, path)
    assert [entry["figures"] for entry in expected.read(path)] == [
        {"a": 4}, {"a": 2.0, "b": 3}]


def test_it_is_said_when_nothing_is_compared(capsys):
    where = {"qemu": "99.1", "firmware": "OpenSBI 9", "compiler": "gcc 99"}
    assert bench.check(where, {"a": 1.0}, {}) == 0
    assert capsys.readouterr().out == (
        "not compared: no figures are expected of QEMU 99.1, OpenSBI 9, "
        "gcc 99\n")


def test_the_setting_is_what_it_is():
    """The setting in the machine's own words."""
    where = expected.setting()
    assert re.fullmatch(r"\d+\.\d+", where["qemu"])
    assert re.fullmatch(r"OpenSBI \d+\.\d+(\.\d+)?", where["firmware"])
    assert re.search(r"(gcc|clang).*\d+\.\d+", where["compiler"])
    assert f"version {where['qemu']}." in run([QEMU, "--version"]).stdout


@pytest.mark.parametrize("words", [
    ["bench.py", "--fast"], ["growth.py", "nothing"], ["disk.py", "many"],
    ["bench.py", "--wall", "--linux", "build/kernel.elf"],
    ["bench.py", "--linux", "build/kernel.elf", "--initrd", "build/fs.img"],
    ["bench.py", "--wall", "--linux", "no/such", "--initrd", "no/such"]])
def test_bad_command_lines(words):
    done = run([sys.executable, os.path.join("tools", "bench", words[0]),
                *words[1:]])
    assert done.returncode != 0
    assert "usage: " in done.stdout and "Traceback" not in done.stdout


@pytest.mark.parametrize("line", ["no such row", "grow", "grow directory none",
                                  "grow planets 3", "disk write",
                                  "disk fsync 2", "share", "share nothing"])
def test_bench_says_what_it_knows(shell, line):
    assert re.search("usage: bench|no such kind",
                     shell.command(f"bench {line}"))


def test_ticks_come_while_processes_are_listed():
    """^P prints a line for each process, which takes several thousand
    instructions; no tick waits longer than one line."""
    line = " ".join(["sleep 1000 &"] * 40)
    with counted.Counted(at=("sched_timer",), args="hz=1000",
                         mem=counted.MEM) as machine:
        machine.prompt()
        for _ in range(3):
            machine.command(line, quiet=5)
        machine.send("bench compute\n")
        while all(mark.number != counted.BEGIN for mark in machine.marks()):
            assert machine.listen(), machine.tail()
        for _ in range(5):
            machine.send("\x10")
            machine.expect("pgid hart", quiet=5)
            machine.expect(r"bench\r*\n", quiet=5)
        machine.expect(r"= 300 \d+ compute", quiet=30)
        marks = machine.marks()
    inside = [number for number, mark in enumerate(marks)
              if mark.number in (counted.BEGIN, counted.END)]
    ticks = [mark.counts.all for mark in marks[slice(*inside)]
             if mark.number == counted.AT]
    late = max(b - a for a, b in zip(ticks, ticks[1:])) - 1_000_000
    assert len(ticks) > 100 and late < LISTED_LINE


# -- by the clock --------------------------------------------------------

def test_another_system_is_measured_beside_ours():
    """Here another Tether prints the rows in place of a Linux."""
    done = run([sys.executable, "tools/bench/bench.py", "--wall", "--linux",
                "build/kernel.elf", "--initrd", "build/fs.img", "--append",
                'run="bench getpid switch"', "getpid"])
    assert done.returncode == 0, done.stdout
    row, = re.findall(r"^getpid +([\d.]+) +([\d.]+) +([\d.]+)$", done.stdout,
                      re.M)
    here, there, ratio = map(float, row)
    assert here > 0 and there > 0 and abs(ratio - here / there) < 0.1
    assert "switch" not in done.stdout      # this row was not requested


def test_a_system_without_rows_is_named():
    done = run([sys.executable, "tools/bench/bench.py", "--wall", "--linux",
                "build/kernel.elf", "--initrd", "build/fs.img", "--append",
                'run="echo = nothing"', "getpid"])
    assert done.returncode == 1
    assert "build/kernel.elf has printed no row" in done.stdout


@pytest.mark.parametrize("kind", wall.SHARED)
def test_work_is_shared_by_the_clock(kind, monkeypatch):
    """On four harts, however many the host has."""
    monkeypatch.setitem(wall.SHARED, kind, 1)
    total, longest = wall.shared(kind, 4)
    assert 0 < longest <= total


# -- growth --------------------------------------------------------------

@pytest.mark.parametrize("kind, sizes", [
    ("processes", (10, 2000)), ("directory", (10, 1000)), ("file", (1, 32)),
    ("image", (1024, 65536)), ("files", (1, 1000)), ("areas", (300, 3000)),
    ("present", (1, 64))])
def test_costs_do_not_grow(kind, sizes):
    """A small part of `make growth`."""
    most = growth.KINDS[kind].most
    assert growth.steep(growth.measure(kind, sizes), most) == []


def test_a_sleeping_process_takes_little_memory():
    table = growth.measure("processes", (100,))
    assert growth.large(table) == []


@pytest.mark.parametrize("kind", ["fork", "create"])
def test_harts_share_work_at_its_cost(kind):
    """Four harts spend at most a fifth more than one on the same work."""
    assert growth.shared(kind, 4) <= growth.shared(kind, 1) * growth.FLAT


def test_steep_costs_are_noticed():
    table = {"flat": [(1, 100), (10, 119)], "steep": [(1, 100), (10, 121)],
             "falling": [(1, 121), (10, 100)]}
    assert growth.steep(table) == ["steep: 1.21 times the cost",
                                   "falling: 1.21 times the cost"]
    sizes = {growth.BYTES: [(10, 40960), (20, 40961)]}
    assert growth.large(sizes) == ["40,961 bytes for each of 20 processes"]


def test_plots_are_the_same_each_time():
    """Plots show each point and each name, even with special characters."""
    table = {"a < b": [(1, 10), (10, 11), (100, 15)], "c": [(1, 1), (10, 1),
                                                            (100, 1)]}
    picture = plot.plot("Title", "things", table, ["1", "10", "100"])
    assert picture == plot.plot("Title", "things", table, ["1", "10", "100"])
    assert picture.count("<circle") == 4 and "a &lt; b" in picture
    assert "1.6" in picture      # the axis reaches a ratio of 1.5


# -- the disk ------------------------------------------------------------

@pytest.fixture(scope="module")
def image(tree, tmp_path_factory):
    return make_image(tmp_path_factory.mktemp("bench") / "fs.img", size="64M")


@pytest.fixture(scope="module")
def written(image):
    """The traffic of 16 MiB of a new file and one fsync."""
    return disk.write(image, 16)[0]


def test_new_data_is_written_once(written):
    """The log contains no copy of the file."""
    assert 16 * disk.MIB <= written.wr_bytes <= \
        disk.WRITE_AIM * 16 * disk.MIB


def test_two_flushes_a_commit(image):
    """One process that calls fsync repeatedly: one commit each."""
    found, _ = disk.fsync(image, 1, 20)
    assert 20 <= found.flush_operations <= disk.FLUSH_AIM * 20


def test_concurrent_fsyncs_share_commits(image):
    """Eight processes: fewer flushes than calls."""
    found, _ = disk.fsync(image, 8, 20)
    assert 20 <= found.flush_operations <= 8 * 20


def test_a_restart_reads_in_large_pieces(image, written):
    """After a boot, the file is not cached."""
    found, _ = disk.read_again(image)
    assert found.rd_bytes >= 16 * disk.MIB
    assert found.read_size >= disk.REQUEST_AIM
