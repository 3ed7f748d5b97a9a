// sources: FS
#include "check.h"

#include <string.h>
#include "api/errno.h"
#include "api/stat.h"
#include "fs/fdtable.h"
#include "fs_image.h"
#include "proc/proc.h"
#include "seam.h"
#include "sys/syscall.h"

/*
 * Pipes under many schedules: readers and writers of random sizes, ends that
 * close early, kills at any moment.  The data must come out once and in order,
 * small writes must stay whole, all threads must end, and nothing is left.
 */
#define SCHEDULES 300
#define CAPACITY  (64 * 1024)
#define THREADS   3

static char *image;
static int64_t fds[2]; // as SYS_pipe gives them

/* Mount, and create a pipe in descriptors 0 and 1. */
static void begin(void)
{
    int pair[2] = {-1, -1};
    CHECK_EQ(test_mount(image, TEST_BLOCKS, check_random()), 0);
    CHECK_EQ(sys_call(SYS_pipe, (uint64_t)pair, 0, 0), 0);
    fds[0] = pair[0];
    fds[1] = pair[1];
}

static void end(void)
{
    CHECK_EQ(test_end(), 0);
}

static int64_t test_write(const void *from, uint64_t n)
{
    return sys_call(SYS_write, (uint64_t)fds[1], (uint64_t)from, n);
}

/* The work of one thread that writes or reads. */
struct job {
    uint8_t id;      // the byte that a writer writes; 0: numbers that count up
    bool closes;     // whether it closes its end of the pipe when done
    bool whole;      // each call moves `largest` bytes
    size_t total;    // bytes to write, or maximum to read
    size_t largest;  // of one call
    size_t done;     // bytes moved
    int64_t result;  // of the last call
    uint8_t *memory; // the bytes that a reader has read
};

/* Byte `at` of a writer with id 0. */
static uint8_t count_byte(size_t at)
{
    return (uint8_t)(at % 251);
}

/* The size of the next call. */
static size_t job_next(const struct job *job)
{
    size_t left = job->total - job->done;
    size_t n = job->whole ? job->largest : 1 + check_random_below(job->largest);
    return n < left ? n : left;
}

/* Write all bytes, or until an error. */
static void writer(void *arg)
{
    struct job *job = arg;
    uint8_t *bytes = malloc(job->largest);
    job->result = 1;
    while (job->done < job->total && job->result > 0) {
        size_t n = job_next(job);
        for (size_t i = 0; i < n; i++) {
            bytes[i] = job->id != 0 ? job->id : count_byte(job->done + i);
        }
        job->result = test_write(bytes, n);
        job->done += job->result > 0 ? (size_t)job->result : 0;
    }
    free(bytes);
    if (job->closes) {
        test_close(fds[1]);
    }
}

/* Read until the end, an error, or enough bytes. */
static void reader(void *arg)
{
    struct job *job = arg;
    job->result = 1;
    while (job->done < job->total && job->result > 0) {
        size_t n = job_next(job);
        job->result = test_read(fds[0], job->memory + job->done, n);
        job->done += job->result > 0 ? (size_t)job->result : 0;
    }
}

static void test_order(void)
{
    static uint8_t memory[400000];
    for (int i = 0; i < SCHEDULES; i++) {
        size_t most[] = {1, 10, 4096, 5000, 200000};
        size_t largest = most[check_random_below(5)];
        size_t total = 1 + check_random_below(largest * 300);
        total = total < sizeof(memory) ? total : sizeof(memory);
        begin();
        struct job from = {.closes = true, .total = total, .largest = largest};
        struct job to = {.total = sizeof(memory),
                         .largest = most[1 + check_random_below(4)],
                         .memory = memory};
        if (largest > 100 && to.largest < 100) {
            to.largest = 4096;
        }
        seam_spawn(writer, &from);
        seam_spawn(reader, &to);
        CHECK_EQ(seam_run(), 0);
        CHECK_EQ(from.done, total);
        CHECK_EQ(to.done, total);
        size_t wrong = 0;
        for (size_t at = 0; at < to.done; at++) {
            wrong += memory[at] != count_byte(at);
        }
        CHECK_EQ(wrong, 0);
        end();
    }
}

/* Many writers, many readers: each byte arrives once. */
static void test_crowd(void)
{
    static uint8_t memory[THREADS][CAPACITY * 2];
    for (int i = 0; i < SCHEDULES / 3; i++) {
        struct job from[THREADS], to[THREADS];
        size_t sent = 0, received = 0, count[THREADS + 1] = {0};
        begin();
        for (int t = 0; t < THREADS; t++) {
            from[t] = (struct job){.id = (uint8_t)(t + 1),
                                   .total = check_random_below(40000),
                                   .largest = 6000};
            sent += from[t].total;
            seam_spawn(writer, &from[t]);
        }
        size_t each = sent / THREADS;
        for (int t = 0; t < THREADS; t++) {
            size_t rest = t == 0 ? sent % THREADS : 0;
            to[t] = (struct job){
                .total = each + rest, .largest = 5000, .memory = memory[t]};
            seam_spawn(reader, &to[t]);
        }
        CHECK_EQ(seam_run(), 0);
        for (int t = 0; t < THREADS; t++) {
            CHECK_EQ(from[t].done, from[t].total);
            received += to[t].done;
            for (size_t at = 0; at < to[t].done; at++) {
                count[memory[t][at] <= THREADS ? memory[t][at] : 0]++;
            }
        }
        CHECK_EQ(received, sent);
        CHECK_EQ(count[0], 0);
        for (int t = 0; t < THREADS; t++) {
            CHECK_EQ(count[t + 1], from[t].total);
        }
        end();
    }
}

/* Writes of up to a page are not mixed with others. */
static void test_whole_lines(void)
{
    static uint8_t memory[THREADS * 6 * 4096];
    for (int i = 0; i < SCHEDULES / 3; i++) {
        size_t line = 1 + check_random_below(4096);
        struct job from[THREADS];
        struct job to = {
            .total = THREADS * 6 * line, .largest = 3000, .memory = memory};
        begin();
        seam_spawn(reader, &to);
        for (int t = 0; t < THREADS; t++) {
            from[t] = (struct job){.id = (uint8_t)(t + 1),
                                   .whole = true,
                                   .total = line * 6,
                                   .largest = line};
            seam_spawn(writer, &from[t]);
        }
        CHECK_EQ(seam_run(), 0);
        CHECK_EQ(to.done, to.total);
        size_t mixed = 0;
        for (size_t at = 0; at < to.done; at++) {
            mixed += memory[at] != memory[at / line * line];
        }
        CHECK_EQ(mixed, 0);
        end();
    }
}

static void close_reader(void *arg)
{
    (void)arg;
    for (uint64_t n = check_random_below(200); n > 0; n--) {
        seam_yield();
    }
    test_close(fds[0]);
}

/* The reader closes its end: the writer gets -EPIPE, at once or later. */
static void test_broken(void)
{
    for (int i = 0; i < SCHEDULES; i++) {
        begin();
        struct job from = {.id = 1,
                           .total = 10 * CAPACITY,
                           .largest = 1 + check_random_below(CAPACITY * 2)};
        seam_spawn(writer, &from);
        seam_spawn(close_reader, NULL);
        CHECK_EQ(seam_run(), 0);
        CHECK_EQ(from.result, -EPIPE);
        CHECK(from.done <= CAPACITY);
        end();
    }
}

static void killer(void *victim)
{
    for (uint64_t n = check_random_below(300); n > 0; n--) {
        seam_yield();
    }
    seam_kill(victim);
}

/* Kill a reader or a writer at any time: it ends, and the others continue. */
static void test_kill(void)
{
    static uint8_t memory[CAPACITY * 4];
    for (int i = 0; i < SCHEDULES; i++) {
        begin();
        bool kills_writer = check_random_below(2) == 0;
        struct job from = {.id = 1,
                           .total = kills_writer ? UINT32_MAX : 100,
                           .largest = 1 + check_random_below(CAPACITY * 2)};
        struct job to = {
            .total = sizeof(memory), .largest = 5000, .memory = memory};
        struct seam_thread *writes = seam_spawn(writer, &from);
        struct seam_thread *reads =
            kills_writer ? NULL : seam_spawn(reader, &to);
        seam_spawn(killer, kills_writer ? writes : reads);
        CHECK_EQ(seam_run(), 0);
        CHECK_EQ(kills_writer ? from.result : to.result, -EINTR);
        CHECK(kills_writer || to.done <= 100);
        end();
    }
}

static void test_results(void)
{
    static char bytes[CAPACITY] __attribute__((aligned(4096)));
    struct stat stat;
    begin();
    CHECK_EQ(test_write((void *)SEAM_BAD_ADDRESS, 1), -EFAULT);
    CHECK_EQ(test_write(bytes, 0), 0);
    CHECK_EQ(test_read(fds[0], bytes, 0), 0);
    CHECK_EQ(test_write(bytes, CAPACITY), CAPACITY);
    CHECK_EQ(sys_call(SYS_fstat, 0, (uint64_t)&stat, 0), 0);
    CHECK_EQ(stat.type, T_PIPE);
    CHECK_EQ(stat.size, CAPACITY);
    CHECK_EQ(test_read(fds[1], bytes, 1), -EBADF);
    CHECK_EQ(test_read(fds[0], (void *)SEAM_BAD_ADDRESS, 1), -EFAULT);
    CHECK_EQ(test_read(fds[0], bytes, 1000), 1000);
    CHECK_EQ(test_read(fds[0], bytes, CAPACITY), CAPACITY - 1000);
    CHECK_EQ(test_write(bytes, 5), 5);
    test_close(fds[1]);
    CHECK_EQ(test_read(fds[0], bytes, 100), 5);
    CHECK_EQ(test_read(fds[0], bytes, 100), 0);
    end();
    begin();
    CHECK_EQ(sys_call(SYS_pipe, SEAM_BAD_ADDRESS, 0, 0), -EFAULT);
    CHECK(fdtable_get(proc_current()->files, 2) == NULL);
    end();
}

/* Each allocation of a pipe fails in turn. */
static void test_no_memory(void)
{
    static char bytes[CAPACITY] __attribute__((aligned(4096)));
    for (uint64_t n = 1; n < 40; n++) {
        int pair[2];
        CHECK_EQ(test_mount(image, TEST_BLOCKS, n), 0);
        int64_t pages = seam_pages(), objects = seam_objects();
        seam_fail_alloc(n);
        int64_t error = sys_call(SYS_pipe, (uint64_t)pair, 0, 0);
        CHECK(error == 0 || error == -ENOMEM);
        if (error == 0) {
            fds[0] = pair[0];
            fds[1] = pair[1];
            int64_t sent = test_write(bytes, CAPACITY);
            CHECK(sent > 0 || sent == -ENOMEM);
            sent = sent > 0 ? sent : 0;
            CHECK_EQ(seam_fault_is_due() ? sent : CAPACITY, CAPACITY);
            if (sent > 0) {
                CHECK_EQ(test_read(fds[0], bytes, CAPACITY), sent);
            }
            test_close(fds[0]);
            test_close(fds[1]);
        }
        seam_fail_alloc(0);
        CHECK_EQ(seam_pages(), pages);
        CHECK_EQ(seam_objects(), objects);
        end();
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(1024);
    image = test_image();
    RUN(test_results);
    RUN(test_order);
    RUN(test_crowd);
    RUN(test_whole_lines);
    RUN(test_broken);
    RUN(test_kill);
    RUN(test_no_memory);
    free(image);
    return check_end();
}
