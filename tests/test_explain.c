/* What akolhook_explain says to the mistakes that are made most. Expected MACs: Python's hmac and hashlib.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. tests/test_explain.c -o build/test_explain */
#define AKOLHOOK_RECEIVER_ONLY
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"
#ifndef CHECK_BARE
#include <time.h>
#endif

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define NOW 1767225600 /* 2026-01-01T00:00:00Z */
#define BODY_TEXT \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"
#define BODY BODY_TEXT, sizeof BODY_TEXT - 1
#define HEX "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89"
#define STANDARD "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE=" /* id msg_1, time NOW */

static guard page; /* what explain reads ends at its end */

static void header(akolhook_incoming *in, const char *name, const char *value) {
    CHECK_STATUS(akolhook_incoming_header(in, name, strlen(name), value, strlen(value)), OK);
}

/* Headers of both schemes, but for the signature of the other one. */
static akolhook_incoming headers_of(unsigned scheme, const char *signature) {
    akolhook_incoming in = AKOLHOOK_INIT;
    header(&in, scheme == AKOLHOOK_SCHEME_AKOL ? "X-Webhook-Signature" : "webhook-signature", signature);
    header(&in, "webhook-id", "msg_1");
    header(&in, "webhook-timestamp", "1767225600");
    return in;
}

static akolhook_explanation explain(
        const char *secret, unsigned scheme, const akolhook_incoming *in, const void *body, size_t len) {
    akolhook_explanation why;
    CHECK_STATUS(akolhook_explain(
                         akolhook_str_c(secret), scheme, in, guard_copy(&page, body, len), len, NOW, &why),
            OK);
    CHECK(why.text && *why.text);
    return why;
}

static void sign(const void *body, size_t len, char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE]) {
    akolhook_key key;
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &key), OK);
    CHECK_STATUS(akolhook_sign_akol(&key, body, len, hex), OK);
}

/* What becomes of a body that was signed and then changed on its way. */
static akolhook_cause cause_of(const void *sent, size_t sent_len, const void *received, size_t len) {
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    sign(sent, sent_len, hex);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
    return explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, received, len).cause;
}

/* ---- it judges what receive judges ---- */

static void judges_like_receive(void) {
    static const struct {
        int64_t after;
        akolhook_status status;
    } times[] = {{0, AKOLHOOK_OK}, {345600, AKOLHOOK_OK}, {345601, AKOLHOOK_TOO_OLD}, {-300, AKOLHOOK_OK},
            {-301, AKOLHOOK_TOO_NEW}, {-NOW, AKOLHOOK_CLOCK_UNSET}};
    static const struct {
        const char *body;
        akolhook_status status;
        size_t at;
    } bodies[] = {{"", AKOLHOOK_EMPTY_BODY, 0}, {"{", AKOLHOOK_JSON_CUT, 1}, {"[1]", AKOLHOOK_WRONG_TYPE, 0},
            {"{\"event\":1}", AKOLHOOK_BAD_MEMBER, 9}, {"{}", AKOLHOOK_MISSING_MEMBER, 1}};
    akolhook_receiver rules = AKOLHOOK_INIT;
    akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    akolhook_explanation why;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;
    for (i = 0; i < sizeof times / sizeof times[0]; i++) {
        CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, BODY,
                             NOW + times[i].after, &why),
                OK);
        CHECK_INT(why.status, times[i].status);
        CHECK_INT(why.cause, times[i].status == AKOLHOOK_OK ? AKOLHOOK_CAUSE_NONE : AKOLHOOK_CAUSE_CLOCK);
        CHECK_INT(why.seconds, times[i].status == AKOLHOOK_OK ? 0 : -times[i].after);
    }
    for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        sign(bodies[i].body, strlen(bodies[i].body), hex);
        in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
        why = explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, bodies[i].body, strlen(bodies[i].body));
        CHECK_INT(why.cause, AKOLHOOK_CAUSE_BODY);
        CHECK_INT(why.status, bodies[i].status);
        CHECK_INT(why.error_at, bodies[i].at);
    }

    in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    header(&in, "X-Webhook-Event", "call.missed");
    why = explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_BODY);
    CHECK_STATUS(why.status, EVENT_MISMATCH);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    header(&in, "Content-Encoding", "UTF-8");
    CHECK_STATUS(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY).status, ENCODING_CHARSET);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    header(&in, "Content-Length", "113");
    CHECK_STATUS(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY).status, LENGTH_MISMATCH);
    header(&in, "Content-Length", "112");
    why = explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_HEADERS);
    CHECK_TEXT(why.error_header, "content-length");

    /* by the rules of a receiver */
    in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    rules.schemes = AKOLHOOK_SCHEME_AKOL;
    rules.webhook_id = akolhook_str_c("whk_2");
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why), OK);
    CHECK_STATUS(why.status, WRONG_WEBHOOK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_BODY);
    rules.webhook_id = akolhook_str_c("whk_1");
    rules.max_age_s = 10;
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW + 11, &why), OK);
    CHECK_STATUS(why.status, TOO_OLD);
    rules.max_body = 111;
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why), OK);
    CHECK_STATUS(why.status, BODY_TOO_LARGE);
    rules.max_body = 0;
    rules.schemes = AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD; /* webhook-id makes Standard the judge */
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why), OK);
    CHECK_STATUS(why.status, MISSING_SIGNATURE);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_OTHER_HEADERS);
    header(&in, "webhook-signature", STANDARD);
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why), OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_NONE);
    rules.tolerance_s = 10;
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW + 11, &why), OK);
    CHECK_STATUS(why.status, TOO_OLD);
    rules.flags = AKOLHOOK_CLOCK_NONE;
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, 0, &why), OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_NONE);
    rules.max_age_s = -2;
    CHECK_STATUS(
            akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why), INVALID_ARGUMENT);
    CHECK_STATUS(
            akolhook_explain_receive(NULL, akolhook_str_c(SECRET), &in, BODY, NOW, &why), INVALID_ARGUMENT);
    in = headers_of(AKOLHOOK_SCHEME_STANDARD, STANDARD);
    in.seen = 0; /* as a receiver that got Akol's headers from nobody */
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY).cause, AKOLHOOK_CAUSE_OTHER_HEADERS);
}

/* The time of a message minus now, at the ends of the range as near as it goes. */
static void extreme_clocks(void) {
    static const struct {
        int64_t now;
        akolhook_status status;
        int64_t seconds; /* NOW - now, INT64_MAX at most */
    } rows[] = {{INT64_MIN, AKOLHOOK_CLOCK_UNSET, INT64_MAX},
            {INT64_MIN + NOW, AKOLHOOK_CLOCK_UNSET, INT64_MAX},
            {INT64_MIN + NOW + 1, AKOLHOOK_CLOCK_UNSET, INT64_MAX},
            {INT64_MIN + NOW + 2, AKOLHOOK_CLOCK_UNSET, INT64_MAX - 1}, {-1, AKOLHOOK_CLOCK_UNSET, NOW + 1},
            {INT64_C(999999999999), AKOLHOOK_TOO_OLD, NOW - INT64_C(999999999999)},
            {INT64_C(1000000000000), AKOLHOOK_INVALID_ARGUMENT, NOW - INT64_C(1000000000000)},
            {INT64_MAX, AKOLHOOK_INVALID_ARGUMENT, NOW - INT64_MAX}};
    akolhook_explanation why;
    unsigned scheme;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (scheme = AKOLHOOK_SCHEME_AKOL; scheme <= AKOLHOOK_SCHEME_STANDARD; scheme++) {
            akolhook_incoming in = headers_of(scheme, scheme == AKOLHOOK_SCHEME_AKOL ? HEX : STANDARD);
            CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), scheme, &in, BODY, rows[i].now, &why), OK);
            CHECK_INT(why.status, rows[i].status);
            CHECK_INT(why.cause, AKOLHOOK_CAUSE_CLOCK);
            CHECK_INT(why.seconds, rows[i].seconds);
        }
}

/* Whose time it is that the clock is compared with: of the header under Standard Webhooks, of the body under
   Akol's scheme. A time of 0 was signed as in test_sign.c. */
static void time_of_the_scheme(void) {
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_explanation why;
    header(&in, "x-webhook-signature", HEX);
    header(&in, "webhook-timestamp", "1");
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, BODY, NOW + 500000, &why),
            OK);
    CHECK_INT(why.seconds, -500000);
    memset(&in, 0, sizeof in);
    header(&in, "webhook-id", "msg_1");
    header(&in, "webhook-timestamp", "0");
    header(&in, "webhook-signature", "v1,/h3saLVPFCnscRMD21DIlJAgVx2mjmfrmtzWIghpUnk=");
    why = explain(SECRET, AKOLHOOK_SCHEME_STANDARD, &in, BODY);
    CHECK_STATUS(why.status, TOO_OLD);
    CHECK_INT(why.seconds, -NOW);
}

#ifndef CHECK_BARE
/* A body that is longer than a receiver takes by itself is explained all the same. */
static void long_body(void) {
    static char zeros[AKOLHOOK_MAX_BODY + 1];
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    akolhook_explanation why;
    sign(zeros, sizeof zeros, hex);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
    CHECK_STATUS(akolhook_explain(
                         akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, zeros, sizeof zeros, NOW, &why),
            OK);
    CHECK_STATUS(why.status, JSON_SYNTAX);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_BODY);
}
#endif

/* What Standard Webhooks signs is tried where it can be: with an id and a time, and not with one alone. */
static void half_of_standard(void) {
    static const char *const signed_parts[] = {
            "msg_1" BODY_TEXT, ".1767225600." BODY_TEXT, "msg_1.1767225600." BODY_TEXT};
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;
    for (i = 0; i < 3; i++) {
        akolhook_incoming in = AKOLHOOK_INIT;
        sign(signed_parts[i], strlen(signed_parts[i]), hex);
        header(&in, "x-webhook-signature", hex);
        if (i != 1) header(&in, "webhook-id", "msg_1");
        if (i != 0) header(&in, "webhook-timestamp", "1767225600");
        CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY).cause,
                i == 2 ? AKOLHOOK_CAUSE_OTHER_MESSAGE : AKOLHOOK_CAUSE_UNKNOWN);
    }
}

/* ---- mistakes with the secret, the algorithm, the encoding ---- */

static void secrets_mistaken(void) {
    static char long_secret[77];
    const struct {
        const char *secret;
        unsigned scheme;
        const char *signature;
        akolhook_cause cause;
    } rows[] = {{"\"" SECRET "\"", 1, HEX, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {"'" SECRET "'", 1, HEX, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {SECRET "\"", 1, HEX, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {"\"" SECRET "\"\r\n", 1, HEX, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {"\" " SECRET " \"", 1, HEX, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {"\"" SECRET "\"", 2, STANDARD, AKOLHOOK_CAUSE_SECRET_QUOTED},
            {SECRET " ", 2, STANDARD, AKOLHOOK_CAUSE_SECRET_BLANK},
            {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1, HEX, AKOLHOOK_CAUSE_SECRET_CUT},
            {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 2, STANDARD, AKOLHOOK_CAUSE_NONE},
            /* the key of whsec_ and 70 times x is longer than a block of the hash */
            {long_secret, 1, "7fc4a2c6bcbd545484bb9b9f8587e8123bd670a2236105b5b96914659d9b9abc",
                    AKOLHOOK_CAUSE_SECRET_CUT},
            {"v1," SECRET, 1, HEX, AKOLHOOK_CAUSE_SECRET}, {"\"\"", 1, HEX, AKOLHOOK_CAUSE_UNKNOWN},
            {"", 1, HEX, AKOLHOOK_CAUSE_SECRET}, {" ", 1, HEX, AKOLHOOK_CAUSE_SECRET},
            {"\"whsec_", 1, HEX, AKOLHOOK_CAUSE_UNKNOWN}};
    size_t i;
    memset(long_secret, 'x', 70);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_incoming in = headers_of(rows[i].scheme, rows[i].signature);
        CHECK_INT(explain(rows[i].secret, rows[i].scheme, &in, BODY).cause, rows[i].cause);
    }
}

static void algorithms_mistaken(void) {
    static const struct {
        unsigned scheme;
        const char *signature;
        akolhook_cause cause;
    } rows[] = {
            {1, "e44d73ae2a308ff52c0af2e2b68a76bcf6a7480a0566f8ef8438d7cdce14c076", AKOLHOOK_CAUSE_NO_KEY},
            {1, "sha256=E44D73AE2A308FF52C0AF2E2B68A76BCF6A7480A0566F8EF8438D7CDCE14C076",
                    AKOLHOOK_CAUSE_NO_KEY},
            {1, "5E1zriowj/UsCvLitop2vPanSAoFZvjvhDjXzc4UwHY=", AKOLHOOK_CAUSE_NO_KEY},
            {1, "93f74d8fe7a636595148dfec6717d0a5d539ba0d717fdd23a47117c9c4ed47b7",
                    AKOLHOOK_CAUSE_SECRET_FIRST},
            {1, "f80815216c4d63e995e3375c6d648011e58bef00518ae61d02319d834f7cdf29",
                    AKOLHOOK_CAUSE_SECRET_LAST},
            {1, "052a20fdf929bd991232598639f08217b19dc69177310007d99b883195436854",
                    AKOLHOOK_CAUSE_KEY_SWAPPED},
            {1, "59d9630a263cb5616853d1e24224259c63378e36", AKOLHOOK_CAUSE_SHA1},
            {1, "sha1=59d9630a263cb5616853d1e24224259c63378e36", AKOLHOOK_CAUSE_SHA1},
            {1, "WdljCiY8tWFoU9HiQiQlnGM3jjY=", AKOLHOOK_CAUSE_SHA1},
            {1,
                    "sha512=97e7711a852572b9c0ae8eb60bf8b22ce8e143ee62898e8cf78621c5cc4538b3"
                    "d4a7250454153cd6da821319d3ac3075d26605fd0d102d51daa8e6334b8af368",
                    AKOLHOOK_CAUSE_SHA512},
            {1, "l+dxGoUlcrnAro62C/iyLOjhQ+5iiY6M94YhxcxFOLPUpyUEVBU81tqCExnTrDB10mYF/Q0QLVHaqOYzS4rzaA==",
                    AKOLHOOK_CAUSE_SHA512},
            {1, "l-dxGoUlcrnAro62C_iyLOjhQ-5iiY6M94YhxcxFOLPUpyUEVBU81tqCExnTrDB10mYF_Q0QLVHaqOYzS4rzaA",
                    AKOLHOOK_CAUSE_SHA512},
            {1, "b575ab3359f444fd990fd76c3e522c1362f72345714e39a5d206a12843a603b5",
                    AKOLHOOK_CAUSE_OTHER_MESSAGE},
            {1, "cfbdcbdcdb568e09838ad450bdb7a1339e0b79c7c0a0a98074e447f589dd8f21",
                    AKOLHOOK_CAUSE_OTHER_MESSAGE},
            {2, "v1,KNr+UwX7ssnQKh0NF0MghQPmhfLh9SxmEA98EwFZ5PQ=", AKOLHOOK_CAUSE_OTHER_MESSAGE},
            {2, "v1,Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvYk=", AKOLHOOK_CAUSE_OTHER_MESSAGE},
            {2, "v1,YqctcqMLDvmvk+v26iB02J4xVZQ=", AKOLHOOK_CAUSE_SHA1},
            {2, "v1,xY03exU8ZYUJm0AETlOECkHLvxI3J/LRol/9/26VT7krg6ABQ0u5PYUNfK9wZpD3vBaTvnIlSVdN5hdH6lterA==",
                    AKOLHOOK_CAUSE_SHA512},
            {2, "v1,1j9jw6eseVok56g9j34fa3MJviMmpi5kEurjQRedOlbF5NvXcHCjvz9TIHMFgBXFES24DRx5qIYwhg2TOY7b3w==",
                    AKOLHOOK_CAUSE_SHA512},
            {2, "v1,x v1,5E1zriowj/UsCvLitop2vPanSAoFZvjvhDjXzc4UwHY=", AKOLHOOK_CAUSE_NO_KEY},
            {1, "Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvYk=AAAA", AKOLHOOK_CAUSE_HEADERS},
            {1, "Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvYkA", AKOLHOOK_CAUSE_HEADERS},
            {1, "Ehusq16alzkgitQroPUNYZGHJEmP5lB1+BN98VUZvY", AKOLHOOK_CAUSE_HEADERS},
            {1, "v1=" HEX, AKOLHOOK_CAUSE_HEADERS}, {1, "hmac-sha256=" HEX, AKOLHOOK_CAUSE_HEADERS},
            {1, "sha512=" HEX, AKOLHOOK_CAUSE_HEADERS}, {1, "md5=" HEX, AKOLHOOK_CAUSE_HEADERS},
            {1, "59d9630a263cb5616853d1e24224259c63378e37", AKOLHOOK_CAUSE_HEADERS},
            {2, "v2,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE=", AKOLHOOK_CAUSE_HEADERS},
            {2, "v1,z73L3NtWjgmDitRQvbehM54LecfAoKmAdORH9YndjyE", AKOLHOOK_CAUSE_HEADERS}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_incoming in = headers_of(rows[i].scheme, rows[i].signature);
        akolhook_cause cause = explain(SECRET, rows[i].scheme, &in, BODY).cause;
        if (cause != rows[i].cause) printf("row %lu\n", (unsigned long)i);
        CHECK_INT(cause, rows[i].cause);
    }
}

/* The two hashes that are for this alone, around the edges of their blocks. */
static void other_hashes(void) {
    static const struct {
        size_t len;
        const char *sha1, *sha512;
    } rows[] = {{0, "d42d3fe8e5e134318d934e6db4e05d867036e94b",
                        "b6fd5038d3b119571b5d98f3ecc357dbe347b1ca86d56ce95e8cdc5d2ddf4e68"
                        "be50b7575e42e2885f885f3816cb332efc4191e869ca800f9274987cf0387a29"},
            {1, "178345b1fdf2758dd7f8531f4936d6bf59537053",
                    "26b0534277704872f2bc113b1d0365fbb4835cf0643c56d784b9f41bbcc20ccb"
                    "c71ed5323530869a6871d449971e37af8ff4d562d5ea7e3dbc86a1e1cb86fa14"},
            {55, "dce502fe0f152a9dda85c906a02fa2a71d9a502d",
                    "10ef5c30143ad0f61b7fafb6e41470a0e7ba604aa6221edf7489600a7f515133"
                    "4d9dd79618dd29ae850f112e77be35e84ff5b6306bc88edaf36c5b026dfd8202"},
            {56, "f5e72c9b4192aec37380be6ca52f8caa7aec772d",
                    "666537d33b851fcf1d2ee02910f9c9bece48a2959d4e851625ad3632ae0ea292"
                    "aaf30dd4a7c137599f720289393bbc64025eb1d560f943962655997c8de4b92e"},
            {63, "74fea11cd0676ad0442f105b2e98ea36094318ab",
                    "c1195d1b3d3240034e091d4d2d53e585ef3a6bd0ff30571faa15622ed87842e7"
                    "5608fc62dab35d335e34834c88b94049b3921ba035e60d5f4baa4e06c2ca7e1b"},
            {64, "e685a1cd78ec610fcc4d25087c92a70105c3e5d9",
                    "6551e972ae0666da065266db7e89249949eb4b52ae997c7aeedfec40369ecc92"
                    "68e50f2c1e5eac457fd3f389e9d64afd5d18e840b771710a2f37af52fda25a66"},
            {111, "c35d64da3947522fa0e48cd20888d5e9f61cdadf",
                    "c9b476388d1b239d0e5210a22e1d016b020a29dbb27e81d387b001010123299a"
                    "e5e190424364941b14de6980a31c4716adc1c0752191207969f09a12afc0dd44"},
            {112, "59d9630a263cb5616853d1e24224259c63378e36",
                    "97e7711a852572b9c0ae8eb60bf8b22ce8e143ee62898e8cf78621c5cc4538b3"
                    "d4a7250454153cd6da821319d3ac3075d26605fd0d102d51daa8e6334b8af368"}};
    char secret[201];
    akolhook_incoming in;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        in = headers_of(AKOLHOOK_SCHEME_AKOL, rows[i].sha1);
        CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY_TEXT, rows[i].len).cause,
                AKOLHOOK_CAUSE_SHA1);
        in = headers_of(AKOLHOOK_SCHEME_AKOL, rows[i].sha512);
        CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, BODY_TEXT, rows[i].len).cause,
                AKOLHOOK_CAUSE_SHA512);
    }

    /* a key longer than a block */
    memset(secret, 'k', 200);
    secret[200] = 0;
    in = headers_of(AKOLHOOK_SCHEME_AKOL, "ba0e8c01a3d5732be804ef7fd65969794e6319ef");
    CHECK_INT(explain(secret, AKOLHOOK_SCHEME_AKOL, &in, BODY).cause, AKOLHOOK_CAUSE_SHA1);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, "6c61869837213229fb7aa0b9bdee60fb4cafadb816daf5dcb342a74b5787a7f0"
                                          "4dc0e44c5150352dded927348fbb19008c7166b47340ca9200f53a88cc88ad15");
    CHECK_INT(explain(secret, AKOLHOOK_SCHEME_AKOL, &in, BODY).cause, AKOLHOOK_CAUSE_SHA512);
}

/* Under Standard Webhooks the same with what the base64 of a secret stands for, up to a block of SHA-512;
   longer ones are not tried. The secret is byte (7 i + length) mod 256 at place i. */
static void decoded_secrets(void) {
    static const struct {
        size_t len;
        const char *secret, *sha1, *sha512;
    } rows[] = {{1, "whsec_AQ==", "v1,fbeY0Y6+IBaXcZ5zhUebglWu50s=",
                        "v1,MhivYYHSpWbAtyPioLM5DSiXILd+YNDOomUEyoMI0/PFaMLlrNf2Fo6NJA7Iyhv4Z7Y"
                        "NbRHCZH0giWQqvwwdTw=="},
            {63,
                    "whsec_P0ZNVFtiaXB3foWMk5qhqK+2vcTL0tng5+71/AMKERgfJi00O0JJUFdeZWxzeoGI"
                    "j5adpKuyucDHztXc4+rx",
                    "v1,2puc9jaiAy0KSGybramE+PYTkEA=",
                    "v1,krF1tx3Nte+L1eXJ77b1ShW0BgihljmRD6k4m20Ey3nEiqdg6ancW5f+bhYS2iBw/kO"
                    "h0dqCgP5mWD2u/PZu1g=="},
            {64,
                    "whsec_QEdOVVxjanF4f4aNlJuiqbC3vsXM09rh6O/2/QQLEhkgJy41PENKUVhfZm10e4KJ"
                    "kJeepayzusHIz9bd5Ovy+Q==",
                    "v1,CTpke+ov8AddH6CuNbF6HVt9eSE=",
                    "v1,EYEt0FlKvuNd1v5gLC6G8Ju/4rrna/cfg/D2oyES3Edk6WbDtQMG4NthRpAvcr8h0N5"
                    "Hu5UZh7K8lMx4fkZJQw=="},
            {65,
                    "whsec_QUhPVl1ka3J5gIeOlZyjqrG4v8bN1Nvi6fD3/gUMExohKC82PURLUllgZ251fIOK"
                    "kZifpq20u8LJ0Nfe5ezz+gE=",
                    "v1,SRAutlwJRDs7qhJb7sWsUaw55mc=",
                    "v1,fH5RayxmMwbB1/UOSDIeZMHsOpQdALMJhMgETRh5FCtxzfHN8Bb3oDmDviUyQdWStZg"
                    "wpNAvvtAy0QwNpGc7ag=="},
            {127,
                    "whsec_f4aNlJuiqbC3vsXM09rh6O/2/QQLEhkgJy41PENKUVhfZm10e4KJkJeepayzusHI"
                    "z9bd5Ovy+QAHDhUcIyoxOD9GTVRbYmlwd36FjJOaoaivtr3Ey9LZ4Ofu9fwDChEYHyYtND"
                    "tCSVBXXmVsc3qBiI+WnaSrsrnAx87V3OPq8Q==",
                    "v1,4pR/vz7syHRD6x1AFXlRafNGe+M=",
                    "v1,NH7Ym94k/tddJBftlSvLV5cWZw+SJJ1ROCDVQUHMdf+B6oujio95Q8h2W3GWiT4O8qf"
                    "Wni5Nfm/UlZ+BHBXgVA=="},
            {128,
                    "whsec_gIeOlZyjqrG4v8bN1Nvi6fD3/gUMExohKC82PURLUllgZ251fIOKkZifpq20u8LJ"
                    "0Nfe5ezz+gEIDxYdJCsyOUBHTlVcY2pxeH+GjZSboqmwt77FzNPa4ejv9v0ECxIZICcuNT"
                    "xDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vk=",
                    "v1,MEMsfHqnkRxT4hKF8veGs/SqwU0=",
                    "v1,QgkkGfcUnkgndCRRv+R16nqYSk8lCC6XIpX7+8bjgEqUTkPdZ+sD07G6AzNWRg0nk9o"
                    "I05PxoVcRT2b3ywH59A=="},
            {129,
                    "whsec_gYiPlp2kq7K5wMfO1dzj6vH4/wYNFBsiKTA3PkVMU1phaG92fYSLkpmgp661vMPK"
                    "0djf5u30+wIJEBceJSwzOkFIT1ZdZGtyeYCHjpWco6qxuL/GzdTb4unw9/4FDBMaISgvNj"
                    "1ES1JZYGdudXyDipGYn6attLvCydDX3uXs8/oB",
                    "v1,UUisEpNkooq4M8ac/XPERUKkqrw=",
                    "v1,a5M8QXWR9zoBXxLwiNwp3sMT0A3dejugdE7uxJerXwYHTwRYCczFFIUyHbN0hVXfU2o"
                    "g6QBkjDVaDs0PehG9ZQ=="},
            {200,
                    "whsec_yM/W3eTr8vkABw4VHCMqMTg/Rk1UW2JpcHd+hYyTmqGor7a9xMvS2eDn7vX8AwoR"
                    "GB8mLTQ7QklQV15lbHN6gYiPlp2kq7K5wMfO1dzj6vH4/wYNFBsiKTA3PkVMU1phaG92fY"
                    "SLkpmgp661vMPK0djf5u30+wIJEBceJSwzOkFIT1ZdZGtyeYCHjpWco6qxuL/GzdTb4unw"
                    "9/4FDBMaISgvNj1ES1JZYGdudXyDipGYn6attLvCydDX3uXs8/oBCA8WHSQrMjk=",
                    "v1,k6sqsTmUj/pxlatMq8Vx0KJLNso=",
                    "v1,tCkOFeY6EfhVk87zSjYRSvofrwTGjT0lnwBHe4Vg4PJ7K4y4k8lpwJC/lmlCLTSdu/l"
                    "YG3NbRNmd8Rf6RpMoeA=="}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int is_tried = rows[i].len <= 128;
        akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_STANDARD, rows[i].sha1);
        CHECK_INT(explain(rows[i].secret, AKOLHOOK_SCHEME_STANDARD, &in, BODY).cause,
                is_tried ? AKOLHOOK_CAUSE_SHA1 : AKOLHOOK_CAUSE_HEADERS);
        in = headers_of(AKOLHOOK_SCHEME_STANDARD, rows[i].sha512);
        CHECK_INT(explain(rows[i].secret, AKOLHOOK_SCHEME_STANDARD, &in, BODY).cause,
                is_tried ? AKOLHOOK_CAUSE_SHA512 : AKOLHOOK_CAUSE_HEADERS);
    }
}

/* A claim of any length but those of the MACs is compared with none: here of one byte. */
static void short_claims(void) {
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_explanation why;
    char claim[3];
    unsigned i;
    for (i = 0; i < 256; i++) {
        memset(&in, 0, sizeof in);
        sprintf(claim, "%02x", i);
        header(&in, "X-Webhook-Signature", claim);
        CHECK_STATUS(
                akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, "1", 1, NOW, &why), OK);
        CHECK_INT(why.cause, AKOLHOOK_CAUSE_HEADERS);
    }
}

/* An envelope with blanks, as Akol writes none. */
#define FOREIGN \
    "{ \"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\"," \
    "\"webhookId\":\"w\",\"data\":{}}"

/* What changes a body mostly changes its length too, and Content-Length tells of it first: the mistake is
   named all the same. A length that is wrong by itself, or a body that was cut, is a matter of the header. */
static void lengths_of_the_sender(void) {
    static const struct {
        const char *sent, *received, *length;
        akolhook_cause cause;
    } rows[] = {{BODY_TEXT, BODY_TEXT "\n", "112", AKOLHOOK_CAUSE_LINE_END_ADDED},
            {BODY_TEXT "\r\n", BODY_TEXT, "114", AKOLHOOK_CAUSE_LINE_END_LOST},
            {BODY_TEXT, "\xef\xbb\xbf" BODY_TEXT, "112", AKOLHOOK_CAUSE_BOM_ADDED},
            {BODY_TEXT, "", "112", AKOLHOOK_CAUSE_BODY_EMPTY},
            {"{\"a\":1}", "{\"a\": 1}", "7", AKOLHOOK_CAUSE_RESERIALISED},
            {"{}", FOREIGN, "2", AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            {"{\"a\":1}", "{\"a\"", "7", AKOLHOOK_CAUSE_HEADERS},
            {"{\"a\":1}", "{\"a\":1}", "8", AKOLHOOK_CAUSE_HEADERS}};
    akolhook_incoming in;
    akolhook_explanation why;
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sign(rows[i].sent, strlen(rows[i].sent), hex);
        in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
        header(&in, "Content-Length", rows[i].length);
        why = explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, rows[i].received, strlen(rows[i].received));
        CHECK_STATUS(why.status, LENGTH_MISMATCH);
        CHECK_INT(why.cause, rows[i].cause);
    }

    /* no body makes this one right, be it empty or in a form that Akol does not write */
    in = headers_of(AKOLHOOK_SCHEME_AKOL, "x");
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, "", 0).cause, AKOLHOOK_CAUSE_HEADERS);
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, FOREIGN, sizeof FOREIGN - 1).cause,
            AKOLHOOK_CAUSE_HEADERS);
}

/* What says that the call was wrong says nothing else. */
static void nothing_to_explain(void) {
    static const akolhook_explanation zeros;
    const akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    akolhook_receiver rules = AKOLHOOK_INIT;
    akolhook_explanation why[5];
    size_t i;
    memset(why, 0xee, sizeof why);
    rules.schemes = 4;
    CHECK_STATUS(akolhook_explain_receive(&rules, akolhook_str_c(SECRET), &in, BODY, NOW, &why[0]),
            INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), 0, &in, BODY, NOW, &why[1]), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, NULL, BODY, NOW, &why[2]),
            INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, NULL, 1, NOW, &why[3]),
            INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_c(SECRET), 3, &in, BODY, NOW, &why[4]), INVALID_ARGUMENT);
    for (i = 0; i < 5; i++) CHECK_MEM(&why[i], sizeof why[i], &zeros, sizeof zeros);
}

/* ---- the body as other bytes ---- */

#define SENT "{\"n\":\"Zo\xc3\xab \xe2\x80\x93 \xf0\x9f\x98\x80\"}"
#define SENT_LATIN "{\"n\":\"Zo\xc3\xab \xe2\x80\x99\xe2\x82\xac\"}" /* what Windows-1252 has */

#define BYTES(text) text, sizeof text - 1
static void bodies_in_other_forms(void) {
    static const struct {
        const char *sent;
        const char *received;
        size_t len;
        akolhook_cause cause;
    } rows[] = {/* base64 of either alphabet, in lines, without its padding: printf | base64 */
            {SENT, BYTES("eyJuIjoiWm/DqyDigJMg8J+YgCJ9"), AKOLHOOK_CAUSE_BODY_BASE64},
            {SENT, BYTES("eyJuIjoiWm_DqyDigJMg8J-YgCJ9"), AKOLHOOK_CAUSE_BODY_BASE64},
            {SENT, BYTES("eyJuIjoiWm/D\r\nqyDigJMg\r\n8J+YgCJ9\r\n"), AKOLHOOK_CAUSE_BODY_BASE64},
            {"{\"a\":1}", BYTES("eyJhIjoxfQ=="), AKOLHOOK_CAUSE_BODY_BASE64},
            {"{\"a\":1}", BYTES("eyJhIjoxfQ"), AKOLHOOK_CAUSE_BODY_BASE64},
            /* written twice */
            {"{\"a\":1}", BYTES("\"{\\\"a\\\":1}\""), AKOLHOOK_CAUSE_BODY_IN_STRING},
            {"{\"a\":\"\\n\\u00e9\"}", BYTES(" \"{\\\"a\\\":\\\"\\\\n\\\\u00e9\\\"}\"\n"),
                    AKOLHOOK_CAUSE_BODY_IN_STRING},
            {SENT, BYTES("\"{\\\"n\\\":\\\"Zo\\u00eb \\u2013 \\ud83d\\ude00\\\"}\""),
                    AKOLHOOK_CAUSE_BODY_IN_STRING},
            /* UTF-16 in both orders, with a mark and without, surrogates, a line end of PowerShell's */
            {"{\"\xc3\xab\":1}",
                    BYTES("\xff\xfe{\0\"\0\xeb\0\"\0:\0"
                          "1\0}\0"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"\xc3\xab\":1}",
                    BYTES("\xfe\xff\0{\0\"\0\xeb\0\"\0:\0"
                          "1\0}"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("{\0\"\0a\0\"\0:\0"
                          "1\0}\0"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("\0{\0\"\0a\0\"\0:\0"
                          "1\0}"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"\"\xf0\x9f\x98\x80\"", BYTES("\xff\xfe\"\0\x3d\xd8\0\xde\"\0"), AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("\xff\xfe{\0\"\0a\0\"\0:\0"
                          "1\0}\0\r\0\n\0"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            /* an odd byte behind it */
            {"{\"a\":1}",
                    BYTES("\xff\xfe{\0\"\0a\0\"\0:\0"
                          "1\0}\0\n"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("\xff\xfe{\0\"\0a\0\"\0:\0"
                          "1\0}\0\r\0\n\0\n"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("\xfe\xff\0{\0\"\0a\0\"\0:\0"
                          "1\0}\0\r\0\n"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            {"{\"a\":1}",
                    BYTES("\xfe\xff\0{\0\"\0a\0\"\0:\0"
                          "1\0}\0\n"),
                    AKOLHOOK_CAUSE_BODY_UTF16},
            /* Latin-1 and Windows-1252, once and twice */
            {"{\"n\":\"Zo\xc3\xab\"}", BYTES("{\"n\":\"Zo\xeb\"}"), AKOLHOOK_CAUSE_BODY_LATIN1},
            {SENT_LATIN, BYTES("{\"n\":\"Zo\xeb \x92\x80\"}"), AKOLHOOK_CAUSE_BODY_LATIN1},
            {"{\"n\":\"Zo\xc3\xab\"}", BYTES("{\"n\":\"Zo\xc3\x83\xc2\xab\"}"),
                    AKOLHOOK_CAUSE_BODY_TWICE_UTF8},
            {"\xe2\x80\x99", BYTES("\xc3\xa2\xe2\x82\xac\xe2\x84\xa2"), AKOLHOOK_CAUSE_BODY_TWICE_UTF8},
            {"\x7f\xc3\xab", BYTES("\x7f\xeb"), AKOLHOOK_CAUSE_BODY_LATIN1},
            /* line ends, and those that are none */
            {"", BYTES("\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"", BYTES("\r\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"a", BYTES("a\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"a", BYTES("a\r\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"a\n", BYTES("a\n\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"\xef\xbb\xbfx", BYTES("\xef\xbb\xbfx\n"), AKOLHOOK_CAUSE_LINE_END_ADDED},
            {"a\n", BYTES("a"), AKOLHOOK_CAUSE_LINE_END_LOST},
            {"a\r\n", BYTES("a"), AKOLHOOK_CAUSE_LINE_END_LOST},
            {"x\ry\nz", BYTES("x\ry\r\nz"), AKOLHOOK_CAUSE_CRLF_ADDED},
            {"x\ry\r\nz", BYTES("x\ry\nz"), AKOLHOOK_CAUSE_CRLF_LOST},
            {"x\xef\xbb\xbf", BYTES("\xef\xbb\xbfx\xef\xbb\xbf"), AKOLHOOK_CAUSE_BOM_ADDED},
            /* none of them */
            {"{\"a\":1}", BYTES("eyJhIjoyfQ=="), AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"a\":1}", BYTES("\"{\\\"a\\\":2}\""), AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"a\":1}", BYTES("\""), AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"a\":1}", BYTES("\xff\xfe"), AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"a\":1}", BYTES("="), AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"a\":1}", BYTES("\xff"), AKOLHOOK_CAUSE_UNKNOWN}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_cause cause = cause_of(rows[i].sent, strlen(rows[i].sent), rows[i].received, rows[i].len);
        if (cause != rows[i].cause) printf("row %lu\n", (unsigned long)i);
        CHECK_INT(cause, rows[i].cause);
    }
}

/* A line end that is the whole body ends where it begins, whatever stands before it in memory. */
static void line_end_alone(void) {
    static const char memory[] = "\r\n";
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    akolhook_explanation why;
    sign("", 0, hex);
    in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, memory + 1, 1, NOW, &why),
            OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_LINE_END_ADDED);
}

/* What Unicode's CP1252.TXT has for the bytes 80 to 9F; 0: nothing. */
static const unsigned cp1252[32] = {0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030,
        0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178};
static size_t utf8_of(unsigned code, char *out) { /* RFC 3629 section 3, 80 to FFFF */
    size_t len = 0;
    if (code < 0x800)
        out[len++] = (char)(0xc0 | code >> 6);
    else {
        out[len++] = (char)(0xe0 | code >> 12);
        out[len++] = (char)(0x80 | (code >> 6 & 0x3f));
    }
    out[len++] = (char)(0x80 | (code & 0x3f));
    return len;
}

/* Each byte of Windows-1252 for the character that it stands for; and the other way round each character of
   two and three bytes of UTF-8 that were taken for such bytes, and NUL. A byte that stands for nothing is the
   control character of its number. */
static void bodies_of_windows(void) {
    char sent[8], received[16];
    unsigned code, i;

    for (i = 0x80; i < 0x100; i++) {
        const size_t len = utf8_of(i < 0xa0 && cp1252[i - 0x80] ? cp1252[i - 0x80] : i, sent);
        received[0] = (char)i;
        CHECK_INT(cause_of(sent, len, received, 1), AKOLHOOK_CAUSE_BODY_LATIN1);
    }
    for (code = 0x80; code < 0xd000; code += code < 0x100 ? 1 : 331) {
        size_t len = 0, sent_len = utf8_of(code, sent);
        for (i = 0; i < sent_len; i++) {
            const unsigned byte = (unsigned char)sent[i];
            len += utf8_of(byte < 0xa0 && cp1252[byte - 0x80] ? cp1252[byte - 0x80] : byte, received + len);
        }
        CHECK_INT(cause_of(sent, sent_len, received, len), AKOLHOOK_CAUSE_BODY_TWICE_UTF8);
    }
    CHECK_INT(cause_of("\0\xe9", 2, "\0\xc3\xa9", 3), AKOLHOOK_CAUSE_BODY_TWICE_UTF8);
}

/* ---- JSON that was written again ---- */

/* clang-format off */
static const struct { const char *what, *sent; } bodies[] = {
    {"plain",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":42}}"},
    {"typed",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"agentId\":\"a_1\",\"direction\""
        ":\"inbound\",\"duration\":184,\"outcome\":\"booked\",\"transcript\":[{\"speaker\":\"agent\","
        "\"text\":\"Hi\",\"timestamp\":0}],\"transferredTo\":\"+1\"}}"},
    {"from Python",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\": \"call_1\", \"duration\": 42}}"},
    {"from PHP",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"url\":\"https:\\/\\/example.com\\/r\",\"note\":\"caf"
        "\\u00e9\"}}"},
    {"UTF-8 and slashes",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"Zo\xc3\xab \xe2\x80\x93 30/5 \xf0\x9f\x98"
        "\x80\",\"url\":\"https://x.y/z\"}}"},
    {"from Python, escaped",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\": \"caf\\u00e9 \\ud83d\\ude00\", \"list\": [1, "
        "2, {\"a\": []}]}}"},
    {"from Go",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"a \\u003cb\\u003e \\u0026 c\"}}"},
    {"prices",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"price\":19.90,\"count\":3}}"},
    {"exponents",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"duration\":1e3,\"ratio\":1.0}}"},
    {"empty ones",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"tags\":[],\"meta\":{}}}"},
    {"escapes",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"line\\nquote\\\"back\\\\slash\\ttab \\u0001"
        "\",\"x\":null}}"},
};
/* In the order of bodies; each as node 20, Python 3.11 and PHP 8.2 write it: JSON.stringify(x),
   JSON.stringify(x, null, 2), json.dumps(x), json.dumps(x, sort_keys=True), json_encode(json_decode(x,
   true)). */
static const char *const written[][5] = {
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":42}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"callId\": \"call_1\",\n"
        "    \"duration\": 42\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"callId\": \"call_1\", \"duration\": 42}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"callId\": \"call_1\", \"duration\": 42}, \"event\":"
        " \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":42}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"agentId\":\"a_1\",\"direction\""
        ":\"inbound\",\"duration\":184,\"outcome\":\"booked\",\"transcript\":[{\"speaker\":\"agent\","
        "\"text\":\"Hi\",\"timestamp\":0}],\"transferredTo\":\"+1\"}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"callId\": \"call_1\",\n"
        "    \"agentId\": \"a_1\",\n    \"direction\": \"inbound\",\n    \"duration\": 184,\n    \"ou"
        "tcome\": \"booked\",\n    \"transcript\": [\n      {\n        \"speaker\": \"agent\",\n     "
        "   \"text\": \"Hi\",\n        \"timestamp\": 0\n      }\n    ],\n    \"transferredTo\": \"+1"
        "\"\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"callId\": \"call_1\", \"agentId\": \"a_1\", "
        "\"direction\": \"inbound\", \"duration\": 184, \"outcome\": \"booked\", \"transcript\": [{\""
        "speaker\": \"agent\", \"text\": \"Hi\", \"timestamp\": 0}], \"transferredTo\": \"+1\"}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"agentId\": \"a_1\", \"callId\": \"call_1\", \"direc"
        "tion\": \"inbound\", \"duration\": 184, \"outcome\": \"booked\", \"transcript\": [{\"speaker"
        "\": \"agent\", \"text\": \"Hi\", \"timestamp\": 0}], \"transferredTo\": \"+1\"}, \"event\": "
        "\"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"agentId\":\"a_1\",\"direction\""
        ":\"inbound\",\"duration\":184,\"outcome\":\"booked\",\"transcript\":[{\"speaker\":\"agent\","
        "\"text\":\"Hi\",\"timestamp\":0}],\"transferredTo\":\"+1\"}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":42}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"callId\": \"call_1\",\n"
        "    \"duration\": 42\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"callId\": \"call_1\", \"duration\": 42}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"callId\": \"call_1\", \"duration\": 42}, \"event\":"
        " \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":42}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"url\":\"https://example.com/r\",\"note\":\"caf\xc3"
        "\xa9\"}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"url\": \"https://exampl"
        "e.com/r\",\n    \"note\": \"caf\xc3\xa9\"\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"url\": \"https://example.com/r\", \"note\": "
        "\"caf\\u00e9\"}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"note\": \"caf\\u00e9\", \"url\": \"https://example."
        "com/r\"}, \"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookI"
        "d\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"url\":\"https:\\/\\/example.com\\/r\",\"note\":\"caf"
        "\\u00e9\"}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"Zo\xc3\xab \xe2\x80\x93 30/5 \xf0\x9f\x98"
        "\x80\",\"url\":\"https://x.y/z\"}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"note\": \"Zo\xc3\xab "
        "\xe2\x80\x93 30/5 \xf0\x9f\x98\x80\",\n    \"url\": \"https://x.y/z\"\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"note\": \"Zo\\u00eb \\u2013 30/5 \\ud83d\\ude"
        "00\", \"url\": \"https://x.y/z\"}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"note\": \"Zo\\u00eb \\u2013 30/5 \\ud83d\\ude00\", "
        "\"url\": \"https://x.y/z\"}, \"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00"
        ".000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"Zo\\u00eb \\u2013 30\\/5 \\ud83d\\ude00\",\""
        "url\":\"https:\\/\\/x.y\\/z\"}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"caf\xc3\xa9 \xf0\x9f\x98\x80\",\"list\":[1,2"
        ",{\"a\":[]}]}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"note\": \"caf\xc3\xa9 "
        "\xf0\x9f\x98\x80\",\n    \"list\": [\n      1,\n      2,\n      {\n        \"a\": []\n      "
        "}\n    ]\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"note\": \"caf\\u00e9 \\ud83d\\ude00\", \"list"
        "\": [1, 2, {\"a\": []}]}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"list\": [1, 2, {\"a\": []}], \"note\": \"caf\\u00e9"
        " \\ud83d\\ude00\"}, \"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", "
        "\"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"caf\\u00e9 \\ud83d\\ude00\",\"list\":[1,2,{"
        "\"a\":[]}]}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"a <b> & c\"}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"note\": \"a <b> & c\"\n"
        "  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"note\": \"a <b> & c\"}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"note\": \"a <b> & c\"}, \"event\": \"call.ended\", "
        "\"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"a <b> & c\"}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"price\":19.9,\"count\":3}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"price\": 19.9,\n    \"c"
        "ount\": 3\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"price\": 19.9, \"count\": 3}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"count\": 3, \"price\": 19.9}, \"event\": \"call.end"
        "ed\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"price\":19.9,\"count\":3}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"duration\":1000,\"ratio\":1}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"duration\": 1000,\n    "
        "\"ratio\": 1\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"duration\": 1000.0, \"ratio\": 1.0}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"duration\": 1000.0, \"ratio\": 1.0}, \"event\": \"c"
        "all.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"duration\":1000,\"ratio\":1}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"tags\":[],\"meta\":{}}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"tags\": [],\n    \"meta"
        "\": {}\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"tags\": [], \"meta\": {}}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"meta\": {}, \"tags\": []}, \"event\": \"call.ended"
        "\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"tags\":[],\"meta\":[]}}",
    },
    {
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"line\\nquote\\\"back\\\\slash\\ttab \\u0001"
        "\",\"x\":null}}",
        "{\n  \"event\": \"call.ended\",\n  \"timestamp\": \"2026-01-01T00:00:00.000Z\",\n  \"busines"
        "sId\": \"biz_1\",\n  \"webhookId\": \"whk_1\",\n  \"data\": {\n    \"note\": \"line\\nquote"
        "\\\"back\\\\slash\\ttab \\u0001\",\n    \"x\": null\n  }\n}",
        "{\"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", \"businessId\": \"b"
        "iz_1\", \"webhookId\": \"whk_1\", \"data\": {\"note\": \"line\\nquote\\\"back\\\\slash\\ttab"
        " \\u0001\", \"x\": null}}",
        "{\"businessId\": \"biz_1\", \"data\": {\"note\": \"line\\nquote\\\"back\\\\slash\\ttab \\u00"
        "01\", \"x\": null}, \"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", "
        "\"webhookId\": \"whk_1\"}",
        "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1"
        "\",\"webhookId\":\"whk_1\",\"data\":{\"note\":\"line\\nquote\\\"back\\\\slash\\ttab \\u0001"
        "\",\"x\":null}}",
    },
};
/* clang-format on */

static void bodies_and_writers(void) {
    size_t i, j, named = 0, same = 0;
    for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        for (j = 0; j < 5; j++) {
            akolhook_cause cause =
                    cause_of(bodies[i].sent, strlen(bodies[i].sent), written[i][j], strlen(written[i][j]));
            const int is_same = strcmp(bodies[i].sent, written[i][j]) == 0;
            if (cause != (is_same ? AKOLHOOK_CAUSE_NONE : AKOLHOOK_CAUSE_RESERIALISED))
                printf("%s, writer %lu: %d\n", bodies[i].what, (unsigned long)j, (int)cause);
            CHECK_INT(cause, is_same ? AKOLHOOK_CAUSE_NONE : AKOLHOOK_CAUSE_RESERIALISED);
            named++;
            same += (size_t)is_same;
        }
    CHECK_INT(named, 55);
    CHECK_INT(same, 9); /* what was compact, plain and ASCII comes out of node and PHP as it was */
}

/* The sender writes with blanks, as json.dumps does or in lines; its body comes with sorted keys. */
static void senders_with_blanks(void) {
    size_t i;

    for (i = 1; i <= 2; i++)
        CHECK_INT(cause_of(written[0][i], strlen(written[0][i]), written[0][3], strlen(written[0][3])),
                AKOLHOOK_CAUSE_RESERIALISED);
}

/* PostgreSQL's jsonb writes keys by their length and then by their bytes, the members of a transcript's lines
   too: select '...'::jsonb. */
static void stored_as_jsonb(void) {
    static const char
            sent[] =
                    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"bi"
                    "z_1\",\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"agentId\":\"a_1\",\"dire"
                    "ction\":\"inbound\",\"duration\":184,\"outcome\":\"booked\",\"transcript\":[{\"speaker\""
                    ":\"agent\",\"text\":\"Hi\",\"timestamp\":0},{\"speaker\":\"caller\",\"text\":\"Ho\",\"ti"
                    "mestamp\":1}],\"transferredTo\":\"+1\"}}",
            stored[] =
                    "{\"data\": {\"callId\": \"call_1\", \"agentId\": \"a_1\", \"outcome\": \"booked\", \"dur"
                    "ation\": 184, \"direction\": \"inbound\", \"transcript\": [{\"text\": \"Hi\", \"speaker"
                    "\": \"agent\", \"timestamp\": 0}, {\"text\": \"Ho\", \"speaker\": \"caller\", \"timestam"
                    "p\": 1}], \"transferredTo\": \"+1\"}, \"event\": \"call.ended\", \"timestamp\": \"2026-0"
                    "1-01T00:00:00.000Z\", \"webhookId\": \"whk_1\", \"businessId\": \"biz_1\"}";

    CHECK_INT(cause_of(sent, sizeof sent - 1, stored, sizeof stored - 1), AKOLHOOK_CAUSE_RESERIALISED);
}

/* What sorts keys leaves no trace of the order before: of data with members that nobody knows, each of the
   24 orders that four of them have is found. */
static void every_order(void) {
    static const char head[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{";
    static const char sorted[] =
            "{\"businessId\":\"biz_1\",\"data\":{\"a\":1,\"b\":\"2\",\"q\":true,\"x\":null},"
            "\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
            "\"webhookId\":\"whk_1\"}";
    static const char members[4][9] = {"\"a\":1", "\"b\":\"2\"", "\"q\":true", "\"x\":null"};
    char sent[300];
    unsigned order[4], found = 0, i;

    for (i = 0; i < 256; i++) {
        unsigned seen = 0, k;
        for (k = 0; k < 4; k++) seen |= 1u << (order[k] = i >> 2 * k & 3);
        if (seen != 15) continue;
        sprintf(sent, "%s%s,%s,%s,%s}}", head, members[order[0]], members[order[1]], members[order[2]],
                members[order[3]]);
        CHECK_INT(cause_of(sent, strlen(sent), sorted, sizeof sorted - 1), AKOLHOOK_CAUSE_RESERIALISED);
        found++;
    }
    CHECK_INT(found, 24);
}

#define ENVELOPE_HEAD \
    "\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1\"," \
    "\"webhookId\":\"whk_1\","

/* JSON without blanks, and without brackets in its strings, as a writer has it that puts so many blanks a
   level: JSON.stringify(x, null, width); 1: json.dumps(x). */
static void indent(const char *json, int width, int depth, char *out) {
    int i, in_string = 0;

    for (; *json; json++) {
        const int is_empty = strchr("{[", *json) && strchr("}]", json[1]);
        if (*json == '"') in_string = !in_string;
        if (!in_string && width > 1 && strchr("}]", *json) && !strchr("{[", json[-1])) {
            *out++ = '\n';
            for (i = --depth * width; i; i--) *out++ = ' ';
        }
        *out++ = *json;
        if (in_string) continue;
        if (*json == ':' || (*json == ',' && width == 1)) *out++ = ' ';
        if (width > 1 && (*json == ',' || (strchr("{[", *json) && !is_empty))) {
            if (*json != ',') depth++;
            *out++ = '\n';
            for (i = depth * width; i; i--) *out++ = ' ';
        }
    }
    *out = 0;
}

/* Data in each form that it is tried in, alone and with its envelope, when what came in is compact and has
   sorted keys. */
static void blanks_of_writers(void) {
    static const char data[] = "{\"b\":{\"c\":[1,{}],\"d\":[true,{\"e\":null}]},\"a\":{},\"f\":[]}";
    static const char sorted[] =
            "{\"businessId\":\"biz_1\",\"data\":{\"a\":{},\"b\":{\"c\":[1,{}],\"d\":[true,{\"e\":null}]},"
            "\"f\":[]},\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
            "\"webhookId\":\"whk_1\"}";
    static const int widths[] = {0, 1, 2, 4};
    char compact[300], sent[600], form[300];
    size_t i;

    sprintf(compact, "{%s\"data\":%s}", ENVELOPE_HEAD, data);
    for (i = 0; i < 4; i++) {
        if (widths[i])
            indent(data, widths[i], 0, form);
        else
            strcpy(form, data);
        sprintf(sent, "{%s\"data\":%s}", ENVELOPE_HEAD, form);
        CHECK_INT(cause_of(sent, strlen(sent), sorted, sizeof sorted - 1), AKOLHOOK_CAUSE_RESERIALISED);
        if (!widths[i]) continue;
        CHECK_INT(cause_of(sent, strlen(sent), compact, strlen(compact)), AKOLHOOK_CAUSE_RESERIALISED);
        CHECK_INT(cause_of(compact, strlen(compact), sent, strlen(sent)), AKOLHOOK_CAUSE_RESERIALISED);
        indent(compact, widths[i], 0, sent);
        CHECK_INT(cause_of(sent, strlen(sent), sorted, sizeof sorted - 1), AKOLHOOK_CAUSE_RESERIALISED);
        CHECK_INT(cause_of(sent, strlen(sent), compact, strlen(compact)), AKOLHOOK_CAUSE_RESERIALISED);
        CHECK_INT(cause_of(compact, strlen(compact), sent, strlen(sent)), AKOLHOOK_CAUSE_RESERIALISED);
    }
}

#ifndef CHECK_BARE
/* So many elements inside 30 arrays, compact or in lines as JSON.stringify(x, null, 4) has them: an element
   costs 4 * 30 + 3 bytes there. */
static size_t nested(char *out, unsigned count, int in_lines) {
    enum { levels = 30 };
    size_t at = 0;
    unsigned i, depth;

    for (depth = 1; depth <= levels; depth++) {
        out[at++] = '[';
        if (in_lines) at += (size_t)sprintf(out + at, "\n%*s", (int)(4 * depth), "");
    }
    for (i = 0; i < count; i++) {
        if (i && in_lines) at += (size_t)sprintf(out + at, "\n%*s", 4 * levels, "");
        out[at++] = '1';
        if (i + 1 < count) out[at++] = ',';
    }
    for (depth = levels; depth-- > 0; out[at++] = ']')
        if (in_lines) at += (size_t)sprintf(out + at, "\n%*s", (int)(4 * depth), "");
    return at;
}

/* A form may be many times as long as the body: what is hashed is bounded all the same. 200 elements with 2
   and with 4 blanks a level are 13 + 25 KB, the levels themselves 6; 7,000 are 441 + 861 KB, above the 1 MiB
   that a body of 14 KB has, as 24 times its length are less. */
static void forms_longer_than_the_body(void) {
    static char sent[1 << 20], received[1 << 14];
    char hex[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_incoming in;
    akolhook_explanation why;
    unsigned i;

    for (i = 0; i < 2; i++) {
        const unsigned count = i ? 7000 : 200;
        const size_t len = nested(received, count, 0);
        sign(sent, nested(sent, count, 1), hex);
        in = headers_of(AKOLHOOK_SCHEME_AKOL, hex);
        CHECK_STATUS(
                akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, received, len, NOW, &why),
                OK);
        CHECK_INT(why.cause, i ? AKOLHOOK_CAUSE_UNKNOWN : AKOLHOOK_CAUSE_RESERIALISED);
    }
}

/* Processor time that a body takes which nobody signed. */
static double ticks_of(const char *body, size_t len) {
    akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    akolhook_explanation why;
    const clock_t start = clock();

    CHECK_STATUS(
            akolhook_explain(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &in, body, len, NOW, &why), OK);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_UNKNOWN);
    return (double)(clock() - start);
}

/* What stands in a body does not count, only how long it is: 131,000 numbers may take 20 times as long as a
   text, and a second. Where each one looked at those before it, they took 100 times as long. */
static void many_numbers(void) {
    static char body[1 << 18];
    double text, numbers;
    size_t i;

    memset(body, 'a', sizeof body);
    body[0] = body[sizeof body - 1] = '"';
    text = ticks_of(body, sizeof body);
    for (i = 0; i < sizeof body; i++) body[i] = i % 2 ? '1' : ',';
    body[0] = '[';
    body[sizeof body - 2] = ' ';
    body[sizeof body - 1] = ']';
    numbers = ticks_of(body, sizeof body);
    CHECK(numbers < 20 * text + CLOCKS_PER_SEC);
}
#endif

/* The last orders of five members come behind the 64 KiB that AKOLHOOK_SMALL hashes. */
#ifdef AKOLHOOK_SMALL
#define LAST_OF_FIVE AKOLHOOK_CAUSE_LIKELY_RESERIALISED
#else
#define LAST_OF_FIVE AKOLHOOK_CAUSE_RESERIALISED
#endif

/* Five members of data are put in each of their orders, also of an event that is not known; of more the order
   stays, typed or as it came. */
static void orders_of_data(void) {
    static const struct {
        const char *sent, *received;
        akolhook_cause cause;
    } rows[] = {{"{\"e\":1,\"d\":2,\"c\":3,\"b\":4,\"a\":5}", "{\"a\":5,\"b\":4,\"c\":3,\"d\":2,\"e\":1}",
                        LAST_OF_FIVE},
            {"{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}", AKOLHOOK_CAUSE_RESERIALISED},
            {"{\"d\":2,\"c\":3,\"b\":4,\"a\":5}", "{\"a\":5,\"b\":4,\"c\":3,\"d\":2}",
                    AKOLHOOK_CAUSE_RESERIALISED},
            {"{\"outcome\":\"o\",\"callId\":\"c\",\"x\":1,\"y\":2,\"z\":3,\"w\":4}",
                    "{\"outcome\":\"o\",\"callId\":\"c\",\"x\":1,\"y\":2,\"z\":3,\"w\":4}",
                    AKOLHOOK_CAUSE_RESERIALISED}};
    char sent[300], received[300];
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sprintf(sent, "{%s\"data\":%s}", ENVELOPE_HEAD, rows[i].sent);
        sprintf(received, "{\"data\":%s,%s", rows[i].received, ENVELOPE_HEAD);
        received[strlen(received) - 1] = '}'; /* for the last comma */
        CHECK_INT(cause_of(sent, strlen(sent), received, strlen(received)), rows[i].cause);
    }
    sprintf(sent, "{%s\"data\":%s}", ENVELOPE_HEAD, rows[1].sent);
    sprintf(received, "{\"data\":%s,%s", rows[1].received, ENVELOPE_HEAD);
    received[strlen(received) - 1] = '}';
    memcpy(strstr(sent, "call.ended"), "call.later", 10);
    memcpy(strstr(received, "call.ended"), "call.later", 10);
    CHECK_INT(cause_of(sent, strlen(sent), received, strlen(received)), AKOLHOOK_CAUSE_RESERIALISED);
}

/* Typed data whose keys were sorted: members that nobody knows keep their order behind the known ones, in the
   envelope and in data; what is no list of lines stays as it is. */
static void typed_data_in_order(void) {
    static const char *const transcripts[] = {"[{\"speaker\":\"agent\",\"text\":\"Hi\",\"timestamp\":0}]",
            "[]", "[{}]", "[1]", "[[]]", "{\"text\":1,\"speaker\":2}", "\"none\"", "[{\"x\":1},{}]",
            "[{\"x\":1},2]", "[{\"speaker\":\"a\",\"x\":1,\"y\":2},{\"text\":\"b\",\"x\":[]}]"};
    static const char *const sorted[] = {"[{\"text\":\"Hi\",\"timestamp\":0,\"speaker\":\"agent\"}]", "[]",
            "[{}]", "[1]", "[[]]", "{\"text\":1,\"speaker\":2}", "\"none\"", "[{\"x\":1},{}]",
            "[{\"x\":1},2]", "[{\"x\":1,\"speaker\":\"a\",\"y\":2},{\"x\":[],\"text\":\"b\"}]"};
    char compact[600], sent[900], received[600];
    size_t i;
    int width;

    for (i = 0; i < sizeof transcripts / sizeof transcripts[0]; i++)
        for (width = 0; width <= 2; width++) {
            sprintf(compact,
                    "{%s\"data\":{\"callId\":\"c\",\"agentId\":\"a\",\"duration\":1,\"outcome\":\"o\","
                    "\"transcript\":%s,\"more\":[{}],\"again\":2},\"new\":[1],\"also\":{}}",
                    ENVELOPE_HEAD, transcripts[i]);
            sprintf(received,
                    "{\"new\":[1],\"also\":{},\"data\":{\"more\":[{}],\"again\":2,\"agentId\":\"a\","
                    "\"callId\":\"c\",\"transcript\":%s,\"outcome\":\"o\",\"duration\":1},%s",
                    sorted[i], ENVELOPE_HEAD);
            received[strlen(received) - 1] = '}'; /* for the last comma */
            if (width)
                indent(compact, width, 0, sent);
            else
                strcpy(sent, compact);
            CHECK_INT(cause_of(sent, strlen(sent), received, strlen(received)), AKOLHOOK_CAUSE_RESERIALISED);
        }
}

/* Where the form cannot be found, the envelope tells: its order, or blanks in it. */
static void likely_written_again(void) {
    static const struct {
        const char *received;
        akolhook_cause cause;
    } rows[] = {{BODY_TEXT, AKOLHOOK_CAUSE_UNKNOWN}, {BODY_TEXT "\n", AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"event\": \"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\","
             "\"webhookId\":\"w\",\"data\":{}}",
                    AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            {"{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\","
             "\"webhookId\":\"w\",\"data\":{} }",
                    AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            {"{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"event\":\"call.ended\",\"businessId\":\"b\","
             "\"webhookId\":\"w\",\"data\":{}}",
                    AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            /* members that Akol does not have yet: their places tell nothing, those of the others do */
            {"{\"a\":1,\"event\":\"call.ended\",\"b\":2,\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"c\":3,"
             "\"businessId\":\"b\",\"webhookId\":\"w\",\"d\":4,\"e\":5,\"data\":{},\"f\":6}",
                    AKOLHOOK_CAUSE_UNKNOWN},
            {"{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"a\":1,\"event\":\"call.ended\","
             "\"businessId\":\"b\",\"webhookId\":\"w\",\"data\":{}}",
                    AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            {"{\"a\":1, \"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
             "\"businessId\":\"b\",\"webhookId\":\"w\",\"data\":{}}",
                    AKOLHOOK_CAUSE_LIKELY_RESERIALISED},
            {"{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\","
             "\"webhookId\":\"w\",\"data\":{ \"a\" : 1 }}",
                    AKOLHOOK_CAUSE_UNKNOWN}, /* data may be anybody's */
            {"{\"a\": 1}", AKOLHOOK_CAUSE_UNKNOWN}, {"[ ]", AKOLHOOK_CAUSE_UNKNOWN},
            {"1.50", AKOLHOOK_CAUSE_UNKNOWN}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(cause_of("another", 7, rows[i].received, strlen(rows[i].received)), rows[i].cause);
}

/* Senders of other bodies than Akol's, written by hand. */
static void other_senders(void) {
    static const struct {
        const char *sent, *received;
    } rows[] = {{"{\"a\":1.50,\"b\":2}", "{\"a\":1.5,\"b\":2}"}, {"{\"a\":1.0,\"b\":2}", "{\"a\":1,\"b\":2}"},
            {"{\"a\":1,\"b\":2}", "{\"a\":1.0,\"b\":2.0}"}, {"[1e21]", "[1e+21]"}, {"[1E-7]", "[1e-07]"},
            {"[0.00001]", "[1e-05]"}, {"[1.0E3,-2.5]", "[1000,-2.5]"}, {"[-0.0]", "[0]"}, {"[-0]", "[ 0 ]"},
            {"[0.10]", "[0.1]"}, {"[12.5e2]", "[1250.0]"} /* not found: its point is elsewhere */,
            {"{\"u\": \"\\u00E9\"}", "{\"u\":\"\xc3\xa9\"}"},
            {"{\"u\":\"\\ud83d\\ude00\"}", "{\"u\":\"\xf0\x9f\x98\x80\"}"},
            {"{\"a\":[],\"b\":{},\"c\":[]}", "{\"a\":[],\"b\":[],\"c\":[]}"},
            {"{\n    \"a\": [\n        1,\n        {}\n    ]\n}", "{\"a\":[1,{}]}"},
            {"{\n  \"a\": [\n    1,\n    {}\n  ]\n}", "{\"a\":[1,{}]}"},
            {"{\"z\":1,\"a\":{\"y\":1}}", "{\"a\": {\"y\": 1}, \"z\": 1}"},
            {"\"\\u003c\\u2028\\u0026\"", "\"<\xe2\x80\xa8&\""}, {"[\"\\ud800x\"]", "[ \"\\ud800x\" ]"},
            {"[\"\\u001f \"]", "[ \"\\u001f \" ]"},
            {"[\"\\u0001\\u007f\"]", "[\"\\u0001\x7f\"]"} /* Python escapes DEL, node does not */,
            /* every letter of a number, and the zeros: they have no exponent and no places */
            {"[100000]", "[1E5]"}, {"[100000]", "[1e+5]"}, {"[0.00001]", "[1E-5]"}, {"[0]", "[0.0]"},
            {"[0]", "[0.00]"}, {"[0]", "[0e5]"}, {"[0.0]", "[0.000]"}, {"[-0]", "[-0.00]"},
            /* a point up to 99 places away */
            {"[1e98]", "[0.1e99]"}, {"[1e-99]", "[0.1e-98]"},
            /* escapes beside a character that none was made of: of each digit of hex in both cases, of the
               five characters that Go escapes and their neighbours, of halves of a surrogate */
            {"[\"\\uABCD\\uEF01\"]", "[\"\xea\xaf\x8d\xee\xbc\x81\"]"},
            {"[\"\\uabcd\\uef01\"]", "[\"\xea\xaf\x8d\xee\xbc\x81\"]"},
            {"[\"\xc3\xa9\\u003c\"]", "[\"\xc3\xa9<\"]"}, {"[\"\xc3\xa9\\u003e\"]", "[\"\xc3\xa9>\"]"},
            {"[\"\xc3\xa9\\u0026\"]", "[\"\xc3\xa9&\"]"},
            {"[\"\xc3\xa9\\u2028\"]", "[\"\xc3\xa9\xe2\x80\xa8\"]"},
            {"[\"\xc3\xa9\\u2029\"]", "[\"\xc3\xa9\xe2\x80\xa9\"]"},
            {"[\"%'=;?\xe2\x80\xa7\xe2\x80\xaa\\u003c\"]", "[\"%'=;?\xe2\x80\xa7\xe2\x80\xaa<\"]"},
            {"[\"\\ud800\xc3\xa9\"]", "[ \"\\ud800\xc3\xa9\"]"},
            {"[\"\\udbff\xc3\xa9\"]", "[ \"\\udbff\xc3\xa9\"]"},
            {"[\"\\udc00\xc3\xa9\"]", "[ \"\\udc00\xc3\xa9\"]"},
            {"[\"\\udfff\xc3\xa9\"]", "[ \"\\udfff\xc3\xa9\"]"},
            {"[\"\xed\x9f\xbf\xee\x80\x80\"]", "[ \"\\ud7ff\\ue000\"]"},
            {"[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", "[\"\\ud800\\udc00\\udbff\\udfff\"]"},
            {"[\"\\ud800\\udc00\\udbff\\udfff\"]", "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]"},
            {"[\"\\\"\\\\\\b\\f\\n\\r\\t\"]", "[\"\\u0022\\u005c\\u0008\\u000c\\u000a\\u000d\\u0009\"]"},
            /* the lowest byte of these is that of a character which has an escape of its own */
            {"[\"\xc4\xa2\xc5\x9c\xc4\x8a\"]", "[ \"\xc4\xa2\xc5\x9c\xc4\x8a\" ]"},
            {"[\"\\uffff\"]", "[\"\xef\xbf\xbf\"]"}, {"[\"\xef\xbf\xbf\"]", "[\"\\uffff\"]"},
            /* with an exponent: of one digit and two, below 0, behind one digit, two and three */
            {"[1e0]", "[1]"}, {"[1e9]", "[1E9]"}, {"[1e+9]", "[1E9]"}, {"[1e+09]", "[1E9]"},
            {"[1e10]", "[1E10]"}, {"[1e+11]", "[1E11]"}, {"[1e-9]", "[1E-9]"}, {"[1e-09]", "[1E-9]"},
            {"[1e-10]", "[1E-10]"}, {"[1.5e30]", "[1.5E30]"}, {"[1.5e+30]", "[1.5E30]"},
            {"[1.25E-30]", "[1.25e-30]"}, {"[-1.255e8]", "[-1.255E8]"}, {"[-2.0]", "[-2]"}, {"[2.0]", "[2]"},
            {"[0.00123]", "[1.23e-3]"}, {"[1.23e-3]", "[0.00123]"}, {"[12.30]", "[12.3]"},
            {"[120]", "[1.2E2]"}, {"[1200.0]", "[1.2E+3]"},
            {"[\"\\u0000\\u001f \x7f\"]", "[ \"\\u0000\\u001F\\u0020\\u007f\"]"},
            {"[true,false,null]", "[ true , false , null ]"}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int is_found = strcmp(rows[i].sent, "[12.5e2]") != 0;
        akolhook_cause cause =
                cause_of(rows[i].sent, strlen(rows[i].sent), rows[i].received, strlen(rows[i].received));
        if ((cause == AKOLHOOK_CAUSE_RESERIALISED) != is_found) printf("%s\n", rows[i].sent);
        CHECK_INT(cause, is_found ? AKOLHOOK_CAUSE_RESERIALISED : AKOLHOOK_CAUSE_UNKNOWN);
    }
}

/* PHP makes [] of {}: every choice of the first three is tried. */
static void empty_ones(void) {
    static const char *const forms[2] = {"[]", "{}"};
    char sent[60];
    unsigned i;
    for (i = 1; i < 8; i++) {
        sprintf(sent, "[%s,%s,%s,[]]", forms[i & 1], forms[i >> 1 & 1], forms[i >> 2]);
        CHECK_INT(cause_of(sent, strlen(sent), "[[],[],[],[]]", 13), AKOLHOOK_CAUSE_RESERIALISED);
    }
}

/* Which numbers were written anew: of up to five every choice, of more all of them, each alone, and those
   with a fraction. Up to three were each spelled in a way of its own. */
static void numbers_chosen(void) {
    static const char *const ways[] = {"7", "7.0", "7.00"};
    unsigned count, mask, i;
    char sent[200], received[200];

    for (count = 1; count <= 33; count += count < 8 ? 1 : 12)
        for (mask = 1; mask <= (count > 5 ? count + 1 : (1u << count) - 1); mask++) {
            char *s = sent, *r = received;
            for (i = 0; i < count; i++) {
                const int is_other = count > 5 ? i + 1 == mask || mask > count : (int)(mask >> i & 1);
                s += sprintf(s, "%c%s", i ? ',' : '[', is_other ? "7.0" : "7");
                r += sprintf(r, "%c7", i ? ',' : '[');
            }
            strcpy(s, "]");
            strcpy(r, "]");
            CHECK_INT(cause_of(sent, strlen(sent), received, strlen(received)),
                    strchr(sent, '.') ? AKOLHOOK_CAUSE_RESERIALISED : AKOLHOOK_CAUSE_BODY);
        }
    for (i = 0; i < 27; i++) {
        sprintf(sent, "[%s,%s,%s]", ways[i % 3], ways[i / 3 % 3], ways[i / 9]);
        CHECK_INT(cause_of(sent, strlen(sent), "[7,7,7]", 7),
                i ? AKOLHOOK_CAUSE_RESERIALISED : AKOLHOOK_CAUSE_BODY);
    }
    for (i = 0; i < 4; i++) { /* a fraction, an exponent, zeros at the end */
        static const char *const forms[4][2] = {
                {"1.50", "1.5"}, {"100", "1e2"}, {"700.0", "700"}, {"1e2", "100"}};
        sprintf(sent, "[1,%s,3,4,%s,6,7]", forms[i][0], forms[i][0]);
        sprintf(received, "[1,%s,3,4,%s,6,7]", forms[i][1], forms[i][1]);
        CHECK_INT(cause_of(sent, strlen(sent), received, strlen(received)), AKOLHOOK_CAUSE_RESERIALISED);
    }
}

/* However a number was spelled, where it is found alone it is found beside another one that was spelled in
   any of these ways, too. */
static void numbers_spelled_as(const char *const *ways, int count, const char *received) {
    char sent[120], one[60], two[60];
    int alone[10], found = 0, i, k;

    sprintf(one, "[%s, true]", received);
    sprintf(two, "[%s, true, %s]", received, received);
    for (i = 0; i < count; i++) {
        sprintf(sent, "[%s,true]", ways[i]);
        alone[i] = cause_of(sent, strlen(sent), one, strlen(one)) == AKOLHOOK_CAUSE_RESERIALISED;
        found += alone[i];
    }
    CHECK(found >= 4);
    for (i = 0; i < count; i++)
        for (k = 0; k < count; k++) {
            if (!alone[i] || !alone[k]) continue;
            sprintf(sent, "[%s,true,%s]", ways[i], ways[k]);
            CHECK_INT(cause_of(sent, strlen(sent), two, strlen(two)), AKOLHOOK_CAUSE_RESERIALISED);
        }
}
static void numbers_spelled(void) {
    static const char *const large[] = {"1e+21", "1E+21", "1e21", "1E21", "1.0e21", "1.0E21", "1.0e+21",
            "1000000000000000000000", "1000000000000000000000.0"};
    static const char *const zero[] = {"0", "-0", "-0.0", "0.0", "0.00", "0.000"};

    numbers_spelled_as(large, 9, "1e+21");
    numbers_spelled_as(zero, 6, "0");
}

/* Under Standard Webhooks the same mistakes; printf msg_1.1767225600.BODY with the decoded key. */
static void standard_too(void) {
    static const char spaced[] = "{ \"event\": \"call.ended\", \"timestamp\": \"2026-01-01T00:00:00.000Z\", "
                                 "\"businessId\": \"biz_1\", \"webhookId\": \"whk_1\", \"data\": {} }";
    akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_STANDARD, STANDARD);
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_STANDARD, &in, BODY).cause, AKOLHOOK_CAUSE_NONE);
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_STANDARD, &in, spaced, sizeof spaced - 1).cause,
            AKOLHOOK_CAUSE_RESERIALISED);
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_STANDARD, &in, BODY_TEXT "\n", sizeof BODY_TEXT).cause,
            AKOLHOOK_CAUSE_LINE_END_ADDED);
    in = headers_of(AKOLHOOK_SCHEME_STANDARD, "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= " STANDARD);
    CHECK_INT(explain(SECRET, AKOLHOOK_SCHEME_STANDARD, &in, spaced, sizeof spaced - 1).cause,
            AKOLHOOK_CAUSE_RESERIALISED);
}

/* Bodies cut at every length and changed in every place, of the envelope's head in each seventh, as without
   an envelope all orders of its members are tried: nothing is read outside. What a writer may choose is
   spread over three, as each choice doubles the work for all bodies. */
static void any_bytes(void) {
    static const char *const texts[] = {
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\","
            "\"webhookId\":\"w\",\"data\":{\"a\":\"\\ud83d\\ude00\\/\xc3\xa9<\"}}",
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"b\","
            "\"webhookId\":\"w\",\"data\":{\"b\":[],\"a\":{}}, \"c\":[1]}",
            "[-1.50e3,true]"};
    static const char changes[] = "\"\\{}[],:0e\x80 ";
    akolhook_incoming in = headers_of(AKOLHOOK_SCHEME_AKOL, HEX);
    char changed[200];
    size_t i, k, len;
    for (k = 0; k < sizeof texts / sizeof texts[0]; k++) {
        const char *const data = strstr(texts[k], "\"data\"");
        const size_t head = data ? (size_t)(data - texts[k]) : 0;
        len = strlen(texts[k]);
        for (i = 0; i <= len; i++) {
            (void)explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, texts[k], i);
            if (i == len) break;
            if (i < head && i % 7) continue;
            memcpy(changed, texts[k], len);
            changed[i] = changes[i % (sizeof changes - 1)];
            (void)explain(SECRET, AKOLHOOK_SCHEME_AKOL, &in, changed, len);
        }
    }
}

int main(void) {
    page = guard_new(1024);
    RUN(judges_like_receive);
    RUN(extreme_clocks);
    RUN(time_of_the_scheme);
#ifndef CHECK_BARE
    RUN(long_body);
#endif
    RUN(half_of_standard);
    RUN(secrets_mistaken);
    RUN(algorithms_mistaken);
    RUN(other_hashes);
    RUN(decoded_secrets);
    RUN(short_claims);
    RUN(lengths_of_the_sender);
    RUN(nothing_to_explain);
    RUN(bodies_in_other_forms);
    RUN(line_end_alone);
    RUN(bodies_of_windows);
    RUN(bodies_and_writers);
    RUN(senders_with_blanks);
    RUN(stored_as_jsonb);
    RUN(every_order);
    RUN(blanks_of_writers);
#ifndef CHECK_BARE
    RUN(forms_longer_than_the_body);
    RUN(many_numbers);
#endif
    RUN(orders_of_data);
    RUN(typed_data_in_order);
    RUN(likely_written_again);
    RUN(other_senders);
    RUN(empty_ones);
    RUN(numbers_chosen);
    RUN(numbers_spelled);
    RUN(standard_too);
    RUN(any_bytes);
    guard_free(&page);
    return check_end();
}
