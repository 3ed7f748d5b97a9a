#pragma once

/*
 * Error numbers, shared by kernel, user programs and host tools.
 *
 * A kernel function returns the negative of one of these; the user stub turns
 * it into -1 and `errno`.  Values are those of Linux for RISC-V, so that tools
 * which know them print the right words.  ERRNO_LIST is the single source:
 * the enum here and the texts of strerror() are both made from it.
 */
#define ERRNO_LIST(E)                                                          \
    E(EPERM, 1, "operation not permitted")                                     \
    E(ENOENT, 2, "no such file or directory")                                  \
    E(ESRCH, 3, "no such process")                                             \
    E(EINTR, 4, "interrupted")                                                 \
    E(EIO, 5, "input/output error")                                            \
    E(E2BIG, 7, "argument list too long")                                      \
    E(ENOEXEC, 8, "not an executable")                                         \
    E(EBADF, 9, "bad file descriptor")                                         \
    E(ECHILD, 10, "no child processes")                                        \
    E(EAGAIN, 11, "try again")                                                 \
    E(ENOMEM, 12, "out of memory")                                             \
    E(EACCES, 13, "permission denied")                                         \
    E(EFAULT, 14, "bad address")                                               \
    E(EBUSY, 16, "busy")                                                       \
    E(EEXIST, 17, "file exists")                                               \
    E(EXDEV, 18, "cross-device link")                                          \
    E(ENODEV, 19, "no such device")                                            \
    E(ENOTDIR, 20, "not a directory")                                          \
    E(EISDIR, 21, "is a directory")                                            \
    E(EINVAL, 22, "invalid argument")                                          \
    E(ENFILE, 23, "too many open files in the system")                         \
    E(EMFILE, 24, "too many open files")                                       \
    E(ENOTTY, 25, "not a terminal")                                            \
    E(ETXTBSY, 26, "text file busy")                                           \
    E(EFBIG, 27, "file too large")                                             \
    E(ENOSPC, 28, "no space left on device")                                   \
    E(ESPIPE, 29, "illegal seek")                                              \
    E(EROFS, 30, "read-only file system")                                      \
    E(EMLINK, 31, "too many links")                                            \
    E(EPIPE, 32, "broken pipe")                                                \
    E(ERANGE, 34, "result out of range")                                       \
    E(ENAMETOOLONG, 36, "file name too long")                                  \
    E(ENOSYS, 38, "no such system call")                                       \
    E(ENOTEMPTY, 39, "directory not empty")                                    \
    E(ELOOP, 40, "too many symbolic links")                                    \
    E(EUCLEAN, 117, "file system damaged")

#ifndef TETHER_HOSTED
#define ERRNO_ENUM(name, number, text) name = number,
enum errno_value { ERRNO_LIST(ERRNO_ENUM) };
#undef ERRNO_ENUM
#else
#include <errno.h> // the host has most of these names as macros
#ifndef EUCLEAN
#define EUCLEAN 117
#endif
#endif
