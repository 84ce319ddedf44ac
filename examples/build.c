/* A typed event into a buffer: the exact bytes, and the need where they do not fit.
   Build: cc -std=c99 -I. -o build_event examples/build.c
   It checks itself: exit status 0 when all went as its comments say. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

int main(void) {
    static const char expected[] =
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1\","
            "\"webhookId\":\"whk_1\","
            "\"data\":{\"callId\":\"call_1\",\"duration\":42,\"outcome\":\"said \\\"yes\\\"\"}}";
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_call call = AKOLHOOK_INIT;
    akolhook_status st;
    char buf[512];
    size_t len;

    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = 1767225600000; /* 2026-01-01T00:00:00.000Z */
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    call.call_id = akolhook_text_c("call_1");
    call.duration = akolhook_number_int(42);
    call.outcome = akolhook_text_c("said \"yes\"");

    st = akolhook_build_call(buf, sizeof buf, &len, &envelope, &call);
    if (st != AKOLHOOK_OK || len != sizeof expected - 1 || memcmp(buf, expected, len) != 0) return 1;
    st = akolhook_build_call(buf, 16, &len, &envelope, &call);
    if (st != AKOLHOOK_BUFFER_TOO_SMALL || len != sizeof expected - 1) return 2;
    envelope.event = AKOLHOOK_LEAD_CREATED;
    st = akolhook_build_call(buf, sizeof buf, &len, &envelope, &call);
    return st == AKOLHOOK_WRONG_EVENT ? 0 : 3;
}
