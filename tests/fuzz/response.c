/* Responses: whole, in pieces and byte by byte the parser says the same, and what it takes for a message
   Python's http.client reads with the same code and content. The first byte of an input says how. */
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

typedef struct outcome {
    akolhook_response r;
    akolhook_status status, end;
    size_t taken, len;
    char content[FUZZ_MOST];
} outcome;

/* Pieces of step bytes; 0: all at once. Each lies in memory of its own, so that reading beyond it shows. */
static void feed(outcome *o, const uint8_t *data, size_t len, int is_head, size_t step) {
    size_t at = 0, n, used, in;
    akolhook_str piece;

    memset(o, 0, sizeof *o);
    akolhook_response_init(&o->r, is_head);
    while (at < len && o->status == AKOLHOOK_OK && !o->r.done) {
        char *copy;
        n = step && step < len - at ? step : len - at;
        copy = (char *)malloc(n);
        memcpy(copy, data + at, n);
        for (in = 0; in < n && o->status == AKOLHOOK_OK && !o->r.done; in += used) {
            o->status = akolhook_response_feed(&o->r, copy + in, n - in, &used, &piece);
            FUZZ_CHECK(used <= n - in && (used > 0 || o->status != AKOLHOOK_OK || o->r.done));
            FUZZ_CHECK(
                    piece.len == 0 || (piece.ptr >= copy + in && piece.ptr + piece.len <= copy + in + used));
            if (piece.len) memcpy(o->content + o->len, piece.ptr, piece.len);
            o->len += piece.len;
            o->taken += used;
        }
        at += n;
        free(copy);
    }
    if (o->r.done) {
        FUZZ_CHECK(o->status == AKOLHOOK_OK && o->r.head_done);
        FUZZ_CHECK(akolhook_response_feed(&o->r, "HTTP", 4, &used, NULL) == AKOLHOOK_OK && used == 0);
    }
    o->end = akolhook_response_end(&o->r);
    FUZZ_CHECK(o->status == AKOLHOOK_OK || o->end == o->status);
}

static void compare(const outcome *a, const outcome *b) {
    FUZZ_CHECK(a->status == b->status && a->end == b->end);
    FUZZ_CHECK(a->status != AKOLHOOK_OK || a->taken == b->taken);
    FUZZ_CHECK(a->len == b->len && memcmp(a->content, b->content, a->len) == 0);
    FUZZ_CHECK(a->r.code == b->r.code && a->r.interim == b->r.interim && a->r.head_done == b->r.head_done);
    FUZZ_CHECK(a->r.done == b->r.done && a->r.keep_alive == b->r.keep_alive);
    FUZZ_CHECK(a->r.retry_after_len == b->r.retry_after_len &&
               memcmp(a->r.retry_after, b->r.retry_after, a->r.retry_after_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static outcome whole, other;
    static char answer[FUZZ_MOST + 64];
    uint8_t *question;
    char code[16];
    size_t got, code_len;

    if (len < 2 || len > FUZZ_MOST) return 0;
    feed(&whole, data + 1, len - 1, data[0] & 1, 0);
    feed(&other, data + 1, len - 1, data[0] & 1, 1);
    compare(&whole, &other);
    feed(&other, data + 1, len - 1, data[0] & 1, 2 + (data[0] >> 1));
    compare(&whole, &other);
    if (whole.end != AKOLHOOK_OK) return 0;

    question = (uint8_t *)malloc(len);
    memcpy(question, data, len);
    question[0] = data[0] & 1;
    got = oracle_ask(&python, 'h', question, len, answer, sizeof answer);
    free(question);
    if (strcmp(answer, "?") == 0) return 0;
    code_len = (size_t)snprintf(code, sizeof code, "%d ", whole.r.code);
    if (got != code_len + whole.len || memcmp(answer, code, code_len) != 0 ||
            memcmp(answer + code_len, whole.content, whole.len) != 0) {
        fprintf(stderr, "ours: %s%.*s\npython: %s\n", code, (int)whole.len, whole.content, answer);
        FUZZ_CHECK(0);
    }
    return 0;
}
