/* What fails within a call of the store over SQLite: each step, binding and allocation in turn. A call that
   failed has changed nothing, and made again it succeeds. And the bounds of its calls. */
#define _DEFAULT_SOURCE
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- between the store and SQLite ---- */

static long fault_at, fault_calls;
static int exec_busy; /* so many executions find the file busy */
static int fault_hits(void) { return ++fault_calls == fault_at; }
static int fault_step(sqlite3_stmt *r) { return fault_hits() ? SQLITE_IOERR : sqlite3_step(r); }
static int fault_int64(sqlite3_stmt *r, int at, sqlite3_int64 value) {
    return fault_hits() ? SQLITE_NOMEM : sqlite3_bind_int64(r, at, value);
}
static int fault_blob64(
        sqlite3_stmt *r, int at, const void *data, sqlite3_uint64 len, void (*end_fn)(void *)) {
    return fault_hits() ? SQLITE_NOMEM : sqlite3_bind_blob64(r, at, data, len, end_fn);
}
static int fault_text64(sqlite3_stmt *r, int at, const char *text, sqlite3_uint64 len, void (*end_fn)(void *),
        unsigned char encoding) {
    return fault_hits() ? SQLITE_NOMEM : sqlite3_bind_text64(r, at, text, len, end_fn, encoding);
}
static int fault_blob_read(sqlite3_blob *blob, void *out, int len, int at) {
    return fault_hits() ? SQLITE_IOERR : sqlite3_blob_read(blob, out, len, at);
}
static int fault_blob_write(sqlite3_blob *blob, const void *data, int len, int at) {
    return fault_hits() ? SQLITE_IOERR : sqlite3_blob_write(blob, data, len, at);
}
static void *fault_malloc64(sqlite3_uint64 size) { return fault_hits() ? NULL : sqlite3_malloc64(size); }
static int fault_function(sqlite3 *db, const char *name, int count, int encoding, void *user,
        void (*call_fn)(sqlite3_context *, int, sqlite3_value **),
        void (*step_fn)(sqlite3_context *, int, sqlite3_value **), void (*end_fn)(sqlite3_context *)) {
    return fault_hits() ? SQLITE_NOMEM
                        : sqlite3_create_function(db, name, count, encoding, user, call_fn, step_fn, end_fn);
}
static int fault_prepare(
        sqlite3 *db, const char *sql, int len, unsigned flags, sqlite3_stmt **r, const char **tail) {
    return fault_hits() ? SQLITE_NOMEM : sqlite3_prepare_v3(db, sql, len, flags, r, tail);
}
static int fault_exec(sqlite3 *db, const char *sql, int (*row_fn)(void *, int, char **, char **), void *user,
        char **error) {
    if (exec_busy > 0) {
        exec_busy--;
        return SQLITE_BUSY;
    }
    return fault_hits() ? SQLITE_IOERR : sqlite3_exec(db, sql, row_fn, user, error);
}

#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_HUB_IMPLEMENTATION
#include "akolhook_hub.h"
#undef sqlite3_create_function
#define sqlite3_step fault_step
#define sqlite3_bind_int64 fault_int64
#define sqlite3_bind_blob64 fault_blob64
#define sqlite3_bind_text64 fault_text64
#define sqlite3_blob_read fault_blob_read
#define sqlite3_blob_write fault_blob_write
#define sqlite3_malloc64 fault_malloc64
#define sqlite3_create_function fault_function
#define sqlite3_prepare_v3 fault_prepare
#define sqlite3_exec fault_exec
#define AKOLHOOK_SQLITE_IMPLEMENTATION
#include "akolhook_sqlite.h"
#undef sqlite3_step
#undef sqlite3_bind_int64
#undef sqlite3_bind_blob64
#undef sqlite3_bind_text64
#undef sqlite3_blob_read
#undef sqlite3_blob_write
#undef sqlite3_malloc64
#undef sqlite3_create_function
#undef sqlite3_prepare_v3
#undef sqlite3_exec
#include "../check.h"

#define BUSINESS "biz_1"
#define START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
static struct { /* only what is called moves the clock */
    int64_t now;
} w;
#define SCRIPT_WITH_MORE
#include "hub_script.h"

/* ---- the store ---- */

static char directory[] = "/tmp/akolhook_faults.XXXXXX";
static char path[64];
static unsigned char memory[2][AKOLHOOK_SQLITE_SIZE];
static akolhook_sqlite *lite;
static const akolhook_store *store;

static int64_t still(void *user) {
    (void)user;
    return w.now;
}
static akolhook_platform clocks;

static akolhook_sqlite_desc lite_desc(void) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    clocks.monotonic_ms_fn = clocks.unix_ms_fn = still;
    where.path = path;
    where.log_rows = 8;
    where.platform = &clocks;
    return where;
}
static void lite_remove(void) {
    char command[80];
    snprintf(command, sizeof command, "rm -f %s/*", directory);
    CHECK_INT(system(command), 0);
}
static void lite_open(void) {
    akolhook_sqlite_desc where = lite_desc();
    lite_remove();
    w.now = START_MS;
    fault_at = 0;
    CHECK_STATUS(akolhook_sqlite_open(&lite, memory[0], sizeof memory[0], &where), OK);
    store = akolhook_sqlite_store(lite);
    sqlite3_exec(akolhook_sqlite_db(lite), "PRAGMA synchronous = OFF", NULL, NULL, NULL);
}
static void must(const char *sql) {
    char *error = NULL;
    sqlite3_exec(akolhook_sqlite_db(lite), sql, NULL, NULL, &error);
    if (error) check_note(__FILE__, __LINE__, error);
    sqlite3_free(error);
}
static int64_t ask(const char *sql) {
    sqlite3_stmt *r = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(akolhook_sqlite_db(lite), sql, -1, &r, NULL) == SQLITE_OK &&
            sqlite3_step(r) == SQLITE_ROW)
        value = sqlite3_column_int64(r, 0);
    else
        check_note(__FILE__, __LINE__, sqlite3_errmsg(akolhook_sqlite_db(lite)));
    sqlite3_finalize(r);
    return value;
}

/* ---- each call of SQLite's fails ---- */

enum { ALL_CALLS = SCRIPT_CALLS + SCRIPT_MORE };
static akolhook_status one_call(int call) {
    int i;
    for (i = 0; i < 2 && (call == 0 || call == SCRIPT_CALLS); i++)
        sprintf(script_ids[i], "whk_%024lld", (long long)++script_number);
    return call < SCRIPT_CALLS ? script_call(store, call) : script_more(store, call - SCRIPT_CALLS);
}
/* Calls after which an old secret is wiped, now or later. */
static int is_wiping(int call) {
    static const int calls[] = {
            24, 26, 27, SCRIPT_CALLS + 21, SCRIPT_CALLS + 22, SCRIPT_CALLS + 30, SCRIPT_CALLS + 31};
    size_t i;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i] == call) return 1;
    return 0;
}
static void test_each(void) {
    akolhook_status status;
    long failed = 0, n;
    int64_t before;
    int call;
    lite_open();
    for (call = 0; call < ALL_CALLS && !check_bad; call++) {
        for (n = 1, status = AKOLHOOK_STORE_FAILED; status != AKOLHOOK_OK && !check_bad; n++) {
            before = ask("SELECT (SELECT count(*) FROM deliveries) + 1000 * (SELECT count(*) FROM log)"
                         " + 1000000 * (SELECT sum(queued + in_flight + turn) FROM turns)");
            fault_calls = script_refused = 0;
            fault_at = n;
            status = one_call(call);
            fault_at = 0;
            if (status == AKOLHOOK_OK && fault_calls < n) continue;
            if (status ==
                    AKOLHOOK_OK) { /* what is told all the same: a scrub comes later, a refusal stands */
                CHECK(script_refused || is_wiping(call));
                if (check_bad) printf("    call %d, %ld\n", call, n);
                continue;
            }
            failed++;
            CHECK_STATUS(status, STORE_FAILED);
            CHECK(akolhook_sqlite_error(lite)[0] != 0);
            CHECK_INT(ask("SELECT (SELECT count(*) FROM deliveries) + 1000 * (SELECT count(*) FROM log)"
                          " + 1000000 * (SELECT sum(queued + in_flight + turn) FROM turns)"),
                    before);
            if (check_bad) printf("    call %d, %ld: %s\n", call, n, akolhook_sqlite_error(lite));
        }
    }
    CHECK(lite->held == NULL);
    CHECK(failed > 500);
    CHECK_INT(ask("SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM log) + (SELECT count(*)"
                  " FROM gone) + (SELECT count(*) FROM turns WHERE webhook > 0)"),
            0);
    akolhook_sqlite_close(lite);
}
static void test_open_fails(void) {
    akolhook_sqlite_desc where = lite_desc();
    akolhook_status status;
    long n;
    int stage;
    w.now = START_MS;
    for (stage = 0; stage < 2; stage++)
        for (n = 1, status = AKOLHOOK_STORE_FAILED; status != AKOLHOOK_OK && !check_bad; n++) {
            if (!stage) lite_remove();
            fault_calls = 0;
            fault_at = n;
            status = akolhook_sqlite_open(&lite, memory[0], sizeof memory[0], &where);
            fault_at = 0;
            if (status != AKOLHOOK_OK) CHECK_STATUS(status, STORE_FAILED);
            CHECK(status == AKOLHOOK_OK || akolhook_sqlite_error(lite)[0]);
            akolhook_sqlite_close(lite);
            if (check_bad) printf("    stage %d, %ld\n", stage, n);
        }
    CHECK(n > 50);

    /* others have the file for a while, or for longer than it waits */
    where.busy_ms = 20;
    exec_busy = 2;
    CHECK_STATUS(akolhook_sqlite_open(&lite, memory[0], sizeof memory[0], &where), OK);
    akolhook_sqlite_close(lite);
    exec_busy = 1000;
    CHECK_STATUS(akolhook_sqlite_open(&lite, memory[0], sizeof memory[0], &where), STORE_FAILED);
    CHECK_INT(exec_busy, 1000 - 1 - 20 / 5); /* once, and then each 5 ms */
    akolhook_sqlite_close(lite);
    exec_busy = 0;
    memset(&where, 0, sizeof where);
    where.path = path;
    where.busy_ms = UINT32_MAX;
    CHECK_STATUS(akolhook_sqlite_open(&lite, memory[0], sizeof memory[0], &where), OK);
    CHECK_INT(lite->desc.log_rows, 64);
    akolhook_sqlite_close(lite);
}

/* ---- bounds ---- */

static const akolhook_store_rules edge_rules = {10, 1000, INT64_C(86400000), 1000, INT64_C(86400000)};

static akolhook_store_webhook edge_hook(int at) {
    static char urls[300][40];
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    sprintf(hook.id, "whk_%024d", at);
    sprintf(urls[at], "https://h%d.example/", at);
    hook.name = akolhook_str_c("A webhook");
    hook.url = akolhook_str_c(urls[at]);
    strcpy(hook.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    hook.events = (akolhook_events)2;
    hook.is_active = 1;
    hook.origin = 7;
    return hook;
}
static void edge_put(int from, int to, akolhook_events events) {
    int at;
    for (at = from; at < to; at++) {
        akolhook_store_webhook hook = edge_hook(at);
        hook.events = events;
        CHECK_STATUS(store->webhook_put_fn(store->user, &hook, 1000), OK);
    }
}
static void edge_emit(size_t count) {
    for (; count > AKOLHOOK_EMIT_MOST; count -= AKOLHOOK_EMIT_MOST)
        CHECK_STATUS(script_emit_some(store, AKOLHOOK_EMIT_MOST, (akolhook_event)1, 0), OK);
    CHECK_STATUS(script_emit_some(store, count, (akolhook_event)1, 0), OK);
}
static size_t edge_claim(akolhook_store_claim *claims, size_t max, uint32_t per_webhook) {
    akolhook_store_limits limits = script_limits();
    size_t count = 0;
    limits.per_webhook = per_webhook;
    limits.slow = limits.failing = 1000;
    CHECK_STATUS(store->claim_fn(store->user, &limits, claims, max, &count), OK);
    return count;
}
static akolhook_store_outcome edge_outcome(
        const akolhook_store_claim *claim, akolhook_log_row *row, int code) {
    akolhook_store_outcome o = AKOLHOOK_INIT;
    o.number = claim->number;
    o.lease = claim->lease;
    o.handle = claim->handle;
    o.charged_ms = claim->charged_ms;
    o.retry_after_s = -1;
    o.at_ms = w.now;
    memset(row, 0, sizeof *row);
    row->code = code;
    row->success = code == 200;
    row->status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    row->at_ms = w.now;
    o.row = row;
    return o;
}

/* A change of the events alone clashes like one of the URL. */
static void test_events_alone(void) {
    akolhook_store_webhook hook;
    lite_open();
    edge_put(0, 2, 2);
    must("UPDATE webhooks SET url = 'https://h0.example/'");
    must("UPDATE turns SET events = 4 WHERE webhook = (SELECT max(webhook) FROM turns)");
    hook = edge_hook(1);
    hook.events = 8;
    CHECK_STATUS(store->webhook_set_fn(store->user, &hook, AKOLHOOK_STORE_EVENTS, w.now, NULL), OK);
    hook.events = 10;
    CHECK_STATUS(
            store->webhook_set_fn(store->user, &hook, AKOLHOOK_STORE_EVENTS, w.now, NULL), WEBHOOK_EXISTS);
    CHECK_INT(ask("SELECT max(events) FROM turns"), 8);
    akolhook_sqlite_close(lite);
}
/* Webhooks of a full origin are passed over, 64 of them; those beyond wait for a second. */
static void test_full_origin(void) {
    akolhook_store_origin full = AKOLHOOK_INIT;
    akolhook_store_limits limits = script_limits();
    akolhook_store_claim claims[8];
    size_t count;
    int64_t ms;
    lite_open();
    edge_put(0, 100, 2);
    edge_emit(1);
    full.origin = 7;
    limits.origins = &full;
    limits.origin_count = 1;
    CHECK_STATUS(store->next_due_fn(store->user, &limits, &ms), OK); /* behind them there may be others */
    CHECK_INT(ms, 1000);
    CHECK_STATUS(store->claim_fn(store->user, &limits, claims, 8, &count), OK);
    CHECK_INT(count, 0);
    CHECK_INT(ask("SELECT count(*) FROM turns WHERE ready = 0 AND webhook > 0"), 100 - 64);
    full.left = 3;
    w.now += 1000;
    CHECK_STATUS(store->claim_fn(store->user, &limits, claims, 8, &count), OK);
    CHECK_INT(count, 3);
    akolhook_sqlite_close(lite);
}
/* More leases end, more is cut off, more bodies, keys and rows go than one step takes. */
static void test_steps(void) {
    static akolhook_store_claim claims[400];
    static akolhook_log_row logged[400];
    akolhook_store_outcome o;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_event event;
    size_t count, i;
    int steps;
    lite_open();
    lite->desc.log_rows = 1000;
    edge_put(0, 2, 2);
    edge_emit(300);
    count = edge_claim(claims, 300, 150);
    CHECK_INT(count, 300);
    w.now += HOUR;
    count = edge_claim(claims, 0, 150);
    CHECK_INT(edge_claim(&claims[300], 1, 150), 1);
    CHECK_INT(ask("SELECT sum(in_flight) FROM turns"), 300 - AKOLHOOK_STORE_STEP + 1);
    for (i = 0; i <= 300; i++) { /* those that ran out and were not given again still count */
        o = edge_outcome(&claims[i], &logged[i], i == 300 ? 410 : 200);
        CHECK_STATUS(store->settle_fn(store->user, &edge_rules, &o, 1), OK);
    }
    tending.events_ms = -1;
    for (steps = 0, tending.more = 1; tending.more && steps < 9; steps++)
        CHECK_STATUS(store->tend_fn(store->user, &tending), OK);
    CHECK_INT(ask("SELECT count(*) FROM turns WHERE active = 0 AND queued = 0 AND webhook > 0"), 1);

    for (i = 0; i < 300; i++) { /* keys of what nobody gets */
        memset(&event, 0, sizeof event);
        sprintf(event.message_id, "msg_k%06d", (int)i);
        event.event = (akolhook_event)9;
        event.has_key = 1;
        memcpy(event.key, &i, sizeof i);
        CHECK_STATUS(store->enqueue_fn(store->user, &event, 1), OK);
    }
    must("INSERT INTO keys (key, print, message_id, at) VALUES (x'010203', x'00', 'msg_short', 1)");
    CHECK_STATUS(store->webhook_delete_fn(store->user, "whk_000000000000000000000001"), OK);
    w.now += HOUR;
    lite->desc.log_rows = 10;
    lite->trims = 1;
    tending.events_ms = tending.keys_ms = 1000;
    for (steps = 0, tending.more = 1; tending.more && steps < 2000; steps++)
        CHECK_STATUS(store->tend_fn(store->user, &tending), OK);
    CHECK_INT(ask("SELECT count(*) FROM keys WHERE length(key) = 16"), 0);
    akolhook_sqlite_close(lite);
}
/* A ring that is longer than it should be gives two rows for each that comes. */
static void test_long_ring(void) {
    akolhook_store_claim claims[8];
    akolhook_log_row logged;
    akolhook_store_outcome o;
    int i;
    lite_open();
    edge_put(0, 1, 2);
    edge_emit(8);
    CHECK_INT(edge_claim(claims, 8, 8), 8);
    for (i = 0; i < 8; i++) {
        if (i == 6) lite->desc.log_rows = 2;
        o = edge_outcome(&claims[i], &logged, 200);
        CHECK_STATUS(store->settle_fn(store->user, &edge_rules, &o, 1), OK);
        CHECK_INT(ask("SELECT count(*) FROM log"), i < 6 ? i + 1 : 6 - (i - 5));
    }
    akolhook_sqlite_close(lite);
}
/* A bound of a webhook that grows frees those that had reached it; deadlines; nobody asks what expired. */
static void test_claim_bounds(void) {
    akolhook_store_webhook hook = edge_hook(0);
    akolhook_store_claim claims[8];
    int i;
    lite_open();
    hook.deadline_ms = 100000;
    CHECK_STATUS(store->webhook_put_fn(store->user, &hook, 10), OK);
    edge_emit(8);
    CHECK_INT(edge_claim(claims, 0, 2), 0);
    CHECK_INT(edge_claim(claims, 8, 2), 2);
    CHECK_INT(ask("SELECT max(lease_until - began) FROM deliveries"), 100000 + AKOLHOOK_LEASE_SPARE_MS);
    CHECK_INT(edge_claim(&claims[2], 6, 2), 0);
    edge_put(1, 2, 2);
    edge_emit(1);
    CHECK_INT(edge_claim(&claims[2], 6, 4), 3); /* two more of the first, and the other's */
    for (i = 0; i < 5; i++) {
        w.now += 20 * HOUR;
        CHECK_INT(edge_claim(claims, 0, 4), 0);
    }
    CHECK_INT(edge_claim(&claims[4], 4, 4), 0);
    CHECK_INT(ask("SELECT count(*) FROM log WHERE state = 3"), 8 + 1); /* the ring has no more of 9 */
    CHECK_INT(ask("SELECT sum(failed) FROM turns"), 10);
    akolhook_sqlite_close(lite);
}
/* Numbers that are none, outcomes that belong to nothing, and rows that somebody changed by hand. */
static void test_odd(void) {
    akolhook_store_webhook hook = edge_hook(0);
    akolhook_store_claim claims[4];
    akolhook_store_delivery d;
    akolhook_store_outcome o[6];
    akolhook_log_row logged[6];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_stats stats;
    uint64_t next;
    size_t count = 9, i;
    lite_open();
    edge_put(0, 2, 2);
    edge_emit(2);
    CHECK_STATUS(store->redeliver_fn(store->user, UINT64_MAX, 0), UNKNOWN_DELIVERY);
    CHECK_STATUS(store->delivery_fn(store->user, UINT64_MAX, &d), UNKNOWN_DELIVERY);
    CHECK_STATUS(store->delivery_fn(store->user, 0, &d), UNKNOWN_DELIVERY);
    CHECK_STATUS(store->waiting_fn(store->user, NULL, UINT64_MAX, &d, 1, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store->webhook_list_fn(store->user, UINT64_MAX, 0, &hook, 1, &count), OK);
    CHECK_INT(count, 0);

    CHECK_INT(edge_claim(claims, 4, 2), 4);
    for (i = 0; i < 6; i++) o[i] = edge_outcome(&claims[i < 2 ? 0 : 1], &logged[i], 200);
    o[2].lease++;
    o[3].lease = 0;
    o[4].number = UINT64_MAX;
    o[5].number = 999999;
    o[5].handle = NULL;
    CHECK_STATUS(store->settle_fn(store->user, &edge_rules, o, 6), OK);
    CHECK_STATUS(o[0].status, OK);
    for (i = 1; i < 6; i++) CHECK_STATUS(o[i].status, LEASE_LOST);
    CHECK_INT(ask("SELECT count(*) FROM log"), 1);

    query.look = 1;
    query.number = claims[0].number;
    CHECK_STATUS(store->log_fn(store->user, &query, logged, 2, &count, &next), OK);
    CHECK_INT(count, 1);
    query.number = 0;
    query.message_id = akolhook_str_c(claims[0].message_id);
    CHECK_STATUS(store->log_fn(store->user, &query, logged, 2, &count, &next), OK);
    CHECK_INT(count, 1);
    query.message_id.len = 0;
    query.code_class = 2;
    CHECK_STATUS(store->log_fn(store->user, &query, logged, 2, &count, &next), OK);
    CHECK_INT(count, 1);
    query.since_ms = w.now;
    CHECK_STATUS(store->log_fn(store->user, &query, logged, 2, &count, &next), OK);
    CHECK_INT(count, 1);
    query.since_ms = w.now + 1;
    CHECK_STATUS(store->log_fn(store->user, &query, logged, 2, &count, &next), OK);
    CHECK_INT(count, 0);

    must("INSERT INTO latency VALUES (0, 3, 4294967295), (0, 4, 5000000000), (0, -1, 1), (0, 1000, 1),"
         " (0, 5, -1)");
    CHECK_STATUS(store->stats_fn(store->user, NULL, &stats), OK);
    CHECK(stats.latency[3] == UINT32_MAX && stats.latency[4] == UINT32_MAX && stats.latency[5] == 0);
    must("UPDATE webhooks SET id = hex(randomblob(30)) WHERE number = (SELECT min(number) FROM webhooks)");
    CHECK_STATUS(store->webhook_list_fn(store->user, 0, 0, &hook, 1, &count), OK);
    CHECK_TEXT(hook.id, ""); /* no id of ours */
    must("UPDATE webhooks SET id = '' WHERE number = (SELECT min(number) FROM webhooks)");
    CHECK_STATUS(store->webhook_list_fn(store->user, 0, 0, &hook, 1, &count), OK);
    CHECK_TEXT(hook.id, "");
    akolhook_sqlite_close(lite);
}
/* A secret of another length; a queue of which all is in flight; tests of an inactive webhook. */
static void test_targets(void) {
    akolhook_store_claim claims[4];
    akolhook_store_outcome o;
    akolhook_log_row logged;
    akolhook_store_webhook hook = edge_hook(0);
    akolhook_store_event event = AKOLHOOK_INIT;
    akolhook_store_limits limits = script_limits();
    size_t count = 0;
    lite_open();
    edge_put(0, 1, 2);
    sprintf(event.message_id, "msg_test");
    event.event = (akolhook_event)1;
    event.is_test = 1;
    event.webhook_id = akolhook_str_c(hook.id);
    CHECK_STATUS(store->enqueue_fn(store->user, &event, 1), OK);
    CHECK_INT(edge_claim(claims, 4, 2), 1);
    CHECK_STATUS(script_emit_some(store, 1, (akolhook_event)1, 1), PENDING_FULL);
    o = edge_outcome(&claims[0], &logged, 500);
    CHECK_STATUS(store->settle_fn(store->user, &edge_rules, &o, 1), OK);
    hook.is_active = 0;
    CHECK_STATUS(store->webhook_set_fn(store->user, &hook, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    CHECK_STATUS(store->redeliver_fn(store->user, claims[0].number, 0), OK);
    CHECK_INT(ask("SELECT tests FROM turns WHERE webhook > 0"), 1);

    must("UPDATE secrets SET secret = x'00'");
    w.now += HOUR;
    CHECK_STATUS(store->claim_fn(store->user, &limits, claims, 4, &count), STORE_FAILED);
    CHECK_INT(count, 0);
    akolhook_sqlite_close(lite);
}

int main(void) {
    char command[80];
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    RUN(test_each);
    RUN(test_open_fails);
    RUN(test_events_alone);
    RUN(test_full_origin);
    RUN(test_steps);
    RUN(test_long_ring);
    RUN(test_claim_bounds);
    RUN(test_odd);
    RUN(test_targets);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) ? 1 : check_end();
}
