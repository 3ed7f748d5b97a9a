#pragma once

#include "image.h"

/*
 * Stacks of calls, one for each thread.  `stack` is that of the thread that
 * executes.
 */

/* How control leaves a block. */
enum way { AHEAD, JUMP, CALL, RETURN, TRAP_RETURN };

/* Instructions that QEMU translates at once: only the last one can jump. */
struct block {
    const struct function *function;
    uint64_t pc;
    uint64_t next; // what comes after it in memory
    enum way way;
    bool is_firmware;
    bool is_first;      // where a function begins
    bool is_vector;     // where a trap to the kernel begins
    bool is_thread;     // where a new thread begins
    bool is_program;    // where a program begins
    bool is_end;        // where the kernel turns the machine off
    uint32_t count;     // instructions
    uint16_t offsets[]; // of each, from pc
};

/* A function as called through a chain of others.  All of them form a tree. */
struct node {
    const struct function *function;
    struct node *parent;
    struct node *child;
    struct node *sibling;
    uint64_t count; // instructions of its own
    int depth;
};

/* A block that was left, perhaps before its end. */
struct point {
    const struct block *block;
    uint64_t begun; // instructions of it
};

struct frame {
    struct node *node;
    uint64_t back; // where a return from it goes
    bool is_trap;
    bool is_window;     // of the function that the profile is about
    struct point point; // of a trap: what it interrupted
};

struct stack {
    uint64_t thread; // where swtch keeps its registers
    struct frame *frames;
    size_t depth;
    size_t room;
    struct stack *next;
};

extern struct node root;
extern struct stack *stack;

/* Limit the profile to a function and all that happens while it runs. */
void window_choose(const struct function *function);

/* Add to the node on top, or to those outside the window. */
void stack_credit(uint64_t count);
uint64_t stack_outside(void);

/* Go on with another thread's stack. */
void stack_change(uint64_t left, uint64_t entered);

/* The frame on top; NULL if there is none. */
struct frame *stack_top(void);

/* One more, for a function that is entered. */
struct frame *stack_push(const struct block *now, uint64_t back);

/* Forget all frames from `depth` upward. */
void stack_cut(size_t depth);

/* How many frames there are up to the last trap: what is above belongs to the
   level of privilege that executes. */
size_t stack_base(void);

/* Back to the frame that expects a return to this address, or to "unknown". */
void stack_return(const struct block *now);

/* Control is in this block, by none of the ways above. */
void stack_settle(const struct block *now);
