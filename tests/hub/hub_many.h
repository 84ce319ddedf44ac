/* A simulator of several processes on one store: each emits, delivers, switches webhooks off and on,
   rotates, changes, makes and deletes webhooks, redelivers, cancels, sends now and purges, at random, and
   has limits of its own; now and then one is killed with SIGKILL and another begins. At the end every
   accepted event must have ended at each webhook that got it, in the log as in the counters, and what the
   log calls delivered must have been received. Store time goes MANY_SPEED times as fast as the
   processor's, so that leases of the dead run out meanwhile. The program that includes this opens the
   store, and looks at its tables:

       static akolhook_status many_open(const akolhook_platform *platform, const akolhook_store **store);
       static void many_close(void);
       static const char *many_error(void);
       static long many_wrong(void); // rows that do not agree with others, in one snapshot; no hub is open */
#ifndef HUB_MANY_H
#define HUB_MANY_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MANY_WORKERS = 4,
    MANY_LASTING = 3, /* webhooks that stay; they subscribe to the first event, */
    MANY_PASSING = 3, /* the others, which come and go, to the second */
    MANY_SLOTS = 60000,
    MANY_NUMBERS = 1 << 22, /* of deliveries, for what has ended */
    MANY_SPEED = 50,
    MANY_ROWS = 200, /* of a page of the log */
    MANY_LIVES = 12, /* each MANY_LIFE_MS long, then one of the workers is killed */
    MANY_LIFE_MS = 250,
    MANY_LOG_ROWS = 100000
};
static const akolhook_event MANY_FIRST = AKOLHOOK_CALL_STARTED, MANY_SECOND = AKOLHOOK_CALL_ENDED;

typedef struct many_event {
    char id[AKOLHOOK_ID_SIZE];
    uint8_t is_accepted;
    uint32_t deliveries, dropped; /* as the emit said */
    uint32_t logged;              /* bits of the lasting webhooks that have rows of it */
    uint32_t got[MANY_LASTING];   /* 200s of each webhook that stays */
} many_event;
static struct many {
    volatile int stop, slot;
    char lasting[MANY_LASTING][AKOLHOOK_ID_SIZE];
    many_event events[MANY_SLOTS];
} * many;

static akolhook_status many_open(const akolhook_platform *platform, const akolhook_store **store);
static void many_close(void);
static const char *many_error(void);
static long many_wrong(void);

/* ---- time ---- */

static int64_t many_began;
static int64_t many_real_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static void many_rest(int64_t ms) {
    struct timespec pause;
    pause.tv_sec = (time_t)(ms / 1000);
    pause.tv_nsec = (long)(ms % 1000 * 1000000);
    nanosleep(&pause, NULL);
}
static int64_t many_extra; /* ms that waiting added, at the end */
static int64_t many_now(void *user) {
    (void)user;
    return START_MS + (many_real_ms() - many_began) * MANY_SPEED + many_extra;
}
static akolhook_platform many_platform(void) {
    akolhook_platform platform = world_platform;
    platform.unix_ms_fn = platform.monotonic_ms_fn = many_now;
    return platform;
}

/* ---- a worker ---- */

static akolhook_hub *many_hub;
static unsigned char many_memory[1 << 20];
static akolhook_platform many_clocks;
static uint32_t many_draws;

static uint32_t many_draw(uint32_t below) {
    many_draws = many_draws * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)many_draws * below) >> 32);
}
/* Hosts are l0.example and so on, and p0.example for those that pass. One of seven attempts fails. */
static int many_answer(const seen *r) {
    const char *at = strstr(r->body, "\"n\":");
    int slot = at ? atoi(at + 4) : -1, is_good = many_draw(7) != 0;
    if (r->host[0] == 'l' && is_good && !r->is_test && slot >= 0 && slot < MANY_SLOTS)
        __sync_fetch_and_add(&many->events[slot].got[r->host[1] - '0'], 1);
    return is_good ? 200 : 500;
}
static akolhook_status many_begin(uint32_t seed) {
    akolhook_hub_desc desc;
    akolhook_status status;
    world_start();
    world_desc(&desc);
    w.random = seed * 2654435761u + (uint32_t)getpid();
    w.answer_fn = many_answer;
    many_draws = seed * 7919u + 1;
    many_clocks = many_platform();
    status = many_open(&many_clocks, &desc.store);
    if (status != AKOLHOOK_OK) return status;
    desc.max_webhooks = MANY_LASTING + MANY_PASSING;
    desc.client.max_in_flight = 4 + many_draw(29);
    desc.per_webhook = 1 + many_draw(8);
    desc.max_queue = 200;
    return akolhook_hub_init(&many_hub, many_memory, sizeof many_memory, &desc);
}
static void many_end(void) {
    akolhook_hub_close(many_hub);
    many_close();
}
static akolhook_status many_create(char kind, uint32_t at, char *id) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    akolhook_status status;
    char url[40];
    sprintf(url, "https://%c%u.example/", kind, (unsigned)at);
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c(url);
    wanted.events = (akolhook_events)1 << (kind == 'l' ? MANY_FIRST : MANY_SECOND);
    status = akolhook_hub_create_webhook(many_hub, &wanted, &hook);
    if (id) memcpy(id, hook.id, AKOLHOOK_ID_SIZE);
    return status;
}
/* Up to three at once, the first of them twice, each under a key of its own. */
static akolhook_status many_emit(void) {
    akolhook_hub_event events[4];
    akolhook_hub_emitted emitted[4];
    akolhook_status status;
    char data[3][40], keys[3][20];
    int count = 1 + (int)many_draw(3), slot = __sync_fetch_and_add(&many->slot, count), i;
    if (slot + count > MANY_SLOTS) return AKOLHOOK_OK;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        sprintf(data[i], "{\"n\":%d}", slot + i);
        sprintf(keys[i], "key %d", slot + i);
        events[i].event = MANY_FIRST;
        events[i].data = akolhook_str_c(data[i]);
        events[i].idempotency_key = akolhook_str_c(keys[i]);
    }
    events[count] = events[0];
    status = akolhook_hub_emit_many(many_hub, events, (size_t)count + 1, emitted);
    if (status != AKOLHOOK_OK) return status;
    if (!emitted[count].repeated || strcmp(emitted[count].message_id, emitted[0].message_id) != 0)
        return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < count; i++) {
        many_event *event = &many->events[slot + i];
        memcpy(event->id, emitted[i].message_id, AKOLHOOK_ID_SIZE);
        event->deliveries = emitted[i].deliveries;
        event->dropped = emitted[i].dropped;
        __sync_synchronize();
        event->is_accepted = 1;
        if (emitted[i].deliveries + emitted[i].dropped + emitted[i].skipped != MANY_LASTING)
            return AKOLHOOK_STORE_FAILED;
    }
    return AKOLHOOK_OK;
}
/* A delivery that waits, or else one of the log's newest page. */
static akolhook_status many_delivery(char id[AKOLHOOK_ID_SIZE]) {
    static akolhook_hub_delivery waiting[20];
    static akolhook_log_row rows[20];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_status status;
    size_t count;
    strcpy(id, "dlv_000000000000000000000000");
    status = akolhook_hub_list_waiting(many_hub, NULL, 0, waiting, 20, &count);
    if (status != AKOLHOOK_OK) return status;
    if (count && many_draw(2)) strcpy(id, waiting[many_draw((uint32_t)count)].id);
    if (count) return status;
    status = akolhook_hub_log(many_hub, &query, rows, 20, &count);
    if (status == AKOLHOOK_OK && count) strcpy(id, rows[many_draw((uint32_t)count)].delivery_id);
    return status;
}
static akolhook_status many_change(void) {
    akolhook_webhook all[MANY_LASTING + MANY_PASSING];
    char secret[AKOLHOOK_SECRET_SIZE], id[AKOLHOOK_ID_SIZE];
    const char *lasting = many->lasting[many_draw(MANY_LASTING)];
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_status status;
    uint32_t made, at;
    size_t count, i;
    char url[40];
    switch (many_draw(12)) {
    case 0: return akolhook_hub_set_active(many_hub, lasting, 0);
    case 1:
    case 2:
        for (i = 0, status = AKOLHOOK_OK; i < MANY_LASTING && status == AKOLHOOK_OK; i++)
            status = akolhook_hub_set_active(many_hub, many->lasting[i], 1);
        return status;
    case 3: return akolhook_hub_rotate_secret(many_hub, lasting, secret);
    case 4: return akolhook_hub_redeliver_failed(many_hub, lasting, 0, &made);
    case 5:
        status = many_delivery(id);
        return status == AKOLHOOK_OK ? akolhook_hub_redeliver(many_hub, id) : status;
    case 6:
        status = many_delivery(id);
        return status != AKOLHOOK_OK ? status
               : many_draw(2)        ? akolhook_hub_cancel(many_hub, id)
                                     : akolhook_hub_send_now(many_hub, id);
    case 7: return akolhook_hub_test(many_hub, lasting);
    case 8:
        event.event = MANY_SECOND;
        event.data = akolhook_str_c("{}");
        status = akolhook_hub_emit(many_hub, &event, NULL);
        return status == AKOLHOOK_OK ? many_create('p', many_draw(MANY_PASSING), NULL) : status;
    case 9: return akolhook_hub_purge(many_hub, (int64_t)many_draw(8) * HOUR, NULL);
    case 10: /* under another URL of its host, and another rate */
        at = many_draw(MANY_LASTING);
        sprintf(url, "https://l%u.example/%u", (unsigned)at, (unsigned)many_draw(3));
        wanted.url = akolhook_str_c(url);
        wanted.rate = many_draw(2) ? AKOLHOOK_LIMIT_NONE : 100 + many_draw(900);
        return akolhook_hub_update_webhook(many_hub, many->lasting[at], &wanted);
    default:
        status = akolhook_hub_list_webhooks(many_hub, 0, all, MANY_LASTING + MANY_PASSING, &count);
        for (i = 0; status == AKOLHOOK_OK && i < count; i++)
            if (strstr(all[i].url, "//p")) return akolhook_hub_delete_webhook(many_hub, all[i].id);
        return status;
    }
}
/* The exit status: 0, or what failed. */
static int many_work(uint32_t seed) {
    akolhook_status status = many_begin(seed);
    while (status != AKOLHOOK_STORE_FAILED && !many->stop) {
        uint32_t what = many_draw(100);
        status = what < 45 ? many_emit() : what < 90 ? akolhook_hub_poll(many_hub, 0, NULL) : many_change();
    }
    if (status == AKOLHOOK_STORE_FAILED) {
        printf("    worker: %s\n", many_error());
        fflush(stdout);
        return 1;
    }
    many_end();
    return 0;
}

/* ---- what must be so when nothing waits ---- */

/* Of two pointers to events; an event begins with its id. */
static int many_by_pointer(const void *a, const void *b) {
    return strcmp((*(many_event *const *)a)->id, (*(many_event *const *)b)->id);
}
static void many_check_log(size_t at, many_event **sorted, size_t accepted) {
    static uint8_t has_ended[MANY_NUMBERS];
    static akolhook_log_row rows[MANY_ROWS];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_stats stats;
    many_event wanted;
    uint64_t by_state[8] = {0}, attempts = 0;
    size_t count, i;
    memset(has_ended, 0, sizeof has_ended);
    query.webhook_id = akolhook_str_c(many->lasting[at]);
    do {
        CHECK_STATUS(akolhook_hub_log(many_hub, &query, rows, MANY_ROWS, &count), OK);
        for (i = 0; i < count; i++) {
            many_event **found, *key = &wanted;
            int is_newest = rows[i].number < MANY_NUMBERS && !has_ended[rows[i].number];
            query.cursor = rows[i].cursor;
            memcpy(wanted.id, rows[i].message_id, sizeof wanted.id);
            if (rows[i].is_test) continue;
            attempts += rows[i].attempt > 0 &&
                        !akolhook_hub_is_own_fault(rows[i].status, rows[i].phase, rows[i].native_error);
            if (rows[i].state != AKOLHOOK_DELIVERY_WAITING) by_state[rows[i].state]++;
            /* the newest row of a delivery ends it, and no other */
            CHECK_INT(is_newest, rows[i].state != AKOLHOOK_DELIVERY_WAITING);
            if (!is_newest) continue;
            has_ended[rows[i].number] = 1;
            found = (many_event **)bsearch(&key, sorted, accepted, sizeof *sorted, many_by_pointer);
            if (!found) continue; /* of an emitter that was killed before it could say so */
            if (rows[i].state == AKOLHOOK_DELIVERY_DELIVERED) CHECK((*found)->got[at] > 0);
            (*found)->logged |= 1u << at;
        }
    } while (count == MANY_ROWS && !check_bad);
    CHECK_STATUS(akolhook_hub_stats(many_hub, many->lasting[at], &stats), OK);
    CHECK_INT(stats.waiting, 0);
    CHECK_INT(stats.emitted, stats.delivered + stats.failed + stats.cancelled + stats.dropped);
    CHECK_INT(stats.delivered, by_state[AKOLHOOK_DELIVERY_DELIVERED]);
    CHECK_INT(stats.failed, by_state[AKOLHOOK_DELIVERY_FAILED]);
    CHECK_INT(stats.cancelled, by_state[AKOLHOOK_DELIVERY_CANCELLED]);
    CHECK_INT(stats.dropped, by_state[AKOLHOOK_DELIVERY_DROPPED]);
    CHECK_INT(stats.attempts, attempts);
}
/* Until nothing waits; all are active and well, and time passes as it is waited for. */
static void many_finish(void) {
    akolhook_stats stats;
    int64_t due;
    size_t i;
    int polls;
    CHECK_STATUS(many_begin(99), OK);
    if (check_bad) printf("    %s\n", many_error());
    if (check_bad) return;
    for (i = 0; i < MANY_LASTING; i++)
        CHECK_STATUS(akolhook_hub_set_active(many_hub, many->lasting[i], 1), OK);
    for (polls = 0; polls < 100000 && !check_bad; polls++) {
        CHECK_STATUS(akolhook_hub_poll(many_hub, 0, NULL), OK);
        CHECK_STATUS(akolhook_hub_stats(many_hub, NULL, &stats), OK);
        if (!stats.waiting) break;
        CHECK_STATUS(akolhook_hub_next_due(many_hub, &due), OK);
        if (due > 0) many_extra += due;
    }
    CHECK_INT(stats.waiting, 0);
}
static void many_check(void) {
    static many_event *sorted[MANY_SLOTS];
    size_t accepted = 0, i;
    int slot;
    many_finish();
    for (slot = 0; slot < many->slot && slot < MANY_SLOTS; slot++)
        if (many->events[slot].is_accepted) sorted[accepted++] = &many->events[slot];
    qsort(sorted, accepted, sizeof *sorted, many_by_pointer);
    CHECK(accepted > 0);
    for (i = 0; i < MANY_LASTING && !check_bad; i++) many_check_log(i, sorted, accepted);
    /* each webhook that an accepted event was made for, or dropped at, has an end of it; no other has */
    for (i = 0; i < accepted && !check_bad; i++) {
        uint32_t bits = sorted[i]->logged, webhooks = 0;
        for (; bits; bits &= bits - 1) webhooks++;
        CHECK_INT(webhooks, sorted[i]->deliveries + sorted[i]->dropped);
    }
    printf("    %lu events accepted\n", (unsigned long)accepted);
    if (many_hub) many_end();
    CHECK_INT(many_wrong(), 0);
}
static void many_run(uint32_t seed) {
    pid_t workers[MANY_WORKERS];
    int lives = getenv("LONG") ? 20 * MANY_LIVES : MANY_LIVES, life, status;
    uint32_t next = seed;
    size_t i;
    many = (struct many *)mmap(NULL, sizeof *many, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if ((void *)many == MAP_FAILED) exit(2);
    many_began = many_real_ms();
    CHECK_STATUS(many_begin(seed), OK);
    if (check_bad) printf("    %s\n", many_error());
    if (check_bad) return;
    for (i = 0; i < MANY_LASTING; i++) CHECK_STATUS(many_create('l', (uint32_t)i, many->lasting[i]), OK);
    many_end();
    fflush(stdout);
    for (i = 0; i < MANY_WORKERS; i++)
        if (!(workers[i] = fork())) _exit(many_work(++next + (uint32_t)i));
    for (life = 0; life < lives; life++) {
        size_t victim = (size_t)life % MANY_WORKERS;
        next += MANY_WORKERS;
        many_rest(MANY_LIFE_MS + life * 37 % 100);
        kill(workers[victim], SIGKILL);
        CHECK_INT(waitpid(workers[victim], &status, 0), workers[victim]);
        CHECK(WIFSIGNALED(status)); /* else it had failed before */
        CHECK_INT(many_wrong(), 0);
        if (!(workers[victim] = fork())) _exit(many_work(next));
    }
    many->stop = 1;
    for (i = 0; i < MANY_WORKERS; i++) {
        CHECK_INT(waitpid(workers[i], &status, 0), workers[i]);
        CHECK_INT(status, 0);
    }
    many_check();
    if (check_bad) printf("    seed %u\n", (unsigned)seed);
    munmap(many, sizeof *many);
}

#endif
