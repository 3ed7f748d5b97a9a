#pragma once

/* Prepare this hart's registers for running the kernel, and be online.  Does
   not return if the boot hart has gone on without this one. */
void start_self(void);

/* Start every other hart of the machine and wait until it is online; one that
   does not answer is named and left out.  Entered at hart_entry (entry.S).
   Interrupts must be off. */
void start_others(void);
