/* What one store costs, without a hub and a network: hub.sh builds and runs it.

   hub_store memory|journal|sqlite|postgres PLACE SHORT
       PLACE: a directory that may be written to, for postgres a server's conninfo
       SHORT: 1 for a tenth of the rows

   Claims and settles beside one dead webhook with many retries that wait, and among few and many webhooks
   that are due; an event for 10,000 webhooks; setting a webhook inactive; pages of the log; events a second
   that are synced. Medians, in one process. The store's clock stands still. */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#ifdef HAVE_SQLITE
#include "akolhook_sqlite.h"
#endif
#ifdef HAVE_POSTGRES
#include "akolhook_postgres.h"
#endif
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CLAIMED = 64, MOST = 200, MANY = 10000, ROUNDS = 5, MOST_TIMES = 400, HEALTHY = 8 };

static int kind; /* the first letter of the store's name */
static const char *place;
static long million = 1000000;
static const akolhook_store *store;
static akolhook_store made;
static void *memory;
static int64_t now_ms = INT64_C(1767225600000);

static void broken(const char *what, const char *why) {
    fprintf(stderr, "hub_store: %s: %s\n", what, why);
    exit(1);
}
static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_size);
    return values[count / 2];
}

/* ---- stores ---- */

static int64_t still(void *user) {
    (void)user;
    return now_ms;
}
static akolhook_platform clocks;
static char path[300];

static akolhook_journal_posix file;
static akolhook_journal journal;
static int no_sync(void *user) {
    (void)user;
    return 0;
}
#ifdef HAVE_SQLITE
static akolhook_sqlite *lite;
static unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
#endif
#ifdef HAVE_POSTGRES
static akolhook_postgres *pg;
static unsigned char pg_memory[AKOLHOOK_POSTGRES_SIZE];
#endif

static void must(akolhook_status status, const char *what) {
    const char *why = akolhook_status_name(status);
    if (status == AKOLHOOK_OK) return;
#ifdef HAVE_SQLITE
    if (kind == 's' && akolhook_sqlite_error(lite)[0]) why = akolhook_sqlite_error(lite);
#endif
#ifdef HAVE_POSTGRES
    if (kind == 'p' && akolhook_postgres_error(pg)[0]) why = akolhook_postgres_error(pg);
#endif
    broken(what, why);
}

static void memory_desc(akolhook_memory_desc *desc, uint32_t webhooks, long pending) {
    memset(desc, 0, sizeof *desc);
    desc->max_webhooks = webhooks;
    desc->max_pending = (uint32_t)(pending * 4 + 4 * (long)webhooks + 40000);
    desc->log_rows = 8;
    desc->pool_bytes = (uint32_t)(desc->max_pending * 144UL + webhooks * 512UL + (64UL << 20));
    desc->now_ms_fn = still;
}
static void sql(const char *text) {
#ifdef HAVE_SQLITE
    char *error = NULL;
    if (kind == 's' && sqlite3_exec(akolhook_sqlite_db(lite), text, NULL, NULL, &error) != SQLITE_OK)
        broken(text, error);
#endif
#ifdef HAVE_POSTGRES
    PGresult *r = kind == 'p' ? PQexec(akolhook_postgres_db(pg), text) : NULL;
    if (r && PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        broken(text, PQerrorMessage(akolhook_postgres_db(pg)));
    PQclear(r);
#endif
    (void)text;
}

/* pending: deliveries that one webhook may have waiting. synced: as it is in earnest, else the disk is left
   out of what is compared. */
static void open_memory(uint32_t webhooks, long pending, int synced) {
    akolhook_journal_desc desc = AKOLHOOK_INIT;
    size_t size;
    memory_desc(&desc.memory, webhooks, pending);
    if (kind == 'm') {
        size = akolhook_memory_size(&desc.memory);
        memory = malloc(size ? size : 1);
        must(akolhook_memory_init(&made, memory, size, &desc.memory), "memory");
        return;
    }
    snprintf(path, sizeof path, "%s/bench.journal", place);
    remove(path);
    must(akolhook_journal_posix_open(&file, path), "journal file");
    if (!synced) file.file.sync_fn = no_sync;
    desc.file = &file.file;
    size = akolhook_journal_size(&desc);
    memory = malloc(size ? size : 1);
    must(akolhook_journal_open(&journal, &made, memory, size, &desc), "journal");
}
static void open_store(uint32_t webhooks, long pending, long log_rows, int synced) {
    clocks.monotonic_ms_fn = clocks.unix_ms_fn = still;
    store = &made;
    if (kind == 'm' || kind == 'j') open_memory(webhooks, pending, synced);
#ifdef HAVE_SQLITE
    if (kind == 's') {
        akolhook_sqlite_desc desc = AKOLHOOK_INIT;
        snprintf(path, sizeof path, "rm -f %s/bench.db*", place);
        if (system(path)) broken("rm", place);
        snprintf(path, sizeof path, "%s/bench.db", place);
        desc.path = path;
        desc.log_rows = (uint32_t)log_rows;
        desc.platform = &clocks;
        must(akolhook_sqlite_open(&lite, lite_memory, sizeof lite_memory, &desc), "SQLite");
        store = akolhook_sqlite_store(lite);
        if (!synced) sql("PRAGMA synchronous = OFF");
    }
#endif
#ifdef HAVE_POSTGRES
    if (kind == 'p') {
        akolhook_postgres_desc desc = AKOLHOOK_INIT;
        PGconn *db = PQconnectdb(place);
        PQclear(PQexec(db, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS bench CASCADE"));
        PQfinish(db);
        desc.conninfo = place;
        desc.schema = "bench";
        desc.log_rows = log_rows < 100000 ? (uint32_t)log_rows : 100000;
        desc.max_queue = 100000000;
        desc.platform = &clocks;
        must(akolhook_postgres_open(&pg, pg_memory, sizeof pg_memory, &desc), "PostgreSQL");
        store = akolhook_postgres_store(pg);
    }
#endif
    must(store->bind_fn(store->user, akolhook_str_c("biz_bench")), "bind");
}
static void close_store(void) {
    if (kind == 'j') {
        akolhook_journal_close(&journal);
        akolhook_journal_posix_close(&file);
        remove(path);
    }
#ifdef HAVE_SQLITE
    if (kind == 's') akolhook_sqlite_close(lite);
#endif
#ifdef HAVE_POSTGRES
    if (kind == 'p') akolhook_postgres_close(pg);
#endif
    free(memory);
    memory = NULL;
}

/* ---- what is in it ---- */

static const akolhook_event FOR_DEAD = (akolhook_event)1, FOR_OTHERS = (akolhook_event)2;

static const char *hook_id(long n) {
    static char id[AKOLHOOK_ID_SIZE];
    snprintf(id, sizeof id, "whk_%024ld", n);
    return id;
}
static void put(long n, akolhook_event event) {
    akolhook_store_webhook w = AKOLHOOK_INIT;
    char url[60];
    memcpy(w.id, hook_id(n), sizeof w.id);
    snprintf(url, sizeof url, "https://h%ld.example/", n);
    w.name = akolhook_str_c("n");
    w.url = akolhook_str_c(url);
    strcpy(w.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    w.events = (akolhook_events)1 << event;
    w.is_active = 1;
    w.origin = (uint64_t)n;
    must(store->webhook_put_fn(store->user, &w, 1000000), "put");
}
static void emit(akolhook_event event, size_t count) {
    static long n;
    static const char body[] =
            "\",\"data\":{\"callId\":\"call_3f7b2c9e1a\",\"agentId\":\"agt_81c2\",\"direction\":\"inbound\","
            "\"from\":\"+15551234567\",\"to\":\"+15557654321\",\"durationSeconds\":184,"
            "\"outcome\":\"booked\"}}";
    akolhook_store_event events[AKOLHOOK_EMIT_MOST];
    size_t i;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        snprintf(events[i].message_id, sizeof events[i].message_id, "msg_%024ld", ++n);
        events[i].event = event;
        events[i].head = akolhook_str_c(
                event == FOR_DEAD ? "{\"webhookId\":\""
                                  : "{\"event\":\"call.ended\",\"timestamp\":\"2026-04-18T14:23:11.000Z\","
                                    "\"businessId\":\"biz_4Zk81LwQpXr7NcT2vYh9sJdE\",\"webhookId\":\"");
        events[i].tail[0] = akolhook_str_c(event == FOR_DEAD ? "\"}" : body);
        events[i].at_ms = now_ms;
    }
    must(store->enqueue_fn(store->user, events, count), "enqueue");
}
/* Deliveries that wait for webhook 1, which subscribes to FOR_DEAD. */
static void wait_many(long count) {
    char text[1400];
    long i;
    if (kind == 'm' || kind == 'j') {
        for (i = 0; i < count; i += AKOLHOOK_EMIT_MOST)
            emit(FOR_DEAD, count - i < AKOLHOOK_EMIT_MOST ? (size_t)(count - i) : AKOLHOOK_EMIT_MOST);
        return;
    }
    if (kind == 's')
        snprintf(text, sizeof text,
                "BEGIN; UPDATE store SET numbers = numbers + %ld, events = events + 1;"
                "INSERT INTO events VALUES ((SELECT numbers FROM store), 'msg_many', 1, %ld, %lld, 8);"
                "INSERT INTO bodies VALUES ((SELECT numbers FROM store), 'head', 'tail');"
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %ld)"
                " INSERT INTO deliveries (number, webhook, body, due, created)"
                " SELECT numbers - 1 - i, 1, numbers, %lld, %lld FROM n, store;"
                "UPDATE turns SET queued = queued + %ld, ready = 1, ready_at = 0 WHERE webhook = 1; COMMIT",
                count + 1, count, (long long)now_ms, count, (long long)now_ms, (long long)now_ms, count);
    else
        snprintf(text, sizeof text,
                "SET statement_timeout = 0; BEGIN; INSERT INTO bench.akolhook_events SELECT"
                " nextval('bench.akolhook_numbers'), 'msg_many', 1, 'head', 'tail', %lld;"
                "INSERT INTO bench.akolhook_deliveries (webhook, event, due, created, is_test) SELECT 1,"
                " (SELECT number FROM bench.akolhook_events WHERE message_id = 'msg_many'), %lld, %lld, 0"
                " FROM generate_series(1, %ld);"
                "UPDATE bench.akolhook_turns SET queued = queued + %ld, ready = 1, ready_at = 0"
                " WHERE webhook = 1;"
                "COMMIT; VACUUM ANALYZE bench.akolhook_deliveries",
                (long long)now_ms, (long long)now_ms, (long long)now_ms, count, count);
    if (kind == 's') sql(text);
    if (kind == 'p') { /* VACUUM stands alone */
        char *vacuum = strstr(text, "VACUUM");
        vacuum[-2] = 0;
        sql(text);
        sql(vacuum);
    }
}
/* As autovacuum does it by and by. */
static void settle_down(void) {
    if (kind != 'p') return;
    sql("VACUUM ANALYZE");
    sql("CHECKPOINT");
}

/* ---- claim and settle ---- */

static size_t claim(akolhook_store_claim *claims, size_t places) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    size_t count = 0;
    limits.lease_ms = 60000;
    limits.at_ms = now_ms;
    limits.per_webhook = MOST;
    limits.slow = limits.failing = MOST;
    must(store->claim_fn(store->user, &limits, claims, places, &count), "claim");
    return count;
}
static void settle(const akolhook_store_claim *claims, size_t count, int code) {
    static const akolhook_store_rules rules = {10, 15, INT64_C(64800000), 20, INT64_C(86400000)};
    static akolhook_store_outcome outcomes[MOST];
    static akolhook_log_row rows[MOST];
    size_t i;
    memset(outcomes, 0, sizeof outcomes);
    memset(rows, 0, sizeof rows);
    for (i = 0; i < count; i++) {
        outcomes[i].number = claims[i].number;
        outcomes[i].lease = claims[i].lease;
        outcomes[i].handle = claims[i].handle;
        outcomes[i].charged_ms = claims[i].charged_ms;
        outcomes[i].retry_after_s = -1;
        outcomes[i].row = &rows[i];
        rows[i].at_ms = now_ms;
        rows[i].code = code;
        rows[i].success = code == 200;
        rows[i].status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        rows[i].ms = 20;
        rows[i].attempt = claims[i].attempt + 1;
    }
    must(store->settle_fn(store->user, &rules, outcomes, count), "settle");
    for (i = 0; i < count; i++) must(outcomes[i].status, "outcome");
}
/* What a turn of so many places costs. */
typedef struct turn {
    double claim_us, settle_us;
} turn;
static turn turns_of(size_t places, size_t times) {
    static double claims_us[MOST_TIMES], settles_us[MOST_TIMES];
    akolhook_store_claim claims[CLAIMED];
    double from;
    size_t i, count;
    turn t;
    if (kind == 'p') sql("SET synchronous_commit = off");
    for (i = 0; i < times; i++) {
        from = seconds();
        count = claim(claims, places);
        claims_us[i] = (seconds() - from) * 1e6;
        if (count != places) broken("claim", "too few");
        from = seconds();
        settle(claims, count, 200);
        settles_us[i] = (seconds() - from) * 1e6;
    }
    t.claim_us = median(claims_us, times);
    t.settle_us = median(settles_us, times);
    return t;
}

static turn beside_dead(long count) {
    akolhook_store_claim claims[CLAIMED];
    size_t times = kind == 'm' || kind == 'j' ? MOST_TIMES : 100, i, got;
    turn t;
    open_store(64, count, 64, 0);
    put(1, FOR_DEAD);
    wait_many(count);
    for (i = 0; i < 9; i++) { /* it fails until it waits for long */
        got = claim(claims, CLAIMED);
        now_ms += 20;
        settle(claims, got, 500);
        now_ms += 400000;
    }
    now_ms -= 400000;
    for (i = 0; i < HEALTHY; i++) put((long)i + 2, FOR_OTHERS);
    for (i = 0; i < times + 20; i++) emit(FOR_OTHERS, 1);
    settle_down();
    (void)turns_of(HEALTHY, 10);
    t = turns_of(HEALTHY, times);
    close_store();
    return t;
}
static void print_turn(const char *what, long rows, size_t places, turn t) {
    printf("  claim of %2lu %s %9ld: %8.1f us, settle %8.1f us\n", (unsigned long)places, what, rows,
            t.claim_us, t.settle_us);
}
static void print_ratio(const char *what, turn few, turn many) {
    printf("  %s: claim %.2f, settle %.2f of the smaller one (at most 1.5 is the aim)\n", what,
            many.claim_us / few.claim_us, many.settle_us / few.settle_us);
}
static void bench_dead(void) {
    turn few = beside_dead(1000), many = beside_dead(million);
    print_turn("beside retries of a dead one,", 1000, HEALTHY, few);
    print_turn("beside retries of a dead one,", million, HEALTHY, many);
    print_ratio("beside a dead one", few, many);
}

static turn among_due(long webhooks, size_t places) {
    size_t times = kind == 'm' || kind == 'j' ? 120 : 60, i;
    size_t each = (places * (times + 10)) / (size_t)webhooks + 2;
    turn t;
    open_store((uint32_t)webhooks, (long)each * webhooks, 64, 0);
    for (i = 0; i < (size_t)webhooks; i++) put((long)i + 1, FOR_OTHERS);
    for (i = 0; i < each; i++) emit(FOR_OTHERS, 1);
    settle_down();
    (void)turns_of(places, 10);
    t = turns_of(places, times);
    close_store();
    return t;
}
static void bench_due(void) {
    static const size_t places[2] = {HEALTHY, CLAIMED};
    size_t i;
    for (i = 0; i < 2; i++) {
        turn few = among_due(10, places[i]), many = among_due(MANY, places[i]);
        print_turn("among webhooks that are due,", 10, places[i], few);
        print_turn("among webhooks that are due,", MANY, places[i], many);
        print_ratio("among many", few, many);
    }
}

/* Deliveries a second of claim and settle alone, the way that job queues are measured: a webhook for each of
   ten events, so that an emit makes one delivery. */
static void bench_pairs(size_t batch) {
    static akolhook_store_claim claims[MOST];
    long jobs = million / 50, left;
    double rates[ROUNDS], from;
    size_t i, k, count;
    open_store(64, jobs * 2, 64, 1);
    for (i = 0; i < 10; i++) put((long)i + 1, (akolhook_event)(i + 1));
    for (i = 0; i < ROUNDS; i++) {
        for (k = 0; k < (size_t)jobs; k += AKOLHOOK_EMIT_MOST)
            emit((akolhook_event)(k / AKOLHOOK_EMIT_MOST % 10 + 1), AKOLHOOK_EMIT_MOST);
        from = seconds();
        for (left = jobs; left > 0; left -= (long)count) {
            count = claim(claims, batch);
            if (!count) break;
            settle(claims, count, 200);
        }
        rates[i] = (double)jobs / (seconds() - from);
    }
    printf("  claim and settle alone, in batches of %lu: %.0f deliveries/s (median of %d)\n",
            (unsigned long)batch, median(rates, ROUNDS), ROUNDS);
    close_store();
}

/* ---- the rest ---- */

static void bench_emit(void) {
    const double aim = kind == 'm' ? 1 : kind == 's' ? 50 : kind == 'p' ? 250 : 0;
    double idle, queued[ROUNDS], from;
    size_t i;
    open_store(MANY, MANY * (ROUNDS + 1), 64, 1);
    for (i = 0; i < MANY; i++) put((long)i + 1, FOR_OTHERS);
    settle_down();
    from = seconds();
    emit(FOR_OTHERS, 1);
    idle = (seconds() - from) * 1e3;
    for (i = 0; i < ROUNDS; i++) {
        from = seconds();
        emit(FOR_OTHERS, 1);
        queued[i] = (seconds() - from) * 1e3;
    }
    printf("  emit to %d webhooks: idle %.2f ms, queued %.2f ms (median of %d)", MANY, idle,
            median(queued, ROUNDS), ROUNDS);
    if (aim > 0) printf(" (%.0f ms is the aim)", aim);
    printf("\n");
    close_store();
}
static void bench_deactivation(void) {
    long count;
    for (count = million / 1000; count <= million / 10; count *= 10) {
        akolhook_store_webhook w = AKOLHOOK_INIT;
        akolhook_store_tending tending = AKOLHOOK_INIT;
        double from, first, worst = 0, all, step;
        int changed = 0;
        long steps = 0;
        open_store(64, count, 64, 0);
        put(1, FOR_DEAD);
        wait_many(count);
        memcpy(w.id, hook_id(1), sizeof w.id);
        from = seconds();
        must(store->webhook_set_fn(store->user, &w, AKOLHOOK_STORE_ACTIVE, now_ms, &changed), "set inactive");
        first = seconds() - from;
        tending.events_ms = -1;
        tending.keys_ms = 86400000;
        tending.at_ms = now_ms;
        for (tending.more = 1; tending.more; steps++) {
            step = seconds();
            must(store->tend_fn(store->user, &tending), "tend");
            step = seconds() - step;
            if (step > worst) worst = step;
        }
        all = seconds() - from;
        printf("  deactivation of %7ld waiting: call %.2f ms, %ld steps of at most %.2f ms, %.1f us each"
               " delivery\n",
                count, first * 1e3, steps, worst * 1e3, all * 1e6 / (double)count);
        close_store();
    }
}
static void log_fill(void) {
    char text[2000];
    if (kind == 's')
        snprintf(text, sizeof text,
                "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %ld)"
                " INSERT INTO log SELECT i, 1 + i %% 100, i / 2, i / 200, printf('msg_%%024d', i / 200), 3,"
                " %lld"
                " + i, 1, 2, 0, 200, 1, 0, 0, 0, 0, 0, 20, 1, 1, 1, 1, '', 'response', 0 FROM n;"
                "UPDATE store SET sequence = %ld; COMMIT; ANALYZE",
                million, (long long)now_ms, million);
    else
        snprintf(text, sizeof text,
                "SET statement_timeout = 0; INSERT INTO bench.akolhook_log (webhook, position, delivery,"
                " event, at, attempt, state, code, success, stored, message_id, peer, response)"
                " SELECT 1 + i %% 100, 1 + i / 100, i / 2, 3, %lld + i, 1, 2, 200, 1, i / 200,"
                " 'msg_' || lpad((i / 200)::text, 24, '0'), '', 'response' FROM generate_series(1, %ld) i;"
                "UPDATE bench.akolhook_turns SET logged = 1 + %ld / 100",
                (long long)now_ms, million, million);
    sql(text);
    settle_down();
}
static void bench_log(void) {
    static const char *const names[] = {"one webhook", "one delivery", "one message", "all"};
    static akolhook_log_row rows[100];
    double ms[21], from;
    size_t i, k, count, size;
    uint64_t next;
    if (kind != 's' && kind != 'p') return;
    open_store(100, 10, million, 0);
    for (i = 1; i <= 100; i++) put((long)i, FOR_OTHERS);
    log_fill();
    for (size = 20; size <= 100; size += 80) {
        printf("  log at %ld rows, page of %lu:", million, (unsigned long)size);
        for (i = 0; i < 4; i++) {
            akolhook_log_query q = AKOLHOOK_INIT;
            char message[AKOLHOOK_ID_SIZE];
            snprintf(message, sizeof message, "msg_%024ld", million / 400);
            if (i == 0) q.webhook_id = akolhook_str_c(hook_id(7));
            if (i == 1) q.number = (uint64_t)million / 4;
            if (i == 2) q.message_id = akolhook_str_c(message);
            for (k = 0; k < 21; k++) {
                from = seconds();
                must(store->log_fn(store->user, &q, rows, size, &count, &next), "log");
                ms[k] = (seconds() - from) * 1e3;
                if (!count) broken("log", "no rows");
            }
            printf(" %s %.2f ms%s", names[i], median(ms, 21), i < 3 ? "," : "");
        }
        printf("%s\n", kind == 's' ? " (5 ms is the aim)" : "");
    }
    close_store();
}
static void bench_synced(void) {
    size_t i, count = (size_t)million / 500;
    double from;
    open_store(4, (long)count, 64, 1);
    put(1, FOR_OTHERS);
    from = seconds();
    for (i = 0; i < count; i++) emit(FOR_OTHERS, 1);
    printf("  events/s, each synced: %.0f", (double)count / (seconds() - from));
    from = seconds();
    for (i = 0; i < count / AKOLHOOK_EMIT_MOST; i++) emit(FOR_OTHERS, AKOLHOOK_EMIT_MOST);
    printf(", %d in a call: %.0f\n", AKOLHOOK_EMIT_MOST,
            (double)(count / AKOLHOOK_EMIT_MOST * AKOLHOOK_EMIT_MOST) / (seconds() - from));
    close_store();
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: hub_store memory|journal|sqlite|postgres PLACE [SHORT]\n");
        return 2;
    }
    kind = argv[1][0];
    place = argv[2];
    if (argc > 3 && argv[3][0] == '1') million /= 10;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%s\n", argv[1]);
    if (argc > 4) { /* one of them alone, for a profiler */
        if (argv[4][0] == 'd') bench_due();
        if (argv[4][0] == 'b') bench_dead();
        if (argv[4][0] == 'e') bench_emit();
        if (argv[4][0] == 'p') bench_pairs((size_t)atol(argv[4] + 1));
        if (argv[4][0] == 'l') bench_log();
        if (argv[4][0] == 'i') bench_deactivation();
        if (argv[4][0] == 's') bench_synced();
        return 0;
    }
    bench_dead();
    bench_due();
    bench_pairs(CLAIMED);
    if (kind == 'p') bench_pairs(MOST);
    bench_emit();
    bench_deactivation();
    bench_log();
    bench_synced();
    return 0;
}
