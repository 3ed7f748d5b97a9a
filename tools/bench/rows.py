"""Reference figures for the rows of bench: targets, and two other systems.

Figures are instructions per operation.  xv6 is xv6-riscv (its disk rows include
waiting for the disk); Linux is 6.12 with static programs and a RAM file system;
both ran on the same QEMU.
"""

LASTING = ", until sync returns"

#    row                                            xv6        Linux    aim
TABLE = {
    "getpid":                                        (1078, 437, 110),
    "one-byte ping-pong over two pipes, round trip": (90310, 22071, 3200),
    "pipe, per KiB (4 KiB writes)":                  (709406, 2349, 900),
    "fork + exit + wait":                            (560897, 200174, 13500),
    "the same with a touched 4 MiB heap":            (47485167, 540260, 65000),
    "fork + exec + exit + wait":                     (1766893, 681235, 28000),
    "write a new file, per KiB (4 KiB writes)":      (917254, 1777, 880),
    "write a new file, per KiB (4 KiB writes)" + LASTING: (None, None, 1250),
    "read it back cached, per KiB":                  (127230, 723, 430),
    "create a file of 100 bytes":                    (5782936, 21130, 8000),
    "unlink it":                                     (2045154, 13540, 5200),
    "open + close of a 4-deep path":                 (833005, 8722, 2800),
    "sbrk and touch, per page":                      (24939, 4449, 950),
    "sbrk shrink, per page":                         (12593, 1343, 55),
}

WALL = {"getpid": "1"}      # targets in microseconds

BOOT = "boot: kernel entry to prompt"
BOOT_AIM = 10_000_000       # plus, for each page of RAM:
BOOT_AIM_A_PAGE = 6
USER_SHARE_AIM = 99.99      # percent
WORSE = 1.03                # limit for the ratio to the expected figure
LEAST = 0.1                 # this many additional events, as of one tick, are
                            # allowed


def references(name):
    """(xv6, Linux, target) of a row; None where there is none."""
    return TABLE.get(name, (None, None, None))


def compare(figures, expected):
    """Complaints about figures that became worse, appeared, or disappeared."""
    found = []
    for name, old in expected.items():
        new = figures.get(name)
        if new is None:
            found.append(f"{name}: expected, not measured")
        elif new > old * WORSE:
            found.append(f"{name}: {new:,.1f}, expected {old:,.1f} "
                         f"({new / old - 1:+.1%})")
    found += [f"{name}: measured, not in tests/bench.expected.json"
              for name in figures if name not in expected]
    return found


def compare_events(events, expected):
    """Complaints about events, row by row. Rows that appeared or disappeared
    are already in the other list."""
    found = []
    for name in events.keys() & expected.keys():
        for event, new in events[name].items():
            old = expected[name].get(event, 0)
            if new > old * WORSE + LEAST:
                found.append(f"{name}: {new:,.2f} {event}, expected {old:,.2f}")
    return sorted(found)
