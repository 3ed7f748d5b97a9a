"""The picture of the path of a trap."""
import source
from draw import Picture

LANES = ((24, 146), (196, 170), (392, 204), (622, 354))     # x, width
WIDTH = 1000


def draw_lanes(picture, lanes):
    """A head for each."""
    for (x, wide), (kind, words) in zip(LANES, lanes):
        picture.box(x, 56, wide, 26, f"#{words}", kind, middle=True)


def draw_choices(picture, x, y, choices, wide=340):
    """What may be the case, and what is done then; where that ends."""
    for what, then, kind in choices:
        left = 116
        end = picture.box(x + left, y, wide - left, None, then, kind, size=11)
        picture.text(x + 8, y + 5, f"#{what}", left - 10, 11)
        y = end + 5
    return y


def draw_row(picture, y, title, steps, wide=174):
    """Steps beside each other, with arrows; where the row ends."""
    picture.text(24, y, title, size=13, bold=True)
    gap = (WIDTH - 48 - len(steps) * wide) / (len(steps) - 1)
    high = 100
    for number, (kind, *words) in enumerate(steps):
        x = 24 + number * (wide + gap)
        picture.box(x, y + 24, wide, high, words, kind, size=11.5,
                    at_top=True)
        if number:
            picture.arrow([(x - gap + 2, y + 24 + high / 2),
                           (x - 2, y + 24 + high / 2)])
    return y + 24 + high


def draw_stack(picture, stack, x, y, wide):
    picture.text(x, y, stack["title"], bold=True)
    y += 20
    for kind, words in stack["parts"]:
        picture.box(x, y, wide, 28, words, kind, dashed=kind == "empty",
                    corner=0)
        y += 28
    picture.text(x, y + 8, stack["note"], wide, 11)


def draw(data):
    data = source.fill_in_all(data)
    steps = data["steps"]
    picture = Picture(data, WIDTH, 920)
    (a, a_wide), (b, b_wide), (c, c_wide), (d, d_wide) = LANES
    top, high = 98, 118
    mid = top + 26
    draw_lanes(picture, data["lanes"])
    picture.box(a, top, a_wide, 88, steps["1"], "green", at_top=True)
    picture.box(b, top, b_wide, high, steps["2"], "gray",
                at_top=True)
    picture.box(c, top, c_wide, high + 10, steps["3"], "amber",
                at_top=True)
    picture.box(d, top, d_wide, 32, steps["4"], "blue")
    picture.arrow([(a + a_wide + 2, mid), (b - 2, mid)])
    picture.arrow([(b + b_wide + 2, mid), (c - 2, mid)])
    picture.arrow([(c + c_wide + 2, top + 16), (d - 2, top + 16)])
    y = draw_choices(picture, d + 12, top + 42, data["causes"], d_wide - 12)
    back = y + 14
    picture.arrow([(d + 4, top + 34), (d + 4, back - 2)], "blue")
    picture.box(d, back, d_wide, 32, steps["5"], "blue")
    end = draw_choices(picture, d + 12, back + 42, data["works"], d_wide - 12)
    low = end - 26
    picture.box(c, low - 74, c_wide, 98, steps["6"], "amber")
    picture.box(b, low - 40, b_wide, 64, steps["7"], "gray")
    picture.box(a, low - 86, a_wide, 110, steps["8"], "green")
    picture.path([(d + 4, back + 34), (d + 4, low)], "blue", 1.6)
    picture.arrow([(d + 4, low), (c + c_wide + 2, low)], "blue")
    picture.arrow([(c - 2, low), (b + b_wide + 2, low)])
    picture.arrow([(b - 2, low), (a + a_wide + 2, low)])
    draw_stack(picture, data["stack"], b, top + high + 48, c + c_wide - b)
    y = draw_row(picture, end + 28, data["switch"]["title"],
                 data["switch"]["steps"])
    y = picture.box(24, y + 12, WIDTH - 48, None, data["switch"]["new"],
                    "violet", size=11.5)
    y = draw_row(picture, y + 24, data["kernel"]["title"],
                 data["kernel"]["steps"])
    picture.height = y + 24
    return picture
