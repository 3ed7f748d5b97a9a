#include "sys/syscall.h"
#include "api/syscall.h"
#include "riscv/tcb.h"

/*
 * The table of system calls: the only doors into the kernel that a program can
 * open by itself.  docs/coming-from-xv6.md shows how to add one.
 */
#define SYSCALL_ENTRY(name) [SYS_##name] = sys_##name
static syscall_fn *const table[SYS_COUNT] = {SYSCALL_LIST(SYSCALL_ENTRY)};

/* Number in a7, arguments in a0..a5. */
int64_t syscall_dispatch(struct trapframe *frame)
{
    uint64_t number = frame->a[7];
    if (number >= SYS_COUNT || table[number] == NULL) {
        return -ENOSYS;
    }
    return table[number](frame->a);
}
