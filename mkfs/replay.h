#pragma once

#include <stdint.h>

/*
 * Copy the blocks in an image's log to their places, as the kernel does when it
 * mounts the image.  Returns the number of replayed transactions, or -1 if the
 * log is damaged.
 */
int replay_image(char *base);
