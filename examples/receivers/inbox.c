/* A durable inbox on libevent's evhttp: verifies, stores the event in SQLite and answers 200. The work is
   done by inbox_worker.c, beside it or on another day: nothing is lost, whatever is killed when.
   Copy: inbox.c inbox.h akolhook.h
   Build: cc -O2 -o inbox inbox.c -levent -lsqlite3
   Run: AKOLHOOK_SECRET=whsec_... ./inbox 8080 inbox.db */
#include "inbox.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static akolhook_receiver receiver; /* without a guard: the table has every message by its key */

/* One request: 200 once it is on disk, or was before; else the sender tries again. */
static void receive(struct evhttp_request *request, void *user) {
    struct evkeyval *field = evhttp_request_get_input_headers(request)->tqh_first;
    struct evbuffer *buffer = evhttp_request_get_input_buffer(request);
    akolhook_str body = akolhook_str_n(evbuffer_pullup(buffer, -1), evbuffer_get_length(buffer)), key;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status status;
    int code;

    (void)user;
    for (; field; field = field->next.tqe_next)
        akolhook_incoming_header(&in, field->key, strlen(field->key), field->value, strlen(field->value));
    status = akolhook_receive(&receiver, &in, body.ptr, body.len, time(NULL), &msg);
    code = akolhook_status_http(status);
    key = akolhook_str_n(msg.dedup_key, sizeof msg.dedup_key);
    if (status == AKOLHOOK_OK &&
            run("INSERT INTO inbox(key, body) VALUES(?2, ?3) ON CONFLICT(key) DO NOTHING", 0, key, body) != 0)
        code = 503;
    evhttp_send_reply(request, code, NULL, NULL);
}

static void stop(evutil_socket_t signal, short what, void *base) {
    (void)signal, (void)what;
    event_base_loopbreak((struct event_base *)base);
}

int main(int argc, char **argv) {
    struct event_base *base = event_base_new();
    struct evhttp *server = evhttp_new(base);
    struct event *end = evsignal_new(base, SIGTERM, stop, base);
    akolhook_status status = akolhook_receiver_add_secret(&receiver, getenv("AKOLHOOK_SECRET"));

    if (argc != 3) return fail("usage: inbox PORT DATABASE");
    if (status != AKOLHOOK_OK) return fail("AKOLHOOK_SECRET has no secret");
    if (inbox_open(argv[2]) != 0) return 2;
    signal(SIGPIPE, SIG_IGN); /* senders go away */
    evhttp_set_max_headers_size(server, 16384);
    evhttp_set_max_body_size(server, AKOLHOOK_MAX_BODY); /* answers 413 itself */
    evhttp_set_allowed_methods(server, EVHTTP_REQ_POST);
    evhttp_set_timeout(server, 10);
    evhttp_set_gencb(server, receive, NULL);
    if (evhttp_bind_socket(server, "127.0.0.1", (uint16_t)atoi(argv[1])) != 0)
        return fail("cannot listen on this port");

    event_add(end, NULL);
    event_base_dispatch(base);
    event_free(end);
    evhttp_free(server);
    event_base_free(base);
    sqlite3_close(db);
    return 0;
}
