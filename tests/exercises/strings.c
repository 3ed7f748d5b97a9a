// The string functions: edge cases.
#include "kernel/types.h"
#include "user/user.h"

int failed;

#define EXPECT(what)                                                           \
    if (!(what)) {                                                             \
        printf("not so: %s\n", #what);                                         \
        failed = 1;                                                            \
    }

int main(void)
{
    char s[16], *text = "tether";

    EXPECT(strlen("") == 0 && strlen(text) == 6);
    EXPECT(strcpy(s, text) == s && strcmp(s, text) == 0);
    EXPECT(strcmp("a", "b") < 0 && strcmp("b", "a") > 0);
    EXPECT(strcmp("ab", "a") > 0 && strcmp("", "") == 0);
    EXPECT(strcmp("\xff", "\x01") > 0);
    EXPECT(strchr(text, 'h') == text + 3 && strchr(text, 'x') == 0);
    EXPECT(memmove(s + 2, s, 6) == s + 2 && memcmp(s, "tetether", 8) == 0);
    EXPECT(memmove(s, s + 2, 7) == s && strcmp(s, text) == 0);
    EXPECT(memset(s, 'x', 3) == s && memcmp(s, "xxxher", 7) == 0);
    EXPECT(memcpy(s, "abc", 4) == s && strcmp(s, "abc") == 0);
    EXPECT(memcmp("abc", "abd", 2) == 0 && memcmp("abc", "abd", 3) < 0);
    EXPECT(atoi("42") == 42 && atoi("7up") == 7 && atoi("x") == 0);
    EXPECT(atoi("2147483647") == 2147483647);
    printf(failed ? "strings failed\n" : "strings ok\n");
    exit(failed);
}
