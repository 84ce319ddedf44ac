/* The hub over PostgreSQL: the suite that every store must pass, and several workers at once. Takes a
   server's conninfo; without one, tests/hub/postgres.sh starts a server and this program again. */
#define AKOLHOOK_IMPLEMENT_ALL
#define AKOLHOOK_LOG_LOOK 5 /* so that pages end for it, too */
#include "akolhook_hub.h"
#define AKOLHOOK_POSTGRES_IMPLEMENTATION
#ifndef AKOLHOOK_POSTGRES_CALL_MS
#define AKOLHOOK_POSTGRES_CALL_MS 20000 /* how long test_hangs waits, four times */
#endif
#include "akolhook_postgres.h"
#define SUITE_DAYS 20
#define SUITE_STEP 60
#define SUITE_LAST 4
#define SIM_STEPS 600
#define SIM_HOURS 1
#define SIM_HOUR 4
#define SIM_BACKLOG 2000
#include "hub_suite.h"
#include "hub_two.h"
#include "hub_twin.h"
#include "hub_moved.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *server;
static char conninfo[400];
static unsigned char pg_memory[4][AKOLHOOK_POSTGRES_SIZE];
static akolhook_postgres *pg;

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
static void pg_fresh(void) {
    must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE");
    snprintf(conninfo, sizeof conninfo, "%s", server);
}
static akolhook_postgres *pg_open(size_t at, int is_simulated) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_postgres *opened;
    where.conninfo = conninfo;
    where.schema = "t";
    where.log_rows = desc.memory.log_rows ? desc.memory.log_rows : 32;
    if (is_simulated) where.platform = &world_platform;
    if (is_simulated) where.poll_ms = 86400000;
    CHECK_STATUS(akolhook_postgres_open(&opened, pg_memory[at], sizeof pg_memory[at], &where), OK);
    if (akolhook_postgres_error(opened)[0]) printf("%s\n", akolhook_postgres_error(opened));
    return opened;
}
static void suite_store_open(akolhook_hub_desc *d) {
    pg_fresh();
    pg = pg_open(0, 1);
    d->store = akolhook_postgres_store(pg);
    d->max_webhooks = d->max_webhooks          ? d->max_webhooks
                      : d->memory.max_webhooks ? d->memory.max_webhooks
                                               : 40;
}
static void suite_store_close(void) {
    if (akolhook_postgres_error(pg)[0] && !suite_keeps) printf("%s\n", akolhook_postgres_error(pg));
    CHECK(pg->held == NULL || suite_keeps);
    akolhook_postgres_close(pg);
}

/* ---- connections ---- */

static long ask(const char *where, const char *sql) {
    PGconn *db = PQconnectdb(where);
    PGresult *result = PQexec(db, sql);
    long value = PQntuples(result) == 1 ? atol(PQgetvalue(result, 0, 0)) : -1;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) printf("%s: %s", sql, PQerrorMessage(db));
    PQclear(result);
    PQfinish(db);
    return value;
}
static void rest(int ms) {
    struct timespec pause;
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1000000L;
    nanosleep(&pause, NULL);
}
/* As an administrator, a firewall or a failover would. */
static void break_connection(void) {
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)::int", PQbackendPID(pg->db));
    CHECK_INT(ask(server, sql), 1);
}

/* A platform whose clock is read in each transaction, right after it began: there the connection breaks. */
static int ticks, break_at;
static int64_t breaking_unix(void *user) {
    if (++ticks == break_at) break_connection();
    return world_unix(user);
}
static void own_start(void) {
    suite_begin();
    suite_open();
}

/* Whatever happened to the session between two calls, the next one is made. */
static void test_session(void) {
    static const char *const ways[] = {"DEALLOCATE ALL", "DISCARD ALL",
            "SET default_transaction_read_only = on",
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET search_path = pg_catalog",
            "SET bytea_output = escape; SET extra_float_digits = 0; SET DateStyle = German",
            "SET statement_timeout = 1", "PREPARE akolhook_x AS SELECT 1", NULL};
    size_t i;
    own_start();
    create("https://a.example/");
    for (i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (ways[i])
            PQclear(PQexec(pg->db, ways[i]));
        else
            break_connection();
        emit();
        run();
        CHECK_INT(w.count, i + 1);
        if (check_bad)
            printf("    after %s: %s\n", ways[i] ? ways[i] : "a break", akolhook_postgres_error(pg));
    }
    pg->error[0] = 0;
    suite_end();
}
/* The connection breaks within the n-th transaction of a life: it is made again, and no call fails. */
static void test_breaks_within(void) {
    akolhook_platform platform;
    akolhook_webhook hook;
    int at, last = 0;
    for (at = 1; !last && !check_bad; at += 3) {
        own_start();
        platform = world_platform;
        platform.unix_ms_fn = breaking_unix;
        pg->desc.platform = &platform;
        ticks = 0;
        break_at = at;
        hook = create("https://a.example/");
        emit();
        run();
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
        emit();
        run();
        CHECK_STATUS(log_of(hook.id), OK);
        CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), OK);
        run();
        CHECK_INT(w.count, 3);
        CHECK_INT(stats_of(hook.id).delivered, 3);
        last = ticks < at;
        break_at = 0;
        pg->error[0] = 0;
        suite_end();
        if (check_bad) printf("    at transaction %d\n", at);
    }
    CHECK(at > 10);
}
/* The database is away: a status says so and nothing changes; it is back: all goes on. */
static void server_do(const char *what) {
    char command[700], dir[100] = "";
    sscanf(server, "host=%99s", dir);
    snprintf(command, sizeof command,
            "cd / && for b in $(ls -d /usr/lib/postgresql/*/bin | sort -rV); do break; done; as=; [ $(id -u) "
            "= 0 ]"
            " && as='setpriv --reuid=postgres --regid=postgres --clear-groups'; $as $b/pg_ctl -D %s/data -l "
            "%s/data/log %s"
            " >/dev/null 2>&1 </dev/null",
            dir, dir, what);
    CHECK_INT(system(command), 0);
}
/* Until the store's session knows the setting. */
static void wait_read_only(const char *value) {
    int tries, knows = 0;
    ask(server, "SELECT pg_reload_conf()::int");
    for (tries = 0; tries < 1200 && !knows; tries++) {
        PGresult *r = PQexec(pg->db, "SHOW default_transaction_read_only");
        knows = PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), value) == 0;
        PQclear(r);
        if (!knows) rest(50);
    }
    CHECK(knows);
}
static void test_server(void) {
    static const char *const stops[] = {"-m fast -w stop", "-m immediate -w stop"};
    size_t i;
    own_start();
    create("https://a.example/");
    for (i = 0; i < 2; i++) {
        emit();
        server_do(stops[i]);
        CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
        CHECK(akolhook_postgres_error(pg)[0] != 0);
        server_do("-w start");
        run();
        CHECK_INT(w.count, i + 1);
        emit();
        server_do("-m immediate -w restart");
        run(); /* nobody saw that it was away */
        if (check_bad) printf("    %s\n", akolhook_postgres_error(pg));
        CHECK_INT(w.count, i + 2);
        w.count = i + 1;
    }
    /* demoted: what writes is refused, what reads is not, and the first call after it is made */
    must("ALTER SYSTEM SET default_transaction_read_only = on");
    wait_read_only("on");
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK(strstr(akolhook_postgres_error(pg), "read-only") != NULL);
    CHECK_INT(stats_of(NULL).delivered, 4);
    must("SET default_transaction_read_only = off");
    must("ALTER SYSTEM RESET default_transaction_read_only");
    wait_read_only("off");
    emit();
    run();
    CHECK_INT(w.count, 3);
    CHECK_INT(stats_of(NULL).delivered, 5);
    pg->error[0] = 0;
    suite_end();
}

static int64_t real_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
/* The processes of the server hang, as they do when a disk does: each call returns within its bound, and all
   goes on when they go on. */
static pid_t server_pid(void) {
    char where[160], dir[100] = "";
    long pid = 0;
    FILE *file;
    sscanf(server, "host=%99s", dir);
    snprintf(where, sizeof where, "%s/data/postmaster.pid", dir);
    file = fopen(where, "r");
    CHECK(file && fscanf(file, "%ld", &pid) == 1);
    if (file) fclose(file);
    return (pid_t)pid;
}
#define BOUND_MS (AKOLHOOK_POSTGRES_CALL_MS + 2000)
#define PATIENCE_MS 120000 /* beyond it, as the machine may be busy */
static void check_bound(int64_t start, int64_t least) {
    int64_t took = real_ms() - start;
    CHECK(took >= least && took < least + PATIENCE_MS);
}
static void test_hangs(void) {
    akolhook_webhook hook;
    pid_t backend, postmaster = server_pid();
    int64_t start, stopped;
    size_t accepted = 0, round;
    suite_begin();
    pg_fresh();
    snprintf(conninfo, sizeof conninfo, "%s connect_timeout=2", server);
    pg = pg_open(0, 1);
    desc.store = akolhook_postgres_store(pg);
    desc.max_webhooks = 40;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    hook = create("https://a.example/");
    for (round = 0; round < 2 && postmaster > 1 && !check_bad; round++) {
        /* its own process alone: the next call has another one */
        emit();
        accepted++;
        backend = PQbackendPID(pg->db);
        CHECK_INT(kill(backend, SIGSTOP), 0);
        start = real_ms();
        CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
        check_bound(start, BOUND_MS);
        CHECK(strstr(akolhook_postgres_error(pg), "no answer") != NULL);
        emit();
        accepted++;
        CHECK(PQbackendPID(pg->db) != backend);
        CHECK_INT(kill(backend, SIGCONT), 0);

        /* and the one that takes connections: nobody gets any */
        backend = PQbackendPID(pg->db);
        CHECK_INT(kill(postmaster, SIGSTOP), 0);
        CHECK_INT(kill(backend, SIGSTOP), 0);
        stopped = start = real_ms();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
        check_bound(start, BOUND_MS);
        start = real_ms();
        CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
        check_bound(start, 1000); /* connect_timeout, in whole seconds */
        CHECK(real_ms() > stopped);
        CHECK_INT(kill(backend, SIGCONT), 0);
        CHECK_INT(kill(postmaster, SIGCONT), 0);
        run();
        CHECK_INT(w.count, accepted);
        CHECK_INT(stats_of(hook.id).delivered, accepted);
    }
    pg->error[0] = 0;
    suite_end();
}

/* ---- who may connect how ---- */

/* Text of any language and bytes that are none, whatever the client and the database are set to. */
static void test_encodings(void) {
    static const char *const clients[] = {"LATIN1", "WIN1252", "SQL_ASCII", "UTF8"};
    static const char name[] = "Gr\xc3\xb6\xc3\x9f"
                               "e \xe2\x82\xac \xe6\x97\xa5\xe6\x9c\xac";
    static const char *const ids[] = {"whk_\xff\xfe", "whk_\xe2\x82\xac", "'; DROP TABLE x; --", "",
            "whk_00000000000000000000000z",
            "whk_0000000000000000000000000000000000000000000000000000000000000000000"};
    akolhook_webhook hook;
    akolhook_store_webhook found;
    akolhook_stats stats;
    size_t i, k;
    for (i = 0; i < 8; i++) {
        suite_begin();
        pg_fresh();
        setenv("PGCLIENTENCODING", clients[i % 4], 1);
        if (i >= 4) {
            must("DROP DATABASE IF EXISTS latin");
            must("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
            snprintf(conninfo, sizeof conninfo, "%s dbname=latin client_encoding=%s", server, clients[i % 4]);
        } else
            snprintf(conninfo, sizeof conninfo, "%s client_encoding=%s", server, clients[i % 4]);
        pg = pg_open(0, 1);
        desc.store = akolhook_postgres_store(pg);
        desc.max_webhooks = 40;
        CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
        CHECK_STATUS(create_status(name, "https://a.example/\xc3\xb6?a=%27", 2, &hook), URL_CHARACTER);
        CHECK_STATUS(create_status(name, "https://a.example/", AKOLHOOK_EVENTS_ALL, &hook), OK);
        CHECK_TEXT(get(hook.id).name, name);
        CHECK_STATUS(emit_key("{\"a\":\"\xe2\x82\xac\"}", "\xe2\x82\xac key", NULL), OK);
        w.content = "\xff\xfe \xe2\x82\xac";
        run();
        CHECK(w.count == 1 && strstr(w.requests[0].body, "\xe2\x82\xac") != NULL);
        CHECK_STATUS(log_of(hook.id), OK);
        CHECK(row_count == 1 && rows[0].response.len == 6);
        for (k = 0; k < sizeof ids / sizeof ids[0]; k++) {
            CHECK_STATUS(pg->store.webhook_get_fn(pg, ids[k], &found), UNKNOWN_WEBHOOK);
            CHECK_STATUS(pg->store.webhook_delete_fn(pg, ids[k]), UNKNOWN_WEBHOOK);
            CHECK_STATUS(pg->store.stats_fn(pg, ids[k], &stats), UNKNOWN_WEBHOOK);
        }
        CHECK_STATUS(pg->store.redeliver_fn(pg, UINT64_MAX, 0), UNKNOWN_DELIVERY);
        unsetenv("PGCLIENTENCODING");
        suite_end();
        if (check_bad) printf("    %s\n", conninfo);
        if (check_bad) break;
    }
    must("DROP DATABASE IF EXISTS latin");
}

static akolhook_status open_status(const char *where, const char *schema, size_t size) {
    akolhook_postgres_desc d = AKOLHOOK_INIT;
    akolhook_postgres *opened;
    akolhook_status status;
    d.conninfo = where;
    d.schema = schema;
    status = akolhook_postgres_open(&opened, pg_memory[1], size, &d);
    if (status == AKOLHOOK_STORE_FAILED || status == AKOLHOOK_STORE_VERSION ||
            status == AKOLHOOK_STORE_FOREIGN)
        CHECK(akolhook_postgres_error(opened)[0] != 0);
    CHECK((opened != NULL) == (status != AKOLHOOK_INVALID_ARGUMENT && status != AKOLHOOK_MEMORY_TOO_SMALL));
    akolhook_postgres_close(opened);
    return status;
}
static void test_layouts(void) {
    static const char *const bad[] = {"", "1a", "A", "a-b", "a\"b", "pg_a", "\xc3\xa4", "a b",
            "a234567890123456789012345678901234567890123456789012345678901234"};
    PGconn *busy;
    size_t i, all = sizeof pg_memory[1];
    own_start();
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(open_status(server, bad[i], all), INVALID_ARGUMENT);
    CHECK_STATUS(open_status(NULL, "t", all), INVALID_ARGUMENT);
    CHECK_STATUS(open_status(server, "t", sizeof *pg - 1), MEMORY_TOO_SMALL);
    CHECK_STATUS(open_status("host=/nonexistent", "t", all), STORE_FAILED);
    CHECK_STATUS(open_status(server, "t", all), OK);

    busy = PQconnectdb(server); /* a hub that starts waits for no lock of one that works */
    PQclear(PQexec(busy,
            "BEGIN; LOCK TABLE t.akolhook_meta, t.akolhook_turns, t.akolhook_log IN ROW EXCLUSIVE MODE;"
            " SELECT 1 FROM t.akolhook_meta FOR UPDATE"));
    CHECK_STATUS(open_status(server, "t", all), OK);
    PQfinish(busy);

    must("UPDATE t.akolhook_meta SET akolhook_layout = 3");
    CHECK_STATUS(open_status(server, "t", all), STORE_VERSION);
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED); /* one that runs changes nothing any more */
    must("UPDATE t.akolhook_meta SET akolhook_layout = 2");
    emit();
    pg->error[0] = 0;
    must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS u CASCADE; CREATE SCHEMA u; CREATE TABLE "
         "u.akolhook_meta (x int)");
    CHECK_STATUS(open_status(server, "u", all), STORE_FOREIGN);
    must("DROP TABLE u.akolhook_meta; CREATE TABLE u.akolhook_log (x int)");
    CHECK_STATUS(open_status(server, "u", all), STORE_FOREIGN);
    must("DROP TABLE u.akolhook_log; CREATE TABLE u.akolhook_webhooks (not_before bigint)");
    CHECK_STATUS(open_status(server, "u", all), STORE_VERSION);
    must("DROP TABLE u.akolhook_webhooks; CREATE TABLE u.of_the_program (x int)");
    CHECK_STATUS(open_status(server, "u", all), OK); /* other tables beside ours are no concern */
    CHECK_INT(ask(server, "SELECT count(*) FROM pg_class WHERE relnamespace = 'u'::regnamespace AND relname "
                          "= 'of_the_program'"),
            1);
    for (i = 0; i < 3; i++) { /* several that begin at once */
        pid_t first[4];
        int k, status;
        must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS u CASCADE");
        fflush(stdout);
        for (k = 0; k < 4; k++) {
            first[k] = fork();
            if (first[k] == 0) _exit(open_status(server, "u", all) != AKOLHOOK_OK);
        }
        for (k = 0; k < 4; k++) {
            CHECK_INT(waitpid(first[k], &status, 0), first[k]);
            CHECK_INT(status, 0);
        }
    }
    must("SET client_min_messages = warning; DROP SCHEMA u CASCADE");
    suite_end();
}

/* ---- several processes ---- */

#define WORKERS 4
#define WORK_MS 4000
static int worker_answer(const seen *r) { return r->host[0] == 'b' && w.count % 3 == 0 ? 500 : 200; }
/* Emits, delivers and changes things at random; the exit status counts the calls that failed. */
static int worker(unsigned number, int64_t until) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_webhook all[8];
    uint32_t draw = number * 7919u;
    size_t count, bad = 0;
    suite_begin();
    desc.notice_fn = NULL;
    w.random = number * 104729u;
    w.answer_fn = worker_answer;
    where.conninfo = conninfo;
    where.schema = "t";
    where.log_rows = 100000;
    if (akolhook_postgres_open(&pg, pg_memory[0], sizeof pg_memory[0], &where) != AKOLHOOK_OK) return 100;
    desc.store = akolhook_postgres_store(pg);
    desc.max_webhooks = 8;
    desc.max_queue = 40;
    if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc) != AKOLHOOK_OK) return 101;
    while (real_ms() < until) {
        akolhook_status status = AKOLHOOK_OK;
        char secret[AKOLHOOK_SECRET_SIZE];
        uint32_t what;
        draw = draw * 1664525u + 1013904223u;
        what = draw >> 16;
        if (akolhook_hub_list_webhooks(hub, 0, all, 8, &count) != AKOLHOOK_OK || !count) {
            bad++;
            break;
        }
        if (what % 10 < 5)
            status = emit_key("{}", "", NULL);
        else if (what % 10 < 8)
            status = akolhook_hub_poll(hub, 0, NULL);
        else if (what % 40 == 8)
            status = akolhook_hub_set_active(hub, all[what / 40 % count].id, what / 400 % 2);
        else if (what % 40 == 18)
            status = akolhook_hub_rotate_secret(hub, all[what / 40 % count].id, secret);
        else if (what % 40 == 28)
            status = akolhook_hub_redeliver_failed(hub, all[what / 40 % count].id, 0, NULL);
        else if (what % 40 == 38)
            status = akolhook_hub_test(hub, all[what / 40 % count].id);
        else if (what % 400 == 9 && count > 2)
            status = akolhook_hub_delete_webhook(hub, all[what / 400 % count].id);
        else if (what % 400 == 19)
            status = akolhook_hub_set_active(hub, all[0].id, 1);
        else
            status = akolhook_hub_poll(hub, 0, NULL);
        if (status == AKOLHOOK_STORE_FAILED) {
            fprintf(stderr, "worker %u: %s\n", number, akolhook_postgres_error(pg));
            bad++;
        }
    }
    akolhook_hub_close(hub);
    akolhook_postgres_close(pg);
    return bad > 90 ? 90 : (int)bad;
}
/* What the tables say of each other when nothing moves. */
static void check_tables(void) {
    /* deliveries that wait are those of the counters, and those in flight have leases */
    CHECK_INT(ask(server, "SELECT count(*) FROM t.akolhook_turns t WHERE queued <> (SELECT count(*) FROM "
                          "t.akolhook_deliveries d"
                          " WHERE d.webhook = t.webhook) OR in_flight <> (SELECT count(*) FROM "
                          "t.akolhook_deliveries d"
                          " WHERE d.webhook = t.webhook AND lease <> 0) OR tests <> (SELECT count(*) FROM "
                          "t.akolhook_deliveries d"
                          " WHERE d.webhook = t.webhook AND is_test = 1)"),
            0);
    /* counters are the rows */
    CHECK_INT(ask(server, "SELECT count(*) FROM t.akolhook_counters c JOIN t.akolhook_turns USING (webhook) "
                          "WHERE delivered <> (SELECT"
                          " count(*) FROM t.akolhook_log l WHERE l.webhook = c.webhook AND state = 2 AND "
                          "is_test = 0) OR failed <>"
                          " (SELECT count(*) FROM t.akolhook_log l WHERE l.webhook = c.webhook AND state = 3 "
                          "AND is_test = 0) OR"
                          " cancelled <> (SELECT count(*) FROM t.akolhook_log l WHERE l.webhook = c.webhook "
                          "AND state = 4 AND"
                          " is_test = 0) OR dropped <> (SELECT count(*) FROM t.akolhook_log l WHERE "
                          "l.webhook = c.webhook AND"
                          " state = 5) OR attempts <> (SELECT count(*) FROM t.akolhook_log l WHERE l.webhook "
                          "= c.webhook AND"
                          " attempt > 0 AND is_test = 0)"),
            0);
    /* a delivery ends once, and one that has ended waits no more */
    CHECK_INT(ask(server, "SELECT count(*) FROM (SELECT delivery FROM t.akolhook_log WHERE state <> 1 GROUP "
                          "BY delivery"
                          " HAVING count(*) > 1) x"),
            0);
    CHECK_INT(ask(server, "SELECT count(*) FROM t.akolhook_deliveries WHERE number IN (SELECT delivery FROM "
                          "t.akolhook_log"
                          " WHERE state <> 1)"),
            0);
    /* whoever has something that waits is ready, or will be */
    CHECK_INT(
            ask(server, "SELECT count(*) FROM t.akolhook_turns t WHERE ready = 0 AND ready_at = 0 AND capped "
                        "= 0 AND EXISTS"
                        " (SELECT 1 FROM t.akolhook_deliveries d WHERE d.webhook = t.webhook AND lease = 0)"),
            0);
    /* every body that something waits for is kept */
    CHECK_INT(ask(server, "SELECT count(*) FROM t.akolhook_deliveries d WHERE NOT EXISTS (SELECT 1 FROM "
                          "t.akolhook_events e"
                          " WHERE e.number = d.event)"),
            0);
}
static void run_workers(const char *where) {
    static const char *const urls[] = {
            "https://a.example/", "https://b.example/", "https://c.example/", "https://d.example/"};
    pid_t workers[WORKERS];
    int64_t until;
    int i, status;
    suite_begin();
    pg_fresh();
    if (where) snprintf(conninfo, sizeof conninfo, "%s", where);
    pg = pg_open(0, 0);
    desc.store = akolhook_postgres_store(pg);
    desc.max_webhooks = 8;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    for (i = 0; i < 4; i++) create(urls[i]);
    suite_end();
    fflush(stdout);
    until = real_ms() + WORK_MS;
    for (i = 0; i < WORKERS; i++) {
        workers[i] = fork();
        if (workers[i] == 0) _exit(worker((unsigned)i + 1, until));
    }
    for (i = 0; i < WORKERS; i++) {
        CHECK_INT(waitpid(workers[i], &status, 0), workers[i]);
        CHECK_INT(status, 0);
    }
    check_tables();
    CHECK(ask(server, "SELECT sum(delivered)::bigint FROM t.akolhook_counters") > 0);
}
static void test_workers(void) { run_workers(NULL); }
/* Roles whose transactions would be of another kind. */
static void test_isolation(void) {
    static const char *const kinds[] = {"serializable", "repeatable read"};
    char sql[120];
    size_t i;
    for (i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql, "ALTER ROLE CURRENT_USER SET default_transaction_isolation = '%s'",
                kinds[i]);
        must(sql);
        run_workers(NULL);
    }
    must("ALTER ROLE CURRENT_USER RESET default_transaction_isolation");
}
/* Behind a pooler that gives each transaction another session, with more clients than sessions. */
static void test_pooler(void) {
    char command[2400], dir[100] = "", where[200];
    int i, ready = 0;
    sscanf(server, "host=%99s", dir);
    snprintf(command, sizeof command,
            "d=%s; cd / && b=$(command -v pgbouncer || command -v /usr/sbin/pgbouncer) || exit 3; mkdir -p "
            "$d/pool &&"
            " printf '%%s\n' '[databases]' \"* = host=$d user=akolhook\" '[pgbouncer]' listen_addr= "
            "unix_socket_dir=$d/pool listen_port=6432"
            " auth_type=any pool_mode=transaction default_pool_size=3 logfile=$d/pool/log "
            "pidfile=$d/pool/pid >$d/pool/ini && as=;"
            " [ $(id -u) = 0 ] && chown -R postgres $d/pool && as='setpriv --reuid=postgres --regid=postgres "
            "--clear-groups';"
            " $as $b -d $d/pool/ini >/dev/null 2>&1 </dev/null",
            dir);
    i = system(command);
    if (i >> 8 == 3) {
        printf("skipped: pgbouncer is missing\n");
        return;
    }
    CHECK_INT(i, 0);
    snprintf(where, sizeof where, "host=%s/pool port=6432 user=akolhook dbname=postgres", dir);
    for (i = 0; i < 100 && !ready; i++) {
        PGconn *db = PQconnectdb(where);
        ready = PQstatus(db) == CONNECTION_OK;
        if (!ready && i == 99) printf("%s", PQerrorMessage(db));
        PQfinish(db);
        if (!ready) rest(100);
    }
    CHECK(ready);
    if (ready) run_workers(where);
    snprintf(command, sizeof command, "kill $(cat %s/pool/pid)", dir);
    CHECK_INT(system(command), 0);
}

/* The database's clock judges leases; two stores take no delivery twice; a late outcome does not count. */
static void test_lease_runs_out(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_rules rules = {15, 20, 1, 1, 1};
    akolhook_store_claim first[4], second[4];
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_postgres *other;
    size_t count;
    limits.lease_ms = 4000;
    limits.per_webhook = 4;
    limits.slow = limits.failing = 4;
    suite_begin();
    pg_fresh();
    pg = pg_open(0, 0);
    desc.store = akolhook_postgres_store(pg);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    emit();
    other = pg_open(1, 0);
    CHECK_STATUS(pg->store.claim_fn(pg, &limits, first, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(other->store.claim_fn(other, &limits, second, 4, &count), OK);
    CHECK_INT(count, 0);
    rest(4200);
    limits.lease_ms = 60000;
    CHECK_STATUS(other->store.claim_fn(other, &limits, second, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK(first[0].number == second[0].number && strcmp(first[0].message_id, second[0].message_id) == 0);
    o.number = first[0].number;
    o.lease = first[0].lease;
    o.handle = first[0].handle;
    o.retry_after_s = -1;
    CHECK_STATUS(pg->store.settle_fn(pg, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST);
    o.number = second[0].number;
    o.lease = second[0].lease;
    o.handle = second[0].handle;
    CHECK_STATUS(other->store.settle_fn(other, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, OK);
    check_tables();
    akolhook_postgres_close(other);
    suite_end();
}

/* A webhook that another transaction puts behind the others while a claim reads them comes as it is then, and
   so again where the claim looks further: it counts once. The turns are read through a view that waits. */
static void change_of_turn(void) {
    static const char slept[] = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    PGconn *db = PQconnectdb(server);
    int64_t until = real_ms() + PATIENCE_MS;
    long asleep = 0;
    while (asleep != 1 && real_ms() < until) {
        PGresult *result = PQexec(db, slept);
        asleep = atol(PQgetvalue(result, 0, 0));
        PQclear(result);
        rest(5);
    }
    PQclear(PQexec(db, "BEGIN; UPDATE t.turns_kept SET turn = 1000000 WHERE webhook ="
                       " (SELECT min(webhook) FROM t.turns_kept); DELETE FROM t.waits; COMMIT"));
    PQfinish(db);
}
static void test_claim_beside_change(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_rules rules = {15, 20, 1, 1, 1};
    akolhook_store_claim claims[8];
    akolhook_store_outcome outcomes[8];
    size_t count, i, k, doubled = 0;
    pid_t child;
    limits.lease_ms = 60000;
    limits.per_webhook = 4;
    limits.slow = limits.failing = 8;
    suite_begin();
    pg_fresh();
    pg = pg_open(0, 0);
    desc.store = akolhook_postgres_store(pg);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    for (i = 0; i < 5; i++) emit();
    create("https://b.example/");
    create("https://c.example/");
    create("https://d.example/");
    emit();
    must("CREATE TABLE t.waits (n int); INSERT INTO t.waits VALUES (1);"
         " ALTER TABLE t.akolhook_turns RENAME TO turns_kept;"
         " CREATE FUNCTION t.waits() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
         " WHILE EXISTS (SELECT 1 FROM t.waits) LOOP PERFORM pg_sleep(0.05); END LOOP;"
         " RETURN true; END $$;"
         " CREATE VIEW t.akolhook_turns AS SELECT * FROM t.turns_kept WHERE webhook > 0 AND t.waits()");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        change_of_turn();
        _exit(0);
    }

    /* of the first 4 of its 6, and one of each of the others */
    CHECK_STATUS(pg->store.claim_fn(pg, &limits, claims, 8, &count), OK);
    CHECK_INT(waitpid(child, NULL, 0), child);
    CHECK_INT(ask(server, "SELECT count(*) FROM t.turns_kept WHERE turn >= 1000000"), 1);
    CHECK_INT(count, 7);
    for (i = 0; i < count && !check_bad; i++)
        for (k = 0; k < i; k++) doubled += claims[i].number == claims[k].number;
    CHECK_INT(doubled, 0);
    CHECK_INT(ask(server, "SELECT last_value FROM t.akolhook_leases"), 1); /* right the first time */
    CHECK_INT(ask(server, "SELECT in_flight FROM t.turns_kept WHERE capped = 1"), 4);
    for (i = 0; i < count; i++) {
        memset(&outcomes[i], 0, sizeof outcomes[i]);
        outcomes[i].number = claims[i].number;
        outcomes[i].lease = claims[i].lease;
        outcomes[i].handle = claims[i].handle;
        outcomes[i].retry_after_s = -1;
    }
    CHECK_STATUS(pg->store.settle_fn(pg, &rules, outcomes, count), OK);
    CHECK_INT(ask(server, "SELECT count(*) FROM t.turns_kept WHERE ready = 1 OR ready_at > 0"), 4);
    suite_end();
}

/* Tables of the layout before become those of this one, whoever opens them first; a hub of the version before
   is told. */
static void test_layout_before(void) {
    pid_t child;
    int status = -1;
    suite_begin();
    w.now = START_MS + 2 * MINUTE;
    pg_fresh();
    must(layout_text("postgres_1.sql"));
    fflush(stdout);
    child = fork();
    if (child == 0) _exit(akolhook_postgres_error(pg_open(1, 1))[0] != 0);
    pg = pg_open(0, 1);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    CHECK_INT(ask(server, "SELECT akolhook_layout FROM t.akolhook_meta"), 2);
    desc.store = akolhook_postgres_store(pg);
    desc.max_webhooks = 40;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    check_moved();
    suite_end();

    /* what cannot be changed stays as it is */
    pg_fresh();
    must(layout_text("postgres_1.sql"));
    must("ALTER TABLE t.akolhook_log DROP COLUMN at");
    CHECK_STATUS(open_status(server, "t", sizeof pg_memory[1]), STORE_FAILED);
    CHECK_INT(ask(server, "SELECT akolhook_layout FROM t.akolhook_meta"), 1);
    CHECK_INT(ask(server, "SELECT count(*) FROM pg_attribute WHERE attrelid = 't.akolhook_turns'::regclass"
                          " AND attname = 'inactive_at'"),
            0);
}
/* Another process that was quiet has counted nothing twice; neither does one that begins. */
static void test_clock_shared(void) {
    akolhook_postgres *other;
    akolhook_webhook hook;
    int64_t age;
    suite_start();
    other = pg_open(1, 1);
    hook = create("https://a.example/");
    two_clocks(&pg->store, &other->store, hook.id);
    akolhook_postgres_close(other);
    age = two_age(&pg->store, hook.id);
    w.now += HOUR;
    other = pg_open(1, 1);
    CHECK_INT(two_age(&other->store, hook.id), age + HOUR);
    CHECK_INT(two_age(&pg->store, hook.id), age + HOUR);
    akolhook_postgres_close(other);
    suite_end();
}

/* emit decides in SQL when a webhook is ready; akolhook_hub_ready_at says the same. */
static void test_ready_at(void) {
    static const int spans[] = {-2000, 0, 1, 1500};
    akolhook_store_health health;
    char sql[400];
    int i;
    own_start();
    create("https://a.example/");
    for (i = 0; i < 64; i++) {
        int64_t allowed_us, at, expected;
        memset(&health, 0, sizeof health);
        health.backoff_until = pg->now + spans[i % 4];
        health.retry_until = pg->now + spans[i / 4 % 4];
        allowed_us = (pg->now + spans[i / 16]) * 1000 - i % 3;
        snprintf(sql, sizeof sql,
                "DELETE FROM t.akolhook_deliveries; UPDATE t.akolhook_turns SET ready = 0, ready_at = 0, "
                "queued = 0,"
                " backoff_until = %lld, retry_until = %lld, allowed_us = %lld",
                (long long)health.backoff_until, (long long)health.retry_until, (long long)allowed_us);
        must(sql);
        emit();
        expected = akolhook_hub_ready_at(&health, pg->now, 0, allowed_us);
        at = (int64_t)ask(server, "SELECT ready_at FROM t.akolhook_turns");
        CHECK_INT(at, expected);
        CHECK_INT(ask(server, "SELECT ready FROM t.akolhook_turns"), expected <= pg->now);
    }
    suite_end();
}

/* ---- plans: at 100,000 rows of each table, with LONG=1 at 1,000,000 ---- */

static char plan[20000];
static const char *plan_of(const char *sql, int params) {
    PGresult *r;
    char command[400] = "EXPLAIN (COSTS OFF) EXECUTE p";
    int i;
    PQclear(PQexec(pg->db, pg->begin));
    r = PQprepare(pg->db, "p", sql, 0, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) printf("%s: %s", sql, PQerrorMessage(pg->db));
    CHECK(PQresultStatus(r) == PGRES_COMMAND_OK);
    PQclear(r);
    if (params < 0) {
        r = PQdescribePrepared(pg->db, "p");
        params = PQnparams(r);
        PQclear(r);
    }
    for (i = 0; i < params; i++) strcat(command, i ? ", NULL" : "(NULL");
    if (params) strcat(command, ")");
    r = PQexec(pg->db, command);
    CHECK(PQresultStatus(r) == PGRES_TUPLES_OK);
    plan[0] = 0;
    for (i = 0; i < PQntuples(r); i++) {
        strcat(plan, PQgetvalue(r, i, 0));
        strcat(plan, "\n");
    }
    PQclear(r);
    PQclear(PQexec(pg->db, "ROLLBACK"));
    PQclear(PQexec(pg->db, "DEALLOCATE p"));
    return plan;
}
static const char *const statements[] = {
#define SQL(name, sql) sql,
        AKOLHOOK_POSTGRES_I_STATEMENTS(SQL)
#undef SQL
};
static const char *const statement_names[] = {
#define NAME(name, sql) #name,
        AKOLHOOK_POSTGRES_I_STATEMENTS(NAME)
#undef NAME
};
/* Nothing that runs often reads a table through or sorts what it may find by an index. */
static void check_plans(const char *stage, int is_full) {
    static const struct {
        int which;
        const char *has;
    } expected[] = {{AKOLHOOK_POSTGRES_I_WAKE, "akolhook_turns_wait"},
            {AKOLHOOK_POSTGRES_I_WAKE, "akolhook_deliveries_lease"},
            {AKOLHOOK_POSTGRES_I_LATE, "akolhook_deliveries_lease"},
            {AKOLHOOK_POSTGRES_I_READY, "akolhook_turns_ready"},
            {AKOLHOOK_POSTGRES_I_HEADS, "akolhook_deliveries_due"},
            {AKOLHOOK_POSTGRES_I_DUES, "akolhook_deliveries_due"},
            {AKOLHOOK_POSTGRES_I_JOBS, "akolhook_deliveries_pkey"},
            {AKOLHOOK_POSTGRES_I_CUT, "akolhook_deliveries_age"},
            {AKOLHOOK_POSTGRES_I_DUE, "akolhook_turns_ready"},
            {AKOLHOOK_POSTGRES_I_DUE, "akolhook_turns_wait"},
            {AKOLHOOK_POSTGRES_I_DUE, "akolhook_deliveries_lease"},
            {AKOLHOOK_POSTGRES_I_LOCK, "akolhook_turns_pkey"},
            {AKOLHOOK_POSTGRES_I_TURNS, "akolhook_turns_pkey"},
            {AKOLHOOK_POSTGRES_I_PLACES, "akolhook_turns_pkey"},
            {AKOLHOOK_POSTGRES_I_COUNTERS, "akolhook_counters_pkey"},
            {AKOLHOOK_POSTGRES_I_ROWS, "akolhook_log_pkey"},
            {AKOLHOOK_POSTGRES_I_LEASE, "akolhook_deliveries_pkey"},
            {AKOLHOOK_POSTGRES_I_BACK, "akolhook_deliveries_pkey"},
            {AKOLHOOK_POSTGRES_I_END, "akolhook_deliveries_pkey"},
            {AKOLHOOK_POSTGRES_I_BODIES, "akolhook_events_pkey"},
            {AKOLHOOK_POSTGRES_I_CONFIG, "akolhook_webhooks_pkey"},
            {AKOLHOOK_POSTGRES_I_KEYS_GET, "akolhook_keys_pkey"},
            {AKOLHOOK_POSTGRES_I_KEYS_END, "akolhook_keys_at"},
            {AKOLHOOK_POSTGRES_I_OLD_LOOK, "akolhook_events_pkey"},
            {AKOLHOOK_POSTGRES_I_OLD_LOCK, "akolhook_events_pkey"},
            {AKOLHOOK_POSTGRES_I_OLD_LOCK, "akolhook_deliveries_event"},
            {AKOLHOOK_POSTGRES_I_OLD_END, "akolhook_deliveries_event"},
            {AKOLHOOK_POSTGRES_I_OWNER, "akolhook_log_delivery"},
            {AKOLHOOK_POSTGRES_I_ENDED, "akolhook_log_delivery"},
            {AKOLHOOK_POSTGRES_I_WAITING_OF, "akolhook_deliveries_age"},
            {AKOLHOOK_POSTGRES_I_GET, "akolhook_webhooks_id_key"},
            {AKOLHOOK_POSTGRES_I_GET, "akolhook_deliveries_due"},
            {AKOLHOOK_POSTGRES_I_GET, "akolhook_deliveries_age"},
            {AKOLHOOK_POSTGRES_I_CLASH, "akolhook_webhooks_url_idx"},
            {AKOLHOOK_POSTGRES_I_CUTTING, "akolhook_turns_cut"},
            {AKOLHOOK_POSTGRES_I_LIST_FAILING, "akolhook_turns_failing"},
            {AKOLHOOK_POSTGRES_I_LIST_FAILING, "akolhook_webhooks_pkey"},
            {AKOLHOOK_POSTGRES_I_EMIT, "akolhook_turns_pkey"},
            {AKOLHOOK_POSTGRES_I_GONE, "akolhook_deliveries_age"},
            {AKOLHOOK_POSTGRES_I_GONE, "akolhook_log_pkey"},
            {AKOLHOOK_POSTGRES_I_LATENCY_OF, "akolhook_latency_pkey"},
            {AKOLHOOK_POSTGRES_I_STATS_OF, "akolhook_counters_pkey"},
            {AKOLHOOK_POSTGRES_I_FAILED, "akolhook_log_pkey"}};
    static const char *const big[] = {"deliveries", "log", "events", "keys"};
    char bad[60];
    size_t i, k;
    for (i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        char *sql = akolhook_postgres_i_expand(pg, statements[i]);
        plan_of(sql, -1);
        free(sql);
        for (k = 0; k < sizeof expected / sizeof expected[0]; k++)
            if (is_full && expected[k].which == (int)i && !strstr(plan, expected[k].has)) {
                printf("%s, %s: no %s in\n%s", stage, statement_names[i], expected[k].has, plan);
                check_bad++;
            }
        for (k = 0; k < 4 && i != AKOLHOOK_POSTGRES_I_GAUGES; k++) {
            snprintf(bad, sizeof bad, "Seq Scan on akolhook_%s", big[k]);
            if (!strstr(plan, bad)) continue;
            printf("%s, %s:\n%s", stage, statement_names[i], plan);
            check_bad++;
        }
    }
}
static void check_log_plan(const akolhook_log_query *q, int64_t webhook, const char *has) {
    akolhook_postgres_i_page page;
    char sql[3][2400], *text;
    size_t i;
    akolhook_postgres_i_page_init(&page, q, webhook);
    akolhook_postgres_i_log_sql(pg, &page, 50, sql[0], sizeof sql[0]);
    akolhook_postgres_i_last_sql(&page, sql[1], sizeof sql[1]);
    page.cursor = 90000;
    page.floor = 80000;
    akolhook_postgres_i_log_sql(pg, &page, 50, sql[2], sizeof sql[2]);
    for (i = 0; i < 3; i++) {
        text = akolhook_postgres_i_expand(pg, sql[i]);
        plan_of(text, -1);
        free(text);
        if (strstr(plan, has) && !strstr(plan, "Seq Scan on akolhook_log") && !strstr(plan, "Sort")) continue;
        printf("%s: no %s, or a sort, in\n%s", sql[i], has, plan);
        check_bad++;
    }
}
static void test_plans(void) {
    akolhook_log_query q;
    char sql[1200];
    long n = getenv("LONG") ? 1000000 : 100000;
    size_t count;
    akolhook_webhook hook;
    own_start();
    hook = create("https://a.example/");
    check_plans("empty", 0);
    must("ANALYZE");
    check_plans("analyzed when empty", 0);
    must("WITH w AS (INSERT INTO t.akolhook_webhooks (id, name, url, headers, secret, created_at, deadline) "
         "SELECT 'whk_' || i, '',"
         " ('https://x' || i)::bytea, '', '', 1, 0 FROM generate_series(1, 2000) i RETURNING number), c AS "
         "(INSERT INTO t.akolhook_counters"
         " (webhook) SELECT number FROM w) INSERT INTO t.akolhook_turns (webhook, active) SELECT number, 0 "
         "FROM w");
    must("INSERT INTO t.akolhook_latency SELECT w, b, 1 FROM generate_series(1, 2000) w, generate_series(1, "
         "8) b");
    snprintf(sql, sizeof sql,
            "INSERT INTO t.akolhook_events SELECT i, 'msg_' || lpad(i::text, 24, '0'), 2, 'h', 't', 1 FROM "
            "generate_series("
            "1000000000, 1000000000 + %ld) i",
            n);
    must(sql);
    snprintf(sql, sizeof sql,
            "INSERT INTO t.akolhook_deliveries (webhook, event, due, created, is_test) SELECT 1 + i %% 2, "
            "1000000000 + i,"
            " %lld + i, %lld, 0 FROM generate_series(1, %ld) i",
            (long long)pg->now, (long long)pg->now, n);
    must(sql);
    snprintf(sql, sizeof sql,
            "INSERT INTO t.akolhook_log (webhook, position, delivery, event, at, state, success, code, "
            "status, is_test, stored,"
            " message_id, peer, response) SELECT 2, i, i, 2, i, CASE WHEN i %% 1000 = 0 THEN 3 ELSE 2 END, "
            "(i %% 1000 <> 0)::int, 200, 0,"
            " (i %% 1001 = 0)::int, 0, 'msg_' || lpad(i::text, 24, '0'), '', '' FROM generate_series(1, %ld) "
            "i",
            n);
    must(sql);
    snprintf(sql, sizeof sql,
            "INSERT INTO t.akolhook_keys SELECT i::text::bytea, '', '', i FROM generate_series(1, %ld) i", n);
    must(sql);
    check_plans("full, not analyzed", 1);
    must("ANALYZE");
    check_plans("full", 1);

    memset(&q, 0, sizeof q);
    check_log_plan(&q, 0, "akolhook_log_sequence");
    check_log_plan(&q, 2, "akolhook_log_pkey");
    q.number = 7;
    check_log_plan(&q, 0, "akolhook_log_delivery");
    check_log_plan(&q, 2, "akolhook_log_delivery");
    memset(&q, 0, sizeof q);
    q.message_id = akolhook_str_c("msg_000000000000000000000007");
    check_log_plan(&q, 0, "akolhook_log_message");
    memset(&q, 0, sizeof q);
    q.only_failed = 1;
    check_log_plan(&q, 0, "akolhook_log_failed");
    memset(&q, 0, sizeof q);
    q.only_tests = 1;
    check_log_plan(&q, 0, "akolhook_log_tests");
    memset(&q, 0, sizeof q);
    q.events = (akolhook_events)1 << 15;
    check_log_plan(&q, 0, "akolhook_log_event");
    check_log_plan(&q, 2, "akolhook_log_pkey");
    q.since_ms = 1;
    {
        char *text;
        akolhook_postgres_i_time_sql(&q, sql, sizeof sql);
        text = akolhook_postgres_i_expand(pg, sql);
        CHECK(strstr(plan_of(text, -1), "akolhook_log_at") && !strstr(plan, "Sort"));
        free(text);
    }

    /* what an operator does beside it; half of the rows are more than the default lets wait */
    pg->desc.max_queue = (uint32_t)n;
    must("UPDATE t.akolhook_turns SET queued = (SELECT count(*) FROM t.akolhook_deliveries WHERE webhook = "
         "1), ready = 1 WHERE webhook = 1");
    emit();
    run();
    CHECK(w.count > 0);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, NULL, 0, &count), OK);
    suite_end();
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    server = argv[1];
    suite_run();
    RUN(suite_twin);
    RUN(test_session);
    RUN(test_breaks_within);
    RUN(test_server);
    RUN(test_hangs);
    RUN(test_encodings);
    RUN(test_layouts);
    RUN(test_workers);
    RUN(test_isolation);
    RUN(test_pooler);
    RUN(test_lease_runs_out);
    RUN(test_claim_beside_change);
    RUN(test_layout_before);
    RUN(test_clock_shared);
    RUN(test_ready_at);
    RUN(test_plans);
    return check_end();
}
