#include "riscv/timer.h"
#include "lib/str.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "riscv/sbi.h"
#include "riscv/try.h"

/*
 * The timer that always brings control back.  A write through the firmware
 * costs about 290 instructions, one to stimecmp (Sstc extension) a single one;
 * hart->armed remembers what is set, so that most requests need neither.
 */
static const char *const names[] = {"sbi", "sstc"};
static bool use_sstc; // [i] after timer_init

void timer_init(void)
{
    const char *kind = args_get(&machine.args, "timer");
    use_sstc = kind != NULL && strcmp(kind, names[true]) == 0;
    if (kind != NULL && strcmp(kind, timer_name()) != 0) {
        panic("boot argument timer=%s: must be %s or %s", kind, names[false],
              names[true]);
    }
    if (use_sstc && !(machine.has_sstc && try_stimecmp())) {
        panic("boot argument timer=sstc: this machine has no Sstc extension");
    }
}

const char *timer_name(void)
{
    return names[use_sstc];
}

/* Write the deadline to the hardware. */
void timer_set(uint64_t deadline)
{
    assert_irq_off();
    hart_self()->armed = deadline;
    if (use_sstc) {
        csr_write(0x14d, deadline); // stimecmp; older assemblers lack the name
    } else {
        sbi_set_timer(deadline);
    }
}

void timer_arm(uint64_t deadline)
{
    if (deadline < hart_self()->armed) {
        timer_set(deadline);
    }
}

/* The product fits in 64 bits, because both factors have 32. */
uint64_t timer_ticks(uint32_t n, uint32_t per_second)
{
    check_that(per_second != 0 && machine.timebase <= UINT32_MAX);
    return n * machine.timebase / per_second;
}
