/* A transport of examples/tls/ for tests/transports/hook_conformance.c. Which one a macro says: HOOK_OPENSSL,
   HOOK_MBEDTLS, HOOK_BEARSSL, HOOK_WOLFSSL or HOOK_CURL.

   cc -std=c99 -D_POSIX_C_SOURCE=200809L -DHOOK_OPENSSL -I. -Iexamples/tls -o conformance \
      tests/transports/hook_conformance.c tests/transports/hook_transports.c -lssl -lcrypto -pthread

   mbedTLS as Debian builds it and BearSSL speak no TLS 1.3: run them with the word tls13. libcurl hides a
   missing close_notify, resumes no session, and tells a CA of the right name with a wrong key as a handshake
   that failed: run it with the words notify resume cause, with GnuTLS below libcurl with
   notify resume usage. */
#include <stdlib.h>
#include "akolhook.h"

#if defined(HOOK_OPENSSL)
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#define HOOK(name) akolhook_openssl##name
#define HOOK_TLS akolhook_openssl
#elif defined(HOOK_MBEDTLS)
#define AKOLHOOK_MBEDTLS_IMPLEMENTATION
#include "akolhook_mbedtls.h"
#define HOOK(name) akolhook_mbedtls##name
#define HOOK_TLS akolhook_mbedtls
#elif defined(HOOK_BEARSSL)
#define AKOLHOOK_BEARSSL_IMPLEMENTATION
#include "akolhook_bearssl.h"
#define HOOK(name) akolhook_bearssl##name
#define HOOK_TLS akolhook_bearssl
#elif defined(HOOK_WOLFSSL)
#define AKOLHOOK_WOLFSSL_IMPLEMENTATION
#include "akolhook_wolfssl.h"
#define HOOK(name) akolhook_wolfssl##name
#define HOOK_TLS akolhook_wolfssl
#elif defined(HOOK_CURL)
#define AKOLHOOK_CURL_IMPLEMENTATION
#include "akolhook_curl.h"
#define HOOK(name) akolhook_curl##name
#define HOOK_TLS akolhook_curl
#else
#error "define HOOK_OPENSSL, HOOK_MBEDTLS, HOOK_BEARSSL, HOOK_WOLFSSL or HOOK_CURL"
#endif

const akolhook_transport *conformance_transport(const char *ca_file, void **state);
void conformance_transport_free(const akolhook_transport *transport, void *state);

#ifdef HOOK_CURL

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

static akolhook_status hook_init(akolhook_curl *tls, const char *ca_file) {
    static akolhook_platform platform;
    akolhook_curl_desc desc = AKOLHOOK_INIT;
    platform = *akolhook_posix_platform();
    platform.lookup_fn = loopback_lookup;
    platform.lookup_cancel_fn = loopback_cancel;
    desc.ca_file = ca_file;
    desc.platform = &platform;
    return akolhook_curl_init(tls, &desc);
}
static void hook_free(akolhook_curl *tls) { akolhook_curl_close(tls); }

#else

static akolhook_status hook_init(HOOK_TLS *tls, const char *ca_file) { return HOOK(_init)(tls, ca_file); }
static void hook_free(HOOK_TLS *tls) { HOOK(_free)(tls); }

#endif

const akolhook_transport *conformance_transport(const char *ca_file, void **state) {
    HOOK_TLS *tls = (HOOK_TLS *)malloc(sizeof *tls);
    if (!tls || hook_init(tls, ca_file) != AKOLHOOK_OK) {
        free(tls);
        return NULL;
    }
    *state = tls;
    return HOOK(_transport)(tls);
}

void conformance_transport_free(const akolhook_transport *transport, void *state) {
    (void)transport;
    hook_free((HOOK_TLS *)state);
    free(state);
}
