#!/usr/bin/env python3
"""Draws docs/pictures/ from the data beside this file and from the kernel.

    pictures.py [DIRECTORY]     where the SVGs go; docs/pictures if not given
"""
import importlib
import pathlib
import sys
import tomllib

import look
import source

HERE = pathlib.Path(__file__).parent
PLACE = source.ROOT / "docs/pictures"


def names():
    """Of the pictures: each has a file of data and a module that lays it
    out."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def data_of(name):
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="ascii"))


def draw(name):
    """The SVG of a picture."""
    module = importlib.import_module(name.replace("-", "_"))
    return module.draw(data_of(name)).svg()


def main(arguments):
    place = pathlib.Path(arguments[0]) if arguments else PLACE
    place.mkdir(parents=True, exist_ok=True)
    bad = 0
    for name in names():
        svg = draw(name)
        (place / f"{name}.svg").write_text(svg, encoding="ascii")
        for fault in look.faults(svg):
            print(f"{name}: {fault}", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
