"""Device trees: parse a blob into nodes, change them, write it back.

This has only what the tests need to damage a tree on purpose.  The format is
that of the Devicetree Specification, version 17.
"""
import struct

BEGIN, END, PROP, NOP, FINISH = 1, 2, 3, 4, 9
MAGIC = 0xD00DFEED
HEADER = ">10I"


class Node:
    """A name, properties in order (name to bytes) and child nodes."""

    def __init__(self, name=""):
        self.name = name
        self.props = {}
        self.children = []

    def find(self, path):
        """The node at a path like "/cpus/cpu@0"."""
        node = self
        for name in path.strip("/").split("/"):
            node = next(c for c in node.children if c.name == name)
        return node

    def drop(self, prefix):
        """Remove every node, at any depth, whose name begins with a prefix."""
        self.children = [c for c in self.children
                         if not c.name.startswith(prefix)]
        for child in self.children:
            child.drop(prefix)
        return self


def parse(blob):
    """The root node of a blob that is assumed to be sound."""
    magic, _, at, names, *_ = struct.unpack_from(HEADER, blob)
    assert magic == MAGIC

    def text(start):
        return blob[start:blob.index(b"\0", start)].decode()

    stack = [Node()]
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == BEGIN:
            stack.append(Node(text(at)))
            at = (at + len(stack[-1].name) + 4) & ~3
        elif token == END:
            node = stack.pop()
            stack[-1].children.append(node)
        elif token == PROP:
            length, name = struct.unpack_from(">2I", blob, at)
            stack[-1].props[text(names + name)] = \
                blob[at + 8:at + 8 + length]
            at = (at + 8 + length + 3) & ~3
        elif token == FINISH:
            return stack[0].children[0]


def build(root, reserve=()):
    """A blob made from a root node and reserved ranges (start, size)."""
    body, names = bytearray(), bytearray()

    def pad():
        body.extend(bytes(-len(body) % 4))

    def emit(node):
        body.extend(struct.pack(">I", BEGIN) + node.name.encode() + b"\0")
        pad()
        for name, value in node.props.items():
            body.extend(struct.pack(">3I", PROP, len(value), len(names)))
            body.extend(value)
            names.extend(name.encode() + b"\0")
            pad()
        for child in node.children:
            emit(child)
        body.extend(struct.pack(">I", END))

    emit(root)
    body.extend(struct.pack(">I", FINISH))
    header = struct.calcsize(HEADER)
    ranges = b"".join(struct.pack(">2Q", *each) for each in [*reserve, (0, 0)])
    start = header + len(ranges)
    total = start + len(body) + len(names)
    return struct.pack(HEADER, MAGIC, total, start, start + len(body), header,
                       17, 16, 0, len(names), len(body)) + \
        ranges + body + names
