/* listen_openssl.h - the TLS side of receivers/listen.h on OpenSSL 3

   Include it after receivers/listen.h and link -lssl -lcrypto:

       static listen_openssl tls;
       if (listen_openssl_init(&tls, "server.crt", "server.key") != 0) ERR_print_errors_fp(stderr);
       desc.stream = &tls.stream;
       ... listen_open, listen_poll, ..., listen_close
       listen_openssl_free(&tls);

   TLS 1.2 at least, no renegotiation, handshakes that never block, no SIGPIPE. Clients are not asked for
   certificates: the signature of each request says who sent it.

   OpenSSL from 3.5 can be built to write the keys of all connections to the file that SSLKEYLOGFILE names;
   where it is, and that is set, _init refuses to go on. */
#ifndef LISTEN_OPENSSL_H
#define LISTEN_OPENSSL_H

#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define LISTEN_OPENSSL_LOGS_KEYS_FROM 0x30500000UL /* the version from which it may heed SSLKEYLOGFILE */

typedef struct listen_openssl {
    listen_stream stream;
    SSL_CTX *ctx;
    BIO_METHOD *bio;
} listen_openssl;
typedef struct listen_openssl_conn {
    SSL *ssl;
    int fd;
    uint8_t eof, broken;
    const char *why; /* the handshake failed; NULL: it did not */
} listen_openssl_conn;

/* OpenSSL's own socket BIO writes without MSG_NOSIGNAL, so the bytes take the calls of plain TCP. */
static int listen_openssl_bio(BIO *bio, ptrdiff_t n, int retry) {
    listen_openssl_conn *c = (listen_openssl_conn *)BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (n > 0) return (int)n;
    if (n == LISTEN_EOF) c->eof = 1;
    if (n == LISTEN_WANT_READ || n == LISTEN_WANT_WRITE) BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    return n == LISTEN_EOF ? 0 : -1;
}

static int listen_openssl_bio_read(BIO *bio, char *data, int len) {
    listen_openssl_conn *c = (listen_openssl_conn *)BIO_get_data(bio);
    return listen_openssl_bio(bio, listen_tcp_read(NULL, c->fd, data, (size_t)len), BIO_FLAGS_READ);
}

static int listen_openssl_bio_write(BIO *bio, const char *data, int len) {
    listen_openssl_conn *c = (listen_openssl_conn *)BIO_get_data(bio);
    return listen_openssl_bio(bio, listen_tcp_write(NULL, c->fd, data, (size_t)len), BIO_FLAGS_WRITE);
}

static long listen_openssl_bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    const listen_openssl_conn *c = (const listen_openssl_conn *)BIO_get_data(bio);

    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_FLUSH) return 1;
    return command == BIO_CTRL_EOF && c ? c->eof : 0;
}

static int listen_openssl_result(listen_openssl_conn *c, int result) {
    switch (SSL_get_error(c->ssl, result)) {
    case SSL_ERROR_WANT_READ: return LISTEN_WANT_READ;
    case SSL_ERROR_WANT_WRITE: return LISTEN_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return LISTEN_EOF;
    default: c->broken = 1; return LISTEN_FAIL;
    }
}

/* What OpenSSL calls the failure of a handshake, in words of this side. */
static const char *listen_openssl_reason(unsigned long error, int is_eof) {
    static const struct {
        int reason;
        const char *text;
    } table[] = {
            {SSL_R_HTTP_REQUEST, "plain http came to this https port: the URL must begin with https://"},
            {SSL_R_HTTPS_PROXY_REQUEST, "a proxy request in plain http came to this https port"},
            {SSL_R_WRONG_VERSION_NUMBER, "what came to this https port is not TLS"},
            {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the sender closed the connection in the handshake"},
            {SSL_R_UNSUPPORTED_PROTOCOL, "the sender speaks no TLS version from 1.2 on"},
            {SSL_R_NO_SHARED_CIPHER, "the sender shares no cipher with this side"},
            {SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                    "the sender does not trust the certificate: it must know the CA (unknown ca)"},
            {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the sender does not take the certificate (bad certificate)"},
            {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
                    "the sender does not take the certificate (certificate unknown)"},
            {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the sender finds the certificate expired"},
    };
    const char *text = ERR_reason_error_string(error);
    size_t i;

    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == table[i].reason)
            return table[i].text;
    if (text) return text;
    return is_eof ? "the sender closed the connection in the handshake"
                  : "the connection broke in the handshake";
}

static const char *listen_openssl_why(void *memory) {
    const listen_openssl_conn *c = (const listen_openssl_conn *)memory;
    return c->why;
}

static int listen_openssl_accept(void *user, void *memory, int fd) {
    const listen_openssl *tls = (const listen_openssl *)user;
    listen_openssl_conn *c = (listen_openssl_conn *)memory;
    int result;

    ERR_clear_error();
    if (!c->ssl) {
        BIO *bio = BIO_new(tls->bio);

        c->fd = fd;
        c->ssl = SSL_new(tls->ctx);
        if (!bio || !c->ssl) {
            BIO_free(bio);
            return LISTEN_FAIL;
        }

        BIO_set_data(bio, c);
        BIO_set_init(bio, 1);
        SSL_set_bio(c->ssl, bio, bio);
    }

    result = SSL_accept(c->ssl);
    if (result == 1) return 0;
    result = listen_openssl_result(c, result);
    if (result == LISTEN_FAIL || result == LISTEN_EOF)
        c->why = listen_openssl_reason(ERR_peek_error(), c->eof);
    return result;
}

static ptrdiff_t listen_openssl_read(void *memory, int fd, void *data, size_t len) {
    listen_openssl_conn *c = (listen_openssl_conn *)memory;
    size_t n = 0;
    int result;

    (void)fd;
    ERR_clear_error();
    result = SSL_read_ex(c->ssl, data, len, &n);
    return result == 1 ? (ptrdiff_t)n : listen_openssl_result(c, result);
}

static ptrdiff_t listen_openssl_write(void *memory, int fd, const void *data, size_t len) {
    listen_openssl_conn *c = (listen_openssl_conn *)memory;
    size_t n = 0;
    int result;

    (void)fd;
    ERR_clear_error();
    result = SSL_write_ex(c->ssl, data, len, &n);
    return result == 1 ? (ptrdiff_t)n : listen_openssl_result(c, result);
}

static void listen_openssl_finish(void *memory) {
    listen_openssl_conn *c = (listen_openssl_conn *)memory;

    ERR_clear_error();
    if (!c->broken && SSL_is_init_finished(c->ssl)) (void)SSL_shutdown(c->ssl); /* close_notify */
}

static void listen_openssl_close(void *memory) {
    listen_openssl_conn *c = (listen_openssl_conn *)memory;

    if (!c->ssl) return;
    if (!SSL_get_shutdown(c->ssl)) listen_openssl_finish(c);
    SSL_free(c->ssl);
    ERR_clear_error();
    c->ssl = NULL;
}

static void listen_openssl_free(listen_openssl *tls) {
    SSL_CTX_free(tls->ctx);
    BIO_meth_free(tls->bio);
    memset(tls, 0, sizeof *tls);
}

/* Whether this OpenSSL writes the keys of every connection to a file of the environment's: no call would stop
   it. Then its error queue says so. */
static int listen_openssl_logs_keys(void) {
#ifdef OPENSSL_NO_SSLKEYLOG
    return 0;
#else
    static ERR_STRING_DATA reasons[] = {
            {0, "SSLKEYLOGFILE is set, and OpenSSL would write the keys there: unset it"}, {0, NULL}};
    enum { KEYS_LOGGED = 1 };
    static int library;
    const char *file = getenv("SSLKEYLOGFILE");

    if (OpenSSL_version_num() < LISTEN_OPENSSL_LOGS_KEYS_FROM || !file || !*file) return 0;

    if (!library) {
        library = ERR_get_next_error_library();
        reasons[0].error = ERR_PACK(library, 0, KEYS_LOGGED);
        ERR_load_strings(library, reasons);
    }
    ERR_raise(library, KEYS_LOGGED);
    return 1;
#endif
}

static int listen_openssl_make(listen_openssl *tls, const char *cert_file, const char *key_file) {
    if (listen_openssl_logs_keys()) return 0;
    tls->ctx = SSL_CTX_new(TLS_server_method());
    tls->bio = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "listen socket");
    if (!tls->ctx || !tls->bio) return 0;
    if (!BIO_meth_set_read(tls->bio, listen_openssl_bio_read) ||
            !BIO_meth_set_write(tls->bio, listen_openssl_bio_write) ||
            !BIO_meth_set_ctrl(tls->bio, listen_openssl_bio_ctrl))
        return 0;

    if (!SSL_CTX_set_min_proto_version(tls->ctx, TLS1_2_VERSION)) return 0;
    SSL_CTX_set_options(tls->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);

    /* after a record without content the others have their turn: a flood of them holds up nobody else */
    SSL_CTX_clear_mode(tls->ctx, SSL_MODE_AUTO_RETRY);

    return SSL_CTX_use_certificate_chain_file(tls->ctx, cert_file) == 1 &&
           SSL_CTX_use_PrivateKey_file(tls->ctx, key_file, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_check_private_key(tls->ctx) == 1;
}

/* PEM files: the certificate with its chain, and its key. Returns 0, or -1 with OpenSSL's error queue
   filled. */
static int listen_openssl_init(listen_openssl *tls, const char *cert_file, const char *key_file) {
    memset(tls, 0, sizeof *tls);
    if (!listen_openssl_make(tls, cert_file, key_file)) {
        SSL_CTX_free(tls->ctx);
        BIO_meth_free(tls->bio);
        memset(tls, 0, sizeof *tls);
        return -1;
    }

    tls->stream.conn_size = sizeof(listen_openssl_conn);
    tls->stream.accept_fn = listen_openssl_accept;
    tls->stream.read_fn = listen_openssl_read;
    tls->stream.write_fn = listen_openssl_write;
    tls->stream.finish_fn = listen_openssl_finish;
    tls->stream.close_fn = listen_openssl_close;
    tls->stream.user = tls;
    tls->stream.why_fn = listen_openssl_why;
    return 0;
}

#endif
