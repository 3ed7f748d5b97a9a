/*
 * kill [-s SIGNAL | -SIGNAL] PID...: end processes.
 *
 * A number below -1 is a process group.  "kill -l" lists the signals.  The
 * shell has a kill of its own, which works even when no process can be started.
 */
#include "user/tool.h"

int main(int argc, char **argv)
{
    int status;
    int first = kill_options(argv, &status);

    if (first == 0) {
        return status;
    }
    status = 0;
    for (int i = first; i < argc; i++) {
        char *end;
        long pid = strtol(argv[i], &end, 10);

        if (end == argv[i] || *end != '\0' || pid != (int)pid) {
            fprintf(2, "kill: %s is not a process\n", argv[i]);
            status = 1;
        } else if (kill((int)pid) < 0) {
            status = complain("kill", argv[i]);
        }
    }
    return status;
}
