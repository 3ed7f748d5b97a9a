#pragma once

#include "api/limits.h"
#include "sched/sleeplock.h"

/*
 * Inside of fs: a name that a call of fs/tree.c or fs/rename.c is about, from
 * the walk to it to the change.  Errors are those of path.h and dir.h.
 */
struct inode;
struct op;
struct page;

/* A name that a call is about. */
struct entry {
    struct inode *dir; // a reference
    char name[NAMEMAX + 1];
    bool slash;          // one follows the name
    bool is_dots;        // the name is "." or "..", which stand in no directory
    struct inode *inode; // what it stands for, a reference, or NULL
    uint32_t slot;       // where it is
    struct page *page;   // its place, ready to be changed; a reference, or NULL
};

#define TREE_BLOCKS 32 // that an operation of these calls may change

/* Held while a name moves or a directory goes; rank RENAME. */
extern struct sleeplock tree_rename_lock;

/* Walk to the directory of a path's last name.  entry_put in any case. */
int entry_walk(struct entry *entry, const char *path);

/* Let go of what the entry refers to; no operation may be open. */
void entry_put(struct entry *entry);

/* Open an operation.  If nothing may be changed, report first what would be
   wrong in any case: a name that is there or, unless `is_new`, one that is not;
   else -EROFS. */
int entry_begin(struct op *op, struct entry *entry, bool is_new);

/* With the directory locked: look the name up; -ENOENT in a dead directory.
   The second wants it not to be there, -EEXIST, and no slash behind it unless
   it is to be a directory's, -ENOTDIR. */
int entry_find(struct entry *entry);
int entry_find_free(struct entry *entry, bool directory);

/* With the directory locked: let the name stand for another inode, with 0 for
   none; the one that it stood for loses it.  -ENOTEMPTY. */
int entry_replace(struct op *op, struct entry *entry, uint32_t number);

/* Take a name from a file that is locked and touched. */
void entry_drop_link(struct op *op, struct inode *inode);
