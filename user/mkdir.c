/*
 * mkdir [-p] DIRECTORY...: make directories.
 *
 * -p also makes missing parents, and accepts directories that exist.
 */
#include "user/tool.h"

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.type == T_DIR;
}

/* Make a directory and its missing parents; 0, or -1 with `errno`. */
static int make_way(char *path)
{
    for (char *at = path; *at != '\0'; at++) {
        if (*at != '/' || at == path) {
            continue;
        }
        *at = '\0';
        int result = is_directory(path) ? 0 : mkdir(path);
        *at = '/';
        if (result < 0) {
            return result;
        }
    }
    return is_directory(path) ? 0 : mkdir(path);
}

int main(int argc, char **argv)
{
    bool way = false;
    int status = 0;
    int c;

    while ((c = getopt(argc, argv, "p")) == 'p') {
        way = true;
    }
    if (c != -1 || optind == argc) {
        fprintf(2, "usage: mkdir [-p] DIRECTORY...\n");
        return 2;
    }
    for (int i = optind; i < argc; i++) {
        if ((way ? make_way(argv[i]) : mkdir(argv[i])) < 0) {
            status = complain("mkdir", argv[i]);
        }
    }
    return status;
}
