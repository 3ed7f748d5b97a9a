/*
 * Command-line options, by the rules that POSIX has for all tools.  Options
 * come before the operands: `-` and letters, where "-ab" means "-a -b".  The
 * value of an option follows its letter or is the next word.  "--" ends the
 * options.
 */
#include "user/user.h"

int optind = 1; // the next word; at the end, the first operand
char *optarg;   // the value of the option

/* The next option letter.  In `letters`, a `:` follows each letter that takes a
   value.  Returns -1 when all options are read; '?' after printing what is
   wrong. */
int getopt(int argc, char *const argv[], const char *letters)
{
    static char *rest; // rest of a word with several letters

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
        fprintf(2, "%s: unknown option -%c\n", argv[0], letter);
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
