/* The TLS side of listen.h: a delivery over it, and where it refuses to begin.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_listen_openssl.c -lssl -lcrypto -pthread */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook.h"
#include "examples/receivers/listen.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
/* The version of OpenSSL that listen_openssl.h is told, where a test says which. */
static unsigned long library_version;
static unsigned long told_version(void) {
    return library_version ? library_version : (OpenSSL_version_num)();
}
#define OpenSSL_version_num() told_version()
#include "listen_openssl.h"
#include "akolhook_openssl.h"
#include "tests/check.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static char cert_file[] = "/tmp/listen-openssl-cert-XXXXXX";
static char key_file[] = "/tmp/listen-openssl-key-XXXXXX";
static listen_openssl tls;

/* A certificate of its own for 127.0.0.1 and its key, in two files. */
static void files_make(void) {
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    FILE *to_cert = fdopen(mkstemp(cert_file), "w"), *to_key = fdopen(mkstemp(key_file), "w");

    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    CHECK(X509_set_version(cert, 2) && names && X509_add_ext(cert, names, -1));
    CHECK(X509_set_pubkey(cert, key) && X509_sign(cert, key, EVP_sha256()));
    CHECK(to_cert && PEM_write_X509(to_cert, cert) && fclose(to_cert) == 0);
    CHECK(to_key && PEM_write_PrivateKey(to_key, key, NULL, NULL, 0, NULL, NULL) && fclose(to_key) == 0);
    X509_EXTENSION_free(names);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* 0, or -1 with nothing left open and a reason in the queue, which is emptied. */
static int begins(const char *reason) {
    const listen_openssl none = AKOLHOOK_INIT;
    int result = listen_openssl_init(&tls, cert_file, key_file);

    if (result == 0) {
        CHECK(ERR_peek_error() == 0 && tls.stream.user == &tls);
        listen_openssl_free(&tls);
        return 1;
    }
    CHECK_INT(result, -1);
    CHECK(tls.ctx == none.ctx && tls.bio == none.bio && tls.stream.read_fn == none.stream.read_fn);
    CHECK(reason && strstr(ERR_reason_error_string(ERR_peek_error()), reason) != NULL);
    ERR_clear_error();
    return 0;
}

/* An OpenSSL that may write keys to a file: nothing begins where the environment asks for that. */
static void test_keys_logged(void) {
    int turn;

    unsetenv("SSLKEYLOGFILE");
    library_version = 0x30500000UL; /* 3.5.0 */
    CHECK(begins(NULL));
    setenv("SSLKEYLOGFILE", "", 1);
    CHECK(begins(NULL));

    setenv("SSLKEYLOGFILE", "/nowhere/keys", 1);
    library_version = 0x304000ffUL; /* 3.4.0 knew no such thing */
    CHECK(begins(NULL));
    for (turn = 0; turn < 2; turn++) {
        library_version = 0x30500000UL;
        CHECK(!begins("SSLKEYLOGFILE"));
        library_version = 0x40000000UL;
        CHECK(!begins("SSLKEYLOGFILE"));
    }

    unsetenv("SSLKEYLOGFILE");
    CHECK(begins(NULL));
    library_version = 0;
}

static unsigned handled;
static int on_request(void *user, const listen_request *request) {
    CHECK(user == &tls && !request->why);
    CHECK_STATUS(request->status, OK);
    CHECK(request->message && request->message->event == AKOLHOOK_CALL_ENDED);
    handled++;
    return 0;
}

static akolhook_delivery result;
static unsigned ended;
static void on_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)user;
    (void)id;
    result = *delivery;
    ended++;
}

/* Server and client in one thread, turn about: two deliveries over one connection. */
static void test_delivery(void) {
    static akolhook_openssl client_tls;
    static akolhook_receiver receiver;
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_client *client;
    listen_desc server_desc = AKOLHOOK_INIT;
    listen_server server;
    void *memory, *server_memory;
    char url[64];
    unsigned turn;

    CHECK_INT(listen_openssl_init(&tls, cert_file, key_file), 0);
    receiver.max_age_s = AKOLHOOK_AGE_ANY;
    CHECK_STATUS(akolhook_receiver_add_secret(&receiver, SECRET), OK);
    server_desc.receiver = &receiver;
    server_desc.on_request_fn = on_request;
    server_desc.user = &tls;
    server_desc.stream = &tls.stream;
    server_memory = malloc(listen_size(&server_desc));
    CHECK(server_memory != NULL);
    CHECK_INT(listen_open(&server, &server_desc, server_memory, listen_size(&server_desc)), 0);

    CHECK_STATUS(akolhook_openssl_init(&client_tls, cert_file), OK);
    desc.tls = akolhook_openssl_transport(&client_tls);
    desc.policy.flags = AKOLHOOK_ALLOW_PRIVATE;
    desc.deadline_ms = 120000; /* however slow the machine is */
    memory = malloc(akolhook_client_size(&desc));
    CHECK_STATUS(akolhook_client_init(&client, memory, akolhook_client_size(&desc), &desc), OK);
    sprintf(url, "https://127.0.0.1:%u/", (unsigned)server.port);
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                                     "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}");

    for (turn = 1; turn <= 2; turn++) {
        CHECK_STATUS(akolhook_client_submit(client, &request, on_done, NULL, NULL), OK);
        while (ended < turn) {
            CHECK_STATUS(akolhook_client_poll(client, 1, NULL), OK);
            CHECK_INT(listen_poll(&server, 0), 0);
        }
        CHECK_STATUS(result.status, OK);
        CHECK_INT(result.reused, turn == 2);
        while (handled < turn) CHECK_INT(listen_poll(&server, 0), 0); /* the answer goes first */
    }

    akolhook_client_close(client);
    akolhook_openssl_free(&client_tls);
    listen_close(&server);
    listen_openssl_free(&tls);
    free(memory);
    free(server_memory);
}

/* Records without content, of which a sender may send any number: each gives the thread back. */
static void test_key_updates(void) {
    enum { UPDATES = 5 };
    int pair[2], done = 0, accepted = LISTEN_WANT_READ, i, waits = 0;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    ptrdiff_t n = LISTEN_WANT_READ;
    void *memory;
    char data[16];

    CHECK_INT(listen_openssl_init(&tls, cert_file, key_file), 0);
    memory = calloc(1, tls.stream.conn_size);
    CHECK(ssl && memory && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0);
    CHECK(SSL_set_fd(ssl, pair[0]));
    SSL_set_connect_state(ssl);
    for (i = 0; i < 20 && !(done && accepted == 0); i++) {
        if (!done) done = SSL_do_handshake(ssl) == 1;
        if (accepted != 0) accepted = tls.stream.accept_fn(tls.stream.user, memory, pair[1]);
    }
    CHECK(done && accepted == 0 && SSL_version(ssl) == TLS1_3_VERSION);

    for (i = 0; i < UPDATES; i++)
        CHECK(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) && SSL_do_handshake(ssl) == 1);
    CHECK_INT(SSL_write(ssl, "x", 1), 1);
    for (i = 0; i < 20 && n == LISTEN_WANT_READ; i++) {
        n = tls.stream.read_fn(memory, pair[1], data, sizeof data);
        waits += n == LISTEN_WANT_READ;
    }
    CHECK(n == 1 && data[0] == 'x');
    CHECK_INT(waits, UPDATES);

    tls.stream.close_fn(memory);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(pair[0]);
    close(pair[1]);
    free(memory);
    listen_openssl_free(&tls);
}

/* Files that are none, or do not belong together. */
static void test_files(void) {
    CHECK_INT(listen_openssl_init(&tls, "/nowhere/cert", key_file), -1);
    CHECK(ERR_peek_error() != 0);
    ERR_clear_error();
    CHECK_INT(listen_openssl_init(&tls, cert_file, cert_file), -1);
    CHECK(ERR_peek_error() != 0 && !tls.ctx && !tls.bio);
    ERR_clear_error();
    CHECK(begins(NULL));
}

int main(void) {
    files_make();
    RUN(test_delivery);
    RUN(test_key_updates);
    RUN(test_keys_logged);
    RUN(test_files);
    remove(cert_file);
    remove(key_file);
    return check_end();
}
