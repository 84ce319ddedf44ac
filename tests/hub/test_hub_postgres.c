/* The hub over PostgreSQL: the suite that every store must pass, and several workers at once. Takes a server's conninfo; without
   one, tests/hub/postgres.sh starts a server and this program again. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#define AKOLHOOK_POSTGRES_IMPLEMENTATION
#include "akolhook_postgres.h"
#define SUITE_DAYS 20
#define SUITE_STEP 60
#define SIM_STEPS 1500
#define SIM_HOURS 1
#define SIM_BACKLOG 2000
#include "hub_suite.h"
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *server;
static char conninfo[400];
static unsigned char pg_memory[4][AKOLHOOK_POSTGRES_SIZE];
static akolhook_postgres *pg;

static void must(const char *sql) {
    PGconn *db = PQconnectdb(server);
    PGresult *result = PQexec(db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        printf("%s: %s", sql, PQerrorMessage(db));
        check_bad++;
    }
    PQclear(result);
    PQfinish(db);
}
static void pg_fresh(void) {
    must("SET client_min_messages = warning; DROP SCHEMA IF EXISTS t CASCADE");
    snprintf(conninfo, sizeof conninfo, "%s", server);
}
static akolhook_postgres *pg_open(size_t at, int is_simulated) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_postgres *opened;
    where.conninfo = conninfo;
    where.schema = "t";
    where.log_rows = desc.memory.log_rows ? desc.memory.log_rows : 32;
    if (is_simulated) where.platform = &world_platform;
    if (is_simulated) where.poll_ms = 86400000;
    CHECK_STATUS(akolhook_postgres_open(&opened, pg_memory[at], sizeof pg_memory[at], &where), OK);
    if (akolhook_postgres_error(opened)[0]) printf("%s\n", akolhook_postgres_error(opened));
    return opened;
}
static void suite_store_open(akolhook_hub_desc *d) {
    pg_fresh();
    pg = pg_open(0, 1);
    d->store = akolhook_postgres_store(pg);
    d->max_webhooks = d->max_webhooks ? d->max_webhooks : d->memory.max_webhooks ? d->memory.max_webhooks : 40;
}
static void suite_store_close(void) {
    if (akolhook_postgres_error(pg)[0] && !suite_keeps) printf("%s\n", akolhook_postgres_error(pg));
    CHECK(pg->held == NULL || suite_keeps);
    akolhook_postgres_close(pg);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    server = argv[1];
    suite_run();
    return check_end();
}
