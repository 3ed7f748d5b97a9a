/*
 * Protection: a forbidden action ends the program, and only that program.
 *
 * A child performs one forbidden action, and the parent checks the child's
 * status.  If the action succeeds, the child exits normally, which the parent
 * reports as a failure.
 */
#include "usertests.h"

/* Load a byte. */
static void read_at(long address)
{
    (void)*(volatile char *)address;
}

/* Store a byte. */
static void write_at(long address)
{
    *(volatile char *)address = 1;
}

/* Call an address. */
static void jump_to(long address)
{
    ((void (*)(void))address)();
}

/* Loads from each bad address. */
static void test_bad_loads(void)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        expect_killed(read_at, (long)bad_addresses[i]);
    }
}

/* Stores to each bad address. */
static void test_bad_stores(void)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        expect_killed(write_at, (long)bad_addresses[i]);
    }
}

/* Jumps to each bad address. */
static void test_bad_jumps(void)
{
    for (size_t i = 0; i < bad_address_count; i++) {
        expect_killed(jump_to, (long)bad_addresses[i]);
    }
}

/* Kernel memory from end to end, one page here and there. */
static void test_kernel_sweep(void)
{
    for (uint64_t at = KERNBASE + 0x80000000; at < KERNBASE + 0x84000000;
         at += 0x800000) {
        expect_killed(read_at, (long)at);
        expect_killed(write_at, (long)at);
    }
}

/* Code and constants cannot be written, in all pages that the linker placed. */
static void test_write_text(void)
{
    static const char constant[] = "constant";

    expect_killed(write_at, (long)write_at);
    expect_killed(write_at, (long)USER_BASE);
    expect_killed(write_at, (long)constant);
    CHECK(strcmp(constant, "constant") == 0);
}

/* A return instruction; data must not be executed, wherever it lies. */
static const uint32_t ret_constant = 0x00008067;
static uint32_t ret_data = 0x00008067;

/* Constants, data, stack, and heap cannot be executed. */
static void test_run_data(void)
{
    uint32_t ret_stack = ret_data;
    uint32_t *ret_heap = (uint32_t *)sbrk(PGSIZE);

    *ret_heap = ret_data;
    expect_killed(jump_to, (long)&ret_constant);
    expect_killed(jump_to, (long)&ret_data);
    expect_killed(jump_to, (long)&ret_stack);
    expect_killed(jump_to, (long)ret_heap);
}

/* The first byte past the program's memory, and past its heap. */
static void test_past_break(void)
{
    char *end = sbrk(0);
    uint64_t unmapped = PGROUNDUP((uint64_t)end);

    expect_killed(read_at, (long)unmapped);
    expect_killed(write_at, (long)unmapped);
    sbrk((intptr_t)(unmapped - (uint64_t)end) + (intptr_t)PGSIZE);
    expect_pass(write_at, (long)unmapped);
    expect_killed(write_at, (long)(unmapped + PGSIZE));
}

/* Use `depth` KiB of stack; the compiler must not optimize that away. */
__attribute__((noinline)) static void use_stack(long depth)
{
    char frame[1024];

    asm volatile("" : : "r"(frame) : "memory");
    if (depth > 1) {
        use_stack(depth - 1);
    }
    asm volatile("" : : "r"(frame) : "memory");
}

/* The body of a child that uses `depth` KiB of stack. */
static void stack_body(long depth)
{
    use_stack(depth);
}

/* The stack has the size in limits.h, and an overflow ends the program. */
static void test_stack(void)
{
    expect_pass(stack_body, STACKBYTES / 1024 * 3 / 4);
    expect_killed(stack_body, STACKBYTES / 1024 * 2);
    // A guard lies below the stack, even for a program with a huge heap.
    uint64_t below = PGROUNDDOWN(r_sp()) - STACKBYTES - 4 * PGSIZE;
    expect_killed(read_at, (long)below);
}

/* A function that runs one instruction. */
#define INSTRUCTION(name, text)                                                \
    static void name(long unused)                                              \
    {                                                                          \
        (void)unused;                                                          \
        asm volatile(text ::: "memory", "t0");                                 \
    }

INSTRUCTION(read_sstatus, "csrr t0, sstatus")
INSTRUCTION(write_sstatus, "csrs sstatus, zero; csrw sstatus, t0")
INSTRUCTION(read_satp, "csrr t0, satp")
INSTRUCTION(write_satp, "csrw satp, zero")
INSTRUCTION(write_stvec, "csrw stvec, zero")
INSTRUCTION(read_sepc, "csrr t0, sepc")
INSTRUCTION(read_sscratch, "csrr t0, sscratch")
INSTRUCTION(read_mstatus, "csrr t0, mstatus")
INSTRUCTION(read_mhartid, "csrr t0, mhartid")
INSTRUCTION(write_cycle, "csrw cycle, t0")
INSTRUCTION(run_sret, "sret")
INSTRUCTION(run_mret, "mret")
INSTRUCTION(run_wfi, "wfi")
INSTRUCTION(run_fence_vma, "sfence.vma")
INSTRUCTION(run_ebreak, "ebreak")
INSTRUCTION(run_zeros, ".word 0")
INSTRUCTION(run_ones, ".word 0xffffffff")
INSTRUCTION(run_undefined, ".word 0x0000007f")
INSTRUCTION(run_unknown_csr, ".word 0x800022f3")

/* Privileged and undefined instructions. */
static const struct {
    const char *name;
    void (*run)(long);
} instructions[] = {
    {"csrr sstatus", read_sstatus},
    {"csrw sstatus", write_sstatus},
    {"csrr satp", read_satp},
    {"csrw satp", write_satp},
    {"csrw stvec", write_stvec},
    {"csrr sepc", read_sepc},
    {"csrr sscratch", read_sscratch},
    {"csrr mstatus", read_mstatus},
    {"csrr mhartid", read_mhartid},
    {"csrw cycle", write_cycle},
    {"sret", run_sret},
    {"mret", run_mret},
    {"wfi", run_wfi},
    {"sfence.vma", run_fence_vma},
    {"ebreak", run_ebreak},
    {"zeros", run_zeros},
    {"ones", run_ones},
    {"undefined", run_undefined},
    {"unknown csr", run_unknown_csr},
};

/* None of them may be run. */
static void test_instructions(void)
{
    for (size_t i = 0; i < LENGTH(instructions); i++) {
        int status = reap(spawn(instructions[i].run, 0));

        if (status != -1) {
            printf("    %s: status %d\n", instructions[i].name, status);
            exit(1);
        }
    }
}

/* Run the instructions at an address, with registers that hold invalid
   addresses. */
static void run_words(long address)
{
    record_stop();
    asm volatile("mv    t0, %0\n"
                 "li    ra, 0\n"
                 "li    sp, 0\n"
                 "li    gp, -8\n"
                 "li    tp, -8\n"
                 "li    a7, -1\n" // then an ecall does nothing
                 "mv    t1, x0; mv t2, x0; mv s0, x0; mv s1, x0\n"
                 "mv    a0, x0; mv a1, x0; mv a2, x0; mv a3, x0\n"
                 "mv    a4, x0; mv a5, x0; mv a6, x0; mv s2, x0\n"
                 "mv    s3, x0; mv s4, x0; mv s5, x0; mv s6, x0\n"
                 "mv    s7, x0; mv s8, x0; mv s9, x0; mv s10, x0\n"
                 "mv    s11, x0; mv t3, x0; mv t4, x0; mv t5, x0\n"
                 "mv    t6, x0; jr t0\n"
                 :
                 : "r"(address)
                 : "memory");
    __builtin_unreachable();
}

/* Random words as a program: whatever they do, it affects one process, which
   ends or is killed, and the kernel continues. */
static void test_random_words(void)
{
    enum { WORDS = 1024, RUNS = 200 };
    uint32_t *words = test_buffer(WORDS * sizeof(uint32_t));

    for (int run = 0; run < RUNS; run++) {
        int fd = open("words", O_RDWR | O_CREATE | O_TRUNC);

        for (int i = 0; i < WORDS; i++) {
            words[i] = test_random(1U << 31) << 1 | test_random(2);
            words[i] |= i % 2 == 0 ? 3 : 0; // long and short instructions
        }
        CHECK_EQ(write(fd, words, WORDS * 4), WORDS * 4);
        void *code =
            mmap(NULL, WORDS * 4, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
        CHECK(code != MAP_FAILED);
        close(fd);
        int pid = spawn(run_words, (long)code + 4 * (long)test_random(WORDS));
        for (int i = 0; i < 5; i++) {
            yield();
        }
        kill(pid); // most have already ended
        CHECK_EQ(reap(pid), -1);
        CHECK_EQ(munmap(code, WORDS * 4), 0);
    }
    CHECK_EQ(unlink("words"), 0);
    free(words);
}

/* A program that subtracts the largest usual stack size from a stack address
   gets a lower address, without wrapping around. */
static void test_stack_arithmetic(void)
{
    const uint64_t usual = 8 << 20;

    CHECK(r_sp() > usual);
    expect_killed(read_at, (long)(r_sp() - usual));
    expect_killed(read_at, (long)(r_sp() - STACKBYTES));
    expect_killed(read_at, (long)usual - 1); // a null pointer with an offset
}

/* Atomic operations must be aligned, and in the program's memory. */
static void amo_at(long address)
{
    asm volatile("amoadd.d zero, zero, (%0)" : : "r"(address) : "memory");
}

/* Load and reserve. */
static void reserve_at(long address)
{
    asm volatile("lr.d t0, (%0)" : : "r"(address) : "memory", "t0");
}

/* Misaligned atomics end the program, even where misaligned loads work. */
static void test_atomics(void)
{
    static uint64_t words[2];

    expect_pass(amo_at, (long)words);
    expect_killed(amo_at, (long)words + 1);
    expect_killed(reserve_at, (long)words + 4);
    expect_killed(amo_at, (long)KERNBASE);
    expect_killed(amo_at, (long)amo_at & ~7L);
}

/* Start children that fault, one after another. */
static void fault_often(long rounds)
{
    while (rounds-- > 0) {
        expect_killed(read_at, 0);
    }
}

/* Many faults in a row, several at a time; the machine continues. */
static void test_fault_storm(void)
{
    enum { PROCESSES = 4 };

    for (int i = 0; i < PROCESSES; i++) {
        spawn(fault_often, 25);
    }
    reap_all(PROCESSES);
}

const struct test protect_tests[] = {
    {"bad_loads", test_bad_loads, false},
    {"bad_stores", test_bad_stores, false},
    {"bad_jumps", test_bad_jumps, false},
    {"kernel_sweep", test_kernel_sweep, false},
    {"write_text", test_write_text, false},
    {"run_data", test_run_data, false},
    {"past_break", test_past_break, false},
    {"stack", test_stack, false},
    {"instructions", test_instructions, false},
    {"random_words", test_random_words, false},
    {"stack_arithmetic", test_stack_arithmetic, false},
    {"atomics", test_atomics, false},
    {"fault_storm", test_fault_storm, false},
    {NULL, NULL, false},
};
