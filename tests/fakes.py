"""Fake programs, for tests of make and of the setup."""
import os
import shutil

# The programs that our scripts and make need on any system.
BASICS = ("awk", "bash", "cat", "chmod", "cmp", "cp", "cut", "dd", "df", "dirname",
          "env", "find", "grep", "head", "id", "ls", "mkdir", "mktemp", "mv",
          "printf", "rm", "sed", "sh", "sleep", "sort", "tail", "tee",
          "touch", "tr", "uname")


class Fakes:
    """A directory for the PATH, before the system's own programs; or, if
    `alone`, instead of them, with BASICS."""

    def __init__(self, directory, alone=False):
        self.directory = directory
        self.alone = alone
        directory.mkdir(exist_ok=True)
        for name in BASICS if alone else ():
            self.borrow(name)

    def borrow(self, *names):
        """Link the system's own program of that name."""
        for name in names:
            os.symlink(shutil.which(name), self.directory / name)

    def put(self, name, script="exit 0"):
        """Create a program of that name that runs that shell script."""
        path = self.directory / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        path.chmod(0o755)
        return self

    @property
    def path(self):
        if self.alone:
            return str(self.directory)
        return f"{self.directory}:{os.environ['PATH']}"
