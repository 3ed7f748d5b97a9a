#pragma once

#include "lib/base.h"

/* Take over the UART that the device tree names; false when there is none, or
   nothing at that place behaves like one.  Then uart_line works. */
bool uart_init(void);
