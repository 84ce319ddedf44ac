/* Several processes on one SQLite file, killed now and then: see hub_many.h. LONG=1: longer, five seeds. */
#define _DEFAULT_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#include "hub_world.h"
#include "hub_many.h"

static char directory[] = "/tmp/akolhook_many.XXXXXX", path[64];
static unsigned char memory[AKOLHOOK_SQLITE_SIZE];
static akolhook_sqlite *lite;

static akolhook_status many_open(const akolhook_platform *platform, const akolhook_store **store) {
    akolhook_sqlite_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    desc.path = path;
    desc.log_rows = MANY_LOG_ROWS;
    desc.busy_ms = 120000;
    desc.platform = platform;
    status = akolhook_sqlite_open(&lite, memory, sizeof memory, &desc);
    if (status == AKOLHOOK_OK) *store = akolhook_sqlite_store(lite);
    return status;
}
static void many_close(void) { akolhook_sqlite_close(lite); }
static const char *many_error(void) { return lite ? akolhook_sqlite_error(lite) : ""; }
static long many_wrong(void) {
    static const char *const rules[] = {
            "SELECT count(*) FROM turns t LEFT JOIN (SELECT webhook, count(*) n, sum(is_test) k,"
            " sum(leased) l"
            " FROM deliveries GROUP BY 1) d USING (webhook) WHERE webhook > 0 AND (queued <> coalesce(n, 0)"
            " OR tests <> coalesce(k, 0) OR in_flight <> coalesce(l, 0))",
            "SELECT count(*) FROM turns WHERE queued > 0 AND in_flight = 0 AND ready = 0 AND ready_at = 0",
            "SELECT count(*) FROM events e WHERE pending <> (SELECT count(*) FROM deliveries WHERE body ="
            " e.number)",
            "SELECT count(*) FROM deliveries WHERE body NOT IN (SELECT number FROM events)",
            "SELECT count(*) FROM store WHERE events <> (SELECT count(*) FROM events) OR keys <> (SELECT"
            " count(*) FROM keys) OR bytes <> (SELECT coalesce(sum(length(head) + length(tail)), 0) FROM"
            " bodies)",
            "SELECT count(*) FROM (SELECT webhook FROM deliveries UNION SELECT webhook FROM log) WHERE"
            " webhook"
            " NOT IN (SELECT webhook FROM turns UNION SELECT webhook FROM gone)",
            "SELECT count(*) FROM turns t WHERE webhook > 0 AND log_rows <> (SELECT count(*) FROM log l WHERE"
            " l.webhook = t.webhook)",
            "SELECT count(*) FROM turns t JOIN (SELECT webhook, sum(state = 2) d, sum(state = 3) f, sum(state"
            " = 4 AND attempt = 0) c, sum(state = 5) x, sum(attempt > 0) a FROM log WHERE is_test = 0"
            " GROUP BY"
            " 1) USING (webhook) WHERE delivered <> d OR failed <> f OR cancelled <> c OR dropped <> x OR"
            " attempts <> a"};
    sqlite3 *db = NULL;
    sqlite3_stmt *r;
    long wrong = 0, n;
    size_t i;
    /* opened for this alone: a process that is made meanwhile must not have it */
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 120000);
    CHECK_INT(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        r = NULL;
        n = -1;
        if (sqlite3_prepare_v2(db, rules[i], -1, &r, NULL) == SQLITE_OK && sqlite3_step(r) == SQLITE_ROW)
            n = (long)sqlite3_column_int64(r, 0);
        sqlite3_finalize(r);
        if (n) printf("    %ld: %s %s\n", n, rules[i], n < 0 ? sqlite3_errmsg(db) : "");
        wrong += n != 0;
    }
    sqlite3_close(db);
    return wrong;
}

static void test_many(void) {
    uint32_t seed, seeds = getenv("LONG") ? 5 : 1;
    char command[80];
    for (seed = 1; seed <= seeds && !check_bad; seed++) {
        snprintf(command, sizeof command, "rm -f %s/*", directory);
        CHECK_INT(system(command), 0);
        many_run(seed);
    }
}

int main(void) {
    char command[80];
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    RUN(test_many);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) ? 1 : check_end();
}
