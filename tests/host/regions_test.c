// sources: kernel/lib/regions.c
#include "check.h"

#include <string.h>

#include "lib/regions.h"

/*
 * lib/regions compared with a map that has one flag for each address.
 */
#define SPACE 200

static struct regions set;
static bool map[SPACE];

static struct region random_range(uint64_t longest)
{
    uint64_t start = check_random() % SPACE;
    uint64_t end = start + check_random() % longest;
    return (struct region){start, min_u64(end, SPACE)};
}

static uint64_t count_in(struct region range)
{
    uint64_t count = 0;
    for (uint64_t i = range.start; i < range.end; i++) {
        count += map[i];
    }
    return count;
}

static void fill(struct region range, bool value)
{
    for (uint64_t i = range.start; i < range.end; i++) {
        map[i] = value;
    }
}

/* The set and the map agree, and no two ranges are adjacent. */
static void compare(void)
{
    bool seen[SPACE] = {false};
    for (int i = 0; i < set.count; i++) {
        struct region range = set.at[i];
        CHECK(range.start < range.end && range.end <= SPACE);
        for (uint64_t at = range.start; at < range.end; at++) {
            CHECK(!seen[at]);
            seen[at] = true;
        }
        CHECK(range.end == SPACE || !map[range.end]);
    }
    CHECK(memcmp(seen, map, sizeof(map)) == 0);
}

static void test_random(void)
{
    for (int i = 0; i < 20000; i++) {
        struct region range = random_range(12);
        uint64_t there = count_in(range);
        CHECK_EQ(regions_overlap(&set, range), there > 0);
        if (range.start < range.end) {
            uint64_t whole = range.end - range.start;
            CHECK_EQ(regions_cover(&set, range), there == whole);
        }
        if (check_random() % 2 == 0) {
            CHECK_EQ(regions_add(&set, range), there == 0);
            if (there == 0) { // otherwise nothing changes
                fill(range, true);
            }
        } else {
            regions_remove(&set, range);
            fill(range, false);
        }
        compare();
    }
}

/* A rejected range leaves the set unchanged. */
static void test_refused(void)
{
    struct regions two = {0};
    CHECK(regions_add(&two, (struct region){10, 20}));
    CHECK(regions_add(&two, (struct region){30, 40}));
    struct regions before = two;
    CHECK(!regions_add(&two, (struct region){19, 31}));
    CHECK(!regions_add(&two, (struct region){0, 100}));
    CHECK(memcmp(&two, &before, sizeof(two)) == 0);
    CHECK(regions_add(&two, (struct region){20, 30}));
    CHECK_EQ(two.count, 1);
    CHECK(regions_cover(&two, (struct region){10, 40}));
}

/* A full set accepts no more ranges; a hole discards the smaller remainder. */
static void test_full(void)
{
    struct regions full = {0};
    for (uint64_t i = 0; i < REGIONS_MAX; i++) {
        CHECK(regions_add(&full, (struct region){100 * i, 100 * i + 50}));
    }
    CHECK(!regions_add(&full, (struct region){99000, 99001}));
    CHECK(regions_add(&full, (struct region){50, 60})); // joins its neighbor
    regions_remove(&full, (struct region){110, 115});
    CHECK_EQ(full.count, REGIONS_MAX);
    CHECK(!regions_overlap(&full, (struct region){100, 115}));
    CHECK(regions_cover(&full, (struct region){115, 150}));
}

/* Addresses up to the highest one. */
static void test_ends(void)
{
    struct regions all = {0};
    CHECK(regions_add(&all, (struct region){0, UINT64_MAX}));
    regions_remove(&all, (struct region){UINT64_MAX - 4096, UINT64_MAX});
    regions_remove(&all, (struct region){0, 4096});
    regions_remove(&all, (struct region){5000, 5000}); // nothing
    CHECK_EQ(all.count, 1);
    CHECK_EQ(all.at[0].start, 4096);
    CHECK_EQ(all.at[0].end, UINT64_MAX - 4096);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    RUN(test_random);
    RUN(test_refused);
    RUN(test_full);
    RUN(test_ends);
    return check_end();
}
