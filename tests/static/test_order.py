"""The code of each compiler has the order that the sources state.

No emulator shows a missing order, and compilers have generated wrong code.  So
these tests examine the instructions themselves (tests/order.py).
"""
import os
import re
import shutil

import pytest

import order
from commands import make, run
from sources import files, lines, report
from test_layers import KERNEL_FLAGS

BUILDS = {
    "normal": [],
    "checked": ["CHECK=1", "B=build-check"],
    "gnu": ["TOOLPREFIX=riscv64-linux-gnu-", "B=build/gnu"],
    "llvm": ["LLVM=1", "B=build/llvm"],
}
NEEDS = {"gnu": "riscv64-linux-gnu-gcc", "llvm": "clang"}


@pytest.fixture(params=BUILDS)
def kernel(request):
    """The kernel of each compiler, up to date."""
    name = request.param
    if name in NEEDS and shutil.which(NEEDS[name]) is None:
        pytest.skip(f"no {NEEDS[name]}")
    words = BUILDS[name]
    directory = words[-1].removeprefix("B=") if words else "build"
    make(*words, f"{directory}/kernel.elf")
    return f"{directory}/kernel.elf"


def test_each_access_has_its_order(kernel):
    """Atomic operations have the order of their names, device registers are
    between fences, and no reservation survives a switch."""
    report(order.complaints(kernel))


def test_each_name_is_found_again(kernel):
    """Each line with such a name in the build contains an access; otherwise the
    test above would have missed it."""
    code = order.instructions(kernel)
    compiled = {(here.path, here.line) for here in code}
    found = {(use.path, use.line) for use in order.uses(code)}
    report([f"{path}:{line}" for path, line in order.names_in()
            if (path, line) in compiled - found])


def test_sources_use_the_names():
    """C code orders accesses only through the names, and no order is hidden in
    riscv/."""
    other = re.compile(r"__(atomic|sync)_\w+\(|<stdatomic|_Atomic")
    fence = re.compile(r'"(\d: *)?(fence|lr\.|sc\.|amo)')
    report([f"{path}:{number}: {line.strip()}"
            for path in files("kernel") if path.endswith((".c", ".h"))
            for number, line in lines(path)
            if (other.search(line) and path != "kernel/lib/atomic.h")
            or (fence.search(line) and path not in (
                "kernel/riscv/csr.h", "kernel/riscv/mmio.h"))])


# -- what is broken is refused --------------------------------------------

ATOMIC, CSR = "kernel/lib/atomic.h", "kernel/riscv/csr.h"
MACROS, MMIO = "kernel/riscv/macros.S", "kernel/riscv/mmio.h"

# gcc 12 compiles even the strongest order of this builtin to one half only, as
# lr.d ... sc.d.aq; later versions do not.
BUILTIN = ("return __atomic_compare_exchange_n(word, &from, to, false, "
           "__ATOMIC_RELAXED, __ATOMIC_RELAXED);\n    ")

WEAKER = {
    "as it is": (None, "", "", "kernel/sync/spinlock.c"),
    "acquire": (ATOMIC, "__ATOMIC_ACQUIRE", "__ATOMIC_RELAXED",
                "kernel/sync/spinlock.c"),
    "release": (ATOMIC, "__ATOMIC_RELEASE", "__ATOMIC_RELAXED",
                "kernel/sync/spinlock.c"),
    "full load": (ATOMIC, "__atomic_load_n(at, __ATOMIC_SEQ_CST)",
                  "__atomic_load_n(at, __ATOMIC_ACQUIRE)",
                  "kernel/sched/sched.c"),
    "full or": (ATOMIC, "__atomic_fetch_or(at, n, __ATOMIC_SEQ_CST)",
                "__atomic_fetch_or(at, n, __ATOMIC_ACQUIRE)",
                "kernel/mm/shootdown.c"),
    "lr": (CSR, "lr.d.aq", "lr.d", "kernel/sched/sleeplock.c"),
    "sc": (CSR, "sc.d.rl", "sc.d", "kernel/sched/sleeplock.c"),
    "builtin": (CSR, "uint64_t found;\n", BUILTIN + "uint64_t found;\n",
                "kernel/sched/sleeplock.c"),
    "nameless": ("kernel/mm/shootdown.c", "atomic_or_full(&wanted[i], mine)",
                 "__atomic_fetch_or(&wanted[i], mine, __ATOMIC_SEQ_CST)",
                 "kernel/mm/shootdown.c"),
    "register": (MMIO, "fence iorw, iorw", "fence rw, rw",
                 "kernel/riscv/plic.c"),
    "flush": (CSR, "sfence.vma zero, t0", "sfence.vma t0, zero",
              "kernel/mm/pagetable.c"),
    "switch": (MACROS, "    sc.d    zero, ra, (\\saved)\n", "",
               "kernel/riscv/swtch.S"),
    "return": (MACROS, "    sc.d    zero, ra, (\\saved)\n", "",
               "kernel/riscv/vectors.S"),
}


def compile_words():
    """The compiler of the kernel, and its flags."""
    flags = [*KERNEL_FLAGS, "-O2", "-g", "-mno-relax"]
    if order.PREFIX == "llvm-":     # knows these two as parts of the base
        return ["clang", "--target=riscv64-unknown-elf",
                *(flag.removesuffix("_zicsr_zifencei") for flag in flags)]
    return [order.PREFIX + "gcc", *flags]


@pytest.mark.parametrize("what", WEAKER)
def test_a_weaker_copy_is_refused(tmp_path, what):
    """If one order is removed from a copy, the test reports it."""
    header, old, new, source = WEAKER[what]
    shutil.copytree(os.path.join(order.ROOT, "kernel"), tmp_path / "kernel")
    if header:
        text = (tmp_path / header).read_text()
        assert old in text
        (tmp_path / header).write_text(text.replace(old, new))
    done = run(["env", "-C", str(tmp_path), *compile_words(), "-c", source,
                "-o", "copy.o"])
    assert done.returncode == 0, done.stdout
    found = order.complaints(str(tmp_path / "copy.o"), tmp_path)
    assert bool(found) == (header is not None), found


def test_the_frame_is_never_above_the_stack_pointer():
    """Where interrupts may be on, sp goes to a program's frame in one step: an
    interrupt in between would save its registers over the frame.  Only the entry
    of a trap or of a hart, and the switch, load sp: their interrupts are off.
    """
    off = {"uservec", "kernelvec", "hart_entry", "_start"}
    found, function = [], None
    for path in files("kernel/riscv", ending=".S"):
        for number, line in lines(path):
            name = re.match(r"FUNC (\w+)", line)
            function = name[1] if name else function
            if re.match(r"\s+(ld|mv|la|lla|csrr|csrrw)\s+sp,", line) and \
                    function not in off:
                found.append(f"{path}:{number}: {function}: {line.strip()}")
    report(found)
