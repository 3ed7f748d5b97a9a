"""The six books of docs/tour.md: what is in them, and how much that is to read.

A source or header of kernel/ is in one book, or in a table of reference.
"""
import functools
import re

from sources import files, report, text
from test_style import lines_to_read

TOUR = "docs/tour.md"
CORE = ("I", "II", "III")
CORE_LINES = 2300
ALL_LINES = 4800


def chapter(title):
    """What stands below a heading of the second level."""
    found = re.search(rf"^## {title}.*?\n(.*?)(?=^## |\Z)", text(TOUR),
                      re.S | re.M)
    assert found, f"{TOUR}: no heading {title}"
    return found[1]


def named_files(part):
    """The files that a text names, as `dir/{a,b}.c`: braces are alternatives, and
    `dir/a` alone is a.c, a.h and a.S as far as they exist."""
    there = set(files("kernel"))
    found = []
    for name in re.findall(r"`(\w[\w/.]*)`", part):
        paths = [f"kernel/{name}{ending}" for ending in ("", ".c", ".h", ".S")]
        here = [path for path in paths if path in there]
        assert here, f"{TOUR}: kernel/{name} does not exist"
        found += here
    return found


@functools.lru_cache(maxsize=None)
def books():
    """The files of each book, by its number."""
    found = {}
    for number in re.findall(r"^## Book (\w+):", text(TOUR), re.M):
        listed = re.search(r"^Files: (.*?)\n\n", chapter(f"Book {number}:"),
                           re.S | re.M)
        assert listed, f"{TOUR}: book {number} lists no files"
        found[number] = named_files(listed[1])
    return found


def size(paths):
    return sum(lines_to_read(text(path)) for path in paths)


def test_there_are_six():
    assert list(books()) == ["I", "II", "III", "IV", "V", "VI"]


def test_each_file_has_its_place():
    """Every file of the kernel is in just one book, or is reference."""
    places = {path: [] for path in files("kernel")
              if path.endswith((".c", ".h", ".S"))}
    for number, paths in books().items():
        for path in paths:
            places[path].append(f"book {number}")
    for path in named_files(chapter("Where reference lies")):
        places[path].append("reference")
    report([f"{path}: {' and '.join(where) or 'in no book, nor reference'}"
            for path, where in places.items() if len(where) != 1])


def test_the_stated_sizes():
    """The table of the tour says how long each book is, to within a line in
    fifty."""
    stated = dict(re.findall(r"^\| (\w+) [^|]*\|[^|]*\| ([\d,]+) \|", text(TOUR),
                             re.M))
    report([f"book {number}: {size(paths)} lines to read, the tour says "
            f"{stated.get(number)}" for number, paths in books().items()
            if abs(int(stated.get(number, "0").replace(",", "")) -
                   size(paths)) * 50 > size(paths)])


def test_the_core_path_stays_short():
    """Control, turns and memory are read in a weekend; all six in a week."""
    core = sum(size(books()[number]) for number in CORE)
    assert core < CORE_LINES
    assert sum(map(size, books().values())) < ALL_LINES


def test_the_readme_states_the_core_path():
    """Its number is right to within 50 lines."""
    stated = re.search(r"core path, ([\d,]+) lines", text("README.md"))
    core = sum(size(books()[number]) for number in CORE)
    assert abs(int(stated[1].replace(",", "")) - core) <= 50


def test_each_book_opens_alike():
    """A question, files, what always holds, and what one may change."""
    wanted = [r"\*\*[^*]+\?\*\*", r"^Files: ", r"^What always holds:\n\n1\. ",
              r"^What you may change: "]
    report([f"book {number}: no {pattern}" for number in books()
            for pattern in wanted
            if not re.search(pattern, chapter(f"Book {number}:"), re.M)])
