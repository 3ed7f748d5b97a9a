#include "riscv/backtrace.h"
#include "riscv/tcb.h"

/*
 * Who called whom.
 *
 * No register is spent on a frame pointer, which would cost every function five
 * instructions.  The build knows how large each function's frame is and where
 * in it the return address lies, because it can read that in the code
 * (tools/ksyms.awk); with the stack pointer that is enough to find the caller,
 * whose stack pointer is where this frame ends.
 *
 * The frame of kernelvec is a trap frame: it leads to the interrupted code, to
 * the instruction.
 */

#define BACKTRACE_MAX 24

/* From the symbol table: addresses ascend. */
struct symbol {
    uint64_t address;
    uint32_t name;      // offset into symbol_names
    uint16_t frame;     // its bytes
    uint16_t return_at; // where in it the return address is; 0: nowhere
};
extern const struct symbol symbol_table[];
extern const uint64_t symbol_count; // 0 in the first of the two links
extern const char symbol_names[];
extern const char text_start[], text_end[]; // kernel.ld

/* Binary search for the last symbol at or below the address; NULL outside of
   the kernel's text. */
static const struct symbol *symbol_find(uint64_t address)
{
    if (address < (uint64_t)text_start || address >= (uint64_t)text_end ||
        symbol_count == 0) {
        return NULL;
    }
    uint64_t low = 0;
    uint64_t high = symbol_count;
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        if (symbol_table[middle].address <= address) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &symbol_table[low];
}

/* Whether n bytes at `sp` are part of one kernel stack. */
static bool is_on_stack(uint64_t sp, uint64_t n)
{
    uint64_t top = round_down(sp, STACK_SLOT) + STACK_SLOT;
    return sp % 8 == 0 && sp >= top - STACK_SIZE && n <= top - sp;
}

/* A place in the code of a thread, and what leads to its caller. */
struct place {
    uint64_t pc;
    uint64_t sp;
    uint64_t ra; // return address if it is still in the register, else 0
};

/*
 * The place from which the function `symbol` was called, which is at `at`; its
 * pc is 0 where there is none.  A function that has not called anybody has its
 * return address in ra, and perhaps no frame yet: so had the code that a trap
 * interrupted, if it is at its first instruction.
 */
static struct place caller_of(struct place at, const struct symbol *symbol)
{
    extern void kernelvec(void);
    if (symbol->address == (uint64_t)kernelvec && is_on_stack(at.sp, TF_SIZE)) {
        const struct trapframe *frame = (const struct trapframe *)at.sp;
        return (struct place){frame->epc, frame->sp, frame->ra};
    }
    bool has_frame = at.pc != symbol->address;
    uint64_t saved = at.sp + symbol->return_at;
    uint64_t from = at.ra;
    if (has_frame && symbol->return_at != 0 && is_on_stack(saved, 8)) {
        from = *(const uint64_t *)saved;
    }
    at.sp += has_frame ? symbol->frame : 0;
    at.pc = from == 0 ? 0 : from - 1; // the call, not what follows it
    at.ra = 0;
    return at;
}

void backtrace_print(uint64_t pc, uint64_t sp, uint64_t ra)
{
    struct place at = {pc, sp, ra};
    kprintf("backtrace:\n");
    for (int i = 0; i < BACKTRACE_MAX; i++) {
        const struct symbol *symbol = symbol_find(at.pc);
        if (symbol == NULL) {
            kprintf("  0x%lx\n", at.pc);
            return;
        }
        kprintf("  0x%lx %s+0x%lx\n", at.pc, symbol_names + symbol->name,
                at.pc - symbol->address);
        at = caller_of(at, symbol);
        if (at.pc == 0) {
            return;
        }
    }
}
