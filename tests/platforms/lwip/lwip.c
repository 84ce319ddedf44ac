/* The client over lwIP's sockets: lwIP at one end of a tap device, this system's TCP and a receiver at the
   other.

   cc -std=c99 -D_DEFAULT_SOURCE -I. $(pkg-config --cflags lwip) tests/platforms/lwip/lwip.c \
       -o lwip $(pkg-config --libs lwip) -pthread

   It needs /dev/net/tun and the right to set up an interface; without them it says so and ends with status
   77. The address of this system on the link is 10.211.77.1, that of lwIP 10.211.77.2. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <net/if.h>
#include <linux/if_tun.h>

#include "lwip/sockets.h"
#include "lwip/tcpip.h"
#include "lwip/etharp.h"
#include "lwip/netif.h"

#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_NO_POSIX
#include "akolhook.h"
#include "../../check.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define HERE "10.211.77.1"
#define MANY 20

/* ---- the link: a tap device, this system's side and lwIP's ---- */

static int tap = -1;
static struct netif interface;

/* 0 when the device is there and up. */
static int tap_open(void) {
    struct ifreq request;
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), ok;
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    tap = open("/dev/net/tun", O_RDWR);
    if (fd < 0 || tap < 0 || ioctl(tap, TUNSETIFF, &request) != 0) return -1;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr(HERE);
    memcpy(&request.ifr_addr, &address, sizeof address);
    ok = ioctl(fd, SIOCSIFADDR, &request) == 0;
    address.sin_addr.s_addr = inet_addr("255.255.255.248");
    memcpy(&request.ifr_netmask, &address, sizeof address);
    ok = ok && ioctl(fd, SIOCSIFNETMASK, &request) == 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
    ok = ok && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return ok ? 0 : -1;
}
static err_t tap_output(struct netif *netif, struct pbuf *p) {
    unsigned char frame[2048];
    u16_t len = pbuf_copy_partial(p, frame, sizeof frame, 0);
    (void)netif;
    return write(tap, frame, len) == (ssize_t)len ? ERR_OK : ERR_IF;
}
static err_t tap_init(struct netif *netif) {
    static const unsigned char mac[6] = {2, 0, 0, 0, 0, 1};
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->output = etharp_output;
    netif->linkoutput = tap_output;
    netif->mtu = 1500;
    netif->hwaddr_len = sizeof mac;
    memcpy(netif->hwaddr, mac, sizeof mac);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}
static void *tap_main(void *user) {
    unsigned char frame[2048];
    ssize_t n;
    (void)user;
    while ((n = read(tap, frame, sizeof frame)) > 0) {
        struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)n, PBUF_POOL);
        if (!p) continue;
        pbuf_take(p, frame, (u16_t)n);
        if (interface.input(p, &interface) != ERR_OK) pbuf_free(p);
    }
    return NULL;
}
static void lwip_up(void *user) {
    ip4_addr_t address, mask, gateway;
    IP4_ADDR(&address, 10, 211, 77, 2);
    IP4_ADDR(&mask, 255, 255, 255, 248);
    IP4_ADDR(&gateway, 10, 211, 77, 1);
    if (!netif_add(&interface, &address, &mask, &gateway, NULL, tap_init, tcpip_input)) abort();
    netif_set_default(&interface);
    netif_set_up(&interface);
    sys_sem_signal((sys_sem_t *)user);
}
static int lwip_start(void) {
    pthread_t thread;
    sys_sem_t ready;
    if (sys_sem_new(&ready, 0) != ERR_OK) return -1;
    tcpip_init(lwip_up, &ready);
    sys_sem_wait(&ready);
    sys_sem_free(&ready);
    return pthread_create(&thread, NULL, tap_main, NULL);
}

/* ---- a platform of lwIP's sockets ---- */

static int64_t clock_ms(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int64_t monotonic_ms(void *user) {
    (void)user;
    return clock_ms(CLOCK_MONOTONIC);
}
static int64_t unix_ms(void *user) {
    (void)user;
    return clock_ms(CLOCK_REALTIME);
}
static int random_bytes(void *user, void *out, size_t len) {
    int fd = open("/dev/urandom", O_RDONLY);
    ssize_t n = read(fd, out, len);
    (void)user;
    close(fd);
    return n == (ssize_t)len ? 0 : -1;
}
/* This build of lwIP has no DNS: one name is known. */
static int lookup(void *user, akolhook_lookup *lookup) {
    (void)user;
    if (strcmp(lookup->host, "receiver.example") != 0) return AKOLHOOK_IO_FAIL;
    lookup->count = 1;
    return akolhook_addr_parse(akolhook_str_c(HERE), &lookup->addrs[0]) == AKOLHOOK_OK ? 0 : AKOLHOOK_IO_FAIL;
}
static void lookup_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}
static int connect_begin(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *fd, long *native_error) {
    struct sockaddr_in to;
    int s = lwip_socket(AF_INET, SOCK_STREAM, 0);
    (void)user;
    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = lwip_htons(port);
    memcpy(&to.sin_addr, addr->bytes, 4);
    *fd = s;
    if (s >= 0 && lwip_fcntl(s, F_SETFL, O_NONBLOCK) == 0) {
        if (lwip_connect(s, (struct sockaddr *)(void *)&to, sizeof to) == 0) return 0;
        if (errno == EINPROGRESS) return AKOLHOOK_IO_WANT_WRITE;
    }
    *native_error = errno;
    if (s >= 0) lwip_close(s);
    return s < 0 ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
}
static int connect_end(void *user, intptr_t fd, long *native_error) {
    struct sockaddr_in peer;
    socklen_t len = sizeof(int);
    int error = 0;
    (void)user;
    if (lwip_getsockopt((int)fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0) {
        len = sizeof peer;
        if (lwip_getpeername((int)fd, (struct sockaddr *)(void *)&peer, &len) == 0) return 0;
        if (errno == ENOTCONN) return AKOLHOOK_IO_WANT_WRITE;
    }
    *native_error = error ? error : errno;
    return AKOLHOOK_IO_FAIL;
}
static void socket_close(void *user, intptr_t fd) {
    (void)user;
    lwip_close((int)fd);
}
static int wait_all(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    struct pollfd fds[MANY];
    size_t i;
    (void)user;
    if (count > MANY) return AKOLHOOK_IO_FAIL;
    for (i = 0; i < count; i++) {
        fds[i].fd = (int)items[i].socket;
        fds[i].events = (short)((items[i].read ? POLLIN : 0) | (items[i].write ? POLLOUT : 0));
        fds[i].revents = 0;
    }
    if (lwip_poll(fds, (nfds_t)count, timeout_ms) < 0 && errno != EINTR) {
        *native_error = errno;
        return AKOLHOOK_IO_FAIL;
    }
    for (i = 0; i < count; i++) {
        items[i].read = fds[i].revents != 0 && fds[i].revents != POLLOUT;
        items[i].write = fds[i].revents != 0 && fds[i].revents != POLLIN;
    }
    return 0;
}
static int plain_open(akolhook_conn *conn) {
    (void)conn;
    return 0;
}
static void plain_close(akolhook_conn *conn) { (void)conn; }
static ptrdiff_t plain_result(akolhook_conn *conn, ssize_t n, int want) {
    if (n > 0) return n;
    if (n == 0) return AKOLHOOK_IO_EOF;
    if (errno == EWOULDBLOCK || errno == EAGAIN) return want;
    conn->native_error = errno;
    return AKOLHOOK_IO_FAIL;
}
static ptrdiff_t plain_send(akolhook_conn *conn, const void *data, size_t len) {
    return plain_result(conn, lwip_send((int)conn->socket, data, len, 0), AKOLHOOK_IO_WANT_WRITE);
}
static ptrdiff_t plain_recv(akolhook_conn *conn, void *data, size_t len) {
    return plain_result(conn, lwip_recv((int)conn->socket, data, len, 0), AKOLHOOK_IO_WANT_READ);
}
static akolhook_transport plain;
static akolhook_platform platform;
static void platform_make(void) {
    plain.open_fn = plain_open;
    plain.send_fn = plain_send;
    plain.recv_fn = plain_recv;
    plain.close_fn = plain_close;
    platform.monotonic_ms_fn = monotonic_ms;
    platform.unix_ms_fn = unix_ms;
    platform.random_fn = random_bytes;
    platform.lookup_fn = lookup;
    platform.lookup_cancel_fn = lookup_cancel;
    platform.connect_fn = connect_begin;
    platform.connected_fn = connect_end;
    platform.close_fn = socket_close;
    platform.wait_fn = wait_all;
    platform.plain = &plain;
}

/* ---- the receiver, on this system's sockets ---- */

static int listener, port;
static int good, bad; /* requests that verified, and others */

static void *receiver_serve(void *user) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    enum { ROOM = 300000 };
    int fd = (int)(intptr_t)user;
    char *data = (char *)malloc(ROOM), signature[65], *end, *at;
    size_t len = 0, head, whole;
    ssize_t n;
    while (data && (n = recv(fd, data + len, ROOM - 1 - len, 0)) > 0) {
        len += (size_t)n;
        data[len] = 0;
        end = strstr(data, "\r\n\r\n");
        if (!end) continue;
        head = (size_t)(end - data) + 4;
        at = strstr(data, "Content-Length: ");
        whole = head + (at ? strtoul(at + 16, NULL, 10) : 0);
        if (len < whole) continue;
        at = strstr(data, "X-Webhook-Signature: ");
        snprintf(signature, sizeof signature, "%.64s", at ? at + 21 : "");
        if (len == whole && akolhook_verify(SECRET, signature, data + head, len - head) == AKOLHOOK_OK) {
            __sync_fetch_and_add(&good, 1);
        } else
            __sync_fetch_and_add(&bad, 1);
        if (strstr(data, "POST /close ") || send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) break;
        len = 0;
    }
    free(data);
    close(fd);
    return NULL;
}
static void *receiver_main(void *user) {
    (void)user;
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || pthread_create(&thread, NULL, receiver_serve, (void *)(intptr_t)fd) != 0) return NULL;
        pthread_detach(thread);
    }
}
static int receiver_start(void) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    pthread_t thread;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr(HERE);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)(void *)&address, sizeof address) != 0 ||
            listen(listener, 64) != 0 ||
            getsockname(listener, (struct sockaddr *)(void *)&address, &len) != 0)
        return -1;
    port = lwip_ntohs(address.sin_port);
    return pthread_create(&thread, NULL, receiver_main, NULL);
}

/* ---- the tests ---- */

static akolhook_client *client;
static void *memory;

static void client_open(uint32_t deadline_ms) {
    static akolhook_cidr allow;
    akolhook_client_desc desc = AKOLHOOK_INIT;
    size_t size;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.211.77.0/29"), &allow), OK);
    desc.platform = &platform;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.policy.allow = &allow;
    desc.policy.allow_count = 1;
    desc.deadline_ms = deadline_ms;
    desc.max_in_flight = desc.max_per_origin = MANY;
    size = akolhook_client_size(&desc);
    memory = malloc(size);
    CHECK_STATUS(akolhook_client_init(&client, memory, size, &desc), OK);
}
static void client_end(void) {
    akolhook_client_close(client);
    free(memory);
}
static akolhook_delivery deliver(const char *host, int at, const char *path) {
    akolhook_delivery d;
    akolhook_status status;
    char url[128];
    snprintf(url, sizeof url, "http://%s:%d%s", host, at, path);
    status = akolhook_deliver(client, url, SECRET, "{}", 2, &d);
    CHECK_INT(status, d.status);
    return d;
}

static void test_delivers(void) {
    static akolhook_cidr allow;
    akolhook_client_desc desc = AKOLHOOK_INIT;
    static unsigned char room[AKOLHOOK_CLIENT_SIZE(1, 0, 0, 0)];
    akolhook_delivery d;
    int i;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.211.77.0/29"), &allow), OK);
    desc.platform = &platform;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    CHECK_STATUS(akolhook_client_init(&client, room, sizeof room, &desc), OK);
    CHECK_STATUS(deliver(HERE, port, "/").status, BLOCKED_ADDRESS);
    CHECK_STATUS(deliver("receiver.example", port, "/").status, BLOCKED_ADDRESS);
    akolhook_client_close(client);
    desc.policy.allow = &allow;
    desc.policy.allow_count = 1;
    CHECK_STATUS(akolhook_client_init(&client, room, sizeof room, &desc), OK);
    for (i = 0; i < 3; i++) {
        d = deliver(i ? "receiver.example" : HERE, port, "/");
        CHECK_STATUS(d.status, OK);
        CHECK_INT(d.code, 200);
        CHECK_STR(d.response, "ok");
        CHECK_INT(d.peer.bytes[0], 10);
    }
    CHECK_INT(d.reused, 1);
    CHECK_STATUS(deliver("unknown.example", port, "/").status, LOOKUP_FAILED);
    d = deliver(HERE, port, "/close");
    CHECK_STATUS(d.status, RESPONSE_CUT);
    d = deliver(HERE, 1, "/");
    CHECK_STATUS(d.status, CONNECT_FAILED);
    CHECK(d.native_error != 0);
    akolhook_client_close(client);
    CHECK_INT(good, 4);
    CHECK_INT(bad, 0);
}

static void test_deadline(void) {
    akolhook_delivery d;
    client_open(500);
    d = deliver("10.211.77.5", 80, "/"); /* nobody has this address */
    CHECK_STATUS(d.status, DEADLINE);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_CONNECT);
    CHECK(d.ms >= 500 && d.ms < 9000);
    client_end();
}

static int done, succeeded;
static void on_done(void *user, uint64_t id, const akolhook_delivery *d) {
    (void)user;
    (void)id;
    done++;
    succeeded += d->status == AKOLHOOK_OK && d->code == 200;
}
/* Many at once, with bodies that fill every buffer on the way. */
static void test_many(void) {
    static char body[200000];
    akolhook_request request = AKOLHOOK_INIT;
    char url[64];
    size_t left = 1;
    int i;
    good = 0;
    client_open(20000);
    memset(body, 'x', sizeof body);
    snprintf(url, sizeof url, "http://receiver.example:%d/", port);
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_n(body, sizeof body);
    for (i = 0; i < MANY; i++)
        CHECK_STATUS(akolhook_client_submit(client, &request, on_done, NULL, NULL), OK);
    while (left && akolhook_client_poll(client, 1000, &left) == AKOLHOOK_OK) {}
    CHECK_INT(done, MANY);
    CHECK_INT(succeeded, MANY);
    CHECK_INT(good, MANY);
    CHECK_INT(bad, 0);
    client_end();
}

int main(void) {
    alarm(600);
    if (tap_open() != 0) {
        printf("left out: no tap device can be made here; that it compiles is checked\n");
        return 77;
    }
    platform_make();
    if (lwip_start() != 0 || receiver_start() != 0) return 1;
    RUN(test_delivers);
    RUN(test_deadline);
    RUN(test_many);
    return check_end();
}
