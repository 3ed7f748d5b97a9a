#include "dev/firmware_line.h"
#include "riscv/sbi.h"
#include "sync/spinlock.h"

/*
 * A line that the firmware drives: each character is a call.
 *
 * Lock: firmware_lock keeps messages and output in one piece; like the UART's
 * it ranks last.  Only the console's poller receives.
 */
static struct spinlock firmware_lock = SPINLOCK_INIT("firmware", RANK_UART);

/* Log sink; sending uses it, too.  Locks: takes firmware.  Sleeps: no. */
static void firmware_log(const char *text, unsigned long length)
{
    spin_acquire(&firmware_lock);
    sbi_log(text, length);
    spin_release(&firmware_lock);
}

/* The firmware takes everything, and returns when it is out: on a slow line the
   caller, who holds a lock, is kept for as long as that takes. */
static size_t firmware_send(const char *text, size_t n)
{
    firmware_log(text, n);
    return n;
}

const struct line firmware_line = {
    .send = firmware_send,
    .receive = sbi_receive,
    .log = firmware_log,
    .log_panic = sbi_log,
};
