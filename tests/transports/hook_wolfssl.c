/* The wolfSSL transport for tests/transports/hook_conformance.c:
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls -o conformance tests/transports/hook_conformance.c tests/transports/hook_wolfssl.c -lwolfssl -pthread */
#include "akolhook.h"
#define AKOLHOOK_WOLFSSL_IMPLEMENTATION
#include "akolhook_wolfssl.h"
#include <stdlib.h>
const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);
const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    akolhook_wolfssl *tls = (akolhook_wolfssl *)malloc(sizeof *tls);
    if (!tls || akolhook_wolfssl_init(tls, ca_file) != AKOLHOOK_OK) {
        free(tls);
        return NULL;
    }
    *state = tls;
    return akolhook_wolfssl_transport(tls);
}
void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    akolhook_wolfssl_free((akolhook_wolfssl *)state);
    free(state);
}
