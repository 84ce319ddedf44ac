/* The hub over SQLite: the suite that every store must pass; then what is SQLite's own. */
#define AKOLHOOK_IMPLEMENT_ALL
#define AKOLHOOK_LOG_LOOK 5 /* so that pages end for it, too */
#include "akolhook_sqlite.h"
#define SUITE_DAYS 20
#define SUITE_STEP 12
#define SIM_STEPS 1500
#define SIM_HOURS 1
#define SIM_BACKLOG 2000
#include "hub_suite.h"
#include "hub_two.h"
#include "hub_twin.h"
#include "hub_moved.h"
#include "hub_script.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char directory[] = "/tmp/akolhook_lite.XXXXXX";
static char path[64], wal_path[64], seen_path[64];
static unsigned char lite_memory[4][AKOLHOOK_SQLITE_SIZE];
static akolhook_sqlite *lite;
static int is_long;
static int is_synced; /* a killed process loses nothing without it, so that it is off where no disk fails */

static pid_t lite_fork(void) {
    fflush(stdout); /* or it is printed twice */
    return fork();
}
static void lite_remove(void) {
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[80];
    size_t i;
    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
}
static long io_calls, io_fail_at,
        io_arm; /* accesses to files: see test_io_errors; armed by the next opening */
static akolhook_sqlite_desc lite_desc(void) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    where.path = path;
    where.log_rows = desc.memory.log_rows ? desc.memory.log_rows : 32;
    where.platform = &world_platform;
    where.poll_ms = 86400000;
    return where;
}
static akolhook_sqlite *lite_open(size_t at) {
    akolhook_sqlite_desc where = lite_desc();
    akolhook_sqlite *opened;
    CHECK_STATUS(akolhook_sqlite_open(&opened, lite_memory[at], sizeof lite_memory[at], &where), OK);
    if (akolhook_sqlite_error(opened)[0]) printf("%s\n", akolhook_sqlite_error(opened));
    if (io_arm) {
        io_fail_at = io_calls + io_arm;
        io_arm = 0;
    }
    if (!is_synced) sqlite3_exec(akolhook_sqlite_db(opened), "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    return opened;
}
/* ---- what must hold between the tables after every call ---- */

static int64_t number_of(sqlite3 *db, const char *text) {
    sqlite3_stmt *r = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(db, text, -1, &r, NULL) == SQLITE_OK && sqlite3_step(r) == SQLITE_ROW)
        value = sqlite3_column_int64(r, 0);
    sqlite3_finalize(r);
    return value;
}
/* Each counts the rows that contradict. */
static const char *const contradictions[] = {
        "SELECT count(*) FROM turns t WHERE webhook > 0 AND (queued <> (SELECT count(*) FROM deliveries d "
        "WHERE d.webhook = t.webhook)"
        " OR tests <> (SELECT coalesce(sum(is_test), 0) FROM deliveries d WHERE d.webhook = t.webhook)"
        " OR in_flight <> (SELECT coalesce(sum(leased), 0) FROM deliveries d WHERE d.webhook = t.webhook)"
        " OR log_rows <> (SELECT count(*) FROM log l WHERE l.webhook = t.webhook))",
        "SELECT count(*) FROM turns t WHERE ready = 1 AND queued = in_flight",
        "SELECT count(*) FROM turns t WHERE ready = 0 AND ready_at = 0 AND in_flight = 0 AND queued > 0",
        "SELECT count(*) FROM turns WHERE webhook > 0 AND webhook NOT IN (SELECT number FROM webhooks)",
        "SELECT count(*) FROM webhooks WHERE number NOT IN (SELECT webhook FROM turns)"
        " OR number NOT IN (SELECT webhook FROM secrets WHERE length(secret) = 129)",
        "SELECT count(*) FROM secrets WHERE webhook NOT IN (SELECT number FROM webhooks)",
        "SELECT count(*) FROM events e WHERE pending <> (SELECT count(*) FROM deliveries d WHERE d.body = "
        "e.number)",
        "SELECT count(*) FROM deliveries WHERE body NOT IN (SELECT number FROM events)",
        "SELECT (SELECT count(*) FROM events) <> (SELECT count(*) FROM bodies)",
        "SELECT count(*) FROM deliveries WHERE webhook NOT IN (SELECT webhook FROM turns UNION SELECT "
        "webhook FROM gone)",
        "SELECT count(*) FROM store WHERE events <> (SELECT count(*) FROM events) OR keys <> (SELECT "
        "count(*) FROM keys)"
        " OR bytes <> (SELECT coalesce(sum(length(head) + length(tail)), 0) FROM bodies)",
        "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
};
static void check_consistent(sqlite3 *db) {
    size_t i;
    for (i = 0; i < sizeof contradictions / sizeof contradictions[0]; i++) {
        int64_t found = number_of(db, contradictions[i]);
        if (found) printf("%s\n", contradictions[i]);
        CHECK_INT(found, 0);
    }
}

static void suite_store_open(akolhook_hub_desc *d) {
    lite_remove();
    lite = lite_open(0);
    d->store = akolhook_sqlite_store(lite);
    d->max_webhooks = d->max_webhooks          ? d->max_webhooks
                      : d->memory.max_webhooks ? d->memory.max_webhooks
                                               : 40;
}
static void suite_store_close(void) {
    if (akolhook_sqlite_error(lite)[0] && !suite_keeps) printf("%s\n", akolhook_sqlite_error(lite));
    CHECK(lite->held == NULL || suite_keeps);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(lite);
}

/* ---- secrets ---- */

static int file_holds(const char *name, const char *text) {
    static char data[4 << 20];
    FILE *file = fopen(name, "rb");
    size_t len, i, want = strlen(text);
    int found = 0;
    if (!file) return 0;
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    for (i = 0; i + want <= len && !found; i++) found = memcmp(data + i, text, want) == 0;
    akolhook_wipe(data, len); /* test_secret_memory looks for the same bytes */
    return found;
}
/* Old secrets do not stay in the file or its log; others may not read it. */
static void test_secret_files(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    struct stat info;
    mode_t mask = umask(0);
    suite_start();
    umask(mask);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    hook = create("https://a.example/");
    CHECK(stat(wal_path, &info) == 0 && (info.st_mode & 0777) == 0600);
    CHECK(file_holds(wal_path, hook.secret));
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(!file_holds(path, hook.secret) && !file_holds(wal_path, hook.secret));
    CHECK(file_holds(path, secret));
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK(!file_holds(path, secret) && !file_holds(wal_path, secret));
    suite_end();
}
/* While another connection reads, the log cannot be emptied: it is as soon as that is over. */
static void test_secret_later(void) {
    akolhook_webhook hook;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    char secret[AKOLHOOK_SECRET_SIZE];
    sqlite3 *other = NULL;
    suite_start();
    hook = create("https://a.example/");
    CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
    CHECK_INT(sqlite3_exec(other, "BEGIN; SELECT * FROM store", NULL, NULL, NULL), SQLITE_OK);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(file_holds(wal_path, hook.secret));
    CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK(!file_holds(path, hook.secret) && !file_holds(wal_path, hook.secret));
    sqlite3_close(other);
    suite_end();
}
/* Secrets are overwritten in memory alone, also while others read or write: in the file they stay. */
static void test_secret_stays(void) {
    akolhook_webhook hook;
    sqlite3 *other = NULL;
    int i;
    for (i = 0; i < 3; i++) {
        suite_start();
        hook = create("https://a.example/");
        emit();
        CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
        if (i)
            CHECK_INT(sqlite3_exec(other, i == 1 ? "BEGIN IMMEDIATE" : "BEGIN; SELECT * FROM store", NULL,
                              NULL, NULL),
                    SQLITE_OK);
        lite->scrubs = 1;
        akolhook_sqlite_i_scrub(lite);
        akolhook_hub_close(hub);
        akolhook_sqlite_close(lite);
        sqlite3_close(other);
        lite = lite_open(0);
        desc.store = akolhook_sqlite_store(lite);
        CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
        run();
        CHECK(w.count == 1 && is_signed(&w.requests[0], hook.secret));
        suite_end();
    }
}
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) /* that one keeps memory which nobody may read */
#define HAS_MAPS
/* Occurrences in what this process may write, its stack left out; hidden: each byte of it turned by 0x5a. */
static int memory_holds(const unsigned char *hidden, size_t len) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[400];
    int found = 0;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[8];
        const unsigned char *p;
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || strncmp(rights, "rw", 2) != 0 ||
                strstr(line, "[stack]"))
            continue;
        for (p = (const unsigned char *)from; p + len <= (const unsigned char *)to; p++) {
            size_t i;
            for (i = 0; i < len && p[i] == (hidden[i] ^ 0x5a); i++) continue;
            found += i == len;
        }
    }
    if (maps) fclose(maps);
    return found;
}
/* After claims and a rotation no old secret is left in the memory of this process; after a close no other,
   but for the copies of its page that SQLite made for itself: how many are left turns on what took their
   places. */
static void test_secret_memory(void) {
    akolhook_webhook hook;
    unsigned char hidden[2][AKOLHOOK_SECRET_SIZE - 1];
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t i;
    suite_start();
    w.random = 20261129; /* secrets that no other test has seen */
    hook = create("https://a.example/");
    for (i = 0; i < sizeof hidden[0]; i++) hidden[0][i] = (unsigned char)hook.secret[i] ^ 0x5a;
    emit();
    run();
    CHECK(memory_holds(hidden[0], sizeof hidden[0]) >
            0); /* in SQLite's page cache: the search finds what is there */
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    for (i = 0; i < sizeof hidden[1]; i++) hidden[1][i] = (unsigned char)secret[i] ^ 0x5a;
    akolhook_wipe(&hook, sizeof hook);
    akolhook_wipe(secret, sizeof secret);
    emit();
    run();
    CHECK_INT(memory_holds(hidden[0], sizeof hidden[0]), 0);
    suite_end();
    CHECK(memory_holds(hidden[1], sizeof hidden[1]) <= 2);
}
#endif

/* ---- opening ---- */

static akolhook_status open_status(const char *name) {
    akolhook_sqlite_desc where = lite_desc();
    akolhook_sqlite *opened;
    akolhook_status status;
    where.path = name;
    status = akolhook_sqlite_open(&opened, lite_memory[1], sizeof lite_memory[1], &where);
    if (status != AKOLHOOK_OK) CHECK(!opened || akolhook_sqlite_error(opened)[0]);
    akolhook_sqlite_close(opened);
    return status;
}
static void test_open_arguments(void) {
    akolhook_sqlite_desc where;
    akolhook_sqlite *opened = NULL;
    char named[sizeof path];
    size_t i;
    suite_begin();
    where = lite_desc();
    lite_remove();
    CHECK_STATUS(akolhook_sqlite_open(NULL, lite_memory[1], sizeof lite_memory[1], &where), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_sqlite_open(&opened, NULL, sizeof lite_memory[1], &where), INVALID_ARGUMENT);
    CHECK_STATUS(
            akolhook_sqlite_open(&opened, lite_memory[1], sizeof lite_memory[1], NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_sqlite_open(&opened, lite_memory[1], sizeof(struct akolhook_sqlite) - 1, &where),
            MEMORY_TOO_SMALL);
    CHECK(!opened);
    CHECK_STATUS(open_status(NULL), INVALID_ARGUMENT);
    CHECK_STATUS(open_status(""), INVALID_ARGUMENT);
    CHECK_STATUS(open_status("/nonexistent/x.db"), STORE_FAILED);
    CHECK_STATUS(open_status(":memory:"), STORE_FAILED); /* SQLite's own names are none of files, */
    CHECK_STATUS(open_status("file:akolhook.db?mode=memory"), STORE_FAILED);
    CHECK(access(":memory:", F_OK) != 0 && access("file:akolhook.db?mode=memory", F_OK) != 0);
    snprintf(named, sizeof named, "%s/:memory:", directory); /* and within a path they are */
    CHECK_STATUS(open_status(named), OK);
    CHECK(access(named, F_OK) == 0 && remove(named) == 0);
    CHECK_STATUS(open_status(directory), STORE_FAILED);
    CHECK(access(path, F_OK) != 0);
    /* any alignment; _close wipes it */
    memset(lite_memory[1], 0, sizeof lite_memory[1]);
    CHECK_STATUS(akolhook_sqlite_open(&opened, lite_memory[1] + 1, sizeof lite_memory[1] - 1, &where), OK);
    CHECK_TEXT(akolhook_sqlite_error(opened), "");
    akolhook_sqlite_close(opened);
    akolhook_sqlite_close(NULL);
    for (i = 0; i < sizeof lite_memory[1]; i++) CHECK_INT(lite_memory[1][i], 0);
}
/* What is another program's, or of another layout, is refused and stays as it is. */
static void test_layout(void) {
    static const struct {
        const char *sql;
        akolhook_status status;
    } files[] = {
            {"PRAGMA application_id = 1634430824; PRAGMA user_version = 5; CREATE TABLE x (a)",
                    AKOLHOOK_STORE_VERSION},
            {"PRAGMA application_id = 1634430824; PRAGMA user_version = 2; CREATE TABLE x (a)",
                    AKOLHOOK_STORE_VERSION},
            {"CREATE TABLE webhooks (a); CREATE TABLE deliveries (a); CREATE TABLE totals (a); PRAGMA "
             "user_version = 2",
                    AKOLHOOK_STORE_VERSION}, /* as before the first layout */
            {"CREATE TABLE mail (a)", AKOLHOOK_STORE_FOREIGN},
            {"CREATE TABLE webhooks (a)", AKOLHOOK_STORE_FOREIGN},
            {"CREATE TABLE webhooks (a); CREATE TABLE deliveries (a); CREATE TABLE x (a)",
                    AKOLHOOK_STORE_FOREIGN},
            {"PRAGMA user_version = 3", AKOLHOOK_STORE_FOREIGN},
            {"PRAGMA application_id = 252006675; CREATE TABLE x (a)", AKOLHOOK_STORE_FOREIGN},
            {NULL, AKOLHOOK_STORE_FOREIGN}, /* no database at all */
            {"", AKOLHOOK_OK},              /* nothing in it */
    };
    static char before[65536], after[65536];
    size_t i, before_len, after_len;
    FILE *file;
    sqlite3 *db;
    suite_begin();
    for (i = 0; i < sizeof files / sizeof files[0]; i++) {
        lite_remove();
        file = fopen(path, "wb");
        if (!files[i].sql) fprintf(file, "%02000d", 7);
        fclose(file);
        if (files[i].sql && files[i].sql[0]) {
            CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
            CHECK_INT(sqlite3_exec(db, files[i].sql, NULL, NULL, NULL), SQLITE_OK);
            sqlite3_close(db);
        }
        file = fopen(path, "rb");
        before_len = fread(before, 1, sizeof before, file);
        fclose(file);
        CHECK_INT(open_status(path), files[i].status);
        file = fopen(path, "rb");
        after_len = fread(after, 1, sizeof after, file);
        fclose(file);
        if (files[i].status != AKOLHOOK_OK) CHECK_MEM(after, after_len, before, before_len);
        CHECK(access(wal_path, F_OK) != 0);
    }
    /* which one it is stands in the error */
    {
        akolhook_sqlite_desc where = lite_desc();
        akolhook_sqlite *opened;
        lite_remove();
        CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
        CHECK_INT(sqlite3_exec(db, "PRAGMA application_id = 7; PRAGMA user_version = 9; CREATE TABLE x (a)",
                          NULL, NULL, NULL),
                SQLITE_OK);
        sqlite3_close(db);
        CHECK_STATUS(
                akolhook_sqlite_open(&opened, lite_memory[1], sizeof lite_memory[1], &where), STORE_FOREIGN);
        CHECK_TEXT(akolhook_sqlite_error(opened), "application_id 7, user_version 9");
        akolhook_sqlite_close(opened);
    }
    /* one of ours is opened again, and no other business gets it */
    suite_start();
    akolhook_hub_close(hub);
    akolhook_sqlite_close(lite);
    lite = lite_open(0);
    desc.store = akolhook_sqlite_store(lite);
    desc.business_id = akolhook_str_c("biz_2");
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), WRONG_BUSINESS);
    desc.business_id = akolhook_str_c(BUSINESS);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    suite_end();
}
/* An open and a close beside it do not end the locks that this process has on the file. */
/* A file of the layout before becomes one of this one, whole or not at all; two may open it at once. */
static void moved_make(void) {
    sqlite3 *db;
    lite_remove();
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, layout_text("sqlite_3.sql"), NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}
static void test_layout_before(void) {
    akolhook_sqlite *other;
    sqlite3 *db;
    pid_t child;
    int status = -1;
    suite_begin();
    w.now = START_MS + 2 * MINUTE;
    moved_make();
    child = lite_fork();
    if (child == 0) _exit(akolhook_sqlite_error(lite_open(1))[0] != 0);
    lite = lite_open(0);
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
    CHECK_INT(number_of(akolhook_sqlite_db(lite), "PRAGMA user_version"), 4);
    other = lite_open(1); /* nothing is left to do */
    akolhook_sqlite_close(other);
    desc.store = akolhook_sqlite_store(lite);
    desc.max_webhooks = 40;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    check_moved();
    suite_end();

    /* one that cannot be changed stays as it is */
    moved_make();
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "DROP INDEX log_webhook", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    {
        akolhook_sqlite_desc where = lite_desc();
        CHECK_STATUS(
                akolhook_sqlite_open(&other, lite_memory[1], sizeof lite_memory[1], &where), STORE_FAILED);
        CHECK(strstr(akolhook_sqlite_error(other), "log_webhook") != NULL);
        akolhook_sqlite_close(other);
    }
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(number_of(db, "PRAGMA user_version"), 3);
    CHECK_INT(number_of(db, "SELECT count(*) FROM pragma_table_info('turns') WHERE name = 'updated_at'"), 0);
    sqlite3_close(db);
}

static void test_locks(void) {
    int status = 0;
    pid_t child;
    suite_start();
    CHECK_INT(sqlite3_exec(akolhook_sqlite_db(lite), "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    CHECK_STATUS(open_status(path), OK);
    child = lite_fork();
    if (child == 0) {
        sqlite3 *db = NULL;
        if (sqlite3_open(path, &db) != SQLITE_OK) _exit(2);
        _exit(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_BUSY ? 0 : 1);
    }
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_INT(sqlite3_exec(akolhook_sqlite_db(lite), "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    suite_end();
}
/* Eight processes make the file at once; one business gets it. */
static void test_open_at_once(void) {
    pid_t children[8];
    int i, status, good = 0, wrong = 0, round;
    for (round = 0; round < 5; round++) {
        suite_begin();
        lite_remove();
        for (i = 0; i < 8; i++) {
            children[i] = lite_fork();
            if (children[i] == 0) {
                akolhook_sqlite_desc where = lite_desc();
                char business[24];
                if (akolhook_sqlite_open(&lite, lite_memory[0], sizeof lite_memory[0], &where) !=
                        AKOLHOOK_OK) {
                    printf("%s\n", akolhook_sqlite_error(lite));
                    fflush(stdout);
                    _exit(2);
                }
                sprintf(business, "biz_%d", i);
                desc.store = akolhook_sqlite_store(lite);
                desc.business_id = akolhook_str_c(business);
                status = akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc);
                _exit(status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_WRONG_BUSINESS ? 1 : 3);
            }
        }
        for (i = 0; i < 8; i++) {
            waitpid(children[i], &status, 0);
            good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
            wrong += WIFEXITED(status) && WEXITSTATUS(status) == 1;
        }
        CHECK_INT(good, round + 1);
        CHECK_INT(wrong, 7 * (round + 1));
    }
}

/* ---- something fails in the middle of a call: the script of hub_script.h ---- */

/* All of it; a call that failed is made again, and then must succeed. The number of those that failed. */
static int script_run(akolhook_sqlite *at) {
    const akolhook_store *s = akolhook_sqlite_store(at);
    akolhook_status status;
    int call, failed = 0;
    for (call = 0; call < 2; call++) sprintf(script_ids[call], "whk_%024lld", (long long)++script_number);
    for (call = 0; call < SCRIPT_CALLS && !check_bad; call++) {
        status = script_call(s, call);
        if (status == AKOLHOOK_STORE_FAILED) {
            failed++;
            CHECK(akolhook_sqlite_error(at)[0] != 0);
            check_consistent(akolhook_sqlite_db(at));
            status = script_call(s, call);
        }
        if (status != AKOLHOOK_OK) printf("    call %d\n", call);
        CHECK_STATUS(status, OK);
    }
    CHECK(at->held == NULL);
    return failed;
}
static void script_open(void) {
    suite_begin();
    w.now = START_MS;
    desc.memory.log_rows = 3;
    lite_remove();
    lite = lite_open(0);
}
static void script_close(void) {
    check_consistent(akolhook_sqlite_db(lite));
    CHECK_INT(number_of(akolhook_sqlite_db(lite),
                      "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM log)"
                      " + (SELECT count(*) FROM events) + (SELECT count(*) FROM gone) + (SELECT count(*) "
                      "FROM latency"
                      " WHERE webhook <> 0)"),
            0);
    akolhook_sqlite_close(lite);
}

/* Memory: every allocation of SQLite's, and every step of its machine, fails in turn. */
static sqlite3_mem_methods plain_memory;
static long alloc_calls, alloc_fail_at;
static int alloc_fails(void) { return ++alloc_calls == alloc_fail_at; }
static void *fault_malloc(int size) { return alloc_fails() ? NULL : plain_memory.xMalloc(size); }
static void *fault_realloc(void *old, int size) {
    return alloc_fails() ? NULL : plain_memory.xRealloc(old, size);
}
static void faults_install(void) {
    sqlite3_mem_methods faulty;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain_memory);
    faulty = plain_memory;
    faulty.xMalloc = fault_malloc;
    faulty.xRealloc = fault_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* each allocation is seen */
}
static void test_no_memory(void) {
    long at, failed = 0, step = is_long ? 1 : 23;
    script_open();
    CHECK_INT(script_run(lite), 0);
    for (at = 1; !check_bad; at += step) {
        alloc_calls = 0;
        alloc_fail_at = at;
        failed += script_run(lite);
        alloc_fail_at = -1;
        if (check_bad) printf("    at allocation %ld: %s\n", at, akolhook_sqlite_error(lite));
        if (alloc_calls < at) break;
    }
    CHECK(failed > 20);
    script_close();
}
/* The same while it opens. */
static void test_no_memory_open(void) {
    long at, failed = 0, step = is_long ? 1 : 101;
    suite_begin();
    for (at = 1; !check_bad; at += step) {
        akolhook_sqlite_desc where = lite_desc();
        akolhook_status status;
        lite_remove();
        alloc_calls = 0;
        alloc_fail_at = at;
        status = akolhook_sqlite_open(&lite, lite_memory[0], sizeof lite_memory[0], &where);
        alloc_fail_at = -1;
        CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_STORE_FAILED);
        CHECK(status == AKOLHOOK_OK || akolhook_sqlite_error(lite)[0]);
        failed += status != AKOLHOOK_OK;
        akolhook_sqlite_close(lite);
        CHECK_STATUS(open_status(path), OK); /* and what it left can be opened */
        if (alloc_calls < at) break;
    }
    CHECK(failed > 20);
}
static long ops, ops_stop_at;
/* Not behind a COMMIT: SQLite would say "interrupted" of what it has done. */
static int op_stops(void *user) {
    (void)user;
    return !sqlite3_get_autocommit(akolhook_sqlite_db(lite)) && ++ops == ops_stop_at;
}
static void test_interrupted(void) {
    long at, failed = 0, step = is_long ? 1 : 151;
    script_open();
    for (at = 1; !check_bad; at += step) {
        ops = 0;
        ops_stop_at = at;
        sqlite3_progress_handler(akolhook_sqlite_db(lite), 1, op_stops, NULL);
        failed += script_run(lite);
        sqlite3_progress_handler(akolhook_sqlite_db(lite), 0, NULL, NULL);
        if (check_bad) printf("    at step %ld: %s\n", at, akolhook_sqlite_error(lite));
        if (ops < at) break;
    }
    CHECK(failed > 20);
    script_close();
}

/* Files: the n-th access fails, each way. */
static sqlite3_vfs fault_vfs, *plain_vfs;
static sqlite3_io_methods fault_methods[2]; /* of the database, and of the other files, which have fewer */
static const sqlite3_io_methods *plain_methods[2];
static int io_code, is_readonly;
static int io_fails(void) { return ++io_calls == io_fail_at; }
static const sqlite3_io_methods *plain_of(const sqlite3_file *file) {
    return plain_methods[file->pMethods != fault_methods];
}
static int fault_read(sqlite3_file *file, void *data, int len, sqlite3_int64 at) {
    return io_fails() ? SQLITE_IOERR_READ : plain_of(file)->xRead(file, data, len, at);
}
static int fault_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at) {
    return io_fails() ? io_code : plain_of(file)->xWrite(file, data, len, at);
}
static int fault_sync(sqlite3_file *file, int flags) {
    return io_fails() ? SQLITE_IOERR_FSYNC : plain_of(file)->xSync(file, flags);
}
static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return io_fails() ? SQLITE_IOERR_TRUNCATE : plain_of(file)->xTruncate(file, size);
}
static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    int result, kind = !(flags & SQLITE_OPEN_MAIN_DB);
    (void)vfs;
    if (is_readonly) flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    result = plain_vfs->xOpen(plain_vfs, name, file, flags, out);
    if (result != SQLITE_OK) return result;
    plain_methods[kind] = file->pMethods;
    fault_methods[kind] = *file->pMethods;
    fault_methods[kind].xRead = fault_read;
    fault_methods[kind].xWrite = fault_write;
    fault_methods[kind].xSync = fault_sync;
    fault_methods[kind].xTruncate = fault_truncate;
    file->pMethods = &fault_methods[kind];
    return result;
}
static void vfs_begin(void) {
    plain_vfs = sqlite3_vfs_find(NULL);
    fault_vfs = *plain_vfs;
    fault_vfs.zName = "fault";
    fault_vfs.pNext = NULL;
    fault_vfs.xOpen = fault_open;
    CHECK_INT(sqlite3_vfs_register(&fault_vfs, 1), SQLITE_OK);
    is_synced = 1;
    io_fail_at = -1;
}
static void vfs_end(void) {
    is_synced = 0;
    sqlite3_vfs_unregister(&fault_vfs);
}
static void test_io_errors(void) {
    static const int codes[2] = {SQLITE_FULL, SQLITE_IOERR_WRITE};
    long at, failed = 0, step = is_long ? 1 : 7;
    vfs_begin();
    script_open();
    sqlite3_exec(
            akolhook_sqlite_db(lite), "PRAGMA cache_size = 10", NULL, NULL, NULL); /* it reads and spills */
    for (at = 1; !check_bad; at += step) {
        io_calls = 0;
        io_fail_at = at;
        io_code = codes[at / step % 2];
        failed += script_run(lite);
        if (check_bad) printf("    at access %ld: %s\n", at, akolhook_sqlite_error(lite));
        if (io_calls < at) break;
    }
    io_fail_at = -1;
    CHECK(failed > 20);
    script_close();
    vfs_end();
}
/* The same under a whole hub. */
static void test_io_errors_hub(void) {
    long at, failed = 0;
    vfs_begin();
    for (at = 1; !check_bad; at += 37) {
        io_arm = at;
        io_code = SQLITE_FULL;
        crash_life(0, FAIL_ONCE);
        if (check_bad) printf("    at access %ld\n", at);
        if (io_calls < io_fail_at) break;
        failed++;
    }
    io_fail_at = -1;
    CHECK(failed > 10);
    vfs_end();
}
/* A disk that is full, wherever that is met, asks for the log to be emptied. */
static void test_full_asks(void) {
    akolhook_store_webhook made;
    long at, full = 0;
    vfs_begin();
    script_open();
    sqlite3_exec(akolhook_sqlite_db(lite), "PRAGMA cache_size = 1", NULL, NULL, NULL); /* it spills */
    sprintf(script_ids[0], "whk_%024d", 1);
    made = script_hook(0);
    for (at = 1; !check_bad; at++) {
        lite->scrubs = 0;
        io_calls = 0;
        io_fail_at = at;
        io_code = SQLITE_FULL;
        if (lite->store.webhook_put_fn(lite, &made, 10) == AKOLHOOK_OK) break;
        if (!strstr(akolhook_sqlite_error(lite), "full")) continue;
        full++;
        CHECK_INT(lite->scrubs, 1);
    }
    io_fail_at = -1;
    CHECK(full > 2);
    akolhook_sqlite_close(lite);
    vfs_end();
}
static void test_readonly(void) {
    suite_begin();
    script_open();
    akolhook_sqlite_close(lite);
    vfs_begin();
    is_readonly = 1;
    CHECK_STATUS(open_status(path), STORE_FAILED);
    is_readonly = 0;
    CHECK_STATUS(open_status(path), OK);
    vfs_end();
    /* a file that gets so while it is open */
    lite = lite_open(0);
    sqlite3_exec(akolhook_sqlite_db(lite), "PRAGMA query_only = ON", NULL, NULL, NULL);
    CHECK_STATUS(lite->store.bind_fn(lite, akolhook_str_c(BUSINESS)), STORE_FAILED);
    CHECK(strstr(akolhook_sqlite_error(lite), "readonly") != NULL);
    sqlite3_exec(akolhook_sqlite_db(lite), "PRAGMA query_only = OFF", NULL, NULL, NULL);
    CHECK_STATUS(lite->store.bind_fn(lite, akolhook_str_c(BUSINESS)), OK);
    akolhook_sqlite_close(lite);
}

/* A file that is gone, or another under its name: nothing is accepted that nobody would find. */
static void test_moved(void) {
    char aside[80];
    suite_start();
    create("https://a.example/");
    snprintf(aside, sizeof aside, "%s.aside", path);
    CHECK_INT(rename(path, aside), 0);
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK(strstr(akolhook_sqlite_error(lite), "moved") != NULL);
    fclose(fopen(path, "wb"));
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK_INT(rename(aside, path), 0);
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    lite->error[0] = 0;
    run();
    CHECK_INT(w.count, 1);
    suite_end();
}
/* Bytes of the file are not what they were: calls may fail, none breaks down. */
static void test_damaged(void) {
    static unsigned char data[1 << 20];
    uint32_t draw = 7, failed = 0;
    int round, i, call;
    size_t len;
    FILE *file;
    script_open();
    for (i = 0; i < 2; i++) sprintf(script_ids[i], "whk_%024d", i + 1);
    for (call = 0; call < 6; call++) CHECK_STATUS(script_call(&lite->store, call), OK);
    akolhook_sqlite_close(lite);
    file = fopen(path, "rb");
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    CHECK(len > 50000 && len < sizeof data);
    is_damaged = 1;
    for (round = 0; round < (is_long ? 2000 : 100); round++) {
        akolhook_sqlite_desc where = lite_desc();
        lite_remove();
        file = fopen(path, "wb");
        fwrite(data, 1, len, file);
        for (i = 0; i < 40; i++) {
            draw = draw * 1664525u + 1013904223u;
            fseek(file, 100 + (long)(draw % (len - 100)), SEEK_SET); /* behind the first header */
            fputc((int)(draw >> 24), file);
        }
        fclose(file);
        script_count = 0;
        if (akolhook_sqlite_open(&lite, lite_memory[0], sizeof lite_memory[0], &where) == AKOLHOOK_OK) {
            for (call = 3; call < SCRIPT_CALLS; call++)
                if (script_call(&lite->store, call) == AKOLHOOK_STORE_FAILED && call == 6) script_count = 0;
        }
        failed += akolhook_sqlite_error(lite)[0] != 0;
        akolhook_sqlite_close(lite);
    }
    CHECK(failed > 10);
    is_damaged = 0;
}

/* The disk is full: a status says so, and what was accepted is delivered when there is room again. */
static void test_full(void) {
    static char data[3000];
    char sql[80];
    size_t accepted = 0, refused = 0, left;
    suite_start();
    create("https://a.example/");
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d",
            (int)number_of(akolhook_sqlite_db(lite), "PRAGMA page_count") + 20);
    CHECK_INT(sqlite3_exec(akolhook_sqlite_db(lite), sql, NULL, NULL, NULL), SQLITE_OK);
    memset(data, ' ', sizeof data - 1);
    memcpy(data, "{\"a\":1", 6);
    data[sizeof data - 2] = '}';
    while (refused < 5 && accepted < 1000) {
        akolhook_status status = emit_key(data, "", NULL);
        if (status == AKOLHOOK_OK)
            accepted++;
        else
            refused++;
        if (status != AKOLHOOK_OK) CHECK_STATUS(status, STORE_FAILED);
    }
    CHECK(accepted > 5 && accepted < 100 && strstr(akolhook_sqlite_error(lite), "full") != NULL);
    while (akolhook_hub_poll(hub, 0, &left) == AKOLHOOK_OK && left) continue;
    sqlite3_exec(akolhook_sqlite_db(lite), "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
    run();
    CHECK_INT(w.count, accepted);
    CHECK_INT(stats_of(NULL).delivered, accepted);
    lite->error[0] = 0;
    suite_end();
}

/* ---- several ---- */

/* Two connections: each delivery goes to one; a lease that runs out goes to the other, and the late outcome
   does not count; one that nobody took since does. */
static void test_two(void) {
    akolhook_store_claim first[4], second[4];
    akolhook_sqlite *other;
    akolhook_stats stats;
    size_t n, m, i, k;
    script_open();
    other = lite_open(1);
    sprintf(script_ids[0], "whk_%024d", 1);
    CHECK_STATUS(script_call(&lite->store, 0), OK);
    for (i = 0; i < 3; i++) CHECK_STATUS(script_emit(&lite->store, 0, NULL), OK);
    CHECK_STATUS(script_claim(&lite->store), OK);
    n = script_count;
    memcpy(first, script_claims, sizeof first);
    CHECK_STATUS(script_claim(&other->store), OK);
    CHECK(n == 2 && script_count == 0); /* two of one webhook at one time, however many ask */
    w.now += 60001;
    CHECK_STATUS(script_claim(&other->store), OK);
    m = script_count;
    memcpy(second, script_claims, sizeof second);
    CHECK_INT(m, 2);
    for (i = 0; i < n; i++)
        for (k = 0; k < m; k++)
            if (first[i].number == second[k].number) CHECK(first[i].lease != second[k].lease);
    memcpy(script_claims, first, sizeof first);
    script_count = n;
    CHECK_STATUS(script_settle(&lite->store, 200), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, script_ids[0], &stats), OK);
    for (i = k = 0; i < n; i++)
        k += second[0].number != first[i].number && second[1].number != first[i].number;
    CHECK_INT(stats.delivered, k); /* of the first ones, those that the other did not take again */
    memcpy(script_claims, second, sizeof second);
    script_count = m;
    w.now += 70000; /* late, and nobody asked since */
    CHECK_STATUS(script_settle(&other->store, 200), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, script_ids[0], &stats), OK);
    CHECK_INT(stats.delivered, k + 2);
    CHECK(lite->held == NULL && other->held == NULL);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(other);
    akolhook_sqlite_close(lite);
}
/* Processes that emit, claim, settle, toggle and ask at once: no call fails, every event ends once. */
enum { WORKERS = 4, EMITS = 100 };
static int work(int which) {
    const akolhook_store *s;
    akolhook_stats stats;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    int i = 0, idle = 0;
    script_number = (int64_t)(which + 1) * 1000000;
    lite = lite_open(0);
    sqlite3_busy_timeout(akolhook_sqlite_db(lite), 120000); /* a slow machine */
    lite->desc.busy_ms = 120000;
    s = akolhook_sqlite_store(lite);
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    for (; i < EMITS || idle < 50; i++) {
        if (i < EMITS && script_emit(s, i % 2, NULL) != AKOLHOOK_OK) return 2;
        if (script_claim(s) != AKOLHOOK_OK) return 3;
        idle = script_count ? 0 : idle + 1;
        if (script_count && script_settle(s, 200) != AKOLHOOK_OK) return 4;
        if (i % 7 == 0 && s->tend_fn(s->user, &tending) != AKOLHOOK_OK) return 5;
        if (s->stats_fn(s->user, NULL, &stats) != AKOLHOOK_OK) return 6;
        if (stats.emitted != stats.delivered + stats.failed + stats.cancelled + stats.dropped + stats.waiting)
            return 7;
        if (i >= EMITS && !stats.waiting) break;
    }
    akolhook_sqlite_close(lite);
    return 0;
}
static void test_processes(void) {
    pid_t children[WORKERS];
    akolhook_stats stats;
    int i, status;
    script_open();
    for (i = 0; i < 2; i++) {
        sprintf(script_ids[i], "whk_%024d", i);
        CHECK_STATUS(script_call(&lite->store, i), OK);
    }
    akolhook_sqlite_close(lite);
    for (i = 0; i < WORKERS; i++) {
        children[i] = lite_fork();
        if (children[i] == 0) {
            status = work(i);
            if (status) printf("    worker: %d %s\n", status, akolhook_sqlite_error(lite));
            fflush(stdout);
            _exit(status);
        }
    }
    for (i = 0; i < WORKERS; i++) {
        waitpid(children[i], &status, 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    lite = lite_open(0);
    CHECK_STATUS(lite->store.stats_fn(lite, NULL, &stats), OK);
    CHECK_INT(stats.emitted, WORKERS * EMITS * 2 * 2); /* two events to two webhooks each time */
    CHECK_INT(stats.delivered, stats.emitted);
    CHECK_INT(stats.attempts, stats.emitted);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(lite);
}
/* Another process writes for longer than this one waits: a status says so, and nothing has changed. */
static void test_busy(void) {
    sqlite3 *other = NULL;
    suite_start();
    create("https://a.example/");
    sqlite3_busy_timeout(akolhook_sqlite_db(lite), 20);
    CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
    CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK(strstr(akolhook_sqlite_error(lite), "locked") != NULL);
    CHECK_INT(stats_of(NULL).emitted, 0); /* reading goes on */
    CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    sqlite3_close(other);
    lite->error[0] = 0;
    run();
    suite_end();
}
/* What another process writes again and again is looked at every few milliseconds, so that a gap is met:
 * SQLite's own waiting would soon look ten times a second. The other one lets go at the 40th look, without
 * time passing. */
static sqlite3 *busy_other;
static int (*busy_sleep_before)(sqlite3_vfs *, int);
static int busy_looks, busy_slept, busy_until;
static int busy_sleep(sqlite3_vfs *vfs, int us) {
    (void)vfs;
    busy_slept += us;
    if (++busy_looks == busy_until)
        CHECK_INT(sqlite3_exec(busy_other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    return us;
}
static void test_busy_looks(void) {
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    suite_start();
    create("https://a.example/");
    CHECK_INT(sqlite3_open(path, &busy_other), SQLITE_OK);
    busy_sleep_before = vfs->xSleep;
    vfs->xSleep = busy_sleep;

    CHECK_INT(sqlite3_exec(busy_other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    busy_looks = busy_slept = 0;
    busy_until = 40;
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    CHECK_INT(busy_looks, 40);
    CHECK(busy_slept <= 40 * 3000);
    CHECK_INT(stats_of(NULL).emitted, 1);

    /* five seconds of looks that find it taken, and no more */
    CHECK_INT(sqlite3_exec(busy_other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    busy_until = busy_looks = busy_slept = 0;
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK(busy_slept >= 5000 * 1000 && busy_slept < 5003 * 1000);
    CHECK_INT(sqlite3_exec(busy_other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    lite->error[0] = 0;

    vfs->xSleep = busy_sleep_before;
    sqlite3_close(busy_other);
    run();
    suite_end();
}

/* ---- clocks ---- */

static void life_again(void) {
    akolhook_hub_close(hub);
    akolhook_sqlite_close(lite);
    lite = lite_open(0);
    desc.store = akolhook_sqlite_store(lite);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
}
/* The wall clock jumps while the process is away: nothing is given up early, nothing waits longer than its
 * schedule and 26 h. */
static void test_clock_jumps(void) {
    static const int64_t jumps[] = {
            -1000, 1000, -HOUR, HOUR, -24 * HOUR, 24 * HOUR, -30 * 365 * 24 * HOUR, 30 * 365 * 24 * HOUR};
    akolhook_hub_delivery waiting;
    size_t i, k, count;
    for (i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        suite_start();
        create("https://a.example/");
        w.code = 500;
        emit();
        run(); /* one attempt; the next after 5 s */
        w.code = 200;
        w.clock_set = jumps[i];
        life_again();
        CHECK_INT(stats_of(NULL).waiting, 1);
        CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, &waiting, 1, &count), OK);
        CHECK(count == 1 && waiting.due_ms >= 0 && waiting.due_ms <= 5500);
        CHECK(waiting.age_ms >= 0 && waiting.age_ms <= 26 * HOUR + 1);
        run_until(w.now + 6 * SECOND);
        CHECK_INT(stats_of(NULL).delivered, 1);
        /* and back: events of then are sent at once */
        emit();
        w.clock_set = 0;
        life_again();
        run();
        CHECK_INT(stats_of(NULL).delivered, 2);
        for (k = 0; k < 40; k++) { /* set all the time */
            w.clock_set = k % 2 ? jumps[i] : 0;
            emit();
            run();
            if (k % 10 == 0) life_again();
        }
        CHECK_INT(stats_of(NULL).delivered, 42);
        CHECK_INT(stats_of(NULL).failed, 0);
        suite_end();
    }
}
/* Another process that was quiet has counted nothing twice; neither does one that begins. */
static void test_clock_shared(void) {
    akolhook_sqlite *other;
    akolhook_webhook hook;
    int64_t age;
    suite_start();
    other = lite_open(1);
    hook = create("https://a.example/");
    two_clocks(&lite->store, &other->store, hook.id);
    akolhook_sqlite_close(other);
    age = two_age(&lite->store, hook.id);
    w.now += HOUR;
    other = lite_open(1);
    CHECK_INT(two_age(&other->store, hook.id), age + HOUR);
    CHECK_INT(two_age(&lite->store, hook.id), age + HOUR);
    akolhook_sqlite_close(other);
    suite_end();
}
/* While nothing else is written, the time is kept now and then, so that a restart knows how long it was away.
 */
static void test_clock_kept(void) {
    akolhook_store_tending tending = AKOLHOOK_INIT;
    int64_t kept;
    suite_start();
    create("https://a.example/");
    kept = number_of(akolhook_sqlite_db(lite), "SELECT clock_at FROM store");
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    w.now += 30 * SECOND;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    w.now += HOUR;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK(number_of(akolhook_sqlite_db(lite), "SELECT clock_at FROM store") >= kept + HOUR);
    suite_end();
}

/* A shorter ring on the next start: the rows beyond it go, the newest stay. */
static void test_shorter_log(void) {
    akolhook_store_tending tending = AKOLHOOK_INIT;
    char newest[10][AKOLHOOK_ID_SIZE];
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.memory.log_rows = 40;
    suite_open();
    hook = create("https://a.example/");
    for (i = 0; i < 30; i++) emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 30);
    for (i = 0; i < 10; i++) memcpy(newest[i], rows[i].delivery_id, sizeof newest[i]);
    desc.memory.log_rows = 10;
    life_again();
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 10);
    for (i = 0; i < row_count; i++) CHECK_TEXT(rows[i].delivery_id, newest[i]);
    suite_end();
}

/* ---- kill -9 ---- */

static FILE *seen_file;
static int answer_noted(const seen *r) {
    int code = w.count % 4 == 1 ? 500 : 200;
    fprintf(seen_file, "%s %d\n", r->id, code);
    fflush(seen_file);
    return code;
}
/* A process that emits and delivers until it is killed; its clock stands where no lease of an earlier one is
 * left. */
static void life(int number, int out) {
    char key[32], id[AKOLHOOK_ID_SIZE];
    size_t left;
    int i;
    suite_begin();
    w.now = START_MS + number * HOUR;
    w.random = (uint32_t)number * 2654435761u + 1;
    w.answer_fn = answer_noted;
    desc.notice_fn = NULL;
    desc.memory.log_rows = 5000;
    lite = lite_open(0);
    desc.store = akolhook_sqlite_store(lite);
    if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc) != AKOLHOOK_OK) _exit(2);
    for (i = 0; out < 0 || i < 1000; i++) {
        snprintf(key, sizeof key, "%d %d", number, i);
        if (out >= 0 && emit_key("{}", key, &id) == AKOLHOOK_OK &&
                write(out, id, sizeof id) != (ssize_t)sizeof id)
            _exit(3);
        if (akolhook_hub_poll(hub, out < 0 ? 600000 : 1000, &left) != AKOLHOOK_OK) {
            printf("%s\n", akolhook_sqlite_error(lite));
            _exit(4);
        }
        if (out < 0 && !stats_of(NULL).waiting) break;
        if (out < 0 && i > 100000) _exit(5);
    }
    akolhook_hub_close(hub);
    akolhook_sqlite_close(lite);
}
static void test_kill(void) {
    enum { LIVES = 60, MOST = 20000 };
    static char accepted[MOST][AKOLHOOK_ID_SIZE];
    static int delivered[MOST];
    char line[80], id[40];
    struct timespec pause = {0, 0};
    size_t count = 0, i, resent = 0;
    FILE *file;
    int number, pipes[2], code;
    pid_t child;
    suite_start();
    create("https://a.example/");
    suite_end();
    remove(seen_path);
    for (number = 1; number <= LIVES; number++) {
        if (pipe(pipes) != 0) return;
        child = lite_fork();
        if (child == 0) {
            close(pipes[0]);
            seen_file = fopen(seen_path, "a");
            life(number, pipes[1]);
            _exit(0);
        }
        close(pipes[1]);
        /* most lives die after their first event was accepted, the others at any moment, while they open as
         * well */
        if (number % 4 != 0 && read(pipes[0], accepted[count], AKOLHOOK_ID_SIZE) == AKOLHOOK_ID_SIZE) count++;
        pause.tv_nsec = (number * 7919 % 97) * 1000000L;
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (count < MOST && read(pipes[0], accepted[count], AKOLHOOK_ID_SIZE) == AKOLHOOK_ID_SIZE) count++;
        close(pipes[0]);
    }
    seen_file = fopen(seen_path, "a");
    life(number, -1);
    fclose(seen_file);
    file = fopen(seen_path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%39s %d", id, &code) != 2 || code != 200) continue;
        for (i = 0; i < count && strcmp(accepted[i], id) != 0; i++) continue;
        if (i < count && delivered[i]++) resent++;
    }
    if (file) fclose(file);
    CHECK(count >= LIVES - LIVES / 4);
    for (i = 0; i < count; i++) CHECK(delivered[i] >= 1); /* no accepted event is lost */
    CHECK(resent <= (size_t)number * 8); /* twice only what was in flight when the process died */
}

#include "sqlite_bounds.h"

int main(void) {
    is_long = getenv("LONG") != NULL;
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    snprintf(wal_path, sizeof wal_path, "%s/hub.db-wal", directory);
    snprintf(seen_path, sizeof seen_path, "%s/seen", directory);
    faults_install();
    suite_run();
    RUN(suite_twin);
    RUN(test_secret_files);
    RUN(test_secret_later);
    RUN(test_secret_stays);
#ifdef HAS_MAPS
    RUN(test_secret_memory);
#endif
    RUN(test_open_arguments);
    test_sqlite_bounds();
    RUN(test_layout);
    RUN(test_layout_before);
    RUN(test_locks);
    RUN(test_open_at_once);
    RUN(test_no_memory);
    RUN(test_no_memory_open);
    RUN(test_interrupted);
    RUN(test_io_errors);
    RUN(test_io_errors_hub);
    RUN(test_full_asks);
    RUN(test_readonly);
    RUN(test_moved);
    RUN(test_damaged);
    RUN(test_full);
    RUN(test_two);
    RUN(test_processes);
    RUN(test_busy);
    RUN(test_busy_looks);
    RUN(test_clock_jumps);
    RUN(test_clock_shared);
    RUN(test_clock_kept);
    RUN(test_shorter_log);
    RUN(test_kill);
    lite_remove();
    remove(seen_path);
    rmdir(directory);
    return check_end();
}
