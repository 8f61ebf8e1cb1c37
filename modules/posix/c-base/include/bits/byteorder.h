/* The network's order of bytes; all machines have the other one. */
#ifndef _BITS_BYTEORDER_H
#define _BITS_BYTEORDER_H

#include <stdint.h>

static inline uint16_t htons(uint16_t value) { return __builtin_bswap16(value); }
static inline uint16_t ntohs(uint16_t value) { return __builtin_bswap16(value); }
static inline uint32_t htonl(uint32_t value) { return __builtin_bswap32(value); }
static inline uint32_t ntohl(uint32_t value) { return __builtin_bswap32(value); }

#endif
