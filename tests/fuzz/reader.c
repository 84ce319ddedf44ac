/* The reader: three builds of it must agree, and Python's json must agree with them: the same texts are JSON
   (but for the depth that the reader allows), with the same values in them. Python runs beside it, reader.py,
   and answers over a pipe. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int to_python, from_python;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    int to[2], from[2];
    (void)argc;
    (void)argv;
    FUZZ_CHECK(pipe(to) == 0 && pipe(from) == 0);
    if (fork() == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        execlp("python3", "python3", "tests/fuzz/reader.py", (char *)NULL);
        _exit(1);
    }
    close(to[0]);
    close(from[1]);
    to_python = to[1];
    from_python = from[0];
    return 0;
}

static void send_all(const void *data, size_t len) {
    const char *p = (const char *)data;
    while (len) {
        ssize_t n = write(to_python, p, len);
        if (n < 0 && errno == EINTR) continue; /* libFuzzer's alarm */
        FUZZ_CHECK(n > 0);
        p += n;
        len -= (size_t)n;
    }
}

static void put32(uint8_t *p, size_t v) {
    int i;
    for (i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (8 * i));
}

/* 4 bytes length, the text, 1 byte (0: JSON, 1: not, 2: too deep), 4 bytes length, the values; the answer is
 * one byte. */
static int python_agrees(const void *data, size_t len, const reading *r) {
    uint8_t head[4], verdict[5], answer;
    ssize_t got;
    put32(head, len);
    verdict[0] = (uint8_t)(r->status == 0 ? 0 : r->too_deep ? 2 : 1);
    put32(verdict + 1, r->len);
    send_all(head, 4);
    send_all(data, len);
    send_all(verdict, 5);
    send_all(r->out, r->len);
    do got = read(from_python, &answer, 1);
    while (got < 0 && errno == EINTR);
    FUZZ_CHECK(got == 1);
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
