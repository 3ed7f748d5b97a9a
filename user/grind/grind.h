#pragma once

#include <stdbool.h>
#include "kernel/stat.h"
#include "user/user.h"
#include "model.h"

/*
 * What the parts of grind share.  Each worker is a process with a directory of
 * its own and a model of what is in it; main.c says more.
 */
enum {
    FIRST = 3,  // descriptor of a worker
    SLOTS = 14, // how many it uses
    WORKERS_MAX = 16,
};

/* The command line, and what follows from it. */
struct options {
    unsigned seed;
    long operations; // of each worker
    int workers;
    bool tolerant; // memory or disk may run out: others use them, too
    bool durable;  // only what is one operation of the log; say what is durable
    bool dry;      // change the model only
    const char *stood; // check after a crash: what was durable
};
extern struct options options;

/* ---- check.c: comparing ------------------------------------------------- */

/* Where the worker is; printed when something differs. */
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

/* Make a call and compare what it gives with `want`, a result or a negative
   errno; whether it has succeeded, so that the model is to follow. */
#define TRY(want, call)                                                        \
    agree(#call, options.dry ? (long)(want) : outcome((long)(call)), want)

/* ---- operations --------------------------------------------------------- */

struct operation {
    const char *name;
    void (*run)(void);
    int weight;
    bool whole; // one operation of the log, or none
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
extern struct opened *slots[SLOTS]; // by descriptor - FIRST

/* Writes n bytes; the outcome. */
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
void shared_check(int worker); // its records must all be there; -1: of none
