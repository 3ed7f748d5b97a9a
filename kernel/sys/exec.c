#include "sys/exec.h"
#include "api/errno.h"
#include "api/limits.h"
#include "api/stat.h"
#include "fs/data.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/elf.h"
#include "lib/panic.h"
#include "lib/str.h"
#include "mm/iobuf.h"
#include "mm/layout.h"
#include "mm/page.h"
#include "mm/space.h"
#include "mm/uaccess.h"
#include "proc/proc.h"
#include "proc/thread.h"
#include "riscv/csr.h"
#include "riscv/trap.h"

/*
 * exec: another program for the same process.
 *
 * The arguments are copied into the kernel first, because they lie in the
 * address space that is about to go.  Then the new space is built beside the
 * old one: exec maps the file and reads only its head, so pages come in as they
 * are touched.  Last the commit: nothing after it fails.
 *
 * The stack of a new program, from the top down: the strings, then argv[] with
 * its final NULL.  a0 = argc, a1 = argv, sp aligned to 16; all other registers
 * are zero, and there is no floating-point state.
 */
#define ARG_PAGES    (ARGBYTES / PAGE_SIZE)
#define STACK_CHARGE 4 // pages of the stack promised, besides the arguments
static_assert(STACKBYTES < USER_STACK_TOP - PAGE_SIZE, "above page 0");

/* The arguments on their way: strings, one after the other, in pages. */
struct exec_args {
    int argc;
    size_t bytes; // of all strings, with their NULs
    struct page *page[ARG_PAGES];
};

/* Append bytes to the strings; pages are taken as needed. */
static int args_append(struct exec_args *args, const char *text, size_t n)
{
    while (n > 0) {
        size_t index = args->bytes >> PAGE_SHIFT;
        size_t inside = args->bytes & PAGE_MASK;
        if (index >= ARG_PAGES) {
            return -E2BIG;
        }
        if (inside == 0) {
            args->page[index] = page_alloc(PAGE_KERNEL);
            if (args->page[index] == NULL) {
                return -ENOMEM;
            }
        }
        size_t part = min_u64(n, PAGE_SIZE - inside);
        memcpy((char *)page_address(args->page[index]) + inside, text, part);
        args->bytes += part;
        text += part;
        n -= part;
    }
    return 0;
}

/* Copy one string of the program, in pieces, with its NUL. */
static int args_append_user(struct exec_args *args, vaddr_t from)
{
    char piece[128];
    for (;;) {
        ssize_t n = copy_in_string(piece, from, sizeof(piece));
        if (n >= 0) {
            return args_append(args, piece, (size_t)n + 1);
        }
        if (n != -ENAMETOOLONG) {
            return (int)n;
        }
        int error = args_append(args, piece, sizeof(piece));
        if (error != 0) {
            return error;
        }
        from += sizeof(piece);
    }
}

/* Copy argv[] of the program. */
static int args_copy_in(struct exec_args *args, vaddr_t argv)
{
    for (;; args->argc++) {
        vaddr_t string;
        int error = copy_in(&string, argv + (vaddr_t)args->argc * 8, 8);
        if (error != 0 || string == 0) {
            return error;
        }
        if (args->argc == MAXARG) {
            return -E2BIG;
        }
        error = args_append_user(args, string);
        if (error != 0) {
            return error;
        }
    }
}

/* Give the pages back. */
static void args_release(struct exec_args *args)
{
    for (size_t i = 0; i < ARG_PAGES; i++) {
        if (args->page[i] != NULL) {
            page_put(args->page[i]);
        }
    }
}

/* Write the pointers of argv[]: each points past the NUL of the one before. */
static int write_argv(const struct exec_args *args, struct space *space,
                      vaddr_t strings, vaddr_t argv)
{
    vaddr_t pointer = strings;
    size_t at = 0;
    int error = 0;
    for (int i = 0; i < args->argc && error == 0; i++) {
        error = space_copy(space, argv + (vaddr_t)i * 8, (char *)&pointer, 8,
                           ACCESS_WRITE);
        char byte;
        do {
            const char *page = page_address(args->page[at >> PAGE_SHIFT]);
            byte = page[at & PAGE_MASK];
            at++;
        } while (byte != '\0');
        pointer = strings + at;
    }
    pointer = 0;
    return error != 0 ? error
                      : space_copy(space, argv + (vaddr_t)args->argc * 8,
                                   (char *)&pointer, 8, ACCESS_WRITE);
}

/* Put strings and argv[] on the new stack; *sp is where argv[] begins. */
static int build_stack(const struct exec_args *args, struct space *space,
                       vaddr_t *sp)
{
    vaddr_t strings = USER_STACK_TOP - round_up(args->bytes, 16);
    size_t vector = ((size_t)args->argc + 1) * 8;
    vaddr_t argv = round_down(strings - vector, 16);
    uint64_t pages = (USER_STACK_TOP - argv + PAGE_MASK) >> PAGE_SHIFT;
    struct area stack = {.start = USER_STACK_TOP - STACKBYTES,
                         .end = USER_STACK_TOP,
                         .rights = AREA_R | AREA_W,
                         .charge = pages + STACK_CHARGE};
    int error = space_map(space, &stack);
    for (size_t done = 0; done < args->bytes && error == 0; done += PAGE_SIZE) {
        error = space_copy(
            space, strings + done, page_address(args->page[done >> PAGE_SHIFT]),
            min_u64(args->bytes - done, PAGE_SIZE), ACCESS_WRITE);
    }
    if (error == 0) {
        error = write_argv(args, space, strings, argv);
    }
    *sp = argv;
    return error;
}

/* Map the program's segments and start its heap after the last. */
static int map_image(const struct elf_image *image, struct inode *file,
                     struct space *space)
{
    vaddr_t end = 0;
    for (int i = 0; i < image->count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        uint64_t lead = segment->vaddr & PAGE_MASK;
        uint32_t rights = ((segment->rights & ELF_R) != 0 ? AREA_R : 0) |
                          ((segment->rights & ELF_W) != 0 ? AREA_W : 0) |
                          ((segment->rights & ELF_X) != 0 ? AREA_X : 0);
        end = segment->vaddr + segment->memsz;
        struct area spec = {.start = segment->vaddr - lead,
                            .end = round_up(end, PAGE_SIZE),
                            .rights = rights,
                            .pager = segment->filesz == 0 ? NULL : &file->pager,
                            .use = PAGER_RUN,
                            .index = segment->offset >> PAGE_SHIFT,
                            .file_bytes = segment->filesz + lead};
        if ((rights & AREA_W) != 0) {
            spec.charge = (spec.end - spec.start) >> PAGE_SHIFT;
        }
        int error = space_map(space, &spec);
        if (error != 0) {
            return error;
        }
    }
    int error = inode_check_sharing(file);
    return error == 0 ? space_start_heap(space, end) : error;
}

/* Read and check the head of the file. */
static int read_image(struct inode *file, struct elf_image *image)
{
    if (inode_type(file) != T_FILE) {
        return -EACCES;
    }
    struct page *head = page_alloc(PAGE_KERNEL);
    if (head == NULL) {
        return -ENOMEM;
    }
    struct iobuf buf;
    iobuf_kernel(&buf, page_address(head), PAGE_SIZE);
    ssize_t n = inode_read(file, 0, &buf, 0, PAGE_SIZE);
    static const struct region limits = {USER_MIN, USER_TOP - PAGE_SIZE};
    int error = n < 0 ? (int)n
                      : elf_check(page_address(head), (size_t)n,
                                  inode_size(file), &limits, image);
    page_put(head);
    return error;
}

/* Build the new address space; *sp is its stack pointer. */
static int build_space(struct inode *file, const struct elf_image *image,
                       const struct exec_args *args, struct space **out,
                       vaddr_t *sp)
{
    struct space *space = space_create();
    if (space == NULL) {
        return -ENOMEM;
    }
    int error = map_image(image, file, space);
    if (error == 0) {
        error = build_stack(args, space, sp);
    }
    if (error != 0) {
        space_put(space);
        return error;
    }
    *out = space;
    return 0;
}

/* commit: the process goes over to the new space. */
static void enter_space(struct proc *self, struct space *space)
{
    struct space *old = self->space;
    spin_acquire(&proc_tree_lock); // listings look at a process's space
    self->space = space;
    space_switch(old, space);
    csr_clear(sstatus, SSTATUS_FS);
    tcb_self()->fp_used = false;
    spin_release(&proc_tree_lock);
    if (old != NULL) {
        space_put(old);
    }
}

/* Run the program with arguments that are in the kernel. */
static int exec_image(const char *path, const struct exec_args *args)
{
    struct inode *file;
    int error = path_lookup_program(path, &file);
    if (error != 0) {
        return error;
    }
    struct elf_image image;
    struct space *space = NULL;
    vaddr_t sp = 0;
    error = read_image(file, &image);
    if (error == 0) {
        error = build_space(file, &image, args, &space, &sp);
    }
    inode_put(file);
    if (error != 0) {
        return error;
    }
    struct proc *self = proc_current();
    enter_space(self, space);
    const char *slash = path;
    for (const char *at = path; *at != '\0'; at++) {
        slash = *at == '/' ? at + 1 : slash;
    }
    str_copy(self->name, slash, sizeof(self->name));
    struct tcb *tcb = tcb_self();
    *trap_user_frame() = (struct trapframe){.kernel_tp = tcb,
                                            .epc = image.entry,
                                            .sp = sp,
                                            .a = {(uint64_t)args->argc, sp}};
    return args->argc;
}

/* exec(path, argv) */
int64_t sys_exec(const uint64_t args[6])
{
    char path[MAXPATH];
    ssize_t length = copy_in_string(path, args[0], sizeof(path));
    if (length < 0) {
        return length;
    }
    struct exec_args strings = {0};
    int result = args_copy_in(&strings, args[1]);
    if (result == 0) {
        result = exec_image(path, &strings);
    }
    args_release(&strings);
    return result;
}

/* exec of init. */
int exec_kernel(const char *path, char *const argv[])
{
    struct exec_args strings = {0};
    int result = 0;
    for (; argv[strings.argc] != NULL && result == 0; strings.argc++) {
        const char *text = argv[strings.argc];
        result = args_append(&strings, text, strlen(text) + 1);
    }
    if (result == 0) {
        result = exec_image(path, &strings);
    }
    args_release(&strings);
    return result;
}
