#pragma once

#include <stdbool.h>
#include "kernel/riscv.h"
#include "kernel/memlayout.h"
#include "kernel/stat.h"
#include "user/user.h"
#include "user/usertests/tables.h"

/* Functions for the tests. */
#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#define CHECK(condition)                                                       \
    ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, #condition))
#define CHECK_EQ(got, want)                                                    \
    check_equal(__FILE__, __LINE__, #got, (long)(got), (long)(want))
#define CHECK_ERROR(call, error)                                               \
    check_error(__FILE__, __LINE__, #call, (long)(call), error)

void check_fail(const char *file, int line, const char *text)
    __attribute__((noreturn));
void check_equal(const char *file, int line, const char *text, long got,
                 long want);
void check_error(const char *file, int line, const char *text, long result,
                 int error);

/* A number below `limit`, from the seed and the name of the test. */
uint32_t test_random(uint32_t limit);

/* Give this child different random numbers from its siblings. */
void test_random_split(long child);

/* Run body(argument) in a child; returns its pid. */
int spawn(void (*body)(long), long argument);

/* Wait for this child, which must be the next to end; returns its status. */
int reap(int pid);

/* Wait for n children, all that there are; each must have passed. */
void reap_all(int n);

/* Run body(argument) in a child that must be killed, or must pass. */
void expect_killed(void (*body)(long), long argument);
void expect_pass(void (*body)(long), long argument);

/* Touch the stack that this process may need later; or touch more memory than
   there is, so that the kernel reclaims all it can and ends the process;
   whether commit=strict is set. */
void touch_stack(void);
void exhaust_memory(long unused);
bool is_strict(void);

/* Wait until the process is in that state of struct procinfo. */
void await_state(int pid, const char *state);

/* Wait until there is no such process any more. */
void await_gone(int pid);

/* Zeroed memory from the heap: large static arrays would be charged to every
   process that any test starts. */
void *test_buffer(size_t n);

/* For the tests of kill: start a victim, which reports through the pipe
   `ready`; kill it, at once or at several moments. */
extern int ready[2];
int start_victim(void (*body)(long), long argument);
void tell_ready(void);
void kill_and_reap(int pid);
void kill_often(void (*body)(long), long argument, bool sleeps);

/* Read until n bytes or the end; returns the count. */
int read_fully(int fd, void *buffer, int n);

/* A pattern that encodes position and seed; and whether memory contains it. */
void pattern_fill(unsigned char *at, size_t n, uint32_t seed);
bool pattern_holds(const unsigned char *at, size_t n, uint32_t seed);

/* For main.c: create the directory in which a test starts; remove it with
   everything left in it, and return whether it was empty. */
#define SCRATCH "/scratch"
bool scratch_enter(void);
bool scratch_leave(bool entered);
void scratch_warm_up(void);

/* For main.c: end the processes that the test with that pid has left. */
void rest_end(int test);
void rest_warm_up(void);
/* Create a file with n bytes of a pattern; check that it has just these. */
void make_file(const char *name, size_t n, uint32_t seed);
void check_file(const char *name, size_t n, uint32_t seed);
long size_of(const char *name);
int links_of(const char *name);

/* A name for file number n of a child. */
char *name_for(long child, int n);

enum { CREATORS = 4 }; // processes that change things at the same time

/* A record of the errors of all calls: start, add, stop, print. */
void record_start(void);
void record_result(long number, long result);
void record_stop(void);
void record_print(void);

/* Addresses that no program can use: unmapped, the kernel's, invalid. */
extern const uint64_t bad_addresses[];
extern const size_t bad_address_count;

/* A system call without the library: returns the kernel's own result. */
static inline long raw_call(long number, long a, long b, long c)
{
    register long a0 asm("a0") = a;
    register long a1 asm("a1") = b;
    register long a2 asm("a2") = c;
    register long a7 asm("a7") = number;

    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    record_result(number, a0);
    return a0;
}
