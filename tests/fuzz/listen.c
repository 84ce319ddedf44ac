/* The parser of requests in listen.h: what comes at once, in pieces and byte by byte is reported and
   answered the same, and never more than the caps allow. */
#define _POSIX_C_SOURCE 200809L
#include "../../akolhook.h"
#include "../../examples/receivers/listen.h"
#include "fuzz.h"

enum { CAP = 300, ROOM = 1 << 17 };
static listen_server server;
static akolhook_receiver receiver;

/* What goes in, and what came of it: reports and answers in order. */
static struct wire {
    const uint8_t *data;
    size_t len, at, step;
    char said[2][ROOM];
    size_t said_len[2];
    int run;
} wire;

static void say(const void *data, size_t len) {
    size_t *at = &wire.said_len[wire.run];
    if (len > ROOM - *at) len = ROOM - *at;
    if (len) memcpy(wire.said[wire.run] + *at, data, len);
    *at += len;
}
static void say_str(akolhook_str str) {
    say(str.ptr, str.len);
    say("|", 1);
}

static int fake_accept(void *user, void *memory, int fd) {
    (void)user, (void)memory, (void)fd;
    return 0;
}
static ptrdiff_t fake_read(void *memory, int fd, void *data, size_t len) {
    size_t left = wire.len - wire.at;
    (void)memory, (void)fd;
    if (!left) return LISTEN_EOF;
    if (wire.step && left > wire.step) left = wire.step;
    if (left > len) left = len;
    memcpy(data, wire.data + wire.at, left);
    wire.at += left;
    return (ptrdiff_t)left;
}
/* The status line alone: the date is the clock's, and an interim answer goes by what has come already. */
static ptrdiff_t fake_write(void *memory, int fd, const void *data, size_t len) {
    (void)memory, (void)fd;
    if (len > 12 && memcmp(data, "HTTP/1.1 100", 12) != 0) say(data, 12);
    return (ptrdiff_t)len;
}
static const listen_stream fake = {0, fake_accept, fake_read, fake_write, NULL, NULL, NULL, NULL};

static int on_request(void *user, const listen_request *r) {
    char text[64];
    (void)user;
    FUZZ_CHECK(r->body.len <= CAP && (r->message == NULL) == (r->why != NULL || r->status != AKOLHOOK_OK));
    FUZZ_CHECK(r->why || akolhook_str_is(r->method, "POST"));
    say(text, (size_t)snprintf(text, sizeof text, "\n%d %d ", r->code, (int)r->status));
    say_str(akolhook_str_c(r->why));
    say_str(r->method);
    say_str(r->target);
    say_str(r->body);
    say_str(r->headers->signature);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static listen_desc desc;
    (void)argc;
    (void)argv;
    receiver.max_body = CAP;
    FUZZ_CHECK(
            akolhook_receiver_add_secret(&receiver, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == AKOLHOOK_OK);
    desc.receiver = &receiver;
    desc.on_request_fn = on_request;
    desc.stream = &fake;
    desc.slots = 1;
    FUZZ_CHECK(listen_open(&server, &desc, malloc(listen_size(&desc)), listen_size(&desc)) == 0);
    return 0;
}

static void run(int which, size_t step) {
    listen_conn *c = &server.conns[0];
    int turns;

    wire.run = which;
    wire.said_len[which] = 0;
    wire.at = 0;
    wire.step = step;
    c->fd = -1;
    c->used = c->pos = 0;
    c->state = LISTEN_HANDSHAKE;
    for (turns = 0; c->state != LISTEN_FREE && c->state != LISTEN_DRAIN; turns++) {
        FUZZ_CHECK(turns < 100000);
        if (!listen_step(&server, c)) break;
    }
    listen_drop(&server, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    size_t step;

    (void)listen_close; /* the process ends with the server */
    if (len < 1 || len > FUZZ_MOST) return 0;
    wire.data = data + 1;
    wire.len = len - 1;
    run(0, 0);
    for (step = 1; step <= 2; step++) {
        run(1, step == 1 ? 1 : 2 + data[0]);
        FUZZ_CHECK(wire.said_len[0] == wire.said_len[1]);
        FUZZ_CHECK(memcmp(wire.said[0], wire.said[1], wire.said_len[0]) == 0);
    }
    return 0;
}
