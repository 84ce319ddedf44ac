/* test_hash.c by the block function for processors without instructions for SHA-256. */
#define AKOLHOOK_NO_SIMD
#include "test_hash.c"
