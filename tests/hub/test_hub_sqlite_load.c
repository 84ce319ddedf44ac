/* The SQLite store with many rows: each statement goes by the index that is meant for it, and what a call
   costs does not depend on what waits. Costs are counted in steps of SQLite's virtual machine, which are the
   same on every machine. 100,000 rows; LONG=1: 1,000,000. VERBOSE=1 prints what was counted, and times. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#include "../check.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char directory[] = "/tmp/akolhook_load.XXXXXX";
static char path[64];
static unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
static akolhook_sqlite *lite;
static const akolhook_store *store;
static long most = 100000; /* rows */
static int is_verbose;

/* ---- the store ---- */

static int64_t load_now = INT64_C(1767225600000);
static int64_t load_ms(void *user) {
    (void)user;
    return load_now;
}
static akolhook_platform load_clock;

static void load_remove(void) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[80];
    size_t i;
    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
}
static void sql(const char *text) {
    char *error = NULL;
    CHECK_INT(sqlite3_exec(akolhook_sqlite_db(lite), text, NULL, NULL, &error), SQLITE_OK);
    if (error) printf("%s: %s\n", text, error);
    sqlite3_free(error);
}
static void load_open(uint32_t log_rows) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    load_remove();
    load_clock.monotonic_ms_fn = load_clock.unix_ms_fn = load_ms;
    where.path = path;
    where.log_rows = log_rows;
    where.platform = &load_clock;
    CHECK_STATUS(akolhook_sqlite_open(&lite, lite_memory, sizeof lite_memory, &where), OK);
    store = akolhook_sqlite_store(lite);
    sql("PRAGMA synchronous = OFF");
}
static void load_close(void) {
    CHECK_TEXT(akolhook_sqlite_error(lite), "");
    akolhook_sqlite_close(lite);
    load_remove();
}
static const char *hook_id(long n) {
    static char id[AKOLHOOK_ID_SIZE];
    snprintf(id, sizeof id, "whk_%024ld", n);
    return id;
}
static void put(long n) {
    akolhook_store_webhook w = AKOLHOOK_INIT;
    char url[60];
    memcpy(w.id, hook_id(n), sizeof w.id);
    snprintf(url, sizeof url, "https://h%ld.example/", n);
    w.name = akolhook_str_c("n");
    w.url = akolhook_str_c(url);
    strcpy(w.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    w.events = AKOLHOOK_EVENTS_ALL;
    w.is_active = 1;
    w.origin = (uint64_t)n;
    CHECK_STATUS(store->webhook_put_fn(store->user, &w, 1000000), OK);
}
static void emit(void) {
    static long n;
    akolhook_store_event e = AKOLHOOK_INIT;
    snprintf(e.message_id, sizeof e.message_id, "msg_%024ld", ++n);
    e.event = AKOLHOOK_CALL_ENDED;
    e.head = akolhook_str_c("head");
    e.tail[0] = akolhook_str_c("tail");
    e.at_ms = load_now;
    CHECK_STATUS(store->enqueue_fn(store->user, &e, 1), OK);
}
/* Deliveries of a webhook that wait, due from some time on, a millisecond apart. */
static void wait_many(long webhook, long count, int64_t due) {
    char text[900];
    snprintf(text, sizeof text,
            "BEGIN; UPDATE store SET numbers = numbers + %ld, events = events + 1;"
            "INSERT INTO events VALUES ((SELECT numbers FROM store), 'msg_many', 3, %ld, %lld, 8);"
            "INSERT INTO bodies VALUES ((SELECT numbers FROM store), 'head', 'tail');"
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %ld)"
            " INSERT INTO deliveries (number, webhook, body, due, created)"
            " SELECT numbers - 1 - i, %ld, numbers, %lld + i, %lld FROM n, store;"
            "UPDATE turns SET queued = queued + %ld, ready = 0, ready_at = %lld WHERE webhook = %ld;"
            "COMMIT",
            count + 1, count, (long long)load_now, count, webhook, (long long)due, (long long)load_now, count,
            (long long)due, webhook);
    sql(text);
}
static int64_t number_of(const char *text) {
    sqlite3_stmt *r = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(akolhook_sqlite_db(lite), text, -1, &r, NULL) == SQLITE_OK &&
            sqlite3_step(r) == SQLITE_ROW)
        value = sqlite3_column_int64(r, 0);
    sqlite3_finalize(r);
    return value;
}

/* ---- costs ---- */

static long steps(void) { /* since it was asked last */
    long sum = 0;
    int i;
    for (i = 0; i < AKOLHOOK_SQLITE_I_COUNT; i++)
        sum += sqlite3_stmt_status(lite->statements[i], SQLITE_STMTSTATUS_VM_STEP, 1);
    return sum;
}
static double ms_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}
static struct timespec begun;
static void count_begin(void) {
    (void)steps();
    clock_gettime(CLOCK_MONOTONIC, &begun);
}
static long count_end(const char *what, long rows) {
    double ms = ms_since(&begun);
    long cost = steps();
    if (is_verbose) printf("%s, %ld: %ld steps, %.2f ms\n", what, rows, cost, ms);
    return cost;
}

enum { PLACES = 8 };
static akolhook_store_limits load_limits(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    limits.lease_ms = 60000;
    limits.at_ms = load_now;
    limits.per_webhook = 4;
    limits.slow = PLACES;
    limits.failing = PLACES / 2;
    return limits;
}
static size_t claim(akolhook_store_claim *claims) {
    akolhook_store_limits limits = load_limits();
    size_t count = 0;
    CHECK_STATUS(store->claim_fn(store->user, &limits, claims, PLACES, &count), OK);
    return count;
}
static void settle(const akolhook_store_claim *claims, size_t count, int code) {
    static const akolhook_store_rules rules = {10, 15, INT64_C(64800000), 20, INT64_C(86400000)};
    akolhook_store_outcome outcomes[PLACES];
    akolhook_log_row made[PLACES];
    size_t i;
    memset(outcomes, 0, sizeof outcomes);
    memset(made, 0, sizeof made);
    for (i = 0; i < count; i++) {
        outcomes[i].number = claims[i].number;
        outcomes[i].lease = claims[i].lease;
        outcomes[i].handle = claims[i].handle;
        outcomes[i].charged_ms = claims[i].charged_ms;
        outcomes[i].retry_after_s = -1;
        outcomes[i].row = &made[i];
        made[i].at_ms = load_now;
        made[i].code = code;
        made[i].success = code == 200;
        made[i].status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        made[i].ms = 20;
        made[i].attempt = claims[i].attempt + 1;
    }
    CHECK_STATUS(store->settle_fn(store->user, &rules, outcomes, count), OK);
    for (i = 0; i < count; i++) CHECK_STATUS(outcomes[i].status, OK);
}
/* Steps of a claim of all places and of its settle, when everything was done once. */
static long cost_of_turn(const char *what, long rows) {
    akolhook_store_claim claims[PLACES];
    long cost;
    size_t count;
    count = claim(claims);
    settle(claims, count, 200);
    count_begin();
    count = claim(claims);
    CHECK_INT(count, PLACES);
    cost = count_end(what, rows);
    settle(claims, count, 200);
    return cost;
}

/* One dead webhook with many retries that wait beside eight healthy ones: due later, or due now and backing
 * off. */
static long beside_dead(long count, int64_t due) {
    long cost, i;
    char text[100];
    load_open(64);
    for (i = 1; i <= 9; i++) put(i);
    wait_many(1, count, due);
    snprintf(text, sizeof text,
            "UPDATE turns SET cls = 2, backoff_until = %lld, failures = 9 WHERE webhook = 1",
            (long long)(load_now + 300000));
    sql(text);
    for (i = 0; i < 4; i++) emit();
    cost = cost_of_turn("claim beside a dead webhook", count);
    load_close();
    return cost;
}
static void test_claim_beside_dead(void) {
    long few = beside_dead(1000, load_now + 3600000), many = beside_dead(most, load_now + 3600000);
    CHECK(few > 0 && many <= few + few / 2);
    few = beside_dead(1000, load_now - 3600000);
    many = beside_dead(most, load_now - 3600000);
    CHECK(few > 0 && many <= few + few / 2);
}
/* Many webhooks that are due. */
static long among_due(long count) {
    long cost, i;
    load_open(64);
    for (i = 1; i <= count; i++) put(i);
    for (i = 0; i < 4; i++) emit();
    cost = cost_of_turn("claim among webhooks that are due", count);
    load_close();
    return cost;
}
/* The same where their time has come at once: as many are woken as a claim may give, twice. */
static long among_retries(long count) {
    akolhook_store_claim claims[PLACES];
    long cost, i;
    load_open(64);
    for (i = 1; i <= count; i++) put(i);
    emit();
    sql("UPDATE turns SET ready = 0, ready_at = 1767225600000 WHERE webhook > 0");
    count_begin();
    CHECK_INT(claim(claims), PLACES);
    cost = count_end("claim among webhooks whose time has come", count);
    settle(claims, PLACES, 200);
    load_close();
    return cost;
}
static void test_claim_among_due(void) {
    long few = among_due(10), many = among_due(10000);
    CHECK(few > 0 && many <= few + few / 2);
    few = among_retries(2 * PLACES);
    many = among_retries(10000);
    CHECK(few > 0 && many <= few + few / 2);
}
/* A failure of the dead one itself, and asking when the next is due. */
static long of_dead(long count) {
    akolhook_store_claim claims[PLACES];
    akolhook_store_limits limits = load_limits();
    long cost;
    int64_t ms;
    load_open(64);
    put(1);
    wait_many(1, count, load_now - 3600000);
    CHECK_INT(claim(claims), 4);
    load_now += 20;
    settle(claims, 4, 500); /* on their way together: one miss */
    load_now += 600000;
    count_begin();
    CHECK_INT(claim(claims), 1);
    settle(claims, 1, 500);
    CHECK_STATUS(store->next_due_fn(store->user, &limits, &ms), OK);
    cost = count_end("claim and settle of the dead one", count);
    CHECK(ms >= 1000 && ms <= 1100); /* the backoff after two failures, a tenth more at most */
    load_close();
    return cost;
}
static void test_dead_itself(void) {
    long few = of_dead(1000), many = of_dead(most);
    CHECK(few > 0 && many <= few + few / 2);
}

/* An event costs by the webhooks that get it, not by what waits. */
static void test_emit(void) {
    long i, thousand, more;
    load_open(64);
    for (i = 1; i <= 1000; i++) put(i);
    emit();
    count_begin();
    emit();
    thousand = count_end("emit to 1,000 that are ready", 1000);
    load_close();
    load_open(64);
    for (i = 1; i <= 10000; i++) put(i);
    count_begin();
    emit();
    more = count_end("emit to 10,000 idle ones", 10000);
    CHECK(more <= 20 * thousand);
    wait_many(1, most < 90000 ? most : 90000, load_now + 3600000);
    count_begin();
    emit();
    more = count_end("emit to 10,000 that are ready, one with many", 10000);
    CHECK(more <= 11 * thousand);
    load_close();
}

/* Each call changes a bounded number of rows; all of them together are linear. */
static void test_deactivation(void) {
    akolhook_store_webhook w = AKOLHOOK_INIT;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_stats stats;
    long one, first, last = 0, calls = 0;
    int changed = 0;
    load_open(64);
    put(1);
    put(2);
    wait_many(1, 1000, load_now + 3600000);
    wait_many(2, most, load_now + 3600000);
    memcpy(w.id, hook_id(1), sizeof w.id);
    count_begin();
    CHECK_STATUS(store->webhook_set_fn(store->user, &w, AKOLHOOK_STORE_ACTIVE, load_now, &changed), OK);
    one = count_end("deactivation of 1,000", 1000);
    CHECK_INT(changed, 1);
    memcpy(w.id, hook_id(2), sizeof w.id);
    count_begin();
    CHECK_STATUS(store->webhook_set_fn(store->user, &w, AKOLHOOK_STORE_ACTIVE, load_now, &changed), OK);
    first = count_end("deactivation of many", most);
    CHECK(first <= one + one / 10);
    CHECK_STATUS(store->stats_fn(store->user, hook_id(2), &stats), OK);
    CHECK_INT(stats.cancelled, AKOLHOOK_STORE_STEP);
    tending.events_ms = -1;
    tending.keys_ms = 86400000;
    tending.at_ms = load_now;
    tending.more = 1;
    for (; tending.more; calls++) {
        count_begin();
        CHECK_STATUS(store->tend_fn(store->user, &tending), OK);
        last = steps();
        CHECK(last <= 2 * one);
    }
    CHECK(calls <= (most + 1000) / AKOLHOOK_STORE_STEP + 2);
    CHECK_STATUS(store->stats_fn(store->user, hook_id(2), &stats), OK);
    CHECK_INT(stats.cancelled, most);
    CHECK_INT(stats.waiting, 0);
    CHECK_INT(number_of("SELECT count(*) FROM deliveries"), 0);
    CHECK_INT(number_of("SELECT count(*) FROM events WHERE pending <> 0"), 0);
    load_close();
}
/* Likewise a delete, old bodies, old keys. */
static void test_delete(void) {
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_delivery waiting[4];
    akolhook_gauges gauges;
    akolhook_stats stats;
    size_t count;
    long cost, calls = 0;
    load_open(64);
    put(1);
    put(2);
    wait_many(1, 10, load_now + 3600000);
    wait_many(2, most, load_now + 3600000);
    count_begin();
    CHECK_STATUS(store->webhook_delete_fn(store->user, hook_id(2)), OK);
    cost = count_end("delete", most);
    CHECK(cost < 2000);
    CHECK_STATUS(store->stats_fn(store->user, NULL, &stats), OK);
    CHECK(stats.cancelled == (uint64_t)most && stats.waiting == 10 && stats.emitted == (uint64_t)most + 10);
    CHECK_STATUS(store->waiting_fn(store->user, NULL, 0, waiting, 4, &count), OK);
    CHECK_INT(count, 4);
    tending.events_ms = 1000;
    tending.keys_ms = 86400000;
    tending.more = 1;
    load_now += 2000;
    for (; tending.more; calls++) CHECK_STATUS(store->tend_fn(store->user, &tending), OK);
    CHECK(calls <= most / AKOLHOOK_STORE_STEP + 3);
    CHECK_INT(number_of("SELECT count(*) FROM deliveries"), 10);
    CHECK_INT(number_of("SELECT count(*) FROM gone"), 0);
    CHECK_STATUS(store->gauges_fn(store->user, &gauges), OK);
    CHECK_INT(gauges.waiting, 10);
    CHECK_INT(gauges.oldest_ms, 2000);
    load_close();
}

/* A page of the log of one webhook, one delivery, one message, and by what they have in common. */
static void test_log(void) {
    static akolhook_log_row rows[20];
    akolhook_log_query q;
    char text[1200], message[AKOLHOOK_ID_SIZE];
    size_t count, i;
    uint64_t next;
    long cost, n;
    load_open((uint32_t)most);
    for (n = 1; n <= 100; n++) put(n);
    /* every row a success but those of each 1,000th delivery, which was tried twice; each 5,000th is a test
     */
    snprintf(text, sizeof text,
            "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
            " INSERT INTO log SELECT i, 1 + i %% 100, i / 2, i / 200, printf('msg_%%024d', i / 200), 3, %lld "
            "+ i, 1,"
            " iif(i %% 1000 = 0, 3, 2), 0, iif(i %% 1000 = 0, 500, 200), i %% 1000 <> 0, i %% 5000 = 0, 0, "
            "0, 0, 0,"
            " 20, 1, 1, 1, 1, '', 'response', 0 FROM n; UPDATE store SET sequence = %ld; COMMIT",
            most, (long long)load_now, most);
    sql(text);
    snprintf(message, sizeof message, "msg_%024ld", most / 400);
    for (i = 0; i < 9; i++) {
        memset(&q, 0, sizeof q);
        if (i == 0 || i == 4 || i == 5) q.webhook_id = akolhook_str_c(hook_id(i ? 1 : 2));
        if (i == 1) q.number = (uint64_t)most / 4;
        if (i == 2) q.message_id = akolhook_str_c(message);
        if (i == 4 || i == 6) q.only_failed = 1;
        if (i == 5) q.state = AKOLHOOK_DELIVERY_FAILED;
        if (i == 7) q.only_tests = 1;
        if (i == 8) q.code_class = 5;
        q.cursor = (uint64_t)most;
        count_begin();
        CHECK_STATUS(store->log_fn(store->user, &q, rows, 20, &count, &next), OK);
        cost = count_end("log page", (long)i);
        CHECK_INT(count, i == 1 ? 2 : i == 7 && most < 100001 ? 19 : 20);
        CHECK(cost <= 4000); /* about 1 ms */
        for (n = 1; n < (long)count; n++) CHECK(rows[n].cursor < rows[n - 1].cursor);
    }

    /* what finds nothing looks at AKOLHOOK_LOG_LOOK rows, or sees by an index that there is nothing. Row i
       has the time load_now + i */
    for (i = 0; i < 8; i++) {
        memset(&q, 0, sizeof q);
        q.look = AKOLHOOK_LOG_LOOK;
        if (i == 0 || i == 6) q.events = (akolhook_events)1 << 14;
        if (i == 1) q.events = (akolhook_events)3 << 14;
        if (i == 2) q.since_ms = load_now + 2 * most;
        if (i == 3) q.until_ms = load_now;
        if (i == 4) q.state = AKOLHOOK_DELIVERY_WAITING;
        if (i == 5) q.code_class = 4;
        if (i == 6) q.webhook_id = akolhook_str_c(hook_id(1));
        if (i == 7) q.until_ms = load_now + 20000;
        count_begin();
        CHECK_STATUS(store->log_fn(store->user, &q, rows, 20, &count, &next), OK);
        cost = count_end("log page of nothing", (long)i);
        CHECK_INT(count, 0);
        /* the webhook's rows are every hundredth: with a million of them all its looks are used up */
        CHECK_INT(next, i == 1 || i == 7                            ? most - AKOLHOOK_LOG_LOOK + 1
                        : i == 6 && most / 100 >= AKOLHOOK_LOG_LOOK ? 100
                                                                    : 0);
        /* ALL looks at most, 60 steps of SQLite's machine for each row; the others have an index, of the few
           rows that are no success where a state or a code is asked for */
        CHECK(cost <= (i == 1 || i == 7          ? 60L * AKOLHOOK_LOG_LOOK
                              : i == 6           ? 60 * most / 100
                              : i == 4 || i == 5 ? 4000 + 20 * most / 1000
                                                 : 4000));
    }
    /* the few rows of a time, far down */
    memset(&q, 0, sizeof q);
    q.look = AKOLHOOK_LOG_LOOK;
    q.since_ms = load_now + 101;
    q.until_ms = load_now + 111;
    count_begin();
    CHECK_STATUS(store->log_fn(store->user, &q, rows, 20, &count, &next), OK);
    cost = count_end("log page of ten rows far down", 10);
    CHECK(count == 10 && next == 0 && rows[0].cursor == 110 && rows[9].cursor == 101 && cost <= 4000);
    load_close();
}

/* ---- plans ---- */

#define NAMED(name, sql) #name,
static const char *const names[] = {AKOLHOOK_SQLITE_I_STATEMENTS(NAMED)};
#define AS_TEXT(name, sql) sql,
static const char *const texts[] = {AKOLHOOK_SQLITE_I_STATEMENTS(AS_TEXT)};

/* The statements of which the size of a table decides the cost, and what they may walk through; all others
 * search. */
static const struct {
    const char *name, *scan;
} walks[] = {
        {"LOG_TIME", "SCAN (subquery-1)"}, /* AKOLHOOK_LOG_LOOK rows at most */
        {"STORE_LOAD", "SCAN store"},      /* one row */
        {"HOOK_COUNT", "SCAN webhooks"}, {"STATS_ALL", "SCAN turns"}, {"GAUGES", "SCAN turns"},
        {"TURN_RAISE", "SCAN turns"}, {"TURN_LONG", "SCAN turns"}, /* webhooks */
        {"SECRETS_ZERO", "SCAN secrets"}, {"LATENCY_ALL", "SCAN latency"},
        {"DELIVERY_TIME", "SCAN deliveries USING INDEX deliveries_lease"}, /* the first one of an index */
        {"KEY_AGE", "SCAN keys USING COVERING INDEX keys_old"},
        {"DELIVERY_OLDEST_ALL", "SCAN d"}, /* the first ones of a table */
};
/* Those that run for each delivery, and the way they must take. */
static const struct {
    const char *name, *way;
} ways[] = {
        {"TURN_LOAD", "USING INTEGER PRIMARY KEY (rowid=?)"},
        {"TURN_SAVE", "USING INTEGER PRIMARY KEY (rowid=?)"},
        {"TURN_FAN", "USING INTEGER PRIMARY KEY (rowid>?)"},
        {"TURN_WAKE", "USING INDEX turns_time (ready_at>? AND ready_at<?)"},
        {"TURN_TIME", "USING INDEX turns_time (ready_at>?)"},
        {"TURN_NEXT", "USING INDEX turns_ready (cls=? AND turn>?)"},
        {"HOOK_FAILING", "SEARCH t USING INDEX turns_failing (webhook>?)"},
        {"TURN_CUTTING", "USING COVERING INDEX turns_cutting (cutting=?)"},
        {"KEY_GET", "USING PRIMARY KEY (key=?)"},
        {"KEY_OLD", "USING COVERING INDEX keys_old (at<?)"},
        {"EVENT_OLD", "USING INDEX events_old (created<?)"},
        {"DELIVERY_HEAD", "USING INDEX deliveries_queue (webhook=?)"},
        {"DELIVERY_OLDEST", "USING INDEX deliveries_webhook (webhook=?)"},
        {"DELIVERY_CUT", "USING INDEX deliveries_webhook (webhook=? AND rowid>? AND rowid<?)"},
        {"DELIVERY_EXPIRED", "USING INDEX deliveries_lease (lease_until<?)"},
        {"DELIVERY_LIST", "SEARCH d USING INTEGER PRIMARY KEY (rowid>?)"},
        {"DELIVERY_LIST_OF", "USING COVERING INDEX deliveries_webhook (webhook=? AND rowid>?)"},
        {"LOG_OLDEST", "USING COVERING INDEX log_webhook (webhook=?)"},
        {"LOG_NEWEST", "SEARCH l USING INDEX log_number (number=?)"},
        {"LOG_FAILED", "SEARCH l USING INDEX log_failed (webhook=? AND rowid>?)"},
        {"LOG_BY_NUMBER", "SEARCH l USING INDEX log_number (number=? AND rowid>? AND rowid<?)"},
        {"LOG_BY_MESSAGE", "SEARCH l USING INDEX log_message (message_id=? AND rowid>? AND rowid<?)"},
        {"LOG_BY_WEBHOOK", "SEARCH l USING INDEX log_webhook (webhook=? AND sequence>? AND sequence<?)"},
        {"LOG_BAD_WEBHOOK", "SEARCH l USING INDEX log_bad_webhook (webhook=? AND rowid>? AND rowid<?)"},
        {"LOG_BAD", "SEARCH l USING INDEX log_bad (success=? AND rowid>? AND rowid<?)"},
        {"LOG_ALL", "SEARCH l USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
        {"LOG_TESTS", "SEARCH l USING INDEX log_tests (is_test=? AND rowid>? AND rowid<?)"},
        {"LOG_EVENT", "SEARCH l USING INDEX log_event (event=? AND sequence>? AND sequence<?)"},
        {"LAST_BY_NUMBER", "USING COVERING INDEX log_number (number=? AND rowid<?)"},
        {"LAST_BY_MESSAGE", "USING COVERING INDEX log_message (message_id=? AND rowid<?)"},
        {"LAST_BAD_WEBHOOK", "USING INDEX log_bad_webhook (webhook=? AND rowid<?)"},
        {"LAST_BY_WEBHOOK", "USING COVERING INDEX log_webhook (webhook=? AND sequence<?)"},
        {"LAST_TESTS", "USING COVERING INDEX log_tests (is_test=? AND rowid<?)"},
        {"LAST_BAD", "USING COVERING INDEX log_bad (success=? AND rowid<?)"},
        {"LAST_EVENT", "USING COVERING INDEX log_event (event=? AND sequence<?)"},
        {"LAST_ALL", "USING INTEGER PRIMARY KEY (rowid<?)"},
        {"LOG_TIME", "USING COVERING INDEX log_at (at>? AND at<?)"},
};
static void plan_of(size_t at, char *out, size_t size) {
    char text[4000];
    sqlite3_stmt *r = NULL;
    size_t len = 0;
    out[0] = 0;
    snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", texts[at]);
    CHECK_INT(sqlite3_prepare_v2(akolhook_sqlite_db(lite), text, -1, &r, NULL), SQLITE_OK);
    while (sqlite3_step(r) == SQLITE_ROW)
        len += (size_t)snprintf(out + len, size - len, "%s; ", (const char *)sqlite3_column_text(r, 3));
    sqlite3_finalize(r);
}
static void test_plans(void) {
    char plan[2000];
    const char *scan;
    size_t i, k, found = 0;
    load_open(64);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int bad = 0;
        if (strncmp(texts[i], "BEGIN", 5) == 0 || strcmp(texts[i], "COMMIT") == 0 ||
                strcmp(texts[i], "ROLLBACK") == 0)
            continue;
        plan_of(i, plan, sizeof plan);
        for (k = 0, scan = NULL; k < sizeof walks / sizeof walks[0]; k++)
            if (strcmp(walks[k].name, names[i]) == 0) scan = walks[k].scan;
        if (strstr(plan, "TEMP B-TREE") || strstr(plan, "AUTOMATIC") || (strstr(plan, "SCAN ") && !scan))
            bad = 1;
        if (scan && !strstr(plan, scan)) bad = 1;
        for (k = 0; k < sizeof ways / sizeof ways[0]; k++) {
            if (strcmp(ways[k].name, names[i]) != 0) continue;
            found++;
            if (!strstr(plan, ways[k].way)) bad = 1;
        }
        CHECK(!bad);
        if (bad || is_verbose) printf("%s%s: %s\n", bad ? "    " : "", names[i], plan);
    }
    CHECK_INT(found, sizeof ways / sizeof ways[0]);
    load_close();
}

int main(void) {
    if (getenv("LONG")) most = 1000000;
    is_verbose = getenv("VERBOSE") != NULL;
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    RUN(test_plans);
    RUN(test_claim_beside_dead);
    RUN(test_claim_among_due);
    RUN(test_dead_itself);
    RUN(test_emit);
    RUN(test_deactivation);
    RUN(test_delete);
    RUN(test_log);
    load_remove();
    rmdir(directory);
    return check_end();
}
