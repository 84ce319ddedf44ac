/* Load through PostgreSQL: 1, 2 and 3 processes deliver numbered events to a receiver in a process of its
   own. Each event comes once when no process dies, and at least once under one id when one is killed with
   SIGKILL. Prints deliveries/s. LONG=1: 100,000 events instead of 2,000. BENCH=N: N events, medians of three
   runs, for tests/bench/hub.sh. Takes a server's conninfo; without one, tests/hub/postgres.sh starts a server
   and this program again. */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_postgres.h"
#include "../check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WEBHOOKS 10  /* one for each of the first ten events */
#define IN_FLIGHT 64 /* of one worker */
#define MOST_EVENTS 100000
#define MOST_CONNS 400
#define WORKERS 3
#define RUNS 3 /* of each measurement */
/* so that a body has about 300 bytes */
#define PADDING \
    "\"callId\":\"call_3f7b2c9e1a\",\"agentId\":\"agt_81c2\",\"direction\":\"inbound\"," \
    "\"from\":\"+15551234567\",\"to\":\"+15557654321\",\"durationSeconds\":184"

/* What the processes share. Each number in it has one writer. */
static struct shared {
    volatile long came, distinct, other; /* the receiver's; other: under another id than the first time */
    volatile int stop;
    volatile long left[WORKERS]; /* what each worker had in flight or could begin, when it said so last */
    volatile int64_t skew;       /* of the store's clock, where it is simulated */
    uint8_t count[MOST_EVENTS];  /* how often each came, and the id of the first time */
    uint64_t id[MOST_EVENTS];
} * shared;

static const char *server;
static long events_of_all;
static int listener, port;
static char conninfo[400];
static unsigned char pg_memory[AKOLHOOK_POSTGRES_SIZE];
static akolhook_postgres *pg;
static akolhook_hub *hub;
static unsigned char hub_memory[1 << 20];

static int64_t now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static void rest(int ms) {
    struct timespec pause;
    pause.tv_sec = 0;
    pause.tv_nsec = ms * 1000000L;
    nanosleep(&pause, NULL);
}

/* ---- the receiver ---- */

static struct {
    int fd;
    size_t got;
    char data[4096];
} conns[MOST_CONNS];

static void take(const char *head, const char *body) {
    const char *n = strstr(body, "{\"n\":"), *id = strstr(head, "\r\nwebhook-id: msg_");
    uint64_t hash;
    long number = n ? atol(n + 5) : -1;
    if (!id || number < 0 || number >= events_of_all) return;
    memcpy(&hash, id + 18, sizeof hash); /* 8 of 24 characters by chance */
    shared->came++;
    if (!shared->count[number]) {
        shared->id[number] = hash;
        shared->distinct++;
    }
    if (shared->id[number] != hash) shared->other++;
    if (shared->count[number] < 255) shared->count[number]++;
}
static void serve(int i) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ssize_t n = recv(
            conns[i].fd, conns[i].data + conns[i].got, sizeof conns[i].data - 1 - conns[i].got, MSG_DONTWAIT);
    char *end, *length;
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0) {
        conns[i].got += (size_t)n;
        conns[i].data[conns[i].got] = 0;
        end = strstr(conns[i].data, "\r\n\r\n");
        length = strstr(conns[i].data, "\r\nContent-Length: ");
        if (!end || !length || conns[i].got < (size_t)(end + 4 - conns[i].data) + (size_t)atol(length + 18))
            return;
        take(conns[i].data, end + 4);
        conns[i].got = 0;
        if (send(conns[i].fd, answer, sizeof answer - 1, MSG_NOSIGNAL) == (ssize_t)sizeof answer - 1) return;
    }
    close(conns[i].fd);
    conns[i].fd = -1;
}
static void receiver(void) {
    struct pollfd set[MOST_CONNS + 1];
    int i;
    alarm(3400);
    for (i = 0; i < MOST_CONNS; i++) conns[i].fd = -1;
    while (!shared->stop) {
        set[MOST_CONNS].fd = listener;
        for (i = 0; i < MOST_CONNS; i++) set[i].fd = conns[i].fd;
        for (i = 0; i <= MOST_CONNS; i++) set[i].events = POLLIN;
        if (poll(set, MOST_CONNS + 1, 100) <= 0) continue;
        for (i = 0; i < MOST_CONNS; i++)
            if (set[i].fd >= 0 && set[i].revents) serve(i);
        for (i = 0; set[MOST_CONNS].revents && i < MOST_CONNS; i++) {
            if (conns[i].fd >= 0) continue;
            conns[i].got = 0;
            if ((conns[i].fd = accept(listener, NULL, NULL)) < 0) break;
        }
    }
}

/* ---- the workers ---- */

static int64_t skewed_now(void *user) {
    (void)user;
    return now_ms(CLOCK_MONOTONIC) + shared->skew;
}
static akolhook_status open_hub(int simulated) {
    static akolhook_platform skewed;
    akolhook_postgres_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    where.conninfo = conninfo;
    where.poll_ms = 20;
    skewed = *akolhook_posix_platform();
    skewed.monotonic_ms_fn = skewed.unix_ms_fn = skewed_now;
    if (simulated) where.platform = &skewed;
    status = akolhook_postgres_open(&pg, pg_memory, sizeof pg_memory, &where);
    if (status != AKOLHOOK_OK) return status;
    desc.client.max_in_flight = desc.client.max_per_origin = desc.per_webhook = IN_FLIGHT;
    desc.client.deadline_ms = 10000;
    desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_postgres_store(pg);
    return akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc);
}
static void close_hub(void) {
    akolhook_hub_close(hub);
    akolhook_postgres_close(pg);
}
static int worker(int at, int simulated) {
    size_t left = 0;
    int failed = 0;
    alarm(3400);
    if (open_hub(simulated) != AKOLHOOK_OK) {
        fprintf(stderr, "%s\n", akolhook_postgres_error(pg));
        return 2;
    }
    while (!shared->stop) {
        if (akolhook_hub_poll(hub, 50, &left) != AKOLHOOK_OK && ++failed > 10) {
            fprintf(stderr, "%s\n", akolhook_postgres_error(pg));
            return 3;
        }
        shared->left[at] = (long)left;
    }
    close_hub();
    return failed;
}
/* Makes the webhooks and emits: number i is of event i % WEBHOOKS + 1. */
static int loader(long from, long to) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char text[300];
    long i;
    if (open_hub(0) != AKOLHOOK_OK) {
        fprintf(stderr, "%s\n", akolhook_postgres_error(pg));
        return 2;
    }
    wanted.name = akolhook_str_c("A webhook");
    for (i = 0; from == to && i < WEBHOOKS; i++) {
        snprintf(text, sizeof text, "http://127.0.0.1:%d/%ld", port, i);
        wanted.url = akolhook_str_c(text);
        wanted.events = (akolhook_events)1 << (i + 1);
        if (akolhook_hub_create_webhook(hub, &wanted, &hook) != AKOLHOOK_OK) return 4;
    }
    for (i = from; i < to; i++) {
        snprintf(text, sizeof text, "{\"n\":%ld," PADDING "}", i);
        event.event = (akolhook_event)(i % WEBHOOKS + 1);
        event.data = akolhook_str_c(text);
        if (akolhook_hub_emit(hub, &event, NULL) != AKOLHOOK_OK) {
            fprintf(stderr, "%s\n", akolhook_postgres_error(pg));
            return 5;
        }
    }
    close_hub();
    return 0;
}

/* ---- one run ---- */

static void must(const char *sql) {
    PGconn *db = PQconnectdb(server);
    PGresult *result;
    PQclear(PQexec(db, "SET client_min_messages = warning"));
    result = PQexec(db, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        printf("%s: %s", sql, PQerrorMessage(db));
        check_bad++;
    }
    PQclear(result);
    PQfinish(db);
}
static void use_database(const char *name) {
    snprintf(conninfo, sizeof conninfo, "%s dbname=%s", server, name);
}
static pid_t fork_loader(long from, long to) {
    pid_t child = fork();
    if (child == 0) _exit(loader(from, to));
    return child;
}
static void wait_for(pid_t child, int want) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK_INT(status, want);
}
/* A database with the webhooks alone. */
static void hooks_make(void) {
    must("DROP DATABASE IF EXISTS akolhook_hooks");
    must("CREATE DATABASE akolhook_hooks");
    use_database("akolhook_hooks");
    wait_for(fork_loader(0, 0), 0);
}
/* The events wait in a database of which each run takes a copy. Events a second. */
static long load(int emitters) {
    pid_t half = 0;
    int64_t start;
    must("DROP DATABASE IF EXISTS akolhook_loaded");
    must("CREATE DATABASE akolhook_loaded TEMPLATE akolhook_hooks");
    use_database("akolhook_loaded");
    start = now_ms(CLOCK_MONOTONIC);
    if (emitters == 2) half = fork_loader(0, events_of_all / 2);
    wait_for(fork_loader(half ? events_of_all / 2 : 0, events_of_all), 0);
    if (half) wait_for(half, 0);
    return (long)(events_of_all * 1000 / (now_ms(CLOCK_MONOTONIC) - start + 1));
}
static void test_load(void) {
    hooks_make();
    printf("emit      2 processes  %6ld events  %6ld /s\n", events_of_all, load(2));
}
static akolhook_stats stats(void) {
    akolhook_stats all;
    memset(&all, 0, sizeof all);
    CHECK_STATUS(akolhook_hub_stats(hub, NULL, &all), OK);
    return all;
}
/* Nobody but the one that was killed has anything: what still waits is under its leases. */
static int is_over(int workers) {
    int i;
    for (i = 1; i < workers; i++)
        if (shared->left[i]) return 0;
    return 1;
}
/* Until the receiver has them all and each success is recorded; the ms until the first. When one is killed,
   half of the events have come, and the clock is set forward by its leases once the others have nothing left
   to do. */
static int64_t run_until_done(pid_t victim, int workers) {
    int64_t start = now_ms(CLOCK_MONOTONIC), done = 0, now = start;
    while (now - start < (int64_t)1000 * 600 && !check_bad) {
        rest(2);
        now = now_ms(CLOCK_MONOTONIC);
        if (victim > 0 && shared->distinct >= events_of_all / 2) {
            kill(victim, SIGKILL);
            wait_for(victim, SIGKILL);
            victim = -1;
        }
        if (!done && shared->distinct >= events_of_all) done = now - start;
        if (!done && victim >= 0) continue;
        if (!stats().waiting) break;
        if (victim < 0 && !shared->skew && is_over(workers)) shared->skew = 60000;
        rest(50);
    }
    return done;
}
/* Deliveries a second. emits: the events come while it runs, from two processes. */
static long run_workers(int workers, int kills, int emits) {
    pid_t sink, pids[WORKERS], loaders[2];
    akolhook_stats all;
    long twice = 0, missing = 0, i;
    int64_t ms;
    memset(shared, 0, sizeof *shared);
    for (i = 0; i < WORKERS; i++) shared->left[i] = 1;
    must("DROP DATABASE IF EXISTS akolhook_run");
    must(emits ? "CREATE DATABASE akolhook_run TEMPLATE akolhook_hooks"
               : "CREATE DATABASE akolhook_run TEMPLATE akolhook_loaded");
    must("CHECKPOINT");
    use_database("akolhook_run");
    fflush(stdout);
    sink = fork();
    if (sink == 0) {
        receiver();
        _exit(0);
    }
    for (i = 0; i < workers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) _exit(worker((int)i, kills));
    }
    for (i = 0; i < 2 && emits; i++)
        loaders[i] = fork_loader(events_of_all / 2 * i, i ? events_of_all : events_of_all / 2);
    CHECK_STATUS(open_hub(kills), OK);
    ms = run_until_done(kills ? pids[0] : 0, workers);
    all = stats();
    shared->stop = 1;
    for (i = 0; i < 2 && emits; i++) wait_for(loaders[i], 0);
    for (i = kills ? 1 : 0; i < workers; i++) wait_for(pids[i], 0);
    wait_for(sink, 0);
    close_hub();
    for (i = 0; i < events_of_all; i++) {
        missing += shared->count[i] == 0;
        twice += shared->count[i] > 1;
    }
    CHECK_INT(missing, 0);
    CHECK_INT(shared->other, 0);
    CHECK_INT(all.delivered, events_of_all);
    CHECK_INT(all.waiting, 0);
    CHECK_INT(shared->came, events_of_all + twice);
    if (kills)
        CHECK(twice <= IN_FLIGHT);
    else
        CHECK_INT(twice, 0);
    return ms ? (long)(events_of_all * 1000 / ms) : 0;
}
static void run_and_tell(int workers, int kills) {
    long rate = run_workers(workers, kills, 0), twice = 0, i;
    for (i = 0; i < events_of_all; i++) twice += shared->count[i] > 1;
    printf("deliver   %d %-10s %6ld events  %6ld /s  %ld came twice\n", workers,
            workers > 1 ? "processes" : "process", events_of_all, rate, twice);
}
static void test_one(void) { run_and_tell(1, 0); }
static void test_two(void) { run_and_tell(2, 0); }
static void test_three(void) { run_and_tell(3, 0); }
static void test_three_one_dies(void) { run_and_tell(3, 1); }
/* What emitters change while a claim locks webhooks comes out of order: none of them may be left behind. */
static void test_while_emitting(void) {
    printf("deliver   %d processes  %6ld events  %6ld /s  while two emit\n", WORKERS, events_of_all,
            run_workers(WORKERS, 0, 1));
}

/* ---- figures ---- */

static long middle(long *values) {
    size_t i, k;
    for (i = 0; i + 1 < RUNS; i++)
        for (k = i + 1; k < RUNS; k++)
            if (values[k] < values[i]) {
                long swap = values[i];
                values[i] = values[k];
                values[k] = swap;
            }
    return values[RUNS / 2];
}
/* By turns, so that a machine that is busy for a while slows all of them. */
static void bench(void) {
    long emits[2][RUNS], delivers[WORKERS][RUNS], both[2][RUNS];
    size_t i, run;
    hooks_make();
    for (run = 0; run < RUNS && !check_bad; run++) {
        for (i = 0; i < 2; i++) emits[i][run] = load((int)i + 1);
        must("VACUUM ANALYZE");
        for (i = 0; i < WORKERS; i++) delivers[i][run] = run_workers((int)i + 1, 0, 0);
        for (i = 0; i < 2; i++) both[i][run] = run_workers((int)i + 1, 0, 1);
    }
    if (check_bad) return;
    printf("events/s of %d and %d emitters, a commit each: %ld, %ld\n", 1, 2, middle(emits[0]),
            middle(emits[1]));
    for (i = 0; i < WORKERS; i++)
        printf("deliveries/s of %lu %s: %ld\n", (unsigned long)i + 1,
                i ? "workers" : "worker (6,000 is the aim)", middle(delivers[i]));
    for (i = 0; i < 2; i++)
        printf("deliveries/s of %lu %s while two emitters emit: %ld\n", (unsigned long)i + 1,
                i ? "workers" : "worker", middle(both[i]));
}

int main(int argc, char **argv) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    if (argc != 2) {
        execlp("sh", "sh", "tests/hub/postgres.sh", argv[0], (char *)NULL);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    server = argv[1];
    events_of_all = getenv("BENCH") ? atol(getenv("BENCH")) : getenv("LONG") ? MOST_EVENTS : 2000;
    if (events_of_all < 2 || events_of_all > MOST_EVENTS) return 2;
    alarm(getenv("LONG") ? 3400 : 1200);
    shared = (struct shared *)mmap(
            NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if ((void *)shared == MAP_FAILED || listener < 0 ||
            bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 256) != 0 ||
            getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        return 1;
    port = ntohs(address.sin_port);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    if (getenv("BENCH")) {
        bench();
        return check_bad != 0;
    }
    RUN(test_load);
    must("VACUUM ANALYZE");
    if (!check_failed) {
        RUN(test_one);
        RUN(test_two);
        RUN(test_three);
        RUN(test_three_one_dies);
        RUN(test_while_emitting);
    }
    return check_end();
}
