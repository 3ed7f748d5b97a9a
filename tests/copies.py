"""Copies of the built tree, for tests that would change it."""
import os
import shutil

from machine import BUILD, ROOT

PARTS = ["Makefile", "kernel.ld", "README.md", "kernel", "user", "mkfs",
         "tools", *(f"{BUILD}/{name}" for name in
                    ("kernel", "user", "obj", "stamps", "help.h",
                     "kernel.elf", "mkfs", "fsck"))]


def copy_tree(directory):
    """A built copy of the tree; it keeps file times, so that make builds
    nothing."""
    (directory / BUILD).mkdir()
    for part in PARTS:
        source = os.path.join(ROOT, part)
        if os.path.isdir(source):
            shutil.copytree(source, directory / part)
        else:
            shutil.copy2(source, directory / part)
    return directory
