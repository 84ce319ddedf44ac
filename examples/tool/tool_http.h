/* One HTTP exchange whose request stands ready byte for byte, on the hooks of the client: for requests that
   are passed on as they were signed. It never blocks, has a deadline, follows no redirect, and keeps at most
   EXCHANGE_CONTENT of the answer. */
#ifndef TOOL_HTTP_H
#define TOOL_HTTP_H

#define EXCHANGE_CONTENT (1 << 20)
#define EXCHANGE_HEAD 16384 /* of an answer's head, for its fields; the parser has bounds of its own */
#define EXCHANGE_CONNECT_MS 3000
#define EXCHANGE_PAUSE_MS 20 /* before a lookup without a descriptor is asked again */
#define HOST_MAX 256

typedef struct exchange {
    /* the request */
    akolhook_url url;
    char host[HOST_MAX];
    const akolhook_policy *policy;
    const akolhook_transport *transport;
    char *head; /* malloc'ed */
    size_t head_len;
    akolhook_str body; /* the caller's */
    size_t sent;       /* of both */

    /* the way there */
    akolhook_lookup lookup;
    size_t address; /* which of lookup.addrs is tried */
    akolhook_conn conn;
    uint8_t is_looking, is_connected, is_open, is_ready; /* open: close_fn is due; ready: open_fn is done */
    int64_t started, deadline, connect_until;            /* monotonic ms */

    /* the answer */
    akolhook_response response;
    char *answer_head, *content; /* malloc'ed */
    size_t answer_head_len, content_len;
    uint8_t is_cut; /* there was more, or it broke off */

    /* where it stands; DONE is the end, whatever it is */
    akolhook_phase phase;
    akolhook_phase failed_in;
    akolhook_status status;
    long native_error;
    short events; /* what poll waits for at exchange_fd */
} exchange;

static int64_t clock_ms(void) {
    const akolhook_platform *platform = akolhook_posix_platform();
    return platform->monotonic_ms_fn(platform->user);
}

/* ---- the head ---- */

/* Fields of one connection, or of what is written anew. */
static int is_of_connection(akolhook_str name) {
    static const char *const names[] = {"host", "content-length", "transfer-encoding", "connection",
            "keep-alive", "te", "trailer", "upgrade", "expect", "proxy-connection", "proxy-authorization",
            "accept-encoding"};
    size_t i;

    for (i = 0; i < COUNT_OF(names); i++)
        if (listen_same(name, names[i])) return 1;
    return 0;
}

/* The next line of *text, without its end; 0 when there is none. */
static int next_line(akolhook_str *text, akolhook_str *line) {
    const char *lf = text->len ? (const char *)memchr(text->ptr, '\n', text->len) : NULL;
    size_t len;

    if (!lf) return 0;
    len = (size_t)(lf - text->ptr);
    *line = akolhook_str_n(text->ptr, len && text->ptr[len - 1] == '\r' ? len - 1 : len);
    *text = akolhook_str_n(lf + 1, text->len - len - 1);
    return 1;
}

/* Name and value of a field line; 0 when it is none. */
static int split_field(akolhook_str line, akolhook_str *name, akolhook_str *value) {
    const char *colon = line.len ? (const char *)memchr(line.ptr, ':', line.len) : NULL;

    if (!colon) return 0;
    *name = akolhook_str_n(line.ptr, (size_t)(colon - line.ptr));
    *value = listen_trim(akolhook_str_n(colon + 1, line.len - name->len - 1));
    return listen_is_token(*name);
}

#define NOMINATED_MAX 64 /* bytes of a name that Connection may nominate */

/* Whether Connection names it as a field of one connection (RFC 9110 section 7.6.1). */
static int is_nominated(akolhook_str head, akolhook_str name) {
    akolhook_str line, field, value;
    char lower[NOMINATED_MAX + 1];
    size_t i;

    if (name.len > NOMINATED_MAX) return 0;
    for (i = 0; i < name.len; i++) lower[i] = (char)tolower((unsigned char)name.ptr[i]);
    lower[i] = '\0';

    (void)next_line(&head, &line);
    while (next_line(&head, &line) && line.len)
        if (split_field(line, &field, &value) && listen_same(field, "connection") && listen_has(value, lower))
            return 1;
    return 0;
}

static void head_put(exchange *e, const char *text, size_t len) {
    memcpy(e->head + e->head_len, text, len);
    e->head_len += len;
}

static void head_text(exchange *e, const char *text) { head_put(e, text, strlen(text)); }

/* Writes the head: request line, what is of this connection, then the fields of from that pass, then more
   (lines with CRLF). */
static int exchange_head(exchange *e, akolhook_str from, int (*pass)(akolhook_str name), const char *more) {
    const akolhook_str all = from;
    akolhook_str line, name, value;
    char length[64];

    /* a line of a file, of three bytes at least, may grow by a blank and a CR */
    e->head = (char *)malloc(e->url.text.len + HOST_MAX + 2 * from.len + strlen(more) + 256);
    if (!e->head) return 0;
    head_text(e, "POST ");
    if (e->url.target.len == 0 || e->url.target.ptr[0] == '?') head_text(e, "/");
    head_put(e, e->url.target.ptr, e->url.target.len);
    head_text(e, " HTTP/1.1\r\nHost: ");
    if (e->url.host_type == AKOLHOOK_HOST_IPV6) head_text(e, "[");
    head_put(e, e->url.host.ptr, e->url.host.len);
    if (e->url.host_type == AKOLHOOK_HOST_IPV6) head_text(e, "]");
    snprintf(length, sizeof length, ":%u", (unsigned)e->url.port);
    if (!e->url.default_port) head_text(e, length);
    snprintf(length, sizeof length, "\r\nContent-Length: %lu\r\n", (unsigned long)e->body.len);
    head_text(e, length);
    head_text(e, "Connection: close\r\nAccept-Encoding: identity\r\n");

    (void)next_line(&from, &line); /* the request line */
    while (next_line(&from, &line) && line.len) {
        if (!split_field(line, &name, &value) || is_of_connection(name) || !pass(name)) continue;
        if (is_nominated(all, name)) continue;
        head_put(e, name.ptr, name.len);
        head_text(e, ": ");
        head_put(e, value.ptr, value.len);
        head_text(e, "\r\n");
    }
    head_text(e, more);
    head_text(e, "\r\n");
    return 1;
}

/* ---- steps: each 1 when something moved, 0 when it waits for e->events ---- */

static int exchange_end(exchange *e, akolhook_status status) {
    e->failed_in = e->phase;
    e->phase = AKOLHOOK_PHASE_DONE;
    e->status = status;
    return 1;
}

static int exchange_wait(exchange *e, ptrdiff_t result, akolhook_status status) {
    if (result == AKOLHOOK_IO_WANT_READ || result == AKOLHOOK_IO_WANT_WRITE) {
        e->events = result == AKOLHOOK_IO_WANT_READ ? POLLIN : POLLOUT;
        return 0;
    }
    if (e->conn.native_error) e->native_error = e->conn.native_error;
    return exchange_end(e, e->conn.status != AKOLHOOK_OK ? e->conn.status : status);
}

static void exchange_disconnect(exchange *e) {
    const akolhook_platform *platform = akolhook_posix_platform();

    if (e->is_open) e->transport->close_fn(&e->conn);
    if (e->is_connected) platform->close_fn(platform->user, e->conn.socket);
    e->is_open = e->is_connected = 0;
    e->conn.socket = -1;
}

/* All addresses are judged before one is used. */
static int exchange_judge(exchange *e) {
    size_t i;

    for (i = 0; i < e->lookup.count; i++) {
        akolhook_status status = akolhook_policy_addr(e->policy, &e->lookup.addrs[i]);
        if (status != AKOLHOOK_OK) return exchange_end(e, status);
    }
    if (e->lookup.count == 0) return exchange_end(e, AKOLHOOK_LOOKUP_FAILED);
    e->phase = AKOLHOOK_PHASE_CONNECT;
    return 1;
}

static int exchange_look_up(exchange *e) {
    const akolhook_platform *platform = akolhook_posix_platform();
    int result;

    if (e->url.host_type != AKOLHOOK_HOST_NAME) {
        e->lookup.addrs[0] = e->url.addr;
        e->lookup.count = 1;
        return exchange_judge(e);
    }
    e->lookup.status = AKOLHOOK_OK;
    result = platform->lookup_fn(platform->user, &e->lookup);
    e->lookup.started = 1;
    e->is_looking = result == AKOLHOOK_IO_WANT_READ;
    if (result == 0) return exchange_judge(e);
    e->conn.status = e->lookup.status;
    e->native_error = e->lookup.native_error;
    return exchange_wait(e, result, AKOLHOOK_LOOKUP_FAILED);
}

/* Gives the address up; the next one has its turn, if there is one. */
static int exchange_next_address(exchange *e) {
    exchange_disconnect(e);
    if (++e->address >= e->lookup.count) return exchange_end(e, AKOLHOOK_CONNECT_FAILED);
    return 1;
}

static int exchange_connect(exchange *e) {
    const akolhook_platform *platform = akolhook_posix_platform();
    const int is_new = !e->is_connected;
    int result;

    if (is_new) {
        e->connect_until = clock_ms() + EXCHANGE_CONNECT_MS;
        result = platform->connect_fn(
                platform->user, &e->lookup.addrs[e->address], e->url.port, &e->conn.socket, &e->native_error);
        if (result != AKOLHOOK_IO_WANT_WRITE && result != 0) return exchange_next_address(e);
        e->is_connected = 1;
    } else {
        result = platform->connected_fn(platform->user, e->conn.socket, &e->native_error);
    }
    if (result == AKOLHOOK_IO_WANT_WRITE) {
        e->events = POLLOUT;
        if (e->address + 1 < e->lookup.count && clock_ms() >= e->connect_until)
            return exchange_next_address(e);
        return 0;
    }
    if (result != 0) return exchange_next_address(e);
    e->native_error = 0;
    e->phase = AKOLHOOK_PHASE_TLS;
    return 1;
}

static int exchange_handshake(exchange *e) {
    int result;

    if (!e->is_ready) {
        result = e->transport->open_fn(&e->conn);
        e->is_open = result != AKOLHOOK_IO_FAIL;
        if (result != 0) return exchange_wait(e, result, AKOLHOOK_TLS_FAILED);
        e->is_ready = 1;
    }
    result = e->transport->handshake_fn ? e->transport->handshake_fn(&e->conn) : 0;
    if (result != 0) return exchange_wait(e, result, AKOLHOOK_TLS_FAILED);
    e->phase = AKOLHOOK_PHASE_SEND;
    return 1;
}

static int exchange_send(exchange *e) {
    const size_t of_head = e->sent < e->head_len ? e->head_len - e->sent : 0;
    const size_t of_body = e->sent - (e->head_len - of_head);
    ptrdiff_t n;

    if (!of_head && of_body == e->body.len) {
        e->phase = AKOLHOOK_PHASE_HEAD;
        return 1;
    }
    n = of_head ? e->transport->send_fn(&e->conn, e->head + e->sent, of_head)
                : e->transport->send_fn(&e->conn, e->body.ptr + of_body, e->body.len - of_body);
    if (n > 0) {
        e->sent += (size_t)n;
        return 1;
    }
    if (n != AKOLHOOK_IO_FAIL) return exchange_wait(e, n, AKOLHOOK_SEND_FAILED);
    e->phase = AKOLHOOK_PHASE_HEAD; /* it may have answered before it went */
    e->conn.status = AKOLHOOK_OK;
    return 1;
}

/* Keeps a piece of the answer; what is beyond the bound only sets is_cut. */
static void exchange_keep(exchange *e, char *at, size_t *have, size_t most, const char *data, size_t len) {
    if (len > most - *have) {
        len = most - *have;
        e->is_cut = 1;
    }
    memcpy(at + *have, data, len);
    *have += len;
}

/* Takes what came; 0 when the message is complete or broken. */
static akolhook_status exchange_feed(exchange *e, const char *data, size_t len) {
    akolhook_status status = AKOLHOOK_OK;

    while (len > 0 && !e->response.done && status == AKOLHOOK_OK) {
        const int was_head = !e->response.head_done;
        akolhook_str piece = {NULL, 0};
        size_t used = 0;

        status = akolhook_response_feed(&e->response, data, len, &used, &piece);
        if (status == AKOLHOOK_OK && was_head) {
            const size_t cut = e->is_cut;
            exchange_keep(e, e->answer_head, &e->answer_head_len, EXCHANGE_HEAD, data, used - piece.len);
            e->is_cut = (uint8_t)cut; /* of the content alone */
        }
        if (piece.len) exchange_keep(e, e->content, &e->content_len, EXCHANGE_CONTENT, piece.ptr, piece.len);
        data += used;
        len -= used;
    }
    return status;
}

static int exchange_receive(exchange *e) {
    char data[LISTEN_READ];
    ptrdiff_t n = e->transport->recv_fn(&e->conn, data, sizeof data);
    akolhook_status status;

    if (n == AKOLHOOK_IO_WANT_READ || n == AKOLHOOK_IO_WANT_WRITE) return exchange_wait(e, n, AKOLHOOK_OK);
    if (n > 0)
        status = exchange_feed(e, data, (size_t)n);
    else
        status = n == AKOLHOOK_IO_EOF ? akolhook_response_end(&e->response) : AKOLHOOK_RECEIVE_FAILED;
    if (e->response.head_done) e->phase = AKOLHOOK_PHASE_BODY;
    if (n > 0 && status == AKOLHOOK_OK && !e->response.done) {
        if (e->is_cut) return exchange_end(e, AKOLHOOK_OK); /* the rest is of no use */
        return 1;
    }

    /* once the head is there the answer is known, whatever becomes of its content */
    if (status != AKOLHOOK_OK && e->response.head_done) e->is_cut = 1;
    if (n < 0) e->native_error = e->conn.native_error;
    return exchange_end(e, e->response.head_done ? AKOLHOOK_OK : status);
}

static int exchange_late(exchange *e) {
    if (e->response.head_done) {
        e->is_cut = 1;
        return exchange_end(e, AKOLHOOK_OK);
    }
    return exchange_end(e, AKOLHOOK_DEADLINE);
}

/* Goes on as far as it can. */
static void exchange_drive(exchange *e) {
    int moved = 1;

    while (moved && e->phase != AKOLHOOK_PHASE_DONE) {
        switch ((int)e->phase) {
        case AKOLHOOK_PHASE_LOOKUP: moved = exchange_look_up(e); break;
        case AKOLHOOK_PHASE_CONNECT: moved = exchange_connect(e); break;
        case AKOLHOOK_PHASE_TLS: moved = exchange_handshake(e); break;
        case AKOLHOOK_PHASE_SEND: moved = exchange_send(e); break;
        default: moved = exchange_receive(e); break;
        }
        if (e->phase != AKOLHOOK_PHASE_DONE && clock_ms() >= e->deadline) moved = exchange_late(e);
    }
}

/* ---- its life ---- */

/* Begins; body and url live until exchange_free. The URL was parsed. head_from, pass and more: see
   exchange_head. Returns NULL without memory. */
static exchange *exchange_new(const akolhook_url *url, const akolhook_policy *policy,
        const akolhook_transport *tls, akolhook_str head_from, int (*pass)(akolhook_str name),
        const char *more, akolhook_str body, int64_t work_ms) {
    exchange *e = (exchange *)calloc(1, sizeof *e);

    if (!e) return NULL;
    e->url = *url;
    e->policy = policy;
    e->body = body;
    e->transport = url->https ? tls : akolhook_posix_platform()->plain;
    snprintf(e->host, sizeof e->host, "%.*s", (int)url->host.len, url->host.ptr);
    e->lookup.host = e->host;
    e->lookup.socket = -1;
    e->conn.user = e->transport ? e->transport->user : NULL;
    e->conn.socket = -1;
    e->conn.host = e->host;
    e->conn.host_is_address = url->host_type != AKOLHOOK_HOST_NAME;
    e->conn.port = url->port;
    e->conn.policy = policy;
    e->answer_head = (char *)malloc(EXCHANGE_HEAD);
    e->content = (char *)malloc(EXCHANGE_CONTENT);
    if (e->transport && e->transport->conn_size) e->conn.memory = calloc(1, e->transport->conn_size);
    e->started = clock_ms();
    e->deadline = e->started + work_ms;
    akolhook_response_init(&e->response, 0);
    e->phase = AKOLHOOK_PHASE_LOOKUP;
    if (!exchange_head(e, head_from, pass, more) || !e->answer_head || !e->content)
        (void)exchange_end(e, AKOLHOOK_MEMORY_TOO_SMALL);
    else if (!e->transport)
        (void)exchange_end(e, AKOLHOOK_TLS_REQUIRED);
    else if (akolhook_policy_url(policy, url) != AKOLHOOK_OK)
        (void)exchange_end(e, akolhook_policy_url(policy, url));
    return e;
}

/* What to wait for; -1: nothing but a short pause. */
static int exchange_fd(const exchange *e) {
    return (int)(e->phase == AKOLHOOK_PHASE_LOOKUP ? e->lookup.socket : e->conn.socket);
}

/* Milliseconds until it must be driven, whatever happens. */
static int exchange_timeout(const exchange *e) {
    int64_t until = e->deadline, now = clock_ms();

    if (e->phase == AKOLHOOK_PHASE_CONNECT && e->connect_until < until && e->connect_until > now)
        until = e->connect_until;
    if (exchange_fd(e) < 0 && now + EXCHANGE_PAUSE_MS < until) until = now + EXCHANGE_PAUSE_MS;
    return until > now ? (int)(until - now) : 0;
}

/* The value of a field of the answer; empty when there is none. */
static akolhook_str exchange_field(const exchange *e, const char *lower) {
    akolhook_str text = akolhook_str_n(e->answer_head, e->answer_head_len), line, name, value;
    akolhook_str found = {NULL, 0};

    /* the last head counts: those before it were interim */
    while (next_line(&text, &line)) {
        if (line.len > 5 && memcmp(line.ptr, "HTTP/", 5) == 0) found = akolhook_str_c(NULL);
        if (split_field(line, &name, &value) && listen_same(name, lower)) found = value;
    }
    return found;
}

static void exchange_free(exchange *e) {
    const akolhook_platform *platform = akolhook_posix_platform();

    if (!e) return;
    if (e->is_looking) platform->lookup_cancel_fn(platform->user, &e->lookup);
    exchange_disconnect(e);
    free(e->conn.memory);
    free(e->head);
    free(e->answer_head);
    free(e->content);
    free(e);
}

#endif
