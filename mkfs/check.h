#pragma once

#include <stdio.h>
#include "view.h"

/*
 * Check an image of `blocks` blocks and print a line for each problem to `out`.
 * Returns the number of problems, or -1 if there is no Tether file system at
 * all.
 */
int check_image(const char *base, uint64_t blocks, FILE *out);
