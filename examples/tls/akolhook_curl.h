/* akolhook_curl.h - the TLS transport of akolhook.h on libcurl

   Do this in one C or C++ file, with akolhook.h beside it, and link -lcurl:

       #define AKOLHOOK_CURL_IMPLEMENTATION
       #include "akolhook_curl.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. C99 or C++11. A whole sender:

>>> send_curl.c exit 1 libs curl
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_curl.h"
#include <stdio.h>

static unsigned char memory[16384]; // akolhook_client_size(&desc) is the exact need
static akolhook_curl tls;

int main(void) {
    const char *url = "https://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    status = akolhook_curl_init(&tls, NULL); // the CAs built into libcurl
    if (status != AKOLHOOK_OK) return 2;
    desc.tls = akolhook_curl_transport(&tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE; // for 127.0.0.1; leave it out otherwise

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_curl_close(&tls);
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   It needs libcurl 7.88 or later, with OpenSSL (or a fork of it) or GnuTLS below. libcurl
   connects and speaks TLS, the HTTP above is this file's.

   The names of hosts are looked up by the platform and judged by the client's policy, all
   addresses of a name before a packet goes to one of them, and each again as libcurl
   opens a socket for it; so trust_transport_addresses is not needed.

   Each connection looks its name up for itself, unlike those that the client makes: the
   transport may serve clients on several threads, and one socket can tell of an answer to
   one client alone. So deliveries to a name whose lookup hangs take a place for each: as
   many as desc.max_per_origin, of the twice AKOLHOOK_MAX_LOOKUPS that the process has.
   Keep that bound low; deliveries for which no place was left until their deadline end
   as LOOKUP_BUSY, which is nobody's fault but this side's.

   Chain, dates and name are always checked: TLS 1.2 at least, and the name must stand in
   the subjectAltName (libcurl would take the subject's CN as well). No session is
   resumed. GnuTLS does not look at what a certificate may be used for; OpenSSL does.

   The environment: no proxy of it counts, no .netrc, no SSL_CERT_FILE or SSL_CERT_DIR.
   Where SSLKEYLOGFILE is set, libcurl or the TLS library below would write the keys of
   all connections to that file and cannot be told not to: _init refuses to go on. (A
   program that has opened libcurl before, and unset the variable since, has to close it
   first.) The library below reads its own configuration, which may hold code to load:
   OpenSSL the file that OPENSSL_CONF names, GnuTLS that of GNUTLS_SYSTEM_PRIORITY_FILE.
   With OpenSSL 3 such a file cannot lower the protocol below TLS 1.2 or the security
   level below 2.

   libcurl does not tell the end of a TLS stream from a cut one, so recv_fn never gives
   EOF: a response that only the end of the connection ends is marked as cut.

   What a server may hold up: the library below libcurl reads on while records without
   content come, so one that floods its connection with them (key updates of TLS 1.3)
   holds the thread for as long, also beyond the deadline. The other transports take them
   in bounded steps: for receivers of anybody's choice take one of those.

   Memory and descriptors: libcurl allocates by itself, with OpenSSL some 95 KB for a
   connection, and three descriptors. The CAs are read again for each connection, with
   OpenSSL and a file of 140 of them some 30 ms and 1 MB more: name a file that holds
   those in need, or with OpenSSL a directory of hashed names. _init does not look at
   them: where the file cannot be read, deliveries end as SYSTEM_LIMIT, which is nobody's
   fault but this side's.

   delivery.native_error is a CURLcode, in a lookup getaddrinfo's.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_CURL_H
#define AKOLHOOK_CURL_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#if defined(AKOLHOOK_RECEIVER_ONLY) || defined(AKOLHOOK_NO_POSIX)
#error "akolhook_curl.h needs the sender and posix: leave AKOLHOOK_RECEIVER_ONLY and _NO_POSIX out"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What the transport trusts and asks. The strings are the caller's and must live as long as it. */
typedef struct akolhook_curl_desc {
    /* PEM file and directory of CAs, then the only ones trusted (default: those built into libcurl) */
    const char *ca_file;
    const char *ca_dir;

    /* as CURLOPT_PROXY. Only the proxy knows the address of the host then, so that
       desc.trust_transport_addresses is needed (default: none) */
    const char *proxy;

    const akolhook_platform *platform; /* looks names up, as the client's own (default: POSIX) */
    uint32_t connect_ms; /* for connect and TLS, half of it for the first of several (default: 30000) */
} akolhook_curl_desc;

/* The transport. What the desc points to must live as long; it must not move between _init and _close.
   Clients on several threads may share it. Members are private. */
typedef struct akolhook_curl {
    akolhook_transport transport;
    akolhook_curl_desc desc;
    uint8_t backend;
} akolhook_curl;

/* Of one connection: private, declared so that AKOLHOOK_CURL_CONN_SIZE is a constant. */
typedef struct akolhook_curl_i_conn {
    akolhook_conn *conn; /* of the hook that runs */
    akolhook_lookup lookup;

    /* libcurl's, freed when the connection closes */
    void *multi;
    void *easy;
    void *pins; /* curl_slist: the addresses that the lookup found */

    /* the sockets that libcurl has open, and what it waits for there: CURL_POLL_... */
    struct {
        intptr_t fd;
        int what;
    } sockets[4];
    size_t count;

    long error;             /* errno of a socket that was not to be had */
    akolhook_status status; /* why the open-socket callback refused */
    int code;               /* libcurl's verdict, once done */
    intptr_t fd;            /* the connected socket, once settled */

    uint8_t looking;   /* a lookup is open */
    uint8_t connected; /* a socket is, and none still tries to */
    uint8_t settled;   /* libcurl only waits for TLS on it */
    uint8_t done;      /* libcurl has said how it went */
} akolhook_curl_i_conn;
#define AKOLHOOK_CURL_CONN_SIZE sizeof(akolhook_curl_i_conn) /* conn_size for AKOLHOOK_CLIENT_SIZE */

/* Makes the transport; desc may be NULL. Calls curl_global_init, which before libcurl 7.84 only one thread
   may do at a time. Returns OK, INVALID_ARGUMENT, BROKEN_HOOK (the platform has no lookup), TLS_REQUIRED
   (this libcurl is too old, or has no TLS library of those above), KEYS_LOGGED (SSLKEYLOGFILE is set),
   SYSTEM_LIMIT. Nothing is left open unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_curl_init(
        akolhook_curl *curl, const akolhook_curl_desc *desc);

/* For desc.tls. Lives as long as curl. */
AKOLHOOK_API const akolhook_transport *akolhook_curl_transport(akolhook_curl *curl);

/* Ends it; the clients that use it must be closed before. NULL, zeroed and closed ones are legal. */
AKOLHOOK_API void akolhook_curl_close(akolhook_curl *curl);

/* What libcurl calls a CURLcode. Static text. */
AKOLHOOK_API const char *akolhook_curl_error_text(long native_error);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_CURL_H */

#if (defined(AKOLHOOK_CURL_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_CURL_I_IMPLEMENTED)
#define AKOLHOOK_CURL_I_IMPLEMENTED

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <curl/curl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 7.88: every write to a socket is free of SIGPIPE, QUICK_EXIT is there */
#define AKOLHOOK_CURL_I_OLDEST 0x075800
#if LIBCURL_VERSION_NUM < AKOLHOOK_CURL_I_OLDEST
#error "akolhook_curl.h needs libcurl 7.88 or later"
#endif

#ifndef AKOLHOOK_CURL_I_SYS
#define AKOLHOOK_CURL_I_SYS(name) name /* the system calls, so that tests can make them fail */
#endif

#define AKOLHOOK_CURL_I_LAPS 16 /* of one hook around libcurl, so that a server cannot hold the thread */
#define AKOLHOOK_CURL_I_CONNECT_MS 30000
#define AKOLHOOK_CURL_I_FAR 1000 /* ms; a timer of libcurl's beyond it is the time-out alone */
#define AKOLHOOK_CURL_I_HOST 255 /* bytes of a host name at most */
#define AKOLHOOK_CURL_I_ORIGIN (AKOLHOOK_CURL_I_HOST + sizeof "https://[]:65535/") /* and its NUL */
#define AKOLHOOK_CURL_I_RECORD 16384 /* bytes of one send: a TLS record */

/* GNUTLS_CERT_NOT_ACTIVATED and GNUTLS_CERT_EXPIRED */
#define AKOLHOOK_CURL_I_GNUTLS_DATES (3L << 9)

/* the TLS library below libcurl */
enum { AKOLHOOK_CURL_I_OTHER, AKOLHOOK_CURL_I_OPENSSL, AKOLHOOK_CURL_I_OPENSSL_3, AKOLHOOK_CURL_I_GNUTLS };

/* OpenSSL's own choice at the level that its configuration may have lowered */
#define AKOLHOOK_CURL_I_CIPHERS "DEFAULT:@SECLEVEL=2"

/* ---- what went wrong ---- */

/* CURLINFO_SSL_VERIFYRESULT is X509_V_ERR_... of OpenSSL, bits of gnutls_certificate_status_t. When it was
   the name that failed it is 0, with OpenSSL also the 1 that it has in the beginning. */
static akolhook_status akolhook_curl_i_verdict(const akolhook_curl *curl, long verified) {
    /* not yet valid, expired, and the two whose date is malformed */
    static const long dates[] = {9, 10, 13, 14};
    size_t i;

    if (verified == 0) return AKOLHOOK_TLS_WRONG_HOST;
    if (curl->backend == AKOLHOOK_CURL_I_GNUTLS)
        return verified & AKOLHOOK_CURL_I_GNUTLS_DATES ? AKOLHOOK_TLS_EXPIRED : AKOLHOOK_TLS_UNTRUSTED;

    if (verified == 1) return AKOLHOOK_TLS_WRONG_HOST;
    for (i = 0; i < sizeof dates / sizeof dates[0]; i++)
        if (verified == dates[i]) return AKOLHOOK_TLS_EXPIRED;
    return AKOLHOOK_TLS_UNTRUSTED;
}

static int akolhook_curl_i_fail(akolhook_curl_i_conn *c, CURLcode code) {
    /* clang-format off */
    static const struct { CURLcode code; akolhook_status status; } table[] = {
        {CURLE_COULDNT_RESOLVE_HOST, AKOLHOOK_LOOKUP_FAILED},
        {CURLE_COULDNT_RESOLVE_PROXY, AKOLHOOK_LOOKUP_FAILED},
        {CURLE_OUT_OF_MEMORY, AKOLHOOK_SYSTEM_LIMIT},
        {CURLE_SSL_CONNECT_ERROR, AKOLHOOK_TLS_FAILED},
        {CURLE_SSL_CACERT_BADFILE, AKOLHOOK_SYSTEM_LIMIT}, /* these three are no fault of the receiver's */
        {CURLE_SSL_CIPHER, AKOLHOOK_SYSTEM_LIMIT},
        {CURLE_SSL_ENGINE_INITFAILED, AKOLHOOK_SYSTEM_LIMIT},
        {CURLE_SSL_ISSUER_ERROR, AKOLHOOK_TLS_UNTRUSTED},
        {CURLE_SSL_INVALIDCERTSTATUS, AKOLHOOK_TLS_UNTRUSTED}
    };
    /* clang-format on */
    const akolhook_curl *curl = (const akolhook_curl *)c->conn->user;
    long verified = 0;
    size_t i;

    c->conn->native_error = c->error ? c->error : (long)code;
    if (c->status != AKOLHOOK_OK) {
        c->conn->status = c->status;
    } else if (code == CURLE_PEER_FAILED_VERIFICATION) {
        (void)curl_easy_getinfo(c->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
        c->conn->status = akolhook_curl_i_verdict(curl, verified);
    } else
        for (i = 0; i < sizeof table / sizeof table[0]; i++)
            if (table[i].code == code) c->conn->status = table[i].status;
    return AKOLHOOK_IO_FAIL;
}

/* ---- the name must stand in the subjectAltName ---- */

/* The bytes of a certificate out of its PEM text. */
typedef struct akolhook_curl_i_pem {
    const char *at;
    unsigned bits, have;
} akolhook_curl_i_pem;

/* The next byte; -1 at the end of the base64. */
static int akolhook_curl_i_byte(akolhook_curl_i_pem *pem) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    while (pem->have < 8) {
        const char *digit;

        while (*pem->at == '\n' || *pem->at == '\r') pem->at++;
        digit = (const char *)memchr(digits, *pem->at, sizeof digits - 1);
        if (!digit) return -1;

        pem->at++;
        pem->bits = (pem->bits << 6 | (unsigned)(digit - digits)) & 0xffffu;
        pem->have += 6;
    }
    pem->have -= 8;
    return (int)(pem->bits >> pem->have & 255u);
}

/* DER, as far as it is read here */
enum {
    AKOLHOOK_CURL_I_TRUE_TAG = 0x01, /* a BOOLEAN */
    AKOLHOOK_CURL_I_OCTETS = 0x04,
    AKOLHOOK_CURL_I_SEQUENCE = 0x30,
    AKOLHOOK_CURL_I_DNS_NAME = 0x82,
    AKOLHOOK_CURL_I_IP_ADDRESS = 0x87,
    AKOLHOOK_CURL_I_LONG = 0x80 /* or more: so many bytes of the length follow, of which 1 or 2 are taken */
};

/* A DER length and, in *used, how many bytes it took; -1 when there is none below 64 KiB. */
static int32_t akolhook_curl_i_length(akolhook_curl_i_pem *pem, int32_t *used) {
    int first = akolhook_curl_i_byte(pem), high = 0, low;

    *used = 1;
    if (first < AKOLHOOK_CURL_I_LONG) return first;
    if (first == AKOLHOOK_CURL_I_LONG || first > AKOLHOOK_CURL_I_LONG + 2) return -1;

    if (first == AKOLHOOK_CURL_I_LONG + 2) high = akolhook_curl_i_byte(pem);
    low = akolhook_curl_i_byte(pem);
    *used = 1 + first - AKOLHOOK_CURL_I_LONG;
    return high < 0 || low < 0 ? -1 : high * 256 + low;
}

/* 1 when the GeneralNames that come next hold a dNSName or an iPAddress (RFC 5280 section 4.2.1.6). */
static int akolhook_curl_i_has_name(akolhook_curl_i_pem *pem) {
    int32_t used, len, left;
    int tag = akolhook_curl_i_byte(pem);

    if (tag != AKOLHOOK_CURL_I_SEQUENCE) return 0;
    for (left = akolhook_curl_i_length(pem, &used); left > 0; left -= 1 + used + len) {
        int32_t i;

        tag = akolhook_curl_i_byte(pem);
        len = akolhook_curl_i_length(pem, &used);
        if (tag < 0 || len < 0) return 0;
        if (tag == AKOLHOOK_CURL_I_DNS_NAME || tag == AKOLHOOK_CURL_I_IP_ADDRESS) return 1;

        for (i = 0; i < len; i++)
            if (akolhook_curl_i_byte(pem) < 0) return 0;
    }
    return 0;
}

/* libcurl has matched the name already, but takes the subject's CN where the certificate names no host
   elsewhere: such a certificate is refused here. One whose text cannot be had or read is as well. */
static int akolhook_curl_i_names_host(const char *text) {
    static const uint8_t subject_alt_name[] = {0x06, 0x03, 0x55, 0x1d, 0x11};
    akolhook_curl_i_pem pem;
    uint8_t last[5] = {0, 0, 0, 0, 0};
    int32_t used;
    int byte;

    pem.at = text;
    pem.bits = pem.have = 0;

    /* goes behind the name of the extension */
    while (memcmp(last, subject_alt_name, sizeof last) != 0) {
        byte = akolhook_curl_i_byte(&pem);
        if (byte < 0) return 0;
        memmove(last, last + 1, sizeof last - 1);
        last[sizeof last - 1] = (uint8_t)byte;
    }

    /* it may be critical */
    byte = akolhook_curl_i_byte(&pem);
    if (byte == AKOLHOOK_CURL_I_TRUE_TAG) {
        if (akolhook_curl_i_length(&pem, &used) != 1 || akolhook_curl_i_byte(&pem) < 0) return 0;
        byte = akolhook_curl_i_byte(&pem);
    }
    return byte == AKOLHOOK_CURL_I_OCTETS && akolhook_curl_i_length(&pem, &used) > 0 &&
           akolhook_curl_i_has_name(&pem);
}

/* Looks at the peer's own certificate, the first of the chain. */
static int akolhook_curl_i_approve(akolhook_curl_i_conn *c) {
    static const char begin[] = "Cert:-----BEGIN CERTIFICATE-----";
    const struct curl_certinfo *info = NULL;
    const struct curl_slist *entry;

    if (curl_easy_getinfo(c->easy, CURLINFO_CERTINFO, &info) == CURLE_OK && info && info->num_of_certs > 0)
        for (entry = info->certinfo[0]; entry; entry = entry->next)
            if (strncmp(entry->data, begin, sizeof begin - 1) == 0 &&
                    akolhook_curl_i_names_host(entry->data + sizeof begin - 1))
                return 0;

    c->conn->native_error = CURLE_PEER_FAILED_VERIFICATION;
    c->conn->status = AKOLHOOK_TLS_WRONG_HOST;
    return AKOLHOOK_IO_FAIL;
}

/* ---- libcurl's callbacks ---- */

static int akolhook_curl_i_is_proxied(const akolhook_curl_i_conn *c) {
    return ((const akolhook_curl *)c->conn->user)->desc.proxy != NULL;
}

/* 0 when it is neither IPv4 nor IPv6. */
static int akolhook_curl_i_addr(const struct sockaddr *name, size_t len, akolhook_addr *out) {
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    memset(out, 0, sizeof *out);
    if (name->sa_family == AF_INET && len >= sizeof in4) {
        memcpy(&in4, name, sizeof in4);
        out->family = 4;
        memcpy(out->bytes, &in4.sin_addr, 4);
    } else if (name->sa_family == AF_INET6 && len >= sizeof in6) {
        memcpy(&in6, name, sizeof in6);
        out->family = 6;
        memcpy(out->bytes, &in6.sin6_addr, 16);
    }
    return out->family != 0;
}

/* A stream socket that is closed on exec; -1 with errno. libcurl makes it non-blocking and sets the rest. */
static int akolhook_curl_i_socket(int family) {
#ifdef SOCK_CLOEXEC
    return AKOLHOOK_CURL_I_SYS(socket)(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
    int fd = AKOLHOOK_CURL_I_SYS(socket)(family, SOCK_STREAM, 0);
    if (fd >= 0) (void)AKOLHOOK_CURL_I_SYS(fcntl)(fd, F_SETFD, FD_CLOEXEC);
    return fd;
#endif
}

/* No packet goes to an address that is not judged good here. */
static curl_socket_t akolhook_curl_i_open_socket(
        void *user, curlsocktype purpose, struct curl_sockaddr *address) {
    akolhook_curl_i_conn *c = (akolhook_curl_i_conn *)user;
    akolhook_addr addr;
    int is_ip = akolhook_curl_i_addr(&address->addr, address->addrlen, &addr), fd;
    (void)purpose;

    if (!akolhook_curl_i_is_proxied(c)) {
        c->status = AKOLHOOK_BLOCKED_ADDRESS;
        if (!is_ip) return CURL_SOCKET_BAD;

        c->conn->peer = addr;
        c->status = akolhook_policy_addr(c->conn->policy, &addr);
        if (c->status != AKOLHOOK_OK) return CURL_SOCKET_BAD;
    }

    /* the error of an address before, of a family that this machine has not, say, is over */
    fd = is_ip ? akolhook_curl_i_socket(address->family) : -1;
    c->error = fd < 0 ? errno : 0;
    if (fd >= 0) return fd;

    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        c->status = AKOLHOOK_SYSTEM_LIMIT;
    return CURL_SOCKET_BAD;
}

/* Keeps a list of the sockets that libcurl has open and what it waits for there. */
static int akolhook_curl_i_note_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *ignored) {
    akolhook_curl_i_conn *c = (akolhook_curl_i_conn *)user;
    size_t i = 0;

    (void)easy;
    (void)ignored;

    while (i < c->count && c->sockets[i].fd != (intptr_t)fd) i++;
    if (what == CURL_POLL_REMOVE) {
        if (i < c->count) c->sockets[i] = c->sockets[--c->count];
        return 0;
    }

    if (i == sizeof c->sockets / sizeof c->sockets[0]) return 0; /* libcurl's timers come round to it */
    if (i == c->count) c->count++;
    c->sockets[i].fd = (intptr_t)fd;
    c->sockets[i].what = what;
    return 0;
}

static size_t akolhook_curl_i_sink(char *data, size_t size, size_t count, void *user) {
    (void)data;
    (void)user;
    return size * count;
}

/* ---- one connection ---- */

/* Each connection has a multi handle of its own: a call on a shared one also runs the timers of others,
   which would then make progress without the client's being told. */
static akolhook_curl_i_conn *akolhook_curl_i_enter(akolhook_conn *conn) {
    akolhook_curl_i_conn *c = (akolhook_curl_i_conn *)conn->memory;
    c->conn = conn;
    return c;
}

static void akolhook_curl_i_release(akolhook_curl_i_conn *c) {
    const akolhook_platform *platform = ((const akolhook_curl *)c->conn->user)->desc.platform;

    if (c->looking) platform->lookup_cancel_fn(platform->user, &c->lookup);
    if (c->multi && c->easy) (void)curl_multi_remove_handle(c->multi, c->easy);
    if (c->easy) curl_easy_cleanup(c->easy);
    if (c->multi) (void)curl_multi_cleanup(c->multi);
    curl_slist_free_all((struct curl_slist *)c->pins);
    c->conn->socket = -1;
    memset(c, 0, sizeof *c);
}

/* One refused address refuses the whole set. */
static int akolhook_curl_i_judge(akolhook_curl_i_conn *c) {
    size_t i;

    if (c->lookup.count == 0 || c->lookup.count > AKOLHOOK_MAX_ADDRESSES)
        c->conn->status = AKOLHOOK_LOOKUP_FAILED;
    for (i = 0; c->conn->status == AKOLHOOK_OK && i < c->lookup.count; i++) {
        if (akolhook_policy_addr(c->conn->policy, &c->lookup.addrs[i]) == AKOLHOOK_OK) continue;

        c->conn->status = AKOLHOOK_BLOCKED_ADDRESS;
        c->conn->peer = c->lookup.addrs[i];
    }
    return c->conn->status == AKOLHOOK_OK ? 0 : AKOLHOOK_IO_FAIL;
}

/* Finds the addresses of the host and judges them: 0, WANT_READ or FAIL. */
static int akolhook_curl_i_find(akolhook_curl_i_conn *c) {
    const akolhook_platform *platform = ((const akolhook_curl *)c->conn->user)->desc.platform;
    int result = 0;

    if (akolhook_curl_i_is_proxied(c)) return 0;
    if (c->conn->host_is_address) {
        c->lookup.count =
                akolhook_addr_parse(akolhook_str_c(c->conn->host), &c->lookup.addrs[0]) == AKOLHOOK_OK;
        return akolhook_curl_i_judge(c);
    }

    if (!c->looking) {
        c->lookup.host = c->conn->host;
        c->lookup.socket = -1;
    }

    /* once more, until there is an answer */
    c->looking = 1;
    c->lookup.status = AKOLHOOK_OK;
    result = platform->lookup_fn(platform->user, &c->lookup);
    c->lookup.started = 1;
    c->conn->socket = result == AKOLHOOK_IO_WANT_READ ? c->lookup.socket : -1;
    if (result == AKOLHOOK_IO_WANT_READ) {
        c->conn->status = c->lookup.status; /* LOOKUP_BUSY while it has not begun */
        return result;
    }

    c->looking = 0;
    if (result == 0) return akolhook_curl_i_judge(c);
    c->conn->native_error = c->lookup.native_error;
    c->conn->status =
            c->lookup.status == AKOLHOOK_SYSTEM_LIMIT ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_LOOKUP_FAILED;
    return AKOLHOOK_IO_FAIL;
}

/* Copies the text with its NUL; gives the place of that. */
static char *akolhook_curl_i_put(char *at, const char *text) {
    size_t len = strlen(text);
    memcpy(at, text, len + 1);
    return at + len;
}

/* ":port" */
static char *akolhook_curl_i_put_port(char *at, uint16_t port) {
    unsigned power = 10000, left = port;

    *at++ = ':';
    while (power > 1 && left < power) power /= 10;
    for (; power; power /= 10) {
        *at++ = (char)('0' + left / power);
        left %= power;
    }
    *at = 0;
    return at;
}

/* "host:port:[address],..." for CURLOPT_RESOLVE, so that libcurl looks nothing up. 0 when there is no
   memory. */
static int akolhook_curl_i_pin(akolhook_curl_i_conn *c, const char *host) {
    char text[AKOLHOOK_CURL_I_ORIGIN + AKOLHOOK_MAX_ADDRESSES * (AKOLHOOK_ADDR_SIZE + sizeof ",[]")];
    char one[AKOLHOOK_ADDR_SIZE], *at = text;
    size_t i;

    if (akolhook_curl_i_is_proxied(c) || c->conn->host_is_address) return 1;

    at = akolhook_curl_i_put_port(akolhook_curl_i_put(at, host), c->conn->port);
    for (i = 0; i < c->lookup.count; i++) {
        akolhook_addr_format(&c->lookup.addrs[i], one);
        at = akolhook_curl_i_put(at, i ? ",[" : ":[");
        at = akolhook_curl_i_put(akolhook_curl_i_put(at, one), "]");
    }

    c->pins = curl_slist_append(NULL, text);
    return c->pins && curl_easy_setopt(c->easy, CURLOPT_RESOLVE, (struct curl_slist *)c->pins) == CURLE_OK;
}

static int akolhook_curl_i_set_numbers(CURL *easy) {
    /* clang-format off */
    static const struct { CURLoption option; long value; } table[] = {
        {CURLOPT_CONNECT_ONLY, 1},
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
        {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_OPTIONS, CURLSSLOPT_NO_PARTIALCHAIN},
        {CURLOPT_PROXY_SSL_OPTIONS, CURLSSLOPT_NO_PARTIALCHAIN},
        {CURLOPT_SSL_SESSIONID_CACHE, 0},
        {CURLOPT_CERTINFO, 1},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_FRESH_CONNECT, 1},
        {CURLOPT_HTTPPROXYTUNNEL, 1},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_QUICK_EXIT, 1},
        {CURLOPT_TCP_NODELAY, 1}
    };
    /* clang-format on */
    size_t i;

    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        if (curl_easy_setopt(easy, table[i].option, table[i].value) != CURLE_OK) return 0;
    return 1;
}

static int akolhook_curl_i_set_texts(CURL *easy, const akolhook_curl_desc *desc, const char *url) {
    int own = desc->ca_file || desc->ca_dir;
    int ok = curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK;

    ok = ok && curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PROXY, desc->proxy ? desc->proxy : "") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PRE_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
    if (!ok || !own) return ok;

    /* the caller's CAs, then the only ones */
    ok = curl_easy_setopt(easy, CURLOPT_CAINFO, desc->ca_file) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, desc->ca_file) == CURLE_OK;
    if (!ok) return 0;
    if (curl_easy_setopt(easy, CURLOPT_CAPATH, desc->ca_dir) != CURLE_OK)
        return !desc->ca_dir; /* GnuTLS may lack it */
    return curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, desc->ca_dir) == CURLE_OK;
}

static int akolhook_curl_i_set_hooks(akolhook_curl_i_conn *c, uint32_t connect_ms) {
    int ok = curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETFUNCTION, akolhook_curl_i_open_socket) == CURLE_OK;

    ok = ok && curl_easy_setopt(c->easy, CURLOPT_OPENSOCKETDATA, c) == CURLE_OK;
    ok = ok && curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, akolhook_curl_i_sink) == CURLE_OK;
    ok = ok && curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms) == CURLE_OK;
    ok = ok && curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, akolhook_curl_i_note_socket) == CURLM_OK;
    return ok && curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c) == CURLM_OK;
}

/* Sets libcurl up for the host; nothing is sent yet. */
static int akolhook_curl_i_begin(akolhook_curl_i_conn *c) {
    const akolhook_curl *curl = (const akolhook_curl *)c->conn->user;
    const akolhook_curl_desc *desc = &curl->desc;
    const char *host = c->conn->host;
    char url[AKOLHOOK_CURL_I_ORIGIN], *at = url;
    int is_ipv6 = memchr(host, ':', strlen(host)) != NULL, ok;

    if (strlen(host) > AKOLHOOK_CURL_I_HOST) return akolhook_curl_i_fail(c, CURLE_URL_MALFORMAT);
    at = akolhook_curl_i_put(akolhook_curl_i_put(at, is_ipv6 ? "https://[" : "https://"), host);
    at = akolhook_curl_i_put_port(akolhook_curl_i_put(at, is_ipv6 ? "]" : ""), c->conn->port);
    (void)akolhook_curl_i_put(at, "/");

    c->multi = curl_multi_init();
    c->easy = curl_easy_init();
    ok = c->multi && c->easy && akolhook_curl_i_set_numbers(c->easy) &&
         akolhook_curl_i_set_texts(c->easy, desc, url);
    if (curl->backend == AKOLHOOK_CURL_I_OPENSSL_3)
        ok = ok && curl_easy_setopt(c->easy, CURLOPT_SSL_CIPHER_LIST, AKOLHOOK_CURL_I_CIPHERS) == CURLE_OK &&
             curl_easy_setopt(c->easy, CURLOPT_PROXY_SSL_CIPHER_LIST, AKOLHOOK_CURL_I_CIPHERS) == CURLE_OK;
    ok = ok && akolhook_curl_i_set_hooks(c, desc->connect_ms) && akolhook_curl_i_pin(c, host);
    if (ok && curl_multi_add_handle(c->multi, c->easy) == CURLM_OK) return 0;
    return akolhook_curl_i_fail(c, CURLE_OUT_OF_MEMORY);
}

/* Which of libcurl's sockets is connected, once none still tries to; its peer's address is noted.
   c->count: none. Newer versions have descriptors of their own among them. */
static size_t akolhook_curl_i_connected(akolhook_curl_i_conn *c) {
    union { /* for each family its own name of the same bytes */
        struct sockaddr any;
        struct sockaddr_storage room;
    } name;
    akolhook_addr addr;
    size_t i, found = c->count;

    for (i = 0; i < c->count; i++) {
        socklen_t len = (socklen_t)sizeof name;

        if (AKOLHOOK_CURL_I_SYS(getpeername)((int)c->sockets[i].fd, &name.any, &len) != 0) {
            if (errno == ENOTCONN) return c->count;
            continue;
        }

        if (!akolhook_curl_i_addr(&name.any, len, &addr)) continue;
        c->conn->peer = addr;
        found = i;
    }
    return found;
}

/* Lets libcurl work until it waits: 0 when TLS speaks, WANT_ or FAIL. */
static int akolhook_curl_i_drive(akolhook_curl_i_conn *c) {
    const CURLMsg *message = NULL;
    CURLMcode code = CURLM_OK;
    long timeout = 0;
    int count, lap;
    size_t i;

    /* its timers and all of its sockets, as long as it wants to go on at once */
    for (lap = 0; lap < AKOLHOOK_CURL_I_LAPS && timeout == 0 && !message && !c->done; lap++) {
        code = curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &count);
        for (i = 0; i < c->count && code == CURLM_OK; i++)
            code = curl_multi_socket_action(c->multi, (curl_socket_t)c->sockets[i].fd, 0, &count);
        if (code != CURLM_OK || curl_multi_timeout(c->multi, &timeout) != CURLM_OK)
            return akolhook_curl_i_fail(c, CURLE_OUT_OF_MEMORY);
        message = curl_multi_info_read(c->multi, &count);
    }

    if (c->status != AKOLHOOK_OK) return akolhook_curl_i_fail(c, CURLE_COULDNT_CONNECT);
    if (message) {
        c->done = 1;
        c->code = (int)message->data.result;
    }
    if (c->done) return c->code == CURLE_OK ? 0 : akolhook_curl_i_fail(c, (CURLcode)c->code);

    /* what to wait for: TLS on the one connected socket, or libcurl's next turn */
    i = akolhook_curl_i_connected(c);
    c->connected = i < c->count;
    c->settled = c->connected && (timeout < 0 || timeout > AKOLHOOK_CURL_I_FAR) &&
                 c->sockets[i].what != CURL_POLL_INOUT;
    if (c->settled) c->fd = c->sockets[i].fd;
    return c->settled && c->sockets[i].what == CURL_POLL_OUT ? AKOLHOOK_IO_WANT_WRITE : AKOLHOOK_IO_WANT_READ;
}

/* ---- the hooks ---- */

/* Whether it was TLS that failed, on a connection that stood. */
static int akolhook_curl_i_is_tls(akolhook_status status) {
    return status == AKOLHOOK_TLS_FAILED || status == AKOLHOOK_TLS_UNTRUSTED ||
           status == AKOLHOOK_TLS_WRONG_HOST || status == AKOLHOOK_TLS_EXPIRED;
}

/* While libcurl connects, the socket may change from one call to the next: the client asks again after its
   pause. libcurl may have gone on to TLS in the same turn; what it says of that is the handshake's. */
static int akolhook_curl_i_open(akolhook_conn *conn) {
    akolhook_curl_i_conn *c = akolhook_curl_i_enter(conn);
    int result = 0;

    if (!c->easy) {
        result = akolhook_curl_i_find(c);
        if (result == 0) result = akolhook_curl_i_begin(c);
    }

    if (result == 0) {
        conn->socket = -1;
        result = akolhook_curl_i_drive(c);
        if (result != AKOLHOOK_IO_FAIL && c->connected) return 0;
        if (result == AKOLHOOK_IO_FAIL && c->done && akolhook_curl_i_is_tls(conn->status)) return 0;
    }

    if (result == AKOLHOOK_IO_FAIL) akolhook_curl_i_release(c);
    return result;
}

static int akolhook_curl_i_handshake(akolhook_conn *conn) {
    akolhook_curl_i_conn *c = akolhook_curl_i_enter(conn);
    int result = akolhook_curl_i_drive(c);
    curl_socket_t fd = CURL_SOCKET_BAD;

    conn->socket = result < 0 && c->settled ? c->fd : -1;
    if (result != 0) return result;

    if (curl_easy_getinfo(c->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return akolhook_curl_i_fail(c, CURLE_SSL_CONNECT_ERROR);
    conn->socket = fd;
    return akolhook_curl_i_approve(c);
}

/* libcurl does not say what it waits for. A socket that takes bytes while it waits can only be one to read
   from. */
static int akolhook_curl_i_send_wants(const akolhook_curl_i_conn *c) {
    struct pollfd fd;

    fd.fd = (int)c->conn->socket;
    fd.events = POLLOUT;
    fd.revents = 0;
    return AKOLHOOK_CURL_I_SYS(poll)(&fd, 1, 0) == 1 && fd.revents == POLLOUT ? AKOLHOOK_IO_WANT_READ
                                                                              : AKOLHOOK_IO_WANT_WRITE;
}

static ptrdiff_t akolhook_curl_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_curl_i_conn *c = akolhook_curl_i_enter(conn);
    size_t done = 0;
    CURLcode code =
            curl_easy_send(c->easy, data, len < AKOLHOOK_CURL_I_RECORD ? len : AKOLHOOK_CURL_I_RECORD, &done);

    if (code == CURLE_OK && done) return (ptrdiff_t)done;
    return code == CURLE_AGAIN || code == CURLE_OK ? akolhook_curl_i_send_wants(c)
                                                   : akolhook_curl_i_fail(c, code);
}

static ptrdiff_t akolhook_curl_i_recv(akolhook_conn *conn, void *data, size_t len) {
    akolhook_curl_i_conn *c = akolhook_curl_i_enter(conn);
    size_t done = 0;
    CURLcode code = curl_easy_recv(c->easy, data, len, &done);

    if (code == CURLE_OK && done) return (ptrdiff_t)done;
    if (code == CURLE_AGAIN) return AKOLHOOK_IO_WANT_READ;
    return akolhook_curl_i_fail(c, code == CURLE_OK ? CURLE_GOT_NOTHING : code);
}

static void akolhook_curl_i_shut(akolhook_conn *conn) {
    akolhook_curl_i_release(akolhook_curl_i_enter(conn));
}

/* ---- the transport ---- */

static uint8_t akolhook_curl_i_backend(const curl_version_info_data *info) {
    static const struct {
        const char *name;
        uint8_t backend;
    } table[] = {{"OpenSSL/3", AKOLHOOK_CURL_I_OPENSSL_3}, {"OpenSSL/", AKOLHOOK_CURL_I_OPENSSL},
            {"LibreSSL/", AKOLHOOK_CURL_I_OPENSSL}, {"BoringSSL", AKOLHOOK_CURL_I_OPENSSL},
            {"quictls/", AKOLHOOK_CURL_I_OPENSSL}, {"AWS-LC/", AKOLHOOK_CURL_I_OPENSSL},
            {"GnuTLS/", AKOLHOOK_CURL_I_GNUTLS}};
    size_t i;

    if (info->version_num < AKOLHOOK_CURL_I_OLDEST || !(info->features & CURL_VERSION_SSL))
        return AKOLHOOK_CURL_I_OTHER;

    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        if (info->ssl_version && strncmp(info->ssl_version, table[i].name, strlen(table[i].name)) == 0)
            return table[i].backend;
    return AKOLHOOK_CURL_I_OTHER;
}

AKOLHOOK_API akolhook_status akolhook_curl_init(akolhook_curl *curl, const akolhook_curl_desc *desc) {
    const char *keys;

    if (!curl) return AKOLHOOK_INVALID_ARGUMENT;
    memset(curl, 0, sizeof *curl);
    if (desc && desc->connect_ms > INT32_MAX) return AKOLHOOK_INVALID_ARGUMENT;
    if (desc && desc->proxy && !desc->proxy[0]) return AKOLHOOK_INVALID_ARGUMENT;
    if (desc && desc->platform && (!desc->platform->lookup_fn || !desc->platform->lookup_cancel_fn))
        return AKOLHOOK_BROKEN_HOOK;

    keys = getenv("SSLKEYLOGFILE");
    if (keys && *keys) return AKOLHOOK_KEYS_LOGGED;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return AKOLHOOK_SYSTEM_LIMIT;
    curl->backend = akolhook_curl_i_backend(curl_version_info(CURLVERSION_NOW));
    if (curl->backend == AKOLHOOK_CURL_I_OTHER) {
        curl_global_cleanup();
        return AKOLHOOK_TLS_REQUIRED;
    }

    if (desc) curl->desc = *desc;
    if (!curl->desc.platform) curl->desc.platform = akolhook_posix_platform();
    if (!curl->desc.connect_ms) curl->desc.connect_ms = AKOLHOOK_CURL_I_CONNECT_MS;

    curl->transport.conn_size = AKOLHOOK_CURL_CONN_SIZE;
    curl->transport.open_fn = akolhook_curl_i_open;
    curl->transport.handshake_fn = akolhook_curl_i_handshake;
    curl->transport.send_fn = akolhook_curl_i_send;
    curl->transport.recv_fn = akolhook_curl_i_recv;
    curl->transport.close_fn = akolhook_curl_i_shut;
    curl->transport.user = curl;
    curl->transport.flags = AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_OWNS_CONNECT;
    if (!curl->desc.proxy) curl->transport.flags |= AKOLHOOK_TRANSPORT_JUDGES;
    return AKOLHOOK_OK;
}

AKOLHOOK_API const akolhook_transport *akolhook_curl_transport(akolhook_curl *curl) {
    return &curl->transport;
}

AKOLHOOK_API void akolhook_curl_close(akolhook_curl *curl) {
    if (!curl || curl->backend == AKOLHOOK_CURL_I_OTHER) return;
    curl_global_cleanup();
    memset(curl, 0, sizeof *curl);
}

AKOLHOOK_API const char *akolhook_curl_error_text(long native_error) {
    return native_error >= 0 && native_error < (long)CURL_LAST ? curl_easy_strerror((CURLcode)native_error)
                                                               : "";
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_CURL_IMPLEMENTATION */
