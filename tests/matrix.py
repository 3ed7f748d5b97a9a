"""The matrix: all pairs of ways to build the kernel and to run it.

    make matrix                   all rows; 0 if each of them passes
    make matrix ARGS=-l           only list them
    make matrix ARGS="3 7"        only those rows

Testing all combinations would take a day.  Most bugs need at most two factors
to show.  So there are just enough rows for every two values of different
factors to meet at least once.  In each row memory is filled to its end, and
then the quick usertests run on pages from all over it.
"""
import argparse
import itertools
import os
import re
import sys
import tempfile
import time

import images
from commands import run
from machine import ROOT, Machine

FIRMWARE = "/usr/lib/riscv64-linux-gnu/opensbi/generic"   # package opensbi

FACTORS = {
    "cpus": (1, 2, 3, 4, 8),
    "mem": ("128M", "32M", "1G", "8G"),
    "timer": ("sbi", "sstc", "no sstc"),
    "hz": (100, 10, 1000),
    "disk": ("virtio", "ram"),
    "cc": ("elf", "linux", "clang"),
    "O": ("2", "g"),
    "check": (0, 1),
    "bios": ("qemu", "dynamic", "jump"),
}

# Impossible pairs, and why.
EXCLUDED = [
    ({"mem": "32M", "bios": "jump"},
     "fw_jump puts the device tree 34 MiB above the start of RAM"),
]

COMPILER = {"elf": (), "linux": ("TOOLPREFIX=riscv64-linux-gnu-",),
            "clang": ("LLVM=1",)}
BIOS = {"dynamic": f"{FIRMWARE}/fw_dynamic.bin",
        "jump": f"{FIRMWARE}/fw_jump.bin"}

# Programs that fill memory.  The second touches one page in each 2 MiB, and the
# host should provide no more than those: memory-backend-memfd has no huge
# pages.
FILL, SPARSE = "fillmem", "fillmem -s"

# Builds that exist anyway.
SHARED = {("elf", "2", 0): "build", ("elf", "2", 1): "build-check",
          ("linux", "2", 0): "build/gnu", ("clang", "2", 0): "build/llvm"}

# -- which rows ------------------------------------------------------------


def is_possible(row):
    """Whether the row contains no excluded pair."""
    return not any(pair.items() <= row.items() for pair, _ in EXCLUDED)


def pairs_of(row):
    """All pairs of its values."""
    return set(itertools.combinations(
        ((name, row[name]) for name in FACTORS if name in row), 2))


def all_pairs():
    """All possible pairs of values of different factors, in order."""
    return [((a, x), (b, y))
            for a, b in itertools.combinations(FACTORS, 2)
            for x in FACTORS[a] for y in FACTORS[b]
            if is_possible({a: x, b: y})]


def covering_rows():
    """Rows that contain each pair at least once; always the same rows.

    A row starts with the first pair that no row contains yet; each further
    factor takes the value that adds the most new pairs.
    """
    missing = dict.fromkeys(all_pairs())
    rows = []
    while missing:
        row = dict(next(iter(missing)))
        for name in [name for name in FACTORS if name not in row]:
            choices = [row | {name: value} for value in FACTORS[name]]
            row = max(filter(is_possible, choices), key=lambda choice:
                      len(pairs_of(choice) & missing.keys()))
        rows.append(row)
        for pair in pairs_of(row):
            missing.pop(pair, None)
    return sorted(rows, key=variant)


# -- one row ---------------------------------------------------------------


def variant(row):
    """How its kernel is built."""
    return row["cc"], row["O"], row["check"]


def directory_of(row):
    """The directory of that build."""
    name = "-".join(str(value) for value in variant(row))
    return SHARED.get(variant(row), f"build-matrix/{name}")


def build(row):
    """Build its kernel and programs; returns make's output if that fails."""
    done = run(["make", "-j2", *COMPILER[row["cc"]], f"O={row['O']}",
                f"CHECK={row['check']}", f"B={directory_of(row)}"])
    return done.stdout if done.returncode != 0 else None


def image_size(row):
    """The size of an image; smaller if it would take most of the RAM."""
    return "7M" if (row["mem"], row["disk"]) == ("32M", "ram") else "32M"


def disk_words(row, directory):
    """Words for the disk, whose changes are discarded. The largest program,
    which is not used here, would not fit in a small image."""
    path = images.make_image(os.path.join(directory, "fs.img"),
                             without=["bench"],
                             size=image_size(row), build=directory_of(row))
    if row["disk"] == "ram":
        return {"image": path}
    return {"disk": ["-drive", f"file={path},if=none,format=raw,id=x0,"
                               "snapshot=on"]}


def megabytes(size):
    """The number of megabytes in a size for QEMU."""
    return int(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]


def fits_the_host(row):
    """Whether this host can give the machine all of its RAM."""
    with open("/proc/meminfo", encoding="ascii") as file:
        free = next(line for line in file if line.startswith("MemAvailable"))
    return megabytes(row["mem"]) * 1.2 < int(free.split()[1]) / 1024


def machine_of(row, directory, work):
    """Start the machine."""
    timer = "sstc" if row["timer"] == "sstc" else "sbi"
    args = f"timer={timer} hz={row['hz']}" + " reach" * row["check"]
    options = ["-bios", BIOS[row["bios"]]] if row["bios"] in BIOS else []
    if SPARSE in work:
        options += ["-machine", "memory-backend=ram", "-object",
                    f"memory-backend-memfd,id=ram,size={row['mem']}"]
    return Machine(build=directory_of(row), cpus=row["cpus"], mem=row["mem"],
                   args=args, run=work, options=options,
                   cpu="rv64,sstc=off" if row["timer"] == "no sstc" else None,
                   **disk_words(row, directory))


def places_least(row):
    """How many pages, 2 MiB apart, are free after boot; slightly fewer."""
    size = megabytes(row["mem"])
    structs = size // 64        # of pages, which are 64 times as large
    tables = size // 128        # hash tables, at most
    disk = (row["disk"] == "ram") * megabytes(image_size(row))
    return (size - 4 - structs - tables - disk) // 2


def failures(said):
    """What usertests printed for each failed case."""
    return re.findall(r"^test \w+\n(?:(?!test ).*\n)*test \w+: FAILED.*\n",
                      said.replace("\r", ""), re.MULTILINE)


def complaint(row, machine):
    """What went wrong in a machine that has ended, or None."""
    said = machine.console()
    if machine.status() != 0:
        return "\n".join([f"status {machine.status()}", *failures(said)])
    if "fillmem:" not in said or " 0 failed" not in said:
        return "the work was not done"
    # What the status does not show: the far end of RAM, in a checked build.
    reached = re.search(r"reached RAM in (\d+) places", said)
    if row["check"] and int(reached[1] if reached else 0) < places_least(row):
        return f"reached RAM in fewer than {places_least(row)} places"
    return None


def try_row(row, tests="-q", fill=FILL):
    """Build and run one row; None, or what went wrong."""
    problem = build(row)
    if problem is not None:
        return problem
    with tempfile.TemporaryDirectory(prefix="tether-matrix-") as directory, \
            machine_of(row, directory,
                       f"{fill} && usertests {tests}") as machine:
        try:
            machine.status(quiet=120)
            problem = complaint(row, machine)
        except AssertionError as failure:
            problem = str(failure)
        return f"{problem}\n{machine.tail()}" if problem else None


# -- all rows --------------------------------------------------------------


def headings():
    return "row  " + " ".join(f"{name:8}" for name in FACTORS)


def show(number, row):
    return f"{number:3}  " + " ".join(f"{row[name]!s:8}" for name in FACTORS)


def try_all(rows, chosen):
    """Run the chosen rows, printing a line for each; returns how many
    failed."""
    failed = 0
    for number, row in enumerate(rows, 1):
        if chosen and number not in chosen:
            continue
        fill = FILL if fits_the_host(row) else SPARSE
        print(show(number, row), end=" ", flush=True)
        start = time.monotonic()
        problem = try_row(row, fill=fill)
        print("failed" if problem else "ok    ",
              f"{time.monotonic() - start:6.1f} s",
              "(this host has less RAM: not filled)" * (fill == SPARSE))
        if problem:
            print(problem)
            failed += 1
    return failed


def main():
    parser = argparse.ArgumentParser(
        prog="matrix.py", description="Try all pairs of ways to build and run.")
    parser.add_argument("-l", "--list", action="store_true",
                        help="only list the rows")
    parser.add_argument("row", nargs="*", type=int, help="only these rows")
    words = parser.parse_args()
    rows = covering_rows()
    for number in words.row:
        if not 1 <= number <= len(rows):
            parser.error(f"no row {number}; there are {len(rows)}")
    print(headings())
    if words.list:
        print(*(show(n, row) for n, row in enumerate(rows, 1)), sep="\n")
        return 0
    start = time.monotonic()
    failed = try_all(rows, words.row)
    count = len(words.row) or len(rows)
    for pair, why in EXCLUDED:
        print("left out:", ", ".join(f"{k}={v}" for k, v in pair.items()),
              f"({why})")
    print(f"{count - failed} rows fine, {failed} failed, "
          f"{time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
