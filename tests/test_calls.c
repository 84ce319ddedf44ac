/* What the hooks of the POSIX platform make of each system call: which arguments it gets, and what becomes of
   each of its results. All of the calls are made up here. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define AKOLHOOK_I_SYS(name) SYS_##name
#define SYS_clock_gettime made_clock_gettime
#define SYS_time made_time
#define SYS_close made_close
#define SYS_fcntl made_fcntl
#define SYS_socket made_socket
#define SYS_setsockopt made_setsockopt
#define SYS_connect made_connect
#define SYS_getsockopt made_getsockopt
#define SYS_getpeername made_getpeername
#define SYS_poll made_poll
#define SYS_epoll_create1 made_epoll_create1
#define SYS_epoll_ctl made_epoll_ctl
#define SYS_epoll_wait made_epoll_wait
#define SYS_sendmsg made_sendmsg
#define SYS_recv made_recv
/* of these no test here makes use */
#define SYS_getrandom getrandom
#define SYS_open open
#define SYS_read read
#define SYS_send send
#define SYS_socketpair socketpair
#define SYS_getaddrinfo getaddrinfo
#define SYS_freeaddrinfo freeaddrinfo
#define SYS_pthread_sigmask pthread_sigmask
#define SYS_pthread_attr_init pthread_attr_init
#define SYS_pthread_create pthread_create
#define SYS_pthread_mutex_lock pthread_mutex_lock
#define SYS_pthread_mutex_unlock pthread_mutex_unlock

/* ---- calls that give what they are told to ---- */

/* One call's results, in turn; the last one stays. */
typedef struct made {
    struct {
        long result;
        int error; /* what errno is afterwards */
    } gives[4];
    int count; /* of results */
    int calls; /* how often it was made since then */
} made;
static made socket_made, options_made, connect_made, error_made, peer_made, poll_made, create_made, ctl_made,
        wait_made, sendmsg_made, recv_made, clock_made;

static void give(made *m, long result, int error) {
    memset(m, 0, sizeof *m);
    m->gives[0].result = result;
    m->gives[0].error = error;
    m->count = 1;
}
static void give_then(made *m, long result, int error) {
    m->gives[m->count].result = result;
    m->gives[m->count].error = error;
    m->count++;
}
static long take(made *m) {
    int at = m->calls < m->count ? m->calls : m->count - 1;

    m->calls++;
    errno = m->gives[at].error;
    return m->gives[at].result;
}

/* What they were given. */
static struct {
    clockid_t clock;
    struct timespec ts; /* what the clock says */
    time_t seconds;     /* and the other one */
    int family, type, protocol;
    int option_fd, level, option, value;
    socklen_t value_len, name_len, peer_room;
    int connect_fd, error_fd, error_level, error_name, peer_fd;
    int socket_error; /* what SO_ERROR says */
    struct sockaddr_storage name;
    struct pollfd fds[8]; /* as they came */
    short revents[8];     /* what poll says of them */
    nfds_t fd_count;
    int poll_timeout;
    int closed[8], closed_count;
    int flags, fd;
    struct iovec slices[8];
    size_t slice_count, room_len;
    void *room;
    int message_is_clean;
} saw;

static int made_clock_gettime(clockid_t id, struct timespec *ts) {
    saw.clock = id;
    *ts = saw.ts;
    return (int)take(&clock_made);
}
static time_t made_time(time_t *t) {
    CHECK(t == NULL);
    return saw.seconds;
}
static int made_close(int fd) {
    if (saw.closed_count < 8) saw.closed[saw.closed_count++] = fd;
    errno = EIO; /* which must not hide why it was closed */
    return -1;
}
static int made_fcntl(
        int fd, int command, int argument) { /* where a socket is not made as it should be at once */
    (void)fd;
    (void)command;
    (void)argument;
    return 0;
}
static int made_socket(int family, int type, int protocol) {
    saw.family = family;
    saw.type = type;
    saw.protocol = protocol;
    return (int)take(&socket_made);
}
static int made_setsockopt(int fd, int level, int name, const void *value, socklen_t len) {
    saw.option_fd = fd;
    saw.level = level;
    saw.option = name;
    saw.value_len = len;
    memcpy(&saw.value, value, sizeof saw.value);
    return (int)take(&options_made);
}
static int made_connect(int fd, const struct sockaddr *name, socklen_t len) {
    saw.connect_fd = fd;
    saw.name_len = len;
    memset(&saw.name, 0, sizeof saw.name);
    memcpy(&saw.name, name, len < sizeof saw.name ? len : sizeof saw.name);
    return (int)take(&connect_made);
}
static int made_getsockopt(int fd, int level, int name, void *value, socklen_t *len) {
    saw.error_fd = fd;
    saw.error_level = level;
    saw.error_name = name;
    saw.value_len = *len;
    memcpy(value, &saw.socket_error, sizeof saw.socket_error);
    return (int)take(&error_made);
}
static int made_getpeername(int fd, struct sockaddr *name, socklen_t *len) {
    (void)name;
    saw.peer_fd = fd;
    saw.peer_room = *len;
    return (int)take(&peer_made);
}
static int made_poll(struct pollfd *fds, nfds_t count, int timeout_ms) {
    nfds_t i;

    saw.fd_count = count;
    saw.poll_timeout = timeout_ms;
    for (i = 0; i < count && i < 8; i++) {
        saw.fds[i] = fds[i];
        fds[i].revents = saw.revents[i];
    }
    return (int)take(&poll_made);
}
static ssize_t made_sendmsg(int fd, const struct msghdr *message, int flags) {
    size_t i;

    saw.fd = fd;
    saw.flags = flags;
    saw.slice_count = (size_t)message->msg_iovlen;
    for (i = 0; i < saw.slice_count && i < 8; i++) saw.slices[i] = message->msg_iov[i];
    saw.message_is_clean = !message->msg_name && !message->msg_namelen && !message->msg_control &&
                           !message->msg_controllen && !message->msg_flags;
    return (ssize_t)take(&sendmsg_made);
}
static ssize_t made_recv(int fd, void *data, size_t len, int flags) {
    saw.fd = fd;
    saw.room = data;
    saw.room_len = len;
    saw.flags = flags;
    return (ssize_t)take(&recv_made);
}

#if defined(__linux__) && !defined(AKOLHOOK_NO_EPOLL)
static struct {
    int flags, set, what, whats[4], fd, most, timeouts[4];
    struct epoll_event event;
    struct epoll_event tells[300]; /* what a wait says */
} set_saw;

static int made_epoll_create1(int flags) {
    set_saw.flags = flags;
    return (int)take(&create_made);
}
static int made_epoll_ctl(int set, int what, int fd, struct epoll_event *event) {
    set_saw.set = set;
    set_saw.whats[ctl_made.calls & 3] = what;
    set_saw.fd = fd;
    set_saw.event = *event;
    return (int)take(&ctl_made);
}
static int made_epoll_wait(int set, struct epoll_event *events, int most, int timeout_ms) {
    int ready, at = wait_made.calls & 3;

    set_saw.set = set;
    set_saw.most = most;
    set_saw.timeouts[at] = timeout_ms;
    ready = (int)take(&wait_made);
    if (ready > 0) memcpy(events, set_saw.tells, (size_t)ready * sizeof events[0]);
    return ready;
}
#endif

#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"

/* Leaves something on the stack where the next call has its variables. */
static void soil(void) {
    volatile unsigned char dirt[2048];
    size_t i;

    for (i = 0; i < sizeof dirt; i++) dirt[i] = 0xee;
}
static const akolhook_platform *platform(void) {
    memset(&saw, 0, sizeof saw);
    soil();
    return akolhook_posix_platform();
}

/* ---- clocks ---- */

static void test_clocks(void) {
    static const struct {
        int64_t seconds;
        long nanoseconds;
        int64_t ms;
    } rows[] = {{0, 0, 0}, {0, 999999, 0}, {0, 1000000, 1}, {0, 999999999, 999}, {1, 0, 1000},
            {1, 998999999, 1998}, {1, 999000000, 1999}, {1767225600, 5000001, INT64_C(1767225600005)}};
    const akolhook_platform *p = platform();
    size_t i;

    give(&clock_made, 0, 0);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        saw.ts.tv_sec = (time_t)rows[i].seconds;
        saw.ts.tv_nsec = rows[i].nanoseconds;
        CHECK_INT(p->monotonic_ms_fn(p->user), rows[i].ms);
        CHECK_INT(saw.clock, CLOCK_MONOTONIC);
        CHECK_INT(p->unix_ms_fn(p->user), rows[i].ms);
        CHECK_INT(saw.clock, CLOCK_REALTIME);
        saw.clock = CLOCK_MONOTONIC;
        CHECK_INT(akolhook_posix_now(), rows[i].seconds);
        CHECK_INT(saw.clock, CLOCK_REALTIME);
    }

    /* it tells nothing: then there is the one that counts seconds */
    give(&clock_made, -1, EINVAL);
    saw.seconds = 1767225601;
    CHECK_INT(p->monotonic_ms_fn(p->user), INT64_C(1767225601000));
    CHECK_INT(p->unix_ms_fn(p->user), INT64_C(1767225601000));
    CHECK_INT(akolhook_posix_now(), 1767225601);
}

/* ---- connecting ---- */

static void test_connect_name(void) {
    static const uint16_t ports[] = {
            1, 80, 127, 128, 254, 255, 256, 257, 443, 511, 32768, 65279, 65280, 65535};
    static const char *const hosts[] = {
            "93.184.216.34", "1.2.3.4", "2001:db8:1:2:3:4:5:6", "2606:4700::1111"};
    size_t i, k;

    for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        for (k = 0; k < sizeof ports / sizeof ports[0]; k++) {
            const akolhook_platform *p = platform();
            int family = strchr(hosts[i], ':') ? AF_INET6 : AF_INET;
            struct sockaddr_in in4;
            struct sockaddr_in6 in6;
            akolhook_addr addr;
            intptr_t out = -7;
            long native_error = 0;

            memset(&in4, 0, sizeof in4);
            in4.sin_family = AF_INET;
            in4.sin_port = htons(ports[k]);
            memset(&in6, 0, sizeof in6);
            in6.sin6_family = AF_INET6;
            in6.sin6_port = htons(ports[k]);
            CHECK_INT(inet_pton(family, hosts[i], family == AF_INET ? (void *)&in4.sin_addr : &in6.sin6_addr),
                    1);
            CHECK_STATUS(akolhook_addr_parse(akolhook_str_c(hosts[i]), &addr), OK);

            give(&socket_made, 9, 0);
            give(&options_made, 0, 0);
            give(&connect_made, 0, 0);
            CHECK_INT(p->connect_fn(p->user, &addr, ports[k], &out, &native_error), 0);
            CHECK_INT(out, 9);
            CHECK_INT(saw.connect_fd, 9);
            CHECK_INT(saw.name_len, family == AF_INET ? sizeof in4 : sizeof in6);
            CHECK(memcmp(&saw.name, family == AF_INET ? (void *)&in4 : &in6, saw.name_len) == 0);
            CHECK_INT(saw.family, family);
            CHECK_INT(saw.protocol, 0);
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
            CHECK_INT(saw.type, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
            CHECK_INT(options_made.calls, 1);
#endif
            CHECK(saw.option_fd == 9 && saw.level == IPPROTO_TCP && saw.option == TCP_NODELAY &&
                    saw.value == 1);
            CHECK_INT(saw.value_len, sizeof(int));
            CHECK_INT(saw.closed_count, 0);
        }
}

/* Each step with each error, over sockets of two numbers; 0 is one like any other. */
static void test_connect_results(void) {
    enum { SOCKET, OPTIONS, CONNECT };
    static const struct {
        int step, error, result;
    } rows[] = {{CONNECT, EINPROGRESS, AKOLHOOK_IO_WANT_WRITE}, {CONNECT, EINTR, AKOLHOOK_IO_WANT_WRITE},
            {CONNECT, EMFILE, AKOLHOOK_IO_LIMIT}, {CONNECT, ENFILE, AKOLHOOK_IO_LIMIT},
            {CONNECT, ENOBUFS, AKOLHOOK_IO_LIMIT}, {CONNECT, ENOMEM, AKOLHOOK_IO_LIMIT},
            {CONNECT, ECONNREFUSED, AKOLHOOK_IO_FAIL}, {CONNECT, ENETUNREACH, AKOLHOOK_IO_FAIL},
            {CONNECT, EAGAIN, AKOLHOOK_IO_FAIL}, {CONNECT, EACCES, AKOLHOOK_IO_FAIL},
            {SOCKET, EMFILE, AKOLHOOK_IO_LIMIT}, {SOCKET, ENFILE, AKOLHOOK_IO_LIMIT},
            {SOCKET, ENOBUFS, AKOLHOOK_IO_LIMIT}, {SOCKET, ENOMEM, AKOLHOOK_IO_LIMIT},
            {SOCKET, EAFNOSUPPORT, AKOLHOOK_IO_FAIL}, {SOCKET, EACCES, AKOLHOOK_IO_FAIL},
            {OPTIONS, ENOMEM, AKOLHOOK_IO_LIMIT}, {OPTIONS, EINVAL, AKOLHOOK_IO_FAIL}};
    size_t i;
    int fd;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (fd = 0; fd <= 9; fd += 9) {
            const akolhook_platform *p = platform();
            int goes_on = rows[i].result == AKOLHOOK_IO_WANT_WRITE;
            akolhook_addr addr;
            intptr_t out = -7;
            long native_error = 0;

            CHECK_STATUS(akolhook_addr_parse(akolhook_str_c("93.184.216.34"), &addr), OK);
            give(&socket_made, rows[i].step == SOCKET ? -1 : fd, rows[i].error);
            give(&options_made, rows[i].step == OPTIONS ? -1 : 0, rows[i].error);
            give(&connect_made, -1, rows[i].error);
            CHECK_INT(p->connect_fn(p->user, &addr, 443, &out, &native_error), rows[i].result);
            CHECK_INT(out, goes_on ? fd : -1);
            CHECK_INT(native_error, goes_on ? 0 : rows[i].error);
            CHECK_INT(options_made.calls, rows[i].step >= OPTIONS);
            CHECK_INT(connect_made.calls, rows[i].step == CONNECT);

            /* after a failure no socket is left */
            CHECK_INT(saw.closed_count, !goes_on && rows[i].step != SOCKET);
            if (saw.closed_count) CHECK_INT(saw.closed[0], fd);
        }
}

static void test_connected(void) {
    static const struct {
        int error, option, option_errno, peer, peer_errno, result, native_error;
    } rows[] = {{0, 0, 0, 0, 0, 0, 0}, {ECONNREFUSED, 0, 0, 0, 0, AKOLHOOK_IO_FAIL, ECONNREFUSED},
            {ETIMEDOUT, 0, 0, -1, ENOTCONN, AKOLHOOK_IO_FAIL, ETIMEDOUT},
            {0, -1, EBADF, 0, 0, AKOLHOOK_IO_FAIL, EBADF},
            {0, -1, EBADF, -1, ENOTCONN, AKOLHOOK_IO_FAIL, EBADF},
            {0, 0, 0, -1, ENOTCONN, AKOLHOOK_IO_WANT_WRITE, 0},
            {0, 0, 0, -1, ENOBUFS, AKOLHOOK_IO_FAIL, ENOBUFS},
            {0, 0, 0, -1, EINVAL, AKOLHOOK_IO_FAIL, EINVAL}};
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const akolhook_platform *p = platform();
        long native_error = 0;

        saw.socket_error = rows[i].error;
        give(&error_made, rows[i].option, rows[i].option_errno);
        give(&peer_made, rows[i].peer, rows[i].peer_errno);
        CHECK_INT(p->connected_fn(p->user, 9, &native_error), rows[i].result);
        CHECK_INT(native_error, rows[i].native_error);
        CHECK(saw.error_fd == 9 && saw.error_level == SOL_SOCKET && saw.error_name == SO_ERROR);
        CHECK_INT(saw.value_len, sizeof(int));
        CHECK_INT(peer_made.calls, !rows[i].error && rows[i].option == 0);
        if (peer_made.calls) CHECK(saw.peer_fd == 9 && saw.peer_room >= sizeof(struct sockaddr_in6));
        CHECK_INT(saw.closed_count, 0); /* that is the caller's */
    }
}

static void test_close(void) {
    const akolhook_platform *p = platform();

    p->close_fn(p->user, 9);
    CHECK(saw.closed_count == 1 && saw.closed[0] == 9);
}

/* ---- waiting for a list ---- */

/* An error or an end is news for who reads and for who writes. */
static void test_poll(void) {
    static const struct {
        short revents;
        int read, write;
    } rows[] = {{0, 0, 0}, {POLLIN, 1, 0}, {POLLOUT, 0, 1}, {POLLIN | POLLOUT, 1, 1}, {POLLERR, 1, 1},
            {POLLHUP, 1, 1}, {POLLNVAL, 1, 1}, {POLLIN | POLLHUP, 1, 1}, {POLLOUT | POLLERR, 1, 1}};
    enum { ROWS = sizeof rows / sizeof rows[0] };
    akolhook_wait items[6];
    size_t count, i;
    unsigned turn;

    for (turn = 0; turn < ROWS; turn++)
        for (count = 0; count <= 5; count++) {
            const akolhook_platform *p = platform();
            long native_error = 0;

            memset(items, 0, sizeof items);
            for (i = 0; i < 6; i++) {
                items[i].socket = (intptr_t)(100 + i);
                items[i].read = (i + turn) % 4 & 1;
                items[i].write = (i + turn) % 4 >> 1;
                saw.revents[i] = rows[(turn + i) % ROWS].revents;
            }
            give(&poll_made, (long)count, EIO);
            CHECK_INT(p->wait_fn(p->user, items, count, 1234, &native_error), 0);
            CHECK_INT(native_error, 0);
            CHECK(saw.fd_count == count && saw.poll_timeout == 1234 && poll_made.calls == 1);
            for (i = 0; i < count; i++) {
                CHECK_INT(saw.fds[i].fd, 100 + i);
                CHECK_INT(saw.fds[i].events,
                        ((i + turn) % 4 & 1 ? POLLIN : 0) | ((i + turn) % 4 >> 1 ? POLLOUT : 0));
                CHECK_INT(saw.fds[i].revents, 0);
                CHECK_INT(items[i].socket, 100 + i);
                CHECK_INT(items[i].read, rows[(turn + i) % ROWS].read);
                CHECK_INT(items[i].write, rows[(turn + i) % ROWS].write);
            }
            for (; i < 6; i++) CHECK_INT(items[i].socket, 100 + i);
        }
}

/* A wait that failed tells of nothing, whatever lies there. */
static void test_poll_fails(void) {
    static const struct {
        int error, result;
    } rows[] = {{EINTR, 0}, {EAGAIN, 0}, {ENOMEM, AKOLHOOK_IO_FAIL}, {EINVAL, AKOLHOOK_IO_FAIL},
            {EFAULT, AKOLHOOK_IO_FAIL}};
    size_t i, k;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const akolhook_platform *p = platform();
        akolhook_wait items[3];
        long native_error = 0;

        memset(items, 0, sizeof items);
        for (k = 0; k < 3; k++) {
            items[k].socket = (intptr_t)(7 + k);
            items[k].read = 1;
            saw.revents[k] = POLLIN | POLLOUT;
        }
        give(&poll_made, -1, rows[i].error);
        CHECK_INT(p->wait_fn(p->user, items, 3, 0, &native_error), rows[i].result);
        CHECK_INT(native_error, rows[i].result ? rows[i].error : 0);
        for (k = 0; k < 3; k++)
            CHECK(items[k].socket == (intptr_t)(7 + k) && !items[k].read && !items[k].write);
    }
}

/* ---- the set ---- */

#ifdef AKOLHOOK_I_EPOLL
static void test_set_open(void) {
    static const long fds[] = {0, 1, 9};
    const akolhook_platform *p = platform();
    long native_error = 0;
    intptr_t set = -7;
    size_t i;

    for (i = 0; i < 3; i++) {
        give(&create_made, fds[i], EIO);
        CHECK_INT(p->set_open_fn(p->user, &set, &native_error), 0);
        CHECK_INT(set, fds[i]);
        CHECK_INT(set_saw.flags, EPOLL_CLOEXEC);
    }
    CHECK_INT(native_error, 0);
    give(&create_made, -1, EMFILE);
    CHECK_INT(p->set_open_fn(p->user, &set, &native_error), AKOLHOOK_IO_FAIL);
    CHECK_INT(native_error, EMFILE);
    p->set_close_fn(p->user, 9);
    CHECK(saw.closed_count == 1 && saw.closed[0] == 9);
}

/* The set may know a socket by its number that was closed and opened again, or not know it any more: then the
   other call is made. */
static void test_set_watch(void) {
    static const struct {
        int first, second, result, native_error, calls;
    } rows[] = {{0, 0, 0, 0, 1}, {ENOENT, 0, 0, 0, 2}, {EEXIST, 0, 0, 0, 2},
            {ENOENT, ENOSPC, AKOLHOOK_IO_LIMIT, ENOSPC, 2}, {EEXIST, EBADF, AKOLHOOK_IO_FAIL, EBADF, 2},
            {ENOENT, EEXIST, AKOLHOOK_IO_FAIL, EEXIST, 2}, {ENOMEM, 0, AKOLHOOK_IO_LIMIT, ENOMEM, 1},
            {ENOSPC, 0, AKOLHOOK_IO_LIMIT, ENOSPC, 1}, {EPERM, 0, AKOLHOOK_IO_FAIL, EPERM, 1},
            {EBADF, 0, AKOLHOOK_IO_FAIL, EBADF, 1}};
    size_t i;
    int want, known;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (want = 0; want < 4; want++)
            for (known = 0; known < 2; known++) {
                const akolhook_platform *p = platform();
                struct epoll_event event;
                long native_error = 0;
                int result;

                give(&ctl_made, rows[i].first ? -1 : 0, rows[i].first);
                give_then(&ctl_made, rows[i].second ? -1 : 0, rows[i].second);
                result = p->set_watch_fn(
                        p->user, 55, 9, 0xfedcba98u, want & 1, want & 2, known, &native_error);
                memset(&event, 0, sizeof event);
                event.events = (want & 1 ? EPOLLIN : 0u) | (want & 2 ? EPOLLOUT : 0u);
                event.data.u32 = 0xfedcba98u;
                CHECK(set_saw.set == 55 && set_saw.fd == 9);
                CHECK_MEM(&set_saw.event, sizeof event, &event, sizeof event);
                if (want == 0) { /* it is forgotten, or was not there */
                    CHECK(result == 0 && ctl_made.calls == 1 && set_saw.whats[0] == EPOLL_CTL_DEL);
                    continue;
                }
                CHECK_INT(result, rows[i].result);
                CHECK_INT(native_error, rows[i].native_error);
                CHECK_INT(ctl_made.calls, rows[i].calls);
                CHECK_INT(set_saw.whats[0], known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
                if (rows[i].calls == 2) CHECK_INT(set_saw.whats[1], known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
            }
}

static void test_set_wait(void) {
    static const struct {
        uint32_t events;
        int read, write;
    } rows[] = {{EPOLLIN, 1, 0}, {EPOLLOUT, 0, 1}, {EPOLLIN | EPOLLOUT, 1, 1}, {EPOLLERR, 1, 1},
            {EPOLLHUP, 1, 1}, {EPOLLIN | EPOLLHUP, 1, 1}, {EPOLLOUT | EPOLLERR, 1, 1}};
    enum { ROWS = sizeof rows / sizeof rows[0], MOST = 300 };
    static akolhook_ready items[MOST + 1];
    size_t cap, most, ready, i, count;

    for (i = 0; i < MOST; i++) {
        set_saw.tells[i].events = rows[i % ROWS].events;
        set_saw.tells[i].data.u32 = 0xfedcba98u + (uint32_t)i;
    }
    for (cap = 1; cap <= MOST; cap += cap < 10 || (cap > 120 && cap < 140) ? 1 : 10)
        for (ready = 0; ready < 4; ready++) { /* nothing, one, all but one, all that it may tell */
            const akolhook_platform *p = platform();
            long native_error = 0;
            size_t told;

            most = cap < 128 ? cap : 128; /* one wait tells of 128 at most */
            told = ready == 0 ? 0 : ready == 1 ? 1 : ready == 2 ? most - 1 : most;
            memset(items, 0xee, sizeof items);
            give(&wait_made, (long)told, EINTR); /* what stands in errno then is of no meaning */
            count = 77;
            CHECK_INT(p->set_wait_fn(p->user, 55, items, cap, &count, 1234, &native_error), 0);
            CHECK_INT(count, told);
            CHECK_INT(native_error, 0);
            CHECK(wait_made.calls == 1 && set_saw.set == 55 && set_saw.most == (int)most);
            CHECK_INT(set_saw.timeouts[0], 1234);
            for (i = 0; i < told; i++)
                CHECK(items[i].token == 0xfedcba98u + (uint32_t)i && items[i].read == rows[i % ROWS].read &&
                        items[i].write == rows[i % ROWS].write);
            for (; i <= MOST; i++) CHECK_INT(items[i].token, 0xeeeeeeee);
        }
}

/* Broken off by a signal it is asked once more, without a wait. */
static void test_set_wait_fails(void) {
    const akolhook_platform *p = platform();
    akolhook_ready items[4];
    long native_error = 0;
    size_t count = 77;

    give(&wait_made, -1, EINTR);
    give_then(&wait_made, -1, EINTR);
    give_then(&wait_made, 2, 0);
    CHECK_INT(p->set_wait_fn(p->user, 55, items, 4, &count, 1234, &native_error), 0);
    CHECK(count == 2 && wait_made.calls == 3 && native_error == 0 && set_saw.set == 55 && set_saw.most == 4);
    CHECK(set_saw.timeouts[0] == 1234 && set_saw.timeouts[1] == 0 && set_saw.timeouts[2] == 0);

    give(&wait_made, -1, EINTR);
    give_then(&wait_made, 0, EINTR);
    CHECK_INT(p->set_wait_fn(p->user, 55, items, 4, &count, 1234, &native_error), 0);
    CHECK(count == 0 && wait_made.calls == 2 && native_error == 0);

    count = 77;
    give(&wait_made, -1, EBADF);
    CHECK_INT(p->set_wait_fn(p->user, 55, items, 4, &count, 1234, &native_error), AKOLHOOK_IO_FAIL);
    CHECK(count == 0 && wait_made.calls == 1 && native_error == EBADF);
}
#endif

/* ---- bytes ---- */

static akolhook_conn conn_of(const akolhook_transport **t) {
    akolhook_conn conn;

    *t = platform()->plain;
    memset(&conn, 0, sizeof conn);
    conn.socket = 9;
    return conn;
}

/* One to four slices leave in one call; what is more is left for the next. */
static void test_send(void) {
    static const char *const texts[5] = {"head", "b", "od", "y12", "more"};
    akolhook_str parts[5];
    const akolhook_transport *t;
    akolhook_conn conn;
    size_t count, i;

    for (i = 0; i < 5; i++) parts[i] = akolhook_str_c(texts[i]);
    for (count = 1; count <= 5; count++) {
        conn = conn_of(&t);
        give(&sendmsg_made, 3, EIO);
        CHECK_INT(t->sendv_fn(&conn, parts, count), 3);
        CHECK_INT(saw.slice_count, count < 4 ? count : 4);
        for (i = 0; i < saw.slice_count; i++)
            CHECK(saw.slices[i].iov_base == (const void *)texts[i] && saw.slices[i].iov_len == parts[i].len);
        CHECK(saw.fd == 9 && saw.message_is_clean && conn.native_error == 0 && sendmsg_made.calls == 1);
#ifdef MSG_NOSIGNAL
        CHECK_INT(saw.flags, MSG_NOSIGNAL);
#endif
    }
    conn = conn_of(&t);
    CHECK_INT(t->send_fn(&conn, texts[0], 4), 3);
    CHECK(saw.slice_count == 1 && saw.slices[0].iov_base == (const void *)texts[0] &&
            saw.slices[0].iov_len == 4);
}

/* What a call gives, and what the transport makes of it. recv: 0 is the end. */
static void test_bytes_results(void) {
    static const struct {
        int result, error, sent, got;
        long native_error;
    } rows[] = {{1, EIO, 1, 1, 0}, {7, EINTR, 7, 7, 0}, {0, EINTR, 0, AKOLHOOK_IO_EOF, 0},
            {0, EAGAIN, 0, AKOLHOOK_IO_EOF, 0},
            {-1, EAGAIN, AKOLHOOK_IO_WANT_WRITE, AKOLHOOK_IO_WANT_READ, 0},
            {-1, EWOULDBLOCK, AKOLHOOK_IO_WANT_WRITE, AKOLHOOK_IO_WANT_READ, 0},
            {-1, EPIPE, AKOLHOOK_IO_FAIL, AKOLHOOK_IO_FAIL, EPIPE},
            {-1, ECONNRESET, AKOLHOOK_IO_FAIL, AKOLHOOK_IO_FAIL, ECONNRESET},
            {-1, ENOBUFS, AKOLHOOK_IO_FAIL, AKOLHOOK_IO_FAIL, ENOBUFS}};
    const akolhook_transport *t;
    akolhook_conn conn;
    char room[20];
    size_t i;
    int interrupted, k;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (interrupted = 0; interrupted < 3; interrupted++) { /* so often before it */
            give(&sendmsg_made, interrupted ? -1 : rows[i].result, interrupted ? EINTR : rows[i].error);
            for (k = 1; k <= interrupted; k++)
                give_then(&sendmsg_made, k < interrupted ? -1 : rows[i].result,
                        k < interrupted ? EINTR : rows[i].error);
            recv_made = sendmsg_made;

            conn = conn_of(&t);
            CHECK_INT(t->send_fn(&conn, "text", 4), rows[i].sent);
            CHECK_INT(conn.native_error, rows[i].native_error);
            CHECK_INT(sendmsg_made.calls, interrupted + 1);

            conn = conn_of(&t);
            CHECK_INT(t->recv_fn(&conn, room, sizeof room), rows[i].got);
            CHECK_INT(conn.native_error, rows[i].native_error);
            CHECK_INT(recv_made.calls, interrupted + 1);
            CHECK(saw.fd == 9 && saw.room == room && saw.room_len == sizeof room && saw.flags == 0);
        }
}

/* There is nothing to open or to shut: the socket is the client's. */
static void test_plain(void) {
    const akolhook_transport *t;
    akolhook_conn conn = conn_of(&t);

    CHECK_INT(t->open_fn(&conn), 0);
    t->close_fn(&conn);
    CHECK(conn.socket == 9 && saw.closed_count == 0 && conn.native_error == 0);
}

int main(void) {
    RUN(test_clocks);
    RUN(test_connect_name);
    RUN(test_connect_results);
    RUN(test_connected);
    RUN(test_close);
    RUN(test_poll);
    RUN(test_poll_fails);
#ifdef AKOLHOOK_I_EPOLL
    RUN(test_set_open);
    RUN(test_set_watch);
    RUN(test_set_wait);
    RUN(test_set_wait_fails);
#endif
    RUN(test_send);
    RUN(test_bytes_results);
    RUN(test_plain);
    return check_end();
}
