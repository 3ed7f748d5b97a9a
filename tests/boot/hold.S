# A stop on the way from QEMU's reset code, at ROM, to the firmware: only hart
# FIRST passes at once, so that it boots; the others wait for a number at WAIT.
#
# The code at ROM ends with the addresses of the firmware and the device tree,
# and what the firmware is to do (OpenSBI, struct fw_dynamic_info), which also
# names the hart that is to boot.  Here that becomes -1: any may.
    .equ ROM, 0x1000

    .globl _start
_start:
    csrr a0, mhartid
    li   t0, FIRST
    beq  a0, t0, pass
    li   t0, WAIT
wait:
    ld   t1, 0(t0)
    beqz t1, wait
pass:
    li   t0, ROM
    la   a2, info
    .irp i, 0, 8, 16, 24, 32
    ld   t1, 40 + \i(t0)
    sd   t1, \i(a2)
    .endr
    li   t1, -1
    sd   t1, 40(a2)
    ld   a1, 32(t0)
    ld   t0, 24(t0)
    jr   t0

    .balign 8
info:
    .skip 48
