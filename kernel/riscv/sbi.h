#pragma once

#include "lib/types.h"

/*
 * Calls to the firmware (RISC-V SBI specification 1.0).
 */

/* Log sink: the firmware's console (legacy extension, EID 1). */
void sbi_log(const char *text, unsigned long length);

/* Interrupt this hart when `time` reaches `deadline` (chapter 6). */
void sbi_set_timer(uint64_t deadline);

/* Raise a software interrupt on the hart with machine id `id` (chapter 7). */
void sbi_send_ipi(uint64_t id);

/* Start hart `id` at physical address `entry` (chapter 9); 0, or an SBI error
   number. */
long sbi_hart_start(uint64_t id, paddr_t entry);

/* Power off (chapter 10); returns only if the firmware cannot. */
void sbi_shutdown(void);
