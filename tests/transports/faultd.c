/* faultd.c - an HTTP and HTTPS server that goes wrong in the ways that receivers do. The path of a request
   chooses the fault, the port chooses faults that come before HTTP: see the tables `routes` and `ports`.

       cc -std=c99 -D_POSIX_C_SOURCE=200809L -o faultd tests/transports/faultd.c -pthread
       cc -std=c99 -D_POSIX_C_SOURCE=200809L -DFAULTD_TLS -o faultd tests/transports/faultd.c -lssl \
           -lcrypto -pthread
       faultd SECONDS [CA_FILE]

   It listens on free ports of 127.0.0.1 (and ::1, where there is one), prints them as one line, name=port
   name=port ..., and ends after SECONDS or when its standard input, a pipe or terminal, closes. With
   FAULTD_TLS (OpenSSL 3) it makes certificates, good and bad ones, at start, and writes the CA that a client
   is to trust to CA_FILE.

   Query parameters: ms=N the pause of the slow paths, bytes=N how much the endless ones send at most,
   end=keep|close|drop|reset|hang what follows /play. /echo answers with the bytes of the request as they
   came; /play sends the body of the request as the answer. Whoever connects to the control port gets a line
   for each port: name, connections, requests, bytes received, open, unasked. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#ifdef FAULTD_TLS
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

#define HEAD_ROOM 65536
#define BODY_ROOM (2u << 20)
#define FOREVER 600000 /* ms; the process ends sooner */
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK2 OK_HEAD "Content-Length: 2\r\n\r\nok"

/* How a connection goes on after an answer: KEEP for another request, CLOSE in good order, DROP without
   close_notify, RESET by RST, HANG until the peer goes away. */
typedef enum ending { KEEP, CLOSE, DROP, RESET, HANG } ending;

typedef enum port_kind { HTTP, RAW, REFUSE, BLACK_HOLE, CONTROL, TLS } port_kind;
typedef enum certificate {
    GOOD,
    WRONG_HOST,
    EXPIRED,
    NOT_YET,
    SELF_SIGNED,
    OTHER_CA,
    CN_ONLY,
    WILDCARD,
    OTHER_IP,
    IP_ONLY,
    NAME_FOR_IP,
    NUL_NAME,
    LEAF_CA,
    CLIENT_ONLY,
    RSA_GOOD,
    BRIEF,
    WEAK,
    CERTIFICATES
} certificate;

/* One listening port. */
typedef struct port {
    const char *name;
    port_kind kind;
    /* RAW: sends the text, after something has come when wait_first is set, and ends */
    int wait_first;
    const char *text;
    size_t text_len;
    ending end;
    /* TLS: the certificate; the newest and oldest protocol (0: any); after so many flights, and half of the
     * next, silence */
    certificate cert;
    int newest, oldest, stall, flights, half;
    /* TLS, from the second connection on: another certificate (GOOD: the same); none of the sessions before
     * is known */
    certificate later;
    int forgets;
    const char *groups; /* TLS: the only ones for the key exchange; NULL: OpenSSL's */
    int ipv6;
    /* what it saw */
    unsigned long connections, requests, bytes, open, unasked;
    int fd, number;
    void *ctx;
} port;

#define PLAIN(title, six) \
    { .name = title, .kind = HTTP, .ipv6 = six }
#define SIMPLE(title, what) \
    { .name = title, .kind = what }
#define RAWLY(title, wait, bytes, then) \
    { \
        .name = title, .kind = RAW, .wait_first = wait, .text = bytes, .text_len = sizeof(bytes) - 1, \
        .end = then \
    }
#define SECURE(title, identity, most, least, six) \
    { .name = title, .kind = TLS, .cert = identity, .newest = most, .oldest = least, .ipv6 = six }
#define CHANGE(title, most, least, worse, forget) \
    { \
        .name = title, .kind = TLS, .cert = GOOD, .newest = most, .oldest = least, .later = worse, \
        .forgets = forget \
    }
#define GROUPS(title, least, list) \
    { .name = title, .kind = TLS, .cert = GOOD, .oldest = least, .groups = list }
#define STALL(title, most, count, part) \
    { .name = title, .kind = TLS, .cert = GOOD, .newest = most, .stall = 1, .flights = count, .half = part }

static port ports[] = {
        PLAIN("plain", 0),
        PLAIN("second", 0), /* where redirects point to */
        PLAIN("plain6", 1),
        SIMPLE("control", CONTROL),
        SIMPLE("refused", REFUSE),
        SIMPLE("blackhole", BLACK_HOLE), /* no SYN is answered */
        RAWLY("silent", 0, "", HANG),
        RAWLY("reset", 0, "", RESET),
        RAWLY("closed", 0, "", CLOSE),
        RAWLY("alert", 1, "\x15\x03\x03\x00\x02\x02\x28", CLOSE),       /* TLS: fatal handshake_failure */
        RAWLY("oversize", 1, "\x16\x03\x03\xff\xff\x02\x00\x00", HANG), /* a TLS record longer than may be */
        RAWLY("hello_reset", 1, "", RESET),
        RAWLY("hello_closed", 1, "", CLOSE),
#ifdef FAULTD_TLS
        SECURE("tls", GOOD, 0, 0, 0),
        SECURE("tls6", GOOD, 0, 0, 1),
        SECURE("tls12", GOOD, TLS1_2_VERSION, 0, 0),
        SECURE("tls13", GOOD, 0, TLS1_3_VERSION, 0),
        SECURE("tls11", GOOD, TLS1_1_VERSION, 0, 0),
        SECURE("rsa", RSA_GOOD, 0, 0, 0),
        SECURE("wrong_host", WRONG_HOST, 0, 0, 0),
        SECURE("expired", EXPIRED, 0, 0, 0),
        SECURE("not_yet", NOT_YET, 0, 0, 0),
        SECURE("self_signed", SELF_SIGNED, 0, 0, 0),
        SECURE("other_ca", OTHER_CA, 0, 0, 0),
        SECURE("cn_only", CN_ONLY, 0, 0, 0),
        SECURE("wildcard", WILDCARD, 0, 0, 0), /* *.localhost: a wildcard for a whole top level domain */
        SECURE("other_ip", OTHER_IP, 0, 0, 0),
        SECURE("ip_only", IP_ONLY, 0, 0, 0),
        SECURE("name_for_ip", NAME_FOR_IP, 0, 0, 0),
        SECURE("nul_name", NUL_NAME, 0, 0, 0),
        SECURE("leaf_ca", LEAF_CA, 0, 0, 0), /* issued by a certificate that is no CA */
        SECURE("client_only", CLIENT_ONLY, 0, 0, 0),
        SECURE("weak", WEAK, 0, 0, 0),   /* a key of RSA with 1024 bits */
        SECURE("brief", BRIEF, 0, 0, 0), /* its certificate is good for an hour */
        CHANGE("forgets12", TLS1_2_VERSION, 0, GOOD, 1),
        CHANGE("forgets13", 0, TLS1_3_VERSION, GOOD, 1),
        CHANGE("forgets_turns12", TLS1_2_VERSION, 0, OTHER_CA, 1),
        CHANGE("forgets_turns13", 0, TLS1_3_VERSION, OTHER_CA, 1),
        CHANGE("turns_expired12", TLS1_2_VERSION, 0, EXPIRED, 0),
        CHANGE("turns_expired13", 0, TLS1_3_VERSION, EXPIRED, 0),
        CHANGE("turns_other_host12", TLS1_2_VERSION, 0, WRONG_HOST, 0),
        CHANGE("turns_other_host13", 0, TLS1_3_VERSION, WRONG_HOST, 0),
        CHANGE("turns_other_ca12", TLS1_2_VERSION, 0, OTHER_CA, 0),
        CHANGE("turns_other_ca13", 0, TLS1_3_VERSION, OTHER_CA, 0),
        GROUPS("retry13", TLS1_3_VERSION, "P-384"), /* HelloRetryRequest, where another key came */
        GROUPS("retry13_521", TLS1_3_VERSION, "P-521:P-384"),
        STALL("stall_hello", 0, 0, 0), /* silence for the ServerHello ... */
        STALL("stall_half", 0, 0, 1),  /* ... half way in the first flight */
        STALL("stall12_half", TLS1_2_VERSION, 0, 1),
        STALL("stall12_finish", TLS1_2_VERSION, 1, 0),
        STALL("stall12_finish_half", TLS1_2_VERSION, 1, 1),
#endif
};
#define PORTS (sizeof ports / sizeof ports[0])

static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;

static void count(unsigned long *counter, long change) {
    pthread_mutex_lock(&count_lock);
    *counter += (unsigned long)change;
    pthread_mutex_unlock(&count_lock);
}

/* ---- a connection ---- */

typedef struct peer {
    int fd;
    port *at;
    int requests;       /* on this connection, this one included */
    int unasked;        /* what comes next is: it is counted when the peer can see it */
    const char *second; /* what is to become of the next request: an answer, then `then` */
    ending then;
    char *data;
    size_t len; /* the request, and what came behind it */
    size_t head_len, body_len;
    char method[16], target[2048];
#ifdef FAULTD_TLS
    SSL *ssl;
    int flights, resumed, version;
    char sni[256];
#endif
} peer;

static void sleep_ms(long ms) {
    struct timespec t;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    while (nanosleep(&t, &t) != 0 && errno == EINTR) {}
}

static int socket_send(int fd, const char *data, size_t len) {
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}
/* Bytes read, 0 at the end, -1 after an error or ms without a byte. */
static ssize_t socket_recv(peer *p, char *data, size_t room, int ms) {
    struct pollfd item;
    ssize_t n;
    item.fd = p->fd;
    item.events = POLLIN;
    if (poll(&item, 1, ms) != 1) return -1;
    n = recv(p->fd, data, room, 0);
    if (n > 0) count(&p->at->bytes, n);
    return n;
}

#ifdef FAULTD_TLS
/* Moves what OpenSSL has written to the socket; -1 also where the port is to fall silent. */
static int tls_flush(peer *p, int in_handshake) {
    char *data;
    size_t len = (size_t)BIO_get_mem_data(SSL_get_wbio(p->ssl), &data);
    int result = 0, silent;
    if (len == 0) return 0;
    silent = in_handshake && p->at->stall && p->flights++ >= p->at->flights;
    if (silent) len = p->at->half ? len / 2 : 0;
    if (len) result = socket_send(p->fd, data, len);
    (void)BIO_reset(SSL_get_wbio(p->ssl));
    return silent ? -1 : result;
}
static int tls_fill(peer *p, int ms) {
    char data[16384];
    ssize_t n = socket_recv(p, data, sizeof data, ms);
    if (n <= 0) return -1;
    return BIO_write(SSL_get_rbio(p->ssl), data, (int)n) == (int)n ? 0 : -1;
}
static int tls_accept(peer *p) {
    p->ssl = SSL_new((SSL_CTX *)p->at->ctx);
    if (!p->ssl || !SSL_set_app_data(p->ssl, p)) return -1;
    SSL_set_bio(p->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(p->ssl), -1);
    BIO_set_mem_eof_return(SSL_get_wbio(p->ssl), -1);
    for (;;) {
        int result = SSL_accept(p->ssl), error = SSL_get_error(p->ssl, result);
        if (tls_flush(p, 1) != 0) return -1;
        if (result == 1) break;
        if (error != SSL_ERROR_WANT_READ || tls_fill(p, FOREVER) != 0) return -1;
    }
    p->resumed = SSL_session_reused(p->ssl);
    p->version = SSL_version(p->ssl);
    return 0;
}
#endif

static int peer_send(peer *p, const char *data, size_t len) {
#ifdef FAULTD_TLS
    while (p->ssl && len) {
        size_t done = 0;
        if (SSL_write_ex(p->ssl, data, len < 16384 ? len : 16384, &done) != 1 || tls_flush(p, 0) != 0)
            return -1;
        data += done;
        len -= done;
    }
#endif
    return len ? socket_send(p->fd, data, len) : 0;
}
static int peer_text(peer *p, const char *text) { return peer_send(p, text, strlen(text)); }

static ssize_t peer_recv(peer *p, char *data, size_t room) {
#ifdef FAULTD_TLS
    while (p->ssl) {
        size_t done = 0;
        int result = SSL_read_ex(p->ssl, data, room, &done);
        if (result == 1) return (ssize_t)done;
        if (SSL_get_error(p->ssl, result) != SSL_ERROR_WANT_READ) return -1;
        if (tls_flush(p, 0) != 0 || tls_fill(p, FOREVER) != 0) return -1;
    }
#endif
    return socket_recv(p, data, room, FOREVER);
}

/* 1 once the peer has closed or reset; waits at most ms. */
static int peer_gone(peer *p, int ms) {
    char data[4096];
    struct pollfd item;
    item.fd = p->fd;
    item.events = POLLIN;
    if (poll(&item, 1, ms) != 1) return 0;
    return recv(p->fd, data, sizeof data, MSG_DONTWAIT) <= 0;
}
static void peer_drain(peer *p, int ms) {
    char data[16384];
    while (socket_recv(p, data, sizeof data, ms) > 0) {}
}

/* Something that was said or done without being asked is out. */
static void peer_unasked(peer *p) {
    if (p->unasked) count(&p->at->unasked, 1);
    p->unasked = 0;
}
static void peer_end(peer *p, ending end) {
    struct linger at_once;
    at_once.l_onoff = 1;
    at_once.l_linger = 0;
    if (end == RESET) setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
#ifdef FAULTD_TLS
    if (p->ssl && end == CLOSE) {
        (void)SSL_shutdown(p->ssl);
        (void)tls_flush(p, 0);
    }
#endif
    if (end == CLOSE || end == DROP || end == KEEP) {
        shutdown(p->fd, SHUT_WR);
        peer_unasked(p);
        peer_drain(p, 2000);
    }
    if (end == HANG) peer_drain(p, FOREVER);
    close(p->fd);
    peer_unasked(p);
#ifdef FAULTD_TLS
    SSL_free(p->ssl);
    ERR_clear_error();
#endif
}

/* ---- requests ---- */

static char *text_find(char *data, size_t len, const char *text) {
    size_t n = strlen(text), i;
    for (i = 0; i + n <= len; i++)
        if (memcmp(data + i, text, n) == 0) return data + i;
    return NULL;
}
static long parameter(const peer *p, const char *name, long otherwise) {
    const char *at = strchr(p->target, '?');
    size_t n = strlen(name);
    while (at) {
        at++;
        if (strncmp(at, name, n) == 0 && at[n] == '=') return atol(at + n + 1);
        at = strchr(at, '&');
    }
    return otherwise;
}

/* Reads until the blank line; 0, or -1 when the peer went away first. */
static int request_head(peer *p) {
    char *end, *length, *line;
    p->head_len = p->body_len = 0;
    while (!(end = text_find(p->data, p->len, "\r\n\r\n"))) {
        ssize_t n;
        if (p->len && p->data[0] == 0x16) return -2; /* TLS on a port that has none */
        if (p->len >= HEAD_ROOM) return -1;
        n = peer_recv(p, p->data + p->len, HEAD_ROOM - p->len);
        if (n <= 0) return -1;
        p->len += (size_t)n;
    }
    p->head_len = (size_t)(end - p->data) + 4;
    line = text_find(p->data, p->head_len, "\r\n");
    *line = 0;
    if (sscanf(p->data, "%15s %2047s", p->method, p->target) != 2) return -1;
    *line = '\r';
    length = text_find(p->data, p->head_len, "\r\nContent-Length: ");
    if (length) p->body_len = strtoul(length + 18, NULL, 10);
    return 0;
}
static int request_body(peer *p) {
    if (p->body_len > BODY_ROOM) return -1;
    while (p->len < p->head_len + p->body_len) {
        ssize_t n = peer_recv(p, p->data + p->len, p->head_len + p->body_len - p->len);
        if (n <= 0) return -1;
        p->len += (size_t)n;
    }
    return 0;
}

/* ---- answers that need more than a text ---- */

static ending run_echo(peer *p, const char *text) {
    char head[512];
    const char *sni = "";
    int resumed = 0, version = 0;
    size_t all = p->head_len + p->body_len;
    (void)text;
#ifdef FAULTD_TLS
    sni = p->sni;
    resumed = p->resumed;
    version = p->version;
#endif
    snprintf(head, sizeof head,
            OK_HEAD
            "X-SNI: %s\r\nX-Resumed: %d\r\nX-Version: %d\r\nX-Requests: %d\r\nContent-Length: %lu\r\n\r\n",
            sni, resumed, version, p->requests, (unsigned long)all);
    return peer_text(p, head) == 0 && peer_send(p, p->data, all) == 0 ? KEEP : CLOSE;
}
/* Reads the body after ms=N and tells its length and the sum of its bytes, each times its place counted from
 * 1, modulo 2^32. */
static ending run_count(peer *p, const char *text) {
    size_t at = p->head_len, done = 0;
    unsigned long sum = 0;
    char content[64], head[128];
    (void)text;
    sleep_ms(parameter(p, "ms", 0));
    while (done < p->body_len) {
        for (; at < p->len && done < p->body_len; at++)
            sum = (sum + (unsigned char)p->data[at] * (unsigned long)(++done)) & 0xFFFFFFFFUL;
        if (done < p->body_len) {
            ssize_t n = peer_recv(p, p->data, HEAD_ROOM);
            if (n <= 0) return CLOSE;
            p->len = (size_t)n;
            at = 0;
        }
    }
    p->head_len = at;
    p->body_len = 0;
    snprintf(content, sizeof content, "%lu %lu", (unsigned long)done, sum);
    snprintf(head, sizeof head, OK_HEAD "Content-Length: %lu\r\n\r\n%s", (unsigned long)strlen(content),
            content);
    return peer_text(p, head) == 0 ? KEEP : CLOSE;
}
static ending run_unread(peer *p, const char *text) {
    (void)text;
    sleep_ms(parameter(p, "hold", 40000));
    return RESET;
}
/* What the TLS layer saw, as the content. */
static ending run_tls(peer *p, const char *text) {
    char content[400], head[512];
    (void)text;
#ifdef FAULTD_TLS
    snprintf(content, sizeof content, "sni=%s resumed=%d version=%d", p->sni, p->resumed, p->version);
#else
    snprintf(content, sizeof content, "plain");
#endif
    snprintf(head, sizeof head, OK_HEAD "Content-Length: %lu\r\n\r\n%s", (unsigned long)strlen(content),
            content);
    return peer_text(p, head) == 0 ? KEEP : CLOSE;
}
static ending run_play(peer *p, const char *text) {
    static const char *const names[] = {"keep", "close", "drop", "reset", "hang"};
    const char *end = strstr(p->target, "end=");
    int i;
    (void)text;
    if (peer_send(p, p->data + p->head_len, p->body_len) != 0) return RESET;
    for (i = 0; end && i < 5; i++)
        if (strncmp(end + 4, names[i], strlen(names[i])) == 0) break;
    if (end && i == RESET) sleep_ms(50);
    return end && i < 5 ? (ending)i : CLOSE;
}
/* The text and close_notify in one piece; the connection below stays open. */
static ending run_notify(peer *p, const char *text) {
#ifdef FAULTD_TLS
    size_t done;
    if (!p->ssl || SSL_write_ex(p->ssl, text, strlen(text), &done) != 1) return CLOSE;
    (void)SSL_shutdown(p->ssl);
    return tls_flush(p, 0) == 0 ? HANG : RESET;
#else
    return peer_text(p, text) == 0 ? CLOSE : RESET;
#endif
}
/* Any code: /status/204 */
static ending run_status(peer *p, const char *text) {
    char head[128];
    int code = atoi(p->target + 8);
    (void)text;
    if (code == 204 || code == 304)
        snprintf(head, sizeof head, "HTTP/1.1 %d Code\r\n\r\n", code);
    else
        snprintf(head, sizeof head, "HTTP/1.1 %d Code\r\nContent-Length: 4\r\n\r\ncode", code);
    return peer_text(p, head) == 0 ? KEEP : CLOSE;
}
/* /redirect/307: to the second port, or with to=same to /ok here. */
static ending run_redirect(peer *p, const char *text) {
    char head[256], other[64] = "";
    int code = atoi(p->target + 10);
    (void)text;
    if (!strstr(p->target, "to=same")) snprintf(other, sizeof other, "http://127.0.0.1:%d", ports[1].number);
    snprintf(head, sizeof head, "HTTP/1.1 %d Moved\r\nLocation: %s/ok\r\nContent-Length: 0\r\n\r\n", code,
            other);
    return peer_text(p, head) == 0 ? KEEP : CLOSE;
}
/* /retry/VALUE: 503 with that Retry-After; %20 is a blank. */
static ending run_retry(peer *p, const char *text) {
    char head[512], value[256];
    const char *at = p->target + 7;
    size_t n = 0;
    (void)text;
    while (*at && *at != '?' && n < sizeof value - 1) {
        int blank = strncmp(at, "%20", 3) == 0;
        value[n++] = blank ? ' ' : *at;
        at += blank ? 3 : 1;
    }
    value[n] = 0;
    snprintf(head, sizeof head, "HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", value);
    return peer_text(p, head) == 0 ? KEEP : CLOSE;
}
/* The text, one byte after each pause, and then x for ever. */
static ending run_drip(peer *p, const char *text) {
    long ms = parameter(p, "ms", 1000);
    for (;;) {
        if (peer_send(p, *text ? text : "x", 1) != 0) return RESET;
        if (*text) text++;
        if (peer_gone(p, (int)ms)) return RESET;
    }
}
/* The text and the end of the stream, then RST for what is still being sent: a write is then EPIPE, not
 * ECONNRESET. */
static ending run_shut(peer *p, const char *text) {
    int sent = peer_text(p, text);
    shutdown(p->fd, SHUT_WR);
    sleep_ms(sent == 0 ? 30 : 0);
    return RESET;
}
/* The text, each byte in a segment and a TLS record of its own. */
static ending run_bytes(peer *p, const char *text) {
    for (; *text; text++)
        if (peer_send(p, text, 1) != 0) return RESET;
    return KEEP;
}
/* A TLS 1.3 key update that asks for one back, then the text and another. */
static ending run_key_update(peer *p, const char *text) {
#ifdef FAULTD_TLS
    if (p->ssl && p->version >= TLS1_3_VERSION) (void)SSL_key_update(p->ssl, SSL_KEY_UPDATE_REQUESTED);
    if (peer_send(p, text, 20) != 0) return RESET;
    if (p->ssl && p->version >= TLS1_3_VERSION) (void)SSL_key_update(p->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    text += 20;
#endif
    return peer_text(p, text) == 0 ? KEEP : RESET;
}
/* The text at once, then a byte after each pause. */
static ending run_drip_body(peer *p, const char *text) {
    return peer_text(p, text) == 0 ? run_drip(p, "") : RESET;
}

static ending run_repeat_then(peer *p, const char *text, const char *then) {
    long n = atol(text);
    text = strchr(text, ' ') + 1;
    while (n-- > 0)
        if (peer_text(p, text) != 0) return RESET;
    return peer_text(p, then) == 0 ? KEEP : CLOSE;
}
/* The text a number of times, then OK. The number stands before it: "60 text". */
static ending run_repeat(peer *p, const char *text) { return run_repeat_then(p, text, OK2); }
/* A head with the line a number of times and Content-Length. */
static ending run_fields(peer *p, const char *text) {
    return peer_text(p, OK_HEAD) == 0 && text ? run_repeat_then(p, text, "Content-Length: 2\r\n\r\nok")
                                              : RESET;
}
/* A head with so many bytes of one letter in the place of $: "1048576 HTTP/1.1 200 OK\r\nX: $..." */
static ending run_long(peer *p, const char *text) {
    static const char letters[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    long n = atol(text);
    const char *place;
    text = strchr(text, ' ') + 1;
    place = strchr(text, '$');
    if (peer_send(p, text, (size_t)(place - text)) != 0) return RESET;
    for (; n > 0; n -= 64)
        if (peer_send(p, letters, n < 64 ? (size_t)n : 64) != 0) return RESET;
    return peer_text(p, place + 1) == 0 ? KEEP : CLOSE;
}
/* The text before the bar once, the text behind it until 1 GiB or bytes=N have been sent. */
static ending run_endless(peer *p, const char *text) {
    static const char block[] = "0123456789abcde\n";
    const char *bar = strchr(text, '|');
    size_t unit_len = 0, sent = 0, most = (size_t)parameter(p, "bytes", 1L << 30);
    char *unit = (char *)malloc(65536 + 16);
    ending end = CLOSE;
    if (!unit || peer_send(p, text, (size_t)(bar - text)) != 0) {
        free(unit);
        return RESET;
    }
    if (bar[1]) { /* chunks */
        memcpy(unit, "4000\r\n", 6);
        for (unit_len = 6; unit_len < 6 + 16384; unit_len += 16) memcpy(unit + unit_len, block, 16);
        memcpy(unit + unit_len, "\r\n", 2);
        unit_len += 2;
    } else
        for (; unit_len < 65536; unit_len += 16) memcpy(unit + unit_len, block, 16);
    for (; sent < most && end == CLOSE; sent += unit_len)
        if (peer_send(p, unit, unit_len) != 0) end = RESET;
    free(unit);
    return end;
}

/* ---- gzip ---- */

typedef struct bits {
    unsigned char *out;
    size_t len;
    unsigned hold, count;
} bits;

static void bits_put(bits *b, unsigned value, unsigned n) { /* least significant bit first, n <= 16 */
    b->hold |= value << b->count;
    for (b->count += n; b->count >= 8; b->count -= 8, b->hold >>= 8)
        b->out[b->len++] = (unsigned char)b->hold;
}
static unsigned long crc_step(unsigned long crc, unsigned byte) {
    static unsigned long table[256];
    if (!table[1]) {
        unsigned long i, k, c;
        for (i = 0; i < 256; i++) {
            for (c = i, k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320UL ^ (c >> 1) : c >> 1;
            table[i] = c;
        }
    }
    return table[(crc ^ byte) & 0xFF] ^ (crc >> 8);
}
static void gzip_end(bits *b, unsigned long crc, unsigned long size) {
    int i;
    if (b->count) bits_put(b, 0, 8 - b->count);
    for (i = 0; i < 4; i++) b->out[b->len++] = (unsigned char)(crc >> (8 * i));
    for (i = 0; i < 4; i++) b->out[b->len++] = (unsigned char)(size >> (8 * i));
}
/* 50 MiB of zeros in about 51,000 bytes: one dynamic Huffman block (RFC 1951 section 3.2.7) in which a copy
   of 258 bytes from distance 1 costs two bits. Code lengths: literal 0 and end of block 2, length 258 1,
   distance 1 1. */
static void gzip_zeros(bits *b, unsigned long size) {
    unsigned long crc = 0xFFFFFFFFUL, i, copies = (size - 1) / 258, rest = (size - 1) % 258;
    bits_put(b, 1, 1);  /* the last block ... */
    bits_put(b, 2, 2);  /* ... with codes of its own: */
    bits_put(b, 29, 5); /* 286 literals and lengths, */
    bits_put(b, 0, 5);  /* 1 distance, */
    bits_put(b, 14, 4); /* 18 code length codes in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 */
    for (i = 0; i < 18; i++) bits_put(b, i == 2 ? 2 : i == 3 ? 2 : i == 15 ? 2 : i == 17 ? 2 : 0, 3);
    /* canonical two-bit codes by symbol: 0 is 00, 1 is 01, 2 is 10, 18 is 11; a code goes out from its first
     * bit */
    bits_put(b, 1, 2); /* literal 0: length 2 */
    bits_put(b, 3, 2);
    bits_put(b, 138 - 11, 7); /* 138 zeros: 1..138 */
    bits_put(b, 3, 2);
    bits_put(b, 117 - 11, 7); /* 117 zeros: 139..255 */
    bits_put(b, 1, 2);        /* 256: length 2 */
    bits_put(b, 3, 2);
    bits_put(b, 28 - 11, 7); /* 28 zeros: 257..284 */
    bits_put(b, 2, 2);       /* 285: length 1 */
    bits_put(b, 2, 2);       /* distance: length 1 */
    /* codes: 285 is 0, literal 0 is 10, 256 is 11 */
    bits_put(b, 1, 2);
    for (i = 0; i < copies; i++) bits_put(b, 0, 2);
    for (i = 0; i < rest; i++) bits_put(b, 1, 2);
    bits_put(b, 3, 2);
    for (i = 0; i < size; i++) crc = crc_step(crc, 0);
    gzip_end(b, crc ^ 0xFFFFFFFFUL, size);
}
/* Bytes without order, in stored blocks. */
static void gzip_noise(bits *b, unsigned long size) {
    unsigned long crc = 0xFFFFFFFFUL, x = 88172645UL, at = 0;
    while (at < size) {
        unsigned long n = size - at < 65535 ? size - at : 65535, i;
        bits_put(b, at + n == size, 8);
        bits_put(b, (unsigned)n & 0xFF, 8);
        bits_put(b, (unsigned)n >> 8, 8);
        bits_put(b, ~(unsigned)n & 0xFF, 8);
        bits_put(b, (~(unsigned)n >> 8) & 0xFF, 8);
        for (i = 0; i < n; i++) {
            x ^= (x << 13) & 0xFFFFFFFFUL;
            x ^= x >> 17;
            x ^= (x << 5) & 0xFFFFFFFFUL;
            b->out[b->len++] = (unsigned char)(x >> 11);
            crc = crc_step(crc, b->out[b->len - 1]);
        }
        at += n;
    }
    gzip_end(b, crc ^ 0xFFFFFFFFUL, size);
}
static bits gzip_bomb, gzip_of_noise;
static void gzip_make(void) {
    static const unsigned char magic[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255};
    bits *all[2];
    int i;
    all[0] = &gzip_bomb;
    all[1] = &gzip_of_noise;
    for (i = 0; i < 2; i++) {
        all[i]->out = (unsigned char *)malloc(300000);
        if (!all[i]->out) abort();
        memcpy(all[i]->out, magic, sizeof magic);
        all[i]->len = sizeof magic;
    }
    gzip_zeros(&gzip_bomb, 50UL << 20);
    gzip_noise(&gzip_of_noise, 200000);
}
static ending run_gzip(peer *p, const char *text) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const bits *b = strcmp(text, "bomb") == 0 ? &gzip_bomb : &gzip_of_noise;
    char head[128];
    pthread_once(&once, gzip_make);
    snprintf(head, sizeof head, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: %lu\r\n\r\n",
            (unsigned long)b->len);
    return peer_text(p, head) == 0 && peer_send(p, (const char *)b->out, b->len) == 0 ? KEEP : RESET;
}

/* ---- keep-alive that goes wrong after a good answer ---- */

static ending run_idle(peer *p, const char *text) { /* then closes, resets or speaks unasked */
    if (peer_text(p, OK2) != 0) return RESET;
    sleep_ms(parameter(p, "ms", 20));
    p->unasked = 1;
    if (strcmp(text, "close") == 0) return CLOSE;
    if (strcmp(text, "drop") == 0) return DROP;
    if (strcmp(text, "reset") == 0) return RESET;
    if (peer_text(p, text) != 0) return RESET;
    peer_unasked(p);
    return KEEP;
}
static ending run_second(
        peer *p, const char *text) { /* the next request gets the text and the end named before it */
    p->then = *text == 'c' ? CLOSE : *text == 'd' ? DROP : *text == 'r' ? RESET : HANG;
    p->second = text + 1;
    return peer_text(p, OK2) == 0 ? KEEP : RESET;
}

/* ---- the routes ---- */

typedef struct route {
    const char *path;
    ending (*run)(peer *, const char *);
    const char *text;
    ending end;
    int early;
} route;

#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define LENGTH(value) OK_HEAD "Content-Length: " value "\r\n\r\nhello"
#define HEAD_WITH(fields) OK_HEAD fields "Content-Length: 2\r\n\r\nok"
#define TEXT(path, text, end) \
    { path, NULL, text, end, 0 }
#define RUNS(path, run, text) \
    { path, run, text, KEEP, 0 }

static const route routes[] = {
        TEXT("/ok", OK2, KEEP),
        RUNS("/echo", run_echo, ""),
        {"/count", run_count, "", KEEP, 2},
        RUNS("/tls", run_tls, ""),
        RUNS("/play", run_play, ""),
        RUNS("/status/", run_status, ""),
        RUNS("/bytes", run_bytes, OK2),
        RUNS("/key-update", run_key_update, OK2),
        RUNS("/redirect/", run_redirect, ""),
        RUNS("/retry/", run_retry, ""),
        /* slow */
        RUNS("/slow-head", run_drip, OK_HEAD "X-Slow: "),
        RUNS("/slow-body", run_drip_body, OK_HEAD "Content-Length: 1000000\r\n\r\n"),
        RUNS("/slow-close", run_drip_body, OK_HEAD "\r\n"),
        RUNS("/slow-chunk", run_drip_body, CHUNKED "FFFF\r\n"),
        TEXT("/silent", "", HANG),
        TEXT("/silent-head", "HTTP/1.1 200 O", HANG),
        TEXT("/silent-interim", "HTTP/1.1 100 Continue\r\n\r\n", HANG),
        {"/unread", run_unread, "", RESET, 2}, /* the body of the request is left unread */
        /* broken off */
        TEXT("/close", "", CLOSE),
        TEXT("/reset", "", RESET),
        TEXT("/close-status", "HTTP/1.1 2", CLOSE),
        TEXT("/close-head", OK_HEAD "Content-Len", CLOSE),
        TEXT("/reset-head", OK_HEAD "Content-Len", RESET),
        TEXT("/close-body", OK_HEAD "Content-Length: 100\r\n\r\npart", CLOSE),
        TEXT("/reset-body", OK_HEAD "Content-Length: 100\r\n\r\npart", RESET),
        TEXT("/close-chunk", CHUNKED "10\r\npart", CLOSE),
        TEXT("/close-chunks", CHUNKED "4\r\npart\r\n", CLOSE),
        TEXT("/reset-chunk", CHUNKED "10\r\npart", RESET),
        TEXT("/close-500", "HTTP/1.1 500 Broken\r\nContent-Length: 100\r\n\r\npart", CLOSE),
        /* no close_notify */
        TEXT("/drop", "", DROP),
        TEXT("/drop-head", OK_HEAD "Content-Len", DROP),
        TEXT("/drop-length", OK2, DROP),
        TEXT("/drop-body", OK_HEAD "Content-Length: 100\r\n\r\npart", DROP),
        TEXT("/drop-chunks", CHUNKED "4\r\npart\r\n", DROP),
        TEXT("/drop-chunked", CHUNKED "4\r\npart\r\n0\r\n\r\n", DROP),
        TEXT("/drop-close", OK_HEAD "\r\npart", DROP),
        TEXT("/to-close", OK_HEAD "\r\nwhole", CLOSE),
        RUNS("/notify-hang", run_notify, OK_HEAD "\r\nwhole"),
        TEXT("/to-close-10", "HTTP/1.0 200 OK\r\n\r\nwhole", CLOSE),
        /* interim answers */
        RUNS("/continue-60", run_repeat, "60 HTTP/1.1 100 Continue\r\n\r\n"),
        RUNS("/continue-1000", run_repeat, "1000 HTTP/1.1 100 Continue\r\n\r\n"),
        RUNS("/continue-million", run_repeat, "1000000 HTTP/1.1 100 Continue\r\n\r\n"),
        TEXT("/early-hints", "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" OK2, KEEP),
        TEXT("/interim-field", "HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n" OK2, KEEP),
        TEXT("/switch",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
                HANG),
        /* large heads */
        RUNS("/long-line", run_long, "1048576 " OK_HEAD "X-Long: $\r\nContent-Length: 2\r\n\r\nok"),
        RUNS("/many-fields", run_fields, "100000 X: y\r\n"),
        RUNS("/fields-512", run_fields, "511 X: y\r\n"),
        RUNS("/fields-513", run_fields, "512 X: y\r\n"),
        RUNS("/long-status", run_long, "17408 HTTP/1.1 200 $\r\nContent-Length: 2\r\n\r\nok"),
        RUNS("/long-name", run_long, "1048576 " OK_HEAD "$: x\r\nContent-Length: 2\r\n\r\nok"),
        RUNS("/long-blank", run_long, "1048576 $" OK2),
        RUNS("/large-head", run_long, "12000 " OK_HEAD "X-Long: $\r\nContent-Length: 2\r\n\r\nok"),
        /* endless bodies */
        RUNS("/endless-length", run_endless, OK_HEAD "Content-Length: 1073741824\r\n\r\n|"),
        RUNS("/endless-chunks", run_endless, CHUNKED "|4000"),
        RUNS("/endless-close", run_endless, OK_HEAD "\r\n|"),
        RUNS("/endless-500", run_endless, "HTTP/1.1 500 Broken\r\nContent-Length: 1073741824\r\n\r\n|"),
        /* Content-Length */
        TEXT("/cl-negative", LENGTH("-5"), CLOSE),
        TEXT("/cl-plus", LENGTH("+5"), CLOSE),
        TEXT("/cl-list", LENGTH("5,5"), CLOSE),
        TEXT("/cl-list-unequal", LENGTH("5, 6"), CLOSE),
        TEXT("/cl-hex", LENGTH("0x5"), CLOSE),
        TEXT("/cl-2-64", LENGTH("18446744073709551616"), CLOSE),
        TEXT("/cl-2-64-5", LENGTH("18446744073709551621"), CLOSE),
        TEXT("/cl-empty", LENGTH(""), CLOSE),
        TEXT("/cl-blank-inside", LENGTH("5 5"), CLOSE),
        TEXT("/cl-fraction", LENGTH("5.0"), CLOSE),
        TEXT("/cl-word", LENGTH("five"), CLOSE),
        TEXT("/cl-twice", LENGTH("5\r\nContent-Length: 5"), CLOSE),
        TEXT("/cl-twice-unequal", LENGTH("5\r\nContent-Length: 6"), CLOSE),
        TEXT("/cl-and-te",
                OK_HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                CLOSE),
        TEXT("/te-and-cl",
                OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                CLOSE),
        TEXT("/te-gzip", OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", CLOSE),
        TEXT("/te-unknown", OK_HEAD "Transfer-Encoding: xchunked\r\n\r\nhello", CLOSE),
        TEXT("/te-twice",
                OK_HEAD
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                CLOSE),
        TEXT("/te-10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", CLOSE),
        /* heads that break the framing */
        TEXT("/head-bare-lf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", CLOSE),
        TEXT("/head-bare-cr", OK_HEAD "X: a\rb\r\nContent-Length: 2\r\n\r\nok", CLOSE),
        TEXT("/head-blank-colon", OK_HEAD "Content-Length : 2\r\n\r\nok", CLOSE),
        TEXT("/head-no-colon", OK_HEAD "nonsense\r\nContent-Length: 2\r\n\r\nok", CLOSE),
        TEXT("/head-http2", "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok", CLOSE),
        TEXT("/head-not-http", "SSH-2.0-server\r\n", CLOSE),
        TEXT("/head-code-2000", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok", CLOSE),
        TEXT("/head-code-word", "HTTP/1.1 OK 200\r\nContent-Length: 2\r\n\r\nok", CLOSE),
        TEXT("/head-fold", OK_HEAD "X: a\r\n b\r\nContent-Length: 2\r\n\r\nok", KEEP),
        /* chunks */
        TEXT("/chunked", CHUNKED "5\r\nhello\r\n0\r\n\r\n", KEEP),
        TEXT("/chunk-extension", CHUNKED "5;name=value\r\nhello\r\n0\r\n\r\n", KEEP),
        TEXT("/chunk-trailer", CHUNKED "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", KEEP),
        TEXT("/chunk-huge", CHUNKED "FFFFFFFFFFFFFFFF\r\nhello", CLOSE),
        TEXT("/chunk-2-64", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", CLOSE),
        TEXT("/chunk-negative", CHUNKED "-1\r\nhello\r\n0\r\n\r\n", CLOSE),
        TEXT("/chunk-0x", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", CLOSE),
        TEXT("/chunk-empty", CHUNKED "\r\nhello\r\n0\r\n\r\n", CLOSE),
        TEXT("/chunk-no-crlf", CHUNKED "5\r\nhello0\r\n\r\n", CLOSE),
        TEXT("/chunk-bare-lf", CHUNKED "5\nhello\n0\n\n", CLOSE),
        RUNS("/chunk-long-extension", run_long, "1048576 " CHUNKED "5;x=$\r\nhello\r\n0\r\n\r\n"),
        RUNS("/chunk-trailer-bomb", run_long, "1048576 " CHUNKED "5\r\nhello\r\n0\r\nX: $\r\n\r\n"),
        /* codes */
        TEXT("/204-body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", KEEP),
        TEXT("/204-chunked",
                "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", KEEP),
        TEXT("/204", "HTTP/1.1 204 No Content\r\n\r\n", KEEP),
        TEXT("/304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", KEEP),
        TEXT("/205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", KEEP),
        TEXT("/cl-0", OK_HEAD "Content-Length: 0\r\n\r\n", KEEP),
        TEXT("/hang-cl", OK_HEAD "Content-Length: 5\r\n\r\n", HANG), /* as if it answered a HEAD */
        RUNS("/gzip-bomb", run_gzip, "bomb"),
        RUNS("/gzip-noise", run_gzip, "noise"),
        /* answers before the request is read */
        {"/early-close", NULL, OK_HEAD "Content-Length: 2\r\nConnection: close\r\n\r\nok", RESET, 2},
        {"/early-413", NULL, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                RESET, 2},
        {"/early-shut", run_shut, OK2, KEEP, 2},
        {"/early-read", NULL, OK2, KEEP, 1},
        /* state that must not be carried on */
        TEXT("/cookie", HEAD_WITH("Set-Cookie: sid=1; Path=/\r\n"), KEEP),
        TEXT("/alt-svc", HEAD_WITH("Alt-Svc: h2=\"127.0.0.1:1\"; ma=3600\r\n"), KEEP),
        TEXT("/upgrade", HEAD_WITH("Connection: upgrade\r\nUpgrade: h2c\r\n"), KEEP),
        TEXT("/hsts", HEAD_WITH("Strict-Transport-Security: max-age=99999\r\nAuthentication-Info: x\r\n"),
                KEEP),
        TEXT("/location", HEAD_WITH("Location: http://127.0.0.1:1/\r\nRefresh: 0\r\n"), KEEP),
        /* keep-alive */
        TEXT("/keep-close-field", HEAD_WITH("Connection: close\r\n"), CLOSE),
        TEXT("/keep-close-ignored", HEAD_WITH("Connection: close\r\n"), KEEP),
        TEXT("/keep-10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", KEEP),
        TEXT("/keep-extra", OK2 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra", KEEP),
        RUNS("/idle-close", run_idle, "close"),
        RUNS("/idle-drop", run_idle, "drop"),
        RUNS("/idle-reset", run_idle, "reset"),
        RUNS("/idle-speaks", run_idle,
                "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        RUNS("/second-close", run_second, "c"),
        RUNS("/second-drop", run_second, "d"),
        RUNS("/second-reset", run_second, "r"),
        RUNS("/second-part", run_second, "cHTTP/1.1 2"),
        RUNS("/second-hang", run_second, "h"),
        RUNS("/second-408", run_second,
                "cHTTP/1.1 408 Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
};

static const route *route_find(const char *target) {
    size_t i, len = strcspn(target, "?");
    for (i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        size_t n = strlen(routes[i].path);
        if (routes[i].path[n - 1] == '/' ? len > n && strncmp(target, routes[i].path, n) == 0
                                         : len == n && strncmp(target, routes[i].path, n) == 0)
            return &routes[i];
    }
    return NULL;
}

/* One request and its answer. early 1: answers, then reads the body; 2: never reads it. */
static ending serve(peer *p) {
    const route *r;
    ending end;
    int head = request_head(p);
    if (head == -2 && peer_text(p, "HTTP/1.1 400 This port speaks no TLS\r\nContent-Length: 0\r\n\r\n") == 0)
        return CLOSE;
    if (head != 0) return CLOSE;
    count(&p->at->requests, 1);
    p->requests++;
    r = route_find(p->target);
    if (p->second) {
        if (request_body(p) != 0 || peer_text(p, p->second) != 0) return RESET;
        if (*p->second) sleep_ms(20);
        return p->then;
    }
    if (!(r && r->early) && request_body(p) != 0) return CLOSE;
    if (!r)
        return peer_text(p, "HTTP/1.1 404 No Such Fault\r\nContent-Length: 0\r\n\r\n") == 0 ? KEEP : CLOSE;
    if (r->run)
        end = r->run(p, r->text);
    else
        end = peer_text(p, r->text) == 0 ? r->end : RESET;
    if (end == RESET && !r->run && r->text[0])
        sleep_ms(50); /* for the peer to read what came before the RST */
    if (r->early == 1 && end == KEEP && request_body(p) != 0) return CLOSE;
    return end;
}

static void peer_raw(peer *p) {
    char first[4096];
    if (p->at->wait_first && socket_recv(p, first, sizeof first, FOREVER) <= 0) {
        peer_end(p, CLOSE);
        return;
    }
    (void)socket_send(p->fd, p->at->text, p->at->text_len);
    peer_end(p, p->at->end);
}
static void peer_control(peer *p) {
    char line[256];
    size_t i;
    for (i = 0; i < PORTS; i++) {
        pthread_mutex_lock(&count_lock);
        snprintf(line, sizeof line, "%s %lu %lu %lu %lu %lu\n", ports[i].name, ports[i].connections,
                ports[i].requests, ports[i].bytes, ports[i].open, ports[i].unasked);
        pthread_mutex_unlock(&count_lock);
        if (socket_send(p->fd, line, strlen(line)) != 0) break;
    }
    peer_end(p, CLOSE);
}
static void peer_http(peer *p) {
    ending end = KEEP;
    p->data = (char *)malloc(HEAD_ROOM + BODY_ROOM);
    if (!p->data) end = RESET;
#ifdef FAULTD_TLS
    if (p->at->kind == TLS && tls_accept(p) != 0) end = p->at->stall ? HANG : CLOSE;
#endif
    while (end == KEEP) {
        end = serve(p);
        if (end != KEEP) break;
        p->len -= p->head_len + p->body_len;
        memmove(p->data, p->data + p->head_len + p->body_len, p->len);
    }
    peer_end(p, end);
    free(p->data);
}
static void *peer_main(void *user) {
    peer *p = (peer *)user;
    int on = 1;
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (p->at->kind == RAW)
        peer_raw(p);
    else if (p->at->kind == CONTROL)
        peer_control(p);
    else
        peer_http(p);
    count(&p->at->open, -1);
    free(p);
    return NULL;
}

/* ---- certificates ---- */

#ifdef FAULTD_TLS
#define DAY 86400L
typedef struct identity {
    X509 *cert;
    EVP_PKEY *key;
} identity;

static void must(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "faultd: %s\n", what);
    exit(1);
}
static void extend(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509_EXTENSION *extension;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(cert, extension, -1), value);
    X509_EXTENSION_free(extension);
}
/* A DNS name with a NUL inside. */
static void extend_nul(X509 *cert) {
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    must(names && entry && text && ASN1_STRING_set(text, "localhost\0.other.example", 23), "out of memory");
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    must(sk_GENERAL_NAME_push(names, entry) && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0),
            "the name with a NUL");
    GENERAL_NAMES_free(names);
}
/* issuer NULL: signed by itself. san NULL: none, "nul": the one with a NUL. rsa: bits, 0: an elliptic curve.
 */
static identity identity_make(const char *cn, const char *san, long from, long to, const identity *issuer,
        int ca, const char *usage, int rsa) {
    static long serial = 1;
    identity id;
    X509_NAME *name;
    id.key = rsa ? EVP_RSA_gen((unsigned)rsa) : EVP_EC_gen("P-256");
    id.cert = X509_new();
    must(id.key && id.cert, "no key");
    X509_set_version(id.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(id.cert), ((long)time(NULL) & 0xFFFFFF) * 64 + serial++);
    X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
    X509_gmtime_adj(X509_getm_notAfter(id.cert), to);
    name = X509_get_subject_name(id.cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
    X509_set_issuer_name(id.cert, issuer ? X509_get_subject_name(issuer->cert) : name);
    X509_set_pubkey(id.cert, id.key);
    extend(id.cert, issuer ? issuer->cert : id.cert, NID_basic_constraints,
            ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(id.cert, id.cert, NID_key_usage,
            ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (san && strcmp(san, "nul") == 0)
        extend_nul(id.cert);
    else if (san)
        extend(id.cert, id.cert, NID_subject_alt_name, san);
    if (usage) extend(id.cert, id.cert, NID_ext_key_usage, usage);
    must(X509_sign(id.cert, issuer ? issuer->key : id.key, EVP_sha256()) > 0, "no signature");
    return id;
}

#define HERE "DNS:localhost,DNS:hooks.localhost,DNS:*.wild.localhost,IP:127.0.0.1,IP:::1"
static identity root, other_root, leaf_issuer, identities[CERTIFICATES];

static void identities_make(const char *ca_file) {
    static const struct {
        certificate id;
        const char *cn, *san;
        long from, to;
        int issuer;
        const char *usage;
    } rows[] = {
            {GOOD, "receiver", HERE, -DAY, DAY, 1, "serverAuth"},
            {WRONG_HOST, "receiver", "DNS:other.example,DNS:localhost.other.example", -DAY, DAY, 1,
                    "serverAuth"},
            {EXPIRED, "receiver", HERE, -3 * DAY, -DAY, 1, "serverAuth"},
            {NOT_YET, "receiver", HERE, DAY, 3 * DAY, 1, "serverAuth"},
            {SELF_SIGNED, "receiver", HERE, -DAY, DAY, 0, "serverAuth"},
            {OTHER_CA, "receiver", HERE, -DAY, DAY, 2, "serverAuth"},
            {CN_ONLY, "localhost", NULL, -DAY, DAY, 1, "serverAuth"},
            {WILDCARD, "receiver", "DNS:*.localhost", -DAY, DAY, 1, "serverAuth"},
            {OTHER_IP, "receiver", "IP:127.0.0.2,IP:::2", -DAY, DAY, 1, "serverAuth"},
            {IP_ONLY, "receiver", "IP:127.0.0.1", -DAY, DAY, 1, "serverAuth"},
            {NAME_FOR_IP, "receiver", "DNS:127.0.0.1", -DAY, DAY, 1, "serverAuth"},
            {NUL_NAME, "receiver", "nul", -DAY, DAY, 1, "serverAuth"},
            {LEAF_CA, "receiver", HERE, -DAY, DAY, 3, "serverAuth"},
            {CLIENT_ONLY, "receiver", HERE, -DAY, DAY, 1, "clientAuth"},
            {RSA_GOOD, "receiver", HERE, -DAY, DAY, 1, "serverAuth"},
            {BRIEF, "receiver", HERE, -DAY, 3600, 1, "serverAuth"},
            {WEAK, "receiver", HERE, -DAY, DAY, 1, "serverAuth"},
    };
    const identity *issuers[4];
    FILE *f;
    size_t i;
    root = identity_make("faultd CA", NULL, -DAY, DAY, NULL, 1, NULL, 0);
    other_root = identity_make("another CA", NULL, -DAY, DAY, NULL, 1, NULL, 0);
    leaf_issuer = identity_make("no CA", "DNS:issuer.example", -DAY, DAY, &root, 0, NULL, 0);
    issuers[0] = NULL;
    issuers[1] = &root;
    issuers[2] = &other_root;
    issuers[3] = &leaf_issuer;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        identities[rows[i].id] = identity_make(rows[i].cn, rows[i].san, rows[i].from, rows[i].to,
                issuers[rows[i].issuer], 0, rows[i].usage,
                rows[i].id == RSA_GOOD ? 2048
                : rows[i].id == WEAK   ? 1024
                                       : 0);
    f = ca_file ? fopen(ca_file, "w") : NULL;
    must(!ca_file || (f && PEM_write_X509(f, root.cert) && fclose(f) == 0), "the CA file cannot be written");
}
static int alpn_pick(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
        unsigned len, void *user) {
    static const unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char *chosen;
    int result = SSL_select_next_proto(&chosen, out_len, ours, sizeof ours, in, len);
    (void)ssl;
    (void)user;
    if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}
/* Notes the name that the client asks for, also when a session is resumed (RFC 6066 section 3). */
static int hello_note(SSL *ssl, int *alert, void *user) {
    peer *p = (peer *)SSL_get_app_data(ssl);
    const unsigned char *data;
    size_t len;
    (void)alert;
    (void)user;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &len) && len > 5)
        snprintf(p->sni, sizeof p->sni, "%.*s", (int)(len - 5), (const char *)data + 5);
    return SSL_CLIENT_HELLO_SUCCESS;
}
/* What changes from the second connection on. */
static void port_change(port *at) {
    const identity *id = &identities[at->later];
    SSL_CTX *ctx = (SSL_CTX *)at->ctx;
    unsigned char keys[80]; /* a name, and keys for encryption and HMAC */
    if (at->later != GOOD)
        must(SSL_CTX_use_certificate(ctx, id->cert) && SSL_CTX_use_PrivateKey(ctx, id->key),
                "no certificate");
    if (!at->forgets) return;
    SSL_CTX_flush_sessions(ctx, 0);
    must(RAND_bytes(keys, sizeof keys) == 1 && SSL_CTX_set_tlsext_ticket_keys(ctx, keys, sizeof keys),
            "no keys for tickets");
}
static void port_secure(port *at) {
    const identity *id = &identities[at->cert];
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    char groups[64]; /* OpenSSL's macro takes the const away */
    must(ctx != NULL, "no SSL_CTX");
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, at->oldest ? at->oldest : TLS1_VERSION);
    SSL_CTX_set_max_proto_version(ctx, at->newest);
    must(SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0"), "no ciphers");
    must(SSL_CTX_use_certificate(ctx, id->cert) && SSL_CTX_use_PrivateKey(ctx, id->key), "no certificate");
    if (at->cert == LEAF_CA) SSL_CTX_add1_chain_cert(ctx, leaf_issuer.cert);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)at->name, 3);
    snprintf(groups, sizeof groups, "%s", at->groups ? at->groups : "");
    must(!at->groups || SSL_CTX_set1_groups_list(ctx, groups), "no such groups");
    SSL_CTX_set_timeout(ctx, 7 * DAY); /* of sessions: it is the client who ends them */
    SSL_CTX_set_alpn_select_cb(ctx, alpn_pick, NULL);
    SSL_CTX_set_client_hello_cb(ctx, hello_note, NULL);
    at->ctx = ctx;
}
#endif

/* ---- ports ---- */

/* Fills the queue of a port that nobody accepts from, so that no further SYN is answered. */
static void port_fill(const struct sockaddr *address, socklen_t len) {
    int i;
    for (i = 0; i < 4; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct timeval quick;
        quick.tv_sec = 0;
        quick.tv_usec = 50000;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &quick, sizeof quick);
        if (connect(fd, address, len) != 0) break; /* kept open by the process */
    }
}
static int port_open(port *at) {
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr *address = at->ipv6 ? (struct sockaddr *)(void *)&v6 : (struct sockaddr *)(void *)&v4;
    socklen_t len = at->ipv6 ? sizeof v6 : sizeof v4;
    int room = 65536; /* so that a large request does not vanish in the system's buffers */
    memset(&v4, 0, sizeof v4);
    memset(&v6, 0, sizeof v6);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    at->fd = socket(at->ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (at->fd < 0 || bind(at->fd, address, len) != 0 || getsockname(at->fd, address, &len) != 0)
        return at->ipv6 ? 0 : -1;
    at->number = ntohs(at->ipv6 ? v6.sin6_port : v4.sin_port);
    if (at->kind == REFUSE) return 0;
    setsockopt(at->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (listen(at->fd, at->kind == BLACK_HOLE ? 0 : 1024) != 0) return -1;
    if (at->kind == BLACK_HOLE) port_fill(address, len);
#ifdef FAULTD_TLS
    if (at->kind == TLS) port_secure(at);
#endif
    return 0;
}
static void port_accept(port *at) {
    pthread_t thread;
    pthread_attr_t attributes;
    peer *p = (peer *)calloc(1, sizeof *p);
    int fd = accept(at->fd, NULL, NULL);
    if (fd < 0 || !p) {
        free(p);
        return;
    }
    p->fd = fd;
    p->at = at;
#ifdef FAULTD_TLS
    if (at->kind == TLS && at->connections > 0) port_change(at);
#endif
    count(&at->connections, 1);
    count(&at->open, 1);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 262144);
    if (pthread_create(&thread, &attributes, peer_main, p) != 0) {
        close(fd);
        count(&at->open, -1);
        free(p);
    }
    pthread_attr_destroy(&attributes);
}

static long long faultd_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int input_watched(void) {
    struct stat s;
    return isatty(0) || (fstat(0, &s) == 0 && (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode)));
}
static int faultd_run(int seconds, const char *ca_file) {
    struct pollfd items[PORTS + 1];
    long long end = faultd_now() + seconds * 1000LL, left;
    size_t i;
    signal(SIGPIPE, SIG_IGN);
    (void)ca_file;
#ifdef FAULTD_TLS
    identities_make(ca_file);
#endif
    for (i = 0; i < PORTS; i++) {
        if (port_open(&ports[i]) != 0) {
            perror("faultd");
            return 1;
        }
        printf("%s=%d%s", ports[i].name, ports[i].number, i + 1 < PORTS ? " " : "\n");
        items[i].fd =
                ports[i].number && ports[i].kind != REFUSE && ports[i].kind != BLACK_HOLE ? ports[i].fd : -1;
        items[i].events = POLLIN;
    }
    fflush(stdout);
    items[PORTS].fd = input_watched() ? 0 : -1;
    items[PORTS].events = POLLIN;
    while ((left = end - faultd_now()) > 0) {
        char input[256];
        if (poll(items, PORTS + 1, (int)left) < 0 && errno != EINTR) return 1;
        if (items[PORTS].revents && read(0, input, sizeof input) <= 0) return 0;
        for (i = 0; i < PORTS; i++)
            if (items[i].revents) port_accept(&ports[i]);
    }
    return 0;
}

#ifndef FAULTD_NO_MAIN
int main(int argc, char **argv) {
    int seconds = argc > 1 ? atoi(argv[1]) : 0;
    if (seconds < 1 || argc > 3) {
        fprintf(stderr, "usage: faultd SECONDS [CA_FILE]\n");
        return 2;
    }
    _exit(faultd_run(
            seconds, argc > 2 ? argv[2] : NULL)); /* connections may still be served by their threads */
}
#endif
