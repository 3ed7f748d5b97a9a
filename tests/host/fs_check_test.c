// sources: FS mkfs/check.c mkfs/view.c
#include "check.h"

#include <string.h>
#include "api/fcntl.h"
#include "disk/log.h"
#include "fs_image.h"
#include "seam.h"
#include "sys/syscall.h"

int check_image(const char *base, uint64_t blocks, FILE *out); // mkfs/check.h

/*
 * fsck compared with mkfs and the kernel.  A new image has no problem.  A bit
 * changed anywhere in the metadata is a problem, except where any value is
 * valid (times, names, targets, device numbers, sizes: a file may end in a
 * hole).  An image without a problem can be mounted and read completely.
 */
#define BLOCK    4096UL
#define EXPECTED 4 // calls of test_walk that fail on a sound image

static char *image;
static FILE *nowhere;

static int problems(void)
{
    return check_image(image, TEST_BLOCKS, nowhere);
}

static void test_sound(void)
{
    CHECK_EQ(check_image(image, TEST_BLOCKS, stdout), 0);
    CHECK_EQ(check_image(image, TEST_BLOCKS + 5, nowhere), 0);
    CHECK(check_image(image, TEST_BLOCKS - 1, nowhere) > 0);
    CHECK_EQ(check_image(image, 0, nowhere), -1);
}

/* Change one bit of each byte of [from, from + n), and check whether fsck
   notices. */
static void flip(uint64_t from, uint64_t n, const char *what)
{
    int missed = 0;
    for (uint64_t at = from; at < from + n; at++) {
        char bit = (char)(1 << check_random_below(8));
        image[at] ^= bit;
        if (problems() == 0 && missed++ < 10) {
            printf("%s: byte %llu, bit %x: no problem\n", what,
                   (unsigned long long)(at - from), (unsigned char)bit);
        }
        image[at] ^= bit;
    }
    CHECK_EQ(missed, 0);
}

static void test_super(void)
{
    flip(0, BLOCK, "superblock");
    const struct fs_super *super = (const struct fs_super *)image;
    flip(super->log.start * BLOCK, 32, "log head");
}

static void test_bitmap(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    flip(super->bitmap.start * BLOCK, BLOCK, "bitmap");
}

/* The fields of an inode that must not change. */
static void flip_inode(struct fs_inode *inode)
{
    uint64_t at = (uint64_t)((char *)inode - image);
    bool is_device = inode->type == FS_DEVICE;
    // With another type, an empty file is a valid device without numbers.
    bool is_empty = inode->type == FS_FILE && inode->size == 0;
    flip(at + is_empty, 2 - is_empty, "type");
    flip(at + 2, is_device ? 0 : 4, "device numbers");
    flip(at + 6, 10, "zero, links, blocks");
    flip(at + 16 + 5, 3, "upper size");
    flip(at + 32, 8, "parent, next");
    flip(at + 40, 80, "direct");
    flip(at + 120, 8, "indirect");
}

static void test_inodes(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    struct fs_inode *inode =
        (struct fs_inode *)(image + super->inodes.start * BLOCK);
    flip(super->inodes.start * BLOCK, sizeof(*inode), "inode 0");
    for (uint32_t n = FS_ROOT; n < 2 * FS_INODES_PER_BLOCK; n++) {
        if (inode[n].type != FS_FREE) {
            flip_inode(&inode[n]);
        } else {
            flip((uint64_t)((char *)&inode[n] - image), sizeof(*inode),
                 "free inode");
        }
    }
}

static void test_directories(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    const struct fs_inode *root =
        (const struct fs_inode *)(image + super->inodes.start * BLOCK) +
        FS_ROOT;
    uint64_t at = root->direct[0] * BLOCK;
    for (uint64_t end = at + BLOCK; at < end; at += sizeof(struct fs_dirent)) {
        const struct fs_dirent *entry = (const struct fs_dirent *)(image + at);
        size_t length = strlen(entry->name);
        flip(at, 4, "inode of a name");
        flip(at + 4 + length + (length > 0), 60 - length - (length > 0),
             "bytes after a name");
    }
}

/* The same in an image where files have been removed. */
static void test_free_inodes(void)
{
    char *before = image;
    image = malloc(TEST_BLOCKS * BLOCK);
    CHECK_EQ(test_mount(before, TEST_BLOCKS, 1), 0);
    static const char *const names[] = {"/g0", "/g1", "/g2"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        test_close(test_open(names[i], O_WRONLY | O_CREATE));
    }
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        CHECK_EQ(sys_call(SYS_unlink, (uint64_t)names[i], 0, 0), 0);
    }
    log_finish();
    seam_disk_copy(image);
    CHECK_EQ(test_end(), 0);
    const struct fs_super *super = (const struct fs_super *)image;
    const struct fs_inode *inode =
        (const struct fs_inode *)(image + super->inodes.start * BLOCK);
    CHECK_EQ(problems(), 0);
    CHECK_EQ(inode[inode[super->free_inode].next].next,
             super->free_inode - 2); // the last freed is first
    flip((uint64_t)((const char *)&inode[super->free_inode - 2] - image),
         (ARRAY_LENGTH(names) + 1) * sizeof(*inode), "free inodes");
    free(image);
    image = before;
}

/* Change words anywhere: what fsck accepts, the kernel must be able to read. */
static void test_agreement(void)
{
    const struct fs_super *super = (const struct fs_super *)image;
    uint64_t first = super->inodes.start * BLOCK;
    uint64_t used = (super->data.start + 60) * BLOCK;
    int good = 0;
    for (int i = 0; i < 3000; i++) {
        uint64_t at = first + check_random_below((used - first) / 4) * 4;
        if (check_random_below(2) == 0) {
            at = first + check_random_below(40 * 32) * 4;
        }
        uint32_t *word = (uint32_t *)(image + at);
        uint32_t before = *word;
        *word ^= 1u << check_random_below(32);
        if (problems() == 0) {
            good++;
            CHECK_EQ(test_mount(image, TEST_BLOCKS, i), 0);
            int failed = test_walk();
            CHECK(failed <= EXPECTED + 4); // some links may dangle
            CHECK_EQ(test_end(), 0);
        }
        *word = before;
    }
    CHECK(good > 100);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    seam_set_pages(400);
    nowhere = fopen("/dev/null", "w");
    image = test_image();
    RUN(test_sound);
    RUN(test_super);
    RUN(test_bitmap);
    RUN(test_inodes);
    RUN(test_directories);
    RUN(test_free_inodes);
    RUN(test_agreement);
    free(image);
    fclose(nowhere);
    return check_end();
}
