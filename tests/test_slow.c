/* What takes seconds. Many slow receivers at once, and one thread that delivers to them all: 1,000, or with
   LONG=1 in the environment 10,000. The receivers are a process of its own, as both ends of 10,000
   connections are more descriptors than one process may often have. And addresses that do not answer, with
   others behind them that do. */
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"
#include "guard.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY "{\"event\":\"call.ended\",\"data\":{\"callId\":\"call_1\"}}"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define REFUSAL "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
enum { PORTS = 50, MOST = 10000, ROOM = 64, PATIENCE_S = 300 };

static unsigned receivers = 1000;
static int delay_ms = 2000;

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int64_t cpu_ms(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return ((int64_t)used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

/* ---- the receivers: each reads, checks and answers once its time has come; due in the order in which they
 * were accepted ---- */

typedef struct receivers_seen {
    unsigned most_open, verified;
} receivers_seen;
static struct {
    int fd;
    int64_t due;
} line[MOST];

/* The request is signed with SECRET. */
static int is_signed(char *request) {
    static const char name[] = "\r\nX-Webhook-Signature: ";
    char *value = strstr(request, name), *body = strstr(request, "\r\n\r\n"), *end;
    if (!value || !body || value > body) return 0;
    value += sizeof name - 1;
    end = strstr(value, "\r\n");
    *end = 0;
    body += 4;
    return akolhook_verify(SECRET, value, body, strlen(body)) == AKOLHOOK_OK;
}

static void answer(int fd, receivers_seen *seen) {
    char request[4096];
    const char *text = REFUSAL;
    ssize_t n = recv(fd, request, sizeof request - 1, 0);
    if (n < 0) n = 0;
    request[n] = 0;
    if (is_signed(request)) {
        seen->verified++;
        text = ANSWER;
    }
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) seen->verified = 0;
}

/* Serves the listeners until all have been answered, tells what it saw, and stays until the other end is
 * closed. */
static void receivers_run(const int *listeners, int control) {
    struct pollfd polled[PORTS];
    receivers_seen seen = {0, 0};
    unsigned accepted = 0, answered = 0;
    char byte;
    int i;
    for (i = 0; i < PORTS; i++) {
        polled[i].fd = listeners[i];
        polled[i].events = POLLIN;
        fcntl(listeners[i], F_SETFL, O_NONBLOCK);
    }
    while (answered < receivers) {
        int64_t now = now_ms();
        int wait =
                answered < accepted ? (line[answered].due > now ? (int)(line[answered].due - now) : 0) : -1;
        if (poll(polled, accepted < receivers ? PORTS : 0, wait) < 0) break;
        for (i = 0, now = now_ms(); i < PORTS; i++) {
            int fd;
            while (accepted < receivers && (polled[i].revents & POLLIN) &&
                    (fd = accept(listeners[i], NULL, NULL)) >= 0) {
                fcntl(fd, F_SETFL, O_NONBLOCK);
                line[accepted].fd = fd;
                line[accepted++].due = now + delay_ms;
            }
            polled[i].revents = 0;
        }
        if (accepted - answered > seen.most_open) seen.most_open = accepted - answered;
        for (; answered < accepted && line[answered].due <= now; answered++) answer(line[answered].fd, &seen);
    }
    if (write(control, &seen, sizeof seen) != (ssize_t)sizeof seen) return;
    while (read(control, &byte, 1) > 0) {}
}

static int listen_on(uint16_t *port) {
    struct sockaddr_in addr;
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, 1024) != 0 ||
            getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        perror("listen");
        exit(1);
    }
    *port = ntohs(addr.sin_port);
    return fd;
}

/* The process of the receivers; *control is what it tells to. */
static pid_t receivers_start(uint16_t ports[PORTS], int *control) {
    int listeners[PORTS], pair[2], i;
    pid_t pid;
    for (i = 0; i < PORTS; i++) listeners[i] = listen_on(&ports[i]);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || (pid = fork()) < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        close(pair[0]);
        alarm(PATIENCE_S);
        receivers_run(listeners, pair[1]);
        _exit(0);
    }
    for (i = 0; i < PORTS; i++) close(listeners[i]);
    close(pair[1]);
    *control = pair[0];
    return pid;
}

/* ---- the sender ---- */

static struct {
    unsigned done, good;
    int64_t least_ms;
    char bad[160];
} result;

static void on_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    const akolhook_str *text = &delivery->response;
    int is_ok = text->len == 2 && memcmp(text->ptr, "ok", 2) == 0;
    (void)id;
    if ((*(int *)user)++ != 0) return; /* told twice: not good */
    result.done++;
    if (delivery->ms < result.least_ms) result.least_ms = delivery->ms;
    if (delivery->status == AKOLHOOK_OK && delivery->code == 200 && is_ok)
        result.good++;
    else if (!result.bad[0])
        snprintf(result.bad, sizeof result.bad, "%s, code %d, phase %s, native error %ld",
                akolhook_status_name(delivery->status), delivery->code, akolhook_phase_name(delivery->phase),
                delivery->native_error);
}

/* How many entries a directory of /proc has; -1 where there is no such thing. */
static int entries(const char *path) {
    DIR *dir = opendir(path);
    int count = 0;
    if (!dir) return -1;
    while (readdir(dir)) count++;
    closedir(dir);
    return count;
}
static int open_descriptors(void) {
    int count = 0, fd;
    for (fd = 0; fd < 2 * MOST; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void test_slow_receivers(void) {
    static int told[MOST];
    static char urls[PORTS][ROOM];
    uint16_t ports[PORTS];
    receivers_seen seen = {0, 0};
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_client *client = NULL;
    akolhook_status st = AKOLHOOK_OK;
    int control, descriptors, threads = entries("/proc/self/task");
    pid_t pid = receivers_start(ports, &control);
    int64_t start, took, busy;
    size_t size, left = 0;
    unsigned i, wrong = 0, polls = 0;
    guard memory, body = guard_new(sizeof BODY);

    desc.max_in_flight = receivers;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    size = akolhook_client_size(&desc);
    CHECK(size > 0);
    CHECK(size <= AKOLHOOK_CLIENT_SIZE(MOST, 0, 0, 0));
    memory = guard_new(size);
    CHECK_STATUS(akolhook_client_init(&client, memory.map + memory.room - size, size - 1, &desc),
            MEMORY_TOO_SMALL);
    descriptors = open_descriptors();
    st = akolhook_client_init(&client, memory.map + memory.room - size, size, &desc);
    CHECK_STATUS(st, OK);
    if (st != AKOLHOOK_OK) return;

    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_n(guard_copy(&body, BODY, sizeof BODY - 1), sizeof BODY - 1);
    for (i = 0; i < PORTS; i++) snprintf(urls[i], ROOM, "http://127.0.0.1:%u/hook", ports[i]);
    result.least_ms = INT32_MAX;
    start = now_ms();
    busy = cpu_ms();
    for (i = 0; i < receivers; i++) {
        request.url = akolhook_str_c(urls[i % PORTS]);
        if (akolhook_client_submit(client, &request, on_done, &told[i], NULL) != AKOLHOOK_OK) wrong++;
    }
    CHECK_INT(wrong, 0);
    do {
        st = akolhook_client_poll(client, 1000, &left);
        polls++;
    } while (st == AKOLHOOK_OK && left && now_ms() - start < PATIENCE_S * 1000);
    took = now_ms() - start;
    busy = cpu_ms() - busy;
    CHECK_STATUS(st, OK);
    CHECK_INT(left, 0);
    for (i = 0; i < receivers; i++) wrong += told[i] != 1;
    CHECK_INT(wrong, 0);
    CHECK_INT(result.done, receivers);
    CHECK_INT(result.good, receivers);
    CHECK_TEXT(result.bad, "");
    CHECK(result.least_ms >= delay_ms - 1); /* two clocks, cut to milliseconds */
    CHECK(took >= delay_ms - 1 && took < delay_ms + 4000);
    CHECK(polls <= 4 * receivers); /* connect, send, answer, one to spare: it did not spin */
    CHECK(busy < took / 2);
    CHECK_INT(entries("/proc/self/task"), threads);
    CHECK_INT(read(control, &seen, sizeof seen), sizeof seen);
    CHECK_INT(
            seen.most_open, receivers); /* all were open at once, so none was answered before the last came */
    CHECK_INT(seen.verified, receivers);
    akolhook_client_close(client);
    CHECK_INT(open_descriptors(), descriptors);
    close(control);
    CHECK(waitpid(pid, NULL, 0) == pid);
    guard_free(&memory);
    guard_free(&body);
    if (getenv("SLOW_SHOW"))
        printf("%u receivers, %d ms each: %ld ms, %ld ms of processor time, %u polls, %lu bytes\n", receivers,
                delay_ms, (long)took, (long)busy, polls, (unsigned long)size);
}

/* ---- a name with several addresses, of which the first is a black hole ---- */

#ifdef __linux__ /* where all of 127.0.0.0/8 is this machine, and a full backlog drops what comes */
enum {
    HOLE = 2,
    GOOD = 3,
    REFUSING = 4,
    DEADLINE_MS = 4000
}; /* the last number of the address; the hole takes 3 s */
static const struct {
    const char *host;
    uint8_t addrs[3];
    akolhook_status status;
    int least_ms, most_ms;
} routes[] = {{"good.example.com", {GOOD, HOLE}, AKOLHOOK_OK, 0, DEADLINE_MS},
        {"refused-first.example.com", {REFUSING, GOOD}, AKOLHOOK_OK, 0, DEADLINE_MS},
        {"hole-first.example.com", {HOLE, GOOD}, AKOLHOOK_OK, 3000, DEADLINE_MS},
        {"hole-between.example.com", {REFUSING, HOLE, GOOD}, AKOLHOOK_OK, 3000, DEADLINE_MS},
        {"holes.example.com", {HOLE, HOLE, GOOD}, AKOLHOOK_DEADLINE, DEADLINE_MS, DEADLINE_MS + 9000},
        {"hole.example.com", {HOLE}, AKOLHOOK_DEADLINE, DEADLINE_MS, DEADLINE_MS + 9000}};
enum { ROUTES = sizeof routes / sizeof routes[0] };

static int route_lookup(void *user, akolhook_lookup *lookup) {
    size_t i, k;
    (void)user;
    for (i = 0; i < ROUTES && strcmp(lookup->host, routes[i].host) != 0; i++) {}
    if (i == ROUTES) return AKOLHOOK_IO_FAIL;
    for (k = 0; k < 3 && routes[i].addrs[k]; k++) {
        akolhook_addr *addr = &lookup->addrs[lookup->count++];
        addr->family = 4;
        addr->bytes[0] = 127;
        addr->bytes[3] = routes[i].addrs[k];
    }
    return 0;
}
static void route_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}

static struct sockaddr_in route_address(int last, uint16_t port) {
    struct sockaddr_in addr;
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(0x7f000000u + (unsigned)last);
    addr.sin_port = htons(port);
    return addr;
}
/* Listens there; *port 0: on any. -1 when that port is taken. */
static int route_listen(int last, uint16_t *port, int backlog) {
    struct sockaddr_in addr = route_address(last, *port);
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(fd, backlog) != 0 ||
            getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        if (fd >= 0) close(fd);
        return -1;
    }
    *port = ntohs(addr.sin_port);
    return fd;
}
static pid_t route_serve(int listener) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    alarm(PATIENCE_S);
    for (;;) {
        receivers_seen seen = {0, 0};
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) _exit(1);
        answer(fd, &seen);
        close(fd);
    }
}

static akolhook_delivery routed[ROUTES];
static void on_routed(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)id;
    *(akolhook_delivery *)user = *delivery;
}
static void check_route(int i, uint16_t port) {
    const akolhook_delivery *d = &routed[i];
    const int ok = routes[i].status == AKOLHOOK_OK;
    int bad = check_bad;
    CHECK_INT(d->status, routes[i].status);
    CHECK_INT(d->code, ok ? 200 : 0);
    CHECK_INT(d->phase, ok ? AKOLHOOK_PHASE_DONE : AKOLHOOK_PHASE_CONNECT);
    CHECK(d->ms >= routes[i].least_ms && d->ms <= routes[i].most_ms);
    CHECK(d->lookup_ms >= 0 && d->lookup_ms < 9000 && d->tls_ms == -1);
    /* all addresses that were tried; what the deadline left of it depends on how long the lookup took */
    CHECK(d->connect_ms >= (ok ? routes[i].least_ms : 1) && d->connect_ms <= d->ms);
    CHECK(ok ? d->first_byte_ms >= 0 && d->first_byte_ms < 9000 : d->first_byte_ms == -1);
    CHECK(ok ? d->peer.bytes[3] == GOOD && d->peer_port == port : d->peer.family == 0);
    if (check_bad != bad)
        printf("  to %s: %s after %d ms, connect %d ms, native error %ld\n", routes[i].host,
                akolhook_status_name(d->status), (int)d->ms, (int)d->connect_ms, d->native_error);
}

static void test_black_hole(void) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_platform platform = *akolhook_posix_platform();
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_client *client = NULL;
    char urls[ROUTES][ROOM], *memory;
    int hole = -1, good = -1, refusing = -1, filling[8], i, tries, descriptors;
    uint16_t port = 0;
    size_t left = 1, size;
    pid_t pid;
    for (tries = 0; tries < 20 && refusing < 0; tries++) { /* one port, free at all three */
        if (hole >= 0) close(hole);
        if (good >= 0) close(good);
        port = 0;
        hole = route_listen(HOLE, &port, 0);
        good = route_listen(GOOD, &port, 16);
        if (good >= 0) refusing = route_listen(REFUSING, &port, 0);
    }
    CHECK(hole >= 0 && good >= 0 && refusing >= 0);
    close(refusing);          /* nobody listens there now */
    for (i = 0; i < 8; i++) { /* and nobody accepts here */
        struct sockaddr_in addr = route_address(HOLE, port);
        filling[i] = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(filling[i], F_SETFL, O_NONBLOCK);
        (void)connect(filling[i], (struct sockaddr *)&addr, sizeof addr);
    }
    pid = route_serve(good);
    platform.lookup_fn = route_lookup;
    platform.lookup_cancel_fn = route_cancel;
    desc.platform = &platform;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.max_in_flight = ROUTES;
    desc.deadline_ms = DEADLINE_MS;
    size = akolhook_client_size(&desc);
    memory = (char *)malloc(size);
    descriptors = open_descriptors();
    CHECK_STATUS(akolhook_client_init(&client, memory, size, &desc), OK);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_n(BODY, sizeof BODY - 1);
    for (i = 0; i < ROUTES; i++) {
        snprintf(urls[i], ROOM, "http://%s:%u/hook", routes[i].host, port);
        request.url = akolhook_str_c(urls[i]);
        CHECK_STATUS(akolhook_client_submit(client, &request, on_routed, &routed[i], NULL), OK);
    }
    while (left && !check_bad) CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
    for (i = 0; i < ROUTES; i++) check_route(i, port);
    akolhook_client_close(client);
    CHECK_INT(open_descriptors(), descriptors);
    for (i = 0; i < 8; i++) close(filling[i]);
    close(hole);
    close(good);
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid);
    free(memory);
}
#endif

int main(void) {
    struct rlimit limit;
    const char *wanted = getenv("LONG");
    signal(SIGPIPE, SIG_DFL); /* no signal may come of it */
    alarm(PATIENCE_S);
    if (wanted && strcmp(wanted, "1") == 0) {
        receivers = MOST;
        delay_ms = 5000;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < receivers + 200) {
            receivers = limit.rlim_cur > 400 ? (unsigned)limit.rlim_cur - 200 : 100;
            printf("skipped: only %u receivers, as a process may have %lu descriptors\n", receivers,
                    (unsigned long)limit.rlim_cur);
        }
    }
    RUN(test_slow_receivers);
#ifdef __linux__
    RUN(test_black_hole);
#endif
    return check_end();
}
