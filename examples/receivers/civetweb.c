/* A receiver on civetweb: a pool of threads, one guard.
   Copy: civetweb.c receiver.h akolhook.h
   Build: cc -O2 -o receiver civetweb.c -lcivetweb -pthread
   Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 events.txt */
#include "receiver.h"

#include <civetweb.h>
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void *user) { (void)user, pthread_mutex_lock(&mutex); }
static void unlock(void *user) { (void)user, pthread_mutex_unlock(&mutex); }

/* One request; returns the code that was answered. */
static int handle(struct mg_connection *connection, void *user) {
    const struct mg_request_info *request = mg_get_request_info(connection);
    const size_t cap = AKOLHOOK_MAX_BODY + 1; /* one byte more is enough to know that it is too long */
    akolhook_incoming in = AKOLHOOK_INIT;
    char *body = NULL;
    size_t len = 0;
    int i, n = 0, code = 405;

    (void)user;
    if (strcmp(request->request_method, "POST") == 0) {
        for (i = 0; i < request->num_headers; i++) {
            const char *name = request->http_headers[i].name, *value = request->http_headers[i].value;
            akolhook_incoming_header(&in, name, strlen(name), value, strlen(value));
        }
        if (mg_get_header(connection, "Expect")) mg_printf(connection, "HTTP/1.1 100 Continue\r\n\r\n");
        body = (char *)malloc(cap);
        while (body && len < cap && (n = mg_read(connection, body + len, cap - len)) > 0) len += (size_t)n;
        code = !body ? 503 : n < 0 ? 400 : answer(&in, body, len);
        free(body);
    }
    mg_printf(connection, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", code,
            mg_get_response_code_text(connection, code));
    return code;
}

int main(int argc, char **argv) {
    const char *options[] = {
            "listening_ports", NULL, "num_threads", "32", "request_timeout_ms", "10000", NULL};
    struct mg_context *server;
    char address[32];
    sigset_t end;
    int signal;

    guard.lock_fn = lock;
    guard.unlock_fn = unlock;
    if (argc != 3) return fail("usage: receiver PORT FILE");
    if (start(argv[2]) != 0) return 2;

    sigemptyset(&end), sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", atoi(argv[1]));
    options[1] = address;
    mg_init_library(0);
    server = mg_start(NULL, NULL, options);
    if (!server) return fail("cannot listen on this port");
    mg_set_request_handler(server, "**", handle, NULL);
    sigwait(&end, &signal);
    mg_stop(server);
    mg_exit_library();
    return 0;
}
