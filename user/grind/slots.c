/*
 * The worker's descriptors, and the open files they share.  The model tracks
 * each one, so it predicts every number that open and dup return, and every
 * position.
 */
#include "grind.h"

struct opened *slots[SLOTS];

/* The slot of the descriptor that the kernel must return next; SLOTS if all are
   in use. */
int slot_free(void)
{
    int slot = 0;

    while (slot < SLOTS && slots[slot] != NULL) {
        slot++;
    }
    return slot;
}

/* A slot in use, or -1. */
int slot_some(void)
{
    int slot = (int)random_below(SLOTS);

    return slots[slot] != NULL ? slot : -1;
}

/* A slot with a file, or -1. */
int slot_of_file(void)
{
    int slot = slot_some();

    return slot >= 0 && slots[slot]->node->kind == T_FILE ? slot : -1;
}

/* Make a slot refer to an open file, or to none. */
void slot_set(int slot, struct opened *opened)
{
    struct opened *old = slots[slot];

    if (opened != NULL) {
        opened->slots++;
    }
    slots[slot] = opened;
    if (old != NULL && --old->slots == 0) {
        node_drop(old->node);
        free(old);
    }
}

/* Close all descriptors. */
void slots_close(void)
{
    for (int i = 0; i < SLOTS; i++) {
        if (slots[i] != NULL && TRY(0, close(i + FIRST))) {
            slot_set(i, NULL);
        }
    }
}

/* Check all open files, including those without a name. */
void slots_check(void)
{
    for (int i = 0; i < SLOTS; i++) {
        struct opened *o = slots[i];

        if (o != NULL && o->readable && o->node->kind == T_FILE) {
            detail("descriptor %d", i + FIRST);
            TRY(0, lseek(i + FIRST, 0, SEEK_SET));
            check_open(i + FIRST, o->node);
            TRY(o->offset, lseek(i + FIRST, o->offset, SEEK_SET));
        }
    }
}
