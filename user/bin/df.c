/*
 * df: show the size and the free space of the disk.
 */
#include "kernel/stat.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    struct statfs st;

    if (argc > 1) {
        fprintf(2, "usage: df\n");
        return 2;
    }
    if (statfs(&st) < 0) {
        perror("df");
        return 1;
    }
    printf("          %10s %10s\n", "all", "free");
    printf("KiB       %10lu %10lu\n", st.blocks * 4, st.free_blocks * 4);
    printf("files     %10lu %10lu\n", st.inodes, st.free_inodes);
    if (st.read_only) {
        printf("read-only\n");
    }
    return 0;
}
