/* Claim and settle of a store alone, in batches, without a network: pairs a second. claims.sh builds it and
   starts a server. CPU: of this process and of its server process together, which other load on the machine
   does not change. claims CONNINFO [WEBHOOKS: 10] [BATCH: 64] [SECONDS: 5] [retries of one dead webhook that
   wait: 0] */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_postgres.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MOST 1000

static akolhook_postgres *pg;
static const akolhook_store *s;
static akolhook_store_claim claims[MOST];
static akolhook_store_outcome outcomes[MOST];
static akolhook_log_row rows[MOST];

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
/* CPU seconds of this process and of its server process, where /proc tells. */
static double cpu(void) {
    char name[64], text[1024] = "";
    unsigned long user = 0, system = 0;
    struct timespec t;
    FILE *f;
    const char *at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    snprintf(name, sizeof name, "/proc/%d/stat", PQbackendPID(akolhook_postgres_db(pg)));
    f = fopen(name, "r");
    if (f && !fgets(text, sizeof text, f)) text[0] = 0;
    if (f) fclose(f);
    at = strrchr(text, ')');
    if (at) sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9 +
           (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}
static void must(akolhook_status status, const char *what) {
    if (status == AKOLHOOK_OK) return;
    fprintf(stderr, "claims: %s: %s: %s\n", what, akolhook_status_name(status), akolhook_postgres_error(pg));
    exit(1);
}
static void sql(const char *format, long a, long b) {
    char text[2000];
    PGresult *r;
    snprintf(text, sizeof text, format, a, b);
    r = PQexec(akolhook_postgres_db(pg), text);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        fprintf(stderr, "claims: %s", PQerrorMessage(akolhook_postgres_db(pg)));
        exit(1);
    }
    PQclear(r);
}

static void make_webhooks(long count) {
    akolhook_store_webhook w;
    char url[64];
    long i;
    for (i = 0; i < count; i++) {
        memset(&w, 0, sizeof w);
        snprintf(w.id, sizeof w.id, "whk_%024ld", i);
        snprintf(url, sizeof url, "http://h%ld.example/", i);
        w.name = akolhook_str_c("x");
        w.url = akolhook_str_c(url);
        strcpy(w.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        w.events = AKOLHOOK_EVENTS_ALL;
        w.is_active = 1;
        w.origin = (uint64_t)i;
        must(s->webhook_put_fn(s->user, &w, 1000000), "put");
    }
}
/* Deliveries that are due, spread over the webhooks; and a backlog of the last one, which is in backoff. */
static void fill(long webhooks, long each, long backlog) {
    sql("INSERT INTO akolhook.akolhook_events SELECT nextval('akolhook.akolhook_numbers'), "
        "'msg_000000000000000000000001', 2,"
        " repeat('h', 100)::bytea, repeat('t', 200)::bytea, 1",
            0, 0);
    sql("INSERT INTO akolhook.akolhook_deliveries (webhook, event, due, created, is_test) SELECT i, (SELECT "
        "max(number) FROM"
        " akolhook.akolhook_events), m.at - 1000, m.at - 1000, 0 FROM akolhook.akolhook_meta m, "
        "generate_series(1, %ld) k,"
        " generate_series(1, %ld) i",
            each, webhooks);
    sql("UPDATE akolhook.akolhook_turns SET queued = %ld, ready = 1 WHERE webhook <= %ld", each, webhooks);
    if (backlog) {
        sql("INSERT INTO akolhook.akolhook_deliveries (webhook, event, due, created, is_test) SELECT %ld, "
            "(SELECT max(number) FROM"
            " akolhook.akolhook_events), m.at - 1000, m.at - 1000, 0 FROM akolhook.akolhook_meta m, "
            "generate_series(1, %ld) k",
                webhooks + 1, backlog);
        sql("UPDATE akolhook.akolhook_turns SET queued = %ld, ready = 0, ready_at = 9000000000000, cls = 2, "
            "backoff_until ="
            " 9000000000000 WHERE webhook = %ld",
                backlog, webhooks + 1);
    }
    sql("ANALYZE", 0, 0);
    sql("CHECKPOINT", 0, 0);
}

int main(int argc, char **argv) {
    long webhooks = argc > 2 ? atol(argv[2]) : 10, batch = argc > 3 ? atol(argv[3]) : 64,
         backlog = argc > 5 ? atol(argv[5]) : 0;
    double span = argc > 4 ? atof(argv[4]) : 5, start, used, claim = 0, settle = 0;
    static unsigned char memory[AKOLHOOK_POSTGRES_SIZE];
    akolhook_store_rules rules = {10, 15, 64800000, 20, 86400000};
    akolhook_store_limits limits;
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    long pairs = 0, i;
    size_t count;
    if (argc < 2 || batch > MOST) return 2;
    where.conninfo = argv[1];
    where.max_queue = 100000000;
    must(akolhook_postgres_open(&pg, memory, sizeof memory, &where), "open");
    s = akolhook_postgres_store(pg);
    sql("SET client_min_messages = warning; DROP SCHEMA akolhook CASCADE", 0, 0);
    akolhook_postgres_close(pg);
    must(akolhook_postgres_open(&pg, memory, sizeof memory, &where), "open");
    s = akolhook_postgres_store(pg);
    make_webhooks(webhooks + 1);
    fill(webhooks, (long)(span * 20000) / webhooks + 20, backlog);

    memset(&limits, 0, sizeof limits);
    limits.lease_ms = 60000;
    limits.per_webhook = (uint32_t)(batch + 3) / 4;
    limits.slow = (uint32_t)batch;
    used = cpu();
    start = seconds();
    while (seconds() - start < span) {
        double t0 = seconds(), t1;
        must(s->claim_fn(s->user, &limits, claims, (size_t)batch, &count), "claim");
        t1 = seconds();
        if (!count) break;
        memset(outcomes, 0, sizeof outcomes);
        for (i = 0; i < (long)count; i++) {
            akolhook_log_row *r = &rows[i];
            memset(r, 0, sizeof *r);
            r->success = 1;
            r->code = 200;
            r->attempt = 1;
            r->ms = 5;
            r->at_ms = 1767225600000;
            outcomes[i].number = claims[i].number;
            outcomes[i].lease = claims[i].lease;
            outcomes[i].handle = claims[i].handle;
            outcomes[i].charged_ms = claims[i].charged_ms;
            outcomes[i].retry_after_s = -1;
            outcomes[i].row = r;
        }
        must(s->settle_fn(s->user, &rules, outcomes, count), "settle");
        claim += t1 - t0;
        settle += seconds() - t1;
        pairs += (long)count;
    }
    printf("%ld webhooks due, %ld retries of a dead one, batches of %ld: %.0f claim and settle pairs/s "
           "(claim %.2f ms, settle %.2f ms a batch),"
           " %.0f a second of CPU\n",
            webhooks, backlog, batch, (double)pairs / (claim + settle),
            claim / (double)pairs * (double)batch * 1e3, settle / (double)pairs * (double)batch * 1e3,
            (double)pairs / (cpu() - used));
    akolhook_postgres_close(pg);
    return 0;
}
