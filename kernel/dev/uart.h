#pragma once

#include "lib/types.h"

/*
 * The serial line: a 16550-like UART.  Characters that arrive go to
 * console_input; when the line can take more, console_drain is called.
 */

/* Take over the UART at `base`, whose registers lie 1 << shift bytes apart
   and are `width` (1 or 4) bytes wide. */
void uart_init(volatile void *base, unsigned shift, unsigned width);

/* Whether uart_init has been called. */
bool uart_is_ready(void);

/* Its interrupt handler.  Locks: none of rank CONSOLE or higher held. */
void uart_interrupt(void);

/* Hand over as many characters as the line takes now; returns how many.  If
   that is fewer than `n`, console_drain is called later. */
size_t uart_send(const char *text, size_t n);

/* Log sinks that wait for the line, but not for ever: for kernel messages,
   and for a panic, which must not wait for a lock. */
void uart_log(const char *text, unsigned long length);
void uart_log_panic(const char *text, unsigned long length);
