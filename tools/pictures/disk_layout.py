"""The picture of the layout of the disk."""
import source
from draw import Picture

WIDTH = 1000
EDGE, TOP, HIGH = 24, 92, 58


def areas(blocks):
    """{name: (first block, count)} of a new disk, as mkfs lays it out."""
    log = min(max(blocks // source.value("LOG_SHARE"),
                  source.value("LOG_LEAST")), source.value("LOG_MOST"))
    counts = {"superblock": 1, "log": log,
              "inodes": -(-blocks // source.value("INODE_SHARE")
                          // source.value("FS_INODES_PER_BLOCK")),
              "bitmap": -(-blocks // source.value("FS_BITS_PER_BLOCK"))}
    counts["data"] = blocks - sum(counts.values())
    found, start = {}, 0
    for name, count in counts.items():
        found[name] = (start, count)
        start += count
    return found


def draw_areas(picture, data):
    """The strip of all; {name: (left, right)}."""
    spans, x = {}, EDGE
    unit = (WIDTH - 2 * EDGE) / sum(area["share"] for area in data["area"])
    numbers = areas(int(data["blocks"].replace(",", "")))
    for area in data["area"]:
        first, count = numbers[area["name"]]
        wide = area["share"] * unit
        blocks = f"{first:,}" if count == 1 else \
            f"{first:,} to {first + count - 1:,}"
        picture.box(x, TOP, wide, HIGH, [f'#{area["name"]}', f"{blocks}"],
                    area["kind"], middle=True, corner=0)
        spans[area["name"]] = (x, x + wide)
        x += wide
    return spans


def lead(picture, span, x, wide, y):
    """Lines from an area to where it is enlarged."""
    for start, end in ((span[0], x), (span[1], x + wide)):
        picture.path([(start, TOP + HIGH), (end, y)], thick=1)


def draw_fields(picture, x, y, wide, struct, part, kind):
    """Fields of a struct, with their offsets; where it ends, and the middles
    of the fields."""
    picture.text(x, y, part["title"], wide, bold=True)
    y += 20
    known = {name: offset for name, offset, _, _ in
             source.fields("fsformat.h", struct)}
    places = {}
    picture.rect(x, y, wide, 19 * len(part["fields"]) + 6, kind, corner=0)
    for name, words in part["fields"]:
        picture.line(x + 32, y + 6, str(known[name]), 10.5, kind="gray",
                     anchor="end")
        picture.line(x + 42, y + 5, f"`{name}`", 11, True)
        if words:
            picture.line(x + 130, y + 5, words, 11)
        places[name] = y + 13
        y += 19
    return y + 6, places


def draw_log(picture, log, x, y, wide):
    """The head and the ring."""
    picture.text(x, y, log["title"], wide, bold=True)
    y, high = y + 20, 62
    picture.box(x, y, 86, high, log["head"], "gray", corner=0, inset=7)
    left = x + 98
    picture.box(left, y, 66, high, log["older"], "empty", corner=0, inset=7,
                dashed=True)
    left += 66
    picture.rect(left, y, wide - 98 - 66 - 92, high, "amber", corner=0)
    inner = (wide - 98 - 66 - 92 - 4 * 6) / 3
    for number, (name, _) in enumerate(log["record"]):
        picture.box(left + 6 + number * (inner + 6), y + 7, inner, high - 14,
                    [f"#{name}"], "page", middle=True, inset=3)
    picture.box(x + wide - 92, y, 92, high, log["free"], "empty", corner=0,
                inset=7, dashed=True)
    bend = y + high + 12
    picture.arrow([(x + 43, y + high), (x + 43, bend), (left + 30, bend),
                   (left + 30, y + high + 1)], "ink", 1.3)
    y = bend + 8
    for name, words in log["record"]:
        picture.line(x, y, f"#{name}".lstrip("#"), 11, True)
        picture.line(x + 96, y, words, 11)
        y += 16
    return picture.text(x, y + 4, log["note"], wide, 11)


def draw_file(picture, part, x, y, places):
    """From the numbers in an inode to the blocks."""
    picture.text(x + 34, y, part["title"], bold=True)
    picture.text(x + 34, y + 20, part["note"], 286, 11)
    wide, gap, high = 84, 17, 36
    rows = ((places["direct"] - 72, 12, ["block"]),
            (places["indirect"] - 36, 22, ["single", "block"]),
            (places["double_indirect"], 0, ["double", "single", "block"]))
    for number, (at, bend, boxes) in enumerate(rows):
        start = list(places.values())[-3 + number]
        bends = [(x + bend, start), (x + bend, at)] if bend else []
        left = x + 34
        picture.arrow([(x + 1, start), *bends, (left - 2, at)], "violet")
        for place, kind in enumerate(boxes):
            words = part["ends"][number] if kind == "block" else part[kind]
            picture.box(left, at - high / 2, wide, high, words,
                        "green" if kind == "block" else "violet",
                        size=11, middle=True, corner=0, inset=3)
            if place < len(boxes) - 1:
                picture.arrow([(left + wide + 1, at),
                               (left + wide + gap - 2, at)], "violet")
            left += wide + gap


def draw_directory(picture, part, x, y, wide):
    """One entry."""
    picture.text(x, y, part["title"], wide, bold=True)
    y += 20
    for (name, words), left, width in zip(part["fields"], (0, 86),
                                          (86, wide - 86)):
        picture.box(x + left, y, width, 40, [f"#`{name}`", words], "green",
                    size=11, corner=0, inset=7)
    picture.text(x, y + 48, part["note"], wide, 11)


def draw(data):
    data = source.fill_in_all(data)
    picture = Picture(data, WIDTH, 752)
    picture.text(EDGE, 50, data["numbers"])
    spans = draw_areas(picture, data)
    top, left, right = 196, 300, 366
    lead(picture, spans["superblock"], EDGE, left, top - 3)
    end, _ = draw_fields(picture, EDGE, top, left, "fs_super", data["super"],
                         "gray")
    lead(picture, spans["log"], right, WIDTH - EDGE - right, top - 3)
    draw_log(picture, data["log"], right, top, WIDTH - EDGE - right)
    y = 440
    _, places = draw_fields(picture, right, y, 290, "fs_inode", data["inode"],
                            "violet")
    draw_file(picture, data["file"], right + 290, y, places)
    picture.text(EDGE, end + 20, data["bitmap"]["title"], bold=True)
    y = picture.box(EDGE, end + 40, left, None, data["bitmap"]["text"], "blue",
                    size=11, corner=0)
    draw_directory(picture, data["dirent"], EDGE, y + 18, left)
    return picture
