/*
 * Changing names: links, directories, renaming.
 */
#include "usertests.h"

enum { BLOCK = 4096 };

/* An unlinked file exists as long as it is open. */
static void test_unlink_open(void)
{
    struct statfs before;
    struct statfs after;
    unsigned char *bytes = test_buffer(30 * BLOCK);

    CHECK_EQ(statfs(&before), 0);
    make_file("f", 30 * BLOCK, 5);
    int fd = open("f", O_RDWR);
    CHECK_EQ(unlink("f"), 0);
    CHECK_ERROR(open("f", O_RDONLY), ENOENT);
    CHECK_EQ(read_fully(fd, bytes, 30 * BLOCK), 30 * BLOCK);
    CHECK(pattern_holds(bytes, 30 * BLOCK, 5));
    CHECK_EQ(write(fd, bytes, BLOCK), BLOCK);
    make_file("f", 10, 6); // a new file with that name
    close(fd);
    check_file("f", 10, 6);
    CHECK_EQ(unlink("f"), 0);
    CHECK_EQ(statfs(&after), 0);
    CHECK(after.free_blocks + 1 >= before.free_blocks); // the directory's own
    CHECK_EQ(after.free_inodes, before.free_inodes);
}

/* Several names for one file. */
static void test_links(void)
{
    make_file("a", 100, 7);
    CHECK_EQ(link("a", "b"), 0);
    CHECK_EQ(links_of("a"), 2);
    CHECK_ERROR(link("a", "b"), EEXIST);
    CHECK_ERROR(link(".", "c"), EPERM);
    CHECK_ERROR(link("none", "c"), ENOENT);
    CHECK_ERROR(link("a", "none/c"), ENOENT);
    CHECK_EQ(unlink("a"), 0);
    CHECK_EQ(links_of("b"), 1);
    check_file("b", 100, 7);
    CHECK_EQ(unlink("b"), 0);
    CHECK_ERROR(unlink("b"), ENOENT);
}

/* Directories: create, fill, remove. */
static void test_directories(void)
{
    struct stat st;

    CHECK_EQ(mkdir("d"), 0);
    CHECK_ERROR(mkdir("d"), EEXIST);
    CHECK_ERROR(mkdir("d/e/f"), ENOENT);
    CHECK_EQ(mkdir("d/e/"), 0);
    CHECK_ERROR(unlink("d"), ENOTEMPTY);
    CHECK_ERROR(rmdir("d"), ENOTEMPTY);
    CHECK_ERROR(rmdir("d/."), EINVAL);
    CHECK_ERROR(rmdir("d/e/.."), EINVAL);
    make_file("d/f", 1, 1);
    CHECK_ERROR(rmdir("d/f"), ENOTDIR);
    CHECK_ERROR(unlink("d/f/"), ENOTDIR);
    CHECK_ERROR(mkdir("d/f/g"), ENOTDIR);
    CHECK_ERROR(open("d/new/", O_WRONLY | O_CREATE), ENOTDIR);
    CHECK_ERROR(open("d", O_WRONLY), EISDIR);
    CHECK_EQ(stat("d/e/..", &st), 0);
    CHECK_EQ(unlink("d/f"), 0);
    CHECK_EQ(unlink("d/e"), 0); // also works for an empty directory
    CHECK_EQ(rmdir("d"), 0);
    CHECK_ERROR(rmdir("d"), ENOENT);
    CHECK_ERROR(rmdir("/"), EINVAL);
}

/* Nothing can be found or created in a removed directory. */
static void test_dead_directory(void)
{
    struct stat st;

    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(chdir("d"), 0);
    CHECK_EQ(rmdir("../d"), 0);
    CHECK_ERROR(open("f", O_WRONLY | O_CREATE), ENOENT);
    CHECK_ERROR(mkdir("e"), ENOENT);
    CHECK_ERROR(link("/README", "r"), ENOENT);
    CHECK_ERROR(symlink("x", "s"), ENOENT);
    CHECK_ERROR(rename("/README", "x"), ENOENT);
    CHECK_ERROR(chdir(".."), ENOENT);
    CHECK_ERROR(open(".", O_RDONLY), ENOENT);
    CHECK_ERROR(open(".", O_RDONLY | O_CREATE), ENOENT);
    CHECK_ERROR(chdir("./"), ENOENT);
    CHECK_ERROR(stat("./.", &st), ENOENT);
}

/* rename: within a directory, between directories, over existing names. */
static void test_rename(void)
{
    make_file("a", 10, 1);
    make_file("b", 20, 2);
    CHECK_EQ(rename("a", "c"), 0);
    check_file("c", 10, 1);
    CHECK_ERROR(open("a", O_RDONLY), ENOENT);
    int fd = open("b", O_RDONLY);
    CHECK_EQ(rename("c", "b"), 0); // the old b still exists in fd
    check_file("b", 10, 1);
    unsigned char bytes[21];
    CHECK_EQ(read(fd, bytes, sizeof(bytes)), 20);
    close(fd);
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(mkdir("d/e"), 0);
    CHECK_EQ(rename("b", "d/e/f"), 0);
    CHECK_EQ(rename("d/e", "e"), 0);
    check_file("e/f", 10, 1);
    check_file("e/../e/f", 10, 1); // ".." is the new parent
    CHECK_EQ(rename("e", "e"), 0);
    CHECK_EQ(link("e/f", "g"), 0);
    CHECK_EQ(rename("g", "e/f"), 0); // the same file: does nothing
    CHECK_EQ(links_of("g"), 2);
    CHECK_EQ(unlink("g"), 0);
    CHECK_EQ(rename("d", "e/d"), 0);
    CHECK_EQ(rmdir("e/d"), 0);
    CHECK_EQ(unlink("e/f"), 0);
    CHECK_EQ(rmdir("e"), 0);
}

/* Renames that must fail and change nothing. */
static void test_rename_errors(void)
{
    CHECK_EQ(mkdir("d"), 0);
    CHECK_EQ(mkdir("d/e"), 0);
    CHECK_EQ(mkdir("x"), 0);
    make_file("f", 1, 1);
    CHECK_ERROR(rename("d", "d/e/d"), EINVAL);
    CHECK_ERROR(rename("d", "d/e"), EINVAL);
    CHECK_ERROR(rename("d/e", "d"), ENOTEMPTY);
    CHECK_ERROR(rename("x", "d"), ENOTEMPTY);
    CHECK_ERROR(rename("f", "x"), EISDIR);
    CHECK_ERROR(rename("x", "f"), ENOTDIR);
    CHECK_ERROR(rename("f", "y/"), ENOTDIR);
    CHECK_ERROR(rename("none", "y"), ENOENT);
    CHECK_ERROR(rename("f", "none/y"), ENOENT);
    CHECK_ERROR(rename("f", "f/y"), ENOTDIR);
    CHECK_ERROR(rename(".", "y"), EINVAL);
    CHECK_ERROR(rename("d/..", "y"), EINVAL);
    CHECK_ERROR(rename("f", "."), EINVAL);
    CHECK_EQ(rename("x", "d/e"), 0); // over an empty directory
    check_file("f", 1, 1);
    CHECK_EQ(unlink("f"), 0);
    CHECK_EQ(rmdir("d/e"), 0);
    CHECK_EQ(rmdir("d"), 0);
}

static void test_symlinks(void)
{
    char target[64];

    make_file("f", 10, 1);
    CHECK_EQ(symlink("f", "s"), 0);
    check_file("s", 10, 1);
    CHECK_EQ(readlink("s", target, sizeof(target)), 1);
    CHECK_EQ(target[0], 'f');
    CHECK_EQ(readlink("s", target, 0), 0);
    CHECK_ERROR(readlink("f", target, sizeof(target)), EINVAL);
    CHECK_ERROR(readlink("none", target, sizeof(target)), ENOENT);
    CHECK_ERROR(symlink("x", "s"), EEXIST);
    CHECK_ERROR(symlink("", "t"), ENOENT);
    CHECK_EQ(symlink("t", "t"), 0);
    CHECK_ERROR(open("t", O_RDONLY), ELOOP);
    CHECK_EQ(symlink("nowhere", "n"), 0);
    CHECK_ERROR(open("n", O_RDONLY), ENOENT);
    CHECK_ERROR(open("n", O_WRONLY | O_CREATE), ENOENT);
    CHECK_EQ(rename("s", "u"), 0); // renames the link itself
    check_file("u", 10, 1);
    CHECK_EQ(unlink("u"), 0);
    check_file("f", 10, 1);
    CHECK_EQ(unlink("t"), 0);
    CHECK_EQ(unlink("n"), 0);
    CHECK_EQ(unlink("f"), 0);
}

/* Device nodes. */
static void test_mknod(void)
{
    char c = 1;

    CHECK_EQ(mknod("z", 2, 1), 0);
    CHECK_ERROR(mknod("z", 2, 1), EEXIST);
    CHECK_ERROR(mknod("y", -1, 0), EINVAL);
    int fd = open("z", O_RDWR);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 0);
    CHECK_ERROR(lseek(fd, 0, SEEK_SET), ESPIPE);
    CHECK_ERROR(fsync(fd), EINVAL);
    close(fd);
    CHECK_EQ(mknod("none", 7, 0), 0);
    CHECK_ERROR(open("none", O_RDONLY), ENODEV);
    CHECK_EQ(unlink("none"), 0);
    CHECK_EQ(unlink("z"), 0);
}

/* Compete for a few names; calls may fail, but only with the expected
   errors. */
static void fight(long child)
{
    static const char *const names[] = {"p", "q", "r", "d/p", "d/q"};

    for (int i = 0; i < 200; i++) {
        const char *a = names[test_random(LENGTH(names))];
        const char *b = names[test_random(LENGTH(names))];
        int fd;

        switch ((test_random(100) + (unsigned)child) % 7) {
        case 0:
            fd = open(a, O_RDWR | O_CREATE);
            CHECK(fd >= 0 || errno == EISDIR);
            if (fd >= 0) {
                CHECK_EQ(write(fd, "fight", 5), 5);
                close(fd);
            }
            break;
        case 1:
            CHECK(link(a, b) == 0 || errno == EEXIST || errno == ENOENT ||
                  errno == EPERM);
            break;
        case 2:
            CHECK(unlink(a) == 0 || errno == ENOENT);
            break;
        case 3:
            CHECK(rename(a, b) == 0 || errno == ENOENT || errno == EISDIR ||
                  errno == ENOTDIR);
            break;
        case 4:
            CHECK(mkdir(a) == 0 || errno == EEXIST);
            break;
        case 5:
            CHECK(rmdir(a) == 0 || errno == ENOENT || errno == ENOTDIR);
            break;
        default:
            CHECK(truncate(a, 10) == 0 || errno == ENOENT || errno == EISDIR);
            break;
        }
    }
}

static void test_fight(void)
{
    CHECK_EQ(mkdir("d"), 0);
    for (long i = 0; i < CREATORS; i++) {
        spawn(fight, i);
    }
    reap_all(CREATORS);
    static const char *const names[] = {"p", "q", "r", "d/p", "d/q", "d"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        unlink(names[i]);
    }
}

enum { MANY = 2000 };

/* A directory with many names, whose free entries are reused. */
static void test_many_names(void)
{
    struct statfs counts;
    struct stat st;

    CHECK_EQ(statfs(&counts), 0);
    int many = counts.free_inodes < MANY ? (int)counts.free_inodes : MANY;
    for (int i = 0; i < many; i++) {
        CHECK_EQ(mknod(name_for(1, i), 2, 0), 0);
    }
    CHECK_EQ(stat(".", &st), 0);
    uint64_t size = st.size;
    for (int i = 0; i < many; i += 2) {
        CHECK_EQ(unlink(name_for(1, i)), 0);
    }
    for (int i = 0; i < many; i += 2) {
        CHECK_EQ(mknod(name_for(2, i), 2, 0), 0);
    }
    CHECK_EQ(stat(".", &st), 0);
    CHECK_EQ(st.size, size);
    for (int i = 0; i < many; i++) {
        CHECK_EQ(unlink(name_for(i % 2 == 0 ? 2 : 1, i)), 0);
    }
}

const struct test name_tests[] = {
    {"unlink_open", test_unlink_open, false},
    {"links", test_links, false},
    {"directories", test_directories, false},
    {"dead_directory", test_dead_directory, false},
    {"rename", test_rename, false},
    {"rename_errors", test_rename_errors, false},
    {"symlinks", test_symlinks, false},
    {"mknod", test_mknod, false},
    {"fight", test_fight, false},
    {"many_names", test_many_names, false},
    {NULL, NULL, false},
};
