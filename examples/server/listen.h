/* The socket, and the sweeper: libmicrohttpd's timeout is for silence, so a client that sends a byte now and
   then would keep its connection for ever. Here each has its time in all. */

typedef enum connection_phase {
    PHASE_FREE,
    PHASE_HEAD, /* the first head is awaited */
    PHASE_NEXT, /* a further one */
    PHASE_BODY,
    PHASE_ANSWER,
    PHASE_STREAM /* as long as it likes */
} connection_phase;

typedef struct client {
    int fd;
    connection_phase phase;
    int64_t since;    /* monotonic ms */
    request *request; /* that has begun and not ended */
} client;

typedef struct listener {
    int fd;
    uint16_t port;
    char url[96]; /* http://127.0.0.1:8787 */

    pthread_t sweeper;
    int has_sweeper;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    client places[CONNECTIONS_MOST];
    size_t count;
    int is_closing;
    uint64_t swept;
} listener;

/* ---- the socket ---- */

enum { BACKLOG = 128 };

static int listen_address(const options *opt, struct sockaddr_storage *address, socklen_t *len) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)address;

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, opt->host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(opt->port);
        *len = sizeof *v4;
        return 1;
    }
    if (inet_pton(AF_INET6, opt->host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(opt->port);
        *len = sizeof *v6;
        return 1;
    }
    return usage_error("--listen takes an address, not", opt->host);
}

static int listen_open(listener *l, const options *opt) {
    struct sockaddr_storage address;
    socklen_t len;
    int on = 1;

    if (!listen_address(opt, &address, &len)) return 0;
    l->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0) return usage_error("socket", strerror(errno));
    (void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6) (void)setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(l->fd, (struct sockaddr *)&address, len) != 0 || listen(l->fd, BACKLOG) != 0 ||
            getsockname(l->fd, (struct sockaddr *)&address, &len) != 0)
        return usage_error(opt->listen, strerror(errno));

    l->port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&address)->sin_port
                                                 : ((struct sockaddr_in6 *)(void *)&address)->sin6_port);
    snprintf(l->url, sizeof l->url, "%s://%s%s%s:%u", opt->cert ? "https" : "http",
            address.ss_family == AF_INET6 ? "[" : "", opt->host, address.ss_family == AF_INET6 ? "]" : "",
            (unsigned)l->port);
    return 1;
}

/* ---- the sweeper ---- */

static int64_t connection_bound_ms(connection_phase phase) {
    switch (phase) {
    case PHASE_HEAD: return HEAD_S * 1000;
    case PHASE_NEXT: return (IDLE_S + HEAD_S) * 1000;
    case PHASE_BODY: return BODY_S * 1000;
    case PHASE_ANSWER: return ANSWER_S * 1000;
    case PHASE_FREE:
    case PHASE_STREAM: break;
    }
    return INT64_MAX;
}

static void *sweeper_run(void *user) {
    listener *l = (listener *)user;
    struct timespec until;
    int64_t now;
    size_t i;

    (void)pthread_mutex_lock(&l->lock);
    while (!l->is_closing) {
        if (!l->count) {
            (void)pthread_cond_wait(&l->changed, &l->lock);
            continue;
        }
        now = monotonic_ms();
        for (i = 0; i < CONNECTIONS_MOST; i++) {
            client *c = &l->places[i];

            if (now - c->since < connection_bound_ms(c->phase)) continue;
            (void)shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd closes it */
            c->phase = PHASE_STREAM;
            l->swept++;
        }
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        (void)pthread_cond_timedwait(&l->changed, &l->lock, &until);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return NULL;
}

static int sweeper_start(listener *l) {
    pthread_condattr_t attr;
    sigset_t all, before;

    (void)pthread_mutex_init(&l->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&l->changed, &attr);
    (void)pthread_condattr_destroy(&attr);

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    l->has_sweeper = pthread_create(&l->sweeper, NULL, sweeper_run, l) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->has_sweeper;
}
static void sweeper_stop(listener *l) {
    if (!l->has_sweeper) return;
    (void)pthread_mutex_lock(&l->lock);
    l->is_closing = 1;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
    (void)pthread_join(l->sweeper, NULL);
}

/* ---- what libmicrohttpd tells of connections ---- */

static void connection_phase_is(listener *l, client *c, connection_phase phase) {
    if (!c) return;
    (void)pthread_mutex_lock(&l->lock);
    c->phase = phase;
    c->since = monotonic_ms();
    (void)pthread_mutex_unlock(&l->lock);
}

static client *connection_enter(listener *l, int fd) {
    client *c = NULL;
    size_t i;

    (void)pthread_mutex_lock(&l->lock);
    for (i = 0; i < CONNECTIONS_MOST && !c; i++)
        if (l->places[i].phase == PHASE_FREE) c = &l->places[i];
    if (c) {
        c->fd = fd;
        c->phase = PHASE_HEAD;
        c->since = monotonic_ms();
        if (!l->count++) (void)pthread_cond_broadcast(&l->changed);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return c;
}
/* Whether a request comes in or an answer goes out. */
static int connection_busy(listener *l) {
    int busy = 0;
    size_t i;

    (void)pthread_mutex_lock(&l->lock);
    for (i = 0; i < CONNECTIONS_MOST; i++)
        if (l->places[i].phase == PHASE_BODY || l->places[i].phase == PHASE_ANSWER) busy = 1;
    (void)pthread_mutex_unlock(&l->lock);
    return busy;
}
static void connection_leave(listener *l, client *c) {
    if (!c) return;
    (void)pthread_mutex_lock(&l->lock);
    c->phase = PHASE_FREE;
    l->count--;
    (void)pthread_mutex_unlock(&l->lock);
}
