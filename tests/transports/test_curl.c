/* The transport on libcurl, against faultd.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls tests/transports/test_curl.c -lcurl -lssl \
       -lcrypto -pthread */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <curl/curl.h>
#include "calls_fail.h"
/* what can fail of libcurl's, one option of these being one that must not */
#undef curl_easy_setopt
#undef curl_multi_setopt
#undef curl_easy_getinfo
static const char *option_name(CURLoption option) {
    return option == CURLOPT_CAPATH ? "CURLOPT_CAPATH" : "curl_easy_setopt";
}
#define curl_easy_setopt(easy, option, value) \
    __extension__({ \
        CURLcode set = call_fails(option_name(option)) ? CURLE_UNKNOWN_OPTION \
                                                       : (curl_easy_setopt)(easy, option, value); \
        set; \
    })
#define curl_multi_setopt(...) CALL(curl_multi_setopt, CURLM_UNKNOWN_OPTION, (__VA_ARGS__))
#define curl_multi_init() CALL(curl_multi_init, NULL, ())
#define curl_easy_init() CALL(curl_easy_init, NULL, ())
#define curl_slist_append(...) CALL(curl_slist_append, NULL, (__VA_ARGS__))
#define curl_multi_add_handle(...) CALL(curl_multi_add_handle, CURLM_OUT_OF_MEMORY, (__VA_ARGS__))
#define curl_multi_socket_action(...) CALL(curl_multi_socket_action, CURLM_OUT_OF_MEMORY, (__VA_ARGS__))
#define curl_global_init(...) CALL(curl_global_init, CURLE_OUT_OF_MEMORY, (__VA_ARGS__))
/* when libcurl wants to go on, where a test says it */
static const long *told_timeout;
static CURLMcode faulty_timeout(CURLM *multi, long *ms) {
    CURLMcode code = call_fails("curl_multi_timeout") ? CURLM_INTERNAL_ERROR : curl_multi_timeout(multi, ms);
    if (told_timeout) *ms = *told_timeout;
    return code;
}
#define curl_multi_timeout(multi, ms) faulty_timeout(multi, ms)
/* no list of certificates, an empty one, no socket */
static int no_list;
static CURLcode faulty_getinfo(CURL *easy, CURLINFO what, void *out) {
    static const struct curl_certinfo none;
    if (call_fails("curl_easy_getinfo")) return CURLE_UNKNOWN_OPTION;
    if (what == CURLINFO_CERTINFO && call_fails("certificates"))
        *(const struct curl_certinfo **)out = no_list ? NULL : &none;
    else if (what == CURLINFO_ACTIVESOCKET && call_fails("socket of libcurl"))
        *(curl_socket_t *)out = CURL_SOCKET_BAD;
    else
        return curl_easy_getinfo(easy, what, out);
    return CURLE_OK;
}
#define curl_easy_getinfo(easy, what, out) faulty_getinfo(easy, what, out)
/* another libcurl, where a test says which */
static const curl_version_info_data *told_curl;
static const curl_version_info_data *curl_is(void) {
    return told_curl ? told_curl : curl_version_info(CURLVERSION_NOW);
}
#define curl_version_info(age) curl_is()
/* that a call would block, or moves nothing */
static CURLcode send_gives;
static CURLcode faulty_send(CURL *easy, const void *data, size_t len, size_t *done) {
    return bad_call.only && call_fails("curl_easy_send") ? send_gives : curl_easy_send(easy, data, len, done);
}
#define curl_easy_send(easy, data, len, done) faulty_send(easy, data, len, done)
/* the system's calls that the transport makes itself */
static int socket_error = EMFILE, poll_gives = -1;
static int sys_socket(int family, int type, int protocol) {
    if (!call_fails("socket")) return socket(family, type, protocol);
    errno = socket_error;
    return -1;
}
static int sys_getpeername(int fd, struct sockaddr *name, socklen_t *len) {
    if (call_fails("getpeername")) {
        errno = EBADF;
        return -1;
    }
    if (call_fails("getpeername of another family")) {
        name->sa_family = AF_UNIX;
        return 0;
    }
    return getpeername(fd, name, len);
}
static int sys_poll(struct pollfd *fds, nfds_t count, int ms) {
    if (poll_gives < 0) return poll(fds, count, ms);
    fds->revents = (short)(poll_gives ? POLLOUT | POLLERR : 0);
    return poll_gives;
}
#define AKOLHOOK_CURL_I_SYS(name) sys_##name
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_curl.h"
#define FAULTD_NO_MAIN
#define FAULTD_TLS
#include "faultd.c"
#include "faultd.h"
#include <sys/resource.h>
#include "../check.h"

#define PATIENCE_MS 120000 /* nothing here takes longer unless it is broken */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static faultd server;
static char directory[] = "/tmp/akolhook-curl-XXXXXX";
static char ca_file[64];
static volatile sig_atomic_t sigpipes;

static void on_sigpipe(int number) {
    (void)number;
    sigpipes++;
}
static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static int descriptors(void) {
    int fd, n = 0;
    for (fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1) n++;
    return n;
}

/* ---- lookups ---- */

/* The system's lookup, for whoever calls it, libcurl included. It is noted, and answers this machine when it
 * may. */
static int system_lookups, system_answers;
static struct addrinfo system_answer;
static struct sockaddr_in system_address;
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
    (void)node;
    (void)service;
    (void)hints;
    system_lookups++;
    if (!system_answers) return EAI_FAIL;
    system_address.sin_family = AF_INET;
    system_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    system_answer.ai_family = AF_INET;
    system_answer.ai_addr = (struct sockaddr *)(void *)&system_address;
    system_answer.ai_addrlen = sizeof system_address;
    *list = &system_answer;
    return 0;
}
void freeaddrinfo(struct addrinfo *list) { CHECK(list == &system_answer); }

/* What a name stands for in these tests; count 0 with hang: no answer ever comes. */
static struct {
    const char *texts[3];
    size_t count, told;
    int hang, fail, calls, cancels;
} names; /* told: if not count */

static int test_lookup(void *user, akolhook_lookup *lookup) {
    size_t i;
    (void)user;
    names.calls++;
    if (names.hang) return AKOLHOOK_IO_WANT_READ;
    if (names.fail) {
        lookup->native_error = EAI_NONAME;
        if (names.fail > 1) lookup->status = AKOLHOOK_SYSTEM_LIMIT;
        return AKOLHOOK_IO_FAIL;
    }
    for (i = 0; i < names.count; i++)
        if (akolhook_addr_parse(akolhook_str_c(names.texts[i]), &lookup->addrs[i]) != AKOLHOOK_OK) abort();
    lookup->count = names.told ? names.told : names.count;
    for (; i && i < names.told && i < AKOLHOOK_MAX_ADDRESSES; i++) lookup->addrs[i] = lookup->addrs[0];
    return 0;
}
static void test_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
    names.cancels++;
}
static void names_are(const char *first, const char *second) {
    memset(&names, 0, sizeof names);
    names.texts[0] = first;
    names.texts[1] = second;
    names.count = first ? second ? 2 : 1 : 0;
}

/* ---- a client over the transport ---- */

typedef struct world {
    akolhook_curl curl;
    akolhook_curl_desc curl_desc;
    akolhook_client *client;
    akolhook_client_desc desc;
    akolhook_platform platform;
    akolhook_cidr allow;
    void *memory;
} world;

static world *world_new(void) {
    static world w;
    memset(&w, 0, sizeof w);
    w.platform = *akolhook_posix_platform();
    w.platform.lookup_fn = test_lookup;
    w.platform.lookup_cancel_fn = test_cancel;
    w.curl_desc.ca_file = ca_file;
    w.curl_desc.platform = &w.platform;
    if (akolhook_cidr_parse(akolhook_str_c("127.0.0.1/32"), &w.allow) != AKOLHOOK_OK) abort();
    w.desc.policy.allow = &w.allow;
    w.desc.policy.allow_count = 1;
    w.desc.deadline_ms = PATIENCE_MS;
    names_are("127.0.0.1", NULL);
    return &w;
}
static void world_open(world *w) {
    size_t size;
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), OK);
    w->desc.tls = akolhook_curl_transport(&w->curl);
    size = akolhook_client_size(&w->desc);
    w->memory = malloc(size);
    CHECK_STATUS(akolhook_client_init(&w->client, w->memory, size, &w->desc), OK);
}
static void world_close(world *w) {
    akolhook_client_close(w->client);
    akolhook_curl_close(&w->curl);
    free(w->memory);
}
static const char *url_of(const char *host, const char *at_port, const char *path) {
    static char url[2][200];
    static int turn;
    turn = !turn;
    snprintf(url[turn], sizeof url[turn], "https://%s:%d%s", host, faultd_port(&server, at_port), path);
    return url[turn];
}
/* The response is copied, as it ends with the client. */
static char response[2048];
static akolhook_delivery deliver_body(world *w, const char *url, const char *body, size_t body_len) {
    static akolhook_delivery d;
    akolhook_status status = akolhook_deliver(w->client, url, SECRET, body, body_len, &d);
    CHECK_INT(status, d.status);
    snprintf(response, sizeof response, "%.*s", (int)d.response.len, d.response.len ? d.response.ptr : "");
    return d;
}
static akolhook_delivery deliver(world *w, const char *url) { return deliver_body(w, url, "{}", 2); }
static akolhook_delivery deliver_once(world *w, const char *url) {
    akolhook_delivery d;
    world_open(w);
    d = deliver(w, url);
    world_close(w);
    return d;
}

/* ---- the tests ---- */

static void test_delivers(void) {
    world *w = world_new();
    akolhook_delivery d;
    int before = descriptors();
    CHECK_INT(system_lookups, 0);
    world_open(w);
    d = deliver(w, url_of("hooks.localhost.example", "tls", "/ok"));
    CHECK_STATUS(d.status, TLS_WRONG_HOST);
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_close(w);
    world_open(w);
    d = deliver(w, url_of("hooks.localhost", "tls", "/tls"));
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.code, 200);
    CHECK_INT(d.peer.family, 4);
    CHECK_INT(d.peer.bytes[0], 127);
    CHECK(strncmp(response, "sni=hooks.localhost resumed=0 ", 30) == 0);
    CHECK(d.tls_ms >= 0 && d.connect_ms >= 0);
    d = deliver(w, url_of("127.0.0.1", "tls", "/tls"));
    CHECK_STATUS(d.status, OK);
    CHECK(strncmp(response, "sni= ", 5) == 0);
    if (faultd_port(&server, "tls6")) {
        d = deliver(w, url_of("[::1]", "tls6", "/ok"));
        CHECK_STATUS(d.status, OK);
        CHECK_INT(d.peer.family, 6);
    }
    world_close(w);
    CHECK_INT(system_lookups, 0); /* libcurl has looked up nothing */
    CHECK_INT(descriptors(), before);
}

/* Over the platform's own lookup: one for each connection, and its socket gives way to the connection's. */
static void test_posix_lookup(void) {
    world *w = world_new();
    int before = descriptors(), i;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    w->desc.idle_ms = AKOLHOOK_IDLE_NONE;
    w->curl_desc.platform = NULL;
    system_answers = 1;
    world_open(w);
    for (i = 1; i <= 3; i++) {
        akolhook_delivery d = deliver(w, url_of("localhost", "tls", "/ok"));
        CHECK_STATUS(d.status, OK);
        CHECK_INT(system_lookups, i);
        CHECK(d.ms < 9000);
    }
    world_close(w);
    CHECK_INT(names.calls, 0);
    for (i = 0; i < 1000 && descriptors() != before; i++)
        poll(NULL, 0, 10); /* the lookup's thread closes its own */
    CHECK_INT(descriptors(), before);
    system_answers = system_lookups = 0;
}

/* The request as it arrives, and one connection for two of them. */
static void test_request(void) {
    world *w = world_new();
    faultd_count before, after;
    akolhook_delivery d;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_open(w);
    before = faultd_counts(&server, "tls12");
    d = deliver(w, url_of("localhost", "tls12", "/echo"));
    CHECK_STATUS(d.status, OK);
    CHECK(strncmp(response, "POST /echo HTTP/1.1\r\nHost: localhost:", 37) == 0);
    CHECK(strstr(response, "Accept-Encoding: identity\r\n") != NULL);
    CHECK(strlen(response) > 2 && strcmp(response + strlen(response) - 6, "\r\n\r\n{}") == 0);
    d = deliver(w, url_of("localhost", "tls12", "/ok"));
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.reused, 1);
    after = faultd_counts(&server, "tls12");
    CHECK_INT(after.connections - before.connections, 1);
    CHECK_INT(after.requests - before.requests, 2);
    world_close(w);
}

static void test_blocked(void) {
    static const struct {
        const char *first, *second, *refused;
    } rows[] = {{"127.0.0.2", NULL, "127.0.0.2"}, {"127.0.0.1", "10.0.0.1", "10.0.0.1"},
            {"169.254.169.254", "127.0.0.1", "169.254.169.254"}, {"127.0.0.1", "::1", "::1"},
            {"::ffff:127.0.0.2", NULL, "::ffff:127.0.0.2"}};
    faultd_count before = faultd_counts(&server, "tls"), after;
    world *w;
    akolhook_delivery d;
    char text[AKOLHOOK_ADDR_SIZE];
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w = world_new();
        names_are(rows[i].first, rows[i].second);
        d = deliver_once(w, url_of("hooks.example", "tls", "/ok"));
        CHECK_STATUS(d.status, BLOCKED_ADDRESS);
        akolhook_addr_format(&d.peer, text);
        CHECK_TEXT(text, rows[i].refused);
    }
    w = world_new();
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, BLOCKED_NAME);
    CHECK_INT(names.calls, 0);
    w = world_new();
    CHECK_STATUS(deliver_once(w, url_of("127.0.0.2", "tls", "/ok")).status, BLOCKED_ADDRESS);
    after = faultd_counts(&server, "tls");
    CHECK_INT(after.connections, before.connections);
}

/* What libcurl asks a socket for is judged once more, whatever was looked up. */
static void test_open_socket(void) {
    static const struct {
        const char *text;
        int good;
    } rows[] = {{"127.0.0.1", 1}, {"127.0.0.2", 0}, {"10.0.0.1", 0}, {"1.1.1.1", 1}, {"::1", 0},
            {"2606:4700::1111", 1}};
    world *w = world_new();
    akolhook_curl_i_conn c;
    akolhook_conn conn;
    struct curl_sockaddr address;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    size_t i;
    curl_socket_t fd;
    world_open(w);
    memset(&conn, 0, sizeof conn);
    memset(&c, 0, sizeof c);
    conn.user = &w->curl;
    conn.policy = &w->desc.policy;
    c.conn = &conn;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct {
            struct curl_sockaddr head;
            char room[64];
        } large;
        akolhook_addr addr;
        CHECK_STATUS(akolhook_addr_parse(akolhook_str_c(rows[i].text), &addr), OK);
        memset(&large, 0, sizeof large);
        memset(&in4, 0, sizeof in4);
        in4.sin_family = AF_INET;
        in4.sin_port = htons(443);
        memcpy(&in4.sin_addr, addr.bytes, sizeof in4.sin_addr);
        memset(&in6, 0, sizeof in6);
        in6.sin6_family = AF_INET6;
        in6.sin6_port = htons(443);
        memcpy(&in6.sin6_addr, addr.bytes, sizeof in6.sin6_addr);
        large.head.addrlen = addr.family == 4 ? sizeof in4 : sizeof in6;
        large.head.family = addr.family == 4 ? AF_INET : AF_INET6;
        memcpy((char *)&large + offsetof(struct curl_sockaddr, addr),
                addr.family == 4 ? (void *)&in4 : (void *)&in6, large.head.addrlen);
        c.error = 97; /* of an address before */
        fd = akolhook_curl_i_open_socket(&c, CURLSOCKTYPE_IPCXN, &large.head);
        if (fd >= 0) CHECK_INT(c.error, 0);
        CHECK_INT(fd >= 0, rows[i].good);
        CHECK_INT(c.status, rows[i].good ? AKOLHOOK_OK : AKOLHOOK_BLOCKED_ADDRESS);
        if (fd >= 0) close(fd);
    }
    memset(&address, 0, sizeof address);
    address.family = AF_UNIX;
    address.addrlen = sizeof(struct sockaddr);
    CHECK_INT(akolhook_curl_i_open_socket(&c, CURLSOCKTYPE_IPCXN, &address), CURL_SOCKET_BAD);
    CHECK_INT(c.status, AKOLHOOK_BLOCKED_ADDRESS);
    world_close(w);
}

static void test_certificates(void) {
    static const struct {
        const char *port, *host;
        akolhook_status status;
    } rows[] = {{"rsa", "localhost", AKOLHOOK_OK}, {"tls13", "x.wild.localhost", AKOLHOOK_OK},
            {"wrong_host", "localhost", AKOLHOOK_TLS_WRONG_HOST},
            {"cn_only", "localhost", AKOLHOOK_TLS_WRONG_HOST},
            {"other_ip", "127.0.0.1", AKOLHOOK_TLS_WRONG_HOST},
            {"name_for_ip", "127.0.0.1", AKOLHOOK_TLS_WRONG_HOST}, {"ip_only", "127.0.0.1", AKOLHOOK_OK},
            {"ip_only", "localhost", AKOLHOOK_TLS_WRONG_HOST},
            {"tls", "a.x.wild.localhost", AKOLHOOK_TLS_WRONG_HOST},
            {"expired", "localhost", AKOLHOOK_TLS_EXPIRED}, {"not_yet", "localhost", AKOLHOOK_TLS_EXPIRED},
            {"self_signed", "localhost", AKOLHOOK_TLS_UNTRUSTED},
            {"other_ca", "localhost", AKOLHOOK_TLS_UNTRUSTED},
            {"leaf_ca", "localhost", AKOLHOOK_TLS_UNTRUSTED}, {"tls11", "localhost", AKOLHOOK_TLS_FAILED},
            {"alert", "localhost", AKOLHOOK_TLS_FAILED}, {"oversize", "localhost", AKOLHOOK_TLS_FAILED},
            {"hello_reset", "localhost", AKOLHOOK_TLS_FAILED},
            {"hello_closed", "localhost", AKOLHOOK_TLS_FAILED}, {"plain", "localhost", AKOLHOOK_TLS_FAILED},
            {"refused", "localhost", AKOLHOOK_CONNECT_FAILED}};
    world *w = world_new();
    size_t i;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_open(w);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_delivery d = deliver(w, url_of(rows[i].host, rows[i].port, "/ok"));
        akolhook_phase phase =
                AKOLHOOK_PHASE_TLS; /* also when libcurl has said so in the turn that connected */
        if (d.status == AKOLHOOK_OK) phase = AKOLHOOK_PHASE_DONE;
        if (d.status == AKOLHOOK_CONNECT_FAILED) phase = AKOLHOOK_PHASE_CONNECT;
        CHECK_INT(d.phase, phase);
        if (d.status == rows[i].status && (d.status == AKOLHOOK_OK || (d.native_error != 0 && d.code == 0)))
            continue;
        printf("%s for %s: %s, native error %ld: %s\n", rows[i].port, rows[i].host,
                akolhook_status_name(d.status), d.native_error, akolhook_curl_error_text(d.native_error));
        CHECK(d.status == rows[i].status);
    }
    world_close(w);
    CHECK_TEXT(akolhook_curl_error_text(100000), "");
    CHECK_TEXT(akolhook_curl_error_text(-1), "");
    CHECK(akolhook_curl_error_text(CURLE_PEER_FAILED_VERIFICATION)[0] != 0);
}

/* The DER of a piece of certificate as the text that libcurl gives; cut: so many characters of it. */
static int names_host(const char *der, size_t len, size_t cut) {
    char base64[400], text[500];
    size_t i, n, at = 0;
    CHECK_STATUS(akolhook_base64_encode(der, len, base64, sizeof base64, &n), OK);
    for (i = 0; i < n && at < cut; i++) {
        if (i % 64 == 0) text[at++] = i % 128 ? '\n' : '\r';
        text[at++] = base64[i];
    }
    text[at] = 0;
    return akolhook_curl_i_names_host(text);
}
#define OID "\x06\x03\x55\x1d\x11"
static void test_subject_alt_name(void) {
    static const struct {
        const char *der;
        size_t len;
        int names;
    } rows[] = {
#define ROW(der, names) {der, sizeof(der) - 1, names}
            ROW(OID "\x04\x09\x30\x07\x82\x05"
                    "a.com",
                    1),
            ROW("\x30\x10" OID "\x01\x01\xff\x04\x09\x30\x07\x82\x05"
                "a.com",
                    1),
            ROW(OID "\x04\x08\x30\x06\x87\x04\x7f\x00\x00\x01", 1),
            ROW("\x06\x03\x55\x1d" OID "\x04\x09\x30\x07\x82\x05"
                "a.com",
                    1),
            ROW(OID "\x04\x10\x30\x0e\x81\x05"
                    "a@b.c"
                    "\x82\x05"
                    "a.com",
                    1),
            ROW(OID "\x04\x0b\x30\x81\x08\x82\x81\x05"
                    "a.com",
                    1),
            ROW(OID "\x04\x0d\x30\x82\x00\x09\x82\x82\x00\x05"
                    "a.com",
                    1),
            ROW(OID "\x04\x09\x30\x07\x81\x05"
                    "a.com",
                    0),
            ROW(OID "\x04\x02\x30\x00", 0), ROW(OID "\x05\x00", 0), ROW("a.com", 0),
            ROW(OID "\x04\x09\x31\x07\x82\x05"
                    "a.com",
                    0),
            ROW(OID "\x04\x00\x30\x07\x82\x05"
                    "a.com",
                    0),
            ROW(OID "\x04\x09\x30\x83\x82\x05"
                    "a.com",
                    0),
            ROW(OID "\x04\x09\x30\x80\x82\x05"
                    "a.com",
                    0),
            ROW(OID "\x04\x0b\x30\x07\x81\x05"
                    "a@b.c"
                    "\x82\x05"
                    "a.com",
                    0), /* behind the end of the names */
            ROW(OID "\x01\x02\xff\x04\x09\x30\x07\x82\x05"
                    "a.com",
                    0),
            ROW(OID "\x01\x01", 0), ROW(OID "\x04\x82", 0), ROW(OID "\x04\x82\x00", 0),
            ROW(OID "\x04\x09\x30", 0), ROW("", 0)};
    size_t i, cut;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int names_it = names_host(rows[i].der, rows[i].len, 499);
        CHECK_INT(names_it, rows[i].names);
        if (names_it != rows[i].names) printf("  in row %d\n", (int)i);
        for (cut = 0; !rows[i].names && cut < rows[i].len * 2; cut++)
            CHECK_INT(names_host(rows[i].der, rows[i].len, cut), 0);
    }
    CHECK_INT(names_host(rows[0].der, rows[0].len, 10), 0);
    CHECK_INT(akolhook_curl_i_names_host("-----END"), 0);
}

static void test_cas(void) {
    world *w = world_new();
    akolhook_delivery d;
    char dir[64], link[96];
    FILE *f = fopen(ca_file, "r");
    X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
    if (!cert) abort();
    fclose(f);
    snprintf(dir, sizeof dir, "%s/cas", directory);
    snprintf(link, sizeof link, "%s/%08lx.0", dir,
            X509_NAME_hash_ex(X509_get_subject_name(cert), NULL, NULL, NULL));
    if (mkdir(dir, 0700) != 0 || symlink(ca_file, link) != 0) abort();
    X509_free(cert);
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    w->curl_desc.ca_file = NULL;
    w->curl_desc.ca_dir = dir;
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
    CHECK_STATUS(deliver_once(w, url_of("localhost", "other_ca", "/ok")).status, TLS_UNTRUSTED);
    unlink(link);
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, TLS_UNTRUSTED);
    rmdir(dir);
    w->curl_desc.ca_dir = NULL;
    w->curl_desc.ca_file = "/nonexistent/ca.pem";
    d = deliver_once(w, url_of("localhost", "tls", "/ok"));
    CHECK_STATUS(d.status, SYSTEM_LIMIT); /* this side's own fault */
    CHECK_INT(d.native_error, CURLE_SSL_CACERT_BADFILE);
    CHECK_INT(d.code, 0);
}

/* Proxies that would refuse, CAs that would do, files that would speak for the user: none of it counts. */
static void test_environment(void) {
    static const char *const proxies[] = {
            "https_proxy", "HTTPS_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"};
    static const char *const cas[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    char proxy[64], path[96];
    faultd_count before = faultd_counts(&server, "plain"), after;
    world *w = world_new();
    FILE *f;
    size_t i;
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", faultd_port(&server, "plain"));
    for (i = 0; i < 5; i++) setenv(proxies[i], proxy, 1);
    for (i = 0; i < 2; i++) setenv(cas[i], ca_file, 1);
    setenv("SSL_CERT_DIR", directory, 1);
    setenv("HOME", directory, 1);
    snprintf(path, sizeof path, "%s/.curlrc", directory);
    f = fopen(path, "w");
    if (!f || fprintf(f, "insecure\nproxy = %s\n", proxy) < 0 || fclose(f) != 0) abort();
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
    w->curl_desc.ca_file = NULL;
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, TLS_UNTRUSTED);
    after = faultd_counts(&server, "plain");
    CHECK_INT(after.connections, before.connections);
    for (i = 0; i < 5; i++) unsetenv(proxies[i]);
    for (i = 0; i < 2; i++) unsetenv(cas[i]);
    unsetenv("SSL_CERT_DIR");
    unlink(path);
}

/* libcurl writes the keys of its connections to a file that the environment names: the transport does not
 * begin then. */
static void test_keys_logged(void) {
    world *w = world_new();
    char path[96];
    snprintf(path, sizeof path, "%s/keys.log", directory);
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    setenv("SSLKEYLOGFILE", path, 1);
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), KEYS_LOGGED);
    akolhook_curl_close(&w->curl);
    setenv("SSLKEYLOGFILE", "", 1);
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
    unsetenv("SSLKEYLOGFILE");
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
    CHECK(access(path, F_OK) != 0);
    unlink(path);
}

/* An openssl.cnf that would let anything pass: a server with a key of 1024 bits is refused all the same. */
static void test_loose_configuration(void) {
    world *w = world_new();
    SSL_CTX *own = SSL_CTX_new(TLS_client_method());
    CHECK(!own || SSL_CTX_get_security_level(own) == 0); /* the file was read */
    SSL_CTX_free(own);
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    CHECK_STATUS(deliver_once(w, url_of("localhost", "weak", "/ok")).status, TLS_UNTRUSTED);
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls11", "/ok")).status, TLS_FAILED);
    CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
}
static void loosen(char *path, size_t room) {
    FILE *f;
    snprintf(path, room, "%s/openssl.cnf", directory);
    f = fopen(path, "w");
    if (!f ||
            fputs("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
                  "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n",
                    f) < 0 ||
            fclose(f) != 0)
        abort();
    if (setenv("OPENSSL_CONF", path, 1)) abort();
}

/* libcurl hides close_notify, so that only what needs no end of the stream is whole. */
static void test_ends(void) {
    static const struct {
        const char *path;
        akolhook_status status;
        int code, cut;
    } rows[] = {{"/ok", AKOLHOOK_OK, 200, 0}, {"/drop-length", AKOLHOOK_OK, 200, 0},
            {"/drop-chunked", AKOLHOOK_OK, 200, 0}, {"/to-close", AKOLHOOK_OK, 200, 1},
            {"/drop-close", AKOLHOOK_OK, 200, 1}, {"/close-body", AKOLHOOK_OK, 200, 1},
            {"/reset-body", AKOLHOOK_OK, 200, 1}, {"/close", AKOLHOOK_RECEIVE_FAILED, 0, 0},
            {"/close-head", AKOLHOOK_RECEIVE_FAILED, 0, 0}, {"/reset-head", AKOLHOOK_RECEIVE_FAILED, 0, 0},
            {"/status/503", AKOLHOOK_HTTP_STATUS, 503, 0}, {"/head-bare-lf", AKOLHOOK_BAD_RESPONSE, 0, 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world *w = world_new();
        akolhook_delivery d;
        w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
        d = deliver_once(w, url_of("localhost", i % 2 ? "tls12" : "tls13", rows[i].path));
        CHECK_INT(d.status, rows[i].status);
        CHECK_INT(d.code, rows[i].code);
        if (d.code) CHECK_INT(d.response_cut, rows[i].cut);
        if (d.status == AKOLHOOK_RECEIVE_FAILED) CHECK(d.native_error != 0);
        if (d.status != rows[i].status || (d.code && d.response_cut != rows[i].cut))
            printf("  at %s\n", rows[i].path);
    }
}

static void test_large_bodies(void) {
    static char body[1000000];
    world *w = world_new();
    akolhook_delivery d;
    memset(body, ' ', sizeof body);
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    w->desc.idle_ms = AKOLHOOK_IDLE_NONE;
    world_open(w);
    d = deliver_body(w, url_of("localhost", "tls", "/ok"), body, sizeof body);
    CHECK_STATUS(d.status, OK);
    d = deliver_body(w, url_of("localhost", "tls", "/early-413"), body, sizeof body);
    CHECK(d.code == 413 || d.status == AKOLHOOK_SEND_FAILED);
    d = deliver_body(w, url_of("localhost", "tls", "/reset"), body, sizeof body);
    CHECK_INT(d.code, 0);
    CHECK(d.native_error != 0);
    world_close(w);
}

static void test_deadlines(void) {
    static const struct {
        const char *port, *path;
        akolhook_phase phase;
    } rows[] = {{"blackhole", "/ok", AKOLHOOK_PHASE_CONNECT}, {"silent", "/ok", AKOLHOOK_PHASE_TLS},
            {"stall_half", "/ok", AKOLHOOK_PHASE_TLS}, {"stall12_finish_half", "/ok", AKOLHOOK_PHASE_TLS},
            {"tls", "/silent", AKOLHOOK_PHASE_HEAD}, {"tls", "/silent-head", AKOLHOOK_PHASE_HEAD}};
    world *w = world_new();
    akolhook_delivery d;
    int before = descriptors();
    size_t i;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* a later deadline, where a busy machine has not come so far */
        w->desc.deadline_ms = 200;
        do {
            d = deliver_once(w, url_of("localhost", rows[i].port, rows[i].path));
            CHECK_STATUS(d.status, DEADLINE);
            CHECK(d.ms >= (int32_t)w->desc.deadline_ms && d.ms < PATIENCE_MS / 2);
            w->desc.deadline_ms *= 4;
        } while (d.phase < rows[i].phase && w->desc.deadline_ms < PATIENCE_MS / 2);
        CHECK_INT(d.phase, rows[i].phase);
        if (d.phase != rows[i].phase) printf("  at %s%s\n", rows[i].port, rows[i].path);
    }
    w->desc.deadline_ms = 200;
    names_are("127.0.0.1", NULL);
    world_open(w);
    names.hang = 1;
    d = deliver(w, url_of("localhost", "tls", "/ok"));
    CHECK_STATUS(d.status, DEADLINE);
    CHECK(names.calls > 1);
    CHECK_INT(names.cancels, 1);
    names.hang = 0;
    names.fail = 1;
    d = deliver(w, url_of("localhost", "tls", "/ok"));
    CHECK_STATUS(d.status, LOOKUP_FAILED);
    CHECK_INT(d.native_error, EAI_NONAME);
    names.fail = 2;
    CHECK_STATUS(deliver(w, url_of("localhost", "tls", "/ok")).status, SYSTEM_LIMIT);
    names_are(NULL, NULL);
    CHECK_STATUS(deliver(w, url_of("localhost", "tls", "/ok")).status, LOOKUP_FAILED);
    world_close(w);
    w->curl_desc.connect_ms = 100;
    w->desc.deadline_ms = PATIENCE_MS;
    names_are("127.0.0.1", NULL);
    d = deliver_once(w, url_of("localhost", "blackhole", "/ok"));
    CHECK_STATUS(d.status, CONNECT_FAILED);
    CHECK_INT(d.native_error, CURLE_OPERATION_TIMEDOUT);
    CHECK_INT(descriptors(), before);
}

/* How many addresses the lookup says there are. */
static void test_address_count(void) {
    static const struct {
        size_t count;
        akolhook_status status;
    } rows[] = {{AKOLHOOK_MAX_ADDRESSES, AKOLHOOK_OK}, {AKOLHOOK_MAX_ADDRESSES + 1, AKOLHOOK_LOOKUP_FAILED},
            {(size_t)-1, AKOLHOOK_LOOKUP_FAILED}, {0, AKOLHOOK_LOOKUP_FAILED}};
    world *w = world_new();
    akolhook_delivery d;
    int before = descriptors();
    size_t i;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        names_are(rows[i].count ? "127.0.0.1" : NULL, NULL);
        names.told = rows[i].count;
        d = deliver_once(w, url_of("localhost", "tls", "/ok"));
        CHECK_INT(d.status, rows[i].status);
        CHECK_INT(names.cancels, 0);
    }
    names_are("127.0.0.1", NULL);
    CHECK_INT(descriptors(), before);
}

/* The first address refuses, the second is the one. */
static void test_second_address(void) {
    world *w = world_new();
    akolhook_delivery d;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    names_are("127.0.0.9", "127.0.0.1");
    d = deliver_once(w, url_of("localhost", "tls", "/ok"));
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.peer.bytes[3], 1);
    names_are("::1", "127.0.0.1");
    d = deliver_once(w, url_of("localhost", "tls", "/ok"));
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.peer.family, 4);
}

/* ---- many ---- */

#define MANY 100
static struct { int done, ok, code, cancelled; } tally;
static void on_done(void *user, uint64_t id, const akolhook_delivery *d) {
    (void)user;
    (void)id;
    tally.done++;
    tally.ok += d->status == AKOLHOOK_OK;
    tally.code += d->code == 200;
    tally.cancelled += d->status == AKOLHOOK_CANCELLED;
}
static void submit_many(world *w, const char *url, int count) {
    akolhook_request request;
    memset(&request, 0, sizeof request);
    memset(&tally, 0, sizeof tally);
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{}");
    while (count--) CHECK_STATUS(akolhook_client_submit(w->client, &request, on_done, NULL, NULL), OK);
}
static void test_many(void) {
    world *w = world_new();
    unsigned long before = faultd_counts(&server, "tls").connections;
    int descriptors_before = descriptors();
    int64_t until = now_ms() + PATIENCE_MS;
    size_t left = 1;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    w->desc.max_in_flight = w->desc.max_per_origin = MANY;
    w->desc.deadline_ms = 2 * PATIENCE_MS;
    world_open(w);
    submit_many(w, url_of("localhost", "tls", "/silent"), MANY);
    do CHECK_STATUS(akolhook_client_poll(w->client, 100, &left), OK);
    while (faultd_counts(&server, "tls").connections - before < MANY && now_ms() < until);
    CHECK_INT(left, MANY); /* all are open at the same time */
    CHECK_INT(faultd_counts(&server, "tls").connections - before, MANY);
    akolhook_client_close(w->client);
    CHECK_INT(tally.cancelled, MANY);
    CHECK_STATUS(akolhook_client_init(&w->client, w->memory, akolhook_client_size(&w->desc), &w->desc), OK);
    submit_many(w, url_of("localhost", "tls", "/ok"), MANY);
    for (left = 1; left && akolhook_client_poll(w->client, 1000, &left) == AKOLHOOK_OK;) {}
    CHECK_INT(tally.ok, MANY);
    CHECK_INT(tally.code, MANY);
    world_close(w);
    CHECK_INT(descriptors(), descriptors_before);
}

/* Clients on several threads over one transport. */
static void *thread_main(void *user) {
    const world *w = (const world *)user;
    akolhook_client *own;
    akolhook_delivery d;
    size_t size = akolhook_client_size(&w->desc), i;
    void *memory = malloc(size);
    intptr_t ok = 0;
    if (akolhook_client_init(&own, memory, size, &w->desc) == AKOLHOOK_OK) {
        char url[64];
        snprintf(url, sizeof url, "https://127.0.0.1:%d/ok", faultd_port(&server, "tls"));
        for (i = 0; i < 5; i++) ok += akolhook_deliver(own, url, SECRET, "{}", 2, &d) == AKOLHOOK_OK;
        akolhook_client_close(own);
    }
    free(memory);
    return (void *)ok;
}
static void test_threads(void) {
    world *w = world_new();
    pthread_t threads[4];
    void *ok;
    int i;
    w->desc.idle_ms = AKOLHOOK_IDLE_NONE;
    world_open(w);
    for (i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, thread_main, w) != 0) abort();
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], &ok);
        CHECK_INT((intptr_t)ok, 5);
    }
    world_close(w);
}

/* The client is closed after so many turns, wherever its deliveries stand. */
static void test_closed_meanwhile(void) {
    int before = descriptors(), turns;
    for (turns = 0; turns < 12; turns++) {
        world *w = world_new();
        int i;
        w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
        w->desc.max_in_flight = w->desc.max_per_origin = 3;
        names.hang = turns == 0;
        world_open(w);
        submit_many(w, url_of("localhost", "tls", "/silent"), 3);
        for (i = 0; i < turns; i++) CHECK_STATUS(akolhook_client_poll(w->client, 2, NULL), OK);
        world_close(w);
        CHECK_INT(tally.cancelled, 3);
        CHECK_INT(descriptors(), before);
    }
}

static void test_no_descriptors(void) {
    world *w = world_new();
    struct rlimit old, low;
    int before = descriptors();
    rlim_t room;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    w->desc.idle_ms = AKOLHOOK_IDLE_NONE;
    world_open(w);
    getrlimit(RLIMIT_NOFILE, &old);
    for (room = 0; room < 8; room++) {
        akolhook_delivery d;
        low = old;
        low.rlim_cur = (rlim_t)descriptors() + room;
        setrlimit(RLIMIT_NOFILE, &low);
        d = deliver(w, url_of("localhost", "tls", "/ok"));
        setrlimit(RLIMIT_NOFILE, &old);
        CHECK(d.status == AKOLHOOK_OK || d.status == AKOLHOOK_SYSTEM_LIMIT); /* never the receiver's fault */
        if (room == 0) CHECK(d.status != AKOLHOOK_OK && d.native_error != 0);
        if (d.status == AKOLHOOK_SYSTEM_LIMIT)
            CHECK(d.native_error == EMFILE || d.native_error == CURLE_SSL_CACERT_BADFILE);
        if (room == 7) CHECK_STATUS(d.status, OK);
    }
    world_close(w);
    CHECK_INT(descriptors(), before);
}

/* ---- what fails ---- */

/* Each call fails in its turn. A delivery fails with an error, or is whole where the call does not count;
   nothing is left open, and the next is well. */
static void test_each_library_call_fails(void) {
    int n, with_dir, unmet;
    call_fail(1, "curl_global_init");
    CHECK_STATUS(akolhook_curl_init(&world_new()->curl, NULL), SYSTEM_LIMIT);
    CHECK(call_failed() != NULL);
    for (with_dir = 0; with_dir < 2; with_dir++)
        for (n = 1, unmet = 0; unmet < 3; n++) { /* how many calls there are depends on when bytes come */
            world *w = world_new();
            int before = descriptors(), bad = check_bad, spared;
            akolhook_delivery d;
            const char *name;

            w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
            w->desc.idle_ms = AKOLHOOK_IDLE_NONE;
            w->curl_desc.ca_dir = with_dir ? directory : NULL;
            no_list = with_dir;
            world_open(w);
            call_fail(n, NULL);
            d = deliver(w, url_of("localhost", "tls", "/ok"));
            name = call_failed();
            spared = !name || strncmp(name, "getpeername", 11) == 0 ||
                     (!with_dir && strcmp(name, "CURLOPT_CAPATH") == 0);
            CHECK_INT(d.status == AKOLHOOK_OK, spared);
            if (!spared) CHECK(d.code == 0 && d.native_error != 0);
            CHECK_STATUS(deliver(w, url_of("localhost", "tls", "/ok")).status, OK);
            world_close(w);
            CHECK_INT(descriptors(), before);
            if (check_bad != bad)
                printf("  call %d, %s: %s\n", n, name ? name : "none", akolhook_status_name(d.status));
            unmet += !name;
        }
}

/* A connection by hand, to what only libcurl knows. */
static void conn_make(world *w, akolhook_conn *conn, akolhook_curl_i_conn *c, const char *host) {
    memset(conn, 0, sizeof *conn);
    memset(c, 0, sizeof *c);
    conn->memory = c;
    conn->user = &w->curl;
    conn->policy = &w->desc.policy;
    conn->host = host;
    conn->port = (uint16_t)faultd_port(&server, "silent");
    conn->socket = -1;
    c->conn = conn;
}

/* What libcurl waits for on the connected socket decides what the client does. */
static void test_waits(void) {
    static const struct {
        int what, code, settled;
    } rows[] = {{CURL_POLL_IN, AKOLHOOK_IO_WANT_READ, 1}, {CURL_POLL_OUT, AKOLHOOK_IO_WANT_WRITE, 1},
            {CURL_POLL_INOUT, AKOLHOOK_IO_WANT_READ, 0}};
    static const long at_once = 0, timers[] = {-1, 500, 5000};
    world *w = world_new();
    const akolhook_transport *t;
    akolhook_curl_i_conn c;
    akolhook_conn conn;
    int64_t until = now_ms() + PATIENCE_MS;
    size_t i, at;
    int code;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_open(w);
    t = w->desc.tls;
    conn_make(w, &conn, &c, "localhost");
    while ((code = t->open_fn(&conn)) == AKOLHOOK_IO_WANT_READ && now_ms() < until) poll(NULL, 0, 1);
    CHECK_INT(code, 0);
    do { /* until libcurl has said hello and only waits */
        poll(NULL, 0, 1);
        code = t->handshake_fn(&conn);
    } while (!c.settled && now_ms() < until);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (at = 0; at < c.count; at++) c.sockets[at].what = rows[i].what;
        CHECK_INT(t->handshake_fn(&conn), rows[i].code);
        CHECK_INT(conn.socket >= 0, rows[i].settled);
    }

    for (i = 0; i < sizeof timers / sizeof timers[0]; i++) { /* a timer that is near is waited for */
        for (at = 0; at < c.count; at++) c.sockets[at].what = CURL_POLL_IN;
        told_timeout = &timers[i];
        CHECK_INT(t->handshake_fn(&conn), AKOLHOOK_IO_WANT_READ);
        CHECK_INT(conn.socket >= 0, i != 1);
    }
    told_timeout = NULL;
    for (i = 0; i < 2; i++) { /* nobody can say who is on the other side of the socket */
        call_fail(1, i ? "getpeername of another family" : "getpeername");
        CHECK_INT(t->handshake_fn(&conn), AKOLHOOK_IO_WANT_READ);
        CHECK(call_failed() && conn.socket == -1);
    }
    told_timeout = &at_once; /* it holds the thread for a bounded number of turns */
    call_fail(1000, "curl_multi_timeout");
    CHECK_INT(t->handshake_fn(&conn), AKOLHOOK_IO_WANT_READ);
    CHECK_INT(bad_call.seen, 16);
    told_timeout = NULL;

    call_fail(1, "curl_multi_socket_action");
    CHECK_INT(t->handshake_fn(&conn), AKOLHOOK_IO_FAIL);
    CHECK(call_failed() && conn.native_error != 0);
    t->close_fn(&conn);
    world_close(w);
}

/* A send that would block, and one that moves nothing: the socket says what is waited for. */
static void test_send_waits(void) {
    static const struct {
        int poll, wants;
    } rows[] = {{-1, AKOLHOOK_IO_WANT_READ}, {0, AKOLHOOK_IO_WANT_WRITE}, {1, AKOLHOOK_IO_WANT_WRITE},
            {-1, AKOLHOOK_IO_FAIL}};
    static const CURLcode codes[] = {CURLE_AGAIN, CURLE_OK, CURLE_AGAIN, CURLE_SEND_ERROR};
    world *w = world_new();
    akolhook_curl_i_conn c;
    akolhook_conn conn;
    size_t i;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) abort();
    conn_make(w, &conn, &c, "localhost");
    conn.socket = pair[0];
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        poll_gives = rows[i].poll;
        send_gives = codes[i];
        call_fail(1, "curl_easy_send");
        CHECK_INT(akolhook_curl_i_send(&conn, "x", 1), rows[i].wants);
        CHECK(call_failed() != NULL);
    }
    poll_gives = -1;
    close(pair[0]);
    close(pair[1]);
}

/* libcurl that always wants to go on at once, and one without a timer. */
static void test_timers(void) {
    static const long timeouts[] = {0, -1};
    size_t i;
    for (i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
        world *w = world_new();
        w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
        told_timeout = &timeouts[i];
        CHECK_STATUS(deliver_once(w, url_of("localhost", "tls", "/ok")).status, OK);
    }
    told_timeout = NULL;
}

/* What libcurl cannot tell of a connection that it has made. */
static void test_untold(void) {
    static const struct {
        const char *name;
        int no_list, status;
    } rows[] = {{"certificates", 0, AKOLHOOK_TLS_WRONG_HOST}, {"certificates", 1, AKOLHOOK_TLS_WRONG_HOST},
            {"socket of libcurl", 0, AKOLHOOK_TLS_FAILED}, {"curl_easy_getinfo", 0, AKOLHOOK_TLS_FAILED}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        world *w = world_new();
        akolhook_delivery d;
        w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
        no_list = rows[i].no_list;
        call_fail(1, rows[i].name);
        d = deliver_once(w, url_of("localhost", "tls", "/ok"));
        CHECK_TEXT(call_failed(), rows[i].name);
        CHECK_INT(d.status, rows[i].status);
        if (d.status != AKOLHOOK_OK) CHECK(d.code == 0 && d.native_error != 0);
    }
}

/* More sockets than places, and one that nobody knows; bytes that nobody wants. */
static void test_note_socket(void) {
    akolhook_curl_i_conn c;
    int fd;
    memset(&c, 0, sizeof c);
    for (fd = 1; fd <= 5; fd++) CHECK_INT(akolhook_curl_i_note_socket(NULL, fd, CURL_POLL_IN, &c, NULL), 0);
    CHECK_INT(c.count, 4);
    CHECK_INT(akolhook_curl_i_note_socket(NULL, 9, CURL_POLL_REMOVE, &c, NULL), 0);
    CHECK_INT(c.count, 4);
    CHECK_INT(akolhook_curl_i_note_socket(NULL, 2, CURL_POLL_OUT, &c, NULL), 0);
    CHECK_INT(c.sockets[1].what, CURL_POLL_OUT);
    CHECK_INT(akolhook_curl_i_note_socket(NULL, 2, CURL_POLL_REMOVE, &c, NULL), 0);
    CHECK_INT(c.count, 3);
    CHECK_INT(c.sockets[1].fd, 4);
    CHECK_INT(akolhook_curl_i_sink(NULL, 3, 5, NULL), 15);
}

/* Ports and hosts as text, and a host that is too long for one. */
static void test_origin(void) {
    static const struct {
        uint16_t port;
        const char *text;
    } rows[] = {{0, ":0"}, {7, ":7"}, {80, ":80"}, {443, ":443"}, {8443, ":8443"}, {10000, ":10000"},
            {65535, ":65535"}};
    world *w = world_new();
    akolhook_curl_i_conn c;
    akolhook_conn conn;
    char text[16], host[300];
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_curl_i_put_port(text, rows[i].port);
        CHECK_TEXT(text, rows[i].text);
    }
    memset(host, 'a', sizeof host - 1);
    host[sizeof host - 1] = 0;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_open(w);
    conn_make(w, &conn, &c, host);
    CHECK_INT(w->desc.tls->open_fn(&conn), AKOLHOOK_IO_FAIL);
    CHECK_INT(conn.native_error, CURLE_URL_MALFORMAT);
    world_close(w);
}

/* A socket that is not to be had, and addresses cut short. */
static void test_no_socket(void) {
    static const struct {
        int error, status;
    } rows[] = {{EMFILE, AKOLHOOK_SYSTEM_LIMIT}, {ENFILE, AKOLHOOK_SYSTEM_LIMIT},
            {ENOBUFS, AKOLHOOK_SYSTEM_LIMIT}, {ENOMEM, AKOLHOOK_SYSTEM_LIMIT}, {EAFNOSUPPORT, AKOLHOOK_OK}};
    static struct sockaddr_in6 six;
    static const uint8_t here[4] = {127, 0, 0, 1};
    world *w = world_new();
    akolhook_curl_i_conn c;
    akolhook_conn conn;
    struct curl_sockaddr address;
    struct sockaddr_in four;
    akolhook_addr addr;
    size_t i;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    conn_make(w, &conn, &c, "localhost");
    memset(&address, 0, sizeof address);
    memset(&four, 0, sizeof four);
    four.sin_family = AF_INET;
    memcpy(&four.sin_addr, here, sizeof here);
    memcpy(&address.addr, &four, sizeof four);
    address.family = AF_INET;
    address.addrlen = sizeof four;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        socket_error = rows[i].error;
        call_fail(1, "socket");
        CHECK_INT(akolhook_curl_i_open_socket(&c, CURLSOCKTYPE_IPCXN, &address), CURL_SOCKET_BAD);
        CHECK(call_failed() != NULL);
        CHECK_INT(c.status, rows[i].status);
        CHECK_INT(c.error, rows[i].error);
    }
    socket_error = EMFILE;
    address.addrlen--;
    CHECK(!akolhook_curl_i_addr(&address.addr, address.addrlen, &addr));
    six.sin6_family = AF_INET6;
    CHECK(!akolhook_curl_i_addr((struct sockaddr *)(void *)&six, sizeof six - 1, &addr));
    CHECK(akolhook_curl_i_addr((struct sockaddr *)(void *)&six, sizeof six, &addr));
    w->curl.desc.proxy = "http://x"; /* it knows what is no address of ours */
    c.status = AKOLHOOK_OK;
    address.addr.sa_family = AF_UNIX;
    CHECK_INT(akolhook_curl_i_open_socket(&c, CURLSOCKTYPE_IPCXN, &address), CURL_SOCKET_BAD);
}

/* Other versions of libcurl, and other TLS libraries below it. The numbers are those of X509_V_ERR_... and of
   gnutls_certificate_status_t. */
static void test_backends(void) {
    static const struct {
        unsigned version;
        int features;
        const char *tls;
        int status, backend;
    } rows[] = {{0x075700, CURL_VERSION_SSL, "OpenSSL/3.0.1", AKOLHOOK_TLS_REQUIRED, 0},
            {0x075800, 0, "OpenSSL/3.0.1", AKOLHOOK_TLS_REQUIRED, 0},
            {0x075800, CURL_VERSION_SSL, NULL, AKOLHOOK_TLS_REQUIRED, 0},
            {0x075800, CURL_VERSION_SSL, "Schannel", AKOLHOOK_TLS_REQUIRED, 0},
            {0x075800, CURL_VERSION_SSL, "OpenSSL/3.0.1", AKOLHOOK_OK, AKOLHOOK_CURL_I_OPENSSL_3},
            {0x075800, CURL_VERSION_SSL, "LibreSSL/3.8", AKOLHOOK_OK, AKOLHOOK_CURL_I_OPENSSL},
            {0x080000, CURL_VERSION_SSL, "GnuTLS/3.7.9", AKOLHOOK_OK, AKOLHOOK_CURL_I_GNUTLS}};
    static const struct {
        int backend;
        long verified;
        int status;
    } verdicts[] = {{AKOLHOOK_CURL_I_OPENSSL, 0, AKOLHOOK_TLS_WRONG_HOST},
            {AKOLHOOK_CURL_I_OPENSSL, 1, AKOLHOOK_TLS_WRONG_HOST},
            {AKOLHOOK_CURL_I_OPENSSL, 10, AKOLHOOK_TLS_EXPIRED},
            {AKOLHOOK_CURL_I_OPENSSL, 18, AKOLHOOK_TLS_UNTRUSTED},
            {AKOLHOOK_CURL_I_GNUTLS, 0, AKOLHOOK_TLS_WRONG_HOST},
            {AKOLHOOK_CURL_I_GNUTLS, 1 << 9 | 1 << 1, AKOLHOOK_TLS_EXPIRED},
            {AKOLHOOK_CURL_I_GNUTLS, 1 << 10 | 1 << 1, AKOLHOOK_TLS_EXPIRED},
            {AKOLHOOK_CURL_I_GNUTLS, 1 << 6 | 1 << 1, AKOLHOOK_TLS_UNTRUSTED}};
    world *w = world_new();
    curl_version_info_data told = *(curl_version_info)(CURLVERSION_NOW);
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        told.version_num = rows[i].version;
        told.features = rows[i].features;
        told.ssl_version = rows[i].tls;
        told_curl = &told;
        CHECK_INT(akolhook_curl_init(&w->curl, &w->curl_desc), rows[i].status);
        CHECK_INT(w->curl.backend, rows[i].backend);
        akolhook_curl_close(&w->curl);
    }
    told_curl = NULL;
    for (i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        w->curl.backend = (uint8_t)verdicts[i].backend;
        CHECK_INT(akolhook_curl_i_verdict(&w->curl, verdicts[i].verified), verdicts[i].status);
    }
    w = world_new();
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    world_open(w);
    w->curl.backend = AKOLHOOK_CURL_I_OPENSSL; /* whose list of ciphers stays its own */
    CHECK_STATUS(deliver(w, url_of("localhost", "tls", "/ok")).status, OK);
    world_close(w);
}

/* ---- a proxy ---- */

typedef struct proxy {
    int listener, port, refuse;
    char head[1000];
    pthread_t thread;
} proxy;

static void proxy_relay(int a, int b) {
    struct pollfd fds[2];
    char data[16384];
    int i;
    fds[0].fd = a;
    fds[1].fd = b;
    fds[0].events = fds[1].events = POLLIN;
    while (poll(fds, 2, PATIENCE_MS) > 0)
        for (i = 0; i < 2; i++)
            if (fds[i].revents) {
                ssize_t n = recv(fds[i].fd, data, sizeof data, 0);
                if (n <= 0 || send(fds[!i].fd, data, (size_t)n, MSG_NOSIGNAL) != n) return;
            }
}
static void *proxy_main(void *user) {
    static const char no[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno\n",
                      yes[] = "HTTP/1.1 200 OK\r\n\r\n";
    proxy *p = (proxy *)user;
    int fd = accept(p->listener, NULL, NULL), target = 0, to;
    size_t len = 0;
    ssize_t n;
    while (len < sizeof p->head - 1 && (n = recv(fd, p->head + len, sizeof p->head - 1 - len, 0)) > 0) {
        len += (size_t)n;
        p->head[len] = 0;
        if (strstr(p->head, "\r\n\r\n")) break;
    }
    if (strchr(p->head, ':')) target = atoi(strchr(p->head, ':') + 1);
    if (p->refuse)
        CHECK(send(fd, no, sizeof no - 1, MSG_NOSIGNAL) > 0);
    else if ((to = faultd_connect(target)) >= 0) {
        if (send(fd, yes, sizeof yes - 1, MSG_NOSIGNAL) > 0) proxy_relay(fd, to);
        close(to);
    }
    close(fd);
    return NULL;
}
static void proxy_start(proxy *p, int refuse) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    memset(p, 0, sizeof *p);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->refuse = refuse;
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(p->listener, (struct sockaddr *)(void *)&address, sizeof address) != 0 ||
            listen(p->listener, 1) != 0 ||
            getsockname(p->listener, (struct sockaddr *)(void *)&address, &len) != 0 ||
            pthread_create(&p->thread, NULL, proxy_main, p) != 0)
        abort();
    p->port = ntohs(address.sin_port);
}
static void proxy_stop(proxy *p) {
    pthread_join(p->thread, NULL);
    close(p->listener);
}

static void test_proxy(void) {
    world *w = world_new();
    akolhook_delivery d;
    proxy p;
    char text[64], line[64];
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), OK);
    CHECK(akolhook_curl_transport(&w->curl)->flags & AKOLHOOK_TRANSPORT_JUDGES);
    akolhook_curl_close(&w->curl);
    proxy_start(&p, 0);
    snprintf(text, sizeof text, "http://user:pass@127.0.0.1:%d", p.port);
    w->curl_desc.proxy = text;
    w->desc.trust_transport_addresses = 1;
    w->desc.policy.flags |= AKOLHOOK_ALLOW_PRIVATE;
    setenv("no_proxy", "*", 1);
    world_open(w);
    CHECK(!(w->desc.tls->flags & AKOLHOOK_TRANSPORT_JUDGES));
    d = deliver(w, url_of("hooks.localhost", "tls", "/tls"));
    CHECK_STATUS(d.status, OK);
    CHECK(strncmp(response, "sni=hooks.localhost ", 20) == 0);
    world_close(w);
    unsetenv("no_proxy");
    proxy_stop(&p);
    snprintf(line, sizeof line, "CONNECT hooks.localhost:%d HTTP/1.1\r\n", faultd_port(&server, "tls"));
    CHECK(strncmp(p.head, line, strlen(line)) == 0);
    CHECK(strstr(p.head, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n") != NULL); /* base64 of user:pass */
    CHECK_INT(names.calls, 0);
    proxy_start(&p, 1);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", p.port);
    d = deliver_once(w, url_of("hooks.localhost", "tls", "/tls"));
    CHECK(d.status != AKOLHOOK_OK);
    CHECK_INT(d.code, 0);
    CHECK(d.native_error != 0);
    proxy_stop(&p);
}

static void test_init(void) {
    world *w = world_new();
    akolhook_client *client;
    char memory[64];
    akolhook_platform broken = w->platform;
    CHECK_STATUS(akolhook_curl_init(NULL, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_curl_init(&w->curl, NULL), OK);
    akolhook_curl_close(&w->curl);
    akolhook_curl_close(&w->curl);
    akolhook_curl_close(NULL);
    w->curl_desc.proxy = "";
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), INVALID_ARGUMENT);
    w->curl_desc.proxy = "http://127.0.0.1:1";
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), OK);
    w->desc.tls = akolhook_curl_transport(&w->curl);
    {
        size_t size = akolhook_client_size(&w->desc);
        void *room = malloc(size);
        CHECK_STATUS(akolhook_client_init(&client, room, size, &w->desc), UNTRUSTED_CONNECT);
        CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &w->desc), MEMORY_TOO_SMALL);
        free(room);
    }
    CHECK_INT(w->desc.tls->conn_size, AKOLHOOK_CURL_CONN_SIZE);
    akolhook_curl_close(&w->curl);
    w->curl_desc.connect_ms = 0x80000000u;
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), INVALID_ARGUMENT);
    w->curl_desc.connect_ms = 0;
    broken.lookup_fn = NULL;
    w->curl_desc.platform = &broken;
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), BROKEN_HOOK);
    broken.lookup_fn = w->platform.lookup_fn;
    broken.lookup_cancel_fn = NULL;
    CHECK_STATUS(akolhook_curl_init(&w->curl, &w->curl_desc), BROKEN_HOOK);
}

int main(void) {
    struct sigaction action;
    char cnf_file[64];
    alarm(600);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_sigpipe;
    sigaction(SIGPIPE, &action, NULL);
    if (!mkdtemp(directory)) return 1;
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", directory);
    if (!faultd_start(&server, NULL, 600, ca_file)) return 1;
    loosen(cnf_file, sizeof cnf_file); /* before OpenSSL is touched: faultd is a process of its own */
    RUN(test_init);
    RUN(test_delivers);
    RUN(test_posix_lookup);
    RUN(test_request);
    RUN(test_blocked);
    RUN(test_open_socket);
    RUN(test_certificates);
    RUN(test_subject_alt_name);
    RUN(test_cas);
    RUN(test_environment);
    RUN(test_keys_logged);
    RUN(test_loose_configuration);
    RUN(test_ends);
    RUN(test_large_bodies);
    RUN(test_deadlines);
    RUN(test_address_count);
    RUN(test_second_address);
    RUN(test_many);
    RUN(test_threads);
    RUN(test_closed_meanwhile);
    RUN(test_no_descriptors);
    RUN(test_each_library_call_fails);
    RUN(test_waits);
    RUN(test_send_waits);
    RUN(test_timers);
    RUN(test_untold);
    RUN(test_note_socket);
    RUN(test_origin);
    RUN(test_no_socket);
    RUN(test_backends);
    RUN(test_proxy);
    CHECK_INT(sigpipes, 0);
    CHECK_INT(system_lookups, 0);
    faultd_stop(&server);
    unlink(ca_file);
    unlink(cnf_file);
    rmdir(directory);
    return check_end();
}
