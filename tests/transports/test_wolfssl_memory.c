/* The wolfSSL transport where memory runs out: each allocation of wolfSSL's fails in turn, while
   it is made and while a connection is opened. A status each time, nothing is left, what comes after works.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_wolfssl_memory.c -lwolfssl -pthread */
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_WOLFSSL_IMPLEMENTATION
#include "akolhook_wolfssl.h"
#include "memory_fails.h"

/* A CA for a hundred years: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 36500 */
static const char ca[] = "-----BEGIN CERTIFICATE-----\n"
                         "MIIBcjCCARegAwIBAgIUFRhWANxGxaiBOEAec9dvooD21GwwCgYIKoZIzj0EAwIw\n"
                         "DTELMAkGA1UEAwwCY2EwIBcNMjYxMTI5MTYxNjA0WhgPMjEyNjExMDUxNjE2MDRa\n"
                         "MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEViqPFpUC\n"
                         "SA0yduuHGpKBMeyjOJAFXvnPK8kPCsr5K1XouqA9BNj4nwSC2zqsZW9pEd9EwV3X\n"
                         "F74G92kN3efg9KNTMFEwHQYDVR0OBBYEFOlDrwABvzUS8qIfqlIPMzmbnoqyMB8G\n"
                         "A1UdIwQYMBaAFOlDrwABvzUS8qIfqlIPMzmbnoqyMA8GA1UdEwEB/wQFMAMBAf8w\n"
                         "CgYIKoZIzj0EAwIDSQAwRgIhAPuuFt9T3H/TTEzl17V9giTtdwZL2VvCZpNik8mc\n"
                         "uahrAiEAiFzDtmd1NEiM9eVTHn3q7+3mdf8HifwAWICqLSEdyxk=\n"
                         "-----END CERTIFICATE-----\n";
static akolhook_wolfssl tls;

static akolhook_status lib_init(void) {
    memset(&tls, 0, sizeof tls);
    return akolhook_wolfssl_init_pem(&tls, ca, sizeof ca - 1);
}
static void lib_free(void) { akolhook_wolfssl_free(&tls); }
static const akolhook_transport *lib_transport(void) { return akolhook_wolfssl_transport(&tls); }

static void *memory_new(size_t size) {
    void *at = memory_fails() ? NULL : malloc(size);
    held += at != NULL;
    return at;
}
static void memory_free(void *at) {
    held -= at != NULL;
    free(at);
}
static void *memory_more(void *at, size_t size) {
    if (!at) return memory_new(size);
    return memory_fails() ? NULL : realloc(at, size);
}

int main(void) {
    CHECK_INT(wolfSSL_SetAllocators(memory_new, memory_free, memory_more), 0);
    RUN(test_init_fails);
    RUN(test_open_fails);
    return check_end();
}
