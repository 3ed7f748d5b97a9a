/*
 * The protocol for one program: a system call, and a life from fork to exit.
 *
 * A program sees only its own side.  Of the other two it shows the effects:
 * addresses before and after a trap, the process list, the free pages.
 */
#include "api/syscall.h"
#include "api/counters.h"
#include "lde.h"

enum { CALLS = 1000, STATUS = 7 };

/* The value of a kernel counter, or -1. */
int64_t counter_value(const char *name)
{
    struct counter list[COUNTERS_MAX];
    int n = counters(list, COUNTERS_MAX);

    for (int i = 0; i < n; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].value;
        }
    }
    return -1;
}

/* Call getpid, and record the address of the trap and the address where the
   program continues. */
static int trapped_getpid(uint64_t *trap, uint64_t *resumed)
{
    register long a0 asm("a0");

    asm volatile("la %1, 1f\n"
                 "li a7, %3\n"
                 "1: ecall\n"
                 "auipc %2, 0\n"
                 : "=r"(a0), "=&r"(*trap), "=&r"(*resumed)
                 : "i"(SYS_getpid)
                 : "a7", "memory");
    return (int)a0;
}

__attribute__((noinline)) static int empty_function(void)
{
    asm volatile("");
    return 0;
}

/* Average cycles of one call of `function`. */
static uint64_t cycles_of(int (*function)(void))
{
    uint64_t start = rdcycle();

    for (int i = 0; i < CALLS; i++) {
        function();
    }
    return (rdcycle() - start) / CALLS;
}

/* A system call, as seen by the program. */
bool show_syscall(void)
{
    uint64_t trap;
    uint64_t resumed;
    int pid = trapped_getpid(&trap, &resumed);

    table_begin("A system call: getpid()");
    table_row(PROGRAM, "run main(); number %d in a7; trap: ecall at pc 0x%lx",
              SYS_getpid, trap);
    table_row(HARDWARE, "save pc and cause, raise to supervisor mode, jump to "
                        "stvec");
    table_row(OS, "save registers to the kernel stack (uservec)");
    table_row(OS,
              "handle the trap (usertrap), do the work of the call: "
              "a0 = %d",
              pid);
    table_row(OS, "return-from-trap (usertrapret, sret)");
    table_row(HARDWARE, "restore pc, drop to user mode, jump to 0x%lx",
              resumed);
    table_row(PROGRAM, "go on at 0x%lx, %lu bytes after the trap, with pid %d",
              resumed, resumed - trap, pid);
    table_end("Control costs %lu cycles a call; an empty function costs %lu.",
              cycles_of(getpid), cycles_of(empty_function));
    return pid == getpid() && resumed == trap + 4;
}

/* The record of a process; false if it is not in the list. */
static bool find_process(int pid, struct procinfo *out)
{
    int n;
    struct procinfo *list = proclist_all(&n);
    bool found = false;

    for (int i = 0; list != NULL && i < n; i++) {
        if (list[i].pid == pid) {
            *out = list[i];
            found = true;
        }
    }
    free(list);
    return found;
}

/* The child's side: wait for a byte, then become `lde hello`. */
static void become_hello(int go)
{
    char name[] = "lde";
    char word[] = "hello";
    char *argv[] = {name, word, NULL};
    char c;

    read(go, &c, 1);
    exec("/bin/lde", argv);
    perror("lde: exec");
    exit(1);
}

/* The new program, `lde hello`. */
int hello_main(int argc, char **argv)
{
    struct procinfo self;

    table_row(PROGRAM, "run main(): pid %d, argc = %d, argv[1] = \"%s\"",
              getpid(), argc, argv[1]);
    if (find_process(getpid(), &self)) {
        table_row(OS, "so far %lu pages were touched and filled", self.pages);
    }
    table_row(PROGRAM, "return from main(): trap through exit(%d)", STATUS);
    return STATUS;
}

/* A program from its creation to its end. */
bool show_exit(void)
{
    struct procinfo child;
    int go[2];
    int status;
    int64_t before = counter_value("pages free");

    table_begin("The life of a program");
    if (pipe(go) < 0) {
        return false;
    }
    int pid = fork();
    if (pid == 0) {
        become_hello(go[0]);
    }
    bool listed = find_process(pid, &child);
    table_row(OS, "create the entry in the process list: pid %d, state %s", pid,
              listed ? child.state : "missing");
    table_row(OS, "allocate memory: %ld pages free, %ld now", before,
              counter_value("pages free"));
    table_row(OS, "load the program (page by page, when touched); set up the "
                  "stack with argc/argv");
    table_row(OS, "fill the kernel stack with registers and pc; "
                  "return-from-trap");
    table_row(HARDWARE, "restore pc, drop to user mode");
    write(go[1], "g", 1);
    bool ended = wait(&status) == pid;
    close(go[0]);
    close(go[1]);
    table_row(HARDWARE, "save pc and cause, raise to supervisor mode, jump to "
                        "stvec");
    table_row(OS, "free the memory: %ld pages free",
              counter_value("pages free"));
    bool gone = !find_process(pid, &child);
    table_row(OS, "remove it from the process list: pid %d is %s", pid,
              gone ? "gone" : "still there");
    table_end("wait() says: process %d ended with status %d.", pid, status);
    return listed && ended && gone && status == STATUS;
}
