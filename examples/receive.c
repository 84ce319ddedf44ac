/* Headers in any order, two secrets while one is rotated, replays caught, a typed event out.
   Build: cc -std=c99 -I. -o receive examples/receive.c
   It checks itself: exit status 0 when all went as its comments say. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

static akolhook_guard_entry seen[64];
static akolhook_guard guard;
static akolhook_receiver receiver;
static int calls_ended;

static int set_up(void) {
    guard.entries = seen;
    guard.count = sizeof seen / sizeof seen[0];
    receiver.guard = &guard;
    if (akolhook_receiver_add_secret(&receiver, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") != AKOLHOOK_OK)
        return 0;
    return akolhook_receiver_add_secret(&receiver, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD") == AKOLHOOK_OK;
}

/* What a server does with one request; returns the HTTP code to answer with. */
static int handle(
        const char *const headers[][2], size_t count, const char *body, size_t body_len, int64_t now) {
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status st;
    size_t i;
    for (i = 0; i < count; i++) {
        st = akolhook_incoming_header(
                &in, headers[i][0], strlen(headers[i][0]), headers[i][1], strlen(headers[i][1]));
        if (st != AKOLHOOK_OK) return akolhook_status_http(st);
    }
    st = akolhook_receive(&receiver, &in, body, body_len, now, &msg);
    if (st != AKOLHOOK_OK) return akolhook_status_http(st);
    if (msg.event == AKOLHOOK_CALL_ENDED) {
        akolhook_call call;
        st = akolhook_call_parse(&msg, &call);
        if (st != AKOLHOOK_OK) {
            akolhook_replay_rollback(&guard, &msg);
            return akolhook_status_http(st);
        }
        calls_ended++;
    }
    akolhook_replay_commit(&guard, &msg);
    return 200;
}

int main(void) {
    static const char *const headers[3][2] = {
            {"content-type", "application/json"},
            {"x-webhook-signature", "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89"},
            {"X-Webhook-Event", "call.ended"},
    };
    const char *body = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                       "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */
    if (!set_up()) return 1;
    if (handle(headers, 1, body, strlen(body), now) != 401) return 2;
    if (handle(headers, 3, body, strlen(body), now + 345601) != 401) return 3; /* older than 4 days */
    if (handle(headers, 3, body, strlen(body), now) != 200 || calls_ended != 1) return 4;
    if (handle(headers, 3, body, strlen(body), now) != 200 || calls_ended != 1)
        return 5; /* a replay: answered, not handled */
    akolhook_wipe(&receiver, sizeof receiver);
    return 0;
}
