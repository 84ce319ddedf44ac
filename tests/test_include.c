/* The header included over and over: declarations first, the implementation once, and again after it. Alone,
   this is the case of one file; with -DTEST_INCLUDE_OTHER it is linked with include_other.c, in C or C++, the
   implementation in either or in both. */
#include "../akolhook.h"
#include "../akolhook.h"
#ifndef TEST_INCLUDE_OTHER
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#endif
#ifdef TEST_INCLUDE_IMPLEMENT
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#endif
#include "../akolhook.h"
#include "check.h"
#include "../akolhook.h"

#ifdef TEST_INCLUDE_OTHER
#ifdef __cplusplus
extern "C" {
#endif
int include_other(void);
int include_other_version(void);
#ifdef __cplusplus
}
#endif
#endif

/* the MAC was computed with Python's hmac module */
static void test_verify(void) {
    static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    static const char value[] = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    CHECK_STATUS(akolhook_verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", value, body, sizeof body - 1), OK);
    CHECK_STATUS(akolhook_verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", value, body, sizeof body - 2),
            SIGNATURE_MISMATCH);
}

static void test_version(void) {
    char text[64];
    sprintf(text, "%d.%d.%d", AKOLHOOK_VERSION_MAJOR, AKOLHOOK_VERSION_MINOR, AKOLHOOK_VERSION_PATCH);
    CHECK_TEXT(AKOLHOOK_VERSION, text);
}

#ifdef TEST_INCLUDE_OTHER
static void test_other(void) {
    CHECK_INT(include_other(), 0);
    CHECK_INT(include_other_version(),
            AKOLHOOK_VERSION_MAJOR * 10000 + AKOLHOOK_VERSION_MINOR * 100 + AKOLHOOK_VERSION_PATCH);
}
#endif

int main(void) {
    RUN(test_verify);
    RUN(test_version);
#ifdef TEST_INCLUDE_OTHER
    RUN(test_other);
#endif
    return check_end();
}
