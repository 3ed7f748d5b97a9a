// Files as memory: private and shared mappings, parts of them unmapped.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/riscv.h"
#include "user/user.h"

#define MAP_FAILED ((char *)-1)

char bytes[PGSIZE];

char first(char *path, int page)
{
    int fd = open(path, O_RDONLY), i;

    for (i = 0; i <= page; i++)
        read(fd, bytes, PGSIZE);
    close(fd);
    return bytes[0];
}

int main(int argc, char *argv[])
{
    char *p;
    int fd, i;

    fd = open("maps0", O_CREATE | O_RDWR);
    for (i = 0; i < 3; i++) {
        memset(bytes, 'a' + i, PGSIZE);
        write(fd, bytes, PGSIZE);
    }
    p = mmap(0, 3 * PGSIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    printf("%c%c%c ", p[0], p[PGSIZE], p[2 * PGSIZE]);
    p[0] = 'A';
    printf("private: %c in the file\n", first("maps0", 0));
    munmap(p, 3 * PGSIZE);
    p = mmap(0, 3 * PGSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    p[0] = 'A';
    printf("msync: %d, %c in the file\n", msync(p, PGSIZE), first("maps0", 0));
    p[2 * PGSIZE] = 'C';
    munmap(p + PGSIZE, PGSIZE);
    if (fork() == 0) {
        p[2 * PGSIZE + 1] = 'D';
        exit(p[PGSIZE]); // not there any more
    }
    wait(&i);
    printf("child %d\n", i);
    munmap(p, 3 * PGSIZE);
    printf("shared: %c in the file\n", first("maps0", 2));
    fd = open("maps0", O_RDONLY);
    printf("%d\n", mmap(0, PGSIZE, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    unlink("maps0");
    exit(0);
}
