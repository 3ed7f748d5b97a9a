/*
 * The options of a command line, by the rules that POSIX has for all tools: a
 * word of `-` and letters before the operands, "-ab" for "-a -b", the value of
 * an option behind its letter or in the next word, "--" for the end of them.
 */
#include "user/user.h"

int optind = 1; // the next word: in the end the first operand
char *optarg;   // the value of the option

/* The next option's letter, of those in `letters`, where a `:` stands behind
   each that takes a value; -1 when all are read, '?' after saying what is
   wrong. */
int getopt(int argc, char *const argv[], const char *letters)
{
    static char *rest; // of a word of several letters

    if (rest == NULL || *rest == '\0') {
        char *word = optind < argc ? argv[optind] : NULL;

        if (word == NULL || word[0] != '-' || word[1] == '\0') {
            return -1;
        }
        optind++;
        if (strcmp(word, "--") == 0) {
            return -1;
        }
        rest = word + 1;
    }
    char letter = *rest++;
    const char *known = letter == ':' ? NULL : strchr(letters, letter);
    if (known == NULL) {
        fprintf(2, "%s: there is no option -%c\n", argv[0], letter);
        return '?';
    }
    if (known[1] == ':') {
        optarg = *rest != '\0' || optind == argc ? rest : argv[optind++];
        rest = NULL;
        if (*optarg == '\0') {
            fprintf(2, "%s: -%c needs a value\n", argv[0], letter);
            return '?';
        }
    }
    return letter;
}
