"""Work, cut the power, check, continue: again and again on the same disk.

    /usr/bin/python3 tests/soak.py --cycles 200 --seed 1

In each cycle a machine boots from the disk that the last cut left, checks it,
and starts to work: `grind`, `durable`, `stressfs`, some of `usertests`, and the
shell, all at once. Its disk writes are recorded.  When the recording has
reached a random size, QEMU is killed.  Then one write of the recording is
chosen, and a disk is built as a power cut at this write could leave it: it has
all writes up to the last flush before it, and any of the later writes, whole,
in part, or not at all.  The length of the recording at each look at the console
shows what the console had promised by then.

Afterwards these must hold: fsck finds nothing once it has replayed the log;
each record that `durable` called durable is there, in order and whole; each
directory of `grind` matches the state after some operation, not before a
durable one.

After a failure, the disks and the console are kept in the directory given by
--keep.
"""
import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
import typing

import machine as machines
import recording
from commands import make, run
from images import make_image, read, write
from recording import FLUSH, SECTOR

WORKERS = 3             # of grind
CUTS = 3                # checked in each cycle; the last one is used to
                        # continue
FILL_STEP, FILL_MAX = 37, 400               # of the records; see
                                            # user/bin/durable.c
BAD = re.compile(                           # what no console may print
    r".*(?:panic|FAILED|damaged|command not found|killed"
    r"|^grind: seed \d+ worker|^stressfs: /|^durable: |^    (?!left behind)\S+:\d+: ).*", re.M)
USERTESTS = "write_sizes overwrite truncate fight creators rename sync"


def record(number):
    """The record of a number, as user/bin/durable.c makes it."""
    fill = number * FILL_STEP % FILL_MAX
    letters = bytes(ord("a") + (number + i) % 26 for i in range(fill))
    return b"%d %s\n" % (number, letters)


def count_records(content):
    """How many records there are; each must be whole and in its place."""
    at = number = 0
    while at < len(content):
        want = record(number)
        assert content[at:at + len(want)] == want, f"record {number} is damaged"
        at += len(want)
        number += 1
    return number


def tear(entry, rng):
    """Random parts of a write: each of its sectors may have reached the
    disk."""
    sector, flags, data = entry
    for at in range(0, len(data), SECTOR):
        if rng.random() < 0.5:
            yield sector + at // SECTOR, flags, data[at:at + SECTOR]


def last_flush(entries):
    """The number of entries up to and including the last flush."""
    return max((number for number, (_, flags, _) in enumerate(entries, 1)
                if flags & FLUSH), default=0)


def power_cut(before, entries, rng):
    """A disk after a power cut: all entries up to the last flush, and any parts
    of the others."""
    disk = bytearray(before)
    kept = last_flush(entries)
    for entry in entries[:kept]:
        recording.apply(disk, entry)
    share = rng.choice([0, 0.2, 0.5, 0.8, 1])
    for entry in entries[kept:]:
        if rng.random() < share:
            recording.apply(disk, entry)
        else:
            for part in tear(entry, rng) if rng.random() < 0.5 else ():
                recording.apply(disk, part)
    return disk


def some_cut(entries, rng):
    """After how many entries to cut: in the second half, and mostly just before
    a flush, when the most writes are pending."""
    total = len(entries)
    cuts = [number for number in range(total // 2, total)
            if entries[number][1] & FLUSH]
    if cuts and rng.random() < 0.7:
        return rng.choice(cuts)
    return rng.randint(total // 2, total)


class Run:
    """A machine's run: the disk before, its recording, and its console.

    looks: pairs of the length of the recording and the console at that time.
    """

    def __init__(self, before, log, console, looks):
        self.before = before
        self.entries = list(recording.entries(log))
        self.console = console
        self.looks = looks

    def said(self, count):
        """The console when that many entries were recorded: what it had
        certainly printed, and what it may have printed."""
        size = recording.size_of(self.entries[:count])
        sure = max((length for at, length in self.looks if at <= size),
                   default=0)
        maybe = min((length for at, length in self.looks if at > size),
                    default=len(self.console))
        return (self.console[:sure].replace("\r", ""),
                self.console[:maybe].replace("\r", ""))


class Promised(typing.NamedTuple):
    """What must be on a disk: a number of records and, if a run of grind with
    that seed had begun, each worker's last durable operation."""
    records: int = 0
    seed: typing.Optional[int] = None
    durable: tuple = ()

    def after(self, sure, maybe, seed):
        """The promises after a run with that seed, which has printed `sure`,
        and perhaps `maybe`."""
        numbers = [int(n) for n in re.findall(r"^durable (\d+)\n", sure, re.M)]
        records = max([self.records, *(n + 1 for n in numbers)])
        if f"grind: seed {seed} started\n" in sure:
            durable = [0] * WORKERS
            for worker, number in re.findall(
                    r"^grind: worker (\d+) durable (\d+)\n", sure, re.M):
                durable[int(worker)] = max(durable[int(worker)], int(number))
            return Promised(records, seed, tuple(durable))
        if "\nchecked\n" in maybe:    # its directories were about to be removed
            return Promised(records)
        return self._replace(records=records)


class Soak:
    """A disk, and what must be on it."""

    def __init__(self, directory, *, seed=1, cpus=2, build=machines.BUILD):
        self.directory = directory
        self.seed_of_all = seed
        self.cpus = cpus
        self.build = build
        self.disk = make_image(os.path.join(directory, "disk.img"), build=build)
        self.log = os.path.join(directory, "recording")
        self.cycles = self.early = self.cuts = self.operations = 0
        self.writes = self.lost = self.replayed = 0
        self.promised = Promised()

    # -- one cycle ---------------------------------------------------------

    def check_words(self):
        """The commands that check grind's directories."""
        if self.promised.seed is None:
            return "true"
        stood = ",".join(map(str, self.promised.durable))
        return f"grind -c {stood} -s {self.promised.seed} -p {WORKERS}"

    def work_words(self, seed):
        """The commands that work for as long as the machine runs."""
        shell = ("mkdir /shell; cp /README.md /shell/a; "
                 "ln /shell/a /shell/b; mv /shell/b /shell/c; "
                 "echo more >> /shell/a; cat /shell/c | wc > /shell/n; "
                 "rm -r /shell")
        return (f"echo checked; rm -r /scratch /shell 2> /null; "
                f"grind -d -s {seed} -p {WORKERS} -n 100000000 & "
                f"stressfs 2 100 & usertests -s {seed} -r 1000 {USERTESTS} & "
                f"({shell}; {shell}) & durable /records")

    def cycle(self):
        """Boot, check, work, cut, and look; returns the run that was cut."""
        self.cycles += 1
        rng = random.Random(f"{self.seed_of_all}/{self.cycles}")
        seed = rng.randrange(1 << 30)
        done = self.run_until_killed(seed, rng)
        promised = self.promised
        for count in (some_cut(done.entries, rng) for _ in range(CUTS)):
            self.promised = promised.after(*done.said(count), seed)
            self.cut(done, count, rng)
        self.operations += sum(self.promised.durable)
        return done

    def cut(self, done, count, rng):
        """Cut the power after that many entries, and check the disk, which is
        then used to continue."""
        entries = done.entries[:count]
        write(self.disk, power_cut(done.before, entries, rng))
        self.cuts += 1
        self.writes += count
        self.lost += count - last_flush(entries)
        self.look()

    def run_until_killed(self, seed, rng):
        """Run a machine until its recording has reached a random size, and kill
        it."""
        words = f"{self.check_words()} && {self.work_words(seed)}"
        early = rng.randrange(8) == 0           # perhaps during recovery
        size = rng.randrange(200_000) if early else rng.randrange(8_000_000)
        self.early += early
        before = read(self.disk)
        write(self.log, b"")
        with machines.Machine(disk=recording.drive(self.disk, self.log),
                              build=self.build, cpus=self.cpus,
                              run=words) as machine:
            looks = self.await_size(machine, size, early, seed)
            machine.kill()
            console = machine.log.getvalue()
        write(os.path.join(self.directory, "console"), console.encode())
        found = BAD.search(console.replace("\r", ""))
        assert not found, found[0]
        return Run(before, read(self.log), console, looks)

    def await_size(self, machine, size, early, seed):
        """Wait until that many bytes are recorded, counted from grind's start
        or, if early, from the machine's; returns what the console showed
        meanwhile."""
        looks = []
        base = 0 if early else None
        end = time.monotonic() + machines.limit(60)
        while base is None or os.path.getsize(self.log) < base + size:
            assert time.monotonic() < end, f"no progress:\n{machine.tail()}"
            assert machine.listen(), f"QEMU has ended:\n{machine.tail()}"
            console = machine.log.getvalue()
            if looks and len(console) == looks[-1][1]:
                continue
            looks.append((os.path.getsize(self.log), len(console)))
            found = BAD.search(console.replace("\r", ""))
            assert not found, f"{found[0]}\n{machine.tail()}"
            if base is None and f"seed {seed} started" in console:
                base = os.path.getsize(self.log)
        return looks

    # -- what must be there ------------------------------------------------

    def look(self):
        """Check the disk with the host's tools, on a copy."""
        copy = os.path.join(self.directory, "copy.img")
        shutil.copy(self.disk, copy)
        done = run(["build/fsck", "-r", copy])
        lines = done.stdout.splitlines()
        assert done.returncode in (0, 1) and len(lines) == 1, done.stdout
        self.replayed += done.returncode
        found = self.count(copy)
        assert found >= self.promised.records, \
            f"{self.promised.records} records were durable, {found} are there"

    @staticmethod
    def count(disk):
        """How many records there are."""
        if not re.search(r" /records$", run(["build/fsck", "-l", disk]).stdout,
                         re.M):
            return 0
        done = run(["build/fsck", "-x", "/records", disk])
        assert done.returncode == 0, done.stdout
        return count_records(done.stdout.encode())

    def finish(self):
        """Let a machine check the disk once more and power off."""
        with machines.Machine(disk=self.disk, build=self.build, cpus=self.cpus,
                              run=f"{self.check_words()} && sync") as machine:
            assert machine.status(quiet=20) == 0, machine.tail()
        done = run(["build/fsck", str(self.disk)])
        assert done.stdout == "", done.stdout


# -- the command -----------------------------------------------------------

def parse():
    words = argparse.ArgumentParser(description="cut the power, many times")
    words.add_argument("--cycles", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--cpus", type=int, default=2)
    words.add_argument("--build", default=machines.BUILD,
                       choices=[machines.BUILD, machines.CHECKED])
    words.add_argument("--keep", default="build/soak-failure",
                       help="where the disks of a failure go")
    chosen = words.parse_args()
    if chosen.cycles < 1 or not 1 <= chosen.cpus <= 8:
        words.error("at least one cycle, and one to eight harts")
    return chosen


def main():
    chosen = parse()
    make("all", f"{machines.BUILD}/fsck")
    if chosen.build == machines.CHECKED:
        make("CHECK=1", f"B={machines.CHECKED}")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tether-soak-") as directory:
        soak = Soak(directory, seed=chosen.seed, cpus=chosen.cpus,
                    build=chosen.build)
        try:
            for number in range(1, chosen.cycles + 1):
                soak.cycle()
                print(f"cycle {number}: {soak.promised.records} records and "
                      f"{sum(soak.promised.durable)} operations are durable",
                      flush=True)
            soak.finish()
        except AssertionError as error:
            shutil.rmtree(chosen.keep, ignore_errors=True)
            shutil.copytree(directory, chosen.keep)
            print(f"cycle {soak.cycles}, seed {chosen.seed}: {error}")
            print(f"FAILED; see {chosen.keep}")
            return 1
    seconds = time.monotonic() - start
    print(f"{soak.cycles} cycles, {soak.early} of them cut early; "
          f"{soak.cuts} cuts, {soak.writes} writes before them, {soak.lost} of "
          f"these after the last flush; {soak.replayed} logs to replay; "
          f"{soak.operations} durable operations of grind, "
          f"{soak.promised.records} records; {seconds:.0f} s: OK")
    return 0


if __name__ == "__main__":
    sys.exit(main())
