/* Two simulators for any store. Random: two hubs on one store, all that may happen, and every event must end
   once at each webhook, in counters as in rows; LONG=1 for 40 lives in place of 5, SEED=n from another one
   on. Fair: how long a healthy webhook waits for its first attempt beside sick ones. */
#ifndef HUB_SIM_H
#define HUB_SIM_H

#ifndef SIM_STEPS
#define SIM_STEPS 4000 /* of a random life */
#endif
#ifndef SIM_HOURS
#define SIM_HOURS (check_full() ? 24 : 4) /* of each fair one */
#endif
#ifndef SIM_HOUR
#define SIM_HOUR 60 /* minutes that an hour has: a store over a network takes fewer */
#endif
#ifndef SIM_BACKLOG
#define SIM_BACKLOG 20000 /* deliveries that wait for one webhook */
#endif
#ifndef SIM_PENDING
#define SIM_PENDING 12000 /* max_pending, where the store is in memory */
#endif
#ifndef SIM_TELL
#define SIM_TELL 0 /* 1: prints a line for each input, for tests/bench/hub.sh */
#endif

/* ---- random ---- */

enum { SIM_HOOKS = 6, SIM_EVENTS = 400, SIM_LOG = 3000 };
static struct {
    akolhook_hub *hubs[2];
    akolhook_webhook hooks[SIM_HOOKS]; /* id empty: there is none now */
    uint64_t made[SIM_HOOKS], skipped[SIM_HOOKS];
    struct {
        char id[AKOLHOOK_ID_SIZE];
        char fate[SIM_HOOKS];
    } events[SIM_EVENTS]; /* M made or dropped, S skipped */
    size_t event_count;
    uint32_t draw, moods; /* how the receivers behave in this moment */
} sim;
static unsigned char sim_memory[1024 * 1024];

static uint32_t sim_draw(uint32_t below) {
    sim.draw = sim.draw * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)sim.draw * below) >> 32);
}
/* By host: some are well, some answer 500, 429 or 404, some hang; moods change. */
static int sim_answer(const seen *r) {
    static const int codes[8] = {200, 200, 204, 500, 200, 429, 0, 404};
    return codes[(sim.moods >> 3 * (r->host[1] - '0')) & 7];
}
static void sim_hub(size_t at) {
    desc.store = sim.hubs[!at] ? &sim.hubs[!at]->store : desc.store;
    CHECK_STATUS(akolhook_hub_init(&sim.hubs[at], at ? sim_memory : suite_memory,
                         at ? sizeof sim_memory : sizeof suite_memory, &desc),
            OK);
}
static void sim_create(size_t at) {
    char url[40];
    size_t i;
    sprintf(url, "https://h%u.example/", (unsigned)at);
    hub = sim.hubs[sim_draw(2)];
    sim.hooks[at] = create(url);
    for (i = 0; i < sim.event_count; i++) sim.events[i].fate[at] = 0;
    sim.made[at] = sim.skipped[at] = 0;
}
static void sim_emit(void) {
    akolhook_hub_event events[3];
    akolhook_hub_emitted emitted[3];
    akolhook_status status;
    size_t count = 1 + sim_draw(3), i, k, active = 0, inactive = 0;
    if (sim.event_count + count > SIM_EVENTS) return;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        events[i].event = AKOLHOOK_CALL_ENDED;
        events[i].data = akolhook_str_c("{}");
    }
    status = akolhook_hub_emit_many(hub, events, count, emitted);
    CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_PENDING_FULL || status == AKOLHOOK_POOL_FULL);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++) {
        strcpy(sim.events[sim.event_count].id, emitted[i].message_id);
        for (k = active = inactive = 0; k < SIM_HOOKS; k++) {
            if (!sim.hooks[k].id[0]) continue;
            sim.events[sim.event_count].fate[k] = sim.hooks[k].is_active ? 'M' : 'S';
            sim.made[k] += sim.hooks[k].is_active;
            sim.skipped[k] += !sim.hooks[k].is_active;
            active += sim.hooks[k].is_active;
            inactive += !sim.hooks[k].is_active;
        }
        CHECK_INT(emitted[i].deliveries + emitted[i].dropped, active);
        CHECK_INT(emitted[i].skipped, inactive);
        sim.event_count++;
    }
}
/* A webhook may have been set inactive by a 410 or by failures: the hub says how it stands. */
static void sim_look(size_t at) {
    akolhook_webhook hook;
    if (!sim.hooks[at].id[0]) return;
    CHECK_STATUS(akolhook_hub_get_webhook(hub, sim.hooks[at].id, &hook), OK);
    sim.hooks[at].is_active = hook.is_active;
    CHECK_INT(hook.number, sim.hooks[at].number);
    CHECK(hook.in_flight <= hook.queued);
}
/* A delivery of the webhook's log, or one that waits. */
static const char *sim_delivery(size_t at) {
    static akolhook_hub_delivery waiting[8];
    size_t count;
    CHECK_STATUS(log_of(sim.hooks[at].id), OK);
    if (row_count && sim_draw(2)) return rows[sim_draw((uint32_t)row_count)].delivery_id;
    CHECK_STATUS(akolhook_hub_list_waiting(hub, sim.hooks[at].id, 0, waiting, 8, &count), OK);
    return count ? waiting[sim_draw((uint32_t)count)].id : "dlv_000000000000000000000000";
}
static void sim_one(size_t at, uint32_t what) {
    char secret[AKOLHOOK_SECRET_SIZE];
    akolhook_status status = AKOLHOOK_OK;
    uint32_t again = 0;
    if (!sim.hooks[at].id[0]) {
        sim_create(at);
        return;
    }
    switch (what) {
    case 0:
    case 1:
    case 2: CHECK_STATUS(akolhook_hub_set_active(hub, sim.hooks[at].id, !sim.hooks[at].is_active), OK); break;
    case 3: CHECK_STATUS(akolhook_hub_rotate_secret(hub, sim.hooks[at].id, secret), OK); break;
    case 4:
        CHECK_STATUS(akolhook_hub_delete_webhook(hub, sim.hooks[at].id), OK);
        sim.hooks[at].id[0] = 0;
        return;
    case 5:
    case 6:
        status = akolhook_hub_redeliver(hub, sim_delivery(at));
        if (status == AKOLHOOK_OK) sim.made[at]++;
        break;
    case 7:
        status = akolhook_hub_redeliver_failed(hub, sim.hooks[at].id, 0, &again);
        sim.made[at] += again;
        break;
    case 8: status = akolhook_hub_cancel(hub, sim_delivery(at)); break;
    case 9: status = akolhook_hub_send_now(hub, sim_delivery(at)); break;
    default: break;
    }
    CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_UNKNOWN_DELIVERY ||
            status == AKOLHOOK_DELIVERY_NOT_WAITING || status == AKOLHOOK_DELIVERY_WAITS ||
            status == AKOLHOOK_WEBHOOK_INACTIVE || status == AKOLHOOK_PENDING_FULL ||
            status == AKOLHOOK_POOL_FULL || status == AKOLHOOK_EVENT_GONE);
}

/* Counters: every sum holds, at each webhook and in all. */
static void sim_sums(void) {
    akolhook_stats stats;
    size_t k;
    (void)stats_of(NULL);
    for (k = 0; k < SIM_HOOKS; k++) {
        if (!sim.hooks[k].id[0]) continue;
        stats = stats_of(sim.hooks[k].id);
        CHECK_INT(stats.emitted, sim.made[k]);
        CHECK_INT(stats.skipped, sim.skipped[k]);
        CHECK(stats.attempts_failed <= stats.attempts);
    }
}
/* Rows: each delivery has one end, its last row; each event that went to the webhook has one delivery at
   least. */
static void sim_rows(size_t k) {
    static akolhook_log_row all[SIM_LOG];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_stats stats = stats_of(sim.hooks[k].id);
    size_t count, i, n, ends, deliveries = 0, by_state[6] = {0};
    query.webhook_id = akolhook_str_c(sim.hooks[k].id);
    CHECK_STATUS(akolhook_hub_log(hub, &query, all, SIM_LOG, &count), OK);
    CHECK(count < SIM_LOG);
    for (i = 0; i < count; i++) {
        if (all[i].is_test) continue;
        for (n = 0; n < i && strcmp(all[n].delivery_id, all[i].delivery_id) != 0; n++) continue;
        by_state[all[i].state] += all[i].state != AKOLHOOK_DELIVERY_WAITING;
        CHECK_INT(n == i,
                all[i].state !=
                        AKOLHOOK_DELIVERY_WAITING); /* the newest row of a delivery ends it, no other */
        if (n == i) deliveries++;
    }
    CHECK_INT(deliveries, stats.emitted);
    CHECK_INT(by_state[AKOLHOOK_DELIVERY_DELIVERED], stats.delivered);
    CHECK_INT(by_state[AKOLHOOK_DELIVERY_FAILED], stats.failed);
    CHECK_INT(by_state[AKOLHOOK_DELIVERY_CANCELLED], stats.cancelled);
    CHECK_INT(by_state[AKOLHOOK_DELIVERY_DROPPED], stats.dropped);
    for (i = 0; i < sim.event_count; i++) {
        for (n = ends = 0; n < count; n++) ends += strcmp(all[n].message_id, sim.events[i].id) == 0;
        CHECK_INT(ends > 0, sim.events[i].fate[k] == 'M');
    }
}
static void sim_random(uint32_t seed) {
    size_t step, k, left[2] = {1, 1};
    suite_begin();
    desc.notice_fn = NULL;
    desc.memory.max_webhooks = SIM_HOOKS;
    desc.memory.max_pending = 120;
    desc.memory.log_rows = SIM_LOG;
    desc.max_queue = 30;
    suite_keeps = 1;
    suite_store_open(&desc);
    memset(&sim, 0, sizeof sim);
    sim.draw = seed;
    sim_hub(0);
    sim_hub(1);
    w.answer_fn = sim_answer;
    for (k = 0; k < SIM_HOOKS; k++) sim_create(k);
    for (step = 0; step < SIM_STEPS && !check_bad; step++) {
        uint32_t what = sim_draw(100);
        k = sim_draw(SIM_HOOKS);
        hub = sim.hubs[sim_draw(2)];
        w.draw = sim.draw;
        if (what < 12)
            sim_emit();
        else if (what < 75)
            CHECK_STATUS(akolhook_hub_poll(hub, (int)sim_draw(2000), NULL), OK);
        else if (what < 78)
            w.now += sim_draw(20 * 60000);
        else if (what < 84)
            sim.moods = sim_draw(UINT32_MAX);
        else if (what < 90)
            sim_one(k, sim_draw(10));
        for (k = 0; k < SIM_HOOKS; k++) sim_look(k);
        if (step % 50 == 0) sim_sums();
    }
    sim.moods = 0; /* all are well again: it ends */
    for (step = 0; step < 20000 && (left[0] || left[1] || stats_of(NULL).waiting) && !check_bad; step++) {
        int64_t due[2];
        for (k = 0; k < 2; k++) CHECK_STATUS(akolhook_hub_poll(sim.hubs[k], 0, &left[k]), OK);
        for (k = 0; k < 2; k++) CHECK_STATUS(akolhook_hub_next_due(sim.hubs[k], &due[k]), OK);
        if (!left[0] && !left[1])
            w.now += due[0] > 0 && (due[1] < 0 || due[0] < due[1]) ? due[0] : due[1] > 0 ? due[1] : 0;
        else
            w.now += 100;
    }
    CHECK_INT(stats_of(NULL).waiting, 0);
    sim_sums();
    for (k = 0; k < SIM_HOOKS && !check_bad; k++)
        if (sim.hooks[k].id[0]) sim_rows(k);
    if (check_bad) printf("    seed %u\n", (unsigned)seed);
    akolhook_hub_close(sim.hubs[1]);
    akolhook_hub_close(sim.hubs[0]);
    akolhook_wipe(&sim, sizeof sim); /* of the secrets: a store's own tests look for them in memory */
    hub = NULL;
    suite_store_close();
    suite_keeps = 0;
}
static void suite_random(void) {
    uint32_t first = getenv("SEED") ? (uint32_t)atol(getenv("SEED")) : 1, count = getenv("LONG") ? 40 : 5, i;
    for (i = 0; i < count && !check_bad; i++) sim_random(first + i);
}

/* ---- fair ---- */

/* The webhooks that are sick subscribe to the events from 2 on, in turns; the healthy one to event 1. Each
   event comes once a minute, at an offset of its own. */
static struct {
    int64_t emitted_at[24 * 60 + 64], worst, sum;
    size_t emitted, tried, measured_from;
    int sick; /* what ails them: see sim_fair_answer */
} fair;
enum { SICK_NOT, SICK_DEAD, SICK_SLOW, SICK_FAILING };

static int fair_is_sick(const char *host) { return strncmp(host, "sick", 4) == 0; }
static int fair_answer(const seen *r) {
    const char *number = strstr(r->body, "\"n\":");
    if (fair_is_sick(r->host)) return fair.sick == SICK_DEAD ? 0 : fair.sick == SICK_FAILING ? 500 : 200;
    if (number) {
        size_t n = (size_t)atol(number + 4);
        int64_t late = w.now - fair.emitted_at[n];
        if (n >= fair.measured_from) {
            fair.tried++;
            fair.sum += late;
            if (late > fair.worst) fair.worst = late;
        }
    }
    return 200;
}
static int64_t fair_late(const seen *r) {
    return fair_is_sick(r->host) && fair.sick == SICK_SLOW ? 25000 : 0;
}
static int64_t fair_lookup_ms;
static int64_t fair_lookup(const char *host) { return fair_is_sick(host) ? fair_lookup_ms : 0; }

static void fair_open(size_t sick, int one_host) {
    char url[60];
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    memset(&fair, 0, sizeof fair);
    fair.measured_from = (size_t)-1;
    desc.notice_fn = NULL;
    desc.client.max_in_flight = 16;
    desc.memory.max_webhooks = 64;
    desc.memory.max_pending = SIM_PENDING;
    desc.memory.pool_bytes = SIM_PENDING / 12000 * (3u << 20);
    suite_open();
    w.answer_fn = fair_answer;
    CHECK_STATUS(create_status("n", "https://good.example/", 2, &hook), OK);
    for (i = 0; i < sick; i++) {
        sprintf(url, one_host ? "https://sick.example/%u" : "https://sick%u.example/", (unsigned)i);
        CHECK_STATUS(create_status("n", url, (akolhook_events)4 << i % 17, &hook), OK);
    }
}
static void fair_emit(unsigned event) {
    akolhook_hub_event e = AKOLHOOK_INIT;
    char data[40];
    e.event = (akolhook_event)event;
    sprintf(data, "{\"n\":%u}", event == 1 ? (unsigned)fair.emitted : 0);
    e.data = akolhook_str_c(data);
    if (event == 1) fair.emitted_at[fair.emitted++] = w.now;
    CHECK_STATUS(akolhook_hub_emit(hub, &e, NULL), OK);
}
/* Minutes in which every event comes once; each_fn, where given, is called once a minute. */
static void fair_minutes(size_t minutes, void (*each_fn)(size_t minute)) {
    int64_t offset[18], start = w.now;
    size_t minute, i, k;
    for (i = 0; i < 18; i++) offset[i] = (int64_t)(((uint64_t)(i * 2654435761u % 4294967296u) * 60000) >> 32);
    for (minute = 0; minute < minutes && !check_bad; minute++) {
        if (each_fn) each_fn(minute);
        for (i = 0; i < 18; i++) { /* the next in this minute */
            unsigned next = 0;
            for (k = 0; k < 18; k++)
                if (offset[k] < 60000 && (!next || offset[k] < offset[next - 1])) next = (unsigned)k + 1;
            run_until(start + (int64_t)minute * 60000 + offset[next - 1]);
            fair_emit(next);
            offset[next - 1] += 60000;
        }
        for (i = 0; i < 18; i++) offset[i] -= 60000;
    }
    run_until(w.now + 40 * SECOND);
}
/* Five minutes in which everybody is tried once, then hours that are measured. */
static void fair_run(size_t minutes, void (*each_fn)(size_t minute)) {
    fair_minutes(5, NULL);
    fair.measured_from = fair.emitted;
    fair_minutes(minutes, each_fn);
    CHECK_INT(fair.tried, fair.emitted - fair.measured_from);
}
/* Tried within so many ms, always. */
static void fair_end(const char *input, int64_t most) {
    CHECK(fair.tried > 0);
    CHECK(fair.worst <= most);
    if ((check_bad || SIM_TELL) && fair.tried)
        printf("    %-44s %6lu tried, mean %5lld ms, worst %5lld ms (at most %lld)\n", input,
                (unsigned long)fair.tried, (long long)(fair.sum / (int64_t)fair.tried), (long long)fair.worst,
                (long long)most);
    suite_end();
}

static void suite_fair_dead(void) {
    static const size_t dead[3] = {12, 24, 60};
    size_t i;
    for (i = 0; i < 3 && !check_bad; i++) {
        fair_open(dead[i], 0);
        fair.sick = SICK_DEAD;
        fair_run(SIM_HOURS * SIM_HOUR, NULL);
        fair_end(i == 0 ? "12 dead ones" : i == 1 ? "24 dead ones" : "60 dead ones", SECOND);
    }
}
static void suite_fair_slow(void) {
    fair_open(45, 0);
    w.late_fn = fair_late;
    fair.sick = SICK_SLOW;
    fair_run((SIM_HOURS + 3) / 4 * SIM_HOUR, NULL);
    CHECK(fair.sum / (int64_t)(fair.tried + 1) <= 5 * SECOND);
    fair_end("45 receivers of 25 s", 5 * SECOND);
}
static void suite_fair_lookup(void) {
    static const int64_t ms[2] = {10000, 40000};
    size_t i;
    for (i = 0; i < 2 && !check_bad; i++) {
        fair_open(16, 0);
        fair_lookup_ms = ms[i];
        w.lookup_ms_fn = fair_lookup;
        fair_run((SIM_HOURS + 3) / 4 * SIM_HOUR, NULL);
        fair_end(i ? "16 names whose lookup hangs for 40 s" : "16 names whose lookup hangs for 10 s", SECOND);
    }
}
static void suite_fair_host(void) {
    fair_open(16, 1);
    fair.sick = SICK_DEAD;
    fair_run(SIM_HOURS * SIM_HOUR, NULL);
    fair_end("16 webhooks on one host that hangs", SECOND);
}
/* Tests pressed each minute on all of the sick ones; those that still wait make it PENDING_FULL. */
static void fair_press(size_t minute) {
    static akolhook_webhook hooks[20];
    akolhook_status status;
    size_t count, i;
    (void)minute;
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, hooks, 20, &count), OK);
    for (i = 0; i < count; i++) {
        if (!strstr(hooks[i].url, "sick")) continue;
        status = akolhook_hub_test(hub, hooks[i].id);
        CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_PENDING_FULL);
    }
}
static void suite_fair_tests(void) {
    fair_open(16, 0);
    fair.sick = SICK_DEAD;
    fair_run((SIM_HOURS + 3) / 4 * SIM_HOUR, fair_press);
    fair_end("tests pressed each minute on 16 that hang", SECOND);
}
/* A backlog at one webhook: as much as it has room for. */
static void suite_fair_backlog(void) {
    akolhook_hub_event e = AKOLHOOK_INIT;
    size_t i;
    fair_open(1, 0);
    fair.sick = SICK_FAILING;
    e.event = (akolhook_event)2;
    e.data = akolhook_str_c("{}");
    for (i = 0; i < SIM_BACKLOG; i++)
        if (akolhook_hub_emit(hub, &e, NULL) != AKOLHOOK_OK) break;
    CHECK(i > 100);
    if (SIM_TELL) printf("    (%lu wait)\n", (unsigned long)i);
    fair_run(60, NULL);
    fair_end("one with a backlog", SECOND);
}
/* The wall clock jumps once a minute, and back. */
static void fair_jump(size_t minute) {
    static const int64_t jumps[10] = {1000, -1000, 3600000, -3600000, 86400000, -86400000,
            INT64_C(946728000000), INT64_C(-946728000000), 0, 0};
    w.clock_set += jumps[minute % 10];
}
static void suite_fair_clock(void) {
    fair_open(12, 0);
    fair.sick = SICK_DEAD;
    fair_run((SIM_HOURS + 3) / 4 * SIM_HOUR, fair_jump);
    CHECK_INT(stats_of(NULL).failed, 0); /* none was given up early */
    fair_end("a wall clock that jumps each minute", SECOND);
}
/* Half of them begin to hang in one moment: within the deadline. */
static void fair_outage(size_t minute) {
    if (minute == 2) fair.sick = SICK_DEAD;
}
static void suite_fair_outage(void) {
    fair_open(20, 0);
    fair_run(10, fair_outage);
    fair_end("the moment an outage of half of them begins", 30 * SECOND);
}
/* A 503 of its own each hour beside dead ones: the retry comes by its schedule, 5 s and a tenth at most, and
   by a place among the failing ones. In the first minutes of an outage these are all taken, and it has its
   turn like the others: 25 webhooks by 8 places, a deadline each, and one more. Later the dead ones back off,
   and it waits for one deadline at most. What is emitted then is tried at once again. */
static int64_t fair_hurt_at, fair_back_worst;
static size_t fair_hurts;
static int fair_hurts_now;
static int fair_answer_hurt(const seen *r) {
    int code = fair_answer(r);
    if (fair_is_sick(r->host)) return code;
    if (fair_hurt_at) {
        CHECK(w.now >= fair_hurt_at + 5 * SECOND);
        if (w.now - fair_hurt_at > fair_back_worst) fair_back_worst = w.now - fair_hurt_at;
        fair_hurt_at = 0;
    }
    if (!fair_hurts_now) return code;
    fair_hurts_now = 0;
    fair_hurts++;
    fair_hurt_at = w.now;
    return 503;
}
static void fair_hurt(size_t minute) { fair_hurts_now = minute % SIM_HOUR == 0; }
static void suite_fair_hurt(void) {
    fair_open(24, 0);
    fair_hurt_at = fair_back_worst = 0;
    fair_hurts = 0;
    w.answer_fn = fair_answer_hurt;
    fair.sick = SICK_DEAD;
    fair_minutes(SIM_HOUR, NULL);
    fair_minutes(SIM_HOURS * SIM_HOUR, fair_hurt);
    CHECK(fair_hurts == SIM_HOURS && !fair_hurt_at);
    CHECK(fair_back_worst <= 5500 + (SIM_HOUR < 60 ? 25 * 30 / 8 + 30 : 30) * SECOND);
    if (SIM_TELL)
        printf("    24 dead ones, after each of %lu 503 of its own tried again within %lld ms\n",
                (unsigned long)fair_hurts, (long long)fair_back_worst);
    suite_end();
}

static void suite_sim(void) {
    RUN(suite_random);
    RUN(suite_fair_dead);
    RUN(suite_fair_slow);
    RUN(suite_fair_lookup);
    RUN(suite_fair_host);
    RUN(suite_fair_tests);
    RUN(suite_fair_backlog);
    RUN(suite_fair_clock);
    RUN(suite_fair_outage);
    RUN(suite_fair_hurt);
}

#endif
