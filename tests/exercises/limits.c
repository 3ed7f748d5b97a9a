// The guarantees behind the constants: tables of at least this size, memory
// that cannot be touched, system call numbers.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/param.h"
#include "kernel/fs.h"
#include "kernel/syscall.h"
#include "kernel/memlayout.h"
#include "kernel/riscv.h"
#include "user/user.h"

int fds[NINODE + 1], pids[NPROC];
char name[DIRSIZ + 1];
int block[BSIZE / sizeof(int)];

void expect(int right, char *what)
{
    if (!right) {
        printf("limits: %s\n", what);
        exit(1);
    }
}

// A system call by its number, without the library.
long call(long number, long argument)
{
    register long a0 asm("a0") = argument;
    register long a7 asm("a7") = number;

    asm volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
    return a0;
}

void files(void)
{
    int i, fd, n = 0;

    for (i = 0; i < NINODE + 1; i++) { // beyond a table that does not exist
        name[0] = 'f';
        name[1] = '0' + i / 10;
        name[2] = '0' + i % 10;
        fds[i] = open(name, O_CREATE | O_RDWR);
        expect(fds[i] >= 0, "cannot open NINODE files");
        expect(unlink(name) == 0, "unlink");
    }
    for (i = 0; i < NINODE + 1; i++)
        close(fds[i]);
    while ((fd = dup(0)) >= 0)
        n = fd + 1;
    expect(n == NOFILE, "a process has not NOFILE descriptors");
    while (--n > 2)
        close(n);
    memset(name, 'n', DIRSIZ);
    expect(mkdir(name) < 0, "a name may be longer than DIRSIZ");
    name[DIRSIZ - 1] = 0;
    expect(mkdir(name) == 0 && unlink(name) == 0, "a name of DIRSIZ - 1");
}

void blocks(void)
{
    int i, fd = open("large", O_CREATE | O_RDWR);

    for (i = 0; i < MAXFILE + 1; i++) {
        block[0] = i;
        expect(write(fd, block, BSIZE) == BSIZE, "a file of MAXFILE blocks");
    }
    close(fd);
    fd = open("large", O_RDONLY);
    for (i = 0; i < MAXFILE + 1; i++)
        expect(read(fd, block, BSIZE) == BSIZE && block[0] == i, "read back");
    expect(read(fd, block, BSIZE) == 0, "the end");
    close(fd);
    unlink("large");
}

void processes(void)
{
    int i, hold[2];
    char c;

    pipe(hold);
    for (i = 0; i < NPROC; i++)
        if ((pids[i] = fork()) == 0) {
            close(hold[1]);
            exit(read(hold[0], &c, 1));
        } else
            expect(pids[i] > 0, "cannot have NPROC processes");
    close(hold[1]);
    for (i = 0; i < NPROC; i++)
        expect(wait(0) > 0, "wait");
    close(hold[0]);
}

void touch(uint64 address, char *what)
{
    int status;

    if (fork() == 0) {
        close(2);
        *(volatile char *)address = 1;
        exit(0);
    }
    wait(&status);
    expect(status == -1, what);
}

int main(int argc, char *argv[])
{
    files();
    blocks();
    processes();
    touch(0, "page 0 can be touched");
    touch(TRAPFRAME, "TRAPFRAME can be touched");
    touch(TRAMPOLINE, "TRAMPOLINE can be touched");
    touch(MAXVA, "MAXVA can be touched");
    touch(KERNBASE, "KERNBASE can be touched");
    touch(PHYSTOP, "PHYSTOP can be touched");
    touch(PGROUNDDOWN(r_sp()) - USERSTACK * PGSIZE, "the stack has no end");
    expect(call(SYS_getpid, 0) == getpid(), "SYS_getpid");
    expect(call(SYS_close, 77) < 0, "SYS_close");
    expect(FSSIZE > MAXOPBLOCKS && NCPU > 0 && NDEV > 0 && NFILE > 0 &&
           MAXARG > 0 && MAXPATH > DIRSIZ && ROOTDEV == 1, "numbers");
    expect(BSIZE == PGSIZE && 1 << PGSHIFT == PGSIZE, "sizes");
    expect(MAXFILE == NDIRECT + NINDIRECT && IPB > 1 && BPB > BSIZE, "blocks");
    printf("limits ok\n");
    exit(0);
}
