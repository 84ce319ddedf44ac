/* soak SECONDS SEED: the hub over SQLite against faultd, for so long: receivers that go wrong in every
   way, a hub that is closed and opened again, secrets rotated, webhooks set inactive and changed, a wall
   clock that jumps, a disk that is full for a while. Time is the machine's and what is skipped while
   nothing is due. At the end the disk has room and all is driven on: every delivery that was accepted must
   have ended, as many as were made, and nothing may be left of memory and descriptors. */
#define _POSIX_C_SOURCE 200809L
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_sqlite.h"
#define FAULTD_NO_MAIN
#include "../transports/faultd.c"
#include "../transports/faultd.h"

#include <dirent.h>

enum { WEBHOOKS = 8, PLACES = 8, MOST_WAITING = 200, PATIENCE_S = 300 };

static faultd server;
static char path[64];
static int64_t skew, wall_jump; /* ms: time that was skipped; how far the wall clock is off */
static uint64_t dice;
static akolhook_platform platform;
static akolhook_sqlite *lite;
static akolhook_hub *hub;
static char ids[WEBHOOKS][AKOLHOOK_ID_SIZE];
static unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
static unsigned char hub_memory[AKOLHOOK_HUB_SIZE(PLACES, 0, 0, 0, 0)];
static struct {
    unsigned long emitted, deliveries, dropped, refused, restarts, rotations, changes, jumps, full, skips;
} seen;

static void fail(const char *what, akolhook_status status) {
    printf("FAIL %s: %s\n0 passed, 1 failed\n", what, akolhook_status_name(status));
    fflush(stdout);
    faultd_stop(&server);
    _exit(1);
}

/* xorshift64*, so that a seed is all that there is to say. */
static unsigned roll(unsigned sides) {
    dice ^= dice >> 12;
    dice ^= dice << 25;
    dice ^= dice >> 27;
    return (unsigned)((dice * UINT64_C(2685821657736338717)) >> 33) % sides;
}

static int64_t real_ms(void) {
    const akolhook_platform *p = akolhook_posix_platform();
    return p->monotonic_ms_fn(p->user);
}
static int64_t monotonic(void *user) {
    (void)user;
    return real_ms() + skew;
}
static int64_t wall(void *user) {
    const akolhook_platform *p = akolhook_posix_platform();
    (void)user;
    return p->unix_ms_fn(p->user) + skew + wall_jump;
}

static int descriptors(void) {
    DIR *d = opendir("/proc/self/fd");
    int count = 0;
    while (d && readdir(d)) count++;
    if (d) closedir(d);
    return count;
}

static void open_all(void) {
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_status status;

    where.path = path;
    where.platform = &platform;
    status = akolhook_sqlite_open(&lite, lite_memory, sizeof lite_memory, &where);
    if (status != AKOLHOOK_OK) fail("akolhook_sqlite_open", status);
    desc.business_id = akolhook_str_c("biz_1");
    desc.store = akolhook_sqlite_store(lite);
    desc.client.platform = &platform;
    desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.client.max_in_flight = PLACES;
    desc.client.deadline_ms = 1000;
    status = akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc);
    if (status != AKOLHOOK_OK) fail("akolhook_hub_init", status);
}
static void close_all(void) {
    akolhook_hub_close(hub);
    akolhook_sqlite_close(lite);
    if (sqlite3_memory_used() != 0) fail("memory that SQLite still holds", AKOLHOOK_OK);
}

static void pragma(const char *text) { sqlite3_exec(akolhook_sqlite_db(lite), text, NULL, NULL, NULL); }
static long pages(void) {
    sqlite3_stmt *s;
    long count = 0;
    if (sqlite3_prepare_v2(akolhook_sqlite_db(lite), "PRAGMA page_count", -1, &s, NULL) == SQLITE_OK &&
            sqlite3_step(s) == SQLITE_ROW)
        count = (long)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return count;
}

/* A place at the server, each webhook's own by its query; half of them are well. */
static void make_url(char *out, size_t cap, unsigned webhook) {
    static const char *const faults[] = {"/ok", "/ok", "/ok", "/ok", "/chunked", "/early-hints", "/204",
            "/slow-head", "/silent", "/close", "/reset", "/close-head", "/reset-body", "/head-bare-cr",
            "/status/500", "/status/429", "/status/404", "/chunk-huge", "/many-fields", "/early-close",
            "/redirect/302"};
    unsigned at = roll(2) ? 0 : roll(sizeof faults / sizeof faults[0]);
    snprintf(
            out, cap, "http://127.0.0.1:%d%s?webhook=%u", faultd_port(&server, "plain"), faults[at], webhook);
}

static void expect(const char *what, akolhook_status status) {
    if (status != AKOLHOOK_OK && status != AKOLHOOK_STORE_FAILED) fail(what, status);
}

static void make_webhooks(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook made;
    akolhook_status status;
    char url[128];
    unsigned i;

    for (i = 0; i < WEBHOOKS; i++) {
        make_url(url, sizeof url, i);
        wanted.name = akolhook_str_c("soak");
        wanted.url = akolhook_str_c(url);
        wanted.events = AKOLHOOK_EVENTS_ALL;
        status = akolhook_hub_create_webhook(hub, &wanted, &made);
        if (status != AKOLHOOK_OK) fail("akolhook_hub_create_webhook", status);
        memcpy(ids[i], made.id, sizeof made.id);
    }
}

static void emit(void) {
    akolhook_hub_event events[4];
    akolhook_hub_emitted made[4];
    akolhook_gauges gauges;
    size_t count = 1 + roll(4), i;
    akolhook_status status;

    if (akolhook_hub_gauges(hub, &gauges) == AKOLHOOK_OK && gauges.waiting > MOST_WAITING) return;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        events[i].event = (akolhook_event)(1 + roll(AKOLHOOK_EVENT_LAST));
        events[i].data = akolhook_str_c("{\"callId\":\"call_1\",\"text\":\"a text that takes some room\"}");
    }
    status = akolhook_hub_emit_many(hub, events, count, made);
    if (status != AKOLHOOK_OK) {
        if (status != AKOLHOOK_PENDING_FULL) expect("akolhook_hub_emit_many", status);
        seen.refused++;
        return;
    }
    for (i = 0; i < count; i++) {
        seen.emitted++;
        seen.deliveries += made[i].deliveries;
        seen.dropped += made[i].dropped;
    }
}

static void change(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    unsigned at = roll(WEBHOOKS);
    char url[128], secret[AKOLHOOK_SECRET_SIZE];

    switch (roll(8)) {
    case 0:
        expect("akolhook_hub_rotate_secret", akolhook_hub_rotate_secret(hub, ids[at], secret));
        seen.rotations++;
        break;
    case 1: expect("akolhook_hub_set_active", akolhook_hub_set_active(hub, ids[at], 0)); break;
    case 2:
    case 3: expect("akolhook_hub_set_active", akolhook_hub_set_active(hub, ids[at], 1)); break;
    default:
        make_url(url, sizeof url, at);
        wanted.url = akolhook_str_c(url);
        expect("akolhook_hub_update_webhook", akolhook_hub_update_webhook(hub, ids[at], &wanted));
    }
    seen.changes++;
}

/* What can go wrong on this machine, now and then. */
static void disturb(void) {
    char text[64];
    unsigned what = roll(300);

    if (what < 3) {
        close_all();
        open_all();
        seen.restarts++;
    } else if (what < 6) {
        wall_jump = ((int64_t)roll(7) - 3) * 86400000 + (int64_t)roll(3600000);
        seen.jumps++;
    } else if (what < 9) {
        snprintf(text, sizeof text, "PRAGMA max_page_count = %ld", pages() + (long)roll(3));
        pragma(text);
        seen.full++;
    } else if (what < 15)
        pragma("PRAGMA max_page_count = 1000000");
    else if (what < 30)
        change();
    else if (what < 200)
        emit();
}

static int64_t hurry_ms; /* that the clock goes on by beside a poll */

/* Goes on; where nothing is due for a while, that time is skipped. */
static void drive(void) {
    size_t left = 0;
    int64_t due = 0;
    akolhook_status status = akolhook_hub_poll(hub, 5, &left);

    if (status != AKOLHOOK_OK) expect("akolhook_hub_poll", status);
    if (status != AKOLHOOK_OK || left) {
        skew += hurry_ms; /* a receiver that is silent is waited for in the clock's time */
        return;
    }
    if (akolhook_hub_next_due(hub, &due) == AKOLHOOK_OK && due > 10) {
        skew += due;
        seen.skips++;
    }
}

/* The disk has room again. One webhook fails to the end of its schedule, which takes days of skipped time. */
static void last_event(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    unsigned long before = seen.emitted;
    char url[128];

    pragma("PRAGMA max_page_count = 1000000");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/status/500?webhook=0", faultd_port(&server, "plain"));
    wanted.url = akolhook_str_c(url);
    if (akolhook_hub_update_webhook(hub, ids[0], &wanted) != AKOLHOOK_OK ||
            akolhook_hub_set_active(hub, ids[0], 1) != AKOLHOOK_OK)
        fail("a webhook that fails", AKOLHOOK_OK);
    while (seen.emitted == before) {
        drive();
        emit();
    }
}

static void check_end(void) {
    akolhook_stats s;
    akolhook_status status = akolhook_hub_stats(hub, NULL, &s);

    if (status != AKOLHOOK_OK) fail("akolhook_hub_stats", status);
    printf("%lu events, %lu deliveries (%lu delivered, %lu failed, %lu cancelled, %lu dropped), "
           "%lu attempts\n",
            seen.emitted, seen.deliveries, (unsigned long)s.delivered, (unsigned long)s.failed,
            (unsigned long)s.cancelled, (unsigned long)s.dropped, (unsigned long)s.attempts);
    printf("%lu restarts, %lu changes, %lu rotations, %lu jumps of the clock, %lu full disks, "
           "%lu refusals, %.1f days\n",
            seen.restarts, seen.changes, seen.rotations, seen.jumps, seen.full, seen.refused,
            (double)skew / 86400000.0);
    if (s.waiting != 0) fail("deliveries that wait", AKOLHOOK_OK);
    if (s.emitted != s.delivered + s.failed + s.cancelled + s.dropped)
        fail("the sum of the counters", AKOLHOOK_OK);
    if (s.emitted != seen.deliveries + seen.dropped || s.dropped != seen.dropped)
        fail("as many deliveries as were made", AKOLHOOK_OK);
    if (s.delivered == 0 || s.failed + s.cancelled == 0)
        fail("a run that delivers and gives up", AKOLHOOK_OK);
}

int main(int argc, char **argv) {
    int64_t end;
    akolhook_gauges gauges = AKOLHOOK_INIT;
    int before;

    if (argc != 3) return 2;
    dice = strtoull(argv[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    printf("seed %s, %s s\n", argv[2], argv[1]);
    if (!faultd_start(&server, NULL, atoi(argv[1]) + 2 * PATIENCE_S, NULL)) return 2;
    snprintf(path, sizeof path, "/tmp/akolhook_soak_%ld.db", (long)getpid());
    platform = *akolhook_posix_platform();
    platform.monotonic_ms_fn = monotonic;
    platform.unix_ms_fn = wall;
    before = descriptors();
    open_all();
    make_webhooks();

    end = real_ms() + (int64_t)atoi(argv[1]) * 1000;
    while (real_ms() < end || seen.restarts < 2 || seen.full < 2 || seen.jumps < 2) { /* on a busy machine */
        disturb();
        drive();
    }
    last_event();
    hurry_ms = 100;
    end = real_ms() + PATIENCE_S * 1000;
    do {
        drive();
        if (akolhook_hub_gauges(hub, &gauges) != AKOLHOOK_OK || real_ms() > end)
            fail("an end of all", AKOLHOOK_OK);
    } while (gauges.waiting);
    check_end();
    close_all();
    faultd_stop(&server);
    unlink(path);
    if (descriptors() > before) fail("descriptors that are left", AKOLHOOK_OK);
    puts("1 passed, 0 failed");
    return 0;
}
