#pragma once

#include "mm/space.h"

/* Inside of mm: the area that holds `va`, or NULL.  Lock: the space's. */
struct area *area_find(struct space *space, vaddr_t va);
