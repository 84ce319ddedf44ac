/* The worker of the durable inbox: handles each event of inbox.c once, in order, and later again what failed.
   It may be killed at any moment, and several may run.
   Copy: inbox_worker.c inbox.h akolhook.h
   Build: cc -O2 -o worker inbox_worker.c -lsqlite3
   Run: ./worker inbox.db */
#include "inbox.h"

#define NEXT "SELECT id, body FROM inbox WHERE NOT done AND due <= " NOW " ORDER BY due, id LIMIT 1"
#define DONE "UPDATE inbox SET done = 1 WHERE id = ?1"
#define AGAIN "UPDATE inbox SET due = " NOW " + 60 WHERE id = ?1"
#define FORGET "DELETE FROM inbox WHERE done AND received < " NOW " - 5 * 86400"

/* Your work; 0 when it is done. What it writes to db is committed together with the row being done: exactly
   once. What it does elsewhere comes again when it is killed before that: the row's number tells. Meanwhile
   nothing else is written: when it takes longer than the five seconds that inbox.c waits, senders get 503. */
static int work(sqlite3_int64 row, const akolhook_message *msg) {
    return run(
            "INSERT INTO handled(inbox, event) VALUES(?1, CAST(?2 AS TEXT))", row, msg->event_name.str, none);
}

/* Handles the next one; 0 when none is due. */
static int work_next(void) {
    sqlite3_stmt *next = NULL;
    sqlite3_int64 row = 0;
    akolhook_message msg;
    int good = 0;

    if (run("BEGIN IMMEDIATE", 0, none, none) != 0) return 0;
    if (sqlite3_prepare_v2(db, NEXT, -1, &next, NULL) == SQLITE_OK && sqlite3_step(next) == SQLITE_ROW) {
        const void *body = sqlite3_column_blob(next, 1);
        const size_t len = (size_t)sqlite3_column_bytes(next, 1);

        row = sqlite3_column_int64(next, 0);
        good = akolhook_envelope_parse(body, len, &msg, NULL) == AKOLHOOK_OK && work(row, &msg) == 0;
    }
    sqlite3_finalize(next);
    good = good && run(DONE, row, none, none) == 0 && run("COMMIT", 0, none, none) == 0;
    if (!good) run("ROLLBACK", 0, none, none);
    if (row && !good) run(AGAIN, row, none, none);
    return row != 0;
}

int main(int argc, char **argv) {
    if (argc != 2) return fail("usage: worker DATABASE");
    if (inbox_open(argv[1]) != 0) return 2;
    for (;;) {
        if (work_next()) continue;
        run(FORGET, 0, none, none);
        sqlite3_sleep(100);
    }
}
