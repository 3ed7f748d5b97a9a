/*
 * Files and mappings agree at every moment.  Several processes map a file in
 * several ways.  Random operations, compared with a model: load and store, read
 * and write, truncate and grow, fill holes, msync, munmap, fork; the file also
 * loses its name, or another file replaces it.  Then the same in a race.
 */
#include "usertests.h"

enum {
    BLOCK = 4096,
    PAGES = 12,
    LARGEST = PAGES * BLOCK,
    ACTORS = 3,
    MAPS = 3,     // of each actor
    EPOCH = 400,  // operations on one file
    PIECE = 5000, // maximum bytes of one write
};

enum what { WRITE, READ, STORE, LOAD, HELD, CUT, MSYNC, FSYNC, MAP, UNMAP };

/* An order to an actor. */
struct order {
    enum what what;
    bool in_child; // in a child of the actor
    int map;
    int at;
    int n;
    unsigned char byte;
};

/* The ways to map a file; only the first allows writes. */
static const int protections[] = {PROT_READ | PROT_WRITE, PROT_READ, PROT_READ};
static const int kinds[] = {MAP_SHARED, MAP_SHARED, MAP_PRIVATE};

/* ---- an actor ------------------------------------------------------------ */

static unsigned char *maps[MAPS];
static int file;
static int tube[2];

/* A byte of a mapping as the kernel sees it; -1 if it cannot be read. */
static int held_byte(const unsigned char *at)
{
    unsigned char byte;

    if (write(tube[1], at, 1) != 1) {
        return -1;
    }
    CHECK_EQ(read(tube[0], &byte, 1), 1);
    return byte;
}

/* Read a byte of the file, or write n bytes. */
static long transfer(const struct order *order)
{
    static unsigned char bytes[PIECE];

    CHECK_EQ(lseek(file, order->at, SEEK_SET), order->at);
    if (order->what == READ) {
        CHECK_EQ(read(file, bytes, 1), 1);
        return bytes[0];
    }
    memset(bytes, order->byte, (size_t)order->n);
    return write(file, bytes, order->n);
}

static long map_anew(const struct order *order)
{
    int way = order->n;
    void *at = mmap(NULL, LARGEST, protections[way], kinds[way], file, 0);

    maps[order->map] = at;
    return at == MAP_FAILED ? -1 : 0;
}

/* Carry out an order; returns its result. */
static long obey(const struct order *order)
{
    volatile unsigned char *map = maps[order->map];

    switch (order->what) {
    case STORE:
        map[order->at] = order->byte;
        return 0;
    case LOAD:
        return map[order->at];
    case HELD:
        return held_byte(maps[order->map] + order->at);
    case CUT:
        return ftruncate(file, (uint64_t)order->at);
    case MSYNC:
        return msync(maps[order->map], LARGEST);
    case FSYNC:
        return fsync(file);
    case MAP:
        return map_anew(order);
    case UNMAP:
        return munmap(maps[order->map], LARGEST);
    default:
        return transfer(order);
    }
}

/* Carry out an order in a child, which has the same mappings. */
static long obey_in_child(const struct order *order)
{
    int status;
    int pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        exit((int)obey(order));
    }
    CHECK_EQ(wait(&status), pid);
    return status;
}

/* Carry out orders until there are no more; exit ends the mappings. */
static void act(int orders, int answers)
{
    struct order order;

    CHECK_EQ(pipe(tube), 0);
    while (read(orders, &order, sizeof(order)) == sizeof(order)) {
        long got = order.in_child ? obey_in_child(&order) : obey(&order);
        CHECK_EQ(write(answers, &got, sizeof(got)), sizeof(got));
    }
    exit(0);
}

/* ---- the model ----------------------------------------------------------- */

static struct {
    int size;
    unsigned char byte[LARGEST]; // zeros past its end
    int orders[ACTORS];          // pipes
    int answers[ACTORS];
    int way[ACTORS][MAPS]; // -1: not mapped, else how it is mapped
    char name[8];
} model;

/* Send an order to an actor; returns the result. */
static long tell(int actor, const struct order *order)
{
    long got;

    CHECK_EQ(write(model.orders[actor], order, sizeof(*order)), sizeof(*order));
    CHECK_EQ(read(model.answers[actor], &got, sizeof(got)), sizeof(got));
    return got;
}

static void begin_epoch(int worker)
{
    snprintf(model.name, sizeof(model.name), "f%d", worker);
    file = open(model.name, O_RDWR | O_CREATE);
    CHECK(file >= 0);
    memset(model.byte, 0, sizeof(model.byte));
    memset(model.way, -1, sizeof(model.way));
    model.size = 0;
    for (int i = 0; i < ACTORS; i++) {
        int to[2];
        int from[2];

        CHECK_EQ(pipe(to), 0);
        CHECK_EQ(pipe(from), 0);
        int pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            for (int k = 0; k < i; k++) {
                close(model.orders[k]);
                close(model.answers[k]);
            }
            close(to[1]);
            close(from[0]);
            act(to[0], from[1]);
        }
        close(to[0]);
        close(from[1]);
        model.orders[i] = to[1];
        model.answers[i] = from[0];
    }
}

/* End the actors; their stores must be in the file. */
static void end_epoch(void)
{
    static unsigned char bytes[LARGEST + 1];

    for (int i = 0; i < ACTORS; i++) {
        close(model.orders[i]);
        close(model.answers[i]);
    }
    reap_all(ACTORS);
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    CHECK_EQ(read_fully(file, (char *)bytes, sizeof(bytes)), model.size);
    CHECK_EQ(memcmp(bytes, model.byte, (size_t)model.size), 0);
    close(file);
    unlink(model.name);
}

/* Unlink the file, or rename another file over it. */
static void lose_name(int worker)
{
    char other[8];

    snprintf(other, sizeof(other), "g%d", worker);
    int fd = open(other, O_WRONLY | O_CREATE);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(test_random(2) == 0 ? rename(other, model.name) : unlink(other),
             0);
    unlink(model.name);
}

static uint64_t blocks_used(void)
{
    struct stat st;

    CHECK_EQ(fstat(file, &st), 0);
    return st.blocks;
}

/* Read a byte in some way: it must be the file's, and no block may be
   allocated. */
static void look(int actor, struct order order)
{
    uint64_t before = blocks_used();

    CHECK_EQ(tell(actor, &order), model.byte[order.at]);
    CHECK_EQ(blocks_used(), before);
}

/* Truncate: often to 0, often to whole pages. */
static void cut(int actor, struct order order)
{
    int size = (int)test_random(LARGEST + 1);
    uint32_t kind = test_random(4);

    order.at = kind == 0 ? 0 : kind == 1 ? size / BLOCK * BLOCK : size;
    CHECK_EQ(tell(actor, &order), 0);
    if (order.at < model.size) {
        memset(model.byte + order.at, 0, (size_t)(model.size - order.at));
    }
    model.size = order.at;
}

static void put(int actor, struct order order)
{
    order.n = 1 + (int)test_random(PIECE);
    order.n = order.at + order.n > LARGEST ? LARGEST - order.at : order.n;
    CHECK_EQ(tell(actor, &order), order.n);
    memset(model.byte + order.at, order.byte, (size_t)order.n);
    if (order.at + order.n > model.size) {
        model.size = order.at + order.n;
    }
}

/* Store through a mapping.  Past the end of the file, the kernel sees no page,
   and bytes stored in the last page do not belong to the file. */
static void use_map(int actor, struct order order)
{
    int way = model.way[actor][order.map];
    int end = (model.size + BLOCK - 1) / BLOCK * BLOCK;

    if (order.what == STORE) {
        if (way == 0 && order.at < end) {
            CHECK_EQ(tell(actor, &order), 0);
        }
        if (way == 0 && order.at < model.size) {
            model.byte[order.at] = order.byte;
        }
    } else if (order.at < model.size) {
        look(actor, order);
    } else if (order.at >= end) {
        order.what = HELD;
        order.in_child = false;
        CHECK_EQ(tell(actor, &order), -1);
    }
}

/* Map an unmapped slot, or msync or munmap a mapped one. */
static void change_map(int actor, struct order order)
{
    int *way = &model.way[actor][order.map];

    order.in_child = false;
    order.n = (int)test_random(LENGTH(kinds));
    if (*way < 0) {
        order.what = MAP;
        *way = order.n;
    } else if (order.what != MSYNC) {
        order.what = UNMAP;
        *way = -1;
    }
    CHECK_EQ(tell(actor, &order), 0);
}

static void step(int worker)
{
    static const enum what often[] = {WRITE, READ, STORE, STORE, STORE, LOAD,
                                      LOAD,  LOAD, HELD,  CUT,   MSYNC, MAP};
    int actor = (int)test_random(ACTORS);
    struct order order = {.what = often[test_random(LENGTH(often))],
                          .in_child = test_random(50) == 0,
                          .map = (int)test_random(MAPS),
                          .at = (int)test_random(LARGEST),
                          .byte = (unsigned char)(1 + test_random(255))};

    if (order.what == WRITE) {
        order.in_child = false;
        put(actor, order);
    } else if (order.what == READ) {
        order.at = model.size > 0 ? order.at % model.size : 0;
        if (model.size > 0) {
            look(actor, order);
        }
    } else if (order.what == CUT) {
        order.in_child = false;
        cut(actor, order);
    } else if (order.what == MSYNC || order.what == MAP ||
               model.way[actor][order.map] < 0) {
        change_map(actor, order);
    } else {
        use_map(actor, order);
    }
    if (test_random(500) == 0) {
        lose_name(worker);
    }
}

/* Perform that many operations in each of several workers, which use their own
   files. */
static void agree(int workers, int operations)
{
    for (int worker = 0; worker < workers; worker++) {
        int pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
            test_random_split(worker);
            for (int n = 0; n < operations; n++) {
                if (n % EPOCH == 0) {
                    begin_epoch(worker);
                }
                step(worker);
                if (n % EPOCH == EPOCH - 1) {
                    end_epoch();
                }
            }
            exit(0);
        }
    }
    reap_all(workers);
}

static void test_mmap_agree(void)
{
    agree(2, 4 * EPOCH);
}

/* 100,000 operations. */
static void test_mmap_agree_long(void)
{
    agree(4, 25000 / EPOCH * EPOCH + EPOCH);
}

/* ---- in a race ----------------------------------------------------------- */

enum { ROUNDS = 400, READERS = 2 };

/* A reader never sees data older than the last completed round. */
static void race_reader(const volatile unsigned char *map)
{
    const volatile uint64_t *over = (const volatile uint64_t *)map;
    uint64_t seen = 0;

    CHECK_EQ(pipe(tube), 0);
    while (over[0] < ROUNDS || seen < ROUNDS) {
        uint64_t least = over[0];

        if (write(tube[1], (const char *)map + 2 * BLOCK, 8) == 8) {
            CHECK_EQ(read(tube[0], &seen, 8), 8);
            CHECK(seen == 0 || seen >= least);
            CHECK(least < ROUNDS || seen == ROUNDS);
        }
    }
    exit(0);
}

/* A page is truncated, grows back as a hole, and is filled again, while others
   read it.  They must not see the old page, nor zeros after it is filled. */
static void test_race_cut(void)
{
    make_file("f", 4 * BLOCK, 0);
    int fd = open("f", O_RDWR);
    volatile uint64_t *map = mmap(NULL, (size_t)4 * BLOCK,
                                  PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED);
    map[0] = 0;
    for (int i = 0; i < READERS; i++) {
        int pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            race_reader((const volatile unsigned char *)map);
        }
    }
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        CHECK_EQ(ftruncate(fd, 2 * BLOCK), 0);
        CHECK_EQ(ftruncate(fd, 4 * BLOCK), 0);
        CHECK_EQ(lseek(fd, 2 * BLOCK, SEEK_SET), 2 * BLOCK);
        CHECK_EQ(write(fd, &round, sizeof(round)), sizeof(round));
        map[0] = round;
    }
    reap_all(READERS);
    CHECK_EQ(unlink("f"), 0);
}

/* Truncate to 0 and grow again through one descriptor: no old byte remains, and
   new stores reach the file. */
static void test_mmap_regrown(void)
{
    unsigned char bytes[2] = {1, 1};
    int fd = open("f", O_RDWR | O_CREATE);

    CHECK_EQ(ftruncate(fd, 2 * BLOCK), 0);
    unsigned char *at = mmap(NULL, (size_t)2 * BLOCK, PROT_READ | PROT_WRITE,
                             MAP_SHARED, fd, 0);
    CHECK(at != MAP_FAILED);
    at[5000] = 'A';
    CHECK_EQ(ftruncate(fd, 0), 0);
    CHECK_EQ(ftruncate(fd, 2 * BLOCK), 0);
    at[5001] = 'B';
    CHECK_EQ(msync(at, 2 * BLOCK), 0);
    CHECK_EQ(lseek(fd, 5000, SEEK_SET), 5000);
    CHECK_EQ(read(fd, bytes, 2), 2);
    CHECK_EQ(bytes[0], 0);
    CHECK_EQ(bytes[1], 'B');
    CHECK_EQ(unlink("f"), 0);
}

const struct test agree_tests[] = {
    {"mmap_regrown", test_mmap_regrown, false},
    {"mmap_agree", test_mmap_agree, false},
    {"mmap_agree_long", test_mmap_agree_long, true},
    {"race_cut", test_race_cut, false},
    {NULL, NULL, false},
};
