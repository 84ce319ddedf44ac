/* The hub over PostgreSQL: the suite that every store must pass, and several workers at once. Takes a server's conninfo; without
   one, tests/hub/postgres.sh starts a server and this program again. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#define AKOLHOOK_POSTGRES_IMPLEMENTATION
#include "akolhook_postgres.h"
#define SUITE_DAYS 20
#define SUITE_STEP 40
#include "hub_suite.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *server;
static char conninfo[400];
static akolhook_postgres pg;
static int ticks, break_at;                 /* readings of the clock, which are made within transactions, and which one breaks */
static void break_connection(void);
static int64_t suite_now(void *user) {
    (void)user;
    if (++ticks == break_at) break_connection();
    return w.now;
}

static void rest(int ms) {
    struct timespec pause;
    pause.tv_sec = 0;
    pause.tv_nsec = ms * 1000000L;
    nanosleep(&pause, NULL);
}
static void must(const char *sql) {
    PGconn *db = PQconnectdb(server);
    PGresult *result = PQexec(db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        printf("%s: %s", sql, PQerrorMessage(db));
        check_bad++;
    }
    PQclear(result);
    PQfinish(db);
}
/* As an administrator, a restart or a failover would, in the middle of what the store does. */
static void break_connection(void) {
    char sql[200];
    int pid = PQbackendPID(pg.db), left = 1;
    PGconn *db = PQconnectdb(server);
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", pid);
    PQclear(PQexec(db, sql));
    snprintf(sql, sizeof sql, "SELECT 1 FROM pg_stat_activity WHERE pid = %d", pid);
    while (left) {
        PGresult *result = PQexec(db, sql);
        left = PQntuples(result);
        PQclear(result);
    }
    PQfinish(db);
}
static void pg_fresh(void) {
    must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE; CREATE SCHEMA t");
    snprintf(conninfo, sizeof conninfo, "%s options=-csearch_path=t", server);
}
static void pg_open(akolhook_postgres *at, int simulated) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    where.conninfo = conninfo;
    where.log_rows = desc.memory.log_rows ? desc.memory.log_rows : 32;
    if (simulated) where.now_ms_fn = suite_now;
    if (simulated) where.poll_ms = 86400000;
    CHECK_STATUS(akolhook_postgres_open(at, &where), OK);
    if (at->error[0]) printf("%s\n", at->error);
}
static void suite_store_open(akolhook_hub_desc *d) {
    pg_fresh();
    pg_open(&pg, 1);
    d->store = akolhook_postgres_store(&pg);
    d->max_webhooks = d->max_webhooks ? d->max_webhooks : 40;
}
static void suite_store_close(void) {
    if (pg.error[0] && !suite_keeps) printf("%s\n", pg.error);
    CHECK(pg.held == NULL || suite_keeps);
    akolhook_postgres_close(&pg);
}

/* ---- the database's clock, a hub that is gone, a connection that breaks ---- */

static void test_lease_runs_out(void) {
    akolhook_store_limits limits = {300, 4, 0, 0, 0, 0};
    akolhook_store_rules rules = {15, 20, 1, 1};
    akolhook_store_claim first[4], second[4];
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_postgres other;
    size_t count;
    suite_begin();
    pg_fresh();
    pg_open(&pg, 0);
    desc.store = akolhook_postgres_store(&pg);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    emit();
    pg_open(&other, 0);
    CHECK_STATUS(pg.store.claim_fn(&pg, &limits, first, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(other.store.claim_fn(&other, &limits, second, 4, &count), OK);
    CHECK_INT(count, 0);
    rest(400);
    CHECK_STATUS(other.store.claim_fn(&other, &limits, second, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK(first[0].number == second[0].number && strcmp(first[0].message_id, second[0].message_id) == 0);
    o.number = first[0].number;
    o.lease = first[0].lease;
    o.handle = first[0].handle;
    CHECK_STATUS(pg.store.settle_fn(&pg, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST);

    akolhook_postgres_close(&other);
    suite_end();
}

/* A hub that starts waits for no lock of one that works. */
static void test_open_beside_work(void) {
    char all[400];
    akolhook_postgres other;
    PGconn *busy;
    suite_start();
    busy = PQconnectdb(conninfo);
    PQclear(PQexec(busy, "BEGIN; LOCK TABLE akolhook_webhooks, akolhook_events, akolhook_deliveries, akolhook_log,"
                         " akolhook_totals IN ROW EXCLUSIVE MODE"));
    CHECK(PQtransactionStatus(busy) == PQTRANS_INTRANS);
    snprintf(all, sizeof all, "%s", conninfo);
    snprintf(conninfo, sizeof conninfo, "%s options='-csearch_path=t -clock_timeout=500'", server);
    pg_open(&other, 1);
    akolhook_postgres_close(&other);
    snprintf(conninfo, sizeof conninfo, "%s", all);
    PQfinish(busy);
    suite_end();
}
/* A statement that could not be prepared is prepared by the next call. */
static void test_prepared_again(void) {
    size_t left;
    suite_start();
    pg.ready = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    suite_end();
}

/* Tables of the first version get what is new. */
static void test_migration(void) {
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    suite_start();
    create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "old", &first), OK);
    run();
    akolhook_hub_close(hub);
    akolhook_postgres_close(&pg);
    must("ALTER TABLE t.akolhook_events DROP COLUMN print");
    pg_open(&pg, 1);
    desc.store = akolhook_postgres_store(&pg);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    CHECK_STATUS(emit_key("{\"a\":1}", "old", &second), OK);
    CHECK_TEXT(second, first);              /* as no print of it was kept */
    CHECK_STATUS(emit_key("{}", "new", NULL), OK);
    CHECK_STATUS(emit_key("{\"a\":1}", "new", NULL), KEY_REUSED);
    run();
    CHECK_INT(w.count, 2);
    suite_end();
}

/* The connection breaks at the n-th reading of the clock: a status says so, the next call connects again, nothing is lost and
   nothing that was recorded is sent again. */
static void test_connection_breaks(void) {
    int at, broken = 0;
    for (at = 1; !check_bad; at += 11) {
        ticks = 0;
        break_at = at;
        pg.error[0] = 0;
        crash_life(0, FAIL_ONCE);
        if (check_bad) printf("    at reading %d\n", at);
        if (ticks < at) break;
        broken++;
    }
    break_at = 0;
    CHECK(broken > 5);

    suite_start();                          /* what the hub says meanwhile */
    create("https://a.example/");
    break_connection();
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK(pg.error[0] != 0);
    emit();
    break_connection();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
    run();
    CHECK_INT(w.count, 1);
    pg.error[0] = 0;
    suite_end();
}

/* Three processes deliver; the events of the table "got" are theirs. */
#define WORKERS 3
#define EVENTS 600
static PGconn *sink;
static int answer_noted(const seen *r) {
    const char *values[1];
    values[0] = r->id;
    PQclear(PQexecParams(sink, "INSERT INTO got VALUES ($1)", 1, NULL, values, NULL, NULL, 0));
    return 200;
}
static int worker(int number, int victim) {
    size_t left;
    int idle = 0;
    world_start();
    w.random = (uint32_t)number * 7919u;
    w.answer_fn = answer_noted;
    sink = PQconnectdb(conninfo);
    world_desc(&desc);
    desc.client.max_in_flight = 16;
    desc.client.deadline_ms = 1000;
    desc.per_webhook = 16;
    pg_open(&pg, 0);
    desc.store = akolhook_postgres_store(&pg);
    if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc) != AKOLHOOK_OK) return 2;
    while (idle < (victim < 0 ? 5 : 500)) {
        if (akolhook_hub_poll(hub, 0, &left) != AKOLHOOK_OK) { fprintf(stderr, "worker %d: %s\n", number, pg.error); return 3; }
        idle = left ? 0 : idle + 1;
        if (number == victim && w.count > 20) _exit(0);         /* dies with what it has claimed */
        if (!left) rest(100);
        if (victim >= 0 && idle > 60 && number != victim) {     /* the leases of the dead run out after 31 s */
            akolhook_stats stats;
            if (akolhook_hub_stats(hub, NULL, &stats) == AKOLHOOK_OK && !stats.waiting) break;
            idle = 61;
        }
    }
    akolhook_hub_close(hub);
    akolhook_postgres_close(&pg);
    PQfinish(sink);
    return 0;
}
static void run_workers(int victim) {
    char sql[200];
    PGresult *result;
    PGconn *db;
    int i, status, total, distinct;
    suite_begin();
    pg_fresh();
    pg_open(&pg, 0);
    desc.store = akolhook_postgres_store(&pg);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    must("CREATE TABLE t.got (id text)");
    create("https://a.example/");
    for (i = 0; i < EVENTS; i++) emit();
    suite_end();
    for (i = 0; i < WORKERS; i++)
        if (fork() == 0) _exit(worker(i, victim));
    for (i = 0; i < WORKERS; i++) {
        wait(&status);
        CHECK_INT(status, 0);
    }
    db = PQconnectdb(conninfo);
    snprintf(sql, sizeof sql, "SELECT count(*), count(DISTINCT id) FROM got");
    result = PQexec(db, sql);
    total = atoi(PQgetvalue(result, 0, 0));
    distinct = atoi(PQgetvalue(result, 0, 1));
    PQclear(result);
    PQfinish(db);
    CHECK_INT(distinct, EVENTS);
    if (victim < 0) CHECK_INT(total, EVENTS);
    else CHECK(total >= EVENTS && total <= EVENTS + 16);
}
static void test_workers(void) { run_workers(-1); }
static void test_worker_dies(void) { run_workers(0); }

static void test_purge(void) {
    akolhook_webhook hook;
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    suite_start();
    hook = create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "k", &first), OK);
    run();
    w.now += HOUR;
    CHECK_STATUS(akolhook_postgres_purge(&pg, 2 * HOUR), OK);
    CHECK_STATUS(emit_key("{}", "k", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STATUS(akolhook_postgres_purge(&pg, HOUR / 2), OK);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), EVENT_GONE);
    CHECK_STATUS(emit_key("{}", "k", &second), OK);
    CHECK(strcmp(first, second) != 0);
    CHECK_STATUS(akolhook_postgres_purge(&pg, -1), OK);         /* it waits, so it stays */
    run();
    CHECK_INT(w.count, 2);
    suite_end();
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    server = argv[1];
    suite_run();
    RUN(test_purge);
    RUN(test_lease_runs_out);
    RUN(test_open_beside_work);
    RUN(test_prepared_again);
    RUN(test_migration);
    RUN(test_connection_breaks);
    RUN(test_workers);
    RUN(test_worker_dies);
    return check_end();
}
