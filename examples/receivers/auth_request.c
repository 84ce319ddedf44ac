/* A helper for nginx's auth_request: nginx asks it about each request, and tells it what your application
   answered. Only verified events reach the application, each once. auth_request.conf has nginx's side.
   Copy: auth_request.c guard_file.h akolhook.h auth_request.conf
   Build: cc -O2 -o helper auth_request.c -levent
   Run: AKOLHOOK_SECRET=whsec_... ./helper /run/hook/helper.sock guard.bin, as the user of nginx's workers */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include "guard_file.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum { TAKEN_S = 70, OPEN = 1024 };          /* TAKEN_S: longer than nginx waits for the application, 60 s */
static akolhook_message open_messages[OPEN]; /* those that the application has, by number */
static unsigned long numbers[OPEN];          /* theirs; 0: none */
static akolhook_guard guard;
static akolhook_receiver receiver;
static char body[AKOLHOOK_MAX_BODY + 1]; /* one byte more is enough to know that it is too long */

/* /verify: judges the request; a good one gets a number. */
static akolhook_status verify(struct evkeyval *field, const char *path, unsigned long *number) {
    static unsigned long last;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status status;
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t len = file ? fread(body, 1, sizeof body, file) : 0;
    int is_read = !path || (file && !ferror(file));

    if (file) fclose(file);
    if (!is_read) return perror(path), AKOLHOOK_STORE_FAILED; /* 503: the sender tries again */
    for (; field; field = field->next.tqe_next)
        akolhook_incoming_header(&in, field->key, strlen(field->key), field->value, strlen(field->value));
    status = akolhook_receive(&receiver, &in, body, len, time(NULL), &msg);
    if (status != AKOLHOOK_OK) return status;
    *number = ++last;
    numbers[last % OPEN] = last;
    open_messages[last % OPEN] = msg;
    return AKOLHOOK_OK;
}

/* /settle: a 2xx of the application commits, anything else lets the sender's retry in. */
static void settle(const char *text, const char *code) {
    const unsigned long number = text ? strtoul(text, NULL, 10) : 0;

    if (!number || numbers[number % OPEN] != number) return; /* it was refused */
    numbers[number % OPEN] = 0;
    (code && code[0] == '2' ? akolhook_replay_commit : akolhook_replay_rollback)(
            &guard, &open_messages[number % OPEN]);
}

static void handle(struct evhttp_request *request, void *user) {
    struct evkeyvalq *in = evhttp_request_get_input_headers(request);
    struct evkeyvalq *out = evhttp_request_get_output_headers(request);
    unsigned long number = 0;
    char text[24];
    akolhook_status status = AKOLHOOK_OK;

    (void)user;
    if (strcmp(evhttp_request_get_uri(request), "/settle") == 0)
        settle(evhttp_find_header(in, "X-Akolhook-Number"), evhttp_find_header(in, "X-Akolhook-Code"));
    else
        status = verify(in->tqh_first, evhttp_find_header(in, "X-Akolhook-File"), &number);
    if (status != AKOLHOOK_OK) fprintf(stderr, "%s\n", akolhook_status_text(status));

    snprintf(text, sizeof text, "%d", akolhook_status_http(status));
    evhttp_add_header(out, "X-Akolhook-Code", text);
    snprintf(text, sizeof text, "%lu", number);
    evhttp_add_header(out, "X-Akolhook-Number", text);
    evhttp_send_reply(request, status == AKOLHOOK_OK ? 204 : 403, NULL, NULL);
}

int main(int argc, char **argv) {
    struct event_base *base = event_base_new();
    struct evhttp *server = evhttp_new(base);
    struct sockaddr_un at = {0};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    receiver.guard = &guard;
    if (argc != 3 || strlen(argv[1]) >= sizeof at.sun_path ||
            guard_file_open(&guard, argv[2], 4096, TAKEN_S) != 0 ||
            akolhook_receiver_add_secret(&receiver, getenv("AKOLHOOK_SECRET")) != AKOLHOOK_OK)
        return fputs("usage: AKOLHOOK_SECRET=whsec_... helper SOCKET GUARD\n", stderr), 2;
    at.sun_family = AF_UNIX;
    memcpy(at.sun_path, argv[1], strlen(argv[1]));
    unlink(argv[1]);
    umask(077); /* for nginx alone: whoever may connect may settle */
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 128) != 0) return 1;
    signal(SIGPIPE, SIG_IGN); /* nginx goes away */
    evutil_make_socket_nonblocking(listener);
    evhttp_set_gencb(server, handle, NULL);
    return evhttp_accept_socket(server, listener) != 0 ? 1 : event_base_dispatch(base);
}
