/* A receiver and a request, made from the bytes of an input: which headers come in which order, right
   signatures among them, some of them spoiled. */
#ifndef REQUEST_H
#define REQUEST_H

#include "../../akolhook.h"
#include "fuzz.h"

#include <string.h>

enum { NOW = 1767225600 }; /* 2026-01-01T00:00:00Z */
static const char *const request_secrets[4] = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "a text with blanks", "whsec_AA=="};

typedef struct request {
    akolhook_receiver receiver;
    akolhook_incoming in;
    akolhook_str body;
    int64_t now;
    unsigned secrets; /* how many of them the receiver has */

    /* the secrets (bits) under which a right signature stands in a header: Akol's, Standard's */
    unsigned planted[2];

    akolhook_str id;
    int64_t sent_at;
    char text[16384]; /* values that were made; what was taken lies in the input */
    size_t text_len;
    char room[4096]; /* of a body that was made */
} request;

static akolhook_str take_str(source *s) {
    size_t len = take(s);
    akolhook_str str;

    if (len > (size_t)(s->end - s->p)) len = (size_t)(s->end - s->p);
    str = akolhook_str_n(s->p, len);
    s->p += len;
    return str;
}

/* Keeps a value that was made; empty where there is no room. */
static akolhook_str request_keep(request *r, const char *text, size_t len) {
    char *at = r->text + r->text_len;

    if (len > sizeof r->text - r->text_len) return akolhook_str_n(NULL, 0);
    memcpy(at, text, len);
    r->text_len += len;
    return akolhook_str_n(at, len);
}

/* An envelope with members that Akol does not have yet, in another order, with blanks, escapes and data of
   any kind: what was parsed and written again looks like this. */
static int request_envelope(source *s, char *out, size_t cap, const char *event, const char *at) {
    static const char *const values[] = {"1", "-0.50", "1e3", "\"a\\/b\"", "\"caf\xc3\xa9 \\u00e9\"", "[]",
            "{}", "[1, {\"b\":null}]", "{\"z\":1,\"a\":[true]}", "\"<&\\u2028\""};
    static const char *const others[] = {"version", "a", "", "Event", "\\u0065vent2"};
    static const char *const blanks[] = {"", "", "", " ", "\n  ", "\r\n\t"};
    static const char *const names[] = {"event", "timestamp", "businessId", "webhookId", "data"};
    unsigned order[5] = {0, 1, 2, 3, 4}, swaps = take(s) % 3, i, from, to;
    int len = snprintf(out, cap, "{");

    while (swaps--) {
        from = take(s) % 5;
        to = take(s) % 5;
        i = order[from];
        order[from] = order[to];
        order[to] = i;
    }
    for (i = 0; i < 5; i++) {
        const unsigned how = take(s), row = order[i];
        const char *blank = blanks[how % 6], *value = values[take(s) % 10], *comma = i ? "," : "";

        if (how & 64) {
            len += snprintf(out + len, cap - (size_t)len, "%s%s\"%s\":%s", comma, blank,
                    others[(how >> 3) % 5], value);
            comma = ",";
        }
        len += snprintf(out + len, cap - (size_t)len, "%s%s\"%s\":%s", comma, blank, names[row], blank);
        if (row == 4)
            len += snprintf(out + len, cap - (size_t)len, "{%s\"k\":%s}", blank, value);
        else
            len += snprintf(out + len, cap - (size_t)len, "\"%s\"",
                    row == 0   ? event
                    : row == 1 ? at
                    : row == 2 ? "biz_1"
                               : "whk_1");
    }
    if (take(s) % 4 == 0) len += snprintf(out + len, cap - (size_t)len, ",\"last\":%s", values[take(s) % 10]);
    return len + snprintf(out + len, cap - (size_t)len, "}%s", blanks[take(s) % 6]);
}
static void request_body(request *r, source *s) {
    static const char *const times[] = {"2026-01-01T00:00:00.000Z", "2025-12-28T00:00:00Z",
            "2025-12-27T23:59:59Z", "2026-01-01T00:05:01+00:00", "2026-01-01T00:00:00"};
    unsigned kind = take(s) % 6;
    akolhook_event event = (akolhook_event)(1 + take(s) % 18);
    int len;

    if (kind == 0) {
        r->body = take_str(s);
        return;
    }
    if (kind > 3) {
        len = request_envelope(s, r->room, sizeof r->room, akolhook_event_name(event), times[take(s) % 5]);
        r->body = akolhook_str_n(r->room, (size_t)len);
        return;
    }
    len = snprintf(r->room, sizeof r->room,
            "{\"event\":\"%s\",\"timestamp\":\"%s\",\"businessId\":\"biz_1\","
            "\"webhookId\":\"whk_%u\",\"data\":{}}",
            akolhook_event_name(event), times[take(s) % 5], take(s) % 2);
    if (kind == 2) r->room[take(s) % (unsigned)len] = (char)take(s);
    if (kind == 3) len = (int)(take(s) % (unsigned)len);
    r->body = akolhook_str_n(r->room, (size_t)len);
}

static void request_add(request *r, const char *name, akolhook_str value) {
    FUZZ_CHECK(akolhook_incoming_header(&r->in, name, strlen(name), value.ptr, value.len) == AKOLHOOK_OK);
}

/* A signature as it should be, or spoiled at one place; case apart that is the same thing. */
static void request_sign_akol(request *r, source *s) {
    static const char prefix[] = "sha256=";
    char signature[sizeof prefix - 1 + AKOLHOOK_AKOL_SIGNATURE_SIZE];
    unsigned index = take(s) % 4, how = take(s), at = take(s) % 64, with = take(s);
    char *hex = signature + (how & 1 ? sizeof prefix - 1 : 0);
    akolhook_key key;

    if (akolhook_secret_key(akolhook_str_c(request_secrets[index]), AKOLHOOK_SCHEME_AKOL, &key) !=
            AKOLHOOK_OK)
        return;
    memcpy(signature, prefix, sizeof prefix - 1);
    FUZZ_CHECK(akolhook_sign_akol(&key, r->body.ptr, r->body.len, hex) == AKOLHOOK_OK);
    if (how & 2) {
        char right = hex[at];
        hex[at] = (char)with;
        if (right == hex[at] || (right >= 'a' && hex[at] == right - 32)) how = 0;
    }
    if (!(how & 2)) r->planted[0] |= 1u << index;
    request_add(r, "x-webhook-signature", request_keep(r, signature, strlen(signature)));
}

/* One or two of them in one value. */
static void request_sign_standard(request *r, source *s) {
    char value[2 * AKOLHOOK_STANDARD_SIGNATURE_SIZE] = "", one[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    unsigned count = 1 + take(s) % 2;
    akolhook_key key;

    while (count--) {
        unsigned index = take(s) % 4, how = take(s), at = take(s) % 47, with = 33 + take(s) % 94;
        akolhook_str secret = akolhook_str_c(request_secrets[index]);
        if (akolhook_secret_key(secret, AKOLHOOK_SCHEME_STANDARD, &key) != AKOLHOOK_OK) return;
        if (akolhook_sign_standard(&key, r->id, r->sent_at, r->body.ptr, r->body.len, one) != AKOLHOOK_OK)
            return;
        if (how & 1 && one[at] != (char)with)
            one[at] = (char)with;
        else
            r->planted[1] |= 1u << index;
        if (value[0]) strcat(value, " ");
        strcat(value, one);
    }
    request_add(r, "Webhook-Signature", request_keep(r, value, strlen(value)));
}

static void request_number(request *r, const char *name, int64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    request_add(r, name, request_keep(r, text, strlen(text)));
}

static void request_header(request *r, source *s) {
    static const char *const names[] = {"X-Webhook-Signature", "webhook-signature", "webhook-id",
            "webhook-timestamp", "X-Webhook-Event", "X-WEBHOOK-TEST", "Content-Length", "Content-Encoding",
            "svix-id", "svix-timestamp", "svix-signature"};
    akolhook_str name;

    switch (take(s) % 12) {
    case 0:
    case 1: request_sign_akol(r, s); break;
    case 2:
    case 3: request_sign_standard(r, s); break;
    case 4: request_add(r, "Webhook-Id", r->id = take_str(s)); break;
    case 5:
        r->sent_at = NOW - 301 + (int64_t)(take(s) % 2) * 602 + (int64_t)(take(s) % 3) - 1;
        request_number(r, "webhook-timestamp", r->sent_at);
        break;
    case 6: request_number(r, "content-length", (int64_t)r->body.len + take(s) % 2); break;
    case 7:
        request_add(
                r, "x-webhook-event", akolhook_str_c(akolhook_event_name((akolhook_event)(take(s) % 19))));
        break;
    case 8: request_add(r, names[take(s) % 11], take_str(s)); break;
    default:
        name = take_str(s);
        (void)akolhook_incoming_header(
                &r->in, name.ptr, name.len, (const char *)s->p, (size_t)(s->end - s->p));
        break;
    }
}

/* all: several secrets, else the first alone. */
static void request_make(request *r, source *s, int all) {
    unsigned i, how = take(s);

    memset(r, 0, sizeof *r);
    r->now = NOW + (int64_t)(take(s) % 3) - 1;
    if (how & 64) r->now = take(s) - 1;
    r->receiver.schemes = how % 4;
    if (how & 4) r->receiver.max_body = take(s);
    if (how & 8) r->receiver.max_age_s = AKOLHOOK_AGE_ANY;
    if (how & 16) r->receiver.flags = AKOLHOOK_CLOCK_NONE;
    if (how & 32) r->receiver.webhook_id = akolhook_str_c("whk_1");
    r->secrets = all ? take(s) % 5 : 1;
    for (i = 0; i < r->secrets; i++)
        if (akolhook_receiver_add_secret(&r->receiver, request_secrets[i]) != AKOLHOOK_OK) break;
    r->secrets = i;
    r->id = akolhook_str_c("msg_1");
    request_body(r, s);
    for (i = 0; s->p < s->end && i < 24; i++) request_header(r, s);
}

#endif
