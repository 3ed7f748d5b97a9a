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
    PRIORITY = 0x0,       // + 4 * source
    ENABLE = 0x2000,      // + 0x80 * context, a bit per source
    THRESHOLD = 0x200000, // + 0x1000 * context
    CLAIM = 0x200004,     // + 0x1000 * context
    ENABLE_STRIDE = 0x80,
    CONTEXT_STRIDE = 0x1000,
};

static volatile char *plic_base;           // [i]
static uint32_t plic_context;              // [i]
static plic_handler_fn *handlers[SOURCES]; // [i] after boot

/* Nothing enabled, threshold open. */
void plic_init(volatile void *base, uint32_t context)
{
    plic_base = base;
    plic_context = context;
    for (uint32_t word = 0; word < SOURCES / 32; word++) {
        mmio_write32(plic_base + ENABLE + ENABLE_STRIDE * context + 4 * word,
                     0);
    }
    mmio_write32(plic_base + THRESHOLD + CONTEXT_STRIDE * context, 0);
}

/* Give the source a priority above the threshold and set its bit. */
void plic_enable(uint32_t source, plic_handler_fn *handler)
{
    if (source == 0 || source >= SOURCES) {
        panic("interrupt source %u: the kernel knows 1 to %d", source,
              SOURCES - 1);
    }
    handlers[source] = handler;
    mmio_write32(plic_base + PRIORITY + 4 * source, 1);
    volatile char *word =
        plic_base + ENABLE + ENABLE_STRIDE * plic_context + source / 32 * 4;
    mmio_write32(word, mmio_read32(word) | 1U << source % 32);
}

/* A claim of 0 means that nothing is left. */
void plic_interrupt(void)
{
    volatile char *claim = plic_base + CLAIM + CONTEXT_STRIDE * plic_context;
    uint32_t source;
    while ((source = mmio_read32(claim)) != 0) {
        if (source < SOURCES && handlers[source] != NULL) {
            handlers[source]();
        }
        mmio_write32(claim, source); // complete
    }
}
