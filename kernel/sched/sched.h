#pragma once

#include "lib/base.h"

struct thread;

/* Choose the policy (sched=) and the tick (hz=); before any thread runs. */
void sched_init(void);

/* Let another thread run if one is ready; the caller stays ready. */
void sched_yield(void);

/* Leave the hart: the caller has set its state to SLEEPING or DEAD, or stays
   RUNNING to yield.  Interrupts must be off, and no spinlock held. */
void sched_switch(void);

/* The timer has fired: wake sleepers whose time has come, end the slice. */
void sched_timer(uint64_t now);

/* The policy in force. */
const char *sched_policy_name(void);

/* This hart's idle loop; the caller is its idle thread. */
_Noreturn void sched_idle(void);

/* Make a sleeping or new thread ready, wherever it is; leave others alone. */
void sched_wake(struct thread *thread);

/* The same if its sleep may be cut short; if it runs on another hart, have it
   trap there.  For kill, after WORK_KILLED is set. */
void sched_interrupt(struct thread *thread);
