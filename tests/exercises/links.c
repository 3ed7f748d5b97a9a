// Symbolic links: made, followed, and looked at themselves.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "user/user.h"

int kind(char *path, int flags)
{
    struct stat st;
    int fd = open(path, O_RDONLY | flags);

    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    close(fd);
    return st.type;
}

int main(int argc, char *argv[])
{
    struct stat st;
    int fd;

    mkdir("links0");
    chdir("links0");
    close(open("a", O_CREATE | O_RDWR));
    symlink("a", "b");
    symlink("b", "c");
    symlink("e", "d");
    symlink("d", "e");
    printf("c leads to %d and is %d\n", kind("c", 0), kind("c", O_NOFOLLOW));
    printf("d leads to %d and is %d\n", kind("d", 0), kind("d", O_NOFOLLOW));
    fd = open("c", O_RDWR);
    write(fd, "through", 7);
    close(fd);
    stat("a", &st);
    printf("a has %d bytes, ", (int)st.size);
    unlink("a");
    printf("c leads to %d\n", kind("c", 0));
    printf("lstat %d, ", lstat("c", &st));
    printf("type %d\n", st.type);
    printf("symlink over c: %d\n", symlink("a", "c"));
    unlink("b");
    unlink("c");
    unlink("d");
    unlink("e");
    chdir("..");
    printf("gone: %d\n", unlink("links0"));
    exit(0);
}
