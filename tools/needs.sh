# shellcheck shell=bash
#
# The tools that Tether needs.  tools/setup sources this file to install them,
# tools/doctor to report what is missing, and other scripts to find a tool.
#
# TOOLPREFIX, LLVM, QEMU, and PYTHON select the tools as in the Makefile.

QEMU_OLDEST=7.2
qemu=${QEMU:-qemu-system-riscv64}
python=${PYTHON:-/usr/bin/python3}  # that one is served by the modules' packages

missing=()      # what was looked for
lacking=()      # its row in the table below, or "" if it has none

# The packages of each thing.  "a,b" means both packages, "a|b" the first one that
# the package manager knows, and "-" that no package is known.
#
#  thing               apt-get                 dnf           pacman      brew
PACKAGES='
riscv64-unknown-elf-gcc gcc-riscv64-unknown-elf - - -
riscv64-elf-gcc     - - riscv64-elf-gcc,riscv64-elf-binutils riscv64-elf-gcc
riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu
                    gcc-riscv64-linux-gnu,binutils-riscv64-linux-gnu
                    riscv64-linux-gnu-gcc,riscv64-linux-gnu-binutils -
clang               clang                   clang         clang       llvm
ld.lld              lld                     lld           lld         lld
llvm-ar             llvm                    llvm          llvm        llvm
make                make                    make          make        make
qemu-system-riscv64 qemu-system-riscv|qemu-system-misc
                    qemu-system-riscv       qemu-system-riscv         qemu
firmware            qemu-system-data        qemu-system-riscv
                    qemu-system-riscv-firmware                        qemu
cc                  gcc,libc6-dev           gcc,glibc-devel gcc       -
stdio.h             libc6-dev               glibc-devel   glibc       -
gdb-multiarch       gdb-multiarch           gdb riscv64-elf-gdb riscv64-elf-gdb
opensbi             opensbi                 opensbi       opensbi     -
clang-format        clang-format            clang-tools-extra clang   clang-format
clang-tidy          clang-tidy              clang-tools-extra clang   llvm
cppcheck            cppcheck                cppcheck      cppcheck    cppcheck
shellcheck          shellcheck              ShellCheck    shellcheck  shellcheck
ctags               universal-ctags         ctags         ctags universal-ctags
git                 git                     git           git         git
python3             python3                 python3       python      python
pytest              python3-pytest          python3-pytest python-pytest -
pexpect             python3-pexpect         python3-pexpect python-pexpect -
yaml                python3-yaml            python3-pyyaml python-yaml -
'

# The package manager of this machine, or none.
manager=none
for name in apt-get dnf pacman brew; do
    if type -P "$name" >/dev/null; then
        manager=$name
        break
    fi
done

# packages THING: its packages, named as in this machine's package manager, or as
# in Debian if there is none; nothing if no package is known.
packages() {
    local thing=$1 i cell choice
    # shellcheck disable=SC2086  # words, five to a row
    set -- $PACKAGES
    while [[ $# -gt 0 && $1 != "$thing" ]]; do
        shift 5
    done
    [[ $# -gt 0 ]] || return 0
    case $manager in
    dnf) i=3 ;;
    pacman) i=4 ;;
    brew) i=5 ;;
    *) i=2 ;;
    esac
    cell=${!i}
    while [[ $cell == *"|"* ]]; do
        choice=${cell%%|*}
        if is_known "$choice"; then
            cell=$choice
        else
            cell=${cell#*|}
        fi
    done
    [[ $cell == - ]] || echo "${cell//,/ }"
}

# is_known PACKAGE: whether apt's present lists contain it.
is_known() {
    [[ $manager == apt-get ]] && apt-cache show "$1" >/dev/null 2>&1
}

# install_line THING: the command that installs it.
install_line() {
    local list
    list=$(packages "$1")
    case $manager in
    none) echo "apt-get install ${list:-$1}" ;;
    pacman) echo "pacman -S ${list:-$1}" ;;
    *) echo "$manager install ${list:-$1}" ;;
    esac
}

# lacks THING [ROW]: record that it is missing.
lacks() {
    missing+=("$1")
    lacking+=("${2-$1}")
}

# need THING [ROW]: a program that must be on the PATH.
need() {
    type -P "$1" >/dev/null || lacks "$@"
}

# want THING: a program that is needed if there is a package for it.
want() {
    [[ -z $(packages "$1") ]] || need "$1"
}

# The build tools, in the order of the search.
found_toolchain() {
    local name
    for name in riscv64-unknown-elf- riscv64-elf- riscv64-linux-gnu-; do
        if type -P "${name}gcc" >/dev/null; then
            echo "$name"
            return
        fi
    done
    type -P clang >/dev/null && type -P ld.lld >/dev/null &&
        type -P llvm-ar >/dev/null && echo llvm-
}

# The build tools to install if there are none.
usual_toolchain() {
    case $manager in
    dnf) echo riscv64-linux-gnu- ;;
    pacman | brew) echo riscv64-elf- ;;
    *) echo riscv64-unknown-elf- ;;
    esac
}

# A compiler without a known package must come from the user.
need_compiler() {
    local prefix=${TOOLPREFIX:-$(found_toolchain || usual_toolchain)}
    if [[ ${LLVM:-} == 1 || $prefix == llvm- ]]; then
        need clang
        need ld.lld
        need llvm-ar
    elif [[ -n $(packages "${prefix}gcc") ]]; then
        need "${prefix}gcc"
    else
        need "${prefix}gcc" ""
    fi
}

# The headers of the host's C library; Xcode has its own elsewhere.
has_stdio() {
    [[ -e /usr/include/stdio.h || $(uname) == Darwin ]]
}

need_build() {
    need_compiler
    need make
    need "$qemu" qemu-system-riscv64
    need cc
    has_stdio || lacks /usr/include/stdio.h stdio.h
}

# A debugger that may support RISC-V; plain gdb does on some systems.
find_gdb() {
    local name
    for name in gdb-multiarch riscv64-elf-gdb riscv64-unknown-elf-gdb \
        riscv64-linux-gnu-gdb; do
        if type -P "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
    type -P gdb >/dev/null && gdb_knows_riscv gdb && echo gdb
}

# gdb_knows_riscv GDB: whether it supports RISC-V; prints gdb's answer.
gdb_knows_riscv() {
    local said
    said=$("$1" -nx -batch -ex 'set architecture riscv:rv64' 2>&1) &&
        [[ $said != *Undefined* ]]
}

need_debug() {
    find_gdb >/dev/null || lacks gdb-multiarch
}

need_python() {
    type -P "$python" >/dev/null || lacks "$python" python3
}

# need_module NAME: a Python module.
need_module() {
    "$python" -c "import importlib.util as u; exit(u.find_spec('$1') is None)" \
        2>/dev/null || lacks "$1"
}

# The firmware as a package of its own, for tests that boot with it.
has_opensbi() {
    [[ -e /usr/lib/riscv64-linux-gnu/opensbi || -e /usr/share/opensbi ]]
}

need_test() {
    local name
    need_debug
    want riscv64-unknown-elf-gcc
    want riscv64-linux-gnu-gcc
    for name in clang ld.lld llvm-ar clang-format clang-tidy cppcheck shellcheck \
        ctags git; do
        need "$name"
    done
    has_opensbi || lacks opensbi
    need_python
    for name in pytest pexpect yaml; do
        need_module "$name"
    done
}

# qemu_version PATH: the version that it reports.
qemu_version() {
    "$1" --version 2>&1 | sed -n 's/.*version \([0-9.]*\).*/\1/p'
}

# is_too_old VERSION: older than QEMU_OLDEST, or no version at all.
is_too_old() {
    local minor=${1#*.}
    [[ $1 == [0-9]*.[0-9]* ]] || return 0
    ((${1%%.*} * 1000 + ${minor%%.*} <
        ${QEMU_OLDEST%%.*} * 1000 + ${QEMU_OLDEST#*.}))
}
