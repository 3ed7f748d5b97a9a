"""make doctor: names each problem of a machine, with its cure, in one line."""
import os
import re
import socket

import pytest

from commands import run

OLD_QEMU = 'echo "QEMU emulator version 6.2.0 (Debian 1:6.2)"'
QEMU_WITHOUT_FIRMWARE = """
case $* in
*--version*) echo "QEMU emulator version 7.2.22" ;;
*) echo "qemu: Unable to load the RISC-V firmware" >&2; exit 1 ;;
esac"""
OTHER_FIRMWARE = """
case $* in
*--version*) echo "QEMU emulator version 7.2.22" ;;
*) echo "Some other firmware"; echo "MEDELEG" ;;
esac"""
NO_TARGET = 'echo "error: unknown -march" >&2; exit 1'
FULL_DISK = 'printf "Filesystem 1M-blocks Used Available\\nroot 9000 8990 10 /\\n"'


def doctor(*words, **env):
    """Its exit status and its lines."""
    done = run(["make", "-s", "doctor", *words], env=env)
    return done.returncode, [line for line in done.stdout.split("\n")
                             if line and not line.startswith("make: ***")]


@pytest.fixture
def fake(tmp_path):
    """Puts a program of that name, with that script, before the real one."""
    def put(name, script):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        path.chmod(0o755)
        return f"{tmp_path}:{os.environ['PATH']}"
    return put


def test_a_machine_that_runs_these_tests_is_well():
    assert doctor() == (0, ["all well"])


@pytest.mark.parametrize("name, script, problem, cure", [
    ("qemu-system-riscv64", OLD_QEMU, "QEMU 6.2.0, older than 7.2",
     "qemu-system-misc"),
    ("qemu-system-riscv64", "exit 1", "QEMU of no version",
     "qemu-system-misc"),
    ("qemu-system-riscv64", QEMU_WITHOUT_FIRMWARE,
     "firmware default .*Unable to load", "qemu-system-data"),
    ("qemu-system-riscv64", OTHER_FIRMWARE,
     "firmware default is not an OpenSBI", "qemu-system-data"),
    ("riscv64-unknown-elf-gcc", NO_TARGET,
     "make no rv64imac.*unknown -march", "gcc-riscv64-unknown-elf"),
    ("riscv64-unknown-elf-ld", "exit 1", "riscv64-unknown-elf-ld make no",
     "gcc-riscv64-unknown-elf"),
    ("cc", 'echo "no stdio.h"; exit 1', "cc makes no programs.*no stdio.h",
     "libc6-dev"),
    ("gdb-multiarch", "echo 'Undefined item: \"riscv:rv64\".'",
     "gdb-multiarch does not know", "gdb-multiarch"),
    ("df", FULL_DISK, "only 10 MB are free", "make clean")])
def test_a_broken_tool(fake, name, script, problem, cure):
    """The one broken thing is the one thing named."""
    status, lines = doctor(PATH=fake(name, script))
    assert status != 0 and len(lines) == 1, lines
    assert re.search(f"{problem}.*: .*{cure}", lines[0]), lines


@pytest.mark.parametrize("words, problem, cure", [
    (["QEMU=no-such-qemu"], "no-such-qemu is missing", "qemu-system-misc"),
    (["TOOLPREFIX=no-such-"], "no-such-gcc is missing", "TOOLPREFIX"),
    (["BIOS=no-such-file"], "firmware no-such-file .*not find|Unable",
     "fw_dynamic.bin")])
def test_a_missing_thing(words, problem, cure):
    """What the variables name must be there."""
    status, lines = doctor(*words)
    assert status != 0 and len(lines) == 1, lines
    assert re.search(problem, lines[0]) and cure in lines[0], lines


def test_everything_missing(tmp_path):
    """With hardly a tool on the PATH: a line for each, nothing else."""
    for name in ("bash", "make", "sh", "mktemp", "rm", "sed", "sort", "head",
                 "df", "awk", "dirname", "timeout", "grep", "id", "cat",
                 "find"):
        os.symlink(run(["which", name]).stdout.strip(), tmp_path / name)
    status, lines = doctor(PATH=str(tmp_path))
    assert status != 0
    assert all(re.fullmatch(r"\S+ is missing: apt-get install .+", line)
               for line in lines), lines
    assert {line.split()[0] for line in lines} >= {
        "riscv64-unknown-elf-gcc", "qemu-system-riscv64", "cc",
        "gdb-multiarch", "clang", "git"}
    assert len(lines) == len(set(lines))


def test_a_port_in_use():
    """gdb's port is taken by somebody else."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, lines = doctor(f"GDB_PORT={port}")
    assert status != 0 and len(lines) == 1, lines
    assert re.fullmatch(f"port {port}, for gdb, is in use: .*GDB_PORT=.*",
                        lines[0])
