/*
 * Registers across a system call, an interrupt, a switch, fork, and exec.  All
 * except the result register must survive every trap.
 */
#include "api/syscall.h"
#include "usertests.h"

/* The registers that hold a pattern: all except zero, sp, a0, and a7. */
#define EACH_REGISTER                                                          \
    ".irp r, 1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, " \
    "22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
#define SAVED_REGISTER                                                         \
    ".irp r, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n"

/*
 * uint64_t name(uint64_t call, uint64_t rounds): load a pattern into the
 * registers, including gp and tp, run `text` that many times with the number of
 * the call in a7, and check after each time that the pattern is intact. Returns
 * the remaining rounds: 0 if all were good.
 */
#define REGISTER_PROBE(name, text)                                             \
    uint64_t name(uint64_t call, uint64_t rounds);                             \
    asm(".text\n" #name ":\n"                                                  \
        "addi sp, sp, -256\n" SAVED_REGISTER "sd x\\r, 8*\\r(sp)\n"            \
        ".endr\n"                                                              \
        "sd a1, 0(sp)\n"                                                       \
        "mv a7, a0\n" EACH_REGISTER "li x\\r, 0x5a5a00 + \\r\n"                \
        ".endr\n"                                                              \
        "1:\n" text "\n" EACH_REGISTER "li a0, 0x5a5a00 + \\r\n"               \
        "bne x\\r, a0, 2f\n"                                                   \
        ".endr\n"                                                              \
        "ld a0, 0(sp)\n"                                                       \
        "addi a0, a0, -1\n"                                                    \
        "sd a0, 0(sp)\n"                                                       \
        "bnez a0, 1b\n"                                                        \
        "2: ld a0, 0(sp)\n" SAVED_REGISTER "ld x\\r, 8*\\r(sp)\n"              \
        ".endr\n"                                                              \
        "addi sp, sp, 256\n"                                                   \
        "ret\n")

REGISTER_PROBE(probe_call, "ecall");
REGISTER_PROBE(probe_spin, "nop");

/* A system call preserves all registers, even gp and tp with garbage in
   them. */
static void test_registers_call(void)
{
    CHECK_EQ(probe_call(SYS_getpid, 1000), 0);
    CHECK_EQ(probe_call(SYS_uptime, 1000), 0);
    CHECK_EQ(probe_call(SYS_COUNT + 1, 100), 0);
}

/* Keep the pattern through many calls, or through computing only. */
static void probe_body(long call)
{
    if (call != 0) {
        CHECK_EQ(probe_call((uint64_t)call, 3000), 0);
    } else {
        CHECK_EQ(probe_spin(0, 200 * 1000), 0);
    }
}

/* Several processes, switched by yield or by the timer. */
static void probe_together(long call)
{
    enum { PROCESSES = 4 };

    for (int i = 0; i < PROCESSES; i++) {
        spawn(probe_body, call);
    }
    reap_all(PROCESSES);
}

/* A switch by yield() preserves all registers. */
static void test_registers_yield(void)
{
    probe_together(SYS_yield);
}

/* An interrupt and the switch that follows preserve all registers. */
static void test_registers_preempt(void)
{
    probe_together(0);
}

/* Make a call with any stack pointer: the kernel must not use it. */
static void test_stack_pointer(void)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        long pid;

        asm volatile("mv s1, sp\n"
                     "mv sp, %1\n"
                     "li a7, %2\n"
                     "ecall\n"
                     "li a7, %3\n"
                     "ecall\n"
                     "mv sp, s1\n"
                     "mv %0, a0\n"
                     : "=r"(pid)
                     : "r"(bad_addresses[i]), "i"(SYS_yield), "i"(SYS_getpid)
                     : "s1", "a0", "a7", "memory");
        CHECK_EQ(pid, getpid());
    }
}

/* Unknown call numbers fail with ENOSYS, whatever their upper bits. */
static void test_call_numbers(void)
{
#define IS_CALL(number, name, kind, arguments) [number] = true,
    static const bool is_call[SYS_COUNT] = {SYSCALL_LIST(IS_CALL)};
    static const long others[] = {
        SYS_COUNT, SYS_COUNT + 100, 0x7fffffff, 0x80000000, 0xffffffff,
        1L << 32,  (1L << 32) + 11, INT64_MAX,  INT64_MIN,  -1,
        -11,
    };

    for (long number = 0; number < SYS_COUNT; number++) {
        if (!is_call[number]) {
            CHECK_EQ(raw_call(number, 0, 0, 0), -ENOSYS);
        }
    }
    for (size_t i = 0; i < LENGTH(others); i++) {
        CHECK_EQ(raw_call(others[i], 0, 0, 0), -ENOSYS);
    }
}

/* The counters that a program may read increase. */
static void test_hardware_counters(void)
{
    uint64_t cycle = rdcycle();
    uint64_t time = rdtime();
    uint64_t instret = rdinstret();

    for (volatile int i = 0; i < 100000; i++) {}
    CHECK(rdcycle() > cycle);
    CHECK(rdtime() > time);
    CHECK(rdinstret() > instret);
}

#define EACH_FP_REGISTER                                                       \
    ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "   \
    "18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"

/* Fill the floating-point registers and the rounding mode.  Callers may not
   keep values in them; nothing here computes with them. */
void fp_set(uint64_t pattern);
asm(".text\n"
    "fp_set:\n"
    "andi t0, a0, 3\n"
    "fsrm t0\n" EACH_FP_REGISTER "addi t0, a0, \\r\n"
    "fmv.d.x f\\r, t0\n"
    ".endr\n"
    "ret\n");

/* 0 if the registers still hold the values of fp_set(). */
uint64_t fp_changed(uint64_t pattern);
asm(".text\n"
    "fp_changed:\n"
    "frrm t2\n"
    "andi t0, a0, 3\n"
    "xor t2, t2, t0\n" EACH_FP_REGISTER "addi t0, a0, \\r\n"
    "fmv.x.d t1, f\\r\n"
    "xor t0, t0, t1\n"
    "or t2, t2, t0\n"
    ".endr\n"
    "mv a0, t2\n"
    "ret\n");

/* Find the parent's pattern, then set a different one. */
static void fp_change(long pattern)
{
    CHECK_EQ(fp_changed((uint64_t)pattern), 0);
    fp_set((uint64_t)pattern + 0x1000);
    yield();
    CHECK_EQ(fp_changed((uint64_t)pattern + 0x1000), 0);
}

/* A child starts with a copy of its parent's floating-point state. */
static void test_fp_fork(void)
{
    long pattern = 0x3ff0123456789a00;

    for (int i = 0; i < 20; i++) {
        pattern += 0x100;
        fp_set((uint64_t)pattern);
        expect_pass(fp_change, pattern);
        CHECK_EQ(fp_changed((uint64_t)pattern), 0);
    }
}

/* Keep a pattern through switches of every kind. */
static void fp_hog(long number)
{
    uint64_t pattern = 0x4000000000000000UL + (uint64_t)number * 0x10001000;

    for (int round = 0; round < 60; round++) {
        pattern += 0x100000000;
        fp_set(pattern);
        if (round % 3 == 0) {
            sleep(0);
        } else if (round % 3 == 1) {
            yield();
        } else {
            for (volatile int i = 0; i < 20000; i++) {}
        }
        CHECK_EQ(fp_changed(pattern), 0);
    }
}

/* Many processes, each with a different pattern. */
static void test_fp_hogs(void)
{
    enum { HOGS = 6 };

    for (int i = 0; i < HOGS; i++) {
        spawn(fp_hog, i);
    }
    reap_all(HOGS);
}

/* A new program finds zero in all registers. */
static void test_entry_registers(void)
{
    int pid = fork();

    if (pid == 0) {
        char *argv[] = {(char[]){"entryregs"}, NULL};

        fp_set(0x7ff8dead0000);
        exec("/bin/entryregs", argv);
        exit(2);
    }
    CHECK_EQ(reap(pid), 0);
}

const struct test register_tests[] = {
    {"registers_call", test_registers_call, false},
    {"registers_yield", test_registers_yield, false},
    {"registers_preempt", test_registers_preempt, false},
    {"stack_pointer", test_stack_pointer, false},
    {"call_numbers", test_call_numbers, false},
    {"hardware_counters", test_hardware_counters, false},
    {"fp_fork", test_fp_fork, false},
    {"fp_hogs", test_fp_hogs, false},
    {"entry_registers", test_entry_registers, false},
    {NULL, NULL, false},
};
