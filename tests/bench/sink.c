/* The receiver of the delivery benchmark: HTTP/1.1 over epoll, one thread, keep-alive, plain and with OpenSSL
   over TLS.

   sink SECONDS [CERTIFICATE KEY]
       listens on free ports of 127.0.0.1, prints them (the second is that of TLS), ends by itself

   Every POST is answered 200. A path that is a number, /1000, is answered after so many milliseconds; the
   slow answers of one time have one delay. Linux. deliver.sh builds and runs it. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_OPENSSL
#include <openssl/ssl.h>
#else
typedef struct ssl_st SSL;
#endif
#include "sink.h"

enum { MOST = 1 << 16, ROOM = 8192, EVENTS = 1024 };

/* kept: an incomplete request. */
typedef struct conn {
    SSL *ssl;
    char *kept;
    size_t kept_len;
    uint32_t born;
    uint8_t open, tls;
} conn;
static conn conns[MOST];
static int set, plain_fd, tls_fd = -1;
static uint32_t births;

static struct {
    int64_t due;
    int fd;
    uint32_t born;
} queue[MOST];
static size_t queue_first, queue_count;

static void broken(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- TLS ---- */

#ifdef HAVE_OPENSSL
static SSL_CTX *tls_ctx;

static void tls_init(const char *certificate, const char *key) {
    tls_ctx = SSL_CTX_new(TLS_server_method());
    if (!tls_ctx || SSL_CTX_use_certificate_chain_file(tls_ctx, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(tls_ctx, key, SSL_FILETYPE_PEM) != 1)
        broken("certificate");
    SSL_CTX_set_read_ahead(tls_ctx, 1);
    SSL_CTX_set_mode(tls_ctx, SSL_MODE_RELEASE_BUFFERS);
}
static int tls_open(conn *c, int fd) {
    if (c->ssl || !tls_ctx) return c->ssl != NULL;
    c->ssl = SSL_new(tls_ctx);
    if (!c->ssl || SSL_set_fd(c->ssl, fd) != 1) return 0;
    SSL_set_accept_state(c->ssl);
    return 1;
}
/* As recv: 0 at the end, below 0 when there is nothing yet. */
static ssize_t tls_recv(conn *c, char *data, size_t len) {
    int n = SSL_read(c->ssl, data, (int)len);
    if (n > 0) return n;
    return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? -1 : 0;
}
static int tls_more(const conn *c) { return c->ssl && SSL_has_pending(c->ssl); }
static int tls_send(conn *c, const char *data, size_t len) {
    return SSL_write(c->ssl, data, (int)len) == (int)len;
}
static void tls_close(conn *c) { SSL_free(c->ssl); }
#else
static void tls_init(const char *certificate, const char *key) {
    (void)certificate;
    (void)key;
    fprintf(stderr, "sink: built without OpenSSL\n");
    exit(1);
}
static int tls_open(conn *c, int fd) { return (void)c, (void)fd, 0; }
static ssize_t tls_recv(conn *c, char *data, size_t len) { return (void)c, (void)data, (void)len, 0; }
static int tls_more(const conn *c) { return (void)c, 0; }
static int tls_send(conn *c, const char *data, size_t len) { return (void)c, (void)data, (void)len, 0; }
static void tls_close(conn *c) { (void)c; }
#endif

/* ---- one connection ---- */

static void conn_close(int fd) {
    conn *c = &conns[fd];
    if (c->ssl) tls_close(c);
    free(c->kept);
    memset(c, 0, sizeof *c);
    close(fd);
}

static int conn_answer(int fd) {
    conn *c = &conns[fd];
    return c->tls ? tls_send(c, ANSWER, ANSWER_LEN)
                  : send(fd, ANSWER, ANSWER_LEN, MSG_NOSIGNAL) == (ssize_t)ANSWER_LEN;
}

/* The length of the request that data begins with, and the delay that it asks for; 0: it is not complete, -1:
 * it is none. */
static ssize_t request_len(const char *data, size_t len, int *delay) {
    static const char field[] = "\r\nContent-Length: ";
    const char *end = (const char *)memmem(data, len, "\r\n\r\n", 4), *length;
    size_t total;
    if (!end) return len < ROOM ? 0 : -1;
    length = (const char *)memmem(data, (size_t)(end - data), field, sizeof field - 1);
    if (!length || memcmp(data, "POST /", 6) != 0) return -1;
    total = (size_t)(end + 4 - data) + strtoul(length + sizeof field - 1, NULL, 10);
    *delay = atoi(data + 6);
    if (total > ROOM) return -1;
    return len < total ? 0 : (ssize_t)total;
}

/* Answers what is complete and keeps the rest; 0: the connection is of no more use. */
static int conn_take(int fd, const char *data, size_t len) {
    conn *c = &conns[fd];
    for (;;) {
        int delay = 0;
        ssize_t n = len ? request_len(data, len, &delay) : 0;
        if (n < 0) return 0;
        if (n == 0) break;
        if (delay) {
            size_t at = (queue_first + queue_count++) % MOST;
            if (queue_count > MOST) broken("queue");
            queue[at].due = now_ms() + delay;
            queue[at].fd = fd;
            queue[at].born = c->born;
        } else if (!conn_answer(fd))
            return 0;
        data += n;
        len -= (size_t)n;
    }
    if (len) {
        if (!c->kept && !(c->kept = (char *)malloc(ROOM))) broken("memory");
        memmove(c->kept, data, len);
    }
    c->kept_len = len;
    return 1;
}

static void conn_read(int fd) {
    static char shared[ROOM];
    conn *c = &conns[fd];
    if (!c->open) return;
    if (c->tls && !tls_open(c, fd)) {
        conn_close(fd);
        return;
    }
    do {
        char *at = c->kept_len ? c->kept : shared;
        size_t had = c->kept_len;
        ssize_t n = c->tls ? tls_recv(c, at + had, ROOM - had) : recv(fd, at + had, ROOM - had, 0);
        if (n < 0 && (c->tls || errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0 || !conn_take(fd, at, had + (size_t)n)) {
            conn_close(fd);
            return;
        }
    } while (tls_more(c));
}

/* ---- the loop ---- */

static int listen_on(uint16_t *port) {
    struct sockaddr_in addr;
    struct epoll_event event;
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 65535) != 0 ||
            getsockname(fd, (struct sockaddr *)&addr, &len) != 0)
        broken("listen");
    *port = ntohs(addr.sin_port);
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) broken("epoll_ctl");
    return fd;
}

static void accept_all(int listener) {
    struct epoll_event event;
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MOST) broken("too many descriptors");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        memset(&conns[fd], 0, sizeof conns[fd]);
        conns[fd].born = ++births;
        conns[fd].open = 1;
        conns[fd].tls = listener == tls_fd;
        event.events = EPOLLIN;
        event.data.fd = fd;
        if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) broken("epoll_ctl");
    }
}

/* Answers what is due; the time until the next, -1: none waits. */
static int answer_due(void) {
    int64_t now = queue_count ? now_ms() : 0;
    while (queue_count && queue[queue_first].due <= now) {
        int fd = queue[queue_first].fd;
        if (conns[fd].born == queue[queue_first].born && !conn_answer(fd)) conn_close(fd);
        queue_first = (queue_first + 1) % MOST;
        queue_count--;
    }
    return queue_count ? (int)(queue[queue_first].due - now) : -1;
}

int main(int argc, char **argv) {
    static struct epoll_event events[EVENTS];
    struct rlimit limit;
    uint16_t port;
    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: sink SECONDS [CERTIFICATE KEY]\n");
        return 2;
    }
    alarm((unsigned)atoi(argv[1]));
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    set = epoll_create1(EPOLL_CLOEXEC);
    plain_fd = listen_on(&port);
    printf("%u\n", port);
    if (argc == 4) {
        tls_init(argv[2], argv[3]);
        tls_fd = listen_on(&port);
        printf("%u\n", port);
    }
    fflush(stdout);
    for (;;) {
        int i, count = epoll_wait(set, events, EVENTS, answer_due());
        if (count < 0 && errno != EINTR) broken("epoll_wait");
        for (i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == plain_fd || fd == tls_fd)
                accept_all(fd);
            else
                conn_read(fd);
        }
    }
}
