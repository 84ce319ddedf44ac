/* The hub over SQLite: the suite that every store must pass, two processes' worth of connections, and kill -9 at any moment. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#define AKOLHOOK_SQLITE_IMPLEMENTATION
#include "akolhook_sqlite.h"
#define SUITE_DAYS 20
#define SUITE_STEP 12
#include "hub_suite.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static char directory[] = "/tmp/akolhook_lite.XXXXXX";
static char path[64], seen_path[64];
static akolhook_sqlite lite;
static int64_t suite_now(void *user) { (void)user; return w.now; }

static void lite_fresh(void) {
    char name[80];
    remove(path);
    snprintf(name, sizeof name, "%s-wal", path);
    remove(name);
    snprintf(name, sizeof name, "%s-shm", path);
    remove(name);
}
static int is_synced, io_arm, io_calls, io_fail_at;     /* io_: see test_io_errors */
static void lite_open(akolhook_sqlite *at) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    where.path = path;
    where.log_rows = desc.memory.log_rows ? desc.memory.log_rows : 32;
    where.now_ms_fn = suite_now;
    where.poll_ms = 86400000;
    CHECK_STATUS(akolhook_sqlite_open(at, &where), OK);
    if (at->error[0]) printf("%s\n", at->error);
    if (!is_synced) sqlite3_exec(at->db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);     /* a killed process loses nothing */
    if (io_arm) {
        io_fail_at = io_calls + io_arm;
        io_arm = 0;
    }
}
static void suite_store_open(akolhook_hub_desc *d) {
    lite_fresh();
    lite_open(&lite);
    d->store = akolhook_sqlite_store(&lite);
    d->max_webhooks = d->max_webhooks ? d->max_webhooks : 40;
}
static void suite_store_close(void) {
    if (lite.error[0] && !suite_keeps) printf("%s\n", lite.error);
    CHECK(lite.held == NULL || suite_keeps);
    akolhook_sqlite_close(&lite);
}

static int file_holds(const char *name, const char *text) {
    static char data[4 << 20];
    FILE *file = fopen(name, "rb");
    size_t len, i, want = strlen(text);
    if (!file) return 0;
    len = fread(data, 1, sizeof data, file);
    fclose(file);
    for (i = 0; i + want <= len; i++)
        if (memcmp(data + i, text, want) == 0) return 1;
    return 0;
}
/* Old secrets do not stay in the file or its log; others may not read it. */
static void test_secrets(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE], wal[80];
    struct stat info;
    suite_start();
    snprintf(wal, sizeof wal, "%s-wal", path);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 0777) == 0600);
    hook = create("https://a.example/");
    CHECK(file_holds(wal, hook.secret));
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(!file_holds(path, hook.secret) && !file_holds(wal, hook.secret));
    CHECK(file_holds(path, secret));
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK(!file_holds(path, secret) && !file_holds(wal, secret));
    suite_end();
}

static void test_versions(void) {
    akolhook_sqlite other;
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    suite_start();
    sqlite3_exec(lite.db, "PRAGMA user_version = 3", NULL, NULL, NULL);
    where.path = path;
    CHECK_STATUS(akolhook_sqlite_open(&other, &where), STORE_FAILED);
    CHECK(strstr(other.error, "newer") != NULL);
    akolhook_sqlite_close(&other);
    where.path = "/nonexistent/x.db";
    CHECK_STATUS(akolhook_sqlite_open(&other, &where), STORE_FAILED);
    CHECK(other.error[0] != 0);
    akolhook_sqlite_close(&other);
    suite_end();
}

/* A file of version 1 gets what is new; keys from before stand for any data, as no print of it was kept. */
static void test_migration(void) {
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    suite_start();
    create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "old", &first), OK);
    run();
    akolhook_hub_close(hub);
    CHECK_INT(sqlite3_exec(lite.db, "ALTER TABLE events DROP COLUMN print; PRAGMA user_version = 1", NULL, NULL, NULL),
              SQLITE_OK);
    akolhook_sqlite_close(&lite);
    lite_open(&lite);
    desc.store = akolhook_sqlite_store(&lite);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    CHECK_STATUS(emit_key("{\"a\":1}", "old", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_STATUS(emit_key("{}", "new", NULL), OK);
    CHECK_STATUS(emit_key("{\"a\":1}", "new", NULL), KEY_REUSED);
    run();
    CHECK_INT(w.count, 2);
    suite_end();
}

/* The disk is full: a status says so, and what was accepted is delivered when there is room again. */
static void test_full(void) {
    static char data[3000];
    sqlite3_stmt *pages = NULL;
    char sql[80];
    size_t accepted = 0, refused = 0, left;
    suite_start();
    create("https://a.example/");
    CHECK_INT(sqlite3_prepare_v2(lite.db, "PRAGMA page_count", -1, &pages, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(pages), SQLITE_ROW);
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", sqlite3_column_int(pages, 0) + 20);
    sqlite3_finalize(pages);
    CHECK_INT(sqlite3_exec(lite.db, sql, NULL, NULL, NULL), SQLITE_OK);
    memset(data, ' ', sizeof data - 1);
    memcpy(data, "{\"a\":1", 6);
    data[sizeof data - 2] = '}';
    while (refused < 5 && accepted < 1000) {
        akolhook_status status = emit_key(data, "", NULL);
        if (status == AKOLHOOK_OK) accepted++;
        else refused++;
        if (status != AKOLHOOK_OK) CHECK_STATUS(status, STORE_FAILED);
    }
    CHECK(accepted > 5 && accepted < 100 && strstr(lite.error, "full") != NULL);
    while (akolhook_hub_poll(hub, 0, &left) == AKOLHOOK_OK && left) continue;
    sqlite3_exec(lite.db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
    run();
    CHECK_INT(w.count, accepted);
    CHECK_INT(stats_of(NULL).delivered, accepted);
    lite.error[0] = 0;
    suite_end();
}

/* The n-th write or sync fails, each way. */
static sqlite3_vfs fault_vfs, *plain_vfs;
static sqlite3_io_methods fault_methods[2];     /* of the database, and of the other files, which have fewer */
static const sqlite3_io_methods *plain_methods[2];
static int io_code;
static int fault_now(void) { return ++io_calls == io_fail_at; }
static int fault_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at) {
    return fault_now() ? io_code : plain_methods[file->pMethods != fault_methods]->xWrite(file, data, len, at);
}
static int fault_sync(sqlite3_file *file, int flags) {
    return fault_now() ? io_code : plain_methods[file->pMethods != fault_methods]->xSync(file, flags);
}
static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    int result = plain_vfs->xOpen(plain_vfs, name, file, flags, out), kind = !(flags & SQLITE_OPEN_MAIN_DB);
    (void)vfs;
    if (result != SQLITE_OK) return result;
    plain_methods[kind] = file->pMethods;
    fault_methods[kind] = *file->pMethods;
    fault_methods[kind].xWrite = fault_write;
    fault_methods[kind].xSync = fault_sync;
    file->pMethods = &fault_methods[kind];
    return result;
}
static void test_io_errors(void) {
    static const int codes[2] = {SQLITE_FULL, SQLITE_IOERR_WRITE};
    int at, failed = 0;
    plain_vfs = sqlite3_vfs_find(NULL);
    fault_vfs = *plain_vfs;
    fault_vfs.zName = "fault";
    fault_vfs.pNext = NULL;
    fault_vfs.xOpen = fault_open;
    CHECK_INT(sqlite3_vfs_register(&fault_vfs, 1), SQLITE_OK);
    is_synced = 1;
    for (at = 1; !check_bad; at += 17) {
        io_calls = 0;
        io_fail_at = -1;                    /* armed by the opening of the store */
        io_arm = at;
        io_code = codes[at / 17 % 2];
        crash_life(0, FAIL_ONCE);
        if (check_bad) printf("    at write %d\n", at);
        if (io_calls < io_fail_at) break;
        failed++;
    }
    CHECK(failed > 10);
    is_synced = 0;
    sqlite3_vfs_unregister(&fault_vfs);
}

/* Two connections: each delivery goes to one; a lease that runs out goes to the other, and the late outcome does not count. */
static void test_two(void) {
    akolhook_store_limits limits = {60000, 4, 0, 0, 0, 0};
    akolhook_store_rules rules = {15, 20, 1, 1};
    akolhook_store_claim a[8], b[8];
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_sqlite other;
    size_t i, n, m;
    suite_start();
    lite_open(&other);
    create("https://a.example/");
    for (i = 0; i < 5; i++) emit();
    CHECK_STATUS(lite.store.claim_fn(&lite, &limits, a, 2, &n), OK);
    CHECK_STATUS(other.store.claim_fn(&other, &limits, b, 8, &m), OK);
    CHECK(n == 2 && m == 2);                /* four of one webhook at one time, however many ask */
    for (i = 0; i < 4; i++) CHECK(a[i / 2].number != b[i % 2].number);
    w.now += 60000;
    CHECK_STATUS(other.store.claim_fn(&other, &limits, b + 2, 4, &m), OK);
    CHECK_INT(m, 4);
    o.number = a[0].number;
    o.lease = a[0].lease;
    o.handle = a[0].handle;
    CHECK_STATUS(lite.store.settle_fn(&lite, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST);
    o.handle = a[1].handle;
    CHECK_STATUS(lite.store.settle_fn(&lite, &rules, &o, 1), OK);
    akolhook_sqlite_close(&other);
    suite_end();
}

static void test_purge(void) {
    akolhook_webhook hook;
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    suite_start();
    hook = create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "k", &first), OK);
    run();
    w.now += HOUR;
    CHECK_STATUS(akolhook_sqlite_purge(&lite, 2 * HOUR), OK);
    CHECK_STATUS(emit_key("{}", "k", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_STATUS(akolhook_sqlite_purge(&lite, HOUR / 2), OK);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), EVENT_GONE);
    CHECK_STATUS(emit_key("{}", "k", &second), OK);
    CHECK(strcmp(first, second) != 0);
    CHECK_STATUS(akolhook_sqlite_purge(&lite, -1), OK);         /* it waits, so it stays */
    run();
    CHECK_INT(w.count, 2);
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
/* A process that emits and delivers until it is killed; its clock stands where no lease of an earlier one is left. */
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
    lite_open(&lite);
    desc.store = akolhook_sqlite_store(&lite);
    if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc) != AKOLHOOK_OK) _exit(2);
    for (i = 0; out < 0 || i < 1000; i++) {
        snprintf(key, sizeof key, "%d %d", number, i);
        if (out >= 0 && emit_key("{}", key, &id) == AKOLHOOK_OK && write(out, id, sizeof id) != (ssize_t)sizeof id) _exit(3);
        if (akolhook_hub_poll(hub, out < 0 ? 600000 : 1000, &left) != AKOLHOOK_OK) { printf("%s\n", lite.error); _exit(4); }
        if (out < 0 && !stats_of(NULL).waiting) break;
        if (out < 0 && i > 100000) _exit(5);
    }
    akolhook_hub_close(hub);
    akolhook_sqlite_close(&lite);
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
        child = fork();
        if (child == 0) {
            close(pipes[0]);
            seen_file = fopen(seen_path, "a");
            life(number, pipes[1]);
            _exit(0);
        }
        close(pipes[1]);
        /* most lives die after their first event was accepted, the others at any moment, while they open as well */
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
    for (i = 0; i < count; i++) CHECK(delivered[i] >= 1);       /* no accepted event is lost */
    CHECK(resent <= (size_t)number * 8);             /* twice only what was in flight when the process died */
}

int main(void) {
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    snprintf(seen_path, sizeof seen_path, "%s/seen", directory);
    suite_run();
    RUN(test_secrets);
    RUN(test_versions);
    RUN(test_migration);
    RUN(test_full);
    RUN(test_io_errors);
    RUN(test_two);
    RUN(test_purge);
    RUN(test_kill);
    lite_fresh();
    remove(seen_path);
    rmdir(directory);
    return check_end();
}
