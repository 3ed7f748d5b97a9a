/*
 * Opening: exclusive creation, links themselves, and the current directory.
 */
#include "usertests.h"

/* O_EXCL creates only names that do not exist, not even as a dangling link. */
static void test_open_exclusive(void)
{
    static const char *const taken[] = {"f", "d", "d/", "n",  "l",
                                        "z", ".", "/",  "..", "d/."};
    const int flags = O_WRONLY | O_CREATE | O_EXCL;

    make_file("f", 10, 1);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(symlink("none", "n"), 0);
    CHECK_EQ(symlink("f", "l"), 0);
    CHECK_EQ(mknod("z", 2, 1), 0);
    for (size_t i = 0; i < LENGTH(taken); i++) {
        CHECK_ERROR(open(taken[i], flags), EEXIST);
        CHECK_ERROR(open(taken[i], flags | O_TRUNC), EEXIST);
        CHECK_ERROR(open(taken[i], O_CREATE | O_EXCL | O_NOFOLLOW), EEXIST);
    }
    CHECK_ERROR(open("new/", flags), ENOTDIR);
    CHECK_ERROR(open("f", O_RDONLY | O_EXCL), EINVAL);
    CHECK_ERROR(open("none", O_WRONLY | O_EXCL), EINVAL);
    CHECK_ERROR(open("none", O_RDONLY), ENOENT);
    check_file("f", 10, 1);
    int fd = open("new", flags);
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
    CHECK_ERROR(open("new", flags), EEXIST);
    CHECK_EQ(size_of("new"), 1);
    CHECK_EQ(unlink("new"), 0);
    CHECK_EQ(unlink("z"), 0);
    CHECK_EQ(unlink("l"), 0);
    CHECK_EQ(unlink("n"), 0);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("f"), 0);
}

enum { RIVALS = 4, ROUNDS = 100 };

/* Try to create each file; returns how many were created here. */
static void make_files(long fd)
{
    int made = 0;

    for (int i = 0; i < ROUNDS; i++) {
        int file = open(name_for(0, i), O_WRONLY | O_CREATE | O_EXCL);

        CHECK(file >= 0 || errno == EEXIST);
        made += file >= 0;
        close(file);
    }
    CHECK_EQ(write((int)fd, &made, sizeof(made)), sizeof(made));
}

/* If several processes create a file at the same time, exactly one succeeds. */
static void test_open_exclusive_race(void)
{
    int fds[2];
    int sum = 0;

    CHECK_EQ(pipe(fds), 0);
    for (int i = 0; i < RIVALS; i++) {
        spawn(make_files, fds[1]);
    }
    for (int i = 0; i < RIVALS; i++) {
        int made;

        CHECK_EQ(read(fds[0], &made, sizeof(made)), sizeof(made));
        sum += made;
    }
    reap_all(RIVALS);
    CHECK_EQ(sum, ROUNDS);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(unlink(name_for(0, i)), 0);
    }
}

/* An open link: its status and its target can be read, nothing else. */
static void check_open_link(const char *path, const char *target)
{
    const size_t length = strlen(target);
    struct stat st;
    char text[64];

    int fd = open(path, O_RDONLY | O_NOFOLLOW);
    CHECK(fd >= 0);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.type, T_SYMLINK);
    CHECK_EQ(st.size, length);
    CHECK_EQ(read(fd, text, sizeof(text)), length);
    CHECK_EQ(memcmp(text, target, length), 0);
    CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
    CHECK_EQ(read(fd, text, sizeof(text)), length - 1);
    CHECK_ERROR(write(fd, "x", 1), EBADF);
    CHECK_ERROR(ftruncate(fd, 0), EINVAL);
    CHECK_ERROR((long)mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0), ENODEV);
    close(fd);
    CHECK_ERROR(open(path, O_WRONLY | O_NOFOLLOW), ELOOP);
    CHECK_ERROR(open(path, O_RDWR | O_TRUNC | O_NOFOLLOW), ELOOP);
    CHECK_ERROR(open(path, O_WRONLY | O_CREATE | O_NOFOLLOW), ELOOP);
    CHECK_EQ(lstat(path, &st), 0);
    CHECK_EQ(st.type, T_SYMLINK);
}

/* O_NOFOLLOW opens the link itself, if it is the last name without a slash. */
static void test_open_link(void)
{
    struct stat st;

    make_file("f", 10, 1);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(symlink("../f", "d/to file"), 0);
    CHECK_EQ(symlink("d", "to directory"), 0);
    CHECK_EQ(symlink("none", "nowhere"), 0);
    CHECK_EQ(symlink("loop", "loop"), 0);
    check_open_link("d/to file", "../f");
    check_open_link("to directory/to file", "../f"); // followed on the way
    check_open_link("to directory", "d");
    check_open_link("nowhere", "none");
    check_open_link("loop", "loop");
    CHECK_EQ(lstat("to directory/", &st), 0);
    CHECK_EQ(st.type, T_DIR);
    CHECK_ERROR(lstat("d/to file/", &st), ENOTDIR);
    CHECK_ERROR(lstat("loop/", &st), ELOOP);
    CHECK_ERROR(lstat("none", &st), ENOENT);
    CHECK_ERROR(readlink("to directory/", (char[1]){0}, 1), EINVAL);
    CHECK_EQ(lstat("f", &st), 0);
    CHECK_EQ(st.type, T_FILE);
    CHECK_EQ(stat("d/to file", &st), 0);
    CHECK_EQ(st.type, T_FILE);
    check_file("f", 10, 1);
    CHECK_ERROR(open("none", O_RDONLY | O_NOFOLLOW), ENOENT);
    close(open("new", O_WRONLY | O_CREATE | O_NOFOLLOW));
    CHECK_EQ(unlink("new"), 0);
    CHECK_EQ(unlink("d/to file"), 0);
    CHECK_EQ(unlink("to directory"), 0);
    CHECK_EQ(unlink("nowhere"), 0);
    CHECK_EQ(unlink("loop"), 0);
    CHECK_EQ(rmdir("d"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* Check the current directory's path, with a buffer that just fits and one that
   is too small. */
static void check_cwd(const char *path)
{
    char buffer[MAXPATH];
    size_t size = strlen(path) + 1;

    CHECK(getcwd(buffer, sizeof(buffer)) == buffer);
    CHECK_EQ(strcmp(buffer, path), 0);
    memset(buffer, 'x', sizeof(buffer));
    CHECK(getcwd(buffer, size) == buffer);
    CHECK_EQ(strcmp(buffer, path), 0);
    CHECK_EQ(buffer[size], 'x');
    CHECK(getcwd(buffer, size - 1) == NULL);
    CHECK_EQ(errno, ERANGE);
}

/* The path of the current directory. */
static void test_getcwd(void)
{
    char name[NAMEMAX + 1];
    char path[MAXPATH];

    memset(name, 'n', NAMEMAX);
    name[NAMEMAX] = '\0';
    snprintf(path, sizeof(path), "%s/%s", SCRATCH, name);
    check_cwd(SCRATCH);
    CHECK_EQ(mkdir(name), 0);
    CHECK_EQ(symlink(name, "l"), 0);
    CHECK_EQ(chdir("l"), 0);
    check_cwd(path); // without the link
    CHECK_EQ(mkdir("e"), 0);
    CHECK_EQ(chdir("e"), 0);
    CHECK_EQ(rename("../../l", "../../m"), 0);
    CHECK_EQ(rename(path, SCRATCH "/d"), 0);
    check_cwd(SCRATCH "/d/e");
    CHECK_EQ(rmdir(SCRATCH "/d/e"), 0);
    CHECK(getcwd(path, sizeof(path)) == NULL);
    CHECK_EQ(errno, ENOENT);
    CHECK_EQ(rmdir(SCRATCH "/d"), 0);
    CHECK_EQ(unlink(SCRATCH "/m"), 0);
    CHECK_EQ(chdir("/"), 0);
    check_cwd("/");
    CHECK(getcwd(path, 0) == NULL);
    CHECK_EQ(errno, ERANGE);
}

/* The maximum depth in limits.md, and one deeper. */
static void test_getcwd_deep(void)
{
    enum { DEEPEST = 340 };
    char path[MAXPATH];

    for (int depth = 1; depth <= DEEPEST; depth++) { // SCRATCH is the first
                                                     // level
        CHECK(getcwd(path, sizeof(path)) != NULL);
        CHECK_EQ(strlen(path), sizeof(SCRATCH) - 1 + 2 * (depth - 1));
        CHECK_EQ(mkdir("a"), 0);
        CHECK_EQ(chdir("a"), 0);
    }
    CHECK(getcwd(path, sizeof(path)) == NULL);
    CHECK_EQ(errno, ENAMETOOLONG);
    for (int depth = 1; depth <= DEEPEST; depth++) {
        CHECK_EQ(chdir(".."), 0);
        CHECK_EQ(rmdir("a"), 0);
    }
}

/* Rename the directory back and forth until killed. */
static void move_for_ever(long unused)
{
    (void)unused;
    tell_ready();
    for (;;) {
        CHECK_EQ(rename("d", "e"), 0);
        CHECK_EQ(rename("e", "d"), 0);
    }
}

/* During renames, it has one name or the other.  The two are far apart in the
   directory, so a scan could miss both. */
static void test_getcwd_race(void)
{
    enum { BETWEEN = 60 };
    char path[MAXPATH];

    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(mkdir("d/x"), 0);
    for (int i = 0; i < BETWEEN; i++) {
        make_file(name_for(0, i), 0, 1);
    }
    CHECK_EQ(pipe(ready), 0);
    int pid = start_victim(move_for_ever, 0);
    while (chdir("d/x") < 0) {}
    for (int i = 0; i < 200; i++) {
        CHECK(getcwd(path, sizeof(path)) != NULL);
        CHECK(strcmp(path, SCRATCH "/d/x") == 0 ||
              strcmp(path, SCRATCH "/e/x") == 0);
    }
    kill_and_reap(pid);
    CHECK_EQ(chdir("../.."), 0);
    rename("e", "d");
    for (int i = 0; i < BETWEEN; i++) {
        CHECK_EQ(unlink(name_for(0, i)), 0);
    }
    CHECK_EQ(rmdir("d/x"), 0);
    CHECK_EQ(rmdir("d"), 0);
}

const struct test open_tests[] = {
    {"open_exclusive", test_open_exclusive, false},
    {"open_exclusive_race", test_open_exclusive_race, false},
    {"open_link", test_open_link, false},
    {"getcwd", test_getcwd, false},
    {"getcwd_deep", test_getcwd_deep, false},
    {"getcwd_race", test_getcwd_race, false},
    {NULL, NULL, false},
};
