/* Does the place of the first wrong byte show in the time? Both classes, wrong in the first byte and in the
   last, are drawn at random, timed, and compared by Welch's t over several cuts of the slow tail. |t| beyond
   4.5 with one sign in each of three runs is a leak. A comparison that stops at the first difference must be
   seen to leak, or the measure is blind.

   timing [MEASUREMENTS] */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                           "\"businessId\":\"b\",\"webhookId\":\"w\",\"data\":{}}";
static uint8_t right[32], tag[32];
static char tag_hex[65];
static akolhook_key key;
static volatile int sink;

/* ---- what is timed: tag, and its text, are wrong in one place ---- */

static void equal(void) { sink += akolhook_equal_constant_time(tag, right, 32); }
static void verify(void) { sink += akolhook_verify(SECRET, tag_hex, body, sizeof body - 1); }
static void verify_key(void) {
    sink += akolhook_verify_key(&key, akolhook_str_n(tag_hex, 64), body, sizeof body - 1);
}
static void early_exit(void) {
    const volatile uint8_t *a = tag, *b = right;
    int i;
    for (i = 0; i < 32 && a[i] == b[i]; i++) {}
    sink += i;
}

/* Both are made beforehand and laid in the same place, so that nothing else tells them apart. */
static uint8_t wrong[2][32];
static char wrong_hex[2][65];
static void wrong_init(void) {
    size_t len;
    int i;
    for (i = 0; i < 2; i++) {
        char *digit = &wrong_hex[i][i ? 63 : 0];
        memcpy(wrong[i], right, 32);
        wrong[i][i ? 31 : 0] ^= 0x10;
        if (akolhook_hex_encode(right, 32, wrong_hex[i], 64, &len) != AKOLHOOK_OK) exit(2);
        *digit = *digit == '9' ? '8' : *digit == 'f' ? 'e' : (char)(*digit + 1); /* a letter stays one */
    }
}
static void wrong_in(int last) {
    memcpy(tag, wrong[last], 32);
    memcpy(tag_hex, wrong_hex[last], 65);
}

/* ---- the statistics ---- */

#define CUTS 6
#define CALLS 8 /* in one measurement */
static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
static double root(double v) {
    double r = v > 1 ? v : 1;
    int i;
    for (i = 0; i < 200; i++) r = (r + v / r) / 2;
    return r;
}
typedef struct moments {
    double n, mean, squares;
} moments;
static void moments_add(moments *m, double v) {
    const double d = v - m->mean;
    m->n += 1;
    m->mean += d / m->n;
    m->squares += d * (v - m->mean);
}

/* The t of the cut where it is largest. */
static double t_of(void (*run)(void), size_t count, double *times, double *sorted, uint8_t *classes) {
    static uint64_t random = 88172645463325252u;
    double worst = 0;
    size_t i, cut;
    int call;
    for (i = 0; i < count; i++) {
        double start;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        classes[i] = (uint8_t)(random >> 40 & 1);
        wrong_in(classes[i]);
        start = now_ns();
        for (call = 0; call < CALLS; call++) run();
        times[i] = now_ns() - start;
    }
    memcpy(sorted, times, count * sizeof *times);
    qsort(sorted, count, sizeof *sorted, by_size);
    for (cut = 0; cut < CUTS; cut++) {
        static const double shares[CUTS] = {0.3, 0.5, 0.7, 0.9, 0.97, 0.995};
        const double limit = sorted[(size_t)((double)count * shares[cut])];
        moments m[2] = {{0, 0, 0}, {0, 0, 0}};
        double spread, t;
        for (i = 0; i < count; i++)
            if (times[i] <= limit) moments_add(&m[classes[i]], times[i]);
        if (m[0].n < 1000 || m[1].n < 1000) continue;
        spread = m[0].squares / (m[0].n - 1) / m[0].n + m[1].squares / (m[1].n - 1) / m[1].n;
        t = spread > 0 ? (m[0].mean - m[1].mean) / root(spread) : 0;
        if (t * t > worst * worst) worst = t;
    }
    return worst;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
        int leaks;
    } rows[] = {{"stops at the first difference", early_exit, 1}, {"akolhook_equal_constant_time", equal, 0},
            {"akolhook_verify", verify, 0}, {"akolhook_verify_key", verify_key, 0}};
    const size_t count = argc > 1 ? (size_t)atol(argv[1]) : 200000;
    double *times = (double *)malloc(count * sizeof *times),
           *sorted = (double *)malloc(count * sizeof *sorted);
    uint8_t *classes = (uint8_t *)malloc(count);
    akolhook_hmac m;
    size_t i;
    int passed = 0, failed = 0, turn;
    if (!times || !sorted || !classes || count < 10000) return 2;
    akolhook_key_init(&key, SECRET, sizeof SECRET - 1);
    akolhook_hmac_init(&m, &key);
    akolhook_hmac_update(&m, body, sizeof body - 1);
    akolhook_hmac_final(&m, right);
    wrong_init();
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double t[3];
        int leaks;
        for (turn = 0; turn < 3; turn++) t[turn] = t_of(rows[i].run, count, times, sorted, classes);
        leaks = (t[0] > 4.5 && t[1] > 4.5 && t[2] > 4.5) || (t[0] < -4.5 && t[1] < -4.5 && t[2] < -4.5);
        printf("%-34s t %8.2f %8.2f %8.2f%s\n", rows[i].name, t[0], t[1], t[2],
                leaks == rows[i].leaks ? "" : "  FAIL");
        if (leaks == rows[i].leaks)
            passed++;
        else
            failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    free(times);
    free(sorted);
    free(classes);
    return failed != 0;
}
