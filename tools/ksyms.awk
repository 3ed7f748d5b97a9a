# Turns `nm -n` of the kernel into the table that panics use to name functions:
# assembly for symbol_table, symbol_count and symbol_names (riscv/panic.c).
# With no input the table is empty, for the first of the two links.

BEGIN {
    print "    .section .ksyms, \"a\""
    print "    .balign 8"
    print "    .globl symbol_table, symbol_count, symbol_names"
    print "symbol_table:"
}

$2 ~ /^[tT]$/ && $3 !~ /^(\.|\$|text_)/ {
    printf "    .dword 0x%s, %d\n", $1, offset
    names = names sprintf("    .asciz \"%s\"\n", $3)
    offset += length($3) + 1
    count++
}

END {
    print "symbol_count:"
    printf "    .dword %d\n", count
    print "symbol_names:"
    printf "%s", names
}
