#pragma once

#include <stdbool.h>
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

/* table.c: rows with one column for each of the three actors. */
enum column { OS, HARDWARE, PROGRAM };

void table_begin(const char *title);
void table_row(enum column column, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void table_end(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Each function shows one part of the protocol; false if a check failed. */
bool show_syscall(void);    // protocol.c
bool show_exit(void);       // protocol.c
bool show_yield(void);      // turns.c
bool show_loop(void);       // turns.c
bool show_freeze(void);     // turns.c
bool show_illegal(void);    // forbidden.c
bool show_privileged(void); // forbidden.c
bool show_undefined(void);  // forbidden.c
bool show_divide(void);     // forbidden.c

/* The program that show_exit() runs: `lde hello`. */
int hello_main(int argc, char **argv);

/* The value of a kernel counter, or -1. */
int64_t counter_value(const char *name);
