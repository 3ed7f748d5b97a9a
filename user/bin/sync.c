/*
 * sync: make all changes of files durable.
 */
#include "user/user.h"

int main(void)
{
    if (sync() < 0) {
        perror("sync");
        return 1;
    }
    return 0;
}
