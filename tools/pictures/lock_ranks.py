"""The picture of the locks by rank."""
import source
from draw import Picture, wrap

WIDTH = 1000
NAME, GUARDS, LOCKS, CHAINS = 62, 166, 484, 726     # left edges of columns
STEP = 36       # from one chain to the next
ROW = 25


def draw_row(picture, y, rank, users):
    """A rank: its name, what it guards, its locks; the row's height."""
    name, guards, sleeps = rank
    kind = "violet" if sleeps else "blue"
    lines = wrap(guards, LOCKS - GUARDS - 12, 11)
    locks = ", ".join(f'"{lock}" in {file}' if lock else
                      f"the name of each, in {file}" for lock, file in users)
    cells = wrap(locks, CHAINS - LOCKS - 20, 11)
    high = ROW + 14 * (max(len(lines), len(cells)) - 1)
    picture.rect(NAME, y, CHAINS - NAME - 14, high, kind, corner=0, thick=1)
    picture.line(NAME + 8, y + 5, f"`{name}`", 12, True)
    for number, line in enumerate(lines):
        picture.line(GUARDS, y + 6 + 14 * number, line, 11)
    for number, line in enumerate(cells):
        picture.line(LOCKS, y + 6 + 14 * number, line, 11)
    return high


def draw_chains(picture, chains, middles, top):
    """For each a column: a mark at each rank, joined by a line."""
    bottom = max(middles.values()) + 14
    for number, chain in enumerate(chains):
        x = CHAINS + STEP * number + 18
        marks = [middles[rank] for rank, _ in chain["takes"]]
        picture.path([(x, top), (x, bottom)], thick=0.6)
        picture.line(x, top - 20, str(number + 1), 12, True, anchor="middle")
        picture.path([(x, marks[0]), (x, marks[-1])], "amber", 3)
        for y in marks:
            picture.rect(x - 6, y - 6, 12, 12, "amber", corner=6, thick=2)


def draw_key(picture, data, y):
    """Which operation a column is, and who takes the locks."""
    picture.text(24, y, data["words"]["chains"], bold=True)
    y += 22
    half = (len(data["chain"]) + 1) // 2
    for number, chain in enumerate(data["chain"]):
        x, line = 24 + 488 * (number // half), number % half
        takers = dict.fromkeys(name for _, name in chain["takes"])
        picture.line(x, y + 34 * line, f'{number + 1}  {chain["name"]}', 11,
                     True)
        picture.line(x + 16, y + 34 * line + 15,
                     ", ".join(f"`{name}`" for name in takers), 11)
    return y + 34 * half


def draw(data):
    data = source.fill_in_all(data)
    users, middles = source.lock_users(), {}
    picture = Picture(data, WIDTH, 0)
    picture.text(24, 50, data["order"], 640)
    y = top = 112
    was_asleep = True
    for x, words in zip((NAME + 8, GUARDS, LOCKS), data["heads"]):
        picture.line(x, top - 17, words, 11, kind="gray")
    for rank in source.ranks():
        if was_asleep and not rank[2]:
            y += 20
        was_asleep = rank[2]
        high = draw_row(picture, y, rank, users[rank[0]])
        middles[rank[0]] = y + high / 2
        y += high
    picture.arrow([(42, top), (42, y)], "ink", 3)
    draw_chains(picture, data["chain"], middles, top)
    y = draw_key(picture, data, y + 18)
    picture.legend(24, y + 12, [["violet", data["sleep"]],
                                ["blue", data["spin"]],
                                ["amber", "held at the same time"]])
    picture.height = y + 42
    return picture
