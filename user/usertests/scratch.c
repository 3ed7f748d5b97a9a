/*
 * What the tests that change files share: a folder of their own, which is gone
 * when the test ends, and files with a pattern.
 */
#include "usertests.h"

/* What a test that failed has left behind is put aside. */
void enter_scratch(void)
{
    char aside[32];

    snprintf(aside, sizeof(aside), "/scratch-%d", getpid());
    rename("/scratch", aside);
    CHECK_EQ(mkdir("/scratch"), 0);
    CHECK_EQ(chdir("/scratch"), 0);
}

/* The folder must be empty by now. */
void leave_scratch(void)
{
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(rmdir("/scratch"), 0);
}

/* Make a file with n bytes of a pattern. */
void make_file(const char *name, size_t n, uint32_t seed)
{
    unsigned char *bytes = test_buffer(n);
    int fd = open(name, O_WRONLY | O_CREATE | O_TRUNC);

    CHECK(fd >= 0);
    pattern_fill(bytes, n, seed);
    CHECK_EQ(write(fd, bytes, (int)n), n);
    close(fd);
    free(bytes);
}

/* Whether a file is just these n bytes. */
void check_file(const char *name, size_t n, uint32_t seed)
{
    unsigned char *bytes = test_buffer(n + 1);
    int fd = open(name, O_RDONLY);

    CHECK(fd >= 0);
    CHECK_EQ(read_fully(fd, bytes, (int)n + 1), n);
    CHECK(pattern_holds(bytes, n, seed));
    close(fd);
    free(bytes);
}

long size_of(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0 ? (long)st.size : -1;
}

int links_of(const char *name)
{
    struct stat st;

    return stat(name, &st) == 0 ? st.nlink : -1;
}

/* A name for file number n of a child. */
char *name_for(long child, int n)
{
    static char name[16];

    snprintf(name, sizeof(name), "c%ld-%d", child, n);
    return name;
}
