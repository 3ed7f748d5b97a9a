"""Make and the scripts it runs use no option that only GNU's tools have."""
import re

import pytest

from sources import files, lines, report

# What GNU's tools know and POSIX's need not; these scripts also run
# where there are no others.
GNU_ONLY = [r"\bstat -", r"\bnproc\b", r"\bsed -i", r"\breadlink -f",
            r"\brealpath\b", r"\bsort -V", r"\bdf -\w*m", r"\btimeout [-\"$0-9]",
            r"\bseq\b", r"\bgrep -\w*P", r"\bxargs -r", r"\bdate \S*%N",
            r"\bcp -\w*[au]\b", r"\bfind .*-printf", r"\bmktemp( -d)?\)",
            r"\bhead -n -", r"\btac\b", r"\binstall -D", r"\bls --"]


@pytest.mark.parametrize("path", [
    "Makefile", *files("user", "mkfs", "tests", "tools", ending=".mk"),
    "tools/setup", "tools/doctor", "tools/machine", "tools/toolchain",
    "tools/needs.sh", ".ci/run"])
def test_portable(path):
    """No option that only GNU's tools know."""
    report([f"{path}:{number}: {line.strip()}"
            for number, line in lines(path) for option in GNU_ONLY
            if re.search(option, line)])
