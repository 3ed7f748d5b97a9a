#include "seam.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "api/errno.h"
#include "check/check.h"
#include "dev/clock.h"
#include "lib/klog.h"
#include "proc/proc.h"
#include "sched/sleeplock.h"

/*
 * The hosted seam, first part: threads and locks.
 *
 * A thread may be switched out wherever it takes or releases a lock, even while
 * it holds spinlocks; that simulates other harts.  A thread that finds a
 * spinlock held yields until it is free.  The seam checks lock ranks, and that
 * no thread sleeps with a spinlock.
 */
#define STACK_SIZE (256 * 1024)

/* ---- threads ---------------------------------------------------------- */

struct seam_thread {
    ucontext_t context;
    struct list link; // in `runnable`, or in a wait queue
    void (*body)(void *);
    void *arg;
    char *stack;
    bool killable; // waits, and a kill wakes it
    bool killed;
    bool waiting;
    int held_count;
    enum lock_rank held[HELD_MAX];
    struct proc proc;
};

static struct seam_thread boot; // the test itself
static struct seam_thread *self = &boot;
static struct list runnable, ended;
static ucontext_t scheduler;
static int thread_count; // that have not ended
static uint64_t random_state;

/* The next random number of the schedule (splitmix64). */
static uint64_t seam_random(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* The entry point of a thread. */
static void seam_begin(void)
{
    self->body(self->arg);
    assert(self->held_count == 0);
    thread_count--;
    list_push_back(&ended, &self->link); // freed when all have ended
    swapcontext(&self->context, &scheduler);
}

struct seam_thread *seam_spawn(void (*body)(void *), void *arg)
{
    struct seam_thread *thread = calloc(1, sizeof(*thread));
    thread->body = body;
    thread->arg = arg;
    thread->stack = malloc(STACK_SIZE);
    thread->proc = boot.proc;
    getcontext(&thread->context);
    thread->context.uc_stack.ss_sp = thread->stack;
    thread->context.uc_stack.ss_size = STACK_SIZE;
    makecontext(&thread->context, seam_begin, 0);
    list_push_back(&runnable, &thread->link);
    thread_count++;
    return thread;
}

/* Remove a random runnable thread. */
static struct seam_thread *seam_pick(void)
{
    uint64_t count = 0;
    list_for_each (pos, &runnable) {
        count++;
    }
    struct list *link = runnable.next;
    for (uint64_t n = seam_random() % count; n > 0; n--) {
        link = link->next;
    }
    list_remove(link);
    return list_entry(link, struct seam_thread, link);
}

static void seam_free(struct seam_thread *thread)
{
    free(thread->stack);
    free(thread);
}

void seam_abandon(struct seam_thread *thread)
{
    assert(thread->waiting);
    list_remove(&thread->link);
    thread_count--;
    seam_free(thread);
}

int seam_run(void)
{
    while (!list_is_empty(&runnable)) {
        self = seam_pick();
        swapcontext(&scheduler, &self->context);
    }
    self = &boot;
    for (struct list *link; (link = list_pop_front(&ended)) != NULL;) {
        seam_free(list_entry(link, struct seam_thread, link));
    }
    return thread_count;
}

/* Let other threads run; from the boot thread there is none. */
void seam_yield(void)
{
    if (self != &boot) {
        list_push_back(&runnable, &self->link);
        swapcontext(&self->context, &scheduler);
    }
}

void seam_maybe_yield(void)
{
    if (seam_random() % 4 == 0) {
        seam_yield();
    }
}

/* Make a waiting thread runnable. */
static void seam_wake(struct seam_thread *thread)
{
    list_remove(&thread->link);
    thread->waiting = false;
    list_push_back(&runnable, &thread->link);
}

void seam_kill(struct seam_thread *thread)
{
    thread->killed = true;
    if (thread->waiting && thread->killable) {
        seam_wake(thread);
    }
}

struct proc *proc_current(void)
{
    return &self->proc;
}

bool thread_is_killed(void)
{
    return self->killed;
}

/* ---- locks ------------------------------------------------------------ */

/* Record that a lock is held. */
void check_note(enum lock_rank rank)
{
    assert(self->held_count < HELD_MAX);
    self->held[self->held_count++] = rank;
}

/* Check that ranks rise. */
void check_acquire(const char *name, enum lock_rank rank, bool again)
{
    assert(!again);
    for (int i = 0; i < self->held_count; i++) {
        if (self->held[i] >= rank) {
            panic("%s of rank %d taken with rank %d held", name, rank,
                  self->held[i]);
        }
    }
    check_note(rank);
}

/* Locks need not be released in reverse order. */
void check_release(const char *name, enum lock_rank rank)
{
    int i = self->held_count - 1;
    while (i >= 0 && self->held[i] != rank) {
        i--;
    }
    if (i < 0) {
        panic("%s released, but not held", name);
    }
    self->held_count--;
    memmove(&self->held[i], &self->held[i + 1],
            (size_t)(self->held_count - i) * sizeof(self->held[0]));
}

/* Check that no held lock is above the limit. */
void check_ranks_below(enum lock_rank limit, const char *what)
{
    for (int i = 0; i < self->held_count; i++) {
        if (self->held[i] > limit) {
            panic("%s with rank %d held", what, self->held[i]);
        }
    }
}

void check_can_sleep(const char *what)
{
    check_ranks_below(RANK_SPIN, what);
}

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
    assert(rank > RANK_SPIN);
    *lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

void spin_acquire(struct spinlock *lock)
{
    assert(lock->owner != self);
    seam_maybe_yield();
    while (lock->owner != NULL) {
        seam_yield();
    }
    check_acquire(lock->name, lock->rank, false);
    lock->owner = self;
    seam_maybe_yield();
}

static void (*release_hook)(const char *name);

void seam_on_release(void (*hook)(const char *name))
{
    release_hook = hook;
}

/* Called when a lock was released. */
static void seam_released(const char *name)
{
    if (release_hook != NULL) {
        release_hook(name);
    }
    seam_maybe_yield();
}

void spin_release(struct spinlock *lock)
{
    assert(lock->owner == self);
    check_release(lock->name, lock->rank);
    lock->owner = NULL;
    seam_released(lock->name);
}

bool spin_is_held(const struct spinlock *lock)
{
    return lock->owner == self;
}

void waitq_init(struct waitq *wq)
{
    list_init(&wq->waiters);
}

/* Wait; the lock must be the only spinlock held. */
static void seam_wait(struct waitq *wq, struct spinlock *lock, bool killable)
{
    assert(self != &boot); // otherwise the test would wait forever
    assert(spin_is_held(lock));
    list_push_back(&wq->waiters, &self->link);
    self->waiting = true;
    self->killable = killable;
    check_release(lock->name, lock->rank);
    lock->owner = NULL;
    check_can_sleep("sleep");
    swapcontext(&self->context, &scheduler);
    spin_acquire(lock);
}

/* Time passes only here, and where it is looked at. */
int waitq_sleep(struct waitq *wq, struct spinlock *lock, bool killable,
                uint64_t deadline)
{
    if (deadline != WAITQ_FOREVER) {
        spin_release(lock);
        while (!clock_has_passed(deadline)) {
            seam_yield();
        }
        spin_acquire(lock);
    } else if (!killable || !self->killed) {
        seam_wait(wq, lock, killable);
    }
    return killable && self->killed ? -EINTR : 0;
}

void waitq_wake_all(struct waitq *wq)
{
    while (!list_is_empty(&wq->waiters)) {
        seam_wake(list_entry(wq->waiters.next, struct seam_thread, link));
    }
    seam_maybe_yield();
}

void sleeplock_init(struct sleeplock *lock, const char *name,
                    enum lock_rank rank)
{
    assert(rank < RANK_SPIN);
    *lock = (struct sleeplock){.name = name, .rank = rank};
}

void sleeplock_acquire(struct sleeplock *lock)
{
    check_can_sleep("sleep");
    assert(lock->state != (uintptr_t)self);
    seam_maybe_yield();
    while (lock->state != 0) {
        seam_yield();
    }
    check_acquire(lock->name, lock->rank, false);
    lock->state = (uintptr_t)self;
}

void sleeplock_acquire_next(struct sleeplock *lock)
{
    check_can_sleep(lock->name);
    check_ranks_below(lock->rank, lock->name);
    seam_maybe_yield();
    while (lock->state != 0) {
        seam_yield();
    }
    check_note(lock->rank);
    lock->state = (uintptr_t)self;
}

void sleeplock_release(struct sleeplock *lock)
{
    assert(lock->state == (uintptr_t)self);
    check_release(lock->name, lock->rank);
    lock->state = 0;
    seam_released(lock->name);
}

bool sleeplock_is_held(const struct sleeplock *lock)
{
    return lock->state == (uintptr_t)self;
}

/* Sharers are counted by twos, as in the kernel: no thread lies so low. */
void sleeplock_share(struct sleeplock *lock)
{
    check_can_sleep("sleep");
    assert(lock->state != (uintptr_t)self);
    seam_maybe_yield();
    while (lock->state >= SEAM_BAD_ADDRESS) {
        seam_yield();
    }
    check_acquire(lock->name, lock->rank, false);
    lock->state += 2;
}

void sleeplock_unshare(struct sleeplock *lock)
{
    assert(lock->state > 0 && lock->state < SEAM_BAD_ADDRESS);
    check_release(lock->name, lock->rank);
    lock->state -= 2;
    seam_released(lock->name);
}

/* ---- time ------------------------------------------------------------- */

static uint64_t clock_now;

uint64_t clock_wall(void)
{
    return clock_now += 1000;
}

uint64_t clock_deadline(uint32_t ms)
{
    return clock_now + ms * 1000000;
}

bool clock_has_passed(uint64_t deadline)
{
    clock_now += 1000000;
    return clock_now >= deadline;
}

/* ---- the end of a test ------------------------------------------------ */

void panic(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

void seam_reset(uint64_t seed)
{
    assert(thread_count == 0);
    list_init(&runnable);
    list_init(&ended);
    random_state = seed;
    clock_now = 0;
    boot = (struct seam_thread){0};
    self = &boot;
    seam_reset_memory();
}
