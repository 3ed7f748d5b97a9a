// The differences between Tether and xv6 in docs/limits.md, tested.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/riscv.h"
#include "user/user.h"

char name[DIRSIZ + 1], bytes[8];

void expect(int right, char *what)
{
    if (!right) {
        printf("differ: %s\n", what);
        exit(1);
    }
}

void files(void)
{
    int one, two;

    one = open("differ0", O_CREATE | O_RDWR);
    two = open("differ0", O_RDWR);
    write(one, "abcd", 4);
    expect(open("differ0", O_RDWR | O_TRUNC) >= 0, "O_TRUNC");
    expect(write(one, "x", 1) == 1, "write past the end");
    expect(read(two, bytes, 8) == 5 && bytes[0] == 0 && bytes[4] == 'x',
           "the gap reads as zeros");
    expect(open("differ0", O_RDONLY | O_TRUNC) == -1, "O_RDONLY, O_TRUNC");
    expect(open("differ0", 0x10000) == -1, "unknown flags");
    expect(open("differ0/", O_RDONLY) == -1, "a file as a directory");
    expect(read(two, bytes, -1) == -1, "a negative count");
    unlink("differ0");
    memset(name, 'n', DIRSIZ);
    expect(open(name, O_CREATE | O_RDWR) == -1, "a long name");
    expect(mknod("differ0", 5, 0) == 0 && open("differ0", O_RDWR) == -1,
           "a device without a driver");
    unlink("differ0");
    expect(open("differ", O_RDWR) >= 0, "open what runs");
    expect(write(open("differ", O_RDWR), "x", 1) == -1, "change what runs");
}

void memory(void)
{
    int fds[2];
    char *end;

    sbrk(1);
    end = (char *)PGROUNDUP((uint64)sbrk(0));
    pipe(fds);
    expect(end[-1] == 0, "the last byte of the heap");
    expect(write(fds[1], end - 1, 2) == 1, "a buffer that ends too early");
    expect(write(fds[1], end, 1) == -1, "a bad buffer");
    expect(sbrk(-(uint64)sbrk(0) - 1) == SBRK_ERROR, "below the heap");
    close(fds[0]);
    expect(write(fds[1], "x", 1) == -1, "a pipe without readers");
}

void processes(void)
{
    int status = 5;

    expect(kill(1) == -1, "kill init");
    if (fork() == 0)
        exit(7);
    expect(wait((int *)4096) == -1, "wait with a bad pointer");
    expect(wait(&status) > 0 && status == 7, "the child is still there");
    expect(sleep(-1) == 0, "a negative sleep");
}

int main(int argc, char *argv[])
{
    files();
    memory();
    processes();
    mkdir("differ1");
    chdir("differ1");
    unlink("../differ1");
    expect(open("..", O_RDONLY) == -1 && open(".", O_RDONLY) == -1,
           "a directory that was removed");
    printf("differs as said\n");
    exit(0);
}
