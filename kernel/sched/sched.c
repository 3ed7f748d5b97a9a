#include "sched/sched.h"
#include "mm/kstack.h"
#include "mm/pagetable.h"
#include "sched/thread.h"
#include "sched/waitq.h"
#include "riscv/machine.h"
#include "riscv/timer.h"
#include "sync/spinlock.h"

/*
 * The scheduler: one run queue per hart, one switch straight from A to B.
 *
 * 1. A ready thread is in the queue of its hart (tcb.hart), once, or in the
 *    hands of a hart that takes it over (steal_from); a running, sleeping or
 *    dead one is in none.
 * 2. The lock of a hart's queue guards the states of the threads whose hart it
 *    is.  Only the holder of that lock moves such a thread to another hart.
 * 3. The lock is held across swtch: A takes it, B releases it.  So a thread in
 *    a queue has its registers saved, and any hart may take it over.  A thread
 *    that is woken before it has left its hart is not queued: it is RUNNING
 *    again, as if it had not begun to sleep.
 * 4. A hart with nothing to run publishes its bit in idle_harts, looks at the
 *    queues once more, and only then waits.  A waker puts the thread into a
 *    queue first and looks at idle_harts then.  Both in full order
 *    (lib/atomic.h), so one of them sees the other.
 * 5. A queue that is not empty has its bit in queued_harts by the time that any
 *    hart is told of it; a hart that looks for work looks only at queues with a
 *    bit.  An idle hart that finds a queue empty takes its bit away, and looks
 *    at that queue again.
 *
 * The tick: a hart that runs a program under a preemptive policy has its timer
 * armed at most one slice ahead, always; that is what brings control back.  An
 * idle hart has none, only the next sleeper's time (sched/waitq), or 10 s.
 */
#define IDLE_SECONDS 10 // longest wait of an idle hart, should an IPI be lost

struct run_queue {
    struct spinlock lock;   // rank RUNQ: guards the rest
    struct list ready;      // the policy's list
    uint32_t count;         // [a] threads in it; to be read without the lock
    struct thread *current; // what the hart runs: not saved, see 3
} __attribute__((aligned(64))); // a cache line for each

static struct run_queue queues[HART_MAX];
static uint64_t idle_harts;               // [a] harts that wait
static uint64_t queued_harts;             // [a] queues to look at: see 5
static uint64_t slice;                    // [i] in ticks of `time`
static const struct sched_policy *policy; // [i]

void sched_init(void)
{
    enum { HZ_MAX = 10000, HZ_DEFAULT = 100 };
    const char *name = args_get(&machine.args, "sched");
    policy = policy_find(name);
    if (policy == NULL) {
        panic("boot argument sched=%s: no such policy (%s)", name,
              policy_names());
    }
    slice = machine.timebase / machine_arg_number("hz", 1, HZ_MAX, HZ_DEFAULT);
    for (int i = 0; i < HART_MAX; i++) {
        spin_init(&queues[i].lock, "run queue", RANK_RUNQ);
        list_init(&queues[i].ready);
    }
}

const char *sched_policy_name(void)
{
    return policy->name;
}

/* Lock the queue that a thread belongs to.  Until that is locked, another hart
   may take the thread over; then try again with the queue of that one. */
static struct run_queue *lock_queue_of(const struct thread *thread)
{
    for (;;) {
        const struct hart *hart = atomic_load_relaxed(&thread->tcb.hart);
        struct run_queue *queue = &queues[hart->index];
        spin_acquire(&queue->lock);
        if (hart == atomic_load_relaxed(&thread->tcb.hart)) {
            return queue;
        }
        spin_release(&queue->lock);
    }
}

/* Set the bit of a queue that a thread was put into: see 5. */
static void mark_queued(uint32_t hart)
{
    if ((atomic_load_full(&queued_harts) >> hart & 1) == 0) {
        atomic_or_full(&queued_harts, 1UL << hart);
    }
}

/* Set the bit of a queue, and interrupt an idle hart: the queue's own, or else
   any, which will come and take the thread.  Another waker may be faster with
   an idle hart; then try the next. */
static void kick(uint32_t hart)
{
    check_that((csr_read(sstatus) & SSTATUS_SIE) == 0);
    uint64_t others = ~(1UL << hart_index());
    uint64_t idle;
    mark_queued(hart);
    while ((idle = atomic_load_relaxed(&idle_harts) & others) != 0) {
        uint32_t target = (idle >> hart & 1) != 0 ? hart : bit_lowest(idle);
        uint64_t bit = 1UL << target;
        if ((atomic_and_full(&idle_harts, ~bit) & bit) != 0) {
            hart_send(&harts[target], IPI_RESCHED);
            return;
        }
    }
}

/* Put a thread into its hart's queue. */
static void make_ready(struct run_queue *queue, struct thread *thread)
{
    assert_held(&queue->lock);
    check_that(thread->tcb.hart->index == queue - queues && !thread->is_idle);
    thread->state = THREAD_READY;
    policy->enqueue(&queue->ready, &thread->sched);
    atomic_store_relaxed(&queue->count, queue->count + 1);
}

/* Take the thread that is to run next out of a queue; NULL if it is empty. */
static struct thread *take_next(struct run_queue *queue)
{
    assert_held(&queue->lock);
    struct sched_entity *entity = policy->pick(&queue->ready);
    if (entity == NULL) {
        return NULL;
    }
    atomic_store_relaxed(&queue->count, queue->count - 1);
    return container_of(entity, struct thread, sched);
}

/* Let a thread run that sleeps or is new: see 3. */
static void wake(struct run_queue *queue, struct thread *thread)
{
    assert_held(&queue->lock);
    if (queue->current == thread) {
        thread->state = THREAD_RUNNING;
    } else {
        make_ready(queue, thread);
        kick((uint32_t)(queue - queues));
    }
}

void sched_wake(struct thread *thread)
{
    struct run_queue *queue = lock_queue_of(thread);
    if (thread->state == THREAD_SLEEPING || thread->state == THREAD_NEW) {
        wake(queue, thread);
    }
    spin_release(&queue->lock);
}

void sched_interrupt(struct thread *thread)
{
    struct run_queue *queue = lock_queue_of(thread);
    uint32_t hart = (uint32_t)(queue - queues);
    if (thread->state == THREAD_RUNNING && hart != hart_index()) {
        hart_send(&harts[hart], IPI_RESCHED);
    }
    // The acquire: `killable` is as it was when the thread fell asleep.
    if (atomic_load_acquire(&thread->state) == THREAD_SLEEPING &&
        thread->killable) {
        wake(queue, thread);
    }
    spin_release(&queue->lock);
}

/* Save A's floating-point registers if it changed them; load B's if it has
   any, else turn the unit off, so that B's first use traps. */
static void switch_fp(struct tcb *a, const struct tcb *b)
{
    if ((csr_read(sstatus) & SSTATUS_FS) == SSTATUS_FS_DIRTY) {
        fp_save(&a->fp);
    }
    csr_clear(sstatus, SSTATUS_FS);
    if (b->fp_used) {
        csr_set(sstatus, SSTATUS_FS);
        fp_load(&b->fp);
        csr_clear(sstatus, SSTATUS_FS);
        csr_set(sstatus, SSTATUS_FS_CLEAN);
    }
}

/* Finish, as B, the switch from A: its registers are saved, so if it is ready,
   another hart may take it now. */
static void switch_finish(struct tcb *a)
{
    struct thread *left = container_of(a, struct thread, tcb);
    uint32_t state = left->state;
    check_stack(tcb_self()->stack_top);
    if (state == THREAD_READY) {
        kick(hart_index());
    }
    spin_release(&queues[hart_index()].lock);
    if (state == THREAD_DEAD) {
        thread_reap(left);
    }
}

/* From A to B; returns when A runs again, perhaps on another hart. */
static void switch_to(struct thread *a, struct thread *b)
{
    if (!b->is_idle && policy->tick != NULL) {
        b->sched.slice_end = time_now() + slice;
        timer_arm(b->sched.slice_end);
    }
    switch_fp(&a->tcb, &b->tcb);
    pt_switch(a->pagetable, b->pagetable);
    switch_finish(swtch(&a->tcb, &b->tcb));
}

void sched_switch(void)
{
    struct thread *self = thread_self();
    struct run_queue *queue = &queues[hart_index()];
    assert(self->tcb.irq_depth == 0);
    spin_acquire(&queue->lock);
    if (self->state == THREAD_RUNNING && !self->is_idle) {
        make_ready(queue, self);
    }
    struct thread *next = take_next(queue);
    if (next == NULL) {
        next = container_of(hart_self()->idle, struct thread, tcb);
    }
    next->state = THREAD_RUNNING;
    check_that(next->tcb.hart == hart_self());
    queue->current = next;
    if (next != self) {
        switch_to(self, next);
    } else {
        spin_release(&queue->lock);
    }
}

/* The first C code of a new thread (from thread_trampoline). */
_Noreturn void thread_begin(struct tcb *left, void (*function)(void *),
                            void *argument);
_Noreturn void thread_begin(struct tcb *left, void (*function)(void *),
                            void *argument)
{
    switch_finish(left);
    function(argument);
    thread_exit();
}

void sched_yield(void)
{
    bool was_on = irq_off();
    sched_switch();
    irq_restore(was_on);
}

/* Take a thread over from another hart's queue into ours.  If others are left
   in theirs, kick again: an idle hart may have looked while the queue's bit was
   cleared (has_spare), and gone back to sleep. */
static bool steal_from(struct run_queue *theirs, struct run_queue *ours)
{
    spin_acquire(&theirs->lock);
    struct thread *thread = take_next(theirs);
    if (thread != NULL) {
        atomic_store_relaxed(&thread->tcb.hart, hart_self());
        kstack_sync();
    }
    spin_release(&theirs->lock);
    if (thread == NULL) {
        return false;
    }
    if (atomic_load_relaxed(&theirs->count) != 0) {
        kick((uint32_t)(theirs - queues));
    }
    spin_acquire(&ours->lock);
    make_ready(ours, thread);
    spin_release(&ours->lock);
    mark_queued(hart_index());
    return true;
}

/* Whether more than `spare` threads wait in a hart's queue.  A hart that would
   take even the only one clears the bit of an empty queue: see 5. */
static bool has_spare(uint32_t hart, uint32_t spare)
{
    const uint32_t *count = &queues[hart].count;
    if (spare == 0 && atomic_load_relaxed(count) == 0) {
        atomic_and_full(&queued_harts, ~(1UL << hart));
        if (atomic_load_relaxed(count) != 0) {
            atomic_or_full(&queued_harts, 1UL << hart);
        }
    }
    return atomic_load_relaxed(count) > spare;
}

/* Whether a thread waits in our queue.  If none does, take one over from a hart
   on which more than `spare` wait. */
static bool find_work(struct run_queue *ours, uint32_t spare)
{
    if (atomic_load_relaxed(&ours->count) != 0) {
        return true;
    }
    uint64_t left = atomic_load_relaxed(&queued_harts);
    for (left &= ~(1UL << (ours - queues)); left != 0; left &= left - 1) {
        uint32_t hart = bit_lowest(left);
        if (has_spare(hart, spare) && steal_from(&queues[hart], ours)) {
            return true;
        }
    }
    return false;
}

void sched_timer(uint64_t now)
{
    uint64_t next = waitq_expire(now);
    struct thread *self = thread_self();
    if (!self->is_idle && policy->tick != NULL) {
        struct run_queue *queue = &queues[hart_index()];
        find_work(queue, 1); // if nobody waits here, share another's load
        uint32_t waiting = atomic_load_relaxed(&queue->count);
        if (policy->tick(waiting, &self->sched, now)) {
            thread_add_work(self, WORK_RESCHED);
        }
        if (self->sched.slice_end <= now) {
            self->sched.slice_end = now + slice;
        }
        next = min_u64(next, self->sched.slice_end);
    }
    timer_set(next); // a later deadline also silences the interrupt
}

/* This hart was kicked for a queue, but has found work elsewhere: kick another
   idle hart for it. */
static void pass_on(void)
{
    uint64_t bit = 1UL << hart_index();
    uint64_t queued = atomic_load_relaxed(&queued_harts) & ~bit;
    if (queued != 0) {
        kick(bit_lowest(queued));
    }
}

_Noreturn void sched_idle(void)
{
    struct run_queue *ours = &queues[hart_index()];
    uint64_t bit = 1UL << hart_index();
    for (;;) {
        irq_off();
        atomic_or_full(&idle_harts, bit);
        bool work = find_work(ours, 0);
        if (!work) {
            timer_arm(time_now() + IDLE_SECONDS * machine.timebase);
            wait_for_interrupt();
        }
        bool told = (atomic_and_full(&idle_harts, ~bit) & bit) == 0;
        if (work && told) {
            pass_on();
        }
        if (work) {
            sched_switch();
        }
        irq_on(); // what was pending is served here
    }
}
