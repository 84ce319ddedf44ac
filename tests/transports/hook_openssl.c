/* The OpenSSL transport for tests/transports/hook_conformance.c:
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls -o conformance tests/transports/hook_conformance.c tests/transports/hook_openssl.c \
      -lssl -lcrypto -pthread */
#include "akolhook.h"
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include <stdlib.h>

const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);

const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    akolhook_openssl *tls = (akolhook_openssl *)malloc(sizeof *tls);
    if (!tls || akolhook_openssl_init(tls, ca_file) != AKOLHOOK_OK) {
        free(tls);
        return NULL;
    }
    *state = tls;
    return akolhook_openssl_transport(tls);
}
void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    akolhook_openssl_free((akolhook_openssl *)state);
    free(state);
}
