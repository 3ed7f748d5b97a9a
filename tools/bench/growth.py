"""make growth: costs must not depend on how much there is.

tools/bench/growth.py everything; updates docs/performance.md and the plots
beside it tools/bench/growth.py KIND...  only these, printed; updates nothing

KIND is processes, directory, file, image, files, areas, memory, harts, present.
A cost that grows by more than a fifth between any two sizes fails (for
mappings, which are in a tree, by more than 1.6 times), and so do more than 40
KiB for a sleeping process.
"""
import argparse
import dataclasses
import os
import re
import sys
import tempfile

import bench
import counted
import disk
import plot
from counted import ROOT, images

FLAT = 1.2                  # largest cost by smallest
TREE = 1.6                  # a tree may grow with the logarithm: 300 to 10,000
DOCS = os.path.join(ROOT, "docs")
PAGE = os.path.join(DOCS, "performance.md")
BYTES = "bytes of memory of each"
BYTES_AIM = 40 << 10
SHARED = ("fork", "fault", "pipe", "read", "create", "mix")
HARTS_ARGS = "icount hz=10000"      # so that harts alternate often


@dataclasses.dataclass(frozen=True)
class Kind:
    """A family of measurements over one size."""
    title: str
    unit: str
    sizes: tuple
    measure: object         # size and directory to {row: cost}
    most: float = FLAT

    def label(self, size):
        if self.unit.startswith("MiB") and size >= 1024:
            return f"{size // 1024} GiB"
        return f"{size:,}"


def costs(command, **options):
    rows = counted.measure(command, quiet=120, **options)
    return {row.name: row.each for row in rows}


def processes(count, _):
    """Also returns the memory that each process takes."""
    with counted.Counted(run=f"bench grow processes {count}",
                         mem="1G") as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        found = {row.name: row.each for row in machine.rows()}
        found[BYTES] = int(re.search(r"bytes of each: (\d+)",
                                     machine.console())[1])
    return found


def directory(entries, scratch):
    """The image has room for that many files."""
    image = images.make_image(os.path.join(scratch, "fs.img"), size="128M")
    return costs(f"bench grow directory {entries}", mem="512M", image=image)


def file(mebibytes, scratch):
    """On the virtio disk, because no RAM disk holds a GiB. The host decides
    when its interrupts arrive, so the last digits vary; time passes while the
    machine waits for them (no sleep=off)."""
    image = images.make_image(os.path.join(scratch, "fs.img"), size="1200M")
    return costs(f"bench grow file {mebibytes}", mem="3G", disk=image,
                 icount="shift=0")


def image(mebibytes, scratch):
    """A sparse image; also measures mounting it."""
    path = images.make_image(os.path.join(scratch, "fs.img"),
                             size=f"{mebibytes}M")
    with counted.Counted(run=f"bench grow image {mebibytes}", mem=bench.MEM,
                         disk=path, icount="shift=0",
                         at=("alloc_open", "orphan_recover")) as machine:
        assert machine.status(quiet=60) == 0, machine.tail()
        found = {row.name: row.each for row in machine.rows()}
        begin, end = (next(mark.counts for mark in machine.marks()
                           if mark.number == counted.AT + i)
                      for i in range(2))
    return {"mount": (end - begin).work, **found}


def files(count, _):
    return costs(f"bench grow files {count}", mem=bench.MEM)


def areas(count, _):
    return costs(f"bench grow areas {count}", mem=bench.MEM)


def memory(mebibytes, _):
    return costs("bench fork page create", mem=f"{mebibytes}M")


def shared(kind, count):
    """The same work by eight processes, without the instructions of the
    firmware."""
    row, = counted.measure(f"bench share {kind}", quiet=120, mem="512M",
                           cpus=count, args=HARTS_ARGS)
    return row.cost.kernel + row.cost.program


def harts(count, _):
    return {kind: shared(kind, count) for kind in SHARED}


def present(count, _):
    """Idle harts must not slow down the rows."""
    rows = counted.measure("bench getpid fork page mmap", quiet=120,
                           mem="512M", cpus=count, args=HARTS_ARGS)
    return {row.name: (row.cost.kernel + row.cost.program) / row.units
            for row in rows}


KINDS = {
    "processes": Kind("Processes asleep", "processes",
                      (10, 30, 100, 300, 1000, 2000, 4000), processes),
    "directory": Kind("Entries of a directory", "entries",
                   (10, 30, 100, 300, 1000, 3000, 10000), directory),
    "file": Kind("Size of a file", "MiB", (1, 4, 16, 64, 256, 1024), file),
    "image": Kind("Size of the disk", "MiB of disk",
                  (1024, 4096, 16384, 65536), image),
    "files": Kind("Open files", "open files", (1, 10, 100, 300, 1000), files),
    "areas": Kind("Mappings of a process", "mappings",
                  (300, 1000, 3000, 10000), areas, TREE),
    "memory": Kind("Memory of the machine", "MiB of memory",
                   (128, 512, 2048, 8192), memory),
    "harts": Kind("The same work on more harts", "harts", (1, 2, 4, 8),
                  harts),
    "present": Kind("Harts present but idle", "harts present",
                    (1, 2, 8, 64), present),
}


def measure(name, sizes=None):
    """{row: [(size, cost), ...]} of a kind."""
    kind = KINDS[name]
    table = {}
    for size in sizes or kind.sizes:
        with tempfile.TemporaryDirectory(prefix="tether-grow-") as scratch:
            found = kind.measure(size, scratch)
        for row, cost in found.items():
            table.setdefault(row, []).append((size, cost))
    return table


def growth(points):
    """The ratio of the largest cost to the smallest."""
    found = [cost for _, cost in points]
    return max(found) / min(found)


def steep(table, most=FLAT):
    """Complaints about rows that are not flat."""
    return [f"{row}: {growth(points):.2f} times the cost"
            for row, points in table.items() if growth(points) > most]


def large(table):
    """Complaints about processes that take too much memory."""
    return [f"{size:,} bytes for each of {count} processes"
            for count, size in table.get(BYTES, ()) if size > BYTES_AIM]


def markdown(header, body):
    """A table; all columns except the first are numbers."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(words) + " |"
                     for words in (header, rule, *body))


def growth_table(kind, table):
    sizes = [kind.label(size) for size in kind.sizes]
    body = [[row, *(f"{cost:,.0f}" for _, cost in points),
             f"{growth(points):.2f}"] for row, points in table.items()]
    return markdown([kind.unit, *sizes, "largest by smallest"], body)


def replace(page, name, body):
    """Replace the text between the two marks of that name."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    head, found, rest = page.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        sys.exit(f"{PAGE}: the marks of {name} are missing")
    return f"{head}{begin}\n\n{body}\n\n{end}{tail}"


def renew(tables):
    """Write the plots and all tables of the page."""
    with open(PAGE) as page_file:
        page = page_file.read()
    for name, table in tables.items():
        kind = KINDS[name]
        labels = [kind.label(size) for size in kind.sizes]
        path = os.path.join(DOCS, f"growth-{name}.svg")
        with open(path, "w") as picture:
            picture.write(plot.plot(kind.title, kind.unit, table, labels))
        page = replace(page, name, growth_table(kind, table))
    control, _ = bench.measure_control()
    measured = bench.measure_rows([])
    page = replace(page, "control", markdown(bench.CONTROL_HEADER, control))
    page = replace(page, "rows", markdown(bench.ROWS_HEADER,
                                          bench.rows_table(measured)))
    page = replace(page, "events", markdown(bench.EVENTS_HEADER,
                                            bench.events_table(measured)))
    page = replace(page, "disk", markdown(disk.HEADER, disk.report()))
    with open(PAGE, "w") as page_file:
        page_file.write(page)


def arguments():
    parser = argparse.ArgumentParser(description="Measure growth.")
    parser.add_argument("kind", nargs="*", help=", ".join(KINDS))
    chosen = parser.parse_args()
    for kind in chosen.kind:
        if kind not in KINDS:
            parser.error(f"no kind {kind!r}: {', '.join(KINDS)}")
    return chosen


def main():
    chosen = arguments().kind
    counted.build()
    tables, complaints = {}, []
    for name in chosen or KINDS:
        tables[name] = measure(name)
        complaints += [f"{name}: {text}" for text in
                       steep(tables[name], KINDS[name].most) +
                       large(tables[name])]
        print(growth_table(KINDS[name], tables[name]) + "\n", flush=True)
    if not chosen:
        renew(tables)
    print("\n".join(complaints) or "nothing grows by more than a fifth")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
