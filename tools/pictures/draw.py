"""Drawing: boxes, arrows and text, as an SVG for light and dark screens.

Text may have `names` of the source in it, which are set in a fixed-width font;
a line that begins with # is bold.  Coordinates are in pixels, from the upper
left; y of a text is the top of its first line.

A reader's fonts are not known.  Widths are those of DejaVu, the widest of the
usual ones, so that what fits here fits everywhere.
"""
from xml.sax.saxutils import escape

# Widths of the characters from blank to tilde, in thousandths of the size.
PLAIN = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318,
    337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838,
    838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557,
    863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390,
    337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278,
    579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,
    525, 636, 337, 636, 838)
BOLD = (
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380,
    365, 696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838,
    838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637,
    995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457,
    365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343,
    665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652,
    582, 712, 365, 712, 838)
FIXED = 602

SIZE = 12       # of text, where nothing else is said
LINE = 1.38     # from one line to the next, in sizes
ABOVE, BELOW = 0.78, 0.24   # how far letters reach from the base line

# Of each kind of thing: what fills it, its border and arrows, its text.
LIGHT = {
    "page": ("#ffffff", "#ffffff", "#1f2328"),
    "ink": ("#ffffff", "#3d444d", "#1f2328"),
    "empty": ("#ffffff", "#8c959f", "#1f2328"),
    "gray": ("#eef0f3", "#7d8590", "#4d545c"),
    "blue": ("#ddebfa", "#2f6fb5", "#1b5596"),
    "green": ("#dff3e2", "#2f8140", "#1d6a2d"),
    "amber": ("#fdeccb", "#a86b00", "#7f4f00"),
    "red": ("#fce2df", "#b3372d", "#a02c23"),
    "violet": ("#ece4f9", "#7a4fb5", "#663b9f"),
}
DARK = {
    "page": ("#0d1117", "#0d1117", "#e6edf3"),
    "ink": ("#0d1117", "#b4bdc7", "#e6edf3"),
    "empty": ("#0d1117", "#6e7681", "#e6edf3"),
    "gray": ("#1f252c", "#8b949e", "#b1bac4"),
    "blue": ("#142f4d", "#6ea8e6", "#93c3f5"),
    "green": ("#12391f", "#62bd78", "#85d698"),
    "amber": ("#3f2f0c", "#d9a33b", "#efc06a"),
    "red": ("#4a1d1b", "#ef8a80", "#ffaaa2"),
    "violet": ("#2f2450", "#b192e8", "#ccb4f7"),
}


def runs(words):
    """[(text, whether it is code)] of a line."""
    return [(part, number % 2 == 1)
            for number, part in enumerate(words.split("`")) if part]


def width(words, size=SIZE, bold=False):
    """How wide a line is."""
    table = BOLD if bold else PLAIN
    units = sum(FIXED if code else table[ord(char) - 32]
                for text, code in runs(words) for char in text)
    return units * size / 1000


def pieces(words):
    """What a line may be broken into: at blanks, but never within code."""
    found, open_code = [], False
    for word in words.split(" "):
        if open_code:
            found[-1] += " " + word
        else:
            found.append(word)
        open_code ^= word.count("`") % 2 == 1
    return found


def wrap(words, room, size=SIZE, bold=False):
    """The lines of a paragraph that is `room` wide."""
    lines = [""]
    for piece in pieces(words):
        longer = f"{lines[-1]} {piece}".strip()
        if lines[-1] and width(longer, size, bold) > room:
            lines.append(piece)
        else:
            lines[-1] = longer
    for line in lines:
        if width(line, size, bold) > room + 0.01:
            raise ValueError(f"does not fit into {room}: {line}")
    return lines


def number(value):
    """A coordinate, as short as it goes."""
    return f"{value:.1f}".removesuffix(".0")


class Picture:
    """Collects the parts; the last one is on top."""

    def __init__(self, data, width_of_all, height):
        self.title, self.about = data["title"], " ".join(data["about"].split())
        self.width, self.height = width_of_all, height
        self.parts = []
        self.text(24, 18, self.title, size=18, bold=True)

    # -- text --------------------------------------------------------------

    def line(self, x, y, words, size=SIZE, bold=False, kind="ink",
             anchor="start"):
        """One line of text."""
        spans = "".join(f'<tspan class="code">{escape(text)}</tspan>' if code
                        else escape(text) for text, code in runs(words))
        look = f"t-{kind} bold" if bold else f"t-{kind}"
        self.parts.append(
            f'<text class="{look}" x="{number(x)}" '
            f'y="{number(y + ABOVE * size + 1)}" font-size="{number(size)}" '
            f'text-anchor="{anchor}">{spans}</text>')

    def text(self, x, y, words, room=10000, size=SIZE, bold=False, kind="ink",
             anchor="start"):
        """A paragraph, or several; where the next line would begin."""
        for paragraph in [words] if isinstance(words, str) else words:
            if not paragraph:
                y += size * LINE / 3    # a gap
                continue
            heavy = bold or paragraph.startswith("#")
            for line in wrap(paragraph.lstrip("# "), room, size, heavy):
                self.line(x, y, line, size, heavy, kind, anchor)
                y += size * LINE
        return y

    # -- lines -------------------------------------------------------------

    def path(self, points, kind="gray", thick=1.3, dashed=False):
        """A line through points."""
        places = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline class="s-{kind}" fill="none" '
                          f'points="{places}" '
                          f'stroke-width="{number(thick)}"{dashes}/>')

    def arrow(self, points, kind="ink", thick=1.6, dashed=False):
        """A line with a head at its last point."""
        (ax, ay), (bx, by) = points[-2:]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        ux, uy = (bx - ax) / length, (by - ay) / length
        back, half = 9, 4.2
        neck = (bx - back * ux, by - back * uy)
        self.path([*points[:-1], neck], kind, thick, dashed)
        corners = [(bx, by), (neck[0] - half * uy, neck[1] + half * ux),
                   (neck[0] + half * uy, neck[1] - half * ux)]
        places = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
        self.parts.append(f'<polygon class="h-{kind}" points="{places}"/>')

    # -- boxes -------------------------------------------------------------

    def rect(self, x, y, w, h, kind="gray", dashed=False, corner=4, thick=1.3):
        """A box without text."""
        dashes = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<rect class="f-{kind} s-{kind}" x="{number(x)}" '
            f'y="{number(y)}" width="{number(w)}" height="{number(h)}" '
            f'rx="{corner}" stroke-width="{number(thick)}"{dashes}/>')

    def box(self, x, y, w, h, words=(), kind="gray", dashed=False, size=SIZE,
            middle=False, corner=4, inset=9, at_top=False):
        """A box with paragraphs, centered from top to bottom if not `at_top`;
        h None: as high as they are.  Its lower edge."""
        paragraphs = [words] if isinstance(words, str) else list(words)
        room = w - 2 * inset
        needs = sum(len(wrap(p.lstrip("# "), room, size, p.startswith("#")))
                    if p else 1 / 3 for p in paragraphs) * size * LINE
        if h is None:
            h = needs + inset
        if needs > h:
            raise ValueError(f"{needs} high, {h} given: {paragraphs}")
        self.rect(x, y, w, h, kind, dashed, corner)
        above = min(6, h - needs) if at_top else (h - needs) / 2
        top = y + above + (LINE - 1.02) * size / 4
        at, anchor = (x + w / 2, "middle") if middle else (x + inset, "start")
        self.text(at, top, paragraphs, room, size, anchor=anchor)
        return y + h

    def badge(self, x, y, words, kind="ink"):
        """A small number or letter in a round box, around (x, y)."""
        self.rect(x - 10, y - 10, 20, 20, kind, corner=10)
        self.line(x, y - 5.5, words, 11, True, anchor="middle")

    def legend(self, x, y, entries):
        """What colors mean: [kind, text, dashed?]; in a row."""
        for kind, words, *rest in entries:
            self.rect(x, y, 16, 12, kind, dashed=bool(rest), corner=2)
            self.line(x + 22, y - 0.5, words, 11)
            x += 22 + width(words, 11) + 22
        return x

    # -- the file ----------------------------------------------------------

    def svg(self):
        """All of it."""
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{number(self.height)}" '
            f'viewBox="0 0 {self.width} {number(self.height)}" role="img">',
            f"<title>{escape(self.title)}</title>",
            f"<desc>{escape(self.about)}</desc>",
            f"<style>\n{style()}\n</style>",
            f'<rect class="f-page s-page" x="0" y="0" width="{self.width}" '
            f'height="{number(self.height)}" rx="0"/>',
            *self.parts, "</svg>"]) + "\n"


def rules(colors):
    """The CSS of a scheme, a line for each kind."""
    return [f".f-{kind}{{fill:{fill}}} .s-{kind}{{stroke:{border}}} "
            f".h-{kind}{{fill:{border}}} .t-{kind}{{fill:{ink}}}"
            for kind, (fill, border, ink) in colors.items()]


def style():
    """The CSS of both."""
    return "\n".join([
        "text{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',"
        "sans-serif}",
        ".code{font-family:Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',"
        "monospace}",
        ".bold{font-weight:bold}",
        *rules(LIGHT),
        "@media (prefers-color-scheme: dark){",
        *rules(DARK), "}"])
