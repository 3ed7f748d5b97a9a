# shellcheck shell=bash
#
# What Tether needs of a machine: read in by tools/setup, which installs it, and
# by tools/doctor, which says what is wrong.
#
# From the Makefile: TOOLPREFIX, LLVM and QEMU choose the tools as they do
# there.

QEMU_OLDEST=7.2
prefix=${TOOLPREFIX:-riscv64-unknown-elf-}
qemu=${QEMU:-qemu-system-riscv64}
python=/usr/bin/python3     # the one that the python3-* packages serve

missing=()      # what was looked for
bringers=()     # what brings it: packages, or "" if none is known

# need THING PACKAGE...: a program on the PATH, or a file.
need() {
    local thing=$1
    shift
    if [[ $thing == /* ]]; then
        [[ -e $thing ]] && return
    else
        type -P "$thing" >/dev/null && return
    fi
    missing+=("$thing")
    bringers+=("$*")
}

# A compiler that no package is known for must come from the user.
need_compiler() {
    if [[ -n ${LLVM:-} ]]; then
        need clang clang
        need ld.lld lld
        need llvm-ar llvm
        return
    fi
    case $prefix in
    riscv64-unknown-elf-) need "${prefix}gcc" gcc-riscv64-unknown-elf ;;
    riscv64-linux-gnu-) need "${prefix}gcc" gcc-riscv64-linux-gnu ;;
    *) need "${prefix}gcc" ;;
    esac
}

need_build() {
    need_compiler
    need make make
    need "$qemu" qemu-system-misc
    need cc gcc libc6-dev
    need /usr/include/stdio.h libc6-dev
}

need_debug() {
    need gdb-multiarch gdb-multiarch
}

need_test() {
    need_debug
    need riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf
    need riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
    need clang clang
    need ld.lld lld
    need llvm-ar llvm
    need /usr/lib/riscv64-linux-gnu/opensbi opensbi
    need clang-format clang-format
    need clang-tidy clang-tidy
    need cloc cloc
    need shellcheck shellcheck
    need cppcheck cppcheck
    need ctags universal-ctags
    need git git
    need "$python" python3
    need /usr/lib/python3/dist-packages/pytest python3-pytest
    need /usr/lib/python3/dist-packages/pexpect python3-pexpect
}

# qemu_version PATH: as it says itself.
qemu_version() {
    "$1" --version 2>&1 | sed -n 's/.*version \([0-9.]*\).*/\1/p'
}

# is_too_old VERSION: older than QEMU_OLDEST, or no version at all.
is_too_old() {
    [[ $(printf '%s\n' "$QEMU_OLDEST" "$1" | sort -V | head -n 1) \
        != "$QEMU_OLDEST" ]]
}
