#!/usr/bin/env python3
"""make extend: does the kernel stay green for whoever extends it?

Clones what is committed, applies the patches of tests/extend (all, or those
that are named), and runs `make test-kernel` there.  Takes as long as that does.
"""
import glob
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    names = [os.path.splitext(os.path.basename(path))[0] for path in
             sorted(glob.glob(os.path.join(ROOT, "tests", "extend", "*.patch")))]
    chosen = sys.argv[1:] or names
    unknown = set(chosen) - set(names)
    if unknown:
        sys.exit(f"no such patch: {' '.join(sorted(unknown))}; there are: "
                 f"{' '.join(names)}")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(["git", "clone", "-q", ROOT, directory], check=True)
        for name in chosen:
            path = os.path.join(ROOT, "tests", "extend", f"{name}.patch")
            subprocess.run(["git", "-C", directory, "apply", path], check=True)
        print(f"with {', '.join(chosen)}:", flush=True)
        return subprocess.run(["make", "-C", directory, "test-kernel"],
                              check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
