/* The three-line case: is this body genuine?
   Build: cc -std=c99 -I. -o verify examples/verify.c
   It checks itself: exit status 0 when all went as its comments say. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

static int answer(const char *secret, const char *signature_header, const void *body, size_t body_len) {
    if (akolhook_verify(secret, signature_header, body, body_len) != AKOLHOOK_OK) return 401;
    return 200;
}

int main(void) {
    const char *body = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                       "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *signature = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    if (answer(secret, signature, body, strlen(body)) != 200) return 1;
    if (answer(secret, signature, body, strlen(body) - 1) != 401) return 2;
    if (answer(secret, NULL, body, strlen(body)) != 401) return 3;
    return 0;
}
