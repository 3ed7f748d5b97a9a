#pragma once

/*
 * Words that several harts use without a lock.  The name of an operation says
 * which other accesses to memory it keeps in order:
 *
 *   relaxed  none; only the word itself is read or written as a whole
 *   acquire  what follows in the program happens after it
 *   release  what precedes in the program happens before it
 *   full     both, also a store before it and a load after it
 *
 * Compilers have got this wrong, and no emulator shows it; so what they make of
 * lines with these names is checked (tests/static).  Compare-and-swap is
 * atomic_change in riscv/csr.h, the order of registers is in riscv/mmio.h.
 */
#define atomic_load_relaxed(at) __atomic_load_n(at, __ATOMIC_RELAXED)
#define atomic_load_acquire(at) __atomic_load_n(at, __ATOMIC_ACQUIRE)
#define atomic_load_full(at)    __atomic_load_n(at, __ATOMIC_SEQ_CST)

#define atomic_store_relaxed(at, n) __atomic_store_n(at, n, __ATOMIC_RELAXED)
#define atomic_store_release(at, n) __atomic_store_n(at, n, __ATOMIC_RELEASE)

/* These return what was there before. */
#define atomic_add_relaxed(at, n)  __atomic_fetch_add(at, n, __ATOMIC_RELAXED)
#define atomic_add_full(at, n)     __atomic_fetch_add(at, n, __ATOMIC_SEQ_CST)
#define atomic_sub_full(at, n)     __atomic_fetch_sub(at, n, __ATOMIC_SEQ_CST)
#define atomic_or_full(at, n)      __atomic_fetch_or(at, n, __ATOMIC_SEQ_CST)
#define atomic_and_full(at, n)     __atomic_fetch_and(at, n, __ATOMIC_SEQ_CST)
#define atomic_swap_full(at, n)    __atomic_exchange_n(at, n, __ATOMIC_SEQ_CST)
#define atomic_swap_acquire(at, n) __atomic_exchange_n(at, n, __ATOMIC_ACQUIRE)
