"""The order of memory accesses in the compiled kernel.

The C code states an order by the names of lib/atomic.h.  Here the compiler's
code for each line with such a name is found through the debugging information,
and reduced to fences and the access with its order bits.
"""
import collections
import os
import re

from commands import PREFIX, run
from machine import ROOT

Instruction = collections.namedtuple(
    "Instruction", "address symbol word operands path line")

# The code that the compiler generated for a line with a name: its function, and
# its instructions, as "fence rw,w" or "amoadd.w.aqrl" or just "load".
Use = collections.namedtuple("Use", "symbol path line name code")

NAME = re.compile(r"\batomic_(load|store|add|sub|or|and|swap)_"
                  r"(relaxed|acquire|release|full)\(")
SYMBOL = re.compile(r"^[0-9a-f]+ <([^.].*)>:$")  # .L... is not a function
PLACE = re.compile(r"^(?:; )?\S*?((?:kernel/)\S+):(\d+)(?: \(.*\))?$")
CODE = re.compile(r"^ *([0-9a-f]+):\s+([a-z][\w.]*)\s*([^#<]*)")
TARGET = re.compile(r"(?:^|,)(?:0x)?([0-9a-f]+)$")

LOADS = {"lb", "lbu", "lh", "lhu", "lw", "lwu", "ld"}
STORES = {"sb", "sh", "sw", "sd"}

REGISTERS = "kernel/riscv/mmio.h"


def instructions(path):
    """The instructions of a linked file or an object, in order, each with its
    line."""
    done = run([PREFIX + "objdump", "-dl", "--no-show-raw-insn", path])
    assert done.returncode == 0, done.stdout[:500]
    found = []
    symbol = source = None
    number = 0
    for line in done.stdout.splitlines():
        if place := PLACE.match(line):
            source, number = place[1], int(place[2])
        elif start := SYMBOL.match(line):
            symbol, source = start[1], None
        elif code := CODE.match(line):
            operands = code[3].replace(" ", "").strip()
            if code[2] == "fence" and not operands:
                operands = "iorw,iorw"
            found.append(Instruction(int(code[1], 16), symbol, code[2],
                                     operands, source, number))
    return found


# -- single instructions --------------------------------------------------


def is_fence(instruction):
    """Whether an instruction orders accesses. fence.i concerns fetches, and
    older objdumps show the hint pause as "fence w,unknown"."""
    return instruction.word == "fence" and "unknown" not in instruction.operands


def kind(instruction):
    """load, store, amo, lr, sc, or fence; None for all others, and for values
    that a function saves on its stack."""
    word = instruction.word.removeprefix("c.")
    if word in LOADS | STORES and instruction.operands.endswith("(sp)"):
        return None
    if word in LOADS:
        return "load"
    if word in STORES:
        return "store"
    if is_fence(instruction):
        return "fence"
    found = re.match(r"(amo|lr\.|sc\.)", word)
    return found[1].rstrip(".") if found else None


def bits(word):
    """The order bits of an LR, SC or AMO: a set of "aq" and "rl"."""
    last = word.rpartition(".")[2]
    return {bit for bit in ("aq", "rl") if bit in last}


def fence_orders(code, before, after):
    """Whether a "fence x,y" has all of these in its two sets."""
    if not code.startswith("fence "):
        return False
    sets = code.removeprefix("fence ").split(",")
    return set(before) <= set(sets[0]) and set(after) <= set(sets[1])


def spoken(instruction):
    """The notation of an instruction in the code of a Use."""
    what = kind(instruction)
    if what == "fence":
        return f"fence {instruction.operands}"
    if instruction.word.startswith("amoswap") and \
            instruction.operands.startswith("zero,"):
        return f"{instruction.word} zero"   # how gcc 12 stores
    return what if what in ("load", "store") else instruction.word


# -- uses of names --------------------------------------------------------


def lines_of(path, root):
    """(number, line) of a source, from 1."""
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return list(enumerate(file, 1))


def names_in(root=ROOT):
    """{(path, line): [(what, order), ...]} of the kernel's sources."""
    paths = [os.path.relpath(os.path.join(directory, file), root)
             for directory, _, files in os.walk(os.path.join(root, "kernel"))
             for file in files if file.endswith((".c", ".h"))]
    return {(path, number): NAME.findall(line)
            for path in paths if path != "kernel/lib/atomic.h"
            for number, line in lines_of(path, root) if NAME.search(line)}


def is_access_of(name, instruction):
    """Whether an instruction can belong to a name."""
    what, _ = name
    here = kind(instruction)
    if what == "load":
        return here == "load"
    if what == "store":
        return here == "store" or spoken(instruction).endswith(" zero")
    return here == "amo"


def ways(code):
    """The possible next instructions: {index: [index, ...]}; none after a call
    or a return."""
    index_of = {here.address: index for index, here in enumerate(code)}
    found = collections.defaultdict(list)
    for index, here in enumerate(code):
        jumps = here.word in ("j", "jal", "jr", "jalr", "ret", "sret", "call",
                              "tail", "unimp", "ebreak")
        if not jumps:
            found[index].append(index + 1)
        target = TARGET.search(here.operands)
        if target and (here.word == "j" or here.word.startswith("b")):
            found[index] += filter(None, [index_of.get(int(target[1], 16))])
    return found


def backwards(next_ones):
    """The possible previous instructions."""
    found = collections.defaultdict(list)
    for index, others in next_ones.items():
        for other in others:
            found[other].append(index)
    return found


def fences_from(code, index, next_ones, fits):
    """The first fences on each path from an instruction, in no order; [] if a
    path has another access first, or no suitable fence."""
    found = []
    seen = set()
    open_ones = list(next_ones[index])
    while open_ones:
        at = open_ones.pop()
        if at in seen:
            continue
        seen.add(at)
        what = kind(code[at]) if at < len(code) else "end"
        if what == "fence" and fits(code[at]):
            found.append(code[at])
        elif what is not None or not next_ones[at]:
            return []
        else:
            open_ones += next_ones[at]
    return found


def uses(code, root=ROOT):
    """Every Use in a list of instructions."""
    found = []
    names = names_in(root)
    forth = ways(code)
    back = backwards(forth)
    for index, here in enumerate(code):
        place = (here.path, here.line)
        for name in dict.fromkeys(names.get(place, ())):
            if not is_access_of(name, here):
                continue
            before, after = (
                sorted({spoken(fence) for fence in fences_from(
                    code, index, way, lambda i, at=place: i[-2:] == at)})
                for way in (back, forth))
            if name[1] in ("relaxed", "acquire"):
                before = []
            if name[0] != "load" or name[1] == "relaxed":
                after = []      # later accesses are ordered by a bit, or not at
                                # all
            words = (*before, spoken(here), *after)
            found.append(Use(here.symbol, *place, "_".join(name), words))
    return without_addresses(found)


def without_addresses(found):
    """A line may also load an address or a value, which has no order. Of the
    loads of a line in one function, keep those with the most fences."""
    most = collections.Counter()
    for use in found:
        most[use[:4]] = max(most[use[:4]], len(use.code))
    return [use for use in found if len(use.code) == most[use[:4]]]


def has_order(use):
    """Whether the code of a Use has the order that its name states."""
    order = use.name.rpartition("_")[2]
    at = next(i for i, word in enumerate(use.code) if "fence" not in word)
    own = bits(use.code[at].split()[0])
    before, after = use.code[:at], use.code[at + 1:]
    loads = use.code[at] == "load"
    release = "rl" in own or any(
        fence_orders(code, "rw", "r" if loads else "w") for code in before)
    acquire = "aq" in own or any(
        fence_orders(code, "r", "rw") for code in after)
    return {"relaxed": True, "acquire": acquire, "release": release,
            "full": acquire and release}[order]


# -- what is wrong --------------------------------------------------------


def check_uses(code, root):
    """Uses with less order than their names state, and atomic instructions on
    lines without such a name."""
    names = names_in(root)
    found = [f"{use.path}:{use.line}: {use.name} in {use.symbol}: only "
             f"{'; '.join(use.code)}"
             for use in uses(code, root) if not has_order(use)]
    return found + [
        f"{here.path}:{here.line}: {here.word} in {here.symbol}: no name says "
        "its order" for here in code
        if kind(here) == "amo" and (here.path, here.line) not in names
        and not str(here.path).endswith(".S")]


def check_change(code):
    """atomic_change acquires with its lr and releases with its sc, and C code
    has no other pair; assembly code is taken as intended."""
    wanted = {"lr": "aq", "sc": "rl"}
    return [f"{here.path}:{here.line}: {here.word} in {here.symbol}: no "
            f".{wanted[kind(here)]}" for here in code
            if kind(here) in wanted and not str(here.path).endswith(".S")
            and wanted[kind(here)] not in bits(here.word)]


def check_registers(code, root):
    """Each access to a device register stands between two fences."""
    found = []
    forth = ways(code)
    back = backwards(forth)
    accesses = {number for number, line in lines_of(REGISTERS, root)
                if re.search(r"\*\((const )?volatile ", line)}
    for index, here in enumerate(code):
        if here.path != REGISTERS or here.line not in accesses or \
                kind(here) not in ("load", "store"):
            continue
        if not all(fences_from(code, index, way, lambda i: fence_orders(
                spoken(i), "iorw", "iorw")) for way in (back, forth)):
            found.append(f"{here.path}:{here.line}: {here.word} in "
                         f"{here.symbol}: not between two full fences")
    return found


def check_reservations(code):
    """Code that switches to another program or thread ends the reservation:
    each function with an sret, and swtch, has an SC and no LR after it."""
    last = {}
    found = []
    for here in code:
        if kind(here) in ("lr", "sc"):
            last[here.symbol] = kind(here)
        leaves = here.word == "sret" or (here.symbol, here.word) == \
            ("swtch", "ret")
        if leaves and last.get(here.symbol) != "sc":
            found.append(f"{here.path}:{here.line}: {here.word} in "
                         f"{here.symbol}: a reservation may survive")
    return found


def check_flushes(code):
    """No flush is of one address: that would only order the last-level entry,
    but a table above it may be new, too (privileged specification 20211203,
    4.2.1)."""
    return [f"{here.path}:{here.line}: {here.word} {here.operands} in "
            f"{here.symbol}: does not order tables" for here in code
            if here.word == "sfence.vma"
            and here.operands.split(",")[0] not in ("", "zero")]


def complaints(path, root=ROOT):
    """Everything wrong in a linked kernel or an object of it."""
    code = instructions(path)
    return (check_uses(code, root) + check_change(code)
            + check_registers(code, root) + check_reservations(code)
            + check_flushes(code))
