/* Requests: the body at once and in pieces is judged the same, receive is authenticate and the reading, a
   second one is caught by the guard, and nothing is taken but what was rightly signed. */
#include "request.h"

static int same_str(akolhook_str a, akolhook_str b) { return a.ptr == b.ptr && a.len == b.len; }
static void same_message(const akolhook_message *a, const akolhook_message *b) {
    FUZZ_CHECK(a->event == b->event && same_str(a->event_name.str, b->event_name.str));
    FUZZ_CHECK(a->timestamp_ms == b->timestamp_ms && a->sent_at == b->sent_at);
    FUZZ_CHECK(same_str(a->business_id.str, b->business_id.str));
    FUZZ_CHECK(same_str(a->webhook_id.str, b->webhook_id.str) && same_str(a->data.str, b->data.str));
    FUZZ_CHECK(same_str(a->message_id, b->message_id) && a->scheme == b->scheme);
    FUZZ_CHECK(a->secret_index == b->secret_index && a->is_test == b->is_test);
    FUZZ_CHECK(a->content_encoded == b->content_encoded && a->dedup_keys == b->dedup_keys);
    FUZZ_CHECK(memcmp(a->dedup_key, b->dedup_key, 16) == 0);
    FUZZ_CHECK(memcmp(a->dedup_key_akol, b->dedup_key_akol, 16) == 0);
    FUZZ_CHECK(
            a->body_len == b->body_len && a->error_at == b->error_at && a->error_header == b->error_header);
}

/* The body in pieces, each in memory of its own. */
static akolhook_status stream(const request *r, source *s, akolhook_message *msg) {
    akolhook_verifier v;
    akolhook_status first = akolhook_verifier_init(&v, &r->receiver, &r->in), status;
    size_t at = 0, n;

    while (at < r->body.len) {
        char *piece;
        n = take(s) % 80;
        if (n > r->body.len - at || s->p == s->end) n = r->body.len - at;
        piece = (char *)malloc(n);
        if (n) memcpy(piece, r->body.ptr + at, n);
        status = akolhook_verifier_update(&v, piece, n);
        FUZZ_CHECK(first == AKOLHOOK_OK || status == first);
        FUZZ_CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_BODY_TOO_LARGE || status == first);
        free(piece);
        at += n;
    }
    status = akolhook_verifier_final(&v, r->now, msg);
    FUZZ_CHECK(first == AKOLHOOK_OK || status == first);
    return status;
}

static void check_signed(const request *r, const akolhook_message *msg) {
    unsigned bit = 1u << msg->secret_index;

    FUZZ_CHECK(msg->secret_index < r->secrets);
    FUZZ_CHECK(msg->scheme == AKOLHOOK_SCHEME_AKOL || msg->scheme == AKOLHOOK_SCHEME_STANDARD);
    FUZZ_CHECK(r->planted[msg->scheme == AKOLHOOK_SCHEME_AKOL ? 0 : 1] & bit);
    FUZZ_CHECK(msg->scheme & (r->receiver.schemes ? r->receiver.schemes : AKOLHOOK_SCHEME_AKOL));
}

/* With a guard: in once, then in progress, then a duplicate, also when Standard's headers are taken away from
   it; a rollback lets it in again. */
static void check_guard(request *r) {
    akolhook_guard_entry entries[4];
    akolhook_guard guard = AKOLHOOK_INIT;
    akolhook_incoming bare = AKOLHOOK_INIT;
    akolhook_message msg, second;

    memset(entries, 0, sizeof entries);
    guard.entries = entries;
    guard.count = 4;
    r->receiver.guard = &guard;
    FUZZ_CHECK(akolhook_receive(&r->receiver, &r->in, r->body.ptr, r->body.len, r->now, &msg) == AKOLHOOK_OK);
    FUZZ_CHECK(akolhook_receive(&r->receiver, &r->in, r->body.ptr, r->body.len, r->now, &second) ==
               AKOLHOOK_IN_PROGRESS);
    akolhook_replay_rollback(&guard, &msg);
    FUZZ_CHECK(akolhook_receive(&r->receiver, &r->in, r->body.ptr, r->body.len, r->now, &msg) == AKOLHOOK_OK);
    akolhook_replay_commit(&guard, &msg);
    FUZZ_CHECK(akolhook_receive(&r->receiver, &r->in, r->body.ptr, r->body.len, r->now, &second) ==
               AKOLHOOK_DUPLICATE);
    FUZZ_CHECK(akolhook_incoming_header(&bare, "X-Webhook-Signature", 19, r->in.signature.ptr,
                       r->in.signature.len) == AKOLHOOK_OK);
    FUZZ_CHECK(
            akolhook_receive(&r->receiver, &bare, r->body.ptr, r->body.len, r->now, &second) != AKOLHOOK_OK);
    r->receiver.guard = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static request r;
    akolhook_message whole, pieces, both;
    akolhook_status status, streamed, received;
    source s;

    if (len > FUZZ_MOST) return 0;
    s.p = data;
    s.end = data + len;
    request_make(&r, &s, 1);

    status = akolhook_authenticate(&r.receiver, &r.in, r.body.ptr, r.body.len, r.now, &whole);
    s.p = data;
    streamed = stream(&r, &s, &pieces);
    FUZZ_CHECK(streamed == status);
    same_message(&whole, &pieces);

    received = akolhook_receive(&r.receiver, &r.in, r.body.ptr, r.body.len, r.now, &both);
    if (status != AKOLHOOK_OK) {
        FUZZ_CHECK(received == status && whole.scheme == 0);
        same_message(&whole, &both);
        return 0;
    }
    check_signed(&r, &whole);
    status = akolhook_message_parse(&r.receiver, r.body.ptr, r.body.len, r.now, &pieces);
    FUZZ_CHECK(received == status);
    same_message(&both, &pieces);
    if (received == AKOLHOOK_OK) check_guard(&r);
    return 0;
}
