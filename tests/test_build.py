"""make: up to date the second time, helpful, and right with any compiler."""
import glob
import os
import re
import shlex

import pytest

from commands import make, run
from copies import copy_tree
from fakes import Fakes
from images import read
from machine import BUILD, Machine

# Three sources of the kernel, wherever they are, without their endings.
STR, ENTRY = (os.path.splitext(glob.glob(f"kernel/*/{name}")[0])[0]
              for name in ("str.c", "entry.S"))
FEW = ["kernel/main", STR, ENTRY]


def test_nothing_is_built_twice(tree):
    """A second make finds everything up to date."""
    first, second = make(), make()
    assert not re.search(r"\b(CC|LD|gcc|mkfs)\b", second), second
    assert len(second) <= len(first)


def test_help_names_the_targets():
    """make help lists each target of each file of rules, in groups."""
    text = make("help")
    targets = {target for path in ("Makefile", *glob.glob("*/*.mk"))
               for line in re.findall(r"^\.PHONY: (.*)", read(path).decode(), re.M)
               for target in line.split()} - {"all", "setup"}
    assert len(targets) > 20
    for target in targets:
        assert re.search(rf"^  make {target} ", text, re.M), target
    for name in ("CPUS", "MEM", "BOOTARGS", "CHECK", "LLVM", "WERROR"):
        assert re.search(rf"\b{name}=", text), f"no {name} in make help"
    assert re.findall(r"^\w.*", text, re.M) == [
        "Build", "Run", "Test", "Measure", "Care", "Variables"]


def test_two_sources_of_one_object(tmp_path):
    """x.c and x.S in one directory, or a program in two places, are refused in
    one line."""
    copy_tree(tmp_path)
    for path, reason in (
            (f"{STR}.S", f"{STR}.c and {STR}.S would be the same object"),
            ("user/sh.c", "user/sh.c and user/sh/ would"),
            ("user/obj.c", "a program cannot be called obj")):
        (tmp_path / path).touch()
        done = run(["make", "-C", str(tmp_path)])
        assert done.returncode != 0 and reason in done.stdout, done.stdout
        assert done.stdout.count("\n") <= 3, done.stdout
        (tmp_path / path).unlink()


def test_a_new_file_is_found(tmp_path):
    """In each directory that is compiled; and it is missed when it goes."""
    copy_tree(tmp_path)
    words = ["make", "-n", "-C", str(tmp_path), "all", "CHECK=1", "B=build"]
    new = [tmp_path / top / "brandnew.c" for top in
           {os.path.dirname(path) for path in
            [*glob.glob("kernel/**/*.c", recursive=True), "mkfs/mkfs.c",
             *glob.glob("user/**/*.c", recursive=True)]}]
    assert len(new) > 15
    for path in new:
        path.touch()
    planned = run(words).stdout
    for path in new:
        assert str(path.relative_to(tmp_path)) in planned, path
        path.unlink()
    assert "brandnew" not in run(words).stdout


def test_a_source_becomes_another(tmp_path):
    """x.c in place of x.S is compiled, whatever an earlier build has noted."""
    copy_tree(tmp_path)
    words = ["make", "-C", str(tmp_path), "build/kernel/lib/other.o"]
    old = tmp_path / "kernel" / "lib" / "other.S"
    old.write_text('#include "riscv/asm.h"\n')
    assert run(words).returncode == 0
    old.unlink()
    (tmp_path / "kernel" / "lib" / "other.c").write_text("// nothing\n")
    done = run(words)
    assert done.returncode == 0 and "lib/other.c" in done.stdout, done.stdout


def test_any_words_can_be_passed_on():
    """Quotes of either kind reach QEMU and the profiler unchanged."""
    words = "run=\"echo 'a  b'\" hz=50"
    assert words in shlex.split(make("-n", "qemu", f"BOOTARGS={words}"))
    command = "bench 'page fault: zero'"
    assert command in shlex.split(make("-n", "profile", f"CMD={command}"))


@pytest.mark.parametrize("name, words", [
    ("gnu", ["TOOLPREFIX=riscv64-linux-gnu-"]),
    ("llvm", ["LLVM=1"])])
def test_other_compilers(name, words):
    """The distribution's Linux compiler and clang make a kernel that works."""
    directory = f"build/{name}"
    make(*words, f"B={directory}")
    with Machine(build=directory, cpus=2,
                 run="echo fine && ls | wc") as machine:
        machine.expect("fine")
        assert machine.status() == 0, machine.tail()


def test_a_missing_compiler_is_one_line():
    """A missing compiler is reported, with what to do."""
    done = run(["make", "TOOLPREFIX=no-such-compiler-", "B=build/none"],
               env={"TETHER_SETUP": "never"})
    assert done.returncode != 0
    assert "no-such-compiler-gcc" in done.stdout
    assert len(done.stdout.strip().split("\n")) <= 3, done.stdout


def test_image(tree):
    """The raw kernel starts with the first instruction of the linked one."""
    make("image")
    with open(f"{tree}/kernel.bin", "rb") as raw:
        first = raw.read(4)
    listing = run(["riscv64-unknown-elf-objdump", "-s", "--start-address="
                   "0xffffffc080200000", "--stop-address=0xffffffc080200004",
                   f"{tree}/kernel.elf"]).stdout
    assert first.hex() in listing.split(), listing


@pytest.mark.parametrize("words, env, stops", [
    ([], {"CI": None}, False), ([], {"CI": "true"}, True),
    (["WERROR=1"], {"CI": None}, True), (["WERROR=0"], {"CI": "true"}, False)])
def test_a_warning_stops_only_ci(tmp_path, words, env, stops):
    """Elsewhere it is shown, and what it is about is built."""
    copy_tree(tmp_path)
    (tmp_path / "kernel" / "odd.c").write_text("static int unused;\n")
    done = run(["make", "-C", str(tmp_path), *words, f"{BUILD}/kernel/odd.o"],
               env=env)
    assert (done.returncode != 0) == stops, done.stdout
    assert "kernel/odd.c:1:12:" in done.stdout, done.stdout


# -- which compiler is meant ---------------------------------------------

SHOW = "include Makefile\nshow:\n\t@echo $(CC) $$TOOLPREFIX $$LLVM\n"


def chosen(*words, **env):
    """The chosen compiler, and the prefix that programs receive."""
    done = run(["sh", "-c", 'printf "$0" | make -s -f - show "$@"', SHOW,
                *words], env=env)
    return done.stdout.split()


@pytest.mark.parametrize("words, env, found", [
    (["TOOLPREFIX=my-"], {}, "my-gcc my- 0"),
    ([], {"TOOLPREFIX": "my-", "LLVM": "0"}, "my-gcc my- 0"),
    (["LLVM=1"], {"TOOLPREFIX": "my-"},
     "clang --target=riscv64-unknown-elf -mno-relax my- 1"),
    (["TOOLPREFIX=my-"], {"LLVM": "1"}, "my-gcc my- 0"),
    (["TOOLPREFIX=llvm-"], {},
     "clang --target=riscv64-unknown-elf -mno-relax llvm- 1")])
def test_what_is_typed_counts(words, env, found):
    """A compiler given on the command line takes precedence over the
    environment, and the tools that make starts receive the same one."""
    assert chosen(*words, **env) == found.split()


# -- what a variable changes ---------------------------------------------
# With compilers that only make empty files, and few of them: it takes no time.

COMPILER = """
for word; do
    case $word in
    --version) echo "$0 1.0"; exit ;;
    -print-file-name=*) echo .; exit ;;
    esac
done
while [ $# -gt 1 ]; do
    [ "$1" = -o ] && : >"$2"
    shift
done"""
ARCHIVER = ': >"$2"'
# Programs that it compiles can run: mkfs gets its image as the third word.
HOST_COMPILER = """
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n: >"$3"\\n' >"$2"
chmod 755 "$2\""""


class Build:
    """A build directory with these fake compilers."""

    def __init__(self, directory):
        self.directory = directory
        self.fakes = Fakes(directory / "bin")
        for prefix in ("a-", "b-", "llvm-"):
            for tool in ("gcc", "ld", "objdump"):
                self.fakes.put(prefix + tool, COMPILER)
            self.fakes.put(prefix + "ar", ARCHIVER)
        self.fakes.put("clang", COMPILER).put("ld.lld", COMPILER)
        self.fakes.put("host-cc", HOST_COMPILER)
        self.fakes.put("other-cc", HOST_COMPILER)

    def make(self, *words):
        """Run it; how many files of each kind it made."""
        kernel = " ".join(path.removeprefix("kernel/") for path in FEW)
        few = [f"KERNEL={kernel}", "UPROGS=cat bin/help bin/lde",
               f"ULIB={self.directory}/b/user/obj/lib/str.o"]
        done = run(["make", "-j2", f"B={self.directory}/b", "TOOLPREFIX=a-",
                    "HOSTCC=host-cc", *few, *words],
                   env={"PATH": self.fakes.path})
        assert done.returncode == 0, done.stdout
        self.output = done.stdout
        kinds = {}
        for word, path in re.findall(r"^  ([A-Z]+) +(\S+)", done.stdout, re.M):
            kind = path.split("/")[0] if word in ("CC", "AS") else word
            if word == "LD" and path.endswith("kernel.elf"):
                kind = "KERNEL"
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """An up-to-date build, and what make built."""
    build = Build(tmp_path_factory.mktemp("build"))
    build.all = build.make()
    build.first = build.output
    assert set(build.all) == {"TOOLS", "kernel", "user", "KERNEL", "AR", "LD",
                              "HOSTCC", "MKFS"}
    return build


CODE = ["kernel", "user", "KERNEL", "AR", "LD", "MKFS"]


@pytest.mark.parametrize("words, rebuilt", [
    ([], []),
    (["CPUS=4", "MEM=1G", "BOOTARGS=hz=10", "DISK=other.img"], []),
    (["FSSIZE=16M"], ["MKFS"]),
    (["O=g"], CODE),
    (["CHECK=1"], ["kernel", "KERNEL"]),
    (["TOOLPREFIX=b-"], ["TOOLS", *CODE]),
    (["LLVM=1"], ["TOOLS", *CODE]),
    (["HOSTCC=other-cc"], ["HOSTCC", "MKFS"])])
def test_a_variable_rebuilds_what_it_concerns(build, words, rebuilt):
    """Exactly these files are rebuilt, and nothing the second time; and the
    same when the variable is changed back."""
    changed = build.make(*words)
    assert sorted(changed) == sorted(rebuilt), build.output
    again = build.make(*words)
    assert again == {}, build.output
    back = build.make()
    assert sorted(back) == sorted(rebuilt), build.output
    assert back == {kind: build.all[kind] for kind in back}, build.first
    assert build.make() == {}, build.output


def test_a_compiler_that_was_renewed(build):
    """The same name with another version: everything is rebuilt."""
    build.fakes.put("a-gcc", COMPILER.replace("1.0", "1.1"))
    assert sorted(build.make()) == sorted(["TOOLS", *CODE]), build.output
    assert "a-gcc 1.1" in build.output
    assert build.make() == {}


def test_the_compiler_is_named_once(build):
    """In the first build, and when the compiler changes."""
    build.make("TOOLPREFIX=b-")
    assert build.output.count("TOOLS") == 1
    build.make("TOOLPREFIX=b-", "O=1")
    assert "TOOLS" not in build.output
    build.make()


# -- the disk ------------------------------------------------------------

# Writes the contents of WRITES to its disk, and prints its words.
QEMU = """
echo "$*"
[ -z "$WRITES" ] || echo "$WRITES" >>"$BUILD/disk.img\""""


class Disk:
    """The disk of a build directory, and a fake QEMU that writes to it."""

    def __init__(self, directory):
        self.directory = directory
        fakes = Fakes(directory / "bin").put("qemu", QEMU)
        self.qemu = fakes.directory / "qemu"

    def tick(self):
        """Wait until a file that changes now gets a newer time."""
        probe = self.directory / "probe"
        probe.touch()
        before = probe.stat().st_mtime_ns
        while probe.stat().st_mtime_ns == before:
            probe.touch()

    def build(self, text):
        self.tick()
        (self.directory / "fs.img").write_text(text)

    def tell(self, *words, **env):
        """Run tools/machine; returns its own messages."""
        self.tick()
        done = run(["tools/machine", words[0], str(self.directory), *words[1:]],
                   env={"BUILD": str(self.directory), "WRITES": "", **env})
        assert done.returncode == 0, done.stdout
        return [line for line in done.stdout.splitlines()
                if line.startswith("tether:")]

    def run(self, writes=""):
        """Run QEMU; returns the messages and the contents of the disk."""
        path = self.directory / "disk.img"
        said = self.tell("run", str(self.qemu), "-drive",
                         f"file={path},if=none", WRITES=writes)
        return said, path.read_text()


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path)
    disk.build("first ")
    return disk


def test_a_disk_follows_the_build(disk):
    """An unwritten disk follows each build silently."""
    assert disk.run() == ([], "first ")
    assert disk.run() == ([], "first ")
    disk.build("second ")
    assert disk.run() == ([], "second ")


def test_a_written_disk_is_kept(disk):
    """After a build, make says that the disk is kept and how to replace it,
    each time; before the build it says nothing. Replaced, the disk follows
    again."""
    assert disk.run(writes="mine") == ([], "first mine\n")
    assert disk.run() == ([], "first mine\n")
    disk.build("second ")
    for _ in range(2):
        said, content = disk.run()
        assert content == "first mine\n"
        assert len(said) == 1 and "`make fresh-disk`" in said[0], said
    assert len(disk.tell("fresh-disk")) == 1
    assert disk.run() == ([], "second ")
    disk.build("third ")
    assert disk.run() == ([], "third ")


def test_the_image_stays_as_built(disk):
    """Writes go to the copy."""
    disk.run(writes="mine")
    assert (disk.directory / "fs.img").read_text() == "first "


def test_a_disk_nobody_knows_of(disk):
    """A disk that was put there by hand counts as written to."""
    (disk.directory / "disk.img").write_text("by hand")
    said, content = disk.run()
    assert content == "by hand" and len(said) == 1


def test_clean_says_what_is_lost(disk):
    """make clean removes a disk; if it was written to, make clean says so."""
    disk.run()
    assert disk.tell("farewell") == []
    disk.run(writes="mine")
    assert len(disk.tell("farewell")) == 1


def test_only_writing_makes_a_disk_written(tree, tmp_path):
    """A machine that only reads leaves the disk unchanged."""
    for name in ("kernel.elf", "fs.img"):
        os.symlink(os.path.abspath(f"{tree}/{name}"), tmp_path / name)
    disk = Disk(tmp_path)
    for command, written in (("ls; lde syscall", []), ("echo x > /x", [1])):
        disk.tick()
        done = run(["make", "-s", "-o", "all", "qemu", f"B={tmp_path}",
                    f"BOOTARGS=run=\"{command}\""])
        assert done.returncode == 0, done.stdout
        assert len(disk.tell("farewell")) == len(written)
