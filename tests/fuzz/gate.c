/* The gate of akolhook-server, over the libmicrohttpd that is installed: bytes of a connection, in pieces.
   What it lets through, and what it refuses without ending the connection, another reader of RFC 9112 reads
   the same: method, target, headers, body, and where the next request begins. What that reader finds well
   formed is not refused as malformed. The first byte of an input says how large the pieces are. */
#define _DEFAULT_SOURCE
#include <unistd.h>
#include "../../akolhook.h"
#include "fuzz.h"

#pragma clang diagnostic ignored "-Wunused-function"

/* what the server logs is not looked at here */
static int no_log = -1;
#undef STDERR_FILENO
#define STDERR_FILENO no_log

/* ---- the server without its store, its worker and its page ---- */

#include "../../examples/server/base.h"
#include "../../examples/server/options.h"

typedef struct store {
    int unused;
} store;
typedef struct worker {
    pthread_mutex_t lock;
    int64_t polled_at;
} worker;
typedef struct db_arg {
    const char *text;
    int64_t number;
} db_arg;
typedef void (*db_row_fn)(void *user, const char *const *columns);

static db_arg db_text(const char *text) { return (db_arg){text, 0}; }
static db_arg db_number(int64_t number) { return (db_arg){NULL, number}; }
static void row_number(void *user, const char *const *columns) { (void)user, (void)columns; }
static int store_is_postgres(const store *s) { return s == NULL; }
static int db_begin(store *s) { return s != NULL; }
static int db_end(store *s, int commit) { return s != NULL && commit; }
static int db_do(store *s, const char *sql) { return s != NULL && sql; }

/* One token of each scope: aks_ and 43 times f, r or e. */
static int db_run(store *s, const char *sql, const db_arg *args, size_t count, db_row_fn row_fn, void *user) {
    static const char *const scopes[] = {"full", "read", "emit"};
    char text[48], id[AKOLHOOK_ID_SIZE], hex[65];
    const char *columns[] = {id, "", "", hex, "1", "0"};
    uint8_t digest[32];
    size_t i, len;
    akolhook_sha256 h;

    (void)s, (void)args, (void)count;
    if (!row_fn || !strstr(sql, "hash")) return 1;
    for (i = 0; i < COUNT_OF(scopes); i++) {
        snprintf(text, sizeof text, "aks_%043d", 0);
        memset(text + 4, scopes[i][0], 43);
        snprintf(id, sizeof id, "tok_%024d", (int)i);
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, text, 47);
        akolhook_sha256_final(&h, digest);
        (void)!akolhook_hex_encode(digest, sizeof digest, hex, sizeof hex, &len);
        hex[64] = 0;
        columns[2] = scopes[i];
        row_fn(user, columns);
    }
    return 1;
}

#include "../../examples/server/status.h"
#include "../../examples/server/tokens.h"
#include "../../examples/server/http.h"
#include "../../examples/server/feed.h"
#include "../../examples/server/listen.h"
#include "../../examples/server/state.h"

static int asset_find(const options *opt, akolhook_str path, asset *found) {
    (void)opt, (void)found;
    return akolhook_str_is(path, "/");
}
static void answer(request *r);
static const route asset_route = {"GET", "asset", NULL, SCOPE_NONE, BODY_NONE, "", answer};

/* each call of the table takes the request and says nothing */
#define api_health answer
#define api_ready answer
#define api_metrics answer
#define api_server answer
#define api_event_types answer
#define api_webhook_list answer
#define api_webhook_create answer
#define api_webhook_get answer
#define api_webhook_update answer
#define api_webhook_delete answer
#define api_webhook_rotate answer
#define api_webhook_test answer
#define api_webhook_redeliver answer
#define api_stats answer
#define api_delivery_list answer
#define api_delivery_get answer
#define api_delivery_redeliver answer
#define api_delivery_send_now answer
#define api_delivery_cancel answer
#define api_event_emit answer
#define api_stream answer
#define api_token_list answer
#define api_token_create answer
#define api_token_delete answer
#include "../../examples/server/gate.h"
#include "../../examples/server/serve.h"

/* ---- what came of a connection ---- */

enum { REQUESTS_MOST = 256, FIELDS_MOST = 80, TEXT_MOST = 1 << 16 };

typedef struct field {
    size_t name, name_len, value, value_len; /* in the text */
} field;

/* One request as it was read. */
typedef struct heard {
    char method[64], target[PATH_MOST + QUERY_MOST + 2];
    field fields[FIELDS_MOST];
    size_t count;
    size_t body, body_len;
    int is_answered, is_ended, is_too_long; /* ended: nothing may follow on this connection */
    int is_doubtful;                        /* its head ends otherwise than in CR LF CR LF */
    int refusal;
    const char *code;
} heard;

typedef struct hearing {
    heard requests[REQUESTS_MOST];
    size_t count;
    char text[TEXT_MOST]; /* of all of them */
    size_t len;
} hearing;

static hearing got;
static server the_server;

static size_t keep(hearing *h, const void *data, size_t len) {
    FUZZ_CHECK(h->len + len <= TEXT_MOST);
    if (len) memcpy(h->text + h->len, data, len);
    h->len += len;
    return h->len - len;
}
static void field_add(hearing *h, heard *r, akolhook_str name, akolhook_str value) {
    field *f = &r->fields[r->count < FIELDS_MOST ? r->count : FIELDS_MOST - 1];

    f->name = keep(h, name.ptr, name.len);
    f->name_len = name.len;
    f->value = keep(h, value.ptr, value.len);
    f->value_len = value.len;
    r->count++;
}

static enum MHD_Result on_field(void *user, enum MHD_ValueKind kind, const char *name, size_t name_len,
        const char *value, size_t value_len) {
    (void)kind;
    while (value_len && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t')) value_len--;
    field_add(&got, (heard *)user, akolhook_str_n(name, name_len), akolhook_str_n(value, value_len));
    return MHD_YES;
}

/* The call, with the whole body. */
static void answer(request *r) {
    heard *h = &got.requests[got.count - 1];

    h->body = keep(&got, r->body, r->body_len);
    h->body_len = r->body_len;
    h->is_answered = 1;
    FUZZ_CHECK(!r->refusal && r->route && r->body_len == r->body_most);
    answer_bytes(r, 200, "application/json", "{}", 2, NULL, NULL);
}

static enum MHD_Result hear(void *user, struct MHD_Connection *connection, const char *url,
        const char *method, const char *version, const char *piece, size_t *piece_len, void **state) {
    request *r = (request *)*state;
    int is_first = r && !r->seen;
    heard *h;
    enum MHD_Result result;

    if (is_first) {
        FUZZ_CHECK(got.count < REQUESTS_MOST && r->uri);
        h = &got.requests[got.count++];
        memset(h, 0, sizeof *h);
        h->is_too_long = strlen(r->uri) >= sizeof h->target || strlen(method) >= sizeof h->method;
        copy_str(akolhook_str_c(r->uri), h->target, sizeof h->target);
        copy_str(akolhook_str_c(method), h->method, sizeof h->method);
        (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_field, h);
    }
    result = on_request(user, connection, url, method, version, piece, piece_len, state);
    if (is_first) {
        h->refusal = r->refusal;
        h->code = r->refusal_code;
        h->is_ended = r->status != 0;
    }
    return result;
}

/* ---- another reader, strict ---- */

static int is_tchar(uint8_t c) { return c > ' ' && c < 127 && !strchr("\"(),/:;<=>?@[\\]{}", c); }

/* A line that ends with CR LF, of which neither stands in it. 0: there is none. libmicrohttpd before 1.0
   has a NUL where the CR was when the server sees it: a NUL and LF it cannot tell from a CR LF. */
static int read_line(const uint8_t **at, const uint8_t *end, akolhook_str *line) {
    const uint8_t *c = *at;

    while (c < end && *c != '\r' && *c != '\n' && *c) c++;
    if (end - c < 2 || c[1] != '\n') return 0;
    if (c[0] != '\r' && (MHD_VERSION >= 0x01000000 || c[0])) return 0;
    *line = akolhook_str_n((const char *)*at, (size_t)(c - *at));
    *at = c + 2;
    return 1;
}

/* The last line of a head, with the CR LF CR LF behind it. libmicrohttpd before 1.0 has four NULs there when
   the server sees them, which were CR, LF, NUL or a colon: it takes a CR or LF alone for a line end, and a
   line that begins with a NUL or colon for the end of the head. 0: it is another line. */
static int read_last_line(const uint8_t **at, const uint8_t *end, akolhook_str *line) {
    const uint8_t *c = *at;
    size_t i;

    while (c < end && *c != '\r' && *c != '\n' && *c) c++;
    if (MHD_VERSION >= 0x01000000 || c == *at || end - c < 4) return 0;
    for (i = 0; i < 4; i++)
        if (c[i] && !strchr("\r\n:", c[i])) return 0;
    *line = akolhook_str_n((const char *)*at, (size_t)(c - *at));
    *at = c + 4;
    return 1;
}

/* Empty lines before a request (RFC 9112 section 2.2). libmicrohttpd before 1.0 ends them with LF alone as
   well, and takes a line that begins with NUL for one; the server sees nothing of either. */
static void skip_empty_lines(const uint8_t **at, const uint8_t *end) {
    const uint8_t *c = *at, *lf;

    for (; c < end; c = lf + 1) {
        lf = (const uint8_t *)memchr(c, '\n', (size_t)(end - c));
        if (!lf || !((c[0] == '\r' && lf == c + 1) || (MHD_VERSION < 0x01000000 && (lf == c || !*c)))) break;
    }
    *at = c;
}

static int read_field(akolhook_str line, akolhook_str *name, akolhook_str *value) {
    size_t i = 0, end = line.len, k;

    while (i < line.len && is_tchar((uint8_t)line.ptr[i])) i++;
    if (!i || i == line.len || line.ptr[i] != ':') return 0;
    *name = akolhook_str_n(line.ptr, i++);
    while (i < end && (line.ptr[i] == ' ' || line.ptr[i] == '\t')) i++;
    while (end > i && (line.ptr[end - 1] == ' ' || line.ptr[end - 1] == '\t')) end--;
    *value = akolhook_str_n(line.ptr + i, end - i);
    for (k = i; k < end; k++)
        if ((uint8_t)line.ptr[k] < ' ' ? line.ptr[k] != '\t' : line.ptr[k] == 127) return 0;
    return 1;
}

/* One request; its body is what Content-Length says. 0: it is malformed, or not all there. */
static int read_request(hearing *h, heard *r, const uint8_t **at, const uint8_t *end) {
    akolhook_str line, name, value;
    const char *space, *version;
    uint64_t length = 0;
    int lengths = 0, is_last;
    size_t i;

    memset(r, 0, sizeof *r);
    skip_empty_lines(at, end);
    is_last = read_last_line(at, end, &line);
    if (!is_last && !read_line(at, end, &line)) return 0;
    space = line.len ? (const char *)memchr(line.ptr, ' ', line.len) : NULL;
    version = line.ptr + line.len - 9;
    if (!space || space == line.ptr || line.len < 12 || version <= space) return 0;
    if (memcmp(version, " HTTP/1.0", 9) != 0 && memcmp(version, " HTTP/1.1", 9) != 0) return 0;
    for (i = 0; line.ptr + i < space; i++)
        if (!is_tchar((uint8_t)line.ptr[i])) return 0;
    for (i = (size_t)(space - line.ptr) + 1; line.ptr + i < version; i++)
        if ((uint8_t)line.ptr[i] <= ' ' || line.ptr[i] == 127) return 0;
    copy_str(akolhook_str_n(line.ptr, (size_t)(space - line.ptr)), r->method, sizeof r->method);
    copy_str(akolhook_str_n(space + 1, (size_t)(version - space - 1)), r->target, sizeof r->target);
    r->is_too_long = (size_t)(space - line.ptr) >= sizeof r->method ||
                     (size_t)(version - space - 1) >= sizeof r->target;

    while (!is_last) {
        is_last = read_last_line(at, end, &line);
        if (!is_last && !read_line(at, end, &line)) return 0;
        if (!line.len) break;
        if (!read_field(line, &name, &value)) return 0;
        field_add(h, r, name, value);
        if (same_name(name, "Transfer-Encoding")) return 0;
        if (!same_name(name, "Content-Length")) continue;
        if (lengths++ || !value.len || value.len > 9) return 0;
        for (i = 0; i < value.len; i++) {
            if (value.ptr[i] < '0' || value.ptr[i] > '9') return 0;
            length = length * 10 + (uint64_t)(value.ptr[i] - '0');
        }
    }
    r->is_doubtful = is_last && memcmp(*at - 4, "\r\n\r\n", 4) != 0;
    if ((uint64_t)(end - *at) < length) length = (uint64_t)(end - *at);
    r->body = keep(h, *at, (size_t)length);
    r->body_len = (size_t)length;
    *at += length;
    return 1;
}

/* ---- one against the other ---- */

static int same_text(
        const hearing *a, size_t at, size_t len, const hearing *b, size_t other, size_t other_len) {
    return len == other_len && memcmp(a->text + at, b->text + other, len) == 0;
}

static void compare(const hearing *a, const heard *x, const hearing *b, const heard *y) {
    size_t i;

    FUZZ_CHECK(x->is_too_long == y->is_too_long);
    FUZZ_CHECK(strcmp(x->method, y->method) == 0 && strcmp(x->target, y->target) == 0);
    FUZZ_CHECK(x->count == y->count);
    for (i = 0; i < x->count && i < FIELDS_MOST - 1; i++) {
        const field *f = &x->fields[i], *g = &y->fields[i];

        FUZZ_CHECK(same_text(a, f->name, f->name_len, b, g->name, g->name_len));
        FUZZ_CHECK(same_text(a, f->value, f->value_len, b, g->value, g->value_len));
    }
    if (x->is_answered) FUZZ_CHECK(same_text(a, x->body, x->body_len, b, y->body, y->body_len));
}

static void judge(const uint8_t *data, size_t len) {
    static hearing other;
    const uint8_t *at = data, *end = data + len;
    size_t i;

    other.len = 0;
    for (i = 0; i < got.count; i++) {
        heard *x = &got.requests[i], *y = &other.requests[i];
        int is_read = read_request(&other, y, &at, end);

        /* what ended the connection may have been anything */
        if (x->is_ended) {
            FUZZ_CHECK(i + 1 == got.count);
            if (is_read && y->count <= HEADERS_MOST && !y->is_too_long && !y->is_doubtful)
                FUZZ_CHECK(x->code && strcmp(x->code, "BAD_HEADER") != 0);
            return;
        }
        FUZZ_CHECK(is_read);
        compare(&got, x, &other, y);
    }
}

/* ---- the connection ---- */

static struct MHD_Daemon *daemon_start(server *s) {
    return MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, hear, s,
            MHD_OPTION_CONNECTION_LIMIT, 4u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MOST,
            MHD_OPTION_URI_LOG_CALLBACK, on_line, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
            MHD_OPTION_NOTIFY_COMPLETED, on_request_end, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
            MHD_OPTION_END);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    server *s = &the_server;

    (void)argc, (void)argv;
    no_log = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)signal(SIGPIPE, SIG_IGN);
    strcpy(s->opt.host, "127.0.0.1");
    s->opt.hosts[s->opt.host_count++] = "akol.example";
    s->listener.port = 8787;
    (void)pthread_mutex_init(&s->listener.lock, NULL);
    (void)pthread_cond_init(&s->listener.changed, NULL);
    feed_open(&s->feed);
    s->daemon = daemon_start(s);
    FUZZ_CHECK(s->daemon && no_log >= 0);
    return 0;
}

/* Lets the server work until it has nothing to do; what it answers is read away. */
static void turn(int fd) {
    char sink[4096];
    int i;

    for (i = 0; i < 4; i++) {
        FUZZ_CHECK(MHD_run(the_server.daemon) == MHD_YES);
        while (recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0) continue;
    }
}

/* Limits by time are those of another test. */
static void forget(server *s) {
    memset(s->logins, 0, sizeof s->logins);
    s->tokens.read_at = 0;
    s->tokens.count = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct sockaddr_in address;
    size_t step, at, n;
    int fds[2];

    if (len < 2 || len > FUZZ_MOST) return 0;
    step = data[0] ? data[0] : len;
    data++;
    len--;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    got.count = got.len = 0;
    forget(&the_server);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    FUZZ_CHECK(MHD_add_connection(the_server.daemon, fds[1], (struct sockaddr *)(void *)&address,
                       sizeof address) == MHD_YES);
    for (at = 0; at < len; at += n) {
        n = step < len - at ? step : len - at;
        if (send(fds[0], data + at, n, MSG_NOSIGNAL) < 0) break;
        turn(fds[0]);
    }
    (void)shutdown(fds[0], SHUT_WR);
    while (the_server.listener.count) turn(fds[0]);
    (void)close(fds[0]);

    judge(data, len);
    return 0;
}
