#pragma once

#include "lib/base.h"

/* Read from the device tree, which lies at `tree`, which RAM there is, what of
   it nobody has reserved, and where the initial RAM disk is: fills machine.ram,
   .free and .initrd.  What cannot be used is named in a line; panics when the
   kernel cannot run. */
void ram_init(struct region tree);
