/*
 * The table: who did what, with time running from top to bottom.
 *
 *     OS                       | hardware             | program
 *
 * A text wider than its column continues in the next line.  Each line is one
 * write, so rows of several processes do not mix.
 */
#include "lde.h"

enum { COLUMNS = 3, TEXT = 400 };

static const int widths[COLUMNS] = {27, 22, 25};

/* Begin a table. */
void table_begin(const char *title)
{
    printf("\n%s\n\n", title);
    printf("%-*s | %-*s | %s\n", widths[OS], "OS", widths[HARDWARE], "hardware",
           "program");
    printf("%.*s-+-%.*s-+-%.*s\n", widths[OS], "-----------------------------",
           widths[HARDWARE], "-----------------------------", widths[PROGRAM],
           "-----------------------------");
}

/* How much of `text` fits into `width`, at a word boundary if possible. */
static int fit(const char *text, int width)
{
    int length = (int)strlen(text);
    int cut = width;

    if (length <= width) {
        return length;
    }
    while (cut > 0 && text[cut] != ' ') {
        cut--;
    }
    return cut > 0 ? cut : width;
}

/* Print n bytes in one column, the others empty. */
static void print_line(enum column column, const char *text, int n)
{
    int n_os = column == OS ? n : 0;
    int n_hardware = column == HARDWARE ? n : 0;
    int n_program = column == PROGRAM ? n : 0;

    printf("%-*.*s | %-*.*s |%s%.*s\n", widths[OS], n_os, text,
           widths[HARDWARE], n_hardware, text, n_program > 0 ? " " : "",
           n_program, text);
}

/* One row: what the OS, the hardware or the program did. */
void table_row(enum column column, const char *format, ...)
{
    char text[TEXT];
    const char *rest = text;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    while (*rest != '\0') {
        int n = fit(rest, widths[column]);

        print_line(column, rest, n);
        rest += n;
        rest += *rest == ' ';
    }
}

/* End a table with a sentence about what it shows. */
void table_end(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("\n");
    vfprintf(1, format, args);
    printf("\n");
    va_end(args);
}
