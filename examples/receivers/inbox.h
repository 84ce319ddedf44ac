/* inbox.h - the table that inbox.c and inbox_worker.c share, and how both run statements */
#ifndef INBOX_H
#define INBOX_H

#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

#include <sqlite3.h>
#include <stdio.h>

/* done ones are kept for longer than a sender tries again, so that it is told of duplicates */
#define NOW "CAST(strftime('%s', 'now') AS INTEGER)" /* unixepoch() is of SQLite 3.38 */
#define SCHEMA \
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" \
    "CREATE TABLE IF NOT EXISTS inbox(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body BLOB NOT NULL," \
    "  received INTEGER DEFAULT (" NOW "), due INTEGER DEFAULT 0, done INTEGER DEFAULT 0);" \
    "CREATE INDEX IF NOT EXISTS waiting ON inbox(due, id) WHERE NOT done;" \
    "CREATE INDEX IF NOT EXISTS done ON inbox(received) WHERE done;" \
    "CREATE TABLE IF NOT EXISTS handled(inbox INTEGER, event TEXT);"
static sqlite3 *db;
static const akolhook_str none;

/* Runs a statement with a number for ?1 and bytes for ?2 and ?3. Returns 0 when it is done. */
static int run(const char *sql, sqlite3_int64 number, akolhook_str two, akolhook_str three) {
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, number);
        sqlite3_bind_blob(statement, 2, two.ptr, (int)two.len, SQLITE_STATIC);
        sqlite3_bind_blob(statement, 3, three.ptr, (int)three.len, SQLITE_STATIC);
        rc = sqlite3_step(statement);
    }
    if (rc != SQLITE_DONE) fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* Says why the program does not start; its exit status. */
static int fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    return 2;
}

/* Opens the file, or makes it. Returns 0, or -1 with the reason said. */
static int inbox_open(const char *path) {
    int rc = sqlite3_open(path, &db), tries = 50;

    /* for a change to WAL SQLite itself does not wait, as when both programs make the file at once */
    if (rc == SQLITE_OK) rc = sqlite3_exec(db, SCHEMA, NULL, NULL, NULL);
    while (rc == SQLITE_BUSY && tries-- > 0) {
        sqlite3_sleep(100);
        rc = sqlite3_exec(db, SCHEMA, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, 5000);
    if (rc != SQLITE_OK) fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db));
    return rc == SQLITE_OK ? 0 : -1;
}

#endif
