/*
 * The signals that kill accepts.  Each ends the process at once; a program
 * cannot catch or ignore any of them.
 */
#include "user/tool.h"

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"HUP", 1}, {"INT", 2}, {"QUIT", 3}, {"KILL", 9}, {"TERM", 15},
};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

/* Whether a signal of that name or number exists; prints a message if not. */
static bool is_signal(const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);
    bool is_number = end != word && *end == '\0';

    for (int i = 0; i < SIGNALS; i++) {
        if (is_number ? signals[i].number == number
                      : strcmp(signals[i].name, word) == 0) {
            return true;
        }
    }
    fprintf(2, "kill: unknown signal %s\n", word);
    return false;
}

static void list_signals(void)
{
    for (int i = 0; i < SIGNALS; i++) {
        printf("%s%s", signals[i].name, i + 1 < SIGNALS ? " " : "\n");
    }
}

/* Parse the options of kill: "-9", "-KILL", "-s KILL", "-l".  Returns the index
   of the first process in argv, or 0 when there is nothing more to do; *status
   is then the exit status. */
int kill_options(char *const *argv, int *status)
{
    int i = 1;

    *status = 0;
    if (argv[1] != NULL && strcmp(argv[1], "-l") == 0 && argv[2] == NULL) {
        list_signals();
        return 0;
    }
    *status = 2;
    if (argv[1] != NULL && argv[1][0] == '-' && argv[1][1] != '-') {
        bool apart = strcmp(argv[1], "-s") == 0;
        const char *signal = apart ? argv[2] : argv[1] + 1;

        i = apart ? 3 : 2;
        if (signal != NULL && !is_signal(signal)) {
            return 0;
        }
        i -= signal == NULL;
    }
    if (argv[i] != NULL && strcmp(argv[i], "--") == 0) {
        i++;
    }
    if (argv[i] == NULL) {
        fprintf(2, "usage: kill [-s SIGNAL | -SIGNAL] PID...\n");
        return 0;
    }
    return i;
}
