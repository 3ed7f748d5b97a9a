/*
 * stressfs: many processes read all files at once, again and again, and
 * compare checksums.
 */
#include "kernel/stat.h"
#include "user/user.h"

enum { READERS = 6, ROUNDS = 3 };

static char buffer[8192];

/* A checksum of the contents of `path`; 0 for what is not a file. */
static unsigned long checksum(const char *path)
{
    unsigned long sum = 1469598103934665603UL;
    struct stat st;
    int fd = open(path, O_RDONLY);
    int n = 0;

    if (fd < 0 || fstat(fd, &st) < 0) {
        perror(path);
        exit(1);
    }
    while (st.type == T_FILE && (n = read(fd, buffer, sizeof(buffer))) > 0) {
        for (int i = 0; i < n; i++) {
            sum = (sum ^ (unsigned char)buffer[i]) * 1099511628211UL;
        }
    }
    if (n < 0) {
        perror(path);
        exit(1);
    }
    close(fd);
    return sum;
}

/* The checksum of all names and files of the root. */
static unsigned long checksum_all(void)
{
    unsigned long sum = 0;
    struct dirent entry;
    int fd = open("/", O_RDONLY);

    while (read(fd, &entry, sizeof(entry)) == (int)sizeof(entry)) {
        sum = sum * 31 + checksum(entry.name);
    }
    close(fd);
    return sum;
}

/* One reader: status 0 if every round gives the same. */
static void reader(unsigned long expected)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (checksum_all() != expected) {
            exit(1);
        }
    }
    exit(0);
}

int main(void)
{
    unsigned long expected = checksum_all();
    int failed = 0;
    int status;

    for (int i = 0; i < READERS; i++) {
        int pid = fork();

        if (pid == 0) {
            reader(expected);
        }
        failed += pid < 0;
    }
    while (wait(&status) > 0) {
        failed += status != 0;
    }
    printf("stressfs: %s\n", failed == 0 ? "OK" : "FAILED");
    return failed != 0;
}
