#pragma once

#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"
#include "model.h"

/*
 * Declarations that the parts of grind share.  Each worker is a process with
 * its own directory and a model of its contents; see main.c.
 */
enum {
    FIRST = 3,  // first descriptor of a worker
    SLOTS = 14, // how many it uses
    WORKERS_MAX = 16,
};

/* The command line and derived settings. */
struct options {
    unsigned seed;
    long operations; // per worker
    int workers;
    bool tolerant;     // memory or disk may run out, because others use them
    bool durable;      // only atomic operations; print what is durable
    bool dry;          // change only the model
    const char *stood; // check after a crash, given what was durable
};
extern struct options options;

/* ---- check.c: comparing ------------------------------------------------- */

/* The current operation; printed when something differs. */
struct now {
    int worker;
    long number;
    const char *operation;
    char detail[400];
};
extern struct now now;

uint32_t random_below(uint32_t limit);
void random_start(uint64_t seed);
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));
long outcome(long result);
bool agree(const char *call, long got, long want);
uint64_t digest(void);
void pattern(unsigned char *at, long n, uint32_t seed);
bool check_tree(bool says);
void check_open(int fd, struct node *node);

/* Make a call and compare its result with `want`, a result or a negative errno.
   Returns whether it succeeded and the model must follow. */
#define TRY(want, call)                                                        \
    agree(#call, options.dry ? (long)(want) : outcome((long)(call)), want)

/* ---- operations --------------------------------------------------------- */

struct operation {
    const char *name;
    void (*run)(void);
    int weight;
    bool whole; // at most one log operation
};
extern const struct operation name_operations[];    // names.c
extern const struct operation content_operations[]; // contents.c
extern const struct operation process_operations[]; // processes.c

/* An open file, and the descriptors that share it. */
struct opened {
    struct node *node;
    int slots;
    long offset;
    bool readable;
    bool writable;
    bool append;
};
extern struct opened *slots[SLOTS]; // indexed by descriptor - FIRST

/* Writes n bytes; returns the outcome. */
typedef long write_fn(int fd, const void *from, long n);

int slot_free(void);
int slot_some(void);
int slot_of_file(void);
void slot_set(int slot, struct opened *opened);
void slots_close(void);
void slots_check(void);
void opened_write(int slot, long n, write_fn *how);

/* ---- shared.c: a directory that all workers use -------------------------- */

void shared_begin(void);
void shared_step(int worker, uint32_t choice, uint32_t seed);
void shared_check(int worker); // its records must be there; -1: no one's
