#pragma once

#include "lib/base.h"

/*
 * Calls to the firmware (RISC-V SBI specification 1.0).
 */

/* Find out which console the firmware has; before the next two. */
void sbi_init(void);

/* Log sink: the firmware's console (SBI 2.0, chapter 12, or else the legacy
   extension of chapter 5). */
void sbi_log(const char *text, unsigned long length);

/* A character from the firmware's console, or -1; for one caller at a time. */
int sbi_receive(void);

/* Interrupt this hart when `time` reaches `deadline` (chapter 6). */
void sbi_set_timer(uint64_t deadline);

/* Raise a software interrupt on the hart with machine id `id` (chapter 7). */
void sbi_send_ipi(uint64_t id);

/* Start hart `id` at physical address `entry` (chapter 9); 0, or an SBI error
   number. */
long sbi_hart_start(uint64_t id, paddr_t entry);

/* Power off (chapter 10); returns only if the firmware cannot. */
void sbi_shutdown(void);
