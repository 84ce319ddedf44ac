/* gateway_sim.h - the hardware of gateway.c, simulated: an array that must be erased by the page before it is
   written, loopback sockets behind a link that goes down, this system's clock and random numbers.

   Flash: flash_at, flash_write, flash_erase. Modem: the hooks of a transport that connects by name (every
   name is 127.0.0.1), and the network's time. A modem that speaks TLS by itself says
   AKOLHOOK_TRANSPORT_SECURE and becomes desc.tls. */
#ifndef GATEWAY_SIM_H
#define GATEWAY_SIM_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- flash: bytes go from 0xff down, a page at a time goes back ---- */

#ifndef FLASH_PAGE
#define FLASH_PAGE 1024u
#define FLASH_PAGES 4u
#endif
static uint32_t flash_words[FLASH_PAGES][FLASH_PAGE / 4]; /* as mapped into memory */
static long flash_power = -1; /* bytes that will still change before the power is cut; -1: no end */

static uint8_t *flash_at(size_t page, size_t at) { return (uint8_t *)flash_words[page] + at; }
static int flash_change(uint8_t *byte, uint8_t value) {
    if (flash_power == 0) return -1;
    if (flash_power > 0) flash_power--;
    *byte = value;
    return 0;
}
static int flash_write(size_t page, size_t at, const void *data, size_t len) {
    const uint8_t *from = (const uint8_t *)data;
    uint8_t *to = flash_at(page, at);
    for (; len; len--, from++, to++)
        if (flash_change(to, (uint8_t)(*to & *from)) != 0) return -1;
    return 0;
}
static int flash_erase(size_t page) {
    size_t i;
    for (i = 0; i < FLASH_PAGE; i++)
        if (flash_change(flash_at(page, i), 0xff) != 0) return -1;
    return 0;
}

/* ---- modem: AT commands would stand here ---- */

static struct {
    long bytes;
    int64_t down_ms, up_at;
    unsigned losses;
    int is_down;
} link_plan = {-1, 0, 0, 0, 0};
/* bytes until the link is lost, for how long; a connection does not outlive that */
typedef struct modem_conn {
    unsigned losses;
} modem_conn;

static int64_t clock_ms(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int64_t uptime_ms(void *user) {
    (void)user;
    return clock_ms(CLOCK_MONOTONIC);
}
static int modem_is_up(void) {
    if (link_plan.bytes == 0 && !link_plan.is_down) {
        link_plan.is_down = 1;
        link_plan.losses++;
        link_plan.up_at = uptime_ms(NULL) + link_plan.down_ms;
    }
    if (!link_plan.is_down) return 1;
    if (uptime_ms(NULL) < link_plan.up_at) return 0;
    link_plan.is_down = 0;
    link_plan.bytes = -1;
    return 1;
}
static int modem_fail(akolhook_conn *conn, int error) {
    conn->native_error = error;
    return AKOLHOOK_IO_FAIL;
}
static void modem_close(akolhook_conn *conn) {
    close((int)conn->socket);
    conn->socket = -1;
}
/* Begins with the name and the port; goes on when it is called again. */
static int modem_open(akolhook_conn *conn) {
    struct sockaddr_in to;
    int error = modem_is_up() ? 0 : ENETDOWN, on = 1;
    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = htons(conn->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (conn->socket < 0 && !error) {
        ((modem_conn *)conn->memory)->losses = link_plan.losses;
        conn->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (conn->socket < 0 || fcntl((int)conn->socket, F_SETFL, O_NONBLOCK) != 0)
            error = errno;
        else
            (void)setsockopt((int)conn->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (!error && connect((int)conn->socket, (struct sockaddr *)(void *)&to, sizeof to) != 0 &&
            errno != EISCONN)
        error = errno;
    if (error == EINPROGRESS || error == EALREADY) return AKOLHOOK_IO_WANT_WRITE;
    if (error && conn->socket >= 0) modem_close(conn);
    return error ? modem_fail(conn, error) : 0;
}
/* What the link carries of len bytes before it is lost. */
static size_t modem_carries(size_t len) {
    return link_plan.bytes >= 0 && (size_t)link_plan.bytes < len ? (size_t)link_plan.bytes : len;
}
static ptrdiff_t modem_moved(akolhook_conn *conn, ssize_t n, int want) {
    if (n < 0) return errno == EAGAIN || errno == EINTR ? want : modem_fail(conn, errno);
    if (link_plan.bytes > 0) link_plan.bytes -= n;
    return n ? n : AKOLHOOK_IO_EOF;
}
static int modem_holds(const akolhook_conn *conn) {
    return modem_is_up() && ((const modem_conn *)conn->memory)->losses == link_plan.losses;
}
static ptrdiff_t modem_send(akolhook_conn *conn, const void *data, size_t len) {
    if (!modem_holds(conn)) return modem_fail(conn, ENETDOWN);
    return modem_moved(
            conn, send((int)conn->socket, data, modem_carries(len), MSG_NOSIGNAL), AKOLHOOK_IO_WANT_WRITE);
}
static ptrdiff_t modem_recv(akolhook_conn *conn, void *data, size_t len) {
    if (!modem_holds(conn)) return modem_fail(conn, ENETDOWN);
    return modem_moved(conn, recv((int)conn->socket, data, modem_carries(len), 0), AKOLHOOK_IO_WANT_READ);
}
/* The network's time, unix milliseconds; 0 while the modem has not heard it. */
static int64_t modem_time(void) { return modem_is_up() ? clock_ms(CLOCK_REALTIME) : 0; }

static const akolhook_transport modem = {sizeof(modem_conn), modem_open, NULL, modem_send, modem_recv,
        modem_close, NULL, AKOLHOOK_TRANSPORT_OWNS_CONNECT, NULL};

/* ---- chip ---- */

static int random_bytes(void *user, void *out, size_t len) { /* the chip's generator */
    FILE *f = fopen("/dev/urandom", "rb");
    size_t n = f ? fread(out, 1, len, f) : 0;
    (void)user;
    if (f) fclose(f);
    return n == len ? 0 : -1;
}
static int wait_any(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    struct pollfd fd; /* one delivery at a time: at most one */
    (void)user;
    (void)native_error;
    fd.fd = count ? (int)items->socket : -1;
    fd.events = (short)(count ? (items->read ? POLLIN : 0) | (items->write ? POLLOUT : 0) : 0);
    fd.revents = 0;
    (void)poll(&fd, 1, timeout_ms < 50 ? timeout_ms : 50); /* the link may be lost without a word */
    if (count) items->read = items->write = fd.revents != 0;
    return 0;
}

#endif
