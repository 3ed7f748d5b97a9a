"""make profile: every instruction is counted, and for the right function.

A test program measures itself with the counter of retired instructions.  The
profile of the same code must give exactly that number.
"""
import os
import re
import xml.etree.ElementTree

import pytest

from commands import PREFIX, make, run
from copies import copy_tree
from machine import BUILD, ROOT, limit

SCRIPT = "tools/profile/profile.py"
PYTHON = "/usr/bin/python3"
SVG = "{http://www.w3.org/2000/svg}"
WIDTH = 1200                 # of all boxes together
ROUNDING = 0.01

# The first reading, the call, and its return lie between the two readings.
MEASURED = r"""
#include "user/user.h"

void work(void);
int leaf(int n);
static volatile int words;
static volatile double number = 1.5;

__attribute__((noinline)) int leaf(int n)
{
    asm volatile("" : "+r"(n));
    return n + 1;
}

/* Calls, traps, page faults, another process, output. */
__attribute__((noinline)) void work(void)
{
    if (words == 4) {
        getpid();
        return;
    }
    char *fresh = sbrk(3 * 4096);
    for (int i = 0; i < 100; i++) {
        leaf(i);
        getpid();
    }
    fresh[0] = 1;
    fresh[2 * 4096] = 1;
    if (fork() == 0) {
        fresh[0] = 2;
        exit(0);
    }
    wait(NULL);
    if (words == 2) {
        number = number * number;
    }
    if (words == 3 && fork() == 0) {
        int *volatile nowhere = (int *)8;
        *nowhere = 1;
    }
    wait(NULL);
    write(1, "worked\n", 7);
}

int main(int argc, char **argv)
{
    words = argc;
    unsigned long before, after;
    asm volatile("mv s2, sp\n andi sp, sp, -16\n"
                 "rdinstret s3\n .option push\n .option norelax\n jal work\n"
                 ".option pop\n rdinstret %1\n mv %0, s3\n mv sp, s2\n"
                 : "=&r"(before), "=&r"(after)
                 :
                 : "ra", "s2", "s3", "t0", "t1", "t2", "t3", "t4", "t5", "t6",
                   "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "memory");
    printf("measured %lu\n", after - before - 2);
    return 0;
}
"""
OBJDUMP = ("llvm-objdump" if os.environ.get("LLVM") == "1" else
           PREFIX + "objdump")


@pytest.fixture(scope="module")
def plugin(tree):
    done = run(["tools/plugin_version"])
    if done.returncode != 0:
        pytest.skip(done.stdout.strip())
    make(f"{BUILD}/profile.so")


@pytest.fixture(scope="module")
def measured(plugin, tmp_path_factory):
    """Words that profile the program `measured`, which is built like all
    others."""
    directory = copy_tree(tmp_path_factory.mktemp("profile"))
    (directory / "user" / "measured.c").write_text(MEASURED)
    make("-C", str(directory))
    return ["--image", str(directory / BUILD / "fs.img"),
            "--programs", str(directory / BUILD / "user" / "measured")]


def profile(*words):
    """Run the script; (status, what it printed)."""
    done = run(["timeout", str(limit(10)), PYTHON, SCRIPT, *words])
    return done.returncode, done.stdout


def stacks():
    """The plugin's counts: {names from the root: instructions}."""
    with open(os.path.join(ROOT, BUILD, "profile.txt")) as file:
        lines = (line.split() for line in file)
        return {names: int(count) for count, names in lines
                if names != "outside"}


def own(counts, function):
    """The instructions of the function itself."""
    return sum(count for names, count in counts.items()
               if names.split(";")[-1] == function)


def measure(measured, command):
    """The plugin's count for work(), and the program's own count."""
    status, output = profile(*measured, "--func=work", command)
    assert status == 0, output
    counted = sum(stacks().values())
    assert re.search(rf"^ *{counted:,} instructions", output, re.M)
    return counted, int(re.search(r"^measured (\d+)$", output, re.M)[1])


@pytest.fixture(scope="module")
def calls_retire(measured):
    """Whether this QEMU's counter of retired instructions counts an ecall. QEMU
    7.2 and 10.0 count instructions that trap, QEMU 11.1 does not."""
    counted, by_itself = measure(measured, "measured a single call")
    assert counted - by_itself in (0, 1)
    return counted == by_itself


@pytest.mark.parametrize("command, calls, repeated, unfinished", [
    ("measured", 106, 0, 0),
    ("measured float", 106, 1, 0),          # the first float instruction traps
    ("measured killed child", 107, 0, 1),   # by a bad instruction
])
def test_the_guest_counts_the_same(measured, calls_retire, command, calls,
                                   repeated, unfinished):
    """Exact, even with page faults, forks, interrupts, and output."""
    counted, by_itself = measure(measured, command)
    differ = unfinished + (-repeated if calls_retire else calls)
    assert counted - by_itself == differ


def test_every_instruction_has_its_function(measured):
    """100 calls of a function of known length; its caller is on the stack."""
    status, output = profile(*measured, "--top", "0", "measured")
    assert status == 0, output
    counts = stacks()
    program = measured[-1]
    done = run([OBJDUMP, "-d", "--disassemble-symbols=leaf" if
                OBJDUMP.startswith("llvm") else "--disassemble=leaf", program])
    length = len(re.findall(r"^ +[0-9a-f]+:", done.stdout, re.M))
    assert length > 1, done.stdout
    assert own(counts, "measured:leaf") == 100 * length
    assert [names for names in counts if names.endswith("measured:leaf")] == [
        "measured:_start;measured:main;measured:work;measured:leaf"]
    assert re.search(r" measured:leaf$", output, re.M)
    assert re.search(r" kernel:sys_getpid$", output, re.M)


def test_calls_of_a_function_are_counted_alone(plugin):
    """The kernel's part of getpid is below getpid, and 1/N of the total."""
    status, output = profile("--func=getpid", "bench getpid")
    assert status == 0, output
    counts = stacks()
    calls, rest = divmod(own(counts, "bench:getpid"), 4)   # li ecall bltz ret
    assert calls >= 1000 and rest == 0
    assert sum(counts.values()) % calls == 0
    assert all(names.startswith("bench:_start;bench:main;")
               for names in counts)


def test_threads_do_not_mix(plugin):
    """Two processes alternate, and each return is found on its own stack. So
    only the child, which returns from its parent's fork, has an unknown caller.
    """
    status, output = profile("--func", "-", "--top", "0", "bench one")
    assert status == 0, output
    lost = {tuple(names.split(";")[:2]) for names in stacks()
            if names.startswith("unknown")}
    programs = {second for _, second in lost}
    assert "bench:start_child" in programs
    assert "bench:main" not in programs
    assert not [name for name in programs if name.startswith("kernel:")]
    assert not [names for names in stacks() if ";unknown" in names]


def test_two_runs_are_identical(plugin):
    """Identical to the instruction, including the picture."""
    def everything():
        status, output = profile("bench fork", "--func", "-")
        assert status == 0, output
        with open(os.path.join(ROOT, BUILD, "profile.svg")) as file:
            return output, stacks(), file.read()

    assert everything() == everything()


def boxes():
    """(name, instructions, x, y, width) of each box in the picture."""
    tree = xml.etree.ElementTree.parse(
        os.path.join(ROOT, BUILD, "profile.svg"))
    for group in tree.iter(f"{SVG}g"):
        name, count = re.fullmatch(r"(.+): ([\d,]+) instructions, [\d.]+%",
                                   group.find(f"{SVG}title").text).groups()
        box = group.find(f"{SVG}rect")
        yield (name, int(count.replace(",", "")),
               *(float(box.get(key)) for key in ("x", "y", "width")))


def test_the_picture_shows_the_whole(plugin):
    """Widths are the counts; each box lies within the one below it."""
    status, output = profile("bench one")
    assert status == 0, output
    total = sum(stacks().values())
    found = list(boxes())
    bottom = max(y for *_, y, _ in found)
    (ground,) = [box for box in found if box[3] == bottom]
    assert ground[1] == total and ground[4] == WIDTH
    for name, count, x, y, width in found:
        assert abs(width - WIDTH * count / total) < ROUNDING, name
        below = [box for box in found if box[3] > y
                 and box[2] - ROUNDING <= x
                 and x + width <= box[2] + box[4] + ROUNDING]
        assert len({box[3] for box in below}) == len(below)
        assert len(below) == (bottom - y) / 17, name


@pytest.mark.parametrize("words, complaint", [
    (["nonsense"], 'no program "nonsense" in'),
    ([""], "no command: make profile CMD="),
    (["--func", "nonsense", "true"], 'no function "nonsense"'),
    (["--func", "run_yield", "bench getpid"], "run_yield was never called"),
    (["ls /nonsense"], "the run ended with status 1"),
    (['echo "x"'], "cannot hold a double quote"),
    (["--build", "nowhere", "ls"], "nothing is built in nowhere"),
    (["--programs", "a,b", "true"], "cannot hold a comma"),
])
def test_what_is_wrong_is_said(plugin, words, complaint):
    status, output = profile(*words)
    assert status != 0
    assert complaint in output
    assert "Traceback" not in output


def test_make_asks_for_a_command(plugin):
    done = run(["make", "profile"])
    assert done.returncode != 0 and "CMD=" in done.stdout
