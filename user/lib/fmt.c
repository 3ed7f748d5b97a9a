/*
 * The formatting engine is pure code that needs no kernel, so programs share
 * the kernel's: it is compiled here once more, with the flags of a program.
 */
#include "lib/fmt.c" // NOLINT(bugprone-suspicious-include)
