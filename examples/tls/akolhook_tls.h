/* akolhook_tls.h - what the TLS transports have in common, whatever library is below

   Not for you to include: akolhook_openssl.h, akolhook_mbedtls.h, akolhook_bearssl.h
   and akolhook_wolfssl.h do, and it must lie beside them. Who writes a transport on
   another TLS library can use it the same way. Four things are in it.

   The peer. akolhook_tls_host gives the host as SNI and certificates spell it,
   akolhook_tls_is_host says whether one name of a subjectAltName is its own.

   The socket. What is known of it lies in an akolhook_tls_socket in conn->memory. Each
   hook begins with akolhook_tls_enter; a call's result goes through akolhook_tls_sent or
   akolhook_tls_received, which give a count or one of AKOLHOOK_IO_...:

       do n = send((int)conn->socket, data, len, AKOLHOOK_TLS_NOSIGNAL);
       while (n < 0 && errno == EINTR);
       n = akolhook_tls_sent(&c->socket, n);

   The slices of sendv_fn. akolhook_tls_join copies them into one buffer, which leaves in
   one record.

   The sessions that are kept to be used again. An akolhook_sessions keeps book of whose
   session lies at which place; the library's sessions themselves lie in an array of the
   transport's, under the same index. In the struct of the transport:

       akolhook_sessions ring;
       akolhook_session places[MYTLS_SESSIONS];
       mytls_session *sessions[MYTLS_SESSIONS];

   When it is made, with a function that frees sessions[place]:

       akolhook_sessions_init(
               &tls->ring, tls->places, MYTLS_SESSIONS, mytls_free_session, tls);

   Before a handshake the peer's newest session is looked for, after it the new one is
   put:

       place = akolhook_sessions_find(&tls->ring, conn, now, &offered);
       if (place != AKOLHOOK_SESSIONS_NONE) mytls_offer(ssl, tls->sessions[place]);

       place = akolhook_sessions_put(&tls->ring, conn, is_ticket, &proof);
       if (place != AKOLHOOK_SESSIONS_NONE) tls->sessions[place] = mytls_get_session(ssl);

   What is kept:
   - A session is its peer's alone, the peer being host and port, and its transport's,
     whose CAs and settings it was made under.
   - A resumed handshake shows no certificate. So each session carries an
     akolhook_tls_proof: when a certificate was looked at, and until when that one is
     inside its dates. It is offered for two hours from then at most, and never beyond
     those dates. The ticket that a resumed connection brings has the proof of the one
     that was offered there, or a peer that is met often would never show a certificate
     again.
   - Where a session may be offered once only, a TLS 1.3 ticket (RFC 8446 appendix C.4),
     the transport drops it as it takes it. Four of them are kept for one peer, of
     others one.
   - After a failed handshake the transport forgets all of its peer.
   - When no place is free, the oldest of all gives way. Dropped places are wiped.

   Memory: 288 bytes for a place, 40 for the ring, no heap. There are no locks: a
   transport that serves several threads has one around all these calls. The functions
   are static, so that several transports can be compiled into one program in any way.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_TLS_H
#define AKOLHOOK_TLS_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a transport belongs to it"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define AKOLHOOK_TLS_HOST_SIZE 256 /* bytes of a host name and its NUL */
#define AKOLHOOK_TLS_RECORD 16384  /* bytes that one record holds at most (RFC 8446 section 5.1) */
#define AKOLHOOK_TLS_READS 32      /* of a socket in one hook, so that a flood cannot hold the thread */

#define AKOLHOOK_SESSIONS_AGE 7200  /* seconds that a session may be offered */
#define AKOLHOOK_SESSIONS_TICKETS 4 /* TLS 1.3 tickets kept for one peer */
#define AKOLHOOK_SESSIONS_NONE ((size_t)-1)

/* The socket of one connection. Private. */
typedef struct akolhook_tls_socket {
    akolhook_conn *conn; /* of the hook that runs */
    int error;           /* errno of the call that failed in this hook; 0: none did */
    int lost;            /* errno of a send that failed: nothing is sent any more, what came can be read */
    int reads;           /* in this hook */
    uint8_t blocked;     /* nothing is left to read, or this hook has read enough */
    uint8_t ended;       /* the stream has, with or without close_notify */
} akolhook_tls_socket;

/* What a session rests on: the last whole handshake before it. */
typedef struct akolhook_tls_proof {
    int64_t at;    /* unix seconds; that handshake began */
    int64_t until; /* unix seconds; from then on the certificate is out of its dates, or the session over */
} akolhook_tls_proof;

/* One place: whose session lies under its index in the transport's array. Private. */
typedef struct akolhook_session {
    akolhook_tls_proof proof;
    uint64_t order;                    /* of all that were put: the newest has the highest */
    uint16_t port;                     /* of the peer */
    uint8_t host_is_address;           /* of the peer */
    uint8_t once;                      /* to be dropped when it is offered */
    char host[AKOLHOOK_TLS_HOST_SIZE]; /* of the peer; "": the place is free */
} akolhook_session;

/* Frees the session of the library's that lies at this place, if there is one. */
typedef void (*akolhook_sessions_free_fn)(void *user, size_t place);

/* The places. Private. */
typedef struct akolhook_sessions {
    akolhook_session *places;
    size_t count;
    uint64_t order; /* that of the last one put */
    akolhook_sessions_free_fn free_fn;
    void *user; /* for free_fn */
} akolhook_sessions;

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_TLS_H */

#if defined(AKOLHOOK_TLS_IMPLEMENTATION) && !defined(AKOLHOOK_TLS_I_IMPLEMENTED)
#define AKOLHOOK_TLS_I_IMPLEMENTED

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef MSG_NOSIGNAL
#define AKOLHOOK_TLS_NOSIGNAL MSG_NOSIGNAL
#else
#define AKOLHOOK_TLS_NOSIGNAL 0 /* SO_NOSIGPIPE is set instead, where there are signals */
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the peer ---- */

/* The host as SNI and certificates spell it: without a final dot. Gives its length, 0 when it is none, or is
   said to be an address and is no such text. */
static inline size_t akolhook_tls_host(const akolhook_conn *conn, char out[AKOLHOOK_TLS_HOST_SIZE]) {
    size_t len = conn->host ? strlen(conn->host) : 0;
    akolhook_addr addr;

    if (conn->host_is_address) {
        if (len == 0 || akolhook_addr_parse(akolhook_str_n(conn->host, len), &addr) != AKOLHOOK_OK) return 0;
    } else if (len && conn->host[len - 1] == '.')
        len--;
    if (len == 0 || len >= AKOLHOOK_TLS_HOST_SIZE || conn->host[0] == '.') return 0;

    memcpy(out, conn->host, len);
    out[len] = 0;
    return len;
}

/* Whether one name of a certificate's subjectAltName, with its tag, is the host's (RFC 5280 section
   4.2.1.6). */
static inline int akolhook_tls_is_host(
        const akolhook_conn *conn, uint8_t tag, const void *name, size_t name_len) {
    enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87 };
    char text[AKOLHOOK_TLS_HOST_SIZE];
    akolhook_str host = akolhook_str_n(text, akolhook_tls_host(conn, text));
    akolhook_addr addr;

    if (host.len == 0) return 0;
    if (!conn->host_is_address)
        return tag == DNS_NAME && akolhook_host_match(akolhook_str_n((const char *)name, name_len), host);

    /* not covered: what akolhook_tls_host gives of an address is one */
    if (akolhook_addr_parse(host, &addr) != AKOLHOOK_OK) return 0;
    if (tag != IP_ADDRESS) return 0;
    return name_len == (addr.family == 4 ? 4u : 16u) && memcmp(name, addr.bytes, name_len) == 0;
}

/* A certificate's UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5) in unix seconds; 0: none, or before
   1970. */
static inline int64_t akolhook_tls_time(uint8_t tag, const uint8_t *value, size_t len) {
    enum { UTC_TIME = 0x17, UTC_LEN = 13, GENERALIZED_TIME = 0x18, GENERALIZED_LEN = 15 };
    size_t i, year_len = tag == UTC_TIME ? 2 : 4;
    char text[20]; /* YYYY-MM-DDThh:mm:ssZ */
    int64_t ms = 0;

    if ((tag != UTC_TIME || len != UTC_LEN) && (tag != GENERALIZED_TIME || len != GENERALIZED_LEN)) return 0;

    /* of two digits, 50 to 99 are of the last century */
    memcpy(text, value[0] < '5' ? "20" : "19", 2);
    memcpy(text + 4 - year_len, value, year_len);

    memcpy(text + 4, "-00-00T00:00:00Z", 16);
    for (i = 0; i < 5; i++) memcpy(text + 5 + 3 * i, value + year_len + 2 * i, 2);
    return akolhook_time_parse(akolhook_str_n(text, sizeof text), &ms) == AKOLHOOK_OK ? ms / 1000 : 0;
}

/* Where the next certificate of a PEM text begins, from at on, which is at most len; len where none does.
   Libraries pass over some that they cannot read, such as a last one that is cut: those that begin are
   counted. */
static inline size_t akolhook_tls_certificate(const char *pem, size_t len, size_t at) {
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    const size_t begin_len = sizeof begin - 1;

    for (; len - at >= begin_len; at++)
        if (pem[at] == '-' && memcmp(pem + at, begin, begin_len) == 0) return at;
    return len;
}

/* Whether the delivery ended for what its certificate says. */
static inline int akolhook_tls_is_certificate(akolhook_status status) {
    return status == AKOLHOOK_TLS_UNTRUSTED || status == AKOLHOOK_TLS_WRONG_HOST ||
           status == AKOLHOOK_TLS_EXPIRED;
}

/* Whether the delivery ended in a call of the transport's, so that native_error is the transport's. */
static inline int akolhook_tls_is_native(akolhook_status status) {
    return akolhook_tls_is_certificate(status) || status == AKOLHOOK_TLS_FAILED ||
           status == AKOLHOOK_SEND_FAILED || status == AKOLHOOK_RECEIVE_FAILED ||
           status == AKOLHOOK_RESPONSE_CUT;
}

/* Whether the environment asks TLS libraries to write the keys of all connections to a file, for those who
   want to read what was sent. Some do so for everybody in the process and cannot be told not to. */
static inline int akolhook_tls_keys_wanted(void) {
    const char *file = getenv("SSLKEYLOGFILE");
    return file && *file;
}

/* ---- the socket ---- */

/* Each hook begins with it. */
static inline void akolhook_tls_enter(akolhook_tls_socket *s, akolhook_conn *conn) {
    s->conn = conn;
    s->error = 0;
    s->reads = 0;
    s->blocked = 0;
}

/* Where send cannot be told to raise no SIGPIPE, the socket is: 0, or FAIL with the error noted. */
static inline int akolhook_tls_no_sigpipe(akolhook_tls_socket *s) {
#if !defined(MSG_NOSIGNAL) && defined(SO_NOSIGPIPE)
    int on = 1;
    if (setsockopt((int)s->conn->socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0) {
        s->error = errno;
        return AKOLHOOK_IO_FAIL;
    }
#endif
    (void)s;
    return 0;
}

static inline int akolhook_tls_would_block(int error) {
#if EAGAIN != EWOULDBLOCK
    if (error == EWOULDBLOCK) return 1;
#endif
    return error == EAGAIN;
}

/* What send() gave: the count, WANT_WRITE, or FAIL with the error noted. */
static inline ptrdiff_t akolhook_tls_sent(akolhook_tls_socket *s, ptrdiff_t n) {
    if (n > 0) return n;
    if (n < 0 && akolhook_tls_would_block(errno)) return AKOLHOOK_IO_WANT_WRITE;

    s->error = s->lost = n < 0 ? errno : EPIPE;
    return AKOLHOOK_IO_FAIL;
}

/* Whether this hook may read once more. It must ask where the library holds no whole record, so that the
   rest lies in the socket and waiting for that is safe. */
static inline int akolhook_tls_may_read(akolhook_tls_socket *s) {
    if (s->reads++ < AKOLHOOK_TLS_READS) return 1;
    s->blocked = 1;
    return 0;
}

/* What recv() gave: the count, EOF, WANT_READ, or FAIL with the error noted. */
static inline ptrdiff_t akolhook_tls_received(akolhook_tls_socket *s, ptrdiff_t n) {
    if (n > 0) return n;
    if (n == 0) {
        s->ended = 1;
        return AKOLHOOK_IO_EOF;
    }
    if (akolhook_tls_would_block(errno)) {
        s->blocked = 1;
        return AKOLHOOK_IO_WANT_READ;
    }

    s->error = errno;
    return AKOLHOOK_IO_FAIL;
}

/* Copies what fits of the slices into the room. After WANT_ a client gives the same slices again, and they
   are joined to the same bytes. */
static inline size_t akolhook_tls_join(void *out, size_t room, const akolhook_str *parts, size_t count) {
    size_t i, take, len = 0;

    for (i = 0; i < count && len < room; i++) {
        take = parts[i].len < room - len ? parts[i].len : room - len;
        memcpy((char *)out + len, parts[i].ptr, take);
        len += take;
    }
    return len;
}

/* ---- sessions ---- */

/* The places must be zeroed. */
static inline void akolhook_sessions_init(akolhook_sessions *ring, akolhook_session *places, size_t count,
        akolhook_sessions_free_fn free_fn, void *user) {
    ring->places = places;
    ring->count = count;
    ring->order = 0;
    ring->free_fn = free_fn;
    ring->user = user;
}

/* Empties a place. */
static inline void akolhook_sessions_drop(akolhook_sessions *ring, size_t place) {
    ring->free_fn(ring->user, place);
    akolhook_wipe(&ring->places[place], sizeof ring->places[place]);
}

/* Empties them all. A zeroed ring is legal. */
static inline void akolhook_sessions_clear(akolhook_sessions *ring) {
    size_t place;
    for (place = 0; place < ring->count; place++) akolhook_sessions_drop(ring, place);
}

/* host: as akolhook_tls_host spells it. */
static inline int akolhook_sessions_is_peer(
        const akolhook_session *session, const akolhook_conn *conn, const char *host) {
    return session->host[0] && session->port == conn->port &&
           session->host_is_address == conn->host_is_address && strcmp(session->host, host) == 0;
}

/* Whether it may be offered; a clock that went back makes it too old as well. */
static inline int akolhook_sessions_is_fresh(const akolhook_session *session, int64_t now) {
    const akolhook_tls_proof *proof = &session->proof;
    return now >= proof->at && now - proof->at < AKOLHOOK_SESSIONS_AGE && now < proof->until;
}

/* The place of the peer's newest session and its proof, or NONE. Those of the peer that are too old are
   dropped. */
static inline size_t akolhook_sessions_find(
        akolhook_sessions *ring, const akolhook_conn *conn, int64_t now, akolhook_tls_proof *proof) {
    char host[AKOLHOOK_TLS_HOST_SIZE];
    size_t place, newest = AKOLHOOK_SESSIONS_NONE;

    if (akolhook_tls_host(conn, host) == 0) return newest;

    for (place = 0; place < ring->count; place++) {
        const akolhook_session *session = &ring->places[place];

        if (!akolhook_sessions_is_peer(session, conn, host)) continue;

        if (!akolhook_sessions_is_fresh(session, now))
            akolhook_sessions_drop(ring, place);
        else if (newest == AKOLHOOK_SESSIONS_NONE || session->order > ring->places[newest].order)
            newest = place;
    }
    if (newest != AKOLHOOK_SESSIONS_NONE) *proof = ring->places[newest].proof;
    return newest;
}

/* After a failed handshake nothing of this peer is trusted any more. */
static inline void akolhook_sessions_forget(akolhook_sessions *ring, const akolhook_conn *conn) {
    char host[AKOLHOOK_TLS_HOST_SIZE];
    size_t place;

    if (akolhook_tls_host(conn, host) == 0) return;
    for (place = 0; place < ring->count; place++)
        if (akolhook_sessions_is_peer(&ring->places[place], conn, host)) akolhook_sessions_drop(ring, place);
}

/* Where a new session of this peer goes: over the peer's oldest when it has all it may have, else to a free
   place, else over the oldest of all. */
static inline size_t akolhook_sessions_choose(
        const akolhook_sessions *ring, const akolhook_conn *conn, const char *host, size_t most) {
    size_t place, oldest = 0, oldest_own = 0, own = 0;

    /* the order of a free place is 0, below all others */
    for (place = 0; place < ring->count; place++) {
        const akolhook_session *session = &ring->places[place];

        if (session->order < ring->places[oldest].order) oldest = place;
        if (!akolhook_sessions_is_peer(session, conn, host)) continue;
        if (own++ == 0 || session->order < ring->places[oldest_own].order) oldest_own = place;
    }
    return own >= most ? oldest_own : oldest;
}

/* Gives the place for a new session of this peer, whose own the transport then stores there. NONE: the peer
   has no name. */
static inline size_t akolhook_sessions_put(
        akolhook_sessions *ring, const akolhook_conn *conn, int once, const akolhook_tls_proof *proof) {
    char host[AKOLHOOK_TLS_HOST_SIZE];
    akolhook_session *session;
    size_t place, len = akolhook_tls_host(conn, host);

    if (len == 0) return AKOLHOOK_SESSIONS_NONE;
    place = akolhook_sessions_choose(ring, conn, host, once ? AKOLHOOK_SESSIONS_TICKETS : 1);
    akolhook_sessions_drop(ring, place);

    session = &ring->places[place];
    session->proof = *proof;
    session->order = ++ring->order;
    session->port = conn->port;
    session->host_is_address = conn->host_is_address;
    session->once = (uint8_t)(once != 0);
    memcpy(session->host, host, len + 1);
    return place;
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_TLS_IMPLEMENTATION */
