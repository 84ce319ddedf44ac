/* RFC 3339 texts beside Python's calendar: the same ones are times, of the same moment and with the same
   plain form. */
#define _POSIX_C_SOURCE 200809L
#include "../../akolhook.h"
#include "oracle.h"

static oracle python;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    oracle_start(&python, "python3", "tests/fuzz/oracle.py", NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    char plain[AKOLHOOK_TIME_SIZE], ours[80] = "-", answer[128];
    int64_t ms, again;

    if (len > 200) return 0;
    if (akolhook_time_parse(akolhook_str_n(data, len), &ms) == AKOLHOOK_OK) {
        FUZZ_CHECK(akolhook_time_format(ms, plain) == AKOLHOOK_OK);
        FUZZ_CHECK(akolhook_time_parse(akolhook_str_c(plain), &again) == AKOLHOOK_OK && again == ms);
        snprintf(ours, sizeof ours, "%lld %s", (long long)ms, plain);
    } else
        FUZZ_CHECK(ms == 0);

    oracle_ask(&python, 't', data, len, answer, sizeof answer);
    if (strcmp(ours, answer) != 0) fprintf(stderr, "ours: %s\npython: %s\n", ours, answer);
    FUZZ_CHECK(strcmp(ours, answer) == 0);
    return 0;
}
