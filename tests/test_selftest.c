/* The known answers for power-on: right as it is, and not where copies go wrong. tests/checks/selftest.sh
   breaks the hash itself and measures the flash. */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Each copy of the header comes by here; from the one that is told about on, all have their first byte wrong,
   each in its way. */
static int copies, bad_copy;
static void *told_memcpy(void *to, const void *from, size_t len) {
    memcpy(to, from, len);
    if (++copies >= bad_copy && bad_copy && len) *(unsigned char *)to ^= (unsigned char)(1 + copies % 255);
    return to;
}
#define memcpy told_memcpy
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "../akolhook.h"
#undef memcpy
#include "check.h"

static void test_as_it_is(void) {
    bad_copy = 0;
    CHECK_STATUS(akolhook_selftest(), OK);
    CHECK_STATUS(akolhook_selftest(), OK);
    CHECK_INT(akolhook_status_http(AKOLHOOK_SELFTEST_FAILED), 500);
}

/* Wherever the memory begins to fail, up to the last copy: it is noticed. */
static void test_from_each_copy_on(void) {
    int count;
    copies = bad_copy = 0;
    CHECK_STATUS(akolhook_selftest(), OK);
    count = copies;
    CHECK(count >= 10);
    for (bad_copy = 1; bad_copy <= count; bad_copy++) {
        copies = 0;
        CHECK_STATUS(akolhook_selftest(), SELFTEST_FAILED);
    }
    bad_copy = 0;
    CHECK_STATUS(akolhook_selftest(), OK);
}

int main(void) {
    RUN(test_as_it_is);
    RUN(test_from_each_copy_on);
    return check_end();
}
