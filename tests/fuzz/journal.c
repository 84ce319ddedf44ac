/* Journals: a file of any bytes opens or is refused; what opens goes on working, and written anew it opens
   again with the same webhooks. The first byte of an input says how: its checks and numbers made right first,
   so that what lies behind them is reached, or not. */
#define _POSIX_C_SOURCE 200809L
#include "akolhook_journal.h"
#include "fuzz.h"

#include <string.h>

enum { FILE_CAP = 1 << 20 };
typedef struct file {
    char *data, *next;
    size_t len, next_len;
    int is_rewriting;
} file;

static int file_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    file *f = (file *)user;
    *got = at >= f->len ? 0 : f->len - at < len ? f->len - (size_t)at : len;
    if (*got) memcpy(data, f->data + at, *got);
    return 0;
}
static int file_append(void *user, const void *data, size_t len) {
    file *f = (file *)user;
    size_t *at = f->is_rewriting ? &f->next_len : &f->len;
    if (len > FILE_CAP - *at) return 28;
    memcpy((f->is_rewriting ? f->next : f->data) + *at, data, len);
    *at += len;
    return 0;
}
static int file_sync(void *user) { return user ? 0 : 1; }
static int file_begin(void *user) {
    ((file *)user)->is_rewriting = 1;
    ((file *)user)->next_len = 0;
    return 0;
}
static int file_commit(void *user) {
    file *f = (file *)user;
    char *old = f->data;
    f->data = f->next;
    f->next = old;
    f->len = f->next_len;
    f->is_rewriting = 0;
    return 0;
}
static void file_abort(void *user) { ((file *)user)->is_rewriting = 0; }

static file disk;
static akolhook_journal_file hooks;
static akolhook_journal_desc desc;
static int64_t now;
static int64_t clock_ms(void *user) {
    (void)user;
    return now;
}
static int64_t wall_ms(void *user) {
    (void)user;
    return INT64_C(1767225600000) + now;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    disk.data = (char *)malloc(FILE_CAP);
    disk.next = (char *)malloc(FILE_CAP);
    hooks.user = &disk;
    hooks.read_fn = file_read;
    hooks.append_fn = file_append;
    hooks.sync_fn = file_sync;
    hooks.rewrite_begin_fn = file_begin;
    hooks.rewrite_commit_fn = file_commit;
    hooks.rewrite_abort_fn = file_abort;
    desc.file = &hooks;
    desc.memory.max_webhooks = 3;
    desc.memory.max_pending = 16;
    desc.memory.log_rows = 6;
    desc.memory.log_bytes = 3000;
    desc.memory.pool_bytes = 8192;
    desc.memory.max_keys = 3;
    desc.memory.now_ms_fn = clock_ms;
    desc.unix_ms_fn = wall_ms;
    return 0;
}

/* ---- checks made right ---- */

static const char check_form[] = ",\"check\":\"0123456789abcdef0123456789abcdef\"}";
enum { CHECK_LEN = sizeof check_form - 1 };

static void seal(const akolhook_sha256 *over, char *line, size_t len) {
    static const char digits[] = "0123456789abcdef";
    akolhook_sha256 h = *over;
    uint8_t digest[32];
    size_t i;

    akolhook_sha256_update(&h, line, len - CHECK_LEN);
    akolhook_sha256_final(&h, digest);
    memcpy(line + len - CHECK_LEN, check_form, CHECK_LEN);
    for (i = 0; i < 16; i++) {
        line[len - CHECK_LEN + 10 + 2 * i] = digits[digest[i] >> 4];
        line[len - CHECK_LEN + 11 + 2 * i] = digits[digest[i] & 15];
    }
}

/* The number behind a name is written again, with as many digits as it had, where it fits. */
static void renumber(char *line, size_t len, const char *name, unsigned long value) {
    char *at = NULL, text[24];
    size_t i, n = 0, digits = strlen(name);

    for (i = 0; i + digits < len && !at; i++)
        if (memcmp(line + i, name, digits) == 0) at = line + i + digits;
    while (at && at + n < line + len && at[n] >= '0' && at[n] <= '9') n++;
    if (at && n && n < sizeof text && (size_t)snprintf(text, sizeof text, "%lu", value) == n)
        memcpy(at, text, n);
}

static void make_right(char *data, size_t len) {
    akolhook_sha256 salted, check;
    uint8_t salt[16];
    size_t at = 0, end, got;
    unsigned long lines = 0, changes = 0;
    int first = 1;

    akolhook_sha256_init(&check);
    salted = check;
    for (; at < len; at = end + 1) {
        char *lf = (char *)memchr(data + at, '\n', len - at), *line = data + at;
        if (!lf) return;
        end = (size_t)(lf - data);
        if ((first || (end - at > 11 && memcmp(line, "{\"commit\":", 10) == 0)) && end - at > CHECK_LEN) {
            if (!first) {
                renumber(line, end - at, "{\"commit\":", ++changes);
                renumber(line, end - at, "\"lines\":", lines);
            }
            seal(&check, line, end - at);
            if (first) {
                if (akolhook_hex_decode(
                            akolhook_str_n(line + (end - at) - CHECK_LEN + 10, 32), salt, 16, &got) != 0)
                    return;
                akolhook_sha256_init(&salted);
                akolhook_sha256_update(&salted, salt, 16);
            }
            check = salted;
            first = 0;
            lines = 0;
        } else {
            akolhook_sha256_update(&check, line, end - at + 1);
            lines++;
        }
    }
}

/* ---- what opens goes on ---- */

typedef struct opened {
    akolhook_journal journal;
    akolhook_store store;
    unsigned char memory[1 << 17];
} opened;

static akolhook_status open_it(opened *o) {
    size_t size = akolhook_journal_size(&desc);
    FUZZ_CHECK(size > 0 && size <= sizeof o->memory);
    return akolhook_journal_open(&o->journal, &o->store, o->memory, size, &desc);
}

static size_t webhooks(opened *o, akolhook_store_webhook *list) {
    size_t count = 0;
    FUZZ_CHECK(o->store.webhook_list_fn(o->store.user, 0, 0, list, 3, &count) == AKOLHOOK_OK && count <= 3);
    return count;
}

/* New work: the claims are settled, events come, what is in the log is sent again, webhooks stop, start and
   go. The file takes all of it, so that nothing fails but for lack of room, or as it does not apply. */
static void change(akolhook_store *s, akolhook_store_claim *claims, size_t count, akolhook_log_row *rows) {
    akolhook_store_rules rules = {3, 15, 1000, 20, 2000};
    akolhook_store_webhook list[3];
    akolhook_store_event event;
    size_t i, hooks;
    uint32_t made;
    int changed;

    for (i = 0; i < count; i++) {
        akolhook_store_outcome o;
        akolhook_log_row row;

        memset(&o, 0, sizeof o);
        memset(&row, 0, sizeof row);
        row.success = i & 1;
        row.code = i & 1 ? 200 : 500;
        row.attempt = claims[i].attempt + 1;
        row.status = i & 1 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        o.number = claims[i].number, o.lease = claims[i].lease, o.handle = claims[i].handle;
        o.charged_ms = claims[i].charged_ms;
        o.retry_after_s = -1;
        o.row = i < 3 ? &row : NULL;
        FUZZ_CHECK(s->settle_fn(s->user, &rules, &o, 1) == AKOLHOOK_OK && o.status == AKOLHOOK_OK);
    }

    for (i = 0; i < 6; i++) {
        akolhook_status status;
        memset(&event, 0, sizeof event);
        snprintf(event.message_id, sizeof event.message_id, "msg_%017d%07d", (int)i, (int)(now % 10000000));
        event.event = (akolhook_event)(1 + i);
        event.head = akolhook_str_c("{\"webhookId\":\"");
        event.tail[0] = akolhook_str_c("\"}");
        status = s->enqueue_fn(s->user, &event, 1);
        FUZZ_CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_PENDING_FULL || status == AKOLHOOK_POOL_FULL);
    }
    for (i = 0; i < 6; i++) (void)!s->redeliver_fn(s->user, rows[i].number, 0);

    FUZZ_CHECK(s->webhook_list_fn(s->user, 0, 0, list, 3, &hooks) == AKOLHOOK_OK && hooks <= 3);
    for (i = 0; i < hooks; i++) {
        list[i].is_active = !list[i].is_active;
        FUZZ_CHECK(s->webhook_set_fn(s->user, &list[i], AKOLHOOK_STORE_ACTIVE, 5, &changed) == AKOLHOOK_OK);
        FUZZ_CHECK(changed == 1);
        (void)!s->redeliver_failed_fn(s->user, list[i].id, 0, 0, &made);
    }
    if (hooks > 1) FUZZ_CHECK(s->webhook_delete_fn(s->user, list[hooks - 1].id) == AKOLHOOK_OK);
}

static void use(opened *o) {
    akolhook_store *s = &o->store;
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claims[4];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row rows[20];
    akolhook_gauges gauges;
    akolhook_stats stats;
    size_t count = 0;
    uint64_t next;
    int64_t due;

    memset(rows, 0, sizeof rows);
    FUZZ_CHECK(s->log_fn(s->user, &query, rows, 20, &count, &next) == AKOLHOOK_OK && count <= 18);
    FUZZ_CHECK(s->gauges_fn(s->user, &gauges) == AKOLHOOK_OK && gauges.waiting <= 16 && gauges.webhooks <= 3);
    FUZZ_CHECK(s->stats_fn(s->user, NULL, &stats) == AKOLHOOK_OK);
    if (desc.read_only) return;
    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 4;
    FUZZ_CHECK(s->claim_fn(s->user, &limits, claims, 4, &count) == AKOLHOOK_OK && count <= 4);
    FUZZ_CHECK(s->next_due_fn(s->user, &limits, &due) == AKOLHOOK_OK && due >= -1);
    change(s, claims, count, rows);
    tending.events_ms = 1000;
    tending.keys_ms = 86400000;
    FUZZ_CHECK(s->tend_fn(s->user, &tending) == AKOLHOOK_OK);
    FUZZ_CHECK(s->gauges_fn(s->user, &gauges) == AKOLHOOK_OK && gauges.waiting <= 16 && gauges.webhooks <= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static opened o;
    akolhook_store_webhook before[3], after[3];
    size_t i, count;
    int round;
    akolhook_status status;

    if (len < 1 || len > FUZZ_MOST) return 0;
    memcpy(disk.data, data + 1, len - 1);
    disk.len = len - 1;
    disk.is_rewriting = 0;
    if (data[0] & 1) make_right(disk.data, disk.len);
    now = 1000;
    desc.salvage = (uint8_t)(data[0] >> 1 & 1);
    desc.read_only = (uint8_t)(data[0] >> 2 & 1);
    desc.rewrite_bytes = data[0] & 8 ? 1 : 0;

    status = open_it(&o);
    if (status != AKOLHOOK_OK) {
        FUZZ_CHECK(status == AKOLHOOK_JOURNAL_DAMAGED || status == AKOLHOOK_JOURNAL_OTHER ||
                   status == AKOLHOOK_TOO_MANY_WEBHOOKS || status == AKOLHOOK_PENDING_FULL ||
                   status == AKOLHOOK_POOL_FULL || status == AKOLHOOK_STORE_FAILED);
        for (i = 0; i < sizeof o.memory; i += 4096) FUZZ_CHECK(o.memory[i] == 0);
        return 0;
    }
    FUZZ_CHECK(o.journal.dropped <= disk.len + len);
    for (round = 0;; round++) {
        use(&o);
        count = webhooks(&o, before);
        akolhook_journal_close(&o.journal);
        if (desc.read_only || round == 2) return 0;

        desc.salvage = 0;
        now += 60000;
        status = open_it(&o);
        if (status != AKOLHOOK_OK) fprintf(stderr, "again: %s\n", akolhook_status_name(status));
        FUZZ_CHECK(status == AKOLHOOK_OK && webhooks(&o, after) == count);
        for (i = 0; i < count; i++)
            FUZZ_CHECK(strcmp(before[i].id, after[i].id) == 0 && before[i].number == after[i].number &&
                       before[i].is_active == after[i].is_active && before[i].events == after[i].events &&
                       before[i].queued == after[i].queued);
    }
}
