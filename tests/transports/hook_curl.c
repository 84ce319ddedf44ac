/* The transport on libcurl for tests/transports/hook_conformance.c:
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls -o conformance tests/transports/hook_conformance.c tests/transports/hook_curl.c \
      -lcurl -pthread
   libcurl hides a missing close_notify, no session is resumed, and a CA of the right name with a wrong key is told as a handshake
   that failed: run it with the words notify resume cause, with GnuTLS below libcurl with notify resume usage. */
#include <stdlib.h>
#define AKOLHOOK_CURL_IMPLEMENTATION
#include "akolhook_curl.h"
const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);
/* Every name is this machine; many systems do not know *.localhost. */
static int loopback_lookup(void *user, akolhook_lookup *lookup) {
    static const uint8_t loopback[] = {127, 0, 0, 1};
    (void)user;
    lookup->addrs[0].family = 4;
    memcpy(lookup->addrs[0].bytes, loopback, sizeof loopback);
    lookup->count = 1;
    return 0;
}
static void loopback_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}
const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    static akolhook_platform platform;
    akolhook_curl_desc desc = AKOLHOOK_INIT;
    akolhook_curl *curl = (akolhook_curl *)malloc(sizeof *curl);
    platform = *akolhook_posix_platform();
    platform.lookup_fn = loopback_lookup;
    platform.lookup_cancel_fn = loopback_cancel;
    desc.ca_file = ca_file;
    desc.platform = &platform;
    if (!curl || akolhook_curl_init(curl, &desc) != AKOLHOOK_OK) {
        free(curl);
        return NULL;
    }
    *state = curl;
    return akolhook_curl_transport(curl);
}
void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    akolhook_curl_close((akolhook_curl *)state);
    free(state);
}
