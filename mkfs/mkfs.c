/*
 * mkfs - make a disk image
 *
 * usage: mkfs [-s SIZE] IMAGE [SOURCE ...]
 *
 * SOURCE is HOSTFILE or HOSTFILE:NAME (a file; missing directories of NAME are
 * created), -d:NAME (a directory), or -l:TARGET:NAME (a symbolic link).  Every
 * image has the devices /console, /null, /zero, and /full.  SIZE is in bytes or
 * with K, M, G; a multiple of 4096; 32M by default.
 *
 * The image is a sparse file, and identical for the same input: times are 0, or
 * SOURCE_DATE_EPOCH seconds.  IMAGE may also be a disk that is large enough.
 * On failure a message gives the reason, and the status is 1; it is 2 for a
 * wrong command line.  mkfs then removes a file that it created, but never one
 * that existed before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dev/chardev.h"
#include "image.h"

static const char *made; // a file that mkfs created

/* Print an error message, remove a created file, and exit. */
static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "mkfs: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    if (made != NULL) {
        unlink(made);
    }
    exit(1);
}

/* Print the usage and exit. */
static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: mkfs [-s SIZE] IMAGE [HOSTFILE[:NAME] | -d:NAME | "
                    "-l:TARGET:NAME ...]\n");
    exit(2);
}

/* Parse a size with an optional K, M or G; 0 if it is invalid. */
static uint64_t parse_size(const char *text)
{
    char *end;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    const char *units = "KMG";
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    int shift = unit != NULL ? 10 * (int)(unit - units + 1) : 0;
    if (text[0] < '0' || text[0] > '9' || errno != 0 ||
        end[unit != NULL] != '\0' || n << shift >> shift != n ||
        (n << shift) % FS_BLOCK != 0) {
        return 0;
    }
    return n << shift;
}

/* Open the destination of the image: a new file, an existing file, which is
   truncated, or a disk.  *size is the size of the disk, or 0 for a file. */
static int open_output(const char *path, uint64_t *size)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd >= 0) {
        made = path;
        return fd;
    }
    bool exists = stat(path, &st) == 0; // or a dangling link
    if (exists && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        fail("%s: neither a file nor a disk", path);
    }
    bool is_disk = exists && S_ISBLK(st.st_mode);
    fd = open(path, is_disk ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC, 0666);
    off_t end = fd >= 0 && is_disk ? lseek(fd, 0, SEEK_END) : 0;
    if (fd < 0 || end < 0) {
        fail("%s: %s", path, strerror(errno));
    }
    *size = (uint64_t)end;
    return fd;
}

/* Write the blocks of an image.  In a new file, zero blocks become holes; on a
   disk, all blocks up to the last one in use are written. */
static bool write_blocks(const struct image *image, int fd, bool is_disk)
{
    static const char zeros[FS_BLOCK];
    for (uint64_t i = 0; i < image->next_block; i++) {
        const char *block = image->base + i * FS_BLOCK;
        if ((is_disk || memcmp(block, zeros, FS_BLOCK) != 0) &&
            pwrite(fd, block, FS_BLOCK, (off_t)(i * FS_BLOCK)) != FS_BLOCK) {
            return false;
        }
    }
    return true;
}

/* Write an image to a file or a disk. */
static void write_image(const struct image *image, const char *path)
{
    uint64_t room = 0;
    uint64_t size = image->super->blocks * FS_BLOCK;
    int fd = open_output(path, &room);
    if (room != 0 && room < size) {
        fail("%s: a disk of %llu bytes is too small", path,
             (unsigned long long)room);
    }
    errno = ENOSPC; // the reason for a short write
    if (!write_blocks(image, fd, room != 0) ||
        (room == 0 && ftruncate(fd, (off_t)size) != 0) || close(fd) != 0) {
        fail("%s: %s", path, strerror(errno));
    }
}

/* Zeroed memory for an image; untouched pages take no memory. */
static void *image_memory(uint64_t size)
{
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        fail("no memory for an image of %llu bytes", (unsigned long long)size);
    }
    return base;
}

/* Find the directory of a path's last name, creating missing directories; *path
   moves on to that name. */
static uint32_t make_directories(struct image *image, char **path)
{
    uint32_t dir = FS_ROOT;
    char *slash;
    while (dir != 0 && (slash = strchr(*path, '/')) != NULL) {
        *slash = '\0';
        if (slash > *path) {
            uint32_t next = image_find(image, dir, *path);
            if (next != 0 && image_inode(image, next)->type != FS_DIRECTORY) {
                fail("%s: not a directory", *path);
            }
            dir = next != 0 ? next
                            : image_create(image, dir, *path, FS_DIRECTORY);
        }
        *path = slash + 1;
    }
    return dir;
}

/* Create the inode for a path; returns its number, 0 on failure. */
static uint32_t make_path(struct image *image, char *path, enum fs_type type)
{
    uint32_t dir = make_directories(image, &path);
    return dir != 0 ? image_create(image, dir, path, type) : 0;
}

/* Create a device in the root directory. */
static void make_device(struct image *image, const char *name, int major,
                        int minor)
{
    uint32_t number = image_create(image, FS_ROOT, name, FS_DEVICE);
    if (number == 0) {
        fail("%s: %s", name, image->fault);
    }
    image_inode(image, number)->major = (uint16_t)major;
    image_inode(image, number)->minor = (uint16_t)minor;
}

/* Copy an open host file into a file of the image. */
static bool copy_file(struct image *image, FILE *from, uint32_t number)
{
    char buffer[1 << 16];
    uint64_t offset = 0;
    size_t n;
    while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0) {
        if (!image_write(image, number, offset, buffer, n)) {
            return false;
        }
        offset += n;
    }
    return true;
}

/* Add a host file under a name; false with image->fault. */
static bool add_file(struct image *image, const char *source, char *name)
{
    FILE *from = fopen(source, "rb");
    if (from == NULL) {
        fail("%s: %s", source, strerror(errno));
    }
    uint32_t number = make_path(image, name, FS_FILE);
    bool done = number != 0 && copy_file(image, from, number);
    if (ferror(from) != 0) {
        fail("%s: cannot be read", source);
    }
    fclose(from);
    return done;
}

/* Add what a SOURCE word describes. */
static void add_source(struct image *image, char *word)
{
    char *colon = strrchr(word, ':');
    char *slash = strrchr(word, '/');
    char *name = colon != NULL ? colon + 1 : slash != NULL ? slash + 1 : word;
    bool done;
    if (colon != NULL) {
        *colon = '\0';
    }
    if (strcmp(word, "-d") == 0) {
        done = make_path(image, name, FS_DIRECTORY) != 0;
    } else if (strncmp(word, "-l:", 3) == 0) {
        uint32_t number = make_path(image, name, FS_SYMLINK);
        done = number != 0 && image_set_target(image, number, word + 3);
    } else {
        done = add_file(image, word, name);
    }
    if (!done) {
        fail("%s: %s", word, image->fault);
    }
}

/* The time for all files, in ns. */
static uint64_t get_mtime(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    return epoch != NULL ? strtoull(epoch, NULL, 10) * 1000000000 : 0;
}

int main(int argc, char **argv)
{
    uint64_t size = 32 << 20;
    int option;
    while ((option = getopt(argc, argv, "+s:")) != -1) {
        size = option == 's' ? parse_size(optarg) : 0;
        if (size == 0) {
            usage();
        }
    }
    if (optind == argc) {
        usage();
    }
    const char *path = argv[optind++];
    struct image image;
    if (!image_begin(&image, image_memory(size), size / FS_BLOCK,
                     get_mtime())) {
        fail("%s: %s", path, image.fault);
    }
    make_device(&image, "console", DEVICE_CONSOLE, 0);
    make_device(&image, "null", DEVICE_MEMORY, 0);
    make_device(&image, "zero", DEVICE_MEMORY, 1);
    make_device(&image, "full", DEVICE_MEMORY, 2);
    while (optind < argc) {
        add_source(&image, argv[optind++]);
    }
    image_end(&image);
    write_image(&image, path);
    return 0;
}
