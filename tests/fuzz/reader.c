/* The reader: three builds of it must agree, and Python's json must agree with them: the same texts are JSON
   (but for the depth that the reader allows), with the same values in them. Python runs beside it, reader.py,
   and answers over a pipe. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include "oracle.h"

static oracle python;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    oracle_start(&python, "python3", "tests/fuzz/reader.py", NULL);
    return 0;
}

/* 4 bytes length, the text, 1 byte (0: JSON, 1: not, 2: too deep), 4 bytes length, the values; the answer is
 * one byte. */
static int python_agrees(const void *data, size_t len, const reading *r) {
    uint8_t head[4], verdict[5], answer;

    put32(head, len);
    verdict[0] = (uint8_t)(r->status == 0 ? 0 : r->too_deep ? 2 : 1);
    put32(verdict + 1, r->len);
    oracle_write(&python, head, 4);
    oracle_write(&python, data, len);
    oracle_write(&python, verdict, 5);
    oracle_write(&python, r->out, r->len);
    oracle_read(&python, &answer, 1);
    return answer == 'y';
}

static void compare(const reading *a, const reading *b) {
    FUZZ_CHECK(a->status == b->status && a->at == b->at && a->len == b->len &&
               memcmp(a->out, b->out, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static reading ours, other;
    if (len > FUZZ_MOST) return 0;
    read_default(data, len, &ours);
    read_no_simd(data, len, &other);
    compare(&ours, &other);
    read_small(data, len, &other);
    compare(&ours, &other);
    FUZZ_CHECK(python_agrees(data, len, &ours));
    return 0;
}
