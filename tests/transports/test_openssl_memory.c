/* The OpenSSL transport where memory runs out: each allocation of OpenSSL's fails in turn, while the transport
   is made and while a connection is opened. A status each time, nothing is left, what comes after works.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_openssl_memory.c -lssl -lcrypto -pthread */
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include "../check.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/socket.h>

static long held, calls, fail_at;

static int fails(void) { return fail_at && ++calls >= fail_at && calls < fail_at + 1; }
static void *memory_new(size_t size, const char *file, int line) {
    void *at = size && !fails() ? malloc(size) : NULL;
    (void)file;
    (void)line;
    held += at != NULL;
    return at;
}
static void memory_free(void *at, const char *file, int line) {
    (void)file;
    (void)line;
    held -= at != NULL;
    free(at);
}
static void *memory_more(void *at, size_t size, const char *file, int line) {
    void *larger;
    if (!at) return memory_new(size, file, line);
    if (!size) {
        memory_free(at, file, line);
        return NULL;
    }
    larger = fails() ? NULL : realloc(at, size);
    return larger;
}

static char ca_file[64];
static akolhook_openssl tls;
static unsigned char conn_memory[65536];

/* A certificate that signs itself, for a CA. */
static int ca_make(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    FILE *file;
    int fd;
    strcpy(ca_file, "/tmp/akolhook_ca.XXXXXX");
    fd = mkstemp(ca_file);
    file = fd >= 0 ? fdopen(fd, "w") : NULL;
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"ca", -1, -1, 0);
    X509_set_issuer_name(cert, name);
    fd = key && file && X509_sign(cert, key, EVP_sha256()) && PEM_write_X509(file, cert);
    if (file) fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
    return fd;
}

/* Opens a connection that stays on one machine, to a name or an address. */
static int open_to(const char *host, int is_address, akolhook_conn *conn) {
    const akolhook_transport *t = akolhook_openssl_transport(&tls);
    int pair[2], result;
    CHECK(t && t->conn_size <= sizeof conn_memory && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    memset(conn, 0, sizeof *conn);
    memset(conn_memory, 0, sizeof conn_memory);
    conn->user = t->user;
    conn->memory = conn_memory;
    conn->socket = pair[0];
    conn->host = host;
    conn->port = 443;
    conn->host_is_address = (uint8_t)is_address;
    result = t->open_fn(conn);
    if (result == 0) t->close_fn(conn);
    close(pair[0]);
    close(pair[1]);
    return result;
}

static void test_init_fails(void) {
    akolhook_conn conn;
    akolhook_status status = AKOLHOOK_SYSTEM_LIMIT;
    long at, failed = 0, before;
    CHECK_STATUS(akolhook_openssl_init(&tls, ca_file), OK); /* what OpenSSL keeps for ever */
    akolhook_openssl_free(&tls);
    before = held;
    for (at = 1; at < 20000; at++) {
        memset(&tls, 0, sizeof tls);
        calls = 0;
        fail_at = at;
        status = akolhook_openssl_init(&tls, ca_file);
        fail_at = 0;
        if (status != AKOLHOOK_OK) failed++;
        if (status == AKOLHOOK_OK && calls < at) break;
        akolhook_openssl_free(&tls);
        ERR_clear_error();
        CHECK(held <= before + 64); /* its caches grow, within bounds; a leak would be of thousands */
    }
    CHECK_STATUS(status, OK);
    CHECK(failed > 10 && at < 20000);
    CHECK_INT(open_to("hooks.example.com", 0, &conn), 0);
    akolhook_openssl_free(&tls);
}

static void test_open_fails(void) {
    akolhook_conn conn;
    long at, failed, before;
    int is_address, result = 0;
    for (is_address = 0; is_address < 2; is_address++) {
        const char *host = is_address ? "93.184.216.34" : "hooks.example.com";
        CHECK_STATUS(akolhook_openssl_init(&tls, ca_file), OK);
        CHECK_INT(open_to(host, is_address, &conn), 0);
        before = held;
        for (at = 1, failed = 0; at < 2000; at++) {
            calls = 0;
            fail_at = at;
            result = open_to(host, is_address, &conn);
            fail_at = 0;
            if (result == 0 && calls < at) break;
            failed += result != 0;
            CHECK(result == 0 || result == AKOLHOOK_IO_FAIL);
            CHECK_INT(held, before);
        }
        CHECK(result == 0 && failed > 5 && at < 2000);
        akolhook_openssl_free(&tls);
    }
}

int main(void) {
    CHECK(CRYPTO_set_mem_functions(memory_new, memory_more, memory_free) == 1);
    CHECK(ca_make());
    RUN(test_init_fails);
    RUN(test_open_fails);
    remove(ca_file);
    return check_end();
}
