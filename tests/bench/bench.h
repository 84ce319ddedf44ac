/* What the parts of the benchmark know of each other. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BENCH_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" /* 38 bytes, as a webhook's secret is */

/* A contestant: 1 when tag is the HMAC-SHA256 of data under BENCH_SECRET. start is called once, may be NULL.
 */
typedef struct contestant {
    const char *name;
    int (*start)(void); /* 0: cannot run here */
    int (*verify)(const void *data, size_t len, const uint8_t tag[32]);
    enum { OURS, OURS_CALL, OURS_PORTABLE, OURS_SMALL, PEER, PEER_PORTABLE, PEER_CALL } kind;
} contestant;

/* One compile of akolhook.h. */
typedef struct build {
    int (*verify_key)(const void *data, size_t len, const uint8_t tag[32]); /* from a prepared key */
    int (*verify_call)(const void *data, size_t len,
            const uint8_t tag[32]); /* akolhook_verify, from the text of the secret */
    void (*mac)(const void *data, size_t len, uint8_t mac[32]);
    void (*many)(const void *data, size_t len, size_t count); /* akolhook_hmac_many over count jobs */
    void (*loop)(const void *data, size_t len, size_t count); /* the same MACs, one after the other */
    void (*sign_both)(const void *data, size_t len); /* Akol's and Standard Webhooks' MAC of one body */
    void (*sign_one)(const void *data, size_t len);  /* Akol's alone */
    void (*three_blocks)(const void *data);          /* the block function alone over 192 bytes */
} build;
extern const build build_default, build_no_simd, build_small;

#define MOST_JOBS 16
extern const contestant peers[]; /* ends with a NULL name */

#endif
