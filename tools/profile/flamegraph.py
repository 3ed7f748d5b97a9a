"""Draws call stacks as a flame graph: one SVG file, without scripts.

Each box is a function.  Its width is its share of the instructions, including
those of the functions it called; it stands on its caller.  Adjacent boxes are
sorted by name, not by time. Pointing at a box shows its name and figures.
"""
from xml.sax.saxutils import escape
import zlib

WIDTH, MARGIN = 1200, 10     # of all boxes; around them
ROW, FONT = 17, 11           # height of a box, size of its letters
LETTER = 0.62 * FONT         # width of one, monospaced
HEAD = 62                    # height of the text above the boxes
NARROWEST = 0.1              # narrower boxes are left out
PAPER, INK = "#ffffff", "#222222"

# Hue, saturation, and lightness by owner of the code; None is any program.
COLOURS = {"kernel": (28, 85, 66), "firmware": (210, 12, 72),
           "unknown": (0, 0, 88), None: (120, 45, 66)}
LEGEND = (("kernel", "kernel"), (None, "program"), ("firmware", "firmware"),
          ("unknown", "unknown: the caller was not seen"))
HUES = 24                    # hue range of names of one kind


def tree(stacks):
    """The stacks as nested boxes: (count including children, {name: box})."""
    root = [0, {}]
    for names, count in sorted(stacks.items()):
        box = root
        box[0] += count
        for name in names:
            box = box[1].setdefault(name, [0, {}])
            box[0] += count
    return root


def colour(name):
    """A fixed color for each name, the same in every picture."""
    kind = name.split(":")[0]
    hue, saturation, light = COLOURS.get(kind, COLOURS[None])
    spread = zlib.crc32(name.encode()) % HUES - HUES // 2
    return f"hsl({(hue + spread) % 360},{saturation}%,{light}%)"


def boxes(name, box, total, x=0.0, level=0):
    """(name, count, x, width, level) of a box and all boxes above it."""
    width = WIDTH * box[0] / total
    if width < NARROWEST:
        return
    yield name, box[0], x, width, level
    for upper, inner in sorted(box[1].items()):
        yield from boxes(upper, inner, total, x, level + 1)
        x += WIDTH * inner[0] / total


def label(name, width):
    """As much of a name as fits, without its owner, which the color shows."""
    name = name.split(":")[-1]
    room = int((width - 4) / LETTER)
    if len(name) > room:
        name = name[:room - 2] + ".." if room > 3 else ""
    return name


def text(x, y, words, size=FONT):
    return (f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" '
            f'fill="{INK}">{escape(words)}</text>')


def legend():
    """The legend of colors, in a row."""
    x = MARGIN
    for kind, words in LEGEND:
        hue, saturation, light = COLOURS[kind]
        yield (f'<rect x="{x}" y="36" width="12" height="12" '
               f'fill="hsl({hue},{saturation}%,{light}%)"/>')
        yield text(x + 17, 46, words)
        x += 17 + LETTER * (len(words) + 3)


def draw(stacks, title):
    """The SVG file of {names from the root: instructions}, as text."""
    root = tree(stacks)
    total = root[0]
    found = list(boxes("all", root, total))
    floor = HEAD + max(level for *_, level in found) * ROW
    height = floor + ROW + MARGIN
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" '
             f'width="{WIDTH + 2 * MARGIN}" height="{height}" '
             f'font-family="monospace">',
             f'<rect width="100%" height="100%" fill="{PAPER}"/>',
             text(MARGIN, 24, f"{title}: {total:,} instructions", FONT + 4),
             *legend()]
    for name, count, x, width, level in found:
        x, y = x + MARGIN, floor - level * ROW
        fill = "#cccccc" if level == 0 else colour(name)
        edge = f' stroke="{PAPER}" stroke-width="0.5"' if width > 3 else ""
        lines.append(
            f'<g><title>{escape(name)}: {count:,} instructions, '
            f'{count / total:.2%}</title><rect x="{x:.3f}" y="{y}" '
            f'width="{width:.3f}" height="{ROW - 1}" fill="{fill}"'
            f'{edge}/>')
        words = label(name, width)
        lines += [text(x + 3, y + 12, words)] if words else []
        lines.append("</g>")
    return "\n".join([*lines, "</svg>", ""])
