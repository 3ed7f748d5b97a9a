/*
 * A record of the errors that calls have given, in all processes of a run.
 *
 * It lies in a page of a file without a name, which all of them have mapped.
 * The stubs of the calls (user/lib/stubs.S) end here when a call has failed,
 * with the number of the call still in a7.
 */
#include "api/syscall.h"
#include "usertests.h"

enum { ERRORS = 192, BITS = 64 };

static uint64_t (*record)[ERRORS / BITS]; // [SYS_COUNT], or NULL

/* Note that a call gave that result. */
void record_result(long number, long result)
{
    unsigned long error = (unsigned long)-result;

    if (record != NULL && error > 0 && error < ERRORS &&
        (unsigned long)number < SYS_COUNT) {
        __atomic_fetch_or(&record[number][error / BITS], 1UL << error % BITS,
                          __ATOMIC_RELAXED);
    }
}

/* In place of the library's: note the error, then do as it does. */
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

/* Begin to note errors. */
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

/* Note nothing more in this process, which may go wild. */
void record_stop(void)
{
    if (record != NULL) {
        munmap(record, sizeof(*record) * SYS_COUNT);
        record = NULL;
    }
}

/* Print what was noted: the numbers of call and error. */
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
