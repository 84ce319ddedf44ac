/* The client over a simulated modem, as firmware without an operating system has it: the modem connects by
   name (TRANSPORT_OWNS_CONNECT), carries few bytes at a time, and loses its link. On the other side a
   receiver checks each request with akolhook_verify. */
#define AKOLHOOK_NO_POSIX
#define AKOLHOOK_SMALL
#define AKOLHOOK_MAX_ADDRESSES 4
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include "../../check.h"
#include <stdlib.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"

/* ---- the chip ---- */

static int64_t uptime = 70000;
static uint32_t seed = 1;

static int64_t chip_ms(void *user) {
    (void)user;
    return uptime;
}
static int64_t chip_unix_ms(void *user) {
    (void)user;
    return INT64_C(1767225600000) + uptime;
}
static int chip_random(void *user, void *out, size_t len) {
    size_t i;
    (void)user;
    for (i = 0; i < len; i++) ((uint8_t *)out)[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
    return 0;
}
static int chip_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    size_t i;
    (void)user;
    (void)native_error;
    for (i = 0; i < count; i++) items[i].read = items[i].write = 1;
    uptime += timeout_ms < 10 ? timeout_ms : 10;
    return 0;
}

/* ---- the modem, and the receiver behind it ---- */

enum { PIECE = 32, NO_CARRIER = 3 };
static struct modem {
    char host[64];
    uint16_t port;
    int is_up, dialling, opened, closed;
    long carries; /* bytes until the link is lost; -1: no end */
    char got[1200];
    size_t got_len, verified;
    const char *answer;
    size_t answered;
} modem;
typedef struct modem_conn {
    uint32_t magic;
} modem_conn;

/* A whole request: judges it, and has the answer ready. */
static void receiver_take(void) {
    static const char name[] = "X-Webhook-Signature: ";
    char *body, *signature;
    modem.got[modem.got_len] = 0;
    body = strstr(modem.got, "\r\n\r\n");
    signature = strstr(modem.got, name);
    if (!body || strlen(body + 4) < sizeof BODY - 1) return;
    modem.answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    modem.answered = 0;
    modem.got_len = 0;
    if (!signature) return;
    signature += sizeof name - 1;
    signature[64] = 0;
    if (akolhook_verify(SECRET, signature, body + 4, strlen(body + 4)) != AKOLHOOK_OK) return;
    modem.verified++;
    modem.answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\ndone";
}
static int modem_fail(akolhook_conn *conn) {
    modem.is_up = 0;
    conn->native_error = NO_CARRIER;
    return AKOLHOOK_IO_FAIL;
}
/* Takes three questions until it is connected. */
static int modem_open(akolhook_conn *conn) {
    ((modem_conn *)conn->memory)->magic = 0x4d4f444du;
    if (modem.dialling++ < 3) return AKOLHOOK_IO_WANT_WRITE;
    modem.dialling = 0;
    modem.opened++;
    modem.is_up = 1;
    modem.got_len = 0;
    modem.answer = NULL;
    modem.port = conn->port;
    strncpy(modem.host, conn->host, sizeof modem.host - 1);
    return 0;
}
/* What goes over the link of len bytes now; 0: it is lost. */
static size_t modem_carry(size_t len) {
    if (len > PIECE) len = PIECE;
    if (modem.carries >= 0 && (size_t)modem.carries < len) len = (size_t)modem.carries;
    if (modem.carries >= 0) modem.carries -= (long)len;
    return len;
}
static ptrdiff_t modem_send(akolhook_conn *conn, const void *data, size_t len) {
    CHECK(((modem_conn *)conn->memory)->magic == 0x4d4f444du);
    if (!modem.is_up || (len = modem_carry(len)) == 0) return modem_fail(conn);
    if (len > sizeof modem.got - 1 - modem.got_len) return modem_fail(conn);
    memcpy(modem.got + modem.got_len, data, len);
    modem.got_len += len;
    receiver_take();
    return (ptrdiff_t)len;
}
static ptrdiff_t modem_recv(akolhook_conn *conn, void *data, size_t len) {
    size_t left = modem.answer ? strlen(modem.answer) - modem.answered : 0;
    if (!modem.is_up) return modem_fail(conn);
    if (!left) return AKOLHOOK_IO_WANT_READ;
    len = modem_carry(len < left ? len : left);
    if (!len) return modem_fail(conn);
    memcpy(data, modem.answer + modem.answered, len);
    modem.answered += len;
    return (ptrdiff_t)len;
}
static void modem_close(akolhook_conn *conn) {
    (void)conn;
    modem.is_up = 0;
    modem.closed++;
}

/* ---- the firmware ---- */

static const akolhook_transport transport = {sizeof(modem_conn), modem_open, NULL, modem_send, modem_recv,
        modem_close, NULL, AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_OWNS_CONNECT, NULL};
static akolhook_platform platform;
static akolhook_client_desc desc;
static akolhook_client *client;
static akolhook_delivery d;
static unsigned char memory[AKOLHOOK_CLIENT_SIZE(1, sizeof(modem_conn), 128, 768)];

static void set_up(void) {
    memset(&modem, 0, sizeof modem);
    modem.carries = -1;
    platform.monotonic_ms_fn = chip_ms;
    platform.unix_ms_fn = chip_unix_ms;
    platform.random_fn = chip_random;
    platform.wait_fn = chip_wait;
    memset(&desc, 0, sizeof desc);
    desc.platform = &platform;
    desc.tls = &transport;
    desc.trust_transport_addresses = 1;
    desc.response_cap = 128;
    desc.head_cap = 768;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
}
static akolhook_status deliver(void) {
    return akolhook_deliver(client, "https://hooks.example.com/in", SECRET, BODY, sizeof BODY - 1, &d);
}

static void test_selftest(void) { CHECK_STATUS(akolhook_selftest(), OK); }

static void test_deliveries(void) {
    set_up();
    CHECK_STATUS(deliver(), OK);
    CHECK(d.code == 202 && modem.verified == 1 && modem.opened == 1 && modem.port == 443);
    CHECK_TEXT(modem.host, "hooks.example.com");
    CHECK_STR(d.response, "done");
    CHECK_STATUS(deliver(), OK); /* over the same connection */
    CHECK(d.reused && modem.verified == 2 && modem.opened == 1);
    akolhook_client_close(client);
    CHECK_INT(modem.closed, 1);
}

/* The link is lost after every number of bytes: no delivery hangs, none counts that did not come whole, and
   the next one goes through. */
static void test_lost_link(void) {
    long total, lost;
    set_up();
    CHECK_STATUS(deliver(), OK);
    akolhook_client_close(client);
    for (lost = 0, total = 1; lost < total; lost++) {
        akolhook_status status;
        set_up();
        modem.carries = lost;
        status = deliver();
        if (status == AKOLHOOK_OK) {
            CHECK(modem.verified == 1);
            total = lost; /* the head is there: what is lost behind it does not count */
        } else {
            CHECK(status == AKOLHOOK_SEND_FAILED || status == AKOLHOOK_RECEIVE_FAILED);
            CHECK_INT(d.native_error, NO_CARRIER);
            CHECK_INT(d.code, 0);
            total = lost + 2;
        }
        modem.carries = -1;
        CHECK_STATUS(deliver(), OK);
        akolhook_client_close(client);
        CHECK_INT(modem.opened, modem.closed);
    }
    CHECK(total > 400 && total < 800); /* a request of some 500 bytes and a head of 43 */
}

static void test_wrong_secret(void) {
    set_up();
    CHECK_STATUS(
            akolhook_deliver(client, "https://hooks.example.com/in", "whsec_AAAA", BODY, sizeof BODY - 1, &d),
            HTTP_STATUS);
    CHECK(d.code == 401 && modem.verified == 0);
    akolhook_client_close(client);
}

int main(void) {
    RUN(test_selftest);
    RUN(test_deliveries);
    RUN(test_lost_link);
    RUN(test_wrong_secret);
    return check_end();
}
