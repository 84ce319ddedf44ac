/* The servers and certificates of tls_server.h. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tls_server.h"

/* ---- certificates ---- */

static void extend(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509_EXTENSION *extension;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension || !X509_add_ext(cert, extension, -1)) abort();
    X509_EXTENSION_free(extension);
}
/* A DNS name given by length, so that it can hold a NUL. */
static void extend_name(X509 *cert, const char *name, size_t len) {
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    if (!names || !entry || !text || !ASN1_STRING_set(text, name, (int)len)) abort();
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    if (!sk_GENERAL_NAME_push(names, entry) || !X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0))
        abort();
    GENERAL_NAMES_free(names);
}
identity identity_make(const char *cn, const char *san, long from, long to, const identity *issuer, int ca,
        const char *usage) {
    static long serial = 1;
    static char curve[] = "P-256";
    identity id;
    X509_NAME *name;
    int i;
    int rsa = !usage ? 0 : strcmp(usage, "weak") == 0 ? 1024 : strcmp(usage, "rsa") == 0 ? 2048 : 0;
    id.key = rsa ? EVP_RSA_gen((unsigned)rsa) : EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
    id.cert = X509_new();
    if (!id.key || !id.cert) abort();
    X509_set_version(id.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(id.cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(id.cert), from);
    X509_gmtime_adj(X509_getm_notAfter(id.cert), to);
    name = X509_get_subject_name(id.cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
    if (usage && strcmp(usage, "wordy") == 0) {
        static const unsigned char unit[] = "One of a hundred units of an organization with a long name";
        for (i = 0; i < 100; i++) X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC, unit, -1, -1, 0);
        usage = NULL;
    }
    X509_set_issuer_name(id.cert, issuer ? X509_get_subject_name(issuer->cert) : name);
    X509_set_pubkey(id.cert, id.key);
    extend(id.cert, issuer ? issuer->cert : id.cert, NID_basic_constraints,
            ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (ca) extend(id.cert, id.cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (san && strcmp(san, "nul") == 0)
        extend_name(id.cert, "hooks.example\0.other.example", 28);
    else if (san && ca)
        extend(id.cert, id.cert, NID_name_constraints, san);
    else if (san)
        extend(id.cert, id.cert, NID_subject_alt_name, san);
    if (usage && !rsa) extend(id.cert, id.cert, NID_ext_key_usage, usage);
    if (!X509_sign(id.cert, issuer ? issuer->key : id.key, EVP_sha256())) abort();
    return id;
}
void identity_free(identity *id) {
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}

size_t identity_der(const identity *id, unsigned char *out, size_t cap) {
    int len = i2d_X509(id->cert, NULL);
    if (len <= 0 || (size_t)len > cap) return 0;
    return (size_t)i2d_X509(id->cert, &out);
}

void identity_pem(const identity *id, const char *path) {
    FILE *f = fopen(path, "w");
    if (!f || !PEM_write_X509(f, id->cert) || fclose(f) != 0) abort();
}

identity root, good;
char directory[] = "/tmp/akolhook-tls-XXXXXX", ca_file[64];

void write_file(char path[64], const char *name, const char *text) {
    FILE *f;
    snprintf(path, 64, "%s/%s", directory, name);
    f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

void append_file(const char *path, const char *text) {
    FILE *f = fopen(path, "a");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

void tls_directory(void) {
    if (!mkdtemp(directory)) abort();
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", directory);
}
void tls_begin(void) {
    if (!*ca_file) tls_directory();
    root = identity_make("Test CA", NULL, SOUND, NULL, 1, NULL);
    good = identity_make("x", "DNS:hooks.example", SOUND, &root, 0, NULL);
    identity_pem(&root, ca_file);
}
void tls_end(void) {
    identity_free(&root);
    identity_free(&good);
    unlink(ca_file);
    rmdir(directory);
}

/* ---- the server ---- */

static int server_send(server *s, const char *data, size_t len) {
    size_t done = 0;
    while (done < len) {
        ssize_t n = send(s->fd, data + done, s->drip ? 1 : len - done, MSG_NOSIGNAL);
        if (n <= 0) return -1;
        done += (size_t)n;
    }
    return 0;
}
/* Moves what OpenSSL wrote to the socket. */
static int server_flush(server *s) {
    static const size_t all = (size_t)-1;
    char *data;
    size_t len = (size_t)BIO_get_mem_data(SSL_get_wbio(s->ssl), &data), limit = all;
    int result;
    if (len == 0) return 0;
    if (s->stalls && s->sent_flights++ >= s->flights) limit = s->half ? len / 2 : 0;
    result = server_send(s, data, limit < len ? limit : len);
    BIO_reset(SSL_get_wbio(s->ssl));
    return limit == all ? result : -1;
}
static int server_fill(server *s) {
    char data[16384];
    struct pollfd p;
    ssize_t n;
    p.fd = s->fd;
    p.events = POLLIN;
    if (poll(&p, 1, PATIENCE_MS) != 1 || (n = recv(s->fd, data, sizeof data, 0)) <= 0) return -1;
    return BIO_write(SSL_get_rbio(s->ssl), data, (int)n) == (int)n ? 0 : -1;
}
static int server_handshake(server *s) {
    for (;;) {
        int r = SSL_accept(s->ssl), e = SSL_get_error(s->ssl, r);
        if (!(r == 1 && s->hold) && server_flush(s) != 0) return -1;
        if (r == 1) return 0;
        if (e != SSL_ERROR_WANT_READ || server_fill(s) != 0) return -1;
    }
}
/* Reads one request whose Content-Length is told. */
static int server_request(server *s) {
    static char head[4096];
    char data[16384];
    size_t want = 0;
    for (;;) {
        int n = SSL_read(s->ssl, data, sizeof data);
        if (n <= 0) {
            if (SSL_get_error(s->ssl, n) != SSL_ERROR_WANT_READ || server_fill(s) != 0) return -1;
            continue;
        }
        if (want == 0 && s->request_len < sizeof head - 1) {
            size_t room = sizeof head - 1 - s->request_len, take = (size_t)n < room ? (size_t)n : room;
            char *end, *length;
            memcpy(head + s->request_len, data, take);
            head[s->request_len + take] = 0;
            end = strstr(head, "\r\n\r\n");
            length = strstr(head, "Content-Length: ");
            if (end && length) {
                s->head_len = (size_t)(end - head) + 4;
                want = s->head_len + strtoul(length + 16, NULL, 10);
            }
        }
        s->request_len += (size_t)n;
        s->records++;
        if (want && s->request_len >= want) return 0;
    }
}
static void server_note(server *s) {
    const char *name = SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name);
    snprintf(s->sni, sizeof s->sni, "%s", name ? name : "");
    if (s->handshakes < 8) s->reused[s->handshakes] = SSL_session_reused(s->ssl);
    s->handshakes++;
}
static void server_drain(server *s) {
    char data[4096];
    struct pollfd p;
    p.fd = s->fd;
    p.events = POLLIN;
    while (poll(&p, 1, PATIENCE_MS) == 1 && recv(s->fd, data, sizeof data, 0) > 0) {}
}
/* A HelloRequest or a KeyUpdate, and nothing is waited for. */
static int server_ask(server *s) {
    int is_13 = SSL_version(s->ssl) >= TLS1_3_VERSION;
    if (!(is_13 ? SSL_key_update(s->ssl, SSL_KEY_UPDATE_REQUESTED) : SSL_renegotiate(s->ssl))) return -1;
    (void)SSL_do_handshake(s->ssl);
    return s->hold ? 0 : server_flush(s);
}
static void server_damage(server *s) {
    char *data;
    size_t len = (size_t)BIO_get_mem_data(SSL_get_wbio(s->ssl), &data);
    data[len - 1] ^= 1;
}
static void server_tls(server *s) {
    const char *response = s->response ? s->response : ANSWER;
    int ok;
    s->ssl = SSL_new(s->ctx);
    SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(s->ssl), -1);
    BIO_set_mem_eof_return(SSL_get_wbio(s->ssl), -1);
    s->sent_flights = 0;
    s->request_len = 0;
    s->records = 0;
    ok = server_handshake(s) == 0;
    if (ok) server_note(s);
    ok = ok && (!s->asks || server_ask(s) == 0);
    ok = ok && (s->early || server_request(s) == 0);
    ok = ok && (!*response || SSL_write(s->ssl, response, (int)strlen(response)) > 0);
    if (ok && s->damages) server_damage(s);
    if (ok && s->end == NOTIFY) (void)SSL_shutdown(s->ssl);
    if (ok) (void)server_flush(s);
    if (s->end == RESET) {
        struct linger linger;
        linger.l_onoff = 1;
        linger.l_linger = 0;
        setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    } else {
        if (ok) shutdown(s->fd, SHUT_WR);
        if (!s->early)
            server_drain(s);
        else
            poll(NULL, 0, 100); /* the client is to see the answer with its own request unread */
    }
    SSL_free(s->ssl);
}
/* Another certificate, or other keys for its tickets and an empty cache. */
static void server_change(server *s) {
    unsigned char keys[80];
    if (s->later && (!SSL_CTX_use_certificate(s->ctx, s->later->cert) ||
                            !SSL_CTX_use_PrivateKey(s->ctx, s->later->key)))
        abort();
    if (s->tickets_once) SSL_CTX_set_num_tickets(s->ctx, 0);
    if (!s->forgets) return;
    SSL_CTX_flush_sessions(s->ctx, 0);
    if (RAND_bytes(keys, sizeof keys) != 1 || !SSL_CTX_set_tlsext_ticket_keys(s->ctx, keys, sizeof keys))
        abort();
}
static void *server_main(void *user) {
    server *s = (server *)user;
    sigset_t set;
    int i, on = 1;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (i = 0; i < s->connections; i++) {
        struct pollfd p;
        p.fd = s->listener;
        p.events = POLLIN;
        if (poll(&p, 1, PATIENCE_MS) != 1 || (s->fd = accept(s->listener, NULL, NULL)) < 0) break;
        setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (s->ctx && i > 0) server_change(s);
        if (s->ctx && !(s->plain_from && i >= s->plain_from))
            server_tls(s);
        else {
            char data[512];
            if (recv(s->fd, data, sizeof data, 0) > 0) (void)server_send(s, ANSWER, sizeof ANSWER - 1);
            shutdown(s->fd, SHUT_WR);
            server_drain(s);
        }
        close(s->fd);
    }
    ERR_clear_error();
    return NULL;
}
static int pick_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
        unsigned len, void *user) {
    server *s = (server *)user;
    (void)ssl;
    snprintf(s->offered, sizeof s->offered, "%.*s", (int)(len ? len - 1 : 0),
            (const char *)in + (len ? 1 : 0));
    if (!s->alpn) return SSL_TLSEXT_ERR_NOACK;
    *out = (const unsigned char *)s->alpn;
    *out_len = (unsigned char)strlen(s->alpn);
    return SSL_TLSEXT_ERR_OK;
}
void server_start(server *s, int plain) {
    int room = 65536; /* so that a large request does not vanish in the system's buffers */
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s->listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(s->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(s->listener, 8) != 0 ||
            getsockname(s->listener, (struct sockaddr *)&address, &len) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    if (!s->connections) s->connections = 1;
    if (!plain) {
        const identity *id = s->id ? s->id : &good;
        s->ctx = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_security_level(s->ctx, 0);
        SSL_CTX_set_min_proto_version(s->ctx, s->min_version);
        SSL_CTX_set_max_proto_version(s->ctx, s->max_version);
        if (!SSL_CTX_set_cipher_list(s->ctx, s->ciphers ? s->ciphers : "DEFAULT:@SECLEVEL=0")) abort();
        if (s->ciphers) SSL_CTX_set_dh_auto(s->ctx, 1);
        if (s->ids) SSL_CTX_set_options(s->ctx, SSL_OP_NO_TICKET);
        if (s->ids == 2) {
            SSL_CTX_set_session_cache_mode(s->ctx, SSL_SESS_CACHE_OFF);
            SSL_CTX_set_num_tickets(s->ctx, 0);
        }
        if (s->tickets) SSL_CTX_set_num_tickets(s->ctx, (size_t)s->tickets);
        SSL_CTX_set_alpn_select_cb(s->ctx, pick_alpn, s);
        SSL_CTX_set_timeout(s->ctx, 86400);
        SSL_CTX_set_session_id_context(s->ctx, (const unsigned char *)"t", 1);
        if (!s->ciphers &&
                (!SSL_CTX_use_certificate(s->ctx, id->cert) || !SSL_CTX_use_PrivateKey(s->ctx, id->key)))
            abort();
        if (s->chain && !SSL_CTX_add1_chain_cert(s->ctx, s->chain->cert)) abort();
    }
    if (pthread_create(&s->thread, NULL, server_main, s) != 0) abort();
}
void server_stop(server *s) {
    pthread_join(s->thread, NULL);
    close(s->listener);
    SSL_CTX_free(s->ctx);
}
