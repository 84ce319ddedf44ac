/* akolhook.h as one build of it: -DBUILD=build_default, or with AKOLHOOK_NO_SIMD or AKOLHOOK_SMALL and a name
   of its own. */
#define AKOLHOOK_STATIC
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"
#include "bench.h"

static akolhook_key key, key2;
static int keys_ready;

static void prepare(void) {
    if (keys_ready) return;
    akolhook_key_init(&key, BENCH_SECRET, sizeof BENCH_SECRET - 1);
    akolhook_key_init(&key2, "the decoded secret, 24 B", 24);
    keys_ready = 1;
}

static void mac_of(const void *data, size_t len, uint8_t mac[32]) {
    akolhook_hmac m;
    prepare();
    akolhook_hmac_init(&m, &key);
    akolhook_hmac_update(&m, data, len);
    akolhook_hmac_final(&m, mac);
}

static int verify_key(const void *data, size_t len, const uint8_t tag[32]) {
    uint8_t mac[32];
    mac_of(data, len, mac);
    return akolhook_equal_constant_time(mac, tag, 32);
}

static int verify_call(const void *data, size_t len, const uint8_t tag[32]) {
    static char hex[65];
    static uint8_t of[32];
    size_t hex_len;
    if (memcmp(of, tag, 32) != 0) { /* the header as it comes from the wire, written once for each message */
        memcpy(of, tag, 32);
        if (akolhook_hex_encode(tag, 32, hex, 64, &hex_len) != AKOLHOOK_OK) return 0;
    }
    return akolhook_verify(BENCH_SECRET, hex, data, len) == AKOLHOOK_OK;
}

static void many(const void *data, size_t len, size_t count) {
    static akolhook_hmac_job jobs[MOST_JOBS];
    size_t i;
    prepare();
    for (i = 0; i < count; i++) {
        jobs[i].key = &key;
        jobs[i].parts[0].ptr = (const char *)data;
        jobs[i].parts[0].len = len;
    }
    akolhook_hmac_many(jobs, count);
}

static void loop(const void *data, size_t len, size_t count) {
    uint8_t mac[32];
    size_t i;
    for (i = 0; i < count; i++) mac_of(data, len, mac);
}

static void sign_both(const void *data, size_t len) {
    static const char prefix[] = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.";
    akolhook_hmac_job jobs[2];
    prepare();
    memset(jobs, 0, sizeof jobs);
    jobs[0].key = &key;
    jobs[0].parts[0] = akolhook_str_n(data, len);
    jobs[1].key = &key2;
    jobs[1].parts[0] = akolhook_str_c(prefix);
    jobs[1].parts[1] = akolhook_str_n(data, len);
    akolhook_hmac_many(jobs, 2);
}

static void sign_one(const void *data, size_t len) {
    uint8_t mac[32];
    mac_of(data, len, mac);
}

static void three_blocks(const void *data) {
    static akolhook_sha256 h;
#ifdef AKOLHOOK_SMALL
    int i;
    (void)data;
    for (i = 0; i < 3; i++) akolhook_i_sha256_block(&h);
#else
    akolhook_i_sha256_blocks(h.state, (const uint8_t *)data, 3);
#endif
}

const build BUILD = {verify_key, verify_call, mac_of, many, loop, sign_both, sign_one, three_blocks};
