"""gdb commands that know Tether's structures; .gdbinit loads them.

`help tether` lists them.  They read the memory of the stopped machine.  To do
so, they temporarily switch gdb's current hart to supervisor mode, and set its
registers to follow the stack of a thread that is not running.  Both are
restored at once.
"""
import contextlib
import os
import re
import struct
import textwrap

import gdb

PAGE = 4096
STATES = ("new", "ready", "run", "sleep", "dead")
FLAGS = "VRWXUGAD"      # of an entry of a page table, from bit 0 on
RIGHTS = ((2, "r"), (4, "w"), (8, "x"))
SUPERVISOR = 1
WAITING = {"swtch", "switch_to", "sched_switch", "sched_yield",
           "thread_trampoline"}
LINEAR = 0xffffffc000000000     # address of physical address 0


# -- structures -----------------------------------------------------------

def static(path, name):
    """A variable of the file `path` in the kernel, even if other files have the
    same name."""
    return gdb.parse_and_eval(f"'kernel/{path}'::{name}")


def pointer(kind, address):
    return gdb.Value(int(address)).cast(gdb.lookup_type(kind).pointer())


def offset(kind, member):
    return next(field.bitpos // 8 for field in gdb.lookup_type(kind).fields()
                if field.name == member)


def each(head, kind, member):
    """The elements of a list, given the member that links them."""
    at = head["next"]
    while at != head.address:
        yield pointer(kind, int(at) - offset(kind, member))
        at = at["next"]


def processes():
    return sorted(each(gdb.parse_and_eval("proc_everyone"), "struct proc", "all"),
                  key=lambda proc: int(proc["pid"]))


def process(word):
    """The process of a command's argument, a pid."""
    if not word.isdecimal():
        raise gdb.GdbError("a pid is required; `ps` lists them")
    for proc in processes():
        if int(proc["pid"]) == int(word):
            return proc
    raise gdb.GdbError(f"no process {word}; `ps` lists them")


def end_of(proc):
    """How far a process without a thread has come."""
    return "zombie" if proc["ended"] else "exit"


def thread_of(proc):
    if not proc["thread"]:
        raise gdb.GdbError(f"process {int(proc['pid'])} has no thread: "
                           f"{end_of(proc)}")
    return proc["thread"]


def space_of(proc):
    if not proc["space"]:
        raise gdb.GdbError(f"process {int(proc['pid'])} has no memory")
    return proc["space"]


def harts():
    for index in range(int(gdb.parse_and_eval("hart_count"))):
        yield index, gdb.parse_and_eval(f"harts[{index}]")


def queue_of(hart):
    return static("sched/sched.c", f"queues[{hart}]")


def queued(hart):
    """The threads that are ready to run on a hart, the next one first."""
    for entity in each(queue_of(hart)["ready"], "struct sched_entity", "link"):
        yield pointer("struct thread",
                      int(entity) - offset("struct thread", "sched"))


def threads():
    """All threads except sleeping kernel threads, each once."""
    found = {}
    for proc in processes():
        if proc["thread"]:
            found[int(proc["thread"])] = proc["thread"]
    for index, hart in harts():
        idle = hart["idle"].cast(gdb.lookup_type("struct thread").pointer())
        for thread in [*queued(index), *([idle] if idle else [])]:
            found[int(thread)] = thread
    return found.values()


def name_of(thread):
    """Which process or hart a thread belongs to, in words."""
    if not thread:
        return "nobody"
    proc = thread["proc"]
    if proc:
        return f"{proc['name'].string()} ({int(proc['pid'])})"
    kind = "idle thread" if thread["is_idle"] else "a kernel thread"
    return f"{kind} of hart {int(thread['tcb']['hart']['index'])}"


def state_of(thread):
    """Its state in a word; an idle thread always counts as running."""
    if thread["is_idle"]:
        hart = thread["tcb"]["hart"]
        if any(other["tcb"]["hart"] == hart and STATES[int(other["state"])] == "run"
               for other in (proc["thread"] for proc in processes()
                             if proc["thread"])):
            return "idle"
    return STATES[int(thread["state"])]


# -- registers ------------------------------------------------------------

def set_registers(values):
    """Set registers of the hart; then discard gdb's cached frames."""
    for name, value in values.items():
        gdb.newest_frame().select()
        gdb.execute(f"set ${name} = {int(value)}")


@contextlib.contextmanager
def registers(**values):
    """Use other register values for the current hart, temporarily."""
    gdb.newest_frame().select()
    kept = {name: int(gdb.parse_and_eval(f"(unsigned long)${name}"))
            for name in values}
    try:
        set_registers(values)
        yield
    finally:
        set_registers(kept)


def as_thread(thread):
    """Inspect a thread as if it ran on the current hart."""
    context = thread["tcb"]["context"]
    saved = {f"s{i}": context["s"][i] for i in range(12)}
    return registers(ra=context["ra"], sp=context["sp"], **saved,
                     pc=context["ra"])


def place_of(thread):
    """The function that a thread is in, outside the scheduler."""
    if state_of(thread) == "run":
        number = int(thread["tcb"]["hart"]["id"]) + 1
        return f"its registers are in the hart: `thread {number}`"
    with as_thread(thread):
        frame = gdb.newest_frame()
        while frame is not None:
            name = frame.name() or f"{frame.pc():#x}"
            if name not in WAITING and not name.startswith("waitq_"):
                return name
            frame = frame.older()
    return "?"


# -- commands -------------------------------------------------------------

class Tether(gdb.Command):
    """Commands that know Tether's structures."""

    def __init__(self):
        super().__init__("tether", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


def command(name, words=(0, 0)):
    """Make a command from a function, whose docstring is the help."""
    def make(function):
        class Command(gdb.Command):
            __doc__ = f"{name} {function.__doc__.strip()}"

            def invoke(self, line, _):
                found = gdb.string_to_argv(line)
                if not words[0] <= len(found) <= words[1]:
                    raise gdb.GdbError(
                        textwrap.dedent(self.__doc__))
                with registers(priv=SUPERVISOR):
                    function(*found)
        Command(name, gdb.COMMAND_DATA)
        COMMANDS.append(Command.__doc__.split("\n")[0])
        return function
    return make


COMMANDS = []


@command("ps")
def show_processes():
    """ - list the processes."""
    print("  pid  ppid  pgid hart state  pages name")
    for proc in processes():
        thread = proc["thread"]
        parent = int(proc["parent"]["pid"]) if proc["parent"] else 0
        hart = int(thread["tcb"]["hart"]["index"]) if thread else "-"
        state = state_of(thread) if thread else end_of(proc)
        pages = int(proc["space"]["mapped"]) if proc["space"] else 0
        print(f"{int(proc['pid']):5} {parent:5} {int(proc['pgid']):5} {hart:>4} "
              f"{state:6} {pages:5} {proc['name'].string()}")


@command("proc", (1, 1))
def show_process(pid):
    """ PID - a process: its relatives, its threads, its open files."""
    proc = process(pid)
    print(f"{proc['name'].string()}: group {int(proc['pgid'])}, session "
          f"{int(proc['session'])}, child of "
          f"{int(proc['parent']['pid']) if proc['parent'] else 'nobody'}")
    for list_name in ("children", "zombies"):
        pids = [str(int(child["pid"])) for child in
                each(proc[list_name], "struct proc", "sibling")]
        print(f"  {list_name}: {' '.join(pids) or 'none'}")
    if proc["thread"]:
        thread = proc["thread"]
        print(f"  {state_of(thread)} on hart "
              f"{int(thread['tcb']['hart']['index'])}: {place_of(thread)}")
    if proc["cwd"]:
        print(f"  in the directory of inode {int(proc['cwd']['number'])}")
    files = proc["files"]
    for fd in range(int(files["end"]) if files else 0):
        file = files["file"][fd]
        if file:
            inode = file["inode"]
            kind = f"inode {int(inode['number'])}" if inode else "a pipe"
            print(f"  descriptor {fd}: {kind}")


@command("threads")
def show_threads():
    """ - the threads, and the function that each one is in."""
    for thread in threads():
        print(f"{int(thread):#x} {state_of(thread):6} hart "
              f"{int(thread['tcb']['hart']['index'])} {name_of(thread):24} "
              f"{place_of(thread)}")


@command("bt-thread", (1, 1))
def show_stack(pid):
    """ PID - the kernel stack of a process that is not running."""
    thread = thread_of(process(pid))
    if state_of(thread) == "run":
        raise gdb.GdbError(f"it runs; {place_of(thread)}, then `bt`")
    with as_thread(thread):
        gdb.execute("bt")


@command("runq")
def show_queues():
    """ - the run queue of each hart, the next thread first."""
    for hart, _ in harts():
        names = [name_of(thread) for thread in queued(hart)]
        print(f"hart {hart}: {', '.join(names) or 'nothing'}")


@command("areas", (1, 1))
def show_areas(pid):
    """ PID - the areas of an address space."""
    space = space_of(process(pid))
    for area in each(space["top"]["link"], "struct area", "link"):
        rights = "".join(letter if int(area["rights"]) & bit else "-"
                         for bit, letter in RIGHTS)
        what = "zeros"
        if area["pager"]:
            inode = pointer("struct inode", int(area["pager"]) -
                            offset("struct inode", "pager"))
            what = f"inode {int(inode['number'])}, page {int(area['index'])}"
        if area == space["heap"]:
            what = "heap"
        print(f"{int(area['start']):#12x} {int(area['end']):#12x} {rights} "
              f"{what}; promised {int(area['charge'])}, private "
              f"{int(area['filled'])}")


def entries(table, level, base):
    """The valid entries of a table and of those below it: (va, level,
    entry)."""
    for index in range(256 if level == 2 else 512):
        entry = int(table[index])
        va = base + (index << 12 + 9 * level)
        if entry & 1:
            yield va, level, entry
            if not entry & 0xe:
                yield from entries(table_of(entry), level - 1, va)


def table_of(entry):
    return pointer("unsigned long", (entry >> 10 << 12) + LINEAR)


def flags_of(entry):
    return "".join(letter if entry >> bit & 1 else "-"
                   for bit, letter in enumerate(FLAGS))


@command("pt", (1, 2))
def show_table(pid, address=None):
    """ PID [VA] - the pages of a process; or the entries for one address."""
    root = space_of(process(pid))["table"]["root"]
    wanted = None if address is None else int(gdb.parse_and_eval(address))
    shown = 0
    for va, level, entry in entries(root, 2, 0):
        if wanted is not None:
            shown += va <= wanted < va + (1 << 12 + 9 * level)
            if not va <= wanted < va + (1 << 12 + 9 * level):
                continue
        elif not entry & 0xe:
            continue
        print(f"{va:#12x} level {level}: {entry >> 10 << 12:#x} "
              f"{flags_of(entry)}")
    if wanted is not None and shown < 3:
        print(f"{wanted:#12x}: not mapped on level {2 - shown}")


def locks_in(value, depth=0):
    """The locks inside a variable."""
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_ARRAY:
        low, high = kind.range()
        if kind.target().strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
            for index in range(low, high + 1):
                yield from locks_in(value[index], depth + 1)
    elif kind.code == gdb.TYPE_CODE_STRUCT and depth < 4:
        if kind.tag in ("spinlock", "sleeplock"):
            yield value
        if kind.tag != "spinlock":
            for field in kind.fields():
                yield from locks_in(value[field], depth + 1)


def variables():
    """The kernel's variables that may contain a lock."""
    path = ""
    for line in gdb.execute("info variables -q -n", to_string=True).split("\n"):
        if line.startswith("File "):
            path = line[len("File "):-1]
        found = re.search(r"\bstruct\b.*\b(\w+)(\[.*\])?;$", line)
        if found and path.startswith("kernel/"):
            try:
                yield gdb.parse_and_eval(f"'{path}'::{found[1]}")
            except gdb.error:
                continue    # static inside a function


def inodes():
    """The inodes in memory."""
    table = static("fs/inode.c", "icache")["table"]
    heads = 1 << 64 - int(table["shift"])
    memory = gdb.selected_inferior().read_memory(int(table["chain"]), 8 * heads)
    for address in struct.unpack(f"<{heads}Q", bytes(memory)):
        while address != 0:
            inode = pointer("struct inode", address).dereference()
            yield inode
            address = int(inode["hash_next"])


@command("locks")
def show_locks():
    """ - the held locks: in variables, and in processes."""
    values = list(variables())
    for proc in processes():
        values += [proc[name].dereference() for name in ("space", "files")
                   if proc[name]]
    values += inodes()
    locks = [lock for value in values for lock in locks_in(value)]
    count = 0
    for lock in locks:
        is_spin = lock.type.strip_typedefs().tag == "spinlock"
        holder = int(lock["owner"] if is_spin else lock["state"])
        if holder == 0 or (is_spin and not lock["taken"]):
            continue
        count += 1
        shared = not is_spin and holder < 1 << 63
        who = "shared" if shared else \
            name_of(pointer("struct thread", holder & ~1))
        print(f"{lock['name'].string():16} "
              f"{'spinlock' if is_spin else 'sleep lock'} {who}")
        for queue in () if is_spin else ("waiters", "urgent", "sharers"):
            for thread in each(lock[queue]["waiters"], "struct thread",
                               "waiting"):
                print(f"{'':16} {name_of(thread)} waits")
    if count == 0:
        print(f"none of {len(locks)} locks is held")


@command("trapframe", (0, 1))
def show_frame(pid=None):
    """ [PID] - the registers of a program at its entry to the kernel."""
    if pid is None:
        thread = gdb.parse_and_eval("(struct thread *)$tp")
        if int(thread) < LINEAR or not thread["proc"]:
            raise gdb.GdbError("no program has entered the kernel on this "
                               "hart: give a PID")
    else:
        thread = thread_of(process(pid))
    frame = pointer("struct trapframe", int(thread["tcb"]["stack_top"]) -
                    gdb.lookup_type("struct trapframe").sizeof).dereference()
    print(f"{name_of(thread)}: pc {int(frame['epc']):#x}")
    names = [field.name for field in frame.type.fields()]
    words = []
    for name in names[:names.index("epc")]:
        values = [frame[name]] if name != "a" else \
            [frame["a"][i] for i in range(8)]
        words += [(name if name != "a" else f"a{i}", int(value))
                  for i, value in enumerate(values)]
    for at in range(0, len(words), 4):
        print("  ".join(f"{name:>3} {value:#18x}"
                        for name, value in words[at:at + 4]))


@command("user", (1, 1))
def add_program(name):
    """ NAME - load the symbols of a program, too, such as `user bin/ps`."""
    build = os.path.dirname(gdb.objfiles()[0].filename)
    path = os.path.join(build, "user", name)
    if not os.path.exists(path):
        raise gdb.GdbError(f"no such program: {path}")
    gdb.execute(f"add-symbol-file {path}")


@command("harts")
def show_harts():
    """ - where each hart is; `thread N` selects one."""
    gdb.execute("info threads")


@command("satp")
def show_satp():
    """ - physical page number and mode (8: Sv39) of the current page table."""
    satp = int(gdb.parse_and_eval("(unsigned long)$satp"))
    print(f"page {satp & (1 << 44) - 1:#x}, mode {satp >> 60}")


Tether.__doc__ += "\n\n" + "\n".join(COMMANDS)
Tether()
