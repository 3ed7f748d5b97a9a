/*
 * durable FILE: append records for ever, and say which are on the disk.
 *
 * A record is a line with its number and a filler computed from the number, so
 * it can be checked on any machine.  Records are made durable by fsync or sync,
 * one or several at a time, and only then "durable NUMBER" is printed.  If the
 * machine stops after that, the record must be on the disk.
 *
 * Existing records are checked; new ones continue their numbers.
 */
#include <stdbool.h>
#include "user/user.h"

enum { FILL_STEP = 37, FILL_MAX = 400, LINE_MAX = FILL_MAX + 32 };

static char line[LINE_MAX];
static char found[LINE_MAX];

/* Make record `number` in `line`; returns its length. */
static int make_record(long number)
{
    int length = snprintf(line, sizeof(line), "%ld ", number);
    int fill = (int)(number * FILL_STEP % FILL_MAX);

    for (int i = 0; i < fill; i++) {
        line[length++] = (char)('a' + (number + i) % 26);
    }
    line[length++] = '\n';
    return length;
}

/* Check the contents of the file; returns the number of the next record, or
   -1. */
static long check_records(int fd)
{
    for (long number = 0;; number++) {
        int length = make_record(number);
        int n = read(fd, found, length);

        if (n == 0) {
            return number;
        }
        if (n != length || memcmp(line, found, (size_t)n) != 0) {
            printf("durable: record %ld is damaged\n", number);
            return -1;
        }
    }
}

/* Append records from `number` on, until something fails. */
static int append_records(int fd, long number)
{
    for (;; number++) {
        int length = make_record(number);

        if (write(fd, line, length) != length) {
            break;
        }
        bool waits = number % 7 == 3 || number % 7 == 4; // with the next
        if (!waits && (number % 5 == 0 ? sync() : fsync(fd)) < 0) {
            break;
        }
        if (!waits) {
            printf("durable %ld\n", number);
        }
    }
    printf("durable: record %ld: %s\n", number, strerror(errno));
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(2, "usage: durable FILE\n");
        return 2;
    }
    int fd = open(argv[1], O_RDWR | O_CREATE | O_APPEND);
    if (fd < 0) {
        fprintf(2, "durable: %s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    long number = check_records(fd);
    return number < 0 ? 1 : append_records(fd, number);
}
