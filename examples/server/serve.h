/* The HTTP thread: the table of calls, and what libmicrohttpd asks. */

/* clang-format off */
#define WEBHOOK "/api/v1/webhooks/{id}"
#define DELIVERY "/api/v1/deliveries/{id}"
#define LOG_FILTERS "event success state statusClass test since until messageId limit cursor"

static const route routes[] = {
    {"GET",    "/healthz",                NULL,   SCOPE_NONE, BODY_NONE,     "", api_health},
    {"GET",    "/readyz",                 NULL,   SCOPE_NONE, BODY_NONE,     "", api_ready},
    {"GET",    "/metrics",                NULL,   SCOPE_READ, BODY_NONE,     "", api_metrics},
    {"GET",    "/api/v1/server",          NULL,   SCOPE_READ, BODY_NONE,     "", api_server},
    {"GET",    "/api/v1/event-types",     NULL,   SCOPE_READ, BODY_NONE,     "", api_event_types},
    {"GET",    "/api/v1/webhooks",        NULL,   SCOPE_READ, BODY_NONE,     "page limit q active failing",
        api_webhook_list},
    {"POST",   "/api/v1/webhooks",        NULL,   SCOPE_FULL, BODY_JSON,     "", api_webhook_create},
    {"GET",    WEBHOOK,                   "whk_", SCOPE_READ, BODY_NONE,     "", api_webhook_get},
    {"PATCH",  WEBHOOK,                   "whk_", SCOPE_FULL, BODY_JSON,     "", api_webhook_update},
    {"DELETE", WEBHOOK,                   "whk_", SCOPE_FULL, BODY_NONE,     "", api_webhook_delete},
    {"POST",   WEBHOOK "/rotate-secret",  "whk_", SCOPE_FULL, BODY_OPTIONAL, "", api_webhook_rotate},
    {"POST",   WEBHOOK "/test",           "whk_", SCOPE_FULL, BODY_OPTIONAL, "", api_webhook_test},
    {"POST",   WEBHOOK "/redeliver",      "whk_", SCOPE_FULL, BODY_JSON,     "", api_webhook_redeliver},
    {"GET",    WEBHOOK "/stats",          "whk_", SCOPE_READ, BODY_NONE,     "range", api_stats},
    {"GET",    WEBHOOK "/deliveries",     "whk_", SCOPE_READ, BODY_NONE,     LOG_FILTERS " page",
        api_delivery_list},
    {"GET",    "/api/v1/deliveries",      NULL,   SCOPE_READ, BODY_NONE,     LOG_FILTERS " webhookId",
        api_delivery_list},
    {"GET",    DELIVERY,                  "dlv_", SCOPE_READ, BODY_NONE,     "", api_delivery_get},
    {"POST",   DELIVERY "/redeliver",     "dlv_", SCOPE_FULL, BODY_OPTIONAL, "", api_delivery_redeliver},
    {"POST",   DELIVERY "/send-now",      "dlv_", SCOPE_FULL, BODY_OPTIONAL, "", api_delivery_send_now},
    {"POST",   DELIVERY "/cancel",        "dlv_", SCOPE_FULL, BODY_OPTIONAL, "", api_delivery_cancel},
    {"POST",   "/api/v1/events",          NULL,   SCOPE_EMIT, BODY_JSON,     "", api_event_emit},
    {"GET",    "/api/v1/stats",           NULL,   SCOPE_READ, BODY_NONE,     "range", api_stats},
    {"GET",    "/api/v1/stream",          NULL,   SCOPE_READ, BODY_NONE,     "", api_stream},
    {"GET",    "/api/v1/tokens",          NULL,   SCOPE_FULL, BODY_NONE,     "", api_token_list},
    {"POST",   "/api/v1/tokens",          NULL,   SCOPE_FULL, BODY_JSON,     "", api_token_create},
    {"DELETE", "/api/v1/tokens/{id}",     "tok_", SCOPE_FULL, BODY_NONE,     "", api_token_delete},
};
/* clang-format on */

/* ---- a request ---- */

/* The request line as it came, before anything is decoded or cut: the request begins here. */
static void *on_line(void *user, const char *uri, struct MHD_Connection *connection) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request *r = (request *)calloc(1, sizeof *r);
    uint8_t bytes[16];
    size_t i;

    if (!r) return NULL;
    r->server = (server *)user;
    r->connection = connection;
    r->place = info ? (struct client *)info->socket_context : NULL;
    if (r->place) r->place->request = r;
    r->uri = strdup(uri);
    r->began_ms = monotonic_ms();
    r->rate_left = -1;
    memcpy(r->request_id, "req_", 4);
    if (random_bytes(bytes, sizeof bytes))
        for (i = 0; i < sizeof bytes; i++) r->request_id[4 + i] = digits[bytes[i] % 32];
    return r;
}

/* One line for each request that changes something or fails: the route, never the target. */
static void request_log(const request *r, const char *method) {
    static rate often;
    log_entry entry;
    akolhook_json_writer *json;

    if (r->status < 400 && (!r->route || strcmp(r->route->method, "GET") == 0)) return;
    if (!rate_take(&often, 50, 200)) return;
    json = log_begin(&entry, r->status >= 500 ? "error" : "info", "request");
    json_c(json, "requestId", r->request_id);
    log_add(json, "method", method);
    json_c(json, "route", r->route ? r->route->path : "");
    if (*r->token_id) json_c(json, "tokenId", r->token_id);
    akolhook_json_add_int64(json, "status", r->status);
    akolhook_json_add_int64(json, "ms", monotonic_ms() - r->began_ms);
    log_end(&entry);
}

static void request_refuse(request *r) {
    r->error_count = 0;
    fail(r, r->refusal, r->refusal_code, r->refusal_text);
}

/* Answers a request that is all there. */
static enum MHD_Result request_answer(request *r, const char *method) {
    int64_t began_ms = monotonic_ms();

    connection_phase_is(&r->server->listener, r->place, PHASE_ANSWER);
    if (r->refusal)
        request_refuse(r);
    else if (!*r->route->parameters && *r->query)
        fail(r, 400, "UNKNOWN_PARAMETER", "this call has no query");
    else if (r->route->scope != SCOPE_NONE && store_is_stalled(r->server))
        fail_status(r, AKOLHOOK_STORE_FAILED);
    else
        r->route->answer_fn(r);
    store_took(r->server, began_ms, r->status != 503);

    if (r->stream) connection_phase_is(&r->server->listener, r->place, PHASE_STREAM);
    if (r->status) r->server->answers[r->status / 100 % 6]++;
    request_log(r, method);
    return r->status ? MHD_YES : MHD_NO;
}

/* A piece of the body. It grows as it comes, so that nobody takes memory by a number alone. */
static enum MHD_Result request_piece(request *r, const char *piece, size_t *len) {
    size_t cap = r->body_cap ? r->body_cap : 4096;
    char *grown;

    if (*len > r->body_most - r->body_len) return MHD_NO;
    while (cap < r->body_len + *len) cap *= 2;
    if (cap != r->body_cap) {
        grown = (char *)malloc(cap);
        if (!grown) return MHD_NO;
        if (r->body_len) memcpy(grown, r->body, r->body_len);
        if (r->body) akolhook_wipe(r->body, r->body_len); /* a secret of one's own may be in it */
        free(r->body);
        r->body = grown;
        r->body_cap = cap;
    }
    memcpy(r->body + r->body_len, piece, *len);
    r->body_len += *len;
    *len = 0;
    return MHD_YES;
}

/* Called with the head, with each piece of the body, and at the end. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
        const char *method, const char *version, const char *piece, size_t *piece_len, void **state) {
    request *r = (request *)*state;
    int is_bad = 0;

    (void)user, (void)connection, (void)url;
    if (!r || !r->uri) return MHD_NO;
    if (!r->seen) {
        r->seen = 1;
        r->query = r->uri + strcspn(r->uri, "?");
        gate(r, routes, COUNT_OF(routes), method, version, &is_bad);
        if (*r->query) *r->query++ = 0;
        if (is_bad) return request_answer(r, method);
        connection_phase_is(&r->server->listener, r->place, PHASE_BODY);
        return MHD_YES;
    }
    if (*piece_len) return request_piece(r, piece, piece_len);
    return request_answer(r, method);
}

static void request_end(request *r) {
    if (r->stream) feed_leave(&r->server->feed, r->stream);
    connection_phase_is(&r->server->listener, r->place, PHASE_NEXT);
    if (r->place) r->place->request = NULL;
    if (r->body) akolhook_wipe(r->body, r->body_len);
    free(r->body);
    free(r->uri);
    free(r);
}
static void on_request_end(
        void *user, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code) {
    request *r = (request *)*state;

    (void)user, (void)connection, (void)code;
    *state = NULL;
    if (r) request_end(r);
}

/* libmicrohttpd does not tell of the end of a request whose query takes all memory of its connection. */
static void on_connection(void *user, struct MHD_Connection *connection, void **context,
        enum MHD_ConnectionNotificationCode code) {
    listener *l = &((server *)user)->listener;
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    client *c = (client *)*context;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = info ? connection_enter(l, info->connect_fd) : NULL;
    } else {
        if (c && c->request) request_end(c->request);
        connection_leave(l, c);
    }
}

/* ---- the daemon ---- */

__attribute__((format(printf, 2, 0))) static void on_log(void *user, const char *format, va_list arguments) {
    static rate often;
    char text[512];

    (void)user;
    if (!rate_take(&often, 1, 10)) return;
    vsnprintf(text, sizeof text, format, arguments);
    log_say("warn", "libmicrohttpd", "text", text);
}
static void on_panic(void *user, const char *file, unsigned line, const char *reason) {
    (void)user, (void)file, (void)line;
    log_say("error", "libmicrohttpd gave up", "cause", reason);
    abort();
}
/* Nothing is decoded before the gate has seen it. */
static size_t on_unescape(void *user, struct MHD_Connection *connection, char *text) {
    (void)user, (void)connection;
    return strlen(text);
}

enum { PEM_MOST = 1 << 17, STOP_PAUSE_NS = 20000000, STOP_AT_ONCE_MS = 200 };

/* GnuTLS itself would still speak TLS 1.0 and 1.1 (RFC 8996). */
#define TLS_VERSIONS "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* A PEM file as a text; NULL after it has said why. */
static char *read_pem(const char *path) {
    FILE *in = fopen(path, "rb");
    char *text = (char *)calloc(1, PEM_MOST);

    if (in && text) (void)!fread(text, 1, PEM_MOST - 1, in);
    if (in) (void)fclose(in);
    if (in && text && *text) return text;
    free(text);
    (void)usage_error("cannot be read", path);
    return NULL;
}

static int serve_start(server *s) {
    unsigned flags =
            MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem items[4] = {{MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL},
            {MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
    static char versions[] = TLS_VERSIONS;
    char *cert = s->opt.cert ? read_pem(s->opt.cert) : NULL, *key = s->opt.cert ? read_pem(s->opt.key) : NULL;
    sigset_t all, before;

    if (s->opt.cert && (!cert || !key)) return 0;
    if (s->opt.cert) {
        flags |= MHD_USE_TLS;
        items[0].option = MHD_OPTION_HTTPS_MEM_CERT;
        items[0].ptr_value = cert;
        items[1].option = MHD_OPTION_HTTPS_MEM_KEY;
        items[1].ptr_value = key;
        items[2].option = MHD_OPTION_HTTPS_PRIORITIES;
        items[2].ptr_value = versions;
    }
    if (strchr(s->opt.host, ':')) flags |= MHD_USE_IPv6;
    MHD_set_panic_func(on_panic, NULL);

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log,
            NULL, MHD_OPTION_LISTEN_SOCKET, s->listener.fd, MHD_OPTION_CONNECTION_LIMIT,
            (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MOST,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, on_line, s,
            MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_request_end, s,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (key) akolhook_wipe(key, strlen(key));
    free(cert);
    free(key);
    return s->daemon ||
           usage_error(s->opt.cert ? "libmicrohttpd does not start: --cert needs the certificate chain,"
                                     " --key its private key, both as PEM"
                                   : "libmicrohttpd does not start",
                   NULL);
}

enum { SERVE_STOP_MS = 5000 };

/* No new connections; streams end. */
static void serve_quiesce(server *s) {
    int fd;

    if (!s->daemon) return;
    fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0) (void)close(fd);
    feed_end(&s->feed, NULL);
}
/* What is being answered has a moment to be done; then the daemon ends, which it must not do while a
   connection is suspended. */
static void serve_stop(server *s, int is_at_once) {
    const struct timespec pause = {0, STOP_PAUSE_NS};
    int64_t until = monotonic_ms() + (is_at_once ? STOP_AT_ONCE_MS : SERVE_STOP_MS);

    if (!s->daemon) return;
    while (connection_busy(&s->listener) && monotonic_ms() < until) (void)nanosleep(&pause, NULL);
    while (feed_streams(&s->feed) && monotonic_ms() < until + SERVE_STOP_MS) (void)nanosleep(&pause, NULL);
    MHD_stop_daemon(s->daemon);
    s->daemon = NULL;
}
