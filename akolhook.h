/* akolhook.h - v1.0.0 - Akol's webhooks in C: verify, read, build, sign, deliver

   Do this in ONE C or C++ file:

       #define AKOLHOOK_IMPLEMENTATION
       #include "akolhook.h"

   and include it without the #define wherever else you need it. C99 or C++11, no
   dependency, no heap. A receiver checks who sent a request and reads it; a sender builds
   an event, signs it and delivers it.

   VERIFY in three lines. The body is the raw bytes of the request, before any parser.

>>> verify.c
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

// What a server does with a request; the result is the HTTP code of its answer.
static int answer(const char *secret, const char *header, const void *body, size_t len) {
    if (akolhook_verify(secret, header, body, len) != AKOLHOOK_OK) return 401;
    return 200; // at once; work afterwards
}

int main(void) {
    const char *body =
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
            "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *header =
            "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";

    if (answer(secret, header, body, strlen(body)) != 200) return 1;
    return answer(secret, NULL, body, strlen(body)) == 401 ? 0 : 1;
}
<<<

   SEND: build an event, sign it, deliver it. This one goes to a loopback receiver over
   plain http, and both need a flag; for https give desc.tls a transport, as those of
   examples/tls/. akolhook_deliver_request also sends the event's name, a message id of
   yours and headers.

>>> send.c exit 1
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <stdio.h>

static unsigned char memory[16384]; // akolhook_client_size(&desc) is the exact need

int main(void) {
    const char *url = "http://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_call call = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;
    char body[2048];
    size_t len;

    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = 1776522191000;
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    call.call_id = akolhook_text_c("call_1");
    call.duration = akolhook_number_int(42);
    status = akolhook_build_call(body, sizeof body, &len, &envelope, &call);
    if (status != AKOLHOOK_OK) return 2;

    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, len, &delivery);
    if (status != AKOLHOOK_OK)
        printf("%s: %s\n", akolhook_phase_name(delivery.phase), delivery.cause);
    akolhook_client_close(client);
    return status == AKOLHOOK_OK ? 0 : 1;
}
<<<

   RECEIVE: headers in any order, several secrets while one is rotated, replays caught, a
   typed event out.

>>> receive.c
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

static akolhook_guard_entry seen[64];
static akolhook_guard guard;
static akolhook_receiver receiver; // its secrets are added once, at the start

// What a server does with one request; returns the HTTP code to answer with.
static int handle(const char *signature, const char *body, int64_t now) {
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_call call;
    akolhook_status status;

    // for every header of the request; from CGI: akolhook_incoming_cgi
    akolhook_incoming_header(
            &in, "X-Webhook-Signature", 19, signature, strlen(signature));
    status = akolhook_receive(&receiver, &in, body, strlen(body), now, &msg);
    if (status != AKOLHOOK_OK) return akolhook_status_http(status); // 200 for a duplicate

    if (msg.event == AKOLHOOK_CALL_ENDED) status = akolhook_call_parse(&msg, &call);
    if (status == AKOLHOOK_OK)
        akolhook_replay_commit(&guard, &msg); // from now on it is a duplicate
    else
        akolhook_replay_rollback(&guard, &msg); // the sender's retry is let in
    return akolhook_status_http(status);
}

int main(void) {
    const char *hex = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    const char *old_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *new_secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const char *body =
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
            "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    const int64_t now = 1767225600; // 2026-01-01T00:00:00Z

    guard.entries = seen;
    guard.count = sizeof seen / sizeof seen[0];
    receiver.guard = &guard;
    if (akolhook_receiver_add_secret(&receiver, old_secret) != AKOLHOOK_OK) return 1;
    if (akolhook_receiver_add_secret(&receiver, new_secret) != AKOLHOOK_OK) return 1;
    if (handle("", body, now) != 401) return 2;
    if (handle(hex, body, now + 345601) != 401) return 3; // over 4 days old
    return handle(hex, body, now) == 200 && handle(hex, body, now) == 200 ? 0 : 4;
}
<<<

   Once, at the start: zero a receiver, set what differs from the defaults, then add its
   secrets. A body in pieces goes through akolhook_verifier_init, _update, _final in
   constant memory, and akolhook_message_parse reads it afterwards. A body that is not
   JSON is for akolhook_authenticate. Many deliveries at once: akolhook_client_submit and
   akolhook_client_poll.

   IT DOES NOT VERIFY: WHAT NOW. akolhook_explain names the likely mistake for your log.
     MISSING_SIGNATURE   give every header to akolhook_incoming_header, or variables to
                         _cgi; a proxy may drop some
     BAD_SIGNATURE       64 hex digits are needed: print the header, look for quotes
     SIGNATURE_MISMATCH  take the raw bytes of the body, before any parser; the whole
                         secret with its whsec_; of this webhook; after its last rotation
     LENGTH_MISMATCH     something in front of this program cut or decoded the body
     DOUBLED_HEADER      msg.error_header names it; a proxy may add a second one
     TOO_OLD, TOO_NEW    set this clock by NTP; older than 4 days: receiver.max_age_s
     INVALID_ARGUMENT    now is in seconds, not in milliseconds; or a pointer is NULL
     DUPLICATE           handled before: answer 200
     IN_PROGRESS         being handled: commit or roll back after each OK
     JSON_..., ..MEMBER  genuine, but no event of Akol's; msg.error_at is the byte

   WHOSE FACTS. From Akol's pages: the events, X-Webhook-Signature over the body with the
   secret, 2xx within 30 s, the envelope, and of data what call.* carries. From Standard
   Webhooks 1.0.0: the webhook-* headers. Decided here: X-Webhook-Event and -Test, sha256=
   and upper case in a signature, ages and windows, ids' form, retries, the rest of data.

   WHAT IT DOES NOT DO
   It is no HTTP server: it takes the headers and the body from yours. It decodes no
   Content-Encoding, follows no redirect and has no floating point: numbers are exact
   text, integers and decimals. It contains no TLS and keeps nothing on disk: extensions
   do.

   EXTENSIONS. Headers of the same kind in examples/, each with a manual of its own.
   Define the switch in one file, or AKOLHOOK_IMPLEMENT_ALL there, which implements this
   header and each extension that the file includes.
     tls/akolhook_openssl.h     TLS on OpenSSL 3         AKOLHOOK_OPENSSL_IMPLEMENTATION
     tls/akolhook_mbedtls.h     on mbedTLS 2.28 or 3     AKOLHOOK_MBEDTLS_IMPLEMENTATION
     tls/akolhook_bearssl.h     on BearSSL, no heap      AKOLHOOK_BEARSSL_IMPLEMENTATION
     tls/akolhook_wolfssl.h     on wolfSSL 5             AKOLHOOK_WOLFSSL_IMPLEMENTATION
     tls/akolhook_curl.h        on libcurl               AKOLHOOK_CURL_IMPLEMENTATION
     hub/akolhook_hub.h         the dashboard as calls   AKOLHOOK_HUB_IMPLEMENTATION
     stores/akolhook_journal.h  its data in a file       AKOLHOOK_JOURNAL_IMPLEMENTATION
     stores/akolhook_sqlite.h   its data in SQLite       AKOLHOOK_SQLITE_IMPLEMENTATION
     stores/akolhook_postgres.h its data in PostgreSQL   AKOLHOOK_POSTGRES_IMPLEMENTATION
     platforms/akolhook_winsock.h  for Windows           AKOLHOOK_WINSOCK_IMPLEMENTATION
   And cpp/akolhook.hpp, the receiver for C++17.

   CONTENTS. Declarations come first, then the implementation in the same order; look for
   the tag. What is above client is pure: no I/O, no clock, no global state; the time and
   random bytes are arguments.
     base     >>base     version, status, slices, wipe
     hash     >>hash     SHA-256, HMAC with prepared keys, many MACs, safe compare
     text     >>text     hex, base64, RFC 3339 time, numbers, JSON writer and reader
     event    >>event    the events, their groups, sets of them
     payload  >>payload  envelope and typed data: build, parse, samples
     sign     >>sign     secrets, signatures, verify, receive, replay guard, explain
                         from here on the sender, gone with AKOLHOOK_RECEIVER_ONLY:
     url      >>url      URL parser, where webhooks may go
     http     >>http     request head, response parser, Retry-After
     client   >>client   deliveries with a deadline, many at once, kept connections
     posix    >>posix    sockets, lookup, clocks, random; gone with AKOLHOOK_NO_POSIX

   OPTIONS. Define them before the include, the same everywhere.
     AKOLHOOK_RECEIVER_ONLY  base to sign alone; needs memcpy, memmove, memset, memcmp,
                             memchr, strlen and nothing else
     AKOLHOOK_NO_POSIX       no system header; give desc.platform callbacks of your own
     AKOLHOOK_NO_THREADS     names are looked up in the calling thread, so a slow DNS
                             server delays all deliveries
     AKOLHOOK_NO_EPOLL       poll(2) on Linux too: waiting costs by what is open
     AKOLHOOK_NO_SIMD        SHA-256 in portable C alone: a fifth of the speed where the
                             processor has SHA instructions
     AKOLHOOK_SMALL          the least flash, for small chips: SHA-256 at a third of the
                             speed of portable C, JSON byte by byte, no SIMD; a client
                             remembers one secret and one URL instead of four
     AKOLHOOK_NO_EXPLAIN     akolhook_explain and akolhook_explain_receive are gone: a
                             receiver compiles in four fifths of the time, 20 KB less
     AKOLHOOK_STATIC         every function static: each file that implements has a copy
     AKOLHOOK_MAX_...        bounds, with their defaults on top of the declarations

   On hosted systems -std=c99 hides the POSIX names: compile with
   -D_POSIX_C_SOURCE=200809L or -std=gnu99. Older C libraries want -pthread for the lookup
   threads.

   MEMORY is yours. akolhook_client_size(&desc) gives the exact need of a client and
   AKOLHOOK_CLIENT_SIZE a bound of it, as a constant. With the defaults an open delivery
   takes 3,072 bytes, 1,024 for the response, and the conn_size of its transport; each
   lookup (as many as deliveries, up to AKOLHOOK_MAX_LOOKUPS) 640 bytes; the client itself
   2.9 KiB (0.8 KiB with AKOLHOOK_SMALL) on 64-bit systems. On Linux it holds one
   descriptor more, of epoll. A receiver holds its keys (two for each of
   AKOLHOOK_MAX_SECRETS, 64 bytes each); a guard 32 bytes for each message it remembers; a
   verifier one running MAC for each secret. Nothing is allocated and nothing static is
   written, but for one note of whether the processor has SHA instructions, the lookup
   threads of posix and their count, and what the system's getaddrinfo does. Firmware that
   wants only the code it calls has AKOLHOOK_STATIC, or --gc-sections.

   FLASH, RAM AND STACK of a receiver, with AKOLHOOK_SMALL and AKOLHOOK_STATIC at -Os;
   libc's mem functions and strlen are apart. `make size` writes the table.
   --- size
   bytes                          Cortex-M0+           Cortex-M4         AVR (ATmega1284P)
                              flash  RAM stack    flash  RAM stack    flash  RAM stack
   SHA-256                      772    0   264      756    0   256     2218   32   270
   HMAC-SHA256                  992    0   360      992    0   360     2598   32   354
   akolhook_verify             1268    0   432     1280    0   432     3032   40   416
   the same and the envelope   4412    0   496     4380    0   496     9418  526   454
   JSON reader                 3235    0   296     3059    0   240     7554   52   184
   JSON writer                 2251    0   248     2191    0   236     2720   56   120
   arm-none-eabi-gcc 12.2.1, avr-gcc 5.4.0
   ---

   POWER-ON CHECK. akolhook_selftest() runs known answers through the hash, hex and verify
   in the build as it is, for firmware that must show at its start that they are sound. It
   takes at most 600 bytes of flash on a Cortex-M0+, and none where it is not called.

   STATUS. Every call that can fail returns an akolhook_status: AKOLHOOK_OK is 0, all
   others are negative with fixed numbers, listed with their HTTP answer and their text in
   AKOLHOOK_STATUS_LIST. akolhook_status_text says the cause and what to change. Counts
   and lengths leave through arguments. BUFFER_TOO_SMALL comes with the length that is
   needed. Pointers to objects and outputs must not be NULL where the comment does not
   allow it; a pointer with a length may be NULL when the length is 0.

   THREADS. A receiver is read-only once its secrets are added and may serve all threads;
   a guard that they share needs its two lock callbacks, and so does one whose entries
   several processes share. A client belongs to one thread at
   a time and to the process that made it: make one for each thread, and after a fork a
   new one.

   TIME. now is unix seconds, 64 bits wide whatever time_t is. Under Akol's scheme the
   body's own timestamp is judged (4 days, longer than a sender retries), under Standard
   Webhooks the header's (300 s, both sides, the edge inside). A clock that stands before
   2020 is CLOCK_UNSET, not a guess.

   CALLBACKS. Each contract stands with its declaration.
     akolhook_random_fn  random bytes; 0 or failure
     akolhook_transport  open, handshake, send, recv, close of one connection. Results:
                         bytes > 0, WANT_READ, WANT_WRITE, EOF, FAIL; 0 or more than asked
                         is BROKEN_HOOK. After WANT the same buffer and length come again.
                         SECURE promises that chain, dates and name are checked; https
                         runs over nothing else.
     akolhook_platform   clocks, random, lookup, connect, wait; a set of sockets where the
                         system keeps one
     guard.lock_fn       mutual exclusion around the ring

   SECURITY
     - The header is checked before the body, the MAC before any byte of the body is read,
       and msg holds nothing of it unless all is well. All secrets are always tried,
       compares are constant-time.
     - The whole secret is the key of X-Webhook-Signature; its base64-decoded part is the
       key of Standard Webhooks. Which one counts is receiver.schemes, never a guess.
     - Akol's header signs the body alone: replays are caught by the guard and bounded by
       the body's age. Only Standard alone gives the 300 s window: accepting both schemes
       is as strong as the weaker, although with both set any webhook-* header makes
       Standard the only judge and the guard remembers both keys.
     - X-Webhook-Event and X-Webhook-Test are unsigned: the first must equal the body's
       event, the second is advice.
     - Deliveries go to public addresses over https unless the policy opens more; names
       like localhost are refused before their lookup, every address is judged after it,
       the connection goes to a judged one, and this library reads nothing from the
       environment (the system's resolver may). Metadata addresses (169.254.169.254 and
       kin) open only when they are named alone.
     - Connections are kept open for 15 s (desc.idle_ms) and serve the same scheme, host
       and port alone; before each use the address is judged again. A request that broke
       on one before the first byte of an answer is sent once more, with the same id. The
       client keeps the last secrets and their prepared keys until it is closed.
     - akolhook_explain is for logs: never put its text, or akolhook_status_text, into the
       answer to an unverified request.

   Changes and licence (MIT-0) stand at the end of the file. */
#ifndef AKOLHOOK_H
#define AKOLHOOK_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef AKOLHOOK_USE_HUB
#error "AKOLHOOK_USE_HUB is gone: examples/hub/akolhook_hub.h, and stores/akolhook_journal.h for a journal"
#endif
#ifdef AKOLHOOK_USE_CURL
#error "AKOLHOOK_USE_CURL is gone: include examples/tls/akolhook_curl.h"
#endif

/* ---- base: version, status, slices, wipe --------------------------------------------------------- */

#define AKOLHOOK_VERSION_MAJOR 1
#define AKOLHOOK_VERSION_MINOR 0
#define AKOLHOOK_VERSION_PATCH 0
#define AKOLHOOK_VERSION "1.0.0"

#if defined(__GNUC__) || defined(__clang__)
#define AKOLHOOK_MUST_CHECK __attribute__((__warn_unused_result__))
#else
#define AKOLHOOK_MUST_CHECK
#endif

#ifndef AKOLHOOK_STATIC
#define AKOLHOOK_API extern
#elif defined(__GNUC__) || defined(__clang__)
#define AKOLHOOK_API static __attribute__((__unused__))
#else
#define AKOLHOOK_API static
#endif

/* Every struct of this file is valid all-zero and then strict: akolhook_receiver r = AKOLHOOK_INIT; */
#ifdef __cplusplus
#define AKOLHOOK_INIT \
    {}
extern "C" {
#else
#define AKOLHOOK_INIT \
    { 0 }
#endif

/* Bounds. Each may be defined before the include; the same values everywhere the header is included. */
#ifndef AKOLHOOK_MAX_SECRETS
#define AKOLHOOK_MAX_SECRETS 8 /* secrets of one receiver; 1..32 */
#endif
#ifndef AKOLHOOK_MAX_HEADER
#define AKOLHOOK_MAX_HEADER 8192 /* bytes of one header value that is read or sent */
#endif
#ifndef AKOLHOOK_MAX_BODY /* bytes of one body (default of receiver.max_body) */
#if SIZE_MAX > 65535
#define AKOLHOOK_MAX_BODY 1048576
#else
#define AKOLHOOK_MAX_BODY 32767 /* the largest object there */
#endif
#endif
#ifndef AKOLHOOK_MAX_DEPTH
#define AKOLHOOK_MAX_DEPTH 64 /* nested arrays and objects in JSON; 1..64 */
#endif
#ifndef AKOLHOOK_MAX_URL
#define AKOLHOOK_MAX_URL 2048 /* bytes of a URL */
#endif
#ifndef AKOLHOOK_MAX_RESPONSE_HEAD
#define AKOLHOOK_MAX_RESPONSE_HEAD 16384 /* bytes of a response head, a trailer section, a chunk line */
#endif
#ifndef AKOLHOOK_MAX_RESPONSE_FIELDS
#define AKOLHOOK_MAX_RESPONSE_FIELDS 512 /* field lines in a response head or trailer section */
#endif
#ifndef AKOLHOOK_MAX_INTERIM
#define AKOLHOOK_MAX_INTERIM 64 /* 1xx responses before the final one */
#endif
#ifndef AKOLHOOK_MAX_ADDRESSES
#define AKOLHOOK_MAX_ADDRESSES 32 /* addresses of one name; a lookup that gives more is refused; 1..4096 */
#endif
#ifndef AKOLHOOK_MAX_LOOKUPS
#define AKOLHOOK_MAX_LOOKUPS 16 /* lookups of a client at one time; a process has threads for twice that */
#endif
#ifndef AKOLHOOK_MAX_CUSTOM_HEADERS
#define AKOLHOOK_MAX_CUSTOM_HEADERS 32 /* headers that a request may add */
#endif
#if AKOLHOOK_MAX_SECRETS < 1 || AKOLHOOK_MAX_SECRETS > 32 || AKOLHOOK_MAX_DEPTH < 1 || AKOLHOOK_MAX_DEPTH > 64
#error "AKOLHOOK_MAX_SECRETS must be 1..32 and AKOLHOOK_MAX_DEPTH 1..64"
#endif
#if AKOLHOOK_MAX_HEADER < 64 || AKOLHOOK_MAX_BODY < 1 || AKOLHOOK_MAX_URL < 64
#error "AKOLHOOK_MAX_HEADER and _URL must be at least 64, _BODY at least 1"
#endif
#if AKOLHOOK_MAX_ADDRESSES < 1 || AKOLHOOK_MAX_LOOKUPS < 1
#error "AKOLHOOK_MAX_ADDRESSES and _LOOKUPS must be at least 1"
#endif
#if AKOLHOOK_MAX_RESPONSE_HEAD < 64 || AKOLHOOK_MAX_RESPONSE_FIELDS < 1
#error "AKOLHOOK_MAX_RESPONSE_HEAD must be at least 64, _RESPONSE_FIELDS at least 1"
#endif
#if AKOLHOOK_MAX_HEADER > SIZE_MAX || AKOLHOOK_MAX_BODY > SIZE_MAX || AKOLHOOK_MAX_URL > SIZE_MAX || \
        AKOLHOOK_MAX_RESPONSE_HEAD > SIZE_MAX
#error "AKOLHOOK_MAX_HEADER, _BODY, _URL and _RESPONSE_HEAD are sizes: they must fit size_t of this machine"
#endif
#if AKOLHOOK_MAX_RESPONSE_HEAD > UINT32_MAX
#error "AKOLHOOK_MAX_RESPONSE_HEAD ends at 4294967295: the bytes are counted in 32 bits"
#endif
#if AKOLHOOK_MAX_RESPONSE_FIELDS > 65535 || AKOLHOOK_MAX_INTERIM > 65535 || AKOLHOOK_MAX_LOOKUPS > 65535 || \
        AKOLHOOK_MAX_CUSTOM_HEADERS > 65535
#error "AKOLHOOK_MAX_RESPONSE_FIELDS, _INTERIM, _LOOKUPS and _CUSTOM_HEADERS end at 65535"
#endif
/* an answer lies on the stack of a lookup's thread, and travels from there in one piece */
#if AKOLHOOK_MAX_ADDRESSES > 4096
#error "AKOLHOOK_MAX_ADDRESSES ends at 4096: an answer of DNS, 65535 bytes, holds no more"
#endif

/* Files that give a bound different values are not one program: with another value than the default's these
   calls have it in their names, so that the linker finds none. Counts are plain numbers. */
#ifndef AKOLHOOK_STATIC
#define AKOLHOOK_I_PASTED(call, count) call##count
#define AKOLHOOK_I_NAMED(call, count) AKOLHOOK_I_PASTED(call, count)
#if AKOLHOOK_MAX_SECRETS != 8
#define akolhook_receiver_add_secret \
    AKOLHOOK_I_NAMED(akolhook_receiver_add_secret_with_MAX_SECRETS_, AKOLHOOK_MAX_SECRETS)
#define akolhook_receiver_add_secret_str \
    AKOLHOOK_I_NAMED(akolhook_receiver_add_secret_str_with_MAX_SECRETS_, AKOLHOOK_MAX_SECRETS)
#define akolhook_authenticate AKOLHOOK_I_NAMED(akolhook_authenticate_with_MAX_SECRETS_, AKOLHOOK_MAX_SECRETS)
#define akolhook_receive AKOLHOOK_I_NAMED(akolhook_receive_with_MAX_SECRETS_, AKOLHOOK_MAX_SECRETS)
#define akolhook_verifier_init \
    AKOLHOOK_I_NAMED(akolhook_verifier_init_with_MAX_SECRETS_, AKOLHOOK_MAX_SECRETS)
#endif
#if AKOLHOOK_MAX_DEPTH != 64
#define akolhook_json_parse AKOLHOOK_I_NAMED(akolhook_json_parse_with_MAX_DEPTH_, AKOLHOOK_MAX_DEPTH)
#define akolhook_json_init AKOLHOOK_I_NAMED(akolhook_json_init_with_MAX_DEPTH_, AKOLHOOK_MAX_DEPTH)
#endif
#if AKOLHOOK_MAX_ADDRESSES != 32
#define akolhook_client_init \
    AKOLHOOK_I_NAMED(akolhook_client_init_with_MAX_ADDRESSES_, AKOLHOOK_MAX_ADDRESSES)
#endif
#if AKOLHOOK_MAX_CUSTOM_HEADERS != 32
#define akolhook_header_check \
    AKOLHOOK_I_NAMED(akolhook_header_check_with_MAX_CUSTOM_HEADERS_, AKOLHOOK_MAX_CUSTOM_HEADERS)
#define akolhook_client_submit \
    AKOLHOOK_I_NAMED(akolhook_client_submit_with_MAX_CUSTOM_HEADERS_, AKOLHOOK_MAX_CUSTOM_HEADERS)
#endif
#if AKOLHOOK_MAX_RESPONSE_FIELDS != 512
#define akolhook_response_feed \
    AKOLHOOK_I_NAMED(akolhook_response_feed_with_MAX_RESPONSE_FIELDS_, AKOLHOOK_MAX_RESPONSE_FIELDS)
#endif
#if AKOLHOOK_MAX_INTERIM != 64
#define akolhook_response_end AKOLHOOK_I_NAMED(akolhook_response_end_with_MAX_INTERIM_, AKOLHOOK_MAX_INTERIM)
#endif
#if AKOLHOOK_MAX_LOOKUPS != 16
#define akolhook_client_poll AKOLHOOK_I_NAMED(akolhook_client_poll_with_MAX_LOOKUPS_, AKOLHOOK_MAX_LOOKUPS)
#endif
#if AKOLHOOK_MAX_BODY != 1048576 && SIZE_MAX > 65535
#define akolhook_verifier_update akolhook_verifier_update_with_another_MAX_BODY
#endif
#if AKOLHOOK_MAX_HEADER != 8192
#define akolhook_incoming_header akolhook_incoming_header_with_another_MAX_HEADER
#endif
#if AKOLHOOK_MAX_URL != 2048
#define akolhook_url_parse akolhook_url_parse_with_another_MAX_URL
#endif
#if AKOLHOOK_MAX_RESPONSE_HEAD != 16384
#define akolhook_response_init akolhook_response_init_with_another_MAX_RESPONSE_HEAD
#endif
#endif

/* Every status: name, number (fixed, never used again), the HTTP code that a receiver answers, cause and
   what to change. A status that a receiver cannot meet answers 500. Each layer has a block of numbers;
   -300 to -399 are left to stores of others, which give them names of their own. */
/* clang-format off */
#define AKOLHOOK_STATUS_LIST(X) \
    /* base */ \
    X(OK,                       0, 200, "success") \
    X(INVALID_ARGUMENT,        -1, 500, \
      "an argument is NULL or outside its range: see the comment of the call") \
    X(BUFFER_TOO_SMALL,        -2, 500, \
      "the output does not fit: give at least the length that the call reported") \
    X(MEMORY_TOO_SMALL,        -3, 500, \
      "the memory given is too small: ask the _size call or macro for the need") \
    X(WRONG_ORDER,             -4, 500, \
      "out of order: init, updates, final once; from a callback neither _poll nor _deliver") \
    X(RANDOM_FAILED,           -5, 500, \
      "the random function failed, or gave zeros or the same bytes twice: nothing was generated") \
    X(BROKEN_HOOK,             -6, 500, "a hook broke its contract: see the comment of the hook") \
    X(SELFTEST_FAILED,         -7, 500, \
      "a known answer came out wrong: this program's code, its memory or its compiler is at fault") \
    /* text */ \
    X(BAD_HEX,                -20, 400, "not hexadecimal: an even count of 0-9 a-f A-F is needed") \
    X(BAD_BASE64,             -21, 400, "not base64: RFC 4648 section 4 with canonical padding is needed") \
    X(BAD_TIME,               -22, 400, "not an RFC 3339 time between the years 1970 and 9999") \
    X(BAD_UTF8,               -23, 400, "not UTF-8: send the text as UTF-8 (RFC 3629)") \
    X(JSON_SYNTAX,            -24, 400, \
      "not JSON (RFC 8259): an unexpected character stands at the reported position") \
    X(JSON_CUT,               -25, 400, "the JSON text ends before its value does") \
    X(JSON_TRAILING,          -26, 400, "something follows the JSON value") \
    X(JSON_CONTROL,           -27, 400, "a control character stands unescaped in a JSON string") \
    X(JSON_ESCAPE,            -28, 400, "an escape in a JSON string is unknown or incomplete") \
    X(BAD_NUMBER,             -29, 400, "a JSON number is malformed") \
    X(JSON_TOO_DEEP,          -30, 400, "the JSON text nests deeper than AKOLHOOK_MAX_DEPTH") \
    X(JSON_NESTING,           -31, 500, \
      "the JSON writer was called out of order: a key where none belongs, a value without one, an end " \
      "too many or too few") \
    X(WRONG_TYPE,             -32, 400, "the JSON value has another type than the one asked for") \
    X(NOT_FOUND,              -33, 400, "there is no such member or element") \
    X(OUT_OF_RANGE,           -34, 400, "the number does not fit the type asked for, or has a fraction") \
    X(BAD_PATH,               -35, 500, "the path is malformed: write it like data.transcript[3].text") \
    X(TEXT_NUL,               -36, 400, "the text holds a NUL character: no C string can hold it") \
    /* events and payload */ \
    X(UNKNOWN_EVENT,          -50, 400, "no event or group has this name: see the list of events") \
    X(WRONG_EVENT,            -51, 500, \
      "this event does not carry this kind of data: choose the struct by the event") \
    X(EMPTY_BODY,             -52, 400, "the body is empty or blank") \
    X(MISSING_MEMBER,         -53, 400, \
      "the envelope lacks event, timestamp, businessId, webhookId or data: a body of another form is for " \
      "akolhook_authenticate") \
    X(DOUBLED_MEMBER,         -54, 400, "a known member stands twice in one object") \
    X(BAD_MEMBER,             -55, 400, "a known member has the wrong type or form") \
    /* sign */ \
    X(NO_SECRET,              -70, 500, "no secret is set: add one before anything is verified or signed") \
    X(EMPTY_SECRET,           -71, 500, "the secret is empty: paste the whole secret of the webhook") \
    X(SECRET_BLANK,           -72, 500, \
      "the secret begins or ends with a blank or a line end: paste it without") \
    X(SECRET_VERSION,         -73, 500, "the secret begins with v1,whsec_: take the text from whsec_ on") \
    X(SECRET_NUL,             -74, 500, \
      "the secret holds a NUL byte: give the text alone, without its terminator") \
    X(SECRET_BASE64,          -75, 500, \
      "under Standard Webhooks the secret after whsec_ must be base64 of at least one byte") \
    X(TOO_MANY_SECRETS,       -76, 500, \
      "the receiver holds AKOLHOOK_MAX_SECRETS secrets already: drop the oldest") \
    X(SCHEME_CHANGED,         -77, 500, \
      "receiver.schemes is unknown or was changed after a secret was added: set it first") \
    X(MISSING_SIGNATURE,      -78, 401, "the signature header is missing or empty") \
    X(DOUBLED_HEADER,         -79, 401, "a header that must stand once stands twice") \
    X(HEADER_TOO_LARGE,       -80, 431, "a header value is longer than AKOLHOOK_MAX_HEADER") \
    X(BAD_SIGNATURE,          -81, 401, \
      "the signature header is malformed: 64 hex digits, sha256= before them or not") \
    X(NO_KNOWN_SCHEME,        -82, 401, \
      "the signature names no scheme that is known: sha256 for X-Webhook-Signature, v1 for " \
      "webhook-signature") \
    X(SIGNATURE_MISMATCH,     -83, 401, \
      "the signature is not that of this body under any secret of this receiver") \
    X(MISSING_ID,             -84, 401, "the webhook-id header is missing or empty") \
    X(BAD_ID,                 -85, 401, \
      "the message id is malformed: 1 to 256 visible ASCII characters without a dot") \
    X(MISSING_TIMESTAMP,      -86, 401, "the webhook-timestamp header is missing or empty") \
    X(BAD_TIMESTAMP,          -87, 401, \
      "the webhook-timestamp header is malformed: 1 to 12 digits without sign, blank or leading zero") \
    X(TOO_OLD,                -88, 401, \
      "the time signed is further in the past than allowed: a late replay, or this clock is fast") \
    X(TOO_NEW,                -89, 401, \
      "the time signed is further in the future than allowed: this clock or the sender's is wrong") \
    X(CLOCK_UNSET,            -90, 503, \
      "this clock stands before 2020: set it, or choose AKOLHOOK_CLOCK_NONE and a replay guard") \
    X(BODY_TOO_LARGE,         -91, 413, \
      "the body is longer than receiver.max_body, or AKOLHOOK_MAX_BODY when sent") \
    X(LENGTH_MISMATCH,        -92, 400, \
      "the body is not as long as Content-Length says: it was cut, or something was added") \
    X(CONTENT_ENCODED,        -93, 415, \
      "the body is compressed: its signature is good, decode it before parsing") \
    X(DUPLICATE,              -94, 200, "this message was handled before: answer 200 and do nothing") \
    X(IN_PROGRESS,            -95, 503, \
      "this message is being handled at this moment: the sender will try again") \
    X(WRONG_WEBHOOK,          -96, 401, "the body belongs to another webhook than receiver.webhook_id") \
    X(EVENT_MISMATCH,         -97, 400, "X-Webhook-Event names another event than the body") \
    X(NOT_AUTHENTICATED,      -98, 500, "the message was not authenticated: verify before parsing") \
    X(ENCODING_CHARSET,       -99, 415, \
      "Content-Encoding names a character set, as UTF-8, and no coding: the sender must leave it out") \
    /* url */ \
    X(URL_SYNTAX,            -120, 500, \
      "the URL is malformed: https://host[:port][/path][?query] is needed") \
    X(URL_SCHEME,            -121, 500, \
      "the URL must begin with https:// (or http:// where AKOLHOOK_ALLOW_HTTP is set)") \
    X(URL_TOO_LONG,          -122, 500, "the URL is longer than AKOLHOOK_MAX_URL") \
    X(URL_CHARACTER,         -123, 500, \
      "the URL holds a blank, a control or non-ASCII character or another that RFC 3986 forbids: " \
      "percent-encode it, and write a host that is not ASCII in its xn-- form") \
    X(URL_USERINFO,          -124, 500, "the URL holds a user name or password: remove all up to the @") \
    X(URL_FRAGMENT,          -125, 500, "the URL holds a fragment: remove the # and what follows") \
    X(URL_HOST,              -126, 500, \
      "the host is no DNS name, dotted IPv4 address or bracketed IPv6 address in its plain spelling: a " \
      "name that is not ASCII goes by its xn-- form") \
    X(URL_PORT,              -127, 500, "the port must be 1 to 65535 without sign or leading zero") \
    X(BAD_ADDRESS,           -128, 500, "not an IPv4 or IPv6 address in its plain spelling") \
    X(BAD_CIDR,              -129, 500, \
      "not a network: address/prefix with no bit set behind the prefix and a prefix above 0 is needed") \
    X(BLOCKED_NAME,          -130, 500, \
      "the host is a local name that webhooks may not call, or no DNS name: use a public name (one that is " \
      "not ASCII in its xn-- form) or an address, or set AKOLHOOK_ALLOW_PRIVATE") \
    X(BLOCKED_ADDRESS,       -131, 500, \
      "the host has an address that webhooks may not call: use a public one or put its network on the " \
      "allow-list") \
    /* http */ \
    X(BAD_RESPONSE,          -150, 500, "the response breaks HTTP's framing (RFC 9112)") \
    X(RESPONSE_CUT,          -151, 500, "the connection ended before the response did") \
    X(RESPONSE_HEAD_TOO_LARGE, -152, 500, \
      "the response head is larger than AKOLHOOK_MAX_RESPONSE_HEAD or has more than " \
      "AKOLHOOK_MAX_RESPONSE_FIELDS fields") \
    X(TOO_MANY_INTERIM,      -153, 500, \
      "more than AKOLHOOK_MAX_INTERIM interim responses came before the final one") \
    X(BAD_HEADER,            -154, 500, \
      "a custom header is malformed: a token as name, no control character in the value (RFC 9110 " \
      "section 5)") \
    X(RESERVED_HEADER,       -155, 500, \
      "a custom header has a name that the library writes itself, or stands twice: drop it") \
    X(REQUEST_HEAD_TOO_LARGE, -156, 500, \
      "the request head does not fit akolhook_client_desc.head_cap: give it more, or send fewer custom " \
      "headers") \
    X(BAD_RETRY_AFTER,       -157, 500, \
      "the Retry-After field is neither seconds nor an HTTP-date (RFC 9110 section 10.2.3)") \
    /* client */ \
    X(TLS_REQUIRED,          -170, 500, \
      "https needs a transport with AKOLHOOK_TRANSPORT_SECURE in akolhook_client_desc.tls") \
    X(LOOKUP_FAILED,         -171, 500, \
      "the host name did not resolve: check its spelling and the DNS server") \
    X(TOO_MANY_ADDRESSES,    -172, 500, "the host name has more than AKOLHOOK_MAX_ADDRESSES addresses") \
    X(CONNECT_FAILED,        -173, 500, \
      "no address of the host accepted the connection: is the receiver running, is the port right?") \
    X(TLS_FAILED,            -174, 500, "the TLS handshake failed: the native error code says why") \
    X(TLS_UNTRUSTED,         -175, 500, "the certificate does not lead to a trusted CA") \
    X(TLS_WRONG_HOST,        -176, 500, "the certificate is for another host name") \
    X(TLS_EXPIRED,           -177, 500, "the certificate is out of its dates, or this clock is") \
    X(SEND_FAILED,           -178, 500, "the connection broke while the request was sent") \
    X(RECEIVE_FAILED,        -179, 500, "the connection broke while the response was read") \
    X(DEADLINE,              -180, 500, "the deadline passed: delivery.phase says where") \
    X(HTTP_STATUS,           -181, 500, \
      "the receiver answered, but not with a 2xx code: delivery.code has it") \
    X(QUEUE_FULL,            -182, 500, \
      "akolhook_client_desc.max_in_flight deliveries are open: poll before submitting more") \
    X(ORIGIN_FULL,           -183, 500, \
      "akolhook_client_desc.max_per_origin deliveries to this scheme, host and port are open: poll " \
      "before submitting more to it") \
    X(CANCELLED,             -184, 500, "the delivery was cancelled or the client was closed") \
    X(WAIT_FAILED,           -185, 500, "waiting for sockets failed: the native error code says why") \
    X(SYSTEM_LIMIT,          -186, 500, \
      "the system has no socket, thread or memory left, or the CAs cannot be read: the native error code " \
      "says which") \
    X(UNTRUSTED_CONNECT,     -187, 500, \
      "this transport connects by name, so addresses cannot be judged: set " \
      "akolhook_client_desc.trust_transport_addresses to accept that") \
    X(KEYS_LOGGED,           -188, 500, \
      "the TLS library would write the keys of connections to the file that SSLKEYLOGFILE names: unset " \
      "it before the program starts") \
    X(LOOKUP_BUSY,           -189, 500, \
      "lookups of other names hang and hold every place: is the DNS server well? See AKOLHOOK_MAX_LOOKUPS") \
    /* the hub, and what any store answers */ \
    X(BAD_NAME,              -200, 400, \
      "the name must have 1 to 100 characters, none of them a control character") \
    X(NO_EVENTS,             -201, 400, "the webhook must subscribe to at least one event") \
    X(TOO_MANY_WEBHOOKS,     -202, 429, "akolhook_hub_desc.max_webhooks webhooks exist: delete one first") \
    X(WEBHOOK_EXISTS,        -203, 409, "another webhook sends one of these events to the same URL already") \
    X(UNKNOWN_WEBHOOK,       -204, 404, "there is no webhook of this id") \
    X(UNKNOWN_DELIVERY,      -205, 404, "there is no delivery of this id, or its log row is gone") \
    X(PENDING_FULL,          -206, 503, \
      "no room for more waiting deliveries (max_pending, max_queue): nothing was accepted, emit later") \
    X(POOL_FULL,             -207, 503, \
      "akolhook_memory_desc.pool_bytes are in use: nothing was accepted, emit again later or give more") \
    X(BAD_CURSOR,            -208, 400, "the cursor is none that a log row of this hub gave out") \
    X(LEASE_LOST,            -209, 500, \
      "the lease ran out and another worker has the delivery: this outcome does not count") \
    X(STORE_FAILED,          -210, 503, \
      "the store failed: its own error says why; what it accepted before stays") \
    X(WEBHOOK_INACTIVE,      -211, 409, "the webhook is inactive: set it active first") \
    X(EVENT_GONE,            -212, 409, \
      "the body of this event is no longer kept, so it cannot be sent again") \
    X(WEBHOOK_QUEUE_FULL,    -213, 503, \
      "the webhook fails or lags and its share of the room is full: the delivery was dropped") \
    X(BAD_KEY,               -214, 400, "the idempotency key is longer than 256 bytes") \
    X(KEY_REUSED,            -215, 409, \
      "the idempotency key stands for another event or other data: take a new one") \
    X(PROBE_FAILED,          -216, 422, \
      "the URL did not answer a sample as it should: *akolhook_wanted.probe says how it went") \
    X(DELIVERY_EXPIRED,      -217, 500, \
      "the delivery waited for 90 hours without an attempt and was given up") \
    X(DELIVERY_NOT_WAITING,  -218, 409, \
      "the delivery does not wait: it has ended, or an attempt is in flight") \
    X(WRONG_BUSINESS,        -219, 409, \
      "the store belongs to another business than akolhook_hub_desc.business_id: take another store") \
    X(STORE_VERSION,         -220, 500, \
      "the store was written in another layout: by a newer version of this header, or before its first") \
    X(STORE_FOREIGN,         -221, 500, "the database is another program's: give the hub one of its own") \
    X(DELIVERY_WAITS,        -222, 409, "the delivery has not ended: it waits, or an attempt is in flight") \
    /* stores that come with this header: the journal */ \
    X(JOURNAL_DAMAGED,       -250, 500, \
      "the journal is damaged before its end, at akolhook_journal.error_at: " \
      "akolhook_journal_desc.salvage keeps what stands before") \
    X(JOURNAL_LOCKED,        -251, 503, "another process has the journal open") \
    X(JOURNAL_OTHER,         -252, 500, "the journal was written by a newer version of this header")
/* clang-format on */

typedef enum akolhook_status {
#define AKOLHOOK_I_ENUM(name, number, http, text) AKOLHOOK_##name = number,
    AKOLHOOK_STATUS_LIST(AKOLHOOK_I_ENUM)
#undef AKOLHOOK_I_ENUM
                    AKOLHOOK_STATUS_END = -1000 /* not a status; keeps the enum signed and wide */
} akolhook_status;

/* The name of a status without its prefix ("TOO_OLD"), "UNKNOWN" for a number that is none. Static text. */
AKOLHOOK_API const char *akolhook_status_name(akolhook_status status);
/* Cause and what to change, one sentence for logs. Static text. Never put it into the answer to an
   unverified request. */
AKOLHOOK_API const char *akolhook_status_text(akolhook_status status);
/* What a receiver answers with: 200, 400, 401, 413, 415, 431, 500 or 503 (RFC 9110 section 15); a program
   that serves the hub also 404, 409, 422 and 429. */
AKOLHOOK_API int akolhook_status_http(akolhook_status status);

/* A slice of text or bytes. Not NUL-terminated; {NULL, 0} is the empty slice. Never owns what it points
   to. */
typedef struct akolhook_str {
    const char *ptr;
    size_t len;
} akolhook_str;

/* A slice of len bytes; of NULL the empty slice, whatever len says. */
AKOLHOOK_API akolhook_str akolhook_str_n(const void *ptr, size_t len);
/* The slice of a C string; NULL gives the empty slice. */
AKOLHOOK_API akolhook_str akolhook_str_c(const char *text);
/* 1 when both hold the same bytes. Not constant-time. */
AKOLHOOK_API int akolhook_str_equal(akolhook_str a, akolhook_str b);
/* 1 when the slice holds the bytes of the C string. Not constant-time. */
AKOLHOOK_API int akolhook_str_is(akolhook_str a, const char *text);

/* Overwrites memory with zeros in a way that the compiler may not drop. NULL with 0 is legal. */
AKOLHOOK_API void akolhook_wipe(void *memory, size_t len);
/* 1 when the len bytes are equal; time depends on len alone. */
AKOLHOOK_API int akolhook_equal_constant_time(const void *a, const void *b, size_t len);

/* ---- hash: SHA-256 (FIPS 180-4), HMAC (RFC 2104) ------------------------------------------------- */

/* A running hash. Up to 2^61 - 1 bytes. Copying one forks it. */
typedef struct akolhook_sha256 {
    uint32_t state[8];
    uint64_t length;
    uint8_t block[64];
} akolhook_sha256;
/* A prepared HMAC key: the two midstates, 64 bytes. As secret as the secret. All-zero is no key. */
typedef struct akolhook_key {
    uint32_t inner[8];
    uint32_t outer[8];
} akolhook_key;
/* A running MAC. Points to its key, which must live until final. */
typedef struct akolhook_hmac {
    akolhook_sha256 hash;
    const akolhook_key *key;
} akolhook_hmac;

AKOLHOOK_API void akolhook_sha256_init(akolhook_sha256 *h);
/* data may be NULL when len is 0. */
AKOLHOOK_API void akolhook_sha256_update(akolhook_sha256 *h, const void *data, size_t len);
/* Writes the digest and wipes h, which must be initialised again before its next use. */
AKOLHOOK_API void akolhook_sha256_final(akolhook_sha256 *h, uint8_t digest[32]);

/* Prepares a key of any length, an empty one included; secret may be wiped afterwards. */
AKOLHOOK_API void akolhook_key_init(akolhook_key *key, const void *secret, size_t len);
AKOLHOOK_API void akolhook_hmac_init(akolhook_hmac *m, const akolhook_key *key);
AKOLHOOK_API void akolhook_hmac_update(akolhook_hmac *m, const void *data, size_t len);
/* Writes the MAC and wipes m. */
AKOLHOOK_API void akolhook_hmac_final(akolhook_hmac *m, uint8_t mac[32]);

/* One of many MACs: the message is the four parts joined; empty parts are legal. mac is the output. */
typedef struct akolhook_hmac_job {
    const akolhook_key *key;
    akolhook_str parts[4];
    uint8_t mac[32];
} akolhook_hmac_job;
/* Computes every job's mac. Independent jobs may run interleaved; the results are those of a loop. */
AKOLHOOK_API void akolhook_hmac_many(akolhook_hmac_job *jobs, size_t count);

/* ---- text: hex, base64, time, JSON --------------------------------------------------------------- */

/* Coders. out holds cap bytes; *len is set to the length needed, also when the status is BUFFER_TOO_SMALL
   (and then out is untouched). No terminator is written. Input and output must not overlap, but a decoder may
   write where its text begins. Returns OK, BUFFER_TOO_SMALL, the decoders also BAD_HEX or BAD_BASE64, the
   encoders INVALID_ARGUMENT (data NULL with a length, or text longer than size_t counts). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hex_encode(
        const void *data, size_t data_len, char *out, size_t cap, size_t *len);
/* Either case of digits. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hex_decode(
        akolhook_str text, void *out, size_t cap, size_t *len);
/* RFC 4648 section 4: the alphabet with + and /, padded. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_base64_encode(
        const void *data, size_t data_len, char *out, size_t cap, size_t *len);
/* Strict: padding required, no blanks, and unused bits zero, so that one text stands for one value. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_base64_decode(
        akolhook_str text, void *out, size_t cap, size_t *len);

#define AKOLHOOK_TIME_SIZE 25 /* "2026-04-18T14:23:11.000Z" and a NUL */
/* Writes milliseconds since 1970 as RFC 3339 in UTC, NUL-terminated. Returns OK, or BAD_TIME outside the
   years 1970..9999. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_time_format(
        int64_t unix_ms, char out[AKOLHOOK_TIME_SIZE]);
/* Reads RFC 3339 section 5.6: any offset, any fraction (cut to milliseconds), the calendar exact, a leap
   second only where one can be (it reads as the second after). Returns OK or BAD_TIME. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_time_parse(akolhook_str text, int64_t *unix_ms);

/* Whether a text is UTF-8 as RFC 3629 has it: nothing overlong, no surrogate, nothing above U+10FFFF, no
   sequence cut off. *good (may be NULL) is how many bytes from its start on are. Returns OK, BAD_UTF8. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_utf8_check(akolhook_str text, size_t *good);

/* Text of a JSON string. As read, it is the slice between the quotes and escaped says that escapes stand
   in it; such text is copied as it stands when built. Text of your own has escaped = 0 and is escaped
   where needed. */
typedef struct akolhook_text {
    akolhook_str str;
    uint8_t escaped;
} akolhook_text;
/* A text of your own: of len bytes, and of a C string. */
AKOLHOOK_API akolhook_text akolhook_text_n(const void *ptr, size_t len);
AKOLHOOK_API akolhook_text akolhook_text_c(const char *text);
/* Decodes the escapes into out (a lone surrogate becomes U+FFFD), which may begin where a text with escapes
   does. *len is the length needed: never more than text.str.len. Returns OK, BUFFER_TOO_SMALL, JSON_ESCAPE.
   */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_text_decode(
        akolhook_text text, char *out, size_t cap, size_t *len);
/* The same as a C string: a NUL follows, and out is "" unless OK. *len (may be NULL) is the length without
   the NUL; a cap of text.str.len + 1 is always enough. Returns OK, BUFFER_TOO_SMALL, TEXT_NUL (the text
   holds a NUL itself), JSON_ESCAPE, INVALID_ARGUMENT (out NULL with a cap). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_text_copy(
        akolhook_text text, char *out, size_t cap, size_t *len);
/* 1 when the decoded text is plain. Needs no buffer. */
AKOLHOOK_API int akolhook_text_equal(akolhook_text text, akolhook_str plain);

/* A JSON number, as text. As read: str is the text; when its value is an integer that fits, has_integer is
   1 and integer holds it. To build one: akolhook_number_int(42), or a text of your own in str. Empty and
   without has_integer is absent. */
typedef struct akolhook_number {
    akolhook_str str;
    int64_t integer;
    uint8_t has_integer;
} akolhook_number;
AKOLHOOK_API akolhook_number akolhook_number_int(int64_t value);
/* Exact values of a number text: 5.0 and 5e0 are the integer 5. Return OK, BAD_NUMBER, OUT_OF_RANGE. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_number_int64(akolhook_str number, int64_t *value);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_number_uint64(akolhook_str number, uint64_t *value);
/* value = mantissa / 10^scale, with the trailing zeros of the mantissa removed while scale is above 0;
   scale may be negative. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_number_decimal(
        akolhook_str number, int64_t *mantissa, int32_t *scale);

/* The writer: JSON into a buffer of the caller. Errors stick: call after call may go unchecked, _finish
   tells. It never writes beyond cap and goes on counting, so that _finish gives the exact need. Members
   are private. */
typedef struct akolhook_json_writer {
    char *buf;
    size_t cap;
    size_t len;
    akolhook_status status;
    unsigned depth;
    uint64_t objects;
    uint8_t expects;
    unsigned flags;
} akolhook_json_writer;
/* Writer flag: < and the line ends U+2028 and U+2029 leave as \u003c, \u2028 and \u2029 whichever way they
   come in, so that the JSON may stand in a script of an HTML page. */
#define AKOLHOOK_JSON_ESCAPE_HTML 1u
/* buf may be NULL when cap is 0, to measure. */
AKOLHOOK_API void akolhook_json_init(akolhook_json_writer *w, char *buf, size_t cap, unsigned flags);
AKOLHOOK_API void akolhook_json_object_begin(akolhook_json_writer *w);
AKOLHOOK_API void akolhook_json_object_end(akolhook_json_writer *w);
AKOLHOOK_API void akolhook_json_array_begin(akolhook_json_writer *w);
AKOLHOOK_API void akolhook_json_array_end(akolhook_json_writer *w);
AKOLHOOK_API void akolhook_json_key(akolhook_json_writer *w, akolhook_str key);
AKOLHOOK_API void akolhook_json_string(akolhook_json_writer *w, akolhook_str utf8);
/* Flagged text is checked and copied, other text escaped. */
AKOLHOOK_API void akolhook_json_text(akolhook_json_writer *w, akolhook_text text);
/* Any bytes, as a string in base64. */
AKOLHOOK_API void akolhook_json_base64(akolhook_json_writer *w, const void *data, size_t len);
/* mantissa / 10^scale, scale -400..400: (1999, 2) writes 19.99, (5, -3) writes 5000. OUT_OF_RANGE outside. */
AKOLHOOK_API void akolhook_json_decimal(akolhook_json_writer *w, int64_t mantissa, int32_t scale);
AKOLHOOK_API void akolhook_json_int64(akolhook_json_writer *w, int64_t value);
AKOLHOOK_API void akolhook_json_uint64(akolhook_json_writer *w, uint64_t value);
/* Number text, checked against RFC 8259: the way for a double that you printed yourself; NaN and Infinity
   are refused. */
AKOLHOOK_API void akolhook_json_number(akolhook_json_writer *w, akolhook_str text);
AKOLHOOK_API void akolhook_json_bool(akolhook_json_writer *w, int value);
AKOLHOOK_API void akolhook_json_null(akolhook_json_writer *w);
/* One whole JSON value, checked and copied as it stands. */
AKOLHOOK_API void akolhook_json_raw(akolhook_json_writer *w, akolhook_str json);
/* Key and value in one call. */
AKOLHOOK_API void akolhook_json_add_string(akolhook_json_writer *w, const char *key, akolhook_str utf8);
AKOLHOOK_API void akolhook_json_add_text(akolhook_json_writer *w, const char *key, akolhook_text text);
AKOLHOOK_API void akolhook_json_add_int64(akolhook_json_writer *w, const char *key, int64_t value);
AKOLHOOK_API void akolhook_json_add_uint64(akolhook_json_writer *w, const char *key, uint64_t value);
AKOLHOOK_API void akolhook_json_add_number(akolhook_json_writer *w, const char *key, akolhook_str text);
AKOLHOOK_API void akolhook_json_add_bool(akolhook_json_writer *w, const char *key, int value);
AKOLHOOK_API void akolhook_json_add_raw(akolhook_json_writer *w, const char *key, akolhook_str json);
AKOLHOOK_API void akolhook_json_add_decimal(
        akolhook_json_writer *w, const char *key, int64_t mantissa, int32_t scale);
AKOLHOOK_API void akolhook_json_add_null(akolhook_json_writer *w, const char *key);
/* Ends the text: one whole value must have been written. *len is its length, or the need when the buffer
   is too small; no terminator. Returns the first error: OK, BUFFER_TOO_SMALL, JSON_NESTING, JSON_TOO_DEEP,
   BAD_UTF8, BAD_NUMBER, OUT_OF_RANGE, or what a raw value or flagged text broke (a status of
   akolhook_json_parse). After an error other than BUFFER_TOO_SMALL *len is 0. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_finish(akolhook_json_writer *w, size_t *len);

typedef enum akolhook_json_type {
    AKOLHOOK_JSON_NONE,
    AKOLHOOK_JSON_NULL,
    AKOLHOOK_JSON_FALSE,
    AKOLHOOK_JSON_TRUE,
    AKOLHOOK_JSON_NUMBER,
    AKOLHOOK_JSON_STRING,
    AKOLHOOK_JSON_ARRAY,
    AKOLHOOK_JSON_OBJECT
} akolhook_json_type;

/* One value inside a text that was checked. str is its slice, quotes and brackets included. NONE with an
   empty slice is "no value". Valid as long as the text is. */
typedef struct akolhook_json {
    akolhook_str str;
    akolhook_json_type type;
    uint8_t escaped;
} akolhook_json;
/* Checks a whole text strictly (RFC 8259, UTF-8, no byte order mark, depth at most AKOLHOOK_MAX_DEPTH) in
   linear time. *value is its root; *error_at (may be NULL) the byte position of the first error, the length
   when there is none. Returns OK, JSON_SYNTAX, JSON_CUT, JSON_TRAILING, JSON_CONTROL, JSON_ESCAPE,
   BAD_NUMBER, JSON_TOO_DEEP, BAD_UTF8. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_parse(
        akolhook_str text, akolhook_json *value, size_t *error_at);
/* Walks the members of an object or the elements of an array (then key is empty). Start with
   akolhook_json_begin. */
typedef struct akolhook_json_iter {
    const char *at;
    const char *end;
    uint8_t state;
} akolhook_json_iter;
/* Returns OK, or WRONG_TYPE when value is no object or array. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_begin(
        akolhook_json value, akolhook_json_iter *iter);
/* 1 with the next member or element, 0 at the end. key may be NULL. */
AKOLHOOK_API int akolhook_json_next(akolhook_json_iter *iter, akolhook_text *key, akolhook_json *value);
/* Looks a path up: names joined by dots, elements as [n], like data.transcript[3].text. The first member
   of a name counts. Returns OK, NOT_FOUND, WRONG_TYPE (a step into a value that has none), BAD_PATH. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_get(
        akolhook_json value, const char *path, akolhook_json *found);
/* Typed reads. Return OK, WRONG_TYPE, OUT_OF_RANGE. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_get_text(
        akolhook_json value, akolhook_text *text);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_get_int64(
        akolhook_json value, int64_t *number);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_get_uint64(
        akolhook_json value, uint64_t *number);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_json_get_bool(akolhook_json value, int *truth);

/* ---- event: what Akol sends ---------------------------------------------------------------------- */

/* Every event: name, number (fixed for ever), text, group, when it fires. 1..14 are the dashboard's list. */
/* clang-format off */
#define AKOLHOOK_EVENT_LIST(X) \
    X(CALL_STARTED,            1, "call.started",           "call",     "A call begins ringing or connects") \
    X(CALL_ENDED,              2, "call.ended",             "call",     "A call hangs up, for any reason") \
    X(CALL_COMPLETED,          3, "call.completed",         "call",     "A call finishes successfully") \
    X(CALL_MISSED,             4, "call.missed",            "call",     "A call was not answered") \
    X(CALL_FAILED,             5, "call.failed",            "call",     "A call failed to connect") \
    X(CALL_TRANSFERRED,        6, "call.transferred",       "call",     "A call was transferred to a human") \
    X(TRANSCRIPT_READY,        7, "transcript.ready",       "content",  "The call transcript is available") \
    X(SUMMARY_READY,           8, "summary.ready",          "content", \
      "The AI-generated summary is available") \
    X(FUNCTION_CALLED,         9, "function.called",        "content", \
      "The AI agent called a tool during a call") \
    X(AGENT_CREATED,          10, "agent.created",          "resource", "A new agent is created") \
    X(AGENT_UPDATED,          11, "agent.updated",          "resource", "An agent's settings are changed") \
    X(AGENT_DELETED,          12, "agent.deleted",          "resource", "An agent is deleted") \
    X(PHONE_NUMBER_PURCHASED, 13, "phone_number.purchased", "resource", "A new phone number is bought") \
    X(PHONE_NUMBER_RELEASED,  14, "phone_number.released",  "resource", "A phone number is released") \
    X(CALL_VOICEMAIL,         15, "call.voicemail",         "call",     "An outbound call hit voicemail") \
    X(APPOINTMENT_SCHEDULED,  16, "appointment.scheduled",  "resource", "An agent booked an appointment") \
    X(MESSAGE_RECEIVED,       17, "message.received",       "content", \
      "An SMS arrived at one of the numbers") \
    X(LEAD_CREATED,           18, "lead.created",           "resource", \
      "A new lead was captured during a call")
/* clang-format on */

typedef enum akolhook_event {
    AKOLHOOK_EVENT_UNKNOWN = 0, /* an event that this version does not know; its text is kept */
#define AKOLHOOK_I_ENUM(id, number, name, group, when) AKOLHOOK_##id = number,
    AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ENUM)
#undef AKOLHOOK_I_ENUM
            AKOLHOOK_EVENT_LAST = AKOLHOOK_LEAD_CREATED
} akolhook_event;

/* Static texts; "" for EVENT_UNKNOWN and numbers that are none. */
AKOLHOOK_API const char *akolhook_event_name(akolhook_event event);
AKOLHOOK_API const char *akolhook_event_group(akolhook_event event);
AKOLHOOK_API const char *akolhook_event_fires_when(akolhook_event event);
/* The event of an exact name, or EVENT_UNKNOWN. */
AKOLHOOK_API akolhook_event akolhook_event_find(akolhook_str name);

/* A set of events: bit 1 << number. */
typedef uint32_t akolhook_events;
#define AKOLHOOK_EVENTS_ALL ((akolhook_events)0x7fffeu)
#define AKOLHOOK_EVENTS_DASHBOARD ((akolhook_events)0x7ffeu) /* the 14 of the dashboard */
/* 1 when the set holds the event. */
AKOLHOOK_API int akolhook_events_has(akolhook_events set, akolhook_event event);
/* Reads "*", names, groups and families with .* ("call.*", "content.*", "agent.*"), joined by commas,
   blanks around them allowed. Returns OK; UNKNOWN_EVENT for a name that is none, an empty entry or an
   empty list, and *error_at (may be NULL) is the position of that entry; INVALID_ARGUMENT (NULL). *set is 0
   unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_events_parse(
        akolhook_str list, akolhook_events *set, size_t *error_at);
/* Writes the names joined by commas, "*" for all, nothing for none; no terminator. *len is the length needed.
   Returns OK, BUFFER_TOO_SMALL, UNKNOWN_EVENT when a bit is no event, INVALID_ARGUMENT (NULL). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_events_format(
        akolhook_events set, char *out, size_t cap, size_t *len);

/* ---- payload: the envelope and its typed data ---------------------------------------------------- */

/* What the envelope says, for building. */
typedef struct akolhook_envelope {
    akolhook_event event;     /* EVENT_UNKNOWN: event_name is written (akolhook_build_raw only) */
    akolhook_text event_name; /* ignored unless event is EVENT_UNKNOWN */
    int64_t timestamp_ms;     /* when the event happened, milliseconds since 1970 */
    akolhook_text business_id;
    akolhook_text webhook_id;
} akolhook_envelope;

/* What was received. Slices point into the body; keep it as long as the message. */
typedef struct akolhook_message {
    akolhook_event event;     /* of the body (after authenticate alone: of the X-Webhook-Event header) */
    akolhook_text event_name; /* its text, also when the event is unknown */
    int64_t timestamp_ms;     /* when the event happened, milliseconds since 1970 */
    akolhook_text business_id;
    akolhook_text webhook_id;
    akolhook_json data;
    akolhook_str message_id; /* webhook-id; a slice of the header; empty under Akol's scheme alone */
    int64_t sent_at;         /* webhook-timestamp, unix seconds; 0 under Akol's scheme */
    unsigned scheme;         /* AKOLHOOK_SCHEME_ that proved it; 0: not authenticated */
    unsigned secret_index;   /* which secret matched, in the order they were added */
    uint8_t is_test;         /* X-Webhook-Test was 1; unsigned, so advisory */
    uint8_t content_encoded; /* Content-Encoding was there and neither empty nor identity; 2: a charset */
    uint8_t dedup_keys;      /* how many of the two keys below are set */
    /* for a table of your own: seen before means duplicate. From webhook-id, or under Akol's scheme from the
       body; no secret has a part in it, so that a rotation forgets nothing */
    uint8_t dedup_key[16];
    uint8_t dedup_key_akol[16]; /* second key when both schemes are accepted: look both up */
    size_t body_len;            /* bytes of the body that was authenticated */

    /* where it failed; the only members that are not zeroed then */
    size_t error_at;          /* byte of the body, for what akolhook_envelope_parse returns */
    const char *error_header; /* DOUBLED_HEADER, HEADER_TOO_LARGE: its name in lower case, static */

    uint64_t ticket; /* private: of its place in the guard */
} akolhook_message;

/* Lines of a transcript. Read: json is the array, walk it with akolhook_lines_next. Build: set one of
   items and count, next_fn, and json to copy an array. All empty is absent. */
typedef struct akolhook_line {
    akolhook_text speaker;
    akolhook_text text;
    akolhook_number timestamp;
} akolhook_line;
typedef struct akolhook_lines {
    akolhook_str json;
    const akolhook_line *items;
    size_t count;
    /* line comes zeroed. 1: line is set, its slices live until the next call; 0: no more; anything else
       stops the build with BROKEN_HOOK. One walk for each build call, one that only measures included. */
    int (*next_fn)(void *user, akolhook_line *line);
    void *user;
} akolhook_lines;
/* Names, as in agent.updated's changes. Read: json, walk it with akolhook_names_next. Build: items and
   count, or json. */
typedef struct akolhook_names {
    akolhook_str json;
    const akolhook_text *items;
    size_t count;
} akolhook_names;

/* The data of each event. Every member may be absent: an empty slice. Built, absent members are left out.
   Times are RFC 3339 text (akolhook_time_format, akolhook_time_parse), phone numbers E.164, raw members
   any JSON value. */
typedef struct akolhook_call { /* call.* */
    akolhook_text call_id;
    akolhook_text campaign_id;
    akolhook_text agent_id;
    akolhook_text direction;   /* inbound, outbound */
    akolhook_text from_number; /* E.164 */
    akolhook_text to_number;   /* E.164 */
    akolhook_text started_at;  /* RFC 3339 */
    akolhook_text ended_at;    /* RFC 3339 */
    akolhook_number duration;  /* seconds */
    akolhook_text outcome;
    akolhook_text summary;
    akolhook_text sentiment;      /* positive, neutral, negative */
    akolhook_text failure_reason; /* call.failed */
    akolhook_text transferred_to; /* call.transferred; E.164 */
    akolhook_text transferred_at; /* call.transferred */
    akolhook_lines transcript;
} akolhook_call;
typedef struct akolhook_transcript { /* transcript.ready */
    akolhook_text call_id;
    akolhook_text agent_id;
    akolhook_text language;
    akolhook_lines transcript; /* speaker: agent, caller; timestamp: ms from the start of the call */
} akolhook_transcript;
typedef struct akolhook_summary { /* summary.ready */
    akolhook_text call_id;
    akolhook_text agent_id;
    akolhook_text summary;
    akolhook_text sentiment;
} akolhook_summary;
typedef struct akolhook_function_call { /* function.called */
    akolhook_text call_id;
    akolhook_text agent_id;
    akolhook_text function_name;
    akolhook_str arguments; /* raw JSON */
    akolhook_str result;    /* raw JSON */
    akolhook_text called_at;
    akolhook_number duration_ms;
} akolhook_function_call;
typedef struct akolhook_agent { /* agent.* */
    akolhook_text agent_id;
    akolhook_text name;
    akolhook_text language;
    akolhook_text voice;
    akolhook_text created_at; /* RFC 3339 */
    akolhook_text updated_at; /* RFC 3339 */
    akolhook_text deleted_at; /* RFC 3339 */
    akolhook_names changes;   /* agent.updated: names of the settings that changed */
} akolhook_agent;
typedef struct akolhook_phone_number { /* phone_number.* */
    akolhook_text phone_number_id;
    akolhook_text number; /* E.164 */
    akolhook_text country;
    akolhook_text purchased_at; /* RFC 3339 */
    akolhook_text released_at;  /* RFC 3339 */
} akolhook_phone_number;
typedef struct akolhook_appointment { /* appointment.scheduled */
    akolhook_text appointment_id;
    akolhook_text call_id;
    akolhook_text agent_id;
    akolhook_text attendee_name;
    akolhook_text attendee_number; /* E.164 */
    akolhook_text starts_at;       /* RFC 3339 */
    akolhook_text ends_at;         /* RFC 3339 */
    akolhook_text title;
} akolhook_appointment;
typedef struct akolhook_sms { /* message.received */
    akolhook_text message_id;
    akolhook_text from_number; /* E.164 */
    akolhook_text to_number;   /* E.164 */
    akolhook_text text;
    akolhook_text received_at; /* RFC 3339 */
} akolhook_sms;
typedef struct akolhook_lead { /* lead.created */
    akolhook_text lead_id;
    akolhook_text call_id;
    akolhook_text agent_id;
    akolhook_text name;
    akolhook_text number; /* E.164 */
    akolhook_text email;
    akolhook_text notes;
} akolhook_lead;

/* Reads an envelope whose origin you trust already (a file, a test): nothing is verified, msg->scheme
   stays 0. msg is zeroed unless OK. Members in any order, unknown ones passed over, a known one twice
   refused. Returns OK, EMPTY_BODY, what akolhook_json_parse returns, WRONG_TYPE (no object),
   MISSING_MEMBER, DOUBLED_MEMBER, BAD_MEMBER (timestamp no RFC 3339 text, another member no string, data
   no object), INVALID_ARGUMENT. *error_at (may be NULL) is the byte position of the value that is wrong,
   of the second one when doubled, of the closing brace when one is missing. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_envelope_parse(
        const void *body, size_t body_len, akolhook_message *msg, size_t *error_at);

/* Parse calls: the typed data of a message. Unknown members are passed over (reach them through
   msg->data), null is absent (raw members keep it: it is a JSON value). The struct is zeroed unless OK.
   Return OK; WRONG_EVENT; BAD_MEMBER (a member of another type); DOUBLED_MEMBER; MISSING_MEMBER (the
   message has no data yet: read its envelope first); INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_call_parse(
        const akolhook_message *msg, akolhook_call *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_transcript_parse(
        const akolhook_message *msg, akolhook_transcript *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_summary_parse(
        const akolhook_message *msg, akolhook_summary *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_function_call_parse(
        const akolhook_message *msg, akolhook_function_call *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_agent_parse(
        const akolhook_message *msg, akolhook_agent *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_phone_number_parse(
        const akolhook_message *msg, akolhook_phone_number *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_appointment_parse(
        const akolhook_message *msg, akolhook_appointment *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_sms_parse(
        const akolhook_message *msg, akolhook_sms *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_lead_parse(
        const akolhook_message *msg, akolhook_lead *data);
/* Walk what was read: *iter zeroed before the first call. 1 with the next one, 0 at the end. Elements were
   checked by parse. */
AKOLHOOK_API int akolhook_lines_next(
        const akolhook_lines *list, akolhook_json_iter *iter, akolhook_line *line);
AKOLHOOK_API int akolhook_names_next(
        const akolhook_names *names, akolhook_json_iter *iter, akolhook_text *name);

/* Build calls: envelope and data in one pass, in the exact form that is sent. buf holds cap bytes, *len is
   the length, or the need when the status is BUFFER_TOO_SMALL; no terminator. Return OK; BUFFER_TOO_SMALL;
   WRONG_EVENT when envelope->event does not carry this struct; BAD_TIME; BAD_UTF8; BAD_NUMBER; what a raw
   member or flagged text broke; BAD_MEMBER, DOUBLED_MEMBER (lines or names given as json that no reader would
   take); BROKEN_HOOK (next_fn); INVALID_ARGUMENT (NULL, or a list with two sources). After an error but
   BUFFER_TOO_SMALL *len is 0. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_call(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, const akolhook_call *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_transcript(char *buf, size_t cap, size_t *len,
        const akolhook_envelope *envelope, const akolhook_transcript *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_summary(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, const akolhook_summary *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_function_call(char *buf, size_t cap,
        size_t *len, const akolhook_envelope *envelope, const akolhook_function_call *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_agent(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, const akolhook_agent *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_phone_number(char *buf, size_t cap,
        size_t *len, const akolhook_envelope *envelope, const akolhook_phone_number *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_appointment(char *buf, size_t cap,
        size_t *len, const akolhook_envelope *envelope, const akolhook_appointment *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_sms(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, const akolhook_sms *data);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_lead(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, const akolhook_lead *data);
/* The same with data as one JSON object of your own, for any event, unknown ones too. Also returns
   WRONG_TYPE (no object), and WRONG_EVENT for EVENT_UNKNOWN without an event_name. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_raw(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, akolhook_str data);
/* A realistic body of envelope->event, the same bytes for the same envelope; ids in its data begin with
   test_. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_build_sample(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope);

/* ---- sign: secrets, signatures, verify, receive, replay guard, explain --------------------------- */

/* Who proved a message. Also the bits of receiver.schemes. */
#define AKOLHOOK_SCHEME_AKOL 1u /* X-Webhook-Signature: HMAC of the body, keyed with the whole secret text */
/* webhook-id, -timestamp, -signature: Standard Webhooks 1.0.0, decoded secret */
#define AKOLHOOK_SCHEME_STANDARD 2u

/* Fills out with len random bytes from a cryptographic source. Returns 0, anything else is a failure, and so
   are zeros and the same bytes twice. Secrets and ids draw twice each time, to see that. */
typedef int (*akolhook_random_fn)(void *user, void *out, size_t len);

#define AKOLHOOK_SECRET_SIZE 39             /* whsec_, 32 characters and a NUL */
#define AKOLHOOK_ID_SIZE 29                 /* a prefix of 3, _, 24 characters of 0-9A-Za-z and a NUL */
#define AKOLHOOK_AKOL_SIGNATURE_SIZE 65     /* 64 hex digits and a NUL */
#define AKOLHOOK_STANDARD_SIGNATURE_SIZE 48 /* v1, and 44 characters of base64 and a NUL */
/* A new secret: whsec_ and base64 of 24 random bytes. Returns OK, RANDOM_FAILED, INVALID_ARGUMENT (no
   function); secret is empty unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_secret_generate(
        akolhook_random_fn random_fn, void *user, char secret[AKOLHOOK_SECRET_SIZE]);
/* A new id: prefix ("msg", "whk", "dlv": 3 characters), _ and 24 characters drawn without bias. Returns
   OK, RANDOM_FAILED, INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_id_generate(
        akolhook_random_fn random_fn, void *user, const char *prefix, char id[AKOLHOOK_ID_SIZE]);
/* Prepares the key of a secret for one AKOLHOOK_SCHEME_. Akol: the whole text, byte for byte. Standard:
   base64 after an optional whsec_, unpadded or padded. Returns OK, EMPTY_SECRET, SECRET_BLANK,
   SECRET_VERSION, SECRET_NUL, SECRET_BASE64, INVALID_ARGUMENT; key is wiped unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_secret_key(
        akolhook_str secret, unsigned scheme, akolhook_key *key);

/* The value of X-Webhook-Signature, NUL-terminated. Returns OK, NO_SECRET (key is zero), INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_sign_akol(const akolhook_key *key, const void *body,
        size_t body_len, char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE]);
/* The value of webhook-signature for a webhook-id and a webhook-timestamp (unix seconds, 0..999999999999),
   NUL-terminated. Returns OK, NO_SECRET, BAD_ID, BAD_TIMESTAMP, INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_sign_standard(const akolhook_key *key,
        akolhook_str id, int64_t timestamp, const void *body, size_t body_len,
        char signature[AKOLHOOK_STANDARD_SIGNATURE_SIZE]);

/* Is signature (the value of X-Webhook-Signature, NULL when the header is missing) that of body under
   secret? Any body. Blanks around the value are passed over, sha256= before it is allowed. Returns OK, and
   else NO_SECRET (secret NULL), EMPTY_SECRET, MISSING_SIGNATURE, HEADER_TOO_LARGE, BAD_SIGNATURE,
   NO_KNOWN_SCHEME, SIGNATURE_MISMATCH, INVALID_ARGUMENT (body NULL with a length). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_verify(
        const char *secret, const char *signature, const void *body, size_t body_len);
/* The same with a prepared key and a slice. A zeroed key is NO_SECRET. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_verify_key(
        const akolhook_key *key, akolhook_str signature, const void *body, size_t body_len);
/* For the check at power-on: known answers of SHA-256, hex and akolhook_verify, HMAC in it, which must take a
   signature and refuse another one and another body. No I/O, nothing static is written; about the stack of
   akolhook_verify, and nothing is linked where it is not called. Returns OK, SELFTEST_FAILED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_selftest(void);

/* What has been seen: a fixed ring in memory of yours. Only authenticated messages enter, and the one that
   was committed (or taken) longest ago is overwritten: make it larger than the number of messages that
   arrive while one is handled, better than those of the time that a sender retries. An entry points nowhere
   and has the same layout for every compiler of one machine, so the ring may be static, shared between
   processes, or a mapped file that outlives them. Its members are private. */
typedef struct akolhook_guard_entry {
    uint64_t order;     /* the highest is the newest; 0: free */
    uint32_t taken_at;  /* unix seconds, the lower half */
    uint32_t committed; /* 0: the message is being handled */
    uint8_t key[16];
} akolhook_guard_entry;
typedef struct akolhook_guard {
    akolhook_guard_entry *entries; /* zeroed memory of yours, or what an earlier run left of it */
    size_t count;                  /* entries; a message takes one, two with both schemes */

    /* seconds, as now counts them, after which a message that was neither committed nor rolled back is let in
       again, as its worker must have died (default: 60) */
    uint32_t taken_s;

    /* both are needed when threads or processes share the ring; keep them, as this struct, out of memory that
       processes share (default: no lock) */
    void (*lock_fn)(void *user);
    void (*unlock_fn)(void *user);
    void *user; /* of the two */
} akolhook_guard;

#define AKOLHOOK_AGE_ANY (-1)       /* receiver.max_age_s: any age of the body is taken */
#define AKOLHOOK_TOLERANCE_ANY (-1) /* receiver.tolerance_s: any webhook-timestamp is taken */
#define AKOLHOOK_CLOCK_NONE 1u      /* receiver.flags: no clock here, times are not judged; use a guard */
/* How to receive. Zeroed it accepts nothing, as it has no secret. Set the upper members, then add the
   secrets; read-only afterwards, so one receiver may serve many threads. Wipe it with akolhook_wipe when
   done. */
typedef struct akolhook_receiver {
    /* AKOLHOOK_SCHEME_ bits (default: Akol's); with both, any webhook-* header makes Standard the only
       judge */
    unsigned schemes;
    size_t max_body;         /* bytes (default: AKOLHOOK_MAX_BODY) */
    int32_t tolerance_s;     /* webhook-timestamp, both sides, the edge inside (default: 300) */
    int32_t max_age_s;       /* the body's timestamp under Akol's scheme (default: 345600, 4 days) */
    unsigned flags;          /* 0 or AKOLHOOK_CLOCK_NONE */
    akolhook_str webhook_id; /* when set, bodies of another webhook are refused */
    akolhook_guard *guard;   /* yours, alive as long; NULL: replays are not caught */

    /* private from here on */
    unsigned secret_count;
    unsigned secret_schemes;                    /* schemes as it was when the first secret was added */
    akolhook_key keys[AKOLHOOK_MAX_SECRETS][2]; /* of each secret: Akol's reading, Standard's */
} akolhook_receiver;
/* Adds a secret, NUL-terminated; all secrets are always tried. Returns OK, NO_SECRET (NULL), EMPTY_SECRET,
   SECRET_BLANK, SECRET_VERSION, SECRET_BASE64 (Standard), TOO_MANY_SECRETS, SCHEME_CHANGED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_receiver_add_secret(
        akolhook_receiver *receiver, const char *secret);
/* The same for a slice; also SECRET_NUL, INVALID_ARGUMENT (NULL with a length). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_receiver_add_secret_str(
        akolhook_receiver *receiver, akolhook_str secret);

/* The headers of one request: slices into your memory, which must live as long. */
typedef struct akolhook_incoming {
    akolhook_str signature;          /* X-Webhook-Signature */
    akolhook_str event;              /* X-Webhook-Event */
    akolhook_str test;               /* X-Webhook-Test */
    akolhook_str id;                 /* webhook-id or svix-id, likewise below */
    akolhook_str timestamp;          /* webhook-timestamp */
    akolhook_str standard_signature; /* webhook-signature */
    akolhook_str content_encoding;   /* Content-Encoding */
    akolhook_str content_length;     /* Content-Length */

    /* private: sets of the members above, one bit each in their order */
    uint16_t seen;
    uint16_t doubled;
    uint16_t too_large;
} akolhook_incoming;
/* Takes one header field; call it for every one, in any order. Names in any case; unknown ones are passed
   over. Blanks around the value are stripped. A doubled or oversized header is remembered and refused by
   the call that would use it, but Content-Length may come again when it says the same (RFC 9110 section 8.6),
   and an empty Content-Encoding is none. Returns OK, or INVALID_ARGUMENT for NULL with a length. */
AKOLHOOK_API akolhook_status akolhook_incoming_header(
        akolhook_incoming *in, const char *name, size_t name_len, const char *value, size_t value_len);
/* The same for a variable of CGI (RFC 3875 section 4.1), FastCGI, SCGI or WSGI: HTTP_X_WEBHOOK_SIGNATURE,
   CONTENT_LENGTH and so on; others are passed over. A value that is NULL, empty or blank counts as missing.
   Returns OK, or INVALID_ARGUMENT (name NULL). */
AKOLHOOK_API akolhook_status akolhook_incoming_cgi(
        akolhook_incoming *in, const char *name, const char *value);

/* Authenticates a request with any body: headers, length, MAC under every secret, header time, guard. now:
   unix seconds; more than 999999999999, as milliseconds are, is INVALID_ARGUMENT where a time is judged. msg
   gets scheme, secret_index, message_id, sent_at, is_test, the header's event and the dedup keys; unless OK
   it is zeroed but for the members that say where it failed. With a guard, follow OK by
   akolhook_replay_commit or _rollback. Returns OK, INVALID_ARGUMENT, NO_SECRET, SCHEME_CHANGED,
   BODY_TOO_LARGE, LENGTH_MISMATCH, DOUBLED_HEADER, HEADER_TOO_LARGE, MISSING_SIGNATURE, BAD_SIGNATURE,
   NO_KNOWN_SCHEME, SIGNATURE_MISMATCH, DUPLICATE, IN_PROGRESS; under Standard also MISSING_ID, BAD_ID,
   MISSING_TIMESTAMP, BAD_TIMESTAMP, TOO_OLD, TOO_NEW, CLOCK_UNSET. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_authenticate(const akolhook_receiver *receiver,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now, akolhook_message *msg);
/* Authenticates and reads: the envelope, the age of its timestamp (Akol's scheme), webhook_id,
   X-Webhook-Event equal to the body's event. A duplicate is told as one first; what is not enters the guard
   last, so that only a message that is right in all takes a place. msg is zeroed unless OK, as
   akolhook_authenticate does; follow OK by akolhook_replay_commit or _rollback. Returns what
   akolhook_authenticate and akolhook_message_parse return. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_receive(const akolhook_receiver *receiver,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now, akolhook_message *msg);

/* akolhook_authenticate for a body in pieces, in constant memory. receiver must live until final, and so
   must what the headers point to; the headers count as init saw them, so trailers change nothing. Members
   are private. */
typedef struct akolhook_verifier {
    const akolhook_receiver *receiver;
    akolhook_incoming in;                     /* as they were at _init */
    akolhook_hmac macs[AKOLHOOK_MAX_SECRETS]; /* in the reading of the scheme that judges */
    uint64_t print[4];                        /* for the key of the guard */
    uint8_t print_tail[8];
    size_t body_len;        /* bytes so far */
    akolhook_status status; /* the first that was not OK */
    uint32_t state;         /* a fixed number from _init to _final, another one outside */
} akolhook_verifier;
/* Judges the headers. Returns what can be known before the body, INVALID_ARGUMENT for NULL; the same
   status then comes from update and final. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_verifier_init(
        akolhook_verifier *v, const akolhook_receiver *receiver, const akolhook_incoming *in);
/* Takes the next piece of the body. Returns OK, BODY_TOO_LARGE at the byte that crosses the bound,
   INVALID_ARGUMENT (NULL with a length), WRONG_ORDER, the status of init. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_verifier_update(
        akolhook_verifier *v, const void *data, size_t len);
/* Ends it like akolhook_authenticate and wipes v. A second final, or one without init, is WRONG_ORDER, msg
   NULL INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_verifier_final(
        akolhook_verifier *v, int64_t now, akolhook_message *msg);
/* The second half of akolhook_receive for a body that was streamed and kept: msg comes from
   akolhook_verifier_final or akolhook_authenticate, and the headers it was made from still live. Keeps the
   dedup keys. Unless OK, the guard is rolled back and msg zeroed; the message has taken its place in the
   ring all the same, which akolhook_receive avoids. Returns OK, INVALID_ARGUMENT, NOT_AUTHENTICATED,
   LENGTH_MISMATCH (another body), CONTENT_ENCODED, ENCODING_CHARSET, what akolhook_envelope_parse returns,
   WRONG_WEBHOOK, EVENT_MISMATCH, and under Akol's scheme TOO_OLD, TOO_NEW, CLOCK_UNSET. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_message_parse(const akolhook_receiver *receiver,
        const void *body, size_t body_len, int64_t now, akolhook_message *msg);

/* After the work is done: from now on this message is a DUPLICATE, and the newest of the ring. A program that
   ends between OK and this leaves it IN_PROGRESS for guard.taken_s seconds. Nothing is done, here and below,
   where guard is NULL or has no entries, msg is NULL or was refused. */
AKOLHOOK_API void akolhook_replay_commit(akolhook_guard *guard, const akolhook_message *msg);
/* After the work failed: the sender's retry is let in. Nothing is done where another has taken the message
   since. */
AKOLHOOK_API void akolhook_replay_rollback(akolhook_guard *guard, const akolhook_message *msg);

#ifndef AKOLHOOK_NO_EXPLAIN
/* What a failed verification may come from: name, sentence. */
/* clang-format off */
#define AKOLHOOK_CAUSE_LIST(X) \
    X(NONE,           "the signature is right, and so is the rest") \
    X(UNKNOWN,        "none of the usual causes: another secret, or another body") \
    X(HEADERS,        "the headers are at fault, or the length of the body: see the status") \
    X(OTHER_HEADERS,  "the headers are those of the other scheme: see receiver.schemes") \
    X(BODY,           "the signature is right, but the body is refused: see the status") \
    X(CLOCK,          "the signature is right, but the clocks are apart") \
    /* the secret */ \
    X(SECRET,         "the secret cannot be used: see the status") \
    X(SECRET_BLANK,   "right once the blanks or line ends around the secret are removed") \
    X(SECRET_QUOTED,  "right once the quotes around the secret are removed") \
    X(SECRET_CUT,     "right with whsec_ before the secret: the whole text is the key") \
    X(SECRET_DECODED, "signed with the base64-decoded secret: the sender follows Standard Webhooks' " \
                      "reading") \
    X(SECRET_TEXT,    "signed with the text of the secret: the sender follows Akol's reading") \
    X(SECRET_BARE,    "signed with the part of the secret behind whsec_, as text") \
    /* how it was signed */ \
    X(BASE64_FOR_HEX, "the MAC is right, but written in base64 instead of hex") \
    X(HEX_FOR_BASE64, "the MAC is right, but written in hex instead of base64") \
    X(NO_KEY,         "a plain SHA-256 of the body: HMAC-SHA256 with the secret as its key is needed") \
    X(SECRET_FIRST,   "a SHA-256 of secret and body joined: HMAC-SHA256 is needed") \
    X(SECRET_LAST,    "a SHA-256 of body and secret joined: HMAC-SHA256 is needed") \
    X(KEY_SWAPPED,    "HMAC with the body as its key and the secret as the message: swap the two") \
    X(SHA1,           "HMAC-SHA1: HMAC-SHA256 is needed") \
    X(SHA512,         "HMAC-SHA512: HMAC-SHA256 is needed") \
    X(OTHER_MESSAGE,  "signed what the other scheme signs: Akol the body, Standard id.timestamp.body") \
    /* the body */ \
    X(BODY_EMPTY,     "the body is empty: it was read before, or not read at all") \
    X(LINE_END_ADDED, "the body got a final line end after it was signed") \
    X(LINE_END_LOST,  "the body lost its final line end after it was signed") \
    X(CRLF_ADDED,     "LF became CRLF in the body after it was signed") \
    X(CRLF_LOST,      "CRLF became LF in the body after it was signed") \
    X(BOM_ADDED,      "a byte order mark was put before the body after it was signed") \
    X(BODY_BASE64,    "the body is still in base64: decode it before verifying") \
    X(BODY_IN_STRING, "the body is a JSON string that holds the JSON: it was written twice") \
    X(BODY_UTF16,     "the body became UTF-16 after it was signed: verify the UTF-8 as it arrived") \
    X(BODY_LATIN1,    "the body became Latin-1 after it was signed: verify the UTF-8 as it arrived") \
    X(BODY_TWICE_UTF8, "UTF-8 was taken for Latin-1 and made UTF-8 again: verify the bytes as they arrived") \
    X(RESERIALISED,   "the JSON was parsed and written again after it was signed: " \
                      "verify the bytes as they arrived") \
    X(LIKELY_RESERIALISED, "most likely the JSON was parsed and written again, as Akol writes no such " \
                      "envelope: verify the bytes as they arrived")
/* clang-format on */
#define AKOLHOOK_I_ENUM(name, text) AKOLHOOK_CAUSE_##name,
typedef enum akolhook_cause { AKOLHOOK_CAUSE_LIST(AKOLHOOK_I_ENUM) } akolhook_cause;
#undef AKOLHOOK_I_ENUM
typedef struct akolhook_explanation {
    akolhook_cause cause;
    akolhook_status status;   /* what akolhook_receive returns, a guard apart */
    int64_t seconds;          /* CLOCK: the signed time minus now, the ends of the range at most */
    const char *text;         /* one sentence, static */
    size_t error_at;          /* as in akolhook_message, likewise below */
    const char *error_header; /* NULL: no header is at fault */
} akolhook_explanation;
/* Names the likely cause of a failed verification, for logs and tools; never for the HTTP answer. It judges
   all that akolhook_receive judges by the rules of receiver (its keys and guard are not used); secret is one
   of its secrets as text. Optimised it needs 6 KiB of stack, and no other memory. Where the mistake is not
   seen soon it hashes the body some forty times and then rewritten forms of it, 1 MiB or 24 times its length
   in all (64 KiB with AKOLHOOK_SMALL): do not call it for every request that a stranger may send. Never gives
   a MAC out. Returns OK or INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_explain_receive(const akolhook_receiver *receiver,
        akolhook_str secret, const akolhook_incoming *in, const void *body, size_t body_len, int64_t now,
        akolhook_explanation *out);
/* The same for a receiver of one AKOLHOOK_SCHEME_ with the default rules and no bound on the body. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_explain(akolhook_str secret, unsigned scheme,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now,
        akolhook_explanation *out);
#endif /* AKOLHOOK_NO_EXPLAIN */

#ifndef AKOLHOOK_RECEIVER_ONLY
/* ---- url: parser and address policy -------------------------------------------------------------- */

typedef enum akolhook_host_type {
    AKOLHOOK_HOST_NAME = 1,
    AKOLHOOK_HOST_IPV4 = 4,
    AKOLHOOK_HOST_IPV6 = 6
} akolhook_host_type;
/* An IP address in network byte order. family: 4 (4 bytes count), 6, or 0 for none. */
typedef struct akolhook_addr {
    uint8_t family;
    uint8_t bytes[16];
} akolhook_addr;
#define AKOLHOOK_ADDR_SIZE 46 /* the longest text of an address and a NUL */
/* Dotted decimal without leading zeros, or RFC 4291 section 2.2 without zone. Returns OK or BAD_ADDRESS. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_addr_parse(akolhook_str text, akolhook_addr *addr);
/* The canonical text (RFC 5952), NUL-terminated; "" for family 0. */
AKOLHOOK_API void akolhook_addr_format(const akolhook_addr *addr, char out[AKOLHOOK_ADDR_SIZE]);

/* A URL taken apart (RFC 3986, narrowed). Slices of the text that was parsed. */
typedef struct akolhook_url {
    akolhook_str text;
    akolhook_str host;   /* without brackets, as spelled */
    akolhook_str target; /* path and query as sent; one that is empty or begins with ? gets a / before it */
    akolhook_str path;
    akolhook_str query; /* without the ? */
    akolhook_addr addr; /* when the host is an address, else of family 0 */
    akolhook_host_type host_type;
    uint16_t port;        /* 443 or 80 where the URL gives none */
    uint8_t https;        /* 1: https, 0: http */
    uint8_t default_port; /* 1 when the port is the scheme's own */
} akolhook_url;
#define AKOLHOOK_ALLOW_HTTP 1u /* http:// is taken as well */
/* Parses strictly: no user name, no fragment, no final dot of the host. flags: 0 or AKOLHOOK_ALLOW_HTTP.
   Judges no address. *url is zeroed unless OK. Returns OK, URL_SYNTAX, URL_SCHEME, URL_TOO_LONG,
   URL_CHARACTER, URL_USERINFO, URL_FRAGMENT, URL_HOST, URL_PORT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_url_parse(
        akolhook_str text, unsigned flags, akolhook_url *url);
/* Writes a URL for logs: a query becomes ?***, a fragment #***, a user name ***@, what is no visible ASCII
   a dot. NUL-terminated, cut to cap. Takes any text; where a ? or # may stand in a password, or an @ in a
   query, nothing behind is shown. */
AKOLHOOK_API void akolhook_url_mask(akolhook_str text, char *out, size_t cap);

/* Whether pattern, a dNSName of a certificate, covers host (RFC 6125 section 6.4): the same name in any case,
   or "*." in the place of the host's first label, with two labels or more behind it. A final dot of the host
   is passed over, one of the pattern never fits. Addresses are not for it: they must stand in the certificate
   as addresses. Returns 1 or 0. */
AKOLHOOK_API int akolhook_host_match(akolhook_str pattern, akolhook_str host);

/* A network: the address and how many leading bits count. */
typedef struct akolhook_cidr {
    akolhook_addr addr;
    uint8_t prefix;
} akolhook_cidr;
/* "10.1.0.0/16", "fd12::/48", or one address. Returns OK or BAD_CIDR. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_cidr_parse(akolhook_str text, akolhook_cidr *cidr);

#define AKOLHOOK_ALLOW_PRIVATE \
    2u /* loopback, private, unique local addresses, local names; never metadata addresses */
/* Where webhooks may go. Zeroed: public addresses only. */
typedef struct akolhook_policy {
    unsigned flags; /* AKOLHOOK_ALLOW_HTTP, AKOLHOOK_ALLOW_PRIVATE */
    /* networks opened; a metadata address only by its own /32 or /128; never multicast, 0.0.0.0/8, 6to4,
       Teredo, ISATAP, 64:ff9b:1::/48 */
    const akolhook_cidr *allow;
    size_t allow_count;
} akolhook_policy;
/* Judges a resolved address; policy may be NULL for the strict one. An address that embeds an IPv4 address
   (mapped, translated, 64:ff9b::/96) is judged by it. Returns OK, BLOCKED_ADDRESS, BAD_CIDR (an allow
   entry is malformed). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_policy_addr(
        const akolhook_policy *policy, const akolhook_addr *addr);
/* Judges a name before its lookup: localhost, *.localhost, *.local, *.internal and kin, with a final dot
   or not, are refused unless AKOLHOOK_ALLOW_PRIVATE; what is no DNS name always. Returns OK or
   BLOCKED_NAME. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_policy_name(
        const akolhook_policy *policy, akolhook_str name);
/* Both for the host of a URL, and its scheme; no lookup is made. Returns OK, URL_SCHEME, BLOCKED_NAME,
   BLOCKED_ADDRESS, BAD_CIDR. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_policy_url(
        const akolhook_policy *policy, const akolhook_url *url);

/* ---- http: request head, response parser, Retry-After -------------------------------------------- */

typedef struct akolhook_header {
    akolhook_str name;
    akolhook_str value;
} akolhook_header;
/* What a request head is made of. Everything is a slice of the caller's. */
typedef struct akolhook_head {
    const akolhook_url *url;
    uint64_t content_length;         /* bytes of the body */
    akolhook_str akol_signature;     /* empty: the header is left out; likewise below */
    akolhook_str event;              /* X-Webhook-Event */
    uint8_t test;                    /* 1: X-Webhook-Test: 1 is written */
    akolhook_str message_id;         /* webhook-id */
    akolhook_str timestamp;          /* webhook-timestamp */
    akolhook_str standard_signature; /* webhook-signature */
    const akolhook_header *headers;  /* custom ones */
    size_t header_count;
} akolhook_head;
/* Checks one custom header (RFC 9110 sections 5.1, 5.5) and refuses the names that the library writes.
   Returns OK, BAD_HEADER, RESERVED_HEADER, HEADER_TOO_LARGE. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_header_check(const akolhook_header *header);
/* Writes the head of a POST (RFC 9112 section 3), signature headers last, up to and with the blank line.
   *len is the length needed. No field can smuggle CR, LF or NUL. Returns OK, BUFFER_TOO_SMALL, BAD_HEADER
   (also more than AKOLHOOK_MAX_CUSTOM_HEADERS), RESERVED_HEADER (also a doubled name), HEADER_TOO_LARGE,
   INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_head_write(
        const akolhook_head *head, char *out, size_t cap, size_t *len);

/* The response parser: bytes in, in pieces of any size, events out. It keeps no copy of the head. Members
   up to the mark are results; zero it with akolhook_response_init. */
typedef struct akolhook_response {
    int code;           /* 200..599 and above once head_done; the interim codes are passed over */
    unsigned interim;   /* how many 1xx came before */
    uint8_t head_done;  /* the final head is complete and well framed */
    uint8_t done;       /* the whole message is complete */
    uint8_t keep_alive; /* the connection may serve another request, once done */
    uint8_t retry_after_len;
    char retry_after[40]; /* value of Retry-After; empty when there is none, two, or it is longer */

    /* private from here on */
    uint8_t state;
    uint8_t failed; /* the status, negated */
    uint8_t is_head;
    uint8_t version_minor; /* of HTTP/1.x */
    uint8_t kind;          /* the field whose value is read */
    uint8_t step;          /* where in its number or element */
    uint8_t word;          /* the word that fits the name or element so far */
    uint8_t pos;           /* how many bytes of it, or of the status line, were read */
    uint16_t flags;        /* what the head has said */
    uint32_t head_bytes;   /* of this head, chunk line or trailer section */
    uint32_t fields;       /* lines of it */
    uint64_t remaining;    /* Content-Length, then bytes of content or of the chunk to come */
} akolhook_response;
/* is_head: the request was HEAD, so no body follows. */
AKOLHOOK_API void akolhook_response_init(akolhook_response *r, int is_head);
/* Feeds bytes. *used is how many were taken, body (may be NULL) the piece of content among them, a slice
   of data; call again with the rest until *used == len or r->done. Nothing is taken after done. Returns
   OK, BAD_RESPONSE, RESPONSE_HEAD_TOO_LARGE, TOO_MANY_INTERIM; an error, that of _end included, again on
   every later call. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_response_feed(
        akolhook_response *r, const void *data, size_t len, size_t *used, akolhook_str *body);
/* The peer has ended the stream. Returns OK when that completes the message, else RESPONSE_CUT or the
   earlier error. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_response_end(akolhook_response *r);
/* Retry-After (RFC 9110 section 10.2.3): seconds, or one of the three forms of HTTP-date; a date in the
   past gives 0, a huge number saturates at INT32_MAX. Returns OK or BAD_RETRY_AFTER. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_retry_after_parse(
        akolhook_str value, int64_t now, int32_t *seconds);

/* ---- client: exchanges over a transport ---------------------------------------------------------- */

/* Results of the I/O hooks besides a count above 0. */
#define AKOLHOOK_IO_WANT_READ (-1)  /* call again, with the same arguments, once the socket is readable */
#define AKOLHOOK_IO_WANT_WRITE (-2) /* likewise writable */
#define AKOLHOOK_IO_EOF \
    (-3) /* the peer ended the stream cleanly (recv_fn only); under TLS with close_notify */
#define AKOLHOOK_IO_FAIL (-4) /* broken; native_error and status say why */
#define AKOLHOOK_IO_LIMIT \
    (-5) /* no socket or memory left (connect_fn, set_watch_fn): no other address is tried */

/* One connection as its transport sees it. */
typedef struct akolhook_conn {
    void *memory; /* conn_size bytes, zeroed before open_fn, aligned as for any type */
    void *user;   /* transport.user */
    /* connected and non-blocking; -1 with OWNS_CONNECT, which may set it for waiting, and change it until
       open_fn and handshake_fn are done */
    intptr_t socket;
    const char *host; /* NUL-terminated name or address text, without brackets: SNI and certificate check */
    const akolhook_policy *policy; /* the client's: for a transport that JUDGES */
    long native_error;             /* out: the error code of the system or TLS library */
    uint16_t port;
    uint8_t host_is_address; /* then no SNI, and the certificate must name the address */
    uint8_t held;       /* out, with UNBUFFERED: recv_fn has more to give, of which no socket will tell */
    akolhook_addr peer; /* the address connected to; out, where it JUDGES: that, or the one refused */
    /* out, on FAIL: TLS_UNTRUSTED, TLS_WRONG_HOST, TLS_EXPIRED; with OWNS_CONNECT also LOOKUP_FAILED,
       BLOCKED_ADDRESS, SYSTEM_LIMIT, and LOOKUP_BUSY on WANT_ of open_fn as in akolhook_lookup; OK, as set
       before the call, stands for the phase's own */
    akolhook_status status;
} akolhook_conn;

#define AKOLHOOK_TRANSPORT_SECURE 1u /* promises TLS with chain, dates and host name checked, always */
#define AKOLHOOK_TRANSPORT_OWNS_CONNECT \
    2u /* open_fn gets host and port and connects by itself (modem, esp-tls, Zephyr) */
/* with OWNS_CONNECT: promises that all addresses of a name are judged by conn.policy
   before a packet goes to one; desc.trust_transport_addresses is not needed then */
#define AKOLHOOK_TRANSPORT_JUDGES 8u
/* what recv_fn leaves makes the socket readable, but while conn.held is set. Without
   it recv_fn is called until WANT_ before the client waits */
#define AKOLHOOK_TRANSPORT_UNBUFFERED 4u
/* How bytes travel, TLS included. Every hook is called from the thread that polls the client, never
   blocks, and raises no signal. close_fn runs exactly once after an open_fn that did not FAIL, also after
   one that answered WANT_ and was given up. While send_fn answers WANT_, recv_fn may be called in between:
   an answer can come before the request is all sent. After it FAILed recv_fn is still called, as the other
   side may have answered before it went: it gives what came, then FAIL. A connection may carry one request
   after another; recv_fn is also called between them, to see whether it is still good. */
typedef struct akolhook_transport {
    size_t conn_size;                         /* memory for one connection, bytes */
    int (*open_fn)(akolhook_conn *conn);      /* 0, WANT_ (called again) or FAIL */
    int (*handshake_fn)(akolhook_conn *conn); /* 0 when done, WANT_ or FAIL; NULL: no handshake */
    ptrdiff_t (*send_fn)(
            akolhook_conn *conn, const void *data, size_t len); /* bytes taken 1..len, WANT_ or FAIL */
    ptrdiff_t (*recv_fn)(
            akolhook_conn *conn, void *data, size_t len); /* bytes read 1..len, WANT_, EOF or FAIL */
    void (*close_fn)(akolhook_conn
                    *conn); /* frees what open_fn took; a socket that the client gave stays the client's */
    void *user;
    unsigned flags;
    /* send_fn for 1..4 slices in order, none empty: bytes taken in all. May be NULL; then send_fn gets
       them one by one. */
    ptrdiff_t (*sendv_fn)(akolhook_conn *conn, const akolhook_str *parts, size_t count);
} akolhook_transport;

/* What the client waits for. read, write: in, what is wanted; out, what is there (a hook that cannot tell
   leaves them). */
typedef struct akolhook_wait {
    intptr_t socket;
    uint8_t read;
    uint8_t write;
} akolhook_wait;
/* What a set of sockets tells: the token of one, and what is there. */
typedef struct akolhook_ready {
    uint32_t token;
    uint8_t read;
    uint8_t write;
} akolhook_ready;
/* One lookup, for all deliveries to an origin; it stays where it is until it has ended or is given up. A hook
   that cannot wait by socket leaves it -1 and is asked again after a short pause. */
typedef struct akolhook_lookup {
    const char *host; /* NUL-terminated */
    akolhook_addr addrs[AKOLHOOK_MAX_ADDRESSES];
    size_t count;      /* out */
    intptr_t socket;   /* out: becomes readable when there is news; -1: none */
    void *state;       /* the hook's own */
    long native_error; /* out */
    /* out; OK before each call. On FAIL: TOO_MANY_ADDRESSES, SYSTEM_LIMIT, or OK for LOOKUP_FAILED; on
       WANT_READ: LOOKUP_BUSY while it has not begun, as others hold every place that the hook has */
    akolhook_status status;
    uint8_t started; /* 0 on the first call */
} akolhook_lookup;
/* The system below the client. The posix layer has one; give your own on other systems: clocks, random_fn
   and wait_fn always, the hooks from lookup_fn to close_fn unless every transport in use is OWNS_CONNECT,
   plain where AKOLHOOK_ALLOW_HTTP is set. */
typedef struct akolhook_platform {
    int64_t (*monotonic_ms_fn)(void *user);                /* never runs backwards */
    int64_t (*unix_ms_fn)(void *user);                     /* milliseconds since 1970 */
    akolhook_random_fn random_fn;                          /* cryptographic */
    int (*lookup_fn)(void *user, akolhook_lookup *lookup); /* 0 done, WANT_READ, FAIL */
    void (*lookup_cancel_fn)(
            void *user, akolhook_lookup *lookup); /* gives up a started lookup that has not ended */
    /* Begins to connect: 0, WANT_WRITE, FAIL or LIMIT; after the last two no socket is left. */
    int (*connect_fn)(
            void *user, const akolhook_addr *addr, uint16_t port, intptr_t *socket, long *native_error);
    int (*connected_fn)(
            void *user, intptr_t socket, long *native_error); /* after writable: 0, WANT_WRITE, FAIL */
    void (*close_fn)(void *user, intptr_t socket);
    /* Waits for a socket or the time, timeout_ms at least 0: 0, also when it ends early, or FAIL. */
    int (*wait_fn)(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error);
    const akolhook_transport *plain; /* carries http */
    void *user;
    /* A set of sockets that the system keeps (epoll), so that waiting costs by what happens and not by
       what is open. All four or none; without them wait_fn gets the whole list each time. set_open_fn: 0
       or FAIL. set_watch_fn: from now on the set tells token while the socket is readable, writable, as
       asked; neither: it is forgotten, as each is before it is closed. known: the set has this socket. 0,
       FAIL or LIMIT. set_wait_fn: as wait_fn; at most cap of what is
       there go to items, *count says how many; less than cap: that was all. */
    int (*set_open_fn)(void *user, intptr_t *set, long *native_error);
    void (*set_close_fn)(void *user, intptr_t set);
    int (*set_watch_fn)(void *user, intptr_t set, intptr_t socket, uint32_t token, int read, int write,
            int known, long *native_error);
    int (*set_wait_fn)(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
            int timeout_ms, long *native_error);
} akolhook_platform;

typedef enum akolhook_phase {
    AKOLHOOK_PHASE_NONE,
    AKOLHOOK_PHASE_LOOKUP,
    AKOLHOOK_PHASE_CONNECT,
    AKOLHOOK_PHASE_TLS,
    AKOLHOOK_PHASE_SEND,
    AKOLHOOK_PHASE_HEAD,
    AKOLHOOK_PHASE_BODY,
    AKOLHOOK_PHASE_DONE
} akolhook_phase;
/* "lookup", "connect", ...; static text. */
AKOLHOOK_API const char *akolhook_phase_name(akolhook_phase phase);

/* One request. The slices must live until it is done; the body is never copied. */
typedef struct akolhook_request {
    akolhook_str url;
    akolhook_str secret;     /* signs under both schemes where it can: Standard needs base64 behind whsec_ */
    akolhook_str body[3];    /* sent and signed joined, in order; empty ones are passed over */
    akolhook_str message_id; /* webhook-id: the same on every attempt; empty: a new one is drawn */
    akolhook_str event;      /* X-Webhook-Event; empty: left out */
    uint8_t test;            /* 1: X-Webhook-Test: 1 is sent */
    /* for this exchange, in place of desc.deadline_ms: shorter or longer (default: desc.deadline_ms) */
    uint32_t deadline_ms;
    const akolhook_header *headers;
    size_t header_count; /* custom headers */
} akolhook_request;
/* What became of it. */
typedef struct akolhook_delivery {
    /* OK exactly when a well-framed head with 200..299 came in time; CANCELLED behind it all the same */
    akolhook_status status;
    int code; /* HTTP code, 0 when no head came */
    /* the status's text; static. BAD_RESPONSE: what it looks like, where that is known (TLS on the port,
       HTTP/2, SSH, a mail or FTP server, text before the head) */
    const char *cause;
    /* where it ended. DONE: the response is read as far as it is kept; BODY: the head came, and the
       content broke off, at the deadline or before */
    akolhook_phase phase;
    long native_error; /* errno, getaddrinfo's or the TLS library's code; 0: none */
    int32_t ms;        /* in all */
    int32_t lookup_ms; /* of each phase; -1: not reached, not needed */
    int32_t connect_ms;
    int32_t tls_ms;
    int32_t first_byte_ms; /* from the start of sending to the first byte of the answer; -1: none came */
    akolhook_addr peer;    /* family 0: not connected; with BLOCKED_ADDRESS the one refused */
    uint16_t peer_port;
    /* first bytes of the content, up to desc.response_cap, behind a fault in its framing as they came; where
       no head came (code is 0) of whatever did; valid until the next call on the client */
    akolhook_str response;
    uint8_t response_cut; /* there was more, or it broke off */
    uint8_t reused;       /* 1: over a connection that an earlier delivery left open */
    /* AKOLHOOK_SCHEME_ bits that are signed: Akol's, and Standard's when the secret is whsec_ and base64 */
    uint8_t schemes;
    int32_t retry_after_s; /* -1: none or malformed */
    char message_id[65];   /* the webhook-id that was sent, when it is 64 characters or less, else "" */
    int64_t sent_at;       /* webhook-timestamp, unix seconds */
} akolhook_delivery;

/* How to deliver. Zeroed is valid and strict. */
typedef struct akolhook_client_desc {
    const akolhook_transport *tls;     /* carries https (default: none, https answers TLS_REQUIRED) */
    const akolhook_platform *platform; /* (default: POSIX) */
    akolhook_policy policy;            /* where deliveries may go (default: https to public addresses) */
    /* for the whole exchange (default: 30000); once it has passed nothing more is sent, and what has come by
       then decides */
    uint32_t deadline_ms;
    /* for one address before the next is tried; the last one has until the deadline (default: 3000) */
    uint32_t connect_ms;
    uint32_t max_in_flight; /* open deliveries at one time, 1..100000 (default: 1) */
    uint32_t response_cap;  /* bytes of response kept, up to 16 MiB (default: 1024) */
    uint32_t head_cap; /* bytes for a request head, custom headers included, up to 1 MiB (default: 2048) */
    uint8_t trust_transport_addresses; /* accept OWNS_CONNECT: its addresses cannot be judged */
    /* open deliveries to one scheme, host and port, so that one receiver that hangs leaves room for the
       others (default: half of max_in_flight, rounded up) */
    uint32_t max_per_origin;
    /* how long a connection is kept open for the next delivery to its origin (default: 15000), unless the
       system has no descriptor left for another delivery; AKOLHOOK_IDLE_NONE: not at all */
    uint32_t idle_ms;
} akolhook_client_desc;
#define AKOLHOOK_IDLE_NONE UINT32_MAX /* desc.idle_ms: a connection for each delivery */
typedef struct akolhook_client akolhook_client;
/* Called once for each submitted request, from _poll, _cancel or _close. It may call everything but _poll,
   _deliver, _close. */
typedef void (*akolhook_done_fn)(void *user, uint64_t id, const akolhook_delivery *delivery);

/* The most that akolhook_client_size gives, as a constant for static memory: max_in_flight, response_cap and
   head_cap as in the desc (0: the default), conn_size that of the transport in use (0 for the posix layer's),
   the larger of both where desc.tls and platform->plain are. Within the ranges of the desc. */
#define AKOLHOOK_CLIENT_SIZE(max_in_flight, conn_size, response_cap, head_cap) \
    (AKOLHOOK_I_CLIENT_BYTES + \
            AKOLHOOK_I_QUERIES(AKOLHOOK_I_OR(max_in_flight, 1)) * AKOLHOOK_I_QUERY_BYTES + \
            AKOLHOOK_I_OR(max_in_flight, 1) * (AKOLHOOK_I_SLOT_BYTES + AKOLHOOK_I_ALIGNED(conn_size) + \
                                                      AKOLHOOK_I_ROOM(response_cap, head_cap)))
/* What it is made of. The structs are private, so their sizes are bounds here: of the client with the secrets
   and URLs that it remembers, and of a slot (a delivery, or an idle connection) with its timer, what it waits
   for, and its origin. The room of a slot holds the lookup, then the request head, then the response. */
#ifdef AKOLHOOK_SMALL
#define AKOLHOOK_I_CLIENT_BYTES (sizeof(akolhook_client_desc) + 29u * sizeof(void *) + 576u)
#else
#define AKOLHOOK_I_CLIENT_BYTES (sizeof(akolhook_client_desc) + 29u * sizeof(void *) + 2744u)
#endif
#define AKOLHOOK_I_SLOT_BYTES \
    (AKOLHOOK_I_ALIGNED(sizeof(akolhook_request) + sizeof(akolhook_response) + sizeof(akolhook_delivery) + \
                        sizeof(akolhook_conn) + 12u * sizeof(void *) + 88u) + \
            AKOLHOOK_I_WAIT_BYTES + 11u * sizeof(void *) + 296u)
#define AKOLHOOK_I_WAIT_BYTES AKOLHOOK_I_MORE(sizeof(akolhook_wait), sizeof(akolhook_ready))
#define AKOLHOOK_I_QUERY_BYTES (sizeof(akolhook_lookup) + 4u * sizeof(void *) + 28u)
#define AKOLHOOK_I_QUERIES(count) \
    ((count) < AKOLHOOK_MAX_LOOKUPS ? (AKOLHOOK_I_WIDE)(count) : (AKOLHOOK_I_WIDE)AKOLHOOK_MAX_LOOKUPS)
#define AKOLHOOK_I_ROOM(response_cap, head_cap) \
    AKOLHOOK_I_MORE(AKOLHOOK_I_ALIGNED(AKOLHOOK_I_OR(response_cap, AKOLHOOK_I_RESPONSE_CAP)) + \
                            AKOLHOOK_I_ALIGNED(AKOLHOOK_I_MORE(sizeof(akolhook_lookup), 1024u)), \
            AKOLHOOK_I_ALIGNED(AKOLHOOK_I_OR(head_cap, AKOLHOOK_I_HEAD_CAP)))
#define AKOLHOOK_I_RESPONSE_CAP 1024u /* defaults of the desc */
#define AKOLHOOK_I_HEAD_CAP 2048u
#define AKOLHOOK_I_ALIGNED(size) (((AKOLHOOK_I_WIDE)(size) + 15u) & ~(AKOLHOOK_I_WIDE)15u)
#define AKOLHOOK_I_OR(value, standard) ((value) ? (AKOLHOOK_I_WIDE)(value) : (AKOLHOOK_I_WIDE)(standard))
#define AKOLHOOK_I_MORE(a, b) ((a) > (b) ? (a) : (b))
#define AKOLHOOK_I_LESS(a, b) ((a) < (b) ? (a) : (b))
#if SIZE_MAX > 65535
#define AKOLHOOK_I_WIDE size_t
#else
#define AKOLHOOK_I_WIDE uint32_t /* so that memory which does not fit is refused by the compiler */
#endif

/* Bytes of memory that a client of this desc needs, alignment included; 0 when the desc is out of range. */
AKOLHOOK_API size_t akolhook_client_size(const akolhook_client_desc *desc);
/* Makes a client in memory of the caller's, any alignment; both it and what desc points to must live until
   _close. Returns OK, MEMORY_TOO_SMALL, INVALID_ARGUMENT, BAD_CIDR, UNTRUSTED_CONNECT, BROKEN_HOOK (a hook
   is missing, or set_open_fn), SYSTEM_LIMIT (no descriptor for the set of sockets). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_client_init(
        akolhook_client **client, void *memory, size_t size, const akolhook_client_desc *desc);
/* Drives all deliveries and closes idle connections whose time is over: waits at most timeout_ms (-1:
   until something happens, 0: not at all), and not at all when nothing is open. *left (may be NULL) is how
   many deliveries are still open. Returns OK, WAIT_FAILED, BROKEN_HOOK (wait_fn or set_wait_fn; no
   delivery ends by that), WRONG_ORDER (from on_done), INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_client_poll(
        akolhook_client *client, int timeout_ms, size_t *left);
/* Wipes what the client remembers of a secret, that is its text and its prepared keys, and the URLs that it
   took apart lately: for a secret that was rotated, or a webhook that was deleted. An empty slice: of all
   secrets. Open deliveries are not touched; those that are signed later prepare the keys anew. */
AKOLHOOK_API void akolhook_client_forget_secret(akolhook_client *client, akolhook_str secret);

/* For an event loop of your own: wait until the descriptor is readable or the timeout has passed, then
   call _poll with 0. The descriptor is the set of sockets and stays the same; -1: there is none, wait for
   the list of akolhook_client_waits. */
AKOLHOOK_API intptr_t akolhook_client_descriptor(const akolhook_client *client);
/* Milliseconds until _poll has something to do by the clock, 0: now, -1: never. It may be early, never
   late. To be asked again after every call on the client, like the list below. */
AKOLHOOK_API int akolhook_client_timeout(akolhook_client *client);
/* Lists what the client waits for, idle connections included: *count of them, at most cap to items.
   Returns OK, BUFFER_TOO_SMALL (desc.max_in_flight is always enough), INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_client_waits(
        akolhook_client *client, akolhook_wait *items, size_t cap, size_t *count);

/* Starts a delivery without waiting; on_done tells the end, whatever it is. *id (may be NULL) names it.
   Returns OK, QUEUE_FULL or ORIGIN_FULL (nothing is started, on_done is not called), CANCELLED (while the
   client closes), or what is wrong with the request itself (likewise; see akolhook_deliver). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_client_submit(akolhook_client *client,
        const akolhook_request *request, akolhook_done_fn on_done, void *user, uint64_t *id);
/* Ends one delivery; its on_done gets CANCELLED. Returns OK, NOT_FOUND when it is done already,
   INVALID_ARGUMENT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_client_cancel(akolhook_client *client, uint64_t id);
/* Ends everything: open deliveries report CANCELLED, every connection is closed, memory wiped. NULL is
   legal. A submit meanwhile gives CANCELLED; from on_done this call does nothing. Must run once for each
   client, as a set of sockets may be open, and in the process that made it. */
AKOLHOOK_API void akolhook_client_close(akolhook_client *client);

/* Delivers one body and waits for the result; other deliveries go on meanwhile. delivery is always filled.
   Returns delivery->status: OK; what akolhook_url_parse, akolhook_secret_key and akolhook_head_write
   return (but REQUEST_HEAD_TOO_LARGE when the head does not fit desc.head_cap); INVALID_ARGUMENT,
   NO_SECRET (NULL), BODY_TOO_LARGE (AKOLHOOK_MAX_BODY), BAD_ID, RANDOM_FAILED, BLOCKED_NAME,
   BLOCKED_ADDRESS, TLS_..., LOOKUP_FAILED, TOO_MANY_ADDRESSES, CONNECT_FAILED, SEND_FAILED,
   RECEIVE_FAILED, RESPONSE_CUT, BAD_RESPONSE, RESPONSE_HEAD_TOO_LARGE, TOO_MANY_INTERIM, DEADLINE,
   LOOKUP_BUSY, HTTP_STATUS, QUEUE_FULL, ORIGIN_FULL, SYSTEM_LIMIT, WAIT_FAILED, BROKEN_HOOK, WRONG_ORDER
   (called from on_done). An answer that lies in the socket counts, however late the client looks. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_deliver(akolhook_client *client, const char *url,
        const char *secret, const void *body, size_t body_len, akolhook_delivery *delivery);
/* The same with everything that a request can say: the event's name for X-Webhook-Event, which
   akolhook_deliver leaves out, the message id, the test mark, custom headers, a body in slices. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_deliver_request(
        akolhook_client *client, const akolhook_request *request, akolhook_delivery *delivery);

/* ---- posix: the default platform ----------------------------------------------------------------- */

#ifndef AKOLHOOK_NO_POSIX
/* Seconds since 1970. */
AKOLHOOK_API int64_t akolhook_posix_now(void);
/* An akolhook_random_fn: the system's cryptographic source. user is ignored. */
AKOLHOOK_API int akolhook_posix_random(void *user, void *out, size_t len);
/* Waits until no thread is left that looks up a name, at most timeout_ms (-1: without bound). To be called
   after the last client was closed, before this code is unloaded (dlclose): a lookup that was given up runs
   until the resolver answers. Returns OK, LOOKUP_BUSY (some are left). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_posix_lookups_wait(int timeout_ms);
/* Sockets, lookup, clocks and random numbers of POSIX. Static. */
AKOLHOOK_API const akolhook_platform *akolhook_posix_platform(void);
#endif

#endif /* AKOLHOOK_RECEIVER_ONLY */

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_H */

/* ================================================================================================== */
#if (defined(AKOLHOOK_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && !defined(AKOLHOOK_I_IMPLEMENTED)
#define AKOLHOOK_I_IMPLEMENTED

#if defined(__GNUC__) || defined(__clang__)
#define AKOLHOOK_I_UNUSED __attribute__((__unused__)) /* for what some systems do without */
#else
#define AKOLHOOK_I_UNUSED
#endif

/* Instructions for SHA-256: the SHA extensions of x86-64, SHA2 of AArch64. A target attribute on the
   functions that use them makes options like -msha needless. Code that is compiled without vector
   registers, as kernels are, is left alone. */
#if defined(__GNUC__) && !defined(AKOLHOOK_NO_SIMD) && !defined(AKOLHOOK_SMALL)
#if defined(__x86_64__) && defined(__SSE2__) && (defined(__clang__) || __GNUC__ >= 7)
#define AKOLHOOK_I_SIMD __attribute__((__target__("sha,ssse3")))
#include <cpuid.h>
#include <tmmintrin.h>
#elif defined(__AARCH64EL__) && defined(__ARM_FEATURE_SHA2)
#define AKOLHOOK_I_SIMD
#include <arm_neon.h>
#elif defined(__AARCH64EL__) && defined(__ARM_NEON) && defined(__linux__) && !defined(__clang__) && \
        __GNUC__ >= 7
#define AKOLHOOK_I_SIMD __attribute__((__target__("+crypto")))
#include <arm_neon.h>
#include <sys/auxv.h>
#elif defined(__AARCH64EL__) && defined(__ARM_NEON) && defined(__linux__) && defined(__clang__) && \
        __clang_major__ >= 16
#define AKOLHOOK_I_SIMD __attribute__((__target__("crypto")))
#include <arm_neon.h>
#include <sys/auxv.h>
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ==== >>base ==== */

/* One call for each column of the list, so that a column is linked only where it is asked for. */
#define AKOLHOOK_I_STATUS_CALL(type, call, ROW, unknown) \
    AKOLHOOK_API type akolhook_status_##call(akolhook_status status) { \
        static const struct { \
            int16_t number; \
            type value; \
        } rows[] = {AKOLHOOK_STATUS_LIST(ROW)}; \
        size_t i; \
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) \
            if (rows[i].number == (int)status) return rows[i].value; \
        return unknown; \
    }
#define AKOLHOOK_I_NAME_ROW(name, number, http, text) {number, #name},
#define AKOLHOOK_I_TEXT_ROW(name, number, http, text) {number, text},
#define AKOLHOOK_I_HTTP_ROW(name, number, http, text) {number, http},
AKOLHOOK_I_STATUS_CALL(const char *, name, AKOLHOOK_I_NAME_ROW, "UNKNOWN")
AKOLHOOK_I_STATUS_CALL(const char *, text, AKOLHOOK_I_TEXT_ROW, "no such status")
AKOLHOOK_I_STATUS_CALL(int, http, AKOLHOOK_I_HTTP_ROW, 500)
#undef AKOLHOOK_I_STATUS_CALL
#undef AKOLHOOK_I_NAME_ROW
#undef AKOLHOOK_I_TEXT_ROW
#undef AKOLHOOK_I_HTTP_ROW

AKOLHOOK_API akolhook_str akolhook_str_n(const void *ptr, size_t len) {
    akolhook_str s;
    s.ptr = (const char *)ptr;
    s.len = ptr ? len : 0;
    return s;
}

AKOLHOOK_API akolhook_str akolhook_str_c(const char *text) {
    return akolhook_str_n(text, text ? strlen(text) : 0);
}

AKOLHOOK_API int akolhook_str_equal(akolhook_str a, akolhook_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

AKOLHOOK_API int akolhook_str_is(akolhook_str a, const char *text) {
    return akolhook_str_equal(a, akolhook_str_c(text));
}

/* The compiler must take the memory as read behind the barrier, so the stores stay. */
#ifdef __GNUC__
__attribute__((__noinline__)) /* gcc would clear what it knows the size of with a slow instruction */
#endif
AKOLHOOK_API void
akolhook_wipe(void *memory, size_t len) {
#if defined(__GNUC__) || defined(__clang__)
    if (len) memset(memory, 0, len);
    __asm__ __volatile__("" : : "r"(memory) : "memory");
#else
    volatile unsigned char *p = (volatile unsigned char *)memory;
    while (len--) *p++ = 0;
#endif
}

/* The compiler must not see that one difference decides, or it might stop there. */
AKOLHOOK_API int akolhook_equal_constant_time(const void *a, const void *b, size_t len) {
    int equal;
#if defined(__GNUC__) && !defined(AKOLHOOK_SMALL)
    const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
    uint64_t difference = 0, u, v;

    for (; len >= 8; len -= 8, x += 8, y += 8) {
        memcpy(&u, x, 8);
        memcpy(&v, y, 8);
        difference |= u ^ v;
        __asm__("" : "+r"(difference));
    }

    for (; len; len--) difference |= (uint64_t)(*x++ ^ *y++);

    /* a difference as 32 bits; only from 0 does taking 1 away reach the highest bit of 64 */
    difference |= difference >> 32;
    __asm__("" : "+r"(difference));
    equal = (int)(((difference & UINT32_MAX) - 1) >> 63);
#else
    const volatile uint8_t *x = (const volatile uint8_t *)a, *y = (const volatile uint8_t *)b;
    uint8_t difference = 0;
    size_t i;
    for (i = 0; i < len; i++) difference = (uint8_t)(difference | (x[i] ^ y[i]));
    equal = (int)((((uint32_t)difference - 1u) >> 16) & 1u); /* only 0 - 1 sets bits beyond the byte */
#endif
#ifdef AKOLHOOK_TEST_PUBLIC /* for tests that track secrets: the verdict is none */
    AKOLHOOK_TEST_PUBLIC(&equal, sizeof equal);
#endif
    return equal;
}

static int akolhook_i_is_digit(char c) { return c >= '0' && c <= '9'; }
static char akolhook_i_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

/* 1 when the slice begins with the prefix, which is then taken off. */
static int akolhook_i_str_strip(akolhook_str *s, const char *prefix) {
    size_t len = strlen(prefix);
    if (s->len < len || memcmp(s->ptr, prefix, len) != 0) return 0;
    s->ptr += len;
    s->len -= len;
    return 1;
}

/* ASCII letters in any case; b is lower-case already. */
static int akolhook_i_str_is_nocase(akolhook_str a, const char *b) {
    size_t i;
    for (i = 0; i < a.len && b[i] && akolhook_i_lower(a.ptr[i]) == b[i]; i++) {}
    return i == a.len && b[i] == 0;
}

static akolhook_str akolhook_i_str_trim(akolhook_str s) {
    for (; s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'); s.len--) s.ptr++;
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) s.len--;
    return s;
}

/* ==== >>hash ==== */

#if defined(AKOLHOOK_SMALL) && defined(__GNUC__)
#define AKOLHOOK_I_NOINLINE __attribute__((__noinline__)) /* where the compiler's guess costs flash */
#else
#define AKOLHOOK_I_NOINLINE
#endif
#if defined(__GNUC__)
#define AKOLHOOK_I_APART __attribute__((__noinline__))
#elif defined(_MSC_VER)
#define AKOLHOOK_I_APART __declspec(noinline)
#else
#define AKOLHOOK_I_APART
#endif
#if defined(__GNUC__) || \
        defined(__clang__) /* what it points to cannot be read by the caller and handed over */
#define AKOLHOOK_I_HIDE(pointer) __asm__("" : "+r"(pointer))
#else
#define AKOLHOOK_I_HIDE(pointer) ((void)(pointer))
#endif
#if defined(AKOLHOOK_SMALL) && defined(__FLASH) && !defined(__STRICT_ANSI__)
#define AKOLHOOK_I_FLASH __flash /* AVR in GNU C: constants stay out of the RAM */
#else
#define AKOLHOOK_I_FLASH
#endif

static const uint32_t akolhook_i_sha256_start[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
/* clang-format off */
static const AKOLHOOK_I_FLASH uint32_t akolhook_i_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};
/* clang-format on */

AKOLHOOK_I_NOINLINE static void akolhook_i_store32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}
static void akolhook_i_store64(uint8_t *p, uint64_t v) {
    akolhook_i_store32(p, (uint32_t)(v >> 32));
    akolhook_i_store32(p + 4, (uint32_t)v);
}

/* The block functions (FIPS 180-4 section 6.2.2). Each folds whole blocks of 64 bytes into the state, all
   give the same result, and none has a branch or an index that depends on the data. */

#define AKOLHOOK_I_ROTR(x, n) ((x) >> (n) | (x) << (32 - (n)))
#ifdef AKOLHOOK_SMALL /* one rotation inside the other: smaller, and each waits for the last */
#define AKOLHOOK_I_SUM0(a) AKOLHOOK_I_ROTR(AKOLHOOK_I_ROTR(AKOLHOOK_I_ROTR(a, 9) ^ (a), 11) ^ (a), 2)
#define AKOLHOOK_I_SUM1(e) AKOLHOOK_I_ROTR(AKOLHOOK_I_ROTR(AKOLHOOK_I_ROTR(e, 14) ^ (e), 5) ^ (e), 6)
#else
#define AKOLHOOK_I_SUM0(a) (AKOLHOOK_I_ROTR(a, 2) ^ AKOLHOOK_I_ROTR(a, 13) ^ AKOLHOOK_I_ROTR(a, 22))
#define AKOLHOOK_I_SUM1(e) (AKOLHOOK_I_ROTR(e, 6) ^ AKOLHOOK_I_ROTR(e, 11) ^ AKOLHOOK_I_ROTR(e, 25))
#endif
#define AKOLHOOK_I_CHOICE(e, f, g) ((g) ^ ((e) & ((f) ^ (g))))
#define AKOLHOOK_I_MAJORITY(a, b, c) ((b) ^ (((a) ^ (b)) & ((b) ^ (c))))
/* sigma0 and sigma1 with the first rotation pulled out: rotr 7 ^ rotr 18, rotr 17 ^ rotr 19. */
#define AKOLHOOK_I_SIGMA0(x) (AKOLHOOK_I_ROTR((x) ^ AKOLHOOK_I_ROTR(x, 11), 7) ^ (x) >> 3)
#define AKOLHOOK_I_SIGMA1(x) (AKOLHOOK_I_ROTR((x) ^ AKOLHOOK_I_ROTR(x, 2), 17) ^ (x) >> 10)

#ifndef AKOLHOOK_SMALL
/* What a block function does not hold in registers it leaves below its caller: the state that it began with,
   which is half of a key, and words of the block. It is kept apart, and this clears its place when it is
   done. Measured: 360 bytes at most for portable C (s390x); one vector of one message, 144 bytes of two;
   where the compiler does not optimise, 14,048 (aarch64). 8 more than whole 16 leave no gap on x86-64. */
#if defined(AKOLHOOK_I_SIMD) && !defined(__OPTIMIZE__)
#define AKOLHOOK_I_BELOW (16384 + 8)
#else
#define AKOLHOOK_I_BELOW (368 + 8)
#endif
AKOLHOOK_I_APART static void akolhook_i_wipe_below(void) {
    uint8_t below[AKOLHOOK_I_BELOW];
    akolhook_wipe(below, sizeof below);
}

static uint32_t akolhook_i_load32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}
/* Round i of sixteen. The eight values stay where they are; the next round gets their names turned by one. */
#define AKOLHOOK_I_ROUND(a, b, c, d, e, f, g, h, i) \
    do { \
        h += w[i] + k[i] + AKOLHOOK_I_CHOICE(e, f, g) + AKOLHOOK_I_SUM1(e); \
        d += h; \
        h += AKOLHOOK_I_SUM0(a) + AKOLHOOK_I_MAJORITY(a, b, c); \
    } while (0)
#define AKOLHOOK_I_EIGHT_ROUNDS(i) \
    do { \
        AKOLHOOK_I_ROUND(a, b, c, d, e, f, g, h, i); \
        AKOLHOOK_I_ROUND(h, a, b, c, d, e, f, g, i + 1); \
        AKOLHOOK_I_ROUND(g, h, a, b, c, d, e, f, i + 2); \
        AKOLHOOK_I_ROUND(f, g, h, a, b, c, d, e, i + 3); \
        AKOLHOOK_I_ROUND(e, f, g, h, a, b, c, d, i + 4); \
        AKOLHOOK_I_ROUND(d, e, f, g, h, a, b, c, i + 5); \
        AKOLHOOK_I_ROUND(c, d, e, f, g, h, a, b, i + 6); \
        AKOLHOOK_I_ROUND(b, c, d, e, f, g, h, a, i + 7); \
    } while (0)
/* The word sixteen further on, in the ring of the last sixteen. */
#define AKOLHOOK_I_WORD(i) \
    (w[i] += AKOLHOOK_I_SIGMA0(w[(i + 1) & 15]) + w[(i + 9) & 15] + AKOLHOOK_I_SIGMA1(w[(i + 14) & 15]))
#define AKOLHOOK_I_FOUR_WORDS(i) \
    (AKOLHOOK_I_WORD(i), AKOLHOOK_I_WORD(i + 1), AKOLHOOK_I_WORD(i + 2), AKOLHOOK_I_WORD(i + 3))

AKOLHOOK_I_APART static void akolhook_i_blocks_portable(
        uint32_t state[8], const uint8_t *data, size_t blocks) {
    uint32_t w[16];

    AKOLHOOK_I_HIDE(state);
    AKOLHOOK_I_HIDE(data);
    for (; blocks; blocks--, data += 64) {
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5],
                 g = state[6], h = state[7];
        const uint32_t *k = akolhook_i_sha256_k;
        unsigned i;

        for (i = 0; i < 16; i++) w[i] = akolhook_i_load32(data + 4 * i);

        /* four times sixteen rounds; in between the words of the next sixteen */
        for (i = 0;; i++) {
            AKOLHOOK_I_EIGHT_ROUNDS(0);
            AKOLHOOK_I_EIGHT_ROUNDS(8);
            if (i == 3) break;
            k += 16;
            AKOLHOOK_I_FOUR_WORDS(0);
            AKOLHOOK_I_FOUR_WORDS(4);
            AKOLHOOK_I_FOUR_WORDS(8);
            AKOLHOOK_I_FOUR_WORDS(12);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }
}
#endif

#ifdef AKOLHOOK_SMALL
/* The least flash: one round in a loop, over a window that slides by one word in each: a place for the new
   value, the eight values v, the last sixteen words w, the oldest in w[15]. The new word takes the place of
   the value that drops out. */
static void akolhook_i_block_small(akolhook_sha256 *h) {
    uint32_t window[1 + 8 + 16], *const v = window + 1, *const w = v + 8, t = 0;
    const uint8_t *data = h->block;
    unsigned i;

    for (i = 64; i--;) w[i / 4] = t = t << 8 | *data++;
    memcpy(v, h->state, sizeof h->state);

    for (i = 0; i < 64; i++) {
        t = v[7] + w[15] + akolhook_i_sha256_k[i] + AKOLHOOK_I_CHOICE(v[4], v[5], v[6]) +
            AKOLHOOK_I_SUM1(v[4]);
        v[7] = w[15] + AKOLHOOK_I_SIGMA0(w[14]) + w[6] + AKOLHOOK_I_SIGMA1(w[1]);
        v[3] += t;
        window[0] = t + AKOLHOOK_I_SUM0(v[0]) + AKOLHOOK_I_MAJORITY(v[0], v[1], v[2]);
        memmove(window + 1, window, sizeof window - sizeof window[0]);
    }

    for (i = 0; i < 8; i++) h->state[i] += v[i];
    akolhook_wipe(window, sizeof window);
}
#endif

#ifdef AKOLHOOK_I_SIMD
/* Vector registers hold four words each: the state in the two halves that the instructions want, and the
   last sixteen words of the schedule. Each machine says how to load, how to do four rounds, and how the
   schedule goes on. */
#define AKOLHOOK_I_SIMD_INLINE AKOLHOOK_I_SIMD static inline __attribute__((__always_inline__))
#ifdef __x86_64__
typedef __m128i akolhook_i_vec;
typedef struct akolhook_i_stream {
    akolhook_i_vec x, y;         /* the state; x: f e b a, y: h g d c */
    akolhook_i_vec old_x, old_y; /* as it was before the block */
    akolhook_i_vec w[4];         /* the last sixteen words */
} akolhook_i_stream;

AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_load(const void *p) {
    return _mm_loadu_si128((const __m128i *)p);
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_vec_store(void *p, akolhook_i_vec v) {
    _mm_storeu_si128((__m128i *)p, v);
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_add(akolhook_i_vec a, akolhook_i_vec b) {
    return _mm_add_epi32(a, b);
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_swap(akolhook_i_vec v) {
    return _mm_shuffle_epi8(v, _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
}
#define AKOLHOOK_I_TURNED _MM_SHUFFLE(0, 1, 2, 3)     /* the four words in reverse order */
#define AKOLHOOK_I_UPPER_HALF _MM_SHUFFLE(0, 0, 3, 2) /* the upper two in the lower half */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_open(akolhook_i_stream *s, const uint32_t state[8]) {
    const akolhook_i_vec abcd = akolhook_i_vec_load(state), efgh = akolhook_i_vec_load(state + 4);
    s->x = _mm_shuffle_epi32(_mm_unpacklo_epi64(abcd, efgh), AKOLHOOK_I_TURNED);
    s->y = _mm_shuffle_epi32(_mm_unpackhi_epi64(abcd, efgh), AKOLHOOK_I_TURNED);
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_close(
        const akolhook_i_stream *s, akolhook_i_vec *abcd, akolhook_i_vec *efgh) {
    const akolhook_i_vec abef = _mm_shuffle_epi32(s->x, AKOLHOOK_I_TURNED);
    const akolhook_i_vec cdgh = _mm_shuffle_epi32(s->y, AKOLHOOK_I_TURNED);
    *abcd = _mm_unpacklo_epi64(abef, cdgh);
    *efgh = _mm_unpackhi_epi64(abef, cdgh);
}
/* The SHA instructions go by the compilers' own names: <immintrin.h>, which has others for them, takes
   longer to compile than the whole hash layer. */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_four(akolhook_i_stream *s, akolhook_i_vec wk) {
    s->y = (__m128i)__builtin_ia32_sha256rnds2((__v4si)s->y, (__v4si)s->x, (__v4si)wk);
    s->x = (__m128i)__builtin_ia32_sha256rnds2(
            (__v4si)s->x, (__v4si)s->y, (__v4si)_mm_shuffle_epi32(wk, AKOLHOOK_I_UPPER_HALF));
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_schedule(
        akolhook_i_vec w0, akolhook_i_vec w1, akolhook_i_vec w2, akolhook_i_vec w3) {
    const __m128i sum = _mm_add_epi32(
            (__m128i)__builtin_ia32_sha256msg1((__v4si)w0, (__v4si)w1), _mm_alignr_epi8(w3, w2, 4));
    return (__m128i)__builtin_ia32_sha256msg2((__v4si)sum, (__v4si)w3);
}
/* not always covered: a processor has the instructions or it has not */
static int akolhook_i_simd_detect(void) {
    const unsigned features = 1, more_features = 7, sha = 1u << 29; /* older <cpuid.h> have no bit_SHA */
    unsigned a, b, c, d;
    if (!__get_cpuid(features, &a, &b, &c, &d) || !(c & bit_SSSE3)) return 0;
    return __get_cpuid_count(more_features, 0, &a, &b, &c, &d) && (b & sha) != 0;
}
#else
typedef uint32x4_t akolhook_i_vec;
typedef struct akolhook_i_stream {
    akolhook_i_vec x, y;         /* the state; x: a b c d, y: e f g h */
    akolhook_i_vec old_x, old_y; /* as it was before the block */
    akolhook_i_vec w[4];         /* the last sixteen words */
} akolhook_i_stream;

AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_load(const void *p) {
    return vreinterpretq_u32_u8(vld1q_u8((const uint8_t *)p));
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_vec_store(void *p, akolhook_i_vec v) {
    vst1q_u8((uint8_t *)p, vreinterpretq_u8_u32(v));
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_add(akolhook_i_vec a, akolhook_i_vec b) {
    return vaddq_u32(a, b);
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_swap(akolhook_i_vec v) {
    return vreinterpretq_u32_u8(vrev32q_u8(vreinterpretq_u8_u32(v)));
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_open(akolhook_i_stream *s, const uint32_t state[8]) {
    s->x = akolhook_i_vec_load(state);
    s->y = akolhook_i_vec_load(state + 4);
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_close(
        const akolhook_i_stream *s, akolhook_i_vec *abcd, akolhook_i_vec *efgh) {
    *abcd = s->x;
    *efgh = s->y;
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_four(akolhook_i_stream *s, akolhook_i_vec wk) {
    const akolhook_i_vec x = s->x;
    s->x = vsha256hq_u32(x, s->y, wk);
    s->y = vsha256h2q_u32(s->y, x, wk);
}
AKOLHOOK_I_SIMD_INLINE akolhook_i_vec akolhook_i_vec_schedule(
        akolhook_i_vec w0, akolhook_i_vec w1, akolhook_i_vec w2, akolhook_i_vec w3) {
    return vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3);
}
static int akolhook_i_simd_detect(void) {
#ifdef __ARM_FEATURE_SHA2
    return 1;
#else
    return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
#endif
}
#endif

AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_save(const akolhook_i_stream *s, uint32_t state[8]) {
    akolhook_i_vec abcd, efgh;
    akolhook_i_stream_close(s, &abcd, &efgh);
    akolhook_i_vec_store(state, abcd);
    akolhook_i_vec_store(state + 4, efgh);
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_begin(akolhook_i_stream *s, const uint8_t *block) {
    s->old_x = s->x;
    s->old_y = s->y;
    s->w[0] = akolhook_i_vec_swap(akolhook_i_vec_load(block));
    s->w[1] = akolhook_i_vec_swap(akolhook_i_vec_load(block + 16));
    s->w[2] = akolhook_i_vec_swap(akolhook_i_vec_load(block + 32));
    s->w[3] = akolhook_i_vec_swap(akolhook_i_vec_load(block + 48));
}
/* The outer block of an HMAC: the inner hash, which is the state as it stands, and its padding. */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_begin_outer(akolhook_i_stream *s, const uint32_t outer[8]) {
    static const uint32_t padding[8] = {0x80000000, 0, 0, 0, 0, 0, 0, (64 + 32) * 8};
    akolhook_i_stream_close(s, &s->w[0], &s->w[1]);
    s->w[2] = akolhook_i_vec_load(padding);
    s->w[3] = akolhook_i_vec_load(padding + 4);
    akolhook_i_stream_open(s, outer);
    s->old_x = s->x;
    s->old_y = s->y;
}
/* Four rounds with vector n of the words; then these may give way to those of sixteen rounds further on. */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_rounds(
        akolhook_i_stream *s, const uint32_t *k, const unsigned n, const int go_on) {
    akolhook_i_vec *const w = &s->w[n];
    akolhook_i_stream_four(s, akolhook_i_vec_add(*w, akolhook_i_vec_load(k + 4 * n)));
    if (go_on) *w = akolhook_i_vec_schedule(*w, s->w[(n + 1) & 3], s->w[(n + 2) & 3], s->w[(n + 3) & 3]);
}
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_end(akolhook_i_stream *s) {
    s->x = akolhook_i_vec_add(s->x, s->old_x);
    s->y = akolhook_i_vec_add(s->y, s->old_y);
}
/* Sixteen rounds, and all 64 of a block in one stream. DO(k, n, go_on) does four of them. */
#define AKOLHOOK_I_SIXTEEN_ROUNDS(DO, k, go_on) \
    do { \
        DO(k, 0, go_on); \
        DO(k, 1, go_on); \
        DO(k, 2, go_on); \
        DO(k, 3, go_on); \
    } while (0)
AKOLHOOK_I_SIMD_INLINE void akolhook_i_stream_block(akolhook_i_stream *s) {
    const uint32_t *k = akolhook_i_sha256_k, *const last = k + 48;
#define AKOLHOOK_I_DO(k, n, go_on) akolhook_i_stream_rounds(s, k, n, go_on)
    for (; k < last; k += 16) AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, k, 1);
    AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, k, 0);
#undef AKOLHOOK_I_DO
    akolhook_i_stream_end(s);
}

#ifdef __OPTIMIZE__
/* The same for the vectors of one message and of two, and quicker. size: 8 more than whole 16. */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_vec_wipe(uint8_t *below, const size_t size) {
    static const uint32_t zero[4] = {0, 0, 0, 0};
    size_t i;
    for (i = 0; i < size - 8; i += 16) akolhook_i_vec_store(below + i, akolhook_i_vec_load(zero));
    akolhook_i_vec_store(below + size - 16, akolhook_i_vec_load(zero));
    __asm__ __volatile__("" : : "r"(below) : "memory");
}
AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_wipe_vectors(void) {
    uint8_t below[64 + 8];
    akolhook_i_vec_wipe(below, sizeof below);
}
AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_wipe_lanes(void) {
    uint8_t below[192 + 8];
    akolhook_i_vec_wipe(below, sizeof below);
}
#else
#define akolhook_i_wipe_vectors akolhook_i_wipe_below
#define akolhook_i_wipe_lanes akolhook_i_wipe_below
#endif

AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_blocks_simd(
        uint32_t state[8], const uint8_t *data, size_t blocks) {
    akolhook_i_stream s;
    AKOLHOOK_I_HIDE(state);
    AKOLHOOK_I_HIDE(data);
    akolhook_i_stream_open(&s, state);
    for (; blocks; blocks--, data += 64) {
        akolhook_i_stream_begin(&s, data);
        akolhook_i_stream_block(&s);
    }
    akolhook_i_stream_save(&s, state);
}

/* The last block of an HMAC's message and the outer block. */
AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_hmac_end_simd(
        const akolhook_hmac *m, uint8_t mac[32]) {
    akolhook_i_stream s;
    akolhook_i_vec abcd, efgh;
    unsigned turn;

    AKOLHOOK_I_HIDE(m);
    akolhook_i_stream_open(&s, m->hash.state);
    akolhook_i_stream_begin(&s, m->hash.block);

    for (turn = 0;; turn++) {
        akolhook_i_stream_block(&s);
        if (turn) break;
        akolhook_i_stream_begin_outer(&s, m->key->outer);
    }

    akolhook_i_stream_close(&s, &abcd, &efgh);
    akolhook_i_vec_store(mac, akolhook_i_vec_swap(abcd));
    akolhook_i_vec_store(mac + 16, akolhook_i_vec_swap(efgh));
}

/* The state as bytes. */
AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_digest_simd(
        const uint32_t state[8], uint8_t digest[32]) {
    akolhook_i_vec_store(digest, akolhook_i_vec_swap(akolhook_i_vec_load(state)));
    akolhook_i_vec_store(digest + 16, akolhook_i_vec_swap(akolhook_i_vec_load(state + 4)));
}
#endif

#ifdef AKOLHOOK_I_SIMD
/* 1 when this processor has the instructions. It is asked once; threads that come first together each
   store the same answer. */
static int akolhook_i_has_simd(void) {
    static int answer; /* 0 unknown, 1 no, 2 yes */
    int known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
    if (!known) {
        known = 1 + akolhook_i_simd_detect();
        __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
    }
    return known == 2;
}
#endif

#ifndef AKOLHOOK_SMALL
static void akolhook_i_sha256_blocks(uint32_t state[8], const uint8_t *data, size_t blocks) {
#ifdef AKOLHOOK_I_SIMD
    /* not always covered: a processor has the instructions or it has not */
    if (akolhook_i_has_simd()) {
        akolhook_i_blocks_simd(state, data, blocks);
        akolhook_i_wipe_vectors();
        return;
    }
#endif
    akolhook_i_blocks_portable(state, data, blocks);
    akolhook_i_wipe_below();
}
#endif

/* The block that is held. */
static void akolhook_i_sha256_block(akolhook_sha256 *h) {
#ifdef AKOLHOOK_SMALL
    akolhook_i_block_small(h);
#else
    akolhook_i_sha256_blocks(h->state, h->block, 1);
#endif
}

static void akolhook_i_sha256_digest(const uint32_t state[8], uint8_t digest[32]) {
    int i;
#ifdef AKOLHOOK_I_SIMD
    /* not always covered: a processor has the instructions or it has not */
    if (akolhook_i_has_simd()) {
        akolhook_i_digest_simd(state, digest);
        akolhook_i_wipe_vectors();
        return;
    }
#endif
    for (i = 0; i < 8; i++) akolhook_i_store32(digest + 4 * i, state[i]);
}

/* Goes on from a state that stands for length bytes. */
AKOLHOOK_I_NOINLINE static void akolhook_i_sha256_resume(
        akolhook_sha256 *h, const uint32_t state[8], unsigned length) {
    memcpy(h->state, state, sizeof h->state);
    h->length = length;
}

AKOLHOOK_API void akolhook_sha256_init(akolhook_sha256 *h) {
    akolhook_i_sha256_resume(h, akolhook_i_sha256_start, 0);
}

#ifdef AKOLHOOK_SMALL
AKOLHOOK_API void akolhook_sha256_update(akolhook_sha256 *h, const void *data, size_t len) {
    const uint8_t *p = (const uint8_t *)data;
    unsigned held = (unsigned)h->length & 63;
    h->length += len;
    while (len--) {
        h->block[held++] = *p++;
        if (held < 64) continue;
        akolhook_i_sha256_block(h);
        held = 0;
    }
}

/* The padding (FIPS 180-4 section 5.1.1); the last block is left to the caller. */
static void akolhook_i_sha256_pad(akolhook_sha256 *h) {
    unsigned held = (unsigned)h->length & 63;
    uint8_t byte = 0x80;
    for (;;) {
        h->block[held++] = byte;
        if (held == 56) break;
        byte = 0;
        if (held < 64) continue;
        akolhook_i_sha256_block(h);
        held = 0;
    }
    akolhook_i_store64(h->block + 56, h->length << 3);
}
#else
AKOLHOOK_API void akolhook_sha256_update(akolhook_sha256 *h, const void *data, size_t len) {
    const uint8_t *p = (const uint8_t *)data;
    const size_t held = (size_t)(h->length & 63), room = 64 - held;

    if (len == 0) return;
    h->length += len;

    /* the block that is held, as far as the bytes reach */
    if (held) {
        memcpy(h->block + held, p, len < room ? len : room);
        if (len < room) return;
        akolhook_i_sha256_block(h);
        p += room;
        len -= room;
    }

    if (len / 64) akolhook_i_sha256_blocks(h->state, p, len / 64);
    if (len & 63) memcpy(h->block, p + (len & ~(size_t)63), len & 63);
}

/* The padding (FIPS 180-4 section 5.1.1); the last block is left to the caller. */
static void akolhook_i_sha256_pad(akolhook_sha256 *h) {
    size_t held = (size_t)(h->length & 63);
    h->block[held++] = 0x80;
    if (held > 56) {
        memset(h->block + held, 0, 64 - held);
        akolhook_i_sha256_block(h);
        held = 0;
    }
    memset(h->block + held, 0, 56 - held);
    akolhook_i_store64(h->block + 56, h->length << 3);
}
#endif

AKOLHOOK_API void akolhook_sha256_final(akolhook_sha256 *h, uint8_t digest[32]) {
    akolhook_i_sha256_pad(h);
    akolhook_i_sha256_block(h);
    akolhook_i_sha256_digest(h->state, digest);
    akolhook_wipe(h, sizeof *h);
}

/* The midstate after the block that holds the key, under its mask (RFC 2104: ipad 0x36, opad 0x5c). */
static void akolhook_i_key_half(akolhook_sha256 *h, uint8_t mask, uint32_t midstate[8]) {
    size_t i;
    for (i = 0; i < 64; i++) h->block[i] ^= mask;
    akolhook_sha256_init(h);
    akolhook_i_sha256_block(h);
    memcpy(midstate, h->state, sizeof h->state);
}

AKOLHOOK_API void akolhook_key_init(akolhook_key *key, const void *secret, size_t len) {
    akolhook_sha256 h;

    /* the key fills a block with zeros behind it; a longer one counts by its hash */
    memset(h.block, 0, sizeof h.block);
    if (len > sizeof h.block) {
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, secret, len);
        akolhook_sha256_final(&h, (uint8_t *)key->inner);
        secret = key->inner;
        len = 32;
    }
    if (len) memcpy(h.block, secret, len);

    akolhook_i_key_half(&h, 0x36, key->inner);
    akolhook_i_key_half(&h, 0x36 ^ 0x5c, key->outer); /* the first mask comes off with the second */
    akolhook_wipe(&h, sizeof h);
}

AKOLHOOK_API void akolhook_hmac_init(akolhook_hmac *m, const akolhook_key *key) {
    akolhook_i_sha256_resume(&m->hash, key->inner, 64);
    m->key = key;
}

AKOLHOOK_API void akolhook_hmac_update(akolhook_hmac *m, const void *data, size_t len) {
    akolhook_sha256_update(&m->hash, data, len);
}

AKOLHOOK_API void akolhook_hmac_final(akolhook_hmac *m, uint8_t mac[32]) {
#ifdef AKOLHOOK_I_SIMD
    /* not always covered: a processor has the instructions or it has not */
    if (akolhook_i_has_simd()) {
        akolhook_i_sha256_pad(&m->hash);
        akolhook_i_hmac_end_simd(m, mac);
        akolhook_i_wipe_vectors();
        akolhook_wipe(m, sizeof *m);
        return;
    }
#endif

    akolhook_sha256_final(&m->hash, mac);
    akolhook_i_sha256_resume(&m->hash, m->key->outer, 64);
    akolhook_sha256_update(&m->hash, mac, 32);
    akolhook_sha256_final(&m->hash, mac);
    m->key = NULL;
}

#ifdef AKOLHOOK_I_SIMD
/* A lane makes one MAC at a time. Its blocks are planned first, as runs: whole blocks where they lie in a
   part; blocks that begin in one part and end in another, and the padded end, gathered. Then they are
   hashed without leaving the registers. */
typedef struct akolhook_i_run {
    const uint8_t *data;
    size_t blocks;
} akolhook_i_run;
typedef struct akolhook_i_lane {
    akolhook_hmac_job *job; /* NULL: there are no more */
    size_t left;            /* blocks to hash, the outer one included */
    akolhook_i_run *run;    /* the one being hashed */
    uint32_t state[8];
    akolhook_i_run runs[8];   /* a gathered block before each part but the first, the parts, the end */
    uint8_t gathered[5 * 64]; /* these, the end being one block or two */
} akolhook_i_lane;

static void akolhook_i_lane_add(akolhook_i_lane *l, akolhook_i_run *run, const uint8_t *data, size_t blocks) {
    run->data = data;
    run->blocks = blocks;
    l->left += blocks;
}

static void akolhook_i_lane_plan(akolhook_i_lane *l, akolhook_hmac_job *job) {
    akolhook_i_run *run = l->runs;
    uint8_t *gather = l->gathered; /* the block being gathered */
    size_t held = 0, part, end;
    uint64_t bytes = 64; /* of the message, the block of the key included */

    l->job = job;
    l->run = run;
    l->left = 1;
    memcpy(l->state, job->key->inner, sizeof l->state);

    for (part = 0; part < 4; part++) {
        const uint8_t *data = (const uint8_t *)job->parts[part].ptr;
        size_t len = job->parts[part].len;
        bytes += len;

        /* the part ends the block that the last one began, fills blocks of its own, begins another */
        if (held && len >= 64 - held) {
            memcpy(gather + held, data, 64 - held);
            data += 64 - held;
            len -= 64 - held;
            held = 0;
            akolhook_i_lane_add(l, run++, gather, 1);
            gather += 64;
        }
        if (len >= 64) {
            akolhook_i_lane_add(l, run++, data, len / 64);
            data += len & ~(size_t)63;
            len &= 63;
        }
        if (len) memcpy(gather + held, data, len);
        held += len;
    }

    end = held < 56 ? 64 : 128;
    gather[held++] = 0x80;
    memset(gather + held, 0, end - 8 - held);
    akolhook_i_store64(gather + end - 8, bytes * 8);
    akolhook_i_lane_add(l, run, gather, end / 64);
}

/* The next block of a lane into its stream. */
AKOLHOOK_I_SIMD_INLINE void akolhook_i_lane_begin(akolhook_i_lane *l, akolhook_i_stream *s) {
    if (--l->left == 0) {
        akolhook_i_stream_begin_outer(s, l->job->key->outer);
        return;
    }
    if (l->run->blocks == 0) l->run++;
    akolhook_i_stream_begin(s, l->run->data);
    l->run->data += 64;
    l->run->blocks--;
}

/* One message alone, to its end. */
static void akolhook_i_lane_run(akolhook_i_lane *l) {
    uint8_t *const outer = l->gathered; /* the outer block, once the others are hashed */

    for (; l->left > 1; l->run++) {
        akolhook_i_blocks_simd(l->state, l->run->data, l->run->blocks);
        l->left -= l->run->blocks;
    }

    akolhook_i_digest_simd(l->state, outer);
    outer[32] = 0x80;
    memset(outer + 33, 0, 56 - 33);
    akolhook_i_store64(outer + 56, (64 + 32) * 8);
    memcpy(l->state, l->job->key->outer, sizeof l->state);
    akolhook_i_blocks_simd(l->state, outer, 1);
    l->left = 0;
}

/* Two messages at once, until the shorter ends: each has its turn while the other waits for its last
   instruction. */
AKOLHOOK_I_APART AKOLHOOK_I_SIMD static void akolhook_i_lanes_run(akolhook_i_lane *a, akolhook_i_lane *b) {
    akolhook_i_stream s, t;
    size_t n;

    AKOLHOOK_I_HIDE(a);
    AKOLHOOK_I_HIDE(b);
    akolhook_i_stream_open(&s, a->state);
    akolhook_i_stream_open(&t, b->state);

    for (n = a->left < b->left ? a->left : b->left; n; n--) {
        akolhook_i_lane_begin(a, &s);
        akolhook_i_lane_begin(b, &t);
#define AKOLHOOK_I_DO(k, n, go_on) \
    (akolhook_i_stream_rounds(&s, k, n, go_on), akolhook_i_stream_rounds(&t, k, n, go_on))
        AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, akolhook_i_sha256_k, 1);
        AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, akolhook_i_sha256_k + 16, 1);
        AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, akolhook_i_sha256_k + 32, 1);
        AKOLHOOK_I_SIXTEEN_ROUNDS(AKOLHOOK_I_DO, akolhook_i_sha256_k + 48, 0);
#undef AKOLHOOK_I_DO
        akolhook_i_stream_end(&s);
        akolhook_i_stream_end(&t);
    }

    akolhook_i_stream_save(&s, a->state);
    akolhook_i_stream_save(&t, b->state);
}

/* A lane ends with the MAC as its state. What the block functions leave is cleared once, as all are called
   from the same place of the stack. */
static void akolhook_i_lanes(akolhook_hmac_job *jobs, size_t count) {
    akolhook_i_lane lanes[2];
    size_t next = 0, i;

    for (i = 0; i < 2; i++) {
        lanes[i].left = 0;
        lanes[i].job = NULL;
    }

    for (;;) {
        for (i = 0; i < 2; i++) {
            akolhook_i_lane *l = &lanes[i];
            if (l->left) continue;
            if (l->job) akolhook_i_digest_simd(l->state, l->job->mac);
            l->job = NULL;
            if (next < count) akolhook_i_lane_plan(l, &jobs[next++]);
        }
        if (lanes[0].left && lanes[1].left)
            akolhook_i_lanes_run(&lanes[0], &lanes[1]);
        else if (lanes[0].left)
            akolhook_i_lane_run(&lanes[0]);
        else if (lanes[1].left)
            akolhook_i_lane_run(&lanes[1]);
        else
            break;
    }
    akolhook_i_wipe_lanes();
}
#endif

AKOLHOOK_API void akolhook_hmac_many(akolhook_hmac_job *jobs, size_t count) {
    akolhook_hmac m;
    size_t i, part;

#ifdef AKOLHOOK_I_SIMD
    /* not always covered: a processor has the instructions or it has not */
    if (count > 1 && akolhook_i_has_simd()) {
        akolhook_i_lanes(jobs, count);
        return;
    }
#endif

    for (i = 0; i < count; i++) {
        akolhook_hmac_init(&m, jobs[i].key);
        for (part = 0; part < 4; part++)
            akolhook_hmac_update(&m, jobs[i].parts[part].ptr, jobs[i].parts[part].len);
        akolhook_hmac_final(&m, jobs[i].mac);
    }
}

/* A key is all zero only when it was never prepared. */
static int akolhook_i_key_is_set(const akolhook_key *key) {
    uint32_t bits = 0;
    size_t i;
    int set;
    for (i = 0; i < 8; i++) bits |= key->inner[i] | key->outer[i];
    set = bits != 0;
#ifdef AKOLHOOK_TEST_PUBLIC
    AKOLHOOK_TEST_PUBLIC(&set, sizeof set);
#endif
    return set;
}

/* ==== >>text ==== */

#if defined(__GNUC__) && defined(__SSE2__) && !defined(AKOLHOOK_NO_SIMD) && !defined(AKOLHOOK_SMALL)
#define AKOLHOOK_I_SSE2
#endif
#if defined(__GNUC__) && !defined(AKOLHOOK_SMALL) /* where the compiler's guess costs time */
#define AKOLHOOK_I_INLINE static inline __attribute__((__always_inline__))
#define AKOLHOOK_I_COLD __attribute__((__noinline__))
#define AKOLHOOK_I_ONCE __attribute__((__noinline__)) /* copies would cost time to compile and gain none */
#else
#define AKOLHOOK_I_COLD
#define AKOLHOOK_I_ONCE
#define AKOLHOOK_I_INLINE static inline
#endif

/* The first byte, also of a slice that is {NULL, 0}: no arithmetic on NULL. */
static const char *akolhook_i_start(akolhook_str s) { return s.len ? s.ptr : ""; }

/* Hex and base64 turn digits without tables or branches on their values, as secrets and MACs go through
   them. */

/* 9 - v is negative from ten on: then all its bits are set that the distance from '9' + 1 to 'a' needs. */
static char akolhook_i_hex_digit(unsigned v) {
    return (char)(v + '0' + (((9u - v) >> 8) & (unsigned)('a' - '9' - 1)));
}

static int akolhook_i_hex_value(char c) {
    const unsigned digit = (uint8_t)c - (unsigned)'0', letter = ((uint8_t)c | 32u) - 'a'; /* | 32: lower */
    if (digit < 10) return (int)digit;
    return letter < 6 ? (int)letter + 10 : -1;
}

static void akolhook_i_hex_write(const uint8_t *data, size_t len, char *out) {
    size_t i;
    for (i = 0; i < len; i++) {
        out[2 * i] = akolhook_i_hex_digit(data[i] >> 4);
        out[2 * i + 1] = akolhook_i_hex_digit(data[i] & 15u);
    }
}

/* Exactly 2 * len digits; 1 when they are. */
static int akolhook_i_hex_read(const char *text, uint8_t *out, size_t len) {
    unsigned byte = 0;
    size_t i;
    for (i = 0; i < 2 * len; i++) {
        int value = akolhook_i_hex_value(text[i]);
        if (value < 0) return 0;
        byte = byte << 4 | (unsigned)value;
        out[i / 2] = (uint8_t)byte; /* right when the second half is in */
    }
    return 1;
}

AKOLHOOK_API akolhook_status akolhook_hex_encode(
        const void *data, size_t data_len, char *out, size_t cap, size_t *len) {
    *len = 0;
    if (data_len > SIZE_MAX / 2 || (data_len && !data)) return AKOLHOOK_INVALID_ARGUMENT;
    *len = data_len * 2;
    if (*len > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
    akolhook_i_hex_write((const uint8_t *)data, data_len, out);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_hex_decode(akolhook_str text, void *out, size_t cap, size_t *len) {
    size_t i;
    *len = 0;
    if (text.len % 2) return AKOLHOOK_BAD_HEX;
    for (i = 0; i < text.len; i++)
        if (akolhook_i_hex_value(text.ptr[i]) < 0) return AKOLHOOK_BAD_HEX;
    *len = text.len / 2;
    if (*len > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
    /* not covered: the digits were looked at above */
    return akolhook_i_hex_read(text.ptr, (uint8_t *)out, *len) ? AKOLHOOK_OK : AKOLHOOK_BAD_HEX;
}

/* 1 in each byte of four that is at least limit; all are below 64. */
#define AKOLHOOK_I_ONES UINT32_C(0x01010101)
#define AKOLHOOK_I_FROM(four, limit) ((((four) + AKOLHOOK_I_ONES * (128u - (limit))) >> 7) & AKOLHOOK_I_ONES)

/* The four digits of 24 bits, side by side in one word; secrets come by here: no table, no branch. Each
   line goes from one range of the alphabet to the next. */
static void akolhook_i_base64_four(uint32_t v, char *out) {
    const uint32_t six = 63; /* bits of one digit */
    uint32_t x = (v << 6 & six << 24) | (v << 4 & six << 16) | (v << 2 & six << 8) | (v & six);
    uint32_t c = x + AKOLHOOK_I_ONES * 'A';

    c += (uint32_t)('a' - 26 - 'A') * AKOLHOOK_I_FROM(x, 26u);
    c -= (uint32_t)('a' - 26 - ('0' - 52)) * AKOLHOOK_I_FROM(x, 52u);
    c -= (uint32_t)('0' - 52 - ('+' - 62)) * AKOLHOOK_I_FROM(x, 62u);
    c += (uint32_t)('/' - 63 - ('+' - 62)) * AKOLHOOK_I_FROM(x, 63u);

    out[0] = (char)(c >> 24);
    out[1] = (char)(c >> 16 & 127u);
    out[2] = (char)(c >> 8 & 127u);
    out[3] = (char)(c & 127u);
}

/* value + 1 where c is in first..last, and else 0: both differences are negative there, so that their high
   bits are set. */
AKOLHOOK_I_INLINE unsigned akolhook_i_in_range(unsigned c, unsigned first, unsigned last, unsigned value) {
    return ((first - 1 - c) & (c - last - 1)) >> 8 & (value + 1);
}

/* 0..63, or above for what is no digit. */
static unsigned akolhook_i_base64_value(unsigned c) {
    unsigned v = 0u - 1u;
    v += akolhook_i_in_range(c, 'A', 'Z', c - 'A');
    v += akolhook_i_in_range(c, 'a', 'z', c - 'a' + 26);
    v += akolhook_i_in_range(c, '0', '9', c - '0' + 52);
    v += akolhook_i_in_range(c, '+', '+', 62);
    v += akolhook_i_in_range(c, '/', '/', 63);
    return v;
}

static void akolhook_i_base64_write(const uint8_t *p, size_t len, char *out) {
    for (; len >= 3; len -= 3, p += 3, out += 4)
        akolhook_i_base64_four((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2], out);
    if (!len) return;
    akolhook_i_base64_four((uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0u), out);
    if (len == 1) out[2] = '=';
    out[3] = '=';
}

/* digits without padding; 1 when all are digits and the unused bits of the last are zero. */
static int akolhook_i_base64_read(const char *digits, size_t count, uint8_t *out) {
    unsigned bits = 0, bad = 0;
    size_t i;
    for (i = 0; i < count; i++) {
        unsigned v = akolhook_i_base64_value((uint8_t)digits[i]);
        bad |= v >> 6;
        bits = bits << 6 | (v & 63u);
        if (i % 4) *out++ = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    if (count % 4 == 2) bad |= bits & 15u; /* 12 bits for one byte */
    if (count % 4 == 3) bad |= bits & 3u;  /* 18 bits for two */
    return bad == 0;
}

/* The digits of a padded text, without the padding; 0 in *ok when it is not canonical. */
static size_t akolhook_i_base64_digits(akolhook_str text, int *ok) {
    size_t pad = 0;
    while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=') pad++;
    *ok = text.len % 4 == 0;
    return text.len - pad;
}

AKOLHOOK_API akolhook_status akolhook_base64_encode(
        const void *data, size_t data_len, char *out, size_t cap, size_t *len) {
    *len = 0;
    if (data_len > SIZE_MAX / 4 * 3 - 3 || (data_len && !data)) return AKOLHOOK_INVALID_ARGUMENT;
    *len = (data_len + 2) / 3 * 4;
    if (*len > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
    akolhook_i_base64_write((const uint8_t *)data, data_len, out);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_base64_decode(akolhook_str text, void *out, size_t cap, size_t *len) {
    uint8_t rest[3];
    size_t digits, i, need;
    int ok;

    /* all of it is looked at before anything is written */
    *len = 0;
    digits = akolhook_i_base64_digits(text, &ok);
    if (!ok) return AKOLHOOK_BAD_BASE64;
    for (i = 0; i + 4 <= digits; i += 4)
        if (!akolhook_i_base64_read(text.ptr + i, 4, rest)) return AKOLHOOK_BAD_BASE64;
    if (!akolhook_i_base64_read(text.ptr + i, digits - i, rest)) return AKOLHOOK_BAD_BASE64;
    akolhook_wipe(rest, sizeof rest);

    need = digits / 4 * 3 + (digits % 4 ? digits % 4 - 1 : 0);
    *len = need;
    if (need > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
    /* not covered: the digits were looked at above */
    return akolhook_i_base64_read(text.ptr, digits, (uint8_t *)out) ? AKOLHOOK_OK : AKOLHOOK_BAD_BASE64;
}

/* Dates go by years that begin in March, so that a leap day ends its year, and by eras of 400 of them, as
   the calendar repeats then. Day 0 is March 1st of the year 0. */
#define AKOLHOOK_I_ERA_DAYS INT32_C(146097) /* 400 * 365 + 97 leap days */
#define AKOLHOOK_I_EPOCH INT32_C(719468)    /* 1970-01-01: 1969 * 365 + 477 leap days + 306 from March on */

/* v / 100 for v up to 43698: 5243 / 2^19 is 1 / 99.9985; small processors cannot divide. */
static uint32_t akolhook_i_hundredth(uint32_t v) { return v * 5243u >> 19; }

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar, years 0 to 10000; an era is added
   for the months before March of the year 0. (979 m + 15) / 32 is the day of its year on which month m
   begins: 0, 31, 61, 92 .. 337. */
static int64_t akolhook_i_days_from_date(int year, int month, int day) {
    const uint32_t y = (uint32_t)(year + (month > 2 ? 400 : 399)), century = akolhook_i_hundredth(y);
    const uint32_t m = (uint32_t)(month > 2 ? month - 3 : month + 9);
    const uint32_t days =
            365 * y + (y >> 2) - century + (century >> 2) + ((979 * m + 15) >> 5) + (uint32_t)day;
    return (int64_t)days - 1 - AKOLHOOK_I_EPOCH - AKOLHOOK_I_ERA_DAYS;
}

/* The way back. The year of the era: without the leap days that came before it, one each 1460 days but not
   for each 36524 (a century), and without the era's last day. 153 / 5 days is a month between March and
   January on average. */
static void akolhook_i_date_from_days(int64_t days, int *year, int *month, int *day) {
    int64_t z = days + AKOLHOOK_I_EPOCH, era = z / AKOLHOOK_I_ERA_DAYS, of_era = z % AKOLHOOK_I_ERA_DAYS;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / (AKOLHOOK_I_ERA_DAYS - 1)) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

static int akolhook_i_days_in_month(int year, int month) {
    const int64_t next = akolhook_i_days_from_date(year + (month == 12), month == 12 ? 1 : month + 1, 1);
    return (int)(next - akolhook_i_days_from_date(year, month, 1));
}

#define AKOLHOOK_I_DAY_MS INT64_C(86400000)          /* 24 * 60 * 60 * 1000 */
#define AKOLHOOK_I_TIME_END INT64_C(253402300800000) /* 10000-01-01 */

/* Reads numbers in a form like "00:00": digits where zeros stand, one part for each run of them. 1 when
   the text has it. */
static int akolhook_i_form_read(const char *p, const char *form, int *part) {
    for (*part = 0; *form; form++, p++) {
        if (*form != '0') {
            if (*p != *form) return 0;
            *++part = 0;
        } else if (!akolhook_i_is_digit(*p))
            return 0;
        else
            *part = *part * 10 + (*p - '0');
    }
    return 1;
}

static void akolhook_i_digits_write(char *p, int count, int value) {
    while (count--) {
        p[count] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void akolhook_i_two_digits(char *p, unsigned value) {
    p[0] = (char)('0' + value / 10);
    p[1] = (char)('0' + value % 10);
}

#define AKOLHOOK_I_UINT_ROOM 21 /* a sign and ten pairs of digits: UINT64_MAX has 20 */
/* Writes a number before end and gives its first digit. */
static char *akolhook_i_uint_write(char *end, uint64_t value) {
    for (; value >= 100; value /= 100) akolhook_i_two_digits(end -= 2, (unsigned)(value % 100));
    akolhook_i_two_digits(end -= 2, (unsigned)value);
    return value < 10 ? end + 1 : end;
}

AKOLHOOK_API akolhook_status akolhook_time_format(int64_t unix_ms, char out[AKOLHOOK_TIME_SIZE]) {
    int year, month, day;
    uint32_t ms, second;

    out[0] = 0;
    if (unix_ms < 0 || unix_ms >= AKOLHOOK_I_TIME_END) return AKOLHOOK_BAD_TIME;

    akolhook_i_date_from_days(unix_ms / AKOLHOOK_I_DAY_MS, &year, &month, &day);
    ms = (uint32_t)(unix_ms % AKOLHOOK_I_DAY_MS);
    second = ms / 1000;
    ms %= 1000;

    memcpy(out, "0000-00-00T00:00:00.000Z", AKOLHOOK_TIME_SIZE);
    akolhook_i_digits_write(out, 4, year);
    akolhook_i_two_digits(out + 5, (unsigned)month);
    akolhook_i_two_digits(out + 8, (unsigned)day);
    akolhook_i_two_digits(out + 11, (unsigned)(second / 3600));
    akolhook_i_two_digits(out + 14, (unsigned)(second / 60 % 60));
    akolhook_i_two_digits(out + 17, (unsigned)(second % 60));
    akolhook_i_digits_write(out + 20, 3, (int)ms);
    return AKOLHOOK_OK;
}

/* "Z" or "+hh:mm" to the end of the text, as minutes; 1 when well-formed. */
static int akolhook_i_offset_read(const char *p, size_t len, int *minutes) {
    int part[2];
    *minutes = 0;
    if (len == 1) return *p == 'Z' || *p == 'z';
    if (len != 6 || (*p != '+' && *p != '-') || !akolhook_i_form_read(p + 1, "00:00", part)) return 0;
    *minutes = (part[0] * 60 + part[1]) * (*p == '-' ? -1 : 1);
    return part[0] < 24 && part[1] < 60;
}

/* "2026-04-18T14:23:11": the days of its month when it is that and each part is in its range, and else 0. */
static int akolhook_i_date_time_read(const char *p, int date[3], int hms[3]) {
    int last;
    if (!akolhook_i_form_read(p, "0000-00-00", date) || !akolhook_i_form_read(p + 11, "00:00:00", hms))
        return 0;
    if ((p[10] != 'T' && p[10] != 't') || hms[0] > 23 || hms[1] > 59 || hms[2] > 60) return 0;
    if (date[1] < 1 || date[1] > 12) return 0;
    last = akolhook_i_days_in_month(date[0], date[1]);
    return date[2] >= 1 && date[2] <= last ? last : 0;
}

AKOLHOOK_API akolhook_status akolhook_time_parse(akolhook_str text, int64_t *unix_ms) {
    enum { day_minutes = 24 * 60 };
    const char *p = akolhook_i_start(text), *end = p + text.len;
    int date[3], hms[3], offset, minute, over, last;
    uint32_t ms = 0, minutes;
    int64_t result;
    int32_t days;

    *unix_ms = 0;
    last = text.len < sizeof "0000-00-00T00:00:00" ? 0 : akolhook_i_date_time_read(p, date, hms);
    if (!last) return AKOLHOOK_BAD_TIME;
    p += sizeof "0000-00-00T00:00:00" - 1;

    if (*p == '.') {
        uint32_t weight = 1000;
        for (p++; p < end && akolhook_i_is_digit(*p); p++) {
            weight = weight * 6554 >> 16; /* 2^16 / 10: a tenth of it, 1000, 100, 10, 1, 0 */
            ms += weight * (uint32_t)(*p - '0');
        }
        if (weight == 1000) return AKOLHOOK_BAD_TIME;
    }

    /* in UTC it may be the day before or after; a leap second ends a month there */
    if (!akolhook_i_offset_read(p, (size_t)(end - p), &offset)) return AKOLHOOK_BAD_TIME;
    minute = hms[0] * 60 + hms[1] - offset;
    over = minute < 0 ? -1 : minute >= day_minutes;
    minute -= over * day_minutes;
    date[2] += over;
    if (hms[2] == 60)
        if (minute != day_minutes - 1 || (date[2] != 0 && date[2] != last)) return AKOLHOOK_BAD_TIME;

    days = (int32_t)akolhook_i_days_from_date(date[0], date[1], date[2]);
    if (days < 0) return AKOLHOOK_BAD_TIME;

    /* below 2^32; to milliseconds in two halves, as a product of 64 bits may be a call */
    minutes = (uint32_t)days * day_minutes + (uint32_t)minute;
    result = (int64_t)(((uint64_t)((minutes >> 16) * 60000) << 16) + (minutes & 0xffff) * 60000);
    result += (int32_t)(hms[2] * INT32_C(1000)) + (int32_t)ms;
    if (result >= AKOLHOOK_I_TIME_END) return AKOLHOOK_BAD_TIME;
    *unix_ms = result;
    return AKOLHOOK_OK;
}

/* The length of the UTF-8 sequence (RFC 3629 section 4) at p, 0 when it is none: overlong, surrogate,
   above U+10FFFF. More than there is when the text ends inside what could become a sequence. */
static size_t akolhook_i_utf8_len(const char *p, const char *end) {
    const unsigned first = (uint8_t)*p;
    unsigned low = 0x80, high = 0xbf;
    size_t len, i;

    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    /* the second byte has bounds of its own behind some first ones, the others have 80..BF */
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    for (i = 1; i < len && i < (size_t)(end - p); i++, low = 0x80, high = 0xbf)
        if ((uint8_t)p[i] < low || (uint8_t)p[i] > high) return 0;
    return len;
}

AKOLHOOK_API akolhook_status akolhook_utf8_check(akolhook_str text, size_t *good) {
    const char *start = akolhook_i_start(text), *p = start, *end = start + text.len;
    size_t len;

    while (p < end && (len = akolhook_i_utf8_len(p, end)) != 0 && len <= (size_t)(end - p)) p += len;
    if (good) *good = (size_t)(p - start);
    return p == end ? AKOLHOOK_OK : AKOLHOOK_BAD_UTF8;
}

AKOLHOOK_I_NOINLINE static size_t akolhook_i_utf8_write(uint32_t code, char out[4]) {
    uint8_t b[4];
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;
    static const uint8_t first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (i = len - 1; i > 0; i--, code >>= 6) b[i] = (uint8_t)(0x80 | (code & 0x3f));
    b[0] = (uint8_t)(first[len] | code);
    memcpy(out, b, len);
    return len;
}

/* The same byte eight times. */
#define AKOLHOOK_I_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Where a scan of strings stops: at a quote and a backslash, and unless any is set at control characters
   and beyond ASCII. */
static inline int akolhook_i_byte_stops(char c, int any) {
    return c == '"' || c == '\\' || (!any && ((uint8_t)c < 0x20 || (uint8_t)c >= 0x80));
}

#ifndef AKOLHOOK_SMALL
#ifdef AKOLHOOK_I_SSE2
typedef signed char akolhook_i_bytes __attribute__((__vector_size__(16)));
typedef uint8_t akolhook_i_octets __attribute__((__vector_size__(16)));
typedef char akolhook_i_flags __attribute__((__vector_size__(16)));
typedef uint64_t akolhook_i_words __attribute__((__vector_size__(16)));
static inline unsigned akolhook_i_vector_bits(akolhook_i_bytes v) {
    return (unsigned)__builtin_ia32_pmovmskb128((akolhook_i_flags)v);
}
/* One bit for each of 16 bytes that stops: ^ 0x7d takes a quote to 0x5f, control characters above and all
   else below it; what is no ASCII has the high bit. */
static inline unsigned akolhook_i_vector_stops(akolhook_i_bytes v) {
    return akolhook_i_vector_bits(((v ^ 0x7d) > ('"' ^ 0x7d) - 1) | (v == '\\') | v);
}
static inline unsigned akolhook_i_bytes_stop(const char *p) {
    akolhook_i_bytes v;
    memcpy(&v, p, 16);
    return akolhook_i_vector_stops(v);
}
/* One bit for each of 16 bytes that is a quote or a backslash. */
static inline unsigned akolhook_i_bytes_quote(const char *p) {
    akolhook_i_bytes v;
    memcpy(&v, p, 16);
    return akolhook_i_vector_bits((v == '"') | (v == '\\'));
}
#else
/* 8 bytes, the first the lowest. */
static inline uint64_t akolhook_i_word_at(const char *p) {
    const uint8_t *b = (const uint8_t *)p;
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* The high bit of each of 8 bytes that stops. No sum or difference leaves its byte; ^ 2 takes a quote to
   the blank's 32 and lets the other side of 33 be. */
static inline uint64_t akolhook_i_word_stops(uint64_t w, int any) {
    const uint64_t high = AKOLHOOK_I_EACH(0x80), low = AKOLHOOK_I_EACH(0x7f);
    const uint64_t backslash = w ^ AKOLHOOK_I_EACH('\\'), quote = w ^ AKOLHOOK_I_EACH(any ? '"' : 2);
    uint64_t passes = ((backslash & low) + low) | backslash;

    if (any)
        passes &= ((quote & low) + low) | quote;
    else
        passes &= ((quote | high) - AKOLHOOK_I_EACH(33)) & ~w;
    return ~passes & high;
}
#endif

/* One bit for each of 64 bytes that stops, the lowest for the first. */
static inline uint64_t akolhook_i_window_stops(const char *p) {
#ifdef AKOLHOOK_I_SSE2
    return akolhook_i_bytes_stop(p) | (uint64_t)akolhook_i_bytes_stop(p + 16) << 16 |
           (uint64_t)akolhook_i_bytes_stop(p + 32) << 32 | (uint64_t)akolhook_i_bytes_stop(p + 48) << 48;
#else
    const uint64_t gather = UINT64_C(0x0102040810204080); /* takes the lowest bit of byte n to bit 56 + n */
    uint64_t stops = 0;
    unsigned i;
    for (i = 0; i < 64; i += 8)
        stops |= (akolhook_i_word_stops(akolhook_i_word_at(p + i), 0) >> 7) * gather >> 56 << i;
    return stops;
#endif
}

static inline unsigned akolhook_i_lowest_bit(uint64_t v) {
#if defined(__GNUC__) && UINTPTR_MAX > 0xffffffffu /* elsewhere it may be a call */
    return (unsigned)__builtin_ctzll(v);
#else
    unsigned n = 0;
    for (; !(v & 0xff); v >>= 8) n += 8;
    for (; !(v & 1); v >>= 1) n++;
    return n;
#endif
}
#endif

/* A text that is scanned, and the 64 bytes of it that are looked at. */
typedef struct akolhook_i_window {
    const char *end;   /* of the text */
    const char *start; /* of the 64 bytes; NULL before the first */
    uint64_t stops;    /* one bit for each of them, the lowest for the first */
} akolhook_i_window;

#ifndef AKOLHOOK_SMALL
/* The stops of the last bytes; what lies behind them stops. They are looked at with those before them,
   where there are enough. */
AKOLHOOK_I_COLD static uint64_t akolhook_i_last_stops(const akolhook_i_window *w, size_t held) {
    char last[64];
    if (!held) return UINT64_MAX;
    if (w->start && w->end - w->start >= 64)
        return akolhook_i_window_stops(w->end - 64) >> (64 - held) | UINT64_MAX << held;
    memset(last, ' ', 64);
    memcpy(last, w->end - held, held);
    return akolhook_i_window_stops(last) | UINT64_MAX << held;
}

/* Moves the window to p. */
AKOLHOOK_I_ONCE static void akolhook_i_window_move(akolhook_i_window *w, const char *p) {
    const size_t held = (size_t)(w->end - p);
    w->stops = held < 64 ? akolhook_i_last_stops(w, held) : akolhook_i_window_stops(p);
    w->start = p;
}
#endif

/* Passes what does not stop. The text is looked at 64 bytes at a time, so that the next place comes from a
   shift and not from memory. */
static inline const char *akolhook_i_text_run(akolhook_i_window *w, const char *p) {
#ifdef AKOLHOOK_SMALL
    while (p < w->end && !akolhook_i_byte_stops(*p, 0)) p++;
    return p;
#else
    for (;;) {
        const size_t at = (size_t)((uintptr_t)p - (uintptr_t)w->start);

        if (at < 64) {
            const uint64_t stops = w->stops >> at;
            if (stops) return p + akolhook_i_lowest_bit(stops);
            p = w->start + 64;
        }
        akolhook_i_window_move(w, p);
    }
#endif
}

#ifndef AKOLHOOK_SMALL
/* Where stops are taken one by one, the next does not wait for what stands at the last. *left are those of
   the window that have not been taken: first those from p on. */
AKOLHOOK_I_INLINE uint64_t akolhook_i_stops_from(akolhook_i_window *w, const char *p) {
    const size_t at = (size_t)((uintptr_t)p - (uintptr_t)w->start);
    if (at < 64) return w->stops >> at << at;
    akolhook_i_window_move(w, p);
    return w->stops;
}

AKOLHOOK_I_INLINE const char *akolhook_i_stop_take(akolhook_i_window *w, uint64_t *left) {
    const char *p;
    while (!*left) {
        akolhook_i_window_move(w, w->start + 64);
        *left = w->stops;
    }
    p = w->start + akolhook_i_lowest_bit(*left);
    *left &= *left - 1;
    return p;
}

/* Passes members whose key and value are plain texts, up to one whose value is none. The place behind its
   colon, or NULL: the key at *at has to be passed step by step. */
AKOLHOOK_I_INLINE const char *akolhook_i_plain_members_pass(akolhook_i_window *w, const char **at) {
    const char *p = *at, *most, *quote, *last;
    uint64_t left;

    if (w->end - p <= 3 || *p != '"') return NULL;
    most = w->end - 3;
    left = akolhook_i_stops_from(w, p + 1);

    for (;; *at = last + 2) {
        quote = akolhook_i_stop_take(w, &left);
        if (quote > most || memcmp(quote, "\":", 2) != 0) return NULL;
        if (quote[2] != '"') return quote + 2;
        akolhook_i_stop_take(w, &left); /* the quote behind the colon */
        last = akolhook_i_stop_take(w, &left);
        if (last > most || memcmp(last, "\",\"", 3) != 0) return quote + 2;
        akolhook_i_stop_take(w, &left); /* that of the next key */
    }
}

/* Copies a text of 4 to 15 bytes as two words that overlap and returns 1 when nothing in it stops; 0 also
   for a shorter text. */
static inline int akolhook_i_short_copy(char *out, const char *p, size_t len) {
    uint64_t low = 0, high = 0;

    if (len < 4) return 0;
    if (len >= 8) {
        memcpy(&low, p, 8);
        memcpy(&high, p + len - 8, 8);
        memcpy(out, &low, 8);
        memcpy(out + len - 8, &high, 8);
    } else {
        uint32_t first, last;
        memcpy(&first, p, 4);
        memcpy(&last, p + len - 4, 4);
        memcpy(out, &first, 4);
        memcpy(out + len - 4, &last, 4);
        low = high = (uint64_t)first << 32 | last;
    }

#ifdef AKOLHOOK_I_SSE2
    {
        const akolhook_i_words words = {low, high};
        return !akolhook_i_vector_stops((akolhook_i_bytes)words);
    }
#else
    return !(akolhook_i_word_stops(low, 0) | akolhook_i_word_stops(high, 0));
#endif
}
#endif

/* Copies what a text begins with until something stops and returns its length. All len bytes of out may be
   written. */
static size_t akolhook_i_plain_copy(char *out, const char *p, size_t len) {
    size_t i = 0;

#ifdef AKOLHOOK_I_SSE2
    while (len - i >= 16) {
        const unsigned stops = akolhook_i_bytes_stop(p + i);
        memcpy(out + i, p + i, 16);
        if (stops) return i + akolhook_i_lowest_bit(stops);
        i += 16;
    }

    if (i && i < len) { /* the last 16 bytes, some of them for the second time */
        const unsigned stops = akolhook_i_bytes_stop(p + len - 16);
        memcpy(out + len - 16, p + len - 16, 16);
        return stops ? len - 16 + akolhook_i_lowest_bit(stops) : len;
    }
#elif !defined(AKOLHOOK_SMALL)
    for (; len - i >= 16; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        memcpy(out + i, &w, 8);
        if (akolhook_i_word_stops(w, 0)) break;
    }
#endif
#ifndef AKOLHOOK_SMALL
    if (len - i < 16 && akolhook_i_short_copy(out + i, p + i, len - i)) return len;
#endif
    for (; i < len && !akolhook_i_byte_stops(p[i], 0); i++) out[i] = p[i];
    return i;
}

/* At a backslash: the place behind the escape and the UTF-16 code unit that it stands for, or NULL with
   *bad on the byte that breaks it (end: the text is cut). */
static const char *akolhook_i_escape_pass(const char *p, const char *end, uint32_t *unit, const char **bad) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    enum { count = sizeof names - 1 };
    int i, digit;

    *bad = ++p;
    *unit = 0;
    if (p == end) return NULL;

    for (i = 0; *p != 'u' && i < count; i++) {
        if (*p != names[i]) continue;
        *unit = (uint8_t)values[i];
        return p + 1;
    }
    if (i == count) return NULL;

    /* \u and four digits */
    for (; i < 4; i++) {
        *bad = ++p;
        digit = p < end ? akolhook_i_hex_value(*p) : -1;
        if (digit < 0) return NULL;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return p + 1;
}

/* What the strict scanners share: they take a place and return the one behind what they passed, NULL on an
   error. */
typedef struct akolhook_i_scan {
    akolhook_i_window text;
    const char *error;      /* where it stands; the end when there is none */
    akolhook_status status; /* OK, or what is wrong there */
    uint8_t escaped;        /* 1 once an escape was passed */
} akolhook_i_scan;

static void akolhook_i_scan_init(akolhook_i_scan *s, const char *end) {
    memset(s, 0, sizeof *s);
    s->text.end = s->error = end;
}

AKOLHOOK_I_ONCE static const char *akolhook_i_scan_fail(
        akolhook_i_scan *s, const char *at, akolhook_status status) {
    s->error = at;
    s->status = at == s->text.end ? AKOLHOOK_JSON_CUT : status;
    return NULL;
}

/* Passes characters beyond ASCII. */
static const char *akolhook_i_utf8_pass(akolhook_i_scan *s, const char *p) {
    while (p < s->text.end && (uint8_t)*p >= 0x80) {
        const size_t len = akolhook_i_utf8_len(p, s->text.end);
        if (!len) return akolhook_i_scan_fail(s, p, AKOLHOOK_BAD_UTF8);
        if (len > (size_t)(s->text.end - p)) return akolhook_i_scan_fail(s, s->text.end, AKOLHOOK_JSON_CUT);
        p += len;
    }
    return p;
}

/* Passes the inside of a string from a place that is not plain, up to a quote or the end. */
static const char *akolhook_i_text_rest_pass(akolhook_i_scan *s, const char *p) {
    const char *bad;
    uint32_t unit;

    for (; p && p < s->text.end && *p != '"'; p = p ? akolhook_i_text_run(&s->text, p) : p) {
        if (*p == '\\') {
            p = akolhook_i_escape_pass(p, s->text.end, &unit, &bad);
            if (!p) return akolhook_i_scan_fail(s, bad, AKOLHOOK_JSON_ESCAPE);
            s->escaped = 1;
        } else {
            if ((uint8_t)*p < 0x20) return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_CONTROL);
            p = akolhook_i_utf8_pass(s, p);
        }
    }
    return p;
}

/* Passes a string from its first quote to behind its last; sets s->escaped when escapes stand in it. */
static inline const char *akolhook_i_string_pass(akolhook_i_scan *s, const char *p) {
    p = akolhook_i_text_run(&s->text, p + 1);
    if (p == s->text.end || *p != '"') {
        p = akolhook_i_text_rest_pass(s, p);
        if (!p) return NULL;
        if (p == s->text.end) return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_CUT);
    }
    return p + 1;
}

/* What UTF-16 writes a character above 0xffff with: two halves, ten bits in each. */
#define AKOLHOOK_I_HIGH_HALF 0xd800u
#define AKOLHOOK_I_LOW_HALF 0xdc00u
#define AKOLHOOK_I_HALVES_END 0xe000u

/* Joins two halves in *code; 0 when they are none. */
static int akolhook_i_halves_join(uint32_t *code, uint32_t low) {
    if (*code < AKOLHOOK_I_HIGH_HALF || *code >= AKOLHOOK_I_LOW_HALF) return 0;
    if (low < AKOLHOOK_I_LOW_HALF || low >= AKOLHOOK_I_HALVES_END) return 0;
    *code = 0x10000 + ((*code - AKOLHOOK_I_HIGH_HALF) << 10) + (low - AKOLHOOK_I_LOW_HALF);
    return 1;
}

/* Passes the escape of a character, which may be two; a half without its other is given as it is. NULL when
   it is malformed. */
static const char *akolhook_i_code_pass(const char *p, const char *end, uint32_t *code) {
    const char *next = NULL, *bad;
    uint32_t low = 0;

    p = akolhook_i_escape_pass(p, end, code, &bad);
    if (p && p < end && *p == '\\') next = akolhook_i_escape_pass(p, end, &low, &bad);
    return next && akolhook_i_halves_join(code, low) ? next : p;
}

/* Decodes one step of escaped text at *at: its length in out, 0 when malformed. A lone surrogate gives
   U+FFFD. */
static size_t akolhook_i_text_step(const char **at, const char *end, char out[4]) {
    const uint32_t replacement = 0xfffd;
    const char *p = *at;
    uint32_t code;

    if (*p != '\\') {
        out[0] = *p;
        *at = p + 1;
        return 1;
    }

    p = akolhook_i_code_pass(p, end, &code);
    if (!p) return 0;
    *at = p;
    if (code >= AKOLHOOK_I_HIGH_HALF && code < AKOLHOOK_I_HALVES_END) code = replacement;
    return akolhook_i_utf8_write(code, out);
}

#define AKOLHOOK_I_PLAIN_SIZE 40 /* longer than every name and every time of the wire */
/* The text as it reads. With escapes it is decoded into plain, if it is ASCII alone and fits, and else
   empty. */
static akolhook_str akolhook_i_ascii_decode(akolhook_str text, char plain[AKOLHOOK_I_PLAIN_SIZE]) {
    const char *p = akolhook_i_start(text), *end = p + text.len, *bad;
    size_t len = 0;
    uint32_t unit;
    while (p && p < end) {
        unit = (uint8_t)*p;
        p = unit == '\\' ? akolhook_i_escape_pass(p, end, &unit, &bad) : p + 1;
        if (!p || unit >= 0x80 || len == AKOLHOOK_I_PLAIN_SIZE) return akolhook_str_n(NULL, 0);
        plain[len++] = (char)unit;
    }
    return akolhook_str_n(plain, len);
}
static inline akolhook_str akolhook_i_ascii_of(const akolhook_text *text, char plain[AKOLHOOK_I_PLAIN_SIZE]) {
    return text->escaped ? akolhook_i_ascii_decode(text->str, plain) : text->str;
}

AKOLHOOK_API akolhook_text akolhook_text_n(const void *ptr, size_t len) {
    akolhook_text t;
    t.str = akolhook_str_n(ptr, len);
    t.escaped = 0;
    return t;
}

AKOLHOOK_API akolhook_text akolhook_text_c(const char *text) {
    return akolhook_text_n(text, text ? strlen(text) : 0);
}

AKOLHOOK_API akolhook_status akolhook_text_decode(akolhook_text text, char *out, size_t cap, size_t *len) {
    const char *p = akolhook_i_start(text.str), *end = p + text.str.len;
    size_t need = 0, at = 0, step;
    char bytes[4];

    *len = 0;
    if (!text.escaped) {
        *len = text.str.len;
        if (*len > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
        if (*len) memcpy(out, p, *len);
        return AKOLHOOK_OK;
    }

    for (; p < end; need += step)
        if ((step = akolhook_i_text_step(&p, end, bytes)) == 0) return AKOLHOOK_JSON_ESCAPE;
    *len = need;
    if (need > cap) return AKOLHOOK_BUFFER_TOO_SMALL;

    for (p = akolhook_i_start(text.str); p < end; at += step) {
        step = akolhook_i_text_step(&p, end, bytes);
        memcpy(out + at, bytes, step);
    }
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_text_copy(akolhook_text text, char *out, size_t cap, size_t *len) {
    size_t need = 0;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    if (out || !cap) status = akolhook_text_decode(text, out, cap ? cap - 1 : 0, &need);
    if (len) *len = need;
    if (status == AKOLHOOK_OK && !cap) status = AKOLHOOK_BUFFER_TOO_SMALL;
    if (status == AKOLHOOK_OK && memchr(out, 0, need)) status = AKOLHOOK_TEXT_NUL;

    if (out && cap) out[status == AKOLHOOK_OK ? need : 0] = 0;
    return status;
}

AKOLHOOK_API int akolhook_text_equal(akolhook_text text, akolhook_str plain) {
    const char *p = akolhook_i_start(text.str), *end = p + text.str.len;
    size_t at = 0, step;
    char bytes[4];
    if (!text.escaped) return akolhook_str_equal(text.str, plain);
    for (; p < end; at += step) {
        step = akolhook_i_text_step(&p, end, bytes);
        if (!step || plain.len - at < step || memcmp(plain.ptr + at, bytes, step) != 0) return 0;
    }
    return at == plain.len;
}

/* Passes digits, at least one. */
static const char *akolhook_i_digits_pass(akolhook_i_scan *s, const char *p) {
    const char *first = p;
    while (p < s->text.end && akolhook_i_is_digit(*p)) p++;
    return p != first ? p : akolhook_i_scan_fail(s, p, AKOLHOOK_BAD_NUMBER);
}

/* Passes one number (RFC 8259 section 6). */
AKOLHOOK_I_NOINLINE static const char *akolhook_i_number_pass(akolhook_i_scan *s, const char *p) {
    const char *const end = s->text.end, *first = p += *p == '-';
    p = akolhook_i_digits_pass(s, p);
    if (p && *first == '0' && p - first > 1) return akolhook_i_scan_fail(s, first + 1, AKOLHOOK_BAD_NUMBER);
    if (p && p < end && *p == '.') p = akolhook_i_digits_pass(s, p + 1);
    if (p && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        p = akolhook_i_digits_pass(s, p);
    }
    return p;
}

static int akolhook_i_number_is_valid(akolhook_str text) {
    const char *p = akolhook_i_start(text);
    akolhook_i_scan s;
    akolhook_i_scan_init(&s, p + text.len);
    return text.len && akolhook_i_number_pass(&s, p) == s.text.end;
}

/* mantissa / 10^scale, or less than 0. */
typedef struct akolhook_i_decimal {
    uint64_t mantissa;
    int64_t scale;
    int negative;
} akolhook_i_decimal;

/* Multiplies by 10^power; 0 when it does not fit. */
AKOLHOOK_I_ONCE static int akolhook_i_times_ten(uint64_t *value, uint64_t power) {
    if (*value == 0) return 1;
    for (; power; power--) {
        if (*value > UINT64_MAX / 10) return 0;
        *value *= 10;
    }
    return 1;
}

/* Takes a number apart. Zeros wait until a digit behind them needs them, so that those at the end cost
   nothing. */
static akolhook_status akolhook_i_decimal_read(akolhook_str text, akolhook_i_decimal *d) {
    const char *p = akolhook_i_start(text), *end = p + text.len;
    int64_t exponent = 0, sign = 1, fraction = 0;
    uint64_t zeros = 0, drop;
    int in_fraction = 0;

    memset(d, 0, sizeof *d);
    if (!akolhook_i_number_is_valid(text)) return AKOLHOOK_BAD_NUMBER;
    d->negative = *p == '-';
    p += d->negative;

    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            in_fraction = 1;
            continue;
        }
        fraction += in_fraction;
        if (*p == '0') {
            zeros++;
            continue;
        }
        if (!akolhook_i_times_ten(&d->mantissa, zeros + 1)) return AKOLHOOK_OUT_OF_RANGE;
        if (d->mantissa > UINT64_MAX - (uint64_t)(*p - '0')) return AKOLHOOK_OUT_OF_RANGE;
        d->mantissa += (uint64_t)(*p - '0');
        zeros = 0;
    }

    if (d->mantissa == 0) return AKOLHOOK_OK;
    if (p < end) {
        p++;
        if (*p == '-' || *p == '+') sign = *p++ == '-' ? -1 : 1;
        for (; p < end; p++) /* beyond any scale it may stop growing */
            if (exponent < INT64_C(10000000000)) exponent = exponent * 10 + (*p - '0');
    }
    d->scale = fraction - sign * exponent;
    if (d->scale > INT32_MAX || d->scale < -(int64_t)INT32_MAX) return AKOLHOOK_OUT_OF_RANGE;

    /* zeros at the end of a fraction are dropped, others count */
    drop = d->scale <= 0 ? 0 : (uint64_t)d->scale < zeros ? (uint64_t)d->scale : zeros;
    d->scale -= (int64_t)drop;
    return akolhook_i_times_ten(&d->mantissa, zeros - drop) ? AKOLHOOK_OK : AKOLHOOK_OUT_OF_RANGE;
}

/* The same as an integer: sign and magnitude. */
static akolhook_status akolhook_i_integer_read(akolhook_str text, akolhook_i_decimal *d) {
    akolhook_status status = akolhook_i_decimal_read(text, d);
    if (status != AKOLHOOK_OK) return status;
    if (d->scale > 0 || !akolhook_i_times_ten(&d->mantissa, (uint64_t)-d->scale))
        return AKOLHOOK_OUT_OF_RANGE;
    return AKOLHOOK_OK;
}

/* Magnitude and sign as int64; 0 when it does not fit. */
static int akolhook_i_to_int64(const akolhook_i_decimal *d, int64_t *value) {
    if (d->mantissa > (uint64_t)INT64_MAX + (d->negative ? 1u : 0u)) return 0;
    *value = !d->negative ? (int64_t)d->mantissa : d->mantissa ? -(int64_t)(d->mantissa - 1) - 1 : 0;
    return 1;
}

AKOLHOOK_API akolhook_number akolhook_number_int(int64_t value) {
    akolhook_number n;
    n.str = akolhook_str_n(NULL, 0);
    n.integer = value;
    n.has_integer = 1;
    return n;
}

/* Decimal digits alone, up to max of them, at most 19; 0 when it is anything else. */
static int akolhook_i_digits_read(akolhook_str text, size_t max, uint64_t *value) {
    size_t i;

    *value = 0;
    if (text.len == 0 || text.len > max) return 0;
    for (i = 0; i < text.len; i++) {
        if (!akolhook_i_is_digit(text.ptr[i])) return 0;
        *value = *value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return 1;
}

AKOLHOOK_API akolhook_status akolhook_number_int64(akolhook_str number, int64_t *value) {
    const size_t most = 18; /* INT64_MAX has 19 digits */
    akolhook_i_decimal d;
    akolhook_status status;
    uint64_t digits;

    /* the common case: digits alone, so few that they fit */
    if ((number.len < 2 || number.ptr[0] != '0') && akolhook_i_digits_read(number, most, &digits)) {
        *value = (int64_t)digits;
        return AKOLHOOK_OK;
    }

    status = akolhook_i_integer_read(number, &d);
    *value = 0;
    if (status != AKOLHOOK_OK) return status;
    return akolhook_i_to_int64(&d, value) ? AKOLHOOK_OK : AKOLHOOK_OUT_OF_RANGE;
}

AKOLHOOK_API akolhook_status akolhook_number_uint64(akolhook_str number, uint64_t *value) {
    akolhook_i_decimal d;
    akolhook_status status = akolhook_i_integer_read(number, &d);
    *value = 0;
    if (status != AKOLHOOK_OK) return status;
    if (d.negative && d.mantissa) return AKOLHOOK_OUT_OF_RANGE;
    *value = d.mantissa;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_number_decimal(akolhook_str number, int64_t *mantissa, int32_t *scale) {
    akolhook_i_decimal d;
    akolhook_status status = akolhook_i_decimal_read(number, &d);
    *mantissa = 0;
    *scale = 0;
    if (status != AKOLHOOK_OK) return status;
    if (!akolhook_i_to_int64(&d, mantissa)) return AKOLHOOK_OUT_OF_RANGE;
    *scale = (int32_t)d.scale;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_i_json_check(
        akolhook_str text, unsigned room, akolhook_json *value, size_t *error_at);

/* The writer. What may come next; the writer begins with 0. */
enum {
    AKOLHOOK_I_TOP,
    AKOLHOOK_I_FIRST_ELEMENT,
    AKOLHOOK_I_ELEMENT,
    AKOLHOOK_I_MEMBER_VALUE, /* a value */
    AKOLHOOK_I_FIRST_KEY,
    AKOLHOOK_I_KEY,
    AKOLHOOK_I_NOTHING
};

AKOLHOOK_I_ONCE static void akolhook_i_fail(akolhook_json_writer *w, akolhook_status status) {
    if (w->status == AKOLHOOK_OK) w->status = status;
}

/* Where the next len bytes go, or NULL when they do not fit; they are counted in any case. */
static inline char *akolhook_i_room(akolhook_json_writer *w, size_t len) {
    const size_t at = w->len;
    /* not covered: no text is as long as memory */
    if (len > SIZE_MAX - at) {
        akolhook_i_fail(w, AKOLHOOK_OUT_OF_RANGE);
        return NULL;
    }
    w->len = at + len;
    return w->len <= w->cap ? w->buf + at : NULL;
}

static void akolhook_i_put(akolhook_json_writer *w, const char *p, size_t len) {
    char *out = akolhook_i_room(w, len);
    if (out && len) memcpy(out, p, len);
}

AKOLHOOK_I_ONCE static void akolhook_i_put_char(akolhook_json_writer *w, char c) {
    char *out = akolhook_i_room(w, 1);
    if (out) *out = c;
}

/* Before each value: the comma, and whether one belongs here. */
AKOLHOOK_I_ONCE static int akolhook_i_value_begin(akolhook_json_writer *w) {
    static const uint8_t next[] = {
            AKOLHOOK_I_NOTHING, AKOLHOOK_I_ELEMENT, AKOLHOOK_I_ELEMENT, AKOLHOOK_I_KEY};
    const uint8_t expects = w->expects;
    if (w->status != AKOLHOOK_OK) return 0;
    if (expects > AKOLHOOK_I_MEMBER_VALUE) {
        akolhook_i_fail(w, AKOLHOOK_JSON_NESTING);
        return 0;
    }
    if (expects == AKOLHOOK_I_ELEMENT) akolhook_i_put_char(w, ',');
    w->expects = next[expects];
    return 1;
}

AKOLHOOK_I_ONCE static void akolhook_i_container_begin(akolhook_json_writer *w, int is_object) {
    if (!akolhook_i_value_begin(w)) return;
    if (w->depth == AKOLHOOK_MAX_DEPTH) {
        akolhook_i_fail(w, AKOLHOOK_JSON_TOO_DEEP);
        return;
    }
    w->objects = w->objects << 1 | (uint64_t)is_object;
    w->depth++;
    w->expects = is_object ? AKOLHOOK_I_FIRST_KEY : AKOLHOOK_I_FIRST_ELEMENT;
    akolhook_i_put_char(w, is_object ? '{' : '[');
}

static void akolhook_i_container_end(akolhook_json_writer *w, int is_object) {
    int open = is_object ? w->expects == AKOLHOOK_I_FIRST_KEY || w->expects == AKOLHOOK_I_KEY
                         : w->expects == AKOLHOOK_I_FIRST_ELEMENT || w->expects == AKOLHOOK_I_ELEMENT;
    if (w->status != AKOLHOOK_OK) return;
    if (!open || w->depth == 0) {
        akolhook_i_fail(w, AKOLHOOK_JSON_NESTING);
        return;
    }
    w->objects >>= 1;
    w->depth--;
    w->expects = w->depth == 0 ? AKOLHOOK_I_NOTHING : w->objects & 1 ? AKOLHOOK_I_KEY : AKOLHOOK_I_ELEMENT;
    akolhook_i_put_char(w, is_object ? '}' : ']');
}

AKOLHOOK_API void akolhook_json_init(akolhook_json_writer *w, char *buf, size_t cap, unsigned flags) {
    memset(w, 0, sizeof *w);
    w->buf = buf;
    w->cap = buf ? cap : 0;
    w->flags = flags;
}

AKOLHOOK_API void akolhook_json_object_begin(akolhook_json_writer *w) { akolhook_i_container_begin(w, 1); }
AKOLHOOK_API void akolhook_json_object_end(akolhook_json_writer *w) { akolhook_i_container_end(w, 1); }
AKOLHOOK_API void akolhook_json_array_begin(akolhook_json_writer *w) { akolhook_i_container_begin(w, 0); }
AKOLHOOK_API void akolhook_json_array_end(akolhook_json_writer *w) { akolhook_i_container_end(w, 0); }

/* One byte that cannot stand as it is. */
static void akolhook_i_put_escape(akolhook_json_writer *w, uint8_t c) {
    static const char shorts[] = "btn\0fr"; /* for \b to \r; \v has none */
    char escape[6];

    memcpy(escape, "\\u0000", 6);
    if (c == '"' || c == '\\')
        escape[1] = (char)c;
    else if (c >= '\b' && c <= '\r' && c != '\v')
        escape[1] = shorts[c - '\b'];
    else {
        escape[4] = akolhook_i_hex_digit(c >> 4);
        escape[5] = akolhook_i_hex_digit(c & 15u);
        akolhook_i_put(w, escape, 6);
        return;
    }

    akolhook_i_put(w, escape, 2);
}

/* What may not stand in a script of HTML: < (of </script> and <!--), and the line ends U+2028 and U+2029. 1
   with the run up to it and its escape written, and both passed; 0 for anything else. */
static int akolhook_i_put_html(akolhook_json_writer *w, const char **run, const char **at, const char *end) {
    const char *p = *at;
    const int line_end = end - p >= 3 && memcmp(p, "\xe2\x80", 2) == 0 && ((uint8_t)p[2] | 1) == 0xa9;

    if (!(w->flags & AKOLHOOK_JSON_ESCAPE_HTML) || (*p != '<' && !line_end)) return 0;
    akolhook_i_put(w, *run, (size_t)(p - *run));
    akolhook_i_put(w, !line_end ? "\\u003c" : p[2] & 1 ? "\\u2029" : "\\u2028", 6);
    *run = *at = p + (line_end ? 3 : 1);
    return 1;
}

/* JSON that was checked, copied as it stands but for what HTML forbids, which is only in strings. */
static void akolhook_i_put_checked(akolhook_json_writer *w, akolhook_str json) {
    const char *p = akolhook_i_start(json), *run = p, *end = p + json.len;
    if (w->flags & AKOLHOOK_JSON_ESCAPE_HTML)
        while (p < end)
            if (!akolhook_i_put_html(w, &run, &p, end)) p++;
    akolhook_i_put(w, run, (size_t)(end - run));
}

/* The inside of a string from p on: runs are copied as they are, the rest is escaped or checked. */
static void akolhook_i_put_string_rest(akolhook_json_writer *w, const char *p, const char *end) {
    const int html = (w->flags & AKOLHOOK_JSON_ESCAPE_HTML) != 0;
    akolhook_i_window window = {NULL, NULL, 0};
    const char *run = p;

    window.end = end;
    while (p < end) {
        if (!html) p = akolhook_i_text_run(&window, p);
        if (p == end) break;
        if (html && akolhook_i_put_html(w, &run, &p, end)) continue;

        if ((uint8_t)*p >= 0x80) {
            const size_t len = akolhook_i_utf8_len(p, end);
            if (!len || len > (size_t)(end - p)) {
                akolhook_i_fail(w, AKOLHOOK_BAD_UTF8);
                return;
            }
            p += len;
        } else if ((uint8_t)*p < 0x20 || *p == '"' || *p == '\\') {
            akolhook_i_put(w, run, (size_t)(p - run));
            akolhook_i_put_escape(w, (uint8_t)*p);
            run = ++p;
        } else
            p++;
    }
    akolhook_i_put(w, run, (size_t)(end - run));
}

/* The inside of a string and its last quote at out, where it fits if nothing needs an escape: looked at
   and copied at once. */
static inline void akolhook_i_put_fitting(akolhook_json_writer *w, char *out, akolhook_str s) {
    const char *p = akolhook_i_start(s);
    const size_t plain = akolhook_i_plain_copy(out, p, s.len);
    w->len = (size_t)(out - w->buf) + plain;
#ifndef AKOLHOOK_SMALL
    if (plain == s.len) {
        out[plain] = '"';
        w->len++;
        return;
    }
#endif
    if (plain < s.len) akolhook_i_put_string_rest(w, p + plain, p + s.len);
    akolhook_i_put_char(w, '"');
}

/* 1 when more bytes and a text of len bytes would fit, and no flag asks for a closer look. */
static inline int akolhook_i_fits(const akolhook_json_writer *w, size_t more, size_t len) {
    const size_t room = w->len < w->cap ? w->cap - w->len : 0;
    return w->flags == 0 && room >= more && room - more >= len;
}

/* A string with its quotes. */
static void akolhook_i_put_string(akolhook_json_writer *w, akolhook_str s) {
    const char *p = akolhook_i_start(s);
    if (akolhook_i_fits(w, 2, s.len)) {
        char *out = w->buf + w->len;
        *out = '"';
        akolhook_i_put_fitting(w, out + 1, s);
        return;
    }
    akolhook_i_put_char(w, '"');
    akolhook_i_put_string_rest(w, p, p + s.len);
    akolhook_i_put_char(w, '"');
}

/* Before a key: whether one belongs here. */
static int akolhook_i_key_begin(akolhook_json_writer *w) {
    if (w->status != AKOLHOOK_OK) return 0;
    if (w->expects == AKOLHOOK_I_FIRST_KEY || w->expects == AKOLHOOK_I_KEY) return 1;
    akolhook_i_fail(w, AKOLHOOK_JSON_NESTING);
    return 0;
}

AKOLHOOK_API void akolhook_json_key(akolhook_json_writer *w, akolhook_str key) {
    if (!akolhook_i_key_begin(w)) return;
    if (w->expects == AKOLHOOK_I_KEY) akolhook_i_put_char(w, ',');
    akolhook_i_put_string(w, key);
    akolhook_i_put_char(w, ':');
    w->expects = AKOLHOOK_I_MEMBER_VALUE;
}

/* A key that stands as JSON already, with a comma before it and a colon behind. */
static void akolhook_i_put_ready_key(akolhook_json_writer *w, akolhook_str key) {
    if (!akolhook_i_key_begin(w)) return;
    if (w->expects == AKOLHOOK_I_KEY)
        akolhook_i_put(w, key.ptr, key.len);
    else
        akolhook_i_put(w, key.ptr + 1, key.len - 1);
    w->expects = AKOLHOOK_I_MEMBER_VALUE;
}

AKOLHOOK_API void akolhook_json_string(akolhook_json_writer *w, akolhook_str utf8) {
    if (akolhook_i_value_begin(w)) akolhook_i_put_string(w, utf8);
}

/* Flagged text: checked, and copied. */
static void akolhook_i_put_escaped(akolhook_json_writer *w, akolhook_str text) {
    const char *p = akolhook_i_start(text), *end = p + text.len;
    akolhook_i_scan scan;
    akolhook_i_scan_init(&scan, end);
    p = akolhook_i_text_rest_pass(&scan, akolhook_i_text_run(&scan.text, p));
    if (p != end) {
        akolhook_i_fail(w, p ? AKOLHOOK_JSON_SYNTAX : scan.status); /* a bare quote, or what is broken */
        return;
    }
    akolhook_i_put_char(w, '"');
    akolhook_i_put_checked(w, text);
    akolhook_i_put_char(w, '"');
}

AKOLHOOK_API void akolhook_json_text(akolhook_json_writer *w, akolhook_text text) {
    if (!akolhook_i_value_begin(w)) return;
    if (text.escaped)
        akolhook_i_put_escaped(w, text.str);
    else
        akolhook_i_put_string(w, text.str);
}

AKOLHOOK_API void akolhook_json_base64(akolhook_json_writer *w, const void *data, size_t len) {
    char *out;

    if (len > SIZE_MAX / 4 * 3 - 3) akolhook_i_fail(w, AKOLHOOK_OUT_OF_RANGE);
    if (!akolhook_i_value_begin(w)) return;

    akolhook_i_put_char(w, '"');
    out = akolhook_i_room(w, (len + 2) / 3 * 4);
    if (out) akolhook_i_base64_write((const uint8_t *)data, len, out);
    akolhook_i_put_char(w, '"');
}

/* Most keys are 8 to 16 bytes: two words that overlap. */
static inline void akolhook_i_key_copy(char *out, const char *key, size_t len) {
    if (len >= 8 && len <= 16) {
        uint64_t low, high;
        memcpy(&low, key, 8);
        memcpy(&high, key + len - 8, 8);
        memcpy(out, &low, 8);
        memcpy(out + len - 8, &high, 8);
    } else
        memcpy(out, key, len);
}

/* Ready key and text in one go. */
static void akolhook_i_put_text_member(akolhook_json_writer *w, akolhook_str key, const akolhook_text *text) {
    if (!text->escaped && akolhook_i_key_begin(w) && akolhook_i_fits(w, key.len + 2, text->str.len)) {
        const size_t first = w->expects == AKOLHOOK_I_FIRST_KEY;
        char *out = w->buf + w->len;
        akolhook_i_key_copy(out, key.ptr + first, key.len - first);
        out += key.len - first;
        *out = '"';
        w->expects = AKOLHOOK_I_KEY;
        akolhook_i_put_fitting(w, out + 1, text->str);
        return;
    }
    akolhook_i_put_ready_key(w, key);
    akolhook_json_text(w, *text);
}

static void akolhook_i_put_decimal(akolhook_json_writer *w, int negative, uint64_t magnitude, int32_t scale) {
    char digits[AKOLHOOK_I_UINT_ROOM];
    const char *first = akolhook_i_uint_write(digits + sizeof digits, magnitude);
    size_t count = (size_t)(digits + sizeof digits - first), whole;

    if (negative) akolhook_i_put_char(w, '-');
    if (scale <= 0) {
        akolhook_i_put(w, first, count);
        if (*first != '0')
            while (scale++ < 0) akolhook_i_put_char(w, '0');
        return;
    }

    whole = count > (size_t)scale ? count - (size_t)scale : 0;
    if (whole)
        akolhook_i_put(w, first, whole);
    else
        akolhook_i_put_char(w, '0');
    akolhook_i_put_char(w, '.');
    for (; count < (size_t)scale; scale--) akolhook_i_put_char(w, '0');
    akolhook_i_put(w, first + whole, count - whole);
}

AKOLHOOK_API void akolhook_json_decimal(akolhook_json_writer *w, int64_t mantissa, int32_t scale) {
    if (scale < -400 || scale > 400) {
        akolhook_i_fail(w, AKOLHOOK_OUT_OF_RANGE);
        return;
    }
    if (!akolhook_i_value_begin(w)) return;
    akolhook_i_put_decimal(
            w, mantissa < 0, mantissa < 0 ? 0u - (uint64_t)mantissa : (uint64_t)mantissa, scale);
}

static void akolhook_i_put_integer(akolhook_json_writer *w, int negative, uint64_t magnitude) {
    char digits[AKOLHOOK_I_UINT_ROOM];
    char *const end = digits + sizeof digits, *first = akolhook_i_uint_write(end, magnitude);
    if (negative) *--first = '-';
    akolhook_i_put(w, first, (size_t)(end - first));
}

AKOLHOOK_API void akolhook_json_int64(akolhook_json_writer *w, int64_t value) {
    if (akolhook_i_value_begin(w))
        akolhook_i_put_integer(w, value < 0, value < 0 ? 0u - (uint64_t)value : (uint64_t)value);
}

AKOLHOOK_API void akolhook_json_uint64(akolhook_json_writer *w, uint64_t value) {
    if (akolhook_i_value_begin(w)) akolhook_i_put_integer(w, 0, value);
}

AKOLHOOK_API void akolhook_json_number(akolhook_json_writer *w, akolhook_str text) {
    if (!akolhook_i_number_is_valid(text)) {
        akolhook_i_fail(w, AKOLHOOK_BAD_NUMBER);
        return;
    }
    if (akolhook_i_value_begin(w)) akolhook_i_put(w, text.ptr, text.len);
}

AKOLHOOK_API void akolhook_json_bool(akolhook_json_writer *w, int value) {
    if (akolhook_i_value_begin(w)) akolhook_i_put(w, value ? "true" : "false", value ? 4 : 5);
}

AKOLHOOK_API void akolhook_json_null(akolhook_json_writer *w) {
    if (akolhook_i_value_begin(w)) akolhook_i_put(w, "null", 4);
}

AKOLHOOK_API void akolhook_json_raw(akolhook_json_writer *w, akolhook_str json) {
    akolhook_json value;
    akolhook_status status = akolhook_i_json_check(json, AKOLHOOK_MAX_DEPTH - w->depth, &value, NULL);
    if (status != AKOLHOOK_OK) {
        akolhook_i_fail(w, status);
        return;
    }
    if (akolhook_i_value_begin(w)) akolhook_i_put_checked(w, value.str);
}

#define AKOLHOOK_I_JSON_ADD(name, type) \
    AKOLHOOK_API void akolhook_json_add_##name(akolhook_json_writer *w, const char *key, type value) { \
        akolhook_json_key(w, akolhook_str_c(key)); \
        akolhook_json_##name(w, value); \
    }
AKOLHOOK_I_JSON_ADD(string, akolhook_str)
AKOLHOOK_I_JSON_ADD(text, akolhook_text)
AKOLHOOK_I_JSON_ADD(int64, int64_t)
AKOLHOOK_I_JSON_ADD(uint64, uint64_t)
AKOLHOOK_I_JSON_ADD(number, akolhook_str)
AKOLHOOK_I_JSON_ADD(bool, int)
AKOLHOOK_I_JSON_ADD(raw, akolhook_str)
#undef AKOLHOOK_I_JSON_ADD

AKOLHOOK_API void akolhook_json_add_decimal(
        akolhook_json_writer *w, const char *key, int64_t mantissa, int32_t scale) {
    akolhook_json_key(w, akolhook_str_c(key));
    akolhook_json_decimal(w, mantissa, scale);
}
AKOLHOOK_API void akolhook_json_add_null(akolhook_json_writer *w, const char *key) {
    akolhook_json_key(w, akolhook_str_c(key));
    akolhook_json_null(w);
}

AKOLHOOK_API akolhook_status akolhook_json_finish(akolhook_json_writer *w, size_t *len) {
    if (w->depth != 0 || w->expects != AKOLHOOK_I_NOTHING) akolhook_i_fail(w, AKOLHOOK_JSON_NESTING);
    *len = w->status == AKOLHOOK_OK ? w->len : 0;
    if (w->status != AKOLHOOK_OK) return w->status;
    return w->len > w->cap ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK;
}

/* The reader. */

static int akolhook_i_is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

AKOLHOOK_I_ONCE static const char *akolhook_i_blanks_rest(const char *p, const char *end) {
    while (p < end && akolhook_i_is_blank(*p)) p++;
    return p;
}
static inline const char *akolhook_i_blanks_pass(const char *p, const char *end) {
#ifndef AKOLHOOK_SMALL
    if (p == end || (uint8_t)*p > ' ') return p;
#endif
    return akolhook_i_blanks_rest(p, end);
}

/* The type of the value that begins with c. */
AKOLHOOK_I_NOINLINE AKOLHOOK_I_ONCE static akolhook_json_type akolhook_i_type_of(char c) {
    static const struct {
        char first;
        uint8_t type;
    } types[] = {
            {'"', AKOLHOOK_JSON_STRING},
            {'{', AKOLHOOK_JSON_OBJECT},
            {'[', AKOLHOOK_JSON_ARRAY},
            {'t', AKOLHOOK_JSON_TRUE},
            {'f', AKOLHOOK_JSON_FALSE},
            {'n', AKOLHOOK_JSON_NULL},
    };
    unsigned i;
    for (i = 0; i < sizeof types / sizeof types[0]; i++)
        if (c == types[i].first) return (akolhook_json_type)types[i].type;
    return AKOLHOOK_JSON_NUMBER;
}

static const char *akolhook_i_word_pass(akolhook_i_scan *s, const char *p) {
    const char *word = *p == 'n' ? "null" : *p == 'f' ? "false" : "true";
    for (; *word; word++, p++)
        if (p == s->text.end || *p != *word) return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_SYNTAX);
    return p;
}

/* Passes blanks, a key and its colon. */
static inline const char *akolhook_i_key_pass(akolhook_i_scan *s, const char *p, akolhook_text *key) {
    if (p == s->text.end || *p != '"') p = akolhook_i_blanks_pass(p, s->text.end);
    if (p == s->text.end || *p != '"') return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_SYNTAX);
    key->str.ptr = p + 1;
    p = akolhook_i_string_pass(s, p);
    if (!p) return NULL;
    key->str.len = (size_t)(p - 1 - key->str.ptr);
    if (p == s->text.end || *p != ':') p = akolhook_i_blanks_pass(p, s->text.end);
    return p < s->text.end && *p == ':' ? p + 1 : akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_SYNTAX);
}

/* The same for the next member whose value is no plain text: those before it are passed with their values. */
static inline const char *akolhook_i_members_pass(akolhook_i_scan *s, const char *p) {
    akolhook_text key;
#ifndef AKOLHOOK_SMALL
    const char *value = akolhook_i_plain_members_pass(&s->text, &p);
    if (value) return value;
#endif
    return akolhook_i_key_pass(s, p, &key);
}

/* Passes one whole value, at most room levels deep, and checks all of it; nesting is a bit stack. */
static const char *akolhook_i_value_pass(akolhook_i_scan *s, const char *p, unsigned room) {
    const char *const end = s->text.end;
    uint64_t objects = 0; /* one bit for each level, the lowest for the innermost: 1 for an object */
    unsigned depth = 0;

    for (;;) {
        if ((objects & 1) && (p = akolhook_i_members_pass(s, p)) == NULL) return NULL;
        p = akolhook_i_blanks_pass(p, end);
        if (p == end) return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_CUT);

        if (*p == '"')
            p = akolhook_i_string_pass(s, p);
        else if (*p == '{' || *p == '[') {
            if (depth++ == room) return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_TOO_DEEP);
            objects = objects << 1 | (*p == '{');
            p = akolhook_i_blanks_pass(p + 1, end);
            if (p == end || *p != (objects & 1 ? '}' : ']')) continue;
        } else
            p = *p == '-' || akolhook_i_is_digit(*p) ? akolhook_i_number_pass(s, p)
                                                     : akolhook_i_word_pass(s, p);
        if (!p || depth == 0) return p;

        /* behind a value, or at the end of an empty container */
        while (p == end || *p != ',') {
            if (p < end && *p == (objects & 1 ? '}' : ']')) {
                objects >>= 1;
                p++;
                if (--depth == 0) return p;
            } else if (p == end || !akolhook_i_is_blank(*p))
                return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_SYNTAX);
            else
                p = akolhook_i_blanks_pass(p, end);
        }
        p++;
    }
}

/* Passes blanks and a value, and says what it is. */
AKOLHOOK_I_NOINLINE static const char *akolhook_i_value_read(
        akolhook_i_scan *s, const char *p, unsigned room, akolhook_json *value) {
    s->escaped = 0;
    value->str.ptr = akolhook_i_blanks_pass(p, s->text.end);
    p = akolhook_i_value_pass(s, value->str.ptr, room);
    if (!p) return NULL;
    value->str.len = (size_t)(p - value->str.ptr);
    value->type = akolhook_i_type_of(*value->str.ptr);
    value->escaped = value->type == AKOLHOOK_JSON_STRING && s->escaped;
    return p;
}

/* Behind the one value of a text: nothing but blanks may follow. */
static void akolhook_i_scan_end(akolhook_i_scan *s, const char *p) {
    if (p) p = akolhook_i_blanks_pass(p, s->text.end);
    if (p && p != s->text.end) akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_TRAILING);
}

static akolhook_status akolhook_i_json_check(
        akolhook_str text, unsigned room, akolhook_json *value, size_t *error_at) {
    const char *start = akolhook_i_start(text), *p;
    akolhook_i_scan s;
    akolhook_i_scan_init(&s, start + text.len);
    p = akolhook_i_value_read(&s, start, room, value);
    akolhook_i_scan_end(&s, p);
    if (error_at) *error_at = (size_t)(s.error - start);
    if (s.status != AKOLHOOK_OK) memset(value, 0, sizeof *value);
    return s.status;
}

AKOLHOOK_API akolhook_status akolhook_json_parse(akolhook_str text, akolhook_json *value, size_t *error_at) {
    return akolhook_i_json_check(text, AKOLHOOK_MAX_DEPTH, value, error_at);
}

/* What follows passes what was checked before: brackets and quotes are all that counts. NULL is for what
   was not. */

/* Passes the inside of a string up to a quote or a backslash. */
static inline const char *akolhook_i_checked_run(const char *p, const char *end) {
#ifdef AKOLHOOK_I_SSE2
    for (; end - p >= 16; p += 16) {
        const unsigned stops = akolhook_i_bytes_quote(p);
        if (stops) return p + akolhook_i_lowest_bit(stops);
    }
#elif !defined(AKOLHOOK_SMALL)
    while (end - p >= 8 && !akolhook_i_word_stops(akolhook_i_word_at(p), 1)) p += 8;
#endif
    while (p < end && !akolhook_i_byte_stops(*p, 1)) p++;
    return p;
}

/* Passes a string from an escape on. */
static const char *akolhook_i_checked_escapes_pass(const char *p, const char *end, uint8_t *escaped) {
    *escaped = 1;
    while (p < end && *p == '\\') p = akolhook_i_checked_run(end - p > 2 ? p + 2 : end, end);
    return p < end ? p + 1 : NULL;
}

/* Passes a string from its first quote to behind its last; *escaped is set when escapes stand in it. */
AKOLHOOK_I_ONCE static const char *akolhook_i_checked_string_pass(
        const char *p, const char *end, uint8_t *escaped) {
    p = akolhook_i_checked_run(p + 1, end);
    return p < end && *p == '"' ? p + 1 : akolhook_i_checked_escapes_pass(p, end, escaped);
}

static const char *akolhook_i_checked_container_pass(const char *p, const char *end) {
    size_t depth = 0;
    uint8_t escaped;

    while (p && p < end) {
        if (*p == '"') {
            p = akolhook_i_checked_string_pass(p, end, &escaped);
            continue;
        }

        if (*p == '{' || *p == '[')
            depth++;
        else if ((*p == '}' || *p == ']') && --depth == 0)
            return p + 1;
        p++;
    }
    return NULL;
}

/* Passes a number or a word: it ends before what cannot be in one. */
AKOLHOOK_I_ONCE static const char *akolhook_i_checked_bare_pass(const char *p, const char *end) {
    const char *start = p;
    while (p < end && (uint8_t)*p > ' ' && *p != ',' && *p != ']' && *p != '}') p++;
    return p != start ? p : NULL;
}

/* Passes blanks and one value. */
AKOLHOOK_I_INLINE const char *akolhook_i_checked_pass(const char *p, const char *end, akolhook_json *value) {
    p = akolhook_i_blanks_pass(p, end);
    value->str.ptr = p;
    value->escaped = 0;
    if (p == end) return NULL;

    if (*p == '"') {
        value->type = AKOLHOOK_JSON_STRING;
        p = akolhook_i_checked_string_pass(p, end, &value->escaped);
    } else {
        value->type = akolhook_i_type_of(*p);
        p = *p == '{' || *p == '[' ? akolhook_i_checked_container_pass(p, end)
                                   : akolhook_i_checked_bare_pass(p, end);
    }
    value->str.len = p ? (size_t)(p - value->str.ptr) : 0;
    return p;
}

/* The same where time does not count. */
AKOLHOOK_I_ONCE static const char *akolhook_i_checked_skip(
        const char *p, const char *end, akolhook_json *value) {
    return akolhook_i_checked_pass(p, end, value);
}

/* Passes blanks, a key and its colon. */
static inline const char *akolhook_i_checked_key_pass(const char *p, const char *end, akolhook_text *key) {
    p = akolhook_i_blanks_pass(p, end);
    if (p == end || *p != '"') return NULL;
    key->str.ptr = p + 1;
    key->escaped = 0;
    p = akolhook_i_checked_string_pass(p, end, &key->escaped);
    if (!p) return NULL;
    key->str.len = (size_t)(p - 1 - key->str.ptr);
    if (p == end || *p != ':') p = akolhook_i_blanks_pass(p, end);
    return p < end && *p == ':' ? p + 1 : NULL;
}

/* Passes the comma behind a value; the end where there is none. */
static inline const char *akolhook_i_checked_comma_pass(const char *p, const char *end) {
    if (p < end && *p != ',') p = akolhook_i_blanks_pass(p, end);
    return p < end && *p == ',' ? p + 1 : end;
}

AKOLHOOK_API akolhook_status akolhook_json_begin(akolhook_json value, akolhook_json_iter *iter) {
    memset(iter, 0, sizeof *iter);
    if (value.type != AKOLHOOK_JSON_OBJECT && value.type != AKOLHOOK_JSON_ARRAY) return AKOLHOOK_WRONG_TYPE;
    if (value.str.len < 2) return AKOLHOOK_WRONG_TYPE;
    iter->at = value.str.ptr + 1;
    iter->end = value.str.ptr + value.str.len - 1;
    iter->state = value.type == AKOLHOOK_JSON_OBJECT;
    return AKOLHOOK_OK;
}

static inline int akolhook_i_json_next(akolhook_json_iter *iter, akolhook_text *key, akolhook_json *value) {
    const char *p = iter->at;
    if (p && iter->state) p = akolhook_i_checked_key_pass(p, iter->end, key);
    if (p) p = akolhook_i_checked_skip(p, iter->end, value);
    if (!p) return 0;
    iter->at = akolhook_i_checked_comma_pass(p, iter->end);
    return 1;
}

AKOLHOOK_API int akolhook_json_next(akolhook_json_iter *iter, akolhook_text *key, akolhook_json *value) {
    akolhook_text name;
    int more;
    memset(&name, 0, sizeof name);
    more = akolhook_i_json_next(iter, &name, value);
    if (!more) {
        memset(&name, 0, sizeof name);
        memset(value, 0, sizeof *value);
    }
    if (key) *key = name;
    return more;
}

static inline int akolhook_i_key_is(const akolhook_text *key, akolhook_str name) {
    if (key->escaped) return akolhook_text_equal(*key, name);
    return key->str.len == name.len && memcmp(key->str.ptr, name.ptr, name.len) == 0;
}

#ifdef AKOLHOOK_I_SSE2
/* One bit for each of 16 bytes that is a quote before this letter, or '[' to ']' or '{' to '}': without the
   bit of 32 the braces are the brackets, and the sum takes these to the three highest signed bytes. */
static inline uint32_t akolhook_i_keys_stop(const char *p, akolhook_i_octets letter) {
    const uint8_t to_highest = '\x7f' - ']';
    const signed char below = '\x7f' - (']' - '[' + 1);
    akolhook_i_octets here, next;
    memcpy(&here, p, 16);
    memcpy(&next, p + 1, 16);
    return akolhook_i_vector_bits(
            ((here == '"') & (next == letter)) | ((akolhook_i_bytes)((here & 0xdf) + to_highest) > below));
}

/* Looks for a name that begins with a letter among all that comes before the first bracket or backslash:
   there each quote begins or ends a string, and no letter stands behind one that ends. The place behind
   the colon; NULL when the members must be passed one by one. */
static const char *akolhook_i_plain_key_find(const char *p, const char *end, akolhook_str name) {
    const uint8_t first = (uint8_t)name.ptr[0];
    const akolhook_i_octets none = {0}, letter = none + first;

    if ((first | 32u) - 'a' >= 26 || name.len > 15) return NULL;

    for (; end - p > 32; p += 32) {
        uint32_t stops = akolhook_i_keys_stop(p, letter) | akolhook_i_keys_stop(p + 16, letter) << 16;
        for (; stops; stops &= stops - 1) {
            const char *at = p + akolhook_i_lowest_bit(stops);
            if (*at++ != '"' || end - at <= 16) return NULL;

            /* the name as long as it is up to the next quote; 16 where none is near */
            if (akolhook_i_lowest_bit(akolhook_i_bytes_quote(at) | 1u << 16) != name.len) continue;
            if (memcmp(at, name.ptr, name.len) != 0) continue;
            at += name.len + 1;
            if (*at != ':') at = akolhook_i_blanks_pass(at, end);
            if (at < end && *at == ':') return at + 1;
        }
    }
    return NULL;
}
#endif

/* The value of a member, from behind the bracket on; NULL when there is none. What stands behind it is not
   looked at. */
static const char *akolhook_i_member_seek(const char *p, const char *end, akolhook_str name) {
    akolhook_json passed;
    akolhook_text key;
#ifdef AKOLHOOK_I_SSE2
    const char *found = akolhook_i_plain_key_find(p, end, name);
    if (found) return akolhook_i_blanks_pass(found, end);
#endif

    while (p && p < end) {
        p = akolhook_i_checked_key_pass(p, end, &key);
        if (p && akolhook_i_key_is(&key, name)) return akolhook_i_blanks_pass(p, end);
        if (p) p = akolhook_i_checked_pass(p, end, &passed);
        if (p) p = akolhook_i_checked_comma_pass(p, end);
    }
    return NULL;
}

/* The same for an element. */
static const char *akolhook_i_element_seek(const char *p, const char *end, size_t index) {
    akolhook_json passed;
    for (; p && index; index--) {
        p = akolhook_i_checked_skip(p, end, &passed);
        if (p) p = akolhook_i_checked_comma_pass(p, end);
    }
    if (p) p = akolhook_i_blanks_pass(p, end);
    return p == end || (p && *p == ']') ? NULL : p;
}

/* Takes one step off a path: a name, or an index in brackets (SIZE_MAX: it is a name). 0 when it is
   malformed. */
static int akolhook_i_path_step(const char **path, akolhook_str *name, size_t *index) {
    const char *p = name->ptr = *path;

    *index = SIZE_MAX;
    if (*p == '[') {
        for (*index = 0, p++; akolhook_i_is_digit(*p) && *index < SIZE_MAX / 20; p++)
            *index = *index * 10 + (size_t)(*p - '0'); /* below half of SIZE_MAX */
        if (*p != ']' || p[-1] == '[') return 0;
        p++;
        if (*p && *p != '.' && *p != '[') return 0;
    } else
        while (*p > '[' || (*p && *p != '.' && *p != '[')) p++;
    name->len = (size_t)(p - name->ptr);

    /* a dot wants a name behind it */
    if (*p == '.' && (*++p == 0 || *p == '[')) return 0;
    *path = p;
    return name->len != 0;
}

AKOLHOOK_API akolhook_status akolhook_json_get(akolhook_json value, const char *path, akolhook_json *found) {
    const char *at = akolhook_i_start(value.str), *end = at + value.str.len;
    akolhook_status status = AKOLHOOK_OK;
    akolhook_str name;
    size_t index;

    memset(found, 0, sizeof *found);
    if (!path || !*path) return AKOLHOOK_BAD_PATH;

    while (*path) {
        if (!akolhook_i_path_step(&path, &name, &index)) return AKOLHOOK_BAD_PATH;
        if (status != AKOLHOOK_OK) continue;
        if (at == end || *at != (index == SIZE_MAX ? '{' : '[')) {
            status = AKOLHOOK_WRONG_TYPE;
            continue;
        }
        at = index == SIZE_MAX ? akolhook_i_member_seek(at + 1, end, name)
                               : akolhook_i_element_seek(at + 1, end, index);
        if (!at || at == end) status = AKOLHOOK_NOT_FOUND;
    }

    if (status == AKOLHOOK_OK && !akolhook_i_checked_skip(at, end, found)) {
        memset(found, 0, sizeof *found);
        status = AKOLHOOK_NOT_FOUND;
    }
    return status;
}

AKOLHOOK_API akolhook_status akolhook_json_get_text(akolhook_json value, akolhook_text *text) {
    memset(text, 0, sizeof *text);
    if (value.type != AKOLHOOK_JSON_STRING || value.str.len < 2) return AKOLHOOK_WRONG_TYPE;
    text->str.ptr = value.str.ptr + 1;
    text->str.len = value.str.len - 2;
    text->escaped = value.escaped;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_json_get_int64(akolhook_json value, int64_t *number) {
    *number = 0;
    return value.type == AKOLHOOK_JSON_NUMBER ? akolhook_number_int64(value.str, number)
                                              : AKOLHOOK_WRONG_TYPE;
}

AKOLHOOK_API akolhook_status akolhook_json_get_uint64(akolhook_json value, uint64_t *number) {
    *number = 0;
    return value.type == AKOLHOOK_JSON_NUMBER ? akolhook_number_uint64(value.str, number)
                                              : AKOLHOOK_WRONG_TYPE;
}

AKOLHOOK_API akolhook_status akolhook_json_get_bool(akolhook_json value, int *truth) {
    *truth = value.type == AKOLHOOK_JSON_TRUE;
    return value.type == AKOLHOOK_JSON_TRUE || value.type == AKOLHOOK_JSON_FALSE ? AKOLHOOK_OK
                                                                                 : AKOLHOOK_WRONG_TYPE;
}

/* ==== >>event ==== */

#define AKOLHOOK_I_BIT(id) ((akolhook_events)1 << AKOLHOOK_##id)

/* The names one behind the other, and where each begins: row n is event n, row 0 EVENT_UNKNOWN. Three
   tables, so that a program holds the texts that it uses. */
typedef struct akolhook_i_event_texts {
    char none[1];
#define AKOLHOOK_I_ROW(id, number, name, group, when) char id[sizeof name];
    AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW
} akolhook_i_event_texts;
static const akolhook_i_event_texts akolhook_i_event_names = {"",
#define AKOLHOOK_I_ROW(id, number, name, group, when) name,
        AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW
};
/* clang-format off */
static const uint16_t akolhook_i_event_offsets[] = {
    offsetof(akolhook_i_event_texts, none),
#define AKOLHOOK_I_ROW(id, number, name, group, when) offsetof(akolhook_i_event_texts, id),
    AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW
    sizeof(akolhook_i_event_texts)
};

static const char *const akolhook_i_event_groups[] = {
    "",
#define AKOLHOOK_I_ROW(id, number, name, group, when) group,
    AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW
};

static const char *const akolhook_i_event_whens[] = {
    "",
#define AKOLHOOK_I_ROW(id, number, name, group, when) when,
    AKOLHOOK_EVENT_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW
};
/* clang-format on */

static unsigned akolhook_i_event_row(akolhook_event event) {
    unsigned row = (unsigned)event;
    return row <= (unsigned)AKOLHOOK_EVENT_LAST ? row : 0;
}

static akolhook_str akolhook_i_event_text(unsigned row) {
    const uint16_t *at = akolhook_i_event_offsets + row;
    return akolhook_str_n((const char *)&akolhook_i_event_names + at[0], (size_t)(at[1] - at[0] - 1));
}

AKOLHOOK_API const char *akolhook_event_name(akolhook_event event) {
    return akolhook_i_event_text(akolhook_i_event_row(event)).ptr;
}

AKOLHOOK_API const char *akolhook_event_group(akolhook_event event) {
    return akolhook_i_event_groups[akolhook_i_event_row(event)];
}

AKOLHOOK_API const char *akolhook_event_fires_when(akolhook_event event) {
    return akolhook_i_event_whens[akolhook_i_event_row(event)];
}

AKOLHOOK_API akolhook_event akolhook_event_find(akolhook_str name) {
    unsigned row;
    for (row = 1; row <= (unsigned)AKOLHOOK_EVENT_LAST; row++)
        if (akolhook_str_equal(akolhook_i_event_text(row), name)) return (akolhook_event)row;
    return AKOLHOOK_EVENT_UNKNOWN;
}

AKOLHOOK_API int akolhook_events_has(akolhook_events set, akolhook_event event) {
    return (int)((set & AKOLHOOK_EVENTS_ALL) >> akolhook_i_event_row(event) & 1u);
}

/* The events of one entry of a list; none is an unknown entry. */
static akolhook_events akolhook_i_events_entry(akolhook_str entry) {
    akolhook_events set = 0;
    akolhook_str stem = entry;
    unsigned row;

    if (akolhook_str_is(entry, "*")) return AKOLHOOK_EVENTS_ALL;
    row = (unsigned)akolhook_event_find(entry);
    if (row) return (akolhook_events)1 << row;

    /* a family or a group: its events begin with the stem, or are of the group with this name */
    if (entry.len < sizeof "x.*" - 1 || memcmp(entry.ptr + entry.len - 2, ".*", 2) != 0) return 0;
    stem.len -= 2;
    for (row = 1; row <= (unsigned)AKOLHOOK_EVENT_LAST; row++) {
        akolhook_str name = akolhook_i_event_text(row);
        int in_family =
                name.len > stem.len && name.ptr[stem.len] == '.' && memcmp(name.ptr, stem.ptr, stem.len) == 0;
        if (in_family || akolhook_str_is(stem, akolhook_i_event_groups[row]))
            set |= (akolhook_events)1 << row;
    }

    return set;
}

AKOLHOOK_API akolhook_status akolhook_events_parse(
        akolhook_str list, akolhook_events *set, size_t *error_at) {
    akolhook_events all = 0, found;
    akolhook_str entry;
    size_t from, to;

    if (error_at) *error_at = 0;
    if (!set) return AKOLHOOK_INVALID_ARGUMENT;
    *set = 0;
    if (!list.ptr && list.len) return AKOLHOOK_INVALID_ARGUMENT;

    for (from = 0;; from = to + 1) {
        for (to = from; to < list.len && list.ptr[to] != ',';) to++;
        while (from < to && (list.ptr[from] == ' ' || list.ptr[from] == '\t')) from++;

        entry = akolhook_i_str_trim(akolhook_str_n(list.ptr ? list.ptr + from : NULL, to - from));
        found = akolhook_i_events_entry(entry);
        if (!found) {
            if (error_at) *error_at = from;
            return AKOLHOOK_UNKNOWN_EVENT;
        }

        all |= found;
        if (to == list.len) break;
    }

    *set = all;
    return AKOLHOOK_OK;
}

/* Joins the names of a set by commas and gives the length; without out it only counts. */
static size_t akolhook_i_events_join(akolhook_events set, char *out) {
    size_t at = 0;
    unsigned row;

    for (row = 1; row <= (unsigned)AKOLHOOK_EVENT_LAST; row++) {
        const akolhook_str name = akolhook_i_event_text(row);
        if (!(set >> row & 1u)) continue;
        if (out && at) out[at] = ',';
        at += at != 0;
        if (out) memcpy(out + at, name.ptr, name.len);
        at += name.len;
    }
    return at;
}

AKOLHOOK_API akolhook_status akolhook_events_format(akolhook_events set, char *out, size_t cap, size_t *len) {
    const int all = set == AKOLHOOK_EVENTS_ALL;

    if (!len) return AKOLHOOK_INVALID_ARGUMENT;
    *len = 0;
    if (!out && cap) return AKOLHOOK_INVALID_ARGUMENT;
    if (set & ~AKOLHOOK_EVENTS_ALL) return AKOLHOOK_UNKNOWN_EVENT;

    *len = all ? 1 : akolhook_i_events_join(set, NULL);
    if (*len > cap) return AKOLHOOK_BUFFER_TOO_SMALL;
    if (all)
        *out = '*';
    else
        (void)akolhook_i_events_join(set, out);
    return AKOLHOOK_OK;
}

/* ==== >>payload ==== */

/* One row per member of a struct, in the order of the wire; building and reading both walk these rows.
   Every kind begins with a slice, and an empty one is absent. */
enum {
    AKOLHOOK_I_TEXT,
    AKOLHOOK_I_NUMBER,
    AKOLHOOK_I_RAW,
    AKOLHOOK_I_OBJECT,
    AKOLHOOK_I_LINES,
    AKOLHOOK_I_NAMES /* lists from LINES on */
};
typedef struct akolhook_i_member {
    akolhook_str key; /* the name as it goes out: ,"name": */
    uint8_t kind;
    uint16_t offset; /* of the field */
} akolhook_i_member;

typedef struct akolhook_i_shape {
    const akolhook_i_member *members;
    unsigned count;
    size_t size;            /* of the struct, bytes */
    akolhook_events events; /* which carry it */
    int required;           /* 1: no member may be missing or null */
} akolhook_i_shape;

/* The envelope as it stands on the wire. */
typedef struct akolhook_i_head {
    akolhook_text event;
    akolhook_text timestamp;
    akolhook_text business_id;
    akolhook_text webhook_id;
    akolhook_json data;
} akolhook_i_head;

#define AKOLHOOK_I_MEMBER(type, field, name, kind) \
    { {",\"" name "\":", sizeof ",\"" name "\":" - 1}, AKOLHOOK_I_##kind, offsetof(akolhook_##type, field) }

/* clang-format off */
static const akolhook_i_member akolhook_i_call_members[] = {
    AKOLHOOK_I_MEMBER(call, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(call, campaign_id, "campaignId", TEXT),
    AKOLHOOK_I_MEMBER(call, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(call, direction, "direction", TEXT),
    AKOLHOOK_I_MEMBER(call, from_number, "fromNumber", TEXT),
    AKOLHOOK_I_MEMBER(call, to_number, "toNumber", TEXT),
    AKOLHOOK_I_MEMBER(call, started_at, "startedAt", TEXT),
    AKOLHOOK_I_MEMBER(call, ended_at, "endedAt", TEXT),
    AKOLHOOK_I_MEMBER(call, duration, "duration", NUMBER),
    AKOLHOOK_I_MEMBER(call, outcome, "outcome", TEXT),
    AKOLHOOK_I_MEMBER(call, summary, "summary", TEXT),
    AKOLHOOK_I_MEMBER(call, sentiment, "sentiment", TEXT),
    AKOLHOOK_I_MEMBER(call, transcript, "transcript", LINES),
    AKOLHOOK_I_MEMBER(call, failure_reason, "failureReason", TEXT),
    AKOLHOOK_I_MEMBER(call, transferred_to, "transferredTo", TEXT),
    AKOLHOOK_I_MEMBER(call, transferred_at, "transferredAt", TEXT)
};

static const akolhook_i_member akolhook_i_transcript_members[] = {
    AKOLHOOK_I_MEMBER(transcript, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(transcript, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(transcript, language, "language", TEXT),
    AKOLHOOK_I_MEMBER(transcript, transcript, "transcript", LINES)
};

static const akolhook_i_member akolhook_i_summary_members[] = {
    AKOLHOOK_I_MEMBER(summary, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(summary, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(summary, summary, "summary", TEXT),
    AKOLHOOK_I_MEMBER(summary, sentiment, "sentiment", TEXT)
};

static const akolhook_i_member akolhook_i_function_call_members[] = {
    AKOLHOOK_I_MEMBER(function_call, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(function_call, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(function_call, function_name, "functionName", TEXT),
    AKOLHOOK_I_MEMBER(function_call, arguments, "arguments", RAW),
    AKOLHOOK_I_MEMBER(function_call, result, "result", RAW),
    AKOLHOOK_I_MEMBER(function_call, called_at, "calledAt", TEXT),
    AKOLHOOK_I_MEMBER(function_call, duration_ms, "durationMs", NUMBER)
};

static const akolhook_i_member akolhook_i_agent_members[] = {
    AKOLHOOK_I_MEMBER(agent, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(agent, name, "name", TEXT),
    AKOLHOOK_I_MEMBER(agent, language, "language", TEXT),
    AKOLHOOK_I_MEMBER(agent, voice, "voice", TEXT),
    AKOLHOOK_I_MEMBER(agent, created_at, "createdAt", TEXT),
    AKOLHOOK_I_MEMBER(agent, updated_at, "updatedAt", TEXT),
    AKOLHOOK_I_MEMBER(agent, deleted_at, "deletedAt", TEXT),
    AKOLHOOK_I_MEMBER(agent, changes, "changes", NAMES)
};

static const akolhook_i_member akolhook_i_phone_number_members[] = {
    AKOLHOOK_I_MEMBER(phone_number, phone_number_id, "phoneNumberId", TEXT),
    AKOLHOOK_I_MEMBER(phone_number, number, "number", TEXT),
    AKOLHOOK_I_MEMBER(phone_number, country, "country", TEXT),
    AKOLHOOK_I_MEMBER(phone_number, purchased_at, "purchasedAt", TEXT),
    AKOLHOOK_I_MEMBER(phone_number, released_at, "releasedAt", TEXT)
};

static const akolhook_i_member akolhook_i_appointment_members[] = {
    AKOLHOOK_I_MEMBER(appointment, appointment_id, "appointmentId", TEXT),
    AKOLHOOK_I_MEMBER(appointment, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(appointment, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(appointment, attendee_name, "attendeeName", TEXT),
    AKOLHOOK_I_MEMBER(appointment, attendee_number, "attendeeNumber", TEXT),
    AKOLHOOK_I_MEMBER(appointment, starts_at, "startsAt", TEXT),
    AKOLHOOK_I_MEMBER(appointment, ends_at, "endsAt", TEXT),
    AKOLHOOK_I_MEMBER(appointment, title, "title", TEXT)
};

static const akolhook_i_member akolhook_i_sms_members[] = {
    AKOLHOOK_I_MEMBER(sms, message_id, "messageId", TEXT),
    AKOLHOOK_I_MEMBER(sms, from_number, "fromNumber", TEXT),
    AKOLHOOK_I_MEMBER(sms, to_number, "toNumber", TEXT),
    AKOLHOOK_I_MEMBER(sms, text, "text", TEXT),
    AKOLHOOK_I_MEMBER(sms, received_at, "receivedAt", TEXT)
};

static const akolhook_i_member akolhook_i_lead_members[] = {
    AKOLHOOK_I_MEMBER(lead, lead_id, "leadId", TEXT),
    AKOLHOOK_I_MEMBER(lead, call_id, "callId", TEXT),
    AKOLHOOK_I_MEMBER(lead, agent_id, "agentId", TEXT),
    AKOLHOOK_I_MEMBER(lead, name, "name", TEXT),
    AKOLHOOK_I_MEMBER(lead, number, "number", TEXT),
    AKOLHOOK_I_MEMBER(lead, email, "email", TEXT),
    AKOLHOOK_I_MEMBER(lead, notes, "notes", TEXT)
};

static const akolhook_i_member akolhook_i_line_members[] = {
    AKOLHOOK_I_MEMBER(line, speaker, "speaker", TEXT),
    AKOLHOOK_I_MEMBER(line, text, "text", TEXT),
    AKOLHOOK_I_MEMBER(line, timestamp, "timestamp", NUMBER)
};

static const akolhook_i_member akolhook_i_head_members[] = {
    AKOLHOOK_I_MEMBER(i_head, event, "event", TEXT),
    AKOLHOOK_I_MEMBER(i_head, timestamp, "timestamp", TEXT),
    AKOLHOOK_I_MEMBER(i_head, business_id, "businessId", TEXT),
    AKOLHOOK_I_MEMBER(i_head, webhook_id, "webhookId", TEXT),
    AKOLHOOK_I_MEMBER(i_head, data, "data", OBJECT)
};
/* clang-format on */

#define AKOLHOOK_I_CALLS \
    (AKOLHOOK_I_BIT(CALL_STARTED) | AKOLHOOK_I_BIT(CALL_ENDED) | AKOLHOOK_I_BIT(CALL_COMPLETED) | \
            AKOLHOOK_I_BIT(CALL_MISSED) | AKOLHOOK_I_BIT(CALL_FAILED) | AKOLHOOK_I_BIT(CALL_TRANSFERRED) | \
            AKOLHOOK_I_BIT(CALL_VOICEMAIL))
#define AKOLHOOK_I_AGENTS \
    (AKOLHOOK_I_BIT(AGENT_CREATED) | AKOLHOOK_I_BIT(AGENT_UPDATED) | AKOLHOOK_I_BIT(AGENT_DELETED))
#define AKOLHOOK_I_NUMBERS (AKOLHOOK_I_BIT(PHONE_NUMBER_PURCHASED) | AKOLHOOK_I_BIT(PHONE_NUMBER_RELEASED))

#define AKOLHOOK_I_SHAPE(type, rows, events, required) \
    { rows, sizeof rows / sizeof rows[0], sizeof(type), events, required }
/* The structs and the events that carry them. */
#define AKOLHOOK_I_TYPE_LIST(X) \
    X(call, AKOLHOOK_I_CALLS) \
    X(transcript, AKOLHOOK_I_BIT(TRANSCRIPT_READY)) \
    X(summary, AKOLHOOK_I_BIT(SUMMARY_READY)) \
    X(function_call, AKOLHOOK_I_BIT(FUNCTION_CALLED)) \
    X(agent, AKOLHOOK_I_AGENTS) \
    X(phone_number, AKOLHOOK_I_NUMBERS) \
    X(appointment, AKOLHOOK_I_BIT(APPOINTMENT_SCHEDULED)) \
    X(sms, AKOLHOOK_I_BIT(MESSAGE_RECEIVED)) \
    X(lead, AKOLHOOK_I_BIT(LEAD_CREATED))

#define AKOLHOOK_I_ROW(type, events) \
    static const akolhook_i_shape akolhook_i_##type##_shape = \
            AKOLHOOK_I_SHAPE(akolhook_##type, akolhook_i_##type##_members, events, 0);
AKOLHOOK_I_TYPE_LIST(AKOLHOOK_I_ROW)
#undef AKOLHOOK_I_ROW

static const akolhook_i_shape akolhook_i_line_shape =
        AKOLHOOK_I_SHAPE(akolhook_line, akolhook_i_line_members, 0, 0);
static const akolhook_i_shape akolhook_i_head_shape =
        AKOLHOOK_I_SHAPE(akolhook_i_head, akolhook_i_head_members, 0, 1);

/* ---- reading ---- */

static inline akolhook_str akolhook_i_member_name(const akolhook_i_member *member) {
    akolhook_str name;
    name.ptr = member->key.ptr + sizeof ",\"" - 1;
    name.len = member->key.len - (sizeof ",\"\":" - 1);
    return name;
}

/* The row of a key, or shape->count. Members mostly come in the order of the rows, so the search begins
   behind the last one: from is at most shape->count. */
AKOLHOOK_I_ONCE static unsigned akolhook_i_member_find(
        const akolhook_i_shape *shape, const akolhook_text *key, unsigned from) {
    char plain[AKOLHOOK_I_PLAIN_SIZE];
    const akolhook_str name = akolhook_i_ascii_of(key, plain);
    unsigned i, row;

    for (i = 0; i < shape->count; i++) {
        akolhook_str other;
        row = from + i < shape->count ? from + i : from + i - shape->count;
        other = akolhook_i_member_name(shape->members + row);
        if (name.len == other.len && memcmp(name.ptr, other.ptr, name.len) == 0) return row;
    }
    return shape->count;
}

/* The same, for members that mostly come as they are expected. */
static inline unsigned akolhook_i_member_expect(
        const akolhook_i_shape *shape, const akolhook_text *key, unsigned row) {
#ifndef AKOLHOOK_SMALL
    if (row < shape->count && !key->escaped &&
            akolhook_str_equal(key->str, akolhook_i_member_name(shape->members + row)))
        return row;
#endif
    return akolhook_i_member_find(shape, key, row);
}

/* An object on its way into a zeroed struct. */
typedef struct akolhook_i_filling {
    const akolhook_i_shape *shape;
    void *out;      /* the struct */
    const char *at; /* the value that is wrong; for a missing one the end of the object */
    akolhook_status status;
    uint32_t seen; /* a bit for each row */
    unsigned next; /* the row that is likely to come */
} akolhook_i_filling;

static void akolhook_i_filling_init(
        akolhook_i_filling *f, const akolhook_i_shape *shape, void *out, const char *at) {
    f->shape = shape;
    f->out = out;
    f->at = at;
    f->status = AKOLHOOK_OK;
    f->seen = f->next = 0;
}

/* Takes note of a member. The row whose field is to be set, or NULL: unknown, absent or wrong. */
static const akolhook_i_member *akolhook_i_filling_note(
        akolhook_i_filling *f, const akolhook_text *key, const akolhook_json *value) {
    const unsigned row = akolhook_i_member_expect(f->shape, key, f->next);
    const akolhook_i_member *member = f->shape->members + row;
    if (row == f->shape->count) return NULL;
    f->next = row + 1;
    f->at = value->str.ptr;

    if (f->seen >> row & 1u) {
        f->status = AKOLHOOK_DOUBLED_MEMBER;
        return NULL;
    }
    f->seen |= (uint32_t)1 << row;

    /* null is absent, but for a raw member, where it is a value like any other */
    return value->type == AKOLHOOK_JSON_NULL && !f->shape->required && member->kind != AKOLHOOK_I_RAW
                   ? NULL
                   : member;
}

/* 1 when the value is text. */
static inline int akolhook_i_text_field_read(const akolhook_json *value, akolhook_text *text) {
    text->str.ptr = value->str.ptr + 1;
    text->str.len = value->str.len - 2;
    text->escaped = value->escaped;
    return value->type == AKOLHOOK_JSON_STRING;
}

/* A member of data. */
static void akolhook_i_filling_add(
        akolhook_i_filling *f, const akolhook_text *key, const akolhook_json *value) {
    const akolhook_i_member *member = akolhook_i_filling_note(f, key, value);
    void *field = member ? (char *)f->out + member->offset : NULL;
    int is_kind;

    if (!member) return;
    if (member->kind == AKOLHOOK_I_TEXT)
        is_kind = akolhook_i_text_field_read(value, (akolhook_text *)field);
    else if (member->kind == AKOLHOOK_I_NUMBER) {
        akolhook_number *number = (akolhook_number *)field;
        number->str = value->str;
        number->has_integer = akolhook_json_get_int64(*value, &number->integer) == AKOLHOOK_OK;
        is_kind = value->type == AKOLHOOK_JSON_NUMBER;
    } else {
        *(akolhook_str *)field = value->str;
        is_kind = member->kind == AKOLHOOK_I_RAW || value->type == AKOLHOOK_JSON_ARRAY;
    }
    if (!is_kind) f->status = AKOLHOOK_BAD_MEMBER;
}

/* A member of the envelope. */
static void akolhook_i_head_add(akolhook_i_filling *f, const akolhook_text *key, const akolhook_json *value) {
    const akolhook_i_member *member = akolhook_i_filling_note(f, key, value);
    akolhook_i_head *head = (akolhook_i_head *)f->out;
    int is_kind;

    if (!member) return;
    if (member->kind == AKOLHOOK_I_TEXT) {
        akolhook_text *text = (akolhook_text *)(void *)((char *)head + member->offset);
        is_kind = akolhook_i_text_field_read(value, text);
    } else {
        head->data = *value;
        is_kind = value->type == AKOLHOOK_JSON_OBJECT;
    }
    if (!is_kind) f->status = AKOLHOOK_BAD_MEMBER;
}

static akolhook_status akolhook_i_filling_end(akolhook_i_filling *f, const char *at) {
    if (f->status != AKOLHOOK_OK) return f->status;
    f->at = at;
    if (f->shape->required && f->seen != ((uint32_t)1 << f->shape->count) - 1)
        f->status = AKOLHOOK_MISSING_MEMBER;
    return f->status;
}

/* What follows reads checked text in one pass: it takes a place and returns the one behind, NULL when
   something is wrong. */

/* Behind a member or an element: passes the comma, if one is there, and blanks. */
AKOLHOOK_I_ONCE static const char *akolhook_i_next_pass(const char *p, const char *end) {
    if (p < end && *p != ',') p = akolhook_i_blanks_pass(p, end);
    return p < end && *p == ',' ? akolhook_i_blanks_pass(p + 1, end) : p;
}

/* An object without lists. */
static const char *akolhook_i_object_read(const char *p, const char *end, akolhook_i_filling *f) {
    akolhook_text key;
    akolhook_json value;

    if (p == end || *p != '{') return NULL;
    p = akolhook_i_blanks_pass(p + 1, end);
    while (p < end && *p == '"') {
        p = akolhook_i_checked_key_pass(p, end, &key);
        if (p) p = akolhook_i_checked_pass(p, end, &value);
        if (!p) return NULL;

        akolhook_i_filling_add(f, &key, &value);
        if (f->status != AKOLHOOK_OK) return NULL;
        p = akolhook_i_next_pass(p, end);
    }
    return p < end && *p == '}' ? p + 1 : NULL;
}

static const char *akolhook_i_line_read(
        const char *p, const char *end, akolhook_line *line, akolhook_status *status) {
    akolhook_i_filling f;
    akolhook_i_filling_init(&f, &akolhook_i_line_shape, line, p);
    memset(line, 0, sizeof *line);
    p = akolhook_i_object_read(p, end, &f);
    *status = f.status;
    return p;
}

/* A list of lines or names: each is looked at and let go again. */
static const char *akolhook_i_list_read(
        const char *p, const char *end, unsigned kind, akolhook_status *status) {
    akolhook_line line;
    akolhook_json name;

    p = akolhook_i_blanks_pass(p + 1, end);
    while (p < end && *p != ']') {
        p = kind == AKOLHOOK_I_LINES ? akolhook_i_line_read(p, end, &line, status)
                                     : akolhook_i_checked_skip(p, end, &name);
        if (!p || (kind == AKOLHOOK_I_NAMES && name.type != AKOLHOOK_JSON_STRING)) return NULL;
        p = akolhook_i_next_pass(p, end);
    }
    return p < end ? p + 1 : NULL;
}

/* The value of a member of data. */
static const char *akolhook_i_data_value_read(const char *p, const char *end, akolhook_i_filling *f,
        const akolhook_text *key, akolhook_json *value) {
    unsigned row = f->shape->count;

    p = akolhook_i_blanks_pass(p, end);
    if (p < end && *p == '[') row = akolhook_i_member_find(f->shape, key, f->next);
    if (row == f->shape->count || f->shape->members[row].kind < AKOLHOOK_I_LINES)
        return akolhook_i_checked_pass(p, end, value);

    /* a list of the shape: its elements are checked on the way */
    value->str.ptr = p;
    value->type = AKOLHOOK_JSON_ARRAY;
    value->escaped = 0;
    p = akolhook_i_list_read(p, end, f->shape->members[row].kind, &f->status);
    value->str.len = p ? (size_t)(p - value->str.ptr) : 0;
    return p;
}

/* Reads an envelope, checks all of it and returns the place behind it; NULL when it is no JSON. */
static const char *akolhook_i_head_read(akolhook_i_scan *s, const char *p, akolhook_i_filling *f) {
    akolhook_text key;
    akolhook_json value;

    p = akolhook_i_blanks_pass(p + 1, s->text.end);
    if (p < s->text.end && *p == '}') return p + 1;
    for (;;) {
        s->escaped = 0;
        p = akolhook_i_key_pass(s, p, &key);
        if (!p) return NULL;
        key.escaped = s->escaped;
        p = akolhook_i_value_read(s, p, AKOLHOOK_MAX_DEPTH - 1, &value);
        if (!p) return NULL;
        if (f->status == AKOLHOOK_OK) akolhook_i_head_add(f, &key, &value);

        p = akolhook_i_blanks_pass(p, s->text.end);
        if (p < s->text.end && *p == '}') return p + 1;
        if (p == s->text.end || *p != ',') return akolhook_i_scan_fail(s, p, AKOLHOOK_JSON_SYNTAX);
        p = akolhook_i_blanks_pass(p + 1, s->text.end);
    }
}

static akolhook_status akolhook_i_data_read(
        const akolhook_i_shape *shape, const akolhook_message *msg, void *data) {
    akolhook_i_filling f;
    akolhook_json_iter c;
    akolhook_text key;
    akolhook_json value;
    const char *p = NULL;

    if (!data) return AKOLHOOK_INVALID_ARGUMENT;
    memset(data, 0, shape->size);
    if (!msg) return AKOLHOOK_INVALID_ARGUMENT;
    if (!akolhook_events_has(shape->events, msg->event)) return AKOLHOOK_WRONG_EVENT;
    if (msg->data.type == AKOLHOOK_JSON_NONE) return AKOLHOOK_MISSING_MEMBER;

    akolhook_i_filling_init(&f, shape, data, NULL);
    if (msg->data.type == AKOLHOOK_JSON_OBJECT && akolhook_json_begin(msg->data, &c) == AKOLHOOK_OK)
        p = akolhook_i_blanks_pass(c.at, c.end);
    while (p && p < c.end) {
        p = akolhook_i_checked_key_pass(p, c.end, &key);
        if (p) p = akolhook_i_data_value_read(p, c.end, &f, &key, &value);
        if (!p) break;
        akolhook_i_filling_add(&f, &key, &value);
        p = f.status == AKOLHOOK_OK ? akolhook_i_next_pass(p, c.end) : NULL;
    }

    if (p) return AKOLHOOK_OK;
    memset(data, 0, shape->size);
    return f.status != AKOLHOOK_OK ? f.status : AKOLHOOK_BAD_MEMBER;
}

/* Sets the members of msg that the body speaks of and leaves the others as they are; unless OK, all of
   them. One pass checks the JSON and finds the members; what breaks the JSON counts before what is wrong
   with a member. */
static akolhook_status akolhook_i_envelope_read(akolhook_str body, akolhook_message *msg, size_t *error_at) {
    const char *start = akolhook_i_start(body), *p;
    akolhook_i_scan s;
    akolhook_i_head head;
    akolhook_i_filling f;
    char plain[AKOLHOOK_I_PLAIN_SIZE];
    int64_t unix_ms = 0;

    *error_at = body.len;
    akolhook_i_scan_init(&s, start + body.len);
    p = akolhook_i_blanks_pass(start, s.text.end);
    if (p == s.text.end) return AKOLHOOK_EMPTY_BODY;

    /* the JSON; a body that is no object is checked all the same */
    memset(&head, 0, sizeof head);
    akolhook_i_filling_init(&f, &akolhook_i_head_shape, &head, p);
    if (*p != '{') f.status = AKOLHOOK_WRONG_TYPE;
    p = *p == '{' ? akolhook_i_head_read(&s, p, &f) : akolhook_i_value_pass(&s, p, AKOLHOOK_MAX_DEPTH);
    akolhook_i_scan_end(&s, p);
    *error_at = (size_t)(s.error - start);
    if (s.status != AKOLHOOK_OK) return s.status;

    /* the members */
    if (akolhook_i_filling_end(&f, p - 1) == AKOLHOOK_OK &&
            akolhook_time_parse(akolhook_i_ascii_of(&head.timestamp, plain), &unix_ms) != AKOLHOOK_OK) {
        f.at = head.timestamp.str.ptr - 1;
        f.status = AKOLHOOK_BAD_MEMBER;
    }
    *error_at = f.status == AKOLHOOK_OK ? 0 : (size_t)(f.at - start);
    if (f.status != AKOLHOOK_OK) return f.status;

    msg->timestamp_ms = unix_ms;
    msg->event_name = head.event;
    msg->event = akolhook_event_find(akolhook_i_ascii_of(&head.event, plain));
    msg->business_id = head.business_id;
    msg->webhook_id = head.webhook_id;
    msg->data = head.data;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_envelope_parse(
        const void *body, size_t body_len, akolhook_message *msg, size_t *error_at) {
    akolhook_status status;
    size_t at = 0;

    if (error_at) *error_at = 0;
    if (!msg) return AKOLHOOK_INVALID_ARGUMENT;
    memset(msg, 0, sizeof *msg);
    if (!body && body_len) return AKOLHOOK_INVALID_ARGUMENT;

    status = akolhook_i_envelope_read(akolhook_str_n(body, body_len), msg, &at);
    if (error_at) *error_at = at;
    return status;
}

#define AKOLHOOK_I_PARSE(type, events) \
    AKOLHOOK_API akolhook_status akolhook_##type##_parse( \
            const akolhook_message *msg, akolhook_##type *data) { \
        return akolhook_i_data_read(&akolhook_i_##type##_shape, msg, data); \
    }
AKOLHOOK_I_TYPE_LIST(AKOLHOOK_I_PARSE)
#undef AKOLHOOK_I_PARSE

/* The place of the next element of a list, NULL at its end; the iterator is zeroed before the first step. */
static const char *akolhook_i_list_next(akolhook_str json, akolhook_json_iter *iter) {
    akolhook_json array;
    const char *p;

    array.str = json;
    array.type = AKOLHOOK_JSON_ARRAY;
    array.escaped = 0;
    if (!iter->at && akolhook_json_begin(array, iter) != AKOLHOOK_OK) return NULL;
    p = akolhook_i_blanks_pass(iter->at, iter->end);
    return p < iter->end ? p : NULL;
}

AKOLHOOK_API int akolhook_lines_next(
        const akolhook_lines *list, akolhook_json_iter *iter, akolhook_line *line) {
    akolhook_status status;
    const char *p;

    if (!line) return 0;
    memset(line, 0, sizeof *line);
    p = list && iter ? akolhook_i_list_next(list->json, iter) : NULL;
    if (p) p = akolhook_i_line_read(p, iter->end, line, &status);
    if (!p) return 0;
    iter->at = akolhook_i_next_pass(p, iter->end);
    return 1;
}

AKOLHOOK_API int akolhook_names_next(
        const akolhook_names *names, akolhook_json_iter *iter, akolhook_text *name) {
    akolhook_json value;
    const char *p;

    if (!name) return 0;
    memset(name, 0, sizeof *name);
    p = names && iter ? akolhook_i_list_next(names->json, iter) : NULL;
    if (p) p = akolhook_i_checked_skip(p, iter->end, &value);
    if (!p || akolhook_json_get_text(value, name) != AKOLHOOK_OK) return 0;
    iter->at = akolhook_i_next_pass(p, iter->end);
    return 1;
}

/* ---- building ---- */

/* A member; nothing when it is absent. */
static inline void akolhook_i_put_text(
        akolhook_json_writer *w, const akolhook_i_member *member, const akolhook_text *text) {
    if (!text->str.len) return;
    if (!text->str.ptr)
        akolhook_i_fail(w, AKOLHOOK_INVALID_ARGUMENT);
    else
        akolhook_i_put_text_member(w, member->key, text);
}

/* The same for one of any kind that is no list. */
static void akolhook_i_put_member(
        akolhook_json_writer *w, const akolhook_i_member *member, const void *base) {
    const void *field = (const char *)base + member->offset;
    const akolhook_str str = *(const akolhook_str *)field;
    const akolhook_number *number = member->kind == AKOLHOOK_I_NUMBER ? (const akolhook_number *)field : NULL;

    if (member->kind == AKOLHOOK_I_TEXT) {
        akolhook_i_put_text(w, member, (const akolhook_text *)field);
        return;
    }
    if (!str.len && !(number && number->has_integer)) return;
    if (str.len && !str.ptr) {
        akolhook_i_fail(w, AKOLHOOK_INVALID_ARGUMENT);
        return;
    }

    akolhook_i_put_ready_key(w, member->key);
    if (!number)
        akolhook_json_raw(w, str);
    else if (str.len)
        akolhook_json_number(w, str);
    else
        akolhook_json_int64(w, number->integer);
}

/* Lines or names that stand as JSON already. */
static void akolhook_i_put_elements(akolhook_json_writer *w, unsigned kind, akolhook_str json) {
    akolhook_json value;
    akolhook_status fault = AKOLHOOK_OK,
                    status = json.ptr ? akolhook_json_parse(json, &value, NULL) : AKOLHOOK_INVALID_ARGUMENT;
    const char *p;

    if (status == AKOLHOOK_OK) {
        p = value.str.ptr;
        if (value.type != AKOLHOOK_JSON_ARRAY || !akolhook_i_list_read(p, p + value.str.len, kind, &fault))
            status = fault != AKOLHOOK_OK ? fault : AKOLHOOK_BAD_MEMBER;
    }

    if (status != AKOLHOOK_OK)
        akolhook_i_fail(w, status);
    else
        akolhook_json_raw(w, value.str);
}

/* Begins a list with its key; 0 when there is none, when it is done, or when it is wrong. sources: how many
   of the ways to give a list are used. */
static int akolhook_i_put_list_begin(akolhook_json_writer *w, const akolhook_i_member *member,
        akolhook_str json, int sources, int is_set) {
    if (!sources) return 0;
    if (sources > 1 || !is_set) {
        akolhook_i_fail(w, AKOLHOOK_INVALID_ARGUMENT);
        return 0;
    }

    akolhook_i_put_ready_key(w, member->key);
    if (!json.len) {
        akolhook_json_array_begin(w);
        return 1;
    }
    akolhook_i_put_elements(w, member->kind, json);
    return 0;
}

static void akolhook_i_put_line(akolhook_json_writer *w, const akolhook_line *line) {
    unsigned i;
    akolhook_json_object_begin(w);
    for (i = 0; i < akolhook_i_line_shape.count; i++)
        akolhook_i_put_member(w, akolhook_i_line_members + i, line);
    akolhook_json_object_end(w);
}

static void akolhook_i_put_lines(
        akolhook_json_writer *w, const akolhook_i_member *member, const akolhook_lines *list) {
    const int sources = (list->json.len != 0) + (list->count != 0) + (list->next_fn != NULL);
    akolhook_line line;
    size_t i;
    int more = 0;

    if (!akolhook_i_put_list_begin(w, member, list->json, sources, !list->count || list->items)) return;
    for (i = 0; i < list->count; i++) akolhook_i_put_line(w, list->items + i);

    while (list->next_fn && w->status == AKOLHOOK_OK) {
        memset(&line, 0, sizeof line);
        more = list->next_fn(list->user, &line);
        if (more != 1) break;
        akolhook_i_put_line(w, &line);
    }

    if (more != 0 && more != 1) akolhook_i_fail(w, AKOLHOOK_BROKEN_HOOK);
    akolhook_json_array_end(w);
}

static void akolhook_i_put_names(
        akolhook_json_writer *w, const akolhook_i_member *member, const akolhook_names *names) {
    const int sources = (names->json.len != 0) + (names->count != 0);
    size_t i;

    if (!akolhook_i_put_list_begin(w, member, names->json, sources, !names->count || names->items)) return;
    for (i = 0; i < names->count; i++) {
        if (names->items[i].str.len && !names->items[i].str.ptr)
            akolhook_i_fail(w, AKOLHOOK_INVALID_ARGUMENT);
        akolhook_json_text(w, names->items[i]);
    }
    akolhook_json_array_end(w);
}

static void akolhook_i_put_data(akolhook_json_writer *w, const akolhook_i_shape *shape, const void *data) {
    unsigned i;

    akolhook_json_object_begin(w);
    for (i = 0; i < shape->count; i++) {
        const akolhook_i_member *member = shape->members + i;
        const void *field = (const char *)data + member->offset;
        if (member->kind == AKOLHOOK_I_TEXT)
            akolhook_i_put_text(w, member, (const akolhook_text *)field);
        else if (member->kind == AKOLHOOK_I_LINES)
            akolhook_i_put_lines(w, member, (const akolhook_lines *)field);
        else if (member->kind == AKOLHOOK_I_NAMES)
            akolhook_i_put_names(w, member, (const akolhook_names *)field);
        else
            akolhook_i_put_member(w, member, data);
    }
    akolhook_json_object_end(w);
}

/* Begins to build: the envelope up to the value of data. events: which the call takes; bit 0 lets in those
   that have no number, by their name. */
static akolhook_status akolhook_i_build_begin(akolhook_json_writer *w, char *buf, size_t cap, size_t *len,
        const akolhook_envelope *envelope, akolhook_events events) {
    char stamp[AKOLHOOK_TIME_SIZE];
    akolhook_text values[4]; /* in the order of the rows; behind them is data */
    akolhook_status status;
    unsigned i;

    if (!len) return AKOLHOOK_INVALID_ARGUMENT;
    *len = 0;
    if (!envelope) return AKOLHOOK_INVALID_ARGUMENT;
    if (envelope->event != AKOLHOOK_EVENT_UNKNOWN ? !akolhook_events_has(events, envelope->event)
                                                  : !(events & 1u) || !envelope->event_name.str.len)
        return AKOLHOOK_WRONG_EVENT;
    status = akolhook_time_format(envelope->timestamp_ms, stamp);
    if (status != AKOLHOOK_OK) return status;

    values[0] = akolhook_text_c(akolhook_event_name(envelope->event));
    if (envelope->event == AKOLHOOK_EVENT_UNKNOWN) values[0] = envelope->event_name;
    values[1] = akolhook_text_n(stamp, AKOLHOOK_TIME_SIZE - 1);
    values[2] = envelope->business_id;
    values[3] = envelope->webhook_id;

    akolhook_json_init(w, buf, cap, 0);
    akolhook_json_object_begin(w);
    for (i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (values[i].str.len && !values[i].str.ptr) akolhook_i_fail(w, AKOLHOOK_INVALID_ARGUMENT);
        akolhook_i_put_text_member(w, akolhook_i_head_members[i].key, values + i);
    }
    akolhook_i_put_ready_key(w, akolhook_i_head_members[i].key);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_i_build_end(akolhook_json_writer *w, size_t *len) {
    akolhook_json_object_end(w);
    return akolhook_json_finish(w, len);
}

AKOLHOOK_I_ONCE static akolhook_status akolhook_i_build(char *buf, size_t cap, size_t *len,
        const akolhook_envelope *envelope, const akolhook_i_shape *shape, const void *data) {
    akolhook_json_writer w;
    const akolhook_status status =
            akolhook_i_build_begin(&w, buf, cap, len, data ? envelope : NULL, shape->events);
    if (status != AKOLHOOK_OK) return status;
    akolhook_i_put_data(&w, shape, data);
    return akolhook_i_build_end(&w, len);
}

#define AKOLHOOK_I_BUILD(type, events) \
    AKOLHOOK_API akolhook_status akolhook_build_##type(char *buf, size_t cap, size_t *len, \
            const akolhook_envelope *envelope, const akolhook_##type *data) { \
        return akolhook_i_build(buf, cap, len, envelope, &akolhook_i_##type##_shape, data); \
    }
AKOLHOOK_I_TYPE_LIST(AKOLHOOK_I_BUILD)
#undef AKOLHOOK_I_BUILD

AKOLHOOK_API akolhook_status akolhook_build_raw(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope, akolhook_str data) {
    akolhook_json_writer w;
    const int is_slice = data.ptr || !data.len;
    const akolhook_status status =
            akolhook_i_build_begin(&w, buf, cap, len, is_slice ? envelope : NULL, AKOLHOOK_EVENTS_ALL | 1u);
    const char *p, *end;

    if (status != AKOLHOOK_OK) return status;
    akolhook_json_raw(&w, data);
    end = akolhook_i_start(data) + data.len;
    p = akolhook_i_blanks_pass(akolhook_i_start(data), end);
    if (p < end && *p != '{') akolhook_i_fail(&w, AKOLHOOK_WRONG_TYPE);
    return akolhook_i_build_end(&w, len);
}

/* ---- samples ---- */

/* What several samples have in common, by one byte that stands for it. */
#define AKOLHOOK_I_IRIS "\1"
#define AKOLHOOK_I_INBOUND "\2"
#define AKOLHOOK_I_OUTBOUND "\3"
#define AKOLHOOK_I_SUMMED_UP "\4"
#define AKOLHOOK_I_SPOKEN "\5"
#define AKOLHOOK_I_SET_UP "\6"
#define AKOLHOOK_I_LINE_100 "\7"
/* clang-format off */
static const char *const akolhook_i_sample_pieces[] = {
    "`callId`:`test_call_5fJ2xQ`,`agentId`:`test_agent_iris`,",
    "{`callId`:`test_call_5fJ2xQ`,`agentId`:`test_agent_iris`,"
        "`direction`:`inbound`,`fromNumber`:`+14155550142`,`toNumber`:`+14155550100`,`startedAt`:",
    "{`callId`:`test_call_5fJ2xQ`,`campaignId`:`test_campaign_recall`,`agentId`:`test_agent_iris`,"
        "`direction`:`outbound`,`fromNumber`:`+14155550100`,`toNumber`:`+14155550142`,`startedAt`:",
    "`summary`:`Zo\xc3\xab Brandt booked a check-up, wants a reminder.`,`sentiment`:`positive`",
    "`transcript`:["
        "{`speaker`:`agent`,`text`:`Lindqvist Dental, this is Iris. How can I help?`,`timestamp`:0},"
        "{`speaker`:`caller`,`text`:`Hi, I'd like a check-up this week, \\`the earlier the better\\`.`,"
        "`timestamp`:4200},"
        "{`speaker`:`agent`,`text`:`I have 9:30 in two days. Shall I book it?`,`timestamp`:11850},"
        "{`speaker`:`caller`,`text`:`Yes, please, and send me a reminder.`,`timestamp`:16020}]}",
    "{`agentId`:`test_agent_iris`,`name`:`Iris`,`language`:`en-US`,`voice`:`calm-alto`,`createdAt`:",
    "{`phoneNumberId`:`test_number_100`,`number`:`+14155550100`,`country`:`US`,`purchasedAt`:"
};

/* The data of each event, in the order of the numbers: ` stands for a quote, and <ms> for the time of the
   envelope plus so many milliseconds. */
static const char *const akolhook_i_samples[] = {
    NULL,
    AKOLHOOK_I_INBOUND "<0>}",
    AKOLHOOK_I_INBOUND "<-184000>,`endedAt`:<0>,`duration`:184,`outcome`:`appointment_booked`,"
        AKOLHOOK_I_SUMMED_UP "," AKOLHOOK_I_SPOKEN,
    AKOLHOOK_I_INBOUND "<-184000>,`endedAt`:<0>,`duration`:184,`outcome`:`appointment_booked`,"
        AKOLHOOK_I_SUMMED_UP "," AKOLHOOK_I_SPOKEN,
    AKOLHOOK_I_INBOUND "<-30000>,`endedAt`:<0>,`duration`:0,`outcome`:`no_answer`}",
    AKOLHOOK_I_OUTBOUND "<-2000>,`endedAt`:<0>,`duration`:0,`outcome`:`failed`,"
        "`failureReason`:`number_not_in_service`}",
    AKOLHOOK_I_INBOUND "<-95000>,`outcome`:`transferred`,"
        "`summary`:`The caller has a broken crown and asked for a human.`,`sentiment`:`negative`,"
        "`transferredTo`:`+14155550117`,`transferredAt`:<0>}",
    "{" AKOLHOOK_I_IRIS "`language`:`en-US`," AKOLHOOK_I_SPOKEN,
    "{" AKOLHOOK_I_IRIS AKOLHOOK_I_SUMMED_UP "}",
    "{" AKOLHOOK_I_IRIS "`functionName`:`find_free_slots`,`arguments`:{`service`:`check-up`,`days`:7},"
        "`result`:{`slots`:[`09:30`,`14:00`]},`calledAt`:<-412>,`durationMs`:412}",
    AKOLHOOK_I_SET_UP "<0>}",
    AKOLHOOK_I_SET_UP "<-1209600000>,`updatedAt`:<0>,`changes`:[`voice`,`language`]}",
    AKOLHOOK_I_SET_UP "<-1209600000>,`deletedAt`:<0>}",
    AKOLHOOK_I_LINE_100 "<0>}",
    AKOLHOOK_I_LINE_100 "<-1209600000>,`releasedAt`:<0>}",
    AKOLHOOK_I_OUTBOUND "<-41000>,`endedAt`:<0>,`duration`:41,`outcome`:`voicemail`,"
        "`summary`:`Left the reminder that a yearly check-up is due.`}",
    "{`appointmentId`:`test_appointment_31`," AKOLHOOK_I_IRIS "`attendeeName`:`Zo\xc3\xab Brandt`,"
        "`attendeeNumber`:`+14155550142`,`startsAt`:<172800000>,`endsAt`:<174600000>,"
        "`title`:`Check-up with Dr. Lindqvist`}",
    "{`messageId`:`test_message_88`,`fromNumber`:`+14155550142`,`toNumber`:`+14155550100`,"
        "`text`:`Could we make it half an hour later?`,`receivedAt`:<0>}",
    "{`leadId`:`test_lead_12`," AKOLHOOK_I_IRIS "`name`:`Zo\xc3\xab Brandt`,`number`:`+14155550142`,"
        "`email`:`zoe.brandt@example.com`,`notes`:`Asked what a whitening costs.\\nCall back next week.`}"
};
/* clang-format on */

/* A time near the ends of the calendar stays inside it. */
static void akolhook_i_put_sample_time(akolhook_json_writer *w, int64_t unix_ms) {
    char stamp[AKOLHOOK_TIME_SIZE];
    if (unix_ms < 0) unix_ms = 0;
    if (unix_ms >= AKOLHOOK_I_TIME_END) unix_ms = AKOLHOOK_I_TIME_END - 1;
    /* not covered: the time was brought into its range above */
    if (akolhook_time_format(unix_ms, stamp) != AKOLHOOK_OK) stamp[0] = 0;
    akolhook_i_put_string(w, akolhook_str_c(stamp));
}

/* Reads milliseconds and passes the bracket behind them. */
static const char *akolhook_i_sample_ms(const char *p, int32_t *ms) {
    const int negative = *p == '-';

    p += negative;
    for (*ms = 0; *p != '>'; p++) *ms = *ms * 10 + (*p - '0');
    if (negative) *ms = -*ms;
    return p + 1;
}

static void akolhook_i_put_sample(akolhook_json_writer *w, const char *p, int64_t unix_ms) {
    const unsigned pieces = sizeof akolhook_i_sample_pieces / sizeof akolhook_i_sample_pieces[0];
    const char *behind = NULL; /* a piece: where the sample goes on */
    int32_t ms;

    while (*p || behind) {
        if (!*p) {
            p = behind;
            behind = NULL;
        } else if ((uint8_t)*p <= pieces) {
            behind = p + 1;
            p = akolhook_i_sample_pieces[*p - 1];
        } else if (*p == '<') {
            p = akolhook_i_sample_ms(p + 1, &ms);
            akolhook_i_put_sample_time(w, unix_ms + ms);
        } else {
            akolhook_i_put_char(w, *p == '`' ? '"' : *p);
            p++;
        }
    }
}

AKOLHOOK_API akolhook_status akolhook_build_sample(
        char *buf, size_t cap, size_t *len, const akolhook_envelope *envelope) {
    akolhook_json_writer w;
    const akolhook_status status = akolhook_i_build_begin(&w, buf, cap, len, envelope, AKOLHOOK_EVENTS_ALL);
    if (status != AKOLHOOK_OK) return status;
    if (akolhook_i_value_begin(&w))
        akolhook_i_put_sample(&w, akolhook_i_samples[envelope->event], envelope->timestamp_ms);
    return akolhook_i_build_end(&w, len);
}

/* ==== >>sign ==== */

#define AKOLHOOK_I_TOLERANCE_S 300  /* defaults, and how far a body's time may lie ahead */
#define AKOLHOOK_I_MAX_AGE_S 345600 /* 4 days: a sender gives up after 76 hours */
#define AKOLHOOK_I_TIME_DIGITS 12   /* of a time in unix seconds */
#define AKOLHOOK_I_TIME_MAX INT64_C(999999999999)
#define AKOLHOOK_I_TIME_MIN INT64_C(1577836800) /* 2020-01-01: a clock before it was never set */
#define AKOLHOOK_I_ID_MAX 256                   /* characters of a webhook-id */
#define AKOLHOOK_I_LENGTH_DIGITS 19             /* of a length: they fit 64 bits */
#define AKOLHOOK_I_MAC_HEX 64                   /* digits of a MAC in hex, */
#define AKOLHOOK_I_MAC_BASE64 43                /* and in base64 without its padding */
#define AKOLHOOK_I_PREFIX "whsec_"              /* of a secret */
#define AKOLHOOK_I_PREFIX_LEN (sizeof AKOLHOOK_I_PREFIX - 1)

#define AKOLHOOK_I_RANDOM_PROOF 16 /* bytes of two draws that are compared */

/* 1 when random bytes look like none: eight in a row are zero, as where nothing was written, or repeat what
   the last call gave. len: 16 at least, in whole eights. */
static int akolhook_i_random_is_stuck(
        const uint8_t *bytes, size_t len, const uint8_t last[AKOLHOOK_I_RANDOM_PROOF]) {
    static const uint8_t zero[8] = {0};
    size_t i;
    for (i = 0; i < len; i += 8) {
        if (memcmp(bytes + i, zero, 8) == 0) return 1;
        if (i < AKOLHOOK_I_RANDOM_PROOF && memcmp(bytes + i, last + i, 8) == 0) return 1;
    }
    return 0;
}

/* Random bytes that are. A second draw tells a hook that always gives the same. 0 when it failed. */
static int akolhook_i_random(akolhook_random_fn random_fn, void *user, uint8_t *bytes, size_t len) {
    uint8_t proof[AKOLHOOK_I_RANDOM_PROOF];
    int drawn;

    memset(proof, 0, sizeof proof);
    memset(bytes, 0, len);
    drawn = random_fn(user, bytes, len) == 0 && random_fn(user, proof, sizeof proof) == 0 &&
            !akolhook_i_random_is_stuck(proof, sizeof proof, bytes) &&
            !akolhook_i_random_is_stuck(bytes, len, proof);
    akolhook_wipe(proof, sizeof proof);
    return drawn;
}

AKOLHOOK_API akolhook_status akolhook_secret_generate(
        akolhook_random_fn random_fn, void *user, char secret[AKOLHOOK_SECRET_SIZE]) {
    akolhook_status status = AKOLHOOK_RANDOM_FAILED;
    uint8_t bytes[24];

    memset(secret, 0, AKOLHOOK_SECRET_SIZE);
    if (!random_fn) return AKOLHOOK_INVALID_ARGUMENT;

    if (akolhook_i_random(random_fn, user, bytes, sizeof bytes)) {
        memcpy(secret, AKOLHOOK_I_PREFIX, AKOLHOOK_I_PREFIX_LEN);
        akolhook_i_base64_write(bytes, sizeof bytes, secret + AKOLHOOK_I_PREFIX_LEN);
        status = AKOLHOOK_OK;
    }
    akolhook_wipe(bytes, sizeof bytes);
    return status;
}

/* 6 random bits make a character when they are a place of the alphabet; others are drawn again, so that none
   is favoured. */
AKOLHOOK_API akolhook_status akolhook_id_generate(
        akolhook_random_fn random_fn, void *user, const char *prefix, char id[AKOLHOOK_ID_SIZE]) {
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const size_t prefix_len = 3;
    uint8_t bytes[32];
    size_t at, i;
    unsigned rounds;

    memset(id, 0, AKOLHOOK_ID_SIZE);
    if (!random_fn || !prefix || strlen(prefix) != prefix_len) return AKOLHOOK_INVALID_ARGUMENT;
    memcpy(id, prefix, prefix_len);
    id[prefix_len] = '_';
    at = prefix_len + 1;

    for (rounds = 0; rounds < 16; rounds++) { /* a source that never fits is broken, not unlucky */
        if (!akolhook_i_random(random_fn, user, bytes, sizeof bytes)) break;
        for (i = 0; i < sizeof bytes && at < AKOLHOOK_ID_SIZE - 1; i++) {
            const unsigned place = bytes[i] & 63u;
            if (place < sizeof alphabet - 1) id[at++] = alphabet[place];
        }
        if (at == AKOLHOOK_ID_SIZE - 1) return AKOLHOOK_OK;
    }

    memset(id, 0, AKOLHOOK_ID_SIZE);
    return AKOLHOOK_RANDOM_FAILED;
}

static int akolhook_i_is_blank_char(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static akolhook_str akolhook_i_secret_trim(akolhook_str s) {
    for (; s.len && akolhook_i_is_blank_char(s.ptr[0]); s.len--) s.ptr++;
    while (s.len && akolhook_i_is_blank_char(s.ptr[s.len - 1])) s.len--;
    return s;
}

static akolhook_status akolhook_i_secret_check(akolhook_str secret) {
    if (!secret.ptr && secret.len) return AKOLHOOK_INVALID_ARGUMENT;
    if (secret.len == 0) return AKOLHOOK_EMPTY_SECRET;
    if (memchr(secret.ptr, 0, secret.len)) return AKOLHOOK_SECRET_NUL;
    if (akolhook_i_secret_trim(secret).len != secret.len) return AKOLHOOK_SECRET_BLANK;
    return akolhook_i_str_strip(&secret, "v1," AKOLHOOK_I_PREFIX) ? AKOLHOOK_SECRET_VERSION : AKOLHOOK_OK;
}

/* How many bytes digits of base64 stand for, padding not counted. */
static size_t akolhook_i_base64_bytes(size_t digits) {
    return digits / 4 * 3 + (digits % 4 ? digits % 4 - 1 : 0);
}

/* Standard Webhooks: the key is what the base64 behind whsec_ stands for, padded or not. A secret of any
   length is decoded 48 bytes at a time: into the block of the key, or as RFC 2104 has it for what is longer
   than that, into its hash. */
static akolhook_status akolhook_i_secret_decode(akolhook_str secret, akolhook_key *key) {
    akolhook_sha256 hash;
    uint8_t bytes[64]; /* a block of the hash */
    size_t digits, i, len, take;
    int ok;

    akolhook_i_str_strip(&secret, AKOLHOOK_I_PREFIX);
    digits = akolhook_i_base64_digits(secret, &ok);
    if (digits == secret.len) ok = 1;     /* no padding at all */
    ok &= digits >= 2 && digits % 4 != 1; /* whole bytes, one at least */

    len = akolhook_i_base64_bytes(digits);
    if (ok && len <= sizeof bytes)
        ok = akolhook_i_base64_read(secret.ptr, digits, bytes);
    else if (ok) {
        akolhook_sha256_init(&hash);
        for (i = 0; ok && i != digits; i += take) {
            take = digits - i < 64 ? digits - i : 64;
            ok = akolhook_i_base64_read(secret.ptr + i, take, bytes);
            akolhook_sha256_update(&hash, bytes, akolhook_i_base64_bytes(take));
        }
        akolhook_sha256_final(&hash, bytes);
        len = 32;
    }

    if (ok) akolhook_key_init(key, bytes, len);
    akolhook_wipe(bytes, sizeof bytes);
    return ok ? AKOLHOOK_OK : AKOLHOOK_SECRET_BASE64;
}

AKOLHOOK_API akolhook_status akolhook_secret_key(akolhook_str secret, unsigned scheme, akolhook_key *key) {
    akolhook_status status;

    akolhook_wipe(key, sizeof *key);
    if (scheme != AKOLHOOK_SCHEME_AKOL && scheme != AKOLHOOK_SCHEME_STANDARD)
        return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_secret_check(secret);
    if (status != AKOLHOOK_OK) return status;

    if (scheme == AKOLHOOK_SCHEME_STANDARD) return akolhook_i_secret_decode(secret, key);
    akolhook_key_init(key, secret.ptr, secret.len);
    return AKOLHOOK_OK;
}

/* webhook-id: visible ASCII without a dot, as the dot ends it in the signed text. */
static akolhook_status akolhook_i_id_check(akolhook_str id) {
    size_t i;

    if (!id.ptr && id.len) return AKOLHOOK_INVALID_ARGUMENT;
    if (id.len == 0) return AKOLHOOK_MISSING_ID;
    if (id.len > AKOLHOOK_I_ID_MAX) return AKOLHOOK_BAD_ID;
    for (i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || id.ptr[i] > '~' || id.ptr[i] == '.') return AKOLHOOK_BAD_ID;
    return AKOLHOOK_OK;
}

/* webhook-timestamp: seconds without a leading zero. */
static akolhook_status akolhook_i_sent_at_read(akolhook_str text, int64_t *seconds) {
    uint64_t value;

    *seconds = 0;
    if (text.len == 0) return AKOLHOOK_MISSING_TIMESTAMP;
    if (text.len > 1 && text.ptr[0] == '0') return AKOLHOOK_BAD_TIMESTAMP;
    if (!akolhook_i_digits_read(text, AKOLHOOK_I_TIME_DIGITS, &value)) return AKOLHOOK_BAD_TIMESTAMP;
    *seconds = (int64_t)value;
    return AKOLHOOK_OK;
}

#define AKOLHOOK_I_DOTS_SIZE (AKOLHOOK_I_TIME_DIGITS + 2)

/* ".<seconds>.", which stands between id and body in the signed text of Standard Webhooks. Its length. */
static size_t akolhook_i_sent_at_write(int64_t seconds, char out[AKOLHOOK_I_DOTS_SIZE]) {
    char digits[AKOLHOOK_I_TIME_DIGITS];
    uint64_t rest = (uint64_t)seconds;
    size_t at = sizeof digits, len;

    do digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0 && at);
    len = sizeof digits - at;

    memcpy(out + 1, digits + at, len);
    out[0] = out[len + 1] = '.';
    return len + 2;
}

/* The same of headers that were checked; nothing when they were not. */
static akolhook_str akolhook_i_dots_of(const akolhook_incoming *in, char out[AKOLHOOK_I_DOTS_SIZE]) {
    int64_t sent_at;
    if (akolhook_i_sent_at_read(in->timestamp, &sent_at) != AKOLHOOK_OK) return akolhook_str_n(NULL, 0);
    return akolhook_str_n(out, akolhook_i_sent_at_write(sent_at, out));
}

/* Begins a MAC of Standard Webhooks. */
static void akolhook_i_standard_init(
        akolhook_hmac *m, const akolhook_key *key, akolhook_str id, akolhook_str dots) {
    akolhook_hmac_init(m, key);
    akolhook_hmac_update(m, id.ptr, id.len);
    akolhook_hmac_update(m, dots.ptr, dots.len);
}

/* Akol's MAC: of the body alone. */
static void akolhook_i_body_mac(const akolhook_key *key, const void *body, size_t len, uint8_t mac[32]) {
    akolhook_hmac m;
    akolhook_hmac_init(&m, key);
    akolhook_hmac_update(&m, body, len);
    akolhook_hmac_final(&m, mac);
}

AKOLHOOK_API akolhook_status akolhook_sign_akol(const akolhook_key *key, const void *body, size_t body_len,
        char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE]) {
    uint8_t mac[32];

    memset(signature, 0, AKOLHOOK_AKOL_SIGNATURE_SIZE);
    if (!key || !akolhook_i_key_is_set(key)) return AKOLHOOK_NO_SECRET;
    if (!body && body_len) return AKOLHOOK_INVALID_ARGUMENT;

    akolhook_i_body_mac(key, body, body_len, mac);
    akolhook_i_hex_write(mac, sizeof mac, signature);
    akolhook_wipe(mac, sizeof mac);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_sign_standard(const akolhook_key *key, akolhook_str id,
        int64_t timestamp, const void *body, size_t body_len,
        char signature[AKOLHOOK_STANDARD_SIGNATURE_SIZE]) {
    akolhook_hmac m;
    uint8_t mac[32];
    char dots[AKOLHOOK_I_DOTS_SIZE];

    memset(signature, 0, AKOLHOOK_STANDARD_SIGNATURE_SIZE);
    if (!key || !akolhook_i_key_is_set(key)) return AKOLHOOK_NO_SECRET;
    if ((!body && body_len) || (!id.ptr && id.len)) return AKOLHOOK_INVALID_ARGUMENT;
    if (akolhook_i_id_check(id) != AKOLHOOK_OK) return AKOLHOOK_BAD_ID;
    if (timestamp < 0 || timestamp > AKOLHOOK_I_TIME_MAX) return AKOLHOOK_BAD_TIMESTAMP;

    akolhook_i_standard_init(&m, key, id, akolhook_str_n(dots, akolhook_i_sent_at_write(timestamp, dots)));
    akolhook_hmac_update(&m, body, body_len);
    akolhook_hmac_final(&m, mac);

    memcpy(signature, "v1,", 3);
    akolhook_i_base64_write(mac, sizeof mac, signature + 3);
    akolhook_wipe(mac, sizeof mac);
    return AKOLHOOK_OK;
}

/* The MAC in a value of X-Webhook-Signature. */
static akolhook_status akolhook_i_akol_signature_read(akolhook_str value, uint8_t mac[32]) {
    if (!value.ptr && value.len) return AKOLHOOK_INVALID_ARGUMENT;
    value = akolhook_i_str_trim(value);
    if (value.len == 0) return AKOLHOOK_MISSING_SIGNATURE;
    if (value.len > AKOLHOOK_MAX_HEADER) return AKOLHOOK_HEADER_TOO_LARGE;

    if (!akolhook_i_str_strip(&value, "sha256=") && memchr(value.ptr, '=', value.len))
        return AKOLHOOK_NO_KNOWN_SCHEME;
    if (value.len != AKOLHOOK_I_MAC_HEX || !akolhook_i_hex_read(value.ptr, mac, 32))
        return AKOLHOOK_BAD_SIGNATURE;
    return AKOLHOOK_OK;
}

/* The MAC of the body against the one that the header claims. */
static akolhook_status akolhook_i_claim_check(
        const akolhook_key *key, const uint8_t claimed[32], const void *body, size_t body_len) {
    uint8_t mac[32];
    int equal;

    akolhook_i_body_mac(key, body, body_len, mac);
    equal = akolhook_equal_constant_time(mac, claimed, sizeof mac);
    akolhook_wipe(mac, sizeof mac);
    return equal ? AKOLHOOK_OK : AKOLHOOK_SIGNATURE_MISMATCH;
}

AKOLHOOK_API akolhook_status akolhook_verify(
        const char *secret, const char *signature, const void *body, size_t body_len) {
    akolhook_key key;
    uint8_t claimed[32];
    akolhook_status status;

    if (!secret) return AKOLHOOK_NO_SECRET;
    if (!*secret) return AKOLHOOK_EMPTY_SECRET;
    if (!body && body_len) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_akol_signature_read(akolhook_str_c(signature), claimed);
    if (status != AKOLHOOK_OK) return status;

    akolhook_key_init(&key, secret, strlen(secret));
    status = akolhook_i_claim_check(&key, claimed, body, body_len);
    akolhook_wipe(&key, sizeof key);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_verify_key(
        const akolhook_key *key, akolhook_str signature, const void *body, size_t body_len) {
    uint8_t claimed[32];
    akolhook_status status;

    if (!key || !akolhook_i_key_is_set(key)) return AKOLHOOK_NO_SECRET;
    if (!body && body_len) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_akol_signature_read(signature, claimed);
    if (status != AKOLHOOK_OK) return status;
    return akolhook_i_claim_check(key, claimed, body, body_len);
}

/* ---- known answers ---- */

/* RFC 4231 section 4.3; its key is "Jefe" */
static const char akolhook_i_known_text[] = "what do ya want for nothing?";
static const char akolhook_i_known_hex[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

/* Each part is apart, so that they take turns on the stack. 1: as it must be. */
static AKOLHOOK_I_APART int akolhook_i_selftest_hash(void) {
    static const uint8_t known[32] = {/* of "abc", FIPS 180-4 */
            0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
            0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    akolhook_sha256 h;
    uint8_t digest[32];

    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, "abc", 3);
    akolhook_sha256_final(&h, digest);
    return memcmp(digest, known, sizeof known) == 0;
}

static AKOLHOOK_I_APART int akolhook_i_selftest_hex(void) {
    char text[sizeof akolhook_i_known_hex - 1];
    uint8_t mac[32];
    size_t len;

    /* not covered: a hash that is broken, as tests/checks/selftest.sh has it */
    return akolhook_hex_decode(akolhook_str_n(akolhook_i_known_hex, sizeof text), mac, sizeof mac, &len) ==
                   AKOLHOOK_OK &&
           akolhook_hex_encode(mac, len, text, sizeof text, &len) == AKOLHOOK_OK &&
           memcmp(text, akolhook_i_known_hex, sizeof text) == 0;
}

/* Takes the signature for the text, and neither another one nor another text. */
static AKOLHOOK_I_APART int akolhook_i_selftest_verify(void) {
    const size_t len = sizeof akolhook_i_known_text - 1;
    char other[sizeof akolhook_i_known_hex];

    memcpy(other, akolhook_i_known_hex, sizeof other);
    other[sizeof other - 2] ^= 1; /* another digit at its end */
    /* not covered: a hash that is broken, as tests/checks/selftest.sh has it */
    return akolhook_verify("Jefe", other, akolhook_i_known_text, len) == AKOLHOOK_SIGNATURE_MISMATCH &&
           akolhook_verify("Jefe", akolhook_i_known_hex, akolhook_i_known_text, len - 1) ==
                   AKOLHOOK_SIGNATURE_MISMATCH &&
           akolhook_verify("Jefe", akolhook_i_known_hex, akolhook_i_known_text, len) == AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_selftest(void) {
    /* not covered: a hash that is broken, as tests/checks/selftest.sh has it */
    int is_good = akolhook_i_selftest_hash() && akolhook_i_selftest_hex() && akolhook_i_selftest_verify();
    return is_good ? AKOLHOOK_OK : AKOLHOOK_SELFTEST_FAILED;
}

/* ---- the receiver's secrets ---- */

static unsigned akolhook_i_schemes(const akolhook_receiver *r) {
    return r->schemes ? r->schemes : AKOLHOOK_SCHEME_AKOL;
}

AKOLHOOK_API akolhook_status akolhook_receiver_add_secret(akolhook_receiver *receiver, const char *secret) {
    return secret ? akolhook_receiver_add_secret_str(receiver, akolhook_str_c(secret)) : AKOLHOOK_NO_SECRET;
}

AKOLHOOK_API akolhook_status akolhook_receiver_add_secret_str(
        akolhook_receiver *receiver, akolhook_str secret) {
    const unsigned schemes = akolhook_i_schemes(receiver);
    akolhook_key *keys;
    akolhook_status status = AKOLHOOK_OK;

    if (schemes > (AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD)) return AKOLHOOK_SCHEME_CHANGED;
    if (receiver->secret_count && receiver->secret_schemes != schemes) return AKOLHOOK_SCHEME_CHANGED;
    if (receiver->secret_count >= AKOLHOOK_MAX_SECRETS) return AKOLHOOK_TOO_MANY_SECRETS;

    keys = receiver->keys[receiver->secret_count];
    if (schemes & AKOLHOOK_SCHEME_AKOL) status = akolhook_secret_key(secret, AKOLHOOK_SCHEME_AKOL, &keys[0]);
    if (status == AKOLHOOK_OK && (schemes & AKOLHOOK_SCHEME_STANDARD))
        status = akolhook_secret_key(secret, AKOLHOOK_SCHEME_STANDARD, &keys[1]);
    if (status != AKOLHOOK_OK) {
        akolhook_wipe(keys, sizeof receiver->keys[0]);
        return status;
    }

    receiver->secret_schemes = schemes;
    receiver->secret_count++;
    return AKOLHOOK_OK;
}

/* ---- the headers of a request ---- */

/* The bit of a header in the sets of akolhook_incoming, whose first members are the headers' values. */
#define AKOLHOOK_I_IN(member) (1u << offsetof(akolhook_incoming, member) / sizeof(akolhook_str))
#define AKOLHOOK_I_IN_WEBHOOK \
    (AKOLHOOK_I_IN(id) | AKOLHOOK_I_IN(timestamp) | AKOLHOOK_I_IN(standard_signature))

#define AKOLHOOK_I_ROW(name, member) \
    { name, (uint8_t)offsetof(akolhook_incoming, member) }
static const struct akolhook_i_known {
    char name[20];
    uint8_t offset; /* of its slice */
} akolhook_i_known[] = {
        AKOLHOOK_I_ROW("x-webhook-signature", signature),
        AKOLHOOK_I_ROW("x-webhook-event", event),
        AKOLHOOK_I_ROW("x-webhook-test", test),
        AKOLHOOK_I_ROW("webhook-id", id),
        AKOLHOOK_I_ROW("webhook-timestamp", timestamp),
        AKOLHOOK_I_ROW("webhook-signature", standard_signature),
        AKOLHOOK_I_ROW("content-encoding", content_encoding),
        AKOLHOOK_I_ROW("content-length", content_length),
        AKOLHOOK_I_ROW("svix-id", id), /* other names of the three come behind */
        AKOLHOOK_I_ROW("svix-timestamp", timestamp),
        AKOLHOOK_I_ROW("svix-signature", standard_signature),
};
#undef AKOLHOOK_I_ROW

AKOLHOOK_API akolhook_status akolhook_incoming_header(
        akolhook_incoming *in, const char *name, size_t name_len, const char *value, size_t value_len) {
    const size_t count = sizeof akolhook_i_known / sizeof akolhook_i_known[0];
    akolhook_str *slot, text;
    unsigned bit;
    size_t i;

    if ((!name && name_len) || (!value && value_len)) return AKOLHOOK_INVALID_ARGUMENT;
    for (i = 0; i < count; i++)
        if (akolhook_i_str_is_nocase(akolhook_str_n(name, name_len), akolhook_i_known[i].name)) break;
    if (i == count) return AKOLHOOK_OK;

    slot = (akolhook_str *)(void *)((char *)in + akolhook_i_known[i].offset);
    text = akolhook_i_str_trim(akolhook_str_n(value, value_len));
    bit = 1u << akolhook_i_known[i].offset / sizeof(akolhook_str);
    if (bit == AKOLHOOK_I_IN(content_length) && (in->seen & bit) && akolhook_str_equal(*slot, text))
        return AKOLHOOK_OK;
    if (bit == AKOLHOOK_I_IN(content_encoding) && text.len == 0) return AKOLHOOK_OK;

    if (in->seen & bit) in->doubled = (uint16_t)(in->doubled | bit);
    if (value_len > AKOLHOOK_MAX_HEADER) in->too_large = (uint16_t)(in->too_large | bit);
    in->seen = (uint16_t)(in->seen | bit);
    *slot = text;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_incoming_cgi(
        akolhook_incoming *in, const char *name, const char *value) {
    akolhook_str from, text = akolhook_i_str_trim(akolhook_str_c(value));
    char header[sizeof akolhook_i_known[0].name];
    size_t i;

    if (!name) return AKOLHOOK_INVALID_ARGUMENT;
    from = akolhook_str_c(name);
    if (!akolhook_i_str_strip(&from, "HTTP_") && !akolhook_str_is(from, "CONTENT_LENGTH")) return AKOLHOOK_OK;
    if (from.len > sizeof header || text.len == 0) return AKOLHOOK_OK;

    for (i = 0; i < from.len; i++) header[i] = from.ptr[i] == '_' ? '-' : from.ptr[i];
    return akolhook_incoming_header(in, header, from.len, text.ptr, text.len);
}

/* Who judges: with both schemes accepted, the presence of any webhook-* header calls for Standard alone. */
AKOLHOOK_I_ONCE static unsigned akolhook_i_judge(const akolhook_receiver *r, const akolhook_incoming *in) {
    unsigned schemes = akolhook_i_schemes(r);
    if (schemes != (AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD)) return schemes;
    return in->seen & AKOLHOOK_I_IN_WEBHOOK ? AKOLHOOK_SCHEME_STANDARD : AKOLHOOK_SCHEME_AKOL;
}

static size_t akolhook_i_max_body(const akolhook_receiver *r) {
    return r->max_body ? r->max_body : AKOLHOOK_MAX_BODY;
}

/* Takes the next entry of a webhook-signature list; entries stand between blanks. */
static int akolhook_i_entry_next(akolhook_str *list, akolhook_str *entry) {
    size_t len = 0;

    while (list->len && list->ptr[0] == ' ') *list = akolhook_str_n(list->ptr + 1, list->len - 1);
    if (list->len == 0) return 0;

    while (len < list->len && list->ptr[len] != ' ') len++;
    *entry = akolhook_str_n(list->ptr, len);
    *list = akolhook_str_n(list->ptr + len, list->len - len);
    return 1;
}

/* The MAC of a v1 entry: base64 of 32 bytes, canonical; the decoder writes whole groups. 0 for any other
   entry. */
static int akolhook_i_entry_read(akolhook_str entry, uint8_t mac[33]) {
    if (!akolhook_i_str_strip(&entry, "v1,")) return 0;
    if (entry.len != AKOLHOOK_I_MAC_BASE64 + 1 || entry.ptr[AKOLHOOK_I_MAC_BASE64] != '=') return 0;
    return akolhook_i_base64_read(entry.ptr, AKOLHOOK_I_MAC_BASE64, mac);
}

/* What can be said of the signature before the MAC is known. */
static akolhook_status akolhook_i_signature_check(const akolhook_incoming *in, unsigned judge) {
    akolhook_str list, entry;
    uint8_t mac[33];

    if (judge == AKOLHOOK_SCHEME_AKOL) return akolhook_i_akol_signature_read(in->signature, mac);
    list = in->standard_signature;
    if (list.len == 0) return AKOLHOOK_MISSING_SIGNATURE;
    while (akolhook_i_entry_next(&list, &entry))
        if (akolhook_i_entry_read(entry, mac)) return AKOLHOOK_OK;
    return AKOLHOOK_NO_KNOWN_SCHEME;
}

/* 1 when the signature names this MAC; every entry is compared in constant time. */
static int akolhook_i_signature_matches(const akolhook_incoming *in, unsigned judge, const uint8_t mac[32]) {
    akolhook_str list = in->standard_signature, entry;
    uint8_t claimed[33];
    int matches = 0;

    if (judge == AKOLHOOK_SCHEME_AKOL) {
        /* not covered: it was read when the headers were judged */
        if (akolhook_i_akol_signature_read(in->signature, claimed) != AKOLHOOK_OK) return 0;
        return akolhook_equal_constant_time(mac, claimed, 32);
    }
    while (akolhook_i_entry_next(&list, &entry))
        if (akolhook_i_entry_read(entry, claimed)) matches |= akolhook_equal_constant_time(mac, claimed, 32);
    return matches;
}

/* The headers that count for this receiver, a bit for each. */
static unsigned akolhook_i_headers_used(const akolhook_receiver *r, const akolhook_incoming *in) {
    const unsigned both = AKOLHOOK_I_IN(event) | AKOLHOOK_I_IN(test) | AKOLHOOK_I_IN(content_encoding) |
                          AKOLHOOK_I_IN(content_length);
    return both | (akolhook_i_judge(r, in) == AKOLHOOK_SCHEME_AKOL ? AKOLHOOK_I_IN(signature)
                                                                   : AKOLHOOK_I_IN_WEBHOOK);
}

/* The name of the header that a status is about; NULL when it is about none. */
static const char *akolhook_i_header_refused(
        const akolhook_receiver *r, const akolhook_incoming *in, akolhook_status status) {
    unsigned bits = akolhook_i_headers_used(r, in), i = 0;

    if (status != AKOLHOOK_DOUBLED_HEADER && status != AKOLHOOK_HEADER_TOO_LARGE) return NULL;
    bits &= status == AKOLHOOK_DOUBLED_HEADER ? in->doubled : in->too_large;
    while (!((bits >> akolhook_i_known[i].offset / sizeof(akolhook_str)) & 1u)) i++;
    return akolhook_i_known[i].name;
}

/* Everything that the headers say by themselves. */
static akolhook_status akolhook_i_headers_check(const akolhook_receiver *r, const akolhook_incoming *in) {
    const unsigned judge = akolhook_i_judge(r, in), used = akolhook_i_headers_used(r, in);
    int64_t sent_at;
    akolhook_status status;

    /* the receiver itself */
    if (r->secret_count == 0) return AKOLHOOK_NO_SECRET;
    if (r->secret_count > AKOLHOOK_MAX_SECRETS || r->secret_schemes != akolhook_i_schemes(r))
        return AKOLHOOK_SCHEME_CHANGED;
    if (r->tolerance_s < AKOLHOOK_TOLERANCE_ANY || r->max_age_s < AKOLHOOK_AGE_ANY)
        return AKOLHOOK_INVALID_ARGUMENT;
    if (r->guard && (!r->guard->entries || !r->guard->count)) return AKOLHOOK_INVALID_ARGUMENT;

    if (in->too_large & used) return AKOLHOOK_HEADER_TOO_LARGE;
    if (in->doubled & used) return AKOLHOOK_DOUBLED_HEADER;
    if (judge == AKOLHOOK_SCHEME_STANDARD) {
        status = akolhook_i_id_check(in->id);
        if (status != AKOLHOOK_OK) return status;
        status = akolhook_i_sent_at_read(in->timestamp, &sent_at);
        if (status != AKOLHOOK_OK) return status;
    }
    return akolhook_i_signature_check(in, judge);
}

/* Content-Length, when it is there, must be the body's length; the HTTP layer below may have missed a cut.
   The same number several times in a list is one (RFC 9110 section 8.6). */
static akolhook_status akolhook_i_length_check(const akolhook_incoming *in, size_t body_len) {
    akolhook_str list = in->content_length, entry;
    uint64_t declared;
    size_t len;

    if (!(in->seen & AKOLHOOK_I_IN(content_length))) return AKOLHOOK_OK;
    for (;;) {
        for (len = 0; len < list.len && list.ptr[len] != ',';) len++;
        entry = akolhook_i_str_trim(akolhook_str_n(list.ptr, len));
        if (!akolhook_i_digits_read(entry, AKOLHOOK_I_LENGTH_DIGITS, &declared) || declared != body_len)
            return AKOLHOOK_LENGTH_MISMATCH;
        if (len == list.len) return AKOLHOOK_OK;
        list = akolhook_str_n(list.ptr + len + 1, list.len - len - 1);
    }
}

/* A time against this clock: at most past seconds old and ahead seconds in the future, edges inside. */
static akolhook_status akolhook_i_time_judge(
        const akolhook_receiver *r, int64_t time, int64_t now, int64_t past, int64_t ahead) {
    if (r->flags & AKOLHOOK_CLOCK_NONE) return AKOLHOOK_OK;
    if (now < AKOLHOOK_I_TIME_MIN) return AKOLHOOK_CLOCK_UNSET;
    if (now > AKOLHOOK_I_TIME_MAX) return AKOLHOOK_INVALID_ARGUMENT; /* milliseconds, most likely */
    if (past >= 0 && now - time > past) return AKOLHOOK_TOO_OLD;
    /* not covered: no caller gives a span of less than 0 */
    return ahead >= 0 && time - now > ahead ? AKOLHOOK_TOO_NEW : AKOLHOOK_OK;
}

/* ---- the key of a body: SipHash-1-3 with 128 bits (Aumasson and Bernstein, 2012) ---- */

/* Its key is no secret: what enters the guard is authenticated, and only the sender could look for two
   bodies with one key. The state of a print stands in four words; bytes that fill none of its words yet in
   the tail. */
#define AKOLHOOK_I_PRINT_LOW UINT64_C(0x6b6f6f686c6f6b61)  /* "akolhook", */
#define AKOLHOOK_I_PRINT_HIGH UINT64_C(0x79616c7065722d20) /* " -replay" */

static uint64_t akolhook_i_load64_little(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

#define AKOLHOOK_I_ROTL64(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define AKOLHOOK_I_PRINT_ROUND(a, b, c, d) \
    do { \
        a += b; \
        c += d; \
        b = AKOLHOOK_I_ROTL64(b, 13) ^ a; \
        d = AKOLHOOK_I_ROTL64(d, 16) ^ c; \
        a = AKOLHOOK_I_ROTL64(a, 32) + d; \
        c += b; \
        d = AKOLHOOK_I_ROTL64(d, 21) ^ a; \
        b = AKOLHOOK_I_ROTL64(b, 17) ^ c; \
        c = AKOLHOOK_I_ROTL64(c, 32); \
    } while (0)

/* Takes whole words in. */
static void akolhook_i_print_words(uint64_t v[4], const uint8_t *p, size_t words) {
    uint64_t a = v[0], b = v[1], c = v[2], d = v[3], word;

    for (; words; words--, p += 8) {
        word = akolhook_i_load64_little(p);
        d ^= word;
        AKOLHOOK_I_PRINT_ROUND(a, b, c, d);
        a ^= word;
    }

    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
}

/* Three rounds without a word, and half of the result. */
static void akolhook_i_print_half(uint64_t v[4], uint8_t out[8]) {
    uint64_t half;
    unsigned i;

    for (i = 0; i < 3; i++) AKOLHOOK_I_PRINT_ROUND(v[0], v[1], v[2], v[3]);
    half = v[0] ^ v[1] ^ v[2] ^ v[3];
    for (i = 0; i < 8; i++) out[i] = (uint8_t)(half >> 8 * i);
}

static void akolhook_i_print_init(uint64_t v[4]) {
    v[0] = AKOLHOOK_I_PRINT_LOW ^ UINT64_C(0x736f6d6570736575);
    v[1] = AKOLHOOK_I_PRINT_HIGH ^ UINT64_C(0x646f72616e646f6d) ^ 0xee;
    v[2] = AKOLHOOK_I_PRINT_LOW ^ UINT64_C(0x6c7967656e657261);
    v[3] = AKOLHOOK_I_PRINT_HIGH ^ UINT64_C(0x7465646279746573);
}

/* before: how many bytes there were already. */
static void akolhook_i_print_update(
        uint64_t v[4], uint8_t tail[8], size_t before, const uint8_t *p, size_t len) {
    const size_t held = before % 8;
    size_t take = held ? 8 - held : 0;

    if (take > len) take = len;
    if (take) memcpy(tail + held, p, take);
    if (held && held + take < 8) return;
    if (held) akolhook_i_print_words(v, tail, 1);

    p += take;
    len -= take;
    akolhook_i_print_words(v, p, len / 8);
    if (len % 8) memcpy(tail, p + len / 8 * 8, len % 8);
}

static void akolhook_i_print_final(uint64_t v[4], uint8_t tail[8], size_t total, uint8_t key[16]) {
    memset(tail + total % 8, 0, 8 - total % 8);
    tail[7] = (uint8_t)total;
    akolhook_i_print_words(v, tail, 1);

    v[2] ^= 0xee;
    akolhook_i_print_half(v, key);
    v[1] ^= 0xdd;
    akolhook_i_print_half(v, key + 8);
}

static void akolhook_i_body_key(akolhook_str body, uint8_t key[16]) {
    uint64_t v[4];
    uint8_t tail[8];

    akolhook_i_print_init(v);
    akolhook_i_print_update(v, tail, 0, (const uint8_t *)akolhook_i_start(body), body.len);
    akolhook_i_print_final(v, tail, body.len, key);
}

/* Ids of any length become 16 bytes, in a space of their own. */
static void akolhook_i_id_key(akolhook_str id, uint8_t key[16]) {
    static const char space[] = "webhook-id:";
    akolhook_sha256 hash;
    uint8_t digest[32];

    akolhook_sha256_init(&hash);
    akolhook_sha256_update(&hash, space, sizeof space - 1);
    akolhook_sha256_update(&hash, id.ptr, id.len);
    akolhook_sha256_final(&hash, digest);
    memcpy(key, digest, 16);
}

/* ---- the replay guard ---- */

#define AKOLHOOK_I_TAKEN_S 60 /* default of guard.taken_s */

/* Compilers of one machine agree on it: no member needs more alignment than its place gives. */
typedef char akolhook_i_entry_is_packed[sizeof(akolhook_guard_entry) == 32 ? 1 : -1];

static void akolhook_i_guard_lock(akolhook_guard *g, int lock) {
    void (*hook)(void *) = lock ? g->lock_fn : g->unlock_fn;
    if (hook) hook(g->user);
}

/* The keys of a message; gives their count. */
static unsigned akolhook_i_guard_keys(const akolhook_message *msg, const uint8_t *keys[2]) {
    keys[0] = msg->dedup_key;
    keys[1] = msg->dedup_key_akol;
    return msg->dedup_keys > 2 ? 2 : msg->dedup_keys;
}

/* What a walk over the ring has found for a key. */
typedef struct akolhook_i_place {
    akolhook_guard_entry *entry;  /* the key's; NULL: it is not there */
    akolhook_guard_entry *oldest; /* a free one, or the one to overwrite */
    uint64_t next;                /* the order of what is put in now */
} akolhook_i_place;

/* An entry ranks by its order plus 1, so that erased flash, all ones, is free as zeros are. */
static void akolhook_i_guard_find(akolhook_guard *g, const uint8_t key[16], akolhook_i_place *place) {
    akolhook_guard_entry *at = g->entries, *const end = at + g->count;
    uint64_t lowest = UINT64_MAX, highest = 1, rank;

    place->entry = NULL;
    for (place->oldest = at; at < end; at++) {
        rank = at->order + 1;
        if (rank > highest) highest = rank;
        if (rank < lowest) {
            lowest = rank;
            place->oldest = at;
        }
        if (at->key[0] == key[0] && rank > 1 && memcmp(at->key, key, sizeof at->key) == 0) place->entry = at;
    }
    place->next = highest;
}

/* Puts a message in as the newest. Its entry is free while it is written, as the process may end in between:
   volatile keeps the stores in this order. */
static void akolhook_i_guard_put(
        const akolhook_i_place *place, const uint8_t key[16], int64_t now, int committed) {
    volatile akolhook_guard_entry *entry = place->entry ? place->entry : place->oldest;
    size_t i;

    entry->order = 0;
    for (i = 0; i < sizeof entry->key; i++) entry->key[i] = key[i];
    entry->taken_at = (uint32_t)now;
    entry->committed = committed ? 1 : 0;
    entry->order = place->next;
}

/* 1 while the one who took a message must be taken to work on it; a clock that jumped is nobody's work. */
static int akolhook_i_guard_is_busy(const akolhook_guard *g, const akolhook_guard_entry *entry, int64_t now) {
    const uint32_t taken_s = g->taken_s ? g->taken_s : AKOLHOOK_I_TAKEN_S;
    const uint32_t since = (uint32_t)now - entry->taken_at;
    return since <= taken_s || (uint32_t)0 - since <= taken_s;
}

/* Says whether a message is there already, and with enter puts it in when it is not; all under one lock. */
static akolhook_status akolhook_i_guard_ask(
        akolhook_guard *g, akolhook_message *msg, int64_t now, int enter) {
    akolhook_status status = AKOLHOOK_OK;
    akolhook_i_place place;
    const uint8_t *keys[2];
    const unsigned count = akolhook_i_guard_keys(msg, keys);
    unsigned i;

    if (!g) return AKOLHOOK_OK;

    akolhook_i_guard_lock(g, 1);
    for (i = 0; i < count; i++) {
        akolhook_i_guard_find(g, keys[i], &place);
        if (place.entry && place.entry->committed) status = AKOLHOOK_DUPLICATE;
        if (place.entry && status == AKOLHOOK_OK && akolhook_i_guard_is_busy(g, place.entry, now))
            status = AKOLHOOK_IN_PROGRESS;
    }

    /* the ticket is the order of the first key; that of the second is the next */
    for (i = 0; enter && status == AKOLHOOK_OK && i < count; i++) {
        if (count > 1) akolhook_i_guard_find(g, keys[i], &place);
        akolhook_i_guard_put(&place, keys[i], now, 0);
        msg->ticket = place.next - i;
    }
    akolhook_i_guard_lock(g, 0);
    return status;
}

/* The end of a message's work: it is the newest now, or its entry is free, where it has it still. */
static void akolhook_i_guard_settle(akolhook_guard *g, const akolhook_message *msg, int done) {
    akolhook_i_place place;
    const uint8_t *keys[2];
    unsigned i;

    if (!g || !g->entries || !g->count || !msg || !msg->scheme) return;

    akolhook_i_guard_lock(g, 1);
    for (i = 0; i < akolhook_i_guard_keys(msg, keys); i++) {
        akolhook_i_guard_find(g, keys[i], &place);
        if (place.entry && place.entry->committed) continue;
        if (done)
            akolhook_i_guard_put(&place, keys[i], 0, 1);
        else if (place.entry && place.entry->order == msg->ticket + i)
            place.entry->order = 0;
    }
    akolhook_i_guard_lock(g, 0);
}

/* ---- authenticate and receive ---- */

/* 0: none, as identity and an empty one are; 2: no coding but a character set. */
static uint8_t akolhook_i_encoding_of(akolhook_str value) {
    static const char charsets[][13] = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1",
            "windows-1252", "utf-16", "utf-16le", "utf-16be"};
    size_t i;

    if (value.len == 0 || akolhook_i_str_is_nocase(value, "identity")) return 0;
    for (i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
        if (akolhook_i_str_is_nocase(value, charsets[i])) return 2;
    return 1;
}

/* Whether the key of the body counts: it does where Akol's scheme is accepted, whoever judges. */
static int akolhook_i_needs_body_key(const akolhook_receiver *r) {
    return (akolhook_i_schemes(r) & AKOLHOOK_SCHEME_AKOL) != 0;
}

/* Fills msg from the headers and asks the clock. */
static akolhook_status akolhook_i_authenticated(const akolhook_receiver *r, const akolhook_incoming *in,
        unsigned secret_index, const uint8_t body_key[16], size_t body_len, int64_t now,
        akolhook_message *msg) {
    const int64_t window = r->tolerance_s ? r->tolerance_s : AKOLHOOK_I_TOLERANCE_S;
    akolhook_status status;

    msg->scheme = akolhook_i_judge(r, in);
    msg->secret_index = secret_index;
    msg->is_test = akolhook_str_is(in->test, "1") ? 1 : 0;
    msg->content_encoded = akolhook_i_encoding_of(in->content_encoding);
    msg->event_name.str = in->event;
    msg->event = akolhook_event_find(in->event);
    msg->body_len = body_len;

    if (msg->scheme != AKOLHOOK_SCHEME_STANDARD) {
        memcpy(msg->dedup_key, body_key, sizeof msg->dedup_key);
        msg->dedup_keys = 1;
        return AKOLHOOK_OK;
    }

    msg->message_id = in->id;
    status = akolhook_i_sent_at_read(in->timestamp, &msg->sent_at);
    if (status == AKOLHOOK_OK && r->tolerance_s != AKOLHOOK_TOLERANCE_ANY)
        status = akolhook_i_time_judge(r, msg->sent_at, now, window, window);
    if (status != AKOLHOOK_OK) return status;

    akolhook_i_id_key(in->id, msg->dedup_key);
    msg->dedup_keys = akolhook_i_needs_body_key(r) ? 2 : 1;
    if (msg->dedup_keys == 2) memcpy(msg->dedup_key_akol, body_key, sizeof msg->dedup_key_akol);
    return AKOLHOOK_OK;
}

/* Zeroes a message that was refused, but for what says where. */
static akolhook_status akolhook_i_message_refuse(akolhook_message *msg, akolhook_status status) {
    const size_t error_at = msg->error_at;
    const char *const error_header = msg->error_header;

    memset(msg, 0, sizeof *msg);
    msg->error_at = error_at;
    msg->error_header = error_header;
    return status;
}

/* The MAC of a body under every secret in the judge's reading; the number of the first that matches, or
   MAX_SECRETS. */
static unsigned akolhook_i_secret_find(
        const akolhook_receiver *r, const akolhook_incoming *in, akolhook_str body) {
    const unsigned judge = akolhook_i_judge(r, in);
    const unsigned standard = judge == AKOLHOOK_SCHEME_STANDARD;
    akolhook_hmac_job jobs[AKOLHOOK_MAX_SECRETS];
    char out[AKOLHOOK_I_DOTS_SIZE];
    const akolhook_str dots = standard ? akolhook_i_dots_of(in, out) : akolhook_str_n(NULL, 0);
    unsigned i, found = AKOLHOOK_MAX_SECRETS;

    memset(jobs, 0, sizeof jobs);
    for (i = 0; i < r->secret_count; i++) {
        jobs[i].key = &r->keys[i][standard];
        if (standard) jobs[i].parts[0] = in->id;
        jobs[i].parts[1] = dots;
        jobs[i].parts[2] = body;
    }
    akolhook_hmac_many(jobs, r->secret_count);

    for (i = 0; i < r->secret_count; i++)
        if (akolhook_i_signature_matches(in, judge, jobs[i].mac) && found == AKOLHOOK_MAX_SECRETS) found = i;
    akolhook_wipe(jobs, sizeof jobs);
    return found;
}

/* akolhook_authenticate before the guard is asked. */
static akolhook_status akolhook_i_authenticate(const akolhook_receiver *r, const akolhook_incoming *in,
        const void *body, size_t body_len, int64_t now, akolhook_message *msg) {
    akolhook_status status;
    uint8_t key[16] = {0};
    unsigned found;

    memset(msg, 0, sizeof *msg);
    if (!r || !in || (!body && body_len)) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_headers_check(r, in);
    if (status != AKOLHOOK_OK) {
        msg->error_header = akolhook_i_header_refused(r, in, status);
        return status;
    }
    if (body_len > akolhook_i_max_body(r)) return AKOLHOOK_BODY_TOO_LARGE;
    status = akolhook_i_length_check(in, body_len);
    if (status != AKOLHOOK_OK) return status;

    found = akolhook_i_secret_find(r, in, akolhook_str_n(body, body_len));
    if (found == AKOLHOOK_MAX_SECRETS) return AKOLHOOK_SIGNATURE_MISMATCH;
    if (akolhook_i_needs_body_key(r)) akolhook_i_body_key(akolhook_str_n(body, body_len), key);
    return akolhook_i_authenticated(r, in, found, key, body_len, now, msg);
}

AKOLHOOK_API akolhook_status akolhook_authenticate(const akolhook_receiver *receiver,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now, akolhook_message *msg) {
    akolhook_status status;

    if (!msg) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_authenticate(receiver, in, body, body_len, now, msg);
    if (status == AKOLHOOK_OK) status = akolhook_i_guard_ask(receiver->guard, msg, now, 1);
    return status == AKOLHOOK_OK ? AKOLHOOK_OK : akolhook_i_message_refuse(msg, status);
}

/* The second half without the roll-back. envelope: what the body says; msg: what authentication said. */
static akolhook_status akolhook_i_message_judge(const akolhook_receiver *r, const akolhook_message *msg,
        const akolhook_message *envelope, int64_t now) {
    const int64_t age = r->max_age_s ? r->max_age_s : AKOLHOOK_I_MAX_AGE_S;
    const akolhook_str named = msg->event_name.str;

    if (r->webhook_id.len && !akolhook_text_equal(envelope->webhook_id, r->webhook_id))
        return AKOLHOOK_WRONG_WEBHOOK;
    if (named.ptr && !akolhook_text_equal(envelope->event_name, named)) return AKOLHOOK_EVENT_MISMATCH;
    if (msg->scheme == AKOLHOOK_SCHEME_STANDARD) return AKOLHOOK_OK; /* its header time was judged already */
    return akolhook_i_time_judge(r, envelope->timestamp_ms / 1000, now, age, AKOLHOOK_I_TOLERANCE_S);
}

/* Reads the body of an authenticated message into it. */
static akolhook_status akolhook_i_message_read(
        const akolhook_receiver *r, const void *body, size_t body_len, int64_t now, akolhook_message *msg) {
    akolhook_message envelope;
    akolhook_status status;

    if (!body && body_len) return AKOLHOOK_INVALID_ARGUMENT;
    if (!msg->scheme) return AKOLHOOK_NOT_AUTHENTICATED;
    if (msg->body_len != body_len) return AKOLHOOK_LENGTH_MISMATCH;
    if (msg->content_encoded)
        return msg->content_encoded == 2 ? AKOLHOOK_ENCODING_CHARSET : AKOLHOOK_CONTENT_ENCODED;

    status = akolhook_envelope_parse(body, body_len, &envelope, &msg->error_at);
    if (status == AKOLHOOK_OK) status = akolhook_i_message_judge(r, msg, &envelope, now);
    if (status != AKOLHOOK_OK) return status;

    msg->event = envelope.event;
    msg->event_name = envelope.event_name;
    msg->timestamp_ms = envelope.timestamp_ms;
    msg->business_id = envelope.business_id;
    msg->webhook_id = envelope.webhook_id;
    msg->data = envelope.data;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_receive(const akolhook_receiver *receiver, const akolhook_incoming *in,
        const void *body, size_t body_len, int64_t now, akolhook_message *msg) {
    akolhook_status status;

    if (!msg) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_authenticate(receiver, in, body, body_len, now, msg);
    if (status == AKOLHOOK_OK) status = akolhook_i_guard_ask(receiver->guard, msg, now, 0);
    if (status == AKOLHOOK_OK) status = akolhook_i_message_read(receiver, body, body_len, now, msg);
    if (status == AKOLHOOK_OK) status = akolhook_i_guard_ask(receiver->guard, msg, now, 1);
    return status == AKOLHOOK_OK ? AKOLHOOK_OK : akolhook_i_message_refuse(msg, status);
}

/* ---- a body in pieces ---- */

#define AKOLHOOK_I_VERIFYING 0x616b6f6cu /* in verifier.state between init and final */

AKOLHOOK_API akolhook_status akolhook_verifier_init(
        akolhook_verifier *v, const akolhook_receiver *receiver, const akolhook_incoming *in) {
    char out[AKOLHOOK_I_DOTS_SIZE];
    akolhook_str dots;
    unsigned standard, i;

    memset(v, 0, sizeof *v);
    v->state = AKOLHOOK_I_VERIFYING;
    if (!receiver || !in) return v->status = AKOLHOOK_INVALID_ARGUMENT;
    v->receiver = receiver;
    v->in = *in;
    v->status = akolhook_i_headers_check(receiver, in);
    if (v->status != AKOLHOOK_OK) return v->status;

    standard = akolhook_i_judge(receiver, in) == AKOLHOOK_SCHEME_STANDARD;
    dots = standard ? akolhook_i_dots_of(in, out) : akolhook_str_n(NULL, 0);
    for (i = 0; i < receiver->secret_count; i++) {
        const akolhook_key *key = &receiver->keys[i][standard];
        if (standard)
            akolhook_i_standard_init(&v->macs[i], key, in->id, dots);
        else
            akolhook_hmac_init(&v->macs[i], key);
    }
    akolhook_i_print_init(v->print);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_verifier_update(akolhook_verifier *v, const void *data, size_t len) {
    unsigned i;

    if (v->state != AKOLHOOK_I_VERIFYING) return AKOLHOOK_WRONG_ORDER;
    if (v->status != AKOLHOOK_OK) return v->status;
    if (!data && len) return v->status = AKOLHOOK_INVALID_ARGUMENT;
    if (len > akolhook_i_max_body(v->receiver) - v->body_len) return v->status = AKOLHOOK_BODY_TOO_LARGE;

    for (i = 0; i < v->receiver->secret_count; i++) akolhook_hmac_update(&v->macs[i], data, len);
    if (len && akolhook_i_needs_body_key(v->receiver))
        akolhook_i_print_update(v->print, v->print_tail, v->body_len, (const uint8_t *)data, len);
    v->body_len += len;
    return AKOLHOOK_OK;
}

/* Ends the MACs; the number of the first secret that matches, or MAX_SECRETS. */
static unsigned akolhook_i_verifier_find(akolhook_verifier *v) {
    const unsigned judge = akolhook_i_judge(v->receiver, &v->in);
    unsigned i, found = AKOLHOOK_MAX_SECRETS;
    uint8_t mac[32];

    for (i = 0; i < v->receiver->secret_count; i++) {
        akolhook_hmac_final(&v->macs[i], mac);
        if (akolhook_i_signature_matches(&v->in, judge, mac) && found == AKOLHOOK_MAX_SECRETS) found = i;
    }
    akolhook_wipe(mac, sizeof mac);
    return found;
}

AKOLHOOK_API akolhook_status akolhook_verifier_final(
        akolhook_verifier *v, int64_t now, akolhook_message *msg) {
    uint8_t key[16];
    unsigned found;
    akolhook_status status = msg && v->receiver ? v->status : AKOLHOOK_INVALID_ARGUMENT;

    if (msg) memset(msg, 0, sizeof *msg);
    if (v->state != AKOLHOOK_I_VERIFYING) return AKOLHOOK_WRONG_ORDER;

    if (msg && v->receiver) msg->error_header = akolhook_i_header_refused(v->receiver, &v->in, status);
    if (status == AKOLHOOK_OK) status = akolhook_i_length_check(&v->in, v->body_len);
    if (status == AKOLHOOK_OK) {
        found = akolhook_i_verifier_find(v);
        akolhook_i_print_final(v->print, v->print_tail, v->body_len, key);
        status = AKOLHOOK_SIGNATURE_MISMATCH;
        if (found != AKOLHOOK_MAX_SECRETS)
            status = akolhook_i_authenticated(v->receiver, &v->in, found, key, v->body_len, now, msg);
        if (status == AKOLHOOK_OK) status = akolhook_i_guard_ask(v->receiver->guard, msg, now, 1);
    }

    akolhook_wipe(v, sizeof *v);
    return status == AKOLHOOK_OK || !msg ? status : akolhook_i_message_refuse(msg, status);
}

AKOLHOOK_API akolhook_status akolhook_message_parse(const akolhook_receiver *receiver, const void *body,
        size_t body_len, int64_t now, akolhook_message *msg) {
    akolhook_status status;

    if (!msg) return AKOLHOOK_INVALID_ARGUMENT;
    if (!receiver) return akolhook_i_message_refuse(msg, AKOLHOOK_INVALID_ARGUMENT);
    status = akolhook_i_message_read(receiver, body, body_len, now, msg);
    if (status == AKOLHOOK_OK) return AKOLHOOK_OK;
    akolhook_replay_rollback(receiver->guard, msg);
    return akolhook_i_message_refuse(msg, status);
}

AKOLHOOK_API void akolhook_replay_commit(akolhook_guard *guard, const akolhook_message *msg) {
    akolhook_i_guard_settle(guard, msg, 1);
}

AKOLHOOK_API void akolhook_replay_rollback(akolhook_guard *guard, const akolhook_message *msg) {
    akolhook_i_guard_settle(guard, msg, 0);
}

#ifndef AKOLHOOK_NO_EXPLAIN

/* ---- explain: whose signature it is if a usual mistake was made ---- */

#if defined(__GNUC__)
#define AKOLHOOK_I_RARE __attribute__((cold)) /* for size, with all that only it calls: sooner compiled */
#else
#define AKOLHOOK_I_RARE
#endif

/* All that is looked for, and how much of it may still be hashed. */
typedef struct akolhook_i_search {
    akolhook_str secret;
    unsigned scheme; /* the one that judges */
    const akolhook_incoming *in;
    akolhook_str body;
    uint32_t budget;        /* bytes of body */
    uint8_t other_encoding; /* the last match was in hex for base64, or the other way round */
} akolhook_i_search;

#ifdef AKOLHOOK_SMALL
#define AKOLHOOK_I_BUDGET UINT32_C(65536)
#else
#define AKOLHOOK_I_BUDGET UINT32_C(1048576)
#endif
#define AKOLHOOK_I_BUDGET_BODIES 24u /* so many times the body are hashed whatever its length */

/* The bytes that a claim stands for, in whatever encoding: how many, 0 when they are none of this length. */
static int akolhook_i_claim_read(akolhook_str claim, uint8_t *bytes, size_t len, int *is_hex) {
    static const char *const names[] = {"v1,", "v1=", "sha256=", "sha1=", "sha512=", "hmac-sha256="};
    char digits[88];
    size_t i, count = (len * 8 + 5) / 6;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (akolhook_i_str_strip(&claim, names[i])) break;
    *is_hex = claim.len == 2 * len;
    if (*is_hex) return akolhook_i_hex_read(claim.ptr, bytes, len);

    /* base64 of either alphabet, padded or not */
    while (claim.len > count && claim.ptr[claim.len - 1] == '=') claim.len--;
    if (claim.len != count || count > sizeof digits) return 0;
    for (i = 0; i < count; i++)
        digits[i] = claim.ptr[i] == '-' ? '+' : claim.ptr[i] == '_' ? '/' : claim.ptr[i];
    return akolhook_i_base64_read(digits, count, bytes);
}

/* 1 when the signature header names these bytes. */
static int akolhook_i_claim_is(akolhook_i_search *s, const uint8_t *mac, size_t len) {
    const int akol = s->scheme == AKOLHOOK_SCHEME_AKOL;
    akolhook_str list = akol ? akolhook_i_str_trim(s->in->signature) : s->in->standard_signature, entry;
    uint8_t claimed[66]; /* as the decoder writes whole groups */
    int is_hex, found = 0;

    while (!found && akolhook_i_entry_next(&list, &entry)) {
        if (!akolhook_i_claim_read(entry, claimed, len, &is_hex)) continue;
        found = akolhook_equal_constant_time(claimed, mac, len);
        s->other_encoding = is_hex != akol;
    }
    return found;
}

static unsigned akolhook_i_other_scheme(const akolhook_i_search *s) {
    return s->scheme == AKOLHOOK_SCHEME_AKOL ? AKOLHOOK_SCHEME_STANDARD : AKOLHOOK_SCHEME_AKOL;
}

/* Begins the MAC of a message; the body follows. */
static void akolhook_i_search_init(const akolhook_i_search *s, akolhook_hmac *m, const akolhook_key *key) {
    char out[AKOLHOOK_I_DOTS_SIZE];

    if (s->scheme == AKOLHOOK_SCHEME_STANDARD)
        akolhook_i_standard_init(m, key, s->in->id, akolhook_i_dots_of(s->in, out));
    else
        akolhook_hmac_init(m, key);
}

static int akolhook_i_search_final(akolhook_i_search *s, akolhook_hmac *m) {
    uint8_t mac[32];
    int found;

    akolhook_hmac_final(m, mac);
    found = akolhook_i_claim_is(s, mac, sizeof mac);
    akolhook_wipe(mac, sizeof mac);
    return found;
}

/* The body as it stands, under another key. */
static int akolhook_i_key_try(akolhook_i_search *s, const akolhook_key *key) {
    akolhook_hmac m;
    akolhook_i_search_init(s, &m, key);
    akolhook_hmac_update(&m, s->body.ptr, s->body.len);
    return akolhook_i_search_final(s, &m);
}

/* ---- explain: other keys ---- */

/* Under Akol's scheme the key of a secret in two parts. */
static void akolhook_i_key_join(akolhook_key *key, const char *prefix, akolhook_str secret) {
    akolhook_sha256 hash;
    uint8_t block[64];
    const size_t prefix_len = strlen(prefix);
    size_t len = prefix_len + secret.len;

    if (len <= sizeof block) {
        memcpy(block, prefix, prefix_len);
        if (secret.len) memcpy(block + prefix_len, secret.ptr, secret.len);
    } else {
        akolhook_sha256_init(&hash);
        akolhook_sha256_update(&hash, prefix, prefix_len);
        akolhook_sha256_update(&hash, secret.ptr, secret.len);
        akolhook_sha256_final(&hash, block);
        len = 32;
    }
    akolhook_key_init(key, block, len);
    akolhook_wipe(block, sizeof block);
}

static int akolhook_i_is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/* The secret as it may have been meant; 0 when it is meant as it stands. */
static int akolhook_i_secret_repair(akolhook_cause cause, akolhook_str *secret) {
    const size_t len = secret->len;

    *secret = akolhook_i_secret_trim(*secret);
    if (cause == AKOLHOOK_CAUSE_SECRET_QUOTED) {
        while (secret->len && akolhook_i_is_quote(secret->ptr[0])) {
            secret->ptr++;
            secret->len--;
        }
        while (secret->len && akolhook_i_is_quote(secret->ptr[secret->len - 1])) secret->len--;
        *secret = akolhook_i_secret_trim(*secret);
    }
    return secret->len != len;
}

/* The key that a mistake with the secret leads to; 0 when there is none. */
static int akolhook_i_key_of(const akolhook_i_search *s, akolhook_cause cause, akolhook_key *key) {
    const int akol = s->scheme == AKOLHOOK_SCHEME_AKOL;
    const unsigned other = akolhook_i_other_scheme(s);
    akolhook_str secret = s->secret;

    switch ((int)cause) {
    case AKOLHOOK_CAUSE_SECRET_BLANK:
    case AKOLHOOK_CAUSE_SECRET_QUOTED:
        return akolhook_i_secret_repair(cause, &secret) &&
               akolhook_secret_key(secret, s->scheme, key) == AKOLHOOK_OK;
    case AKOLHOOK_CAUSE_SECRET_DECODED: return akol && akolhook_secret_key(secret, other, key) == AKOLHOOK_OK;
    case AKOLHOOK_CAUSE_SECRET_TEXT: return !akol && akolhook_secret_key(secret, other, key) == AKOLHOOK_OK;
    case AKOLHOOK_CAUSE_SECRET_BARE:
        if (!akolhook_i_str_strip(&secret, AKOLHOOK_I_PREFIX)) return 0;
        akolhook_key_init(key, secret.ptr, secret.len);
        return 1;
    default: /* SECRET_CUT */
        if (!secret.len || akolhook_i_str_strip(&secret, AKOLHOOK_I_PREFIX)) return 0;
        akolhook_i_key_join(key, AKOLHOOK_I_PREFIX, secret);
        return 1;
    }
}

AKOLHOOK_I_RARE static akolhook_cause akolhook_i_secret_mistake(akolhook_i_search *s) {
    static const uint8_t causes[] = {AKOLHOOK_CAUSE_SECRET_BLANK, AKOLHOOK_CAUSE_SECRET_QUOTED,
            AKOLHOOK_CAUSE_SECRET_DECODED, AKOLHOOK_CAUSE_SECRET_TEXT, AKOLHOOK_CAUSE_SECRET_BARE,
            AKOLHOOK_CAUSE_SECRET_CUT};
    akolhook_cause cause = AKOLHOOK_CAUSE_UNKNOWN;
    akolhook_key key;
    size_t i;

    memset(&key, 0, sizeof key);
    for (i = 0; i < sizeof causes && cause == AKOLHOOK_CAUSE_UNKNOWN; i++)
        if (akolhook_i_key_of(s, (akolhook_cause)causes[i], &key) && akolhook_i_key_try(s, &key))
            cause = (akolhook_cause)causes[i];
    akolhook_wipe(&key, sizeof key);
    return cause;
}

/* ---- explain: other algorithms. SHA-1 and SHA-512 (FIPS 180-4) for this alone: small, not fast ---- */

typedef struct akolhook_i_digest {
    uint64_t state[8];
    uint64_t len; /* bytes */
    uint8_t block[128];
    uint8_t is_512;
} akolhook_i_digest;

/* clang-format off */
static const uint64_t akolhook_i_sha512_k[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817
};
/* clang-format on */

#define AKOLHOOK_I_ROTL32(x, n) ((x) << (n) | (x) >> (32 - (n)))

/* Round i of SHA-1: the next word of the ring w goes into the values v. */
static void akolhook_i_sha1_round(uint64_t v[8], uint64_t w[16], unsigned i) {
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    const uint32_t a = (uint32_t)v[0], b = (uint32_t)v[1];
    uint32_t t = (uint32_t)(w[(i + 13) & 15] ^ w[(i + 8) & 15] ^ w[(i + 2) & 15] ^ w[i & 15]);
    uint64_t f = v[1] ^ v[2] ^ v[3];

    if (i >= 16) w[i & 15] = AKOLHOOK_I_ROTL32(t, 1);
    if (i < 20) f = AKOLHOOK_I_CHOICE(v[1], v[2], v[3]);
    if (i >= 40 && i < 60) f = AKOLHOOK_I_MAJORITY(v[1], v[2], v[3]);
    t = (uint32_t)(AKOLHOOK_I_ROTL32(a, 5) + f + v[4] + k[i / 20] + w[i & 15]);
    memmove(v + 1, v, 4 * sizeof v[0]);
    v[2] = AKOLHOOK_I_ROTL32(b, 30);
    v[0] = t;
}

static void akolhook_i_sha512_round(uint64_t v[8], uint64_t w[16], unsigned i) {
    const uint64_t first = w[(i + 1) & 15], last = w[(i + 14) & 15];
    uint64_t t;

    if (i >= 16)
        w[i & 15] += (AKOLHOOK_I_ROTL64(first, 63) ^ AKOLHOOK_I_ROTL64(first, 56) ^ first >> 7) +
                     w[(i + 9) & 15] + (AKOLHOOK_I_ROTL64(last, 45) ^ AKOLHOOK_I_ROTL64(last, 3) ^ last >> 6);
    t = v[7] + akolhook_i_sha512_k[i] + w[i & 15] + AKOLHOOK_I_CHOICE(v[4], v[5], v[6]) +
        (AKOLHOOK_I_ROTL64(v[4], 50) ^ AKOLHOOK_I_ROTL64(v[4], 46) ^ AKOLHOOK_I_ROTL64(v[4], 23));
    v[3] += t;
    t += AKOLHOOK_I_MAJORITY(v[0], v[1], v[2]) +
         (AKOLHOOK_I_ROTL64(v[0], 36) ^ AKOLHOOK_I_ROTL64(v[0], 30) ^ AKOLHOOK_I_ROTL64(v[0], 25));
    memmove(v + 1, v, 7 * sizeof v[0]);
    v[0] = t;
}

/* Folds the block that is full into the state. */
static void akolhook_i_digest_fold(akolhook_i_digest *d) {
    const unsigned width = d->is_512 ? 8 : 4; /* bytes of a word */
    const uint64_t mask = d->is_512 ? UINT64_MAX : UINT32_MAX;
    uint64_t v[8], w[16] = {0};
    unsigned i;

    for (i = 0; i < 16 * width; i++) w[i / width] = w[i / width] << 8 | d->block[i];
    memcpy(v, d->state, sizeof v);
    for (i = 0; i < 80; i++) {
        if (d->is_512)
            akolhook_i_sha512_round(v, w, i);
        else
            akolhook_i_sha1_round(v, w, i);
    }
    for (i = 0; i < 8; i++) d->state[i] = (d->state[i] + v[i]) & mask;
    akolhook_wipe(v, sizeof v);
    akolhook_wipe(w, sizeof w);
}

static size_t akolhook_i_digest_block(const akolhook_i_digest *d) { return d->is_512 ? 128 : 64; }

static void akolhook_i_digest_init(akolhook_i_digest *d, int is_512) {
    static const uint64_t starts[2][8] = {
            {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0, 0, 0, 0},
            {UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
                    UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
                    UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)}};
    memset(d, 0, sizeof *d);
    memcpy(d->state, starts[is_512], sizeof d->state);
    d->is_512 = is_512 ? 1 : 0;
}

static void akolhook_i_digest_update(akolhook_i_digest *d, const void *data, size_t len) {
    const uint8_t *p = (const uint8_t *)data;
    const size_t size = akolhook_i_digest_block(d);

    for (; len; len--) {
        d->block[d->len++ % size] = *p++;
        if (d->len % size == 0) akolhook_i_digest_fold(d);
    }
}

/* Gives the length of the digest. */
static size_t akolhook_i_digest_final(akolhook_i_digest *d, uint8_t out[64]) {
    static const uint8_t mark = 0x80, zeros[8] = {0};
    const size_t size = akolhook_i_digest_block(d), width = size / 16, count = d->is_512 ? 8 : 5;
    const uint64_t bits = d->len * 8;
    uint8_t length[8];
    size_t i, j;

    /* the mark, zeros, and the length in the last bytes of a block: 8 of them, or 16 whose upper half is 0 */
    akolhook_i_digest_update(d, &mark, 1);
    while (d->len % size != size - 2 * width) akolhook_i_digest_update(d, zeros, 1);
    if (d->is_512) akolhook_i_digest_update(d, zeros, sizeof zeros);
    akolhook_i_store64(length, bits);
    akolhook_i_digest_update(d, length, sizeof length);

    for (i = 0; i < count; i++)
        for (j = 0; j < width; j++) out[i * width + j] = (uint8_t)(d->state[i] >> 8 * (width - 1 - j));
    akolhook_wipe(d, sizeof *d);
    return count * width;
}

/* HMAC (RFC 2104) on one of the two; gives the length of the MAC. */
static size_t akolhook_i_digest_hmac(
        int is_512, akolhook_str secret, const akolhook_str message[3], uint8_t mac[64]) {
    akolhook_i_digest d;
    uint8_t key[128] = {0};
    size_t i, len = 0, turn;

    akolhook_i_digest_init(&d, is_512);
    if (secret.len <= akolhook_i_digest_block(&d))
        memcpy(key, akolhook_i_start(secret), secret.len);
    else {
        akolhook_i_digest_update(&d, secret.ptr, secret.len);
        (void)akolhook_i_digest_final(&d, key);
    }

    for (turn = 0; turn < 2; turn++) {
        akolhook_i_digest_init(&d, is_512);
        for (i = 0; i < sizeof key; i++) key[i] = (uint8_t)(key[i] ^ (turn ? 0x36 ^ 0x5c : 0x36));
        akolhook_i_digest_update(&d, key, akolhook_i_digest_block(&d));
        for (i = 0; turn == 0 && i < 3; i++) akolhook_i_digest_update(&d, message[i].ptr, message[i].len);
        if (turn) akolhook_i_digest_update(&d, mac, len);
        len = akolhook_i_digest_final(&d, mac);
    }
    akolhook_wipe(key, sizeof key);
    return len;
}

/* SHA-256 of slices joined. */
static void akolhook_i_sha256_of(const akolhook_str message[3], uint8_t digest[32]) {
    akolhook_sha256 hash;
    size_t i;

    akolhook_sha256_init(&hash);
    for (i = 0; i < 3; i++) akolhook_sha256_update(&hash, message[i].ptr, message[i].len);
    akolhook_sha256_final(&hash, digest);
}

/* HMAC-SHA1 or HMAC-SHA512 with the text of the secret, or with what its base64 stands for. */
static size_t akolhook_i_digest_try(
        const akolhook_i_search *s, int is_512, int decoded, const akolhook_str message[3], uint8_t mac[64]) {
    akolhook_str secret = s->secret;
    uint8_t bytes[130]; /* up to a block, as the decoder writes whole groups */
    size_t digits, len;
    int ok;

    if (!decoded) return akolhook_i_digest_hmac(is_512, secret, message, mac);
    akolhook_i_str_strip(&secret, AKOLHOOK_I_PREFIX);
    digits = akolhook_i_base64_digits(secret, &ok);
    if (akolhook_i_base64_bytes(digits) > sizeof bytes - 2) return 0;
    if (!akolhook_i_base64_read(secret.ptr, digits, bytes)) return 0;
    len = akolhook_i_digest_hmac(
            is_512, akolhook_str_n(bytes, akolhook_i_base64_bytes(digits)), message, mac);
    akolhook_wipe(bytes, sizeof bytes);
    return len;
}

/* What the sender's own code may have computed instead of the MAC; gives its length, 0 for none. other: with
   the key of the other reading. */
static size_t akolhook_i_other_mac(
        const akolhook_i_search *s, akolhook_cause cause, int other, uint8_t mac[64]) {
    const int akol = s->scheme == AKOLHOOK_SCHEME_AKOL;
    const akolhook_str none = akolhook_str_n(NULL, 0);
    char out[AKOLHOOK_I_DOTS_SIZE];
    const akolhook_str dots = akolhook_i_dots_of(s->in, out);
    akolhook_str message[3]; /* joined it is what was signed, or hashed without a key */
    akolhook_key key;
    akolhook_hmac m;

    switch ((int)cause) {
    case AKOLHOOK_CAUSE_NO_KEY:
    case AKOLHOOK_CAUSE_SECRET_FIRST:
    case AKOLHOOK_CAUSE_SECRET_LAST:
        message[0] = cause == AKOLHOOK_CAUSE_SECRET_FIRST ? s->secret : none;
        message[1] = s->body;
        message[2] = cause == AKOLHOOK_CAUSE_SECRET_LAST ? s->secret : none;
        akolhook_i_sha256_of(message, mac);
        return 32;
    case AKOLHOOK_CAUSE_KEY_SWAPPED:
        akolhook_key_init(&key, s->body.ptr, s->body.len);
        akolhook_i_body_mac(&key, s->secret.ptr, s->secret.len, mac);
        return 32;
    case AKOLHOOK_CAUSE_SHA1:
    case AKOLHOOK_CAUSE_SHA512:
        message[0] = akol ? none : s->in->id;
        message[1] = akol ? none : dots;
        message[2] = s->body;
        return akolhook_i_digest_try(s, cause == AKOLHOOK_CAUSE_SHA512, other, message, mac);
    default: /* OTHER_MESSAGE */
        if (akol && (!s->in->id.len || !dots.len)) return 0;
        if (akolhook_secret_key(s->secret, other ? akolhook_i_other_scheme(s) : s->scheme, &key) !=
                AKOLHOOK_OK)
            return 0;
        if (akol)
            akolhook_i_standard_init(&m, &key, s->in->id, dots);
        else
            akolhook_hmac_init(&m, &key);
        akolhook_hmac_update(&m, s->body.ptr, s->body.len);
        akolhook_hmac_final(&m, mac);
        akolhook_wipe(&key, sizeof key);
        return 32;
    }
}

AKOLHOOK_I_RARE static akolhook_cause akolhook_i_algorithm_mistake(akolhook_i_search *s) {
    static const uint8_t causes[] = {AKOLHOOK_CAUSE_NO_KEY, AKOLHOOK_CAUSE_SECRET_FIRST,
            AKOLHOOK_CAUSE_SECRET_LAST, AKOLHOOK_CAUSE_KEY_SWAPPED, AKOLHOOK_CAUSE_SHA1,
            AKOLHOOK_CAUSE_SHA512, AKOLHOOK_CAUSE_OTHER_MESSAGE};
    akolhook_cause cause = AKOLHOOK_CAUSE_UNKNOWN;
    uint8_t mac[64];
    size_t i, len;

    for (i = 0; i < 2 * sizeof causes && cause == AKOLHOOK_CAUSE_UNKNOWN; i++) {
        len = akolhook_i_other_mac(s, (akolhook_cause)causes[i / 2], i % 2 != 0, mac);
        if (len && akolhook_i_claim_is(s, mac, len)) cause = (akolhook_cause)causes[i / 2];
    }
    akolhook_wipe(mac, sizeof mac);
    return cause;
}

/* ---- explain: the body as other bytes ---- */

/* A character of UTF-8 that was checked, or one byte of what is none. */
static uint32_t akolhook_i_utf8_read(const char **at, const char *end) {
    const char *p = *at;
    size_t len = akolhook_i_utf8_len(p, end), i;
    uint32_t code = (uint8_t)*p;

    if (len == 0 || len > (size_t)(end - p)) len = 1;
    if (len > 1) code &= 0x7fu >> len;
    for (i = 1; i < len; i++) code = code << 6 | ((uint8_t)p[i] & 0x3fu);
    *at = p + len;
    return code;
}

/* What the bytes 80 to 9F stand for in Windows-1252; 0: nothing. */
static const uint16_t akolhook_i_windows[32] = {0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};

/* Steps: each takes what stands at *at and gives the bytes that it was before; how many, 0 for none that
   make sense. */
typedef size_t (*akolhook_i_step_fn)(const char **at, const char *end, char out[4]);

static size_t akolhook_i_latin1_step(const char **at, const char *end, char out[4]) {
    const uint8_t c = (uint8_t) * *at;
    const uint32_t code = c >= 0x80 && c < 0xa0 ? akolhook_i_windows[c - 0x80] : c;
    (void)end;
    ++*at;
    return akolhook_i_utf8_write(code ? code : c, out);
}

/* The other way round: UTF-8 whose characters are bytes of UTF-8. */
static size_t akolhook_i_twice_step(const char **at, const char *end, char out[4]) {
    const uint32_t code = akolhook_i_utf8_read(at, end);
    unsigned i;

    out[0] = (char)(uint8_t)code;
    for (i = 0; code && i < 32; i++)
        if (akolhook_i_windows[i] == code) out[0] = (char)(uint8_t)(0x80 + i);
    return 1;
}

/* A unit of UTF-16, or two that are halves. high: the place of its upper byte. */
static size_t akolhook_i_utf16_step(const char **at, const char *end, char out[4], unsigned high) {
    const uint8_t *p = (const uint8_t *)*at;
    size_t left = (size_t)(end - *at);
    uint32_t code;

    /* not covered: whole units are left */
    if (left < 2) return 0;
    code = (uint32_t)p[high] << 8 | p[1 - high];
    *at += 2;
    if (left >= 4 && akolhook_i_halves_join(&code, (uint32_t)p[2 + high] << 8 | p[3 - high])) *at += 2;
    return akolhook_i_utf8_write(code, out);
}
static size_t akolhook_i_utf16_big_step(const char **at, const char *end, char out[4]) {
    return akolhook_i_utf16_step(at, end, out, 0);
}
static size_t akolhook_i_utf16_little_step(const char **at, const char *end, char out[4]) {
    return akolhook_i_utf16_step(at, end, out, 1);
}

/* Four digits of base64 in either alphabet; line ends and padding are passed over. */
static size_t akolhook_i_base64_step(const char **at, const char *end, char out[4]) {
    char digits[4] = {0};
    size_t held = 0;

    for (; *at < end && held < sizeof digits; ++*at) {
        const char c = **at;
        if (!akolhook_i_is_blank_char(c) && c != '=') digits[held++] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    if (!akolhook_i_base64_read(digits, held, (uint8_t *)out)) return 0;
    return akolhook_i_base64_bytes(held);
}

/* What a JSON string holds. */
static size_t akolhook_i_string_step(const char **at, const char *end, char out[4]) {
    return **at == '"' ? 0 : akolhook_i_text_step(at, end, out);
}

/* A line end that may be CRLF becomes LF, or CRLF. */
static size_t akolhook_i_lf_step(const char **at, const char *end, char out[4]) {
    if (end - *at > 1 && memcmp(*at, "\r\n", 2) == 0) ++*at;
    out[0] = *(*at)++;
    return 1;
}
static size_t akolhook_i_crlf_step(const char **at, const char *end, char out[4]) {
    (void)akolhook_i_lf_step(at, end, out);
    if (out[0] != '\n') return 1;
    memcpy(out, "\r\n", 2);
    return 2;
}

/* What may have become of a body on its way. */
enum {
    AKOLHOOK_I_AS_IS,
    AKOLHOOK_I_LESS_LINE_END, /* one that was added is taken off */
    AKOLHOOK_I_LESS_BOM,
    AKOLHOOK_I_STRING,
    AKOLHOOK_I_UTF16,
    AKOLHOOK_I_UTF16_LINE /* with a line end that the tool which wrote it has added */
};
static const struct akolhook_i_variant {
    akolhook_i_step_fn step; /* NULL: as it stands; UTF-16 finds its own */
    char behind[3];          /* what comes behind it */
    uint8_t kind;
    uint8_t cause;
} akolhook_i_variants[] = {
        {NULL, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_UNKNOWN},
        {NULL, "", AKOLHOOK_I_LESS_LINE_END, AKOLHOOK_CAUSE_LINE_END_ADDED},
        {NULL, "\n", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_LINE_END_LOST},
        {NULL, "\r\n", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_LINE_END_LOST},
        {akolhook_i_lf_step, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_CRLF_ADDED},
        {akolhook_i_crlf_step, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_CRLF_LOST},
        {NULL, "", AKOLHOOK_I_LESS_BOM, AKOLHOOK_CAUSE_BOM_ADDED},
        {akolhook_i_base64_step, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_BODY_BASE64},
        {akolhook_i_string_step, "", AKOLHOOK_I_STRING, AKOLHOOK_CAUSE_BODY_IN_STRING},
        {NULL, "", AKOLHOOK_I_UTF16, AKOLHOOK_CAUSE_BODY_UTF16},
        {NULL, "", AKOLHOOK_I_UTF16_LINE, AKOLHOOK_CAUSE_BODY_UTF16},
        {akolhook_i_latin1_step, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_BODY_LATIN1},
        {akolhook_i_twice_step, "", AKOLHOOK_I_AS_IS, AKOLHOOK_CAUSE_BODY_TWICE_UTF8},
};

static int akolhook_i_ends_with(akolhook_str s, const char *end, size_t len) {
    return s.len >= len && memcmp(s.ptr + s.len - len, end, len) == 0;
}

/* Takes off UTF-16 what does not count, and says how its characters are read: by the byte order mark, or by
   where the zero of an ASCII character stands. */
static akolhook_i_step_fn akolhook_i_utf16_open(akolhook_str *body, int has_line_end) {
    const int little = body->len > 1 && (memcmp(body->ptr, "\xff\xfe", 2) == 0 || body->ptr[1] == 0);
    const char *const crlf = little ? "\r\0\n" : "\0\r\0\n";

    body->len -= body->len % 2;
    (void)akolhook_i_str_strip(body, little ? "\xff\xfe" : "\xfe\xff");
    if (has_line_end && akolhook_i_ends_with(*body, crlf + 2, 2)) body->len -= 2;
    if (has_line_end && akolhook_i_ends_with(*body, crlf, 2)) body->len -= 2;
    return little ? akolhook_i_utf16_little_step : akolhook_i_utf16_big_step;
}

static void akolhook_i_variant_hash(
        akolhook_hmac *m, akolhook_str body, const struct akolhook_i_variant *variant) {
    akolhook_i_step_fn step = variant->step;
    const char *p, *end;
    char bytes[4];
    size_t len;

    switch (variant->kind) {
    case AKOLHOOK_I_LESS_LINE_END:
        if (body.len && body.ptr[body.len - 1] == '\n')
            body.len -= body.len > 1 && body.ptr[body.len - 2] == '\r' ? 2 : 1;
        break;
    case AKOLHOOK_I_LESS_BOM: (void)akolhook_i_str_strip(&body, "\xef\xbb\xbf"); break;
    case AKOLHOOK_I_UTF16:
    case AKOLHOOK_I_UTF16_LINE:
        step = akolhook_i_utf16_open(&body, variant->kind == AKOLHOOK_I_UTF16_LINE);
        break;
    default: break;
    }

    p = akolhook_i_start(body);
    end = p + body.len;
    if (variant->kind == AKOLHOOK_I_STRING) {
        p = akolhook_i_blanks_pass(p, end);
        if (p == end || *p++ != '"') return;
    }
    if (step)
        while (p < end && (len = step(&p, end, bytes)) != 0) akolhook_hmac_update(m, bytes, len);
    else
        akolhook_hmac_update(m, p, body.len);
    akolhook_hmac_update(m, variant->behind, strlen(variant->behind));
}

AKOLHOOK_I_RARE static akolhook_cause akolhook_i_body_mistake(akolhook_i_search *s, const akolhook_key *key) {
    const int akol = s->scheme == AKOLHOOK_SCHEME_AKOL;
    akolhook_hmac m;
    size_t i;

    for (i = 0; i < sizeof akolhook_i_variants / sizeof akolhook_i_variants[0]; i++) {
        akolhook_i_search_init(s, &m, key);
        akolhook_i_variant_hash(&m, s->body, &akolhook_i_variants[i]);
        if (!akolhook_i_search_final(s, &m)) continue;
        if (i) return (akolhook_cause)akolhook_i_variants[i].cause;
        if (!s->other_encoding) return AKOLHOOK_CAUSE_HEADERS; /* something else is wrong with its form */
        return akol ? AKOLHOOK_CAUSE_BASE64_FOR_HEX : AKOLHOOK_CAUSE_HEX_FOR_BASE64;
    }
    return AKOLHOOK_CAUSE_UNKNOWN;
}

/* ---- explain: JSON as it may have been before it was written again ---- */

/* What a writer has to choose; the first choice changes fastest. */
enum {
    AKOLHOOK_I_D_UNICODE, /* above ASCII: 0 as it is, 1 \u00e9, 2 \u00E9 */
    AKOLHOOK_I_D_SLASH,   /* 1: \/ */
    AKOLHOOK_I_D_BLANKS,  /* a row of akolhook_i_blanks */
    AKOLHOOK_I_D_ORDER,   /* of members: 0 as they stand, 1 the envelope's, 2 those of typed data too, then
                             data's permutations */
    AKOLHOOK_I_D_OBJECTS, /* a bit for each of the first empty arrays: it was {}, which PHP takes for [] */
    AKOLHOOK_I_D_HTML,    /* 1: \u003c for <, likewise > and &, U+2028, U+2029 */
    AKOLHOOK_I_D_WHICH,   /* the numbers that are spelled anew, as akolhook_i_numbers_of has it */
    AKOLHOOK_I_D_NUMBER,  /* 0: as they stand, else a row of akolhook_i_spellings plus 1; for few numbers one
                             such digit each */
    AKOLHOOK_I_D_COUNT
};

/* How a writer writes. A style is tried by writing the body in it, straight into the MAC. */
typedef struct akolhook_i_style {
    unsigned at[AKOLHOOK_I_D_COUNT]; /* the choices, as the digits of a counter */
    uint32_t which; /* the numbers that are spelled so, a bit for each of the first 32; 0: digits */
} akolhook_i_style;

/* Between tokens: nothing, as Python has it {"a": 1, "b": 2}, or lines with so many blanks a level. In data
   alone where that was made by another writer and sent as it stood. */
#define AKOLHOOK_I_PYTHON 1
static const struct akolhook_i_blanks {
    uint8_t width;
    uint8_t in_data;
} akolhook_i_blanks[] = {
        {0, 0}, {AKOLHOOK_I_PYTHON, 1}, {AKOLHOOK_I_PYTHON, 0}, {2, 0}, {4, 0}, {2, 1}, {4, 1}};

/* One body on its way. */
typedef struct akolhook_i_rewriter {
    akolhook_hmac *mac; /* NULL: it is only looked at */
    uint32_t room;      /* bytes that may still be hashed; what comes behind them is left out */
    const akolhook_i_style *style;
    akolhook_str data; /* where the value of data stands; empty when it is no envelope */
    unsigned depth;

    /* what stands in it */
    unsigned numbers;
    unsigned empties; /* empty arrays */
    uint32_t floats;  /* numbers that have a fraction, an exponent or zeros at their end */
    uint8_t has_unicode;
    uint8_t has_slash;
    uint8_t has_html;
} akolhook_i_rewriter;

AKOLHOOK_I_ONCE static void akolhook_i_rewrite(akolhook_i_rewriter *w, const void *p, size_t len) {
    if (!w->mac) return;
    if (len > w->room) {
        w->room = 0;
        return;
    }
    w->room -= (uint32_t)len;
    akolhook_hmac_update(w->mac, p, len);
}

/* The blanks that count at this place of the original. */
static unsigned akolhook_i_rewrite_width(const akolhook_i_rewriter *w, const char *p) {
    const struct akolhook_i_blanks *blanks = &akolhook_i_blanks[w->style->at[AKOLHOOK_I_D_BLANKS]];
    const int in_data = w->data.len && p >= w->data.ptr && p < w->data.ptr + w->data.len;
    return blanks->in_data && !in_data ? 0 : blanks->width;
}

/* A line of its own, where there are such. */
static void akolhook_i_rewrite_break(akolhook_i_rewriter *w, const char *p) {
    const unsigned width = akolhook_i_rewrite_width(w, p);
    const unsigned depth = w->depth - akolhook_i_blanks[w->style->at[AKOLHOOK_I_D_BLANKS]].in_data;
    unsigned i;

    if (width <= AKOLHOOK_I_PYTHON) return;
    akolhook_i_rewrite(w, "\n", 1);
    for (i = 0; i < depth; i++) akolhook_i_rewrite(w, "    ", width);
}

static void akolhook_i_rewrite_comma(akolhook_i_rewriter *w, const char *p) {
    akolhook_i_rewrite(w, ", ", akolhook_i_rewrite_width(w, p) == AKOLHOOK_I_PYTHON ? 2 : 1);
    akolhook_i_rewrite_break(w, p);
}

static void akolhook_i_rewrite_colon(akolhook_i_rewriter *w, const char *p) {
    akolhook_i_rewrite(w, ": ", akolhook_i_rewrite_width(w, p) ? 2 : 1);
}

static void akolhook_i_rewrite_open(akolhook_i_rewriter *w, const char *p, char bracket) {
    akolhook_i_rewrite(w, &bracket, 1);
    w->depth++;
    akolhook_i_rewrite_break(w, p);
}

static void akolhook_i_rewrite_close(akolhook_i_rewriter *w, const char *p, char bracket) {
    w->depth--;
    akolhook_i_rewrite_break(w, p);
    akolhook_i_rewrite(w, &bracket, 1);
}

/* \u and four digits. */
static void akolhook_i_rewrite_unit(akolhook_i_rewriter *w, uint32_t unit, int upper) {
    char escape[6] = "\\u";
    unsigned i;

    for (i = 0; i < 4; i++) {
        char c = akolhook_i_hex_digit(unit >> (12 - 4 * i) & 15u);
        escape[2 + i] = upper && c >= 'a' ? (char)(c - 'a' + 'A') : c;
    }
    akolhook_i_rewrite(w, escape, sizeof escape);
}

/* One character of a string; a surrogate that has no other stays an escape. */
static void akolhook_i_rewrite_char(akolhook_i_rewriter *w, uint32_t code) {
    static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const akolhook_i_style *style = w->style;
    const char *name = code && code < 0x80 ? (const char *)memchr(named, (int)code, sizeof named - 1) : NULL;
    const int is_line =
            code == 0x2028 || code == 0x2029; /* the two that JavaScript once took for line ends */
    const int is_html = code == '<' || code == '>' || code == '&' || is_line;
    const int is_half = code >= AKOLHOOK_I_HIGH_HALF && code < AKOLHOOK_I_HALVES_END;
    const uint32_t ascii_end =
            style->at[AKOLHOOK_I_D_SLASH] ? 0x80 : 0x7f; /* PHP leaves DEL, Python and .NET escape it */
    char bytes[4];

    if (code >= ascii_end) w->has_unicode = 1;
    if (code == '/') w->has_slash = 1;
    if (is_html) w->has_html = 1;

    if (name || (code == '/' && style->at[AKOLHOOK_I_D_SLASH])) {
        akolhook_i_rewrite(w, "\\", 1);
        akolhook_i_rewrite(w, name ? names + (name - named) : "/", 1);
    } else if (code < 0x20 || is_half || (is_html && style->at[AKOLHOOK_I_D_HTML]) ||
               (code >= ascii_end && style->at[AKOLHOOK_I_D_UNICODE])) {
        const int upper = style->at[AKOLHOOK_I_D_UNICODE] == 2;
        if (code >= 0x10000) akolhook_i_rewrite_unit(w, 0xd800 + ((code - 0x10000) >> 10), upper);
        akolhook_i_rewrite_unit(w, code >= 0x10000 ? 0xdc00 + ((code - 0x10000) & 0x3ff) : code, upper);
    } else {
        akolhook_i_rewrite(w, bytes, akolhook_i_utf8_write(code, bytes));
    }
}

/* A string that was checked, from its quote on; gives the place behind it. */
static const char *akolhook_i_rewrite_string(akolhook_i_rewriter *w, const char *p, const char *end) {
    uint32_t code;

    akolhook_i_rewrite(w, "\"", 1);
    for (p++; p < end && *p != '"'; akolhook_i_rewrite_char(w, code)) {
        if (*p != '\\') {
            code = akolhook_i_utf8_read(&p, end);
            continue;
        }
        p = akolhook_i_code_pass(p, end, &code);
        /* not covered: the body was checked before */
        if (!p) return end;
    }
    akolhook_i_rewrite(w, "\"", 1);
    return p < end ? p + 1 : end;
}

/* How a number may have been spelled: plainly, with so many digits behind the point at least; with an
   exponent; or a zero with a sign. */
enum { AKOLHOOK_I_PLAIN, AKOLHOOK_I_EXPONENT, AKOLHOOK_I_MINUS };
typedef struct akolhook_i_spelling {
    uint8_t kind;
    uint8_t digits; /* behind the point, or of the exponent, at least */
    char letter;    /* e or E */
    uint8_t plus;   /* 1: e+3 */
    uint8_t point;  /* 1: 1.0e3 */
} akolhook_i_spelling;
/* clang-format off */
static const akolhook_i_spelling akolhook_i_spellings[] = {
    {AKOLHOOK_I_PLAIN, 1, 0, 0, 0}, {AKOLHOOK_I_PLAIN, 2, 0, 0, 0}, {AKOLHOOK_I_PLAIN, 0, 0, 0, 0},
    {AKOLHOOK_I_PLAIN, 3, 0, 0, 0}, {AKOLHOOK_I_EXPONENT, 1, 'e', 0, 0}, {AKOLHOOK_I_EXPONENT, 1, 'E', 0, 0},
    {AKOLHOOK_I_EXPONENT, 1, 'e', 1, 0}, {AKOLHOOK_I_EXPONENT, 1, 'E', 1, 0},
    {AKOLHOOK_I_EXPONENT, 1, 'e', 1, 1}, {AKOLHOOK_I_EXPONENT, 2, 'e', 1, 0},
    {AKOLHOOK_I_EXPONENT, 1, 'e', 0, 1}, {AKOLHOOK_I_EXPONENT, 1, 'E', 0, 1}, {AKOLHOOK_I_MINUS, 0, 0, 0, 0},
    {AKOLHOOK_I_MINUS, 1, 0, 0, 0}
};
/* clang-format on */

#define AKOLHOOK_I_SPELLINGS (unsigned)(sizeof akolhook_i_spellings / sizeof akolhook_i_spellings[0])
#define AKOLHOOK_I_SPELLED_DIGITS 40 /* of a number that is spelled anew */
#define AKOLHOOK_I_SPELLED_RANGE 99  /* places that its point may be away from them */

/* A decimal: its digits without zeros at either end, and how many stand before the point. */
typedef struct akolhook_i_spelled {
    char digits[AKOLHOOK_I_SPELLED_DIGITS];
    int count;
    int point;
    uint8_t negative;
} akolhook_i_spelled;

/* Takes a number that was checked apart; 0 when it is too long. */
static int akolhook_i_spelled_read(akolhook_str text, akolhook_i_spelled *d) {
    size_t i;
    int exponent = 0, in_fraction = 0, negative = 0;

    memset(d, 0, sizeof *d);
    d->negative = text.ptr[0] == '-';
    for (i = d->negative; i < text.len && text.ptr[i] != 'e' && text.ptr[i] != 'E'; i++) {
        const char c = text.ptr[i];
        if (c == '.') {
            in_fraction = 1;
            continue;
        }
        if (!in_fraction && (d->count || c != '0')) d->point++;
        if (in_fraction && !d->count && c == '0') d->point--;
        if (!d->count && c == '0') continue;
        if (d->count == AKOLHOOK_I_SPELLED_DIGITS) return 0;
        d->digits[d->count++] = c;
    }

    for (i++; i < text.len; i++) {
        if (text.ptr[i] == '-') negative = 1;
        if (akolhook_i_is_digit(text.ptr[i])) exponent = exponent * 10 + (text.ptr[i] - '0');
        if (exponent > AKOLHOOK_I_SPELLED_RANGE) return 0;
    }
    d->point += negative ? -exponent : exponent;
    while (d->count && d->digits[d->count - 1] == '0') d->count--;
    if (!d->count) d->point = 1;
    return d->point <= AKOLHOOK_I_SPELLED_RANGE && d->point >= -AKOLHOOK_I_SPELLED_RANGE;
}

static void akolhook_i_spell_plain(akolhook_i_rewriter *w, const akolhook_i_spelled *d, int fraction) {
    const int first = d->point > 0 ? 0 : d->point - 1; /* place of the first digit that is written */
    int i, last = d->count > d->point + fraction ? d->count : d->point + fraction;

    if (last < d->point) last = d->point;
    for (i = first; i < last || i < d->point; i++) {
        if (i == d->point) akolhook_i_rewrite(w, ".", 1);
        akolhook_i_rewrite(w, i >= 0 && i < d->count ? &d->digits[i] : "0", 1);
    }
}

static void akolhook_i_spell_exponent(
        akolhook_i_rewriter *w, const akolhook_i_spelled *d, const akolhook_i_spelling *how) {
    const int exponent = d->point - 1, size = exponent < 0 ? -exponent : exponent;
    char tens = (char)('0' + size / 10), ones = (char)('0' + size % 10);

    akolhook_i_rewrite(w, d->count ? d->digits : "0", 1);
    if (d->count > 1 || how->point) akolhook_i_rewrite(w, ".", 1);
    if (d->count > 1)
        akolhook_i_rewrite(w, d->digits + 1, (size_t)d->count - 1);
    else if (how->point)
        akolhook_i_rewrite(w, "0", 1);

    akolhook_i_rewrite(w, &how->letter, 1);
    if (exponent < 0 || how->plus) akolhook_i_rewrite(w, exponent < 0 ? "-" : "+", 1);
    if (size >= 10 || how->digits > 1) akolhook_i_rewrite(w, &tens, 1);
    akolhook_i_rewrite(w, &ones, 1);
}

/* How a style spells a number: a row plus 1, 0 for as it stands. */
static unsigned akolhook_i_spelling_of(const akolhook_i_style *style, unsigned number) {
    unsigned digits = style->at[AKOLHOOK_I_D_NUMBER];

    if (style->which) return number < 32 && (style->which >> number & 1u) ? digits : 0;
    for (; number && digits; number--) digits /= AKOLHOOK_I_SPELLINGS + 1;
    return digits % (AKOLHOOK_I_SPELLINGS + 1);
}

static void akolhook_i_rewrite_number(akolhook_i_rewriter *w, akolhook_str text) {
    const unsigned number = w->numbers++, spelling = akolhook_i_spelling_of(w->style, number);
    const akolhook_i_spelling *const how = spelling ? &akolhook_i_spellings[spelling - 1] : NULL;
    akolhook_i_spelled d;
    int is_float = text.len > 2 && memcmp(text.ptr + text.len - 2, "00", 2) == 0;
    size_t i;

    for (i = 0; i < text.len; i++)
        if (memchr(".eE", text.ptr[i], 3)) is_float = 1;
    if (is_float && number < 32) w->floats |= (uint32_t)1 << number;
    if (!how || !akolhook_i_spelled_read(text, &d) || (how->kind == AKOLHOOK_I_MINUS && d.count)) {
        akolhook_i_rewrite(w, text.ptr, text.len);
        return;
    }

    if (d.negative || how->kind == AKOLHOOK_I_MINUS) akolhook_i_rewrite(w, "-", 1);
    if (how->kind == AKOLHOOK_I_EXPONENT)
        akolhook_i_spell_exponent(w, &d, how);
    else
        akolhook_i_spell_plain(w, &d, how->digits);
}

/* Counts the empty arrays. */
static int akolhook_i_empty_was_object(akolhook_i_rewriter *w) {
    const unsigned number = w->empties++;
    return number < 8 && (w->style->at[AKOLHOOK_I_D_OBJECTS] >> number & 1u);
}

/* A value that was checked, its members in the order in which they stand. */
static void akolhook_i_rewrite_value(akolhook_i_rewriter *w, akolhook_str value) {
    const char *p = value.ptr, *const end = p + value.len, *from;

    while (p < end) {
        const char c = *p;
        from = p++;
        if (c == '"')
            p = akolhook_i_rewrite_string(w, from, end);
        else if (c == '{' || c == '[') {
            p = akolhook_i_blanks_pass(p, end);
            if (p == end || (*p != '}' && *p != ']')) {
                akolhook_i_rewrite_open(w, from, c);
                continue;
            }
            akolhook_i_rewrite(w, c == '{' || akolhook_i_empty_was_object(w) ? "{}" : "[]", 2);
            p++;
        } else if (c == '}' || c == ']')
            akolhook_i_rewrite_close(w, from, c);
        else if (c == ',')
            akolhook_i_rewrite_comma(w, from);
        else if (c == ':')
            akolhook_i_rewrite_colon(w, from);
        else if (c == '-' || akolhook_i_is_digit(c)) {
            while (p < end && (akolhook_i_is_digit(*p) || memchr("+-.eE", *p, 5))) p++;
            akolhook_i_rewrite_number(w, akolhook_str_n(from, (size_t)(p - from)));
        } else if (c >= 'a') /* of true, false, null; else a blank */
            akolhook_i_rewrite(w, from, 1);
    }
}

/* Walks the members of an object in the order of a shape, then those that it does not know. */
typedef struct akolhook_i_ordered {
    const akolhook_i_shape *shape;
    akolhook_json object;
    akolhook_json_iter rest;
    unsigned row;
    unsigned given;
} akolhook_i_ordered;

static int akolhook_i_ordered_next(akolhook_i_ordered *o, akolhook_text *key, akolhook_json *value) {
    akolhook_json_iter all;

    while (o->row < o->shape->count) {
        const unsigned row = o->row++;
        /* not covered: it is an object */
        if (akolhook_json_begin(o->object, &all) != AKOLHOOK_OK) return 0;
        while (akolhook_json_next(&all, key, value))
            if (akolhook_i_member_find(o->shape, key, row) == row) return 1;
    }
    /* not covered: it is an object */
    if (!o->rest.end && akolhook_json_begin(o->object, &o->rest) != AKOLHOOK_OK) return 0;
    while (akolhook_json_next(&o->rest, key, value))
        if (akolhook_i_member_find(o->shape, key, 0) == o->shape->count) return 1;
    return 0;
}

/* A key of an object, with the comma before it and the colon. */
static void akolhook_i_rewrite_key(
        akolhook_i_rewriter *w, akolhook_json object, akolhook_text key, int is_first) {
    if (!is_first) akolhook_i_rewrite_comma(w, object.str.ptr);
    (void)akolhook_i_rewrite_string(w, key.str.ptr - 1, key.str.ptr + key.str.len + 1);
    akolhook_i_rewrite_colon(w, object.str.ptr);
}

/* Begins with the next member; 0 behind the last one. */
static int akolhook_i_rewrite_member(akolhook_i_rewriter *w, akolhook_i_ordered *o, akolhook_json *value) {
    akolhook_text key;

    if (!akolhook_i_ordered_next(o, &key, value)) return 0;
    akolhook_i_rewrite_key(w, o->object, key, o->given++ == 0);
    return 1;
}

static akolhook_i_ordered akolhook_i_ordered_of(akolhook_json object, const akolhook_i_shape *shape) {
    akolhook_i_ordered o;
    memset(&o, 0, sizeof o);
    o.object = object;
    o.shape = shape;
    return o;
}

/* Lines of a transcript, each in the order of its shape. */
static void akolhook_i_rewrite_lines(akolhook_i_rewriter *w, akolhook_json list) {
    const char *const p = list.str.ptr;
    akolhook_json_iter iter;
    akolhook_json line, value;
    akolhook_i_ordered o;
    unsigned count = 0;

    /* not covered: it is an array */
    if (akolhook_json_begin(list, &iter) != AKOLHOOK_OK) return;
    akolhook_i_rewrite_open(w, p, '[');
    while (akolhook_json_next(&iter, NULL, &line)) {
        if (count++) akolhook_i_rewrite_comma(w, p);
        o = akolhook_i_ordered_of(line, &akolhook_i_line_shape);
        akolhook_i_rewrite_open(w, p, '{');
        while (akolhook_i_rewrite_member(w, &o, &value)) akolhook_i_rewrite_value(w, value.str);
        akolhook_i_rewrite_close(w, p, '}');
    }
    akolhook_i_rewrite_close(w, p, ']');
}

/* 1 when a value is a list whose elements are objects with members. */
static int akolhook_i_is_lines(akolhook_json value) {
    akolhook_json_iter iter, inner;
    akolhook_json line, first;

    if (value.type != AKOLHOOK_JSON_ARRAY || akolhook_json_begin(value, &iter) != AKOLHOOK_OK) return 0;
    if (!akolhook_json_next(&iter, NULL, &line)) return 0;
    do {
        if (line.type != AKOLHOOK_JSON_OBJECT || akolhook_json_begin(line, &inner) != AKOLHOOK_OK) return 0;
        if (!akolhook_json_next(&inner, NULL, &first)) return 0;
    } while (akolhook_json_next(&iter, NULL, &line));
    return 1;
}

static void akolhook_i_rewrite_data(
        akolhook_i_rewriter *w, akolhook_json data, const akolhook_i_shape *shape) {
    akolhook_i_ordered o = akolhook_i_ordered_of(data, shape);
    akolhook_json value;

    akolhook_i_rewrite_open(w, data.str.ptr, '{');
    while (akolhook_i_rewrite_member(w, &o, &value)) {
        const unsigned row = o.row - 1;
        if (!o.rest.end && shape->members[row].kind == AKOLHOOK_I_LINES && akolhook_i_is_lines(value))
            akolhook_i_rewrite_lines(w, value);
        else
            akolhook_i_rewrite_value(w, value.str);
    }
    akolhook_i_rewrite_close(w, data.str.ptr, '}');
}

/* How many orders so many members have, where they are few enough to try each; else 1. */
static unsigned akolhook_i_orders_of(akolhook_json object) {
    static const uint8_t orders[] = {1, 1, 2, 6, 24, 120};
    akolhook_json_iter iter;
    akolhook_json value;
    unsigned count = 0;

    if (object.type != AKOLHOOK_JSON_OBJECT || akolhook_json_begin(object, &iter) != AKOLHOOK_OK) return 1;
    while (akolhook_json_next(&iter, NULL, &value)) count++;
    return count < sizeof orders ? orders[count] : 1;
}

/* Data in its order number n: of those that are left, the digits of n say which comes next. */
static void akolhook_i_rewrite_permuted(akolhook_i_rewriter *w, akolhook_json data, unsigned n) {
    akolhook_json_iter iter;
    akolhook_text key;
    akolhook_json value;
    unsigned given = 0, count = 0, left, pick, i;

    /* not covered: it is an object */
    if (akolhook_json_begin(data, &iter) != AKOLHOOK_OK) return;
    while (akolhook_json_next(&iter, NULL, &value)) count++;

    akolhook_i_rewrite_open(w, data.str.ptr, '{');
    for (left = count; left; left--, n /= left + 1) {
        /* not covered: it is an object */
        if (akolhook_json_begin(data, &iter) != AKOLHOOK_OK) return;
        pick = n % left;
        for (i = 0; akolhook_json_next(&iter, &key, &value); i++)
            if (!(given >> i & 1u) && pick-- == 0) break;
        given |= 1u << i;

        akolhook_i_rewrite_key(w, data, key, left == count);
        akolhook_i_rewrite_value(w, value.str);
    }
    akolhook_i_rewrite_close(w, data.str.ptr, '}');
}

/* The shape that an event's data has; NULL for an event that is not known. */
static const akolhook_i_shape *akolhook_i_shape_of(akolhook_event event) {
#define AKOLHOOK_I_ROW(type, events) &akolhook_i_##type##_shape,
    static const akolhook_i_shape *const shapes[] = {AKOLHOOK_I_TYPE_LIST(AKOLHOOK_I_ROW)};
#undef AKOLHOOK_I_ROW
    size_t i;

    for (i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        if (akolhook_events_has(shapes[i]->events, event)) return shapes[i];
    return NULL;
}

static void akolhook_i_rewrite_envelope(
        akolhook_i_rewriter *w, const akolhook_message *msg, akolhook_json root) {
    const unsigned order = w->style->at[AKOLHOOK_I_D_ORDER];
    const akolhook_i_shape *shape = order == 2 ? akolhook_i_shape_of(msg->event) : NULL;
    const int is_empty =
            akolhook_i_blanks_pass(msg->data.str.ptr + 1, msg->data.str.ptr + msg->data.str.len)[0] == '}';
    akolhook_i_ordered o = akolhook_i_ordered_of(root, &akolhook_i_head_shape);
    akolhook_json value;

    akolhook_i_rewrite_open(w, root.str.ptr, '{');
    while (akolhook_i_rewrite_member(w, &o, &value)) {
        if (value.str.ptr != msg->data.str.ptr || is_empty)
            akolhook_i_rewrite_value(w, value.str);
        else if (shape)
            akolhook_i_rewrite_data(w, value, shape);
        else if (order > 2)
            akolhook_i_rewrite_permuted(w, value, order - 2);
        else
            akolhook_i_rewrite_value(w, value.str);
    }
    akolhook_i_rewrite_close(w, root.str.ptr, '}');
}

#define AKOLHOOK_I_FREE_NUMBERS 3u /* so many numbers are spelled anew each by itself, */
#define AKOLHOOK_I_SUBSETS 5u      /* so many in one spelling, in every choice of them */

/* Sets the choices that there are for numbers: how they are spelled, and which of them. */
static void akolhook_i_numbers_choose(const akolhook_i_rewriter *seen, unsigned counts[AKOLHOOK_I_D_COUNT]) {
    const unsigned numbers = seen->numbers < 32 ? seen->numbers : 32;
    unsigned i;

    counts[AKOLHOOK_I_D_NUMBER] = AKOLHOOK_I_SPELLINGS + 1;
    counts[AKOLHOOK_I_D_WHICH] = numbers <= AKOLHOOK_I_SUBSETS ? (1u << numbers) - 1u : 2u + numbers;
    if (numbers > AKOLHOOK_I_FREE_NUMBERS) return;
    for (i = 1; i < numbers; i++) counts[AKOLHOOK_I_D_NUMBER] *= AKOLHOOK_I_SPELLINGS + 1;
    counts[AKOLHOOK_I_D_WHICH] = 1;
}

/* Which numbers are spelled anew in choice n: all, those that are likely, then single ones; or every subset.
   */
static uint32_t akolhook_i_numbers_of(unsigned n, const akolhook_i_rewriter *seen) {
    if (seen->numbers <= AKOLHOOK_I_FREE_NUMBERS) return 0;
    if (seen->numbers <= AKOLHOOK_I_SUBSETS) return (uint32_t)((1u << seen->numbers) - 1u - n);
    if (n < 2) return n ? seen->floats : UINT32_MAX;
    return (uint32_t)1 << (n - 2);
}

/* Writes the body in one style after the other; 1 when the signature is that of one. */
AKOLHOOK_I_RARE static int akolhook_i_styles_try(akolhook_i_search *s, const akolhook_key *key,
        const akolhook_message *msg, akolhook_json root, const akolhook_i_rewriter *seen,
        const unsigned counts[AKOLHOOK_I_D_COUNT]) {
    akolhook_i_style style;
    akolhook_i_rewriter w;
    akolhook_hmac m;
    unsigned d;

    memset(&style, 0, sizeof style);
    style.at[AKOLHOOK_I_D_NUMBER] = counts[AKOLHOOK_I_D_NUMBER] > 1; /* as they stand was tried before */
    do {
        if (s->budget < s->body.len) return 0;

        style.which = akolhook_i_numbers_of(style.at[AKOLHOOK_I_D_WHICH], seen);
        memset(&w, 0, sizeof w);
        w.mac = &m;
        w.room = s->budget;
        w.style = &style;
        w.data = seen->data;
        akolhook_i_search_init(s, &m, key);
        if (style.at[AKOLHOOK_I_D_ORDER] && seen->data.len)
            akolhook_i_rewrite_envelope(&w, msg, root);
        else if (style.at[AKOLHOOK_I_D_ORDER])
            akolhook_i_rewrite_permuted(&w, root, style.at[AKOLHOOK_I_D_ORDER]);
        else
            akolhook_i_rewrite_value(&w, root.str);
        if (akolhook_i_search_final(s, &m)) return 1;

        /* it costs as much as it is long, as the body at least */
        s->budget -= (uint32_t)s->body.len;
        if (s->budget > w.room) s->budget = w.room;

        /* the next one, as a counter goes on */
        for (d = 0; d < AKOLHOOK_I_D_COUNT && ++style.at[d] >= counts[d]; d++) style.at[d] = 0;
    } while (d < AKOLHOOK_I_D_COUNT);
    return 0;
}

/* Whether the envelope shows that it was written again: members in another order, or blanks between them. */
static int akolhook_i_envelope_is_foreign(akolhook_json root, int *in_order) {
    akolhook_json_iter iter;
    akolhook_text key;
    akolhook_json value;
    size_t compact = 2, members = 0; /* two braces, and commas between the members */
    unsigned row, next = 0;

    *in_order = 1;
    /* not covered: it is an object */
    if (akolhook_json_begin(root, &iter) != AKOLHOOK_OK) return 0;
    while (akolhook_json_next(&iter, &key, &value)) {
        compact += key.str.len + value.str.len + sizeof "\"\":" - 1 + (members++ != 0);
        row = akolhook_i_member_find(&akolhook_i_head_shape, &key, next);
        if (row == akolhook_i_head_shape.count) continue; /* its place tells nothing */
        if (row < next) *in_order = 0;
        next = row + 1;
    }
    return !*in_order || compact != root.str.len;
}

AKOLHOOK_I_RARE static akolhook_cause akolhook_i_json_mistake(akolhook_i_search *s, const akolhook_key *key) {
    static const akolhook_i_style plain = {{0}, 0};
    unsigned counts[AKOLHOOK_I_D_COUNT], d;
    akolhook_i_rewriter seen;
    akolhook_message msg;
    akolhook_json root;
    int is_envelope, is_foreign, in_order = 1;

    if (akolhook_json_parse(s->body, &root, NULL) != AKOLHOOK_OK) return AKOLHOOK_CAUSE_UNKNOWN;
    is_envelope = akolhook_envelope_parse(s->body.ptr, s->body.len, &msg, NULL) == AKOLHOOK_OK;
    is_foreign = is_envelope && akolhook_i_envelope_is_foreign(root, &in_order);

    /* what there is to choose */
    memset(&seen, 0, sizeof seen);
    seen.style = &plain;
    akolhook_i_rewrite_value(&seen, root.str);
    if (is_envelope) seen.data = msg.data.str;
    for (d = 0; d < AKOLHOOK_I_D_COUNT; d++) counts[d] = 1;
    counts[AKOLHOOK_I_D_UNICODE] = seen.has_unicode ? 3 : 1;
    counts[AKOLHOOK_I_D_SLASH] = seen.has_slash ? 2 : 1;
    counts[AKOLHOOK_I_D_BLANKS] = sizeof akolhook_i_blanks / sizeof akolhook_i_blanks[0];
    counts[AKOLHOOK_I_D_ORDER] =
            is_envelope ? 2 + akolhook_i_orders_of(msg.data) : akolhook_i_orders_of(root);
    if (in_order && is_envelope) counts[AKOLHOOK_I_D_ORDER] = 1;
    counts[AKOLHOOK_I_D_OBJECTS] = 1u << (seen.empties < 3 ? seen.empties : 3);
    counts[AKOLHOOK_I_D_HTML] = seen.has_html ? 2 : 1;
    if (akolhook_i_styles_try(s, key, &msg, root, &seen, counts)) return AKOLHOOK_CAUSE_RESERIALISED;

    /* numbers too, in the fewer styles that data is likely to have */
    if (seen.numbers) {
        counts[AKOLHOOK_I_D_BLANKS] = 2;
        counts[AKOLHOOK_I_D_UNICODE] = seen.has_unicode ? 2 : 1;
        counts[AKOLHOOK_I_D_HTML] = 1;
        akolhook_i_numbers_choose(&seen, counts);
        if (akolhook_i_styles_try(s, key, &msg, root, &seen, counts)) return AKOLHOOK_CAUSE_RESERIALISED;
    }
    return is_foreign ? AKOLHOOK_CAUSE_LIKELY_RESERIALISED : AKOLHOOK_CAUSE_UNKNOWN;
}

/* ---- explain: the call ---- */

static const char *akolhook_i_cause_text(akolhook_cause cause) {
#define AKOLHOOK_I_TEXT(name, text) text,
    static const char *const texts[] = {AKOLHOOK_CAUSE_LIST(AKOLHOOK_I_TEXT)};
#undef AKOLHOOK_I_TEXT
    return texts[cause];
}

/* Looks for the mistake behind a signature that is not right. */
AKOLHOOK_I_RARE static akolhook_cause akolhook_i_mistake_find(akolhook_i_search *s, const akolhook_key *key) {
    akolhook_cause cause = akolhook_i_secret_mistake(s);

    if (cause == AKOLHOOK_CAUSE_UNKNOWN) cause = akolhook_i_body_mistake(s, key);
    if (cause == AKOLHOOK_CAUSE_UNKNOWN) cause = akolhook_i_algorithm_mistake(s);
    if (cause == AKOLHOOK_CAUSE_UNKNOWN && s->body.len == 0) cause = AKOLHOOK_CAUSE_BODY_EMPTY;
    if (cause == AKOLHOOK_CAUSE_UNKNOWN) cause = akolhook_i_json_mistake(s, key);
    return cause;
}

/* a - b without overflow; a is the time of a message and not negative. */
static int64_t akolhook_i_seconds_between(int64_t a, int64_t b) {
    return b < 0 && a > INT64_MAX + b ? INT64_MAX : a - b;
}

/* What the request is refused for, now that the signature is right. */
static akolhook_cause akolhook_i_explain_signed(
        akolhook_i_search *s, akolhook_status status, int64_t now, akolhook_explanation *out) {
    akolhook_message msg;
    int64_t time = 0;

    switch ((int)status) {
    case AKOLHOOK_OK: return AKOLHOOK_CAUSE_NONE;
    case AKOLHOOK_TOO_OLD:
    case AKOLHOOK_TOO_NEW:
    case AKOLHOOK_CLOCK_UNSET:
    case AKOLHOOK_INVALID_ARGUMENT: /* the clock is beyond what seconds may be */
        if (s->scheme == AKOLHOOK_SCHEME_STANDARD)
            (void)akolhook_i_sent_at_read(s->in->timestamp, &time);
        else if (akolhook_envelope_parse(s->body.ptr, s->body.len, &msg, NULL) == AKOLHOOK_OK)
            time = msg.timestamp_ms / 1000;
        out->seconds = akolhook_i_seconds_between(time, now);
        return AKOLHOOK_CAUSE_CLOCK;
    default: return AKOLHOOK_CAUSE_BODY;
    }
}

/* Whether the headers of the other scheme are there instead. */
static int akolhook_i_has_other_headers(const akolhook_i_search *s) {
    const akolhook_incoming *in = s->in;
    return s->scheme == AKOLHOOK_SCHEME_AKOL ? !in->signature.len && in->standard_signature.len
                                             : !in->standard_signature.len && in->signature.len;
}

/* The rules and the secret are those of r, which has its keys. */
static akolhook_cause akolhook_i_explain(
        const akolhook_receiver *r, akolhook_i_search *s, int64_t now, akolhook_explanation *out) {
    const unsigned standard = s->scheme == AKOLHOOK_SCHEME_STANDARD;
    akolhook_message msg;
    akolhook_status status = akolhook_receive(r, s->in, s->body.ptr, s->body.len, now, &msg);
    akolhook_cause cause;

    out->status = status;
    out->error_at = msg.error_at;
    out->error_header = msg.error_header;
    switch ((int)status) {
    case AKOLHOOK_SIGNATURE_MISMATCH: return akolhook_i_mistake_find(s, &r->keys[0][standard]);
    case AKOLHOOK_LENGTH_MISMATCH: /* most of what becomes of a body changes its length */
        cause = akolhook_i_mistake_find(s, &r->keys[0][standard]);
        return cause != AKOLHOOK_CAUSE_UNKNOWN ? cause : AKOLHOOK_CAUSE_HEADERS;
    case AKOLHOOK_BAD_SIGNATURE:
    case AKOLHOOK_NO_KNOWN_SCHEME: /* what is only likely does not count: this signature is none */
        cause = akolhook_i_mistake_find(s, &r->keys[0][standard]);
        return cause != AKOLHOOK_CAUSE_UNKNOWN && cause != AKOLHOOK_CAUSE_BODY_EMPTY &&
                               cause != AKOLHOOK_CAUSE_LIKELY_RESERIALISED
                       ? cause
                       : AKOLHOOK_CAUSE_HEADERS;
    case AKOLHOOK_MISSING_SIGNATURE:
    case AKOLHOOK_MISSING_ID:
    case AKOLHOOK_MISSING_TIMESTAMP:
        return akolhook_i_has_other_headers(s) ? AKOLHOOK_CAUSE_OTHER_HEADERS : AKOLHOOK_CAUSE_HEADERS;
    case AKOLHOOK_DOUBLED_HEADER:
    case AKOLHOOK_HEADER_TOO_LARGE:
    case AKOLHOOK_BAD_ID:
    case AKOLHOOK_BAD_TIMESTAMP:
    case AKOLHOOK_BODY_TOO_LARGE: return AKOLHOOK_CAUSE_HEADERS;
    default: return akolhook_i_explain_signed(s, status, now, out);
    }
}

/* r has the rules and no secret yet. */
AKOLHOOK_I_RARE static akolhook_status akolhook_i_explain_by(akolhook_receiver *r, akolhook_str secret,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now,
        akolhook_explanation *out) {
    uint64_t budget = (uint64_t)body_len * AKOLHOOK_I_BUDGET_BODIES;
    akolhook_i_search s;

    memset(out, 0, sizeof *out);
    if (!in || (!body && body_len) || (!secret.ptr && secret.len)) return AKOLHOOK_INVALID_ARGUMENT;
    r->schemes = akolhook_i_judge(r, in);

    memset(&s, 0, sizeof s);
    s.secret = secret;
    s.scheme = r->schemes;
    s.in = in;
    s.body = akolhook_str_n(body, body_len);
    if (budget < AKOLHOOK_I_BUDGET) budget = AKOLHOOK_I_BUDGET;
    s.budget = budget > UINT32_MAX ? UINT32_MAX : (uint32_t)budget;

    out->status = akolhook_receiver_add_secret_str(r, secret);
    if (out->status == AKOLHOOK_OK)
        out->cause = akolhook_i_explain(r, &s, now, out);
    else {
        out->cause = akolhook_i_secret_mistake(&s);
        if (out->cause == AKOLHOOK_CAUSE_UNKNOWN) out->cause = AKOLHOOK_CAUSE_SECRET;
    }

    akolhook_wipe(r, sizeof *r);
    out->text = akolhook_i_cause_text(out->cause);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_explain_receive(const akolhook_receiver *receiver, akolhook_str secret,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now,
        akolhook_explanation *out) {
    akolhook_receiver r;

    memset(out, 0, sizeof *out);
    if (!receiver || akolhook_i_schemes(receiver) > (AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD) ||
            receiver->tolerance_s < AKOLHOOK_TOLERANCE_ANY || receiver->max_age_s < AKOLHOOK_AGE_ANY)
        return AKOLHOOK_INVALID_ARGUMENT;

    memset(&r, 0, sizeof r);
    r.schemes = receiver->schemes;
    r.max_body = receiver->max_body;
    r.tolerance_s = receiver->tolerance_s;
    r.max_age_s = receiver->max_age_s;
    r.flags = receiver->flags;
    r.webhook_id = receiver->webhook_id;
    return akolhook_i_explain_by(&r, secret, in, body, body_len, now, out);
}

AKOLHOOK_API akolhook_status akolhook_explain(akolhook_str secret, unsigned scheme,
        const akolhook_incoming *in, const void *body, size_t body_len, int64_t now,
        akolhook_explanation *out) {
    akolhook_receiver r;

    memset(out, 0, sizeof *out);
    if (scheme != AKOLHOOK_SCHEME_AKOL && scheme != AKOLHOOK_SCHEME_STANDARD)
        return AKOLHOOK_INVALID_ARGUMENT;

    memset(&r, 0, sizeof r);
    r.schemes = scheme;
    r.max_body = body_len;
    return akolhook_i_explain_by(&r, secret, in, body, body_len, now, out);
}

#endif /* AKOLHOOK_NO_EXPLAIN */

#ifndef AKOLHOOK_RECEIVER_ONLY

/* ==== >>url ==== */

#define AKOLHOOK_I_TOKEN 1u /* RFC 9110 section 5.6.2 */
#define AKOLHOOK_I_URI 2u   /* RFC 3986: unreserved, sub-delims and : @ / ? */
#define AKOLHOOK_I_LABEL 4u /* letters, digits, - and _ */

#define AKOLHOOK_I_MAX_HOST 255 /* RFC 1035 section 2.3.4 */

/* clang-format off */
static const uint8_t akolhook_i_char_kinds[128] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 3, 0, 1, 3, 1, 3, 3, 2, 2, 3, 3, 2, 7, 3, 2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 2, 0, 2, 0, 2,
    2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 1, 7,
    1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 1, 0, 3, 0
};
/* clang-format on */

static int akolhook_i_char_is(char c, unsigned kinds) {
    return (uint8_t)c < sizeof akolhook_i_char_kinds && (akolhook_i_char_kinds[(uint8_t)c] & kinds) != 0;
}

static akolhook_str akolhook_i_str_from(akolhook_str s, size_t start) {
    return akolhook_str_n(s.ptr + start, s.len - start);
}

/* Where the first of the characters stands; s.len when none does. */
AKOLHOOK_I_ONCE static size_t akolhook_i_str_find(akolhook_str s, const char *any) {
    const char *c;
    size_t i;
    for (i = 0; i < s.len; i++)
        for (c = any; *c; c++)
            if (s.ptr[i] == *c) return i;
    return i;
}

/* Decimal without sign or leading zero, 0..limit; -1 when it is none. limit is at most 99999. */
static int32_t akolhook_i_decimal_plain(akolhook_str s, int32_t limit) {
    int32_t value = 0;
    size_t i;
    if (s.len == 0 || s.len > 5 || (s.len > 1 && s.ptr[0] == '0')) return -1;
    for (i = 0; i < s.len; i++) {
        if (!akolhook_i_is_digit(s.ptr[i])) return -1;
        value = value * 10 + (s.ptr[i] - '0');
    }
    return value <= limit ? value : -1;
}

/* Where the character stands; s.len when it does not. */
AKOLHOOK_I_ONCE static size_t akolhook_i_str_find_char(akolhook_str s, char c) {
    const char *at = s.len ? (const char *)memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

/* Four decimal parts (RFC 3986's IPv4address); 1 when the text is that and nothing else. */
static int akolhook_i_ipv4_read(akolhook_str s, uint8_t out[4]) {
    int part;
    for (part = 0; part < 4; part++) {
        size_t dot = akolhook_i_str_find_char(s, '.');
        int32_t value = akolhook_i_decimal_plain(akolhook_str_n(s.ptr, dot), 255);
        if (value < 0 || (part < 3) != (dot < s.len)) return 0;
        out[part] = (uint8_t)value;
        if (part < 3) s = akolhook_i_str_from(s, dot + 1);
    }
    return 1;
}

/* RFC 4291 section 2.2, no zone; 1 when the text is that and nothing else. */
static int akolhook_i_ipv6_read(akolhook_str s, uint8_t out[16]) {
    const size_t none = SIZE_MAX; /* no :: seen */
    size_t i = s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':' ? 2 : 0, n = 0, gap = i ? 0 : none;

    while (i < s.len) {
        size_t start = i;
        unsigned group = 0;
        if (n > 14) return 0;
        for (; i < s.len && i < start + 4 && akolhook_i_hex_value(s.ptr[i]) >= 0; i++)
            group = group << 4 | (unsigned)akolhook_i_hex_value(s.ptr[i]);
        if (i == start) return 0;

        /* the last two groups may be an IPv4 address */
        if (i < s.len && s.ptr[i] == '.') {
            if (n > 12 || !akolhook_i_ipv4_read(akolhook_i_str_from(s, start), out + n)) return 0;
            n += 4;
            break;
        }

        out[n++] = (uint8_t)(group >> 8);
        out[n++] = (uint8_t)(group & 255u);
        if (i == s.len) break;
        if (s.ptr[i++] != ':' || i == s.len) return 0;
        if (s.ptr[i] == ':') {
            if (gap != none) return 0;
            gap = n;
            i++;
        }
    }

    if (gap == none) return n == 16;
    if (n > 14) return 0; /* :: stands for one group at least */
    memmove(out + 16 - (n - gap), out + gap, n - gap);
    memset(out + gap, 0, 16 - n);
    return 1;
}

AKOLHOOK_API akolhook_status akolhook_addr_parse(akolhook_str text, akolhook_addr *addr) {
    uint8_t bytes[16];

    memset(addr, 0, sizeof *addr);
    if (!text.ptr) return AKOLHOOK_BAD_ADDRESS;

    if (akolhook_i_ipv4_read(text, bytes))
        addr->family = 4;
    else if (akolhook_i_ipv6_read(text, bytes))
        addr->family = 6;
    else
        return AKOLHOOK_BAD_ADDRESS;
    memcpy(addr->bytes, bytes, addr->family == 4 ? 4 : 16);
    return AKOLHOOK_OK;
}

static char *akolhook_i_ipv4_write(const uint8_t b[4], char *out) {
    int i, digits;
    for (i = 0; i < 4; i++) {
        if (i) *out++ = '.';
        digits = b[i] > 99 ? 3 : b[i] > 9 ? 2 : 1;
        akolhook_i_digits_write(out, digits, b[i]);
        out += digits;
    }
    return out;
}

static unsigned akolhook_i_ipv6_group(const uint8_t b[16], int i) {
    return (unsigned)b[2 * i] << 8 | b[2 * i + 1];
}

/* Where the longest run of zero groups among the first count ones begins, the first of equals; count when
   there is none, as a single group is no run. */
static int akolhook_i_ipv6_gap(const uint8_t b[16], int count) {
    int i, run = 0, best = 1, start = count;
    for (i = 0; i < count; i++) {
        run = akolhook_i_ipv6_group(b, i) ? 0 : run + 1;
        if (run <= best) continue;
        best = run;
        start = i + 1 - run;
    }
    return start;
}

/* How an IPv6 address begins that stands for the IPv4 address in its last four bytes. */
enum { AKOLHOOK_I_MAPPED, AKOLHOOK_I_TRANSLATED, AKOLHOOK_I_NAT64, AKOLHOOK_I_WRAPS };
static const uint8_t akolhook_i_wraps[AKOLHOOK_I_WRAPS][12] = {
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},    /* RFC 4291 section 2.5.5.2 */
        {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0},    /* RFC 2765 section 2.1 */
        {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, /* RFC 6052 section 2.1 */
};

static char *akolhook_i_ipv6_write(const uint8_t b[16], char *out) {
    const int is_mapped = memcmp(b, akolhook_i_wraps[AKOLHOOK_I_MAPPED], 12) == 0;
    const int count = is_mapped ? 6 : 8; /* groups in hex */
    const int gap = akolhook_i_ipv6_gap(b, count);
    int i = 0;

    while (i < count) {
        const unsigned group = akolhook_i_ipv6_group(b, i);
        int shift = 12;
        if (i == gap) {
            *out++ = ':';
            while (i < count && akolhook_i_ipv6_group(b, i) == 0) i++;
            if (i == count) *out++ = ':';
            continue;
        }
        if (i++) *out++ = ':';
        while (shift && group >> shift == 0) shift -= 4;
        for (; shift >= 0; shift -= 4) *out++ = akolhook_i_hex_digit(group >> shift & 15u);
    }

    if (!is_mapped) return out;
    *out++ = ':';
    return akolhook_i_ipv4_write(b + 12, out);
}

AKOLHOOK_API void akolhook_addr_format(const akolhook_addr *addr, char out[AKOLHOOK_ADDR_SIZE]) {
    char *end = out;
    if (addr->family == 4)
        end = akolhook_i_ipv4_write(addr->bytes, out);
    else if (addr->family == 6)
        end = akolhook_i_ipv6_write(addr->bytes, out);
    *end = 0;
}

/* A last label of digits alone, or 0x and hex digits, makes resolvers read the name as an IPv4 address. */
static int akolhook_i_label_is_number(akolhook_str label) {
    size_t i, all = 0;
    if (label.len >= 2 && label.ptr[0] == '0' && akolhook_i_lower(label.ptr[1]) == 'x') {
        for (i = 2; i < label.len && akolhook_i_hex_value(label.ptr[i]) >= 0; i++) {}
        all = i;
    } else
        while (all < label.len && akolhook_i_is_digit(label.ptr[all])) all++;
    return all == label.len;
}

/* A DNS name of letters, digits, - and _ (RFC 1035 section 2.3, RFC 1123 section 2.1); a final dot may be. */
static int akolhook_i_name_is_valid(akolhook_str name) {
    akolhook_str label;
    size_t i;

    if (name.len && name.ptr[name.len - 1] == '.') name.len--;
    if (name.len == 0 || name.len > 253) return 0; /* 255 with the length before each label (RFC 1035) */

    for (;;) {
        label = akolhook_str_n(name.ptr, akolhook_i_str_find_char(name, '.'));
        if (label.len == 0 || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
            return 0;
        for (i = 0; i < label.len; i++)
            if (!akolhook_i_char_is(label.ptr[i], AKOLHOOK_I_LABEL)) return 0;

        if (label.len == name.len) return !akolhook_i_label_is_number(label);
        name = akolhook_i_str_from(name, label.len + 1);
    }
}

/* Only characters of RFC 3986, each % with its two digits. */
static int akolhook_i_url_chars(akolhook_str s, const char *also) {
    size_t i, count = strlen(also);
    for (i = 0; i < s.len; i++) {
        if (akolhook_i_char_is(s.ptr[i], AKOLHOOK_I_URI) || (count && memchr(also, s.ptr[i], count)))
            continue;
        if (s.ptr[i] != '%' || s.len - i < 3) return 0;
        if (akolhook_i_hex_value(s.ptr[i + 1]) < 0 || akolhook_i_hex_value(s.ptr[i + 2]) < 0) return 0;
        i += 2;
    }
    return 1;
}

static uint16_t akolhook_i_url_default_port(const akolhook_url *url) { return url->https ? 443 : 80; }

/* host[:port]. No final dot: the lookup would want it, SNI and the certificate would not. */
static akolhook_status akolhook_i_url_authority(akolhook_str s, akolhook_url *url) {
    const int literal = s.len && s.ptr[0] == '[';
    size_t end = akolhook_i_str_find_char(s, literal ? ']' : ':');
    int32_t port;

    if (end == 0) return AKOLHOOK_URL_SYNTAX;
    if (literal) {
        if (end == s.len) return AKOLHOOK_URL_HOST;
        url->host = akolhook_str_n(s.ptr + 1, end - 1);
        s = akolhook_i_str_from(s, end + 1);
        if (akolhook_addr_parse(url->host, &url->addr) != AKOLHOOK_OK || url->addr.family != 6)
            return AKOLHOOK_URL_HOST;
        if (s.len && s.ptr[0] != ':') return AKOLHOOK_URL_HOST;
        url->host_type = AKOLHOOK_HOST_IPV6;
    } else {
        url->host = akolhook_str_n(s.ptr, end);
        s = akolhook_i_str_from(s, end);
        if (akolhook_addr_parse(url->host, &url->addr) == AKOLHOOK_OK)
            url->host_type = AKOLHOOK_HOST_IPV4;
        else if (url->host.ptr[end - 1] != '.' && akolhook_i_name_is_valid(url->host))
            url->host_type = AKOLHOOK_HOST_NAME;
        else
            return AKOLHOOK_URL_HOST;
    }

    url->port = akolhook_i_url_default_port(url);
    url->default_port = 1;
    if (s.len == 0) return AKOLHOOK_OK;

    port = akolhook_i_decimal_plain(akolhook_i_str_from(s, 1), 65535);
    if (port < 1) return AKOLHOOK_URL_PORT;
    url->default_port = port == url->port;
    url->port = (uint16_t)port;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_i_url_read(unsigned flags, akolhook_url *url) {
    const akolhook_str text = url->text;
    const akolhook_str scheme = akolhook_str_n(text.ptr, akolhook_i_str_find_char(text, ':'));
    akolhook_str rest;
    akolhook_status status;
    size_t end;

    if (text.len == 0) return AKOLHOOK_URL_SYNTAX;
    if (text.len > AKOLHOOK_MAX_URL) return AKOLHOOK_URL_TOO_LONG;
    if (!akolhook_i_url_chars(text, "#[]")) return AKOLHOOK_URL_CHARACTER;

    url->https = (uint8_t)akolhook_i_str_is_nocase(scheme, "https");
    if (!url->https && !akolhook_i_str_is_nocase(scheme, "http")) return AKOLHOOK_URL_SCHEME;
    if (!url->https && !(flags & AKOLHOOK_ALLOW_HTTP)) return AKOLHOOK_URL_SCHEME;
    rest = akolhook_i_str_from(text, scheme.len);
    if (!akolhook_i_str_strip(&rest, "://")) return AKOLHOOK_URL_SYNTAX;

    end = akolhook_i_str_find(rest, "/?#");
    url->target = akolhook_i_str_from(rest, end);
    rest.len = end;
    if (akolhook_i_str_find_char(rest, '@') < end) return AKOLHOOK_URL_USERINFO;
    if (akolhook_i_str_find_char(url->target, '#') < url->target.len) return AKOLHOOK_URL_FRAGMENT;
    if (!akolhook_i_url_chars(url->target, "")) return AKOLHOOK_URL_CHARACTER;

    status = akolhook_i_url_authority(rest, url);
    if (status != AKOLHOOK_OK) return status;

    end = akolhook_i_str_find_char(url->target, '?');
    url->path = akolhook_str_n(url->target.ptr, end);
    if (end < url->target.len) url->query = akolhook_i_str_from(url->target, end + 1);
    return AKOLHOOK_OK;
}

AKOLHOOK_I_ONCE AKOLHOOK_API akolhook_status akolhook_url_parse(
        akolhook_str text, unsigned flags, akolhook_url *url) {
    akolhook_status status;
    memset(url, 0, sizeof *url);
    url->text = text.ptr ? text : akolhook_str_n("", 0);
    status = akolhook_i_url_read(flags, url);
    if (status != AKOLHOOK_OK) memset(url, 0, sizeof *url);
    return status;
}

/* Where the user name would begin: behind the scheme and its slashes, be there one or more. */
static size_t akolhook_i_url_userinfo(akolhook_str text) {
    size_t at = akolhook_i_str_find(text, ":/\\?#@");
    if (at + 1 >= text.len || text.ptr[at] != ':' || (text.ptr[at + 1] != '/' && text.ptr[at + 1] != '\\'))
        return 0;
    for (at++; at < text.len && (text.ptr[at] == '/' || text.ptr[at] == '\\'); at++) {}
    return at;
}

/* Copies what there is room for, a dot for what is no visible ASCII; gives the length. */
AKOLHOOK_I_ONCE static size_t akolhook_i_url_print(akolhook_str s, char *out, size_t room) {
    size_t i;
    for (i = 0; i < s.len && i < room; i++) out[i] = s.ptr[i] > ' ' && s.ptr[i] <= '~' ? s.ptr[i] : '.';
    return i;
}

AKOLHOOK_API void akolhook_url_mask(akolhook_str text, char *out, size_t cap) {
    akolhook_url url;
    size_t n, start, at, query;

    if (cap-- == 0) return;
    if (!text.ptr) text = akolhook_str_n("", 0);

    /* the user name ends at the last @; what is no URL may hold a password with any character, or a query
       with an @: then what comes behind both is hidden too */
    start = akolhook_i_url_userinfo(text);
    at = text.len;
    if (akolhook_url_parse(text, AKOLHOOK_ALLOW_HTTP, &url) == AKOLHOOK_OK) at = start;
    while (at > start && text.ptr[at - 1] != '@') at--;
    query = start + akolhook_i_str_find(akolhook_i_str_from(text, start), "?#");

    n = akolhook_i_url_print(akolhook_str_n(text.ptr, start), out, cap);
    if (at > start) n += akolhook_i_url_print(akolhook_str_c("***@"), out + n, cap - n);
    if (query > at) n += akolhook_i_url_print(akolhook_str_n(text.ptr + at, query - at), out + n, cap - n);
    if (query < text.len) {
        n += akolhook_i_url_print(akolhook_str_n(text.ptr + query, 1), out + n, cap - n);
        n += akolhook_i_url_print(akolhook_str_c("***"), out + n, cap - n);
    }
    out[n] = 0;
}

static int akolhook_i_str_equal_nocase(akolhook_str a, akolhook_str b) {
    size_t i;
    for (i = 0; a.len == b.len && i < a.len; i++)
        if (akolhook_i_lower(a.ptr[i]) != akolhook_i_lower(b.ptr[i])) return 0;
    return a.len == b.len;
}

AKOLHOOK_API int akolhook_host_match(akolhook_str pattern, akolhook_str host) {
    size_t dot;

    if (host.len && host.ptr[host.len - 1] == '.') host.len--;
    if (host.len == 0 || host.len > AKOLHOOK_I_MAX_HOST || host.ptr[0] == '.') return 0;
    if (akolhook_i_str_equal_nocase(pattern, host)) return 1;

    if (pattern.len < 3 || pattern.ptr[0] != '*' || pattern.ptr[1] != '.') return 0;

    /* what follows the first label, from its dot on: ".com" has one label, ".example.com" two */
    dot = akolhook_i_str_find_char(host, '.');
    if (dot == host.len) return 0;
    host = akolhook_i_str_from(host, dot);
    if (akolhook_i_str_find_char(akolhook_i_str_from(host, 1), '.') == host.len - 1) return 0;
    return akolhook_i_str_equal_nocase(akolhook_i_str_from(pattern, 1), host);
}

/* The bits that count are equal. */
AKOLHOOK_I_ONCE static int akolhook_i_prefix_equal(const uint8_t *a, const uint8_t *b, unsigned bits) {
    for (; bits >= 8; bits -= 8)
        if (*a++ != *b++) return 0;
    return bits == 0 || (*a ^ *b) >> (8 - bits) == 0;
}

static int akolhook_i_cidr_is_valid(const akolhook_cidr *cidr) {
    unsigned bits = cidr->addr.family == 4 ? 32 : cidr->addr.family == 6 ? 128 : 0, i;
    if (cidr->prefix < 1 || cidr->prefix > bits) return 0;
    for (i = cidr->prefix; i < bits; i++)
        if (cidr->addr.bytes[i / 8] >> (7 - i % 8) & 1) return 0;
    return 1;
}

/* An IPv6 address that stands for an IPv4 one becomes that one. 1 when it was one. */
static int akolhook_i_addr_unwrap(akolhook_addr *addr) {
    int i = 0;
    if (addr->family != 6) return 0;
    while (i < AKOLHOOK_I_WRAPS && memcmp(addr->bytes, akolhook_i_wraps[i], sizeof akolhook_i_wraps[i]) != 0)
        i++;
    if (i == AKOLHOOK_I_WRAPS) return 0;
    addr->family = 4;
    memmove(addr->bytes, addr->bytes + 12, 4);
    memset(addr->bytes + 4, 0, 12);
    return 1;
}

/* The network as it is compared: ::ffff:10.0.0.0/104 is 10.0.0.0/8. 0 when it is none. */
AKOLHOOK_I_ONCE static int akolhook_i_cidr_read(const akolhook_cidr *cidr, akolhook_cidr *plain) {
    *plain = *cidr;
    if (!akolhook_i_cidr_is_valid(cidr)) return 0;
    if (plain->prefix < 96 || !akolhook_i_addr_unwrap(&plain->addr)) return 1;
    plain->prefix = (uint8_t)(plain->prefix - 96);
    return plain->prefix > 0;
}

AKOLHOOK_API akolhook_status akolhook_cidr_parse(akolhook_str text, akolhook_cidr *cidr) {
    akolhook_cidr plain;
    size_t slash = text.ptr ? akolhook_i_str_find_char(text, '/') : text.len;
    int32_t prefix;

    memset(cidr, 0, sizeof *cidr);
    if (akolhook_addr_parse(akolhook_str_n(text.ptr, slash), &cidr->addr) != AKOLHOOK_OK)
        return AKOLHOOK_BAD_CIDR;

    prefix = cidr->addr.family == 4 ? 32 : 128;
    if (slash < text.len) prefix = akolhook_i_decimal_plain(akolhook_i_str_from(text, slash + 1), prefix);
    cidr->prefix = (uint8_t)prefix; /* -1 becomes 255, which no address has */
    if (akolhook_i_cidr_read(cidr, &plain)) return AKOLHOOK_OK;

    memset(cidr, 0, sizeof *cidr);
    return AKOLHOOK_BAD_CIDR;
}

/* What a range is, and with that what opens it. */
#define AKOLHOOK_I_PUBLIC 0   /* open */
#define AKOLHOOK_I_PRIVATE 1  /* AKOLHOOK_ALLOW_PRIVATE or the allow-list */
#define AKOLHOOK_I_SPECIAL 2  /* the allow-list */
#define AKOLHOOK_I_METADATA 3 /* the address itself on the allow-list */
#define AKOLHOOK_I_NEVER 4    /* nothing: no host, or a tunnel to an address that was not judged */

typedef struct akolhook_i_range {
    uint8_t family;
    uint8_t prefix; /* leading bits that count */
    uint8_t kind;
    uint8_t bytes[16];
} akolhook_i_range;

/* IANA's special-purpose registries (RFC 6890), without what they mark as globally reachable; ORCHIDs are
   marked so, but name hosts and not places (RFC 7343). Metadata services of clouds. The first match counts.
   */
/* clang-format off */
static const akolhook_i_range akolhook_i_ranges[] = {
    {4, 16, AKOLHOOK_I_METADATA, {169, 254}},               /* link-local, with most metadata services */
    {4, 32, AKOLHOOK_I_METADATA, {100, 100, 100, 200}},
    {4, 32, AKOLHOOK_I_METADATA, {192, 0, 0, 192}},
    {4, 32, AKOLHOOK_I_METADATA, {168, 63, 129, 16}},
    {4, 8, AKOLHOOK_I_NEVER, {0}},                          /* this network: 0.0.0.0 is the host itself */
    {4, 8, AKOLHOOK_I_PRIVATE, {10}},
    {4, 10, AKOLHOOK_I_SPECIAL, {100, 64}},                 /* carrier-grade NAT */
    {4, 8, AKOLHOOK_I_PRIVATE, {127}},                      /* loopback */
    {4, 12, AKOLHOOK_I_PRIVATE, {172, 16}},
    {4, 32, AKOLHOOK_I_PUBLIC, {192, 0, 0, 9}},             /* port control, anycast */
    {4, 32, AKOLHOOK_I_PUBLIC, {192, 0, 0, 10}},            /* TURN, anycast */
    {4, 24, AKOLHOOK_I_SPECIAL, {192, 0, 0}},               /* IETF protocols */
    {4, 24, AKOLHOOK_I_SPECIAL, {192, 0, 2}},               /* documentation */
    {4, 24, AKOLHOOK_I_SPECIAL, {192, 88, 99}},             /* 6to4 relays */
    {4, 16, AKOLHOOK_I_PRIVATE, {192, 168}},
    {4, 15, AKOLHOOK_I_SPECIAL, {198, 18}},                 /* benchmarks */
    {4, 24, AKOLHOOK_I_SPECIAL, {198, 51, 100}},            /* documentation */
    {4, 24, AKOLHOOK_I_SPECIAL, {203, 0, 113}},             /* documentation */
    {4, 4, AKOLHOOK_I_NEVER, {224}},                        /* multicast */
    {4, 32, AKOLHOOK_I_NEVER, {255, 255, 255, 255}},        /* broadcast */
    {4, 4, AKOLHOOK_I_SPECIAL, {240}},                      /* reserved */
    {4, 0, AKOLHOOK_I_PUBLIC, {0}},
    {6, 10, AKOLHOOK_I_METADATA, {0xfe, 0x80}},             /* link-local */
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x23}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0x00, 0xc1, 0, 0, 0, 0, 0, 0, 0, 0, 0xa9, 0xfe, 0xa9, 0xfe}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x42}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0xa9, 0xfe, 0xa9, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x01}},
    {6, 128, AKOLHOOK_I_METADATA, {0xfd, 0x00, 0x01, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x00, 0x02, 0x00}},
    {6, 128, AKOLHOOK_I_PRIVATE, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},         /* loopback */
    {6, 96, AKOLHOOK_I_NEVER, {0}},                         /* unspecified and IPv4-compatible */
    {6, 48, AKOLHOOK_I_NEVER, {0, 0x64, 0xff, 0x9b, 0, 1}}, /* NAT64, local use */
    {6, 32, AKOLHOOK_I_NEVER, {0x20, 0x01, 0, 0}},          /* Teredo */
    {6, 128, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},    /* port control */
    {6, 128, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}},    /* TURN */
    {6, 128, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}},    /* DNS-SD */
    {6, 32, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 3}},         /* AMT */
    {6, 48, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 4, 0x01, 0x12}},                             /* AS112 */
    {6, 28, AKOLHOOK_I_PUBLIC, {0x20, 0x01, 0, 0x30}},      /* drones, by their remote id */
    {6, 23, AKOLHOOK_I_SPECIAL, {0x20, 0x01}},              /* IETF protocols, benchmarks, ORCHID */
    {6, 32, AKOLHOOK_I_SPECIAL, {0x20, 0x01, 0x0d, 0xb8}},  /* documentation */
    {6, 16, AKOLHOOK_I_NEVER, {0x20, 0x02}},                /* 6to4 */
    {6, 20, AKOLHOOK_I_SPECIAL, {0x3f, 0xff}},              /* documentation */
    {6, 3, AKOLHOOK_I_PUBLIC, {0x20}},
    {6, 7, AKOLHOOK_I_PRIVATE, {0xfc}},                     /* unique local */
    {6, 8, AKOLHOOK_I_NEVER, {0xff}},                       /* multicast */
    {6, 0, AKOLHOOK_I_SPECIAL, {0}}
};
/* clang-format on */

/* addr is unwrapped. ISATAP (RFC 5214 section 6.1) shows in the interface identifier; a family that is
   none is never open. */
static int akolhook_i_addr_kind(const akolhook_addr *addr) {
    const uint8_t *b = addr->bytes;
    size_t i;
    if (addr->family == 6 && (b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe)
        return AKOLHOOK_I_NEVER;
    for (i = 0; i < sizeof akolhook_i_ranges / sizeof akolhook_i_ranges[0]; i++) {
        const akolhook_i_range *range = &akolhook_i_ranges[i];
        if (range->family == addr->family && akolhook_i_prefix_equal(b, range->bytes, range->prefix))
            return range->kind;
    }
    return AKOLHOOK_I_NEVER;
}

AKOLHOOK_API akolhook_status akolhook_policy_addr(const akolhook_policy *policy, const akolhook_addr *addr) {
    akolhook_addr plain = *addr;
    int kind, open;
    size_t i;

    akolhook_i_addr_unwrap(&plain);
    kind = akolhook_i_addr_kind(&plain);
    open = kind == AKOLHOOK_I_PUBLIC ||
           (kind == AKOLHOOK_I_PRIVATE && policy && (policy->flags & AKOLHOOK_ALLOW_PRIVATE));

    for (i = 0; policy && i < policy->allow_count; i++) {
        akolhook_cidr allow;
        if (!akolhook_i_cidr_read(&policy->allow[i], &allow)) return AKOLHOOK_BAD_CIDR;
        if (allow.addr.family != plain.family || kind == AKOLHOOK_I_NEVER) continue;
        if (kind == AKOLHOOK_I_METADATA && allow.prefix != (plain.family == 4 ? 32 : 128)) continue;
        open |= akolhook_i_prefix_equal(plain.bytes, allow.addr.bytes, allow.prefix);
    }
    return open ? AKOLHOOK_OK : AKOLHOOK_BLOCKED_ADDRESS;
}

/* RFC 6761, 6762, 8375, ICANN's internal, and what hosts files and clusters call themselves. */
AKOLHOOK_API akolhook_status akolhook_policy_name(const akolhook_policy *policy, akolhook_str name) {
    static const char *const local[] = {"localhost", "local", "internal", "home.arpa", "invalid", "svc",
            "localdomain", "localdomain4", "localdomain6", "localhost4", "localhost6", "ip6-localhost",
            "ip6-loopback"};
    size_t i, len;

    if (!name.ptr || !akolhook_i_name_is_valid(name)) return AKOLHOOK_BLOCKED_NAME;
    if (policy && (policy->flags & AKOLHOOK_ALLOW_PRIVATE)) return AKOLHOOK_OK;
    if (name.ptr[name.len - 1] == '.') name.len--;

    /* one of these, or a name under one */
    for (i = 0; i < sizeof local / sizeof local[0]; i++) {
        len = strlen(local[i]);
        if (name.len < len || (name.len > len && name.ptr[name.len - len - 1] != '.')) continue;
        if (akolhook_i_str_is_nocase(akolhook_i_str_from(name, name.len - len), local[i]))
            return AKOLHOOK_BLOCKED_NAME;
    }
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_policy_url(const akolhook_policy *policy, const akolhook_url *url) {
    if (!url->https && !(policy && (policy->flags & AKOLHOOK_ALLOW_HTTP))) return AKOLHOOK_URL_SCHEME;
    if (url->host_type == AKOLHOOK_HOST_NAME) return akolhook_policy_name(policy, url->host);
    return akolhook_policy_addr(policy, &url->addr);
}

/* ==== >>http ==== */

/* A bounded writer: counts on when the buffer is full, and then writes nothing more. */
typedef struct akolhook_i_out {
    char *buf;
    size_t cap;
    size_t len; /* bytes asked for so far, above cap when they did not fit */
} akolhook_i_out;

AKOLHOOK_I_ONCE static void akolhook_i_out_put(akolhook_i_out *out, akolhook_str name, akolhook_str value) {
    const size_t at = out->len, len = name.len + value.len;

    /* not covered: no text is as long as memory */
    out->len = len > SIZE_MAX - at ? SIZE_MAX : at + len;
    if (out->len > out->cap) return;

    memcpy(out->buf + at, name.ptr, name.len);
    if (value.len) memcpy(out->buf + at + name.len, value.ptr, value.len);
}

#define AKOLHOOK_I_OUT(out, literal, value) \
    akolhook_i_out_put(out, akolhook_str_n(literal, sizeof(literal) - 1), value)

static void akolhook_i_out_uint(akolhook_i_out *out, akolhook_str name, uint64_t value) {
    char digits[AKOLHOOK_I_UINT_ROOM], *const end = digits + sizeof digits;
    const char *first = akolhook_i_uint_write(end, value);
    akolhook_i_out_put(out, name, akolhook_str_n(first, (size_t)(end - first)));
}

/* The first byte that is not '!'..'~'. Eight at a time: a byte that ends the run has its high bit set in one
   of the three terms. */
static const char *akolhook_i_visible_run(const char *p, const char *end) {
    for (; end - p >= 8; p += 8) {
        uint64_t x;
        memcpy(&x, p, 8);
        if ((x | (x - AKOLHOOK_I_EACH('!')) | (x + AKOLHOOK_I_EACH(128 - 127))) & AKOLHOOK_I_EACH(128)) break;
    }
    while (p < end && *p >= '!' && *p <= '~') p++;
    return p;
}

static int akolhook_i_is_field_text(char c) { return (uint8_t)c >= ' ' ? c != '\x7f' : c == '\t'; }

/* The first byte that no field value holds (RFC 9110 section 5.5); eight at a time where none is near. What
   is below a limit and below 128 has its high bit set in (x - limit) & ~x, and so has a DEL taken to 0. */
static const char *akolhook_i_field_run(const char *p, const char *end) {
    for (; end - p >= 8; p += 8) {
        uint64_t x, del;
        memcpy(&x, p, 8);
        del = x ^ AKOLHOOK_I_EACH(0x7f);
        if ((((x - AKOLHOOK_I_EACH(' ')) & ~x) | ((del - AKOLHOOK_I_EACH(1)) & ~del)) & AKOLHOOK_I_EACH(128))
            break;
    }
    while (p < end && akolhook_i_is_field_text(*p)) p++;
    return p;
}

/* A field value of ASCII (RFC 9110 section 5.5). */
static akolhook_status akolhook_i_field_value_check(akolhook_str value, int inner_blanks) {
    const char *p, *end;
    if (value.len == 0) return AKOLHOOK_OK;
    if (!value.ptr) return AKOLHOOK_BAD_HEADER;
    if (value.len > AKOLHOOK_MAX_HEADER) return AKOLHOOK_HEADER_TOO_LARGE;
    for (p = value.ptr, end = p + value.len; (p = akolhook_i_visible_run(p, end)) < end; p++)
        if (!inner_blanks || p == value.ptr || p == end - 1 || (*p != ' ' && *p != '\t'))
            return AKOLHOOK_BAD_HEADER;
    return AKOLHOOK_OK;
}

/* Names that the library writes, and those that would change how the message is framed or travels. */
static int akolhook_i_field_is_reserved(akolhook_str name) {
    /* a final - stands for all names that begin so */
    static const char *const reserved[] = {"host", "content-type", "content-length", "user-agent",
            "accept-encoding", "x-webhook-", "webhook-", "svix-", "transfer-encoding", "connection",
            "keep-alive", "te", "trailer", "upgrade", "expect", "proxy-"};
    size_t i, len;

    for (i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        len = strlen(reserved[i]);
        if (name.len < len || (name.len > len && reserved[i][len - 1] != '-')) continue;
        if (akolhook_i_str_is_nocase(akolhook_str_n(name.ptr, len), reserved[i])) return 1;
    }
    return 0;
}

AKOLHOOK_API akolhook_status akolhook_header_check(const akolhook_header *header) {
    akolhook_str name = header->name;
    size_t i;
    if (name.len == 0 || !name.ptr) return AKOLHOOK_BAD_HEADER;
    if (name.len > AKOLHOOK_MAX_HEADER) return AKOLHOOK_HEADER_TOO_LARGE;
    for (i = 0; i < name.len; i++)
        if (!akolhook_i_char_is(name.ptr[i], AKOLHOOK_I_TOKEN)) return AKOLHOOK_BAD_HEADER;
    if (akolhook_i_field_is_reserved(name)) return AKOLHOOK_RESERVED_HEADER;
    return akolhook_i_field_value_check(header->value, 1);
}

static akolhook_status akolhook_i_custom_check(const akolhook_head *head) {
    akolhook_status status;
    size_t i, k;

    if (head->header_count > AKOLHOOK_MAX_CUSTOM_HEADERS) return AKOLHOOK_BAD_HEADER;

    for (i = 0; i < head->header_count; i++) {
        status = akolhook_header_check(&head->headers[i]);
        for (k = 0; k < i; k++)
            if (akolhook_i_str_equal_nocase(head->headers[i].name, head->headers[k].name))
                return AKOLHOOK_RESERVED_HEADER;
        if (status != AKOLHOOK_OK) return status;
    }
    return AKOLHOOK_OK;
}

/* The URL may have been put together by hand: nothing of it may leave its place in the head. */
static int akolhook_i_url_fits_head(const akolhook_url *url) {
    akolhook_str host, target;
    size_t i;

    if (!url || url->port == 0) return 0;
    host = url->host;
    target = url->target;
    if (host.len == 0 || host.len > AKOLHOOK_I_MAX_HOST || target.len > AKOLHOOK_MAX_URL) return 0;

    for (i = 0; i < host.len; i++)
        if (!akolhook_i_char_is(host.ptr[i], AKOLHOOK_I_LABEL) && host.ptr[i] != '.' && host.ptr[i] != ':')
            return 0;

    if (target.len == 0) return 1;
    return (*target.ptr == '/' || *target.ptr == '?') && akolhook_i_url_chars(target, "");
}

/* A field of the library's own, which is left out when it is empty. */
#define AKOLHOOK_I_OUT_FIELD(out, name, value) \
    if ((value).len) AKOLHOOK_I_OUT(out, "\r\n" name ": ", value)

/* Writes what is checked already; gives the length. */
static size_t akolhook_i_head_put(const akolhook_head *head, char *out, size_t cap) {
    const akolhook_url *url = head->url;
    const akolhook_str none = {NULL, 0};
    const int is_ipv6 = url->host_type == AKOLHOOK_HOST_IPV6;
    akolhook_i_out o;
    size_t i;

    o.buf = out;
    o.cap = cap;
    o.len = 0;

    if (url->target.len && *url->target.ptr == '/')
        AKOLHOOK_I_OUT(&o, "POST ", url->target);
    else
        AKOLHOOK_I_OUT(&o, "POST /", url->target);

    if (is_ipv6)
        AKOLHOOK_I_OUT(&o, " HTTP/1.1\r\nHost: [", url->host);
    else
        AKOLHOOK_I_OUT(&o, " HTTP/1.1\r\nHost: ", url->host);
    if (is_ipv6) AKOLHOOK_I_OUT(&o, "]", none);
    if (url->port != akolhook_i_url_default_port(url))
        akolhook_i_out_uint(&o, akolhook_str_c(":"), url->port);

    akolhook_i_out_uint(&o, akolhook_str_c("\r\nContent-Type: application/json\r\nContent-Length: "),
            head->content_length);
    AKOLHOOK_I_OUT(&o, "\r\nUser-Agent: akolhook/" AKOLHOOK_VERSION, none);

    for (i = 0; i < head->header_count; i++) {
        AKOLHOOK_I_OUT(&o, "\r\n", head->headers[i].name);
        AKOLHOOK_I_OUT(&o, ": ", head->headers[i].value);
    }

    AKOLHOOK_I_OUT_FIELD(&o, "X-Webhook-Signature", head->akol_signature);
    AKOLHOOK_I_OUT_FIELD(&o, "X-Webhook-Event", head->event);
    if (head->test) AKOLHOOK_I_OUT(&o, "\r\nX-Webhook-Test: 1", none);
    AKOLHOOK_I_OUT(&o, "\r\nAccept-Encoding: identity", none);
    AKOLHOOK_I_OUT_FIELD(&o, "webhook-id", head->message_id);
    AKOLHOOK_I_OUT_FIELD(&o, "webhook-timestamp", head->timestamp);
    AKOLHOOK_I_OUT_FIELD(&o, "webhook-signature", head->standard_signature);
    AKOLHOOK_I_OUT(&o, "\r\n\r\n", none);
    return o.len;
}

AKOLHOOK_API akolhook_status akolhook_head_write(
        const akolhook_head *head, char *out, size_t cap, size_t *len) {
    akolhook_status status;

    *len = 0;
    if (!head || !akolhook_i_url_fits_head(head->url) || (cap && !out)) return AKOLHOOK_INVALID_ARGUMENT;
    if (head->header_count && !head->headers) return AKOLHOOK_INVALID_ARGUMENT;

    status = akolhook_i_custom_check(head);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(head->akol_signature, 0);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(head->event, 0);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(head->message_id, 0);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(head->timestamp, 0);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(head->standard_signature, 1);
    if (status != AKOLHOOK_OK) return status;

    *len = akolhook_i_head_put(head, out, cap);
    return *len <= cap ? AKOLHOOK_OK : AKOLHOOK_BUFFER_TOO_SMALL;
}

/* The states of the response parser. Before COUNTED all is lines, which are bounded; the two _END states are
   left before the next byte is looked at. */
enum {
    /* the status line */
    AKOLHOOK_I_STATUS_LINE,
    AKOLHOOK_I_REASON,
    AKOLHOOK_I_STATUS_LF,

    /* the fields of a head or a trailer section */
    AKOLHOOK_I_LINE,
    AKOLHOOK_I_NAME,
    AKOLHOOK_I_VALUE,
    AKOLHOOK_I_VALUE_LF,
    AKOLHOOK_I_HEAD_LF,

    /* a chunk line and its extensions */
    AKOLHOOK_I_CHUNK_FIRST,
    AKOLHOOK_I_CHUNK_SIZE,
    AKOLHOOK_I_EXT_GAP,
    AKOLHOOK_I_EXT_START,
    AKOLHOOK_I_EXT_NAME,
    AKOLHOOK_I_EXT_NAME_GAP,
    AKOLHOOK_I_EXT_EQUALS,
    AKOLHOOK_I_EXT_TOKEN,
    AKOLHOOK_I_EXT_QUOTED,
    AKOLHOOK_I_EXT_PAIR,
    AKOLHOOK_I_EXT_QUOTED_END,
    AKOLHOOK_I_CHUNK_LF,

    AKOLHOOK_I_HEAD_END,
    AKOLHOOK_I_CHUNK_END,

    /* content */
    AKOLHOOK_I_COUNTED,
    AKOLHOOK_I_CHUNK,
    AKOLHOOK_I_CHUNK_DATA_CR,
    AKOLHOOK_I_CHUNK_DATA_LF,
    AKOLHOOK_I_UNTIL_CLOSE
};

/* What the head has said so far. */
#define AKOLHOOK_I_SAW_LENGTH 1u
#define AKOLHOOK_I_SAW_CODING 2u
#define AKOLHOOK_I_CHUNKED 4u
#define AKOLHOOK_I_BAD_FRAMING 8u /* an error where there is content; else the fields count for nothing */
#define AKOLHOOK_I_CLOSE 16u
#define AKOLHOOK_I_KEEP_ALIVE 32u
#define AKOLHOOK_I_SAW_RETRY 64u
#define AKOLHOOK_I_BAD_RETRY 128u
#define AKOLHOOK_I_IN_FIELD 256u /* a field line was read, the next may continue it */
#define AKOLHOOK_I_TRAILER 512u

/* Where a number or an element of a list stands: blanks before it, in it, blanks behind it. */
enum { AKOLHOOK_I_BEFORE, AKOLHOOK_I_WITHIN, AKOLHOOK_I_BEHIND };

/* The names of the fields that count, and the elements of their lists, with what they say. Words that begin
   alike stand together, each with the bytes that it shares with the one above. */
enum {
    AKOLHOOK_I_WORD_NONE,
    AKOLHOOK_I_FIELD_LENGTH,
    AKOLHOOK_I_FIELD_CONNECTION,
    AKOLHOOK_I_FIELD_CODING,
    AKOLHOOK_I_FIELD_RETRY,
    AKOLHOOK_I_LIST_WORD,
    AKOLHOOK_I_HEAD_WORDS = AKOLHOOK_I_LIST_WORD + 3
};
static const struct {
    const char *text;
    uint8_t shared;
    uint16_t flag;
} akolhook_i_head_words[AKOLHOOK_I_HEAD_WORDS] = {
        {"", 0, 0},
        {"content-length", 0, AKOLHOOK_I_SAW_LENGTH},
        {"connection", 3, 0},
        {"transfer-encoding", 0, AKOLHOOK_I_SAW_CODING},
        {"retry-after", 0, AKOLHOOK_I_SAW_RETRY},
        {"chunked", 0, AKOLHOOK_I_CHUNKED},
        {"close", 1, AKOLHOOK_I_CLOSE},
        {"keep-alive", 0, AKOLHOOK_I_KEEP_ALIVE},
};

/* The word's first pos bytes have been read; this takes one more. The next word that fits takes over. */
static void akolhook_i_word_step(akolhook_response *r, char c) {
    unsigned word = r->word;

    c = akolhook_i_lower(c);
    while (word && akolhook_i_head_words[word].text[r->pos] != c)
        if (++word == AKOLHOOK_I_HEAD_WORDS || akolhook_i_head_words[word].shared < r->pos)
            word = AKOLHOOK_I_WORD_NONE;
    r->word = (uint8_t)word;
    r->pos = (uint8_t)(word ? r->pos + 1 : 0);
}

/* Takes at once what goes on as the word does. */
static const char *akolhook_i_word_run(akolhook_response *r, const char *p, const char *end) {
    const char *text = akolhook_i_head_words[r->word].text + r->pos, *from = p;
    for (; p < end && *text && akolhook_i_lower(*p) == *text; p++) text++;
    r->pos = (uint8_t)(r->pos + (p - from));
    return p;
}

/* The word that was read whole; 0 when none was. */
static unsigned akolhook_i_word_whole(const akolhook_response *r) {
    return akolhook_i_head_words[r->word].text[r->pos] == 0 ? r->word : 0u;
}

static const char *akolhook_i_response_fail(akolhook_response *r, akolhook_status status, const char *p) {
    r->failed = (uint8_t)(0 - (int)status);
    return p;
}

AKOLHOOK_I_ONCE static const char *akolhook_i_response_status_line(
        akolhook_response *r, const char *p, const char *end) {
    static const char form[] = "HTTP/1.# ###";
    enum { minor = 7, form_len = 12 };
    unsigned pos = r->pos;

    for (; p < end && pos < form_len; p++, pos++) {
        int is_right = form[pos] == '#' ? akolhook_i_is_digit(*p) : *p == form[pos];
        if (!is_right) break;
        if (form[pos] != '#') continue;
        if (pos == minor)
            r->version_minor = (uint8_t)(*p - '0');
        else
            r->code = r->code * 10 + (*p - '0');
    }
    r->pos = (uint8_t)pos;
    if (p < end && pos < form_len) return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);

    if (p < end && r->state == AKOLHOOK_I_STATUS_LINE) {
        if (*p == ' ') r->state = AKOLHOOK_I_REASON;
        if (*p == '\r') r->state = AKOLHOOK_I_STATUS_LF;
        if (r->state == AKOLHOOK_I_STATUS_LINE || r->code < 100 || r->code == 101)
            return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
        p++;
    }

    if (r->state == AKOLHOOK_I_REASON) {
        p = akolhook_i_field_run(p, end);
        if (p == end) return p;
        if (*p != '\r') return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
        r->state = AKOLHOOK_I_STATUS_LF;
        p++;
    }

    if (p == end || r->state != AKOLHOOK_I_STATUS_LF) return p;
    if (*p != '\n') return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
    r->state = AKOLHOOK_I_LINE;
    return p + 1;
}

/* Content-Length: digits alone, once, below 2^64. */
static void akolhook_i_response_length(akolhook_response *r, char c) {
    unsigned digit = (unsigned)(uint8_t)c - '0';

    if (c == ' ' || c == '\t') {
        if (r->step == AKOLHOOK_I_WITHIN) r->step = AKOLHOOK_I_BEHIND;
        return;
    }
    if (digit > 9 || r->step == AKOLHOOK_I_BEHIND || r->remaining > (UINT64_MAX - digit) / 10) {
        r->flags |= AKOLHOOK_I_BAD_FRAMING;
        return;
    }
    r->step = AKOLHOOK_I_WITHIN;
    r->remaining = r->remaining * 10 + digit;
}

/* What is read next, a name or an element, begins. */
static void akolhook_i_response_word_begin(akolhook_response *r, uint8_t first) {
    r->step = AKOLHOOK_I_BEFORE;
    r->pos = 0;
    r->word = first;
}

static void akolhook_i_response_element_end(akolhook_response *r) {
    const int coding = r->kind == AKOLHOOK_I_FIELD_CODING;
    unsigned found = akolhook_i_head_words[akolhook_i_word_whole(r)].flag;

    found &= coding ? AKOLHOOK_I_CHUNKED : AKOLHOOK_I_CLOSE | AKOLHOOK_I_KEEP_ALIVE;
    if (coding && (found == 0 || (r->flags & AKOLHOOK_I_CHUNKED))) found = AKOLHOOK_I_BAD_FRAMING;
    if (r->step != AKOLHOOK_I_BEFORE) r->flags = (uint16_t)(r->flags | found);
    akolhook_i_response_word_begin(r, AKOLHOOK_I_LIST_WORD);
}

/* Transfer-Encoding and Connection: lists of words (RFC 9110 section 5.6.1). */
static void akolhook_i_response_list(akolhook_response *r, char c) {
    if (c == ',')
        akolhook_i_response_element_end(r);
    else if (c == ' ' || c == '\t') {
        if (r->step == AKOLHOOK_I_WITHIN) r->step = AKOLHOOK_I_BEHIND;
    } else {
        if (r->step == AKOLHOOK_I_BEHIND) akolhook_i_response_word_begin(r, AKOLHOOK_I_WORD_NONE);
        r->step = AKOLHOOK_I_WITHIN;
        akolhook_i_word_step(r, c);
    }
}

static void akolhook_i_response_retry(akolhook_response *r, char c) {
    int blank = c == ' ' || c == '\t';
    if (r->retry_after_len < sizeof r->retry_after) {
        if (!blank || r->retry_after_len) r->retry_after[r->retry_after_len++] = blank ? ' ' : c;
    } else if (!blank)
        r->flags |= AKOLHOOK_I_BAD_RETRY;
}

/* The name is complete. In trailers no field counts. */
static void akolhook_i_response_field_begin(akolhook_response *r) {
    const unsigned word = r->flags & AKOLHOOK_I_TRAILER ? 0u : akolhook_i_word_whole(r);

    r->state = AKOLHOOK_I_VALUE;
    r->kind = (uint8_t)(word < AKOLHOOK_I_LIST_WORD ? word : 0u);
    akolhook_i_response_word_begin(r, AKOLHOOK_I_LIST_WORD);

    /* twice is an error but for the lists */
    if (r->kind == AKOLHOOK_I_FIELD_LENGTH) {
        if (r->flags & AKOLHOOK_I_SAW_LENGTH) r->flags |= AKOLHOOK_I_BAD_FRAMING;
        r->remaining = 0;
    } else if (r->kind == AKOLHOOK_I_FIELD_RETRY) {
        if (r->flags & AKOLHOOK_I_SAW_RETRY) r->flags |= AKOLHOOK_I_BAD_RETRY;
        r->retry_after_len = 0;
    }
    r->flags = (uint16_t)(r->flags | akolhook_i_head_words[r->kind].flag);
}

static void akolhook_i_response_field_end(akolhook_response *r) {
    if (r->kind == AKOLHOOK_I_FIELD_LENGTH && r->step == AKOLHOOK_I_BEFORE)
        r->flags |= AKOLHOOK_I_BAD_FRAMING;
    if (r->kind == AKOLHOOK_I_FIELD_CODING || r->kind == AKOLHOOK_I_FIELD_CONNECTION)
        akolhook_i_response_element_end(r);
    if (r->kind == AKOLHOOK_I_FIELD_RETRY)
        while (r->retry_after_len && r->retry_after[r->retry_after_len - 1] == ' ') r->retry_after_len--;
    r->kind = AKOLHOOK_I_WORD_NONE;
}

static void akolhook_i_response_value_byte(akolhook_response *r, char c) {
    if (r->kind == AKOLHOOK_I_FIELD_LENGTH)
        akolhook_i_response_length(r, c);
    else if (r->kind == AKOLHOOK_I_FIELD_RETRY)
        akolhook_i_response_retry(r, c);
    else if (r->kind)
        akolhook_i_response_list(r, c);
}

/* The first byte of a line: what it is decides whether the field before it is at its end. */
static const char *akolhook_i_response_line(akolhook_response *r, const char *p) {
    if ((*p == ' ' || *p == '\t') && (r->flags & AKOLHOOK_I_IN_FIELD)) { /* obs-fold */
        akolhook_i_response_value_byte(r, ' ');
        r->state = AKOLHOOK_I_VALUE;
        return p + 1;
    }
    akolhook_i_response_field_end(r);

    if (*p == '\r') {
        r->state = AKOLHOOK_I_HEAD_LF;
        return p + 1;
    }
    if (!akolhook_i_char_is(*p, AKOLHOOK_I_TOKEN))
        return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
    if (r->fields == AKOLHOOK_MAX_RESPONSE_FIELDS)
        return akolhook_i_response_fail(r, AKOLHOOK_RESPONSE_HEAD_TOO_LARGE, p);

    r->fields++;
    r->flags |= AKOLHOOK_I_IN_FIELD;
    r->state = AKOLHOOK_I_NAME;
    akolhook_i_response_word_begin(r, AKOLHOOK_I_FIELD_LENGTH);
    return p;
}

static const char *akolhook_i_response_name(akolhook_response *r, const char *p, const char *end) {
    p = akolhook_i_word_run(r, p, end);
    for (; p < end && r->word && akolhook_i_char_is(*p, AKOLHOOK_I_TOKEN); p++) akolhook_i_word_step(r, *p);
    while (p < end && akolhook_i_char_is(*p, AKOLHOOK_I_TOKEN)) p++;
    if (p == end) return p;
    if (*p != ':') return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
    akolhook_i_response_field_begin(r);
    return p + 1;
}

static const char *akolhook_i_response_value(akolhook_response *r, const char *p, const char *end) {
    if (!r->kind) p = akolhook_i_field_run(p, end);
    for (; p < end && akolhook_i_is_field_text(*p); p++) akolhook_i_response_value_byte(r, *p);
    if (p == end) return p;
    if (*p != '\r') return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
    r->state = AKOLHOOK_I_VALUE_LF;
    return p + 1;
}

AKOLHOOK_I_ONCE static const char *akolhook_i_response_fields(
        akolhook_response *r, const char *p, const char *end) {
    while (p < end && !r->failed && r->state != AKOLHOOK_I_HEAD_END) {
        if (r->state == AKOLHOOK_I_LINE)
            p = akolhook_i_response_line(r, p);
        else if (r->state == AKOLHOOK_I_NAME)
            p = akolhook_i_response_name(r, p, end);
        else if (r->state == AKOLHOOK_I_VALUE)
            p = akolhook_i_response_value(r, p, end);
        else if (*p != '\n')
            p = akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
        else {
            r->state = r->state == AKOLHOOK_I_VALUE_LF ? AKOLHOOK_I_LINE : AKOLHOOK_I_HEAD_END;
            p++;
        }
    }
    return p;
}

/* Where a chunk line goes on (RFC 9112 section 7.1.1), by state from CHUNK_SIZE on and kind of character;
   0: nowhere. */
static uint8_t akolhook_i_chunk_next(unsigned state, char c) {
    static const char marks[] = ";=\"\\\r";
    enum { blank, in_token, first_mark, other = first_mark + (int)sizeof marks - 1 };
    enum { gap = AKOLHOOK_I_EXT_GAP, start, name, blanks, equals, token, quoted, escape, quote, lf };
    /* clang-format off */
    static const uint8_t next[10][8] = {
        /*               blank   token   ;       =       "       \       CR  other */
        /* size */      {gap,    0,      start,  0,      0,      0,      lf, 0},
        /* gap */       {gap,    0,      start,  0,      0,      0,      0,  0},
        /* start */     {start,  name,   0,      0,      0,      0,      0,  0},
        /* name */      {blanks, name,   start,  equals, 0,      0,      lf, 0},
        /* blanks */    {blanks, 0,      start,  equals, 0,      0,      0,  0},
        /* equals */    {equals, token,  0,      0,      quoted, 0,      0,  0},
        /* token */     {gap,    token,  start,  0,      0,      0,      lf, 0},
        /* quoted */    {quoted, quoted, quoted, quoted, quote,  escape, 0,  quoted},
        /* escape */    {quoted, quoted, quoted, quoted, quoted, quoted, 0,  quoted},
        /* quote */     {gap,    0,      start,  0,      0,      0,      lf, 0}
    };
    /* clang-format on */
    const char *mark = c ? (const char *)memchr(marks, c, sizeof marks - 1) : NULL;
    unsigned kind = other;

    if (c == ' ' || c == '\t')
        kind = blank;
    else if (mark)
        kind = first_mark + (unsigned)(mark - marks);
    else if (akolhook_i_char_is(c, AKOLHOOK_I_TOKEN))
        kind = in_token;
    else if (!akolhook_i_is_field_text(c))
        return 0;
    return next[state - AKOLHOOK_I_CHUNK_SIZE][kind];
}

AKOLHOOK_I_ONCE static const char *akolhook_i_response_chunk_line(
        akolhook_response *r, const char *p, const char *end) {
    for (; p < end && r->state != AKOLHOOK_I_CHUNK_END; p++) {
        int digit = r->state <= AKOLHOOK_I_CHUNK_SIZE ? akolhook_i_hex_value(*p) : -1;
        uint8_t next = 0;

        if (digit >= 0 && r->remaining <= UINT64_MAX >> 4) {
            r->remaining = r->remaining << 4 | (unsigned)digit;
            next = AKOLHOOK_I_CHUNK_SIZE;
        } else if (r->state == AKOLHOOK_I_CHUNK_LF)
            next = *p == '\n' ? AKOLHOOK_I_CHUNK_END : 0;
        else if (r->state != AKOLHOOK_I_CHUNK_FIRST)
            next = akolhook_i_chunk_next(r->state, *p);

        if (!next) return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
        r->state = next;
    }
    return p;
}

/* An interim response is over: what it said is forgotten, but for Connection: close. */
AKOLHOOK_I_ONCE static void akolhook_i_response_interim(akolhook_response *r) {
    if (++r->interim > AKOLHOOK_MAX_INTERIM) {
        akolhook_i_response_fail(r, AKOLHOOK_TOO_MANY_INTERIM, NULL);
        return;
    }
    r->state = AKOLHOOK_I_STATUS_LINE;
    r->flags &= AKOLHOOK_I_CLOSE;
    r->code = 0;
    r->fields = 0;
    r->pos = 0;
    r->remaining = 0;
    r->retry_after_len = 0;
}

/* The final head is complete: RFC 9112 section 6.3 in its order. */
static void akolhook_i_response_head_end(akolhook_response *r) {
    const int has_length = (r->flags & AKOLHOOK_I_SAW_LENGTH) != 0;
    const int has_coding = (r->flags & AKOLHOOK_I_SAW_CODING) != 0;
    const int framed = has_length || has_coding;
    const int empty = r->is_head || r->code == 204 || r->code == 304 || (r->code == 205 && !framed);
    const int unchunked = has_coding && (!(r->flags & AKOLHOOK_I_CHUNKED) || r->version_minor == 0);
    const int bad = (r->flags & AKOLHOOK_I_BAD_FRAMING) || (has_length && has_coding) || unchunked;
    int persistent;

    if (bad && !empty) {
        akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, NULL);
        return;
    }

    if (r->flags & AKOLHOOK_I_BAD_RETRY) r->retry_after_len = 0;
    r->head_done = 1;

    /* a 204 that claims content is wrong: content may follow */
    persistent = r->version_minor != 0 || (r->flags & AKOLHOOK_I_KEEP_ALIVE) != 0;
    if (!framed && (!empty || r->code == 205)) persistent = 0;
    if (r->code == 204 && (has_coding || r->remaining)) persistent = 0;
    if (bad || (r->flags & AKOLHOOK_I_CLOSE)) persistent = 0;
    r->keep_alive = (uint8_t)persistent;

    r->done = empty || (has_length && r->remaining == 0);
    r->state = has_length ? AKOLHOOK_I_COUNTED : has_coding ? AKOLHOOK_I_CHUNK_FIRST : AKOLHOOK_I_UNTIL_CLOSE;
}

/* A chunk line is complete; the last one is followed by the trailer section. */
static void akolhook_i_response_chunk_end(akolhook_response *r) {
    r->state = r->remaining ? AKOLHOOK_I_CHUNK : AKOLHOOK_I_LINE;
    if (r->remaining) return;
    r->flags = AKOLHOOK_I_TRAILER;
    r->fields = 0;
}

static const char *akolhook_i_response_lines(akolhook_response *r, const char *p, const char *end) {
    const size_t room = AKOLHOOK_MAX_RESPONSE_HEAD - r->head_bytes;
    const char *from = p;

    if (room == 0) return akolhook_i_response_fail(r, AKOLHOOK_RESPONSE_HEAD_TOO_LARGE, p);
    if ((size_t)(end - p) > room) end = p + room;

    if (r->state <= AKOLHOOK_I_STATUS_LF)
        p = akolhook_i_response_status_line(r, p, end);
    else if (r->state <= AKOLHOOK_I_HEAD_LF)
        p = akolhook_i_response_fields(r, p, end);
    else
        p = akolhook_i_response_chunk_line(r, p, end);
    r->head_bytes += (uint32_t)(p - from);
    if (r->state != AKOLHOOK_I_HEAD_END && r->state != AKOLHOOK_I_CHUNK_END) return p;

    /* a head, a trailer section or a chunk line is complete */
    r->head_bytes = 0;
    if (r->state == AKOLHOOK_I_CHUNK_END)
        akolhook_i_response_chunk_end(r);
    else if (r->flags & AKOLHOOK_I_TRAILER)
        r->done = 1;
    else if (r->code < 200)
        akolhook_i_response_interim(r);
    else
        akolhook_i_response_head_end(r);
    return p;
}

static const char *akolhook_i_response_content(
        akolhook_response *r, const char *p, const char *end, akolhook_str *piece) {
    size_t n = (size_t)(end - p);

    /* the line end behind a chunk */
    if (r->state == AKOLHOOK_I_CHUNK_DATA_CR || r->state == AKOLHOOK_I_CHUNK_DATA_LF) {
        const int cr = r->state == AKOLHOOK_I_CHUNK_DATA_CR;
        if (*p != (cr ? '\r' : '\n')) return akolhook_i_response_fail(r, AKOLHOOK_BAD_RESPONSE, p);
        r->state = cr ? AKOLHOOK_I_CHUNK_DATA_LF : AKOLHOOK_I_CHUNK_FIRST;
        return p + 1;
    }

    if (r->state != AKOLHOOK_I_UNTIL_CLOSE) {
        if (n > r->remaining) n = (size_t)r->remaining;
        r->remaining -= n;
        if (r->remaining == 0 && r->state == AKOLHOOK_I_COUNTED) r->done = 1;
        if (r->remaining == 0 && r->state == AKOLHOOK_I_CHUNK) r->state = AKOLHOOK_I_CHUNK_DATA_CR;
    }
    *piece = akolhook_str_n(p, n);
    return p + n;
}

AKOLHOOK_API void akolhook_response_init(akolhook_response *r, int is_head) {
    memset(r, 0, sizeof *r);
    r->is_head = is_head != 0;
}

AKOLHOOK_API akolhook_status akolhook_response_feed(
        akolhook_response *r, const void *data, size_t len, size_t *used, akolhook_str *body) {
    const char *p = (const char *)data, *end = len ? p + len : p;
    akolhook_str piece = akolhook_str_n(NULL, 0);

    while (p != end && !r->done && !r->failed && piece.len == 0) {
        if (r->state < AKOLHOOK_I_COUNTED)
            p = akolhook_i_response_lines(r, p, end);
        else
            p = akolhook_i_response_content(r, p, end, &piece);
    }

    *used = len - (size_t)(end - p);
    if (body) *body = piece;
    return (akolhook_status)(0 - (int)r->failed);
}

AKOLHOOK_API akolhook_status akolhook_response_end(akolhook_response *r) {
    if (!r->failed && r->state == AKOLHOOK_I_UNTIL_CLOSE) r->done = 1;
    if (!r->failed && !r->done) akolhook_i_response_fail(r, AKOLHOOK_RESPONSE_CUT, NULL);
    return (akolhook_status)(0 - (int)r->failed);
}

/* A date of HTTP, as its text says it: the calendar is not checked. */
enum {
    AKOLHOOK_I_DAY,
    AKOLHOOK_I_MONTH,
    AKOLHOOK_I_YEAR,
    AKOLHOOK_I_HOUR,
    AKOLHOOK_I_MINUTE,
    AKOLHOOK_I_SECOND
};
typedef int akolhook_i_date[6];

static int64_t akolhook_i_date_day(const akolhook_i_date date) {
    return akolhook_i_days_from_date(date[AKOLHOOK_I_YEAR], date[AKOLHOOK_I_MONTH], date[AKOLHOOK_I_DAY]);
}

/* Since 1970. */
static int64_t akolhook_i_date_seconds(const akolhook_i_date date) {
    const int64_t minutes =
            (akolhook_i_date_day(date) * 24 + date[AKOLHOOK_I_HOUR]) * 60 + date[AKOLHOOK_I_MINUTE];
    return minutes * 60 + date[AKOLHOOK_I_SECOND];
}

/* A two-digit year is the latest that lies no more than 50 years ahead (RFC 9110 section 5.6.7). */
static void akolhook_i_date_century(akolhook_i_date date, int64_t now) {
    const int64_t minute = now / 60, hour = minute / 60;
    akolhook_i_date limit;

    akolhook_i_date_from_days(
            hour / 24, &limit[AKOLHOOK_I_YEAR], &limit[AKOLHOOK_I_MONTH], &limit[AKOLHOOK_I_DAY]);
    limit[AKOLHOOK_I_HOUR] = (int)(hour % 24);
    limit[AKOLHOOK_I_MINUTE] = (int)(minute % 60);
    limit[AKOLHOOK_I_SECOND] = (int)(now % 60);

    date[AKOLHOOK_I_YEAR] += limit[AKOLHOOK_I_YEAR] - limit[AKOLHOOK_I_YEAR] % 100 + 100;
    limit[AKOLHOOK_I_YEAR] += 50;
    while (akolhook_i_date_seconds(date) > akolhook_i_date_seconds(limit)) date[AKOLHOOK_I_YEAR] -= 100;
}

/* Reads by a form: d b y h i s are the digits of day, month's name, year, hour, minute and second, _ a
   blank or a digit of the day, anything else itself. 1 when it fits; a month that is none counts as 13. */
static int akolhook_i_date_match(akolhook_str s, const char *form, akolhook_i_date date) {
    static const char fields[] = "dbyhis", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t i;

    memset(date, 0, 6 * sizeof date[0]);
    if (s.len != strlen(form)) return 0;

    for (i = 0; i < s.len; i++) {
        const char *field = (const char *)memchr(fields, form[i] == '_' ? 'd' : form[i], sizeof fields - 1);
        if (!field) {
            if (s.ptr[i] != form[i]) return 0;
        } else if (*field == 'b') {
            int month = 0;
            while (month < 12 && memcmp(s.ptr + i, months + 3 * month, 3) != 0) month++;
            date[AKOLHOOK_I_MONTH] = month + 1;
            i += 2;
        } else if (form[i] != '_' || s.ptr[i] != ' ') {
            if (!akolhook_i_is_digit(s.ptr[i])) return 0;
            date[field - fields] = date[field - fields] * 10 + (s.ptr[i] - '0');
        }
    }
    return 1;
}

/* Whether there is such a day and time; 60 seconds only where leap seconds are. */
static int akolhook_i_date_is_valid(const akolhook_i_date date) {
    const int month = date[AKOLHOOK_I_MONTH], day = date[AKOLHOOK_I_DAY];
    const int hour = date[AKOLHOOK_I_HOUR], minute = date[AKOLHOOK_I_MINUTE];

    if (month > 12 || day < 1 || day > akolhook_i_days_in_month(date[AKOLHOOK_I_YEAR], month)) return 0;
    if (hour > 23 || minute > 59) return 0;
    return date[AKOLHOOK_I_SECOND] <= (hour == 23 && minute == 59 ? 60 : 59);
}

/* HTTP-date (RFC 9110 section 5.6.7) in its three forms; the day of the week must be the right one. */
static int akolhook_i_http_date(akolhook_str s, int64_t now, int64_t *seconds) {
    /* from the first day of 1970 on */
    static const char *const days[7] = {
            "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"};
    akolhook_i_date date;
    size_t name;
    int k;

    for (k = 0; k < 7 && (s.len < 3 || memcmp(s.ptr, days[k], 3) != 0); k++) {}
    if (k == 7) return 0;

    name = strlen(days[k]);
    if (s.len > name && memcmp(s.ptr, days[k], name) == 0) {
        if (!akolhook_i_date_match(akolhook_i_str_from(s, name), ", dd-bbb-yy hh:ii:ss GMT", date)) return 0;
        akolhook_i_date_century(date, now);
    } else {
        s = akolhook_i_str_from(s, 3);
        if (!akolhook_i_date_match(s, ", dd bbb yyyy hh:ii:ss GMT", date) &&
                !akolhook_i_date_match(s, " bbb _d hh:ii:ss yyyy", date))
            return 0;
    }

    if (!akolhook_i_date_is_valid(date)) return 0;
    *seconds = akolhook_i_date_seconds(date);
    return ((akolhook_i_date_day(date) - k) % 7 + 7) % 7 == 0;
}

AKOLHOOK_API akolhook_status akolhook_retry_after_parse(akolhook_str value, int64_t now, int32_t *seconds) {
    const int64_t last = AKOLHOOK_I_TIME_END / 1000 - 1;
    int64_t at = 0;
    size_t i;

    *seconds = 0;
    now = now < 0 ? 0 : now > last ? last : now;
    if (value.len == 0 || !value.ptr) return AKOLHOOK_BAD_RETRY_AFTER;

    for (i = 0; i < value.len && akolhook_i_is_digit(value.ptr[i]); i++)
        if (at <= INT32_MAX) at = at * 10 + (value.ptr[i] - '0');
    if (i < value.len) {
        if (!akolhook_i_http_date(value, now, &at)) return AKOLHOOK_BAD_RETRY_AFTER;
        at -= now;
    }
    *seconds = at < 0 ? 0 : at > INT32_MAX ? INT32_MAX : (int32_t)at;
    return AKOLHOOK_OK;
}

#endif /* AKOLHOOK_RECEIVER_ONLY */
/* ==== >>client ==== */

#ifndef AKOLHOOK_RECEIVER_ONLY

/* what a desc that leaves them 0 gets, and what it may ask for at most */
#define AKOLHOOK_I_DEADLINE_MS 30000u
#define AKOLHOOK_I_CONNECT_MS 3000u
#define AKOLHOOK_I_IDLE_MS 15000u
#if SIZE_MAX > 65535
#define AKOLHOOK_I_MOST_IN_FLIGHT 100000u
#define AKOLHOOK_I_MOST_HEAD 1048576u      /* bytes */
#define AKOLHOOK_I_MOST_RESPONSE 16777216u /* bytes; of a connection too */
#else                                      /* the largest object there has 32767 bytes */
#define AKOLHOOK_I_MOST_IN_FLIGHT 100u
#define AKOLHOOK_I_MOST_HEAD 16384u
#define AKOLHOOK_I_MOST_RESPONSE 16384u
#endif

#define AKOLHOOK_I_PAUSE_MS 10     /* between two questions to a hook that has no socket to wait on */
#define AKOLHOOK_I_LINGER_MS 1000  /* after a send that failed: for what the receiver said before it went */
#define AKOLHOOK_I_DRAIN 4096u     /* content read beyond response_cap so that the connection can be kept */
#define AKOLHOOK_I_STEPS 64u       /* of one delivery before others have their turn and the clock is read */
#define AKOLHOOK_I_LOOKUP_MS 60000 /* after which a lookup that has not ended counts as lost */
#define AKOLHOOK_I_LOOKUP_SHED 8u  /* idle connections that are closed for one lookup */
#define AKOLHOOK_I_BATCH 128u      /* slots that are told ready in one wait */
#define AKOLHOOK_I_READ 1u         /* bits of slot.want: each the WANT_ of its name, without the sign */
#define AKOLHOOK_I_WRITE 2u
#ifdef AKOLHOOK_SMALL
#define AKOLHOOK_I_KEPT 1    /* secrets and URLs that are remembered */
#define AKOLHOOK_I_RANDOM 32 /* bytes drawn at one time */
#else
#define AKOLHOOK_I_KEPT 4
#define AKOLHOOK_I_RANDOM 1024
#endif

/* codes that mean something to the connection */
enum { AKOLHOOK_I_HTTP_NOT_MODIFIED = 304, AKOLHOOK_I_HTTP_REQUEST_TIMEOUT = 408 };

/* Where a slot stands. Each state has one function; LOOKUP to RECEIVE run in this order, SEND may hand
   over early. A delivery over an idle connection begins with REUSE. */
enum {
    AKOLHOOK_I_SLOT_FREE,
    AKOLHOOK_I_SLOT_REUSE,
    AKOLHOOK_I_SLOT_LOOKUP,
    AKOLHOOK_I_SLOT_JUDGE,
    AKOLHOOK_I_SLOT_CONNECT,
    AKOLHOOK_I_SLOT_CONNECTING,
    AKOLHOOK_I_SLOT_OPEN,
    AKOLHOOK_I_SLOT_HANDSHAKE,
    AKOLHOOK_I_SLOT_SEND,
    AKOLHOOK_I_SLOT_RECEIVE,
    AKOLHOOK_I_SLOT_KEPT, /* ended; akolhook_deliver_request still reads the response */
    AKOLHOOK_I_SLOT_IDLE  /* no delivery, a connection that may serve the next */
};

/* What a state function asks for. After ENDED the slot may serve another request already: it is not
   touched again. */
typedef enum akolhook_i_next { AKOLHOOK_I_AGAIN, AKOLHOOK_I_WAIT, AKOLHOOK_I_ENDED } akolhook_i_next;

/* A place in a ring, which is a list that ends where it begins: at a link that belongs to no element. A link
   that stands in no ring points to itself. */
typedef struct akolhook_i_link {
    struct akolhook_i_link *next;
    struct akolhook_i_link *prev;
} akolhook_i_link;

/* What deliveries have in common that may share a connection. */
typedef struct akolhook_i_site {
    uint32_t hash; /* of all this and the host */
    uint16_t port;
    uint8_t https;
    uint8_t host_type; /* akolhook_host_type */
    uint8_t host_len;  /* characters */
} akolhook_i_site;

/* A socket that the set has. */
typedef struct akolhook_i_watched {
    intptr_t socket;
    uint32_t want;  /* AKOLHOOK_I_READ, AKOLHOOK_I_WRITE: what the set tells of it; 0: it has none */
    uint32_t token; /* what the set calls it: slots by their index, and lookups behind them */
} akolhook_i_watched;

/* A scheme, host and port that slots stand for. */
typedef struct akolhook_i_origin {
    akolhook_i_link link;           /* among those of its bucket, or among the free ones */
    akolhook_i_link idle;           /* ring of its idle connections, the one used last in front */
    akolhook_i_link asking;         /* ring of slots that wait for its addresses */
    akolhook_i_link line;           /* in client.line */
    struct akolhook_i_query *query; /* the lookup under way; NULL: none */
    akolhook_i_site site;
    uint32_t places; /* slots that stand for it, and its lookup */
    uint32_t open;   /* deliveries among them */
    char host[254];  /* lower case, NUL-terminated; names have 253 characters at most */
} akolhook_i_origin;

/* One lookup, which all deliveries to an origin share. When none is left that asks it goes on, for the next
   one to join, as long as nobody else needs its place. */
typedef struct akolhook_i_query {
    akolhook_lookup lookup;
    akolhook_i_origin *origin; /* NULL: it is free */
    akolhook_i_watched watched;
    int64_t ask_at;  /* monotonic ms: not before that again, where it has no socket */
    int64_t lost_at; /* monotonic ms: nobody joins it from then on */
    uint32_t shed;   /* idle connections that were closed for it */
} akolhook_i_query;

/* One slot of the client: an open delivery, or a connection that is kept for the next one to its origin. */
typedef struct akolhook_i_slot {
    /* the delivery; zeroed when the next one begins */
    akolhook_request request; /* slices of the caller's, alive until on_done */
    akolhook_done_fn on_done;
    void *user;                 /* of on_done */
    akolhook_response response; /* parser of the answer */
    akolhook_delivery delivery; /* the result so far */
    int64_t deadline;           /* monotonic ms, likewise below: of the whole exchange */
    int64_t phase_start;        /* of the phases up to SEND the one that began last */
    int64_t try_until;          /* then the next address is tried, or a last word no longer awaited */
    size_t sent;                /* bytes of head and body that are on their way */
    uint32_t head_len;          /* bytes of the request head in the area */
    uint16_t address;           /* addresses of the lookup that were tried; none over a kept connection */
    uint16_t drained;           /* bytes of content read beyond response_cap */
    uint16_t round;             /* of client.round when the delivery began */
    uint8_t want;               /* AKOLHOOK_I_READ, AKOLHOOK_I_WRITE: what the transport waits for */
    uint8_t keep;               /* the caller still reads the response: the slot stays when it has ended */
    uint8_t send_failed;        /* what the receiver said before that is still read */
    uint8_t head_seen;          /* the response head is complete */
    uint8_t answered;           /* the response is read as far as it is kept */
    uint8_t clean;              /* the response ended so that the connection may serve another */
    uint8_t heard;              /* the set told this socket since the delivery began */

    /* the connection and the slot's places in rings; they outlive the delivery */
    uint8_t state;         /* AKOLHOOK_I_SLOT_... */
    uint8_t ready;         /* stands among those that are driven in this round */
    uint8_t opened;        /* the transport's close_fn is owed */
    uint32_t timer_at;     /* place in client.timers plus 1; 0: none */
    akolhook_i_link turn;  /* in client.ready */
    akolhook_i_link place; /* in client.vacant, .under_way or .idle */
    akolhook_i_link mate;  /* in origin.idle or origin.asking */
    akolhook_i_origin *origin;
    uint64_t id;  /* of the delivery, for _cancel */
    int64_t wake; /* monotonic ms: when the clock gives it something to do; IDLE: since when it is */
    akolhook_i_watched watched;
    const akolhook_transport *transport;
    akolhook_conn conn; /* its peer is judged by the policy before connect and before each further use */
} akolhook_i_slot;

/* The prepared keys of a secret that was used lately. */
typedef struct akolhook_i_keys {
    akolhook_key key[2]; /* under Akol's scheme, under Standard's */
    uint8_t standard;    /* it has the second */
    uint8_t len;         /* of secret; 0: none is kept */
    char secret[70];
} akolhook_i_keys;

/* A URL that was taken apart lately. */
typedef struct akolhook_i_parsed {
    akolhook_i_site site;
    akolhook_addr addr; /* when the host is an address */
    uint8_t len;        /* of text; 0: none is kept */
    char text[160];
} akolhook_i_parsed;

/* When a slot is to be woken; the timers are a binary heap. */
typedef struct akolhook_i_timer {
    int64_t wake; /* monotonic ms */
    akolhook_i_slot *slot;
} akolhook_i_timer;

struct akolhook_client {
    akolhook_client_desc desc; /* with its defaults filled in */
    const akolhook_platform *platform;

    /* the memory of the caller's and what lies where in it */
    uint8_t *memory;
    size_t size;
    akolhook_i_timer *timers;
    akolhook_wait *waits; /* with a set the room for what it tells */
    akolhook_i_origin *origins;
    akolhook_i_link *buckets; /* rings of origins, by hash */
    akolhook_i_query *queries;
    uint8_t *slot_bytes; /* stride bytes each: slot, connection, area, response */
    size_t stride;       /* bytes */
    size_t conn_at;      /* from the beginning of a slot, likewise below */
    size_t area_at;
    size_t response_at;
    size_t area_size; /* bytes */

    /* rings */
    akolhook_i_link ready;     /* to be driven in this round */
    akolhook_i_link line;      /* origins that wait for a lookup to be free */
    akolhook_i_link vacant;    /* free slots */
    akolhook_i_link under_way; /* slots with a delivery that has not ended */
    akolhook_i_link idle;      /* slots with an idle connection, the one used last at the end */
    akolhook_i_link spare;     /* free origins */

    /* what is going on */
    int64_t now;            /* monotonic ms, read again every AKOLHOOK_I_STEPS steps */
    uint64_t sequence;      /* of the last delivery */
    size_t open;            /* deliveries */
    long native_error;      /* of the last hook that failed */
    intptr_t set;           /* the set of sockets that the system keeps */
    uint32_t busy;          /* calls of on_done that are on the stack */
    uint32_t ready_count;   /* slots that are to have a turn, in this round or the next */
    uint16_t steps;         /* since the clock was read */
    uint16_t round;         /* counts the waits that told all there was; wraps */
    uint32_t query_count;   /* lookups that there is room for */
    uint32_t query_running; /* lookups under way */
    uint32_t timer_count;
    uint32_t idle_count;
    uint8_t ended;   /* a delivery ended in this poll */
    uint8_t closing; /* _close runs */
    uint8_t has_set;
    uint8_t unseen; /* a kept connection was taken that the set was not asked about yet */

    /* what saves work */
    uint32_t random_left; /* bytes of random that were not given out */
    uint8_t random[AKOLHOOK_I_RANDOM];
    akolhook_i_keys keys[AKOLHOOK_I_KEPT];
    akolhook_i_parsed parsed[AKOLHOOK_I_KEPT];
};

/* The compiler refuses this when a bound of AKOLHOOK_CLIENT_SIZE is too small. The client and its five tables
   lose up to 15 bytes each by their alignment. */
typedef char akolhook_i_bounds_hold[sizeof(struct akolhook_client) + 6 * 15 <= AKOLHOOK_I_CLIENT_BYTES &&
                                                    AKOLHOOK_I_ALIGNED(sizeof(akolhook_i_slot)) +
                                                                    sizeof(akolhook_i_timer) +
                                                                    AKOLHOOK_I_WAIT_BYTES +
                                                                    sizeof(akolhook_i_origin) +
                                                                    sizeof(akolhook_i_link) <=
                                                            AKOLHOOK_I_SLOT_BYTES &&
                                                    sizeof(akolhook_i_query) <= AKOLHOOK_I_QUERY_BYTES
                                            ? 1
                                            : -1];

AKOLHOOK_API const char *akolhook_phase_name(akolhook_phase phase) {
    static const char names[][8] = {"none", "lookup", "connect", "tls", "send", "head", "body", "done"};
    return (unsigned)phase < sizeof names / sizeof names[0] ? names[(unsigned)phase] : "unknown";
}

/* ---- rings ---- */

static void akolhook_i_link_init(akolhook_i_link *link) { link->next = link->prev = link; }
static int akolhook_i_link_is_alone(const akolhook_i_link *link) { return link->next == link; }

static void akolhook_i_link_cut(akolhook_i_link *link) {
    link->prev->next = link->next;
    link->next->prev = link->prev;
}
AKOLHOOK_I_ONCE static void akolhook_i_link_leave(akolhook_i_link *link) {
    akolhook_i_link_cut(link);
    akolhook_i_link_init(link);
}

/* From wherever it stands to the place before another: before the beginning of a ring is its end. */
AKOLHOOK_I_ONCE static void akolhook_i_link_move(akolhook_i_link *link, akolhook_i_link *before) {
    akolhook_i_link_cut(link);
    link->next = before;
    link->prev = before->prev;
    link->prev->next = before->prev = link;
}

/* The slot or origin whose member stands in a ring. */
#define AKOLHOOK_I_HOLDER(link, type, member) ((type *)(void *)((uint8_t *)(link)-offsetof(type, member)))

/* ---- memory: [client][timers][waits][origins][buckets][queries][slot, connection, area, response].. ---- */

/* Puts the defaults in. */
static akolhook_status akolhook_i_desc_fill(const akolhook_client_desc *given, akolhook_client_desc *desc) {
    if (!given) return AKOLHOOK_INVALID_ARGUMENT;
    *desc = *given;

#ifndef AKOLHOOK_NO_POSIX
    if (!desc->platform) desc->platform = akolhook_posix_platform();
#endif
    if (!desc->deadline_ms) desc->deadline_ms = AKOLHOOK_I_DEADLINE_MS;
    if (!desc->connect_ms) desc->connect_ms = AKOLHOOK_I_CONNECT_MS;
    if (!desc->idle_ms) desc->idle_ms = AKOLHOOK_I_IDLE_MS;
    if (!desc->max_in_flight) desc->max_in_flight = 1;
    if (!desc->max_per_origin) desc->max_per_origin = desc->max_in_flight / 2 + desc->max_in_flight % 2;
    if (!desc->response_cap) desc->response_cap = AKOLHOOK_I_RESPONSE_CAP;
    if (!desc->head_cap) desc->head_cap = AKOLHOOK_I_HEAD_CAP;

    if (!desc->platform || (desc->policy.allow_count && !desc->policy.allow))
        return AKOLHOOK_INVALID_ARGUMENT;
    return desc->max_in_flight > AKOLHOOK_I_MOST_IN_FLIGHT || desc->head_cap > AKOLHOOK_I_MOST_HEAD ||
                           desc->response_cap > AKOLHOOK_I_MOST_RESPONSE
                   ? AKOLHOOK_INVALID_ARGUMENT
                   : AKOLHOOK_OK;
}

/* The larger of both transports' connections. */
AKOLHOOK_I_ONCE static size_t akolhook_i_conn_size(const akolhook_client_desc *desc) {
    size_t tls = desc->tls ? desc->tls->conn_size : 0;
    size_t plain = desc->platform->plain ? desc->platform->plain->conn_size : 0;
    return tls > plain ? tls : plain;
}

/* Bytes of one slot with its connection, area and response. */
AKOLHOOK_I_ONCE static AKOLHOOK_I_WIDE akolhook_i_stride(const akolhook_client_desc *desc, size_t conn_size) {
    return AKOLHOOK_I_ALIGNED(sizeof(akolhook_i_slot)) + AKOLHOOK_I_ALIGNED(conn_size) +
           AKOLHOOK_I_ROOM(desc->response_cap, desc->head_cap);
}

/* Bytes of the table of what is waited for, or where there is a set of what one wait tells. */
static AKOLHOOK_I_WIDE akolhook_i_waits_size(const akolhook_client_desc *desc) {
    const uint32_t count = desc->max_in_flight;

    if (!desc->platform->set_open_fn) return AKOLHOOK_I_ALIGNED(count * sizeof(akolhook_wait));
    return AKOLHOOK_I_ALIGNED(AKOLHOOK_I_LESS(count, AKOLHOOK_I_BATCH) * sizeof(akolhook_ready));
}

/* Bytes of the four other tables. */
static AKOLHOOK_I_WIDE akolhook_i_tables(uint32_t count) {
    return AKOLHOOK_I_ALIGNED(count * sizeof(akolhook_i_timer)) +
           AKOLHOOK_I_ALIGNED(count * sizeof(akolhook_i_origin)) +
           AKOLHOOK_I_ALIGNED(count * sizeof(akolhook_i_link)) +
           AKOLHOOK_I_ALIGNED(AKOLHOOK_I_QUERIES(count) * sizeof(akolhook_i_query));
}

/* What AKOLHOOK_CLIENT_SIZE is a bound of; 0 when it is out of range. */
static size_t akolhook_i_desc_size(const akolhook_client_desc *desc) {
    const uint32_t count = desc->max_in_flight;
    const size_t conn_size = akolhook_i_conn_size(desc);
    AKOLHOOK_I_WIDE stride;

    if (conn_size > AKOLHOOK_I_MOST_RESPONSE) return 0;
    stride = akolhook_i_stride(desc, conn_size);
#if SIZE_MAX <= UINT32_MAX /* what is within its ranges may be more than there is */
    if (count > (size_t)-1 / 2 / (stride + akolhook_i_tables(1) + AKOLHOOK_I_WAIT_BYTES)) return 0;
#endif
    return (size_t)(15u + AKOLHOOK_I_ALIGNED(sizeof(struct akolhook_client)) + count * stride +
                    akolhook_i_waits_size(desc) + akolhook_i_tables(count));
}

AKOLHOOK_API size_t akolhook_client_size(const akolhook_client_desc *desc) {
    akolhook_client_desc filled;
    return akolhook_i_desc_fill(desc, &filled) == AKOLHOOK_OK ? akolhook_i_desc_size(&filled) : 0;
}

static akolhook_status akolhook_i_transport_check(
        const akolhook_client_desc *desc, const akolhook_transport *t) {
    const akolhook_platform *p = desc->platform;

    if (!t) return AKOLHOOK_OK;
    if (!t->open_fn || !t->send_fn || !t->recv_fn || !t->close_fn) return AKOLHOOK_BROKEN_HOOK;

    if (t->flags & AKOLHOOK_TRANSPORT_OWNS_CONNECT) {
        int trusted = desc->trust_transport_addresses || (t->flags & AKOLHOOK_TRANSPORT_JUDGES);
        return trusted ? AKOLHOOK_OK : AKOLHOOK_UNTRUSTED_CONNECT;
    }

    if (!p->lookup_fn || !p->lookup_cancel_fn || !p->connect_fn || !p->connected_fn || !p->close_fn)
        return AKOLHOOK_BROKEN_HOOK;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_i_desc_check(const akolhook_client_desc *desc) {
    const akolhook_platform *p = desc->platform;
    int http = (desc->policy.flags & AKOLHOOK_ALLOW_HTTP) != 0;
    int set_hooks = !!p->set_open_fn + !!p->set_close_fn + !!p->set_watch_fn + !!p->set_wait_fn;
    static const akolhook_addr none = AKOLHOOK_INIT; /* a bad allow-list is told whatever is asked */
    akolhook_status status;

    if (!p->monotonic_ms_fn || !p->unix_ms_fn || !p->random_fn || !p->wait_fn || (http && !p->plain))
        return AKOLHOOK_BROKEN_HOOK;
    if (set_hooks != 0 && set_hooks != 4) return AKOLHOOK_BROKEN_HOOK; /* all of them or none */

    status = akolhook_i_transport_check(desc, desc->tls);
    if (status == AKOLHOOK_OK && http) status = akolhook_i_transport_check(desc, p->plain);
    if (status != AKOLHOOK_OK) return status;

    return akolhook_policy_addr(&desc->policy, &none) == AKOLHOOK_BAD_CIDR ? AKOLHOOK_BAD_CIDR : AKOLHOOK_OK;
}

static akolhook_i_slot *akolhook_i_slot_at(akolhook_client *c, size_t index) {
    return (akolhook_i_slot *)(void *)(c->slot_bytes + index * c->stride);
}
static uint8_t *akolhook_i_slot_area(akolhook_client *c, akolhook_i_slot *s) {
    return (uint8_t *)s + c->area_at;
}
static akolhook_lookup *akolhook_i_slot_lookup(akolhook_client *c, akolhook_i_slot *s) {
    return (akolhook_lookup *)(void *)akolhook_i_slot_area(c, s); /* over before the head is written there */
}
static char *akolhook_i_slot_response(akolhook_client *c, akolhook_i_slot *s) {
    return (char *)s + c->response_at;
}

/* Bytes of head and body. */
static size_t akolhook_i_slot_total(const akolhook_i_slot *s) {
    const akolhook_str *body = s->request.body;
    return s->head_len + body[0].len + body[1].len + body[2].len;
}

static uint32_t akolhook_i_slot_deadline_ms(const akolhook_client *c, const akolhook_i_slot *s) {
    return s->request.deadline_ms ? s->request.deadline_ms : c->desc.deadline_ms;
}
static int akolhook_i_slot_is_open(const akolhook_i_slot *s) {
    return s->state >= AKOLHOOK_I_SLOT_REUSE && s->state <= AKOLHOOK_I_SLOT_RECEIVE;
}
static int akolhook_i_slot_owns(const akolhook_i_slot *s) {
    return (s->transport->flags & AKOLHOOK_TRANSPORT_OWNS_CONNECT) != 0;
}

/* Lays the tables out behind the client; what they hold is zeroed already. */
static void akolhook_i_client_lay(akolhook_client *c, size_t conn_size) {
    uint8_t *at = (uint8_t *)c + AKOLHOOK_I_ALIGNED(sizeof *c);
    const size_t count = (size_t)c->desc.max_in_flight;

    c->timers = (akolhook_i_timer *)(void *)at;
    at += AKOLHOOK_I_ALIGNED(count * sizeof *c->timers);
    c->waits = (akolhook_wait *)(void *)at;
    at += akolhook_i_waits_size(&c->desc);
    c->origins = (akolhook_i_origin *)(void *)at;
    at += AKOLHOOK_I_ALIGNED(count * sizeof *c->origins);
    c->buckets = (akolhook_i_link *)(void *)at;
    at += AKOLHOOK_I_ALIGNED(count * sizeof *c->buckets);
    c->queries = (akolhook_i_query *)(void *)at;
    c->query_count = (uint32_t)AKOLHOOK_I_QUERIES(count);
    c->slot_bytes = at + AKOLHOOK_I_ALIGNED(c->query_count * sizeof *c->queries);

    c->stride = (size_t)akolhook_i_stride(&c->desc, conn_size);
    c->conn_at = AKOLHOOK_I_ALIGNED(sizeof(akolhook_i_slot));
    c->area_at = c->conn_at + AKOLHOOK_I_ALIGNED(conn_size);
    c->response_at = c->stride - AKOLHOOK_I_ALIGNED(c->desc.response_cap);
    c->area_size = c->response_at - c->area_at;
}

/* All slots and origins are free. */
static void akolhook_i_client_link(akolhook_client *c) {
    uint32_t i;

    akolhook_i_link_init(&c->ready);
    akolhook_i_link_init(&c->line);
    akolhook_i_link_init(&c->vacant);
    akolhook_i_link_init(&c->under_way);
    akolhook_i_link_init(&c->idle);
    akolhook_i_link_init(&c->spare);

    for (i = 0; i < c->desc.max_in_flight; i++) {
        akolhook_i_slot *s = akolhook_i_slot_at(c, i);
        akolhook_i_origin *o = &c->origins[i];

        s->watched.token = i;
        akolhook_i_link_init(&c->buckets[i]);
        akolhook_i_link_init(&s->turn);
        akolhook_i_link_init(&s->mate);
        akolhook_i_link_init(&s->place);
        akolhook_i_link_move(&s->place, &c->vacant);
        akolhook_i_link_init(&o->idle);
        akolhook_i_link_init(&o->asking);
        akolhook_i_link_init(&o->line);
        akolhook_i_link_init(&o->link);
        akolhook_i_link_move(&o->link, &c->spare);
    }
    for (i = 0; i < c->query_count; i++) c->queries[i].watched.token = c->desc.max_in_flight + i;
}

AKOLHOOK_API akolhook_status akolhook_client_init(
        akolhook_client **client, void *memory, size_t size, const akolhook_client_desc *desc) {
    akolhook_client_desc filled;
    akolhook_client *c;
    akolhook_status status;
    size_t need;
    int result;

    if (!client) return AKOLHOOK_INVALID_ARGUMENT;
    *client = NULL;

    /* the desc and the memory are judged before anything is written */
    status = akolhook_i_desc_fill(desc, &filled);
    if (status != AKOLHOOK_OK) return status;
    need = akolhook_i_desc_size(&filled);
    if (!memory || !need) return AKOLHOOK_INVALID_ARGUMENT;
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;
    status = akolhook_i_desc_check(&filled);
    if (status != AKOLHOOK_OK) return status;

    memset(memory, 0, need);
    c = (akolhook_client *)(void *)((uint8_t *)memory + ((16u - (unsigned)((uintptr_t)memory & 15u)) & 15u));
    c->desc = filled;
    c->platform = filled.platform;
    c->memory = (uint8_t *)memory;
    c->size = need;
    akolhook_i_client_lay(c, akolhook_i_conn_size(&filled));
    akolhook_i_client_link(c);

    if (c->platform->set_open_fn) {
        result = c->platform->set_open_fn(c->platform->user, &c->set, &c->native_error);
        if (result != 0) {
            memset(memory, 0, need);
            return result == AKOLHOOK_IO_FAIL ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_BROKEN_HOOK;
        }
        c->has_set = 1;
    }

    *client = c;
    return AKOLHOOK_OK;
}

/* ---- what is to be done: now, and by the clock ---- */

/* What a slot finds there when its turn comes may be another delivery, or none. */
AKOLHOOK_I_ONCE static void akolhook_i_make_ready(akolhook_client *c, akolhook_i_slot *s) {
    if (s->ready) return;
    s->ready = 1;
    c->ready_count++;
    akolhook_i_link_move(&s->turn, &c->ready);
}

static void akolhook_i_timer_put(akolhook_client *c, uint32_t at, akolhook_i_timer timer) {
    c->timers[at] = timer;
    timer.slot->timer_at = at + 1;
}

/* Wakes the slot at that time. Its entry in the heap may be earlier: a delivery that ends in time leaves
   it to the next one, so that the usual delivery moves nothing. */
static void akolhook_i_timer_set(akolhook_client *c, akolhook_i_slot *s, int64_t wake) {
    akolhook_i_timer timer;
    uint32_t at;

    s->wake = wake;
    if (s->timer_at && c->timers[s->timer_at - 1].wake <= wake) return;

    timer.wake = wake;
    timer.slot = s;
    at = s->timer_at ? s->timer_at - 1 : c->timer_count++;
    for (; at && c->timers[(at - 1) / 2].wake > wake; at = (at - 1) / 2)
        akolhook_i_timer_put(c, at, c->timers[(at - 1) / 2]);
    akolhook_i_timer_put(c, at, timer);
}

/* Puts the first one, which was changed, where it belongs. */
static void akolhook_i_timer_sink(akolhook_client *c, akolhook_i_timer timer) {
    uint32_t at = 0, child;

    while ((child = 2 * at + 1) < c->timer_count) {
        if (child + 1 < c->timer_count && c->timers[child + 1].wake < c->timers[child].wake) child++;
        if (c->timers[child].wake >= timer.wake) break;
        akolhook_i_timer_put(c, at, c->timers[child]);
        at = child;
    }
    akolhook_i_timer_put(c, at, timer);
}

/* What is due becomes ready; entries that are early are put right. */
static void akolhook_i_timers_run(akolhook_client *c) {
    while (c->timer_count && c->timers[0].wake <= c->now) {
        akolhook_i_timer timer = c->timers[0];
        akolhook_i_slot *s = timer.slot;
        int is_open = akolhook_i_slot_is_open(s);

        if (is_open && s->wake > c->now)
            timer.wake = s->wake;
        else {
            s->timer_at = 0;
            timer = c->timers[--c->timer_count];
            if (is_open) akolhook_i_make_ready(c, s);
        }
        if (c->timer_count) akolhook_i_timer_sink(c, timer);
    }
}

/* ---- origins: scheme, host and port; a hash of those that slots have ---- */

static void akolhook_i_site_of(const akolhook_url *url, akolhook_i_site *site) {
    const uint32_t basis = 2166136261u, prime = 16777619u; /* FNV-1a */
    uint32_t hash = basis ^ ((uint32_t)url->port * 2u + url->https);
    size_t i;

    for (i = 0; i < url->host.len; i++) hash = (hash ^ (uint8_t)akolhook_i_lower(url->host.ptr[i])) * prime;
    site->hash = hash ^ hash >> 15;
    site->port = url->port;
    site->https = url->https;
    site->host_type = (uint8_t)url->host_type;
    site->host_len = (uint8_t)url->host.len;
}

/* Takes a URL of this site apart again, which was judged before: what a head is written of. */
static void akolhook_i_site_url(const akolhook_i_site *site, akolhook_str text, akolhook_url *url) {
    size_t bracket = site->host_type == AKOLHOOK_HOST_IPV6;
    size_t at = (site->https ? sizeof "https://" : sizeof "http://") - 1 + bracket;

    memset(url, 0, sizeof *url);
    url->host = akolhook_str_n(text.ptr + at, site->host_len);

    at += site->host_len + bracket;
    if (at < text.len && text.ptr[at] == ':')
        for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';) at++;
    url->target = akolhook_i_str_from(text, at);

    url->port = site->port;
    url->https = site->https;
    url->host_type = (akolhook_host_type)site->host_type;
}

static akolhook_i_link *akolhook_i_origin_bucket(akolhook_client *c, uint32_t hash) {
    return &c->buckets[((uint64_t)hash * c->desc.max_in_flight) >> 32];
}

/* NULL when no slot has it. */
static akolhook_i_origin *akolhook_i_origin_find(
        akolhook_client *c, akolhook_str host, const akolhook_i_site *site) {
    akolhook_i_link *bucket = akolhook_i_origin_bucket(c, site->hash), *at;

    for (at = bucket->next; at != bucket; at = at->next) {
        akolhook_i_origin *o = AKOLHOOK_I_HOLDER(at, akolhook_i_origin, link);
        if (o->site.hash != site->hash || o->site.port != site->port || o->site.https != site->https)
            continue;
        if (o->site.host_len == host.len && memcmp(o->host, host.ptr, host.len) == 0) return o;
        if (akolhook_i_str_is_nocase(host, o->host)) return o;
    }
    return NULL;
}

/* The last one that gives it up frees it. */
AKOLHOOK_I_ONCE static void akolhook_i_origin_leave(akolhook_client *c, akolhook_i_origin *o) {
    if (--o->places == 0) akolhook_i_link_move(&o->link, c->spare.next);
}

/* ---- sockets: watched in the set, or listed for each wait ---- */

/* To be called before anything may close the socket: a process that was forked meanwhile may hold it too,
   and the set would tell of it for ever. */
static void akolhook_i_unwatch(akolhook_client *c, akolhook_i_watched *watched) {
    const akolhook_platform *p = c->platform;
    long ignored = 0;

    if (watched->want)
        (void)p->set_watch_fn(p->user, c->set, watched->socket, watched->token, 0, 0, 1, &ignored);
    watched->want = 0;
}

/* Sees to it that the set tells what is wanted. OK, or why it cannot. */
static akolhook_status akolhook_i_watch(
        akolhook_client *c, akolhook_i_watched *watched, intptr_t socket, uint32_t want) {
    const akolhook_platform *p = c->platform;
    int read = (want & AKOLHOOK_I_READ) != 0, write = (want & AKOLHOOK_I_WRITE) != 0, result;

    if (watched->want && watched->socket != socket) akolhook_i_unwatch(c, watched);
    if (!c->has_set || socket < 0 || watched->want == want) return AKOLHOOK_OK;

    c->native_error = 0;
    result = p->set_watch_fn(
            p->user, c->set, socket, watched->token, read, write, watched->want != 0, &c->native_error);
    if (result == AKOLHOOK_IO_LIMIT) return AKOLHOOK_SYSTEM_LIMIT;
    if (result != 0) return result == AKOLHOOK_IO_FAIL ? AKOLHOOK_WAIT_FAILED : AKOLHOOK_BROKEN_HOOK;

    watched->socket = socket;
    watched->want = want;
    return AKOLHOOK_OK;
}

/* ---- connections: closed, kept, used again ---- */

/* Gives back what the slot holds of the system: connection and socket. */
static void akolhook_i_slot_release(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_unwatch(c, &s->watched);
    if (s->opened) s->transport->close_fn(&s->conn);
    if (!akolhook_i_slot_owns(s) && s->conn.socket >= 0)
        c->platform->close_fn(c->platform->user, s->conn.socket);
    s->opened = 0;
    s->conn.socket = -1;
}

static void akolhook_i_slot_free(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_origin_leave(c, s->origin);
    s->state = AKOLHOOK_I_SLOT_FREE;
    akolhook_i_link_move(&s->place, c->vacant.next);
}

static void akolhook_i_idle_enter(akolhook_client *c, akolhook_i_slot *s) {
    s->state = AKOLHOOK_I_SLOT_IDLE;
    s->wake = c->now;
    akolhook_i_link_move(&s->place, &c->idle);
    akolhook_i_link_move(&s->mate, s->origin->idle.next);
    c->idle_count++;
}
/* It goes to another ring next. */
AKOLHOOK_I_ONCE static void akolhook_i_idle_leave(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_link_leave(&s->mate);
    c->idle_count--;
}
static void akolhook_i_idle_close(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_idle_leave(c, s);
    akolhook_i_slot_release(c, s);
    akolhook_i_slot_free(c, s);
}
static akolhook_i_slot *akolhook_i_idle_oldest(akolhook_client *c) {
    return AKOLHOOK_I_HOLDER(c->idle.next, akolhook_i_slot, place);
}

/* The slot is done with its delivery: its connection stays when it may. */
static void akolhook_i_slot_rest(akolhook_client *c, akolhook_i_slot *s) {
    if (s->clean && !c->closing &&
            akolhook_i_watch(c, &s->watched, s->conn.socket, AKOLHOOK_I_READ) == AKOLHOOK_OK) {
        akolhook_i_idle_enter(c, s);
        return;
    }
    akolhook_i_slot_release(c, s);
    akolhook_i_slot_free(c, s);
}

/* To be called before each transport hook, so that what it leaves there is its own. */
static akolhook_conn *akolhook_i_conn_fresh(akolhook_i_slot *s) {
    s->conn.native_error = 0;
    s->conn.status = AKOLHOOK_OK;
    return &s->conn;
}

/* 1 when all that may still be read makes the socket readable. */
static int akolhook_i_is_unbuffered(const akolhook_i_slot *s) {
    return (s->transport->flags & AKOLHOOK_TRANSPORT_UNBUFFERED) && !s->conn.held;
}

/* 1 when the set tells of all that comes over this connection. */
static int akolhook_i_is_told(const akolhook_i_slot *s) {
    return s->watched.want && akolhook_i_is_unbuffered(s);
}

/* 1 when nothing has come: neither bytes nor an end. What TLS reads for itself is no harm. */
static int akolhook_i_conn_is_quiet(akolhook_client *c, akolhook_i_slot *s) {
    return s->transport->recv_fn(akolhook_i_conn_fresh(s), akolhook_i_slot_area(c, s), c->area_size) ==
           AKOLHOOK_IO_WANT_READ;
}

/* ---- lookups: one for each origin, which those that ask for it share ---- */

static akolhook_i_slot *akolhook_i_query_first(const akolhook_i_query *q) {
    return AKOLHOOK_I_HOLDER(q->origin->asking.next, akolhook_i_slot, mate);
}

AKOLHOOK_I_ONCE static void akolhook_i_query_reset(akolhook_client *c, akolhook_i_query *q) {
    memset(&q->lookup, 0, sizeof q->lookup);
    q->lookup.host = q->origin->host;
    q->lookup.socket = -1;
    q->lost_at = c->now + AKOLHOOK_I_LOOKUP_MS;
}

AKOLHOOK_I_ONCE static void akolhook_i_query_begin(
        akolhook_client *c, akolhook_i_query *q, akolhook_i_origin *o) {
    q->origin = o;
    q->shed = 0;
    akolhook_i_query_reset(c, q);
    o->query = q;
    o->places++;
    c->query_running++;
}

/* It is over; the first origin in the line has its turn. */
static void akolhook_i_query_end(akolhook_client *c, akolhook_i_query *q) {
    akolhook_i_origin *o = q->origin;

    o->query = NULL;
    q->origin = NULL;
    c->query_running--;
    akolhook_i_origin_leave(c, o);
    if (akolhook_i_link_is_alone(&c->line)) return;

    o = AKOLHOOK_I_HOLDER(c->line.next, akolhook_i_origin, line);
    akolhook_i_link_leave(&o->line);
    akolhook_i_query_begin(c, q, o);
    akolhook_i_make_ready(c, akolhook_i_query_first(q));
}

/* Gives it up: for another one, or for good. */
static void akolhook_i_query_cancel(akolhook_client *c, akolhook_i_query *q) {
    akolhook_i_unwatch(c, &q->watched);
    if (q->lookup.started) c->platform->lookup_cancel_fn(c->platform->user, &q->lookup);
    akolhook_i_query_reset(c, q);
}
static void akolhook_i_query_drop(akolhook_client *c, akolhook_i_query *q) {
    akolhook_i_query_cancel(c, q);
    akolhook_i_query_end(c, q);
}

/* A lookup that nobody waits for any more; NULL: there is none. */
AKOLHOOK_I_ONCE static akolhook_i_query *akolhook_i_query_forgotten(akolhook_client *c) {
    uint32_t i;

    for (i = 0; i < c->query_count; i++) {
        akolhook_i_query *q = &c->queries[i];
        if (q->origin && akolhook_i_link_is_alone(&q->origin->asking)) return q;
    }
    return NULL;
}

/* Where the system has nothing left for a delivery: closes the connection that is idle for longest, or gives
   up a lookup that nobody waits for. 0: there is none. */
static int akolhook_i_shed(akolhook_client *c) {
    akolhook_i_query *q;

    if (c->idle_count) {
        akolhook_i_idle_close(c, akolhook_i_idle_oldest(c));
        return 1;
    }
    q = akolhook_i_query_forgotten(c);
    if (q) akolhook_i_query_drop(c, q);
    return q != NULL;
}

/* Begins the lookup of an origin, in the place of one that nobody waits for if there must be; else the origin
   stands in line. */
static void akolhook_i_query_take(akolhook_client *c, akolhook_i_origin *o) {
    akolhook_i_query *q = NULL;
    uint32_t i;

    for (i = 0; i < c->query_count && !q; i++)
        if (!c->queries[i].origin) q = &c->queries[i];
    if (!q) {
        q = akolhook_i_query_forgotten(c);
        if (q) akolhook_i_query_drop(c, q);
    }

    if (q)
        akolhook_i_query_begin(c, q, o);
    else
        akolhook_i_link_move(&o->line, &c->line);
}

/* Calls the hook. OK while it waits, for a socket or the clock, or with *over set when it has an answer. */
static akolhook_status akolhook_i_query_call(akolhook_client *c, akolhook_i_query *q, int *over) {
    akolhook_lookup *lookup = &q->lookup;
    akolhook_status status = AKOLHOOK_OK;
    int result;

    akolhook_i_unwatch(c, &q->watched);
    lookup->status = AKOLHOOK_OK;
    result = c->platform->lookup_fn(c->platform->user, lookup);
    lookup->started = 1;

    *over = result == 0 || result == AKOLHOOK_IO_FAIL;
    if (result == 0) return AKOLHOOK_OK;
    if (result == AKOLHOOK_IO_FAIL) {
        status = lookup->status;
        if (status != AKOLHOOK_TOO_MANY_ADDRESSES && status != AKOLHOOK_SYSTEM_LIMIT)
            status = AKOLHOOK_LOOKUP_FAILED;
        return status;
    }
    if (result != AKOLHOOK_IO_WANT_READ) return AKOLHOOK_BROKEN_HOOK;

    q->ask_at = c->now + AKOLHOOK_I_PAUSE_MS;
    status = akolhook_i_watch(c, &q->watched, lookup->socket, AKOLHOOK_I_READ);
    if (status != AKOLHOOK_OK) lookup->native_error = c->native_error;
    return status;
}

/* Asks the hook for news; what there is goes to all who wait. asker: the one whose turn it is, or NULL. */
static void akolhook_i_query_ask(akolhook_client *c, akolhook_i_query *q, const akolhook_i_slot *asker) {
    akolhook_i_link *asking = &q->origin->asking;
    akolhook_status status;
    int over;

    if (q->lookup.started && q->lookup.socket < 0 && c->now < q->ask_at) return;
    status = akolhook_i_query_call(c, q, &over);
    while (status == AKOLHOOK_SYSTEM_LIMIT && q->shed < AKOLHOOK_I_LOOKUP_SHED &&
            !akolhook_i_link_is_alone(asking) && akolhook_i_shed(c)) {
        if (over) q->lookup.started = 0;
        akolhook_i_query_cancel(c, q);
        q->shed++;
        status = akolhook_i_query_call(c, q, &over);
    }
    if (status == AKOLHOOK_OK && !over) {
        /* without a socket it is asked by the clock, and the first of those who wait sees to that */
        if (q->lookup.socket < 0 && !akolhook_i_link_is_alone(asking) && akolhook_i_query_first(q) != asker)
            akolhook_i_make_ready(c, akolhook_i_query_first(q));
        return;
    }

    q->lookup.status = status;
    while (!akolhook_i_link_is_alone(asking)) {
        akolhook_i_slot *s = akolhook_i_query_first(q);
        akolhook_i_link_leave(&s->mate);
        *akolhook_i_slot_lookup(c, s) = q->lookup;
        s->state = AKOLHOOK_I_SLOT_JUDGE;
        if (s != asker) akolhook_i_make_ready(c, s);
    }

    if (over)
        akolhook_i_query_end(c, q);
    else
        akolhook_i_query_drop(c, q);
}

/* Lookups that nobody waits for are asked too, so that what is over holds no socket; where the set is asked
   it tells of them. */
static void akolhook_i_queries_settle(akolhook_client *c) {
    uint32_t i;

    if (c->has_set && (c->open || c->idle_count)) return;
    for (i = 0; i < c->query_count && c->query_running; i++) {
        akolhook_i_query *q = &c->queries[i];
        if (q->origin && akolhook_i_link_is_alone(&q->origin->asking)) akolhook_i_query_ask(c, q, NULL);
    }
}

/* The slot waits for it no more. Where others stand in line one that nobody waits for is given up. */
static void akolhook_i_query_leave(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_origin *o = s->origin;

    akolhook_i_link_leave(&s->mate);
    if (!akolhook_i_link_is_alone(&o->asking)) {
        if (o->query) akolhook_i_make_ready(c, akolhook_i_query_first(o->query)); /* it may ask from now on */
        return;
    }
    akolhook_i_link_leave(&o->line);
    if (o->query && !akolhook_i_link_is_alone(&c->line)) akolhook_i_query_drop(c, o->query);
}

/* There is room: no slot has more than one, and lookups that nobody waits for give theirs up; of these some
   may share it with a connection, and leave none. */
static akolhook_i_origin *akolhook_i_origin_new(
        akolhook_client *c, akolhook_str host, const akolhook_i_site *site) {
    akolhook_i_origin *o;
    size_t i;

    while (akolhook_i_link_is_alone(&c->spare)) akolhook_i_query_drop(c, akolhook_i_query_forgotten(c));
    o = AKOLHOOK_I_HOLDER(c->spare.next, akolhook_i_origin, link);
    akolhook_i_link_move(&o->link, akolhook_i_origin_bucket(c, site->hash));
    o->site = *site;
    for (i = 0; i < host.len; i++) o->host[i] = akolhook_i_lower(host.ptr[i]);
    o->host[i] = 0;
    return o;
}

/* ---- the end of a delivery ---- */

AKOLHOOK_I_ONCE static int64_t akolhook_i_clock(akolhook_client *c) {
    c->steps = 0;
    c->now = c->platform->monotonic_ms_fn(c->platform->user);
    return c->now;
}

AKOLHOOK_I_ONCE static int32_t akolhook_i_span(int64_t from, int64_t to) {
    if (to <= from) return 0;
    return to - from > INT32_MAX ? INT32_MAX : (int32_t)(to - from);
}

/* Ends the running phase and begins the next; the same one again only notes its time. Where work is done
   before the connection stands the clock is read; from then on the time of the round is near enough. */
static void akolhook_i_slot_phase(akolhook_client *c, akolhook_i_slot *s, akolhook_phase phase) {
    akolhook_delivery *d = &s->delivery;

    if (d->phase != AKOLHOOK_PHASE_NONE && d->phase < AKOLHOOK_PHASE_SEND) {
        int32_t ms = akolhook_i_span(s->phase_start, akolhook_i_clock(c));
        if (d->phase == AKOLHOOK_PHASE_LOOKUP) d->lookup_ms = ms;
        if (d->phase == AKOLHOOK_PHASE_CONNECT) d->connect_ms = ms;
        if (d->phase == AKOLHOOK_PHASE_TLS) d->tls_ms = ms;
    }

    if (phase == d->phase) return;
    d->phase = phase;
    if (phase <= AKOLHOOK_PHASE_SEND) s->phase_start = c->now;
}

/* It is zeroed already. */
static void akolhook_i_delivery_begin(akolhook_delivery *d) {
    d->lookup_ms = d->connect_ms = d->tls_ms = d->first_byte_ms = d->retry_after_s = -1;
}

static void akolhook_i_delivery_status(akolhook_delivery *d, akolhook_status status) {
    d->status = status;
    d->cause = akolhook_status_text(status);
}

/* Where a text begins in another; its length when nowhere. */
static size_t akolhook_i_str_find_text(akolhook_str s, akolhook_str text) {
    size_t i;
    for (i = 0; i + text.len <= s.len; i++)
        if (memcmp(s.ptr + i, text.ptr, text.len) == 0) return i;
    return s.len;
}

/* What an answer that is no HTTP/1.1 looks like; NULL: like none of the usual ones. */
static const char *akolhook_i_answer_cause(akolhook_str answer, int https) {
    static const struct {
        const char *first;
        uint8_t from, len; /* where in the answer it stands, bytes */
        uint8_t plain;     /* over http alone */
        const char *cause;
    } known[] = {{"\x15\x03", 0, 2, 1, "the receiver speaks TLS on this port (an alert came): use https"},
            {"\x16\x03", 0, 2, 1, "the receiver speaks TLS on this port (a handshake came): use https"},
            {"\x04\0\0\0\0\0", 3, 6, 0, "the receiver speaks HTTP/2 alone: HTTP/1.1 is needed"},
            {"\x07\0\0\0\0\0", 3, 6, 0, "the receiver speaks HTTP/2 alone: HTTP/1.1 is needed"},
            {"HTTP/2", 0, 6, 0, "the receiver answers in HTTP/2: HTTP/1.1 is needed"},
            {"SSH-", 0, 4, 0, "an SSH server answers on this port"},
            {"220 ", 0, 4, 0, "a mail or FTP server answers on this port (220 is its greeting)"},
            {"220-", 0, 4, 0, "a mail or FTP server answers on this port (220 is its greeting)"},
            {"421 ", 0, 4, 0, "a mail or FTP server answers on this port, and refuses (421)"},
            {"554 ", 0, 4, 0, "a mail server answers on this port, and refuses (554)"},
            {"+OK", 0, 3, 0, "a mail server answers on this port (POP3)"},
            {"* OK", 0, 4, 0, "a mail server answers on this port (IMAP)"}};
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (answer.len >= (size_t)known[i].from + known[i].len && !(known[i].plain && https) &&
                memcmp(answer.ptr + known[i].from, known[i].first, known[i].len) == 0)
            return known[i].cause;

    i = akolhook_i_str_find_text(answer, akolhook_str_c("HTTP/1."));
    if (i > 0 && i < answer.len) return "text stands before the head of the response: see delivery.response";
    if (answer.len && (answer.ptr[0] == '<' || answer.ptr[0] == '{' || answer.ptr[0] == '['))
        return "text came instead of a head (a warning, a page, a body alone): see delivery.response";
    return NULL;
}

static int akolhook_i_is_success(const akolhook_i_slot *s) {
    return s->response.code >= 200 && s->response.code <= 299;
}

/* Reports the result. Once the head has come that is the result, and a fault behind it only cuts the
   logged response. The slot is free before the callback runs, so that it may submit the next request. */
static akolhook_i_next akolhook_i_slot_end(akolhook_client *c, akolhook_i_slot *s, akolhook_status status) {
    akolhook_delivery d;
    akolhook_done_fn on_done = s->on_done;
    void *user = s->user;
    uint64_t id = s->id;

    if (s->head_seen && status != AKOLHOOK_CANCELLED)
        status = akolhook_i_is_success(s) ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    if (s->head_seen && !s->answered) s->delivery.response_cut = 1;

    akolhook_i_slot_phase(c, s, s->delivery.phase);
    akolhook_i_delivery_status(&s->delivery, status);
    s->delivery.ms = akolhook_i_span(s->deadline - akolhook_i_slot_deadline_ms(c, s), c->now);
    s->delivery.response.ptr = akolhook_i_slot_response(c, s);
    if (status == AKOLHOOK_BAD_RESPONSE) {
        const char *cause = akolhook_i_answer_cause(s->delivery.response, s->origin->site.https);
        if (cause) s->delivery.cause = cause;
    }
    d = s->delivery;

    /* the slot is given back: to the idle ones, or wholly */
    s->origin->open--;
    c->open--;
    if (s->state == AKOLHOOK_I_SLOT_LOOKUP) akolhook_i_query_leave(c, s);
    if (s->keep) {
        s->state = AKOLHOOK_I_SLOT_KEPT;
        akolhook_i_link_leave(&s->place);
    } else
        akolhook_i_slot_rest(c, s);

    c->ended = 1;
    c->busy++;
    on_done(user, id, &d);
    c->busy--;
    return AKOLHOOK_I_ENDED;
}

/* What a transport hook that failed says, where it may say it; else the phase's own status. */
static akolhook_status akolhook_i_conn_status(const akolhook_i_slot *s, akolhook_status own) {
    akolhook_status said = s->conn.status;
    int of_tls = said <= AKOLHOOK_TLS_FAILED && said >= AKOLHOOK_TLS_EXPIRED; /* the block between them */
    int of_connect = said == AKOLHOOK_LOOKUP_FAILED || said == AKOLHOOK_BLOCKED_ADDRESS ||
                     said == AKOLHOOK_SYSTEM_LIMIT;

    return of_tls || (of_connect && akolhook_i_slot_owns(s)) ? said : own;
}

/* Notes a WANT_; 0 when it is none. */
static int akolhook_i_slot_wants(akolhook_i_slot *s, ptrdiff_t result) {
    if (result != AKOLHOOK_IO_WANT_READ && result != AKOLHOOK_IO_WANT_WRITE) return 0;
    s->want = (uint8_t)(s->want | (unsigned)-result);
    return 1;
}

/* Begins from nothing: lookup, connect for a literal address, open for a transport that connects by
   itself. */
static void akolhook_i_slot_fresh(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_lookup *lookup = akolhook_i_slot_lookup(c, s);
    const akolhook_i_origin *o = s->origin;
    int is_address = o->site.host_type != AKOLHOOK_HOST_NAME;

    /* the connection */
    memset(&s->conn, 0, sizeof s->conn);
    s->conn.memory = (uint8_t *)s + c->conn_at;
    s->conn.user = s->transport->user;
    s->conn.policy = &c->desc.policy;
    s->conn.host = o->host;
    s->conn.host_is_address = (uint8_t)is_address;
    s->conn.port = o->site.port;
    s->conn.socket = -1;
    if (s->transport->conn_size) memset(s->conn.memory, 0, s->transport->conn_size);
    s->opened = 0;

    /* what the delivery tells of it */
    s->delivery.peer = s->conn.peer;
    s->delivery.peer_port = 0;
    s->delivery.reused = 0;
    s->delivery.native_error = 0;
    s->delivery.response.len = 0;
    s->delivery.response_cut = 0;

    s->phase_start = c->now;
    s->delivery.phase = AKOLHOOK_PHASE_CONNECT;
    s->state = AKOLHOOK_I_SLOT_OPEN;
    if (akolhook_i_slot_owns(s)) return;

    memset(lookup, 0, sizeof *lookup);
    s->state = AKOLHOOK_I_SLOT_CONNECT;
    if (is_address)
        lookup->count = akolhook_addr_parse(akolhook_str_c(o->host), &lookup->addrs[0]) == AKOLHOOK_OK;
    else {
        s->delivery.phase = AKOLHOOK_PHASE_LOOKUP;
        s->state = AKOLHOOK_I_SLOT_LOOKUP;
    }
}

/* The idle connection was not good any more: once, a new one is made. */
static akolhook_i_next akolhook_i_slot_anew(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_slot_release(c, s);
    s->send_failed = 0;
    akolhook_i_slot_fresh(c, s);
    return AKOLHOOK_I_AGAIN;
}

/* open_fn or handshake_fn gave what is neither 0 nor WANT_. */
static akolhook_i_next akolhook_i_hook_failed(
        akolhook_client *c, akolhook_i_slot *s, int result, akolhook_status own) {
    akolhook_status status = akolhook_i_conn_status(s, own);

    if (result != AKOLHOOK_IO_FAIL) return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);
    if (status == AKOLHOOK_SYSTEM_LIMIT && akolhook_i_shed(c)) return akolhook_i_slot_anew(c, s);
    s->delivery.native_error = s->conn.native_error;
    return akolhook_i_slot_end(c, s, status);
}

/* ---- lookup and connect ---- */

/* What the lookup found. One refused address refuses the whole set. */
static akolhook_i_next akolhook_i_state_judge(akolhook_client *c, akolhook_i_slot *s) {
    const akolhook_lookup *lookup = akolhook_i_slot_lookup(c, s);
    size_t i;

    if (lookup->status != AKOLHOOK_OK) {
        s->delivery.native_error = lookup->native_error;
        return akolhook_i_slot_end(c, s, lookup->status);
    }
    if (lookup->count == 0) return akolhook_i_slot_end(c, s, AKOLHOOK_LOOKUP_FAILED);
    if (lookup->count > AKOLHOOK_MAX_ADDRESSES) return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);

    for (i = 0; i < lookup->count; i++) {
        const akolhook_addr *addr = &lookup->addrs[i];
        akolhook_status status = AKOLHOOK_BROKEN_HOOK;
        if (addr->family == 4 || addr->family == 6) status = akolhook_policy_addr(&c->desc.policy, addr);
        if (status == AKOLHOOK_OK) continue;
        if (status == AKOLHOOK_BLOCKED_ADDRESS) s->delivery.peer = *addr;
        return akolhook_i_slot_end(c, s, status);
    }

    akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_CONNECT);
    s->state = AKOLHOOK_I_SLOT_CONNECT;
    return AKOLHOOK_I_AGAIN;
}

/* Joins the lookup of its origin, or begins it. */
static akolhook_i_next akolhook_i_state_lookup(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_origin *o = s->origin;

    /* what nobody waited for is old if it is over; what takes too long may never be */
    if (o->query && c->now >= o->query->lost_at) akolhook_i_query_cancel(c, o->query);
    if (o->query && akolhook_i_link_is_alone(&o->asking)) akolhook_i_query_ask(c, o->query, NULL);
    if (akolhook_i_link_is_alone(&s->mate)) akolhook_i_link_move(&s->mate, &o->asking);

    if (!o->query && akolhook_i_link_is_alone(&o->line)) akolhook_i_query_take(c, o);
    if (o->query) akolhook_i_query_ask(c, o->query, s);
    if (s->state != AKOLHOOK_I_SLOT_LOOKUP) return AKOLHOOK_I_AGAIN;
    s->want = AKOLHOOK_I_READ;
    return AKOLHOOK_I_WAIT;
}

static akolhook_i_next akolhook_i_connected(akolhook_client *c, akolhook_i_slot *s) {
    s->conn.peer = s->delivery.peer = akolhook_i_slot_lookup(c, s)->addrs[s->address - 1];
    s->delivery.peer_port = s->conn.port;
    s->delivery.native_error = 0;
    if (s->origin->site.https) akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_TLS);
    s->state = AKOLHOOK_I_SLOT_OPEN;
    return AKOLHOOK_I_AGAIN;
}

/* Begins with the next address; CONNECT_FAILED carries the error of the last one. */
static akolhook_i_next akolhook_i_state_connect(akolhook_client *c, akolhook_i_slot *s) {
    const akolhook_platform *p = c->platform;
    const akolhook_lookup *lookup = akolhook_i_slot_lookup(c, s);
    long native_error = 0;
    int result;

    if (s->address == lookup->count) return akolhook_i_slot_end(c, s, AKOLHOOK_CONNECT_FAILED);

    result = p->connect_fn(
            p->user, &lookup->addrs[s->address++], s->conn.port, &s->conn.socket, &native_error);
    if (result == AKOLHOOK_IO_FAIL || result == AKOLHOOK_IO_LIMIT) {
        s->conn.socket = -1;
        s->delivery.native_error = native_error;
        if (result == AKOLHOOK_IO_FAIL) return AKOLHOOK_I_AGAIN;
        if (!akolhook_i_shed(c)) return akolhook_i_slot_end(c, s, AKOLHOOK_SYSTEM_LIMIT);
        s->address--;
        return AKOLHOOK_I_AGAIN;
    }

    if ((result != 0 && result != AKOLHOOK_IO_WANT_WRITE) || s->conn.socket < 0)
        return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);
    if (result == 0) return akolhook_i_connected(c, s);

    s->try_until = akolhook_i_clock(c) + c->desc.connect_ms;
    s->state = AKOLHOOK_I_SLOT_CONNECTING;
    s->want = AKOLHOOK_I_WRITE;
    return AKOLHOOK_I_WAIT;
}

static int akolhook_i_has_next_address(akolhook_client *c, akolhook_i_slot *s) {
    return s->address < akolhook_i_slot_lookup(c, s)->count;
}

static akolhook_i_next akolhook_i_state_connecting(akolhook_client *c, akolhook_i_slot *s) {
    long native_error = 0;
    int result = c->platform->connected_fn(c->platform->user, s->conn.socket, &native_error);

    if (result == 0) return akolhook_i_connected(c, s);
    if (result != AKOLHOOK_IO_WANT_WRITE && result != AKOLHOOK_IO_FAIL)
        return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);
    if (result == AKOLHOOK_IO_WANT_WRITE && (c->now < s->try_until || !akolhook_i_has_next_address(c, s))) {
        s->want = AKOLHOOK_I_WRITE;
        return AKOLHOOK_I_WAIT;
    }

    /* the next address has its turn */
    s->delivery.native_error = native_error;
    akolhook_i_unwatch(c, &s->watched);
    c->platform->close_fn(c->platform->user, s->conn.socket);
    s->conn.socket = -1;
    s->state = AKOLHOOK_I_SLOT_CONNECT;
    return AKOLHOOK_I_AGAIN;
}

/* ---- the request ---- */

/* The head of a request but for its signatures. */
AKOLHOOK_I_ONCE static void akolhook_i_request_head(
        const akolhook_request *r, const akolhook_url *url, akolhook_head *head) {
    memset(head, 0, sizeof *head);
    head->url = url;
    head->content_length = (uint64_t)r->body[0].len + r->body[1].len + r->body[2].len;
    head->event = r->event;
    head->test = r->test;
    head->headers = r->headers;
    head->header_count = r->header_count;
}

/* webhook-timestamp holds 1 to 12 digits; a clock outside of them cannot be said. */
static int64_t akolhook_i_unix_now(akolhook_client *c) {
    const int64_t most = INT64_C(999999999999);
    int64_t now = c->platform->unix_ms_fn(c->platform->user) / 1000;
    if (now < 0) return 0;
    return now > most ? most : now;
}

/* Prepares the keys of a secret under both schemes; Standard's only where it has one. */
static akolhook_status akolhook_i_keys_make(akolhook_str secret, akolhook_i_keys *keys) {
    akolhook_str behind = secret;
    akolhook_status status = akolhook_secret_key(secret, AKOLHOOK_SCHEME_AKOL, &keys->key[0]);

    keys->standard = 0;
    if (status == AKOLHOOK_OK && akolhook_i_str_strip(&behind, "whsec_"))
        keys->standard = akolhook_secret_key(secret, AKOLHOOK_SCHEME_STANDARD, &keys->key[1]) == AKOLHOOK_OK;
    return status;
}

/* The keys of a secret; few secrets are met by many deliveries, so those of the last ones stay. own is
   room for one that is too long to be kept, and for the caller to wipe. */
static akolhook_status akolhook_i_keys_get(
        akolhook_client *c, akolhook_str secret, akolhook_i_keys *own, const akolhook_i_keys **keys) {
    akolhook_i_keys *kept;
    akolhook_status status;

    *keys = own;
    if (!secret.ptr) return secret.len ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_NO_SECRET;
    if (secret.len == 0 || secret.len > sizeof own->secret) return akolhook_i_keys_make(secret, own);

    kept = &c->keys[(uint8_t)secret.ptr[secret.len - 1] % AKOLHOOK_I_KEPT];
    *keys = kept;
    if (kept->len == secret.len && memcmp(kept->secret, secret.ptr, secret.len) == 0) return AKOLHOOK_OK;

    kept->len = 0;
    status = akolhook_i_keys_make(secret, kept);
    if (status != AKOLHOOK_OK) return status;

    memcpy(kept->secret, secret.ptr, secret.len);
    kept->len = (uint8_t)secret.len;
    return AKOLHOOK_OK;
}

enum {
    AKOLHOOK_I_MAC_TEXT = 64, /* hex of 32 bytes */
    AKOLHOOK_I_TAG_TEXT = AKOLHOOK_STANDARD_SIGNATURE_SIZE - 1,
    AKOLHOOK_I_ID_MOST = 256 /* characters of a message id */
};

/* Both signatures in one pass over the body, with the clock of this moment, and the head. */
static akolhook_status akolhook_i_slot_sign(akolhook_client *c, akolhook_i_slot *s) {
    const akolhook_request *r = &s->request;
    akolhook_i_keys own;
    const akolhook_i_keys *keys;
    akolhook_hmac_job jobs[2]; /* Akol's, Standard's */
    akolhook_head head;
    akolhook_url url;
    akolhook_status status = akolhook_i_keys_get(c, r->secret, &own, &keys);
    const int standard = (s->delivery.schemes & AKOLHOOK_SCHEME_STANDARD) != 0;
    char mac[AKOLHOOK_I_MAC_TEXT], tag[AKOLHOOK_I_TAG_TEXT];
    char prefix[AKOLHOOK_I_ID_MOST + AKOLHOOK_I_DOTS_SIZE];
    char *out = (char *)akolhook_i_slot_area(c, s);
    size_t len = 0, i;

    if (status == AKOLHOOK_OK && standard && !keys->standard)
        status = AKOLHOOK_SECRET_BASE64; /* changed meanwhile */
    memset(jobs[0].parts, 0, sizeof jobs[0].parts);
    akolhook_i_site_url(&s->origin->site, r->url, &url);
    akolhook_i_request_head(r, &url, &head);
    s->delivery.sent_at = akolhook_i_unix_now(c);

    /* what Standard's signature has before the body: id, a dot, the time, a dot */
    if (status == AKOLHOOK_OK && standard) {
        memcpy(prefix, r->message_id.ptr, r->message_id.len);
        len = akolhook_i_sent_at_write(s->delivery.sent_at, prefix + r->message_id.len);
        jobs[1].parts[0] = akolhook_str_n(prefix, r->message_id.len + len);
        head.message_id = r->message_id;
        head.timestamp = akolhook_str_n(prefix + r->message_id.len + 1, len - 2);
        head.standard_signature = akolhook_str_n(tag, sizeof tag);
    }

    for (i = 0; i < 3; i++) jobs[0].parts[i] = jobs[1].parts[i + 1] = r->body[i];
    jobs[0].key = &keys->key[0];
    jobs[1].key = &keys->key[1];
    if (status == AKOLHOOK_OK) akolhook_hmac_many(jobs, standard ? 2 : 1);
    if (keys == &own) akolhook_wipe(&own, sizeof own);
    if (status != AKOLHOOK_OK) return status;

    /* the two signatures as text */
    akolhook_i_hex_write(jobs[0].mac, sizeof jobs[0].mac, mac);
    head.akol_signature = akolhook_str_n(mac, sizeof mac);
    memcpy(tag, "v1,", 3);
    if (standard) akolhook_i_base64_write(jobs[1].mac, sizeof jobs[1].mac, tag + 3);

    /* custom headers are the caller's and may have changed since they were checked */
    if (r->header_count)
        status = akolhook_head_write(&head, out, c->desc.head_cap, &len);
    else
        len = akolhook_i_head_put(&head, out, c->desc.head_cap);
    s->head_len = (uint32_t)len;
    return status == AKOLHOOK_OK && len > c->desc.head_cap ? AKOLHOOK_BUFFER_TOO_SMALL : status;
}

static akolhook_i_next akolhook_i_send_begin(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_status status = akolhook_i_slot_sign(c, s);

    if (status == AKOLHOOK_BUFFER_TOO_SMALL) status = AKOLHOOK_REQUEST_HEAD_TOO_LARGE;
    if (status != AKOLHOOK_OK) return akolhook_i_slot_end(c, s, status);

    s->sent = 0;
    akolhook_response_init(&s->response, 0);

    akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_SEND);
    s->phase_start = c->now;
    s->state = AKOLHOOK_I_SLOT_SEND;
    return AKOLHOOK_I_AGAIN;
}

/* Over an idle connection, if it is still good: its address is judged anew (one that stands in the URL was
   when the request came), and nothing has come in, which would be taken for the answer. A set that was
   asked since the request came has told so, but for a transport that holds bytes back; else it is seen by
   reading. */
static akolhook_i_next akolhook_i_state_reuse(akolhook_client *c, akolhook_i_slot *s) {
    int look = s->heard || s->round == c->round || !akolhook_i_is_told(s);

    if (s->conn.peer.family && !s->conn.host_is_address &&
            akolhook_policy_addr(&c->desc.policy, &s->conn.peer) != AKOLHOOK_OK)
        return akolhook_i_slot_anew(c, s);
    if (look && !akolhook_i_conn_is_quiet(c, s)) return akolhook_i_slot_anew(c, s);

    s->delivery.reused = 1;
    s->delivery.peer = s->conn.peer;
    s->delivery.peer_port = s->conn.peer.family ? s->conn.port : 0;
    return akolhook_i_send_begin(c, s);
}

static akolhook_i_next akolhook_i_state_open(akolhook_client *c, akolhook_i_slot *s) {
    int in_tls = s->delivery.phase == AKOLHOOK_PHASE_TLS;
    int result = s->transport->open_fn(akolhook_i_conn_fresh(s));

    s->opened = result != AKOLHOOK_IO_FAIL;
    s->delivery.peer = s->conn.peer;
    if (akolhook_i_slot_wants(s, result)) return AKOLHOOK_I_WAIT;
    if (result != 0)
        return akolhook_i_hook_failed(c, s, result, in_tls ? AKOLHOOK_TLS_FAILED : AKOLHOOK_CONNECT_FAILED);

    if (s->conn.peer.family) s->delivery.peer_port = s->conn.port;
    if (!s->transport->handshake_fn) return akolhook_i_send_begin(c, s);

    akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_TLS);
    s->state = AKOLHOOK_I_SLOT_HANDSHAKE;
    return AKOLHOOK_I_AGAIN;
}

static akolhook_i_next akolhook_i_state_handshake(akolhook_client *c, akolhook_i_slot *s) {
    int result = s->transport->handshake_fn(akolhook_i_conn_fresh(s));
    if (result == 0) return akolhook_i_send_begin(c, s);
    if (akolhook_i_slot_wants(s, result)) return AKOLHOOK_I_WAIT;
    return akolhook_i_hook_failed(c, s, result, AKOLHOOK_TLS_FAILED);
}

/* ---- the response ---- */

/* The response is over: whole, or as far as it is kept. A receiver may answer 2xx and read on: then the
   rest of the request is still sent. rest: bytes that came behind it. */
static akolhook_i_next akolhook_i_read_over(akolhook_client *c, akolhook_i_slot *s, int whole, size_t rest) {
    const akolhook_response *r = &s->response;
    int both_ended = r->done && rest == 0 && s->sent == akolhook_i_slot_total(s) && !s->send_failed;

    s->answered = 1;
    if (whole)
        akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_DONE);
    else
        s->delivery.response_cut = 1;
    if (s->state == AKOLHOOK_I_SLOT_SEND && akolhook_i_is_success(s)) return AKOLHOOK_I_AGAIN;

    /* content may follow a wrong 304 */
    s->clean = both_ended && r->keep_alive && r->code != AKOLHOOK_I_HTTP_NOT_MODIFIED &&
               c->desc.idle_ms != AKOLHOOK_IDLE_NONE;
    return akolhook_i_slot_end(c, s, AKOLHOOK_OK);
}

static void akolhook_i_read_head(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_str value = akolhook_str_n(s->response.retry_after, s->response.retry_after_len);
    int32_t seconds;

    s->head_seen = 1;
    s->delivery.code = s->response.code;
    s->delivery.response.len = 0; /* from here on it is the content */
    s->delivery.response_cut = 0;
    if (value.len && akolhook_retry_after_parse(value, akolhook_i_unix_now(c), &seconds) == AKOLHOOK_OK)
        s->delivery.retry_after_s = seconds;

    akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_BODY);
    if (!akolhook_i_is_success(s)) s->state = AKOLHOOK_I_SLOT_RECEIVE; /* no use in sending on */
}

/* Keeps what fits; 0 when reading on is of no use: what does not fit is read only for the connection's
   sake, and little of it. */
static int akolhook_i_read_keep(akolhook_client *c, akolhook_i_slot *s, akolhook_str piece) {
    size_t room = c->desc.response_cap - s->delivery.response.len;
    size_t take = piece.len < room ? piece.len : room;

    if (take) memcpy(akolhook_i_slot_response(c, s) + s->delivery.response.len, piece.ptr, take);
    s->delivery.response.len += take;
    if (take == piece.len) return 1;

    s->delivery.response_cut = 1;
    if (piece.len - take > AKOLHOOK_I_DRAIN - s->drained) return 0;
    s->drained = (uint16_t)(s->drained + (piece.len - take));

    return s->response.done || (s->response.keep_alive && c->desc.idle_ms != AKOLHOOK_IDLE_NONE &&
                                       s->response.remaining <= AKOLHOOK_I_DRAIN - s->drained);
}

/* What came is no head yet, or none at all: its first bytes are kept, as the only evidence. They give way
   when the head is complete. Where the framing of the content breaks off, the rest is kept as it stands. */
AKOLHOOK_I_ONCE static void akolhook_i_read_evidence(
        akolhook_client *c, akolhook_i_slot *s, const uint8_t *data, size_t len) {
    akolhook_str *kept = &s->delivery.response;
    size_t room = c->desc.response_cap - kept->len;

    if (len > room) {
        s->delivery.response_cut = 1;
        len = room;
    }
    memcpy(akolhook_i_slot_response(c, s) + kept->len, data, len);
    kept->len += len;
}

/* What lies in the socket behind it, as far as it is kept. */
static void akolhook_i_read_more_evidence(akolhook_client *c, akolhook_i_slot *s) {
    uint8_t *area = akolhook_i_slot_area(c, s);
    unsigned steps;

    for (steps = 0; steps < AKOLHOOK_I_STEPS && s->delivery.response.len < c->desc.response_cap; steps++) {
        ptrdiff_t got = s->transport->recv_fn(akolhook_i_conn_fresh(s), area, c->area_size);
        if (got <= 0 || (size_t)got > c->area_size) return;
        akolhook_i_read_evidence(c, s, area, (size_t)got);
    }
}

static akolhook_i_next akolhook_i_read_bytes(
        akolhook_client *c, akolhook_i_slot *s, const uint8_t *data, size_t len) {
    const akolhook_response *r = &s->response;
    const uint8_t *all = data;
    size_t all_len = len;

    while (len && !r->done) {
        size_t used = 0;
        akolhook_str piece = {NULL, 0};
        akolhook_status status = akolhook_response_feed(&s->response, data, len, &used, &piece);

        if (r->head_done && !s->head_seen) {
            /* what a receiver says that closes an idle connection (RFC 9110 section 15.5.9) */
            if (s->delivery.reused && r->code == AKOLHOOK_I_HTTP_REQUEST_TIMEOUT && !r->keep_alive) {
                s->delivery.first_byte_ms = -1;
                return akolhook_i_slot_anew(c, s);
            }
            akolhook_i_read_head(c, s);
        }

        if (status != AKOLHOOK_OK) {
            if (s->head_seen)
                akolhook_i_read_evidence(c, s, data + used, len - used);
            else
                akolhook_i_read_evidence(c, s, all, all_len);
            akolhook_i_read_more_evidence(c, s);
            if (s->head_seen) return akolhook_i_read_over(c, s, 0, len);
            return akolhook_i_slot_end(c, s, status);
        }
        if (!akolhook_i_read_keep(c, s, piece)) return akolhook_i_read_over(c, s, 1, len);

        data += used;
        len -= used;
    }

    if (r->done) return akolhook_i_read_over(c, s, 1, len);
    if (!s->head_seen) akolhook_i_read_evidence(c, s, all, all_len);
    return AKOLHOOK_I_AGAIN;
}

/* A connection that was open already broke before the first byte of the answer: the receiver had closed
   it. */
AKOLHOOK_I_ONCE static int akolhook_i_may_retry(const akolhook_i_slot *s) {
    return s->delivery.reused && s->delivery.first_byte_ms < 0;
}

static akolhook_i_next akolhook_i_read_eof(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_status status = akolhook_response_end(&s->response);

    if (akolhook_i_may_retry(s)) return akolhook_i_slot_anew(c, s);
    if (s->head_seen) return akolhook_i_read_over(c, s, status == AKOLHOOK_OK, 0);

    if (status == AKOLHOOK_OK) status = AKOLHOOK_RESPONSE_CUT;
    return akolhook_i_slot_end(c, s, s->send_failed ? AKOLHOOK_SEND_FAILED : status);
}

static akolhook_i_next akolhook_i_read_fail(akolhook_client *c, akolhook_i_slot *s) {
    if (akolhook_i_may_retry(s)) return akolhook_i_slot_anew(c, s);
    if (!s->send_failed) s->delivery.native_error = s->conn.native_error;
    if (s->send_failed || s->state == AKOLHOOK_I_SLOT_SEND)
        return akolhook_i_slot_end(c, s, AKOLHOOK_SEND_FAILED);
    return akolhook_i_slot_end(c, s, akolhook_i_conn_status(s, AKOLHOOK_RECEIVE_FAILED));
}

/* Before the next recv_fn: where all that came was taken there is nothing to be had now. */
static akolhook_i_next akolhook_i_read_wait(akolhook_i_slot *s) {
    if (!akolhook_i_is_unbuffered(s)) return AKOLHOOK_I_AGAIN;
    s->want = AKOLHOOK_I_READ;
    return AKOLHOOK_I_WAIT;
}

/* Nothing has come. What is left of a response whose result is known is not waited for, and for what may
   come after a send that failed not long. */
static akolhook_i_next akolhook_i_read_none(akolhook_client *c, akolhook_i_slot *s) {
    if (s->drained) return akolhook_i_read_over(c, s, 1, 1);
    if (s->send_failed && akolhook_i_may_retry(s)) return akolhook_i_slot_anew(c, s);
    if (s->send_failed && c->now >= s->try_until) return akolhook_i_slot_end(c, s, AKOLHOOK_SEND_FAILED);
    return AKOLHOOK_I_WAIT;
}

/* One call of recv_fn. The head has left or is given up, so its area takes what comes. */
static akolhook_i_next akolhook_i_state_receive(akolhook_client *c, akolhook_i_slot *s) {
    uint8_t *area = akolhook_i_slot_area(c, s);
    ptrdiff_t got = s->transport->recv_fn(akolhook_i_conn_fresh(s), area, c->area_size);
    akolhook_i_next next;

    if (akolhook_i_slot_wants(s, got)) return akolhook_i_read_none(c, s);
    if (got == AKOLHOOK_IO_EOF) return akolhook_i_read_eof(c, s);
    if (got == AKOLHOOK_IO_FAIL) return akolhook_i_read_fail(c, s);
    if (got <= 0 || (size_t)got > c->area_size) return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);

    if (s->delivery.first_byte_ms < 0) s->delivery.first_byte_ms = akolhook_i_span(s->phase_start, c->now);
    next = akolhook_i_read_bytes(c, s, area, (size_t)got);
    if (next != AKOLHOOK_I_AGAIN || s->state != AKOLHOOK_I_SLOT_RECEIVE) return next;
    return (size_t)got < c->area_size && !s->drained ? akolhook_i_read_wait(s) : AKOLHOOK_I_AGAIN;
}

/* ---- the request goes out ---- */

/* What of head and body is still to be sent. */
static size_t akolhook_i_send_parts(const akolhook_i_slot *s, const uint8_t *head, akolhook_str parts[4]) {
    size_t i, count = 0, skip = s->sent;

    for (i = 0; i < 4; i++) {
        akolhook_str part = i ? s->request.body[i - 1] : akolhook_str_n(head, s->head_len);
        if (skip >= part.len) {
            skip -= part.len;
            continue;
        }
        parts[count++] = akolhook_str_n(part.ptr + skip, part.len - skip);
        skip = 0;
    }
    return count;
}

/* Nothing more will be sent: all is, or the connection broke. Then an answer may still be there to be
   read. */
static akolhook_i_next akolhook_i_send_over(akolhook_client *c, akolhook_i_slot *s) {
    s->state = AKOLHOOK_I_SLOT_RECEIVE;
    if (s->answered) return akolhook_i_read_over(c, s, s->delivery.phase == AKOLHOOK_PHASE_DONE, 1);
    if (s->send_failed) return AKOLHOOK_I_AGAIN;
    if (!s->head_seen) akolhook_i_slot_phase(c, s, AKOLHOOK_PHASE_HEAD);
    return akolhook_i_read_wait(s);
}

/* One call of the send hook; while it WANTs, an early answer is read, once the head's area is free for it. */
static akolhook_i_next akolhook_i_state_send(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_str parts[4];
    size_t count = akolhook_i_send_parts(s, akolhook_i_slot_area(c, s), parts);
    const akolhook_transport *t = s->transport;
    const size_t left = akolhook_i_slot_total(s) - s->sent;
    size_t most = t->sendv_fn ? left : parts[0].len;
    akolhook_conn *conn = akolhook_i_conn_fresh(s);
    ptrdiff_t sent = t->sendv_fn ? t->sendv_fn(conn, parts, count) : t->send_fn(conn, parts[0].ptr, most);

    if (sent > 0 && (size_t)sent <= most) {
        s->sent += (size_t)sent;
        return (size_t)sent == left ? akolhook_i_send_over(c, s) : AKOLHOOK_I_AGAIN;
    }

    if (sent == AKOLHOOK_IO_FAIL) {
        s->send_failed = 1;
        s->try_until = c->now + AKOLHOOK_I_LINGER_MS;
        s->delivery.native_error = conn->native_error;
        return akolhook_i_send_over(c, s);
    }

    if (!akolhook_i_slot_wants(s, sent)) return akolhook_i_slot_end(c, s, AKOLHOOK_BROKEN_HOOK);
    if (s->answered || s->sent < s->head_len) return AKOLHOOK_I_WAIT;
    return akolhook_i_state_receive(c, s);
}

/* ---- driving ---- */

static akolhook_i_next akolhook_i_slot_step(akolhook_client *c, akolhook_i_slot *s) {
    /* from REUSE to RECEIVE, which are the states of an open slot */
    static akolhook_i_next (*const states[])(akolhook_client *, akolhook_i_slot *) = {akolhook_i_state_reuse,
            akolhook_i_state_lookup, akolhook_i_state_judge, akolhook_i_state_connect,
            akolhook_i_state_connecting, akolhook_i_state_open, akolhook_i_state_handshake,
            akolhook_i_state_send, akolhook_i_state_receive};

    /* a transport that connects by itself may close a socket there, and open another under its number */
    if (akolhook_i_slot_owns(s) &&
            (s->state == AKOLHOOK_I_SLOT_OPEN || s->state == AKOLHOOK_I_SLOT_HANDSHAKE))
        akolhook_i_unwatch(c, &s->watched);

    return states[s->state - AKOLHOOK_I_SLOT_REUSE](c, s);
}

/* The socket that the slot waits for; -1: none. The first of those that share a lookup waits for all. */
static intptr_t akolhook_i_slot_socket(akolhook_i_slot *s) {
    const akolhook_i_query *q = s->origin->query;

    if (s->state != AKOLHOOK_I_SLOT_LOOKUP) return s->conn.socket;
    return q && akolhook_i_query_first(q) == s ? q->lookup.socket : -1;
}

/* 1 when only the clock can tell when this slot is to ask the hook again. */
static int akolhook_i_slot_must_ask(akolhook_i_slot *s) {
    const akolhook_i_query *q = s->origin->query;

    if (s->state != AKOLHOOK_I_SLOT_LOOKUP) return s->conn.socket < 0;
    return q && q->lookup.socket < 0 && akolhook_i_query_first(q) == s;
}

/* The slot must wait: for what it wants, and by the clock whatever its socket does. */
static void akolhook_i_slot_wait(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_status status = AKOLHOOK_OK;
    int64_t wake = s->deadline;

    if (s->state != AKOLHOOK_I_SLOT_LOOKUP) do
            status = akolhook_i_watch(c, &s->watched, s->conn.socket, s->want);
        while (status == AKOLHOOK_SYSTEM_LIMIT && akolhook_i_shed(c));
    if (status != AKOLHOOK_OK) {
        s->delivery.native_error = c->native_error;
        akolhook_i_slot_end(c, s, status);
        return;
    }

    if (s->send_failed || (s->state == AKOLHOOK_I_SLOT_CONNECTING && akolhook_i_has_next_address(c, s)))
        wake = s->try_until;
    if (akolhook_i_slot_must_ask(s)) wake = c->now + AKOLHOOK_I_PAUSE_MS;
    akolhook_i_timer_set(c, s, wake < s->deadline ? wake : s->deadline);
}

/* 1 when the slot waits for the resolver of this side: for its turn in the client, or in the process. */
static int akolhook_i_slot_is_held_up(const akolhook_i_slot *s) {
    const akolhook_i_query *q = s->origin->query;

    if (s->state == AKOLHOOK_I_SLOT_OPEN) return s->conn.status == AKOLHOOK_LOOKUP_BUSY;
    if (s->state != AKOLHOOK_I_SLOT_LOOKUP) return 0;
    return q ? q->lookup.status == AKOLHOOK_LOOKUP_BUSY : !akolhook_i_link_is_alone(&s->origin->line);
}

/* The deadline has passed. What lies in the socket may have come before, however late this program looks:
   an answer counts, if the connection stands and the head's area is free for it. */
static akolhook_i_next akolhook_i_slot_late(akolhook_client *c, akolhook_i_slot *s) {
    unsigned steps;

    for (steps = 0; steps < AKOLHOOK_I_STEPS; steps++) {
        akolhook_i_next next;
        if (s->state != AKOLHOOK_I_SLOT_RECEIVE &&
                (s->state != AKOLHOOK_I_SLOT_SEND || s->answered || s->sent < s->head_len))
            break;
        next = akolhook_i_state_receive(c, s);
        if (next == AKOLHOOK_I_ENDED) return next;
        if (next == AKOLHOOK_I_WAIT) break;
    }

    if (akolhook_i_slot_is_held_up(s)) return akolhook_i_slot_end(c, s, AKOLHOOK_LOOKUP_BUSY);
    return akolhook_i_slot_end(c, s, s->send_failed ? AKOLHOOK_SEND_FAILED : AKOLHOOK_DEADLINE);
}

/* Goes on until the slot must wait, has ended, or has had its turn. */
static void akolhook_i_slot_run(akolhook_client *c, akolhook_i_slot *s) {
    akolhook_i_next next = AKOLHOOK_I_AGAIN;
    unsigned steps;

    for (steps = 0; next == AKOLHOOK_I_AGAIN && steps < AKOLHOOK_I_STEPS; steps++) {
        s->want = 0;
        if (++c->steps >= AKOLHOOK_I_STEPS) akolhook_i_clock(c);
        next = c->now < s->deadline ? akolhook_i_slot_step(c, s) : akolhook_i_slot_late(c, s);
    }

    if (next == AKOLHOOK_I_WAIT) akolhook_i_slot_wait(c, s);
    if (next == AKOLHOOK_I_AGAIN) akolhook_i_make_ready(c, s);
}

/* One turn for each that is ready now; those that become so meanwhile have theirs in the next round. */
static void akolhook_i_run_ready(akolhook_client *c) {
    akolhook_i_link round;

    akolhook_i_link_init(&round);
    akolhook_i_link_move(&round, &c->ready); /* it takes the place of the ring's beginning */
    akolhook_i_link_leave(&c->ready);

    while (!akolhook_i_link_is_alone(&round)) {
        akolhook_i_slot *s = AKOLHOOK_I_HOLDER(round.next, akolhook_i_slot, turn);
        akolhook_i_link_leave(&s->turn);
        s->ready = 0;
        c->ready_count--;
        if (akolhook_i_slot_is_open(s))
            akolhook_i_slot_run(c, s);
        else if (s->state == AKOLHOOK_I_SLOT_IDLE && !akolhook_i_conn_is_quiet(c, s))
            akolhook_i_idle_close(c, s);
    }
}

/* When the connection that is idle for longest is closed; INT64_MAX: there is none. */
AKOLHOOK_I_ONCE static int64_t akolhook_i_idle_until(akolhook_client *c) {
    if (!c->idle_count) return INT64_MAX;
    return akolhook_i_idle_oldest(c)->wake + (int64_t)c->desc.idle_ms;
}

/* When the clock alone makes something happen; INT64_MAX: never. */
AKOLHOOK_I_ONCE static int64_t akolhook_i_next_time(akolhook_client *c) {
    int64_t until = c->timer_count ? c->timers[0].wake : INT64_MAX, idle = akolhook_i_idle_until(c);
    return idle < until ? idle : until;
}

AKOLHOOK_I_ONCE static void akolhook_i_idle_expire(akolhook_client *c) {
    while (akolhook_i_idle_until(c) <= c->now) akolhook_i_idle_close(c, akolhook_i_idle_oldest(c));
}
AKOLHOOK_I_ONCE static void akolhook_i_run_clock(akolhook_client *c) {
    akolhook_i_timers_run(c);
    akolhook_i_idle_expire(c);
}

/* ---- waiting ---- */

/* The lookup that waits under this token, which stands behind those of slots; NULL: none does. */
static akolhook_i_query *akolhook_i_query_told(akolhook_client *c, uint32_t token) {
    uint32_t at = token - c->desc.max_in_flight;
    return at < c->query_count && c->queries[at].watched.want ? &c->queries[at] : NULL;
}

/* Asks the set; what it tells of becomes ready. */
static int akolhook_i_wait_set(akolhook_client *c, int timeout_ms) {
    const akolhook_platform *p = c->platform;
    const uint32_t most = c->desc.max_in_flight;
    akolhook_ready *told = (akolhook_ready *)(void *)c->waits;
    size_t cap = AKOLHOOK_I_LESS(most, AKOLHOOK_I_BATCH), count = 0, i;
    int result;

    result = p->set_wait_fn(p->user, c->set, told, cap, &count, timeout_ms, &c->native_error);
    if (result != 0) return result;
    if (count > cap) return AKOLHOOK_IO_EOF; /* broken, as any other result is */
    for (i = 0; i < count; i++)
        if (told[i].token >= most && !akolhook_i_query_told(c, told[i].token)) return AKOLHOOK_IO_EOF;
    if (count < cap) c->round++; /* that was all there is */
    c->unseen = 0;

    for (i = 0; i < count; i++) {
        akolhook_i_slot *s;

        if (told[i].token >= most) {
            akolhook_i_query *q = akolhook_i_query_told(c, told[i].token);
            if (q) akolhook_i_query_ask(c, q, NULL); /* else one before it has made it give way */
            continue;
        }
        s = akolhook_i_slot_at(c, told[i].token);
        s->heard = 1;
        if (akolhook_i_slot_is_open(s) || s->state == AKOLHOOK_I_SLOT_IDLE) akolhook_i_make_ready(c, s);
    }
    return 0;
}

/* What the slot waits for at a socket; 0: for nothing there. */
static uint32_t akolhook_i_slot_awaits(akolhook_i_slot *s) {
    if (s->ready || akolhook_i_slot_socket(s) < 0) return 0;
    return s->state == AKOLHOOK_I_SLOT_IDLE ? AKOLHOOK_I_READ : s->want;
}

/* Lists what those of one ring wait for, behind the count that are listed; told: the list was answered, and
   is read in the same order. */
static size_t akolhook_i_waits_list(
        akolhook_client *c, akolhook_i_link *ring, akolhook_wait *items, size_t cap, size_t count, int told) {
    akolhook_i_link *at;

    for (at = ring->next; at != ring; at = at->next) {
        akolhook_i_slot *s = AKOLHOOK_I_HOLDER(at, akolhook_i_slot, place);
        uint32_t want = akolhook_i_slot_awaits(s);
        akolhook_wait *item;

        if (!want || ++count > cap) continue;
        item = &items[count - 1];
        if (told && (item->read || item->write)) akolhook_i_make_ready(c, s);
        item->socket = akolhook_i_slot_socket(s);
        item->read = (want & AKOLHOOK_I_READ) != 0;
        item->write = (want & AKOLHOOK_I_WRITE) != 0;
    }
    return count;
}

static int akolhook_i_wait_list(akolhook_client *c, int timeout_ms) {
    const akolhook_platform *p = c->platform;
    size_t most = c->desc.max_in_flight,
           count = akolhook_i_waits_list(c, &c->under_way, c->waits, most, 0, 0);
    int result;

    count = akolhook_i_waits_list(c, &c->idle, c->waits, most, count, 0);
    result = p->wait_fn(p->user, c->waits, count, timeout_ms, &c->native_error);
    if (result != 0) return result;

    count = akolhook_i_waits_list(c, &c->under_way, c->waits, most, 0, 1);
    akolhook_i_waits_list(c, &c->idle, c->waits, most, count, 1);
    return 0;
}

static akolhook_status akolhook_i_wait(akolhook_client *c, int timeout_ms) {
    int64_t until, next = akolhook_i_next_time(c), left;
    int result;

    /* until the time given, or until the clock has something to do */
    akolhook_i_clock(c);
    until = timeout_ms < 0 ? INT64_MAX : c->now + timeout_ms;
    if (next < until) until = next;
    left = !akolhook_i_link_is_alone(&c->ready) || until < c->now ? 0 : until - c->now;
    if (left > INT_MAX) left = INT_MAX;

    c->native_error = 0;
    result = c->has_set ? akolhook_i_wait_set(c, (int)left) : akolhook_i_wait_list(c, (int)left);
    if (result != 0) return result == AKOLHOOK_IO_FAIL ? AKOLHOOK_WAIT_FAILED : AKOLHOOK_BROKEN_HOOK;

    akolhook_i_clock(c);
    akolhook_i_run_clock(c);
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_client_poll(akolhook_client *client, int timeout_ms, size_t *left) {
    akolhook_status status = AKOLHOOK_OK;

    if (left) *left = client ? client->open : 0;
    if (!client) return AKOLHOOK_INVALID_ARGUMENT;
    if (client->busy) return AKOLHOOK_WRONG_ORDER;

    client->busy++;
    client->ended = 0;
    akolhook_i_clock(client);
    akolhook_i_run_clock(client);
    if (client->query_running) akolhook_i_queries_settle(client);

    /* what can be done at once; then there is a wait, unless something has ended already */
    if (client->unseen) status = akolhook_i_wait(client, 0);
    if (status == AKOLHOOK_OK) akolhook_i_run_ready(client);
    if (status == AKOLHOOK_OK && (client->open || client->idle_count)) {
        status = akolhook_i_wait(client, client->open && !client->ended ? timeout_ms : 0);
        if (status == AKOLHOOK_OK) akolhook_i_run_ready(client);
    }

    client->busy--;
    if (left) *left = client->open;
    return status;
}

AKOLHOOK_API void akolhook_client_forget_secret(akolhook_client *client, akolhook_str secret) {
    size_t i;

    if (!client) return;
    for (i = 0; i < AKOLHOOK_I_KEPT; i++) {
        akolhook_i_keys *keys = &client->keys[i];
        if (secret.len == 0 || akolhook_str_equal(akolhook_str_n(keys->secret, keys->len), secret))
            akolhook_wipe(keys, sizeof *keys);
    }
    akolhook_wipe(client->parsed, sizeof client->parsed); /* URLs may hold tokens */
}

AKOLHOOK_API intptr_t akolhook_client_descriptor(const akolhook_client *client) {
    return client && client->has_set ? client->set : -1;
}

AKOLHOOK_API int akolhook_client_timeout(akolhook_client *client) {
    int64_t next;

    if (!client || (!client->open && !client->idle_count)) return -1;
    if (client->ready_count) return 0;
    next = akolhook_i_next_time(client); /* an open delivery has a deadline, an idle connection an end */

    if (!client->busy) akolhook_i_clock(client);
    if (next <= client->now) return 0;
    return next - client->now > INT_MAX ? INT_MAX : (int)(next - client->now);
}

AKOLHOOK_API akolhook_status akolhook_client_waits(
        akolhook_client *client, akolhook_wait *items, size_t cap, size_t *count) {
    if (count) *count = 0;
    if (!client || !count || (cap && !items)) return AKOLHOOK_INVALID_ARGUMENT;
    *count = akolhook_i_waits_list(client, &client->under_way, items, cap, 0, 0);
    *count = akolhook_i_waits_list(client, &client->idle, items, cap, *count, 0);
    return *count <= cap ? AKOLHOOK_OK : AKOLHOOK_BUFFER_TOO_SMALL;
}

/* ---- submitting ---- */

/* What a request comes to, before a slot is taken for it. */
typedef struct akolhook_i_plan {
    akolhook_url url;
    akolhook_i_site site;
    const akolhook_transport *transport;
    akolhook_str id;
    uint8_t standard;             /* Standard's signature is sent too */
    char drawn[AKOLHOOK_ID_SIZE]; /* room for an id of the client's */
} akolhook_i_plan;

/* Takes the URL apart, but for path and query; those of the last ones are remembered. */
static akolhook_status akolhook_i_plan_parse(akolhook_client *c, akolhook_str text, akolhook_i_plan *plan) {
    akolhook_i_parsed *kept = NULL;
    akolhook_status status;

    if (text.ptr && text.len && text.len <= sizeof kept->text)
        kept = &c->parsed[(text.len + (uint8_t)text.ptr[text.len - 1]) % AKOLHOOK_I_KEPT];
    if (kept && kept->len == text.len && memcmp(kept->text, text.ptr, text.len) == 0) {
        plan->site = kept->site;
        akolhook_i_site_url(&plan->site, text, &plan->url);
        plan->url.addr = kept->addr;
        return AKOLHOOK_OK;
    }

    status = akolhook_url_parse(text, c->desc.policy.flags & AKOLHOOK_ALLOW_HTTP, &plan->url);
    if (status != AKOLHOOK_OK) return status;
    akolhook_i_site_of(&plan->url, &plan->site);
    if (!kept) return AKOLHOOK_OK;

    kept->site = plan->site;
    kept->addr = plan->url.addr;
    kept->len = (uint8_t)text.len;
    memcpy(kept->text, text.ptr, text.len);
    return AKOLHOOK_OK;
}

/* Chooses the transport and judges scheme, name and literal address. */
static akolhook_status akolhook_i_plan_url(
        akolhook_client *c, const akolhook_request *r, akolhook_i_plan *plan, akolhook_addr *refused) {
    const akolhook_transport *t;
    akolhook_status status = akolhook_i_plan_parse(c, r->url, plan);

    if (status != AKOLHOOK_OK) return status;
    status = akolhook_policy_url(&c->desc.policy, &plan->url);
    if (status == AKOLHOOK_BLOCKED_ADDRESS && refused) *refused = plan->url.addr;
    if (status != AKOLHOOK_OK) return status;

    plan->transport = t = plan->url.https ? c->desc.tls : c->platform->plain;
    if (!t || (plan->url.https && !(t->flags & AKOLHOOK_TRANSPORT_SECURE))) return AKOLHOOK_TLS_REQUIRED;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_i_plan_body(const akolhook_request *r) {
    size_t i, room = AKOLHOOK_MAX_BODY;

    for (i = 0; i < 3; i++) {
        if (!r->body[i].ptr && r->body[i].len) return AKOLHOOK_INVALID_ARGUMENT;
        if (r->body[i].len > room) return AKOLHOOK_BODY_TOO_LARGE;
        room -= r->body[i].len;
    }
    return AKOLHOOK_OK;
}

/* Random bytes for message ids, so that not each of them is a system call. */
static int akolhook_i_pool_random(void *user, void *out, size_t len) {
    akolhook_client *c = (akolhook_client *)user;

    /* not covered: an id takes less */
    if (len > sizeof c->random) return -1;
    if (c->random_left < len) {
        uint8_t last[AKOLHOOK_I_RANDOM_PROOF];
        memcpy(last, c->random, sizeof last);
        memset(c->random, 0, sizeof c->random);
        c->random_left = 0;
        if (c->platform->random_fn(c->platform->user, c->random, sizeof c->random) != 0 ||
                akolhook_i_random_is_stuck(c->random, sizeof c->random, last)) {
            memcpy(c->random, last, sizeof last); /* for the next draw to be held against */
            return -1;
        }
        c->random_left = sizeof c->random;
    }
    c->random_left -= (uint32_t)len;
    memcpy(out, c->random + c->random_left, len);
    return 0;
}

/* Tries the secret under both schemes and, where Standard's is sent, sees to the message id. */
static akolhook_status akolhook_i_plan_secret(
        akolhook_client *c, const akolhook_request *r, akolhook_i_plan *plan) {
    akolhook_i_keys own;
    const akolhook_i_keys *keys;
    akolhook_status status = akolhook_i_keys_get(c, r->secret, &own, &keys);

    plan->standard = status == AKOLHOOK_OK && keys->standard;
    if (keys == &own) akolhook_wipe(&own, sizeof own);
    if (status != AKOLHOOK_OK) return status;

    plan->id = r->message_id;
    if (r->message_id.len)
        return r->message_id.ptr ? akolhook_i_id_check(r->message_id) : AKOLHOOK_INVALID_ARGUMENT;
    if (!plan->standard) return AKOLHOOK_OK;

    plan->id = akolhook_str_n(plan->drawn, AKOLHOOK_ID_SIZE - 1);
    return akolhook_id_generate(akolhook_i_pool_random, c, "msg", plan->drawn);
}

/* 1 when the head fits without doubt: no custom headers, and what varies is short. The names and what else
   does not vary take less than PLAIN_HEAD bytes. */
static int akolhook_i_plan_is_plain(
        const akolhook_client *c, const akolhook_request *r, const akolhook_i_plan *plan) {
    enum { PLAIN_HEAD = 512 };
    size_t varies = plan->url.host.len + plan->url.target.len + plan->id.len + r->event.len;
    return r->header_count == 0 && r->event.len <= AKOLHOOK_MAX_HEADER &&
           PLAIN_HEAD + varies <= c->desc.head_cap;
}

/* Everything that can be wrong with a request is found here, before a byte is sent. A head that may be too
   long is measured with signatures that are not real. */
static akolhook_status akolhook_i_plan_make(
        akolhook_client *c, const akolhook_request *r, akolhook_i_plan *plan, akolhook_addr *refused) {
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    akolhook_status status = akolhook_i_plan_url(c, r, plan, refused);
    akolhook_head head;
    size_t len = 0;

    if (status == AKOLHOOK_OK) status = akolhook_i_plan_body(r);
    if (status == AKOLHOOK_OK) status = akolhook_i_plan_secret(c, r, plan);
    if (status == AKOLHOOK_OK) status = akolhook_i_field_value_check(r->event, 0);
    if (status != AKOLHOOK_OK || akolhook_i_plan_is_plain(c, r, plan)) return status;

    akolhook_i_request_head(r, &plan->url, &head);
    head.akol_signature = akolhook_str_n(zeros, AKOLHOOK_I_MAC_TEXT);
    if (plan->standard) {
        head.message_id = plan->id;
        head.timestamp = akolhook_str_n(zeros, AKOLHOOK_I_TIME_DIGITS);
        head.standard_signature = akolhook_str_n(zeros, AKOLHOOK_I_TAG_TEXT);
    }
    status = akolhook_head_write(&head, NULL, 0, &len);
    if (status != AKOLHOOK_BUFFER_TOO_SMALL) return status;
    return len <= c->desc.head_cap ? AKOLHOOK_OK : AKOLHOOK_REQUEST_HEAD_TOO_LARGE;
}

/* A slot: that of an idle connection to this origin, a free one, or that of the connection that is idle
   for longest. NULL when the origin has its share. */
static akolhook_i_slot *akolhook_i_slot_take(akolhook_client *c, const akolhook_i_plan *plan, int *reuse) {
    akolhook_i_origin *o = akolhook_i_origin_find(c, plan->url.host, &plan->site);
    akolhook_i_slot *s;

    *reuse = o && !akolhook_i_link_is_alone(&o->idle);
    if (o && o->open >= c->desc.max_per_origin) return NULL;
    if (*reuse) {
        s = AKOLHOOK_I_HOLDER(o->idle.next, akolhook_i_slot, mate);
        akolhook_i_idle_leave(c, s);
        return s;
    }

    if (akolhook_i_link_is_alone(&c->vacant)) akolhook_i_idle_close(c, akolhook_i_idle_oldest(c));
    s = AKOLHOOK_I_HOLDER(c->vacant.next, akolhook_i_slot, place);
    s->origin = o ? o : akolhook_i_origin_new(c, plan->url.host, &plan->site);
    s->origin->places++;
    return s;
}

/* Fills the slot and starts. */
static void akolhook_i_slot_fill(akolhook_client *c, akolhook_i_slot *s, const akolhook_request *request,
        const akolhook_i_plan *plan, int reuse) {
    akolhook_delivery *d = &s->delivery;

    memset(s, 0, offsetof(akolhook_i_slot, state));
    s->request = *request;
    s->request.message_id = plan->id;

    akolhook_i_delivery_begin(d);
    d->phase = AKOLHOOK_PHASE_SEND;
    d->schemes = AKOLHOOK_SCHEME_AKOL | (plan->standard ? AKOLHOOK_SCHEME_STANDARD : 0);
    if (plan->standard && plan->id.len < sizeof d->message_id)
        memcpy(d->message_id, plan->id.ptr, plan->id.len);
    if (plan->id.ptr == plan->drawn) s->request.message_id.ptr = d->message_id;

    s->round = c->round;
    s->wake = s->deadline = c->now + akolhook_i_slot_deadline_ms(c, s);
    s->transport = plan->transport;
    s->state = AKOLHOOK_I_SLOT_REUSE;
    if (!reuse)
        akolhook_i_slot_fresh(c, s);
    else if (akolhook_i_is_told(s))
        c->unseen = 1;

    s->origin->open++;
    c->open++;
    akolhook_i_link_move(&s->place, &c->under_way);
    akolhook_i_make_ready(c, s);
}

/* Takes a slot and starts. refused (may be NULL) gets an address that was refused. */
static akolhook_status akolhook_i_submit(akolhook_client *c, const akolhook_request *request,
        akolhook_done_fn on_done, void *user, akolhook_i_slot **taken, akolhook_addr *refused) {
    akolhook_i_plan plan;
    akolhook_i_slot *s;
    akolhook_status status;
    int reuse;

    if (c->closing) return AKOLHOOK_CANCELLED;
    if (akolhook_i_link_is_alone(&c->vacant) && !c->idle_count) return AKOLHOOK_QUEUE_FULL;
    status = akolhook_i_plan_make(c, request, &plan, refused);
    if (status != AKOLHOOK_OK) return status;

    akolhook_i_clock(c);
    akolhook_i_idle_expire(c);
    s = akolhook_i_slot_take(c, &plan, &reuse);
    if (!s) return AKOLHOOK_ORIGIN_FULL;

    akolhook_i_slot_fill(c, s, request, &plan, reuse);
    s->on_done = on_done;
    s->user = user;
    s->id = ++c->sequence * c->desc.max_in_flight + s->watched.token;
    *taken = s;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_client_submit(akolhook_client *client, const akolhook_request *request,
        akolhook_done_fn on_done, void *user, uint64_t *id) {
    akolhook_i_slot *s = NULL;
    akolhook_status status;

    if (id) *id = 0;
    if (!client || !request || !on_done) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_i_submit(client, request, on_done, user, &s, NULL);
    if (status == AKOLHOOK_OK && id) *id = s->id;
    return status;
}

AKOLHOOK_API akolhook_status akolhook_client_cancel(akolhook_client *client, uint64_t id) {
    akolhook_i_slot *s;

    if (!client) return AKOLHOOK_INVALID_ARGUMENT;
    s = akolhook_i_slot_at(client, (size_t)(id % client->desc.max_in_flight));
    if (s->id != id || s->keep || !akolhook_i_slot_is_open(s)) return AKOLHOOK_NOT_FOUND;
    if (!client->busy) akolhook_i_clock(client);
    akolhook_i_slot_end(client, s, AKOLHOOK_CANCELLED);
    return AKOLHOOK_OK;
}

AKOLHOOK_API void akolhook_client_close(akolhook_client *client) {
    if (!client || client->busy) return;

    client->closing = 1;
    akolhook_i_clock(client);
    while (!akolhook_i_link_is_alone(&client->under_way))
        akolhook_i_slot_end(client, AKOLHOOK_I_HOLDER(client->under_way.next, akolhook_i_slot, place),
                AKOLHOOK_CANCELLED);
    while (akolhook_i_shed(client)) continue; /* all of it is idle now */
    if (client->has_set) client->platform->set_close_fn(client->platform->user, client->set);
    akolhook_wipe(client->memory, client->size);
}

/* ---- one, blocking ---- */

typedef struct akolhook_i_own {
    akolhook_delivery *delivery;
    int done;
} akolhook_i_own;

static void akolhook_i_own_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    akolhook_i_own *own = (akolhook_i_own *)user;
    (void)id;
    *own->delivery = *delivery;
    own->done = 1;
}

AKOLHOOK_API akolhook_status akolhook_deliver(akolhook_client *client, const char *url, const char *secret,
        const void *body, size_t body_len, akolhook_delivery *delivery) {
    akolhook_request request = AKOLHOOK_INIT;
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(secret);
    request.body[0].ptr = (const char *)body;
    request.body[0].len = body_len;
    return akolhook_deliver_request(client, &request, delivery);
}

AKOLHOOK_API akolhook_status akolhook_deliver_request(
        akolhook_client *client, const akolhook_request *request, akolhook_delivery *delivery) {
    akolhook_i_own own = {NULL, 0};
    akolhook_i_slot *s = NULL;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    if (!delivery) return status;
    memset(delivery, 0, sizeof *delivery);
    akolhook_i_delivery_begin(delivery);
    own.delivery = delivery;
    if (client && request) status = client->busy ? AKOLHOOK_WRONG_ORDER : AKOLHOOK_OK;
    if (status == AKOLHOOK_OK)
        status = akolhook_i_submit(client, request, akolhook_i_own_done, &own, &s, &delivery->peer);
    if (status != AKOLHOOK_OK || !s) {
        akolhook_i_delivery_status(delivery, status);
        return status;
    }

    s->keep = 1; /* so that a request submitted meanwhile does not write over the response */
    while (!own.done) {
        status = akolhook_client_poll(client, -1, NULL);
        if (status == AKOLHOOK_OK || own.done) continue;
        s->delivery.native_error = client->native_error;
        akolhook_i_slot_end(client, s, status);
    }

    akolhook_i_slot_rest(client, s);
    return delivery->status;
}

#endif /* AKOLHOOK_RECEIVER_ONLY */
/* ==== >>posix ==== */

#if !defined(AKOLHOOK_RECEIVER_ONLY) && !defined(AKOLHOOK_NO_POSIX)

#if defined(_WIN32) && !defined(__CYGWIN__)
#error "on Windows include examples/platforms/akolhook_winsock.h first, or define AKOLHOOK_RECEIVER_ONLY"
#else

#ifdef __cplusplus
}
#endif
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
/* tcc on x86-64 loses the packing of struct epoll_event, as glibc hides attributes from it */
#if defined(__linux__) && !defined(AKOLHOOK_NO_EPOLL) && !(defined(__TINYC__) && defined(__x86_64__))
#define AKOLHOOK_I_EPOLL
#include <sys/epoll.h>
#endif
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifndef AKOLHOOK_NO_THREADS
#include <pthread.h>
#include <signal.h>
#endif
#if defined(__linux__) && defined(__has_include)
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif
#endif
#ifdef __cplusplus
extern "C" {
#endif

#if !defined(CLOCK_MONOTONIC) || !defined(AI_NUMERICHOST)
#error "POSIX names are hidden: give -D_POSIX_C_SOURCE=200809L, -std=gnu99 or AKOLHOOK_RECEIVER_ONLY"
#elif !defined(MSG_NOSIGNAL) && !defined(SO_NOSIGPIPE)
#error "neither MSG_NOSIGNAL nor SO_NOSIGPIPE is here: define AKOLHOOK_NO_POSIX and give a platform"
#else

/* Every system call goes through this, so that a test can make any one of them fail. */
#ifndef AKOLHOOK_I_SYS
#define AKOLHOOK_I_SYS(name) name
#endif

#ifdef MSG_NOSIGNAL
#define AKOLHOOK_I_SEND_FLAGS MSG_NOSIGNAL
#else
#define AKOLHOOK_I_SEND_FLAGS 0
#endif

/* ---- clocks and random numbers ---- */

AKOLHOOK_I_ONCE static int64_t akolhook_i_posix_clock(clockid_t id) {
    struct timespec ts;
    if (AKOLHOOK_I_SYS(clock_gettime)(id, &ts) != 0) return (int64_t)AKOLHOOK_I_SYS(time)(NULL) * 1000;
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
static int64_t akolhook_i_posix_monotonic_ms(void *user) {
    (void)user;
    return akolhook_i_posix_clock(CLOCK_MONOTONIC);
}
static int64_t akolhook_i_posix_unix_ms(void *user) {
    (void)user;
    return akolhook_i_posix_clock(CLOCK_REALTIME);
}
AKOLHOOK_API int64_t akolhook_posix_now(void) { return akolhook_i_posix_clock(CLOCK_REALTIME) / 1000; }

/* not covered: only where SOCK_CLOEXEC is missing */
static AKOLHOOK_I_UNUSED int akolhook_i_posix_cloexec(int fd) {
    return AKOLHOOK_I_SYS(fcntl)(fd, F_SETFD, FD_CLOEXEC) == -1 ? -1 : 0;
}

static int akolhook_i_posix_urandom(uint8_t *out, size_t len) {
    size_t have = 0;
    int fd;

#ifdef O_CLOEXEC
    do fd = AKOLHOOK_I_SYS(open)("/dev/urandom", O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
#else
    do fd = AKOLHOOK_I_SYS(open)("/dev/urandom", O_RDONLY);
    while (fd < 0 && errno == EINTR);
    if (fd >= 0) (void)akolhook_i_posix_cloexec(fd);
#endif
    if (fd < 0) return -1;

    while (have < len) {
        ssize_t n = AKOLHOOK_I_SYS(read)(fd, out + have, len - have);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || (size_t)n > len - have) break;
        have += (size_t)n;
    }
    (void)AKOLHOOK_I_SYS(close)(fd);
    return have == len ? 0 : -1;
}

AKOLHOOK_API int akolhook_posix_random(void *user, void *out, size_t len) {
    uint8_t *bytes = (uint8_t *)out;
    size_t have = 0;

    (void)user;
    if (!out && len) return -1;

#ifdef GRND_NONBLOCK
    while (have < len) { /* waits only while the kernel's source is not seeded yet */
        ssize_t n = AKOLHOOK_I_SYS(getrandom)(bytes + have, len - have, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || (size_t)n > len - have) break;
        have += (size_t)n;
    }
#endif
    if (have == len || akolhook_i_posix_urandom(bytes + have, len - have) == 0) return 0;
    akolhook_wipe(out, len);
    return -1;
}

/* ---- sockets ---- */

/* After EINTR too the descriptor is gone, or may be another's. */
static void akolhook_i_posix_close(void *user, intptr_t socket) {
    (void)user;
    (void)AKOLHOOK_I_SYS(close)((int)socket);
}

static AKOLHOOK_I_UNUSED int akolhook_i_posix_nonblocking(int fd) {
    int flags = AKOLHOOK_I_SYS(fcntl)(fd, F_GETFL, 0);
    return flags == -1 || AKOLHOOK_I_SYS(fcntl)(fd, F_SETFL, flags | O_NONBLOCK) == -1 ? -1 : 0;
}

static int akolhook_i_posix_options(int fd) {
    int on = 1;
#if !defined(SOCK_CLOEXEC) || !defined(SOCK_NONBLOCK)
    if (akolhook_i_posix_cloexec(fd) != 0 || akolhook_i_posix_nonblocking(fd) != 0) return -1;
#endif
#ifdef SO_NOSIGPIPE
    if (AKOLHOOK_I_SYS(setsockopt)(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0) return -1;
#endif
    return AKOLHOOK_I_SYS(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* A stream socket, non-blocking, closed on exec, sending at once, raising no signal; -1 with errno. */
static int akolhook_i_posix_socket(int family) {
    int fd, error;

#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    fd = AKOLHOOK_I_SYS(socket)(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    fd = AKOLHOOK_I_SYS(socket)(family, SOCK_STREAM, 0);
#endif
    if (fd < 0 || akolhook_i_posix_options(fd) == 0) return fd;

    error = errno;
    (void)AKOLHOOK_I_SYS(close)(fd);
    errno = error;
    return -1;
}

typedef union akolhook_i_sockaddr {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_storage room;
} akolhook_i_sockaddr;

static socklen_t akolhook_i_posix_sockaddr(
        const akolhook_addr *addr, uint16_t port, akolhook_i_sockaddr *out) {
    const uint8_t net_port[2] = {(uint8_t)(port >> 8), (uint8_t)(port & 255u)};

    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        out->in4.sin_family = AF_INET;
        memcpy(&out->in4.sin_port, net_port, sizeof net_port);
        memcpy(&out->in4.sin_addr, addr->bytes, 4);
        return (socklen_t)sizeof out->in4;
    }

    out->in6.sin6_family = AF_INET6;
    memcpy(&out->in6.sin6_port, net_port, sizeof net_port);
    memcpy(&out->in6.sin6_addr, addr->bytes, sizeof addr->bytes);
    return (socklen_t)sizeof out->in6;
}

static int akolhook_i_posix_is_limit(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static int akolhook_i_posix_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    akolhook_i_sockaddr name;
    socklen_t len = akolhook_i_posix_sockaddr(addr, port, &name);
    int fd = akolhook_i_posix_socket(addr->family == 4 ? AF_INET : AF_INET6);

    (void)user;
    *out = fd;
    if (fd < 0) {
        *native_error = errno;
        return akolhook_i_posix_is_limit(errno) ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
    }

    /* not always covered: some systems connect to themselves at once */
    if (AKOLHOOK_I_SYS(connect)(fd, &name.any, len) == 0) return 0;
    if (errno == EINPROGRESS || errno == EINTR) return AKOLHOOK_IO_WANT_WRITE; /* it goes on all the same */

    *native_error = errno;
    *out = -1;
    (void)AKOLHOOK_I_SYS(close)(fd);
    return akolhook_i_posix_is_limit((int)*native_error) ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
}

static int akolhook_i_posix_connected(void *user, intptr_t socket, long *native_error) {
    akolhook_i_sockaddr name;
    socklen_t len = (socklen_t)sizeof(int);
    int error = 0;

    (void)user;
    if (AKOLHOOK_I_SYS(getsockopt)((int)socket, SOL_SOCKET, SO_ERROR, &error, &len) != 0) error = errno;
    if (error == 0) {
        len = (socklen_t)sizeof name;
        if (AKOLHOOK_I_SYS(getpeername)((int)socket, &name.any, &len) == 0) return 0;
        if (errno == ENOTCONN) return AKOLHOOK_IO_WANT_WRITE; /* no error, no peer: under way */
        error = errno;
    }
    *native_error = error;
    return AKOLHOOK_IO_FAIL;
}

typedef char akolhook_i_pollfd_fits[sizeof(struct pollfd) <= sizeof(akolhook_wait) ? 1 : -1];

/* The list becomes one of pollfd in its own place: front to back one way, back to front the other. */
static int akolhook_i_posix_wait(
        void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    uint8_t *place = (uint8_t *)items;
    akolhook_wait item;
    struct pollfd fd;
    size_t i;
    int ready, error;

    (void)user;
    for (i = 0; i < count; i++) {
        memcpy(&item, place + i * sizeof item, sizeof item);
        fd.fd = (int)item.socket;
        fd.events = (short)((item.read ? POLLIN : 0) | (item.write ? POLLOUT : 0));
        fd.revents = 0;
        memcpy(place + i * sizeof fd, &fd, sizeof fd);
    }

    ready = AKOLHOOK_I_SYS(poll)((struct pollfd *)(void *)place, (nfds_t)count, timeout_ms);
    error = errno;
    for (i = count; i-- > 0;) {
        memcpy(&fd, place + i * sizeof fd, sizeof fd);
        memset(&item, 0, sizeof item);
        item.socket = fd.fd;
        if (ready < 0) fd.revents = 0;
        item.read = fd.revents != 0 && (fd.revents != POLLOUT);
        item.write = fd.revents != 0 && (fd.revents != POLLIN);
        memcpy(place + i * sizeof item, &item, sizeof item);
    }

    if (ready >= 0 || error == EINTR || error == EAGAIN) return 0;
    *native_error = error;
    return AKOLHOOK_IO_FAIL;
}

/* ---- a set of sockets: epoll where it is ---- */

#ifdef AKOLHOOK_I_EPOLL
#define AKOLHOOK_I_SET \
    akolhook_i_posix_set_open, akolhook_i_posix_close, akolhook_i_posix_set_watch, akolhook_i_posix_set_wait

static int akolhook_i_posix_set_open(void *user, intptr_t *set, long *native_error) {
    int fd = AKOLHOOK_I_SYS(epoll_create1)(EPOLL_CLOEXEC);
    (void)user;
    *set = fd;
    if (fd >= 0) return 0;
    *native_error = errno;
    return AKOLHOOK_IO_FAIL;
}

static int akolhook_i_posix_set_watch(void *user, intptr_t set, intptr_t socket, uint32_t token, int read,
        int write, int known, long *native_error) {
    struct epoll_event event;
    int fd = (int)socket, result;

    (void)user;
    memset(&event, 0, sizeof event);
    event.events = (read ? (uint32_t)EPOLLIN : 0u) | (write ? (uint32_t)EPOLLOUT : 0u);
    event.data.u32 = token;
    if (!read && !write) {
        (void)AKOLHOOK_I_SYS(epoll_ctl)((int)set, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }

    result = AKOLHOOK_I_SYS(epoll_ctl)((int)set, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (result != 0 && (errno == ENOENT || errno == EEXIST))
        result = AKOLHOOK_I_SYS(epoll_ctl)((int)set, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    if (result == 0) return 0;
    *native_error = errno;
    return errno == ENOMEM || errno == ENOSPC ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
}

static int akolhook_i_posix_set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap,
        size_t *count, int timeout_ms, long *native_error) {
    struct epoll_event events[AKOLHOOK_I_BATCH];
    size_t most = cap < AKOLHOOK_I_BATCH ? cap : AKOLHOOK_I_BATCH, i;
    int ready = AKOLHOOK_I_SYS(epoll_wait)((int)set, events, (int)most, timeout_ms);

    (void)user;
    *count = 0;
    while (ready < 0 && errno == EINTR) /* what is there is told all the same */
        ready = AKOLHOOK_I_SYS(epoll_wait)((int)set, events, (int)most, 0);
    if (ready < 0) {
        *native_error = errno;
        return AKOLHOOK_IO_FAIL;
    }

    /* not covered: the kernel tells of no more than it was asked for */
    for (i = 0; i < (size_t)ready && i < most; i++) {
        items[i].token = events[i].data.u32;
        items[i].read = events[i].events != (uint32_t)EPOLLOUT;
        items[i].write = events[i].events != (uint32_t)EPOLLIN;
    }

    *count = i;
    return 0;
}
#else
#define AKOLHOOK_I_SET NULL, NULL, NULL, NULL
#endif

/* ---- the plain transport ---- */

static int akolhook_i_posix_open(akolhook_conn *conn) {
    (void)conn;
    return 0;
}
static void akolhook_i_posix_shut(akolhook_conn *conn) { (void)conn; }

static ptrdiff_t akolhook_i_posix_result(akolhook_conn *conn, ssize_t n, int want) {
    if (n >= 0) return (ptrdiff_t)n;
    /* not covered: one number on most systems */
    if (errno == EAGAIN || errno == EWOULDBLOCK) return want;
    conn->native_error = errno;
    return AKOLHOOK_IO_FAIL;
}

static ptrdiff_t akolhook_i_posix_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    struct iovec slices[4];
    struct msghdr message;
    ssize_t n;
    size_t i;

    if (count > 4) count = 4; /* the client gives no more */
    for (i = 0; i < count; i++) {
        memcpy(&slices[i].iov_base, &parts[i].ptr, sizeof parts[i].ptr); /* POSIX has no const there */
        slices[i].iov_len = parts[i].len;
    }

    memset(&message, 0, sizeof message);
    message.msg_iov = slices;
    message.msg_iovlen = (unsigned char)count; /* int or size_t, as the system has it */
    do n = AKOLHOOK_I_SYS(sendmsg)((int)conn->socket, &message, AKOLHOOK_I_SEND_FLAGS);
    while (n < 0 && errno == EINTR);
    return akolhook_i_posix_result(conn, n, AKOLHOOK_IO_WANT_WRITE);
}
static ptrdiff_t akolhook_i_posix_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_str part = akolhook_str_n(data, len);
    return akolhook_i_posix_sendv(conn, &part, 1);
}
static ptrdiff_t akolhook_i_posix_recv(akolhook_conn *conn, void *data, size_t len) {
    ssize_t n;
    do n = AKOLHOOK_I_SYS(recv)((int)conn->socket, data, len, 0);
    while (n < 0 && errno == EINTR);
    return n == 0 ? AKOLHOOK_IO_EOF : akolhook_i_posix_result(conn, n, AKOLHOOK_IO_WANT_READ);
}

/* ---- lookup ---- */

static void akolhook_i_posix_take(akolhook_lookup *answer, const struct addrinfo *found) {
    akolhook_i_sockaddr name;
    akolhook_addr addr;

    memset(&addr, 0, sizeof addr);
    if (found->ai_family == AF_INET && found->ai_addrlen >= (socklen_t)sizeof name.in4) {
        memcpy(&name.in4, found->ai_addr, sizeof name.in4);
        addr.family = 4;
        memcpy(addr.bytes, &name.in4.sin_addr, 4);
    } else if (found->ai_family == AF_INET6 && found->ai_addrlen >= (socklen_t)sizeof name.in6) {
        memcpy(&name.in6, found->ai_addr, sizeof name.in6);
        addr.family = 6;
        memcpy(addr.bytes, &name.in6.sin6_addr, sizeof addr.bytes);
    } else
        return;

    if (answer->count == AKOLHOOK_MAX_ADDRESSES)
        answer->status = AKOLHOOK_TOO_MANY_ADDRESSES;
    else
        answer->addrs[answer->count++] = addr;
}

/* Blocks until the resolver answers; its code, or errno behind EAI_SYSTEM, is the native error. */
static void akolhook_i_posix_resolve(const char *host, akolhook_lookup *answer) {
    struct addrinfo hints, *list = NULL, *at;
    int code, limit;

    memset(answer, 0, sizeof *answer);
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    errno = 0;
    code = AKOLHOOK_I_SYS(getaddrinfo)(host, NULL, &hints, &list);
    if (code != 0) { /* a file or socket that it could not open shows in errno under any code */
        limit = code == EAI_MEMORY || akolhook_i_posix_is_limit(errno);
        answer->native_error = code == EAI_SYSTEM ? errno : code;
        answer->status = limit ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_LOOKUP_FAILED;
        return;
    }

    for (at = list; at && answer->status == AKOLHOOK_OK; at = at->ai_next) akolhook_i_posix_take(answer, at);
    AKOLHOOK_I_SYS(freeaddrinfo)(list);
}

static int akolhook_i_posix_found(akolhook_lookup *lookup, const akolhook_lookup *answer) {
    lookup->native_error = answer->native_error;
    lookup->status = answer->status;
    if (answer->status != AKOLHOOK_OK || answer->count > AKOLHOOK_MAX_ADDRESSES) return AKOLHOOK_IO_FAIL;
    memcpy(lookup->addrs, answer->addrs, answer->count * sizeof answer->addrs[0]);
    lookup->count = answer->count;
    return 0;
}

#ifdef AKOLHOOK_NO_THREADS

static int akolhook_i_posix_lookup(void *user, akolhook_lookup *lookup) {
    akolhook_lookup answer;
    (void)user;
    akolhook_i_posix_resolve(lookup->host, &answer);
    return akolhook_i_posix_found(lookup, &answer);
}
static void akolhook_i_posix_lookup_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}
AKOLHOOK_API akolhook_status akolhook_posix_lookups_wait(int timeout_ms) {
    (void)timeout_ms;
    return AKOLHOOK_OK;
}

#else

/* A client has at most AKOLHOOK_MAX_LOOKUPS threads that look a name up; a process at most twice as many, so
   that those that were given up and are not over yet leave room for others. */
#define AKOLHOOK_I_LOOKUP_THREADS (2u * AKOLHOOK_MAX_LOOKUPS)

/* what is shared, under the lock */
static pthread_mutex_t akolhook_i_lookup_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t akolhook_i_lookup_once = PTHREAD_ONCE_INIT;
static unsigned akolhook_i_lookups; /* threads at work */
static pthread_t akolhook_i_ended;  /* the thread that ended last; it joins the one that ended before it */
static int akolhook_i_has_ended;

static void akolhook_i_lookup_lock(void) {
    (void)AKOLHOOK_I_SYS(pthread_mutex_lock)(&akolhook_i_lookup_mutex);
}
static void akolhook_i_lookup_unlock(void) {
    (void)AKOLHOOK_I_SYS(pthread_mutex_unlock)(&akolhook_i_lookup_mutex);
}

/* A process that was forked has none of the threads. */
static void akolhook_i_lookup_forked(void) {
    akolhook_i_lookups = 0;
    akolhook_i_has_ended = 0;
    akolhook_i_lookup_unlock();
}
static void akolhook_i_lookup_prepare(void) {
    (void)pthread_atfork(akolhook_i_lookup_lock, akolhook_i_lookup_unlock, akolhook_i_lookup_forked);
}

/* 0 when all places are taken. */
static int akolhook_i_lookup_enter(void) {
    int has_place;

    (void)pthread_once(&akolhook_i_lookup_once, akolhook_i_lookup_prepare);
    akolhook_i_lookup_lock();
    has_place = akolhook_i_lookups < AKOLHOOK_I_LOOKUP_THREADS;
    if (has_place) akolhook_i_lookups++;
    akolhook_i_lookup_unlock();
    return has_place;
}

/* The thread is about to end. Whoever joins it has waited for all that ended before it too. */
static void akolhook_i_lookup_leave(void) {
    pthread_t before;
    int has_before;

    akolhook_i_lookup_lock();
    akolhook_i_lookups--;
    before = akolhook_i_ended;
    has_before = akolhook_i_has_ended;
    akolhook_i_ended = pthread_self();
    akolhook_i_has_ended = 1;
    akolhook_i_lookup_unlock();

    if (has_before) (void)pthread_join(before, NULL);
}

/* Has its end of the socketpair and nothing else: reads the name, writes the answer in one piece. Nobody may
   be listening any more. */
static void *akolhook_i_lookup_thread(void *argument) {
    int fd = (int)(intptr_t)argument;
    akolhook_lookup answer;
    char host[256];
    ssize_t n;

    do n = AKOLHOOK_I_SYS(recv)(fd, host, sizeof host - 1, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        host[n] = 0;
        akolhook_i_posix_resolve(host, &answer);
        do n = AKOLHOOK_I_SYS(send)(fd, &answer, sizeof answer, AKOLHOOK_I_SEND_FLAGS);
        while (n < 0 && errno == EINTR);
    }

    (void)AKOLHOOK_I_SYS(close)(fd);
    akolhook_i_lookup_leave();
    return NULL;
}

/* A thread with all signals blocked; 0 or an errno. */
static int akolhook_i_lookup_spawn(int fd) {
    enum { STACK = 256 * 1024 }; /* name service modules put large buffers there */
    void *argument = (void *)(intptr_t)fd;
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    int error;

    (void)sigfillset(&all);
    error = AKOLHOOK_I_SYS(pthread_sigmask)(SIG_SETMASK, &all, &old);
    if (error) return error;

    error = AKOLHOOK_I_SYS(pthread_attr_init)(&attr);
    if (!error) {
        error = pthread_attr_setstacksize(&attr, STACK);
        /* not covered: each system takes a stack of this size */
        if (!error)
            error = AKOLHOOK_I_SYS(pthread_create)(&thread, &attr, akolhook_i_lookup_thread, argument);
        (void)pthread_attr_destroy(&attr);
    }

    /* thread-local data of a large program may not fit there: the usual size */
    if (error) error = AKOLHOOK_I_SYS(pthread_create)(&thread, NULL, akolhook_i_lookup_thread, argument);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

AKOLHOOK_API akolhook_status akolhook_posix_lookups_wait(int timeout_ms) {
    const struct timespec pause = {0, 1000000}; /* 1 ms */
    const int64_t until = akolhook_i_posix_clock(CLOCK_MONOTONIC) + timeout_ms;
    pthread_t ended;
    int left, has_ended = 0;

    for (;;) {
        akolhook_i_lookup_lock();
        left = akolhook_i_lookups != 0;
        if (!left) {
            ended = akolhook_i_ended;
            has_ended = akolhook_i_has_ended;
            akolhook_i_has_ended = 0;
        }
        akolhook_i_lookup_unlock();

        if (!left) break;
        if (timeout_ms >= 0 && akolhook_i_posix_clock(CLOCK_MONOTONIC) >= until) return AKOLHOOK_LOOKUP_BUSY;
        (void)nanosleep(&pause, NULL);
    }

    if (has_ended) (void)pthread_join(ended, NULL);
    return AKOLHOOK_OK;
}

/* One end of a socketpair: closed on exec, raising no signal. */
static int akolhook_i_lookup_end(int fd) {
#ifdef SO_NOSIGPIPE
    int on = 1;
    if (AKOLHOOK_I_SYS(setsockopt)(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0) return -1;
#endif
#ifdef SOCK_CLOEXEC
    (void)fd;
    return 0;
#else
    return akolhook_i_posix_cloexec(fd);
#endif
}

/* The thread's end, pair[1], blocks, ours does not. -1 with errno. */
static int akolhook_i_lookup_pair(int pair[2]) {
#ifdef SOCK_CLOEXEC
    if (AKOLHOOK_I_SYS(socketpair)(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -1;
#else
    if (AKOLHOOK_I_SYS(socketpair)(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return -1;
#endif
    if (akolhook_i_lookup_end(pair[0]) != 0 || akolhook_i_lookup_end(pair[1]) != 0) return -1;
    return akolhook_i_posix_nonblocking(pair[0]);
}

static int akolhook_i_lookup_begin(akolhook_lookup *lookup) {
    int pair[2] = {-1, -1}, error = 0;
    size_t len = strlen(lookup->host);
    ssize_t n;

    if (!akolhook_i_lookup_enter()) { /* no socket yet: asked again until there is one */
        lookup->status = AKOLHOOK_LOOKUP_BUSY;
        return AKOLHOOK_IO_WANT_READ;
    }

    if (akolhook_i_lookup_pair(pair) != 0) error = errno;
    if (!error) {
        n = AKOLHOOK_I_SYS(send)(pair[0], lookup->host, len, AKOLHOOK_I_SEND_FLAGS);
        if (n != (ssize_t)len) error = n < 0 ? errno : EIO;
    }
    if (!error) error = akolhook_i_lookup_spawn(pair[1]);
    if (!error) {
        lookup->socket = pair[0];
        return AKOLHOOK_IO_WANT_READ;
    }

    if (pair[0] >= 0) (void)AKOLHOOK_I_SYS(close)(pair[0]);
    if (pair[1] >= 0) (void)AKOLHOOK_I_SYS(close)(pair[1]);
    akolhook_i_lookup_lock();
    akolhook_i_lookups--;
    akolhook_i_lookup_unlock();
    lookup->status = AKOLHOOK_SYSTEM_LIMIT;
    lookup->native_error = error;
    return AKOLHOOK_IO_FAIL;
}

/* Its thread, if it is still at work, goes on without being waited for. */
static void akolhook_i_posix_lookup_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    if (lookup->socket >= 0) (void)AKOLHOOK_I_SYS(close)((int)lookup->socket);
    lookup->socket = -1;
}

static int akolhook_i_posix_lookup(void *user, akolhook_lookup *lookup) {
    akolhook_lookup answer;
    ssize_t n;

    if (lookup->socket < 0) return akolhook_i_lookup_begin(lookup);
    do n = AKOLHOOK_I_SYS(recv)((int)lookup->socket, &answer, sizeof answer, 0);
    while (n < 0 && errno == EINTR);
    /* not covered: one number on most systems */
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return AKOLHOOK_IO_WANT_READ;

    /* an end without an answer is a failure */
    lookup->native_error = n < 0 ? errno : 0;
    akolhook_i_posix_lookup_cancel(user, lookup);
    return n == (ssize_t)sizeof answer ? akolhook_i_posix_found(lookup, &answer) : AKOLHOOK_IO_FAIL;
}

#endif /* AKOLHOOK_NO_THREADS */

/* ---- the platform ---- */

static const akolhook_transport akolhook_i_posix_plain = {0, akolhook_i_posix_open, NULL,
        akolhook_i_posix_send, akolhook_i_posix_recv, akolhook_i_posix_shut, NULL,
        AKOLHOOK_TRANSPORT_UNBUFFERED, akolhook_i_posix_sendv};
static const akolhook_platform akolhook_i_posix = {akolhook_i_posix_monotonic_ms, akolhook_i_posix_unix_ms,
        akolhook_posix_random, akolhook_i_posix_lookup, akolhook_i_posix_lookup_cancel,
        akolhook_i_posix_connect, akolhook_i_posix_connected, akolhook_i_posix_close, akolhook_i_posix_wait,
        &akolhook_i_posix_plain, NULL, AKOLHOOK_I_SET};
AKOLHOOK_API const akolhook_platform *akolhook_posix_platform(void) { return &akolhook_i_posix; }

#endif /* POSIX names */
#endif /* Windows */
#endif /* AKOLHOOK_NO_POSIX */

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_IMPLEMENTATION */

/* CHANGES
   1.0.0  The first release: names, numbers and files keep their meaning from here on.
          akolhook_explain read past its table of members where an envelope had one that
          it does not know, took minutes for a body of many numbers, and named no mistake
          with a body where Content-Length was given. On wolfSSL a handshake whose last
          flight left in pieces was taken for whole, and the name in the certificate was
          not looked at. A call over SQLite gets its turn beside one that writes without a
          pause; a claim over PostgreSQL costs the same however many webhooks are due; the
          hub goes on where the clock was never set. The tool read memory that was free
          where a sender did not read an answer of --forward, and wrote past its own for a
          request of a file with short lines; what is printed where a standard stream is
          closed, and a rewrite through a link, do the journal no harm.
   0.2.0  Not released. The hub, its stores and the transport on libcurl are headers of their
          own under examples/, each with a switch of its own; AKOLHOOK_USE_HUB and
          AKOLHOOK_USE_CURL are gone. AKOLHOOK_IMPLEMENT_ALL implements all that a file
          includes. Some status numbers moved, so that they stand in blocks and in order; from
          here on they are fixed.
          The ring of a replay guard holds no pointer and outlives its process, its key depends
          on no secret, and a commit makes a message the newest. akolhook_explain_receive,
          AKOLHOOK_NO_EXPLAIN, akolhook_incoming_cgi, akolhook_text_copy; a message that was
          refused says where.
          Deliveries to one origin share a lookup; LOOKUP_BUSY; akolhook_posix_lookups_wait;
          delivery.response and .cause tell of answers that are no HTTP; the client works
          where int and size_t have 16 bits. A TLS session lasts two hours from the last
          certificate shown; conn.held, with which TLS transports are UNBUFFERED;
          KEYS_LOGGED; akolhook_tls.h stands for akolhook_sessions.h. akolhook_selftest;
          akolhook_winsock.h for Windows.
   0.1.0  Receiver and sender. Not released.

   LICENCE: MIT No Attribution. Copyright the akolhook authors

   Permission is hereby granted, free of charge, to any person obtaining a copy of this
   software and associated documentation files (the "Software"), to deal in the Software
   without restriction, including without limitation the rights to use, copy, modify,
   merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
   permit persons to whom the Software is furnished to do so.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
   INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A
   PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
   HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
   CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR
   THE USE OR OTHER DEALINGS IN THE SOFTWARE. */
