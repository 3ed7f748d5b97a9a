"""Looks at an SVG of draw.py as a reader would, and says what is wrong.

It reads the file alone, not what draw.py was asked to do: texts must not touch
each other, a line, or the border of a box; boxes must not cut each other; text
must stand out from what is behind it, in light and in dark.
"""
import re
import xml.etree.ElementTree as tree

import draw

SVG = "{http://www.w3.org/2000/svg}"
CONTRAST = 4.5
MARGIN = 3      # between a text and the sides of its box


ROUNDED = 0.15  # coordinates in the file have one decimal


class Area:
    """A rectangle: of a text, or a box."""

    def __init__(self, left, top, right, bottom, words="", look=""):
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.words, self.look = words, look

    def meets(self, other):
        return self.left < other.right - ROUNDED and \
            other.left < self.right - ROUNDED and \
            self.top < other.bottom - ROUNDED and \
            other.top < self.bottom - ROUNDED

    def holds(self, other, margin=0):
        return self.left + margin <= other.left + ROUNDED and \
            other.right <= self.right - margin + ROUNDED and \
            self.top <= other.top + ROUNDED and \
            other.bottom <= self.bottom + ROUNDED


def area_of_text(element):
    """Where a text is, by the widths of draw.py."""
    look, size = element.get("class"), float(element.get("font-size"))
    bold = "bold" in look.split()
    words = element.text or ""
    for span in element:
        words += f"`{span.text}`{span.tail or ''}"
    wide = draw.width(words, size, bold)
    x, y = float(element.get("x")), float(element.get("y"))
    left = x - wide * {"start": 0, "middle": 0.5,
                       "end": 1}[element.get("text-anchor")]
    return Area(left, y - draw.ABOVE * size, left + wide,
                y + draw.BELOW * size, words, look)


def area_of_box(element):
    x, y, wide, high = (float(element.get(name))
                        for name in ("x", "y", "width", "height"))
    return Area(x, y, x + wide, y + high, "", element.get("class"))


def segments(element):
    """The pieces of a line, or of an arrow's head."""
    points = [tuple(map(float, place.split(",")))
              for place in element.get("points").split()]
    return list(zip(points, points[1:]))


def crosses(segment, area):
    """Whether a line goes through an area (Liang and Barsky)."""
    (ax, ay), (bx, by) = segment
    low, high = 0.0, 1.0
    for step, room in ((ax - bx, ax - area.left), (bx - ax, area.right - ax),
                       (ay - by, ay - area.top), (by - ay, area.bottom - ay)):
        if step == 0:
            if room <= 0:
                return False
        elif step < 0:
            low = max(low, room / step)
        else:
            high = min(high, room / step)
    return low < high


# -- colors ----------------------------------------------------------------

def colors(style):
    """{class: color of its fill}, in light and in dark."""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark){")
    return [dict(re.findall(r"\.([fht]-\w+)\{fill:(#\w{6})\}", css))
            for css in (light, dark)]


def luminance(color):
    """Of WCAG 2."""
    parts = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    parts = [part / 12.92 if part <= 0.04045 else
             ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    high, low = sorted(map(luminance, (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def class_of(look, letter):
    """The class of an element that gives it a color."""
    return next(name for name in look.split() if name[:2] == f"{letter}-")


def pale(texts, boxes, style):
    """Texts that do not stand out from the topmost box behind them."""
    for scheme, known in zip(("light", "dark"), colors(style)):
        for text in texts:
            behind = [box for box in boxes if box.holds(text)]
            ink = known.get(class_of(text.look, "t"))
            paper = behind and known.get(class_of(behind[-1].look, "f"))
            if not ink or not paper:
                yield f"no color in {scheme}: {text.words}"
            elif contrast(ink, paper) < CONTRAST:
                yield (f"contrast {contrast(ink, paper):.1f} in {scheme}: "
                       f"{text.words}")


# -- all -------------------------------------------------------------------

def faults(svg):
    """What is wrong, as a list of complaints."""
    root = tree.fromstring(svg)
    texts = [area_of_text(e) for e in root.iter(f"{SVG}text")]
    boxes = [area_of_box(e) for e in root.iter(f"{SVG}rect")]
    lines = [segment for name in ("polyline", "polygon")
             for e in root.iter(f"{SVG}{name}") for segment in segments(e)]
    found = []
    for at, text in enumerate(texts):
        found += [f"'{text.words}' and '{other.words}' overlap"
                  for other in texts[at + 1:] if text.meets(other)]
        found += [f"'{text.words}' leaves its box" for box in boxes
                  if box.meets(text) and not box.holds(text, MARGIN)]
        found += [f"a line goes through '{text.words}'"
                  for segment in lines if crosses(segment, text)]
    for at, box in enumerate(boxes):
        found += [f"boxes cut each other at {box.left}, {box.top}"
                  for other in boxes[at + 1:]
                  if box.meets(other) and not box.holds(other)]
    return found + list(pale(texts, boxes, root.find(f"{SVG}style").text))
