#pragma once

/* What fstat() reports. */
#include "api/stat.h"
