/* akolhook_wolfssl.h - the TLS transport of akolhook.h on wolfSSL 5

   Do this in one C or C++ file, with akolhook.h and akolhook_tls.h beside it, and
   link -lwolfssl:

       #define AKOLHOOK_WOLFSSL_IMPLEMENTATION
       #include "akolhook_wolfssl.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. C99 or C++11. A whole sender:

>>> send_wolfssl.c exit 1 libs wolfssl
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_wolfssl.h"
#include <stdio.h>

static unsigned char memory[16384]; // akolhook_client_size(&desc) is the exact need
static akolhook_wolfssl tls;

int main(void) {
    const char *url = "https://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    status = akolhook_wolfssl_init(&tls, "/etc/ssl/certs/ca-certificates.crt");
    if (status != AKOLHOOK_OK) return 2;
    desc.tls = akolhook_wolfssl_transport(&tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE; // for 127.0.0.1; leave it out otherwise

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_wolfssl_free(&tls);
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   Firmware gives its CAs from memory: akolhook_wolfssl_init_pem. wolfSSL must be built
   with ALPN, SNI, session tickets and KEEP_PEER_CERT, and with WOLFSSL_IP_ALT_NAME (or
   OPENSSL_ALL) for hosts that are addresses; Debian's is.

   What holds on every connection, and cannot be turned off:
   - The chain must lead to a trusted CA, be inside its dates and allow server use. The
     name must stand in the certificate's subjectAltName (RFC 6125): the subject's CN is
     never read, a wildcard is a whole leftmost label, stands for one label and never for
     one right below the top level; an address must stand there as an address. Revocation
     (CRL, OCSP) is not asked for. wolfSSL remembers each middle CA that it has proven,
     for all hosts and until _free: a server may leave it out from then on, and its dates
     are not looked at again unless it is sent.
   - TLS 1.2 at least, ECDHE only, RSA from 2048 bits, elliptic curves from 224, no
     renegotiation, no early data, ALPN http/1.1. SNI is the host name, left out for an
     address.
   - The end of the stream counts only with close_notify; without it recv_fn gives
     AKOLHOOK_IO_FAIL, so a cut is seen.
   - No SIGPIPE is raised. No variable of the environment counts: a wolfSSL that was built
     to write keys to a file (WOLFSSL_SSLKEYLOGFILE) is refused when this is compiled.

   Sessions are kept by host and port and used again: for two hours at most since the
   server last showed its certificate, never once that is out of its dates or a handshake
   with that host has failed, a TLS 1.3 ticket once only; it is kept when its connection
   closes in good order. Under TLS 1.2 they are found by session id alone: wolfSSL before
   5.7.6 takes a server that declines a ticket, as it may, for one that breaks the
   protocol.

   One akolhook_wolfssl and the clients that use it belong to one thread; give each thread
   one of its own. Global state is wolfSSL's own, opened by wolfSSL_Init and counted. A
   connection has 128 bytes in the client's memory (transport.conn_size) and some 20
   KB on wolfSSL's heap. A build with FP_ECC, as Debian's, also keeps tables of the last
   points that it multiplied: they grow to about 12.5 MB for the whole process within a
   dozen full handshakes. sendv_fn uses 4 KB of stack.

   delivery.native_error is wolfSSL's error code, which is negative, or errno when the
   socket failed.

   Before the implementation you may define
   AKOLHOOK_WOLFSSL_SEND, _RECV   the calls with the arguments of send() and recv()
                                  (default: those)
   and before the declarations, everywhere the same
   AKOLHOOK_WOLFSSL_SESSIONS      how many sessions are kept (default: 8; about 300 bytes
                                  each beside wolfSSL's own memory)

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_WOLFSSL_H
#define AKOLHOOK_WOLFSSL_H

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

#ifndef AKOLHOOK_WOLFSSL_SESSIONS
#define AKOLHOOK_WOLFSSL_SESSIONS 8
#endif
#if AKOLHOOK_WOLFSSL_SESSIONS < 1 || AKOLHOOK_WOLFSSL_SESSIONS > 10000
#error "AKOLHOOK_WOLFSSL_SESSIONS must be 1..10000"
#endif

struct WOLFSSL_CTX;
struct WOLFSSL_SESSION;

/* The transport. Must not move or be copied between _init and _free. */
typedef struct akolhook_wolfssl {
    long native_error;       /* out: wolfSSL's code when _init failed, 0: none */
    struct WOLFSSL_CTX *ctx; /* to add a client certificate of yours before the first connection */

    /* private from here on */
    akolhook_transport transport;
    uint8_t made; /* wolfSSL was opened */
    akolhook_sessions ring;
    akolhook_session places[AKOLHOOK_WOLFSSL_SESSIONS];
    struct WOLFSSL_SESSION *sessions[AKOLHOOK_WOLFSSL_SESSIONS];
} akolhook_wolfssl;

/* Makes the transport. ca_file: a PEM file, whose CAs are the only ones trusted; NULL is an error. Returns
   OK; INVALID_ARGUMENT (a NULL, ca_file cannot be read, holds no certificate or a damaged one);
   SYSTEM_LIMIT (wolfSSL failed, or no memory). Nothing is left open unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_wolfssl_init(
        akolhook_wolfssl *tls, const char *ca_file);

/* The same with the CAs in memory, as PEM. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_wolfssl_init_pem(
        akolhook_wolfssl *tls, const void *pem, size_t len);

/* For akolhook_client_desc.tls. Lives as long as tls. */
AKOLHOOK_API const akolhook_transport *akolhook_wolfssl_transport(akolhook_wolfssl *tls);

/* Frees everything. The clients that use it must be closed before. NULL, zeroed and freed ones are legal. */
AKOLHOOK_API void akolhook_wolfssl_free(akolhook_wolfssl *tls);

/* What wolfSSL calls the native error of a delivery with this status, "" when it is none of wolfSSL's.
   Static text. */
AKOLHOOK_API const char *akolhook_wolfssl_error_text(akolhook_status status, long native_error);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_WOLFSSL_H */

#if (defined(AKOLHOOK_WOLFSSL_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_WOLFSSL_I_IMPLEMENTED)
#define AKOLHOOK_WOLFSSL_I_IMPLEMENTED

#ifndef AKOLHOOK_TLS_IMPLEMENTATION
#define AKOLHOOK_TLS_IMPLEMENTATION
#endif
#include "akolhook_tls.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifndef WOLFSSL_USER_SETTINGS
#include <wolfssl/options.h>
#endif
#include <wolfssl/ssl.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#if LIBWOLFSSL_VERSION_HEX < 0x05000000
#error "akolhook_wolfssl.h needs wolfSSL 5"
#endif
#if defined(NO_ASN_TIME) || !defined(KEEP_PEER_CERT) || !defined(HAVE_ALPN) || !defined(HAVE_SNI) || \
        !defined(HAVE_SESSION_TICKET)
#error "wolfSSL must have the dates of certificates, KEEP_PEER_CERT, ALPN, SNI and session tickets"
#endif

#if defined(WOLFSSL_SSLKEYLOGFILE) || defined(SHOW_SECRETS)
#error "wolfSSL must not write keys down: build it without WOLFSSL_SSLKEYLOGFILE and SHOW_SECRETS"
#endif

#ifndef AKOLHOOK_WOLFSSL_SEND
#define AKOLHOOK_WOLFSSL_SEND send
#endif
#ifndef AKOLHOOK_WOLFSSL_RECV
#define AKOLHOOK_WOLFSSL_RECV recv
#endif
#define AKOLHOOK_WOLFSSL_I_CIPHERS \
    "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:" \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" \
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:" \
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA"
#define AKOLHOOK_WOLFSSL_I_JOIN 4096    /* bytes of head and body that sendv_fn joins in one record */
#define AKOLHOOK_WOLFSSL_I_FILE 262144  /* bytes that are read of a file of CAs before there must be more */
#define AKOLHOOK_WOLFSSL_I_MIN_RSA 2048 /* bits */
#define AKOLHOOK_WOLFSSL_I_MIN_ECC 224  /* bits */

#ifdef __cplusplus
extern "C" {
#endif

/* What lives in conn->memory. */
typedef struct akolhook_wolfssl_i_conn {
    akolhook_tls_socket socket;
    WOLFSSL *ssl;
    akolhook_wolfssl *tls;

    size_t pending; /* bytes of the caller's in a record that has not left */
    size_t unsent;  /* bytes of records in wolfSSL's buffer */

    akolhook_tls_proof proof;   /* of this handshake; once resumed, that of the session offered */
    akolhook_tls_proof offered; /* that of the session that was */
    uint8_t has_offered;        /* a session */
    uint8_t broken;             /* a hook failed */
    uint8_t done;               /* the handshake is */
    uint8_t ticket[32];         /* SHA-256 of the one offered */
} akolhook_wolfssl_i_conn;

/* ---- the socket ---- */

/* A failure is noted and not told, as wolfSSL would then not read what the server said before it went;
   what is still to be sent, the answer to its close_notify for one, goes nowhere. */
static int akolhook_wolfssl_i_write(WOLFSSL *ssl, char *data, int len, void *user) {
    akolhook_wolfssl_i_conn *c = (akolhook_wolfssl_i_conn *)user;
    akolhook_tls_socket *s = &c->socket;
    ptrdiff_t n;

    (void)ssl;
    if (s->lost) return len;

    do n = AKOLHOOK_WOLFSSL_SEND((int)s->conn->socket, data, (size_t)len, AKOLHOOK_TLS_NOSIGNAL);
    while (n < 0 && errno == EINTR);

    n = akolhook_tls_sent(s, n);
    c->unsent = (size_t)(n > 0 ? len - n : len);
    return n > 0 ? (int)n : WOLFSSL_CBIO_ERR_WANT_WRITE;
}

static int akolhook_wolfssl_i_read(WOLFSSL *ssl, char *data, int len, void *user) {
    akolhook_tls_socket *s = &((akolhook_wolfssl_i_conn *)user)->socket;
    ptrdiff_t n = AKOLHOOK_IO_WANT_READ;

    (void)ssl;
    /* wolfSSL reads no further than a record */
    if (akolhook_tls_may_read(s)) {
        do n = AKOLHOOK_WOLFSSL_RECV((int)s->conn->socket, data, (size_t)len, 0);
        while (n < 0 && errno == EINTR);
        n = akolhook_tls_received(s, n);
    }

    if (n == AKOLHOOK_IO_WANT_READ) return WOLFSSL_CBIO_ERR_WANT_READ;
    if (n == AKOLHOOK_IO_EOF) return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    return n > 0 ? (int)n : WOLFSSL_CBIO_ERR_GENERAL;
}

/* ---- the certificate ---- */

/* Whether its subjectAltName holds the host. wolfSSL numbers the names as their tags, without the bit of the
   context class. */
static int akolhook_wolfssl_i_names_host(const DecodedCert *cert, const akolhook_conn *conn) {
    enum { CONTEXT_CLASS = 0x80 };
    const DNS_entry *san;

    for (san = cert->altNames; san; san = san->next)
        if (akolhook_tls_is_host(conn, (uint8_t)(san->type | CONTEXT_CLASS), san->name, (size_t)san->len))
            return 1;
    return 0;
}

/* The first second after a certificate's dates; wolfSSL gives the last one with its tag and length. */
static int64_t akolhook_wolfssl_i_valid_until(const unsigned char *not_after, int size) {
    if (size < 2 || not_after[1] > size - 2) return 0;
    return akolhook_tls_time(not_after[0], not_after + 2, not_after[1]) + 1;
}

/* Looks at the certificate of a whole handshake once more, after wolfSSL: 0 or an error of its kind. */
static int akolhook_wolfssl_i_check(akolhook_wolfssl_i_conn *c) {
    WOLFSSL_X509 *x509 = wolfSSL_get_peer_certificate(c->ssl);
    int len = 0, code = NO_PEER_CERT;
    const unsigned char *der = x509 ? wolfSSL_X509_get_der(x509, &len) : NULL;
    DecodedCert cert;

    if (der) {
        wc_InitDecodedCert(&cert, der, (word32)len, NULL);
        code = wc_ParseCert(&cert, CERT_TYPE, NO_VERIFY, NULL);
        if (code == 0 && !akolhook_wolfssl_i_names_host(&cert, c->socket.conn))
            code = c->socket.conn->host_is_address ? IPADDR_MISMATCH : DOMAIN_NAME_MISMATCH;
        if (code == 0) c->proof.until = akolhook_wolfssl_i_valid_until(cert.afterDate, cert.afterDateLen);
        wc_FreeDecodedCert(&cert);
    }

    wolfSSL_X509_free(x509);
    return code;
}

/* ---- sessions ---- */

static void akolhook_wolfssl_i_free_session(void *user, size_t place) {
    akolhook_wolfssl *tls = (akolhook_wolfssl *)user;
    wolfSSL_SESSION_free(tls->sessions[place]);
    tls->sessions[place] = NULL;
}

/* Names the ticket that the connection holds now; 0 when it is none. */
static int akolhook_wolfssl_i_ticket(akolhook_wolfssl_i_conn *c, uint8_t digest[32]) {
    unsigned char ticket[2048];
    word32 len = sizeof ticket;
    akolhook_sha256 hash;

    if (wolfSSL_get_SessionTicket(c->ssl, ticket, &len) != WOLFSSL_SUCCESS) return 0;
    if (len == 0) return 0; /* none, or one that does not fit */

    akolhook_sha256_init(&hash);
    akolhook_sha256_update(&hash, ticket, len);
    akolhook_sha256_final(&hash, digest);
    return 1;
}

/* Offers the newest session of this peer. */
static void akolhook_wolfssl_i_offer(akolhook_wolfssl_i_conn *c) {
    akolhook_wolfssl *tls = c->tls;
    size_t place;

    c->proof.at = (int64_t)time(NULL);
    place = akolhook_sessions_find(&tls->ring, c->socket.conn, c->proof.at, &c->offered);
    if (place == AKOLHOOK_SESSIONS_NONE) return;
    if (wolfSSL_set_session(c->ssl, tls->sessions[place]) != WOLFSSL_SUCCESS) return;

    c->has_offered = 1;
    if (!tls->places[place].once) return;

    (void)akolhook_wolfssl_i_ticket(c, c->ticket);
    akolhook_sessions_drop(&tls->ring, place);
}

/* Keeps the session of a connection. */
static void akolhook_wolfssl_i_keep(akolhook_wolfssl_i_conn *c, int once) {
    akolhook_wolfssl *tls = c->tls;
    WOLFSSL_SESSION *session = wolfSSL_get1_session(c->ssl);
    size_t place;

    if (!session) return;
    place = akolhook_sessions_put(&tls->ring, c->socket.conn, once, &c->proof);
    if (place == AKOLHOOK_SESSIONS_NONE)
        wolfSSL_SESSION_free(session);
    else
        tls->sessions[place] = session;
}

/* ---- the hooks ---- */

static akolhook_wolfssl_i_conn *akolhook_wolfssl_i_enter(akolhook_conn *conn) {
    akolhook_wolfssl_i_conn *c = (akolhook_wolfssl_i_conn *)conn->memory;
    akolhook_tls_enter(&c->socket, conn);
    return c;
}

/* wolfSSL's codes for certificates that it refuses. */
static akolhook_status akolhook_wolfssl_i_verdict(int code) {
    /* clang-format off */
    static const int untrusted[] = {
        ASN_NAME_INVALID_E, KEYUSAGE_E, EXTKEYUSAGE_E, ASN_PATHLEN_SIZE_E, ASN_PATHLEN_INV_E,
        ASN_SELF_SIGNED_E, NOT_CA_ERROR, NO_PEER_CERT, VERIFY_CERT_ERROR, MAX_CHAIN_ERROR,
        RSA_KEY_SIZE_E, ECC_KEY_SIZE_E, ASN_NO_SKID, ASN_NO_AKID, ASN_NO_KEYUSAGE, KEYUSE_SIGNATURE_E,
        KEYUSE_ENCIPHER_E, EXTKEYUSE_AUTH_E
    };
    /* clang-format on */
    size_t i;

    if (code == ASN_BEFORE_DATE_E || code == ASN_AFTER_DATE_E) return AKOLHOOK_TLS_EXPIRED;
    if (code == DOMAIN_NAME_MISMATCH || code == IPADDR_MISMATCH) return AKOLHOOK_TLS_WRONG_HOST;
    if (code <= ASN_PARSE_E && code >= ASN_NO_SIGNER_E)
        return AKOLHOOK_TLS_UNTRUSTED; /* reading and proving certificates */

    for (i = 0; i < sizeof untrusted / sizeof untrusted[0]; i++)
        if (code == untrusted[i]) return AKOLHOOK_TLS_UNTRUSTED;

    return AKOLHOOK_OK;
}

/* Leaves nothing in wolfSSL's error queue, where it has one. */
static void akolhook_wolfssl_i_quiet(void) {
#if defined(OPENSSL_EXTRA) || defined(DEBUG_WOLFSSL_VERBOSE)
    wolfSSL_ERR_clear_error();
#endif
}

/* WANT_ or FAIL for an error of wolfSSL's. */
static int akolhook_wolfssl_i_result(akolhook_wolfssl_i_conn *c, int code) {
    int error = c->socket.error;

    akolhook_wolfssl_i_quiet();
    if (!error) {
        if (code == WOLFSSL_ERROR_WANT_READ) return AKOLHOOK_IO_WANT_READ;
        if (code == WOLFSSL_ERROR_WANT_WRITE) return AKOLHOOK_IO_WANT_WRITE;
    }

    c->socket.conn->native_error = error ? error : code ? code : SOCKET_PEER_CLOSED_E;
    c->broken = 1;
    return AKOLHOOK_IO_FAIL;
}

/* The name, ALPN and the socket of a new connection; 0 when wolfSSL refuses one. */
static int akolhook_wolfssl_i_prepare(akolhook_wolfssl_i_conn *c, const char *host, size_t len) {
    static char alpn[] = "http/1.1";

    if (!c->socket.conn->host_is_address) {
        if (wolfSSL_UseSNI(c->ssl, WOLFSSL_SNI_HOST_NAME, host, (word16)len) != WOLFSSL_SUCCESS) return 0;
        if (wolfSSL_check_domain_name(c->ssl, host) != WOLFSSL_SUCCESS) return 0;
    }
    if (wolfSSL_UseALPN(c->ssl, alpn, sizeof alpn - 1, WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS)
        return 0;

    wolfSSL_SetIOReadCtx(c->ssl, c);
    wolfSSL_SetIOWriteCtx(c->ssl, c);
    wolfSSL_set_using_nonblock(c->ssl, 1);
    return 1;
}

static int akolhook_wolfssl_i_open(akolhook_conn *conn) {
    akolhook_wolfssl_i_conn *c = akolhook_wolfssl_i_enter(conn);
    char host[AKOLHOOK_TLS_HOST_SIZE];
    size_t len = akolhook_tls_host(conn, host);

    if (len == 0) return akolhook_wolfssl_i_result(c, BAD_FUNC_ARG);
    if (akolhook_tls_no_sigpipe(&c->socket) != 0) return akolhook_wolfssl_i_result(c, SOCKET_ERROR_E);

    c->tls = (akolhook_wolfssl *)conn->user;
    c->ssl = wolfSSL_new(c->tls->ctx);
    if (!c->ssl || !akolhook_wolfssl_i_prepare(c, host, len)) {
        wolfSSL_free(c->ssl);
        c->ssl = NULL;
        return akolhook_wolfssl_i_result(c, MEMORY_E);
    }

    akolhook_wolfssl_i_offer(c);
    return 0;
}

static int akolhook_wolfssl_i_is_13(const akolhook_wolfssl_i_conn *c) {
    return strcmp(wolfSSL_get_version(c->ssl), "TLSv1.3") == 0;
}

/* Goes on with the handshake: WOLFSSL_SUCCESS, or why it does not. Where the last flight has left in
   part, wolfSSL fails and gives no error. */
static int akolhook_wolfssl_i_connect(akolhook_wolfssl_i_conn *c) {
    int code = wolfSSL_connect(c->ssl);

    if (code == WOLFSSL_SUCCESS) return code;
    code = wolfSSL_get_error(c->ssl, code);
    if (code == 0) code = c->unsent ? WOLFSSL_ERROR_WANT_WRITE : WOLFSSL_FATAL_ERROR;
    return code;
}

static int akolhook_wolfssl_i_handshake(akolhook_conn *conn) {
    akolhook_wolfssl_i_conn *c = akolhook_wolfssl_i_enter(conn);
    int code = akolhook_wolfssl_i_connect(c), resumed = 0, result;

    if (code == WOLFSSL_SUCCESS) {
        resumed = c->has_offered && wolfSSL_session_reused(c->ssl);
        if (resumed) c->proof = c->offered;
        code = resumed ? 0 : akolhook_wolfssl_i_check(c);
    }

    result = code == 0 ? 0 : akolhook_wolfssl_i_result(c, code);
    if (result == AKOLHOOK_IO_FAIL) {
        akolhook_sessions_forget(&c->tls->ring, conn);
        if (!c->socket.error) conn->status = akolhook_wolfssl_i_verdict(code);
    }
    if (result != 0) return result;

    c->done = 1;
    conn->held = wolfSSL_pending(c->ssl) > 0;
    if (!resumed && !akolhook_wolfssl_i_is_13(c)) akolhook_wolfssl_i_keep(c, 0);
    akolhook_wolfssl_i_quiet();
    return 0;
}

static ptrdiff_t akolhook_wolfssl_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_wolfssl_i_conn *c = akolhook_wolfssl_i_enter(conn);
    int n;

    c->socket.error = c->socket.lost;
    if (c->socket.lost) return akolhook_wolfssl_i_result(c, 0);

    /* a read in between has sent it: writing again would send it twice */
    if (c->pending && c->unsent == 0) {
        n = (int)c->pending;
        c->pending = 0;
        return n;
    }

    if (len > AKOLHOOK_TLS_RECORD) len = AKOLHOOK_TLS_RECORD; /* one record at a time */
    n = wolfSSL_write(c->ssl, data, (int)len);
    if (n > 0) {
        c->pending = 0;
        return n;
    }

    n = wolfSSL_get_error(c->ssl, n);
    if (n == WOLFSSL_ERROR_WANT_WRITE) c->pending = len;
    return akolhook_wolfssl_i_result(c, n);
}

/* Head and body in one record where they fit; a large body is not copied. */
static ptrdiff_t akolhook_wolfssl_i_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    char joined[AKOLHOOK_WOLFSSL_I_JOIN];

    if (count == 1 || parts[0].len >= sizeof joined)
        return akolhook_wolfssl_i_send(conn, parts[0].ptr, parts[0].len);
    return akolhook_wolfssl_i_send(conn, joined, akolhook_tls_join(joined, sizeof joined, parts, count));
}

/* wolfSSL also says WANT_READ after a record without content while the socket holds more: only one that
   has run dry is a reason to wait. The end of the stream counts only when the alert itself is there. */
static ptrdiff_t akolhook_wolfssl_i_recv(akolhook_conn *conn, void *data, size_t len) {
    akolhook_wolfssl_i_conn *c = akolhook_wolfssl_i_enter(conn);

    while (!c->socket.blocked) {
        int n = wolfSSL_read(c->ssl, data, len < AKOLHOOK_TLS_RECORD ? (int)len : AKOLHOOK_TLS_RECORD);

        conn->held = n > 0 && wolfSSL_pending(c->ssl) > 0;
        if (n > 0) return n;
        n = wolfSSL_get_error(c->ssl, n);
        if (n == WOLFSSL_ERROR_ZERO_RETURN) {
            if (wolfSSL_get_shutdown(c->ssl) & WOLFSSL_RECEIVED_SHUTDOWN) return AKOLHOOK_IO_EOF;
            n = SOCKET_PEER_CLOSED_E;
        }
        if (n != WOLFSSL_ERROR_WANT_READ) return akolhook_wolfssl_i_result(c, n);
    }
    return akolhook_wolfssl_i_result(c, WOLFSSL_ERROR_WANT_READ);
}

static void akolhook_wolfssl_i_close(akolhook_conn *conn) {
    akolhook_wolfssl_i_conn *c = akolhook_wolfssl_i_enter(conn);
    uint8_t ticket[sizeof c->ticket];

    if (!c->broken && c->done) {
        /* one that the server has given on this connection */
        if (akolhook_wolfssl_i_is_13(c) && akolhook_wolfssl_i_ticket(c, ticket) &&
                memcmp(ticket, c->ticket, sizeof ticket) != 0)
            akolhook_wolfssl_i_keep(c, 1);
        (void)wolfSSL_shutdown(c->ssl);
    }

    wolfSSL_free(c->ssl);
    akolhook_wolfssl_i_quiet();
    memset(c, 0, sizeof *c);
}

/* ---- the transport ---- */

static int akolhook_wolfssl_i_settings(WOLFSSL_CTX *ctx) {
    if (wolfSSL_CTX_SetMinVersion(ctx, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS) return 0;
    if (wolfSSL_CTX_set_cipher_list(ctx, AKOLHOOK_WOLFSSL_I_CIPHERS) != WOLFSSL_SUCCESS) return 0;
    if (wolfSSL_CTX_SetMinRsaKey_Sz(ctx, AKOLHOOK_WOLFSSL_I_MIN_RSA) != WOLFSSL_SUCCESS) return 0;
    if (wolfSSL_CTX_SetMinEccKey_Sz(ctx, AKOLHOOK_WOLFSSL_I_MIN_ECC) != WOLFSSL_SUCCESS) return 0;
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_PEER, NULL);
#ifndef NO_SESSION_CACHE
    (void)wolfSSL_CTX_set_timeout(ctx, AKOLHOOK_SESSIONS_AGE);
#endif
    wolfSSL_CTX_SetIORecv(ctx, akolhook_wolfssl_i_read);
    wolfSSL_CTX_SetIOSend(ctx, akolhook_wolfssl_i_write);
    return 1;
}

/* Whether a certificate could be read and is passed over for what it says: it is no CA's, out of its dates,
   of a key or kind that is not taken. */
static int akolhook_wolfssl_i_is_read(int code) {
    return code < 0 && code != BUFFER_E && code != ASN_PARSE_E && code != ASN_INPUT_E &&
           code != ASN_NO_PEM_HEADER && code != BAD_FUNC_ARG && code != MEMORY_E;
}

/* The CAs of a PEM text, each by itself: of several wolfSSL would take those that it can read, and say
   nothing of a damaged one. Gives a code of wolfSSL's. */
static int akolhook_wolfssl_i_load(WOLFSSL_CTX *ctx, const char *pem, size_t len) {
    size_t at, next;
    int code = ASN_NO_PEM_HEADER, result = ASN_NO_PEM_HEADER;

    if (!pem || len == 0 || len > LONG_MAX) return BAD_FUNC_ARG;

    for (at = akolhook_tls_certificate(pem, len, 0); at < len; at = next) {
        next = akolhook_tls_certificate(pem, len, at + 1);
        code = wolfSSL_CTX_load_verify_buffer(
                ctx, (const unsigned char *)pem + at, (long)(next - at), WOLFSSL_FILETYPE_PEM);
        if (code != WOLFSSL_SUCCESS && !akolhook_wolfssl_i_is_read(code)) return code;
        if (result != WOLFSSL_SUCCESS) result = code;
    }
    return result;
}

/* The same of a file. */
static int akolhook_wolfssl_i_load_file(WOLFSSL_CTX *ctx, const char *ca_file) {
    size_t len = 0, cap = AKOLHOOK_WOLFSSL_I_FILE, n = 1;
    FILE *file = fopen(ca_file, "rb");
    char *text = file ? (char *)malloc(cap) : NULL, *more;
    int code = WOLFSSL_BAD_FILE;

    while (text && n > 0) {
        n = fread(text + len, 1, cap - len, file);
        len += n;
        if (len < cap) continue;
        more = (char *)realloc(text, cap *= 2);
        if (!more) free(text);
        text = more;
    }

    if (text && !ferror(file)) code = akolhook_wolfssl_i_load(ctx, text, len);
    if (file && !text) code = MEMORY_E;
    free(text);
    if (file) fclose(file);
    return code == BAD_FUNC_ARG ? WOLFSSL_BAD_FILE : code; /* nothing is in it */
}

/* Frees what was made; the code stays, to be looked at. */
static akolhook_status akolhook_wolfssl_i_give_up(akolhook_wolfssl *tls, int code, akolhook_status status) {
    akolhook_wolfssl_i_quiet();
    akolhook_wolfssl_free(tls);
    tls->native_error = code ? code : BAD_FUNC_ARG;
    return status;
}

static akolhook_status akolhook_wolfssl_i_make(
        akolhook_wolfssl *tls, const char *ca_file, const void *pem, size_t len) {
    int code;

    if (!tls) return AKOLHOOK_INVALID_ARGUMENT;
    memset(tls, 0, sizeof *tls);
    akolhook_sessions_init(
            &tls->ring, tls->places, AKOLHOOK_WOLFSSL_SESSIONS, akolhook_wolfssl_i_free_session, tls);

    code = wolfSSL_Init();
    if (code != WOLFSSL_SUCCESS) return akolhook_wolfssl_i_give_up(tls, code, AKOLHOOK_SYSTEM_LIMIT);
    tls->made = 1;
    tls->ctx = wolfSSL_CTX_new(wolfTLS_client_method());
    if (!tls->ctx) return akolhook_wolfssl_i_give_up(tls, MEMORY_E, AKOLHOOK_SYSTEM_LIMIT);
    if (!akolhook_wolfssl_i_settings(tls->ctx))
        return akolhook_wolfssl_i_give_up(tls, BAD_FUNC_ARG, AKOLHOOK_SYSTEM_LIMIT);

    code = ca_file ? akolhook_wolfssl_i_load_file(tls->ctx, ca_file)
                   : akolhook_wolfssl_i_load(tls->ctx, (const char *)pem, len);
    if (code == MEMORY_E) return akolhook_wolfssl_i_give_up(tls, code, AKOLHOOK_SYSTEM_LIMIT);
    if (code != WOLFSSL_SUCCESS) return akolhook_wolfssl_i_give_up(tls, code, AKOLHOOK_INVALID_ARGUMENT);
    akolhook_wolfssl_i_quiet();

    tls->transport.conn_size = sizeof(akolhook_wolfssl_i_conn);
    tls->transport.open_fn = akolhook_wolfssl_i_open;
    tls->transport.handshake_fn = akolhook_wolfssl_i_handshake;
    tls->transport.send_fn = akolhook_wolfssl_i_send;
    tls->transport.sendv_fn = akolhook_wolfssl_i_sendv;
    tls->transport.recv_fn = akolhook_wolfssl_i_recv;
    tls->transport.close_fn = akolhook_wolfssl_i_close;
    tls->transport.user = tls;
    tls->transport.flags = AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_UNBUFFERED;
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_wolfssl_init(akolhook_wolfssl *tls, const char *ca_file) {
    return akolhook_wolfssl_i_make(tls, ca_file, NULL, 0);
}

AKOLHOOK_API akolhook_status akolhook_wolfssl_init_pem(akolhook_wolfssl *tls, const void *pem, size_t len) {
    return akolhook_wolfssl_i_make(tls, NULL, pem, len);
}

AKOLHOOK_API const akolhook_transport *akolhook_wolfssl_transport(akolhook_wolfssl *tls) {
    return &tls->transport;
}

AKOLHOOK_API void akolhook_wolfssl_free(akolhook_wolfssl *tls) {
    if (!tls || !tls->made) return;
    akolhook_sessions_clear(&tls->ring);
    wolfSSL_CTX_free(tls->ctx);
    wolfSSL_Cleanup();
    memset(tls, 0, sizeof *tls);
}

AKOLHOOK_API const char *akolhook_wolfssl_error_text(akolhook_status status, long native_error) {
    const char *text = NULL;

    if (native_error < 0 && akolhook_tls_is_native(status))
        text = wolfSSL_ERR_reason_error_string((unsigned long)native_error);
    return text ? text : "";
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_WOLFSSL_IMPLEMENTATION */
