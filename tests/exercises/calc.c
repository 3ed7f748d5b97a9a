// A calculator: + - * / and parentheses, one expression per line, until an
// empty line.
#include "kernel/types.h"
#include "user/user.h"

char *at;

int sum(void);

int blank(void)
{
    while (*at == ' ')
        at++;
    return *at;
}

int factor(void)
{
    int value;

    if (blank() == '-') {
        at++;
        return -factor();
    }
    if (*at == '(') {
        at++;
        value = sum();
        if (blank() != ')') {
            printf("missing )\n");
            exit(1);
        }
        at++;
        return value;
    }
    value = atoi(at);
    while (*at >= '0' && *at <= '9')
        at++;
    return value;
}

int product(void)
{
    int right, value = factor();

    while (blank() == '*' || *at == '/') {
        if (*at++ == '*') {
            value *= factor();
        } else {
            right = factor();
            value = right ? value / right : 0;
        }
    }
    return value;
}

int sum(void)
{
    int value = product();

    while (blank() == '+' || *at == '-')
        value += *at++ == '+' ? product() : -product();
    return value;
}

int main(void)
{
    char line[100];

    for (;;) {
        memset(line, 0, sizeof(line));
        gets(line, sizeof(line));
        if (line[0] == 0 || line[0] == '\n')
            break;
        at = line;
        printf("= %d\n", sum());
    }
    exit(0);
}
