"""Where do the instructions go? `make profile CMD="bench getpid"`.

Boots the kernel with the plugin in this directory, runs one command, and prints
how many instructions each function executed while the command's main() ran, or
another function: FUNC=name.  See docs/profiling.md.
"""
import argparse
import os
import shlex
import subprocess
import sys

import flamegraph

ICOUNT = "shift=0,sleep=off"
EVERYTHING = "-"             # for --func
OUTSIDE = "outside"          # instead of a stack
KERNEL_SPEAKS = "tether:"    # starts its first line, after the firmware's
                             # output


def fail(message):
    sys.exit(f"profile: {message}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", help="what the guest's shell runs")
    parser.add_argument("--func", default="main", metavar="NAME",
                        help="count while it runs; - for all, from power-on")
    parser.add_argument("--build", default="build", help="the build directory")
    parser.add_argument("--image", help="RAM disk (default: BUILD/fs.img)")
    parser.add_argument("--programs", action="append", default=[],
                        metavar="FILE", help="further programs on that disk")
    parser.add_argument("--top", type=int, default=30, metavar="N",
                        help="functions to print, 0 for all")
    parser.add_argument("--bootargs", default="")
    parser.add_argument("--mem", default="128M")
    return parser.parse_args()


def programs(options):
    """The kernel and all programs; the command's program comes first."""
    top = os.path.join(options.build, "user")
    if not os.path.isdir(top):
        fail(f"nothing is built in {options.build}")
    paths = [os.path.join(directory, name)
             for directory in (top, os.path.join(top, "bin"))
             for name in sorted(os.listdir(directory)) if "." not in name]
    paths = [path for path in paths if os.path.isfile(path)]
    paths += options.programs
    words = options.command.split()
    if not words:
        fail('no command: make profile CMD="bench getpid"')
    wanted = os.path.basename(words[0])
    first = [path for path in paths if os.path.basename(path) == wanted]
    if not first:
        fail(f'no program "{wanted}" in {top}')
    kernel = os.path.join(options.build, "kernel.elf")
    return first + [kernel] + [path for path in paths if path not in first]


def show(words):
    """Run QEMU and show the kernel's output; returns the exit status."""
    speaks = False
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE) as qemu:
        for line in qemu.stdout:
            speaks = speaks or line.startswith(KERNEL_SPEAKS)
            if speaks:
                print(line, end="", flush=True)
    return qemu.returncode


def run(options):
    """Boot, run the command, show the console; returns the plugin's lines."""
    if '"' in options.command:
        fail("the command cannot hold a double quote")
    out = os.path.join(options.build, "profile.txt")
    if os.path.exists(out):
        os.remove(out)
    plugin = [os.path.join(options.build, "profile.so"), f"out={out}"]
    plugin += [f"image={path}" for path in programs(options)]
    plugin += [f"func={options.func}"] if options.func != EVERYTHING else []
    if any("," in word for word in plugin):
        fail("a path or a function cannot hold a comma")
    words = shlex.split(os.environ.get("QEMU", "qemu-system-riscv64"))
    words += ["-machine", "virt", "-bios", "default", "-nographic",
              "-no-reboot", "-smp", "1", "-m", options.mem, "-icount", ICOUNT,
              "-kernel", os.path.join(options.build, "kernel.elf"),
              "-initrd", options.image or os.path.join(options.build, "fs.img"),
              "-append", f'{options.bootargs} run="{options.command}"'.strip(),
              "-plugin", ",".join(plugin)]
    status = show(words)
    if status != 0 or not os.path.exists(out):
        fail(f"the run ended with status {status}")
    with open(out, encoding="utf-8") as file:
        return file.read().splitlines()


def stacks_of(lines):
    """({stack as a tuple of names: instructions}, instructions outside)."""
    stacks, outside = {}, 0
    for line in lines:
        count, names = line.split(" ", 1)
        if names == OUTSIDE:
            outside = int(count)
        else:
            key = tuple(names.split(";"))
            stacks[key] = stacks.get(key, 0) + int(count)
    return stacks, outside


def functions_of(stacks):
    """{name: [own instructions, instructions including callees]}."""
    counts = {}
    for names, count in stacks.items():
        counts.setdefault(names[-1], [0, 0])[0] += count
        for name in set(names):
            counts.setdefault(name, [0, 0])[1] += count
    return counts


def print_table(stacks, outside, top):
    """The functions, most expensive first."""
    total = sum(stacks.values())
    rows = [(own, whole, name)
            for name, (own, whole) in functions_of(stacks).items() if own]
    rows.sort(key=lambda row: (-row[0], row[2]))
    shown = rows[:top] if top else rows
    print(f"\n{'own':>12} {'share':>6} {'with calls':>12} {'share':>6}"
          f"  function")
    for own, whole, name in shown:
        print(f"{own:12,} {own / total:6.1%} {whole:12,} {whole / total:6.1%}"
              f"  {name}")
    if len(shown) < len(rows):
        rest = sum(row[0] for row in rows[len(shown):])
        print(f"{rest:12,} {rest / total:6.1%} {'':19}"
              f"  {len(rows) - len(shown)} more")
    print(f"{total:12,} instructions, {outside:,} more outside")


def main():
    options = arguments()
    stacks, outside = stacks_of(run(options))
    if not stacks:
        fail(f"{options.func} was never called")
    print_table(stacks, outside, options.top)
    title = options.command
    if options.func != EVERYTHING:
        title += f", {options.func}()"
    picture = os.path.join(options.build, "profile.svg")
    with open(picture, "w", encoding="utf-8") as file:
        file.write(flamegraph.draw(stacks, title))
    print(f"flame graph: {picture}")


if __name__ == "__main__":
    main()
