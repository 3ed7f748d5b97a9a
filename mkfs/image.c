#include "image.h"
#include <string.h>
#include "api/fslog.h"
#include "disk/format.h"

/*
 * Building a disk image in memory.
 *
 * Blocks and inodes are allocated in order from the first one, so the same
 * calls always produce the same bytes.  Unused blocks stay zero, as holes in
 * the file that is mapped here.  A block's bit in the bitmap is set when it is
 * allocated.
 */
#define LOG_SHARE   16 // the log gets 1/16 of the blocks,
#define LOG_LEAST   64 // but at least this many
#define LOG_MOST    2048
#define INODE_SHARE 2 // one inode for this many blocks

/* Record why something failed. */
static bool image_fail(struct image *image, const char *fault)
{
    image->fault = fault;
    return false;
}

/* The contents of a block. */
static void *image_block(const struct image *image, uint64_t block)
{
    return image->base + block * FS_BLOCK;
}

/* Set a block's bit in the bitmap. */
static void image_mark(struct image *image, uint64_t block)
{
    unsigned char *bits = image_block(image, image->super->bitmap.start);
    bits[block / 8] |= (unsigned char)(1u << block % 8);
}

/* Allocate a zeroed block; 0 if none is left. */
static uint32_t image_take_block(struct image *image)
{
    if (image->next_block == image->super->blocks) {
        image_fail(image, "image full");
        return 0;
    }
    image_mark(image, image->next_block);
    return (uint32_t)image->next_block++;
}

struct fs_inode *image_inode(const struct image *image, uint32_t number)
{
    struct fs_inode *first = image_block(image, image->super->inodes.start);
    return first + number;
}

/* Allocate an inode with one link; 0 if none is left. */
static uint32_t image_take_inode(struct image *image, enum fs_type type)
{
    if (image->next_inode == format_inodes(image->super)) {
        image_fail(image, "no inode left");
        return 0;
    }
    struct fs_inode *inode = image_inode(image, image->next_inode);
    inode->type = (uint16_t)type;
    inode->links = 1;
    inode->mtime = image->mtime;
    return image->next_inode++;
}

/* Place `area` at *next with `count` blocks. */
static void image_lay(struct fs_area *area, uint64_t *next, uint64_t count)
{
    area->start = *next;
    area->count = count;
    *next += count;
}

/* How many units of `size` are needed for n. */
static uint64_t image_units(uint64_t n, uint64_t size)
{
    return (n + size - 1) / size;
}

/* Lay out the areas and write the head of an empty log. */
static void image_lay_out(struct image *image)
{
    struct fs_super *super = image->super;
    uint64_t blocks = super->blocks;
    uint64_t log = blocks / LOG_SHARE;
    log = log < LOG_LEAST ? LOG_LEAST : log > LOG_MOST ? LOG_MOST : log;
    uint64_t inodes = blocks / INODE_SHARE;
    inodes = inodes < UINT32_MAX / 2 ? inodes : UINT32_MAX / 2;
    uint64_t next = 1;
    image_lay(&super->log, &next, log);
    image_lay(&super->inodes, &next, image_units(inodes, FS_INODES_PER_BLOCK));
    image_lay(&super->bitmap, &next, image_units(blocks, FS_BITS_PER_BLOCK));
    image_lay(&super->data, &next, blocks - next);
    for (uint64_t block = 0; block < next - super->data.count; block++) {
        image_mark(image, block);
    }
    image->next_block = super->data.start;
    struct fs_log_head *head = image_block(image, super->log.start);
    *head = (struct fs_log_head){FS_LOG_HEAD, 1, 1, 0};
    head->checksum = fs_checksum(0, head, sizeof(*head) - sizeof(uint64_t));
}

bool image_begin(struct image *image, void *base, uint64_t blocks,
                 uint64_t mtime)
{
    *image = (struct image){
        .base = base, .super = base, .mtime = mtime, .next_inode = FS_ROOT};
    if (blocks < 4 * LOG_LEAST) {
        return image_fail(image, "image too small");
    }
    if (blocks > UINT32_MAX) {
        return image_fail(image, "image too large");
    }
    image->super->magic = FS_MAGIC;
    image->super->version = FS_VERSION;
    image->super->state = FS_CLEAN;
    image->super->blocks = blocks;
    image_lay_out(image);
    image_inode(image, image_take_inode(image, FS_DIRECTORY))->parent = FS_ROOT;
    return true;
}

void image_end(struct image *image)
{
    struct fs_super *super = image->super;
    super->free_blocks = super->blocks - image->next_block;
    super->free_inodes = format_inodes(super) - image->next_inode;
    super->new_inode = image->next_inode;
    super->checksum =
        fs_checksum(0, super, offsetof(struct fs_super, checksum));
}

/* Follow the block number at `slot`, allocating a block if it is zero.  Returns
   the block, or 0 if none is left. */
static uint32_t image_follow(struct image *image, struct fs_inode *inode,
                             uint32_t *slot)
{
    if (*slot == 0) {
        *slot = image_take_block(image);
        inode->blocks += *slot != 0;
    }
    return *slot;
}

/* The contents of block `index` of a file, allocated if needed; NULL on
   failure. */
static char *image_file_block(struct image *image, struct fs_inode *inode,
                              uint64_t index)
{
    uint32_t *slot;
    uint32_t block;
    if (index < FS_DIRECT) {
        slot = &inode->direct[index];
    } else if (index - FS_DIRECT < FS_POINTERS) {
        block = image_follow(image, inode, &inode->indirect);
        slot = (uint32_t *)image_block(image, block) + (index - FS_DIRECT);
    } else {
        index -= FS_DIRECT + FS_POINTERS;
        block = image_follow(image, inode, &inode->double_indirect);
        slot = (uint32_t *)image_block(image, block) + index / FS_POINTERS;
        block = block != 0 ? image_follow(image, inode, slot) : 0;
        slot = (uint32_t *)image_block(image, block) + index % FS_POINTERS;
    }
    if (image->fault != NULL) {
        return NULL;
    }
    block = image_follow(image, inode, slot);
    return block != 0 ? image_block(image, block) : NULL;
}

bool image_write(struct image *image, uint32_t number, uint64_t offset,
                 const void *bytes, size_t n)
{
    struct fs_inode *inode = image_inode(image, number);
    if (n > FS_FILE_MAX || offset > FS_FILE_MAX - n) {
        return image_fail(image, "file too large");
    }
    for (size_t done = 0; done < n;) {
        size_t at = (offset + done) % FS_BLOCK;
        size_t piece = n - done < FS_BLOCK - at ? n - done : FS_BLOCK - at;
        char *block =
            image_file_block(image, inode, (offset + done) / FS_BLOCK);
        if (block == NULL) {
            return false;
        }
        memcpy(block + at, (const char *)bytes + done, piece);
        done += piece;
    }
    inode->size = offset + n > inode->size ? offset + n : inode->size;
    return true;
}

bool image_set_target(struct image *image, uint32_t number, const char *target)
{
    size_t n = strlen(target);
    if (n == 0 || n > FS_LINK_MAX) {
        return image_fail(image, "invalid length of a symbolic link");
    }
    return image_write(image, number, 0, target, n);
}

/* The entry of a directory at `index`. */
static struct fs_dirent *image_entry(const struct image *image, uint32_t dir,
                                     uint64_t index)
{
    struct image view = *image; // the block exists, so nothing changes
    struct fs_dirent *block = (struct fs_dirent *)image_file_block(
        &view, image_inode(image, dir), index / FS_DIRENTS_PER_BLOCK);
    return &block[index % FS_DIRENTS_PER_BLOCK];
}

/* The entry with a given name in a directory, or with "" the first free entry;
   NULL if there is none. */
static struct fs_dirent *image_find_entry(const struct image *image,
                                          uint32_t dir, const char *name)
{
    uint64_t count = image_inode(image, dir)->size / sizeof(struct fs_dirent);
    for (uint64_t i = 0; i < count; i++) {
        struct fs_dirent *entry = image_entry(image, dir, i);
        if (strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

uint32_t image_find(const struct image *image, uint32_t dir, const char *name)
{
    const struct fs_dirent *entry =
        name[0] != '\0' ? image_find_entry(image, dir, name) : NULL;
    return entry != NULL ? entry->inode : 0;
}

/* Extend a directory by a block of free entries. */
static bool image_extend(struct image *image, uint32_t dir)
{
    static const char zeros[FS_BLOCK];
    return image_write(image, dir, image_inode(image, dir)->size, zeros,
                       FS_BLOCK);
}

/* Write a name into a directory, extending the directory if it is full. */
static bool image_add_name(struct image *image, uint32_t dir,
                           const struct fs_dirent *name)
{
    struct fs_dirent *entry = image_find_entry(image, dir, "");
    if (entry == NULL) {
        uint64_t count = image_inode(image, dir)->size / sizeof(*entry);
        if (!image_extend(image, dir)) {
            return false;
        }
        entry = image_entry(image, dir, count);
    }
    *entry = *name;
    return true;
}

/* Add an entry for a name; false if the name is invalid or taken. */
static bool image_make_entry(struct image *image, uint32_t dir,
                             const char *name, uint32_t number,
                             struct fs_dirent *entry)
{
    *entry = (struct fs_dirent){.inode = number};
    memcpy(entry->name, name, strnlen(name, sizeof(entry->name)));
    const char *fault = format_check_dirent(image->super, entry);
    if (fault == NULL && image_find(image, dir, name) != 0) {
        fault = "duplicate name";
    }
    return fault == NULL || image_fail(image, fault);
}

uint32_t image_create(struct image *image, uint32_t dir, const char *name,
                      enum fs_type type)
{
    struct fs_dirent entry;
    uint32_t number = image->next_inode;
    if (!image_make_entry(image, dir, name, number, &entry) ||
        image_take_inode(image, type) == 0 ||
        !image_add_name(image, dir, &entry)) {
        return 0;
    }
    if (type == FS_DIRECTORY) {
        image_inode(image, number)->parent = dir;
        return image_extend(image, number) ? number : 0;
    }
    return number;
}

bool image_link(struct image *image, uint32_t dir, const char *name,
                uint32_t number)
{
    struct fs_dirent entry;
    if (!image_make_entry(image, dir, name, number, &entry) ||
        !image_add_name(image, dir, &entry)) {
        return false;
    }
    image_inode(image, number)->links++;
    return true;
}
