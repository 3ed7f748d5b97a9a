"""Models of the protocols that harts use without a lock between them.

    tests/models.py [--write] [--herd COMMAND] [--directory DIR] [--inside DIR]

`make models` runs this.  A model is a litmus test for herd7, which tries every
execution that the memory model of RISC-V allows.  The instructions come from
the kernels built here, found by tests/order.py.  Only registers and addresses
are replaced; a device register or a CSR becomes an ordinary word of memory.
Branches are left out, except that of a failed compare-and-swap, so that no
result depends on them.

Each model names an outcome that would be a bug.  It must be impossible.  And
for each group of accesses whose order the model needs, it must be possible once
they have no order; otherwise the model would show nothing.

tests/models.json keeps the modeled instructions and the results;
docs/memory-order.md has a summary (--write).
"""
import argparse
import collections
import json
import os
import re
import shlex
import sys
import tempfile

import order
from commands import make, run
from machine import ROOT

RESULTS = os.path.join(ROOT, "tests", "models.json")
PAGE = os.path.join(ROOT, "docs", "memory-order.md")
BEGIN, END = "<!-- begin: make models -->\n", "<!-- end -->\n"

BUILDS = {      # the compilers, and make's words for them
    "gcc": [],
    "gcc-linux": ["TOOLPREFIX=riscv64-linux-gnu-", "B=build/gnu"],
    "clang": ["LLVM=1", "B=build/llvm"],
}

# -- where the kernel's code is -------------------------------------------

# A part of the source line that identifies the access.
PLACES = {
    "lock": ("kernel/sync/spinlock.c", "atomic_swap_acquire(&lock->taken"),
    "unlock": ("kernel/sync/spinlock.c", "atomic_store_release(&lock->taken"),
    "sleep": ("kernel/sched/thread.h", "atomic_store_release(&self->state"),
    "sleeps": ("kernel/sched/sched.c", "atomic_load_acquire(&thread->state"),
    "killed": ("kernel/sched/waitq.c", "atomic_load_full(&thread_self()->work"),
    "kill": ("kernel/sched/thread.h", "atomic_or_full(&thread->work"),
    "idle": ("kernel/sched/sched.c", "atomic_or_full(&idle_harts"),
    "work": ("kernel/sched/sched.c", "atomic_load_relaxed(&ours->count"),
    "queue": ("kernel/sched/sched.c", "atomic_store_relaxed(&queue->count, queue"),
    "kick": ("kernel/sched/sched.c", "atomic_load_full(&queued_harts"),
    "pass by": ("kernel/sched/sched.c", "atomic_and_full(&queued_harts"),
    "ask": ("kernel/riscv/hart.c", "atomic_or_full(&to->ipi"),
    "asked": ("kernel/riscv/hart.c", "atomic_swap_full(&hart_self()->"),
    "want": ("kernel/mm/shootdown.c", "atomic_or_full(&wanted[i]"),
    "wanted": ("kernel/mm/shootdown.c", "atomic_load_acquire(mine)"),
    "answer": ("kernel/mm/shootdown.c", "atomic_and_full(mine"),
    "answered": ("kernel/mm/shootdown.c", "atomic_load_acquire(&wanted[i])"),
    "who runs": ("kernel/mm/pagetable.c", "atomic_load_full(&table->harts"),
    "run": ("kernel/mm/pagetable.c", "atomic_or_full(&to->harts"),
    "mapped": ("kernel/mm/kstack.c", "atomic_add_full(&kstack_mapped"),
    "known": ("kernel/mm/kstack.h", "atomic_load_relaxed(&kstack_mapped"),
    "put": ("kernel/mm/page.h", "atomic_sub_full(&page->refs"),
    "offer": ("kernel/dev/virtio_blk.c", "atomic_store_release("),
}

# Instructions without such a name, identified by their surroundings, as
# (function, the instruction before it).
FENCES = {
    "interrupt": ("sbi_send_ipi", None),
    "clear": (None, ("kernel/riscv/hart.c", "csr_clear(sip")),
    "doorbell": (None, ("kernel/dev/virtio_blk.c", "atomic_store_release(")),
}
CHANGES = {"take": "sleeplock_acquire", "give": "sleeplock_release"}


def line_of(place):
    """(path, line) of the one source line that a place refers to."""
    path, part = place
    found = [number for number, line in order.lines_of(path, ROOT)
             if part in line]
    assert found, f"{path}: no line has {part}"
    return path, found[0]


def of_symbol(code, symbol):
    return [here for here in code if symbol in (None, here.symbol)]


def fence_after(code, symbol, place):
    """The first fence of a function, or after the code of a line."""
    code = of_symbol(code, symbol)
    if place is not None:
        at = line_of(place)
        first = next(index for index, here in enumerate(code)
                     if (here.path, here.line) == at)
        last = max(index for index, here in enumerate(code)
                   if (here.path, here.line) == at and index < first + 20)
        code = code[last + 1:]
    return [order.spoken(next(filter(order.is_fence, code)))]


def sequences(path):
    """The instructions of each access in a kernel: {name: ["fence rw,w", ...]}.
    All places into which an access was compiled must have the same
    instructions."""
    code = order.instructions(path)
    of_line = collections.defaultdict(set)
    for use in order.uses(code):
        of_line[use.path, use.line].add(use.code)
    found = {}
    for name, place in PLACES.items():
        variants = of_line[line_of(place)]
        assert len(variants) == 1, f"{path}: {name}: {variants or 'not found'}"
        found[name] = list(variants.pop())
    for name, (symbol, place) in FENCES.items():
        found[name] = fence_after(code, symbol, place)
    for name, symbol in CHANGES.items():
        found[name] = [here.word for here in of_symbol(code, symbol)
                       if order.kind(here) in ("lr", "sc")]
        assert len(found[name]) == 2, f"{path}: {name}: {found[name]}"
    return found


# -- the models -----------------------------------------------------------

# A step of a hart: the operation ("read" and "write" are ordinary accesses, all
# others are in the tables above), the word, and the value; for "take" and
# "give" the value is a pair.  A value that is read gets the name of the step's
# word, prefixed with the hart.
Step = collections.namedtuple("Step", "what word value", defaults=(None, None))

# `start`: words that are not 0 initially.  `fault`: the outcome that must be
# impossible. `needed`: groups of accesses; without the order of a group it must
# be possible.
Model = collections.namedtuple("Model", "name claim start harts fault needed")

LOCK = Step("lock", "taken", 1)         # reading 0 means that the lock is taken
UNLOCK = Step("unlock", "taken", 0)

MODELS = [
    Model("lock: seen", "the next holder of a lock sees what was stored under it",
          {"taken": 1},
          [[Step("write", "data", 1), UNLOCK],
           [LOCK, Step("read", "data")]],
          "1:taken=0 /\\ 1:data=0",
          [["unlock"], ["lock"]]),
    Model("lock: not too early", "a store under a lock comes after "
          "the previous holder's loads",
          {"taken": 1},
          [[Step("read", "data"), UNLOCK],
           [LOCK, Step("write", "data", 1)]],
          "1:taken=0 /\\ 0:data=1",
          [["unlock"], ["lock"]]),
    Model("sleep lock: seen", "the next holder of an uncontended sleep lock "
          "sees what was stored under it",
          {"state": 1},
          [[Step("write", "data", 1), Step("give", "state", (1, 0))],
           [Step("take", "state", (0, 2)), Step("read", "data")]],
          "1:state=1 /\\ 1:data=0",
          [["take"], ["give"]]),
    Model("sleep lock: not too early", "a store under a sleep lock "
          "comes after the previous holder's loads",
          {"state": 1},
          [[Step("read", "data"), Step("give", "state", (1, 0))],
           [Step("take", "state", (0, 2)), Step("write", "data", 1)]],
          "1:state=1 /\\ 0:data=1",
          [["give"]]),
    Model("wait queue: kill", "either a thread that falls asleep sees that it has "
          "been killed, or the killer sees that it sleeps",
          {},
          [[Step("sleep", "state", 1), Step("killed", "work")],
           [Step("kill", "work", 1), LOCK, Step("read", "state")]],
          "0:work=0 /\\ 1:state=0",
          [["killed"], ["kill", "lock"]]),
    Model("wait queue: disturb", "a thread that wants to interrupt a sleeper "
          "sees whether that is allowed",
          {"killable": 1},
          [[Step("write", "killable", 0), Step("sleep", "state", 1)],
           [Step("sleeps", "state"), Step("read", "killable")]],
          "1:state=1 /\\ 1:killable=1",
          [["sleep"], ["sleeps"]]),
    Model("wait queue: wake", "a thread that changes the condition after the "
          "waiter has checked it sees the waiter asleep",
          {"taken": 1},
          [[Step("read", "condition"), Step("sleep", "state", 1), UNLOCK],
           [LOCK, Step("write", "condition", 1), Step("read", "state")]],
          "1:taken=0 /\\ 1:state=0",
          [["unlock"], ["lock"]]),
    Model("switch", "a hart that takes over a thread finds its registers saved",
          {"taken": 1},
          [[Step("write", "context", 1), UNLOCK],
           [LOCK, Step("read", "context")]],
          "1:taken=0 /\\ 1:context=0",
          [["unlock"], ["lock"]]),
    Model("idle and kick", "either a hart that goes idle sees the new thread, "
          "or the waker sees that the hart is idle",
          {},
          [[Step("idle", "idle", 1), Step("work", "count")],
           [Step("queue", "count", 1), Step("kick", "queued"),
            Step("read", "idle")]],
          "0:count=0 /\\ 1:idle=0",
          [["idle"], ["kick"]]),
    Model("queues to look at", "either a hart that clears the bit of an "
          "empty queue sees the new thread, or the waker sees the bit clear",
          {"queued": 1},
          [[Step("pass by", "queued", 0), Step("read", "count")],
           [Step("queue", "count", 1), Step("kick", "queued")]],
          "0:count=0 /\\ 1:queued=1",
          [["pass by"], ["kick"]]),
    Model("request: there", "an interrupted hart finds the request",
          {},
          [[Step("read", "pending"), Step("write", "pending", 0),
            Step("clear"), Step("asked", "ipi", 0)],
           [Step("ask", "ipi", 1), Step("interrupt"),
            Step("write", "pending", 1)]],
          "0:pending=1 /\\ 0:ipi=0",
          [["ask", "interrupt"], ["clear", "asked"]]),
    Model("request: not lost", "a request that arrives meanwhile interrupts "
          "again",
          {"ipi": 1, "pending": 1},
          [[Step("write", "pending", 0), Step("clear"), Step("asked", "ipi", 0)],
           [Step("ask", "ipi", 2), Step("interrupt"),
            Step("write", "pending", 1)]],
          "pending=0 /\\ ipi=2",
          [["ask", "interrupt"], ["clear", "asked"]]),
    Model("request: complete", "a hart that finds a request sees what it asks "
          "for",
          {},
          [[Step("asked", "ipi", 0), Step("wanted", "wanted")],
           [Step("want", "wanted", 1), Step("ask", "ipi", 1)]],
          "0:ipi=1 /\\ 0:wanted=0",
          [["want", "ask"], ["asked"]]),
    Model("shoot-down: new entry", "a hart that serves a request walks the "
          "changed table",
          {"entry": 1},
          [[Step("write", "entry", 0), Step("want", "wanted", 1)],
           [Step("wanted", "wanted"), Step("read", "entry")]],
          "1:wanted=1 /\\ 1:entry=1",
          [["want"], ["wanted"]]),
    Model("shoot-down: old page", "a page is reused only after the last access "
          "through the old entry",
          {"wanted": 1},
          [[Step("answered", "wanted"), Step("write", "page", 1)],
           [Step("read", "page"), Step("answer", "wanted", 0)]],
          "0:wanted=0 /\\ 1:page=1",
          [["answered"], ["answer"]]),
    Model("shoot-down: who runs it", "a hart that switches to the space "
          "either walks the changed table or receives a request",
          {"entry": 1},
          [[Step("write", "entry", 0), Step("who runs", "harts")],
           [Step("run", "harts", 1), Step("read", "entry")]],
          "0:harts=0 /\\ 1:entry=1",
          [["who runs"], ["run"]]),
    Model("new stack", "a hart that takes over a thread knows that its stack "
          "was mapped, and walks the changed table",
          {"taken": 1},
          [[Step("write", "entry", 1), Step("mapped", "count", 1), UNLOCK],
           [LOCK, Step("known", "count"), Step("read", "entry")]],
          "1:taken=0 /\\ (1:count=0 \\/ 1:entry=0)",
          [["mapped", "unlock"], ["lock"]]),
    Model("last reference", "a page is reused only after all earlier accesses to "
          "it",
          {"refs": 2},
          [[Step("read", "data"), Step("put", "refs", -1)],
           [Step("put", "refs", -1), Step("write", "data", 1)]],
          "1:refs=1 /\\ 0:data=1",
          [["put"]]),
    Model("virtio queue", "a notified device finds the chain",
          {},
          [[Step("write", "chain", 1), Step("offer", "index", 1),
            Step("doorbell"), Step("write", "notify", 1)],
           [Step("read", "notify"), Step("device"), Step("read", "index"),
            Step("device"), Step("read", "chain")]],
          "1:notify=1 /\\ (1:index=0 \\/ 1:chain=0)",
          [["offer", "doorbell"], ["doorbell"], ["device"]]),
]

# -- litmus tests ---------------------------------------------------------


def without_order(code):
    """The same accesses without any order."""
    return [re.sub(r"\.(aq|rl|aqrl)\b", "", word)
            for word in code if not word.startswith("fence")]


class Hart:
    """The instructions of one hart and its registers."""

    def __init__(self, number, start):
        self.number = number
        self.start = start          # lines of the test's first part
        self.code = []
        self.registers = {}         # by what they hold
        self.changes = False        # whether a compare-and-swap may fail

    def register(self, holds, value=None):
        """A register for a word's address, a value, or a result."""
        if holds not in self.registers:
            self.registers[holds] = f"x{5 + len(self.registers)}"
            if value is not None:
                self.start.append(
                    f"{self.number}:{self.registers[holds]}={value};")
        return self.registers[holds]

    def add(self, step, code):
        """Add the instructions of a step."""
        if step.word is None:
            self.code += map(plain_fence, code)
            return
        at = self.register(f"&{step.word}", step.word)
        if step.what in CHANGES:
            self.add_change(step, code, at)
            return
        value = step.value
        for word in code:
            if word.startswith("fence"):
                self.code.append(plain_fence(word))
            elif word == "load":
                self.code.append(f"lw {self.register(step.word)},0({at})")
            elif word == "store":
                new = self.register(f"={value}", value)
                self.code.append(f"sw {new},0({at})")
            else:
                new = self.register(f"={value}", value)
                to = "x0" if word.endswith(" zero") else \
                    self.register(step.word)
                word = word.removesuffix(" zero").replace(".d", ".w")
                self.code.append(f"{word} {to},{new},({at})")

    def add_change(self, step, code, at):
        """A compare-and-swap; the value "read" shows whether it succeeded."""
        old, new = (self.register(f"={value}", value) for value in step.value)
        found, failed = self.register("found"), self.register("failed")
        load, store = (word.replace(".d", ".w") for word in code)
        out = f"OUT{self.number}"
        self.code += [f"{load} {found},0({at})", f"bne {found},{old},{out}",
                      f"{store} {failed},{new},0({at})",
                      f"bne {failed},x0,{out}",
                      f"ori {self.register(step.word)},x0,1"]
        self.changes = True

    def lines(self):
        return self.code + ([f"OUT{self.number}:"] if self.changes else [])


def plain_fence(word):
    """A fence for herd7, which has no devices."""
    before, after = (re.sub("[io]", "", part)
                     for part in word.removeprefix("fence ").split(","))
    return f"fence {before},{after}"


def code_of(step, kernel, weak):
    """The instructions of a step; without order if it is among the weak."""
    code = {"read": ["load"], "write": ["store"], "device": ["fence rw,rw"],
            **kernel}[step.what]
    return without_order(code) if step.what in weak else code


def litmus(model, kernel, weak=()):
    """The text of a test."""
    start = [f"{word}={value};" for word, value in model.start.items()]
    harts = [Hart(number, start) for number in range(len(model.harts))]
    for hart, steps in zip(harts, model.harts):
        for step in steps:
            hart.add(step, code_of(step, kernel, weak))
    rows = max(len(hart.lines()) for hart in harts)
    table = [[f"P{hart.number}", *hart.lines(),
              *[""] * (rows - len(hart.lines()))] for hart in harts]
    body = "\n".join(" " + " | ".join(f"{cell:28}" for cell in row) + ";"
                     for row in zip(*table))
    def name_register(found):
        return f"{found[1]}:{harts[int(found[1])].registers[found[2]]}="
    fault = re.sub(r"(\d):(\w+)=", name_register, model.fault)
    name = re.sub(r"\W+", "-", model.name)
    begin = "\n".join(start)
    return f"RISCV {name}\n{{\n{begin}\n}}\n{body}\nexists ({fault})\n"


# -- running them ---------------------------------------------------------


class Herd:
    """herd7, and a directory for its files; herd7 may see it by another
    path."""

    def __init__(self, command, directory, inside):
        self.command = shlex.split(command)
        self.directory = directory
        self.inside = inside or directory

    def is_possible(self, text):
        """Whether the outcome of a test is possible."""
        with open(os.path.join(self.directory, "test.litmus"), "w",
                  encoding="ascii") as file:
            file.write(text)
        done = run([*self.command, os.path.join(self.inside, "test.litmus")])
        found = re.search(r"^Observation \S+ (Never|Sometimes|Always) (\d+) "
                          r"(\d+)$", done.stdout, re.MULTILINE)
        assert found, f"{text}\n{done.stdout}"
        return found[1] != "Never"


def try_models(herd, kernel):
    """{model: [possible, [possible without the order of each group]]}."""
    return {model.name: [herd.is_possible(litmus(model, kernel)),
                         [herd.is_possible(litmus(model, kernel, group))
                          for group in model.needed]]
            for model in MODELS}


def wrong(results):
    """Wrong results, one line each."""
    found = []
    for model in MODELS:
        possible, weak = results[model.name]
        if possible:
            found.append(f"{model.name}: the fault is possible")
        found += [f"{model.name}: without the order of {', '.join(group)} the "
                  "fault is still impossible"
                  for group, is_possible in zip(model.needed, weak)
                  if not is_possible]
    return found


# -- what is kept ---------------------------------------------------------


def version(directory):
    """The compiler of a build, in its own words."""
    with open(os.path.join(ROOT, directory, "stamps", "compiler"),
              encoding="utf-8") as file:
        return file.readline().strip()


def section(kept):
    """The part of the page that `make models` writes."""
    rows = ["| model and what it shows | the outcome that must be impossible | "
            "needs the order of |",
            "| --- | --- | --- |"]
    for model in MODELS:
        fault = model.fault.replace("/\\", "and").replace("\\/", "or")
        needed = "; ".join(" and ".join(group) for group in model.needed)
        rows.append(f"| {model.name}: {model.claim} | `{fault}` | {needed} |")
    count = sum(1 + len(model.needed) for model in MODELS)
    lines = [f"{len(MODELS)} models, {count} runs of each with {kept['herd']}; "
             "all results are as required for the code of", ""]
    lines += [f"- {compiler}" for kernel in kept["kernels"]
              for compiler in kernel["compilers"]]
    return "\n".join([*lines, "", *rows]) + "\n"


def page_with(text, new):
    """The page with its generated part replaced."""
    head, _, rest = text.partition(BEGIN)
    return head + BEGIN + new + END + rest.partition(END)[2]


def read():
    """The results of the last run."""
    with open(RESULTS, encoding="ascii") as file:
        kept = json.load(file)
    for kernel in kept["kernels"]:
        kernel["code"] = {name: code.split("; ")
                          for name, code in kernel["code"].items()}
    return kept


def write(kept):
    """Save the results, with the instructions of an access on one line."""
    spelled = [{**kernel, "code": {name: "; ".join(code) for name, code
                                   in kernel["code"].items()}}
               for kernel in kept["kernels"]]
    with open(RESULTS, "w", encoding="ascii") as file:
        file.write(json.dumps({**kept, "kernels": spelled}, indent=1) + "\n")
    with open(PAGE, encoding="ascii") as file:
        text = file.read()
    with open(PAGE, "w", encoding="ascii") as file:
        file.write(page_with(text, section(kept)))


def build(words):
    """Build a kernel; returns its directory."""
    directory = words[-1].removeprefix("B=") if words else "build"
    make(*words, f"{directory}/kernel.elf")
    return directory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--herd", default="herd7")
    parser.add_argument("--directory")
    parser.add_argument("--inside")
    options = parser.parse_args()
    kernels = {}        # keyed by instructions, because many compilers generate
                        # the same
    for words in BUILDS.values():
        directory = build(words)
        code = sequences(f"{directory}/kernel.elf")
        same = kernels.setdefault(json.dumps(code),
                                  {"compilers": [], "code": code})
        same["compilers"].append(version(directory))
    with tempfile.TemporaryDirectory(prefix="tether-models-") as directory:
        herd = Herd(options.herd, options.directory or directory,
                    options.inside)
        found = []
        for kernel in kernels.values():
            complaints = wrong(try_models(herd, kernel["code"]))
            found += [f"{kernel['compilers'][0]}: {line}" for line in complaints]
        name = run([*herd.command, "-version"]).stdout.partition(",")[0]
    print("\n".join(found) or f"models: {len(MODELS)} models of "
          f"{len(kernels)} kernels: all as it must be")
    if found:
        return 1
    if options.write:
        write({"herd": f"herd7 {name}", "kernels": list(kernels.values())})
    return 0


if __name__ == "__main__":
    sys.exit(main())
