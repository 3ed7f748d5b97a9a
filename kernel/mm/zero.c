#include "mm/zero.h"
#include "lib/str.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/try.h"

/*
 * Pages of zeros.  Harts with the Zicboz extension zero a block of the cache by
 * one instruction.  The device tree says so and gives the size of a block; but
 * it may be wrong, or the firmware may not allow the instruction, so it is
 * tried once.
 */
void *page_zero(void *page)
{
    uint64_t step = machine.zero_block;
    if (step == 0) {
        return memset(page, 0, PAGE_SIZE);
    }
    const char *end = (char *)page + PAGE_SIZE;
    for (char *at = page; at < end; at += step) {
        cache_zero(at);
    }
    return page;
}

void page_zero_init(void *page)
{
    const char *bytes = memset(page, 0xff, PAGE_SIZE);
    if (machine.zero_block != 0 && try_cache_zero(page)) {
        page_zero(page);
    }
    // All are zero if the first is and each equals the one before it.
    if (*bytes != 0 || memcmp(bytes, bytes + 1, PAGE_SIZE - 1) != 0) {
        machine.zero_block = 0;
    }
}
