# gdb for Tether.  Start it with `make gdb`, beside a `make qemu` or `make
# qemu-gdb`: that loads this file and connects to build/gdb.sock.  `help tether`
# lists what gdb knows of Tether (tools/gdb/tether.py).
#
# Use hbreak rather than break for what is not yet loaded or mapped: it is held
# by the machine, not written into memory.  Programs share their addresses, so
# a breakpoint in one is met by every other that runs code at that place.

set architecture riscv:rv64
set disassemble-next-line auto
set print pretty on
set history save off
source tools/gdb/tether.py
