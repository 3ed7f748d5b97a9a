// sources: FS mkfs/check.c mkfs/view.c tests/host/fs_work.c
#include "check.h"

#include <string.h>
#include "../../mkfs/check.h"
#include "disk/log.h"
#include "fs/fs.h"
#include "fs_image.h"
#include "fs_work.h"
#include "seam.h"

/*
 * Errors while the file system changes: each workload runs many times, and each
 * time another write, flush, read, or allocation fails.
 *
 *  - After a failed write or flush nothing more is written.  Everything durable
 *    before is on the disk, which is sound: a state of the history.
 *  - After a failed read or allocation, a call has failed completely;
 *    everything goes on, and in the end the disk has the visible state, and is
 *    sound.
 */
#define BLOCK  4096UL
#define BLOCKS 256
#define TRIES  60 // for each workload and kind of error

static char *empty;
static char disk[BLOCKS * BLOCK];

/* Problems that fsck has with `disk`. */
static int fsck(void)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int problems = check_image(disk, BLOCKS, out);
    fclose(out);
    if (problems != 0) {
        printf("%.400s", text);
    }
    free(text);
    return problems;
}

/* Run a workload with a planned error; returns the visible state at the end.
   *came is whether the error occurred. */
static uint64_t run_with(const struct work *work, struct work_history *history,
                         void (*plan)(uint64_t), uint64_t n, bool *came)
{
    CHECK_EQ(test_mount(empty, BLOCKS, n), 0);
    seam_record(true);
    plan(n);
    work_run(work, history, n % 7 + 1);
    seam_record(false);
    *came = !seam_fault_is_due();
    seam_no_faults();
    uint64_t seen = work_digest();
    log_finish();
    seam_disk_copy(disk);
    test_end();
    return seen;
}

/* Mount the disk; returns its visible state. */
static uint64_t mount_again(void)
{
    CHECK_EQ(test_mount(disk, BLOCKS, 1), 0);
    uint64_t seen = work_digest();
    CHECK(work_try());
    static char copy[BLOCKS * BLOCK];
    seam_disk_copy(copy);
    test_end();
    memcpy(disk, copy, sizeof(copy));
    CHECK_EQ(fsck(), 0);
    return seen;
}

static void fail_write_once(uint64_t n)
{
    seam_fail_write(n, false);
}

static void fail_write_for_ever(uint64_t n)
{
    seam_fail_write(n, true);
}

/* Fail each write or flush; or, with few tries, some of them. */
static void try_writes(void (*plan)(uint64_t), bool each)
{
    int came_count = 0;
    for (int i = 0; i < work_count; i++) {
        bool came = true;
        uint64_t n = 1;
        for (int tries = 0; (each || tries < TRIES) && came; tries++) {
            struct work_history history;
            run_with(&works[i], &history, plan, n, &came);
            uint64_t seen = mount_again();
            size_t first = work_durable(&history, SIZE_MAX);
            CHECK(work_found(&history, seen, first, history.count - 1));
            work_forget(&history);
            came_count += came;
            n += each ? 1 : 1 + n / 8;
        }
    }
    CHECK(came_count > work_count * 10);
}

static void test_writes(void)
{
    try_writes(fail_write_once, true);
    try_writes(fail_write_for_ever, false);
}

static void test_flushes(void)
{
    try_writes(seam_fail_flush, true);
}

/* Fail reads or allocations. */
static void try_others(void (*plan)(uint64_t), int least)
{
    int came_count = 0;
    for (int i = 0; i < work_count; i++) {
        bool came = true;
        uint64_t n = 1;
        for (int tries = 0; tries < TRIES && came; tries++) {
            struct work_history history;
            uint64_t seen = run_with(&works[i], &history, plan, n, &came);
            CHECK_EQ(fsck(), 0);
            CHECK_EQ(mount_again() == seen, true);
            work_forget(&history);
            came_count += came;
            n += 1 + n / 16;
        }
    }
    CHECK(came_count >= least);
}

static void test_reads(void)
{
    try_others(seam_fail_read, work_count);
}

static void test_allocations(void)
{
    try_others(seam_fail_alloc, work_count * 20);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(2048);
    empty = test_empty_image(BLOCKS);
    RUN(test_writes);
    RUN(test_flushes);
    RUN(test_reads);
    RUN(test_allocations);
    free(empty);
    return check_end();
}
