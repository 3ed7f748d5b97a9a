// Directories, names and links.
#include "kernel/types.h"
#include "kernel/stat.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "user/user.h"

#define TRY(call)                                                              \
    if ((call) < 0) {                                                          \
        printf("tree: %s failed\n", #call);                                    \
        exit(1);                                                               \
    }

// How many records the directory has.
int records(char *path)
{
    struct dirent de;
    int fd, n = 0;

    TRY(fd = open(path, 0));
    while (read(fd, &de, sizeof(de)) == sizeof(de))
        if (de.inum != 0)
            n++;
    close(fd);
    return n;
}

int main(int argc, char *argv[])
{
    struct stat st, up;
    int fd;

    TRY(mkdir("tree0"));
    TRY(chdir("tree0"));
    TRY(fd = open("leaf", O_CREATE | O_RDWR));
    TRY(write(fd, "green", 5));
    TRY(close(fd));
    TRY(link("leaf", "twig"));
    TRY(mkdir("bough"));
    TRY(stat("twig", &st));
    printf("type %d links %d size %d\n", st.type, st.nlink, (int)st.size);
    TRY(unlink("leaf"));
    TRY(stat("twig", &st));
    printf("type %d links %d size %d\n", st.type, st.nlink, (int)st.size);
    printf("%d records\n", records("."));
    if (mkdir("twig") >= 0 || unlink("leaf") >= 0 || chdir("twig") >= 0 ||
        link("nothing", "anything") >= 0 || open("bough", O_RDWR) >= 0) {
        printf("tree: what must fail did not\n");
        exit(1);
    }
    TRY(unlink("twig"));
    TRY(unlink("bough"));
    TRY(stat("..", &up));
    TRY(stat("/", &st));
    printf("%s\n", up.ino == ROOTINO && st.ino == ROOTINO ? "root" : "lost");
    TRY(chdir(".."));
    TRY(unlink("tree0"));
    if (open("tree0", O_RDONLY) >= 0)
        printf("tree: still there\n");
    exit(0);
}
