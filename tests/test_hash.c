/* SHA-256 (FIPS 180-4) and HMAC (RFC 2104): published vectors, every length around the block edges, every
   split, many at once; by the best block function of the processor. test_hash_portable.c and
   test_hash_small.c are the same by the others.
   Build: cc -std=c99 -I. tests/test_hash.c -o build/test_hash */
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

static void hex_of(const uint8_t *bytes, char out[65]) {
    size_t i;
    for (i = 0; i < 32; i++) sprintf(out + 2 * i, "%02x", bytes[i]);
}

static void sha_hex(const void *data, size_t len, char out[65]) {
    akolhook_sha256 h;
    uint8_t digest[32];
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, data, len);
    akolhook_sha256_final(&h, digest);
    hex_of(digest, out);
}

static void hmac_of(const void *key, size_t key_len, const void *data, size_t len, uint8_t mac[32]) {
    akolhook_key k;
    akolhook_hmac m;
    akolhook_key_init(&k, key, key_len);
    akolhook_hmac_init(&m, &k);
    akolhook_hmac_update(&m, data, len);
    akolhook_hmac_final(&m, mac);
}

/* FIPS 180-4 example messages (NIST's SHA256 examples) and the empty one. */
static void published_digests(void) {
    static const struct {
        const char *text, *digest;
    } rows[] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
            {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
            {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}};
    char hex[65];
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sha_hex(rows[i].text, strlen(rows[i].text), hex);
        CHECK_TEXT(hex, rows[i].digest);
    }
}

static void million_in_pieces(void) {
    akolhook_sha256 h;
    uint8_t digest[32], piece[977];
    char hex[65];
    uint32_t left = 1000000;
    memset(piece, 'a', sizeof piece);
    akolhook_sha256_init(&h);
    while (left) {
        size_t take = left < sizeof piece ? (size_t)left : sizeof piece;
        akolhook_sha256_update(&h, piece, take);
        left -= (uint32_t)take;
    }
    akolhook_sha256_final(&h, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* A length beyond 2^32 bits: as if 2^46 bytes, which are whole blocks, had left the state of the beginning.
   By a SHA-256 in Python whose constants are the roots of primes (FIPS 180-4 section 4.2.2). */
static void long_message(void) {
    akolhook_sha256 h;
    uint8_t digest[32];
    char hex[65];
    akolhook_sha256_init(&h);
    h.length = (uint64_t)1 << 46;
    akolhook_sha256_update(&h, "abc", 3);
    akolhook_sha256_final(&h, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "fe4d9a9823c0ef96e44ded810348e5c16cb10cd61657d6bfdbee2afc13a50cc8");
}

/* The digest of all digests of messages of 0..1200 bytes, byte i of length n being (7 i + n) mod 256:
   computed with hashlib. Up to 130 bytes at every alignment to 16, above at one of them each. */
static void every_length(void) {
    akolhook_sha256 all, h;
    uint8_t room[1200 + 16], digest[32], again[32];
    char hex[65];
    size_t n, i, shift;
    akolhook_sha256_init(&all);
    for (n = 0; n <= 1200; n++) {
        for (shift = n <= 130 ? 0 : n % 16; shift < 16; shift += n <= 130 ? 1 : 16) {
            for (i = 0; i < n; i++) room[shift + i] = (uint8_t)(i * 7 + n);
            akolhook_sha256_init(&h);
            akolhook_sha256_update(&h, room + shift, n);
            akolhook_sha256_final(&h, digest);
            if (shift && n <= 130) CHECK_MEM(digest, 32, again, 32);
            memcpy(again, digest, 32);
        }
        akolhook_sha256_update(&all, digest, 32);
    }
    akolhook_sha256_final(&all, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "3966f05de4c72d2c701c86a836f09f11a7fe6665c33c4d716f5931b7d8b941ec");
}

static void every_split(void) {
    uint8_t message[200], whole[32], parts[32];
    size_t n, cut, i;
    akolhook_sha256 h;
    for (i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 31 + 7);
    for (n = 0; n <= sizeof message; n += n < 130 ? CHECK_ROOM(1, 7) : 35) {
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, message, n);
        akolhook_sha256_final(&h, whole);
        for (cut = 0; cut <= n; cut++) {
            akolhook_sha256_init(&h);
            akolhook_sha256_update(&h, message, cut);
            akolhook_sha256_update(&h, NULL, 0);
            akolhook_sha256_update(&h, message + cut, n - cut);
            akolhook_sha256_final(&h, parts);
            CHECK_MEM(parts, 32, whole, 32);
        }
        akolhook_sha256_init(&h);
        for (i = 0; i < n; i++) akolhook_sha256_update(&h, message + i, 1);
        akolhook_sha256_final(&h, parts);
        CHECK_MEM(parts, 32, whole, 32);
    }
}

static uint32_t draw(uint32_t *seed) { return (*seed = *seed * 1664525u + 1013904223u) >> 8; }

static void random_splits(void) {
    uint8_t message[1200], whole[32], parts[32];
    akolhook_sha256 h;
    uint32_t seed = 1;
    size_t turn, i, n, take;
    for (i = 0; i < sizeof message; i++) message[i] = (uint8_t)draw(&seed);
    for (turn = 0; turn < CHECK_ROOM(300, 40); turn++) {
        n = draw(&seed) % (sizeof message + 1);
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, message, n);
        akolhook_sha256_final(&h, whole);
        akolhook_sha256_init(&h);
        for (i = 0; i < n; i += take) {
            take = draw(&seed) % (turn % 3 ? 150 : 20);
            if (take > n - i) take = n - i;
            akolhook_sha256_update(&h, message + i, take);
        }
        akolhook_sha256_final(&h, parts);
        CHECK_MEM(parts, 32, whole, 32);
    }
}

/* RFC 4231 section 4, test cases 1 to 4, 6 and 7. */
static void rfc4231(void) {
    static const uint8_t key4[25] = {
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
    static const char *const want[6] = {"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"};
    static const char text6[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    static const char text7[] =
            "This is a test using a larger than block-size key and a larger than block-size data. The key "
            "needs to be hashed before being used by the HMAC algorithm.";
    uint8_t mac[32], filled[131], data[50];
    char hex[65];
    size_t i;
    for (i = 0; i < 6; i++) {
        memset(filled, i == 0 ? 0x0b : 0xaa, sizeof filled);
        memset(data, i == 2 ? 0xdd : 0xcd, sizeof data);
        if (i == 0) hmac_of(filled, 20, "Hi There", 8, mac);
        if (i == 1) hmac_of("Jefe", 4, "what do ya want for nothing?", 28, mac);
        if (i == 2) hmac_of(filled, 20, data, 50, mac);
        if (i == 3) hmac_of(key4, 25, data, 50, mac);
        if (i == 4) hmac_of(filled, 131, text6, sizeof text6 - 1, mac);
        if (i == 5) hmac_of(filled, 131, text7, sizeof text7 - 1, mac);
        hex_of(mac, hex);
        CHECK_TEXT(hex, want[i]);
    }
}

/* Lengths around the block edges, and the bytes that keys and messages are cut from: byte i is (13 i + 1) mod
 * 256. */
static const size_t edges[16] = {0, 1, 9, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 192, 300, 1000};
static uint8_t data[2048];
static void fill_data(void) {
    size_t i;
    for (i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 13 + 1);
}

/* Keys of 0..139 bytes of data, and the bytes behind them as the message: the digest of all MACs, computed
 * with Python's hmac. */
static void every_key_length(void) {
    akolhook_sha256 all;
    uint8_t mac[32];
    char hex[65];
    size_t n, i;
    fill_data();
    akolhook_sha256_init(&all);
    for (n = 0; n < 140; n++)
        for (i = 0; i < 16; i++) {
            hmac_of(data, n, data + n, edges[i], mac);
            akolhook_sha256_update(&all, mac, 32);
        }
    akolhook_sha256_final(&all, mac);
    hex_of(mac, hex);
    CHECK_TEXT(hex, "84e00863aee30efe0aaf30575123a28a04e3d67bca4070d1628c88d88f630812");
}

static void mebibyte(void) {
    static uint8_t body[CHECK_ROOM((size_t)1 << 20, (size_t)1 << 12)];
    const akolhook_str parts[2] = {{"key", 3}, {(const char *)body, sizeof body}};
    akolhook_key key;
    akolhook_hmac m;
    uint8_t mac[32];
    char hex[65];
    size_t i;
    uint32_t left;
    for (i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 7); /* 7 * 4096 is a multiple of 256 */
    akolhook_key_init(&key, parts[0].ptr, parts[0].len);
    akolhook_hmac_init(&m, &key);
    for (left = (uint32_t)1 << 20; left; left -= (uint32_t)sizeof body)
        akolhook_hmac_update(&m, parts[1].ptr, parts[1].len);
    akolhook_hmac_final(&m, mac);
    hex_of(mac, hex);
    CHECK_TEXT(hex, "cebe99f1d02a97f20f7442a1be6cc0514c34e2f0f6675b9642f06099d81611c5");
}

static void fill_stack(void) {
    volatile uint8_t room[CHECK_ROOM(8192, 256)];
    size_t i;
    for (i = 0; i < sizeof room; i++) room[i] = 0x5a;
}

/* 0..17 jobs: part p of job i has edges[(5 i + 3 p + 7 count) mod 16] bytes of data from byte 7 i + p on, six
   keys of 1 to 200 bytes take turns. The digest of all MACs was computed with Python's hmac. */
static void many_at_once(void) {
    static const size_t key_lengths[6] = {1, 38, 63, 64, 65, 200};
    akolhook_key keys[6];
    akolhook_hmac_job jobs[18];
    akolhook_sha256 all;
    uint8_t digest[32];
    char hex[65];
    size_t count, i, part;
    fill_data();
    for (i = 0; i < 6; i++) akolhook_key_init(&keys[i], data + i, key_lengths[i]);
    akolhook_sha256_init(&all);
    for (count = 0; count <= 17; count++) {
        memset(jobs, 0xee, sizeof jobs);
        for (i = 0; i < count; i++) {
            jobs[i].key = &keys[(i + count) % 6];
            for (part = 0; part < 4; part++)
                jobs[i].parts[part] =
                        akolhook_str_n(data + i * 7 + part, edges[(i * 5 + part * 3 + count * 7) % 16]);
        }
        fill_stack();
        akolhook_hmac_many(jobs, count);
        for (i = 0; i < count; i++) akolhook_sha256_update(&all, jobs[i].mac, 32);
        for (i = 0; i < 32; i++) CHECK(jobs[count].mac[i] == 0xee);
    }
    akolhook_sha256_final(&all, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "e1b7ba0a5fa557dd40b894a0c6ad8bccfbbba3db57ec05b27ccda34eecb1f8f7");
}

/* Every length of one part against the running MAC; {NULL, 0} is an empty part. */
static void many_equal_a_loop(void) {
    akolhook_key key;
    akolhook_hmac_job jobs[2];
    uint8_t mac[32];
    size_t n, i;
    fill_data();
    akolhook_key_init(&key, "key", 3);
    for (n = 0; n < 400; n += CHECK_ROOM(1, 9)) {
        memset(jobs, 0, sizeof jobs);
        for (i = 0; i < 2; i++) {
            jobs[i].key = &key;
            jobs[i].parts[n % 4] = akolhook_str_n(data + i, n + i * (n % 70));
        }
        akolhook_hmac_many(jobs, 2);
        for (i = 0; i < 2; i++) {
            hmac_of("key", 3, data + i, n + i * (n % 70), mac);
            CHECK_MEM(jobs[i].mac, 32, mac, 32);
        }
    }
}

/* Nothing of the message or the key stays in the contexts. */
static void contexts_are_wiped(void) {
    static const uint8_t zeros[sizeof(akolhook_hmac)] = {0};
    akolhook_key k;
    akolhook_hmac m;
    uint8_t mac[32];
    akolhook_key_init(&k, "secret", 6);
    akolhook_hmac_init(&m, &k);
    akolhook_hmac_update(&m, "message", 7);
    akolhook_hmac_final(&m, mac);
    CHECK_MEM(&m.hash, sizeof m.hash, zeros, sizeof m.hash);
    CHECK(m.key == NULL);
    akolhook_wipe(&k, sizeof k);
    CHECK_MEM(&k, sizeof k, zeros, sizeof k);
}

/* Every length, from an odd place to a page without access; each bit counts up to the end. */
static void constant_time_compare(void) {
    guard first = guard_new(64), second = guard_new(64);
    uint8_t bytes[41];
    size_t i, len;
    int bit;

    for (i = 0; i < 41; i++) bytes[i] = (uint8_t)(i * 9);
    CHECK_INT(akolhook_equal_constant_time(NULL, NULL, 0), 1);
    for (len = 0; len <= 40; len++) {
        const uint8_t *a = (const uint8_t *)guard_copy(&first, bytes, len);
        uint8_t *b = (uint8_t *)guard_copy(&second, bytes, len);
        CHECK_INT(akolhook_equal_constant_time(a, b, len), 1);
        for (i = 0; i < len; i++)
            for (bit = 0; bit < 8; bit++) {
                b[i] = (uint8_t)(b[i] ^ 1 << bit);
                CHECK_INT(akolhook_equal_constant_time(a, b, len), 0);
                CHECK_INT(akolhook_equal_constant_time(b, a, i), 1);
                b[i] = (uint8_t)(b[i] ^ 1 << bit);
            }
    }
    guard_free(&second);
    guard_free(&first);
}

#if defined(AKOLHOOK_I_SIMD) && defined(__x86_64__) && defined(__linux__)
/* The vector registers that the block function for SHA-NI works in are others after a block; the
   portable one, as this test is compiled, has no use for them. So it is known which one ran. */
static void which_block_function(void) {
    static const uint8_t zeros[64];
    uint64_t before = UINT64_C(0x0123456789abcdef), after[2];
    char line[4096];
    int has_sha = 0;
    akolhook_sha256 h;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && !has_sha && fgets(line, sizeof line, file)) has_sha = strstr(line, " sha_ni") != NULL;
    if (file) fclose(file);

    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, zeros, sizeof zeros); /* the processor is asked */
    __asm__ __volatile__("movq %0, %%xmm0; movq %0, %%xmm1" : : "r"(before) : "xmm0", "xmm1");
    akolhook_sha256_update(&h, zeros, sizeof zeros);
    __asm__ __volatile__("movq %%xmm0, %0; movq %%xmm1, %1" : "=r"(after[0]), "=r"(after[1]));
    CHECK(!has_sha || after[0] != before || after[1] != before);
}
#endif

int main(void) {
    RUN(published_digests);
    RUN(million_in_pieces);
    RUN(long_message);
    RUN(every_length);
    RUN(every_split);
    RUN(random_splits);
    RUN(rfc4231);
    RUN(every_key_length);
    RUN(mebibyte);
    RUN(many_at_once);
    RUN(many_equal_a_loop);
    RUN(contexts_are_wiped);
    RUN(constant_time_compare);
#if defined(AKOLHOOK_I_SIMD) && defined(__x86_64__) && defined(__linux__)
    RUN(which_block_function);
#endif
    return check_end();
}
