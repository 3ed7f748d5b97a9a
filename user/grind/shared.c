/*
 * A directory in which all workers race for a few names.  The result of a call
 * here depends on the others, but these rules hold in any order:
 *
 * 1. A file is written under a private name in another directory, and then
 *    renamed. So a shared name always leads to a complete file.
 * 2. Records are appended to the log one at a time.  Records are complete, and
 *    those of one worker are in order, without a gap.
 * 3. A call succeeds, or returns an error that a race can explain.
 *
 * The rules also hold after a crash.
 */
#include "grind.h"

#define SHARED BASE "/shared"

enum { PAYLOAD_MAX = 30000, SERIALS = 0x5e1f, APPENDED = 0x106 };

/* The head of a file, or of a record in the log. */
struct head {
    uint32_t magic;
    uint32_t writer;
    uint32_t serial;
    uint32_t length; // including the head
};

struct record {
    struct head head;
    unsigned char payload[48];
};

static unsigned char file[PAYLOAD_MAX + sizeof(struct head)];
static unsigned char want[PAYLOAD_MAX + sizeof(struct head)];
static uint32_t published;
static uint32_t appended;

/* Report which rule is broken. */
static void broken(const char *what, const char *path)
{
    fail("%s: %s", path, what);
}

/* Check that a call's outcome is success or one of up to three errors; returns
   whether it is success. */
static bool one_of(const char *path, long result, int a, int b, int c)
{
    long got = outcome(result);
    bool short_of = options.tolerant && (got == -ENOSPC || got == -ENOMEM);

    if (got < 0 && got != -a && got != -b && got != -c && !short_of) {
        broken(strerror((int)-got), path);
    }
    return got >= 0;
}

/* Fill in a file or record. */
static void fill(unsigned char *at, struct head head)
{
    memcpy(at, &head, sizeof(head));
    pattern(at + sizeof(head), head.length - (long)sizeof(head),
            head.writer << 20 ^ head.serial);
}

/* Whether the bytes match their head. */
static bool is_whole(const unsigned char *at, long n, uint32_t magic)
{
    struct head head;

    memcpy(&head, at, sizeof(head));
    if (n < (long)sizeof(head) || head.magic != magic || head.length != n) {
        return false;
    }
    fill(want, head);
    return memcmp(at, want, (size_t)n) == 0;
}

/* One of the shared file names. */
static const char *common(char *path, uint32_t pick)
{
    snprintf(path, 32, SHARED "/x%u", pick % 4);
    return path;
}

/* Rule 1: write a file, and rename it to a shared name. */
static void publish(int worker, uint32_t pick, uint32_t seed)
{
    char own[32];
    char path[32];
    struct head head = {SERIALS, (uint32_t)worker, published++,
                        (uint32_t)sizeof(head) + seed % PAYLOAD_MAX};

    snprintf(own, sizeof(own), BASE "/own%d", worker);
    int fd = open(own, O_WRONLY | O_CREATE | O_TRUNC);
    if (!one_of(own, fd, 0, 0, 0)) {
        return;
    }
    fill(file, head);
    int n = write(fd, file, (int)head.length);
    bool all = n == (int)head.length;
    if (!all && !options.tolerant) {
        broken("a short write", own);
    }
    if (pick % 8 == 0) {
        fsync(fd);
    }
    close(fd);
    if (all) {
        one_of(path, rename(own, common(path, pick / 8)), 0, 0, 0);
    }
}

/* Rule 1: check the file at a shared name. */
static void look(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);

    if (!one_of(path, fd, ENOENT, 0, 0)) {
        return;
    }
    int n = read(fd, file, sizeof(file));
    if (fstat(fd, &st) < 0 || (long)st.size != n) {
        broken("size and contents differ", path);
    }
    if (!is_whole(file, n, SERIALS)) {
        broken("not a whole file of one writer", path);
    }
    close(fd);
}

/* Rule 2: append a record. */
static void append(int worker)
{
    struct record record;
    int fd = open(SHARED "/log", O_WRONLY | O_APPEND);
    struct head head = {APPENDED, (uint32_t)worker, appended, sizeof(record)};

    if (!one_of("log", fd, 0, 0, 0)) {
        return;
    }
    fill((unsigned char *)&record, head);
    appended += one_of("log", write(fd, &record, sizeof(record)), 0, 0, 0);
    close(fd);
}

/* Only names that workers create may be listed. */
static void list(void)
{
    struct dirent entry;
    int fd = open(SHARED, O_RDONLY);

    while (read(fd, &entry, sizeof(entry)) > 0) {
        if (strchr(".xld", entry.name[0]) == NULL || entry.inum == 0) {
            broken("a name that no worker created", entry.name);
        }
    }
    close(fd);
}

/* Create, fill, empty, rename, and remove two directories. */
static void race_directories(uint32_t pick, uint32_t way)
{
    const char *one = pick % 2 == 0 ? SHARED "/d0" : SHARED "/d1";
    const char *other = pick % 2 == 0 ? SHARED "/d1" : SHARED "/d0";
    char inside[32];

    snprintf(inside, sizeof(inside), "%s/f", one);
    if (way % 5 == 0) {
        one_of(one, mkdir(one), EEXIST, 0, 0);
    } else if (way % 5 == 1) {
        int fd = open(inside, O_RDWR | O_CREATE);
        if (one_of(inside, fd, ENOENT, 0, 0)) {
            close(fd);
        }
    } else if (way % 5 == 2) {
        one_of(inside, unlink(inside), ENOENT, 0, 0);
    } else if (way % 5 == 3) {
        one_of(one, rmdir(one), ENOENT, ENOTEMPTY, 0);
    } else {
        one_of(one, rename(one, other), ENOENT, ENOTEMPTY, 0);
    }
}

/* Link, rename, and remove the shared names. */
static void race_names(uint32_t pick, uint32_t way)
{
    char from[32];
    char to[32];

    common(from, pick);
    common(to, pick / 4);
    if (way % 4 == 0) {
        snprintf(to, sizeof(to), SHARED "/l%u", pick / 4 % 2);
        one_of(from, link(from, to), ENOENT, EEXIST, 0);
    } else if (way % 4 == 1) {
        one_of(from, rename(from, to), ENOENT, 0, 0);
    } else if (way % 4 == 2) {
        one_of(from, unlink(from), ENOENT, 0, 0);
    } else {
        snprintf(to, sizeof(to), SHARED "/l%u", pick / 4 % 2);
        one_of(to, unlink(to), ENOENT, 0, 0);
    }
}

/* Perform an operation; `choice` and `seed` are random. */
void shared_step(int worker, uint32_t choice, uint32_t seed)
{
    char path[32];
    uint32_t pick = choice / 16;

    now.operation = "shared directory";
    detail("choice %u seed %u", choice, seed);
    switch (choice % 16) {
    case 0:
    case 1:
    case 2:
        publish(worker, pick, seed);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        look(common(path, pick));
        break;
    case 7:
        snprintf(path, sizeof(path), SHARED "/l%u", pick % 2);
        look(path);
        break;
    case 8:
    case 9:
        append(worker);
        break;
    case 10:
        list();
        break;
    case 11:
    case 12:
        race_names(pick, seed);
        break;
    default:
        race_directories(pick, seed);
    }
}

/* Create the directory and the log. */
void shared_begin(void)
{
    int fd = -1;

    if (mkdir(SHARED) < 0 ||
        (fd = open(SHARED "/log", O_RDWR | O_CREATE)) < 0) {
        fail("%s: %s", SHARED, strerror(errno));
    }
    close(fd);
}

/* Rule 2, for the whole log; and for the last record of `worker`, unless it is
   -1. */
static void check_log(int worker)
{
    uint32_t next[WORKERS_MAX] = {0};
    struct record record;
    int fd = open(SHARED "/log", O_RDONLY);
    int n;

    while ((n = read(fd, &record, sizeof(record))) > 0) {
        if (!is_whole((unsigned char *)&record, n, APPENDED) ||
            record.head.writer >= WORKERS_MAX) {
            broken("not a whole record", "log");
        }
        if (record.head.serial != next[record.head.writer]++) {
            broken("records out of order", "log");
        }
    }
    if (fd < 0 || n < 0 || (worker >= 0 && next[worker] != appended)) {
        broken("not all records", "log");
    }
    close(fd);
}

/* Check everything that must hold at any time. */
void shared_check(int worker)
{
    char path[32];

    now.operation = "check of the shared directory";
    detail("all");
    list();
    check_log(worker);
    for (uint32_t i = 0; i < 4; i++) {
        look(common(path, i));
        snprintf(path, sizeof(path), SHARED "/l%u", i % 2);
        look(path);
    }
}
