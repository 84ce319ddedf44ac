/* Deliveries over real sockets to a server that goes wrong in every way that receivers do:
   tests/transports/faultd.c, in a process of its own. Plain here; with -DFAULTD_TLS over TLS, on OpenSSL.
   With LONG=1 in the environment the deadlines are the real 30 s and the round of faults is 100,000
   deliveries long (20,000 over TLS).
   cc -std=c99 -D_POSIX_C_SOURCE=200809L tests/transports/test_faults.c -pthread */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "akolhook.h"
#ifdef FAULTD_TLS
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include <openssl/hmac.h>
#endif
#define FAULTD_NO_MAIN
#include "faultd.c"
#include "faultd.h"
#include "../check.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define PATIENCE_MS 120000 /* nothing here takes longer unless it is broken */
#define WRONG(what) check_note(__FILE__, __LINE__, "not so: " what)

static faultd server;
static int long_form;
static char ca_file[] = "/tmp/akolhook-faults-XXXXXX";

#ifdef FAULTD_TLS
#define SCHEME "https"
#define MAIN_PORT "tls"
#define OTHER_PORT "tls12"
#define PORT6 "tls6"
#define OWN_NUMBER "443"
#define ROUND 20000
static akolhook_openssl openssl;
static const akolhook_transport *tls_transport(void) { return akolhook_openssl_transport(&openssl); }
#else
#define SCHEME "http"
#define MAIN_PORT "plain"
#define OTHER_PORT "second"
#define PORT6 "plain6"
#define OWN_NUMBER "80"
#define ROUND 100000
static const akolhook_transport *tls_transport(void) { return NULL; }
#endif

/* ---- small things ---- */

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int descriptors(void) {
    DIR *dir = opendir("/proc/self/fd");
    int n = 0, fd;
    if (dir) {
        while (readdir(dir)) n++;
        closedir(dir);
        return n;
    }
    for (fd = 0; fd < 1024; fd++) n += fcntl(fd, F_GETFD) != -1;
    return n;
}
/* The URL of a path at a port of the server. */
static const char *url_at(const char *port_name, const char *host, const char *path) {
    static char url[2300];
    snprintf(url, sizeof url, SCHEME "://%s:%d%s", host, faultd_port(&server, port_name), path);
    return url;
}
/* Waits until the server has taken notice of all that earlier tests did. */
static void settle(void) {
    int64_t give_up = now_ms() + PATIENCE_MS;
    while (faultd_counts(&server, MAIN_PORT).open != 0 && now_ms() < give_up) sleep_ms(5);
}
static const char *url_of(const char *path) { return url_at(MAIN_PORT, "127.0.0.1", path); }

/* ---- a client whose names are this machine ---- */

static akolhook_addr lookup_answers[4];
static size_t lookup_count;
static void lookup_is(size_t at, const char *text) {
    CHECK_STATUS(akolhook_addr_parse(akolhook_str_c(text), &lookup_answers[at]), OK);
    lookup_count = at + 1;
}
static int lookup_here(void *user, akolhook_lookup *lookup) {
    (void)user;
    memcpy(lookup->addrs, lookup_answers, lookup_count * sizeof lookup_answers[0]);
    lookup->count = lookup_count;
    return 0;
}
/* The ports of the schemes belong to the server. A small send buffer, so that a large body does not vanish in
 * it. */
static int connect_here(
        void *user, const akolhook_addr *addr, uint16_t number, intptr_t *fd, long *native_error) {
    int room = 16384, result;
    if (number == 80) number = (uint16_t)faultd_port(&server, "plain");
    if (number == 443) number = (uint16_t)faultd_port(&server, "tls");
    result = akolhook_posix_platform()->connect_fn(user, addr, number, fd, native_error);
    if (result == 0 || result == AKOLHOOK_IO_WANT_WRITE)
        setsockopt((int)*fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    return result;
}

static akolhook_platform here;
static akolhook_client *client;
static void *client_memory;
static akolhook_client_desc desc;

/* Strict and zeroed but for what the tests need: loopback, http, a larger response, time. */
static void desc_reset(void) {
    memset(&desc, 0, sizeof desc);
    here = *akolhook_posix_platform();
    here.lookup_fn = lookup_here;
    here.connect_fn = connect_here;
    lookup_is(0, "127.0.0.1");
    desc.platform = &here;
    desc.tls = tls_transport();
    settle();
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.deadline_ms = PATIENCE_MS;
}
static void client_begin(void) {
    client_memory = malloc(akolhook_client_size(&desc));
    CHECK_STATUS(akolhook_client_init(&client, client_memory, akolhook_client_size(&desc), &desc), OK);
}
static void client_end(void) {
    akolhook_client_close(client);
    free(client_memory);
    client = NULL;
}

/* ---- every fault that ends by itself ---- */

typedef struct row {
    const char *path;
    akolhook_status status;
    int code;
    akolhook_phase phase;
    int cut; /* EITHER: as much of the evidence as has come is kept, which the network decides */
    size_t body;
    const char *cause; /* what the cause says where the answer shows it; NULL: what the status does */
} row;
#define EITHER (-1)
#define FINE(path, code) \
    { path, AKOLHOOK_OK, code, AKOLHOOK_PHASE_DONE, 0, 100, NULL }
#define CUT(path, code) \
    { path, AKOLHOOK_OK, code, AKOLHOOK_PHASE_DONE, 1, 100, NULL }
#define CODE(path, code) \
    { path, AKOLHOOK_HTTP_STATUS, code, AKOLHOOK_PHASE_DONE, 0, 100, NULL }
#define BAD(path) NAMED(path, NULL)
#define NAMED(path, cause) \
    { path, AKOLHOOK_BAD_RESPONSE, 0, AKOLHOOK_PHASE_HEAD, 0, 100, cause }
/* more than what is kept of an answer as evidence */
#define LONG(path, status) \
    { path, AKOLHOOK_##status, 0, AKOLHOOK_PHASE_HEAD, 1, 100, NULL }
#define LARGE(path) LONG(path, RESPONSE_HEAD_TOO_LARGE)
#define BROKEN(path, status) \
    { path, AKOLHOOK_##status, 0, AKOLHOOK_PHASE_HEAD, 0, 100, NULL }
#ifdef FAULTD_TLS
#define DROPPED(path) BROKEN(path, RECEIVE_FAILED)
#define DROPPED_BODY(path) CUT(path, 200)
#else
#define DROPPED(path) BROKEN(path, RESPONSE_CUT)
#define DROPPED_BODY(path) FINE(path, 200)
#endif

static const row rows[] = {
        FINE("/ok", 200),
        FINE("/status/201", 201),
        FINE("/status/202", 202),
        FINE("/status/299", 299),
        FINE("/chunked", 200),
        FINE("/to-close", 200),
        FINE("/to-close-10", 200),
        FINE("/keep-10", 200),
        FINE("/bytes", 200),
        FINE("/key-update", 200),
        /* broken off */
        BROKEN("/close", RESPONSE_CUT),
        BROKEN("/close-status", RESPONSE_CUT),
        BROKEN("/close-head", RESPONSE_CUT),
        BROKEN("/reset", RECEIVE_FAILED),
        BROKEN("/reset-head", RECEIVE_FAILED),
        CUT("/close-body", 200),
        CUT("/reset-body", 200),
        CUT("/close-chunk", 200),
        CUT("/close-chunks", 200),
        CUT("/reset-chunk", 200),
        {"/close-500", AKOLHOOK_HTTP_STATUS, 500, AKOLHOOK_PHASE_DONE, 1, 100, NULL},
        DROPPED("/drop"),
        DROPPED("/drop-head"),
        FINE("/drop-length", 200),
        FINE("/drop-chunked", 200),
        CUT("/drop-body", 200),
        CUT("/drop-chunks", 200),
        DROPPED_BODY("/drop-close"),
        /* interim answers */
        FINE("/continue-60", 200),
        FINE("/early-hints", 200),
        FINE("/interim-field", 200),
        LONG("/continue-1000", TOO_MANY_INTERIM),
        LONG("/continue-million", TOO_MANY_INTERIM),
        BAD("/switch"),
        /* large heads: 16 KiB and 512 fields are the bounds */
        LARGE("/long-line"),
        LARGE("/many-fields"),
        LARGE("/long-status"),
        LARGE("/long-name"),
        {"/long-blank", AKOLHOOK_BAD_RESPONSE, 0, AKOLHOOK_PHASE_HEAD, EITHER, 100, NULL},
        FINE("/large-head", 200),
        FINE("/fields-512", 200),
        LARGE("/fields-513"),
        /* Content-Length and Transfer-Encoding */
        BAD("/cl-negative"),
        BAD("/cl-plus"),
        BAD("/cl-list"),
        BAD("/cl-list-unequal"),
        BAD("/cl-hex"),
        BAD("/cl-2-64"),
        BAD("/cl-2-64-5"),
        BAD("/cl-empty"),
        BAD("/cl-blank-inside"),
        BAD("/cl-fraction"),
        BAD("/cl-word"),
        BAD("/cl-twice"),
        BAD("/cl-twice-unequal"),
        BAD("/cl-and-te"),
        BAD("/te-and-cl"),
        BAD("/te-gzip"),
        BAD("/te-unknown"),
        BAD("/te-twice"),
        BAD("/te-10"),
        /* heads */
        BAD("/head-bare-lf"),
        BAD("/head-bare-cr"),
        BAD("/head-blank-colon"),
        BAD("/head-no-colon"),
        NAMED("/head-http2", "HTTP/2"),
        NAMED("/head-not-http", "SSH"),
        BAD("/head-code-2000"),
        BAD("/head-code-word"),
        FINE("/head-fold", 200),
        /* chunks: the head was good, so the delivery is */
        FINE("/chunk-extension", 200),
        FINE("/chunk-trailer", 200),
        CUT("/chunk-huge", 200),
        CUT("/chunk-2-64", 200),
        CUT("/chunk-negative", 200),
        CUT("/chunk-0x", 200),
        CUT("/chunk-empty", 200),
        CUT("/chunk-no-crlf", 200),
        CUT("/chunk-bare-lf", 200),
        CUT("/chunk-long-extension", 200),
        CUT("/chunk-trailer-bomb", 200),
        /* codes with and without a body */
        FINE("/204", 204),
        FINE("/204-body", 204),
        FINE("/204-chunked", 204),
        FINE("/205", 205),
        FINE("/cl-0", 200),
        CODE("/304", 304),
        CODE("/status/400", 400),
        CODE("/status/401", 401),
        CODE("/status/404", 404),
        CODE("/status/408", 408),
        CODE("/status/409", 409),
        CODE("/status/410", 410),
        CODE("/status/413", 413),
        CODE("/status/429", 429),
        CODE("/status/451", 451),
        CODE("/status/500", 500),
        CODE("/status/503", 503),
        CODE("/status/599", 599),
        CODE("/status/999", 999),
        BAD("/status/099"),
        CUT("/gzip-bomb", 200),
        CUT("/gzip-noise", 200),
        CUT("/endless-length", 200),
        CUT("/endless-chunks", 200),
        CUT("/endless-close", 200),
        {"/endless-500", AKOLHOOK_HTTP_STATUS, 500, AKOLHOOK_PHASE_DONE, 1, 100, NULL},
        /* an answer before the body was read, and then the end of the connection */
        {"/early-close", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_DONE, 0, 1000000, NULL},
        {"/early-413", AKOLHOOK_HTTP_STATUS, 413, AKOLHOOK_PHASE_DONE, 0, 1000000, NULL},
        {"/early-shut", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_DONE, 0, 1000000, NULL},
        {"/early-read", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_DONE, 0, 1000000, NULL},
        {"/close", AKOLHOOK_RESPONSE_CUT, 0, AKOLHOOK_PHASE_HEAD, 0, 1000000, NULL},
};

static char a_body[1 << 20];

static void check_row(const row *r, const akolhook_delivery *d, akolhook_status returned) {
    int phase_fits = d->phase == r->phase || (r->cut > 0 && d->phase == AKOLHOOK_PHASE_BODY);
    int cause_fits = d->cause && (r->cause ? strstr(d->cause, r->cause) != NULL
                                           : strcmp(d->cause, akolhook_status_text(r->status)) == 0);
    if (d->status == r->status && returned == r->status && d->code == r->code && phase_fits &&
            (r->cut == EITHER || d->response_cut == r->cut) && cause_fits && d->ms >= 0 &&
            d->ms < PATIENCE_MS / 2)
        return;
    printf("%s: %s, code %d, phase %s, cut %d, %d ms, native error %ld; expected %s, %d, %s, %d\n", r->path,
            akolhook_status_name(d->status), d->code, akolhook_phase_name(d->phase), d->response_cut,
            (int)d->ms, d->native_error, akolhook_status_name(r->status), r->code,
            akolhook_phase_name(r->phase), r->cut);
    WRONG("the delivery ends as it should");
}
static void test_rows(void) {
    int before = descriptors();
    size_t i, round;
    desc_reset();
    client_begin();
    for (round = 0; round < 2; round++) {
        for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const row *r = &rows[i];
            akolhook_delivery d;
            akolhook_status status;
            status = akolhook_deliver(client, url_of(r->path), SECRET, a_body, r->body, &d);
            check_row(r, &d, status);
            if (r->status == AKOLHOOK_RECEIVE_FAILED) CHECK(d.native_error != 0);
            if (round == 0) continue; /* no fault leaves a trace, and no connection that can be used again */
            CHECK_STATUS(akolhook_deliver(client, url_of("/ok"), SECRET, "{}", 2, &d), OK);
            CHECK(d.response.len == 2 && memcmp(d.response.ptr, "ok", 2) == 0);
            if (r->code == 0 || strcmp(r->path, "/204-body") == 0 || strcmp(r->path, "/204-chunked") == 0)
                CHECK_INT(d.reused, 0);
        }
    }
    client_end();
    CHECK_INT(descriptors(), before);
}

/* ---- what hangs, to the deadline ---- */

typedef struct hang_row {
    const char *at, *path;
    akolhook_status status;
    int code;
    akolhook_phase phase;
    int cut;
    size_t body;
} hang_row;
static const hang_row hang_rows[] = {
        {MAIN_PORT, "/slow-head", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_HEAD, 0, 10},
        {MAIN_PORT, "/silent", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_HEAD, 0, 10},
        {MAIN_PORT, "/silent-head", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_HEAD, 0, 10},
        {MAIN_PORT, "/silent-interim", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_HEAD, 0, 10},
        {MAIN_PORT, "/slow-body", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_BODY, 1, 10},
        {MAIN_PORT, "/slow-close", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_BODY, 1, 10},
        {MAIN_PORT, "/slow-chunk", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_BODY, 1, 10},
        {MAIN_PORT, "/hang-cl", AKOLHOOK_OK, 200, AKOLHOOK_PHASE_BODY, 1, 10},
        {MAIN_PORT, "/unread", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_SEND, 0, sizeof a_body},
        {"blackhole", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_CONNECT, 0, 10},
#ifdef FAULTD_TLS
        {"silent", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
        {"stall_hello", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
        {"stall_half", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
        {"stall12_half", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
        {"stall12_finish", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
        {"stall12_finish_half", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_TLS, 0, 10},
#else
        {"silent", "/ok", AKOLHOOK_DEADLINE, 0, AKOLHOOK_PHASE_HEAD, 0, 10},
#endif
};
#define HANG_ROWS (sizeof hang_rows / sizeof hang_rows[0])

/* One of them, in a process of its own: all run at the same time. On a busy machine the deadline may pass
   before the receiver has come to hang: then it is tried with a later one. */
static int hang_one(const hang_row *r) {
    int32_t least, most;
    akolhook_delivery d;
    char path[100];
    int64_t start;
    akolhook_status status;
    do {
        least = (int32_t)desc.deadline_ms;
        most = least + (long_form ? 500 : 9000);
        snprintf(path, sizeof path, "%s?ms=%d&hold=%d", r->path, long_form ? 1000 : 50, (int)least + 1000);
        client_begin();
        start = now_ms();
        status = akolhook_deliver(client, url_at(r->at, "127.0.0.1", path), SECRET, a_body, r->body, &d);
        start = now_ms() - start;
        client_end();
        desc.deadline_ms *= 4;
    } while (status == AKOLHOOK_DEADLINE && d.phase < r->phase && desc.deadline_ms < PATIENCE_MS);
    if (status == r->status && d.code == r->code && d.phase == r->phase && d.response_cut == r->cut &&
            d.ms >= least && d.ms <= most && start >= least && start <= most + 100) {
        if (long_form)
            printf("%s at %s: %s in %s after %d ms\n", r->path, r->at, akolhook_status_name(status),
                    akolhook_phase_name(d.phase), (int)d.ms);
        return 0;
    }
    printf("%s at %s: %s, code %d, phase %s, cut %d, %d ms; expected %s, %d, %s, %d, %d..%d ms\n", r->path,
            r->at, akolhook_status_name(status), d.code, akolhook_phase_name(d.phase), d.response_cut,
            (int)d.ms, akolhook_status_name(r->status), r->code, akolhook_phase_name(r->phase), r->cut,
            (int)least, (int)most);
    return 1;
}
static void test_deadlines(void) {
    pid_t children[HANG_ROWS];
    size_t i;
    desc_reset();
    desc.deadline_ms = long_form ? 0 : 400;
    if (long_form) desc.deadline_ms = 30000; /* what 0 stands for, said for hang_one */
    fflush(stdout);
    for (i = 0; i < HANG_ROWS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            int bad = hang_one(&hang_rows[i]);
            fflush(stdout);
            _exit(bad);
        }
    }
    for (i = 0; i < HANG_ROWS; i++) {
        int status = -1;
        CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0);
    }
}

/* ---- memory ---- */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1 /* keeps freed memory for a while */
#else
#define SANITIZED 0
#endif

static void test_memory(void) {
    static const char *const paths[] = {
            "/endless-length", "/endless-chunks", "/endless-close", "/gzip-bomb", "/long-line"};
    struct rusage before, after;
    akolhook_delivery d;
    size_t i;
    desc_reset();
    client_begin();
    for (i = 0; i < 5; i++)
        (void)!akolhook_deliver(client, url_of(paths[i]), SECRET, "{}", 2, &d); /* libraries warm up */
    getrusage(RUSAGE_SELF, &before);
    for (i = 0; i < 25; i++) {
        (void)!akolhook_deliver(client, url_of(paths[i % 5]), SECRET, "{}", 2, &d);
        CHECK(d.response.len <= 1024);
    }
    getrusage(RUSAGE_SELF, &after);
    CHECK(SANITIZED || after.ru_maxrss - before.ru_maxrss < 512); /* KiB, for what could be 15 GiB */
    CHECK_STATUS(akolhook_deliver(client, url_of("/gzip-bomb"), SECRET, "{}", 2, &d), OK);
    CHECK(d.response.len == 1024 && memcmp(d.response.ptr, "\x1F\x8B\x08", 3) == 0); /* as it came */
    client_end();
}

/* ---- Retry-After ---- */

static void test_retry_after(void) {
    static const struct {
        const char *value;
        int32_t seconds;
    } values[] = {
            {"120", 120},
            {"0", 0},
            {"-5", -1},
            {"+5", -1},
            {"1e9", -1},
            {"1.5", -1},
            {"99999999999999999999", INT32_MAX},
            {"120,%20240", -1},
            {"%20", -1},
            {"soon", -1},
            {"0x10", -1},
            {"Wed,%2031%20Feb%202026%2000:00:00%20GMT", -1},
            {"Sun,%2006%20Nov%201994%2008:49:37%20GMT", 0},
            {"Sunday,%2006-Nov-94%2008:49:37%20GMT", 0},
            {"Sun%20Nov%20%206%2008:49:37%201994", 0},
    };
    akolhook_delivery d;
    char path[300];
    size_t i;
    desc_reset();
    client_begin();
    for (i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(path, sizeof path, "/retry/%s", values[i].value);
        CHECK_STATUS(akolhook_deliver(client, url_of(path), SECRET, "{}", 2, &d), HTTP_STATUS);
        CHECK_INT(d.code, 503);
        if (d.retry_after_s != values[i].seconds) printf("Retry-After: %s\n", values[i].value);
        CHECK_INT(d.retry_after_s, values[i].seconds);
    }
    { /* a date to come: in one hour */
        char date[64];
        time_t then = time(NULL) + 3600;
        struct tm t;
        gmtime_r(&then, &t);
        strftime(date, sizeof date, "/retry/%a,%%20%d%%20%b%%20%Y%%20%H:%M:%S%%20GMT", &t);
        CHECK_STATUS(akolhook_deliver(client, url_of(date), SECRET, "{}", 2, &d), HTTP_STATUS);
        CHECK(d.retry_after_s > 3600 - PATIENCE_MS / 1000 && d.retry_after_s <= 3600);
    }
    client_end();
}

/* ---- what was sent ---- */

/* The request as the server saw it: /echo gives it back. */
static akolhook_str echoed(const akolhook_delivery *d, akolhook_str *head) {
    akolhook_str body = {NULL, 0};
    size_t i;
    head->ptr = d->response.ptr;
    head->len = 0;
    for (i = 4; i <= d->response.len && !head->len; i++)
        if (memcmp(d->response.ptr + i - 4, "\r\n\r\n", 4) == 0) head->len = i;
    CHECK(head->len != 0);
    body.ptr = d->response.ptr + head->len;
    body.len = d->response.len - head->len;
    return body;
}
/* The value of a field that stands exactly once. */
static akolhook_str field(akolhook_str head, const char *name) {
    akolhook_str value = {NULL, 0};
    size_t i, j, n = strlen(name), times = 0;
    for (i = 0; i + n + 4 < head.len; i++) {
        if (i < 2 || memcmp(head.ptr + i - 2, "\r\n", 2) != 0 || strncasecmp(head.ptr + i, name, n) != 0)
            continue;
        if (head.ptr[i + n] != ':') continue;
        for (j = i + n + 2; head.ptr[j] != '\r'; j++) {}
        value.ptr = head.ptr + i + n + 2;
        value.len = j - (i + n + 2);
        times++;
    }
    if (times != 1) printf("%s stands %lu times\n", name, (unsigned long)times);
    CHECK_INT(times, 1);
    return value;
}
static uint64_t noise_state = 88172645463325252ULL;
static uint32_t noise(void) { /* xorshift64 */
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    noise_state ^= noise_state << 17;
    return (uint32_t)(noise_state >> 32);
}
static void check_signatures(akolhook_str head, akolhook_str body) {
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message message;
    akolhook_str signature = field(head, "X-Webhook-Signature"), id = field(head, "webhook-id");
    akolhook_str time_text = field(head, "webhook-timestamp"), standard = field(head, "webhook-signature");
    char text[65];
    CHECK_INT(signature.len, 64);
    if (signature.len != 64) return;
    memcpy(text, signature.ptr, 64);
    text[64] = 0;
    CHECK_STATUS(akolhook_verify(SECRET, text, body.ptr, body.len), OK);
    receiver.schemes = AKOLHOOK_SCHEME_STANDARD;
    CHECK_STATUS(akolhook_receiver_add_secret(&receiver, SECRET), OK);
    akolhook_incoming_header(&in, "webhook-id", 10, id.ptr, id.len);
    akolhook_incoming_header(&in, "webhook-timestamp", 17, time_text.ptr, time_text.len);
    akolhook_incoming_header(&in, "webhook-signature", 17, standard.ptr, standard.len);
    CHECK_STATUS(
            akolhook_authenticate(&receiver, &in, body.ptr, body.len, (int64_t)time(NULL), &message), OK);
#ifdef FAULTD_TLS
    { /* OpenSSL's own opinion */
        unsigned char mac[32];
        char hex[65];
        unsigned i;
        HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (const unsigned char *)body.ptr, body.len, mac, NULL);
        for (i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", mac[i]);
        CHECK_MEM(text, 64, hex, 64);
    }
#endif
}
static void test_bytes(void) {
    static unsigned char body[1 << 20];
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery d;
    int i;
    desc_reset();
    desc.response_cap = (1 << 20) + 4096;
    client_begin();
    request.secret = akolhook_str_c(SECRET);
    for (i = 0; i < 1000; i++) {
        size_t len = i == 0        ? sizeof body
                     : i == 1      ? 0
                     : i % 50 == 0 ? noise() % 70000
                                   : noise() % 2000,
               j, first, second;
        akolhook_str head, got;
        for (j = 0; j < len; j++) body[j] = (unsigned char)noise();
        first = len ? noise() % (len + 1) : 0;
        second = len - first ? noise() % (len - first + 1) : 0;
        request.url = akolhook_str_c(url_of("/echo"));
        request.body[0] = akolhook_str_n(body, first);
        request.body[1] = akolhook_str_n(body + first, second);
        request.body[2] = akolhook_str_n(body + first + second, len - first - second);
        CHECK_STATUS(akolhook_deliver_request(client, &request, &d), OK);
        CHECK_INT(d.response_cut, 0);
        if (d.status != AKOLHOOK_OK || d.response_cut) break;
        got = echoed(&d, &head);
        CHECK_INT(got.len, len);
        CHECK(got.len == len && memcmp(got.ptr, body, len) == 0);
        check_signatures(head, got);
        if (check_bad) break;
    }
    client_end();
}
/* The published vectors, as they stand on the wire. */
static void test_vectors(void) {
    static const char body[] =
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1\","
            "\"webhookId\":\"whk_1\",\"data\":{}}";
    akolhook_delivery d;
    akolhook_str head, got;
    char text[32];
    desc_reset();
    desc.response_cap = 4096;
    client_begin();
    CHECK_STATUS(akolhook_deliver(client, url_of("/echo"), SECRET, body, sizeof body - 1, &d), OK);
    got = echoed(&d, &head);
    CHECK_STR(got, body);
    CHECK_STR(field(head, "X-Webhook-Signature"),
            "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89");
    CHECK_STR(field(head, "Content-Type"), "application/json");
    CHECK_STR(field(head, "Accept-Encoding"), "identity");
    snprintf(text, sizeof text, "%lu", (unsigned long)(sizeof body - 1));
    CHECK_STR(field(head, "Content-Length"), text);
    CHECK_STR(field(head, "webhook-id"), d.message_id);
    snprintf(text, sizeof text, "%lld", (long long)d.sent_at);
    CHECK_STR(field(head, "webhook-timestamp"), text);
    CHECK(head.len > 21 && memcmp(head.ptr, "POST /echo HTTP/1.1\r\n", 21) == 0);
    client_end();
}

/* ---- Host ---- */

static void host_is(const char *url, const char *want) {
    akolhook_delivery d;
    akolhook_str head;
    CHECK_STATUS(akolhook_deliver(client, url, SECRET, "{}", 2, &d), OK);
    if (d.status != AKOLHOOK_OK) return;
    (void)echoed(&d, &head);
    CHECK_STR(field(head, "Host"), want);
}
static void test_host(void) {
    char want[100];
    desc_reset();
    desc.response_cap = 4096;
    client_begin();
    snprintf(want, sizeof want, "127.0.0.1:%d", faultd_port(&server, MAIN_PORT));
    host_is(url_of("/echo"), want);
    snprintf(want, sizeof want, "hooks.localhost:%d", faultd_port(&server, MAIN_PORT));
    host_is(url_at(MAIN_PORT, "hooks.localhost", "/echo"), want);
    host_is(SCHEME "://hooks.localhost/echo", "hooks.localhost"); /* the scheme's own port is left out */
    host_is(SCHEME "://hooks.localhost:" OWN_NUMBER "/echo", "hooks.localhost");
    host_is(SCHEME "://127.0.0.1/echo", "127.0.0.1");
    if (faultd_port(&server, PORT6)) {
        snprintf(want, sizeof want, "[::1]:%d", faultd_port(&server, PORT6));
        host_is(url_at(PORT6, "[::1]", "/echo"), want);
    }
    client_end();
}

/* ---- custom headers ---- */

static akolhook_status deliver_header(
        const char *name, size_t name_len, const char *value, size_t value_len, akolhook_delivery *d) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_header header;
    header.name = akolhook_str_n(name, name_len);
    header.value = akolhook_str_n(value, value_len);
    request.url = akolhook_str_c(url_of("/echo"));
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{}");
    request.headers = &header;
    request.header_count = 1;
    return akolhook_deliver_request(client, &request, d);
}
#define BOTH(name, value) name, sizeof(name) - 1, value, sizeof(value) - 1
#define MALFORMED(name, value) \
    { BOTH(name, value), AKOLHOOK_BAD_HEADER }
#define RESERVED(name) \
    { BOTH(name, "1"), AKOLHOOK_RESERVED_HEADER }
typedef struct header_row {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
    akolhook_status status;
} header_row;
static const header_row header_rows[] = {
        MALFORMED("X-A\r\nHost: b", "1"),
        MALFORMED("X-A", "1\r\nX-B: 2"),
        MALFORMED("X-A", "1\nX-B: 2"),
        MALFORMED("X-A", "1\r"),
        MALFORMED("X-A", "1\0002"),
        MALFORMED("X-A\0", "1"),
        MALFORMED("X-A:", "1"),
        MALFORMED("X A", "1"),
        MALFORMED(" Host", "1"),
        MALFORMED("X-\xC3\xA4", "1"),
        MALFORMED("", "1"),
        MALFORMED("X-A", "\x7F"),
        RESERVED("x-webhook-signature"),
        RESERVED("WEBHOOK-ID"),
        RESERVED("webhook-timestamp"),
        RESERVED("Webhook-Signature"),
        RESERVED("host"),
        RESERVED("Content-Length"),
        RESERVED("Transfer-Encoding"),
        RESERVED("Connection"),
        RESERVED("Expect"),
        RESERVED("Proxy-Authorization"),
        RESERVED("X-Webhook-Event"),
        RESERVED("X-Webhook-Test"),
};
static void test_headers(void) {
    static char large[9000];
    akolhook_header twice[2];
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery d;
    akolhook_str head;
    faultd_count before, after;
    size_t i;
    desc_reset();
    desc.response_cap = 16384;
    desc.head_cap = 16384;
    client_begin();
    memset(large, 'a', sizeof large);
    before = faultd_counts(&server, MAIN_PORT);
    for (i = 0; i < sizeof header_rows / sizeof header_rows[0]; i++) {
        const header_row *r = &header_rows[i];
        akolhook_status status = deliver_header(r->name, r->name_len, r->value, r->value_len, &d);
        if (status != r->status) printf("%s: %s: %s\n", r->name, r->value, akolhook_status_name(status));
        CHECK_INT(status, r->status);
    }
    CHECK_STATUS(deliver_header("X-A", 3, large, sizeof large, &d), HEADER_TOO_LARGE);
    request.url = akolhook_str_c(url_of("/echo"));
    request.secret = akolhook_str_c(SECRET);
    twice[0].name = akolhook_str_c("X-A");
    twice[1].name = akolhook_str_c("x-a");
    twice[0].value = twice[1].value = akolhook_str_c("1");
    request.headers = twice;
    request.header_count = 2;
    CHECK_STATUS(akolhook_deliver_request(client, &request, &d), RESERVED_HEADER);
    request.header_count = 0;
    request.message_id = akolhook_str_c("msg_1\r\nX-B: 2");
    CHECK_STATUS(akolhook_deliver_request(client, &request, &d), BAD_ID);
    request.message_id = akolhook_str_c("");
    request.event = akolhook_str_c("call.ended\r\nX-B: 2");
    CHECK(akolhook_deliver_request(client, &request, &d) != AKOLHOOK_OK);
    after = faultd_counts(&server, MAIN_PORT);
    CHECK_INT(after.connections, before.connections); /* not one of them reached the server */
    CHECK_INT(after.bytes, before.bytes);
    CHECK_STATUS(deliver_header("X-Tenant", 8, "a \t\"b\"", 6, &d), OK);
    (void)echoed(&d, &head);
    CHECK_STR(field(head, "X-Tenant"), "a \t\"b\"");
    request.event = akolhook_str_c("call.ended");
    request.test = 1;
    CHECK_STATUS(akolhook_deliver_request(client, &request, &d), OK);
    (void)echoed(&d, &head);
    CHECK_STR(field(head, "X-Webhook-Event"), "call.ended");
    CHECK_STR(field(head, "X-Webhook-Test"), "1");
    client_end();
}

/* ---- nothing is carried from one answer into the next request ---- */

/* The echoed head without what changes from request to request. */
static void head_of(char out[4096]) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery d;
    akolhook_str head;
    size_t i, n = 0, line;
    request.url = akolhook_str_c(url_of("/echo"));
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{}");
    request.message_id = akolhook_str_c("msg_1");
    CHECK_STATUS(akolhook_deliver_request(client, &request, &d), OK);
    (void)echoed(&d, &head);
    for (i = 0; i < head.len && i < 4000; i = line) {
        for (line = i; line < head.len && head.ptr[line] != '\n'; line++) {}
        line++;
        if (strncmp(head.ptr + i, "webhook-timestamp", 17) == 0 ||
                strncmp(head.ptr + i, "webhook-signature", 17) == 0)
            continue;
        memcpy(out + n, head.ptr + i, line - i);
        n += line - i;
    }
    out[n] = 0;
}
static void test_no_state(void) {
    static const char *const paths[] = {
            "/cookie", "/alt-svc", "/upgrade", "/hsts", "/location", "/redirect/307", "/status/401"};
    char first[4096], next[4096];
    akolhook_delivery d;
    size_t i;
    desc_reset();
    desc.response_cap = 4096;
    client_begin();
    head_of(first);
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        akolhook_status status = akolhook_deliver(client, url_of(paths[i]), SECRET, "{}", 2, &d);
        CHECK_INT(status, i < 5 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS);
        head_of(next);
        CHECK_TEXT(next, first);
    }
    client_end();
}

/* ---- redirects, and addresses that may not be called ---- */

static void test_redirects(void) {
    static const int codes[] = {300, 301, 302, 303, 305, 307, 308};
    akolhook_delivery d;
    faultd_count second, mine;
    char path[64];
    size_t i;
    desc_reset();
    client_begin();
    second = faultd_counts(&server, "second");
    mine = faultd_counts(&server, MAIN_PORT);
    for (i = 0; i < 14; i++) {
        snprintf(path, sizeof path, "/redirect/%d%s", codes[i / 2], i % 2 ? "?to=same" : "");
        CHECK_STATUS(akolhook_deliver(client, url_of(path), SECRET, "{}", 2, &d), HTTP_STATUS);
        CHECK_INT(d.code, codes[i / 2]);
    }
    CHECK_INT(faultd_counts(&server, "second").connections, second.connections);
    CHECK_INT(faultd_counts(&server, MAIN_PORT).requests, mine.requests + 14);
    client_end();
}

static void refused(const char *url, akolhook_status want) {
    akolhook_delivery d;
    akolhook_status status = akolhook_deliver(client, url, SECRET, "{}", 2, &d);
    if (status != want)
        printf("%s: %s, expected %s\n", url, akolhook_status_name(status), akolhook_status_name(want));
    CHECK_INT(status, want);
    CHECK_INT(d.code, 0);
    CHECK(d.connect_ms == -1 && d.tls_ms == -1);
}
static void test_blocked(void) {
    static const struct {
        const char *host;
        akolhook_status status;
    } hosts[] = {
            {"127.0.0.1", AKOLHOOK_BLOCKED_ADDRESS},
            {"127.255.255.254", AKOLHOOK_BLOCKED_ADDRESS},
            {"0.0.0.0", AKOLHOOK_BLOCKED_ADDRESS},
            {"[::1]", AKOLHOOK_BLOCKED_ADDRESS},
            {"[::]", AKOLHOOK_BLOCKED_ADDRESS},
            {"[::ffff:127.0.0.1]", AKOLHOOK_BLOCKED_ADDRESS},
            {"[::127.0.0.1]", AKOLHOOK_BLOCKED_ADDRESS},
            {"[64:ff9b::7f00:1]", AKOLHOOK_BLOCKED_ADDRESS},
            {"169.254.169.254", AKOLHOOK_BLOCKED_ADDRESS},
            {"10.0.0.1", AKOLHOOK_BLOCKED_ADDRESS},
            {"localhost", AKOLHOOK_BLOCKED_NAME},
            {"LOCALHOST", AKOLHOOK_BLOCKED_NAME},
            {"a.localhost", AKOLHOOK_BLOCKED_NAME},
            {"127.1", AKOLHOOK_URL_HOST},
            {"2130706433", AKOLHOOK_URL_HOST},
            {"0x7f000001", AKOLHOOK_URL_HOST},
            {"0177.0.0.1", AKOLHOOK_URL_HOST},
            {"a:b@127.0.0.1", AKOLHOOK_URL_USERINFO},
            {"example.com\\@127.0.0.1", AKOLHOOK_URL_CHARACTER},
            {"hooks.example", AKOLHOOK_BLOCKED_ADDRESS},
    };
    static const char *const listeners[] = {"plain", "second", "plain6", "tls", "tls6"};
    faultd_count before[5];
    akolhook_delivery d;
    size_t i;
    desc_reset();
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP; /* public addresses only */
    client_begin();
    for (i = 0; i < 5; i++) before[i] = faultd_counts(&server, listeners[i]);
    for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        refused(url_at(MAIN_PORT, hosts[i].host, "/ok"), hosts[i].status);
    /* one bad address in the answer refuses all of them, wherever it stands; the refused one is told */
    lookup_is(0, "93.184.216.34");
    lookup_is(1, "127.0.0.1");
    refused(url_at(MAIN_PORT, "hooks.example", "/ok"), AKOLHOOK_BLOCKED_ADDRESS);
    CHECK_STATUS(akolhook_deliver(client, url_at(MAIN_PORT, "hooks.example", "/ok"), SECRET, "{}", 2, &d),
            BLOCKED_ADDRESS);
    CHECK(d.peer.family == 4 && d.peer.bytes[0] == 127);
    lookup_is(0, "127.0.0.1");
    lookup_is(1, "93.184.216.34");
    refused(url_at(MAIN_PORT, "hooks.example", "/ok"), AKOLHOOK_BLOCKED_ADDRESS);
    client_end();
    desc.policy.flags = 0; /* zeroed: https only */
    client_begin();
    refused("http://127.0.0.1/", AKOLHOOK_URL_SCHEME);
    refused("https://127.0.0.1/", AKOLHOOK_BLOCKED_ADDRESS);
    client_end();
    for (i = 0; i < 5; i++) { /* not a byte reached a listener */
        faultd_count after = faultd_counts(&server, listeners[i]);
        CHECK_INT(after.connections, before[i].connections);
        CHECK_INT(after.bytes, before[i].bytes);
    }
}
/* A network that is opened, and closed again: then nothing goes there, over an open connection neither. */
static void test_closed_network(void) {
    faultd_count before;
    akolhook_cidr allow[1];
    akolhook_delivery d;
    desc_reset();
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.policy.allow = allow;
    desc.policy.allow_count = 1;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("127.0.0.1/32"), &allow[0]), OK);
    client_begin();
    CHECK_STATUS(akolhook_deliver(client, url_of("/ok"), SECRET, "{}", 2, &d), OK);
    refused(url_at(MAIN_PORT, "127.0.0.2", "/ok"), AKOLHOOK_BLOCKED_ADDRESS);
#ifndef FAULTD_TLS /* a name that no certificate of the server holds */
    CHECK_STATUS(
            akolhook_deliver(client, url_at(MAIN_PORT, "hooks.example", "/ok"), SECRET, "{}", 2, &d), OK);
#endif
    before = faultd_counts(&server, MAIN_PORT);
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.0.0.0/8"), &allow[0]), OK);
    refused(url_of("/ok"), AKOLHOOK_BLOCKED_ADDRESS);
    refused(url_at(MAIN_PORT, "hooks.example", "/ok"), AKOLHOOK_BLOCKED_ADDRESS);
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("127.0.0.1/32"), &allow[0]), OK);
    lookup_is(0, "127.0.0.2"); /* the name moves to a place that may not be called */
    refused(url_at(MAIN_PORT, "hooks.example", "/ok"), AKOLHOOK_BLOCKED_ADDRESS);
    CHECK_INT(faultd_counts(&server, MAIN_PORT).requests, before.requests);
    client_end();
}

/* ---- before HTTP ---- */

static void test_before_http(void) {
    static const struct {
        const char *at;
        akolhook_status plain, tls;
    } places[] = {
            {"refused", AKOLHOOK_CONNECT_FAILED, AKOLHOOK_CONNECT_FAILED},
            {"closed", AKOLHOOK_RESPONSE_CUT, AKOLHOOK_TLS_FAILED},
            {"hello_closed", AKOLHOOK_RESPONSE_CUT, AKOLHOOK_TLS_FAILED},
            {"hello_reset", AKOLHOOK_RECEIVE_FAILED, AKOLHOOK_TLS_FAILED},
            {"alert", AKOLHOOK_BAD_RESPONSE, AKOLHOOK_TLS_FAILED},
            {"oversize", AKOLHOOK_BAD_RESPONSE, AKOLHOOK_TLS_FAILED},
    };
    akolhook_delivery d;
    size_t i;
    int https = tls_transport() != NULL;
    desc_reset();
    client_begin();
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        akolhook_status want = https ? places[i].tls : places[i].plain, got;
        got = akolhook_deliver(client, url_at(places[i].at, "127.0.0.1", "/ok"), SECRET, "{}", 2, &d);
        if (got != want)
            printf("%s: %s, expected %s\n", places[i].at, akolhook_status_name(got),
                    akolhook_status_name(want));
        CHECK_INT(got, want);
        if (i == 0) CHECK_INT(d.native_error, ECONNREFUSED);
        CHECK_INT(d.phase, i == 0  ? AKOLHOOK_PHASE_CONNECT
                           : https ? AKOLHOOK_PHASE_TLS
                                   : AKOLHOOK_PHASE_HEAD);
    }
    { /* reset before anything is said: while sending, reading or in the handshake */
        akolhook_status got =
                akolhook_deliver(client, url_at("reset", "127.0.0.1", "/ok"), SECRET, "{}", 2, &d);
        CHECK(got == AKOLHOOK_TLS_FAILED || got == AKOLHOOK_RECEIVE_FAILED || got == AKOLHOOK_SEND_FAILED ||
                got == AKOLHOOK_CONNECT_FAILED);
        CHECK(d.native_error == ECONNRESET || d.native_error == EPIPE);
    }
    client_end();
}

#ifdef FAULTD_TLS
static void test_certificates(void) {
    static const struct {
        const char *at, *host;
        akolhook_status status;
        long error;
    } places[] = {
            {"tls", "127.0.0.1", AKOLHOOK_OK, 0},
            {"tls", "hooks.localhost", AKOLHOOK_OK, 0},
            {"rsa", "localhost", AKOLHOOK_OK, 0},
            {"ip_only", "127.0.0.1", AKOLHOOK_OK, 0},
            {"tls12", "localhost", AKOLHOOK_OK, 0},
            {"tls13", "localhost", AKOLHOOK_OK, 0},
            {"wrong_host", "localhost", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_HOSTNAME_MISMATCH},
            {"expired", "localhost", AKOLHOOK_TLS_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED},
            {"not_yet", "localhost", AKOLHOOK_TLS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID},
            {"self_signed", "localhost", AKOLHOOK_TLS_UNTRUSTED, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
            {"other_ca", "localhost", AKOLHOOK_TLS_UNTRUSTED, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
            {"leaf_ca", "localhost", AKOLHOOK_TLS_UNTRUSTED, X509_V_ERR_INVALID_CA},
            {"client_only", "localhost", AKOLHOOK_TLS_UNTRUSTED, X509_V_ERR_INVALID_PURPOSE},
            {"cn_only", "localhost", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_HOSTNAME_MISMATCH},
            {"wildcard", "hooks.localhost", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_HOSTNAME_MISMATCH},
            {"other_ip", "127.0.0.1", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_IP_ADDRESS_MISMATCH},
            {"name_for_ip", "127.0.0.1", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_IP_ADDRESS_MISMATCH},
            {"nul_name", "localhost", AKOLHOOK_TLS_WRONG_HOST, X509_V_ERR_HOSTNAME_MISMATCH},
    };
    akolhook_delivery d;
    size_t i;
    desc_reset();
    client_begin();
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        faultd_count before = faultd_counts(&server, places[i].at);
        akolhook_status got =
                akolhook_deliver(client, url_at(places[i].at, places[i].host, "/ok"), SECRET, "{}", 2, &d);
        if (got != places[i].status)
            printf("%s, %s: %s\n", places[i].at, places[i].host, akolhook_status_name(got));
        CHECK_INT(got, places[i].status);
        CHECK_INT(d.native_error, places[i].error);
        CHECK_INT(d.phase, got == AKOLHOOK_OK ? AKOLHOOK_PHASE_DONE : AKOLHOOK_PHASE_TLS);
        CHECK_INT(faultd_counts(&server, places[i].at).requests, before.requests + (got == AKOLHOOK_OK));
    }
    /* the name in SNI and Host though an address was connected to */
    CHECK_STATUS(
            akolhook_deliver(client, url_at("tls", "x.wild.localhost", "/tls"), SECRET, "{}", 2, &d), OK);
    CHECK(d.response.len > 21 && memcmp(d.response.ptr, "sni=x.wild.localhost ", 21) == 0);
    client_end();
}
#endif

/* ---- one hanging receiver does not hold the others back ---- */

typedef struct tally {
    int done, ok;
    int64_t start[200], took[200];
} tally;
static void on_hang(void *user, uint64_t id, const akolhook_delivery *d) {
    (void)id;
    (void)d;
    ++*(int *)user;
}
static void on_answer(void *user, uint64_t id, const akolhook_delivery *d) {
    tally *t = (tally *)user;
    (void)id;
    t->took[t->done] = now_ms() - t->start[t->done];
    t->done++;
    t->ok += d->status == AKOLHOOK_OK;
}
static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}
static void test_head_of_line(void) {
    static tally t;
    akolhook_request hang = AKOLHOOK_INIT, good = AKOLHOOK_INIT;
    char hang_url[100], good_url[100];
    int hung = 0, i, before = descriptors();
    desc_reset();
    desc.deadline_ms = 30000;
    desc.max_in_flight = 104;
    desc.max_per_origin = 100;
    client_begin();
    snprintf(hang_url, sizeof hang_url, "%s", url_of("/silent"));
    snprintf(good_url, sizeof good_url, "%s", url_at(OTHER_PORT, "127.0.0.1", "/ok"));
    hang.url = akolhook_str_c(hang_url);
    good.url = akolhook_str_c(good_url);
    hang.secret = good.secret = akolhook_str_c(SECRET);
    hang.body[0] = good.body[0] = akolhook_str_c("{}");
    for (i = 0; i < 100; i++) CHECK_STATUS(akolhook_client_submit(client, &hang, on_hang, &hung, NULL), OK);
    for (i = 0; i < 200; i++) {
        int64_t give_up = now_ms() + PATIENCE_MS;
        t.start[i] = now_ms();
        CHECK_STATUS(akolhook_client_submit(client, &good, on_answer, &t, NULL), OK);
        while (t.done == i && now_ms() < give_up) CHECK_STATUS(akolhook_client_poll(client, 1000, NULL), OK);
        if (t.done != i + 1) break;
    }
    CHECK_INT(t.ok, 200);
    CHECK_INT(hung, 0);
    qsort(t.took, 200, sizeof t.took[0], by_size);
    CHECK(t.took[197] < 9000); /* the 99th percentile */
    if (long_form) {
        size_t left = 1;
        printf("200 answers while 100 deliveries hang: median %d ms, p99 %d ms\n", (int)t.took[99],
                (int)t.took[197]);
        while (left) CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
        CHECK_INT(hung, 100);
    }
    client_end();
    CHECK_INT(hung, 100);
    CHECK_INT(descriptors(), before);
}

/* The same where there is room for few: the receiver that hangs gets its share and no more. */
static void test_share(void) {
    akolhook_request hang = AKOLHOOK_INIT;
    akolhook_delivery d;
    char hang_url[100], good_url[100];
    int hung = 0, taken = 0, full = 0, i;
    desc_reset();
    desc.max_in_flight = 8; /* of which one origin gets half */
    client_begin();
    snprintf(hang_url, sizeof hang_url, "%s", url_of("/silent"));
    snprintf(good_url, sizeof good_url, "%s", url_at(OTHER_PORT, "127.0.0.1", "/ok"));
    hang.url = akolhook_str_c(hang_url);
    hang.secret = akolhook_str_c(SECRET);
    for (i = 0; i < 100; i++) {
        akolhook_status status = akolhook_client_submit(client, &hang, on_hang, &hung, NULL);
        taken += status == AKOLHOOK_OK;
        full += status == AKOLHOOK_ORIGIN_FULL;
    }
    CHECK_INT(taken, 4);
    CHECK_INT(full, 96);
    for (i = 0; i < 50; i++) {
        CHECK_STATUS(akolhook_deliver(client, good_url, SECRET, "{}", 2, &d), OK);
        CHECK(d.ms < 9000);
    }
    CHECK_INT(hung, 0);
    client_end();
    CHECK_INT(hung, 4);
}

/* ---- keep-alive ---- */

/* One delivery and what it added to the server's counters. */
static akolhook_status deliver_counted(const char *url, akolhook_delivery *d, faultd_count *added) {
    faultd_count before = faultd_counts(&server, MAIN_PORT), after;
    akolhook_status status = akolhook_deliver(client, url, SECRET, "{}", 2, d);
    after = faultd_counts(&server, MAIN_PORT);
    added->connections = after.connections - before.connections;
    added->requests = after.requests - before.requests;
    added->bytes = after.bytes - before.bytes;
    added->open = after.open - before.open;
    return status;
}
static void check_next(const char *name, const akolhook_delivery *d, const faultd_count *added,
        unsigned long connections, unsigned long requests, int reused) {
    if (added->connections == connections && added->requests == requests && d->reused == reused &&
            d->status == AKOLHOOK_OK && d->response.len == 2 && memcmp(d->response.ptr, "ok", 2) == 0)
        return;
    printf("after %s: %s, %lu connections, %lu requests, reused %d; expected %lu, %lu, %d\n", name,
            akolhook_status_name(d->status), added->connections, added->requests, d->reused, connections,
            requests, reused);
    WRONG("the next delivery");
}
static void test_reuse(void) {
    /* after these the connection is used again */
    static const char *const good[] = {"/ok", "/bytes", "/key-update", "/chunked", "/204", "/status/500",
            "/continue-60", "/early-hints", "/large-head", "/cookie", "/chunk-trailer", "/redirect/302",
            "/retry/5", "/cl-0", "/205"};
    /* and after these it is not, though their answers are whole */
    static const char *const bad[] = {"/to-close", "/to-close-10", "/keep-close-field", "/keep-close-ignored",
            "/keep-10", "/keep-extra", "/204-body", "/drop-length"};
    akolhook_delivery d;
    faultd_count added;
    size_t i;
    desc_reset();
    client_begin();
    CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
    check_next("nothing", &d, &added, 1, 1, 0);
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK(akolhook_deliver(client, url_of(good[i]), SECRET, "{}", 2, &d) != AKOLHOOK_BAD_RESPONSE &&
                d.reused == 1);
        CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
        check_next(good[i], &d, &added, 0, 1, 1);
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(akolhook_deliver(client, url_of(bad[i]), SECRET, "{}", 2, &d), OK);
        CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
        check_next(bad[i], &d, &added, 1, 1, 0);
    }
    CHECK(d.connect_ms >= 0);
    client_end();
}
/* The receiver closes, resets or speaks while the connection is idle. */
static void test_idle_faults(void) {
    static const char *const paths[] = {"/idle-close", "/idle-drop", "/idle-reset", "/idle-speaks"};
    akolhook_delivery d;
    faultd_count before, added;
    int64_t give_up;
    char path[64];
    size_t i;
    desc_reset();
    client_begin();
    for (i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s?ms=5", paths[i]);
        before = faultd_counts(&server, MAIN_PORT);
        give_up = now_ms() + PATIENCE_MS;
        CHECK_STATUS(akolhook_deliver(client, url_of(path), SECRET, "{}", 2, &d), OK);
        while (faultd_counts(&server, MAIN_PORT).unasked == before.unasked && now_ms() < give_up) sleep_ms(1);
        CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
        check_next(paths[i], &d, &added, 1, 1, 0);
    }
    for (i = 0; i < 400; i++) { /* and in the moment of the next request */
        snprintf(path, sizeof path, "%s?ms=%lu", paths[i % 3], (unsigned long)(i / 4 % 2));
        CHECK_STATUS(akolhook_deliver(client, url_of(path), SECRET, "{}", 2, &d), OK);
        if (i % 5) sleep_ms((long)(i % 3));
        CHECK_STATUS(akolhook_deliver(client, url_of("/ok"), SECRET, "{}", 2, &d), OK);
    }
    client_end();
}
/* The receiver fails at the second request of a connection: before a byte of its answer the request is sent
 * once more. */
static void test_second_request(void) {
    static const char *const paths[] = {"/second-close", "/second-drop", "/second-reset"};
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery d;
    faultd_count before, added;
    size_t i;
    desc_reset();
    client_begin();
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(akolhook_deliver(client, url_of(paths[i]), SECRET, "{}", 2, &d), OK);
        CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
        check_next(paths[i], &d, &added, 1, 2, 0);
        CHECK_STATUS(akolhook_deliver(client, url_of(paths[i]), SECRET, "{}", 2, &d), OK);
        CHECK_STATUS(deliver_counted(url_of("/close"), &d, &added), RESPONSE_CUT); /* once, not for ever */
        CHECK_INT(added.requests, 2);
    }
    CHECK_STATUS(akolhook_deliver(client, url_of("/second-part"), SECRET, "{}", 2, &d), OK);
    CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), RESPONSE_CUT); /* an answer had begun */
    CHECK_INT(added.requests, 1);
    CHECK_INT(d.reused, 1);
    client_end();
    client_begin();
    CHECK_STATUS(akolhook_deliver(client, url_of("/second-hang"), SECRET, "{}", 2, &d), OK);
    request.url = akolhook_str_c(url_of("/ok"));
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{}");
    request.deadline_ms = 1000; /* of this one alone, whose connection is there already */
    before = faultd_counts(&server, MAIN_PORT);
    CHECK_STATUS(akolhook_deliver_request(client, &request, &d), DEADLINE);
    CHECK_INT(faultd_counts(&server, MAIN_PORT).requests, before.requests + 1);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_HEAD);
    CHECK(d.ms >= 1000 && d.ms < PATIENCE_MS / 2);
    client_end();
}
/* 408 with Connection: close on a connection that was open already is its end, not the answer (RFC 9110
 * section 15.5.9). */
static void test_timeout_answers(void) {
    akolhook_delivery d;
    faultd_count added;
    int i;
    desc_reset();
    client_begin();
    CHECK_STATUS(akolhook_deliver(client, url_of("/second-408"), SECRET, "{}", 2, &d), OK);
    CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
    check_next("/second-408", &d, &added, 1, 2, 0);
    for (i = 0; i < 60; i++) { /* said unasked, before, while and after the next request is sent */
        char path[64];
        snprintf(path, sizeof path, "/idle-speaks?ms=%d", i % 3);
        CHECK_STATUS(akolhook_deliver(client, url_of(path), SECRET, "{}", 2, &d), OK);
        sleep_ms(i % 4);
        CHECK_STATUS(akolhook_deliver(client, url_of("/ok"), SECRET, "{}", 2, &d), OK);
        CHECK(d.response.len == 2 && memcmp(d.response.ptr, "ok", 2) == 0);
    }
    CHECK_STATUS(akolhook_deliver(client, url_of("/status/408"), SECRET, "{}", 2, &d), HTTP_STATUS);
    CHECK_INT(d.code, 408);
    client_end();
}
/* A connection serves one scheme, host and port, and not for ever. */
static void test_pool(void) {
    akolhook_delivery d;
    faultd_count added, before;
    int64_t idle_from;
    int i;
    desc_reset();
    desc.max_in_flight = 4;
    desc.idle_ms = 1500;
    client_begin();
    before = faultd_counts(&server, MAIN_PORT);
    CHECK_STATUS(akolhook_deliver(client, url_of("/ok"), SECRET, "{}", 2, &d), OK);
    CHECK_STATUS(deliver_counted(url_at(MAIN_PORT, "localhost", "/ok"), &d, &added), OK);
    check_next("another host", &d, &added, 1, 1, 0);
    CHECK_STATUS(deliver_counted(url_at(MAIN_PORT, "hooks.localhost", "/ok"), &d, &added), OK);
    check_next("another host", &d, &added, 1, 1, 0);
    idle_from = now_ms();
    CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
    check_next("its own host", &d, &added, 0, 1, 1);
    CHECK_INT(faultd_counts(&server, MAIN_PORT).open, before.open + 3);
    do { /* closed when their time is over, by polling alone */
        sleep_ms(5);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    } while (faultd_counts(&server, MAIN_PORT).open != before.open && now_ms() < idle_from + PATIENCE_MS);
    CHECK_INT(faultd_counts(&server, MAIN_PORT).open, before.open);
    CHECK(now_ms() - idle_from >= desc.idle_ms);
    client_end();
    desc.idle_ms = AKOLHOOK_IDLE_NONE;
    client_begin();
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(deliver_counted(url_of("/ok"), &d, &added), OK);
        check_next("no keep-alive", &d, &added, 1, 1, 0);
    }
    client_end();
}

/* ---- a transport that takes and gives one byte at a time, and of three calls lets two wait ---- */

static akolhook_transport crawl;
static const akolhook_transport *crawl_under;
static unsigned crawl_calls;
static ptrdiff_t crawl_send(akolhook_conn *conn, const void *data, size_t len) {
    if (crawl_calls++ % 3) return AKOLHOOK_IO_WANT_WRITE;
    return len ? crawl_under->send_fn(conn, data, 1) : AKOLHOOK_IO_FAIL;
}
static ptrdiff_t crawl_recv(akolhook_conn *conn, void *data, size_t len) {
    return len ? crawl_under->recv_fn(conn, data, 1) : AKOLHOOK_IO_FAIL;
}
static void test_crawl(void) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery d;
    akolhook_str head, got;
    int i;
    desc_reset();
    crawl_under = desc.tls ? desc.tls : here.plain;
    crawl = *crawl_under;
    crawl.send_fn = crawl_send;
    crawl.recv_fn = crawl_recv;
    crawl.sendv_fn = NULL;
    crawl.flags &= ~AKOLHOOK_TRANSPORT_UNBUFFERED; /* one byte is not all that there was */
    if (desc.tls)
        desc.tls = &crawl;
    else
        here.plain = &crawl;
    desc.response_cap = 8192;
    client_begin();
    for (i = 0; i < 3; i++) {
        request.url = akolhook_str_c(url_of("/echo"));
        request.secret = akolhook_str_c(SECRET);
        request.body[0] = akolhook_str_n(a_body, 1000);
        request.body[1] = akolhook_str_n(a_body + 1000, 1);
        request.body[2] = akolhook_str_n(a_body + 1001, 999);
        CHECK_STATUS(akolhook_deliver_request(client, &request, &d), OK);
        got = echoed(&d, &head);
        CHECK_MEM(got.ptr, got.len, a_body, 2000);
        check_signatures(head, got);
    }
    CHECK_INT(d.reused, 1);
    client_end();
}

/* ---- signals, descriptors, a long round ---- */

static volatile sig_atomic_t alarms;
static void on_alarm(int number) {
    (void)number;
    alarms++;
}
/* A timer's signal every half millisecond, without SA_RESTART. */
static void test_interrupted(void) {
    struct sigaction action, old;
    struct itimerval timer, none;
    akolhook_delivery d;
    akolhook_str head, got;
    int i;
    memset(&none, 0, sizeof none);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, &old);
    timer.it_interval.tv_sec = timer.it_value.tv_sec = 0;
    timer.it_interval.tv_usec = timer.it_value.tv_usec = 500;
    desc_reset();
    desc.response_cap = 400000;
    client_begin();
    for (i = 0; i < (int)sizeof a_body; i++) a_body[i] = (char)noise();
    setitimer(ITIMER_REAL, &timer, NULL);
    for (i = 0; i < 30 || (alarms <= 10 && i < 30000); i++) {
        size_t len = (size_t)(i % 30) * 10000;
        CHECK_STATUS(akolhook_deliver(client, url_of("/echo"), SECRET, a_body, len, &d), OK);
        got = echoed(&d, &head);
        CHECK(got.len == len && memcmp(got.ptr, a_body, len) == 0);
    }
    setitimer(ITIMER_REAL, &none, NULL);
    sleep_ms(5); /* one may be on its way */
    sigaction(SIGALRM, &old, NULL);
    client_end();
    CHECK(alarms > 10);
    alarm(long_form ? 1800 : 600);
}
static int is_slow(const char *path) {
    return strncmp(path, "/endless", 8) == 0 || strncmp(path, "/gzip", 5) == 0 ||
           strstr(path, "reset") != NULL || strcmp(path, "/continue-million") == 0;
}
static void test_long_round(void) {
    int before, i, count = long_form ? ROUND : 1000, wrong = 0;
    struct sigaction now;
    desc_reset();
    client_begin();
    before = descriptors();
    for (i = 0; i < count; i++) {
        const row *r = &rows[(size_t)(i * 7) % (sizeof rows / sizeof rows[0])];
        akolhook_delivery d;
        if (r->body > 100 || is_slow(r->path)) r = &rows[0];
        wrong += akolhook_deliver(client, url_of(r->path), SECRET, a_body, r->body, &d) != r->status;
        if (d.code != r->code || d.response_cut != r->cut) wrong++;
    }
    CHECK_INT(wrong, 0);
    client_end();
    CHECK(descriptors() <= before);
    CHECK(sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

int main(void) {
    const char *text = getenv("LONG");
    int fd = mkstemp(ca_file);
    long_form = text && strcmp(text, "1") == 0;
    alarm(long_form ? 1800 : 600);
    if (fd < 0 || close(fd) != 0 || !faultd_start(&server, NULL, long_form ? 1800 : 600, ca_file)) {
        printf("faultd does not start\n");
        return 1;
    }
#ifdef FAULTD_TLS
    if (akolhook_openssl_init(&openssl, ca_file) != AKOLHOOK_OK) return 1;
#endif
    RUN(test_rows);
    RUN(test_deadlines);
    RUN(test_memory);
    RUN(test_retry_after);
    RUN(test_bytes);
    RUN(test_vectors);
    RUN(test_host);
    RUN(test_headers);
    RUN(test_no_state);
    RUN(test_redirects);
    RUN(test_blocked);
    RUN(test_closed_network);
    RUN(test_before_http);
#ifdef FAULTD_TLS
    RUN(test_certificates);
#endif
    RUN(test_head_of_line);
    RUN(test_share);
    RUN(test_reuse);
    RUN(test_idle_faults);
    RUN(test_second_request);
    RUN(test_timeout_answers);
    RUN(test_pool);
    RUN(test_interrupted);
    RUN(test_crawl);
    RUN(test_long_round);
#ifdef FAULTD_TLS
    akolhook_openssl_free(&openssl);
#endif
    faultd_stop(&server);
    unlink(ca_file);
    return check_end();
}
