"""Programs that pretend to be others, for tests of make and of the set-up."""
import os
import shutil

# What our scripts and make need of any system.
BASICS = ("awk", "bash", "cat", "chmod", "cmp", "cp", "cut", "dd", "df", "dirname",
          "env", "find", "grep", "head", "id", "ls", "mkdir", "mktemp", "mv",
          "printf", "rm", "sed", "sh", "sleep", "sort", "tail", "tee",
          "touch", "tr", "uname")


class Fakes:
    """A directory for the PATH.  Before the system's own programs; alone, with
    BASICS, where `alone` is said."""

    def __init__(self, directory, alone=False):
        self.directory = directory
        self.alone = alone
        directory.mkdir(exist_ok=True)
        for name in BASICS if alone else ():
            self.borrow(name)

    def borrow(self, *names):
        """The system's own program of that name."""
        for name in names:
            os.symlink(shutil.which(name), self.directory / name)

    def put(self, name, script="exit 0"):
        """A program of that name which runs that shell script."""
        path = self.directory / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        path.chmod(0o755)
        return self

    @property
    def path(self):
        if self.alone:
            return str(self.directory)
        return f"{self.directory}:{os.environ['PATH']}"
