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
