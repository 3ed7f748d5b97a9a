#include "check.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "api/errno.h"
#include "api/fslog.h"
#include "disk/format.h"

/*
 * Checking an image.
 *
 * The rules for a single superblock, inode, and entry are the kernel's own
 * (disk/format).  Here they are applied to the whole image, and its parts are
 * compared with each other:
 *
 * 1. The superblock and the log's head; nothing else is checked if the
 *    superblock is wrong.
 * 2. The lists of orphans and of free inodes.
 * 3. Each inode: its fields and its blocks.  A block belongs to one file.
 * 4. Each directory: its entries, each of which is a link to an inode.
 * 5. Inodes again: the counted links, and a path up to the root.
 * 6. The bitmap: blocks in use must be those found; the counts of what is free.
 *
 * No step recurses or trusts a number, so checking a damaged image takes no
 * longer than checking a sound one.
 */
struct check {
    struct view view;
    FILE *out;
    int problems;
    uint32_t *owner; // of each block: its inode; 0: none yet
    uint32_t *links; // to each inode, counted
    bool *orphan;    // inodes on the orphan list
    bool *listed;    // inodes on the free list
};

#define OWNER_SYSTEM UINT32_MAX // blocks in front of the data area

/* Print a problem. */
static void __attribute__((format(printf, 2, 3)))
report(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(check->out, format, args);
    fprintf(check->out, "\n");
    va_end(args);
    check->problems++;
}

static bool is_zero(const void *bytes, size_t n)
{
    const char *byte = bytes;
    return n == 0 || (byte[0] == 0 && memcmp(byte, byte + 1, n - 1) == 0);
}

/* ---- superblock, log, orphans ------------------------------------------ */

static void check_super(struct check *check)
{
    const struct fs_super *super = check->view.super;
    if (super->state != FS_CLEAN) {
        report(check, "superblock: the kernel has found errors");
    }
    if (!is_zero(super + 1, FS_BLOCK - sizeof(*super))) {
        report(check, "superblock: bytes after it are not zero");
    }
}

static void check_log(struct check *check)
{
    const struct fs_super *super = check->view.super;
    const struct fs_log_head *head = view_block(&check->view, super->log.start);
    const char *fault = format_check_log(super, head);
    if (fault != NULL) {
        report(check, "log: %s", fault);
        return;
    }
    if (view_record(&check->view, head, NULL) != -ENOENT) {
        report(check, "log: holds changes that must be replayed");
    }
}

static void check_orphans(struct check *check)
{
    uint64_t number = check->view.super->orphans;
    while (number != 0) {
        if (!format_is_inode(check->view.super, number) ||
            check->orphan[number]) {
            report(check, "orphans: bad list at inode %llu",
                   (unsigned long long)number);
            return;
        }
        check->orphan[number] = true;
        number = view_inode(&check->view, (uint32_t)number)->next;
    }
}

/* The free list must contain all inodes that were in use once and are free
   now. */
static void check_free_inodes(struct check *check)
{
    const struct fs_super *super = check->view.super;
    uint64_t number = super->free_inode;
    while (format_is_inode(super, number) && !check->listed[number] &&
           view_inode(&check->view, (uint32_t)number)->type == FS_FREE) {
        check->listed[number] = true;
        number = view_inode(&check->view, (uint32_t)number)->next;
    }
    if (number != 0) {
        report(check, "free inodes: bad list at inode %llu",
               (unsigned long long)number);
    }
    uint64_t count = 0;
    for (uint32_t n = FS_ROOT; n < format_inodes(super); n++) {
        bool is_free = view_inode(&check->view, n)->type == FS_FREE;
        count += is_free;
        if (!is_free && n >= super->new_inode) {
            report(check, "inode %u: in use, but marked as never used", n);
        } else if (is_free && check->listed[n] != (n < super->new_inode) &&
                   number == 0) {
            report(check, "inode %u: free, but %son the free list", n,
                   check->listed[n] ? "" : "not ");
        }
    }
    if (count != super->free_inodes) {
        report(check, "superblock: says %llu free inodes, has %llu",
               (unsigned long long)super->free_inodes,
               (unsigned long long)count);
    }
}

/* ---- inodes and their blocks -------------------------------------------- */

/* Count a block as an inode's; false if it must not be followed. */
static bool claim(struct check *check, uint32_t number, uint32_t block,
                  uint64_t *count)
{
    if (block == 0) {
        return false;
    }
    if (!format_is_data(check->view.super, block)) {
        report(check, "inode %u: bad block number %u", number, block);
        return false;
    }
    if (check->owner[block] != 0) {
        report(check, "inode %u: block %u also in inode %u", number, block,
               check->owner[block]);
        return false;
    }
    check->owner[block] = number;
    (*count)++;
    return true;
}

/* Claim the block `block` and all blocks it points to.  Its first data block is
   block `index` of the file; `depth` 0 means a data block.  Counts data past
   the end. */
static void claim_tree(struct check *check, uint32_t number, uint32_t block,
                       int depth, uint64_t index, uint64_t *count)
{
    uint64_t size = view_inode(&check->view, number)->size;
    if (!claim(check, number, block, count)) {
        return;
    }
    if (index >= (size + FS_BLOCK - 1) / FS_BLOCK) {
        report(check, "inode %u: block %u is past the end", number, block);
    }
    const uint32_t *pointer = view_block(&check->view, block);
    uint64_t span = depth == 2 ? FS_POINTERS : 1;
    for (uint64_t i = 0; i < FS_POINTERS && depth > 0; i++) {
        claim_tree(check, number, pointer[i], depth - 1, index + i * span,
                   count);
    }
}

/* Claim all blocks of an inode, and compare their number with the inode's. */
static void check_blocks(struct check *check, uint32_t number)
{
    const struct fs_inode *inode = view_inode(&check->view, number);
    uint64_t count = 0;
    for (uint32_t i = 0; i < FS_DIRECT; i++) {
        claim_tree(check, number, inode->direct[i], 0, i, &count);
    }
    claim_tree(check, number, inode->indirect, 1, FS_DIRECT, &count);
    claim_tree(check, number, inode->double_indirect, 2,
               FS_DIRECT + FS_POINTERS, &count);
    if (count != inode->blocks) {
        report(check, "inode %u: says %u blocks, has %llu", number,
               inode->blocks, (unsigned long long)count);
    }
    uint64_t tail = inode->size % FS_BLOCK;
    const char *last = view_file(&check->view, inode, inode->size / FS_BLOCK);
    if (tail != 0 && !is_zero(last + tail, FS_BLOCK - tail)) {
        report(check, "inode %u: bytes after the end are not zero", number);
    }
}

/* Check the fields that only some types use. */
static void check_fields(struct check *check, uint32_t number)
{
    const struct fs_inode *inode = view_inode(&check->view, number);
    if (inode->zero != 0) {
        report(check, "inode %u: reserved field is not zero", number);
    }
    if (inode->type != FS_DEVICE && (inode->major != 0 || inode->minor != 0)) {
        report(check, "inode %u: has device numbers", number);
    }
    if (inode->type != FS_DIRECTORY && inode->parent != 0) {
        report(check, "inode %u: has a parent", number);
    }
    if (inode->next != 0 && !check->orphan[number]) {
        report(check, "inode %u: not an orphan, but has a next orphan", number);
    }
}

/* Check one inode without its links. */
static void check_inode(struct check *check, uint32_t number)
{
    const struct fs_inode *inode = view_inode(&check->view, number);
    if (inode->type == FS_FREE) {
        struct fs_inode copy = *inode;
        copy.next = check->listed[number] ? 0 : copy.next;
        if (!is_zero(&copy, sizeof(copy))) {
            report(check, "inode %u: free, but not zero", number);
        }
        return;
    }
    const char *fault = format_check_inode(check->view.super, number, inode);
    if (fault != NULL) {
        report(check, "inode %u: %s", number, fault);
        return;
    }
    check_fields(check, number);
    check_blocks(check, number);
}

/* ---- directories -------------------------------------------------------- */

/* Check an entry that is in use. */
static void check_entry(struct check *check, uint32_t dir,
                        const struct fs_dirent *entry)
{
    const char *fault = format_check_dirent(check->view.super, entry);
    if (fault != NULL) {
        report(check, "directory %u: %s", dir, fault);
        return;
    }
    size_t length = strlen(entry->name);
    if (!is_zero(entry->name + length, sizeof(entry->name) - length)) {
        report(check, "directory %u: bytes after the name %s", dir,
               entry->name);
    }
    const struct fs_inode *inode = view_inode(&check->view, entry->inode);
    if (inode->type == FS_FREE) {
        report(check, "directory %u: %s is inode %u, which is free", dir,
               entry->name, entry->inode);
    } else if (inode->type == FS_DIRECTORY &&
               (inode->parent != dir || entry->inode == FS_ROOT)) {
        report(check, "directory %u: %s is a directory of %u", dir, entry->name,
               inode->parent);
    }
    check->links[entry->inode]++;
}

/* Compare entries by name, for qsort. */
static int compare_entries(const void *a, const void *b)
{
    const struct fs_dirent *const *x = a;
    const struct fs_dirent *const *y = b;
    return strncmp((*x)->name, (*y)->name, sizeof((*x)->name));
}

/* Report duplicate names. */
static void check_twins(struct check *check, uint32_t dir,
                        const struct fs_dirent **list, size_t n)
{
    qsort(list, n, sizeof(list[0]), compare_entries);
    for (size_t i = 1; i < n; i++) {
        if (compare_entries(&list[i - 1], &list[i]) == 0) {
            report(check, "directory %u: duplicate name %.59s", dir,
                   list[i]->name);
        }
    }
}

static void check_directory(struct check *check, uint32_t number)
{
    const struct fs_inode *dir = view_inode(&check->view, number);
    uint64_t count = view_entries(&check->view, dir);
    const struct fs_dirent **list = calloc(count + 1, sizeof(list[0]));
    size_t n = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct fs_dirent *entry = view_entry(&check->view, dir, i);
        if (entry->inode != 0) {
            check_entry(check, number, entry);
            list[n++] = entry;
        } else if (!is_zero(entry, sizeof(*entry))) {
            report(check, "directory %u: free entry that is not zero", number);
        }
    }
    check_twins(check, number, list, n);
    free(list);
    for (uint64_t i = 0; i < count / FS_DIRENTS_PER_BLOCK; i++) {
        if (view_number(&check->view, dir, i) == 0) {
            report(check, "directory %u: block %llu is a hole", number,
                   (unsigned long long)i);
        }
    }
}

/* ---- links and the bitmap ------------------------------------------------ */

/* Whether a directory's parents lead to the root. */
static bool is_connected(struct check *check, uint32_t number)
{
    for (int steps = 0; number != FS_ROOT; steps++) {
        if (steps == UINT16_MAX ||
            !format_is_inode(check->view.super, number) ||
            check->links[number] == 0) {
            return false;
        }
        number = view_inode(&check->view, number)->parent;
    }
    return true;
}

static void check_links(struct check *check, uint32_t number)
{
    const struct fs_inode *inode = view_inode(&check->view, number);
    if (inode->type == FS_FREE) {
        return;
    }
    if (inode->links != check->links[number]) {
        report(check, "inode %u: says %u links, has %u", number, inode->links,
               check->links[number]);
    }
    if (check->links[number] == 0 && !check->orphan[number]) {
        report(check, "inode %u: in use, but has no name", number);
    } else if (inode->type == FS_DIRECTORY && check->links[number] > 0 &&
               !is_connected(check, number)) {
        report(check, "inode %u: directory not reachable from the root",
               number);
    }
}

static void check_bitmap(struct check *check)
{
    const struct fs_super *super = check->view.super;
    const unsigned char *bits = view_block(&check->view, super->bitmap.start);
    uint64_t count = 0;
    for (uint64_t n = 0; n < super->bitmap.count * FS_BITS_PER_BLOCK; n++) {
        bool used = n < super->blocks && check->owner[n] != 0;
        bool said = (bits[n / 8] >> n % 8 & 1) != 0;
        count += n < super->blocks && !said;
        if (used != said) {
            report(check, "bitmap: block %llu is %s, but marked %s",
                   (unsigned long long)n, used ? "in use" : "free",
                   said ? "in use" : "free");
        }
    }
    if (count != super->free_blocks) {
        report(check, "superblock: says %llu free blocks, has %llu",
               (unsigned long long)super->free_blocks,
               (unsigned long long)count);
    }
}

/* Run all checks that need a good superblock. */
static void check_all(struct check *check)
{
    const struct fs_super *super = check->view.super;
    uint32_t inodes = (uint32_t)format_inodes(super);
    for (uint64_t block = 0; block < super->data.start; block++) {
        check->owner[block] = OWNER_SYSTEM;
    }
    check_super(check);
    check_log(check);
    check_orphans(check);
    check_free_inodes(check);
    for (uint32_t n = 0; n < inodes; n++) {
        check_inode(check, n);
    }
    check->links[FS_ROOT]++; // it has no entry, but counts as one link
    for (uint32_t n = FS_ROOT; n < inodes; n++) {
        if (view_inode(&check->view, n)->type == FS_DIRECTORY) {
            check_directory(check, n);
        }
    }
    for (uint32_t n = 0; n < inodes; n++) {
        check_links(check, n);
    }
    check_bitmap(check);
}

int check_image(const char *base, uint64_t blocks, FILE *out)
{
    const struct fs_super *super = (const struct fs_super *)base;
    struct check check = {.view = {base, super}, .out = out};
    const char *fault =
        blocks > 0 ? format_check_super(super, blocks) : "empty";
    if (fault != NULL) {
        report(&check, "superblock: %s", fault);
        return blocks > 0 && super->magic == FS_MAGIC ? check.problems : -1;
    }
    check.owner = calloc(super->blocks, sizeof(uint32_t));
    check.links = calloc(format_inodes(super), sizeof(uint32_t));
    check.orphan = calloc(format_inodes(super), sizeof(bool));
    check.listed = calloc(format_inodes(super), sizeof(bool));
    if (check.owner == NULL || check.links == NULL || check.orphan == NULL ||
        check.listed == NULL) {
        fprintf(out, "not enough memory to check this image\n");
        exit(8);
    }
    check_all(&check);
    free(check.owner);
    free(check.links);
    free(check.orphan);
    free(check.listed);
    return check.problems;
}
