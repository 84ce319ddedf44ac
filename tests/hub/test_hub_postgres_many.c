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
static long many_wrong(void) {
    static const char *const rules[] = {
            "SELECT count(*) FROM akolhook_turns t LEFT JOIN (SELECT webhook, count(*) n, sum(is_test) k,"
            " count(*) FILTER (WHERE lease <> 0) l FROM akolhook_deliveries GROUP BY 1) d USING (webhook)"
            " WHERE queued <> coalesce(n, 0) OR tests <> coalesce(k, 0) OR in_flight <> coalesce(l, 0)",
            "SELECT count(*) FROM akolhook_turns WHERE capped = 1 AND in_flight = 0 OR queued > in_flight AND"
            " ready = 0 AND ready_at = 0 AND capped = 0",
            "SELECT count(*) FROM akolhook_deliveries WHERE event NOT IN (SELECT number FROM"
            " akolhook_events)",
            "SELECT count(*) FROM (SELECT webhook FROM akolhook_deliveries UNION SELECT webhook FROM"
            " akolhook_log) x WHERE webhook NOT IN (SELECT webhook FROM akolhook_turns UNION SELECT webhook"
            " FROM akolhook_gone)",
            "SELECT count(*) FROM akolhook_turns FULL JOIN akolhook_webhooks ON number = webhook WHERE"
            " webhook"
            " IS NULL OR number IS NULL",
            "SELECT count(*) FROM akolhook_turns t WHERE logged <> (SELECT count(*) FROM akolhook_log l WHERE"
            " l.webhook = t.webhook)",
            "SELECT count(*) FROM akolhook_counters k JOIN (SELECT webhook, count(*) FILTER (WHERE state = 2)"
            " d, count(*) FILTER (WHERE state = 3) f, count(*) FILTER (WHERE state = 4 AND attempt = 0) c,"
            " count(*) FILTER (WHERE state = 5) x, count(*) FILTER (WHERE attempt > 0) a FROM akolhook_log"
            " WHERE is_test = 0 GROUP BY 1) l USING (webhook) JOIN akolhook_turns USING (webhook) WHERE"
            " delivered <> d OR failed <> f OR cancelled <> c OR dropped <> x OR attempts <> a"};
    PGconn *db = PQconnectdb(server);
    PGresult *r;
    long wrong = 0, n;
    size_t i;
    PQclear(PQexec(db, "SET search_path = many; BEGIN ISOLATION LEVEL REPEATABLE READ"));
    for (i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        r = PQexec(db, rules[i]);
        n = PQntuples(r) == 1 ? atol(PQgetvalue(r, 0, 0)) : -1;
        PQclear(r);
        if (n) printf("    %ld: %s %s\n", n, rules[i], n < 0 ? PQerrorMessage(db) : "");
        wrong += n != 0;
    }
    PQfinish(db);
    return wrong;
}

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
