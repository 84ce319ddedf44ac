/* Where random bytes and addresses come from on POSIX: the kernel's call and the device behind it, failing
   one after the other, in pieces and interrupted; a resolver that answers with addresses of every family.
   Both are made up here, all other system calls are the real ones. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define AKOLHOOK_I_SYS(name) SYS_##name
#define SYS_getrandom made_getrandom
#define SYS_open made_open
#define SYS_read made_read
#define SYS_close made_close
#define SYS_getaddrinfo made_getaddrinfo
#define SYS_freeaddrinfo made_freeaddrinfo
#define SYS_clock_gettime clock_gettime
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
#define SYS_send send
#define SYS_recv recv
#define SYS_socketpair socketpair
#define SYS_pthread_sigmask pthread_sigmask
#define SYS_pthread_attr_init pthread_attr_init
#define SYS_pthread_create pthread_create

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
static int device_number = DEVICE, device_opens, device_error, device_open, device_interrupted;
static unsigned char counter;

static ssize_t take_from(source *s, void *data, size_t len) {
    size_t i;

    if (s->waits-- > 0) {
        errno = EINTR;
        return -1;
    }
    s->waits = s->interrupted;
    if (len > s->gives) len = s->gives;
    if (len > s->has) len = s->has;
    if (len == 0) {
        errno = s->error;
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
static ssize_t made_read(int fd, void *data, size_t len) {
    return fd == device_number ? take_from(&device, data, len) : read(fd, data, len);
}
static int made_close(int fd) {
    if (fd != device_number) return close(fd);
    device_open--;
    return 0;
}

/* ---- a resolver ---- */

static struct {
    int count, family[40], cut; /* cut: the addresses are shorter than they should be */
    int code, error;            /* when set: it fails with this code, and errno */
    struct addrinfo list[40];
    struct sockaddr_in v4[40];
    struct sockaddr_in6 v6[40];
} found_hosts;

static int made_getaddrinfo(
        const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
    int i;

    (void)host;
    (void)service;
    (void)hints;
    errno = found_hosts.error;
    if (found_hosts.code) return found_hosts.code;
    for (i = 0; i < found_hosts.count; i++) {
        struct addrinfo *at = &found_hosts.list[i];
        memset(at, 0, sizeof *at);
        found_hosts.v4[i].sin_family = AF_INET;
        memcpy(&found_hosts.v4[i].sin_addr, "\x5d\xb8\xd8\x22", 4);
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
static void made_freeaddrinfo(struct addrinfo *list) { (void)list; }

#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"

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
        }

        sources(0, 24);
        device.gives = piece;
        device.interrupted = 2;
        device.waits = 1;
        device_interrupted = 3;
        check_bytes_of(akolhook_posix_random(NULL, out, 24), out, 4);
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
    CHECK_STATUS(akolhook_secret_generate(akolhook_posix_random, NULL, secret), RANDOM_FAILED);
    CHECK_INT(secret[0], 0);
}

/* ---- addresses ---- */

/* The platform's lookup to its end; its last result. */
static int look_up(akolhook_lookup *lookup) {
    const akolhook_platform *platform = akolhook_posix_platform();
    int result;

    memset(lookup, 0, sizeof *lookup);
    lookup->host = "hooks.example.com";
    lookup->socket = -1;
    while ((result = platform->lookup_fn(platform->user, lookup)) == AKOLHOOK_IO_WANT_READ) {
        struct pollfd fd;
        lookup->started = 1;
        fd.fd = (int)lookup->socket;
        fd.events = POLLIN;
        (void)poll(&fd, 1, 1000);
    }
    return result;
}

static void test_families(void) {
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
    CHECK_INT(found.addrs[2].family, 6);
    CHECK_INT(found.addrs[2].bytes[15], 3);

    /* addresses that end before they should */
    found_hosts.cut = 1;
    CHECK_INT(look_up(&found), 0);
    CHECK_INT(found.count, 0);
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
            {EAI_NONAME, ENOENT, AKOLHOOK_LOOKUP_FAILED, EAI_NONAME}};
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
    }
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
    CHECK_STATUS(akolhook_posix_lookups_wait(-1), OK);
}

int main(void) {
    RUN(test_random_in_turn);
    RUN(test_random_number_0);
    RUN(test_random_in_pieces);
    RUN(test_random_fails);
    RUN(test_families);
    RUN(test_lookup_fails);
    RUN(test_most_addresses);
    return check_end();
}
