#include "dev/uart.h"
#include "dev/line.h"
#include "mm/kmap.h"
#include "riscv/machine.h"
#include "riscv/mmio.h"
#include "riscv/try.h"
#include "sync/spinlock.h"

/*
 * The serial line: a UART of the 16550 family.  Registers and bits are those of
 * the data sheet of the PC16550D, section 8.
 *
 * Programs' output comes from the console's ring.  uart_send passes on what the
 * chip takes at once and, when something is left, has the chip interrupt as
 * soon as it is empty; the console then goes on.  Kernel messages do not wait
 * for interrupts: uart_log waits for the chip itself, holding the lock, so that
 * a message stays in one piece and no other output meets it in the transmit
 * register.
 *
 * 1. uart.lock guards the registers.  It ranks last, because a message may be
 *    printed under any other lock; with it held nothing is called or printed.
 * 2. The transmit interrupt is enabled exactly while the console has output
 *    that the chip did not take.
 * 3. Waiting for the chip is bounded.  When it does not drain, characters are
 *    dropped, the first after a long wait and the others at once, until it
 *    drains again: a terminal that nobody reads must not stop the kernel.
 *
 * Called by the console and, as a log sink, by kprintf and panic.
 */

/* Registers, in units of 1 << shift bytes. */
enum uart_register {
    UART_DATA = 0,       // read: received, write: to transmit
    UART_IRQ_ENABLE = 1, // IRQ_* bits (8.7)
    UART_IRQ_CAUSE = 2,  // read (8.6)
    UART_FIFO = 2,       // write (8.5)
    UART_LINE = 3,       // line control (8.1)
    UART_MODEM = 4,      // modem control (8.8)
    UART_STATUS = 5,     // line status (8.4)
    UART_SCRATCH = 7,    // holds what is written, and does nothing (8.10)
    UART_BUSY = 31,      // DesignWare only: reading it ends CAUSE_BUSY
};

#define IRQ_RECEIVE  0x01
#define IRQ_TRANSMIT 0x02

#define CAUSE_BUSY    0x07 // DesignWare only: a write to UART_LINE was refused
#define CAUSE_TIMEOUT 0x0c // received, and not read for a while
#define CAUSE_KIND    0x0f
#define CAUSE_FIFOS   0xc0 // both bits: the chip has FIFOs that work

#define FIFO_ON    0x01 // on; what is in it stays
#define FIFO_BYTES 16   // what such a chip takes when it is empty

#define LINE_8N1 0x03 // 8 data bits, no parity; divisor latch closed

#define MODEM_READY 0x0b // DTR, RTS, and OUT2, which gates the interrupt

#define STATUS_RECEIVED 0x01
#define STATUS_EMPTY    0x20 // the transmit FIFO is empty

#define PATIENCE 100000 // looks at the status before a character is dropped

static struct {
    struct spinlock lock; // guards the registers and what has no other mark
    volatile char *base;  // [i]
    int depth;            // [i] characters that it takes when it is empty
    bool stuck;           // the last wait for the transmitter was in vain
} uart = {.lock = SPINLOCK_INIT("uart", RANK_UART)};

static volatile char *reg_at(enum uart_register reg)
{
    return uart.base + ((unsigned)reg << machine.uart.shift);
}

static uint32_t reg_read(enum uart_register reg)
{
    volatile char *at = reg_at(reg);
    return machine.uart.width == 4 ? mmio_read32(at) : mmio_read8(at);
}

static void reg_write(enum uart_register reg, uint32_t value)
{
    if (machine.uart.width == 4) {
        mmio_write32(reg_at(reg), value);
    } else {
        mmio_write8(reg_at(reg), (uint8_t)value);
    }
}

/* Whether the registers that the device tree describes can be a UART's: the
   scratch register keeps a pattern. */
static bool is_uart(void)
{
    enum { SHIFT_MAX = 3, PATTERN = 0x5a };
    paddr_t pa = machine.uart.regs.start;
    uint32_t shift = machine.uart.shift;
    bool is_wide = machine.uart.width == 4 && shift >= 2 && pa % 4 == 0;
    if (pa == 0 || shift > SHIFT_MAX || !(machine.uart.width == 1 || is_wide)) {
        return false;
    }
    uart.base = kmap_device(pa, (UART_BUSY + 1) << shift);
    if (uart.base == NULL || !(is_wide ? try_load32(reg_at(UART_SCRATCH))
                                       : try_load8(reg_at(UART_SCRATCH)))) {
        return false;
    }
    reg_write(UART_SCRATCH, PATTERN);
    return (reg_read(UART_SCRATCH) & 0xff) == PATTERN;
}

/* The speed stays as the firmware has set it. */
bool uart_init(void)
{
    if (!is_uart()) {
        return false;
    }
    reg_write(UART_IRQ_ENABLE, 0);
    reg_write(UART_LINE, LINE_8N1);
    reg_write(UART_FIFO, FIFO_ON);
    bool has_fifos = (reg_read(UART_IRQ_CAUSE) & CAUSE_FIFOS) == CAUSE_FIFOS;
    uart.depth = has_fifos ? FIFO_BYTES : 1;
    reg_write(UART_MODEM, MODEM_READY);
    reg_write(UART_IRQ_ENABLE, IRQ_RECEIVE);
    return true;
}

/* line.send.  When the chip takes fewer than `n`, it interrupts later
   (invariant 2).  Locks: takes uart. */
static size_t uart_send(const char *text, size_t n)
{
    size_t sent = 0;
    spin_acquire(&uart.lock);
    while (sent < n && (reg_read(UART_STATUS) & STATUS_EMPTY) != 0) {
        for (int i = 0; i < uart.depth && sent < n; i++) {
            reg_write(UART_DATA, (unsigned char)text[sent++]);
        }
    }
    uint32_t transmit = sent < n ? IRQ_TRANSMIT : 0;
    reg_write(UART_IRQ_ENABLE, IRQ_RECEIVE | transmit);
    spin_release(&uart.lock);
    return sent;
}

/*
 * line.receive.  Reading the cause takes back the transmit interrupt, reading
 * the data the other.  A DesignWare chip can report a timeout without data,
 * which also ends only when data are read.  Locks: takes uart.
 */
static int uart_receive(void)
{
    int c = -1;
    spin_acquire(&uart.lock);
    uint32_t cause = reg_read(UART_IRQ_CAUSE) & CAUSE_KIND;
    if (cause == CAUSE_BUSY) {
        reg_read(UART_BUSY);
    }
    if ((reg_read(UART_STATUS) & STATUS_RECEIVED) != 0) {
        c = (int)(reg_read(UART_DATA) & 0xff);
    } else if (cause == CAUSE_TIMEOUT) {
        reg_read(UART_DATA);
    }
    spin_release(&uart.lock);
    return c;
}

/* Transmit one character when the chip is empty, or drop it (invariant 3). */
static void uart_put(char c)
{
    for (int tries = uart.stuck ? 1 : PATIENCE; tries > 0; tries--) {
        if ((reg_read(UART_STATUS) & STATUS_EMPTY) != 0) {
            reg_write(UART_DATA, (unsigned char)c);
            uart.stuck = false;
            return;
        }
    }
    uart.stuck = true;
}

/* line.log_panic: without the lock, which a stopped hart may hold. */
static void uart_log_panic(const char *text, unsigned long length)
{
    for (unsigned long i = 0; i < length; i++) {
        if (text[i] == '\n') {
            uart_put('\r');
        }
        uart_put(text[i]);
    }
}

/* line.log.  Locks: takes uart. */
static void uart_log(const char *text, unsigned long length)
{
    spin_acquire(&uart.lock);
    uart_log_panic(text, length);
    spin_release(&uart.lock);
}

const struct line uart_line = {
    .send = uart_send,
    .receive = uart_receive,
    .log = uart_log,
    .log_panic = uart_log_panic,
};
