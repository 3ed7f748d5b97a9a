#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "user/user.h"

/*
 * bench measures what operations cost.  It does not count itself: around each
 * operation it executes an instruction without effect, the mark, and a QEMU
 * plugin records how many instructions of program, kernel, and firmware came
 * before (tools/bench/count.c).  After each row it prints a line
 *
 *     = UNITS TICKS NAME
 *
 * TICKS is time in units of the machine's clock.  It is only meaningful when
 * QEMU does not count instructions.
 */

enum { PAGE = 4096, KIB = 1024 };

/* One row: an operation, repeated. */
struct row {
    const char *name;
    int rounds;
    int units;               // operations in a round
    void (*run)(int rounds); // the work that is measured
    void (*prepare)(int rounds);
    void (*finish)(void); // must undo all changes
    bool in_child;        // prepare, fork, and the child runs it
    bool is_lasting;      // changes the disk: also measured with sync
};

/* Tables of rows; each ends with a row without name. */
extern const struct row process_rows[];
extern const struct row memory_rows[];
extern const struct row file_rows[];

/* Measure a row, after a warm-up run. */
void measure(const struct row *row);

/* Measure one run of `run`. */
void measure_once(const char *name, int units, void (*run)(int rounds));

/* The machine's clock, in TICKS. */
uint64_t now(void);

/* Exit with a message unless `good`. */
void must(bool good, const char *what);

/* A child that calls `work`, until it returns or is killed. */
int start_child(void (*work)(int argument), int argument);
void end_child(int pid);

/* Subcommands with a size: see main.c. */
void grow_processes(int count);
void grow_directory(int entries);
void grow_file(int mebibytes);
void grow_image(int mebibytes);
void grow_open_files(int count);
void grow_areas(int count);
void share_work(const char *kind, int workers, int times);
void disk_write(int mebibytes);
void disk_read(void);
void disk_fsync(int processes, int times);
