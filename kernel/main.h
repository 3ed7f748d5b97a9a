#pragma once

#include "lib/base.h"

/* Entered from riscv/entry.S. */
_Noreturn void kernel_main(uint64_t id, paddr_t tree);
_Noreturn void kernel_main_secondary(void);
