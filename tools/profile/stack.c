#include "stack.h"

#include <stdlib.h>

enum { DEPTH_MAX = 200 }; // deeper frames are cut at this depth

struct node root;
struct stack *stack;

static struct stack *stacks;          // all
static const struct function *window; // NULL: everything counts
static uint64_t windows_open;         // frames of that function, on all stacks
static uint64_t outside;              // instructions while none was open
static const struct function unknown = {"", "unknown", 0, 0};

void window_choose(const struct function *function)
{
    window = function;
}

/* The node of a function below its caller's node. */
static struct node *node_below(struct node *parent,
                               const struct function *function)
{
    struct node *node;
    if (parent->depth >= DEPTH_MAX) {
        parent = parent->parent;
    }
    for (node = parent->child; node != NULL; node = node->sibling) {
        if (node->function == function) {
            return node;
        }
    }
    node = resized(NULL, sizeof(*node));
    *node = (struct node){.function = function,
                          .parent = parent,
                          .sibling = parent->child,
                          .depth = parent->depth + 1};
    parent->child = node;
    return node;
}

struct frame *stack_top(void)
{
    return stack->depth == 0 ? NULL : &stack->frames[stack->depth - 1];
}

/* A count of -1 removes one. */
void stack_credit(uint64_t count)
{
    struct frame *top = stack_top();
    if (top == NULL || (window != NULL && windows_open == 0)) {
        outside += count;
    } else {
        top->node->count += count;
    }
}

uint64_t stack_outside(void)
{
    return outside;
}

/* A function begins in this frame. */
static void frame_begin(struct frame *frame, const struct block *now)
{
    if (now->function == window && !frame->is_window) {
        frame->is_window = true;
        windows_open++;
    }
}

/* Push a frame. */
static struct frame *push(const struct function *function, uint64_t back)
{
    struct node *below = stack->depth == 0 ? &root : stack_top()->node;
    if (stack->depth == stack->room) {
        stack->room = 2 * stack->room + 16;
        stack->frames =
            resized(stack->frames, stack->room * sizeof(struct frame));
    }
    struct frame *frame = &stack->frames[stack->depth++];
    *frame = (struct frame){.node = node_below(below, function), .back = back};
    return frame;
}

struct frame *stack_push(const struct block *now, uint64_t back)
{
    struct frame *frame = push(now->function, back);
    frame_begin(frame, now);
    return frame;
}

void stack_cut(size_t depth)
{
    while (stack->depth > depth) {
        windows_open -= stack->frames[--stack->depth].is_window;
    }
}

/* The stack of a thread, created if needed. */
static struct stack *stack_of(uint64_t thread)
{
    struct stack *found = stacks;
    while (found != NULL && found->thread != thread) {
        found = found->next;
    }
    if (found == NULL) {
        found = resized(NULL, sizeof(*found));
        *found = (struct stack){.thread = thread, .next = stacks};
        stacks = found;
    }
    return found;
}

/* The first thread is identified when it is switched out. */
void stack_change(uint64_t left, uint64_t entered)
{
    if (stack != NULL) {
        stack->thread = left;
    }
    stack = stack_of(entered);
}

size_t stack_base(void)
{
    size_t depth = stack->depth;
    while (depth > 0 && !stack->frames[depth - 1].is_trap) {
        depth--;
    }
    return depth;
}

/* The stack is inside a function whose call was not seen. */
static void stack_lost(const struct block *now)
{
    stack_cut(stack_base());
    push(&unknown, 0);
    push(now->function, 0);
}

void stack_return(const struct block *now)
{
    size_t depth = stack->depth;
    while (depth > 0 && !stack->frames[depth - 1].is_trap) {
        depth--;
        if (stack->frames[depth].back == now->pc) {
            stack_cut(depth);
            return;
        }
    }
    stack_lost(now);
}

/* A jump to another function is a call that takes over the frame. */
void stack_settle(const struct block *now)
{
    struct frame *top = stack_top();
    if (top != NULL && top->node->function == now->function) {
        return;
    }
    if (top != NULL && !top->is_trap) {
        top->node = node_below(top->node->parent, now->function);
        frame_begin(top, now);
    } else if (now->is_firmware || now->is_first) {
        stack_push(now, 0);
    } else {
        stack_lost(now);
    }
}
