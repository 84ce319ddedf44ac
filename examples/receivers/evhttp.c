/* A receiver on libevent's evhttp: one thread, so the guard needs no lock.
   Copy: evhttp.c receiver.h akolhook.h
   Build: cc -O2 -o receiver evhttp.c -levent
   Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 events.txt */
#include "receiver.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>

static void handle(struct evhttp_request *request, void *user) {
    struct evkeyval *field = evhttp_request_get_input_headers(request)->tqh_first;
    struct evbuffer *buffer = evhttp_request_get_input_buffer(request);
    akolhook_incoming in = AKOLHOOK_INIT;

    (void)user;
    for (; field; field = field->next.tqe_next)
        akolhook_incoming_header(&in, field->key, strlen(field->key), field->value, strlen(field->value));
    evhttp_send_reply(
            request, answer(&in, evbuffer_pullup(buffer, -1), evbuffer_get_length(buffer)), NULL, NULL);
}

static void stop(evutil_socket_t signal, short what, void *base) {
    (void)signal, (void)what;
    event_base_loopbreak((struct event_base *)base);
}

int main(int argc, char **argv) {
    struct event_base *base = event_base_new();
    struct evhttp *server = evhttp_new(base);
    struct event *end = evsignal_new(base, SIGTERM, stop, base);

    if (argc != 3) return fail("usage: receiver PORT FILE");
    if (start(argv[2]) != 0) return 2;

    signal(SIGPIPE, SIG_IGN); /* senders go away */
    evhttp_set_allowed_methods(server, EVHTTP_REQ_POST);
    evhttp_set_max_headers_size(server, 16384);
    evhttp_set_max_body_size(server, AKOLHOOK_MAX_BODY); /* answers 413 itself */
    evhttp_set_timeout(server, 10);
    evhttp_set_gencb(server, handle, NULL);
    if (evhttp_bind_socket(server, "127.0.0.1", (uint16_t)atoi(argv[1])) != 0)
        return fail("cannot listen on this port");

    event_add(end, NULL);
    event_base_dispatch(base);
    event_free(end);
    evhttp_free(server);
    event_base_free(base);
    return 0;
}
