/* The functions that loops.sed gives contracts to, for Frama-C's WP: see ../checks/proof.sh. */
#ifndef __FRAMAC__
#error "for frama-c: see ../checks/proof.sh"
#endif
#define AKOLHOOK_STATIC
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_NO_EXPLAIN
#define AKOLHOOK_SMALL
#include "annotated.h"
