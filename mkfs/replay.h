#pragma once

#include <stdint.h>

/*
 * Bring what the log of an image holds to its place, as the kernel does when it
 * mounts the image.  Returns the number of transactions replayed, or -1 when
 * the log is damaged.
 */
int replay_image(char *base);
