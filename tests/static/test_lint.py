"""Static analyzers find nothing in the kernel and the image tools."""
from commands import run
from sources import files
from tools import checker

FLAGS = ["-std=gnu11", "-ffreestanding", "-Ikernel",
         "--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64",
         "-mcmodel=medany"]

CPPCHECK = ["--enable=warning,performance,portability", "--std=c11", "-q",
            "-j2", "-Ikernel", "-Imkfs", "-DTETHER_CHECK",
            "-D_Noreturn=__attribute__((noreturn))",    # clang-tidy has its own
                                                        # definition
            "--template={file}:{line}: {id}: {message}"]
# False positives: cppcheck 2.10 overlooks an assignment in a condition, and
# assumes a rank one above the last.
WRONG = ["nullPointerRedundantCheck:kernel/riscv/machine.c",
         "arrayIndexOutOfBoundsCond:kernel/check/lockstat.c"]


def test_clang_tidy():
    """The checks of .clang-tidy, on the kernel as in the checked build."""
    done = run([checker("clang-tidy"), "--quiet",
                *files("kernel", ending=".c"), "--", *FLAGS, "-DTETHER_CHECK"])
    complaints = [line for line in done.stdout.split("\n")
                  if "warning:" in line or "error:" in line]
    assert not complaints, "\n".join(complaints)


def test_cppcheck():
    """A second analyzer, on the kernel, mkfs, and fsck."""
    done = run([checker("cppcheck"), *CPPCHECK, "--error-exitcode=1",
                *(f"--suppress={place}" for place in WRONG), "kernel", "mkfs"])
    assert done.returncode == 0 and done.stdout == "", done.stdout
