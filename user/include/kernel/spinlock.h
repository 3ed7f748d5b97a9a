#pragma once

/* Empty: programs for xv6 must include this before kernel/file.h. */
