/* listen.h - a webhook receiver server in one file: HTTP/1.1 over poll(2), one thread, memory of yours

   It speaks just enough HTTP to take signed POSTs, and takes it strictly: what is not framed by RFC 9112 is
   refused, every request has a deadline, every part a bound, and a slow or broken client costs one slot for a
   while and nobody else anything. The answer goes out first; the callback runs afterwards, so that a sender
   never waits for your work. So a sender has its 200 when your work fails and does not send again: a receiver
   that must lose nothing stores the event before it answers.

       static int on_request(void *user, const listen_request *request) {
           if (request->status == AKOLHOOK_OK && request->message) work_on(request->message);
           return 0;                                (0: handled; else: not seen as a duplicate)
       }

       listen_desc desc = AKOLHOOK_INIT;
       desc.receiver = &receiver;                               (with its secrets and a replay guard)
       desc.on_request_fn = on_request;
       if (listen_open(&server, &desc, memory, listen_size(&desc)) != 0) perror("listen");
       while (!server.stopped && listen_poll(&server, -1) == 0) { }
       listen_close(&server);

   A receiver whose work decides the answer has a decide_fn: it answers with a code at once, or later, by
   listen_finish, while the others are served; other descriptors are waited for by listen_poll_with.

   Include it in one C file after akolhook.h (the receiver half is enough). POSIX; compile with
   -D_POSIX_C_SOURCE=200809L. TLS is a listen_stream: tls/listen_openssl.h is one. To serve the open internet
   put a server made for that in front. */
#ifndef LISTEN_H
#define LISTEN_H

#include "akolhook.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_HEAD_MAX 16384 /* bytes of a request head, and of all chunk extensions of a request */
#define LISTEN_FIELDS_MAX 64  /* field lines in a head, trailers included */
#define LISTEN_LINE_MAX 1024  /* bytes of a chunk line or a trailer line, without its end */
#define LISTEN_VALUE_MAX 256  /* bytes of a reply's Content-Type or Retry-After; longer ones are left out */
#define LISTEN_OUT_MAX (320 + 2 * LISTEN_VALUE_MAX)
#define LISTEN_READ 4096          /* least room to read into behind a head */
#define LISTEN_TLS_HANDSHAKE 0x16 /* first byte of a TLS connection (RFC 8446 section 5.1) */
#define LISTEN_LINGER_MS \
    1000 /* how long a refused sender may still talk after its answer, so that it reads it */
#define LISTEN_GRACE_MS 1000 /* with all slots taken, the oldest connection gives way after this long */
#define LISTEN_BUDGET 32     /* steps of one connection before the next has its turn */

/* Results of a stream's calls besides a count above 0. */
#define LISTEN_WANT_READ (-1)
#define LISTEN_WANT_WRITE (-2)
#define LISTEN_EOF (-3)
#define LISTEN_FAIL (-4)

/* How the bytes of a connection travel. memory is zeroed before accept_fn. No call may block or raise a
 * signal. */
typedef struct listen_stream {
    size_t conn_size; /* bytes of memory for one connection */
    int (*accept_fn)(
            void *user, void *memory, int fd); /* the handshake: 0 done, WANT_ or FAIL; called until 0 */
    ptrdiff_t (*read_fn)(void *memory, int fd, void *data, size_t len);
    ptrdiff_t (*write_fn)(void *memory, int fd, const void *data, size_t len);
    void (*finish_fn)(void *memory); /* nothing more will be written; NULL: no need to know */
    void (*close_fn)(void *memory);  /* frees what accept_fn took; NULL: nothing */
    void *user;
    const char *(*why_fn)(void *memory); /* why accept_fn failed, static text; NULL: it cannot tell */
} listen_stream;

/* One request, after it was answered. All slices are raw bytes from the network: do not print them as they
 * stand. */
typedef struct listen_request {
    const char *peer;            /* "127.0.0.1:40112" */
    akolhook_str method, target; /* empty when the request line was not readable */
    int code;               /* what was answered; 0: the connection broke before the request was complete */
    const char *why;        /* why HTTP itself refused it; NULL: it reached akolhook_receive */
    akolhook_status status; /* what akolhook_receive returned (OK when why is set: it was not asked) */
    const akolhook_message *message; /* NULL unless status is OK and why is NULL */
    const akolhook_incoming *headers;
    akolhook_str body;
    akolhook_str head; /* as it came, request line and blank line included; empty unless it was complete */
    uint64_t ticket;   /* of this request; see listen_finish */
} listen_request;

/* An answer that is more than a code. What it points to must live until on_request_fn is called for it. */
typedef struct listen_reply {
    int code;                 /* 200..599 */
    akolhook_str type, retry; /* values of Content-Type and Retry-After; empty: left out */
    akolhook_str content;     /* left out with 204 and 304 */
} listen_reply;

typedef struct listen_desc {
    const akolhook_receiver
            *receiver; /* its max_body is the cap, its guard is committed or rolled back after the callback */
    int (*on_request_fn)(
            void *user, const listen_request *request); /* 0: handled; else the message may come again */
    void *user;
    const listen_stream *stream; /* (default: plain TCP) */
    const char *address;         /* IPv4 or IPv6 address to listen on (default: "127.0.0.1") */
    uint16_t port;               /* (default: a free one, see server.port) */
    uint16_t slots;              /* connections at one time (default: 64) */
    uint32_t deadline_ms;        /* for one request, and for an idle connection (default: 10000) */
    /* what a message that is verified and new is answered with: a code, 200..599, or 0: listen_finish will
       say. Anything but 2xx lets it come again (default: 200 at once) */
    int (*decide_fn)(void *user, const listen_request *request);
    /* told of a connection that never got to a request, text static (default: nobody) */
    void (*broken_fn)(void *user, const char *peer, const char *why);
    uint16_t extra; /* most descriptors that listen_poll_with is given (default: none) */
} listen_desc;

typedef enum listen_state {
    LISTEN_FREE,
    LISTEN_HANDSHAKE,
    LISTEN_REQUEST_LINE,
    LISTEN_FIELDS,
    LISTEN_CONTENT,
    LISTEN_CHUNK_LINE,
    LISTEN_CHUNK_DATA,
    LISTEN_CHUNK_END,
    LISTEN_TRAILERS,
    LISTEN_WORK, /* decide_fn has not made up its mind */
    LISTEN_ANSWER,
    LISTEN_DRAIN
} listen_state;

typedef struct listen_conn {
    listen_state state;
    int fd;
    short events; /* what poll waits for */
    size_t poll_index;
    uint8_t ready; /* its turn ended with work left */
    uint8_t keep_alive, chunked, has_length, hosts, minor, expect;
    uint8_t is_held; /* akolhook_receive took it, so the guard waits for commit or rollback */
    unsigned fields;
    int64_t since, deadline; /* when it began to hold its slot; when it must be through */
    char *buf;               /* the head at its start, read content behind it */
    size_t pos, seek, used,
            content; /* next byte to read, to look for LF, end of bytes, where content may begin */
    size_t extensions;
    uint64_t remaining; /* of the content or chunk */
    char *body;
    size_t body_len;
    void *memory; /* the stream's */
    char out[LISTEN_OUT_MAX];
    size_t out_len, out_sent;
    akolhook_str reply; /* content of the answer, what is left of it to send */
    uint64_t ticket;
    char peer[INET6_ADDRSTRLEN + 10];
    akolhook_str method, target;
    akolhook_incoming in;
    akolhook_message message;
    akolhook_status status;
    const char *why;
    int code;
} listen_conn;

typedef union listen_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} listen_address;

typedef struct listen_server {
    listen_desc desc;
    uint16_t port;   /* where it listens */
    uint8_t stopped; /* set it (from the callback, say) and listen_poll returns at once */
    int fd;
    size_t max_body;
    int64_t now, accept_at; /* accepting pauses until then when the system has no descriptor left */
    listen_conn *conns;
    struct pollfd *polls;
    size_t poll_count; /* no gaps: systems refuse more entries than a process may have descriptors */
    uint64_t tickets;  /* given out so far */
} listen_server;

/* ---- the plain stream ---- */

#ifdef MSG_NOSIGNAL
#define LISTEN_NOSIGNAL MSG_NOSIGNAL
#else
#define LISTEN_NOSIGNAL 0 /* such systems have SO_NOSIGPIPE, set on accept */
#endif

static ptrdiff_t listen_tcp_result(ssize_t n, int want) {
    if (n > 0) return n;
    if (n == 0) return LISTEN_EOF;
    return errno == EAGAIN || errno == EWOULDBLOCK ? want : LISTEN_FAIL;
}

static int listen_tcp_accept(void *user, void *memory, int fd) {
    (void)user, (void)memory, (void)fd;
    return 0;
}

static ptrdiff_t listen_tcp_read(void *memory, int fd, void *data, size_t len) {
    ssize_t n;
    (void)memory;
    do n = recv(fd, data, len, 0);
    while (n < 0 && errno == EINTR);
    return listen_tcp_result(n, LISTEN_WANT_READ);
}

static ptrdiff_t listen_tcp_write(void *memory, int fd, const void *data, size_t len) {
    ssize_t n;
    (void)memory;
    do n = send(fd, data, len, LISTEN_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return listen_tcp_result(n, LISTEN_WANT_WRITE);
}

static const listen_stream listen_tcp = {
        0, listen_tcp_accept, listen_tcp_read, listen_tcp_write, NULL, NULL, NULL, NULL};

/* ---- answers ---- */

static const char *listen_reason(int code) {
    static const struct {
        int code;
        const char *reason;
    } table[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
            {301, "Moved Permanently"}, {302, "Found"}, {304, "Not Modified"}, {307, "Temporary Redirect"},
            {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
            {404, "Not Found"}, {405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"},
            {410, "Gone"}, {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
            {417, "Expectation Failed"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
            {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {502, "Bad Gateway"},
            {503, "Service Unavailable"}, {504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"}};
    size_t i;
    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == code) return table[i].reason;
    return "";
}

/* IMF-fixdate (RFC 9110 section 5.6.7), whatever the locale. */
static void listen_date(char out[40]) {
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm t;
    if (!gmtime_r(&now, &t)) memset(&t, 0, sizeof t);
    snprintf(out, 40, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * (t.tm_wday % 7), t.tm_mday % 100,
            months + 3 * (t.tm_mon % 12), (t.tm_year + 1900) % 10000, t.tm_hour % 100, t.tm_min % 100,
            t.tm_sec % 100);
}

/* One more field line of the answer, when there is a value for it. */
static void listen_put_field(listen_conn *c, const char *name, akolhook_str value) {
    const size_t room = sizeof c->out - c->out_len;
    int n;

    if (!value.len || value.len > LISTEN_VALUE_MAX) return;
    n = snprintf(c->out + c->out_len, room, "%s: %.*s\r\n", name, (int)value.len, value.ptr);
    if (n > 0 && (size_t)n < room) c->out_len += (size_t)n;
}

static void listen_put_reply(listen_server *s, listen_conn *c, const listen_reply *reply) {
    const int code = reply->code, is_bare = code == 204 || code == 304; /* RFC 9110 sections 8.6, 15.4.5 */
    char date[40], line[80];

    listen_date(date);
    snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", code, listen_reason(code));
    if (c->out_len + strlen(line) < sizeof c->out) {
        memcpy(c->out + c->out_len, line, strlen(line));
        c->out_len += strlen(line);
    }
    listen_put_field(c, "Date", akolhook_str_c(date));
    snprintf(line, sizeof line, "%lu", (unsigned long)reply->content.len);
    if (!is_bare) listen_put_field(c, "Content-Length", akolhook_str_c(line));
    listen_put_field(c, "Content-Type", reply->type);
    listen_put_field(c, "Retry-After", reply->retry);
    if (code == 405) listen_put_field(c, "Allow", akolhook_str_c("POST"));
    if (code == 401) /* RFC 9110 section 11.6.1 wants a challenge */
        listen_put_field(c, "WWW-Authenticate", akolhook_str_c("Webhook-Signature"));
    if (!c->keep_alive) listen_put_field(c, "Connection", akolhook_str_c("close"));
    memcpy(c->out + c->out_len, "\r\n", 2);
    c->out_len += 2;

    if (!is_bare) c->reply = reply->content;
    c->code = code;
    c->state = LISTEN_ANSWER;
    c->deadline = s->now + (c->reply.len ? (int64_t)s->desc.deadline_ms : LISTEN_LINGER_MS);
}

/* Says no more than the code: whoever sent this is not known. */
static void listen_answer(listen_server *s, listen_conn *c, int code) {
    listen_reply reply = AKOLHOOK_INIT;

    reply.code = code;
    listen_put_reply(s, c, &reply);
}

/* HTTP itself says no; where the next request begins is not known any more, so the connection ends. */
static int listen_refuse(listen_server *s, listen_conn *c, int code, const char *why) {
    c->keep_alive = 0;
    c->why = why;
    listen_answer(s, c, code);
    return 1;
}

static void listen_describe(const listen_conn *c, listen_request *request) {
    size_t skipped = c->content > 1 && c->buf[0] == '\r' ? 2 : 0; /* the empty line that may stand before */

    memset(request, 0, sizeof *request);
    request->peer = c->peer;
    request->method = c->method;
    request->target = c->target;
    request->code = c->code;
    request->why = c->why;
    request->status = c->status;
    request->message = c->status == AKOLHOOK_OK && !c->why ? &c->message : NULL;
    request->headers = &c->in;
    request->body = akolhook_str_n(c->body, c->body_len);
    request->head = akolhook_str_n(c->buf + skipped, c->content - skipped);
    request->ticket = c->ticket;
}

/* Hands the request to the callback, then tells the guard what became of it. */
static void listen_report(listen_server *s, listen_conn *c) {
    listen_request request;
    int handled;

    listen_describe(c, &request);
    handled = s->desc.on_request_fn(s->desc.user, &request) == 0;
    c->reply = akolhook_str_c(NULL);
    if (!c->is_held || !s->desc.receiver->guard) return;
    c->is_held = 0;
    if (handled && !c->why && c->code / 100 == 2)
        akolhook_replay_commit(s->desc.receiver->guard, &c->message);
    else
        akolhook_replay_rollback(s->desc.receiver->guard, &c->message);
}

/* Tells of a connection that ended before there was a request. */
static void listen_broken(listen_server *s, listen_conn *c, const char *why) {
    if (s->desc.broken_fn && why) s->desc.broken_fn(s->desc.user, c->peer, why);
}

/* Closes at once. A request that was answered as far as we know, or cut, is still reported. */
static void listen_drop(listen_server *s, listen_conn *c) {
    listen_state state = c->state;
    if (state == LISTEN_FREE) return;
    c->state = LISTEN_FREE;
    if (state == LISTEN_ANSWER)
        listen_report(s, c);
    else if (state > LISTEN_REQUEST_LINE && state < LISTEN_ANSWER) {
        c->why = state == LISTEN_WORK ? "the receiver ended before there was an answer"
                                      : "the connection broke before the request was complete";
        listen_report(s, c);
    }
    if (s->desc.stream->close_fn) s->desc.stream->close_fn(c->memory);
    close(c->fd);
    c->fd = -1;
}

/* Makes ready for the next request; bytes of it that are here already move to the front. */
static void listen_reset(listen_server *s, listen_conn *c) {
    size_t left = c->used - c->pos;
    memmove(c->buf, c->buf + c->pos, left);
    c->used = left;
    c->pos = c->seek = c->content = c->extensions = c->body_len = c->out_len = c->out_sent = 0;
    c->keep_alive = c->chunked = c->has_length = c->hosts = c->minor = c->expect = c->is_held = 0;
    c->reply = akolhook_str_c(NULL);
    c->ticket = ++s->tickets * s->desc.slots + (uint64_t)(c - s->conns);
    c->fields = 0;
    c->remaining = 0;
    c->code = 0;
    c->why = NULL;
    c->status = AKOLHOOK_OK;
    c->method = c->target = akolhook_str_c(NULL);
    memset(&c->in, 0, sizeof c->in);
    memset(&c->message, 0, sizeof c->message);
    c->state = LISTEN_REQUEST_LINE;
    c->since = s->now;
    c->deadline = s->now + s->desc.deadline_ms;
}

/* ---- the request head (RFC 9112 sections 2 to 6) ---- */

static int listen_is_token(akolhook_str text) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    size_t i;
    for (i = 0; i < text.len; i++) {
        char b = text.ptr[i];
        if ((b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z')) continue;
        if (b == '\0' || !strchr(others, b)) return 0;
    }
    return text.len > 0;
}

static int listen_same(akolhook_str text, const char *lower) {
    size_t i;
    if (text.len != strlen(lower)) return 0;
    for (i = 0; i < text.len; i++) {
        char b = text.ptr[i];
        if (b >= 'A' && b <= 'Z') b = (char)(b + ('a' - 'A'));
        if (b != lower[i]) return 0;
    }
    return 1;
}

static akolhook_str listen_trim(akolhook_str text) {
    const char *end = text.ptr + text.len;
    while (text.ptr < end && (*text.ptr == ' ' || *text.ptr == '\t')) text.ptr++;
    while (text.ptr < end && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return akolhook_str_n(text.ptr, (size_t)(end - text.ptr));
}

/* Does a comma list hold the word? */
static int listen_has(akolhook_str list, const char *lower) {
    while (list.len) {
        const char *comma = (const char *)memchr(list.ptr, ',', list.len);
        size_t n = comma ? (size_t)(comma - list.ptr) : list.len;
        if (listen_same(listen_trim(akolhook_str_n(list.ptr, n)), lower)) return 1;
        if (!comma) break;
        list = akolhook_str_n(comma + 1, list.len - n - 1);
    }
    return 0;
}

/* The next line without its CRLF: 1 with it, 0 when it is not all here, -1 when it was refused. */
static int listen_line(listen_server *s, listen_conn *c, akolhook_str *line) {
    char *start = c->buf + c->pos;
    char *lf = (char *)memchr(c->buf + c->seek, '\n', c->used - c->seek);
    size_t len;
    if (!lf) {
        c->seek = c->used;
        return 0;
    }
    len = (size_t)(lf - start);
    c->pos += len + 1;
    c->seek = c->pos;
    if (len == 0 || start[len - 1] != '\r') {
        listen_refuse(s, c, 400, "a line ends in a bare LF");
        return -1;
    }
    *line = akolhook_str_n(start, len - 1);
    return 1;
}

/* Whether the next line does not end in its first bytes: told of it alone, the same however they come. */
static int listen_line_exceeds(const listen_conn *c, size_t most) {
    return c->used - c->pos >= most && !memchr(c->buf + c->pos, '\n', most);
}

static int listen_request_line(listen_server *s, listen_conn *c, akolhook_str line) {
    const char *end = line.ptr + line.len, *first, *second, *p;
    if (line.len == 0 && c->pos == 2) return 1; /* one empty line before a request is passed over */
    first = (const char *)memchr(line.ptr, ' ', line.len);
    second = first ? (const char *)memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;
    if (!second) return listen_refuse(s, c, 400, "the request line is malformed");
    c->method = akolhook_str_n(line.ptr, (size_t)(first - line.ptr));
    c->target = akolhook_str_n(first + 1, (size_t)(second - first - 1));
    if (!listen_is_token(c->method) || c->target.len == 0)
        return listen_refuse(s, c, 400, "the request line is malformed");
    for (p = first + 1; p < second; p++)
        if (*p < '!' || *p > '~')
            return listen_refuse(s, c, 400, "the request target holds a byte that is not visible ASCII");
    if (end - second != 9 || memcmp(second, " HTTP/", 6) != 0 || second[7] != '.' || second[6] < '0' ||
            second[6] > '9' || second[8] < '0' || second[8] > '9')
        return listen_refuse(s, c, 400, "the request line is malformed");
    if (second[6] != '1') return listen_refuse(s, c, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    c->minor = second[8] == '0' ? 0 : 1;
    c->keep_alive = c->minor;
    c->state = LISTEN_FIELDS;
    return 1;
}

static int listen_content_length(listen_server *s, listen_conn *c, akolhook_str value) {
    size_t i;
    if (c->has_length) return listen_refuse(s, c, 400, "Content-Length stands twice");
    if (value.len == 0) return listen_refuse(s, c, 400, "Content-Length is not a number");
    for (i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return listen_refuse(s, c, 400, "Content-Length is not a number");
        if (c->remaining > (UINT64_MAX - 9) / 10)
            c->remaining = (UINT64_MAX - 9) / 10; /* beyond any cap already */
        c->remaining = c->remaining * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    c->has_length = 1;
    return 0;
}

/* The fields that frame a request. 1 when one was refused. */
static int listen_framing_field(listen_server *s, listen_conn *c, akolhook_str name, akolhook_str value) {
    if (listen_same(name, "content-length")) return listen_content_length(s, c, value);
    if (listen_same(name, "transfer-encoding")) {
        if (c->chunked) return listen_refuse(s, c, 400, "Transfer-Encoding stands twice");
        if (!listen_same(value, "chunked"))
            return listen_refuse(s, c, 400, "Transfer-Encoding is not chunked");
        c->chunked = 1;
    } else if (listen_same(name, "host")) {
        if (++c->hosts > 1) return listen_refuse(s, c, 400, "Host stands twice");
    } else if (listen_same(name, "connection")) {
        if (listen_has(value, "close")) c->keep_alive = 0;
    } else if (listen_same(name, "expect")) {
        if (!listen_same(value, "100-continue"))
            return listen_refuse(s, c, 417, "Expect is not 100-continue");
        c->expect = 1;
    }
    return 0;
}

/* One field line of the head or, when trailer is 1, of the trailer section, whose fields are checked and
 * passed over. */
static int listen_field(listen_server *s, listen_conn *c, akolhook_str line, int trailer) {
    const char *colon = (const char *)memchr(line.ptr, ':', line.len);
    akolhook_str name, value;
    size_t i;
    if (++c->fields > LISTEN_FIELDS_MAX) return listen_refuse(s, c, 431, "the request has too many fields");
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return listen_refuse(s, c, 400, "a field is folded over two lines");
    if (!colon) return listen_refuse(s, c, 400, "a field has no colon");
    name = akolhook_str_n(line.ptr, (size_t)(colon - line.ptr));
    value = listen_trim(akolhook_str_n(colon + 1, line.len - name.len - 1));
    if (!listen_is_token(name)) return listen_refuse(s, c, 400, "a field name is malformed");
    for (i = 0; i < value.len; i++) {
        unsigned char b = (unsigned char)value.ptr[i];
        if ((b < ' ' && b != '\t') || b == 0x7f)
            return listen_refuse(s, c, 400, "a field holds a control character");
    }
    if (trailer) return 1;
    if (listen_framing_field(s, c, name, value)) return 1;
    (void)akolhook_incoming_header(&c->in, name.ptr, name.len, value.ptr, value.len);
    return 1;
}

static int listen_complete(listen_server *s, listen_conn *c) {
    listen_request request;
    int code;

    c->status = akolhook_receive(
            s->desc.receiver, &c->in, c->body, c->body_len, (int64_t)time(NULL), &c->message);
    c->is_held = c->status == AKOLHOOK_OK;
    code = akolhook_status_http(c->status);
    if (c->is_held && s->desc.decide_fn) {
        c->state = LISTEN_WORK;
        c->deadline = INT64_MAX; /* of whoever decides */
        listen_describe(c, &request);
        code = s->desc.decide_fn(s->desc.user, &request);
    }
    if (code) listen_answer(s, c, code);
    return 1;
}

static int listen_head_done(listen_server *s, listen_conn *c) {
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    c->content = c->pos;
    if (c->minor && c->hosts != 1) return listen_refuse(s, c, 400, "Host is missing");
    if (c->chunked && c->has_length)
        return listen_refuse(s, c, 400, "Content-Length and Transfer-Encoding stand together");
    if (c->chunked && !c->minor) return listen_refuse(s, c, 400, "HTTP/1.0 has no Transfer-Encoding");
    if (!akolhook_str_is(c->method, "POST")) {
        if (c->chunked || c->remaining) c->keep_alive = 0;
        c->why = "the method is not POST";
        listen_answer(s, c, 405);
        return 1;
    }
    if (c->remaining > s->max_body) return listen_refuse(s, c, 413, "Content-Length is above the cap");
    if (!c->chunked && !c->remaining) return listen_complete(s, c);
    if (c->expect && c->minor && c->pos == c->used) {
        memcpy(c->out, go_on, sizeof go_on - 1);
        c->out_len = sizeof go_on - 1;
    }
    c->state = c->chunked ? LISTEN_CHUNK_LINE : LISTEN_CONTENT;
    return 1;
}

static int listen_parse_head(listen_server *s, listen_conn *c) {
    akolhook_str line = {NULL, 0};
    int got;

    if (listen_line_exceeds(c, LISTEN_HEAD_MAX - c->pos)) {
        if (c->state == LISTEN_REQUEST_LINE) return listen_refuse(s, c, 414, "the request line is too long");
        return listen_refuse(s, c, 431, "the request head is too large");
    }
    got = listen_line(s, c, &line);
    if (got <= 0) return got < 0;
    if (c->state == LISTEN_REQUEST_LINE) return listen_request_line(s, c, line);
    return line.len ? listen_field(s, c, line, 0) : listen_head_done(s, c);
}

/* ---- the content (RFC 9112 sections 6 and 7) ---- */

/* Takes what is here of the content or chunk. */
static int listen_take(listen_conn *c) {
    size_t n = c->used - c->pos;
    if (n > c->remaining) n = (size_t)c->remaining;
    memcpy(c->body + c->body_len, c->buf + c->pos, n);
    c->body_len += n;
    c->pos += n;
    c->seek = c->pos;
    c->remaining -= n;
    return n > 0;
}

/* chunk-size [ ; extensions ]: at least one hex digit. */
static int listen_chunk_line(listen_server *s, listen_conn *c, akolhook_str line) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    uint64_t size = 0;
    size_t i, k;
    for (i = 0; i < line.len; i++) {
        const char *digit = line.ptr[i] ? strchr(digits, line.ptr[i]) : NULL;
        if (!digit) break;
        if (size <= s->max_body)
            size = size * 16 + ((uint64_t)(digit - digits) & 15); /* more is refused below */
    }
    if (i == 0) return listen_refuse(s, c, 400, "a chunk size is malformed");
    for (k = i; k < line.len && (line.ptr[k] == ' ' || line.ptr[k] == '\t'); k++) {}
    if (i < line.len && (k == line.len || line.ptr[k] != ';'))
        return listen_refuse(s, c, 400, "a chunk size is malformed");
    for (k = i; k < line.len; k++) {
        unsigned char b = (unsigned char)line.ptr[k];
        if ((b < ' ' && b != '\t') || b == 0x7f)
            return listen_refuse(s, c, 400, "a chunk line holds a control character");
    }
    c->extensions += line.len - i;
    if (c->extensions > LISTEN_HEAD_MAX) return listen_refuse(s, c, 400, "the chunk extensions are too long");
    if (size > s->max_body - c->body_len) return listen_refuse(s, c, 413, "the chunks are above the cap");
    c->remaining = size;
    c->state = size ? LISTEN_CHUNK_DATA : LISTEN_TRAILERS;
    return 1;
}

static int listen_parse_chunks(listen_server *s, listen_conn *c) {
    akolhook_str line = {NULL, 0};
    int got;
    if (c->state == LISTEN_CHUNK_DATA) {
        int moved = listen_take(c);
        if (!c->remaining) c->state = LISTEN_CHUNK_END;
        return moved;
    }
    if (listen_line_exceeds(c, LISTEN_LINE_MAX + 2)) /* with its CRLF */
        return listen_refuse(s, c, 400, "a line among the chunks is too long");
    got = listen_line(s, c, &line);
    if (got <= 0) return got < 0;
    if (c->state == LISTEN_CHUNK_LINE) return listen_chunk_line(s, c, line);
    if (c->state == LISTEN_TRAILERS) return line.len ? listen_field(s, c, line, 1) : listen_complete(s, c);
    if (line.len) return listen_refuse(s, c, 400, "a chunk is longer than its size");
    c->state = LISTEN_CHUNK_LINE;
    return 1;
}

static int listen_parse(listen_server *s, listen_conn *c) {
    int moved;
    if (c->pos == c->used) return 0;
    if (c->state == LISTEN_REQUEST_LINE && c->pos == 0 && c->buf[0] == LISTEN_TLS_HANDSHAKE)
        return listen_refuse(s, c, 400, "TLS came to this port, which speaks plain http");
    if (c->state == LISTEN_REQUEST_LINE || c->state == LISTEN_FIELDS) return listen_parse_head(s, c);
    if (c->state != LISTEN_CONTENT) return listen_parse_chunks(s, c);
    moved = listen_take(c);
    return c->remaining ? moved : listen_complete(s, c);
}

/* ---- one connection, step by step: 1 when something moved, 0 when it waits for c->events or is gone ---- */

static int listen_wait(listen_server *s, listen_conn *c, ptrdiff_t result) {
    if (result == LISTEN_WANT_READ)
        c->events = POLLIN;
    else if (result == LISTEN_WANT_WRITE)
        c->events = POLLOUT;
    else
        listen_drop(s, c);
    return 0;
}

static int listen_step_send(listen_server *s, listen_conn *c) {
    const akolhook_str head = akolhook_str_n(c->out + c->out_sent, c->out_len - c->out_sent);
    const akolhook_str next = c->out_len ? head : c->reply;
    ptrdiff_t n = s->desc.stream->write_fn(c->memory, c->fd, next.ptr, next.len);

    if (n <= 0) return listen_wait(s, c, n);
    if (c->out_len) {
        c->out_sent += (size_t)n;
        if (c->out_sent == c->out_len) c->out_sent = c->out_len = 0;
    } else {
        c->reply = akolhook_str_n(c->reply.ptr + n, c->reply.len - (size_t)n);
    }
    return 1;
}

/* The answer is out: now the work, then the next request or a close that lets the answer arrive (RFC 9112
 * section 9.6). */
static int listen_step_answered(listen_server *s, listen_conn *c) {
    listen_report(s, c);
    if (c->keep_alive && s->fd >= 0) {
        listen_reset(s, c);
        return 1;
    }
    if (s->desc.stream->finish_fn) s->desc.stream->finish_fn(c->memory);
    shutdown(c->fd, SHUT_WR);
    c->state = LISTEN_DRAIN;
    c->deadline = s->now + LISTEN_LINGER_MS;
    return 1;
}

static int listen_step_drain(listen_server *s, listen_conn *c) {
    char sink[LISTEN_READ];
    ptrdiff_t n = listen_tcp_read(NULL, c->fd, sink, sizeof sink);
    return n > 0 ? 1 : listen_wait(s, c, n);
}

static int listen_step_read(listen_server *s, listen_conn *c) {
    int idle = c->state == LISTEN_REQUEST_LINE && c->used == 0;
    ptrdiff_t n;
    if (c->state > LISTEN_FIELDS && c->pos > c->content) { /* content that was taken makes room */
        memmove(c->buf + c->content, c->buf + c->pos, c->used - c->pos);
        c->used -= c->pos - c->content;
        c->seek -= c->pos - c->content;
        c->pos = c->content;
    }
    n = s->desc.stream->read_fn(c->memory, c->fd, c->buf + c->used, LISTEN_HEAD_MAX + LISTEN_READ - c->used);
    if (n == LISTEN_EOF && !idle)
        return listen_refuse(s, c, 400, "the connection ended before the request was complete");
    if (n <= 0) return listen_wait(s, c, n);
    if (idle) c->deadline = s->now + s->desc.deadline_ms;
    c->used += (size_t)n;
    return 1;
}

static int listen_step(listen_server *s, listen_conn *c) {
    if (c->state == LISTEN_FREE) return 0;
    if (c->state == LISTEN_DRAIN) return listen_step_drain(s, c);
    if (c->state == LISTEN_HANDSHAKE) {
        int result = s->desc.stream->accept_fn(s->desc.stream->user, c->memory, c->fd);
        if (result == LISTEN_FAIL || result == LISTEN_EOF)
            listen_broken(s, c, s->desc.stream->why_fn ? s->desc.stream->why_fn(c->memory) : NULL);
        if (result != 0) return listen_wait(s, c, result);
        listen_reset(s, c);
        return 1;
    }
    if (c->state == LISTEN_WORK) return 0;
    if (c->out_len || c->reply.len) return listen_step_send(s, c);
    if (c->state == LISTEN_ANSWER) return listen_step_answered(s, c);
    return listen_parse(s, c) || listen_step_read(s, c);
}

static void listen_drive(listen_server *s, listen_conn *c) {
    int turn;
    c->ready = 0;
    for (turn = 0; turn < LISTEN_BUDGET; turn++)
        if (s->stopped || !listen_step(s, c)) return;
    c->ready = c->state != LISTEN_WORK;
}

static void listen_expire(listen_server *s, listen_conn *c) {
    int in_request = c->state > LISTEN_HANDSHAKE && c->state < LISTEN_ANSWER && c->used > 0;
    if (!in_request) {
        if (c->state == LISTEN_HANDSHAKE) listen_broken(s, c, "the handshake took too long");
        listen_drop(s, c);
        return;
    }
    listen_refuse(s, c, 408, "the request took too long");
    listen_drive(s, c);
}

/* ---- the server ---- */

static int64_t listen_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int listen_prepare_fd(int fd) {
    int flags = fcntl(fd, F_GETFL), one = 1;
#ifdef SO_NOSIGPIPE
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#endif
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -1
                                                                                                         : 0;
}

static void listen_name_peer(listen_conn *c, const listen_address *peer) {
    char text[INET6_ADDRSTRLEN] = "?";
    int v6 = peer->any.sa_family == AF_INET6;
    inet_ntop(peer->any.sa_family, v6 ? (const void *)&peer->v6.sin6_addr : (const void *)&peer->v4.sin_addr,
            text, sizeof text);
    snprintf(c->peer, sizeof c->peer, v6 ? "[%s]:%u" : "%s:%u", text,
            (unsigned)ntohs(v6 ? peer->v6.sin6_port : peer->v4.sin_port));
}

static int listen_has_room(const listen_server *s) {
    size_t i;

    for (i = 0; i < s->desc.slots; i++)
        if (s->conns[i].state == LISTEN_FREE) return 1;
    return 0;
}

/* The connection that has held its slot longest; NULL: none. One that is worked for gives way to nobody. */
static listen_conn *listen_oldest(const listen_server *s) {
    listen_conn *oldest = NULL;
    size_t i;

    for (i = 0; i < s->desc.slots; i++) {
        listen_conn *c = &s->conns[i];
        if (c->state == LISTEN_FREE || c->state == LISTEN_WORK) continue;
        if (!oldest || c->since < oldest->since) oldest = c;
    }
    return oldest;
}

/* When the next connection may be taken: at once where a slot is free. */
static int64_t listen_open_at(const listen_server *s) {
    const listen_conn *oldest;
    int64_t at;

    if (listen_has_room(s)) return s->accept_at;
    oldest = listen_oldest(s);
    at = oldest ? oldest->since + LISTEN_GRACE_MS : INT64_MAX;
    return at > s->accept_at ? at : s->accept_at;
}

/* The system has no descriptor left: the oldest connection gives way, or everybody waits a little. 1: try
 * again. */
static int listen_out_of_descriptors(listen_server *s) {
    listen_conn *oldest = listen_oldest(s);
    if (!oldest || s->now < oldest->since + LISTEN_GRACE_MS) {
        s->accept_at = s->now + 100;
        return 0;
    }
    listen_drop(s, oldest);
    return 1;
}

/* Takes one waiting connection; 0 when none came. */
static int listen_accept(listen_server *s) {
    listen_address peer;
    socklen_t len = sizeof peer;
    listen_conn *c = listen_has_room(s) ? NULL : listen_oldest(s);
    size_t i = 0;
    int fd;
    if (listen_open_at(s) > s->now) return 0;
    memset(&peer, 0, sizeof peer);
    fd = accept(s->fd, &peer.any, &len);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            return listen_out_of_descriptors(s);
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (listen_prepare_fd(fd) != 0) {
        close(fd);
        return 1;
    }
    if (c) listen_drop(s, c);
    while (s->conns[i].state != LISTEN_FREE) i++;
    c = &s->conns[i];
    c->fd = fd;
    c->used = c->pos = 0;
    c->state = LISTEN_HANDSHAKE;
    c->since = s->now;
    c->deadline = s->now + s->desc.deadline_ms;
    if (s->desc.stream->conn_size) memset(c->memory, 0, s->desc.stream->conn_size);
    listen_name_peer(c, &peer);
    listen_drive(s, c);
    return 1;
}

static void listen_defaults(listen_desc *desc) {
    if (!desc->stream) desc->stream = &listen_tcp;
    if (!desc->address) desc->address = "127.0.0.1";
    if (!desc->slots) desc->slots = 64;
    if (!desc->deadline_ms) desc->deadline_ms = 10000;
}

#define LISTEN_ALIGN(n) (((n) + 15) & ~(size_t)15)
static size_t listen_body_cap(const listen_desc *desc) {
    return desc->receiver->max_body ? desc->receiver->max_body : AKOLHOOK_MAX_BODY;
}

/* Bytes of memory that listen_open needs; 0 when that is more than there can be. */
static size_t listen_size(const listen_desc *wanted) {
    listen_desc desc = *wanted;
    size_t body, fixed;
    listen_defaults(&desc);
    body = listen_body_cap(&desc);
    fixed = sizeof(listen_conn) + sizeof(struct pollfd) + LISTEN_HEAD_MAX + LISTEN_READ +
            desc.stream->conn_size + 128;
    if (body > SIZE_MAX / 2 / desc.slots - fixed) return 0;
    return (size_t)desc.slots * (body + fixed) + desc.extra * sizeof(struct pollfd) + 128;
}

static char *listen_carve(char **at, size_t size) {
    char *p = *at;
    *at += LISTEN_ALIGN(size);
    return p;
}

static int listen_bind(listen_server *s) {
    listen_address address;
    socklen_t len = sizeof address.v4;
    int one = 1;
    memset(&address, 0, sizeof address);
    if (inet_pton(AF_INET, s->desc.address, &address.v4.sin_addr) == 1) {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(s->desc.port);
    } else if (inet_pton(AF_INET6, s->desc.address, &address.v6.sin6_addr) == 1) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(s->desc.port);
        len = sizeof address.v6;
    } else {
        errno = EINVAL;
        return -1;
    }
    s->fd = socket(address.any.sa_family, SOCK_STREAM, 0);
    if (s->fd < 0) return -1;
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listen_prepare_fd(s->fd) != 0 || bind(s->fd, &address.any, len) != 0 || listen(s->fd, 128) != 0)
        return -1;
    if (getsockname(s->fd, &address.any, &len) != 0) return -1;
    s->port = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
    return 0;
}

/* Listens, with listen_size(desc) bytes of memory that live until listen_close. Returns 0, or -1 with errno.
 */
static int listen_open(listen_server *s, const listen_desc *desc, void *memory, size_t size) {
    char *at = (char *)memory;
    size_t i;
    memset(s, 0, sizeof *s);
    s->desc = *desc;
    listen_defaults(&s->desc);
    s->fd = -1;
    s->max_body = listen_body_cap(desc);
    if (!memory || !listen_size(desc) || size < listen_size(desc)) {
        errno = ENOMEM;
        return -1;
    }
    at += (16 - ((uintptr_t)at & 15)) & 15;
    s->conns = (listen_conn *)(void *)listen_carve(&at, s->desc.slots * sizeof(listen_conn));
    s->polls = (struct pollfd *)(void *)listen_carve(
            &at, (s->desc.slots + s->desc.extra + (size_t)1) * sizeof(struct pollfd));
    memset(s->conns, 0, s->desc.slots * sizeof(listen_conn));
    for (i = 0; i < s->desc.slots; i++) {
        s->conns[i].fd = -1;
        s->conns[i].memory = listen_carve(&at, s->desc.stream->conn_size);
        s->conns[i].buf = listen_carve(&at, LISTEN_HEAD_MAX + LISTEN_READ);
        s->conns[i].body = listen_carve(&at, s->max_body);
    }
    if (listen_bind(s) == 0) return 0;
    if (s->fd >= 0) {
        int why = errno;
        close(s->fd);
        s->fd = -1;
        errno = why;
    }
    return -1;
}

static void listen_watch(listen_server *s, int fd, short events) {
    struct pollfd *p = &s->polls[s->poll_count++];
    p->fd = fd;
    p->events = events;
    p->revents = 0;
}

/* Fills the poll list, the listening socket first; returns how long poll may wait, -1 for ever. */
static int64_t listen_gather(listen_server *s) {
    int64_t until = INT64_MAX, open_at = listen_open_at(s);
    size_t i;
    s->poll_count = 0;
    if (s->fd >= 0 && open_at > s->now) until = open_at; /* until then newcomers wait in the system's queue */
    listen_watch(s, s->fd, (short)(open_at > s->now ? 0 : POLLIN));
    for (i = 0; i < s->desc.slots; i++) {
        listen_conn *c = &s->conns[i];
        if (c->state == LISTEN_FREE) continue;
        c->poll_index = s->poll_count;
        listen_watch(
                s, c->state == LISTEN_WORK ? -1 : c->fd, c->events); /* work is done for who is gone, too */
        if (c->deadline < until) until = c->deadline;
        if (c->ready) until = s->now;
    }
    return until == INT64_MAX ? -1 : until > s->now ? until - s->now : 0;
}

/* One round: waits at most timeout_ms (-1: until something happens), serves whoever is ready, and waits for
   count descriptors of yours as well (desc.extra at most), whose revents it fills. Returns 0, or -1 with
   errno. */
static int listen_poll_with(listen_server *s, int timeout_ms, struct pollfd *extra, size_t count) {
    int64_t wait;
    size_t i, first;

    s->now = listen_clock();
    wait = listen_gather(s);
    if (timeout_ms >= 0 && (wait < 0 || wait > timeout_ms)) wait = timeout_ms;
    first = s->poll_count;
    for (i = 0; i < count && i < s->desc.extra; i++) listen_watch(s, extra[i].fd, extra[i].events);
    if (poll(s->polls, (nfds_t)s->poll_count, wait > INT_MAX ? INT_MAX : (int)wait) < 0)
        return errno == EINTR ? 0 : -1;
    for (i = 0; i < s->poll_count - first; i++) extra[i].revents = s->polls[first + i].revents;

    s->now = listen_clock();
    for (i = 0; i < s->desc.slots && !s->stopped; i++) {
        listen_conn *c = &s->conns[i];
        if (c->state == LISTEN_FREE || c->state == LISTEN_WORK) continue;
        if (s->polls[c->poll_index].revents || c->ready) listen_drive(s, c);
        if (c->state != LISTEN_FREE && s->now >= c->deadline && !s->stopped) listen_expire(s, c);
    }
    for (i = 0; s->polls[0].revents && i < s->desc.slots && !s->stopped; i++)
        if (!listen_accept(s)) break;
    return 0;
}

static int listen_poll(listen_server *s, int timeout_ms) { return listen_poll_with(s, timeout_ms, NULL, 0); }

/* The answer of a request that decide_fn left open. Returns 0, or -1 when that connection is gone. */
static inline int listen_finish(listen_server *s, uint64_t ticket, const listen_reply *reply) {
    listen_conn *c = &s->conns[ticket % s->desc.slots];

    if (c->state != LISTEN_WORK || c->ticket != ticket) return -1;
    s->now = listen_clock();
    listen_put_reply(s, c, reply);
    listen_drive(s, c);
    return 0;
}

/* Stops listening, lets the answers that are on their way arrive (two seconds at most), drops everybody else.
 */
static void listen_close(listen_server *s) {
    size_t i, busy;
    if (s->fd < 0) return;
    close(s->fd);
    s->fd = -1;
    s->stopped = 0;
    do {
        busy = 0;
        for (i = 0; i < s->desc.slots; i++) {
            if (s->conns[i].state < LISTEN_ANSWER) listen_drop(s, &s->conns[i]);
            busy += s->conns[i].state != LISTEN_FREE;
        }
    } while (busy && listen_poll(s, -1) == 0 && !s->stopped);
    for (i = 0; i < s->desc.slots; i++) listen_drop(s, &s->conns[i]);
}

#endif
