#pragma once

#include "lib/base.h"

struct fdt;

/* Find out which RAM there is and which of it nobody has reserved: fills
   machine.ram and machine.free.  `tree` is where the device tree lies.  What
   cannot be used is named in a line; panics when the kernel cannot run. */
void ram_init(const struct fdt *fdt, struct region tree);

/* Keep the initial RAM disk, if the tree names one; fills machine.initrd. */
void ram_keep_initrd(const struct fdt *fdt, struct region tree);
