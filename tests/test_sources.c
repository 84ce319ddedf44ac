/* Where random bytes and addresses come from on POSIX: the kernel's call and the device behind it, failing
   one after the other, in pieces and interrupted; a resolver that answers with addresses of every family.
   Both are made up here, all other system calls are the real ones. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define AKOLHOOK_I_SYS(name) SYS_##name
#define SYS_getrandom made_getrandom
#define SYS_open made_open
#define SYS_read made_read
#define SYS_close made_close
#define SYS_getaddrinfo made_getaddrinfo
#define SYS_freeaddrinfo made_freeaddrinfo
#define SYS_clock_gettime made_clock_gettime
#define SYS_time time
#define SYS_fcntl fcntl
#define SYS_setsockopt setsockopt
#define SYS_socket socket
#define SYS_connect connect
#define SYS_getsockopt getsockopt
#define SYS_getpeername getpeername
#define SYS_poll poll
#define SYS_epoll_create1 epoll_create1
#define SYS_epoll_ctl epoll_ctl
#define SYS_epoll_wait epoll_wait
#define SYS_sendmsg sendmsg
#define SYS_send made_send
#define SYS_recv made_recv
#define SYS_socketpair made_socketpair
#define SYS_pthread_sigmask pthread_sigmask
#define SYS_pthread_attr_init pthread_attr_init
#define SYS_pthread_create made_thread
#define SYS_pthread_mutex_lock made_mutex_lock
#define SYS_pthread_mutex_unlock made_mutex_unlock

/* ---- two sources of random bytes: each byte counts on from the one before ---- */

enum { DEVICE = 1000 };
typedef struct source {
    size_t gives;    /* bytes of one call at most */
    size_t has;      /* bytes before it fails */
    int error;       /* how it fails then; 0: by giving nothing */
    int interrupted; /* calls that a signal breaks off before each that gives something */
    int waits;       /* of these, so many more now */
    int lies;        /* it says that it gave more than it was asked for */
} source;
static source kernel, device;
static int device_number = DEVICE, device_opens, device_error, device_open, device_interrupted, device_flags;
static unsigned char counter;
static const unsigned char *asked_end; /* of the room that the last call said there is */

static ssize_t take_from(source *s, void *data, size_t len) {
    size_t i;

    asked_end = (const unsigned char *)data + len;
    if (s->waits-- > 0) {
        errno = EINTR;
        return -1;
    }
    s->waits = s->interrupted;
    if (len > s->gives) len = s->gives;
    if (len > s->has) len = s->has;
    if (len == 0) {
        errno = s->error ? s->error : EINTR; /* where nothing failed it has no meaning */
        return s->error ? -1 : 0;
    }
    for (i = 0; i < len; i++) ((unsigned char *)data)[i] = ++counter;
    s->has -= len;
    return (ssize_t)len + s->lies;
}
static ssize_t made_getrandom(void *data, size_t len, unsigned flags) {
    (void)flags;
    return take_from(&kernel, data, len);
}
static int made_open(const char *path, int flags) {
    if (strcmp(path, "/dev/urandom") != 0) return open(path, flags);
    device_opens++;
    device_flags = flags;
    if (device_interrupted-- > 0) {
        errno = EINTR;
        return -1;
    }
    if (device_error) {
        errno = device_error;
        return -1;
    }
    device_open++;
    return device_number;
}
static int never_opened; /* calls for a descriptor that there is not */
static ssize_t made_read(int fd, void *data, size_t len) {
    if (fd < 0) never_opened++;
    return fd == device_number ? take_from(&device, data, len) : read(fd, data, len);
}
static int made_close(int fd) {
    if (fd < 0) never_opened++;
    if (fd != device_number) return close(fd);
    device_open--;
    return 0;
}

/* ---- a resolver ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int count, family[40], cut; /* cut: the addresses are shorter than they should be */
    int code, error;            /* when set: it fails with this code, and errno; -1: which it leaves */
    int asked, freed;           /* how often, and how many answers were given back */
    int odd;                    /* it was asked for something else than streams of any family */
    char host[300];             /* the one it was asked for last */
    struct addrinfo list[40];
    struct sockaddr_in v4[40];
    struct sockaddr_in6 v6[40];
} found_hosts;

static int made_getaddrinfo(
        const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
    int i;

    pthread_mutex_lock(&gate); /* closed while a test holds it */
    pthread_mutex_unlock(&gate);
    found_hosts.asked++;
    found_hosts.odd += service || hints->ai_flags || hints->ai_protocol || hints->ai_addr || hints->ai_next ||
                       hints->ai_family != AF_UNSPEC || hints->ai_socktype != SOCK_STREAM;
    (void)strncpy(found_hosts.host, host, sizeof found_hosts.host - 1);
    if (found_hosts.error >= 0) errno = found_hosts.error;
    if (found_hosts.code) return found_hosts.code;
    for (i = 0; i < found_hosts.count; i++) {
        struct addrinfo *at = &found_hosts.list[i];
        memset(at, 0, sizeof *at);
        found_hosts.v4[i].sin_family = AF_INET;
        memcpy(&found_hosts.v4[i].sin_addr, "\x5d\xb8\xd8\x22", 4);
        memset(found_hosts.v4[i].sin_zero, 0x77, sizeof found_hosts.v4[i].sin_zero); /* means nothing */
        found_hosts.v6[i].sin6_family = AF_INET6;
        memcpy(&found_hosts.v6[i].sin6_addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0", 15);
        found_hosts.v6[i].sin6_addr.s6_addr[15] = (unsigned char)i;
        at->ai_family = found_hosts.family[i];
        at->ai_addr = (struct sockaddr *)(void *)&found_hosts.v4[i];
        at->ai_addrlen = sizeof found_hosts.v4[i];
        if (at->ai_family == AF_INET6) {
            at->ai_addr = (struct sockaddr *)(void *)&found_hosts.v6[i];
            at->ai_addrlen = sizeof found_hosts.v6[i];
        }
        if (found_hosts.cut) at->ai_addrlen -= 1;
        at->ai_next = i + 1 < found_hosts.count ? &found_hosts.list[i + 1] : NULL;
    }
    *list = found_hosts.count ? found_hosts.list : NULL;
    return 0;
}
static void made_freeaddrinfo(struct addrinfo *list) { found_hosts.freed += list == found_hosts.list; }

/* ---- threads ---- */

static size_t stack_size; /* that the last one was to have; 0: the usual one */

static int made_thread(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *argument) {
    stack_size = 0;
    if (attr) (void)pthread_attr_getstacksize(attr, &stack_size);
    return pthread_create(thread, attr, run, argument);
}

/* ---- the lock: it is opened by who closed it ---- */

static struct {
    pthread_t by;
    int closed, wrong, times;
} held_lock;

static int made_mutex_lock(pthread_mutex_t *mutex) {
    int result = pthread_mutex_lock(mutex);
    held_lock.wrong += held_lock.closed;
    held_lock.closed = 1;
    held_lock.by = pthread_self();
    return result;
}
static int made_mutex_unlock(pthread_mutex_t *mutex) {
    held_lock.wrong += !held_lock.closed || !pthread_equal(held_lock.by, pthread_self());
    held_lock.closed = 0;
    held_lock.times++;
    return pthread_mutex_unlock(mutex);
}

/* ---- the clock, and the sockets between a lookup and who waits for it ---- */

static struct {
    int made_up, reads;
    time_t seconds; /* goes on by a millisecond with each read */
} ticking;

static int made_clock_gettime(clockid_t id, struct timespec *ts) {
    if (!ticking.made_up) return clock_gettime(id, ts);
    ts->tv_sec = ticking.seconds;
    ts->tv_nsec = ticking.reads++ * 1000000L;
    return 0;
}

/* What goes wrong on this side: result and errno of a call, once; its thread has the real ones. */
static struct {
    int recv_fails, recv_result, recv_error, send_fails, send_result, send_error;
    int pair_fails;
    int swapped; /* the two ends */
    int ends[2];
} between;
static pthread_t this_side;

static ssize_t made_recv(int fd, void *data, size_t len, int flags) {
    if (!pthread_equal(pthread_self(), this_side) || !between.recv_fails) return recv(fd, data, len, flags);
    between.recv_fails--;
    errno = between.recv_error;
    return between.recv_result;
}
static ssize_t made_send(int fd, const void *data, size_t len, int flags) {
    if (!pthread_equal(pthread_self(), this_side) || !between.send_fails) return send(fd, data, len, flags);
    between.send_fails--;
    errno = between.send_error;
    return between.send_result;
}
static int made_socketpair(int family, int type, int protocol, int pair[2]) {
    int result, first;

    if (between.pair_fails) {
        between.pair_fails--;
        errno = EMFILE;
        return -1;
    }
    result = socketpair(family, type, protocol, pair);
    first = pair[0];
    if (result == 0 && between.swapped) {
        pair[0] = pair[1];
        pair[1] = first;
    }
    between.ends[0] = pair[0];
    between.ends[1] = pair[1];
    return result;
}

#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"

/* A sanitizer has memory of its own for each thread. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

#ifdef GRND_NONBLOCK
#define KERNEL(bytes) (bytes) /* what the kernel's call is set to give */
#else
#define KERNEL(bytes) 0 /* there is none here */
#endif

/* ---- random bytes ---- */

static void sources(size_t kernel_has, size_t device_has) {
    memset(&kernel, 0, sizeof kernel);
    memset(&device, 0, sizeof device);
    kernel.gives = device.gives = 1000;
    kernel.has = kernel_has;
    device.has = device_has;
    kernel.error = ENOSYS;
    device.error = EIO;
    device_opens = device_error = device_open = device_interrupted = 0;
    counter = 0;
}

/* All 24 bytes, each from where it should be, none twice. */
static void check_bytes_of(int result, const unsigned char *out, int opens) {
    size_t i;

    CHECK_INT(result, 0);
    for (i = 0; i < 24; i++) CHECK_INT(out[i], i + 1);
    CHECK_INT(device_opens, opens);
    CHECK_INT(device_open, 0);
    if (opens)
        CHECK_INT(device_flags, O_RDONLY | O_CLOEXEC); /* a program that is started gets nothing of it */
}

static void test_random_in_turn(void) {
    unsigned char out[25];
    size_t split;

    /* the kernel alone; the device alone, as on an old kernel; the one up to a byte, and then the other */
    for (split = 0; split <= KERNEL(24); split++) {
        sources(split, 24);
        memset(out, 0xee, sizeof out);
        check_bytes_of(akolhook_posix_random(NULL, out, 24), out, split < 24);
        CHECK_INT(out[24], 0xee);
    }

    /* either gives nothing where it should fail */
    sources(KERNEL(7), 24);
    kernel.error = 0;
    check_bytes_of(akolhook_posix_random(NULL, out, 24), out, 1);
}

/* The device under number 0, as in a process without standard input, after a call that a signal broke off. */
static void test_random_number_0(void) {
    unsigned char out[24];

    sources(0, 24);
    device_number = 0;
    device_interrupted = 1; /* which leaves its error number */
    check_bytes_of(akolhook_posix_random(NULL, out, 24), out, 2);
    device_number = DEVICE;
}

static void test_random_in_pieces(void) {
    unsigned char out[24];
    size_t piece;

    for (piece = 1; piece <= 25; piece++) {
        if (KERNEL(1)) {
            sources(24, 0);
            kernel.gives = piece;
            kernel.interrupted = 2;
            kernel.waits = 1;
            check_bytes_of(akolhook_posix_random(NULL, out, 24), out, 0);
            CHECK(asked_end == out + 24);
        }

        sources(0, 24);
        device.gives = piece;
        device.interrupted = 2;
        device.waits = 1;
        device_interrupted = 3;
        check_bytes_of(akolhook_posix_random(NULL, out, 24), out, 4);
        CHECK(asked_end == out + 24);
    }
}

/* Nothing of what came before a failure is left for anybody to take as random. */
static void test_random_fails(void) {
    static const unsigned char nothing[24];
    unsigned char out[24];
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t have;

    for (have = 0; have < 24; have++) {
        sources(have / 2, have - have / 2);
        memset(out, 0xee, sizeof out);
        CHECK(akolhook_posix_random(NULL, out, 24) != 0);
        CHECK_MEM(out, 24, nothing, 24);
        CHECK_INT(device_open, 0);

        /* the device ends */
        sources(have / 2, have - have / 2);
        device.error = 0;
        CHECK(akolhook_posix_random(NULL, out, 24) != 0);
        CHECK_MEM(out, 24, nothing, 24);
    }

    /* more than was asked for is not believed */
    sources(24, 24);
    kernel.lies = device.lies = 1;
    memset(out, 0xee, sizeof out);
    CHECK(akolhook_posix_random(NULL, out, 24) != 0);
    CHECK_MEM(out, 24, nothing, 24);
    CHECK_INT(device_open, 0);

    /* there is no device */
    sources(23, 24);
    device_error = ENOENT;
    CHECK(akolhook_posix_random(NULL, out, 24) != 0);
    CHECK_MEM(out, 24, nothing, 24);
    CHECK_INT(never_opened, 0);
    CHECK_STATUS(akolhook_secret_generate(akolhook_posix_random, NULL, secret), RANDOM_FAILED);
    CHECK_INT(secret[0], 0);
}

/* ---- addresses ---- */

/* Whether the descriptor is open, and closed when another program is started. */
static int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }
static int is_private(int fd) { return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

/* Begins a lookup; the result of the hook. */
static int begin(akolhook_lookup *lookup, const char *host) {
    const akolhook_platform *platform = akolhook_posix_platform();
    int result;

    memset(lookup, 0, sizeof *lookup);
    lookup->host = host;
    lookup->socket = -1;
    result = platform->lookup_fn(platform->user, lookup);
    lookup->started = 1;
    return result;
}
/* Goes on with it to its end; the last result. */
static int end(akolhook_lookup *lookup) {
    const akolhook_platform *platform = akolhook_posix_platform();
    int result = AKOLHOOK_IO_WANT_READ;

    while (result == AKOLHOOK_IO_WANT_READ) {
        struct pollfd fd;
        fd.fd = (int)lookup->socket;
        fd.events = POLLIN;
        (void)poll(&fd, 1, 1000);
        result = platform->lookup_fn(platform->user, lookup);
    }
    CHECK_INT(lookup->socket, -1);
    return result;
}
static int look_up(akolhook_lookup *lookup) {
    int result = begin(lookup, "hooks.example.com");
    return result == AKOLHOOK_IO_WANT_READ ? end(lookup) : result;
}

static void test_families(void) {
    static const unsigned char nothing[12];
    static const int families[] = {AF_INET6, AF_UNIX, AF_INET, AF_INET6};
    static const char v6[] = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0";
    akolhook_lookup found;

    memset(&found_hosts, 0, sizeof found_hosts);
    found_hosts.count = 4;
    memcpy(found_hosts.family, families, sizeof families);
    CHECK_INT(look_up(&found), 0);
    CHECK_INT(found.count, 3); /* a family that is none of the two is passed over */
    CHECK_INT(found.addrs[0].family, 6);
    CHECK_MEM(found.addrs[0].bytes, 15, v6, 15);
    CHECK_INT(found.addrs[0].bytes[15], 0);
    CHECK_INT(found.addrs[1].family, 4);
    CHECK_MEM(found.addrs[1].bytes, 4, "\x5d\xb8\xd8\x22", 4);
    CHECK_MEM(found.addrs[1].bytes + 4, 12, nothing, 12);
    CHECK_INT(found.addrs[2].family, 6);
    CHECK_INT(found.addrs[2].bytes[15], 3);

    /* addresses that end before they should */
    found_hosts.cut = 1;
    CHECK_INT(look_up(&found), 0);
    CHECK_INT(found.count, 0);
    CHECK(found_hosts.asked == 2 && found_hosts.freed == 2 && found_hosts.odd == 0);
}

/* What this side has run out of is told apart from a name that is not there. */
static void test_lookup_fails(void) {
    static const struct {
        int code, error;
        akolhook_status status;
        long native_error;
    } rows[] = {{EAI_MEMORY, 0, AKOLHOOK_SYSTEM_LIMIT, EAI_MEMORY},
            {EAI_AGAIN, 0, AKOLHOOK_LOOKUP_FAILED, EAI_AGAIN},
            {EAI_AGAIN, EMFILE, AKOLHOOK_SYSTEM_LIMIT, EAI_AGAIN},
            {EAI_SYSTEM, EMFILE, AKOLHOOK_SYSTEM_LIMIT, EMFILE},
            {EAI_SYSTEM, EACCES, AKOLHOOK_LOOKUP_FAILED, EACCES},
            {EAI_SYSTEM, ENFILE, AKOLHOOK_SYSTEM_LIMIT, ENFILE},
            {EAI_SYSTEM, ENOBUFS, AKOLHOOK_SYSTEM_LIMIT, ENOBUFS},
            {EAI_SYSTEM, ENOMEM, AKOLHOOK_SYSTEM_LIMIT, ENOMEM}, {EAI_SYSTEM, -1, AKOLHOOK_LOOKUP_FAILED, 0},
            {EAI_AGAIN, -1, AKOLHOOK_LOOKUP_FAILED, EAI_AGAIN},
            {EAI_NONAME, ENOENT, AKOLHOOK_LOOKUP_FAILED, EAI_NONAME}};
    akolhook_lookup answer;
    akolhook_lookup found;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&found_hosts, 0, sizeof found_hosts);
        found_hosts.code = rows[i].code;
        found_hosts.error = rows[i].error;
        CHECK_INT(look_up(&found), AKOLHOOK_IO_FAIL);
        CHECK_INT(found.status, rows[i].status);
        CHECK_INT(found.native_error, rows[i].native_error);
        CHECK_INT(found.count, 0);
        CHECK(found_hosts.freed == 0 && found_hosts.odd == 0);

        /* the same where an earlier call left its errno */
        errno = EMFILE;
        memset(&answer, 0x55, sizeof answer);
        akolhook_i_posix_resolve("hooks.example.com", &answer);
        CHECK(answer.status == rows[i].status && answer.native_error == rows[i].native_error);
        CHECK_INT(answer.count, 0);
    }
}

/* Names of every length reach the resolver as they are. */
static void test_names(void) {
    char host[254];
    akolhook_lookup found;
    size_t len;

    memset(&found_hosts, 0, sizeof found_hosts);
    found_hosts.count = 1;
    found_hosts.family[0] = AF_INET;
    for (len = 1; len <= 253; len += len < 250 ? 50 : 1) {
        memset(host, 'a', len);
        host[len - 1] = 'z';
        host[len] = 0;
        memset(found_hosts.host, 0, sizeof found_hosts.host);
        CHECK_INT(begin(&found, host), AKOLHOOK_IO_WANT_READ);
        CHECK_INT(end(&found), 0);
        CHECK_TEXT(found_hosts.host, host);
        CHECK_INT(found.count, 1);
        CHECK_INT(found.native_error, 0);
    }
}

/* Its socket does not block, and no program that is started gets it, nor the other end; the caller's signals
   stay as they are. One that is given up is closed, whatever its number. */
static void test_lookup_socket(void) {
    const akolhook_platform *platform = akolhook_posix_platform();
    akolhook_lookup found;
    sigset_t before, after;
    int fd, number, input = dup(0);

    memset(&found_hosts, 0, sizeof found_hosts);
    CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    for (number = 0; number < 2; number++) { /* 0 is a number like any other */
        if (number == 0) close(0);
        pthread_mutex_lock(&gate);
        CHECK_INT(begin(&found, "hooks.example.com"), AKOLHOOK_IO_WANT_READ);
        fd = (int)found.socket;
        CHECK_INT(fd == 0, number == 0);
        CHECK_INT(stack_size, 256 * 1024); /* and not the megabytes of the usual one */
        CHECK(found.status == AKOLHOOK_OK && is_open(fd) && is_private(fd) && is_private(between.ends[1]));
        CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
        CHECK(!(fcntl(between.ends[1], F_GETFL) & O_NONBLOCK));
        CHECK_INT(platform->lookup_fn(platform->user, &found), AKOLHOOK_IO_WANT_READ);
        CHECK_INT(found.socket, fd);
        platform->lookup_cancel_fn(platform->user, &found);
        CHECK_INT(found.socket, -1);
        CHECK(!is_open(fd));
        platform->lookup_cancel_fn(platform->user, &found); /* there is none any more */
        pthread_mutex_unlock(&gate);
        CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
        CHECK(!is_open(between.ends[1]));
        if (number == 0) CHECK_INT(dup2(input, 0), 0);
    }
    close(input);
    CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    CHECK_INT(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
    CHECK_INT(sigismember(&after, SIGUSR1), sigismember(&before, SIGUSR1));
}

/* What goes wrong between both ends. Nothing stays open, and there is room for others. */
static void test_lookup_breaks(void) {
    static const struct {
        int sends, result, error; /* the call that fails is that of the name, or that for the answer */
        int gives;
        akolhook_status status;
        long native_error;
    } rows[] = {{1, -1, ECONNREFUSED, AKOLHOOK_IO_FAIL, AKOLHOOK_SYSTEM_LIMIT, ECONNREFUSED},
            {1, -1, EAGAIN, AKOLHOOK_IO_FAIL, AKOLHOOK_SYSTEM_LIMIT, EAGAIN},
            {1, 16, ECONNREFUSED, AKOLHOOK_IO_FAIL, AKOLHOOK_SYSTEM_LIMIT, EIO},
            {1, 0, 0, AKOLHOOK_IO_FAIL, AKOLHOOK_SYSTEM_LIMIT, EIO},
            {0, -1, ECONNRESET, AKOLHOOK_IO_FAIL, AKOLHOOK_OK, ECONNRESET},
            {0, 0, ECONNRESET, AKOLHOOK_IO_FAIL, AKOLHOOK_OK, 0},
            {0, 0, EAGAIN, AKOLHOOK_IO_FAIL, AKOLHOOK_OK, 0}, /* errno of an earlier call */
            {0, 5, ECONNRESET, AKOLHOOK_IO_FAIL, AKOLHOOK_OK, 0}, {0, -1, EINTR, 0, AKOLHOOK_OK, 0},
            {0, -1, EAGAIN, 0, AKOLHOOK_OK, 0}};
    akolhook_lookup found;
    size_t i;
    int number, input = dup(0);

    memset(&found_hosts, 0, sizeof found_hosts);
    found_hosts.count = 1;
    found_hosts.family[0] = AF_INET;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (number = 0; number < 3; number++) { /* 0: this end has the number 0, 1: the other has it */
            if (number < 2) close(0);
            between.swapped = number == 1;
            between.send_fails = rows[i].sends;
            between.recv_fails = !rows[i].sends;
            between.send_result = between.recv_result = rows[i].result;
            between.send_error = between.recv_error = rows[i].error;
            CHECK_INT(look_up(&found), rows[i].gives);
            CHECK_INT(found.status, rows[i].status);
            CHECK_INT(found.native_error, rows[i].native_error);
            CHECK_INT(found.count, rows[i].gives == 0);
            CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
            if (number < 2) CHECK(between.ends[number] == 0);
            CHECK(!is_open(between.ends[0]) && !is_open(between.ends[1]));
            CHECK_INT(akolhook_i_lookups, 0);
            if (number < 2) CHECK_INT(dup2(input, 0), 0);
        }
    between.swapped = between.send_fails = between.recv_fails = 0;
    close(input);

    /* no two ends there are: nothing is closed that was open before */
    between.pair_fails = 1;
    CHECK_INT(look_up(&found), AKOLHOOK_IO_FAIL);
    CHECK(found.status == AKOLHOOK_SYSTEM_LIMIT && found.native_error == EMFILE && found.socket == -1);
    CHECK(is_open(0) && is_open(1) && is_open(2) && akolhook_i_lookups == 0);
    CHECK_INT(look_up(&found), 0);
}

/* Waits as long as it is told and no longer, by the clock. */
static void test_lookups_wait(void) {
    akolhook_lookup found;
    int ms;

    memset(&found_hosts, 0, sizeof found_hosts);
    CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
    CHECK_STATUS(akolhook_posix_lookups_wait(0), OK);
    pthread_mutex_lock(&gate);
    CHECK_INT(begin(&found, "hooks.example.com"), AKOLHOOK_IO_WANT_READ);
    ticking.made_up = 1;
    ticking.seconds = 1000;
    for (ms = 0; ms < 4; ms++) {
        ticking.reads = 0;
        CHECK_STATUS(akolhook_posix_lookups_wait(ms), LOOKUP_BUSY);
        CHECK_INT(ticking.reads, 1 + (ms ? ms : 1)); /* when it begins, and then each millisecond */
    }
    ticking.made_up = 0;
    pthread_mutex_unlock(&gate);
    CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
    CHECK_INT(akolhook_i_has_ended, 0); /* no thread is left that nobody has waited for */
    CHECK_INT(end(&found), 0);
}

/* Threads that have ended hold no memory: each is joined by the next, and the last by who waits. */
static void test_threads_end(void) {
#if defined(__linux__) && defined(__x86_64__) && !defined(SANITIZED) /* an emulator has pages of its own */
    enum { LOOKUPS = 80, STACK_PAGES = 64 };                         /* of 4 KiB: 256 KiB for each */
    akolhook_lookup found;
    long pages[2] = {0, 0};
    int i, k;

    memset(&found_hosts, 0, sizeof found_hosts);
    for (i = 0; i < 2; i++) {
        FILE *file = fopen("/proc/self/statm", "r");
        if (!file || fscanf(file, "%ld", &pages[i]) != 1) pages[i] = 0;
        if (file) fclose(file);
        for (k = 0; i == 0 && k < LOOKUPS; k++) CHECK_INT(look_up(&found), 0);
        CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
    }
    CHECK(pages[1] - pages[0] < LOOKUPS / 2 * STACK_PAGES);
#endif
}

static void test_most_addresses(void) {
    akolhook_lookup found;
    int i;

    memset(&found_hosts, 0, sizeof found_hosts);
    found_hosts.count = AKOLHOOK_MAX_ADDRESSES;
    for (i = 0; i < 40; i++) found_hosts.family[i] = i & 1 ? AF_INET6 : AF_INET;
    CHECK_INT(look_up(&found), 0);
    CHECK_INT(found.count, AKOLHOOK_MAX_ADDRESSES);
    CHECK_INT(found.addrs[AKOLHOOK_MAX_ADDRESSES - 1].bytes[15], AKOLHOOK_MAX_ADDRESSES - 1);

    found_hosts.count = AKOLHOOK_MAX_ADDRESSES + 1;
    CHECK_INT(look_up(&found), AKOLHOOK_IO_FAIL);
    CHECK_INT(found.status, AKOLHOOK_TOO_MANY_ADDRESSES);
    CHECK_INT(found_hosts.freed, 2);
    CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
}

/* In all that was done here: a place is taken and given back, and who waits looks, each under the lock. */
static void test_lock(void) { CHECK(held_lock.times > 100 && held_lock.wrong == 0 && !held_lock.closed); }

int main(void) {
    this_side = pthread_self();
    RUN(test_random_in_turn);
    RUN(test_random_number_0);
    RUN(test_random_in_pieces);
    RUN(test_random_fails);
    RUN(test_families);
    RUN(test_lookup_fails);
    RUN(test_names);
    RUN(test_lookup_socket);
    RUN(test_lookup_breaks);
    RUN(test_lookups_wait);
    RUN(test_threads_end);
    RUN(test_lock);
    RUN(test_most_addresses);
    return check_end();
}
