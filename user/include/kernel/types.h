#pragma once

/*
 * xv6's names of scalar types.  Every program for xv6 includes this before
 * user/user.h, which learns here that it must declare what xv6's does and
 * nothing else.  Nor does such a program expect more warnings than -Wall.
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
typedef uint64 pde_t; // an entry of a page table
