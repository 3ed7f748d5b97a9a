// Grow and shrink, eagerly and lazily; touch everything; malloc and free.
#include "kernel/types.h"
#include "kernel/riscv.h"
#include "kernel/memlayout.h"
#include "kernel/vm.h"
#include "user/user.h"

#define BIG (8 * 1024 * 1024)

void check(int right, char *what)
{
    if (!right) {
        printf("memory: %s\n", what);
        exit(1);
    }
}

int main(int argc, char *argv[])
{
    char *start, *p, *list[64];
    uint64 a, end = 0;
    int i;

    start = sbrk(0);
    check(sbrk(BIG) == start, "sbrk did not return the old end");
    check(sbrk(0) == start + BIG, "sbrk did not move the end");
    end = (uint64)start + BIG;
    for (a = PGROUNDUP((uint64)start); a < PGROUNDDOWN(end); a += PGSIZE) {
        check(*(uint64 *)a == 0, "new memory is not zero");
        *(uint64 *)a = a;
    }
    for (a = PGROUNDUP((uint64)start); a < PGROUNDDOWN(end); a += PGSIZE)
        check(*(uint64 *)a == a, "memory forgets");
    check(sbrk(-BIG) == start + BIG && sbrk(0) == start, "did not shrink");

    p = sbrklazy(BIG * 16);
    check(p == start, "sbrklazy did not return the old end");
    p[BIG * 16 - 1] = 1;
    check(p[BIG * 8] == 0, "lazy memory is not zero");
    check(sys_sbrk(-BIG * 16, SBRK_EAGER) != SBRK_ERROR, "did not shrink");
    check(sys_sbrk(PGSIZE, SBRK_LAZY) == start, "sys_sbrk");
    check(sbrk(-PGSIZE, SBRK_EAGER) != SBRK_ERROR, "sbrk of two arguments");
    check(sbrk(0x7fffffff) == (char *)-1, "got 2 GiB");

    for (i = 0; i < 64; i++) {
        check((list[i] = malloc(1 + i * 500)) != 0, "malloc");
        memset(list[i], i, 1 + i * 500);
    }
    for (i = 0; i < 64; i++) {
        check(list[i][i * 500] == i && list[i][0] == i, "malloc overlaps");
        if (i > 0)
            memcpy(list[i - 1], list[i], i * 500 - 499);
    }
    for (i = 0; i < 64; i += 2)
        free(list[i]);
    for (i = 1; i < 64; i += 2)
        free(list[i]);
    check(malloc(-1) == 0, "malloc got 4 GiB");
    check(r_sp() < (uint64)start, "the stack is not below the heap");
    printf("memory ok\n");
    exit(0);
}
