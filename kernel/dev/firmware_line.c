#include "dev/line.h"
#include "riscv/sbi.h"
#include "sync/spinlock.h"

/*
 * A line that the firmware drives: each character is a call.
 *
 * Lock: firmware_lock keeps messages and output in one piece; like the UART's
 * it ranks last.  Only the console's poller receives.
 */
static struct spinlock firmware_lock = SPINLOCK_INIT("firmware", RANK_UART);

/* line.log.  Locks: takes firmware. */
static void firmware_log(const char *text, unsigned long length)
{
    spin_acquire(&firmware_lock);
    sbi_log(text, length);
    spin_release(&firmware_lock);
}

/* line.send.  The firmware takes everything, and returns when it is sent: on a
   slow line the caller waits for as long as that takes, holding a lock. */
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
