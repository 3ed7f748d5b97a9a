"""Runs commands of the host; make among them."""
import os
import subprocess

from machine import ROOT

PREFIX = os.environ.get("TOOLPREFIX", "riscv64-unknown-elf-")


def run(words, **options):
    """Run a host command in the root directory; returns its result, never
    raises.

    The variables of an enclosing `make` are not passed on.  env= changes the
    environment; None removes a variable.
    """
    changes = {"MAKEFLAGS": None, "MAKELEVEL": None, "MFLAGS": None,
               **options.pop("env", {})}
    env = {name: value for name, value in {**os.environ, **changes}.items()
           if value is not None}
    options.setdefault("stderr", subprocess.STDOUT)
    return subprocess.run(words, cwd=ROOT, env=env, text=True,
                          errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, **options)


def make(*words):
    """Run make, which must succeed; returns its output."""
    done = run(["make", *words])
    assert done.returncode == 0, f"make {' '.join(words)}:\n{done.stdout}"
    return done.stdout


def symbol(tree, name):
    """The address and size of a symbol in a build's kernel."""
    kernel = os.path.join(ROOT, tree, "kernel.elf")
    return next((int(words[0], 16), int(words[1], 16))
                for words in map(str.split,
                                 run([PREFIX + "nm", "-S", kernel]).stdout.splitlines())
                if words[-1] == name and len(words) == 4)
