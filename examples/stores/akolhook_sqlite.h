/* akolhook_sqlite.h - where akolhook_hub.h keeps its data: an SQLite file

   Do this in one C or C++ file, with akolhook.h and akolhook_hub.h beside it, and link
   -lsqlite3 (3.24 or later):

       #define AKOLHOOK_SQLITE_IMPLEMENTATION
       #include "akolhook_sqlite.h"

   or, as here, with AKOLHOOK_IMPLEMENT_ALL, which implements the other two as well:

>>> sqlite.c libs sqlite
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#include <stdio.h>

static unsigned char memory[1 << 19]; // akolhook_hub_size(&desc) is the exact need
static unsigned char store_memory[AKOLHOOK_SQLITE_SIZE];

static int failed(const char *why) {
    puts(why);
    return 1;
}

int main(void) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_sqlite *lite;
    akolhook_hub *hub;
    akolhook_status status;

    where.path = "webhooks.db";
    status = akolhook_sqlite_open(&lite, store_memory, sizeof store_memory, &where);
    if (status != AKOLHOOK_OK) {
        puts(akolhook_status_text(status));
        return failed(akolhook_sqlite_error(lite));
    }

    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_sqlite_store(lite);
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
    akolhook_sqlite_close(lite);
    return 0;
}
<<<

   ONE FILE for each business. What a call has answered OK to is on the disk: write-ahead
   log, synchronous=FULL; a call is one transaction. Several hubs and processes of one
   machine may work on one file, each with an akolhook_sqlite of its own; leases see to it
   that each delivery is made by one. A process that finds the file busy waits for busy_ms
   and then answers STORE_FAILED; so does one whose file was moved or replaced. The file
   must not lie on a network file system. Backups: sqlite3's ".backup", never a copy of
   the file alone.

   THE LAYOUT has a number. A file of the one before is changed to this one when it is
   opened, in one transaction: end programs of the version before first; it takes a second
   for 200,000 rows of the log. A file of any other one is refused as STORE_VERSION; a
   database that holds anything else, or another program's application_id, as
   STORE_FOREIGN. Nothing of it has been changed then.

   ROOM. A webhook may have 100,000 deliveries queued, or akolhook_hub_desc.max_queue. The
   log keeps log_rows rows of each webhook. Bodies go by akolhook_hub_desc.keep_hours,
   keys after a day. The file takes up freed pages again and does not shrink by itself:
   "VACUUM" in the sqlite3 shell does that while no hub runs.

   WHAT A CALL COSTS does not depend on how many webhooks or deliveries wait. Exceptions:
   an event visits each webhook; gauges and counters of all webhooks visit each webhook;
   a query of the log goes by webhook, delivery, message, event, by failures, tests or a
   time in which few rows lie; what is left to be looked through is bounded by
   akolhook_hub_log_page. akolhook_hub_log looks through all of it: half a second for
   1,000,000 rows of which it finds none. Deactivation, delete,
   old bodies and keys go in steps of AKOLHOOK_STORE_STEP rows, driven by the hub.

   SECRETS in use stand in the file as they are; it is made with mode 0600, and so are the
   files -wal and -shm beside it. Deleted contents are overwritten in the file
   (secure_delete), and after a new secret or a delete the write-ahead log is emptied, as
   soon as no other process reads it. Secrets pass SQLite through its page cache alone,
   never as arguments of statements, and _close overwrites them there. Not in reach:
   copies of a page that SQLite makes for itself, as when it writes its log into the file;
   pages that it frees when another process has written or its cache is full; blocks of
   the disk that the emptied log had; copies that a file system or a snapshot keeps; core
   dumps, and a process that is killed. URLs, custom headers and bodies are arguments, so
   that memory which SQLite has freed may hold them.

   CLOCKS. Times in the file are the store's own and never jump: see akolhook_hub_clock. A
   machine that boots with a wrong clock gives up nothing early.

   MEMORY on 64-bit systems, each connection:
       akolhook_sqlite     AKOLHOOK_SQLITE_SIZE bytes, yours
       SQLite              2 MB of page cache, 0.5 MB of prepared statements, on its heap
       a delivery          URL, headers and body while it is claimed, on SQLite's heap
       shown rows          texts of the last reading call, until the next call

   THREADS. An akolhook_sqlite and its hub belong to one thread at a time, and to the
   process that opened it: none is used on both sides of a fork.

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
    /* of the file; needed; made when it is missing, with mode 0600. ":memory:" and "file:...", which SQLite
       takes for something else, are refused: ./ before them makes them names of files */
    const char *path;
    uint32_t log_rows; /* kept for each webhook; the same for all hubs on this file (default: 64) */
    uint32_t poll_ms;  /* how often to look for work that other processes added (default: 500) */
    uint32_t busy_ms;  /* how long to wait for another process that writes (default: 5000) */
    /* its two clocks alone are used (default: akolhook_posix_platform; needed under AKOLHOOK_NO_POSIX) */
    const akolhook_platform *platform;
} akolhook_sqlite_desc;

typedef struct akolhook_sqlite akolhook_sqlite;
/* Bytes of an akolhook_sqlite, alignment included: an upper bound on all targets. */
#define AKOLHOOK_SQLITE_SIZE (15u + 448u + sizeof(akolhook_store) + 100u * sizeof(void *))

/* Opens the file and makes the tables where there are none. memory of the caller's, any alignment, must live
   until _close, and so must platform. Returns OK, INVALID_ARGUMENT (no path, or no clock), MEMORY_TOO_SMALL,
   STORE_VERSION, STORE_FOREIGN, STORE_FAILED. *lite is NULL after the first two, else it may be asked for
   its error and must be closed. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_sqlite_open(
        akolhook_sqlite **lite, void *memory, size_t size, const akolhook_sqlite_desc *desc);
/* For akolhook_hub_desc.store; valid until _close. */
AKOLHOOK_API const akolhook_store *akolhook_sqlite_store(const akolhook_sqlite *lite);
/* What SQLite said when a call last answered STORE_FAILED; "" before. Valid until the next call. */
AKOLHOOK_API const char *akolhook_sqlite_error(const akolhook_sqlite *lite);
/* The connection, e.g. for sqlite3_backup_init; it is this struct's and stays open. */
AKOLHOOK_API sqlite3 *akolhook_sqlite_db(const akolhook_sqlite *lite);
/* After the hub is closed; wipes its memory. NULL is legal. */
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
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the layout ----

   Rows that are read and written as a whole are structs of int64_t alone, and one list gives the members, the
   columns and the statements. Times are store times, 0 is "none". */

/* turns: a webhook's row that changes all the time, apart from its configuration. Row 0 has the counters of
   all that were deleted. The first list is what an event looks at. */
/* clang-format off */
#define AKOLHOOK_SQLITE_I_TURN_HOT(X) \
    X(events) \
    X(cls)           /* of its health */ \
    X(queued)        /* deliveries and tests that wait or are in flight */ \
    X(tests)         /* of these */ \
    X(in_flight)     /* of these */ \
    X(ready)         /* 1: in the index by turn of its class */ \
    X(ready_at)      /* above 0: in the index by time. 0: nothing waits, or it is at its cap */ \
    X(turn) \
    X(allowed_us)    /* its rate allows the next claim */ \
    X(parked_until)  /* its origin was full */ \
    X(backoff_until) \
    X(retry_until)
#define AKOLHOOK_SQLITE_I_TURN_REST(X) \
    X(origin) X(rate) \
    X(cut)           /* deliveries up to this number are cut off */ \
    X(cutting)       /* 1: some of them may wait to be ended */ \
    /* of its health */ \
    X(warned) X(code) X(reason) X(failures) X(counted) X(misses) X(estimate_ms) X(failing_since) \
    X(counted_since) X(sick_since) X(missed_at) \
    /* counters; what waits is queued without tests, and with it all that was emitted */ \
    X(delivered) X(failed) X(cancelled) X(dropped) X(skipped) X(attempts) X(attempts_failed) \
    X(tests_made) X(tests_failed) X(last_triggered) X(log_rows) \
    /* unix times: its settings changed, it was set inactive (and by whom), it began to fail */ \
    X(updated_at) X(inactive_at) X(inactive_by) X(sick_at_ms)
#define AKOLHOOK_SQLITE_I_TURN(X) AKOLHOOK_SQLITE_I_TURN_HOT(X) AKOLHOOK_SQLITE_I_TURN_REST(X)

/* deliveries. body: the number of its event. due 0 and urgent: sent now. leased: 1 while its lease runs;
   lease stays, until another follows, so that an answer that came in time counts when it is told late. */
#define AKOLHOOK_SQLITE_I_DELIVERY(X) \
    X(body) X(due) X(leased) X(lease) X(lease_until) X(began) X(created) X(attempt) X(faults) X(is_test) \
    X(urgent) X(cut)

/* store: one row. */
#define AKOLHOOK_SQLITE_I_STORE(X) \
    X(clock_wall)    /* with clock_at: see akolhook_store_clock */ \
    X(floor)         /* the turn of the webhook that was served last, only growing */ \
    X(numbers) X(sequence) X(leases)     /* given out so far */ \
    X(answered_at)   /* the last answer of any receiver */ \
    X(cap)           /* per_webhook of the last claim; 0: none yet */ \
    X(events) X(bytes) X(keys)
/* clang-format on */

#define AKOLHOOK_SQLITE_I_MEMBER(name) int64_t name;
#define AKOLHOOK_SQLITE_I_COLUMN(name) ", " #name
#define AKOLHOOK_SQLITE_I_OF_D(name) ", d." #name
#define AKOLHOOK_SQLITE_I_SET(name) ", " #name " = ?"
#define AKOLHOOK_SQLITE_I_DEFINE(name) ", " #name " INTEGER NOT NULL DEFAULT 0"
#define AKOLHOOK_SQLITE_I_ONE(name) +1

typedef struct akolhook_sqlite_i_turn {
    int64_t webhook, active;
    AKOLHOOK_SQLITE_I_TURN(AKOLHOOK_SQLITE_I_MEMBER)
} akolhook_sqlite_i_turn;
typedef struct akolhook_sqlite_i_row { /* of store */
    int64_t clock_at;
    AKOLHOOK_SQLITE_I_STORE(AKOLHOOK_SQLITE_I_MEMBER)
} akolhook_sqlite_i_row;
typedef struct akolhook_sqlite_i_delivery {
    int64_t number, webhook;
    AKOLHOOK_SQLITE_I_DELIVERY(AKOLHOOK_SQLITE_I_MEMBER)
    int64_t event;
    char message_id[AKOLHOOK_ID_SIZE];
} akolhook_sqlite_i_delivery;
enum {
    AKOLHOOK_SQLITE_I_TURN_HOT_COLUMNS = 2 AKOLHOOK_SQLITE_I_TURN_HOT(AKOLHOOK_SQLITE_I_ONE),
    AKOLHOOK_SQLITE_I_TURN_COLUMNS = 2 AKOLHOOK_SQLITE_I_TURN(AKOLHOOK_SQLITE_I_ONE),
    AKOLHOOK_SQLITE_I_STORE_COLUMNS = 1 AKOLHOOK_SQLITE_I_STORE(AKOLHOOK_SQLITE_I_ONE),
    AKOLHOOK_SQLITE_I_DELIVERY_COLUMNS = 3 AKOLHOOK_SQLITE_I_DELIVERY(AKOLHOOK_SQLITE_I_ONE)
};

#define AKOLHOOK_SQLITE_I_APPLICATION 1634430824 /* "akoh" */
#define AKOLHOOK_SQLITE_I_VERSION 4              /* 1 and 2 were before the first */
#define AKOLHOOK_SQLITE_I_LAST_VERSION 3         /* it becomes a file of this one */

/* What a filter of the log looks at, in the order of the rows: it is read from the index alone. */
#define AKOLHOOK_SQLITE_I_FILTER "sequence, event, at, state, code, success, is_test"
#define AKOLHOOK_SQLITE_I_LOG_INDEXES \
    "CREATE INDEX log_webhook ON log (webhook, " AKOLHOOK_SQLITE_I_FILTER ")", \
            "CREATE INDEX log_event ON log (event, sequence, at, state, code, success, is_test, webhook)", \
            "CREATE INDEX log_at ON log (at)"
#define AKOLHOOK_SQLITE_I_FAILING_INDEX "CREATE INDEX turns_failing ON turns (webhook) WHERE cls = 2"
/* clang-format off */
static const char *const akolhook_sqlite_i_tables[] = {
        "CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), clock_at INTEGER NOT NULL DEFAULT 0"
        AKOLHOOK_SQLITE_I_STORE(AKOLHOOK_SQLITE_I_DEFINE) ")",
        "CREATE TABLE texts (name TEXT PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID",
        "CREATE TABLE webhooks (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL,"
        " url TEXT NOT NULL, headers BLOB NOT NULL, created_at INTEGER NOT NULL,"
        " deadline INTEGER NOT NULL)",
        "CREATE INDEX webhooks_url ON webhooks (url)",
        "CREATE TABLE secrets (webhook INTEGER PRIMARY KEY, secret BLOB NOT NULL)",
        "CREATE TABLE turns (webhook INTEGER PRIMARY KEY, active INTEGER NOT NULL DEFAULT 0"
        AKOLHOOK_SQLITE_I_TURN(AKOLHOOK_SQLITE_I_DEFINE) ")",
        "CREATE INDEX turns_ready ON turns (cls, turn) WHERE ready = 1",
        "CREATE INDEX turns_time ON turns (ready_at) WHERE ready = 0 AND ready_at > 0",
        "CREATE INDEX turns_cutting ON turns (cutting) WHERE cutting = 1",
        AKOLHOOK_SQLITE_I_FAILING_INDEX,
        "CREATE TABLE latency (webhook INTEGER NOT NULL, bucket INTEGER NOT NULL, n INTEGER NOT NULL,"
        " PRIMARY KEY (webhook, bucket)) WITHOUT ROWID",
        "CREATE TABLE gone (webhook INTEGER PRIMARY KEY)", /* deleted, with rows that are left */
        "CREATE TABLE events (number INTEGER PRIMARY KEY, message_id TEXT NOT NULL, event INTEGER NOT NULL,"
        " pending INTEGER NOT NULL, created INTEGER NOT NULL, bytes INTEGER NOT NULL)",
        "CREATE INDEX events_old ON events (created) WHERE pending = 0",
        "CREATE TABLE bodies (event INTEGER PRIMARY KEY, head BLOB NOT NULL, tail BLOB NOT NULL)",
        "CREATE TABLE keys (key BLOB PRIMARY KEY, print BLOB NOT NULL, message_id TEXT NOT NULL,"
        " at INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE INDEX keys_old ON keys (at)",
        "CREATE TABLE deliveries (number INTEGER PRIMARY KEY, webhook INTEGER NOT NULL"
        AKOLHOOK_SQLITE_I_DELIVERY(AKOLHOOK_SQLITE_I_DEFINE) ")",
        "CREATE INDEX deliveries_queue ON deliveries (webhook, due) WHERE leased = 0",
        "CREATE INDEX deliveries_lease ON deliveries (lease_until) WHERE leased = 1",
        "CREATE INDEX deliveries_webhook ON deliveries (webhook)",
        "CREATE TABLE log (sequence INTEGER PRIMARY KEY, webhook INTEGER NOT NULL, number INTEGER NOT NULL,"
        " body INTEGER NOT NULL, message_id TEXT NOT NULL, event INTEGER NOT NULL, at INTEGER NOT NULL,"
        " attempt INTEGER NOT NULL, state INTEGER NOT NULL, retry INTEGER NOT NULL, code INTEGER NOT NULL,"
        " success INTEGER NOT NULL, is_test INTEGER NOT NULL, cut INTEGER NOT NULL,"
        " status INTEGER NOT NULL, phase INTEGER NOT NULL, native INTEGER NOT NULL, ms INTEGER NOT NULL,"
        " lookup INTEGER NOT NULL, connect INTEGER NOT NULL, tls INTEGER NOT NULL, first INTEGER NOT NULL,"
        " peer BLOB NOT NULL, response BLOB NOT NULL, redelivered INTEGER NOT NULL DEFAULT 0)",
        AKOLHOOK_SQLITE_I_LOG_INDEXES,
        "CREATE INDEX log_number ON log (number)",
        "CREATE INDEX log_message ON log (message_id)",
        "CREATE INDEX log_bad ON log (success) WHERE success = 0",
        "CREATE INDEX log_bad_webhook ON log (webhook) WHERE success = 0",
        "CREATE INDEX log_tests ON log (is_test) WHERE is_test = 1",
        "CREATE INDEX log_failed ON log (webhook) WHERE state = 3 AND redelivered = 0 AND is_test = 0",
        "INSERT INTO store (one) VALUES (1)",
        "INSERT INTO turns (webhook) VALUES (0)",
        "PRAGMA application_id = 1634430824",
        "PRAGMA user_version = 4"};
/* From the last layout to this one, in one transaction. */
static const char *const akolhook_sqlite_i_changes[] = {
        "ALTER TABLE turns ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE turns ADD COLUMN inactive_at INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE turns ADD COLUMN inactive_by INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE turns ADD COLUMN sick_at_ms INTEGER NOT NULL DEFAULT 0",
        "UPDATE turns SET updated_at = (SELECT created_at FROM webhooks WHERE number = webhook),"
        " sick_at_ms = CASE WHEN sick_since > 0 THEN sick_since + (SELECT clock_wall - clock_at FROM store)"
        " ELSE 0 END WHERE webhook > 0",
        AKOLHOOK_SQLITE_I_FAILING_INDEX,
        "DROP INDEX log_webhook",
        AKOLHOOK_SQLITE_I_LOG_INDEXES,
        "PRAGMA user_version = 4"};

#define AKOLHOOK_SQLITE_I_LOG_SELECT \
    "SELECT l.sequence, l.number, l.message_id, l.event, l.at, l.attempt, l.state, l.retry, l.code," \
    " l.success, l.is_test, l.cut, l.status, l.phase, l.native, l.ms, l.lookup, l.connect, l.tls, l.first," \
    " l.peer, l.response, w.id, l.body FROM log l "
/* The whole query, whatever index leads to its rows: ?3 cursor, ?4 how many, then what they must meet; ?14
   how far back. A class of codes is the first digit; AKOLHOOK_CODE_NONE, 9, is 0, that of no code. */
#define AKOLHOOK_SQLITE_I_LOG_WHERE \
    " CROSS JOIN webhooks w ON w.number = l.webhook WHERE l.sequence < ?3 AND l.sequence >= ?14" \
    " AND (?5 = 0 OR (?5 >> l.event) & 1) AND (?6 = 0 OR NOT l.success) AND (?7 = 0 OR l.success)" \
    " AND (?8 = 0 OR l.is_test)" \
    " AND (?9 = 0 OR l.state = ?9) AND (?10 = 0 OR l.code / 100 = ?10 % 9) AND (?11 = 0 OR l.at >= ?11)" \
    " AND (?12 = 0 OR l.at < ?12) AND (?1 = 0 OR l.webhook = ?1) AND (?2 = 0 OR l.number = ?2)" \
    " AND (?13 = '' OR l.message_id = ?13)"
#define AKOLHOOK_SQLITE_I_LOG_ORDER " ORDER BY l.sequence DESC LIMIT ?4"
#define AKOLHOOK_SQLITE_I_LOG_LAST " AND sequence < ?2 ORDER BY sequence DESC LIMIT 1 OFFSET ?3"

#define AKOLHOOK_SQLITE_I_STATEMENTS(X) \
    X(BEGIN_READ, "BEGIN") \
    X(BEGIN_WRITE, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    X(ROLLBACK, "ROLLBACK") \
    X(STORE_LOAD, "SELECT clock_at" AKOLHOOK_SQLITE_I_STORE(AKOLHOOK_SQLITE_I_COLUMN) " FROM store") \
    X(STORE_SAVE, \
      "UPDATE store SET clock_at = ?" AKOLHOOK_SQLITE_I_STORE(AKOLHOOK_SQLITE_I_SET) " WHERE one = 1") \
    X(TEXT_GET, "SELECT text FROM texts WHERE name = ?1") \
    X(TEXT_PUT, "INSERT OR REPLACE INTO texts (name, text) VALUES (?1, ?2)") \
    \
    X(HOOK_FIND, "SELECT number FROM webhooks WHERE id = ?1") \
    X(HOOK_COUNT, "SELECT count(*) FROM webhooks") \
    X(HOOK_CLASH, \
      "SELECT 1 FROM webhooks w CROSS JOIN turns t ON t.webhook = w.number WHERE w.url = ?1" \
      " AND (t.events & ?2) <> 0 AND w.number <> ?3 LIMIT 1") \
    X(HOOK_PUT, \
      "INSERT INTO webhooks (number, id, name, url, headers, created_at, deadline)" \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
    X(HOOK_SET, \
      "UPDATE webhooks SET name = CASE WHEN ?2 & 1 THEN ?3 ELSE name END, url = CASE WHEN ?2 & 2 THEN ?4" \
      " ELSE url END, deadline = CASE WHEN ?2 & 64 THEN ?5 ELSE deadline END, headers = CASE WHEN ?2 & 128" \
      " THEN ?6 ELSE headers END WHERE number = ?1") \
    X(HOOK_LIST, \
      "SELECT number, id, name, url, headers, created_at, deadline FROM webhooks WHERE number > ?1" \
      " ORDER BY number LIMIT ?2") \
    X(HOOK_FAILING, \
      "SELECT w.number, w.id, w.name, w.url, w.headers, w.created_at, w.deadline FROM turns t" \
      " CROSS JOIN webhooks w ON w.number = t.webhook WHERE t.cls = 2 AND t.webhook > ?1" \
      " ORDER BY t.webhook LIMIT ?2") \
    X(HOOK_END, "DELETE FROM webhooks WHERE number = ?1") \
    X(SECRET_PUT, "INSERT INTO secrets (webhook, secret) VALUES (?1, zeroblob(?2))") \
    X(SECRET_END, "DELETE FROM secrets WHERE webhook = ?1") \
    /* AKOLHOOK_HUB_SECRET_SIZE, of each. OR FAIL: what could be taken back alone would first be copied */ \
    X(SECRETS_ZERO, "UPDATE OR FAIL secrets SET secret = zeroblob(129)") \
    \
    X(TURN_PUT, "INSERT INTO turns (webhook) VALUES (?1)") \
    X(TURN_LOAD, \
      "SELECT webhook, active" AKOLHOOK_SQLITE_I_TURN(AKOLHOOK_SQLITE_I_COLUMN) " FROM turns" \
      " WHERE webhook = ?1") \
    X(TURN_SAVE, \
      "UPDATE turns SET active = ?" AKOLHOOK_SQLITE_I_TURN(AKOLHOOK_SQLITE_I_SET) " WHERE webhook = ?") \
    X(TURN_END, "DELETE FROM turns WHERE webhook = ?1") \
    X(TURN_FAN, \
      "SELECT webhook, active" AKOLHOOK_SQLITE_I_TURN_HOT(AKOLHOOK_SQLITE_I_COLUMN) " FROM turns" \
      " WHERE webhook > ?1 AND (events >> ?2) & 1 ORDER BY webhook LIMIT ?3") \
    X(TURN_MAKE, \
      "UPDATE turns SET queued = queued + 1, tests = tests + ?2 WHERE webhook = ?1") \
    X(TURN_MAKE_READY, \
      "UPDATE turns SET queued = queued + 1, tests = tests + ?2, ready = ?3, ready_at = ?4, turn = ?5" \
      " WHERE webhook = ?1") \
    /* the same for all who subscribe between two webhooks, and who get it */ \
    X(TURN_MAKE_ALL, \
      "UPDATE turns SET queued = queued + 1 WHERE webhook >= ?1 AND webhook <= ?2 AND (events >> ?3) & 1") \
    X(TURN_MAKE_ALL_READY, \
      "UPDATE turns SET queued = queued + 1, ready = 1, ready_at = 0," \
      " turn = CASE ready WHEN 1 THEN turn ELSE max(turn, ?4) END WHERE webhook >= ?1 AND webhook <= ?2" \
      " AND (events >> ?3) & 1") \
    X(TURN_SKIP, "UPDATE turns SET skipped = skipped + 1 WHERE webhook = ?1") \
    X(TURN_WAKE, \
      "SELECT webhook FROM turns WHERE ready = 0 AND ready_at > 0 AND ready_at <= ?1 ORDER BY ready_at" \
      " LIMIT 1") \
    X(TURN_TIME, "SELECT ready_at FROM turns WHERE ready = 0 AND ready_at > 0 ORDER BY ready_at LIMIT 1") \
    X(TURN_NEXT, \
      "SELECT turn, webhook, origin FROM turns WHERE ready = 1 AND cls = ?1 AND (turn, webhook) > (?2, ?3)" \
      " ORDER BY turn, webhook LIMIT 1") \
    /* a higher cap: those that stood at the old one are looked at anew */ \
    X(TURN_RAISE, \
      "UPDATE turns SET ready_at = 1 WHERE ready = 0 AND ready_at = 0 AND queued > in_flight") \
    X(TURN_CUTTING, "SELECT webhook FROM turns WHERE cutting = 1 LIMIT 1") \
    X(TURN_LONG, "SELECT webhook FROM turns WHERE log_rows > ?1 LIMIT 1") \
    X(LATENCY, \
      "INSERT INTO latency (webhook, bucket, n) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE SET n = n + 1") \
    X(LATENCY_GET, "SELECT bucket, n FROM latency WHERE webhook = ?1") \
    X(LATENCY_ALL, "SELECT bucket, n FROM latency") \
    X(LATENCY_KEEP, \
      "INSERT INTO latency (webhook, bucket, n) SELECT 0, bucket, n FROM latency WHERE webhook = ?1" \
      " ON CONFLICT DO UPDATE SET n = n + excluded.n") \
    X(LATENCY_END, "DELETE FROM latency WHERE webhook = ?1") \
    X(STATS_ALL, \
      "SELECT sum(delivered), sum(failed), sum(cancelled), sum(dropped), sum(queued - tests), sum(skipped)," \
      " sum(attempts), sum(attempts_failed), sum(tests_made)," \
      " sum(tests_failed) FROM turns") \
    X(GAUGES, "SELECT count(*) - 1, sum(queued), sum(in_flight), sum(cls = 2) FROM turns") \
    X(GONE_PUT, "INSERT INTO gone (webhook) VALUES (?1)") \
    /* those with anything to be removed now */ \
    X(GONE_GET, \
      "SELECT webhook FROM gone g WHERE webhook > ?1 AND (EXISTS (SELECT 1 FROM log" \
      " WHERE webhook = g.webhook) OR EXISTS (SELECT 1 FROM deliveries WHERE webhook = g.webhook" \
      " AND leased = 0) OR NOT EXISTS (SELECT 1 FROM deliveries WHERE webhook = g.webhook))" \
      " ORDER BY webhook LIMIT 1") \
    X(GONE_END, "DELETE FROM gone WHERE webhook = ?1") \
    \
    X(KEY_GET, "SELECT message_id, print FROM keys WHERE key = ?1") \
    X(KEY_PUT, "INSERT INTO keys (key, print, message_id, at) VALUES (?1, ?2, ?3, ?4)") \
    X(KEY_OLD, "SELECT key FROM keys WHERE at < ?1 ORDER BY at LIMIT 1") \
    X(KEY_AGE, "SELECT at FROM keys ORDER BY at LIMIT 1") \
    X(KEY_END, "DELETE FROM keys WHERE key = ?1") \
    X(EVENT_PUT, \
      "INSERT INTO events (number, message_id, event, pending, created, bytes)" \
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)") \
    X(EVENT_GET, "SELECT message_id, event FROM events WHERE number = ?1") \
    X(EVENT_ADD, "UPDATE events SET pending = pending + ?2 WHERE number = ?1") \
    X(EVENT_OLD, \
      "SELECT number, bytes FROM events WHERE pending = 0 AND created < ?1 ORDER BY created LIMIT 1") \
    X(EVENT_END, "DELETE FROM events WHERE number = ?1") \
    X(BODY_PUT, "INSERT INTO bodies (event, head, tail) VALUES (?1, ?2, ?3)") \
    X(BODY_GET, "SELECT head, tail FROM bodies WHERE event = ?1") \
    X(BODY_END, "DELETE FROM bodies WHERE event = ?1") \
    \
    X(DELIVERY_PUT, \
      "INSERT INTO deliveries (number, webhook, body, due, created, is_test)" \
      " VALUES (?1, ?2, ?3, ?4, ?4, ?5)") \
    X(DELIVERY_PUT_ALL, \
      "INSERT INTO deliveries (number, webhook, body, due, created)" \
      " SELECT akolhook_next(), webhook, ?4, ?5, ?5 FROM turns WHERE webhook >= ?1 AND webhook <= ?2" \
      " AND (events >> ?3) & 1 ORDER BY webhook") \
    X(DELIVERY_GET, \
      "SELECT d.number, d.webhook" AKOLHOOK_SQLITE_I_DELIVERY(AKOLHOOK_SQLITE_I_OF_D) ", e.event," \
      " e.message_id FROM deliveries d CROSS JOIN events e ON e.number = d.body WHERE d.number = ?1") \
    X(DELIVERY_HEAD, \
      "SELECT number, due, urgent FROM deliveries WHERE webhook = ?1 AND leased = 0" \
      " ORDER BY due, number LIMIT 1") \
    X(DELIVERY_OLDEST, "SELECT created FROM deliveries WHERE webhook = ?1 ORDER BY number LIMIT 1") \
    X(DELIVERY_OLDEST_ALL, \
      "SELECT d.created FROM deliveries d CROSS JOIN turns t ON t.webhook = d.webhook ORDER BY d.number" \
      " LIMIT 1") \
    X(DELIVERY_CUT, \
      "SELECT number FROM deliveries WHERE webhook = ?1 AND leased = 0 AND number <= ?2" \
      " AND number > ?3 ORDER BY number LIMIT 1") \
    X(DELIVERY_EXPIRED, \
      "SELECT number FROM deliveries WHERE leased = 1 AND lease_until <= ?1 ORDER BY lease_until LIMIT 1") \
    X(DELIVERY_TIME, "SELECT lease_until FROM deliveries WHERE leased = 1 ORDER BY lease_until LIMIT 1") \
    X(DELIVERY_LEASE, \
      "UPDATE deliveries SET leased = 1, lease = ?2, lease_until = ?3, began = ?4, urgent = 0" \
      " WHERE number = ?1") \
    X(DELIVERY_BACK, \
      "UPDATE deliveries SET leased = 0, lease = ?2, due = ?3, attempt = ?4, faults = ?5 WHERE number = ?1") \
    X(DELIVERY_NOW, "UPDATE deliveries SET due = 0, urgent = 1 WHERE number = ?1") \
    X(DELIVERY_SEVER, "UPDATE deliveries SET cut = 1 WHERE number = ?1") \
    X(DELIVERY_END, "DELETE FROM deliveries WHERE number = ?1") \
    X(DELIVERY_LIST, \
      "SELECT d.number FROM deliveries d CROSS JOIN webhooks w ON w.number = d.webhook" \
      " WHERE d.number > ?1 ORDER BY d.number LIMIT ?2") \
    X(DELIVERY_LIST_OF, \
      "SELECT number FROM deliveries WHERE webhook = ?1 AND number > ?2 ORDER BY number LIMIT ?3") \
    X(CLAIM, \
      "SELECT w.id, w.url, w.headers, w.deadline, b.head, b.tail FROM webhooks w CROSS JOIN bodies b" \
      " WHERE w.number = ?1 AND b.event = ?2") \
    X(HOOK_ID, "SELECT id FROM webhooks WHERE number = ?1") \
    \
    X(LOG_PUT, \
      "INSERT INTO log (sequence, webhook, number, body, message_id, event, at, attempt, state, retry," \
      " code, success, is_test, cut, status, phase, native, ms, lookup, connect, tls, first, peer," \
      " response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(LOG_OLDEST, "SELECT sequence FROM log WHERE webhook = ?1 ORDER BY sequence LIMIT 1") \
    X(LOG_END, "DELETE FROM log WHERE sequence = ?1") \
    X(LOG_NEWEST, \
      "SELECT l.sequence, l.webhook, l.body, l.is_test FROM log l CROSS JOIN webhooks w" \
      " ON w.number = l.webhook WHERE l.number = ?1 ORDER BY l.sequence DESC LIMIT 1") \
    X(LOG_FAILED, \
      "SELECT l.sequence, l.body FROM log l CROSS JOIN events e ON e.number = l.body" \
      " WHERE l.webhook = ?1 AND l.state = 3 AND l.redelivered = 0 AND l.is_test = 0 AND l.at >= ?2" \
      " AND l.sequence > ?3 ORDER BY l.sequence LIMIT 1") \
    X(LOG_MARK, "UPDATE log SET redelivered = 1 WHERE sequence = ?1") \
    /* in the order of akolhook_sqlite_i_log_way */ \
    X(LOG_BY_NUMBER, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_number" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.number = ?2" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_BY_MESSAGE, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_message" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.message_id = ?13" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_BAD_WEBHOOK, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_bad_webhook" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.webhook = ?1 AND l.success = 0" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_BY_WEBHOOK, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_webhook" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.webhook = ?1" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_TESTS, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_tests" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.is_test = 1" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_BAD, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_bad" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.success = 0" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_EVENT, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "INDEXED BY log_event" AKOLHOOK_SQLITE_I_LOG_WHERE \
      " AND l.event = ?15" AKOLHOOK_SQLITE_I_LOG_ORDER) \
    X(LOG_ALL, \
      AKOLHOOK_SQLITE_I_LOG_SELECT "NOT INDEXED" AKOLHOOK_SQLITE_I_LOG_WHERE AKOLHOOK_SQLITE_I_LOG_ORDER) \
    /* the last of the rows that such a query may look at, in the same order: ?1 what leads to them, \
       ?2 cursor, ?3 one less than their number */ \
    X(LAST_BY_NUMBER, \
      "SELECT sequence FROM log INDEXED BY log_number WHERE number = ?1" AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_BY_MESSAGE, \
      "SELECT sequence FROM log INDEXED BY log_message WHERE message_id = ?1" AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_BAD_WEBHOOK, \
      "SELECT sequence FROM log INDEXED BY log_bad_webhook WHERE webhook = ?1 AND success = 0" \
      AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_BY_WEBHOOK, \
      "SELECT sequence FROM log INDEXED BY log_webhook WHERE webhook = ?1" AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_TESTS, \
      "SELECT sequence FROM log INDEXED BY log_tests WHERE ?1 = 0 AND is_test = 1" \
      AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_BAD, \
      "SELECT sequence FROM log INDEXED BY log_bad WHERE ?1 = 0 AND success = 0" AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_EVENT, \
      "SELECT sequence FROM log INDEXED BY log_event WHERE event = ?1" AKOLHOOK_SQLITE_I_LOG_LAST) \
    X(LAST_ALL, "SELECT sequence FROM log NOT INDEXED WHERE ?1 = 0" AKOLHOOK_SQLITE_I_LOG_LAST) \
    /* the rows of a time, where they are few */ \
    X(LOG_TIME, \
      "SELECT count(*), min(sequence), max(sequence) FROM (SELECT sequence FROM log INDEXED BY log_at" \
      " WHERE at >= ?1 AND at < ?2 LIMIT ?3)")
/* clang-format on */

enum {
#define AKOLHOOK_SQLITE_I_ENUM(name, sql) AKOLHOOK_SQLITE_I_##name,
    AKOLHOOK_SQLITE_I_STATEMENTS(AKOLHOOK_SQLITE_I_ENUM)
#undef AKOLHOOK_SQLITE_I_ENUM
            AKOLHOOK_SQLITE_I_COUNT
};

/* Bytes on SQLite's heap that a claim's or a shown row's slices point to; they follow. */
typedef struct akolhook_sqlite_i_block {
    struct akolhook_sqlite_i_block *next, *prev;
    size_t len;
} akolhook_sqlite_i_block;

struct akolhook_sqlite {
    akolhook_store store;
    akolhook_sqlite_desc desc;
    sqlite3 *db;
    sqlite3_stmt *statements[AKOLHOOK_SQLITE_I_COUNT];
    akolhook_sqlite_i_block *held;  /* of claims that are not settled */
    akolhook_sqlite_i_block *shown; /* of the last reading call */
    sqlite3_blob *blob;             /* a row of secrets, open during a transaction */
    akolhook_store_clock clock;
    akolhook_sqlite_i_row row;  /* as it stands in this transaction, */
    akolhook_sqlite_i_row read; /* and as it was read */
    int64_t now;                /* of this transaction */
    uint32_t patience_ms;       /* how long to wait for another process */
    uint32_t waited_ms;         /* of it, for the lock of this moment */
    uint8_t failed;             /* in this transaction: the rest of it does nothing */
    uint8_t writes;             /* it is a writing one */
    uint8_t scrubs;             /* an old secret is still in the write-ahead log, or the disk was full */
    uint8_t trims;              /* rings may be longer than log_rows, of an earlier desc */
    char error[160];
};
/* The compiler refuses this when AKOLHOOK_SQLITE_SIZE is too small. */
typedef char
        akolhook_sqlite_i_size_holds[sizeof(struct akolhook_sqlite) + 15 <= AKOLHOOK_SQLITE_SIZE ? 1 : -1];

/* ---- calling SQLite: what fails first in a transaction is kept, and what follows does nothing ---- */

static void akolhook_sqlite_i_fail(akolhook_sqlite *s, const char *why) {
    if (!s->failed) sqlite3_snprintf((int)sizeof s->error, s->error, "%s", why);
    if (sqlite3_errcode(s->db) == SQLITE_FULL) s->scrubs = 1;
    s->failed = 1;
}
/* Binds arguments in their order: i an int64_t, t a C string, s and b an akolhook_str as text and as bytes.
   They stay where they are until the statement is done: SQLite makes no copy that it would not wipe. */
static int akolhook_sqlite_i_bind(sqlite3_stmt *statement, const char *types, va_list args) {
    akolhook_str text;
    int at, bad = 0;

    for (at = 1; *types; at++, types++) {
        if (*types == 'i') {
            bad |= sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
            continue;
        }
        text = *types == 't' ? akolhook_str_c(va_arg(args, const char *)) : va_arg(args, akolhook_str);
        if (!text.ptr) text.ptr = "";
        bad |= *types == 'b'
                       ? sqlite3_bind_blob64(statement, at, text.ptr, text.len, SQLITE_STATIC)
                       : sqlite3_bind_text64(statement, at, text.ptr, text.len, SQLITE_STATIC, SQLITE_UTF8);
    }
    return !bad;
}
static void akolhook_sqlite_i_done(sqlite3_stmt *statement) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}
/* The next row: 1; 0: there is none, and the statement is done. */
static int akolhook_sqlite_i_step(akolhook_sqlite *s, sqlite3_stmt *statement) {
    int result = s->failed ? SQLITE_DONE : sqlite3_step(statement);

    if (result == SQLITE_ROW) return 1;
    if (result != SQLITE_DONE) akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
    akolhook_sqlite_i_done(statement);
    return 0;
}
/* The first row of a query, to be left by _step or _done; NULL: there is none. */
static sqlite3_stmt *akolhook_sqlite_i_ask_list(
        akolhook_sqlite *s, int which, const char *types, va_list args) {
    sqlite3_stmt *statement = s->statements[which];

    if (s->failed) return NULL;
    if (!akolhook_sqlite_i_bind(statement, types, args)) akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
    return akolhook_sqlite_i_step(s, statement) ? statement : NULL;
}
static sqlite3_stmt *akolhook_sqlite_i_ask(akolhook_sqlite *s, int which, const char *types, ...) {
    sqlite3_stmt *r;
    va_list args;

    va_start(args, types);
    r = akolhook_sqlite_i_ask_list(s, which, types, args);
    va_end(args);
    return r;
}
static void akolhook_sqlite_i_do(akolhook_sqlite *s, int which, const char *types, ...) {
    va_list args;

    va_start(args, types);
    (void)akolhook_sqlite_i_ask_list(s, which, types, args); /* it gives no rows */
    va_end(args);
}
/* The number in the first column of the first row; none when there is no row. Arguments as above. */
static int64_t akolhook_sqlite_i_number(akolhook_sqlite *s, int which, int64_t none, const char *types, ...) {
    int64_t number;
    sqlite3_stmt *r;
    va_list args;

    va_start(args, types);
    r = akolhook_sqlite_i_ask_list(s, which, types, args);
    va_end(args);
    if (!r) return none;
    number = sqlite3_column_int64(r, 0);
    akolhook_sqlite_i_done(r);
    return number;
}

static akolhook_str akolhook_sqlite_i_str(sqlite3_stmt *r, int column) {
    const void *bytes = sqlite3_column_blob(r, column);

    return akolhook_str_n(bytes, bytes ? (size_t)sqlite3_column_bytes(r, column) : 0);
}
static void akolhook_sqlite_i_id(sqlite3_stmt *r, int column, char id[AKOLHOOK_ID_SIZE]) {
    akolhook_str text = akolhook_sqlite_i_str(r, column);

    memset(id, 0, AKOLHOOK_ID_SIZE);
    if (text.len < AKOLHOOK_ID_SIZE && text.len) memcpy(id, text.ptr, text.len);
}
/* A struct of int64_t alone, to and from the columns of a row. */
static void akolhook_sqlite_i_get_all(sqlite3_stmt *r, void *members, int count) {
    int64_t value;
    int i;

    for (i = 0; i < count; i++) {
        value = sqlite3_column_int64(r, i);
        memcpy((char *)members + (size_t)i * sizeof value, &value, sizeof value);
    }
}
/* skip: members in front that are bound behind the others. */
static void akolhook_sqlite_i_put_all(
        akolhook_sqlite *s, int which, const void *members, int count, int skip) {
    sqlite3_stmt *statement = s->statements[which];
    int64_t value;
    int i, bad = 0;

    if (s->failed) return;
    for (i = 0; i < count; i++) {
        memcpy(&value, (const char *)members + (size_t)i * sizeof value, sizeof value);
        bad |= sqlite3_bind_int64(statement, i < skip ? count - skip + i + 1 : i - skip + 1, value);
    }
    if (bad) akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
    (void)akolhook_sqlite_i_step(s, statement); /* it gives no rows */
}

/* ---- blocks ---- */

/* len bytes, in front of a list; NULL: failed. */
static char *akolhook_sqlite_i_keep(akolhook_sqlite *s, akolhook_sqlite_i_block **list, size_t len) {
    akolhook_sqlite_i_block *block;

    if (s->failed) return NULL;
    block = (akolhook_sqlite_i_block *)sqlite3_malloc64(sizeof *block + len);
    if (!block) {
        akolhook_sqlite_i_fail(s, "out of memory");
        return NULL;
    }
    block->len = len;
    block->prev = NULL;
    block->next = *list;
    if (*list) (*list)->prev = block;
    *list = block;
    return (char *)(block + 1);
}
/* Copies what a row shows; it lives until the next call. */
static akolhook_str akolhook_sqlite_i_show(akolhook_sqlite *s, akolhook_str text) {
    char *kept = text.len ? akolhook_sqlite_i_keep(s, &s->shown, text.len) : NULL;

    if (!kept) return akolhook_str_n(NULL, 0);
    memcpy(kept, text.ptr, text.len);
    return akolhook_str_n(kept, text.len);
}
static void akolhook_sqlite_i_drop(akolhook_sqlite_i_block **list, akolhook_sqlite_i_block *block) {
    if (block->next) block->next->prev = block->prev;
    if (block->prev)
        block->prev->next = block->next;
    else
        *list = block->next;
    akolhook_wipe(block, sizeof *block + block->len);
    sqlite3_free(block);
}

/* ---- transactions: each call is one ---- */

/* Waits for another process that writes: a short while each time, and not the same. SQLite's own handler soon
   looks ten times a second only, and would find one that writes again and again at it each time. */
static int akolhook_sqlite_i_wait(void *user, int tries) {
    const int longest_ms = 3;
    akolhook_sqlite *s = (akolhook_sqlite *)user;

    if (tries == 0) s->waited_ms = 0;
    if (s->waited_ms >= s->patience_ms) return 0;
    s->waited_ms += (uint32_t)sqlite3_sleep(1 + tries % longest_ms);
    return 1;
}
static void akolhook_sqlite_i_patience(akolhook_sqlite *s, uint32_t ms) {
    s->patience_ms = ms < INT32_MAX ? ms : INT32_MAX;
    (void)sqlite3_busy_handler(s->db, akolhook_sqlite_i_wait, s);
}
/* Overwrites the secrets in SQLite's page cache: a change that is taken back leaves the changed pages to be
   freed. Another process that writes in this moment prevents it. */
static void akolhook_sqlite_i_forget(akolhook_sqlite *s) {
    static const int steps[] = {
            AKOLHOOK_SQLITE_I_BEGIN_WRITE, AKOLHOOK_SQLITE_I_SECRETS_ZERO, AKOLHOOK_SQLITE_I_ROLLBACK};
    size_t i;

    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (i > 0 && sqlite3_get_autocommit(s->db))
            return; /* never outside of a transaction: it would stay */
        (void)sqlite3_step(s->statements[steps[i]]);
        sqlite3_reset(s->statements[steps[i]]);
    }
}
/* Empties the write-ahead log, so that nothing of an old secret stays there, and that a disk which was full
   has its room again. While others read it, that is left to a later call. */
static void akolhook_sqlite_i_scrub(akolhook_sqlite *s) {
    akolhook_sqlite_i_patience(s, 0);
    akolhook_sqlite_i_forget(s); /* SQLite reads the file anew then, and frees what it had */
    s->scrubs = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK;
    akolhook_sqlite_i_patience(s, s->desc.busy_ms);
}

/* What is written to a file that has another name now, or none, is lost; nobody would be told. */
static void akolhook_sqlite_i_check_place(akolhook_sqlite *s) {
    int has_moved = 0;

    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    if (has_moved) akolhook_sqlite_i_fail(s, "the file was moved, replaced or removed: open it again");
}
static akolhook_status akolhook_sqlite_i_begin(akolhook_sqlite *s, int writes) {
    const akolhook_platform *p = s->desc.platform;
    sqlite3_stmt *r;

    s->failed = 0;
    s->writes = (uint8_t)writes;
    if (writes) akolhook_sqlite_i_check_place(s);
    if (s->scrubs && writes) akolhook_sqlite_i_scrub(s);
    while (s->shown) akolhook_sqlite_i_drop(&s->shown, s->shown);
    akolhook_sqlite_i_do(s, writes ? AKOLHOOK_SQLITE_I_BEGIN_WRITE : AKOLHOOK_SQLITE_I_BEGIN_READ, "");
    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_STORE_LOAD, "");
    if (r) {
        akolhook_sqlite_i_get_all(r, &s->read, AKOLHOOK_SQLITE_I_STORE_COLUMNS);
        akolhook_sqlite_i_done(r);
    }

    s->row = s->read;
    if (!s->failed)
        s->now = akolhook_hub_clock_shared(&s->clock, s->read.clock_at, s->read.clock_wall,
                p->unix_ms_fn(p->user), p->monotonic_ms_fn(p->user));
    s->row.clock_at = s->now;
    s->row.clock_wall = s->clock.wall_ms;
    return s->failed ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_begin_read(akolhook_sqlite *s) {
    return akolhook_sqlite_i_begin(s, 0);
}
static akolhook_status akolhook_sqlite_i_begin_write(akolhook_sqlite *s) {
    return akolhook_sqlite_i_begin(s, 1);
}
static akolhook_status akolhook_sqlite_i_end(akolhook_sqlite *s, akolhook_status status) {
    sqlite3_blob_close(s->blob);
    s->blob = NULL;
    if (s->failed) status = AKOLHOOK_STORE_FAILED;
    if (status == AKOLHOOK_OK && s->writes)
        akolhook_sqlite_i_put_all(
                s, AKOLHOOK_SQLITE_I_STORE_SAVE, &s->row, AKOLHOOK_SQLITE_I_STORE_COLUMNS, 0);
    if (status == AKOLHOOK_OK || !s->writes) akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_COMMIT, "");
    if (s->failed) status = AKOLHOOK_STORE_FAILED;

    /* SQLite may have rolled it back by itself */
    if (!sqlite3_get_autocommit(s->db)) {
        (void)sqlite3_step(s->statements[AKOLHOOK_SQLITE_I_ROLLBACK]);
        sqlite3_reset(s->statements[AKOLHOOK_SQLITE_I_ROLLBACK]);
    }
    return status;
}
/* ---- turns ---- */

/* 1; 0: there is no such webhook. */
static int akolhook_sqlite_i_turn_load(akolhook_sqlite *s, int64_t webhook, akolhook_sqlite_i_turn *t) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_TURN_LOAD, "i", webhook);

    if (!r) return 0;
    akolhook_sqlite_i_get_all(r, t, AKOLHOOK_SQLITE_I_TURN_COLUMNS);
    akolhook_sqlite_i_done(r);
    return 1;
}
static void akolhook_sqlite_i_turn_save(akolhook_sqlite *s, const akolhook_sqlite_i_turn *t) {
    akolhook_sqlite_i_put_all(s, AKOLHOOK_SQLITE_I_TURN_SAVE, t, AKOLHOOK_SQLITE_I_TURN_COLUMNS, 1);
}

/* The members that have one name in both. */
/* clang-format off */
#define AKOLHOOK_SQLITE_I_HEALTH(X) \
    X(sick_at_ms, int64_t) X(failing_since, int64_t) X(counted_since, int64_t) X(sick_since, int64_t) \
    X(missed_at, int64_t) \
    X(backoff_until, int64_t) X(retry_until, int64_t) X(failures, uint32_t) X(counted, uint32_t) \
    X(misses, uint32_t) X(estimate_ms, int32_t) X(code, int32_t) X(reason, akolhook_status) \
    X(cls, akolhook_class)
/* clang-format on */
static void akolhook_sqlite_i_health_get(const akolhook_sqlite_i_turn *t, akolhook_store_health *h) {
    memset(h, 0, sizeof *h);
#define AKOLHOOK_SQLITE_I_GET(name, type) h->name = (type)t->name;
    AKOLHOOK_SQLITE_I_HEALTH(AKOLHOOK_SQLITE_I_GET)
#undef AKOLHOOK_SQLITE_I_GET
    h->is_warned = (uint8_t)t->warned;
}
static void akolhook_sqlite_i_health_put(akolhook_sqlite_i_turn *t, const akolhook_store_health *h) {
#define AKOLHOOK_SQLITE_I_PUT(name, type) t->name = (int64_t)h->name;
    AKOLHOOK_SQLITE_I_HEALTH(AKOLHOOK_SQLITE_I_PUT)
#undef AKOLHOOK_SQLITE_I_PUT
    t->warned = h->is_warned;
}
/* A clean health; it stands with the others at the floor. */
static void akolhook_sqlite_i_health_clear(akolhook_sqlite *s, akolhook_sqlite_i_turn *t) {
    akolhook_store_health clean;

    akolhook_hub_health_clear(&clean, s->now);
    akolhook_sqlite_i_health_put(t, &clean);
    t->turn = s->row.floor;
}

/* The head of a webhook's queue, number and due; 0: nothing waits. */
typedef struct akolhook_sqlite_i_head {
    int64_t number, due, urgent;
} akolhook_sqlite_i_head;
static int akolhook_sqlite_i_head_of(akolhook_sqlite *s, int64_t webhook, akolhook_sqlite_i_head *head) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_DELIVERY_HEAD, "i", webhook);

    if (!r) return 0;
    akolhook_sqlite_i_get_all(r, head, 3);
    akolhook_sqlite_i_done(r);
    return 1;
}
static int64_t akolhook_sqlite_i_cap(const akolhook_sqlite *s, const akolhook_sqlite_i_turn *t) {
    if (!s->row.cap) return INT64_MAX;
    return t->cls == AKOLHOOK_CLASS_FAILING ? 1 : s->row.cap;
}
/* When what is due then may be claimed, places apart. */
static int64_t akolhook_sqlite_i_ready_at(const akolhook_sqlite_i_turn *t, int64_t due, int64_t urgent) {
    akolhook_store_health health;
    int64_t at;

    memset(&health, 0, sizeof health);
    health.backoff_until = t->backoff_until;
    health.retry_until = t->retry_until;
    at = akolhook_hub_ready_at(&health, due, urgent != 0, t->allowed_us);
    return at < t->parked_until ? t->parked_until : at;
}
static void akolhook_sqlite_i_place_at(akolhook_sqlite *s, akolhook_sqlite_i_turn *t, int64_t at) {
    int was_ready = t->ready != 0;

    t->ready = at <= s->now;
    t->ready_at = t->ready ? 0 : at;
    if (t->ready && !was_ready && t->turn < s->row.floor) t->turn = s->row.floor;
}
/* Puts a webhook where it belongs, after anything of it changed. */
static void akolhook_sqlite_i_place(akolhook_sqlite *s, akolhook_sqlite_i_turn *t) {
    akolhook_sqlite_i_head head;

    if (t->in_flight < akolhook_sqlite_i_cap(s, t) && akolhook_sqlite_i_head_of(s, t->webhook, &head))
        akolhook_sqlite_i_place_at(s, t, akolhook_sqlite_i_ready_at(t, head.due, head.urgent));
    else
        t->ready = t->ready_at = 0;
    akolhook_sqlite_i_turn_save(s, t);
}

/* ---- the log ---- */

static void akolhook_sqlite_i_log_put(akolhook_sqlite *s, akolhook_sqlite_i_turn *t, int64_t body,
        const char *message_id, const akolhook_log_row *row) {
    int64_t oldest;
    int i;

    /* the ring: the oldest makes room, and one more while it is too long */
    for (i = 0; i < 2 && t->log_rows >= (int64_t)s->desc.log_rows; i++) {
        oldest = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_LOG_OLDEST, 0, "i", t->webhook);
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LOG_END, "i", oldest);
        t->log_rows--;
    }

    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LOG_PUT, "iiiitiiiiiiiiiiiiiiiiibb", ++s->row.sequence,
            t->webhook, (int64_t)row->number, body, message_id, (int64_t)row->event, row->at_ms,
            (int64_t)row->attempt, (int64_t)row->state, row->retry_ms, (int64_t)row->code,
            (int64_t)row->success, (int64_t)row->is_test, (int64_t)row->response_cut, (int64_t)row->status,
            (int64_t)row->phase, (int64_t)row->native_error, (int64_t)row->ms, (int64_t)row->lookup_ms,
            (int64_t)row->connect_ms, (int64_t)row->tls_ms, (int64_t)row->first_byte_ms,
            akolhook_str_n(&row->peer, sizeof row->peer), row->response);
    t->log_rows++;
}
/* The end of a delivery without an attempt. */
static void akolhook_sqlite_i_log_end(akolhook_sqlite *s, akolhook_sqlite_i_turn *t,
        const akolhook_sqlite_i_delivery *d, akolhook_delivery_state state, akolhook_status status,
        int64_t at_ms) {
    akolhook_log_row row;

    memset(&row, 0, sizeof row);
    row.event = (akolhook_event)d->event;
    row.is_test = (uint8_t)d->is_test;
    row.at_ms = at_ms;
    row.number = (uint64_t)d->number;
    row.state = state;
    row.status = status;
    row.lookup_ms = row.connect_ms = row.tls_ms = row.first_byte_ms = -1;
    akolhook_sqlite_i_log_put(s, t, d->body, d->message_id, &row);
}

/* ---- deliveries ---- */

static int akolhook_sqlite_i_delivery_load(
        akolhook_sqlite *s, int64_t number, akolhook_sqlite_i_delivery *d) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_DELIVERY_GET, "i", number);

    if (!r) return 0;
    akolhook_sqlite_i_get_all(r, d, AKOLHOOK_SQLITE_I_DELIVERY_COLUMNS);
    akolhook_sqlite_i_id(r, AKOLHOOK_SQLITE_I_DELIVERY_COLUMNS, d->message_id);
    akolhook_sqlite_i_done(r);
    return 1;
}
/* Removes it; its event's body is kept, for redelivery, by one delivery less. */
static void akolhook_sqlite_i_delivery_remove(akolhook_sqlite *s, const akolhook_sqlite_i_delivery *d) {
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_END, "i", d->number);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT_ADD, "ii", d->body, (int64_t)-1);
}
/* Ends a delivery whose lease, if it had one, is counted as ended. */
static void akolhook_sqlite_i_delivery_end(akolhook_sqlite *s, akolhook_sqlite_i_turn *t,
        const akolhook_sqlite_i_delivery *d, akolhook_delivery_state state) {
    akolhook_sqlite_i_delivery_remove(s, d);
    t->queued--;
    t->tests -= d->is_test;
    if (d->is_test) return;
    t->delivered += state == AKOLHOOK_DELIVERY_DELIVERED;
    t->failed += state == AKOLHOOK_DELIVERY_FAILED;
    t->cancelled += state == AKOLHOOK_DELIVERY_CANCELLED;
}
static int akolhook_sqlite_i_is_cut(const akolhook_sqlite_i_turn *t, const akolhook_sqlite_i_delivery *d) {
    return d->cut || d->number <= t->cut;
}
/* The same with a row, for one that was cut off. */
static void akolhook_sqlite_i_delivery_cancel(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, const akolhook_sqlite_i_delivery *d, int64_t at_ms) {
    akolhook_sqlite_i_log_end(s, t, d, AKOLHOOK_DELIVERY_CANCELLED,
            d->number <= t->cut ? AKOLHOOK_WEBHOOK_INACTIVE : AKOLHOOK_CANCELLED, at_ms);
    akolhook_sqlite_i_delivery_end(s, t, d, AKOLHOOK_DELIVERY_CANCELLED);
}
/* Ends up to *left waiting deliveries of a webhook that were cut off, and takes them off *left. */
static void akolhook_sqlite_i_cut_end(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, uint32_t *left, int64_t at_ms) {
    akolhook_sqlite_i_delivery d;
    sqlite3_stmt *r;
    int64_t last = 0;

    while (*left) {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_DELIVERY_CUT, "iii", t->webhook, t->cut, last);
        if (!r) {
            t->cutting = 0;
            break;
        }
        last = sqlite3_column_int64(r, 0);
        akolhook_sqlite_i_done(r);
        if (akolhook_sqlite_i_delivery_load(s, last, &d)) akolhook_sqlite_i_delivery_cancel(s, t, &d, at_ms);
        --*left;
    }
    akolhook_sqlite_i_place(s, t);
}
/* Cuts off everything that waits or is in flight. */
static void akolhook_sqlite_i_stop(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, akolhook_inactive_by by, int64_t at_ms) {
    if (t->active) {
        t->inactive_by = by;
        t->inactive_at = at_ms;
    }
    t->active = 0;
    t->cut = s->row.numbers;
    t->cutting = 1;
}

/* ---- business and note ---- */

/* 1: read, shown until the next call. */
static int akolhook_sqlite_i_text(akolhook_sqlite *s, const char *name, akolhook_str *text) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_TEXT_GET, "t", name);

    *text = akolhook_str_n(NULL, 0);
    if (!r) return 0;
    *text = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 0));
    akolhook_sqlite_i_done(r);
    return 1;
}
static akolhook_status akolhook_sqlite_i_bind_business(void *user, akolhook_str business_id) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = AKOLHOOK_OK;
    akolhook_str bound;
    int writes = 0, is_bound = 0;

    /* read, and only if there is none written, when that is still so */
    for (; status == AKOLHOOK_OK && !is_bound && writes < 2; writes++) {
        (void)akolhook_sqlite_i_begin(s, writes);
        is_bound = akolhook_sqlite_i_text(s, "business", &bound);
        if (is_bound && !akolhook_str_equal(bound, business_id)) status = AKOLHOOK_WRONG_BUSINESS;
        if (!is_bound && writes)
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TEXT_PUT, "tb", "business", business_id);
        status = akolhook_sqlite_i_end(s, status);
    }
    return status;
}
static akolhook_status akolhook_sqlite_i_note(void *user, akolhook_str *note) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin(s, note->ptr != NULL);

    if (note->ptr)
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TEXT_PUT, "tb", "note", *note);
    else
        (void)akolhook_sqlite_i_text(s, "note", note);
    return akolhook_sqlite_i_end(s, status);
}

/* ---- webhooks ---- */

/* Its number; 0: there is none of this id. */
static int64_t akolhook_sqlite_i_find(akolhook_sqlite *s, akolhook_str id) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_HOOK_FIND, "s", id);
    int64_t number;

    if (!r) return 0;
    number = sqlite3_column_int64(r, 0);
    akolhook_sqlite_i_done(r);
    return number;
}
static void akolhook_sqlite_i_hook_id(akolhook_sqlite *s, int64_t webhook, char id[AKOLHOOK_ID_SIZE]) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_HOOK_ID, "i", webhook);

    if (!r) return;
    akolhook_sqlite_i_id(r, 0, id);
    akolhook_sqlite_i_done(r);
}
static akolhook_status akolhook_sqlite_i_clash(
        akolhook_sqlite *s, akolhook_str url, int64_t events, int64_t self) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_HOOK_CLASH, "sii", url, events, self);

    if (!r) return AKOLHOOK_OK;
    akolhook_sqlite_i_done(r);
    return AKOLHOOK_WEBHOOK_EXISTS;
}
/* A webhook's secret, written to or read from its row without a copy on SQLite's heap. */
static void akolhook_sqlite_i_secret(akolhook_sqlite *s, int64_t webhook, int writes, char *secret) {
    int bad;

    if (s->failed) return;
    bad = s->blob ? sqlite3_blob_reopen(s->blob, webhook)
                  : sqlite3_blob_open(s->db, "main", "secrets", "secret", webhook, writes, &s->blob);
    if (!bad && sqlite3_blob_bytes(s->blob) != AKOLHOOK_HUB_SECRET_SIZE) bad = SQLITE_CORRUPT;
    if (!bad)
        bad = writes ? sqlite3_blob_write(s->blob, secret, AKOLHOOK_HUB_SECRET_SIZE, 0)
                     : sqlite3_blob_read(s->blob, secret, AKOLHOOK_HUB_SECRET_SIZE, 0);
    if (bad) akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
    secret[AKOLHOOK_HUB_SECRET_SIZE - 1] = 0;
}
static void akolhook_sqlite_i_secret_put(akolhook_sqlite *s, int64_t webhook, const char *secret) {
    char padded[AKOLHOOK_HUB_SECRET_SIZE];
    size_t len = strlen(secret);

    memset(padded, 0, sizeof padded);
    memcpy(padded, secret, len < sizeof padded ? len : sizeof padded - 1);
    akolhook_sqlite_i_secret(s, webhook, 1, padded);
    akolhook_wipe(padded, sizeof padded);
}

static akolhook_status akolhook_sqlite_i_put(void *user, const akolhook_store_webhook *w, uint32_t max) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    akolhook_sqlite_i_turn t;

    if (akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_HOOK_COUNT, 0, "") >= (int64_t)max)
        status = AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (status == AKOLHOOK_OK) status = akolhook_sqlite_i_clash(s, w->url, (int64_t)w->events, 0);
    if (status != AKOLHOOK_OK) return akolhook_sqlite_i_end(s, status);

    memset(&t, 0, sizeof t);
    t.webhook = ++s->row.numbers;
    t.active = w->is_active;
    t.events = (int64_t)w->events;
    t.origin = (int64_t)w->origin;
    t.rate = w->rate;
    t.turn = s->row.floor;
    t.updated_at = w->created_at_ms;
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_HOOK_PUT, "itssbii", t.webhook, w->id, w->name, w->url,
            w->headers, w->created_at_ms, (int64_t)w->deadline_ms);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_SECRET_PUT, "ii", t.webhook, (int64_t)AKOLHOOK_HUB_SECRET_SIZE);
    akolhook_sqlite_i_secret_put(s, t.webhook, w->secret);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_PUT, "i", t.webhook);
    akolhook_sqlite_i_turn_save(s, &t);
    return akolhook_sqlite_i_end(s, status);
}

static akolhook_status akolhook_sqlite_i_set_clash(akolhook_sqlite *s, const akolhook_store_webhook *w,
        unsigned which, const akolhook_sqlite_i_turn *t) {
    int64_t events = which & AKOLHOOK_STORE_EVENTS ? (int64_t)w->events : t->events;
    akolhook_status status;
    akolhook_str url = w->url;
    sqlite3_stmt *r = NULL;

    if (!(which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS))) return AKOLHOOK_OK;
    if (!(which & AKOLHOOK_STORE_URL)) {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_HOOK_LIST, "ii", t->webhook - 1, (int64_t)1);
        if (!r) return AKOLHOOK_OK;
        url = akolhook_sqlite_i_str(r, 3);
    }
    status = akolhook_sqlite_i_clash(s, url, events, t->webhook);
    if (r) akolhook_sqlite_i_done(r);
    return status;
}
static void akolhook_sqlite_i_set_active(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, int is_active, int64_t at_ms) {
    uint32_t left = AKOLHOOK_STORE_STEP;

    if (!is_active) {
        akolhook_sqlite_i_stop(s, t, AKOLHOOK_INACTIVE_BY_CALL, at_ms);
        akolhook_sqlite_i_cut_end(s, t, &left, at_ms);
    } else if (!t->active) {
        t->active = 1;
        t->inactive_by = t->inactive_at = 0;
        akolhook_sqlite_i_health_clear(s, t);
    }
}
static akolhook_status akolhook_sqlite_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    const unsigned texts =
            AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL | AKOLHOOK_STORE_DEADLINE | AKOLHOOK_STORE_HEADERS;
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    int64_t number = akolhook_sqlite_i_find(s, akolhook_str_c(w->id));
    akolhook_sqlite_i_turn t;

    if (!number || !akolhook_sqlite_i_turn_load(s, number, &t))
        return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    status = akolhook_sqlite_i_set_clash(s, w, which, &t);
    if (status != AKOLHOOK_OK) return akolhook_sqlite_i_end(s, status);

    if (which != AKOLHOOK_STORE_ACTIVE || t.active != w->is_active) t.updated_at = at_ms;
    if (which & texts)
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_HOOK_SET, "iissib", number, (int64_t)(which & texts),
                w->name, w->url, (int64_t)w->deadline_ms, w->headers);
    if (which & AKOLHOOK_STORE_SECRET) akolhook_sqlite_i_secret_put(s, number, w->secret);
    if (which & AKOLHOOK_STORE_EVENTS) t.events = (int64_t)w->events;
    if (which & AKOLHOOK_STORE_URL) {
        t.origin = (int64_t)w->origin;
        akolhook_sqlite_i_health_clear(s, &t);
    }
    if (which & AKOLHOOK_STORE_RATE) {
        t.rate = w->rate;
        t.allowed_us = 0;
    }
    if (which & AKOLHOOK_STORE_ACTIVE) {
        if (changed) *changed = t.active != w->is_active;
        akolhook_sqlite_i_set_active(s, &t, w->is_active, at_ms);
    }
    akolhook_sqlite_i_place(s, &t);
    status = akolhook_sqlite_i_end(s, status);
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_SECRET)) akolhook_sqlite_i_scrub(s);
    return status;
}

/* r: a row of HOOK_LIST, left by the caller. */
static void akolhook_sqlite_i_hook_read(akolhook_sqlite *s, sqlite3_stmt *r, akolhook_store_webhook *w) {
    akolhook_sqlite_i_turn t;
    akolhook_sqlite_i_head head;
    int64_t at;

    memset(w, 0, sizeof *w);
    w->number = (uint64_t)sqlite3_column_int64(r, 0);
    akolhook_sqlite_i_id(r, 1, w->id);
    w->name = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 2));
    w->url = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 3));
    w->headers = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 4));
    w->created_at_ms = sqlite3_column_int64(r, 5);
    w->deadline_ms = (uint32_t)sqlite3_column_int64(r, 6);

    if (!akolhook_sqlite_i_turn_load(s, (int64_t)w->number, &t)) return;
    w->events = (akolhook_events)t.events;
    w->is_active = (uint8_t)t.active;
    w->origin = (uint64_t)t.origin;
    w->rate = (uint32_t)t.rate;
    w->updated_at_ms = t.updated_at;
    w->inactive_at_ms = t.inactive_at;
    w->inactive_by = (akolhook_inactive_by)t.inactive_by;
    w->last_triggered_at_ms = t.last_triggered;
    akolhook_sqlite_i_health_get(&t, &w->health);
    w->queued = (uint32_t)t.queued;
    w->in_flight = (uint32_t)t.in_flight;

    at = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_OLDEST, 0, "i", t.webhook);
    w->oldest_ms = at ? s->now - at : -1;
    w->next_ms = -1;
    if (!akolhook_sqlite_i_head_of(s, t.webhook, &head)) return;
    at = akolhook_sqlite_i_ready_at(&t, head.due, head.urgent);
    w->next_ms = at > s->now ? at - s->now : 0;
}
/* Those with a number above after; which: HOOK_LIST or HOOK_FAILING. */
static void akolhook_sqlite_i_hook_list(akolhook_sqlite *s, int which, int64_t after,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, which, "ii", after, (int64_t)max);

    for (*count = 0; r; r = akolhook_sqlite_i_step(s, r) ? r : NULL)
        akolhook_sqlite_i_hook_read(s, r, &webhooks[(*count)++]);
}
static akolhook_status akolhook_sqlite_i_get(void *user, const char *id, akolhook_store_webhook *webhook) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    int64_t number = akolhook_sqlite_i_find(s, akolhook_str_c(id));
    size_t count = 0;

    if (number) akolhook_sqlite_i_hook_list(s, AKOLHOOK_SQLITE_I_HOOK_LIST, number - 1, webhook, 1, &count);
    if (status == AKOLHOOK_OK && !count) status = AKOLHOOK_UNKNOWN_WEBHOOK;
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_list(void *user, uint64_t after, int only_failing,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);

    akolhook_sqlite_i_hook_list(s,
            only_failing ? AKOLHOOK_SQLITE_I_HOOK_FAILING : AKOLHOOK_SQLITE_I_HOOK_LIST,
            (int64_t)(after < INT64_MAX ? after : INT64_MAX), webhooks, max, count);
    return akolhook_sqlite_i_end(s, status);
}

/* Counters stay in the row of all that are gone; log and deliveries go with the steps of _tend. */
static void akolhook_sqlite_i_count_gone(akolhook_sqlite *s, const akolhook_sqlite_i_turn *t) {
    akolhook_sqlite_i_turn all;

    if (!akolhook_sqlite_i_turn_load(s, 0, &all)) return;
    all.delivered += t->delivered;
    all.failed += t->failed;
    all.cancelled += t->cancelled + t->queued - t->tests;
    all.dropped += t->dropped;
    all.skipped += t->skipped;
    all.attempts += t->attempts;
    all.attempts_failed += t->attempts_failed;
    all.tests_made += t->tests_made;
    all.tests_failed += t->tests_failed;
    akolhook_sqlite_i_turn_save(s, &all);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LATENCY_KEEP, "i", t->webhook);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LATENCY_END, "i", t->webhook);
}
static akolhook_status akolhook_sqlite_i_delete(void *user, const char *id) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    int64_t number = akolhook_sqlite_i_find(s, akolhook_str_c(id));
    akolhook_sqlite_i_turn t;

    if (!number || !akolhook_sqlite_i_turn_load(s, number, &t))
        return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    akolhook_sqlite_i_count_gone(s, &t);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_HOOK_END, "i", number);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_SECRET_END, "i", number);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_END, "i", number);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_GONE_PUT, "i", number);
    status = akolhook_sqlite_i_end(s, status);
    if (status == AKOLHOOK_OK) akolhook_sqlite_i_scrub(s);
    return status;
}

/* ---- events ---- */

#define AKOLHOOK_SQLITE_I_QUEUE \
    100000 /* deliveries that a webhook may have queued where nothing else is said */

static int akolhook_sqlite_i_has_room(const akolhook_sqlite_i_turn *t, uint32_t max_queue, int is_test) {
    if (is_test && t->tests >= AKOLHOOK_EVENT_LAST) return 0;
    return akolhook_hub_has_room((uint64_t)t->queued, 1, max_queue ? max_queue : AKOLHOOK_SQLITE_I_QUEUE, 0);
}
/* What an event means for a webhook, of which the hot columns are there. */
static akolhook_fate akolhook_sqlite_i_fate(
        akolhook_sqlite *s, const akolhook_store_event *e, const akolhook_sqlite_i_turn *t) {
    int has_room = akolhook_sqlite_i_has_room(t, e->max_queue, e->is_test), is_behind = 0;
    akolhook_store_health health;
    akolhook_sqlite_i_head head;

    if (!has_room) {
        memset(&health, 0, sizeof health);
        health.cls = (akolhook_class)t->cls;
        if (!akolhook_sqlite_i_head_of(s, t->webhook, &head))
            head.due = INT64_MAX;
        else if (head.urgent)
            head.due = s->now; /* one sent now is not late */
        is_behind = akolhook_hub_is_behind(&health, head.due, s->now);
    }
    return akolhook_hub_fate(e, (akolhook_events)t->events, t->active != 0, has_room, is_behind);
}

/* What a webhook gets of an event. */
typedef struct akolhook_sqlite_i_share {
    int64_t webhook, ready, ready_at, turn;
    akolhook_fate fate;
    int moves; /* 1: ready, ready_at and turn change */
} akolhook_sqlite_i_share;
static void akolhook_sqlite_i_share_judge(akolhook_sqlite *s, const akolhook_store_event *e,
        akolhook_sqlite_i_turn *t, akolhook_sqlite_i_share *share) {
    int64_t was_at = t->ready_at, at;

    share->webhook = t->webhook;
    share->fate = akolhook_sqlite_i_fate(s, e, t);
    share->ready = t->ready;
    share->moves =
            share->fate == AKOLHOOK_FATE_MAKE && !t->ready && t->in_flight < akolhook_sqlite_i_cap(s, t);
    if (!share->moves) return;

    at = akolhook_sqlite_i_ready_at(t, s->now, 0);
    akolhook_sqlite_i_place_at(s, t, was_at && was_at < at ? was_at : at);
    share->moves = t->ready || t->ready_at != was_at;
    share->ready = t->ready;
    share->ready_at = t->ready_at;
    share->turn = t->turn;
}
static void akolhook_sqlite_i_drop_one(
        akolhook_sqlite *s, akolhook_store_event *e, int64_t webhook, int64_t body) {
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;

    if (!akolhook_sqlite_i_turn_load(s, webhook, &t)) return;
    memset(&d, 0, sizeof d);
    d.number = ++s->row.numbers;
    d.body = body;
    d.event = (int64_t)e->event;
    memcpy(d.message_id, e->message_id, sizeof d.message_id);
    akolhook_sqlite_i_log_end(s, &t, &d, AKOLHOOK_DELIVERY_DROPPED, AKOLHOOK_WEBHOOK_QUEUE_FULL, e->at_ms);
    t.dropped++;
    akolhook_sqlite_i_turn_save(s, &t);

    e->dropped++;
    e->dropped_number = (uint64_t)d.number;
    akolhook_sqlite_i_hook_id(s, webhook, e->dropped_id);
}
/* 0: refused. */
static int akolhook_sqlite_i_share_do(
        akolhook_sqlite *s, akolhook_store_event *e, int64_t body, const akolhook_sqlite_i_share *share) {
    if (share->fate == AKOLHOOK_FATE_REFUSE) return 0;
    if (share->fate == AKOLHOOK_FATE_DROP) akolhook_sqlite_i_drop_one(s, e, share->webhook, body);
    if (share->fate == AKOLHOOK_FATE_SKIP) {
        e->skipped++;
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_SKIP, "i", share->webhook);
    }
    if (share->fate != AKOLHOOK_FATE_MAKE) return 1;

    e->deliveries++;
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_PUT, "iiiii", ++s->row.numbers, share->webhook, body,
            s->now, (int64_t)e->is_test);
    if (share->moves)
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_MAKE_READY, "iiiii", share->webhook,
                (int64_t)e->is_test, share->ready, share->ready_at, share->turn);
    else
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_MAKE, "ii", share->webhook, (int64_t)e->is_test);
    return 1;
}

#define AKOLHOOK_SQLITE_I_FAN 64 /* webhooks that are read before they are written */

/* Shares of neighbours where all get it, and all are ready then or none moves, in two statements; 0: it is
   not so. */
static int akolhook_sqlite_i_share_all(akolhook_sqlite *s, akolhook_store_event *e, int64_t body,
        const akolhook_sqlite_i_share *shares, int count) {
    int64_t first, last;
    int i, made = 0, ready = 0, moves = 0;

    for (i = 0; i < count; i++) {
        made += shares[i].fate == AKOLHOOK_FATE_MAKE;
        ready += shares[i].ready != 0;
        moves += shares[i].moves;
    }
    if (count < 2 || made < count || (moves && ready < count)) return 0;

    first = shares[0].webhook;
    last = shares[count - 1].webhook;
    e->deliveries += (uint32_t)count;
    akolhook_sqlite_i_do(
            s, AKOLHOOK_SQLITE_I_DELIVERY_PUT_ALL, "iiiii", first, last, (int64_t)e->event, body, s->now);
    if (moves)
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_MAKE_ALL_READY, "iiii", first, last, (int64_t)e->event,
                s->row.floor);
    else
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_MAKE_ALL, "iii", first, last, (int64_t)e->event);
    return 1;
}
/* To every webhook that subscribes. */
static akolhook_status akolhook_sqlite_i_fan(akolhook_sqlite *s, akolhook_store_event *e, int64_t body) {
    akolhook_sqlite_i_share shares[AKOLHOOK_SQLITE_I_FAN];
    akolhook_sqlite_i_turn t;
    sqlite3_stmt *r;
    int64_t last = 0;
    int count, i;

    memset(&t, 0, sizeof t);
    do {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_TURN_FAN, "iii", last, (int64_t)e->event,
                (int64_t)AKOLHOOK_SQLITE_I_FAN);
        for (count = 0; r; r = akolhook_sqlite_i_step(s, r) ? r : NULL) {
            akolhook_sqlite_i_get_all(r, &t, AKOLHOOK_SQLITE_I_TURN_HOT_COLUMNS);
            akolhook_sqlite_i_share_judge(s, e, &t, &shares[count++]);
            last = t.webhook;
        }
        if (akolhook_sqlite_i_share_all(s, e, body, shares, count)) continue;
        for (i = 0; i < count; i++)
            if (!akolhook_sqlite_i_share_do(s, e, body, &shares[i])) return AKOLHOOK_PENDING_FULL;
    } while (count == AKOLHOOK_SQLITE_I_FAN);
    return AKOLHOOK_OK;
}
/* To one, a test. */
static akolhook_status akolhook_sqlite_i_fan_one(akolhook_sqlite *s, akolhook_store_event *e, int64_t body) {
    int64_t webhook = akolhook_sqlite_i_find(s, e->webhook_id);
    akolhook_sqlite_i_share share;
    akolhook_sqlite_i_turn t;

    if (!webhook || !akolhook_sqlite_i_turn_load(s, webhook, &t)) return AKOLHOOK_UNKNOWN_WEBHOOK;
    akolhook_sqlite_i_share_judge(s, e, &t, &share);
    return akolhook_sqlite_i_share_do(s, e, body, &share) ? AKOLHOOK_OK : AKOLHOOK_PENDING_FULL;
}

/* The body, kept once for all who get it. */
static void akolhook_sqlite_i_event_put(akolhook_sqlite *s, const akolhook_store_event *e, int64_t body) {
    size_t len = e->tail[0].len + e->tail[1].len + e->tail[2].len, at = 0, i;
    char *tail = akolhook_sqlite_i_keep(s, &s->shown, len + 1);

    if (!tail) return;
    for (i = 0; i < 3; at += e->tail[i++].len)
        if (e->tail[i].len) memcpy(tail + at, e->tail[i].ptr, e->tail[i].len);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT_PUT, "itiiii", body, e->message_id, (int64_t)e->event,
            (int64_t)e->deliveries, s->now, (int64_t)(e->head.len + len));
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_BODY_PUT, "ibb", body, e->head, akolhook_str_n(tail, len));
    s->row.events++;
    s->row.bytes += (int64_t)(e->head.len + len);
}
/* Whether its key was seen. */
static akolhook_status akolhook_sqlite_i_key(akolhook_sqlite *s, akolhook_store_event *e) {
    sqlite3_stmt *r =
            akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_KEY_GET, "b", akolhook_str_n(e->key, sizeof e->key));
    int is_same;

    if (!r) return AKOLHOOK_OK;
    is_same = akolhook_str_equal(akolhook_sqlite_i_str(r, 1), akolhook_str_n(e->print, sizeof e->print));
    if (is_same) akolhook_sqlite_i_id(r, 0, e->message_id);
    akolhook_sqlite_i_done(r);
    e->repeated = 1;
    return is_same ? AKOLHOOK_OK : AKOLHOOK_KEY_REUSED;
}
static akolhook_status akolhook_sqlite_i_accept(akolhook_sqlite *s, akolhook_store_event *e) {
    akolhook_status status = AKOLHOOK_OK;
    int64_t body;

    e->repeated = 0;
    e->deliveries = e->skipped = e->dropped = 0;
    if (e->has_key) status = akolhook_sqlite_i_key(s, e);
    if (status != AKOLHOOK_OK || e->repeated) return status;

    body = ++s->row.numbers;
    status = e->webhook_id.len ? akolhook_sqlite_i_fan_one(s, e, body) : akolhook_sqlite_i_fan(s, e, body);
    if (status != AKOLHOOK_OK) return status;
    if (e->deliveries) akolhook_sqlite_i_event_put(s, e, body);
    if (!e->has_key) return AKOLHOOK_OK;
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_KEY_PUT, "bbti", akolhook_str_n(e->key, sizeof e->key),
            akolhook_str_n(e->print, sizeof e->print), e->message_id, s->now);
    s->row.keys++;
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_enqueue(void *user, akolhook_store_event *events, size_t count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    size_t i;

    for (i = 0; i < count && status == AKOLHOOK_OK && !s->failed; i++)
        status = akolhook_sqlite_i_accept(s, &events[i]);
    return akolhook_sqlite_i_end(s, status);
}

/* ---- single deliveries ---- */

/* One that has not ended, and its webhook. */
static akolhook_status akolhook_sqlite_i_known(
        akolhook_sqlite *s, uint64_t number, akolhook_sqlite_i_delivery *d, akolhook_sqlite_i_turn *t) {
    sqlite3_stmt *r;

    if (number > INT64_MAX) return AKOLHOOK_UNKNOWN_DELIVERY;
    if (akolhook_sqlite_i_delivery_load(s, (int64_t)number, d) &&
            akolhook_sqlite_i_turn_load(s, d->webhook, t))
        return AKOLHOOK_OK;
    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LOG_NEWEST, "i", (int64_t)number);
    if (!r) return AKOLHOOK_UNKNOWN_DELIVERY;
    akolhook_sqlite_i_done(r);
    return AKOLHOOK_DELIVERY_NOT_WAITING;
}
/* A new delivery of a kept event; the webhook is placed by the caller. */
static void akolhook_sqlite_i_again(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, int64_t sequence, int64_t body, int is_test) {
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LOG_MARK, "i", sequence);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT_ADD, "ii", body, (int64_t)1);
    akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_PUT, "iiiii", ++s->row.numbers, t->webhook, body,
            s->now, (int64_t)is_test);
    t->queued++;
    t->tests += is_test;
}
static akolhook_status akolhook_sqlite_i_redeliver_one(
        akolhook_sqlite *s, uint64_t number, uint32_t max_queue) {
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;
    akolhook_status status = akolhook_sqlite_i_known(s, number, &d, &t);
    int64_t sequence, body;
    sqlite3_stmt *r;
    int is_test;

    if (status == AKOLHOOK_OK) return AKOLHOOK_DELIVERY_WAITS;
    if (status != AKOLHOOK_DELIVERY_NOT_WAITING) return status;
    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LOG_NEWEST, "i", (int64_t)number);
    if (!r) return AKOLHOOK_UNKNOWN_DELIVERY;
    sequence = sqlite3_column_int64(r, 0);
    t.webhook = sqlite3_column_int64(r, 1);
    body = sqlite3_column_int64(r, 2);
    is_test = sqlite3_column_int(r, 3) != 0;
    akolhook_sqlite_i_done(r);

    if (!akolhook_sqlite_i_turn_load(s, t.webhook, &t)) return AKOLHOOK_UNKNOWN_DELIVERY;
    if (!t.active && !is_test) return AKOLHOOK_WEBHOOK_INACTIVE;
    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_EVENT_GET, "i", body);
    if (!r) return AKOLHOOK_EVENT_GONE;
    akolhook_sqlite_i_done(r);
    if (!akolhook_sqlite_i_has_room(&t, max_queue, is_test)) return AKOLHOOK_PENDING_FULL;
    akolhook_sqlite_i_again(s, &t, sequence, body, is_test);
    akolhook_sqlite_i_place(s, &t);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_sqlite_i_redeliver(void *user, uint64_t number, uint32_t max_queue) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);

    if (status == AKOLHOOK_OK) status = akolhook_sqlite_i_redeliver_one(s, number, max_queue);
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    int64_t webhook = akolhook_sqlite_i_find(s, akolhook_str_c(id)), sequence = 0, body;
    akolhook_sqlite_i_turn t;
    sqlite3_stmt *r;

    *count = 0;
    if (!webhook || !akolhook_sqlite_i_turn_load(s, webhook, &t))
        return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    if (!t.active) return akolhook_sqlite_i_end(s, AKOLHOOK_WEBHOOK_INACTIVE);
    while (akolhook_sqlite_i_has_room(&t, max_queue, 0)) {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LOG_FAILED, "iii", webhook, since_ms, sequence);
        if (!r) break;
        sequence = sqlite3_column_int64(r, 0);
        body = sqlite3_column_int64(r, 1);
        akolhook_sqlite_i_done(r);
        akolhook_sqlite_i_again(s, &t, sequence, body, 0);
        ++*count;
    }
    akolhook_sqlite_i_place(s, &t);
    return akolhook_sqlite_i_end(s, status);
}

static akolhook_status akolhook_sqlite_i_send_now(void *user, uint64_t number) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;

    if (status == AKOLHOOK_OK) status = akolhook_sqlite_i_known(s, number, &d, &t);
    if (status == AKOLHOOK_OK && d.leased) status = AKOLHOOK_DELIVERY_NOT_WAITING;
    if (status == AKOLHOOK_OK) {
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_NOW, "i", d.number);
        akolhook_sqlite_i_place(s, &t);
    }
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_cancel(void *user, uint64_t number, int64_t at_ms) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;

    if (status == AKOLHOOK_OK) status = akolhook_sqlite_i_known(s, number, &d, &t);
    if (status == AKOLHOOK_OK && d.leased) {
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_SEVER, "i", d.number);
    } else if (status == AKOLHOOK_OK) {
        akolhook_sqlite_i_delivery_cancel(s, &t, &d, at_ms);
        akolhook_sqlite_i_place(s, &t);
    }
    return akolhook_sqlite_i_end(s, status);
}

static void akolhook_sqlite_i_delivery_read(
        akolhook_sqlite *s, const akolhook_sqlite_i_delivery *d, akolhook_store_delivery *out) {
    memset(out, 0, sizeof *out);
    out->number = (uint64_t)d->number;
    memcpy(out->message_id, d->message_id, sizeof out->message_id);
    akolhook_sqlite_i_hook_id(s, d->webhook, out->webhook_id);
    out->event = (akolhook_event)d->event;
    out->state = AKOLHOOK_DELIVERY_WAITING;
    out->attempt = (uint32_t)d->attempt;
    out->is_test = (uint8_t)d->is_test;
    out->in_flight = (uint8_t)d->leased;
    out->has_body = 1;
    out->age_ms = s->now - d->created;
    out->due_ms = d->leased || d->due < s->now ? 0 : d->due - s->now;
}

/* A row of the log's statements. */
static void akolhook_sqlite_i_log_read(akolhook_sqlite *s, sqlite3_stmt *r, akolhook_log_row *row) {
    akolhook_str peer = akolhook_sqlite_i_str(r, 20);

    memset(row, 0, sizeof *row);
    row->cursor = (uint64_t)sqlite3_column_int64(r, 0);
    row->number = (uint64_t)sqlite3_column_int64(r, 1);
    akolhook_sqlite_i_id(r, 2, row->message_id);
    row->event = (akolhook_event)sqlite3_column_int(r, 3);
    row->at_ms = sqlite3_column_int64(r, 4);
    row->attempt = (uint32_t)sqlite3_column_int64(r, 5);
    row->state = (akolhook_delivery_state)sqlite3_column_int(r, 6);
    row->retry_ms = sqlite3_column_int64(r, 7);
    row->code = sqlite3_column_int(r, 8);
    row->success = sqlite3_column_int(r, 9) != 0;
    row->is_test = sqlite3_column_int(r, 10) != 0;
    row->response_cut = sqlite3_column_int(r, 11) != 0;
    row->status = (akolhook_status)sqlite3_column_int(r, 12);
    row->phase = (akolhook_phase)sqlite3_column_int(r, 13);
    row->native_error = (long)sqlite3_column_int64(r, 14);
    row->ms = sqlite3_column_int(r, 15);
    row->lookup_ms = sqlite3_column_int(r, 16);
    row->connect_ms = sqlite3_column_int(r, 17);
    row->tls_ms = sqlite3_column_int(r, 18);
    row->first_byte_ms = sqlite3_column_int(r, 19);
    if (peer.len == sizeof row->peer) memcpy(&row->peer, peer.ptr, sizeof row->peer);
    row->response = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 21));
    akolhook_sqlite_i_id(r, 22, row->webhook_id);
}
/* The statement that leads to a query's rows soonest. Every success is a DELIVERED with a 2xx. */
static int akolhook_sqlite_i_log_way(const akolhook_log_query *q, int64_t event) {
    int is_bad = q->only_failed || (q->state && q->state != AKOLHOOK_DELIVERY_DELIVERED) ||
                 (q->code_class && q->code_class != 2);

    if (q->number) return AKOLHOOK_SQLITE_I_LOG_BY_NUMBER;
    if (q->message_id.len) return AKOLHOOK_SQLITE_I_LOG_BY_MESSAGE;
    if (q->webhook_id.len)
        return is_bad ? AKOLHOOK_SQLITE_I_LOG_BAD_WEBHOOK : AKOLHOOK_SQLITE_I_LOG_BY_WEBHOOK;
    if (q->only_tests) return AKOLHOOK_SQLITE_I_LOG_TESTS;
    if (is_bad) return AKOLHOOK_SQLITE_I_LOG_BAD;
    return event ? AKOLHOOK_SQLITE_I_LOG_EVENT : AKOLHOOK_SQLITE_I_LOG_ALL;
}
/* The one event that a query asks for; 0: any, or several. */
static int64_t akolhook_sqlite_i_log_event(const akolhook_log_query *q) {
    int64_t event = 0;

    if (!q->events || q->events & (q->events - 1)) return 0;
    while (q->events >> event > 1) event++;
    return event;
}

/* A page of the log: which rows are looked at. */
typedef struct akolhook_sqlite_i_page {
    const akolhook_log_query *query;
    int64_t webhook;       /* 0: all */
    int64_t event;         /* the only one; 0: any, or several */
    int way;               /* the statement */
    int64_t cursor, floor; /* sequence numbers: floor <= that of each row < cursor */
    int64_t next;          /* what is below floor was not looked at; 0: nothing there can match */
} akolhook_sqlite_i_page;

/* Where few rows are of the time that is asked for, nothing is looked at before the first and behind the last
   of them. */
static void akolhook_sqlite_i_page_time(akolhook_sqlite *s, akolhook_sqlite_i_page *page) {
    const akolhook_log_query *q = page->query;
    int64_t count, first, last;
    sqlite3_stmt *r;

    if (!q->since_ms && !q->until_ms) return;
    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LOG_TIME, "iii", q->since_ms ? q->since_ms : INT64_MIN,
            q->until_ms ? q->until_ms : INT64_MAX, (int64_t)AKOLHOOK_LOG_LOOK + 1);
    if (!r) return;
    count = sqlite3_column_int64(r, 0);
    first = sqlite3_column_int64(r, 1);
    last = sqlite3_column_int64(r, 2);
    akolhook_sqlite_i_done(r);
    if (count > AKOLHOOK_LOG_LOOK) return;
    page->floor = first;
    last++; /* 1 where there is none of them, and no row is before that */
    if (page->cursor > last) page->cursor = last;
}
/* No more rows than query->look. */
static void akolhook_sqlite_i_page_bound(akolhook_sqlite *s, akolhook_sqlite_i_page *page) {
    const akolhook_log_query *q = page->query;
    int which = page->way - AKOLHOOK_SQLITE_I_LOG_BY_NUMBER + AKOLHOOK_SQLITE_I_LAST_BY_NUMBER;
    int64_t key = page->webhook, last, most = (int64_t)q->look - 1;
    sqlite3_stmt *r;

    if (!q->look) return;
    if (page->way == AKOLHOOK_SQLITE_I_LOG_BY_NUMBER) key = (int64_t)q->number;
    if (page->way == AKOLHOOK_SQLITE_I_LOG_EVENT) key = page->event;
    r = page->way == AKOLHOOK_SQLITE_I_LOG_BY_MESSAGE
                ? akolhook_sqlite_i_ask(s, which, "sii", q->message_id, page->cursor, most)
                : akolhook_sqlite_i_ask(s, which, "iii", key, page->cursor, most);
    if (!r) return;
    last = sqlite3_column_int64(r, 0);
    akolhook_sqlite_i_done(r);
    if (last > page->floor) page->floor = page->next = last;
}
static void akolhook_sqlite_i_page_init(akolhook_sqlite_i_page *page, const akolhook_log_query *q) {
    memset(page, 0, sizeof *page);
    page->query = q;
    page->event = akolhook_sqlite_i_log_event(q);
    page->way = akolhook_sqlite_i_log_way(q, page->event);
    page->cursor = q->cursor ? (int64_t)q->cursor : INT64_MAX;
}
static sqlite3_stmt *akolhook_sqlite_i_page_ask(
        akolhook_sqlite *s, const akolhook_sqlite_i_page *page, size_t max) {
    const akolhook_log_query *q = page->query;

    return akolhook_sqlite_i_ask(s, page->way,
            page->way == AKOLHOOK_SQLITE_I_LOG_EVENT ? "iiiiiiiiiiiisii" : "iiiiiiiiiiiisi", page->webhook,
            (int64_t)q->number, page->cursor, (int64_t)max, (int64_t)q->events, (int64_t)q->only_failed,
            (int64_t)q->only_succeeded, (int64_t)q->only_tests, (int64_t)q->state, (int64_t)q->code_class,
            q->since_ms, q->until_ms, q->message_id, page->floor, page->event);
}
static akolhook_status akolhook_sqlite_i_log(void *user, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max, size_t *count, uint64_t *next) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    akolhook_sqlite_i_page page;
    sqlite3_stmt *r;

    *count = 0;
    *next = 0;
    akolhook_sqlite_i_page_init(&page, query);
    page.webhook = query->webhook_id.len ? akolhook_sqlite_i_find(s, query->webhook_id) : 0;
    if (query->webhook_id.len && !page.webhook) return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    if (!max) return akolhook_sqlite_i_end(s, status);

    akolhook_sqlite_i_page_time(s, &page);
    akolhook_sqlite_i_page_bound(s, &page);
    r = akolhook_sqlite_i_page_ask(s, &page, max);
    for (; r; r = akolhook_sqlite_i_step(s, r) ? r : NULL)
        akolhook_sqlite_i_log_read(s, r, &rows[(*count)++]);
    *next = *count == max ? rows[max - 1].cursor : (uint64_t)page.next;
    return akolhook_sqlite_i_end(s, status);
}

/* One that has ended, by its newest row; the number of its event, 0: there is no such delivery. */
static int64_t akolhook_sqlite_i_delivery_ended(
        akolhook_sqlite *s, uint64_t number, akolhook_store_delivery *out) {
    akolhook_sqlite_i_page page;
    akolhook_log_query query;
    akolhook_log_row row;
    sqlite3_stmt *r;
    int64_t body;

    memset(&query, 0, sizeof query);
    query.number = number;
    akolhook_sqlite_i_page_init(&page, &query);
    r = number && number <= INT64_MAX ? akolhook_sqlite_i_page_ask(s, &page, 1) : NULL;
    if (!r) return 0;
    akolhook_sqlite_i_log_read(s, r, &row);
    body = sqlite3_column_int64(r, 23);
    akolhook_sqlite_i_done(r);

    memset(out, 0, sizeof *out);
    out->number = number;
    memcpy(out->message_id, row.message_id, sizeof out->message_id);
    memcpy(out->webhook_id, row.webhook_id, sizeof out->webhook_id);
    out->event = row.event;
    out->state = row.state;
    out->attempt = row.attempt;
    out->is_test = row.is_test;
    out->age_ms = out->due_ms = -1;
    return body;
}
static akolhook_status akolhook_sqlite_i_delivery_get(
        void *user, uint64_t number, akolhook_store_delivery *delivery) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;
    sqlite3_stmt *r;

    if (status == AKOLHOOK_OK && akolhook_sqlite_i_known(s, number, &d, &t) == AKOLHOOK_OK)
        akolhook_sqlite_i_delivery_read(s, &d, delivery);
    else
        d.body = akolhook_sqlite_i_delivery_ended(s, number, delivery);
    if (!d.body) return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_DELIVERY);

    r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_BODY_GET, "i", d.body);
    if (r) {
        delivery->has_body = 1;
        delivery->head = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 0));
        delivery->tail = akolhook_sqlite_i_show(s, akolhook_sqlite_i_str(r, 1));
        akolhook_sqlite_i_done(r);
    }
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_waiting(void *user, const char *id, uint64_t after,
        akolhook_store_delivery *deliveries, size_t max, size_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    int64_t webhook = id ? akolhook_sqlite_i_find(s, akolhook_str_c(id)) : 0;
    int64_t last = (int64_t)(after < INT64_MAX ? after : INT64_MAX);
    akolhook_sqlite_i_delivery d;
    sqlite3_stmt *r;

    *count = 0;
    if (id && !webhook) return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    r = id ? akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_DELIVERY_LIST_OF, "iii", webhook, last, (int64_t)max)
           : akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_DELIVERY_LIST, "ii", last, (int64_t)max);
    for (; r; r = akolhook_sqlite_i_step(s, r) ? r : NULL)
        if (akolhook_sqlite_i_delivery_load(s, sqlite3_column_int64(r, 0), &d))
            akolhook_sqlite_i_delivery_read(s, &d, &deliveries[(*count)++]);
    return akolhook_sqlite_i_end(s, status);
}

/* ---- claim ---- */

enum { AKOLHOOK_SQLITE_I_CLASSES = 3 };
#define AKOLHOOK_SQLITE_I_PASSED 64    /* webhooks of full origins that a claim passes over; */
#define AKOLHOOK_SQLITE_I_PARK_MS 1000 /* one more waits so long */

/* The first ready webhook of a class behind a place in the order of turns. */
typedef struct akolhook_sqlite_i_next {
    int64_t turn, webhook, origin; /* webhook 0: there is none */
    int64_t after_turn, after_webhook;
    int is_known;
} akolhook_sqlite_i_next;
/* What a claim has given so far, and whom it passed over. */
typedef struct akolhook_sqlite_i_round {
    const akolhook_store_limits *limits;
    const akolhook_store_claim *claims;
    size_t count;
    uint32_t slow, failing;
    uint32_t passed, ended; /* ended: rows that were changed without a claim */
    akolhook_sqlite_i_next next[AKOLHOOK_SQLITE_I_CLASSES];
} akolhook_sqlite_i_round;

static void akolhook_sqlite_i_round_init(
        akolhook_sqlite_i_round *r, const akolhook_store_limits *limits, const akolhook_store_claim *claims) {
    int cls;

    memset(r, 0, sizeof *r);
    r->limits = limits;
    r->claims = claims;
    for (cls = 0; cls < AKOLHOOK_SQLITE_I_CLASSES; cls++) r->next[cls].after_turn = INT64_MIN;
}
/* After others have become ready. */
static void akolhook_sqlite_i_round_again(akolhook_sqlite_i_round *r) {
    int cls;

    for (cls = 0; cls < AKOLHOOK_SQLITE_I_CLASSES; cls++) r->next[cls].is_known = 0;
}
static int akolhook_sqlite_i_origin_is_full(const akolhook_sqlite_i_round *r, int64_t origin) {
    uint32_t left = r->limits->per_origin ? r->limits->per_origin : UINT32_MAX;
    size_t i;

    for (i = 0; i < r->limits->origin_count; i++)
        if ((int64_t)r->limits->origins[i].origin == origin) left = r->limits->origins[i].left;
    for (i = 0; i < r->count && left; i++) left -= (int64_t)r->claims[i].origin == origin;
    return !left;
}
static void akolhook_sqlite_i_next_find(akolhook_sqlite *s, akolhook_sqlite_i_next *next, int cls) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(
            s, AKOLHOOK_SQLITE_I_TURN_NEXT, "iii", (int64_t)cls, next->after_turn, next->after_webhook);

    next->is_known = 1;
    next->webhook = 0;
    if (!r) return;
    next->turn = sqlite3_column_int64(r, 0);
    next->webhook = sqlite3_column_int64(r, 1);
    next->origin = sqlite3_column_int64(r, 2);
    akolhook_sqlite_i_done(r);
}
/* The ready webhook whose turn it is, by the places that are left to its class; NULL: none. */
static akolhook_sqlite_i_next *akolhook_sqlite_i_turn_of(akolhook_sqlite *s, akolhook_sqlite_i_round *r) {
    akolhook_sqlite_i_next *best = NULL, *next;
    int cls;

    for (cls = 0; cls < AKOLHOOK_SQLITE_I_CLASSES; cls++) {
        next = &r->next[cls];
        if (cls != AKOLHOOK_CLASS_QUICK && r->slow >= r->limits->slow) continue;
        if (cls == AKOLHOOK_CLASS_FAILING && r->failing >= r->limits->failing) continue;
        if (!next->is_known) akolhook_sqlite_i_next_find(s, next, cls);
        if (!next->webhook) continue;
        if (!best || next->turn < best->turn || (next->turn == best->turn && next->webhook < best->webhook))
            best = next;
    }
    return best;
}
/* The same, passing over those of full origins. In a reading transaction the first that would be parked
   counts. */
static akolhook_sqlite_i_next *akolhook_sqlite_i_pick(akolhook_sqlite *s, akolhook_sqlite_i_round *r) {
    akolhook_sqlite_i_next *next;
    akolhook_sqlite_i_turn t;

    while (r->ended < AKOLHOOK_STORE_STEP && (next = akolhook_sqlite_i_turn_of(s, r)) != NULL) {
        if (!akolhook_sqlite_i_origin_is_full(r, next->origin)) return next;
        next->is_known = 0;
        if (r->passed < AKOLHOOK_SQLITE_I_PASSED) {
            r->passed++;
            next->after_turn = next->turn;
            next->after_webhook = next->webhook;
            continue;
        }
        if (!s->writes) return next;
        r->ended++;
        if (!akolhook_sqlite_i_turn_load(s, next->webhook, &t)) return NULL;
        t.parked_until = s->now + AKOLHOOK_SQLITE_I_PARK_MS;
        akolhook_sqlite_i_place(s, &t);
    }
    return NULL;
}

/* Leases that ran out. */
static void akolhook_sqlite_i_expire(akolhook_sqlite *s, int64_t at_ms) {
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;
    int64_t number;
    int i;

    for (i = 0; i < AKOLHOOK_STORE_STEP; i++) {
        number = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_EXPIRED, 0, "i", s->now);
        if (!number || !akolhook_sqlite_i_delivery_load(s, number, &d)) return;
        if (!akolhook_sqlite_i_turn_load(s, d.webhook, &t)) {
            akolhook_sqlite_i_delivery_remove(s, &d);
            continue;
        }
        t.in_flight--;
        t.turn += d.lease_until - d.began;
        if (akolhook_sqlite_i_is_cut(&t, &d))
            akolhook_sqlite_i_delivery_cancel(s, &t, &d, at_ms);
        else
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_BACK, "iiiii", number, d.lease, s->now,
                    d.attempt, d.faults);
        akolhook_sqlite_i_place(s, &t);
    }
}
/* Webhooks whose time has come, up to most of them; 1: there may be more. */
static int akolhook_sqlite_i_wake(akolhook_sqlite *s, int most) {
    akolhook_sqlite_i_turn t;
    int64_t webhook;
    int i;

    for (i = 0; i < most; i++) {
        webhook = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_WAKE, 0, "i", s->now);
        if (!webhook || !akolhook_sqlite_i_turn_load(s, webhook, &t)) return 0;
        akolhook_sqlite_i_place(s, &t);
    }
    return 1;
}

/* Fills a claim; what it shows stands in a block of its own. */
static void akolhook_sqlite_i_claim_fill(akolhook_sqlite *s, const akolhook_sqlite_i_turn *t,
        const akolhook_sqlite_i_delivery *d, akolhook_store_claim *c) {
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_CLAIM, "ii", t->webhook, d->body);
    static const int column_list[4] = {1, 2, 4, 5};
    akolhook_str texts[4];
    size_t len = 0, i;
    char *bytes;

    memset(c, 0, sizeof *c);
    if (!r) {
        akolhook_sqlite_i_fail(s, "a delivery without its body");
        return;
    }
    akolhook_sqlite_i_id(r, 0, c->webhook_id);
    c->deadline_ms = (uint32_t)sqlite3_column_int64(r, 3);
    for (i = 0; i < 4; len += texts[i++].len) texts[i] = akolhook_sqlite_i_str(r, column_list[i]);
    bytes = akolhook_sqlite_i_keep(s, &s->held, len);
    if (bytes) c->handle = s->held;
    for (i = 0; i < 4 && bytes; bytes += texts[i++].len) {
        if (texts[i].len) memcpy(bytes, texts[i].ptr, texts[i].len);
        texts[i].ptr = bytes;
    }
    akolhook_sqlite_i_done(r);

    c->url = texts[0];
    c->headers = texts[1];
    c->head = texts[2];
    c->tail = texts[3];
    c->number = (uint64_t)d->number;
    memcpy(c->message_id, d->message_id, sizeof c->message_id);
    c->event = (akolhook_event)d->event;
    c->attempt = (uint32_t)d->attempt;
    c->is_test = (uint8_t)d->is_test;
    c->cls = (akolhook_class)t->cls;
    c->origin = (uint64_t)t->origin;
    akolhook_sqlite_i_secret(s, t->webhook, 0, c->secret);
}
/* Leases the head of a webhook's queue. */
static void akolhook_sqlite_i_take(akolhook_sqlite *s, akolhook_sqlite_i_round *r, akolhook_sqlite_i_turn *t,
        const akolhook_sqlite_i_delivery *d, akolhook_store_claim *c) {
    int64_t lease_ms = r->limits->lease_ms;
    akolhook_store_health health;

    akolhook_sqlite_i_claim_fill(s, t, d, c);
    akolhook_sqlite_i_health_get(t, &health);
    c->charged_ms = akolhook_hub_charge(&health);
    c->lease = (uint64_t)++s->row.leases;
    if (c->deadline_ms && lease_ms < (int64_t)c->deadline_ms + AKOLHOOK_LEASE_SPARE_MS)
        lease_ms = (int64_t)c->deadline_ms + AKOLHOOK_LEASE_SPARE_MS;
    akolhook_sqlite_i_do(
            s, AKOLHOOK_SQLITE_I_DELIVERY_LEASE, "iiii", d->number, s->row.leases, s->now + lease_ms, s->now);

    r->slow += t->cls != AKOLHOOK_CLASS_QUICK;
    r->failing += t->cls == AKOLHOOK_CLASS_FAILING;
    r->count++;
    t->in_flight++;
    if (s->row.floor < t->turn) s->row.floor = t->turn;
    t->turn += c->charged_ms;
    t->allowed_us = akolhook_hub_allow(t->allowed_us, s->now, t->rate ? (uint32_t)t->rate : r->limits->rate);
}
/* One claim of a webhook; or its head ends, as it was cut off or is too old; or it only is placed anew. */
static void akolhook_sqlite_i_claim_one(akolhook_sqlite *s, akolhook_sqlite_i_round *r,
        akolhook_sqlite_i_next *next, akolhook_store_claim *c) {
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;
    akolhook_sqlite_i_head head;
    int is_there;

    next->is_known = 0;
    if (!akolhook_sqlite_i_turn_load(s, next->webhook, &t)) {
        akolhook_sqlite_i_fail(s, "a webhook without its row");
        return;
    }
    is_there = t.in_flight < akolhook_sqlite_i_cap(s, &t) && akolhook_sqlite_i_head_of(s, t.webhook, &head) &&
               akolhook_sqlite_i_delivery_load(s, head.number, &d);
    if (is_there && akolhook_sqlite_i_is_cut(&t, &d)) {
        akolhook_sqlite_i_delivery_cancel(s, &t, &d, r->limits->at_ms);
    } else if (is_there && s->now - d.created > AKOLHOOK_RETRY_HORIZON_MS) {
        if (r->limits->expired) {
            r->limits->expired->count++;
            r->limits->expired->number = (uint64_t)d.number;
        }
        akolhook_sqlite_i_log_end(
                s, &t, &d, AKOLHOOK_DELIVERY_FAILED, AKOLHOOK_DELIVERY_EXPIRED, r->limits->at_ms);
        akolhook_sqlite_i_delivery_end(s, &t, &d, AKOLHOOK_DELIVERY_FAILED);
    } else if (is_there && akolhook_sqlite_i_ready_at(&t, head.due, head.urgent) <= s->now) {
        akolhook_sqlite_i_take(s, r, &t, &d, c);
        akolhook_sqlite_i_place(s, &t);
        return;
    }
    r->ended++;
    t.turn++; /* others come in between */
    akolhook_sqlite_i_place(s, &t);
}
static void akolhook_sqlite_i_claim_drop(akolhook_sqlite *s, akolhook_store_claim *c) {
    if (c->handle) akolhook_sqlite_i_drop(&s->held, (akolhook_sqlite_i_block *)c->handle);
    akolhook_wipe(c, sizeof *c);
}
/* Those that stand at a lower cap may go on. */
static int akolhook_sqlite_i_cap_grows(const akolhook_sqlite *s, const akolhook_store_limits *limits) {
    return s->row.cap && s->row.cap < (int64_t)limits->per_webhook;
}
/* Whether a claim has anything to do, so that it need not write. */
static akolhook_status akolhook_sqlite_i_claim_ask(
        akolhook_sqlite *s, const akolhook_store_limits *limits, int *has_work) {
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    akolhook_sqlite_i_round r;

    akolhook_sqlite_i_round_init(&r, limits, NULL);
    *has_work = akolhook_sqlite_i_cap_grows(s, limits) ||
                akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_TIME, INT64_MAX, "") <= s->now ||
                akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_TIME, INT64_MAX, "") <= s->now ||
                akolhook_sqlite_i_pick(s, &r) != NULL;
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_sqlite_i_round r;
    akolhook_sqlite_i_next *next;
    akolhook_status status;
    int has_work, wakes, step = 2 * (int)(max < AKOLHOOK_STORE_STEP / 2 ? max : AKOLHOOK_STORE_STEP / 2);

    *count = 0;
    status = akolhook_sqlite_i_claim_ask(s, limits, &has_work);
    if (status != AKOLHOOK_OK || !has_work || !max) return status;

    status = akolhook_sqlite_i_begin_write(s);
    if (akolhook_sqlite_i_cap_grows(s, limits)) akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_TURN_RAISE, "");
    s->row.cap = limits->per_webhook;
    akolhook_sqlite_i_expire(s, limits->at_ms);
    wakes = akolhook_sqlite_i_wake(s, step);

    akolhook_sqlite_i_round_init(&r, limits, claims);
    while (r.count < max && !s->failed) {
        next = akolhook_sqlite_i_pick(s, &r);
        if (next) {
            akolhook_sqlite_i_claim_one(s, &r, next, &claims[r.count]);
        } else {
            if (!wakes || r.ended >= AKOLHOOK_STORE_STEP) break;
            wakes = akolhook_sqlite_i_wake(s, step);
            r.ended += (uint32_t)step;
            akolhook_sqlite_i_round_again(&r);
        }
    }

    status = akolhook_sqlite_i_end(s, status);
    *count = r.count;
    while (status != AKOLHOOK_OK && *count) akolhook_sqlite_i_claim_drop(s, &claims[--*count]);
    return status;
}

/* ---- settle ---- */

/* Counters of an attempt. */
static void akolhook_sqlite_i_count(
        akolhook_sqlite *s, akolhook_sqlite_i_turn *t, const akolhook_store_outcome *o, int is_test) {
    if (is_test) {
        t->tests_made++;
        t->tests_failed += !o->row->success;
        return;
    }
    if (o->is_fault) return;
    t->last_triggered = o->row->at_ms;
    t->attempts++;
    t->attempts_failed += !o->row->success;
    if (o->row->success)
        akolhook_sqlite_i_do(
                s, AKOLHOOK_SQLITE_I_LATENCY, "ii", t->webhook, (int64_t)akolhook_stats_bucket(o->row->ms));
}
/* Judges an outcome, and does what that means for the webhook, but for what it had waiting. */
static void akolhook_sqlite_i_judge(akolhook_sqlite *s, const akolhook_store_rules *rules,
        akolhook_store_outcome *o, const akolhook_sqlite_i_delivery *d, akolhook_sqlite_i_turn *t) {
    akolhook_store_health health;
    akolhook_store_case at;

    memset(&at, 0, sizeof at);
    at.now = s->now;
    at.began = d->began;
    at.age_ms = s->now - d->created;
    at.answered_at = s->row.answered_at;
    at.attempt = (uint32_t)d->attempt;
    at.faults = (uint32_t)d->faults;
    at.is_test = (uint8_t)d->is_test;
    at.is_active = (uint8_t)t->active;
    at.is_cut = (uint8_t)akolhook_sqlite_i_is_cut(t, d);
    akolhook_sqlite_i_health_get(t, &health);
    akolhook_hub_judge(rules, &at, &health, o);

    akolhook_sqlite_i_health_put(t, &health);
    t->turn += o->turn_ms;
    if (o->answered) s->row.answered_at = s->now;
    if (o->deactivates) akolhook_sqlite_i_stop(s, t, AKOLHOOK_INACTIVE_BY_HUB, o->at_ms);
}
static void akolhook_sqlite_i_settle_one(
        akolhook_sqlite *s, const akolhook_store_rules *rules, akolhook_store_outcome *o) {
    uint32_t left = AKOLHOOK_STORE_STEP;
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_turn t;

    o->status = AKOLHOOK_LEASE_LOST;
    if (!o->lease || o->number > INT64_MAX || !akolhook_sqlite_i_delivery_load(s, (int64_t)o->number, &d))
        return;
    if ((uint64_t)d.lease != o->lease) return;
    if (!akolhook_sqlite_i_turn_load(s, d.webhook, &t)) {
        o->status = AKOLHOOK_UNKNOWN_WEBHOOK;
        akolhook_sqlite_i_delivery_remove(s, &d);
        return;
    }
    t.in_flight -= d.leased; /* a lease that ran out may have been counted as ended */
    akolhook_sqlite_i_judge(s, rules, o, &d, &t);

    if (o->row) {
        memcpy(o->row->message_id, d.message_id, sizeof o->row->message_id);
        o->row->event = (akolhook_event)d.event;
        o->row->number = o->number;
        o->row->is_test = (uint8_t)d.is_test;
        akolhook_sqlite_i_log_put(s, &t, d.body, d.message_id, o->row);
        akolhook_sqlite_i_count(s, &t, o, d.is_test != 0);
    }
    if (o->cancelled)
        akolhook_sqlite_i_delivery_cancel(s, &t, &d, o->at_ms);
    else if (o->state != AKOLHOOK_DELIVERY_WAITING)
        akolhook_sqlite_i_delivery_end(s, &t, &d, o->state);
    else
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_DELIVERY_BACK, "iiiii", d.number, (int64_t)0,
                s->now + o->due_ms, (int64_t)o->attempt, (int64_t)o->faults);

    if (o->deactivates)
        akolhook_sqlite_i_cut_end(s, &t, &left, o->at_ms);
    else
        akolhook_sqlite_i_place(s, &t);
}
/* What the claim of an outcome points to, once, also where it is given twice. */
static void akolhook_sqlite_i_let_go(akolhook_sqlite *s, const akolhook_store_outcome *outcomes, size_t at) {
    void *handle = outcomes[at].handle;
    size_t i;

    for (i = 0; i < at; i++)
        if (outcomes[i].handle == handle) return;
    if (handle) akolhook_sqlite_i_drop(&s->held, (akolhook_sqlite_i_block *)handle);
}
static akolhook_status akolhook_sqlite_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_write(s);
    size_t i;

    for (i = 0; i < count && !s->failed; i++) akolhook_sqlite_i_settle_one(s, rules, &outcomes[i]);
    status = akolhook_sqlite_i_end(s, status);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++) akolhook_sqlite_i_let_go(s, outcomes, i);
    return status;
}

static akolhook_status akolhook_sqlite_i_next_due(
        void *user, const akolhook_store_limits *limits, int64_t *ms) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    akolhook_sqlite_i_round r;
    akolhook_sqlite_i_next *next;
    int64_t due, lease;

    due = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_TIME, INT64_MAX, "");
    lease = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_TIME, INT64_MAX, "");
    if (lease < due) due = lease;

    akolhook_sqlite_i_round_init(&r, limits, NULL);
    next = akolhook_sqlite_i_pick(s, &r);
    if (next && !akolhook_sqlite_i_origin_is_full(&r, next->origin))
        due = s->now;
    else if (next && due > s->now + AKOLHOOK_SQLITE_I_PARK_MS)
        due = s->now + AKOLHOOK_SQLITE_I_PARK_MS; /* behind those of full origins there may be others */
    *ms = due == INT64_MAX ? -1 : due > s->now ? due - s->now : 0;
    return akolhook_sqlite_i_end(s, status);
}

/* ---- keeping house ---- */

/* Up to *left rows of the log of a webhook, the oldest first; how many it were. */
static int64_t akolhook_sqlite_i_log_trim(akolhook_sqlite *s, int64_t webhook, int64_t most, uint32_t *left) {
    int64_t sequence, ended = 0;

    for (; *left && ended < most; ended++, --*left) {
        sequence = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_LOG_OLDEST, 0, "i", webhook);
        if (!sequence) break;
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_LOG_END, "i", sequence);
    }
    return ended;
}
/* What is left of deleted webhooks; what is in flight of them stays until it is settled. */
static void akolhook_sqlite_i_tend_gone(akolhook_sqlite *s, uint32_t *left) {
    akolhook_sqlite_i_delivery d;
    akolhook_sqlite_i_head head;
    int64_t webhook = 0;

    while (*left) {
        webhook = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_GONE_GET, 0, "i", webhook);
        if (!webhook) return;
        (void)akolhook_sqlite_i_log_trim(s, webhook, INT64_MAX, left);
        while (*left && akolhook_sqlite_i_head_of(s, webhook, &head)) {
            if (akolhook_sqlite_i_delivery_load(s, head.number, &d)) akolhook_sqlite_i_delivery_remove(s, &d);
            --*left;
        }
        if (*left && !akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_OLDEST, 0, "i", webhook))
            akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_GONE_END, "i", webhook);
    }
}
static void akolhook_sqlite_i_tend_cut(akolhook_sqlite *s, uint32_t *left, int64_t at_ms) {
    akolhook_sqlite_i_turn t;
    int64_t webhook;

    while (*left) {
        webhook = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_CUTTING, 0, "");
        if (!webhook || !akolhook_sqlite_i_turn_load(s, webhook, &t)) return;
        akolhook_sqlite_i_cut_end(s, &t, left, at_ms);
    }
}
static void akolhook_sqlite_i_tend_log(akolhook_sqlite *s, uint32_t *left) {
    akolhook_sqlite_i_turn t;
    int64_t webhook;

    while (*left && s->trims) {
        webhook = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_LONG, 0, "i", (int64_t)s->desc.log_rows);
        s->trims = webhook && akolhook_sqlite_i_turn_load(s, webhook, &t);
        if (!s->trims) return;
        t.log_rows -= akolhook_sqlite_i_log_trim(s, webhook, t.log_rows - (int64_t)s->desc.log_rows, left);
        akolhook_sqlite_i_turn_save(s, &t);
    }
}
static void akolhook_sqlite_i_tend_events(akolhook_sqlite *s, uint32_t *left, int64_t before) {
    int64_t number;
    sqlite3_stmt *r;

    for (; *left; --*left) {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_EVENT_OLD, "i", before);
        if (!r) return;
        number = sqlite3_column_int64(r, 0);
        s->row.bytes -= sqlite3_column_int64(r, 1);
        s->row.events--;
        akolhook_sqlite_i_done(r);
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_BODY_END, "i", number);
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_EVENT_END, "i", number);
    }
}
static void akolhook_sqlite_i_tend_keys(akolhook_sqlite *s, uint32_t *left, int64_t before) {
    akolhook_str found;
    sqlite3_stmt *r;
    char key[16];

    for (; *left; --*left) {
        r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_KEY_OLD, "i", before);
        if (!r) return;
        found = akolhook_sqlite_i_str(r, 0);
        if (found.len > sizeof key) found.len = sizeof key; /* not covered: keys have this length */
        memcpy(key, found.ptr, found.len);
        akolhook_sqlite_i_done(r);
        akolhook_sqlite_i_do(s, AKOLHOOK_SQLITE_I_KEY_END, "b", akolhook_str_n(key, found.len));
        s->row.keys--;
    }
}

#define AKOLHOOK_SQLITE_I_KEEP_CLOCK_MS 600000 /* so often the time is kept where nothing else is */

/* Whether there is anything to do, so that it need not write. */
static akolhook_status akolhook_sqlite_i_tend_ask(
        akolhook_sqlite *s, const akolhook_store_tending *tending, int *has_work) {
    akolhook_status status = akolhook_sqlite_i_begin_read(s);

    *has_work = s->trims || s->now - s->read.clock_at >= AKOLHOOK_SQLITE_I_KEEP_CLOCK_MS ||
                akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_TURN_CUTTING, 0, "") ||
                akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_GONE_GET, 0, "i", (int64_t)0) ||
                akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_KEY_AGE, INT64_MAX, "") <
                        s->now - tending->keys_ms ||
                (tending->events_ms >= 0 && akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_EVENT_OLD, 0, "i",
                                                    s->now - tending->events_ms));
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_tend(void *user, akolhook_store_tending *tending) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    uint32_t cut = AKOLHOOK_STORE_STEP, gone = cut, log = cut, events = cut, keys = cut;
    akolhook_status status;
    int has_work;

    tending->more = 0;
    tending->unsaved = 0;
    if (s->scrubs) akolhook_sqlite_i_scrub(s);
    status = akolhook_sqlite_i_tend_ask(s, tending, &has_work);
    if (status != AKOLHOOK_OK || !has_work) return status;

    status = akolhook_sqlite_i_begin_write(s);
    akolhook_sqlite_i_tend_cut(s, &cut, tending->at_ms);
    akolhook_sqlite_i_tend_gone(s, &gone);
    akolhook_sqlite_i_tend_log(s, &log);
    if (tending->events_ms >= 0) akolhook_sqlite_i_tend_events(s, &events, s->now - tending->events_ms);
    akolhook_sqlite_i_tend_keys(s, &keys, s->now - tending->keys_ms);
    tending->more = !cut || !gone || !log || !events || !keys;
    return akolhook_sqlite_i_end(s, status);
}

/* ---- counters ---- */

static void akolhook_sqlite_i_stats_of(akolhook_sqlite *s, int64_t webhook, akolhook_stats *stats) {
    akolhook_sqlite_i_turn t;

    if (!akolhook_sqlite_i_turn_load(s, webhook, &t)) return;
    stats->delivered = (uint64_t)t.delivered;
    stats->failed = (uint64_t)t.failed;
    stats->cancelled = (uint64_t)t.cancelled;
    stats->dropped = (uint64_t)t.dropped;
    stats->waiting = (uint64_t)(t.queued - t.tests);
    stats->skipped = (uint64_t)t.skipped;
    stats->attempts = (uint64_t)t.attempts;
    stats->attempts_failed = (uint64_t)t.attempts_failed;
    stats->tests = (uint64_t)t.tests_made;
    stats->tests_failed = (uint64_t)t.tests_failed;
}
static void akolhook_sqlite_i_stats_all(akolhook_sqlite *s, akolhook_stats *stats) {
    uint64_t *const members[] = {&stats->delivered, &stats->failed, &stats->cancelled, &stats->dropped,
            &stats->waiting, &stats->skipped, &stats->attempts, &stats->attempts_failed, &stats->tests,
            &stats->tests_failed};
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_STATS_ALL, "");
    size_t i;

    if (!r) return;
    for (i = 0; i < sizeof members / sizeof members[0]; i++)
        *members[i] = (uint64_t)sqlite3_column_int64(r, (int)i);
    akolhook_sqlite_i_done(r);
}
static akolhook_status akolhook_sqlite_i_stats(void *user, const char *id, akolhook_stats *stats) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    int64_t webhook = id ? akolhook_sqlite_i_find(s, akolhook_str_c(id)) : 0, bucket, n;
    sqlite3_stmt *r;

    if (id && !webhook) return akolhook_sqlite_i_end(s, AKOLHOOK_UNKNOWN_WEBHOOK);
    memset(stats, 0, sizeof *stats);
    if (id)
        akolhook_sqlite_i_stats_of(s, webhook, stats);
    else
        akolhook_sqlite_i_stats_all(s, stats);
    stats->emitted = stats->delivered + stats->failed + stats->cancelled + stats->dropped + stats->waiting;

    r = id ? akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LATENCY_GET, "i", webhook)
           : akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_LATENCY_ALL, "");
    for (; r; r = akolhook_sqlite_i_step(s, r) ? r : NULL) {
        bucket = sqlite3_column_int64(r, 0);
        n = sqlite3_column_int64(r, 1);
        if (bucket < 0 || bucket >= AKOLHOOK_LATENCY_BUCKETS || n < 0) continue;
        n += stats->latency[bucket];
        stats->latency[bucket] = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
    }
    return akolhook_sqlite_i_end(s, status);
}
static akolhook_status akolhook_sqlite_i_gauges(void *user, akolhook_gauges *gauges) {
    akolhook_sqlite *s = (akolhook_sqlite *)user;
    akolhook_status status = akolhook_sqlite_i_begin_read(s);
    sqlite3_stmt *r = akolhook_sqlite_i_ask(s, AKOLHOOK_SQLITE_I_GAUGES, "");
    int64_t oldest;

    memset(gauges, 0, sizeof *gauges);
    if (r) {
        gauges->webhooks = (uint64_t)sqlite3_column_int64(r, 0);
        gauges->waiting = (uint64_t)sqlite3_column_int64(r, 1);
        gauges->in_flight = (uint64_t)sqlite3_column_int64(r, 2);
        gauges->failing = (uint64_t)sqlite3_column_int64(r, 3);
        akolhook_sqlite_i_done(r);
    }
    gauges->events = (uint64_t)s->row.events;
    gauges->bytes = (uint64_t)s->row.bytes;
    gauges->keys = (uint64_t)s->row.keys;
    oldest = akolhook_sqlite_i_number(s, AKOLHOOK_SQLITE_I_DELIVERY_OLDEST_ALL, 0, "");
    gauges->oldest_ms = oldest ? s->now - oldest : -1;
    return akolhook_sqlite_i_end(s, status);
}

/* ---- making it ---- */

static void akolhook_sqlite_i_exec(akolhook_sqlite *s, const char *sql) {
    if (!s->failed && sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
}
/* Whose file it is, and of which layout: OK, and *is_new when nothing is in it, *is_last when it is of the
   layout before. */
static akolhook_status akolhook_sqlite_i_layout(akolhook_sqlite *s, int *is_new, int *is_last) {
    static const char sql[] = /* in one statement, as another process may be making it */
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master),"
            " (SELECT count(*) FROM sqlite_master WHERE name IN ('webhooks', 'deliveries', 'totals'))"
            " FROM pragma_application_id, pragma_user_version";
    int64_t found[4] = {0, 0, 0, 0}; /* application, version, tables, those of before the first layout */
    sqlite3_stmt *r = NULL;
    int result = s->failed ? SQLITE_ERROR : sqlite3_prepare_v2(s->db, sql, -1, &r, NULL);

    if (result == SQLITE_OK) result = sqlite3_step(r);
    if (result == SQLITE_ROW)
        akolhook_sqlite_i_get_all(r, found, 4);
    else
        akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
    sqlite3_finalize(r);
    *is_new = !s->failed && !found[0] && !found[1] && !found[2];
    *is_last = !s->failed && found[0] == AKOLHOOK_SQLITE_I_APPLICATION &&
               found[1] == AKOLHOOK_SQLITE_I_LAST_VERSION;
    if (s->failed) return result == SQLITE_NOTADB ? AKOLHOOK_STORE_FOREIGN : AKOLHOOK_STORE_FAILED;
    if (*is_new || *is_last) return AKOLHOOK_OK;
    if (found[0] == AKOLHOOK_SQLITE_I_APPLICATION && found[1] == AKOLHOOK_SQLITE_I_VERSION)
        return AKOLHOOK_OK;

    sqlite3_snprintf((int)sizeof s->error, s->error, "application_id %lld, user_version %lld",
            (long long)found[0], (long long)found[1]);
    return found[0] == AKOLHOOK_SQLITE_I_APPLICATION || (!found[0] && found[3] == 3) ? AKOLHOOK_STORE_VERSION
                                                                                     : AKOLHOOK_STORE_FOREIGN;
}
/* Turns the write-ahead log on. SQLite waits there for some others and not for some, so it is done here for
   all of them. */
static void akolhook_sqlite_i_journal(akolhook_sqlite *s) {
    const int pause_ms = 5;
    uint32_t waited = 0;
    int result;

    akolhook_sqlite_i_patience(s, 0);
    result = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    for (; result == SQLITE_BUSY && waited < s->desc.busy_ms; waited += (uint32_t)pause_ms) {
        (void)sqlite3_sleep(pause_ms);
        result = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    }
    akolhook_sqlite_i_patience(s, s->desc.busy_ms);
    if (result != SQLITE_OK) akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
}
/* Tables where there are none, or those of the last layout changed to this one; two processes may come at
   once. */
static akolhook_status akolhook_sqlite_i_make(akolhook_sqlite *s) {
    const size_t tables = sizeof akolhook_sqlite_i_tables / sizeof akolhook_sqlite_i_tables[0];
    const size_t changes = sizeof akolhook_sqlite_i_changes / sizeof akolhook_sqlite_i_changes[0];
    akolhook_status status;
    size_t i;
    int is_new, is_last;

    status = akolhook_sqlite_i_layout(s, &is_new, &is_last);
    if (status != AKOLHOOK_OK) return status;
    akolhook_sqlite_i_journal(s);
    akolhook_sqlite_i_exec(s, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    if (is_new || is_last) {
        akolhook_sqlite_i_exec(s, "BEGIN IMMEDIATE");
        status = akolhook_sqlite_i_layout(s, &is_new, &is_last);
        for (i = 0; is_new && i < tables; i++) akolhook_sqlite_i_exec(s, akolhook_sqlite_i_tables[i]);
        for (i = 0; is_last && i < changes; i++) akolhook_sqlite_i_exec(s, akolhook_sqlite_i_changes[i]);
        akolhook_sqlite_i_exec(s, "COMMIT");
    }
    return s->failed ? AKOLHOOK_STORE_FAILED : status;
}
/* The SQL function akolhook_next: a number of its own for each row that an insert makes. */
static void akolhook_sqlite_i_next_number(sqlite3_context *context, int count, sqlite3_value **values) {
    akolhook_sqlite *s = (akolhook_sqlite *)sqlite3_user_data(context);

    (void)count;
    (void)values;
    sqlite3_result_int64(context, ++s->row.numbers);
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
    int i, file;

    /* a store in memory would lose what was accepted, a URI may say that there are no locks */
    if (strcmp(s->desc.path, ":memory:") == 0 || strncmp(s->desc.path, "file:", 5) == 0) {
        akolhook_sqlite_i_fail(s, "SQLite takes this path for no name of a file: write ./ before it");
        return AKOLHOOK_STORE_FAILED;
    }

    /* a new file, as it holds secrets. One that is there is not touched: closing it here would end the locks
       that this process may have on it through another connection */
    file = open(s->desc.path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file >= 0) (void)close(file);

    if (sqlite3_open_v2(s->desc.path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        akolhook_sqlite_i_fail(s, s->db ? sqlite3_errmsg(s->db) : "out of memory");
    else if (sqlite3_db_readonly(s->db, "main") != 0)
        akolhook_sqlite_i_fail(s, "the file may not be written");
    if (s->failed) return AKOLHOOK_STORE_FAILED;
    akolhook_sqlite_i_patience(s, s->desc.busy_ms);

    status = akolhook_sqlite_i_make(s);
    if (status == AKOLHOOK_OK && sqlite3_create_function(s->db, "akolhook_next", 0, SQLITE_UTF8, s,
                                         akolhook_sqlite_i_next_number, NULL, NULL) != SQLITE_OK) {
        akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
        status = AKOLHOOK_STORE_FAILED;
    }
    for (i = 0; i < AKOLHOOK_SQLITE_I_COUNT && status == AKOLHOOK_OK; i++)
        if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i], NULL) !=
                SQLITE_OK) {
            akolhook_sqlite_i_fail(s, sqlite3_errmsg(s->db));
            status = AKOLHOOK_STORE_FAILED;
        }
    return status;
}

static void akolhook_sqlite_i_hooks(akolhook_store *store) {
    store->bind_fn = akolhook_sqlite_i_bind_business;
    store->note_fn = akolhook_sqlite_i_note;
    store->webhook_put_fn = akolhook_sqlite_i_put;
    store->webhook_set_fn = akolhook_sqlite_i_set;
    store->webhook_get_fn = akolhook_sqlite_i_get;
    store->webhook_list_fn = akolhook_sqlite_i_list;
    store->webhook_delete_fn = akolhook_sqlite_i_delete;
    store->enqueue_fn = akolhook_sqlite_i_enqueue;
    store->redeliver_fn = akolhook_sqlite_i_redeliver;
    store->redeliver_failed_fn = akolhook_sqlite_i_redeliver_failed;
    store->send_now_fn = akolhook_sqlite_i_send_now;
    store->cancel_fn = akolhook_sqlite_i_cancel;
    store->delivery_fn = akolhook_sqlite_i_delivery_get;
    store->waiting_fn = akolhook_sqlite_i_waiting;
    store->claim_fn = akolhook_sqlite_i_claim;
    store->settle_fn = akolhook_sqlite_i_settle;
    store->next_due_fn = akolhook_sqlite_i_next_due;
    store->tend_fn = akolhook_sqlite_i_tend;
    store->log_fn = akolhook_sqlite_i_log;
    store->stats_fn = akolhook_sqlite_i_stats;
    store->gauges_fn = akolhook_sqlite_i_gauges;
}
AKOLHOOK_API akolhook_status akolhook_sqlite_open(
        akolhook_sqlite **lite, void *memory, size_t size, const akolhook_sqlite_desc *desc) {
    const size_t align = 16;
    size_t skip;
    akolhook_sqlite *s;

    if (lite) *lite = NULL;
    if (!lite || !memory || !desc || !desc->path || !desc->path[0]) return AKOLHOOK_INVALID_ARGUMENT;
    skip = (align - (size_t)((uintptr_t)memory % align)) % align;
    if (size < skip + sizeof *s) return AKOLHOOK_MEMORY_TOO_SMALL;

    s = (akolhook_sqlite *)(void *)((char *)memory + skip);
    memset(s, 0, sizeof *s);
    s->desc = *desc;
    if (!s->desc.log_rows) s->desc.log_rows = 64;
    if (!s->desc.busy_ms) s->desc.busy_ms = 5000;
#ifndef AKOLHOOK_NO_POSIX
    if (!s->desc.platform) s->desc.platform = akolhook_posix_platform();
#endif
    if (!s->desc.platform) return AKOLHOOK_INVALID_ARGUMENT; /* not covered: under AKOLHOOK_NO_POSIX alone */
    s->store.user = s;
    s->store.poll_ms = desc->poll_ms ? desc->poll_ms : 500;
    s->trims = 1;
    akolhook_sqlite_i_hooks(&s->store);
    *lite = s;
    return akolhook_sqlite_i_connect(s);
}
AKOLHOOK_API const akolhook_store *akolhook_sqlite_store(const akolhook_sqlite *lite) { return &lite->store; }
AKOLHOOK_API const char *akolhook_sqlite_error(const akolhook_sqlite *lite) { return lite->error; }
AKOLHOOK_API sqlite3 *akolhook_sqlite_db(const akolhook_sqlite *lite) { return lite->db; }

AKOLHOOK_API void akolhook_sqlite_close(akolhook_sqlite *lite) {
    int i;

    if (!lite) return;
    if (lite->statements[AKOLHOOK_SQLITE_I_SECRETS_ZERO]) { /* those that it needs come before */
        akolhook_sqlite_i_patience(lite, 0);
        akolhook_sqlite_i_forget(lite);
    }
    while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);
    while (lite->shown) akolhook_sqlite_i_drop(&lite->shown, lite->shown);
    for (i = 0; i < AKOLHOOK_SQLITE_I_COUNT; i++) sqlite3_finalize(lite->statements[i]);
    sqlite3_close(lite->db);
    akolhook_wipe(lite, sizeof *lite);
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_SQLITE_IMPLEMENTATION */
