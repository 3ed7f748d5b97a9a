/*
 * Errors: each error that a call can return, caused on purpose.  Errors that
 * belong to the subject of another file are tested there.
 */
#include "api/syscall.h"
#include "usertests.h"

/* ---- paths ----------------------------------------------------------- */

/* A call with one path; the other arguments are valid. */
static int call_open(const char *path)
{
    return open(path, O_RDONLY);
}

static int call_create(const char *path)
{
    return open(path, O_WRONLY | O_CREATE);
}

static int call_mknod(const char *path)
{
    return mknod(path, 2, 0);
}

static int call_link_from(const char *path)
{
    return link(path, "new");
}

static int call_link_to(const char *path)
{
    return link("f", path);
}

static int call_rename_from(const char *path)
{
    return rename(path, "new");
}

static int call_rename_to(const char *path)
{
    return rename("f", path);
}

static int call_symlink(const char *path)
{
    return symlink("f", path);
}

static int call_readlink(const char *path)
{
    char target[10];

    return readlink(path, target, sizeof(target));
}

static int call_truncate(const char *path)
{
    return truncate(path, 0);
}

static int call_exec(const char *path)
{
    char *argv[] = {NULL};

    return exec(path, argv);
}

/* Each call, and whether it needs the last name of the path, or only its
   directory. */
static const struct path_call {
    const char *name;
    int (*call)(const char *path);
    bool finds;   // the last name must exist
    bool follows; // follows a link at the end
} path_calls[] = {
    {"open", call_open, true, true},
    {"open to create", call_create, false, true},
    {"chdir", chdir, true, true},
    {"mkdir", mkdir, false, false},
    {"mknod", call_mknod, false, false},
    {"link from", call_link_from, true, true},
    {"link to", call_link_to, false, false},
    {"symlink", call_symlink, false, false},
    {"readlink", call_readlink, true, false},
    {"unlink", unlink, true, false},
    {"rmdir", rmdir, true, false},
    {"rename from", call_rename_from, true, false},
    {"rename to", call_rename_to, false, false},
    {"truncate", call_truncate, true, true},
    {"exec", call_exec, true, true},
};

/* Check that a call rejects a path with a given error. */
static void expect_path_error(const struct path_call *p, const char *path,
                              int error)
{
    if (p->call(path) != -1 || errno != error) {
        printf("    %s \"%.60s\": %s, not %s\n", p->name, path, strerror(errno),
               strerror(error));
        exit(1);
    }
}

/* A path with a name that is too long, and a path that is too long. */
static void test_path_too_long(void)
{
    char name[NAMEMAX + 2];
    char inside[NAMEMAX + 8];
    char path[MAXPATH + 1];

    memset(name, 'n', sizeof(name));
    name[NAMEMAX + 1] = '\0';
    snprintf(inside, sizeof(inside), "%s/x", name);
    memset(path, '/', MAXPATH);
    path[MAXPATH] = '\0';
    make_file("f", 1, 1);
    for (size_t i = 0; i < LENGTH(path_calls); i++) {
        expect_path_error(&path_calls[i], name, ENAMETOOLONG);
        expect_path_error(&path_calls[i], inside, ENAMETOOLONG);
        expect_path_error(&path_calls[i], path, ENAMETOOLONG);
    }
    CHECK_ERROR(symlink(path, "new"), ENAMETOOLONG);
    check_file("f", 1, 1);
    CHECK_EQ(unlink("f"), 0);
}

/* A path that does not exist, and a path through a file. */
static void test_path_nowhere(void)
{
    make_file("f", 1, 1);
    for (size_t i = 0; i < LENGTH(path_calls); i++) {
        expect_path_error(&path_calls[i], "", ENOENT);
        expect_path_error(&path_calls[i], "none/new", ENOENT);
        expect_path_error(&path_calls[i], "f/new", ENOTDIR);
        expect_path_error(&path_calls[i], "f/..", ENOTDIR);
        if (path_calls[i].finds) {
            expect_path_error(&path_calls[i], "none", ENOENT);
        }
    }
    check_file("f", 1, 1);
    CHECK_EQ(unlink("f"), 0);
}

/* Links in a circle, inside a path and at its end; a chain of the maximum
   length, and one link longer. */
static void test_path_loop(void)
{
    make_file("f", 1, 1);
    CHECK_EQ(symlink("b", "a"), 0);
    CHECK_EQ(symlink("a", "b"), 0);
    for (size_t i = 0; i < LENGTH(path_calls); i++) {
        expect_path_error(&path_calls[i], "a/new", ELOOP);
        if (path_calls[i].follows) {
            expect_path_error(&path_calls[i], "a", ELOOP);
        }
    }
    CHECK_EQ(symlink("f", name_for(0, 0)), 0);
    for (int i = 1; i <= 16; i++) {
        char before[16];

        strcpy(before, name_for(0, i - 1));
        CHECK_EQ(symlink(before, name_for(0, i)), 0);
    }
    check_file(name_for(0, 15), 1, 1);
    CHECK_ERROR(open(name_for(0, 16), O_RDONLY), ELOOP);
    for (int i = 0; i <= 16; i++) {
        CHECK_EQ(unlink(name_for(0, i)), 0);
    }
    CHECK_EQ(unlink("a"), 0);
    CHECK_EQ(unlink("b"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* Names that already exist, also as "." and "..", and as a dangling link. */
static void test_path_taken(void)
{
    static const char *const taken[] = {"f",  "d",   "n", ".", "..",
                                        "d/", "d/.", "/", "//"};

    make_file("f", 1, 1);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(symlink("none", "n"), 0);
    for (size_t i = 0; i < LENGTH(taken); i++) {
        CHECK_ERROR(mkdir(taken[i]), EEXIST);
        CHECK_ERROR(mknod(taken[i], 2, 0), EEXIST);
        CHECK_ERROR(symlink("f", taken[i]), EEXIST);
        CHECK_ERROR(link("f", taken[i]), EEXIST);
    }
    CHECK_EQ(unlink("n"), 0);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* A slash after the name of something that is not a directory. */
static void test_path_slash(void)
{
    make_file("f", 1, 1);
    CHECK_ERROR(open("f/", O_RDONLY), ENOTDIR);
    CHECK_ERROR(open("new/", O_WRONLY | O_CREATE), ENOTDIR);
    CHECK_ERROR(mknod("new/", 2, 0), ENOTDIR);
    CHECK_ERROR(symlink("f", "new/"), ENOTDIR);
    CHECK_ERROR(symlink("f", "f/"), EEXIST);
    CHECK_ERROR(link("f", "new/"), ENOTDIR);
    CHECK_ERROR(link("f/", "new"), ENOTDIR);
    CHECK_ERROR(rename("f", "new/"), ENOTDIR);
    CHECK_ERROR(rename("f/", "new"), ENOTDIR);
    CHECK_ERROR(truncate("f/", 0), ENOTDIR);
    CHECK_ERROR(unlink("f/"), ENOTDIR);
    CHECK_ERROR(rmdir("f/"), ENOTDIR);
    CHECK_ERROR(chdir("f"), ENOTDIR);
    CHECK_EQ(unlink("f"), 0);
}

/* "." and ".." cannot be removed, and neither can "/". */
static void test_path_dots(void)
{
    static const char *const dots[] = {".", "..", "/", "d/.", "d/..", "d/./"};

    CHECK_EQ(mkdir("d"), 0);
    for (size_t i = 0; i < LENGTH(dots); i++) {
        CHECK_ERROR(unlink(dots[i]), EINVAL);
        CHECK_ERROR(rmdir(dots[i]), EINVAL);
        CHECK_ERROR(rename(dots[i], "new"), EINVAL);
        CHECK_ERROR(rename("d", dots[i]), EINVAL);
        CHECK_ERROR(readlink(dots[i], (char[1]){0}, 1), EINVAL);
    }
    CHECK_EQ(rmdir("d"), 0);
}

/* ---- descriptors ------------------------------------------------------ */

/* Calls on descriptors that are not open, in addition to bad_descriptors. */
static void test_descriptors_closed(void)
{
    static const long bad[] = {-1,      3,         NOFILE - 1, NOFILE,
                               1 << 20, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < LENGTH(bad); i++) {
        int fd = (int)bad[i];

        CHECK_ERROR(lseek(fd, 0, SEEK_SET), EBADF);
        CHECK_ERROR(fsync(fd), EBADF);
        CHECK_ERROR(ftruncate(fd, 0), EBADF);
        CHECK_ERROR(dup2(fd, 5), EBADF);
        CHECK_ERROR((long)mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0), EBADF);
    }
    // Descriptors are not truncated to 32 bits.
    CHECK_EQ(raw_call(SYS_close, 1L << 32, 0, 0), -EBADF);
    CHECK_EQ(raw_call(SYS_dup, 1L << 32, 0, 0), -EBADF);
    CHECK_EQ(raw_call(SYS_dup2, 0, 1L << 32, 0), -EBADF);
}

/* Devices: unknown numbers, a full one, and unsupported calls. */
static void test_devices_refuse(void)
{
    char c = 'x';
    int full = open("/full", O_RDWR);

    CHECK_EQ(mknod("unknown", 2, 99), 0);
    int unknown = open("unknown", O_RDWR);
    CHECK_ERROR(read(unknown, &c, 1), ENODEV);
    CHECK_ERROR(write(unknown, &c, 1), ENODEV);
    CHECK_ERROR(ftruncate(unknown, 0), EINVAL);
    CHECK_EQ(unlink("unknown"), 0);
    CHECK_ERROR(write(full, &c, 1), ENOSPC);
    CHECK_EQ(read(full, &c, 1), 1);
    CHECK_EQ(c, 0);
    CHECK_ERROR(tcsetpgrp(full, 0), ENOTTY);
    int console = open("/console", O_RDONLY);
    CHECK_ERROR(tcsetpgrp(console, -1), EINVAL);
    CHECK_ERROR(tcsetpgrp(console, INT32_MIN), EINVAL);
}

/* A boot argument that does not exist, or whose value does not fit. */
static void test_bootarg(void)
{
    char name[64];
    char value[1024];
    int length = bootarg("run", value, sizeof(value));

    memset(name, 'n', sizeof(name));
    name[63] = '\0';
    CHECK_ERROR(bootarg(name, value, sizeof(value)), ENAMETOOLONG);
    CHECK_ERROR(bootarg("none", value, sizeof(value)), ENOENT);
    CHECK_ERROR(bootarg("", value, sizeof(value)), ENOENT);
    if (length >= 0) { // if the machine was started with one
        CHECK_EQ(length, strlen(value));
        CHECK_ERROR(bootarg("run", value, length), ERANGE);
        CHECK_ERROR(bootarg("run", value, 0), ERANGE);
        CHECK_ERROR(bootarg("run", value, -1), ERANGE);
        CHECK_EQ(bootarg("run", value, length + 1), length);
    }
}

/* Counts and sizes that are negative, or far too large. */
static void test_counts_negative(void)
{
    static const int counts[] = {-1, INT32_MIN, INT32_MAX};
    char text[64];

    CHECK_EQ(symlink("f", "s"), 0);
    for (size_t i = 0; i < LENGTH(counts); i++) {
        CHECK_ERROR(readlink("s", text, counts[i]), EINVAL);
        CHECK_ERROR(bootarg("none", text, counts[i]), ENOENT);
        CHECK_ERROR(counters((struct counter *)text, counts[i]), EINVAL);
        CHECK_ERROR(proclist((struct procinfo *)text, counts[i]), EINVAL);
    }
    CHECK_EQ(readlink("s", text, 0), 0);
    CHECK_EQ(counters(NULL, 0), 0);
    CHECK_EQ(proclist(NULL, 0), 0);
    CHECK_EQ(unlink("s"), 0);
}

/* Open flags that are unknown, or contradict each other. */
static void test_open_flags(void)
{
    static const int flags[] = {3, 1 << 2, 1 << 30, -1, O_RDONLY | O_TRUNC};

    make_file("f", 10, 1);
    for (size_t i = 0; i < LENGTH(flags); i++) {
        CHECK_ERROR(open("f", flags[i]), EINVAL);
        CHECK_ERROR(open("new", flags[i] | O_CREATE), EINVAL);
    }
    check_file("f", 10, 1);
    CHECK_ERROR(open(".", O_RDONLY | O_CREATE), EISDIR);
    CHECK_EQ(unlink("f"), 0);
}

/* A file at its maximum size. */
static void test_file_limit(void)
{
    const long most = 1L << 32;

    make_file("f", 10, 1);
    CHECK_ERROR(truncate("f", most + 1), EFBIG);
    CHECK_ERROR(truncate("f", -1), EINVAL);
    CHECK_ERROR(truncate("f", INT64_MIN), EINVAL);
    CHECK_ERROR(truncate("f", INT64_MAX), EFBIG);
    check_file("f", 10, 1);
    CHECK_EQ(truncate("f", most), 0);
    int fd = open("f", O_WRONLY | O_APPEND);
    CHECK_ERROR(write(fd, "x", 1), EFBIG);
    close(fd);
    CHECK_EQ(size_of("f"), most);
    CHECK_EQ(unlink("f"), 0);
}

const struct test error_tests[] = {
    {"path_too_long", test_path_too_long, false},
    {"path_nowhere", test_path_nowhere, false},
    {"path_loop", test_path_loop, false},
    {"path_taken", test_path_taken, false},
    {"path_slash", test_path_slash, false},
    {"path_dots", test_path_dots, false},
    {"descriptors_closed", test_descriptors_closed, false},
    {"devices_refuse", test_devices_refuse, false},
    {"bootarg", test_bootarg, false},
    {"counts_negative", test_counts_negative, false},
    {"open_flags", test_open_flags, false},
    {"file_limit", test_file_limit, false},
    {NULL, NULL, false},
};
