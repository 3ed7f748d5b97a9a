#include "kernel/types.h"
#include "user/user.h"

/*
 * bench: what an operation costs, in instructions.  Under
 * `-icount shift=0 -smp 1` the instret counter is exact: every instruction of
 * the program, the kernel and the firmware between two readings counts.
 * Without icount the figures are host time and mean nothing.
 */

static uint64 instructions(void)
{
    uint64 n;
    asm volatile("rdinstret %0" : "=r"(n));
    return n;
}

/* getpid(): the way into the kernel and back. */
static void null_call(void)
{
    getpid();
}

/* A child that ends at once. */
static void fork_exit_wait(void)
{
    if (fork() == 0) {
        exit(0);
    }
    wait(0);
}

/* A child that runs another program. */
static void fork_exec_exit_wait(void)
{
    static char name[] = "/true";
    char *argv[] = {name, 0};
    if (fork() == 0) {
        exec(name, argv);
        exit(1);
    }
    wait(0);
}

/* Open and close a file in the root. */
static void open_close(void)
{
    close(open("/README.md", 0));
}

/* Grow the heap by a page, touch it, and give it back. */
static void sbrk_touch(void)
{
    char *page = sbrk(4096);
    *page = 1;
    sbrk(-4096);
}

/* A byte to a child and one back: four ends, two switches. */
static int there[2];
static int back[2];

static void ping_pong(void)
{
    char c = 'x';
    write(there[1], &c, 1);
    read(back[0], &c, 1);
}

static void start_echo(void)
{
    pipe(there);
    pipe(back);
    if (fork() == 0) {
        char c;
        close(there[1]);
        while (read(there[0], &c, 1) == 1) {
            write(back[1], &c, 1);
        }
        exit(0);
    }
}

/* Mean cost of an operation over n rounds, after one that warms up. */
static void row(const char *name, void (*operation)(void), int n)
{
    operation();
    uint64 start = instructions();
    for (int i = 0; i < n; i++) {
        operation();
    }
    printf("%7lu  %s\n", (instructions() - start) / (uint64)n, name);
}

int main(void)
{
    printf("instructions\n");
    row("getpid", null_call, 1000);
    row("fork + exit + wait", fork_exit_wait, 100);
    row("fork + exec + exit + wait", fork_exec_exit_wait, 50);
    row("open + close", open_close, 100);
    row("sbrk, touch, shrink by a page", sbrk_touch, 100);
    start_echo();
    row("one byte through two pipes and back", ping_pong, 500);
    close(there[1]);
    wait(0);
    exit(0);
}
