/* The hub from outside, in a world that is against it: clocks that were never set or jump, receivers that are
   dead, mute, unknown or ask for peace, bursts, bodies that fill the room, tests pressed on and on, switches
   turned while something is on its way. Over the store in memory and, where processes end, over a journal. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#include "hub_world.h"
#include <errno.h>

#define DAY (24 * HOUR)
#define THIRTY_YEARS INT64_C(946728000000)

static unsigned char hub_memory[4 << 20];
static akolhook_hub_desc desc;
static akolhook_hub *hub;

/* ---- notices, counted by kind ---- */

static uint32_t told[AKOLHOOK_NOTICE_UNSAVED + 1];
static void tell(void *user, const akolhook_notice *n) {
    (void)user;
    told[n->kind]++;
}

static void begin(void) {
    world_start();
    world_desc(&desc);
    memset(told, 0, sizeof told);
    desc.notice_fn = tell;
    desc.memory.max_pending = 2000;
    desc.memory.pool_bytes = 1 << 20;
    desc.memory.log_rows = 400;
}
static void hub_open(void) {
    CHECK(akolhook_hub_size(&desc) <= sizeof hub_memory);
    CHECK_STATUS(akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc), OK);
}
static void start(void) {
    begin();
    hub_open();
}
static void end(void) {
    akolhook_hub_close(hub);
    hub = NULL;
    CHECK_INT(w.open, 0);
}

static akolhook_webhook create(const char *url, akolhook_events events) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    wanted.name = akolhook_str_c("A webhook");
    wanted.url = akolhook_str_c(url);
    wanted.events = events;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
    return hook;
}
static akolhook_status emit_of(akolhook_event event, const char *data, char (*id)[AKOLHOOK_ID_SIZE]) {
    akolhook_hub_event e = AKOLHOOK_INIT;
    e.event = event;
    e.data = akolhook_str_c(data);
    return akolhook_hub_emit(hub, &e, id);
}
static void emit(void) { CHECK_STATUS(emit_of(AKOLHOOK_CALL_ENDED, "{}", NULL), OK); }
static void run_until(int64_t at) {
    int turns = 0, last = 0;
    size_t left = 1;
    while ((w.now < at || (left && last++ < 100)) && ++turns < 1000000 && !check_bad) {
        int64_t span = at > w.now ? at - w.now : 0;
        CHECK_STATUS(akolhook_hub_poll(hub, span > HOUR ? (int)HOUR : (int)span, &left), OK);
    }
    CHECK(turns < 1000000);
}
static void hours(size_t count) {
    size_t i;
    for (i = 0; i < count; i++) {
        emit();
        run_until(w.now + HOUR);
    }
}
static akolhook_webhook get(const char *id) {
    akolhook_webhook hook;
    CHECK_STATUS(akolhook_hub_get_webhook(hub, id, &hook), OK);
    return hook;
}
static akolhook_stats stats_of(const char *id) {
    akolhook_stats s;
    CHECK_STATUS(akolhook_hub_stats(hub, id, &s), OK);
    CHECK_INT(s.emitted, s.delivered + s.failed + s.cancelled + s.dropped + s.waiting);
    return s;
}
static akolhook_log_row rows[2000];
static size_t row_count;
static void log_of(const char *id) {
    akolhook_log_query query = AKOLHOOK_INIT;
    query.webhook_id = akolhook_str_c(id);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, sizeof rows / sizeof rows[0], &row_count), OK);
}
static int is_signed(const seen *r, const char *secret) {
    return akolhook_verify(secret, r->signature, r->body, r->body_len) == AKOLHOOK_OK;
}
static size_t requests_to(char host, size_t from) {
    size_t i, n = 0;
    for (i = from; i < w.count; i++) n += w.requests[i % MAX_SEEN].host[0] == host;
    return n;
}

/* ---- clocks ---- */

/* A machine boots without a clock: 1970, exactly its first millisecond, a moment or a century before it, or
   a time that no year of four digits has. Events are accepted and delivered, one that fails is tried again by
   its schedule, and when the time comes over the network nothing is given up or hurried. */
static void test_boot_in_1970(void) {
    static const int64_t walls[] = {0, 1, -5000, 3 * HOUR, -100 * 365 * DAY, INT64_C(253402300799999),
            INT64_C(253402300800000), INT64_C(9000000000000000)};
    akolhook_webhook good, bad;
    akolhook_stats s;
    size_t i;
    for (i = 0; i < sizeof walls / sizeof walls[0]; i++) {
        begin();
        w.clock_set = walls[i] - START_MS;
        hub_open();
        good = create("https://a.example/", 2);
        bad = create("https://b.example/", 4);
        CHECK_STATUS(emit_of((akolhook_event)1, "{}", NULL), OK);
        w.code = 500;
        CHECK_STATUS(emit_of((akolhook_event)2, "{}", NULL), OK);
        w.code = 200;
        run_until(w.now);
        CHECK_INT(w.count, 2);
        CHECK_INT(stats_of(good.id).delivered + stats_of(bad.id).delivered, 2);

        w.code = 500;
        CHECK_STATUS(emit_of((akolhook_event)2, "{}", NULL), OK);
        run_until(w.now + 10 * MINUTE); /* at once, after 5 s, after 5 min */
        CHECK_INT(w.count, 5);
        w.clock_set = 0;
        run_until(w.now + 20 * MINUTE);
        CHECK_INT(w.count, 5);
        run_until(w.now + 10 * MINUTE); /* and after 30 more */
        CHECK_INT(w.count, 6);
        w.code = 200;
        run_until(w.now + 3 * HOUR);
        s = stats_of(bad.id);
        CHECK(s.delivered == 2 && !s.failed && !s.waiting && s.attempts == 6);
        CHECK(get(good.id).is_active && get(bad.id).is_active && !told[AKOLHOOK_NOTICE_FAILED]);
        end();
    }
}

/* The journal on a disk that is memory, and a process that ends: its clock begins anew. */
static struct {
    unsigned char data[1 << 20], next[1 << 20];
    size_t len, next_len;
    int is_next;
} disk;
static int disk_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    (void)user;
    *got = at >= disk.len ? 0 : disk.len - at < len ? disk.len - (size_t)at : len;
    if (*got) memcpy(data, disk.data + at, *got);
    return 0;
}
static int disk_append(void *user, const void *data, size_t len) {
    size_t *at = disk.is_next ? &disk.next_len : &disk.len;
    (void)user;
    if (len > sizeof disk.data - *at) return ENOSPC;
    memcpy((disk.is_next ? disk.next : disk.data) + *at, data, len);
    *at += len;
    return 0;
}
static int disk_sync(void *user) {
    (void)user;
    return 0;
}
static int disk_begin(void *user) {
    (void)user;
    disk.is_next = 1;
    disk.next_len = 0;
    return 0;
}
static int disk_commit(void *user) {
    (void)user;
    memcpy(disk.data, disk.next, disk.next_len);
    disk.len = disk.next_len;
    disk.is_next = 0;
    return 0;
}
static void disk_abort(void *user) {
    (void)user;
    disk.is_next = 0;
}
static const akolhook_journal_file disk_file = {
        NULL, disk_read, disk_append, disk_sync, disk_begin, disk_commit, disk_abort, NULL};

static int64_t booted_at; /* of the process that runs */
static int64_t since_boot(void *user) {
    (void)user;
    return w.now - booted_at;
}
static unsigned char journal_memory[4 << 20];
static akolhook_journal journal;
static akolhook_store store;
static void process_begin(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    booted_at = w.now;
    world_platform.monotonic_ms_fn = since_boot;
    where.memory = desc.memory;
    where.memory.now_ms_fn = since_boot;
    where.unix_ms_fn = world_unix;
    where.file = &disk_file;
    CHECK_STATUS(akolhook_journal_open(&journal, &store, journal_memory, sizeof journal_memory, &where), OK);
    desc.store = &store;
    hub_open();
}
/* is_killed: without a word. */
static void process_end(int is_killed) {
    if (is_killed) {
        akolhook_client_close(hub->client);
        hub = NULL;
    } else {
        end();
    }
    akolhook_journal_close(&journal);
    w.open = 0;
}

/* One boot in 1970 or in 2099 expires nothing, and makes nothing wait for longer than its pause. */
static void test_boot_elsewhen(void) {
    static const int64_t sets[] = {-56 * INT64_C(31557600000), 73 * INT64_C(31557600000), -DAY, DAY};
    akolhook_webhook hook;
    akolhook_stats s;
    size_t i, before;
    int k;
    for (i = 0; i < 2 * sizeof sets / sizeof sets[0]; i++) {
        begin();
        disk.len = 0;
        process_begin();
        hook = create("https://a.example/", AKOLHOOK_EVENTS_ALL);
        w.code = 500;
        emit();
        run_until(w.now + 3 * HOUR); /* five attempts; the next follows 5 h after the fifth */
        CHECK_INT(w.count, 5);
        for (k = 0; k < 2; k++) { /* and back */
            process_end(i % 2);
            w.clock_set = k ? 0 : sets[i / 2];
            w.now += MINUTE;
            process_begin();
            run_until(w.now + MINUTE);
        }
        CHECK(w.count <= 6); /* one step of the schedule at most */
        before = w.count;
        w.code = 200;
        run_until(w.now + 5 * HOUR + 30 * MINUTE + HOUR);
        s = stats_of(hook.id);
        if (s.waiting) run_until(w.now + 10 * HOUR + HOUR); /* where the sixth was made meanwhile */
        s = stats_of(hook.id);
        CHECK(s.delivered == 1 && !s.failed && !s.waiting && w.count == before + 1);
        CHECK(get(hook.id).is_active);
        process_end(0);
    }
}

/* A year in which the wall clock is set again and again, also while nothing runs, and processes end by
   themselves and by force: every event ends once, all of them delivered, as the receiver works at times. */
static int answer_at_times(const seen *r) { return (r->at / HOUR) % 3 ? 500 : 200; }
static void test_year_of_jumps(void) {
    static const int64_t jumps[] = {SECOND, -SECOND, HOUR, -HOUR, DAY, -DAY, THIRTY_YEARS, -THIRTY_YEARS};
    akolhook_webhook hook, other;
    akolhook_stats s;
    size_t day, days = check_full() ? 365 : 120, emitted = 0;
    begin();
    disk.len = 0;
    process_begin();
    hook = create("https://a.example/", AKOLHOOK_EVENTS_ALL);
    other = create("https://b.example/", AKOLHOOK_EVENTS_ALL);
    w.answer_fn = answer_at_times;
    for (day = 0; day < days && !check_bad; day++) {
        emit();
        emitted++;
        run_until(w.now + 11 * HOUR);
        w.clock_set += jumps[day % 8];
        if (day % 5 == 3) { /* an hour without anybody, in which the clock may be set */
            process_end(day % 2);
            w.now += HOUR;
            process_begin();
        }
        run_until(w.now + 12 * HOUR);
    }
    w.clock_set = 0;
    run_until(w.now + 4 * DAY);
    s = stats_of(hook.id);
    CHECK(s.emitted == emitted && s.delivered == emitted && !s.waiting);
    s = stats_of(other.id);
    CHECK(s.emitted == emitted && s.delivered == emitted && !s.waiting);
    CHECK(get(hook.id).is_active && get(other.id).is_active);
    process_end(0);
    world_platform.monotonic_ms_fn = world_monotonic;
}

/* ---- alone and dead ---- */

/* One webhook, nobody else, an event each hour. What answers in any way (a refusal to connect, a 500) is set
   inactive after a day; what does not, when it has failed for 120 h and a day more; what is this side's own
   fault, never, and then nothing is used up. */
static int64_t lookup_hangs(const char *host) {
    (void)host;
    return 10000;
}
static void test_alone_and_dead(void) {
    static const struct {
        int code, lookup_fails, hangs;
        long error;
        size_t alive_hours, dead_hours; /* still active then; inactive then */
        akolhook_status reason;
    } cases[] = {
            {500, 0, 0, 0, 23, 27, AKOLHOOK_HTTP_STATUS},
            {0, 0, 0, 0, 119, 150, AKOLHOOK_DEADLINE},
            {200, 1, 0, 0, 119, 150, AKOLHOOK_LOOKUP_FAILED},
            {200, 0, 1, 0, 119, 150, AKOLHOOK_LOOKUP_FAILED},
            {200, 0, 0, ECONNREFUSED, 23, 27, AKOLHOOK_CONNECT_FAILED},
            {200, 0, 0, EHOSTUNREACH, 119, 150, AKOLHOOK_CONNECT_FAILED},
            {200, 0, 0, ETIMEDOUT, 119, 150, AKOLHOOK_CONNECT_FAILED},
            {200, 0, 0, ENETUNREACH, 300, 0, AKOLHOOK_OK},
            {200, 0, 0, EPERM, 300, 0, AKOLHOOK_OK},
    };
    akolhook_webhook hook;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0] && !check_bad; i++) {
        begin();
        desc.memory.max_webhooks = 1;
        hub_open();
        hook = create("https://a.example/", AKOLHOOK_EVENTS_ALL);
        w.code = cases[i].code;
        w.lookup_fails = cases[i].lookup_fails;
        w.connect_error = cases[i].error;
        if (cases[i].hangs) w.lookup_ms_fn = lookup_hangs;
        emit();
        run_until(w.now + MINUTE); /* it shows at once */
        hook = get(hook.id);
        CHECK_INT(hook.reason, cases[i].reason);
        CHECK_INT(hook.cls == AKOLHOOK_CLASS_FAILING, cases[i].dead_hours > 0);
        CHECK_INT(hook.failing_since_ms > 0, cases[i].dead_hours > 0);
        hours(cases[i].alive_hours);
        hook = get(hook.id);
        CHECK(hook.is_active);
        if (!cases[i].dead_hours) {
            CHECK(!hook.failure_count && !told[AKOLHOOK_NOTICE_ATTEMPTED] && !stats_of(NULL).attempts);
        } else {
            hours(cases[i].dead_hours - cases[i].alive_hours);
            hook = get(hook.id);
            CHECK(!hook.is_active && hook.inactive_by == AKOLHOOK_INACTIVE_BY_HUB && hook.inactive_at_ms);
            CHECK(told[AKOLHOOK_NOTICE_INACTIVE] == 1 && told[AKOLHOOK_NOTICE_INACTIVE_SOON] == 1);
            CHECK_INT(stats_of(NULL).waiting, 0);
        }
        if (check_bad) printf("    case %u\n", (unsigned)i);
        end();
    }
}

/* A sender that is without network for a weekend sets nobody inactive, neither then nor when it is back. */
static void test_offline_weekend(void) {
    static const long errors[] = {0, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH};
    akolhook_webhook hooks[5];
    char url[40];
    size_t i, k;
    for (k = 0; k < sizeof errors / sizeof errors[0]; k++) {
        start();
        for (i = 0; i < 5; i++) {
            sprintf(url, "https://h%u.example/", (unsigned)i);
            hooks[i] = create(url, AKOLHOOK_EVENTS_ALL);
        }
        hours(5);
        w.connect_error = errors[k];
        w.lookup_fails = !errors[k];
        hours(60);
        w.connect_error = 0;
        w.lookup_fails = 0;
        hours(12);
        for (i = 0; i < 5; i++) CHECK(get(hooks[i].id).is_active && get(hooks[i].id).failure_count == 0);
        CHECK(!told[AKOLHOOK_NOTICE_INACTIVE] && !told[AKOLHOOK_NOTICE_INACTIVE_SOON]);
        run_until(w.now + 80 * HOUR);
        CHECK_INT(stats_of(NULL).delivered, 5 * 77);
        end();
    }
}

/* ---- asked for peace ---- */

/* Retry-After of a 429 or 503 holds for all of the webhook, new events and tests included, up to 6 h; beside
   it others go on; what is sent now goes all the same; a success ends it. Of a 500 it holds for its delivery
   alone. */
static void test_peace(void) {
    static const struct {
        int code;
        const char *field;
        int64_t pause_s; /* of the webhook */
    } cases[] = {
            {429, "Retry-After: 100\r\n", 100},
            {503, "Retry-After: 7200\r\n", 7200},
            {503, "Retry-After: 40000\r\n", 21600},
            {503, "Retry-After: Thu, 01 Jan 2026 00:10:00 GMT\r\n", 600},
            {500, "Retry-After: 7200\r\n", 0},
            {408, "Retry-After: 7200\r\n", 0},
            {429, "Retry-After: soon\r\n", 0},
            {503, "", 0},
    };
    akolhook_webhook hook, other;
    akolhook_hub_delivery waiting;
    size_t i, count, before;
    for (i = 0; i < sizeof cases / sizeof cases[0] && !check_bad; i++) {
        start();
        hook = create("https://a.example/", 2);
        other = create("https://b.example/", 4);
        w.code = cases[i].code;
        w.fields = cases[i].field;
        CHECK_STATUS(emit_of((akolhook_event)1, "{}", NULL), OK);
        run_until(START_MS);
        CHECK_INT(w.count, 1);
        w.code = 200;
        w.fields = NULL;
        CHECK_STATUS(emit_of((akolhook_event)1, "{\"n\":2}", NULL), OK);
        CHECK_STATUS(emit_of((akolhook_event)2, "{}", NULL), OK);
        CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
        run_until(START_MS + SECOND);
        CHECK_INT(requests_to('b', 0), 1);
        CHECK_INT(requests_to('a', 0), cases[i].pause_s ? 1 : 3);
        CHECK(stats_of(other.id).delivered == 1);
        if (cases[i].pause_s) {
            run_until(START_MS + (cases[i].pause_s - 1) * SECOND);
            CHECK_INT(requests_to('a', 0), 1);
            CHECK(get(hook.id).next_ms > 0);
            run_until(START_MS + (cases[i].pause_s + 1) * SECOND);
            CHECK(requests_to('a', 0) >= 3); /* its own retry may wait for a tenth more */
        }
        run_until(START_MS + 10 * HOUR);
        CHECK(stats_of(hook.id).delivered == 2 && !stats_of(hook.id).waiting);
        if (check_bad) printf("    case %u\n", (unsigned)i);
        end();
    }

    start(); /* sent now, before the hour is over */
    hook = create("https://a.example/", 2);
    w.code = 503;
    w.fields = "Retry-After: 3600\r\n";
    CHECK_STATUS(emit_of((akolhook_event)1, "{}", NULL), OK);
    CHECK_STATUS(emit_of((akolhook_event)1, "{\"n\":2}", NULL), OK);
    run_until(START_MS + MINUTE);
    before = w.count;
    CHECK(before >= 1 && before <= 2);
    w.code = 200;
    w.fields = NULL;
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, &waiting, 1, &count), OK);
    CHECK_STATUS(akolhook_hub_send_now(hub, waiting.id), OK);
    run_until(START_MS + 2 * MINUTE);
    CHECK(w.count > before && stats_of(hook.id).delivered >= 1);
    run_until(START_MS + 2 * HOUR);
    CHECK_INT(stats_of(hook.id).delivered, 2);
    end();
}

/* ---- bursts ---- */

/* As many events in a moment as there is room for: what is accepted for webhooks that are well is delivered,
   what is beyond is refused with nothing changed, and accepted when there is room again. */
static void test_burst(void) {
    akolhook_hub_event events[AKOLHOOK_EMIT_MOST];
    akolhook_hub_emitted emitted[AKOLHOOK_EMIT_MOST];
    akolhook_webhook hooks[4];
    akolhook_status status;
    char url[40], data[40];
    size_t i, round, accepted = 0, refused = 0;
    begin();
    desc.memory.max_webhooks = 4;
    desc.memory.max_pending = 200;
    hub_open();
    for (i = 0; i < 4; i++) {
        sprintf(url, "https://h%u.example/", (unsigned)i);
        hooks[i] = create(url, AKOLHOOK_EVENTS_ALL);
    }
    w.answer_ms = 200;
    memset(events, 0, sizeof events);
    for (round = 0; round < 300 && !check_bad; round++) {
        size_t many = 1 + round % AKOLHOOK_EMIT_MOST;

        akolhook_stats before = stats_of(NULL), after;
        sprintf(data, "{\"round\":%u}", (unsigned)round);
        for (i = 0; i < many; i++) {
            events[i].event = AKOLHOOK_LEAD_CREATED;
            events[i].data = akolhook_str_c(data);
        }
        status = akolhook_hub_emit_many(hub, events, many, emitted);
        after = stats_of(NULL);
        if (status == AKOLHOOK_OK) {
            accepted += many;
            for (i = 0; i < many; i++) CHECK(emitted[i].deliveries == 4 && !emitted[i].dropped);
            CHECK_INT(after.emitted, before.emitted + 4 * many);
        } else {
            CHECK_STATUS(status, PENDING_FULL);
            CHECK_MEM(&after, sizeof after, &before, sizeof before);
            refused++;
            CHECK_STATUS(akolhook_hub_poll(hub, 100, NULL), OK);
        }
    }
    CHECK(accepted > 300 && refused > 50);
    w.answer_ms = 0;
    run_until(w.now + MINUTE);
    for (i = 0; i < 4; i++) {
        akolhook_stats s = stats_of(hooks[i].id);
        CHECK(s.delivered == accepted && !s.dropped && !s.waiting);
    }
    CHECK_INT(told[AKOLHOOK_NOTICE_DROPPED], 0);
    end();
}

/* Bodies that fill the room, dead ones beside a webhook that is well: after the first minute no event is
   refused, each reaches the one that is well within a second, and what is dropped is told and logged. */
static int answer_well_only(const seen *r) { return r->host[0] == 'w' ? 200 : 0; }
static void test_bytes_among_the_dead(void) {
    static char data[3000];
    akolhook_webhook well, dead[3];
    akolhook_stats s;
    akolhook_status status;
    char url[40];
    size_t i, accepted = 0, late = 0;
    begin();
    desc.memory.max_webhooks = 4;
    desc.memory.max_pending = 400;
    desc.memory.pool_bytes = 65536;
    hub_open();
    well = create("https://w.example/", AKOLHOOK_EVENTS_ALL);
    for (i = 0; i < 3; i++) {
        sprintf(url, "https://d%u.example/", (unsigned)i);
        dead[i] = create(url, AKOLHOOK_EVENTS_ALL);
    }
    memset(data, ' ', sizeof data - 1);
    data[0] = '{';
    data[sizeof data - 2] = '}';
    w.answer_fn = answer_well_only;
    for (i = 0; i < 600 && !check_bad; i++) {
        size_t before = requests_to('w', 0);
        data[1 + (i * 37) % (sizeof data - 3)] = ' ';
        status = emit_of(AKOLHOOK_LEAD_CREATED, data, NULL);
        CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_POOL_FULL || status == AKOLHOOK_PENDING_FULL);
        accepted += status == AKOLHOOK_OK;
        late += status != AKOLHOOK_OK && w.now > START_MS + 2 * MINUTE;
        run_until(w.now + SECOND);
        if (status == AKOLHOOK_OK) CHECK_INT(requests_to('w', 0), before + 1);
        run_until(w.now + 19 * SECOND);
    }
    CHECK_INT(late, 0);
    CHECK_INT(stats_of(well.id).delivered, accepted);
    CHECK(told[AKOLHOOK_NOTICE_DROPPED] > 0);
    for (i = 0; i < 3; i++) {
        s = stats_of(dead[i].id);
        CHECK(s.dropped > 0 && s.emitted == accepted);
    }
    end();
}

/* ---- many businesses ---- */

/* One hub for each, one store for each: nothing of one is seen by another, and a store that was bound to one
   refuses all others, whatever they call themselves. */
static void test_many_businesses(void) {
    enum { MANY = 12 };
    static unsigned char memories[MANY][1 << 19], stores[MANY][1 << 18];
    static const char *const strangers[] = {"biz_1 ", "BIZ_1", "biz_", "biz_11", "b", "biz_1\xc3\xa4"};
    akolhook_hub *hubs[MANY];
    akolhook_store own[MANY];
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_webhook hooks[MANY], seen_one;
    char names[MANY][20], url[60];
    size_t i, k, count;
    begin();
    memory.max_webhooks = 2;
    memory.max_pending = 40;
    memory.log_rows = 4;
    memory.pool_bytes = 32768;
    memory.now_ms_fn = world_monotonic;
    desc.notice_fn = NULL;
    for (i = 0; i < MANY; i++) {
        CHECK_STATUS(akolhook_memory_init(&own[i], stores[i], sizeof stores[i], &memory), OK);
        sprintf(names[i], "biz_%u", (unsigned)i + 1);
        desc.business_id = akolhook_str_c(names[i]);
        desc.store = &own[i];
        CHECK_STATUS(akolhook_hub_init(&hubs[i], memories[i], sizeof memories[i], &desc), OK);
        hub = hubs[i];
        sprintf(url, "https://h%u.example/", (unsigned)i);
        hooks[i] = create(url, AKOLHOOK_EVENTS_ALL);
    }
    for (i = 0; i < MANY; i++) {
        for (k = 0; k <= i; k++) {
            hub = hubs[i];
            emit();
        }
    }
    for (k = 0; k < 40; k++)
        for (i = 0; i < MANY; i++) {
            hub = hubs[i];
            CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        }
    for (i = 0; i < MANY; i++) {
        hub = hubs[i];
        CHECK_INT(stats_of(NULL).delivered, i + 1);
        CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &seen_one, 1, &count), OK);
        CHECK(count == 1 && strcmp(seen_one.id, hooks[i].id) == 0);
        CHECK_STATUS(akolhook_hub_get_webhook(hub, hooks[(i + 1) % MANY].id, &seen_one), UNKNOWN_WEBHOOK);
    }
    for (i = 0; i < w.count; i++) { /* each body says whose it is */
        char want[60];
        sprintf(want, "\"businessId\":\"biz_%d\"", atoi(w.requests[i].host + 1) + 1);
        CHECK(strstr(w.requests[i].body, want) != NULL);
    }
    for (i = 0; i < MANY; i++) akolhook_hub_close(hubs[i]);
    for (i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        desc.store = &own[0];
        desc.business_id = akolhook_str_c(strangers[i]);
        CHECK_STATUS(akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc), WRONG_BUSINESS);
        CHECK(hub == NULL);
    }
}

/* ---- on its way ---- */

static uint32_t draw_state;
static uint32_t draw(uint32_t below) {
    draw_state = draw_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)draw_state * below) >> 32);
}
static int64_t late_at_random(const seen *r) {
    (void)r;
    return draw(6000);
}
static int answer_at_random(const seen *r) {
    static const int codes[8] = {200, 204, 500, 200, 429, 404, 0, 200};
    (void)r;
    return codes[draw(8)];
}
/* Deleted, its secret changed, switched off and on, at any moment while something is on its way: a request
   that begins after the call carries the new secret, or is not made; nothing that came while the switch was
   off is ever sent; and each delivery ends once. */
static void test_on_its_way(void) {
    enum { HOOKS = 4, STEPS = 6000 };
    akolhook_webhook hooks[HOOKS], listed[HOOKS];
    char url[40], secret[AKOLHOOK_SECRET_SIZE], id[AKOLHOOK_ID_SIZE];
    static char off[STEPS][AKOLHOOK_ID_SIZE]; /* events of while the first was off */
    size_t i, k, count, step, seen_before, off_count = 0, generation = 0;
    int is_off = 0, was_off;
    uint32_t begun = 0; /* of what goes to the first: on its way when it was switched off, and not yet sent */
    begin();
    desc.memory.max_pending = 400;
    hub_open();
    draw_state = 5;
    for (i = 0; i < HOOKS; i++) {
        sprintf(url, "https://h%u.example/0", (unsigned)i);
        hooks[i] = create(url, AKOLHOOK_EVENTS_ALL);
    }
    w.answer_fn = answer_at_random;
    w.late_fn = late_at_random;
    for (step = 0; step < STEPS && !check_bad; step++) {
        uint32_t what = draw(100);
        akolhook_status status;

        seen_before = w.count;
        was_off = is_off;
        i = draw(HOOKS);
        if (what < 25) {
            status = emit_of(AKOLHOOK_CALL_ENDED, "{}", &id);
            CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_PENDING_FULL);
            if (is_off && status == AKOLHOOK_OK) memcpy(off[off_count++], id, sizeof id);
        } else if (what < 85) {
            CHECK_STATUS(akolhook_hub_poll(hub, (int)draw(1500), NULL), OK);
        } else if (what < 88) {
            CHECK_STATUS(akolhook_hub_rotate_secret(hub, hooks[i].id, secret), OK);
            memcpy(hooks[i].secret, secret, sizeof secret);
        } else if (what < 91) {
            CHECK_STATUS(akolhook_hub_set_active(hub, hooks[0].id, is_off), OK);
            is_off = !is_off;
            begun = is_off ? get(hooks[0].id).in_flight : 0;
        } else if (what < 93 && i) {
            CHECK_STATUS(akolhook_hub_delete_webhook(hub, hooks[i].id), OK);
            sprintf(url, "https://h%u.example/%u", (unsigned)i, (unsigned)++generation);
            hooks[i] = create(url, AKOLHOOK_EVENTS_ALL);
        } else if (what < 95) {
            (void)!akolhook_hub_test(hub, hooks[i].id);
        } else if (what < 96) {
            run_until(w.now + draw(3 * HOUR));
            if (!get(hooks[0].id).is_active) is_off = 1;
        }
        if (!get(hooks[0].id).is_active) is_off = 1;

        for (k = seen_before; k < w.count && w.count - seen_before < MAX_SEEN && !check_bad; k++) {
            const seen *r = &w.requests[k % MAX_SEEN];
            akolhook_webhook *to = &hooks[r->host[1] - '0'];
            CHECK(is_signed(r, to->secret));
            CHECK(strstr(r->body, to->id) != NULL);
            if (to == &hooks[0] && was_off && is_off && !r->is_test) CHECK(begun-- > 0);
            for (count = 0; to == &hooks[0] && count < off_count; count++)
                CHECK(strcmp(off[count], r->id) != 0);
        }
        for (k = 0; k < HOOKS; k++) /* those that fail for days are set inactive, as they should be */
            if (k && !get(hooks[k].id).is_active)
                CHECK_STATUS(akolhook_hub_set_active(hub, hooks[k].id, 1), OK);
    }
    CHECK(w.count > 1000 && off_count > 20 && generation > 20);
    w.answer_fn = NULL;
    w.late_fn = NULL;
    run_until(w.now + 100 * HOUR);
    CHECK_INT(stats_of(NULL).waiting, 0);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, HOOKS, &count), OK);
    CHECK_INT(count, HOOKS);
    for (i = 0; i < HOOKS; i++) CHECK_INT(stats_of(hooks[i].id).waiting, 0);
    end();
}

/* Off and on again between a claim and its answer: the failure is not tried again, a success counts, and the
   next event goes out at once. */
static void test_toggled_while_claimed(void) {
    static const int codes[] = {200, 500, 0, 410, 503};
    akolhook_webhook hook;
    akolhook_stats s;
    size_t i;
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        start();
        hook = create("https://a.example/", AKOLHOOK_EVENTS_ALL);
        w.code = codes[i];
        w.answer_ms = 3000;
        emit();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        CHECK_INT(w.count, 1);
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
        run_until(w.now + 40 * SECOND);
        s = stats_of(hook.id);
        CHECK(s.delivered == (codes[i] == 200) && !s.waiting && s.attempts == 1);
        CHECK_INT(s.cancelled + s.failed, codes[i] != 200);
        CHECK_INT(get(hook.id).is_active, codes[i] != 410);
        if (codes[i] == 410) CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
        w.code = 200;
        w.answer_ms = 0;
        emit();
        run_until(w.now + SECOND);
        CHECK_INT(w.count, 2);
        log_of(hook.id);
        CHECK_INT(rows[0].state, AKOLHOOK_DELIVERY_DELIVERED);
        end();
    }
}

/* ---- pressed ---- */

/* Tests pressed many times a second on webhooks that hang, over hours: at most 18 wait at each, no event is
   refused for them, nobody is set inactive by them, and the one that is well has its own within a second. */
static void test_pressed(void) {
    akolhook_webhook well, dead[6];
    akolhook_gauges g;
    akolhook_status status;
    char url[40];
    size_t i, minute, k, refused = 0;
    begin();
    desc.memory.log_rows = 50;
    desc.notice_fn = NULL;
    hub_open();
    well = create("https://w.example/", 2);
    for (i = 0; i < 6; i++) {
        sprintf(url, "https://d%u.example/", (unsigned)i);
        dead[i] = create(url, AKOLHOOK_EVENTS_ALL);
    }
    w.answer_fn = answer_well_only;
    for (minute = 0; minute < 240 && !check_bad; minute++) {
        for (i = 0; i < 6; i++)
            for (k = 0; k < 5; k++) {
                status = akolhook_hub_test(hub, dead[i].id);
                CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_PENDING_FULL);
                refused += status != AKOLHOOK_OK;
            }
        for (i = 0; i < 6; i++) CHECK(get(dead[i].id).queued <= AKOLHOOK_EVENT_LAST);
        if (minute >= 2) {
            size_t before = requests_to('w', 0);
            CHECK_STATUS(akolhook_hub_test(hub, well.id), OK);
            run_until(w.now + SECOND);
            CHECK(w.count > MAX_SEEN || requests_to('w', 0) == before + 1);
        }
        run_until(w.now + MINUTE - SECOND);
    }
    CHECK(refused > 1000);
    for (i = 0; i < 6; i++) {
        CHECK(get(dead[i].id).is_active && get(dead[i].id).failure_count == 0);
        CHECK(stats_of(dead[i].id).emitted == 0 && stats_of(dead[i].id).tests > 10);
    }
    CHECK_STATUS(akolhook_hub_gauges(hub, &g), OK);
    CHECK(g.waiting <= 6 * AKOLHOOK_EVENT_LAST && g.failing == 6);
    end();
}

/* ---- all of it at once ---- */

/* Dead ones, slow ones, names that hang, one host that is full, receivers that ask for peace, tests pressed
   on all of them: an event of a webhook that is well is tried within a second, however few the places are. */
static int answer_mixed(const seen *r) {
    switch (r->host[0]) {
    case 'd':             /* dead */
    case 'o': return 0;   /* one host */
    case 'p': return 429; /* peace */
    case 'f': return 500;
    default: return 200;
    }
}
static int64_t late_mixed(const seen *r) { return r->host[0] == 's' ? 25000 : 0; }
static int64_t lookup_mixed(const char *host) { return host[0] == 'n' ? 40000 : 0; }
static void test_all_at_once(void) {
    static const uint32_t places[] = {16, 8, 4, 2};
    static const char kinds[] = "dsnopf";
    akolhook_webhook hooks[60];
    akolhook_status status;
    char url[60];
    size_t i, k, minute, minutes = check_full() ? 240 : 60, made, seen_from;
    int64_t emitted_at, worst;
    for (k = 0; k < sizeof places / sizeof places[0] && !check_bad; k++) {
        begin();
        desc.client.max_in_flight = places[k];
        desc.memory.max_webhooks = 64;
        desc.memory.max_pending = 4000;
        desc.memory.log_rows = 8;
        desc.notice_fn = NULL;
        hub_open();
        create("https://w.example/", 2);
        for (made = 0; made < 60; made++) {
            char kind = kinds[made % 6];
            sprintf(url, kind == 'o' ? "https://o.example/%u" : "https://%c%u.example/",
                    kind == 'o' ? (unsigned)made : (unsigned)kind, (unsigned)made);
            hooks[made] = create(url, 4);
        }
        w.fields = NULL;
        w.answer_fn = answer_mixed;
        w.late_fn = late_mixed;
        w.lookup_ms_fn = lookup_mixed;
        CHECK_STATUS(emit_of((akolhook_event)1, "{}", NULL), OK); /* it is known to be well, */
        run_until(w.now + SECOND);
        for (minute = 0; minute < 15; minute++) { /* and the others to be what they are */
            CHECK_STATUS(emit_of((akolhook_event)2, "{}", NULL), OK);
            run_until(w.now + MINUTE);
        }
        worst = 0;
        for (minute = 0; minute < minutes && !check_bad; minute++) {
            status = emit_of((akolhook_event)2, "{}", NULL);
            CHECK_STATUS(status, OK);
            for (i = minute % 5; i < 60; i += 5) (void)!akolhook_hub_test(hub, hooks[i].id);
            run_until(w.now + draw(30000));
            seen_from = w.count;
            emitted_at = w.now;
            CHECK_STATUS(emit_of((akolhook_event)1, "{}", NULL), OK);
            while (!requests_to('w', seen_from) && w.now < emitted_at + MINUTE)
                CHECK_STATUS(akolhook_hub_poll(hub, 100, NULL), OK);
            if (w.now - emitted_at > worst) worst = w.now - emitted_at;
            run_until(w.now + 20000);
        }
        CHECK(worst <= SECOND);
        if (worst > SECOND) printf("    %u places: %lld ms\n", (unsigned)places[k], (long long)worst);
        end();
    }
}

int main(void) {
    RUN(test_boot_in_1970);
    RUN(test_boot_elsewhen);
    RUN(test_year_of_jumps);
    RUN(test_alone_and_dead);
    RUN(test_offline_weekend);
    RUN(test_peace);
    RUN(test_burst);
    RUN(test_bytes_among_the_dead);
    RUN(test_many_businesses);
    RUN(test_on_its_way);
    RUN(test_toggled_while_claimed);
    RUN(test_pressed);
    RUN(test_all_at_once);
    return check_end();
}
