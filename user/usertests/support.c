/*
 * What the tests share: checks, children, patterns.
 */
#include "usertests.h"
#include "api/counters.h"

const uint64_t bad_addresses[] = {
    0,
    8,
    0xfff,
    0x1000,
    0x10000000, // a device, if this were a physical address
    0x80200000, // the kernel, if this were a physical address
    MAXVA - 1,  // the last byte below the limit is not mapped
    MAXVA - PGSIZE,
    MAXVA,
    MAXVA + 8,
    1UL << 39,
    1UL << 62,
    1UL << 63,
    (1UL << 63) - 1,
    KERNBASE,
    KERNBASE + 0x80200000, // the kernel itself
    0xffffffff00000000,
    -PGSIZE,
    -8UL,
    -1UL,
    0xdeadbeefdeadbeef,
};
const size_t bad_address_count = LENGTH(bad_addresses);

/* Print the failed check and end this process. */
void check_fail(const char *file, int line, const char *text)
{
    printf("    %s:%d: %s (errno %d)\n", file, line, text, errno);
    exit(1);
}

/* Check that got equals want. */
void check_equal(const char *file, int line, const char *text, long got,
                 long want)
{
    if (got != want) {
        printf("    %s:%d: %s is %ld, not %ld (errno %d)\n", file, line, text,
               got, want, errno);
        exit(1);
    }
}

/* Check that a system call returned -1 with that errno. */
void check_error(const char *file, int line, const char *text, long result,
                 int error)
{
    if (result != -1) {
        printf("    %s:%d: %s gave %ld, not an error\n", file, line, text,
               result);
        exit(1);
    }
    if (errno != error) {
        printf("    %s:%d: %s: %s, not %s\n", file, line, text, strerror(errno),
               strerror(error));
        exit(1);
    }
}

/* Touch the stack that this process may need later. */
void touch_stack(void)
{
    volatile char deep[4 * 4096];

    for (size_t i = 0; i < sizeof(deep); i += 1024) {
        deep[i] = 0;
    }
}

/* Run body(argument) in a child; returns its pid. */
int spawn(void (*body)(long), long argument)
{
    int pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        record_result(0, -1); // while there is memory for it
        body(argument);
        exit(0);
    }
    return pid;
}

/* Wait for this child, which must be the next to end; returns its status. */
int reap(int pid)
{
    int status = 0x5a5a;

    CHECK_EQ(wait(&status), pid);
    return status;
}

/* Wait for n children, all that there are; each must have passed. */
void reap_all(int n)
{
    for (int i = 0; i < n; i++) {
        int status;

        CHECK(wait(&status) > 0);
        CHECK_EQ(status, 0);
    }
    CHECK_ERROR(wait(NULL), ECHILD);
}

/* Run body(argument) in a child, which the kernel must kill. */
void expect_killed(void (*body)(long), long argument)
{
    int status = reap(spawn(body, argument));

    if (status != -1) {
        printf("    not killed: argument %lx, status %d\n", argument, status);
        exit(1);
    }
}

/* Run body(argument) in a child whose checks must hold. */
void expect_pass(void (*body)(long), long argument)
{
    CHECK_EQ(reap(spawn(body, argument)), 0);
}

/* Whether process `pid` is in that state, or exists if `state` is NULL. */
static bool is_in_state(int pid, const char *state)
{
    int n;
    struct procinfo *list = proclist_all(&n);
    bool found = false;

    CHECK(list != NULL);
    for (int i = 0; i < n; i++) {
        found |= list[i].pid == pid &&
                 (state == NULL || strcmp(list[i].state, state) == 0);
    }
    free(list);
    return found;
}

/* Wait until the process is in that state of struct procinfo. */
void await_state(int pid, const char *state)
{
    while (!is_in_state(pid, state)) {
        yield();
    }
}

/* Wait until there is no such process any more. */
void await_gone(int pid)
{
    while (is_in_state(pid, NULL)) {
        yield();
    }
}

/* Zeroed memory from the heap, for the rest of the test. */
void *test_buffer(size_t n)
{
    void *buffer = calloc(1, n);

    CHECK(buffer != NULL);
    return buffer;
}

/* Read until n bytes or the end; returns the count. */
int read_fully(int fd, void *buffer, int n)
{
    int done = 0;

    while (done < n) {
        int moved = read(fd, (char *)buffer + done, n - done);

        CHECK(moved >= 0);
        if (moved == 0) {
            break;
        }
        done += moved;
    }
    return done;
}

/* One byte of the pattern. */
static unsigned char pattern_byte(size_t at, uint32_t seed)
{
    return (unsigned char)((at * 2654435761U + seed * 40503U) >> 11);
}

/* Fill memory with a pattern that encodes position and seed. */
void pattern_fill(unsigned char *at, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        at[i] = pattern_byte(i, seed);
    }
}

/* Whether memory contains the pattern. */
bool pattern_holds(const unsigned char *at, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        if (at[i] != pattern_byte(i, seed)) {
            return false;
        }
    }
    return true;
}
