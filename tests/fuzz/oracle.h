/* Another program that is asked about inputs over two pipes. */
#ifndef ORACLE_H
#define ORACLE_H

#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef struct oracle {
    int to, from;
} oracle;

/* Runs program with one or two arguments; it ends with this one, as its input does. */
static void oracle_start(oracle *o, const char *program, const char *first, const char *second) {
    int to[2], from[2], i;

    FUZZ_CHECK(pipe(to) == 0 && pipe(from) == 0);
    for (i = 0; i < 2; i++) {
        fcntl(to[i], F_SETFD, FD_CLOEXEC);
        fcntl(from[i], F_SETFD, FD_CLOEXEC);
    }
    if (fork() == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execlp(program, program, first, second, (char *)NULL);
        _exit(1);
    }
    close(to[0]);
    close(from[1]);
    o->to = to[1];
    o->from = from[0];
}

static void oracle_write(oracle *o, const void *data, size_t len) {
    const char *p = (const char *)data;

    while (len) {
        ssize_t n = write(o->to, p, len);
        if (n < 0 && errno == EINTR) continue; /* libFuzzer's alarm */
        FUZZ_CHECK(n > 0);
        p += n;
        len -= (size_t)n;
    }
}

static void oracle_read(oracle *o, void *data, size_t len) {
    char *p = (char *)data;

    while (len) {
        ssize_t n = read(o->from, p, len);
        if (n < 0 && errno == EINTR) continue;
        FUZZ_CHECK(n > 0);
        p += n;
        len -= (size_t)n;
    }
}

static void put32(uint8_t *p, size_t v) {
    int i;
    for (i = 0; i < 4; i++) p[i] = (uint8_t)(v >> (8 * i));
}

/* Questions and answers have four bytes of length before them. The answer is NUL-terminated, "-" for no. */
static inline size_t oracle_ask(
        oracle *o, char kind, const void *question, size_t len, char *answer, size_t cap) {
    uint8_t head[5];
    size_t answer_len;

    put32(head, len + 1);
    head[4] = (uint8_t)kind;
    oracle_write(o, head, 5);
    oracle_write(o, question, len);
    oracle_read(o, head, 4);
    answer_len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    FUZZ_CHECK(answer_len < cap);
    oracle_read(o, answer, answer_len);
    answer[answer_len] = 0;
    return answer_len;
}

#endif
