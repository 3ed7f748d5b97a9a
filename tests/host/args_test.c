// sources: kernel/lib/args.c kernel/lib/fmt.c kernel/lib/str.c
// flags: -include tests/host/rename_str.h
#include "check.h"

#include "lib/args.h"
#include "lib/fmt.h"
#include "lib/str.h"

/*
 * lib/args: boot arguments good and bad, then random texts.
 */

static struct args args;
static char printed[4096]; // output of kprintf

void kprintf(const char *format, ...)
{
    va_list list;
    size_t n = strlen(printed);
    va_start(list, format);
    vsnprintf(printed + n, sizeof(printed) - n, format, list);
    va_end(list);
}

static bool is_value(const char *name, const char *expected)
{
    const char *value = args_get(&args, name);
    return value != NULL && strcmp(value, expected) == 0;
}

static bool contains(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        if (strncmp(text, part, strlen(part)) == 0) {
            return true;
        }
    }
    return false;
}

static void test_good(void)
{
    args_parse("icount run=\"echo a b; ls\" hz=100\tseed=7", &args);
    CHECK_EQ(args.count, 4);
    CHECK(is_value("icount", ""));
    CHECK(is_value("run", "echo a b; ls"));
    CHECK(is_value("hz", "100"));
    CHECK(is_value("seed", "7"));
    CHECK(args_get(&args, "run=") == NULL);
    CHECK(args_get(&args, "") == NULL);
    CHECK(args.error[0] == '\0');
}

static void test_odd_but_good(void)
{
    args_parse("", &args);
    CHECK(args.error[0] == '\0');
    CHECK_EQ(args.count, 0);
    args_parse(" \t\n ", &args);
    CHECK(args.error[0] == '\0');
    CHECK_EQ(args.count, 0);
    args_parse("  a=  b=\"\" c=x=y d=\"=\" e\"f ", &args);
    CHECK(args.error[0] == '\0');
    CHECK_EQ(args.count, 5);
    CHECK(is_value("a", ""));
    CHECK(is_value("b", ""));
    CHECK(is_value("c", "x=y"));
    CHECK(is_value("d", "="));
    CHECK(is_value("e\"f", ""));
}

static void check_bad(const char *text, int count, const char *message)
{
    args_parse(text, &args);
    CHECK_EQ(args.count, count);
    CHECK(contains(args.error, message));
}

static void test_bad(void)
{
    check_bad("a=1 run=\"ls", 1, "'run' needs one pair of quotes");
    check_bad("run=\"", 0, "'run' needs one pair of quotes");
    check_bad("run=\"ls\"x b", 0, "'run' needs one pair of quotes");
    check_bad("hz=1 b hz=2", 2, "'hz' is given twice");
}

static void test_limits(void)
{
    char text[2 * ARGS_TEXT];
    memset(text, 'a', sizeof(text));
    text[ARGS_TEXT - 1] = '\0';
    args_parse(text, &args);
    CHECK(args.error[0] == '\0');
    CHECK_EQ(strlen(args.arg[0].name), ARGS_TEXT - 1);
    text[ARGS_TEXT - 1] = 'a';
    text[ARGS_TEXT] = '\0';
    check_bad(text, 0, "more than 1023 characters");

    size_t n = 0;
    for (int i = 0; i <= ARGS_MAX; i++) {
        args_parse(text, &args);
        CHECK((args.error[0] != '\0') == (i == 0));
        n += (size_t)snprintf(text + n, sizeof(text) - n, "a%d ", i);
    }
    check_bad(text, ARGS_MAX, "'a32' is one too many");
    CHECK(is_value("a31", ""));
}

static void test_warnings(void)
{
    static const char *const known[] = {"run", "hz", NULL};
    printed[0] = '\0';
    args_parse("run=x hz=1", &args);
    args_warn(&args, known);
    CHECK(printed[0] == '\0');
    args_parse("rum=x hz=1 hz=2", &args);
    args_warn(&args, known);
    CHECK(strcmp(printed, "boot arguments: 'hz' is given twice\n"
                          "boot arguments: unknown 'rum'\n") == 0);
}

static void test_random_texts(void)
{
    const char *letters = "ab= \"\t\n\xff";
    char text[64];
    for (int i = 0; i < 100000; i++) {
        size_t n = check_random_below(sizeof(text));
        for (size_t k = 0; k < n; k++) {
            text[k] = letters[check_random_below(8)];
        }
        text[n] = '\0';
        args_parse(text, &args);
        for (int k = 0; k < args.count; k++) {
            CHECK(args_get(&args, args.arg[k].name) == args.arg[k].value);
        }
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_good);
    RUN(test_odd_but_good);
    RUN(test_bad);
    RUN(test_limits);
    RUN(test_warnings);
    RUN(test_random_texts);
    return check_end();
}
