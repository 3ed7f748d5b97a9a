# gdb for Tether.  Start it with `make gdb`, beside a `make qemu` or `make
# qemu-gdb`: that loads this file and connects to build/gdb.sock.
#
#   user NAME    also know the symbols of the program /NAME, say `user sh` or
#                  `user bin/ps`; then hbreak user/NAME.c:main
#   harts        where each hart is
#   satp         the page table in use: physical page number and mode
#
# Use hbreak rather than break for what is not yet loaded or mapped: it is held
# by the machine, not written into memory.  Programs share their addresses, so
# a breakpoint in one is met by every other that runs code at that place.

set architecture riscv:rv64
set disassemble-next-line auto
set print pretty on
set history save off

define user
    add-symbol-file build/user/$arg0
end
document user
user NAME - add the symbols of the program build/user/NAME.
end

define harts
    info threads
end
document harts
harts - where each hart is; `thread N` goes to one of them.
end

define satp
    p/x $satp & 0xfffffffffff
    p/d ($satp >> 60) & 0xf
end
document satp
satp - physical page number of the root page table, then mode (8: Sv39).
end
