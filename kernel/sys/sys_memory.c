#include "api/fcntl.h"
#include "api/fsformat.h"
#include "fs/inode_mmap.h"
#include "fs/file.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "vm/mapping.h"
#include "vm/space.h"
#include "sys/syscall.h"

/*
 * System calls about the memory of a process.
 */

/* sbrk(delta, how): the old end of the heap */
int64_t sys_sbrk(const uint64_t args[6])
{
    vaddr_t old;
    int error = space_grow_heap(proc_current()->space, (int64_t)args[0],
                                args[1] == SBRK_LAZY, &old);
    return error != 0 ? error : (int64_t)old;
}

/* The rights of an area for those of mmap; 0 for none, unknown ones, or memory
   that could be both written and run. */
static uint32_t rights_of(uint64_t prot)
{
    uint64_t both = PROT_WRITE | PROT_EXEC;
    if (prot == 0 || prot > (PROT_READ | both) || (prot & both) == both) {
        return 0;
    }
    static_assert(AREA_W == PROT_WRITE << 1 && AREA_X == PROT_EXEC << 1, "");
    return AREA_R | (uint32_t)prot << 1;
}

/* Let a mapping show a file, if it is one that has pages. */
static int show_file(const struct file *file, struct area *spec)
{
    spec->pager = file_pager(file);
    if (spec->pager == NULL) {
        return -ENODEV;
    }
    bool may = file->readable && (spec->use != PAGER_SHARE || file->writable);
    return may ? 0 : -EACCES;
}

/* Map what `spec` says, and the file if there is one, where there is room: the
   address.  A file is not mapped to be written as long as it runs. */
static int64_t map_anywhere(struct area *spec, uint64_t length,
                            const struct file *file)
{
    check_that(length % PAGE_SIZE == 0 && length > 0);
    int error = file != NULL ? show_file(file, spec) : 0;
    if (error == 0) {
        error = space_map_anywhere(proc_current()->space, spec, length);
    }
    if (error == 0 && file != NULL && spec->use == PAGER_SHARE) {
        error = inode_check_sharing(file->inode);
        if (error != 0) {
            space_unmap(proc_current()->space, spec->start, spec->end);
        }
    }
    return error != 0 ? error : (int64_t)spec->start;
}

/*
 * mmap(0, length, prot, flags, fd, offset): where it was mapped.  The kernel
 * chooses the place.  -EINVAL, -EBADF, -EACCES, -ENODEV, -ENOMEM, -ETXTBSY
 */
int64_t sys_mmap(const uint64_t args[6])
{
    uint64_t length = round_up(args[1], PAGE_SIZE);
    uint64_t flags = args[3];
    bool shared = (flags & MAP_SHARED) != 0;
    bool anonymous = (flags & MAP_ANONYMOUS) != 0;
    struct area spec = {.rights = rights_of(args[2]),
                        .index = args[5] >> PAGE_SHIFT,
                        .file_bytes = anonymous ? 0 : length,
                        .mapped = true};
    if (spec.rights == 0 || args[1] == 0 || args[5] % PAGE_SIZE != 0 ||
        args[5] > FS_FILE_MAX ||
        (flags & ~(uint64_t)(MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS)) != 0 ||
        shared == ((flags & MAP_PRIVATE) != 0) || (shared && anonymous)) {
        return -EINVAL;
    }
    if (args[1] > USER_MAX) {
        return -ENOMEM;
    }
    if (shared && (spec.rights & AREA_W) != 0) {
        spec.use = PAGER_SHARE;
    } else if ((spec.rights & AREA_W) != 0) {
        spec.charge = length >> PAGE_SHIFT;
    }
    if (anonymous) {
        return map_anywhere(&spec, length, NULL);
    }
    struct file *file = fdtable_get(proc_current()->files, args[4]);
    if (file == NULL) {
        return -EBADF;
    }
    int64_t start = map_anywhere(&spec, length, file);
    file_put(file);
    return start;
}

/* Check a range of whole pages; its end, or 0. */
static vaddr_t range_end(vaddr_t start, uint64_t length)
{
    bool good = start % PAGE_SIZE == 0 && length > 0 && start < USER_MAX &&
                length <= USER_MAX - start;
    return good ? start + round_up(length, PAGE_SIZE) : 0;
}

/* munmap(address, length): -EINVAL, also when something else lies there;
   -ENOMEM, and errors of writing to a file */
int64_t sys_munmap(const uint64_t args[6])
{
    vaddr_t end = range_end(args[0], args[1]);
    return end != 0 ? space_unmap(proc_current()->space, args[0], end)
                    : -EINVAL;
}

/* msync(address, length): what was written to shared mappings is durable.
   -EINVAL, -EIO, -EROFS, -ENOMEM */
int64_t sys_msync(const uint64_t args[6])
{
    vaddr_t end = range_end(args[0], args[1]);
    if (end == 0) {
        return -EINVAL;
    }
    int error = space_writeback(proc_current()->space, args[0], end);
    return error != 0 ? error : fs_sync();
}
