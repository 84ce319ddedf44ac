/* test_hash.c by the block function that takes the least flash. */
#define AKOLHOOK_SMALL
#include "test_hash.c"
