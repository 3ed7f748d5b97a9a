"""Shows the progress of `make test` in place of pytest's dots.

A failed test is reported at once, with the first line of the reason.  On a
terminal one line, continually rewritten, shows the progress and the current
test; in a log such a line is written now and then.  At the end each skipped
test is listed with its reason, and the counts come last.
"""
import time

import pytest

LOG_SECONDS = 30        # between two lines in a log, unless a file is done
LOG_SECONDS_LEAST = 3   # minimum between two lines
REASON_MAX = 160        # characters of a reason
NAME_MAX = 60           # of the name of the current test


def clock(seconds):
    """Minutes and seconds, as on a clock."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def first_line(text):
    """The first informative line, without the kind of exception."""
    for line in text.removeprefix("AssertionError:").split("\n"):
        if line.strip():
            return line.strip()[:REASON_MAX]
    return "no reason given"


def reason_of(report):
    """Why a test failed or was skipped, in one line."""
    if report.skipped:
        return first_line(report.longrepr[2].removeprefix("Skipped: "))
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash:
        return first_line(crash.message)
    text = str(report.longrepr)         # of a file that cannot be imported
    return first_line(text.rpartition("\nE  ")[2])


def count_line(stats):
    """N passed, N failed; and how many were skipped, if any were."""
    passed = len(stats.get("passed", ()))
    failed = sum(len(stats.get(kind, ())) for kind in ("failed", "error"))
    skipped = len(stats.get("skipped", ()))
    return (f"{passed} passed, {failed} failed"
            + f", {skipped} skipped" * (skipped > 0))


class Progress:
    """A plugin for pytest, for sessions with -q."""

    def __init__(self, reporter):
        self.reporter = reporter
        self.total = self.done = self.failed = self.skipped = 0
        self.file = None                # of the most recent test
        self.over = False               # all tests have run
        self.begun = self.shown = time.monotonic()
        reporter._show_progress_info = False    # no second percentage

    def line(self):
        """The progress."""
        return (f"{self.done} of {self.total} tests"
                + f", {self.failed} failed" * (self.failed > 0)
                + f", {self.skipped} skipped" * (self.skipped > 0)
                + f", {clock(time.monotonic() - self.begun)}")

    def show(self, nodeid):
        """Print the progress, and which test comes next."""
        name = nodeid.removeprefix("tests/")
        file = name.partition("::")[0]
        if self.reporter.isatty:
            self.reporter.rewrite(f"{self.line()}  {name[:NAME_MAX]}",
                                  erase=True)
            self.reporter.flush()
            return
        since = time.monotonic() - self.shown
        if since > (LOG_SECONDS if file == self.file else LOG_SECONDS_LEAST):
            self.reporter.write_line(f"{self.line()}, now {file}")
            self.reporter.flush()
            self.shown = time.monotonic()
        self.file = file

    def clear(self):
        if self.reporter.isatty:
            self.reporter.rewrite("", erase=True)

    def name_failed(self, nodeid, reason):
        self.clear()
        self.reporter.write_line(f"FAILED {nodeid}: {reason}")
        self.reporter.flush()

    # -- what pytest calls -----------------------------------------------

    def pytest_collection_finish(self, session):
        self.total = len(session.items)

    def pytest_collectreport(self, report):
        if report.failed:
            self.name_failed(report.nodeid, reason_of(report))

    def pytest_runtest_logstart(self, nodeid):
        self.show(nodeid)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.failed += 1
            self.name_failed(report.nodeid, reason_of(report))
        self.skipped += report.skipped
        self.done += report.when == "teardown"

    @pytest.hookimpl(hookwrapper=True)
    def pytest_report_teststatus(self):
        """Print nothing for a single test as it ends: no dot."""
        outcome = yield
        if not self.over:
            outcome.force_result((outcome.get_result()[0], "", ""))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self):
        self.clear()
        self.over = True


def list_skipped(reporter):
    """Each skipped test with its reason."""
    for report in reporter.stats.get("skipped", ()):
        reporter.write_line(f"SKIPPED {report.nodeid}: {reason_of(report)}")
