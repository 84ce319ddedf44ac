/* What fails within a call of the store over PostgreSQL: each statement in turn, each way it can, and each
   allocation. A call that failed has changed nothing, and made again it succeeds. Takes a server's conninfo;
   without one, tests/hub/postgres.sh starts a server and this program again. */
#define _GNU_SOURCE
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- between the store and libpq ---- */

typedef enum fault_kind { WITH_SQL, UNSENT, CUT, BESIDE } fault_kind; /* BESIDE: another runs it before */

static void must(const char *sql);

static long fault_at, fault_until, fault_calls; /* statements from fault_at to fault_until fail */
static int fault_of_commit;                     /* one of them was a COMMIT */
static int only_commit;
static int
        with_prepare; /* what prepares counts: it comes once, so that the numbers of those behind it change */
static fault_kind fault_how;
static const char *fault_sql; /* sent in place of the statement */
static long memory_at, memory_calls;
static int fault_hits(PGconn *db, const char *sql) {
    fault_calls++;
    if (!fault_at || fault_calls < fault_at || fault_calls > fault_until) return 0;
    if (only_commit && strcmp(sql, "COMMIT") != 0) return 0;
    fault_of_commit |= strcmp(sql, "COMMIT") == 0;
    if (fault_how == CUT) (void)shutdown(PQsocket(db), SHUT_RDWR);
    if (fault_how == BESIDE) must(fault_sql);
    return fault_how == WITH_SQL || fault_how == UNSENT;
}
static int fault_send(PGconn *db) { return fault_how == WITH_SQL && PQsendQuery(db, fault_sql); }
static int fault_query(PGconn *db, const char *sql) {
    return fault_hits(db, sql) ? fault_send(db) : PQsendQuery(db, sql);
}
static int fault_prepare(PGconn *db, const char *name, const char *sql, int count, const Oid *types) {
    return with_prepare && fault_hits(db, sql) ? fault_send(db) : PQsendPrepare(db, name, sql, count, types);
}
static int fault_prepared(PGconn *db, const char *name, int count, const char *const *values,
        const int *lengths, const int *formats, int format) {
    return fault_hits(db, name) ? fault_send(db)
                                : PQsendQueryPrepared(db, name, count, values, lengths, formats, format);
}
static int fault_params(PGconn *db, const char *sql, int count, const Oid *types, const char *const *values,
        const int *lengths, const int *formats, int format) {
    return fault_hits(db, sql) ? fault_send(db)
                               : PQsendQueryParams(db, sql, count, types, values, lengths, formats, format);
}
static void *fault_malloc(size_t size) { return ++memory_calls == memory_at ? NULL : malloc(size); }
static void *fault_calloc(size_t count, size_t size) {
    return ++memory_calls == memory_at ? NULL : calloc(count, size);
}
static int poll_fails, poll_error; /* so many waits fail with this error */
static int fault_poll(struct pollfd *fds, nfds_t count, int ms);

#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_HUB_IMPLEMENTATION
#include "akolhook_hub.h"
#define PQsendQuery fault_query
#define PQsendPrepare fault_prepare
#define PQsendQueryPrepared fault_prepared
#define PQsendQueryParams fault_params
#define malloc fault_malloc
#define calloc fault_calloc
#define poll fault_poll
#define AKOLHOOK_POSTGRES_IMPLEMENTATION
#include "akolhook_postgres.h"
#undef PQsendQuery
#undef PQsendPrepare
#undef PQsendQueryPrepared
#undef PQsendQueryParams
#undef malloc
#undef calloc
#undef poll
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
#include <errno.h>

static int fault_poll(struct pollfd *fds, nfds_t count, int ms) {
    if (poll_fails > 0) {
        poll_fails--;
        errno = poll_error;
        return -1;
    }
    return poll(fds, count, ms);
}

/* ---- the store ---- */

static const char *server;
static unsigned char pg_memory[2][AKOLHOOK_POSTGRES_SIZE];
static akolhook_postgres *pg;

static int64_t still(void *user) {
    (void)user;
    return w.now;
}
static akolhook_platform clocks;

static void must(const char *sql) {
    PGconn *db = PQconnectdb(server);
    PGresult *result;
    PQsetNoticeReceiver(db, akolhook_postgres_i_quiet, NULL);
    result = PQexec(db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        printf("%s: %s", sql, PQerrorMessage(db));
        check_bad++;
    }
    PQclear(result);
    PQfinish(db);
}
static long ask(const char *sql) {
    static PGconn *db;
    PGresult *result;
    long value;
    if (!db) db = PQconnectdb(server);
    result = PQexec(db, sql);
    value = PQntuples(result) == 1 ? atol(PQgetvalue(result, 0, 0)) : -1;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) printf("%s: %s", sql, PQerrorMessage(db));
    PQclear(result);
    return value;
}
/* All that the tables have, as one number; the clock that meta keeps apart. */
static long all_of_it(void) {
    return ask(
            "SELECT hashtext(concat((SELECT string_agg(x::text, ';' ORDER BY number) FROM t.akolhook_webhooks"
            " x), (SELECT string_agg(x::text, ';' ORDER BY webhook) FROM t.akolhook_turns x), (SELECT"
            " string_agg(x::text, ';' ORDER BY webhook) FROM t.akolhook_counters x), (SELECT"
            " string_agg(x::text, ';' ORDER BY webhook, bucket) FROM t.akolhook_latency x), (SELECT"
            " string_agg(x::text, ';' ORDER BY number) FROM t.akolhook_events x), (SELECT"
            " string_agg(x::text, ';' ORDER BY number) FROM t.akolhook_deliveries x), (SELECT"
            " string_agg(x::text, ';' ORDER BY key) FROM t.akolhook_keys x), (SELECT string_agg(x::text, ';'"
            " ORDER BY sequence) FROM t.akolhook_log x), (SELECT string_agg(x::text, ';' ORDER BY webhook)"
            " FROM t.akolhook_gone x), (SELECT concat(business, note, akolhook_layout) FROM"
            " t.akolhook_meta)))");
}
static akolhook_postgres_desc pg_desc(void) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    where.conninfo = server;
    where.schema = "t";
    where.log_rows = 8;
    where.max_queue = 12;
    clocks.monotonic_ms_fn = clocks.unix_ms_fn = still;
    where.platform = &clocks;
    return where;
}
static void pg_open(void) {
    akolhook_postgres_desc where = pg_desc();
    must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE");
    fault_at = memory_at = 0;
    w.now = START_MS;
    CHECK_STATUS(akolhook_postgres_open(&pg, pg_memory[0], sizeof pg_memory[0], &where), OK);
}

/* ---- each statement fails ---- */

static void ids_of_script(void) {
    int i;
    for (i = 0; i < 2; i++) sprintf(script_ids[i], "whk_%024lld", (long long)++script_number);
}
enum { ALL_CALLS = SCRIPT_CALLS + SCRIPT_MORE };
static akolhook_status one_call(int call) {
    if (call == 0 || call == SCRIPT_CALLS) ids_of_script();
    return call < SCRIPT_CALLS ? script_call(&pg->store, call) : script_more(&pg->store, call - SCRIPT_CALLS);
}
/* Each call of both scripts with its n-th statement, or allocation, failing, for all n, until it comes
   through; how often it did not. */
static long run_each(int is_memory) {
    long failed = 0, n, before;
    akolhook_status status;
    int call;
    for (call = 0; call < ALL_CALLS && !check_bad; call++)
        for (n = 1, status = AKOLHOOK_STORE_FAILED; status != AKOLHOOK_OK && !check_bad; n++) {
            before = all_of_it();
            pg->error[0] = 0;
            w.now += 1100;         /* meta is written */
            pg->planned = pg->now; /* no plan is made anew */
            fault_calls = memory_calls = script_refused = 0;
            if (is_memory)
                memory_at = n;
            else
                fault_at = fault_until = n;
            status = one_call(call);
            fault_at = memory_at = 0;
            if (status == AKOLHOOK_OK) {
                CHECK((is_memory ? memory_calls : fault_calls) < n || script_refused);
                continue;
            }
            failed++;
            CHECK_STATUS(status, STORE_FAILED);
            CHECK(akolhook_postgres_error(pg)[0] != 0);
            CHECK_INT(all_of_it(), before);
            if (check_bad) printf("    call %d, %ld: %s\n", call, n, akolhook_postgres_error(pg));
        }
    CHECK(pg->held == NULL);
    return failed;
}
/* All calls, of which those that fail in the course of it are made again. */
static long run_through(void) {
    akolhook_status status;
    long failed = 0;
    int call;
    for (call = 0; call < ALL_CALLS && !check_bad; call++) {
        w.now += 1100;
        status = one_call(call);
        if (status == AKOLHOOK_STORE_FAILED) {
            failed++;
            CHECK(akolhook_postgres_error(pg)[0] != 0);
            status = one_call(call);
        }
        CHECK_STATUS(status, OK);
        if (check_bad) printf("    call %d: %s\n", call, akolhook_postgres_error(pg));
    }
    CHECK(pg->held == NULL);
    return failed;
}
/* Every delivery has ended and every webhook is gone. */
static void check_empty(void) {
    CHECK_INT(ask("SELECT (SELECT count(*) FROM t.akolhook_deliveries) + (SELECT count(*) FROM"
                  " t.akolhook_log) + (SELECT count(*) FROM t.akolhook_gone) + (SELECT count(*) FROM"
                  " t.akolhook_turns) + (SELECT count(*) FROM t.akolhook_latency WHERE webhook <> 0)"),
            0);
}
static void pg_close(void) {
    akolhook_postgres_close(pg);
    check_empty();
}

static void test_refused(void) {
    pg_open();
    fault_how = WITH_SQL;
    fault_sql = "SELECT 1 / 0";
    CHECK(run_each(0) > 200);
    pg_close();
}
static void test_no_memory(void) {
    long failed;
    pg_open();
    failed = run_each(1);
    CHECK(failed > 20);
    pg_close();
}
/* What is made again within the call: only where the end of a commit is not known does it fail. */
static void through_all(fault_kind kind, const char *sql, long step) {
    long at, failed;
    pg_open();
    fault_how = kind;
    with_prepare = 1;
    fault_sql = sql;
    for (at = 1; !check_bad; at += step) {
        fault_calls = fault_of_commit = 0;
        fault_at = fault_until = at;
        failed = run_through();
        CHECK_INT(failed, kind != WITH_SQL && fault_of_commit);
        fault_at = 0;
        if (check_bad) printf("    at statement %ld\n", at);
        if (fault_calls < at) break;
    }
    CHECK(at > 300);
    with_prepare = 0;
    pg_close();
}
static void test_unsent(void) { through_all(UNSENT, NULL, 19); }
static void test_cut(void) { through_all(CUT, NULL, 23); }
static void test_again(void) {
    through_all(WITH_SQL, "DO $$ BEGIN RAISE EXCEPTION 'a race' USING ERRCODE = '40001'; END $$", 17);
}

/* A key that was seen is seen in every try of a call: whichever of its statements meets a race, nothing is
   made twice. */
static void test_key_again(void) {
    akolhook_store_event event = AKOLHOOK_INIT;
    akolhook_store_webhook hook;
    long at;

    pg_open();
    ids_of_script();
    hook = script_hook(0);
    CHECK_STATUS(pg->store.webhook_put_fn(pg, &hook, 10), OK);
    fault_how = WITH_SQL;
    fault_sql = "DO $$ BEGIN RAISE EXCEPTION 'a race' USING ERRCODE = '40001'; END $$";
    for (at = 0; !check_bad; at++) {
        memset(&event, 0, sizeof event);
        sprintf(event.message_id, "msg_%024ld", at);
        event.event = AKOLHOOK_CALL_ENDED;
        event.head = event.tail[0] = akolhook_str_c("{}");
        event.has_key = 1;
        w.now += 1100;
        fault_calls = 0;
        fault_at = fault_until = at;
        CHECK_STATUS(pg->store.enqueue_fn(pg, &event, 1), OK);
        fault_at = 0;
        CHECK_INT(event.repeated, at > 0);
        CHECK_TEXT(event.message_id, "msg_000000000000000000000000");
        CHECK_INT(ask("SELECT count(*) FROM t.akolhook_deliveries"), 1);
        if (fault_calls < at) break;
    }
    CHECK(at > 4); /* BEGIN, two of the keys, the webhooks, COMMIT */
    akolhook_postgres_close(pg);
}

/* A key that goes within the call, before whichever statement, was seen, or is noted anew. */
static void test_key_goes(void) {
    akolhook_store_event event = AKOLHOOK_INIT;
    akolhook_store_webhook hook;
    long at, made = 0;

    pg_open();
    ids_of_script();
    hook = script_hook(0);
    CHECK_STATUS(pg->store.webhook_put_fn(pg, &hook, 10), OK);
    fault_how = BESIDE;
    fault_sql = "DELETE FROM t.akolhook_keys";
    for (at = 0; !check_bad; at++) {
        memset(&event, 0, sizeof event);
        sprintf(event.message_id, "msg_%024ld", at);
        event.event = AKOLHOOK_CALL_ENDED;
        event.head = event.tail[0] = akolhook_str_c("{}");
        event.has_key = 1;
        pg->planned = pg->now; /* no plan is made anew */
        fault_calls = 0;
        fault_at = fault_until = at;
        CHECK_STATUS(pg->store.enqueue_fn(pg, &event, 1), OK);
        fault_at = 0;
        made += !event.repeated;
        CHECK(event.repeated || ask("SELECT count(*) FROM t.akolhook_keys") == 1);
        CHECK_INT(ask("SELECT count(*) FROM t.akolhook_deliveries"), made);
        if (fault_calls < at) break;
        must("INSERT INTO t.akolhook_keys VALUES (decode(repeat('00', 16), 'hex'), decode(repeat('00', 16),"
             " 'hex'), 'msg_000000000000000000000000', 0) ON CONFLICT DO NOTHING");
    }
    CHECK(at > 3 && made > 2);
    akolhook_postgres_close(pg);
}

/* ---- bounds ---- */

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
        CHECK_STATUS(pg->store.webhook_put_fn(pg, &hook, 1000), OK);
    }
}
static void edge_open(uint32_t max_queue, uint32_t log_rows) {
    pg_open();
    pg->desc.max_queue = max_queue;
    pg->desc.log_rows = log_rows;
}
static void edge_emit(size_t count) {
    for (; count > AKOLHOOK_EMIT_MOST; count -= AKOLHOOK_EMIT_MOST)
        CHECK_STATUS(script_emit_some(&pg->store, AKOLHOOK_EMIT_MOST, (akolhook_event)1, 0), OK);
    CHECK_STATUS(script_emit_some(&pg->store, count, (akolhook_event)1, 0), OK);
}
static size_t edge_claim(akolhook_store_claim *claims, size_t max, uint32_t per_webhook) {
    akolhook_store_limits limits = script_limits();
    size_t count = 0;
    limits.per_webhook = per_webhook;
    limits.slow = limits.failing = 1000;
    CHECK_STATUS(pg->store.claim_fn(pg, &limits, claims, max, &count), OK);
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
static const akolhook_store_rules edge_rules = {10, 1000, INT64_C(86400000), 1000, INT64_C(86400000)};

/* A claim locks the webhooks that it takes from and hardly any other: where each has one delivery, one more
   than the places need; where each has many, two. What was locked and not changed keeps the mark of it. */
static void test_claim_locks_few(void) {
    akolhook_store_claim claims[8];
    int i;
    edge_open(100, 8);
    edge_put(0, 100, 2);
    edge_emit(1);
    for (i = 1; i <= 4; i++) {
        CHECK_INT(edge_claim(claims, 8, 8), 8);
        CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE in_flight = 1"), 8 * i);
        /* two, then as many as 6 places need when each gives one, and one more; later 8 */
        CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE xmax::text::bigint > xmin::text::bigint"),
                i == 1);
    }
    edge_emit(20);
    CHECK_INT(edge_claim(claims, 8, 8), 8); /* eight of one each were emptied before */
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE in_flight = 1"), 40);
    CHECK_INT(edge_claim(claims, 8, 8), 8);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE in_flight = 4"), 2);
    akolhook_postgres_close(pg);
}
/* Webhooks of a full origin are passed over, 64 of them; those beyond wait for a second. */
static void test_full_origin(void) {
    akolhook_store_origin full = AKOLHOOK_INIT;
    akolhook_store_limits limits = script_limits();
    akolhook_store_claim claims[8];
    size_t count;
    edge_open(100, 8);
    edge_put(0, 300, 2);
    edge_emit(1);
    full.origin = 7;
    limits.origins = &full;
    limits.origin_count = 1;
    CHECK_STATUS(pg->store.claim_fn(pg, &limits, claims, 8, &count), OK);
    CHECK_INT(count, 0);
    /* of its class are 4 places, for 2 of each and one more; 128 more were looked at */
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE ready = 0"), 3 + 128 - 64);
    CHECK_INT(ask("SELECT max(ready_at) - (SELECT max(due) FROM t.akolhook_deliveries) FROM"
                  " t.akolhook_turns WHERE ready = 0"),
            1000);
    full.left = 3;
    w.now += 1000;
    CHECK_STATUS(pg->store.claim_fn(pg, &limits, claims, 8, &count), OK);
    CHECK_INT(count, 3);
    akolhook_postgres_close(pg);
}
/* No places, no bound for a webhook, nobody who asks what expired. */
static void test_claim_bounds(void) {
    akolhook_store_claim claims[8];
    akolhook_log_row row;
    akolhook_store_outcome o;
    int i;
    edge_open(100, 8);
    edge_put(0, 1, 2);
    edge_emit(7);
    CHECK_INT(edge_claim(claims, 0, 8), 0);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE in_flight > 0"), 0);
    CHECK_INT(edge_claim(claims, 4, 0), 4);
    o = edge_outcome(&claims[0], &row, 200);
    CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, &o, 1), OK);
    CHECK_STATUS(o.status, OK);
    for (i = 0; i < 5; i++) {
        w.now += 20 * HOUR;
        CHECK_INT(edge_claim(claims, 0, 0), 0);
    }
    CHECK_INT(edge_claim(claims, 4, 0), 0);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log WHERE state = 3"), 6);
    CHECK_INT(ask("SELECT queued FROM t.akolhook_turns"), 0);
    akolhook_postgres_close(pg);
}
/* Webhooks that another holds are passed over when leases end, and done the next time. */
static void test_lease_beside_lock(void) {
    akolhook_store_claim claims[2];
    PGconn *other = PQconnectdb(server);
    edge_open(100, 8);
    edge_put(0, 2, 2);
    edge_emit(1);
    CHECK_INT(edge_claim(claims, 2, 1), 2);
    w.now += HOUR;
    PQclear(PQexec(other, "BEGIN; SELECT 1 FROM t.akolhook_turns WHERE webhook = (SELECT max(webhook) FROM"
                          " t.akolhook_turns) FOR UPDATE"));
    CHECK_INT(edge_claim(claims, 2, 1), 1);
    PQclear(PQexec(other, "ROLLBACK"));
    PQfinish(other);
    CHECK_INT(edge_claim(claims + 1, 1, 1), 1);
    CHECK(strcmp(claims[0].webhook_id, claims[1].webhook_id) != 0);
    akolhook_postgres_close(pg);
}
/* Outcomes that belong to nothing change nothing, also beside one that is right. */
static void test_outcomes(void) {
    akolhook_store_claim claims[4];
    akolhook_store_outcome o[6];
    akolhook_log_row logged[6];
    size_t i;
    edge_open(100, 8);
    edge_put(0, 2, 2);
    edge_emit(2);
    CHECK_INT(edge_claim(claims, 4, 2), 4);
    for (i = 0; i < 4; i++) o[i] = edge_outcome(&claims[i], &logged[i], 200);
    for (i = 1; i < 4 && strcmp(claims[i].webhook_id, claims[0].webhook_id) == 0;) i++;
    o[1] = o[0]; /* given twice */
    o[2] = edge_outcome(&claims[i], &logged[2], 200);
    o[2].lease++; /* another's */
    o[3] = edge_outcome(&claims[i], &logged[3], 200);
    o[3].number = 999999; /* there is none */
    o[4] = edge_outcome(&claims[i], &logged[4], 200);
    o[4].handle = NULL;
    o[5] = edge_outcome(&claims[i], &logged[5], 200);
    o[5].handle = claims[0].handle; /* of another webhook */
    CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, o, 6), OK);
    CHECK_STATUS(o[0].status, OK);
    for (i = 1; i < 6; i++) CHECK_STATUS(o[i].status, LEASE_LOST);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log"), 1);
    CHECK_INT(ask("SELECT sum(in_flight) FROM t.akolhook_turns"), 3);
    akolhook_postgres_close(pg);
}
/* More than a step is cut off of two webhooks at once; the rest goes in the steps that follow, as do bodies
   and what is beyond a shorter log. */
static void test_steps(void) {
    akolhook_store_claim claims[2];
    akolhook_store_outcome o[2];
    akolhook_log_row logged[2];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    long n;
    int steps;
    edge_open(1000, 1000);
    edge_put(0, 2, 2);
    edge_emit(300);
    CHECK_INT(edge_claim(claims, 2, 1), 2);
    for (n = 0; n < 2; n++) o[n] = edge_outcome(&claims[n], &logged[n], 410);
    CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, o, 2), OK);
    /* those two, and a step of what waits */
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log WHERE attempt = 0"), 2 + AKOLHOOK_STORE_STEP);

    /* the step after it, with each statement failing */
    tending.events_ms = -1;
    for (n = 1; !check_bad; n++) {
        pg->planned = pg->now;
        fault_calls = 0;
        fault_how = WITH_SQL;
        fault_sql = "SELECT 1 / 0";
        fault_at = fault_until = n;
        if (pg->store.tend_fn(pg, &tending) == AKOLHOOK_OK) break;
        CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log WHERE attempt = 0"), 2 + AKOLHOOK_STORE_STEP);
    }
    fault_at = 0;
    CHECK(n > 5 && tending.more);
    for (steps = 0; tending.more && steps < 9; steps++) CHECK_STATUS(pg->store.tend_fn(pg, &tending), OK);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log WHERE attempt = 0"), 600);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_deliveries"), 0);

    w.now += HOUR;
    pg->desc.log_rows = 10;
    tending.events_ms = 1000;
    for (steps = 0, tending.more = 1; tending.more && steps < 9; steps++)
        CHECK_STATUS(pg->store.tend_fn(pg, &tending), OK);
    CHECK(steps > 2);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_events"), 0);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_log"), 20);
    akolhook_postgres_close(pg);
}
/* Bodies that something waits for are passed over by a purge, and not written to; one that another holds in
   this moment does not end it. */
static void test_purge_passes(void) {
    akolhook_store_claim claims[20];
    akolhook_store_outcome o[20];
    akolhook_log_row logged[20];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    PGconn *other = PQconnectdb(server);
    int i, steps;
    edge_open(1000, 8);
    edge_put(0, 1, 2);
    edge_emit(300);
    must("UPDATE t.akolhook_turns SET ready = 0, ready_at = 0");
    edge_put(1, 2, 4);
    for (i = 0; i < 20; i++) CHECK_STATUS(script_emit_some(&pg->store, 1, (akolhook_event)2, 0), OK);
    CHECK_INT(edge_claim(claims, 20, 20), 20);
    for (i = 0; i < 20; i++) o[i] = edge_outcome(&claims[i], &logged[i], 200);
    CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, o, 20), OK);

    w.now += HOUR;
    tending.events_ms = 1000;
    PQclear(PQexec(other, "BEGIN; SELECT 1 FROM t.akolhook_events ORDER BY number LIMIT 1 FOR KEY SHARE"));
    for (steps = 0, tending.more = 1; tending.more && steps < 9; steps++)
        CHECK_STATUS(pg->store.tend_fn(pg, &tending), OK);
    CHECK_INT(steps, 1);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_events"), 300);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_events WHERE xmax <> '0'"), 1); /* that one's */

    /* more than it looks at in one step, and more than it removes */
    must("INSERT INTO t.akolhook_events SELECT i, 'msg', 1, 'h', 't', 1 FROM"
         " generate_series(100001, 105000) i");
    must("INSERT INTO t.akolhook_deliveries (webhook, event, due, created, is_test) SELECT 1, i, 1, 1, 0 FROM"
         " generate_series(100001, 104400) i");
    for (steps = 0, tending.more = 1; tending.more && steps < 9; steps++)
        CHECK_STATUS(pg->store.tend_fn(pg, &tending), OK);
    CHECK_INT(steps, 7); /* four times 1024, then 256, 256 and 88 that go */
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_events"), 4700);
    PQclear(PQexec(other, "ROLLBACK"));
    PQfinish(other);
    akolhook_postgres_close(pg);
}
/* Where an event goes when it may go to one, to none, or to a queue of which all is in flight. */
static void test_targets(void) {
    akolhook_store_claim claims[4];
    akolhook_store_event events[17];
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    akolhook_log_row logged;
    akolhook_store_outcome o;
    size_t i;
    edge_open(2, 8);
    edge_put(0, 1, 2);
    edge_put(1, 2, 4);
    memset(events, 0, sizeof events);
    for (i = 0; i < 17; i++) {
        sprintf(events[i].message_id, "msg_%d", (int)(9 + i));
        events[i].event = (akolhook_event)(1 + i % 2);
        events[i].head = events[i].tail[0] = akolhook_str_c("x");
    }
    CHECK_STATUS(pg->store.enqueue_fn(pg, events, 17), STORE_FAILED); /* more than there is room for */
    CHECK_STATUS(pg->store.enqueue_fn(pg, events, 2), OK);            /* each has one that wants it */
    CHECK(events[0].deliveries == 1 && events[1].deliveries == 1);

    events[2].webhook_id = akolhook_str_c("whk_000000000000000000000009");
    CHECK_STATUS(pg->store.enqueue_fn(pg, &events[2], 1), UNKNOWN_WEBHOOK);
    events[2].webhook_id = akolhook_str_c("whk_000000000000000000000000");
    events[3].webhook_id = akolhook_str_c("whk_000000000000000000000001");
    events[2].is_test = events[3].is_test = 1;
    CHECK_STATUS(pg->store.enqueue_fn(pg, &events[2], 2), OK);
    CHECK(events[2].deliveries == 1 && events[3].deliveries == 1);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE queued = 2 AND tests = 1"), 2);

    /* full, and nothing of it waits: it is neither behind nor failing */
    CHECK_INT(edge_claim(claims, 4, 2), 4);
    CHECK_STATUS(script_emit_some(&pg->store, 1, (akolhook_event)1, 0), PENDING_FULL);

    /* a key that was used for an id of another length */
    events[4].has_key = events[5].has_key = 1;
    events[4].event = events[5].event = (akolhook_event)5;
    CHECK_STATUS(pg->store.enqueue_fn(pg, &events[4], 1), OK);
    sprintf(events[5].message_id, "msg_longer");
    CHECK_STATUS(pg->store.enqueue_fn(pg, &events[5], 1), OK);
    CHECK_INT(events[5].repeated, 1);
    CHECK_TEXT(events[5].message_id, "msg_13");

    /* a test that failed is made again as one, also for a webhook that is inactive */
    for (i = 0; i < 4 && !claims[i].is_test;) i++;
    o = edge_outcome(&claims[i], &logged, 500);
    CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, &o, 1), OK);
    memcpy(hook.id, claims[i].webhook_id, sizeof hook.id);
    CHECK_STATUS(pg->store.webhook_set_fn(pg, &hook, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    CHECK_STATUS(pg->store.redeliver_fn(pg, claims[i].number, 0), OK);
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_turns WHERE active = 0 AND tests = 1"), 1);
    akolhook_postgres_close(pg);
}

/* Ids that are none, and tables that somebody changed by hand. */
static void test_odd(void) {
    static const char *const ids[] = {
            "", "/", "0:", "A@", "[", "`", "{", "whk_\xc3\xa4", "whk_000000000000000000000000000000000000"};
    akolhook_store_webhook hook = AKOLHOOK_INIT, shown;
    akolhook_postgres_desc where = pg_desc();
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    akolhook_postgres *other;
    akolhook_stats stats;
    size_t count = 9, i;
    uint64_t next;
    edge_open(100, 8);
    edge_put(0, 1, 2);
    edge_emit(1);
    for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        CHECK_STATUS(pg->store.webhook_get_fn(pg, ids[i], &shown), UNKNOWN_WEBHOOK);
        memset(&query, 0, sizeof query);
        query.message_id = akolhook_str_c(ids[i]);
        if (ids[i][0]) CHECK_STATUS(pg->store.log_fn(pg, &query, &row, 1, &count, &next), OK);
        if (ids[i][0]) CHECK_INT(count, 0);
    }
    memset(&query, 0, sizeof query);
    CHECK_STATUS(pg->store.log_fn(pg, &query, &row, 0, &count, &next), OK);
    CHECK_STATUS(pg->store.bind_fn(pg, akolhook_str_c("biz_1")), OK);
    CHECK_STATUS(pg->store.bind_fn(pg, akolhook_str_c("biz_2")), WRONG_BUSINESS); /* of the same length */

    must("UPDATE t.akolhook_webhooks SET id = repeat('x', 60)");
    CHECK_STATUS(pg->store.webhook_list_fn(pg, 0, 0, &hook, 1, &count), OK);
    CHECK_INT(strlen(hook.id), sizeof hook.id - 1);
    must("INSERT INTO t.akolhook_latency VALUES (0, 3, 4294967295), (0, 4, 5000000000), (0, 5, -1)");
    must("INSERT INTO t.akolhook_latency VALUES (0, -1, 7), (0, 64, 7), (0, 32767, 7)"); /* none of ours */
    CHECK_STATUS(pg->store.stats_fn(pg, NULL, &stats), OK);
    CHECK(stats.latency[3] == UINT32_MAX && stats.latency[4] == UINT32_MAX);
    CHECK(stats.latency[5] == 0 && stats.latency[63] == 0 && stats.tests_failed == 0);

    must("INSERT INTO t.akolhook_meta SELECT * FROM t.akolhook_meta"); /* two rows, then none */
    CHECK_STATUS(pg->store.stats_fn(pg, NULL, &stats), STORE_FAILED);
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1], sizeof pg_memory[1], &where), STORE_VERSION);
    akolhook_postgres_close(other);
    must("DELETE FROM t.akolhook_meta");
    CHECK_STATUS(pg->store.stats_fn(pg, NULL, &stats), STORE_FAILED);
    CHECK(akolhook_postgres_error(pg)[0] != 0);
    akolhook_postgres_close(pg);
}
/* The bounds of a page of the log. */
static void test_log_bounds(void) {
    akolhook_store_claim claims[4];
    akolhook_store_outcome o[4];
    akolhook_log_row logged[4], rows[4];
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t i, count;
    uint64_t next, cursors[4];
    edge_open(100, 8);
    edge_put(0, 4, 2);
    edge_emit(1);
    CHECK_INT(edge_claim(claims, 4, 1), 4);
    for (i = 0; i < 4; i++) { /* one a second: 200, 500, 200, 500 */
        w.now += 1000;
        o[i] = edge_outcome(&claims[i], &logged[i], i % 2 ? 500 : 200);
        CHECK_STATUS(pg->store.settle_fn(pg, &edge_rules, &o[i], 1), OK);
    }
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 4);
    for (i = 0; i < 4; i++) cursors[i] = rows[i].cursor;
    query.code_class = 2;
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 2);
    query.code_class = 5;
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 2);
    query.code_class = 0;

    /* the second and the third of time, from the newest, from between them, from behind both */
    query.since_ms = w.now - 2000;
    query.until_ms = w.now;
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 2);
    query.cursor = cursors[0];
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 2);
    query.cursor = cursors[1];
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 1);
    CHECK_INT(rows[0].cursor, cursors[2]);
    query.cursor = cursors[2];
    CHECK_STATUS(pg->store.log_fn(pg, &query, rows, 4, &count, &next), OK);
    CHECK_INT(count, 0);
    akolhook_postgres_close(pg);
}

/* ---- the connection ---- */

static akolhook_status more_note(void) {
    akolhook_str note = akolhook_str_c("a note");
    return pg->store.note_fn(pg, &note);
}
/* Failures that last; statements of which others have the names; a commit that was none. */
static void test_lasting(void) {
    akolhook_str huge = AKOLHOOK_INIT;
    pg_open();
    fault_how = WITH_SQL;
    fault_sql = "DO $$ BEGIN RAISE EXCEPTION 'a race' USING ERRCODE = '40P01'; END $$";
    fault_calls = 0;
    fault_at = 1;
    fault_until = 1000;
    CHECK_STATUS(more_note(), STORE_FAILED);
    CHECK_INT(fault_calls, AKOLHOOK_POSTGRES_I_TRIES);
    fault_sql = "DO $$ BEGIN RAISE EXCEPTION 'cancelled' USING ERRCODE = '57014'; END $$";
    fault_calls = 0;
    CHECK_STATUS(more_note(), STORE_FAILED);
    CHECK_INT(fault_calls, 1);
    fault_at = 0;
    CHECK_STATUS(more_note(), OK);

    fault_sql = "ROLLBACK";
    only_commit = 1;
    fault_at = 1;
    CHECK_STATUS(more_note(), STORE_FAILED);
    fault_at = only_commit = 0;
    CHECK_STATUS(more_note(), OK);

    fault_sql = "DO $$ BEGIN RAISE EXCEPTION 'not mine' USING ERRCODE = '26000'; END $$";
    fault_calls = 0;
    fault_at = 2;
    with_prepare = 1;
    CHECK_STATUS(more_note(), STORE_FAILED);
    fault_at = with_prepare = 0;
    CHECK_INT(pg->is_pooled, 1);
    CHECK_STATUS(more_note(), OK); /* from now on without names */
    CHECK_INT(ask("SELECT count(*) FROM t.akolhook_meta WHERE note = 'a note'"), 1);

    huge.ptr = "x"; /* of which nothing is read */
    huge.len = (size_t)1 << 31;
    CHECK_STATUS(pg->store.note_fn(pg, &huge), STORE_FAILED);
    CHECK_TEXT(akolhook_postgres_error(pg), "no memory");
    CHECK_STATUS(more_note(), OK);
    CHECK(akolhook_postgres_db(pg) == pg->db);
    akolhook_postgres_close(pg);
}
/* More than the socket takes at once, and waits that are interrupted or fail. */
static void test_waits(void) {
    static char body[8 << 20];
    akolhook_store_event event = AKOLHOOK_INIT;
    size_t i;
    edge_open(100, 8);
    edge_put(0, 1, 2);
    memset(body, 'b', sizeof body);
    for (i = 0; i < 3; i++) {
        memset(&event, 0, sizeof event);
        sprintf(event.message_id, "msg_%024d", (int)i);
        event.event = (akolhook_event)1;
        event.tail[1] = akolhook_str_n(body, sizeof body);
        poll_fails = i ? 2 : 0;
        poll_error = i == 1 ? EINTR : EIO;
        CHECK_STATUS(pg->store.enqueue_fn(pg, &event, 1), OK);
        CHECK_INT(poll_fails, 0);
    }
    CHECK_INT(ask("SELECT sum(octet_length(tail)) FROM t.akolhook_events"), 3 * (long)sizeof body);
    akolhook_postgres_close(pg);
}

/* ---- opening ---- */

static void test_open_arguments(void) {
    static const char *const schemas[] = {"a/", "a:", "a`", "a{", "a^", "0", "_ok9"};
    akolhook_postgres_desc where = pg_desc();
    akolhook_postgres *other;
    size_t i;
    for (i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        where.schema = schemas[i];
        if (i + 1 < sizeof schemas / sizeof schemas[0])
            CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1], sizeof pg_memory[1], &where),
                    INVALID_ARGUMENT);
    }
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1], sizeof pg_memory[1], &where), OK);
    akolhook_postgres_close(other);
    must("SET client_min_messages = warning; DROP SCHEMA _ok9 CASCADE");
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1], sizeof pg_memory[1], NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_postgres_open(&other, NULL, sizeof pg_memory[1], &where), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1] + 1, 3, &where), MEMORY_TOO_SMALL);
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1] + 1, sizeof *other, &where), MEMORY_TOO_SMALL);
    CHECK(other == NULL);
    where.log_rows = 100001;
    CHECK_STATUS(akolhook_postgres_open(&other, pg_memory[1], sizeof pg_memory[1], &where), INVALID_ARGUMENT);
}
/* Each statement and each allocation of opening fails in turn, where there is no schema, where there is an
   empty one, and where the tables are there; what was begun is taken back. */
static void test_open_fails(void) {
    static const char *const before[] = {"SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE",
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE; CREATE SCHEMA t",
            "SET x.y = 1"};
    akolhook_postgres_desc where = pg_desc();
    akolhook_status status;
    size_t stage, is_memory;
    long n;
    fault_how = WITH_SQL;
    fault_sql = "SELECT 1 / 0";
    for (stage = 0; stage < 3; stage++)
        for (is_memory = 0; is_memory < 2; is_memory++)
            for (n = 1, status = AKOLHOOK_STORE_FAILED; status != AKOLHOOK_OK && !check_bad; n++) {
                must(before[stage]);
                fault_calls = memory_calls = 0;
                fault_at = fault_until = is_memory ? 0 : n;
                memory_at = is_memory ? n : 0;
                status = akolhook_postgres_open(&pg, pg_memory[0], sizeof pg_memory[0], &where);
                fault_at = memory_at = 0;
                CHECK(status == AKOLHOOK_OK || akolhook_postgres_error(pg)[0]);
                if (status != AKOLHOOK_OK) CHECK_STATUS(status, STORE_FAILED);
                CHECK_INT(ask("SELECT count(*) FROM pg_tables WHERE schemaname = 't'") > 0,
                        status == AKOLHOOK_OK || stage == 2);
                akolhook_postgres_close(pg);
                if (check_bad) printf("    stage %d, %ld\n", (int)stage, n);
            }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    server = argv[1];
    RUN(test_refused);
    RUN(test_no_memory);
    RUN(test_unsent);
    RUN(test_cut);
    RUN(test_again);
    RUN(test_key_again);
    RUN(test_key_goes);
    RUN(test_claim_locks_few);
    RUN(test_full_origin);
    RUN(test_claim_bounds);
    RUN(test_lease_beside_lock);
    RUN(test_outcomes);
    RUN(test_steps);
    RUN(test_purge_passes);
    RUN(test_targets);
    RUN(test_odd);
    RUN(test_log_bounds);
    RUN(test_lasting);
    RUN(test_waits);
    RUN(test_open_arguments);
    RUN(test_open_fails);
    return check_end();
}
