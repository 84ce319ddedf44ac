/* Secrets, signatures, verify, receive, streaming, replay guard, explain. Expected MACs: Python's hmac.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. tests/test_sign.c -o build/test_sign */
#define AKOLHOOK_RECEIVER_ONLY
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define NOW 1767225600 /* 2026-01-01T00:00:00Z */
#define BODY_TEXT \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"
static const char body[] = BODY_TEXT;
#define BODY body, sizeof body - 1
#define HEX "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89"
#define HEX_OTHER "2bda2c03ded355f5913ff73d93e68a22a967675e760f7dbc0f3bf33957ed7c4f" /* under whsec_other */
#define STANDARD "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE="                   /* id msg_1, time NOW */

static void header(akolhook_incoming *in, const char *name, const char *value) {
    CHECK_STATUS(akolhook_incoming_header(in, name, strlen(name), value, strlen(value)), OK);
}
static akolhook_incoming akol_headers(void) {
    akolhook_incoming in = AKOLHOOK_INIT;
    header(&in, "Content-Type", "application/json");
    header(&in, "X-Webhook-Signature", HEX);
    header(&in, "X-Webhook-Event", "call.ended");
    return in;
}
static akolhook_incoming standard_headers(void) {
    akolhook_incoming in = akol_headers();
    header(&in, "webhook-id", "msg_1");
    header(&in, "webhook-timestamp", "1767225600");
    header(&in, "webhook-signature", STANDARD);
    return in;
}
static akolhook_receiver receiver_of(unsigned schemes) {
    akolhook_receiver r = AKOLHOOK_INIT;
    r.schemes = schemes;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), OK);
    return r;
}
static int is_zero(const void *p, size_t len) {
    const unsigned char *b = (const unsigned char *)p;
    while (len--)
        if (*b++) return 0;
    return 1;
}

/* ---- secrets ---- */

static int counting_random(void *user, void *out, size_t len) {
    unsigned char *p = (unsigned char *)out;
    unsigned *next = (unsigned *)user;
    while (len--) *p++ = (unsigned char)(*next)++;
    return 0;
}
static int failing_random(void *user, void *out, size_t len) {
    (void)user;
    memset(out, 0x41, len);
    return -1;
}
static int stuck_random(void *user, void *out, size_t len) {
    (void)user;
    memset(out, 0xff, len);
    return 0;
}
/* Hooks that answer 0 all the same: nothing written, zeros from byte *user on, the same bytes each time
   (counted from *user). */
static int silent_random(void *user, void *out, size_t len) {
    (void)user;
    (void)out;
    (void)len;
    return 0;
}
static int cut_random(void *user, void *out, size_t len) {
    const size_t most = *(const size_t *)user;
    unsigned next = 1;
    memset(out, 0, len);
    return counting_random(&next, out, len < most ? len : most);
}
static int same_random(void *user, void *out, size_t len) {
    unsigned next = *(const unsigned *)user;
    return counting_random(&next, out, len);
}

/* Counts, but for eight bytes that were not written. */
static int holed_random(void *user, void *out, size_t len) {
    static unsigned next;
    const size_t hole = *(const size_t *)user;
    counting_random(&next, out, len);
    if (hole + 8 <= len) memset((unsigned char *)out + hole, 0, 8);
    return 0;
}
/* Three bytes of four are no place of the alphabet. */
static int rare_random(void *user, void *out, size_t len) {
    unsigned char *p = (unsigned char *)out;
    size_t i;
    counting_random((unsigned *)user, out, len);
    for (i = 0; i < len; i++) p[i] = (unsigned char)(i % 4 ? p[i] | 0x3eu : p[i] >> 2);
    return 0;
}

/* Counts, but for a part of draw number bad (1: the first, 2: its proof), 8 bytes from place at on: with
   them repeated from the first draw as far as same goes, or zero as far as zeros goes. */
typedef struct faulty_draw {
    unsigned next, draws, bad;
    size_t at, same, zeros;
    int fails, writes_nothing;
    unsigned char first[32];
} faulty_draw;
static int faulty_random(void *user, void *out, size_t len) {
    faulty_draw *f = (faulty_draw *)user;
    const int is_bad = ++f->draws == f->bad;
    unsigned char *p = (unsigned char *)out;
    if (is_bad && f->writes_nothing) return 0;
    f->next += 100;
    counting_random(&f->next, out, len);
    if (f->draws == 1) memcpy(f->first, out, len < sizeof f->first ? len : sizeof f->first);
    if (is_bad) memcpy(p + f->at, f->first + f->at, f->same);
    if (is_bad) memset(p + f->at, 0, f->zeros);
    return is_bad && f->fails ? -1 : 0;
}
static void fill_stack(void) {
    volatile unsigned char room[4096];
    size_t i;
    for (i = 0; i < sizeof room; i++) room[i] = 0x5a;
}
static akolhook_status generate_from(
        unsigned bad, size_t at, size_t same, size_t zeros, int fails, int writes_nothing) {
    faulty_draw f;
    char secret[AKOLHOOK_SECRET_SIZE];
    memset(&f, 0, sizeof f);
    f.bad = bad;
    f.at = at;
    f.same = same;
    f.zeros = zeros;
    f.fails = fails;
    f.writes_nothing = writes_nothing;
    fill_stack();
    return akolhook_secret_generate(faulty_random, &f, secret);
}

/* Eight bytes in a row that are zero or a repetition are no accident, seven may be one; whichever draw it is,
   wherever they stand. */
static void faulty_sources(void) {
    size_t at;
    unsigned draw;
    CHECK_STATUS(generate_from(0, 0, 0, 0, 0, 0), OK);
    for (draw = 1; draw <= 2; draw++) {
        CHECK_STATUS(generate_from(draw, 0, 0, 0, 1, 0), RANDOM_FAILED);
        CHECK_STATUS(generate_from(draw, 0, 0, 0, 0, 1), RANDOM_FAILED);
        for (at = 0; at <= (draw == 1 ? 16 : 8); at += 8) { /* a secret has 24 bytes, its proof 16 */
            CHECK_STATUS(generate_from(draw, at, 0, 8, 0, 0), RANDOM_FAILED);
            CHECK_STATUS(generate_from(draw, at, 0, 7, 0, 0), OK);
            if (draw == 1) continue;
            CHECK_STATUS(generate_from(draw, at, 8, 0, 0, 0), RANDOM_FAILED);
            CHECK_STATUS(generate_from(draw, at, 7, 0, 0, 0), OK);
        }
    }
}

static void generate(void) {
    char secret[AKOLHOOK_SECRET_SIZE], id[AKOLHOOK_ID_SIZE];
    unsigned next = 0;
    size_t cut;
    akolhook_key key;
    CHECK_STATUS(akolhook_secret_generate(counting_random, &next, secret), OK);
    CHECK_TEXT(secret, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"); /* base64 of 0..23 */
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_STANDARD, &key), OK);
    next = 0;
    CHECK_STATUS(akolhook_id_generate(counting_random, &next, "msg", id), OK);
    CHECK_TEXT(id, "msg_0123456789ABCDEFGHIJKLMN");
    next = 60; /* 62 and 63 are drawn again */
    CHECK_STATUS(akolhook_id_generate(counting_random, &next, "whk", id), OK);
    CHECK_TEXT(id, "whk_yz0123456789ABCDEFGHIJKL");
    CHECK_STATUS(akolhook_secret_generate(failing_random, NULL, secret), RANDOM_FAILED);
    CHECK(is_zero(secret, sizeof secret));
    CHECK_STATUS(akolhook_id_generate(failing_random, NULL, "msg", id), RANDOM_FAILED);
    CHECK_STATUS(akolhook_id_generate(stuck_random, NULL, "msg", id), RANDOM_FAILED);
    CHECK(is_zero(id, sizeof id));

    CHECK_STATUS(akolhook_secret_generate(stuck_random, NULL, secret), RANDOM_FAILED);
    CHECK_STATUS(akolhook_secret_generate(silent_random, NULL, secret), RANDOM_FAILED);
    CHECK_STATUS(akolhook_id_generate(silent_random, NULL, "msg", id), RANDOM_FAILED);
    for (cut = 0; cut <= 16; cut++) {
        CHECK_STATUS(akolhook_secret_generate(cut_random, &cut, secret), RANDOM_FAILED);
        CHECK_STATUS(akolhook_id_generate(cut_random, &cut, "msg", id), RANDOM_FAILED);
        CHECK(is_zero(secret, sizeof secret) && is_zero(id, sizeof id));
    }
    for (next = 0; next < 256; next += 17) {
        CHECK_STATUS(akolhook_secret_generate(same_random, &next, secret), RANDOM_FAILED);
        CHECK_STATUS(akolhook_id_generate(same_random, &next, "msg", id), RANDOM_FAILED);
        CHECK(is_zero(secret, sizeof secret) && is_zero(id, sizeof id));
    }
    for (cut = 0; cut <= 16; cut += 8) { /* of a secret's 24 bytes */
        CHECK_STATUS(akolhook_secret_generate(holed_random, &cut, secret), RANDOM_FAILED);
        CHECK(is_zero(secret, sizeof secret));
    }
    cut = 24;
    CHECK_STATUS(akolhook_secret_generate(holed_random, &cut, secret), OK);
    CHECK_STATUS(akolhook_id_generate(holed_random, &cut, "msg", id), RANDOM_FAILED);

    /* eight characters of each draw of 32 bytes: 0, 4 >> 2, .. 28 >> 2; 16 bytes of proof lie between */
    next = 0;
    CHECK_STATUS(akolhook_id_generate(rare_random, &next, "msg", id), OK);
    CHECK_TEXT(id, "msg_01234567CDEFGHIJOPQRSTUV");
    CHECK_STATUS(akolhook_id_generate(counting_random, &next, "message", id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_secret_generate(NULL, NULL, secret), INVALID_ARGUMENT);
}

static void secret_readings(void) {
    static const struct {
        const char *secret;
        size_t len;
        akolhook_status akol, standard;
    } rows[] = {{SECRET, 38, AKOLHOOK_OK, AKOLHOOK_OK}, {"", 0, AKOLHOOK_EMPTY_SECRET, AKOLHOOK_EMPTY_SECRET},
            {"a\0b", 3, AKOLHOOK_SECRET_NUL, AKOLHOOK_SECRET_NUL},
            {SECRET "\n", 39, AKOLHOOK_SECRET_BLANK, AKOLHOOK_SECRET_BLANK},
            {" " SECRET, 39, AKOLHOOK_SECRET_BLANK, AKOLHOOK_SECRET_BLANK},
            {"v1," SECRET, 41, AKOLHOOK_SECRET_VERSION, AKOLHOOK_SECRET_VERSION},
            {"whsec_", 6, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"whsec_!!!!", 10, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"whsec_A", 7, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64}, {"whsec_AQ", 8, AKOLHOOK_OK, AKOLHOOK_OK},
            {"whsec_AQ==", 10, AKOLHOOK_OK, AKOLHOOK_OK},
            {"whsec_AQ=", 9, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"whsec_AR", 8, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"whsec_whsec_AQ==", 16, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"It's a Secret to Everybody", 26, AKOLHOOK_OK, AKOLHOOK_SECRET_BASE64},
            {"AQAB", 4, AKOLHOOK_OK, AKOLHOOK_OK}};
    akolhook_key key, plain;
    char text[300];
    size_t i, digits;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(
                akolhook_secret_key(akolhook_str_n(rows[i].secret, rows[i].len), AKOLHOOK_SCHEME_AKOL, &key),
                rows[i].akol);
        CHECK(rows[i].akol == AKOLHOOK_OK || is_zero(&key, sizeof key));
        CHECK_INT(akolhook_secret_key(
                          akolhook_str_n(rows[i].secret, rows[i].len), AKOLHOOK_SCHEME_STANDARD, &key),
                rows[i].standard);
        CHECK(rows[i].standard == AKOLHOOK_OK || is_zero(&key, sizeof key));
    }
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), 3, &key), INVALID_ARGUMENT);
    /* "AAAA..." decodes to zero bytes: the key of any length must equal the key of those bytes, around the
     * block of 64 too. */
    memset(text, 'A', sizeof text);
    for (digits = 4; digits <= 300; digits += 4) {
        static const char zeros[300];
        CHECK_STATUS(akolhook_secret_key(akolhook_str_n(text, digits), AKOLHOOK_SCHEME_STANDARD, &key), OK);
        akolhook_key_init(&plain, zeros, digits / 4 * 3);
        CHECK_MEM(&key, sizeof key, &plain, sizeof plain);
    }
    text[299] = '!';
    CHECK_STATUS(
            akolhook_secret_key(akolhook_str_n(text, 300), AKOLHOOK_SCHEME_STANDARD, &key), SECRET_BASE64);
}

/* Every length up to 200 bytes, among them those above the block of 64 that are no multiple of 3, padded and
   not: the key of the base64 text is the key of the bytes. */
static void secrets_of_every_length(void) {
    unsigned char bytes[200];
    char text[6 + 272];
    akolhook_key key, plain;
    size_t len, i, digits;
    for (len = 1; len <= sizeof bytes; len++) {
        for (i = 0; i < len; i++) bytes[i] = (unsigned char)(len * 31 + i * 7);
        memcpy(text, "whsec_", 6);
        CHECK_STATUS(akolhook_base64_encode(bytes, len, text + 6, sizeof text - 6, &digits), OK);
        akolhook_key_init(&plain, bytes, len);
        CHECK_STATUS(
                akolhook_secret_key(akolhook_str_n(text, 6 + digits), AKOLHOOK_SCHEME_STANDARD, &key), OK);
        CHECK_MEM(&key, sizeof key, &plain, sizeof plain);
        while (text[6 + digits - 1] == '=') digits--;
        CHECK_STATUS(
                akolhook_secret_key(akolhook_str_n(text, 6 + digits), AKOLHOOK_SCHEME_STANDARD, &key), OK);
        CHECK_MEM(&key, sizeof key, &plain, sizeof plain);
    }
}

/* base64 of 65 and 70 bytes 0, 1, 2, ... signed by Python:
   hmac.new(bytes(range(65)), b"msg_1.1767225600." + body, sha256), base64 of it. */
static void long_secrets(void) {
    static const struct {
        const char *secret, *signature;
    } rows[] = {
            {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=",
                    "v1,JKPthWMrJ2oSPSWZPHibsnZ+1XHObQxfXrJEPPiV8Sc="},
            {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
             "MDEyMzQ1Njc4OTo7PD0+P0BBQkNERQ",
                    "v1,CI+S/pidG5IL6xvU8t0J22Zct2rR3q2hQkx4R9XKWdY="}};
    char v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    akolhook_key key;
    size_t i;
    for (i = 0; i < 2; i++) {
        CHECK_STATUS(akolhook_secret_key(akolhook_str_c(rows[i].secret), AKOLHOOK_SCHEME_STANDARD, &key), OK);
        CHECK_STATUS(akolhook_sign_standard(&key, akolhook_str_c("msg_1"), NOW, BODY, v1), OK);
        CHECK_TEXT(v1, rows[i].signature);
    }
}

static void adding_secrets(void) {
    akolhook_receiver r = AKOLHOOK_INIT;
    char secret[] = "whsec_secret0";
    size_t i;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, NULL), NO_SECRET);
    CHECK_STATUS(akolhook_receiver_add_secret(&r, ""), EMPTY_SECRET);
    CHECK_STATUS(akolhook_receiver_add_secret_str(&r, akolhook_str_n("a\0b", 3)), SECRET_NUL);
    CHECK(is_zero(r.keys, sizeof r.keys));
    for (i = 0; i < AKOLHOOK_MAX_SECRETS; i++) {
        secret[12] = (char)('0' + i);
        CHECK_STATUS(akolhook_receiver_add_secret(&r, secret), OK);
    }
    CHECK_STATUS(akolhook_receiver_add_secret(&r, "one more"), TOO_MANY_SECRETS);
    r.schemes = AKOLHOOK_SCHEME_STANDARD;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), SCHEME_CHANGED);
    memset(&r, 0, sizeof r);
    r.schemes = 4;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), SCHEME_CHANGED);
    r.schemes = AKOLHOOK_SCHEME_STANDARD | AKOLHOOK_SCHEME_AKOL;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, "not base64!"), SECRET_BASE64);
    CHECK(is_zero(r.keys, sizeof r.keys));
}

/* ---- signing and the three-line case ---- */

static void signing(void) {
    akolhook_key akol, standard, none = AKOLHOOK_INIT;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE], v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE], id[300];
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &akol), OK);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &standard), OK);
    CHECK_STATUS(akolhook_sign_akol(&akol, BODY, hex), OK);
    CHECK_TEXT(hex, HEX);
    CHECK_STATUS(akolhook_sign_akol(&akol, NULL, 0, hex), OK);
    CHECK_TEXT(hex, "da5f5865984e699a69cfec62ce49a76daf8ae4601b54a781fa13f3b2d3b2088a");
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("msg_1"), NOW, BODY, v1), OK);
    CHECK_TEXT(v1, STANDARD);
    /* The vector that Standard Webhooks publishes. */
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                         "{\"test\": 2432232314}", 20, v1),
            OK);
    CHECK_TEXT(v1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK_STATUS(akolhook_sign_akol(&none, BODY, hex), NO_SECRET);
    CHECK_STATUS(akolhook_sign_akol(NULL, BODY, hex), NO_SECRET);
    CHECK_STATUS(akolhook_sign_akol(&akol, NULL, 1, hex), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_sign_standard(&none, akolhook_str_c("msg_1"), NOW, BODY, v1), NO_SECRET);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("msg.1"), NOW, BODY, v1), BAD_ID);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c(""), NOW, BODY, v1), BAD_ID);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("a b"), NOW, BODY, v1), BAD_ID);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("a\r\nb"), NOW, BODY, v1), BAD_ID);
    memset(id, 'x', sizeof id);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_n(id, 256), NOW, BODY, v1), OK);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_n(id, 257), NOW, BODY, v1), BAD_ID);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("msg_1"), -1, BODY, v1), BAD_TIMESTAMP);
    CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c("msg_1"), 1000000000000LL, BODY, v1),
            BAD_TIMESTAMP);
    CHECK_STATUS(
            akolhook_sign_standard(&standard, akolhook_str_c("msg_1"), NOW, NULL, 1, v1), INVALID_ARGUMENT);
    CHECK(is_zero(v1, sizeof v1));
}

/* The first and the last time that a header may say, one digit and two: Python's hmac, as above. */
static void signing_at_the_bounds(void) {
    static const struct {
        const char *id, *time, *signature;
        int64_t seconds;
    } rows[] = {{"msg_1", "0", "v1,/h3saLVPFCnscRMD21DIlJAgVx2mjmfrmtzWIghpUnk=", 0},
            {"msg_1", "999999999999",
                    "v1,OD9fqGR3wR7FARPV/wGg2mJUUKMQt4DkXhFXyRZiwaM=", INT64_C(999999999999)},
            {"!", "9", "v1,GgLJm5BItJrjaJ7biRmicbfL6R9Q/gEIh2Bid7MpD70=", 9},
            {"!", "10", "v1,DGro+kbnIHeM48QfWcR8ontg89ciy5nlzaKb+9xyR1A=", 10}};
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in;
    akolhook_message msg;
    char v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE], id[4] = "a!b";
    size_t i;
    int c;
    r.tolerance_s = AKOLHOOK_TOLERANCE_ANY;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(
                akolhook_sign_standard(&r.keys[0][1], akolhook_str_c(rows[i].id), rows[i].seconds, BODY, v1),
                OK);
        CHECK_TEXT(v1, rows[i].signature);
        memset(&in, 0, sizeof in);
        header(&in, "webhook-id", rows[i].id);
        header(&in, "webhook-timestamp", rows[i].time);
        header(&in, "webhook-signature", v1);
        CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
        CHECK(msg.sent_at == rows[i].seconds);
    }

    /* an id is visible ASCII without a dot */
    for (c = 0; c < 256; c++) {
        id[1] = (char)c;
        CHECK_INT(akolhook_sign_standard(&r.keys[0][1], akolhook_str_n(id, 3), NOW, BODY, v1),
                c > ' ' && c < 127 && c != '.' ? AKOLHOOK_OK : AKOLHOOK_BAD_ID);
    }
}

/* A key was never prepared when all of it is zero; each single bit of its sixteen words counts. */
static void keys_never_prepared(void) {
    akolhook_key key;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;
    unsigned bit;
    for (i = 0; i < 16; i++)
        for (bit = 0; bit < 32; bit += 31) {
            memset(&key, 0, sizeof key);
            CHECK_STATUS(akolhook_sign_akol(&key, BODY, hex), NO_SECRET);
            (i < 8 ? key.inner : key.outer)[i % 8] = (uint32_t)1 << bit;
            CHECK_STATUS(akolhook_sign_akol(&key, BODY, hex), OK);
        }
}

static void verify_values(void) {
    static const struct {
        const char *value;
        akolhook_status status;
    } rows[] = {{HEX, AKOLHOOK_OK},
            {"121BACAB5E9A9739208AD42BA0F50D61918724498FE65075F8137DF15519BD89", AKOLHOOK_OK},
            {"sha256=" HEX, AKOLHOOK_OK}, {" \t" HEX "\t ", AKOLHOOK_OK}, {NULL, AKOLHOOK_MISSING_SIGNATURE},
            {"", AKOLHOOK_MISSING_SIGNATURE}, {" \t ", AKOLHOOK_MISSING_SIGNATURE},
            {HEX "00", AKOLHOOK_BAD_SIGNATURE}, {HEX "\n", AKOLHOOK_BAD_SIGNATURE},
            {HEX ",", AKOLHOOK_BAD_SIGNATURE}, {HEX HEX, AKOLHOOK_BAD_SIGNATURE},
            {HEX_OTHER ", " HEX, AKOLHOOK_BAD_SIGNATURE}, {HEX " " HEX, AKOLHOOK_BAD_SIGNATURE},
            {"sha256=sha256=" HEX, AKOLHOOK_BAD_SIGNATURE}, {"sha512=" HEX, AKOLHOOK_NO_KNOWN_SCHEME},
            {"md5=" HEX, AKOLHOOK_NO_KNOWN_SCHEME}, {"bogus=" HEX, AKOLHOOK_NO_KNOWN_SCHEME},
            {"=" HEX, AKOLHOOK_NO_KNOWN_SCHEME}, {"SHA256=" HEX, AKOLHOOK_NO_KNOWN_SCHEME},
            {"sha256", AKOLHOOK_BAD_SIGNATURE}, {"sha256=", AKOLHOOK_BAD_SIGNATURE},
            {"sha256=zz1bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89",
                    AKOLHOOK_BAD_SIGNATURE},
            {"sha256= " HEX, AKOLHOOK_BAD_SIGNATURE},
            {"0x1bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89aa", AKOLHOOK_BAD_SIGNATURE},
            {HEX_OTHER, AKOLHOOK_SIGNATURE_MISMATCH},
            {"0000000000000000000000000000000000000000000000000000000000000000",
                    AKOLHOOK_SIGNATURE_MISMATCH}};
    guard g = guard_new(256);
    akolhook_key key, none = AKOLHOOK_INIT;
    char cut[65];
    size_t i;
    akolhook_key_init(&key, SECRET, strlen(SECRET));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = rows[i].value ? strlen(rows[i].value) : 0;
        CHECK_INT(akolhook_verify(SECRET, rows[i].value, BODY), rows[i].status);
        CHECK_INT(akolhook_verify_key(&key, akolhook_str_n(guard_copy(&g, rows[i].value, len), len), BODY),
                rows[i].status);
    }
    for (i = 0; i < 64; i++) {
        memcpy(cut, HEX, 64);
        cut[i] = 0;
        CHECK_INT(
                akolhook_verify(SECRET, cut, BODY), i ? AKOLHOOK_BAD_SIGNATURE : AKOLHOOK_MISSING_SIGNATURE);
    }
    CHECK_STATUS(akolhook_verify(NULL, HEX, BODY), NO_SECRET);
    CHECK_STATUS(akolhook_verify("", HEX, BODY), EMPTY_SECRET);
    CHECK_STATUS(akolhook_verify(SECRET, HEX, NULL, 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verify_key(&none, akolhook_str_c(HEX), BODY), NO_SECRET);
    CHECK_STATUS(akolhook_verify_key(NULL, akolhook_str_c(HEX), BODY), NO_SECRET);
    CHECK_STATUS(akolhook_verify(
                         SECRET, "da5f5865984e699a69cfec62ce49a76daf8ae4601b54a781fa13f3b2d3b2088a", NULL, 0),
            OK);
    /* The whole body counts, bytes behind a NUL too. */
    CHECK_STATUS(akolhook_verify(SECRET, "d5fea0f07114e64fee0ccdc86e649f73040b1931ef03864c9cb9dbafdaa4724f",
                         "ab\0cd", 5),
            OK);
    CHECK_STATUS(akolhook_verify(SECRET, "e8770e2a10c570dd5cb6d612554ed853ac5498723cc1ffb0c78522bb66d18229",
                         "ab\0cd", 5),
            SIGNATURE_MISMATCH);
    guard_free(&g);
}

static void every_bit_counts(void) {
    static const char digits[] = "0123456789abcdef";
    char changed[sizeof body], value[65];
    akolhook_receiver r = receiver_of(0), s = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in;
    akolhook_message msg;
    size_t i;
    int bit;
    for (i = 0; i < sizeof body - 1; i++)
        for (bit = 0; bit < 8; bit++) {
            memcpy(changed, body, sizeof body);
            changed[i] = (char)(changed[i] ^ 1 << bit);
            CHECK_STATUS(akolhook_verify(SECRET, HEX, changed, sizeof body - 1), SIGNATURE_MISMATCH);
        }
    for (i = 0; i < 256; i++) {
        memcpy(value, HEX, 65);
        value[i / 4] = digits[(strchr(digits, value[i / 4]) - digits) ^ (1 << i % 4)];
        CHECK_STATUS(akolhook_verify(SECRET, value, BODY), SIGNATURE_MISMATCH);
        in = akol_headers();
        in.signature = akolhook_str_c(value);
        CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), SIGNATURE_MISMATCH);
    }
    for (i = 3; i < sizeof STANDARD - 2; i++) { /* a digit of base64 that is another one */
        memcpy(value, STANDARD, sizeof STANDARD);
        value[i] = value[i] == 'A' ? 'Q' : 'A'; /* whose lowest bits are zero, as the last one's must be */
        in = standard_headers();
        in.standard_signature = akolhook_str_c(value);
        CHECK_STATUS(akolhook_receive(&s, &in, BODY, NOW, &msg), SIGNATURE_MISMATCH);
    }
    /* Bodies as middleware likes to change them. */
    memcpy(changed, body, sizeof body - 1);
    changed[sizeof body - 1] = '\n';
    CHECK_STATUS(akolhook_verify(SECRET, HEX, changed, sizeof body), SIGNATURE_MISMATCH);
    CHECK_STATUS(akolhook_verify(SECRET, HEX, body, sizeof body - 2), SIGNATURE_MISMATCH);
}

/* ---- authenticate and receive ---- */

static void fail_closed(void) {
    akolhook_receiver none = AKOLHOOK_INIT, r = receiver_of(0);
    akolhook_incoming empty = AKOLHOOK_INIT, in = akol_headers();
    akolhook_message msg;
    CHECK_STATUS(akolhook_receive(&none, &in, BODY, NOW, &msg), NO_SECRET);
    CHECK_STATUS(akolhook_receive(&r, &empty, BODY, NOW, &msg), MISSING_SIGNATURE);
    CHECK_STATUS(akolhook_receive(NULL, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, NULL, BODY, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, NULL, 5, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, NULL, 0, NOW, &msg), SIGNATURE_MISMATCH);
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_message_parse(&r, BODY, NOW, NULL), INVALID_ARGUMENT);
    r.schemes = AKOLHOOK_SCHEME_STANDARD; /* changed after the secret was added */
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), SCHEME_CHANGED);
    r = receiver_of(0);
    r.tolerance_s = -2;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
    r.tolerance_s = 0;
    r.max_age_s = -2;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
    r = receiver_of(0);
    CHECK_STATUS(akolhook_message_parse(&r, BODY, NOW, &msg), NOT_AUTHENTICATED);
    CHECK(is_zero(&msg, sizeof msg));
    CHECK_STATUS(akolhook_incoming_header(&in, NULL, 3, "x", 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_incoming_header(&in, "x", 1, NULL, 1), INVALID_ARGUMENT);
}

static void receive_akol(void) {
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in = akol_headers();
    akolhook_message msg;
    header(&in, "x-webhook-TEST", "1");
    header(&in, "content-length", "112");
    CHECK_INT(sizeof body - 1, 112);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_INT(msg.event, AKOLHOOK_CALL_ENDED);
    CHECK_STR(msg.event_name.str, "call.ended");
    CHECK(msg.timestamp_ms == NOW * 1000LL);
    CHECK_STR(msg.business_id.str, "biz_1");
    CHECK_STR(msg.webhook_id.str, "whk_1");
    CHECK_STR(msg.data.str, "{}");
    CHECK_INT(msg.scheme, AKOLHOOK_SCHEME_AKOL);
    CHECK_INT(msg.is_test, 1);
    CHECK_INT(msg.dedup_keys, 1);
    CHECK_INT(msg.body_len, 112);
    /* of the body alone: openssl mac -macopt hexkey:616b6f6c686f6f6b202d7265706c6179 -macopt size:16
       -macopt c-rounds:1 -macopt d-rounds:3 SIPHASH */
    CHECK_MEM(msg.dedup_key, 16, "\xfb\xb5\xc2\xbe\x94\x49\x51\xd1\x6b\x4f\x97\x7a\x27\x34\xaf\x8f", 16);
    CHECK(msg.error_at == 0 && !msg.error_header);
}

static void header_names(void) {
    static const struct {
        const char *name;
        akolhook_status status;
    } rows[] = {{"x-webhook-signature", AKOLHOOK_OK}, {"X-WEBHOOK-SIGNATURE", AKOLHOOK_OK},
            {"X_Webhook_Signature", AKOLHOOK_MISSING_SIGNATURE},
            {"X-Webhook-Signature ", AKOLHOOK_MISSING_SIGNATURE},
            {"X-Webhook-Signatur", AKOLHOOK_MISSING_SIGNATURE}, {"", AKOLHOOK_MISSING_SIGNATURE}};
    akolhook_receiver r = receiver_of(0);
    akolhook_message msg;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_incoming in = AKOLHOOK_INIT;
        header(&in, rows[i].name, "  " HEX "\t");
        CHECK_INT(akolhook_authenticate(&r, &in, BODY, NOW, &msg), rows[i].status);
    }
}

static void bad_headers(void) {
    static char huge[AKOLHOOK_MAX_HEADER + 1];
    akolhook_receiver r = receiver_of(0), s = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in = akol_headers();
    akolhook_message msg;
    header(&in, "X-Webhook-Signature", HEX);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    in = akol_headers();
    header(&in, "x-webhook-event", "call.ended");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    in = akol_headers();
    header(&in, "x-webhook-event", "");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    in = standard_headers();
    header(&in, "svix-id", "msg_1");
    CHECK_STATUS(akolhook_receive(&s, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK); /* not this receiver's headers */
    in = akol_headers(); /* the last one must not win: "gzip" would be forgotten */
    header(&in, "Content-Encoding", "gzip");
    header(&in, "Content-Encoding", "identity");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    in = akol_headers(); /* empty ones are none, before and behind another */
    header(&in, "Content-Encoding", "");
    header(&in, "content-encoding", " ");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    header(&in, "Content-Encoding", "gzip");
    header(&in, "Content-Encoding", "");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), CONTENT_ENCODED);
    memset(huge, 'a', sizeof huge);
    in = akol_headers();
    CHECK_STATUS(akolhook_incoming_header(&in, "svix-id", 7, huge, sizeof huge), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK); /* not this receiver's header */
    in = akol_headers();
    CHECK_STATUS(akolhook_incoming_header(&in, "x-webhook-test", 14, huge, sizeof huge), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), HEADER_TOO_LARGE);
    in = akol_headers();
    CHECK_STATUS(akolhook_incoming_header(&in, "x-webhook-test", 14, huge, sizeof huge - 1), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_STATUS(
            akolhook_verify_key(&r.keys[0][0], akolhook_str_n(huge, sizeof huge), BODY), HEADER_TOO_LARGE);
    CHECK_STATUS(
            akolhook_verify_key(&r.keys[0][0], akolhook_str_n(huge, sizeof huge - 1), BODY), BAD_SIGNATURE);
}

static void body_bounds(void) {
    static const struct {
        const char *length;
        akolhook_status status;
    } rows[] = {{"112", AKOLHOOK_OK}, {"111", AKOLHOOK_LENGTH_MISMATCH}, {"113", AKOLHOOK_LENGTH_MISMATCH},
            {"", AKOLHOOK_LENGTH_MISMATCH}, {"-112", AKOLHOOK_LENGTH_MISMATCH},
            {"112.0", AKOLHOOK_LENGTH_MISMATCH}, {"+112", AKOLHOOK_LENGTH_MISMATCH},
            {"112, 112", AKOLHOOK_OK}, {"112 ,\t112,112", AKOLHOOK_OK},
            {"112, 113", AKOLHOOK_LENGTH_MISMATCH}, {"112,", AKOLHOOK_LENGTH_MISMATCH},
            {",112", AKOLHOOK_LENGTH_MISMATCH}, {"112,,112", AKOLHOOK_LENGTH_MISMATCH},
            {"112 112", AKOLHOOK_LENGTH_MISMATCH}, {"18446744073709551728", AKOLHOOK_LENGTH_MISMATCH}};
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in;
    akolhook_message msg;
    akolhook_verifier v;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        in = akol_headers();
        header(&in, "Content-Length", rows[i].length);
        CHECK_INT(akolhook_receive(&r, &in, BODY, NOW, &msg), rows[i].status);
    }
    for (i = 0x21; i < 127; i++) { /* a digit makes another number; the rest is none */
        char length[5] = "112";
        length[3] = (char)i;
        in = akol_headers();
        header(&in, "Content-Length", length);
        CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), LENGTH_MISMATCH);
    }
    header(&in, "Content-Length", "112");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    in = akol_headers();
    r.max_body = 112;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, BODY), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, NULL, 0), OK);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), OK);
    r.max_body = 111;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), BODY_TOO_LARGE);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, body, 111), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, body + 111, 1), BODY_TOO_LARGE);
    CHECK_STATUS(akolhook_verifier_update(&v, body, SIZE_MAX), BODY_TOO_LARGE);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), BODY_TOO_LARGE);
    r.max_body = 0; /* the default: 1 MiB, or what 16 bits hold; beyond it no byte is looked at */
    CHECK_STATUS(
            akolhook_authenticate(&r, &in, body, (size_t)AKOLHOOK_MAX_BODY + 1, NOW, &msg), BODY_TOO_LARGE);
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK);
#ifndef __AVR__
    {
        static char mebibyte[AKOLHOOK_MAX_BODY];
        CHECK_INT(sizeof mebibyte, 1048576);
        CHECK_STATUS(
                akolhook_authenticate(&r, &in, mebibyte, sizeof mebibyte, NOW, &msg), SIGNATURE_MISMATCH);
    }
#endif
}

static void standard_headers_judged(void) {
    static const struct {
        const char *id, *timestamp, *signature;
        akolhook_status status;
    } rows[] = {{"msg_1", "1767225600", STANDARD, AKOLHOOK_OK},
            {"", "1767225600", STANDARD, AKOLHOOK_MISSING_ID},
            {"msg.1", "1767225600", STANDARD, AKOLHOOK_BAD_ID},
            {"msg_2", "1767225600", STANDARD, AKOLHOOK_SIGNATURE_MISMATCH},
            {"msg_1", "", STANDARD, AKOLHOOK_MISSING_TIMESTAMP},
            {"msg_1", "1767225601", STANDARD, AKOLHOOK_SIGNATURE_MISMATCH},
            {"msg_1", "1767225600.9", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "1_767225600", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "+1767225600", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "001767225600", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "01", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "00", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "0", STANDARD, AKOLHOOK_SIGNATURE_MISMATCH},
            {"msg_1", "1.7e9", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "0x69", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "\xd9\xa1\xd9\xa7", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "-1", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "111111111111111111111", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "1111111111111", STANDARD, AKOLHOOK_BAD_TIMESTAMP},
            {"msg_1", "1767225600", "", AKOLHOOK_MISSING_SIGNATURE},
            {"msg_1", "1767225600", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v2,x v1a,y " STANDARD,
                    AKOLHOOK_OK},
            {"msg_1", "1767225600", "v1 v1, , v1,a,b  " STANDARD, AKOLHOOK_OK},
            {"msg_1", "1767225600", STANDARD " v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", AKOLHOOK_OK},
            {"msg_1", "1767225600", "v1", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600", "v1,", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600", ",", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600", "v1,a,b", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "v0,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE=", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "v1a,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE=", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "V1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE=", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600", "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE",
                    AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyF=", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9Yndjy-=", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600", STANDARD "A", AKOLHOOK_NO_KNOWN_SCHEME},
            {"msg_1", "1767225600",
                    "v1,z73L3NtWjgmDitRQ!!!hM54LecfAoKmAdORH9YndjyE=", AKOLHOOK_NO_KNOWN_SCHEME}};
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_message msg;
    akolhook_incoming in;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&in, 0, sizeof in);
        header(&in, i % 2 ? "svix-signature" : "Webhook-Signature", rows[i].signature);
        header(&in, i % 2 ? "svix-timestamp" : "Webhook-Timestamp", rows[i].timestamp);
        header(&in, i % 2 ? "svix-id" : "Webhook-Id", rows[i].id);
        CHECK_INT(akolhook_receive(&r, &in, BODY, NOW, &msg), rows[i].status);
        CHECK(rows[i].status == AKOLHOOK_OK ? msg.sent_at == NOW && akolhook_str_is(msg.message_id, "msg_1")
                                            : is_zero(&msg, sizeof msg));
    }
    in = akol_headers();
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), MISSING_ID);
}

static void time_windows(void) {
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_STANDARD), a = receiver_of(0);
    akolhook_incoming in = standard_headers(), plain = akol_headers();
    akolhook_message msg;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW + 300, &msg), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW + 301, &msg), TOO_OLD);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW - 300, &msg), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW - 301, &msg), TOO_NEW);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, 0, &msg), CLOCK_UNSET);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, 1577836799, &msg), CLOCK_UNSET);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, 1577836800, &msg), TOO_NEW); /* 2020-01-01T00:00:00Z */
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW * 1000LL, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, INT64_MIN, &msg), CLOCK_UNSET);
    r.tolerance_s = 10;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW + 11, &msg), TOO_OLD);
    r.tolerance_s = AKOLHOOK_TOLERANCE_ANY;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW + 1000000, &msg), OK);
    r.tolerance_s = 0;
    r.flags = AKOLHOOK_CLOCK_NONE;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, 0, &msg), OK);
    /* Akol's header: the body's own time, four days by default. */
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW + 345600, &msg), OK);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW + 345601, &msg), TOO_OLD);
    CHECK(is_zero(&msg, sizeof msg));
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW - 300, &msg), OK);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW - 301, &msg), TOO_NEW);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, 5, &msg), CLOCK_UNSET);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, 1577836799, &msg), CLOCK_UNSET);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, 1577836800, &msg), TOO_NEW);
    CHECK_STATUS(akolhook_authenticate(&a, &plain, BODY, 5, &msg),
            OK); /* no time is signed apart from the body's */
    a.max_age_s = 60;
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW + 61, &msg), TOO_OLD);
    a.max_age_s = AKOLHOOK_AGE_ANY;
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW + 1000000000LL, &msg), OK);
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, NOW - 301, &msg), TOO_NEW);
    a.max_age_s = 0;
    a.flags = AKOLHOOK_CLOCK_NONE;
    CHECK_STATUS(akolhook_receive(&a, &plain, BODY, 0, &msg), OK);
}

/* A time beyond 2038, whatever time_t is: signed here, as the vector would be of no other use. */
static void after_2038(void) {
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    char v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    CHECK_STATUS(akolhook_sign_standard(&r.keys[0][1], akolhook_str_c("msg_1"), 2208988800LL, BODY, v1), OK);
    header(&in, "webhook-id", "msg_1");
    header(&in, "webhook-timestamp", "2208988800");
    header(&in, "webhook-signature", v1);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, 2208988900LL, &msg), OK);
    CHECK(msg.sent_at == 2208988800LL);
}

static void second_half(void) {
    static const struct {
        const char *body;
        akolhook_status status;
    } rows[] = {{"", AKOLHOOK_EMPTY_BODY}, {" \n", AKOLHOOK_EMPTY_BODY}, {"[]", AKOLHOOK_WRONG_TYPE},
            {"{\"event\":\"\xff\"}", AKOLHOOK_BAD_UTF8}, {"{", AKOLHOOK_JSON_CUT},
            {"{}", AKOLHOOK_MISSING_MEMBER}};
    akolhook_guard_entry entries[4] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in = akol_headers();
    akolhook_message msg;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;
    ring.entries = entries;
    ring.count = 4;
    r.guard = &ring;
    r.webhook_id = akolhook_str_c("whk_2");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), WRONG_WEBHOOK);
    r.webhook_id = akolhook_str_c("whk_1");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK); /* so the guard was rolled back */
    akolhook_replay_rollback(&ring, &msg);
    memset(&in, 0, sizeof in);
    header(&in, "X-Webhook-Signature", HEX);
    header(&in, "X-Webhook-Event", "call.started");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), EVENT_MISMATCH);
    memset(&in, 0, sizeof in);
    header(&in, "X-Webhook-Signature", HEX);
    header(&in, "X-Webhook-Event", "");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), EVENT_MISMATCH);
    memset(&in, 0, sizeof in); /* without that header the body alone names the event */
    header(&in, "X-Webhook-Signature", HEX);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_STR(msg.event_name.str, "call.ended");
    CHECK_INT(msg.event, AKOLHOOK_CALL_ENDED);
    akolhook_replay_rollback(&ring, &msg);
    in = akol_headers();
    header(&in, "Content-Encoding", "gzip");
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK);
    CHECK_INT(msg.content_encoded, 1);
    CHECK_STATUS(akolhook_message_parse(&r, BODY, NOW, &msg), CONTENT_ENCODED);
    in = akol_headers();
    header(&in, "Content-Encoding", "Identity");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    akolhook_replay_rollback(&ring, &msg);
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK);
    CHECK_STATUS(akolhook_message_parse(&r, body, 100, NOW, &msg), LENGTH_MISMATCH);
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK); /* so that was rolled back */
    CHECK_STATUS(akolhook_message_parse(&r, NULL, 112, NOW, &msg), INVALID_ARGUMENT);
    CHECK(is_zero(&msg, sizeof msg));
    CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK); /* and that */
    CHECK_STATUS(akolhook_message_parse(NULL, BODY, NOW, &msg), INVALID_ARGUMENT);
    CHECK(is_zero(&msg, sizeof msg));
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], rows[i].body, strlen(rows[i].body), hex), OK);
        memset(&in, 0, sizeof in);
        header(&in, "X-Webhook-Signature", hex);
        CHECK_STATUS(akolhook_verify(SECRET, hex, rows[i].body, strlen(rows[i].body)), OK);
        CHECK_INT(akolhook_receive(&r, &in, rows[i].body, strlen(rows[i].body), NOW, &msg), rows[i].status);
        CHECK(msg.scheme == 0 && msg.dedup_keys == 0 && msg.data.type == AKOLHOOK_JSON_NONE);
    }
}

static void rotation(void) {
    akolhook_incoming in = akol_headers();
    akolhook_message msg;
    unsigned count, at, i;
    for (count = 1; count <= AKOLHOOK_MAX_SECRETS; count++)
        for (at = 0; at < count; at++) {
            akolhook_receiver r = AKOLHOOK_INIT;
            char other[] = "whsec_x";
            for (i = 0; i < count; i++) {
                other[6] = (char)('a' + i);
                CHECK_STATUS(akolhook_receiver_add_secret(&r, i == at ? SECRET : other), OK);
            }
            CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
            CHECK_INT(msg.secret_index, at);
        }
}

static void key_readings(void) {
    /* Three MACs of one body: under the text, the decoded key, the text behind whsec_. */
    static const char *const macs[3] = {HEX,
            "28dafe5305fbb2c9d02a1d0d1743208503e685f2e1f52c66100f7c130159e4f4",
            "a9f9bd1710226f2262995ce03ed4428b905f5bc308f176b46bedff33bfc51317"};
    akolhook_receiver r = receiver_of(0);
    akolhook_message msg;
    size_t i;
    for (i = 0; i < 3; i++) {
        akolhook_incoming in = AKOLHOOK_INIT;
        header(&in, "X-Webhook-Signature", macs[i]);
        CHECK_INT(akolhook_receive(&r, &in, BODY, NOW, &msg), i ? AKOLHOOK_SIGNATURE_MISMATCH : AKOLHOOK_OK);
    }
}

static void both_schemes(void) {
    akolhook_guard_entry entries[8] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming both = standard_headers(), stripped = akol_headers(), in;
    akolhook_message msg;
    unsigned taken, i;
    CHECK_STATUS(akolhook_receive(&r, &both, BODY, NOW, &msg), OK);
    CHECK_INT(msg.scheme, AKOLHOOK_SCHEME_STANDARD);
    CHECK_INT(msg.dedup_keys, 2);
    CHECK_MEM(msg.dedup_key_akol, 16, "\xfb\xb5\xc2\xbe\x94\x49\x51\xd1\x6b\x4f\x97\x7a\x27\x34\xaf\x8f", 16);
    /* printf webhook-id:msg_1 | sha256sum */
    CHECK_MEM(msg.dedup_key, 16, "\xfc\x7d\x59\xb4\x95\x53\x8c\x5f\x32\x48\x16\xfc\x6a\x0e\xea\x32", 16);
    in = akol_headers(); /* one webhook-* header is enough to make Standard the judge */
    header(&in, "webhook-timestamp", "1767225600");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), MISSING_ID);
    in = akol_headers();
    header(&in, "webhook-id", "msg_1");
    header(&in, "webhook-timestamp", "1767225600");
    header(&in, "webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), SIGNATURE_MISMATCH);
    ring.entries = entries;
    ring.count = 8;
    r.guard = &ring;
    CHECK_STATUS(akolhook_receive(&r, &both, BODY, NOW, &msg), OK);
    for (i = taken = 0; i < 8; i++) taken += entries[i].order != 0;
    CHECK_INT(taken, 2);
    akolhook_replay_rollback(&ring, &msg);
    for (i = taken = 0; i < 8; i++) taken += entries[i].order != 0;
    CHECK_INT(taken, 0);
    CHECK_STATUS(akolhook_receive(&r, &both, BODY, NOW, &msg), OK);
    msg.dedup_keys = 255; /* of which a message has two at most */
    akolhook_replay_commit(&ring, &msg);
    for (i = taken = 0; i < 8; i++) taken += entries[i].committed;
    CHECK_INT(taken, 2);
    CHECK_STATUS(akolhook_receive(&r, &both, BODY, NOW, &msg), DUPLICATE);
    CHECK_STATUS(akolhook_receive(&r, &stripped, BODY, NOW, &msg),
            DUPLICATE); /* the replay with those headers stripped */
    memset(entries, 0, sizeof entries);
    CHECK_STATUS(akolhook_receive(&r, &stripped, BODY, NOW, &msg), OK);
    akolhook_replay_commit(&ring, &msg);
    CHECK_STATUS(akolhook_receive(&r, &both, BODY, NOW, &msg), DUPLICATE);
}

/* ---- streaming ---- */

static void streaming_splits(void) {
    static const unsigned schemes[] = {
            AKOLHOOK_SCHEME_AKOL, AKOLHOOK_SCHEME_STANDARD, AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD};
    akolhook_incoming in = standard_headers();
    akolhook_message whole, msg;
    akolhook_verifier v;
    size_t cut, i;
    unsigned s;
    for (s = 0; s < 3; s++) {
        akolhook_receiver r = receiver_of(schemes[s]);
        CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &whole), OK);
        for (cut = 0; cut <= sizeof body - 1; cut++) {
            CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
            CHECK_STATUS(akolhook_verifier_update(&v, body, cut), OK);
            CHECK_STATUS(akolhook_verifier_update(&v, NULL, 0), OK);
            CHECK_STATUS(akolhook_verifier_update(&v, body + cut, sizeof body - 1 - cut), OK);
            CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), OK);
            CHECK_MEM(&msg, sizeof msg, &whole, sizeof whole);
        }
        CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
        for (i = 0; i < sizeof body - 1; i++) CHECK_STATUS(akolhook_verifier_update(&v, body + i, 1), OK);
        CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), OK);
        CHECK_STATUS(akolhook_message_parse(&r, BODY, NOW, &msg), OK);
        CHECK_INT(msg.event, AKOLHOOK_CALL_ENDED);
        CHECK_MEM(msg.dedup_key, 16, whole.dedup_key, 16);
    }
}

static void streaming_misuse(void) {
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in = akol_headers(), empty = AKOLHOOK_INIT;
    akolhook_verifier v, copy;
    akolhook_message msg;
    memset(&v, 0, sizeof v);
    CHECK_STATUS(akolhook_verifier_update(&v, "x", 1), WRONG_ORDER);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), WRONG_ORDER);
    CHECK_STATUS(akolhook_verifier_init(&v, NULL, &in), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verifier_update(&v, "x", 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, NULL), INVALID_ARGUMENT);
    CHECK(is_zero(&v, sizeof v));
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &empty), MISSING_SIGNATURE);
    CHECK_STATUS(akolhook_verifier_update(&v, "x", 1), MISSING_SIGNATURE);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), MISSING_SIGNATURE);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, NULL, 3), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, body, 50), OK);
    copy = v; /* a copy goes on by itself */
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), SIGNATURE_MISMATCH);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), WRONG_ORDER);
    CHECK_STATUS(akolhook_verifier_update(&v, "x", 1), WRONG_ORDER);
    CHECK(is_zero(&v, sizeof v) && is_zero(&msg, sizeof msg));
    CHECK_STATUS(akolhook_verifier_update(&copy, body + 50, sizeof body - 51), OK);
    CHECK_STATUS(akolhook_verifier_final(&copy, NOW, &msg), OK);
    header(&in, "Content-Length", "113");
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, BODY), OK);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), LENGTH_MISMATCH);
}

/* ---- replay guard ---- */

static int locks, unlocks;
static void count_lock(void *user) {
    (void)user;
    CHECK_INT(locks++, unlocks);
}
static void count_unlock(void *user) {
    (void)user;
    CHECK_INT(++unlocks, locks);
}

static void replays(void) {
    akolhook_guard_entry entries[3] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT, none = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in = akol_headers(), forged = AKOLHOOK_INIT;
    akolhook_message msg, first;
    int i;
    ring.entries = entries;
    ring.count = 3;
    ring.lock_fn = count_lock;
    ring.unlock_fn = count_unlock;
    r.guard = &ring;
    header(&forged, "X-Webhook-Signature", HEX_OTHER);
    CHECK_STATUS(akolhook_receive(&r, &forged, BODY, NOW, &msg), SIGNATURE_MISMATCH);
    CHECK(is_zero(entries, sizeof entries)); /* only authenticated messages enter */
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &first), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), IN_PROGRESS);
    CHECK(is_zero(&msg, sizeof msg));
    akolhook_replay_rollback(&ring, &first);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &first), OK);
    akolhook_replay_commit(&ring, &first);
    for (i = 0; i < 3; i++) CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DUPLICATE);
    akolhook_replay_rollback(&ring, &first); /* after the commit nothing is taken back */
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DUPLICATE);
    CHECK(locks == unlocks && locks > 0);
    akolhook_replay_commit(&none, &first); /* a guard that was not set up remembers nothing */
    akolhook_replay_rollback(&none, &first);
    akolhook_replay_commit(NULL, &first);
    akolhook_replay_rollback(NULL, &first);
    akolhook_replay_commit(&ring, NULL);
    memset(&msg, 0, sizeof msg);
    akolhook_replay_commit(&ring, &msg); /* a message that was not authenticated enters nothing */
    for (i = 0; i < 2; i++) CHECK_INT(entries[i].order != 0, i == 0); /* it has one entry, and had no other */
    ring.count = 0;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
}

static void ring_overwrites_the_oldest(void) {
    akolhook_guard_entry entries[4] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    char text[2] = "a", hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_message msg;
    ring.entries = entries;
    ring.count = 4;
    r.guard = &ring;
    for (; text[0] <= 'f'; text[0]++) {
        akolhook_incoming in = AKOLHOOK_INIT;
        CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], text, 1, hex), OK);
        header(&in, "X-Webhook-Signature", hex);
        CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW, &msg), OK);
        akolhook_replay_commit(&ring, &msg);
    }
    for (text[0] = 'f'; text[0] >= 'b'; text[0]--) { /* c d e f are held, a and b were overwritten */
        akolhook_incoming in = AKOLHOOK_INIT;
        CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], text, 1, hex), OK);
        header(&in, "X-Webhook-Signature", hex);
        CHECK_INT(akolhook_authenticate(&r, &in, text, 1, NOW, &msg),
                text[0] >= 'c' ? AKOLHOOK_DUPLICATE : AKOLHOOK_OK);
    }
}

#ifndef CHECK_BARE /* no pages */
/* Rings of every size, each in memory that ends where a page without access begins: nothing is read or
   written behind the last entry, and each holds as many as it has. */
static void ring_at_the_end_of_a_page(void) {
    enum { MOST = 40 };
    static const akolhook_guard_entry zeros[MOST] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    char text[2] = "A", hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_message msg;
    guard page = guard_new(sizeof zeros);
    size_t count, i;
    r.guard = &ring;
    for (count = 1; count <= MOST; count++) {
        ring.entries = (akolhook_guard_entry *)(void *)guard_copy(&page, zeros, count * sizeof zeros[0]);
        ring.count = count;
        for (i = 0; i < 2 * count + 1; i++) {
            akolhook_incoming in = AKOLHOOK_INIT;
            text[0] = (char)(1 + i);
            CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], text, 1, hex), OK);
            header(&in, "X-Webhook-Signature", hex);
            CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW, &msg), OK);
            CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW, &msg), IN_PROGRESS);
            CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW + 61, &msg), OK);
            if (i % 3 == 0) akolhook_replay_rollback(&ring, &msg);
            CHECK_INT(akolhook_authenticate(&r, &in, text, 1, NOW + 61, &msg),
                    i % 3 ? AKOLHOOK_IN_PROGRESS : AKOLHOOK_OK);
            CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW + 122, &msg), OK);
            akolhook_replay_commit(&ring, &msg);
        }
        for (i = 0; i < count; i++) { /* the newest of them */
            akolhook_incoming in = AKOLHOOK_INIT;
            text[0] = (char)(1 + 2 * count - i);
            CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], text, 1, hex), OK);
            header(&in, "X-Webhook-Signature", hex);
            CHECK_STATUS(akolhook_authenticate(&r, &in, text, 1, NOW + 122, &msg), DUPLICATE);
        }
    }
    guard_free(&page);
}
#endif

/* Signs a body for secret i of r under Akol's scheme. */
static akolhook_incoming signed_by(
        const akolhook_receiver *r, unsigned i, const char *text, char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE]) {
    akolhook_incoming in = AKOLHOOK_INIT;
    CHECK_STATUS(akolhook_sign_akol(&r->keys[i][0], text, strlen(text), hex), OK);
    header(&in, "X-Webhook-Signature", hex);
    return in;
}

/* Genuine messages that are refused behind the MAC, one again and again or many, must not push others out of
 * the ring. */
static void refused_messages_take_no_place(void) {
    static const char stale[] = "{\"event\":\"call.ended\",\"timestamp\":\"2025-01-01T00:00:00.0%02dZ\","
                                "\"businessId\":\"\",\"webhookId\":\"\",\"data\":{}}";
    akolhook_guard_entry entries[4] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in = akol_headers(), other;
    akolhook_message msg;
    char text[200], hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    int i;
    ring.entries = entries;
    ring.count = 4;
    r.guard = &ring;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    akolhook_replay_commit(&ring, &msg);
    for (i = 0; i < 12; i++) {
        sprintf(text, stale, i);
        other = signed_by(&r, 0, text, hex);
        CHECK_STATUS(akolhook_receive(&r, &other, text, strlen(text), NOW, &msg), TOO_OLD);
    }
    for (i = 0; i < 12; i++) { /* a message whose handler fails each time keeps one place */
        other = signed_by(&r, 0, "again", hex);
        CHECK_STATUS(akolhook_authenticate(&r, &other, "again", 5, NOW, &msg), OK);
        akolhook_replay_rollback(&ring, &msg);
    }
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), DUPLICATE);
    CHECK_STATUS(
            akolhook_receive(&r, &in, BODY, NOW + 1000000, &msg), DUPLICATE); /* told before its age is */
    for (i = 0; i < 4; i++) CHECK_INT(entries[i].order != 0, i == 0); /* what was rolled back is free again */
}

/* Message number i of many, signed by the first secret of r. */
static akolhook_status receive_number(
        const akolhook_receiver *r, unsigned i, int64_t now, akolhook_message *msg) {
    char text[16], hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    sprintf(text, "%u", i);
    in = signed_by(r, 0, text, hex);
    return akolhook_authenticate(r, &in, text, strlen(text), now, msg);
}

/* One that failed, was rolled back and handled in the end is the newest of the ring, not as old as its first
   try: it is known until as many others as the ring holds were committed behind it. */
static void committed_is_the_newest(void) {
    enum { COUNT = 10 };
    akolhook_guard_entry entries[COUNT] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    akolhook_message first, msg;
    unsigned i;
    ring.entries = entries;
    ring.count = COUNT;
    r.guard = &ring;
    CHECK_STATUS(receive_number(&r, 0, NOW, &first), OK);
    akolhook_replay_rollback(&ring, &first);
    for (i = 1; i < COUNT; i++) {
        CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK);
        akolhook_replay_commit(&ring, &msg);
    }
    CHECK_STATUS(receive_number(&r, 0, NOW, &first), OK);
    akolhook_replay_commit(&ring, &first);
    for (i = COUNT; i < 2 * COUNT - 1; i++) {
        CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK);
        akolhook_replay_commit(&ring, &msg);
        CHECK_STATUS(receive_number(&r, 0, NOW, &msg), DUPLICATE);
    }
    CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK); /* as many as the ring holds: now it is forgotten */
    CHECK_STATUS(receive_number(&r, 0, NOW, &msg), OK);

    /* taken first and committed last: the commit counts, and a second one changes nothing */
    memset(entries, 0, sizeof entries);
    CHECK_STATUS(receive_number(&r, 0, NOW, &first), OK);
    for (i = 1; i < COUNT; i++) {
        CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK);
        akolhook_replay_commit(&ring, &msg);
    }
    akolhook_replay_commit(&ring, &first);
    for (i = COUNT; i < 2 * COUNT - 1; i++) {
        CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK);
        akolhook_replay_commit(&ring, &msg);
        akolhook_replay_commit(&ring, &first);
    }
    CHECK_STATUS(receive_number(&r, 0, NOW, &msg), DUPLICATE);
    CHECK_STATUS(receive_number(&r, 99, NOW, &msg), OK);
    CHECK_STATUS(receive_number(&r, 0, NOW, &msg), OK);
}

/* A worker that died: after taken_s seconds its message is let in again, whichever way the clock went. */
static void taken_for_too_long(void) {
    static const struct {
        uint32_t taken_s;
        int64_t after;
        akolhook_status status;
    } rows[] = {{0, 0, AKOLHOOK_IN_PROGRESS}, {0, 60, AKOLHOOK_IN_PROGRESS}, {0, 61, AKOLHOOK_OK},
            {0, -60, AKOLHOOK_IN_PROGRESS}, {0, -61, AKOLHOOK_OK}, {5, 5, AKOLHOOK_IN_PROGRESS},
            {5, 6, AKOLHOOK_OK}, {86400, 86400, AKOLHOOK_IN_PROGRESS}, {86400, 86401, AKOLHOOK_OK},
            {60, INT64_C(3000000000), AKOLHOOK_OK}, {UINT32_MAX, 345600, AKOLHOOK_IN_PROGRESS}};
    akolhook_guard_entry entries[4];
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0);
    akolhook_message dead, live, msg;
    size_t i;
    ring.entries = entries;
    ring.count = 4;
    r.guard = &ring;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(entries, 0, sizeof entries);
        ring.taken_s = rows[i].taken_s;
        CHECK_STATUS(receive_number(&r, 1, NOW, &dead), OK);
        CHECK_INT(receive_number(&r, 1, NOW + rows[i].after, &live), rows[i].status);
        if (rows[i].status != AKOLHOOK_OK) continue;

        /* it was only slow: what it takes back now is another's, what it commits is done */
        akolhook_replay_rollback(&ring, &dead);
        CHECK_STATUS(receive_number(&r, 1, NOW + rows[i].after, &msg), IN_PROGRESS);
        akolhook_replay_commit(&ring, &dead);
        akolhook_replay_rollback(&ring, &live);
        CHECK_STATUS(receive_number(&r, 1, NOW + rows[i].after, &msg), DUPLICATE);
        CHECK_STATUS(receive_number(&r, 1, NOW + rows[i].after + 1000000, &msg), DUPLICATE);
    }
}

/* Nothing in the entries points anywhere: a copy of them at another place, behind another guard and
   receiver, knows all that the first knew. Memory of ones, as erased flash has it, is free like zeros. */
static void ring_outlives_its_guard(void) {
    akolhook_guard_entry entries[8], copy[8];
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(0), next = AKOLHOOK_INIT;
    akolhook_message msg;
    unsigned i, fill;
    CHECK_INT(sizeof entries[0], 32);
    for (fill = 0; fill < 2; fill++) {
        memset(entries, fill ? 0xff : 0, sizeof entries);
        ring.entries = entries;
        ring.count = 8;
        r.guard = &ring;
        for (i = 0; i < 12; i++) {
            CHECK_STATUS(receive_number(&r, i, NOW, &msg), OK);
            if (i != 11) akolhook_replay_commit(&ring, &msg);
        }
        memcpy(copy, entries, sizeof copy);
        memset(entries, 0, sizeof entries);

        /* after the restart with the new secret alone, though the old one signed */
        memset(&next, 0, sizeof next);
        CHECK_STATUS(akolhook_receiver_add_secret(&next, "whsec_b3RoZXI="), OK);
        ring.entries = copy;
        next.guard = &ring;
        for (i = 4; i < 11; i++) CHECK_STATUS(receive_number(&next, i, NOW, &msg), DUPLICATE);
        CHECK_STATUS(receive_number(&next, 11, NOW, &msg), IN_PROGRESS);
        CHECK_STATUS(receive_number(&next, 11, NOW + 61, &msg), OK);
        CHECK_STATUS(receive_number(&next, 3, NOW, &msg), OK);
    }
}

/* The key of a body, however it comes in: openssl mac as above, over the first bytes of body. */
static void keys_of_bodies(void) {
    static const struct {
        size_t len;
        const char *key;
    } rows[] = {{0, "2713087c3be2a7a680c62929acf6d53a"}, {1, "7025ebb9632f05ff321b8b3f5f72dc83"},
            {7, "4dce97e5b73a438c6c4c6a9132543ff7"}, {8, "03c07ba51ad8905d261c9897f5d24027"},
            {9, "0d79df4a5867d79bc922d47bca993835"}, {63, "f1f65ed758e1ed34b41bbf68bd694cb7"},
            {112, "fbb5c2be944951d16b4f977a2734af8f"}};
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in;
    akolhook_message msg;
    akolhook_verifier v;
    char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE], hex[32];
    size_t i, cut, step, len;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&in, 0, sizeof in);
        CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], body, rows[i].len, signature), OK);
        header(&in, "x-webhook-signature", signature);
        CHECK_STATUS(akolhook_authenticate(&r, &in, body, rows[i].len, NOW, &msg), OK);
        CHECK_STATUS(akolhook_hex_encode(msg.dedup_key, 16, hex, sizeof hex, &len), OK);
        CHECK_MEM(hex, 32, rows[i].key, 32);
        for (step = 1; step < 20; step++) {
            CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
            for (cut = 0; cut < rows[i].len; cut += step) {
                len = rows[i].len - cut < step ? rows[i].len - cut : step;
                CHECK_STATUS(akolhook_verifier_update(&v, body + cut, len), OK);
            }
            CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), OK);
            CHECK_STATUS(akolhook_hex_encode(msg.dedup_key, 16, hex, sizeof hex, &len), OK);
            CHECK_MEM(hex, 32, rows[i].key, 32);
        }
    }
}

/* ---- what CGI gives, and what is told of a request that is refused ---- */

static void cgi_variables(void) {
    akolhook_receiver r = receiver_of(0), s = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    CHECK_STATUS(akolhook_incoming_cgi(&in, NULL, "x"), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_SIGNATURE", " " HEX "\t"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_EVENT", "call.ended"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_TEST", "1"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "CONTENT_LENGTH", "112"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_CONTENT_LENGTH", "112"), OK); /* some servers give both */
    CHECK_STATUS(akolhook_incoming_cgi(&in, "CONTENT_TYPE", "application/json"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "REQUEST_METHOD", "POST"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_", "x"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "", "x"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_A_VERY_LONG_NAME_THAT_NOBODY_KNOWS", "x"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "X_WEBHOOK_SIGNATURE", HEX_OTHER), OK); /* no header: no HTTP_ */
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_INT(msg.is_test, 1);

    /* an empty one is missing: it neither doubles nor counts */
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_SIGNATURE", ""), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_EVENT", NULL), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "CONTENT_LENGTH", " "), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_SIGNATURE", HEX), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "CONTENT_LENGTH", ""), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_X_WEBHOOK_EVENT", ""), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_CONTENT_ENCODING", ""), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "CONTENT_LENGTH", "111"), OK);
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), LENGTH_MISMATCH);

    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_WEBHOOK_ID", "msg_1"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_SVIX_TIMESTAMP", "1767225600"), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_WEBHOOK_SIGNATURE", STANDARD), OK);
    CHECK_STATUS(akolhook_receive(&s, &in, BODY, NOW, &msg), OK);
    CHECK_STATUS(akolhook_incoming_cgi(&in, "HTTP_SVIX_ID", "msg_1"), OK);
    CHECK_STATUS(akolhook_receive(&s, &in, BODY, NOW, &msg), DOUBLED_HEADER);
    CHECK_TEXT(msg.error_header, "webhook-id");
}

/* The header that is at fault is named; one that is not this receiver's never is. */
static void headers_named(void) {
    static const struct {
        const char *header, *name;
        unsigned scheme;
    } rows[] = {{"X-Webhook-Signature", "x-webhook-signature", 1}, {"X-Webhook-Event", "x-webhook-event", 1},
            {"X-Webhook-Test", "x-webhook-test", 1}, {"Content-Encoding", "content-encoding", 1},
            {"Content-Length", "content-length", 1}, {"Webhook-Id", "webhook-id", 2},
            {"svix-id", "webhook-id", 2}, {"Webhook-Timestamp", "webhook-timestamp", 2},
            {"Webhook-Signature", "webhook-signature", 2}};
    static char huge[AKOLHOOK_MAX_HEADER + 1];
    akolhook_message msg;
    akolhook_verifier v;
    size_t i;
    int large;
    memset(huge, '1', sizeof huge);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (large = 0; large < 2; large++) {
            akolhook_receiver r = receiver_of(rows[i].scheme);
            akolhook_incoming in = standard_headers();
            const char *other = rows[i].scheme == 1 ? "svix-signature" : "x-webhook-signature";
            const akolhook_status want = large ? AKOLHOOK_HEADER_TOO_LARGE : AKOLHOOK_DOUBLED_HEADER;
            CHECK_STATUS(akolhook_incoming_header(&in, other, strlen(other), huge, sizeof huge), OK);
            if (large)
                CHECK_STATUS(akolhook_incoming_header(
                                     &in, rows[i].header, strlen(rows[i].header), huge, sizeof huge),
                        OK);
            else {
                header(&in, rows[i].header, "1");
                header(&in, rows[i].header, "2");
            }
            CHECK_INT(akolhook_receive(&r, &in, BODY, NOW, &msg), want);
            CHECK_TEXT(msg.error_header, rows[i].name);
            msg.error_header = NULL;
            CHECK(is_zero(&msg, sizeof msg));
            CHECK_INT(akolhook_verifier_init(&v, &r, &in), want);
            CHECK_INT(akolhook_verifier_final(&v, NOW, &msg), want);
            CHECK_TEXT(msg.error_header, rows[i].name);
        }
}

static void content_encodings(void) {
    static const struct {
        const char *value;
        akolhook_status status;
        int encoded;
    } rows[] = {{"", AKOLHOOK_OK, 0}, {" ", AKOLHOOK_OK, 0}, {"IDENTITY", AKOLHOOK_OK, 0},
            {"gzip", AKOLHOOK_CONTENT_ENCODED, 1}, {"br, gzip", AKOLHOOK_CONTENT_ENCODED, 1},
            {"utf", AKOLHOOK_CONTENT_ENCODED, 1}, {"UTF-8", AKOLHOOK_ENCODING_CHARSET, 2},
            {"utf8", AKOLHOOK_ENCODING_CHARSET, 2}, {"ISO-8859-1", AKOLHOOK_ENCODING_CHARSET, 2},
            {"us-ascii", AKOLHOOK_ENCODING_CHARSET, 2}};
    akolhook_receiver r = receiver_of(0);
    akolhook_message msg;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_incoming in = akol_headers();
        header(&in, "Content-Encoding", rows[i].value);
        CHECK_INT(akolhook_receive(&r, &in, BODY, NOW, &msg), rows[i].status);
        CHECK_STATUS(akolhook_authenticate(&r, &in, BODY, NOW, &msg), OK);
        CHECK_INT(msg.content_encoded, rows[i].encoded);
    }
    CHECK_INT(akolhook_status_http(AKOLHOOK_ENCODING_CHARSET), 415);
    CHECK(strstr(akolhook_status_text(AKOLHOOK_ENCODING_CHARSET), "UTF-8") != NULL);
}

/* Where the JSON is wrong comes out of receive and of the second half; all else of msg is zero. */
static void positions_of_errors(void) {
    static const struct {
        const char *body;
        akolhook_status status;
        size_t at; /* counted by hand */
    } rows[] = {{"{\"event\":\"\xff\"}", AKOLHOOK_BAD_UTF8, 10},
            {"{\"event\":tru}", AKOLHOOK_JSON_SYNTAX, 12}, {"[]", AKOLHOOK_WRONG_TYPE, 0},
            {"{}", AKOLHOOK_MISSING_MEMBER, 1}, {"  ", AKOLHOOK_EMPTY_BODY, 2},
            {"{\"event\":1}", AKOLHOOK_BAD_MEMBER, 9},
            {"{\"event\":\"\",\"event\":\"\"}", AKOLHOOK_DOUBLED_MEMBER, 20}};
    akolhook_receiver r = receiver_of(0);
    akolhook_incoming in;
    akolhook_message msg;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;
    int half;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (half = 0; half < 2; half++) {
            const size_t len = strlen(rows[i].body);
            in = signed_by(&r, 0, rows[i].body, hex);
            if (half) {
                CHECK_STATUS(akolhook_authenticate(&r, &in, rows[i].body, len, NOW, &msg), OK);
                CHECK_INT(akolhook_message_parse(&r, rows[i].body, len, NOW, &msg), rows[i].status);
            } else
                CHECK_INT(akolhook_receive(&r, &in, rows[i].body, len, NOW, &msg), rows[i].status);
            CHECK_INT(msg.error_at, rows[i].at);
            msg.error_at = 0;
            CHECK(is_zero(&msg, sizeof msg));
        }
#ifndef __AVR__ /* the texts of all statuses do not fit beside the test */
    CHECK(strstr(akolhook_status_text(AKOLHOOK_MISSING_MEMBER), "akolhook_authenticate") != NULL);
#endif
}

/* Headers that come after init, as trailers do, change nothing: the judge of init stays the judge. */
static void late_headers_change_nothing(void) {
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_verifier v;
    akolhook_message msg;
    header(&in, "X-Webhook-Signature", HEX_OTHER); /* well-formed and wrong */
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, BODY), OK);
    header(&in, "webhook-id", "evil");
    header(&in, "webhook-timestamp", "1767225600");
    header(&in, "webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), SIGNATURE_MISMATCH);
    CHECK(is_zero(&msg, sizeof msg));
}

/* The keys of a message do not depend on which secret its signature was made with. */
static void dedup_key_of_any_secret(void) {
    akolhook_guard_entry entries[8] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = receiver_of(AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD);
    akolhook_incoming in = standard_headers(), stripped;
    akolhook_message msg;
    akolhook_verifier v;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    CHECK_STATUS(akolhook_receiver_add_secret(&r, "whsec_b3RoZXI="), OK);
    ring.entries = entries;
    ring.count = 8;
    r.guard = &ring;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), OK); /* webhook-signature by the first secret */
    CHECK_INT(msg.secret_index, 0);
    akolhook_replay_commit(&ring, &msg);
    stripped = signed_by(&r, 1, body, hex); /* the retry after a rotation: by the second */
    CHECK_STATUS(akolhook_receive(&r, &stripped, BODY, NOW, &msg), DUPLICATE);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &stripped), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, BODY), OK);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), DUPLICATE);
}

static void null_slices(void) {
    akolhook_receiver r = receiver_of(0);
    akolhook_key key;
    akolhook_str bad;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_explanation why;
    akolhook_message msg;
    char v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    bad.ptr = NULL;
    bad.len = 5;
    CHECK_STATUS(akolhook_secret_key(bad, AKOLHOOK_SCHEME_AKOL, &key), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receiver_add_secret_str(&r, bad), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_sign_standard(&r.keys[0][0], bad, NOW, BODY, v1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verify_key(&r.keys[0][0], bad, BODY), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(bad, AKOLHOOK_SCHEME_AKOL, &in, BODY, NOW, &why), INVALID_ARGUMENT);
    r = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    in = standard_headers();
    in.id = bad;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
    r = receiver_of(0);
    in = akol_headers();
    in.signature = bad;
    CHECK_STATUS(akolhook_receive(&r, &in, BODY, NOW, &msg), INVALID_ARGUMENT);
}

#if defined(__x86_64__) && defined(__linux__) && !defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
#define TRACES /* the stack can be read below a call, and nothing but the code itself writes there */
/* ---- what the calls leave on the stack ---- */

enum { STACK_ROOM = 48 * 1024 };

static void stack_fill(void) {
    volatile unsigned char room[STACK_ROOM];
    size_t i;
    for (i = 0; i < sizeof room; i++) room[i] = 0x5a;
}
static int bytes_hold(const volatile unsigned char *room, const void *what, size_t len) {
    const unsigned char *bytes = (const unsigned char *)what;
    size_t i, k;
    for (i = 0; i + len <= STACK_ROOM; i++) {
        for (k = 0; k < len && room[i + k] == bytes[k]; k++) {}
        if (k == len) return 1;
    }
    return 0;
}
/* Whether the place below the caller has the bytes. It is read as it is, so nothing is written there. */
static int stack_holds(const void *what, size_t len) {
    volatile unsigned char room[STACK_ROOM];
    room[0] = 0;
    return bytes_hold(room, what, len);
}

/* Both ends of a secret of so many bytes, 12 or more. */
#define LEAVES(call, secret, size) \
    do { \
        stack_fill(); \
        (void)!(call); \
        CHECK(!stack_holds(secret, 12)); \
        stack_fill(); \
        (void)!(call); \
        CHECK(!stack_holds((const char *)(secret) + (size)-12, 12)); \
    } while (0)

/* No MAC that was not sent, no key, no bytes of a secret. */
static void no_traces(void) {
    static uint8_t mac[32], standard_mac[33], decoded[24], sha1[20], sha512[64], masked[38];
    static uint8_t drawn[24], proof[16];
    static akolhook_receiver r, s;
    static akolhook_verifier v;
    static akolhook_message msg;
    static akolhook_incoming in, other;
    static akolhook_explanation why;
    static akolhook_key key;
    static char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE], v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    static char secret[AKOLHOOK_SECRET_SIZE];
    static unsigned next;
    size_t len, i;

    /* the secrets, of which SHA-1 and SHA-512 are those of test_explain.c */
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c(HEX), mac, sizeof mac, &len), OK);
    CHECK_STATUS(
            akolhook_base64_decode(akolhook_str_c(&STANDARD[3]), standard_mac, sizeof standard_mac, &len),
            OK);
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(&SECRET[6]), decoded, sizeof decoded, &len), OK);
    CHECK_STATUS(akolhook_hex_decode(
                         akolhook_str_c("59d9630a263cb5616853d1e24224259c63378e36"), sha1, sizeof sha1, &len),
            OK);
    CHECK_STATUS(akolhook_hex_decode(
                         akolhook_str_c("97e7711a852572b9c0ae8eb60bf8b22ce8e143ee62898e8cf78621c5cc4538b3"
                                        "d4a7250454153cd6da821319d3ac3075d26605fd0d102d51daa8e6334b8af368"),
                         sha512, sizeof sha512, &len),
            OK);
    for (i = 0; i < sizeof masked; i++) masked[i] = (uint8_t)(SECRET[i] ^ 0x5c);
    for (i = 0; i < sizeof drawn; i++) drawn[i] = (uint8_t)i;
    for (i = 0; i < sizeof proof; i++) proof[i] = (uint8_t)(sizeof drawn + i);
    r = receiver_of(0);
    s = receiver_of(AKOLHOOK_SCHEME_STANDARD);
    in = akol_headers();
    other = standard_headers();
    in.signature = akolhook_str_c(HEX_OTHER);
    other.standard_signature = akolhook_str_c("v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

    LEAVES(akolhook_secret_generate(counting_random, ((void)(next = 0), &next), secret), drawn, 24);
    LEAVES(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &key), decoded, 24);
    LEAVES(akolhook_secret_generate(counting_random, ((void)(next = 0), &next), secret), proof, 16);
    LEAVES(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &key), SECRET, 38);
    LEAVES(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &key), masked, 38);
    LEAVES(akolhook_sign_akol(&r.keys[0][0], BODY, hex), mac, 32);
    LEAVES(akolhook_sign_standard(&s.keys[0][1], akolhook_str_c("msg_1"), NOW, BODY, v1), standard_mac, 32);
    LEAVES(akolhook_verify(SECRET, HEX_OTHER, BODY), mac, 32);
    LEAVES(akolhook_verify(SECRET, HEX_OTHER, BODY), r.keys[0][0].inner, 32);
    LEAVES(akolhook_verify(SECRET, HEX_OTHER, BODY), r.keys[0][0].outer, 32);
    LEAVES(akolhook_verify_key(&r.keys[0][0], akolhook_str_c(HEX_OTHER), BODY), mac, 32);
    LEAVES(akolhook_receive(&r, &in, BODY, NOW, &msg), mac, 32);
    LEAVES(akolhook_receive(&s, &other, BODY, NOW, &msg), standard_mac, 32);
    for (i = 0; i < 4; i++) {
        const int standard = i % 2 != 0;
        CHECK_STATUS(akolhook_verifier_init(&v, standard ? &s : &r, standard ? &other : &in), OK);
        CHECK_STATUS(akolhook_verifier_update(&v, BODY), OK);
        stack_fill();
        CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), SIGNATURE_MISMATCH);
        CHECK(!stack_holds((standard ? standard_mac : mac) + (i < 2 ? 0 : 20), 12));
    }

#define EXPLAIN(scheme, headers) akolhook_explain(akolhook_str_c(SECRET), scheme, headers, BODY, NOW, &why)
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), mac, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), r.keys[0][0].inner, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), r.keys[0][0].outer, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), s.keys[0][1].inner, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), s.keys[0][1].outer, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), decoded, 24);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), masked, 38);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), sha1, 20);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), sha512, 64);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), standard_mac, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), s.keys[0][1].inner, 32);

    /* where a mistake is found at once: the decoded key, a secret that was cut, SHA-1 and SHA-512 with either
       reading of the secret, the message of the other scheme */
    in.signature = akolhook_str_c("28dafe5305fbb2c9d02a1d0d1743208503e685f2e1f52c66100f7c130159e4f4");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), s.keys[0][1].inner, 32);
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), s.keys[0][1].outer, 32);
    in.signature = akolhook_str_c(HEX);
    LEAVES(akolhook_explain(akolhook_str_c(&SECRET[6]), AKOLHOOK_SCHEME_AKOL, &in, BODY, NOW, &why), SECRET,
            38);
    in.signature = akolhook_str_c("59d9630a263cb5616853d1e24224259c63378e36");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_AKOL, &in), masked, 38);
    other.standard_signature = akolhook_str_c(
            "v1,xY03exU8ZYUJm0AETlOECkHLvxI3J/LRol/9/26VT7krg6ABQ0u5PYUNfK9wZpD3vBaTvnIlSVdN5hdH6lterA==");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), decoded, 24);
    other.standard_signature = akolhook_str_c(
            "v1,1j9jw6eseVok56g9j34fa3MJviMmpi5kEurjQRedOlbF5NvXcHCjvz9TIHMFgBXFES24DRx5qIYwhg2TOY7b3w==");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), decoded, 24);
    other.standard_signature = akolhook_str_c("v1,KNr+UwX7ssnQKh0NF0MghQPmhfLh9SxmEA98EwFZ5PQ=");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), s.keys[0][1].outer, 32);
    other.standard_signature = akolhook_str_c("v1,Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvYk=");
    LEAVES(EXPLAIN(AKOLHOOK_SCHEME_STANDARD, &other), r.keys[0][0].outer, 32);
#undef EXPLAIN
}
#endif

/* ---- explain ---- */

static void explain_akol(void) {
    static const char crlf_body[] = "{\"a\":\r\n1}\r\n";
    static const struct {
        const char *secret, *signature, *body;
        akolhook_cause cause;
    } rows[] = {{SECRET, HEX, body, AKOLHOOK_CAUSE_NONE}, {SECRET, HEX_OTHER, body, AKOLHOOK_CAUSE_UNKNOWN},
            {SECRET, "", body, AKOLHOOK_CAUSE_HEADERS}, {SECRET, "zz", body, AKOLHOOK_CAUSE_HEADERS},
            {"", HEX, body, AKOLHOOK_CAUSE_SECRET}, {"v1," SECRET, HEX, body, AKOLHOOK_CAUSE_SECRET},
            {SECRET "\n", HEX, body, AKOLHOOK_CAUSE_SECRET_BLANK},
            {" " SECRET, HEX_OTHER, body, AKOLHOOK_CAUSE_SECRET},
            {SECRET, "28dafe5305fbb2c9d02a1d0d1743208503e685f2e1f52c66100f7c130159e4f4", body,
                    AKOLHOOK_CAUSE_SECRET_DECODED},
            {SECRET, "a9f9bd1710226f2262995ce03ed4428b905f5bc308f176b46bedff33bfc51317", body,
                    AKOLHOOK_CAUSE_SECRET_BARE},
            {SECRET, "Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvYk=", body, AKOLHOOK_CAUSE_BASE64_FOR_HEX},
            {SECRET, HEX, "", AKOLHOOK_CAUSE_BODY_EMPTY},
            {SECRET, HEX, BODY_TEXT "\n", AKOLHOOK_CAUSE_LINE_END_ADDED},
            {SECRET, HEX, "\xef\xbb\xbf" BODY_TEXT, AKOLHOOK_CAUSE_BOM_ADDED},
            {SECRET, HEX,
                    "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", "
                    "\"businessId\": \"biz_1\", \"webhookId\": \"whk_1\", \"data\": {}}",
                    AKOLHOOK_CAUSE_RESERIALISED},
            {SECRET, HEX,
                    "{\n  \"event\":\"call.\\u0065nded\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{} }",
                    AKOLHOOK_CAUSE_RESERIALISED}};
    akolhook_receiver r = receiver_of(0);
    akolhook_explanation why;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(&in, 0, sizeof in);
        header(&in, "X-Webhook-Signature", rows[i].signature);
        CHECK_STATUS(akolhook_explain(akolhook_str_c(rows[i].secret), AKOLHOOK_SCHEME_AKOL, &in, rows[i].body,
                             strlen(rows[i].body), NOW, &why),
                OK);
        if (why.cause != rows[i].cause) printf("row %lu\n", (unsigned long)i);
        CHECK_INT(why.cause, rows[i].cause);
        CHECK(why.text && *why.text && !strstr(why.text, "121bacab"));
    }
    /* Line ends: signed one way, received the other. */
    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], "{\"a\":\n1}\n", 9, hex), OK);
    header(&in, "X-Webhook-Signature", hex);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, crlf_body,
                         sizeof crlf_body - 1, NOW, &why),
            OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_CRLF_ADDED);
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, "{\"a\":\n1}", 8, NOW, &why),
            OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_LINE_END_LOST);
    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], crlf_body, sizeof crlf_body - 1, hex), OK);
    header(&in, "X-Webhook-Signature", hex);
    CHECK_STATUS(akolhook_explain(
                         akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, "{\"a\":\n1}\n", 9, NOW, &why),
            OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_CRLF_LOST);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), 3, &in, BODY, NOW, &why), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, NULL, BODY, NOW, &why),
            INVALID_ARGUMENT);
}

static void explain_standard(void) {
    akolhook_incoming in = standard_headers();
    akolhook_explanation why;
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &in, BODY, NOW + 3600, &why),
            OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_CLOCK);
    CHECK_STATUS(why.status, TOO_OLD);
    CHECK_INT(why.seconds, -3600);
    in.standard_signature = akolhook_str_c("v1,tXWrM1n0RP2ZD9dsPlIsE2L3I0VxTjml0gahKEOmA7U=");
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &in, BODY, NOW, &why), OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_SECRET_TEXT);
    in.standard_signature =
            akolhook_str_c("v1,cfbdcbdcdb568e09838ad450bdb7a1339e0b79c7c0a0a98074e447f589dd8f21");
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &in, BODY, NOW, &why), OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_HEX_FOR_BASE64);
}

int main(void) {
    RUN(generate);
    RUN(faulty_sources);
    RUN(secret_readings);
    RUN(secrets_of_every_length);
    RUN(long_secrets);
    RUN(adding_secrets);
    RUN(signing);
    RUN(signing_at_the_bounds);
    RUN(keys_never_prepared);
    RUN(verify_values);
    RUN(every_bit_counts);
    RUN(fail_closed);
    RUN(receive_akol);
    RUN(header_names);
    RUN(bad_headers);
    RUN(body_bounds);
    RUN(standard_headers_judged);
    RUN(time_windows);
    RUN(after_2038);
    RUN(second_half);
    RUN(rotation);
    RUN(key_readings);
    RUN(both_schemes);
    RUN(streaming_splits);
    RUN(streaming_misuse);
    RUN(replays);
    RUN(ring_overwrites_the_oldest);
#ifndef CHECK_BARE
    RUN(ring_at_the_end_of_a_page);
#endif
    RUN(refused_messages_take_no_place);
    RUN(committed_is_the_newest);
    RUN(taken_for_too_long);
    RUN(ring_outlives_its_guard);
    RUN(keys_of_bodies);
    RUN(cgi_variables);
    RUN(headers_named);
    RUN(content_encodings);
    RUN(positions_of_errors);
    RUN(late_headers_change_nothing);
    RUN(dedup_key_of_any_secret);
    RUN(null_slices);
#if defined(TRACES) && !defined(CHECK_BARE)
    RUN(no_traces);
#endif
    RUN(explain_akol);
    RUN(explain_standard);
    return check_end();
}
