// find DIR NAME: print the path of everything below DIR that is called NAME.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/param.h"
#include "user/user.h"

void find(char *dir, char *name)
{
    char path[MAXPATH], *p;
    int fd;
    struct dirent de;
    struct stat st;

    if ((fd = open(dir, O_RDONLY)) < 0 || fstat(fd, &st) < 0) {
        fprintf(2, "find: cannot open %s\n", dir);
        exit(1);
    }
    if (st.type != T_DIR) {
        fprintf(2, "find: %s is no directory\n", dir);
        exit(1);
    }
    if (strlen(dir) + 1 + DIRSIZ + 1 > sizeof(path)) {
        fprintf(2, "find: path too long\n");
        exit(1);
    }
    strcpy(path, dir);
    p = path + strlen(path);
    *p++ = '/';
    while (read(fd, &de, sizeof(de)) == sizeof(de)) {
        if (de.inum == 0 || !strcmp(de.name, ".") || !strcmp(de.name, "..")) {
            continue;
        }
        memmove(p, de.name, DIRSIZ);
        p[DIRSIZ] = 0;
        if (stat(path, &st) < 0) {
            fprintf(2, "find: cannot stat %s\n", path);
            continue;
        }
        if (strcmp(de.name, name) == 0) {
            printf("%s\n", path);
        }
        if (st.type == T_DIR) {
            find(path, name);
        }
    }
    close(fd);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(2, "Usage: find dir name\n");
        exit(1);
    }
    find(argv[1], argv[2]);
    exit(0);
}
