/* Bounds met exactly, calls on what is not there, lists and figures at their edges: part of hub_suite.h. */
#ifndef HUB_EDGES_H
#define HUB_EDGES_H

/* ---- figures of one webhook ---- */

static int64_t late_by_host(const seen *r) { return r->host[0] == 's' ? 3000 : 0; }

/* Nobody's figures are asked for, or those of one that is gone. */
static void suite_stats_unknown(void) {
    static const akolhook_stats zeros = AKOLHOOK_INIT;
    akolhook_stats stats;
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    emit();
    run();

    memset(&stats, 0xff, sizeof stats);
    CHECK_STATUS(akolhook_hub_stats(hub, "whk_000000000000000000000000", &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    memset(&stats, 0xff, sizeof stats);
    CHECK_STATUS(akolhook_hub_stats(hub, "", &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_stats(NULL, hook.id, &stats), INVALID_ARGUMENT);

    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, &stats), OK);
    CHECK_INT(stats.delivered, 1);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    CHECK_INT(stats_of(NULL).delivered, 1);
    suite_end();
}

/* Each webhook has the times of its own attempts, all of them have both; failures have no place there. */
static void suite_latency(void) {
    akolhook_webhook quick, slow;
    akolhook_stats a, b, all;
    uint64_t sums[3] = {0, 0, 0};
    size_t i;
    suite_start();
    quick = create("https://quick.example/");
    slow = create("https://slow.example/");
    w.late_fn = late_by_host;
    for (i = 0; i < 3; i++) {
        emit();
        run();
    }
    w.code = 500;
    emit();
    run();

    a = stats_of(quick.id);
    b = stats_of(slow.id);
    all = stats_of(NULL);
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) {
        sums[0] += a.latency[i];
        sums[1] += b.latency[i];
        sums[2] += all.latency[i];
        CHECK_INT(all.latency[i], a.latency[i] + b.latency[i]);
    }
    CHECK(sums[0] == 3 && sums[1] == 3 && sums[2] == 6);
    CHECK_INT(a.latency[0], 3); /* at once */
    CHECK_INT(b.latency[akolhook_stats_bucket(3000)], 3);
    CHECK_INT(akolhook_stats_latency(&a, 100), 0);
    CHECK(akolhook_stats_latency(&b, 1) >= 3000 &&
            akolhook_stats_latency(&b, 1) < 3750); /* a fourth at most */
    CHECK_INT(akolhook_stats_latency(&all, 50), akolhook_stats_latency(&a, 100));
    CHECK_INT(akolhook_stats_latency(&all, 51), akolhook_stats_latency(&b, 1));
    suite_end();
}

/* ---- lists ---- */

/* By pages of every size each is told once and in order, though a store is asked for 16 of them at a time. */
static const size_t page_sizes[] = {1, 5, 15, 16, 17, 31, 32, 33, 35, 36};
enum { PAGE_SIZES = 10, PAGED = 35 };

static void suite_pages(void) {
    static akolhook_webhook all[PAGED], some[PAGED + 1];
    size_t i, k, count, before;
    uint64_t after;
    char url[64];
    suite_start();
    for (i = 0; i < PAGED; i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        all[i] = create(url);
    }
    for (k = 0; k < PAGE_SIZES; k++) {
        after = 0;
        for (before = 0, count = 1; count && before <= PAGED; before += count) {
            CHECK_STATUS(akolhook_hub_list_webhooks(hub, after, some, page_sizes[k], &count), OK);
            CHECK_INT(count, page_sizes[k] < PAGED - before ? page_sizes[k] : PAGED - before);
            for (i = 0; i < count && before + i < PAGED; i++) {
                CHECK_TEXT(some[i].id, all[before + i].id);
                CHECK_TEXT(some[i].url, all[before + i].url);
                CHECK(some[i].number > after);
                after = some[i].number;
            }
        }
        CHECK_INT(before, PAGED);
    }
    suite_end();
}

static void suite_pages_waiting(void) {
    static akolhook_hub_delivery all[PAGED + 1], some[PAGED + 1];
    akolhook_webhook hook;
    size_t i, k, count, before;
    uint64_t after;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < PAGED; i++) emit();
    run();
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, all, PAGED + 1, &count), OK);
    CHECK_INT(count, PAGED);
    for (i = 1; i < count; i++) CHECK(all[i].number > all[i - 1].number);
    for (k = 0; k < PAGE_SIZES; k++) {
        after = 0;
        for (before = 0, count = 1; count && before <= PAGED; before += count) {
            CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, after, some, page_sizes[k], &count), OK);
            CHECK_INT(count, page_sizes[k] < PAGED - before ? page_sizes[k] : PAGED - before);
            for (i = 0; i < count && before + i < PAGED; i++) {
                CHECK_TEXT(some[i].id, all[before + i].id);
                after = some[i].number;
            }
        }
        CHECK_INT(before, PAGED);
    }
    suite_end();
}

/* ---- bounds ---- */

/* The most that is allowed is allowed, and one more is not. */
static void suite_most(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.max_attempts = 255;
    desc.max_rate = 1000;
    suite_open();
    hook = create("https://a.example/");
    for (i = 0; i < 20; i++) emit();
    run_until(START_MS + SECOND);
    CHECK_INT(w.count, 20);
    for (i = 1; i < 20; i++) CHECK(w.requests[i].at > w.requests[i - 1].at); /* one each millisecond */

    wanted.rate = 1000;
    wanted.deadline_ms = 600000;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(get(hook.id).rate == 1000 && get(hook.id).deadline_ms == 600000);
    wanted.deadline_ms = 1000;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).deadline_ms, 1000);
    wanted.rate = 1001;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OUT_OF_RANGE);
    CHECK_INT(get(hook.id).rate, 1000);
    suite_end();
}

/* ---- failing, well again, and failing again ---- */

/* The 24 hours and the 20 failures begin anew with a success: 23 hours of failures, one delivery that
   succeeds, and 23 hours more set nothing inactive, nor is anybody warned again before 18 h of the second
   time; one hour later it is both often and long enough. */
static void suite_fails_again(void) {
    akolhook_webhook hook;
    int64_t start;
    size_t i, times;
    char *last;
    suite_start();
    hook = create("https://a.example/");
    for (times = 0; times < 2; times++) {
        start = w.now;
        w.code = 500;
        told_len = 0;
        told[0] = 0;
        for (i = 0; i < 24; i++) { /* at 0 h, 1 h, ... 23 h */
            emit();
            run_until(start + (int64_t)i * HOUR + MINUTE);
            CHECK(get(hook.id).is_active && !strchr(told, 'I'));
            CHECK_INT(strchr(told, 'W') != NULL, i >= 18);
            run_until(start + (int64_t)(i + 1) * HOUR - 10 * MINUTE);
        }
        CHECK(get(hook.id).failure_count >= 20);
        if (times) break;

        w.code = 200;
        run_until(start + 60 * HOUR); /* the last retries */
        CHECK_INT(get(hook.id).failure_count, 0);
        CHECK_INT(stats_of(hook.id).waiting, 0);
    }
    run_until(start + 24 * HOUR);
    emit();
    run_until(start + 24 * HOUR + MINUTE);
    last = strchr(told, 'I');
    CHECK(last && !strchr(last + 1, 'I') && !get(hook.id).is_active);
    suite_end();
}

static void suite_edges(void) {
    RUN(suite_stats_unknown);
    RUN(suite_latency);
    RUN(suite_pages);
    RUN(suite_pages_waiting);
    RUN(suite_most);
    RUN(suite_fails_again);
}

#endif
