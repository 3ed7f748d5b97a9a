// Sort the lines of the input, which are kept in a list from malloc.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "user/user.h"

struct line {
    struct line *next;
    char text[];
};

struct line *keep(char *text)
{
    struct line *l = malloc(sizeof(*l) + strlen(text) + 1);

    if (l == 0) {
        fprintf(2, "sortlines: out of memory\n");
        exit(1);
    }
    strcpy(l->text, text);
    return l;
}

int main(int argc, char *argv[])
{
    struct line *head = 0, **place, *l;
    char text[256];
    int n = 0;

    while (strlen(gets(text, sizeof(text))) > 0) {
        l = keep(text);
        for (place = &head; *place; place = &(*place)->next)
            if (strcmp((*place)->text, text) > 0)
                break;
        l->next = *place;
        *place = l;
        n++;
    }
    while ((l = head)) {
        printf("%s", l->text);
        head = l->next;
        free(l);
    }
    fprintf(2, "%d lines\n", n);
    exit(0);
}
