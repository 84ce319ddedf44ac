/* SHA-256 (FIPS 180-4) and HMAC (RFC 2104): published vectors, every length around the block edges, every split, many at once.
   Build: cc -std=c99 -I. tests/test_hash.c -o build/test_hash */
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"

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
    static const struct { const char *text, *digest; } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}
    };
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
    size_t left = 1000000;
    memset(piece, 'a', sizeof piece);
    akolhook_sha256_init(&h);
    while (left) {
        size_t take = left < sizeof piece ? left : sizeof piece;
        akolhook_sha256_update(&h, piece, take);
        left -= take;
    }
    akolhook_sha256_final(&h, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The digest of all digests of messages of 0..299 bytes, byte i of length n being (7 i + n) mod 256: computed with hashlib. */
static void every_length(void) {
    akolhook_sha256 all, h;
    uint8_t message[300], digest[32];
    char hex[65];
    size_t n, i;
    akolhook_sha256_init(&all);
    for (n = 0; n < sizeof message; n++) {
        for (i = 0; i < n; i++) message[i] = (uint8_t)(i * 7 + n);
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, message, n);
        akolhook_sha256_final(&h, digest);
        akolhook_sha256_update(&all, digest, 32);
    }
    akolhook_sha256_final(&all, digest);
    hex_of(digest, hex);
    CHECK_TEXT(hex, "d5238871a46ac4a1a75ac3fb19d645b0b3b9e5f35f5f720e2b240d605c6b694e");
}

static void every_split(void) {
    uint8_t message[200], whole[32], parts[32];
    size_t n, cut, i;
    akolhook_sha256 h;
    for (i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 31 + 7);
    for (n = 0; n <= sizeof message; n += n < 130 ? 1 : 35) {
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

/* RFC 4231 section 4, test cases 1 to 4, 6 and 7. */
static void rfc4231(void) {
    static const uint8_t key4[25] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25};
    static const char *const want[6] = {
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    };
    static const char text6[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    static const char text7[] = "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
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

/* Keys of 0..130 bytes, byte i of length n being (5 i + n) mod 256: the digest of all MACs, computed with Python's hmac. */
static void every_key_length(void) {
    akolhook_sha256 all;
    uint8_t key[131], mac[32];
    char hex[65];
    size_t n, i;
    akolhook_sha256_init(&all);
    for (n = 0; n < sizeof key; n++) {
        for (i = 0; i < n; i++) key[i] = (uint8_t)(i * 5 + n);
        hmac_of(key, n, "what do ya want for nothing?", 28, mac);
        akolhook_sha256_update(&all, mac, 32);
    }
    akolhook_sha256_final(&all, mac);
    hex_of(mac, hex);
    CHECK_TEXT(hex, "cb5808c12c7b433a7af6231be85e5bb3a2c0323a47c2e6ac70953c4e976433b2");
}

static void mebibyte(void) {
    static uint8_t data[1 << 20];
    uint8_t mac[32];
    char hex[65];
    size_t i;
    for (i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7);
    hmac_of("key", 3, data, sizeof data, mac);
    hex_of(mac, hex);
    CHECK_TEXT(hex, "cebe99f1d02a97f20f7442a1be6cc0514c34e2f0f6675b9642f06099d81611c5");
}

static void many_equal_a_loop(void) {
    akolhook_key keys[3];
    akolhook_hmac_job jobs[17];
    uint8_t data[400], mac[32];
    akolhook_hmac m;
    size_t count, i, part;
    for (i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 13 + 1);
    for (i = 0; i < 3; i++) akolhook_key_init(&keys[i], data + i, 20 + i);
    for (count = 0; count <= 17; count++) {
        memset(jobs, 0, sizeof jobs);
        for (i = 0; i < count; i++) {
            jobs[i].key = &keys[i % 3];
            for (part = 0; part < 4; part++)                /* lengths 0..99, some parts empty */
                if ((i + part) % 3) jobs[i].parts[part] = akolhook_str_n(data + i * 7 + part, (i * 29 + part * 31) % 100);
        }
        akolhook_hmac_many(jobs, count);
        for (i = 0; i < count; i++) {
            akolhook_hmac_init(&m, jobs[i].key);
            for (part = 0; part < 4; part++) akolhook_hmac_update(&m, jobs[i].parts[part].ptr, jobs[i].parts[part].len);
            akolhook_hmac_final(&m, mac);
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

static void constant_time_compare(void) {
    uint8_t a[32], b[32];
    size_t i;
    int bit;
    for (i = 0; i < 32; i++) a[i] = b[i] = (uint8_t)(i * 9);
    CHECK(akolhook_equal_constant_time(a, b, 32));
    CHECK(akolhook_equal_constant_time(NULL, NULL, 0));
    for (i = 0; i < 32; i++)
        for (bit = 0; bit < 8; bit++) {
            b[i] = (uint8_t)(b[i] ^ 1 << bit);
            CHECK(!akolhook_equal_constant_time(a, b, 32));
            CHECK(akolhook_equal_constant_time(a, b, i));
            b[i] = (uint8_t)(b[i] ^ 1 << bit);
        }
}

int main(void) {
    RUN(published_digests);
    RUN(million_in_pieces);
    RUN(every_length);
    RUN(every_split);
    RUN(rfc4231);
    RUN(every_key_length);
    RUN(mebibyte);
    RUN(many_equal_a_loop);
    RUN(contexts_are_wiped);
    RUN(constant_time_compare);
    return check_end();
}
