/* The whole test harness: a test is a function, RUN calls it, CHECK and its kin note what is wrong.
   A program of tests ends with `return check_end();`, which prints "N passed, N failed". */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>
#ifdef CHECK_STOP /* the first test that fails ends the program */
#include <stdlib.h>
#include <time.h>
#endif

#if defined(__GNUC__) || defined(__clang__)
#define CHECK_UNUSED __attribute__((unused))
#else
#define CHECK_UNUSED
#endif

/* CHECK_BARE: there is no operating system, so no pages, no locales, no clock of the process. */
#if defined(__AVR__) && !defined(CHECK_BARE)
#define CHECK_BARE
#endif

/* What a test takes where there is memory, and on a small machine, whose printf knows no long long. */
#ifdef __AVR__
#define CHECK_ROOM(hosted, small) (small)
#define CHECK_LLD "%ld"
#define CHECK_LL(number) ((long)(number))
#else
#define CHECK_ROOM(hosted, small) (hosted)
#define CHECK_LLD "%lld"
#define CHECK_LL(number) (number)
#endif

static int check_passed, check_failed, check_bad;

static CHECK_UNUSED void check_note(const char *file, int line, const char *what) {
    if (check_bad++ < 20) printf("%s:%d: %s\n", file, line, what);
}
static CHECK_UNUSED void check_ints(
        const char *file, int line, const char *what, long long got, long long want) {
    if (got == want) return;
    if (check_bad++ < 20)
        printf("%s:%d: %s is " CHECK_LLD ", expected " CHECK_LLD "\n", file, line, what, CHECK_LL(got),
                CHECK_LL(want));
}
static CHECK_UNUSED void check_bytes(const char *file, int line, const char *what, const void *got,
        size_t got_len, const void *want, size_t want_len) {
    if (got_len == want_len && (want_len == 0 || memcmp(got, want, want_len) == 0)) return;
    if (check_bad++ < 20)
        printf("%s:%d: %s is \"%.*s\" (%lu bytes), expected \"%.*s\" (%lu bytes)\n", file, line, what,
                (int)(got_len < 300 ? got_len : 300), got_len ? (const char *)got : "",
                (unsigned long)got_len, (int)(want_len < 300 ? want_len : 300),
                want_len ? (const char *)want : "", (unsigned long)want_len);
}
#ifdef CHECK_STOP
/* Whether the variable, a list with a comma on each side of a name, has it. */
static int check_lists(const char *variable, const char *name) {
    const char *at = getenv(variable);
    size_t len = strlen(name);

    for (at = at ? strstr(at, name) : NULL; at; at = strstr(at + 1, name))
        if (at[-1] == ',' && at[len] == ',') return 1;
    return 0;
}
/* CHECK_LEAVE and CHECK_TAKE list the tests to leave out and the only ones to run; with CHECK_TIMES each
   tells how long it took. */
static int check_begins(const char *name, struct timespec *begin) {
    if (check_lists("CHECK_LEAVE", name) || (getenv("CHECK_TAKE") && !check_lists("CHECK_TAKE", name)))
        return 0;
    clock_gettime(CLOCK_MONOTONIC, begin);
    return 1;
}
static void check_ends(const char *name, const struct timespec *begin) {
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    if (getenv("CHECK_TIMES"))
        printf("time %s %.3f %.3f\n", name,
                (double)(end.tv_sec - begin->tv_sec) + 1e-9 * (double)(end.tv_nsec - begin->tv_nsec),
                (double)clock() / CLOCKS_PER_SEC);
}
#endif
static void check_run(const char *name, void (*test)(void)) {
#ifdef CHECK_STOP
    struct timespec begin;
    if (!check_begins(name, &begin)) return;
#endif
    check_bad = 0;
    test();
#ifdef CHECK_STOP
    check_ends(name, &begin);
#endif
    if (check_bad) {
        check_failed++;
        printf("FAIL %s: %d wrong\n", name, check_bad);
#ifdef CHECK_STOP
        exit(1);
#endif
    } else
        check_passed++;
}
/* How a child process ends: at once, with its counters written where coverage is counted. */
#ifdef CHECK_COVERAGE
extern void __gcov_dump(void);
#define CHECK_EXIT(code) (__gcov_dump(), _exit(code))
#else
#define CHECK_EXIT(code) _exit(code)
#endif
/* Whether there is time for all: of what takes long `make test` does a part, FULL=1 and LONG=1 all of it.
   With <stdlib.h>. */
#define check_full() (getenv("FULL") || getenv("LONG"))
static int check_end(void) {
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed || !check_passed;
}

/* What a test takes where there is memory, and on a machine of 16 bits. */
#ifdef CHECK_ONLY /* one test of the program, "its_name", where all do not fit: the others are not even \
                     compiled */
#define RUN(test) (strcmp(#test, CHECK_ONLY) == 0 ? check_run(#test, test) : (void)0)
#else
#define RUN(test) check_run(#test, test)
#endif
#define CHECK(condition) ((condition) ? (void)0 : check_note(__FILE__, __LINE__, "not so: " #condition))
#define CHECK_INT(got, want) check_ints(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))
#define CHECK_MEM(got, got_len, want, want_len) \
    check_bytes(__FILE__, __LINE__, #got, got, got_len, want, want_len)
#define CHECK_TEXT(got, want) check_bytes(__FILE__, __LINE__, #got, got, strlen(got), want, strlen(want))
#define CHECK_STR(got, want) check_bytes(__FILE__, __LINE__, #got, (got).ptr, (got).len, want, strlen(want))
/* A status by name, so that a failure reads well: CHECK_STATUS(call(), TOO_OLD). */
#define CHECK_STATUS(got, want) \
    do { \
        akolhook_status check_s = (got); \
        if (check_s != AKOLHOOK_##want && check_bad++ < 20) \
            printf("%s:%d: %s is %s, expected %s\n", __FILE__, __LINE__, #got, \
                    akolhook_status_name(check_s), #want); \
    } while (0)

#endif
