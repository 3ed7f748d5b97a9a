#pragma once

/* Second argument of sys_sbrk(): SBRK_EAGER, SBRK_LAZY. */
#include "api/fcntl.h"
