#pragma once

#include "lib/base.h"

struct thread;

/* Choose the policy (sched=) and the tick (hz=); before any thread runs. */
void sched_init(void);

/* Let another thread run if one is ready; the caller stays ready. */
void sched_yield(void);

/* Leave the hart.  The caller has called thread_leave to sleep or to end, or is
   still RUNNING, to yield.  Interrupts must be off, and no spinlock held. */
void sched_switch(void);

/* The timer has fired: wake sleepers whose deadline has come, end the slice. */
void sched_timer(uint64_t now);

/* The policy in force. */
const char *sched_policy_name(void);

/* This hart's idle loop; the caller is its idle thread. */
_Noreturn void sched_idle(void);

/* Make a thread ready if it sleeps or is new, whatever hart it is on; leave it
   alone otherwise. */
void sched_wake(struct thread *thread);

/* Have a killed thread notice, after WORK_KILLED is set: wake it if it sleeps
   killably; if it runs on another hart, make it trap there. */
void sched_interrupt(struct thread *thread);
