/* akolhook_bearssl.h - the TLS transport of akolhook.h on BearSSL 0.6, without a heap

   Do this in one C or C++ file, with akolhook.h and akolhook_tls.h beside it, and
   link -lbearssl:

       #define AKOLHOOK_BEARSSL_IMPLEMENTATION
       #include "akolhook_bearssl.h"

   The core is implemented by AKOLHOOK_IMPLEMENTATION, in this file or another, and
   AKOLHOOK_IMPLEMENT_ALL is for all that the file includes. C99 or C++11. A whole sender:

>>> send_bearssl.c exit 1 libs bearssl
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_bearssl.h"
#include <stdio.h>

static unsigned char memory[65536]; // akolhook_client_size(&desc) is the exact need
static akolhook_bearssl tls;

int main(void) {
    const char *url = "https://127.0.0.1:1/hook"; // nobody listens there: the result is 1
    const char *secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const char *body = "{\"hello\":\"world\"}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status status;

    status = akolhook_bearssl_init(&tls, "/etc/ssl/certs/ca-certificates.crt");
    if (status != AKOLHOOK_OK) return 2;
    desc.tls = akolhook_bearssl_transport(&tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE; // for 127.0.0.1; leave it out otherwise

    status = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    status = akolhook_deliver(client, url, secret, body, strlen(body), &delivery);
    if (status != AKOLHOOK_OK) printf("%s: %s\n", url, delivery.cause);

    akolhook_client_close(client);
    akolhook_bearssl_free(&tls);
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_CONNECT_FAILED ? 1 : 3;
}
<<<

   Without POSIX, akolhook_bearssl_init_anchors takes the CAs as an array, which `brssl ta
   ca.pem` makes, and the clock and random source of the platform. akolhook_bearssl_init
   reads a file into heap memory.

   What holds on every connection, and cannot be turned off:
   - The chain must lead to a trusted CA, be inside its dates by the platform's
     unix_ms_fn, and allow server use. The name must stand in the certificate's
     subjectAltName (RFC 6125): the subject's CN is never read, a wildcard is a whole
     leftmost label, stands for one label and never for one right below the top level; an
     address must stand there as an address. BearSSL does the names but for CN and
     wildcard, and no addresses and no extended key usage: those are checked here, on the
     same bytes. It refuses certificates with name constraints. Revocation (CRL, OCSP) is
     not asked for.
   - TLS 1.2, which is BearSSL's newest, ECDHE only, RSA from 2048 bits, no renegotiation,
     ALPN http/1.1. SNI is the host name, left out for an address.
   - The end of the stream counts only with close_notify; without it recv_fn gives
     AKOLHOOK_IO_FAIL, so a cut is seen.
   - No SIGPIPE is raised. No variable of the environment counts.

   Sessions are kept by host and port and used again, by session id, as BearSSL knows no
   tickets: for two hours at most since the server last showed its certificate, never once
   that is out of its dates or a handshake with that host has failed.

   One akolhook_bearssl and the clients that use it belong to one thread; give each thread
   one of its own. No global state. All memory of a connection is the client's:
   AKOLHOOK_BEARSSL_CONN_SIZE bytes (28,290 on x86-64; 13 KB less with an input buffer of
   4096). A server that sends records of up to 16 KB needs the default input buffer; with
   a smaller one BearSSL asks for smaller records, which not every server grants.

   delivery.native_error is BearSSL's error code (bearssl_ssl.h, bearssl_x509.h), or errno
   with a minus when the socket failed.

   Before the implementation you may define
   AKOLHOOK_BEARSSL_SEND, _RECV   the calls with the arguments of send() and recv()
                                  (default: those)
   AKOLHOOK_BEARSSL_NO_FILE       leaves akolhook_bearssl_init out, and stdio and malloc
                                  with it
   and before the declarations, everywhere the same
   AKOLHOOK_BEARSSL_INPUT         bytes of the input buffer, 837 or more (default: 16709,
                                  any record)
   AKOLHOOK_BEARSSL_OUTPUT        bytes of the output buffer, 597 or more (default: 4181,
                                  records of 4096)
   AKOLHOOK_BEARSSL_SESSIONS      how many sessions are kept (default: 8; about 400 bytes
                                  each)

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_BEARSSL_H
#define AKOLHOOK_BEARSSL_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a transport belongs to it"
#endif
#include "akolhook_tls.h"

#include <bearssl.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef AKOLHOOK_BEARSSL_INPUT
#define AKOLHOOK_BEARSSL_INPUT BR_SSL_BUFSIZE_INPUT
#endif
#ifndef AKOLHOOK_BEARSSL_OUTPUT
#define AKOLHOOK_BEARSSL_OUTPUT (4096 + 85)
#endif
#ifndef AKOLHOOK_BEARSSL_SESSIONS
#define AKOLHOOK_BEARSSL_SESSIONS 8
#endif
#if AKOLHOOK_BEARSSL_SESSIONS < 1 || AKOLHOOK_BEARSSL_SESSIONS > 10000
#error "AKOLHOOK_BEARSSL_SESSIONS must be 1..10000"
#endif
/* transport.conn_size, for AKOLHOOK_CLIENT_SIZE: the buffers and BearSSL's contexts. */
#define AKOLHOOK_BEARSSL_CONN_SIZE \
    (AKOLHOOK_BEARSSL_INPUT + AKOLHOOK_BEARSSL_OUTPUT + sizeof(br_ssl_client_context) + \
            sizeof(br_x509_minimal_context) + 512)

/* The transport. Must not move or be copied between _init and _free. */
typedef struct akolhook_bearssl {
    long native_error; /* out: BearSSL's code or errno with a minus when _init failed, 0: none */

    /* private from here on */
    akolhook_transport transport;
    const akolhook_platform *platform;   /* the caller's */
    const br_x509_trust_anchor *anchors; /* the caller's, or own */
    size_t count;                        /* of the anchors */
    br_x509_trust_anchor *own;           /* what a file was read into */
    akolhook_sessions ring;
    akolhook_session places[AKOLHOOK_BEARSSL_SESSIONS];
    br_ssl_session_parameters sessions[AKOLHOOK_BEARSSL_SESSIONS];
} akolhook_bearssl;

/* Makes the transport. The anchors are the CAs that are trusted; they and platform, whose unix_ms_fn and
   random_fn are used, must live as long as tls. Returns OK; INVALID_ARGUMENT (a NULL, no anchors). Takes
   no resources. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_bearssl_init_anchors(akolhook_bearssl *tls,
        const br_x509_trust_anchor *anchors, size_t count, const akolhook_platform *platform);
#if !defined(AKOLHOOK_NO_POSIX) && !defined(AKOLHOOK_BEARSSL_NO_FILE)
/* The same on the POSIX platform. ca_file: a PEM file, whose CAs are the only ones trusted. Returns OK;
   INVALID_ARGUMENT (a NULL, ca_file cannot be read, holds no CA or a damaged certificate); SYSTEM_LIMIT
   (no memory). Nothing is left open unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_bearssl_init(
        akolhook_bearssl *tls, const char *ca_file);
#endif
/* For akolhook_client_desc.tls. Lives as long as tls. */
AKOLHOOK_API const akolhook_transport *akolhook_bearssl_transport(akolhook_bearssl *tls);

/* Frees everything. The clients that use it must be closed before. NULL, zeroed and freed ones are legal. */
AKOLHOOK_API void akolhook_bearssl_free(akolhook_bearssl *tls);

/* What the native error of a delivery with this status means, "" when it is none of BearSSL's. Static
   text. */
AKOLHOOK_API const char *akolhook_bearssl_error_text(akolhook_status status, long native_error);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_BEARSSL_H */

#if (defined(AKOLHOOK_BEARSSL_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_BEARSSL_I_IMPLEMENTED)
#define AKOLHOOK_BEARSSL_I_IMPLEMENTED

#ifndef AKOLHOOK_TLS_IMPLEMENTATION
#define AKOLHOOK_TLS_IMPLEMENTATION
#endif
#include "akolhook_tls.h"
#if !defined(AKOLHOOK_NO_POSIX) && !defined(AKOLHOOK_BEARSSL_NO_FILE)
#include <stdio.h>
#include <stdlib.h>
#endif

#ifndef AKOLHOOK_BEARSSL_SEND
#define AKOLHOOK_BEARSSL_SEND send
#endif
#ifndef AKOLHOOK_BEARSSL_RECV
#define AKOLHOOK_BEARSSL_RECV recv
#endif
#define AKOLHOOK_BEARSSL_I_SEED 32             /* random bytes for a connection */
#define AKOLHOOK_BEARSSL_I_MIN_RSA 256         /* bytes of the shortest RSA key */
#define AKOLHOOK_BEARSSL_I_DAY 86400           /* seconds */
#define AKOLHOOK_BEARSSL_I_DAYS_TO_1970 719528 /* from the year 0, as BearSSL counts them */

#ifdef __cplusplus
extern "C" {
#endif

struct akolhook_bearssl_i_conn;

/* A reader of the server's certificate, byte by byte: BearSSL has it in pieces and keeps none. Depths of
   what is of interest (RFC 5280 section 4.1): 1 Certificate, 2 TBSCertificate, 3 validity and [3], 4
   Extensions, 5 Extension, 6 the OCTET STRING, 7 the names or purposes in it. */
typedef struct akolhook_bearssl_i_der {
    uint32_t pos;    /* bytes read */
    uint32_t end[8]; /* where the element of each depth ends */
    uint8_t depth;   /* of the element that is read */

    /* the element */
    uint8_t step; /* what comes next: 0 tag, 1 length, 2 more of the length, 3 value */
    uint8_t tag;
    uint8_t len_bytes;  /* of the length, still to come */
    uint32_t len;       /* of the value */
    uint32_t got;       /* bytes of the value that were read */
    uint8_t value[256]; /* its first bytes */

    /* where it lies */
    uint8_t field; /* of the TBSCertificate: 4 validity, 7 extensions */
    uint8_t times; /* of the validity, that were read */
    uint8_t oid;   /* of the extension: AKOLHOOK_BEARSSL_I_ALT_NAME, _KEY_USAGE or _OTHER_OID */

    /* what was found */
    uint8_t bad;         /* it is no DER */
    uint8_t named;       /* the subjectAltName holds the host */
    uint8_t purposes;    /* there is an extKeyUsage, */
    uint8_t for_servers; /* and it allows servers */
    int64_t valid_to;    /* unix seconds, the last one; 0: none was found */
} akolhook_bearssl_i_der;

/* BearSSL's X.509 engine with the checks that it leaves out. */
typedef struct akolhook_bearssl_i_x509 {
    const br_x509_class *vtable; /* first, as BearSSL wants it */
    struct akolhook_bearssl_i_conn *c;
    uint32_t certificates; /* of the chain, that were begun */
    br_x509_minimal_context minimal;
    akolhook_bearssl_i_der der; /* of the server's */
} akolhook_bearssl_i_x509;

/* What lives in conn->memory. */
typedef struct akolhook_bearssl_i_conn {
    akolhook_tls_socket socket;
    br_ssl_client_context client;
    akolhook_bearssl_i_x509 x509;
    akolhook_bearssl *tls;

    int64_t opened_at; /* unix seconds */
    size_t pending;    /* bytes of the caller's in a record that has not left */
    uint8_t verified;  /* the certificate was looked at, and is good */
    uint8_t broken;    /* a hook failed */
    uint8_t done;      /* the handshake is */

    unsigned char input[AKOLHOOK_BEARSSL_INPUT];
    unsigned char output[AKOLHOOK_BEARSSL_OUTPUT];
} akolhook_bearssl_i_conn;

typedef char akolhook_bearssl_i_conn_size_is_enough
        [sizeof(akolhook_bearssl_i_conn) <= AKOLHOOK_BEARSSL_CONN_SIZE ? 1 : -1];

/* ---- the certificate ---- */

/* tags of DER, the last two of the TBSCertificate's [0] and [3] */
enum {
    AKOLHOOK_BEARSSL_I_OCTETS = 0x04,
    AKOLHOOK_BEARSSL_I_OID = 0x06,
    AKOLHOOK_BEARSSL_I_SEQUENCE = 0x30,
    AKOLHOOK_BEARSSL_I_VERSION = 0xa0,
    AKOLHOOK_BEARSSL_I_EXTENSIONS = 0xa3
};

/* of what the extensions are called by (RFC 5280 sections 4.2.1.6 and 4.2.1.12) */
enum { AKOLHOOK_BEARSSL_I_OTHER_OID, AKOLHOOK_BEARSSL_I_ALT_NAME, AKOLHOOK_BEARSSL_I_KEY_USAGE };

/* Whether a value that is complete has these bytes. */
static int akolhook_bearssl_i_is(const akolhook_bearssl_i_der *d, const uint8_t *bytes, size_t len) {
    return d->len == len && memcmp(d->value, bytes, len) == 0;
}

/* Whether it allows a certificate to be a server's: serverAuth or anyExtendedKeyUsage. */
static int akolhook_bearssl_i_is_for_servers(const akolhook_bearssl_i_der *d) {
    static const uint8_t server[] = {0x2b, 6, 1, 5, 5, 7, 3, 1}, any[] = {0x55, 0x1d, 0x25, 0};

    return d->tag == AKOLHOOK_BEARSSL_I_OID &&
           (akolhook_bearssl_i_is(d, server, sizeof server) || akolhook_bearssl_i_is(d, any, sizeof any));
}

/* A value is complete. */
static void akolhook_bearssl_i_value(akolhook_bearssl_i_der *d, const akolhook_conn *conn) {
    static const uint8_t alt_name[] = {0x55, 0x1d, 0x11}, key_usage[] = {0x55, 0x1d, 0x25};

    if (d->len > sizeof d->value) return;

    /* the second time of the validity is notAfter */
    if (d->depth == 3 && d->field == 4 && ++d->times == 2)
        d->valid_to = akolhook_tls_time(d->tag, d->value, d->len);

    if (d->depth == 5 && d->tag == AKOLHOOK_BEARSSL_I_OID) {
        d->oid = AKOLHOOK_BEARSSL_I_OTHER_OID;
        if (akolhook_bearssl_i_is(d, alt_name, sizeof alt_name)) d->oid = AKOLHOOK_BEARSSL_I_ALT_NAME;
        if (akolhook_bearssl_i_is(d, key_usage, sizeof key_usage)) d->oid = AKOLHOOK_BEARSSL_I_KEY_USAGE;
    }

    if (d->depth == 7 && d->oid == AKOLHOOK_BEARSSL_I_ALT_NAME &&
            akolhook_tls_is_host(conn, d->tag, d->value, d->len))
        d->named = 1;
    if (d->depth == 7 && d->oid == AKOLHOOK_BEARSSL_I_KEY_USAGE) {
        d->purposes = 1;
        if (akolhook_bearssl_i_is_for_servers(d)) d->for_servers = 1;
    }
}

/* Whether the element that begins is gone into; all others are passed over whole. */
static int akolhook_bearssl_i_enters(akolhook_bearssl_i_der *d) {
    switch (d->depth) {
    case 0: return d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE && d->end[1] == 0;
    case 1: return d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE && d->end[2] == 0;
    case 2: /* serial 1, signature 2, issuer 3, validity 4, subject 5, key 6, extensions 7 */
        if (d->tag == AKOLHOOK_BEARSSL_I_VERSION) return 0;
        d->field++;
        if (d->tag == AKOLHOOK_BEARSSL_I_EXTENSIONS) d->field = 7;
        return (d->field == 4 && d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE) ||
               d->tag == AKOLHOOK_BEARSSL_I_EXTENSIONS;
    case 3: return d->field == 7 && d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE;
    case 4: d->oid = 0; return d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE;
    case 5: return d->tag == AKOLHOOK_BEARSSL_I_OCTETS && d->oid;
    case 6: return d->tag == AKOLHOOK_BEARSSL_I_SEQUENCE;
    default: return 0;
    }
}

/* Tag and length are read: goes into the element, waits for its value, or it has none. */
static void akolhook_bearssl_i_element(akolhook_bearssl_i_der *d, const akolhook_conn *conn) {
    d->step = 0;
    d->got = 0;

    if (d->len > d->end[d->depth] - d->pos)
        d->bad = 1;
    else if (akolhook_bearssl_i_enters(d)) {
        d->depth++;
        d->end[d->depth] = d->pos + d->len;
    } else if (d->len)
        d->step = 3;
    else
        akolhook_bearssl_i_value(d, conn);
}

static void akolhook_bearssl_i_byte(akolhook_bearssl_i_der *d, uint8_t byte, const akolhook_conn *conn) {
    if (d->bad) return;
    d->pos++;

    switch (d->step) {
    case 0: /* tag */
        d->tag = byte;
        d->len = 0;
        d->step = 1;
        if ((byte & 31) == 31) d->bad = 1;
        break;
    case 1: /* length, short or how many bytes of it */
        d->len_bytes = byte & 127;
        if (byte < 128) {
            d->len = byte;
            akolhook_bearssl_i_element(d, conn);
        } else if (d->len_bytes >= 1 && d->len_bytes <= 3)
            d->step = 2;
        else
            d->bad = 1;
        break;
    case 2:
        d->len = d->len << 8 | byte;
        if (--d->len_bytes == 0) akolhook_bearssl_i_element(d, conn);
        break;
    default: /* value */
        if (d->got < sizeof d->value) d->value[d->got] = byte;
        if (++d->got < d->len) break;
        d->step = 0;
        akolhook_bearssl_i_value(d, conn);
    }

    while (d->step == 0 && d->depth && d->pos == d->end[d->depth]) d->depth--;
}

/* What BearSSL calls for a chain: each hands on to its own engine. */

static akolhook_bearssl_i_x509 *akolhook_bearssl_i_self(const br_x509_class **ctx) {
    return (akolhook_bearssl_i_x509 *)(void *)ctx;
}

static void akolhook_bearssl_i_start_chain(const br_x509_class **ctx, const char *server_name) {
    akolhook_bearssl_i_x509 *x = akolhook_bearssl_i_self(ctx);

    x->certificates = 0;
    memset(&x->der, 0, sizeof x->der);
    x->minimal.vtable->start_chain(&x->minimal.vtable, server_name);
}

static void akolhook_bearssl_i_start_cert(const br_x509_class **ctx, uint32_t len) {
    akolhook_bearssl_i_x509 *x = akolhook_bearssl_i_self(ctx);

    if (x->certificates++ == 0) x->der.end[0] = len;
    x->minimal.vtable->start_cert(&x->minimal.vtable, len);
}

static void akolhook_bearssl_i_append(const br_x509_class **ctx, const unsigned char *data, size_t len) {
    akolhook_bearssl_i_x509 *x = akolhook_bearssl_i_self(ctx);
    size_t i;

    if (x->certificates == 1)
        for (i = 0; i < len; i++) akolhook_bearssl_i_byte(&x->der, data[i], x->c->socket.conn);
    x->minimal.vtable->append(&x->minimal.vtable, data, len);
}

static void akolhook_bearssl_i_end_cert(const br_x509_class **ctx) {
    akolhook_bearssl_i_x509 *x = akolhook_bearssl_i_self(ctx);
    x->minimal.vtable->end_cert(&x->minimal.vtable);
}

static unsigned akolhook_bearssl_i_end_chain(const br_x509_class **ctx) {
    akolhook_bearssl_i_x509 *x = akolhook_bearssl_i_self(ctx);
    const akolhook_bearssl_i_der *d = &x->der;
    unsigned code = x->minimal.vtable->end_chain(&x->minimal.vtable);

    if (code != 0) return code;
    if (d->bad || d->depth || d->step || d->valid_to == 0) return BR_ERR_X509_INVALID_VALUE;
    if (!d->named) return BR_ERR_X509_BAD_SERVER_NAME;
    if (d->purposes && !d->for_servers) return BR_ERR_X509_FORBIDDEN_KEY_USAGE;

    x->c->verified = 1;
    return 0;
}

static const br_x509_pkey *akolhook_bearssl_i_get_pkey(const br_x509_class *const *ctx, unsigned *usages) {
    const akolhook_bearssl_i_x509 *x = (const akolhook_bearssl_i_x509 *)(const void *)ctx;
    return x->minimal.vtable->get_pkey(&x->minimal.vtable, usages);
}

static const br_x509_class akolhook_bearssl_i_class = {sizeof(akolhook_bearssl_i_x509),
        akolhook_bearssl_i_start_chain, akolhook_bearssl_i_start_cert, akolhook_bearssl_i_append,
        akolhook_bearssl_i_end_cert, akolhook_bearssl_i_end_chain, akolhook_bearssl_i_get_pkey};

/* ---- sessions ---- */

static int64_t akolhook_bearssl_i_now(const akolhook_bearssl *tls) {
    return tls->platform->unix_ms_fn(tls->platform->user) / 1000;
}

static void akolhook_bearssl_i_free_session(void *user, size_t place) {
    akolhook_bearssl *tls = (akolhook_bearssl *)user;
    akolhook_wipe(&tls->sessions[place], sizeof tls->sessions[place]);
}

/* The newest session of this peer that may be offered, or NULL. */
static const br_ssl_session_parameters *akolhook_bearssl_i_find(
        akolhook_bearssl *tls, const akolhook_conn *conn) {
    akolhook_tls_proof proof;
    size_t place = akolhook_sessions_find(&tls->ring, conn, akolhook_bearssl_i_now(tls), &proof);
    return place == AKOLHOOK_SESSIONS_NONE ? NULL : &tls->sessions[place];
}

/* Keeps the session of a connection, when the server gave it an id. */
static void akolhook_bearssl_i_keep(akolhook_bearssl_i_conn *c) {
    akolhook_bearssl *tls = c->tls;
    akolhook_tls_proof proof;
    size_t place;

    proof.at = c->opened_at;
    proof.until = c->x509.der.valid_to + 1;
    place = akolhook_sessions_put(&tls->ring, c->socket.conn, 0, &proof);
    if (place == AKOLHOOK_SESSIONS_NONE) return; /* not covered: its name was found in the certificate */
    br_ssl_engine_get_session_parameters(&c->client.eng, &tls->sessions[place]);
    if (tls->sessions[place].session_id_len == 0) akolhook_sessions_drop(&tls->ring, place);
}

/* ---- the hooks ---- */

static akolhook_bearssl_i_conn *akolhook_bearssl_i_enter(akolhook_conn *conn) {
    akolhook_bearssl_i_conn *c = (akolhook_bearssl_i_conn *)conn->memory;
    akolhook_tls_enter(&c->socket, conn);
    return c;
}

/* code 0: what the engine says, and otherwise when it says nothing either. */
static int akolhook_bearssl_i_fail(akolhook_bearssl_i_conn *c, int code, int otherwise) {
    if (code == 0) code = br_ssl_engine_last_error(&c->client.eng);
    if (code == 0) code = otherwise;

    c->socket.conn->native_error = c->socket.error ? -(long)c->socket.error : code;
    c->broken = 1;
    return AKOLHOOK_IO_FAIL;
}

/* Sends what the engine has: 0, WANT_WRITE or FAIL. After a failure what it has goes nowhere, so that it
   can go on reading. */
static int akolhook_bearssl_i_flush(akolhook_bearssl_i_conn *c) {
    br_ssl_engine_context *eng = &c->client.eng;
    akolhook_tls_socket *s = &c->socket;

    while (br_ssl_engine_current_state(eng) & BR_SSL_SENDREC) {
        size_t len;
        const unsigned char *data = br_ssl_engine_sendrec_buf(eng, &len);
        ptrdiff_t n = (ptrdiff_t)len;

        if (!s->lost) {
            do n = AKOLHOOK_BEARSSL_SEND((int)s->conn->socket, data, len, AKOLHOOK_TLS_NOSIGNAL);
            while (n < 0 && errno == EINTR);
            n = akolhook_tls_sent(s, n);
        }

        if (n == AKOLHOOK_IO_WANT_WRITE) return AKOLHOOK_IO_WANT_WRITE;
        if (n < 0) return akolhook_bearssl_i_fail(c, BR_ERR_IO, 0);
        br_ssl_engine_sendrec_ack(eng, (size_t)n);
    }
    return 0;
}

/* Reads once into the engine: 0, WANT_READ or FAIL. */
static int akolhook_bearssl_i_fill(akolhook_bearssl_i_conn *c) {
    br_ssl_engine_context *eng = &c->client.eng;
    akolhook_tls_socket *s = &c->socket;
    size_t len;
    unsigned char *data = br_ssl_engine_recvrec_buf(eng, &len);
    ptrdiff_t n;

    /* the engine holds no whole record */
    if (!akolhook_tls_may_read(s)) return AKOLHOOK_IO_WANT_READ;

    do n = AKOLHOOK_BEARSSL_RECV((int)s->conn->socket, data, len, 0);
    while (n < 0 && errno == EINTR);

    n = akolhook_tls_received(s, n);
    if (n == AKOLHOOK_IO_WANT_READ) return AKOLHOOK_IO_WANT_READ;
    if (n < 0) return akolhook_bearssl_i_fail(c, BR_ERR_IO, 0);
    br_ssl_engine_recvrec_ack(eng, (size_t)n);
    return 0;
}

/* Protocols, ciphers, buffers and the checks of the certificate. */
static void akolhook_bearssl_i_settings(akolhook_bearssl_i_conn *c, int64_t now) {
    static const char *alpn[] = {"http/1.1"};
    /* clang-format off */
    static const uint16_t suites[] = {
        BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        BR_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, BR_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, BR_TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
    };
    /* clang-format on */
    br_ssl_engine_context *eng = &c->client.eng;

    br_ssl_client_init_full(&c->client, &c->x509.minimal, c->tls->anchors, c->tls->count);
    br_ssl_engine_set_versions(eng, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(eng, suites, sizeof suites / sizeof suites[0]);
    br_ssl_engine_set_all_flags(eng, BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH);
    br_ssl_engine_set_protocol_names(eng, alpn, 1);
    br_ssl_engine_set_buffers_bidi(eng, c->input, sizeof c->input, c->output, sizeof c->output);

    if (now < 0) now = 0;
    br_x509_minimal_set_minrsa(&c->x509.minimal, AKOLHOOK_BEARSSL_I_MIN_RSA);
    br_x509_minimal_set_time(&c->x509.minimal,
            (uint32_t)(now / AKOLHOOK_BEARSSL_I_DAY + AKOLHOOK_BEARSSL_I_DAYS_TO_1970),
            (uint32_t)(now % AKOLHOOK_BEARSSL_I_DAY));
    c->x509.vtable = &akolhook_bearssl_i_class;
    c->x509.c = c;
    br_ssl_engine_set_x509(eng, &c->x509.vtable);
}

/* Random bytes that are: 0 when the hook fails, or answers that all is well and leaves zeros or always the
   same, which a second draw tells. */
static int akolhook_bearssl_i_seed(const akolhook_platform *platform, uint8_t seed[AKOLHOOK_BEARSSL_I_SEED]) {
    static const uint8_t zero[8] = {0};
    uint8_t other[AKOLHOOK_BEARSSL_I_SEED];
    size_t i;
    int drawn;

    memset(seed, 0, sizeof other);
    memset(other, 0, sizeof other);
    drawn = platform->random_fn(platform->user, seed, sizeof other) == 0 &&
            platform->random_fn(platform->user, other, sizeof other) == 0;

    for (i = 0; i < sizeof other; i += sizeof zero)
        if (memcmp(seed + i, zero, sizeof zero) == 0 || memcmp(seed + i, other + i, sizeof zero) == 0)
            drawn = 0;
    akolhook_wipe(other, sizeof other);
    return drawn;
}

/* Sets BearSSL up; 0 when it refuses or there are no random bytes. */
static int akolhook_bearssl_i_prepare(akolhook_bearssl_i_conn *c, const char *host) {
    const akolhook_conn *conn = c->socket.conn;
    br_ssl_engine_context *eng = &c->client.eng;
    const br_ssl_session_parameters *session = akolhook_bearssl_i_find(c->tls, conn);
    uint8_t seed[AKOLHOOK_BEARSSL_I_SEED];

    if (!akolhook_bearssl_i_seed(c->tls->platform, seed)) return 0;
    c->opened_at = akolhook_bearssl_i_now(c->tls);
    akolhook_bearssl_i_settings(c, c->opened_at);
    br_ssl_engine_inject_entropy(eng, seed, sizeof seed);
    akolhook_wipe(seed, sizeof seed);

    if (session) br_ssl_engine_set_session_parameters(eng, session);
    return br_ssl_client_reset(&c->client, conn->host_is_address ? NULL : host, session != NULL);
}

static int akolhook_bearssl_i_open(akolhook_conn *conn) {
    akolhook_bearssl_i_conn *c = akolhook_bearssl_i_enter(conn);
    char host[AKOLHOOK_TLS_HOST_SIZE];

    if (akolhook_tls_host(conn, host) == 0) return akolhook_bearssl_i_fail(c, BR_ERR_BAD_PARAM, 0);
    if (akolhook_tls_no_sigpipe(&c->socket) != 0) return akolhook_bearssl_i_fail(c, BR_ERR_IO, 0);

    c->tls = (akolhook_bearssl *)conn->user;
    if (!akolhook_bearssl_i_prepare(c, host)) return akolhook_bearssl_i_fail(c, 0, BR_ERR_NO_RANDOM);
    return 0;
}

static akolhook_status akolhook_bearssl_i_verdict(int code) {
    if (code == BR_ERR_X509_EXPIRED || code == BR_ERR_X509_TIME_UNKNOWN) return AKOLHOOK_TLS_EXPIRED;
    if (code == BR_ERR_X509_BAD_SERVER_NAME) return AKOLHOOK_TLS_WRONG_HOST;
    return code > BR_ERR_X509_OK && code <= BR_ERR_X509_NOT_TRUSTED ? AKOLHOOK_TLS_UNTRUSTED : AKOLHOOK_OK;
}

static int akolhook_bearssl_i_handshake(akolhook_conn *conn) {
    akolhook_bearssl_i_conn *c = akolhook_bearssl_i_enter(conn);
    br_ssl_engine_context *eng = &c->client.eng;

    for (;;) {
        int result = akolhook_bearssl_i_flush(c);
        unsigned state = br_ssl_engine_current_state(eng);

        if (result == 0 && (state & BR_SSL_SENDAPP)) break;

        if (result == 0 && (state & BR_SSL_RECVREC))
            result = akolhook_bearssl_i_fill(c);
        else if (result == 0) { /* closed */
            conn->status = akolhook_bearssl_i_verdict(br_ssl_engine_last_error(eng));
            result = akolhook_bearssl_i_fail(c, 0, BR_ERR_UNEXPECTED);
        }

        if (result == AKOLHOOK_IO_FAIL) akolhook_sessions_forget(&c->tls->ring, conn);
        if (result != 0) return result;
    }

    c->done = 1;
    conn->held = (br_ssl_engine_current_state(eng) & BR_SSL_RECVAPP) != 0;
    if (c->verified) akolhook_bearssl_i_keep(c);
    return 0;
}

/* As much as one record takes, head and body together. It counts as taken once it has left the engine. */
static ptrdiff_t akolhook_bearssl_i_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    akolhook_bearssl_i_conn *c = akolhook_bearssl_i_enter(conn);
    br_ssl_engine_context *eng = &c->client.eng;
    size_t room = 0, len;
    unsigned char *data;
    int result;

    c->socket.error = c->socket.lost;
    if (c->socket.lost) return akolhook_bearssl_i_fail(c, BR_ERR_IO, 0);

    result = akolhook_bearssl_i_flush(c);
    if (result == 0 && c->pending == 0) {
        data = br_ssl_engine_sendapp_buf(eng, &room);
        if (!data) return akolhook_bearssl_i_fail(c, 0, BR_ERR_IO); /* the other side has ended the stream */

        c->pending = akolhook_tls_join(data, room, parts, count);
        br_ssl_engine_sendapp_ack(eng, c->pending);
        br_ssl_engine_flush(eng, 0);
        result = akolhook_bearssl_i_flush(c);
    }
    if (result != 0) return result;

    len = c->pending;
    c->pending = 0;
    return (ptrdiff_t)len;
}

static ptrdiff_t akolhook_bearssl_i_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_str part;
    part.ptr = (const char *)data;
    part.len = len;
    return akolhook_bearssl_i_sendv(conn, &part, 1);
}

static ptrdiff_t akolhook_bearssl_i_recv(akolhook_conn *conn, void *data, size_t len) {
    akolhook_bearssl_i_conn *c = akolhook_bearssl_i_enter(conn);
    br_ssl_engine_context *eng = &c->client.eng;

    /* a record that will never leave keeps the engine from refusing a handshake, and so from reading on */
    if (c->socket.lost) (void)akolhook_bearssl_i_flush(c);

    for (;;) {
        unsigned state = br_ssl_engine_current_state(eng);
        int result;

        if (state & BR_SSL_RECVAPP) {
            size_t held;
            const unsigned char *from = br_ssl_engine_recvapp_buf(eng, &held);

            if (held > len) held = len;
            memcpy(data, from, held);
            br_ssl_engine_recvapp_ack(eng, held);
            conn->held = (br_ssl_engine_current_state(eng) & BR_SSL_RECVAPP) != 0;
            return (ptrdiff_t)held;
        }

        conn->held = 0;
        /* without an error: close_notify came and was answered */
        if (state & BR_SSL_CLOSED)
            return br_ssl_engine_last_error(eng) == 0 ? AKOLHOOK_IO_EOF : akolhook_bearssl_i_fail(c, 0, 0);

        result = state & BR_SSL_RECVREC ? akolhook_bearssl_i_fill(c) : akolhook_bearssl_i_flush(c);
        if (result != 0) return result;
    }
}

static void akolhook_bearssl_i_close(akolhook_conn *conn) {
    akolhook_bearssl_i_conn *c = akolhook_bearssl_i_enter(conn);

    if (!c->broken && c->done) {
        br_ssl_engine_close(&c->client.eng);
        (void)akolhook_bearssl_i_flush(c);
    }
    akolhook_wipe(c, sizeof *c);
}

/* ---- the transport ---- */

AKOLHOOK_API akolhook_status akolhook_bearssl_init_anchors(akolhook_bearssl *tls,
        const br_x509_trust_anchor *anchors, size_t count, const akolhook_platform *platform) {
    if (!tls) return AKOLHOOK_INVALID_ARGUMENT;
    memset(tls, 0, sizeof *tls);
    if (!anchors || count == 0 || !platform || !platform->unix_ms_fn || !platform->random_fn) {
        tls->native_error = BR_ERR_BAD_PARAM;
        return AKOLHOOK_INVALID_ARGUMENT;
    }

    akolhook_sessions_init(
            &tls->ring, tls->places, AKOLHOOK_BEARSSL_SESSIONS, akolhook_bearssl_i_free_session, tls);
    tls->platform = platform;
    tls->anchors = anchors;
    tls->count = count;

    tls->transport.conn_size = AKOLHOOK_BEARSSL_CONN_SIZE;
    tls->transport.open_fn = akolhook_bearssl_i_open;
    tls->transport.handshake_fn = akolhook_bearssl_i_handshake;
    tls->transport.send_fn = akolhook_bearssl_i_send;
    tls->transport.sendv_fn = akolhook_bearssl_i_sendv;
    tls->transport.recv_fn = akolhook_bearssl_i_recv;
    tls->transport.close_fn = akolhook_bearssl_i_close;
    tls->transport.user = tls;
    tls->transport.flags = AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_UNBUFFERED;
    return AKOLHOOK_OK;
}

#if !defined(AKOLHOOK_NO_POSIX) && !defined(AKOLHOOK_BEARSSL_NO_FILE)

/* CAs read from a file: the array and its keys and names are one block each. */
typedef struct akolhook_bearssl_i_file {
    br_x509_trust_anchor *anchors;
    size_t count;       /* of the anchors */
    uint8_t der[16384]; /* the certificate that is read */
    size_t der_len;
    uint8_t name[4096]; /* its subject */
    size_t name_len;
    int error; /* BearSSL's code, or errno with a minus */
} akolhook_bearssl_i_file;

static void akolhook_bearssl_i_take_der(void *user, const void *data, size_t len) {
    akolhook_bearssl_i_file *f = (akolhook_bearssl_i_file *)user;

    if (len > sizeof f->der - f->der_len) {
        f->error = BR_ERR_X509_LIMIT_EXCEEDED;
        return;
    }
    memcpy(f->der + f->der_len, data, len);
    f->der_len += len;
}

static void akolhook_bearssl_i_take_name(void *user, const void *data, size_t len) {
    akolhook_bearssl_i_file *f = (akolhook_bearssl_i_file *)user;

    if (len > sizeof f->name - f->name_len) {
        f->error = BR_ERR_X509_LIMIT_EXCEEDED;
        return;
    }
    memcpy(f->name + f->name_len, data, len);
    f->name_len += len;
}

/* Copies into the block and moves on behind it. */
static unsigned char *akolhook_bearssl_i_put(unsigned char **to, const void *data, size_t len) {
    unsigned char *at = *to;
    memcpy(at, data, len);
    *to += len;
    return at;
}

/* One certificate becomes an anchor, if it is a CA's. */
static void akolhook_bearssl_i_add(akolhook_bearssl_i_file *f) {
    br_x509_decoder_context decoder;
    const br_x509_pkey *key;
    br_x509_trust_anchor *anchors;
    unsigned char *block;

    /* what it says */
    f->name_len = 0;
    br_x509_decoder_init(&decoder, akolhook_bearssl_i_take_name, f);
    br_x509_decoder_push(&decoder, f->der, f->der_len);
    key = br_x509_decoder_get_pkey(&decoder);
    if (!key) f->error = br_x509_decoder_last_error(&decoder);
    if (!key || f->error || !br_x509_decoder_isCA(&decoder)) return;

    /* room for one more, and for its name and key */
    anchors = (br_x509_trust_anchor *)realloc(f->anchors, (f->count + 1) * sizeof *anchors);
    if (anchors) f->anchors = anchors;
    block = (unsigned char *)malloc(f->name_len + BR_X509_BUFSIZE_KEY);
    if (!anchors || !block) {
        free(block);
        f->error = -ENOMEM;
        return;
    }

    anchors += f->count++;
    memset(anchors, 0, sizeof *anchors);
    anchors->flags = BR_X509_TA_CA;
    anchors->dn.len = f->name_len;
    anchors->dn.data = akolhook_bearssl_i_put(&block, f->name, f->name_len);
    anchors->pkey = *key;
    if (key->key_type == BR_KEYTYPE_RSA) {
        anchors->pkey.key.rsa.n = akolhook_bearssl_i_put(&block, key->key.rsa.n, key->key.rsa.nlen);
        anchors->pkey.key.rsa.e = akolhook_bearssl_i_put(&block, key->key.rsa.e, key->key.rsa.elen);
    } else
        anchors->pkey.key.ec.q = akolhook_bearssl_i_put(&block, key->key.ec.q, key->key.ec.qlen);
}

/* Reads the PEM file; each certificate in it is added. */
static void akolhook_bearssl_i_parse(akolhook_bearssl_i_file *f, FILE *file) {
    br_pem_decoder_context pem;
    unsigned char data[1024];
    size_t len = 1, used = 1;
    int inside = 0, wanted = 0, last = 0;

    br_pem_decoder_init(&pem);
    while (!f->error) {
        if (used == len) {
            if (last) break;
            len = fread(data, 1, sizeof data, file);
            if (len == 0) { /* a last line without an end is ended */
                if (ferror(file)) f->error = errno ? -errno : -EIO;
                data[0] = '\n';
                len = 1;
                last = 1;
            }
            used = 0;
        }

        used += br_pem_decoder_push(&pem, data + used, len - used);
        switch (br_pem_decoder_event(&pem)) {
        case BR_PEM_BEGIN_OBJ:
            inside = 1;
            f->der_len = 0;
            wanted = strcmp(br_pem_decoder_name(&pem), "CERTIFICATE") == 0;
            br_pem_decoder_setdest(&pem, wanted ? akolhook_bearssl_i_take_der : NULL, f);
            break;
        case BR_PEM_END_OBJ:
            inside = 0;
            if (wanted && !f->error) akolhook_bearssl_i_add(f);
            break;
        case BR_PEM_ERROR: f->error = BR_ERR_X509_INVALID_VALUE; break;
        default: break;
        }
    }

    if (!f->error && (inside || f->count == 0))
        f->error = inside ? BR_ERR_X509_TRUNCATED : BR_ERR_X509_EMPTY_CHAIN;
}

static void akolhook_bearssl_i_free_anchors(br_x509_trust_anchor *anchors, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) free(anchors[i].dn.data);
    free(anchors);
}

AKOLHOOK_API akolhook_status akolhook_bearssl_init(akolhook_bearssl *tls, const char *ca_file) {
    akolhook_bearssl_i_file *f;
    FILE *file;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    if (!tls) return status;
    memset(tls, 0, sizeof *tls);
    tls->native_error = BR_ERR_BAD_PARAM;
    if (!ca_file) return status;

    f = (akolhook_bearssl_i_file *)calloc(1, sizeof *f);
    tls->native_error = -ENOMEM;
    if (!f) return AKOLHOOK_SYSTEM_LIMIT;

    file = fopen(ca_file, "rb");
    if (file) {
        akolhook_bearssl_i_parse(f, file);
        fclose(file);
    } else
        f->error = errno ? -errno : -EIO;

    if (!f->error)
        status = akolhook_bearssl_init_anchors(tls, f->anchors, f->count, akolhook_posix_platform());
    if (status == AKOLHOOK_OK)
        tls->own = f->anchors;
    else {
        akolhook_bearssl_i_free_anchors(f->anchors, f->count);
        tls->native_error = f->error;
        if (f->error == -ENOMEM) status = AKOLHOOK_SYSTEM_LIMIT;
    }

    free(f);
    return status;
}

#endif

AKOLHOOK_API const akolhook_transport *akolhook_bearssl_transport(akolhook_bearssl *tls) {
    return &tls->transport;
}

AKOLHOOK_API void akolhook_bearssl_free(akolhook_bearssl *tls) {
    if (!tls || !tls->platform) return;
#if !defined(AKOLHOOK_NO_POSIX) && !defined(AKOLHOOK_BEARSSL_NO_FILE)
    if (tls->own) akolhook_bearssl_i_free_anchors(tls->own, tls->count);
#endif
    akolhook_wipe(tls, sizeof *tls);
}

AKOLHOOK_API const char *akolhook_bearssl_error_text(akolhook_status status, long native_error) {
    /* clang-format off */
    static const struct { int code; const char *text; } texts[] = {
        {BR_ERR_BAD_PARAM, "the host is no name or address"},
        {BR_ERR_UNSUPPORTED_VERSION, "the server does not speak TLS 1.2"},
        {BR_ERR_BAD_VERSION, "the server does not speak TLS"},
        {BR_ERR_TOO_LARGE, "a record does not fit the input buffer"},
        {BR_ERR_BAD_MAC, "a record was damaged"},
        {BR_ERR_NO_RANDOM, "no random bytes"},
        {BR_ERR_BAD_SIGNATURE, "the server's signature is wrong"},
        {BR_ERR_IO, "the stream ended without close_notify"},
        {BR_ERR_X509_EXPIRED, "the certificate has expired or is not valid yet"},
        {BR_ERR_X509_BAD_SERVER_NAME, "the certificate's subjectAltName does not hold the host"},
        {BR_ERR_X509_CRITICAL_EXTENSION, "a certificate has a critical extension that is not known"},
        {BR_ERR_X509_NOT_CA, "a certificate was issued by one that is no CA"},
        {BR_ERR_X509_BAD_SIGNATURE, "a certificate's signature is wrong"},
        {BR_ERR_X509_FORBIDDEN_KEY_USAGE, "the certificate is not for servers"},
        {BR_ERR_X509_WEAK_PUBLIC_KEY, "a key in the chain is too weak"},
        {BR_ERR_X509_NOT_TRUSTED, "the certificate does not lead to a trusted CA"}
    };
    /* clang-format on */
    size_t i;

    if (native_error <= 0 || !akolhook_tls_is_native(status)) return "";

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == native_error) return texts[i].text;
    if (native_error >= BR_ERR_SEND_FATAL_ALERT)
        return "the handshake failed; native_error less 512 is the alert";
    if (native_error >= BR_ERR_RECV_FATAL_ALERT)
        return "the server refused; native_error less 256 is its alert";

    return native_error > BR_ERR_X509_OK ? "a certificate cannot be read or used"
                                         : "the TLS protocol was broken";
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_BEARSSL_IMPLEMENTATION */
