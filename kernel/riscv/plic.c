#include "riscv/plic.h"
#include "riscv/csr.h"
#include "riscv/mmio.h"
#include "riscv/try.h"

/*
 * The boot hart takes all external interrupts: none of our devices interrupts
 * so often that spreading them over the harts would pay.  No other hart's
 * context has sources enabled, so no claim races.
 */
#define SOURCES 128

enum {
    ENABLE = 0x2000, // + ENABLE_SIZE * context, a bit per source
    ENABLE_SIZE = 0x80,
    CONTEXT = 0x200000,    // + 0x1000 * context
    CONTEXT_THRESHOLD = 0, // registers of a context
    CONTEXT_CLAIM = 4,
    CONTEXT_SIZE = 8,
};

static volatile char *priorities;          // [i] a register per source, or NULL
static volatile char *enable;              // [i] of our context
static volatile char *context;             // [i] its other registers
static plic_handler_fn *handlers[SOURCES]; // [i] after boot

uint64_t plic_size(uint32_t number)
{
    return CONTEXT + 0x1000 * (uint64_t)number + CONTEXT_SIZE;
}

/* Disable all sources and let every priority above 0 through. */
bool plic_init(volatile void *base, uint32_t number)
{
    enable = (volatile char *)base + ENABLE + ENABLE_SIZE * number;
    context = (volatile char *)base + CONTEXT + 0x1000 * number;
    if (!try_load32(base) || !try_load32(enable) || !try_load32(context)) {
        return false;
    }
    for (uint32_t byte = 0; byte < ENABLE_SIZE; byte += 4) {
        mmio_write32(enable + byte, 0);
    }
    mmio_write32(context + CONTEXT_THRESHOLD, 0);
    priorities = base;
    return true;
}

/* Give the source a priority above the threshold and set its bit. */
bool plic_enable(uint32_t source, plic_handler_fn *handler)
{
    if (priorities == NULL || source == 0 || source >= SOURCES) {
        return false;
    }
    assert(handlers[source] == NULL);
    handlers[source] = handler;
    mmio_write32(priorities + 4 * source, 1);
    volatile char *word = enable + source / 32 * 4;
    mmio_write32(word, mmio_read32(word) | 1U << source % 32);
    return true;
}

/* A claim of 0 means that nothing is left. */
void plic_interrupt(void)
{
    uint32_t source;
    assert_irq_off();
    while ((source = mmio_read32(context + CONTEXT_CLAIM)) != 0) {
        if (source < SOURCES && handlers[source] != NULL) {
            handlers[source]();
        }
        mmio_write32(context + CONTEXT_CLAIM, source); // complete
    }
}
