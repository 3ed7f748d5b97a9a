#pragma once

#include "lib/base.h"

/* Tables of open files: the descriptors of a process.  Tables are counted, so
   that threads can share one. */
struct file;
struct fdtable;

/* A table without open files and one reference; NULL when memory has run
   out. */
struct fdtable *fdtable_create(void);

/* A copy for a child: the same files under the same numbers.  0, -ENOMEM. */
int fdtable_copy(struct fdtable *from, struct fdtable **out);

/* Drop a reference; the last one closes all files.  Sleeps: yes. */
void fdtable_put(struct fdtable *table);

/* The file of a descriptor, with a reference; NULL when not open. */
struct file *fdtable_get(struct fdtable *table, uint64_t fd);

/* Whether there is a free descriptor. */
bool fdtable_has_room(struct fdtable *table);

/* Enter `file` under the lowest free descriptor, which is returned; its
   reference is used up in any case.  -EMFILE.  Sleeps: yes. */
int fdtable_add(struct fdtable *table, struct file *file);

/* Enter `file` under `fd` and close what was there; the reference passes to
   the table.  NULL only closes.  0, or -EBADF when `fd` is out of range or
   there was nothing to close.  Sleeps: yes. */
int fdtable_set(struct fdtable *table, uint64_t fd, struct file *file);
