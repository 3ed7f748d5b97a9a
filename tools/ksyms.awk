# Turns the disassembly of the kernel (objdump -d) into the table from which
# panics name functions and find their callers (riscv/backtrace.c): assembly for
# symbol_table, symbol_count and symbol_names.  For each function: its address,
# its name, the bytes of its frame (the first `addi sp, sp, -N`), and where in it
# the return address is saved (the first `sd ra, N(sp)`).
# With no input the table is empty, for the first of the two links.

BEGIN {
    print "    .section .ksyms, \"a\""
    print "    .balign 8"
    print "    .globl symbol_table, symbol_count, symbol_names"
    print "symbol_table:"
}

function finish() {
    if (name == "")
        return
    printf "    .dword 0x%s\n    .word %d\n    .half %d, %d\n", \
        address, offset, frame, saved
    names = names sprintf("    .asciz \"%s\"\n", name)
    offset += length(name) + 1
    count++
    name = ""
}

# Newer disassemblers of LLVM write numbers in hexadecimal.
function number(text,    value, i) {
    if (text !~ /^0x/)
        return text + 0
    for (i = 3; i <= length(text); i++)
        value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

# ffffffc080200000 <_start>:
/^[0-9a-f]+ <[^.$>][^>]*>:$/ {
    finish()
    address = $1
    name = substr($2, 2, length($2) - 3)
    frame = saved = 0
    next
}

{ gsub(/[ \t]+/, " ") }

!frame && match($0, / (c\.)?addi?(16sp)? (sp, ?)?sp, ?-(0x)?[0-9a-f]+/) {
    frame = substr($0, RSTART, RLENGTH)
    sub(/.*-/, "", frame)
    frame = number(frame)
    if (frame % 16 != 0)
        frame = 0       # part of an address, not a frame
}

frame && !saved && match($0, / (c\.)?sd(sp)? ra, ?(0x)?[0-9a-f]+\(sp\)/) {
    saved = substr($0, RSTART, RLENGTH)
    sub(/.*, ?/, "", saved)
    sub(/\(.*/, "", saved)
    saved = number(saved)
}

END {
    finish()
    print "symbol_count:"
    printf "    .dword %d\n", count
    print "symbol_names:"
    printf "%s", names
}
