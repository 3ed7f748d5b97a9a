"""make doctor: reports each problem of a machine, and its fix, in one line."""
import os
import re
import shutil

import pytest

from commands import run
from fakes import Fakes
from machine import ROOT

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
QEMU_PACKAGE = "qemu-system-(misc|riscv)"    # Debian 13 has split this package
NO_TARGET = 'echo "error: unknown -march" >&2; exit 1'
FULL_DISK = 'printf "Filesystem 1024-blocks Used Available\\nroot 9 9 10240 /\\n"'


# A wrapper for the real QEMU that changes one answer.
REAL = shutil.which("qemu-system-riscv64")
EVERY_STATUS_IS_0 = f'{REAL} "$@"; exit 0'
NO_PLUGINS = f"""
case $* in
*-plugin*) echo "qemu: -plugin: invalid option" >&2; exit 1 ;;
esac
exec {REAL} "$@\""""
NO_SOCKETS = f"""
case $* in
*-gdb*) echo "qemu: -gdb: Failed to bind socket" >&2; exit 1 ;;
esac
exec {REAL} "$@\""""
NO_VIRTIO = f"""
case $* in
*virtio-blk*) echo "qemu: 'virtio-blk-device' is not a valid device" >&2
    exit 1 ;;
esac
exec {REAL} "$@\""""
GCC = shutil.which("riscv64-unknown-elf-gcc")
NO_STDDEF = f"""
case $* in
*-print-file-name=include*) echo include ;;
*) exec {GCC} "$@" ;;
esac"""
NO_EMULATION = """
echo "ld: unrecognised emulation mode: elf64lriscv" >&2; exit 1"""
LINKS_PLAIN_FILES_ONLY = f"""
case $* in
*"-T kernel.ld"*) echo "ld: error: unknown directive: PHDRS" >&2; exit 1 ;;
esac
exec {shutil.which("riscv64-unknown-elf-ld")} "$@\""""
VERSIONS = (r"QEMU (\S+), OpenSBI (\S+), (\S+) (\S+): "
            r"(tested|not among the tested versions \(docs/supported\.md\))")


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def doctor(*words, **env):
    """Its exit status and its lines, except the one with the versions."""
    done = run(["make", "-s", "doctor", *words], env=env)
    lines = [line for line in done.stdout.split("\n")
             if line and not line.startswith("make: ***")]
    versions = [line for line in lines if re.fullmatch(VERSIONS, line)]
    assert len(versions) == 1, lines
    return done.returncode, [line for line in lines if line not in versions]


def versions(*words, **env):
    """The parsed line with the versions."""
    done = run(["make", "-s", "doctor", *words], env=env)
    return re.search(f"^{VERSIONS}$", done.stdout, re.M).groups()


@pytest.fixture
def fake(tmp_path):
    """Puts a fake program before the real one."""
    def put(name, script):
        return Fakes(tmp_path / "bin").put(name, script).path
    return put


def test_a_machine_that_runs_these_tests_is_well():
    assert doctor() == (0, ["all well"])


def test_the_other_compiler_is_well():
    assert doctor("LLVM=1") == (0, ["all well"])


def test_versions():
    """The versions are those that the tools themselves report."""
    qemu, opensbi, compiler, version, _ = versions()
    assert f"version {qemu}" in run(["qemu-system-riscv64",
                                     "--version"]).stdout
    assert re.fullmatch(r"\d+\.\d+", opensbi)
    assert compiler.endswith("gcc")
    assert version in run([compiler, "--version"]).stdout.split("\n")[0]


def test_the_tested_versions_are_documented():
    """The table of docs/supported.md contains exactly these versions."""
    listed = re.search(r"^TESTED=(.*?)\n\n", text("tools/doctor"),
                       re.M | re.S)[1]
    rows = re.findall(r"^\| (QEMU|OpenSBI|gcc|clang)\b.*?\| ([\d., ]+) \|",
                      text("docs/supported.md"), re.M)
    assert sorted(re.findall(r"\w+ [\d.]+", listed)) == sorted(
        f"{name} {version}" for name, versions in rows
        for version in versions.split(", "))


@pytest.mark.parametrize("version, verdict", [
    ("11.1.0", "tested"), ("7.20.1", "not")])
def test_tested_versions(fake, version, verdict):
    """Whether these exact versions are among the tested ones."""
    script = f"""
case $* in
*--version*) echo "QEMU emulator version {version}" ;;
*) exec {REAL} "$@" ;;
esac"""
    assert versions(PATH=fake("qemu-system-riscv64", script))[4].startswith(
        verdict)


@pytest.mark.parametrize("name, script, problem, cure", [
    ("qemu-system-riscv64", OLD_QEMU, "QEMU 6.2.0, older than 7.2",
     QEMU_PACKAGE),
    ("qemu-system-riscv64", "exit 1", "QEMU of no version", QEMU_PACKAGE),
    ("qemu-system-riscv64", QEMU_WITHOUT_FIRMWARE,
     "firmware default .*Unable to load", "qemu-system-data"),
    ("qemu-system-riscv64", OTHER_FIRMWARE,
     "firmware default is not a bootable OpenSBI", "qemu-system-data"),
    ("riscv64-unknown-elf-gcc", NO_TARGET,
     "cannot build rv64imac.*unknown -march", "gcc-riscv64-unknown-elf"),
    ("riscv64-unknown-elf-ld", "exit 1", "riscv64-unknown-elf-ld cannot build",
     "gcc-riscv64-unknown-elf"),
    ("cc", 'echo "no stdio.h"; exit 1', "cc cannot build programs.*no stdio.h",
     "libc6-dev"),
    ("gdb-multiarch", "echo 'Undefined item: \"riscv:rv64\".'",
     "gdb-multiarch does not support", "gdb-multiarch"),
    ("df", FULL_DISK, "only 10 MB are free", "make clean"),
    ("qemu-system-riscv64", EVERY_STATUS_IS_0,
     "ends with 0 for a kernel that asks for 42", "QEMU="),
    ("qemu-system-riscv64", NO_PLUGINS,
     "does not load our plugins.*invalid option",
     "bench and profile"),
    ("qemu-system-riscv64", NO_SOCKETS, "Failed to bind socket", "BIOS="),
    ("qemu-system-riscv64", NO_VIRTIO, "not a valid device", "BIOS="),
    ("riscv64-unknown-elf-gcc", NO_STDDEF,
     "cannot build .*std[a-z]+.h: No such",
     "gcc-riscv64-unknown-elf"),
    ("riscv64-unknown-elf-ld", NO_EMULATION, "unrecognised emulation",
     "gcc-riscv64-unknown-elf"),
    ("riscv64-unknown-elf-ld", LINKS_PLAIN_FILES_ONLY, "unknown directive",
     "gcc-riscv64-unknown-elf")])
def test_a_broken_tool(fake, name, script, problem, cure):
    """Exactly the broken thing is reported."""
    status, lines = doctor(PATH=fake(name, script))
    assert status != 0 and len(lines) == 1, lines
    assert re.search(f"{problem}.*: .*{cure}", lines[0]), lines


@pytest.mark.parametrize("words, problem, cure", [
    (["QEMU=no-such-qemu"], "no-such-qemu is missing", QEMU_PACKAGE),
    (["TOOLPREFIX=no-such-"], "no-such-gcc is missing", "TOOLPREFIX"),
    (["BIOS=no-such-file"], "firmware no-such-file .*not find|Unable",
     "fw_dynamic.bin"),
    (["MEM=9000G"], "cannot give 9000G .*memory", "MEM="),
    (["B=/proc/build"], "cannot write to /proc/build", "B=")])
def test_a_missing_thing(words, problem, cure):
    """The tools that the variables name must exist."""
    status, lines = doctor(*words)
    assert status != 0 and len(lines) == 1, lines
    assert re.search(f"{problem}.*{cure}", lines[0]), lines


def test_everything_missing(tmp_path):
    """With hardly any tool on the PATH: one line for each, nothing else."""
    fakes = Fakes(tmp_path / "bin", alone=True)
    fakes.borrow("make")
    status, lines = doctor(PATH=fakes.path)
    assert status != 0
    assert all(re.fullmatch(r"\S+ is missing: apt-get install .+", line)
               for line in lines), lines
    assert {line.split()[0] for line in lines} >= {
        "riscv64-unknown-elf-gcc", "qemu-system-riscv64", "cc",
        "gdb-multiarch", "clang", "git"}
    assert len(lines) == len(set(lines))


def test_the_right_names(tmp_path):
    """The fix is a command of this system's package manager."""
    fakes = Fakes(tmp_path / "bin", alone=True).put("pacman")
    fakes.borrow("make")
    status, lines = doctor(PATH=fakes.path, TOOLPREFIX=None, LLVM=None)
    assert status != 0
    assert "riscv64-elf-gcc is missing: pacman -S riscv64-elf-gcc " \
        "riscv64-elf-binutils" in lines
    assert not [line for line in lines if "apt-get" in line]


def test_nothing_is_left_behind(tmp_path):
    """It leaves no files, and the build is unchanged."""
    before = sorted(os.listdir("build"))
    assert doctor(TMPDIR=str(tmp_path))[0] == 0
    assert os.listdir(tmp_path) == []
    assert sorted(os.listdir("build")) == before
