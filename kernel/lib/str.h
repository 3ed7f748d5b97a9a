#pragma once

#include "lib/base.h"

/* Memory and string functions with their C standard meanings. */
void *memset(void *dst, int byte, size_t n);
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/* Copy at most size-1 bytes and always end with NUL; returns strlen(src). */
size_t str_copy(char *dst, const char *src, size_t size);

/* Parse all of `s` as a decimal or 0x number; false on anything else. */
bool str_to_u64(const char *s, uint64_t *out);
