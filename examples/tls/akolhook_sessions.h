/* akolhook_sessions.h - the sessions that a TLS transport keeps to use them again

   Not for you to include: akolhook_openssl.h, akolhook_mbedtls.h, akolhook_bearssl.h
   and akolhook_wolfssl.h do, and it must lie beside them. Who writes a transport on
   another TLS library can use it the same way.

   It keeps book of whose session lies at which place; the library's sessions themselves
   lie in an array of the transport's, under the same index. In the struct of the
   transport:

       akolhook_sessions ring;
       akolhook_session places[MYTLS_SESSIONS];
       mytls_session *sessions[MYTLS_SESSIONS];

   When it is made, with a function that frees sessions[place]:

       akolhook_sessions_init(
               &tls->ring, tls->places, MYTLS_SESSIONS, mytls_free_session, tls);

   Before a handshake the peer's newest session is looked for, after it the new one is
   put:

       place = akolhook_sessions_find(&tls->ring, host, port, now);
       if (place != AKOLHOOK_SESSIONS_NONE) mytls_offer(ssl, tls->sessions[place]);

       place = akolhook_sessions_put(&tls->ring, host, port, is_ticket, now, valid_until);
       tls->sessions[place] = mytls_get_session(ssl);

   What is kept:
   - A session is its peer's alone, the peer being host and port.
   - It is offered for two hours at most, and never once the server's certificate is out
     of its dates: a resumed handshake shows none.
   - Where a session may be offered once only, a TLS 1.3 ticket (RFC 8446 appendix C.4),
     the transport drops it as it takes it. Four of them are kept for one peer, of
     others one.
   - After a failed handshake the transport forgets all of its peer.
   - When no place is free, the oldest of all gives way. Dropped places are wiped.

   Memory: 288 bytes for a place, 40 for the ring, no heap. There are no locks: a
   transport that serves several threads has one around all these calls. The functions
   are static, so that several transports can be compiled into one program in any way.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_SESSIONS_H
#define AKOLHOOK_SESSIONS_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out, and a transport belongs to it"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define AKOLHOOK_SESSIONS_AGE 7200      /* seconds that a session may be offered */
#define AKOLHOOK_SESSIONS_TICKETS 4     /* TLS 1.3 tickets kept for one peer */
#define AKOLHOOK_SESSIONS_HOST_SIZE 256 /* bytes of a host name and its NUL */
#define AKOLHOOK_SESSIONS_NONE ((size_t)-1)

/* One place: whose session lies under its index in the transport's array. Private. */
typedef struct akolhook_session {
    int64_t stored_at;                      /* unix seconds */
    int64_t valid_until;                    /* unix seconds; from then on it is not offered */
    uint64_t order;                         /* of all that were put: the newest has the highest */
    uint16_t port;                          /* of the peer */
    uint8_t once;                           /* to be dropped when it is offered */
    char host[AKOLHOOK_SESSIONS_HOST_SIZE]; /* of the peer; "": the place is free */
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
#endif /* AKOLHOOK_SESSIONS_H */

#if defined(AKOLHOOK_SESSIONS_IMPLEMENTATION) && !defined(AKOLHOOK_SESSIONS_I_IMPLEMENTED)
#define AKOLHOOK_SESSIONS_I_IMPLEMENTED

#ifdef __cplusplus
extern "C" {
#endif

/* The host as SNI and certificates spell it: without a final dot. Gives its length, 0 when it is none. */
static inline size_t akolhook_sessions_host(
        const akolhook_conn *conn, char out[AKOLHOOK_SESSIONS_HOST_SIZE]) {
    size_t len = conn->host ? strlen(conn->host) : 0;

    if (len && !conn->host_is_address && conn->host[len - 1] == '.') len--;
    if (len == 0 || len >= AKOLHOOK_SESSIONS_HOST_SIZE || conn->host[0] == '.') return 0;

    memcpy(out, conn->host, len);
    out[len] = 0;
    return len;
}

/* A certificate's UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5) in unix seconds; 0: none. */
static inline int64_t akolhook_sessions_time(uint8_t tag, const uint8_t *value, size_t len) {
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

static inline int akolhook_sessions_is_peer(
        const akolhook_session *session, const char *host, uint16_t port) {
    return session->host[0] && session->port == port && strcmp(session->host, host) == 0;
}

/* Whether it may be offered; a clock that went back makes it too old as well. */
static inline int akolhook_sessions_is_fresh(const akolhook_session *session, int64_t now) {
    return now >= session->stored_at && now - session->stored_at < AKOLHOOK_SESSIONS_AGE &&
           now < session->valid_until;
}

/* The place of the peer's newest session, or NONE. Those of the peer that are too old are dropped. */
static inline size_t akolhook_sessions_find(
        akolhook_sessions *ring, const char *host, uint16_t port, int64_t now) {
    size_t place, newest = AKOLHOOK_SESSIONS_NONE;

    for (place = 0; place < ring->count; place++) {
        const akolhook_session *session = &ring->places[place];

        if (!akolhook_sessions_is_peer(session, host, port)) continue;

        if (!akolhook_sessions_is_fresh(session, now))
            akolhook_sessions_drop(ring, place);
        else if (newest == AKOLHOOK_SESSIONS_NONE || session->order > ring->places[newest].order)
            newest = place;
    }
    return newest;
}

/* After a failed handshake nothing of this peer is trusted any more. */
static inline void akolhook_sessions_forget(akolhook_sessions *ring, const char *host, uint16_t port) {
    size_t place;
    for (place = 0; place < ring->count; place++)
        if (akolhook_sessions_is_peer(&ring->places[place], host, port)) akolhook_sessions_drop(ring, place);
}

/* Where a new session of this peer goes: over the peer's oldest when it has all it may have, else to a free
   place, else over the oldest of all. */
static inline size_t akolhook_sessions_choose(
        const akolhook_sessions *ring, const char *host, uint16_t port, size_t most) {
    size_t place, oldest = 0, oldest_own = 0, own = 0;

    /* the order of a free place is 0, below all others */
    for (place = 0; place < ring->count; place++) {
        const akolhook_session *session = &ring->places[place];

        if (session->order < ring->places[oldest].order) oldest = place;
        if (!akolhook_sessions_is_peer(session, host, port)) continue;
        if (own++ == 0 || session->order < ring->places[oldest_own].order) oldest_own = place;
    }
    return own >= most ? oldest_own : oldest;
}

/* Gives the place for a new session of this peer, whose own the transport then stores there. */
static inline size_t akolhook_sessions_put(akolhook_sessions *ring, const char *host, uint16_t port, int once,
        int64_t now, int64_t valid_until) {
    size_t place = akolhook_sessions_choose(ring, host, port, once ? AKOLHOOK_SESSIONS_TICKETS : 1);
    akolhook_session *session = &ring->places[place];

    akolhook_sessions_drop(ring, place);
    session->stored_at = now;
    session->valid_until = valid_until;
    session->order = ++ring->order;
    session->port = port;
    session->once = (uint8_t)(once != 0);
    memcpy(session->host, host, strlen(host) + 1);
    return place;
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_SESSIONS_IMPLEMENTATION */
