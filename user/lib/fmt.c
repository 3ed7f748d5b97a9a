/*
 * The formatting engine does not depend on the kernel, so programs share its
 * source: it is compiled here again with the flags of a program.
 */
#include "lib/fmt.c" // NOLINT(bugprone-suspicious-include)
