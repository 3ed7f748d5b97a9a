#pragma once

#include "dev/line.h"

/*
 * The serial line of the machine: a 16550-like UART.
 */

/* Take over the UART that the device tree names; false when there is none, or
   nothing at that place behaves like one. */
bool uart_init(void);

extern const struct line uart_line;
