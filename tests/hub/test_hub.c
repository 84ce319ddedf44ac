/* The hub over the store in memory: the suite that every store must pass, what is this store's own, and
   stores that fail. */
#define AKOLHOOK_IMPLEMENT_ALL
#define AKOLHOOK_LOG_LOOK 5 /* so that pages end for it, too */
#include "akolhook_hub.h"
#include "hub_suite.h"

static int64_t store_now(void *user) {
    (void)user;
    return w.now;
}
static unsigned char store_memory[4 * 1024 * 1024];
static akolhook_store store;
static void store_start(const akolhook_memory_desc *wanted) {
    akolhook_memory_desc memory = *wanted;
    memory.now_ms_fn = store_now;
    CHECK_STATUS(akolhook_memory_init(&store, store_memory, akolhook_memory_size(&memory) - 1, &memory),
            MEMORY_TOO_SMALL);
    CHECK_STATUS(akolhook_memory_init(&store, store_memory, akolhook_memory_size(&memory), &memory), OK);
}
static void suite_store_open(akolhook_hub_desc *d) {
    if (suite_keeps) store_start(&d->memory);
    d->store = suite_keeps ? &store : NULL;
}
static void suite_store_close(void) {}

/* ---- retry times ---- */

static void test_retry_delay(void) {
    static const int64_t seconds[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    uint32_t draw = 1, attempt;
    int64_t before = 0;
    int i, differs = 0;
    for (attempt = 0; attempt < 256; attempt++) {
        int64_t d = seconds[attempt < 1 ? 0 : attempt > 9 ? 8 : attempt - 1] * 1000, first = -1;
        CHECK_INT(akolhook_retry_delay(attempt, -1, 0), d);
        CHECK(d >= before);
        before = d;
        for (i = 0; i < 40; i++) {
            int64_t got;
            draw = draw * 1664525u + 1013904223u;
            got = akolhook_retry_delay(attempt, -1, draw);
            CHECK(got >= d && got <= d + d / 10);
            CHECK_INT(got, akolhook_retry_delay(attempt, -1, draw));
            if (first >= 0 && got != first) differs = 1;
            first = got;
        }
    }
    CHECK(differs);
    CHECK_INT(akolhook_retry_delay(UINT32_MAX, INT32_MAX, UINT32_MAX),
            86400000 + 8639999); /* 8640000 - 1: draw < 2^32 */
    CHECK_INT(akolhook_retry_delay(1, 6 * 3600, 0), 21600000);
    CHECK_INT(akolhook_retry_delay(1, INT32_MAX, 0), 21600000);
    CHECK_INT(akolhook_retry_delay(1, INT32_MIN, 0), 5000);
    CHECK_INT(akolhook_retry_delay(5, 3600, 0), 18000000);
}

/* Buckets, worked out by hand: 0 1 2 3, then [4,5) [5,6) [6,7) [7,8) [8,10) [10,12) [12,14) [14,16) [16,20)
   ... */
static void test_latency(void) {
    akolhook_stats stats = AKOLHOOK_INIT;
    CHECK_INT(akolhook_stats_latency(&stats, 50), -1);
    CHECK_INT(akolhook_stats_latency(NULL, 50), -1);
    stats.latency[8] = 98; /* 8..9 ms */
    stats.latency[12] = 2; /* 16..19 ms */
    CHECK_INT(akolhook_stats_latency(&stats, 1), 9);
    CHECK_INT(akolhook_stats_latency(&stats, 98), 9);
    CHECK_INT(akolhook_stats_latency(&stats, 99), 19);
    CHECK_INT(akolhook_stats_latency(&stats, 100), 19);
    CHECK_INT(akolhook_stats_latency(&stats, 0), -1);
    CHECK_INT(akolhook_stats_latency(&stats, 101), -1);
}

/* ---- policy: pure functions ---- */

static void test_fate(void) {
    static const struct {
        int subscribes, active, room, behind;
        akolhook_fate fate;
    } cases[] = {
            {0, 1, 1, 0, AKOLHOOK_FATE_NONE},
            {0, 0, 0, 1, AKOLHOOK_FATE_NONE},
            {1, 1, 1, 0, AKOLHOOK_FATE_MAKE},
            {1, 1, 1, 1, AKOLHOOK_FATE_MAKE},
            {1, 0, 1, 0, AKOLHOOK_FATE_SKIP},
            {1, 0, 0, 1, AKOLHOOK_FATE_SKIP},
            {1, 1, 0, 1, AKOLHOOK_FATE_DROP},
            {1, 1, 0, 0, AKOLHOOK_FATE_REFUSE},
    };
    akolhook_store_event event = AKOLHOOK_INIT;
    akolhook_store_health health = AKOLHOOK_INIT;
    size_t i;
    event.event = AKOLHOOK_CALL_ENDED;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(akolhook_hub_fate(&event, cases[i].subscribes ? 4 : 2, cases[i].active, cases[i].room,
                          cases[i].behind),
                cases[i].fate);
    event.webhook_id = akolhook_str_c("whk_000000000000000000000000"); /* a test: whatever it subscribes to */
    CHECK_INT(akolhook_hub_fate(&event, 2, 0, 1, 0), AKOLHOOK_FATE_MAKE);
    CHECK_INT(akolhook_hub_fate(&event, 2, 0, 0, 1), AKOLHOOK_FATE_REFUSE);
    CHECK(!akolhook_hub_is_behind(&health, 1000000 - 60000, 1000000) &&
            akolhook_hub_is_behind(&health, 1000000 - 60001, 1000000));
    CHECK(!akolhook_hub_is_behind(&health, INT64_MAX, 1000000));
    health.cls = AKOLHOOK_CLASS_FAILING;
    CHECK(akolhook_hub_is_behind(&health, INT64_MAX, 1000000));
    CHECK(akolhook_hub_has_room(3, 1, 4, 0) && !akolhook_hub_has_room(4, 1, 4, 0) &&
            akolhook_hub_has_room(4, 1, 4, 1));
    CHECK(akolhook_hub_has_room(6, 2, 4, 4) && !akolhook_hub_has_room(6, 3, 4, 4) &&
            !akolhook_hub_has_room(9, 0, 4, 4));
    CHECK(akolhook_hub_has_room(5, UINT64_MAX - 5, UINT64_MAX, UINT64_MAX) &&
            !akolhook_hub_has_room(5, UINT64_MAX, 4, 4));
}

/* Grows with what passes, by 26 h at most in one step, never backwards. */
static void test_store_clock(void) {
    akolhook_store_clock clock = AKOLHOOK_INIT;
    const int64_t wall = START_MS;
    CHECK_INT(akolhook_hub_clock(&clock, wall, 50), wall);
    CHECK_INT(akolhook_hub_clock(&clock, wall + 10, 60), wall + 10);
    CHECK_INT(akolhook_hub_clock(&clock, 0, 65), wall + 15); /* the wall clock is set: nothing of it counts */
    CHECK_INT(akolhook_hub_clock(&clock, wall + 900 * HOUR, 65), wall + 15);
    CHECK_INT(akolhook_hub_clock(&clock, wall, 40), wall + 15); /* backwards */
    CHECK_INT(akolhook_hub_clock(&clock, wall, 40 + 27 * HOUR), wall + 15 + 26 * HOUR);
    clock.runs = 0; /* a restart: the wall clock tells how long it was */
    CHECK_INT(akolhook_hub_clock(&clock, wall + HOUR, 7), wall + 15 + 27 * HOUR);
    clock.runs = 0;
    CHECK_INT(akolhook_hub_clock(&clock, wall + 263000 * HOUR, 7), wall + 15 + 53 * HOUR); /* 30 years */
    clock.runs = 0;
    CHECK_INT(akolhook_hub_clock(&clock, 0, 7), wall + 15 + 53 * HOUR);
    CHECK_INT(akolhook_hub_clock(&clock, 1, 8), wall + 16 + 53 * HOUR);
    memset(&clock, 0, sizeof clock);
    CHECK(akolhook_hub_clock(&clock, -5, 0) > 0);
}

/* Two that share a store: each reads what was kept last. */
static void test_store_clock_shared(void) {
    akolhook_store_clock a = AKOLHOOK_INIT, b = AKOLHOOK_INIT;
    const int64_t t = START_MS;
    CHECK_INT(akolhook_hub_clock_shared(&a, 0, 0, t, 50), t); /* nobody kept anything yet */
    CHECK_INT(akolhook_hub_clock_shared(&b, t, t, t + 1000, 7), t + 1000);
    CHECK_INT(akolhook_hub_clock_shared(&b, t + 1000, t + 1000, t + HOUR, 6 + HOUR), t + HOUR - 1 + 1000);
    /* a was quiet for an hour: b has counted it */
    CHECK_INT(akolhook_hub_clock_shared(&a, t + HOUR + 999, 0, t + HOUR, 50 + HOUR), t + HOUR + 999);
    CHECK_INT(akolhook_hub_clock_shared(&a, t + HOUR + 999, 0, 0, 51 + HOUR), t + HOUR + 1000);
    /* b counted less than a did */
    CHECK_INT(akolhook_hub_clock_shared(&a, t + HOUR, 0, 0, 53 + HOUR), t + HOUR + 1002);
    /* a third one begins two hours later, with another wall clock that was set and with one that was not */
    memset(&b, 0, sizeof b);
    CHECK_INT(akolhook_hub_clock_shared(&b, t + 5, t + 900, t + 900 + 2 * HOUR, 1), t + 5 + 2 * HOUR);
    memset(&b, 0, sizeof b);
    CHECK_INT(akolhook_hub_clock_shared(&b, t + 5, t + 900, 0, 1), t + 5);
    memset(&b, 0, sizeof b);
    CHECK_INT(akolhook_hub_clock_shared(&b, t + 5, t + 900, t + 90 * HOUR, 1), t + 5 + 26 * HOUR);
}

static void test_when(void) {
    akolhook_store_health health = AKOLHOOK_INIT;
    CHECK_INT(akolhook_hub_charge(&health), 1);
    health.estimate_ms = 700;
    CHECK_INT(akolhook_hub_charge(&health), 700);
    health.backoff_until = 500;
    health.retry_until = 900;
    CHECK_INT(akolhook_hub_ready_at(&health, 100, 0, 0), 900);
    CHECK_INT(akolhook_hub_ready_at(&health, 1000, 0, 0), 1000);
    CHECK_INT(akolhook_hub_ready_at(&health, 100, 1, 0), 100);
    CHECK_INT(akolhook_hub_ready_at(&health, 100, 1, 200001), 201); /* microseconds, rounded up */
    CHECK_INT(akolhook_hub_ready_at(&health, 100, 0, 950000), 950);
    CHECK_INT(akolhook_hub_allow(0, 10, 0), 0);
    CHECK_INT(akolhook_hub_allow(0, 10, 2), 510000);
    CHECK_INT(akolhook_hub_allow(0, 10, 1000), 11000);
    CHECK_INT(akolhook_hub_allow(510000, 10, 3), 843334); /* a third of a second, rounded up */
}

static void test_own_faults(void) {
    static const akolhook_status own[] = {
            AKOLHOOK_RANDOM_FAILED, AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_LOOKUP_BUSY, AKOLHOOK_TLS_REQUIRED};
    static const akolhook_status theirs[] = {AKOLHOOK_DEADLINE, AKOLHOOK_LOOKUP_FAILED,
            AKOLHOOK_CONNECT_FAILED, AKOLHOOK_TLS_EXPIRED, AKOLHOOK_HTTP_STATUS, AKOLHOOK_BLOCKED_ADDRESS};
    size_t i;
    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        CHECK(akolhook_hub_is_own_fault(own[i], AKOLHOOK_PHASE_CONNECT, 0));
    for (i = 0; i < sizeof theirs / sizeof theirs[0]; i++)
        CHECK(!akolhook_hub_is_own_fault(theirs[i], AKOLHOOK_PHASE_CONNECT, ECONNREFUSED));
    CHECK(akolhook_hub_is_own_fault(AKOLHOOK_CONNECT_FAILED, AKOLHOOK_PHASE_CONNECT, ENETUNREACH));
    CHECK(!akolhook_hub_is_own_fault(AKOLHOOK_CONNECT_FAILED, AKOLHOOK_PHASE_CONNECT, EHOSTUNREACH));
    CHECK(!akolhook_hub_is_own_fault(
            AKOLHOOK_TLS_FAILED, AKOLHOOK_PHASE_TLS, ENETUNREACH)); /* a TLS library's number */
}

/* One attempt of a webhook that began at 1000 and ended at 2000, judged. */
static akolhook_store_health judged_health;
static akolhook_store_outcome judged;
static akolhook_log_row judged_row;
static void judge(int code, akolhook_store_case at) {
    static const akolhook_store_rules rules = {3, 15, 18 * HOUR, 20, 24 * HOUR};
    memset(&judged, 0, sizeof judged);
    memset(&judged_row, 0, sizeof judged_row);
    judged.retry_after_s = -1;
    judged.row = &judged_row;
    judged_row.code = code;
    judged_row.success = code / 100 == 2;
    judged_row.status = !code ? AKOLHOOK_DEADLINE : judged_row.success ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    judged_row.ms = (int32_t)(at.now - at.began);
    judged.charged_ms = 100;
    akolhook_hub_judge(&rules, &at, &judged_health, &judged);
}
static void test_judge(void) {
    akolhook_store_case at = AKOLHOOK_INIT, late;
    memset(&judged_health, 0, sizeof judged_health);
    at.now = 2000;
    at.began = 1000;
    at.is_active = 1;
    judge(200, at);
    CHECK(judged.state == AKOLHOOK_DELIVERY_DELIVERED && judged.attempt == 1 && judged.turn_ms == 900 &&
            judged.answered);
    CHECK(judged_health.cls == AKOLHOOK_CLASS_QUICK && judged_health.estimate_ms == 1000);
    at.now = at.began + AKOLHOOK_QUICK_MS + 1;
    judge(204, at);
    CHECK_INT(judged_health.cls, AKOLHOOK_CLASS_OTHER);
    judge(500, at);
    CHECK(judged.state == AKOLHOOK_DELIVERY_WAITING && judged.due_ms == 5000 && judged_row.retry_ms == 5000 &&
            judged.failures == 1);
    CHECK(judged_health.cls == AKOLHOOK_CLASS_FAILING && judged_health.backoff_until <= at.now &&
            judged_health.misses == 1);
    late = at; /* what began before that failure does not heal, nor is it one more miss */
    late.now = at.now + 10;
    late.began = at.now - 1;
    judge(200, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_DELIVERED && judged_health.cls == AKOLHOOK_CLASS_FAILING &&
            judged_health.failures == 1);
    judge(503, late);
    CHECK(judged_health.misses == 1 && judged_health.failures == 2);
    late.began = at.now;
    judge(503, late);
    CHECK(judged_health.misses == 2 && judged_health.backoff_until == late.now + 1000);
    late.is_test = 1; /* a test: the class alone, and never again */
    judge(0, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_FAILED && judged_health.failures == 3 && !judged.answered);
    judge(200, late);
    CHECK(judged_health.cls == AKOLHOOK_CLASS_QUICK && judged_health.failures == 3);
    late.is_test = 0;
    late.attempt = 2; /* the last of three */
    judge(404, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_FAILED && judged_health.cls == AKOLHOOK_CLASS_QUICK &&
            judged.failures == 4);
    late.attempt = 0;
    late.age_ms = AKOLHOOK_RETRY_HORIZON_MS - 4999; /* the next would be later than 90 h */
    judge(500, late);
    CHECK_INT(judged.state, AKOLHOOK_DELIVERY_FAILED);
    late.age_ms = AKOLHOOK_RETRY_HORIZON_MS - 5000;
    judge(500, late);
    CHECK_INT(judged.state, AKOLHOOK_DELIVERY_WAITING);
    late.is_cut = 1;
    judge(500, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_CANCELLED && judged.cancelled &&
            judged_row.state == AKOLHOOK_DELIVERY_WAITING);
    late.began = late.now;
    judge(200, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_DELIVERED && !judged.cancelled && judged_health.failures == 0);
    late.is_cut = 0;
    judge(410, late);
    CHECK(judged.state == AKOLHOOK_DELIVERY_FAILED && judged.deactivates && !judged.warned);
    late.is_active = 0;
    judge(410, late);
    CHECK(!judged.deactivates);
}
/* Given back, and a fault of the sender's own: nothing of the webhook changes. */
static void test_judge_faults(void) {
    static const akolhook_store_rules rules = {3, 15, 18 * HOUR, 20, 24 * HOUR};
    static const int64_t pause[] = {5, 10, 20, 40, 80, 160, 320, 640, 640};
    akolhook_store_case at = AKOLHOOK_INIT;
    akolhook_store_health clean = AKOLHOOK_INIT;
    uint32_t i;
    memset(&judged_health, 0, sizeof judged_health);
    at.now = 2000;
    at.is_active = 1;
    at.attempt = 1;
    for (i = 0; i < 9; i++) {
        memset(&judged, 0, sizeof judged);
        memset(&judged_row, 0, sizeof judged_row);
        judged.row = &judged_row;
        judged.charged_ms = 100;
        judged_row.status = AKOLHOOK_SYSTEM_LIMIT;
        at.faults = i;
        akolhook_hub_judge(&rules, &at, &judged_health, &judged);
        CHECK(judged.is_fault && judged.state == AKOLHOOK_DELIVERY_WAITING && judged.attempt == 1 &&
                judged.faults == i + 1);
        CHECK(judged.turn_ms == -99 && judged.due_ms == pause[i] * SECOND &&
                judged_row.retry_ms == judged.due_ms);
    }
    memset(&judged, 0, sizeof judged);
    judged.delay_ms = 20;
    akolhook_hub_judge(&rules, &at, &judged_health, &judged);
    CHECK(judged.state == AKOLHOOK_DELIVERY_WAITING && judged.due_ms == 20 && judged.attempt == 1 &&
            judged.turn_ms == 1);
    CHECK(memcmp(&judged_health, &clean, sizeof clean) == 0);
}

/* ---- memory ---- */

static void test_sizes(void) {
    size_t need, shift;
    suite_begin();
    need = akolhook_hub_size(&desc);
    CHECK(need <= AKOLHOOK_HUB_SIZE(8, sizeof(peer), 0, 0, AKOLHOOK_MEMORY_SIZE(40, 400, 0, 0, 262144, 0)));
    CHECK(AKOLHOOK_HUB_SIZE(8, sizeof(peer), 0, 0, AKOLHOOK_MEMORY_SIZE(40, 400, 0, 0, 262144, 0)) <=
            need + need / 20 + 16);
    for (shift = 0; shift < 16; shift++) { /* exactly so much, however it is aligned */
        unsigned char *memory = (unsigned char *)malloc(need + shift);
        CHECK_STATUS(akolhook_hub_init(&hub, memory + shift, need - 1, &desc), MEMORY_TOO_SMALL);
        CHECK(hub == NULL);
        CHECK_STATUS(akolhook_hub_init(&hub, memory + shift, need, &desc), OK);
        create("https://a.example/");
        emit();
        run();
        akolhook_hub_close(hub);
        free(memory);
    }
    CHECK_INT(w.count, 16);
    desc.business_id = akolhook_str_c("");
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    desc.business_id = akolhook_str_n(suite_memory, 65);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    desc.business_id = akolhook_str_c("b\xff");
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), BAD_UTF8);
    desc.business_id = akolhook_str_c("b");
    desc.memory.max_webhooks = 1000001;
    CHECK_INT(akolhook_hub_size(&desc), 0);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    desc.memory.max_webhooks = 1000000; /* each maximum is allowed */
    desc.memory.max_pending = 10000000;
    desc.memory.log_rows = 1;
    CHECK(akolhook_hub_size(&desc) > 0);
    desc.memory.max_pending = 10000001;
    CHECK_INT(akolhook_hub_size(&desc), 0);
    suite_begin();
    desc.memory.log_rows = 100000;
    CHECK(akolhook_hub_size(&desc) > 0);
    desc.memory.log_rows = 100001;
    CHECK_INT(akolhook_hub_size(&desc), 0);
    suite_begin();
    desc.max_attempts = 256;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    desc.max_attempts = 255;
    desc.max_rate = 1001;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    desc.max_rate = 1000;
    CHECK(akolhook_hub_size(&desc) > 0);
    CHECK_INT(akolhook_hub_size(NULL), 0);
    akolhook_hub_close(NULL);
}

/* The schedule as the comment has it is that of the array. */
static void test_schedule_text(void) {
    static char header[1 << 20];
    FILE *file = fopen("examples/hub/akolhook_hub.h", "r");
    char want[200] = "(1, 2, ...): ";
    uint32_t attempt;
    size_t len = file ? fread(header, 1, sizeof header - 1, file) : 0;
    CHECK(len > 0);
    if (file) fclose(file);
    for (attempt = 1; attempt <= 9; attempt++) {
        long s = (long)(akolhook_retry_delay(attempt, -1, 0) / 1000);
        long n = s < 60 ? s : s < 3600 ? s / 60 : s / 3600;
        sprintf(want + strlen(want), "%ld %s, ", n, s < 60 ? "s" : s < 3600 ? "min" : "h");
    }
    strcat(want, "then always 24 h");
    CHECK(strstr(header, want) != NULL);
    CHECK_INT(akolhook_retry_delay(10, -1, 0), 24 * HOUR);
}

/* The manual's table. */
static void test_manual(void) {
    FILE *file = fopen("examples/hub/akolhook_hub.h", "r");
    char line[256], text[256], unit[4], said[32], want[32];
    unsigned n[5], seen_sizes = 0;
    size_t need, i, k;
    CHECK(file != NULL);
    while (file && fgets(line, sizeof line, file)) {
        for (i = k = 0; line[i]; i++)
            if (line[i] != ',') text[k++] = line[i];
        text[k] = 0;
        if (sscanf(text, "%*s %u %u %u %u %u %3s %31[0-9.BMbytes ]", &n[0], &n[1], &n[2], &n[3], &n[4], unit,
                    said) != 7)
            continue;
        memset(&desc, 0, sizeof desc);
        desc.memory.max_webhooks = n[0];
        desc.memory.max_pending = n[1];
        desc.memory.log_rows = n[2];
        desc.client.max_in_flight = n[3];
        desc.memory.pool_bytes = n[4] << (unit[0] == 'K' ? 10 : 20);
        need = akolhook_hub_size(&desc);
        if (need < 1000000)
            sprintf(want, "%lu bytes", (unsigned long)need);
        else
            sprintf(want, need < 100000000 ? "%.1f MB" : "%.0f MB", (double)need / 1e6);
        if (sizeof(void *) == 8 && AKOLHOOK_I_KEPT > 1) CHECK_TEXT(said, want);
        seen_sizes++;
    }
    CHECK_INT(seen_sizes, 3);
    if (file) fclose(file);
}

static int holds(const void *memory, size_t size, const char *text) {
    const unsigned char *p = (const unsigned char *)memory;
    size_t i, len = strlen(text);
    for (i = 0; i + len <= size; i++)
        if (p[i] == (unsigned char)text[0] && memcmp(p + i, text, len) == 0) return 1;
    return 0;
}
/* The store's part of the memory. */
static size_t store_size(void) {
    return (size_t)(suite_memory + hub->size - (unsigned char *)hub->store.user);
}

/* After its time a secret is nowhere. */
static void test_secrets(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t i, sum = 0;
    suite_start();
    w.content = "an answer";
    hook = create("https://a.example/?token=geheim");
    emit();
    run();
    CHECK(holds(hub->store.user, store_size(), "geheim") &&
            holds(hub->store.user, store_size(), "an answer"));
    CHECK(holds(suite_memory, sizeof suite_memory, hook.secret));
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(!holds(suite_memory, sizeof suite_memory, hook.secret));
    emit();
    run();
    CHECK(holds(suite_memory, sizeof suite_memory, secret));
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK(!holds(suite_memory, sizeof suite_memory, secret));
    CHECK(!holds(hub->store.user, store_size(), "geheim") &&
            !holds(hub->store.user, store_size(), "an answer"));
    akolhook_hub_close(hub);
    for (i = 0; i < sizeof suite_memory; i++) sum += suite_memory[i];
    CHECK_INT(sum, 0);
}

/* Responses share a ring of bytes: the newest are whole, what was overwritten is said to be cut. */
static const char *const answers[3] = {"0123456789012345678901234567890123456789", "abcdefghij", "-"};
static int answer_long(const seen *r) {
    (void)r;
    w.content = answers[w.count % 3];
    return 200;
}
static void test_responses(void) {
    akolhook_webhook hook;
    size_t i, kept = 0;
    suite_begin();
    desc.memory.log_bytes = 100;
    suite_open();
    hook = create("https://a.example/");
    w.answer_fn = answer_long;
    for (i = 1; i <= 30; i++) {
        emit();
        run();
        CHECK_STATUS(log_of(hook.id), OK);
        CHECK_STR(rows[0].response, answers[i % 3]);
        CHECK(i < 2 || rows[1].response_cut == 0);
        CHECK((const uint8_t *)rows[0].response.ptr + rows[0].response.len <=
                ((akolhook_memory *)hub->store.user)->log + 100);
    }
    for (i = 0; i < 30; i++) {
        CHECK(rows[i].response_cut == (rows[i].response.len == 0));
        if (rows[i].response.len) CHECK_STR(rows[i].response, answers[(30 - i) % 3]);
        kept += rows[i].response.len;
    }
    CHECK(kept > 40 && kept <= 100);
    suite_end();
}

/* Rotated while the request waits for its connection: it is signed with the new secret. */
static void test_rotate_in_flight(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    suite_start();
    hook = create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_i_claim(hub), OK); /* in flight, nothing sent */
    CHECK_INT(hub->open, 1);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    run();
    CHECK_INT(w.count, 1);
    CHECK(is_signed(&w.requests[0], secret));
    suite_end();
}

/* Full: a status, and nothing else changes. */
static void test_full(void) {
    static char data[3000];
    akolhook_webhook hook;
    akolhook_stats stats;
    size_t i, accepted = 0;
    suite_begin();
    desc.memory.max_webhooks = 2; /* 2 deliveries are reserved for each, 4 are shared: of those the first */
    desc.memory.max_pending = 8;  /* gets 2, the second 1 */
    suite_open();
    create("https://a.example/");
    create("https://b.example/");
    for (i = 0; i < 5; i++) CHECK_INT(emit_key("{}", "", NULL), i < 3 ? AKOLHOOK_OK : AKOLHOOK_PENDING_FULL);
    stats = stats_of(NULL);
    CHECK(stats.emitted == 6 && stats.waiting == 6);
    run();
    CHECK_INT(w.count, 6);
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    suite_end();

    suite_begin();
    desc.memory.max_webhooks = 1;
    desc.memory.pool_bytes = 20000;
    suite_open();
    hook = create("https://a.example/");
    memset(data, ' ', sizeof data - 1);
    memcpy(data, "{\"a\":1", 6);
    data[sizeof data - 2] = '}';
    for (i = 0; i < 10; i++) accepted += emit_key(data, "", NULL) == AKOLHOOK_OK;
    CHECK_INT(accepted, 5); /* 3 x (3000 and the rest) of its own 10000; 2 of the others: a third would be */
    CHECK_STATUS(emit_key(data, "", NULL), POOL_FULL); /* more than what is left then */
    CHECK_INT(stats_of(NULL).emitted, 5);
    run();
    for (i = 0; i < 20; i++) { /* ended ones give way */
        CHECK_STATUS(emit_key(data, "", NULL), OK);
        run();
    }
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 25);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[24].delivery_id), EVENT_GONE);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), OK);
    run();
    CHECK_INT(w.count, 26);
    suite_end();
}

/* The marks of the bins say which hold blocks; the blocks lie one behind the other, free ones are joined. */
static void pool_check(akolhook_memory *m) {
    const size_t bins = sizeof m->bins / sizeof m->bins[0];
    uint32_t at, before = 0, free_units = 0;
    int was_free = 0;
    size_t i;

    for (i = 0; i < bins; i++) CHECK_INT(m->bin_bits[i / 32] >> i % 32 & 1, m->bins[i] != 0);
    for (at = 1; at < m->pool_units && !check_bad;) {
        const akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);

        CHECK(b->units >= AKOLHOOK_MEMORY_I_BLOCK_MIN);
        CHECK_INT(b->before, before);
        CHECK(!was_free || b->refs);
        was_free = !b->refs;
        if (was_free) free_units += b->units;
        before = b->units;
        at += b->units;
    }
    CHECK_INT(at, m->pool_units);
    CHECK_INT(free_units, m->free_units);
}

/* The pool's blocks never overlap, and what is freed becomes whole again. */
static void test_pool(void) {
    struct {
        uint32_t at;
        size_t len;
        uint8_t fill;
    } held[64];
    akolhook_memory *m;
    uint32_t random = 7, taken = 0;
    size_t i, k;
    int turn;
    memset(held, 0, sizeof held);
    suite_start();
    m = (akolhook_memory *)hub->store.user;
    for (turn = 0; turn < 20000; turn++) {
        random = random * 1664525u + 1013904223u;
        i = random >> 26;
        if (held[i].at) {
            const uint8_t *p = (const uint8_t *)akolhook_memory_i_block_data(m, held[i].at);
            for (k = 0; k < held[i].len && p[k] == held[i].fill; k++) continue;
            CHECK_INT(k, held[i].len);
            akolhook_memory_i_block_free(m, held[i].at);
            held[i].at = 0;
        } else {
            held[i].len = (random >> 8) % ((random & 15) == 0 ? 40000 : 300);
            held[i].fill = (uint8_t)turn;
            held[i].at = akolhook_memory_i_pool_take(m, akolhook_memory_i_units(m, held[i].len));
            if (!held[i].at) continue;
            taken++;
            memset(akolhook_memory_i_block_data(m, held[i].at), held[i].fill, held[i].len);
        }
        if (turn % 16 == 0) pool_check(m);
    }
    CHECK(taken > 5000);
    for (i = 0; i < 64; i++)
        if (held[i].at) akolhook_memory_i_block_free(m, held[i].at);
    CHECK_INT(akolhook_memory_i_block_at(m, 1)->units, m->pool_units - 1);
    CHECK_INT(m->free_units, m->pool_units - 1);
    CHECK_INT(akolhook_memory_i_pool_take(m, m->pool_units), 0);
    suite_end();
}

/* Many webhooks and many times: the heaps give what is due in its order. */
static void test_order(void) {
    static akolhook_webhook hooks[40];
    char url[40];
    size_t i, n = 0;
    suite_begin();
    desc.memory.log_rows = 200;
    desc.client.max_in_flight = 64;
    suite_open();
    for (i = 0; i < 40; i++) {
        sprintf(url, "https://h%u.example/", (unsigned)i);
        hooks[i] = create(url);
    }
    w.answer_fn = answer_flaky;
    for (i = 0; i < 8; i++) {
        emit();
        w.draw = w.draw * 1103515245u + 12345u;
        run_until(w.now + 7 * MINUTE);
    }
    for (i = 0; i < 40; i += 3) CHECK_STATUS(akolhook_hub_delete_webhook(hub, hooks[i].id), OK);
    run_until(w.now + 100 * HOUR);
    CHECK_INT(stats_of(NULL).waiting, 0);
    CHECK_INT(stats_of(NULL).emitted, 320);
    for (i = 0; i < 40; i++) n += akolhook_hub_get_webhook(hub, hooks[i].id, &hooks[i]) == AKOLHOOK_OK;
    CHECK_INT(n, 26);
    suite_end();
}

/* ---- leases ---- */

static const akolhook_store_rules lenient = {10, 1000, 1, 1000, 1};

/* A worker that died held more leases than are taken back in one go: all of them come again, each once, and
   the dead one's outcomes are lost. */
static void test_many_leases(void) {
    enum { MANY = 150 };
    static akolhook_store_claim first[MANY], again[MANY];
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    size_t i, k, count, taken = 0, calls = 0;
    int64_t due;
    suite_begin();
    desc.memory.max_webhooks = 2;
    desc.memory.max_pending = 400;
    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = MANY;
    store_start(&desc.memory);
    desc.store = &store;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    for (i = 0; i < MANY; i++) emit();
    CHECK_STATUS(store.claim_fn(store.user, &limits, first, MANY, &count), OK);
    CHECK_INT(count, MANY);
    w.now += 60000;
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &due), OK);
    CHECK_INT(due, 0);
    while (taken < MANY && ++calls < 20 && !check_bad) {
        CHECK_STATUS(store.claim_fn(store.user, &limits, again + taken, MANY - taken, &count), OK);
        taken += count;
    }
    CHECK_INT(taken, MANY);
    for (i = 0; i < taken; i++) {
        for (k = 0; k < i; k++) CHECK(again[k].number != again[i].number);
        for (k = 0; k < MANY && first[k].number != again[i].number; k++) {}
        CHECK(k < MANY && first[k].lease != again[i].lease);
    }
    row.success = 1;
    row.attempt = 1;
    for (i = 0; i < MANY; i++) {
        memset(&o, 0, sizeof o);
        o.number = first[i].number;
        o.lease = first[i].lease;
        o.handle = first[i].handle;
        o.row = &row;
        CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
        CHECK_STATUS(o.status, LEASE_LOST);
    }
    CHECK_INT(stats_of(NULL).waiting, MANY);
    for (i = 0; i < MANY; i++) {
        memset(&o, 0, sizeof o);
        o.number = again[i].number;
        o.lease = again[i].lease;
        o.handle = again[i].handle;
        o.row = &row;
        CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
        CHECK_STATUS(o.status, OK);
    }
    CHECK_INT(stats_of(NULL).delivered, MANY);
    akolhook_hub_close(hub);
}

static void test_leases(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claims[4], late;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    size_t count;
    int64_t due;
    suite_begin();
    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 4;
    store_start(&desc.memory);
    desc.store = &store;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    emit();
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK_INT(count, 1);
    late = claims[0];
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &due), OK);
    CHECK_INT(due, 60000);
    w.now += 59999;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK_INT(count, 0);
    w.now++;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK(claims[0].number == late.number && claims[0].lease != late.lease &&
            strcmp(claims[0].message_id, late.message_id) == 0);
    row.success = 1;
    row.attempt = 1;
    o.number = late.number;
    o.lease = late.lease;
    o.handle = late.handle;
    o.row = &row;
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST);
    CHECK_INT(stats_of(NULL).waiting, 1);
    o.lease = claims[0].lease;
    w.now += 100000; /* run out, but nobody took it: it still counts */
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_STATUS(o.status, OK);
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST); /* not twice */
    CHECK_INT(stats_of(NULL).delivered, 1);
    akolhook_hub_close(hub);
}

/* A hub that closes gives back what it has in flight: the next one sends it at once, and no attempt was used
   up. */
static void test_close(void) {
    akolhook_webhook hook;
    size_t left;
    suite_begin();
    store_start(&desc.memory);
    desc.store = &store;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    hook = create("https://a.example/");
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(w.count, 1);
    akolhook_hub_close(hub);
    CHECK_INT(w.open, 0);
    w.code = 200;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    run();
    CHECK_INT(w.count, 2);
    CHECK_TEXT(w.requests[1].id, w.requests[0].id);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(row_count == 1 && rows[0].attempt == 1 && rows[0].at_ms == START_MS);
    akolhook_hub_close(hub);
}

/* A broken store and a callback that does what callbacks may. */
static void meddle(void *user, const akolhook_notice *n) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t left;
    (void)user;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), WRONG_ORDER);
    CHECK_STATUS(create_probed("https://c.example/", 2, &hook), WRONG_ORDER);
    wanted.url = akolhook_str_c("https://c.example/");
    wanted.probe = &probed;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, n->row->webhook_id, &wanted), WRONG_ORDER);
    akolhook_hub_close(hub); /* does nothing here */
    if (n->kind != AKOLHOOK_NOTICE_SUCCEEDED)
        emit();
    else if (w.count > 8)
        CHECK(akolhook_hub_delete_webhook(hub, n->row->webhook_id) != AKOLHOOK_INVALID_ARGUMENT);
}
static void test_callbacks(void) {
    akolhook_store s = crash_store();
    akolhook_webhook hooks[2];
    size_t count;
    suite_begin();
    desc.notice_fn = meddle;
    suite_open();
    create("https://a.example/");
    create("https://b.example/");
    emit();
    emit();
    run();
    CHECK(w.count > 8);
    CHECK_INT(stats_of(NULL).waiting, 0);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, hooks, 2, &count), OK);
    CHECK_INT(count, 0);
    suite_end();
    s.log_fn = NULL;
    desc.store = &s;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), BROKEN_HOOK);
}

/* A wall clock that is set while a delivery is open ends no lease: it is not sent a second time. */
static void test_clock_set(void) {
    int i;
    suite_start();
    create("https://a.example/");
    w.code = 0;
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    for (i = 0; i < 10; i++) {
        w.clock_set = i < 3 ? 0 : 3600000;
        w.now += 1000;
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    }
    CHECK_INT(w.count, 1);
    CHECK_INT(w.open, 1);
    suite_end();
}

/* Each URL is found by its bucket: as many webhooks as buckets, and chains as short as chance makes them (the
   longest of 2,000 in 2,000 buckets has more than 12 once in 10^6 times). */
static void test_many_webhooks(void) {
    enum { MANY = 2000 };
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook hook;
    akolhook_memory *m;
    char url[60];
    uint32_t i, at, len, longest = 0, all = 0, round;
    memory.max_webhooks = MANY;
    memory.max_pending = 2 * MANY;
    memory.log_rows = 1;
    memory.pool_bytes = 1 << 20;
    world_start();
    store_start(&memory);
    m = (akolhook_memory *)store.user;
    memset(&hook, 0, sizeof hook);
    hook.name = akolhook_str_c("A webhook");
    hook.events = 2;
    for (round = 0; round < 2; round++) {
        for (i = 0; i < MANY; i++) {
            sprintf(url, "https://example.com/hooks/%u", (unsigned)i);
            sprintf(hook.id, "whk_%024u", (unsigned)i);
            hook.url = akolhook_str_c(url);
            CHECK_STATUS(store.webhook_put_fn(store.user, &hook, MANY), OK);
        }
        for (i = 0, longest = all = 0; i < MANY; i++) {
            for (len = 0, at = m->url_buckets[i]; at; at = akolhook_memory_i_hook_at(m, at)->url_next) len++;
            all += len;
            if (len > longest) longest = len;
        }
        CHECK_INT(all, MANY);
        CHECK(longest <= 12);

        /* a URL that another has is refused, and free once that has gone to another or is deleted */
        sprintf(hook.id, "whk_%024u", 5u);
        hook.url = akolhook_str_c("https://example.com/hooks/7");
        CHECK_STATUS(store.webhook_set_fn(store.user, &hook, AKOLHOOK_STORE_URL, 1, NULL), WEBHOOK_EXISTS);
        hook.url = akolhook_str_c("https://example.com/other");
        CHECK_STATUS(store.webhook_set_fn(store.user, &hook, AKOLHOOK_STORE_URL, 1, NULL), OK);
        sprintf(hook.id, "whk_%024u", 7u);
        CHECK_STATUS(store.webhook_set_fn(store.user, &hook, AKOLHOOK_STORE_URL, 1, NULL), WEBHOOK_EXISTS);
        hook.url = akolhook_str_c("https://example.com/hooks/5");
        CHECK_STATUS(store.webhook_set_fn(store.user, &hook, AKOLHOOK_STORE_URL, 1, NULL), OK);
        for (i = 0; i < MANY; i++) {
            sprintf(hook.id, "whk_%024u", (unsigned)(i * 7 % MANY));
            CHECK_STATUS(store.webhook_delete_fn(store.user, hook.id), OK);
        }
        for (i = 0; i < MANY; i++) CHECK_INT(m->url_buckets[i], 0);
    }
}

#include "hub_bounds.h"
#include "hub_policy.h"
#include "hub_members.h"
#include "hub_store.h"
/* A pool without room for a new text refuses it, and what was there stays. */
static void test_update_full(void) {
    static uint32_t taken[5000];
    static char url[1200] = "https://a.example/";
    akolhook_wanted change = AKOLHOOK_INIT;
    akolhook_webhook hook;
    akolhook_memory *m;
    uint32_t units, count = 0;
    size_t listed;

    suite_start();
    m = (akolhook_memory *)hub->store.user;
    hook = create("https://a.example/old");
    for (units = m->free_units; units; units /= 2)
        while (count < 5000 && (taken[count] = akolhook_memory_i_pool_take(m, units)) != 0) count++;
    CHECK(count > 0 && count < 5000);
    memset(url + strlen(url), 'u', sizeof url - 1 - strlen(url));
    change.url = akolhook_str_c(url);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &change), POOL_FULL);
    CHECK_TEXT(get(hook.id).url, "https://a.example/old");
    CHECK_STATUS(create_status("A webhook", "https://b.example/", AKOLHOOK_EVENTS_ALL, &hook), POOL_FULL);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, &listed), OK);
    CHECK_INT(listed, 1);
    CHECK_TEXT(hook.url, "https://a.example/old");
    while (count) akolhook_memory_i_block_free(m, taken[--count]);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &change), OK);
    CHECK_TEXT(get(hook.id).url, url);
    suite_end();
}

/* What a text that is longer than its webhook's part takes of the shared half is given back whole. */
static void test_long_texts(void) {
    static char url[1200] = "https://a.example/";
    akolhook_wanted change = AKOLHOOK_INIT;
    akolhook_webhook hook;
    akolhook_memory *m;
    int turn;

    suite_begin();
    desc.memory.pool_bytes = 40000; /* 500 bytes for each of 40 */
    suite_open();
    m = (akolhook_memory *)hub->store.user;
    memset(url + strlen(url), 'u', sizeof url - 1 - strlen(url));
    for (turn = 0; turn < 3; turn++) {
        hook = create(url);
        CHECK(m->shared_bytes_used >= sizeof url - 500 && m->shared_bytes_used < sizeof url);
        change.url = akolhook_str_c("https://a.example/short");
        CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &change), OK);
        CHECK_INT(m->shared_bytes_used, 0);
        change.url = akolhook_str_c(url);
        CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &change), OK);
        CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
        CHECK_INT(m->shared_bytes_used, 0);
    }
    suite_end();
}

/* What was cut off and is deleted before it was tidied up is waited for no more. */
static void test_cut_deleted(void) {
    akolhook_webhook hook;
    akolhook_memory *m;
    int i;

    suite_begin();
    desc.memory.max_webhooks = 1;
    desc.memory.max_pending = 2 * (AKOLHOOK_STORE_STEP + 10);
    desc.memory.pool_bytes = 600u * desc.memory.max_pending;
    suite_open();
    m = (akolhook_memory *)hub->store.user;
    hook = create("https://a.example/");
    for (i = 0; i < AKOLHOOK_STORE_STEP + 5; i++) emit();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_INT(m->cut_waiting, 5); /* the step is what is ended at once */
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_INT(m->cut_waiting, 0);
    CHECK_INT(stats_of(NULL).cancelled, AKOLHOOK_STORE_STEP + 5);
    suite_end();
}

/* A host reads the same in both cases, scheme and port tell origins apart (RFC 9110 section 4.2.3). */
static void test_origins(void) {
    static const char *const same[] = {
            "https://a.example/1", "https://A.EXAMPLE/2?q", "https://a.exAmple:443/"};
    static const char *const others[] = {
            "http://a.example/", "https://a.example:444/", "https://b.example/", "https://a.example.com/"};
    size_t i;

    for (i = 0; i < sizeof same / sizeof same[0]; i++)
        CHECK(akolhook_hub_i_origin_of(akolhook_str_c(same[i])) ==
                akolhook_hub_i_origin_of(akolhook_str_c(same[0])));
    for (i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(akolhook_hub_i_origin_of(akolhook_str_c(others[i])) !=
                akolhook_hub_i_origin_of(akolhook_str_c(same[0])));
}

/* The store is asked to tidy up once in a while, not in each turn. */
static akolhook_status (*tend_before)(void *user, akolhook_store_tending *tending);
static int tends;
static akolhook_status tend_counted(void *user, akolhook_store_tending *tending) {
    tends++;
    return tend_before(user, tending);
}
static void test_tends(void) {
    int i;

    suite_start();
    tend_before = hub->store.tend_fn;
    hub->store.tend_fn = tend_counted;
    tends = 0;
    create("https://a.example/");
    for (i = 0; i < 600; i++) {
        emit();
        run_until(START_MS + (i + 1) * SECOND);
    }
    CHECK(tends >= 100 && tends <= 125); /* ten minutes, one each 5 s */
    suite_end();
}

/* Events of one call are judged one after the other: as many have room as would have it alone, and one more
   leaves all of them out. */
static void test_bytes_many(void) {
    akolhook_hub_event events[16];
    akolhook_hub_emitted emitted[16];
    size_t alone = 0, round, i;

    memset(events, 0, sizeof events);
    for (i = 0; i < 16; i++) {
        events[i].event = AKOLHOOK_CALL_ENDED;
        events[i].data = akolhook_str_c(large(LARGE));
    }
    for (round = 0; round < 2; round++) {
        suite_begin();
        desc.memory.max_webhooks = 2;
        desc.memory.max_pending = 2000;
        desc.memory.pool_bytes = 65536;
        suite_open();
        create("https://a.example/");
        if (round == 0) {
            while (alone < 16 && emit_key(large(LARGE), "", NULL) == AKOLHOOK_OK) alone++;
            CHECK(alone >= 5 && alone < 16);
        } else {
            if (alone < 16) CHECK_STATUS(akolhook_hub_emit_many(hub, events, alone + 1, emitted), POOL_FULL);
            CHECK_INT(stats_of(NULL).emitted, 0);
            CHECK_STATUS(akolhook_hub_emit_many(hub, events, alone, emitted), OK);
            CHECK_INT(stats_of(NULL).emitted, (long long)alone);
        }
        suite_end();
    }
}

#include "hub_exact.h"

int main(void) {
#ifdef TEST_BOUNDS_ALONE
    test_bounds();
    RUN(test_bytes_many);
    return check_end();
#endif
    RUN(test_retry_delay);
    RUN(test_latency);
    RUN(test_fate);
    RUN(test_many_webhooks);
    RUN(test_store_clock);
    RUN(test_store_clock_shared);
    RUN(test_when);
    RUN(test_own_faults);
    RUN(test_judge);
    RUN(test_judge_faults);
    test_policy();
    suite_run();
    RUN(test_sizes);
    RUN(test_manual);
    RUN(test_schedule_text);
    RUN(test_secrets);
    RUN(test_responses);
    RUN(test_rotate_in_flight);
    RUN(test_full);
    RUN(test_pool);
    RUN(test_order);
    RUN(test_leases);
    RUN(test_many_leases);
    RUN(test_clock_set);
    RUN(test_close);
    RUN(test_callbacks);
    test_bounds();
    test_members();
    test_store();
    RUN(test_update_full);
    RUN(test_long_texts);
    RUN(test_cut_deleted);
    RUN(test_origins);
    RUN(test_tends);
    RUN(test_bytes_many);
    test_exact();
    return check_end();
}
