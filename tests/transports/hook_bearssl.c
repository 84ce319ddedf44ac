/* The BearSSL transport for tests/transports/hook_conformance.c:
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls -o conformance tests/transports/hook_conformance.c tests/transports/hook_bearssl.c -lbearssl -pthread */
#include "akolhook.h"
#define AKOLHOOK_BEARSSL_IMPLEMENTATION
#include "akolhook_bearssl.h"
#include <stdlib.h>
const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);
const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    akolhook_bearssl *tls = (akolhook_bearssl *)malloc(sizeof *tls);
    if (!tls || akolhook_bearssl_init(tls, ca_file) != AKOLHOOK_OK) {
        free(tls);
        return NULL;
    }
    *state = tls;
    return akolhook_bearssl_transport(tls);
}
void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    akolhook_bearssl_free((akolhook_bearssl *)state);
    free(state);
}
