"""tools/setup with fake package managers that only record their commands."""
import re

import pexpect
import pytest

import machine
from commands import run
from fakes import Fakes

QEMU = 'echo "QEMU emulator version 9.9.9"'
SIZES = ('Need to get 175 MB of archives.\\n'
         'After this operation, 712 MB of additional disk space will be used.\\n')

# Each records its words in `log`; an install also creates the tools.
BRING = """
for tool in {tools}; do
    printf '#!/bin/sh\\n{qemu}\\n' >{directory}/$tool && chmod 755 {directory}/$tool
done"""
APT_GET = """
echo "apt-get $*" >>{log}
case "$*" in
*--print-uris*) printf "{sizes}" ;;
update*) touch {directory}/updated ;;
install*) {bring} ;;
esac"""
APT_CACHE = """
[ -e {directory}/updated ] || [ -n "{ready}" ] || exit 100
case "$*" in *qemu-system-riscv) [ -n "{split}" ] ;; esac"""
DNF = """
echo "dnf $*" >>{log}
case "$*" in
*--assumeno*) printf "Total download size: 90 M\\nInstalled size: 400 M\\n" ;;
*) {bring} ;;
esac"""
PACMAN = """
echo "pacman $*" >>{log}
case "$*" in
-Sp*) printf "40000000\\n60000000\\n" ;;
*) {bring} ;;
esac"""
BREW = """
echo "brew $*" >>{log}
{bring}"""
SUDO = """
echo "sudo" >>{log}
exec "$@\""""
TOOLS = {"apt-get": "riscv64-unknown-elf-gcc", "dnf": "riscv64-linux-gnu-gcc",
         "pacman": "riscv64-elf-gcc", "brew": "riscv64-elf-gcc"}


class System:
    """A PATH with that package manager and none of the tools."""

    def __init__(self, directory, manager, ready="yes", split="yes", root=True):
        self.fakes = Fakes(directory / "bin", alone=True)
        self.log_path = directory / "log"
        self.log_path.touch()
        words = {"log": self.log_path, "directory": directory / "bin",
                 "ready": ready, "split": split, "sizes": SIZES}
        if manager is not None:
            words["bring"] = BRING.format(
                tools=f"{TOOLS[manager]} make cc qemu-system-riscv64",
                qemu=QEMU, **words)
            script = {"apt-get": APT_GET, "dnf": DNF, "pacman": PACMAN,
                      "brew": BREW}[manager]
            self.fakes.put(manager, script.format(**words))
            self.fakes.put("apt-cache", APT_CACHE.format(**words))
        self.sudo = SUDO.format(**words)
        if not root:
            (directory / "bin" / "id").unlink()
            self.fakes.put("id", "echo 1000")

    @property
    def log(self):
        return self.log_path.read_text().splitlines()

    def env(self, **more):
        return {"PATH": self.fakes.path, "TOOLPREFIX": "", "LLVM": "",
                "QEMU": "", "CI": "", "TETHER_SETUP": "", **more}

    def setup(self, what="build", **more):
        """Run it without a terminal; (status, output)."""
        done = run(["tools/setup", what], env=self.env(**more))
        return done.returncode, done.stdout


def installed(log):
    """The packages in the one line that installs."""
    lines = [line for line in log if re.search(r"install -|install [a-z]|-S ",
                                               line)
             and "--print-uris" not in line and "--assumeno" not in line]
    assert len(lines) == 1, log
    return [word for word in lines[0].split()[1:]
            if not word.startswith("-") and word not in ("install",)]


@pytest.mark.parametrize("manager, split, packages", [
    ("apt-get", "yes", "gcc-riscv64-unknown-elf make qemu-system-riscv gcc "
                       "libc6-dev"),
    ("apt-get", "", "gcc-riscv64-unknown-elf make qemu-system-misc gcc "
                    "libc6-dev"),
    ("dnf", "", "gcc-riscv64-linux-gnu binutils-riscv64-linux-gnu make "
                "qemu-system-riscv gcc glibc-devel"),
    ("pacman", "", "riscv64-elf-gcc riscv64-elf-binutils make "
                   "qemu-system-riscv gcc"),
    ("brew", "", "riscv64-elf-gcc make qemu")])
def test_packages(tmp_path, manager, split, packages):
    """Each system's own package names; afterwards nothing is missing."""
    system = System(tmp_path, manager, split=split)
    if manager == "brew":       # Xcode has the compiler for the host
        system.fakes.put("cc")
    status, output = system.setup()
    assert status == 0, output
    assert installed(system.log) == packages.split()
    log = system.log
    assert system.setup() == (0, "")
    assert system.log == log


def test_lists_come_first(tmp_path):
    """If apt has no package lists yet, they are updated, only once, before apt
    is asked which package has QEMU and how large it is."""
    system = System(tmp_path, "apt-get", ready="")
    status, output = system.setup()
    assert status == 0, output
    assert [line.split()[1] for line in system.log] == [
        "update", "install", "install"]
    assert "qemu-system-riscv" in installed(system.log)
    assert "qemu-system-misc" not in output


def test_order(tmp_path):
    """The sizes are requested first; the lists are updated before the
    installation."""
    system = System(tmp_path, "apt-get")
    assert system.setup()[0] == 0
    log = system.log
    assert "--print-uris" in log[0]
    assert log[1].startswith("apt-get update")
    assert re.match(r"apt-get install .*--no-install-recommends", log[2])
    assert len(log) == 3


@pytest.mark.parametrize("manager, sizes", [
    ("apt-get", "Need to get 175 MB of archives. After this operation, 712 MB "
                "of additional disk space will be used."),
    ("dnf", "Total download size: 90 M Installed size: 400 M"),
    ("pacman", "101 MB to download."),
    ("brew", "brew does not say how much that is")])
def test_sizes(tmp_path, manager, sizes):
    """One line gives the download size and the installed size."""
    status, output = System(tmp_path, manager).setup()
    if manager != "brew":
        assert status == 0, output
    else:
        assert "tools/setup: no cc on the PATH" in output
        return
    assert f"tools/setup: {sizes}\n" in output


def test_sizes_unknown(tmp_path):
    """If the package manager gives no size, none is printed."""
    system = System(tmp_path, "brew")
    system.fakes.put("cc")
    assert "tools/setup: brew does not say how much that is\n" in \
        system.setup()[1]


@pytest.mark.parametrize("manager", ["apt-get", "dnf", "pacman"])
def test_through_sudo(tmp_path, manager):
    """A user who is not root installs through sudo, and gets the sizes without
    it."""
    system = System(tmp_path, manager, root=False)
    system.fakes.put("sudo", system.sudo)
    status, output = system.setup()
    assert status == 0, output
    assert "sudo" not in system.log[0]
    assert system.log[-2] == "sudo" and system.log[-1].startswith(manager)
    assert f"sudo {manager} " in output


def test_neither_root_nor_sudo(tmp_path):
    """One line says what to install; nothing is run."""
    system = System(tmp_path, "apt-get", root=False)
    status, output = system.setup()
    assert status == 1 and system.log == []
    assert output.splitlines()[-1] == (
        "tools/setup: please install (with apt-get): gcc-riscv64-unknown-elf "
        "make qemu-system-riscv gcc libc6-dev")


def test_brew_is_not_root(tmp_path):
    """brew refuses to run as root, so it is called as the user."""
    system = System(tmp_path, "brew", root=False)
    system.fakes.put("sudo", system.sudo).put("cc")
    assert system.setup()[0] == 0
    assert "sudo" not in system.log


@pytest.mark.parametrize("manager, env", [
    (None, {}), ("apt-get", {"TETHER_SETUP": "never"})])
def test_elsewhere(tmp_path, manager, env):
    """Without a known package manager, or if installing is forbidden: one
    line."""
    system = System(tmp_path, manager, split="")
    status, output = system.setup(**env)
    assert status == 1 and system.log == []
    assert output.splitlines()[1:] == [
        "tools/setup: please install "
        f"({'Debian names' if manager is None else 'with apt-get'}): "
        "gcc-riscv64-unknown-elf make qemu-system-misc gcc libc6-dev"]


def test_no_package_is_known(tmp_path):
    """A compiler that the user chooses is not installed."""
    system = System(tmp_path, "apt-get")
    status, output = system.setup(TOOLPREFIX="my-own-")
    assert status == 1 and system.log == []
    assert re.fullmatch(r"tools/setup: no my-own-gcc on the PATH.*\n", output)


def test_it_fails(tmp_path):
    """A failure of the package manager is reported, with the packages."""
    system = System(tmp_path, "apt-get")
    system.fakes.put("apt-get", 'case "$*" in *-y*) exit 100 ;; esac')
    status, output = system.setup()
    assert status == 1
    assert re.search(r"\ntools/setup: apt-get could not install: gcc-riscv64"
                     r"-unknown-elf make .*\n$", output)


@pytest.mark.parametrize("key, status", [("n", 1), ("", 0), ("y", 0),
                                         ("what?", 1)])
def test_a_person_decides(tmp_path, key, status):
    """On a terminal nothing is installed or updated without a yes."""
    system = System(tmp_path, "apt-get")
    child = pexpect.spawn("tools/setup", ["build"], cwd=machine.ROOT,
                          env=system.env(), encoding="ascii",
                          timeout=machine.limit(2))
    child.expect(r"install now\? \[Y/n\] ")
    assert "712 MB" in child.before
    assert all("--print-uris" in line for line in system.log)
    child.sendline(key)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert ("not installed: gcc-riscv64" in child.before) == (status != 0)
    assert (len(system.log) > 1) == (status == 0)


def test_asked_for_nothing_else(tmp_path):
    """Tools that exist are not installed again."""
    system = System(tmp_path, "apt-get")
    system.fakes.put("riscv64-linux-gnu-gcc").put("make").put("cc")
    assert system.setup()[0] == 0
    assert installed(system.log) == ["qemu-system-riscv"]


@pytest.mark.parametrize("what, packages", [
    ("tags", ["universal-ctags"]), ("fmt", ["clang-format", "git"])])
def test_single_tools(tmp_path, what, packages):
    """`make tags` and `make fmt` need no compiler."""
    system = System(tmp_path, "apt-get")
    assert system.setup(what)[0] == 0
    assert installed(system.log) == packages


@pytest.mark.parametrize("manager, package", [
    ("apt-get", "gdb-multiarch"), ("dnf", "gdb"),
    ("pacman", "riscv64-elf-gdb"), ("brew", "riscv64-elf-gdb")])
def test_debugger(tmp_path, manager, package):
    """The debugger's package has a different name on each system."""
    system = System(tmp_path, manager)
    for name in (TOOLS[manager], "make", "cc"):
        system.fakes.put(name)
    system.fakes.put("qemu-system-riscv64", QEMU)
    system.setup("debug")
    assert installed(system.log) == [package]


def test_a_gdb_that_knows_riscv_will_do(tmp_path):
    """Plain gdb is tested; one without RISC-V is not accepted."""
    system = System(tmp_path, "apt-get")
    system.fakes.put("riscv64-elf-gcc").put("make").put("cc").put("gdb")
    system.fakes.put("qemu-system-riscv64", QEMU)
    assert system.setup("debug") == (0, "")
    system.fakes.put("gdb", "echo 'Undefined item: \"riscv:rv64\".'")
    assert system.setup("debug")[0] == 0
    assert installed(system.log) == ["gdb-multiarch"]


@pytest.mark.parametrize("version, accepted", [
    ("6.2.0", False), ("7.1.0", False), ("7.2.0", True), ("10.0.13", True),
    ("no", False)])
def test_qemu_version(tmp_path, version, accepted):
    """A QEMU that is too old is reported, with the required version."""
    system = System(tmp_path, "apt-get")
    system.fakes.put("riscv64-elf-gcc").put("make").put("cc")
    system.fakes.put("qemu-system-riscv64",
                     f'echo "QEMU emulator version {version}"')
    status, output = system.setup()
    assert (status == 0) == accepted, output
    assert accepted or "7.2 or newer is needed" in output


# -- which compiler ------------------------------------------------------

CLANG = ("clang", "ld.lld", "llvm-ar")


@pytest.mark.parametrize("there, chosen", [
    (["riscv64-unknown-elf-gcc", "riscv64-elf-gcc", *CLANG],
     "riscv64-unknown-elf-"),
    (["riscv64-elf-gcc", "riscv64-linux-gnu-gcc", *CLANG], "riscv64-elf-"),
    (["riscv64-linux-gnu-gcc", *CLANG], "riscv64-linux-gnu-"),
    (CLANG, "llvm-"),
    (["clang"], "riscv64-unknown-elf-"), ([], "riscv64-unknown-elf-")])
def test_toolchain(tmp_path, there, chosen):
    """The first one found; clang only with its linker and archiver."""
    system = System(tmp_path, None)
    for name in there:
        system.fakes.put(name)
    assert run(["tools/toolchain"], env=system.env()).stdout == f"{chosen}\n"


@pytest.mark.parametrize("manager, chosen", [
    ("apt-get", "riscv64-unknown-elf-"), ("dnf", "riscv64-linux-gnu-"),
    ("pacman", "riscv64-elf-"), ("brew", "riscv64-elf-")])
def test_usual_toolchain(tmp_path, manager, chosen):
    """If there is none, the one that the setup would install."""
    system = System(tmp_path, manager)
    assert run(["tools/toolchain"], env=system.env()).stdout == f"{chosen}\n"
