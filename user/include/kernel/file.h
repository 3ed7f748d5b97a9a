#pragma once

/* Major numbers of devices, for mknod(). */
#define CONSOLE 1
