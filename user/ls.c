/*
 * ls [-Radil] [NAME...]: list files and what is in directories.
 *
 * -a also lists names that begin with a dot, -d directories themselves instead
 * of their contents, -R also the contents of subdirectories.  -i begins each
 * line with the inode number.  A line of -l has the type (d directory, - file,
 * c device, l link, p pipe), the number of names, the size in bytes (or the
 * numbers of a device), the time of the last change, the name, and the target
 * of a link.
 */
#include "user/tool.h"

static bool option[128]; // indexed by its letter
static bool titles;      // print the path above each directory's names
static bool begun;

/* fstat() of the file itself, and its target if it is a link; 0, or -1 with
   `errno`. */
static int stat_itself(const char *name, struct stat *st, char target[MAXPATH])
{
    int length = readlink(name, target, MAXPATH - 1);

    *st = (struct stat){.type = T_SYMLINK, .nlink = 1};
    target[length < 0 ? 0 : length] = '\0';
    if (length < 0) {
        return stat(name, st);
    }
    st->size = (uint64_t)length;
    return 0;
}

/* Print a time in nanoseconds since 1970 as date, hour, and minute. */
static void print_time(uint64_t time)
{
    long minutes = (long)(time / 1000000000 / 60);
    long days = minutes / 60 / 24;
    // If years begin in March, the leap day is at the end.  719468 days passed
    // from March of year 0 to 1970, and 400 years have 146097 days.
    long day = days + 719468;
    long era = day / 146097;
    day %= 146097;
    long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    long month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month += month < 10 ? 3 : -9;
    printf("%04ld-%02ld-%02ld %02ld:%02ld ", year + era * 400 + (month <= 2),
           month, day + 1, minutes / 60 % 24, minutes % 60);
}

/* Print the line of one file; false with `errno`. */
static bool print_file(const char *name, uint32_t ino)
{
    static const char kinds[] = "?d-clp";
    char target[MAXPATH];
    char size[24];
    struct stat st = {0};

    target[0] = '\0';
    if (option['l'] && stat_itself(name, &st, target) < 0) {
        return false;
    }
    if (option['i']) {
        printf("%6u ", ino);
    }
    if (option['l']) {
        snprintf(size, sizeof(size), "%lu", st.size);
        if (st.type == T_DEVICE) {
            snprintf(size, sizeof(size), "%u, %u", st.major, st.minor);
        }
        printf("%c %3d %10s ", kinds[st.type <= T_PIPE ? st.type : 0], st.nlink,
               size);
        print_time(st.mtime);
    }
    printf("%s%s%s\n", name, target[0] == '\0' ? "" : " -> ", target);
    return true;
}

/* In the walk: list a directory. */
static void list_directory(const char *path, const struct dirent *entry,
                           size_t n)
{
    if (titles) {
        printf("%s%s:\n", begun ? "\n" : "", path);
    }
    begun = true;
    for (; n > 0; n--, entry++) {
        if ((entry->name[0] != '.' || option['a']) &&
            !print_file(entry->name, entry->inum)) {
            walk_complain(entry->name);
        }
    }
}

/* Whether the name is a directory; with -l, -d, or in a walk, links are not
   followed. */
static bool is_directory(const char *path, bool follow)
{
    struct stat st;
    char target;

    return (follow || readlink(path, &target, 1) < 0) && stat(path, &st) == 0 &&
           st.type == T_DIR;
}

/* In the walk: whether to enter a directory. */
static bool go_down(const char *name)
{
    return option['R'] && (name[0] != '.' || option['a']) &&
           is_directory(name, false);
}

/* List an operand that is not a directory, or any with -d; returns the
   status. */
static int list_operand(const char *path)
{
    struct stat st;
    char target[MAXPATH];

    if (stat_itself(path, &st, target) < 0 || !print_file(path, st.ino)) {
        return complain("ls", path);
    }
    begun = true;
    return 0;
}

/* Compare operands by name. */
static int compare(const void *a, const void *b)
{
    char *const *name = a;
    char *const *other = b;

    return strcmp(*name, *other);
}

/* List all operands, first those that are not directories. */
static int list_all(char **names, int count)
{
    static const struct walk walk = {
        .program = "ls", .enter = list_directory, .down = go_down};
    int status = 0;

    qsort(names, (size_t)count, sizeof(*names), compare);
    for (int directories = 0; directories <= 1; directories++) {
        for (int i = 0; i < count; i++) {
            bool directory =
                !option['d'] && is_directory(names[i], !option['l']);

            if (directory != (directories == 1)) {
                continue;
            }
            status |= directory ? walk_directory(names[i], &walk)
                                : list_operand(names[i]);
            begun |= directory;
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    char here[] = ".";
    char *current[] = {here};
    int c;

    while ((c = getopt(argc, argv, "Radil")) != -1) {
        option[c] = true;
    }
    if (option['?']) {
        fprintf(2, "usage: ls [-Radil] [NAME...]\n");
        return 2;
    }
    titles = option['R'] || argc - optind > 1;
    if (optind == argc) {
        return list_all(current, 1);
    }
    return list_all(argv + optind, argc - optind);
}
