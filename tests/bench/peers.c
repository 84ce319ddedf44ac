/* The other libraries, each as found: HAVE_... comes from run.sh. Key set-up, or its reuse where the library
   has one, MAC, and the library's own constant-time compare (ours of volatile bytes where it has none). */
#include "bench.h"

static const unsigned char *bytes_of(const char *text) { return (const unsigned char *)text; }
#define SECRET bytes_of(BENCH_SECRET)
#define SECRET_LEN (sizeof BENCH_SECRET - 1)

#ifdef HAVE_OPENSSL
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
static EVP_MAC_CTX *evp;
static int evp_start(void) {
    OSSL_PARAM params[2];
    EVP_MAC *fetched = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char digest[] = "SHA256";
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    params[1] = OSSL_PARAM_construct_end();
    evp = EVP_MAC_CTX_new(fetched);
    return evp && EVP_MAC_init(evp, SECRET, SECRET_LEN, params);
}
static int evp_reused(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    size_t mac_len;
    return EVP_MAC_init(evp, NULL, 0, NULL) && EVP_MAC_update(evp, (const unsigned char *)data, len) &&
           EVP_MAC_final(evp, mac, &mac_len, sizeof mac) && CRYPTO_memcmp(mac, tag, 32) == 0;
}
static int evp_each(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    size_t mac_len;
    return EVP_MAC_init(evp, SECRET, SECRET_LEN, NULL) &&
           EVP_MAC_update(evp, (const unsigned char *)data, len) &&
           EVP_MAC_final(evp, mac, &mac_len, sizeof mac) && CRYPTO_memcmp(mac, tag, 32) == 0;
}
static int openssl_hmac(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    unsigned mac_len;
    return HMAC(EVP_sha256(), SECRET, (int)SECRET_LEN, (const unsigned char *)data, len, mac, &mac_len) &&
           CRYPTO_memcmp(mac, tag, 32) == 0;
}
#endif

#ifdef HAVE_GCRYPT
#include <gcrypt.h>
static gcry_mac_hd_t gcrypt;
static int gcrypt_start(void) {
    gcry_check_version(NULL);
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    return gcry_mac_open(&gcrypt, GCRY_MAC_HMAC_SHA256, 0, NULL) == 0 &&
           gcry_mac_setkey(gcrypt, SECRET, SECRET_LEN) == 0;
}
static int gcrypt_reused(const void *data, size_t len, const uint8_t tag[32]) {
    return gcry_mac_reset(gcrypt) == 0 && gcry_mac_write(gcrypt, data, len) == 0 &&
           gcry_mac_verify(gcrypt, tag, 32) == 0;
}
#endif

#ifdef HAVE_NETTLE
#include <nettle/hmac.h>
#include <nettle/memops.h>
static struct hmac_sha256_ctx nettle;
static int nettle_start(void) {
    hmac_sha256_set_key(&nettle, SECRET_LEN, SECRET);
    return 1;
}
static int nettle_reused(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    hmac_sha256_update(&nettle, len, (const uint8_t *)data);
    hmac_sha256_digest(&nettle, 32, mac);
    return memeql_sec(mac, tag, 32);
}
#endif

#ifdef HAVE_SODIUM
#include <sodium.h>
static crypto_auth_hmacsha256_state sodium;
static int sodium_start(void) {
    if (sodium_init() < 0) return 0;
    crypto_auth_hmacsha256_init(&sodium, SECRET, SECRET_LEN);
    return 1;
}
static int sodium_reused(const void *data, size_t len, const uint8_t tag[32]) {
    crypto_auth_hmacsha256_state state = sodium;
    uint8_t mac[32];
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)data, len);
    crypto_auth_hmacsha256_final(&state, mac);
    return crypto_verify_32(mac, tag) == 0;
}
#endif

#ifdef HAVE_MBEDTLS
#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>
static mbedtls_md_context_t mbed;
static int mbedtls_start(void) {
    mbedtls_md_init(&mbed);
    return mbedtls_md_setup(&mbed, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0 &&
           mbedtls_md_hmac_starts(&mbed, SECRET, SECRET_LEN) == 0;
}
static int mbedtls_reused(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    return mbedtls_md_hmac_reset(&mbed) == 0 &&
           mbedtls_md_hmac_update(&mbed, (const unsigned char *)data, len) == 0 &&
           mbedtls_md_hmac_finish(&mbed, mac) == 0 && mbedtls_ct_memcmp(mac, tag, 32) == 0;
}
#endif

#ifdef HAVE_BEARSSL
#include <bearssl.h>
static br_hmac_key_context bear;
static int bearssl_start(void) {
    br_hmac_key_init(&bear, &br_sha256_vtable, SECRET, SECRET_LEN);
    return 1;
}
static int bearssl_reused(const void *data, size_t len, const uint8_t tag[32]) {
    br_hmac_context context;
    uint8_t mac[32];
    volatile uint8_t difference = 0;
    int i;
    br_hmac_init(&context, &bear, 0);
    br_hmac_update(&context, data, len);
    br_hmac_out(&context, mac);
    for (i = 0; i < 32; i++) difference |= mac[i] ^ tag[i];
    return difference == 0;
}
#endif

const contestant peers[] = {
#ifdef HAVE_GCRYPT
        {"libgcrypt, key reused", gcrypt_start, gcrypt_reused, PEER},
#endif
#ifdef HAVE_OPENSSL
        {"OpenSSL EVP_MAC, key reused", evp_start, evp_reused, PEER},
        {"OpenSSL EVP_MAC, key each time", NULL, evp_each, PEER},
        {"OpenSSL HMAC()", NULL, openssl_hmac, PEER_CALL},
#endif
#ifdef HAVE_NETTLE
        {"nettle, key reused", nettle_start, nettle_reused, PEER},
#endif
#ifdef HAVE_SODIUM
        {"libsodium, key reused", sodium_start, sodium_reused, PEER_PORTABLE},
#endif
#ifdef HAVE_MBEDTLS
        {"mbedTLS, key reused", mbedtls_start, mbedtls_reused, PEER_PORTABLE},
#endif
#ifdef HAVE_BEARSSL
        {"BearSSL, key reused", bearssl_start, bearssl_reused, PEER_PORTABLE},
#endif
        {NULL, NULL, NULL, PEER}};
