"""Make and the scripts it runs use no GNU-only options."""
import re

import pytest

from sources import files, lines, report

# Options that POSIX does not require; these scripts must also run without GNU's
# tools.
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
    """No GNU-only option."""
    report([f"{path}:{number}: {line.strip()}"
            for number, line in lines(path) for option in GNU_ONLY
            if re.search(option, line)])
