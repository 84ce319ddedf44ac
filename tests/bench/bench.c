/* HMAC-SHA256 verify side by side in one process, rounds interleaved; run.sh builds it.

   bench [FILE]             the tables; FILE gets the medians for gnuplot
   bench --count NAME N     verifies 1 KiB N times with that contestant, for callgrind
   bench --serve            times its own OpenSSL at the parent's request (SHA instructions masked by the
                            environment) */
#include "bench.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 41
#define MOST 24
static const size_t sizes[] = {64, 256, 1024, 4096, 16384, 65536, 1048576};
#define SIZES (sizeof sizes / sizeof sizes[0])
static uint8_t message[1048576];

static contestant all[MOST];
static size_t count;
static int masked_to = -1, masked_from = -1; /* pipes to the child */

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(const double *values, size_t n) {
    double sorted[ROUNDS];
    memcpy(sorted, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, by_size);
    return sorted[n / 2];
}

static double time_verify(const contestant *c, size_t len, const uint8_t tag[32], unsigned turns) {
    const double start = now_ns();
    unsigned i, good = 0;
    for (i = 0; i < turns; i++) good += (unsigned)c->verify(message, len, tag);
    if (good != turns) {
        fprintf(stderr, "%s: wrong MAC at %lu bytes\n", c->name, (unsigned long)len);
        exit(1);
    }
    return (now_ns() - start) / turns;
}

static void add(const contestant *c) {
    if (c->start && !c->start()) {
        fprintf(stderr, "%s does not start\n", c->name);
        return;
    }
    if (count < MOST) all[count++] = *c;
}
static void add_all(void) {
    const contestant ours[] = {{"akolhook, prepared key", NULL, build_default.verify_key, OURS},
            {"akolhook_verify, from the secret", NULL, build_default.verify_call, OURS_CALL},
            {"akolhook, NO_SIMD", NULL, build_no_simd.verify_key, OURS_PORTABLE},
            {"akolhook, SMALL", NULL, build_small.verify_key, OURS_SMALL}};
    size_t i;
    for (i = 0; i < sizeof ours / sizeof ours[0]; i++) add(&ours[i]);
    for (i = 0; peers[i].name; i++) add(&peers[i]);
}

/* The child: its OpenSSL read the mask at its start. */
typedef struct order {
    size_t len;
    unsigned turns;
    uint8_t tag[32];
} order;
static int serve(void) {
    const contestant *c = NULL;
    order o;
    double ns;
    size_t i;
    for (i = 0; peers[i].name; i++)
        if (strcmp(peers[i].name, "OpenSSL EVP_MAC, key reused") == 0) c = &peers[i];
    if (!c || !c->start()) return 1;
    while (read(0, &o, sizeof o) == (ssize_t)sizeof o) {
        ns = time_verify(c, o.len, o.tag, o.turns);
        if (write(1, &ns, sizeof ns) != (ssize_t)sizeof ns) return 1;
    }
    return 0;
}
static int verify_masked(const void *data, size_t len, const uint8_t tag[32]) {
    (void)data;
    (void)len;
    (void)tag;
    return 0;
}
static double time_masked(size_t len, const uint8_t tag[32], unsigned turns) {
    order o;
    double ns = 0;
    memset(&o, 0, sizeof o);
    o.len = len;
    o.turns = turns;
    memcpy(o.tag, tag, 32);
    if (write(masked_to, &o, sizeof o) != (ssize_t)sizeof o ||
            read(masked_from, &ns, sizeof ns) != (ssize_t)sizeof ns)
        exit(1);
    return ns;
}
static void add_masked(const char *program) {
#if defined(HAVE_OPENSSL) && defined(__x86_64__)
    static const contestant masked = {"OpenSSL EVP_MAC, no SHA-NI", NULL, verify_masked, PEER};
    int to[2], from[2];
    if (pipe(to) || pipe(from)) return;
    if (fork() == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        setenv("OPENSSL_ia32cap", ":~0x20000000", 1); /* leaf 7, EBX bit 29 */
        execl(program, program, "--serve", (char *)NULL);
        _exit(1);
    }
    close(to[0]);
    close(from[1]);
    masked_to = to[1];
    masked_from = from[0];
    add(&masked);
#else
    (void)program;
#endif
}

static double ns[MOST][SIZES][ROUNDS];

static void measure(void) {
    uint8_t tag[32];
    size_t s, c, r;
    for (s = 0; s < SIZES; s++) {
        const unsigned turns = sizes[s] > 100000 ? 1 : (unsigned)(60000 / (sizes[s] + 200)) + 1;
        build_default.mac(message, sizes[s], tag);
        for (r = 0; r < ROUNDS; r++)
            for (c = 0; c < count; c++)
                ns[c][s][r] = all[c].verify == verify_masked ? time_masked(sizes[s], tag, turns)
                                                             : time_verify(&all[c], sizes[s], tag, turns);
    }
}
static double ratio_of(size_t a, size_t b, size_t s) { /* the median of the rounds' ratios */
    double ratios[ROUNDS];
    size_t r;
    for (r = 0; r < ROUNDS; r++) ratios[r] = ns[a][s][r] / ns[b][s][r];
    return median(ratios, ROUNDS);
}
/* Ours of one kind against the best of some kinds of peers, at every size. */
static void against(const char *what, int ours, int kind_a, int kind_b) {
    size_t c, s, me = 0;
    for (c = 0; c < count; c++)
        if ((int)all[c].kind == ours) me = c;
    printf("%-34s", what);
    for (s = 0; s < SIZES; s++) {
        double worst = 0;
        for (c = 0; c < count; c++)
            if (((int)all[c].kind == kind_a || (int)all[c].kind == kind_b) && ratio_of(me, c, s) > worst)
                worst = ratio_of(me, c, s);
        if (worst > 0)
            printf(" %9.3f", worst);
        else
            printf(" %9s", "-");
    }
    printf("\n");
}

static void print_table(FILE *data) {
    size_t c, s;
    printf("%-34s", "ns for one verify, median");
    for (s = 0; s < SIZES; s++) printf(" %9lu", (unsigned long)sizes[s]);
    printf("\n");
    for (c = 0; c < count; c++) {
        printf("%-34s", all[c].name);
        for (s = 0; s < SIZES; s++) printf(" %9.0f", median(ns[c][s], ROUNDS));
        printf("\n");
        if (!data) continue;
        fprintf(data, "\"%s\"\n", all[c].name);
        for (s = 0; s < SIZES; s++)
            fprintf(data, "%lu %.1f\n", (unsigned long)sizes[s], median(ns[c][s], ROUNDS));
        fprintf(data, "\n\n");
    }
    printf("\nratio, time over time; the worst peer of the kind decides\n");
    against("prepared key / fastest peer", OURS, PEER, PEER_PORTABLE);
    against("one call / OpenSSL HMAC()", OURS_CALL, PEER_CALL, PEER_CALL);
    against("NO_SIMD / fastest portable peer", OURS_PORTABLE, PEER_PORTABLE, PEER_PORTABLE);
}

/* fast and slow are timed in turn; the medians' ratio slow / fast. */
typedef void work(const void *data, size_t len, size_t jobs);
static double compare(work *fast, work *slow, size_t len, size_t jobs) {
    const unsigned turns = (unsigned)(60000 / ((len + 200) * jobs)) + 1;
    double ratios[ROUNDS], start, middle;
    unsigned r, i;
    for (r = 0; r < ROUNDS; r++) {
        start = now_ns();
        for (i = 0; i < turns; i++) fast(message, len, jobs);
        middle = now_ns();
        for (i = 0; i < turns; i++) slow(message, len, jobs);
        ratios[r] = (now_ns() - middle) / (middle - start);
    }
    return median(ratios, ROUNDS);
}
static void both(const void *data, size_t len, size_t jobs) {
    (void)jobs;
    build_default.sign_both(data, len);
}
static void one(const void *data, size_t len, size_t jobs) {
    (void)jobs;
    build_default.sign_one(data, len);
}
static void blocks(const void *data, size_t len, size_t jobs) {
    (void)len;
    (void)jobs;
    build_default.three_blocks(data);
}

static void print_many(void) {
    static const size_t lens[] = {64, 256, 611, 1024, 4096, 16384, 65536};
    static const size_t jobs[] = {2, 3, 8, 16};
    size_t i, j;
    printf("\n%-34s", "akolhook_hmac_many, rate over loop");
    for (i = 0; i < sizeof lens / sizeof lens[0]; i++) printf(" %9lu", (unsigned long)lens[i]);
    printf("\n");
    for (j = 0; j < sizeof jobs / sizeof jobs[0]; j++) {
        printf("%2lu MACs%27s", (unsigned long)jobs[j], "");
        for (i = 0; i < sizeof lens / sizeof lens[0]; i++)
            printf(" %8.2fx", compare(build_default.many, build_default.loop, lens[i], jobs[j]));
        printf("\n");
    }
    printf("%-34s %8.2fx   what 64 bytes cost beside their blocks\n", "one MAC / 3 compressions, time",
            1 / compare(one, blocks, 64, 1));
    printf("%-34s", "both signatures / one, time");
    for (i = 0; i < sizeof lens / sizeof lens[0]; i++) printf(" %8.2fx", 1 / compare(both, one, lens[i], 1));
    printf("\n");
}

int main(int argc, char **argv) {
    FILE *data;
    uint8_t tag[32];
    size_t i;
    for (i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 7 + i / 251);
    if (argc > 1 && strcmp(argv[1], "--serve") == 0) return serve();
    add_all();
    if (argc > 3 && strcmp(argv[1], "--count") == 0) {
        build_no_simd.mac(message, 1024, tag);
        for (i = 0; i < count; i++)
            if (strncmp(all[i].name, argv[2], strlen(argv[2])) == 0) {
                time_verify(&all[i], 1024, tag, (unsigned)atoi(argv[3]));
                return 0;
            }
        return 1;
    }
    add_masked(argv[0]);
    measure();
    data = argc > 1 ? fopen(argv[1], "w") : NULL;
    print_table(data);
    if (data) fclose(data);
    print_many();
    if (masked_to >= 0) {
        close(masked_to);
        wait(NULL);
    }
    return 0;
}
