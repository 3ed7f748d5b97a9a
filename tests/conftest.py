"""What all tests share: the built trees, the machines, the last line.

Run everything with `make test`, or one file (tests/README.md) with

    /usr/bin/python3 -m pytest tests/boot/test_shell.py

Each session builds what its tests need, so a single file can be run alone.
"""
import collections
import os
import sys

import pytest

import images
import machine as machines
import progress
from commands import make

sys.dont_write_bytecode = True


@pytest.fixture(scope="session")
def tree():
    """The normal build, up to date, with fsck."""
    make("all", f"{machines.BUILD}/fsck")
    return machines.BUILD


@pytest.fixture(scope="session")
def checked_tree():
    """The checked build, up to date."""
    make("CHECK=1", f"B={machines.CHECKED}")
    return machines.CHECKED


@pytest.fixture(params=["normal", "checked"])
def each_tree(request):
    """Both builds, one after the other."""
    name = "tree" if request.param == "normal" else "checked_tree"
    return request.getfixturevalue(name)


@pytest.fixture(scope="session")
def small_image(tree, tmp_path_factory):
    """An image that fits a machine with 32 MiB: without the largest programs,
    which no test needs there."""
    path = tmp_path_factory.mktemp("small") / "fs.img"
    return images.make_image(path, size="7M", without=("bench", "grind"))


@pytest.fixture
def boot(tree, request):
    """Starts machines; shows their consoles if the test fails."""
    started = []

    def start(**options):
        started.append(machines.Machine(**options))
        return started[-1]

    yield start
    failed = getattr(request.node, "failed", False)
    for number, machine in enumerate(started):
        machine.end()
        if failed:
            print(f"--- console {number}: {machine.tail()}")


@pytest.fixture
def shell(boot):
    """A machine whose shell waits for a command."""
    machine = boot(cpus=2)
    machine.prompt()
    return machine


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """With -q, as in `make test`, progress.py prints the progress."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.option.verbose == -1:
        config.pluginmanager.register(progress.Progress(reporter))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call":
        item.failed = report.failed


def part_of(path):
    """The part a test belongs to: its directory, or its file if that is a
    part."""
    directory, _, file = path.removeprefix("tests/").rpartition("/")
    file = file.removeprefix("test_").removesuffix(".py")
    if directory == "" or file in ("usertests", "matrix"):
        return file
    return directory


def part_times(reports):
    """Seconds of each part, in the order they ran, after the time of make."""
    times = collections.Counter()
    if "BUILD_SECONDS" in os.environ:
        times["make"] = float(os.environ["BUILD_SECONDS"])
    for report in reports:
        part = part_of(report.nodeid.partition("::")[0])
        times[part] += getattr(report, "duration", 0)   # an import has none
    return times


def pytest_terminal_summary(terminalreporter):
    stats = terminalreporter.stats
    times = part_times(report for kind in ("", "passed", "failed", "error")
                       for report in stats.get(kind, ()))
    for part, seconds in [*times.items(), ("all", sum(times.values()))]:
        terminalreporter.write_line(f"{part:12} {seconds:6.1f} s")
    progress.list_skipped(terminalreporter)
    terminalreporter.config.last_line = progress.count_line(stats)


def pytest_unconfigure(config):
    """The session's very last line, for people and for scripts."""
    if hasattr(config, "last_line"):
        print(config.last_line)
