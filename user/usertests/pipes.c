/*
 * Pipes: all bytes, in order, once; closing either end.
 */
#include "usertests.h"

enum { MIB = 1024 * 1024 };

/* Write n bytes, in as many calls as needed. */
static void write_all(int fd, const unsigned char *bytes, int n)
{
    while (n > 0) {
        int moved = write(fd, bytes, n);

        CHECK(moved > 0);
        bytes += moved;
        n -= moved;
    }
}

/* Bytes that encode their position in a stream. */
static void stream_fill(unsigned char *block, int n, uint32_t at)
{
    for (int i = 0; i < n; i++, at++) {
        block[i] = (unsigned char)(at * 31 + (at >> 8) * 7 + (at >> 16));
    }
}

static int stream_length;
static int stream_most; // maximum bytes in one call

/* Send a stream in pieces of random size. */
static void stream_writer(long fd)
{
    unsigned char *block = test_buffer((size_t)stream_most);

    for (int at = 0; at < stream_length;) {
        int n = 1 + (int)test_random((uint32_t)stream_most);

        n = n > stream_length - at ? stream_length - at : n;
        stream_fill(block, n, (uint32_t)at);
        write_all((int)fd, block, n);
        at += n;
    }
}

/* Send a stream through a pipe in pieces of up to `most` bytes. */
static void stream(int length, int most)
{
    unsigned char *got = test_buffer((size_t)most);
    unsigned char *want = test_buffer((size_t)most);
    int fds[2];
    int at = 0;
    int n;

    stream_length = length;
    stream_most = most;
    CHECK_EQ(pipe(fds), 0);
    int pid = spawn(stream_writer, fds[1]);
    close(fds[1]);
    while ((n = read(fds[0], got, 1 + (int)test_random((uint32_t)most))) > 0) {
        stream_fill(want, n, (uint32_t)at);
        CHECK(memcmp(got, want, (size_t)n) == 0);
        at += n;
    }
    CHECK_EQ(n, 0);
    CHECK_EQ(at, length);
    CHECK_EQ(reap(pid), 0);
    close(fds[0]);
    free(got);
    free(want);
}

/* Transfers of all sizes. */
static void test_pipe_sizes(void)
{
    static const int sizes[] = {1, 2, 3, 16, 511, 512, 513, 4095, 4096, 4097};

    for (size_t i = 0; i < LENGTH(sizes); i++) {
        stream(sizes[i] * 20 + 100, sizes[i]);
    }
}

/* A mebibyte. */
static void test_pipe_large(void)
{
    stream(MIB, 16 * 1024);
}

/* A longer stream, for more schedules. */
static void test_pipe_many_bytes(void)
{
    stream(16 * MIB, 16 * 1024);
}

enum { RECORD = 100, RECORDS = 1000, WRITERS = 5 }; // more than a pipe can hold

/* Send numbered records with their writer's number. */
static void record_writer(long argument)
{
    unsigned char record[RECORD];

    for (int i = 0; i < RECORDS; i++) {
        memset(record, (int)(argument >> 8), RECORD);
        record[0] = (unsigned char)i;
        CHECK_EQ(write((int)(argument & 0xff), record, RECORD), RECORD);
    }
}

/* Several writers: short records stay whole, and each writer's are in order. */
static void test_pipe_writers(void)
{
    unsigned char record[RECORD];
    unsigned char next[WRITERS + 1] = {0};
    int total = 0;
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    for (long i = 1; i <= WRITERS; i++) {
        spawn(record_writer, i << 8 | fds[1]);
    }
    close(fds[1]);
    while (read_fully(fds[0], record, RECORD) == RECORD) {
        int writer = record[1];

        CHECK(writer >= 1 && writer <= WRITERS);
        CHECK_EQ(record[0], next[writer]);
        next[writer]++;
        for (int i = 2; i < RECORD; i++) {
            CHECK_EQ(record[i], writer);
        }
        total++;
    }
    CHECK_EQ(total, RECORDS * WRITERS);
    reap_all(WRITERS);
}

/* Read to the end, then report the sum. */
static void sum_reader(long argument)
{
    int in = (int)(argument & 0xff);
    int out = (int)(argument >> 8);
    unsigned char block[37];
    int count = 0;
    int n;

    while ((n = read(in, block, sizeof(block))) > 0) {
        count += n;
    }
    CHECK_EQ(write(out, &count, sizeof(count)), sizeof(count));
}

/* Several readers: each byte goes to one, and all see the end. */
static void test_pipe_readers(void)
{
    enum { READERS = 5, BYTES = 100000 };
    unsigned char *block = test_buffer(BYTES);
    int data[2];
    int sums[2];
    int total = 0;

    CHECK_EQ(pipe(data), 0);
    CHECK_EQ(pipe(sums), 0);
    for (int i = 0; i < READERS; i++) {
        int pid = fork();

        if (pid == 0) {
            close(data[1]);
            sum_reader((long)sums[1] << 8 | data[0]);
            exit(0);
        }
    }
    write_all(data[1], block, BYTES);
    close(data[1]);
    for (int i = 0; i < READERS; i++) {
        int count;
        int status;

        CHECK_EQ(read(sums[0], &count, sizeof(count)), sizeof(count));
        total += count;
        CHECK(wait(&status) > 0);
        CHECK_EQ(status, 0);
    }
    CHECK_EQ(total, BYTES);
}

/* The data in a pipe can be read after the writer is gone; then comes the
   end. */
static void test_pipe_end(void)
{
    char block[16];
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], "last words", 10), 10);
    int copy = dup(fds[1]);
    close(fds[1]);
    CHECK_EQ(write(copy, "!", 1), 1); // the other writer keeps it open
    close(copy);
    CHECK_EQ(read(fds[0], block, sizeof(block)), 11);
    CHECK_EQ(read(fds[0], block, sizeof(block)), 0);
    CHECK_EQ(read(fds[0], block, sizeof(block)), 0);
}

/* Without readers a write fails at once. */
static void test_pipe_broken(void)
{
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    CHECK_EQ(write(fds[1], "x", 1), 1);
    close(fds[0]);
    CHECK_ERROR(write(fds[1], "x", 1), EPIPE);
    CHECK_ERROR(write(fds[1], "x", 1), EPIPE);
}

/* Read a thousand bytes and exit. */
static void take_some(long fd)
{
    char block[1000];

    CHECK_EQ(read_fully((int)fd, block, sizeof(block)), sizeof(block));
}

/* If the last reader exits during a write, the write returns the number of
   bytes written; the next write fails. */
static void test_pipe_short(void)
{
    char *block = test_buffer(MIB);
    int fds[2];

    CHECK_EQ(pipe(fds), 0);
    int pid = spawn(take_some, fds[0]);
    close(fds[0]);
    int n = write(fds[1], block, MIB);
    CHECK(n >= 1000);
    CHECK(n < MIB);
    CHECK_ERROR(write(fds[1], block, 1), EPIPE);
    CHECK_EQ(reap(pid), 0);
}

/* Send bytes back one at a time. */
static void echo_bytes(long argument)
{
    int in = (int)(argument & 0xff);
    int out = (int)(argument >> 8);
    unsigned char c;

    while (read(in, &c, 1) == 1 && c != 0) {
        c++;
        CHECK_EQ(write(out, &c, 1), 1);
    }
}

/* Each byte waits for the other process, but not for the next timer tick:
   tests/boot/test_usertests.py measures the time. */
static void test_pipe_ping_pong(void)
{
    int there[2];
    int back[2];
    unsigned char c = 0;

    CHECK_EQ(pipe(there), 0);
    CHECK_EQ(pipe(back), 0);
    int pid = spawn(echo_bytes, (long)back[1] << 8 | there[0]);
    for (int i = 0; i < 1000; i++) {
        unsigned char sent = (unsigned char)(1 + i % 200);

        CHECK_EQ(write(there[1], &sent, 1), 1);
        CHECK_EQ(read(back[0], &c, 1), 1);
        CHECK_EQ(c, sent + 1);
    }
    c = 0;
    CHECK_EQ(write(there[1], &c, 1), 1);
    CHECK_EQ(reap(pid), 0);
}

/* Create and close many pipes. */
static void test_pipe_storm(void)
{
    int fds[64][2];

    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < LENGTH(fds); i++) {
            CHECK_EQ(pipe(fds[i]), 0);
            CHECK_EQ(write(fds[i][1], "abc", 3), 3);
        }
        for (size_t i = 0; i < LENGTH(fds); i++) {
            CHECK_EQ(close(fds[i][test_random(2)]), 0);
        }
        for (size_t i = 0; i < LENGTH(fds); i++) {
            close(fds[i][0]);
            close(fds[i][1]);
        }
    }
}

const struct test pipe_tests[] = {
    {"pipe_sizes", test_pipe_sizes, false},
    {"pipe_large", test_pipe_large, false},
    {"pipe_many_bytes", test_pipe_many_bytes, true},
    {"pipe_writers", test_pipe_writers, false},
    {"pipe_readers", test_pipe_readers, false},
    {"pipe_end", test_pipe_end, false},
    {"pipe_broken", test_pipe_broken, false},
    {"pipe_short", test_pipe_short, false},
    {"pipe_ping_pong", test_pipe_ping_pong, false},
    {"pipe_storm", test_pipe_storm, false},
    {NULL, NULL, false},
};
