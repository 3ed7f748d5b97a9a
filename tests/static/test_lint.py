"""An analyser reads the kernel and may find nothing."""
from commands import run
from sources import files

FLAGS = ["-std=gnu11", "-ffreestanding", "-Ikernel",
         "--target=riscv64-unknown-elf", "-march=rv64imac", "-mabi=lp64",
         "-mcmodel=medany"]


def test_clang_tidy():
    """What .clang-tidy chooses, on the kernel as the checked build has it."""
    done = run(["clang-tidy", "--quiet", *files("kernel", ending=".c"),
                "--", *FLAGS, "-DTETHER_CHECK"])
    complaints = [line for line in done.stdout.split("\n")
                  if "warning:" in line or "error:" in line]
    assert not complaints, "\n".join(complaints)
