/* TLS servers and certificates for the tests of the transports. Made by OpenSSL in a file of its own,
   tls_server.c, as the headers of some TLS libraries do not go together with OpenSSL's. Link it with -lssl
   -lcrypto -pthread. */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define PATIENCE_MS 120000 /* nothing here takes longer unless it is broken */
#define REQUEST "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

/* ---- certificates ---- */

typedef struct identity {
    struct x509_st *cert;
    struct evp_pkey_st *key;
} identity;
#define DAY 86400L
#define SOUND -DAY, 10 * DAY

/* A certificate valid from and to so many seconds from now. issuer NULL: signed by itself. san: as in
   openssl.cnf, "nul" for a name with a NUL in it; of a CA: its name constraints. usage: the extended key
   usage, or "rsa" for an RSA key, "weak" for one with 1024 bits, "wordy" for a subject of 5,000 bytes. Both
   may be NULL. */
identity identity_make(const char *cn, const char *san, long from, long to, const identity *issuer, int ca,
        const char *usage);
void identity_free(identity *id);
void identity_pem(const identity *id, const char *path); /* its certificate alone is the file then */
size_t identity_der(const identity *id, unsigned char *out, size_t cap); /* 0: it does not fit */

extern identity root, good;           /* a CA, and a server for hooks.example */
extern char directory[], ca_file[64]; /* a temporary one; the CA in it */
void write_file(char path[64], const char *name, const char *text);
void append_file(const char *path, const char *text);
void tls_directory(void); /* makes it, for who needs it before the CA; OpenSSL is not touched yet */
/* Makes them all, and removes them. */
void tls_begin(void);
void tls_end(void);

/* ---- the server ---- */

typedef enum finish { NOTIFY, DROP, RESET } finish;
enum { TLS10 = 0x0301, TLS11, TLS12, TLS13 };

typedef struct server {
    /* how it behaves; zeroed: one connection, ANSWER, close_notify */
    struct ssl_ctx_st *ctx; /* NULL: answers without TLS */
    const identity *id;
    const identity *chain; /* sent as well */
    int connections, min_version, max_version, tickets;
    const char *response;
    finish end;
    int stalls, flights, half; /* falls silent in the handshake after so many flights and half of the next */
    int drip, hold;            /* byte by byte; everything after the handshake in one piece */
    int early;                 /* answers and ends without reading a request */
    int plain_from;            /* from this connection on it answers without TLS; 0: never */
    const identity *later;     /* from the second connection on it has this one */
    int forgets;               /* on each connection it knows none of the sessions before */
    int ids;                   /* gives no tickets: 1: sessions by an id; 2: no sessions at all */
    int tickets_once;          /* on the first connection alone */
    int asks;                  /* after the handshake for a new one, or under TLS 1.3 for new keys */
    int damages;               /* the last byte of its answer changes on the way */
    const char *ciphers, *alpn;
    /* what it saw */
    uint16_t port;
    int handshakes, reused[8];
    char sni[64], offered[32], picked[16];
    size_t request_len, head_len;
    int records; /* of the last request */
    /* private */
    int listener, fd, sent_flights;
    struct ssl_st *ssl;
    pthread_t thread;
} server;

/* Listens on 127.0.0.1, in a thread. plain: no TLS. */
void server_start(server *s, int plain);
void server_stop(server *s);

#endif
