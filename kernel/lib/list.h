#pragma once

#include "lib/base.h"

/*
 * Circular doubly linked lists.  A `struct list` is both the head and the link
 * inside each element; an empty head, or an element that is on no list, points
 * at itself.  The lock of the structure that owns the head guards the links.
 */
struct list {
    struct list *next;
    struct list *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l;
    l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}

/* Insert `item` right behind `head`, or any other link. */
static inline void list_push_front(struct list *head, struct list *item)
{
    item->prev = head;
    item->next = head->next;
    head->next->prev = item;
    head->next = item;
}

static inline void list_push_back(struct list *head, struct list *item)
{
    list_push_front(head->prev, item);
}

/* Take `item` off its list; harmless when it is on none. */
static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

/* Take off and return the first element, or NULL. */
static inline struct list *list_pop_front(struct list *head)
{
    struct list *first = head->next;
    if (first == head) {
        return NULL;
    }
    list_remove(first);
    return first;
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)

/* Visit each link; the loop body must not remove `pos`. */
#define list_for_each(pos, head)                                               \
    for (struct list *pos = (head)->next; pos != (head); pos = pos->next)
