/* The OpenSSL transport. All of it runs under an openssl.cnf that tries to loosen every setting, and with
   SSL_CERT_FILE naming the tests' CA.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_openssl.c tests/transports/tls_server.c -lssl -lcrypto -pthread */
#include <sys/socket.h>
#include <sys/types.h>

/* The socket calls of the transport under test, so that they can be made to fail. */
static ssize_t fault_send(int fd, const void *data, size_t len, int flags);
static ssize_t fault_recv(int fd, void *data, size_t len, int flags);
#define AKOLHOOK_OPENSSL_SEND fault_send
#define AKOLHOOK_OPENSSL_RECV fault_recv
#define AKOLHOOK_OPENSSL_SESSIONS 6
/* The version of OpenSSL that the transport is told, where a test says which. */
static unsigned long library_version;
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#define AKOLHOOK_TLS_IMPLEMENTATION
#include "akolhook_tls.h"
#include <unistd.h>
#include "calls_fail.h"
unsigned long told_version(void);
#define OpenSSL_version_num() told_version()
/* The file and directory of the system's CAs, where a test says which. */
static const char *store_file, *store_dir;
#define X509_get_default_cert_file() (store_file ? store_file : (X509_get_default_cert_file)())
#define X509_get_default_cert_dir() (store_dir ? store_dir : (X509_get_default_cert_dir)())
/* An openssl.cnf that is stricter than the transport. */
static int strict_configuration;
static SSL_CTX *configured(SSL_CTX *ctx);
#define SSL_CTX_new(method) (call_fails("SSL_CTX_new") ? NULL : configured((SSL_CTX_new)(method)))
/* What the server seems to have chosen. */
static int told_protocol(SSL *ssl, const unsigned char **protocol, unsigned *len);
#define SSL_get0_alpn_selected(ssl, protocol, len) \
    (call_fails("SSL_get0_alpn_selected") ? (void)told_protocol(ssl, protocol, len) \
                                          : (SSL_get0_alpn_selected)(ssl, protocol, len))
/* OpenSSL has a failure of the system's in its queue, or none at all, where there is no memory for it. */
#define BIO_new(type) \
    (call_fails("BIO_new") ? (ERR_raise(ERR_LIB_SYS, ENOMEM), (BIO *)NULL) : (BIO_new)(type))
#define SSL_new(...) CALL(SSL_new, NULL, (__VA_ARGS__))
#define X509_STORE_new() CALL(X509_STORE_new, NULL, ())
#define X509_STORE_load_file(...) CALL(X509_STORE_load_file, 0, (__VA_ARGS__))
#define SSL_CTX_set_cipher_list(...) CALL(SSL_CTX_set_cipher_list, 0, (__VA_ARGS__))
#define SSL_CTX_set_ciphersuites(...) CALL(SSL_CTX_set_ciphersuites, 0, (__VA_ARGS__))
#define SSL_CTX_set_alpn_protos(...) CALL(SSL_CTX_set_alpn_protos, 1, (__VA_ARGS__))
static long faulty_ctrl(SSL_CTX *ctx, int command, long number, void *pointer) {
    int can_fail = command == SSL_CTRL_SET_MIN_PROTO_VERSION || command == SSL_CTRL_SET_VERIFY_CERT_STORE;
    return can_fail && call_fails("SSL_CTX_ctrl") ? 0 : SSL_CTX_ctrl(ctx, command, number, pointer);
}
#define SSL_CTX_ctrl(ctx, command, number, pointer) faulty_ctrl(ctx, command, number, pointer)
#define SSL_ctrl(...) CALL(SSL_ctrl, 0, (__VA_ARGS__))
#define SSL_set_ex_data(...) CALL(SSL_set_ex_data, 0, (__VA_ARGS__))
#define SSL_get_ex_data(...) CALL(SSL_get_ex_data, NULL, (__VA_ARGS__))
#define CRYPTO_THREAD_lock_new() CALL(CRYPTO_THREAD_lock_new, NULL, ())
#define CRYPTO_THREAD_write_lock(...) CALL(CRYPTO_THREAD_write_lock, 0, (__VA_ARGS__))
#define BIO_meth_new(...) CALL(BIO_meth_new, NULL, (__VA_ARGS__))
#define BIO_meth_set_write_ex(...) CALL(BIO_meth_set_write_ex, 0, (__VA_ARGS__))
#define BIO_meth_set_read_ex(...) CALL(BIO_meth_set_read_ex, 0, (__VA_ARGS__))
#define BIO_meth_set_ctrl(...) CALL(BIO_meth_set_ctrl, 0, (__VA_ARGS__))
#define X509_VERIFY_PARAM_set1_host(...) CALL(X509_VERIFY_PARAM_set1_host, 0, (__VA_ARGS__))
#define SSL_SESSION_is_resumable(...) CALL(SSL_SESSION_is_resumable, 0, (__VA_ARGS__))
#define SSL_SESSION_up_ref(...) CALL(SSL_SESSION_up_ref, 0, (__VA_ARGS__))
#define SSL_SESSION_get0_peer(...) CALL(SSL_SESSION_get0_peer, NULL, (__VA_ARGS__))
#define ASN1_TIME_diff(...) CALL(ASN1_TIME_diff, 0, (__VA_ARGS__))
#define SSL_set_session(...) CALL(SSL_set_session, 0, (__VA_ARGS__))
#define SSL_get0_peer_certificate(...) CALL(SSL_get0_peer_certificate, NULL, (__VA_ARGS__))
#define SSL_get_verify_result(...) CALL(SSL_get_verify_result, X509_V_ERR_UNSPECIFIED, (__VA_ARGS__))
#define SSL_version(...) CALL(SSL_version, TLS1_1_VERSION, (__VA_ARGS__))
#define SSL_write_ex(...) CALL(SSL_write_ex, 0, (__VA_ARGS__))
#define X509_VERIFY_PARAM_set1_ip_asc(...) CALL(X509_VERIFY_PARAM_set1_ip_asc, 0, (__VA_ARGS__))
static int faulty_no_sigpipe(akolhook_tls_socket *s) {
    if (!call_fails("akolhook_tls_no_sigpipe")) return akolhook_tls_no_sigpipe(s);
    s->error = ENOTSOCK;
    return AKOLHOOK_IO_FAIL;
}
#define akolhook_tls_no_sigpipe(s) faulty_no_sigpipe(s)
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"

static akolhook_openssl lib;
#define LIB_NEWEST TLS13
#define LIB_ERRNO(error) (error)
#define LIB_NATIVES \
    0, X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH, X509_V_ERR_CERT_HAS_EXPIRED, \
            X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, \
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_INVALID_PURPOSE, \
            X509_V_ERR_EE_KEY_TOO_SMALL
#define LIB_SPARED \
    "CRYPTO_THREAD_write_lock", "SSL_SESSION_is_resumable", "SSL_SESSION_up_ref", "SSL_SESSION_get0_peer", \
            "ASN1_TIME_diff", "SSL_set_session", "SSL_get_ex_data"
#include "tls.h"

static akolhook_status lib_init(const char *ca) { return akolhook_openssl_init(&lib, ca); }
static const akolhook_transport *lib_transport(void) { return akolhook_openssl_transport(&lib); }
static void lib_free(void) { akolhook_openssl_free(&lib); }
static const char *lib_text(akolhook_status status, long native_error) {
    return akolhook_openssl_error_text(status, native_error);
}
static int lib_quiet(void) { return ERR_peek_error() == 0; }
static int lib_is_cut(long native_error) {
    return ERR_GET_REASON((unsigned long)native_error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

static char cnf_file[64];

/* SSL_CERT_FILE and SSL_CERT_DIR name the tests' CA; nobody looks. */
static void test_system_store(void) {
    akolhook_status status = lib_init(NULL);
    server s = AKOLHOOK_INIT;
    result r;
    CHECK(getenv("SSL_CERT_FILE") && getenv("SSL_CERT_DIR"));
    if (status == AKOLHOOK_INVALID_ARGUMENT) return; /* a system without a store */
    CHECK_STATUS(status, OK);
    server_start(&s, 0);
    r = exchange("hooks.example", 0, &s);
    server_stop(&s);
    CHECK_INT(r.status, AKOLHOOK_TLS_UNTRUSTED);
    lib_free();
}

static int has_cipher(const SSL_CTX *ctx, const char *name) {
    const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
    int i;
    for (i = 0; i < sk_SSL_CIPHER_num(all); i++)
        if (strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)), name) == 0) return 1;
    return 0;
}

/* What openssl.cnf asked for (see loosen) is overruled. Level 2 alone keeps TLS 1.1 out in OpenSSL 3, hence
 * the look inside. */
static void test_settings(void) {
    const uint64_t weak =
            SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_NO_EXTENDED_MASTER_SECRET;
    SSL_CTX *own = SSL_CTX_new(TLS_client_method()), *ctx;
    tls_new();
    ctx = lib.ctx;
    CHECK(SSL_CTX_get_security_level(own) == 0 &&
            SSL_CTX_get_min_proto_version(own) == TLS1_VERSION); /* the file was read */
    CHECK(SSL_CTX_get_options(own) & SSL_OP_LEGACY_SERVER_CONNECT);
    CHECK((SSL_CTX_get_options(own) & weak) == weak && has_cipher(own, "TLS_AES_128_CCM_8_SHA256"));
    CHECK(!(SSL_CTX_get_options(ctx) & weak));
    CHECK(!has_cipher(ctx, "TLS_AES_128_CCM_8_SHA256") && has_cipher(ctx, "TLS_AES_128_GCM_SHA256"));
    CHECK(SSL_CTX_get_security_level(ctx) >= 2);
    CHECK(SSL_CTX_get_min_proto_version(ctx) >= TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_verify_mode(ctx), SSL_VERIFY_PEER);
    CHECK((SSL_CTX_get_options(ctx) & SSL_OP_NO_RENEGOTIATION) &&
            (SSL_CTX_get_options(ctx) & SSL_OP_NO_COMPRESSION));
    CHECK(!(SSL_CTX_get_options(ctx) &
            (SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION)));
    CHECK(!(SSL_CTX_get_options(ctx) & SSL_OP_IGNORE_UNEXPECTED_EOF));
    SSL_CTX_free(own);
    lib_free();
}

/* A later OpenSSL, which may write keys to a file: the transport does not begin where the environment asks
 * for that. */
unsigned long told_version(void) { return library_version ? library_version : (OpenSSL_version_num)(); }
static void test_keys_logged(void) {
    library_version = 0x304000ffUL; /* 3.4.0 knew no such thing */
    setenv("SSLKEYLOGFILE", "/nowhere/keys", 1);
    CHECK_STATUS(lib_init(ca_file), OK);
    lib_free();
    library_version = 0x30500000UL;
    CHECK_STATUS(lib_init(ca_file), KEYS_LOGGED);
    lib_free(); /* legal after a failure */
    CHECK(lib_quiet());
    setenv("SSLKEYLOGFILE", "", 1);
    CHECK_STATUS(lib_init(ca_file), OK);
    lib_free();
    unsetenv("SSLKEYLOGFILE");
    CHECK_STATUS(lib_init(ca_file), OK);
    lib_free();
    library_version = 0;
}

/* The CAs of a system with a file, a directory, both or neither. */
static void test_system_stores(void) {
    static const struct {
        int file, dir, status, whole;
    } rows[] = {{1, 1, AKOLHOOK_OK, 1}, {1, 0, AKOLHOOK_OK, 1}, {0, 1, AKOLHOOK_OK, 0},
            {0, 0, AKOLHOOK_INVALID_ARGUMENT, 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        server s = AKOLHOOK_INIT;
        store_file = rows[i].file ? ca_file : "/nowhere/ca.pem";
        store_dir = rows[i].dir ? directory : "/nowhere";
        CHECK_INT(lib_init(NULL), rows[i].status);
        CHECK(lib_quiet());
        if (rows[i].status == AKOLHOOK_OK) {
            result r;
            server_start(&s, 0);
            r = exchange("hooks.example", 0, &s);
            server_stop(&s);
            CHECK_INT(r.phase == 4, rows[i].whole);
            if (!rows[i].whole) CHECK_INT(r.status, AKOLHOOK_TLS_UNTRUSTED);
        }
        lib_free();
    }
    store_dir = directory;
    call_fail(1, "X509_STORE_load_file");
    CHECK_STATUS(lib_init(NULL), OK); /* the directory is enough */
    CHECK(call_failed() != NULL);
    lib_free();
    store_file = store_dir = NULL;
}

/* A configuration that asks for more than the transport does is kept. */
static SSL_CTX *configured(SSL_CTX *ctx) {
    if (ctx && strict_configuration) {
        SSL_CTX_set_security_level(ctx, 3);
        if (!SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION)) abort();
    }
    return ctx;
}
static void test_strict_configuration(void) {
    int version;
    strict_configuration = 1;
    for (version = TLS12; version <= TLS13; version++) {
        server s = AKOLHOOK_INIT;
        result r;
        tls_new();
        CHECK_INT(SSL_CTX_get_security_level(lib.ctx), 3);
        s.max_version = version;
        server_start(&s, 0);
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_INT(r.phase, version == TLS13 ? 4 : 1);
        lib_free();
    }
    strict_configuration = 0;
}

/* What others of the thread left in OpenSSL's queue is not taken for the connection's. */
static void test_errors_of_others(void) {
    server s = AKOLHOOK_INIT;
    static result r;
    akolhook_conn conn;
    memset(&r, 0, sizeof r);
    tls_new();
    server_start(&s, 0);
    conn_begin(&conn, &s);
    ERR_raise(ERR_LIB_USER, 1);
    CHECK_INT(lib_transport()->send_fn(&conn, REQUEST, sizeof REQUEST - 1), sizeof REQUEST - 1);
    ERR_raise(ERR_LIB_USER, 1);
    CHECK(is_want(lib_transport()->recv_fn(&conn, r.data, sizeof r.data)) || conn.native_error == 0);
    lib_transport()->close_fn(&conn);
    conn_close(&conn);
    server_stop(&s);
    lib_free();
}

/* The protocol that the server chose is looked at once more. */
static int told_protocol(SSL *ssl, const unsigned char **protocol, unsigned *len) {
    const char *other = SSL_version(ssl) == TLS1_3_VERSION ? "http/1.0" : "h2";
    *protocol = (const unsigned char *)other;
    *len = (unsigned)strlen(other);
    return 0;
}

/* Native errors where OpenSSL has nothing of its own to tell: the system's, and those of no memory. */
static void test_quiet_failures(void) {
    static const struct {
        const char *call;
        int is_address;
        long native_error;
    } rows[] = {{"SSL_new", 0, ENOMEM}, {"BIO_new", 0, ENOMEM}, {"SSL_set_ex_data", 0, ENOMEM},
            {"X509_VERIFY_PARAM_set1_host", 0, ENOMEM}, {"X509_VERIFY_PARAM_set1_ip_asc", 1, ENOMEM},
            {"akolhook_tls_no_sigpipe", 0, ENOTSOCK}, {"SSL_write_ex", 0, ENOMEM},
            {"SSL_get0_alpn_selected", 0, EPROTO}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        identity id = identity_make("x", "DNS:hooks.example,IP:127.0.0.1", SOUND, &root, 0, NULL);
        server s = AKOLHOOK_INIT;
        result r;
        tls_new();
        s.id = &id;
        server_start(&s, 0);
        call_fail(1, rows[i].call);
        r = exchange(rows[i].is_address ? "127.0.0.1" : "hooks.example", rows[i].is_address, &s);
        CHECK_TEXT(call_failed(), rows[i].call);
        server_stop(&s);
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.native_error, rows[i].native_error);
        lib_free();
        identity_free(&id);
    }
}

/* The lock fails where a failed handshake is to be forgotten: the failure is told all the same. */
static void test_forgets_without_lock(void) {
    server s = AKOLHOOK_INIT;
    result r;
    tls_new();
    server_start(&s, 1);
    call_fail(2, "CRYPTO_THREAD_write_lock"); /* the first is to look for a session */
    r = exchange("hooks.example", 0, &s);
    CHECK(call_failed() != NULL);
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
    lib_free();
}

/* A handshake that fails after the certificate was refused is refused for that. */
static void test_refused_certificate(void) {
    server s = AKOLHOOK_INIT;
    result r;
    tls_new();
    server_start(&s, 1);
    call_fail(1, "SSL_get_verify_result");
    r = exchange("hooks.example", 0, &s);
    CHECK(call_failed() != NULL);
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.status, AKOLHOOK_TLS_UNTRUSTED);
    CHECK_INT(r.native_error, X509_V_ERR_UNSPECIFIED);
    lib_free();
}

/* Clients on several threads over one transport, whose sessions they share: two of them for a name each. */
enum { THREADS = 4, TURNS = 10 };
static uint16_t threads_port;
static void *threads_main(void *user) {
    const char *host = (const char *)user;
    akolhook_client_desc thread_desc = AKOLHOOK_INIT;
    akolhook_platform platform = *akolhook_posix_platform();
    akolhook_client *client;
    akolhook_delivery d;
    char url[64];
    size_t size;
    void *memory;
    intptr_t ok = 0;
    int i;
    platform.lookup_fn = test_lookup;
    platform.lookup_cancel_fn = no_cancel;
    thread_desc.tls = lib_transport();
    thread_desc.platform = &platform;
    thread_desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE;
    thread_desc.idle_ms = AKOLHOOK_IDLE_NONE;
    thread_desc.deadline_ms = PATIENCE_MS;
    size = akolhook_client_size(&thread_desc);
    memory = malloc(size);
    snprintf(url, sizeof url, "https://%s:%u/", host, (unsigned)threads_port);
    if (memory && akolhook_client_init(&client, memory, size, &thread_desc) == AKOLHOOK_OK) {
        for (i = 0; i < TURNS; i++)
            ok += akolhook_deliver(client, url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "{}", 2, &d) ==
                  AKOLHOOK_OK;
        akolhook_client_close(client);
    }
    free(memory);
    return (void *)ok;
}
static void test_threads(void) {
    static char hosts[2][16] = {"a.example", "b.example"};
    identity id = identity_make("x", "DNS:a.example,DNS:b.example", SOUND, &root, 0, NULL);
    server s = AKOLHOOK_INIT;
    pthread_t threads[THREADS];
    void *ok;
    int i;
    tls_new();
    s.id = &id;
    s.connections = THREADS * TURNS;
    server_start(&s, 0);
    fault.off = 1;
    threads_port = s.port;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, threads_main, hosts[i % 2]) != 0) abort();
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &ok);
        CHECK_INT((intptr_t)ok, TURNS);
    }
    fault.off = 0;
    server_stop(&s);
    CHECK_INT(s.handshakes, THREADS * TURNS);
    CHECK(sessions_held("a.example") > 0 && sessions_held("b.example") > 0);
    lib_free();
    identity_free(&id);
}

static void test_null(void) {
    CHECK_STATUS(akolhook_openssl_init(NULL, ca_file), INVALID_ARGUMENT);
    akolhook_openssl_free(NULL);
}

/* Before OpenSSL is touched: a configuration and an environment that would make everything looser. */
static void loosen(void) {
    write_file(cnf_file, "openssl.cnf",
            "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
            "MinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n"
            "Ciphersuites = TLS_AES_128_CCM_8_SHA256:TLS_AES_128_GCM_SHA256\nVerifyMode = Peer\n"
            "Options = UnsafeLegacyServerConnect,UnsafeLegacyRenegotiation,AllowNoDHEKEX,-EncryptThenMac,"
            "-ExtendedMasterSecret\n");
    if (setenv("OPENSSL_CONF", cnf_file, 1) || setenv("SSL_CERT_FILE", ca_file, 1) ||
            setenv("SSL_CERT_DIR", directory, 1))
        abort();
}

int main(void) {
    tls_directory();
    loosen();
    tls_begin();
    RUN(test_null);
    RUN(test_system_store);
    RUN(test_settings);
    RUN(test_keys_logged);
    RUN(test_system_stores);
    RUN(test_strict_configuration);
    RUN(test_errors_of_others);
    RUN(test_quiet_failures);
    RUN(test_forgets_without_lock);
    RUN(test_refused_certificate);
    RUN(test_threads);
    tls_run();
    unlink(cnf_file);
    tls_end();
    return check_end();
}
