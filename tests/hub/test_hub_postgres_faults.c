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

typedef enum how { WITH_SQL, UNSENT, CUT } how;

static long fault_at, fault_until, fault_calls; /* statements from fault_at to fault_until fail */
static int fault_of_commit;                     /* one of them was a COMMIT */
static how fault_how;
static const char *fault_sql; /* sent in place of the statement */
static long memory_at, memory_calls;
static int fault_hits(PGconn *db, const char *sql) {
    fault_calls++;
    if (!fault_at || fault_calls < fault_at || fault_calls > fault_until) return 0;
    fault_of_commit |= strcmp(sql, "COMMIT") == 0;
    if (fault_how == CUT) (void)shutdown(PQsocket(db), SHUT_RDWR);
    return fault_how != CUT;
}
static int fault_send(PGconn *db) { return fault_how == WITH_SQL && PQsendQuery(db, fault_sql); }
static int fault_query(PGconn *db, const char *sql) {
    return fault_hits(db, sql) ? fault_send(db) : PQsendQuery(db, sql);
}
static int fault_prepare(PGconn *db, const char *name, const char *sql, int count, const Oid *types) {
    return fault_hits(db, sql) ? fault_send(db) : PQsendPrepare(db, name, sql, count, types);
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
static int slow_polls; /* so many waits are interrupted */
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
#include "hub_script.h"
#include <errno.h>

static int fault_poll(struct pollfd *fds, nfds_t count, int ms) {
    if (slow_polls > 0) {
        slow_polls--;
        errno = EINTR;
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
    where.max_queue = 6;
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

/* ---- what is called ---- */

static akolhook_status more_emit(size_t count, akolhook_event event, uint32_t max_queue) {
    akolhook_store_event events[AKOLHOOK_EMIT_MOST];
    akolhook_status status;
    size_t i;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        sprintf(events[i].message_id, "msg_%024lld", (long long)++script_number);
        events[i].event = event;
        events[i].head = akolhook_str_c("head");
        events[i].tail[0] = akolhook_str_c("tail");
        events[i].max_queue = max_queue;
    }
    status = pg->store.enqueue_fn(pg, events, count);
    return status;
}
static akolhook_status more_page(const char *hook, const char *message, akolhook_log_query q, size_t *count) {
    static akolhook_log_row rows[8];
    uint64_t next;
    if (hook) q.webhook_id = akolhook_str_c(hook);
    if (message) q.message_id = akolhook_str_c(message);
    return pg->store.log_fn(pg, &q, rows, 8, count, &next);
}
enum { MORE_CALLS = 30 };
static akolhook_store_claim lost_claims[4];
static size_t lost_count;
/* What the script leaves out: drops, leases and deliveries that run out, webhooks that the hub stops. */
static akolhook_status more_call(int call) {
    const akolhook_store *s = &pg->store;
    akolhook_store_webhook hook = script_hook(call & 1), shown[2];
    akolhook_store_delivery d[2];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_expired expired = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_status status;
    size_t count, i;
    int64_t ms;
    limits.lease_ms = 60000;
    limits.per_webhook = 2;
    limits.slow = limits.failing = 4;
    limits.expired = &expired;
    tending.events_ms = 3600000;
    switch (call) {
    case 0: /* two webhooks of which one gets events 1, the other events 2 too */
    case 1:
        hook.events = call ? (akolhook_events)6 : (akolhook_events)2;
        return s->webhook_put_fn(s->user, &hook, 2);
    case 2: return more_emit(3, (akolhook_event)1, 0);
    case 3: /* the hub sets both inactive: of what waits, some is cut off at once */
        status = script_claim(s);
        return status == AKOLHOOK_OK && script_count != 4 ? AKOLHOOK_LEASE_LOST : status;
    case 4: return script_settle(s, 410);
    case 5: return more_emit(1, (akolhook_event)1, 0); /* skipped */
    case 6:
    case 7:
        hook.is_active = 1;
        return s->webhook_set_fn(s->user, &hook, AKOLHOOK_STORE_ACTIVE | AKOLHOOK_STORE_EVENTS, w.now, NULL);
    case 8: return more_emit(2, (akolhook_event)1, 0);
    case 9: w.now += 2 * MINUTE; return more_emit(5, (akolhook_event)1, 3); /* behind: dropped */
    case 10: return s->claim_fn(s->user, &limits, lost_claims, 4, &lost_count);
    case 11: w.now += 2 * HOUR; return script_claim(s);                    /* the leases ran out */
    case 12: return s->cancel_fn(s->user, script_claims[0].number, w.now); /* in flight: marked */
    case 13: return s->delivery_fn(s->user, script_claims[0].number, d);
    case 14: return script_settle(s, 500);
    case 15: return s->delivery_fn(s->user, script_claims[0].number, d); /* has ended */
    case 16:
        for (i = 0; i < 5;
                i++) { /* too old: they end without an attempt; no more than 26 hours count at once */
            w.now += 20 * HOUR;
            status = s->next_due_fn(s->user, &limits, &ms);
            if (status != AKOLHOOK_OK) return status;
        }
        status = s->claim_fn(s->user, &limits, script_claims, 4, &script_count);
        return status == AKOLHOOK_OK && script_count ? AKOLHOOK_LEASE_LOST : status;
    case 17: return s->tend_fn(s->user, &tending);
    case 18:
        query.since_ms = 1;
        query.look = 2;
        return more_page(script_ids[0], NULL, query, &count);
    case 19:
        sprintf(d[0].message_id, "msg_%024lld", (long long)script_number);
        query.until_ms = w.now;
        query.look = 1;
        return more_page(NULL, d[0].message_id, query, &count);
    case 20: return s->webhook_list_fn(s->user, 0, 1, shown, 2, &count);
    case 21:
    case 22: return s->webhook_delete_fn(s->user, hook.id);
    case 23: /* what was not settled in time */
        memcpy(script_claims, lost_claims, sizeof script_claims);
        script_count = lost_count;
        return script_settle(s, 200);
    default: return s->tend_fn(s->user, &tending);
    }
}

/* ---- each statement fails ---- */

static void ids_of_script(void) {
    int i;
    for (i = 0; i < 2; i++) sprintf(script_ids[i], "whk_%024lld", (long long)++script_number);
}
enum { ALL_CALLS = SCRIPT_CALLS + MORE_CALLS };
static akolhook_status one_call(int call) {
    if (call == 0 || call == SCRIPT_CALLS) ids_of_script();
    return call < SCRIPT_CALLS ? script_call(&pg->store, call) : more_call(call - SCRIPT_CALLS);
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
            fault_calls = memory_calls = 0;
            if (is_memory)
                memory_at = n;
            else
                fault_at = fault_until = n;
            status = one_call(call);
            fault_at = memory_at = 0;
            if (status == AKOLHOOK_OK) {
                CHECK((is_memory ? memory_calls : fault_calls) < n);
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
static void through_all(how kind, const char *sql, long step) {
    long at, failed;
    pg_open();
    fault_how = kind;
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
    pg_close();
}
static void test_unsent(void) { through_all(UNSENT, NULL, 19); }
static void test_cut(void) { through_all(CUT, NULL, 23); }
static void test_again(void) {
    through_all(WITH_SQL, "DO $$ BEGIN RAISE EXCEPTION 'a race' USING ERRCODE = '40001'; END $$", 17);
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
    return check_end();
}
