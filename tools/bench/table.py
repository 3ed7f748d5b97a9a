"""Tables for a terminal."""


def show(header, table):
    """Print a table whose columns except the first are numbers."""
    widths = [max(len(row[i]) for row in [header, *table])
              for i in range(len(header))]
    for row in [header, *table]:
        words = [row[0].ljust(widths[0])]
        words += [word.rjust(width) for word, width in
                  zip(row[1:], widths[1:])]
        print("  ".join(words).rstrip())
    print(flush=True)
