/* Constant time: keys and MACs are undefined memory to valgrind, so a branch or an address that depends on
   them is an error.

   ct               signs, verifies and compares in every way
   ct control       compares a MAC with memcmp, which valgrind must report

   Run by tests/checks/ct/run.sh with --error-exitcode. */
#include <valgrind/memcheck.h>
#define AKOLHOOK_TEST_PUBLIC(p, len) (void)VALGRIND_MAKE_MEM_DEFINED(p, len)
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include "../../check.h"

#define PUBLIC(p, len) (void)VALGRIND_MAKE_MEM_DEFINED(p, len)
static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                           "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";

static void secret_key(akolhook_key *key, size_t len) {
    uint8_t secret[100];
    size_t i;
    for (i = 0; i < len; i++) secret[i] = (uint8_t)(i * 29 + 5);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(secret, len);
    akolhook_key_init(key, secret, len);
}

static void sign_and_verify(void) {
    static const size_t lengths[] = {1, 38, 64, 65, 100};
    akolhook_key key;
    char akol[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    size_t i;
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        secret_key(&key, lengths[i]);
        CHECK_STATUS(akolhook_sign_akol(&key, body, sizeof body - 1, akol), OK);
        CHECK_STATUS(
                akolhook_sign_standard(&key, akolhook_str_c(id), 1614265330, body, sizeof body - 1, standard),
                OK);
        PUBLIC(akol, sizeof akol); /* signatures are sent */
        CHECK_STATUS(akolhook_verify_key(&key, akolhook_str_n(akol, 64), body, sizeof body - 1), OK);
        akol[63] = akol[63] == '0' ? '1' : '0';
        CHECK_STATUS(akolhook_verify_key(&key, akolhook_str_n(akol, 64), body, sizeof body - 1),
                SIGNATURE_MISMATCH);
    }
}

/* The receiver, at once and in pieces, under both schemes, with the second of two secrets. */
static void receive(void) {
    static const char time[] = "1614265330";
    char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    unsigned scheme;
    for (scheme = AKOLHOOK_SCHEME_AKOL; scheme <= AKOLHOOK_SCHEME_STANDARD; scheme++) {
        akolhook_receiver r = AKOLHOOK_INIT;
        akolhook_incoming in = AKOLHOOK_INIT;
        akolhook_verifier v;
        akolhook_message msg;
        const int standard = scheme == AKOLHOOK_SCHEME_STANDARD;
        akolhook_key *keys = &r.keys[0][standard], *second = &r.keys[1][standard];
        r.schemes = r.secret_schemes = scheme;
        r.secret_count = 2;
        secret_key(keys, 38);
        secret_key(second, 24);
        memset(signature, 0, sizeof signature);
        if (standard)
            CHECK_STATUS(akolhook_sign_standard(
                                 second, akolhook_str_c(id), 1614265330, body, sizeof body - 1, signature),
                    OK);
        else
            CHECK_STATUS(akolhook_sign_akol(second, body, sizeof body - 1, signature), OK);
        PUBLIC(signature, sizeof signature);
        CHECK_STATUS(akolhook_incoming_header(&in, standard ? "webhook-signature" : "x-webhook-signature",
                             standard ? 17 : 19, signature, strlen(signature)),
                OK);
        if (standard) {
            CHECK_STATUS(akolhook_incoming_header(&in, "webhook-id", 10, id, sizeof id - 1), OK);
            CHECK_STATUS(akolhook_incoming_header(&in, "webhook-timestamp", 17, time, sizeof time - 1), OK);
        }
        CHECK_STATUS(akolhook_authenticate(&r, &in, body, sizeof body - 1, 1614265330, &msg), OK);
        CHECK_INT(msg.secret_index, 1);
        CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
        CHECK_STATUS(akolhook_verifier_update(&v, body, 50), OK);
        CHECK_STATUS(akolhook_verifier_update(&v, body + 50, sizeof body - 51), OK);
        CHECK_STATUS(akolhook_verifier_final(&v, 1614265330, &msg), OK);
    }
}

static void many(void) {
    akolhook_key key;
    akolhook_hmac_job jobs[3];
    size_t i;
    secret_key(&key, 38);
    memset(jobs, 0, sizeof jobs);
    for (i = 0; i < 3; i++) {
        jobs[i].key = &key;
        jobs[i].parts[i] = akolhook_str_n(body, 70 + i);
    }
    akolhook_hmac_many(jobs, 3);
    CHECK(akolhook_equal_constant_time(jobs[0].mac, jobs[0].mac, 32));
    CHECK(!akolhook_equal_constant_time(jobs[0].mac, jobs[1].mac, 31));
}

static void control(void) {
    akolhook_key key;
    akolhook_hmac m;
    uint8_t mac[32];
    secret_key(&key, 38);
    akolhook_hmac_init(&m, &key);
    akolhook_hmac_update(&m, body, sizeof body - 1);
    akolhook_hmac_final(&m, mac);
    CHECK(memcmp(mac, body, 32) != 0);
}

int main(int argc, char **argv) {
    if (!RUNNING_ON_VALGRIND) {
        printf("run it under valgrind\n0 passed, 1 failed\n");
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "control") == 0) {
        RUN(control);
    } else {
        RUN(sign_and_verify);
        RUN(receive);
        RUN(many);
    }
    return check_end();
}
