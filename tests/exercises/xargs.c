// xargs COMMAND ARG...: run the command once for each line of the input, with
// the words of the line as additional arguments.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/param.h"
#include "user/user.h"

// Split the line into words after the existing ones; returns how many there are
// now.
int split(char *line, char *words[], int n)
{
    while (*line) {
        while (*line && strchr(" \t\r\n", *line)) {
            *line++ = 0;
        }
        if (*line == 0) {
            break;
        }
        if (n == MAXARG - 1) {
            fprintf(2, "xargs: too many words\n");
            exit(1);
        }
        words[n++] = line;
        while (*line && strchr(" \t\r\n", *line) == 0) {
            line++;
        }
    }
    return n;
}

int main(int argc, char *argv[])
{
    char line[512], *words[MAXARG];
    int i, n, status, failed = 0;

    if (argc < 2) {
        fprintf(2, "Usage: xargs command arg...\n");
        exit(1);
    }
    while (gets(line, sizeof(line)), line[0] != 0) {
        for (i = 1; i < argc; i++) {
            words[i - 1] = argv[i];
        }
        n = split(line, words, argc - 1);
        words[n] = 0;
        if (fork() == 0) {
            exec(words[0], words);
            fprintf(2, "xargs: exec %s failed\n", words[0]);
            exit(1);
        }
        wait(&status);
        failed |= status;
    }
    exit(failed);
}
