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
#include <openssl/crypto.h>
unsigned long told_version(void);
#define OpenSSL_version_num() told_version()
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
    RUN(test_threads);
    tls_run();
    unlink(cnf_file);
    tls_end();
    return check_end();
}
