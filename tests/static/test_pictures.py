"""The pictures of docs/pictures/: up to date, true to the sources, readable."""
import os
import re
import sys
import xml.etree.ElementTree as tree

import pytest

from machine import ROOT
from sources import files, report, text

sys.path.append(os.path.join(ROOT, "tools", "pictures"))

import draw         # noqa: E402  from tools/pictures
import look         # noqa: E402
import pictures     # noqa: E402
import source       # noqa: E402

NAMES = pictures.names()
each = pytest.mark.parametrize("name", NAMES)


def path_of(name):
    return f"docs/pictures/{name}.svg"


def strings(data):
    """All texts in a picture's data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (list, dict)):
        for item in data.values() if isinstance(data, dict) else data:
            yield from strings(item)


# -- what is drawn -------------------------------------------------------

def test_all_are_there():
    assert NAMES == ["address-space", "disk-layout", "lock-ranks",
                     "process-states", "transaction", "trap-path"]
    assert files("docs/pictures") == [path_of(name) for name in NAMES]


@each
def test_up_to_date(name):
    """The committed file is what the script draws; if not: make pictures."""
    assert pictures.draw(name) == text(path_of(name))


@each
def test_readable(name):
    """No text overlaps another one or leaves its box, in fonts as wide as
    DejaVu; each stands out from its background, in light and in dark."""
    report(look.faults(text(path_of(name))))


@each
def test_well_formed(name):
    """XML with a title and a description, and no text in the file alone."""
    root = tree.fromstring(text(path_of(name)))
    assert root.tag == f"{look.SVG}svg"
    assert len(root.find(f"{look.SVG}desc").text) > 100
    assert root.find(f"{look.SVG}title").text == pictures.data_of(name)["title"]


# -- whether it is true --------------------------------------------------

@each
def test_names_exist(name):
    """A name in backticks stands in the kernel's code, comments aside."""
    words = set(re.findall(r"`([^`]+)`",
                           "\n".join(strings(pictures.data_of(name)))))
    report([f"no {word} in the kernel" for word in sorted(words)
            if not source.is_there(word) and not is_file(word)])


def test_there_are_names():
    """The test above has something to look for."""
    assert sum(svg.count('class="code"') for svg in
               (text(path_of(name)) for name in NAMES)) > 150


def is_file(name):
    return name.endswith((".c", ".S")) and source.find(name)


@each
def test_order(name):
    """A function's body has the names that it calls, in that order."""
    report([f"{function} has no {' ... '.join(names)}" for function, *names
            in pictures.data_of(name)["check"]["order"]
            if not source.in_order(function, *names)])


def test_addresses():
    """Those drawn are those of the essay in layout.h, but for two that it
    tells in words."""
    data = pictures.data_of("address-space")
    drawn = {source.fill_in(region["at"]) for region in data["region"]} - {""}
    essay = set(re.findall(r"^ \* +(0x[0-9a-f]{16})  ",
                           source.text("layout.h"), re.M))
    told = {f"{source.value(words):#018x}" for words in
            ("USER_TOP", "USER_STACK_TOP - STACKBYTES")}
    assert len(essay) > 5 and drawn == essay | told


def test_program_begins():
    """user.ld links programs for USER_MIN."""
    start = re.search(r"\. = (0x[0-9a-f]+);", text("user/user.ld"))[1]
    assert int(start, 16) == source.value("USER_MIN")


def test_ranks():
    """Each rank has a user; what is held at once is taken by rising rank."""
    order = [rank for rank, _, _ in source.ranks()]
    assert len(order) > 20 and set(source.lock_users()) == set(order)
    for chain in pictures.data_of("lock-ranks")["chain"]:
        ranks = [order.index(rank) for rank, _ in chain["takes"]]
        assert ranks == sorted(ranks), chain["name"]
        report([f"no {function}" for _, function in chain["takes"]
                if not source.bodies(function)])


def test_sizes():
    """Structs of the disk have the sizes that the picture gives as numbers."""
    for struct, size in pictures.data_of("disk-layout")["check"]["sizes"]:
        assert source.size("fsformat.h", struct) == size


def test_the_table_has_a_row_for_each_crash():
    """The places of a crash are numbered as the rows of the table."""
    data = pictures.data_of("transaction")
    places = [item["after"] for key in ("step", "flush") for item in data[key]
              if "after" in item]
    rows = [int(row[0]) for row in data["table"]["rows"]]
    assert rows == list(range(len(rows))) == [0, *sorted(places)]


# -- whether these tests notice ------------------------------------------

class Sheet(draw.Picture):
    """A small picture with a fault."""

    def __init__(self, *parts):
        super().__init__({"title": "t", "about": "a"}, 400, 200)
        for kind, *arguments in parts:
            getattr(self, kind)(*arguments)


@pytest.mark.parametrize("fault, parts", [
    ("overlap", [("line", 50, 50, "one text"), ("line", 60, 55, "another")]),
    ("leaves its box", [("rect", 50, 45, 30, 30), ("line", 52, 50, "a text")]),
    ("leaves its box", [("line", 380, 50, "past the edge")]),
    ("a line goes", [("line", 50, 50, "a text"),
                     ("path", [(40, 57), (200, 57)])]),
    ("a line goes", [("line", 50, 50, "a text"),
                     ("arrow", [(20, 20), (90, 90)])]),
    ("cut each other", [("rect", 50, 50, 30, 30), ("rect", 70, 60, 30, 30)])])
def test_faults_are_found(fault, parts):
    assert fault in "\n".join(look.faults(Sheet(*parts).svg()))
    assert look.faults(Sheet().svg()) == []


@pytest.mark.parametrize("scheme, colors", [
    ("light", draw.LIGHT), ("dark", draw.DARK)])
def test_pale_text_is_found(monkeypatch, scheme, colors):
    monkeypatch.setitem(colors, "blue", ("#777777", "#888888", "#808080"))
    sheet = Sheet(("rect", 50, 45, 90, 30, "blue"),
                  ("line", 60, 50, "a text", 12, False, "blue"))
    found = look.faults(sheet.svg())
    assert len(found) == 1 and f"in {scheme}: a text" in found[0]


def test_a_text_that_does_not_fit():
    """It is not drawn at all."""
    with pytest.raises(ValueError):
        Sheet(("box", 50, 50, 40, 20, "unbreakable"))
    with pytest.raises(ValueError):
        Sheet(("box", 50, 50, 60, 20, "three lines of text"))


def test_wrong_claims_are_found():
    assert source.in_order("record_write", "record_add_head", "record_add_end")
    assert not source.in_order("record_write",
                               "record_add_end", "record_add_head")
    assert not source.is_there("usertrap_of_xv6")
    with pytest.raises(ValueError):
        source.value("NO_SUCH_CONSTANT")
