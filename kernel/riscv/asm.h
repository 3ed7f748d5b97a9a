#pragma once

/*
 * What assembly and C share: offsets into structs (checked by static_assert
 * beside each struct) and the register lists, written once.
 */

/* struct trapframe (riscv/tcb.h): x1..x31 first, then the rest. */
#define TF_REG(n) (((n)-1) * 8)
#define TF_EPC    248
#define TF_STATUS 256
#define TF_TP     264 // kernel's tp, where uservec finds it
#define TF_SIZE   272

/* struct tcb (riscv/tcb.h) */
#define TCB_CONTEXT   0 // ra, sp, s0..s11
#define TCB_HART      112
#define TCB_STACK_TOP 120

/* struct hart (riscv/hart.h) */
#define HART_MAX   64 // so that a set of harts is one word
#define HART_SPARE 0
#define HART_ID    8
#define HART_IDLE  16
#define HART_SATP  24
#define HART_SIZE  72

/* A kernel stack occupies the upper half of its naturally aligned slot, so
   one bit of sp tells the stack from the guard below it. */
#define STACK_SIZE_SHIFT 13
#define STACK_SIZE       (1 << STACK_SIZE_SHIFT)
#define STACK_SLOT       (2 * STACK_SIZE)

/* The linear map: a physical address plus this is a kernel address. */
#define LINEAR_BASE 0xffffffc000000000
#define LINEAR_GIB  192 // how much it maps at most (mm/layout.h)
