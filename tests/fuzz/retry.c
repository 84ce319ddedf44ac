/* Retry-After beside Python: eight bytes of a clock, then the field's value. */
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
    char ours[32] = "-", answer[64];
    int64_t now = 0;
    int32_t seconds;
    size_t i;

    if (len < 8 || len > 200) return 0;
    for (i = 8; i-- > 0;) now = (int64_t)((uint64_t)now << 8 | data[i]);
    if (akolhook_retry_after_parse(akolhook_str_n(data + 8, len - 8), now, &seconds) == AKOLHOOK_OK)
        snprintf(ours, sizeof ours, "%ld", (long)seconds);
    else
        FUZZ_CHECK(seconds == 0);

    oracle_ask(&python, 'r', data, len, answer, sizeof answer);
    if (strcmp(ours, answer) != 0) fprintf(stderr, "ours: %s\npython: %s\n", ours, answer);
    FUZZ_CHECK(strcmp(ours, answer) == 0);
    return 0;
}
