/* akolhook_sqlite.h - where akolhook_hub.h keeps its data: an SQLite file (3.35 or later)

   Do this in one C or C++ file, with akolhook.h and akolhook_hub.h beside it, and link
   -lsqlite3:

       #define AKOLHOOK_SQLITE_IMPLEMENTATION
       #include "akolhook_sqlite.h"

   or, as here, with AKOLHOOK_IMPLEMENT_ALL, which implements the other two as well:

>>> sqlite.c libs sqlite
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#include <stdio.h>

static unsigned char memory[1 << 19]; // akolhook_hub_size(&desc) is the exact need
static akolhook_sqlite lite;

static int failed(const char *why) {
    puts(why);
    return 1;
}

int main(void) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_hub *hub;
    akolhook_status status;

    where.path = "webhooks.db";
    if (akolhook_sqlite_open(&lite, &where) != AKOLHOOK_OK) return failed(lite.error);

    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_sqlite_store(&lite);
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
    akolhook_sqlite_close(&lite);
    return 0;
}
<<<

   One file for each business. What a call has answered OK to is on the disk: write-ahead
   log, synchronous=FULL. Several hubs and processes of one machine may work on one file,
   each with its own akolhook_sqlite; leases see to it that each delivery is made by one.

   Secrets in use stand in the file as they are; it is made with mode 0600. Deleted
   contents are overwritten (secure_delete), so that old secrets do not stay in it. Bodies
   stay for redelivery, and keys for idempotency, until akolhook_sqlite_purge takes the
   old ones.

   MEMORY. The struct, SQLite's own heap, and a copy of the body of each delivery that is
   claimed. An akolhook_sqlite and its hub belong to one thread at a time.

   Licence: as akolhook.h. */
#ifndef AKOLHOOK_SQLITE_H
#define AKOLHOOK_SQLITE_H

#ifndef AKOLHOOK_HUB_H
#include "akolhook_hub.h"
#endif
#include <sqlite3.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akolhook_sqlite_desc {
    const char *path;  /* needed; made when it is missing, with mode 0600 */
    uint32_t log_rows; /* kept for each webhook; the same for all hubs on this file (default: 64) */
    uint32_t poll_ms;  /* how often to look for work that others added (default: 500) */
    uint32_t busy_ms;  /* how long to wait for another process that writes (default: 5000) */
    int64_t (*now_ms_fn)(void *user); /* a clock (default: the system's, as SQLite reads it) */
    void *user;                       /* for now_ms_fn */
} akolhook_sqlite_desc;

/* A store. Zeroed and filled by _open; must not move until _close. */
typedef struct akolhook_sqlite {
    char error[256]; /* of the last call that answered STORE_FAILED */
    sqlite3 *db;     /* the connection, its owner is this struct */

    /* private from here on */
    akolhook_sqlite_desc desc;
    akolhook_store store;
    sqlite3_stmt *statements[48];        /* prepared at _open */
    uint32_t per_webhook;                /* of the last claim */
    struct akolhook_sqlite_i_held *held; /* list of claims that are not settled; on SQLite's heap */
    char *shown;                         /* what the last webhook's slices point to */
    char *logged;                        /* what the last log rows' responses point to */
} akolhook_sqlite;

/* Opens the file and makes the tables where there are none, or brings those of an earlier version up to
   this one; a file of a later version is refused. Returns OK or STORE_FAILED. */
AKOLHOOK_API akolhook_status akolhook_sqlite_open(akolhook_sqlite *lite, const akolhook_sqlite_desc *desc);
/* For hub_desc.store; valid until _close. */
AKOLHOOK_API const akolhook_store *akolhook_sqlite_store(akolhook_sqlite *lite);
/* Forgets events, and their keys, that were accepted longer ago and wait for nothing. */
AKOLHOOK_API akolhook_status akolhook_sqlite_purge(akolhook_sqlite *lite, int64_t older_than_ms);
/* After the hub is closed. NULL, zeroed and closed ones are legal. */
AKOLHOOK_API void akolhook_sqlite_close(akolhook_sqlite *lite);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_SQLITE_H */

#if (defined(AKOLHOOK_SQLITE_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_SQLITE_I_IMPLEMENTED)
#define AKOLHOOK_SQLITE_I_IMPLEMENTED

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a claim's slices point to. */
struct akolhook_sqlite_i_held {
    struct akolhook_sqlite_i_held *next;
    struct akolhook_sqlite_i_held *prev;
};

#define AKOLHOOK_SQLITE_I_VERSION 2 /* PRAGMA user_version */
static const char akolhook_sqlite_i_tables[] =
        "CREATE TABLE webhooks (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,"
        " name TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, events INTEGER NOT NULL,"
        " active INTEGER NOT NULL, created_at INTEGER NOT NULL, warned INTEGER NOT NULL DEFAULT 0,"
        " last_triggered INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
        " failing_since INTEGER NOT NULL DEFAULT 0, not_before INTEGER NOT NULL DEFAULT 0,"
        " next_row INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,"
        " failed INTEGER NOT NULL DEFAULT 0, cancelled INTEGER NOT NULL DEFAULT 0,"
        " dropped INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,"
        " attempts INTEGER NOT NULL DEFAULT 0, attempts_failed INTEGER NOT NULL DEFAULT 0,"
        " tests INTEGER NOT NULL DEFAULT 0, tests_failed INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE latency (webhook INTEGER NOT NULL, bucket INTEGER NOT NULL, n INTEGER NOT NULL,"
        " PRIMARY KEY (webhook, bucket)) WITHOUT ROWID;" /* webhook 0: of those that were deleted */
        "CREATE TABLE events (message_id TEXT PRIMARY KEY, key BLOB UNIQUE, event INTEGER NOT NULL,"
        " head BLOB NOT NULL, tail BLOB NOT NULL, created INTEGER NOT NULL, print BLOB);"
        "CREATE TABLE deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " message_id TEXT NOT NULL REFERENCES events, webhook INTEGER NOT NULL REFERENCES webhooks"
        " ON DELETE CASCADE, is_test INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,"
        " faults INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, created INTEGER NOT NULL,"
        " lease INTEGER NOT NULL DEFAULT 0);" /* leased: due is when the lease runs out */
        "CREATE INDEX deliveries_due ON deliveries (webhook, due, number);"
        "CREATE INDEX deliveries_message ON deliveries (message_id);"
        "CREATE TABLE log (sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
        " webhook INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE, slot INTEGER NOT NULL,"
        " delivery INTEGER NOT NULL, message_id TEXT NOT NULL, event INTEGER NOT NULL, at INTEGER NOT NULL,"
        " attempt INTEGER NOT NULL, state INTEGER NOT NULL, retry INTEGER NOT NULL, code INTEGER NOT NULL,"
        " success INTEGER NOT NULL, is_test INTEGER NOT NULL, cut INTEGER NOT NULL,"
        " status INTEGER NOT NULL, phase INTEGER NOT NULL, native INTEGER NOT NULL, ms INTEGER NOT NULL,"
        " lookup INTEGER NOT NULL, connect INTEGER NOT NULL, tls INTEGER NOT NULL, first INTEGER NOT NULL,"
        " peer BLOB NOT NULL, response BLOB NOT NULL, redelivered INTEGER NOT NULL DEFAULT 0,"
        " UNIQUE (webhook, slot));"
        "CREATE INDEX log_delivery ON log (delivery);"
        "CREATE TABLE totals (one INTEGER PRIMARY KEY CHECK (one = 1), leases INTEGER NOT NULL,"
        " delivered INTEGER NOT NULL, failed INTEGER NOT NULL, cancelled INTEGER NOT NULL,"
        " dropped INTEGER NOT NULL, skipped INTEGER NOT NULL, attempts INTEGER NOT NULL,"
        " attempts_failed INTEGER NOT NULL, tests INTEGER NOT NULL, tests_failed INTEGER NOT NULL);"
        "INSERT INTO totals VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);"
        "PRAGMA user_version = 2;";
/* From each version to the next, beginning with 1. */
static const char *const akolhook_sqlite_i_steps[] = {
        "ALTER TABLE events ADD COLUMN print BLOB; PRAGMA user_version = 2;"};

/* clang-format off */
#define AKOLHOOK_SQLITE_I_STATEMENTS(X) \
    X(BEGIN, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    X(ROLLBACK, "ROLLBACK") \
    X(NOW, "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)") \
    X(CLASH, "SELECT 1 FROM webhooks WHERE url = ?1 AND (events & ?2) <> 0 AND id <> ?3 LIMIT 1") \
    X(COUNT, "SELECT count(*) FROM webhooks") \
    X(PUT, \
      "INSERT INTO webhooks (id, name, url, secret, events, active, created_at) VALUES (?1, ?2, ?3, ?4," \
      " ?5, ?6, ?7)") \
    X(FIND, "SELECT number, active, url, events FROM webhooks WHERE id = ?1") \
    X(SET, \
      "UPDATE webhooks SET name = CASE WHEN ?2 & 1 THEN ?3 ELSE name END, url = CASE WHEN ?2 & 2" \
      " THEN ?4 ELSE url END, events = CASE WHEN ?2 & 4 THEN ?5 ELSE events END," \
      " secret = CASE WHEN ?2 & 8 THEN ?6 ELSE secret END WHERE number = ?1") \
    X(START, "UPDATE webhooks SET active = 1, warned = 0, failures = 0 WHERE number = ?1 AND NOT active") \
    X(STOP, "UPDATE webhooks SET active = 0 WHERE number = ?1") \
    X(STOPPED, \
      "SELECT d.number, d.message_id, d.is_test, e.event FROM deliveries d" \
      " JOIN events e USING (message_id) WHERE d.webhook = ?1 AND (d.lease = 0 OR d.due <= ?2)" \
      " ORDER BY d.number LIMIT 1") \
    X(LIST, \
      "SELECT id, name, url, events, active, created_at, number, last_triggered, failures" \
      " FROM webhooks WHERE (?1 = '' OR id = ?1) AND number > ?2 ORDER BY number LIMIT ?3") \
    X(DELETE_TOTALS, \
      "UPDATE totals SET delivered = totals.delivered + w.delivered, failed = totals.failed + w.failed," \
      " cancelled = totals.cancelled + w.cancelled + (SELECT count(*) FROM deliveries d" \
      " WHERE d.webhook = w.number AND NOT d.is_test), dropped = totals.dropped + w.dropped," \
      " skipped = totals.skipped + w.skipped, attempts = totals.attempts + w.attempts," \
      " attempts_failed = totals.attempts_failed + w.attempts_failed, tests = totals.tests + w.tests," \
      " tests_failed = totals.tests_failed + w.tests_failed FROM webhooks w WHERE w.number = ?1") \
    X(DELETE_LATENCY, \
      "INSERT INTO latency (webhook, bucket, n) SELECT 0, bucket, n FROM latency WHERE webhook = ?1" \
      " ON CONFLICT DO UPDATE SET n = n + excluded.n") \
    X(DELETE_BUCKETS, "DELETE FROM latency WHERE webhook = ?1") \
    X(DELETE, "DELETE FROM webhooks WHERE number = ?1") \
    X(EVENT, \
      "INSERT INTO events (message_id, key, event, head, tail, created, print) VALUES (?1, ?2, ?3, ?4," \
      " ?5, ?6, ?7)") \
    X(KEY, "SELECT message_id, coalesce(print, ?2) <> ?2 FROM events WHERE key = ?1") \
    X(FULL, \
      "SELECT number FROM webhooks w WHERE active AND (events >> ?1) & 1 AND number > ?3" \
      " AND (SELECT count(*) FROM deliveries d WHERE d.webhook = w.number) >= ?2 ORDER BY number LIMIT 1") \
    X(DROPPED, "UPDATE webhooks SET dropped = dropped + 1 WHERE number = ?1") \
    X(DROP_NUMBER, \
      "INSERT INTO deliveries (message_id, webhook, is_test, due, created) VALUES (?1, ?2, 0, 0," \
      " 0) RETURNING number") \
    X(ENQUEUE, \
      "INSERT INTO deliveries (message_id, webhook, is_test, due, created) SELECT ?1, number, ?2, ?3," \
      " ?3 FROM webhooks w WHERE CASE WHEN ?4 <> '' THEN id = ?4 ELSE active AND (events >> ?5) & 1" \
      " AND (?6 = 0 OR (SELECT count(*) FROM deliveries d WHERE d.webhook = w.number) < ?6) END" \
      " ORDER BY number") \
    X(SKIP, "UPDATE webhooks SET skipped = skipped + 1 WHERE NOT active AND (events >> ?1) & 1") \
    X(AGAIN_FIND, \
      "SELECT l.state, l.is_test, w.active, e.message_id IS NOT NULL, l.sequence, l.message_id," \
      " l.webhook FROM log l JOIN webhooks w ON w.number = l.webhook LEFT JOIN events e" \
      " ON e.message_id = l.message_id WHERE l.delivery = ?1 ORDER BY l.sequence DESC LIMIT 1") \
    X(AGAIN_NEXT, \
      "SELECT l.sequence, l.message_id FROM log l JOIN events e USING (message_id) WHERE l.webhook = ?1" \
      " AND l.state = 3 AND NOT l.redelivered AND NOT l.is_test AND l.at >= ?2 ORDER BY l.sequence" \
      " LIMIT 1") \
    X(AGAIN_MARK, "UPDATE log SET redelivered = 1 WHERE sequence = ?1") \
    X(AGAIN, \
      "INSERT INTO deliveries (message_id, webhook, is_test, due, created) VALUES (?1, ?2, ?3, ?4, ?4)") \
    X(STRAY, \
      "SELECT d.webhook FROM deliveries d JOIN webhooks w ON w.number = d.webhook WHERE NOT w.active" \
      " AND NOT d.is_test AND d.due <= ?1 LIMIT 1") \
    X(CLAIM_HOOK, \
      "SELECT * FROM (SELECT w.number, w.failures, (SELECT count(*) FROM deliveries l" \
      " WHERE l.webhook = w.number AND l.lease <> 0 AND l.due > ?1) AS leased, (SELECT d.due" \
      " FROM deliveries d WHERE d.webhook = w.number ORDER BY d.due LIMIT 1) AS due FROM webhooks w" \
      " WHERE w.not_before <= ?1 * 1000 AND (?3 = 0 OR w.failures = 0)) WHERE due <= ?1" \
      " AND leased < CASE WHEN failures > 0 THEN 1 ELSE ?2 END ORDER BY due, number LIMIT 1") \
    X(CLAIM_ONE, \
      "UPDATE deliveries SET lease = (SELECT leases FROM totals), due = ?2 + ?3" \
      " WHERE number = (SELECT number FROM deliveries WHERE webhook = ?1 AND due <= ?2 ORDER BY due," \
      " number LIMIT 1) RETURNING number") \
    X(LEASE, "UPDATE totals SET leases = leases + 1") \
    X(RATE, "UPDATE webhooks SET not_before = max(not_before, ?2 * 1000) + 1000000 / ?3 WHERE number = ?1") \
    X(CLAIMED, \
      "SELECT d.lease, d.message_id, w.id, w.secret, e.event, d.attempt, d.faults, ?2 - d.created," \
      " d.is_test, w.url, e.head, e.tail, w.failures FROM deliveries d JOIN webhooks w" \
      " ON w.number = d.webhook JOIN events e USING (message_id) WHERE d.number = ?1") \
    X(SETTLE_FIND, \
      "SELECT w.number, w.failures, w.warned, w.active, w.failing_since, d.is_test, d.message_id," \
      " e.event FROM deliveries d JOIN webhooks w ON w.number = d.webhook" \
      " JOIN events e USING (message_id) WHERE d.number = ?1 AND d.lease = ?2") \
    X(SETTLE_HOOK, \
      "UPDATE webhooks SET failures = ?2, warned = ?3, failing_since = ?4," \
      " last_triggered = CASE WHEN ?5 > 0 THEN ?5 ELSE last_triggered END, attempts = attempts + ?6," \
      " attempts_failed = attempts_failed + ?7, tests = tests + ?8, tests_failed = tests_failed + ?9," \
      " delivered = delivered + ?10, failed = failed + ?11 WHERE number = ?1") \
    X(LATENCY, \
      "INSERT INTO latency (webhook, bucket, n) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET n = n + 1") \
    X(ROW, \
      "INSERT OR REPLACE INTO log (webhook, slot, delivery, message_id, event, at, attempt, state, retry," \
      " code, success, is_test, cut, status, phase, native, ms, lookup, connect, tls, first, peer," \
      " response) VALUES (?1, (SELECT next_row FROM webhooks WHERE number = ?1) % ?21, ?2, ?3, ?4, ?5," \
      " ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?22, ?23)") \
    X(ROW_NEXT, \
      "UPDATE webhooks SET next_row = next_row + 1, cancelled = cancelled + ?2 WHERE number = ?1") \
    X(END, "DELETE FROM deliveries WHERE number = ?1") \
    X(BACK, "UPDATE deliveries SET lease = 0, due = ?2, attempt = ?3, faults = ?4 WHERE number = ?1") \
    X(DUE, \
      "SELECT min(max(due, not_before / 1000)) FROM (SELECT w.not_before, w.failures, (SELECT count(*)" \
      " FROM deliveries l WHERE l.webhook = w.number AND l.lease <> 0 AND l.due > ?1) AS leased," \
      " (SELECT d.due FROM deliveries d WHERE d.webhook = w.number ORDER BY d.due LIMIT 1) AS due" \
      " FROM webhooks w) WHERE due > ?1 OR leased < CASE WHEN failures > 0 THEN 1 ELSE ?2 END") \
    X(LOG, \
      "SELECT l.message_id, w.id, l.event, l.at, l.attempt, l.state, l.retry, l.code, l.success," \
      " l.is_test, l.cut, l.status, l.phase, l.native, l.ms, l.lookup, l.connect, l.tls, l.first, l.peer," \
      " l.response, l.delivery, l.sequence FROM log l JOIN webhooks w ON w.number = l.webhook" \
      " WHERE (?1 = '' OR w.id = ?1) AND (?2 = 0 OR (?2 >> l.event) & 1) AND (?3 = 0 OR NOT l.success)" \
      " AND (?4 = 0 OR l.success) AND (?5 = 0 OR l.is_test) AND (?6 = 0 OR l.at >= ?6) AND (?7 = 0" \
      " OR l.at < ?7) AND (?8 = 0 OR l.sequence < ?8) AND (?9 = 0 OR l.delivery = ?9)" \
      " ORDER BY l.sequence DESC LIMIT ?10") \
    X(STATS, \
      "SELECT sum(delivered), sum(failed), sum(cancelled), sum(dropped), sum(skipped), sum(attempts)," \
      " sum(attempts_failed), sum(tests), sum(tests_failed), (SELECT count(*) FROM deliveries d" \
      " JOIN webhooks w ON w.number = d.webhook WHERE NOT d.is_test AND (?1 = '' OR w.id = ?1))" \
      " FROM (SELECT id, delivered, failed, cancelled, dropped, skipped, attempts, attempts_failed," \
      " tests, tests_failed FROM webhooks UNION ALL SELECT '', delivered, failed, cancelled, dropped," \
      " skipped, attempts, attempts_failed, tests, tests_failed FROM totals) WHERE ?1 = '' OR id = ?1") \
    X(BUCKETS, \
      "SELECT bucket, sum(n) FROM latency WHERE ?1 = '' OR webhook = (SELECT number FROM webhooks" \
      " WHERE id = ?1) GROUP BY bucket") \
    X(PURGE, \
      "DELETE FROM events WHERE created < ?1 AND NOT EXISTS (SELECT 1 FROM deliveries d" \
      " WHERE d.message_id = events.message_id)")
/* clang-format on */

enum {
#define AKOLHOOK_SQLITE_I_ENUM(name, sql) AKOLHOOK_SQLITE_I_##name,
    AKOLHOOK_SQLITE_I_STATEMENTS(AKOLHOOK_SQLITE_I_ENUM)
#undef AKOLHOOK_SQLITE_I_ENUM
            AKOLHOOK_SQLITE_I_COUNT_OF
};
typedef char akolhook_sqlite_i_statements_fit[AKOLHOOK_SQLITE_I_COUNT_OF <= 48 ? 1 : -1];

/* ---- calling SQLite ---- */

static akolhook_status akolhook_sqlite_i_fail(akolhook_sqlite *s) {
    sqlite3_snprintf((int)sizeof s->error, s->error, "%s", sqlite3_errmsg(s->db));
    return AKOLHOOK_STORE_FAILED;
}
/* A statement with its arguments: i an int64_t, t a C string, s and b an akolhook_str as text and as
   bytes, n nothing. */
static sqlite3_stmt *akolhook_sqlite_i_bind(akolhook_sqlite *s, int which, const char *types, va_list args) {
    sqlite3_stmt *statement = s->statements[which];
    int at, bad = 0;
    sqlite3_reset(statement);
    for (at = 1; *types; at++, types++) {
        akolhook_str text;
        if (*types == 'i')
            bad |= sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
        else if (*types == 't')
            bad |= sqlite3_bind_text(statement, at, va_arg(args, const char *), -1, SQLITE_TRANSIENT);
        else if (*types == 'n')
            bad |= sqlite3_bind_null(statement, at);
        else {
            text = va_arg(args, akolhook_str);
            if (!text.ptr) text.ptr = "";
            if (*types == 's')
                bad |= sqlite3_bind_text(statement, at, text.ptr, (int)text.len, SQLITE_TRANSIENT);
            else
                bad |= sqlite3_bind_blob(statement, at, text.ptr, (int)text.len, SQLITE_TRANSIENT);
        }
    }
    return bad ? NULL : statement;
}
/* Runs it to its end: how many rows it changed, -1: failed. */
static int akolhook_sqlite_i_do(akolhook_sqlite *s, int which, const char *types, ...) {
    sqlite3_stmt *statement;
    va_list args;
    int result;
    va_start(args, types);
    statement = akolhook_sqlite_i_bind(s, which, types, args);
    va_end(args);
    if (!statement)
        result = SQLITE_ERROR;
    else
        do result = sqlite3_step(statement);
        while (result == SQLITE_ROW);
    if (result == SQLITE_DONE)
        result = sqlite3_changes(s->db);
    else {
        akolhook_sqlite_i_fail(s);
        result = -1;
    }
    sqlite3_reset(statement);
    return result;
}
/* Runs it to its first row, which akolhook_sqlite_i_next leaves: 1, 0: there is none, -1: failed. */
static int akolhook_sqlite_i_ask(akolhook_sqlite *s, sqlite3_stmt **rows, int which, const char *types, ...) {
    va_list args;
    int result;
    va_start(args, types);
    *rows = akolhook_sqlite_i_bind(s, which, types, args);
    va_end(args);
    result = *rows ? sqlite3_step(*rows) : SQLITE_ERROR;
    if (result == SQLITE_ROW) return 1;
    if (result != SQLITE_DONE) akolhook_sqlite_i_fail(s);
    sqlite3_reset(*rows);
    return result == SQLITE_DONE ? 0 : -1;
}
static int akolhook_sqlite_i_next(akolhook_sqlite *s, sqlite3_stmt *rows) {
    int result = sqlite3_step(rows);
    if (result == SQLITE_ROW) return 1;
    if (result != SQLITE_DONE) akolhook_sqlite_i_fail(s);
    sqlite3_reset(rows);
    return result == SQLITE_DONE ? 0 : -1;
}
static akolhook_str akolhook_sqlite_i_str(sqlite3_stmt *rows, int column) {
    const void *bytes = sqlite3_column_blob(rows, column);
    return akolhook_str_n(bytes, (size_t)sqlite3_column_bytes(rows, column));
}
static void akolhook_sqlite_i_copy(sqlite3_stmt *rows, int column, char *out, size_t size) {
    akolhook_str text = akolhook_sqlite_i_str(rows, column);
    size_t len = text.len < size ? text.len : size - 1;
    memset(out, 0, size);
    if (len) memcpy(out, text.ptr, len);
}
static int akolhook_sqlite_i_now(akolhook_sqlite *s, int64_t *now) {
    sqlite3_stmt *rows;
    if (s->desc.now_ms_fn) {
        *now = s->desc.now_ms_fn(s->desc.user);
        return 1;
    }
    if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_NOW, "") != 1) return 0;
    *now = sqlite3_column_int64(rows, 0);
    sqlite3_reset(rows);
    return 1;
}
/* Every change is one transaction. */
static akolhook_status akolhook_sqlite_i_begin(akolhook_sqlite *s, int64_t *now) {
    if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_BEGIN, "") < 0) return AKOLHOOK_STORE_FAILED;
    if (akolhook_sqlite_i_now(s, now)) return AKOLHOOK_OK;
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_ROLLBACK, "");
    return AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_sqlite_i_finish(akolhook_sqlite *s, akolhook_status status) {
    if (status == AKOLHOOK_OK && akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_COMMIT, "") >= 0) return status;
    if (status == AKOLHOOK_OK) status = AKOLHOOK_STORE_FAILED;
    if (!sqlite3_get_autocommit(s->db)) {
        char error[sizeof s->error];
        memcpy(error, s->error, sizeof error);
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_ROLLBACK, "");
        memcpy(s->error, error, sizeof error);
    }
    return status;
}

/* ---- webhooks ---- */

static akolhook_status akolhook_sqlite_i_clash(
        akolhook_sqlite *s, akolhook_str url, akolhook_events events, const char *self) {
    sqlite3_stmt *rows;
    int found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_CLASH, "sit", url, (int64_t)events, self);
    if (found == 1) sqlite3_reset(rows);
    return found < 0 ? AKOLHOOK_STORE_FAILED : found ? AKOLHOOK_WEBHOOK_EXISTS : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_put(void *user, const akolhook_store_webhook *w, uint32_t max) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    sqlite3_stmt *rows;
    int64_t now, count = 0;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    if (status != AKOLHOOK_OK) return status;
    if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_COUNT, "") == 1) {
        count = sqlite3_column_int64(rows, 0);
        sqlite3_reset(rows);
    } else
        status = AKOLHOOK_STORE_FAILED;
    if (status == AKOLHOOK_OK && count >= max) status = AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (status == AKOLHOOK_OK) status = akolhook_sqlite_i_clash(s, w->url, w->events, "");
    if (status == AKOLHOOK_OK &&
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_PUT, "tsstiii", w->id, w->name, w->url, w->secret,
                    (int64_t)w->events, (int64_t)w->is_active, w->created_at_ms) < 0)
        status = AKOLHOOK_STORE_FAILED;
    return akolhook_sqlite_i_finish(s, status);
}

/* What is needed of a webhook to log something for it. */
typedef struct akolhook_sqlite_i_hook {
    int64_t number, failures, failing_since;
    int warned, active, is_test, event;
    char message_id[AKOLHOOK_ID_SIZE];
} akolhook_sqlite_i_hook;

static int akolhook_sqlite_i_row(akolhook_sqlite *s, const akolhook_sqlite_i_hook *h, int64_t number,
        const akolhook_log_row *row, int cancelled) {
    int done = akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_ROW, "iitiiiiiiiiiiiiiiiiiibb", h->number, number,
            h->message_id, (int64_t)h->event, row->at_ms, (int64_t)row->attempt, (int64_t)row->state,
            row->retry_ms, (int64_t)row->code, (int64_t)row->success, (int64_t)h->is_test,
            (int64_t)row->response_cut, (int64_t)row->status, (int64_t)row->phase, (int64_t)row->native_error,
            (int64_t)row->ms, (int64_t)row->lookup_ms, (int64_t)row->connect_ms, (int64_t)row->tls_ms,
            (int64_t)row->first_byte_ms, (int64_t)s->desc.log_rows,
            akolhook_str_n(&row->peer, sizeof row->peer), row->response);
    return done >= 0 &&
           akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_ROW_NEXT, "ii", h->number, (int64_t)cancelled) >= 0;
}
/* The end of a delivery without an attempt. */
static int akolhook_sqlite_i_row_end(akolhook_sqlite *s, const akolhook_sqlite_i_hook *h, int64_t number,
        int64_t at_ms, akolhook_delivery_state state) {
    akolhook_log_row row;
    memset(&row, 0, sizeof row);
    row.at_ms = at_ms;
    row.state = state;
    row.status = state == AKOLHOOK_DELIVERY_DROPPED ? AKOLHOOK_WEBHOOK_QUEUE_FULL : AKOLHOOK_WEBHOOK_INACTIVE;
    row.lookup_ms = row.connect_ms = row.tls_ms = row.first_byte_ms = -1;
    return akolhook_sqlite_i_row(s, h, number, &row, state == AKOLHOOK_DELIVERY_CANCELLED && !h->is_test) &&
           akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_END, "i", number) >= 0;
}
static akolhook_status akolhook_sqlite_i_stop(
        akolhook_sqlite *s, int64_t number, int64_t now, int64_t at_ms) {
    akolhook_sqlite_i_hook h;
    sqlite3_stmt *rows;
    int found;
    if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_STOP, "i", number) < 0) return AKOLHOOK_STORE_FAILED;
    memset(&h, 0, sizeof h);
    h.number = number;
    while ((found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_STOPPED, "ii", number, now)) == 1) {
        int64_t delivery = sqlite3_column_int64(rows, 0);
        akolhook_sqlite_i_copy(rows, 1, h.message_id, sizeof h.message_id);
        h.is_test = sqlite3_column_int(rows, 2);
        h.event = sqlite3_column_int(rows, 3);
        sqlite3_reset(rows);
        if (!akolhook_sqlite_i_row_end(s, &h, delivery, at_ms, AKOLHOOK_DELIVERY_CANCELLED))
            return AKOLHOOK_STORE_FAILED;
    }
    return found < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

/* Number and state of a webhook. */
static akolhook_status akolhook_sqlite_i_find(
        akolhook_sqlite *s, akolhook_str id, int64_t *number, int *active) {
    sqlite3_stmt *rows;
    int found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_FIND, "s", id);
    if (found < 1) return found ? AKOLHOOK_STORE_FAILED : AKOLHOOK_UNKNOWN_WEBHOOK;
    *number = sqlite3_column_int64(rows, 0);
    *active = sqlite3_column_int(rows, 1);
    sqlite3_reset(rows);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_change(akolhook_sqlite *s, const akolhook_store_webhook *w,
        unsigned which, int64_t now, int64_t at_ms, int *changed) {
    int64_t number;
    int active;
    akolhook_status status = akolhook_sqlite_i_find(s, akolhook_str_c(w->id), &number, &active);
    if (status == AKOLHOOK_OK && (which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS))) {
        sqlite3_stmt *rows;
        if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_FIND, "t", w->id) != 1)
            return AKOLHOOK_STORE_FAILED;
        status = akolhook_sqlite_i_clash(s,
                which & AKOLHOOK_STORE_URL ? w->url : akolhook_sqlite_i_str(rows, 2),
                which & AKOLHOOK_STORE_EVENTS ? w->events : (akolhook_events)sqlite3_column_int64(rows, 3),
                w->id);
        sqlite3_reset(rows);
    }
    if (status == AKOLHOOK_OK && (which & 15) &&
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_SET, "iissit", number, (int64_t)(which & 15), w->name,
                    w->url, (int64_t)w->events, w->secret) < 0)
        status = AKOLHOOK_STORE_FAILED;
    if (status != AKOLHOOK_OK || !(which & AKOLHOOK_STORE_ACTIVE)) return status;
    if (changed) *changed = active != w->is_active;
    if (!w->is_active) return akolhook_sqlite_i_stop(s, number, now, at_ms);
    return akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_START, "i", number) < 0 ? AKOLHOOK_STORE_FAILED
                                                                             : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    int64_t now;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    if (status == AKOLHOOK_OK)
        status = akolhook_sqlite_i_finish(s, akolhook_sqlite_i_change(s, w, which, now, at_ms, changed));
    if (status == AKOLHOOK_OK &&
            (which & AKOLHOOK_STORE_SECRET)) /* nothing of the old secret in the log either */
        sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return status;
}

static akolhook_status akolhook_sqlite_i_select(akolhook_sqlite *s, const char *id, uint64_t after,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    sqlite3_stmt *rows;
    size_t used = 0, i;
    int more =
            akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_LIST, "tii", id, (int64_t)after, (int64_t)max);
    sqlite3_free(s->shown);
    s->shown = NULL;
    *count = 0;
    for (; more == 1; more = akolhook_sqlite_i_next(s, rows)) {
        akolhook_store_webhook *w = &webhooks[*count];
        akolhook_str name = akolhook_sqlite_i_str(rows, 1), url = akolhook_sqlite_i_str(rows, 2);
        char *kept = (char *)sqlite3_realloc64(s->shown, used + name.len + url.len + 1);
        if (!kept) {
            sqlite3_reset(rows);
            return AKOLHOOK_STORE_FAILED;
        }
        s->shown = kept;
        if (name.len) memcpy(kept + used, name.ptr, name.len);
        if (url.len) memcpy(kept + used + name.len, url.ptr, url.len);
        used += name.len + url.len;
        memset(w, 0, sizeof *w);
        akolhook_sqlite_i_copy(rows, 0, w->id, sizeof w->id);
        w->name.len = name.len;
        w->url.len = url.len;
        w->events = (akolhook_events)sqlite3_column_int64(rows, 3);
        w->is_active = sqlite3_column_int(rows, 4) != 0;
        w->created_at_ms = sqlite3_column_int64(rows, 5);
        w->number = (uint64_t)sqlite3_column_int64(rows, 6);
        w->last_triggered_at_ms = sqlite3_column_int64(rows, 7);
        w->failure_count = (uint32_t)sqlite3_column_int64(rows, 8);
        ++*count;
    }
    for (i = used = 0; i < *count; i++) { /* now the memory does not move any more */
        webhooks[i].name.ptr = s->shown + used;
        webhooks[i].url.ptr = s->shown + used + webhooks[i].name.len;
        used += webhooks[i].name.len + webhooks[i].url.len;
    }
    return more < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_get(void *user, const char *id, akolhook_store_webhook *webhook) {
    size_t count;
    akolhook_status status = akolhook_sqlite_i_select((akolhook_sqlite *)user, id, 0, webhook, 1, &count);
    return status == AKOLHOOK_OK && !count ? AKOLHOOK_UNKNOWN_WEBHOOK : status;
}
static akolhook_status akolhook_sqlite_i_list(
        void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    return akolhook_sqlite_i_select((akolhook_sqlite *)user, "", after, webhooks, max, count);
}
static akolhook_status akolhook_sqlite_i_delete(void *user, const char *id) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    int64_t now, number;
    int active;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    if (status != AKOLHOOK_OK) return status;
    status = akolhook_sqlite_i_find(s, akolhook_str_c(id), &number, &active);
    if (status == AKOLHOOK_OK &&
            (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELETE_TOTALS, "i", number) < 0 ||
                    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELETE_LATENCY, "i", number) < 0 ||
                    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELETE_BUCKETS, "i", number) < 0 ||
                    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELETE, "i", number) < 0))
        status = AKOLHOOK_STORE_FAILED;
    status = akolhook_sqlite_i_finish(s, status);
    if (status == AKOLHOOK_OK) sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return status;
}

/* ---- events ---- */

/* Keeps the event; 1, 0: its key was seen, -1: failed, -2: its key was seen with another print. */
static int akolhook_sqlite_i_event(akolhook_sqlite *s, akolhook_store_event *e, int64_t now) {
    size_t len = e->tail[0].len + e->tail[1].len + e->tail[2].len, i, at = 0;
    akolhook_str key = akolhook_str_n(e->key, sizeof e->key),
                 print = akolhook_str_n(e->print, sizeof e->print);
    sqlite3_stmt *rows;
    char *tail;
    int done = e->has_key ? akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_KEY, "bb", key, print) : 0;
    if (done < 0) return -1;
    if (done) {
        int reused = sqlite3_column_int(rows, 1);
        if (!reused) akolhook_sqlite_i_copy(rows, 0, e->message_id, sizeof e->message_id);
        sqlite3_reset(rows);
        return reused ? -2 : 0;
    }
    tail = (char *)sqlite3_malloc64(len + 1);
    if (!tail) return -1;
    for (i = 0; i < 3; at += e->tail[i++].len)
        if (e->tail[i].len) memcpy(tail + at, e->tail[i].ptr, e->tail[i].len);
    done = e->has_key ? akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT, "tbibbib", e->message_id, key,
                                (int64_t)e->event, e->head, akolhook_str_n(tail, len), now, print)
                      : akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT, "tnibbin", e->message_id,
                                (int64_t)e->event, e->head, akolhook_str_n(tail, len), now);
    sqlite3_free(tail);
    return done < 0 ? -1 : 1;
}
/* Webhooks whose queue is full get a row instead of a delivery. */
static akolhook_status akolhook_sqlite_i_drop(akolhook_sqlite *s, const akolhook_store_event *e) {
    akolhook_sqlite_i_hook h;
    sqlite3_stmt *rows;
    int found;
    memset(&h, 0, sizeof h);
    h.event = (int)e->event;
    memcpy(h.message_id, e->message_id, sizeof h.message_id);
    while ((found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_FULL, "iii", (int64_t)e->event,
                    (int64_t)e->max_queue, h.number)) == 1) {
        int64_t number;
        h.number = sqlite3_column_int64(rows, 0);
        sqlite3_reset(rows);
        if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DROPPED, "i", h.number) < 0)
            return AKOLHOOK_STORE_FAILED;
        if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DROP_NUMBER, "ti", e->message_id, h.number) < 0)
            return AKOLHOOK_STORE_FAILED;
        number = sqlite3_last_insert_rowid(s->db);
        if (!akolhook_sqlite_i_row_end(s, &h, number, e->at_ms, AKOLHOOK_DELIVERY_DROPPED))
            return AKOLHOOK_STORE_FAILED;
    }
    return found < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_accept(akolhook_sqlite *s, akolhook_store_event *e, int64_t now) {
    akolhook_status status = AKOLHOOK_OK;
    int64_t number;
    int active, done;
    if (e->webhook_id.len) status = akolhook_sqlite_i_find(s, e->webhook_id, &number, &active);
    if (status != AKOLHOOK_OK) return status;
    done = akolhook_sqlite_i_event(s, e, now);
    if (done < 1) {
        e->repeated = done == 0;
        return done == -2 ? AKOLHOOK_KEY_REUSED : done ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
    }
    if (!e->webhook_id.len && e->max_queue) status = akolhook_sqlite_i_drop(s, e);
    if (status != AKOLHOOK_OK) return status;
    done = akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_ENQUEUE, "tiisii", e->message_id, (int64_t)e->is_test,
            now, e->webhook_id, (int64_t)e->event, (int64_t)e->max_queue);
    if (done < 0) return AKOLHOOK_STORE_FAILED;
    e->deliveries = (uint32_t)done;
    if (e->webhook_id.len) return AKOLHOOK_OK;
    return akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_SKIP, "i", (int64_t)e->event) < 0 ? AKOLHOOK_STORE_FAILED
                                                                                       : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_enqueue(void *user, akolhook_store_event *event) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    int64_t now;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    event->repeated = 0;
    event->deliveries = 0;
    return status == AKOLHOOK_OK ? akolhook_sqlite_i_finish(s, akolhook_sqlite_i_accept(s, event, now))
                                 : status;
}

static akolhook_status akolhook_sqlite_i_again(akolhook_sqlite *s, int64_t sequence, const char *message_id,
        int64_t webhook, int is_test, int64_t now) {
    if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_AGAIN_MARK, "i", sequence) < 0)
        return AKOLHOOK_STORE_FAILED;
    return akolhook_sqlite_i_do(
                   s, AKOLHOOK_SQLITE_I_AGAIN, "tiii", message_id, webhook, (int64_t)is_test, now) < 0
                   ? AKOLHOOK_STORE_FAILED
                   : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_redeliver(void *user, uint64_t number) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    char message_id[AKOLHOOK_ID_SIZE] = "";
    int64_t now, sequence = 0, webhook = 0;
    sqlite3_stmt *rows;
    int found, is_test = 0;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    if (status != AKOLHOOK_OK) return status;
    found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_AGAIN_FIND, "i", (int64_t)number);
    if (found < 0)
        status = AKOLHOOK_STORE_FAILED;
    else if (!found)
        status = AKOLHOOK_UNKNOWN_DELIVERY;
    else {
        is_test = sqlite3_column_int(rows, 1);
        if (sqlite3_column_int(rows, 0) == AKOLHOOK_DELIVERY_WAITING)
            status = AKOLHOOK_UNKNOWN_DELIVERY;
        else if (!is_test && !sqlite3_column_int(rows, 2))
            status = AKOLHOOK_WEBHOOK_INACTIVE;
        else if (!sqlite3_column_int(rows, 3))
            status = AKOLHOOK_EVENT_GONE;
        sequence = sqlite3_column_int64(rows, 4);
        akolhook_sqlite_i_copy(rows, 5, message_id, sizeof message_id);
        webhook = sqlite3_column_int64(rows, 6);
        sqlite3_reset(rows);
    }
    if (status == AKOLHOOK_OK)
        status = akolhook_sqlite_i_again(s, sequence, message_id, webhook, is_test, now);
    return akolhook_sqlite_i_finish(s, status);
}
static akolhook_status akolhook_sqlite_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    char message_id[AKOLHOOK_ID_SIZE];
    int64_t now, number = 0;
    sqlite3_stmt *rows;
    int found = 0, active = 0;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    *count = 0;
    if (status != AKOLHOOK_OK) return status;
    status = akolhook_sqlite_i_find(s, akolhook_str_c(id), &number, &active);
    if (status == AKOLHOOK_OK && !active) status = AKOLHOOK_WEBHOOK_INACTIVE;
    while (status == AKOLHOOK_OK && (found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_AGAIN_NEXT,
                                             "ii", number, since_ms)) == 1) {
        int64_t sequence = sqlite3_column_int64(rows, 0);
        akolhook_sqlite_i_copy(rows, 1, message_id, sizeof message_id);
        sqlite3_reset(rows);
        status = akolhook_sqlite_i_again(s, sequence, message_id, number, 0, now);
        ++*count;
    }
    if (found < 0) status = AKOLHOOK_STORE_FAILED;
    status = akolhook_sqlite_i_finish(s, status);
    if (status != AKOLHOOK_OK) *count = 0;
    return status;
}

/* ---- claim ---- */

static int akolhook_sqlite_i_claimed(
        akolhook_sqlite *s, int64_t number, int64_t now, akolhook_store_claim *c) {
    struct akolhook_sqlite_i_held *held;
    akolhook_str parts[3];
    sqlite3_stmt *rows;
    char *at;
    int i;
    if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_CLAIMED, "ii", number, now) != 1) return 0;
    memset(c, 0, sizeof *c);
    c->number = (uint64_t)number;
    c->lease = (uint64_t)sqlite3_column_int64(rows, 0);
    akolhook_sqlite_i_copy(rows, 1, c->message_id, sizeof c->message_id);
    akolhook_sqlite_i_copy(rows, 2, c->webhook_id, sizeof c->webhook_id);
    akolhook_sqlite_i_copy(rows, 3, c->secret, sizeof c->secret);
    c->event = (akolhook_event)sqlite3_column_int(rows, 4);
    c->attempt = (uint32_t)sqlite3_column_int64(rows, 5);
    c->faults = (uint32_t)sqlite3_column_int64(rows, 6);
    c->age_ms = sqlite3_column_int64(rows, 7);
    c->is_test = sqlite3_column_int(rows, 8) != 0;
    c->is_failing = sqlite3_column_int64(rows, 12) != 0;
    for (i = 0; i < 3; i++) parts[i] = akolhook_sqlite_i_str(rows, 9 + i);
    held = (struct akolhook_sqlite_i_held *)sqlite3_malloc64(
            sizeof *held + parts[0].len + parts[1].len + parts[2].len);
    if (held) {
        at = (char *)(held + 1);
        for (i = 0; i < 3; i++) {
            if (parts[i].len) memcpy(at, parts[i].ptr, parts[i].len);
            parts[i].ptr = at;
            at += parts[i].len;
        }
        c->url = parts[0];
        c->head = parts[1];
        c->tail = parts[2];
        c->handle = held;
        held->prev = NULL;
        held->next = s->held;
        if (s->held) s->held->prev = held;
        s->held = held;
    }
    sqlite3_reset(rows);
    return held != NULL;
}
static void akolhook_sqlite_i_drop_held(akolhook_sqlite *s, struct akolhook_sqlite_i_held *held) {
    if (held->next) held->next->prev = held->prev;
    if (held->prev)
        held->prev->next = held->next;
    else
        s->held = held->next;
    sqlite3_free(held);
}
/* One delivery of the webhook that is first in turn: 1, 0: there is none, -1: failed. */
static int akolhook_sqlite_i_claim_one(
        akolhook_sqlite *s, const akolhook_store_limits *limits, int64_t now, akolhook_store_claim *c) {
    sqlite3_stmt *rows;
    int64_t webhook, number;
    int found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_CLAIM_HOOK, "iii", now,
            (int64_t)(limits->first ? 1 : limits->per_webhook), (int64_t)limits->healthy);
    if (found < 1) return found;
    webhook = sqlite3_column_int64(rows, 0);
    sqlite3_reset(rows);
    if (akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LEASE, "") < 0) return -1;
    if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_CLAIM_ONE, "iii", webhook, now, limits->lease_ms) !=
            1)
        return -1;
    number = sqlite3_column_int64(rows, 0);
    if (akolhook_sqlite_i_next(s, rows) != 0) return -1;
    if (limits->rate &&
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_RATE, "iii", webhook, now, (int64_t)limits->rate) < 0)
        return -1;
    return akolhook_sqlite_i_claimed(s, number, now, c) ? 1 : -1;
}
static akolhook_status akolhook_sqlite_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    sqlite3_stmt *rows;
    int64_t now;
    int found;
    akolhook_status status;
    *count = 0;
    s->per_webhook = limits->per_webhook;
    if (!akolhook_sqlite_i_now(s, &now)) return AKOLHOOK_STORE_FAILED;
    found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_CLAIM_HOOK, "iii", now,
            (int64_t)(limits->first ? 1 : limits->per_webhook), (int64_t)limits->healthy);
    if (found < 1) return found ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK; /* nothing is due: nothing is locked */
    sqlite3_reset(rows);
    status = akolhook_sqlite_i_begin(s, &now);
    if (status != AKOLHOOK_OK) return status;
    while ((found = akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_STRAY, "i", now)) ==
            1) { /* their webhook was set inactive */
        int64_t webhook = sqlite3_column_int64(rows, 0);
        sqlite3_reset(rows);
        if (akolhook_sqlite_i_stop(s, webhook, now, limits->at_ms) != AKOLHOOK_OK) break;
    }
    if (found) status = AKOLHOOK_STORE_FAILED;
    while (status == AKOLHOOK_OK && *count < max &&
            (found = akolhook_sqlite_i_claim_one(s, limits, now, &claims[*count])) == 1)
        ++*count;
    if (found < 0) status = AKOLHOOK_STORE_FAILED;
    status = akolhook_sqlite_i_finish(s, status);
    while (status != AKOLHOOK_OK && *count)
        akolhook_sqlite_i_drop_held(s, (struct akolhook_sqlite_i_held *)claims[--*count].handle);
    return status;
}

/* ---- settle ---- */

/* The running failures; 1 when the webhook is to be set inactive. */
static int akolhook_sqlite_i_judge(akolhook_sqlite_i_hook *h, const akolhook_store_rules *rules,
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
static int akolhook_sqlite_i_count(
        akolhook_sqlite *s, const akolhook_sqlite_i_hook *h, const akolhook_store_outcome *o) {
    const akolhook_log_row *row = o->row;
    int attempt = !h->is_test && !o->is_fault;
    if (attempt && row->success &&
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LATENCY, "ii", h->number,
                    (int64_t)akolhook_stats_bucket(row->ms)) < 0)
        return 0;
    return akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_SETTLE_HOOK, "iiiiiiiiiii", h->number, h->failures,
                   (int64_t)h->warned, h->failing_since, attempt ? row->at_ms : (int64_t)0, (int64_t)attempt,
                   (int64_t)(attempt && !row->success), (int64_t)h->is_test,
                   (int64_t)(h->is_test && !row->success),
                   (int64_t)(!h->is_test && row->state == AKOLHOOK_DELIVERY_DELIVERED),
                   (int64_t)(!h->is_test && row->state == AKOLHOOK_DELIVERY_FAILED)) >= 0;
}
/* 1, 0: the lease is another's, -1: failed. */
static int akolhook_sqlite_i_settle_find(
        akolhook_sqlite *s, const akolhook_store_outcome *o, akolhook_sqlite_i_hook *h) {
    sqlite3_stmt *rows;
    int found = akolhook_sqlite_i_ask(
            s, &rows, AKOLHOOK_SQLITE_I_SETTLE_FIND, "ii", (int64_t)o->number, (int64_t)o->lease);
    if (found < 1) return found;
    h->number = sqlite3_column_int64(rows, 0);
    h->failures = sqlite3_column_int64(rows, 1);
    h->warned = sqlite3_column_int(rows, 2);
    h->active = sqlite3_column_int(rows, 3);
    h->failing_since = sqlite3_column_int64(rows, 4);
    h->is_test = sqlite3_column_int(rows, 5);
    akolhook_sqlite_i_copy(rows, 6, h->message_id, sizeof h->message_id);
    h->event = sqlite3_column_int(rows, 7);
    sqlite3_reset(rows);
    return 1;
}
static int akolhook_sqlite_i_settle_one(
        akolhook_sqlite *s, const akolhook_store_rules *rules, akolhook_store_outcome *o, int64_t now) {
    akolhook_sqlite_i_hook h;
    int found, stop = 0;
    o->status = AKOLHOOK_LEASE_LOST;
    o->failures = o->failures_before = 0;
    o->cancelled = o->warned = o->deactivated = 0;
    found = akolhook_sqlite_i_settle_find(s, o, &h);
    if (found < 1) return found == 0;
    o->status = AKOLHOOK_OK;
    o->failures = o->failures_before = (uint32_t)h.failures;
    if (o->row) {
        if (o->counts && !h.is_test && !o->is_fault) stop = akolhook_sqlite_i_judge(&h, rules, o, now);
        if (!akolhook_sqlite_i_count(s, &h, o) ||
                !akolhook_sqlite_i_row(s, &h, (int64_t)o->number, o->row, 0))
            return 0;
        o->failures = (uint32_t)h.failures;
        if (h.active && (stop || o->deactivate)) {
            if (akolhook_sqlite_i_stop(s, h.number, now, o->row->at_ms) != AKOLHOOK_OK) return 0;
            h.active = 0;
            o->deactivated = 1;
        }
    }
    if (o->row && o->row->state != AKOLHOOK_DELIVERY_WAITING)
        return akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_END, "i", (int64_t)o->number) >= 0;
    if (h.active || h.is_test)
        return akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_BACK, "iiii", (int64_t)o->number, now + o->delay_ms,
                       (int64_t)o->attempt, (int64_t)o->faults) >= 0;
    o->cancelled = 1;
    return akolhook_sqlite_i_row_end(s, &h, (int64_t)o->number, o->at_ms, AKOLHOOK_DELIVERY_CANCELLED);
}
static akolhook_status akolhook_sqlite_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    int64_t now;
    size_t i;
    akolhook_status status = akolhook_sqlite_i_begin(s, &now);
    if (status != AKOLHOOK_OK) return status;
    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        if (!akolhook_sqlite_i_settle_one(s, rules, &outcomes[i], now)) status = AKOLHOOK_STORE_FAILED;
    status = akolhook_sqlite_i_finish(s, status);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        akolhook_sqlite_i_drop_held(s, (struct akolhook_sqlite_i_held *)outcomes[i].handle);
    return status;
}

/* ---- reading ---- */

static akolhook_status akolhook_sqlite_i_next_due(void *user, int64_t *ms) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    sqlite3_stmt *rows;
    int64_t now;
    *ms = -1;
    if (!akolhook_sqlite_i_now(s, &now)) return AKOLHOOK_STORE_FAILED;
    if (akolhook_sqlite_i_ask(s, &rows, AKOLHOOK_SQLITE_I_DUE, "ii", now,
                (int64_t)(s->per_webhook ? s->per_webhook : 1)) != 1)
        return AKOLHOOK_STORE_FAILED;
    if (sqlite3_column_type(rows, 0) != SQLITE_NULL) {
        *ms = sqlite3_column_int64(rows, 0) - now;
        if (*ms < 0) *ms = 0;
    }
    sqlite3_reset(rows);
    return AKOLHOOK_OK;
}

static void akolhook_sqlite_i_log_row(sqlite3_stmt *r, akolhook_log_row *row) {
    akolhook_str peer = akolhook_sqlite_i_str(r, 19);
    memset(row, 0, sizeof *row);
    akolhook_sqlite_i_copy(r, 0, row->message_id, sizeof row->message_id);
    akolhook_sqlite_i_copy(r, 1, row->webhook_id, sizeof row->webhook_id);
    row->event = (akolhook_event)sqlite3_column_int(r, 2);
    row->at_ms = sqlite3_column_int64(r, 3);
    row->attempt = (uint32_t)sqlite3_column_int64(r, 4);
    row->state = (akolhook_delivery_state)sqlite3_column_int(r, 5);
    row->retry_ms = sqlite3_column_int64(r, 6);
    row->code = sqlite3_column_int(r, 7);
    row->success = sqlite3_column_int(r, 8) != 0;
    row->is_test = sqlite3_column_int(r, 9) != 0;
    row->response_cut = sqlite3_column_int(r, 10) != 0;
    row->status = (akolhook_status)sqlite3_column_int(r, 11);
    row->phase = (akolhook_phase)sqlite3_column_int(r, 12);
    row->native_error = (long)sqlite3_column_int64(r, 13);
    row->ms = sqlite3_column_int(r, 14);
    row->lookup_ms = sqlite3_column_int(r, 15);
    row->connect_ms = sqlite3_column_int(r, 16);
    row->tls_ms = sqlite3_column_int(r, 17);
    row->first_byte_ms = sqlite3_column_int(r, 18);
    if (peer.len == sizeof row->peer) memcpy(&row->peer, peer.ptr, sizeof row->peer);
    row->number = (uint64_t)sqlite3_column_int64(r, 21);
    row->cursor = (uint64_t)sqlite3_column_int64(r, 22);
}
static akolhook_status akolhook_sqlite_i_log(
        void *user, const akolhook_log_query *q, akolhook_log_row *rows, size_t max, size_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    sqlite3_stmt *r;
    int64_t number;
    size_t used = 0, i;
    int active, more;
    *count = 0;
    if (q->webhook_id.len) {
        akolhook_status status = akolhook_sqlite_i_find(s, q->webhook_id, &number, &active);
        if (status != AKOLHOOK_OK) return status;
    }
    sqlite3_free(s->logged);
    s->logged = NULL;
    more = akolhook_sqlite_i_ask(s, &r, AKOLHOOK_SQLITE_I_LOG, "siiiiiiiii", q->webhook_id,
            (int64_t)q->events, (int64_t)q->only_failed, (int64_t)q->only_succeeded, (int64_t)q->only_tests,
            q->since_ms, q->until_ms, (int64_t)q->cursor, (int64_t)q->number, (int64_t)max);
    for (; more == 1; more = akolhook_sqlite_i_next(s, r)) {
        akolhook_str response = akolhook_sqlite_i_str(r, 20);
        char *kept = (char *)sqlite3_realloc64(s->logged, used + response.len + 1);
        if (!kept) {
            sqlite3_reset(r);
            return AKOLHOOK_STORE_FAILED;
        }
        s->logged = kept;
        if (response.len) memcpy(kept + used, response.ptr, response.len);
        used += response.len;
        akolhook_sqlite_i_log_row(r, &rows[*count]);
        rows[(*count)++].response.len = response.len;
    }
    for (i = used = 0; i < *count; used += rows[i++].response.len) rows[i].response.ptr = s->logged + used;
    return more < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

static akolhook_status akolhook_sqlite_i_stats(void *user, const char *id, akolhook_stats *stats) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    sqlite3_stmt *r;
    uint64_t *const members[10] = {&stats->delivered, &stats->failed, &stats->cancelled, &stats->dropped,
            &stats->skipped, &stats->attempts, &stats->attempts_failed, &stats->tests, &stats->tests_failed,
            &stats->waiting};
    int i, more;
    memset(stats, 0, sizeof *stats);
    if (akolhook_sqlite_i_ask(s, &r, AKOLHOOK_SQLITE_I_STATS, "t", id ? id : "") != 1)
        return AKOLHOOK_STORE_FAILED;
    if (sqlite3_column_type(r, 0) == SQLITE_NULL) {
        sqlite3_reset(r);
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    }
    for (i = 0; i < 10; i++) *members[i] = (uint64_t)sqlite3_column_int64(r, i);
    sqlite3_reset(r);
    stats->emitted = stats->delivered + stats->failed + stats->cancelled + stats->dropped + stats->waiting;
    more = akolhook_sqlite_i_ask(s, &r, AKOLHOOK_SQLITE_I_BUCKETS, "t", id ? id : "");
    for (; more == 1; more = akolhook_sqlite_i_next(s, r))
        if (sqlite3_column_int(r, 0) >= 0 && sqlite3_column_int(r, 0) < AKOLHOOK_LATENCY_BUCKETS)
            stats->latency[sqlite3_column_int(r, 0)] = (uint32_t)sqlite3_column_int64(r, 1);
    return more < 0 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}

/* ---- making it ---- */

/* Tables where there are none, in this version. */
static akolhook_status akolhook_sqlite_i_make_tables(akolhook_sqlite *s) {
    sqlite3_stmt *r = NULL;
    int version = -1;
    if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return akolhook_sqlite_i_fail(s);
    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &r, NULL) == SQLITE_OK &&
            sqlite3_step(r) == SQLITE_ROW)
        version = sqlite3_column_int(r, 0);
    sqlite3_finalize(r);
    if (version == 0 && sqlite3_exec(s->db, akolhook_sqlite_i_tables, NULL, NULL, NULL) == SQLITE_OK)
        version = AKOLHOOK_SQLITE_I_VERSION;
    while (version > 0 && version < AKOLHOOK_SQLITE_I_VERSION &&
            sqlite3_exec(s->db, akolhook_sqlite_i_steps[version - 1], NULL, NULL, NULL) == SQLITE_OK)
        version++;
    if (version != AKOLHOOK_SQLITE_I_VERSION) {
        akolhook_sqlite_i_fail(s);
        if (version > AKOLHOOK_SQLITE_I_VERSION)
            sqlite3_snprintf((int)sizeof s->error, s->error,
                    "the file is of version %d, newer than this program", version);
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return AKOLHOOK_STORE_FAILED;
    }
    return sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? AKOLHOOK_OK
                                                                        : akolhook_sqlite_i_fail(s);
}
static akolhook_status akolhook_sqlite_i_connect(akolhook_sqlite *s) {
    /* clang-format off */
    static const char *const sql[] = {
#define AKOLHOOK_SQLITE_I_SQL(name, sql) sql,
        AKOLHOOK_SQLITE_I_STATEMENTS(AKOLHOOK_SQLITE_I_SQL)
#undef AKOLHOOK_SQLITE_I_SQL
    };
    /* clang-format on */
    akolhook_status status;
    int i, file = open(s->desc.path, O_RDWR | O_CREAT, 0600); /* it holds secrets */
    if (file >= 0) close(file);
    if (sqlite3_open(s->desc.path, &s->db) != SQLITE_OK) return akolhook_sqlite_i_fail(s);
    sqlite3_busy_timeout(s->db, (int)(s->desc.busy_ms ? s->desc.busy_ms : 5000));
    if (sqlite3_exec(s->db,
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                "PRAGMA secure_delete = ON",
                NULL, NULL, NULL) != SQLITE_OK)
        return akolhook_sqlite_i_fail(s);
    status = akolhook_sqlite_i_make_tables(s);
    for (i = 0; i < AKOLHOOK_SQLITE_I_COUNT_OF && status == AKOLHOOK_OK; i++)
        if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL) !=
                SQLITE_OK)
            status = akolhook_sqlite_i_fail(s);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_sqlite_open(akolhook_sqlite *lite, const akolhook_sqlite_desc *desc) {
    akolhook_store *s = &lite->store;
    memset(lite, 0, sizeof *lite);
    lite->desc = *desc;
    if (!lite->desc.log_rows) lite->desc.log_rows = 64;
    s->user = lite;
    s->poll_ms = desc->poll_ms ? desc->poll_ms : 500;
    s->webhook_put_fn = akolhook_sqlite_i_put;
    s->webhook_set_fn = akolhook_sqlite_i_set;
    s->webhook_get_fn = akolhook_sqlite_i_get;
    s->webhook_list_fn = akolhook_sqlite_i_list;
    s->webhook_delete_fn = akolhook_sqlite_i_delete;
    s->enqueue_fn = akolhook_sqlite_i_enqueue;
    s->redeliver_fn = akolhook_sqlite_i_redeliver;
    s->redeliver_failed_fn = akolhook_sqlite_i_redeliver_failed;
    s->claim_fn = akolhook_sqlite_i_claim;
    s->settle_fn = akolhook_sqlite_i_settle;
    s->next_due_fn = akolhook_sqlite_i_next_due;
    s->log_fn = akolhook_sqlite_i_log;
    s->stats_fn = akolhook_sqlite_i_stats;
    return akolhook_sqlite_i_connect(lite);
}
AKOLHOOK_API const akolhook_store *akolhook_sqlite_store(akolhook_sqlite *lite) { return &lite->store; }

AKOLHOOK_API akolhook_status akolhook_sqlite_purge(akolhook_sqlite *lite, int64_t older_than_ms) {
    int64_t now;
    akolhook_status status = akolhook_sqlite_i_begin(lite, &now);
    if (status != AKOLHOOK_OK) return status;
    if (akolhook_sqlite_i_do(lite, AKOLHOOK_SQLITE_I_PURGE, "i", now - older_than_ms) < 0)
        status = AKOLHOOK_STORE_FAILED;
    return akolhook_sqlite_i_finish(lite, status);
}

AKOLHOOK_API void akolhook_sqlite_close(akolhook_sqlite *lite) {
    int i;

    if (!lite) return;
    while (lite->held) akolhook_sqlite_i_drop_held(lite, lite->held);
    for (i = 0; i < AKOLHOOK_SQLITE_I_COUNT_OF; i++) sqlite3_finalize(lite->statements[i]);
    sqlite3_free(lite->shown);
    sqlite3_free(lite->logged);
    sqlite3_close(lite->db);
    memset(lite, 0, sizeof *lite);
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_SQLITE_IMPLEMENTATION */
