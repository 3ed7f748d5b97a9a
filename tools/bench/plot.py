"""Draws plots of cost against size, as SVG.

The y axis is the cost relative to that at the smallest size, so series of any
magnitude can share a plot; the band shows 20 % either way.  The x axis is
logarithmic.  The same figures always give the same file.
"""
import math

WIDTH, HEIGHT = 800, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 336, 40, 52
BAND = 0.2
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
           "#555555", "#000000")
STYLE = 'font-family="sans-serif" font-size="12" fill="#222222"'


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def text(x, y, words, anchor="start", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {STYLE}'
            f'{more}>{escape(words)}</text>')


def line(x1, y1, x2, y2, colour, width=1.0):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>')


class Axes:
    """The positions of sizes and ratios in the picture."""

    def __init__(self, sizes, ratios):
        self.low = min(0.6, math.floor(min(ratios) * 5) / 5)
        self.high = max(1.4, math.ceil(max(ratios) * 5) / 5)
        self.first, self.last = math.log(min(sizes)), math.log(max(sizes))

    def x(self, size):
        share = (math.log(size) - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, ratio):
        share = (ratio - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def frame(axes, sizes, labels, unit):
    """Band, grid, axes, and their labels."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    top, low = axes.y(1 + BAND), axes.y(1 - BAND)
    parts = [f'<rect x="{LEFT}" y="{top:.1f}" width="{right - LEFT}" '
             f'height="{low - top:.1f}" fill="#e8f0e4"/>']
    steps = round((axes.high - axes.low) / 0.2)
    for step in range(0, steps + 1, max(1, steps // 8)):
        ratio = axes.low + 0.2 * step
        y = axes.y(ratio)
        parts += [line(LEFT, y, right, y, "#dddddd"),
                  text(LEFT - 8, y + 4, f"{ratio:.1f}", "end")]
    for size, label in zip(sizes, labels):
        x = axes.x(size)
        parts += [line(x, bottom, x, bottom + 5, "#222222"),
                  text(x, bottom + 19, label, "middle")]
    middle = (TOP + bottom) / 2
    turned = f' transform="rotate(-90 18 {middle:.1f})"'
    return parts + [
        line(LEFT, TOP, LEFT, bottom, "#222222"),
        line(LEFT, bottom, right, bottom, "#222222"),
        text((LEFT + right) / 2, HEIGHT - 12, unit, "middle"),
        text(18, middle, "cost, relative to the left", "middle", turned)]


def marker(x, y, number, colour):
    """Circles, squares, and triangles in turn, for readers who cannot tell the
    colors apart."""
    if number % 3 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    if number % 3 == 1:
        return (f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" '
                f'height="7" fill="{colour}"/>')
    return (f'<path d="M{x - 4.5:.1f} {y + 4:.1f} h9 l-4.5 -8.5 z" '
            f'fill="{colour}"/>')


def series(axes, number, name, points):
    """A line with markers, and its place in the legend."""
    colour = COLOURS[number % len(COLOURS)]
    first = points[0][1]
    places = [(axes.x(size), axes.y(cost / first)) for size, cost in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    y = TOP + 10 + 34 * number
    x = WIDTH - RIGHT + 22
    return [f'<polyline points="{path}" fill="none" stroke="{colour}" '
            f'stroke-width="1.6"/>',
            *(marker(*place, number, colour) for place in places),
            line(x - 10, y - 4, x + 10, y - 4, colour, 1.6),
            marker(x, y - 4, number, colour),
            text(x + 18, y, name),
            text(x + 18, y + 14, f"{first:,.0f} at the left",
                 more=' opacity="0.7"')]


def plot(title, unit, table, labels):
    """The SVG of {name: [(size, cost), ...]}; labels name the sizes."""
    sizes = [size for size, _ in next(iter(table.values()))]
    ratios = [cost / points[0][1] for points in table.values()
              for _, cost in points]
    axes = Axes(sizes, ratios)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
             f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             text(LEFT, 22, title, more=' font-weight="bold"'),
             *frame(axes, sizes, labels, unit)]
    for number, (name, points) in enumerate(table.items()):
        parts += series(axes, number, name, points)
    return "\n".join([*parts, "</svg>"]) + "\n"
