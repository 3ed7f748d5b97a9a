#include "riscv/timer.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "riscv/hart.h"
#include "riscv/machine.h"
#include "riscv/sbi.h"

/*
 * The timer that always brings control back.  A write through the firmware
 * costs about 290 instructions, one to stimecmp (Sstc extension) a single one;
 * hart->armed remembers what is set, so that most requests need neither.
 */
static bool use_sstc; // [i] after timer_init

/* Look at timer=. */
void timer_init(void)
{
    const char *kind = args_get(&machine.args, "timer");
    if (kind == NULL || strcmp(kind, "sbi") == 0) {
        use_sstc = false;
    } else if (strcmp(kind, "sstc") != 0) {
        panic("boot argument timer=%s: must be sbi or sstc", kind);
    } else if (!machine.has_sstc) {
        panic("boot argument timer=sstc: this machine has no Sstc extension");
    } else {
        use_sstc = true;
    }
}

const char *timer_name(void)
{
    return use_sstc ? "sstc" : "sbi";
}

/* Write the deadline to the hardware. */
void timer_set(uint64_t deadline)
{
    hart_self()->armed = deadline;
    if (use_sstc) {
        csr_write_stimecmp(deadline);
    } else {
        sbi_set_timer(deadline);
    }
}

/* Only an earlier deadline is news. */
void timer_arm(uint64_t deadline)
{
    if (deadline < hart_self()->armed) {
        timer_set(deadline);
    }
}

/* Split the division so that the product cannot overflow unnoticed. */
uint64_t timer_ticks(uint64_t n, uint64_t per_second)
{
    uint64_t whole = n / per_second;
    uint64_t rest = n % per_second * machine.timebase / per_second;
    if (whole > UINT64_MAX / 2 / machine.timebase) {
        return UINT64_MAX / 2;
    }
    return whole * machine.timebase + rest;
}
