"""The picture of the address space."""
import re

import source
from draw import Picture, width

TOP, LEFT, WIDE = 64, 306, 250      # of the column of regions
ZOOM_LEFT, ZOOM_WIDE = 640, 330


def draw_region(picture, x, y, wide, part):
    """One region or part, with its rights at its right edge."""
    inset = 9
    picture.box(x, y, wide, part["high"], part["text"], part["kind"],
                dashed=part["kind"] == "empty", corner=0, inset=inset)
    if "rights" in part:
        words = f'`{part["rights"]}`'
        if part["rights"][0].islower():
            words = part["rights"]
        at = y + part["high"] / 2 - 7
        if len(part["text"]) > 1 and wide < 300:
            at = y + 7
        picture.line(x + wide - inset, at, words, 11, anchor="end")


def draw_halves(picture, data, edges):
    """Brackets at the far left, and what a half is."""
    for half in data["half"]:
        first, last = half["regions"]
        top, bottom = edges[first] + 2, edges[last + 1] - 2
        picture.path([(158, top), (150, top), (150, bottom), (158, bottom)],
                     "ink")
        picture.text(24, top, half["text"], 116)


def draw_zoom(picture, zoom, words, region):
    """An enlarged part beside the column, and lines that lead to it."""
    x, y = ZOOM_LEFT, zoom["top"]
    picture.text(x, y, zoom["title"], bold=True)
    y = top = y + 20
    for part in zoom["part"]:
        draw_region(picture, x, y, ZOOM_WIDE, part)
        y += part["high"]
        if "at" in part:
            picture.line(x + 120, y - part["high"] / 2 - 7, words[part["at"]],
                         11)
    for start, end in ((region[0], top), (region[1], y)):
        picture.path([(LEFT + WIDE, start), (x, end)], thick=1)


def draw(data):
    load = re.search(r"LINEAR_BASE \+ (0x[0-9a-f]+);", source.text("kernel.ld"))
    words = {name: text.replace("{load}", load[1])
             for name, text in data["words"].items()}
    data = source.fill_in_all({**data, "words": words})
    edges = [TOP]
    for region in data["region"]:
        edges.append(edges[-1] + region["high"])
    picture = Picture(data, 994, edges[-1] + 62)
    for region, top, bottom in zip(data["region"], edges, edges[1:]):
        draw_region(picture, LEFT, top, WIDE, region)
        if region["at"]:
            picture.line(LEFT - 8, bottom - 11, f'`{region["at"]}`', 11,
                         anchor="end")
        if "zoom" in region:
            draw_zoom(picture, data["zoom"][region["zoom"]], data["words"],
                      (top, bottom))
    draw_halves(picture, data, edges)
    entries = data["legend"]["entries"]
    picture.legend(24, edges[-1] + 28, [
        [*entry, True] if entry[0] == "empty" else entry for entry in entries])
    picture.text(994 - 24 - width("not to scale", 11), edges[-1] + 28,
                 "not to scale", size=11)
    return picture
