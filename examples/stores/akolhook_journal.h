/* akolhook_journal.h - the hub's store in memory, made to survive a crash

   Do this in ONE C or C++ file, with akolhook.h and akolhook_hub.h beside it:
       #define AKOLHOOK_IMPLEMENT_ALL
       #include "akolhook_journal.h"
   and include it without the #define wherever else you need it. With a switch for each
   header: AKOLHOOK_JOURNAL_IMPLEMENTATION goes into the file of
   AKOLHOOK_HUB_IMPLEMENTATION, as the two share the store in memory.

>>> journal.c
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#include <stdio.h>

// the need of all defaults; akolhook_journal_size(&desc) is that of any description
#define MEMORY_SIZE AKOLHOOK_MEMORY_SIZE(0, 0, 0, 0, 0, 0)
static unsigned char store_memory[AKOLHOOK_JOURNAL_SIZE(MEMORY_SIZE, 0, 0, 0, 0)];
static unsigned char hub_memory[AKOLHOOK_HUB_SIZE(0, 0, 0, 0, 0)];

// Opens file, journal and hub; counts the webhooks that are there, and makes one more.
static int run(const char *path, size_t *found) {
    static akolhook_journal_posix file;     // stays where it is until it is closed
    static akolhook_journal journal;
    const akolhook_platform *platform = akolhook_posix_platform();
    akolhook_journal_desc desc = AKOLHOOK_INIT;
    akolhook_hub_desc hub_desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook list[8], made;
    akolhook_store store;
    akolhook_hub *hub;
    akolhook_status status;
    int result = 0;

    if (akolhook_journal_posix_open(&file, path) != AKOLHOOK_OK) return 1;
    desc.file = &file.file;
    desc.memory.now_ms_fn = platform->monotonic_ms_fn;
    desc.memory.user = platform->user;
    desc.unix_ms_fn = platform->unix_ms_fn;
    status =
        akolhook_journal_open(&journal, &store, store_memory, sizeof store_memory, &desc);
    if (status != AKOLHOOK_OK) return 2;
    hub_desc.business_id = akolhook_str_c("biz_1");
    hub_desc.store = &store;
    status = akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &hub_desc);
    if (status != AKOLHOOK_OK) return 3;

    if (akolhook_hub_list_webhooks(hub, 0, list, 8, found) != AKOLHOOK_OK) result = 4;
    wanted.name = akolhook_str_c("CRM Call Logger");
    wanted.url = akolhook_str_c(*found ? "https://b.example.com" : "https://example.com");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    if (akolhook_hub_create_webhook(hub, &wanted, &made) != AKOLHOOK_OK) result = 5;

    akolhook_hub_close(hub);                // in this order
    akolhook_journal_close(&journal);
    akolhook_journal_posix_close(&file);
    return result;
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : "/tmp/akolhook_journal_example";
    size_t before, after;
    int result = run(path, &before);

    if (!result) result = run(path, &after);
    if (!result && after != before + 1) result = 6;
    if (argc < 2) {
        remove(path);
        remove("/tmp/akolhook_journal_example.lock");
    }
    return result;
}
<<<

   WHAT IS KEPT. Every change is one line of JSON with a checksum, synced before its call
   answers OK: an event of 273 bytes of data takes 623 bytes, claim and outcome of a
   delivery 326. Opening replays the file, whatever the machine and the sizes it was
   written with, and makes what was in flight claimable again.

   WHAT GOES WRONG. Lines at the end that were not synced and are torn are left out
   (journal.dropped says how many bytes); other damage is JOURNAL_DAMAGED at
   journal.error_at, and nothing is touched unless desc.salvage is set: then what stands
   before it is kept. A full disk is STORE_FAILED: nothing accepted is lost, and the next
   call tries again by rewriting the file. It is rewritten when it has grown, on opening,
   and when a secret is rotated or a webhook deleted, so that old secrets leave it.

   MEMORY is yours. akolhook_journal_size(&desc) is the exact need of the journal and the
   store in memory that it holds, AKOLHOOK_JOURNAL_SIZE the same as a constant:
   302,948 bytes with the defaults, on 64-bit systems. The hub needs its own beside it.

   HOOKS. akolhook_journal_file: read, append, sync, and a rewrite that takes the file's
   place in one step, which survives a power loss; akolhook_journal_posix is one over a
   file, and six functions of yours may be another, over flash for example. */
#ifndef AKOLHOOK_JOURNAL_H
#define AKOLHOOK_JOURNAL_H

#ifndef AKOLHOOK_HUB_H
#include "akolhook_hub.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- journal: the store in memory, made to survive a crash --------------------------------------- */

/* Where the journal is kept. Each hook returns 0, or another number when it failed. append_fn may have
   written a part then. */
typedef struct akolhook_journal_file {
    void *user;
    int (*read_fn)(void *user, uint64_t at, void *data, size_t len,
            size_t *got); /* *got < len: the end of the file */
    int (*append_fn)(void *user, const void *data, size_t len);
    int (*sync_fn)(void *user);          /* what was appended survives a loss of power */
    int (*rewrite_begin_fn)(void *user); /* from here on append_fn and sync_fn go to a new, empty file */
    int (*rewrite_commit_fn)(
            void *user); /* it takes the old one's place, in one step that survives a loss of power */
    void (*rewrite_abort_fn)(
            void *user); /* the new one is dropped, unless it has taken the old one's place */
} akolhook_journal_file;
typedef struct akolhook_journal_desc {
    akolhook_memory_desc memory;       /* its clock may start anew with each process */
    const akolhook_journal_file *file; /* needed; must live as long as the store */
    /* the wall clock, for the time between two runs; called with memory.user (default: that time does not
       count, retries wait as long again) */
    int64_t (*unix_ms_fn)(void *user);
    uint64_t rewrite_bytes; /* rewrite when so much was appended since the last (default: twice the memory) */
    uint8_t salvage;        /* 1: open a damaged journal, with what comes before the damage */
} akolhook_journal_desc;
/* Private. */
typedef struct akolhook_journal_i_place {
    uint64_t number;
    uint32_t slot, body;
} akolhook_journal_i_place;
typedef struct akolhook_journal_i_places {
    akolhook_journal_i_place *at;
    size_t cap, count;
} akolhook_journal_i_places;
typedef struct akolhook_journal_i_tape {
    uint64_t line, unsynced, grown;
    int64_t base, wall;
    uint8_t salt[16];
} akolhook_journal_i_tape;
typedef struct akolhook_journal { /* in the caller's memory; read error_at, dropped and error alone */
    akolhook_store inner;
    const akolhook_journal_file *file;
    akolhook_memory *m;
    akolhook_journal_i_places hooks, jobs;
    char *buffer;
    size_t cap, used, size;
    void *memory;
    akolhook_json_writer writer;
    akolhook_journal_i_tape tape;
    int64_t (*now_ms_fn)(void *user);
    int64_t (*unix_ms_fn)(void *user);
    void *clock_user;
    int64_t now, offset;
    uint64_t limit, threshold, sequence, log_end;
    uint32_t gone, ahead, bodies;
    unsigned stage;
    uint8_t is_stale, wants_rewrite, forced;
    uint64_t error_at; /* JOURNAL_DAMAGED, salvaged or dropped: the byte at which the bad line begins */
    uint64_t dropped;  /* bytes of a torn or damaged tail that opening left out */
    int error;         /* what the last hook that failed returned */
} akolhook_journal;
/* Bytes of memory that it needs, alignment included; 0 when desc is out of range. */
AKOLHOOK_API size_t akolhook_journal_size(const akolhook_journal_desc *desc);
/* Replays the file and makes the store in memory of the caller's, any alignment. The file is lines of JSON
   with a check each, the same on every machine, and may be opened with other sizes than it was written
   with; where those are too small the status is TOO_MANY_WEBHOOKS, PENDING_FULL or POOL_FULL. Every change
   is in the file and synced before its call answers OK; on STORE_FAILED nothing has changed (after a crash
   the change may be there), and the next call tries to rewrite the file. Lines at the end that no sync had
   covered are left out when they are torn; any other damage is refused. Opening, growth, rotating a secret
   and deleting a webhook rewrite the file, and old secrets go with that; a rewrite that fails is tried
   again by the next change. The file holds secrets: nobody else may read it. The store refuses ids,
   secrets and URLs of another form than the hub's with INVALID_ARGUMENT or what the hub returns. Returns
   OK, MEMORY_TOO_SMALL, INVALID_ARGUMENT, BROKEN_HOOK, STORE_FAILED, JOURNAL_DAMAGED, JOURNAL_OTHER and
   the three above; unless OK the file is as it was and memory wiped. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_journal_open(akolhook_journal *journal,
        akolhook_store *store, void *memory, size_t size, const akolhook_journal_desc *desc);
/* Wipes the memory: it holds secrets. Close the hub first. NULL, and a journal that is not open, are
   legal. */
AKOLHOOK_API void akolhook_journal_close(akolhook_journal *journal);
#ifndef AKOLHOOK_NO_POSIX
/* A journal in a file, mode 0600, on a file system of this machine. Beside it are path.lock, which one
   holds at a time (a child made by fork holds it as well, until it ends), and, while it is rewritten,
   path.new. Every hook's error is an errno. */
typedef struct akolhook_journal_posix {
    akolhook_journal_file file;      /* for akolhook_journal_desc */
    int fd, next_fd, lock_fd, error; /* error: errno of _open */
    uint8_t is_rewriting;
    char path[1024], next[1032], folder[1024];
} akolhook_journal_posix;
/* path: 1..1000 bytes; made when it does not exist. p must stay where it is until _close. Returns OK,
   INVALID_ARGUMENT, JOURNAL_LOCKED, STORE_FAILED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_journal_posix_open(
        akolhook_journal_posix *p, const char *path);
/* Gives the lock back. Close the hub and the journal first. */
AKOLHOOK_API void akolhook_journal_posix_close(akolhook_journal_posix *p);
#endif
/* akolhook_journal_size as a constant; memory_size: AKOLHOOK_MEMORY_SIZE. */
#define AKOLHOOK_JOURNAL_I_PLACES(count) ((size_t)(count) + (size_t)(count) / 4u + 16u)
#define AKOLHOOK_JOURNAL_SIZE(memory_size, max_webhooks, max_pending, log_bytes, pool_bytes) \
    (AKOLHOOK_HUB_I_ALIGNED(memory_size) + \
            (AKOLHOOK_JOURNAL_I_PLACES(AKOLHOOK_HUB_I_OR(max_webhooks, 16)) + \
                    AKOLHOOK_JOURNAL_I_PLACES(AKOLHOOK_HUB_I_OR(max_pending, 256))) * \
                    sizeof(akolhook_journal_i_place) + \
            8192u + \
            (AKOLHOOK_HUB_I_OR(log_bytes, 16384) > AKOLHOOK_HUB_I_OR(pool_bytes, 65536) \
                            ? AKOLHOOK_HUB_I_OR(log_bytes, 16384) \
                            : AKOLHOOK_HUB_I_OR(pool_bytes, 65536)) / \
                    3u * 4u)

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_JOURNAL_H */

#if (defined(AKOLHOOK_JOURNAL_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_JOURNAL_I_IMPLEMENTED)
#define AKOLHOOK_JOURNAL_I_IMPLEMENTED

#ifndef AKOLHOOK_NO_POSIX
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The file is lines of JSON, one object each. The first names format and version; up to "start" they say
   what there is, behind it each is one change. n numbers the lines. u is how many lines before this one
   were not synced yet when it was written: whatever lies further back must be whole. The last member,
   check, is half of a SHA-256 over the check of the first line and all that stands before it in the line.
   Members that are 0 are left out. Times: t is milliseconds since the first line; age, due and failing are
   spans, at the moment of the first line. Webhooks and deliveries go by their numbers, body counts event
   lines. */
/* clang-format off */
#define AKOLHOOK_JOURNAL_I_FIELDS(X) \
    X(OP, "op") X(N, "n") X(CHECK, "check") X(T, "t") X(UNSYNCED, "u") X(GONE, "gone") X(WALL, "wall") \
    X(VERSION, "version") X(SEQUENCE, "sequence") X(LEASES, "leases") X(STATS, "stats") \
    X(LATENCY, "latency") X(NUMBER, "number") X(ID, "id") X(NAME, "name") X(URL, "url") \
    X(SECRET, "secret") X(EVENTS, "events") X(ACTIVE, "active") X(CREATED, "created") \
    X(TRIGGERED, "triggered") X(FAILURES, "failures") X(FAILING, "failing") X(WARNED, "warned") \
    X(WHICH, "which") X(MESSAGE, "message") X(EVENT, "event") X(HEAD, "head") X(TAIL, "tail") \
    X(AGE, "age") X(WEBHOOK, "webhook") X(BODY, "body") X(DUE, "due") X(ATTEMPTS, "attempts") \
    X(FAULTS, "faults") X(TEST, "test") X(LEASED, "leased") X(AT, "at") X(ATTEMPT, "attempt") \
    X(STATE, "state") X(RETRY, "retry") X(CODE, "code") X(SUCCESS, "success") X(CUT, "cut") \
    X(STATUS, "status") X(PHASE, "phase") X(NATIVE, "native") X(MS, "ms") X(PEER, "peer") \
    X(RESPONSE, "response") X(RESPONSE_AT, "response_at") X(LOG_END, "log_end") X(LOG_BYTES, "log_bytes") \
    X(REDELIVERED, "redelivered") X(KEY, "key") X(MOST, "most") X(MADE, "made") X(CLAIMS, "claims") \
    X(DELAY, "delay") X(ENDED, "ended") X(FAULT, "fault") X(COUNTS, "counts") X(DEACTIVATE, "deactivate") \
    X(RULES, "rules")
/* clang-format on */
enum {
#define AKOLHOOK_JOURNAL_I_FIELD(id, text) AKOLHOOK_JOURNAL_I_F_##id,
    AKOLHOOK_JOURNAL_I_FIELDS(AKOLHOOK_JOURNAL_I_FIELD)
#undef AKOLHOOK_JOURNAL_I_FIELD
            AKOLHOOK_JOURNAL_I_F_COUNT
};
typedef char akolhook_journal_i_fields_fit_a_mask[AKOLHOOK_JOURNAL_I_F_COUNT <= 64 ? 1 : -1];
/* clang-format off */
static const char *const akolhook_journal_i_field_names[] = {
#define AKOLHOOK_JOURNAL_I_FIELD(id, text) text,
    AKOLHOOK_JOURNAL_I_FIELDS(AKOLHOOK_JOURNAL_I_FIELD)
#undef AKOLHOOK_JOURNAL_I_FIELD
};
/* clang-format on */
#define AKOLHOOK_JOURNAL_I_VERSION 1
#define AKOLHOOK_JOURNAL_I_SPAN_MOST \
    INT64_C(0x1fffffffffffff)              /* 2^53 - 1: sums of a few spans stay far from overflow */
#define AKOLHOOK_JOURNAL_I_CHECK_LEN 44u   /* ,"check":"32 digits"} */
#define AKOLHOOK_JOURNAL_I_LINE_ROOM 4096u /* what a line takes beside its texts, at most */
#define AKOLHOOK_JOURNAL_I_LINE_CLAIMS 64u
#define AKOLHOOK_JOURNAL_I_STORE_ALL 31u /* every AKOLHOOK_STORE_ bit */

/* ---- what may stand in the file; the calls refuse what replay would refuse ---- */

static int akolhook_journal_i_id_is(const char *id, size_t len, const char *prefix) {
    size_t i;
    if (len != AKOLHOOK_ID_SIZE - 1 || memcmp(id, prefix, 3) != 0 || id[3] != '_') return 0;
    for (i = 4; i < len; i++) {
        char c = id[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) return 0;
    }
    return 1;
}
static int akolhook_journal_i_secret_is(const char *secret) {
    uint8_t bytes[24];
    size_t len = 0;
    int good = memchr(secret, 0, AKOLHOOK_SECRET_SIZE) == secret + AKOLHOOK_SECRET_SIZE - 1 &&
               memcmp(secret, "whsec_", 6) == 0 &&
               akolhook_base64_decode(akolhook_str_n(secret + 6, AKOLHOOK_SECRET_SIZE - 7), bytes,
                       sizeof bytes, &len) == AKOLHOOK_OK &&
               len == sizeof bytes;

    akolhook_wipe(bytes, sizeof bytes);
    return good;
}
static akolhook_status akolhook_journal_i_webhook_check(const akolhook_store_webhook *w, unsigned which) {
    akolhook_url url;
    akolhook_status status = which & AKOLHOOK_STORE_NAME ? akolhook_hub_i_name_check(w->name) : AKOLHOOK_OK;
    if (!status && which & AKOLHOOK_STORE_URL) status = akolhook_url_parse(w->url, AKOLHOOK_ALLOW_HTTP, &url);
    if (!status && which & AKOLHOOK_STORE_EVENTS) status = akolhook_hub_i_events_check(w->events);
    if (!status && which & AKOLHOOK_STORE_SECRET && !akolhook_journal_i_secret_is(w->secret))
        status = AKOLHOOK_INVALID_ARGUMENT;
    return status;
}
static int akolhook_journal_i_event_is(int64_t event) { return event >= 1 && event <= AKOLHOOK_EVENT_LAST; }
static int akolhook_journal_i_status_is(int64_t status) {
    return status > AKOLHOOK_STATUS_END && status <= 0 &&
           strcmp(akolhook_status_name((akolhook_status)status), "UNKNOWN") != 0;
}
static int akolhook_journal_i_log_row_is(const akolhook_log_row *r, akolhook_delivery_state last) {
    return r->state >= AKOLHOOK_DELIVERY_WAITING && r->state <= last && r->code >= 0 && r->code <= 999 &&
           r->phase >= AKOLHOOK_PHASE_NONE && r->phase <= AKOLHOOK_PHASE_DONE && r->success <= 1 &&
           r->response_cut <= 1 && akolhook_journal_i_status_is(r->status) &&
           (r->peer.family == 0 || r->peer.family == 4 || r->peer.family == 6);
}
static int akolhook_journal_i_span_is(int64_t span) {
    return span >= -AKOLHOOK_JOURNAL_I_SPAN_MOST && span <= AKOLHOOK_JOURNAL_I_SPAN_MOST;
}

/* ---- writing a line ---- */

static int64_t akolhook_journal_i_clock(void *user) { return ((akolhook_journal *)user)->now; }
static void akolhook_journal_i_tick(akolhook_journal *j) {
    int64_t now = j->now_ms_fn(j->clock_user) + j->offset;
    if (now > j->now && now <= AKOLHOOK_JOURNAL_I_SPAN_MOST) j->now = now;
}
/* Unix time; 0 when there is no clock, or one that was not set. */
static int64_t akolhook_journal_i_wall(const akolhook_journal *j) {
    int64_t wall = j->unix_ms_fn ? j->unix_ms_fn(j->clock_user) : 0;
    return wall < INT64_C(1577836800000) || wall > INT64_C(253402300799999) ? 0 : wall; /* 2020 to 9999 */
}
static int akolhook_journal_i_flush(akolhook_journal *j) {
    size_t used = j->used;
    j->used = 0;
    if (!used) return 1;
    j->error = j->file->append_fn(j->file->user, j->buffer, used);
    akolhook_wipe(j->buffer, used);
    j->tape.grown += used;
    return j->error == 0;
}
static void akolhook_journal_i_line_int(akolhook_journal *j, unsigned field, int64_t value) {
    if (value) akolhook_json_add_int64(&j->writer, akolhook_journal_i_field_names[field], value);
}
static void akolhook_journal_i_line_count(akolhook_journal *j, unsigned field, uint64_t value) {
    if (value) akolhook_json_add_uint64(&j->writer, akolhook_journal_i_field_names[field], value);
}
static void akolhook_journal_i_line_text(akolhook_journal *j, unsigned field, const char *text) {
    akolhook_json_add_string(&j->writer, akolhook_journal_i_field_names[field], akolhook_str_c(text));
}
static void akolhook_journal_i_line_key(akolhook_journal *j, unsigned field) {
    akolhook_json_key(&j->writer, akolhook_str_c(akolhook_journal_i_field_names[field]));
}
/* The length of a text inside quotes; SIZE_MAX when it is no UTF-8. */
static size_t akolhook_journal_i_text_cost(akolhook_str s) {
    size_t cost = s.len, i;

    if (akolhook_utf8_check(s, NULL) != AKOLHOOK_OK) return SIZE_MAX;
    for (i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\')
            cost++;
        else if ((uint8_t)s.ptr[i] < 0x20)
            cost += 5; /* as \u00xx */
    }
    return cost;
}
/* Any bytes: a string, or where that would be longer, or cannot be, {"base64":"..."}. */
static void akolhook_journal_i_line_value(akolhook_journal *j, akolhook_str s) {
    akolhook_json_writer *w = &j->writer;
    const size_t digits = (s.len + 2) / 3 * 4;

    if (akolhook_journal_i_text_cost(s) <= digits) {
        akolhook_json_string(w, s);
        return;
    }

    akolhook_json_object_begin(w);
    akolhook_json_key(w, akolhook_str_c("base64"));
    akolhook_json_base64(w, s.ptr, s.len);
    akolhook_json_object_end(w);
}
static void akolhook_journal_i_line_bytes(akolhook_journal *j, unsigned field, akolhook_str s) {
    if (!s.len) return;
    akolhook_journal_i_line_key(j, field);
    akolhook_journal_i_line_value(j, s);
}
static void akolhook_journal_i_line_stats(akolhook_journal *j, const akolhook_stats *s) {
    const uint64_t counts[10] = {s->emitted, s->delivered, s->failed, s->cancelled, s->dropped, s->skipped,
            s->attempts, s->attempts_failed, s->tests, s->tests_failed};
    size_t i, last = AKOLHOOK_LATENCY_BUCKETS;
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_STATS);
    akolhook_json_array_begin(&j->writer);
    for (i = 0; i < 10; i++) akolhook_json_uint64(&j->writer, counts[i]);
    akolhook_json_array_end(&j->writer);
    while (last && !s->latency[last - 1]) last--;
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_LATENCY);
    akolhook_json_array_begin(&j->writer);
    for (i = 0; i < last; i++) akolhook_json_uint64(&j->writer, s->latency[i]);
    akolhook_json_array_end(&j->writer);
}
static void akolhook_journal_i_line_row(akolhook_journal *j, const akolhook_log_row *row) {
    const int32_t ms[5] = {row->ms, row->lookup_ms, row->connect_ms, row->tls_ms, row->first_byte_ms};
    char peer[AKOLHOOK_ADDR_SIZE];
    size_t i;
    long native = row->native_error;
    akolhook_str response = row->response;
    if (response.len > j->m->desc.log_bytes) response.len = j->m->desc.log_bytes;
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AT, row->at_ms);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_ATTEMPT, row->attempt);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_STATE, row->state);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_RETRY, row->retry_ms);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_CODE, row->code);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_SUCCESS, row->success);
    akolhook_journal_i_line_int(
            j, AKOLHOOK_JOURNAL_I_F_CUT, row->response_cut || response.len < row->response.len);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_STATUS, row->status);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_PHASE, row->phase);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_NATIVE,
            native > INT32_MAX   ? INT32_MAX
            : native < INT32_MIN ? INT32_MIN
                                 : native);
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_MS);
    akolhook_json_array_begin(&j->writer);
    for (i = 0; i < 5; i++) akolhook_json_int64(&j->writer, ms[i]);
    akolhook_json_array_end(&j->writer);
    akolhook_addr_format(&row->peer, peer);
    if (peer[0]) akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_PEER, peer);
    akolhook_journal_i_line_bytes(j, AKOLHOOK_JOURNAL_I_F_RESPONSE, response);
}
/* What the AKOLHOOK_STORE_ bits name. */
static void akolhook_journal_i_line_wanted(
        akolhook_journal *j, const akolhook_store_webhook *w, unsigned which) {
    if (which & AKOLHOOK_STORE_NAME) akolhook_journal_i_line_bytes(j, AKOLHOOK_JOURNAL_I_F_NAME, w->name);
    if (which & AKOLHOOK_STORE_URL) akolhook_journal_i_line_bytes(j, AKOLHOOK_JOURNAL_I_F_URL, w->url);
    if (which & AKOLHOOK_STORE_EVENTS)
        akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_EVENTS, w->events);
    if (which & AKOLHOOK_STORE_SECRET)
        akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_SECRET, w->secret);
    if (which & AKOLHOOK_STORE_ACTIVE)
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_ACTIVE, w->is_active != 0);
}

/* Begins a line with texts of len bytes in all; 0 when it is longer than any line may be, or the file
   failed. */
static int akolhook_journal_i_line_begin(akolhook_journal *j, const char *op, uint64_t len) {
    uint64_t room = len / 3 * 4 + AKOLHOOK_JOURNAL_I_LINE_ROOM;
    if (room > j->cap || (room > j->cap - j->used && !akolhook_journal_i_flush(j))) return 0;
    akolhook_json_init(&j->writer, j->buffer + j->used, j->cap - j->used, 0);
    akolhook_json_object_begin(&j->writer);
    akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_OP, op);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_N, ++j->tape.line);
    return 1;
}
/* Begins the line of a change: when it is, and which events gave way before it. */
static int akolhook_journal_i_change_begin(akolhook_journal *j, const char *op, uint64_t len) {
    int64_t wall = akolhook_journal_i_wall(j), moved = wall - j->now - j->tape.wall;
    if (!akolhook_journal_i_line_begin(j, op, len)) return 0;
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_T, j->now - j->tape.base);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_UNSYNCED, j->tape.unsynced++);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_GONE, j->gone);
    j->gone = 0;
    if (!wall || (moved > -1000 && moved < 1000)) return 1;
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_WALL, wall);
    j->tape.wall += moved;
    return 1;
}
static void akolhook_journal_i_line_digest(
        const uint8_t salt[16], const void *line, size_t len, uint8_t digest[32]) {
    akolhook_sha256 h;
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, salt, 16);
    akolhook_sha256_update(&h, line, len);
    akolhook_sha256_final(&h, digest);
}
/* The end of a line: half of its digest in hex, behind ,"check":" */
static void akolhook_journal_i_check_text(
        const uint8_t digest[32], char check[AKOLHOOK_JOURNAL_I_CHECK_LEN]) {
    size_t len;

    memcpy(check, ",\"check\":\"", 10);
    (void)!akolhook_hex_encode(digest, 16, check + 10, 32, &len);
    memcpy(check + 42, "\"}", 2);
}
static int akolhook_journal_i_line_end(akolhook_journal *j) {
    char *line = j->buffer + j->used;
    size_t len = 0;
    uint8_t digest[32];

    akolhook_json_object_end(&j->writer);
    if (akolhook_json_finish(&j->writer, &len) != AKOLHOOK_OK) return 0;
    len--; /* the check comes before the closing brace */
    if (len + AKOLHOOK_JOURNAL_I_CHECK_LEN + 1 > j->cap - j->used) return 0;

    akolhook_journal_i_line_digest(j->tape.salt, line, len, digest);
    if (j->tape.line == 1) memcpy(j->tape.salt, digest, sizeof j->tape.salt);

    akolhook_journal_i_check_text(digest, line + len);
    line[len + AKOLHOOK_JOURNAL_I_CHECK_LEN] = '\n';
    j->used += len + AKOLHOOK_JOURNAL_I_CHECK_LEN + 1;
    return 1;
}

/* ---- rewriting: all that the store knows ---- */

/* A heap of places, the lowest number first: puts what stands at at to where it belongs. */
static void akolhook_journal_i_places_sift(akolhook_journal_i_place *p, size_t count, size_t at) {
    akolhook_journal_i_place moved = p[at];
    size_t child;
    while ((child = at * 2 + 1) < count) {
        if (child + 1 < count && p[child + 1].number < p[child].number) child++;
        if (p[child].number >= moved.number) break;
        p[at] = p[child];
        at = child;
    }
    p[at] = moved;
}
static void akolhook_journal_i_places_heap(akolhook_journal_i_place *p, size_t count) {
    size_t i;
    for (i = count / 2; i > 0; i--) akolhook_journal_i_places_sift(p, count, i - 1);
}

static int akolhook_journal_i_image_head(akolhook_journal *j) {
    int64_t wall = akolhook_journal_i_wall(j);
    memset(&j->tape, 0, sizeof j->tape);
    j->tape.base = j->now;
    j->tape.wall = wall ? wall - j->now : 0;
    j->gone = 0;
    if (!akolhook_journal_i_line_begin(j, "akolhook journal", 0)) return 0;
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_VERSION, AKOLHOOK_JOURNAL_I_VERSION);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_WALL, wall);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, j->m->numbers);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_SEQUENCE, j->m->sequence);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_LEASES, j->m->leases);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_LOG_END, j->m->log_end);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_LOG_BYTES, j->m->desc.log_bytes);
    akolhook_journal_i_line_stats(j, &j->m->total);
    return akolhook_journal_i_line_end(j);
}
static int akolhook_journal_i_image_webhooks(akolhook_journal *j) {
    akolhook_store_webhook w;
    uint32_t hook;
    int good = 1;
    for (hook = j->m->first_hook; hook && good; hook = akolhook_memory_i_hook_at(j->m, hook)->next) {
        const akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(j->m, hook);
        akolhook_memory_i_hook_read(j->m, h, &w);
        memcpy(w.secret, h->secret, sizeof w.secret);
        if (!akolhook_journal_i_line_begin(j, "webhook", w.name.len + w.url.len)) return 0;
        akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, h->number);
        akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_ID, h->id);
        akolhook_journal_i_line_wanted(j, &w, AKOLHOOK_JOURNAL_I_STORE_ALL);
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_CREATED, h->created_at_ms);
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_TRIGGERED, h->last_triggered_at_ms);
        akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_FAILURES, h->failure_count);
        if (h->failure_count)
            akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_FAILING, j->now - h->failing_since);
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_WARNED, h->is_warned);
        akolhook_journal_i_line_stats(j, &h->stats);
        good = akolhook_journal_i_line_end(j);
    }
    akolhook_wipe(&w, sizeof w);
    return good;
}
/* Events of one list; a block's bin_next, free while it is used, keeps which line it was. */
static int akolhook_journal_i_image_events(akolhook_journal *j, const char *op, uint32_t at) {
    uint32_t line = 0;
    for (; at; at = akolhook_memory_i_stored_at(j->m, at)->next) {
        const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(j->m, at);
        const char *bytes = (const char *)(e + 1);
        akolhook_memory_i_block_at(j->m, at)->bin_next = line++;
        if (!akolhook_journal_i_line_begin(j, op, (uint64_t)e->head_len + e->tail_len)) return 0;
        akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_MESSAGE, e->message_id);
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_EVENT, e->event);
        akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AGE, j->now - e->created);
        akolhook_journal_i_line_bytes(j, AKOLHOOK_JOURNAL_I_F_HEAD, akolhook_str_n(bytes, e->head_len));
        akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_TAIL);
        akolhook_json_array_begin(&j->writer);
        akolhook_journal_i_line_value(j, akolhook_str_n(bytes + e->head_len, e->tail_len));
        akolhook_json_array_end(&j->writer);
        if (!akolhook_journal_i_line_end(j)) return 0;
    }
    return 1;
}
static int akolhook_journal_i_image_delivery(akolhook_journal *j, const akolhook_memory_i_job *job) {
    if (!akolhook_journal_i_line_begin(j, "delivery", 0)) return 0;
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, job->number);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_WEBHOOK,
            job->orphan ? 0 : akolhook_memory_i_hook_at(j->m, job->webhook)->number);
    akolhook_journal_i_line_count(
            j, AKOLHOOK_JOURNAL_I_F_BODY, akolhook_memory_i_block_at(j->m, job->event)->bin_next);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_DUE, job->due - j->now);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AGE, j->now - job->created);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_ATTEMPTS, job->attempt);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_FAULTS, job->faults);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_TEST, job->is_test);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_LEASED, job->state == AKOLHOOK_MEMORY_I_JOB_LEASED);
    return akolhook_journal_i_line_end(j);
}
static int akolhook_journal_i_image_deliveries(akolhook_journal *j) {
    akolhook_journal_i_place *p = j->jobs.at;
    size_t count = 0;
    uint32_t i;
    for (i = 0; i < j->m->desc.max_pending; i++) {
        if (j->m->jobs[i].state == AKOLHOOK_MEMORY_I_JOB_FREE) continue;
        p[count].number = j->m->jobs[i].number;
        p[count++].slot = i;
    }
    akolhook_journal_i_places_heap(p, count);
    while (count) {
        if (!akolhook_journal_i_image_delivery(j, &j->m->jobs[p[0].slot])) return 0;
        p[0] = p[--count];
        if (count) akolhook_journal_i_places_sift(p, count, 0);
    }
    return 1;
}
static int akolhook_journal_i_image_row(akolhook_journal *j, uint32_t hook, const akolhook_memory_i_row *r) {
    akolhook_log_row row;
    akolhook_memory_i_row_read(j->m, hook, r, &row);
    if (!akolhook_journal_i_line_begin(j, "row", row.response.len)) return 0;
    akolhook_journal_i_line_count(
            j, AKOLHOOK_JOURNAL_I_F_WEBHOOK, akolhook_memory_i_hook_at(j->m, hook)->number);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_SEQUENCE, r->sequence);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, r->number);
    akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_MESSAGE, r->message_id);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_EVENT, r->event);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_TEST, r->is_test);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_REDELIVERED, r->redelivered);
    if (row.response.len) akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_RESPONSE_AT, r->response_at);
    akolhook_journal_i_line_row(j, &row);
    return akolhook_journal_i_line_end(j);
}
/* The rows of all webhooks in the order they came in, so that responses make room in that order later too. */
static int akolhook_journal_i_image_rows(akolhook_journal *j) {
    akolhook_memory *m = j->m;
    akolhook_journal_i_place *p = j->hooks.at;
    size_t count = 0;
    uint32_t hook;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
        if (!akolhook_memory_i_hook_at(m, hook)->rows) continue;
        p[count].number = akolhook_memory_i_row_at(m, hook, akolhook_memory_i_row_first(m, hook))->sequence;
        p[count].slot = hook;
        p[count++].body = 0;
    }
    akolhook_journal_i_places_heap(p, count);
    while (count) {
        uint64_t index = akolhook_memory_i_row_first(m, p[0].slot) + p[0].body++;
        if (!akolhook_journal_i_image_row(j, p[0].slot, akolhook_memory_i_row_at(m, p[0].slot, index)))
            return 0;
        if (index + 1 < akolhook_memory_i_hook_at(m, p[0].slot)->rows)
            p[0].number = akolhook_memory_i_row_at(m, p[0].slot, index + 1)->sequence;
        else
            p[0] = p[--count];
        if (count) akolhook_journal_i_places_sift(p, count, 0);
    }
    return 1;
}
static void akolhook_journal_i_line_hashes(akolhook_journal *j, const uint8_t *key) {
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_KEY);
    akolhook_json_base64(&j->writer, key, 32);
}
static int akolhook_journal_i_image_keys(akolhook_journal *j) {
    akolhook_memory *m = j->m;
    uint64_t i = m->keys_seen > m->desc.max_keys ? m->keys_seen - m->desc.max_keys : 0;
    for (; i < m->keys_seen; i++) {
        size_t at = (size_t)(i % m->desc.max_keys);
        if (!akolhook_journal_i_line_begin(j, "key", 0)) return 0;
        akolhook_journal_i_line_hashes(j, m->keys + at * 32);
        akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_MESSAGE, m->key_ids[at]);
        if (!akolhook_journal_i_line_end(j)) return 0;
    }
    return 1;
}
static int akolhook_journal_i_image(akolhook_journal *j) {
    return akolhook_journal_i_image_head(j) && akolhook_journal_i_image_webhooks(j) &&
           akolhook_journal_i_image_events(j, "event", j->m->pending_first) &&
           akolhook_journal_i_image_deliveries(j) &&
           akolhook_journal_i_image_events(j, "kept", j->m->kept_first) && akolhook_journal_i_image_rows(j) &&
           akolhook_journal_i_image_keys(j) && akolhook_journal_i_line_begin(j, "start", 0) &&
           akolhook_journal_i_line_end(j) && akolhook_journal_i_flush(j);
}
/* On failure the old file goes on, unless it is stale, or is no longer known which of the two there is. */
static int akolhook_journal_i_rewrite(akolhook_journal *j) {
    const akolhook_journal_file *f = j->file;
    akolhook_journal_i_tape before = j->tape;
    uint32_t gone = j->gone;
    j->used = 0;
    j->error = f->rewrite_begin_fn(f->user);
    if (!j->error) {
        int written = akolhook_journal_i_image(j) && (j->error = f->sync_fn(f->user)) == 0;
        j->tape.grown = 0;
        j->threshold = j->limit;
        if (written && (j->error = f->rewrite_commit_fn(f->user)) == 0) {
            j->is_stale = j->wants_rewrite = 0;
            return 1;
        }
        if (written) j->is_stale = 1;
        f->rewrite_abort_fn(f->user);
        akolhook_wipe(j->buffer, j->cap);
    }
    j->tape = before;
    j->gone = gone;
    j->used = 0;
    j->threshold = before.grown + j->limit / 4 + 1;
    return 0;
}

/* ---- the store's calls: checked, written and synced, then made in memory, where they cannot fail ---- */

/* Before a change. After a failure the file's end is not known: it must be rewritten before anything is
   accepted. */
static int akolhook_journal_i_ready(akolhook_journal *j) {
    akolhook_journal_i_tick(j);
    if (j->is_stale || j->wants_rewrite || j->tape.grown >= j->threshold) (void)akolhook_journal_i_rewrite(j);
    return !j->is_stale;
}
static akolhook_status akolhook_journal_i_commit(akolhook_journal *j, int written, int sync) {
    written = written && akolhook_journal_i_flush(j);
    if (written && sync) written = (j->error = j->file->sync_fn(j->file->user)) == 0;
    if (written && sync) j->tape.unsynced = 0;
    j->used = 0;
    if (!written) j->is_stale = 1;
    return written ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
}
/* Old secrets go with the old file. When it fails, the next call tries again. */
static void akolhook_journal_i_forget(akolhook_journal *j) {
    j->wants_rewrite = 1;
    (void)akolhook_journal_i_rewrite(j);
}
/* Room in the pool for what the call in memory will take; ended events give way. */
static int akolhook_journal_i_room(akolhook_journal *j, size_t len) {
    akolhook_memory *m = j->m;
    uint32_t at, old;
    while (!(at = akolhook_memory_i_block_take(m, len))) {
        if ((old = m->kept_first) == 0) return 0;
        akolhook_memory_i_stored_unlink(m, old, &m->kept_first, &m->kept_last);
        akolhook_memory_i_block_free(m, old);
        j->gone++;
    }
    akolhook_memory_i_block_free(m, at);
    return 1;
}

static akolhook_status akolhook_journal_i_put_fn(void *user, const akolhook_store_webhook *w, uint32_t max) {
    akolhook_journal *j = (akolhook_journal *)user;
    akolhook_memory *m = j->m;
    akolhook_status status = akolhook_journal_i_webhook_check(w, AKOLHOOK_JOURNAL_I_STORE_ALL);
    if (!status && !akolhook_journal_i_id_is(w->id, akolhook_memory_i_id_str(w->id).len, "whk"))
        status = AKOLHOOK_INVALID_ARGUMENT;
    if (status) return status;
    if (!m->free_hook || m->hook_count >= max) return AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (akolhook_memory_i_hook_clashes(m, 0, w->url, w->events)) return AKOLHOOK_WEBHOOK_EXISTS;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    if (!akolhook_journal_i_room(j, sizeof(akolhook_memory_i_named) + w->name.len + w->url.len))
        return AKOLHOOK_POOL_FULL;
    if (!akolhook_journal_i_change_begin(j, "put", w->name.len + w->url.len))
        return akolhook_journal_i_commit(j, 0, 1);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, m->numbers + 1);
    akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_ID, w->id);
    akolhook_journal_i_line_wanted(j, w, AKOLHOOK_JOURNAL_I_STORE_ALL);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_CREATED, w->created_at_ms);
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_end(j), 1);
    return status ? status : j->inner.webhook_put_fn(m, w, max);
}
static akolhook_status akolhook_journal_i_set_check(
        akolhook_journal *j, uint32_t hook, const akolhook_store_webhook *w, unsigned which) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_hook *h;
    akolhook_str name, url;
    akolhook_status status;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    h = akolhook_memory_i_hook_at(m, hook);
    name = which & AKOLHOOK_STORE_NAME ? w->name : akolhook_memory_i_name_of(m, h->text);
    url = which & AKOLHOOK_STORE_URL ? w->url : akolhook_memory_i_url_of(m, h->text);
    status = which & ~AKOLHOOK_JOURNAL_I_STORE_ALL ? AKOLHOOK_INVALID_ARGUMENT
                                                   : akolhook_journal_i_webhook_check(w, which);
    if (status) return status;
    if (which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS) &&
            akolhook_memory_i_hook_clashes(
                    m, hook, url, which & AKOLHOOK_STORE_EVENTS ? w->events : h->events))
        return AKOLHOOK_WEBHOOK_EXISTS;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    if (!(which & (AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL))) return AKOLHOOK_OK;
    return akolhook_journal_i_room(j, sizeof(akolhook_memory_i_named) + name.len + url.len)
                   ? AKOLHOOK_OK
                   : AKOLHOOK_POOL_FULL;
}
static akolhook_status akolhook_journal_i_set_fn(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_journal *j = (akolhook_journal *)user;
    uint32_t hook = akolhook_memory_i_hook_find(j->m, akolhook_memory_i_id_str(w->id));
    akolhook_status status = akolhook_journal_i_set_check(j, hook, w, which);
    if (status) return status;
    if (!akolhook_journal_i_change_begin(j, "set",
                (which & AKOLHOOK_STORE_NAME ? w->name.len : 0) +
                        (uint64_t)(which & AKOLHOOK_STORE_URL ? w->url.len : 0)))
        return akolhook_journal_i_commit(j, 0, 1);
    akolhook_journal_i_line_count(
            j, AKOLHOOK_JOURNAL_I_F_WEBHOOK, akolhook_memory_i_hook_at(j->m, hook)->number);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_WHICH, which);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AT, at_ms);
    akolhook_journal_i_line_wanted(j, w, which);
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_end(j), 1);
    if (!status) status = j->inner.webhook_set_fn(j->m, w, which, at_ms, changed);
    if (!status && which & AKOLHOOK_STORE_SECRET) akolhook_journal_i_forget(j);
    return status;
}
static akolhook_status akolhook_journal_i_delete_fn(void *user, const char *id) {
    akolhook_journal *j = (akolhook_journal *)user;
    uint32_t hook = akolhook_memory_i_hook_find(j->m, akolhook_memory_i_id_str(id));
    akolhook_status status;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    if (!akolhook_journal_i_change_begin(j, "delete", 0)) return akolhook_journal_i_commit(j, 0, 1);
    akolhook_journal_i_line_count(
            j, AKOLHOOK_JOURNAL_I_F_WEBHOOK, akolhook_memory_i_hook_at(j->m, hook)->number);
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_end(j), 1);
    if (!status) status = j->inner.webhook_delete_fn(j->m, id);
    if (!status) akolhook_journal_i_forget(j);
    return status;
}

/* The bytes of an event; SIZE_MAX when they are more than any pool. */
static size_t akolhook_journal_i_event_bytes(const akolhook_memory *m, const akolhook_store_event *event) {
    size_t sum = event->head.len, i;
    for (i = 0; i < 3 && sum <= m->desc.pool_bytes; i++)
        sum = event->tail[i].len <= m->desc.pool_bytes ? sum + event->tail[i].len : SIZE_MAX;
    return sum <= m->desc.pool_bytes ? sum : SIZE_MAX;
}
static uint32_t akolhook_journal_i_event_makes(akolhook_memory *m, const akolhook_store_event *event) {
    uint32_t hook, made = 0;
    if (event->webhook_id.len) return 1;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        made += akolhook_memory_i_hook_fate(akolhook_memory_i_hook_at(m, hook), event) ==
                AKOLHOOK_MEMORY_I_FATE_MADE;
    return made;
}
static void akolhook_journal_i_line_event(
        akolhook_journal *j, const akolhook_store_event *event, uint32_t hook, uint32_t made) {
    uint8_t hashes[32];
    size_t i;
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, j->m->numbers + 1);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_MADE, made);
    akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_MESSAGE, event->message_id);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_EVENT, event->event);
    if (hook)
        akolhook_journal_i_line_count(
                j, AKOLHOOK_JOURNAL_I_F_WEBHOOK, akolhook_memory_i_hook_at(j->m, hook)->number);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_TEST, event->is_test != 0);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AT, event->at_ms);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_MOST, event->max_queue);
    if (event->has_key) {
        memcpy(hashes, event->key, 16);
        memcpy(hashes + 16, event->print, 16);
        akolhook_journal_i_line_hashes(j, hashes);
    }
    if (!made) return; /* then nobody will ask for the bytes */
    akolhook_journal_i_line_bytes(j, AKOLHOOK_JOURNAL_I_F_HEAD, event->head);
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_TAIL);
    akolhook_json_array_begin(&j->writer);
    for (i = 0; i < 3; i++) akolhook_journal_i_line_value(j, event->tail[i]);
    akolhook_json_array_end(&j->writer);
}
static akolhook_status akolhook_journal_i_enqueue_fn(void *user, akolhook_store_event *event) {
    akolhook_journal *j = (akolhook_journal *)user;
    akolhook_memory *m = j->m;
    uint32_t hook = akolhook_memory_i_hook_find(m, event->webhook_id), made;
    size_t bytes = akolhook_journal_i_event_bytes(m, event);
    int reused = 0;
    akolhook_status status;
    if (!akolhook_journal_i_event_is(event->event) ||
            !akolhook_journal_i_id_is(
                    event->message_id, akolhook_memory_i_id_str(event->message_id).len, "msg"))
        return AKOLHOOK_INVALID_ARGUMENT;
    if (akolhook_memory_i_key_find(m, event, &reused) || (event->webhook_id.len && !hook))
        return j->inner.enqueue_fn(m, event);
    made = akolhook_journal_i_event_makes(m, event);
    if (made > m->free_jobs) return AKOLHOOK_PENDING_FULL;
    if (made && bytes == SIZE_MAX) return AKOLHOOK_POOL_FULL;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    if (made && !akolhook_journal_i_room(j, sizeof(akolhook_memory_i_stored) + bytes))
        return AKOLHOOK_POOL_FULL;
    if (!akolhook_journal_i_change_begin(j, "emit", made ? bytes : 0))
        return akolhook_journal_i_commit(j, 0, 1);
    akolhook_journal_i_line_event(j, event, hook, made);
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_end(j), 1);
    return status ? status : j->inner.enqueue_fn(m, event);
}

static int akolhook_journal_i_line_redeliver(
        akolhook_journal *j, uint32_t hook, const akolhook_memory_i_row *r) {
    if (!akolhook_journal_i_change_begin(j, "redeliver", 0)) return 0;
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, r->number);
    akolhook_journal_i_line_count(
            j, AKOLHOOK_JOURNAL_I_F_WEBHOOK, akolhook_memory_i_hook_at(j->m, hook)->number);
    akolhook_journal_i_line_text(j, AKOLHOOK_JOURNAL_I_F_MESSAGE, r->message_id);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_TEST, r->is_test);
    return akolhook_journal_i_line_end(j);
}
static akolhook_status akolhook_journal_i_redeliver_fn(void *user, uint64_t number) {
    akolhook_journal *j = (akolhook_journal *)user;
    akolhook_memory_i_row *r = NULL;
    uint32_t hook = 0, event = 0;
    akolhook_status status = akolhook_memory_i_redeliver_find(j->m, number, &hook, &r, &event);
    if (status) return status;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_redeliver(j, hook, r), 1);
    return status ? status : j->inner.redeliver_fn(j->m, number);
}
static akolhook_status akolhook_journal_i_failed_fn(
        void *user, const char *id, int64_t since_ms, uint32_t *count) {
    akolhook_journal *j = (akolhook_journal *)user;
    uint32_t hook = akolhook_memory_i_hook_find(j->m, akolhook_memory_i_id_str(id)), event, found;
    akolhook_status status = akolhook_memory_i_failed_count(j->m, hook, since_ms, &found);
    akolhook_memory_i_row *r;
    uint64_t index;
    int written = 1;
    *count = 0;
    if (status || !found) return status;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    for (index = akolhook_memory_i_row_first(j->m, hook); written; index++) {
        if ((r = akolhook_memory_i_row_failed(j->m, hook, since_ms, &index, &event)) == NULL) break;
        written = akolhook_journal_i_line_redeliver(j, hook, r);
    }
    status = akolhook_journal_i_commit(j, written, 1);
    return status ? status : j->inner.redeliver_failed_fn(j->m, id, since_ms, count);
}

static int akolhook_journal_i_line_list(
        akolhook_journal *j, const char *op, const uint64_t *numbers, size_t count, int64_t at_ms) {
    size_t i;
    if (!akolhook_journal_i_change_begin(j, op, 0)) return 0;
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_AT, at_ms);
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_CLAIMS);
    akolhook_json_array_begin(&j->writer);
    for (i = 0; i < count; i++) akolhook_json_uint64(&j->writer, numbers[i]);
    akolhook_json_array_end(&j->writer);
    return akolhook_journal_i_line_end(j);
}
/* Leases that have run out; a line holds so many. */
static akolhook_status akolhook_journal_i_expire(akolhook_journal *j, int64_t at_ms) {
    akolhook_memory *m = j->m;
    uint64_t numbers[AKOLHOOK_JOURNAL_I_LINE_CLAIMS];
    size_t count;
    uint32_t job;
    akolhook_status status;
    for (;;) {
        count = 0;
        for (job = m->first_lease; job && count < AKOLHOOK_JOURNAL_I_LINE_CLAIMS;
                job = akolhook_memory_i_job_at(m, job)->next) {
            if (akolhook_memory_i_job_at(m, job)->lease_until > j->now) break;
            numbers[count++] = akolhook_memory_i_job_at(m, job)->number;
        }
        if (!count) return AKOLHOOK_OK;
        status = akolhook_journal_i_commit(
                j, akolhook_journal_i_line_list(j, "expire", numbers, count, at_ms), 1);
        if (status) return status;
        for (; count; count--) {
            job = m->first_lease;
            if (akolhook_memory_i_lease_end(m, job)) akolhook_memory_i_job_back(m, job, j->now, at_ms);
        }
    }
}
static void akolhook_journal_i_unclaim(akolhook_journal *j, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t count) {
    akolhook_memory *m = j->m;
    size_t i;
    for (i = count; i > 0; i--) {
        akolhook_memory_i_job *job = (akolhook_memory_i_job *)claims[i - 1].handle;
        uint32_t at = (uint32_t)(job - m->jobs) + 1;
        if (limits->rate)
            akolhook_memory_i_hook_at(m, job->webhook)->not_before -= 1000000 / (int64_t)limits->rate;
        if (akolhook_memory_i_lease_end(m, at)) akolhook_memory_i_job_wait(m, at, job->due);
    }
    akolhook_wipe(claims, count * sizeof *claims);
}
/* Claims are written without a sync: when they are lost, so is what was settled after them. */
static akolhook_status akolhook_journal_i_claim_fn(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_journal *j = (akolhook_journal *)user;
    uint64_t numbers[AKOLHOOK_JOURNAL_I_LINE_CLAIMS];
    int64_t due = -1;
    size_t i;
    akolhook_status status;
    *count = 0;
    akolhook_journal_i_tick(j);
    status = j->inner.next_due_fn(j->m, &due);
    if (status || due) return status;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = akolhook_journal_i_expire(j, limits->at_ms);
    if (status) return status;
    if (max > AKOLHOOK_JOURNAL_I_LINE_CLAIMS) max = AKOLHOOK_JOURNAL_I_LINE_CLAIMS;
    status = j->inner.claim_fn(j->m, limits, claims, max, count);
    if (status || !*count) return status;
    for (i = 0; i < *count; i++) numbers[i] = claims[i].number;
    status = akolhook_journal_i_commit(j, akolhook_journal_i_line_list(j, "claim", numbers, *count, 0), 0);
    if (!status) return AKOLHOOK_OK;
    akolhook_journal_i_unclaim(j, limits, claims, *count);
    *count = 0;
    return status;
}

static int akolhook_journal_i_rules_are(const akolhook_store_rules *r) {
    return r->warn_ms >= 0 && r->max_ms >= 0 && akolhook_journal_i_span_is(r->warn_ms) &&
           akolhook_journal_i_span_is(r->max_ms);
}
static int akolhook_journal_i_outcome_is(const akolhook_store_outcome *o) {
    return o->delay_ms >= 0 && akolhook_journal_i_span_is(o->delay_ms) &&
           (!o->row || akolhook_journal_i_log_row_is(o->row, AKOLHOOK_DELIVERY_FAILED));
}
static int akolhook_journal_i_line_outcome(
        akolhook_journal *j, const akolhook_store_rules *rules, const akolhook_store_outcome *o) {
    if (!akolhook_journal_i_change_begin(j, "settle",
                o->row && o->row->response.len < j->m->desc.log_bytes ? o->row->response.len
                                                                      : j->m->desc.log_bytes))
        return 0;
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_NUMBER, o->number);
    if (o->row) akolhook_journal_i_line_row(j, o->row);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_ATTEMPTS, o->attempt);
    akolhook_journal_i_line_count(j, AKOLHOOK_JOURNAL_I_F_FAULTS, o->faults);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_DELAY, o->delay_ms);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_ENDED, o->at_ms);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_FAULT, o->is_fault != 0);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_COUNTS, o->counts != 0);
    akolhook_journal_i_line_int(j, AKOLHOOK_JOURNAL_I_F_DEACTIVATE, o->deactivate != 0);
    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_RULES);
    akolhook_json_array_begin(&j->writer);
    akolhook_json_uint64(&j->writer, rules->warn_failures);
    akolhook_json_uint64(&j->writer, rules->max_failures);
    akolhook_json_int64(&j->writer, rules->warn_ms);
    akolhook_json_int64(&j->writer, rules->max_ms);
    akolhook_json_array_end(&j->writer);
    return akolhook_journal_i_line_end(j);
}
/* Whether the outcome of this place will count: it has the lease, and is the first of its claim. */
static int akolhook_journal_i_outcome_counts(const akolhook_store_outcome *outcomes, size_t at) {
    const akolhook_memory_i_job *job = (const akolhook_memory_i_job *)outcomes[at].handle;
    size_t i;
    if (!job || job->state != AKOLHOOK_MEMORY_I_JOB_LEASED) return 0;
    if (job->number != outcomes[at].number || job->lease != outcomes[at].lease) return 0;
    for (i = 0; i < at; i++)
        if (outcomes[i].handle == outcomes[at].handle && outcomes[i].lease == outcomes[at].lease) return 0;
    return 1;
}
static akolhook_status akolhook_journal_i_settle_fn(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_journal *j = (akolhook_journal *)user;
    akolhook_status status;
    size_t i;
    int written = 1;
    for (i = 0; i < count; i++)
        if (!akolhook_journal_i_outcome_is(&outcomes[i])) return AKOLHOOK_INVALID_ARGUMENT;
    if (!akolhook_journal_i_rules_are(rules)) return AKOLHOOK_INVALID_ARGUMENT;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    for (i = 0; i < count && written; i++)
        if (akolhook_journal_i_outcome_counts(outcomes, i))
            written = akolhook_journal_i_line_outcome(j, rules, &outcomes[i]);
    status = j->tape.unsynced || !written ? akolhook_journal_i_commit(j, written, 1) : AKOLHOOK_OK;
    return status ? status : j->inner.settle_fn(j->m, rules, outcomes, count);
}

static akolhook_status akolhook_journal_i_get_fn(
        void *user, const char *id, akolhook_store_webhook *webhook) {
    akolhook_journal *j = (akolhook_journal *)user;
    return j->inner.webhook_get_fn(j->m, id, webhook);
}
static akolhook_status akolhook_journal_i_list_fn(
        void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    akolhook_journal *j = (akolhook_journal *)user;
    return j->inner.webhook_list_fn(j->m, after, webhooks, max, count);
}
static akolhook_status akolhook_journal_i_next_fn(void *user, int64_t *ms) {
    akolhook_journal *j = (akolhook_journal *)user;
    akolhook_journal_i_tick(j);
    return j->inner.next_due_fn(j->m, ms);
}
static akolhook_status akolhook_journal_i_log_fn(
        void *user, const akolhook_log_query *query, akolhook_log_row *rows, size_t max, size_t *count) {
    akolhook_journal *j = (akolhook_journal *)user;
    return j->inner.log_fn(j->m, query, rows, max, count);
}
static akolhook_status akolhook_journal_i_stats_fn(void *user, const char *id, akolhook_stats *stats) {
    akolhook_journal *j = (akolhook_journal *)user;
    return j->inner.stats_fn(j->m, id, stats);
}

/* ---- reading a line: every value has its range, and what is out of it makes the line bad ---- */

typedef struct akolhook_journal_i_line {
    akolhook_json at[AKOLHOOK_JOURNAL_I_F_COUNT];
    uint64_t has;
    char *base;
    int is_bad;
} akolhook_journal_i_line;

static int64_t akolhook_journal_i_take_int(
        akolhook_journal_i_line *l, unsigned field, int64_t least, int64_t most) {
    int64_t value = 0;
    if (l->has >> field & 1 && akolhook_json_get_int64(l->at[field], &value) != AKOLHOOK_OK) l->is_bad = 1;
    if (value < least || value > most) l->is_bad = 1;
    return l->is_bad ? (least > 0 ? least : 0) : value;
}
static uint8_t akolhook_journal_i_take_flag(akolhook_journal_i_line *l, unsigned field) {
    return (uint8_t)akolhook_journal_i_take_int(l, field, 0, 1);
}
static uint32_t akolhook_journal_i_take_u32(akolhook_journal_i_line *l, unsigned field) {
    return (uint32_t)akolhook_journal_i_take_int(l, field, 0, UINT32_MAX);
}
static uint64_t akolhook_journal_i_take_number(akolhook_journal_i_line *l, unsigned field, uint64_t most) {
    return (uint64_t)akolhook_journal_i_take_int(
            l, field, 0, most < (uint64_t)INT64_MAX ? (int64_t)most : INT64_MAX);
}
static int64_t akolhook_journal_i_take_time(akolhook_journal_i_line *l, unsigned field) {
    return akolhook_journal_i_take_int(l, field, INT64_MIN, INT64_MAX);
}
static int64_t akolhook_journal_i_take_span(akolhook_journal_i_line *l, unsigned field, int64_t least) {
    return akolhook_journal_i_take_int(l, field, least, AKOLHOOK_JOURNAL_I_SPAN_MOST);
}
/* A list of integers; how many. */
static size_t akolhook_journal_i_take_list(
        akolhook_journal_i_line *l, unsigned field, int64_t *values, size_t max, int64_t least) {
    akolhook_json_iter iter;
    akolhook_json value;
    size_t count = 0;
    if (!(l->has >> field & 1)) return 0;
    if (l->at[field].type != AKOLHOOK_JSON_ARRAY || akolhook_json_begin(l->at[field], &iter) != AKOLHOOK_OK)
        l->is_bad = 1;
    while (!l->is_bad && akolhook_json_next(&iter, NULL, &value)) {
        if (count == max || akolhook_json_get_int64(value, &values[count]) != AKOLHOOK_OK ||
                values[count] < least)
            l->is_bad = 1;
        else
            count++;
    }
    return l->is_bad ? 0 : count;
}
/* Text without escapes. */
static akolhook_str akolhook_journal_i_take_text(akolhook_journal_i_line *l, unsigned field) {
    akolhook_text text;
    memset(&text, 0, sizeof text);
    if (!(l->has >> field & 1)) return text.str;
    if (akolhook_json_get_text(l->at[field], &text) != AKOLHOOK_OK || text.escaped) {
        l->is_bad = 1;
        text.str.len = 0;
    }
    return text.str;
}
static void akolhook_journal_i_take_id(
        akolhook_journal_i_line *l, unsigned field, const char *prefix, char id[AKOLHOOK_ID_SIZE]) {
    akolhook_str text = akolhook_journal_i_take_text(l, field);
    memset(id, 0, AKOLHOOK_ID_SIZE);
    if (akolhook_journal_i_id_is(text.ptr, text.len, prefix))
        memcpy(id, text.ptr, text.len);
    else
        l->is_bad = 1;
}
/* What akolhook_journal_i_line_value wrote, decoded where it stands. */
static akolhook_str akolhook_journal_i_take_value(akolhook_journal_i_line *l, akolhook_json value) {
    akolhook_json_iter iter;
    akolhook_json more;
    akolhook_text text, key;
    char *to;
    size_t len = 0;
    int is_base64 = value.type == AKOLHOOK_JSON_OBJECT;
    memset(&text, 0, sizeof text);
    if (is_base64 &&
            (akolhook_json_begin(value, &iter) != AKOLHOOK_OK || !akolhook_json_next(&iter, &key, &value) ||
                    !akolhook_str_is(key.str, "base64") || akolhook_json_next(&iter, NULL, &more)))
        l->is_bad = 1;
    if (l->is_bad || akolhook_json_get_text(value, &text) != AKOLHOOK_OK || (is_base64 && text.escaped)) {
        l->is_bad = 1;
        return akolhook_str_n(NULL, 0);
    }
    if (!text.str.len || (!is_base64 && !text.escaped)) return text.str;

    to = l->base + (text.str.ptr - l->base);
    if ((is_base64 ? akolhook_base64_decode(text.str, to, text.str.len, &len)
                   : akolhook_text_decode(text, to, text.str.len, &len)) != AKOLHOOK_OK)
        l->is_bad = 1;
    return akolhook_str_n(to, l->is_bad ? 0 : len);
}
static akolhook_str akolhook_journal_i_take_bytes(akolhook_journal_i_line *l, unsigned field) {
    return l->has >> field & 1 ? akolhook_journal_i_take_value(l, l->at[field]) : akolhook_str_n(NULL, 0);
}
static void akolhook_journal_i_take_tail(akolhook_journal_i_line *l, akolhook_str tail[3]) {
    akolhook_json_iter iter;
    akolhook_json values[4];
    size_t count = 0, i;
    memset(tail, 0, 3 * sizeof *tail);
    if (!(l->has >> AKOLHOOK_JOURNAL_I_F_TAIL & 1)) return;
    if (l->at[AKOLHOOK_JOURNAL_I_F_TAIL].type != AKOLHOOK_JSON_ARRAY ||
            akolhook_json_begin(l->at[AKOLHOOK_JOURNAL_I_F_TAIL], &iter) != AKOLHOOK_OK)
        l->is_bad = 1;
    while (!l->is_bad && count < 4 && akolhook_json_next(&iter, NULL, &values[count])) count++;
    if (count == 4) l->is_bad = 1;
    for (i = 0; i < count && !l->is_bad; i++) tail[i] = akolhook_journal_i_take_value(l, values[i]);
}
/* All but waiting, which is counted. */
static void akolhook_journal_i_take_stats(akolhook_journal_i_line *l, akolhook_stats *s) {
    uint64_t *const counts[10] = {&s->emitted, &s->delivered, &s->failed, &s->cancelled, &s->dropped,
            &s->skipped, &s->attempts, &s->attempts_failed, &s->tests, &s->tests_failed};
    int64_t values[AKOLHOOK_LATENCY_BUCKETS];
    size_t count, i;
    memset(s, 0, sizeof *s);
    if (akolhook_journal_i_take_list(l, AKOLHOOK_JOURNAL_I_F_STATS, values, 10, 0) != 10) l->is_bad = 1;
    for (i = 0; i < 10 && !l->is_bad; i++) {
        *counts[i] = (uint64_t)values[i];
        if (values[i] > AKOLHOOK_JOURNAL_I_SPAN_MOST) l->is_bad = 1;
    }
    count = akolhook_journal_i_take_list(
            l, AKOLHOOK_JOURNAL_I_F_LATENCY, values, AKOLHOOK_LATENCY_BUCKETS, 0);
    for (i = 0; i < count; i++) {
        s->latency[i] = (uint32_t)values[i];
        if (values[i] > (int64_t)UINT32_MAX) l->is_bad = 1;
    }
}
static void akolhook_journal_i_take_row(
        akolhook_journal_i_line *l, akolhook_log_row *row, akolhook_delivery_state last) {
    int64_t ms[5] = {0, -1, -1, -1, -1}, status;
    akolhook_str peer = akolhook_journal_i_take_text(l, AKOLHOOK_JOURNAL_I_F_PEER);
    size_t i;
    memset(row, 0, sizeof *row);
    row->at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_AT);
    row->attempt = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_ATTEMPT);
    row->state = (akolhook_delivery_state)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_STATE, 1, AKOLHOOK_DELIVERY_DROPPED);
    row->retry_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_RETRY);
    row->code = (int)akolhook_journal_i_take_int(l, AKOLHOOK_JOURNAL_I_F_CODE, 0, 999);
    row->success = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_SUCCESS);
    row->response_cut = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_CUT);
    status = akolhook_journal_i_take_int(l, AKOLHOOK_JOURNAL_I_F_STATUS, AKOLHOOK_STATUS_END, 0);
    if (!akolhook_journal_i_status_is(status))
        l->is_bad = 1;
    else
        row->status = (akolhook_status)status;
    row->phase = (akolhook_phase)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_PHASE, 0, AKOLHOOK_PHASE_DONE);
    row->native_error =
            (long)akolhook_journal_i_take_int(l, AKOLHOOK_JOURNAL_I_F_NATIVE, INT32_MIN, INT32_MAX);
    if (akolhook_journal_i_take_list(l, AKOLHOOK_JOURNAL_I_F_MS, ms, 5, INT32_MIN) != 5) l->is_bad = 1;
    for (i = 0; i < 5; i++)
        if (ms[i] > INT32_MAX) l->is_bad = 1;
    if (peer.len && akolhook_addr_parse(peer, &row->peer) != AKOLHOOK_OK) l->is_bad = 1;
    row->response = akolhook_journal_i_take_bytes(l, AKOLHOOK_JOURNAL_I_F_RESPONSE);
    if (l->is_bad || !akolhook_journal_i_log_row_is(row, last)) {
        l->is_bad = 1;
        return;
    }
    row->ms = (int32_t)ms[0];
    row->lookup_ms = (int32_t)ms[1];
    row->connect_ms = (int32_t)ms[2];
    row->tls_ms = (int32_t)ms[3];
    row->first_byte_ms = (int32_t)ms[4];
}
static void akolhook_journal_i_take_wanted(
        akolhook_journal_i_line *l, akolhook_store_webhook *w, unsigned which) {
    akolhook_str secret = akolhook_journal_i_take_text(l, AKOLHOOK_JOURNAL_I_F_SECRET);
    memset(w, 0, sizeof *w);
    if (which & AKOLHOOK_STORE_NAME) w->name = akolhook_journal_i_take_bytes(l, AKOLHOOK_JOURNAL_I_F_NAME);
    if (which & AKOLHOOK_STORE_URL) w->url = akolhook_journal_i_take_bytes(l, AKOLHOOK_JOURNAL_I_F_URL);
    w->events = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_EVENTS);
    if (secret.len == sizeof w->secret - 1) memcpy(w->secret, secret.ptr, secret.len);
    w->is_active = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_ACTIVE);
    w->created_at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_CREATED);
    if (!l->is_bad && akolhook_journal_i_webhook_check(w, which) != AKOLHOOK_OK) l->is_bad = 1;
}

/* ---- numbers: where webhooks and deliveries are, while the file is read ---- */

static int akolhook_journal_i_place_lives(
        const akolhook_journal *j, const akolhook_journal_i_places *p, const akolhook_journal_i_place *at) {
    if (p == &j->hooks) return akolhook_memory_i_hook_at(j->m, at->slot)->number == at->number;
    return akolhook_memory_i_job_at(j->m, at->slot)->number == at->number &&
           akolhook_memory_i_job_at(j->m, at->slot)->state != AKOLHOOK_MEMORY_I_JOB_FREE;
}
/* Room for count more, which are at most what memory has room for. Numbers grow, so that they stand in
   order. */
static akolhook_journal_i_place *akolhook_journal_i_places_room(
        akolhook_journal *j, akolhook_journal_i_places *p, size_t count) {
    size_t from, to = 0;
    if (count <= p->cap - p->count) return p->at + p->count;
    for (from = 0; from < p->count; from++)
        if (akolhook_journal_i_place_lives(j, p, &p->at[from])) p->at[to++] = p->at[from];
    p->count = to;
    return p->at + p->count;
}
static void akolhook_journal_i_places_add(
        akolhook_journal *j, akolhook_journal_i_places *p, uint64_t number, uint32_t slot) {
    akolhook_journal_i_place *at = akolhook_journal_i_places_room(j, p, 1);
    at->number = number;
    at->slot = slot;
    p->count++;
}
/* The webhook or delivery of that number; 0: none. */
static uint32_t akolhook_journal_i_places_find(
        const akolhook_journal *j, const akolhook_journal_i_places *p, uint64_t number) {
    size_t low = 0, high = p->count, middle;
    while (low < high) {
        middle = low + (high - low) / 2;
        if (p->at[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == p->count || p->at[low].number != number || !akolhook_journal_i_place_lives(j, p, &p->at[low]))
        return 0;
    return p->at[low].slot;
}

/* ---- the pool, packed: what once fitted into it must fit again, in whatever order it comes ---- */

static uint32_t akolhook_journal_i_pack_units(size_t len) {
    size_t units = (len + AKOLHOOK_MEMORY_I_BLOCK_HEAD + 15u) / 16u;
    return units < AKOLHOOK_MEMORY_I_BLOCK_MIN ? AKOLHOOK_MEMORY_I_BLOCK_MIN : (uint32_t)units;
}
static void akolhook_journal_i_pack_named(akolhook_memory *m, uint32_t at) {
    const akolhook_memory_i_named *n = akolhook_memory_i_named_at(m, at);
    akolhook_memory_i_block_at(m, at)->before =
            akolhook_journal_i_pack_units(sizeof *n + n->name_len + n->url_len);
}
static void akolhook_journal_i_pack_events(akolhook_memory *m, uint32_t at) {
    for (; at; at = akolhook_memory_i_stored_at(m, at)->next) {
        const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
        akolhook_memory_i_block_at(m, at)->before =
                akolhook_journal_i_pack_units(sizeof *e + (size_t)e->head_len + e->tail_len);
    }
}
/* before holds what each block needs, then bin_next where it goes. */
static void akolhook_journal_i_pack_plan(akolhook_memory *m) {
    uint32_t i, at, to = 1;
    akolhook_journal_i_pack_events(m, m->pending_first);
    akolhook_journal_i_pack_events(m, m->kept_first);
    for (i = m->first_hook; i; i = akolhook_memory_i_hook_at(m, i)->next)
        akolhook_journal_i_pack_named(m, akolhook_memory_i_hook_at(m, i)->text);
    for (i = m->first_lease; i; i = akolhook_memory_i_job_at(m, i)->next)
        if (akolhook_memory_i_job_at(m, i)->text)
            akolhook_journal_i_pack_named(m, akolhook_memory_i_job_at(m, i)->text);
    for (at = 1; at < m->pool_units; at += akolhook_memory_i_block_at(m, at)->units) {
        akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
        if (!b->refs) continue;
        b->bin_next = to;
        to += b->before;
    }
}
static void akolhook_journal_i_pack_point(akolhook_memory *m, uint32_t *at) {
    if (*at) *at = akolhook_memory_i_block_at(m, *at)->bin_next;
}
static void akolhook_journal_i_pack_list(akolhook_memory *m, uint32_t *first, uint32_t *last) {
    uint32_t at = *first, next;
    for (; at; at = next) {
        akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
        next = e->next;
        akolhook_journal_i_pack_point(m, &e->next);
        akolhook_journal_i_pack_point(m, &e->prev);
    }
    akolhook_journal_i_pack_point(m, first);
    akolhook_journal_i_pack_point(m, last);
}
static void akolhook_journal_i_pool_pack(akolhook_memory *m) {
    uint32_t i, at, to = 1, units, before = 0;
    akolhook_journal_i_pack_plan(m);
    for (i = 0; i < m->desc.max_pending; i++) {
        if (m->jobs[i].state == AKOLHOOK_MEMORY_I_JOB_FREE) continue;
        akolhook_journal_i_pack_point(m, &m->jobs[i].event);
        akolhook_journal_i_pack_point(m, &m->jobs[i].text);
    }
    for (i = m->first_hook; i; i = akolhook_memory_i_hook_at(m, i)->next)
        akolhook_journal_i_pack_point(m, &akolhook_memory_i_hook_at(m, i)->text);
    akolhook_journal_i_pack_list(m, &m->pending_first, &m->pending_last);
    akolhook_journal_i_pack_list(m, &m->kept_first, &m->kept_last);
    for (at = 1; at < m->pool_units; at += units) {
        akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
        units = b->units;
        if (!b->refs) continue;
        b->units = b->before;
        b->before = before;
        before = b->units;
        memmove(akolhook_memory_i_block_at(m, to), b, (size_t)before * 16u);
        to += before;
    }
    memset(m->bins, 0, sizeof m->bins);
    memset(m->bin_bits, 0, sizeof m->bin_bits);
    if (m->pool_units - to == 1) akolhook_memory_i_block_at(m, to - before)->units++;
    if (m->pool_units - to < AKOLHOOK_MEMORY_I_BLOCK_MIN) return;
    akolhook_memory_i_block_at(m, to)->units = m->pool_units - to;
    akolhook_memory_i_block_at(m, to)->before = before;
    akolhook_memory_i_bin_add(m, to);
}
static int akolhook_journal_i_replay_fits(akolhook_memory *m, size_t len) {
    uint32_t at = akolhook_memory_i_block_take(m, len);
    if (at) akolhook_memory_i_block_free(m, at);
    return at != 0;
}
static int akolhook_journal_i_replay_give_way(akolhook_memory *m) {
    uint32_t old = m->kept_first;
    if (!old) return 0;
    akolhook_memory_i_stored_unlink(m, old, &m->kept_first, &m->kept_last);
    akolhook_memory_i_block_free(m, old);
    return 1;
}
/* Room for what comes next. With a smaller pool than the writer's more events give way than gave way then. */
static int akolhook_journal_i_replay_room(akolhook_journal *j, size_t len) {
    akolhook_memory *m = j->m;
    size_t freed;
    if (akolhook_journal_i_replay_fits(m, len)) return 1;
    akolhook_journal_i_pool_pack(m);
    while (!akolhook_journal_i_replay_fits(m, len)) {
        for (freed = 0; freed < len && m->kept_first; j->ahead++, j->forced = 1) {
            freed += (size_t)akolhook_memory_i_block_at(m, m->kept_first)->units * 16u;
            (void)akolhook_journal_i_replay_give_way(m);
        }
        if (!freed) return 0;
        if (!akolhook_journal_i_replay_fits(m, len)) akolhook_journal_i_pool_pack(m);
    }
    return 1;
}

/* ---- replay: what each line does ---- */

static akolhook_status akolhook_journal_i_replay_head(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_memory *m = j->m;
    j->now = 0;
    m->numbers = (uint64_t)akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_NUMBER, 0);
    m->sequence = (uint64_t)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_SEQUENCE, 0, INT64_C(0x7fffffffffff)); /* cursors: 48 bits */
    m->leases = (uint64_t)akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_LEASES, 0);
    j->log_end = (uint64_t)akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_LOG_END, 0);
    if (akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_LOG_BYTES) != m->desc.log_bytes) j->log_end = 0;
    j->tape.wall = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_WALL, 0);
    akolhook_journal_i_take_stats(l, &m->total);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_hook(
        akolhook_journal *j, const akolhook_store_webhook *w, uint64_t number) {
    akolhook_memory *m = j->m;
    uint32_t hook = m->free_hook;
    uint64_t numbers = m->numbers;
    if (!hook) return AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (!akolhook_journal_i_replay_room(j, sizeof(akolhook_memory_i_named) + w->name.len + w->url.len))
        return AKOLHOOK_POOL_FULL;
    akolhook_memory_i_hook_new(m, w, akolhook_memory_i_named_new(m, w->name, w->url));
    m->numbers = numbers;
    akolhook_memory_i_hook_at(m, hook)->number = number;
    akolhook_journal_i_places_add(j, &j->hooks, number, hook);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_webhook(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_webhook w;
    akolhook_stats stats;
    akolhook_memory_i_hook *h;
    uint64_t number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, j->m->numbers);
    int64_t triggered = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_TRIGGERED);
    int64_t failing = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_FAILING, 0);
    uint32_t failures = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_FAILURES);
    uint8_t warned = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_WARNED);
    akolhook_status status;
    akolhook_journal_i_take_stats(l, &stats);
    akolhook_journal_i_take_wanted(l, &w, AKOLHOOK_JOURNAL_I_STORE_ALL);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_ID, "whk", w.id);
    if (l->is_bad || number <= (j->hooks.count ? j->hooks.at[j->hooks.count - 1].number : 0))
        return AKOLHOOK_JOURNAL_DAMAGED;
    status = akolhook_journal_i_replay_hook(j, &w, number);
    akolhook_wipe(&w, sizeof w);
    if (status) return status;
    h = akolhook_memory_i_hook_at(j->m, j->m->last_hook);
    h->last_triggered_at_ms = triggered;
    h->failing_since = j->now - failing;
    h->failure_count = failures;
    h->is_warned = warned;
    h->stats = stats;
    return AKOLHOOK_OK;
}
/* An event of the first part. Those that deliveries refer to are held until all deliveries have come. */
static akolhook_status akolhook_journal_i_replay_stored(
        akolhook_journal *j, akolhook_journal_i_line *l, int hold) {
    akolhook_store_event e;
    size_t bytes;
    uint32_t at;
    int64_t age = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_AGE, -AKOLHOOK_JOURNAL_I_SPAN_MOST);
    memset(&e, 0, sizeof e);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_MESSAGE, "msg", e.message_id);
    e.event = (akolhook_event)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_EVENT, 1, AKOLHOOK_EVENT_LAST);
    e.head = akolhook_journal_i_take_bytes(l, AKOLHOOK_JOURNAL_I_F_HEAD);
    akolhook_journal_i_take_tail(l, e.tail);
    if (l->is_bad) return AKOLHOOK_JOURNAL_DAMAGED;
    bytes = akolhook_journal_i_event_bytes(j->m, &e);
    if (bytes == SIZE_MAX || !akolhook_journal_i_replay_room(j, sizeof(akolhook_memory_i_stored) + bytes)) {
        if (hold) return AKOLHOOK_POOL_FULL;
        j->ahead++; /* one that is only kept may go */
        j->forced = 1;
        return AKOLHOOK_OK;
    }
    at = akolhook_memory_i_stored_new(j->m, &e, j->now - age);
    if (!hold) return AKOLHOOK_OK;
    if (j->bodies == j->m->desc.max_pending) return AKOLHOOK_PENDING_FULL;
    akolhook_memory_i_stored_hold(j->m, at);
    j->jobs.at[j->bodies++].body = at;
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_event(akolhook_journal *j, akolhook_journal_i_line *l) {
    return akolhook_journal_i_replay_stored(j, l, 1);
}
static akolhook_status akolhook_journal_i_replay_kept(akolhook_journal *j, akolhook_journal_i_line *l) {
    return akolhook_journal_i_replay_stored(j, l, 0);
}

static void akolhook_journal_i_replay_lease(akolhook_memory *m, uint32_t job, uint32_t hook) {
    akolhook_memory_i_job *d = akolhook_memory_i_job_at(m, job);
    d->state = AKOLHOOK_MEMORY_I_JOB_LEASED;
    d->orphan = hook == 0;
    akolhook_memory_i_lease_add(m, job);
    if (!hook) return;
    d->text = akolhook_memory_i_hook_at(m, hook)->text;
    akolhook_memory_i_block_at(m, d->text)->refs++;
    akolhook_memory_i_hook_at(m, hook)->leased++;
}
static akolhook_status akolhook_journal_i_replay_delivery(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_job d;
    uint32_t job = m->free_job,
             body = (uint32_t)akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_BODY, UINT32_MAX);
    uint64_t of = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_WEBHOOK, m->numbers);
    int leased = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_LEASED);
    memset(&d, 0, sizeof d);
    d.number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, m->numbers);
    d.due = j->now + akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_DUE, -AKOLHOOK_JOURNAL_I_SPAN_MOST);
    d.created =
            j->now - akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_AGE, -AKOLHOOK_JOURNAL_I_SPAN_MOST);
    d.attempt = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_ATTEMPTS);
    d.faults = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_FAULTS);
    d.is_test = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_TEST);
    d.webhook = of ? akolhook_journal_i_places_find(j, &j->hooks, of) : 0;
    if (l->is_bad || d.number <= (j->jobs.count ? j->jobs.at[j->jobs.count - 1].number : 0) ||
            body >= j->bodies || (of ? !d.webhook : !leased))
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (!job) return AKOLHOOK_PENDING_FULL;
    d.event = j->jobs.at[body].body;
    m->free_job = akolhook_memory_i_job_at(m, job)->next;
    m->free_jobs--;
    *akolhook_memory_i_job_at(m, job) = d;
    akolhook_memory_i_stored_hold(m, d.event);
    j->jobs.at[j->jobs.count].number = d.number;
    j->jobs.at[j->jobs.count++].slot = job;
    if (of && !d.is_test) m->total.waiting++;
    if (of && !d.is_test) akolhook_memory_i_hook_at(m, d.webhook)->stats.waiting++;
    if (leased)
        akolhook_journal_i_replay_lease(m, job, d.webhook);
    else
        akolhook_memory_i_job_wait(m, job, d.due);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_row(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_memory *m = j->m;
    akolhook_log_row row;
    akolhook_memory_i_row *r;
    char message_id[AKOLHOOK_ID_SIZE];
    uint64_t newest = m->sequence,
             sequence = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_SEQUENCE, newest);
    uint64_t number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, m->numbers);
    uint64_t response_at = (uint64_t)akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_RESPONSE_AT, 0);
    uint32_t hook = akolhook_journal_i_places_find(
            j, &j->hooks, akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_WEBHOOK, m->numbers));
    unsigned event =
            (unsigned)akolhook_journal_i_take_int(l, AKOLHOOK_JOURNAL_I_F_EVENT, 1, AKOLHOOK_EVENT_LAST);
    uint8_t is_test = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_TEST),
            again = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_REDELIVERED);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_MESSAGE, "msg", message_id);
    akolhook_journal_i_take_row(l, &row, AKOLHOOK_DELIVERY_DROPPED);
    if (l->is_bad || !hook || !number || sequence <= j->sequence) return AKOLHOOK_JOURNAL_DAMAGED;
    r = akolhook_memory_i_row_add(m, hook, message_id, event, number);
    m->sequence = newest;
    j->sequence = r->sequence = sequence;
    if (response_at > m->log_end && response_at <= j->log_end)
        m->log_end = response_at; /* a ring of the same size */
    akolhook_memory_i_row_fill(m, r, &row);
    r->is_test = is_test;
    r->redelivered = again;
    return AKOLHOOK_OK;
}
static void akolhook_journal_i_take_key(akolhook_journal_i_line *l, akolhook_store_event *e) {
    akolhook_str text = akolhook_journal_i_take_text(l, AKOLHOOK_JOURNAL_I_F_KEY);
    uint8_t hashes[32];
    size_t len;
    if (!text.len) return;
    if (akolhook_base64_decode(text, hashes, sizeof hashes, &len) != AKOLHOOK_OK || len != sizeof hashes) {
        l->is_bad = 1;
        return;
    }
    memcpy(e->key, hashes, 16);
    memcpy(e->print, hashes + 16, 16);
    e->has_key = 1;
}
static akolhook_status akolhook_journal_i_replay_key(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_event e;
    memset(&e, 0, sizeof e);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_MESSAGE, "msg", e.message_id);
    akolhook_journal_i_take_key(l, &e);
    if (l->is_bad || !e.has_key) return AKOLHOOK_JOURNAL_DAMAGED;
    akolhook_memory_i_key_add(j->m, &e);
    return AKOLHOOK_OK;
}
/* What waits is counted; the other counters must go with it, or, in what is salvaged, what is missing was
   cancelled. */
static int akolhook_journal_i_replay_sum(akolhook_stats *s, int salvage) {
    uint64_t ended = s->delivered + s->failed + s->cancelled + s->dropped;
    if (s->emitted == ended + s->waiting) return 1;
    if (s->emitted > ended + s->waiting)
        s->cancelled += s->emitted - ended - s->waiting;
    else
        s->emitted = ended + s->waiting;
    return salvage;
}
static akolhook_status akolhook_journal_i_replay_whole(akolhook_journal *j, int salvage) {
    akolhook_memory *m = j->m;
    uint32_t at, next;
    int good = akolhook_journal_i_replay_sum(&m->total, salvage);
    for (at = m->first_hook; at; at = akolhook_memory_i_hook_at(m, at)->next)
        good &= akolhook_journal_i_replay_sum(&akolhook_memory_i_hook_at(m, at)->stats, salvage);
    if (m->log_end < j->log_end) m->log_end = j->log_end;
    for (at = m->pending_first; at; at = next) {
        next = akolhook_memory_i_stored_at(m, at)->next;
        akolhook_memory_i_stored_drop(m, at);
    }
    return good ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED;
}
static akolhook_status akolhook_journal_i_replay_start(akolhook_journal *j, akolhook_journal_i_line *l) {
    (void)l;
    return akolhook_journal_i_replay_whole(j, 0);
}

static akolhook_status akolhook_journal_i_replay_put(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_webhook w;
    uint64_t number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, j->m->numbers + 1);
    akolhook_status status = AKOLHOOK_JOURNAL_DAMAGED;
    akolhook_journal_i_take_wanted(l, &w, AKOLHOOK_JOURNAL_I_STORE_ALL);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_ID, "whk", w.id);
    if (!l->is_bad && number == j->m->numbers + 1) status = akolhook_journal_i_replay_hook(j, &w, number);
    if (!status) j->m->numbers = number;
    akolhook_wipe(&w, sizeof w);
    return status;
}
static uint32_t akolhook_journal_i_take_webhook(akolhook_journal *j, akolhook_journal_i_line *l) {
    uint32_t hook = akolhook_journal_i_places_find(
            j, &j->hooks, akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_WEBHOOK, j->m->numbers));
    if (!hook) l->is_bad = 1;
    return hook;
}
/* A smaller memory may lack what the line needs; anything else that refuses it is nonsense. */
static akolhook_status akolhook_journal_i_replay_status(akolhook_status status) {
    return !status || status == AKOLHOOK_POOL_FULL || status == AKOLHOOK_PENDING_FULL
                   ? status
                   : AKOLHOOK_JOURNAL_DAMAGED;
}
static akolhook_status akolhook_journal_i_replay_set(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_webhook w;
    uint32_t hook = akolhook_journal_i_take_webhook(j, l);
    unsigned which = (unsigned)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_WHICH, 0, AKOLHOOK_JOURNAL_I_STORE_ALL);
    int64_t at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_AT);
    akolhook_status status;
    akolhook_memory_i_hook *h;
    akolhook_journal_i_take_wanted(l, &w, which);
    if (l->is_bad) return AKOLHOOK_JOURNAL_DAMAGED;
    h = akolhook_memory_i_hook_at(j->m, hook);
    memcpy(w.id, h->id, sizeof w.id);
    if (which & (AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL) &&
            !akolhook_journal_i_replay_room(j,
                    sizeof(akolhook_memory_i_named) +
                            (which & AKOLHOOK_STORE_NAME ? w.name : akolhook_memory_i_name_of(j->m, h->text))
                                    .len +
                            (which & AKOLHOOK_STORE_URL ? w.url : akolhook_memory_i_url_of(j->m, h->text))
                                    .len))
        return AKOLHOOK_POOL_FULL;
    status = j->inner.webhook_set_fn(j->m, &w, which, at_ms, NULL);
    akolhook_wipe(&w, sizeof w);
    return akolhook_journal_i_replay_status(status);
}
static akolhook_status akolhook_journal_i_replay_delete(akolhook_journal *j, akolhook_journal_i_line *l) {
    uint32_t hook = akolhook_journal_i_take_webhook(j, l);
    char id[AKOLHOOK_ID_SIZE];
    if (l->is_bad) return AKOLHOOK_JOURNAL_DAMAGED;
    memcpy(id, akolhook_memory_i_hook_at(j->m, hook)->id, sizeof id);
    return akolhook_journal_i_replay_status(j->inner.webhook_delete_fn(j->m, id));
}
/* Deliveries that come into being: their places are the first free ones, their numbers are known
   afterwards. */
static akolhook_journal_i_place *akolhook_journal_i_replay_slots(akolhook_journal *j, uint32_t count) {
    akolhook_journal_i_place *p = akolhook_journal_i_places_room(j, &j->jobs, count);
    uint32_t i, job = j->m->free_job;
    for (i = 0; i < count; i++, job = akolhook_memory_i_job_at(j->m, job)->next) p[i].slot = job;
    return p;
}
static void akolhook_journal_i_replay_made(akolhook_journal *j, akolhook_journal_i_place *p, uint32_t count) {
    uint32_t i;
    for (i = 0; i < count; i++) p[i].number = akolhook_memory_i_job_at(j->m, p[i].slot)->number;
    j->jobs.count += count;
}
static akolhook_status akolhook_journal_i_replay_emit(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_memory *m = j->m;
    akolhook_store_event e;
    akolhook_journal_i_place *p;
    uint32_t hook = l->has >> AKOLHOOK_JOURNAL_I_F_WEBHOOK & 1 ? akolhook_journal_i_take_webhook(j, l) : 0;
    uint32_t made = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_MADE);
    uint64_t number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, m->numbers + 1);
    size_t bytes;
    int has_key;
    akolhook_status status;
    memset(&e, 0, sizeof e);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_MESSAGE, "msg", e.message_id);
    e.event = (akolhook_event)akolhook_journal_i_take_int(
            l, AKOLHOOK_JOURNAL_I_F_EVENT, 1, AKOLHOOK_EVENT_LAST);
    e.is_test = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_TEST);
    e.at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_AT);
    e.max_queue = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_MOST);
    akolhook_journal_i_take_key(l, &e);
    e.head = akolhook_journal_i_take_bytes(l, AKOLHOOK_JOURNAL_I_F_HEAD);
    akolhook_journal_i_take_tail(l, e.tail);
    if (hook) e.webhook_id = akolhook_str_n(akolhook_memory_i_hook_at(m, hook)->id, AKOLHOOK_ID_SIZE - 1);
    if (l->is_bad || number != m->numbers + 1 || made != akolhook_journal_i_event_makes(m, &e))
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (made > m->free_jobs) return AKOLHOOK_PENDING_FULL;
    bytes = akolhook_journal_i_event_bytes(m, &e);
    if (made && (bytes == SIZE_MAX ||
                        !akolhook_journal_i_replay_room(j, sizeof(akolhook_memory_i_stored) + bytes)))
        return AKOLHOOK_POOL_FULL;
    p = akolhook_journal_i_replay_slots(j, made);
    has_key = e.has_key;
    e.has_key = 0; /* it was new then, even if more keys are remembered now */
    status = akolhook_journal_i_replay_status(j->inner.enqueue_fn(m, &e));
    if (status) return status;
    akolhook_journal_i_replay_made(j, p, made);
    if (has_key) akolhook_memory_i_key_add(m, &e);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_redeliver(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_memory *m = j->m;
    akolhook_log_query query;
    akolhook_memory_i_row *r;
    akolhook_journal_i_place *p;
    uint32_t hook = akolhook_journal_i_take_webhook(j, l), event;
    int is_test = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_TEST);
    char message_id[AKOLHOOK_ID_SIZE];
    memset(&query, 0, sizeof query);
    query.number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, m->numbers);
    akolhook_journal_i_take_id(l, AKOLHOOK_JOURNAL_I_F_MESSAGE, "msg", message_id);
    if (l->is_bad || !query.number) return AKOLHOOK_JOURNAL_DAMAGED;
    event = akolhook_memory_i_stored_find(m, message_id);
    if (!event) return j->forced ? AKOLHOOK_POOL_FULL : AKOLHOOK_JOURNAL_DAMAGED;
    if (!m->free_jobs) return AKOLHOOK_PENDING_FULL;
    p = akolhook_journal_i_replay_slots(j, 1);
    r = akolhook_memory_i_row_find(m, hook, &query, UINT64_MAX);
    if (r) r->redelivered = 1;
    akolhook_memory_i_job_new(m, hook, event, is_test, j->now);
    akolhook_journal_i_replay_made(j, p, 1);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_claim(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_claim claim;
    int64_t numbers[AKOLHOOK_JOURNAL_I_LINE_CLAIMS];
    size_t count = akolhook_journal_i_take_list(
                   l, AKOLHOOK_JOURNAL_I_F_CLAIMS, numbers, AKOLHOOK_JOURNAL_I_LINE_CLAIMS, 1),
           i;
    for (i = 0; i < count && !l->is_bad; i++) {
        uint32_t job = akolhook_journal_i_places_find(j, &j->jobs, (uint64_t)numbers[i]), hook;
        if (!job || akolhook_memory_i_job_at(j->m, job)->state != AKOLHOOK_MEMORY_I_JOB_WAITING)
            return AKOLHOOK_JOURNAL_DAMAGED;
        hook = akolhook_memory_i_job_at(j->m, job)->webhook;
        if (akolhook_memory_i_hook_at(j->m, hook)->queue != job) return AKOLHOOK_JOURNAL_DAMAGED;
        (void)akolhook_memory_i_job_next(j->m, hook);
        akolhook_memory_i_job_claim(j->m, job, j->now, 0, &claim);
        akolhook_memory_i_ready_show(j->m, hook);
        akolhook_wipe(&claim, sizeof claim);
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_expire(akolhook_journal *j, akolhook_journal_i_line *l) {
    int64_t numbers[AKOLHOOK_JOURNAL_I_LINE_CLAIMS],
            at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_AT);
    size_t count = akolhook_journal_i_take_list(
                   l, AKOLHOOK_JOURNAL_I_F_CLAIMS, numbers, AKOLHOOK_JOURNAL_I_LINE_CLAIMS, 1),
           i;
    for (i = 0; i < count && !l->is_bad; i++) {
        uint32_t job = akolhook_journal_i_places_find(j, &j->jobs, (uint64_t)numbers[i]);
        if (!job || akolhook_memory_i_job_at(j->m, job)->state != AKOLHOOK_MEMORY_I_JOB_LEASED)
            return AKOLHOOK_JOURNAL_DAMAGED;
        if (akolhook_memory_i_lease_end(j->m, job)) akolhook_memory_i_job_back(j->m, job, j->now, at_ms);
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_settle(akolhook_journal *j, akolhook_journal_i_line *l) {
    akolhook_store_outcome o;
    akolhook_store_rules rules;
    akolhook_log_row row;
    int64_t values[4];
    uint32_t job;
    memset(&o, 0, sizeof o);
    o.number = akolhook_journal_i_take_number(l, AKOLHOOK_JOURNAL_I_F_NUMBER, j->m->numbers);
    if (l->has >> AKOLHOOK_JOURNAL_I_F_STATE & 1) {
        akolhook_journal_i_take_row(l, &row, AKOLHOOK_DELIVERY_FAILED);
        o.row = &row;
    }
    o.attempt = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_ATTEMPTS);
    o.faults = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_FAULTS);
    o.delay_ms = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_DELAY, 0);
    o.at_ms = akolhook_journal_i_take_time(l, AKOLHOOK_JOURNAL_I_F_ENDED);
    o.is_fault = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_FAULT);
    o.counts = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_COUNTS);
    o.deactivate = akolhook_journal_i_take_flag(l, AKOLHOOK_JOURNAL_I_F_DEACTIVATE);
    if (akolhook_journal_i_take_list(l, AKOLHOOK_JOURNAL_I_F_RULES, values, 4, 0) != 4)
        return AKOLHOOK_JOURNAL_DAMAGED;
    rules.warn_failures = (uint32_t)values[0];
    rules.max_failures = (uint32_t)values[1];
    rules.warn_ms = values[2];
    rules.max_ms = values[3];
    job = akolhook_journal_i_places_find(j, &j->jobs, o.number);
    if (l->is_bad || !akolhook_journal_i_rules_are(&rules) || values[0] > (int64_t)UINT32_MAX ||
            values[1] > (int64_t)UINT32_MAX)
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (!job || akolhook_memory_i_job_at(j->m, job)->state != AKOLHOOK_MEMORY_I_JOB_LEASED)
        return AKOLHOOK_JOURNAL_DAMAGED;
    o.handle = akolhook_memory_i_job_at(j->m, job);
    o.lease = akolhook_memory_i_job_at(j->m, job)->lease;
    return akolhook_journal_i_replay_status(j->inner.settle_fn(j->m, &rules, &o, 1));
}

#define AKOLHOOK_JOURNAL_I_F(id) ((uint64_t)1 << AKOLHOOK_JOURNAL_I_F_##id)
#define AKOLHOOK_JOURNAL_I_F_LINE \
    (AKOLHOOK_JOURNAL_I_F(OP) | AKOLHOOK_JOURNAL_I_F(N) | AKOLHOOK_JOURNAL_I_F(CHECK))
#define AKOLHOOK_JOURNAL_I_F_CHANGE \
    (AKOLHOOK_JOURNAL_I_F(T) | AKOLHOOK_JOURNAL_I_F(UNSYNCED) | AKOLHOOK_JOURNAL_I_F(GONE) | \
            AKOLHOOK_JOURNAL_I_F(WALL))
#define AKOLHOOK_JOURNAL_I_F_WANTED \
    (AKOLHOOK_JOURNAL_I_F(NAME) | AKOLHOOK_JOURNAL_I_F(URL) | AKOLHOOK_JOURNAL_I_F(SECRET) | \
            AKOLHOOK_JOURNAL_I_F(EVENTS) | AKOLHOOK_JOURNAL_I_F(ACTIVE))
#define AKOLHOOK_JOURNAL_I_F_ROW \
    (AKOLHOOK_JOURNAL_I_F(AT) | AKOLHOOK_JOURNAL_I_F(ATTEMPT) | AKOLHOOK_JOURNAL_I_F(STATE) | \
            AKOLHOOK_JOURNAL_I_F(RETRY) | AKOLHOOK_JOURNAL_I_F(CODE) | AKOLHOOK_JOURNAL_I_F(SUCCESS) | \
            AKOLHOOK_JOURNAL_I_F(CUT) | AKOLHOOK_JOURNAL_I_F(STATUS) | AKOLHOOK_JOURNAL_I_F(PHASE) | \
            AKOLHOOK_JOURNAL_I_F(NATIVE) | AKOLHOOK_JOURNAL_I_F(MS) | AKOLHOOK_JOURNAL_I_F(PEER) | \
            AKOLHOOK_JOURNAL_I_F(RESPONSE))
#define AKOLHOOK_JOURNAL_I_F_STORED \
    (AKOLHOOK_JOURNAL_I_F(MESSAGE) | AKOLHOOK_JOURNAL_I_F(EVENT) | AKOLHOOK_JOURNAL_I_F(AGE) | \
            AKOLHOOK_JOURNAL_I_F(HEAD) | AKOLHOOK_JOURNAL_I_F(TAIL))
enum {
    AKOLHOOK_JOURNAL_I_STAGE_NONE,
    AKOLHOOK_JOURNAL_I_STAGE_HEAD,
    AKOLHOOK_JOURNAL_I_STAGE_START = 8,
    AKOLHOOK_JOURNAL_I_STAGE_CHANGES
};
/* Stages come in order; a line of a change may stand behind "start" alone. */
static const struct akolhook_journal_i_op {
    const char *name;
    unsigned stage;
    uint64_t members;
    akolhook_status (*replay)(akolhook_journal *j, akolhook_journal_i_line *l);
} akolhook_journal_i_ops[] = {
        {"akolhook journal", AKOLHOOK_JOURNAL_I_STAGE_HEAD,
                AKOLHOOK_JOURNAL_I_F(VERSION) | AKOLHOOK_JOURNAL_I_F(WALL) | AKOLHOOK_JOURNAL_I_F(NUMBER) |
                        AKOLHOOK_JOURNAL_I_F(SEQUENCE) | AKOLHOOK_JOURNAL_I_F(LEASES) |
                        AKOLHOOK_JOURNAL_I_F(LOG_END) | AKOLHOOK_JOURNAL_I_F(LOG_BYTES) |
                        AKOLHOOK_JOURNAL_I_F(STATS) | AKOLHOOK_JOURNAL_I_F(LATENCY),
                akolhook_journal_i_replay_head},
        {"webhook", 2,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(ID) | AKOLHOOK_JOURNAL_I_F_WANTED |
                        AKOLHOOK_JOURNAL_I_F(CREATED) | AKOLHOOK_JOURNAL_I_F(TRIGGERED) |
                        AKOLHOOK_JOURNAL_I_F(FAILURES) | AKOLHOOK_JOURNAL_I_F(FAILING) |
                        AKOLHOOK_JOURNAL_I_F(WARNED) | AKOLHOOK_JOURNAL_I_F(STATS) |
                        AKOLHOOK_JOURNAL_I_F(LATENCY),
                akolhook_journal_i_replay_webhook},
        {"event", 3, AKOLHOOK_JOURNAL_I_F_STORED, akolhook_journal_i_replay_event},
        {"delivery", 4,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(WEBHOOK) | AKOLHOOK_JOURNAL_I_F(BODY) |
                        AKOLHOOK_JOURNAL_I_F(DUE) | AKOLHOOK_JOURNAL_I_F(AGE) |
                        AKOLHOOK_JOURNAL_I_F(ATTEMPTS) | AKOLHOOK_JOURNAL_I_F(FAULTS) |
                        AKOLHOOK_JOURNAL_I_F(TEST) | AKOLHOOK_JOURNAL_I_F(LEASED),
                akolhook_journal_i_replay_delivery},
        {"kept", 5, AKOLHOOK_JOURNAL_I_F_STORED, akolhook_journal_i_replay_kept},
        {"row", 6,
                AKOLHOOK_JOURNAL_I_F(WEBHOOK) | AKOLHOOK_JOURNAL_I_F(SEQUENCE) |
                        AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(MESSAGE) |
                        AKOLHOOK_JOURNAL_I_F(EVENT) | AKOLHOOK_JOURNAL_I_F(TEST) |
                        AKOLHOOK_JOURNAL_I_F(REDELIVERED) | AKOLHOOK_JOURNAL_I_F(RESPONSE_AT) |
                        AKOLHOOK_JOURNAL_I_F_ROW,
                akolhook_journal_i_replay_row},
        {"key", 7, AKOLHOOK_JOURNAL_I_F(KEY) | AKOLHOOK_JOURNAL_I_F(MESSAGE), akolhook_journal_i_replay_key},
        {"start", AKOLHOOK_JOURNAL_I_STAGE_START, 0, akolhook_journal_i_replay_start},
        {"put", AKOLHOOK_JOURNAL_I_STAGE_CHANGES,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(ID) | AKOLHOOK_JOURNAL_I_F_WANTED |
                        AKOLHOOK_JOURNAL_I_F(CREATED),
                akolhook_journal_i_replay_put},
        {"set", AKOLHOOK_JOURNAL_I_STAGE_CHANGES,
                AKOLHOOK_JOURNAL_I_F(WEBHOOK) | AKOLHOOK_JOURNAL_I_F(WHICH) | AKOLHOOK_JOURNAL_I_F(AT) |
                        AKOLHOOK_JOURNAL_I_F_WANTED,
                akolhook_journal_i_replay_set},
        {"delete", AKOLHOOK_JOURNAL_I_STAGE_CHANGES, AKOLHOOK_JOURNAL_I_F(WEBHOOK),
                akolhook_journal_i_replay_delete},
        {"emit", AKOLHOOK_JOURNAL_I_STAGE_CHANGES,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(MADE) | AKOLHOOK_JOURNAL_I_F(MESSAGE) |
                        AKOLHOOK_JOURNAL_I_F(EVENT) | AKOLHOOK_JOURNAL_I_F(WEBHOOK) |
                        AKOLHOOK_JOURNAL_I_F(TEST) | AKOLHOOK_JOURNAL_I_F(AT) | AKOLHOOK_JOURNAL_I_F(MOST) |
                        AKOLHOOK_JOURNAL_I_F(KEY) | AKOLHOOK_JOURNAL_I_F(HEAD) | AKOLHOOK_JOURNAL_I_F(TAIL),
                akolhook_journal_i_replay_emit},
        {"redeliver", AKOLHOOK_JOURNAL_I_STAGE_CHANGES,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F(WEBHOOK) | AKOLHOOK_JOURNAL_I_F(MESSAGE) |
                        AKOLHOOK_JOURNAL_I_F(TEST),
                akolhook_journal_i_replay_redeliver},
        {"claim", AKOLHOOK_JOURNAL_I_STAGE_CHANGES, AKOLHOOK_JOURNAL_I_F(CLAIMS),
                akolhook_journal_i_replay_claim},
        {"expire", AKOLHOOK_JOURNAL_I_STAGE_CHANGES, AKOLHOOK_JOURNAL_I_F(CLAIMS) | AKOLHOOK_JOURNAL_I_F(AT),
                akolhook_journal_i_replay_expire},
        {"settle", AKOLHOOK_JOURNAL_I_STAGE_CHANGES,
                AKOLHOOK_JOURNAL_I_F(NUMBER) | AKOLHOOK_JOURNAL_I_F_ROW | AKOLHOOK_JOURNAL_I_F(ATTEMPTS) |
                        AKOLHOOK_JOURNAL_I_F(FAULTS) | AKOLHOOK_JOURNAL_I_F(DELAY) |
                        AKOLHOOK_JOURNAL_I_F(ENDED) | AKOLHOOK_JOURNAL_I_F(FAULT) |
                        AKOLHOOK_JOURNAL_I_F(COUNTS) | AKOLHOOK_JOURNAL_I_F(DEACTIVATE) |
                        AKOLHOOK_JOURNAL_I_F(RULES),
                akolhook_journal_i_replay_settle}};

/* ---- reading the file ---- */

/* The members of a line by field; 0 when one is unknown, doubled, or the line is no object. */
static int akolhook_journal_i_line_parse(akolhook_journal_i_line *l, char *line, size_t len) {
    akolhook_json root, value;
    akolhook_json_iter iter;
    akolhook_text key;
    unsigned field;
    memset(l, 0, sizeof *l);
    l->base = line;
    if (akolhook_json_parse(akolhook_str_n(line, len), &root, NULL) != AKOLHOOK_OK) return 0;
    if (root.type != AKOLHOOK_JSON_OBJECT || akolhook_json_begin(root, &iter) != AKOLHOOK_OK) return 0;
    while (akolhook_json_next(&iter, &key, &value)) {
        for (field = 0; field < AKOLHOOK_JOURNAL_I_F_COUNT; field++)
            if (akolhook_str_is(key.str, akolhook_journal_i_field_names[field])) break;
        if (field == AKOLHOOK_JOURNAL_I_F_COUNT || l->has >> field & 1) return 0;
        l->has |= (uint64_t)1 << field;
        l->at[field] = value;
    }
    return 1;
}
/* Newer versions keep op, version and check of the first line. */
static int akolhook_journal_i_line_is_newer(akolhook_str line) {
    akolhook_json root, value;
    int64_t version;
    return akolhook_json_parse(line, &root, NULL) == AKOLHOOK_OK &&
           akolhook_json_get(root, "op", &value) == AKOLHOOK_OK &&
           akolhook_str_is(value.str, "\"akolhook journal\"") &&
           akolhook_json_get(root, "version", &value) == AKOLHOOK_OK &&
           akolhook_json_get_int64(value, &version) == AKOLHOOK_OK && version > AKOLHOOK_JOURNAL_I_VERSION;
}
/* Whether such a line may come now: stages in order, the first line first, changes behind "start". */
static int akolhook_journal_i_stage_is(unsigned before, unsigned stage) {
    if (stage == AKOLHOOK_JOURNAL_I_STAGE_HEAD || before == AKOLHOOK_JOURNAL_I_STAGE_NONE)
        return stage == AKOLHOOK_JOURNAL_I_STAGE_HEAD && !before;
    if (stage == AKOLHOOK_JOURNAL_I_STAGE_CHANGES) return before >= AKOLHOOK_JOURNAL_I_STAGE_START;
    return stage >= before && before < AKOLHOOK_JOURNAL_I_STAGE_START;
}
static void akolhook_journal_i_replay_change(akolhook_journal *j, akolhook_journal_i_line *l) {
    int64_t t = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_T, j->now),
            wall = akolhook_journal_i_take_span(l, AKOLHOOK_JOURNAL_I_F_WALL, 0);
    uint32_t gone = akolhook_journal_i_take_u32(l, AKOLHOOK_JOURNAL_I_F_GONE);
    if (l->is_bad) return;
    j->now = t;
    if (wall) j->tape.wall = wall - t;
    for (; gone && j->ahead; gone--) j->ahead--;
    while (gone && akolhook_journal_i_replay_give_way(j->m)) gone--;
}
/* One line whose check is right. */
static akolhook_status akolhook_journal_i_replay_line(akolhook_journal *j, char *line, size_t len) {
    akolhook_journal_i_line l;
    akolhook_str name;
    akolhook_status status = AKOLHOOK_OK;
    const struct akolhook_journal_i_op *op = akolhook_journal_i_ops,
                                       *end = op + sizeof akolhook_journal_i_ops /
                                                           sizeof akolhook_journal_i_ops[0];
    if (j->stage == AKOLHOOK_JOURNAL_I_STAGE_NONE &&
            akolhook_journal_i_line_is_newer(akolhook_str_n(line, len)))
        return AKOLHOOK_JOURNAL_OTHER;
    if (!akolhook_journal_i_line_parse(&l, line, len)) return AKOLHOOK_JOURNAL_DAMAGED;
    name = akolhook_journal_i_take_text(&l, AKOLHOOK_JOURNAL_I_F_OP);
    while (op < end && !akolhook_str_is(name, op->name)) op++;
    if (op == end || !akolhook_journal_i_stage_is(j->stage, op->stage)) return AKOLHOOK_JOURNAL_DAMAGED;
    if (l.has & ~(op->members | AKOLHOOK_JOURNAL_I_F_LINE |
                        (op->stage == AKOLHOOK_JOURNAL_I_STAGE_CHANGES ? AKOLHOOK_JOURNAL_I_F_CHANGE : 0)))
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (op->stage == AKOLHOOK_JOURNAL_I_STAGE_HEAD)
        (void)akolhook_journal_i_take_int(&l, AKOLHOOK_JOURNAL_I_F_VERSION, 1, AKOLHOOK_JOURNAL_I_VERSION);
    if (op->stage == AKOLHOOK_JOURNAL_I_STAGE_CHANGES) akolhook_journal_i_replay_change(j, &l);
    if (!l.is_bad) status = op->replay(j, &l);
    if (!l.is_bad) j->stage = op->stage;
    return l.is_bad ? AKOLHOOK_JOURNAL_DAMAGED : status;
}

/* A window over the file in the buffer: [start, len) of it is unread, at is the file's byte where the
   buffer begins. */
typedef struct akolhook_journal_i_reader {
    uint64_t at;
    size_t start, len;
    int is_end;
} akolhook_journal_i_reader;
enum {
    AKOLHOOK_JOURNAL_I_READ_LINE,
    AKOLHOOK_JOURNAL_I_READ_END,
    AKOLHOOK_JOURNAL_I_READ_TORN,
    AKOLHOOK_JOURNAL_I_READ_LONG,
    AKOLHOOK_JOURNAL_I_READ_FAILED
};

static int akolhook_journal_i_read(akolhook_journal *j, uint64_t at, void *data, size_t len, size_t *got) {
    *got = 0;
    j->error = j->file->read_fn(j->file->user, at, data, len, got);
    return !j->error && *got <= len;
}
/* The next line, without its end: LINE. TORN: the file ends within it. LONG: it is longer than the buffer. */
static int akolhook_journal_i_reader_next(
        akolhook_journal *j, akolhook_journal_i_reader *r, char **line, size_t *len) {
    size_t seen = 0, got;
    for (;;) {
        char *end = (char *)memchr(j->buffer + r->start + seen, '\n', r->len - r->start - seen);
        *line = j->buffer + r->start;
        *len = end ? (size_t)(end - *line) : r->len - r->start;
        if (end) {
            r->start += *len + 1;
            return AKOLHOOK_JOURNAL_I_READ_LINE;
        }
        if (r->is_end) return *len ? AKOLHOOK_JOURNAL_I_READ_TORN : AKOLHOOK_JOURNAL_I_READ_END;
        if (*len == j->cap) return AKOLHOOK_JOURNAL_I_READ_LONG;
        seen = *len;
        memmove(j->buffer, *line, seen);
        r->at += r->start;
        r->start = 0;
        if (!akolhook_journal_i_read(j, r->at + seen, j->buffer + seen, j->cap - seen, &got))
            return AKOLHOOK_JOURNAL_I_READ_FAILED;
        r->is_end = got < j->cap - seen;
        r->len = seen + got;
    }
}
/* Passes over the rest of a line that is too long. */
static int akolhook_journal_i_reader_skip(akolhook_journal *j, akolhook_journal_i_reader *r) {
    char *line;
    size_t len;
    int got;
    do {
        r->start = r->len;
        got = akolhook_journal_i_reader_next(j, r, &line, &len);
    } while (got == AKOLHOOK_JOURNAL_I_READ_LONG);
    return got == AKOLHOOK_JOURNAL_I_READ_LINE ? AKOLHOOK_JOURNAL_I_READ_LONG : got;
}

static int akolhook_journal_i_line_is_whole(
        akolhook_journal *j, const char *line, size_t len, uint8_t digest[32]) {
    static const uint8_t none[16] = {0};
    char check[AKOLHOOK_JOURNAL_I_CHECK_LEN];
    if (len <= AKOLHOOK_JOURNAL_I_CHECK_LEN) return 0;
    akolhook_journal_i_line_digest(
            j->tape.line ? j->tape.salt : none, line, len - AKOLHOOK_JOURNAL_I_CHECK_LEN, digest);
    akolhook_journal_i_check_text(digest, check);
    return memcmp(line + len - AKOLHOOK_JOURNAL_I_CHECK_LEN, check, sizeof check) == 0;
}
/* A line longer than the buffer, from at to end: whole, it was written with more memory. */
static int akolhook_journal_i_long_is_whole(akolhook_journal *j, uint64_t at, uint64_t end) {
    akolhook_sha256 h;
    uint8_t digest[32];
    char check[AKOLHOOK_JOURNAL_I_CHECK_LEN];
    size_t got, n;
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, j->tape.salt, sizeof j->tape.salt);
    for (end -= AKOLHOOK_JOURNAL_I_CHECK_LEN; at < end; at += n) {
        n = end - at < j->cap ? (size_t)(end - at) : j->cap;
        if (!akolhook_journal_i_read(j, at, j->buffer, n, &got) || got < n) return 0;
        akolhook_sha256_update(&h, j->buffer, n);
    }
    akolhook_sha256_final(&h, digest);
    akolhook_journal_i_check_text(digest, check);
    return akolhook_journal_i_read(j, end, j->buffer, sizeof check, &got) && got == sizeof check &&
           memcmp(j->buffer, check, sizeof check) == 0;
}
/* n and u of a line; 0 when it has none. */
static int akolhook_journal_i_line_numbers(akolhook_str line, uint64_t *n, uint64_t *u) {
    akolhook_json root, value;
    *n = *u = 0;
    if (akolhook_json_parse(line, &root, NULL) != AKOLHOOK_OK ||
            akolhook_json_get(root, "n", &value) != AKOLHOOK_OK ||
            akolhook_json_get_uint64(value, n) != AKOLHOOK_OK)
        return 0;
    if (akolhook_json_get(root, "u", &value) == AKOLHOOK_OK &&
            akolhook_json_get_uint64(value, u) != AKOLHOOK_OK)
        return 0;
    return *u < *n;
}
/* Where in what stands for a line the last one begins: a line end between two may be what was damaged. */
static void akolhook_journal_i_line_last(char **line, size_t *len) {
    static const char begin[] = "{\"op\":\"";
    const size_t n = sizeof begin - 1;
    size_t at;
    for (at = *len > n ? *len - n : 0; at > 0; at--) {
        if (memcmp(*line + at, begin, n) != 0) continue;
        *line += at;
        *len -= at;
        return;
    }
}
/* Line bad is not as it was written. When any behind it was written after a sync of it, that is damage,
   and else what a crash leaves of lines that were not synced. */
static akolhook_status akolhook_journal_i_rest(akolhook_journal *j, uint64_t bad) {
    akolhook_journal_i_reader r;
    akolhook_status status = AKOLHOOK_OK;
    uint8_t digest[32];
    char *line;
    size_t len;
    uint64_t n, u;
    int got;
    memset(&r, 0, sizeof r);
    r.at = j->error_at;
    do {
        got = akolhook_journal_i_reader_next(j, &r, &line, &len);
        if (got == AKOLHOOK_JOURNAL_I_READ_LINE) akolhook_journal_i_line_last(&line, &len);
        if (got == AKOLHOOK_JOURNAL_I_READ_LINE && akolhook_journal_i_line_is_whole(j, line, len, digest) &&
                akolhook_journal_i_line_numbers(akolhook_str_n(line, len), &n, &u) && bad < n - u)
            status = AKOLHOOK_JOURNAL_DAMAGED;
        if (got == AKOLHOOK_JOURNAL_I_READ_LONG) got = akolhook_journal_i_reader_skip(j, &r);
    } while (got == AKOLHOOK_JOURNAL_I_READ_LINE || got == AKOLHOOK_JOURNAL_I_READ_LONG);
    j->dropped = r.at + r.len - j->error_at;
    return got == AKOLHOOK_JOURNAL_I_READ_FAILED ? AKOLHOOK_STORE_FAILED : status;
}
/* Until a line is not what it should be, at error_at; OK at the end of the file. */
static akolhook_status akolhook_journal_i_lines(akolhook_journal *j, int *is_torn) {
    akolhook_journal_i_reader r;
    akolhook_status status = AKOLHOOK_OK;
    uint8_t digest[32];
    char *line;
    size_t len;
    uint64_t n, u;
    int got;
    memset(&r, 0, sizeof r);
    *is_torn = 0;
    for (;;) {
        got = akolhook_journal_i_reader_next(j, &r, &line, &len);
        if (got == AKOLHOOK_JOURNAL_I_READ_FAILED) return AKOLHOOK_STORE_FAILED;
        j->error_at = r.at + (size_t)(line - j->buffer);
        if (got == AKOLHOOK_JOURNAL_I_READ_END) return AKOLHOOK_OK;
        if (got == AKOLHOOK_JOURNAL_I_READ_LONG) {
            got = akolhook_journal_i_reader_skip(j, &r);
            if (got == AKOLHOOK_JOURNAL_I_READ_LONG &&
                    akolhook_journal_i_long_is_whole(j, j->error_at, r.at + r.start - 1))
                return AKOLHOOK_POOL_FULL;
        }
        *is_torn = got != AKOLHOOK_JOURNAL_I_READ_LINE ||
                   !akolhook_journal_i_line_is_whole(j, line, len, digest);
        if (*is_torn || !akolhook_journal_i_line_numbers(akolhook_str_n(line, len), &n, &u))
            return AKOLHOOK_JOURNAL_DAMAGED;
        *is_torn = n != j->tape.line + 1;
        if (*is_torn) return AKOLHOOK_JOURNAL_DAMAGED;
        if (!j->tape.line++) memcpy(j->tape.salt, digest, sizeof j->tape.salt);
        status = akolhook_journal_i_replay_line(j, line, len);
        if (status) return status;
    }
}
static akolhook_status akolhook_journal_i_replay(akolhook_journal *j, int salvage) {
    int is_torn;
    akolhook_status status = akolhook_journal_i_lines(j, &is_torn), rest;
    if (!status && j->stage != AKOLHOOK_JOURNAL_I_STAGE_NONE && j->stage < AKOLHOOK_JOURNAL_I_STAGE_START)
        status = AKOLHOOK_JOURNAL_DAMAGED; /* cut where it was never written in parts */
    if (!status) j->error_at = 0;
    if (status != AKOLHOOK_JOURNAL_DAMAGED) return status;
    rest = akolhook_journal_i_rest(j, j->tape.line + 1);
    if (rest == AKOLHOOK_STORE_FAILED || j->stage == AKOLHOOK_JOURNAL_I_STAGE_NONE)
        return rest ? rest : status;
    if (is_torn && !rest && j->stage >= AKOLHOOK_JOURNAL_I_STAGE_START) return AKOLHOOK_OK;
    if (!salvage) return AKOLHOOK_JOURNAL_DAMAGED;
    if (j->stage < AKOLHOOK_JOURNAL_I_STAGE_START) (void)akolhook_journal_i_replay_whole(j, 1);
    return AKOLHOOK_OK;
}

/* ---- opening and closing ---- */

AKOLHOOK_API size_t akolhook_journal_size(const akolhook_journal_desc *desc) {
    akolhook_memory_desc d;
    size_t need;
    if (!desc || akolhook_memory_i_fill(&desc->memory, &d) != AKOLHOOK_OK) return 0;
    need = akolhook_memory_i_need(&d);
    if (!need || d.log_bytes > UINT32_MAX / 4 || d.pool_bytes > UINT32_MAX / 4 || need > (size_t)-1 / 4)
        return 0;
    return AKOLHOOK_JOURNAL_SIZE(need, d.max_webhooks, d.max_pending, d.log_bytes, d.pool_bytes);
}
static void akolhook_journal_i_hooks(akolhook_journal *j, akolhook_store *store) {
    store->user = j;
    store->webhook_put_fn = akolhook_journal_i_put_fn;
    store->webhook_set_fn = akolhook_journal_i_set_fn;
    store->webhook_get_fn = akolhook_journal_i_get_fn;
    store->webhook_list_fn = akolhook_journal_i_list_fn;
    store->webhook_delete_fn = akolhook_journal_i_delete_fn;
    store->enqueue_fn = akolhook_journal_i_enqueue_fn;
    store->redeliver_fn = akolhook_journal_i_redeliver_fn;
    store->redeliver_failed_fn = akolhook_journal_i_failed_fn;
    store->claim_fn = akolhook_journal_i_claim_fn;
    store->settle_fn = akolhook_journal_i_settle_fn;
    store->next_due_fn = akolhook_journal_i_next_fn;
    store->log_fn = akolhook_journal_i_log_fn;
    store->stats_fn = akolhook_journal_i_stats_fn;
}
/* The memory behind the store in memory: two lists of places, and the buffer, the rest. */
static akolhook_status akolhook_journal_i_lay_out(
        akolhook_journal *j, void *memory, size_t need, const akolhook_journal_desc *desc) {
    akolhook_memory_desc inner = desc->memory;
    akolhook_status status;
    uint8_t *at;
    size_t part;
    memset(j, 0, sizeof *j);
    inner.now_ms_fn = akolhook_journal_i_clock;
    inner.user = j;
    part = akolhook_memory_size(&inner);
    status = akolhook_memory_init(&j->inner, memory, part, &inner);
    if (status) return status;
    j->m = (akolhook_memory *)j->inner.user;
    at = (uint8_t *)j->m + AKOLHOOK_HUB_I_ALIGNED(part - 15u);
    j->hooks.at = (akolhook_journal_i_place *)(void *)at;
    j->hooks.cap = AKOLHOOK_JOURNAL_I_PLACES(j->m->desc.max_webhooks);
    j->jobs.at = j->hooks.at + j->hooks.cap;
    j->jobs.cap = AKOLHOOK_JOURNAL_I_PLACES(j->m->desc.max_pending);
    j->buffer = (char *)(j->jobs.at + j->jobs.cap);
    j->cap = need - (size_t)(j->buffer - (char *)memory);
    j->memory = memory;
    j->size = need;
    j->file = desc->file;
    j->now_ms_fn = desc->memory.now_ms_fn;
    j->unix_ms_fn = desc->unix_ms_fn;
    j->clock_user = desc->memory.user;
    j->limit = desc->rewrite_bytes ? desc->rewrite_bytes : 2 * (uint64_t)part;
    return AKOLHOOK_OK;
}
/* The time between two runs passes, as far as it is known. What was in flight can be claimed again:
   whoever had it is gone. */
static void akolhook_journal_i_resume(akolhook_journal *j) {
    int64_t wall = akolhook_journal_i_wall(j), last = j->tape.wall ? j->tape.wall + j->now : 0;
    uint32_t job;
    if (wall && last && wall > last) j->now += wall - last;
    j->offset = j->now - j->now_ms_fn(j->clock_user);
    while ((job = j->m->first_lease) != 0)
        if (akolhook_memory_i_lease_end(j->m, job)) akolhook_memory_i_job_back(j->m, job, j->now, wall);
}
AKOLHOOK_API akolhook_status akolhook_journal_open(akolhook_journal *j, akolhook_store *store, void *memory,
        size_t size, const akolhook_journal_desc *desc) {
    const akolhook_journal_file *f = desc ? desc->file : NULL;
    akolhook_status status;
    size_t need = akolhook_journal_size(desc);
    if (!j || !store || !memory || !need || !desc->memory.now_ms_fn || !f) return AKOLHOOK_INVALID_ARGUMENT;
    if (!f->read_fn || !f->append_fn || !f->sync_fn || !f->rewrite_begin_fn || !f->rewrite_commit_fn ||
            !f->rewrite_abort_fn)
        return AKOLHOOK_BROKEN_HOOK;
    memset(store, 0, sizeof *store);
    memset(j, 0, sizeof *j);
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;
    status = akolhook_journal_i_lay_out(j, memory, need, desc);
    if (status) return status;
    status = akolhook_journal_i_replay(j, desc->salvage);
    akolhook_wipe(j->buffer, j->cap);
    if (!status) akolhook_journal_i_resume(j);
    if (!status && !akolhook_journal_i_rewrite(j)) status = AKOLHOOK_STORE_FAILED;
    if (!status)
        akolhook_journal_i_hooks(j, store);
    else
        akolhook_wipe(memory, need);
    return status;
}
AKOLHOOK_API void akolhook_journal_close(akolhook_journal *j) {
    if (!j || !j->memory) return;
    akolhook_wipe(j->memory, j->size);
    akolhook_wipe(j, sizeof *j);
}

/* ==== >>journal_posix ==== */

#ifndef AKOLHOOK_NO_POSIX

static int akolhook_journal_i_posix_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(p->fd, (char *)data + *got, len - *got, (off_t)(at + *got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) break;
        *got += (size_t)n;
    }
    return 0;
}
static int akolhook_journal_i_posix_append(void *user, const void *data, size_t len) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    size_t done = 0;
    while (done < len) {
        ssize_t n = write(p->is_rewriting ? p->next_fd : p->fd, (const char *)data + done, len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? errno : ENOSPC;
        done += (size_t)n;
    }
    return 0;
}
static int akolhook_journal_i_posix_sync(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
#ifdef F_FULLFSYNC /* macOS: fsync leaves the bytes in the drive's cache */
    if (fcntl(p->is_rewriting ? p->next_fd : p->fd, F_FULLFSYNC) == 0) return 0;
#endif
    return fsync(p->is_rewriting ? p->next_fd : p->fd) == 0 ? 0 : errno;
}
static void akolhook_journal_i_posix_abort(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    if (p->next_fd >= 0) {
        close(p->next_fd);
        (void)unlink(p->next);
    }
    p->next_fd = -1;
    p->is_rewriting = 0;
}
static int akolhook_journal_i_posix_begin(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    akolhook_journal_i_posix_abort(p);
    (void)unlink(p->next);
    p->next_fd = open(p->next, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (p->next_fd < 0) return errno;
    p->is_rewriting = 1;
    return 0;
}
static int akolhook_journal_i_posix_commit(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    int folder, error = 0;
    if (rename(p->next, p->path) != 0) return errno;
    close(p->fd);
    p->fd = p->next_fd;
    p->next_fd = -1;
    p->is_rewriting = 0;
    folder = open(p->folder, O_RDONLY | O_CLOEXEC);
    if (folder < 0) return errno;
    if (fsync(folder) != 0) error = errno;
    close(folder);
    return error;
}
AKOLHOOK_API void akolhook_journal_posix_close(akolhook_journal_posix *p) {
    if (!p || !p->file.user) return;
    akolhook_journal_i_posix_abort(p);
    if (p->fd >= 0) close(p->fd);
    if (p->lock_fd >= 0) close(p->lock_fd);
    p->fd = p->lock_fd = -1;
    p->file.user = NULL;
}
/* 0, or -1 with errno. flock, where there is one, also keeps this process from opening the same journal
   twice. */
static int akolhook_journal_i_posix_lock(int fd) {
#ifdef LOCK_EX
    return flock(fd, LOCK_EX | LOCK_NB);
#else
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(fd, F_SETLK, &lock);
#endif
}
static akolhook_status akolhook_journal_i_posix_fail(akolhook_journal_posix *p, akolhook_status status) {
    p->error = errno;
    akolhook_journal_posix_close(p);
    return status;
}
AKOLHOOK_API akolhook_status akolhook_journal_posix_open(akolhook_journal_posix *p, const char *path) {
    size_t len = path ? strlen(path) : 0, folder;
    if (!p || !len || len > 1000) return AKOLHOOK_INVALID_ARGUMENT;
    memset(p, 0, sizeof *p);
    p->fd = p->next_fd = p->lock_fd = -1;
    p->file.user = p;
    p->file.read_fn = akolhook_journal_i_posix_read;
    p->file.append_fn = akolhook_journal_i_posix_append;
    p->file.sync_fn = akolhook_journal_i_posix_sync;
    p->file.rewrite_begin_fn = akolhook_journal_i_posix_begin;
    p->file.rewrite_commit_fn = akolhook_journal_i_posix_commit;
    p->file.rewrite_abort_fn = akolhook_journal_i_posix_abort;
    memcpy(p->path, path, len);
    memcpy(p->next, path, len);
    for (folder = len; folder && path[folder - 1] != '/';) folder--;
    memcpy(p->folder, folder ? path : "./", folder ? folder : 2);
    memcpy(p->next + len, ".lock", 6);
    p->lock_fd = open(p->next, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    memcpy(p->next + len, ".new", 5);
    if (p->lock_fd < 0) return akolhook_journal_i_posix_fail(p, AKOLHOOK_STORE_FAILED);
    if (akolhook_journal_i_posix_lock(p->lock_fd) != 0)
        return akolhook_journal_i_posix_fail(p, errno == EACCES || errno == EAGAIN || errno == EWOULDBLOCK
                                                        ? AKOLHOOK_JOURNAL_LOCKED
                                                        : AKOLHOOK_STORE_FAILED);
    p->fd = open(p->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return p->fd < 0 ? akolhook_journal_i_posix_fail(p, AKOLHOOK_STORE_FAILED) : AKOLHOOK_OK;
}
#endif /* AKOLHOOK_NO_POSIX */

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_JOURNAL_IMPLEMENTATION */
