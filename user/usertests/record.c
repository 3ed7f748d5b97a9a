/*
 * Records the errors that calls return, in all processes of a run.
 *
 * The record is a page of an unlinked file, which all processes have mapped.
 * The stubs of the calls (user/lib/stubs.S) jump here after a failed call, with
 * the number of the call still in a7.
 */
#include "api/syscall.h"
#include "usertests.h"

enum { ERRORS = 192, BITS = 64 };

static uint64_t (*record)[ERRORS / BITS]; // [SYS_COUNT], or NULL

/* Record that a call returned that result. */
void record_result(long number, long result)
{
    unsigned long error = (unsigned long)-result;

    if (record != NULL && error > 0 && error < ERRORS &&
        (unsigned long)number < SYS_COUNT) {
        __atomic_fetch_or(&record[number][error / BITS], 1UL << error % BITS,
                          __ATOMIC_RELAXED);
    }
}

/* Replaces the library's version: record the error, then do the same. */
long record_failed(long result, long number);
long record_failed(long result, long number)
{
    record_result(number, result);
    errno = (int)-result;
    return -1;
}

asm(".globl syscall_failed\n"
    "syscall_failed:\n"
    "        mv      a1, a7\n"
    "        tail    record_failed\n");

/* Start recording. */
void record_start(void)
{
    static const char name[] = "/usertests-record";
    const size_t size = sizeof(*record) * SYS_COUNT;
    int fd = open(name, O_RDWR | O_CREATE);

    CHECK_EQ(ftruncate(fd, (long)size), 0);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    close(fd);
    CHECK_EQ(unlink(name), 0);
    record = at;
    record_result(0, -1); // the first use of the page
}

/* Stop recording in this process, which may overwrite any memory. */
void record_stop(void)
{
    if (record != NULL) {
        munmap(record, sizeof(*record) * SYS_COUNT);
        record = NULL;
    }
}

/* Print the record: numbers of call and error. */
void record_print(void)
{
    for (int number = 1; number < SYS_COUNT; number++) {
        for (unsigned error = 0; error < ERRORS; error++) {
            if ((record[number][error / BITS] >> error % BITS & 1) != 0) {
                printf("seen: %d %u\n", number, error);
            }
        }
    }
}
