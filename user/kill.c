/*
 * kill PID...: end processes.  The shell has its own, which works also when no
 * process can be started.
 */
#include "user/user.h"

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2) {
        fprintf(2, "usage: kill PID...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);

        if (end == argv[i] || *end != '\0' || pid != (int)pid) {
            fprintf(2, "kill: %s is not a process\n", argv[i]);
            status = 1;
        } else if (kill((int)pid) < 0) {
            fprintf(2, "kill: %s: %s\n", argv[i], strerror(errno));
            status = 1;
        }
    }
    return status;
}
