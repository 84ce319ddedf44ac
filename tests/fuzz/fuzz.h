#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer keeps the input that was being run when the program aborts. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
static inline void fuzz_fail(const char *file, int line, const char *what) {
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

#define FUZZ_MOST 8192 /* bytes of one input */

/* What a build of the reader makes of a text; out is all of its values in one plain form. */
typedef struct reading {
    int status, too_deep;
    size_t at, len;
    char out[FUZZ_MOST * 8];
} reading;
typedef void reader(const void *data, size_t len, reading *r);
reader read_default, read_no_simd, read_small;

/* The bytes of an input, taken one after another; zeros behind its end. */
typedef struct source {
    const uint8_t *p, *end;
} source;
static inline unsigned take(source *s) { return s->p < s->end ? *s->p++ : 0; }
static inline uint64_t take_number(source *s) {
    uint64_t v = 0;
    unsigned bytes = take(s) % 9;
    while (bytes--) v = v << 8 | take(s);
    return v;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
