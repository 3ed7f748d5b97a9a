"""What the pictures take from the kernel's sources.

Files are found by their names, wherever in kernel/ they are.
"""
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYS_OUT = ROOT / "mkfs/image.c"

WIDTHS = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8, "char": 1}


def find(name):
    """The one file of that name."""
    found = [path for path in [ROOT / name, *ROOT.glob(f"kernel/**/{name}")]
             if path.is_file()]
    if len(found) != 1:
        raise ValueError(f"{len(found)} files are called {name}")
    return found[0]


def text(name):
    return find(name).read_text(encoding="ascii")


def without_comments(source):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", source, flags=re.S)


def sources(*endings):
    """The kernel's files, but those that only look for mistakes."""
    return [path for path in sorted(ROOT.glob("kernel/**/*"))
            if path.suffix in endings and path.parent.name != "check"]


@functools.lru_cache(maxsize=None)
def code():
    """All code of the kernel and of what lays out a disk, without comments."""
    paths = [*sources(".c", ".h", ".S"), find("kernel.ld"), LAYS_OUT]
    return "\n".join(without_comments(path.read_text(encoding="ascii"))
                     for path in paths)


def is_there(name):
    """Whether a name, or an expression of names, stands in the code."""
    return all(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code())
               for word in re.findall(r"\.?[A-Za-z_]\w*", name))


def bodies(function):
    """The bodies of the functions of a name: static ones may share one."""
    found = re.findall(rf"^[\w *]*\b{function}\([^;{{]*\)\n\{{\n(.*?)\n\}}",
                       code(), re.S | re.M)
    return found + re.findall(rf"^FUNC {function}$(.*?)^END {function}$",
                              code(), re.S | re.M)


def in_order(function, *names):
    """Whether a function's body has these names in this order."""
    pattern = r".*?".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)
    return any(re.search(pattern, body, re.S) for body in bodies(function))


# -- constants -------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def defined():
    """{name: set of what headers define it as}; and what mkfs lays out."""
    found = {}
    for path in [*sources(".h"), LAYS_OUT]:
        source = without_comments(path.read_text(encoding="ascii"))
        for name, value in re.findall(r"^#define (\w+) +(\S.*)$", source, re.M):
            found.setdefault(name, set()).add(value.strip())
    return found


def value(expression):
    """The value of an expression of constants."""
    plain = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)U?L?\b", r"\1", expression)
    plain = re.sub(r"\(uint64_t\)", "", plain)
    for name in set(re.findall(r"\b[A-Z]\w*", plain)):
        meanings = defined().get(name, set())
        if len(meanings) != 1:
            raise ValueError(f"{len(meanings)} meanings of {name}")
        number = value(next(iter(meanings)))
        plain = re.sub(rf"\b{name}\b", str(number), plain)
    return int(eval(plain.replace("/", "//"), {"__builtins__": {}}))


def fill_in(words):
    """A text with {EXPRESSION} or {EXPRESSION:format} replaced by values."""
    def one(match):
        expression, _, form = match[1].partition(":")
        return format(value(expression), form or ",")
    return re.sub(r"\{([^{}]+)\}", one, words)


def fill_in_all(data):
    """The same in all texts of a picture's data."""
    if isinstance(data, str):
        return fill_in(data)
    if isinstance(data, list):
        return [fill_in_all(item) for item in data]
    if isinstance(data, dict):
        return {name: fill_in_all(item) for name, item in data.items()}
    return data


# -- structs ---------------------------------------------------------------

def fields(header, struct):
    """[(name, offset, bytes, comment)] of a struct of the disk format."""
    body = re.search(rf"^struct {struct} \{{\n(.*?)^\}}", text(header),
                     re.S | re.M)[1]
    found, offset = [], 0
    for kind, name, count, comment in re.findall(
            r"^ +((?:struct )?\w+) (\w+)(?:\[(\w+)\])?;(?: *// (.*))?$",
            body, re.M):
        one = WIDTHS.get(kind) or size(header, kind.removeprefix("struct "))
        length = one * (value(count) if count else 1)
        found.append((name, offset, length, comment))
        offset += length
    return found


def size(header, struct):
    """Its bytes."""
    _, offset, length, _ = fields(header, struct)[-1]
    return offset + length


# -- locks -----------------------------------------------------------------

def ranks():
    """[(name, comment, whether it is one of a sleep lock)], lowest first."""
    table, sleeps = [], True
    for name, comment in re.findall(r"^ +RANK_(\w+),(?: *// (.*))?$",
                                    text("rank.h"), re.M):
        if name == "SPIN":
            sleeps = False
        else:
            table.append((name, comment, sleeps))
    return table


def lock_users():
    """{rank: [(the lock's name in reports, file)]}."""
    calls = (r'SPINLOCK_INIT\(\s*"([\w ]+)",\s*RANK_(\w+)\)',
             r'(?:spin|sleeplock)_init\([^;]*?"([\w ]+)",([^;]*)\)',
             r'check_acquire\("([\w ]+)",\s*RANK_(\w+)')
    found = {}
    for path in sources(".c"):
        source = without_comments(path.read_text(encoding="ascii"))
        for call in calls:
            for name, where in re.findall(call, source):
                for rank in re.findall(r"RANK_(\w+)", where) or [where]:
                    users = found.setdefault(rank.strip(), [])
                    if (name, path.name) not in users:
                        users.append((name, path.name))
    # Locks whose name is their caller's, and so empty here.
    for path in sources(".c"):
        source = without_comments(path.read_text(encoding="ascii"))
        for rank in re.findall(r"_init\([^;\"]*\bname,\s*RANK_(\w+)\)", source):
            users = found.setdefault(rank, [])
            if path.name not in dict(map(reversed, users)):
                users.append(("", path.name))
    return found
