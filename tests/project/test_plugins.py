"""The plugins of the bench and the profile, and the QEMU that must load them.

QEMU's plugin interface has changed and will change again.  If the plugins do
not know its version, or there is none, one line says so.
"""
import functools
import os
import subprocess

import pytest

from commands import run
from machine import QEMU, ROOT

VERSION = os.path.join("tools", "plugin_version")
SOURCES = {"count": ["tools/bench/count.c"],
           "profile": [f"tools/profile/{name}.c"
                       for name in ("image", "plugin", "stack")]}
KNOWN = range(1, 8)

REFUSAL = ("Could not load plugin ask.so: plugin requires API version "
           "2147483647, but this QEMU supports only up to version %d")
UNKNOWN = ("qemu-fake has version %d of the plugin interface; "
           "tools/qemu_plugin.h knows 1 to 7")


@pytest.fixture
def fake(tmp_path):
    """Makes a fake QEMU that answers --version, and otherwise prints one
    message."""
    def make_fake(words):
        path = tmp_path / "qemu-fake"
        path.write_text(f"""#!/bin/sh
[ "$1" = --version ] && exec '{QEMU}' --version
echo 'qemu-fake: {words}'
exit 1
""")
        path.chmod(0o755)
        return str(path)
    return make_fake


@functools.lru_cache(maxsize=None)
def version(qemu):
    """(status, output) of tools/plugin_version."""
    done = run([VERSION], env={"QEMU": qemu})
    return done.returncode, done.stdout


def compiled(name, number, path):
    """Compile a plugin for a version of the interface."""
    return run(["cc", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-Itools",
                f"-DPLUGIN_VERSION={number}", "-fPIC", "-shared",
                "-o", str(path), *SOURCES[name]])


def load(path):
    """Let QEMU load a plugin and do nothing else; returns its output."""
    done = subprocess.run(
        [QEMU, "-machine", "none", "-display", "none", "-plugin", str(path),
         "-S", "-monitor", "stdio"], cwd=ROOT, input="quit\n", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode in (0, 1), done      # no signal
    return done.stdout


def test_shellcheck():
    done = run(["shellcheck", VERSION])
    assert done.returncode == 0, done.stdout


def test_this_qemu_has_a_version_that_is_known():
    status, output = version(QEMU)
    assert status == 0 and int(output) in KNOWN, output


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("number", KNOWN)
def test_they_compile_for_each_version(name, number, tmp_path):
    """This QEMU loads them, or rejects them by version. If loaded, they
    complain about missing options, which shows that they were called."""
    path = tmp_path / f"{name}.so"
    done = compiled(name, number, path)
    assert done.returncode == 0 and done.stdout == "", done.stdout
    said = load(path)
    right = number == int(version(QEMU)[1])
    missing = "out=FILE is missing" if name == "count" else "no out= given"
    assert missing in said or (not right and "requires API version" in said)


@pytest.mark.parametrize("number", [0, 8])
def test_they_do_not_compile_for_others(number, tmp_path):
    done = compiled("count", number, tmp_path / "count.so")
    assert done.returncode != 0
    assert "PLUGIN_VERSION must be 1 to 7" in done.stdout


@pytest.mark.parametrize("number", KNOWN)
def test_the_version_is_what_qemu_says(fake, number):
    assert version(fake(REFUSAL % number)) == (0, f"{number}\n")


@pytest.mark.parametrize("words, complaint", [
    (REFUSAL % 0, UNKNOWN % 0),
    (REFUSAL % 8, UNKNOWN % 8),
    (REFUSAL % 99, UNKNOWN % 99),
    ("-plugin: invalid option", "no plugin interface: qemu-fake: -plugin: "
                                "invalid option"),
    ("plugin interface not enabled in this build",
     "no plugin interface: qemu-fake: plugin interface not enabled"),
], ids=["older", "newer", "far newer", "none", "disabled"])
def test_an_unknown_interface_is_said_in_one_line(fake, words, complaint):
    """Every tool that needs the plugins reports it; and no plugin is left."""
    qemu = fake(words)
    status, output = version(qemu)
    assert status == 1 and output.count("\n") == 1
    assert output.startswith("tools/plugin_version: ") and complaint in output
    done = run(["make", "B=build/fake", "build/fake/count.so",
                f"QEMU={qemu}"])
    assert done.returncode != 0 and output in done.stdout
    assert not os.path.exists(os.path.join(ROOT, "build/fake/count.so"))


@pytest.mark.parametrize("words", [
    ["tools/bench/bench.py"], ["tools/bench/growth.py", "harts"]])
def test_the_bench_says_it_too(fake, words):
    done = run(["/usr/bin/python3", *words],
               env={"QEMU": fake(REFUSAL % 99)})
    assert done.returncode == 1
    assert UNKNOWN % 99 in done.stdout and done.stdout.count("\n") == 1
