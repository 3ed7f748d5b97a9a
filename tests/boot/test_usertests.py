"""The programs that try the system calls from inside."""
import re
import time

import pytest

from machine import limit


def expect_success(machine, quiet):
    """Wait for the end of usertests; report which cases failed, and why."""
    status = machine.status(quiet)
    failed = re.findall(r"(?:^    .*\n)+^test .*FAILED.*", machine.console(),
                        re.M)
    assert status == 0, "\n".join(failed) or machine.tail()


@pytest.mark.parametrize("cpus", [1, 4])
def test_usertests(boot, each_tree, cpus):
    """Every quick case passes, on one hart and on four, in both builds."""
    machine = boot(build=each_tree, cpus=cpus, run="usertests -q")
    expect_success(machine, 30)
    assert re.search(r"\n\d+ passed, 0 failed", machine.console())


FAILING = {
    "fails_check": r"failing.c:\d+: 1 \+ 1 is 2, not 3",
    "fails_to_remove": "left behind: the file rest",
    "fails_to_stay_inside": "left behind: free blocks",
    "fails_by_fault": "status -1",
    "fails_among_children": r"1 \+ 1 is 2, not 3",
    "fails_to_end_children": "left running: sleep, pid",
}


def test_failing_is_noticed(boot):
    """A failing case says why and how to repeat it, and does not affect later
    cases."""
    names = " fight ".join(["", *FAILING, ""])
    machine = boot(cpus=2, run=f"usertests -s 7{names}")
    assert machine.status(quiet=40) == 1
    console = machine.console()
    for name, reason in FAILING.items():
        part = re.search(rf"\ntest {name}\n(.*?)\n(.*)\n    to repeat it: "
                         rf"usertests -s 7 {name}\n", console, re.S)
        assert part and re.search(reason, part[0]), console
    assert "test fight: OK" in console
    assert f"1 passed, {len(FAILING)} failed" in console


@pytest.mark.parametrize("name", ["fails_among_children",
                                  "fails_to_end_children"])
def test_a_failed_case_leaves_nothing_running(boot, name):
    """Its children are listed and killed, including those in other groups."""
    machine = boot(cpus=2)
    machine.prompt()
    before = machine.command("ps")
    printed = machine.command(f"usertests {name}", quiet=20)
    assert "left running: sleep, pid" in printed
    assert "left running: usertests, pid" in printed
    assert "0 passed, 1 failed" in printed
    names = [line.split()[-1] for line in before.split("\n")]
    after = machine.command("ps")
    assert [line.split()[-1] for line in after.split("\n")] == names, after


@pytest.mark.parametrize("cpus, words", [(1, "mmap_agree_long"),
                                         (4, "-r 8 mmap_agree")])
def test_files_and_mappings_agree(boot, cpus, words):
    """Random operations on files and their mappings, on one hart and on four:
    100,000 and 25,600. (100,000 take two minutes on four harts if the host has
    two.)"""
    machine = boot(cpus=cpus, run=f"usertests {words}")
    expect_success(machine, 60)


def test_what_fork_shares(boot):
    """A program that uses two thirds of memory can fork. If it copies more than
    there is, it ends with a clear message, and no other process does."""
    machine = boot(cpus=2, run="usertests fork_shares fork_generations "
                               "fork_copies_too_much fork_outlives")
    expect_success(machine, 20)
    assert machine.console().count("store page fault: out of memory") == 2


def test_strict_promises(boot):
    """commit=strict: fork promises a full copy or fails."""
    machine = boot(cpus=2, args="commit=strict",
                   run="usertests fork_* memory_fork no_memory")
    expect_success(machine, 30)


def test_no_such_way_to_promise(boot):
    machine = boot(args="commit=lax")
    assert machine.status() == 101
    assert "commit=lax: it can only be strict" in machine.console()


def test_mapped_pages_are_given_back(boot):
    """With 6 MiB of memory left a file of 12 MiB can be mapped and read."""
    machine = boot(run="usertests mapped_pages_go")
    expect_success(machine, 20)


@pytest.mark.parametrize("cpus", [1, 4])
def test_no_byte_waits_for_a_tick(boot, cpus):
    """A thousand bytes go back and forth without waiting for a tick. The clock
    counts instructions here, so other load on the host does not matter."""
    machine = boot(cpus=cpus, icount="shift=0,sleep=off", args="icount",
                   run="usertests pipe_ping_pong")
    expect_success(machine, 10)
    seconds = re.search(r"pipe_ping_pong: OK \((.*) s\)", machine.console())
    assert float(seconds[1]) < 1


@pytest.mark.parametrize("words, complaint", [
    ("-s x", "not a seed: x"), ("-s -1", "not a seed: -1"),
    ("-s 4294967296", "not a seed"), ("-s", "a number must follow -s"),
    ("-r 0", "not a number of rounds: 0"), ("-r -1", "rounds: -1"),
    ("-r 2x", "rounds: 2x"), ("-r", "a number must follow -r"),
    ("-z", "unknown option: -z")])
def test_bad_options(boot, words, complaint):
    """Invalid options are reported, nothing runs, and the status is 2."""
    machine = boot(run=f"usertests {words}")
    assert machine.status() == 2
    assert complaint in machine.console()
    assert "\ntest " not in machine.console()


def test_no_such_case(boot):
    machine = boot(run="usertests nonsense")
    assert machine.status() == 1
    assert "no test has such a name" in machine.console()


@pytest.mark.parametrize("cpus", [1, 4])
def test_races_under_a_fast_timer(boot, each_tree, cpus):
    """Ten thousand ticks a second: a switch at almost every instruction."""
    machine = boot(build=each_tree, cpus=cpus, args="hz=10000",
                   run="usertests race_* fight cow_* kill_* exit_race pipe_* "
                       "fork_storm fork_exec_storm registers_* fp_*")
    expect_success(machine, 60)


def test_where_the_numbers_of_processes_end(boot):
    """They start again.  (The last case faults, and so prints its pid.)"""
    last = 0x3fffffff
    machine = boot(cpus=2, args=f"pid={last - 20}",
                   run="usertests pids fork_hundred proclist fails_by_fault")
    assert machine.status(quiet=10) == 1
    assert "3 passed, 1 failed" in machine.console()
    number = re.search(r"usertests: pid (\d+) killed", machine.console())
    assert 1 < int(number[1]) < 1000


def test_kill_while_nobody_reads(boot):
    """A process that waits for the console to accept output can be killed, and
    the machine can be powered off."""
    machine = boot(cpus=2, run="cat /zero > /console & sleep 20; kill %1; "
                               "wait %1")
    end = time.monotonic() + limit(10)
    while machine.child.isalive() and time.monotonic() < end:
        time.sleep(0.1)             # and its output is not read
    assert not machine.child.isalive()
    assert machine.child.exitstatus == 255      # of -1: killed


def test_more_harts_than_there_is_room_for(boot):
    """Those are named and not started; the others work.  The hart that boots is
    never one of them, and which one that is the firmware decides by a race."""
    machine = boot(cpus=66, run="usertests pids")
    expect_success(machine, 20)
    assert "\n1 passed, 0 failed" in machine.console()
    assert machine.console().count(" ignored: more than 64") == 2


def test_usertests_in_little_memory(boot, small_image):
    """32 MiB are enough for the quick cases."""
    machine = boot(cpus=2, mem="32M", image=small_image, run="usertests -q")
    expect_success(machine, 30)
    assert re.search(r"\n\d+ passed, 0 failed", machine.console())


@pytest.mark.parametrize("timer", ["sbi", "sstc"])
def test_forktest(boot, small_image, timer):
    """Fork until it fails, then reap all children, twice."""
    machine = boot(cpus=2, mem="32M", image=small_image,
                   args=f"timer={timer}", run="forktest && forktest")
    assert machine.status(quiet=20) == 0
    assert machine.console().count("\nforktest: OK\n") == 2


def test_stressfs(boot):
    """Many processes write, read, and delete at once, on four harts."""
    machine = boot(cpus=4, run="stressfs")
    assert machine.status(quiet=10) == 0
    assert "\nstressfs: OK\n" in machine.console()
