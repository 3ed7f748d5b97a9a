#pragma once

/* Flags of open(); the values are xv6's. */
#define O_RDONLY  0x000
#define O_WRONLY  0x001
#define O_RDWR    0x002
#define O_ACCMODE 0x003
#define O_APPEND  0x008
#define O_CREATE  0x200
#define O_TRUNC   0x400

/* Tether's own: a link itself; only what O_CREATE makes. */
#define O_NOFOLLOW 0x100
#define O_EXCL     0x800

/* Third argument of lseek(): from where the offset counts. */
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

/* Arguments of mmap(): rights, and one of the first two flags. */
#define PROT_READ     1
#define PROT_WRITE    2
#define PROT_EXEC     4
#define MAP_SHARED    1
#define MAP_PRIVATE   2
#define MAP_ANONYMOUS 4

/* Third argument of waitpid(): do not wait. */
#define WNOHANG 1

/* Second argument of sbrk(): when the memory is charged and filled. */
#define SBRK_EAGER 1
#define SBRK_LAZY  2
