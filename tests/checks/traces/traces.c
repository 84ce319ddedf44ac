/* What the calls that take a key leave on the stack. Each runs twice (the first time binds and asks the
   processor) on a stack of its own, which is painted before and searched from end to end afterwards: for
   eight bytes in a row of the secret, of its decoded form and of the blocks that HMAC makes of both, in
   either order of the bytes of a word, and for single words of the midstates.
   Build: cc -std=c99 -D_XOPEN_SOURCE=700 -I. tests/checks/traces/traces.c -pthread */
#define AKOLHOOK_IMPLEMENTATION
#include "../../../akolhook.h"

#include "../../check.h"
#include <stdlib.h>
#include <ucontext.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define DEPTH 131072
#define PAINT 0xa5

static uint8_t stack[DEPTH];
static ucontext_t outside, inside;
static void (*call)(void);

/* Written when the program runs, or the compiler would know them. A secret longer than a block counts by its
 * hash. */
static char secret[39], long_secret[101];

/* ---- what to look for ---- */

typedef struct trace {
    const char *name;
    uint8_t bytes[128];
    size_t len;
    int is_midstate;
} trace;
static trace traces[40];
static size_t trace_count;

static void trace_add(const char *name, const void *bytes, size_t len, int is_midstate) {
    trace *t = &traces[trace_count++];
    size_t i;
    if (trace_count > sizeof traces / sizeof traces[0] - 1 || len > sizeof t->bytes) abort();
    t->name = name;
    memcpy(t->bytes, bytes, len);
    t->len = len;
    t->is_midstate = is_midstate;
    if (is_midstate) return;

    /* the bytes of each word turned, as the hash reads them */
    t = &traces[trace_count++];
    *t = t[-1];
    t->len = len / 4 * 4;
    for (i = 0; i < t->len; i++) t->bytes[i] = ((const uint8_t *)bytes)[i ^ 3];
}

/* All that one key may show: itself, both padded blocks, both midstates. */
static void trace_key(const char *name, const void *bytes, size_t len, const akolhook_key *key) {
    uint8_t pad[64];
    size_t i;
    trace_add(name, bytes, len, 0);
    for (i = 0; i < 64; i++) pad[i] = (uint8_t)((i < len ? ((const uint8_t *)bytes)[i] : 0) ^ 0x36);
    trace_add(name, pad, len, 0);
    for (i = 0; i < 64; i++) pad[i] ^= 0x36 ^ 0x5c;
    trace_add(name, pad, len, 0);
    trace_add(name, key->inner, sizeof key->inner, 1);
    trace_add(name, key->outer, sizeof key->outer, 1);
}

/* How many pieces of each the stack shows from a place on. Most places begin no piece: begins tells by the
 * first two bytes. */
static uint8_t begins[65536];
static size_t piece_of(const trace *t) { return t->is_midstate ? 4 : 8; }
static size_t step_of(const trace *t) { return t->is_midstate ? 4 : 1; }
static unsigned two(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

static void trace_begins(void) {
    size_t i, at;
    for (i = 0; i < trace_count; i++)
        for (at = 0; at + piece_of(&traces[i]) <= traces[i].len; at += step_of(&traces[i]))
            begins[two(traces[i].bytes + at)] = 1;
}
static void traces_find(size_t from, size_t counts[]) {
    size_t at, i, k;
    for (at = from; at + 8 <= DEPTH; at++) {
        if (!begins[two(stack + at)]) continue;
        for (i = 0; i < trace_count; i++) {
            const trace *t = &traces[i];
            for (k = 0; k + piece_of(t) <= t->len; k += step_of(t))
                if (memcmp(stack + at, t->bytes + k, piece_of(t)) == 0) counts[i]++;
        }
    }
}

/* ---- the calls ---- */

static void enter(void) { call(); }

static void turn(void) {
    if (getcontext(&inside) != 0) abort();
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, enter, 0);
    if (swapcontext(&outside, &inside) != 0) abort();
}

static void run(const char *name, void (*what)(void)) {
    size_t counts[sizeof traces / sizeof traces[0]] = {0}, i, used;
    call = what;
    turn();
    memset(stack, PAINT, sizeof stack);
    turn();

    for (used = 0; used < sizeof stack && stack[used] == PAINT; used++) {}
    CHECK(used > 4096 && used < sizeof stack); /* it was large enough, and it was used */
    traces_find(used, counts);
    for (i = 0; i < trace_count; i++) {
        if (counts[i] == 0) continue;
        check_bad++;
        printf("%s leaves %s%s: %lu pieces\n", name, traces[i].name,
                traces[i].is_midstate ? ", midstate" : "", (unsigned long)counts[i]);
    }
}

static char body[300];
static char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
static akolhook_key key, made;
static akolhook_receiver receiver, both, scratch;
static akolhook_incoming in, in_standard;
static akolhook_message msg;
static akolhook_verifier verifier;
static akolhook_hmac hmac;
static akolhook_sha256 hash;
static akolhook_hmac_job jobs[5];
static uint8_t mac[32];
static size_t body_len;
static akolhook_explanation why;

static void expect(akolhook_status got, akolhook_status want) {
    if (got != want) check_note(__FILE__, __LINE__, akolhook_status_name(got));
}
static void do_key_init(void) { akolhook_key_init(&made, secret, sizeof secret - 1); }
static void do_key_long(void) { akolhook_key_init(&made, long_secret, sizeof long_secret - 1); }
static void do_hmac_init(void) { akolhook_hmac_init(&hmac, &key); }
static void do_hmac_update(void) {
    akolhook_hmac_init(&hmac, &key);
    akolhook_hmac_update(&hmac, body, body_len);
}
static void do_hmac(void) {
    do_hmac_update();
    akolhook_hmac_final(&hmac, mac);
}
static void do_many(void) {
    size_t i;
    for (i = 0; i < 5; i++) {
        jobs[i].key = &key;
        jobs[i].parts[0] = akolhook_str_n(body, i * 70);
        jobs[i].parts[3] = akolhook_str_n(body, i);
    }
    akolhook_hmac_many(jobs, body_len % 6);
}
static void do_secret_key(void) {
    expect(akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_AKOL, &made), AKOLHOOK_OK);
    expect(akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_STANDARD, &made), AKOLHOOK_OK);
}
static void do_sign(void) { expect(akolhook_sign_akol(&key, body, body_len, signature), AKOLHOOK_OK); }
static void do_sign_standard(void) {
    expect(akolhook_sign_standard(&key, akolhook_str_c("msg_1"), NOW, body, body_len, standard), AKOLHOOK_OK);
}
static void do_verify(void) { (void)!akolhook_verify(secret, signature, body, body_len); }
static void do_verify_long(void) { (void)!akolhook_verify(long_secret, signature, body, body_len); }
static void do_verify_key(void) {
    (void)!akolhook_verify_key(&key, akolhook_str_c(signature), body, body_len);
}
static void do_add(void) {
    memset(&scratch, 0, sizeof scratch);
    scratch.schemes = AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD;
    expect(akolhook_receiver_add_secret(&scratch, secret), AKOLHOOK_OK);
}
static void do_authenticate(void) {
    (void)!akolhook_authenticate(&receiver, &in, body, body_len, NOW, &msg);
    (void)!akolhook_authenticate(&both, &in, body, body_len, NOW, &msg);
    (void)!akolhook_authenticate(&both, &in_standard, body, body_len, NOW, &msg);
}
static void do_receive(void) {
    (void)!akolhook_receive(&receiver, &in, body, body_len, NOW, &msg);
    (void)!akolhook_receive(&both, &in_standard, body, body_len, NOW, &msg);
}
static void do_verifier(void) {
    expect(akolhook_verifier_init(&verifier, &both, &in), AKOLHOOK_OK);
    expect(akolhook_verifier_update(&verifier, body, body_len), AKOLHOOK_OK);
    (void)!akolhook_verifier_final(&verifier, NOW, &msg);
    expect(akolhook_verifier_init(&verifier, &both, &in_standard), AKOLHOOK_OK);
    expect(akolhook_verifier_update(&verifier, body, body_len), AKOLHOOK_OK);
    (void)!akolhook_verifier_final(&verifier, NOW, &msg);
}
static void do_explain(void) {
    (void)!akolhook_explain(akolhook_str_c(secret), AKOLHOOK_SCHEME_AKOL, &in, body, body_len, NOW, &why);
    (void)!akolhook_explain(
            akolhook_str_c(secret), AKOLHOOK_SCHEME_STANDARD, &in_standard, body, body_len, NOW, &why);
}
#ifndef AKOLHOOK_RECEIVER_ONLY
static akolhook_client *client;
static void done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)id;
    (void)user;
    (void)delivery;
}
static void do_submit(void) {
    akolhook_request request = AKOLHOOK_INIT;
    uint64_t id;
    request.url = akolhook_str_c("http://127.0.0.1:1/");
    request.secret = akolhook_str_c(secret);
    request.body[0] = akolhook_str_n(body, body_len);
    expect(akolhook_client_submit(client, &request, done, NULL, &id), AKOLHOOK_OK);
    (void)!akolhook_client_cancel(client, id);
}
#endif

static void key_calls(void) {
    static const size_t lengths[] = {10, 55, 56, 64, 120, 200, 300};
    size_t i;
    run("key_init", do_key_init);
    run("key_init of a long secret", do_key_long);
    run("secret_key", do_secret_key);
    run("receiver_add_secret", do_add);
    run("hmac_init", do_hmac_init);
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        body_len = lengths[i];
        run("hmac_update", do_hmac_update);
        run("hmac", do_hmac);
        run("hmac_many", do_many);
        run("sign_standard", do_sign_standard);
    }
}
static void judging_calls(void) {
    static const size_t lengths[] = {10, 55, 64, 112, 300};
    size_t i;
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        body_len = lengths[i];
        run("sign_akol", do_sign);
        run("verify", do_verify);
        run("verify of a long secret", do_verify_long);
        run("verify_key", do_verify_key);
        run("authenticate", do_authenticate);
        run("receive", do_receive);
        run("verifier", do_verifier);
        run("explain", do_explain);
    }
}
#ifndef AKOLHOOK_RECEIVER_ONLY
static void client_calls(void) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    static char memory[65536];
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.max_in_flight = 4;
    expect(akolhook_client_init(&client, memory, sizeof memory, &desc), AKOLHOOK_OK);
    for (body_len = 10; body_len <= 300; body_len += 58) run("client_submit", do_submit);
    akolhook_client_close(client);
}
#endif

int main(void) {
    uint8_t decoded[24];
    size_t len;
    akolhook_key long_key, standard_key;
    volatile char *written = secret;
    memset(body, 'b', sizeof body);
    for (len = 0; len < sizeof secret; len++) written[len] = SECRET[len];
    for (len = 0; len < sizeof long_secret - 1; len++) long_secret[len] = (char)('0' + len * 7 % 70);
    akolhook_key_init(&key, secret, sizeof secret - 1);
    akolhook_key_init(&long_key, long_secret, sizeof long_secret - 1);
    expect(akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_STANDARD, &standard_key), AKOLHOOK_OK);
    expect(akolhook_base64_decode(akolhook_str_c(secret + 6), decoded, sizeof decoded, &len), AKOLHOOK_OK);
    akolhook_sha256_init(&hash);
    akolhook_sha256_update(&hash, long_secret, sizeof long_secret - 1);
    akolhook_sha256_final(&hash, mac);
    trace_key("the secret", secret, sizeof secret - 1, &key);
    trace_key("the decoded secret", decoded, sizeof decoded, &standard_key);
    trace_key("the hash of the long secret", mac, sizeof mac, &long_key);
    trace_add("the long secret", long_secret, sizeof long_secret - 1, 0);

    both.schemes = AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD;
    expect(akolhook_receiver_add_secret(&receiver, secret), AKOLHOOK_OK);
    expect(akolhook_receiver_add_secret(&both, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"), AKOLHOOK_OK);
    expect(akolhook_receiver_add_secret(&both, secret), AKOLHOOK_OK);
    body_len = 112;
    do_sign();
    expect(akolhook_sign_standard(&standard_key, akolhook_str_c("msg_1"), NOW, body, body_len, standard),
            AKOLHOOK_OK);
    expect(akolhook_incoming_header(&in, "x-webhook-signature", 19, signature, 64), AKOLHOOK_OK);
    expect(akolhook_incoming_header(&in_standard, "webhook-id", 10, "msg_1", 5), AKOLHOOK_OK);
    expect(akolhook_incoming_header(&in_standard, "webhook-timestamp", 17, "1767225600", 10), AKOLHOOK_OK);
    expect(akolhook_incoming_header(&in_standard, "webhook-signature", 17, standard, strlen(standard)),
            AKOLHOOK_OK);

    trace_begins();
    RUN(key_calls);
    RUN(judging_calls);
#ifndef AKOLHOOK_RECEIVER_ONLY
    RUN(client_calls);
#endif
    return check_end();
}
