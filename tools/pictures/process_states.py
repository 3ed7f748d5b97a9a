"""The picture of the states of a process."""
import re

import source
from draw import Picture

WIDTH = 1000
# x, y, width, height of each state.
PLACES = {"new": (24, 74, 190, 76), "ready": (24, 250, 190, 100),
          "running": (462, 262, 190, 76), "sleeping": (462, 446, 190, 150),
          "dead": (790, 262, 186, 76), "zombie": (790, 452, 186, 92),
          "gone": (790, 640, 186, 52)}


def shown(state):
    """What ps shows of a process in that state."""
    if "names" not in state:
        return state.get("phase")
    texts = re.search(r"names\[\] = \{(.*?)\}", source.text("proclist.c"))[1]
    names = re.search(r"enum thread_state \{(.*?)\}", source.text("thread.h"),
                      re.S)[1]
    order = re.findall(r"\w+", names)
    return re.findall(r'"(\w+)"', texts)[order.index(state["names"])]


def draw_state(picture, state, place):
    x, y, wide, high = place
    words = [f'#{state["title"]}', *state["text"]]
    if shown(state):
        words.append(f"ps: {shown(state)}")
    picture.box(x, y, wide, high, words, state["kind"], middle=True, corner=12)


class Moves:
    """Arrows with what is written at them."""

    def __init__(self, picture, data):
        self.picture, self.data = picture, data

    def __call__(self, name, points, x, y, room):
        move = self.data["move"][name]
        kind = self.data["colors"][move["who"]]
        self.picture.arrow(points, kind, 2)
        self.picture.text(x, y, move["text"], room, 11, kind=kind)


def draw(data):
    data = source.fill_in_all(data)
    picture = Picture(data, WIDTH, 752)
    for name, place in PLACES.items():
        draw_state(picture, data["state"][name], place)
    move = Moves(picture, data)
    move("make", [(330, 112), (216, 112)], 338, 97, 190)
    move("start", [(70, 152), (70, 248)], 82, 174, 190)
    move("run", [(216, 284), (460, 284)], 228, 236, 222)
    move("yield", [(460, 316), (216, 316)], 228, 323, 224)
    move("sleep", [(486, 340), (486, 444)], 498, 350, 186)
    move("undo", [(654, 466), (694, 466), (694, 330), (654, 330)], 664, 476,
         104)
    move("early", [(654, 576), (776, 576), (776, 318), (654, 318)], 664, 586,
         118)
    move("exit", [(654, 300), (788, 300)], 662, 221, 122)
    move("reap", [(883, 340), (883, 450)], 790, 352, 88)
    move("free", [(883, 546), (883, 638)], 793, 570, 84)
    for number, name in enumerate(("wake", "kill", "expire")):
        y, x = 490 + 46 * number, 180 - 34 * number
        move(name, [(460, y), (x, y), (x, 352)], 192, y - 33, 264)
    picture.legend(24, 716, [[data["colors"][who], words] for who, words
                             in data["legend"]["entries"]])
    return picture
