// pipeline WORD... , WORD... , WORD...: run the commands between the commas at
// the same time, each one's output going to the next one's input.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

// In a child: run one of the commands, with these descriptors as 0 and 1.
void run(char *words[], int in, int out, int unused)
{
    if (in != 0) {
        close(0);
        dup(in);
        close(in);
    }
    if (out != 1) {
        close(1);
        dup(out);
        close(out);
    }
    if (unused >= 0)
        close(unused);
    exec(words[0], words);
    fprintf(2, "pipeline: cannot run %s\n", words[0]);
    exit(127);
}

int main(int argc, char *argv[])
{
    int i, first = 1, in = 0, n = 0, status, last = 0, fds[2], pid = -1;

    for (i = 1; i <= argc; i++) {
        if (i < argc && strcmp(argv[i], ",") != 0)
            continue;
        if (i == first) {
            fprintf(2, "pipeline: a command is missing\n");
            exit(2);
        }
        argv[i] = 0;
        fds[0] = -1;
        fds[1] = 1;
        if (i < argc)
            pipe(fds);
        pid = fork();
        if (pid == 0)
            run(&argv[first], in, fds[1], fds[0]);
        if (in != 0)
            close(in);
        if (fds[1] != 1)
            close(fds[1]);
        in = fds[0];
        first = i + 1;
        n++;
    }
    for (i = 0; i < n; i++)
        if (wait(&status) == pid)
            last = status;
    printf("%d commands, status %d\n", n, last);
    exit(last);
}
