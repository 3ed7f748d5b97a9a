#pragma once

/*
 * Included first in host tests that link kernel/lib/str.c or fmt.c: renames the
 * kernel's functions, so that the C library and the sanitizers keep theirs.
 * Calls in the same program are renamed, too.
 */
#define memset    tether_memset
#define memcpy    tether_memcpy
#define memmove   tether_memmove
#define memcmp    tether_memcmp
#define memchr    tether_memchr
#define strlen    tether_strlen
#define strnlen   tether_strnlen
#define strcmp    tether_strcmp
#define strncmp   tether_strncmp
#define strchr    tether_strchr
#define snprintf  tether_snprintf
#define vsnprintf tether_vsnprintf
