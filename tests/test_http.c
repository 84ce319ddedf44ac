/* The http layer: the head that is sent, the response that is read, and Retry-After. */
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof(literal) - 1

static guard page;

/* ---- the request head ---- */

static akolhook_url url_of(const char *text) {
    akolhook_url url;
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c(text), AKOLHOOK_ALLOW_HTTP, &url), OK);
    return url;
}

static akolhook_header header(const char *name, const char *value) {
    akolhook_header h;
    h.name = akolhook_str_c(name);
    h.value = akolhook_str_c(value);
    return h;
}

static const char full_head[] = "POST /hook?a=b HTTP/1.1\r\n"
                                "Host: example.com:8443\r\n"
                                "Content-Type: application/json\r\n"
                                "Content-Length: 18446744073709551615\r\n"
                                "User-Agent: akolhook/" AKOLHOOK_VERSION "\r\n"
                                "Authorization: Bearer a b\r\n"
                                "X-Empty: \r\n"
                                "X-Webhook-Signature: 121bacab\r\n"
                                "X-Webhook-Event: call.ended\r\n"
                                "X-Webhook-Test: 1\r\n"
                                "Accept-Encoding: identity\r\n"
                                "webhook-id: msg_1\r\n"
                                "webhook-timestamp: 1614265330\r\n"
                                "webhook-signature: v1,g0hM9SsE+OT= v1,AA==\r\n"
                                "\r\n";

static akolhook_head full(const akolhook_url *url, akolhook_header headers[2]) {
    akolhook_head head = AKOLHOOK_INIT;
    headers[0] = header("Authorization", "Bearer a b");
    headers[1] = header("X-Empty", "");
    head.url = url;
    head.content_length = UINT64_MAX;
    head.akol_signature = akolhook_str_c("121bacab");
    head.event = akolhook_str_c("call.ended");
    head.test = 1;
    head.message_id = akolhook_str_c("msg_1");
    head.timestamp = akolhook_str_c("1614265330");
    head.standard_signature = akolhook_str_c("v1,g0hM9SsE+OT= v1,AA==");
    head.headers = headers;
    head.header_count = 2;
    return head;
}

static void test_head_every_size(void) {
    akolhook_url url = url_of("https://example.com:8443/hook?a=b");
    akolhook_header headers[2];
    akolhook_head head = full(&url, headers);
    size_t need = sizeof full_head - 1, cap, len, i;
    for (cap = 0; cap <= need + 2; cap++) {
        char out[sizeof full_head + 8];
        akolhook_status st;
        memset(out, 'Z', sizeof out);
        st = akolhook_head_write(&head, cap ? out : NULL, cap, &len);
        CHECK_INT(st, cap < need ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK);
        CHECK_INT(len, need);
        for (i = cap < need ? cap : need; i < sizeof out; i++) CHECK(out[i] == 'Z');
        if (st == AKOLHOOK_OK) CHECK_MEM(out, len, full_head, need);
    }
}

static void test_head_forms(void) {
    static const struct {
        const char *url, *line, *host;
    } rows[] = {
            {"https://example.com", "POST / HTTP/1.1", "example.com"},
            {"https://example.com/", "POST / HTTP/1.1", "example.com"},
            {"https://example.com?a", "POST /?a HTTP/1.1", "example.com"},
            {"https://example.com?", "POST /? HTTP/1.1", "example.com"},
            {"https://example.com//x/../y?z", "POST //x/../y?z HTTP/1.1", "example.com"},
            {"https://Example.com:443/", "POST / HTTP/1.1", "Example.com"},
            {"https://example.com:80/", "POST / HTTP/1.1", "example.com:80"},
            {"http://example.com:80/", "POST / HTTP/1.1", "example.com"},
            {"http://example.com:443/", "POST / HTTP/1.1", "example.com:443"},
            {"https://192.0.2.1:8443/", "POST / HTTP/1.1", "192.0.2.1:8443"},
            {"https://[2001:db8::1]/", "POST / HTTP/1.1", "[2001:db8::1]"},
            {"http://[2001:db8::1]:8080/", "POST / HTTP/1.1", "[2001:db8::1]:8080"},
    };
    char out[400], want[400];
    size_t i, len;
    for (i = 0; i < COUNT(rows); i++) {
        akolhook_url url = url_of(rows[i].url);
        akolhook_head head = AKOLHOOK_INIT;
        head.url = &url;
        sprintf(want,
                "%s\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 0\r\nUser-Agent: "
                "akolhook/%s\r\n"
                "Accept-Encoding: identity\r\n\r\n",
                rows[i].line, rows[i].host, AKOLHOOK_VERSION);
        CHECK_STATUS(akolhook_head_write(&head, out, sizeof out, &len), OK);
        CHECK_MEM(out, len, want, strlen(want));
    }
}

/* Any byte in any place: only a token may be a name (RFC 9110 section 5.6.2), only printable ASCII, blank and
 * tab a value. */
static void test_header_bytes(void) {
    static const char token[] =
            "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    int c, at;
    for (c = 0; c < 256; c++)
        for (at = 0; at < 3; at++) {
            char text[3] = {'x', 'x', 'x'};
            akolhook_header h;
            int visible = c > 32 && c < 127, blank = c == 32 || c == 9;
            text[at] = (char)c;
            h.name = akolhook_str_n(guard_copy(&page, text, 3), 3);
            h.value = akolhook_str_c("v");
            CHECK_INT(akolhook_header_check(&h),
                    c && memchr(token, c, sizeof token - 1) ? AKOLHOOK_OK : AKOLHOOK_BAD_HEADER);
            h.value = h.name;
            h.name = akolhook_str_c("n");
            CHECK_INT(akolhook_header_check(&h),
                    visible || (blank && at == 1) ? AKOLHOOK_OK : AKOLHOOK_BAD_HEADER);
        }
}

static void test_header_check(void) {
    static const char *const reserved[] = {
            "Host",
            "host",
            "HOST",
            "Content-Length",
            "content-length",
            "Content-Type",
            "Transfer-Encoding",
            "Connection",
            "Keep-Alive",
            "TE",
            "te",
            "Trailer",
            "Upgrade",
            "Expect",
            "User-Agent",
            "Accept-Encoding",
            "Proxy-Authorization",
            "proxy-connection",
            "Proxy-",
            "x-webhook-signature",
            "X-Webhook-Event",
            "X-WEBHOOK-TEST",
            "X-Webhook-Other",
            "WEBHOOK-ID",
            "webhook-timestamp",
            "webhook-signature",
            "Webhook-Other",
            "svix-id",
            "Svix-Signature",
            "svix-timestamp",
    };
    static const char *const open[] = {
            "Authorization",
            "X-Api-Key",
            "Cookie",
            "Accept",
            "Hosts",
            "hos",
            "Te-st",
            "Upgrade-Insecure",
            "Expect-CT",
            "X-Webhook",
            "webhook",
            "Proxy",
            "svix",
            "User-Agents",
            "x-content-length",
            "a",
    };
    static char big[AKOLHOOK_MAX_HEADER + 1];
    akolhook_header h;
    size_t i;
    for (i = 0; i < COUNT(reserved); i++) {
        h = header(reserved[i], "x");
        CHECK_STATUS(akolhook_header_check(&h), RESERVED_HEADER);
    }
    for (i = 0; i < COUNT(open); i++) {
        h = header(open[i], "x");
        CHECK_STATUS(akolhook_header_check(&h), OK);
    }
    h = header("", "x");
    CHECK_STATUS(akolhook_header_check(&h), BAD_HEADER);
    h = header(" Host", "x");
    CHECK_STATUS(akolhook_header_check(&h), BAD_HEADER);
    h = header("X", "a\r\nX-Webhook-Signature: 0");
    CHECK_STATUS(akolhook_header_check(&h), BAD_HEADER);
    memset(big, 'a', sizeof big);
    h = header("X", "");
    CHECK_STATUS(akolhook_header_check(&h), OK);
    h.value = akolhook_str_n(big, AKOLHOOK_MAX_HEADER);
    CHECK_STATUS(akolhook_header_check(&h), OK);
    h.value = akolhook_str_n(big, AKOLHOOK_MAX_HEADER + 1);
    CHECK_STATUS(akolhook_header_check(&h), HEADER_TOO_LARGE);
    h.name = h.value;
    h.value = akolhook_str_c("x");
    CHECK_STATUS(akolhook_header_check(&h), HEADER_TOO_LARGE);
    h.name.len--;
    CHECK_STATUS(akolhook_header_check(&h), OK);
}

static akolhook_status write_head(const akolhook_head *head) {
    static char out[CHECK_ROOM(64 * 1024L, 4096)];
    size_t len = 1;
    akolhook_status st;
    memset(out, 'Z', sizeof out);
    st = akolhook_head_write(head, out, sizeof out, &len);
    if (st != AKOLHOOK_OK) {
        CHECK_INT(len, 0);
        CHECK(out[0] == 'Z');
    }
    return st;
}

static void test_head_custom(void) {
    akolhook_header headers[AKOLHOOK_MAX_CUSTOM_HEADERS + 1];
    char names[AKOLHOOK_MAX_CUSTOM_HEADERS + 1][8];
    akolhook_url url = url_of("https://example.com/");
    akolhook_head head = AKOLHOOK_INIT;
    size_t i;
    for (i = 0; i < COUNT(headers); i++) {
        sprintf(names[i], "X-%u", (unsigned)i);
        headers[i] = header(names[i], "v");
    }
    head.url = &url;
    head.headers = headers;
    head.header_count = AKOLHOOK_MAX_CUSTOM_HEADERS;
    CHECK_STATUS(write_head(&head), OK);
    head.header_count++;
    CHECK_STATUS(write_head(&head), BAD_HEADER);
    head.header_count = 2;
    headers[1] = header("x-0", "w"); /* doubled, in another case */
    CHECK_STATUS(write_head(&head), RESERVED_HEADER);
    headers[1] = header("Content-Length", "1");
    CHECK_STATUS(write_head(&head), RESERVED_HEADER);
    headers[1] = header("X-1", "a\nb");
    CHECK_STATUS(write_head(&head), BAD_HEADER);
    head.header_count = 1; /* the first one is looked at as well */
    headers[0] = header("X-0", "a\nb");
    CHECK_STATUS(write_head(&head), BAD_HEADER);
    headers[0] = header("Host", "a.example");
    CHECK_STATUS(write_head(&head), RESERVED_HEADER);
    head.headers = NULL;
    CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);
    head.header_count = 0;
    CHECK_STATUS(write_head(&head), OK);
}

/* What the library puts into headers is visible ASCII; only the list of signatures has blanks inside. */
static void test_head_own_fields(void) {
    static char big[AKOLHOOK_MAX_HEADER + 1];
    akolhook_url url = url_of("https://example.com/");
    akolhook_head head;
    akolhook_str *fields[5];
    int c, k;
    memset(big, 'a', sizeof big);
    fields[0] = &head.akol_signature;
    fields[1] = &head.event;
    fields[2] = &head.message_id;
    fields[3] = &head.timestamp;
    fields[4] = &head.standard_signature;
    for (k = 0; k < 5; k++) {
        memset(&head, 0, sizeof head);
        head.url = &url;
        for (c = 0; c < 256; c++) {
            char text[12] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
            text[c % 10 + 1] = (char)c;
            *fields[k] = akolhook_str_n(text, 12);
            CHECK_INT(write_head(&head), (c > 32 && c < 127) || (k == 4 && (c == 32 || c == 9))
                                                 ? AKOLHOOK_OK
                                                 : AKOLHOOK_BAD_HEADER);
        }
        *fields[k] = akolhook_str_c("call.ended\r\nX-Evil: 1");
        CHECK_STATUS(write_head(&head), BAD_HEADER);
        *fields[k] = akolhook_str_c("a ");
        CHECK_STATUS(write_head(&head), BAD_HEADER);
        *fields[k] = akolhook_str_n(big, AKOLHOOK_MAX_HEADER);
        CHECK_STATUS(write_head(&head), OK);
        *fields[k] = akolhook_str_n(big, AKOLHOOK_MAX_HEADER + 1);
        CHECK_STATUS(write_head(&head), HEADER_TOO_LARGE);
    }
}

/* A URL that no parser has seen. */
static void test_head_bad_url(void) {
    static const char *const hosts[] = {"", "a b", "a\r\nX: y", "a/b", "a@b", "[::1]", "caf\303\251"},
                             *const targets[] = {"x", "/a b", "/a\r\nX: y", "/a#b", "/\177", "*"};
    akolhook_url good = url_of("https://example.com/x"), url;
    akolhook_head head = AKOLHOOK_INIT;
    static char longest[AKOLHOOK_MAX_URL + 2];
    size_t i, len;
    char out[8];
    CHECK_STATUS(write_head(NULL), INVALID_ARGUMENT);
    CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);
    head.url = &url;
    memset(&url, 0, sizeof url);
    CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);
    for (i = 0; i < COUNT(hosts); i++) {
        url = good;
        url.host = akolhook_str_c(hosts[i]);
        CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);
    }
    for (i = 0; i < COUNT(targets); i++) {
        url = good;
        url.target = akolhook_str_c(targets[i]);
        CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);
    }
    url = good;
    url.port = 0;
    CHECK_STATUS(write_head(&head), INVALID_ARGUMENT);

    /* letters, digits, - and _ are what a host is made of, and the marks between them */
    for (i = 0; i < 3 * 256; i++) {
        static const char fits[] = "-_.:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        char host[3] = {'a', 'a', 'a'};
        host[i % 3] = (char)(i / 3);
        url = good;
        url.host = akolhook_str_n(host, 3);
        CHECK_INT(write_head(&head),
                memchr(fits, host[i % 3], sizeof fits - 1) ? AKOLHOOK_OK : AKOLHOOK_INVALID_ARGUMENT);
    }

    /* no name is longer than 255 (RFC 1035 section 2.3.4), no target than a URL may be */
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    for (i = 0; i < 2; i++) {
        url = good;
        url.host = akolhook_str_n(longest + 1, 255 + i);
        CHECK_INT(write_head(&head), i ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_OK);
        url = good;
        url.target = akolhook_str_n(longest, AKOLHOOK_MAX_URL + i);
        CHECK_INT(write_head(&head), i ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_OK);
    }
    url = good;
    CHECK_STATUS(akolhook_head_write(&head, NULL, 8, &len), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_head_write(&head, out, 0, &len), BUFFER_TOO_SMALL);
}

/* ---- responses ---- */

typedef struct result {
    akolhook_status status;
    akolhook_response r;
    int done_early; /* before the end of the stream was told */
    size_t taken;
    size_t body_len;
    char body[512];
} result;

/* Feeds one piece from its own place at the end of a page. */
static void feed(result *x, const char *data, size_t len) {
    const char *copy = guard_copy(&page, data, len);
    size_t at = 0, used = 0;
    while (at < len && x->status == AKOLHOOK_OK && !x->r.done) {
        akolhook_str piece = AKOLHOOK_INIT;
        x->status = akolhook_response_feed(&x->r, copy + at, len - at, &used, &piece);
        if (used > len - at) {
            check_note(__FILE__, __LINE__, "used more than there is");
            return;
        }
        if (used == 0 && x->status == AKOLHOOK_OK && !x->r.done) {
            check_note(__FILE__, __LINE__, "took nothing");
            return;
        }
        if (piece.len) {
            if (piece.ptr < copy + at || piece.ptr + piece.len > copy + at + used ||
                    x->body_len + piece.len > sizeof x->body) {
                check_note(__FILE__, __LINE__, "a piece out of place");
                return;
            }
            memcpy(x->body + x->body_len, piece.ptr, piece.len);
            x->body_len += piece.len;
        }
        at += used;
    }
    x->taken += at;
}

/* In pieces of one size (0: all at once), the first piece of another one, and then the end of the stream. */
static void run(result *x, const char *data, size_t len, int is_head, size_t first, size_t piece) {
    size_t at = 0, n;
    memset(x, 0, sizeof *x);
    akolhook_response_init(&x->r, is_head);
    while (at < len) {
        n = at == 0 && first ? first : piece ? piece : len;
        if (n > len - at) n = len - at;
        feed(x, data + at, n);
        at += n;
    }
    x->done_early = x->r.done;
    if (x->status == AKOLHOOK_OK) x->status = akolhook_response_end(&x->r);
}

static int same(const result *a, const result *b) {
    return a->status == b->status && a->taken == b->taken && a->body_len == b->body_len &&
           memcmp(a->body, b->body, a->body_len) == 0 && a->r.head_done == b->r.head_done &&
           a->r.done == b->r.done && a->r.code == b->r.code && a->r.interim == b->r.interim &&
           a->r.keep_alive == b->r.keep_alive && a->r.retry_after_len == b->r.retry_after_len &&
           memcmp(a->r.retry_after, b->r.retry_after, a->r.retry_after_len) == 0;
}

#define KEEP 1
#define HEAD 2
#define CLOSE 4 /* the end of the stream ends the content */
#define BAD AKOLHOOK_BAD_RESPONSE
#define CUT AKOLHOOK_RESPONSE_CUT
#define H11 "HTTP/1.1 200 OK\r\n"
#define CHUNKS H11 "Transfer-Encoding: chunked\r\n\r\n"
#define CL2 "Content-Length: 2\r\n"

/* Expected: code, flags, interim responses, bytes behind the message, body, Retry-After. The rules are those
   of RFC 9112 sections 2.2, 4, 5, 6.3 and 7.1. */
static const struct {
    int code;
    unsigned flags, interim;
    size_t left;
    const char *body, *retry;
    const char *data;
    size_t len;
} sound[] = {
        /* framing by Content-Length */
        {200, KEEP, 0, 0, "hi", "", TEXT(H11 CL2 "\r\nhi")},
        {200, KEEP, 0, 0, "", "", TEXT(H11 "content-length:0\r\n\r\n")},
        {200, KEEP, 0, 3, "hi", "", TEXT(H11 "CONTENT-LENGTH: \t 002 \t\r\n\r\nhi123")},
        {299, KEEP, 0, 0, "hi", "", TEXT("HTTP/1.1 299\r\n" CL2 "\r\nhi")},
        {200, KEEP, 0, 0, "hi", "", TEXT("HTTP/1.9 200 \r\n" CL2 "\r\nhi")},
        {999, KEEP, 0, 0, "hi", "", TEXT("HTTP/1.1 999 caf\303\251 \t~\r\n" CL2 "\r\nhi")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 "Content-Length-X: 9\r\nXContent-Length: 9\r\nContent_Length: 9\r\nContent-Lengt: "
                         "9\r\n" CL2 "\r\nhi")},
        /* chunks */
        {200, KEEP, 0, 0, "hi", "", TEXT(CHUNKS "2\r\nhi\r\n0\r\n\r\n")},
        {200, KEEP, 0, 4, "", "", TEXT(CHUNKS "0\r\n\r\nmore")},
        {200, KEEP, 0, 0, "hello, world", "",
                TEXT(CHUNKS "5\r\nhello\r\n2;a;b = c ; d=\"e;\\\"\xff f\"\r\n, \r\n5 ; x\r\nworld\r\n"
                            "000;y=1\r\nT: 1\r\nContent-Length: 7\r\n fold\r\n\r\n")},
        {200, KEEP, 0, 0, "0123456789abcdef", "",
                TEXT(CHUNKS "A\r\n0123456789\r\n000000000000000000000006\r\nabcdef\r\n0\r\n\r\n")},
        {200, KEEP, 0, 0, "0\r\n\r\n", "", TEXT(CHUNKS "5\r\n0\r\n\r\n\r\n0\r\n\r\n")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 "tRANSFER-eNCODING: ,\t, Chunked ,\r\n\r\n2\r\nhi\r\n0\r\n\r\n")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 "Connection: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")},
        /* until the end */
        {200, CLOSE, 0, 0, "all of it", "", TEXT(H11 "\r\nall of it")},
        {200, CLOSE, 0, 0, "", "", TEXT(H11 "Connection: keep-alive\r\n\r\n")},
        {500, CLOSE, 0, 0, "x", "", TEXT("HTTP/1.0 500 \r\nConnection: keep-alive\r\n\r\nx")},
        /* no content */
        {204, 0, 0, 2, "", "", TEXT("HTTP/1.1 204 x\r\n" CL2 "\r\nhi")},
        {204, KEEP, 0, 0, "", "", TEXT("HTTP/1.1 204 x\r\n\r\n")},
        {304, KEEP, 0, 5, "", "", TEXT("HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        {204, 0, 0, 0, "", "", TEXT("HTTP/1.1 204 x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n")},
        {204, 0, 0, 0, "", "", TEXT("HTTP/1.1 204 x\r\nContent-Length: x\r\n\r\n")},
        {205, 0, 0, 0, "", "", TEXT("HTTP/1.1 205 x\r\n\r\n")},
        {205, KEEP, 0, 0, "", "", TEXT("HTTP/1.1 205 x\r\nContent-Length: 0\r\n\r\n")},
        {205, KEEP, 0, 0, "", "", TEXT("HTTP/1.1 205 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        {200, KEEP | HEAD, 0, 0, "", "", TEXT(H11 "Content-Length: 9\r\n\r\n")},
        {200, KEEP | HEAD, 0, 0, "", "", TEXT(H11 "\r\n")},
        {200, KEEP | HEAD, 0, 0, "", "", TEXT(H11 "Transfer-Encoding: chunked\r\n\r\n")},
        /* interim responses */
        {200, KEEP, 1, 0, "hi", "", TEXT("HTTP/1.1 100 Continue\r\n\r\n" H11 CL2 "\r\nhi")},
        {200, KEEP, 3, 0, "hi", "",
                TEXT("HTTP/1.1 100\r\nContent-Length: 5\r\nRetry-After: 9\r\n\r\n"
                     "HTTP/1.1 103 x\r\nTransfer-Encoding: x\r\n\r\nHTTP/1.1 199 x\r\nX: y\r\n\r\n" H11 CL2
                     "\r\nhi")},
        {200, 0, 1, 0, "hi", "", TEXT("HTTP/1.1 100 x\r\nConnection: close\r\n\r\n" H11 CL2 "\r\nhi")},
        {200, KEEP, 1, 0, "hi", "",
                TEXT("HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\n" CHUNKS "2\r\nhi\r\n0\r\n\r\n")},
        {204, KEEP, 1, 0, "", "", TEXT("HTTP/1.1 100 x\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 x\r\n\r\n")},
        /* keep-alive */
        {200, 0, 0, 0, "hi", "", TEXT("HTTP/1.0 200 OK\r\n" CL2 "\r\nhi")},
        {200, KEEP, 0, 0, "hi", "", TEXT("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" CL2 "\r\nhi")},
        {200, 0, 0, 0, "hi", "", TEXT("HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n" CL2 "\r\nhi")},
        {200, 0, 0, 0, "hi", "", TEXT(H11 CL2 "Connection: close\r\n\r\nhi")},
        {200, 0, 0, 0, "hi", "", TEXT(H11 CL2 "connection: , te ,\tCLOSE ,\r\n\r\nhi")},
        {200, 0, 0, 0, "hi", "", TEXT(H11 CL2 "Connection: te\r\nConnection: close\r\n\r\nhi")},
        {200, 0, 0, 0, "hi", "", TEXT(H11 CL2 "Connection: te,\r\n close\r\n\r\nhi")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 CL2 "Connection: closed, xclose, clos, close x, \"close\", chunked\r\n\r\nhi")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 CL2 "Proxy-Connection: close\r\nX: close\r\nConnections: "
                             "close\r\nConnection:\r\n\r\nhi")},
        {200, 0, 0, 0, "hi", "",
                TEXT(H11 "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nConnection: "
                         "keep-alive\r\n\r\n")},
        {200, KEEP, 0, 0, "hi", "",
                TEXT(H11 "Keep-Alive: timeout=5, max=100\r\nClose: 1\r\nChunked: 2\r\n" CL2 "\r\nhi")},
        /* Retry-After */
        {503, KEEP, 0, 0, "", "120", TEXT("HTTP/1.1 503 x\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n")},
        {503, KEEP, 0, 0, "", "Sun, 06 Nov 1994 08:49:37 GMT",
                TEXT("HTTP/1.1 503 x\r\nretry-after:\tSun, 06 Nov 1994 08:49:37 GMT \t\r\nContent-Length: "
                     "0\r\n\r\n")},
        {503, KEEP, 0, 0, "", "1 2",
                TEXT("HTTP/1.1 503 x\r\nContent-Length: 0\r\nRetry-After: 1\r\n 2\r\n \r\n\r\n")},
        {503, KEEP, 0, 0, "", "1234567890123456789012345678901234567890",
                TEXT("HTTP/1.1 503 x\r\nRetry-After: 1234567890123456789012345678901234567890  "
                     "\r\nContent-Length: 0\r\n\r\n")},
        {503, KEEP, 0, 0, "", "",
                TEXT("HTTP/1.1 503 x\r\nRetry-After: "
                     "12345678901234567890123456789012345678901\r\nContent-Length: 0\r\n\r\n")},
        {503, KEEP, 0, 0, "", "",
                TEXT("HTTP/1.1 503 x\r\nRetry-After: 1\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")},
        {503, KEEP, 0, 0, "", "",
                TEXT("HTTP/1.1 503 x\r\nRetry-After:\r\nX-Retry-After: 1\r\nContent-Length: 0\r\n\r\n")},
        /* fields */
        {200, KEEP, 0, 0, "hi", "", TEXT(H11 CL2 "!#$%&'*+-.^_`|~09AZaz: \t a b\t\xff \r\nEmpty:\r\n\r\nhi")},
        {200, KEEP, 0, 0, "hi", "", TEXT(H11 "X: a\r\n b\r\n\t\r\nContent-Length:\r\n 2\r\n \t\r\n\r\nhi")},
};

/* Expected: status, whether the head was sound, and the body that came before the fault. */
static const struct {
    akolhook_status status;
    int head_done;
    const char *body;
    const char *data;
    size_t len;
} broken[] = {
        /* framing by Content-Length */
        {CUT, 1, "h", TEXT(H11 CL2 "\r\nh")},
        {CUT, 1, "hi", TEXT(H11 "Content-Length: 18446744073709551615\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 18446744073709551616\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 99999999999999999999999999\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: -2\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: +2\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2,2\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2, 3\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2,\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 0x2\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2 2\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2.0\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length:\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: \t\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 CL2 CL2 "\r\nhi")},
        {BAD, 0, "", TEXT(H11 CL2 "X: y\r\nContent-Length: 3\r\n\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length:\r\n" CL2 "\r\nhi")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2\r\n 3\r\n\r\nhi")},
        /* chunks */
        {CUT, 1, "hi", TEXT(CHUNKS "2\r\nhi\r\n0\r\n")},
        {CUT, 1, "hi", TEXT(CHUNKS "FFFFFFFFFFFFFFFF\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "1FFFFFFFFFFFFFFFF\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "-1\r")},
        {BAD, 1, "", TEXT(CHUNKS "0x10\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS " 2\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2 \r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2\rxhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;=b\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a=\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a \r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a b\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a=\"b\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a=\0\r\nhi")},
        {BAD, 1, "", TEXT(CHUNKS "2;a=\"b\"c\r\nhi")},
        {BAD, 1, "hi", TEXT(CHUNKS "2\r\nhi0")},
        {BAD, 1, "hi", TEXT(CHUNKS "2\r\nhi\n0\r")},
        {BAD, 1, "hi", TEXT(CHUNKS "2\r\nhi\r0\r\n")},
        {BAD, 1, "", TEXT(CHUNKS "0\r\n a\r\n\r\n")},
        {BAD, 1, "", TEXT(CHUNKS "0\r\na\r\n\r\n")},
        {BAD, 1, "", TEXT(CHUNKS "0\r\n\n")},
        {BAD, 1, "", TEXT(CHUNKS "0\r\n\rx")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: gzip;a=\"x,chunked\"\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunkedx\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: xchunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunke\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chun ked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked; a\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: identity\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: close\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked, close\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: keep-alive, chunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Connection: chunked\r\nTransfer-Encoding: ,\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding:\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: , ,\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")},
        /* interim responses */
        {CUT, 0, "", TEXT("HTTP/1.1 100 Continue\r\n\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 101 Switching\r\n\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 100 x\r\n\r\n\r\n")},
        /* status lines */
        {CUT, 0, "", TEXT("")},
        {CUT, 0, "", TEXT("HTTP/")},
        {CUT, 0, "", TEXT("HTTP/1.1 200")},
        {CUT, 0, "", TEXT("HTTP/1.1 200 OK\r\n")},
        {BAD, 0, "", TEXT("http/1.1")},
        {BAD, 0, "", TEXT("HTTP 200")},
        {BAD, 0, "", TEXT("ICY 200 ")},
        {BAD, 0, "", TEXT("\r\nHTT")},
        {BAD, 0, "", TEXT("\nHTTP")},
        {BAD, 0, "", TEXT(" HTTP")},
        {BAD, 0, "", TEXT("HTTP/2.0 20")},
        {BAD, 0, "", TEXT("HTTP/2 200\r")},
        {BAD, 0, "", TEXT("HTTP/1 200")},
        {BAD, 0, "", TEXT("HTTP/1.x 200")},
        {BAD, 0, "", TEXT("HTTP/1.10 200")},
        {BAD, 0, "", TEXT("HTTP/1.1  200")},
        {BAD, 0, "", TEXT("HTTP/1.1\t200")},
        {BAD, 0, "", TEXT("HTTP/1.1 -200")},
        {BAD, 0, "", TEXT("HTTP/1.1 20\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 2000 x")},
        {BAD, 0, "", TEXT("HTTP/1.1 200OK\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 200\tOK\r")},
        {BAD, 0, "", TEXT("HTTP/1.1 099 OK\r")},
        {BAD, 0, "", TEXT("HTTP/1.1 000 OK\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 200 O\0K\r")},
        {BAD, 0, "", TEXT("HTTP/1.1 200 OK\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 200 OK\r\r\n")},
        {BAD, 0, "", TEXT("HTTP/1.1 200 \177\r")},
        /* fields */
        {BAD, 0, "", TEXT(H11 " X\r")},
        {BAD, 0, "", TEXT(H11 "\tX\r")},
        {BAD, 0, "", TEXT(H11 ": x")},
        {BAD, 0, "", TEXT(H11 "X\r\n")},
        {BAD, 0, "", TEXT(H11 "X : y")},
        {BAD, 0, "", TEXT(H11 "X(): y")},
        {BAD, 0, "", TEXT(H11 "caf\303\251: y")},
        {BAD, 0, "", TEXT(H11 "X: y\n")},
        {BAD, 0, "", TEXT(H11 "X: y\r\r\n")},
        {BAD, 0, "", TEXT(H11 "X: y\rContent-Leng")},
        {BAD, 0, "", TEXT(H11 "X: \0\r\n")},
        {BAD, 0, "", TEXT(H11 "X: \001\r\n")},
        {BAD, 0, "", TEXT(H11 "X: \177\r\n")},
        {BAD, 0, "", TEXT(H11 "Content-Length: 2\013\r\n\r")},
        {BAD, 0, "", TEXT(H11 "\n")},
        {BAD, 0, "", TEXT(H11 CL2 "\rhi")},
        {BAD, 0, "", TEXT(H11 "\n\r\n")},
        {BAD, 0, "", TEXT(H11 "HTTP/1.1 200 OK\r\n")},
};

static void report(const char *what, const char *data, const result *x) {
    printf("%s: %s, code %d, interim %u, keep %d, taken %lu, body \"%.*s\": %s\n", what,
            akolhook_status_name(x->status), x->r.code, x->r.interim, x->r.keep_alive,
            (unsigned long)x->taken, (int)x->body_len, x->body, data);
    check_bad++;
}

/* Byte by byte and cut in two anywhere, the result is that of the whole. */
static void check_splits(const char *data, size_t len, int is_head, const result *whole) {
    result x;
    size_t at;
    run(&x, data, len, is_head, 0, 1);
    if (!same(&x, whole)) report("byte by byte", data, &x);
    run(&x, data, len, is_head, 0, 7);
    if (!same(&x, whole)) report("in sevens", data, &x);
    for (at = 1; at < len; at++) {
        run(&x, data, len, is_head, at, 0);
        if (!same(&x, whole)) report("in two", data, &x);
    }
}

static void test_sound(void) {
    result x, cut;
    size_t i, at;
    for (i = 0; i < COUNT(sound); i++) {
        int is_head = (sound[i].flags & HEAD) != 0, until_close = (sound[i].flags & CLOSE) != 0;
        run(&x, sound[i].data, sound[i].len, is_head, 0, 0);
        if (x.status != AKOLHOOK_OK || x.r.done != 1 || x.done_early == until_close || x.r.head_done != 1 ||
                x.r.code != sound[i].code || x.r.interim != sound[i].interim ||
                x.r.keep_alive != (sound[i].flags & KEEP) || x.taken != sound[i].len - sound[i].left)
            report("at once", sound[i].data, &x);
        CHECK_MEM(x.body, x.body_len, sound[i].body, strlen(sound[i].body));
        CHECK_MEM(x.r.retry_after, x.r.retry_after_len, sound[i].retry, strlen(sound[i].retry));
        check_splits(sound[i].data, sound[i].len, is_head, &x);
        for (at = 0; at < x.taken; at++) { /* cut short, it is never taken for whole */
            run(&cut, sound[i].data, at, is_head, 0, 0);
            if (cut.status != (until_close && cut.r.head_done ? AKOLHOOK_OK : AKOLHOOK_RESPONSE_CUT))
                report("cut", sound[i].data, &cut);
        }
    }
}

static void test_broken(void) {
    result x, cut;
    size_t i, at;
    for (i = 0; i < COUNT(broken); i++) {
        run(&x, broken[i].data, broken[i].len, 0, 0, 0);
        if (x.status != broken[i].status || x.r.done || x.r.head_done != broken[i].head_done)
            report("at once", broken[i].data, &x);
        CHECK_MEM(x.body, x.body_len, broken[i].body, strlen(broken[i].body));
        check_splits(broken[i].data, broken[i].len, 0, &x);
        for (at = 0; at < broken[i].len; at++) {
            run(&cut, broken[i].data, at, 0, 0, 0);
            CHECK(cut.status == AKOLHOOK_RESPONSE_CUT ||
                    (cut.status == broken[i].status && cut.taken == x.taken));
        }
    }
}

/* Each byte behind the digits of Content-Length and before them: only blanks stand there (RFC 9110 section
   8.6), and a digit makes another number, whose body is not there. */
static void test_length_bytes(void) {
    static const char *const forms[] = {H11 "Content-Length: 2?\r\n\r\nhi",
            H11 "Content-Length: ?2\r\n\r\nhi", H11 "Content-Length:2?2\r\n\r\nhi"};
    size_t i;
    int c;
    for (i = 0; i < COUNT(forms); i++)
        for (c = 0; c < 256; c++) {
            const size_t len = strlen(forms[i]);
            const int blank = (c == ' ' || c == '\t') && i < 2, digit = c >= '0' && c <= '9';
            const akolhook_status want = blank || (c == '0' && i == 1) ? AKOLHOOK_OK
                                         : digit                       ? AKOLHOOK_RESPONSE_CUT
                                                                       : AKOLHOOK_BAD_RESPONSE;
            char data[80];
            result x;
            memcpy(data, forms[i], len + 1);
            *strchr(data, '?') = (char)c;
            run(&x, data, len, 0, 0, 0);
            if (x.status != want) report("a byte at the length", data, &x);
        }
}

/* The bytes from p on that are a token (RFC 9110 section 5.6.2). */
static const char *token_pass(const char *p, const char *end) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (; p < end; p++)
        if (!(*p >= '0' && *p <= '9') && !(*p >= 'A' && *p <= 'Z') && !(*p >= 'a' && *p <= 'z') &&
                (*p == 0 || !strchr(marks, *p)))
            break;
    return p;
}
static const char *blanks_pass(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    return p;
}

/* Whether these are chunk extensions and the end of the line: *(BWS ";" BWS token [BWS "=" BWS (token /
   quoted-string)]) CRLF, of RFC 9112 section 7.1.1 and RFC 9110 section 5.6.4. */
static int is_extensions(const char *p, const char *end) {
    const char *after;
    while (!(end - p == 2 && memcmp(p, "\r\n", 2) == 0)) {
        p = blanks_pass(p, end);
        if (p == end || *p != ';') return 0;
        p = blanks_pass(p + 1, end);
        after = token_pass(p, end);
        if (after == p) return 0;
        p = after;
        after = blanks_pass(p, end);
        if (after == end || *after != '=') continue;
        p = blanks_pass(after + 1, end);
        if (p < end && *p == '"') {
            for (p++; p < end && *p != '"'; p++) {
                const unsigned char c = (unsigned char)*p;
                if (c == '\\' && ++p == end) return 0;
                if ((*p != '\t' && (unsigned char)*p < ' ') || *p == '\x7f') return 0;
            }
            if (p++ == end) return 0;
        } else {
            after = token_pass(p, end);
            if (after == p) return 0;
            p = after;
        }
    }
    return 1;
}

/* Each byte in each place of a chunk line, with several ends behind it. */
static void test_chunk_line_bytes(void) {
    static const char *const begins[] = {"", " ", ";", "; ", ";a", ";a ", ";a=", ";a= ", ";a=b", ";a=b ",
            ";a=\"", ";a=\"b", ";a=\"\\", ";a=\"b\"", ";a=\"\" "},
                             *const ends[] = {"\r\n", "b\r\n", "=b\r\n", "\"\r\n", ";a\r\n"};
    size_t i, k;
    int c;
    for (i = 0; i < COUNT(begins); i++)
        for (c = 0; c < 256; c += CHECK_ROOM(1, 13))
            for (k = 0; k < COUNT(ends); k++) {
                char line[40], data[120];
                const size_t at = strlen(begins[i]), len = at + 1 + strlen(ends[k]);
                const size_t head = sizeof CHUNKS - 1;
                int is_sound;
                result x;
                if (i == 0 && ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f')))
                    continue; /* another length */
                memcpy(line, begins[i], at);
                line[at] = (char)c;
                memcpy(line + at + 1, ends[k], len - at - 1);
                is_sound = is_extensions(line, line + len);
                memcpy(data, CHUNKS "2", head + 1);
                memcpy(data + head + 1, line, len);
                memcpy(data + head + 1 + len, "hi\r\n0\r\n\r\n", 9);
                run(&x, data, head + 1 + len + 9, 0, 0, 0);
                if (x.status != (is_sound ? AKOLHOOK_OK : AKOLHOOK_BAD_RESPONSE)) {
                    printf("byte %d behind 2%s, then %s", c, begins[i], ends[k]);
                    report("a chunk line", data, &x);
                }
            }
}

/* Any single byte changed: all at once and byte by byte say the same. */
static void test_changed(void) {
    static const char *const bases[] = {
            CHUNKS "5;a=b;c=\"d\"\r\nhello\r\n0\r\nT: x\r\n y\r\n\r\n",
            "HTTP/1.1 100 x\r\n\r\n" H11 "Connection: close, te\r\n" CL2
            "Retry-After: 9\r\nX: y\r\n z\r\n\r\nhi",
    };
    size_t i, at;
    int c;
    for (i = 0; i < COUNT(bases); i++)
        for (at = 0; bases[i][at]; at++)
            for (c = 0; c < 256; c += CHECK_ROOM(1, 13)) {
                char data[200];
                result a, b;
                size_t len = strlen(bases[i]);
                memcpy(data, bases[i], len + 1);
                data[at] = (char)c;
                run(&a, data, len, 0, 0, 0);
                run(&b, data, len, 0, 0, 1);
                if (!same(&a, &b)) report("changed", data, &b);
            }
}

/* Any byte anywhere in a longer value: sent, only what test_header_bytes says; read, all but the control
 * characters. */
static void test_value_bytes(void) {
    int c;
    size_t at;
    for (c = 0; c < 256; c++)
        for (at = 0; at < 21; at++) {
            static const char plain[] = H11 CL2 "X: abcdefghijklmnopqrstu\r\n\r\nhi";
            char value[21], data[sizeof plain];
            akolhook_header h;
            result x;
            int visible = c > 32 && c < 127, blank = c == 32 || c == 9, text = visible || blank || c > 127;
            memset(value, 'x', sizeof value);
            value[at] = (char)c;
            h.name = akolhook_str_c("n");
            h.value = akolhook_str_n(guard_copy(&page, value, sizeof value), sizeof value);
            CHECK_INT(akolhook_header_check(&h),
                    visible || (blank && at > 0 && at < 20) ? AKOLHOOK_OK : AKOLHOOK_BAD_HEADER);
            if (at < 1 || at > 19) continue;
            memcpy(data, plain, sizeof plain);
            data[sizeof H11 CL2 + 2 + at] = (char)c;
            run(&x, data, sizeof plain - 1, 0, 0, 0);
            CHECK_INT(x.status, text ? AKOLHOOK_OK : AKOLHOOK_BAD_RESPONSE);
            memcpy(data, "HTTP/1.1 200 abcdefghijklmnopqrs\r\n\r\n", 37);
            data[12 + at] = (char)c;
            run(&x, data, 36, 0, 0, 0);
            CHECK_INT(x.status, text ? AKOLHOOK_OK : AKOLHOOK_BAD_RESPONSE);
        }
}

/* ---- bounds ---- */

#ifndef __AVR__ /* they are larger than its memory */

static char big[CHECK_ROOM(1100 * 1000L, 4096)];

/* first, then filler up to len bytes in all, then last; the whole and single bytes give one status. */
static akolhook_status bounded(const char *first, char filler, size_t len, const char *last) {
    akolhook_response r;
    akolhook_status st[2];
    size_t at, used, k, fixed = strlen(first) + strlen(last);
    memset(big, filler, sizeof big);
    memcpy(big, first, strlen(first));
    if (len < fixed || len > sizeof big) {
        check_note(__FILE__, __LINE__, "no such length");
        return AKOLHOOK_INVALID_ARGUMENT;
    }
    memcpy(big + len - strlen(last), last, strlen(last));
    for (k = 0; k < 2; k++) {
        akolhook_response_init(&r, 0);
        st[k] = AKOLHOOK_OK;
        for (at = 0; at < len && st[k] == AKOLHOOK_OK && !r.done; at += used)
            st[k] = akolhook_response_feed(&r, big + at, k ? 1 : len - at, &used, NULL);
        if (st[k] == AKOLHOOK_OK) st[k] = akolhook_response_end(&r);
    }
    CHECK_INT(st[1], st[0]);
    return st[0];
}

/* line after line in place of the filler */
static akolhook_status lines(const char *first, const char *line, size_t count, const char *last) {
    static char data[CHECK_ROOM(1100 * 1000L, 4096)];
    akolhook_response r;
    akolhook_status st = AKOLHOOK_OK;
    size_t len = 0, at, used, i;
    for (i = 0; i < count + 2; i++) {
        const char *part = i == 0 ? first : i <= count ? line : last;
        memcpy(data + len, part, strlen(part));
        len += strlen(part);
    }
    akolhook_response_init(&r, 0);
    for (at = 0; at < len && st == AKOLHOOK_OK && !r.done; at += used)
        st = akolhook_response_feed(&r, data + at, len - at, &used, NULL);
    return st == AKOLHOOK_OK ? akolhook_response_end(&r) : st;
}

static void test_bounds(void) {
    const size_t max = AKOLHOOK_MAX_RESPONSE_HEAD, chunks = strlen(CHUNKS);
    /* a head of exactly the bound, and of one more */
    CHECK_STATUS(bounded(H11 "X: ", 'y', max, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded(H11 "X: ", 'y', max + 1, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded("HTTP/1.1 200 ", 'y', max, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded("HTTP/1.1 200 ", 'y', 17 * 1024, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded(H11, 'y', max + 5, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded(H11 "X: ", 'y', 1024 * 1024, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded(H11 "X: y\r\n ", ' ', max + 1, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    /* each interim head has the bound to itself */
    CHECK_STATUS(bounded("HTTP/1.1 100 x\r\n\r\n" H11 "X: ", 'y', 18 + max, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded("HTTP/1.1 100 x\r\n\r\n" H11 "X: ", 'y', 18 + max + 1, "\r\n\r\n"),
            RESPONSE_HEAD_TOO_LARGE);
    /* chunk lines and trailers likewise */
    CHECK_STATUS(bounded(CHUNKS, '0', chunks + max + 2, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded(CHUNKS, '0', chunks + max + 3, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded(CHUNKS "0;", 'x', chunks + max + 2, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded(CHUNKS "0;", 'x', chunks + 1024 * 1024, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(bounded(CHUNKS "0\r\nX: ", 'y', chunks + 3 + max, "\r\n\r\n"), OK);
    CHECK_STATUS(bounded(CHUNKS "0\r\nX: ", 'y', chunks + 3 + max + 1, "\r\n\r\n"), RESPONSE_HEAD_TOO_LARGE);
    /* field lines, of which a continuation is none */
    CHECK_STATUS(lines(H11, "X: y\r\n", 512, "\r\n"), OK); /* AKOLHOOK_MAX_RESPONSE_FIELDS */
    CHECK_STATUS(lines(H11, "X: y\r\n z\r\n", AKOLHOOK_MAX_RESPONSE_FIELDS, "\r\n"), OK);
    CHECK_STATUS(lines(H11, "X: y\r\n", 513, "\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(lines(H11, "X: y\r\n", 100000, "\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(lines(CHUNKS "0\r\n", "X: y\r\n", AKOLHOOK_MAX_RESPONSE_FIELDS, "\r\n"), OK);
    CHECK_STATUS(lines(CHUNKS "0\r\n", "X: y\r\n", AKOLHOOK_MAX_RESPONSE_FIELDS + 1, "\r\n"),
            RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(lines(CHUNKS "0\r\n", "X: y\r\n", 100000, "\r\n"), RESPONSE_HEAD_TOO_LARGE);
    CHECK_STATUS(lines(CHUNKS, "1\r\nx\r\n", 100000, "0\r\n\r\n"), OK);
    /* interim responses */
    CHECK_STATUS(
            lines("HTTP/1.1 100 x\r\nX: y\r\n\r\n" H11, "X: y\r\n", AKOLHOOK_MAX_RESPONSE_FIELDS, "\r\n"),
            OK);
    CHECK_STATUS(
            lines("", "HTTP/1.1 100 Continue\r\n\r\n", 60, "HTTP/1.1 103 x\r\nLink: y\r\n\r\n" H11 "\r\n"),
            OK);
    CHECK_STATUS(lines("", "HTTP/1.1 102 x\r\n\r\n", AKOLHOOK_MAX_INTERIM, H11 "\r\n"), OK);
    CHECK_STATUS(lines("", "HTTP/1.1 102 x\r\n\r\n", AKOLHOOK_MAX_INTERIM + 1, H11 "\r\n"), TOO_MANY_INTERIM);
    CHECK_STATUS(lines("", "HTTP/1.1 102 x\r\n\r\n", 1000, H11 "\r\n"), TOO_MANY_INTERIM);
}
#endif

/* ---- the calls themselves ---- */

static void test_feed_contract(void) {
    static const char two[] = H11 CL2 "\r\nhiHTTP/1.1 404 x\r\n\r\n";
    akolhook_response r;
    akolhook_str body;
    size_t used, len = sizeof two - 1, head = len - 20; /* "hi" and the 18 bytes of the next head */
    CHECK(sizeof r <= 120);
    akolhook_response_init(&r, 0);
    CHECK_STATUS(akolhook_response_feed(&r, NULL, 0, &used, NULL), OK);
    CHECK_INT(used, 0);
    CHECK_STATUS(akolhook_response_feed(&r, two, len, &used, &body), OK);
    CHECK_INT(used, head + 2);
    CHECK(body.ptr == two + head && body.len == 2);
    CHECK(r.done && r.head_done && r.keep_alive);
    CHECK_STATUS(akolhook_response_feed(&r, two + used, len - used, &used, &body),
            OK); /* nothing is taken after the end */
    CHECK_INT(used, 0);
    CHECK_INT(body.len, 0);
    CHECK_INT(r.code, 200);
    CHECK_STATUS(akolhook_response_end(&r), OK);
    CHECK_STATUS(akolhook_response_end(&r), OK);
    /* an error stays */
    akolhook_response_init(&r, 0);
    CHECK_STATUS(akolhook_response_feed(&r, "HTTP/1.1 2x", 11, &used, &body), BAD_RESPONSE);
    CHECK_INT(used, 10);
    CHECK_STATUS(akolhook_response_feed(&r, two, len, &used, &body), BAD_RESPONSE);
    CHECK_INT(used, 0);
    CHECK_STATUS(akolhook_response_end(&r), BAD_RESPONSE);
    CHECK(!r.done && !r.head_done && !r.keep_alive);
    /* so does a cut */
    akolhook_response_init(&r, 0);
    CHECK_STATUS(akolhook_response_feed(&r, two, head + 1, &used, NULL), OK);
    CHECK(r.head_done && !r.done);
    CHECK_STATUS(akolhook_response_end(&r), RESPONSE_CUT);
    CHECK_STATUS(akolhook_response_feed(&r, "i", 1, &used, NULL), RESPONSE_CUT);
    CHECK_STATUS(akolhook_response_end(&r), RESPONSE_CUT);
    /* the head tells before the body comes; an empty stream is a cut one */
    akolhook_response_init(&r, 0);
    CHECK_STATUS(akolhook_response_feed(&r, H11 "Content-Length: 99\r\n\r\n", head + 1, &used, NULL), OK);
    CHECK(r.head_done && !r.done && r.code == 200);
    akolhook_response_init(&r, 1);
    CHECK_STATUS(akolhook_response_end(&r), RESPONSE_CUT);
}

/* ---- Retry-After ---- */

/* 784111777 is Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 section 5.6.7; 1776522191 is Sat, 18
   Apr 2026 14:23:11; 3354445391 is 50 years later. Computed with Python's calendar.timegm. */
static const struct {
    const char *value;
    int64_t now;
    int32_t seconds;
} waits[] = {
        {"0", 0, 0},
        {"120", 0, 120},
        {"000120", 0, 120},
        {"2147483647", 0, INT32_MAX},
        {"2147483648", 0, INT32_MAX},
        {"99999999999999999999999999", 0, INT32_MAX},
        {"18446744073709551616", 0, INT32_MAX},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111776, 1},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111778, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 21600, 21600},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777 - 60, 60},
        {"Sun Nov  6 08:49:37 1994", 784111777 - 60, 60},
        {"Sun Nov 06 08:49:37 1994", 784111777 - 60, 60},
        {"Sun Nov 27 08:49:37 1994", 784111777, 21 * 86400},
        {"Sun, 06 Nov 1994 08:49:37 GMT", INT64_MAX, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", INT64_MIN, 784111777},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 0, INT32_MAX},
        {"Mon, 01 Jan 1900 00:00:00 GMT", 0, 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 784111777, 0},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800 - 5, 5},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400 - 5, 5},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 - 5, 5},
        /* two digits: 50 years ahead are ahead, a second more is the century before */
        {"Saturday, 18-Apr-76 14:23:11 GMT", 1776522191, 1577923200},
        {"Sunday, 18-Apr-76 14:23:12 GMT", 1776522191, 0},
        {"Saturday, 18-Apr-26 14:23:21 GMT", 1776522191, 10},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 1776522191, 0},
        {"Friday, 01-Jan-99 00:00:10 GMT", 915148800, 10},
        {"Thursday, 31-Dec-76 23:59:59 GMT", 1798761599, 1577923200},
        {"Saturday, 01-Jan-77 00:00:00 GMT", 1798761599, 0},
        {"Friday, 01-Jan-77 00:00:00 GMT", 1798761600, 1577923200},
        {"Saturday, 01-Jan-77 00:00:01 GMT", 1798761600, 0},
        {"Wednesday, 28-Feb-74 12:00:59 GMT", 1709121659, 1577923200},
        {"Thursday, 28-Feb-74 12:01:00 GMT", 1709121659, 0},
        {"Thursday, 01-Mar-74 00:59:00 GMT", 1709254740, 1577836800},
        {"Friday, 01-Mar-74 00:59:01 GMT", 1709254740, 0},
        {"Wednesday, 31-Jul-80 01:00:00 GMT", 1911690000, 1577923200},
        {"Thursday, 31-Jul-80 01:00:01 GMT", 1911690000, 0},
        {"Monday, 05-Oct-99 07:08:09 GMT", 2517030489, 1577836800},
        {"Tuesday, 05-Oct-99 07:08:10 GMT", 2517030489, 0},
        {"Saturday, 01-Jan-00 00:00:10 GMT", 946684790, 20},
};
static const char *const no_waits[] = {
        "",
        " ",
        "-5",
        "+5",
        "1e9",
        "5.0",
        "5 ",
        " 5",
        "0x5",
        "120, 240",
        "120,",
        "5s",
        "\xd9\xa1",
        "Wed, 31 Feb 2024 00:00:00 GMT",
        "Sat, 31 Feb 2024 00:00:00 GMT",
        "Fri, 29 Feb 2023 00:00:00 GMT",
        "Wed, 29 Feb 1900 00:00:00 GMT",
        "Thu, 29 Feb 1900 00:00:00 GMT",
        "Thu, 01 Mar 2024 00:00:00 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Monday, 06-Nov-94 08:49:37 GMT",
        "Mon Nov  6 08:49:37 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun  Nov 6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Sun, 06 Nov 1994 23:58:60 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08-49-37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "Sun",
        "Su",
        "Sunday",
        "Sunday,",
        "Sun,",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
};

static void test_retry_after(void) {
    akolhook_str none = AKOLHOOK_INIT;
    int32_t seconds;
    size_t i, at, len;
    for (i = 0; i < COUNT(waits); i++) {
        len = strlen(waits[i].value);
        seconds = -1;
        if (akolhook_retry_after_parse(akolhook_str_n(guard_copy(&page, waits[i].value, len), len),
                    waits[i].now, &seconds) != AKOLHOOK_OK ||
                seconds != waits[i].seconds) {
            printf("%s: %ld\n", waits[i].value, (long)seconds);
            check_bad++;
        }
        for (at = 0; at < len && waits[i].value[0] >= 'A'; at++)
            CHECK_STATUS(akolhook_retry_after_parse(akolhook_str_n(guard_copy(&page, waits[i].value, at), at),
                                 waits[i].now, &seconds),
                    BAD_RETRY_AFTER);
    }
    for (i = 0; i < COUNT(no_waits); i++) {
        len = strlen(no_waits[i]);
        seconds = -1;
        if (akolhook_retry_after_parse(akolhook_str_n(guard_copy(&page, no_waits[i], len), len), 784111777,
                    &seconds) != AKOLHOOK_BAD_RETRY_AFTER ||
                seconds != 0) {
            printf("%s: %ld\n", no_waits[i], (long)seconds);
            check_bad++;
        }
    }
    CHECK_STATUS(akolhook_retry_after_parse(none, 0, &seconds), BAD_RETRY_AFTER);
}

/* A digit of a date replaced by anything that is none is no date, and no letter of one may be a digit; only
   asctime's day has a blank for a digit. */
static void test_retry_after_letters(void) {
    static const char *const dates[] = {
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov 06 08:49:37 1994"};
    static const char others[] = "/:;-+. ,@AFGOZ`abfolz~\x7f\x80\xb0\xff";
    char text[40];
    int32_t seconds;
    size_t i, at, k;
    for (i = 0; i < COUNT(dates); i++)
        for (at = 0; at < strlen(dates[i]); at++) {
            const int digit = dates[i][at] >= '0' && dates[i][at] <= '9';
            const char *set = digit ? others : "0123456789";
            for (k = 0; k < strlen(set); k++) {
                strcpy(text, dates[i]);
                text[at] = set[k];
                if (i == 2 && at == 8 && set[k] == ' ') continue;
                seconds = -1;
                CHECK_STATUS(akolhook_retry_after_parse(akolhook_str_c(text), 784111777 - 60, &seconds),
                        BAD_RETRY_AFTER);
                CHECK_INT(seconds, 0);
            }
        }
}

int main(void) {
    page = guard_new(8192);
    RUN(test_head_every_size);
    RUN(test_head_forms);
    RUN(test_header_bytes);
    RUN(test_header_check);
    RUN(test_head_custom);
    RUN(test_head_own_fields);
    RUN(test_head_bad_url);
    RUN(test_sound);
    RUN(test_broken);
    RUN(test_length_bytes);
    RUN(test_chunk_line_bytes);
    RUN(test_changed);
    RUN(test_value_bytes);
#ifndef __AVR__
    RUN(test_bounds);
#endif
    RUN(test_feed_contract);
    RUN(test_retry_after);
    RUN(test_retry_after_letters);
    guard_free(&page);
    return check_end();
}
