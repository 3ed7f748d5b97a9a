/*
 * count: a QEMU plugin that counts instructions by their location, so that a
 * figure contains only the work; and among them the instructions that are
 * expensive for a hart or an emulator (is_event).
 *
 *     -plugin count.so,out=FILE[,idle=FROM-TO][,at=ADDRESS]...
 *
 * An instruction belongs to the firmware, the kernel, the program, or, between
 * the two addresses of `idle`, the idle loop.  A hart that sleeps in wfi
 * executes nothing, so sleeping is not counted, whatever the clock does.
 *
 * Each line of FILE is one mark: a number, then the four counts so far, first
 * of all instructions, then of each event.  A program marks by executing `slti
 * zero, zero, N`, an instruction without effect that the architecture reserves
 * for such uses; N is the number.  `at` marks each arrival at an address, as
 * 10000, 10001, and so on.
 *
 * The counters are plain words: exact under -icount, where one thread of QEMU
 * executes all harts, and with a single hart.
 */
#include "plugin.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int qemu_plugin_version = PLUGIN_VERSION;

enum place { FIRMWARE, KERNEL, PROGRAM, IDLE, PLACES };
enum { AT_MAX = 8, AT_FIRST = 10000 };

enum { SYSTEM = 0x73, MISC_MEM = 0x0f, AMO = 0x2f, SATP = 0x180 };

static int is_csr(uint32_t code)
{
    return (code & 0x7f) == SYSTEM && (code >> 12 & 3) != 0;
}

/* An sfence.vma, or a write to satp, which also flushes in QEMU. */
static int is_flush(uint32_t code)
{
    int is_write = (code >> 12 & 3) == 1 || (code >> 15 & 31) != 0;
    return (code & 0xfe007fff) == 0x12000073 ||
           (is_csr(code) && code >> 20 == SATP && is_write);
}

/* A fence or fence.i, but not the hint `pause`, which is encoded as a fence,
   and not cbo.zero, which has the same opcode. */
static int is_fence(uint32_t code)
{
    return (code & 0x7f) == MISC_MEM && (code >> 12 & 7) <= 1 &&
           code != 0x0100000f;
}

/* An AMO, a load-reserved, or a store-conditional. */
static int is_atomic(uint32_t code)
{
    return (code & 0x7f) == AMO;
}

/* A trap is counted when it ends: an sret or mret. */
static int is_trap_return(uint32_t code)
{
    return code == 0x10200073 || code == 0x30200073;
}

static int is_any(uint32_t code)
{
    (void)code;
    return 1;
}

/* The counted events; tools/bench/counted.py names them in the same order. */
static int (*const is_event[])(uint32_t code) = {
    is_any, is_csr, is_flush, is_fence, is_atomic, is_trap_return,
};
enum { EVENTS = sizeof(is_event) / sizeof(is_event[0]) };

static uint64_t counts[EVENTS][PLACES];
static uint64_t idle_from;
static uint64_t idle_to;
static uint64_t at[AT_MAX];
static int at_count;
static FILE *out;

/* The owner of the instruction at an address.  The kernel starts at its
   physical address and then moves to the upper half; programs are below
   both. */
static enum place place_of(uint64_t address)
{
    if (address >= idle_from && address < idle_to) {
        return IDLE;
    }
    if (address >> 63 != 0 || address >> 21 >= 0x80200000 >> 21) {
        return KERNEL;
    }
    return address >= 0x80000000 ? FIRMWARE : PROGRAM;
}

/* Write one line at once, because QEMU may be killed. */
static void mark(unsigned hart, void *number)
{
    (void)hart;
    fprintf(out, "%" PRIuPTR, (uintptr_t)number);
    for (int i = 0; i < EVENTS * PLACES; i++) {
        fprintf(out, " %" PRIu64, counts[i / PLACES][i % PLACES]);
    }
    fputc('\n', out);
    fflush(out);
}

static void mark_at(struct qemu_plugin_insn *insn, uintptr_t number)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, NO_REGISTERS,
                                           (void *)number);
}

/* Count an instruction, and mark it if it is a mark. */
static void watch(struct qemu_plugin_insn *insn)
{
    uint64_t address = qemu_plugin_insn_vaddr(insn);
    enum place place = place_of(address);
    for (int i = 0; i < at_count; i++) {
        if (at[i] == address) {
            mark_at(insn, AT_FIRST + (uintptr_t)i);
        }
    }
    uint32_t code = plugin_code(insn);
    if (place == PROGRAM && (code & 0xfffff) == 0x2013) {
        mark_at(insn, code >> 20);
    }
    for (int i = 0; i < EVENTS; i++) {
        if (is_event[i](code)) {
            plugin_count(insn, &counts[i][place]);
        }
    }
}

void block_translated(struct qemu_plugin_tb *tb)
{
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        watch(qemu_plugin_tb_get_insn(tb, i));
    }
}

/* Parse one argument; returns whether it is valid. */
static int set_option(const char *word)
{
    char *end;
    if (strncmp(word, "out=", 4) == 0) {
        out = fopen(word + 4, "w");
        return out != NULL;
    }
    if (strncmp(word, "idle=", 5) == 0) {
        idle_from = strtoull(word + 5, &end, 16);
        idle_to = *end == '-' ? strtoull(end + 1, &end, 16) : 0;
        return *end == '\0' && idle_from < idle_to;
    }
    if (strncmp(word, "at=", 3) == 0 && at_count < AT_MAX) {
        at[at_count++] = strtoull(word + 3, &end, 16);
        return *end == '\0';
    }
    return 0;
}

int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
                        char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!set_option(argv[i])) {
            fprintf(stderr, "count.so: cannot take %s\n", argv[i]);
            return -1;
        }
    }
    if (out == NULL) {
        fprintf(stderr, "count.so: out=FILE is missing\n");
        return -1;
    }
    plugin_watch_blocks(id);
    return 0;
}
