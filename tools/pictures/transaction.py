"""The picture of the life of a transaction."""
import source
from draw import LINE, Picture, wrap

WIDTH = 1000
FIRST = 104                     # left edge of the first step
LANES = ((88, 118), (222, 82), (320, 74))   # top and height of each
FLUSH, GAP = 24, 9
BOTTOM = 432                    # of what is drawn above the table


def draw_lanes(picture, names):
    """What each row is."""
    for number, (name, (top, high)) in enumerate(zip(names, LANES)):
        words = wrap(name, 72, 12, True)
        picture.text(24, top + high / 2 - 8 * len(words), name, 72, bold=True)
        if number:
            picture.path([(24, top - 8), (WIDTH - 24, top - 8)], thick=0.6,
                         dashed=True)


def draw_step(picture, step, x):
    """A column: what is done in memory and written to the disk."""
    wide = step["wide"] - GAP
    picture.text(x, 56, step["head"], wide)
    if "call" in step:
        picture.text(x, 71, step["call"], step["wide"] + FLUSH, 10.5)
    for name, kind, (top, high) in zip(("memory", "log", "places"),
                                       ("blue", "amber", "green"), LANES):
        if name in step:
            picture.box(x, top, wide, high, step[name], kind, size=10.5,
                        inset=6)


def draw_flush(picture, name, x):
    """A bar through both rows of the disk, named down the side."""
    top, bottom = LANES[1][0], LANES[2][0] + LANES[2][1]
    picture.rect(x, top, FLUSH - GAP, bottom - top, "red", corner=2)
    picture.line(x + (FLUSH - GAP) / 2, bottom + 5, name, 10.5, True, "red",
                 "middle")


def draw_steps(picture, data):
    """All columns; the flushes come after the step with their number."""
    x, crash = FIRST, []
    flushes = {flush["after"] - 1: flush for flush in data["flush"]}
    for step in data["step"]:
        draw_step(picture, step, x)
        x += step["wide"]
        after = step.get("after")
        if after is None:
            continue
        crash.append((x - GAP - (step["wide"] - GAP) / 2, after))
        if after in flushes:
            draw_flush(picture, flushes[after]["name"], x)
            x += FLUSH
            crash.append((x - GAP / 2 - 7, after + 1))
    return crash


def row_height(cells, columns):
    return max(len(wrap(cell, wide - 16, 11)) for cell, wide in
               zip(cells, columns)) * 11 * LINE + 10


def draw_table(picture, table, y):
    """What a crash leaves; where the table ends."""
    columns = table["columns"]
    lefts = [24 + 32 + sum(columns[:number]) for number in range(len(columns))]
    for left, head in zip(lefts, table["heads"]):
        picture.line(left, y, head, 12, True)
    y += 22
    for number, *cells, kind in table["rows"]:
        high = row_height(cells, columns)
        picture.rect(24, y, WIDTH - 48, high, kind, corner=0, thick=1)
        picture.badge(40, y + high / 2, number, "page")
        for left, wide, words in zip(lefts, columns, cells):
            lines = len(wrap(words, wide - 16, 11)) * 11 * LINE
            picture.text(left, y + (high - lines) / 2, words, wide - 16, 11)
        y += high
    return y


def draw_notes(picture, notes, y):
    """In two columns, each note with its head."""
    pairs = list(zip(notes[::2], notes[1::2]))
    half, ends = (len(pairs) + 1) // 2, []
    for number in range(2):
        at = y
        for pair in pairs[number * half:(number + 1) * half]:
            at = picture.text(24 + 486 * number, at, pair, 462, 11) + 6
        ends.append(at)
    return max(ends)


def draw(data):
    data = source.fill_in_all(data)
    picture = Picture(data, WIDTH, 0)
    draw_lanes(picture, data["lanes"])
    crash = draw_steps(picture, data)
    picture.text(24, BOTTOM - 7, "crash", bold=True)
    before = FIRST
    for x, number in [(FIRST + 164, 0), *crash, (WIDTH - 24, None)]:
        end = x if number is None else x - 13
        draw_time = picture.path if number is not None else picture.arrow
        draw_time([(before, BOTTOM), (end, BOTTOM)], "ink", 1.3)
        if number is not None:
            picture.badge(x, BOTTOM, str(number))
        before = x + 13
    y = draw_table(picture, data["table"], BOTTOM + 30)
    picture.height = draw_notes(picture, data["table"]["notes"], y + 18) + 14
    return picture
