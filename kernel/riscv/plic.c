#include "riscv/plic.h"
#include "lib/panic.h"
#include "riscv/mmio.h"

/*
 * One hart, the one that boots, takes the external interrupts: a device that
 * interrupts often would gain from spreading, but none of ours does.  It is
 * the only one whose context has sources enabled, so no claim races.
 */
#define SOURCES 128

enum {
    ENABLE = 0x2000,       // + 0x80 * context, a bit per source
    CONTEXT = 0x200000,    // + 0x1000 * context
    CONTEXT_THRESHOLD = 0, // registers of a context
    CONTEXT_CLAIM = 4,
};

static volatile char *priorities;          // [i] a register per source
static volatile char *enable;              // [i] of our context
static volatile char *context;             // [i] its other registers
static plic_handler_fn *handlers[SOURCES]; // [i] after boot

/* Nothing enabled, threshold open. */
void plic_init(volatile void *base, uint32_t number)
{
    priorities = base;
    enable = priorities + ENABLE + 0x80 * number;
    context = priorities + CONTEXT + 0x1000 * number;
    for (uint32_t byte = 0; byte < SOURCES / 8; byte += 4) {
        mmio_write32(enable + byte, 0);
    }
    mmio_write32(context + CONTEXT_THRESHOLD, 0);
}

/* Give the source a priority above the threshold and set its bit. */
void plic_enable(uint32_t source, plic_handler_fn *handler)
{
    if (source == 0 || source >= SOURCES) {
        panic("interrupt source %u: the kernel knows 1 to %d", source,
              SOURCES - 1);
    }
    handlers[source] = handler;
    mmio_write32(priorities + 4 * source, 1);
    volatile char *word = enable + source / 32 * 4;
    mmio_write32(word, mmio_read32(word) | 1U << source % 32);
}

/* A claim of 0 means that nothing is left. */
void plic_interrupt(void)
{
    uint32_t source;
    while ((source = mmio_read32(context + CONTEXT_CLAIM)) != 0) {
        if (source < SOURCES && handlers[source] != NULL) {
            handlers[source]();
        }
        mmio_write32(context + CONTEXT_CLAIM, source); // complete
    }
}
