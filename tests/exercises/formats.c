// Every conversion of printf.
#include "kernel/types.h"
#include "user/user.h"

int main(int argc, char *argv[])
{
    char *name = "word";
    uint64 large = 0x123456789abcdef0L;
    char *none = argv[argc];

    printf("%d %d %d\n", 0, -17, 2147483647);
    printf("%u %x %x\n", 4000000000U, 48879, -1);
    printf("%ld %lu %lx\n", -5000000000L, 5000000000UL, large);
    printf("%lld %llu %llx\n", -5000000000LL, 5000000000ULL, 0xabcdef0123ULL);
    printf("%s %c%c 100%%\n", name, 'o', 'k');
    printf("%s\n", none);
    printf("%d\n", strlen(name));
    printf("%p\n", (void *)0x12345);
    fprintf(1, "%s has %d words\n", argv[0], argc);
    exit(0);
}
