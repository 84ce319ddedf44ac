/* The mbedTLS transport for tests/transports/hook_conformance.c:
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls -o conformance tests/transports/hook_conformance.c tests/transports/hook_mbedtls.c
      -lmbedtls -lmbedx509 -lmbedcrypto -pthread */
#include "akolhook.h"
#define AKOLHOOK_MBEDTLS_IMPLEMENTATION
#include "akolhook_mbedtls.h"
#include <stdlib.h>
const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);
const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    akolhook_mbedtls *tls = (akolhook_mbedtls *)malloc(sizeof *tls);
    if (!tls || akolhook_mbedtls_init(tls, ca_file) != AKOLHOOK_OK) {
        free(tls);
        return NULL;
    }
    *state = tls;
    return akolhook_mbedtls_transport(tls);
}
void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    akolhook_mbedtls_free((akolhook_mbedtls *)state);
    free(state);
}
