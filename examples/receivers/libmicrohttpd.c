/* A receiver on libmicrohttpd: one thread, so the guard needs no lock.
   Copy: libmicrohttpd.c receiver.h akolhook.h
   Build: cc -O2 -o receiver libmicrohttpd.c -lmicrohttpd
   Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 events.txt */
#include "receiver.h"

#include <microhttpd.h>
#include <arpa/inet.h>
#include <signal.h>

typedef struct request {
    size_t len; /* bytes of the body so far; one more than allowed is enough to know */
    char body[AKOLHOOK_MAX_BODY + 1];
} request;

static enum MHD_Result add(void *in, enum MHD_ValueKind kind, const char *name, size_t name_len,
        const char *value, size_t value_len) {
    (void)kind;
    akolhook_incoming_header((akolhook_incoming *)in, name, name_len, value, value_len);
    return MHD_YES;
}

/* Called with the head, with each piece of the body, and at the end. */
static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
        const char *method, const char *version, const char *piece, size_t *piece_len, void **state) {
    akolhook_incoming in = AKOLHOOK_INIT;
    request *r = (request *)*state;
    struct MHD_Response *response;
    enum MHD_Result result;
    int code;

    (void)user, (void)url, (void)version;
    if (!r) {
        r = (request *)malloc(sizeof *r); /* freed by finished */
        if (r) r->len = 0;
        *state = r;
        return r ? MHD_YES : MHD_NO;
    }
    if (*piece_len) {
        size_t room = sizeof r->body - r->len, take = *piece_len < room ? *piece_len : room;

        memcpy(r->body + r->len, piece, take);
        r->len += take;
        *piece_len = 0;
        return MHD_YES;
    }
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add, &in);
    code = strcmp(method, "POST") == 0 ? answer(&in, r->body, r->len) : 405;
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(connection, (unsigned)code, response);
    MHD_destroy_response(response);
    return result;
}
static void finished(
        void *user, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code) {
    (void)user, (void)connection, (void)code;
    free(*state);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {0};
    struct MHD_Daemon *server;
    sigset_t end;
    int signal;

    if (argc != 3) return fail("usage: receiver PORT FILE");
    if (start(argv[2]) != 0) return 2;

    sigemptyset(&end), sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    at.sin_family = AF_INET;
    at.sin_port = htons((uint16_t)atoi(argv[1]));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
            &at, MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_NOTIFY_COMPLETED, finished, NULL,
            MHD_OPTION_END);
    if (!server) return fail("cannot listen on this port");
    sigwait(&end, &signal);
    MHD_stop_daemon(server);
    return 0;
}
