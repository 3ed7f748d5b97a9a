#include "bench.h"

/*
 * Disk traffic; QEMU counts the requests.
 */

static char chunk[16 * PAGE];

/* Write a large file and wait until it is on the disk. */
void disk_write(int mebibytes)
{
    int fd = open("/large", O_WRONLY | O_CREATE);
    must(fd >= 0, "open");
    for (int i = 0; i < mebibytes * KIB * KIB / (int)sizeof(chunk); i++) {
        must(write(fd, chunk, sizeof(chunk)) == sizeof(chunk), "write");
    }
    must(fsync(fd) == 0, "fsync");
    close(fd);
}

/* Read the whole file page by page. */
void disk_read(void)
{
    int n;
    int fd = open("/large", O_RDONLY);
    must(fd >= 0, "open");
    while ((n = read(fd, chunk, PAGE)) > 0) {}
    must(n == 0, "read");
    close(fd);
}

static int fsync_times;

/* Write one block after the other, each with an fsync. */
static void write_and_fsync(int worker)
{
    char name[16];
    snprintf(name, sizeof(name), "/f%d", worker);
    int fd = open(name, O_WRONLY | O_CREATE);
    must(fd >= 0, "open");
    for (int i = 0; i < fsync_times; i++) {
        must(write(fd, chunk, 100) == 100 && fsync(fd) == 0, "fsync");
    }
    close(fd);
}

void disk_fsync(int processes, int times)
{
    fsync_times = times;
    for (int i = 0; i < processes; i++) {
        start_child(write_and_fsync, i);
    }
    for (int i = 0; i < processes; i++) {
        int status = -1;
        must(wait(&status) > 0 && status == 0, "a writer");
    }
}
