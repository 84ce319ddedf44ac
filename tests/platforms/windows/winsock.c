/* The client over akolhook_winsock.h and real sockets on the loopback, with a server thread that behaves as
   told. Every system call of the platform goes through a wrapper here, which can make any one of them fail;
   the resolver is made up. */
#define AKOLHOOK_MAX_LOOKUPS 2
#define AKOLHOOK_WINSOCK_I_SYS(name) sys_##name
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <bcrypt.h>

/* ---- system calls that fail when told ---- */

static CRITICAL_SECTION sys_lock;
static int sys_calls, sys_fail_at; /* the N-th call fails; 0: none */
static const char *sys_failed;     /* which one that was */
static const char *sys_name;       /* or the N-th of this name, with this error */
static int sys_name_at, sys_name_error;
static long sys_sockets; /* open ones of the platform */
static int sys_inherited;

static int sys_hit(const char *name) {
    int hit, error = WSAENOBUFS;
    EnterCriticalSection(&sys_lock);
    hit = ++sys_calls == sys_fail_at;
    if (sys_name && strcmp(sys_name, name) == 0 && --sys_name_at == 0) {
        hit = 1;
        error = sys_name_error;
    }
    if (hit) sys_failed = name;
    LeaveCriticalSection(&sys_lock);
    if (hit) WSASetLastError(error);
    return hit;
}
static void sys_reset(void) {
    sys_calls = sys_fail_at = 0;
    sys_failed = sys_name = NULL;
}
static void sys_fail(const char *name, int at, int error) {
    sys_reset();
    sys_name = name;
    sys_name_at = at;
    sys_name_error = error;
}

static int sys_version_old; /* WSAStartup gives 1.1 */
static int sys_WSAStartup(WORD version, WSADATA *data) {
    int result;
    if (sys_hit("WSAStartup")) return WSASYSNOTREADY;
    result = WSAStartup(version, data);
    if (sys_version_old) data->wVersion = MAKEWORD(1, 1);
    return result;
}
static NTSTATUS sys_BCryptGenRandom(BCRYPT_ALG_HANDLE from, PUCHAR out, ULONG len, ULONG flags) {
    if (!sys_hit("BCryptGenRandom")) return BCryptGenRandom(from, out, len, flags);
    memset(out, 0xab, len / 2);
    return (NTSTATUS)0xC0000001;
}
static SOCKET sys_WSASocketW(
        int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group, DWORD flags) {
    SOCKET s =
            sys_hit("WSASocketW") ? INVALID_SOCKET : WSASocketW(family, type, protocol, info, group, flags);
    if (s != INVALID_SOCKET) InterlockedIncrement(&sys_sockets);
    return s;
}
static int sys_closesocket(SOCKET s) {
    InterlockedDecrement(&sys_sockets);
    return closesocket(s);
}
static int sys_ioctlsocket(SOCKET s, long command, u_long *argument) {
    return sys_hit("ioctlsocket") ? -1 : ioctlsocket(s, command, argument);
}
static int sys_setsockopt(SOCKET s, int level, int name, const char *value, int len) {
    return sys_hit("setsockopt") ? -1 : setsockopt(s, level, name, value, len);
}
static int sys_connect(SOCKET s, const struct sockaddr *name, int len) {
    DWORD flags = HANDLE_FLAG_INHERIT;
    if (!GetHandleInformation((HANDLE)s, &flags) || (flags & HANDLE_FLAG_INHERIT)) sys_inherited++;
    return sys_hit("connect") ? -1 : connect(s, name, len);
}
static int sys_getsockopt(SOCKET s, int level, int name, char *value, int *len) {
    return sys_hit("getsockopt") ? -1 : getsockopt(s, level, name, value, len);
}
static int sys_getpeername(SOCKET s, struct sockaddr *name, int *len) {
    return sys_hit("getpeername") ? -1 : getpeername(s, name, len);
}
static int sys_mute; /* WSAPoll as it was before Windows 10 of 2004: nothing of a connection that failed */
static int sys_WSAPoll(WSAPOLLFD *fds, ULONG count, int timeout) {
    int result, left = 0;
    ULONG i;
    if (sys_hit("WSAPoll")) return -1;
    result = WSAPoll(fds, count, sys_mute && timeout > 5 ? 5 : timeout);
    for (i = 0; sys_mute && result > 0 && i < count; i++) {
        if (fds[i].revents & (POLLERR | POLLHUP)) fds[i].revents = 0;
        left += fds[i].revents != 0;
    }
    if (sys_mute && result > 0 && !left) Sleep(5);
    return sys_mute && result > 0 ? left : result;
}
static int sys_select(int n, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout) {
    return sys_hit("select") ? -1 : select(n, read, write, except, timeout);
}
static int sys_WSASend(SOCKET s, WSABUF *parts, DWORD count, DWORD *sent, DWORD flags,
        WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE done) {
    return sys_hit("WSASend") ? -1 : WSASend(s, parts, count, sent, flags, overlapped, done);
}
static int sys_recv(SOCKET s, char *data, int len, int flags) {
    return sys_hit("recv") ? -1 : recv(s, data, len, flags);
}

/* The resolver: "v4", "v6" and "both" are this machine, "many" has more addresses than a lookup holds, "slow"
   waits for sys_answer, all else is not found. */
static HANDLE sys_answer;
static struct addrinfo sys_list[100];
static struct sockaddr_in sys_in4;
static struct sockaddr_in6 sys_in6;
static int sys_getaddrinfo(
        const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
    size_t i, count = strncmp(host, "both", 4) == 0 ? 2 : strncmp(host, "many", 4) == 0 ? 100 : 1;
    (void)service;
    (void)hints;
    if (sys_hit("getaddrinfo")) return WSA_NOT_ENOUGH_MEMORY;
    if (strncmp(host, "slow", 4) == 0) WaitForSingleObject(sys_answer, INFINITE);
    if (strncmp(host, "none", 4) == 0) return WSAHOST_NOT_FOUND;

    EnterCriticalSection(&sys_lock);
    sys_in4.sin_family = AF_INET;
    sys_in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sys_in6.sin6_family = AF_INET6;
    sys_in6.sin6_addr.s6_addr[15] = 1;
    for (i = 0; i < count; i++) {
        int is_v6 = strncmp(host, "v6", 2) == 0 || (count == 2 && i == 0);
        sys_list[i].ai_family = is_v6 ? AF_INET6 : AF_INET;
        sys_list[i].ai_addrlen = is_v6 ? sizeof sys_in6 : sizeof sys_in4;
        sys_list[i].ai_addr =
                is_v6 ? (struct sockaddr *)(void *)&sys_in6 : (struct sockaddr *)(void *)&sys_in4;
        sys_list[i].ai_next = i + 1 < count ? &sys_list[i + 1] : NULL;
    }
    LeaveCriticalSection(&sys_lock);
    *list = sys_list;
    return 0;
}
static void sys_freeaddrinfo(struct addrinfo *list) { (void)list; }
static HANDLE sys_CreateThread(SECURITY_ATTRIBUTES *attributes, SIZE_T stack, LPTHREAD_START_ROUTINE start,
        void *argument, DWORD flags, DWORD *id) {
    HANDLE thread = NULL;
    if (!sys_hit("CreateThread")) return CreateThread(attributes, stack, start, argument, flags, id);
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return thread;
}

#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_winsock.h"
#include "../../check.h"

/* ---- a server that answers, or says nothing ---- */

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"
/* from python3: hmac.new(the secret's text, body, sha256) */
#define MAC "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89"

enum { PLACES = 64, ROOM = 1 << 21 };
static struct server {
    SOCKET listener, wake;
    HANDLE thread;
    int port;
    volatile LONG requests, signed_right, silent;
} server;

/* Where the body of a request that is all there ends; 0: there is more to come. */
static size_t request_end(const char *text, size_t len) {
    const char *head = (const char *)(len ? strstr(text, "\r\n\r\n") : NULL), *length;
    size_t end;
    if (!head || !(length = strstr(text, "Content-Length: "))) return 0;
    end = (size_t)(head - text) + 4 + strtoul(length + 16, NULL, 10);
    return len >= end ? end : 0;
}
static void answer(SOCKET s, const char *text) {
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    InterlockedIncrement(&server.requests);
    if (strstr(text, "X-Webhook-Signature: " MAC "\r\n")) InterlockedIncrement(&server.signed_right);
    send(s, reply, (int)sizeof reply - 1, 0);
}
/* One connection after another is served in one loop over select. */
static DWORD WINAPI serve(void *unused) {
    static struct {
        SOCKET s;
        char *text;
        size_t len;
    } conns[PLACES];
    size_t i, end;
    (void)unused;
    for (i = 0; i < PLACES; i++) conns[i].s = INVALID_SOCKET;
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(server.listener, &set);
        for (i = 0; i < PLACES - 1; i++)
            if (conns[i].s != INVALID_SOCKET) FD_SET(conns[i].s, &set);
        if (select(0, &set, NULL, NULL, NULL) <= 0) return 0;
        if (FD_ISSET(server.listener, &set)) {
            SOCKET s = accept(server.listener, NULL, NULL);
            if (s == INVALID_SOCKET) return 0;
            for (i = 0; i < PLACES - 1 && conns[i].s != INVALID_SOCKET;) i++;
            if (i == PLACES - 1) return 1;
            conns[i].s = s;
            conns[i].len = 0;
            if (!conns[i].text) conns[i].text = (char *)malloc(ROOM);
            if (!conns[i].text) return 1;
        }
        for (i = 0; i < PLACES - 1; i++) {
            int n;
            if (conns[i].s == INVALID_SOCKET || !FD_ISSET(conns[i].s, &set)) continue;
            n = recv(conns[i].s, conns[i].text + conns[i].len, (int)(ROOM - 1 - conns[i].len), 0);
            if (n <= 0) {
                closesocket(conns[i].s);
                conns[i].s = INVALID_SOCKET;
                continue;
            }
            conns[i].len += (size_t)n;
            conns[i].text[conns[i].len] = 0;
            end = request_end(conns[i].text, conns[i].len);
            if (!end || server.silent) continue;
            answer(conns[i].s, conns[i].text);
            conns[i].len = 0;
        }
    }
}
static SOCKET listener_on(int family, int port, int *bound) {
    struct sockaddr_in6 in6;
    struct sockaddr_in in4;
    int len = (int)sizeof in4;
    SOCKET s = socket(family, SOCK_STREAM, IPPROTO_TCP);
    memset(&in4, 0, sizeof in4);
    memset(&in6, 0, sizeof in6);
    in4.sin_family = AF_INET;
    in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in4.sin_port = htons((u_short)port);
    in6.sin6_family = AF_INET6;
    in6.sin6_addr.s6_addr[15] = 1;
    in6.sin6_port = in4.sin_port;
    if (s == INVALID_SOCKET) return s;
    if ((family == AF_INET ? bind(s, (struct sockaddr *)(void *)&in4, (int)sizeof in4)
                           : bind(s, (struct sockaddr *)(void *)&in6, (int)sizeof in6)) != 0 ||
            listen(s, 64) != 0 ||
            (family == AF_INET && getsockname(s, (struct sockaddr *)(void *)&in4, &len) != 0)) {
        closesocket(s);
        return INVALID_SOCKET;
    }
    if (family == AF_INET) *bound = ntohs(in4.sin_port);
    return s;
}

/* ---- the client ---- */

static unsigned char memory[1 << 18];
static akolhook_client *client;
static akolhook_client_desc desc;
static akolhook_delivery d;
static char url[200];

static void set_up(uint32_t in_flight) {
    memset(&desc, 0, sizeof desc);
    desc.platform = akolhook_winsock_platform();
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.deadline_ms = 120000;
    desc.max_in_flight = in_flight;
    desc.max_per_origin = in_flight;
    server.silent = server.requests = server.signed_right = 0;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
}
static void tear_down(void) {
    akolhook_client_close(client);
    CHECK_INT(sys_sockets, 0);
}
static akolhook_status deliver(const char *host) {
    snprintf(url, sizeof url, "http://%s:%d/hook", host, server.port);
    return akolhook_deliver(client, url, SECRET, BODY, strlen(BODY), &d);
}

static void test_init(void) {
    long error = 0;
    CHECK_STATUS(akolhook_winsock_init(&error), OK);
    CHECK_INT(error, 0);
    akolhook_winsock_free();
    CHECK_STATUS(akolhook_winsock_init(NULL), OK);
    akolhook_winsock_free();

    sys_fail("WSAStartup", 1, 0);
    CHECK_STATUS(akolhook_winsock_init(&error), SYSTEM_LIMIT);
    CHECK_INT(error, WSASYSNOTREADY);
    sys_reset();
    sys_version_old = 1;
    CHECK_STATUS(akolhook_winsock_init(&error), SYSTEM_LIMIT);
    CHECK_INT(error, WSAVERNOTSUPPORTED);
    sys_version_old = 0;
}

static void test_clocks(void) {
    const akolhook_platform *platform = akolhook_winsock_platform();
    int64_t now = (int64_t)time(NULL), before = platform->monotonic_ms_fn(NULL), after;
    int64_t now_ms = platform->unix_ms_fn(NULL);
    CHECK(akolhook_winsock_now() >= now - 1 && akolhook_winsock_now() <= now + 120);
    CHECK(now_ms >= (now - 1) * 1000 && now_ms <= (now + 120) * 1000);
    do after = platform->monotonic_ms_fn(NULL);
    while (after == before);
    CHECK(after > before);
    Sleep(200);
    CHECK(platform->monotonic_ms_fn(NULL) - after >= 190);
}

static void test_random(void) {
    static uint8_t a[3 << 20], b[64], zero[64];
    size_t i, ones = 0;
    CHECK_INT(akolhook_winsock_random(NULL, a, sizeof a), 0);
    CHECK_INT(akolhook_winsock_random(NULL, b, sizeof b), 0);
    CHECK(memcmp(a, b, sizeof b) != 0 && memcmp(a + sizeof a - 64, zero, 64) != 0);
    /* of 3 Mi bytes one of 256 has this value: 12,288 with a deviation of 111 */
    for (i = 0; i < sizeof a; i++) ones += a[i] == 1;
    CHECK(ones > 12288 - 1200 && ones < 12288 + 1200);
    CHECK_INT(akolhook_winsock_random(NULL, NULL, 0), 0);
    CHECK_INT(akolhook_winsock_random(NULL, NULL, 1), -1);
    sys_fail("BCryptGenRandom", 1, 0);
    CHECK_INT(akolhook_winsock_random(NULL, b, sizeof b), -1);
    CHECK_MEM(b, sizeof b, zero, sizeof zero);
    sys_reset();
}

static void test_deliveries(void) {
    static const char *const hosts[] = {"127.0.0.1", "v4.example.com", "both.example.com"};
    size_t i;
    set_up(1);
    for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        CHECK_STATUS(deliver(hosts[i]), OK);
        CHECK(d.code == 200 && !d.reused && d.native_error == 0 && d.peer_port == server.port);
        CHECK_STR(d.response, "ok");
        CHECK_STATUS(deliver(hosts[i]), OK);
        CHECK(d.reused);
    }
    CHECK_INT(server.requests, 6);
    CHECK_INT(server.signed_right, 6);
    CHECK_INT(sys_inherited, 0);
    tear_down();
}

/* The address of IPv6 is tried first, where there is one, and the other one serves. */
static void test_ipv6(void) {
    int port = 0;
    SOCKET s = listener_on(AF_INET6, server.port, &port);
    akolhook_str body = akolhook_str_c(BODY);
    if (s == INVALID_SOCKET) {
        printf("skipped: no IPv6 on the loopback\n");
        return;
    }
    set_up(1);
    snprintf(url, sizeof url, "http://[::1]:%d/", server.port);
    desc.deadline_ms = 1; /* it takes the connection and never answers */
    akolhook_client_close(client);
    desc.deadline_ms = 500;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
    CHECK_STATUS(akolhook_deliver(client, url, SECRET, body.ptr, body.len, &d), DEADLINE);
    CHECK(d.peer.family == 6 && d.peer.bytes[15] == 1 && d.connect_ms >= 0);
    CHECK_STATUS(deliver("v6.example.com"), DEADLINE);
    CHECK(d.peer.family == 6);
    tear_down();
    closesocket(s);
}

/* A body that no socket takes at once. */
static void test_large_body(void) {
    static char large[AKOLHOOK_MAX_BODY];
    memset(large, 'x', sizeof large);
    set_up(1);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    CHECK_STATUS(akolhook_deliver(client, url, SECRET, large, sizeof large, &d), OK);
    CHECK_STATUS(akolhook_deliver(client, url, SECRET, large, sizeof large, &d), OK);
    CHECK_INT(server.requests, 2);
    tear_down();
}

static void count_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)id;
    if (delivery->status == AKOLHOOK_OK) ++*(int *)user;
}
static void test_many(void) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    size_t left = 0;
    int i, done = 0;
    set_up(40);
    snprintf(url, sizeof url, "http://v4.example.com:%d/", server.port);
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c(BODY);
    for (i = 0; i < 400; i++) {
        while ((status = akolhook_client_submit(client, &request, count_done, &done, NULL)) ==
                AKOLHOOK_QUEUE_FULL)
            if (akolhook_client_poll(client, -1, NULL) != AKOLHOOK_OK) break;
        CHECK_STATUS(status, OK);
    }
    do status = akolhook_client_poll(client, -1, &left);
    while (status == AKOLHOOK_OK && left > 0);
    CHECK_STATUS(status, OK);
    CHECK_INT(done, 400);
    CHECK_INT(server.signed_right, 400);
    tear_down();
}

/* Nobody listens there; also where WSAPoll says nothing of it. More are open than select takes at once. */
static void test_refused(void) {
    akolhook_request request = AKOLHOOK_INIT;
    size_t left = 0;
    int port = 0, i, done = 0;
    SOCKET s = listener_on(AF_INET, 0, &port);
    closesocket(s);
    for (sys_mute = 0; sys_mute < 2; sys_mute++) {
        set_up(80);
        snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
        CHECK_STATUS(akolhook_deliver(client, url, SECRET, BODY, strlen(BODY), &d), CONNECT_FAILED);
        CHECK_INT(d.native_error, WSAECONNREFUSED);
        CHECK_INT(d.phase, AKOLHOOK_PHASE_CONNECT);
        request.url = akolhook_str_c(url);
        request.secret = akolhook_str_c(SECRET);
        for (i = 0; i < 80; i++)
            CHECK_STATUS(akolhook_client_submit(client, &request, count_done, &done, NULL), OK);
        do CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
        while (left > 0);
        tear_down();
    }
    CHECK_INT(done, 0);
    sys_mute = 0;
}

static void test_silent(void) {
    set_up(1);
    akolhook_client_close(client);
    desc.deadline_ms = 300;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
    server.silent = 1;
    CHECK_STATUS(deliver("127.0.0.1"), DEADLINE);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_HEAD);
    CHECK(d.ms >= 300);
    tear_down();
}

static void test_lookups(void) {
    static char urls[6][80];
    akolhook_request request = AKOLHOOK_INIT;
    size_t left = 0;
    int done = 0, i;
    set_up(6);
    CHECK_STATUS(deliver("none.example.com"), LOOKUP_FAILED);
    CHECK_INT(d.native_error, WSAHOST_NOT_FOUND);
    CHECK_STATUS(deliver("many.example.com"), TOO_MANY_ADDRESSES);
    sys_fail("getaddrinfo", 1, 0);
    CHECK_STATUS(deliver("v4.example.com"), SYSTEM_LIMIT);
    CHECK_INT(d.native_error, WSA_NOT_ENOUGH_MEMORY);
    sys_fail("CreateThread", 1, 0);
    CHECK_STATUS(deliver("v4.example.com"), SYSTEM_LIMIT);
    CHECK_INT(d.native_error, ERROR_NOT_ENOUGH_MEMORY);
    sys_reset();
    tear_down();

    /* four threads hang, two clients' worth; the fifth name waits for a place and says so */
    for (i = 0; i < 3; i++) {
        set_up(6);
        akolhook_client_close(client);
        desc.deadline_ms = 200;
        CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), OK);
        snprintf(urls[0], sizeof urls[0], "slow%d.example.com", 2 * i);
        snprintf(urls[1], sizeof urls[1], "http://slow%d.example.com:%d/", 2 * i + 1, server.port);
        request.url = akolhook_str_c(urls[1]);
        request.secret = akolhook_str_c(SECRET);
        CHECK_STATUS(akolhook_client_submit(client, &request, count_done, &done, NULL), OK);
        if (i < 2)
            CHECK_STATUS(deliver(urls[0]), DEADLINE);
        else
            CHECK_STATUS(deliver(urls[0]), LOOKUP_BUSY);
        tear_down();
    }
    CHECK_STATUS(akolhook_winsock_lookups_wait(0), LOOKUP_BUSY);
    CHECK_STATUS(akolhook_winsock_lookups_wait(30), LOOKUP_BUSY);

    /* the next name has a place as soon as one of them ends */
    set_up(2);
    snprintf(urls[0], sizeof urls[0], "http://v4.example.com:%d/", server.port);
    request.url = akolhook_str_c(urls[0]);
    done = 0;
    CHECK_STATUS(akolhook_client_submit(client, &request, count_done, &done, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 50, &left), OK);
    CHECK_INT(left, 1);
    SetEvent(sys_answer);
    do CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
    while (left > 0);
    CHECK_INT(done, 1);
    tear_down();
    CHECK_STATUS(akolhook_winsock_lookups_wait(-1), OK);
    CHECK_STATUS(akolhook_winsock_lookups_wait(0), OK);
    ResetEvent(sys_answer);
}

/* Each call fails in its turn: the delivery ends, the status fits, no socket is left. */
static void test_every_failure(void) {
    int n, hits = 0;
    for (n = 1; n < 200; n++) {
        akolhook_status status;
        set_up(1);
        sys_reset();
        sys_fail_at = n;
        status = deliver(n % 2 ? "v4.example.com" : "127.0.0.1");
        sys_fail_at = 0;
        if (!sys_failed) {
            CHECK_STATUS(status, OK);
            tear_down();
            break;
        }
        hits++;
        switch ((int)status) {
        case AKOLHOOK_OK: /* the next address, or asked again */
        case AKOLHOOK_RANDOM_FAILED:
        case AKOLHOOK_SYSTEM_LIMIT:
        case AKOLHOOK_CONNECT_FAILED:
        case AKOLHOOK_SEND_FAILED:
        case AKOLHOOK_RECEIVE_FAILED:
        case AKOLHOOK_WAIT_FAILED: break;
        default: CHECK_STATUS(status, OK); printf("after %s\n", sys_failed);
        }
        CHECK(status == AKOLHOOK_OK || strcmp(sys_failed, "BCryptGenRandom") != 0 ||
                status == AKOLHOOK_RANDOM_FAILED);
        CHECK(strcmp(sys_failed, "WSASocketW") != 0 || status == AKOLHOOK_SYSTEM_LIMIT);
        CHECK(strcmp(sys_failed, "WSASend") != 0 || status == AKOLHOOK_SEND_FAILED);
        tear_down();
    }
    CHECK(hits >= 9 && n < 200);
    sys_reset();
    CHECK_STATUS(akolhook_winsock_lookups_wait(-1), OK);

    /* the flag that Windows 7 without its service pack does not know */
    set_up(1);
    sys_inherited = 0;
    sys_fail("WSASocketW", 1, WSAEINVAL);
    CHECK_STATUS(deliver("127.0.0.1"), OK);
    CHECK_INT(sys_inherited, 0);
    sys_fail("WSAPoll", 1, WSAEINTR); /* no failure */
    CHECK_STATUS(deliver("127.0.0.1"), OK);
    sys_reset();
    tear_down();
}

int main(void) {
    InitializeCriticalSection(&sys_lock);
    sys_answer = CreateEventW(NULL, TRUE, FALSE, NULL);
    RUN(test_init);
    if (akolhook_winsock_init(NULL) != AKOLHOOK_OK) return 1;
    server.listener = listener_on(AF_INET, 0, &server.port);
    server.thread = CreateThread(NULL, 0, serve, NULL, 0, NULL);
    RUN(test_clocks);
    RUN(test_random);
    RUN(test_deliveries);
    RUN(test_ipv6);
    RUN(test_large_body);
    RUN(test_many);
    RUN(test_refused);
    RUN(test_silent);
    RUN(test_lookups);
    RUN(test_every_failure);
    return check_end();
}
