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

static unsigned char memory[AKOLHOOK_HUB_SIZE(0, 0, 0, 0, 0)];
static unsigned char store_memory[AKOLHOOK_POSTGRES_SIZE];

static int failed(const char *why) {
    puts(why);
    return 1;
}

int main(void) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_postgres *pg;
    akolhook_hub *hub;
    akolhook_status status;

    where.conninfo = "dbname=app";
    status = akolhook_postgres_open(&pg, store_memory, sizeof store_memory, &where);
    if (status != AKOLHOOK_OK) return failed(akolhook_postgres_error(pg));

    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_postgres_store(pg);
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
    akolhook_postgres_close(pg);
    return 0;
}
<<<

   TABLES. _open makes its schema (desc.schema) and its tables, all named akolhook_...,
   where they are missing. Each business has a schema of its own; no statement looks at
   search_path. Those of the layout before are changed to this one, in one transaction
   during which hubs wait, a second for 200,000 rows of the log, and hubs of the version
   before answer STORE_FAILED from then on. Tables of any other layout are refused
   (STORE_VERSION), and those that other programs made under the same names
   (STORE_FOREIGN). The role needs to create the schema once, or finds it made and may
   create tables in it.

   SEVERAL HUBS. Any number of hubs, processes and machines may work on the same tables,
   each with its own connection. Deliveries are claimed FOR NO KEY UPDATE SKIP LOCKED,
   under a lease; caps, rates and turns of a webhook hold over all of them. Time is
   counted from the database's clock when a hub begins and by its own monotonic clock from
   then on, so that neither a clock that is set nor one that differs matters. Give all
   hubs the same log_rows.

   CONNECTIONS. Each call is one transaction, which sets for itself what it needs:
   READ COMMITTED, time-outs, one plan for each statement. It works behind a transaction
   pooler such as PgBouncer. What broke before its commit is run again, on a new
   connection where that is needed: a deadlock, a serialization failure, an idle session
   that was ended, a restart, a server that became read-only. STORE_FAILED means that the
   database cannot be reached or refuses; akolhook_postgres_error says why, and the next
   call tries again. A connection that is lost in the middle of a commit leaves open
   whether it was made: emit again under the same idempotency key.

   What a call waits for: AKOLHOOK_POSTGRES_LOCK_MS for a lock, AKOLHOOK_POSTGRES_CALL_MS
   for a statement; where that is too short it answers STORE_FAILED and is not run again.
   For a connection what conninfo says (connect_timeout, 10 s where it says nothing), up
   to three times. A server that says nothing at all, as it is stopped or its disk hangs,
   is waited for 2 s longer than for a statement: then the connection is cut, too, and the
   next call connects anew. In a commit that leaves open whether it was made. (Under
   AKOLHOOK_NO_POSIX it is libpq that waits, for as long as tcp_user_timeout says.)

   SECRETS stand in akolhook_webhooks as they are: grant accordingly. The store wipes its
   own buffers and the results that had secrets in them; libpq's network buffers keep
   what passed through them until they are overwritten or the connection is closed.

   RETENTION. Bodies stay for redelivery as long as the hub's keep_hours says, keys for
   24 hours, log_rows rows of each webhook; they are removed in steps by the hub's polls.
   Names, URLs and headers are bytea: psql shows them by convert_from(name, 'UTF8').

   MEMORY. AKOLHOOK_POSTGRES_SIZE bytes, and libpq's and the store's heap:
       during a call     350 KB; an event 0.5 KB for each webhook that subscribes to it
       until settled     the claimed deliveries' URLs and headers, and each body once
       until the next    what the last list, log page or body points to
   An akolhook_postgres and its hub belong to one thread at a time, and to the process
   that opened it.

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

#ifndef AKOLHOOK_POSTGRES_LOCK_MS
#define AKOLHOOK_POSTGRES_LOCK_MS 10000 /* the longest wait for another's lock */
#endif
#ifndef AKOLHOOK_POSTGRES_CALL_MS
#define AKOLHOOK_POSTGRES_CALL_MS 30000 /* the longest statement, and the longest pause within a call */
#endif

typedef struct akolhook_postgres_desc {
    const char *conninfo; /* needed; as PQconnectdb takes it */
    const char *schema;   /* 1..63 of a-z 0-9 _, no digit first, not pg_... (default: akolhook) */
    uint32_t log_rows;    /* kept for each webhook, up to 100000 (default: 64) */
    uint32_t poll_ms;     /* how often to look for work that others added (default: 500) */
    uint32_t max_queue;   /* deliveries of one webhook that may wait (default: 100000) */
    /* its clocks are taken (default: the database's, and POSIX's that is never set) */
    const akolhook_platform *platform;
} akolhook_postgres_desc;

/* A store over one connection. */
typedef struct akolhook_postgres akolhook_postgres;

/* Bytes of memory for an akolhook_postgres, alignment included. */
#define AKOLHOOK_POSTGRES_SIZE 2304

/* Connects, and makes or checks the tables. desc is copied, its platform must live until _close. Returns OK,
   MEMORY_TOO_SMALL, INVALID_ARGUMENT (schema, log_rows, no conninfo); STORE_FAILED, STORE_VERSION,
   STORE_FOREIGN: *pg is there for _error and _close, and NULL after the others. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_postgres_open(
        akolhook_postgres **pg, void *memory, size_t size, const akolhook_postgres_desc *desc);
/* For hub_desc.store; valid until _close. */
AKOLHOOK_API const akolhook_store *akolhook_postgres_store(akolhook_postgres *pg);
/* Why the last call answered STORE_FAILED, in the database's words; "" when none did. */
AKOLHOOK_API const char *akolhook_postgres_error(const akolhook_postgres *pg);
/* The connection, which the store owns, for tests and for statements of the program's own between calls; it
   changes when it is made anew. */
AKOLHOOK_API PGconn *akolhook_postgres_db(akolhook_postgres *pg);
/* After the hub is closed; wipes the memory. NULL is legal. */
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
#ifndef AKOLHOOK_NO_POSIX
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ==== >>tables ====

   Everything that decides the fate of a delivery is in one row of turns, and whoever changes a delivery, a
   counter or a log row of a webhook holds the lock of that row; so the rows of the other tables need no locks
   of their own, and what is read after the lock is what counts. Locks are taken in the order of webhooks,
   after the keys, or without waiting. */

#define AKOLHOOK_POSTGRES_I_LAYOUT 2      /* of the tables; written into meta */
#define AKOLHOOK_POSTGRES_I_LAST_LAYOUT 1 /* becomes this one */

/* A locked row of turns: number of the parameter, column, its type, member of the hook below, its type. */
/* clang-format off */
#define AKOLHOOK_POSTGRES_I_TURN(X) \
    X(2, active, "smallint", active, int) \
    X(3, events, "bigint", events, akolhook_events) \
    X(4, origin, "bigint", origin, uint64_t) \
    X(5, rate, "int", rate, uint32_t) \
    X(6, cut, "bigint", cut, int64_t) \
    X(7, cutting, "smallint", cutting, int) \
    X(8, ready, "smallint", ready, int) \
    X(9, ready_at, "bigint", ready_at, int64_t) \
    X(10, turn, "bigint", turn, int64_t) \
    X(11, in_flight, "int", in_flight, uint32_t) \
    X(12, queued, "int", queued, uint32_t) \
    X(13, tests, "int", tests, uint32_t) \
    X(14, capped, "smallint", capped, int) \
    X(15, logged, "bigint", logged, int64_t) \
    X(16, allowed_us, "bigint", allowed_us, int64_t) \
    X(17, cls, "smallint", health.cls, akolhook_class) \
    X(18, warned, "smallint", health.is_warned, uint8_t) \
    X(19, code, "int", health.code, int32_t) \
    X(20, reason, "int", health.reason, akolhook_status) \
    X(21, failures, "bigint", health.failures, uint32_t) \
    X(22, counted, "bigint", health.counted, uint32_t) \
    X(23, misses, "bigint", health.misses, uint32_t) \
    X(24, estimate, "int", health.estimate_ms, int32_t) \
    X(25, failing_since, "bigint", health.failing_since, int64_t) \
    X(26, counted_since, "bigint", health.counted_since, int64_t) \
    X(27, sick_since, "bigint", health.sick_since, int64_t) \
    X(28, missed_at, "bigint", health.missed_at, int64_t) \
    X(29, backoff_until, "bigint", health.backoff_until, int64_t) \
    X(30, retry_until, "bigint", health.retry_until, int64_t) \
    X(31, sick_at_ms, "bigint", health.sick_at_ms, int64_t) \
    X(32, inactive_at, "bigint", inactive_at, int64_t) \
    X(33, inactive_by, "smallint", inactive_by, int)

/* What a claim changes of them, under the parameters of its own statement. */
#define AKOLHOOK_POSTGRES_I_CLAIMED(X) \
    X(2, ready, "smallint", ready, int) \
    X(3, ready_at, "bigint", ready_at, int64_t) \
    X(4, turn, "bigint", turn, int64_t) \
    X(5, in_flight, "int", in_flight, uint32_t) \
    X(6, capped, "smallint", capped, int) \
    X(7, allowed_us, "bigint", allowed_us, int64_t)

/* Counters, in the order of the enum below. Deliveries that wait are counted in turns. */
#define AKOLHOOK_POSTGRES_I_COUNTER(X) \
    X(2, delivered) X(3, failed) X(4, cancelled) X(5, dropped) X(6, skipped) X(7, attempts) \
    X(8, attempts_failed) X(9, tests) X(10, tests_failed)

/* A row of the log: number of the parameter, column, its type, member of akolhook_log_row, its type. */
#define AKOLHOOK_POSTGRES_I_LOG(X) \
    X(3, delivery, "bigint", number, uint64_t) \
    X(4, event, "smallint", event, akolhook_event) \
    X(5, at, "bigint", at_ms, int64_t) \
    X(6, attempt, "bigint", attempt, uint32_t) \
    X(7, state, "smallint", state, akolhook_delivery_state) \
    X(8, retry, "bigint", retry_ms, int64_t) \
    X(9, code, "int", code, int) \
    X(10, success, "smallint", success, uint8_t) \
    X(11, is_test, "smallint", is_test, uint8_t) \
    X(12, cut, "smallint", response_cut, uint8_t) \
    X(13, status, "int", status, akolhook_status) \
    X(14, phase, "smallint", phase, akolhook_phase) \
    X(15, native, "bigint", native_error, long) \
    X(16, ms, "int", ms, int32_t) \
    X(17, lookup, "int", lookup_ms, int32_t) \
    X(18, connect, "int", connect_ms, int32_t) \
    X(19, tls, "int", tls_ms, int32_t) \
    X(20, first, "int", first_byte_ms, int32_t)
/* clang-format on */

#define AKOLHOOK_POSTGRES_I_MAKE(n, name, type, member, ctype) #name " " type " NOT NULL DEFAULT 0, "
#define AKOLHOOK_POSTGRES_I_PICK(n, name, type, member, ctype) ", t." #name
#define AKOLHOOK_POSTGRES_I_GIVE(n, name, type, member, ctype) ", $" #n "::bigint[]"
#define AKOLHOOK_POSTGRES_I_NAME(n, name, type, member, ctype) ", " #name
#define AKOLHOOK_POSTGRES_I_TAKE(n, name, type, member, ctype) ", " #name " = u." #name
#define AKOLHOOK_POSTGRES_I_LOGGED(n, name, type, member, ctype) ", l." #name
#define AKOLHOOK_POSTGRES_I_C_MAKE(n, name) #name " bigint NOT NULL DEFAULT 0, "
#define AKOLHOOK_POSTGRES_I_C_GIVE(n, name) ", $" #n "::bigint[]"
#define AKOLHOOK_POSTGRES_I_C_NAME(n, name) ", " #name
#define AKOLHOOK_POSTGRES_I_C_TAKE(n, name) ", " #name " = t." #name " + u." #name
#define AKOLHOOK_POSTGRES_I_C_SUM(n, name) "sum(c." #name ")::bigint, "
#define AKOLHOOK_POSTGRES_I_C_MOVE(n, name) ", " #name " = t." #name " + g." #name

/* @ stands for the schema and the common beginning of all names. The index over -number keeps a query for one
   webhook from walking over the numbers of all. ready_at 0: nothing waits, or capped. A
   webhook is capped when as many of its deliveries are in flight as may be. What a webhook had when it was
   set inactive has numbers up to cut; cutting: some of it still waits. Counters of webhook 0 are those of
   deleted ones; gone has deleted ones of which there are rows left. */
/* clang-format off */
#define AKOLHOOK_POSTGRES_I_FAILING_INDEX \
        "CREATE INDEX akolhook_turns_failing ON @turns (webhook) WHERE cls = 2;"
#define AKOLHOOK_POSTGRES_I_LOG_INDEXES \
        "CREATE INDEX akolhook_log_event ON @log (event, (-sequence));" \
        "CREATE INDEX akolhook_log_at ON @log (at);"
static const char akolhook_postgres_i_tables[] =
        "CREATE TABLE @meta (akolhook_layout int NOT NULL, at bigint NOT NULL, wall bigint NOT NULL,"
        " floor bigint NOT NULL, answered_at bigint NOT NULL, business bytea, note bytea);"
        "INSERT INTO @meta VALUES (2, 0, 0, 0, 0, NULL, NULL);"
        "CREATE SEQUENCE @leases; CREATE SEQUENCE @numbers;"
        "CREATE TABLE @webhooks (number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " id text UNIQUE NOT NULL, name bytea NOT NULL, url bytea NOT NULL, headers bytea NOT NULL,"
        " secret bytea NOT NULL, created_at bigint NOT NULL, deadline bigint NOT NULL,"
        " updated_at bigint NOT NULL DEFAULT 0);"
        "CREATE INDEX ON @webhooks USING hash (url);"
        "CREATE TABLE @turns (" AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_MAKE)
        "webhook bigint PRIMARY KEY) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
        " autovacuum_vacuum_threshold = 2000);"
        "CREATE INDEX akolhook_turns_ready ON @turns (cls, turn, webhook) WHERE ready = 1;"
        "CREATE INDEX akolhook_turns_wait ON @turns (ready_at) WHERE ready = 0 AND ready_at > 0;"
        "CREATE INDEX akolhook_turns_cut ON @turns (webhook) WHERE cutting = 1;"
        AKOLHOOK_POSTGRES_I_FAILING_INDEX
        "CREATE TABLE @counters (" AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_MAKE)
        "last_triggered bigint NOT NULL DEFAULT 0, webhook bigint PRIMARY KEY) WITH (fillfactor = 50,"
        " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);"
        "INSERT INTO @counters (webhook) VALUES (0);"
        "CREATE TABLE @latency (webhook bigint, bucket smallint, n bigint NOT NULL,"
        " PRIMARY KEY (webhook, bucket)) WITH (fillfactor = 50)";
static const char akolhook_postgres_i_more_tables[] =
        "CREATE TABLE @events (number bigint PRIMARY KEY,"
        " message_id text NOT NULL, event smallint NOT NULL, head bytea NOT NULL, tail bytea NOT NULL,"
        " created bigint NOT NULL);"
        "CREATE TABLE @deliveries (number bigint PRIMARY KEY DEFAULT nextval('@numbers'),"
        " webhook bigint NOT NULL, event bigint NOT NULL, due bigint NOT NULL, created bigint NOT NULL,"
        " lease bigint NOT NULL DEFAULT 0, lease_until bigint NOT NULL DEFAULT 0,"
        " began bigint NOT NULL DEFAULT 0, attempt bigint NOT NULL DEFAULT 0,"
        " faults bigint NOT NULL DEFAULT 0, is_test smallint NOT NULL, urgent smallint NOT NULL DEFAULT 0,"
        " cut smallint NOT NULL DEFAULT 0) WITH (autovacuum_vacuum_scale_factor = 0.02);"
        "CREATE INDEX akolhook_deliveries_due ON @deliveries (webhook, due, number) WHERE lease = 0;"
        "CREATE INDEX akolhook_deliveries_lease ON @deliveries (lease_until) WHERE lease <> 0;"
        "CREATE INDEX akolhook_deliveries_age ON @deliveries (webhook, (-number));"
        "CREATE INDEX akolhook_deliveries_event ON @deliveries (event);"
        "CREATE TABLE @keys (key bytea PRIMARY KEY, print bytea NOT NULL, message_id text NOT NULL,"
        " at bigint NOT NULL);"
        "CREATE INDEX akolhook_keys_at ON @keys (at);"
        "CREATE TABLE @log (webhook bigint NOT NULL, position bigint NOT NULL, "
        AKOLHOOK_POSTGRES_I_LOG(AKOLHOOK_POSTGRES_I_MAKE)
        "stored bigint NOT NULL, redelivered smallint NOT NULL DEFAULT 0, message_id text NOT NULL,"
        " peer bytea NOT NULL, response bytea NOT NULL,"
        " sequence bigint GENERATED BY DEFAULT AS IDENTITY, PRIMARY KEY (webhook, position));"
        "CREATE UNIQUE INDEX akolhook_log_sequence ON @log (sequence);"
        "CREATE INDEX akolhook_log_delivery ON @log (delivery, sequence);"
        "CREATE INDEX akolhook_log_message ON @log (message_id, sequence);"
        "CREATE INDEX akolhook_log_failed ON @log (sequence) WHERE success = 0;"
        "CREATE INDEX akolhook_log_tests ON @log (sequence) WHERE is_test = 1;"
        AKOLHOOK_POSTGRES_I_LOG_INDEXES
        "CREATE TABLE @gone (webhook bigint PRIMARY KEY)";
/* From the last layout to this one. Every call of a hub reads meta first: none works beside it. */
static const char akolhook_postgres_i_changes[] =
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
        "LOCK TABLE @meta IN ACCESS EXCLUSIVE MODE;"
        "ALTER TABLE @turns ADD sick_at_ms bigint NOT NULL DEFAULT 0,"
        " ADD inactive_at bigint NOT NULL DEFAULT 0, ADD inactive_by smallint NOT NULL DEFAULT 0;"
        "ALTER TABLE @webhooks ADD updated_at bigint NOT NULL DEFAULT 0;"
        "UPDATE @webhooks SET updated_at = created_at;"
        "UPDATE @turns SET sick_at_ms = sick_since + (SELECT wall - at FROM @meta) WHERE sick_since > 0;"
        AKOLHOOK_POSTGRES_I_FAILING_INDEX
        AKOLHOOK_POSTGRES_I_LOG_INDEXES
        "UPDATE @meta SET akolhook_layout = 2";
/* clang-format on */

/* ==== >>statements ==== */

#define AKOLHOOK_POSTGRES_I_TURN_OF "t.webhook" AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_PICK)
#define AKOLHOOK_POSTGRES_I_JOB \
    "d.number, d.webhook, d.due, d.lease, d.lease_until, d.began, d.created, d.attempt, d.faults," \
    " d.is_test, d.urgent, d.cut, d.event, e.event, e.message_id"
#define AKOLHOOK_POSTGRES_I_HEAD \
    "SELECT x.* FROM @deliveries x WHERE x.webhook = u.webhook AND x.lease = 0 ORDER BY x.due, x.number"
/* from when on a webhook gives a delivery that is due now: akolhook_hub_ready_at in SQL */
#define AKOLHOOK_POSTGRES_I_AT \
    "greatest($5::bigint, t.backoff_until, t.retry_until, (t.allowed_us + 999) / 1000)"
#define AKOLHOOK_POSTGRES_I_SHOWN \
    "SELECT w.id, w.name, w.url, w.headers, w.created_at, w.deadline, c.last_triggered," \
    " (SELECT d.created FROM @deliveries d WHERE d.webhook = w.number ORDER BY -d.number DESC LIMIT 1)," \
    " h.due," \
    " h.urgent, w.updated_at, " AKOLHOOK_POSTGRES_I_TURN_OF \
    " FROM @webhooks w JOIN @turns t ON t.webhook = w.number" \
    " JOIN @counters c ON c.webhook = w.number LEFT JOIN LATERAL (SELECT x.due, x.urgent" \
    " FROM @deliveries x WHERE x.webhook = w.number AND x.lease = 0 ORDER BY x.due, x.number LIMIT 1) h" \
    " ON true WHERE "
#define AKOLHOOK_POSTGRES_I_WAITING_IF \
    "SELECT " AKOLHOOK_POSTGRES_I_JOB ", w.id FROM @deliveries d JOIN @events e ON e.number = d.event" \
    " JOIN @webhooks w ON w.number = d.webhook WHERE "
/* the newest row of a delivery; OFFSET 0 keeps the planner from beginning with the webhooks */
#define AKOLHOOK_POSTGRES_I_NEWEST \
    " FROM (SELECT x.* FROM @log x WHERE x.delivery = $1::bigint ORDER BY x.delivery, x.sequence DESC" \
    " OFFSET 0) l" \
    " JOIN @turns t ON t.webhook = l.webhook AND l.position > t.logged - $2::bigint LIMIT 1"

/* clang-format off */
#define AKOLHOOK_POSTGRES_I_STATEMENTS(X) \
    X(KEEP, \
      "UPDATE @meta SET at = greatest(at, $1::bigint)," \
      " wall = CASE WHEN at > $1::bigint THEN wall ELSE $2::bigint END," \
      " floor = greatest(floor, $3::bigint), answered_at = greatest(answered_at, $4::bigint)" \
      " WHERE ctid = (SELECT ctid FROM @meta" \
      " FOR NO KEY UPDATE SKIP LOCKED)") \
    X(BIND, "UPDATE @meta SET business = $1::bytea WHERE business IS NULL") \
    X(BUSINESS, "SELECT business FROM @meta") \
    X(NOTE_SET, "UPDATE @meta SET note = $1::bytea") \
    X(NOTE_GET, "SELECT coalesce(note, '') FROM @meta") \
    X(NUMBER, "SELECT nextval('@numbers') FROM generate_series(1, $1::bigint)") \
    X(GUARD, "SELECT 1 FROM (SELECT pg_advisory_xact_lock(4207713, '@meta'::regclass::oid::int)) x") \
    X(COUNT, "SELECT count(*) FROM @turns") \
    X(CLASH, \
      "SELECT 1 FROM @webhooks w JOIN @turns t ON t.webhook = w.number WHERE w.url = coalesce($1::bytea," \
      " (SELECT url FROM @webhooks WHERE number = $3::bigint)) AND t.events & $2::bigint <> 0" \
      " AND w.number <> $3::bigint LIMIT 1") \
    X(PUT, \
      "WITH w AS (INSERT INTO @webhooks (id, name, url, headers, secret, created_at, deadline," \
      " updated_at) VALUES ($1::text, $2::bytea, $3::bytea, $4::bytea, $5::bytea, $6::bigint, $7::bigint," \
      " $6::bigint) RETURNING number)," \
      " c AS (INSERT INTO @counters (webhook) SELECT number FROM w)" \
      " INSERT INTO @turns (webhook, active, events, origin, rate, turn) SELECT number, $8::bigint," \
      " $9::bigint, $10::bigint, $11::bigint, $12::bigint FROM w") \
    X(SET, \
      "UPDATE @webhooks SET name = CASE WHEN $2::bigint & 1 <> 0 THEN $3::bytea ELSE name END," \
      " url = CASE WHEN $2::bigint & 2 <> 0 THEN $4::bytea ELSE url END," \
      " secret = CASE WHEN $2::bigint & 8 <> 0 THEN $5::bytea ELSE secret END," \
      " deadline = CASE WHEN $2::bigint & 64 <> 0 THEN $6::bigint ELSE deadline END," \
      " headers = CASE WHEN $2::bigint & 128 <> 0 THEN $7::bytea ELSE headers END," \
      " updated_at = CASE WHEN $8::bigint > 0 THEN $8::bigint ELSE updated_at END" \
      " WHERE number = $1::bigint") \
    X(GET, AKOLHOOK_POSTGRES_I_SHOWN "w.id = $1::text") \
    X(LIST, AKOLHOOK_POSTGRES_I_SHOWN "w.number > $1::bigint ORDER BY w.number LIMIT $2::bigint") \
    X(LIST_FAILING, \
      AKOLHOOK_POSTGRES_I_SHOWN "t.cls = 2 AND t.webhook > $1::bigint ORDER BY t.webhook LIMIT $2::bigint") \
    X(FIND, "SELECT number FROM @webhooks WHERE id = $1::text") \
    X(CONFIG, \
      "SELECT number, id, url, headers, secret, deadline FROM @webhooks WHERE number = ANY ($1::bigint[])") \
    X(DELETE, \
      "WITH g AS (DELETE FROM @counters WHERE webhook = $1::bigint RETURNING *), m AS (DELETE FROM @latency" \
      " WHERE webhook = $1::bigint RETURNING bucket, n), s AS (INSERT INTO @latency SELECT 0, bucket, n" \
      " FROM m ON CONFLICT (webhook, bucket) DO UPDATE SET n = @latency.n + EXCLUDED.n)," \
      " w AS (DELETE FROM @webhooks WHERE number = $1::bigint), k AS (DELETE FROM @turns" \
      " WHERE webhook = $1::bigint), d AS (DELETE FROM @deliveries" \
      " WHERE lease <> 0 AND webhook = $1::bigint), x AS (INSERT INTO @gone VALUES ($1::bigint))" \
      " UPDATE @counters t SET webhook = 0" AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_MOVE) \
      " FROM g WHERE t.webhook = 0") \
    X(LOCK, \
      "SELECT " AKOLHOOK_POSTGRES_I_TURN_OF " FROM @turns t WHERE webhook = ANY ($1::bigint[])" \
      " ORDER BY webhook FOR NO KEY UPDATE") \
    X(LOCK_FREE, \
      "SELECT " AKOLHOOK_POSTGRES_I_TURN_OF " FROM @turns t WHERE webhook = ANY ($1::bigint[])" \
      " ORDER BY webhook FOR NO KEY UPDATE SKIP LOCKED") \
    X(LOCK_ID, \
      "SELECT " AKOLHOOK_POSTGRES_I_TURN_OF " FROM @turns t WHERE webhook = (SELECT number FROM @webhooks" \
      " WHERE id = $1::text) FOR NO KEY UPDATE") \
    X(TURNS, \
      "UPDATE @turns t SET webhook = u.webhook" AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_TAKE) \
      " FROM unnest($1::bigint[]" AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_GIVE) ") AS u(webhook" \
      AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_NAME) ") WHERE t.webhook = u.webhook") \
    X(PLACES, \
      "UPDATE @turns t SET webhook = u.webhook" AKOLHOOK_POSTGRES_I_CLAIMED(AKOLHOOK_POSTGRES_I_TAKE) \
      " FROM unnest($1::bigint[]" AKOLHOOK_POSTGRES_I_CLAIMED(AKOLHOOK_POSTGRES_I_GIVE) ") AS u(webhook" \
      AKOLHOOK_POSTGRES_I_CLAIMED(AKOLHOOK_POSTGRES_I_NAME) ") WHERE t.webhook = u.webhook") \
    X(COUNTERS, \
      "WITH s AS (INSERT INTO @latency SELECT webhook, bucket, count(*) FROM unnest($12::bigint[]," \
      " $13::bigint[]) AS v(webhook, bucket) GROUP BY webhook, bucket ORDER BY webhook, bucket" \
      " ON CONFLICT (webhook, bucket) DO UPDATE SET n = @latency.n + EXCLUDED.n) UPDATE @counters t" \
      " SET last_triggered = CASE WHEN u.last > 0 THEN u.last ELSE t.last_triggered END" \
      AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_TAKE) " FROM unnest($1::bigint[]" \
      AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_GIVE) ", $11::bigint[]) AS u(webhook" \
      AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_NAME) ", last) WHERE t.webhook = u.webhook") \
    X(ROWS, \
      "WITH old AS (DELETE FROM @log WHERE ctid = ANY (ARRAY(SELECT l.ctid FROM unnest($25::bigint[]," \
      " $26::bigint[], $27::bigint[]) AS u(webhook, cutoff, n) CROSS JOIN LATERAL (SELECT x.ctid" \
      " FROM @log x WHERE x.webhook = u.webhook AND x.position <= u.cutoff ORDER BY x.position" \
      " LIMIT u.n) l))) INSERT INTO @log (webhook, position" \
      AKOLHOOK_POSTGRES_I_LOG(AKOLHOOK_POSTGRES_I_NAME) \
      ", stored, message_id, peer, response) SELECT * FROM unnest($1::bigint[], $2::bigint[]" \
      AKOLHOOK_POSTGRES_I_LOG(AKOLHOOK_POSTGRES_I_GIVE) ", $21::bigint[], $22::text[], $23::bytea[]," \
      " $24::bytea[])") \
    X(HEADS, \
      "SELECT " AKOLHOOK_POSTGRES_I_JOB " FROM unnest($1::bigint[], $2::bigint[]) AS u(webhook, n)" \
      " CROSS JOIN LATERAL (" AKOLHOOK_POSTGRES_I_HEAD " LIMIT u.n) d JOIN @events e ON e.number = d.event" \
      " ORDER BY d.webhook, d.due, d.number") \
    X(DUES, \
      "SELECT u.webhook, d.due, d.urgent FROM unnest($1::bigint[]) AS u(webhook) CROSS JOIN LATERAL (" \
      AKOLHOOK_POSTGRES_I_HEAD " LIMIT 1) d") \
    X(JOBS, \
      "SELECT " AKOLHOOK_POSTGRES_I_JOB " FROM @deliveries d JOIN @events e ON e.number = d.event" \
      " WHERE d.number = ANY ($1::bigint[])") \
    X(CUT, \
      "SELECT " AKOLHOOK_POSTGRES_I_JOB " FROM (SELECT x.* FROM @deliveries x" \
      " WHERE x.webhook = $1::bigint AND -x.number >= -$2::bigint AND x.lease = 0" \
      " ORDER BY -x.number DESC" \
      " LIMIT $3::bigint) d JOIN @events e ON e.number = d.event ORDER BY d.number") \
    X(END, "DELETE FROM @deliveries WHERE number = ANY ($1::bigint[])") \
    X(BACK, \
      "UPDATE @deliveries d SET lease = 0, lease_until = 0, due = u.due, attempt = u.attempt," \
      " faults = u.faults FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])" \
      " AS u(number, due, attempt, faults) WHERE d.number = u.number") \
    X(ADD, \
      "INSERT INTO @deliveries (webhook, event, due, created, is_test) SELECT $1::bigint, u.event," \
      " $3::bigint, $3::bigint, $4::bigint FROM unnest($2::bigint[]) WITH ORDINALITY AS u(event, n)" \
      " ORDER BY u.n") \
    X(URGE, "UPDATE @deliveries SET due = 0, urgent = 1 WHERE number = $1::bigint") \
    X(MARK, "UPDATE @deliveries SET cut = 1 WHERE number = $1::bigint") \
    X(KEYS_ADD, \
      "INSERT INTO @keys SELECT DISTINCT ON (u.key) u.key, u.print, u.message_id, $4::bigint" \
      " FROM unnest($1::bytea[], $2::bytea[], $3::text[]) WITH ORDINALITY AS u(key, print, message_id, n)" \
      " ORDER BY u.key, u.n ON CONFLICT (key) DO NOTHING") \
    X(KEYS_GET, "SELECT key, print, message_id FROM @keys WHERE key = ANY ($1::bytea[])") \
    X(FATES, \
      "SELECT webhook, active, events, queued, tests, cls FROM @turns WHERE events & $1::bigint <> 0" \
      " OR webhook = ANY ($2::bigint[]) ORDER BY webhook FOR NO KEY UPDATE") \
    X(EMIT, \
      "WITH e AS (INSERT INTO @events (number, message_id, event, head, tail, created) SELECT" \
      " CASE WHEN u.number > 0 THEN u.number ELSE nextval('@numbers') END, u.message_id, u.event, u.head," \
      " u.tail, $5::bigint FROM unnest($13::bigint[], $1::text[], $2::bigint[], $3::bytea[], $4::bytea[])" \
      " AS u(number, message_id, event, head, tail) RETURNING number, message_id)," \
      " d AS (INSERT INTO @deliveries (webhook, event, due, created, is_test) SELECT u.webhook, e.number," \
      " $5::bigint, $5::bigint, u.is_test FROM unnest($7::bigint[], $8::bigint[], $9::bigint[])" \
      " WITH ORDINALITY AS u(webhook, k, is_test, n) JOIN e ON e.message_id = ($1::text[])[u.k]" \
      " ORDER BY u.n) UPDATE @turns t SET queued = t.queued + u.n, tests = t.tests + u.tests," \
      " ready = CASE WHEN t.ready = 1 THEN 1 WHEN t.capped = 1 OR " AKOLHOOK_POSTGRES_I_AT " > $5::bigint" \
      " THEN 0 ELSE 1 END, turn = CASE WHEN t.ready = 1 OR t.capped = 1 OR " AKOLHOOK_POSTGRES_I_AT \
      " > $5::bigint THEN t.turn ELSE greatest(t.turn, $6::bigint) END, ready_at = CASE WHEN t.ready = 1" \
      " OR t.capped = 1 THEN t.ready_at WHEN t.ready_at = 0 THEN " AKOLHOOK_POSTGRES_I_AT \
      " ELSE least(t.ready_at, " AKOLHOOK_POSTGRES_I_AT ") END FROM unnest($10::bigint[], $11::bigint[]," \
      " $12::bigint[]) AS u(webhook, n, tests) WHERE t.webhook = u.webhook") \
    X(WAKE, \
      "WITH w AS (UPDATE @turns SET ready = 1, turn = greatest(turn, $2::bigint) WHERE webhook = ANY" \
      " (ARRAY(SELECT webhook FROM @turns WHERE ready = 0 AND ready_at > 0 AND ready_at <= $1::bigint" \
      " ORDER BY ready_at LIMIT 256 FOR NO KEY UPDATE SKIP LOCKED)) RETURNING 1) SELECT EXISTS (SELECT 1" \
      " FROM @deliveries WHERE lease <> 0 AND lease_until <= $1::bigint)") \
    X(LATE, \
      "SELECT number, webhook FROM @deliveries WHERE lease <> 0 AND lease_until <= $1::bigint" \
      " ORDER BY lease_until LIMIT 256") \
    X(READY, \
      "SELECT " AKOLHOOK_POSTGRES_I_TURN_OF " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]," \
      " $4::bigint[]) AS u(cls, n, turn, webhook) CROSS JOIN LATERAL (SELECT x.* FROM @turns x" \
      " WHERE x.ready = 1 AND x.cls = u.cls AND (x.turn, x.webhook) > (u.turn, u.webhook)" \
      " ORDER BY x.turn, x.webhook LIMIT u.n FOR NO KEY UPDATE SKIP LOCKED) t") \
    X(LEASE, \
      "UPDATE @deliveries d SET lease = l.lease, lease_until = u.until, began = $3::bigint, urgent = 0" \
      " FROM (SELECT nextval('@leases') AS lease) l, unnest($1::bigint[], $2::bigint[]) AS u(number, until)" \
      " WHERE d.number = u.number RETURNING d.number, d.lease") \
    X(BODIES, "SELECT number, head, tail FROM @events WHERE number = ANY ($1::bigint[])") \
    X(DUE, \
      "SELECT EXISTS (SELECT 1 FROM unnest($1::bigint[]) AS u(cls) CROSS JOIN LATERAL (SELECT x.origin" \
      " FROM @turns x WHERE x.ready = 1 AND x.cls = u.cls ORDER BY x.turn, x.webhook LIMIT 129) t" \
      " WHERE t.origin <> ALL ($2::bigint[])), (SELECT ready_at FROM @turns WHERE ready = 0" \
      " AND ready_at > 0 ORDER BY ready_at LIMIT 1), (SELECT lease_until FROM @deliveries" \
      " WHERE lease <> 0 ORDER BY lease_until LIMIT 1)") \
    X(OWNER, \
      "SELECT webhook FROM @deliveries WHERE number = $1::bigint UNION ALL (SELECT l.webhook" \
      AKOLHOOK_POSTGRES_I_NEWEST ") LIMIT 1") \
    X(ENDED, \
      "SELECT l.position, l.state, l.is_test, l.stored, e.number IS NOT NULL, l.event, l.attempt," \
      " l.message_id, w.id FROM (SELECT l.*" AKOLHOOK_POSTGRES_I_NEWEST ") l JOIN @webhooks w" \
      " ON w.number = l.webhook LEFT JOIN @events e ON e.number = l.stored") \
    X(HOLD, "SELECT 1 FROM @events WHERE number = $1::bigint FOR KEY SHARE") \
    X(FAILED, \
      "SELECT l.position, e.number FROM @log l JOIN @events e ON e.number = l.stored" \
      " WHERE l.webhook = $1::bigint AND l.position > $2::bigint AND l.state = 3 AND l.redelivered = 0" \
      " AND l.is_test = 0 AND l.at >= $3::bigint ORDER BY l.position LIMIT $4::bigint FOR KEY SHARE OF e") \
    X(REMADE, \
      "UPDATE @log SET redelivered = 1 WHERE webhook = $1::bigint AND position = ANY ($2::bigint[])") \
    X(WAITING, AKOLHOOK_POSTGRES_I_WAITING_IF "d.number > $1::bigint ORDER BY d.number LIMIT $2::bigint") \
    X(WAITING_OF, \
      AKOLHOOK_POSTGRES_I_WAITING_IF "d.webhook = $3::bigint AND -d.number < -$1::bigint" \
      " ORDER BY -d.number DESC LIMIT $2::bigint") \
    X(WAITS, AKOLHOOK_POSTGRES_I_WAITING_IF "d.number = $1::bigint") \
    X(STATS, \
      "SELECT " AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_SUM) "sum(t.queued - t.tests)::bigint" \
      " FROM @counters c LEFT JOIN @turns t USING (webhook)") \
    X(STATS_OF, \
      "SELECT " AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_C_SUM) "sum(t.queued - t.tests)::bigint" \
      " FROM @counters c JOIN @turns t USING (webhook) WHERE c.webhook = $1::bigint") \
    X(LATENCY, "SELECT bucket, sum(n)::bigint FROM @latency GROUP BY bucket") \
    X(LATENCY_OF, "SELECT bucket, n FROM @latency WHERE webhook = $1::bigint") \
    X(GAUGES, \
      "SELECT count(*), coalesce(sum(queued), 0)::bigint, coalesce(sum(in_flight), 0)::bigint," \
      " count(*) FILTER (WHERE cls = $1::bigint), (SELECT count(*) FROM @events)," \
      " (SELECT coalesce(sum(octet_length(head) + octet_length(tail)), 0)::bigint FROM @events)," \
      " (SELECT count(*) FROM @keys), (SELECT d.created FROM @deliveries d JOIN @turns w USING (webhook)" \
      " ORDER BY d.number LIMIT 1) FROM @turns") \
    X(CUTTING, \
      "SELECT " AKOLHOOK_POSTGRES_I_TURN_OF " FROM @turns t WHERE cutting = 1 ORDER BY webhook LIMIT 1" \
      " FOR NO KEY UPDATE SKIP LOCKED") \
    X(GONE, \
      "WITH g AS (SELECT webhook FROM @gone ORDER BY webhook LIMIT 1 FOR UPDATE SKIP LOCKED)," \
      " d AS (DELETE FROM @deliveries WHERE number = ANY (ARRAY(SELECT x.number FROM g JOIN @deliveries x" \
      " USING (webhook) LIMIT 256)) RETURNING 1), l AS (DELETE FROM @log" \
      " WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM g CROSS JOIN LATERAL (SELECT y.ctid FROM @log y" \
      " WHERE y.webhook = g.webhook ORDER BY y.position LIMIT 256) x)) RETURNING 1), n AS (SELECT" \
      " (SELECT count(*) FROM d) + (SELECT count(*) FROM l) AS ended), f AS (DELETE FROM @gone USING g, n" \
      " WHERE @gone.webhook = g.webhook AND n.ended = 0 RETURNING 1)" \
      " SELECT n.ended + 1 FROM n, g WHERE (SELECT count(*) FROM f) >= 0") \
    X(OLD_LOOK, \
      "SELECT count(*), max(number) FROM (SELECT number, created FROM @events WHERE number > $2::bigint" \
      " ORDER BY number LIMIT 1024) x WHERE created <= $1::bigint") \
    X(OLD_LOCK, \
      "SELECT number FROM @events e WHERE number > $2::bigint AND number <= $3::bigint" \
      " AND created <= $1::bigint AND NOT EXISTS (SELECT 1 FROM @deliveries d WHERE d.event = e.number)" \
      " ORDER BY number LIMIT 256 FOR UPDATE SKIP LOCKED") \
    X(OLD_END, \
      "DELETE FROM @events e WHERE number = ANY ($1::bigint[]) AND NOT EXISTS (SELECT 1 FROM @deliveries d" \
      " WHERE d.event = e.number)") \
    X(KEYS_END, \
      "DELETE FROM @keys WHERE key = ANY (ARRAY(SELECT key FROM @keys WHERE at <= $1::bigint ORDER BY at" \
      " LIMIT 256 FOR UPDATE SKIP LOCKED))") \
    X(LOGS, \
      "SELECT t.webhook, EXISTS (SELECT 1 FROM @log x WHERE x.webhook = t.webhook" \
      " AND x.position <= t.logged - $2::bigint) FROM @turns t WHERE t.webhook > $1::bigint" \
      " ORDER BY t.webhook LIMIT 256") \
    X(LOG_END, \
      "DELETE FROM @log WHERE ctid = ANY (ARRAY(SELECT l.ctid FROM unnest($1::bigint[], $2::bigint[])" \
      " AS u(webhook, cutoff) CROSS JOIN LATERAL (SELECT x.ctid FROM @log x WHERE x.webhook = u.webhook" \
      " AND x.position <= u.cutoff LIMIT 256) l LIMIT 256))")
/* clang-format on */

enum {
#define AKOLHOOK_POSTGRES_I_ENUM(name, sql) AKOLHOOK_POSTGRES_I_##name,
    AKOLHOOK_POSTGRES_I_STATEMENTS(AKOLHOOK_POSTGRES_I_ENUM)
#undef AKOLHOOK_POSTGRES_I_ENUM
            AKOLHOOK_POSTGRES_I_STATEMENT_COUNT
};
enum {
#define AKOLHOOK_POSTGRES_I_ENUM(n, name) AKOLHOOK_POSTGRES_I_N_##name,
    AKOLHOOK_POSTGRES_I_COUNTER(AKOLHOOK_POSTGRES_I_ENUM)
#undef AKOLHOOK_POSTGRES_I_ENUM
            AKOLHOOK_POSTGRES_I_COUNTER_COUNT
};

/* ==== >>connection ==== */

#define AKOLHOOK_POSTGRES_I_ARGS 34

/* The parameters of the next statement, all in binary. */
typedef struct akolhook_postgres_i_args {
    uint8_t *data; /* the store's heap; wiped after each statement */
    size_t len, cap;
    size_t array; /* where the array that is being filled begins */
    int count;
    int is_short; /* there was no memory for one of them */
    size_t at[AKOLHOOK_POSTGRES_I_ARGS];
    int lengths[AKOLHOOK_POSTGRES_I_ARGS]; /* -1: NULL */
} akolhook_postgres_i_args;

/* What the claims of one batch point to, until the last of them is settled. */
typedef struct akolhook_postgres_i_held {
    PGresult *config, *bodies;
    size_t refs;
    struct akolhook_postgres_i_held *next, *prev;
} akolhook_postgres_i_held;
/* The handle of a claim. */
typedef struct akolhook_postgres_i_handle {
    akolhook_postgres_i_held *held;
    int64_t webhook;
} akolhook_postgres_i_handle;

struct akolhook_postgres {
    akolhook_store store;
    akolhook_postgres_desc desc;
    char schema[64];

    /* the connection */
    PGconn *db;
    char error[512];
    char sqlstate[6];
    char begin[800]; /* begins a transaction and reads meta */
    int has_failed;  /* error says why this try of the call failed */
    int is_stale;    /* the server became read-only, or a commit is open: take another connection */
    int is_hung;     /* no answer came in time: the connection was cut */
    int64_t planned; /* store time when the plans were made */
    int is_pooled;   /* somebody shares our sessions: no named statements */
    uint8_t prepared[AKOLHOOK_POSTGRES_I_STATEMENT_COUNT];
    akolhook_postgres_i_args args;

    /* store time, and what meta says at the beginning of the call */
    akolhook_store_clock clock;
    int64_t now;
    int64_t kept_at;
    int64_t floor;
    int64_t answered_at;

    /* what slices point to */
    PGresult *shown; /* of the last webhooks, bodies or rows that were read */
    akolhook_postgres_i_held *held;

    size_t emptied[3]; /* webhooks of each class that gave the last claim all that they had */
    int64_t purged;    /* number of the event that the purge has got to */
    int64_t trimmed;   /* number of the webhook that the trim of logs has got to */
};
typedef char akolhook_postgres_i_size_holds[sizeof(struct akolhook_postgres) + 15 <= AKOLHOOK_POSTGRES_SIZE
                                                    ? 1
                                                    : -1];

/* ---- parameters ---- */

static uint8_t *akolhook_postgres_i_put(akolhook_postgres *pg, size_t len) {
    akolhook_postgres_i_args *a = &pg->args;
    size_t cap = a->cap ? a->cap : 8192;
    uint8_t *data;

    if (a->is_short) return NULL;
    while (cap - a->len < len && cap < (size_t)1 << 30) cap *= 2;
    if (cap != a->cap) {
        data = cap - a->len < len ? NULL : (uint8_t *)malloc(cap);
        if (!data) {
            a->is_short = 1;
            return NULL;
        }
        if (a->len) memcpy(data, a->data, a->len);
        akolhook_wipe(a->data, a->len);
        free(a->data);
        a->data = data;
        a->cap = cap;
    }
    a->len += len;
    return a->data + a->len - len;
}
static void akolhook_postgres_i_put_number(akolhook_postgres *pg, uint64_t value, unsigned bytes) {
    uint8_t *p = akolhook_postgres_i_put(pg, bytes);

    while (p && bytes--) *p++ = (uint8_t)(value >> (8 * bytes));
}
static void akolhook_postgres_i_put_bytes(akolhook_postgres *pg, const void *data, size_t len) {
    uint8_t *p = akolhook_postgres_i_put(pg, len);

    if (p && len) memcpy(p, data, len);
}

static void akolhook_postgres_i_no_args(akolhook_postgres *pg) {
    akolhook_postgres_i_args *a = &pg->args;

    if (a->len) akolhook_wipe(a->data, a->len);
    a->len = 0;
    a->count = a->is_short = 0;
}
static void akolhook_postgres_i_begin_arg(akolhook_postgres *pg) {
    pg->args.at[pg->args.count] = pg->args.len;
}
static void akolhook_postgres_i_end_arg(akolhook_postgres *pg) {
    akolhook_postgres_i_args *a = &pg->args;

    a->lengths[a->count] = (int)(a->len - a->at[a->count]);
    a->count++;
}
static void akolhook_postgres_i_int(akolhook_postgres *pg, int64_t value) {
    akolhook_postgres_i_begin_arg(pg);
    akolhook_postgres_i_put_number(pg, (uint64_t)value, 8);
    akolhook_postgres_i_end_arg(pg);
}
/* A number after which a list goes on; beyond the largest there is nothing. */
static void akolhook_postgres_i_after(akolhook_postgres *pg, uint64_t number) {
    akolhook_postgres_i_int(pg, (int64_t)(number < INT64_MAX ? number : INT64_MAX));
}
static void akolhook_postgres_i_bytes(akolhook_postgres *pg, const void *data, size_t len) {
    akolhook_postgres_i_begin_arg(pg);
    akolhook_postgres_i_put_bytes(pg, data, len);
    akolhook_postgres_i_end_arg(pg);
}
static void akolhook_postgres_i_text(akolhook_postgres *pg, const char *text) {
    akolhook_postgres_i_bytes(pg, text, strlen(text));
}
static void akolhook_postgres_i_null(akolhook_postgres *pg) {
    pg->args.at[pg->args.count] = pg->args.len;
    pg->args.lengths[pg->args.count++] = -1;
}

/* Arrays: the number of their dimensions, whether there are NULLs, the type, its length and first index. */
#define AKOLHOOK_POSTGRES_I_OF_INT 20 /* the types' numbers in PostgreSQL */
#define AKOLHOOK_POSTGRES_I_OF_BYTES 17
#define AKOLHOOK_POSTGRES_I_OF_TEXT 25
static void akolhook_postgres_i_array(akolhook_postgres *pg, unsigned type, size_t count) {
    akolhook_postgres_i_begin_arg(pg);
    akolhook_postgres_i_put_number(pg, count > 0, 4);
    akolhook_postgres_i_put_number(pg, 0, 4);
    akolhook_postgres_i_put_number(pg, type, 4);
    if (!count) return;
    akolhook_postgres_i_put_number(pg, count, 4);
    akolhook_postgres_i_put_number(pg, 1, 4);
}
static void akolhook_postgres_i_item(akolhook_postgres *pg, int64_t value) {
    akolhook_postgres_i_put_number(pg, 8, 4);
    akolhook_postgres_i_put_number(pg, (uint64_t)value, 8);
}
static void akolhook_postgres_i_item_bytes(akolhook_postgres *pg, const void *data, size_t len) {
    akolhook_postgres_i_put_number(pg, len, 4);
    akolhook_postgres_i_put_bytes(pg, data, len);
}
static void akolhook_postgres_i_ints(akolhook_postgres *pg, const int64_t *values, size_t count) {
    size_t i;

    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, count);
    for (i = 0; i < count; i++) akolhook_postgres_i_item(pg, values[i]);
    akolhook_postgres_i_end_arg(pg);
}

/* ---- results ---- */

static int64_t akolhook_postgres_i_get(const PGresult *result, int row, int column) {
    const uint8_t *p = (const uint8_t *)PQgetvalue(result, row, column);
    int len = PQgetlength(result, row, column), i;
    uint64_t value = len > 1 && p[0] & 0x80 ? UINT64_MAX : 0;

    for (i = 0; i < len; i++) value = value << 8 | p[i];
    return (int64_t)value;
}
static akolhook_str akolhook_postgres_i_str(const PGresult *result, int row, int column) {
    return akolhook_str_n(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}
static void akolhook_postgres_i_copy(const PGresult *result, int row, int column, char *out, size_t size) {
    akolhook_str s = akolhook_postgres_i_str(result, row, column);
    size_t len = s.len < size ? s.len : size - 1;

    memcpy(out, s.ptr, len);
    out[len] = 0;
}

/* ---- statements ---- */

static void akolhook_postgres_i_fail(akolhook_postgres *pg, const PGresult *result) {
    const char *text = result ? PQresultErrorMessage(result) : "", *state;

    if (!*text) text = PQerrorMessage(pg->db);
    if (pg->is_hung) text = "no answer from the database: the connection was cut";
    snprintf(pg->error, sizeof pg->error, "%s", *text ? text : "no memory");
    pg->has_failed = 1;
    state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    snprintf(pg->sqlstate, sizeof pg->sqlstate, "%s", state ? state : "");
}
/* The same for what the database has nothing to do with. */
static void akolhook_postgres_i_fail_own(akolhook_postgres *pg, const char *why) {
    pg->has_failed = 1;
    snprintf(pg->error, sizeof pg->error, "%s", why);
    snprintf(pg->sqlstate, sizeof pg->sqlstate, "own");
}
/* The last failure came from no server: the connection is lost, whatever libpq says of it. */
static int akolhook_postgres_i_is_lost(const akolhook_postgres *pg) {
    return PQstatus(pg->db) != CONNECTION_OK || !pg->sqlstate[0];
}
/* SQL with the schema in it; NULL: no memory. */
static char *akolhook_postgres_i_expand(const akolhook_postgres *pg, const char *sql) {
    size_t len = 1, schema = strlen(pg->schema) + sizeof "\"\".akolhook_";
    const char *p;
    char *text, *out;

    for (p = sql; *p; p++) len += *p == '@' ? schema : 1;
    text = out = (char *)malloc(len);
    for (p = sql; text && *p; p++)
        if (*p == '@')
            out += sprintf(out, "\"%s\".akolhook_", pg->schema);
        else
            *out++ = *p;
    if (text) *out = 0;
    return text;
}
/* A name that stands for this text in this schema, whoever else prepares on the same session: FNV-1a. */
static void akolhook_postgres_i_name(const akolhook_postgres *pg, const char *sql, char name[32]) {
    uint64_t hash = UINT64_C(14695981039346656037);
    const char *p;

    for (p = pg->schema; *p; p++) hash = (hash ^ (uint8_t)*p) * UINT64_C(1099511628211);
    for (p = sql; *p; p++) hash = (hash ^ (uint8_t)*p) * UINT64_C(1099511628211);
    snprintf(name, 32, "akolhook_%08lx%08lx", (unsigned long)(hash >> 32),
            (unsigned long)(hash & 0xffffffffu));
}

/* ---- no call waits for ever: a server that is stopped, or whose disk is, says nothing at all ---- */

#define AKOLHOOK_POSTGRES_I_SPARE_MS 2000 /* its own time-out comes first */

#ifndef AKOLHOOK_NO_POSIX
static int64_t akolhook_postgres_i_real_ms(void) {
    const akolhook_platform *p = akolhook_posix_platform();

    return p->monotonic_ms_fn(p->user);
}
/* Until what was sent is on its way and a result is there; 0: neither came in time, the connection is cut. */
static int akolhook_postgres_i_await(akolhook_postgres *pg, int64_t until) {
    struct pollfd fd;
    int64_t left;
    int unsent, ready;

    while ((unsent = PQflush(pg->db)) == 1 || (unsent == 0 && PQisBusy(pg->db))) {
        fd.fd = PQsocket(pg->db);
        fd.events = (short)(unsent ? POLLIN | POLLOUT : POLLIN);
        left = until - akolhook_postgres_i_real_ms();
        ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) {
            pg->is_hung = 1;
            (void)shutdown(fd.fd, SHUT_RDWR);
        }
        if (!PQconsumeInput(pg->db) || ready <= 0) return 0;
    }
    return unsent == 0;
}
/* What PQexec would give for what was sent: the last result, or the first that is an error. */
static PGresult *akolhook_postgres_i_result(akolhook_postgres *pg, int is_sent, int64_t ms) {
    int64_t until = akolhook_postgres_i_real_ms() + ms;
    PGresult *last = NULL, *next;

    while (is_sent && akolhook_postgres_i_await(pg, until)) {
        next = PQgetResult(pg->db);
        if (!next) return last;
        /* not always covered: a server that goes may give its reason and the loss of the connection */
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(next);
            continue;
        }
        PQclear(last);
        last = next;
    }

    /* why the connection ended, where it did by itself */
    while (PQstatus(pg->db) == CONNECTION_BAD && !pg->is_hung && (next = PQgetResult(pg->db)) != NULL) {
        PQclear(last);
        last = next;
    }
    /* not always covered: a connection may break between two results */
    if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) return last;
    PQclear(last);
    return NULL;
}
static void akolhook_postgres_i_connected(akolhook_postgres *pg) {
    pg->is_hung = 0;
    (void)PQsetnonblocking(pg->db, 1);
}
#define AKOLHOOK_POSTGRES_I_RUN(pg, ms, name, sent, blocking) \
    akolhook_postgres_i_result(pg, PQsend##name sent, ms)
#else
#define AKOLHOOK_POSTGRES_I_RUN(pg, ms, name, sent, blocking) PQ##blocking sent
static void akolhook_postgres_i_connected(akolhook_postgres *pg) { pg->is_hung = 0; }
#endif

#define AKOLHOOK_POSTGRES_I_BOUND_MS (AKOLHOOK_POSTGRES_CALL_MS + AKOLHOOK_POSTGRES_I_SPARE_MS)
#define AKOLHOOK_POSTGRES_I_LONG_MS 3600000 /* tables of another layout are changed */

static PGresult *akolhook_postgres_i_run(akolhook_postgres *pg, const char *sql) {
    return AKOLHOOK_POSTGRES_I_RUN(pg, AKOLHOOK_POSTGRES_I_BOUND_MS, Query, (pg->db, sql), exec);
}

/* Runs SQL with the parameters that were put together; NULL and an error noted when it fails. which: its
   number, or -1 for one that is not prepared. */
static PGresult *akolhook_postgres_i_exec(akolhook_postgres *pg, int which, const char *sql) {
    akolhook_postgres_i_args *a = &pg->args;
    const char *values[AKOLHOOK_POSTGRES_I_ARGS];
    int formats[AKOLHOOK_POSTGRES_I_ARGS], i, is_named = which >= 0 && !pg->is_pooled, is_sent;
    char name[32] = "", *text = NULL;
    PGresult *result = NULL;

    for (i = 0; i < a->count && !a->is_short; i++) {
        values[i] = a->lengths[i] < 0 ? NULL : (const char *)a->data + a->at[i];
        formats[i] = 1;
    }
    if (is_named) akolhook_postgres_i_name(pg, sql, name);
    if (!is_named || !pg->prepared[which]) text = akolhook_postgres_i_expand(pg, sql);

    if (!a->is_short && is_named && !pg->prepared[which] && text) {
        result = AKOLHOOK_POSTGRES_I_RUN(
                pg, AKOLHOOK_POSTGRES_I_BOUND_MS, Prepare, (pg->db, name, text, 0, NULL), prepare);
        if (PQresultStatus(result) == PGRES_COMMAND_OK) {
            PQclear(result);
            result = NULL;
            pg->prepared[which] = 1;
        }
    }
    if (!a->is_short && !result && is_named && pg->prepared[which])
        result = AKOLHOOK_POSTGRES_I_RUN(pg, AKOLHOOK_POSTGRES_I_BOUND_MS, QueryPrepared,
                (pg->db, name, a->count, values, a->lengths, formats, 1), execPrepared);
    else if (!a->is_short && !result && text)
        result = AKOLHOOK_POSTGRES_I_RUN(pg, AKOLHOOK_POSTGRES_I_BOUND_MS, QueryParams,
                (pg->db, text, a->count, NULL, values, a->lengths, formats, 1), execParams);
    is_sent = !a->is_short && (text || (is_named && pg->prepared[which]));
    free(text);

    akolhook_postgres_i_no_args(pg);
    if (PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    if (is_sent) akolhook_postgres_i_fail(pg, result);
    PQclear(result);
    return NULL;
}
static PGresult *akolhook_postgres_i_query(akolhook_postgres *pg, int which) {
    static const char *const all[] = {
#define AKOLHOOK_POSTGRES_I_SQL(name, sql) sql,
            AKOLHOOK_POSTGRES_I_STATEMENTS(AKOLHOOK_POSTGRES_I_SQL)
#undef AKOLHOOK_POSTGRES_I_SQL
    };

    return akolhook_postgres_i_exec(pg, which, all[which]);
}
/* The same where only how many rows it changed or found matters; -1: failed. */
static long akolhook_postgres_i_do(akolhook_postgres *pg, int which) {
    PGresult *result = akolhook_postgres_i_query(pg, which);
    long count;

    if (!result) return -1;
    count = PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : atol(PQcmdTuples(result));
    PQclear(result);
    return count;
}
/* The same for one number; 0: failed, or there was none. */
static int akolhook_postgres_i_ask(akolhook_postgres *pg, int which, int64_t *value) {
    PGresult *result = akolhook_postgres_i_query(pg, which);
    int found = result && PQntuples(result) > 0;

    if (found) *value = akolhook_postgres_i_get(result, 0, 0);
    if (result && !found) *value = 0;
    PQclear(result);
    return result != NULL;
}

/* ---- transactions ---- */

/* What a call was given, for the function that does it within its transaction. */
typedef struct akolhook_postgres_i_call {
    const char *id;
    uint64_t number;
    int64_t at_ms, since_ms;
    uint32_t max_queue;
    unsigned which;
    int *changed;
    akolhook_str text;
    akolhook_str *note;
    const akolhook_store_webhook *webhook;
    akolhook_store_webhook *webhooks;
    akolhook_store_event *events;
    char (*message_ids)[AKOLHOOK_ID_SIZE]; /* of the events, as they came */
    const akolhook_store_limits *limits;
    akolhook_store_claim *claims;
    const akolhook_store_rules *rules;
    akolhook_store_outcome *outcomes;
    akolhook_store_delivery *deliveries;
    akolhook_store_tending *tending;
    const akolhook_log_query *query;
    akolhook_log_row *rows;
    uint64_t *next;
    akolhook_stats *stats;
    akolhook_gauges *gauges;
    size_t max;
    size_t *count;
    uint32_t *made;
    int64_t *ms;
    akolhook_postgres_i_held *held; /* made by a claim */
} akolhook_postgres_i_call;
typedef akolhook_status (*akolhook_postgres_i_fn)(akolhook_postgres *pg, akolhook_postgres_i_call *call);

/* Store time, from what meta keeps, and two clocks. */
static void akolhook_postgres_i_clock(akolhook_postgres *pg, int64_t kept_wall, int64_t wall) {
    const akolhook_platform *p = pg->desc.platform;
    int64_t monotonic = wall;

    if (p) wall = p->unix_ms_fn(p->user);
#ifndef AKOLHOOK_NO_POSIX
    if (!p) p = akolhook_posix_platform();
#endif
    if (p) monotonic = p->monotonic_ms_fn(p->user); /* not covered: none is under AKOLHOOK_NO_POSIX alone */

    pg->now = akolhook_hub_clock_shared(&pg->clock, pg->kept_at, kept_wall, wall, monotonic);
}

static int akolhook_postgres_i_connect(akolhook_postgres *pg) {
    if (PQstatus(pg->db) == CONNECTION_OK && !pg->is_stale) return 1;
    memset(pg->prepared, 0, sizeof pg->prepared);
    PQreset(pg->db);
    pg->is_stale = 0;
    akolhook_postgres_i_connected(pg);
    if (PQstatus(pg->db) == CONNECTION_OK) return 1;
    akolhook_postgres_i_fail(pg, NULL);
    return 0;
}
static int64_t akolhook_postgres_i_number(const PGresult *result, int column) {
    return (int64_t)strtoll(PQgetvalue(result, 0, column), NULL, 10);
}
#define AKOLHOOK_POSTGRES_I_PLAN_MS 10000 /* plans of when the tables were empty are not kept for longer */

static int akolhook_postgres_i_begin(akolhook_postgres *pg) {
    PGresult *result;
    int64_t floor, answered;
    int ok;

    if (!akolhook_postgres_i_connect(pg)) return 0;
    result = akolhook_postgres_i_run(pg, pg->begin);
    ok = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    if (ok && akolhook_postgres_i_number(result, 0) != AKOLHOOK_POSTGRES_I_LAYOUT) {
        PQclear(result);
        akolhook_postgres_i_fail_own(pg, "the tables are of another layout now");
        return 0;
    }
    if (ok) {
        pg->kept_at = akolhook_postgres_i_number(result, 1);
        floor = akolhook_postgres_i_number(result, 3);
        answered = akolhook_postgres_i_number(result, 4);
        if (pg->floor < floor) pg->floor = floor;
        if (pg->answered_at < answered) pg->answered_at = answered;
        akolhook_postgres_i_clock(
                pg, akolhook_postgres_i_number(result, 2), akolhook_postgres_i_number(result, 5));
    } else {
        akolhook_postgres_i_fail(pg, result);
    }
    PQclear(result);
    if (!ok || pg->now - pg->planned < AKOLHOOK_POSTGRES_I_PLAN_MS) return ok;
    pg->planned = pg->now;
    result = akolhook_postgres_i_run(pg, "DISCARD PLANS");
    ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!ok) akolhook_postgres_i_fail(pg, result);
    PQclear(result);
    return ok;
}

#define AKOLHOOK_POSTGRES_I_KEEP_MS 1000 /* meta is written so often at most */

/* 1: done, 0: failed, -1: nobody knows. */
static int akolhook_postgres_i_commit(akolhook_postgres *pg, int is_write) {
    PGresult *result;
    int ok;

    if (is_write && pg->now - pg->kept_at >= AKOLHOOK_POSTGRES_I_KEEP_MS) {
        akolhook_postgres_i_int(pg, pg->clock.at_ms);
        akolhook_postgres_i_int(pg, pg->clock.wall_ms);
        akolhook_postgres_i_int(pg, pg->floor);
        akolhook_postgres_i_int(pg, pg->answered_at);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_KEEP) < 0) return 0;
    }
    result = akolhook_postgres_i_run(pg, "COMMIT");
    ok = PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0;
    if (!ok) akolhook_postgres_i_fail(pg, result);
    PQclear(result);
    if (ok) return 1;
    return akolhook_postgres_i_is_lost(pg) ? -1 : 0;
}

#define AKOLHOOK_POSTGRES_I_TRIES 8  /* of one transaction */
#define AKOLHOOK_POSTGRES_I_RESETS 2 /* of these on a new connection */
#define AKOLHOOK_POSTGRES_I_RACE "40001"

/* Whether a transaction that failed may succeed when it is run again; makes it ready for that. */
static int akolhook_postgres_i_again(akolhook_postgres *pg, int tries, int *resets) {
    static const char *const races[] = {AKOLHOOK_POSTGRES_I_RACE, "40P01", "23503", "23505"};
    static const char *const names[] = {"26000", "42P05", "0A000"};
    size_t i;

    if (pg->is_hung) pg->is_stale = 1; /* the next call takes another connection */
    if (pg->is_hung || tries >= AKOLHOOK_POSTGRES_I_TRIES) return 0;
    if (!akolhook_postgres_i_is_lost(pg)) {
        for (i = 0; i < sizeof races / sizeof races[0]; i++)
            if (strcmp(pg->sqlstate, races[i]) == 0) return 1;
        for (i = 0; i < sizeof names / sizeof names[0]; i++)
            if (strcmp(pg->sqlstate, names[i]) == 0) {
                if (pg->is_pooled) return 0;
                pg->is_pooled = 1;
                return 1;
            }
        if (strcmp(pg->sqlstate, "57014") == 0) return 0; /* it took too long, or somebody cancelled it */
        if (strncmp(pg->sqlstate, "57", 2) != 0 && strcmp(pg->sqlstate, "25006") != 0) return 0;
    }
    pg->is_stale = 1;
    return ++*resets <= AKOLHOOK_POSTGRES_I_RESETS;
}
/* Does a call in one transaction: all of it, or nothing. */
static akolhook_status akolhook_postgres_i_transact(
        akolhook_postgres *pg, akolhook_postgres_i_fn fn, akolhook_postgres_i_call *call, int is_write) {
    akolhook_status status;
    int tries, resets = 0, done;

    for (tries = 1;; tries++) {
        pg->has_failed = 0;
        akolhook_postgres_i_no_args(pg); /* a try that failed may have left some */
        status = akolhook_postgres_i_begin(pg) ? fn(pg, call) : AKOLHOOK_STORE_FAILED;
        done = status == AKOLHOOK_OK ? akolhook_postgres_i_commit(pg, is_write) : 0;
        if (done > 0) {
            if (tries > 1) pg->error[0] = 0;
            return AKOLHOOK_OK;
        }
        if (done < 0) {
            pg->is_stale = 1; /* whatever it still holds is not committed with the next call */
            return AKOLHOOK_STORE_FAILED;
        }
        if (PQstatus(pg->db) == CONNECTION_OK && PQtransactionStatus(pg->db) != PQTRANS_IDLE)
            PQclear(akolhook_postgres_i_run(pg, "ROLLBACK"));
        if (PQtransactionStatus(pg->db) != PQTRANS_IDLE) pg->is_stale = 1;
        if (status != AKOLHOOK_OK && status != AKOLHOOK_STORE_FAILED) return status;
        if (!pg->has_failed) akolhook_postgres_i_fail_own(pg, "no memory");
        if (!akolhook_postgres_i_again(pg, tries, &resets)) return AKOLHOOK_STORE_FAILED;
    }
}

/* ==== >>work: webhooks that are locked, and what a call changes of them ==== */

/* A delivery as it stands. */
typedef struct akolhook_postgres_i_job {
    int64_t number, webhook, due, lease, lease_until, began, created;
    uint32_t attempt, faults;
    uint8_t is_test, is_urgent, is_cut;
    int64_t stored; /* number of its event */
    akolhook_event event;
    char message_id[AKOLHOOK_ID_SIZE];
} akolhook_postgres_i_job;

static void akolhook_postgres_i_job_read(const PGresult *r, int row, akolhook_postgres_i_job *j) {
    j->number = akolhook_postgres_i_get(r, row, 0);
    j->webhook = akolhook_postgres_i_get(r, row, 1);
    j->due = akolhook_postgres_i_get(r, row, 2);
    j->lease = akolhook_postgres_i_get(r, row, 3);
    j->lease_until = akolhook_postgres_i_get(r, row, 4);
    j->began = akolhook_postgres_i_get(r, row, 5);
    j->created = akolhook_postgres_i_get(r, row, 6);
    j->attempt = (uint32_t)akolhook_postgres_i_get(r, row, 7);
    j->faults = (uint32_t)akolhook_postgres_i_get(r, row, 8);
    j->is_test = akolhook_postgres_i_get(r, row, 9) != 0;
    j->is_urgent = akolhook_postgres_i_get(r, row, 10) != 0;
    j->is_cut = akolhook_postgres_i_get(r, row, 11) != 0;
    j->stored = akolhook_postgres_i_get(r, row, 12);
    j->event = (akolhook_event)akolhook_postgres_i_get(r, row, 13);
    akolhook_postgres_i_copy(r, row, 14, j->message_id, sizeof j->message_id);
}

/* A webhook whose row of turns is locked. */
typedef struct akolhook_postgres_i_hook {
    int64_t webhook;
    int active;
    akolhook_events events;
    uint64_t origin;
    uint32_t rate;
    int64_t cut; /* deliveries of up to this number were cut off */
    int cutting; /* some of them still wait */
    int ready;
    int64_t ready_at;
    int64_t turn;
    uint32_t in_flight, queued, tests;
    int capped;
    int64_t logged; /* rows that it ever had: the position of the newest */
    int64_t allowed_us;
    int64_t inactive_at;
    int inactive_by;
    akolhook_store_health health;

    /* what changes, beside the above */
    int is_changed;
    int64_t added[AKOLHOOK_POSTGRES_I_COUNTER_COUNT], last_triggered;
    int is_counted;
    int rows; /* added to its log */
    int stops;

    /* its queue, for a claim: rows of heads from head to end, more when there may be more of them */
    PGresult *heads;
    int head, end, has_more, asked;
    int taken; /* of its deliveries, those that ended included */
    int is_passed, is_parked, is_placed, is_done;
} akolhook_postgres_i_hook;

/* A row to be written. */
typedef struct akolhook_postgres_i_row {
    int64_t webhook, position, stored;
    akolhook_log_row row;
} akolhook_postgres_i_row;

typedef struct akolhook_postgres_i_work {
    akolhook_postgres_i_hook *hooks;
    size_t hook_count, hook_room, last;
    int64_t *ended; /* numbers of deliveries that end */
    size_t ended_count;
    int64_t *back; /* number, due, attempt, faults of those that wait again */
    size_t back_count;
    akolhook_postgres_i_row *rows;
    size_t row_count;
    int64_t *latency; /* webhook and bucket of each success */
    size_t latency_count;
    void *memory;
} akolhook_postgres_i_work;

/* Room for so many webhooks, and deliveries that end or wait again. */
static int akolhook_postgres_i_work_init(akolhook_postgres_i_work *w, size_t hooks, size_t jobs) {
    size_t size = hooks * sizeof *w->hooks + 2 * jobs * sizeof *w->rows + 7 * jobs * sizeof(int64_t);

    memset(w, 0, sizeof *w);
    w->memory = malloc(size + 1);
    if (!w->memory) return 0;
    w->hooks = (akolhook_postgres_i_hook *)w->memory;
    w->hook_room = hooks;
    w->rows = (akolhook_postgres_i_row *)(void *)(w->hooks + hooks);
    w->ended = (int64_t *)(void *)(w->rows + 2 * jobs);
    w->back = w->ended + jobs;
    w->latency = w->back + 4 * jobs;
    return 1;
}
static akolhook_status akolhook_postgres_i_work_end(akolhook_postgres_i_work *w, akolhook_status status) {
    free(w->memory);
    w->memory = NULL;
    return status;
}

static void akolhook_postgres_i_hook_read(
        const PGresult *r, int row, int column, akolhook_postgres_i_hook *h) {
    memset(h, 0, sizeof *h);
    h->webhook = akolhook_postgres_i_get(r, row, column);
#define AKOLHOOK_POSTGRES_I_READ(n, name, type, member, ctype) \
    h->member = (ctype)akolhook_postgres_i_get(r, row, column + n - 1);
    AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_READ)
#undef AKOLHOOK_POSTGRES_I_READ
}
/* Locks webhooks, as the statement says, and adds them to the work. One that was locked before may come
   again: a row that another transaction changed meanwhile comes as it is now, with a later turn than the rows
   behind it have. */
static int akolhook_postgres_i_lock(akolhook_postgres *pg, akolhook_postgres_i_work *w, int which) {
    PGresult *r = akolhook_postgres_i_query(pg, which);
    size_t before = w->hook_count, k;
    int i;

    for (i = 0; i < (r ? PQntuples(r) : 0) && w->hook_count < w->hook_room; i++) {
        akolhook_postgres_i_hook *h = &w->hooks[w->hook_count];

        akolhook_postgres_i_hook_read(r, i, 0, h);
        for (k = 0; k < before && w->hooks[k].webhook != h->webhook; k++) continue;
        if (k == before) w->hook_count++;
    }
    PQclear(r);
    return r != NULL;
}
static akolhook_postgres_i_hook *akolhook_postgres_i_hook_of(akolhook_postgres_i_work *w, int64_t webhook) {
    size_t i;

    for (i = 0; i < w->hook_count; i++, w->last++) { /* often the one of before, or the next */
        if (w->last >= w->hook_count) w->last = 0;
        if (w->hooks[w->last].webhook == webhook) return &w->hooks[w->last];
    }
    return NULL;
}

static void akolhook_postgres_i_count(akolhook_postgres_i_hook *h, unsigned counter, int64_t by) {
    h->added[counter] += by;
    h->is_changed = h->is_counted = 1;
}
static void akolhook_postgres_i_row_add(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_log_row *row, int64_t stored) {
    akolhook_postgres_i_row *r = &w->rows[w->row_count++];

    r->webhook = h->webhook;
    r->position = ++h->logged;
    r->stored = stored;
    r->row = *row;
    h->rows++;
    h->is_changed = 1;
}
/* A row without an attempt. */
static void akolhook_postgres_i_row_end(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_postgres_i_job *j, akolhook_delivery_state state, akolhook_status status,
        int64_t at_ms) {
    akolhook_log_row row;

    memset(&row, 0, sizeof row);
    memcpy(row.message_id, j->message_id, sizeof row.message_id);
    row.number = (uint64_t)j->number;
    row.event = j->event;
    row.is_test = j->is_test;
    row.at_ms = at_ms;
    row.state = state;
    row.status = status;
    row.lookup_ms = row.connect_ms = row.tls_ms = row.first_byte_ms = -1;
    akolhook_postgres_i_row_add(w, h, &row, j->stored);
}

static int akolhook_postgres_i_job_is_cut(
        const akolhook_postgres_i_hook *h, const akolhook_postgres_i_job *j) {
    return j->is_cut || j->number <= h->cut;
}
/* A delivery ends, and leaves its webhook's queue. */
static void akolhook_postgres_i_job_end(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_postgres_i_job *j, akolhook_delivery_state state) {
    w->ended[w->ended_count++] = j->number;
    h->queued--;
    h->tests -= j->is_test;
    h->is_changed = 1;
    if (j->is_test) return;
    akolhook_postgres_i_count(h,
            state == AKOLHOOK_DELIVERY_DELIVERED ? AKOLHOOK_POSTGRES_I_N_delivered
            : state == AKOLHOOK_DELIVERY_FAILED  ? AKOLHOOK_POSTGRES_I_N_failed
                                                 : AKOLHOOK_POSTGRES_I_N_cancelled,
            1);
}
/* The same for one that was cut off, with its row. */
static void akolhook_postgres_i_job_cancel(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_postgres_i_job *j, int64_t at_ms) {
    akolhook_postgres_i_row_end(w, h, j, AKOLHOOK_DELIVERY_CANCELLED,
            j->number <= h->cut ? AKOLHOOK_WEBHOOK_INACTIVE : AKOLHOOK_CANCELLED, at_ms);
    akolhook_postgres_i_job_end(w, h, j, AKOLHOOK_DELIVERY_CANCELLED);
}
static void akolhook_postgres_i_job_back(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_postgres_i_job *j, int64_t due) {
    int64_t *b = &w->back[4 * w->back_count++];

    b[0] = j->number;
    b[1] = due;
    b[2] = j->attempt;
    b[3] = j->faults;
    h->is_changed = 1;
}
/* Ends some of what waits and was cut off: up to *left deliveries. */
static int akolhook_postgres_i_cut_some(akolhook_postgres *pg, akolhook_postgres_i_work *w,
        akolhook_postgres_i_hook *h, int64_t at_ms, int *left) {
    akolhook_postgres_i_job j;
    PGresult *r;
    int i, count;

    h->is_changed = 1;
    if (!*left) return 1;
    akolhook_postgres_i_int(pg, h->webhook);
    akolhook_postgres_i_int(pg, h->cut);
    akolhook_postgres_i_int(pg, *left);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_CUT);
    if (!r) return 0;
    count = PQntuples(r);
    for (i = 0; i < count; i++) {
        akolhook_postgres_i_job_read(r, i, &j);
        akolhook_postgres_i_job_cancel(w, h, &j, at_ms);
    }
    PQclear(r);
    h->cutting = count == *left;
    *left -= count;
    return 1;
}
/* Sets a webhook inactive and cuts off what it has. */
static int akolhook_postgres_i_stop(
        akolhook_postgres *pg, akolhook_postgres_i_hook *h, akolhook_inactive_by by, int64_t at_ms) {
    akolhook_postgres_i_int(pg, 1);
    if (!akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_NUMBER, &h->cut)) return 0;
    if (h->active) {
        h->inactive_by = (int)by;
        h->inactive_at = at_ms;
    }
    h->active = 0;
    h->cutting = h->is_changed = 1;
    return 1;
}

/* Puts a webhook among those that are ready or wait, by the head of its queue; has_head 0: nothing waits
   that is not in flight. */
static void akolhook_postgres_i_place(
        akolhook_postgres *pg, akolhook_postgres_i_hook *h, int has_head, int64_t due, int is_urgent) {
    int64_t at = has_head ? akolhook_hub_ready_at(&h->health, due, is_urgent, h->allowed_us) : 0;
    int ready = has_head && !h->capped && at <= pg->now;

    if (at < 1) at = has_head;
    if (h->capped) at = 0;
    if (ready && !h->ready && h->turn < pg->floor) h->turn = pg->floor;
    if (ready != h->ready || at != h->ready_at) h->is_changed = 1;
    h->ready = ready;
    h->ready_at = at;
}

/* ---- writing it: each statement once for all ---- */

static int akolhook_postgres_i_write_jobs(akolhook_postgres *pg, const akolhook_postgres_i_work *w) {
    size_t i, column;

    if (w->ended_count) {
        akolhook_postgres_i_ints(pg, w->ended, w->ended_count);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_END) < 0) return 0;
    }
    if (!w->back_count) return 1;
    for (column = 0; column < 4; column++) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, w->back_count);
        for (i = 0; i < w->back_count; i++) akolhook_postgres_i_item(pg, w->back[4 * i + column]);
        akolhook_postgres_i_end_arg(pg);
    }
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_BACK) >= 0;
}
/* Places those that changed and that nobody placed, by what is in their queues now. */
static int akolhook_postgres_i_write_places(akolhook_postgres *pg, akolhook_postgres_i_work *w) {
    akolhook_postgres_i_hook *h;
    PGresult *r;
    size_t i, count = 0;
    int row;

    for (i = 0; i < w->hook_count; i++) count += w->hooks[i].is_changed && !w->hooks[i].is_placed;
    if (!count) return 1;
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, count);
    for (i = 0; i < w->hook_count; i++)
        if (w->hooks[i].is_changed && !w->hooks[i].is_placed)
            akolhook_postgres_i_item(pg, w->hooks[i].webhook);
    akolhook_postgres_i_end_arg(pg);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_DUES);
    if (!r) return 0;

    for (row = 0; row < PQntuples(r); row++) {
        h = akolhook_postgres_i_hook_of(w, akolhook_postgres_i_get(r, row, 0));
        /* not covered: these were asked for, and no others */
        if (!h) continue;
        h->is_placed = 1;
        akolhook_postgres_i_place(
                pg, h, 1, akolhook_postgres_i_get(r, row, 1), akolhook_postgres_i_get(r, row, 2) != 0);
    }
    PQclear(r);
    for (i = 0; i < w->hook_count; i++)
        if (w->hooks[i].is_changed && !w->hooks[i].is_placed)
            akolhook_postgres_i_place(pg, &w->hooks[i], 0, 0, 0);
    return 1;
}

/* One array of a member of all webhooks for which a flag is set. */
#define AKOLHOOK_POSTGRES_I_COLUMN(member, flag) \
    do { \
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, count); \
        for (i = 0; i < w->hook_count; i++) \
            if (w->hooks[i].flag) akolhook_postgres_i_item(pg, (int64_t)w->hooks[i].member); \
        akolhook_postgres_i_end_arg(pg); \
    } while (0)

static int akolhook_postgres_i_write_turns(akolhook_postgres *pg, const akolhook_postgres_i_work *w) {
    size_t i, count = 0;

    for (i = 0; i < w->hook_count; i++) count += w->hooks[i].is_changed != 0;
    if (!count) return 1;
    AKOLHOOK_POSTGRES_I_COLUMN(webhook, is_changed);
#define AKOLHOOK_POSTGRES_I_WRITE(n, name, type, member, ctype) \
    AKOLHOOK_POSTGRES_I_COLUMN(member, is_changed);
    AKOLHOOK_POSTGRES_I_TURN(AKOLHOOK_POSTGRES_I_WRITE)
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_TURNS) >= 0;
}
/* The same where no more changed than a claim changes: a fifth of the columns. */
static int akolhook_postgres_i_write_claimed(akolhook_postgres *pg, const akolhook_postgres_i_work *w) {
    size_t i, count = 0;

    for (i = 0; i < w->hook_count; i++) count += w->hooks[i].is_changed != 0;
    if (!count) return 1;
    AKOLHOOK_POSTGRES_I_COLUMN(webhook, is_changed);
    AKOLHOOK_POSTGRES_I_CLAIMED(AKOLHOOK_POSTGRES_I_WRITE)
#undef AKOLHOOK_POSTGRES_I_WRITE
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_PLACES) >= 0;
}
static int akolhook_postgres_i_write_counters(akolhook_postgres *pg, const akolhook_postgres_i_work *w) {
    size_t i, count = 0, column;

    for (i = 0; i < w->hook_count; i++) count += w->hooks[i].is_counted != 0;
    if (!count) return 1;
    AKOLHOOK_POSTGRES_I_COLUMN(webhook, is_counted);
    for (column = 0; column < AKOLHOOK_POSTGRES_I_COUNTER_COUNT; column++)
        AKOLHOOK_POSTGRES_I_COLUMN(added[column], is_counted);
    AKOLHOOK_POSTGRES_I_COLUMN(last_triggered, is_counted);
    for (column = 0; column < 2; column++) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, w->latency_count);
        for (i = 0; i < w->latency_count; i++) akolhook_postgres_i_item(pg, w->latency[2 * i + column]);
        akolhook_postgres_i_end_arg(pg);
    }
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_COUNTERS) >= 0;
}

#define AKOLHOOK_POSTGRES_I_ROW_COLUMN(type, item) \
    do { \
        akolhook_postgres_i_array(pg, type, w->row_count); \
        for (i = 0; i < w->row_count; i++) item; \
        akolhook_postgres_i_end_arg(pg); \
    } while (0)
#define AKOLHOOK_POSTGRES_I_ROW_INT(member) \
    AKOLHOOK_POSTGRES_I_ROW_COLUMN( \
            AKOLHOOK_POSTGRES_I_OF_INT, akolhook_postgres_i_item(pg, (int64_t)w->rows[i].member))
#define AKOLHOOK_POSTGRES_I_ROW_BYTES(type, data, len) \
    AKOLHOOK_POSTGRES_I_ROW_COLUMN( \
            type, akolhook_postgres_i_item_bytes(pg, (w->rows[i].row.data), (w->rows[i].row.len)))

/* The rows; and twice as many beyond its share go from each webhook's log. */
static int akolhook_postgres_i_write_rows(akolhook_postgres *pg, const akolhook_postgres_i_work *w) {
    size_t i, count = 0;

    if (!w->row_count) return 1;
    AKOLHOOK_POSTGRES_I_ROW_INT(webhook);
    AKOLHOOK_POSTGRES_I_ROW_INT(position);
#define AKOLHOOK_POSTGRES_I_WRITE(n, name, type, member, ctype) AKOLHOOK_POSTGRES_I_ROW_INT(row.member);
    AKOLHOOK_POSTGRES_I_LOG(AKOLHOOK_POSTGRES_I_WRITE)
#undef AKOLHOOK_POSTGRES_I_WRITE
    AKOLHOOK_POSTGRES_I_ROW_INT(stored);
    AKOLHOOK_POSTGRES_I_ROW_COLUMN(AKOLHOOK_POSTGRES_I_OF_TEXT,
            akolhook_postgres_i_item_bytes(pg, w->rows[i].row.message_id, strlen(w->rows[i].row.message_id)));
    AKOLHOOK_POSTGRES_I_ROW_COLUMN(AKOLHOOK_POSTGRES_I_OF_BYTES,
            akolhook_postgres_i_item_bytes(
                    pg, &w->rows[i].row.peer, w->rows[i].row.peer.family ? sizeof w->rows[i].row.peer : 0));
    AKOLHOOK_POSTGRES_I_ROW_BYTES(AKOLHOOK_POSTGRES_I_OF_BYTES, response.ptr, response.len);

    for (i = 0; i < w->hook_count; i++) count += w->hooks[i].rows != 0;
    AKOLHOOK_POSTGRES_I_COLUMN(webhook, rows);
    AKOLHOOK_POSTGRES_I_COLUMN(logged - pg->desc.log_rows, rows);
    AKOLHOOK_POSTGRES_I_COLUMN(rows * 2, rows);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_ROWS) >= 0;
}
static akolhook_status akolhook_postgres_i_write(akolhook_postgres *pg, akolhook_postgres_i_work *w) {
    return akolhook_postgres_i_write_jobs(pg, w) && akolhook_postgres_i_write_places(pg, w) &&
                           akolhook_postgres_i_write_turns(pg, w) &&
                           akolhook_postgres_i_write_counters(pg, w) && akolhook_postgres_i_write_rows(pg, w)
                   ? AKOLHOOK_OK
                   : AKOLHOOK_STORE_FAILED;
}
/* Writes it, unless something failed before, and gives the memory back. */
static akolhook_status akolhook_postgres_i_work_done(
        akolhook_postgres *pg, akolhook_postgres_i_work *w, akolhook_status status) {
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_write(pg, w);
    return akolhook_postgres_i_work_end(w, status);
}

/* ---- ids ---- */

/* An id in the form that the hub makes; anything else is in no table, whatever its encoding. */
static int akolhook_postgres_i_is_id(akolhook_str id) {
    size_t i;

    for (i = 0; i < id.len && i < AKOLHOOK_ID_SIZE; i++) {
        char c = id.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'))
            return 0;
    }
    return i && i < AKOLHOOK_ID_SIZE;
}
/* Locks the webhook of this id alone. */
static akolhook_status akolhook_postgres_i_lock_id(
        akolhook_postgres *pg, akolhook_postgres_i_work *w, const char *id, size_t jobs) {
    if (!akolhook_postgres_i_is_id(akolhook_str_c(id))) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_postgres_i_work_init(w, 1, jobs)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_text(pg, id);
    if (!akolhook_postgres_i_lock(pg, w, AKOLHOOK_POSTGRES_I_LOCK_ID))
        return akolhook_postgres_i_work_end(w, AKOLHOOK_STORE_FAILED);
    return w->hook_count ? AKOLHOOK_OK : akolhook_postgres_i_work_end(w, AKOLHOOK_UNKNOWN_WEBHOOK);
}
/* The number of a webhook; 0: there is none. */
static int akolhook_postgres_i_find(akolhook_postgres *pg, akolhook_str id, int64_t *number) {
    *number = 0;
    if (!akolhook_postgres_i_is_id(id)) return 1;
    akolhook_postgres_i_bytes(pg, id.ptr, id.len);
    return akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_FIND, number);
}
/* What slices point to from here on. */
static PGresult *akolhook_postgres_i_show(akolhook_postgres *pg, PGresult *result) {
    PQclear(pg->shown);
    return pg->shown = result;
}

/* ==== >>webhooks ==== */

static akolhook_status akolhook_postgres_i_bind_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_status status;
    akolhook_str kept;
    PGresult *r;

    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_BUSINESS);
    if (r && PQgetisnull(r, 0, 0)) {
        PQclear(r);
        akolhook_postgres_i_bytes(pg, call->text.ptr, call->text.len);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_BIND) < 0) return AKOLHOOK_STORE_FAILED;
        r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_BUSINESS);
    }
    if (!r) return AKOLHOOK_STORE_FAILED;
    kept = akolhook_postgres_i_str(r, 0, 0);
    status = kept.len == call->text.len && memcmp(kept.ptr, call->text.ptr, kept.len) == 0
                     ? AKOLHOOK_OK
                     : AKOLHOOK_WRONG_BUSINESS;
    PQclear(r);
    return status;
}
static akolhook_status akolhook_postgres_i_note_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    PGresult *r;

    if (call->note->ptr) {
        akolhook_postgres_i_bytes(pg, call->note->ptr, call->note->len);
        return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_NOTE_SET) < 0 ? AKOLHOOK_STORE_FAILED
                                                                            : AKOLHOOK_OK;
    }
    r = akolhook_postgres_i_show(pg, akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_NOTE_GET));
    if (!r) return AKOLHOOK_STORE_FAILED;
    *call->note = akolhook_postgres_i_str(r, 0, 0);
    return AKOLHOOK_OK;
}

/* One webhook is made or changed at a time where its URL and events matter. url NULL: that of number. */
static akolhook_status akolhook_postgres_i_clash(
        akolhook_postgres *pg, const akolhook_str *url, akolhook_events events, int64_t number) {
    long found;

    if (url)
        akolhook_postgres_i_bytes(pg, url->ptr, url->len);
    else
        akolhook_postgres_i_null(pg);
    akolhook_postgres_i_int(pg, (int64_t)events);
    akolhook_postgres_i_int(pg, number);
    found = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_CLASH);
    return found < 0 ? AKOLHOOK_STORE_FAILED : found ? AKOLHOOK_WEBHOOK_EXISTS : AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_put_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    const akolhook_store_webhook *w = call->webhook;
    akolhook_status status;
    int64_t count;

    if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_GUARD) < 0) return AKOLHOOK_STORE_FAILED;
    if (!akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_COUNT, &count)) return AKOLHOOK_STORE_FAILED;
    status = akolhook_postgres_i_clash(pg, &w->url, w->events, 0);
    if (status != AKOLHOOK_OK) return status;
    if (count >= (int64_t)call->max) return AKOLHOOK_TOO_MANY_WEBHOOKS;

    akolhook_postgres_i_text(pg, w->id);
    akolhook_postgres_i_bytes(pg, w->name.ptr, w->name.len);
    akolhook_postgres_i_bytes(pg, w->url.ptr, w->url.len);
    akolhook_postgres_i_bytes(pg, w->headers.ptr, w->headers.len);
    akolhook_postgres_i_text(pg, w->secret);
    akolhook_postgres_i_int(pg, w->created_at_ms);
    akolhook_postgres_i_int(pg, w->deadline_ms);
    akolhook_postgres_i_int(pg, w->is_active);
    akolhook_postgres_i_int(pg, (int64_t)w->events);
    akolhook_postgres_i_int(pg, (int64_t)w->origin);
    akolhook_postgres_i_int(pg, w->rate);
    akolhook_postgres_i_int(pg, pg->floor);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_PUT) < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

/* A clean health; it stands with the others at the floor. */
static void akolhook_postgres_i_heal(akolhook_postgres *pg, akolhook_postgres_i_hook *h) {
    akolhook_hub_health_clear(&h->health, pg->now);
    h->turn = pg->floor;
    h->capped = h->ready = 0;
    h->is_changed = 1;
}
/* What turns has of a webhook. */
static akolhook_status akolhook_postgres_i_set_turn(akolhook_postgres *pg, akolhook_postgres_i_work *work,
        akolhook_postgres_i_hook *h, const akolhook_postgres_i_call *call) {
    const akolhook_store_webhook *w = call->webhook;
    int left = AKOLHOOK_STORE_STEP;

    h->is_changed = 1;
    if (call->which & AKOLHOOK_STORE_EVENTS) h->events = w->events;
    if (call->which & AKOLHOOK_STORE_URL) {
        h->origin = w->origin;
        akolhook_postgres_i_heal(pg, h);
    }
    if (call->which & AKOLHOOK_STORE_RATE) {
        h->rate = w->rate;
        h->allowed_us = 0;
    }
    if (!(call->which & AKOLHOOK_STORE_ACTIVE)) return AKOLHOOK_OK;
    if (call->changed) *call->changed = !h->active != !w->is_active;
    if (w->is_active) {
        if (!h->active) akolhook_postgres_i_heal(pg, h);
        h->active = 1;
        h->inactive_at = h->inactive_by = 0;
        return AKOLHOOK_OK;
    }
    return akolhook_postgres_i_stop(pg, h, AKOLHOOK_INACTIVE_BY_CALL, call->at_ms) &&
                           akolhook_postgres_i_cut_some(pg, work, h, call->at_ms, &left)
                   ? AKOLHOOK_OK
                   : AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_postgres_i_set_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    const akolhook_store_webhook *w = call->webhook;
    unsigned clashes = call->which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS);
    akolhook_postgres_i_work work;
    akolhook_status status;
    int changes;

    if (clashes && akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_GUARD) < 0) return AKOLHOOK_STORE_FAILED;
    status = akolhook_postgres_i_lock_id(pg, &work, w->id, AKOLHOOK_STORE_STEP);
    if (status != AKOLHOOK_OK) return status;
    if (clashes)
        status = akolhook_postgres_i_clash(pg, call->which & AKOLHOOK_STORE_URL ? &w->url : NULL,
                call->which & AKOLHOOK_STORE_EVENTS ? w->events : work.hooks->events, work.hooks->webhook);

    if (status == AKOLHOOK_OK) {
        akolhook_postgres_i_int(pg, work.hooks->webhook);
        akolhook_postgres_i_int(pg, call->which);
        akolhook_postgres_i_bytes(pg, w->name.ptr, w->name.len);
        akolhook_postgres_i_bytes(pg, w->url.ptr, w->url.len);
        akolhook_postgres_i_text(pg, w->secret);
        akolhook_postgres_i_int(pg, w->deadline_ms);
        akolhook_postgres_i_bytes(pg, w->headers.ptr, w->headers.len);
        changes = call->which != AKOLHOOK_STORE_ACTIVE || !work.hooks->active != !w->is_active;
        akolhook_postgres_i_int(pg, changes ? call->at_ms : 0);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_SET) < 0) status = AKOLHOOK_STORE_FAILED;
    }
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_set_turn(pg, &work, work.hooks, call);
    return akolhook_postgres_i_work_done(pg, &work, status);
}

static void akolhook_postgres_i_webhook_read(
        akolhook_postgres *pg, const PGresult *r, int row, akolhook_store_webhook *w) {
    akolhook_postgres_i_hook h;
    int64_t at;

    memset(w, 0, sizeof *w);
    akolhook_postgres_i_hook_read(r, row, 11, &h);
    akolhook_postgres_i_copy(r, row, 0, w->id, sizeof w->id);
    w->name = akolhook_postgres_i_str(r, row, 1);
    w->url = akolhook_postgres_i_str(r, row, 2);
    w->headers = akolhook_postgres_i_str(r, row, 3);
    w->created_at_ms = akolhook_postgres_i_get(r, row, 4);
    w->deadline_ms = (uint32_t)akolhook_postgres_i_get(r, row, 5);
    w->last_triggered_at_ms = akolhook_postgres_i_get(r, row, 6);
    w->updated_at_ms = akolhook_postgres_i_get(r, row, 10);
    w->inactive_at_ms = h.inactive_at;
    w->inactive_by = (akolhook_inactive_by)h.inactive_by;
    w->oldest_ms = PQgetisnull(r, row, 7) ? -1 : pg->now - akolhook_postgres_i_get(r, row, 7);
    w->next_ms = -1;
    if (!PQgetisnull(r, row, 8)) {
        at = akolhook_hub_ready_at(&h.health, akolhook_postgres_i_get(r, row, 8),
                akolhook_postgres_i_get(r, row, 9) != 0, h.allowed_us);
        w->next_ms = at > pg->now ? at - pg->now : 0;
    }

    w->events = h.events;
    w->is_active = h.active != 0;
    w->origin = h.origin;
    w->rate = h.rate;
    w->number = (uint64_t)h.webhook;
    w->health = h.health;
    w->queued = h.queued;
    w->in_flight = h.in_flight;
}
static akolhook_status akolhook_postgres_i_list_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    int which = call->id      ? AKOLHOOK_POSTGRES_I_GET
                : call->which ? AKOLHOOK_POSTGRES_I_LIST_FAILING
                              : AKOLHOOK_POSTGRES_I_LIST,
        i;
    PGresult *r;

    if (call->id) {
        akolhook_postgres_i_text(pg, call->id);
    } else {
        akolhook_postgres_i_after(pg, call->number);
        akolhook_postgres_i_int(pg, (int64_t)call->max);
    }
    r = akolhook_postgres_i_show(pg, akolhook_postgres_i_query(pg, which));
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(r); i++) akolhook_postgres_i_webhook_read(pg, r, i, &call->webhooks[i]);
    *call->count = (size_t)PQntuples(r);
    return AKOLHOOK_OK;
}

/* Its deliveries count as cancelled; what is left of their rows and of its log goes by tend_fn. */
static akolhook_status akolhook_postgres_i_delete_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_hook *h;
    akolhook_status status = akolhook_postgres_i_lock_id(pg, &w, call->id, 0);

    if (status != AKOLHOOK_OK) return status;
    h = w.hooks;
    akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_cancelled, (int64_t)h->queued - (int64_t)h->tests);
    if (!akolhook_postgres_i_write_counters(pg, &w)) status = AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(pg, h->webhook);
    if (status == AKOLHOOK_OK && akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_DELETE) < 0)
        status = AKOLHOOK_STORE_FAILED;
    return akolhook_postgres_i_work_end(&w, status);
}

/* ==== >>enqueue ==== */

/* What an enqueue needs of a webhook whose row is locked, and what it plans to add. */
typedef struct akolhook_postgres_i_target {
    int64_t webhook;
    int active;
    akolhook_events events;
    uint32_t queued, tests;
    akolhook_store_health health; /* the class alone */
    uint32_t made, made_tests, skipped;
} akolhook_postgres_i_target;

typedef struct akolhook_postgres_i_plan {
    akolhook_postgres_i_target *targets;
    size_t target_count;
    int64_t *made; /* target's place, event's place, is_test of each delivery */
    size_t made_count;
    int64_t *dropped; /* webhook and event's place of each */
    size_t dropped_count;
    int64_t only[AKOLHOOK_EMIT_MOST]; /* number of the one webhook, -1: it is none; 0: all that subscribe */
    int64_t numbers[AKOLHOOK_EMIT_MOST]; /* of the events; 0: the database gives them */
    int reused[AKOLHOOK_EMIT_MOST];      /* 1: its key was seen with another print */
} akolhook_postgres_i_plan;

/* What stands in the table for an event's key. */
static akolhook_status akolhook_postgres_i_key_read(akolhook_postgres *pg, const PGresult *r,
        akolhook_store_event *event, akolhook_postgres_i_plan *p, size_t at) {
    akolhook_str stored;
    int row = 0;

    while (row < PQntuples(r) && memcmp(PQgetvalue(r, row, 0), event->key, 16) != 0) row++;
    if (row == PQntuples(r)) { /* it was there, and so not noted, and another's tend_fn has just removed it */
        akolhook_postgres_i_fail_own(pg, "a key has just become too old");
        snprintf(pg->sqlstate, sizeof pg->sqlstate, AKOLHOOK_POSTGRES_I_RACE);
        return AKOLHOOK_STORE_FAILED;
    }

    stored = akolhook_postgres_i_str(r, row, 2);
    event->repeated =
            strlen(event->message_id) != stored.len || memcmp(event->message_id, stored.ptr, stored.len) != 0;
    p->reused[at] = event->repeated && memcmp(PQgetvalue(r, row, 1), event->print, 16) != 0;
    akolhook_postgres_i_copy(r, row, 2, event->message_id, sizeof event->message_id);
    return AKOLHOOK_OK;
}
/* Notes the keys, and which of them were seen. */
static akolhook_status akolhook_postgres_i_keys(
        akolhook_postgres *pg, akolhook_store_event *events, size_t count, akolhook_postgres_i_plan *p) {
    akolhook_status status = AKOLHOOK_OK;
    size_t i, k, keyed = 0;
    PGresult *r;

    for (i = 0; i < count; i++) keyed += events[i].has_key != 0;
    for (i = 0; i < count; i++) events[i].repeated = 0;
    if (!keyed) return AKOLHOOK_OK;
    for (k = 0; k < 2; k++) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_BYTES, keyed);
        for (i = 0; i < count; i++)
            if (events[i].has_key)
                akolhook_postgres_i_item_bytes(pg, k ? events[i].print : events[i].key, 16);
        akolhook_postgres_i_end_arg(pg);
    }
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_TEXT, keyed);
    for (i = 0; i < count; i++)
        if (events[i].has_key)
            akolhook_postgres_i_item_bytes(pg, events[i].message_id, strlen(events[i].message_id));
    akolhook_postgres_i_end_arg(pg);
    akolhook_postgres_i_int(pg, pg->now);
    if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_KEYS_ADD) < 0) return AKOLHOOK_STORE_FAILED;

    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_BYTES, keyed);
    for (i = 0; i < count; i++)
        if (events[i].has_key) akolhook_postgres_i_item_bytes(pg, events[i].key, 16);
    akolhook_postgres_i_end_arg(pg);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_KEYS_GET);
    if (!r) return AKOLHOOK_STORE_FAILED;

    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        if (events[i].has_key) status = akolhook_postgres_i_key_read(pg, r, &events[i], p, i);
    PQclear(r);
    return status;
}

/* Locks every webhook that one of the events may go to. */
static akolhook_status akolhook_postgres_i_targets(
        akolhook_postgres *pg, akolhook_store_event *events, size_t count, akolhook_postgres_i_plan *p) {
    akolhook_events mask = 0;
    akolhook_postgres_i_target *t;
    PGresult *r;
    size_t i;
    int row;

    for (i = 0; i < count; i++) {
        p->only[i] = 0;
        if (events[i].repeated) continue;
        if (!events[i].webhook_id.len) {
            mask |= (akolhook_events)1 << events[i].event;
            continue;
        }
        if (!akolhook_postgres_i_find(pg, events[i].webhook_id, &p->only[i])) return AKOLHOOK_STORE_FAILED;
        if (!p->only[i]) p->only[i] = -1; /* there is none */
    }
    akolhook_postgres_i_int(pg, (int64_t)mask);
    akolhook_postgres_i_ints(pg, p->only, count);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_FATES);
    if (!r) return AKOLHOOK_STORE_FAILED;

    p->target_count = (size_t)PQntuples(r);
    p->targets = (akolhook_postgres_i_target *)calloc(p->target_count + 1, sizeof *p->targets);
    p->made = (int64_t *)malloc((p->target_count * count * 5 + 1) * sizeof *p->made);
    if (p->made) p->dropped = p->made + p->target_count * count * 3;
    for (row = 0; row < PQntuples(r) && p->targets; row++) {
        t = &p->targets[row];
        t->webhook = akolhook_postgres_i_get(r, row, 0);
        t->active = akolhook_postgres_i_get(r, row, 1) != 0;
        t->events = (akolhook_events)akolhook_postgres_i_get(r, row, 2);
        t->queued = (uint32_t)akolhook_postgres_i_get(r, row, 3);
        t->tests = (uint32_t)akolhook_postgres_i_get(r, row, 4);
        t->health.cls = (akolhook_class)akolhook_postgres_i_get(r, row, 5);
    }
    PQclear(r);
    return p->targets && p->made ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
}

static int akolhook_postgres_i_has_room(
        const akolhook_postgres *pg, uint32_t max_queue, int is_test, uint64_t queued, uint64_t tests) {
    if (is_test && tests >= AKOLHOOK_EVENT_LAST) return 0;
    if (max_queue && queued >= max_queue) return 0;
    return akolhook_hub_has_room(queued, 1, pg->desc.max_queue, 0);
}
/* The fate of an event for a webhook; 0: the database failed. */
static int akolhook_postgres_i_fate(akolhook_postgres *pg, const akolhook_store_event *event,
        const akolhook_postgres_i_target *t, akolhook_fate *fate) {
    int64_t due = INT64_MAX;
    int has_room = akolhook_postgres_i_has_room(
            pg, event->max_queue, event->is_test, (uint64_t)t->queued + t->made, t->tests + t->made_tests);
    PGresult *r;

    *fate = akolhook_hub_fate(event, t->events, t->active, has_room, 0);
    if (*fate != AKOLHOOK_FATE_REFUSE || event->webhook_id.len) return 1;
    akolhook_postgres_i_ints(pg, &t->webhook, 1);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_DUES);
    if (!r) return 0;
    if (PQntuples(r)) /* one sent now is not late */
        due = akolhook_postgres_i_get(r, 0, 2) ? pg->now : akolhook_postgres_i_get(r, 0, 1);
    PQclear(r);
    *fate = akolhook_hub_fate(
            event, t->events, t->active, 0, akolhook_hub_is_behind(&t->health, due, pg->now));
    return 1;
}
/* Decides all fates of one event. */
static akolhook_status akolhook_postgres_i_plan_one(
        akolhook_postgres *pg, akolhook_postgres_i_plan *p, akolhook_store_event *event, size_t at) {
    akolhook_fate fate;
    size_t i;

    event->deliveries = event->skipped = event->dropped = 0;
    if (p->reused[at]) return AKOLHOOK_KEY_REUSED;
    for (i = 0; i < p->target_count && !event->repeated; i++) {
        akolhook_postgres_i_target *t = &p->targets[i];

        if (p->only[at] && p->only[at] != t->webhook) continue;
        if (!akolhook_postgres_i_fate(pg, event, t, &fate)) return AKOLHOOK_STORE_FAILED;
        if (fate == AKOLHOOK_FATE_REFUSE) return AKOLHOOK_PENDING_FULL;
        if (fate == AKOLHOOK_FATE_SKIP) {
            t->skipped++;
            event->skipped++;
        } else if (fate == AKOLHOOK_FATE_DROP) {
            p->dropped[2 * p->dropped_count] = t->webhook;
            p->dropped[2 * p->dropped_count++ + 1] = (int64_t)at;
            event->dropped++;
        } else if (fate == AKOLHOOK_FATE_MAKE) {
            p->made[3 * p->made_count] = (int64_t)i;
            p->made[3 * p->made_count + 1] = (int64_t)at;
            p->made[3 * p->made_count++ + 2] = event->is_test;
            t->made++;
            t->made_tests += event->is_test;
            event->deliveries++;
        }
    }
    if (p->only[at] && !event->deliveries && !event->repeated) return AKOLHOOK_UNKNOWN_WEBHOOK;
    return AKOLHOOK_OK;
}

/* Arrays over the events that somebody gets, and over the webhooks that get something. */
#define AKOLHOOK_POSTGRES_I_EVENTS(type, item) \
    do { \
        akolhook_postgres_i_array(pg, type, kept); \
        for (i = 0; i < count; i++) \
            if (events[i].deliveries) item; \
        akolhook_postgres_i_end_arg(pg); \
    } while (0)
#define AKOLHOOK_POSTGRES_I_MADE(item) \
    do { \
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, p->made_count); \
        for (i = 0; i < p->made_count; i++) akolhook_postgres_i_item(pg, item); \
        akolhook_postgres_i_end_arg(pg); \
    } while (0)
#define AKOLHOOK_POSTGRES_I_TARGETS(flag, member) \
    do { \
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, touched); \
        for (i = 0; i < p->target_count; i++) \
            if (p->targets[i].flag) akolhook_postgres_i_item(pg, (int64_t)p->targets[i].member); \
        akolhook_postgres_i_end_arg(pg); \
    } while (0)

static void akolhook_postgres_i_put_tail(akolhook_postgres *pg, const akolhook_store_event *event) {
    size_t i;

    akolhook_postgres_i_put_number(pg, event->tail[0].len + event->tail[1].len + event->tail[2].len, 4);
    for (i = 0; i < 3; i++) akolhook_postgres_i_put_bytes(pg, event->tail[i].ptr, event->tail[i].len);
}
static int akolhook_postgres_i_write_made(akolhook_postgres *pg, const akolhook_postgres_i_plan *p,
        const akolhook_store_event *events, size_t count) {
    size_t i, kept = 0, touched = 0;
    int64_t places[AKOLHOOK_EMIT_MOST];

    for (i = 0; i < count; i++) places[i] = (int64_t)(kept += events[i].deliveries > 0);
    for (i = 0; i < p->target_count; i++) touched += p->targets[i].made > 0;
    if (!kept) return 1;
    AKOLHOOK_POSTGRES_I_EVENTS(AKOLHOOK_POSTGRES_I_OF_TEXT,
            akolhook_postgres_i_item_bytes(pg, events[i].message_id, strlen(events[i].message_id)));
    AKOLHOOK_POSTGRES_I_EVENTS(
            AKOLHOOK_POSTGRES_I_OF_INT, akolhook_postgres_i_item(pg, (int64_t)events[i].event));
    AKOLHOOK_POSTGRES_I_EVENTS(AKOLHOOK_POSTGRES_I_OF_BYTES,
            akolhook_postgres_i_item_bytes(pg, events[i].head.ptr, events[i].head.len));
    AKOLHOOK_POSTGRES_I_EVENTS(AKOLHOOK_POSTGRES_I_OF_BYTES, akolhook_postgres_i_put_tail(pg, &events[i]));
    akolhook_postgres_i_int(pg, pg->now);
    akolhook_postgres_i_int(pg, pg->floor);
    AKOLHOOK_POSTGRES_I_MADE(p->targets[p->made[3 * i]].webhook);
    AKOLHOOK_POSTGRES_I_MADE(places[p->made[3 * i + 1]]);
    AKOLHOOK_POSTGRES_I_MADE(p->made[3 * i + 2]);
    AKOLHOOK_POSTGRES_I_TARGETS(made, webhook);
    AKOLHOOK_POSTGRES_I_TARGETS(made, made);
    AKOLHOOK_POSTGRES_I_TARGETS(made, made_tests);
    AKOLHOOK_POSTGRES_I_EVENTS(AKOLHOOK_POSTGRES_I_OF_INT, akolhook_postgres_i_item(pg, p->numbers[i]));
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_EMIT) >= 0;
}
static int akolhook_postgres_i_write_skips(akolhook_postgres *pg, const akolhook_postgres_i_plan *p) {
    size_t i, k, touched = 0;

    for (i = 0; i < p->target_count; i++) touched += p->targets[i].skipped > 0;
    if (!touched) return 1;
    AKOLHOOK_POSTGRES_I_TARGETS(skipped, webhook);
    for (k = 0; k < AKOLHOOK_POSTGRES_I_COUNTER_COUNT + 1; k++)
        if (k == AKOLHOOK_POSTGRES_I_N_skipped)
            AKOLHOOK_POSTGRES_I_TARGETS(skipped, skipped);
        else
            AKOLHOOK_POSTGRES_I_TARGETS(skipped, skipped * 0);
    for (k = 0; k < 2; k++) akolhook_postgres_i_ints(pg, NULL, 0);
    return akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_COUNTERS) >= 0;
}
/* A row for each delivery that was dropped, under a number of its own. */
static akolhook_status akolhook_postgres_i_write_drops(
        akolhook_postgres *pg, const akolhook_postgres_i_plan *p, akolhook_store_event *events) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_job j;
    akolhook_status status = AKOLHOOK_OK;
    PGresult *r = NULL;
    size_t i;

    if (!p->dropped_count) return AKOLHOOK_OK;
    if (!akolhook_postgres_i_work_init(&w, p->dropped_count, p->dropped_count)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, p->dropped_count);
    for (i = 0; i < p->dropped_count; i++) akolhook_postgres_i_item(pg, p->dropped[2 * i]);
    akolhook_postgres_i_end_arg(pg);
    if (!akolhook_postgres_i_lock(pg, &w, AKOLHOOK_POSTGRES_I_LOCK)) status = AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(pg, (int64_t)p->dropped_count);
    if (status == AKOLHOOK_OK) r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_NUMBER);
    if (!r) return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);

    memset(&j, 0, sizeof j);
    for (i = 0; i < p->dropped_count; i++) {
        akolhook_store_event *event = &events[p->dropped[2 * i + 1]];
        akolhook_postgres_i_hook *h = akolhook_postgres_i_hook_of(&w, p->dropped[2 * i]);

        j.number = akolhook_postgres_i_get(r, (int)i, 0);
        j.event = event->event;
        j.stored = event->deliveries ? p->numbers[p->dropped[2 * i + 1]] : 0;
        memcpy(j.message_id, event->message_id, sizeof j.message_id);
        event->dropped_number = (uint64_t)j.number;
        akolhook_postgres_i_row_end(
                &w, h, &j, AKOLHOOK_DELIVERY_DROPPED, AKOLHOOK_WEBHOOK_QUEUE_FULL, event->at_ms);
        akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_dropped, 1);
    }
    PQclear(r);
    return akolhook_postgres_i_work_done(pg, &w, AKOLHOOK_OK);
}
/* Numbers of the events and ids of the webhooks, for the rows of what is dropped. */
static akolhook_status akolhook_postgres_i_name_drops(
        akolhook_postgres *pg, akolhook_postgres_i_plan *p, akolhook_store_event *events, size_t count) {
    PGresult *r;
    size_t i;

    memset(p->numbers, 0, sizeof p->numbers);
    if (!p->dropped_count) return AKOLHOOK_OK;
    akolhook_postgres_i_int(pg, (int64_t)count);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_NUMBER);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < count; i++) p->numbers[i] = akolhook_postgres_i_get(r, (int)i, 0);
    PQclear(r);

    for (i = 0; i < p->dropped_count; i++) {
        akolhook_store_event *event = &events[p->dropped[2 * i + 1]];

        if (i + 1 < p->dropped_count && p->dropped[2 * i + 1] == p->dropped[2 * i + 3]) continue;
        akolhook_postgres_i_ints(pg, &p->dropped[2 * i], 1);
        r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_CONFIG);
        if (!r) return AKOLHOOK_STORE_FAILED;
        akolhook_postgres_i_copy(r, 0, 1, event->dropped_id, sizeof event->dropped_id);
        akolhook_wipe(PQgetvalue(r, 0, 4), (size_t)PQgetlength(r, 0, 4));
        PQclear(r);
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_enqueue_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_plan p;
    akolhook_status status;
    size_t i;

    /* a try that failed may have put those of earlier events there, by which a repeated one is known */
    for (i = 0; i < call->max; i++)
        memcpy(call->events[i].message_id, call->message_ids[i], AKOLHOOK_ID_SIZE);

    memset(&p, 0, sizeof p);
    status = akolhook_postgres_i_keys(pg, call->events, call->max, &p);
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_targets(pg, call->events, call->max, &p);
    for (i = 0; i < call->max && status == AKOLHOOK_OK; i++)
        status = akolhook_postgres_i_plan_one(pg, &p, &call->events[i], i);

    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_name_drops(pg, &p, call->events, call->max);
    if (status == AKOLHOOK_OK && (!akolhook_postgres_i_write_made(pg, &p, call->events, call->max) ||
                                         !akolhook_postgres_i_write_skips(pg, &p)))
        status = AKOLHOOK_STORE_FAILED;
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_write_drops(pg, &p, call->events);
    free(p.targets);
    free(p.made);
    return status;
}

/* ==== >>single deliveries ==== */

/* Locks the webhook of a delivery and reads it again; *waits: it waits or is in flight. */
static akolhook_status akolhook_postgres_i_single(akolhook_postgres *pg, akolhook_postgres_i_work *w,
        uint64_t number, akolhook_postgres_i_job *j, int *waits) {
    int64_t webhook;
    PGresult *r;

    akolhook_postgres_i_int(pg, (int64_t)number);
    akolhook_postgres_i_int(pg, pg->desc.log_rows);
    if (!akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_OWNER, &webhook)) return AKOLHOOK_STORE_FAILED;
    if (!webhook) return AKOLHOOK_UNKNOWN_DELIVERY;
    if (!akolhook_postgres_i_work_init(w, 1, 1)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_ints(pg, &webhook, 1);
    if (!akolhook_postgres_i_lock(pg, w, AKOLHOOK_POSTGRES_I_LOCK))
        return akolhook_postgres_i_work_end(w, AKOLHOOK_STORE_FAILED);
    /* not always covered: the webhook may be deleted before it is locked */
    if (!w->hook_count) return akolhook_postgres_i_work_end(w, AKOLHOOK_UNKNOWN_DELIVERY);

    webhook = (int64_t)number;
    akolhook_postgres_i_ints(pg, &webhook, 1);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_JOBS);
    if (!r) return akolhook_postgres_i_work_end(w, AKOLHOOK_STORE_FAILED);
    *waits = PQntuples(r) == 1;
    if (*waits) akolhook_postgres_i_job_read(r, 0, j);
    PQclear(r);
    return AKOLHOOK_OK;
}
/* The newest row of one that has ended. */
static PGresult *akolhook_postgres_i_ended(akolhook_postgres *pg, uint64_t number) {
    akolhook_postgres_i_int(pg, (int64_t)number);
    akolhook_postgres_i_int(pg, pg->desc.log_rows);
    return akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_ENDED);
}

/* Makes deliveries of kept events and marks the rows that they come from. */
static akolhook_status akolhook_postgres_i_remake(akolhook_postgres *pg, akolhook_postgres_i_hook *h,
        const int64_t *stored, const int64_t *positions, size_t count, int is_test) {
    akolhook_postgres_i_int(pg, h->webhook);
    akolhook_postgres_i_ints(pg, stored, count);
    akolhook_postgres_i_int(pg, pg->now);
    akolhook_postgres_i_int(pg, is_test);
    if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_ADD) < 0) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(pg, h->webhook);
    akolhook_postgres_i_ints(pg, positions, count);
    if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_REMADE) < 0) return AKOLHOOK_STORE_FAILED;
    h->queued += (uint32_t)count;
    if (is_test) h->tests += (uint32_t)count;
    h->is_changed = 1;
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_redeliver_one(
        akolhook_postgres *pg, akolhook_postgres_i_hook *h, const akolhook_postgres_i_call *call) {
    PGresult *r = akolhook_postgres_i_ended(pg, call->number);
    int64_t position, stored;
    int is_test;
    long held;

    if (!r) return AKOLHOOK_STORE_FAILED;
    /* not always covered: its row may be trimmed before the webhook is locked */
    if (!PQntuples(r)) {
        PQclear(r);
        return AKOLHOOK_UNKNOWN_DELIVERY;
    }
    position = akolhook_postgres_i_get(r, 0, 0);
    is_test = akolhook_postgres_i_get(r, 0, 2) != 0;
    stored = akolhook_postgres_i_get(r, 0, 3);
    PQclear(r);

    if (!h->active && !is_test) return AKOLHOOK_WEBHOOK_INACTIVE;
    akolhook_postgres_i_int(pg, stored);
    held = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_HOLD);
    if (held < 1) return held ? AKOLHOOK_STORE_FAILED : AKOLHOOK_EVENT_GONE;
    if (!akolhook_postgres_i_has_room(pg, call->max_queue, is_test, h->queued, h->tests))
        return AKOLHOOK_PENDING_FULL;
    return akolhook_postgres_i_remake(pg, h, &stored, &position, 1, is_test);
}
static akolhook_status akolhook_postgres_i_redeliver_do(
        akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_job j;
    int waits = 0;
    akolhook_status status = akolhook_postgres_i_single(pg, &w, call->number, &j, &waits);

    if (status != AKOLHOOK_OK) return status;
    if (waits)
        status = AKOLHOOK_DELIVERY_WAITS;
    else
        status = akolhook_postgres_i_redeliver_one(pg, w.hooks, call);
    return akolhook_postgres_i_work_done(pg, &w, status);
}
static akolhook_status akolhook_postgres_i_redeliver_some(
        akolhook_postgres *pg, akolhook_postgres_i_hook *h, const akolhook_postgres_i_call *call) {
    uint32_t most = pg->desc.max_queue;
    akolhook_status status = AKOLHOOK_STORE_FAILED;
    int64_t *found;
    PGresult *r;
    int i, count;

    if (call->max_queue && call->max_queue < most) most = call->max_queue;
    if (h->queued >= most) return AKOLHOOK_OK;
    akolhook_postgres_i_int(pg, h->webhook);
    akolhook_postgres_i_int(pg, h->logged - pg->desc.log_rows);
    akolhook_postgres_i_int(pg, call->since_ms);
    akolhook_postgres_i_int(pg, most - h->queued);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_FAILED);
    if (!r) return AKOLHOOK_STORE_FAILED;

    count = PQntuples(r);
    found = (int64_t *)malloc(((size_t)count * 2 + 1) * sizeof *found);
    for (i = 0; i < count && found; i++) {
        found[i] = akolhook_postgres_i_get(r, i, 1);
        found[count + i] = akolhook_postgres_i_get(r, i, 0);
    }
    PQclear(r);
    if (found) status = akolhook_postgres_i_remake(pg, h, found, found + count, (size_t)count, 0);
    *call->made = (uint32_t)count;
    free(found);
    return status;
}
static akolhook_status akolhook_postgres_i_redeliver_failed_do(
        akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_status status = akolhook_postgres_i_lock_id(pg, &w, call->id, 0);

    *call->made = 0;
    if (status != AKOLHOOK_OK) return status;
    if (!w.hooks->active)
        status = AKOLHOOK_WEBHOOK_INACTIVE;
    else
        status = akolhook_postgres_i_redeliver_some(pg, w.hooks, call);
    return akolhook_postgres_i_work_done(pg, &w, status);
}

/* A delivery that has ended, or is none. */
static akolhook_status akolhook_postgres_i_not_waiting(akolhook_postgres *pg, uint64_t number) {
    PGresult *r = akolhook_postgres_i_ended(pg, number);
    akolhook_status status = AKOLHOOK_STORE_FAILED;

    /* not always covered: its row may be trimmed before the webhook is locked */
    if (r) status = PQntuples(r) ? AKOLHOOK_DELIVERY_NOT_WAITING : AKOLHOOK_UNKNOWN_DELIVERY;
    PQclear(r);
    return status;
}
static akolhook_status akolhook_postgres_i_send_now_do(
        akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_job j;
    int waits = 0;
    akolhook_status status = akolhook_postgres_i_single(pg, &w, call->number, &j, &waits);

    if (status != AKOLHOOK_OK) return status;
    if (!waits) {
        status = akolhook_postgres_i_not_waiting(pg, call->number);
    } else if (j.lease) {
        status = AKOLHOOK_DELIVERY_NOT_WAITING;
    } else {
        akolhook_postgres_i_int(pg, j.number);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_URGE) < 0) status = AKOLHOOK_STORE_FAILED;
        w.hooks->is_changed = 1;
    }
    return akolhook_postgres_i_work_done(pg, &w, status);
}
static akolhook_status akolhook_postgres_i_cancel_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_job j;
    int waits = 0;
    akolhook_status status = akolhook_postgres_i_single(pg, &w, call->number, &j, &waits);

    if (status != AKOLHOOK_OK) return status;
    if (!waits) {
        status = akolhook_postgres_i_not_waiting(pg, call->number);
    } else if (j.lease) {
        akolhook_postgres_i_int(pg, j.number);
        if (akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_MARK) < 0) status = AKOLHOOK_STORE_FAILED;
    } else {
        akolhook_postgres_i_job_cancel(&w, w.hooks, &j, call->at_ms);
    }
    return akolhook_postgres_i_work_done(pg, &w, status);
}

static void akolhook_postgres_i_waiting_read(
        const akolhook_postgres *pg, const PGresult *r, int row, akolhook_store_delivery *d) {
    akolhook_postgres_i_job j;

    akolhook_postgres_i_job_read(r, row, &j);
    memset(d, 0, sizeof *d);
    d->number = (uint64_t)j.number;
    memcpy(d->message_id, j.message_id, sizeof d->message_id);
    akolhook_postgres_i_copy(r, row, 15, d->webhook_id, sizeof d->webhook_id);
    d->event = j.event;
    d->state = AKOLHOOK_DELIVERY_WAITING;
    d->attempt = j.attempt;
    d->is_test = j.is_test;
    d->in_flight = j.lease != 0;
    d->has_body = 1;
    d->age_ms = pg->now - j.created;
    d->due_ms = d->in_flight || j.due < pg->now ? 0 : j.due - pg->now;
}
static akolhook_status akolhook_postgres_i_waiting_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    int64_t webhook = 0;
    PGresult *r;
    int i;

    if (call->id) {
        if (!akolhook_postgres_i_find(pg, akolhook_str_c(call->id), &webhook)) return AKOLHOOK_STORE_FAILED;
        if (!webhook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    }
    akolhook_postgres_i_after(pg, call->number);
    akolhook_postgres_i_int(pg, (int64_t)call->max);
    if (call->id) akolhook_postgres_i_int(pg, webhook);
    r = akolhook_postgres_i_query(
            pg, call->id ? AKOLHOOK_POSTGRES_I_WAITING_OF : AKOLHOOK_POSTGRES_I_WAITING);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(r); i++) akolhook_postgres_i_waiting_read(pg, r, i, &call->deliveries[i]);
    *call->count = (size_t)PQntuples(r);
    PQclear(r);
    return AKOLHOOK_OK;
}

/* Where one that does not wait has its row; *stored: its event, 0 when that is gone. */
static akolhook_status akolhook_postgres_i_ended_read(
        akolhook_postgres *pg, uint64_t number, akolhook_store_delivery *d, int64_t *stored) {
    PGresult *r = akolhook_postgres_i_ended(pg, number);
    akolhook_status status = AKOLHOOK_UNKNOWN_DELIVERY;

    if (!r) return AKOLHOOK_STORE_FAILED;
    memset(d, 0, sizeof *d);
    if (PQntuples(r)) {
        d->number = number;
        d->state = (akolhook_delivery_state)akolhook_postgres_i_get(r, 0, 1);
        d->is_test = akolhook_postgres_i_get(r, 0, 2) != 0;
        d->event = (akolhook_event)akolhook_postgres_i_get(r, 0, 5);
        d->attempt = (uint32_t)akolhook_postgres_i_get(r, 0, 6);
        akolhook_postgres_i_copy(r, 0, 7, d->message_id, sizeof d->message_id);
        akolhook_postgres_i_copy(r, 0, 8, d->webhook_id, sizeof d->webhook_id);
        d->age_ms = d->due_ms = -1;
        *stored = *PQgetvalue(r, 0, 4) ? akolhook_postgres_i_get(r, 0, 3) : 0;
        status = AKOLHOOK_OK;
    }
    PQclear(r);
    return status;
}
static akolhook_status akolhook_postgres_i_delivery_do(
        akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_store_delivery *d = call->deliveries;
    akolhook_status status = AKOLHOOK_OK;
    int64_t stored = 0;
    PGresult *r;

    akolhook_postgres_i_int(pg, (int64_t)call->number);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_WAITS);
    if (!r) return AKOLHOOK_STORE_FAILED;
    if (PQntuples(r)) {
        akolhook_postgres_i_waiting_read(pg, r, 0, d);
        stored = akolhook_postgres_i_get(r, 0, 12);
    } else {
        status = akolhook_postgres_i_ended_read(pg, call->number, d, &stored);
    }
    PQclear(r);
    if (status != AKOLHOOK_OK || !stored) return status;

    akolhook_postgres_i_ints(pg, &stored, 1);
    r = akolhook_postgres_i_show(pg, akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_BODIES));
    if (!r) return AKOLHOOK_STORE_FAILED;
    d->has_body = PQntuples(r) == 1;
    if (!d->has_body) return AKOLHOOK_OK; /* not always covered: it may be purged between the two */
    d->head = akolhook_postgres_i_str(r, 0, 1);
    d->tail = akolhook_postgres_i_str(r, 0, 2);
    return AKOLHOOK_OK;
}

/* ==== >>claim ==== */

#define AKOLHOOK_POSTGRES_I_PASSED 64    /* webhooks of full origins that a claim passes over; */
#define AKOLHOOK_POSTGRES_I_PARK_MS 1000 /* those beyond wait so long */
#define AKOLHOOK_POSTGRES_I_FURTHER 128  /* when places are left it looks at so many more of a class */

/* What a claim has given so far. */
typedef struct akolhook_postgres_i_round {
    akolhook_postgres_i_work work;
    const akolhook_postgres_i_call *call;
    akolhook_postgres_i_job *jobs;
    akolhook_postgres_i_hook **owners;
    size_t count;
    uint32_t slow, failing;
    size_t passed;
    size_t further; /* webhooks of each class that were looked at beyond the first */
    int ended;      /* deliveries that were cut off or too old */
    int has_more;   /* webhooks of some class that were not looked at */
    int64_t last_turn[3], last_webhook[3];
    PGresult **heads;
    size_t head_count;
} akolhook_postgres_i_round;

static uint32_t akolhook_postgres_i_cap(
        const akolhook_store_limits *limits, const akolhook_postgres_i_hook *h) {
    if (h->health.cls == AKOLHOOK_CLASS_FAILING) return 1;
    return limits->per_webhook ? limits->per_webhook : UINT32_MAX;
}
static uint32_t akolhook_postgres_i_room(
        const akolhook_store_limits *limits, const akolhook_postgres_i_hook *h) {
    uint32_t cap = akolhook_postgres_i_cap(limits, h);

    return h->in_flight < cap ? cap - h->in_flight : 0;
}
/* Places that are left to a class. */
static size_t akolhook_postgres_i_share(const akolhook_postgres_i_round *r, int cls) {
    const akolhook_store_limits *l = r->call->limits;
    size_t left = r->call->max - r->count;

    if (cls == AKOLHOOK_CLASS_QUICK) return left;
    if (left > l->slow - r->slow) left = l->slow - r->slow;
    if (cls == AKOLHOOK_CLASS_FAILING && left > l->failing - r->failing) left = l->failing - r->failing;
    return left;
}
static int akolhook_postgres_i_origin_is_full(const akolhook_postgres_i_round *r, uint64_t origin) {
    const akolhook_store_limits *l = r->call->limits;
    uint32_t left = l->per_origin ? l->per_origin : UINT32_MAX;
    size_t i;

    for (i = 0; i < l->origin_count; i++)
        if (l->origins[i].origin == origin) left = l->origins[i].left;
    for (i = 0; i < r->count && left; i++) left -= r->owners[i]->origin == origin;
    return !left;
}

/* Reads the beginnings of queues: of one webhook, or with NULL of all that have none. */
static int akolhook_postgres_i_heads(
        akolhook_postgres *pg, akolhook_postgres_i_round *r, akolhook_postgres_i_hook *one, int depth) {
    akolhook_postgres_i_work *w = &r->work;
    PGresult *result;
    size_t i, count = 0;
    int row, pass;

    for (i = 0; i < w->hook_count; i++) {
        akolhook_postgres_i_hook *h = &w->hooks[i];
        size_t room = akolhook_postgres_i_room(r->call->limits, h);

        if (h == one) h->heads = NULL;
        if (h->is_done || h->heads || (one && h != one)) continue;
        h->asked = !one && room < (size_t)depth ? (int)room + 1 : depth;
        count++;
    }
    if (!count) return 1;
    for (pass = 0; pass < 2; pass++) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, count);
        for (i = 0; i < w->hook_count; i++)
            if (!w->hooks[i].is_done && !w->hooks[i].heads && (!one || &w->hooks[i] == one))
                akolhook_postgres_i_item(pg, pass ? w->hooks[i].asked : w->hooks[i].webhook);
        akolhook_postgres_i_end_arg(pg);
    }
    result = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_HEADS);
    if (!result) return 0;
    r->heads[r->head_count++] = result;

    for (i = 0; i < w->hook_count; i++)
        if (!w->hooks[i].is_done && !w->hooks[i].heads && (!one || &w->hooks[i] == one)) {
            w->hooks[i].heads = result;
            w->hooks[i].end = 0;
            if (&w->hooks[i] != one) w->hooks[i].head = 0;
        }
    for (row = 0; row < PQntuples(result); row++) {
        akolhook_postgres_i_hook *h = akolhook_postgres_i_hook_of(w, akolhook_postgres_i_get(result, row, 1));

        /* not covered: these were asked for, and no others */
        if (!h) continue;
        if (!h->end++ && !one) h->head = row;
    }
    for (i = 0; i < w->hook_count; i++) {
        akolhook_postgres_i_hook *h = &w->hooks[i];

        if (h->heads != result) continue;
        h->has_more = h->end == h->asked;
        if (!one) h->end += h->head;
    }
    return 1;
}
/* Whether a webhook has a delivery at hand; one that is cut off or too old ends. -1: the database failed. */
static int akolhook_postgres_i_head(akolhook_postgres *pg, akolhook_postgres_i_round *r,
        akolhook_postgres_i_hook *h, akolhook_postgres_i_job *j) {
    int is_cut;

    for (;;) {
        if (h->head == h->end) {
            if (!h->has_more || r->head_count == r->work.hook_room) return 0;
            h->head = h->taken;
            if (!akolhook_postgres_i_heads(pg, r, h, 2 * h->taken + AKOLHOOK_POSTGRES_I_PASSED)) return -1;
            if (h->head >= h->end) return 0;
        }
        akolhook_postgres_i_job_read(h->heads, h->head, j);
        is_cut = akolhook_postgres_i_job_is_cut(h, j);
        if (!is_cut && pg->now - j->created <= AKOLHOOK_RETRY_HORIZON_MS) return 1;
        if (r->ended == AKOLHOOK_STORE_STEP) return 0;

        if (is_cut) {
            akolhook_postgres_i_job_cancel(&r->work, h, j, r->call->limits->at_ms);
        } else {
            akolhook_postgres_i_row_end(&r->work, h, j, AKOLHOOK_DELIVERY_FAILED, AKOLHOOK_DELIVERY_EXPIRED,
                    r->call->limits->at_ms);
            akolhook_postgres_i_job_end(&r->work, h, j, AKOLHOOK_DELIVERY_FAILED);
            if (r->call->limits->expired) {
                r->call->limits->expired->count++;
                r->call->limits->expired->number = (uint64_t)j->number;
            }
        }
        r->ended++;
        h->head++;
        h->taken++;
    }
}

/* Webhooks of a class that fill so many places when each gives as much as it may, or all that it has where
   queues were short in the last claim; and one more. A claim that begins with these leaves the others to
   other workers, and costs the same however many are due. */
static size_t akolhook_postgres_i_enough(
        const akolhook_postgres *pg, const akolhook_postgres_i_round *r, int cls, size_t places) {
    size_t cap = cls == AKOLHOOK_CLASS_FAILING ? 1 : r->call->limits->per_webhook, enough;

    enough = cap ? (places + cap - 1) / cap : 1;
    if (enough < pg->emptied[cls]) enough = pg->emptied[cls];
    enough++;
    return enough < places ? enough : places;
}
/* How many more of a class are locked where places are left: as many as fill them when each gives what those
   before gave, and at least twice as many as the time before, so that it ends soon. */
static size_t akolhook_postgres_i_further(const akolhook_postgres_i_round *r, size_t before) {
    size_t left = r->call->max - r->count, most = AKOLHOOK_POSTGRES_I_FURTHER - r->further, wanted = most;

    if (r->count) wanted = left * r->work.hook_count / r->count + 1;
    if (wanted < 2 * before) wanted = 2 * before;
    return wanted < most ? wanted : most;
}
/* Locks the ready webhooks of the lowest turns, behind those that were seen, and reads their queues. */
static int akolhook_postgres_i_gather(akolhook_postgres *pg, akolhook_postgres_i_round *r, size_t further) {
    akolhook_postgres_i_work *w = &r->work;
    int64_t shares[3], classes[3];
    size_t from = w->hook_count, found[3] = {0, 0, 0}, i, places = 0;
    int cls;

    for (cls = 0; cls < 3; cls++) {
        size_t share = akolhook_postgres_i_share(r, cls);

        classes[cls] = cls;
        shares[cls] = (int64_t)(share && further ? further : akolhook_postgres_i_enough(pg, r, cls, share));
        places += share;
    }
    r->has_more = 0;
    if (!places) return 1;
    akolhook_postgres_i_ints(pg, classes, 3);
    akolhook_postgres_i_ints(pg, shares, 3);
    akolhook_postgres_i_ints(pg, r->last_turn, 3);
    akolhook_postgres_i_ints(pg, r->last_webhook, 3);
    if (!akolhook_postgres_i_lock(pg, w, AKOLHOOK_POSTGRES_I_READY)) return 0;

    for (i = from; i < w->hook_count; i++) {
        akolhook_postgres_i_hook *h = &w->hooks[i];

        cls = (int)h->health.cls;
        found[cls]++;
        r->last_turn[cls] = h->turn;
        r->last_webhook[cls] = h->webhook;
        if (akolhook_postgres_i_room(r->call->limits, h)) continue;
        h->capped = h->is_done = h->is_changed = 1;
    }
    for (cls = 0; cls < 3; cls++) r->has_more |= shares[cls] && found[cls] >= (size_t)shares[cls];
    if (w->hook_count == from) return 1;
    return akolhook_postgres_i_heads(
            pg, r, NULL, (int)(2 * (r->call->max - r->count) / (w->hook_count - from)) + 2);
}

/* The webhook whose turn it is, with its next delivery; NULL: none is left, or *failed. */
static akolhook_postgres_i_hook *akolhook_postgres_i_pick(
        akolhook_postgres *pg, akolhook_postgres_i_round *r, akolhook_postgres_i_job *j, int *failed) {
    for (;;) {
        akolhook_postgres_i_hook *best = NULL;
        size_t i;
        int found;

        for (i = 0; i < r->work.hook_count; i++) {
            akolhook_postgres_i_hook *h = &r->work.hooks[i];

            if (h->is_done || h->is_passed || !akolhook_postgres_i_share(r, (int)h->health.cls)) continue;
            if (!best || h->turn < best->turn || (h->turn == best->turn && h->webhook < best->webhook))
                best = h;
        }
        if (!best) return NULL;
        if (akolhook_postgres_i_origin_is_full(r, best->origin)) {
            best->is_passed = 1;
            if (++r->passed > AKOLHOOK_POSTGRES_I_PASSED) best->is_parked = best->is_changed = 1;
            continue;
        }
        found = akolhook_postgres_i_head(pg, r, best, j);
        *failed = found < 0;
        if (found < 0) return NULL;
        if (found && akolhook_hub_ready_at(&best->health, j->due, j->is_urgent, best->allowed_us) <= pg->now)
            return best;
        best->is_done = best->is_changed = 1;
    }
}
static void akolhook_postgres_i_take(
        akolhook_postgres *pg, akolhook_postgres_i_round *r, akolhook_postgres_i_hook *h) {
    const akolhook_store_limits *l = r->call->limits;

    r->owners[r->count++] = h;
    r->slow += h->health.cls != AKOLHOOK_CLASS_QUICK;
    r->failing += h->health.cls == AKOLHOOK_CLASS_FAILING;
    if (pg->floor < h->turn) pg->floor = h->turn;
    h->turn += akolhook_hub_charge(&h->health);
    h->allowed_us = akolhook_hub_allow(h->allowed_us, pg->now, h->rate ? h->rate : l->rate);
    h->in_flight++;
    h->head++;
    h->taken++;
    h->is_changed = 1;
    h->capped = h->is_done = !akolhook_postgres_i_room(l, h);
}
/* Where each webhook that was looked at stands from now on. */
static void akolhook_postgres_i_place_all(akolhook_postgres *pg, akolhook_postgres_i_round *r) {
    akolhook_postgres_i_job j;
    size_t i;

    memset(pg->emptied, 0, sizeof pg->emptied);
    for (i = 0; i < r->work.hook_count; i++) {
        akolhook_postgres_i_hook *h = &r->work.hooks[i];

        pg->emptied[h->health.cls] += h->taken && (h->capped || h->head >= h->end);
        h->is_placed = 1;
        memset(&j, 0, sizeof j);
        if (h->is_parked) {
            akolhook_postgres_i_place(pg, h, 1, pg->now + AKOLHOOK_POSTGRES_I_PARK_MS, 0);
        } else if (h->heads && h->head < h->end) {
            akolhook_postgres_i_job_read(h->heads, h->head, &j);
            akolhook_postgres_i_place(pg, h, 1, j.due, j.is_urgent);
        } else {
            /* what is behind was not read: it is looked at again */
            akolhook_postgres_i_place(pg, h, h->capped || h->has_more, pg->now, 1);
        }
    }
}

/* Ends leases that ran out. Their webhooks are locked without waiting; what another holds is left to it. */
static akolhook_status akolhook_postgres_i_reap(akolhook_postgres *pg, int64_t at_ms) {
    akolhook_postgres_i_work w;
    akolhook_postgres_i_hook *h;
    akolhook_postgres_i_job j;
    akolhook_status status;
    PGresult *late, *r;
    int i, pass;

    akolhook_postgres_i_int(pg, pg->now);
    late = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_LATE);
    if (!late) return AKOLHOOK_STORE_FAILED;
    if (!akolhook_postgres_i_work_init(&w, AKOLHOOK_STORE_STEP, AKOLHOOK_STORE_STEP)) {
        PQclear(late);
        return AKOLHOOK_STORE_FAILED;
    }
    for (pass = 0, r = NULL, status = AKOLHOOK_OK; pass < 2 && status == AKOLHOOK_OK; pass++) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, (size_t)PQntuples(late));
        for (i = 0; i < PQntuples(late); i++)
            akolhook_postgres_i_item(pg, akolhook_postgres_i_get(late, i, !pass));
        akolhook_postgres_i_end_arg(pg);
        if (!pass && !akolhook_postgres_i_lock(pg, &w, AKOLHOOK_POSTGRES_I_LOCK_FREE))
            status = AKOLHOOK_STORE_FAILED;
        if (pass) r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_JOBS);
    }
    PQclear(late);
    if (!r) return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);

    for (i = 0; i < PQntuples(r); i++) {
        akolhook_postgres_i_job_read(r, i, &j);
        h = akolhook_postgres_i_hook_of(&w, j.webhook);
        if (!h || !j.lease || j.lease_until > pg->now) continue;
        h->in_flight--;
        h->capped = 0;
        h->turn += j.lease_until - j.began;
        if (akolhook_postgres_i_job_is_cut(h, &j))
            akolhook_postgres_i_job_cancel(&w, h, &j, at_ms);
        else
            akolhook_postgres_i_job_back(&w, h, &j, pg->now);
    }
    PQclear(r);
    return akolhook_postgres_i_work_done(pg, &w, AKOLHOOK_OK);
}

/* The row of a number in a result's first column. */
static int akolhook_postgres_i_row_of(const PGresult *r, int64_t number) {
    int i;

    for (i = 0; i < PQntuples(r); i++)
        if (akolhook_postgres_i_get(r, i, 0) == number) return i;
    return 0;
}
static PGresult *akolhook_postgres_i_of_jobs(
        akolhook_postgres *pg, const akolhook_postgres_i_round *r, int which) {
    size_t i;

    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, r->count);
    for (i = 0; i < r->count; i++)
        akolhook_postgres_i_item(
                pg, which == AKOLHOOK_POSTGRES_I_CONFIG ? r->jobs[i].webhook : r->jobs[i].stored);
    akolhook_postgres_i_end_arg(pg);
    return akolhook_postgres_i_query(pg, which);
}
/* Writes the leases, each as long as its webhook's deadline needs. */
static PGresult *akolhook_postgres_i_lease(
        akolhook_postgres *pg, const akolhook_postgres_i_round *r, const PGresult *config) {
    int64_t most;
    size_t i;

    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, r->count);
    for (i = 0; i < r->count; i++) akolhook_postgres_i_item(pg, r->jobs[i].number);
    akolhook_postgres_i_end_arg(pg);
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, r->count);
    for (i = 0; i < r->count; i++) {
        most = akolhook_postgres_i_get(config, akolhook_postgres_i_row_of(config, r->jobs[i].webhook), 5);
        if (most) most += AKOLHOOK_LEASE_SPARE_MS;
        if (most < r->call->limits->lease_ms) most = r->call->limits->lease_ms;
        akolhook_postgres_i_item(pg, pg->now + most);
    }
    akolhook_postgres_i_end_arg(pg);
    akolhook_postgres_i_int(pg, pg->now);
    return akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_LEASE);
}
static void akolhook_postgres_i_claim_fill(const akolhook_postgres_i_round *r, size_t at,
        const akolhook_postgres_i_held *held, const PGresult *leases, akolhook_store_claim *c) {
    const akolhook_postgres_i_job *j = &r->jobs[at];
    const akolhook_postgres_i_hook *h = r->owners[at];
    int config = akolhook_postgres_i_row_of(held->config, j->webhook),
        body = akolhook_postgres_i_row_of(held->bodies, j->stored);

    memset(c, 0, sizeof *c);
    c->number = (uint64_t)j->number;
    c->lease = (uint64_t)akolhook_postgres_i_get(leases, akolhook_postgres_i_row_of(leases, j->number), 1);
    memcpy(c->message_id, j->message_id, sizeof c->message_id);
    akolhook_postgres_i_copy(held->config, config, 1, c->webhook_id, sizeof c->webhook_id);
    akolhook_postgres_i_copy(held->config, config, 4, c->secret, sizeof c->secret);
    c->event = j->event;
    c->attempt = j->attempt;
    c->is_test = j->is_test;
    c->cls = h->health.cls;
    c->origin = h->origin;
    c->deadline_ms = (uint32_t)akolhook_postgres_i_get(held->config, config, 5);
    c->charged_ms = akolhook_hub_charge(&h->health);
    c->url = akolhook_postgres_i_str(held->config, config, 2);
    c->headers = akolhook_postgres_i_str(held->config, config, 3);
    c->head = akolhook_postgres_i_str(held->bodies, body, 1);
    c->tail = akolhook_postgres_i_str(held->bodies, body, 2);
}

static void akolhook_postgres_i_drop_held(akolhook_postgres *pg, akolhook_postgres_i_held *held) {
    if (held->refs && --held->refs) return;
    if (held->next) held->next->prev = held->prev;
    if (held->prev)
        held->prev->next = held->next;
    else
        pg->held = held->next;
    PQclear(held->config);
    PQclear(held->bodies);
    free(held);
}
/* What a claim that failed has made: nobody will settle it. */
static void akolhook_postgres_i_drop_claim(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    if (!call->held) return;
    call->held->refs = 0;
    akolhook_postgres_i_drop_held(pg, call->held);
    call->held = NULL;
}
/* Leases what was picked, and reads what its attempts need. */
static akolhook_status akolhook_postgres_i_hand_out(
        akolhook_postgres *pg, akolhook_postgres_i_round *r, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_held *held = (akolhook_postgres_i_held *)calloc(
            1, sizeof *held + r->count * sizeof(akolhook_postgres_i_handle));
    akolhook_postgres_i_handle *handles;
    PGresult *leases = NULL;
    size_t i;
    int row;

    if (!held) return AKOLHOOK_STORE_FAILED;
    handles = (akolhook_postgres_i_handle *)(void *)(held + 1);
    held->next = pg->held;
    if (held->next) held->next->prev = held;
    pg->held = call->held = held;
    held->config = akolhook_postgres_i_of_jobs(pg, r, AKOLHOOK_POSTGRES_I_CONFIG);
    if (held->config) held->bodies = akolhook_postgres_i_of_jobs(pg, r, AKOLHOOK_POSTGRES_I_BODIES);
    if (held->bodies) leases = akolhook_postgres_i_lease(pg, r, held->config);
    /* not covered: deliveries of webhooks that are locked do not go */
    if (leases && (size_t)PQntuples(leases) != r->count) {
        PQclear(leases);
        leases = NULL;
    }

    for (i = 0; i < r->count && leases; i++) {
        akolhook_postgres_i_claim_fill(r, i, held, leases, &call->claims[i]);
        handles[i].held = held;
        handles[i].webhook = r->jobs[i].webhook;
        call->claims[i].handle = &handles[i];
        held->refs++;
    }
    for (row = 0; held->config && row < PQntuples(held->config); row++)
        akolhook_wipe(PQgetvalue(held->config, row, 4), (size_t)PQgetlength(held->config, row, 4));
    PQclear(leases);
    return held->refs ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
}

static akolhook_status akolhook_postgres_i_claim_round(
        akolhook_postgres *pg, akolhook_postgres_i_round *r, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_hook *h;
    akolhook_status status = AKOLHOOK_OK;
    size_t further = 0;
    int failed = 0;

    for (;;) {
        failed = !akolhook_postgres_i_gather(pg, r, further);
        while (!failed && r->count < call->max && r->ended < AKOLHOOK_STORE_STEP) {
            h = akolhook_postgres_i_pick(pg, r, &r->jobs[r->count], &failed);
            if (!h) break;
            akolhook_postgres_i_take(pg, r, h);
        }
        if (failed) return AKOLHOOK_STORE_FAILED;
        if (r->count == call->max || !r->has_more) break;
        further = akolhook_postgres_i_further(r, further);
        if (!further) break;
        r->further += further;
    }
    akolhook_postgres_i_place_all(pg, r);
    if (r->count) status = akolhook_postgres_i_hand_out(pg, r, call);
    if (status == AKOLHOOK_OK && r->ended)
        status = akolhook_postgres_i_write(pg, &r->work);
    else if (status == AKOLHOOK_OK && !akolhook_postgres_i_write_claimed(pg, &r->work))
        status = AKOLHOOK_STORE_FAILED;
    *call->count = r->count;
    return status;
}
static akolhook_status akolhook_postgres_i_claim_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    size_t hooks = 3 * (call->max + AKOLHOOK_POSTGRES_I_FURTHER), i;
    akolhook_postgres_i_round r;
    akolhook_status status = AKOLHOOK_STORE_FAILED;
    int64_t late;

    akolhook_postgres_i_drop_claim(pg, call);
    if (call->limits->expired) call->limits->expired->count = 0; /* the call may be run again */
    akolhook_postgres_i_int(pg, pg->now);
    akolhook_postgres_i_int(pg, pg->floor);
    if (!akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_WAKE, &late)) return AKOLHOOK_STORE_FAILED;
    if (late) {
        status = akolhook_postgres_i_reap(pg, call->limits->at_ms);
        if (status != AKOLHOOK_OK) return status;
    }

    memset(&r, 0, sizeof r);
    r.call = call;
    for (i = 0; i < 3; i++) r.last_turn[i] = r.last_webhook[i] = INT64_MIN;
    r.jobs = (akolhook_postgres_i_job *)malloc(call->max * sizeof *r.jobs + 1);
    r.owners = (akolhook_postgres_i_hook **)malloc(call->max * sizeof *r.owners + 1);
    r.heads = (PGresult **)malloc(hooks * sizeof *r.heads + 1);
    status = AKOLHOOK_STORE_FAILED;
    if (r.jobs && r.owners && r.heads && akolhook_postgres_i_work_init(&r.work, hooks, AKOLHOOK_STORE_STEP)) {
        status = akolhook_postgres_i_claim_round(pg, &r, call);
        for (i = 0; i < r.head_count; i++) PQclear(r.heads[i]);
        (void)akolhook_postgres_i_work_end(&r.work, status);
    }
    free(r.jobs);
    free(r.owners);
    free(r.heads);
    return status;
}

static akolhook_status akolhook_postgres_i_next_due_do(
        akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    const akolhook_store_limits *l = call->limits;
    int64_t classes[3], due = INT64_MAX, at;
    size_t i, count = 0, full = 0;
    PGresult *r;
    int column;

    classes[count++] = AKOLHOOK_CLASS_QUICK;
    if (l->slow) classes[count++] = AKOLHOOK_CLASS_OTHER;
    if (l->slow && l->failing) classes[count++] = AKOLHOOK_CLASS_FAILING;
    akolhook_postgres_i_ints(pg, classes, count);
    for (i = 0; i < l->origin_count; i++) full += !l->origins[i].left;
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, full);
    for (i = 0; i < l->origin_count; i++)
        if (!l->origins[i].left) akolhook_postgres_i_item(pg, (int64_t)l->origins[i].origin);
    akolhook_postgres_i_end_arg(pg);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_DUE);
    if (!r) return AKOLHOOK_STORE_FAILED;

    if (*PQgetvalue(r, 0, 0)) due = pg->now;
    for (column = 1; column < 3; column++) {
        if (PQgetisnull(r, 0, column)) continue;
        at = akolhook_postgres_i_get(r, 0, column);
        if (due > at) due = at;
    }
    PQclear(r);
    *call->ms = due == INT64_MAX ? -1 : due > pg->now ? due - pg->now : 0;
    return AKOLHOOK_OK;
}

/* ==== >>settle ==== */

/* Counters of an attempt. */
static void akolhook_postgres_i_count_attempt(akolhook_postgres_i_work *w, akolhook_postgres_i_hook *h,
        const akolhook_store_outcome *o, int is_test) {
    int64_t *latency;

    if (is_test) {
        akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_tests, 1);
        akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_tests_failed, !o->row->success);
        return;
    }
    if (o->is_fault) return;
    h->last_triggered = o->row->at_ms;
    akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_attempts, 1);
    akolhook_postgres_i_count(h, AKOLHOOK_POSTGRES_I_N_attempts_failed, !o->row->success);
    if (!o->row->success) return;
    latency = &w->latency[2 * w->latency_count++];
    latency[0] = h->webhook;
    latency[1] = akolhook_stats_bucket(o->row->ms);
}
/* Judges an outcome and does what was decided, in the work. */
static akolhook_status akolhook_postgres_i_settle_judge(akolhook_postgres *pg, akolhook_postgres_i_work *w,
        akolhook_postgres_i_hook *h, akolhook_postgres_i_job *j, const akolhook_store_rules *rules,
        akolhook_store_outcome *o) {
    akolhook_store_case at;

    memset(&at, 0, sizeof at);
    at.now = pg->now;
    at.began = j->began;
    at.age_ms = pg->now - j->created;
    at.answered_at = pg->answered_at;
    at.attempt = j->attempt;
    at.faults = j->faults;
    at.is_test = j->is_test;
    at.is_active = h->active != 0;
    at.is_cut = akolhook_postgres_i_job_is_cut(h, j) != 0;
    akolhook_hub_judge(rules, &at, &h->health, o);

    h->in_flight--;
    h->capped = 0;
    h->turn += o->turn_ms;
    h->is_changed = 1;
    j->attempt = o->attempt;
    j->faults = o->faults;
    if (o->answered) pg->answered_at = pg->now;
    if (o->deactivates) {
        h->stops = 1;
        if (!akolhook_postgres_i_stop(pg, h, AKOLHOOK_INACTIVE_BY_HUB, o->at_ms))
            return AKOLHOOK_STORE_FAILED;
    }
    if (o->row) {
        memcpy(o->row->message_id, j->message_id, sizeof o->row->message_id);
        o->row->event = j->event;
        o->row->number = o->number;
        o->row->is_test = j->is_test;
        akolhook_postgres_i_row_add(w, h, o->row, j->stored);
        akolhook_postgres_i_count_attempt(w, h, o, j->is_test);
    }
    if (o->cancelled)
        akolhook_postgres_i_job_cancel(w, h, j, o->at_ms);
    else if (o->state != AKOLHOOK_DELIVERY_WAITING)
        akolhook_postgres_i_job_end(w, h, j, o->state);
    else
        akolhook_postgres_i_job_back(w, h, j, pg->now + o->due_ms);
    return AKOLHOOK_OK;
}
/* Finds what an outcome is of. */
static akolhook_status akolhook_postgres_i_settle_one(akolhook_postgres *pg, akolhook_postgres_i_work *w,
        const akolhook_postgres_i_call *call, size_t at, const PGresult *jobs) {
    akolhook_store_outcome *o = &call->outcomes[at];
    const akolhook_postgres_i_handle *handle = (const akolhook_postgres_i_handle *)o->handle;
    akolhook_postgres_i_hook *h = handle ? akolhook_postgres_i_hook_of(w, handle->webhook) : NULL;
    akolhook_postgres_i_job j;
    size_t i;
    int row;

    o->status = AKOLHOOK_LEASE_LOST;
    for (i = 0; i < at; i++) /* given twice */
        if (call->outcomes[i].number == o->number && call->outcomes[i].status == AKOLHOOK_OK)
            return AKOLHOOK_OK;
    if (handle && !h) o->status = AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!h || !PQntuples(jobs)) return AKOLHOOK_OK;

    row = akolhook_postgres_i_row_of(jobs, (int64_t)o->number);
    akolhook_postgres_i_job_read(jobs, row, &j);
    if (j.number != (int64_t)o->number || j.webhook != h->webhook || !j.lease || j.lease != (int64_t)o->lease)
        return AKOLHOOK_OK;
    return akolhook_postgres_i_settle_judge(pg, w, h, &j, call->rules, o);
}
static akolhook_status akolhook_postgres_i_settle_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_postgres_i_work w;
    akolhook_status status = AKOLHOOK_OK;
    const akolhook_postgres_i_handle *handle;
    int left = AKOLHOOK_STORE_STEP;
    PGresult *jobs;
    size_t i;

    if (!akolhook_postgres_i_work_init(&w, call->max, call->max + AKOLHOOK_STORE_STEP))
        return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, call->max);
    for (i = 0; i < call->max; i++) {
        handle = (const akolhook_postgres_i_handle *)call->outcomes[i].handle;
        akolhook_postgres_i_item(pg, handle ? handle->webhook : 0);
    }
    akolhook_postgres_i_end_arg(pg);
    if (!akolhook_postgres_i_lock(pg, &w, AKOLHOOK_POSTGRES_I_LOCK))
        return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);

    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, call->max);
    for (i = 0; i < call->max; i++) akolhook_postgres_i_item(pg, (int64_t)call->outcomes[i].number);
    akolhook_postgres_i_end_arg(pg);
    jobs = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_JOBS);
    if (!jobs) return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);
    for (i = 0; i < call->max && status == AKOLHOOK_OK; i++)
        status = akolhook_postgres_i_settle_one(pg, &w, call, i, jobs);
    PQclear(jobs);

    for (i = 0; i < w.hook_count && status == AKOLHOOK_OK; i++) {
        if (!w.hooks[i].stops) continue;
        /* what waits again since an outcome before is cut off, too, and so must be there */
        if (!akolhook_postgres_i_write_jobs(pg, &w)) status = AKOLHOOK_STORE_FAILED;
        w.ended_count = w.back_count = 0;
        if (status == AKOLHOOK_OK &&
                !akolhook_postgres_i_cut_some(pg, &w, &w.hooks[i], call->outcomes->at_ms, &left))
            status = AKOLHOOK_STORE_FAILED;
    }
    return akolhook_postgres_i_work_done(pg, &w, status);
}

/* ==== >>house: what is done in steps ==== */

/* Numbers of a column for which another says true, as the next parameter. */
static void akolhook_postgres_i_flagged(akolhook_postgres *pg, const PGresult *r, int value, int flag) {
    size_t count = 0;
    int i;

    for (i = 0; i < PQntuples(r); i++) count += *PQgetvalue(r, i, flag) != 0;
    akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, count);
    for (i = 0; i < PQntuples(r); i++)
        if (*PQgetvalue(r, i, flag)) akolhook_postgres_i_item(pg, akolhook_postgres_i_get(r, i, value));
    akolhook_postgres_i_end_arg(pg);
}

static akolhook_status akolhook_postgres_i_tend_cut(akolhook_postgres *pg, akolhook_store_tending *tending) {
    akolhook_postgres_i_work w;
    int left = AKOLHOOK_STORE_STEP;

    if (!akolhook_postgres_i_work_init(&w, 1, AKOLHOOK_STORE_STEP)) return AKOLHOOK_STORE_FAILED;
    if (!akolhook_postgres_i_lock(pg, &w, AKOLHOOK_POSTGRES_I_CUTTING))
        return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);
    if (!w.hook_count) return akolhook_postgres_i_work_end(&w, AKOLHOOK_OK);
    tending->more = 1; /* this one's, or another's */
    if (!akolhook_postgres_i_cut_some(pg, &w, w.hooks, tending->at_ms, &left))
        return akolhook_postgres_i_work_end(&w, AKOLHOOK_STORE_FAILED);
    return akolhook_postgres_i_work_done(pg, &w, AKOLHOOK_OK);
}
#define AKOLHOOK_POSTGRES_I_LOOK 1024 /* old bodies that a step looks at; it removes fewer */

/* In the order of their numbers; those that something waits for are passed over. */
static akolhook_status akolhook_postgres_i_tend_events(
        akolhook_postgres *pg, akolhook_store_tending *tending) {
    const int64_t before = pg->now - tending->events_ms - 1, after = pg->purged;
    int64_t count, last;
    PGresult *r;
    long ended = 0;
    int i, found;

    akolhook_postgres_i_int(pg, before);
    akolhook_postgres_i_int(pg, after);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_OLD_LOOK);
    if (!r) return AKOLHOOK_STORE_FAILED;
    count = akolhook_postgres_i_get(r, 0, 0);
    last = akolhook_postgres_i_get(r, 0, 1);
    PQclear(r);
    pg->purged = 0;
    if (!count) return AKOLHOOK_OK;

    akolhook_postgres_i_int(pg, before);
    akolhook_postgres_i_int(pg, after);
    akolhook_postgres_i_int(pg, last);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_OLD_LOCK);
    if (!r) return AKOLHOOK_STORE_FAILED;
    found = PQntuples(r);
    if (found) {
        akolhook_postgres_i_array(pg, AKOLHOOK_POSTGRES_I_OF_INT, (size_t)found);
        for (i = 0; i < found; i++) akolhook_postgres_i_item(pg, akolhook_postgres_i_get(r, i, 0));
        akolhook_postgres_i_end_arg(pg);
        ended = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_OLD_END);
    }
    if (found == AKOLHOOK_STORE_STEP) last = akolhook_postgres_i_get(r, found - 1, 0);
    PQclear(r);
    if (ended < 0) return AKOLHOOK_STORE_FAILED;
    if (found < AKOLHOOK_STORE_STEP && count < AKOLHOOK_POSTGRES_I_LOOK) return AKOLHOOK_OK;
    pg->purged = last;
    tending->more = 1;
    return AKOLHOOK_OK;
}
/* What is in logs beyond their share, where log_rows became less. */
static akolhook_status akolhook_postgres_i_tend_logs(akolhook_postgres *pg, akolhook_store_tending *tending) {
    akolhook_postgres_i_work work, *w = &work;
    size_t i, count;
    PGresult *r;
    long ended = 0;

    if (!akolhook_postgres_i_work_init(w, AKOLHOOK_STORE_STEP, 0)) return AKOLHOOK_STORE_FAILED;
    akolhook_postgres_i_int(pg, pg->trimmed);
    akolhook_postgres_i_int(pg, pg->desc.log_rows);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_LOGS);
    if (!r) return akolhook_postgres_i_work_end(w, AKOLHOOK_STORE_FAILED);
    count = (size_t)PQntuples(r);
    pg->trimmed = count == AKOLHOOK_STORE_STEP ? akolhook_postgres_i_get(r, (int)count - 1, 0) : 0;
    akolhook_postgres_i_flagged(pg, r, 0, 1);
    PQclear(r);
    if (!akolhook_postgres_i_lock(pg, w, AKOLHOOK_POSTGRES_I_LOCK_FREE))
        return akolhook_postgres_i_work_end(w, AKOLHOOK_STORE_FAILED);

    count = w->hook_count;
    if (count) {
        AKOLHOOK_POSTGRES_I_COLUMN(webhook, webhook);
        AKOLHOOK_POSTGRES_I_COLUMN(logged - pg->desc.log_rows, webhook);
        ended = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_LOG_END);
        tending->more |= ended == AKOLHOOK_STORE_STEP;
        if (ended == AKOLHOOK_STORE_STEP) pg->trimmed = w->hooks->webhook - 1;
    }
    return akolhook_postgres_i_work_end(w, ended < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
}

#define AKOLHOOK_POSTGRES_I_KEYS_MS INT64_C(86400000) /* keys are kept so long at least */
static akolhook_status akolhook_postgres_i_tend_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_store_tending *t = call->tending;
    akolhook_status status;
    int64_t ended = 0;
    long keys;

    t->more = 0;
    t->unsaved = 0;
    status = akolhook_postgres_i_tend_cut(pg, t);
    if (status == AKOLHOOK_OK && !akolhook_postgres_i_ask(pg, AKOLHOOK_POSTGRES_I_GONE, &ended))
        status = AKOLHOOK_STORE_FAILED;
    if (ended) t->more = 1;
    if (status == AKOLHOOK_OK && t->events_ms >= 0) status = akolhook_postgres_i_tend_events(pg, t);
    if (status == AKOLHOOK_OK) status = akolhook_postgres_i_tend_logs(pg, t);
    if (status != AKOLHOOK_OK) return status;

    akolhook_postgres_i_int(pg,
            pg->now - (t->keys_ms > AKOLHOOK_POSTGRES_I_KEYS_MS ? t->keys_ms : AKOLHOOK_POSTGRES_I_KEYS_MS) -
                    1);
    keys = akolhook_postgres_i_do(pg, AKOLHOOK_POSTGRES_I_KEYS_END);
    if (keys == AKOLHOOK_STORE_STEP) t->more = 1;
    return keys < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

/* ==== >>reading ==== */

/* Adds to a query. */
static void akolhook_postgres_i_add(char *sql, size_t size, const char *text) {
    size_t len = strlen(sql);

    snprintf(sql + len, size - len, "%s", text);
}
static void akolhook_postgres_i_add_number(char *sql, size_t size, const char *text, int64_t number) {
    size_t len = strlen(sql);

    snprintf(sql + len, size - len, "%s%lld", text, (long long)number);
}
/* A page of the log: which rows are looked at, and the index that leads to them. */
typedef enum akolhook_postgres_i_way {
    AKOLHOOK_POSTGRES_I_WAY_DELIVERY,
    AKOLHOOK_POSTGRES_I_WAY_MESSAGE,
    AKOLHOOK_POSTGRES_I_WAY_WEBHOOK,
    AKOLHOOK_POSTGRES_I_WAY_TESTS,
    AKOLHOOK_POSTGRES_I_WAY_FAILED,
    AKOLHOOK_POSTGRES_I_WAY_EVENT,
    AKOLHOOK_POSTGRES_I_WAY_ALL
} akolhook_postgres_i_way;
typedef struct akolhook_postgres_i_page {
    const akolhook_log_query *query;
    int64_t webhook; /* 0: all */
    int event;       /* the only one; 0: any, or several */
    akolhook_postgres_i_way way;
    int64_t cursor, floor; /* sequence numbers: floor <= that of each row < cursor; 0: open */
    int64_t next;          /* what is below floor was not looked at; 0: nothing there can match */
    int is_empty;          /* no row can match */
} akolhook_postgres_i_page;

/* Every success is a DELIVERED with a 2xx. */
static int akolhook_postgres_i_is_bad(const akolhook_log_query *q) {
    return q->only_failed || (q->state && q->state != AKOLHOOK_DELIVERY_DELIVERED) ||
           (q->code_class && q->code_class != 2);
}
static void akolhook_postgres_i_page_init(
        akolhook_postgres_i_page *page, const akolhook_log_query *q, int64_t webhook) {
    memset(page, 0, sizeof *page);
    page->query = q;
    page->webhook = webhook;
    page->cursor = (int64_t)q->cursor;
    if (q->events && !(q->events & (q->events - 1)))
        while (q->events >> page->event > 1) page->event++;
    page->way = q->number                       ? AKOLHOOK_POSTGRES_I_WAY_DELIVERY
                : q->message_id.len             ? AKOLHOOK_POSTGRES_I_WAY_MESSAGE
                : webhook                       ? AKOLHOOK_POSTGRES_I_WAY_WEBHOOK
                : q->only_tests                 ? AKOLHOOK_POSTGRES_I_WAY_TESTS
                : akolhook_postgres_i_is_bad(q) ? AKOLHOOK_POSTGRES_I_WAY_FAILED
                : page->event                   ? AKOLHOOK_POSTGRES_I_WAY_EVENT
                                                : AKOLHOOK_POSTGRES_I_WAY_ALL;
}

/* The rows that a way leads to, of those that the page may look at. */
static void akolhook_postgres_i_log_key(const akolhook_postgres_i_page *page, char *sql, size_t size) {
    const akolhook_log_query *q = page->query;
    int is_event = page->way == AKOLHOOK_POSTGRES_I_WAY_EVENT;

    if (page->webhook) akolhook_postgres_i_add_number(sql, size, " AND l.webhook = ", page->webhook);
    if (q->number) akolhook_postgres_i_add_number(sql, size, " AND l.delivery = ", (int64_t)q->number);
    if (q->message_id.len) akolhook_postgres_i_add(sql, size, " AND l.message_id = $1::text");
    if (q->only_tests) akolhook_postgres_i_add(sql, size, " AND l.is_test = 1");
    if (akolhook_postgres_i_is_bad(q)) akolhook_postgres_i_add(sql, size, " AND l.success = 0");
    if (is_event) akolhook_postgres_i_add_number(sql, size, " AND l.event = ", page->event);
    if (page->cursor)
        akolhook_postgres_i_add_number(
                sql, size, is_event ? " AND -l.sequence > -" : " AND l.sequence < ", page->cursor);
    if (page->floor)
        akolhook_postgres_i_add_number(
                sql, size, is_event ? " AND -l.sequence <= -" : " AND l.sequence >= ", page->floor);
}
/* Newest first, as the index has them. */
static void akolhook_postgres_i_log_order(const akolhook_postgres_i_page *page, char *sql, size_t size) {
    static const char *const orders[] = {" ORDER BY l.delivery, l.sequence DESC",
            " ORDER BY l.message_id, l.sequence DESC", " ORDER BY l.webhook, l.position DESC",
            " ORDER BY l.sequence DESC", " ORDER BY l.sequence DESC", " ORDER BY l.event, -l.sequence",
            " ORDER BY l.sequence DESC"};

    akolhook_postgres_i_add(sql, size, orders[page->way]);
}
/* What else a row must meet. */
static void akolhook_postgres_i_log_where(const akolhook_log_query *q, char *sql, size_t size) {
    int event;

    if (q->only_succeeded) akolhook_postgres_i_add(sql, size, " AND l.success = 1");
    if (q->state) akolhook_postgres_i_add_number(sql, size, " AND l.state = ", (int64_t)q->state);
    if (q->code_class)
        akolhook_postgres_i_add_number(
                sql, size, " AND l.code / 100 = ", q->code_class == AKOLHOOK_CODE_NONE ? 0 : q->code_class);
    if (q->since_ms) akolhook_postgres_i_add_number(sql, size, " AND l.at >= ", q->since_ms);
    if (q->until_ms) akolhook_postgres_i_add_number(sql, size, " AND l.at < ", q->until_ms);
    if (!q->events) return;
    akolhook_postgres_i_add(sql, size, " AND l.event IN (0");
    for (event = 1; event <= AKOLHOOK_EVENT_LAST; event++)
        if (akolhook_events_has(q->events, (akolhook_event)event))
            akolhook_postgres_i_add_number(sql, size, ", ", event);
    akolhook_postgres_i_add(sql, size, ")");
}
static void akolhook_postgres_i_log_read(const PGresult *r, int i, akolhook_log_row *row) {
    memset(row, 0, sizeof *row);
#define AKOLHOOK_POSTGRES_I_READ(n, name, type, member, ctype) \
    row->member = (ctype)akolhook_postgres_i_get(r, i, n - 2);
    AKOLHOOK_POSTGRES_I_LOG(AKOLHOOK_POSTGRES_I_READ)
#undef AKOLHOOK_POSTGRES_I_READ
    akolhook_postgres_i_copy(r, i, 19, row->message_id, sizeof row->message_id);
    akolhook_postgres_i_copy(r, i, 20, row->webhook_id, sizeof row->webhook_id);
    if (PQgetlength(r, i, 21) == (int)sizeof row->peer)
        memcpy(&row->peer, PQgetvalue(r, i, 21), sizeof row->peer);
    row->response = akolhook_postgres_i_str(r, i, 22);
    row->cursor = (uint64_t)akolhook_postgres_i_get(r, i, 0);
}
static void akolhook_postgres_i_log_sql(const akolhook_postgres *pg, const akolhook_postgres_i_page *page,
        size_t max, char *sql, size_t size) {
    snprintf(sql, size,
            "SELECT l.sequence" AKOLHOOK_POSTGRES_I_LOG(
                    AKOLHOOK_POSTGRES_I_LOGGED) ", l.message_id, w.id, l.peer, l.response FROM @log l JOIN"
                                                " @turns t ON t.webhook = l.webhook AND l.position >"
                                                " t.logged - %lu JOIN @webhooks w ON w.number = l.webhook"
                                                " WHERE true",
            (unsigned long)pg->desc.log_rows);
    akolhook_postgres_i_log_key(page, sql, size);
    akolhook_postgres_i_log_where(page->query, sql, size);
    akolhook_postgres_i_log_order(page, sql, size);
    akolhook_postgres_i_add_number(sql, size, " LIMIT ", (int64_t)max);
}
/* The last of the rows that a query may look at. */
static void akolhook_postgres_i_last_sql(const akolhook_postgres_i_page *page, char *sql, size_t size) {
    snprintf(sql, size, "SELECT l.sequence FROM @log l WHERE true");
    akolhook_postgres_i_log_key(page, sql, size);
    akolhook_postgres_i_log_order(page, sql, size);
    akolhook_postgres_i_add_number(sql, size, " LIMIT 1 OFFSET ", (int64_t)page->query->look - 1);
}
static void akolhook_postgres_i_time_sql(const akolhook_log_query *q, char *sql, size_t size) {
    snprintf(sql, size,
            "SELECT count(*), coalesce(min(x.sequence), 0), coalesce(max(x.sequence), 0) FROM"
            " (SELECT l.sequence FROM @log l WHERE true");
    if (q->since_ms) akolhook_postgres_i_add_number(sql, size, " AND l.at >= ", q->since_ms);
    if (q->until_ms) akolhook_postgres_i_add_number(sql, size, " AND l.at < ", q->until_ms);
    akolhook_postgres_i_add_number(sql, size, " ORDER BY l.at LIMIT ", (int64_t)AKOLHOOK_LOG_LOOK + 1);
    akolhook_postgres_i_add(sql, size, ") x");
}

/* Where few rows are of the time that is asked for, nothing is looked at before the first and behind the last
   of them. 0: failed. */
static int akolhook_postgres_i_page_time(akolhook_postgres *pg, akolhook_postgres_i_page *page) {
    const akolhook_log_query *q = page->query;
    int64_t count, first, last;
    char sql[400];
    PGresult *r;

    if (!q->since_ms && !q->until_ms) return 1;
    akolhook_postgres_i_time_sql(q, sql, sizeof sql);
    r = akolhook_postgres_i_exec(pg, -1, sql);
    if (!r) return 0;
    count = akolhook_postgres_i_get(r, 0, 0);
    first = akolhook_postgres_i_get(r, 0, 1);
    last = akolhook_postgres_i_get(r, 0, 2);
    PQclear(r);
    if (count > AKOLHOOK_LOG_LOOK) return 1;
    page->is_empty = !count;
    page->floor = first;
    if (!page->cursor || page->cursor > last + 1) page->cursor = last + 1;
    return 1;
}
/* No more rows than query->look. 0: failed. */
static int akolhook_postgres_i_page_bound(akolhook_postgres *pg, akolhook_postgres_i_page *page) {
    const akolhook_log_query *q = page->query;
    char sql[800];
    PGresult *r;

    if (!q->look || page->is_empty) return 1;
    akolhook_postgres_i_last_sql(page, sql, sizeof sql);
    if (q->message_id.len) akolhook_postgres_i_bytes(pg, q->message_id.ptr, q->message_id.len);
    r = akolhook_postgres_i_exec(pg, -1, sql);
    if (r && PQntuples(r) > 0) page->floor = page->next = akolhook_postgres_i_get(r, 0, 0);
    PQclear(r);
    return r != NULL;
}
static akolhook_status akolhook_postgres_i_log_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    const akolhook_log_query *q = call->query;
    akolhook_postgres_i_page page;
    int64_t webhook = 0;
    char sql[2400];
    PGresult *r;
    int i;

    *call->count = 0;
    *call->next = 0;
    if (q->webhook_id.len) {
        if (!akolhook_postgres_i_find(pg, q->webhook_id, &webhook)) return AKOLHOOK_STORE_FAILED;
        if (!webhook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    }
    if ((q->message_id.len && !akolhook_postgres_i_is_id(q->message_id)) || !call->max) return AKOLHOOK_OK;
    akolhook_postgres_i_page_init(&page, q, webhook);
    if (!akolhook_postgres_i_page_time(pg, &page) || !akolhook_postgres_i_page_bound(pg, &page))
        return AKOLHOOK_STORE_FAILED;
    if (page.is_empty) return AKOLHOOK_OK;

    akolhook_postgres_i_log_sql(pg, &page, call->max, sql, sizeof sql);
    if (q->message_id.len) akolhook_postgres_i_bytes(pg, q->message_id.ptr, q->message_id.len);
    r = akolhook_postgres_i_show(pg, akolhook_postgres_i_exec(pg, -1, sql));
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(r); i++) akolhook_postgres_i_log_read(r, i, &call->rows[i]);
    *call->count = (size_t)PQntuples(r);
    *call->next = *call->count == call->max ? call->rows[call->max - 1].cursor : (uint64_t)page.next;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_postgres_i_stats_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_stats *s = call->stats;
    uint64_t *const into[] = {&s->delivered, &s->failed, &s->cancelled, &s->dropped, &s->skipped,
            &s->attempts, &s->attempts_failed, &s->tests, &s->tests_failed, &s->waiting};
    int64_t webhook = 0, bucket, n;
    PGresult *r;
    int i;

    memset(s, 0, sizeof *s);
    if (call->id) {
        if (!akolhook_postgres_i_find(pg, akolhook_str_c(call->id), &webhook)) return AKOLHOOK_STORE_FAILED;
        if (!webhook) return AKOLHOOK_UNKNOWN_WEBHOOK;
        akolhook_postgres_i_int(pg, webhook);
    }
    r = akolhook_postgres_i_query(pg, webhook ? AKOLHOOK_POSTGRES_I_STATS_OF : AKOLHOOK_POSTGRES_I_STATS);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < (int)(sizeof into / sizeof into[0]); i++)
        *into[i] = (uint64_t)akolhook_postgres_i_get(r, 0, i);
    PQclear(r);
    s->emitted = s->delivered + s->failed + s->cancelled + s->dropped + s->waiting;

    if (webhook) akolhook_postgres_i_int(pg, webhook);
    r = akolhook_postgres_i_query(pg, webhook ? AKOLHOOK_POSTGRES_I_LATENCY_OF : AKOLHOOK_POSTGRES_I_LATENCY);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < PQntuples(r); i++) {
        bucket = akolhook_postgres_i_get(r, i, 0);
        n = akolhook_postgres_i_get(r, i, 1);
        if (bucket < 0 || bucket >= AKOLHOOK_LATENCY_BUCKETS || n < 0) continue;
        s->latency[bucket] = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    }
    PQclear(r);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_postgres_i_gauges_do(akolhook_postgres *pg, akolhook_postgres_i_call *call) {
    akolhook_gauges *g = call->gauges;
    uint64_t *const into[] = {
            &g->webhooks, &g->waiting, &g->in_flight, &g->failing, &g->events, &g->bytes, &g->keys};
    PGresult *r;
    int i;

    memset(g, 0, sizeof *g);
    akolhook_postgres_i_int(pg, AKOLHOOK_CLASS_FAILING);
    r = akolhook_postgres_i_query(pg, AKOLHOOK_POSTGRES_I_GAUGES);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < 7; i++) *into[i] = (uint64_t)akolhook_postgres_i_get(r, 0, i);
    g->oldest_ms = PQgetisnull(r, 0, 7) ? -1 : pg->now - akolhook_postgres_i_get(r, 0, 7);
    PQclear(r);
    return AKOLHOOK_OK;
}

/* ==== >>hooks: what the hub calls ==== */

#define AKOLHOOK_POSTGRES_I_CALL(fn, is_write) \
    akolhook_postgres_i_transact((akolhook_postgres *)user, akolhook_postgres_i_##fn##_do, &call, is_write)
#define AKOLHOOK_POSTGRES_I_EMPTY \
    akolhook_postgres_i_call call; \
\
    memset(&call, 0, sizeof call)

static akolhook_status akolhook_postgres_i_bind(void *user, akolhook_str business_id) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.text = business_id;
    return AKOLHOOK_POSTGRES_I_CALL(bind, 0);
}
static akolhook_status akolhook_postgres_i_note(void *user, akolhook_str *note) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.note = note;
    return AKOLHOOK_POSTGRES_I_CALL(note, 0);
}
static akolhook_status akolhook_postgres_i_put_webhook(
        void *user, const akolhook_store_webhook *webhook, uint32_t max) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.webhook = webhook;
    call.max = max;
    return AKOLHOOK_POSTGRES_I_CALL(put, 1);
}
static akolhook_status akolhook_postgres_i_set(
        void *user, const akolhook_store_webhook *webhook, unsigned which, int64_t at_ms, int *changed) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.webhook = webhook;
    call.which = which;
    call.at_ms = at_ms;
    call.changed = changed;
    return AKOLHOOK_POSTGRES_I_CALL(set, 1);
}
static akolhook_status akolhook_postgres_i_get_webhook(
        void *user, const char *id, akolhook_store_webhook *webhook) {
    size_t count = 0;
    akolhook_status status;
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.id = id;
    call.webhooks = webhook;
    call.count = &count;
    if (!akolhook_postgres_i_is_id(akolhook_str_c(id))) return AKOLHOOK_UNKNOWN_WEBHOOK;
    status = AKOLHOOK_POSTGRES_I_CALL(list, 0);
    return status == AKOLHOOK_OK && !count ? AKOLHOOK_UNKNOWN_WEBHOOK : status;
}
static akolhook_status akolhook_postgres_i_list(void *user, uint64_t after, int only_failing,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.number = after;
    call.which = only_failing != 0;
    call.webhooks = webhooks;
    call.max = max;
    call.count = count;
    return AKOLHOOK_POSTGRES_I_CALL(list, 0);
}
static akolhook_status akolhook_postgres_i_delete(void *user, const char *id) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.id = id;
    return AKOLHOOK_POSTGRES_I_CALL(delete, 1);
}
static akolhook_status akolhook_postgres_i_enqueue(void *user, akolhook_store_event *events, size_t count) {
    char message_ids[AKOLHOOK_EMIT_MOST][AKOLHOOK_ID_SIZE];
    size_t i;
    AKOLHOOK_POSTGRES_I_EMPTY;
    if (count > AKOLHOOK_EMIT_MOST) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < count; i++) memcpy(message_ids[i], events[i].message_id, AKOLHOOK_ID_SIZE);
    call.events = events;
    call.message_ids = message_ids;
    call.max = count;
    return AKOLHOOK_POSTGRES_I_CALL(enqueue, 1);
}
static akolhook_status akolhook_postgres_i_redeliver(void *user, uint64_t number, uint32_t max_queue) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.number = number;
    call.max_queue = max_queue;
    return AKOLHOOK_POSTGRES_I_CALL(redeliver, 1);
}
static akolhook_status akolhook_postgres_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.id = id;
    call.since_ms = since_ms;
    call.max_queue = max_queue;
    call.made = count;
    return AKOLHOOK_POSTGRES_I_CALL(redeliver_failed, 1);
}
static akolhook_status akolhook_postgres_i_send_now(void *user, uint64_t number) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.number = number;
    return AKOLHOOK_POSTGRES_I_CALL(send_now, 1);
}
static akolhook_status akolhook_postgres_i_cancel(void *user, uint64_t number, int64_t at_ms) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.number = number;
    call.at_ms = at_ms;
    return AKOLHOOK_POSTGRES_I_CALL(cancel, 1);
}
static akolhook_status akolhook_postgres_i_delivery(
        void *user, uint64_t number, akolhook_store_delivery *delivery) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.number = number;
    call.deliveries = delivery;
    return AKOLHOOK_POSTGRES_I_CALL(delivery, 0);
}
static akolhook_status akolhook_postgres_i_waiting(void *user, const char *id, uint64_t after,
        akolhook_store_delivery *deliveries, size_t max, size_t *count) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.id = id;
    call.number = after;
    call.deliveries = deliveries;
    call.max = max;
    call.count = count;
    return AKOLHOOK_POSTGRES_I_CALL(waiting, 0);
}
static akolhook_status akolhook_postgres_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_status status;
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.limits = limits;
    call.claims = claims;
    call.max = max;
    call.count = count;
    *count = 0;
    status = AKOLHOOK_POSTGRES_I_CALL(claim, 1);
    if (status == AKOLHOOK_OK) return status;
    akolhook_postgres_i_drop_claim((akolhook_postgres *)user, &call);
    akolhook_wipe(claims, max * sizeof *claims);
    *count = 0;
    return status;
}
static akolhook_status akolhook_postgres_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_postgres *pg = (akolhook_postgres *)user;
    akolhook_postgres_i_handle *handle;
    akolhook_status status;
    size_t i, k;
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.rules = rules;
    call.outcomes = outcomes;
    call.max = count;
    status = AKOLHOOK_POSTGRES_I_CALL(settle, 1);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++) {
        handle = (akolhook_postgres_i_handle *)outcomes[i].handle;
        for (k = 0; k < i && outcomes[k].handle != handle; k++) continue; /* given twice */
        if (handle && k == i) akolhook_postgres_i_drop_held(pg, handle->held);
    }
    return status;
}
static akolhook_status akolhook_postgres_i_next_due(
        void *user, const akolhook_store_limits *limits, int64_t *ms) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.limits = limits;
    call.ms = ms;
    return AKOLHOOK_POSTGRES_I_CALL(next_due, 0);
}
static akolhook_status akolhook_postgres_i_tend(void *user, akolhook_store_tending *tending) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.tending = tending;
    return AKOLHOOK_POSTGRES_I_CALL(tend, 1);
}
static akolhook_status akolhook_postgres_i_log(void *user, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max, size_t *count, uint64_t *next) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.query = query;
    call.next = next;
    call.rows = rows;
    call.max = max;
    call.count = count;
    return AKOLHOOK_POSTGRES_I_CALL(log, 0);
}
static akolhook_status akolhook_postgres_i_stats(void *user, const char *id, akolhook_stats *stats) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.id = id;
    call.stats = stats;
    return AKOLHOOK_POSTGRES_I_CALL(stats, 0);
}
static akolhook_status akolhook_postgres_i_gauges(void *user, akolhook_gauges *gauges) {
    AKOLHOOK_POSTGRES_I_EMPTY;
    call.gauges = gauges;
    return AKOLHOOK_POSTGRES_I_CALL(gauges, 0);
}

/* ==== >>open ==== */

/* What stands in the schema: whether it is there, tables of ours, their mark, those of before the first
   layout, any of these names. */
static const char akolhook_postgres_i_look[] =
        "SELECT count(DISTINCT n.oid), count(*) FILTER (WHERE c.relname = 'akolhook_meta'),"
        " count(*) FILTER (WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
        " AND c.relname = 'akolhook_meta' AND a.attname = 'akolhook_layout')), count(*) FILTER (WHERE"
        " EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
        " AND c.relname = 'akolhook_webhooks' AND a.attname = 'not_before')), count(c.oid)"
        " FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid"
        " AND c.relname IN ('akolhook_meta', 'akolhook_webhooks', 'akolhook_turns', 'akolhook_counters',"
        " 'akolhook_latency', 'akolhook_events', 'akolhook_deliveries', 'akolhook_keys', 'akolhook_log',"
        " 'akolhook_gone', 'akolhook_leases', 'akolhook_numbers') WHERE n.nspname = $1::text";

static int akolhook_postgres_i_simple(akolhook_postgres *pg, const char *sql) {
    char *text = akolhook_postgres_i_expand(pg, sql);
    PGresult *r = text ? AKOLHOOK_POSTGRES_I_RUN(pg, AKOLHOOK_POSTGRES_I_LONG_MS, Query, (pg->db, text), exec)
                       : NULL;
    int ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;

    free(text);
    if (!ok) akolhook_postgres_i_fail(pg, r);
    PQclear(r);
    return ok;
}
/* What is to be made; 0: nothing. */
enum {
    AKOLHOOK_POSTGRES_I_MAKE_TABLES = 1,
    AKOLHOOK_POSTGRES_I_MAKE_SCHEMA, /* and the tables */
    AKOLHOOK_POSTGRES_I_MAKE_CHANGES /* of the last layout's tables */
};
static akolhook_status akolhook_postgres_i_check(akolhook_postgres *pg, int *make) {
    int64_t found[5], layout;
    PGresult *r;
    int i;

    akolhook_postgres_i_text(pg, pg->schema);
    r = akolhook_postgres_i_exec(pg, -1, akolhook_postgres_i_look);
    if (!r) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < 5; i++) found[i] = akolhook_postgres_i_get(r, 0, i);
    PQclear(r);
    *make = found[0] ? AKOLHOOK_POSTGRES_I_MAKE_TABLES : AKOLHOOK_POSTGRES_I_MAKE_SCHEMA;
    if (!found[4]) return AKOLHOOK_OK;
    *make = 0;
    if (!found[1]) {
        snprintf(pg->error, sizeof pg->error, "schema %s has tables named akolhook_... of another kind",
                pg->schema);
        return found[3] ? AKOLHOOK_STORE_VERSION : AKOLHOOK_STORE_FOREIGN;
    }
    if (!found[2]) {
        snprintf(pg->error, sizeof pg->error, "akolhook_meta in schema %s is not ours", pg->schema);
        return AKOLHOOK_STORE_FOREIGN;
    }

    r = akolhook_postgres_i_exec(pg, -1, "SELECT akolhook_layout FROM @meta");
    if (!r) return AKOLHOOK_STORE_FAILED;
    layout = PQntuples(r) == 1 ? akolhook_postgres_i_get(r, 0, 0) : 0;
    PQclear(r);
    if (layout == AKOLHOOK_POSTGRES_I_LAST_LAYOUT) *make = AKOLHOOK_POSTGRES_I_MAKE_CHANGES;
    if (layout == AKOLHOOK_POSTGRES_I_LAYOUT || *make) return AKOLHOOK_OK;
    snprintf(pg->error, sizeof pg->error, "the tables have layout %lld, this header knows %d",
            (long long)layout, AKOLHOOK_POSTGRES_I_LAYOUT);
    return AKOLHOOK_STORE_VERSION;
}
/* Looks first and locks then: a hub that starts waits for none that works. */
static akolhook_status akolhook_postgres_i_make(akolhook_postgres *pg) {
    int make = 0, ok;
    akolhook_status status = akolhook_postgres_i_check(pg, &make);

    if (status != AKOLHOOK_OK || !make) return status;
    if (!akolhook_postgres_i_simple(pg, "BEGIN ISOLATION LEVEL READ COMMITTED;"
                                        " SET LOCAL client_min_messages = warning;"
                                        " SELECT pg_advisory_xact_lock(4207712)"))
        return AKOLHOOK_STORE_FAILED;
    status = akolhook_postgres_i_check(pg, &make);
    ok = status == AKOLHOOK_OK;
    if (ok && make == AKOLHOOK_POSTGRES_I_MAKE_SCHEMA) {
        char sql[128];

        snprintf(sql, sizeof sql, "CREATE SCHEMA \"%s\"", pg->schema);
        ok = akolhook_postgres_i_simple(pg, sql);
    }
    if (ok && make == AKOLHOOK_POSTGRES_I_MAKE_CHANGES) {
        ok = akolhook_postgres_i_simple(pg, akolhook_postgres_i_changes);
    } else if (ok && make) {
        ok = akolhook_postgres_i_simple(pg, akolhook_postgres_i_tables) &&
             akolhook_postgres_i_simple(pg, akolhook_postgres_i_more_tables);
    }
    if (!akolhook_postgres_i_simple(pg, ok ? "COMMIT" : "ROLLBACK")) ok = 0;
    return ok || status != AKOLHOOK_OK ? status : AKOLHOOK_STORE_FAILED;
}

/* What every transaction begins with. Nothing is left to the role, the database or the session; planning
   goes by the indexes, whatever the statistics say. */
static void akolhook_postgres_i_beginning(akolhook_postgres *pg) {
    snprintf(pg->begin, sizeof pg->begin,
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %d;"
            " SET LOCAL statement_timeout = %d; SET LOCAL idle_in_transaction_session_timeout = %d;"
            " SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off;"
            " SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;"
            " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_sort = off;"
            " SELECT akolhook_layout, at, wall, floor, answered_at,"
            " (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM \"%s\".akolhook_meta",
            AKOLHOOK_POSTGRES_LOCK_MS, AKOLHOOK_POSTGRES_CALL_MS, AKOLHOOK_POSTGRES_CALL_MS, pg->schema);
}
static int akolhook_postgres_i_schema_fits(const char *schema) {
    size_t i;

    for (i = 0; schema[i]; i++)
        if (!((schema[i] >= 'a' && schema[i] <= 'z') || schema[i] == '_' ||
                    (i && schema[i] >= '0' && schema[i] <= '9')))
            return 0;
    return i && i < sizeof((akolhook_postgres *)NULL)->schema && strncmp(schema, "pg_", 3) != 0;
}
static void akolhook_postgres_i_quiet(void *user, const PGresult *result) {
    (void)user;
    (void)result;
}
static void akolhook_postgres_i_hooks(akolhook_postgres *pg) {
    akolhook_store *s = &pg->store;

    s->user = pg;
    s->poll_ms = pg->desc.poll_ms;
    s->bind_fn = akolhook_postgres_i_bind;
    s->note_fn = akolhook_postgres_i_note;
    s->webhook_put_fn = akolhook_postgres_i_put_webhook;
    s->webhook_set_fn = akolhook_postgres_i_set;
    s->webhook_get_fn = akolhook_postgres_i_get_webhook;
    s->webhook_list_fn = akolhook_postgres_i_list;
    s->webhook_delete_fn = akolhook_postgres_i_delete;
    s->enqueue_fn = akolhook_postgres_i_enqueue;
    s->redeliver_fn = akolhook_postgres_i_redeliver;
    s->redeliver_failed_fn = akolhook_postgres_i_redeliver_failed;
    s->send_now_fn = akolhook_postgres_i_send_now;
    s->cancel_fn = akolhook_postgres_i_cancel;
    s->delivery_fn = akolhook_postgres_i_delivery;
    s->waiting_fn = akolhook_postgres_i_waiting;
    s->claim_fn = akolhook_postgres_i_claim;
    s->settle_fn = akolhook_postgres_i_settle;
    s->next_due_fn = akolhook_postgres_i_next_due;
    s->tend_fn = akolhook_postgres_i_tend;
    s->log_fn = akolhook_postgres_i_log;
    s->stats_fn = akolhook_postgres_i_stats;
    s->gauges_fn = akolhook_postgres_i_gauges;
}

AKOLHOOK_API akolhook_status akolhook_postgres_open(
        akolhook_postgres **pg, void *memory, size_t size, const akolhook_postgres_desc *desc) {
    /* what stands before dbname is a default, what stands behind it is not to be changed */
    static const char *const names[] = {
            "connect_timeout", "fallback_application_name", "dbname", "client_encoding", NULL};
    const char *values[] = {"10", "akolhook", NULL, "UTF8", NULL};
    size_t skip = (16 - (size_t)((uintptr_t)memory & 15u)) & 15u;
    akolhook_status status = AKOLHOOK_STORE_FAILED;
    akolhook_postgres *p;

    *pg = NULL;
    if (!desc || !desc->conninfo || !memory || desc->log_rows > 100000) return AKOLHOOK_INVALID_ARGUMENT;
    if (!akolhook_postgres_i_schema_fits(desc->schema ? desc->schema : "akolhook"))
        return AKOLHOOK_INVALID_ARGUMENT;
    if (size < skip || size - skip < sizeof *p) return AKOLHOOK_MEMORY_TOO_SMALL;

    *pg = p = (akolhook_postgres *)(void *)((uint8_t *)memory + skip);
    memset(p, 0, sizeof *p);
    p->desc = *desc;
    if (!p->desc.log_rows) p->desc.log_rows = 64;
    if (!p->desc.poll_ms) p->desc.poll_ms = 500;
    if (!p->desc.max_queue) p->desc.max_queue = 100000;
    snprintf(p->schema, sizeof p->schema, "%s", desc->schema ? desc->schema : "akolhook");
    akolhook_postgres_i_beginning(p);
    akolhook_postgres_i_hooks(p);

    values[2] = desc->conninfo;
    p->db = PQconnectdbParams(names, values, 1);
    PQsetNoticeReceiver(p->db, akolhook_postgres_i_quiet, NULL);
    p->desc.conninfo = NULL; /* libpq has its own copy */
    p->desc.schema = p->schema;
    akolhook_postgres_i_connected(p);
    if (PQstatus(p->db) == CONNECTION_OK)
        status = akolhook_postgres_i_make(p);
    else
        akolhook_postgres_i_fail(p, NULL);
    if (status == AKOLHOOK_STORE_FAILED && !p->has_failed) akolhook_postgres_i_fail_own(p, "no memory");
    return status;
}
AKOLHOOK_API const akolhook_store *akolhook_postgres_store(akolhook_postgres *pg) { return &pg->store; }
AKOLHOOK_API const char *akolhook_postgres_error(const akolhook_postgres *pg) { return pg->error; }
AKOLHOOK_API PGconn *akolhook_postgres_db(akolhook_postgres *pg) { return pg->db; }

AKOLHOOK_API void akolhook_postgres_close(akolhook_postgres *pg) {
    if (!pg) return;
    while (pg->held) {
        pg->held->refs = 0;
        akolhook_postgres_i_drop_held(pg, pg->held);
    }
    PQclear(pg->shown);
    PQfinish(pg->db);
    free(pg->args.data);
    akolhook_wipe(pg, sizeof *pg);
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_POSTGRES_IMPLEMENTATION */
