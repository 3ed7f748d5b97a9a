#pragma once

/* System-call numbers. */
#include "api/syscall.h"
