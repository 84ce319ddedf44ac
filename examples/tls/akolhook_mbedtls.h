/* akolhook_mbedtls.h - the TLS transport of akolhook.h on mbedTLS 2.28 and 3.x

   Do this in one C or C++ file, with akolhook.h and akolhook_tls.h beside it, and
   link -lmbedtls -lmbedx509 -lmbedcrypto:

       #define AKOLHOOK_MBEDTLS_IMPLEMENTATION
       #include "akolhook_mbedtls.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. C99 or C++11. A whole sender:

>>> send_mbedtls.c exit 1 libs mbedtls
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_mbedtls.h"
#include <stdio.h>

static unsigned char memory[32768]; // akolhook_client_size(&desc) is the exact need
static akolhook_mbedtls tls;

int main(void) {
    const char *url = "https://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    status = akolhook_mbedtls_init(&tls, "/etc/ssl/certs/ca-certificates.crt");
    if (status != AKOLHOOK_OK) return 2;
    desc.tls = akolhook_mbedtls_transport(&tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE; // for 127.0.0.1; leave it out otherwise

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_mbedtls_free(&tls);
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   Firmware gives its CAs from memory: akolhook_mbedtls_init_pem.

   What holds on every connection, and cannot be turned off:
   - The chain must lead to a trusted CA, be inside its dates and allow server use. The
     name must stand in the certificate's subjectAltName (RFC 6125): the subject's CN is
     never read, a wildcard is a whole leftmost label, stands for one label and never for
     one right below the top level; an address must stand there as an address. mbedTLS
     refuses certificates with name constraints. Revocation (CRL, OCSP) is not asked for.
   - TLS 1.2 at least (TLS 1.3 where mbedTLS 3 has it), ECDHE only, mbedTLS's default
     certificate profile (RSA from 2048 bits, SHA-2), no renegotiation, no early data,
     ALPN http/1.1. SNI is the host name, left out for an address.
   - The end of the stream counts only with close_notify; without it recv_fn gives
     AKOLHOOK_IO_FAIL, so a cut is seen.
   - No SIGPIPE is raised. No variable of the environment counts.

   Sessions are kept by host and port and used again: for two hours at most since the
   server last showed its certificate, never once that is out of its dates or a handshake
   with that host has failed, a TLS 1.3 ticket once only. mbedTLS 3 knows no key update
   (RFC 8446 section 4.6.3): a server that asks for one before it has answered ends the
   delivery with RECEIVE_FAILED.

   One akolhook_mbedtls and the clients that use it belong to one thread; give each thread
   one of its own. Global state is none but PSA's key store, which mbedTLS 3 needs and
   psa_crypto_init opens. A connection has its context in the client's memory
   (transport.conn_size, about 800 bytes) and on mbedTLS's heap two record buffers of
   MBEDTLS_SSL_IN/OUT_CONTENT_LEN plus about 350 bytes each, in all 38 KB as shipped by
   Debian; a full handshake takes 17 KB more for its time. The struct itself is 43 KB
   where MBEDTLS_HAVEGE_C is set, as in Debian's. sendv_fn uses 4 KB of stack.

   delivery.native_error: a sum of MBEDTLS_X509_BADCERT_... when the status is
   TLS_UNTRUSTED, TLS_WRONG_HOST or TLS_EXPIRED, else mbedTLS's error code, which is
   negative, or errno when the socket failed.

   Before the implementation you may define
   AKOLHOOK_MBEDTLS_SEND, _RECV   the calls with the arguments of send() and recv()
                                  (default: those)
   and before the declarations, everywhere the same
   AKOLHOOK_MBEDTLS_SESSIONS      how many sessions are kept (default: 8; about 500 bytes
                                  each, and the ticket and the server's certificate on
                                  mbedTLS's heap)

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_MBEDTLS_H
#define AKOLHOOK_MBEDTLS_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a transport belongs to it"
#endif
#include "akolhook_tls.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AKOLHOOK_MBEDTLS_SESSIONS
#define AKOLHOOK_MBEDTLS_SESSIONS 8
#endif
#if AKOLHOOK_MBEDTLS_SESSIONS < 1 || AKOLHOOK_MBEDTLS_SESSIONS > 10000
#error "AKOLHOOK_MBEDTLS_SESSIONS must be 1..10000"
#endif

/* The transport. Must not move or be copied between _init and _free. */
typedef struct akolhook_mbedtls {
    long native_error;       /* out: mbedTLS's code when _init failed, 0: none */
    mbedtls_ssl_config conf; /* to add a client certificate of yours before the first connection */

    /* private from here on */
    akolhook_transport transport;
    mbedtls_x509_crt cas;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    uint8_t made; /* there is something to free */
    akolhook_sessions ring;
    akolhook_session places[AKOLHOOK_MBEDTLS_SESSIONS];
    mbedtls_ssl_session sessions[AKOLHOOK_MBEDTLS_SESSIONS];
} akolhook_mbedtls;

#ifdef MBEDTLS_FS_IO
/* Makes the transport. ca_file: a PEM or DER file, whose CAs are the only ones trusted; mbedTLS knows no
   store of the system's, so NULL is an error. Returns OK; INVALID_ARGUMENT (a NULL, ca_file cannot be
   read, holds no certificate or one that mbedTLS cannot read); SYSTEM_LIMIT (mbedTLS failed). Nothing is
   left open unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_mbedtls_init(
        akolhook_mbedtls *tls, const char *ca_file);
#endif
/* The same with the CAs in memory: PEM, whose final NUL is in len, or one certificate in DER. They are
   copied. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_mbedtls_init_pem(
        akolhook_mbedtls *tls, const void *pem, size_t len);

/* For akolhook_client_desc.tls. Lives as long as tls. */
AKOLHOOK_API const akolhook_transport *akolhook_mbedtls_transport(akolhook_mbedtls *tls);

/* Frees everything. The clients that use it must be closed before. NULL, zeroed and freed ones are legal. */
AKOLHOOK_API void akolhook_mbedtls_free(akolhook_mbedtls *tls);

/* What mbedTLS calls the native error of a delivery with this status, "" when it is none of mbedTLS's.
   Static text. */
AKOLHOOK_API const char *akolhook_mbedtls_error_text(akolhook_status status, long native_error);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_MBEDTLS_H */

#if (defined(AKOLHOOK_MBEDTLS_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_MBEDTLS_I_IMPLEMENTED)
#define AKOLHOOK_MBEDTLS_I_IMPLEMENTED

#ifndef AKOLHOOK_TLS_IMPLEMENTATION
#define AKOLHOOK_TLS_IMPLEMENTATION
#endif
#include "akolhook_tls.h"
#ifdef MBEDTLS_FS_IO
#include <stdio.h>
#endif
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/ssl_ciphersuites.h>

#if MBEDTLS_VERSION_NUMBER < 0x021C0000 || MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "akolhook_mbedtls.h needs mbedTLS 2.28 or 3.x"
#endif
#ifndef MBEDTLS_HAVE_TIME_DATE
#error "without MBEDTLS_HAVE_TIME_DATE mbedTLS does not check the dates of certificates: set it"
#endif
#if MBEDTLS_VERSION_NUMBER < 0x03000000 && \
        !(defined(MBEDTLS_X509_CHECK_KEY_USAGE) && defined(MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE))
#error "set MBEDTLS_X509_CHECK_KEY_USAGE and _EXTENDED_KEY_USAGE, so that certificates of clients are refused"
#endif
#if defined(MBEDTLS_USE_PSA_CRYPTO) || defined(MBEDTLS_SSL_PROTO_TLS1_3)
#include <psa/crypto.h>
#define AKOLHOOK_MBEDTLS_I_PSA
#endif

#ifndef AKOLHOOK_MBEDTLS_SEND
#define AKOLHOOK_MBEDTLS_SEND send
#endif
#ifndef AKOLHOOK_MBEDTLS_RECV
#define AKOLHOOK_MBEDTLS_RECV recv
#endif
#define AKOLHOOK_MBEDTLS_I_JOIN 4096 /* bytes of head and body that sendv_fn joins in one record */

/* between these lie mbedTLS's codes for certificates, MBEDTLS_ERR_X509_... */
#define AKOLHOOK_MBEDTLS_I_X509_ABOVE (-0x2000)
#define AKOLHOOK_MBEDTLS_I_X509_BELOW (-0x2A00)
#define AKOLHOOK_MBEDTLS_I_NO_VERDICT 0xFFFFFFFFu /* of a certificate, as long as none was looked at */

#ifdef __cplusplus
extern "C" {
#endif

/* What lives in conn->memory. */
typedef struct akolhook_mbedtls_i_conn {
    akolhook_tls_socket socket;
    mbedtls_ssl_context ssl;
    akolhook_mbedtls *tls;

    size_t pending; /* bytes of the caller's in a record that has not left */
    size_t unsent;  /* bytes of records in mbedTLS's buffer */

    akolhook_tls_proof proof;   /* of this handshake, once verified */
    akolhook_tls_proof offered; /* that of the session that was */
    uint8_t verified;           /* the certificate was looked at */
    uint8_t has_offered;        /* a session */
    uint8_t broken;             /* a hook failed */
    uint8_t done;               /* the handshake is */
} akolhook_mbedtls_i_conn;

/* ---- the socket ---- */

/* After a failure what mbedTLS has still to say, no to a handshake for one, goes nowhere, so that it can go
   on reading. */
static int akolhook_mbedtls_i_write(void *user, const unsigned char *data, size_t len) {
    akolhook_mbedtls_i_conn *c = (akolhook_mbedtls_i_conn *)user;
    ptrdiff_t n;

    if (c->socket.lost) return (int)len;

    do n = AKOLHOOK_MBEDTLS_SEND((int)c->socket.conn->socket, data, len, AKOLHOOK_TLS_NOSIGNAL);
    while (n < 0 && errno == EINTR);

    n = akolhook_tls_sent(&c->socket, n);
    c->unsent = n > 0 ? len - (size_t)n : len;
    if (n == AKOLHOOK_IO_WANT_WRITE) return MBEDTLS_ERR_SSL_WANT_WRITE;
    return n > 0 ? (int)n : MBEDTLS_ERR_NET_SEND_FAILED;
}

static int akolhook_mbedtls_i_read(void *user, unsigned char *data, size_t len) {
    akolhook_mbedtls_i_conn *c = (akolhook_mbedtls_i_conn *)user;
    ptrdiff_t n = AKOLHOOK_IO_WANT_READ;

    /* mbedTLS reads no further than a record */
    if (akolhook_tls_may_read(&c->socket)) {
        do n = AKOLHOOK_MBEDTLS_RECV((int)c->socket.conn->socket, data, len, 0);
        while (n < 0 && errno == EINTR);
        n = akolhook_tls_received(&c->socket, n);
    }

    if (n == AKOLHOOK_IO_WANT_READ) return MBEDTLS_ERR_SSL_WANT_READ;
    if (n == AKOLHOOK_IO_EOF) return 0;
    return n > 0 ? (int)n : MBEDTLS_ERR_NET_RECV_FAILED;
}

/* ---- the certificate ---- */

/* Whether its subjectAltName holds the host. */
static int akolhook_mbedtls_i_names_host(const mbedtls_x509_crt *crt, const akolhook_conn *conn) {
    const mbedtls_x509_sequence *san;

    for (san = &crt->subject_alt_names; san && san->buf.p; san = san->next)
        if (akolhook_tls_is_host(conn, (uint8_t)san->buf.tag, san->buf.p, san->buf.len)) return 1;
    return 0;
}

/* Unix seconds. The year is taken to begin in March, so that a leap day is its last. */
static int64_t akolhook_mbedtls_i_seconds(const mbedtls_x509_time *t) {
    enum { DAYS_TO_1970 = 719468 }; /* from 1 March of the year 0 */
    int64_t year = t->year - (t->mon <= 2), month = t->mon + (t->mon <= 2 ? 9 : -3);
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + t->day - 1;

    return (((days - DAYS_TO_1970) * 24 + t->hour) * 60 + t->min) * 60 + t->sec;
}

/* mbedTLS calls it for each certificate of the chain, with what it found wrong in *flags; depth 0 is the
   server's. */
static int akolhook_mbedtls_i_verify(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
    akolhook_mbedtls_i_conn *c = (akolhook_mbedtls_i_conn *)user;

    if (depth != 0) return 0;
    c->verified = 1;
    c->proof.until = akolhook_mbedtls_i_seconds(&crt->valid_to) + 1;
    if (!akolhook_mbedtls_i_names_host(crt, c->socket.conn)) *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    return 0;
}

/* ---- sessions ---- */

static void akolhook_mbedtls_i_free_session(void *user, size_t place) {
    akolhook_mbedtls *tls = (akolhook_mbedtls *)user;
    mbedtls_ssl_session_free(&tls->sessions[place]);
    mbedtls_ssl_session_init(&tls->sessions[place]);
}

/* Offers the newest session of this peer. */
static void akolhook_mbedtls_i_offer(akolhook_mbedtls_i_conn *c) {
    akolhook_mbedtls *tls = c->tls;
    size_t place;

    c->proof.at = (int64_t)mbedtls_time(NULL);
    place = akolhook_sessions_find(&tls->ring, c->socket.conn, c->proof.at, &c->offered);
    if (place == AKOLHOOK_SESSIONS_NONE) return;
    if (mbedtls_ssl_set_session(&c->ssl, &tls->sessions[place]) != 0) return;

    c->has_offered = 1;
    if (tls->places[place].once) akolhook_sessions_drop(&tls->ring, place);
}

/* Keeps the session of a connection. */
static void akolhook_mbedtls_i_keep(akolhook_mbedtls_i_conn *c, int once) {
    akolhook_mbedtls *tls = c->tls;
    const akolhook_tls_proof *proof = c->verified ? &c->proof : &c->offered;
    size_t place = akolhook_sessions_put(&tls->ring, c->socket.conn, once, proof);

    if (place == AKOLHOOK_SESSIONS_NONE) return;
    if (mbedtls_ssl_get_session(&c->ssl, &tls->sessions[place]) != 0)
        akolhook_sessions_drop(&tls->ring, place);
}

/* ---- the hooks ---- */

static akolhook_mbedtls_i_conn *akolhook_mbedtls_i_enter(akolhook_conn *conn) {
    akolhook_mbedtls_i_conn *c = (akolhook_mbedtls_i_conn *)conn->memory;
    akolhook_tls_enter(&c->socket, conn);
    return c;
}

/* WANT_ or FAIL for an error of mbedTLS's. */
static int akolhook_mbedtls_i_result(akolhook_mbedtls_i_conn *c, int code) {
    if (code == MBEDTLS_ERR_SSL_WANT_READ) return AKOLHOOK_IO_WANT_READ;
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) return AKOLHOOK_IO_WANT_WRITE;

    c->socket.conn->native_error = c->socket.error ? c->socket.error : code;
    c->broken = 1;
    return AKOLHOOK_IO_FAIL;
}

static int akolhook_mbedtls_i_open(akolhook_conn *conn) {
    akolhook_mbedtls_i_conn *c = akolhook_mbedtls_i_enter(conn);
    char host[AKOLHOOK_TLS_HOST_SIZE];
    int code;

    if (akolhook_tls_host(conn, host) == 0)
        return akolhook_mbedtls_i_result(c, MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    if (akolhook_tls_no_sigpipe(&c->socket) != 0)
        return akolhook_mbedtls_i_result(c, MBEDTLS_ERR_NET_SOCKET_FAILED);

    c->tls = (akolhook_mbedtls *)conn->user;
    mbedtls_ssl_init(&c->ssl);
    code = mbedtls_ssl_setup(&c->ssl, &c->tls->conf);
    if (code == 0) code = mbedtls_ssl_set_hostname(&c->ssl, conn->host_is_address ? NULL : host);
    if (code != 0) {
        mbedtls_ssl_free(&c->ssl);
        return akolhook_mbedtls_i_result(c, code);
    }

    mbedtls_ssl_set_verify(&c->ssl, akolhook_mbedtls_i_verify, c);
    mbedtls_ssl_set_bio(&c->ssl, c, akolhook_mbedtls_i_write, akolhook_mbedtls_i_read, NULL);
    akolhook_mbedtls_i_offer(c);
    return 0;
}

/* The chain's faults come before the name's, and those before the dates'. */
static akolhook_status akolhook_mbedtls_i_verdict(uint32_t flags) {
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;

    if (flags & ~(dates | MBEDTLS_X509_BADCERT_CN_MISMATCH)) return AKOLHOOK_TLS_UNTRUSTED;
    return flags & MBEDTLS_X509_BADCERT_CN_MISMATCH ? AKOLHOOK_TLS_WRONG_HOST : AKOLHOOK_TLS_EXPIRED;
}

static int akolhook_mbedtls_i_is_13(const akolhook_mbedtls_i_conn *c) {
    return strcmp(mbedtls_ssl_get_version(&c->ssl), "TLSv1.3") == 0;
}

static int akolhook_mbedtls_i_handshake(akolhook_conn *conn) {
    akolhook_mbedtls_i_conn *c = akolhook_mbedtls_i_enter(conn);
    int code = mbedtls_ssl_handshake(&c->ssl), result;
    uint32_t flags;

    if (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE)
        return akolhook_mbedtls_i_result(c, code);

    flags = mbedtls_ssl_get_verify_result(&c->ssl);
    if (code == 0 && flags == 0 && (c->verified || c->has_offered)) {
        c->done = 1;
        conn->held = (uint8_t)mbedtls_ssl_check_pending(&c->ssl);
        if (c->verified && !akolhook_mbedtls_i_is_13(c)) akolhook_mbedtls_i_keep(c, 0);
        return 0;
    }

    if (code == 0) code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    akolhook_sessions_forget(&c->tls->ring, conn);
    result = akolhook_mbedtls_i_result(c, code);

    /* why, where it was the certificate */
    if (c->verified && flags != 0 && flags != AKOLHOOK_MBEDTLS_I_NO_VERDICT) {
        conn->native_error = (long)flags;
        conn->status = akolhook_mbedtls_i_verdict(flags);
    } else if (code < AKOLHOOK_MBEDTLS_I_X509_ABOVE && code > AKOLHOOK_MBEDTLS_I_X509_BELOW)
        conn->status = AKOLHOOK_TLS_UNTRUSTED; /* a certificate that cannot be read */
    return result;
}

/* Under TLS 1.3 a ticket can come at any time, and mbedTLS tells of it from reading and writing alike. */
static int akolhook_mbedtls_i_is_ticket(akolhook_mbedtls_i_conn *c, int code) {
#ifdef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
    if (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        akolhook_mbedtls_i_keep(c, 1);
        return 1;
    }
#endif
    (void)c;
    (void)code;
    return 0;
}

static ptrdiff_t akolhook_mbedtls_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_mbedtls_i_conn *c = akolhook_mbedtls_i_enter(conn);
    int n = mbedtls_ssl_get_max_out_record_payload(&c->ssl);

    c->socket.error = c->socket.lost;
    if (c->socket.lost) return akolhook_mbedtls_i_result(c, MBEDTLS_ERR_NET_SEND_FAILED);

    if (n <= 0) return akolhook_mbedtls_i_result(c, n);
    if (len > (size_t)n) len = (size_t)n; /* one record at a time */

    do {
        /* a read in between has sent it: writing again would send it twice */
        if (c->pending && c->unsent == 0) {
            n = (int)c->pending;
            break;
        }
        n = mbedtls_ssl_write(&c->ssl, (const unsigned char *)data, len);
    } while (akolhook_mbedtls_i_is_ticket(c, n));

    c->pending = n == MBEDTLS_ERR_SSL_WANT_WRITE ? len : n > 0 ? 0 : c->pending;
    return n > 0 ? n : akolhook_mbedtls_i_result(c, n);
}

/* Head and body in one record where they fit; a large body is not copied. */
static ptrdiff_t akolhook_mbedtls_i_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    char joined[AKOLHOOK_MBEDTLS_I_JOIN];

    if (count == 1 || parts[0].len >= sizeof joined)
        return akolhook_mbedtls_i_send(conn, parts[0].ptr, parts[0].len);
    return akolhook_mbedtls_i_send(conn, joined, akolhook_tls_join(joined, sizeof joined, parts, count));
}

/* mbedTLS also says WANT_READ after a record without content while the socket holds more: only one that
   has run dry is a reason to wait. */
static ptrdiff_t akolhook_mbedtls_i_recv(akolhook_conn *conn, void *data, size_t len) {
    akolhook_mbedtls_i_conn *c = akolhook_mbedtls_i_enter(conn);

    while (!c->socket.blocked) {
        int n = mbedtls_ssl_read(&c->ssl, (unsigned char *)data, len);

        conn->held = n > 0 && mbedtls_ssl_check_pending(&c->ssl);
        if (n > 0) return n;
        if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return AKOLHOOK_IO_EOF;
        if (n == 0) n = MBEDTLS_ERR_SSL_CONN_EOF;
        if (!akolhook_mbedtls_i_is_ticket(c, n) && n != MBEDTLS_ERR_SSL_WANT_READ)
            return akolhook_mbedtls_i_result(c, n);
    }
    return AKOLHOOK_IO_WANT_READ;
}

static void akolhook_mbedtls_i_close(akolhook_conn *conn) {
    akolhook_mbedtls_i_conn *c = akolhook_mbedtls_i_enter(conn);

    if (!c->broken && c->done) (void)mbedtls_ssl_close_notify(&c->ssl);
    mbedtls_ssl_free(&c->ssl);
    memset(c, 0, sizeof *c);
}

/* ---- the transport ---- */

static int akolhook_mbedtls_i_settings(akolhook_mbedtls *tls) {
    static const char *alpn[] = {"http/1.1", NULL};
    /* clang-format off */
    static const int suites[] = {
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
        MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
        MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, 0
    };
    /* clang-format on */
    mbedtls_ssl_config *conf = &tls->conf;
    int code = mbedtls_ssl_config_defaults(
            conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    if (code == 0) code = mbedtls_ssl_conf_alpn_protocols(conf, alpn);
    if (code != 0) return code;

    /* ciphers, protocols and trust */
    mbedtls_ssl_conf_ciphersuites(conf, suites);
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
    mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(conf, &tls->cas, NULL);
    mbedtls_ssl_conf_rng(conf, mbedtls_ctr_drbg_random, &tls->random);

    /* what a server may do */
    mbedtls_ssl_conf_legacy_renegotiation(conf, MBEDTLS_SSL_LEGACY_BREAK_HANDSHAKE);
#ifdef MBEDTLS_SSL_RENEGOTIATION
    mbedtls_ssl_conf_renegotiation(conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#ifdef MBEDTLS_SSL_SESSION_TICKETS
    mbedtls_ssl_conf_session_tickets(conf, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060100
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
            conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#endif
    return 0;
}

static void akolhook_mbedtls_i_begin(akolhook_mbedtls *tls) {
    size_t i;

    memset(tls, 0, sizeof *tls);
    mbedtls_ssl_config_init(&tls->conf);
    mbedtls_x509_crt_init(&tls->cas);
    mbedtls_entropy_init(&tls->entropy);
    mbedtls_ctr_drbg_init(&tls->random);
    tls->made = 1;

    for (i = 0; i < AKOLHOOK_MBEDTLS_SESSIONS; i++) mbedtls_ssl_session_init(&tls->sessions[i]);
    akolhook_sessions_init(
            &tls->ring, tls->places, AKOLHOOK_MBEDTLS_SESSIONS, akolhook_mbedtls_i_free_session, tls);
}

/* code: what reading the CAs gave; above 0 it counts certificates that could not be read. */
static akolhook_status akolhook_mbedtls_i_finish(akolhook_mbedtls *tls, int code) {
    static const unsigned char purpose[] = "akolhook"; /* what the random numbers are for */
    akolhook_status status = code == 0 ? AKOLHOOK_OK : AKOLHOOK_INVALID_ARGUMENT;

    if (code > 0) code = MBEDTLS_ERR_X509_INVALID_FORMAT;
#ifdef AKOLHOOK_MBEDTLS_I_PSA
    if (code == 0 && psa_crypto_init() != PSA_SUCCESS) code = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
#endif
    if (code == 0)
        code = mbedtls_ctr_drbg_seed(
                &tls->random, mbedtls_entropy_func, &tls->entropy, purpose, sizeof purpose - 1);
    if (code == 0) code = akolhook_mbedtls_i_settings(tls);
    if (code != 0) {
        akolhook_mbedtls_free(tls);
        tls->native_error = code;
        return status == AKOLHOOK_OK ? AKOLHOOK_SYSTEM_LIMIT : status;
    }

    tls->transport.conn_size = sizeof(akolhook_mbedtls_i_conn);
    tls->transport.open_fn = akolhook_mbedtls_i_open;
    tls->transport.handshake_fn = akolhook_mbedtls_i_handshake;
    tls->transport.send_fn = akolhook_mbedtls_i_send;
    tls->transport.sendv_fn = akolhook_mbedtls_i_sendv;
    tls->transport.recv_fn = akolhook_mbedtls_i_recv;
    tls->transport.close_fn = akolhook_mbedtls_i_close;
    tls->transport.user = tls;
    tls->transport.flags = AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_UNBUFFERED;

    return AKOLHOOK_OK;
}

/* code: what reading the CAs gave; begun: certificates that begin in the PEM text. mbedTLS says nothing of a
   last one that is cut. */
static int akolhook_mbedtls_i_loaded(const mbedtls_x509_crt *cas, int code, size_t begun) {
    const mbedtls_x509_crt *crt;

    for (crt = cas; code == 0 && crt && begun > 0; crt = crt->next) begun--;
    return code == 0 && begun > 0 ? MBEDTLS_ERR_X509_INVALID_FORMAT : code;
}

#ifdef MBEDTLS_FS_IO
AKOLHOOK_API akolhook_status akolhook_mbedtls_init(akolhook_mbedtls *tls, const char *ca_file) {
    int code = MBEDTLS_ERR_X509_FILE_IO_ERROR, is_file, has_line;
    char line[80];
    size_t begun = 0;
    FILE *file;

    if (!tls) return AKOLHOOK_INVALID_ARGUMENT;
    akolhook_mbedtls_i_begin(tls);

    /* a directory can be opened too, and mbedTLS would take its size for a file's */
    file = ca_file ? fopen(ca_file, "rb") : NULL;
    is_file = file && fgets(line, sizeof line, file);
    for (has_line = is_file; has_line; has_line = fgets(line, sizeof line, file) != NULL)
        if (akolhook_tls_certificate(line, strlen(line), 0) == 0) begun++;
    if (file) fclose(file);

    if (is_file) code = mbedtls_x509_crt_parse_file(&tls->cas, ca_file);
    return akolhook_mbedtls_i_finish(tls, akolhook_mbedtls_i_loaded(&tls->cas, code, begun));
}
#endif

AKOLHOOK_API akolhook_status akolhook_mbedtls_init_pem(akolhook_mbedtls *tls, const void *pem, size_t len) {
    const char *text = (const char *)pem;
    size_t at, begun = 0;
    int code;

    if (!tls) return AKOLHOOK_INVALID_ARGUMENT;
    akolhook_mbedtls_i_begin(tls);

    code = mbedtls_x509_crt_parse(&tls->cas, (const unsigned char *)pem, len);
    for (at = 0; code == 0 && (at = akolhook_tls_certificate(text, len, at)) < len; at++) begun++;
    return akolhook_mbedtls_i_finish(tls, akolhook_mbedtls_i_loaded(&tls->cas, code, begun));
}

AKOLHOOK_API const akolhook_transport *akolhook_mbedtls_transport(akolhook_mbedtls *tls) {
    return &tls->transport;
}

AKOLHOOK_API void akolhook_mbedtls_free(akolhook_mbedtls *tls) {
    if (!tls || !tls->made) return;
    akolhook_sessions_clear(&tls->ring);
    mbedtls_ssl_config_free(&tls->conf);
    mbedtls_ctr_drbg_free(&tls->random);
    mbedtls_entropy_free(&tls->entropy);
    mbedtls_x509_crt_free(&tls->cas);
    memset(tls, 0, sizeof *tls);
}

static const char *akolhook_mbedtls_i_flag_text(long flags) {
    /* clang-format off */
    static const struct { uint32_t flag; const char *text; } texts[] = {
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "the certificate does not lead to a trusted CA"},
        {MBEDTLS_X509_BADCERT_MISSING, "the server sent no certificate"},
        {MBEDTLS_X509_BADCERT_BAD_KEY, "a key in the chain is too weak or of a kind that is not accepted"},
        {MBEDTLS_X509_BADCERT_BAD_PK, "a key in the chain is of a kind that is not accepted"},
        {MBEDTLS_X509_BADCERT_BAD_MD, "a certificate is signed with a hash that is not accepted"},
        {MBEDTLS_X509_BADCERT_KEY_USAGE, "the certificate's key usage does not allow it"},
        {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "the certificate is not for servers"},
        {MBEDTLS_X509_BADCERT_NS_CERT_TYPE, "the certificate is not for servers"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "the certificate's subjectAltName does not hold the host"},
        {MBEDTLS_X509_BADCERT_EXPIRED, "the certificate has expired"},
        {MBEDTLS_X509_BADCERT_FUTURE, "the certificate is not valid yet"}
    };
    /* clang-format on */
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((uint32_t)flags & texts[i].flag) return texts[i].text;

    return "the certificate was refused";
}

AKOLHOOK_API const char *akolhook_mbedtls_error_text(akolhook_status status, long native_error) {
    enum { LOWEST = -0x8000 }; /* of mbedTLS's codes */
    const char *text = NULL;

    if (akolhook_tls_is_certificate(status) && native_error > 0)
        return akolhook_mbedtls_i_flag_text(native_error);
#ifdef MBEDTLS_ERROR_C
    if (akolhook_tls_is_native(status) && native_error < 0 && native_error >= LOWEST)
        text = mbedtls_high_level_strerr((int)native_error);
#endif
    return text ? text : "";
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_MBEDTLS_IMPLEMENTATION */
