"""Runs commands of the host; make among them."""
import os
import subprocess

from machine import ROOT


def run(words, **options):
    """Run a host command in the root folder; its result, never raising.

    `make` above us must not hand its own variables down.  env= changes the
    environment; None takes a variable out.
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
    """Run make and insist that it succeeds; what it printed."""
    done = run(["make", *words])
    assert done.returncode == 0, f"make {' '.join(words)}:\n{done.stdout}"
    return done.stdout
