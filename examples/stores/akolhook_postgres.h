/* akolhook_postgres.h - where akolhook_hub.h keeps its data: PostgreSQL 12 or later

   Do this in one C or C++ file, with akolhook.h and akolhook_hub.h beside it, and link
   -lpq:

       #define AKOLHOOK_POSTGRES_IMPLEMENTATION
       #include "akolhook_postgres.h"

   or, as here, with AKOLHOOK_IMPLEMENT_ALL, which implements the other two as well:

>>> postgres.c compile libs postgres
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_postgres.h"
#include <stdio.h>

static unsigned char memory[1 << 19]; // akolhook_hub_size(&desc) is the exact need
static akolhook_postgres pg;

static int failed(const char *why) {
    puts(why);
    return 1;
}

int main(void) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_hub *hub;
    akolhook_status status;

    where.conninfo = "dbname=app";
    if (akolhook_postgres_open(&pg, &where) != AKOLHOOK_OK) return failed(pg.error);

    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_postgres_store(&pg);
    status = akolhook_hub_init(&hub, memory, sizeof memory, &desc);
    if (status != AKOLHOOK_OK) return failed(akolhook_status_text(status));

    wanted.name = akolhook_str_c("CRM");
    wanted.url = akolhook_str_c("https://example.com/hook");
    status = akolhook_events_parse(akolhook_str_c("call.*"), &wanted.events, NULL);
    if (status == AKOLHOOK_OK)
        status = akolhook_hub_create_webhook(hub, &wanted, &webhook);
    if (status != AKOLHOOK_OK) return failed(akolhook_status_text(status));

    // akolhook_hub_emit for each event, akolhook_hub_poll(hub, -1, NULL) in a loop
    akolhook_hub_close(hub);
    akolhook_postgres_close(&pg);
    return 0;
}
<<<

   _open makes its tables, all named akolhook_..., where they are missing, and adds
   columns to those of an earlier version; give each business a schema of its own through
   options=-csearch_path=... in conninfo. Any number of hubs, processes and machines may
   work on the same tables, each with its own connection: deliveries are claimed with FOR
   UPDATE SKIP LOCKED under a lease that the database's clock judges. Then per_webhook and
   max_rate hold for each hub. A connection that broke is made again by the next call.

   Secrets stand in the table akolhook_webhooks as they are: grant accordingly. Bodies
   stay for redelivery, and keys for idempotency, until akolhook_postgres_purge takes the
   old ones.

   MEMORY. The struct and libpq's own heap, in which the results of claims stay until they
   are settled. An akolhook_postgres and its hub belong to one thread at a time.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_POSTGRES_H
#define AKOLHOOK_POSTGRES_H

#ifndef AKOLHOOK_HUB_H
#include "akolhook_hub.h"
#endif
#include <libpq-fe.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akolhook_postgres_desc {
    const char *conninfo; /* needed; as PQconnectdb takes it */
    uint32_t log_rows;    /* kept for each webhook; the same for all hubs on these tables (default: 64) */
    uint32_t poll_ms;     /* how often to look for work that others added (default: 500) */
    int64_t (*now_ms_fn)(void *user); /* a clock (default: the database's) */
    void *user;                       /* for now_ms_fn */
} akolhook_postgres_desc;

/* A store. Zeroed and filled by _open; must not move until _close. */
typedef struct akolhook_postgres {
    char error[512]; /* of the last call that answered STORE_FAILED */
    PGconn *db;      /* the connection, its owner is this struct */

    /* private from here on */
    akolhook_postgres_desc desc;
    akolhook_store store;
    PGresult *shown;                       /* what the last webhooks' slices point to */
    PGresult *logged;                      /* what the last log rows' responses point to */
    struct akolhook_postgres_i_held *held; /* list of the results of claims that are not settled */
    uint32_t per_webhook;                  /* of the last claim */
    int ready;                             /* 1: the statements of this connection are prepared */
} akolhook_postgres;

/* Connects and makes or checks the tables. Returns OK or STORE_FAILED. */
AKOLHOOK_API akolhook_status akolhook_postgres_open(
        akolhook_postgres *pg, const akolhook_postgres_desc *desc);
/* For hub_desc.store; valid until _close. */
AKOLHOOK_API const akolhook_store *akolhook_postgres_store(akolhook_postgres *pg);
/* Forgets events, and their keys, that were accepted longer ago and wait for nothing. */
AKOLHOOK_API akolhook_status akolhook_postgres_purge(akolhook_postgres *pg, int64_t older_than_ms);
/* After the hub is closed. NULL, zeroed and closed ones are legal. */
AKOLHOOK_API void akolhook_postgres_close(akolhook_postgres *pg);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_POSTGRES_H */

#if (defined(AKOLHOOK_POSTGRES_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_POSTGRES_I_IMPLEMENTED)
#define AKOLHOOK_POSTGRES_I_IMPLEMENTED

#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Claims of one batch share a result. */
struct akolhook_postgres_i_held {
    PGresult *result;
    size_t refs;
    struct akolhook_postgres_i_held *next;
    struct akolhook_postgres_i_held *prev;
};

/* All or nothing, and nothing where they are: even CREATE ... IF NOT EXISTS takes locks, and workers
   deadlock with them. */
static const char akolhook_postgres_i_tables[] =
        "BEGIN; SELECT pg_advisory_xact_lock(4207712); DO $do$ BEGIN IF"
        " to_regclass(quote_ident(current_schema()) || '.akolhook_totals') IS NULL"
        " THEN CREATE TABLE akolhook_webhooks ( number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " id text UNIQUE NOT NULL, name text NOT NULL, url text NOT NULL, secret text NOT NULL,"
        " events bigint NOT NULL, active boolean NOT NULL, warned boolean NOT NULL DEFAULT false,"
        " created_at bigint NOT NULL, last_triggered bigint NOT NULL DEFAULT 0,"
        " failures bigint NOT NULL DEFAULT 0, failing_since bigint NOT NULL DEFAULT 0,"
        " not_before bigint NOT NULL DEFAULT 0, next_row bigint NOT NULL DEFAULT 0,"
        " delivered bigint NOT NULL DEFAULT 0, failed bigint NOT NULL DEFAULT 0,"
        " cancelled bigint NOT NULL DEFAULT 0, dropped bigint NOT NULL DEFAULT 0,"
        " skipped bigint NOT NULL DEFAULT 0, attempts bigint NOT NULL DEFAULT 0,"
        " attempts_failed bigint NOT NULL DEFAULT 0, tests bigint NOT NULL DEFAULT 0,"
        " tests_failed bigint NOT NULL DEFAULT 0, latency bigint[] NOT NULL DEFAULT array_fill(0::bigint,"
        " ARRAY[64]));"
        "CREATE TABLE akolhook_events ( message_id text PRIMARY KEY, key bytea UNIQUE, event int NOT NULL,"
        " head bytea NOT NULL, tail bytea NOT NULL, created bigint NOT NULL, print bytea);"
        "CREATE TABLE akolhook_deliveries (" /* leased: due is when the lease runs out */
        " number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " message_id text NOT NULL REFERENCES akolhook_events, webhook bigint NOT NULL REFERENCES"
        " akolhook_webhooks ON DELETE CASCADE, is_test boolean NOT NULL, attempt bigint NOT NULL DEFAULT 0,"
        " faults bigint NOT NULL DEFAULT 0, due bigint NOT NULL, created bigint NOT NULL,"
        " lease bigint NOT NULL DEFAULT 0);"
        "CREATE INDEX akolhook_deliveries_due ON akolhook_deliveries (webhook, due, number);"
        "CREATE INDEX akolhook_deliveries_message ON akolhook_deliveries (message_id);"
        "CREATE SEQUENCE akolhook_leases;"
        "CREATE TABLE akolhook_log ( webhook bigint NOT NULL REFERENCES akolhook_webhooks"
        " ON DELETE CASCADE, slot bigint NOT NULL, sequence bigint GENERATED BY DEFAULT AS IDENTITY,"
        " delivery bigint NOT NULL, message_id text NOT NULL, event int NOT NULL, at bigint NOT NULL,"
        " attempt bigint NOT NULL, state int NOT NULL, retry bigint NOT NULL, code int NOT NULL,"
        " success boolean NOT NULL, is_test boolean NOT NULL, cut boolean NOT NULL, status int NOT NULL,"
        " phase int NOT NULL, native bigint NOT NULL, ms int NOT NULL, lookup int NOT NULL,"
        " connect int NOT NULL, tls int NOT NULL, first int NOT NULL, peer bytea NOT NULL,"
        " response bytea NOT NULL, redelivered boolean NOT NULL DEFAULT false, PRIMARY KEY (webhook,"
        " slot));"
        "CREATE INDEX akolhook_log_sequence ON akolhook_log (sequence);"
        "CREATE INDEX akolhook_log_delivery ON akolhook_log (delivery);"
        "CREATE TABLE akolhook_totals (" /* of webhooks that were deleted; one row */
        " one int PRIMARY KEY CHECK (one = 1), delivered bigint NOT NULL, failed bigint NOT NULL,"
        " cancelled bigint NOT NULL, dropped bigint NOT NULL, skipped bigint NOT NULL,"
        " attempts bigint NOT NULL, attempts_failed bigint NOT NULL, tests bigint NOT NULL,"
        " tests_failed bigint NOT NULL, latency bigint[] NOT NULL);"
        "INSERT INTO akolhook_totals VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, array_fill(0::bigint,"
        " ARRAY[64]));"
        "ELSIF NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid ="
        " to_regclass(quote_ident(current_schema()) || '.akolhook_events') AND attname = 'print')"
        " THEN ALTER TABLE akolhook_events ADD COLUMN print bytea;"
        "END IF; END $do$; COMMIT";

#define AKOLHOOK_POSTGRES_I_LOG_COLUMNS \
    "webhook, slot, delivery, message_id, event, at, attempt, state, retry, code, success, is_test, cut," \
    " status, phase, native, ms, lookup, connect, tls, first, peer, response"
#define AKOLHOOK_POSTGRES_I_LOG_REPLACE \
    " ON CONFLICT (webhook, slot) DO UPDATE SET sequence = EXCLUDED.sequence," \
    " delivery = EXCLUDED.delivery, message_id = EXCLUDED.message_id, event = EXCLUDED.event," \
    " at = EXCLUDED.at, attempt = EXCLUDED.attempt, state = EXCLUDED.state, retry = EXCLUDED.retry," \
    " code = EXCLUDED.code, success = EXCLUDED.success, is_test = EXCLUDED.is_test, cut = EXCLUDED.cut," \
    " status = EXCLUDED.status, phase = EXCLUDED.phase, native = EXCLUDED.native, ms = EXCLUDED.ms," \
    " lookup = EXCLUDED.lookup, connect = EXCLUDED.connect, tls = EXCLUDED.tls, first = EXCLUDED.first," \
    " peer = EXCLUDED.peer, response = EXCLUDED.response, redelivered = false"
#define AKOLHOOK_POSTGRES_I_NO_ATTEMPT "-1, -1, -1, -1, ''::bytea, ''::bytea"

/* The statements, prepared once for each connection. */
/* clang-format off */
#define AKOLHOOK_POSTGRES_I_STATEMENTS(X) \
    X(NOW, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint") \
    X(LOCK_WEBHOOKS, "SELECT 1 FROM (SELECT pg_advisory_xact_lock(4207713)) x") \
    X(CLASH, \
      "SELECT 1 FROM akolhook_webhooks WHERE url = $1::text AND (events & $2::bigint) <> 0" \
      " AND id <> $3::text LIMIT 1") \
    X(COUNT, "SELECT count(*) FROM akolhook_webhooks") \
    X(PUT, \
      "INSERT INTO akolhook_webhooks (id, name, url, secret, events, active, created_at)" \
      " VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::int = 1, $7::bigint)") \
    X(FIND, "SELECT number, active FROM akolhook_webhooks WHERE id = $1::text") \
    X(TAKE, \
      "SELECT number, active, url, events FROM akolhook_webhooks WHERE id = $1::text FOR NO KEY UPDATE") \
    X(SET, \
      "UPDATE akolhook_webhooks SET name = CASE WHEN $2::int & 1 <> 0 THEN $3::text ELSE name END," \
      " url = CASE WHEN $2::int & 2 <> 0 THEN $4::text ELSE url END," \
      " events = CASE WHEN $2::int & 4 <> 0 THEN $5::bigint ELSE events END," \
      " secret = CASE WHEN $2::int & 8 <> 0 THEN $6::text ELSE secret END WHERE number = $1::bigint") \
    X(START, \
      "UPDATE akolhook_webhooks SET active = true, warned = false, failures = 0" \
      " WHERE number = $1::bigint AND NOT active") \
    X(STOP, \
      "WITH gone AS (DELETE FROM akolhook_deliveries WHERE webhook = $1::bigint AND (lease = 0" \
      " OR due <= $2::bigint) RETURNING number, message_id, is_test), w AS (UPDATE akolhook_webhooks" \
      " SET active = false, next_row = next_row + (SELECT count(*) FROM gone)," \
      " cancelled = cancelled + (SELECT count(*) FROM gone WHERE NOT is_test)" \
      " WHERE number = $1::bigint RETURNING next_row), n AS (SELECT g.*, e.event," \
      " row_number() OVER (ORDER BY g.number DESC) AS behind FROM gone g" \
      " JOIN akolhook_events e USING (message_id)) INSERT INTO akolhook_log (" \
      AKOLHOOK_POSTGRES_I_LOG_COLUMNS \
      ") SELECT $1::bigint, (w.next_row - n.behind) % $4::bigint, n.number, n.message_id, n.event," \
      " $3::bigint, 0, 4, 0, 0, false, n.is_test, false, $5::int, 0, 0, 0, " \
      AKOLHOOK_POSTGRES_I_NO_ATTEMPT \
      " FROM n, w WHERE n.behind <= $4::bigint ORDER BY n.number" AKOLHOOK_POSTGRES_I_LOG_REPLACE) \
    X(LIST, \
      "SELECT id, name, url, events, active, created_at, number, last_triggered, failures" \
      " FROM akolhook_webhooks WHERE ($1::text = '' OR id = $1::text) AND number > $2::bigint" \
      " ORDER BY number LIMIT $3::bigint") \
    X(DELETE, \
      "WITH w AS (DELETE FROM akolhook_webhooks WHERE id = $1::text RETURNING *)" \
      " UPDATE akolhook_totals t SET delivered = t.delivered + w.delivered, failed = t.failed + w.failed," \
      " cancelled = t.cancelled + w.cancelled + (SELECT count(*) FROM akolhook_deliveries d" \
      " WHERE d.webhook = w.number AND NOT d.is_test), dropped = t.dropped + w.dropped," \
      " skipped = t.skipped + w.skipped, attempts = t.attempts + w.attempts," \
      " attempts_failed = t.attempts_failed + w.attempts_failed, tests = t.tests + w.tests," \
      " tests_failed = t.tests_failed + w.tests_failed, latency = (SELECT array_agg(a + b ORDER BY i)" \
      " FROM unnest(t.latency, w.latency) WITH ORDINALITY AS u(a, b, i)) FROM w RETURNING 1") \
    X(EVENT, \
      "INSERT INTO akolhook_events (message_id, key, event, head, tail, created, print) VALUES ($1::text," \
      " $2::bytea, $3::int, $4::bytea, $5::bytea, $6::bigint, $7::bytea)" \
      " ON CONFLICT (key) DO NOTHING RETURNING 1") \
    X(KEY, \
      "SELECT message_id, coalesce(print, $2::bytea) <> $2::bytea FROM akolhook_events" \
      " WHERE key = $1::bytea") \
    X(FULL, \
      "SELECT number FROM akolhook_webhooks w WHERE active AND (events >> $1::int) & 1 = 1" \
      " AND (SELECT count(*) FROM akolhook_deliveries d WHERE d.webhook = w.number) >= $2::bigint" \
      " ORDER BY number FOR NO KEY UPDATE") \
    X(DROP, \
      "WITH w AS (UPDATE akolhook_webhooks SET dropped = dropped + 1, next_row = next_row + 1" \
      " WHERE number = $1::bigint RETURNING next_row) INSERT INTO akolhook_log (" \
      AKOLHOOK_POSTGRES_I_LOG_COLUMNS \
      ") SELECT $1::bigint, (next_row - 1) % $2::bigint," \
      " nextval(pg_get_serial_sequence('akolhook_deliveries', 'number')), $3::text, $4::int, $5::bigint," \
      " 0, 5, 0, 0, false, false, false, $6::int, 0, 0, 0, " AKOLHOOK_POSTGRES_I_NO_ATTEMPT \
      " FROM w" AKOLHOOK_POSTGRES_I_LOG_REPLACE) \
    X(ENQUEUE, \
      "INSERT INTO akolhook_deliveries (message_id, webhook, is_test, due, created) SELECT $1::text," \
      " number, $2::int = 1, $3::bigint, $3::bigint FROM akolhook_webhooks w" \
      " WHERE CASE WHEN $4::text <> '' THEN id = $4::text ELSE active AND (events >> $5::int) & 1 = 1" \
      " AND ($6::bigint = 0 OR (SELECT count(*) FROM akolhook_deliveries d" \
      " WHERE d.webhook = w.number) < $6::bigint) END ORDER BY number") \
    X(SKIP, \
      "UPDATE akolhook_webhooks SET skipped = skipped + 1 WHERE number IN (SELECT number" \
      " FROM akolhook_webhooks WHERE NOT active AND (events >> $1::int) & 1 = 1 ORDER BY number" \
      " FOR NO KEY UPDATE)") \
    X(AGAIN_FIND, \
      "SELECT l.state, l.is_test, w.active, e.message_id IS NOT NULL FROM akolhook_log l" \
      " JOIN akolhook_webhooks w ON w.number = l.webhook LEFT" \
      " JOIN akolhook_events e USING (message_id) WHERE l.delivery = $1::bigint" \
      " ORDER BY l.sequence DESC LIMIT 1 FOR UPDATE OF l") \
    X(AGAIN, \
      "WITH l AS (UPDATE akolhook_log SET redelivered = true WHERE sequence = (SELECT max(sequence)" \
      " FROM akolhook_log WHERE delivery = $1::bigint) RETURNING message_id, webhook, is_test)" \
      " INSERT INTO akolhook_deliveries (message_id, webhook, is_test, due, created) SELECT message_id," \
      " webhook, is_test, $2::bigint, $2::bigint FROM l") \
    X(AGAIN_FAILED, \
      "WITH l AS (UPDATE akolhook_log l SET redelivered = true WHERE webhook = $1::bigint AND state = 3" \
      " AND NOT redelivered AND NOT is_test AND at >= $3::bigint AND EXISTS (SELECT 1" \
      " FROM akolhook_events e WHERE e.message_id = l.message_id) RETURNING message_id, sequence)" \
      " INSERT INTO akolhook_deliveries (message_id, webhook, is_test, due, created) SELECT message_id," \
      " $1::bigint, false, $2::bigint, $2::bigint FROM l ORDER BY sequence") \
    X(STRAY, \
      "SELECT DISTINCT d.webhook FROM akolhook_deliveries d JOIN akolhook_webhooks w" \
      " ON w.number = d.webhook WHERE NOT w.active AND NOT d.is_test AND d.due <= $1::bigint ORDER BY 1") \
    X(CLAIM, \
      "WITH picked AS MATERIALIZED (SELECT d.number FROM akolhook_webhooks w CROSS JOIN LATERAL (" \
      " SELECT x.number, x.due FROM akolhook_deliveries x WHERE x.webhook = w.number" \
      " AND x.due <= $1::bigint AND (w.active OR x.is_test) ORDER BY x.due, x.number LIMIT greatest(0," \
      " least($2::bigint, CASE WHEN $5::bigint > 0 THEN 1 ELSE $2::bigint END," \
      " CASE WHEN w.failures > 0 THEN 1 ELSE $3::bigint END - (SELECT count(*)" \
      " FROM akolhook_deliveries l WHERE l.webhook = w.number AND l.lease <> 0" \
      " AND l.due > $1::bigint))) FOR UPDATE SKIP LOCKED) d WHERE w.not_before <= $1::bigint * 1000" \
      " AND ($6::int = 0 OR w.failures = 0) ORDER BY d.due, d.number LIMIT $2::bigint)," \
      " c AS (UPDATE akolhook_deliveries d SET lease = nextval('akolhook_leases')," \
      " due = $1::bigint + $4::bigint FROM picked p WHERE d.number = p.number RETURNING d.*)," \
      " r AS (UPDATE akolhook_webhooks SET not_before = greatest(not_before," \
      " $1::bigint * 1000) + 1000000 / greatest($5::bigint, 1) WHERE $5::bigint > 0" \
      " AND number IN (SELECT webhook FROM c) RETURNING 1) SELECT c.number, c.lease, c.message_id, w.id," \
      " w.secret, e.event, c.attempt, c.faults, $1::bigint - c.created, c.is_test, w.url, e.head, e.tail," \
      " w.failures FROM c JOIN akolhook_webhooks w ON w.number = c.webhook" \
      " JOIN akolhook_events e USING (message_id) ORDER BY c.number") \
    X(SETTLE_LOCK, \
      "SELECT number FROM akolhook_webhooks WHERE number IN (SELECT webhook FROM akolhook_deliveries" \
      " WHERE number = ANY ($1::bigint[])) ORDER BY number FOR NO KEY UPDATE") \
    X(SETTLE_FIND, \
      "SELECT w.number, w.failures, w.warned, w.active, w.failing_since, d.is_test, d.message_id," \
      " e.event FROM akolhook_deliveries d JOIN akolhook_webhooks w ON w.number = d.webhook" \
      " JOIN akolhook_events e USING (message_id) WHERE d.number = $1::bigint AND d.lease = $2::bigint" \
      " FOR NO KEY UPDATE OF d") \
    X(SETTLE_DONE, \
      "WITH gone AS (DELETE FROM akolhook_deliveries WHERE number = $1::bigint" \
      " AND lease = $2::bigint RETURNING webhook, message_id, is_test), old AS (SELECT w.failures," \
      " CASE WHEN $3::int = 1 AND NOT is_test THEN 0 ELSE w.failures END AS after FROM gone" \
      " JOIN akolhook_webhooks w ON w.number = webhook), w AS (UPDATE akolhook_webhooks u" \
      " SET failures = (SELECT after FROM old), warned = warned AND ($3::int <> 1 OR is_test)," \
      " next_row = next_row + 1, last_triggered = CASE WHEN $5::bigint > 0 AND NOT is_test" \
      " THEN $5::bigint ELSE last_triggered END, attempts = attempts + (NOT is_test)::int," \
      " delivered = delivered + (NOT is_test)::int, tests = tests + is_test::int," \
      " latency[$4::int] = latency[$4::int] + (NOT is_test)::int FROM gone" \
      " WHERE u.number = webhook RETURNING u.number, next_row, message_id, is_test)" \
      " INSERT INTO akolhook_log (" AKOLHOOK_POSTGRES_I_LOG_COLUMNS \
      ") SELECT w.number, (next_row - 1) % $18::bigint, $1::bigint, message_id, e.event, $5::bigint," \
      " $6::bigint, $7::int, 0, $8::int, true, is_test, $9::int = 1, $10::int, $11::int, $12::bigint," \
      " $13::int, $14::int, $15::int, $16::int, $17::int, $19::bytea, $20::bytea FROM w" \
      " JOIN akolhook_events e USING (message_id)" AKOLHOOK_POSTGRES_I_LOG_REPLACE \
      " RETURNING (SELECT failures FROM old), (SELECT after FROM old)") \
    X(SETTLE_HOOK, \
      "UPDATE akolhook_webhooks SET failures = $2::bigint, warned = $3::int = 1," \
      " failing_since = $4::bigint, last_triggered = CASE WHEN $5::bigint > 0 THEN $5::bigint" \
      " ELSE last_triggered END, attempts = attempts + $6::int," \
      " attempts_failed = attempts_failed + $7::int, tests = tests + $8::int," \
      " tests_failed = tests_failed + $9::int, delivered = delivered + $10::int," \
      " failed = failed + $11::int, latency[$12::int] = latency[$12::int] + 1 WHERE number = $1::bigint") \
    X(SETTLE_PLAIN, \
      "UPDATE akolhook_webhooks SET failures = $2::bigint, warned = $3::int = 1," \
      " failing_since = $4::bigint, last_triggered = CASE WHEN $5::bigint > 0 THEN $5::bigint" \
      " ELSE last_triggered END, attempts = attempts + $6::int," \
      " attempts_failed = attempts_failed + $7::int, tests = tests + $8::int," \
      " tests_failed = tests_failed + $9::int, delivered = delivered + $10::int," \
      " failed = failed + $11::int WHERE number = $1::bigint") \
    X(ROW, \
      "WITH w AS (UPDATE akolhook_webhooks SET next_row = next_row + 1," \
      " cancelled = cancelled + $22::int WHERE number = $1::bigint RETURNING next_row)" \
      " INSERT INTO akolhook_log (" AKOLHOOK_POSTGRES_I_LOG_COLUMNS \
      ") SELECT $1::bigint, (next_row - 1) % $21::bigint, $2::bigint, $3::text, $4::int, $5::bigint," \
      " $6::bigint, $7::int, $8::bigint, $9::int, $10::int = 1, $11::int = 1, $12::int = 1, $13::int," \
      " $14::int, $15::bigint, $16::int, $17::int, $18::int, $19::int, $20::int, $23::bytea," \
      " $24::bytea FROM w" AKOLHOOK_POSTGRES_I_LOG_REPLACE) \
    X(END, "DELETE FROM akolhook_deliveries WHERE number = $1::bigint") \
    X(BACK, \
      "UPDATE akolhook_deliveries SET lease = 0, due = $2::bigint, attempt = $3::bigint," \
      " faults = $4::bigint WHERE number = $1::bigint") \
    X(DUE, \
      "SELECT min(greatest(x.due, w.not_before / 1000)) FROM akolhook_webhooks w CROSS" \
      " JOIN LATERAL (SELECT d.due FROM akolhook_deliveries d WHERE d.webhook = w.number" \
      " ORDER BY d.due LIMIT 1) x WHERE x.due > $1::bigint OR (SELECT count(*)" \
      " FROM akolhook_deliveries l WHERE l.webhook = w.number AND l.lease <> 0" \
      " AND l.due > $1::bigint) < CASE WHEN w.failures > 0 THEN 1 ELSE $2::bigint END") \
    X(LOG, \
      "SELECT l.message_id, w.id, l.event, l.at, l.attempt, l.state, l.retry, l.code, l.success," \
      " l.is_test, l.cut, l.status, l.phase, l.native, l.ms, l.lookup, l.connect, l.tls, l.first, l.peer," \
      " l.response, l.delivery, l.sequence FROM akolhook_log l JOIN akolhook_webhooks w" \
      " ON w.number = l.webhook WHERE ($1::text = '' OR w.id = $1::text) AND ($2::bigint = 0" \
      " OR ($2::bigint >> l.event) & 1 = 1) AND ($3::int = 0 OR NOT l.success) AND ($4::int = 0" \
      " OR l.success) AND ($5::int = 0 OR l.is_test) AND ($6::bigint = 0 OR l.at >= $6::bigint)" \
      " AND ($7::bigint = 0 OR l.at < $7::bigint) AND ($8::bigint = 0 OR l.sequence < $8::bigint)" \
      " AND ($9::bigint = 0 OR l.delivery = $9::bigint) ORDER BY l.sequence DESC LIMIT $10::bigint") \
    X(STATS, \
      "WITH s AS (SELECT id, delivered, failed, cancelled, dropped, skipped, attempts, attempts_failed," \
      " tests, tests_failed, latency FROM akolhook_webhooks UNION ALL SELECT '', delivered, failed," \
      " cancelled, dropped, skipped, attempts, attempts_failed, tests, tests_failed, latency" \
      " FROM akolhook_totals) SELECT sum(delivered)::bigint, sum(failed)::bigint, sum(cancelled)::bigint," \
      " sum(dropped)::bigint, sum(skipped)::bigint, sum(attempts)::bigint, sum(attempts_failed)::bigint," \
      " sum(tests)::bigint, sum(tests_failed)::bigint, (SELECT count(*) FROM akolhook_deliveries d" \
      " JOIN akolhook_webhooks w ON w.number = d.webhook WHERE NOT d.is_test AND ($1::text = ''" \
      " OR w.id = $1::text)), (SELECT array_agg(n ORDER BY i) FROM (SELECT i, sum(v)::bigint AS n" \
      " FROM s x, unnest(x.latency) WITH ORDINALITY AS u(v, i) WHERE $1::text = ''" \
      " OR x.id = $1::text GROUP BY i) y) FROM s WHERE $1::text = '' OR id = $1::text") \
    X(PURGE, \
      "DELETE FROM akolhook_events e WHERE created < $1::bigint AND NOT EXISTS (SELECT 1" \
      " FROM akolhook_deliveries d WHERE d.message_id = e.message_id)")
/* clang-format on */

enum {
#define AKOLHOOK_POSTGRES_I_ENUM(name, sql) AKOLHOOK_POSTGRES_I_##name,
    AKOLHOOK_POSTGRES_I_STATEMENTS(AKOLHOOK_POSTGRES_I_ENUM)
#undef AKOLHOOK_POSTGRES_I_ENUM
            AKOLHOOK_POSTGRES_I_COUNT_OF
};

/* ---- calling the database ---- */

typedef struct akolhook_postgres_i_args {
    const char *values[24];
    int lengths[24], formats[24], count;
    char numbers[24][24];
} akolhook_postgres_i_args;

static void akolhook_postgres_i_int(akolhook_postgres_i_args *a, int64_t value) {
    snprintf(a->numbers[a->count], sizeof a->numbers[0], "%lld", (long long)value);
    a->values[a->count] = a->numbers[a->count];
    a->lengths[a->count] = 0;
    a->formats[a->count++] = 0;
}
/* Text and bytes, as they are. */
static void akolhook_postgres_i_bytes(akolhook_postgres_i_args *a, const void *data, size_t len) {
    a->values[a->count] = data ? (const char *)data : "";
    a->lengths[a->count] = (int)len;
    a->formats[a->count++] = 1;
}
static void akolhook_postgres_i_text(akolhook_postgres_i_args *a, const char *text) {
    akolhook_postgres_i_bytes(a, text, strlen(text));
}
static void akolhook_postgres_i_null(akolhook_postgres_i_args *a) {
    a->values[a->count] = NULL;
    a->lengths[a->count] = 0;
    a->formats[a->count++] = 1;
}

static int akolhook_postgres_i_fail(akolhook_postgres *pg, PGresult *result) {
    const char *text = result ? PQresultErrorMessage(result) : PQerrorMessage(pg->db);
    snprintf(pg->error, sizeof pg->error, "%s", text && *text ? text : PQerrorMessage(pg->db));
    PQclear(result);
    return 0;
}
static int akolhook_postgres_i_exec(akolhook_postgres *pg, const char *sql) {
    PGresult *result = PQexec(pg->db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) return akolhook_postgres_i_fail(pg, result);
    PQclear(result);
    return 1;
}
/* Connected, with all statements prepared. */
static int akolhook_postgres_i_ready(akolhook_postgres *pg) {
    /* clang-format off */
    static const struct { const char *name, *sql; } all[] = {
#define AKOLHOOK_POSTGRES_I_ROW(name, sql) {#name, sql},
        AKOLHOOK_POSTGRES_I_STATEMENTS(AKOLHOOK_POSTGRES_I_ROW)
#undef AKOLHOOK_POSTGRES_I_ROW
    };
    /* clang-format on */
    size_t i;
    if (pg->ready && PQstatus(pg->db) == CONNECTION_OK) return 1;
    if (PQstatus(pg->db) != CONNECTION_OK) PQreset(pg->db);
    pg->ready = 0;
    if (PQstatus(pg->db) != CONNECTION_OK) return akolhook_postgres_i_fail(pg, NULL);
    if (!akolhook_postgres_i_exec(pg, "DEALLOCATE ALL")) return 0; /* what an earlier try left */
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        PGresult *result = PQprepare(pg->db, all[i].name, all[i].sql, 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) return akolhook_postgres_i_fail(pg, result);
        PQclear(result);
    }
    pg->ready = 1;
    return 1;
}
/* Runs a statement; NULL and an error noted when it fails. */
static PGresult *akolhook_postgres_i_run(akolhook_postgres *pg, int which, akolhook_postgres_i_args *a) {
    /* clang-format off */
    static const char *const names[] = {
#define AKOLHOOK_POSTGRES_I_NAME(name, sql) #name,
        AKOLHOOK_POSTGRES_I_STATEMENTS(AKOLHOOK_POSTGRES_I_NAME)
#undef AKOLHOOK_POSTGRES_I_NAME
    };
    /* clang-format on */
    PGresult *result = PQexecPrepared(pg->db, names[which], a ? a->count : 0, a ? a->values : NULL,
            a ? a->lengths : NULL, a ? a->formats : NULL, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
    akolhook_postgres_i_fail(pg, result);
    return NULL;
}
/* The same where only its success, and how many rows it changed or found, matters. -1: failed. */
static long akolhook_postgres_i_do(akolhook_postgres *pg, int which, akolhook_postgres_i_args *a) {
    PGresult *result = akolhook_postgres_i_run(pg, which, a);
    long count;
    if (!result) return -1;
    count = PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : atol(PQcmdTuples(result));
    PQclear(result);
    return count;
}

static int64_t akolhook_postgres_i_get(PGresult *result, int row, int column) {
    const unsigned char *p = (const unsigned char *)PQgetvalue(result, row, column);
    int len = PQgetlength(result, row, column), i;
    uint64_t value = len && p[0] & 0x80 && len > 1 ? (uint64_t)-1 : 0;
    for (i = 0; i < len; i++) value = value << 8 | p[i];
    return (int64_t)value;
}
static akolhook_str akolhook_postgres_i_str(PGresult *result, int row, int column) {
    return akolhook_str_n(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}
static void akolhook_postgres_i_copy(PGresult *result, int row, int column, char *out, size_t size) {
    akolhook_str s = akolhook_postgres_i_str(result, row, column);
    size_t len = s.len < size ? s.len : size - 1;
    memcpy(out, s.ptr, len);
    out[len] = 0;
}

static akolhook_status akolhook_postgres_i_begin(akolhook_postgres *pg) {
    return akolhook_postgres_i_ready(pg) && akolhook_postgres_i_exec(pg, "BEGIN") ? AKOLHOOK_OK
                                                                                  : AKOLHOOK_STORE_FAILED;
}
/* Commits when all went well, else takes everything back. */
static akolhook_status akolhook_postgres_i_finish(akolhook_postgres *pg, akolhook_status status) {
    if (status == AKOLHOOK_OK)
        return akolhook_postgres_i_exec(pg, "COMMIT") ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
    PQclear(PQexec(pg->db, "ROLLBACK"));
    return status;
}
static int akolhook_postgres_i_now(akolhook_postgres *pg, int64_t *now) {
    PGresult *result;
    if (pg->desc.now_ms_fn) {
        *now = pg->desc.now_ms_fn(pg->desc.user);
        return 1;
    }
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_NOW, NULL);
    if (!result) return 0;
    *now = akolhook_postgres_i_get(result, 0, 0);
    PQclear(result);
    return 1;
}

/* ---- webhooks ---- */

/* Is there another webhook that sends one of these events to this URL? */
static akolhook_status akolhook_postgres_i_clash(
        akolhook_postgres *pg, akolhook_str url, akolhook_events events, const char *self) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    long found;
    akolhook_postgres_i_bytes(&a, url.ptr, url.len);
    akolhook_postgres_i_int(&a, events);
    akolhook_postgres_i_text(&a, self);
    found = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_CLASH, &a);
    return found < 0 ? AKOLHOOK_STORE_FAILED : found ? AKOLHOOK_WEBHOOK_EXISTS : AKOLHOOK_OK;
}

static akolhook_status akolhook_postgres_i_put(void *user, const akolhook_store_webhook *w, uint32_t max) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_status status = akolhook_postgres_i_begin(pg);
    PGresult *result;
    if (status != AKOLHOOK_OK) return status;
    if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_LOCK_WEBHOOKS, NULL) < 0)
        status = AKOLHOOK_STORE_FAILED;
    result = status == AKOLHOOK_OK ? akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_COUNT, NULL) : NULL;
    if (!result)
        status = AKOLHOOK_STORE_FAILED;
    else if (akolhook_postgres_i_get(result, 0, 0) >= (int64_t)max)
        status = AKOLHOOK_TOO_MANY_WEBHOOKS;
    PQclear(result);
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_clash(pg, w->url, w->events, "");
    akolhook_postgres_i_text(&a, w->id);
    akolhook_postgres_i_bytes(&a, w->name.ptr, w->name.len);
    akolhook_postgres_i_bytes(&a, w->url.ptr, w->url.len);
    akolhook_postgres_i_text(&a, w->secret);
    akolhook_postgres_i_int(&a, w->events);
    akolhook_postgres_i_int(&a, w->is_active);
    akolhook_postgres_i_int(&a, w->created_at_ms);
    if (status == AKOLHOOK_OK && akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_PUT, &a) < 0)
        status = AKOLHOOK_STORE_FAILED;
    return akolhook_postgres_i_finish(pg, status);
}

/* Sets a webhook inactive; its waiting deliveries end. */
static akolhook_status akolhook_postgres_i_stop(
        akolhook_postgres *pg, int64_t number, int64_t now, int64_t at_ms) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_postgres_i_int(&a, number);
    akolhook_postgres_i_int(&a, now);
    akolhook_postgres_i_int(&a, at_ms);
    akolhook_postgres_i_int(&a, pg->desc.log_rows);
    akolhook_postgres_i_int(&a, AKOLHOOK_WEBHOOK_INACTIVE);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_STOP, &a) < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

static akolhook_status akolhook_postgres_i_change(
        akolhook_postgres *pg, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT, find = AKOLHOOK_INIT, start = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    PGresult *result;
    int64_t number, now;
    int was_active;
    akolhook_postgres_i_text(&find, w->id);
    if (!akolhook_postgres_i_now(pg, &now) ||
            akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_LOCK_WEBHOOKS, NULL) < 0)
        return AKOLHOOK_STORE_FAILED;
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_TAKE, &find);
    if (!result) return AKOLHOOK_STORE_FAILED;
    if (PQntuples(result) == 0) {
        PQclear(result);
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    }
    number = akolhook_postgres_i_get(result, 0, 0);
    was_active = akolhook_postgres_i_get(result, 0, 1) != 0;
    if (which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS))
        status = akolhook_postgres_i_clash(pg,
                which & AKOLHOOK_STORE_URL ? w->url : akolhook_postgres_i_str(result, 0, 2),
                which & AKOLHOOK_STORE_EVENTS ? w->events
                                              : (akolhook_events)akolhook_postgres_i_get(result, 0, 3),
                w->id);
    PQclear(result);
    akolhook_postgres_i_int(&a, number);
    akolhook_postgres_i_int(&a, which & 15);
    akolhook_postgres_i_bytes(&a, w->name.ptr, w->name.len);
    akolhook_postgres_i_bytes(&a, w->url.ptr, w->url.len);
    akolhook_postgres_i_int(&a, w->events);
    akolhook_postgres_i_text(&a, w->secret);
    if (status == AKOLHOOK_OK && (which & 15) && akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SET, &a) < 0)
        status = AKOLHOOK_STORE_FAILED;
    if (status != AKOLHOOK_OK || !(which & AKOLHOOK_STORE_ACTIVE)) return status;
    if (changed) *changed = was_active != w->is_active;
    akolhook_postgres_i_int(&start, number);
    if (!w->is_active) return akolhook_postgres_i_stop(pg, number, now, at_ms);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_START, &start) < 0 ? AKOLHOOK_STORE_FAILED
                                                                             : AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_status status = akolhook_postgres_i_begin(pg);
    if (status != AKOLHOOK_OK) return status;
    return akolhook_postgres_i_finish(pg, akolhook_postgres_i_change(pg, w, which, at_ms, changed));
}

static akolhook_status akolhook_postgres_i_select(akolhook_postgres *pg, const char *id, uint64_t after,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    int i;
    *count = 0;
    akolhook_postgres_i_text(&a, id);
    akolhook_postgres_i_int(&a, (int64_t)after);
    akolhook_postgres_i_int(&a, (int64_t)max);
    PQclear(pg->shown);
    pg->shown =
            akolhook_postgres_i_ready(pg) ? akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_LIST, &a) : NULL;
    if (!pg->shown) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(pg->shown); i++) {
        akolhook_store_webhook *w = &webhooks[i];
        memset(w, 0, sizeof *w);
        akolhook_postgres_i_copy(pg->shown, i, 0, w->id, sizeof w->id);
        w->name = akolhook_postgres_i_str(pg->shown, i, 1);
        w->url = akolhook_postgres_i_str(pg->shown, i, 2);
        w->events = (akolhook_events)akolhook_postgres_i_get(pg->shown, i, 3);
        w->is_active = akolhook_postgres_i_get(pg->shown, i, 4) != 0;
        w->created_at_ms = akolhook_postgres_i_get(pg->shown, i, 5);
        w->number = (uint64_t)akolhook_postgres_i_get(pg->shown, i, 6);
        w->last_triggered_at_ms = akolhook_postgres_i_get(pg->shown, i, 7);
        w->failure_count = (uint32_t)akolhook_postgres_i_get(pg->shown, i, 8);
    }
    *count = (size_t)PQntuples(pg->shown);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_webhook_get(
        void *user, const char *id, akolhook_store_webhook *webhook) {
    size_t count;
    akolhook_status status = akolhook_postgres_i_select((akolhook_postgres *)user, id, 0, webhook, 1, &count);
    return status == AKOLHOOK_OK && !count ? AKOLHOOK_UNKNOWN_WEBHOOK : status;
}
static akolhook_status akolhook_postgres_i_list(
        void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    return akolhook_postgres_i_select((akolhook_postgres *)user, "", after, webhooks, max, count);
}
static akolhook_status akolhook_postgres_i_delete(void *user, const char *id) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    long found;
    akolhook_postgres_i_text(&a, id);
    if (!akolhook_postgres_i_ready(pg)) return AKOLHOOK_STORE_FAILED;
    found = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_DELETE, &a);
    return found < 0 ? AKOLHOOK_STORE_FAILED : found ? AKOLHOOK_OK : AKOLHOOK_UNKNOWN_WEBHOOK;
}
/* The number of a webhook; UNKNOWN_WEBHOOK. */
static akolhook_status akolhook_postgres_i_find(
        akolhook_postgres *pg, akolhook_str id, int64_t *number, int *active) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    PGresult *result;
    int found;
    akolhook_postgres_i_bytes(&a, id.ptr, id.len);
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_FIND, &a);
    if (!result) return AKOLHOOK_STORE_FAILED;
    found = PQntuples(result) > 0;
    if (found) *number = akolhook_postgres_i_get(result, 0, 0);
    if (found) *active = akolhook_postgres_i_get(result, 0, 1) != 0;
    PQclear(result);
    return found ? AKOLHOOK_OK : AKOLHOOK_UNKNOWN_WEBHOOK;
}

/* ---- events ---- */

static akolhook_status akolhook_postgres_i_event(
        akolhook_postgres *pg, akolhook_store_event *e, int64_t now) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT, key = AKOLHOOK_INIT;
    size_t len = e->tail[0].len + e->tail[1].len + e->tail[2].len, i, at = 0;
    char *tail = (char *)malloc(len + 1);
    PGresult *result;
    long made;
    if (!tail) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < 3; at += e->tail[i++].len)
        if (e->tail[i].len) memcpy(tail + at, e->tail[i].ptr, e->tail[i].len);
    akolhook_postgres_i_text(&a, e->message_id);
    if (e->has_key)
        akolhook_postgres_i_bytes(&a, e->key, sizeof e->key);
    else
        akolhook_postgres_i_null(&a);
    akolhook_postgres_i_int(&a, e->event);
    akolhook_postgres_i_bytes(&a, e->head.ptr, e->head.len);
    akolhook_postgres_i_bytes(&a, tail, len);
    akolhook_postgres_i_int(&a, now);
    if (e->has_key)
        akolhook_postgres_i_bytes(&a, e->print, sizeof e->print);
    else
        akolhook_postgres_i_null(&a);
    made = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_EVENT, &a);
    free(tail);
    if (made < 0) return AKOLHOOK_STORE_FAILED;
    if (made) return AKOLHOOK_OK;
    akolhook_postgres_i_bytes(&key, e->key, sizeof e->key);
    akolhook_postgres_i_bytes(&key, e->print, sizeof e->print);
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_KEY, &key);
    if (!result || PQntuples(result) != 1) {
        PQclear(result);
        return AKOLHOOK_STORE_FAILED;
    }
    e->repeated = !akolhook_postgres_i_get(result, 0, 1);
    if (e->repeated) akolhook_postgres_i_copy(result, 0, 0, e->message_id, sizeof e->message_id);
    PQclear(result);
    return e->repeated ? AKOLHOOK_OK : AKOLHOOK_KEY_REUSED;
}
/* Webhooks whose queue is full get a row instead of a delivery. */
static akolhook_status akolhook_postgres_i_drop(akolhook_postgres *pg, const akolhook_store_event *e) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    PGresult *full;
    int i, ok = 1;
    akolhook_postgres_i_int(&a, e->event);
    akolhook_postgres_i_int(&a, e->max_queue);
    full = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_FULL, &a);
    for (i = 0; full && ok && i < PQntuples(full); i++) {
        akolhook_postgres_i_args row = AKOLHOOK_INIT;
        akolhook_postgres_i_int(&row, akolhook_postgres_i_get(full, i, 0));
        akolhook_postgres_i_int(&row, pg->desc.log_rows);
        akolhook_postgres_i_text(&row, e->message_id);
        akolhook_postgres_i_int(&row, e->event);
        akolhook_postgres_i_int(&row, e->at_ms);
        akolhook_postgres_i_int(&row, AKOLHOOK_WEBHOOK_QUEUE_FULL);
        ok = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_DROP, &row) >= 0;
    }
    PQclear(full);
    return full && ok ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_postgres_i_accept(akolhook_postgres *pg, akolhook_store_event *e) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT, skip = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    int64_t now, number;
    int active;
    long made;
    if (!akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    if (e->webhook_id.len) status = akolhook_postgres_i_find(pg, e->webhook_id, &number, &active);
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_event(pg, e, now);
    if (status != AKOLHOOK_OK || e->repeated) return status;
    if (!e->webhook_id.len && e->max_queue) status = akolhook_postgres_i_drop(pg, e);
    akolhook_postgres_i_text(&a, e->message_id);
    akolhook_postgres_i_int(&a, e->is_test);
    akolhook_postgres_i_int(&a, now);
    akolhook_postgres_i_bytes(&a, e->webhook_id.ptr, e->webhook_id.len);
    akolhook_postgres_i_int(&a, e->event);
    akolhook_postgres_i_int(&a, e->max_queue);
    made = status == AKOLHOOK_OK ? akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_ENQUEUE, &a) : -1;
    if (made < 0) return AKOLHOOK_STORE_FAILED;
    e->deliveries = (uint32_t)made;
    akolhook_postgres_i_int(&skip, e->event);
    return e->webhook_id.len || akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SKIP, &skip) >= 0
                   ? AKOLHOOK_OK
                   : AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_postgres_i_enqueue(void *user, akolhook_store_event *event) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_status status = akolhook_postgres_i_begin(pg);
    event->repeated = 0;
    event->deliveries = 0;
    return status == AKOLHOOK_OK ? akolhook_postgres_i_finish(pg, akolhook_postgres_i_accept(pg, event))
                                 : status;
}

static akolhook_status akolhook_postgres_i_again(akolhook_postgres *pg, uint64_t number) {
    akolhook_postgres_i_args find = AKOLHOOK_INIT, a = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    PGresult *result;
    int64_t now;
    akolhook_postgres_i_int(&find, (int64_t)number);
    if (!akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_AGAIN_FIND, &find);
    if (!result) return AKOLHOOK_STORE_FAILED;
    if (PQntuples(result) == 0 || akolhook_postgres_i_get(result, 0, 0) == AKOLHOOK_DELIVERY_WAITING)
        status = AKOLHOOK_UNKNOWN_DELIVERY;
    else if (!akolhook_postgres_i_get(result, 0, 1) && !akolhook_postgres_i_get(result, 0, 2))
        status = AKOLHOOK_WEBHOOK_INACTIVE;
    else if (!akolhook_postgres_i_get(result, 0, 3))
        status = AKOLHOOK_EVENT_GONE;
    PQclear(result);
    akolhook_postgres_i_int(&a, (int64_t)number);
    akolhook_postgres_i_int(&a, now);
    if (status == AKOLHOOK_OK && akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_AGAIN, &a) < 0)
        status = AKOLHOOK_STORE_FAILED;
    return status;
}
static akolhook_status akolhook_postgres_i_redeliver(void *user, uint64_t number) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_status status = akolhook_postgres_i_begin(pg);
    return status == AKOLHOOK_OK ? akolhook_postgres_i_finish(pg, akolhook_postgres_i_again(pg, number))
                                 : status;
}
static akolhook_status akolhook_postgres_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t *count) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_status status;
    int64_t number = 0, now = 0;
    int active = 0;
    long made;
    *count = 0;
    if (!akolhook_postgres_i_ready(pg) || !akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    status = akolhook_postgres_i_find(pg, akolhook_str_c(id), &number, &active);
    if (status == AKOLHOOK_OK && !active) status = AKOLHOOK_WEBHOOK_INACTIVE;
    if (status != AKOLHOOK_OK) return status;
    akolhook_postgres_i_int(&a, number);
    akolhook_postgres_i_int(&a, now);
    akolhook_postgres_i_int(&a, since_ms);
    made = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_AGAIN_FAILED, &a);
    if (made > 0) *count = (uint32_t)made;
    return made < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

/* ---- claim ---- */

static void akolhook_postgres_i_drop_held(akolhook_postgres *pg, struct akolhook_postgres_i_held *held) {
    if (--held->refs) return;
    if (held->next) held->next->prev = held->prev;
    if (held->prev)
        held->prev->next = held->next;
    else
        pg->held = held->next;
    PQclear(held->result);
    free(held);
}

/* Leases that ran out on webhooks that were set inactive meanwhile. */
static akolhook_status akolhook_postgres_i_strays(akolhook_postgres *pg, int64_t now, int64_t at_ms) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    PGresult *result;
    int i;
    akolhook_postgres_i_int(&a, now);
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_STRAY, &a);
    if (!result) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(result) && status == AKOLHOOK_OK; i++)
        status = akolhook_postgres_i_stop(pg, akolhook_postgres_i_get(result, i, 0), now, at_ms);
    PQclear(result);
    return status;
}

static akolhook_status akolhook_postgres_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    struct akolhook_postgres_i_held *held;
    int64_t now;
    int i;
    *count = 0;
    if (!akolhook_postgres_i_ready(pg) || !akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    pg->per_webhook = limits->per_webhook;
    if (akolhook_postgres_i_strays(pg, now, limits->at_ms) != AKOLHOOK_OK) return AKOLHOOK_STORE_FAILED;
    held = (struct akolhook_postgres_i_held *)calloc(1, sizeof *held);
    if (!held) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(&a, now);
    akolhook_postgres_i_int(&a, (int64_t)max);
    akolhook_postgres_i_int(&a, limits->first ? 1 : limits->per_webhook);
    akolhook_postgres_i_int(&a, limits->lease_ms);
    akolhook_postgres_i_int(&a, limits->rate);
    akolhook_postgres_i_int(&a, limits->healthy);
    held->result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_CLAIM, &a);
    if (!held->result || PQntuples(held->result) == 0) {
        akolhook_status status = held->result ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
        PQclear(held->result);
        free(held);
        return status;
    }
    held->next = pg->held;
    if (pg->held) pg->held->prev = held;
    pg->held = held;
    *count = held->refs = (size_t)PQntuples(held->result);
    for (i = 0; i < (int)*count; i++) {
        akolhook_store_claim *c = &claims[i];
        PGresult *r = held->result;
        memset(c, 0, sizeof *c);
        c->number = (uint64_t)akolhook_postgres_i_get(r, i, 0);
        c->lease = (uint64_t)akolhook_postgres_i_get(r, i, 1);
        akolhook_postgres_i_copy(r, i, 2, c->message_id, sizeof c->message_id);
        akolhook_postgres_i_copy(r, i, 3, c->webhook_id, sizeof c->webhook_id);
        akolhook_postgres_i_copy(r, i, 4, c->secret, sizeof c->secret);
        c->event = (akolhook_event)akolhook_postgres_i_get(r, i, 5);
        c->attempt = (uint32_t)akolhook_postgres_i_get(r, i, 6);
        c->faults = (uint32_t)akolhook_postgres_i_get(r, i, 7);
        c->age_ms = akolhook_postgres_i_get(r, i, 8);
        c->is_test = akolhook_postgres_i_get(r, i, 9) != 0;
        c->is_failing = akolhook_postgres_i_get(r, i, 13) != 0;
        c->url = akolhook_postgres_i_str(r, i, 10);
        c->head = akolhook_postgres_i_str(r, i, 11);
        c->tail = akolhook_postgres_i_str(r, i, 12);
        c->handle = held;
    }
    return AKOLHOOK_OK;
}

/* ---- settle ---- */

/* The webhook of an outcome, and what becomes of it. */
typedef struct akolhook_postgres_i_hook {
    int64_t number, failures, failing_since;
    int warned, active, is_test;
    char message_id[AKOLHOOK_ID_SIZE];
    int event;
} akolhook_postgres_i_hook;

static int akolhook_postgres_i_row(akolhook_postgres *pg, const akolhook_postgres_i_hook *h, uint64_t number,
        const akolhook_log_row *row, int cancelled) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_postgres_i_int(&a, h->number);
    akolhook_postgres_i_int(&a, (int64_t)number);
    akolhook_postgres_i_text(&a, h->message_id);
    akolhook_postgres_i_int(&a, h->event);
    akolhook_postgres_i_int(&a, row->at_ms);
    akolhook_postgres_i_int(&a, row->attempt);
    akolhook_postgres_i_int(&a, row->state);
    akolhook_postgres_i_int(&a, row->retry_ms);
    akolhook_postgres_i_int(&a, row->code);
    akolhook_postgres_i_int(&a, row->success);
    akolhook_postgres_i_int(&a, h->is_test);
    akolhook_postgres_i_int(&a, row->response_cut);
    akolhook_postgres_i_int(&a, row->status);
    akolhook_postgres_i_int(&a, row->phase);
    akolhook_postgres_i_int(&a, row->native_error);
    akolhook_postgres_i_int(&a, row->ms);
    akolhook_postgres_i_int(&a, row->lookup_ms);
    akolhook_postgres_i_int(&a, row->connect_ms);
    akolhook_postgres_i_int(&a, row->tls_ms);
    akolhook_postgres_i_int(&a, row->first_byte_ms);
    akolhook_postgres_i_int(&a, pg->desc.log_rows);
    akolhook_postgres_i_int(&a, cancelled);
    akolhook_postgres_i_bytes(&a, &row->peer, row->peer.family ? sizeof row->peer : 0);
    akolhook_postgres_i_bytes(&a, row->response.ptr, row->response.len);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_ROW, &a) >= 0;
}
/* The running failures; 1 when the webhook is to be set inactive. */
static int akolhook_postgres_i_judge(akolhook_postgres_i_hook *h, const akolhook_store_rules *rules,
        akolhook_store_outcome *o, int64_t now) {
    int over;
    if (o->row->success) {
        h->failures = 0;
        h->warned = 0;
        return 0;
    }
    if (!h->failures) h->failing_since = now;
    h->failures++;
    over = h->failures >= rules->max_failures && now - h->failing_since >= rules->max_ms;
    if (!h->active) return 0;
    if (!h->warned &&
            (over || (h->failures >= rules->warn_failures && now - h->failing_since >= rules->warn_ms)))
        h->warned = o->warned = 1;
    return over;
}
static int akolhook_postgres_i_count(
        akolhook_postgres *pg, const akolhook_postgres_i_hook *h, const akolhook_store_outcome *o) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    const akolhook_log_row *row = o->row;
    int attempt = !h->is_test && !o->is_fault;
    akolhook_postgres_i_int(&a, h->number);
    akolhook_postgres_i_int(&a, h->failures);
    akolhook_postgres_i_int(&a, h->warned);
    akolhook_postgres_i_int(&a, h->failing_since);
    akolhook_postgres_i_int(&a, attempt ? row->at_ms : 0);
    akolhook_postgres_i_int(&a, attempt);
    akolhook_postgres_i_int(&a, attempt && !row->success);
    akolhook_postgres_i_int(&a, h->is_test);
    akolhook_postgres_i_int(&a, h->is_test && !row->success);
    akolhook_postgres_i_int(&a, !h->is_test && row->state == AKOLHOOK_DELIVERY_DELIVERED);
    akolhook_postgres_i_int(&a, !h->is_test && row->state == AKOLHOOK_DELIVERY_FAILED);
    if (!attempt || !row->success)
        return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SETTLE_PLAIN, &a) >= 0;
    akolhook_postgres_i_int(&a, (int64_t)akolhook_stats_bucket(row->ms) + 1);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SETTLE_HOOK, &a) >= 0;
}
/* 1, 0: the lease is another's, -1: the database failed. */
static int akolhook_postgres_i_settle_find(
        akolhook_postgres *pg, const akolhook_store_outcome *o, akolhook_postgres_i_hook *h) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    PGresult *r;
    int found;
    akolhook_postgres_i_int(&a, (int64_t)o->number);
    akolhook_postgres_i_int(&a, (int64_t)o->lease);
    r = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_SETTLE_FIND, &a);
    if (!r) return -1;
    found = PQntuples(r) == 1;
    if (found) {
        h->number = akolhook_postgres_i_get(r, 0, 0);
        h->failures = akolhook_postgres_i_get(r, 0, 1);
        h->warned = akolhook_postgres_i_get(r, 0, 2) != 0;
        h->active = akolhook_postgres_i_get(r, 0, 3) != 0;
        h->failing_since = akolhook_postgres_i_get(r, 0, 4);
        h->is_test = akolhook_postgres_i_get(r, 0, 5) != 0;
        akolhook_postgres_i_copy(r, 0, 6, h->message_id, sizeof h->message_id);
        h->event = (int)akolhook_postgres_i_get(r, 0, 7);
    }
    PQclear(r);
    return found;
}
/* A success, all in one statement; 1, 0: the database failed. */
static int akolhook_postgres_i_settle_done(akolhook_postgres *pg, akolhook_store_outcome *o) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    const akolhook_log_row *row = o->row;
    PGresult *r;
    akolhook_postgres_i_int(&a, (int64_t)o->number);
    akolhook_postgres_i_int(&a, (int64_t)o->lease);
    akolhook_postgres_i_int(&a, o->counts);
    akolhook_postgres_i_int(&a, (int64_t)akolhook_stats_bucket(row->ms) + 1);
    akolhook_postgres_i_int(&a, row->at_ms);
    akolhook_postgres_i_int(&a, row->attempt);
    akolhook_postgres_i_int(&a, row->state);
    akolhook_postgres_i_int(&a, row->code);
    akolhook_postgres_i_int(&a, row->response_cut);
    akolhook_postgres_i_int(&a, row->status);
    akolhook_postgres_i_int(&a, row->phase);
    akolhook_postgres_i_int(&a, row->native_error);
    akolhook_postgres_i_int(&a, row->ms);
    akolhook_postgres_i_int(&a, row->lookup_ms);
    akolhook_postgres_i_int(&a, row->connect_ms);
    akolhook_postgres_i_int(&a, row->tls_ms);
    akolhook_postgres_i_int(&a, row->first_byte_ms);
    akolhook_postgres_i_int(&a, pg->desc.log_rows);
    akolhook_postgres_i_bytes(&a, &row->peer, row->peer.family ? sizeof row->peer : 0);
    akolhook_postgres_i_bytes(&a, row->response.ptr, row->response.len);
    r = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_SETTLE_DONE, &a);
    if (!r) return 0;
    if (PQntuples(r) == 1) {
        o->status = AKOLHOOK_OK;
        o->failures_before = (uint32_t)akolhook_postgres_i_get(r, 0, 0);
        o->failures = (uint32_t)akolhook_postgres_i_get(r, 0, 1);
    }
    PQclear(r);
    return 1;
}
static int akolhook_postgres_i_settle_one(
        akolhook_postgres *pg, const akolhook_store_rules *rules, akolhook_store_outcome *o, int64_t now) {
    akolhook_postgres_i_args end = AKOLHOOK_INIT, back = AKOLHOOK_INIT;
    akolhook_log_row cancelled;
    akolhook_postgres_i_hook h;
    int found, stop = 0;
    o->status = AKOLHOOK_LEASE_LOST;
    o->failures = o->failures_before = 0;
    o->cancelled = o->warned = o->deactivated = 0;
    if (o->row && o->row->state == AKOLHOOK_DELIVERY_DELIVERED && !o->is_fault && !o->deactivate)
        return akolhook_postgres_i_settle_done(pg, o);
    found = akolhook_postgres_i_settle_find(pg, o, &h);
    if (found <= 0) return found == 0;
    o->status = AKOLHOOK_OK;
    o->failures = o->failures_before = (uint32_t)h.failures;
    if (o->row) {
        if (o->counts && !h.is_test && !o->is_fault) stop = akolhook_postgres_i_judge(&h, rules, o, now);
        if (!akolhook_postgres_i_count(pg, &h, o) || !akolhook_postgres_i_row(pg, &h, o->number, o->row, 0))
            return 0;
        o->failures = (uint32_t)h.failures;
        if (h.active && (stop || o->deactivate)) {
            if (akolhook_postgres_i_stop(pg, h.number, now, o->row->at_ms) != AKOLHOOK_OK) return 0;
            h.active = 0;
            o->deactivated = 1;
        }
    }
    akolhook_postgres_i_int(&end, (int64_t)o->number);
    if (o->row && o->row->state != AKOLHOOK_DELIVERY_WAITING)
        return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_END, &end) >= 0;
    if (h.active || h.is_test) {
        akolhook_postgres_i_int(&back, (int64_t)o->number);
        akolhook_postgres_i_int(&back, now + o->delay_ms);
        akolhook_postgres_i_int(&back, o->attempt);
        akolhook_postgres_i_int(&back, o->faults);
        return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_BACK, &back) >= 0;
    }
    memset(&cancelled, 0, sizeof cancelled);
    cancelled.at_ms = o->at_ms;
    cancelled.state = AKOLHOOK_DELIVERY_CANCELLED;
    cancelled.status = AKOLHOOK_WEBHOOK_INACTIVE;
    cancelled.lookup_ms = cancelled.connect_ms = cancelled.tls_ms = cancelled.first_byte_ms = -1;
    o->cancelled = 1;
    return akolhook_postgres_i_row(pg, &h, o->number, &cancelled, 1) &&
           akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_END, &end) >= 0;
}

static akolhook_status akolhook_postgres_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    akolhook_status status = akolhook_postgres_i_begin(pg);
    char *list;
    int64_t now;
    size_t i, len = 1;
    if (status != AKOLHOOK_OK) return status;
    list = (char *)malloc(count * 22 + 3);
    if (!list) return akolhook_postgres_i_finish(pg, AKOLHOOK_STORE_FAILED);
    strcpy(list, "{");
    for (i = 0; i < count; i++)
        len += (size_t)snprintf(list + len, 23, "%s%lld", i ? "," : "", (long long)outcomes[i].number);
    strcpy(list + len, "}");
    akolhook_postgres_i_int(&a, 0);
    a.values[0] = list;
    /* webhooks first and in order, so that workers do not wait for each other in a circle */
    if (!akolhook_postgres_i_now(pg, &now) ||
            akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SETTLE_LOCK, &a) < 0)
        status = AKOLHOOK_STORE_FAILED;
    free(list);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        if (!akolhook_postgres_i_settle_one(pg, rules, &outcomes[i], now)) status = AKOLHOOK_STORE_FAILED;
    status = akolhook_postgres_i_finish(pg, status);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        akolhook_postgres_i_drop_held(pg, (struct akolhook_postgres_i_held *)outcomes[i].handle);
    return status;
}

/* ---- reading ---- */

static akolhook_status akolhook_postgres_i_next_due(void *user, int64_t *ms) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    PGresult *result;
    int64_t now;
    *ms = -1;
    if (!akolhook_postgres_i_ready(pg) || !akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(&a, now);
    akolhook_postgres_i_int(&a, pg->per_webhook ? pg->per_webhook : 1);
    result = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_DUE, &a);
    if (!result) return AKOLHOOK_STORE_FAILED;
    if (!PQgetisnull(result, 0, 0)) {
        *ms = akolhook_postgres_i_get(result, 0, 0) - now;
        if (*ms < 0) *ms = 0;
    }
    PQclear(result);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_postgres_i_log(
        void *user, const akolhook_log_query *q, akolhook_log_row *rows, size_t max, size_t *count) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    PGresult *r;
    int64_t number;
    int active, i;
    *count = 0;
    if (!akolhook_postgres_i_ready(pg)) return AKOLHOOK_STORE_FAILED;
    if (q->webhook_id.len) {
        akolhook_status status = akolhook_postgres_i_find(pg, q->webhook_id, &number, &active);
        if (status != AKOLHOOK_OK) return status;
    }
    akolhook_postgres_i_bytes(&a, q->webhook_id.ptr, q->webhook_id.len);
    akolhook_postgres_i_int(&a, q->events);
    akolhook_postgres_i_int(&a, q->only_failed);
    akolhook_postgres_i_int(&a, q->only_succeeded);
    akolhook_postgres_i_int(&a, q->only_tests);
    akolhook_postgres_i_int(&a, q->since_ms);
    akolhook_postgres_i_int(&a, q->until_ms);
    akolhook_postgres_i_int(&a, (int64_t)q->cursor);
    akolhook_postgres_i_int(&a, (int64_t)q->number);
    akolhook_postgres_i_int(&a, (int64_t)max);
    PQclear(pg->logged);
    r = pg->logged = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_LOG, &a);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(r); i++) {
        akolhook_log_row *row = &rows[i];
        memset(row, 0, sizeof *row);
        akolhook_postgres_i_copy(r, i, 0, row->message_id, sizeof row->message_id);
        akolhook_postgres_i_copy(r, i, 1, row->webhook_id, sizeof row->webhook_id);
        row->event = (akolhook_event)akolhook_postgres_i_get(r, i, 2);
        row->at_ms = akolhook_postgres_i_get(r, i, 3);
        row->attempt = (uint32_t)akolhook_postgres_i_get(r, i, 4);
        row->state = (akolhook_delivery_state)akolhook_postgres_i_get(r, i, 5);
        row->retry_ms = akolhook_postgres_i_get(r, i, 6);
        row->code = (int)akolhook_postgres_i_get(r, i, 7);
        row->success = akolhook_postgres_i_get(r, i, 8) != 0;
        row->is_test = akolhook_postgres_i_get(r, i, 9) != 0;
        row->response_cut = akolhook_postgres_i_get(r, i, 10) != 0;
        row->status = (akolhook_status)akolhook_postgres_i_get(r, i, 11);
        row->phase = (akolhook_phase)akolhook_postgres_i_get(r, i, 12);
        row->native_error = (long)akolhook_postgres_i_get(r, i, 13);
        row->ms = (int32_t)akolhook_postgres_i_get(r, i, 14);
        row->lookup_ms = (int32_t)akolhook_postgres_i_get(r, i, 15);
        row->connect_ms = (int32_t)akolhook_postgres_i_get(r, i, 16);
        row->tls_ms = (int32_t)akolhook_postgres_i_get(r, i, 17);
        row->first_byte_ms = (int32_t)akolhook_postgres_i_get(r, i, 18);
        if (PQgetlength(r, i, 19) == (int)sizeof row->peer)
            memcpy(&row->peer, PQgetvalue(r, i, 19), sizeof row->peer);
        row->response = akolhook_postgres_i_str(r, i, 20);
        row->number = (uint64_t)akolhook_postgres_i_get(r, i, 21);
        row->cursor = (uint64_t)akolhook_postgres_i_get(r, i, 22);
    }
    *count = (size_t)PQntuples(r);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_postgres_i_stats(void *user, const char *id, akolhook_stats *s) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    const unsigned char *p;
    PGresult *r;
    int i, k;
    if (!akolhook_postgres_i_ready(pg)) return AKOLHOOK_STORE_FAILED;
    memset(s, 0, sizeof *s);
    akolhook_postgres_i_text(&a, id ? id : "");
    r = akolhook_postgres_i_run(pg, AKOLHOOK_POSTGRES_I_STATS, &a);
    if (!r) return AKOLHOOK_STORE_FAILED;
    if (PQgetisnull(r, 0, 0)) {
        PQclear(r);
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    }
    s->delivered = (uint64_t)akolhook_postgres_i_get(r, 0, 0);
    s->failed = (uint64_t)akolhook_postgres_i_get(r, 0, 1);
    s->cancelled = (uint64_t)akolhook_postgres_i_get(r, 0, 2);
    s->dropped = (uint64_t)akolhook_postgres_i_get(r, 0, 3);
    s->skipped = (uint64_t)akolhook_postgres_i_get(r, 0, 4);
    s->attempts = (uint64_t)akolhook_postgres_i_get(r, 0, 5);
    s->attempts_failed = (uint64_t)akolhook_postgres_i_get(r, 0, 6);
    s->tests = (uint64_t)akolhook_postgres_i_get(r, 0, 7);
    s->tests_failed = (uint64_t)akolhook_postgres_i_get(r, 0, 8);
    s->waiting = (uint64_t)akolhook_postgres_i_get(r, 0, 9);
    s->emitted = s->delivered + s->failed + s->cancelled + s->dropped + s->waiting;
    p = (const unsigned char *)PQgetvalue(r, 0, 10) +
        20; /* an array: 5 numbers, then length and value of each element */
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS && PQgetlength(r, 0, 10) >= 20 + (i + 1) * 12; i++)
        for (k = 8; k < 12; k++) s->latency[i] = s->latency[i] << 8 | p[i * 12 + k];
    PQclear(r);
    return AKOLHOOK_OK;
}

/* ---- making it ---- */

AKOLHOOK_API akolhook_status akolhook_postgres_open(
        akolhook_postgres *pg, const akolhook_postgres_desc *desc) {
    akolhook_store *s = &pg->store;
    PGresult *result;
    memset(pg, 0, sizeof *pg);
    pg->desc = *desc;
    if (!pg->desc.log_rows) pg->desc.log_rows = 64;
    pg->db = PQconnectdb(desc->conninfo);
    if (PQstatus(pg->db) != CONNECTION_OK) {
        akolhook_postgres_i_fail(pg, NULL);
        return AKOLHOOK_STORE_FAILED;
    }
    result = PQexec(pg->db, akolhook_postgres_i_tables);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        akolhook_postgres_i_fail(pg, result);
        return AKOLHOOK_STORE_FAILED;
    }
    PQclear(result);
    s->user = pg;
    s->poll_ms = desc->poll_ms ? desc->poll_ms : 500;
    s->webhook_put_fn = akolhook_postgres_i_put;
    s->webhook_set_fn = akolhook_postgres_i_set;
    s->webhook_get_fn = akolhook_postgres_i_webhook_get;
    s->webhook_list_fn = akolhook_postgres_i_list;
    s->webhook_delete_fn = akolhook_postgres_i_delete;
    s->enqueue_fn = akolhook_postgres_i_enqueue;
    s->redeliver_fn = akolhook_postgres_i_redeliver;
    s->redeliver_failed_fn = akolhook_postgres_i_redeliver_failed;
    s->claim_fn = akolhook_postgres_i_claim;
    s->settle_fn = akolhook_postgres_i_settle;
    s->next_due_fn = akolhook_postgres_i_next_due;
    s->log_fn = akolhook_postgres_i_log;
    s->stats_fn = akolhook_postgres_i_stats;
    return akolhook_postgres_i_ready(pg) ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
}
AKOLHOOK_API const akolhook_store *akolhook_postgres_store(akolhook_postgres *pg) { return &pg->store; }

AKOLHOOK_API akolhook_status akolhook_postgres_purge(akolhook_postgres *pg, int64_t older_than_ms) {
    akolhook_postgres_i_args a = AKOLHOOK_INIT;
    int64_t now;
    if (!akolhook_postgres_i_ready(pg) || !akolhook_postgres_i_now(pg, &now)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(&a, now - older_than_ms);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_PURGE, &a) < 0 ? AKOLHOOK_STORE_FAILED
                                                                         : AKOLHOOK_OK;
}

AKOLHOOK_API void akolhook_postgres_close(akolhook_postgres *pg) {
    if (!pg) return;
    while (pg->held) {
        pg->held->refs = 1;
        akolhook_postgres_i_drop_held(pg, pg->held);
    }
    PQclear(pg->shown);
    PQclear(pg->logged);
    PQfinish(pg->db);
    memset(pg, 0, sizeof *pg);
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_POSTGRES_IMPLEMENTATION */
