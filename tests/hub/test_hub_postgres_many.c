/* Several processes on one PostgreSQL, killed now and then: see hub_many.h. LONG=1: longer, five seeds. Takes
   a server's conninfo; without one, tests/hub/postgres.sh starts a server and this program again. */
#define _DEFAULT_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_postgres.h"
#include "hub_world.h"
#include "hub_many.h"

static const char *server;
static unsigned char memory[AKOLHOOK_POSTGRES_SIZE];
static akolhook_postgres *pg;

static akolhook_status many_open(const akolhook_platform *platform, const akolhook_store **store) {
    akolhook_postgres_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    desc.conninfo = server;
    desc.schema = "many";
    desc.log_rows = MANY_LOG_ROWS;
    desc.platform = platform;
    status = akolhook_postgres_open(&pg, memory, sizeof memory, &desc);
    if (status == AKOLHOOK_OK) *store = akolhook_postgres_store(pg);
    return status;
}
static void many_close(void) { akolhook_postgres_close(pg); }
static const char *many_error(void) { return pg ? akolhook_postgres_error(pg) : ""; }

static void test_many(void) {
    uint32_t seed, seeds = getenv("LONG") ? 5 : 1;
    for (seed = 1; seed <= seeds && !check_bad; seed++) {
        PGconn *db = PQconnectdb(server);
        PQclear(PQexec(db, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS many CASCADE"));
        PQfinish(db);
        many_run(seed);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    server = argv[1];
    RUN(test_many);
    return check_end();
}
