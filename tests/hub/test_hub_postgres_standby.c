/* The hub over a primary and its standby (synchronous, so that what was answered OK is on both): the primary
   ends, the standby is promoted, and a hub that names both goes on with all that was accepted. Takes the
   conninfo of the primary, whose directory gets the standby; without one, tests/hub/postgres.sh starts a
   server and this program again. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_postgres.h"
#include "hub_world.h"
#include <time.h>
#include <unistd.h>

enum { EVENTS = 6, PATIENCE_MS = 120000, STEP_MS = 100 };

static char dir[200], both[600], second[300];
static const char *server;
static unsigned char store_memory[AKOLHOOK_POSTGRES_SIZE], hub_memory[1 << 20];
static akolhook_postgres *pg;
static akolhook_hub *hub;
static char accepted[2 * EVENTS][AKOLHOOK_ID_SIZE];
static size_t accepted_count;

static void rest(int ms) {
    struct timespec pause;
    pause.tv_sec = ms / 1000;
    pause.tv_nsec = ms % 1000 * 1000000L;
    nanosleep(&pause, NULL);
}
/* A shell line in which $b is where PostgreSQL's programs are, $d the directory, $as whoever may run them. */
static int shell(const char *line) {
    char command[2000];
    snprintf(command, sizeof command,
            "cd / && for b in $(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin 2>/dev/null | sort -rV);"
            " do [ -x $b/initdb ] && break; done; d=%s as=; [ $(id -u) = 0 ] && as='setpriv --reuid=postgres "
            "--regid=postgres --clear-groups'; { %s; } >>$d/standby.log 2>&1 </dev/null",
            dir, line);
    return system(command);
}
/* The first column of the only row; -1 when there is none. */
static long ask(const char *where, const char *sql) {
    PGconn *db = PQconnectdb(where);
    PGresult *result = PQexec(db, sql);
    long value = PQntuples(result) == 1 ? atol(PQgetvalue(result, 0, 0)) : -1;
    PQclear(result);
    PQfinish(db);
    return value;
}
static void wait_until(const char *where, const char *sql) {
    int waited;
    for (waited = 0; waited < PATIENCE_MS && ask(where, sql) != 1; waited += STEP_MS) rest(STEP_MS);
    if (waited >= PATIENCE_MS) printf("    still not so: %s\n", sql);
    CHECK(waited < PATIENCE_MS);
}

/* A copy of the primary, started, and no commit without it. */
static void standby_start(void) {
    CHECK_INT(shell("rm -rf $d/standby $d/second; mkdir $d/second; [ \"$as\" ] && chown postgres $d/second; "
                    "$as $b/pg_basebackup -h $d -U akolhook -D $d/standby -R -X stream -c fast -N"),
            0);
    CHECK_INT(shell("$as sh -c \"echo unix_socket_directories=\\'$d/second\\' >>$d/standby/postgresql.conf\""
                    " && $as $b/pg_ctl -D $d/standby -w -t 120 -l $d/standby.out start"),
            0);
    if (check_bad) return;
    CHECK_INT(shell("$b/psql -h $d -U akolhook -d postgres -c \"ALTER SYSTEM SET synchronous_standby_names = "
                    "'*'\" -c 'SELECT pg_reload_conf()'"),
            0);
    wait_until(server, "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')");
}

static void stop_primary(void) { CHECK_INT(shell("$as $b/pg_ctl -D $d/data -m immediate -w stop"), 0); }
/* The standby becomes a primary of its own, which waits for no other. */
static void promote(void) {
    CHECK_INT(ask(second, "SELECT pg_promote(true, 120)::int"), 1);
    wait_until(second, "SELECT (NOT pg_is_in_recovery())::int");
    CHECK_INT(shell("$b/psql -h $d/second -U akolhook -d postgres -c \"ALTER SYSTEM RESET "
                    "synchronous_standby_names\" -c 'SELECT pg_reload_conf()'"),
            0);
    wait_until(second, "SELECT (current_setting('synchronous_standby_names') = '')::int");
}

static akolhook_status hub_open(const char *conninfo) {
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc;
    akolhook_status status;
    world_desc(&desc);
    where.conninfo = conninfo;
    where.platform = &world_platform;
    where.poll_ms = 86400000; /* nobody else adds work */
    status = akolhook_postgres_open(&pg, store_memory, sizeof store_memory, &where);
    if (status != AKOLHOOK_OK) return status;
    desc.store = akolhook_postgres_store(pg);
    return akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc);
}
static void hub_end(void) {
    akolhook_hub_close(hub);
    akolhook_postgres_close(pg);
    hub = NULL;
}
static akolhook_status emit(void) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_status status;
    event.event = AKOLHOOK_CALL_ENDED;
    event.data = akolhook_str_c("{}");
    status = akolhook_hub_emit(hub, &event, &accepted[accepted_count]);
    if (status == AKOLHOOK_OK) accepted_count++;
    return status;
}
static uint64_t delivered(void) {
    akolhook_stats stats;
    CHECK_STATUS(akolhook_hub_stats(hub, NULL, &stats), OK);
    return stats.delivered;
}
static uint64_t waiting(void) {
    akolhook_stats stats;
    CHECK_STATUS(akolhook_hub_stats(hub, NULL, &stats), OK);
    return stats.waiting;
}
/* Delivers all that waits, retries too: time passes as it is waited for. */
static void run(void) {
    int polls;
    for (polls = 0; polls < 1000 && !check_bad && waiting(); polls++) {
        CHECK_STATUS(akolhook_hub_poll(hub, (int)MINUTE, NULL), OK);
        if (check_bad) printf("    %s\n", akolhook_postgres_error(pg));
    }
    CHECK_INT(waiting(), 0);
}
static size_t requests_of(const char *message_id) {
    size_t i, count = 0;
    for (i = 0; i < w.count; i++) count += strcmp(w.requests[i].id, message_id) == 0;
    return count;
}

static void test_promotion(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    world_start();
    snprintf(second, sizeof second, "host=%s/second user=akolhook dbname=postgres", dir);
    snprintf(both, sizeof both,
            "host=%s/second,%s user=akolhook dbname=postgres target_session_attrs=read-write", dir, dir);
    standby_start();
    if (check_bad) return;

    /* of the two the primary is taken, though it stands behind the other */
    CHECK_STATUS(hub_open(both), OK);
    if (check_bad) printf("    %s\n", akolhook_postgres_error(pg));
    if (check_bad) return;
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
    CHECK_STATUS(emit(), OK);
    run();
    CHECK_INT(w.count, 1);

    /* what was accepted waits when the primary ends; without one there is nobody who may write */
    w.code = 503;
    for (i = 1; i < EVENTS; i++) CHECK_STATUS(emit(), OK);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    stop_primary();
    CHECK_STATUS(emit(), STORE_FAILED);
    CHECK(akolhook_postgres_error(pg)[0] != 0);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);

    /* the standby becomes the primary: the same hub goes on, and nothing that was accepted is missing */
    promote();
    w.code = 200;
    CHECK_STATUS(emit(), OK);
    if (check_bad) printf("    %s\n", akolhook_postgres_error(pg));
    run();
    CHECK_INT(delivered(), EVENTS + 1);
    for (i = 0; i < accepted_count; i++) CHECK(requests_of(accepted[i]) >= 1);
    CHECK_INT(accepted_count, EVENTS + 1);
    hub_end();
}
/* A hub on a server that only follows: reading is answered, writing is refused and changes nothing, and it
   writes from the moment on in which the server is promoted. */
static void test_follower(void) {
    uint64_t before;
    size_t i;
    world_start();
    CHECK_INT(shell("rm -rf $d/data.old; mv $d/data $d/data.old; mv $d/standby $d/first; $as $b/pg_ctl -D "
                    "$d/first -m fast -w stop; mv $d/first $d/data"),
            0);
    CHECK_INT(shell("$as sh -c \"echo unix_socket_directories=\\'$d\\' >>$d/data/postgresql.conf\" && $as "
                    "$b/pg_ctl -D $d/data -w -t 120 -l $d/standby.out start"),
            0);
    standby_start();
    if (check_bad) return;

    accepted_count = 0;
    CHECK_STATUS(hub_open(server), OK);
    before = delivered();
    CHECK_STATUS(emit(), OK);
    hub_end();

    CHECK_STATUS(hub_open(second), OK);
    wait_until(second, "SELECT count(*) FROM akolhook.akolhook_deliveries");
    CHECK_STATUS(emit(), STORE_FAILED);
    CHECK(strstr(akolhook_postgres_error(pg), "read-only") != NULL);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
    CHECK_INT(waiting(), 1);
    CHECK_INT(delivered(), before);
    CHECK_INT(w.count, 0);

    stop_primary();
    promote();
    CHECK_STATUS(emit(), OK);
    run();
    CHECK_INT(delivered(), before + 2);
    for (i = 0; i < 2; i++) CHECK_INT(requests_of(accepted[i]), 1);
    hub_end();
}

int main(int argc, char **argv) {
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    server = argv[1];
    if (sscanf(server, "host=%199s", dir) != 1) return 2;
    RUN(test_promotion);
    RUN(test_follower);
    return check_end();
}
