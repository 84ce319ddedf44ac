/* The OpenSSL transport where memory runs out: each allocation of OpenSSL's fails in turn, while
   it is made and while a connection is opened. A status each time, nothing is left, what comes after works.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_openssl_memory.c -lssl -lcrypto -pthread */
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include "memory_fails.h"
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static char ca_file[64];
static akolhook_openssl tls;

static akolhook_status lib_init(void) {
    memset(&tls, 0, sizeof tls);
    ERR_clear_error();
    return akolhook_openssl_init(&tls, ca_file);
}
static void lib_free(void) { akolhook_openssl_free(&tls); }
static const akolhook_transport *lib_transport(void) { return akolhook_openssl_transport(&tls); }

static void *memory_new(size_t size, const char *file, int line) {
    void *at = size && !memory_fails() ? malloc(size) : NULL;
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
    larger = memory_fails() ? NULL : realloc(at, size);
    return larger;
}

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

int main(void) {
    CHECK(CRYPTO_set_mem_functions(memory_new, memory_more, memory_free) == 1);
    CHECK(ca_make());
    RUN(test_init_fails);
    RUN(test_open_fails);
    remove(ca_file);
    return check_end();
}
