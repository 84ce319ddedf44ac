/* The hub over SQLite: the suite that every store must pass; then what is SQLite's own. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#define SUITE_DAYS 20
#define SUITE_STEP 12
#define SIM_STEPS 1500
#define SIM_HOURS 1
#define SIM_BACKLOG 2000
#include "hub_suite.h"
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

static void lite_remove(void) {
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[80];
    size_t i;
    for (i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
}
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
    if (!is_synced) sqlite3_exec(akolhook_sqlite_db(opened), "PRAGMA synchronous = OFF", NULL, NULL, NULL);
    return opened;
}
static void suite_store_open(akolhook_hub_desc *d) {
    lite_remove();
    lite = lite_open(0);
    d->store = akolhook_sqlite_store(lite);
    d->max_webhooks = d->max_webhooks ? d->max_webhooks : d->memory.max_webhooks ? d->memory.max_webhooks : 40;
}
static void suite_store_close(void) {
    if (akolhook_sqlite_error(lite)[0] && !suite_keeps) printf("%s\n", akolhook_sqlite_error(lite));
    CHECK(lite->held == NULL || suite_keeps);
    akolhook_sqlite_close(lite);
}

int main(void) {
    is_long = getenv("LONG") != NULL;
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/hub.db", directory);
    snprintf(wal_path, sizeof wal_path, "%s/hub.db-wal", directory);
    snprintf(seen_path, sizeof seen_path, "%s/seen", directory);
    suite_run();
    lite_remove();
    remove(seen_path);
    rmdir(directory);
    return check_end();
}
