#pragma once

/* Flags of open() and sbrk(). */
#include "api/fcntl.h"
