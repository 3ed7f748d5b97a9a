#pragma once

#include "image.h"

/*
 * Call stacks, one for each thread.  `stack` belongs to the current thread.
 */

/* How control leaves a block. */
enum way { AHEAD, JUMP, CALL, RETURN, TRAP_RETURN };

/* Instructions that QEMU translates together: only the last one can jump. */
struct block {
    const struct function *function;
    uint64_t pc;
    uint64_t next; // address after the block
    enum way way;
    bool is_firmware;
    bool is_first;      // a function begins here
    bool is_vector;     // the trap vector begins here
    bool is_thread;     // a new thread begins here
    bool is_program;    // a program begins here
    bool is_end;        // the kernel turns the machine off here
    uint32_t count;     // instructions
    uint16_t offsets[]; // of each instruction, from pc
};

/* A function in a chain of calls.  All nodes form a tree. */
struct node {
    const struct function *function;
    struct node *parent;
    struct node *child;
    struct node *sibling;
    uint64_t count; // its own instructions
    int depth;
};

/* A position in a block that was left, perhaps before its end. */
struct point {
    const struct block *block;
    uint64_t begun; // instructions of it that have begun
};

struct frame {
    struct node *node;
    uint64_t back; // return address
    bool is_trap;
    bool is_window;     // of the function being profiled
    struct point point; // of a trap: the interrupted position
};

struct stack {
    uint64_t thread; // where swtch saves its registers
    struct frame *frames;
    size_t depth;
    size_t room;
    struct stack *next;
};

extern struct node root;
extern struct stack *stack;

/* Limit the profile to a function and all that happens while it runs. */
void window_choose(const struct function *function);

/* Add to the node on top, or to the count outside the window. */
void stack_credit(uint64_t count);
uint64_t stack_outside(void);

/* Switch to another thread's stack. */
void stack_change(uint64_t left, uint64_t entered);

/* The frame on top; NULL if there is none. */
struct frame *stack_top(void);

/* Push a frame for the function that is entered. */
struct frame *stack_push(const struct block *now, uint64_t back);

/* Remove all frames from `depth` up. */
void stack_cut(size_t depth);

/* The number of frames up to the last trap; those above belong to the current
   privilege level. */
size_t stack_base(void);

/* Pop to the frame that expects a return to this address, or to "unknown". */
void stack_return(const struct block *now);

/* Control is in this block, but reached it in none of the ways above. */
void stack_settle(const struct block *now);
