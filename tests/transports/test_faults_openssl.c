/* tests/transports/test_faults.c over TLS, with the transport on OpenSSL.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L tests/transports/test_faults_openssl.c -lssl -lcrypto -pthread */
#define FAULTD_TLS
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#define FAULTS_TRANSPORT "akolhook_openssl.h"
#include "test_faults.c"
