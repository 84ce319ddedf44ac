/* The hub over the journal: the suite that every store must pass; a file that loses what was not synced,
   stopped at every call; every cut and every changed byte; files that lie; kill -9 and a full disk with real
   files. With `write PATH` it leaves a journal behind, with `read PATH` it says what is in one: for machines
   of another kind. */
#define AKOLHOOK_IMPLEMENT_ALL
#define AKOLHOOK_LOG_LOOK 5 /* so that pages end for it, too */
#include "akolhook_journal.h"
#define SUITE_DAYS 30
#define SIM_HOURS (check_full() ? 6 : 1) /* its turns are those of the store in memory */
#include "hub_suite.h"
#include "hub_moved.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#ifdef __linux__
#include <sys/mount.h>
#endif

/* ---- a file of which sync alone makes anything durable ---- */

#define FILE_CAP (64u << 20)
typedef struct fake {
    uint8_t *data, *next;
    size_t len, durable, next_len, next_durable;
    int is_rewriting, is_dead, begin_fails;
    long calls, fail_at, fail_until,
            stop_at; /* calls [fail_at, fail_until) fail; after stop_at nothing is done */
    int error;
} fake;
static fake disk, other_disk;

static int disk_fails(fake *f) {
    f->calls++;
    if (f->stop_at && f->calls > f->stop_at) f->is_dead = 1;
    return f->is_dead || (f->fail_at && f->calls >= f->fail_at && f->calls < f->fail_until) ? f->error : 0;
}
static int disk_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    fake *f = (fake *)user;
    *got = at >= f->len ? 0 : f->len - at < len ? f->len - (size_t)at : len;
    if (*got) memcpy(data, f->data + at, *got);
    return 0;
}
static int disk_append(void *user, const void *data, size_t len) {
    fake *f = (fake *)user;
    int error = disk_fails(f);
    uint8_t *to = f->is_rewriting ? f->next : f->data;
    size_t *at = f->is_rewriting ? &f->next_len : &f->len;
    if (f->is_dead) return error;
    if (error) len /= 2;
    if (len > FILE_CAP - *at) return ENOSPC;
    memcpy(to + *at, data, len);
    *at += len;
    return error;
}
static int disk_sync(void *user) {
    fake *f = (fake *)user;
    int error = disk_fails(f);
    if (f->calls == f->stop_at) f->is_dead = 1; /* before it was done */
    if (error || f->is_dead) return f->error;
    if (f->is_rewriting)
        f->next_durable = f->next_len;
    else
        f->durable = f->len;
    return 0;
}
static int disk_begin(void *user) {
    fake *f = (fake *)user;
    int error = disk_fails(f);
    if (error || f->begin_fails) return error ? error : f->error;
    f->is_rewriting = 1;
    f->next_len = f->next_durable = 0;
    return 0;
}
static int disk_commit(void *user) {
    fake *f = (fake *)user;
    uint8_t *old = f->data;
    int error = disk_fails(f);
    CHECK(f->is_dead || f->next_durable == f->next_len);
    if (error) return error;
    f->data = f->next;
    f->next = old;
    f->len = f->durable = f->next_len;
    f->is_rewriting = 0;
    return 0;
}
static void disk_abort(void *user) { ((fake *)user)->is_rewriting = 0; }
static akolhook_journal_file disk_hooks(fake *f) {
    akolhook_journal_file file = {
            NULL, disk_read, disk_append, disk_sync, disk_begin, disk_commit, disk_abort, NULL};
    file.user = f;
    return file;
}
static void disk_reset(fake *f) {
    f->len = f->durable = f->next_len = f->next_durable = 0;
    f->is_rewriting = f->is_dead = f->begin_fails = 0;
    f->calls = f->fail_at = f->stop_at = 0;
    f->fail_until = 0;
    f->error = ENOSPC;
}
/* The power fails and comes back: of what was not synced these bytes are left. */
static void disk_power(size_t kept) {
    if (disk.len - disk.durable < kept) kept = disk.len - disk.durable;
    disk.len = disk.durable = disk.durable + kept;
    disk.is_rewriting = disk.is_dead = 0;
    disk.stop_at = disk.fail_at = 0;
}
static void disk_copy(fake *to, const void *data, size_t len) {
    disk_reset(to);
    memcpy(to->data, data, len);
    to->len = to->durable = len;
}

/* ---- journals on it ---- */

typedef struct opened {
    akolhook_journal journal;
    akolhook_store store;
    akolhook_journal_file file;
    unsigned char memory[16 << 20];
} opened;
static opened live, copy;
static akolhook_journal_i_state *state_of(const opened *o) {
    return (akolhook_journal_i_state *)o->journal.state;
}
static akolhook_memory *memory_of(const opened *o) { return state_of(o)->m; }

static akolhook_status journal_open_on(
        opened *o, fake *f, const akolhook_memory_desc *memory, int salvage, uint64_t rewrites) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    size_t size;
    where.memory = *memory;
    where.memory.now_ms_fn = world_monotonic;
    where.unix_ms_fn = world_unix;
    o->file = disk_hooks(f);
    where.file = &o->file;
    where.salvage = (uint8_t)salvage;
    where.rewrite_bytes = rewrites;
    size = akolhook_journal_size(&where);
    CHECK(size > 0 && size <= sizeof o->memory);
    return akolhook_journal_open(&o->journal, &o->store, o->memory, size, &where);
}
static akolhook_status journal_open(int salvage) {
    return journal_open_on(&live, &disk, &desc.memory, salvage, 0);
}
static uint64_t rewrite_bytes;
static int keeps_file;
static void suite_store_open(akolhook_hub_desc *d) {
    if (!keeps_file) disk_reset(&disk);
    CHECK_STATUS(journal_open_on(&live, &disk, &d->memory, 0, rewrite_bytes), OK);
    d->store = &live.store;
    d->max_webhooks = d->max_webhooks ? d->max_webhooks : d->memory.max_webhooks;
}
static void suite_store_close(void) {
    CHECK_INT(disk.is_rewriting, 0);
    akolhook_journal_close(&live.journal);
}
/* A hub on the file as it is. */
static int reopen(void) {
    akolhook_status status = journal_open(0);
    CHECK_STATUS(status, OK);
    if (status) return 0;
    desc.store = &live.store;
    status = akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc);
    CHECK_STATUS(status, OK);
    return status == AKOLHOOK_OK;
}
/* The process is gone: nothing is given back to the store. */
static void vanish(void) {
    akolhook_client_close(hub->client);
    memset(suite_memory, 0, sizeof suite_memory);
    hub = NULL;
    akolhook_journal_close(&live.journal);
    w.open = 0;
}
static void small_desc(void) {
    suite_begin();
    desc.memory.max_webhooks = 3;
    desc.memory.max_pending = 16;
    desc.memory.log_rows = 6;
    desc.memory.log_bytes = 3000; /* no answer gives way */
    desc.memory.pool_bytes = 8192;
    desc.memory.max_keys = 3;
}
static void small_start(void) {
    small_desc();
    suite_open();
}

/* ---- all that a store answers, as text ---- */

static char texts[2][400000];
static size_t text_len;
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
say(char *to, const char *form, ...) {
    va_list args;
    va_start(args, form);
    text_len += (size_t)vsnprintf(to + text_len, sizeof texts[0] - text_len, form, args);
    va_end(args);
    if (text_len >= sizeof texts[0]) text_len = sizeof texts[0] - 1;
}
static void say_stats(char *to, const akolhook_stats *s) {
    size_t i;
    say(to, " stats %u %u %u %u %u %u %u %u %u %u %u", (unsigned)s->emitted, (unsigned)s->delivered,
            (unsigned)s->failed, (unsigned)s->cancelled, (unsigned)s->dropped, (unsigned)s->waiting,
            (unsigned)s->skipped, (unsigned)s->attempts, (unsigned)s->attempts_failed, (unsigned)s->tests,
            (unsigned)s->tests_failed);
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++)
        if (s->latency[i]) say(to, " %u:%u", (unsigned)i, (unsigned)s->latency[i]);
    say(to, "\n");
}
static void say_row(char *to, const akolhook_log_row *r) {
    say(to, "row %u of %u %s %s event %d at %lld attempt %u state %d retry %lld", (unsigned)r->cursor,
            (unsigned)r->number, r->message_id, r->webhook_id, (int)r->event, (long long)r->at_ms,
            (unsigned)r->attempt, (int)r->state, (long long)r->retry_ms);
    say(to, " code %d flags %d %d %d status %d phase %d %ld", r->code, r->success, r->is_test,
            r->response_cut, (int)r->status, (int)r->phase, r->native_error);
    say(to, " ms %d %d %d %d %d peer %d.%d '%.*s'\n", (int)r->ms, (int)r->lookup_ms, (int)r->connect_ms,
            (int)r->tls_ms, (int)r->first_byte_ms, r->peer.family, r->peer.bytes[3], (int)r->response.len,
            r->response.len ? r->response.ptr : "");
}
/* The deliveries that wait, and the events, in their orders. */
static void say_inside(char *to, akolhook_memory *m, int64_t now) {
    const akolhook_memory_i_stored *found;
    const char *kept;
    uint32_t i, at;
    uint64_t last = 0, next;
    for (;;) {
        const akolhook_memory_i_job *job = NULL;
        for (next = UINT64_MAX, i = 0; i < m->desc.max_pending; i++)
            if (m->jobs[i].state && !m->jobs[i].is_orphan && m->jobs[i].node.tie > last &&
                    m->jobs[i].node.tie < next) {
                job = &m->jobs[i];
                next = job->node.tie;
            }
        if (!job) break;
        last = next;
        say(to, "job %u %s of %s due %lld age %lld attempt %u faults %u test %d urgent %d cut %d\n",
                (unsigned)next, akolhook_memory_i_stored_at(m, job->event)->message_id,
                akolhook_memory_i_hook_at(m, job->webhook)->id, (long long)(job->node.key - now),
                (long long)(now - job->created), (unsigned)job->attempt, (unsigned)job->faults, job->is_test,
                job->is_urgent, job->is_cut);
    }
    for (kept = "";;
            kept = found->message_id) { /* by their ids: which one is the next to give way is not kept */
        found = NULL;
        for (at = m->first_kept; at; at = akolhook_memory_i_stored_at(m, at)->next) {
            const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
            if (strcmp(e->message_id, kept) > 0 && (!found || strcmp(e->message_id, found->message_id) < 0))
                found = e;
        }
        if (!found) break;
        say(to, "kept %s %d of %lld %.*s\n", found->message_id, found->event, (long long)found->created,
                (int)(found->head_len + found->tail_len), (const char *)(found + 1));
    }
    for (i = 0; i < m->keys_seen && i < m->desc.max_keys; i++)
        say(to, "key %s\n", m->keys[(m->keys_seen - 1 - i) % m->desc.max_keys].message_id);
    for (at = m->newest_row; at; at = akolhook_memory_i_row_at(m, at)->older)
        say(to, "%d", akolhook_memory_i_row_at(m, at)->redelivered);
    say(to, " redelivered\n");
    say(to, "cut off %u jobs %u events %u planned %u %u\n", (unsigned)m->cut_waiting, (unsigned)m->job_count,
            (unsigned)m->event_count, (unsigned)m->planned_shared, (unsigned)m->planned_shared_bytes);
    say(to, "next %u %u bound '%.*s' note '%.*s'\n", (unsigned)m->numbers, (unsigned)m->sequence,
            (int)m->business_len, m->business, (int)m->note_len, m->note);
}
static const char *say_at(char *to, opened *o, int64_t now) {
    static akolhook_store_webhook hooks[40];
    static akolhook_log_row all[400];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_memory *m = memory_of(o);
    akolhook_stats stats;
    size_t count = 0, i;
    uint64_t next;
    uint32_t at;
    text_len = 0;
    to[0] = 0;
    CHECK_STATUS(o->store.webhook_list_fn(o->store.user, 0, 0, hooks, 40, &count), OK);
    for (i = 0, at = m->first_hook; i < count; i++, at = akolhook_memory_i_hook_at(m, at)->next) {
        const akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, at);
        const akolhook_store_health *a = &h->health;
        say(to,
                "hook %u %s %s '%.*s' '%.*s' '%.*s' %x active %d %d %lld %lld %lld %lld rate %u "
                "deadline %u cut %u %u allowed %lld\n",
                (unsigned)hooks[i].number, hooks[i].id, h->secret, (int)hooks[i].name.len, hooks[i].name.ptr,
                (int)hooks[i].url.len, hooks[i].url.ptr, (int)hooks[i].headers.len,
                hooks[i].headers.len ? hooks[i].headers.ptr : "", (unsigned)hooks[i].events,
                hooks[i].is_active, (int)hooks[i].inactive_by, (long long)hooks[i].inactive_at_ms,
                (long long)hooks[i].updated_at_ms, (long long)hooks[i].created_at_ms,
                (long long)hooks[i].last_triggered_at_ms, (unsigned)h->rate, (unsigned)h->deadline_ms,
                (unsigned)h->cut, (unsigned)h->cut_waiting, (long long)h->allowed_us);
        say(to, " health %d %d %d %d %u %u %u %d since %lld %lld %lld %lld %lld until %lld %lld\n",
                (int)a->cls, a->is_warned, (int)a->code, (int)a->reason, (unsigned)a->failures,
                (unsigned)a->counted, (unsigned)a->misses, (int)a->estimate_ms, (long long)a->failing_since,
                (long long)a->counted_since, (long long)a->sick_since, (long long)a->sick_at_ms,
                (long long)a->missed_at, (long long)a->backoff_until, (long long)a->retry_until);
        CHECK_STATUS(o->store.stats_fn(o->store.user, hooks[i].id, &stats), OK);
        say_stats(to, &stats);
    }
    CHECK_STATUS(o->store.stats_fn(o->store.user, NULL, &stats), OK);
    say_stats(to, &stats);
    CHECK_STATUS(o->store.log_fn(o->store.user, &query, all, 400, &count, &next), OK);
    for (i = 0; i < count; i++) say_row(to, &all[i]);
    say_inside(to, m, now);
    return to;
}
static const char *say_all(char *to, opened *o) { return say_at(to, o, akolhook_memory_i_now(memory_of(o))); }
static void check_same(const char *a, const char *b) {
    size_t i = 0, from;
    if (strcmp(a, b) == 0) return;
    while (a[i] && a[i] == b[i]) i++;
    for (from = i; from && a[from - 1] != '\n'; from--) continue;
    printf("differ at %u:\n%.300s\n--- and\n%.300s\n", (unsigned)i, a + from, b + from);
    CHECK(0);
}
/* The file as it is, opened beside, must say the same. */
static void check_copy(const akolhook_memory_desc *memory) {
    akolhook_status status;
    disk_copy(&other_disk, disk.data, disk.len);
    status = journal_open_on(&copy, &other_disk, memory, 0, 0);
    CHECK_STATUS(status, OK);
    if (status) return;
    check_same(say_all(texts[0], &live), say_all(texts[1], &copy));
    akolhook_journal_close(&copy.journal);
}

/* ---- the lines ---- */

/* Where each change ends; the first is where the first line does. */
static size_t change_ends(const uint8_t *data, size_t len, size_t *ends, size_t max) {
    size_t i, begin = 0, n = 0;
    for (i = 0; i < len && n < max; i++) {
        if (data[i] != '\n') continue;
        if (!n || memcmp(data + begin, "{\"commit\":", 10) == 0) ends[n++] = i + 1;
        begin = i + 1;
    }
    return n;
}
#define SEAL 44u /* ,"check":"32 digits"} */
/* Writes the check over what stands in h and this line, and leaves its bytes in salt. */
static void reseal(const akolhook_sha256 *h, uint8_t *line, size_t len, uint8_t salt[16]) {
    akolhook_sha256 copied = *h;
    uint8_t digest[32];
    size_t i;
    akolhook_sha256_update(&copied, line, len - SEAL);
    akolhook_sha256_final(&copied, digest);
    memcpy(line + len - SEAL, ",\"check\":\"", 10);
    for (i = 0; i < 16; i++) {
        line[len - 34 + 2 * i] = (uint8_t) "0123456789abcdef"[digest[i] >> 4];
        line[len - 33 + 2 * i] = (uint8_t) "0123456789abcdef"[digest[i] & 15];
    }
    memcpy(line + len - 2, "\"}", 2);
    if (salt) memcpy(salt, digest, 16);
}
/* Writes the checks anew, all that a liar must do. */
static void resum(fake *f) {
    uint8_t salt[16] = {0};
    akolhook_sha256 h;
    size_t at = 0, end;
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, salt, 16);
    for (; at < f->len; at = end + 1) {
        int is_mark;
        for (end = at; end < f->len && f->data[end] != '\n'; end++) continue;
        is_mark = at && end - at > 10 && memcmp(f->data + at, "{\"commit\":", 10) == 0;
        if ((!at || is_mark) && end - at > SEAL) reseal(&h, f->data + at, end - at, at ? NULL : salt);
        if (!at || is_mark) {
            akolhook_sha256_init(&h);
            akolhook_sha256_update(&h, salt, 16);
        } else {
            akolhook_sha256_update(&h, f->data + at, end - at < f->len - at ? end - at + 1 : end - at);
        }
    }
}
static int disk_holds(const fake *f, const char *text) {
    size_t i, len = strlen(text);
    for (i = 0; i + len <= f->len; i++)
        if (memcmp(f->data + i, text, len) == 0) return 1;
    return 0;
}

/* A hub that has lived: something of everything. */
static int fails_on_b(const seen *r) { return r->host[0] == 'b' ? 500 : 200; }
static akolhook_webhook hook_a, hook_b, hook_c;
static void live_a_little(void) {
    static char bytes[] = "an answer \xff\x01 of any bytes";
    char id[AKOLHOOK_ID_SIZE];
    w.answer_fn = fails_on_b;
    w.content = bytes;
    w.answer_ms = 7;
    hook_a = create("https://a.example/?token=a");
    CHECK_STATUS(create_status("\"B\\\" \xc3\xa4", "https://b.example/", AKOLHOOK_EVENTS_ALL, &hook_b), OK);
    CHECK_STATUS(emit_key("{\"callId\":\"c1\"}", "key 1", &id), OK);
    CHECK_STATUS(emit_key("{\n\t\"callId\" : \"\xe2\x82\xac\\u0000\"}", "key 2", &id), OK);
    run();
    w.now += 1000;
    emit();
    run();
    w.now += 400000;
    run();
    CHECK_STATUS(create_status("c", "https://c.example/", 2 | 16, &hook_c), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook_c.id), OK);
    run();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_c.id, 0), OK);
    emit();
    w.now += 6000;
}

/* ---- tests ---- */

static void test_same_answers(void) {
    akolhook_memory_desc memory;
    int i;
    small_start();
    live_a_little();
    check_copy(&desc.memory);
    run();
    check_copy(&desc.memory);
    memory = desc.memory;
    memory.max_webhooks = 7;
    memory.max_pending = 100;
    memory.pool_bytes = 50000;
    memory.max_keys = 30;
    check_copy(&memory);
    memory.max_pending = 12; /* smaller, and all of it fits */
    memory.max_webhooks = 3;
    check_copy(&memory);
    for (i = 0; i < 3 && !check_bad; i++) { /* from image to image it stays as it is */
        vanish();
        if (!reopen()) return;
        check_same(texts[0], say_all(texts[1], &live));
    }
    suite_end();
}
/* Too small: a status, and nothing is changed. */
static void test_smaller(void) {
    static const struct {
        int which;
        akolhook_status status;
    } cases[] = {
            {0, AKOLHOOK_TOO_MANY_WEBHOOKS},
            {1, AKOLHOOK_PENDING_FULL},
            {2, AKOLHOOK_POOL_FULL},
            {3, AKOLHOOK_POOL_FULL},
    };
    static char data[3000];
    static uint8_t before[1 << 17];
    size_t i, size;
    small_desc();
    desc.memory.pool_bytes = 80000;
    suite_open();
    create("https://a.example/");
    create("https://b.example/");
    strcpy(data, "{\"callId\":\"");
    memset(data + 11, 'x', 2900);
    strcpy(data + 2911, "\"}");
    for (i = 0; i < 4; i++) CHECK_STATUS(emit_key(data, "", NULL), OK);
    size = disk.len;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    for (i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        akolhook_memory_desc memory = desc.memory;
        if (cases[i % 4].which == 0) memory.max_webhooks = 1;
        if (cases[i % 4].which == 1) memory.max_pending = 7;
        if (cases[i % 4].which == 2) memory.pool_bytes = 8000;
        if (cases[i % 4].which == 3)
            memory.pool_bytes = 1024; /* its lines are too long for the buffer as well */
        if (cases[i % 4].which == 3) memory.log_bytes = 100;
        disk_copy(&other_disk, before, size);
        CHECK_INT(journal_open_on(&copy, &other_disk, &memory, i >= 4, 0), cases[i % 4].status);
        CHECK(copy.store.user == NULL && copy.store.enqueue_fn == NULL);
        CHECK_MEM(other_disk.data, other_disk.len, before, size);
    }
    check_copy(&desc.memory);
    suite_end();
}

/* The journal cut at every byte keeps the changes before the cut; the image of a rewrite was never written in
 * parts. */
static void test_cut(void) {
    static uint8_t before[1 << 16];
    size_t size, base, i, k, n, at[64];
    small_start();
    create("https://a.example/");
    CHECK_STATUS(emit_key("{\"callId\":\"c1\"}", "key", NULL), OK);
    run();
    CHECK(akolhook_journal_i_rewrite(state_of(&live)));
    base = disk.len;
    emit();
    run();
    size = disk.len;
    CHECK(size < sizeof before && size > base);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    n = change_ends(before, size, at, 64);
    CHECK(n >= 4 && at[1] == base);
    for (i = 0; i <= size && !check_bad; i++) {
        akolhook_status got;
        size_t last = 0;
        for (k = 0; k < n && at[k] <= i; k++) last = at[k];
        disk_copy(&other_disk, before, i);
        got = journal_open_on(&copy, &other_disk, &desc.memory, (int)(i / 2 % 2), 0);
        CHECK_INT(got, i == 0 || i >= base ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED);
        if (i >= base) CHECK_INT(copy.journal.dropped, i - last);
        if (i && i != last) CHECK_INT(copy.journal.error_at, i < at[0] ? 0 : last);
        CHECK_MEM(other_disk.data, other_disk.len, before, i);
        if (!got) (void)say_all(texts[0], &copy);
        akolhook_journal_close(&copy.journal);
    }
    suite_end();
}
/* What is cancelled on its way stays so in the file: after the process is gone it is tried no more. */
static void test_cancelled_on_its_way(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    size_t count = 0;

    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 4;
    small_start();
    create("https://a.example/");
    emit();
    CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(live.store.cancel_fn(live.store.user, claim.number, w.now), OK);
    vanish();
    if (!reopen()) return;
    CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 0);
    suite_end();
}
/* What was waiting and is cancelled has ended in the file too, and counts there. */
static void test_cancelled_waiting(void) {
    akolhook_webhook hook;

    small_start();
    w.code = 500;
    hook = create("https://a.example/");
    emit();
    run_until(START_MS + SECOND);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STATUS(akolhook_hub_cancel(hub, rows[0].delivery_id), OK);
    check_copy(&desc.memory);
    vanish();
    if (!reopen()) return;
    CHECK_INT(stats_of(hook.id).cancelled, 1);
    CHECK_INT(stats_of(hook.id).waiting, 0);
    suite_end();
}
/* The power fails right behind a cancel, before its end is synced: what was cut off is not waited for. */
static void test_cancelled_power(void) {
    akolhook_webhook hook;

    small_start();
    w.code = 500;
    hook = create("https://a.example/");
    emit();
    run_until(START_MS + SECOND);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STATUS(akolhook_hub_cancel(hub, rows[0].delivery_id), OK);
    vanish();
    disk_power(0);
    if (!reopen()) return;
    CHECK_INT(stats_of(hook.id).waiting, 1);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(stats_of(hook.id).cancelled, 1);
    CHECK_INT(stats_of(hook.id).waiting, 0);
    CHECK_INT(w.count, 1);
    suite_end();
}

/* One byte changed, put in or left out: refused, but in the last change, which may be torn. Salvaged, it
 * keeps what is before. */
static void change_at(const uint8_t *before, size_t size, size_t i, int kind, size_t first, size_t last) {
    uint8_t bytes[2];
    akolhook_status got;
    int salvage;
    size_t rest = kind == 2 ? i + 1 : kind == 1 ? i : i + 1;
    bytes[0] = kind == 1 ? '7' : before[i] ^ 0x10;
    for (salvage = 0; salvage < 2; salvage++) {
        disk_copy(&other_disk, before, i);
        if (kind < 2) other_disk.data[other_disk.len++] = bytes[0];
        memcpy(other_disk.data + other_disk.len, before + rest, size - rest);
        other_disk.len += size - rest;
        got = journal_open_on(&copy, &other_disk, &desc.memory, salvage, 0);
        CHECK_INT(got, i >= last || (salvage && i >= first) ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED);
        if (check_bad)
            printf("kind %d at %u of %u, first %u, last %u: %.100s\n", kind, (unsigned)i, (unsigned)size,
                    (unsigned)first, (unsigned)last, (const char *)before + (i > 50 ? i - 50 : 0));
        CHECK(copy.journal.error_at <= i);
        if (!got) CHECK(copy.journal.dropped > 0);
        CHECK_INT(other_disk.len, kind == 0 ? size : kind == 1 ? size + 1 : size - 1);
        akolhook_journal_close(&copy.journal);
    }
}
static void test_change(void) {
    static uint8_t before[1 << 16];
    size_t size, i, n, at[64], step = check_full() ? 1 : 3;
    int kind;
    small_start();
    create("https://a.example/");
    CHECK(akolhook_journal_i_rewrite(state_of(&live)));
    emit();
    run();
    emit();
    size = disk.len;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    n = change_ends(before, size, at, 64);
    CHECK(n >= 5);
    for (kind = 0; kind < 3; kind++)
        for (i = 0; i < size && !check_bad; i += step) {
            if (kind == 1 && before[i] == '7') continue; /* beside another: that is the same change */
            if (kind == 2 && i + 1 < size && before[i] == before[i + 1]) continue;
            if (kind == 1 && i && before[i - 1] == '\n')
                continue; /* belongs to the line before as well as to this */
            change_at(before, size, i, kind, at[1], at[n - 2]);
        }
    suite_end();
}

/* Of changes that no sync covered some may be missing while later ones are there: not damage. */
static void test_holes(void) {
    static uint8_t before[1 << 16];
    size_t size, i, n, at[64];
    small_start();
    hook_a = create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 0),
            OK); /* one change with sync, then the end of what waited */
    emit();
    size = disk.len;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    n = change_ends(before, size, at, 64);
    CHECK(n >= 6 && disk.durable == size);
    for (i = at[n - 4] + 5; i < at[n - 2]; i = i < at[n - 3] && i + 10 > at[n - 3] ? at[n - 3] : i + 10) {
        disk_copy(&other_disk, before, size);
        memset(other_disk.data + i, 0, 10); /* also the first ones of a line, behind which none else begins */
        CHECK_INT(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0),
                i >= at[n - 3] ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED);
        CHECK_INT(copy.journal.error_at, i >= at[n - 3] ? at[n - 3] : at[n - 4]);
        akolhook_journal_close(&copy.journal);
    }
    disk_copy(&other_disk, before, size);
    memset(other_disk.data + size, 0, 5000); /* the file grew, its bytes never came */
    other_disk.len += 5000;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
    CHECK_INT(copy.journal.dropped, 5000);
    akolhook_journal_close(&copy.journal);
    emit(); /* its mark says that those before are durable */
    size = disk.len;
    memcpy(before, disk.data, size);
    for (i = at[n - 3] + 5; i < at[n - 1] - 10; i += 10) {
        disk_copy(&other_disk, before, size);
        memset(other_disk.data + i, 0, 10);
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), JOURNAL_DAMAGED);
    }
    suite_end();
}

/* ---- stops and failures ---- */

#define ACCEPTED 40
static struct { char id[AKOLHOOK_ID_SIZE]; } accepted[ACCEPTED], recorded[ACCEPTED * 3];
static char recorded_host[ACCEPTED * 3];
static size_t accepted_count, recorded_count;
static char secret_now[AKOLHOOK_SECRET_SIZE];
static int is_deleted, delete_asked, is_rotated, rotate_asked;
static void note(void *user, const akolhook_notice *n) {
    (void)user;
    if (n->kind != AKOLHOOK_NOTICE_SUCCEEDED || recorded_count == ACCEPTED * 3) return;
    if (state_of(&live)->is_stale)
        return; /* it stands in memory alone, and may be sent again after a crash */
    memcpy(recorded[recorded_count].id, n->row->message_id, AKOLHOOK_ID_SIZE);
    recorded_host[recorded_count++] = strcmp(n->row->webhook_id, hook_a.id) == 0 ? 'a' : 'b';
}
static int fails_at_first(const seen *r) { return r->host[0] == 'b' && r->at < START_MS + 4000 ? 500 : 200; }
static void scenario_emit(const char *key) {
    if (accepted_count == ACCEPTED) return;
    if (emit_key("{\"callId\":\"c1\"}", key, &accepted[accepted_count].id) == AKOLHOOK_OK) accepted_count++;
}
static void scenario_poll(void) {
    size_t left;
    int i;
    for (i = 0; i < 3; i++) {
        akolhook_status ignored = akolhook_hub_poll(hub, 0, &left);
        (void)ignored;
    }
}
/* Everything that writes; what was acknowledged is noted. */
static void scenario(void) {
    char secret[AKOLHOOK_SECRET_SIZE];
    int i;
    scenario_emit("");
    scenario_poll();
    scenario_emit("one");
    scenario_emit("two");
    w.now += 2000;
    scenario_poll();
    rotate_asked = 1;
    if (akolhook_hub_rotate_secret(hub, hook_a.id, secret) == AKOLHOOK_OK) {
        memcpy(secret_now, secret, sizeof secret);
        is_rotated = 1;
    }
    for (i = 0; i < 3; i++) scenario_emit("");
    w.now += 4000;
    scenario_poll();
    delete_asked = 1;
    if (akolhook_hub_delete_webhook(hub, hook_c.id) == AKOLHOOK_OK) is_deleted = 1;
    scenario_emit("three");
    scenario_poll();
}
static void scenario_start(void) {
    small_desc();
    desc.notice_fn = note;
    suite_open();
    accepted_count = recorded_count = 0;
    is_deleted = delete_asked = is_rotated = rotate_asked = 0;
    w.answer_fn = fails_at_first;
    hook_a = create("https://a.example/");
    hook_b = create("https://b.example/");
    CHECK_STATUS(create_status("c", "https://c.example/", 8, &hook_c), OK);
    memcpy(secret_now, hook_a.secret, sizeof secret_now);
    disk.calls = 0;
}
static size_t times_seen(size_t from, const char *id, char host) {
    size_t i, n = 0;
    for (i = from; i < w.count; i++) n += w.requests[i].host[0] == host && strcmp(w.requests[i].id, id) == 0;
    return n;
}
/* After the restart: all that was acknowledged is there, and what was recorded is not sent again. */
static void check_after(void) {
    size_t before = w.count, told_before = recorded_count, i;
    akolhook_webhook hook;
    akolhook_status c;
    char id[AKOLHOOK_ID_SIZE];
    size_t before_emit;
    w.answer_fn = NULL;
    w.now += HOUR;
    run();
    for (i = 0; i < accepted_count; i++)
        CHECK(times_seen(0, accepted[i].id, 'a') > 0 && times_seen(0, accepted[i].id, 'b') > 0);
    for (i = 0; i < told_before; i++) CHECK_INT(times_seen(before, recorded[i].id, recorded_host[i]), 0);
    hook = get(hook_a.id);
    CHECK_INT(hook.number, hook_a.number);
    c = akolhook_hub_get_webhook(hub, hook_c.id, &hook);
    CHECK(c == AKOLHOOK_OK ? !is_deleted : delete_asked);
    before_emit = w.count;
    CHECK_STATUS(emit_key("{}", "", &id), OK);
    run();
    CHECK_INT(times_seen(before_emit, id, 'a'), 1);
    for (i = before_emit; i < w.count; i++)
        if (w.requests[i].host[0] == 'a' && (!rotate_asked || is_rotated))
            CHECK(is_signed(&w.requests[i], secret_now));
    for (i = 0; i < accepted_count; i++) CHECK(strcmp(accepted[i].id, id) != 0);
}
static long stop_one(long n, int kept) {
    long calls;
    scenario_start();
    disk.stop_at = n;
    scenario();
    calls = disk.calls;
    vanish();
    disk_power(kept == 0 ? 0 : kept == 1 ? (disk.len - disk.durable) / 2 : FILE_CAP);
    if (reopen()) {
        check_after();
        suite_end();
    }
    return calls;
}
/* The process stops at every call of a hook, with none, some and all of what was not synced left. */
static void test_stops(void) {
    long n, calls = stop_one(1000000, 0);
    int kept;
    for (n = 1; n <= calls && !check_bad; n++)
        for (kept = 0; kept < 3 && !check_bad; kept++) (void)stop_one(n, kept);
    CHECK(calls > 30);
    if (check_bad) printf("stopped at %ld\n", n - 1);
}
/* Every call fails, once or for a while: a status says so, nothing accepted is lost, and afterwards all works
 * again. */
static void test_failures(void) {
    static const int errors[2] = {ENOSPC, EIO};
    long n, calls = 1, span;
    for (n = 1; n <= calls && !check_bad; n++)
        for (span = 1; span <= 9 && !check_bad; span += 8) {
            size_t before;
            scenario_start();
            disk.fail_at = n;
            disk.fail_until = n + span;
            disk.error = errors[n % 2];
            scenario();
            calls = disk.calls;
            if (disk.calls >= n + span) CHECK(live.journal.error == 0 || live.journal.error == disk.error);
            disk.fail_at = 0;
            before = accepted_count;
            scenario_emit("");
            CHECK_INT(accepted_count, before + 1);
            vanish();
            disk_power(0);
            if (!reopen()) return;
            check_after();
            suite_end();
        }
    CHECK(calls > 30);
    if (check_bad) printf("failed at %ld\n", n - 1);
}
/* What each call answers while every write fails; what it has changed: nothing. */
static void test_refuses_all(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    uint32_t count;
    small_start();
    live_a_little();
    run();
    (void)say_all(texts[0], &live);
    disk.fail_at = disk.calls + 1;
    disk.fail_until = 1000000;
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    CHECK_INT(live.journal.error, ENOSPC);
    CHECK_STATUS(create_status("n", "https://d.example/", 2, &hook), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook_a.id, &wanted), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook_a.id, secret), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 0), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook_a.id), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_test(hub, hook_a.id), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook_a.id, 0, &count), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, "whk_000000000000000000000000"), UNKNOWN_WEBHOOK);
    check_same(texts[0], say_all(texts[1], &live));
    disk.fail_at = 0;
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    check_copy(&desc.memory);
    suite_end();
}
/* Each accepting call, its own write failing: nothing is changed, in memory or in the file. */
typedef akolhook_status (*try_fn)(void);
static char try_number[AKOLHOOK_ID_SIZE];
static akolhook_status try_create(void) {
    akolhook_webhook hook;
    return create_status("n", "https://d.example/", 2, &hook);
}
static akolhook_status try_emit(void) { return emit_key("{\"callId\":\"c1\"}", "a new key", NULL); }
static akolhook_status try_update(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    wanted.name = akolhook_str_c("another name");
    wanted.url = akolhook_str_c("https://other.example/");
    wanted.events = 8;
    return akolhook_hub_update_webhook(hub, hook_a.id, &wanted);
}
static akolhook_status try_rotate(void) {
    char secret[AKOLHOOK_HUB_SECRET_SIZE];
    return akolhook_hub_rotate_secret(hub, hook_a.id, secret);
}
static akolhook_status try_stop(void) { return akolhook_hub_set_active(hub, hook_b.id, 0); }
static akolhook_status try_start(void) { return akolhook_hub_set_active(hub, hook_c.id, 1); }
static akolhook_status try_delete(void) { return akolhook_hub_delete_webhook(hub, hook_b.id); }
static akolhook_status try_test(void) { return akolhook_hub_test(hub, hook_a.id); }
static akolhook_status try_redeliver(void) { return akolhook_hub_redeliver(hub, try_number); }
static akolhook_status try_send_now(void) { return akolhook_hub_send_now(hub, try_number); }
static akolhook_status try_cancel(void) { return akolhook_hub_cancel(hub, try_number); }
static void find_number(akolhook_delivery_state state) {
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count = 0;
    akolhook_log_row row;
    query.state = state;
    CHECK_STATUS(akolhook_hub_log(hub, &query, &row, 1, &count), OK);
    CHECK_INT(count, 1);
    memcpy(try_number, row.delivery_id, sizeof try_number);
}
static void test_undo(void) {
    static const struct {
        try_fn call;
        akolhook_delivery_state state;
    } calls[] = {{try_create, 0}, {try_emit, 0}, {try_update, 0}, {try_rotate, 0}, {try_stop, 0},
            {try_start, 0}, {try_delete, 0}, {try_test, 0}, {try_redeliver, AKOLHOOK_DELIVERY_DELIVERED},
            {try_send_now, AKOLHOOK_DELIVERY_WAITING}, {try_cancel, AKOLHOOK_DELIVERY_WAITING}};
    size_t i, fails;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (fails = 1; fails < 3 && !check_bad; fails++) { /* the append, the sync */
            small_desc();
            desc.memory.max_webhooks = 4;
            desc.memory.pool_bytes = 32768;
            desc.memory.max_pending = 64;
            suite_open();
            live_a_little();
            if (calls[i].state) find_number(calls[i].state);
            (void)say_all(texts[0], &live);
            disk.fail_at = disk.calls + (long)fails;
            disk.fail_until = disk.fail_at + 1;
            CHECK_STATUS(calls[i].call(), STORE_FAILED);
            memory_of(&live)->numbers =
                    (uint64_t)atoi(strstr(texts[0], "next ") + 5); /* numbers may be left out */
            check_same(texts[0], say_all(texts[1], &live));
            disk_power(0);
            vanish();
            if (!reopen()) return;
            memory_of(&live)->numbers = (uint64_t)atoi(strstr(texts[0], "next ") + 5);
            check_same(texts[0], say_all(texts[1], &live));
            CHECK_STATUS(calls[i].call(), OK);
            check_copy(&desc.memory);
            suite_end();
            if (check_bad) printf("call %u, failure %u\n", (unsigned)i, (unsigned)fails);
        }
}
/* A claim writes nothing, and an outcome that cannot be written counts all the same, is told, and is written
 * later. */
static void test_unsaved(void) {
    akolhook_gauges gauges;
    int64_t due, began;
    long calls;
    size_t left;
    int i;
    small_start();
    create("https://a.example/");
    emit();
    w.answer_ms = 50;
    calls = disk.calls;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(memory_of(&live)->leased, 1);
    CHECK_INT(disk.calls, calls);
    disk.fail_at = disk.calls + 1;
    disk.fail_until = 1000000;
    run();
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.unsaved, 1);
    CHECK_INT(gauges.waiting, 0);
    CHECK_INT(w.count, 1);
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
    disk.fail_at = 0;
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.unsaved, 0);
    check_copy(&desc.memory);
    disk.fail_at = disk.calls + 1;
    disk.fail_until = 1000000;
    run();
    CHECK_INT(w.count, 2);

    /* with nothing else to do the hub tries each second, and sleeps in between */
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
        CHECK_INT(due, SECOND);
        began = w.now;
        calls = disk.calls;
        CHECK_STATUS(akolhook_hub_poll(hub, -1, &left), OK);
        CHECK_INT(left, 0);
        CHECK_INT(w.now - began, SECOND);
        CHECK(disk.calls > calls);
    }
    disk.fail_at = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, -1, &left), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.unsaved, 0);
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
    CHECK_INT(due, -1);
    check_copy(&desc.memory);

    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    disk.fail_at = disk.calls + 1;
    run();
    CHECK_INT(w.count, 3);
    disk.fail_at = 0;
    suite_end(); /* closing writes what it can */
    disk_copy(&other_disk, disk.data, disk.len);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
    CHECK_INT(memory_of(&copy)->job_count, 0);
    akolhook_journal_close(&copy.journal);
}
/* What changes in memory after a rewrite that failed, at each of its calls, is in the file once it is
   closed. */
static void test_behind(void) {
    akolhook_gauges gauges;
    int more, is_written = 0;
    long n;
    for (n = 1; !is_written && !check_bad; n++) {
        small_start();
        create("https://a.example/");
        emit();
        run();
        w.now += MINUTE;
        disk.fail_at = disk.calls + n;
        disk.fail_until = 1000000;
        is_written = akolhook_journal_i_rewrite(state_of(&live));
        CHECK_STATUS(akolhook_hub_purge(hub, 0, &more), OK);
        CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
        CHECK_INT(gauges.events, 0);
        disk.fail_at = 0;
        suite_end();

        disk_copy(&other_disk, disk.data, disk.len);
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
        CHECK_STATUS(copy.store.gauges_fn(copy.store.user, &gauges), OK);
        CHECK(gauges.events == 0 && gauges.webhooks == 1);
        akolhook_journal_close(&copy.journal);
        if (check_bad) printf("failed at %ld\n", n);
    }
    CHECK(n > 5); /* begin, head, image, sync, commit, and none */
}
/* Opening writes nothing, not even a beginning; a reader never does. */
static void test_read_only(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_store_webhook found;
    akolhook_webhook hook;
    size_t count = 0;
    long calls;
    small_start();
    hook = create("https://a.example/");
    emit();
    disk_copy(&other_disk, disk.data, disk.len);
    calls = other_disk.calls;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
    CHECK_INT(other_disk.calls, calls);
    akolhook_journal_close(&copy.journal);
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    where.file = &copy.file;
    where.read_only = 1;
    other_disk.len -= 5; /* another process is writing just now */
    CHECK_STATUS(
            akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, &where), OK);
    CHECK_STATUS(copy.store.webhook_list_fn(copy.store.user, 0, 0, &found, 1, &count), OK);
    CHECK_INT(count, 1);
    CHECK_TEXT(found.id, hook.id);
    CHECK_STATUS(copy.store.bind_fn(copy.store.user, desc.business_id), OK);
    CHECK_STATUS(copy.store.webhook_delete_fn(copy.store.user, found.id), STORE_FAILED);
    CHECK_STATUS(copy.store.webhook_put_fn(copy.store.user, &found, 3), STORE_FAILED);
    CHECK_STATUS(copy.store.redeliver_fn(copy.store.user, 2, 0), STORE_FAILED);
    CHECK_INT(other_disk.calls, calls);
    akolhook_journal_close(&copy.journal);
    CHECK_INT(other_disk.calls, calls);
    suite_end();
}
/* To more webhooks than one line of a change names; then all of it gone in steps. */
static void test_fan(void) {
    char url[64];
    unsigned i;
    small_desc();
    desc.memory.max_webhooks = 600;
    desc.memory.max_pending = 2400;
    desc.memory.pool_bytes = 1 << 20;
    suite_open();
    for (i = 0; i < 600; i++) {
        akolhook_webhook hook;
        sprintf(url, "https://h%u.example/", i);
        CHECK_STATUS(create_status("n", url, AKOLHOOK_EVENTS_ALL, &hook), OK);
        if (i % 50 == 7) CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    }
    CHECK_STATUS(emit_key("{}", "key", NULL), OK);
    CHECK_INT(memory_of(&live)->job_count, 588);
    disk_copy(&other_disk, disk.data, disk.len);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
    CHECK_INT(memory_of(&copy)->job_count, 588);
    CHECK_INT(memory_of(&copy)->total.skipped, 12);
    CHECK_INT(memory_of(&copy)->total.waiting, 588);
    CHECK_INT(memory_of(&copy)->keys_seen, 1);
    akolhook_journal_close(&copy.journal);
    suite_end();
}
/* A call that the store in memory refuses writes nothing. */
static void test_refused(void) {
    akolhook_webhook hook;
    char id[AKOLHOOK_ID_SIZE], again[AKOLHOOK_ID_SIZE];
    long calls;
    small_start();
    create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "key", &id), OK);
    calls = disk.calls;
    CHECK_STATUS(create_status("n", "https://a.example/", 2, &hook), WEBHOOK_EXISTS);
    CHECK_STATUS(emit_key("{}", "key", &again), OK);
    CHECK_TEXT(again, id);
    CHECK_STATUS(emit_key("{\"a\":1}", "key", &again), KEY_REUSED);
    CHECK_STATUS(akolhook_hub_redeliver(hub, "dlv_000000000000000000000000"), UNKNOWN_DELIVERY);
    CHECK_INT(disk.calls, calls);
    suite_end();
}

/* ---- growth, secrets, a walk ---- */

static void test_growth(void) {
    size_t most = 0, i;
    long begun = 0;
    small_desc();
    rewrite_bytes = 5000;
    suite_open();
    rewrite_bytes = 0;
    create("https://a.example/");
    for (i = 0; i < 200 && !check_bad; i++) {
        size_t before = disk.len;
        emit();
        run();
        begun += disk.len < before;
        if (disk.len > most) most = disk.len;
        if (i % 20 == 0) check_copy(&desc.memory);
    }
    CHECK(begun > 5 && begun < 190);
    CHECK(most < 60000);
    disk.begin_fails = 1; /* a rewrite that fails stops nothing */
    for (i = 0; i < 100; i++) {
        emit();
        run();
    }
    CHECK(disk.len > 60000);
    disk.begin_fails = 0;
    most = disk.len;
    for (i = 0; i < 20; i++) {
        emit();
        run();
    }
    CHECK(disk.len < most);
    suite_end();
}
static void test_secrets(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE], third[AKOLHOOK_SECRET_SIZE];
    size_t i;
    small_start();
    hook = create("https://a.example/");
    CHECK(disk_holds(&disk, hook.secret));
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(!disk_holds(&disk, hook.secret) && disk_holds(&disk, secret));
    disk.fail_at = disk.calls + 3; /* the rewrite after append and sync: the secret is new all the same */
    disk.fail_until = disk.calls + 4;
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, third), OK);
    CHECK(disk_holds(&disk, secret) && disk_holds(&disk, third));
    emit(); /* the next change tries again */
    CHECK(!disk_holds(&disk, secret) && disk_holds(&disk, third));
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK(!disk_holds(&disk, third) && !disk_holds(&disk, "a.example"));
    suite_end();
    for (i = 0; i < sizeof live.memory && !live.memory[i]; i++) continue;
    CHECK_INT(i, sizeof live.memory); /* closed: nothing of it is left */
}
/* Where the file could not be written anew at once, the old secret is gone when it is closed, and where the
   process was killed with the first call after that. The same of a webhook that was deleted. */
static void test_secrets_left(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    int deletes, is_killed;

    for (deletes = 0; deletes < 2; deletes++)
        for (is_killed = 0; is_killed < 2; is_killed++) {
            small_start();
            hook = create("https://a.example/");
            disk.fail_at = disk.calls + 3; /* after append and sync the rewrite begins */
            disk.fail_until = disk.calls + 4;
            if (deletes)
                CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
            else
                CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
            CHECK(disk_holds(&disk, hook.secret));
            if (is_killed) disk.is_dead = 1;
            vanish();
            disk.is_dead = 0;
            CHECK_INT(disk_holds(&disk, hook.secret), is_killed);
            if (!reopen()) return;
            if (is_killed) create("https://b.example/");
            CHECK(!disk_holds(&disk, hook.secret));
            CHECK_INT(deletes || disk_holds(&disk, secret), 1);
            suite_end();
        }
}
static uint32_t walk_draw(uint32_t below) {
    static uint32_t state = 7;
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * below) >> 32);
}
static int walk_answer(const seen *r) { return (r->at / 100000 + r->host[0]) % 3 ? 200 : 500; }
static void walk_step(void) {
    static char data[1200];
    akolhook_webhook hooks[3];
    akolhook_wanted wanted = AKOLHOOK_INIT;
    char text[64], url[64];
    size_t count = 0, left;
    uint32_t n = walk_draw(1000), which;
    akolhook_status ignored = akolhook_hub_list_webhooks(hub, 0, hooks, 3, &count);
    const char *id = count ? hooks[walk_draw((uint32_t)count)].id : "";
    sprintf(url, "https://h%u.example/", (unsigned)walk_draw(9));
    sprintf(text, "a new name %.*s", (int)walk_draw(40), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    wanted.name = akolhook_str_c(text);
    memset(data, ' ', sizeof data);
    memcpy(data, "{\"callId\":\"c1\"", 14);
    which = 14 + walk_draw(n % 4 ? 200 : 1100);
    memcpy(data + which, "}", 2);
    if (n < 600)
        ignored = emit_key(data, n % 5 ? "" : "a key", NULL);
    else if (n < 880)
        ignored = akolhook_hub_poll(hub, 0, &left);
    else if (n < 900)
        w.now += walk_draw(100000);
    else if (n < 920)
        ignored = create_status("n", url, AKOLHOOK_EVENTS_ALL, hooks);
    else if (n < 930)
        ignored = akolhook_hub_set_active(hub, id, (int)walk_draw(3) > 0);
    else if (n < 935)
        ignored = akolhook_hub_delete_webhook(hub, id);
    else if (n < 940)
        ignored = akolhook_hub_rotate_secret(hub, id, text);
    else if (n < 950)
        ignored = akolhook_hub_redeliver_failed(hub, id, 0, NULL);
    else if (n < 970)
        ignored = akolhook_hub_update_webhook(hub, id, &wanted);
    else if (log_of(id) == AKOLHOOK_OK && row_count)
        ignored = akolhook_hub_redeliver(hub, rows[walk_draw((uint32_t)row_count)].delivery_id);
    (void)ignored;
}
/* A random life in a pool that is too small for it; what the file says, from wherever it was rewritten last,
 * is what is. */
static void test_walk(void) {
    int i, compared = 0;
    small_desc();
    desc.memory.log_rows = 20;
    desc.max_queue = 6;
    rewrite_bytes = 60000;
    suite_open();
    rewrite_bytes = 0;
    w.answer_fn = walk_answer;
    for (i = 0; i < 6000 && !check_bad; i++) {
        walk_step();
        if (i % 40 || memory_of(&live)->first_lease) continue;
        check_copy(&desc.memory);
        compared++;
    }
    CHECK(compared > 60);
    if (check_bad) printf("at step %d\n", i);
    suite_end();
}

/* ---- files that lie ---- */

/* One more change with this line. */
static void lie(const char *line, unsigned n, unsigned lines, const char *more) {
    char text[1200];
    sprintf(text,
            "%s\n{\"commit\":%u,\"lines\":%u,\"synced\":0,\"at\":1,\"wall\":1,\"numbers\":99,\"sequence\":99%"
            "s"
            ",\"check\":\"00000000000000000000000000000000\"}\n",
            line, n, lines, more);
    memcpy(other_disk.data + other_disk.len, text, strlen(text));
    other_disk.len += strlen(text);
    resum(&other_disk);
}
static void test_lies(void) {
    /* Behind a good file. ' stands for ", # for a webhook's number; its deliveries are 2 and 3, their message
     * is %. */
    static const char *const lies[] = {
            "{'r':'nonsense'",
            "{'r':7",
            "{'a':'row'",
            "[1]",
            "x",
            "{'r':'row'",
            "{'r':'deleted'",
            "{'r':'deleted','webhook':99",
            "{'r':'deleted','webhook':-1",
            "{'r':'deleted','webhook':1.5",
            "{'r':'deleted','webhook':'1'",
            "{'r':'deleted','webhook':[#]",
            "{'r':'deleted','webhook':1e300",
            "{'r':'state'",
            "{'r':'state','webhook':99",
            "{'r':'state','webhook':#,'turn':9007199254740993",
            "{'r':'state','webhook':#,'turn':'1'",
            "{'r':'state','webhook':#,'cls':3",
            "{'r':'state','webhook':#,'code':1000",
            "{'r':'state','webhook':#,'is_warned':2",
            "{'r':'state','webhook':#,'failures':4294967296",
            "{'r':'state','webhook':#,'waiting':-1",
            "{'r':'state','webhook':#,'waiting':18446744073709551615",
            "{'r':'state','webhook':#,'latency':7",
            "{'r':'state','webhook':#,'latency':[4294967296]",
            "{'r':'webhook'",
            "{'r':'webhook','number':#",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklm','secret':'s','name':'n','url':'u',"
            "'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklm.','secret':'s','name':'n','url':'u'"
            ",'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'','name':'n','url':'u',"
            "'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'','url':'u',"
            "'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':['"
            "YQ='],'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':[],"
            "'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':{},"
            "'events':2",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':'u'"
            ",'events':1",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':'u'"
            ",'rate':1001",
            "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklmn','secret':'a\\u0000b','name':'n','"
            "url':'u'",
            "{'r':'webhook','number':#,'id':'whk_0123456789abcdefghijklmn','secret':'s','name':'n','url':'u',"
            "'events':2",
            "{'r':'body','message':'%','event':2",
            "{'r':'body','message':'msg_x','event':2",
            "{'r':'body','message':'msg_0123456789abcdefghijklmn','event':0",
            "{'r':'body','message':'msg_0123456789abcdefghijklmn','event':99",
            "{'r':'body','message':'msg_0123456789abcdefghijklmn','event':2,'head':7",
            "{'r':'emit','message':'%','event':2,'kept':true",
            "{'r':'emit','message':'msg_0123456789abcdefghijklmn'",
            "{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'kept':1",
            "{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'key':'00'",
            "{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'created':1e99",
            "{'r':'fan','to':[#],'fates':'M'",
            "{'r':'fan'",
            "{'r':'delivery','number':9",
            "{'r':'delivery','number':9,'webhook':#",
            "{'r':'delivery','webhook':#,'message':'%'",
            "{'r':'delivery','number':1,'webhook':#,'message':'%'",
            "{'r':'delivery','number':9,'webhook':#,'message':'msg_'",
            "{'r':'delivery','number':9,'webhook':#,'message':'%','due':9007199254740993",
            "{'r':'delivery','number':9,'webhook':#,'message':'%','is_cut':2",
            "{'r':'ended'",
            "{'r':'ended','delivery':77",
            "{'r':'ended','delivery':[2]",
            "{'r':'row','webhook':#",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':9,'sequence':50",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'code':1000",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'phase':99",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'peer':'localhost'",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'ms':2147483648",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'response':['*']",
            "{'r':'key','key':'00'",
            "{'r':'key','key':7",
            "{'r':'store','total':1",
            "{'r':'store','business':7",
            "{'r':'deleted','webhook':[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]"
            "]]]]",
    };
    static uint8_t before[1 << 16];
    char line[600], number[40], message[AKOLHOOK_ID_SIZE];
    size_t i, k, size, to;
    unsigned next;
    small_start();
    hook_a = create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "", &message), OK); /* number 2 */
    emit();
    size = disk.len;
    next = (unsigned)state_of(&live)->changes + 1;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    for (i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        for (k = 0, to = 0; lies[i][k]; k++) {
            number[0] = lies[i][k];
            number[1] = 0;
            if (number[0] == '\'') number[0] = '"';
            if (number[0] == '#') sprintf(number, "%u", (unsigned)hook_a.number);
            if (number[0] == '%') strcpy(number, message);
            memcpy(line + to, number, strlen(number) + 1);
            to += strlen(number);
        }
        if (line[0] == '{') strcat(line, "}");
        disk_copy(&other_disk, before, size);
        lie(line, next, 1, "");
        if (journal_open_on(&copy, &other_disk, &desc.memory, (int)(i % 2), 0) != AKOLHOOK_JOURNAL_DAMAGED) {
            printf("believed: %s\n", line);
            CHECK(0);
        }
        CHECK_INT(copy.journal.error_at, size);
    }
    for (i = 0; i < 3; i++) { /* marks that do not fit: no changes, so a torn end */
        disk_copy(&other_disk, before, size);
        sprintf(line, "{\"r\":\"ended\",\"delivery\":2}");
        lie(line, next + (i == 0), 1 + (unsigned)(i == 1), "");
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
        if (copy.journal.state) CHECK_INT(memory_of(&copy)->job_count, i == 2 ? 1 : 2);
        akolhook_journal_close(&copy.journal);
    }
    suite_end();
}
/* Use it for a while, whatever it is. */
static void use_copy(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_rules rules = {1, 2, 0, 3, 0};
    akolhook_store_claim claims[16];
    akolhook_store_outcome outcome = AKOLHOOK_INIT;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    size_t count = 0, i;
    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 4;
    (void)say_all(texts[0], &copy);
    CHECK_STATUS(copy.store.claim_fn(copy.store.user, &limits, claims, 16, &count), OK);
    for (i = 0; i < count; i++) {
        outcome.number = claims[i].number;
        outcome.lease = claims[i].lease;
        outcome.handle = claims[i].handle;
        CHECK_STATUS(copy.store.settle_fn(copy.store.user, &rules, &outcome, 1), OK);
    }
    CHECK_STATUS(copy.store.tend_fn(copy.store.user, &tending), OK);
    CHECK(akolhook_journal_i_rewrite(state_of(&copy)));
    akolhook_journal_close(&copy.journal);
    CHECK_STATUS(
            journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK); /* what it wrote then can be read */
}
/* Each byte changed, with a check that says it is right: some status, and what is taken holds together. */
static void test_lies_everywhere(void) {
    static const char changes[] = "9-\"0]";
    static uint8_t before[1 << 16];
    size_t size, i, step = getenv("LONG") ? 1 : check_full() ? 11 : 37;
    int k, taken = 0, refused = 0;
    small_start();
    live_a_little();
    vanish();
    if (!reopen()) return;
    emit();
    run();
    size = disk.len;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    for (i = 0; i < size && !check_bad; i += step) {
        akolhook_status got;
        k = (int)(i / step % 5);
        if (before[i] == '\n') continue;
        disk_copy(&other_disk, before, size);
        other_disk.data[i] = (uint8_t)changes[k];
        resum(&other_disk);
        got = journal_open_on(&copy, &other_disk, &desc.memory, 0, 0);
        CHECK(got == AKOLHOOK_OK || got == AKOLHOOK_JOURNAL_DAMAGED || got == AKOLHOOK_JOURNAL_OTHER ||
                got == AKOLHOOK_POOL_FULL);
        if (!got) use_copy();
        if (!got)
            taken++;
        else
            refused++;
        akolhook_journal_close(&copy.journal);
    }
    CHECK(taken > 50 && refused > 100);
    suite_end();
}
static void test_newer(void) {
    static const char newer[] = "{\"akolhook\":\"journal\",\"version\":3,\"new\":{},"
                                "\"check\":\"00000000000000000000000000000000\"}\n";
    static const char older[] = "{\"op\":\"akolhook journal\",\"n\":1,\"version\":1,"
                                "\"check\":\"00000000000000000000000000000000\"}\n";
    static const char *const none[] = {"hello\n", "\n", "{}\n",
            "a file of another kind, longer than forty-four bytes, with a line end\n"};
    size_t i;
    small_desc();
    disk_copy(&other_disk, newer, sizeof newer - 1);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 1, 0),
            JOURNAL_DAMAGED); /* its check is wrong */
    resum(&other_disk);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 1, 0), JOURNAL_OTHER);
    CHECK_INT(other_disk.len, sizeof newer - 1);
    disk_copy(&other_disk, older, sizeof older - 1);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 1, 0), JOURNAL_OTHER);
    for (i = 0; i < 4; i++) {
        disk_copy(&other_disk, none[i], strlen(none[i]));
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 1, 0),
                JOURNAL_DAMAGED); /* never overwritten */
        CHECK_MEM(other_disk.data, other_disk.len, none[i], strlen(none[i]));
    }
}

/* A journal of before some members were there. */
static void test_before(void) {
    const char *text = layout_text("journal_2.txt");
    suite_begin();
    w.now = START_MS + 2 * MINUTE;
    disk_copy(&disk, text, strlen(text));
    if (!reopen()) return;
    check_moved();
    suite_end();
}
static void test_arguments(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_journal_file broken;
    size_t size;
    int i;
    small_desc();
    disk_reset(&other_disk);
    copy.file = disk_hooks(&other_disk);
    where.memory = desc.memory;
    CHECK_INT(akolhook_journal_size(NULL), 0);
    size = akolhook_journal_size(&where);
    CHECK(size <= AKOLHOOK_JOURNAL_SIZE(AKOLHOOK_MEMORY_SIZE(3, 16, 6, 3000, 8192, 3), 3000, 8192));
    CHECK(AKOLHOOK_JOURNAL_SIZE(AKOLHOOK_MEMORY_SIZE(3, 16, 6, 3000, 8192, 3), 3000, 8192) <=
            size + size / 20 + 16);
    memset(&copy.journal, 0xa5, sizeof copy.journal); /* one that was refused may be closed */
    CHECK_STATUS(
            akolhook_journal_open(&copy.journal, &copy.store, copy.memory, size, &where), INVALID_ARGUMENT);
    akolhook_journal_close(&copy.journal);
    where.memory.now_ms_fn = world_monotonic;
    where.file = &copy.file;
    CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, copy.memory, size - 1, &where),
            MEMORY_TOO_SMALL);
    CHECK_STATUS(akolhook_journal_open(NULL, &copy.store, copy.memory, size, &where), INVALID_ARGUMENT);
    where.file = &broken;
    for (i = 0; i < 6; i++) { /* one of them is missing */
        broken = copy.file;
        if (i == 0) broken.read_fn = NULL;
        if (i == 1) broken.append_fn = NULL;
        if (i == 2) broken.sync_fn = NULL;
        if (i == 3) broken.rewrite_begin_fn = NULL;
        if (i == 4) broken.rewrite_commit_fn = NULL;
        if (i == 5) broken.rewrite_abort_fn = NULL;
        memset(&copy.journal, 0xa5, sizeof copy.journal);
        CHECK_STATUS(
                akolhook_journal_open(&copy.journal, &copy.store, copy.memory, size, &where), BROKEN_HOOK);
        akolhook_journal_close(&copy.journal);
    }
    where.file = &copy.file;
    CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, copy.memory + 1, size, &where),
            OK); /* any alignment */
    CHECK(state_of(&copy)->buffer + state_of(&copy)->cap <= (char *)copy.memory + 1 + size);
    akolhook_journal_close(&copy.journal);
    akolhook_journal_close(&copy.journal);
    akolhook_journal_close(NULL);
}
/* Time between two runs counts where the wall clock is known; a clock that was not set counts for nothing. */
static void test_time(void) {
    int64_t due;
    small_start();
    hook_a = create("https://a.example/");
    w.code = 500;
    emit();
    run(); /* again in 5 s */
    vanish();
    w.now += 3000;
    if (!reopen()) return;
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
    CHECK_INT(due, 2000);
    vanish();
    w.clock_set = -w.now + 1000; /* 1970 */
    if (!reopen()) return;
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
    CHECK_INT(due, 5000); /* nothing was written since it failed, and nobody knows how long that is */
    emit();
    vanish();
    w.clock_set = 0;
    if (!reopen()) return;
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
    CHECK_INT(due, 0);
    CHECK_INT(memory_of(&live)->jobs[0].node.key - memory_of(&live)->now, 2000);
    suite_end();
}

/* ---- real files ---- */

static char folder[64], path[96];
static akolhook_journal_posix real;
static int folder_make(void) {
    strcpy(folder, "/tmp/akolhook_journal.XXXXXX");
    if (!mkdtemp(folder)) return 0;
    snprintf(path, sizeof path, "%s/journal", folder);
    return 1;
}
static void folder_remove(void) {
    static const char *const ends[] = {"", ".damaged", ".new"};
    char name[128];
    size_t i;
    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        remove(name);
    }
    rmdir(folder);
}
static akolhook_status real_open(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_status status = akolhook_journal_posix_open(&real, path);
    if (status) return status;
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    where.unix_ms_fn = world_unix;
    where.file = &real.file;
    status = akolhook_journal_open(
            &live.journal, &live.store, live.memory, akolhook_journal_size(&where), &where);
    desc.store = &live.store;
    desc.max_webhooks = 3;
    if (status) akolhook_journal_posix_close(&real);
    return status;
}
static void real_close(void) {
    akolhook_journal_close(&live.journal);
    akolhook_journal_posix_close(&real);
}
static void test_files(void) {
    akolhook_journal_posix second;
    struct stat info;
    int status;
    pid_t child;
    char data[64];
    small_desc();
    CHECK(folder_make());
    CHECK_STATUS(akolhook_journal_posix_open(&second, "/nonexistent/journal"), STORE_FAILED);
    CHECK_INT(second.error, ENOENT);
    CHECK_STATUS(akolhook_journal_posix_open(&second, ""), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_journal_posix_open(&second, NULL), INVALID_ARGUMENT);
    umask(0);
    CHECK_STATUS(real_open(), OK);
    CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == 0600);
    CHECK_STATUS(akolhook_journal_posix_open(&second, path), JOURNAL_LOCKED); /* this process */
    child = fork();
    if (child == 0) _exit(akolhook_journal_posix_open(&second, path) == AKOLHOOK_JOURNAL_LOCKED ? 7 : 8);
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    akolhook_journal_close(&live.journal);
    {
        akolhook_journal_desc where = AKOLHOOK_INIT; /* once more, over the file that is open */
        where.memory = desc.memory;
        where.memory.now_ms_fn = world_monotonic;
        where.file = &real.file;
        CHECK_STATUS(akolhook_journal_open(
                             &live.journal, &live.store, live.memory, akolhook_journal_size(&where), &where),
                OK);
    }
    real_close();
    CHECK(chmod(path, 0644) == 0);
    CHECK_STATUS(real_open(), OK); /* closed to others again */
    CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == 0600);
    real_close();
    akolhook_journal_posix_close(&real);
    snprintf(data, sizeof data, "%.50s/j", folder);
    CHECK(mkdir(data, 0700) == 0);
    CHECK_STATUS(akolhook_journal_posix_open(&second, data), STORE_FAILED);
    CHECK_INT(second.error, EISDIR);
    rmdir(data);
    folder_remove();
}
/* The file is moved away, or another takes its place; a damaged one is kept; a reader beside the one who
 * writes. */
static void test_replaced(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_journal_posix reader;
    char other[128];
    struct stat info;
    FILE *file;
    int i;
    small_desc();
    CHECK(folder_make());
    snprintf(other, sizeof other, "%s.damaged", path);
    CHECK_STATUS(real_open(), OK);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    CHECK_STATUS(akolhook_journal_posix_open_read(&reader, path), OK);
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    where.file = &reader.file;
    where.read_only = 1;
    CHECK_STATUS(
            akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, &where), OK);
    CHECK_INT(memory_of(&copy)->hook_count, 1);
    akolhook_journal_close(&copy.journal);
    akolhook_journal_posix_close(&reader);

    CHECK(rename(path, other) == 0);
    CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED); /* what is written there would be lost */
    CHECK_INT(live.journal.error, ENOENT);
    CHECK_STATUS(emit_key("{}", "", NULL), OK); /* written anew where it belongs */
    CHECK(stat(path, &info) == 0 && (info.st_mode & 07777) == 0600);
    CHECK(remove(path) == 0 && rename(other, path) == 0);
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED); /* not over another one's file */
        CHECK_INT(live.journal.error, ESTALE);
    }
    akolhook_hub_close(hub);
    real_close();

    file = fopen(path, "r+b");
    CHECK(file && fseek(file, 200, SEEK_SET) == 0 && fputc('#', file) == '#' && fclose(file) == 0);
    CHECK_STATUS(real_open(), JOURNAL_DAMAGED);
    CHECK(stat(other, &info) != 0);
    folder_remove();
}
/* A full disk: a status, then it works again; what was accepted is there. space tells whether there is some
 * again. */
static void fill(void (*space)(int more)) {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_stats stats;
    size_t made = 0;
    akolhook_status status = real_open();
    CHECK_STATUS(status, OK);
    if (status) return;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    create("https://a.example/");
    space(0);
    /* refused, it is written anew, which may make room once more */
    while (made < 4000 && (emit_key("{\"callId\":\"c1\"}", "", &id) == AKOLHOOK_OK ||
                                  emit_key("{\"callId\":\"c1\"}", "", &id) == AKOLHOOK_OK))
        made++;
    CHECK(made > 10 && made < 4000);
    CHECK_STATUS(emit_key("{}", "", &id), STORE_FAILED);
    CHECK(live.journal.error == ENOSPC || live.journal.error == EFBIG);
    space(1);
    CHECK_STATUS(emit_key("{}", "", &id), OK);
    akolhook_hub_close(hub);
    real_close();
    CHECK_STATUS(real_open(), OK);
    CHECK_STATUS(live.store.stats_fn(live.store.user, NULL, &stats), OK);
    CHECK_INT(stats.emitted, made + 1);
    real_close();
}
static void limit_space(int more) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = more ? limit.rlim_max : 20000;
    setrlimit(RLIMIT_FSIZE, &limit);
}
static char ballast[96];
static void tmpfs_space(int more) {
    static char zeros[4096];
    FILE *file;
    if (more) {
        remove(ballast);
        return;
    }
    file = fopen(ballast, "wb");
    if (!file) return;
    while (ftell(file) < 170000 && fwrite(zeros, 1, sizeof zeros, file) == sizeof zeros) continue;
    fclose(file);
}
static void test_full(void) {
    small_desc();
    desc.memory.max_pending = 4000;
    desc.memory.pool_bytes = 400000;
    signal(SIGXFSZ, SIG_IGN);
    CHECK(folder_make());
    fill(limit_space);
    folder_remove();
    signal(SIGXFSZ, SIG_DFL);
    w.open = 0;
#ifdef __linux__
    CHECK(folder_make());
    if (mount("tmpfs", folder, "tmpfs", 0, "size=256k,mode=700") == 0) {
        snprintf(ballast, sizeof ballast, "%s/ballast", folder);
        fill(tmpfs_space);
        remove(path);
        CHECK(umount(folder) == 0);
    } else
        printf("no tmpfs may be mounted here: the full disk was a file size limit alone\n");
    folder_remove();
#endif
}

/* kill -9 at a random moment. What the child was told comes through a pipe: ids accepted, and numbers of
 * deliveries recorded. */
typedef struct told_one {
    char kind, id[AKOLHOOK_ID_SIZE];
} told_one;
static int told_pipe[2];
static void tell_parent(char kind, const char *id) {
    told_one one;
    memset(&one, 0, sizeof one);
    one.kind = kind;
    memcpy(one.id, id, AKOLHOOK_ID_SIZE);
    if (write(told_pipe[1], &one, sizeof one) != (ssize_t)sizeof one) _exit(3);
}
static void kill_note(void *user, const akolhook_notice *n) {
    (void)user;
    if (n->kind == AKOLHOOK_NOTICE_SUCCEEDED) tell_parent('d', n->row->message_id);
}
static int kill_answer(const seen *r) {
    tell_parent('s', r->id);
    return 200;
}
static int kill_random(void *user, void *out, size_t len) {
    const akolhook_platform *platform = akolhook_posix_platform();
    (void)user;
    return platform->random_fn(platform->user, out, len);
}
static void kill_child(void) {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_webhook hooks[3];
    size_t count, left, i;
    desc.notice_fn = kill_note;
    w.answer_fn = kill_answer;
    world_platform.random_fn = kill_random;
    if (real_open() || akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc)) _exit(1);
    if (akolhook_hub_list_webhooks(hub, 0, hooks, 3, &count)) _exit(1);
    if (!count) create("https://a.example/");
    tell_parent('r', "                            ");
    for (;;) {
        for (i = 0; i < 3; i++)
            if (emit_key("{\"callId\":\"c1\"}", "", &id) == AKOLHOOK_OK) tell_parent('a', id);
        if (akolhook_hub_poll(hub, 0, &left)) _exit(1);
    }
}
#define KILL_IDS 400000
typedef struct kill_id {
    char id[AKOLHOOK_ID_SIZE], kind;
    int round;
} kill_id;
static kill_id *kill_ids;
static size_t kill_count;
static void kill_listen(int round) {
    told_one one;
    while (read(told_pipe[0], &one, sizeof one) == (ssize_t)sizeof one) {
        if (one.kind == 'r' || kill_count == KILL_IDS) continue;
        memcpy(kill_ids[kill_count].id, one.id, AKOLHOOK_ID_SIZE);
        kill_ids[kill_count].round = round;
        kill_ids[kill_count++].kind = one.kind;
    }
}
static int kill_order(const void *a, const void *b) {
    const kill_id *x = (const kill_id *)a, *y = (const kill_id *)b;
    int by_id = memcmp(x->id, y->id, AKOLHOOK_ID_SIZE);
    return by_id ? by_id : x->round != y->round ? x->round - y->round : x->kind - y->kind;
}
/* Accepted means delivered in the end; recorded as delivered means: not sent in a later round. */
static void kill_judge(void) {
    size_t i = 0;
    qsort(kill_ids, kill_count, sizeof *kill_ids, kill_order);
    while (i < kill_count) {
        size_t from = i;
        int was_accepted = 0, was_sent = 0, done = -1;
        for (; i < kill_count && memcmp(kill_ids[i].id, kill_ids[from].id, AKOLHOOK_ID_SIZE) == 0; i++) {
            was_accepted |= kill_ids[i].kind == 'a';
            was_sent |= kill_ids[i].kind == 's' || kill_ids[i].kind == 'd';
            if (kill_ids[i].kind == 's') CHECK(done < 0 || done == kill_ids[i].round);
            if (kill_ids[i].kind != 'd') continue;
            CHECK(done < 0);
            done = kill_ids[i].round;
        }
        CHECK(!was_accepted || was_sent);
    }
}
static int kill_round(int round, unsigned pause_us) {
    struct timespec pause = {0, 0};
    told_one first;
    int status;
    pid_t child;
    if (pipe(told_pipe)) return 0;
    child = fork();
    if (child == 0) {
        close(told_pipe[0]);
        kill_child();
    }
    close(told_pipe[1]);
    CHECK(read(told_pipe[0], &first, sizeof first) == (ssize_t)sizeof first && first.kind == 'r');
    pause.tv_nsec = (long)pause_us * 1000;
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    kill_listen(round);
    close(told_pipe[0]);
    return WIFSIGNALED(status);
}
static void kill_note_end(void *user, const akolhook_notice *n) {
    (void)user;
    if (n->kind != AKOLHOOK_NOTICE_SUCCEEDED || kill_count == KILL_IDS) return;
    memcpy(kill_ids[kill_count].id, n->row->message_id, AKOLHOOK_ID_SIZE);
    kill_ids[kill_count].round = 1000000;
    kill_ids[kill_count++].kind = 'd';
}
static void test_kill(void) {
    int round, rounds = getenv("LONG") ? 1000 : 30;
    unsigned seed = 12345;
    size_t i;
    kill_ids = (kill_id *)malloc(KILL_IDS * sizeof *kill_ids);
    CHECK(kill_ids && folder_make());
    if (!kill_ids) return;
    kill_count = 0;
    small_desc();
    desc.memory.max_pending = 64;
    desc.memory.pool_bytes = 20000;
    /* more of them where the machine is slow, so that something was done in them */
    for (round = 0; (round < rounds || (kill_count <= 100 && round < 100 * rounds)) && !check_bad; round++) {
        seed = seed * 1103515245u + 12345u;
        if (!kill_round(round, (seed >> 8) % 20000)) break;
    }
    desc.notice_fn = kill_note_end;
    CHECK_STATUS(real_open(), OK);
    if (check_bad) return;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    run();
    for (i = 0; i < w.count && kill_count < KILL_IDS; i++) {
        memcpy(kill_ids[kill_count].id, w.requests[i].id, AKOLHOOK_ID_SIZE);
        kill_ids[kill_count].round = 1000000;
        kill_ids[kill_count++].kind = 's';
    }
    akolhook_hub_close(hub);
    real_close();
    kill_judge();
    CHECK(kill_count > 100 && kill_count < KILL_IDS);
    free(kill_ids);
    folder_remove();
}

/* ---- for machines of another kind ---- */

static int exchange(const char *how, const char *where) {
    snprintf(path, sizeof path, "%s", where);
    small_desc();
    if (real_open() != AKOLHOOK_OK) return 1;
    if (strcmp(how, "write") == 0) {
        if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc)) return 1;
        live_a_little();
        akolhook_hub_close(hub);
    }
    printf("%s", say_at(texts[0], &live, 0));
    real_close();
    return check_bad != 0;
}

#include "journal_bounds.h"

int main(int argc, char **argv) {
    disk.data = (uint8_t *)malloc(FILE_CAP);
    disk.next = (uint8_t *)malloc(FILE_CAP);
    other_disk.data = (uint8_t *)malloc(FILE_CAP);
    other_disk.next = (uint8_t *)malloc(FILE_CAP);
    if (!disk.data || !disk.next || !other_disk.data || !other_disk.next) return 1;
    alarm(getenv("LONG") ? 3400 : 1200);
    if (argc == 3) return exchange(argv[1], argv[2]);
#ifndef TEST_BOUNDS_ALONE
    suite_run();
#endif
    test_journal_bounds();
    RUN(test_same_answers);
    RUN(test_smaller);
    RUN(test_cut);
    RUN(test_cancelled_on_its_way);
    RUN(test_cancelled_waiting);
    RUN(test_cancelled_power);
    RUN(test_change);
    RUN(test_holes);
    RUN(test_stops);
    RUN(test_failures);
    RUN(test_refuses_all);
    RUN(test_undo);
    RUN(test_unsaved);
    RUN(test_behind);
    RUN(test_read_only);
    RUN(test_fan);
    RUN(test_refused);
    RUN(test_growth);
    RUN(test_secrets);
    RUN(test_secrets_left);
    RUN(test_walk);
    RUN(test_lies);
    RUN(test_lies_everywhere);
    RUN(test_newer);
    RUN(test_before);
    RUN(test_arguments);
    RUN(test_time);
    RUN(test_files);
    RUN(test_replaced);
    RUN(test_full);
    RUN(test_kill);
    free(disk.data);
    free(disk.next);
    free(other_disk.data);
    free(other_disk.next);
    return check_end();
}
