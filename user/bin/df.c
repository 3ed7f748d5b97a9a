/*
 * df: what the disk has room for.
 */
#include "kernel/stat.h"
#include "user/user.h"

int main(void)
{
    struct statfs st;

    if (statfs(&st) < 0) {
        perror("df");
        return 1;
    }
    printf("          %10s %10s\n", "all", "free");
    printf("KiB       %10lu %10lu\n", st.blocks * 4, st.free_blocks * 4);
    printf("files     %10lu %10lu\n", st.inodes, st.free_inodes);
    if (st.read_only) {
        printf("nothing can be changed\n");
    }
    return 0;
}
