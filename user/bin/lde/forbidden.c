/*
 * Forbidden actions.  A child makes each attempt.  The kernel's reaction is
 * visible in the status that wait() returns and in the line that the kernel
 * prints.
 */
#include "lde.h"

struct attempt {
    const char *text; // what the program does
    void (*run)(void);
    const char *trap; // how the hardware reacts
};

/* Write to kernel memory. */
static void store_kernel(void)
{
    *(volatile char *)(KERNBASE + 0x80200000) = 1;
}

/* Read kernel memory. */
static void load_kernel(void)
{
    (void)*(volatile char *)(KERNBASE + 0x80200000);
}

/* Dereference a null pointer; volatile, or the compiler would notice. */
static void load_null(void)
{
    char *volatile null = NULL;

    (void)*(volatile char *)null;
}

/* Write the first instruction of this program. */
static void store_text(void)
{
    *(volatile char *)USER_BASE = 1;
}

/* Call data that happens to be a `ret`. */
static void jump_data(void)
{
    static unsigned ret = 0x00008067;

    ((void (*)(void))(uintptr_t)&ret)();
}

/* Read a supervisor register. */
static void read_sstatus(void)
{
    asm volatile("csrr t0, sstatus" ::: "t0");
}

/* Change the page table. */
static void write_satp(void)
{
    asm volatile("csrw satp, zero" ::: "memory");
}

/* Return from a trap that did not happen. */
static void run_sret(void)
{
    asm volatile("sret" ::: "memory");
}

/* Stop the hart. */
static void run_wfi(void)
{
    asm volatile("wfi" ::: "memory");
}

/* Run an undefined instruction. */
static void run_undefined(void)
{
    asm volatile(".word 0xffffffff");
}

/* Run the word that zeroed memory contains. */
static void run_zeros(void)
{
    asm volatile(".half 0");
}

/* Make the attempt in a child; returns whether the kernel ended it. */
static bool try_it(const struct attempt *a)
{
    int status;

    table_row(PROGRAM, "%s", a->text);
    int pid = fork();
    if (pid == 0) {
        a->run();
        exit(0); // reached only if the attempt succeeded
    }
    if (pid < 0 || wait(&status) != pid) {
        return false;
    }
    table_row(HARDWARE, "%s", a->trap);
    if (status == -1) {
        table_row(OS, "end process %d: status %d", pid, status);
    } else {
        table_row(OS, "process %d was NOT stopped: status %d", pid, status);
    }
    return status == -1;
}

/* Make all attempts of a table. */
static bool try_all(const char *title, const struct attempt *list, size_t n)
{
    size_t stopped = 0;

    table_begin(title);
    for (size_t i = 0; i < n; i++) {
        stopped += try_it(&list[i]);
    }
    table_end("%lu of %lu were stopped; the machine goes on.", stopped, n);
    return stopped == n;
}

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* Access to memory that is not the program's. */
bool show_illegal(void)
{
    static const struct attempt list[] = {
        {"write the kernel's memory", store_kernel, "store page fault"},
        {"read the kernel's memory", load_kernel, "load page fault"},
        {"read through a null pointer", load_null, "load page fault"},
        {"write its own code", store_text, "store page fault"},
        {"run its own data", jump_data, "instruction page fault"},
    };

    return try_all("Memory that is not the program's", list, LENGTH(list));
}

/* Privileged instructions. */
bool show_privileged(void)
{
    static const struct attempt list[] = {
        {"read sstatus (csrr)", read_sstatus, "illegal instruction"},
        {"change the page table (csrw satp)", write_satp,
         "illegal instruction"},
        {"return from a trap (sret)", run_sret, "illegal instruction"},
        {"wait for an interrupt (wfi)", run_wfi, "illegal instruction"},
    };

    return try_all("Privileged instructions", list, LENGTH(list));
}

/* Undefined instructions. */
bool show_undefined(void)
{
    static const struct attempt list[] = {
        {"run 0xffffffff", run_undefined, "illegal instruction"},
        {"run 0x0000", run_zeros, "illegal instruction"},
    };

    return try_all("Undefined instructions", list, LENGTH(list));
}

/* Division by zero, which is defined on RISC-V and does not trap. */
bool show_divide(void)
{
    long quotient;
    long remainder;

    table_begin("Division by zero");
    table_row(PROGRAM, "div 42 by 0");
    asm volatile("div %0, %1, zero" : "=r"(quotient) : "r"(42L));
    asm volatile("rem %0, %1, zero" : "=r"(remainder) : "r"(42L));
    table_row(HARDWARE, "quotient %ld, remainder %ld, no trap", quotient,
              remainder);
    table_row(PROGRAM, "go on");
    table_end("RISC-V leaves the test to the program: the OS never hears of "
              "it.");
    return quotient == -1 && remainder == 42;
}
