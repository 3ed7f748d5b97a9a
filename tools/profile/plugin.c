#include "plugin.h"
#include "stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A QEMU plugin that counts the instructions of each function, separately for
 * each chain of calls that led to it.  tools/profile/profile.py starts QEMU
 * with it; docs/profiling.md explains the figures.
 *
 * Counting.  Every instruction adds 1 to `begun` before it executes.  At the
 * entry to a block, the instructions begun since the last entry are credited to
 * the function on top of the stack.  So a block cut short by an exception
 * counts only as far as it got. An instruction that faults and is retried
 * counts once.
 *
 * Stacks.  The last instruction of a block determines how control left it: a
 * call pushes a frame, a return pops to the frame that expects this address,
 * and a jump to another function takes over the frame (a tail call).  A trap
 * pushes a frame that records what was interrupted; sret, or the end of the
 * firmware's part, pops it and resumes there.  In swtch, the address from which
 * the next thread's registers are loaded identifies that thread, which has its
 * own stack.  A return that no frame expects leads to "unknown": the child of a
 * fork returns from calls that its parent made.
 *
 * End.  The profile ends where the kernel enters machine_poweroff.  The store
 * there ends QEMU 7.2 at once; newer versions execute a few more instructions,
 * and their number varies.
 *
 * Only one hart is supported.
 */
enum {
    USER_LOWEST = 0x10000, // below is the machine's own ROM
    FIRMWARE_START = 0x80000000,
    FIRMWARE_END = 0x80200000, // load address of the kernel
};

int qemu_plugin_version = PLUGIN_VERSION;

static const char *out; // the output file
static uint64_t begun;  // instructions
static uint64_t credited;
static bool off;             // the machine is powering off
static struct point last;    // last known position
static uint64_t thread_left; // both are set while swtch runs
static uint64_t thread_entered;

static const struct function firmware = {"", "firmware", 0, 0};
static const struct function nameless_kernel = {"kernel", "?", 0, 0};
static const struct function nameless_user = {"user", "?", 0, 0};

/* ---- what happens ------------------------------------------------------- */

/* How control left a point: an instruction that did not end its block can only
   have continued with the next one. */
static enum way way_from(struct point point)
{
    bool whole = point.block != NULL && point.begun == point.block->count;
    return whole ? point.block->way : AHEAD;
}

/* Credit what was executed since the last call. */
static void credit(void)
{
    last.begun = begun - credited;
    credited = begun;
    stack_credit(last.begun);
}

/* Resume what a trap interrupted.  If the last instruction begun is this one
   again, it was not completed: it counts once. */
static void go_on(struct point point, uint64_t pc)
{
    last = point;
    if (point.block != NULL && point.begun > 0 && way_from(point) == AHEAD &&
        point.block->pc + point.block->offsets[point.begun - 1] == pc) {
        stack_credit((uint64_t)-1);
    }
}

/* The end of a trap: return to what it interrupted, if there was anything. */
static void resume(const struct block *now)
{
    struct point point = {NULL, 0};
    size_t base = stack_base();
    if (base > 0) {
        point = stack->frames[base - 1].point;
        stack_cut(base - 1);
    } else {
        stack_cut(0);
    }
    if (now->is_program) { // exec: the old program's frames are gone
        stack_cut(stack_base());
        point.block = NULL;
    }
    go_on(point, now->pc);
}

/* A transition between functions, as in the code.  The firmware has no symbols
   and counts as one function. */
static void follow(const struct block *now)
{
    enum way way = now->is_firmware ? AHEAD : way_from(last);
    if (way == CALL) {
        stack_push(now, last.block->next);
        return;
    }
    if (way == RETURN) {
        stack_return(now);
    }
    stack_settle(now);
}

/* A block is about to execute. */
static void block_enters(unsigned hart, void *data)
{
    const struct block *now = data;
    bool was_firmware = last.block == NULL || last.block->is_firmware;
    (void)hart;
    if (off) {
        return;
    }
    credit();
    if (now->is_end) {
        off = true;
        return;
    }
    if (thread_entered != 0) {
        stack_change(thread_left, thread_entered);
        thread_entered = 0;
    }
    if (now->is_thread) {
        stack_cut(0);
        last.block = NULL; // not at a call of swtch
    }
    if ((was_firmware && !now->is_firmware) || way_from(last) == TRAP_RETURN) {
        resume(now);
    }
    if (now->is_vector || (now->is_firmware && !was_firmware)) {
        struct frame *frame = stack_push(now, 0);
        frame->is_trap = true;
        frame->point = last;
    } else {
        follow(now);
    }
    last = (struct point){now, 0};
}

/* swtch saves the return address of the old thread ... */
static void thread_leaves(unsigned hart, uint32_t info, uint64_t address,
                          void *data)
{
    (void)hart;
    (void)info;
    (void)data;
    thread_left = address;
}

/* ... and loads that of the new thread. */
static void thread_enters(unsigned hart, uint32_t info, uint64_t address,
                          void *data)
{
    (void)hart;
    (void)info;
    (void)data;
    thread_entered = address;
}

/* ---- QEMU translates ---------------------------------------------------- */

static bool is_firmware(uint64_t pc)
{
    return pc < USER_LOWEST || (pc >= FIRMWARE_START && pc < FIRMWARE_END);
}

/* Both ra and t0 may hold a return address. */
static bool is_link(uint32_t reg)
{
    return reg == 1 || reg == 5;
}

/* How a compressed instruction leaves its block. */
static enum way way_of_short(uint16_t code)
{
    uint32_t kind = code >> 13 << 2 | (code & 3);
    uint32_t reg = code >> 7 & 31;
    if (kind == (5 << 2 | 1) || kind == (6 << 2 | 1) || kind == (7 << 2 | 1)) {
        return JUMP; // c.j, c.beqz, c.bnez
    }
    if ((code & 0xf07f) == 0x8002 && reg != 0) { // c.jr
        return is_link(reg) ? RETURN : JUMP;
    }
    return (code & 0xf07f) == 0x9002 && reg != 0 ? CALL : AHEAD; // c.jalr
}

/* How any instruction leaves its block. */
static enum way way_of(const struct qemu_plugin_insn *insn)
{
    enum { BRANCH = 0x63, JALR = 0x67, JAL = 0x6f, SRET = 0x10200073 };
    uint32_t code = plugin_code(insn);
    if (qemu_plugin_insn_size(insn) == 2) {
        return way_of_short((uint16_t)code);
    }
    bool links = is_link(code >> 7 & 31);
    switch (code & 0x7f) {
    case BRANCH:
        return JUMP;
    case JAL:
        return links ? CALL : JUMP;
    case JALR:
        return links ? CALL : is_link(code >> 15 & 31) ? RETURN : JUMP;
    default:
        return code == SRET ? TRAP_RETURN : AHEAD;
    }
}

/* Watch swtch: `sd ra, ...` and `ld ra, ...`. */
static void watch_switch(struct qemu_plugin_insn *insn)
{
    enum {
        STORE = 0x103023,
        STORE_MASK = 0x1f0707f,
        LOAD = 0x3083,
        LOAD_MASK = 0x7fff
    };
    uint32_t code = plugin_code(insn);
    if ((code & STORE_MASK) == STORE) {
        qemu_plugin_register_vcpu_mem_cb(insn, thread_leaves, NO_REGISTERS,
                                         MEMORY_READ_WRITE, NULL);
    } else if ((code & LOAD_MASK) == LOAD) {
        qemu_plugin_register_vcpu_mem_cb(insn, thread_enters, NO_REGISTERS,
                                         MEMORY_READ_WRITE, NULL);
    }
}

/* Find the function of a block, and change its address to the linked one. */
static void block_find(struct block *block, const uint8_t *code)
{
    const struct image *image = NULL;
    uint64_t at = block->pc;
    if (code != NULL && !block->is_firmware) {
        image = image_at(&at, code);
    }
    if (image != NULL) {
        block->function = image_function(image, at);
        block->is_program = at == image->entry;
    }
    if (block->is_firmware) {
        block->function = &firmware;
    } else if (block->function == NULL) {
        bool upper = block->pc >> 63 != 0;
        block->function = upper ? &nameless_kernel : &nameless_user;
    }
    bool first = at == block->function->start;
    block->is_first = first;
    block->is_vector = first && is_kernel(block->function, "uservec");
    block->is_thread = first && is_kernel(block->function, "thread_trampoline");
    block->is_end = first && is_kernel(block->function, "machine_poweroff");
}

/* QEMU has translated a block: count it. */
void block_translated(struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block =
        resized(NULL, sizeof(*block) + count * sizeof(block->offsets[0]));
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, 0);
    *block = (struct block){.pc = qemu_plugin_insn_vaddr(insn),
                            .count = (uint32_t)count};
    block->is_firmware = is_firmware(block->pc);
    block_find(block, qemu_plugin_insn_haddr(insn));
    qemu_plugin_register_vcpu_tb_exec_cb(tb, block_enters, NO_REGISTERS, block);
    for (size_t i = 0; i < count; i++) {
        insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);
        block->offsets[i] = (uint16_t)(pc - block->pc);
        block->next = pc + qemu_plugin_insn_size(insn);
        plugin_count(insn, &begun);
        if (is_kernel(block->function, "swtch")) {
            watch_switch(insn);
        }
    }
    block->way = way_of(insn);
}

/* ---- the result --------------------------------------------------------- */

/* Names from the root to a node, separated by semicolons. */
static void print_path(FILE *file, const struct node *node)
{
    if (node->parent != &root) {
        print_path(file, node->parent);
        fputc(';', file);
    }
    fprintf(file, "%s%s%s", node->function->image,
            *node->function->image == '\0' ? "" : ":", node->function->name);
}

static void print_tree(FILE *file, const struct node *node)
{
    if (node->count != 0) {
        fprintf(file, "%lu ", (unsigned long)node->count);
        print_path(file, node);
        fputc('\n', file);
    }
    for (node = node->child; node != NULL; node = node->sibling) {
        print_tree(file, node);
    }
}

/* The machine is off: print a line for each stack, with the instructions
   executed by its last function; the first line has what was left out. */
static void finish(void)
{
    FILE *file = fopen(out, "w");
    if (!off) { // QEMU ended in another way
        credit();
    }
    if (file == NULL) {
        fprintf(stderr, "profile: cannot write %s\n", out);
        return;
    }
    fprintf(file, "%lu outside\n", (unsigned long)stack_outside());
    print_tree(file, &root);
    fclose(file);
}

/* Limit the profile to the time when a function runs. */
static bool choose(const char *name)
{
    const struct function *function = image_find(name);
    if (function == NULL) {
        fprintf(stderr, "profile: no function \"%s\" (was it inlined?)\n",
                name);
        return false;
    }
    window_choose(function);
    return true;
}

/* Arguments: image=FILE for each program, then func=NAME, out=FILE. */
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc,
                        char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        bool good = value != NULL;
        if (good && strncmp(argv[i], "image=", 6) == 0) {
            good = image_add(value + 1);
        } else if (good && strncmp(argv[i], "func=", 5) == 0) {
            good = choose(value + 1);
        } else if (good && strncmp(argv[i], "out=", 4) == 0) {
            out = strdup(value + 1);
        }
        if (!good) {
            return 1;
        }
    }
    if (out == NULL) {
        fprintf(stderr, "profile: no out= given\n");
        return 1;
    }
    stack_change(0, 0);
    plugin_watch_blocks(id);
    atexit(finish);
    return 0;
}
