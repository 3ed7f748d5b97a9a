#include "sys/exec.h"
#include "api/stat.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/inode_io.h"
#include "fs/inode_mmap.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/elf.h"
#include "lib/str.h"
#include "vm/space.h"
#include "vm/uaccess.h"
#include "riscv/csr.h"
#include "riscv/machine.h"
#include "riscv/tcb.h"
#include "sys/syscall.h"

/*
 * exec: another program for the same process; and init, the first process.
 *
 * First the arguments are copied into the kernel, because they lie in the
 * address space that will be freed.  Then the new space is built beside the old
 * one: exec maps the file and reads only its first page; page faults bring in
 * the rest.  Last comes the commit: nothing after it fails.  A call that has
 * succeeded does not return to usertrap, which would overwrite a0, but enters
 * the new program by userret.
 *
 * The stack of a new program, from the top down: the strings, then argv[] with
 * its final NULL.  a0 = argc, a1 = argv, sp aligned to 16; all other registers
 * are zero, and there is no floating-point state.
 */
#define STACK_CHARGE 4 // pages of stack charged, besides those of the arguments
static_assert(STACKBYTES < USER_STACK_TOP - PAGE_SIZE, "above page 0");
static_assert(MAXARG * sizeof(vaddr_t) <= PAGE_SIZE, "a page of pointers");

/* The arguments in kernel memory: strings, one after the other, in pages; and a
   page that says where in them each begins, and becomes argv[]. */
enum { STRING_PAGES = ARGBYTES / PAGE_SIZE, POINTERS = STRING_PAGES };
struct exec_args {
    size_t argc;
    size_t bytes; // of all strings, with their NULs
    char *page[STRING_PAGES + 1];
};

/* A page of the arguments, which is allocated when first asked for; NULL when
   memory has run out. */
static void *args_page(struct exec_args *args, size_t index)
{
    assert(index <= POINTERS);
    if (args->page[index] == NULL) {
        struct page *page = page_alloc(PAGE_KERNEL);
        args->page[index] = page == NULL ? NULL : page_address(page);
    }
    return args->page[index];
}

/* Append a string of the program, page by page, with its NUL. */
static int args_append(struct exec_args *args, vaddr_t from)
{
    while (args->bytes < ARGBYTES) {
        char *page = args_page(args, args->bytes >> PAGE_SHIFT);
        if (page == NULL) {
            return -ENOMEM;
        }
        size_t inside = args->bytes & PAGE_MASK;
        size_t room = PAGE_SIZE - inside;
        ssize_t n = copy_in_string(page + inside, from, room);
        if (n >= 0) {
            args->bytes += (size_t)n + 1;
            return 0;
        }
        if (n != -ENAMETOOLONG) {
            return (int)n;
        }
        args->bytes += room; // the string fills the page and goes on
        from += room;
    }
    return -E2BIG;
}

/* Copy argv[] of the program. */
static int args_copy_in(struct exec_args *args, vaddr_t argv)
{
    vaddr_t *start = args_page(args, POINTERS);
    int error = start == NULL ? -ENOMEM : 0;
    while (error == 0) {
        vaddr_t string;
        error = copy_in(&string, argv + args->argc * 8, 8);
        if (error != 0 || string == 0) {
            return error;
        }
        if (args->argc == MAXARG) {
            return -E2BIG;
        }
        start[args->argc++] = args->bytes;
        error = args_append(args, string);
    }
    return error;
}

static void args_release(struct exec_args *args)
{
    for (size_t i = 0; i < ARRAY_LENGTH(args->page); i++) {
        if (args->page[i] != NULL) {
            page_put(page_of(args->page[i]));
        }
    }
}

/* Put strings and argv[] on the new stack; *sp is where argv[] begins.  Its
   final NULL need not be written: a new page is zero. */
static int build_stack(struct exec_args *args, struct space *space, vaddr_t *sp)
{
    check_that(args->bytes <= ARGBYTES && args->argc <= MAXARG);
    vaddr_t strings = USER_STACK_TOP - round_up(args->bytes, 16);
    *sp = round_down(strings - (args->argc + 1) * 8, 16);
    uint64_t pages = (USER_STACK_TOP - *sp + PAGE_MASK) >> PAGE_SHIFT;
    struct area stack = {.start = USER_STACK_TOP - STACKBYTES,
                         .end = USER_STACK_TOP,
                         .rights = AREA_R | AREA_W,
                         .charge = pages + STACK_CHARGE};
    check_that(*sp > stack.start);
    int error = space_map(space, &stack);
    for (size_t done = 0; done < args->bytes && error == 0; done += PAGE_SIZE) {
        size_t n = min_u64(args->bytes - done, PAGE_SIZE);
        error = space_copy(space, strings + done,
                           args->page[done >> PAGE_SHIFT], n, true);
    }
    if (error != 0) {
        return error;
    }
    char *pointers = args->page[POINTERS];
    for (size_t i = 0; i < args->argc; i++) {
        ((vaddr_t *)pointers)[i] += strings;
    }
    return space_copy(space, *sp, pointers, args->argc * 8, true);
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

/* Map the program's segments and start its heap after the last. */
static int map_image(struct inode *file, struct space *space, vaddr_t *entry)
{
    struct elf_image image;
    int error = read_image(file, &image);
    if (error != 0) {
        return error;
    }
    vaddr_t end = 0;
    for (int i = 0; i < image.count; i++) {
        const struct elf_segment *segment = &image.segment[i];
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
        error = space_map(space, &spec);
        if (error != 0) {
            return error;
        }
    }
    *entry = image.entry;
    error = inode_check_sharing(file);
    return error == 0 ? space_start_heap(space, end) : error;
}

/* Run the program with arguments that are in the kernel. */
static int exec_image(const char *path, struct exec_args *args)
{
    struct space *space = space_create();
    if (space == NULL) {
        return -ENOMEM;
    }
    struct inode *file;
    vaddr_t entry = 0;
    vaddr_t sp = 0;
    int error = path_lookup_program(path, &file);
    if (error == 0) {
        error = map_image(file, space, &entry);
        inode_put(file);
    }
    if (error == 0) {
        error = build_stack(args, space, &sp);
    }
    if (error != 0) {
        space_destroy(space);
        return error;
    }
    // commit: nothing below fails
    pager_add_space(space);
    proc_set_space(space);
    struct tcb *tcb = tcb_self();
    tcb->fp_used = false; // first: a switch in between turns the unit off, too
    csr_clear(sstatus, SSTATUS_FS);
    const char *slash = path;
    for (const char *at = path; *at != '\0'; at++) {
        slash = *at == '/' ? at + 1 : slash;
    }
    str_copy(proc_current()->name, slash, PROGNAME);
    *trapframe_of(tcb) = (struct trapframe){
        .kernel_tp = tcb, .epc = entry, .sp = sp, .a = {args->argc, sp}};
    return 0;
}

/* exec(path, argv): returns only when it fails.  -EFAULT, -E2BIG, -ENOMEM,
   -EACCES, -ENOEXEC, -ETXTBSY, and errors of a path */
int64_t sys_exec(const uint64_t args[6])
{
    char path[MAXPATH];
    ssize_t length = copy_in_string(path, args[0], sizeof(path));
    if (length < 0) {
        return length;
    }
    struct exec_args strings = {0};
    int error = args_copy_in(&strings, args[1]);
    if (error == 0) {
        error = exec_image(path, &strings);
    }
    args_release(&strings);
    if (error != 0) {
        return error;
    }
    userret();
}

/* The first code of init, and the first that may sleep: bring up what needs
   that, then become the program, with its path as the only argument. */
static void init_begin(void *prepare)
{
    static const char path[] = "/init";
    struct exec_args strings = {.argc = 1, .bytes = sizeof(path)};
    ((void (*)(void))prepare)();
    proc_current()->cwd = fs_root();
    char *first = args_page(&strings, 0);
    vaddr_t *start = args_page(&strings, POINTERS);
    int error = -ENOMEM;
    if (first != NULL && start != NULL) {
        memcpy(first, path, sizeof(path));
        *start = 0;
        error = exec_image(path, &strings);
    }
    if (error != 0) {
        kprintf("cannot run /init: %s\n", error_text(error));
        machine_poweroff(1);
    }
    args_release(&strings);
    userret();
}

void exec_init(void (*prepare)(void))
{
    struct proc *init = proc_create(init_begin, (void *)prepare);
    struct fdtable *files = init == NULL ? NULL : fdtable_create();
    if (files == NULL) {
        panic("memory: none left for the first process");
    }
    str_copy(init->name, "init", sizeof(init->name));
    init->files = files;
    init->thread->tcb.may_use_reserve = true;
    proc_start(init, NULL);
}
