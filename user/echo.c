/*
 * echo [-n] [WORD...]: print the words, then a line end unless -n.
 */
#include "user/tool.h"

int main(int argc, char **argv)
{
    bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;
    int first = newline ? 1 : 2;
    size_t room = 1;

    for (int i = first; i < argc; i++) {
        room += strlen(argv[i]) + 1;
    }
    char *line = malloc(room);
    if (line == NULL) {
        perror("echo");
        return 1;
    }
    int n = 0;
    for (int i = first; i < argc; i++) {
        n += snprintf(line + n, room - (size_t)n, "%s%s", i > first ? " " : "",
                      argv[i]);
    }
    if (newline) {
        line[n++] = '\n';
    }
    // One write, so the line is not mixed with the output of others.
    write_all(1, line, n);
    free(line);
    return 0;
}
