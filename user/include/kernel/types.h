#pragma once

/*
 * xv6's names of scalar types.  Every program for xv6 includes this file before
 * user/user.h.  That is how user/user.h knows that it must declare only what
 * xv6's declares.  Such a program does not expect more warnings than -Wall,
 * either.
 */
#define PROGRAM_FOR_XV6
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wempty-body"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long uint64;
typedef uint64 pde_t; // a page-table entry
