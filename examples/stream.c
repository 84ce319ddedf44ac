/* A body in pieces, in constant memory; read as an event only once it has proved itself.
   Build: cc -std=c99 -I. -o stream examples/stream.c
   It checks itself: exit status 0 when all went as its comments say. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

int main(void) {
    static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    static const char name[] = "X-Webhook-Signature";
    static const char value[] = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    const size_t body_len = sizeof body - 1;
    const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_verifier verifier;
    akolhook_message msg;
    akolhook_status st;
    size_t at;

    st = akolhook_receiver_add_secret(&receiver, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    if (st != AKOLHOOK_OK) return 1;
    st = akolhook_incoming_header(&in, name, sizeof name - 1, value, sizeof value - 1);
    if (st != AKOLHOOK_OK) return 2;

    st = akolhook_verifier_init(&verifier, &receiver, &in);
    for (at = 0; st == AKOLHOOK_OK && at < body_len; at += 7)
        st = akolhook_verifier_update(&verifier, body + at, body_len - at < 7 ? body_len - at : 7);
    if (st != AKOLHOOK_OK) return 3;
    st = akolhook_verifier_final(&verifier, now, &msg);
    if (st != AKOLHOOK_OK) return 4;

    st = akolhook_message_parse(&receiver, body, body_len, now, &msg);
    if (st != AKOLHOOK_OK || msg.event != AKOLHOOK_CALL_ENDED) return 5;
    akolhook_wipe(&receiver, sizeof receiver);
    return 0;
}
