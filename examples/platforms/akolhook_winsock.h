/* akolhook_winsock.h - the platform of akolhook.h on Windows: Winsock, getaddrinfo, the
   system's random source

   Do this in one C or C++ file, with akolhook.h beside it, and link -lws2_32 -lbcrypt:

       #define AKOLHOOK_WINSOCK_IMPLEMENTATION
       #include "akolhook_winsock.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. This header comes before
   akolhook.h, as it defines AKOLHOOK_NO_POSIX; define that for files that include
   akolhook.h alone. A receiver (AKOLHOOK_RECEIVER_ONLY) needs nothing of this. C99 or
   C++11, Windows Vista or later, MinGW-w64. A whole sender:

>>> send_winsock.c exit 1 windows
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_winsock.h"
#include <stdio.h>

static unsigned char memory[16384]; // akolhook_client_size(&desc) is the exact need

int main(void) {
    const char *url = "http://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    if (akolhook_winsock_init(NULL) != AKOLHOOK_OK) return 2; // before the first client
    desc.platform = akolhook_winsock_platform();
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_winsock_free();
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   Sockets are non-blocking and not inherited by child processes. Waiting is WSAPoll over
   the whole list; before Windows 10 of 2004 it says nothing of a connection that failed,
   so while something is to be written, failures are asked for with select every 50 ms.

   Names are looked up in threads of their own, at most twice AKOLHOOK_MAX_LOOKUPS in a
   process, so that a slow server delays no other delivery; the answer is fetched every
   10 ms. One that was given up runs until the resolver answers. With AKOLHOOK_NO_THREADS
   names are looked up in the calling thread.

   Memory: no heap of its own. What the threads share is static, 900 bytes for each of
   them (29 KiB at the default), nothing with AKOLHOOK_NO_THREADS.

   delivery.native_error is WSAGetLastError's code, that of getaddrinfo included.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_WINSOCK_H
#define AKOLHOOK_WINSOCK_H

#ifndef _WIN32
#error "akolhook_winsock.h is for Windows; elsewhere akolhook.h has the platform itself"
#endif
#ifndef AKOLHOOK_H
#ifndef AKOLHOOK_NO_POSIX
#define AKOLHOOK_NO_POSIX
#endif
#include "akolhook.h"
#endif
#ifndef AKOLHOOK_NO_POSIX
#error "akolhook_winsock.h comes before akolhook.h, or define AKOLHOOK_NO_POSIX"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a platform belongs to it"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Readies Winsock for this process; before the first client, and _free once for each _init that was OK.
   *native_error (may be NULL) is WSAStartup's code, 0 with OK. Returns OK, SYSTEM_LIMIT. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_winsock_init(long *native_error);
/* After the last client was closed. */
AKOLHOOK_API void akolhook_winsock_free(void);

/* Seconds since 1970. */
AKOLHOOK_API int64_t akolhook_winsock_now(void);
/* An akolhook_random_fn: the system's cryptographic source, BCryptGenRandom. user is ignored. */
AKOLHOOK_API int akolhook_winsock_random(void *user, void *out, size_t len);

/* Waits until no thread is left that looks up a name, at most timeout_ms (-1: without bound). To be called
   after the last client was closed, before this code is unloaded (FreeLibrary). Returns OK, LOOKUP_BUSY (some
   are left). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_winsock_lookups_wait(int timeout_ms);
/* Sockets, lookup, clocks and random numbers of Windows, for desc.platform. Static. */
AKOLHOOK_API const akolhook_platform *akolhook_winsock_platform(void);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_WINSOCK_H */

/* ================================================================================================== */
#if (defined(AKOLHOOK_WINSOCK_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_WINSOCK_I_IMPLEMENTED)
#define AKOLHOOK_WINSOCK_I_IMPLEMENTED

#if defined(_WINSOCKAPI_) && !defined(_WINSOCK2API_)
#error "windows.h brought the Winsock of before: include winsock2.h first, or define WIN32_LEAN_AND_MEAN"
#endif
#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <bcrypt.h>
#if _WIN32_WINNT < 0x0600
#error "WSAPoll came with Windows Vista: define _WIN32_WINNT as 0x0600 or more"
#endif
#ifdef _MSC_VER
#pragma comment(lib, "ws2_32.lib")
#pragma comment(lib, "bcrypt.lib")
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Every system call goes through this, so that a test can make any one of them fail. */
#ifndef AKOLHOOK_WINSOCK_I_SYS
#define AKOLHOOK_WINSOCK_I_SYS(name) name
#endif

/* ---- Winsock itself, clocks and random numbers ---- */

static long akolhook_winsock_i_error(void) { return (long)WSAGetLastError(); }

AKOLHOOK_API akolhook_status akolhook_winsock_init(long *native_error) {
    const uint16_t version = 0x0202; /* 2.2 */
    WSADATA data;
    int error = AKOLHOOK_WINSOCK_I_SYS(WSAStartup)(version, &data);

    if (error == 0 && data.wVersion != version) {
        (void)WSACleanup();
        error = WSAVERNOTSUPPORTED;
    }
    if (native_error) *native_error = error;
    return error == 0 ? AKOLHOOK_OK : AKOLHOOK_SYSTEM_LIMIT;
}
AKOLHOOK_API void akolhook_winsock_free(void) { (void)WSACleanup(); }

static int64_t akolhook_winsock_i_monotonic_ms(void *user) {
    LARGE_INTEGER frequency, ticks; /* both never fail from Windows XP on */

    (void)user;
    (void)QueryPerformanceFrequency(&frequency);
    (void)QueryPerformanceCounter(&ticks);
    return (int64_t)(ticks.QuadPart / frequency.QuadPart * 1000 +
                     ticks.QuadPart % frequency.QuadPart * 1000 / frequency.QuadPart);
}

static int64_t akolhook_winsock_i_unix_ms(void *user) {
    static const int64_t EPOCH = INT64_C(116444736000000000); /* 1970 in 100 ns since 1601 */
    FILETIME time;
    int64_t ticks;

    (void)user;
    GetSystemTimeAsFileTime(&time);
    ticks = (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
    return (ticks - EPOCH) / 10000;
}
AKOLHOOK_API int64_t akolhook_winsock_now(void) { return akolhook_winsock_i_unix_ms(NULL) / 1000; }

AKOLHOOK_API int akolhook_winsock_random(void *user, void *out, size_t len) {
    const size_t most = 1u << 20; /* at a time, as the length is an ULONG */
    uint8_t *bytes = (uint8_t *)out;
    size_t have, piece;

    (void)user;
    if (!out && len) return -1;
    for (have = 0; have < len; have += piece) {
        piece = len - have < most ? len - have : most;
        if (AKOLHOOK_WINSOCK_I_SYS(BCryptGenRandom)(
                    NULL, bytes + have, (ULONG)piece, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
            akolhook_wipe(out, len);
            return -1;
        }
    }
    return 0;
}

/* ---- sockets ---- */

static void akolhook_winsock_i_close(void *user, intptr_t socket) {
    (void)user;
    (void)AKOLHOOK_WINSOCK_I_SYS(closesocket)((SOCKET)socket);
}

static int akolhook_winsock_i_options(SOCKET socket) {
    const int on = 1;
    u_long nonblocking = 1;

    if (AKOLHOOK_WINSOCK_I_SYS(ioctlsocket)(socket, (long)FIONBIO, &nonblocking) != 0) return -1;
    return AKOLHOOK_WINSOCK_I_SYS(setsockopt)(
            socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, (int)sizeof on);
}

/* A stream socket, non-blocking, not inherited, sending at once; INVALID_SOCKET with WSAGetLastError. */
static SOCKET akolhook_winsock_i_socket(int family) {
    const DWORD own = 0x80; /* WSA_FLAG_NO_HANDLE_INHERIT, from Windows 7 SP 1 on */
    SOCKET socket = AKOLHOOK_WINSOCK_I_SYS(WSASocketW)(
            family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | own);
    int error;

    if (socket == INVALID_SOCKET && WSAGetLastError() == WSAEINVAL) {
        socket = AKOLHOOK_WINSOCK_I_SYS(WSASocketW)(
                family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
        if (socket != INVALID_SOCKET) (void)SetHandleInformation((HANDLE)socket, HANDLE_FLAG_INHERIT, 0);
    }
    if (socket == INVALID_SOCKET || akolhook_winsock_i_options(socket) == 0) return socket;

    error = WSAGetLastError();
    (void)AKOLHOOK_WINSOCK_I_SYS(closesocket)(socket);
    WSASetLastError(error);
    return INVALID_SOCKET;
}

typedef union akolhook_winsock_i_name {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_storage room;
} akolhook_winsock_i_name;

/* Returns its length. */
static int akolhook_winsock_i_sockaddr(
        const akolhook_addr *addr, uint16_t port, akolhook_winsock_i_name *out) {
    const uint8_t net_port[2] = {(uint8_t)(port >> 8), (uint8_t)(port & 255u)};

    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        out->in4.sin_family = AF_INET;
        memcpy(&out->in4.sin_port, net_port, sizeof net_port);
        memcpy(&out->in4.sin_addr, addr->bytes, 4);
        return (int)sizeof out->in4;
    }

    out->in6.sin6_family = AF_INET6;
    memcpy(&out->in6.sin6_port, net_port, sizeof net_port);
    memcpy(&out->in6.sin6_addr, addr->bytes, sizeof addr->bytes);
    return (int)sizeof out->in6;
}

static int akolhook_winsock_i_is_limit(long error) {
    return error == WSAEMFILE || error == WSAENOBUFS || error == WSA_NOT_ENOUGH_MEMORY;
}

static int akolhook_winsock_i_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    akolhook_winsock_i_name name;
    int len = akolhook_winsock_i_sockaddr(addr, port, &name);
    SOCKET socket = akolhook_winsock_i_socket(addr->family == 4 ? AF_INET : AF_INET6);

    (void)user;
    *out = -1;
    if (socket == INVALID_SOCKET) {
        *native_error = akolhook_winsock_i_error();
        return akolhook_winsock_i_is_limit(*native_error) ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
    }

    *out = (intptr_t)socket;
    if (AKOLHOOK_WINSOCK_I_SYS(connect)(socket, &name.any, len) == 0) return 0;
    if (WSAGetLastError() == WSAEWOULDBLOCK) return AKOLHOOK_IO_WANT_WRITE;

    *native_error = akolhook_winsock_i_error();
    *out = -1;
    (void)AKOLHOOK_WINSOCK_I_SYS(closesocket)(socket);
    return akolhook_winsock_i_is_limit(*native_error) ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
}

static int akolhook_winsock_i_connected(void *user, intptr_t socket, long *native_error) {
    akolhook_winsock_i_name name;
    int error = 0, len = (int)sizeof error;

    (void)user;
    if (AKOLHOOK_WINSOCK_I_SYS(getsockopt)((SOCKET)socket, SOL_SOCKET, SO_ERROR, (char *)&error, &len) != 0)
        error = WSAGetLastError();
    if (error == 0) {
        len = (int)sizeof name;
        if (AKOLHOOK_WINSOCK_I_SYS(getpeername)((SOCKET)socket, &name.any, &len) == 0) return 0;
        error = WSAGetLastError();
        if (error == WSAENOTCONN) return AKOLHOOK_IO_WANT_WRITE; /* no error, no peer: under way */
    }
    *native_error = error;
    return AKOLHOOK_IO_FAIL;
}

/* ---- waiting ---- */

#define AKOLHOOK_WINSOCK_I_SLICE_MS 50 /* between two questions for connections that failed */

typedef char akolhook_winsock_i_pollfd_fits[sizeof(WSAPOLLFD) <= sizeof(akolhook_wait) ? 1 : -1];

/* The list becomes one of WSAPOLLFD in its own place, front to back. Returns how many want to write. */
static size_t akolhook_winsock_i_to_poll(akolhook_wait *items, size_t count) {
    uint8_t *place = (uint8_t *)items;
    akolhook_wait item;
    WSAPOLLFD fd;
    size_t i, writers = 0;

    for (i = 0; i < count; i++) {
        memcpy(&item, place + i * sizeof item, sizeof item);
        memset(&fd, 0, sizeof fd);
        fd.fd = (SOCKET)item.socket;
        fd.events = (SHORT)((item.read ? POLLRDNORM : 0) | (item.write ? POLLWRNORM : 0));
        if (item.write) writers++;
        memcpy(place + i * sizeof fd, &fd, sizeof fd);
    }
    return writers;
}

/* And back, back to front. */
static void akolhook_winsock_i_from_poll(akolhook_wait *items, size_t count, int is_told) {
    uint8_t *place = (uint8_t *)items;
    akolhook_wait item;
    WSAPOLLFD fd;
    size_t i;

    for (i = count; i-- > 0;) {
        memcpy(&fd, place + i * sizeof fd, sizeof fd);
        memset(&item, 0, sizeof item);
        item.socket = (intptr_t)fd.fd;
        if (!is_told) fd.revents = 0;
        item.read = fd.revents != 0 && fd.revents != POLLWRNORM;
        item.write = fd.revents != 0 && fd.revents != POLLRDNORM;
        memcpy(place + i * sizeof item, &item, sizeof item);
    }
}

/* Asks with select, as many at a time as it takes, which of those that want to write have failed; they get
   POLLERR. Returns how many. */
static int akolhook_winsock_i_failed(WSAPOLLFD *fds, size_t count) {
    struct timeval at_once = {0, 0};
    fd_set failed;
    size_t i, from, to, at;
    int found = 0;

    for (from = 0; from < count; from = to) {
        failed.fd_count = 0;
        for (to = from; to < count && failed.fd_count < FD_SETSIZE; to++)
            if (fds[to].events & POLLWRNORM) failed.fd_array[failed.fd_count++] = fds[to].fd;

        if (!failed.fd_count || AKOLHOOK_WINSOCK_I_SYS(select)(0, NULL, NULL, &failed, &at_once) <= 0)
            continue;
        for (at = 0; at < failed.fd_count; at++)
            for (i = from; i < to; i++)
                if (fds[i].fd == failed.fd_array[at] && (fds[i].events & POLLWRNORM)) {
                    fds[i].revents = POLLERR;
                    found++;
                }
    }
    return found;
}

static int akolhook_winsock_i_wait(
        void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    WSAPOLLFD *fds = (WSAPOLLFD *)(void *)items;
    size_t writers;
    int ready, slice, error = 0;

    (void)user;
    if (count == 0) { /* WSAPoll refuses an empty list */
        Sleep((DWORD)timeout_ms);
        return 0;
    }

    writers = akolhook_winsock_i_to_poll(items, count);
    do {
        slice = writers && timeout_ms > AKOLHOOK_WINSOCK_I_SLICE_MS ? AKOLHOOK_WINSOCK_I_SLICE_MS
                                                                    : timeout_ms;
        ready = AKOLHOOK_WINSOCK_I_SYS(WSAPoll)(fds, (ULONG)count, slice);
        if (ready < 0) error = WSAGetLastError();
        if (ready == 0 && writers) ready = akolhook_winsock_i_failed(fds, count);
        timeout_ms -= slice;
    } while (ready == 0 && timeout_ms > 0);
    akolhook_winsock_i_from_poll(items, count, ready > 0);

    if (ready >= 0 || error == WSAEINTR) return 0;
    *native_error = error;
    return AKOLHOOK_IO_FAIL;
}

/* ---- the plain transport ---- */

static int akolhook_winsock_i_open(akolhook_conn *conn) {
    (void)conn;
    return 0;
}
static void akolhook_winsock_i_shut(akolhook_conn *conn) { (void)conn; }

static int akolhook_winsock_i_lost(akolhook_conn *conn, int want) {
    int error = WSAGetLastError();
    if (error == WSAEWOULDBLOCK) return want;
    conn->native_error = error;
    return AKOLHOOK_IO_FAIL;
}

static ptrdiff_t akolhook_winsock_i_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    enum { PARTS = 4 };
    const size_t most = 1u << 28; /* of a part, as the sum of all is a DWORD */
    WSABUF slices[PARTS];
    DWORD sent = 0;
    size_t i;

    if (count > PARTS) count = PARTS;
    for (i = 0; i < count; i++) {
        memcpy(&slices[i].buf, &parts[i].ptr, sizeof parts[i].ptr); /* Winsock has no const there */
        slices[i].len = (ULONG)(parts[i].len < most ? parts[i].len : most);
        if (parts[i].len > most) count = i + 1;
    }

    if (AKOLHOOK_WINSOCK_I_SYS(WSASend)((SOCKET)conn->socket, slices, (DWORD)count, &sent, 0, NULL, NULL) !=
            0)
        return akolhook_winsock_i_lost(conn, AKOLHOOK_IO_WANT_WRITE);
    return (ptrdiff_t)sent;
}
static ptrdiff_t akolhook_winsock_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_str part = akolhook_str_n(data, len);
    return akolhook_winsock_i_sendv(conn, &part, 1);
}

static ptrdiff_t akolhook_winsock_i_recv(akolhook_conn *conn, void *data, size_t len) {
    int most = len < INT_MAX ? (int)len : INT_MAX;
    int n = AKOLHOOK_WINSOCK_I_SYS(recv)((SOCKET)conn->socket, (char *)data, most, 0);
    if (n > 0) return n;
    return n == 0 ? AKOLHOOK_IO_EOF : akolhook_winsock_i_lost(conn, AKOLHOOK_IO_WANT_READ);
}

/* ---- lookup ---- */

static void akolhook_winsock_i_take(akolhook_lookup *answer, const struct addrinfo *found) {
    akolhook_winsock_i_name name;
    akolhook_addr addr;

    memset(&addr, 0, sizeof addr);
    if (found->ai_family == AF_INET && found->ai_addrlen >= sizeof name.in4) {
        memcpy(&name.in4, found->ai_addr, sizeof name.in4);
        addr.family = 4;
        memcpy(addr.bytes, &name.in4.sin_addr, 4);
    } else if (found->ai_family == AF_INET6 && found->ai_addrlen >= sizeof name.in6) {
        memcpy(&name.in6, found->ai_addr, sizeof name.in6);
        addr.family = 6;
        memcpy(addr.bytes, &name.in6.sin6_addr, sizeof addr.bytes);
    } else
        return;

    if (answer->count == AKOLHOOK_MAX_ADDRESSES)
        answer->status = AKOLHOOK_TOO_MANY_ADDRESSES;
    else
        answer->addrs[answer->count++] = addr;
}

/* Blocks until the resolver answers. */
static void akolhook_winsock_i_resolve(const char *host, akolhook_lookup *answer) {
    struct addrinfo hints, *list = NULL, *at;
    int code;

    memset(answer, 0, sizeof *answer);
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    code = AKOLHOOK_WINSOCK_I_SYS(getaddrinfo)(host, NULL, &hints, &list);
    if (code != 0) {
        answer->native_error = code;
        answer->status = akolhook_winsock_i_is_limit(code) ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_LOOKUP_FAILED;
        return;
    }

    for (at = list; at && answer->status == AKOLHOOK_OK; at = at->ai_next)
        akolhook_winsock_i_take(answer, at);
    AKOLHOOK_WINSOCK_I_SYS(freeaddrinfo)(list);
}

static int akolhook_winsock_i_found(akolhook_lookup *lookup, const akolhook_lookup *answer) {
    lookup->native_error = answer->native_error;
    lookup->status = answer->status;
    if (answer->status != AKOLHOOK_OK) return AKOLHOOK_IO_FAIL;
    memcpy(lookup->addrs, answer->addrs, answer->count * sizeof answer->addrs[0]);
    lookup->count = answer->count;
    return 0;
}

#ifdef AKOLHOOK_NO_THREADS

static int akolhook_winsock_i_lookup(void *user, akolhook_lookup *lookup) {
    akolhook_lookup answer;
    (void)user;
    akolhook_winsock_i_resolve(lookup->host, &answer);
    return akolhook_winsock_i_found(lookup, &answer);
}
static void akolhook_winsock_i_lookup_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}
AKOLHOOK_API akolhook_status akolhook_winsock_lookups_wait(int timeout_ms) {
    (void)timeout_ms;
    return AKOLHOOK_OK;
}

#else

typedef enum akolhook_winsock_i_stage {
    AKOLHOOK_WINSOCK_I_FREE,     /* its thread, if it had one, may still have to be joined */
    AKOLHOOK_WINSOCK_I_AT_WORK,  /* a client waits for it */
    AKOLHOOK_WINSOCK_I_GIVEN_UP, /* at work, and nobody waits */
    AKOLHOOK_WINSOCK_I_ANSWERED  /* the answer was not fetched yet */
} akolhook_winsock_i_stage;

/* One thread that looks a name up. */
typedef struct akolhook_winsock_i_worker {
    akolhook_winsock_i_stage stage; /* under the lock */
    HANDLE thread;                  /* NULL: none was started, or it is joined; under the lock */
    char host[256];                 /* the thread's while it is at work, like the answer */
    akolhook_lookup answer;
} akolhook_winsock_i_worker;

#define AKOLHOOK_WINSOCK_I_WORKERS (2u * AKOLHOOK_MAX_LOOKUPS)
static akolhook_winsock_i_worker akolhook_winsock_i_workers[AKOLHOOK_WINSOCK_I_WORKERS];
static SRWLOCK akolhook_winsock_i_lock = SRWLOCK_INIT;

static DWORD WINAPI akolhook_winsock_i_thread(void *argument) {
    akolhook_winsock_i_worker *worker = (akolhook_winsock_i_worker *)argument;
    akolhook_winsock_i_resolve(worker->host, &worker->answer);

    AcquireSRWLockExclusive(&akolhook_winsock_i_lock);
    worker->stage = worker->stage == AKOLHOOK_WINSOCK_I_GIVEN_UP ? AKOLHOOK_WINSOCK_I_FREE
                                                                 : AKOLHOOK_WINSOCK_I_ANSWERED;
    ReleaseSRWLockExclusive(&akolhook_winsock_i_lock);
    return 0;
}

/* Under the lock, which a thread that is not at work takes no more: it is about to end, or has. */
static void akolhook_winsock_i_join(akolhook_winsock_i_worker *worker) {
    if (!worker->thread) return;
    (void)WaitForSingleObject(worker->thread, INFINITE);
    (void)CloseHandle(worker->thread);
    worker->thread = NULL;
}

/* Under the lock. 0, or GetLastError's code. */
static DWORD akolhook_winsock_i_start(akolhook_winsock_i_worker *worker, const char *host) {
    size_t len = strlen(host);

    akolhook_winsock_i_join(worker);
    if (len >= sizeof worker->host) return ERROR_INVALID_PARAMETER;
    memcpy(worker->host, host, len + 1);
    worker->stage = AKOLHOOK_WINSOCK_I_AT_WORK;
    worker->thread =
            AKOLHOOK_WINSOCK_I_SYS(CreateThread)(NULL, 0, akolhook_winsock_i_thread, worker, 0, NULL);
    if (worker->thread) return 0;

    worker->stage = AKOLHOOK_WINSOCK_I_FREE;
    return GetLastError();
}

static int akolhook_winsock_i_begin(akolhook_lookup *lookup) {
    akolhook_winsock_i_worker *worker = NULL;
    size_t i;
    DWORD error = 0;

    AcquireSRWLockExclusive(&akolhook_winsock_i_lock);
    for (i = 0; i < AKOLHOOK_WINSOCK_I_WORKERS && !worker; i++)
        if (akolhook_winsock_i_workers[i].stage == AKOLHOOK_WINSOCK_I_FREE)
            worker = &akolhook_winsock_i_workers[i];
    if (worker) error = akolhook_winsock_i_start(worker, lookup->host);
    ReleaseSRWLockExclusive(&akolhook_winsock_i_lock);

    if (!worker) { /* asked again until there is a place */
        lookup->status = AKOLHOOK_LOOKUP_BUSY;
        return AKOLHOOK_IO_WANT_READ;
    }
    if (error == 0) {
        lookup->state = worker;
        return AKOLHOOK_IO_WANT_READ;
    }
    lookup->status = AKOLHOOK_SYSTEM_LIMIT;
    lookup->native_error = (long)error;
    return AKOLHOOK_IO_FAIL;
}

/* The client asks again after a pause, as there is no socket to wait for. */
static int akolhook_winsock_i_lookup(void *user, akolhook_lookup *lookup) {
    akolhook_winsock_i_worker *worker = (akolhook_winsock_i_worker *)lookup->state;
    int result = AKOLHOOK_IO_WANT_READ;

    (void)user;
    if (!worker) return akolhook_winsock_i_begin(lookup);

    AcquireSRWLockExclusive(&akolhook_winsock_i_lock);
    if (worker->stage == AKOLHOOK_WINSOCK_I_ANSWERED) {
        result = akolhook_winsock_i_found(lookup, &worker->answer);
        worker->stage = AKOLHOOK_WINSOCK_I_FREE;
        lookup->state = NULL;
    }
    ReleaseSRWLockExclusive(&akolhook_winsock_i_lock);
    return result;
}

/* Its thread, if it is still at work, goes on without being waited for. */
static void akolhook_winsock_i_lookup_cancel(void *user, akolhook_lookup *lookup) {
    akolhook_winsock_i_worker *worker = (akolhook_winsock_i_worker *)lookup->state;

    (void)user;
    lookup->state = NULL;
    if (!worker) return;
    AcquireSRWLockExclusive(&akolhook_winsock_i_lock);
    worker->stage = worker->stage == AKOLHOOK_WINSOCK_I_AT_WORK ? AKOLHOOK_WINSOCK_I_GIVEN_UP
                                                                : AKOLHOOK_WINSOCK_I_FREE;
    ReleaseSRWLockExclusive(&akolhook_winsock_i_lock);
}

AKOLHOOK_API akolhook_status akolhook_winsock_lookups_wait(int timeout_ms) {
    const int64_t until = akolhook_winsock_i_monotonic_ms(NULL) + timeout_ms;
    size_t i, left;

    for (;;) {
        left = 0;
        AcquireSRWLockExclusive(&akolhook_winsock_i_lock);
        for (i = 0; i < AKOLHOOK_WINSOCK_I_WORKERS; i++) {
            akolhook_winsock_i_worker *worker = &akolhook_winsock_i_workers[i];
            int is_at_work = worker->stage == AKOLHOOK_WINSOCK_I_AT_WORK ||
                             worker->stage == AKOLHOOK_WINSOCK_I_GIVEN_UP;
            left += (size_t)is_at_work;
            if (!is_at_work) akolhook_winsock_i_join(worker);
        }
        ReleaseSRWLockExclusive(&akolhook_winsock_i_lock);

        if (!left) return AKOLHOOK_OK;
        if (timeout_ms >= 0 && akolhook_winsock_i_monotonic_ms(NULL) >= until) return AKOLHOOK_LOOKUP_BUSY;
        Sleep(1);
    }
}

#endif /* AKOLHOOK_NO_THREADS */

/* ---- the platform ---- */

static const akolhook_transport akolhook_winsock_i_plain = {0, akolhook_winsock_i_open, NULL,
        akolhook_winsock_i_send, akolhook_winsock_i_recv, akolhook_winsock_i_shut, NULL,
        AKOLHOOK_TRANSPORT_UNBUFFERED, akolhook_winsock_i_sendv};
static const akolhook_platform akolhook_winsock_i_platform = {akolhook_winsock_i_monotonic_ms,
        akolhook_winsock_i_unix_ms, akolhook_winsock_random, akolhook_winsock_i_lookup,
        akolhook_winsock_i_lookup_cancel, akolhook_winsock_i_connect, akolhook_winsock_i_connected,
        akolhook_winsock_i_close, akolhook_winsock_i_wait, &akolhook_winsock_i_plain, NULL, NULL, NULL, NULL,
        NULL};
AKOLHOOK_API const akolhook_platform *akolhook_winsock_platform(void) { return &akolhook_winsock_i_platform; }

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_WINSOCK_IMPLEMENTATION */
