#pragma once

#include "lib/base.h"

/* Tables of open files: the descriptors of a process.  Tables are counted, so
   that threads can share one. */
struct file;
struct files;

/* A table without open files and one reference; NULL when memory has run
   out. */
struct files *files_create(void);

/* A copy for a child: the same files under the same numbers.  0, -ENOMEM. */
int files_copy(struct files *from, struct files **out);

/* Drop a reference; the last one closes all files.  Sleeps: yes. */
void files_put(struct files *files);

/* The file of a descriptor, with a reference; NULL when not open. */
struct file *files_get(struct files *files, uint64_t fd);

/* Whether there is a free descriptor. */
bool files_has_room(struct files *files);

/* Enter `file` under the lowest free descriptor, which is returned; its
   reference is used up in any case.  -EMFILE.  Sleeps: yes. */
int files_add(struct files *files, struct file *file);

/* Enter `file` under `fd` and close what was there; the reference passes to
   the table.  NULL only closes.  0, or -EBADF when `fd` is out of range or
   there was nothing to close.  Sleeps: yes. */
int files_set(struct files *files, uint64_t fd, struct file *file);
