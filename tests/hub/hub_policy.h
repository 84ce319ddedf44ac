/* What every store asks, at each exact bound: how long to wait, whose fault it was, what an attempt does to
   its webhook and to its delivery. Part of test_hub.c. */
#ifndef HUB_POLICY_H
#define HUB_POLICY_H

/* ---- buckets of times ---- */

/* Where bucket 0, 1, ... 64 begin: 0 to 4, then four steps of 1, four of 2, four of 4, ... */
static uint32_t policy_begin[AKOLHOOK_LATENCY_BUCKETS + 1];
static void policy_buckets(void) {
    uint32_t step = 1, at = 4;
    size_t i;

    for (i = 0; i < 4; i++) policy_begin[i] = (uint32_t)i;
    for (; i <= AKOLHOOK_LATENCY_BUCKETS; i++) {
        policy_begin[i] = at;
        at += step;
        if (i % 4 == 3) step *= 2;
    }
}
static void test_buckets(void) {
    akolhook_stats stats;
    unsigned i;
    uint32_t step, at;

    policy_buckets();
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) {
        CHECK_INT(akolhook_stats_bucket((int32_t)policy_begin[i]), i);
        CHECK_INT(akolhook_stats_bucket((int32_t)policy_begin[i + 1] - 1), i);
        memset(&stats, 0, sizeof stats);
        stats.latency[i] = 3;
        CHECK_INT(akolhook_stats_latency(&stats, 1), policy_begin[i + 1] - 1);
        CHECK_INT(akolhook_stats_latency(&stats, 100), policy_begin[i + 1] - 1);
    }
    CHECK_INT(akolhook_stats_bucket(-1), 0);
    CHECK_INT(akolhook_stats_bucket(INT32_MIN), 0);
    CHECK_INT(akolhook_stats_bucket((int32_t)policy_begin[64]), 63);
    CHECK_INT(akolhook_stats_bucket(INT32_MAX), 63);

    /* of blocks all sizes have a bucket of their own: up to 2^32 - 1 there are 4 * 31 */
    for (i = 4, at = 4, step = 1; i < 124; at += step, i++) {
        if (i > 4 && i % 4 == 0) step *= 2;
        CHECK_INT(akolhook_hub_i_log_bucket(at), i);
        CHECK_INT(akolhook_hub_i_log_bucket(at + step - 1), i);
        CHECK_INT(akolhook_hub_i_bucket_low(i), at);
    }
    CHECK_INT(akolhook_hub_i_log_bucket(UINT32_MAX), 123);
}

/* So many of a hundred, rounded up: of three the first has a third, the second two. */
static void test_percents(void) {
    static const struct {
        unsigned percent;
        int32_t ms;
    } cases[] = {{1, 0}, {33, 0}, {34, 1}, {66, 1}, {67, 2}, {100, 2}};
    akolhook_stats stats = AKOLHOOK_INIT;
    size_t i;

    stats.latency[0] = stats.latency[1] = stats.latency[2] = 1;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(akolhook_stats_latency(&stats, cases[i].percent), cases[i].ms);
}

/* ---- when ---- */

/* Up to a tenth more: 5 s and 500 ms * draw / 2^32, rounded down; Retry-After counts where it is longer. */
static void test_pauses(void) {
    static const struct {
        uint32_t attempt;
        int32_t retry_after_s;
        uint32_t draw;
        int64_t ms;
    } cases[] = {{1, -1, 0, 5000}, {1, -1, 0x80000000u, 5250}, {1, -1, UINT32_MAX, 5499}, {1, 4, 0, 5000},
            {1, 5, 0, 5000}, {1, 6, 0, 6000}, {2, 299, 0, 300000}, {2, 301, 0, 301000}, {4, 7199, 0, 7200000},
            {4, 7201, 0x40000000u, 7381025}, {1, 21599, 0, 21599000}, {1, 21600, 0, 21600000},
            {1, 21601, 0, 21600000}, {6, INT32_MAX, 0, 36000000}, {0, -1, 0, 5000}, {9, -1, 0, 86400000},
            {10, -1, 0, 86400000}};
    static const int64_t backoff[] = {0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    uint32_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(akolhook_retry_delay(cases[i].attempt, cases[i].retry_after_s, cases[i].draw), cases[i].ms);
    for (i = 0; i < sizeof backoff / sizeof backoff[0]; i++)
        CHECK_INT(akolhook_hub_i_backoff(i, 0), backoff[i] * SECOND);
    CHECK_INT(akolhook_hub_i_backoff(UINT32_MAX, 0), 300 * SECOND);
    CHECK_INT(akolhook_hub_i_backoff(2, 0x80000000u), 1050);
    CHECK_INT(akolhook_hub_i_backoff(UINT32_MAX, UINT32_MAX), 329999); /* 30000 - 1: draw < 2^32 */
}

/* 26 h of a pause count, more do not; a wall clock that was never set begins at 1. */
static void test_clock_steps(void) {
    static const int64_t walls[] = {INT64_MIN, -1, 0, 1, 2};
    akolhook_store_clock clock;
    size_t i;

    for (i = 0; i < sizeof walls / sizeof walls[0]; i++) {
        memset(&clock, 0, sizeof clock);
        CHECK_INT(akolhook_hub_clock(&clock, walls[i], 7), i < 4 ? 1 : 2);
        CHECK(clock.runs && clock.wall_ms == walls[i] && clock.monotonic_ms == 7);
    }
    for (i = 0; i < 3; i++) {
        memset(&clock, 0, sizeof clock);
        (void)akolhook_hub_clock(&clock, 1000, 0);
        CHECK_INT(akolhook_hub_clock(&clock, 0, 26 * HOUR - 1 + (int64_t)i), 1000 + 26 * HOUR - (i == 0));
        clock.runs = 0;
        clock.wall_ms = 0;
        CHECK_INT(
                akolhook_hub_clock(&clock, 26 * HOUR - 1 + (int64_t)i, -50), 1000 + 52 * HOUR - 2 * (i == 0));
        CHECK_INT(clock.monotonic_ms, -50);
    }
}

static void test_ready(void) {
    static const struct {
        int64_t due, backoff, retry;
        int is_urgent;
        int64_t allowed_us, at;
    } cases[] = {{5, 0, 0, 0, 0, 5}, {5, 6, 0, 0, 0, 6}, {5, 0, 7, 0, 0, 7}, {5, 7, 6, 0, 0, 7},
            {5, 6, 7, 0, 0, 7}, {5, 6, 7, 1, 0, 5}, {5, 0, 0, 0, 4999, 5}, {5, 0, 0, 0, 5000, 5},
            {5, 0, 0, 0, 5001, 6}, {5, 0, 0, 0, 5999, 6}, {5, 0, 0, 0, 6000, 6}, {5, 9, 9, 1, 6001, 7},
            {INT64_MAX, 1, 1, 0, 1, INT64_MAX}};
    static const struct {
        int64_t allowed_us, now;
        uint32_t rate;
        int64_t next_us;
    } rates[] = {{0, 10, 1, 1010000}, {9999, 10, 4, 260000}, {10000, 10, 4, 260000}, {10001, 10, 4, 260001},
            {0, 10, 999, 11002}, {0, 10, 1000, 11000}, {70000, 10, 0, 0}}; /* 10^6 / 999 = 1001.001 */
    akolhook_store_health health = AKOLHOOK_INIT;
    int32_t ms;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        health.backoff_until = cases[i].backoff;
        health.retry_until = cases[i].retry;
        CHECK_INT(akolhook_hub_ready_at(&health, cases[i].due, cases[i].is_urgent, cases[i].allowed_us),
                cases[i].at);
    }
    for (i = 0; i < sizeof rates / sizeof rates[0]; i++)
        CHECK_INT(akolhook_hub_allow(rates[i].allowed_us, rates[i].now, rates[i].rate), rates[i].next_us);
    for (ms = -1; ms < 4; ms++) {
        health.estimate_ms = ms;
        CHECK_INT(akolhook_hub_charge(&health), ms < 1 ? 1 : ms);
    }
}

/* ---- whose fault, and who answered ---- */

/* Of all statuses these, and of all causes of a connection that failed these. */
static void test_causes(void) {
    static const akolhook_status own[] = {AKOLHOOK_RANDOM_FAILED, AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_WAIT_FAILED,
            AKOLHOOK_LOOKUP_BUSY, AKOLHOOK_BROKEN_HOOK, AKOLHOOK_TLS_REQUIRED, AKOLHOOK_INVALID_ARGUMENT,
            AKOLHOOK_REQUEST_HEAD_TOO_LARGE, AKOLHOOK_BAD_CIDR, AKOLHOOK_NO_SECRET, AKOLHOOK_EMPTY_SECRET};
    static const akolhook_status replies[] = {AKOLHOOK_BAD_RESPONSE, AKOLHOOK_RESPONSE_HEAD_TOO_LARGE,
            AKOLHOOK_TOO_MANY_INTERIM, AKOLHOOK_TLS_FAILED};
    static const long own_errors[] = {ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EPERM, EACCES};
    static const akolhook_status all[] = {
#define POLICY_STATUS(name, number, http, text) AKOLHOOK_##name,
            AKOLHOOK_STATUS_LIST(POLICY_STATUS)
#undef POLICY_STATUS
    };
    akolhook_log_row row;
    size_t i, k;
    long error;
    int want, code, phase;

    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (want = 0, k = 0; k < sizeof own / sizeof own[0]; k++) want |= own[k] == all[i];
        CHECK_INT(akolhook_hub_is_own_fault(all[i], AKOLHOOK_PHASE_CONNECT, 0), want);
        CHECK_INT(akolhook_hub_is_own_fault(all[i], AKOLHOOK_PHASE_CONNECT, ENETDOWN),
                want || all[i] == AKOLHOOK_CONNECT_FAILED);

        memset(&row, 0, sizeof row);
        row.status = all[i];
        for (want = 0, k = 0; k < sizeof replies / sizeof replies[0]; k++) want |= replies[k] == all[i];
        CHECK_INT(akolhook_hub_i_is_answered(&row), want);
        row.native_error = ECONNREFUSED;
        CHECK_INT(akolhook_hub_i_is_answered(&row), want || all[i] == AKOLHOOK_CONNECT_FAILED);
        row.native_error = ECONNREFUSED + 1;
        CHECK_INT(akolhook_hub_i_is_answered(&row), want);
        row.code = 100;
        CHECK_INT(akolhook_hub_i_is_answered(&row), 1);
        row.code = 0;
        row.success = 1;
        CHECK_INT(akolhook_hub_i_is_answered(&row), 1);
    }
    for (error = 0; error < 200; error++) {
        for (want = 0, k = 0; k < sizeof own_errors / sizeof own_errors[0]; k++)
            want |= own_errors[k] == error;
        for (phase = AKOLHOOK_PHASE_NONE; phase <= AKOLHOOK_PHASE_DONE; phase++)
            CHECK_INT(akolhook_hub_is_own_fault(AKOLHOOK_CONNECT_FAILED, (akolhook_phase)phase, error),
                    want && phase == AKOLHOOK_PHASE_CONNECT);
    }
    for (code = 0; code < 1000; code++)
        CHECK_INT(akolhook_hub_i_is_refusal(code), code / 100 == 4 && code != 408 && code != 429);
}

/* ---- what an attempt does to its webhook ---- */

static const akolhook_store_rules policy_rules = {10, 15, 18 * HOUR, 20, 24 * HOUR};
/* An attempt that began a second ago, at 1000 h of a store's time. */
static akolhook_store_case policy_case(void) {
    akolhook_store_case at = AKOLHOOK_INIT;

    at.now = 1000 * HOUR;
    at.began = at.now - SECOND;
    at.is_active = 1;
    return at;
}
static akolhook_log_row policy_row;
/* Judges it, with everything that the judge is to write being something else before. */
static akolhook_store_outcome policy_judge(
        const akolhook_store_case *at, akolhook_store_health *health, int code, int32_t retry_after_s) {
    akolhook_store_outcome o;

    memset(&o, 0xff, sizeof o);
    memset(&policy_row, 0, sizeof policy_row);
    policy_row.code = code;
    policy_row.success = code / 100 == 2;
    policy_row.status = !code ? AKOLHOOK_DEADLINE : policy_row.success ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    policy_row.ms = 1000;
    policy_row.retry_ms = 77;
    o.row = &policy_row;
    o.draws[0] = o.draws[1] = 0;
    o.retry_after_s = retry_after_s;
    o.charged_ms = 300;
    o.delay_ms = 99;
    o.at_ms = 123456;
    akolhook_hub_judge(&policy_rules, at, health, &o);
    CHECK_STATUS(o.status, OK);
    CHECK_INT(o.turn_ms, 700); /* 1000 ms, of which 300 are paid */
    CHECK_INT(o.failures, health->failures);
    return o;
}
/* A webhook that has failed for 30 h. */
static void policy_sick(akolhook_store_health *health) {
    memset(health, 0, sizeof *health);
    health->cls = AKOLHOOK_CLASS_FAILING;
    health->is_warned = 1;
    health->code = 500;
    health->reason = AKOLHOOK_HTTP_STATUS;
    health->failures = 30;
    health->counted = 25;
    health->misses = 6;
    health->estimate_ms = 50;
    health->sick_at_ms = 11;
    health->failing_since = 970 * HOUR;
    health->counted_since = 971 * HOUR;
    health->sick_since = 972 * HOUR;
    health->missed_at = 999 * HOUR;
    health->backoff_until = 1001 * HOUR;
    health->retry_until = 1002 * HOUR;
}

/* A success zeroes all that failed, a test's what is a test's alone; what began before the webhook became
   failing changes nothing of that. */
static void test_judge_success(void) {
    akolhook_store_case at = policy_case();
    akolhook_store_health health, want = AKOLHOOK_INIT;
    akolhook_store_outcome o;
    int32_t ms;

    policy_sick(&health);
    o = policy_judge(&at, &health, 204, -1);
    want.cls = AKOLHOOK_CLASS_QUICK;
    want.estimate_ms = 1000;
    CHECK_MEM(&health, sizeof health, &want, sizeof want);
    CHECK(o.state == AKOLHOOK_DELIVERY_DELIVERED && policy_row.state == o.state && !policy_row.retry_ms);
    CHECK(o.attempt == 1 && o.faults == 0 && o.failures_before == 30 && o.failures == 0 && o.answered);
    CHECK(!o.is_fault && !o.deactivates && !o.cancelled && !o.warned);

    at.is_test = 1;
    policy_sick(&health);
    policy_sick(&want);
    o = policy_judge(&at, &health, 200, -1);
    want.cls = AKOLHOOK_CLASS_QUICK;
    want.code = 0;
    want.reason = AKOLHOOK_OK;
    want.misses = 0;
    want.estimate_ms = 1000;
    want.sick_since = want.sick_at_ms = want.missed_at = want.backoff_until = want.retry_until = 0;
    CHECK_MEM(&health, sizeof health, &want, sizeof want);
    CHECK_INT(o.state, AKOLHOOK_DELIVERY_DELIVERED);

    at.is_test = 0;
    policy_sick(&health);
    policy_sick(&want);
    at.began = health.sick_since - 1;
    o = policy_judge(&at, &health, 200, -1);
    want.estimate_ms = 1000;
    CHECK_MEM(&health, sizeof health, &want, sizeof want);
    CHECK_INT(o.state, AKOLHOOK_DELIVERY_DELIVERED);
    at.began++;
    o = policy_judge(&at, &health, 200, -1);
    CHECK(health.cls == AKOLHOOK_CLASS_QUICK && health.failures == 0);
    health.cls = AKOLHOOK_CLASS_OTHER; /* of one that does not fail it is no matter when it began */
    health.sick_since = at.now;
    o = policy_judge(&at, &health, 200, -1);
    CHECK_INT(health.cls, AKOLHOOK_CLASS_QUICK);

    for (ms = 4999; ms <= 5001; ms++) {
        memset(&o, 0, sizeof o);
        memset(&policy_row, 0, sizeof policy_row);
        o.row = &policy_row;
        policy_row.success = 1;
        policy_row.ms = ms;
        akolhook_hub_judge(&policy_rules, &at, &health, &o);
        CHECK_INT(health.cls, ms > 5000 ? AKOLHOOK_CLASS_OTHER : AKOLHOOK_CLASS_QUICK);
        CHECK_INT(o.turn_ms, ms);
    }
    for (ms = -1; ms <= 2; ms++) { /* nothing is free */
        policy_row.ms = ms;
        akolhook_hub_judge(&policy_rules, &at, &health, &o);
        CHECK_INT(health.estimate_ms, ms < 1 ? 1 : ms);
        CHECK_INT(o.turn_ms, ms < 1 ? 1 : ms);
    }
}

/* What began before health was cleared does not touch it, and its 410 is a failure like any other; a success
   forgets not when that was, the first miss does. */
static void test_judge_past(void) {
    static const int codes[] = {200, 404, 410, 503, 0};
    akolhook_store_case at = policy_case();
    akolhook_store_health health, want = AKOLHOOK_INIT;
    akolhook_store_outcome o;
    size_t i;

    policy_sick(&health);
    akolhook_hub_health_clear(&health, at.began + 1);
    want.missed_at = at.began + 1;
    CHECK_MEM(&health, sizeof health, &want, sizeof want);
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        o = policy_judge(&at, &health, codes[i], 3600);
        CHECK_MEM(&health, sizeof health, &want, sizeof want);
        CHECK(!o.failures_before && !o.deactivates && !o.warned && o.attempt == 1);
        CHECK_INT(o.answered, codes[i] != 0);
        CHECK_INT(o.state, codes[i] == 200 ? AKOLHOOK_DELIVERY_DELIVERED : AKOLHOOK_DELIVERY_WAITING);
    }

    at.began++;
    (void)policy_judge(&at, &health, 200, -1);
    CHECK(health.cls == AKOLHOOK_CLASS_QUICK && health.missed_at == at.began);
    at.began--;
    o = policy_judge(&at, &health, 410, -1);
    CHECK(health.cls == AKOLHOOK_CLASS_QUICK && !health.failures && !o.deactivates);
    at.began++;
    (void)policy_judge(&at, &health, 500, -1);
    at.began--;
    o = policy_judge(&at, &health, 410, -1);
    CHECK(health.failures == 2 && o.deactivates && o.state == AKOLHOOK_DELIVERY_FAILED);
}

/* The first failure says since when; those that began before it was over are the same miss. */
static void test_judge_sick(void) {
    akolhook_store_case at = policy_case();
    akolhook_store_health health = AKOLHOOK_INIT;
    akolhook_store_outcome o;

    health.cls = AKOLHOOK_CLASS_QUICK;
    o = policy_judge(&at, &health, 500, -1);
    CHECK(health.cls == AKOLHOOK_CLASS_FAILING && health.code == 500 &&
            health.reason == AKOLHOOK_HTTP_STATUS && health.estimate_ms == 1000);
    CHECK(health.sick_since == at.now && health.sick_at_ms == 123456 && health.failing_since == at.now &&
            health.counted_since == at.now && health.missed_at == at.now);
    CHECK(health.failures == 1 && health.counted == 1 && health.misses == 1 && !health.retry_until);
    CHECK_INT(health.backoff_until, at.now);
    CHECK(o.state == AKOLHOOK_DELIVERY_WAITING && o.due_ms == 5000 && o.attempt == 1 && !o.failures_before &&
            o.answered);
    CHECK(policy_row.state == AKOLHOOK_DELIVERY_WAITING && policy_row.retry_ms == 5000);

    at.began = at.now - 1;
    at.now += SECOND;
    o = policy_judge(&at, &health, 0, -1);
    CHECK(health.misses == 1 && health.failures == 2 && health.counted == 1 && health.code == 0 &&
            health.reason == AKOLHOOK_DEADLINE && !o.answered);
    CHECK(health.sick_since == at.now - SECOND && health.failing_since == at.now - SECOND &&
            health.counted_since == at.now - SECOND && health.missed_at == at.now - SECOND);
    at.began++;
    (void)policy_judge(&at, &health, 500, -1);
    CHECK(health.misses == 2 && health.missed_at == at.now && health.backoff_until == at.now + SECOND);
    CHECK_INT(health.sick_at_ms, 123456);

    /* a test fails for the class, and for nothing else */
    at.is_test = 1;
    at.began = at.now;
    o = policy_judge(&at, &health, 503, 9);
    CHECK(health.misses == 3 && health.failures == 3 && health.counted == 2);
    CHECK_INT(health.retry_until, at.now + 9 * SECOND);
    CHECK(o.state == AKOLHOOK_DELIVERY_FAILED && policy_row.state == o.state && !policy_row.retry_ms);
}

/* Retry-After holds for the webhook where the code is 429 or 503: 6 h at most, and never less than before. */
static void test_judge_retry_after(void) {
    static const struct {
        int code;
        int32_t after_s;
        int64_t until_s;
    } cases[] = {{429, -1, 0}, {429, 0, 0}, {429, 1, 1}, {503, 7, 7}, {500, 7, 0}, {408, 7, 0}, {301, 7, 0},
            {404, 7, 0}, {0, 7, 0}, {503, 21599, 21599}, {503, 21600, 21600}, {429, 21601, 21600},
            {429, INT32_MAX, 21600}};
    akolhook_store_case at = policy_case();
    akolhook_store_health health;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&health, 0, sizeof health);
        health.retry_until = at.now - 1;
        (void)policy_judge(&at, &health, cases[i].code, cases[i].after_s);
        if (cases[i].until_s)
            CHECK_INT(health.retry_until, at.now + cases[i].until_s * SECOND);
        else
            CHECK(health.retry_until <= at.now);
        CHECK_INT(health.cls == AKOLHOOK_CLASS_FAILING, cases[i].code != 404);
        health.retry_until = at.now + 21600 * SECOND;
        (void)policy_judge(&at, &health, cases[i].code, cases[i].after_s);
        CHECK_INT(health.retry_until, at.now + 21600 * SECOND);
    }
    memset(&health, 0, sizeof health); /* 0 s is a time as well */
    (void)policy_judge(&at, &health, 429, 0);
    CHECK_INT(health.retry_until, at.now);
}

/* Without an answer a failure counts when anybody answered within the hour before, or after 120 h. */
static void test_judge_evidence(void) {
    static const struct {
        int code;
        int64_t answered_ago, failing_ago; /* -1: never, not yet */
        uint32_t counted;
    } cases[] = {{500, -1, -1, 1}, {0, -1, -1, 0}, {0, 0, -1, 1}, {0, HOUR - 1, -1, 1}, {0, HOUR, -1, 1},
            {0, HOUR + 1, -1, 0}, {0, -1, 120 * HOUR - 1, 0}, {0, -1, 120 * HOUR, 1},
            {0, 2 * HOUR, 120 * HOUR + 1, 1}};
    akolhook_store_case at = policy_case();
    akolhook_store_health health;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&health, 0, sizeof health);
        at.answered_at = cases[i].answered_ago < 0 ? 0 : at.now - cases[i].answered_ago;
        if (cases[i].failing_ago >= 0) health.failing_since = at.now - cases[i].failing_ago;
        (void)policy_judge(&at, &health, cases[i].code, -1);
        CHECK(health.failures == 1 && health.counted == cases[i].counted);
        CHECK_INT(health.counted_since, cases[i].counted ? at.now : 0);
        CHECK_INT(health.failing_since, at.now - (cases[i].failing_ago < 0 ? 0 : cases[i].failing_ago));
    }
    memset(&health, 0, sizeof health); /* a store whose time has just begun: never is not a while ago */
    at.now = 2000;
    at.began = 1000;
    at.answered_at = 0;
    (void)policy_judge(&at, &health, 0, -1);
    CHECK_INT(health.counted, 0);
}

/* 20 failures that count and 24 h of them: inactive; 15 and 18 h: warned, once. 410: at once. */
static void test_judge_inactive(void) {
    static const struct {
        uint32_t counted; /* this one included */
        int64_t since_ms;
        int warned, deactivates;
    } cases[] = {{14, 18 * HOUR, 0, 0}, {15, 18 * HOUR - 1, 0, 0}, {15, 18 * HOUR, 1, 0},
            {14, 30 * HOUR, 0, 0}, {19, 24 * HOUR, 1, 0}, {20, 24 * HOUR - 1, 1, 0}, {20, 24 * HOUR, 1, 1},
            {21, 25 * HOUR, 1, 1}, {19, 999 * HOUR, 1, 0}, {1000, 17 * HOUR, 0, 0}};
    akolhook_store_case at = policy_case();
    akolhook_store_health health;
    akolhook_store_outcome o;
    size_t i;
    int is_warned, is_active;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (is_warned = 0; is_warned < 2; is_warned++)
            for (is_active = 0; is_active < 2; is_active++) {
                memset(&health, 0, sizeof health);
                health.counted = cases[i].counted - 1;
                health.counted_since = at.now - cases[i].since_ms;
                health.is_warned = (uint8_t)is_warned;
                at.is_active = (uint8_t)is_active;
                o = policy_judge(&at, &health, 500, -1);
                CHECK_INT(o.deactivates, is_active && cases[i].deactivates);
                CHECK_INT(o.warned, is_active && !is_warned && cases[i].warned);
                CHECK_INT(health.is_warned, is_warned || o.warned);
                CHECK_INT(o.cancelled, o.deactivates);
                CHECK_INT(o.state, o.deactivates ? AKOLHOOK_DELIVERY_CANCELLED : AKOLHOOK_DELIVERY_WAITING);

                memset(&health, 0, sizeof health);
                o = policy_judge(&at, &health, 410, -1);
                CHECK(o.deactivates == is_active && !o.warned && !o.cancelled &&
                        o.state == AKOLHOOK_DELIVERY_FAILED);
            }
}

/* ---- and to its delivery ---- */

/* The last of its attempts, and the last that begins within 90 h. */
static void test_judge_delivery(void) {
    akolhook_store_case at = policy_case();
    akolhook_store_health health = AKOLHOOK_INIT;
    akolhook_store_outcome o;
    int64_t ms;
    uint32_t i;

    for (i = 0; i < 12; i++) {
        at.attempt = i;
        o = policy_judge(&at, &health, 500, -1);
        CHECK_INT(o.attempt, i + 1);
        CHECK_INT(o.state, i < 9 ? AKOLHOOK_DELIVERY_WAITING : AKOLHOOK_DELIVERY_FAILED);
        CHECK_INT(policy_row.state, o.state);
        CHECK_INT(policy_row.retry_ms, i < 9 ? akolhook_retry_delay(i + 1, -1, 0) : 0);
    }
    at.attempt = 0;
    for (ms = -1; ms <= 1; ms++) {
        at.age_ms = AKOLHOOK_RETRY_HORIZON_MS - 5000 + ms;
        o = policy_judge(&at, &health, 500, -1);
        CHECK_INT(o.state, ms > 0 ? AKOLHOOK_DELIVERY_FAILED : AKOLHOOK_DELIVERY_WAITING);
    }
    at.age_ms = 0;
    at.is_cut = 1; /* cut off: what would be tried again is cancelled, what has ended has ended */
    o = policy_judge(&at, &health, 500, -1);
    CHECK(o.state == AKOLHOOK_DELIVERY_CANCELLED && o.cancelled);
    CHECK(policy_row.state == AKOLHOOK_DELIVERY_WAITING && policy_row.retry_ms == 5000);
    at.attempt = 9;
    o = policy_judge(&at, &health, 500, -1);
    CHECK(o.state == AKOLHOOK_DELIVERY_FAILED && !o.cancelled);
}

/* Faults of the sender's own: 5 s, doubled seven times; they use up no attempt, a test ends by them, and so
   does what comes to 90 h. What was given back waits for its delay. */
static void test_judge_own(void) {
    akolhook_store_case at = policy_case();
    akolhook_store_health health, before;
    akolhook_store_outcome o;
    uint32_t i;
    int64_t ms, pause = 5000;

    policy_sick(&health);
    policy_sick(&before);
    at.attempt = 9;
    for (i = 0; i < 10; i++, pause *= i < 8 ? 2 : 1)
        for (ms = -1; ms <= 1; ms++) {
            memset(&o, 0xff, sizeof o);
            memset(&policy_row, 0, sizeof policy_row);
            policy_row.status = AKOLHOOK_SYSTEM_LIMIT;
            policy_row.ms = 500;
            o.row = &policy_row;
            o.charged_ms = 40;
            at.faults = i;
            at.age_ms = AKOLHOOK_RETRY_HORIZON_MS - pause + ms;
            akolhook_hub_judge(&policy_rules, &at, &health, &o);
            CHECK(o.is_fault && !o.answered && o.faults == i + 1 && o.attempt == 9 && o.due_ms == pause &&
                    o.turn_ms == -39);
            CHECK_INT(o.state, ms > 0 ? AKOLHOOK_DELIVERY_FAILED : AKOLHOOK_DELIVERY_WAITING);
            CHECK_INT(policy_row.retry_ms, ms > 0 ? 0 : pause);
            CHECK(o.failures == 30 && o.failures_before == 30);
            CHECK_MEM(&health, sizeof health, &before, sizeof before);
        }
    at.age_ms = 0;
    at.is_test = 1;
    akolhook_hub_judge(&policy_rules, &at, &health, &o);
    CHECK_INT(o.state, AKOLHOOK_DELIVERY_FAILED);

    at.is_test = 0;
    for (i = 0; i < 2; i++) {
        memset(&o, 0xff, sizeof o);
        o.row = NULL;
        o.charged_ms = 40;
        o.delay_ms = 17;
        at.is_cut = (uint8_t)i;
        akolhook_hub_judge(&policy_rules, &at, &health, &o);
        CHECK(o.status == AKOLHOOK_OK && o.due_ms == 17 && o.attempt == 9 && o.faults == 9 &&
                o.turn_ms == -39);
        CHECK(!o.is_fault && !o.answered && !o.deactivates && !o.warned && o.failures == 30);
        CHECK(o.cancelled == i && o.state == (i ? AKOLHOOK_DELIVERY_CANCELLED : AKOLHOOK_DELIVERY_WAITING));
        CHECK_MEM(&health, sizeof health, &before, sizeof before);
    }
}

static void test_policy(void) {
    RUN(test_buckets);
    RUN(test_percents);
    RUN(test_pauses);
    RUN(test_clock_steps);
    RUN(test_ready);
    RUN(test_causes);
    RUN(test_judge_success);
    RUN(test_judge_past);
    RUN(test_judge_sick);
    RUN(test_judge_retry_after);
    RUN(test_judge_evidence);
    RUN(test_judge_inactive);
    RUN(test_judge_delivery);
    RUN(test_judge_own);
}

#endif
