#pragma once

#include "dev/line.h"

/* The firmware's console, for machines whose UART the kernel does not drive.
   It never interrupts. */
extern const struct line firmware_line;
