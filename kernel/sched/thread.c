#include "sched/thread.h"
#include "mm/kstack.h"
#include "mm/pool.h"
#include "sched/sched.h"
#include "riscv/tcb.h"

/*
 * The life of threads: made, ended, reaped.
 *
 * A thread cannot free the stack it stands on.  It ends by switching away in
 * state DEAD; the thread that runs next on that hart reaps it (sched/sched
 * calls thread_reap), and only then does its process count as ended.  So when
 * wait() returns, nothing of the child is left but its struct proc.
 */
static struct pool threads;

void (*thread_on_end)(struct proc *proc);

/* The thread that boots; it becomes the boot hart's idle thread.  entry.S
   points tp at it. */
extern char boot_stack_end[];
struct thread boot_thread = {.tcb.stack_top = (uint64_t)boot_stack_end};

void thread_init(void)
{
    pool_init(&threads, "thread", sizeof(struct thread));
}

/* A thread with a stack, in no process and on no hart. */
static struct thread *thread_alloc(void)
{
    struct thread *thread = pool_alloc(&threads);
    if (thread == NULL) {
        return NULL;
    }
    thread->tcb.stack_top = kstack_alloc();
    if (thread->tcb.stack_top == 0) {
        pool_free(&threads, thread);
        return NULL;
    }
    return thread;
}

void thread_free(struct thread *thread)
{
    kstack_free(thread->tcb.stack_top);
    pool_free(&threads, thread);
}

/*
 * The thread begins as if it had called sched_switch: with the run queue's lock
 * to release, and interrupts coming on with that.  Room for a trap frame stays
 * at the top of its stack.
 */
struct thread *thread_create(struct proc *proc, void (*function)(void *),
                             void *argument)
{
    struct thread *thread = thread_alloc();
    if (thread == NULL) {
        return NULL;
    }
    struct tcb *tcb = &thread->tcb;
    tcb->hart = tcb_self()->hart; // ours, or one that we have just left
    tcb->context.ra = (uint64_t)thread_trampoline;
    tcb->context.sp = tcb->stack_top - sizeof(struct trapframe);
    tcb->context.s[0] = (uint64_t)function;
    tcb->context.s[1] = (uint64_t)argument;
    tcb->irq_depth = 1;
    tcb->irq_was_on = true;
    check_hold(tcb, RANK_RUNQ);
    thread->proc = proc;
    return thread;
}

_Noreturn void thread_exit(void)
{
    irq_off();
    thread_leave(THREAD_DEAD);
    sched_switch();
    panic("a dead thread was run");
}

/* Its process first loses its last resource, then tells the parent. */
void thread_reap(struct thread *thread)
{
    struct proc *proc = thread->proc;
    assert(thread->state == THREAD_DEAD);
    assert(proc != NULL); // the kernel's own threads do not end
    thread_free(thread);
    thread_on_end(proc);
}

/* Idle threads are never in a run queue and never end. */
struct thread *thread_create_idle(struct hart *hart)
{
    struct thread *thread = hart == hart_self() ? &boot_thread : thread_alloc();
    if (thread != NULL) {
        thread->tcb.hart = hart;
        thread->is_idle = true;
        thread->state = THREAD_RUNNING;
        hart->idle = &thread->tcb;
    }
    return thread;
}
