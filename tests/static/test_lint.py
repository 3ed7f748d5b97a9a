"""Analysers read the kernel, and what makes images, and may find nothing."""
from commands import run
from sources import files
from tools import checker

FLAGS = ["-std=gnu11", "-ffreestanding", "-Ikernel",
         "--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64",
         "-mcmodel=medany"]

CPPCHECK = ["--enable=warning,performance,portability", "--std=c11", "-q",
            "-j2", "-Ikernel", "-Imkfs", "-DTETHER_CHECK",
            "-D_Noreturn=__attribute__((noreturn))",    # which it knows better
            "--template={file}:{line}: {id}: {message}"]
# Findings that are wrong: cppcheck 2.10 overlooks an assignment in a condition,
# and assumes a rank one above the last.
WRONG = ["nullPointerRedundantCheck:kernel/riscv/machine.c",
         "arrayIndexOutOfBoundsCond:kernel/check/lockstat.c"]


def test_clang_tidy():
    """What .clang-tidy chooses, on the kernel as the checked build has it."""
    done = run([checker("clang-tidy"), "--quiet",
                *files("kernel", ending=".c"), "--", *FLAGS, "-DTETHER_CHECK"])
    complaints = [line for line in done.stdout.split("\n")
                  if "warning:" in line or "error:" in line]
    assert not complaints, "\n".join(complaints)


def test_cppcheck():
    """A second analyser, on the kernel, mkfs and fsck."""
    done = run([checker("cppcheck"), *CPPCHECK, "--error-exitcode=1",
                *(f"--suppress={place}" for place in WRONG), "kernel", "mkfs"])
    assert done.returncode == 0 and done.stdout == "", done.stdout
