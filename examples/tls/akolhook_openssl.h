/* akolhook_openssl.h - the TLS transport of akolhook.h on OpenSSL 3

   Do this in one C or C++ file, with akolhook.h and akolhook_tls.h beside it, and
   link -lssl -lcrypto:

       #define AKOLHOOK_OPENSSL_IMPLEMENTATION
       #include "akolhook_openssl.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. C99 or C++11. A whole sender:

>>> send_openssl.c exit 1 libs openssl
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_openssl.h"
#include <stdio.h>

static unsigned char memory[16384]; // akolhook_client_size(&desc) is the exact need
static akolhook_openssl tls;

int main(void) {
    const char *url = "https://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    status = akolhook_openssl_init(&tls, NULL); // the CAs of the system
    if (status != AKOLHOOK_OK) return 2;
    desc.tls = akolhook_openssl_transport(&tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE; // for 127.0.0.1; leave it out otherwise

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_openssl_free(&tls);
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   What holds on every connection, and cannot be turned off:
   - The chain must lead to a trusted CA, be inside its dates and allow server use. The
     name must stand in the certificate's subjectAltName (RFC 6125): the subject's CN is
     never read, a wildcard is a whole leftmost label and stands for one label, an address
     must stand there as an address. Revocation (CRL, OCSP) is not asked for.
   - TLS 1.2 at least, forward secrecy, security level 2 at least, no compression, no
     renegotiation, no early data, ALPN http/1.1. SNI is the host name, left out for an
     address.
   - The end of the stream counts only with close_notify; without it recv_fn gives
     AKOLHOOK_IO_FAIL, so a cut is seen.
   - No SIGPIPE is raised.

   The environment: SSL_CERT_FILE and SSL_CERT_DIR are not looked at. openssl.cnf is read
   by OpenSSL itself, which finds it by OPENSSL_CONF. The settings above are made after
   it and it cannot loosen them; a higher protocol floor or security level in it stays.
   What it makes OpenSSL load (providers, engines) is code, which nothing here can check:
   a program that wants no such file calls OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG,
   NULL) before anything else. OpenSSL from 3.5 can be built to write the keys of all
   connections to the file that SSLKEYLOGFILE names; where it is, and that is set, _init
   refuses to go on.

   Sessions are kept by host and port and used again: for two hours at most since the
   server last showed its certificate, never once that is out of its dates or a handshake
   with that host has failed, a TLS 1.3 ticket once only.

   One akolhook_openssl may serve clients on several threads. Memory comes from OpenSSL's
   heap: about 15 KB for a connection that waits, 35 KB more while records lie in its
   buffers; transport.conn_size is 72 bytes, and sendv_fn, which sends head and body in
   one record where they fit, uses 16 KB of stack. Records without content and floods of
   them are taken in bounded steps, so that no server can hold the thread beyond the
   deadline.

   delivery.native_error is X509_V_ERR_... when the status is TLS_UNTRUSTED,
   TLS_WRONG_HOST or TLS_EXPIRED, else a code of OpenSSL's error queue, or errno (below
   4096) when the socket failed, ENOMEM when OpenSSL had no memory to say why.

   Before the implementation you may define
   AKOLHOOK_OPENSSL_CIPHERS       the TLS 1.2 cipher list (default: ECDHE and DHE; AEAD
                                  first, CBC for old servers)
   AKOLHOOK_OPENSSL_SEND, _RECV   the calls with the arguments of send() and recv()
                                  (default: those)
   and before the declarations, everywhere the same
   AKOLHOOK_OPENSSL_SESSIONS      how many sessions are kept (default: 32; about 280 bytes
                                  each beside OpenSSL's own memory)

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_OPENSSL_H
#define AKOLHOOK_OPENSSL_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a transport belongs to it"
#endif

#include "akolhook_tls.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AKOLHOOK_OPENSSL_SESSIONS
#define AKOLHOOK_OPENSSL_SESSIONS 32
#endif
#if AKOLHOOK_OPENSSL_SESSIONS < 1 || AKOLHOOK_OPENSSL_SESSIONS > 10000
#error "AKOLHOOK_OPENSSL_SESSIONS must be 1..10000"
#endif

struct ssl_ctx_st;
struct ssl_session_st;
struct bio_method_st;

/* The transport. Must not move or be copied between _init and _free. */
typedef struct akolhook_openssl {
    long native_error;      /* out: OpenSSL's code or errno when _init failed, 0: none */
    struct ssl_ctx_st *ctx; /* SSL_CTX, to add a client certificate of yours before the first connection */

    /* private from here on */
    akolhook_transport transport;
    struct bio_method_st *bio;
    void *lock; /* around the sessions */
    akolhook_sessions ring;
    akolhook_session places[AKOLHOOK_OPENSSL_SESSIONS];
    struct ssl_session_st *sessions[AKOLHOOK_OPENSSL_SESSIONS]; /* each with a reference */
} akolhook_openssl;

/* Makes the transport. ca_file: a PEM file, whose CAs are then the only ones trusted; NULL: the system's
   store, which is the file and directory built into OpenSSL. Returns OK; INVALID_ARGUMENT (tls is NULL,
   ca_file cannot be read, holds no certificate or a damaged one, or the system has no store); KEYS_LOGGED
   (OpenSSL would write the keys to SSLKEYLOGFILE); SYSTEM_LIMIT (OpenSSL failed). Nothing is left open
   unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_openssl_init(
        akolhook_openssl *tls, const char *ca_file);

/* For akolhook_client_desc.tls. Lives as long as tls. */
AKOLHOOK_API const akolhook_transport *akolhook_openssl_transport(akolhook_openssl *tls);

/* Frees everything. The clients that use it must be closed before. NULL, zeroed and freed ones are legal. */
AKOLHOOK_API void akolhook_openssl_free(akolhook_openssl *tls);

/* What OpenSSL calls the native error of a delivery with this status, "" when it is none of OpenSSL's.
   Static text. */
AKOLHOOK_API const char *akolhook_openssl_error_text(akolhook_status status, long native_error);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_OPENSSL_H */

#if (defined(AKOLHOOK_OPENSSL_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_OPENSSL_I_IMPLEMENTED)
#define AKOLHOOK_OPENSSL_I_IMPLEMENTED

#ifndef AKOLHOOK_TLS_IMPLEMENTATION
#define AKOLHOOK_TLS_IMPLEMENTATION
#endif
#include "akolhook_tls.h"
#include <time.h>
#include <unistd.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "akolhook_openssl.h needs OpenSSL 3.0 or later"
#endif

#ifndef AKOLHOOK_OPENSSL_CIPHERS
#define AKOLHOOK_OPENSSL_CIPHERS \
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!PSK:!SRP"
#endif
#ifndef AKOLHOOK_OPENSSL_SEND
#define AKOLHOOK_OPENSSL_SEND send
#endif
#ifndef AKOLHOOK_OPENSSL_RECV
#define AKOLHOOK_OPENSSL_RECV recv
#endif
#define AKOLHOOK_OPENSSL_I_ABOVE_ERRNO 4096           /* from here on native errors are OpenSSL's */
#define AKOLHOOK_OPENSSL_I_LOGS_KEYS_FROM 0x30500000L /* the version from which it may heed SSLKEYLOGFILE */

#ifdef __cplusplus
extern "C" {
#endif

/* What lives in conn->memory. */
typedef struct akolhook_openssl_i_conn {
    akolhook_tls_socket socket;
    SSL *ssl;
    akolhook_openssl *tls;
    akolhook_tls_proof offered; /* that of the session that was */
    int64_t opened_at;          /* unix seconds */
    uint8_t broken;             /* a hook failed */
} akolhook_openssl_i_conn;

/* ---- the socket as a BIO ---- */

static int akolhook_openssl_i_bio_write(BIO *bio, const char *data, size_t len, size_t *done) {
    akolhook_tls_socket *s = &((akolhook_openssl_i_conn *)BIO_get_data(bio))->socket;
    ptrdiff_t n;

    *done = 0;
    BIO_clear_retry_flags(bio);

    do n = AKOLHOOK_OPENSSL_SEND((int)s->conn->socket, data, len, AKOLHOOK_TLS_NOSIGNAL);
    while (n < 0 && errno == EINTR);

    n = akolhook_tls_sent(s, n);
    if (n > 0) *done = (size_t)n;
    if (n == AKOLHOOK_IO_WANT_WRITE) BIO_set_retry_write(bio);
    return n > 0;
}

static int akolhook_openssl_i_bio_read(BIO *bio, char *data, size_t len, size_t *done) {
    akolhook_tls_socket *s = &((akolhook_openssl_i_conn *)BIO_get_data(bio))->socket;
    ptrdiff_t n = AKOLHOOK_IO_WANT_READ;

    *done = 0;
    BIO_clear_retry_flags(bio);

    /* OpenSSL reads only when it holds no whole record */
    if (akolhook_tls_may_read(s)) {
        do n = AKOLHOOK_OPENSSL_RECV((int)s->conn->socket, data, len, 0);
        while (n < 0 && errno == EINTR);
        n = akolhook_tls_received(s, n);
    }

    if (n > 0) *done = (size_t)n;
    if (n == AKOLHOOK_IO_WANT_READ) BIO_set_retry_read(bio);
    return n > 0;
}

static long akolhook_openssl_i_bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command != BIO_CTRL_EOF) return 0;
    return ((const akolhook_openssl_i_conn *)BIO_get_data(bio))->socket.ended;
}

/* ---- sessions ---- */

static void akolhook_openssl_i_free_session(void *user, size_t place) {
    akolhook_openssl *tls = (akolhook_openssl *)user;
    SSL_SESSION_free(tls->sessions[place]);
    tls->sessions[place] = NULL;
}

/* The newest session of this peer with a reference for the caller, or NULL. */
static SSL_SESSION *akolhook_openssl_i_take(akolhook_openssl_i_conn *c) {
    akolhook_openssl *tls = c->tls;
    SSL_SESSION *session = NULL;
    size_t place;

    if (!CRYPTO_THREAD_write_lock(tls->lock)) return NULL;

    do {
        place = akolhook_sessions_find(&tls->ring, c->socket.conn, c->opened_at, &c->offered);
        if (place == AKOLHOOK_SESSIONS_NONE) break;

        if (SSL_SESSION_is_resumable(tls->sessions[place]) && SSL_SESSION_up_ref(tls->sessions[place]))
            session = tls->sessions[place];
        if (!session || tls->places[place].once) akolhook_sessions_drop(&tls->ring, place);
    } while (!session);

    CRYPTO_THREAD_unlock(tls->lock);
    return session;
}

static void akolhook_openssl_i_forget(akolhook_openssl *tls, const akolhook_conn *conn) {
    if (!CRYPTO_THREAD_write_lock(tls->lock)) return;
    akolhook_sessions_forget(&tls->ring, conn);
    CRYPTO_THREAD_unlock(tls->lock);
}

/* When the session ends by the certificate's dates or by the server's hint; 0 when that cannot be said. */
static int64_t akolhook_openssl_i_valid_until(SSL_SESSION *session, int64_t now) {
    const X509 *cert = SSL_SESSION_get0_peer(session);
    int64_t left, hint = (int64_t)SSL_SESSION_get_ticket_lifetime_hint(session);
    int days, seconds;

    if (!cert || !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert))) return 0;
    left = (int64_t)days * 86400 + seconds;
    return now + (hint && hint < left ? hint : left);
}

/* OpenSSL's callback for a new session or ticket; 1 keeps the reference. */
static int akolhook_openssl_i_keep(SSL *ssl, SSL_SESSION *session) {
    akolhook_openssl_i_conn *c = (akolhook_openssl_i_conn *)SSL_get_app_data(ssl);
    int once = SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
    akolhook_tls_proof proof;
    size_t place;

    if (!c) return 0;
    proof.at = SSL_session_reused(ssl) ? c->offered.at : c->opened_at;
    proof.until = akolhook_openssl_i_valid_until(session, (int64_t)time(NULL));

    if (!CRYPTO_THREAD_write_lock(c->tls->lock)) return 0;
    place = akolhook_sessions_put(&c->tls->ring, c->socket.conn, once, &proof);
    if (place != AKOLHOOK_SESSIONS_NONE) c->tls->sessions[place] = session;

    CRYPTO_THREAD_unlock(c->tls->lock);
    return place != AKOLHOOK_SESSIONS_NONE;
}

/* ---- the hooks ---- */

/* What others left in the error queue would be taken for this connection's. Clearing it goes through all of
   its places, so an empty one is left alone. */
static akolhook_openssl_i_conn *akolhook_openssl_i_enter(akolhook_conn *conn) {
    akolhook_openssl_i_conn *c = (akolhook_openssl_i_conn *)conn->memory;

    akolhook_tls_enter(&c->socket, conn);
    if (ERR_peek_error()) ERR_clear_error();
    return c;
}

/* What OpenSSL's queue says, else the socket's errno. Neither says anything where there was no memory to
   do so. */
static long akolhook_openssl_i_why(int error) {
    unsigned long code = ERR_peek_last_error();

    if (code == 0) return error ? error : ENOMEM;
    return ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : (long)code;
}

/* native_error 0: what OpenSSL or the socket says. */
static int akolhook_openssl_i_fail(akolhook_openssl_i_conn *c, long native_error, akolhook_status status) {
    if (native_error == 0) native_error = akolhook_openssl_i_why(c->socket.error);

    c->socket.conn->native_error = native_error;
    c->socket.conn->status = status;
    c->broken = 1;
    ERR_clear_error();
    return AKOLHOOK_IO_FAIL;
}

/* WANT_ or FAIL for what a call of OpenSSL's gave. */
static int akolhook_openssl_i_result(akolhook_openssl_i_conn *c, int result) {
    result = SSL_get_error(c->ssl, result);
    if (result == SSL_ERROR_WANT_READ) return AKOLHOOK_IO_WANT_READ;
    if (result == SSL_ERROR_WANT_WRITE) return AKOLHOOK_IO_WANT_WRITE;
    if (result == SSL_ERROR_ZERO_RETURN) return AKOLHOOK_IO_EOF;
    return AKOLHOOK_IO_FAIL;
}

static akolhook_status akolhook_openssl_i_verdict(long verify) {
    switch (verify) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return AKOLHOOK_TLS_WRONG_HOST;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: return AKOLHOOK_TLS_EXPIRED;
    default: return AKOLHOOK_TLS_UNTRUSTED;
    }
}

/* The socket, the name, SNI and the session of a new connection; 0 when OpenSSL refuses one. */
static int akolhook_openssl_i_prepare(akolhook_openssl_i_conn *c, char *host, size_t len) {
    const akolhook_conn *conn = c->socket.conn;
    X509_VERIFY_PARAM *param = SSL_get0_param(c->ssl);
    SSL_SESSION *session;
    BIO *bio = BIO_new(c->tls->bio);

    if (!bio) return 0;
    BIO_set_data(bio, c);
    BIO_set_init(bio, 1);
    SSL_set_bio(c->ssl, bio, bio);
    if (!SSL_set_app_data(c->ssl, c)) return 0;

    X509_VERIFY_PARAM_set_hostflags(
            param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (conn->host_is_address) {
        if (!X509_VERIFY_PARAM_set1_ip_asc(param, host)) return 0;
    } else if (!X509_VERIFY_PARAM_set1_host(param, host, len) || !SSL_set_tlsext_host_name(c->ssl, host))
        return 0;

    session = akolhook_openssl_i_take(c);
    if (session) {
        (void)SSL_set_session(c->ssl, session);
        SSL_SESSION_free(session);
    }
    return 1;
}

static int akolhook_openssl_i_open(akolhook_conn *conn) {
    akolhook_openssl_i_conn *c = akolhook_openssl_i_enter(conn);
    char host[AKOLHOOK_TLS_HOST_SIZE];
    size_t len = akolhook_tls_host(conn, host);
    int result;

    if (len == 0) return akolhook_openssl_i_fail(c, EINVAL, AKOLHOOK_OK);
    if (akolhook_tls_no_sigpipe(&c->socket) != 0) return akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);

    c->tls = (akolhook_openssl *)conn->user;
    c->opened_at = (int64_t)time(NULL);
    c->ssl = SSL_new(c->tls->ctx);
    if (!c->ssl) return akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);

    if (!akolhook_openssl_i_prepare(c, host, len)) {
        result = akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);
        SSL_free(c->ssl);
        c->ssl = NULL;
        return result;
    }

    SSL_set_connect_state(c->ssl);
    return 0;
}

/* What OpenSSL has made sure of by now, looked at once more before a byte of the request leaves. */
static int akolhook_openssl_i_approve(akolhook_openssl_i_conn *c) {
    static const char wanted[] = "http/1.1";
    const unsigned char *protocol;
    unsigned len;

    if (!SSL_get0_peer_certificate(c->ssl) || SSL_get_verify_result(c->ssl) != X509_V_OK ||
            SSL_version(c->ssl) < TLS1_2_VERSION)
        return akolhook_openssl_i_fail(c, X509_V_ERR_UNSPECIFIED, AKOLHOOK_TLS_UNTRUSTED);

    /* a server need not choose */
    SSL_get0_alpn_selected(c->ssl, &protocol, &len);
    if (len && (len != sizeof wanted - 1 || memcmp(protocol, wanted, len) != 0))
        return akolhook_openssl_i_fail(c, EPROTO, AKOLHOOK_OK);
    return 0;
}

static int akolhook_openssl_i_handshake(akolhook_conn *conn) {
    akolhook_openssl_i_conn *c = akolhook_openssl_i_enter(conn);
    int result = SSL_do_handshake(c->ssl);
    long verify;

    conn->held = result == 1 && SSL_has_pending(c->ssl);
    if (result == 1) return akolhook_openssl_i_approve(c);
    result = akolhook_openssl_i_result(c, result);
    if (result == AKOLHOOK_IO_WANT_READ || result == AKOLHOOK_IO_WANT_WRITE) return result;

    akolhook_openssl_i_forget(c->tls, conn);
    verify = SSL_get_verify_result(c->ssl);
    if (verify != X509_V_OK) return akolhook_openssl_i_fail(c, verify, akolhook_openssl_i_verdict(verify));
    return akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);
}

static ptrdiff_t akolhook_openssl_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_openssl_i_conn *c = akolhook_openssl_i_enter(conn);
    size_t done = 0;
    int result = SSL_write_ex(c->ssl, data, len, &done);

    if (result == 1) return (ptrdiff_t)done;
    result = akolhook_openssl_i_result(c, result);
    if (result != AKOLHOOK_IO_FAIL && result != AKOLHOOK_IO_EOF) return result;
    return akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);
}

/* Head and body in one record where they fit; a large body is not copied. */
static ptrdiff_t akolhook_openssl_i_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    char joined[AKOLHOOK_TLS_RECORD];

    if (count == 1 || parts[0].len >= sizeof joined)
        return akolhook_openssl_i_send(conn, parts[0].ptr, parts[0].len);
    return akolhook_openssl_i_send(conn, joined, akolhook_tls_join(joined, sizeof joined, parts, count));
}

/* OpenSSL also says WANT_READ after a record without content (a ticket, a key update) while more may lie
   in its buffer, for which no socket would ever become readable: only a socket that has run dry is a
   reason to wait. */
static ptrdiff_t akolhook_openssl_i_recv(akolhook_conn *conn, void *data, size_t len) {
    akolhook_openssl_i_conn *c = akolhook_openssl_i_enter(conn);

    while (!c->socket.blocked) {
        size_t done = 0;
        int result = SSL_read_ex(c->ssl, data, len, &done);

        conn->held = result == 1 && SSL_has_pending(c->ssl);
        if (result == 1) return (ptrdiff_t)done;
        result = akolhook_openssl_i_result(c, result);
        if (result == AKOLHOOK_IO_FAIL) return akolhook_openssl_i_fail(c, 0, AKOLHOOK_OK);
        if (result != AKOLHOOK_IO_WANT_READ) return result;
    }
    return AKOLHOOK_IO_WANT_READ;
}

static void akolhook_openssl_i_close(akolhook_conn *conn) {
    akolhook_openssl_i_conn *c = akolhook_openssl_i_enter(conn);

    if (!c->broken && SSL_is_init_finished(c->ssl)) (void)SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    ERR_clear_error();
    memset(c, 0, sizeof *c);
}

/* ---- the transport ---- */

/* The file and directory built into OpenSSL; 0 when there is neither. */
static int akolhook_openssl_i_system_store(X509_STORE *store) {
    const char *dir = X509_get_default_cert_dir();
    int file = X509_STORE_load_file(store, X509_get_default_cert_file());

    ERR_clear_error();
    if (!file && access(dir, R_OK | X_OK) != 0) return 0;
    return X509_STORE_load_path(store, dir);
}

/* Every setting that openssl.cnf could have loosened is made here again. */
static int akolhook_openssl_i_settings(SSL_CTX *ctx) {
    static const unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

    /* protocols and ciphers */
    if (SSL_CTX_get_min_proto_version(ctx) < TLS1_2_VERSION &&
            !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
        return 0;
    if (SSL_CTX_get_security_level(ctx) < 2) SSL_CTX_set_security_level(ctx, 2);
    if (!SSL_CTX_set_cipher_list(ctx, AKOLHOOK_OPENSSL_CIPHERS)) return 0;
    if (!SSL_CTX_set_ciphersuites(ctx, OSSL_default_ciphersuites())) return 0;
    if (SSL_CTX_set_alpn_protos(ctx, alpn, sizeof alpn) != 0) return 0;

    /* what a server may do */
    SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_clear_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_clear_options(
            ctx, SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_EXTENDED_MASTER_SECRET);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_quiet_shutdown(ctx, 0);

    /* how it reads and writes */
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_mode(ctx,
            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(ctx, 1);

    /* sessions are kept here, none in OpenSSL's own cache */
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, akolhook_openssl_i_keep);
    return 1;
}

/* Whether this OpenSSL writes the keys of every connection to a file of the environment's. There is no call
   that would tell or stop it. */
static int akolhook_openssl_i_logs_keys(void) {
#ifdef OPENSSL_NO_SSLKEYLOG
    return 0;
#else
    return OpenSSL_version_num() >= AKOLHOOK_OPENSSL_I_LOGS_KEYS_FROM && akolhook_tls_keys_wanted();
#endif
}

/* The context with the CAs. */
static akolhook_status akolhook_openssl_i_make_ctx(akolhook_openssl *tls, const char *ca_file) {
    X509_STORE *store = X509_STORE_new();
    int ok;

    if (!store) return AKOLHOOK_SYSTEM_LIMIT;
    tls->ctx = SSL_CTX_new(TLS_client_method());
    ok = tls->ctx && SSL_CTX_set1_verify_cert_store(tls->ctx, store);
    if (!ok) {
        X509_STORE_free(store);
        return AKOLHOOK_SYSTEM_LIMIT;
    }

    SSL_CTX_set_cert_store(tls->ctx, store);
    ok = ca_file ? X509_STORE_load_file(store, ca_file) : akolhook_openssl_i_system_store(store);
    if (!ok) return AKOLHOOK_INVALID_ARGUMENT;
    return akolhook_openssl_i_settings(tls->ctx) ? AKOLHOOK_OK : AKOLHOOK_SYSTEM_LIMIT;
}

/* What the connections share beside the context. */
static akolhook_status akolhook_openssl_i_make_bio(akolhook_openssl *tls) {
    tls->lock = CRYPTO_THREAD_lock_new();
    tls->bio = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "akolhook socket");
    if (!tls->lock || !tls->bio) return AKOLHOOK_SYSTEM_LIMIT;

    if (!BIO_meth_set_write_ex(tls->bio, akolhook_openssl_i_bio_write) ||
            !BIO_meth_set_read_ex(tls->bio, akolhook_openssl_i_bio_read) ||
            !BIO_meth_set_ctrl(tls->bio, akolhook_openssl_i_bio_ctrl))
        return AKOLHOOK_SYSTEM_LIMIT;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_openssl_init(akolhook_openssl *tls, const char *ca_file) {
    akolhook_status status;
    long native_error;

    if (!tls) return AKOLHOOK_INVALID_ARGUMENT;
    memset(tls, 0, sizeof *tls);
    akolhook_sessions_init(
            &tls->ring, tls->places, AKOLHOOK_OPENSSL_SESSIONS, akolhook_openssl_i_free_session, tls);
    if (akolhook_openssl_i_logs_keys()) return AKOLHOOK_KEYS_LOGGED;
    ERR_clear_error();

    status = akolhook_openssl_i_make_ctx(tls, ca_file);
    if (status == AKOLHOOK_OK) status = akolhook_openssl_i_make_bio(tls);
    if (status != AKOLHOOK_OK) {
        native_error = akolhook_openssl_i_why(0);
        akolhook_openssl_free(tls);
        tls->native_error = native_error;
        return status;
    }

    ERR_clear_error();
    tls->transport.conn_size = sizeof(akolhook_openssl_i_conn);
    tls->transport.open_fn = akolhook_openssl_i_open;
    tls->transport.handshake_fn = akolhook_openssl_i_handshake;
    tls->transport.send_fn = akolhook_openssl_i_send;
    tls->transport.sendv_fn = akolhook_openssl_i_sendv;
    tls->transport.recv_fn = akolhook_openssl_i_recv;
    tls->transport.close_fn = akolhook_openssl_i_close;
    tls->transport.user = tls;
    tls->transport.flags = AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_UNBUFFERED;

    return AKOLHOOK_OK;
}

AKOLHOOK_API const akolhook_transport *akolhook_openssl_transport(akolhook_openssl *tls) {
    return &tls->transport;
}

AKOLHOOK_API void akolhook_openssl_free(akolhook_openssl *tls) {
    if (!tls) return;
    akolhook_sessions_clear(&tls->ring);
    SSL_CTX_free(tls->ctx);
    BIO_meth_free(tls->bio);
    CRYPTO_THREAD_lock_free(tls->lock);
    ERR_clear_error();
    memset(tls, 0, sizeof *tls);
}

AKOLHOOK_API const char *akolhook_openssl_error_text(akolhook_status status, long native_error) {
    const char *text = NULL;

    if (akolhook_tls_is_certificate(status))
        text = X509_verify_cert_error_string(native_error);
    else if (akolhook_tls_is_native(status) && native_error >= AKOLHOOK_OPENSSL_I_ABOVE_ERRNO)
        text = ERR_reason_error_string((unsigned long)native_error);
    return text ? text : "";
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_OPENSSL_IMPLEMENTATION */
