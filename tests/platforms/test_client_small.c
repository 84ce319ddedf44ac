/* The client as firmware has it: no POSIX, AKOLHOOK_SMALL, one delivery at a time, a platform and a transport
   of a few lines. It also fits an AVR, where int and size_t have 16 bits. */
#define AKOLHOOK_NO_POSIX
#define AKOLHOOK_SMALL
#define AKOLHOOK_MAX_ADDRESSES 4
#include "../../akolhook.h"
#ifdef __AVR__ /* texts take RAM there, and those of the statuses more than half of it */
#undef AKOLHOOK_STATUS_LIST
#define AKOLHOOK_STATUS_LIST(X) X(OK, 0, 200, "success")
#endif
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"
#ifdef __AVR__ /* a failure has its line alone */
#include <stdio.h>
static int passed, failed;
static void say(int good, int line) {
    passed += good;
    failed += !good;
    if (!good) printf("line %d\n", line);
}
#define CHECK(condition) say(!!(condition), __LINE__)
#define CHECK_STATUS(got, want) say((got) == AKOLHOOK_##want, __LINE__)
#define CHECK_STR(got, want) \
    say((got).len == sizeof want - 1 && memcmp((got).ptr, want, sizeof want - 1) == 0, __LINE__)
#define RUN(test) test()
static int check_end(void) {
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
#else
#include "../check.h"
#endif

#define URL "http://hooks.example.com/hook"
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"

static int64_t now_ms = 70000; /* more than 16 bits hold */
static const char *answer;
static size_t answer_at;
static uint32_t got, lookups, opened, seed = 1;
static uint8_t signed_right;

static int64_t fake_ms(void *user) {
    (void)user;
    return now_ms;
}
static int64_t fake_unix(void *user) {
    (void)user;
    return INT64_C(1767225600000); /* 2026-01-01T00:00:00Z */
}
static int fake_random(void *user, void *out, size_t len) {
    size_t i;
    (void)user;
    for (i = 0; i < len; i++) ((uint8_t *)out)[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
    return 0;
}
static int fake_lookup(void *user, akolhook_lookup *lookup) {
    static const uint8_t address[4] = {93, 184, 216, 34};
    (void)user;
    lookups++;
    lookup->addrs[0].family = 4;
    memcpy(lookup->addrs[0].bytes, address, 4);
    lookup->count = 1;
    return 0;
}
static void fake_lookup_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}
static int fake_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *socket, long *native_error) {
    (void)user;
    (void)addr;
    (void)native_error;
    *socket = port == 80 || port == 65535u ? 7 : -1;
    return *socket == 7 ? 0 : AKOLHOOK_IO_FAIL;
}
static int fake_connected(void *user, intptr_t socket, long *native_error) {
    (void)user;
    (void)socket;
    (void)native_error;
    return 0;
}
static void fake_close(void *user, intptr_t socket) {
    (void)user;
    (void)socket;
}
static int fake_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    size_t i;
    (void)user;
    (void)native_error;
    for (i = 0; i < count; i++) items[i].read = items[i].write = 0;
    now_ms += timeout_ms;
    return 0;
}
/* A set whose one socket tells nothing. */
static uint32_t told_cap;
static int fake_set_open(void *user, intptr_t *set, long *native_error) {
    (void)user;
    (void)native_error;
    *set = 1;
    return 0;
}
static int fake_set_watch(void *user, intptr_t set, intptr_t socket, uint32_t token, int read, int write,
        int known, long *native_error) {
    (void)user;
    (void)set;
    (void)socket;
    (void)token;
    (void)read;
    (void)write;
    (void)known;
    (void)native_error;
    return 0;
}
static int fake_set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    (void)user;
    (void)set;
    (void)native_error;
    memset(items, 0, cap * sizeof items[0]); /* there is room for all of them */
    told_cap = (uint32_t)cap;
    *count = 0;
    now_ms += timeout_ms;
    return 0;
}

static int fake_open(akolhook_conn *conn) {
    (void)conn;
    opened++;
    return 0;
}
/* The MAC comes from python3: hmac.new(secret's text, body, sha256). */
static ptrdiff_t fake_send(akolhook_conn *conn, const void *data, size_t len) {
    static const char line[] =
            "X-Webhook-Signature: 121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89\r\n";
    const char *text = (const char *)data;
    size_t i;
    (void)conn;
    for (i = 0; i + sizeof line - 1 <= len; i++)
        if (memcmp(text + i, line, sizeof line - 1) == 0) signed_right = 1;
    got += (uint32_t)len;
    answer_at = 0;
    return (ptrdiff_t)len;
}
static ptrdiff_t fake_recv(akolhook_conn *conn, void *data, size_t len) {
    size_t left = strlen(answer) - answer_at;
    (void)conn;
    if (!got || left == 0) return AKOLHOOK_IO_WANT_READ;
    if (left < len) len = left;
    memcpy(data, answer + answer_at, len);
    answer_at += len;
    return (ptrdiff_t)len;
}
static void fake_shut(akolhook_conn *conn) { (void)conn; }

static akolhook_transport plain;
static akolhook_platform platform;
static akolhook_client_desc desc;
static akolhook_client *client;
static akolhook_delivery d;
static unsigned char memory[AKOLHOOK_CLIENT_SIZE(1, 0, 256, 768)];

static void set_up(int with_set) {
    memset(&plain, 0, sizeof plain);
    plain.open_fn = fake_open;
    plain.send_fn = fake_send;
    plain.recv_fn = fake_recv;
    plain.close_fn = fake_shut;
    memset(&platform, 0, sizeof platform);
    platform.monotonic_ms_fn = fake_ms;
    platform.unix_ms_fn = fake_unix;
    platform.random_fn = fake_random;
    platform.lookup_fn = fake_lookup;
    platform.lookup_cancel_fn = fake_lookup_cancel;
    platform.connect_fn = fake_connect;
    platform.connected_fn = fake_connected;
    platform.close_fn = fake_close;
    platform.wait_fn = fake_wait;
    platform.plain = &plain;
    if (with_set) {
        platform.set_open_fn = fake_set_open;
        platform.set_close_fn = fake_close;
        platform.set_watch_fn = fake_set_watch;
        platform.set_wait_fn = fake_set_wait;
    }
    memset(&desc, 0, sizeof desc);
    desc.platform = &platform;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.response_cap = 256;
    desc.head_cap = 768;
    answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    answer_at = 0;
    got = lookups = opened = 0;
    signed_right = 0;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
}
static akolhook_status deliver(const char *url) {
    return akolhook_deliver(client, url, SECRET, BODY, strlen(BODY), &d);
}

static void test_deliveries(void) {
    int with_set;
    for (with_set = 0; with_set < 2; with_set++) {
        set_up(with_set);
        CHECK_STATUS(deliver(URL), OK);
        CHECK(d.code == 200 && d.ms == 0 && !d.reused && signed_right);
        CHECK_STR(d.response, "ok");
        signed_right = 0;
        CHECK_STATUS(deliver(URL), OK); /* over the same connection */
        CHECK(d.reused && signed_right && lookups == 1 && opened == 1);
        CHECK_STATUS(deliver("http://hooks.example.com:65535/"), OK);
        CHECK(!d.reused && d.peer_port == 65535u && lookups == 2);
        answer = "SSH-2.0-x\r\n";
        CHECK_STATUS(deliver(URL), BAD_RESPONSE);
        CHECK_STR(d.response, "SSH-2.0-x\r\n");
        answer = ""; /* 30 s, and longer than an int of 16 bits counts */
        CHECK_STATUS(deliver(URL), DEADLINE);
        CHECK(d.ms == 30000);
        desc.deadline_ms = 100000u;
        akolhook_client_close(client);
        CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
        CHECK_STATUS(deliver(URL), DEADLINE);
        CHECK(d.ms == 100000);
        CHECK(!with_set || told_cap == 1);
        akolhook_client_close(client);
    }
}

/* What no object of this machine can hold is refused, and no size wraps around. */
static void test_sizes(void) {
    static const uint32_t large[] = {1, 60, 1000, 65535u, 65536u, 70000u, 100000u, 1048576u, 16777216u};
    size_t i, j, k, need;
    set_up(0);
    akolhook_client_close(client);
    for (i = 0; i < sizeof large / sizeof large[0]; i++)
        for (j = 0; j < sizeof large / sizeof large[0]; j++)
            for (k = 0; k < sizeof large / sizeof large[0]; k++) {
                double least = (double)large[i] * ((double)large[j] + 1024);
                if (least < (double)large[i] * large[k]) least = (double)large[i] * large[k];
                desc.max_in_flight = large[i];
                desc.response_cap = large[j];
                desc.head_cap = large[k];
                need = akolhook_client_size(&desc);
                CHECK(need == 0 || ((double)need > least && need <= (size_t)-1 / 2));
                if (need == 0)
                    CHECK_STATUS(akolhook_client_init(&client, memory, (size_t)-1, &desc), INVALID_ARGUMENT);
                else if (need > sizeof memory)
                    CHECK_STATUS(
                            akolhook_client_init(&client, memory, sizeof memory, &desc), MEMORY_TOO_SMALL);
            }
    CHECK(AKOLHOOK_CLIENT_SIZE(1, 0, 256, 768) == sizeof memory);
    CHECK(AKOLHOOK_CLIENT_SIZE(100, 0, 1024, 2048) >
            200000u); /* no array of that size is taken where it wraps */
}

int main(void) {
    RUN(test_deliveries);
    RUN(test_sizes);
    return check_end();
}
