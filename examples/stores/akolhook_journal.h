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
static unsigned char store_memory[AKOLHOOK_JOURNAL_SIZE(MEMORY_SIZE, 0, 0)];
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
    if (argc < 2) remove(path);
    return result;
}
<<<

   WHAT IS KEPT. States, not operations: each change of the store is a few lines of JSON
   with absolute values, closed by a commit mark that carries their number and a checksum.
   Opening applies whole changes alone, whatever the machine and the sizes that wrote
   them. What accepts something (create, update, rotate, delete, emit, test, redeliver,
   send now, cancel) is synced before its call answers OK. That a delivery was claimed is
   not written: what was in flight when the process ended is claimed again, under the same
   id.

   WHAT GOES WRONG

       a medium that refuses    calls that accept something answer STORE_FAILED and have
       to be written, a full    changed nothing. Deliveries that were accepted go on, and
       disk                     their outcomes are kept in memory (gauges.unsaved, the
                                notice UNSAVED) until the file can be written anew,
                                which is tried each second. A crash before that
                                repeats them.
       a torn end               the last changes, where no sync had covered them, are left
                                out: journal.dropped bytes
       any other damage         JOURNAL_DAMAGED at journal.error_at; nothing is touched.
                                With desc.salvage what stands before it is kept, and the
                                damaged file beside it as PATH.damaged, or .damaged.2 to
                                .9; where these are all taken it is not opened
       a file of another        JOURNAL_OTHER; nothing is touched
       version
       the file was moved or    noticed at the next sync: STORE_FAILED, with ESTALE in
       replaced                 journal.error where another file has taken its place

   Opening needs no write. The file is written anew when it has grown by
   desc.rewrite_bytes, and at once when a secret is rotated or a webhook deleted, so that
   old secrets leave it; where that fails, or a crash comes before it, with the next call
   that writes, and by _close.

   MEMORY is yours. akolhook_journal_size(&desc) is the exact need of the journal and the
   store in memory that it holds, AKOLHOOK_JOURNAL_SIZE an upper bound of it as a
   constant. The hub needs its own beside it.

   HOOKS. akolhook_journal_file: read, append, sync, and a rewrite that takes the file's
   place in one step, which survives a power loss; akolhook_journal_posix is one over a
   file, and functions of yours may be another, over flash for example. */
#ifndef AKOLHOOK_JOURNAL_H
#define AKOLHOOK_JOURNAL_H

#ifndef AKOLHOOK_HUB_H
#include "akolhook_hub.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- journal: the store in memory, made to survive a crash ---- */

/* Where the journal is kept. Each hook returns 0, or another number when it failed. append_fn may have
   written a part then. */
typedef struct akolhook_journal_file {
    void *user;
    /* *got < len: the end of the file */
    int (*read_fn)(void *user, uint64_t at, void *data, size_t len, size_t *got);
    int (*append_fn)(void *user, const void *data, size_t len);
    int (*sync_fn)(void *user);           /* what was appended survives a loss of power */
    int (*rewrite_begin_fn)(void *user);  /* append_fn and sync_fn go to a new, empty file from here on */
    int (*rewrite_commit_fn)(void *user); /* it takes the old one's place, surviving a loss of power */
    void (*rewrite_abort_fn)(void *user); /* the new one is dropped, if it has not taken that place */
    int (*keep_fn)(void *user);           /* before a salvaged file is replaced: keeps it; may be NULL */
} akolhook_journal_file;

typedef struct akolhook_journal_desc {
    akolhook_memory_desc memory;       /* its clock may start anew with each process */
    const akolhook_journal_file *file; /* needed; must live as long as the store */
    /* the wall clock, for the time between two runs; called with memory.user (default: that time does not
       count, retries wait as long again) */
    int64_t (*unix_ms_fn)(void *user);
    uint64_t rewrite_bytes; /* rewrite when so much was appended since the last (default: twice the memory) */
    uint8_t salvage;        /* 1: open a damaged journal, with what comes before the damage */
    uint8_t read_only;      /* 1: nothing is written; calls that would change something answer STORE_FAILED */
} akolhook_journal_desc;

/* An open journal; it must stay where it is until it is closed. */
typedef struct akolhook_journal {
    uint64_t error_at; /* JOURNAL_DAMAGED, salvaged or dropped: the byte where the bad change begins */
    uint64_t dropped;  /* bytes of a torn or damaged end that opening left out */
    int error;         /* what the last hook that failed returned */
    void *state;       /* private */
} akolhook_journal;

/* Bytes of memory that it needs, alignment included; 0 when desc is out of range. */
AKOLHOOK_API size_t akolhook_journal_size(const akolhook_journal_desc *desc);
/* Reads the file into the store in memory of the caller's, any alignment. It may be opened with other sizes
   than it was written with; where those are too small the status is TOO_MANY_WEBHOOKS, PENDING_FULL or
   POOL_FULL. The file holds secrets: nobody else may read it. Returns OK, MEMORY_TOO_SMALL,
   INVALID_ARGUMENT, BROKEN_HOOK, STORE_FAILED (reading, or keep_fn), JOURNAL_DAMAGED, JOURNAL_OTHER and the
   three above; unless OK what was read is wiped, and journal may be closed. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_journal_open(akolhook_journal *journal,
        akolhook_store *store, void *memory, size_t size, const akolhook_journal_desc *desc);
/* Writes what is unsaved, and the file anew where an old secret is left in it, if that can be; and wipes the
   memory: it holds secrets. Close the hub first. NULL, and a journal that is not open, are legal. */
AKOLHOOK_API void akolhook_journal_close(akolhook_journal *journal);

#ifndef AKOLHOOK_NO_POSIX
/* A journal in a file, mode 0600, on a file system of this machine. The lock is on the file itself: one
   process holds it at a time (a child made by fork holds it as well, until it ends). While it is rewritten,
   PATH.new is beside it; where a link is opened, PATH is the file that it leads to. Every hook's error is an
   errno; ESTALE: another file has taken its place. */
typedef struct akolhook_journal_posix {
    akolhook_journal_file file; /* for akolhook_journal_desc */
    int fd, next_fd;
    int error; /* errno of _open */
    uint8_t is_rewriting, is_read_only;
    char path[1024], next[1032], folder[1024];
} akolhook_journal_posix;
/* path: 1..1000 bytes; made when it does not exist; a file that is no journal keeps its mode. p must stay
   where it is until _close. Returns OK, INVALID_ARGUMENT, JOURNAL_LOCKED, STORE_FAILED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_journal_posix_open(
        akolhook_journal_posix *p, const char *path);
/* For a look while another process may have it open: no lock, and nothing is made or written. Open the
   journal with desc.read_only. Returns OK, INVALID_ARGUMENT, STORE_FAILED (error ENOENT: there is none). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_journal_posix_open_read(
        akolhook_journal_posix *p, const char *path);
/* Gives the lock back. Close the hub and the journal first. */
AKOLHOOK_API void akolhook_journal_posix_close(akolhook_journal_posix *p);
#endif

/* The most that akolhook_journal_size gives, as a constant; memory_size: AKOLHOOK_MEMORY_SIZE; the others as
   in the desc (0: the default). */
#define AKOLHOOK_JOURNAL_I_BYTES 1024u      /* of the journal itself */
#define AKOLHOOK_JOURNAL_I_LINE_BYTES 8192u /* of a line beside its longest text */
#define AKOLHOOK_JOURNAL_SIZE(memory_size, log_bytes, pool_bytes) \
    (15u + AKOLHOOK_JOURNAL_I_BYTES + AKOLHOOK_HUB_I_ALIGNED(memory_size) + AKOLHOOK_JOURNAL_I_LINE_BYTES + \
            (AKOLHOOK_HUB_I_OR(log_bytes, 16384) + AKOLHOOK_HUB_I_OR(pool_bytes, 131072)) / 3u * 4u)

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

/* The file: a first line that names format and version, then changes. A change is some record lines, each an
   object whose "r" names its kind, closed by a commit mark:

       {"commit":n,"lines":k,"synced":s,"at":..,"wall":..,"numbers":..,...,"check":"32 digits"}

   n numbers the changes; s is the last one that was synced when the mark was written: whatever lies up to it
   must be whole. check is half of a SHA-256 over the salt of the file, which is the check of its first line,
   and all bytes of the change up to the check. A webhook goes by its number, an event by its message id.
   Times are store times (akolhook_hub_clock); at and wall of the last mark are where the clock goes on. */
#define AKOLHOOK_JOURNAL_I_VERSION 2
#define AKOLHOOK_JOURNAL_I_CHECK_LEN 44u /* ,"check":"32 digits"} */
#define AKOLHOOK_JOURNAL_I_STEP 256u     /* records of one change of a rewrite; webhooks of one "fan" */
#define AKOLHOOK_JOURNAL_I_REDELIVER 64u /* deliveries that one change of redeliver_failed makes */
#define AKOLHOOK_JOURNAL_I_RETRY_MS 1000 /* before an outcome or a claim tries a stale file again */
#define AKOLHOOK_JOURNAL_I_WALL_MIN INT64_C(1577836800000) /* 2020; before it the clock was not set */

/* An event as "emit" and "body" tell of it, and the commit mark. */
typedef struct akolhook_journal_i_emit {
    akolhook_store_event e;
    int64_t created;
    uint64_t numbers, sequence; /* given out before */
    uint8_t kept;               /* with its body */
} akolhook_journal_i_emit;
typedef struct akolhook_journal_i_mark {
    uint64_t commit, line_count, synced;
    int64_t at, wall;
} akolhook_journal_i_mark;

typedef struct akolhook_journal_i_state {
    akolhook_journal *open;
    akolhook_store inner;
    akolhook_memory *m;
    const akolhook_journal_file *file;
    void *memory; /* the caller's, and its size */
    size_t size;

    /* the change that is being written, or the part of the file that is being read */
    char *buffer;
    size_t cap, used;
    akolhook_json_writer line;
    akolhook_sha256 check;
    uint32_t line_count;
    uint32_t dirty; /* a webhook whose counters changed since its STATE was written; 0: none */
    uint8_t failed; /* a write failed, or a line did not fit */

    /* the file */
    uint8_t salt[16];
    uint64_t changes, synced; /* number of the last change, of the last that is durable */
    uint64_t grown;           /* bytes since the last rewrite */
    uint64_t limit, threshold;
    uint8_t is_stale; /* its end is not known, or has no beginning yet: it must be written anew */
    uint8_t wants_rewrite, is_read_only, is_salvaged;
    uint8_t is_behind; /* a change stands in memory alone, or one that was refused at the file's end */
    uint64_t unsaved;  /* outcomes that stand in memory alone */
    int64_t retry_at;  /* store time */

    akolhook_store_clock clock;
    int64_t (*now_ms_fn)(void *user);
    int64_t (*unix_ms_fn)(void *user);
    void *clock_user;

    /* replay */
    uint32_t found;  /* the webhook that was looked up last */
    uint32_t stored; /* event of the "emit" whose "fan" lines follow, held; 0: none kept */
    uint64_t emits_from, emits_sequence; /* numbers given out before the event that is written */
    uint8_t in_emit, in_image; /* in_image: counters come as they are, nothing follows from records */
    uint8_t has_evicted;       /* events gave way for lack of room, which the writer had */
    akolhook_journal_i_emit emitted;
} akolhook_journal_i_state;
typedef char
        akolhook_journal_i_bound_holds[sizeof(akolhook_journal_i_state) <= AKOLHOOK_JOURNAL_I_BYTES ? 1 : -1];

/* ---- the members of each record: one table writes and reads them ---- */

typedef enum akolhook_journal_i_kind {
    AKOLHOOK_JOURNAL_I_SIGNED,   /* of any size; within most to either side */
    AKOLHOOK_JOURNAL_I_UNSIGNED, /* of any size; up to most */
    AKOLHOOK_JOURNAL_I_FLAG,     /* uint8_t, true where it is not 0 */
    AKOLHOOK_JOURNAL_I_ID,       /* char array, ends with a NUL: 28 letters and digits */
    AKOLHOOK_JOURNAL_I_HEX,      /* bytes */
    AKOLHOOK_JOURNAL_I_ADDR
} akolhook_journal_i_kind;
typedef struct akolhook_journal_i_member {
    const char *name;
    akolhook_journal_i_kind kind;
    size_t size, at;
    uint64_t most;
} akolhook_journal_i_member;

/* Sums of a few of these stay far from overflow. */
#define AKOLHOOK_JOURNAL_I_TIME_MOST (UINT64_C(1) << 53)
#define AKOLHOOK_JOURNAL_I_COUNT_MOST (UINT64_C(1) << 62)

/* clang-format off */
#define AKOLHOOK_JOURNAL_I_NAMED(name, type, member, kind, most) \
    {name, AKOLHOOK_JOURNAL_I_##kind, sizeof(((akolhook_##type *)0)->member), \
     offsetof(akolhook_##type, member), most}
#define AKOLHOOK_JOURNAL_I_M(type, member, kind, most) \
    AKOLHOOK_JOURNAL_I_NAMED(#member, type, member, kind, most)
#define AKOLHOOK_JOURNAL_I_TIME(type, member) \
    AKOLHOOK_JOURNAL_I_M(type, member, SIGNED, AKOLHOOK_JOURNAL_I_TIME_MOST)
#define AKOLHOOK_JOURNAL_I_COUNT(type, member) \
    AKOLHOOK_JOURNAL_I_M(type, member, UNSIGNED, AKOLHOOK_JOURNAL_I_COUNT_MOST)
#define AKOLHOOK_JOURNAL_I_INT(type, member) \
    AKOLHOOK_JOURNAL_I_M(type, member, SIGNED, INT32_MAX)

/* webhook_put_fn and webhook_set_fn; secret, name, URL and headers come beside them */
static const akolhook_journal_i_member akolhook_journal_i_hook[] = {
    AKOLHOOK_JOURNAL_I_COUNT(memory_i_hook, number),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, id, ID, 0),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, events, UNSIGNED, AKOLHOOK_EVENTS_ALL),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, is_active, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, origin, UNSIGNED, UINT64_MAX),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, rate, UNSIGNED, 1000),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, deadline_ms, UNSIGNED, INT32_MAX),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, created_at_ms),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, updated_at_ms),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, inactive_at_ms),
    AKOLHOOK_JOURNAL_I_M(memory_i_hook, inactive_by, UNSIGNED, AKOLHOOK_INACTIVE_BY_HUB),
    AKOLHOOK_JOURNAL_I_COUNT(memory_i_hook, cut),
};
static const akolhook_journal_i_member akolhook_journal_i_turn[] = {
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, turn),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, allowed_us),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_hook, last_triggered_at_ms),
};
static const akolhook_journal_i_member akolhook_journal_i_health[] = {
    AKOLHOOK_JOURNAL_I_M(store_health, cls, UNSIGNED, AKOLHOOK_CLASS_FAILING),
    AKOLHOOK_JOURNAL_I_M(store_health, is_warned, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(store_health, code, SIGNED, 999),
    AKOLHOOK_JOURNAL_I_INT(store_health, reason),
    AKOLHOOK_JOURNAL_I_M(store_health, failures, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_M(store_health, counted, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_M(store_health, misses, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_INT(store_health, estimate_ms),
    AKOLHOOK_JOURNAL_I_TIME(store_health, sick_at_ms),
    AKOLHOOK_JOURNAL_I_TIME(store_health, failing_since),
    AKOLHOOK_JOURNAL_I_TIME(store_health, counted_since),
    AKOLHOOK_JOURNAL_I_TIME(store_health, sick_since),
    AKOLHOOK_JOURNAL_I_TIME(store_health, missed_at),
    AKOLHOOK_JOURNAL_I_TIME(store_health, backoff_until),
    AKOLHOOK_JOURNAL_I_TIME(store_health, retry_until),
};
static const akolhook_journal_i_member akolhook_journal_i_stats[] = {
    AKOLHOOK_JOURNAL_I_COUNT(stats, emitted),
    AKOLHOOK_JOURNAL_I_COUNT(stats, delivered),
    AKOLHOOK_JOURNAL_I_COUNT(stats, failed),
    AKOLHOOK_JOURNAL_I_COUNT(stats, cancelled),
    AKOLHOOK_JOURNAL_I_COUNT(stats, dropped),
    AKOLHOOK_JOURNAL_I_COUNT(stats, waiting),
    AKOLHOOK_JOURNAL_I_COUNT(stats, skipped),
    AKOLHOOK_JOURNAL_I_COUNT(stats, attempts),
    AKOLHOOK_JOURNAL_I_COUNT(stats, attempts_failed),
    AKOLHOOK_JOURNAL_I_COUNT(stats, tests),
    AKOLHOOK_JOURNAL_I_COUNT(stats, tests_failed),
};
static const akolhook_journal_i_member akolhook_journal_i_job[] = {
    AKOLHOOK_JOURNAL_I_NAMED("number", memory_i_job, node.tie, UNSIGNED, AKOLHOOK_JOURNAL_I_COUNT_MOST),
    AKOLHOOK_JOURNAL_I_NAMED("due", memory_i_job, node.key, SIGNED, AKOLHOOK_JOURNAL_I_TIME_MOST),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_job, created),
    AKOLHOOK_JOURNAL_I_M(memory_i_job, attempt, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_M(memory_i_job, faults, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_M(memory_i_job, is_test, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_job, is_urgent, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_job, is_cut, UNSIGNED, 1),
};
static const akolhook_journal_i_member akolhook_journal_i_row[] = {
    AKOLHOOK_JOURNAL_I_M(memory_i_row, message_id, ID, 0),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, event, UNSIGNED, AKOLHOOK_EVENT_LAST),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, state, UNSIGNED, AKOLHOOK_DELIVERY_DROPPED),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, phase, UNSIGNED, AKOLHOOK_PHASE_DONE),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, success, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, is_test, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, response_cut, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, redelivered, UNSIGNED, 1),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, code, UNSIGNED, 999),
    AKOLHOOK_JOURNAL_I_COUNT(memory_i_row, sequence),
    AKOLHOOK_JOURNAL_I_COUNT(memory_i_row, number),
    AKOLHOOK_JOURNAL_I_TIME(memory_i_row, at_ms),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, native_error, SIGNED, LONG_MAX),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, peer, ADDR, 0),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, status),
    AKOLHOOK_JOURNAL_I_M(memory_i_row, attempt, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, retry_ms),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, ms),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, lookup_ms),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, connect_ms),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, tls_ms),
    AKOLHOOK_JOURNAL_I_INT(memory_i_row, first_byte_ms),
};
static const akolhook_journal_i_member akolhook_journal_i_key[] = {
    AKOLHOOK_JOURNAL_I_M(memory_i_key, key, HEX, 0),
    AKOLHOOK_JOURNAL_I_M(memory_i_key, print, HEX, 0),
    AKOLHOOK_JOURNAL_I_M(memory_i_key, message_id, ID, 0),
};
/* "body" has the first three, "emit" eight, and the last two where there is a key */
#define AKOLHOOK_JOURNAL_I_OF_BODY 3u
#define AKOLHOOK_JOURNAL_I_OF_EMIT 8u
static const akolhook_journal_i_member akolhook_journal_i_event[] = {
    AKOLHOOK_JOURNAL_I_NAMED("message", journal_i_emit, e.message_id, ID, 0),
    AKOLHOOK_JOURNAL_I_NAMED("event", journal_i_emit, e.event, UNSIGNED, AKOLHOOK_EVENT_LAST),
    AKOLHOOK_JOURNAL_I_TIME(journal_i_emit, created),
    AKOLHOOK_JOURNAL_I_NAMED("at", journal_i_emit, e.at_ms, SIGNED, AKOLHOOK_JOURNAL_I_TIME_MOST),
    AKOLHOOK_JOURNAL_I_NAMED("is_test", journal_i_emit, e.is_test, FLAG, 1),
    AKOLHOOK_JOURNAL_I_COUNT(journal_i_emit, numbers),
    AKOLHOOK_JOURNAL_I_COUNT(journal_i_emit, sequence),
    AKOLHOOK_JOURNAL_I_M(journal_i_emit, kept, FLAG, 1),
    AKOLHOOK_JOURNAL_I_NAMED("key", journal_i_emit, e.key, HEX, 0),
    AKOLHOOK_JOURNAL_I_NAMED("print", journal_i_emit, e.print, HEX, 0),
};
/* the first three tell whether it is one */
#define AKOLHOOK_JOURNAL_I_OF_SCAN 3u
static const akolhook_journal_i_member akolhook_journal_i_marks[] = {
    AKOLHOOK_JOURNAL_I_COUNT(journal_i_mark, commit),
    AKOLHOOK_JOURNAL_I_NAMED("lines", journal_i_mark, line_count, UNSIGNED, UINT32_MAX),
    AKOLHOOK_JOURNAL_I_COUNT(journal_i_mark, synced),
    AKOLHOOK_JOURNAL_I_TIME(journal_i_mark, at),
    AKOLHOOK_JOURNAL_I_TIME(journal_i_mark, wall),
};
/* what the commit mark says of the store */
static const akolhook_journal_i_member akolhook_journal_i_store[] = {
    AKOLHOOK_JOURNAL_I_TIME(memory, floor),
    AKOLHOOK_JOURNAL_I_TIME(memory, answered_at),
    AKOLHOOK_JOURNAL_I_COUNT(memory, numbers),
    AKOLHOOK_JOURNAL_I_COUNT(memory, sequence),
};
/* clang-format on */
#define AKOLHOOK_JOURNAL_I_LEN(table) (sizeof(table) / sizeof((table)[0]))

#define AKOLHOOK_JOURNAL_I_COPY(to, from, table) \
    akolhook_journal_i_copy(to, from, table, AKOLHOOK_JOURNAL_I_LEN(table))
static void akolhook_journal_i_copy(
        void *to, const void *from, const akolhook_journal_i_member *table, size_t count) {
    size_t i;

    for (i = 0; i < count; i++)
        memcpy((char *)to + table[i].at, (const char *)from + table[i].at, table[i].size);
}

/* ---- writing lines ---- */

static int64_t akolhook_journal_i_wall(akolhook_journal_i_state *j) {
    int64_t wall = j->unix_ms_fn ? j->unix_ms_fn(j->clock_user) : 0;

    if (wall < AKOLHOOK_JOURNAL_I_WALL_MIN || (uint64_t)wall > AKOLHOOK_JOURNAL_I_TIME_MOST) wall = 0;
    return wall;
}
/* The clock of the store in memory. While the wall clock is not set, the time of a restart does not count. */
static int64_t akolhook_journal_i_now(void *user) {
    akolhook_journal_i_state *j = (akolhook_journal_i_state *)user;
    int64_t wall = akolhook_journal_i_wall(j);

    if (!wall) wall = j->clock.wall_ms;
    return akolhook_hub_clock(&j->clock, wall, j->now_ms_fn(j->clock_user));
}

static void akolhook_journal_i_flush(akolhook_journal_i_state *j) {
    if (!j->failed) {
        j->open->error = j->file->append_fn(j->file->user, j->buffer, j->used);
        j->failed = j->open->error != 0;
        j->grown += j->used;
    }
    akolhook_wipe(j->buffer, j->used);
    j->used = 0;
}
/* Begins a line; len: bytes of its long texts. Nothing is written to a file that must be written anew. */
static akolhook_json_writer *akolhook_journal_i_long_begin(
        akolhook_journal_i_state *j, const char *kind, size_t len) {
    if (j->cap - j->used < AKOLHOOK_JOURNAL_I_LINE_BYTES + len / 3 * 4) akolhook_journal_i_flush(j);
    if (!j->line_count) {
        akolhook_sha256_init(&j->check);
        akolhook_sha256_update(&j->check, j->salt, sizeof j->salt);
    }
    akolhook_json_init(&j->line, j->buffer + j->used, j->cap - j->used, 0);
    akolhook_json_object_begin(&j->line);
    if (kind) akolhook_json_add_string(&j->line, "r", akolhook_str_c(kind));
    return &j->line;
}
static akolhook_json_writer *akolhook_journal_i_line_begin(akolhook_journal_i_state *j, const char *kind) {
    return akolhook_journal_i_long_begin(j, kind, 0);
}
static void akolhook_journal_i_line_end(akolhook_journal_i_state *j) {
    size_t len = 0;

    akolhook_json_object_end(&j->line);
    if (akolhook_json_finish(&j->line, &len) != AKOLHOOK_OK) { /* an id that is no text; all else has room */
        j->failed = 1;
        return;
    }
    j->buffer[j->used + len] = '\n';
    akolhook_sha256_update(&j->check, j->buffer + j->used, len + 1);
    j->used += len + 1;
    j->line_count++;
}

static void akolhook_journal_i_add_hex(
        akolhook_json_writer *w, const char *name, const void *data, size_t len) {
    char text[2 * 32 + 1];
    size_t digits = 0;

    (void)!akolhook_hex_encode(data, len, text, sizeof text, &digits); /* it has room */
    akolhook_json_add_string(w, name, akolhook_str_n(text, digits));
}
/* The length of a text between quotes; SIZE_MAX when it is no UTF-8. */
static size_t akolhook_journal_i_text_cost(akolhook_str s) {
    size_t cost = s.len, i;

    if (akolhook_utf8_check(s, NULL) != AKOLHOOK_OK) return SIZE_MAX;
    for (i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\') cost++;
        if ((uint8_t)s.ptr[i] < 0x20) cost += 5; /* as \u00xx */
    }
    return cost;
}
/* Any bytes: a string, or where that would be longer, or cannot be, an array of one string in base64. */
static void akolhook_journal_i_add_bytes(akolhook_json_writer *w, const char *name, akolhook_str s) {
    if (!s.len) return;
    akolhook_json_key(w, akolhook_str_c(name));
    if (akolhook_journal_i_text_cost(s) <= (s.len + 2) / 3 * 4) {
        akolhook_json_string(w, s);
        return;
    }
    akolhook_json_array_begin(w);
    akolhook_json_base64(w, s.ptr, s.len);
    akolhook_json_array_end(w);
}

/* An integer of 8 or 4 bytes; of any size. */
static int64_t akolhook_journal_i_signed(const void *p, size_t size) {
    int64_t wide;
    int32_t middle;

    if (size == sizeof wide) {
        memcpy(&wide, p, sizeof wide);
        return wide;
    }
    memcpy(&middle, p, sizeof middle);
    return middle;
}
static uint64_t akolhook_journal_i_unsigned(const void *p, size_t size) {
    uint64_t wide = 0;
    uint32_t middle = 0;
    uint16_t narrow = 0;

    if (size == 1) return *(const uint8_t *)p;
    if (size == sizeof wide) memcpy(&wide, p, sizeof wide);
    if (size == sizeof middle) memcpy(&middle, p, sizeof middle);
    if (size == sizeof narrow) memcpy(&narrow, p, sizeof narrow);
    return wide | middle | narrow;
}
/* Members that are 0 are left out. */
static void akolhook_journal_i_add_member(
        akolhook_json_writer *w, const akolhook_journal_i_member *member, const void *object) {
    const char *p = (const char *)object + member->at;
    char text[AKOLHOOK_ADDR_SIZE];
    akolhook_addr addr;

    switch (member->kind) {
    case AKOLHOOK_JOURNAL_I_SIGNED:
        if (akolhook_journal_i_signed(p, member->size))
            akolhook_json_add_int64(w, member->name, akolhook_journal_i_signed(p, member->size));
        break;
    case AKOLHOOK_JOURNAL_I_UNSIGNED:
        if (akolhook_journal_i_unsigned(p, member->size))
            akolhook_json_add_uint64(w, member->name, akolhook_journal_i_unsigned(p, member->size));
        break;
    case AKOLHOOK_JOURNAL_I_FLAG:
        if (*p) akolhook_json_add_bool(w, member->name, 1);
        break;
    case AKOLHOOK_JOURNAL_I_ID: akolhook_json_add_string(w, member->name, akolhook_str_c(p)); break;
    case AKOLHOOK_JOURNAL_I_HEX: akolhook_journal_i_add_hex(w, member->name, p, member->size); break;
    case AKOLHOOK_JOURNAL_I_ADDR:
    default:
        memcpy(&addr, p, sizeof addr);
        if (!addr.family) break;
        akolhook_addr_format(&addr, text);
        akolhook_json_add_string(w, member->name, akolhook_str_c(text));
        break;
    }
}
#define AKOLHOOK_JOURNAL_I_ADD(w, table, object) \
    akolhook_journal_i_add(w, table, AKOLHOOK_JOURNAL_I_LEN(table), object)
static void akolhook_journal_i_add(
        akolhook_json_writer *w, const akolhook_journal_i_member *table, size_t count, const void *object) {
    size_t i;

    for (i = 0; i < count; i++) akolhook_journal_i_add_member(w, &table[i], object);
}
static void akolhook_journal_i_add_stats(akolhook_json_writer *w, const akolhook_stats *s) {
    size_t i, last = AKOLHOOK_LATENCY_BUCKETS;

    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_stats, s);
    while (last && !s->latency[last - 1]) last--;
    if (!last) return;
    akolhook_json_key(w, akolhook_str_c("latency"));
    akolhook_json_array_begin(w);
    for (i = 0; i < last; i++) akolhook_json_uint64(w, s->latency[i]);
    akolhook_json_array_end(w);
}

/* ---- records ---- */

static void akolhook_journal_i_write_hook(akolhook_journal_i_state *j, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(j->m, hook);
    akolhook_str headers = akolhook_memory_i_headers_of(j->m, h->text);
    akolhook_str url = akolhook_memory_i_url_of(j->m, h->text);
    akolhook_json_writer *w = akolhook_journal_i_long_begin(j, "webhook", url.len + headers.len);

    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_hook, h);
    akolhook_journal_i_add_bytes(w, "secret", akolhook_str_c(h->secret)); /* one's own may be of any bytes */
    akolhook_journal_i_add_bytes(w, "name", akolhook_memory_i_name_of(j->m, h->text));
    akolhook_journal_i_add_bytes(w, "url", url);
    akolhook_journal_i_add_bytes(w, "headers", headers);
    akolhook_journal_i_line_end(j);
}
static void akolhook_journal_i_write_state(akolhook_journal_i_state *j, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(j->m, hook);
    akolhook_json_writer *w = akolhook_journal_i_line_begin(j, "state");

    akolhook_json_add_uint64(w, "webhook", h->number);
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_turn, h);
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_health, &h->health);
    akolhook_journal_i_add_stats(w, &h->stats);
    akolhook_journal_i_line_end(j);
    if (j->dirty == hook) j->dirty = 0;
}
static void akolhook_journal_i_write_job(akolhook_journal_i_state *j, uint32_t job) {
    akolhook_memory_i_job copy = *akolhook_memory_i_job_at(j->m, job);
    akolhook_json_writer *w = akolhook_journal_i_line_begin(j, "delivery");

    if (copy.state == AKOLHOOK_MEMORY_I_JOB_LEASED) copy.node.key = j->m->now;
    akolhook_json_add_uint64(w, "webhook", akolhook_memory_i_hook_at(j->m, copy.webhook)->number);
    akolhook_json_add_string(
            w, "message", akolhook_str_c(akolhook_memory_i_stored_at(j->m, copy.event)->message_id));
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_job, &copy);
    akolhook_journal_i_line_end(j);
}
static void akolhook_journal_i_write_row(akolhook_journal_i_state *j, uint32_t row) {
    akolhook_memory_i_row *r = akolhook_memory_i_row_at(j->m, row);
    akolhook_log_row read;
    akolhook_json_writer *w;

    akolhook_memory_i_row_read(j->m, row, &read);
    w = akolhook_journal_i_long_begin(j, "row", read.response.len);
    akolhook_json_add_uint64(
            w, "webhook", akolhook_memory_i_hook_at(j->m, akolhook_memory_i_row_hook(j->m, row))->number);
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_row, r);
    akolhook_journal_i_add_bytes(w, "response", read.response);
    akolhook_journal_i_line_end(j);
}
/* An event; e is its body, NULL: none is kept. */
static void akolhook_journal_i_write_event(akolhook_journal_i_state *j, const char *kind,
        const akolhook_journal_i_emit *line, size_t members, const akolhook_memory_i_stored *e) {
    const char *bytes = e ? (const char *)(e + 1) : NULL;
    akolhook_json_writer *w =
            akolhook_journal_i_long_begin(j, kind, e ? (size_t)e->head_len + e->tail_len : 0);

    akolhook_journal_i_add(w, akolhook_journal_i_event, members, line);
    if (e) {
        akolhook_journal_i_add_bytes(w, "head", akolhook_str_n(bytes, e->head_len));
        akolhook_journal_i_add_bytes(w, "tail", akolhook_str_n(bytes + e->head_len, e->tail_len));
    }
    akolhook_journal_i_line_end(j);
}
/* A body that is kept. */
static void akolhook_journal_i_write_stored(akolhook_journal_i_state *j, uint32_t at) {
    const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(j->m, at);
    akolhook_journal_i_emit line;

    memcpy(line.e.message_id, e->message_id, sizeof line.e.message_id);
    line.e.event = (akolhook_event)e->event;
    line.created = e->created;
    akolhook_journal_i_write_event(j, "body", &line, AKOLHOOK_JOURNAL_I_OF_BODY, e);
}
static void akolhook_journal_i_write_key(akolhook_journal_i_state *j, uint32_t at) {
    akolhook_json_writer *w = akolhook_journal_i_line_begin(j, "key");

    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_key, &j->m->keys[at - 1]);
    akolhook_journal_i_line_end(j);
}
/* total: with the counters, deleted webhooks included. */
static void akolhook_journal_i_write_store(akolhook_journal_i_state *j, int total) {
    akolhook_json_writer *w = akolhook_journal_i_long_begin(j, "store", AKOLHOOK_NOTE_SIZE);

    akolhook_journal_i_add_bytes(w, "business", akolhook_str_n(j->m->business, j->m->business_len));
    akolhook_journal_i_add_bytes(w, "note", akolhook_str_n(j->m->note, j->m->note_len));
    akolhook_json_add_bool(w, "total", total);
    if (total) akolhook_journal_i_add_stats(w, &j->m->total);
    akolhook_journal_i_line_end(j);
}
static void akolhook_journal_i_write_number(
        akolhook_journal_i_state *j, const char *kind, const char *name, uint64_t number) {
    akolhook_json_add_uint64(akolhook_journal_i_line_begin(j, kind), name, number);
    akolhook_journal_i_line_end(j);
}
static void akolhook_journal_i_write_hook_gone(akolhook_journal_i_state *j, uint32_t hook) {
    akolhook_journal_i_write_number(j, "deleted", "webhook", akolhook_memory_i_hook_at(j->m, hook)->number);
}
static void akolhook_journal_i_write_event_gone(akolhook_journal_i_state *j, uint32_t at) {
    akolhook_json_add_string(akolhook_journal_i_line_begin(j, "gone"), "message",
            akolhook_str_c(akolhook_memory_i_stored_at(j->m, at)->message_id));
    akolhook_journal_i_line_end(j);
}

static void akolhook_journal_i_write_dirty(akolhook_journal_i_state *j) {
    if (j->dirty) akolhook_journal_i_write_state(j, j->dirty);
}
static void akolhook_journal_i_write_job_gone(akolhook_journal_i_state *j, uint32_t at) {
    const akolhook_memory_i_job *job = akolhook_memory_i_job_at(j->m, at);

    if (j->dirty != job->webhook) akolhook_journal_i_write_dirty(j);
    akolhook_journal_i_write_number(j, "ended", "delivery", job->node.tie);
    j->dirty = job->webhook; /* its counters change next */
}
/* Writes a record as it is in this moment. */
static void akolhook_journal_i_write(akolhook_journal_i_state *j, akolhook_memory_i_kind kind, uint32_t at) {
    /* by their kinds; what STORE tells of stands in the commit mark */
    static void (*const writers[])(akolhook_journal_i_state * j, uint32_t at) = {
            akolhook_journal_i_write_hook, akolhook_journal_i_write_hook_gone, akolhook_journal_i_write_state,
            akolhook_journal_i_write_stored, akolhook_journal_i_write_event_gone,
            akolhook_journal_i_write_job, akolhook_journal_i_write_job_gone, akolhook_journal_i_write_row,
            akolhook_journal_i_write_key, NULL};

    if (writers[kind]) writers[kind](j, at);
}
/* What the store in memory tells. */
static void akolhook_journal_i_changed(void *user, akolhook_memory_i_kind kind, uint32_t at) {
    akolhook_journal_i_state *j = (akolhook_journal_i_state *)user;

    if (j->is_stale)
        j->is_behind = 1;
    else
        akolhook_journal_i_write(j, kind, at);
}
static void akolhook_journal_i_watch(akolhook_journal_i_state *j, int on) {
    j->m->watch.user = j;
    j->m->watch.changed_fn = on ? akolhook_journal_i_changed : NULL;
}

/* ---- changes ---- */

static void akolhook_journal_i_check_text(
        const akolhook_sha256 *over, const char *rest, size_t len, char out[AKOLHOOK_JOURNAL_I_CHECK_LEN]) {
    akolhook_sha256 check = *over;
    uint8_t digest[32];
    char hex[2 * 16 + 1];
    size_t digits = 0;

    akolhook_sha256_update(&check, rest, len);
    akolhook_sha256_final(&check, digest);
    (void)!akolhook_hex_encode(digest, 16, hex, sizeof hex, &digits); /* it has room */
    memcpy(out, ",\"check\":\"", 10);
    memcpy(out + 10, hex, 32);
    memcpy(out + 42, "\"}", 2);
}
/* Closes a line with its check: takes the final brace back. */
static void akolhook_journal_i_line_seal(akolhook_journal_i_state *j) {
    size_t len = 0;

    akolhook_json_object_end(&j->line);
    (void)!akolhook_json_finish(&j->line, &len); /* numbers alone: they have room */
    len--;
    akolhook_journal_i_check_text(&j->check, j->buffer + j->used, len, j->buffer + j->used + len);
    j->used += len + AKOLHOOK_JOURNAL_I_CHECK_LEN;
    j->buffer[j->used++] = '\n';
}
/* Closes the change that is open, if there is one; sync: it is durable then. 0: it could not be written, and
   the file must be written anew before it takes another. */
static int akolhook_journal_i_commit_as(akolhook_journal_i_state *j, int sync) {
    akolhook_json_writer *w;
    akolhook_journal_i_mark mark;

    if (!j->is_stale) akolhook_journal_i_write_dirty(j);
    j->dirty = 0;
    if (!j->line_count && !j->failed) return 1;

    mark.commit = j->changes + 1;
    mark.line_count = j->line_count;
    mark.synced = j->synced;
    mark.at = j->clock.at_ms;
    mark.wall = j->clock.wall_ms;
    w = akolhook_journal_i_line_begin(j, NULL);
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_marks, &mark);
    AKOLHOOK_JOURNAL_I_ADD(w, akolhook_journal_i_store, j->m);
    akolhook_journal_i_line_seal(j);
    akolhook_journal_i_flush(j);
    if (sync && !j->failed) {
        j->open->error = j->file->sync_fn(j->file->user);
        j->failed = j->open->error != 0;
    }

    j->line_count = 0;
    if (j->failed) {
        j->failed = 0;
        j->is_stale = j->is_behind = 1;
        return 0;
    }
    j->changes++;
    if (sync) j->synced = j->changes;
    return 1;
}

static int akolhook_journal_i_commit(akolhook_journal_i_state *j) {
    return akolhook_journal_i_commit_as(j, 0);
}
static int akolhook_journal_i_commit_synced(akolhook_journal_i_state *j) {
    return akolhook_journal_i_commit_as(j, 1);
}

/* ---- the whole store, written anew ---- */

/* One more record of the image, which is cut into changes. What cannot be written fails all of it. */
static void akolhook_journal_i_image_put(
        akolhook_journal_i_state *j, akolhook_memory_i_kind kind, uint32_t at) {
    if (j->failed) return;
    akolhook_journal_i_write(j, kind, at);
    if (j->line_count >= AKOLHOOK_JOURNAL_I_STEP && !akolhook_journal_i_commit(j)) j->failed = 1;
}
/* Those that something waits for, as they lie in the pool; then the kept ones, the first to go first. */
static void akolhook_journal_i_image_events(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t at;

    for (at = 1; at < m->pool_units; at += akolhook_memory_i_block_at(m, at)->units) {
        const akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);

        if (!b->refs || !b->bin_next || !akolhook_memory_i_stored_at(m, at)->pending) continue;
        akolhook_journal_i_image_put(j, AKOLHOOK_MEMORY_I_EVENT, at);
    }
    for (at = m->first_kept; at; at = akolhook_memory_i_stored_at(m, at)->next)
        akolhook_journal_i_image_put(j, AKOLHOOK_MEMORY_I_EVENT, at);
}
static void akolhook_journal_i_image_jobs(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t hook, job;

    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        for (job = akolhook_memory_i_hook_at(m, hook)->oldest; job;
                job = akolhook_memory_i_job_at(m, job)->newer)
            akolhook_journal_i_image_put(j, AKOLHOOK_MEMORY_I_JOB, job);
}
static void akolhook_journal_i_image_rows(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t row = m->newest_row;

    while (row && akolhook_memory_i_row_at(m, row)->older) row = akolhook_memory_i_row_at(m, row)->older;
    for (; row; row = akolhook_memory_i_row_at(m, row)->newer)
        akolhook_journal_i_image_put(j, AKOLHOOK_MEMORY_I_ROW, row);
}
static void akolhook_journal_i_image_keys(akolhook_journal_i_state *j) {
    const uint32_t most = j->m->desc.max_keys;
    uint64_t at = j->m->keys_seen > most ? j->m->keys_seen - most : 0;

    for (; at < j->m->keys_seen; at++)
        akolhook_journal_i_image_put(j, AKOLHOOK_MEMORY_I_KEY, (uint32_t)(at % most) + 1);
}
static void akolhook_journal_i_image_hooks(akolhook_journal_i_state *j, akolhook_memory_i_kind kind) {
    uint32_t hook;

    for (hook = j->m->first_hook; hook; hook = akolhook_memory_i_hook_at(j->m, hook)->next)
        akolhook_journal_i_image_put(j, kind, hook);
}
static void akolhook_journal_i_image(akolhook_journal_i_state *j) {
    akolhook_journal_i_image_hooks(j, AKOLHOOK_MEMORY_I_HOOK);
    akolhook_journal_i_image_events(j);
    akolhook_journal_i_image_jobs(j);
    akolhook_journal_i_image_rows(j);
    akolhook_journal_i_image_keys(j);
    akolhook_journal_i_image_hooks(j, AKOLHOOK_MEMORY_I_STATE);
    if (j->failed) return;
    akolhook_journal_i_write_store(j, 1);
    if (!akolhook_journal_i_commit(j)) j->failed = 1;
}
/* The first line; its check is the salt of the others. The clock makes it another one each time. */
static void akolhook_journal_i_image_head(akolhook_journal_i_state *j) {
    akolhook_json_writer *w;
    const char *hex;
    size_t len = 0;

    memset(j->salt, 0, sizeof j->salt);
    j->line_count = 0;
    w = akolhook_journal_i_line_begin(j, NULL);
    akolhook_json_add_string(w, "akolhook", akolhook_str_c("journal"));
    akolhook_json_add_int64(w, "version", AKOLHOOK_JOURNAL_I_VERSION);
    akolhook_json_add_uint64(w, "change", j->changes);
    akolhook_json_add_int64(w, "at", j->clock.at_ms);
    akolhook_json_add_int64(w, "wall", j->clock.wall_ms);
    akolhook_journal_i_line_seal(j);
    hex = j->buffer + j->used - 1 - 2 - 32;
    (void)!akolhook_hex_decode(akolhook_str_n(hex, 32), j->salt, sizeof j->salt, &len);
    akolhook_journal_i_flush(j);
}
/* On failure the old file goes on, unless it is stale, or it is not known which of the two there is. */
static int akolhook_journal_i_rewrite(akolhook_journal_i_state *j) {
    const akolhook_journal_file *f = j->file;
    uint64_t changes = j->changes, synced = j->synced, grown = j->grown;
    uint8_t salt[16], was_stale = j->is_stale;

    memcpy(salt, j->salt, sizeof salt);
    j->failed = 0;
    j->open->error = f->rewrite_begin_fn(f->user);
    if (!j->open->error) {
        j->is_stale = 0;
        akolhook_journal_i_image_head(j);
        j->synced = changes; /* nothing of a file that takes its place in one step can be missing */
        akolhook_journal_i_image(j);
        if (!j->failed) {
            j->open->error = f->sync_fn(f->user);
            j->failed = j->open->error != 0;
        }
        if (!j->failed) {
            was_stale = 1; /* from here on */
            j->open->error = f->rewrite_commit_fn(f->user);
            j->failed = j->open->error != 0;
        }
        if (!j->failed) {
            j->synced = j->changes;
            j->grown = j->unsaved = 0;
            j->threshold = j->limit;
            j->wants_rewrite = j->is_behind = 0;
            return 1;
        }
        f->rewrite_abort_fn(f->user);
    }

    akolhook_wipe(j->buffer, j->cap);
    j->used = 0;
    j->line_count = 0;
    j->failed = 0;
    j->is_stale = was_stale;
    j->changes = changes;
    j->synced = synced;
    j->grown = grown;
    j->threshold = grown + j->limit / 4 + 1;
    memcpy(j->salt, salt, sizeof salt);
    return 0;
}

/* ---- the store's calls ---- */

static akolhook_journal_i_state *akolhook_journal_i_of(void *user) {
    return (akolhook_journal_i_state *)((akolhook_memory *)user)->watch.user;
}

/* Before a call that accepts something: 0 when the file can take nothing. */
static int akolhook_journal_i_ready(akolhook_journal_i_state *j) {
    if (j->is_read_only) return 0;
    (void)akolhook_memory_i_now(j->m);
    if (j->is_stale || j->wants_rewrite || j->grown >= j->threshold) (void)akolhook_journal_i_rewrite(j);
    return !j->is_stale;
}
/* Before a call that goes on in memory whatever the file says. */
static void akolhook_journal_i_try(akolhook_journal_i_state *j) {
    int64_t now = akolhook_memory_i_now(j->m);

    if (j->is_stale && now < j->retry_at) return;
    if ((j->is_stale || j->wants_rewrite || j->grown >= j->threshold) && !akolhook_journal_i_rewrite(j))
        j->retry_at = now + AKOLHOOK_JOURNAL_I_RETRY_MS;
}
/* Old secrets go with the old file. When it fails, the next call tries again. */
static void akolhook_journal_i_forget(akolhook_journal_i_state *j) {
    j->wants_rewrite = 1;
    (void)akolhook_journal_i_rewrite(j);
}

static akolhook_status akolhook_journal_i_bind(void *user, akolhook_str business_id) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    if (j->m->business_len || j->is_read_only) return j->inner.bind_fn(j->m, business_id);
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = j->inner.bind_fn(j->m, business_id);
    akolhook_journal_i_write_store(j, 0);
    if (akolhook_journal_i_commit_synced(j)) return status;
    j->m->business_len = 0;
    return AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_journal_i_note(void *user, akolhook_str *note) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    char before[AKOLHOOK_NOTE_SIZE];
    uint32_t before_len = j->m->note_len;
    akolhook_status status;

    if (!note->ptr) return j->inner.note_fn(j->m, note);
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    memcpy(before, j->m->note, sizeof before);
    status = j->inner.note_fn(j->m, note);
    akolhook_journal_i_write_store(j, 0);
    if (akolhook_journal_i_commit_synced(j)) return status;
    memcpy(j->m->note, before, sizeof before);
    j->m->note_len = before_len;
    return AKOLHOOK_STORE_FAILED;
}

static akolhook_status akolhook_journal_i_put(
        void *user, const akolhook_store_webhook *webhook, uint32_t max) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = j->inner.webhook_put_fn(j->m, webhook, max);
    if (status != AKOLHOOK_OK || akolhook_journal_i_commit_synced(j)) return status;
    (void)j->inner.webhook_delete_fn(j->m, webhook->id); /* the file is stale, so nothing of it is written */
    return AKOLHOOK_STORE_FAILED;
}

/* Takes back what webhook_set_fn did, with the text block that is held since before. */
static void akolhook_journal_i_unset(
        akolhook_journal_i_state *j, uint32_t hook, const akolhook_memory_i_hook *before) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    akolhook_memory_i_text_release(m, h);
    akolhook_memory_i_text_charge(m, h, before->text);
    AKOLHOOK_JOURNAL_I_COPY(h, before, akolhook_journal_i_hook);
    memcpy(h->secret, before->secret, sizeof h->secret);
    akolhook_memory_i_url_change(m, hook, before->url_hash);
    m->cut_waiting += before->cut_waiting - h->cut_waiting;
    h->cut_waiting = before->cut_waiting;

    akolhook_memory_i_health_set(m, h, &before->health);
    akolhook_memory_i_hook_hide(m, hook);
    AKOLHOOK_JOURNAL_I_COPY(h, before, akolhook_journal_i_turn);
    akolhook_memory_i_reschedule(m, hook);
}
static akolhook_status akolhook_journal_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_memory *m = j->m;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(w->id));
    unsigned stops = which & AKOLHOOK_STORE_ACTIVE && !w->is_active ? AKOLHOOK_STORE_ACTIVE : 0;
    akolhook_memory_i_hook *h, before;
    akolhook_status status;

    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    h = akolhook_memory_i_hook_at(m, hook);
    before = *h;
    akolhook_memory_i_block_at(m, before.text)->refs++;

    /* deliveries are cut off at once, and ended when that is written */
    status = j->inner.webhook_set_fn(m, w, which & ~stops, at_ms, changed);
    if (stops && which == stops && !before.is_active) h->updated_at_ms = before.updated_at_ms;
    if (status == AKOLHOOK_OK && stops) {
        if (changed) *changed = before.is_active;
        akolhook_memory_i_hook_stop(m, hook, AKOLHOOK_INACTIVE_BY_CALL, at_ms);
    }
    if (status == AKOLHOOK_OK && !akolhook_journal_i_commit_synced(j)) {
        akolhook_journal_i_unset(j, hook, &before);
        akolhook_wipe(&before, sizeof before);
        return AKOLHOOK_STORE_FAILED;
    }

    akolhook_memory_i_text_drop(m, before.text);
    akolhook_wipe(&before, sizeof before);
    if (status != AKOLHOOK_OK) return status;
    if (stops) {
        (void)akolhook_memory_i_cut_end(m, hook, AKOLHOOK_STORE_STEP, at_ms);
        (void)akolhook_journal_i_commit(j);
    }
    if (which & AKOLHOOK_STORE_SECRET) akolhook_journal_i_forget(j);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_delete(void *user, const char *id) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    uint32_t hook = akolhook_memory_i_hook_find(j->m, akolhook_memory_i_id_str(id));

    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    akolhook_journal_i_changed(j, AKOLHOOK_MEMORY_I_HOOK_GONE, hook);
    if (!akolhook_journal_i_commit_synced(j)) return AKOLHOOK_STORE_FAILED;

    akolhook_journal_i_watch(j, 0);
    (void)j->inner.webhook_delete_fn(j->m, id);
    akolhook_journal_i_watch(j, 1);
    akolhook_journal_i_forget(j);
    return AKOLHOOK_OK;
}

/* Which webhooks get an event, in the order of their numbers, and how: M makes a delivery, S is skipped, D
   is dropped. */
typedef struct akolhook_journal_i_fan {
    uint64_t webhooks[AKOLHOOK_JOURNAL_I_STEP];
    char fates[AKOLHOOK_JOURNAL_I_STEP];
    size_t count;
} akolhook_journal_i_fan;
static void akolhook_journal_i_write_fan(akolhook_journal_i_state *j, akolhook_journal_i_fan *fan) {
    akolhook_json_writer *w;
    size_t i;

    if (!fan->count) return;
    w = akolhook_journal_i_line_begin(j, "fan");
    akolhook_json_key(w, akolhook_str_c("to"));
    akolhook_json_array_begin(w);
    for (i = 0; i < fan->count; i++) akolhook_json_uint64(w, fan->webhooks[i]);
    akolhook_json_array_end(w);
    akolhook_json_add_string(w, "fates", akolhook_str_n(fan->fates, fan->count));
    akolhook_journal_i_line_end(j);
    fan->count = 0;
}
/* An event with the fates that were judged, after those before it in the call. */
static void akolhook_journal_i_write_emit(
        akolhook_journal_i_state *j, const akolhook_store_event *event, uint32_t stored) {
    static const char letters[] = "-MSD-"; /* by akolhook_fate */
    akolhook_memory *m = j->m;
    const akolhook_memory_i_stored *e = stored ? akolhook_memory_i_stored_at(m, stored) : NULL;
    uint64_t len = akolhook_memory_i_len(m, event);
    akolhook_journal_i_emit line;
    akolhook_journal_i_fan fan;
    int is_bytes, is_shared = 0;
    uint32_t hook;

    line.e = *event;
    line.created = m->now;
    line.numbers = j->emits_from;
    line.sequence = j->emits_sequence;
    line.kept = e != NULL;
    akolhook_journal_i_write_event(j, "emit", &line,
            event->has_key ? AKOLHOOK_JOURNAL_I_LEN(akolhook_journal_i_event) : AKOLHOOK_JOURNAL_I_OF_EMIT,
            e);

    fan.count = 0;
    for (hook = akolhook_memory_i_first(m, event); hook; hook = akolhook_memory_i_next(m, event, hook)) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        akolhook_fate fate = akolhook_memory_i_hook_fate(m, h, event, len, &is_bytes);

        if (fate == AKOLHOOK_FATE_NONE) continue;
        if (fate == AKOLHOOK_FATE_MAKE) akolhook_memory_i_plan(m, h, len, &is_shared);
        j->emits_from += fate == AKOLHOOK_FATE_MAKE || fate == AKOLHOOK_FATE_DROP;
        j->emits_sequence += fate == AKOLHOOK_FATE_DROP;
        fan.webhooks[fan.count] = h->number;
        fan.fates[fan.count++] = letters[fate];
        if (fan.count == AKOLHOOK_JOURNAL_I_STEP) akolhook_journal_i_write_fan(j, &fan);
    }
    akolhook_journal_i_write_fan(j, &fan);
    if (is_shared) m->planned_shared_bytes += len;
}
static akolhook_status akolhook_journal_i_enqueue(void *user, akolhook_store_event *events, size_t count) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_memory *m = j->m;
    uint32_t stored[AKOLHOOK_EMIT_MOST];
    akolhook_status status;
    size_t i;

    if (count > AKOLHOOK_EMIT_MOST || !akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = akolhook_memory_i_enqueue_plan(m, events, count, stored);
    if (status != AKOLHOOK_OK) {
        (void)akolhook_journal_i_commit(j); /* events that made room */
        return status;
    }

    j->emits_from = m->numbers;
    j->emits_sequence = m->sequence;
    for (i = 0; i < count; i++)
        if (!events[i].repeated) akolhook_journal_i_write_emit(j, &events[i], stored[i]);
    akolhook_memory_i_plan_end(m);
    if (!akolhook_journal_i_commit_synced(j)) status = AKOLHOOK_STORE_FAILED;

    akolhook_journal_i_watch(j, 0);
    for (i = 0; i < count; i++) {
        if (status == AKOLHOOK_OK && !events[i].repeated) {
            akolhook_memory_i_enqueue_do(m, &events[i], stored[i]);
        } else if (stored[i]) {
            akolhook_memory_i_stored_drop(m, stored[i]);
            akolhook_memory_i_stored_free(m, stored[i]);
        }
    }
    akolhook_journal_i_watch(j, 1);
    return status;
}

/* Takes back a delivery that was made in the change that failed. */
static void akolhook_journal_i_unmake(akolhook_journal_i_state *j, uint64_t number, uint32_t row) {
    akolhook_memory *m = j->m;
    uint32_t job = akolhook_memory_i_job_find(m, number), hook;
    akolhook_memory_i_hook *h;

    hook = akolhook_memory_i_job_at(m, job)->webhook;
    h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_row_at(m, row)->redelivered = 0;
    akolhook_memory_i_queue_remove(m, job);
    if (!akolhook_memory_i_job_at(m, job)->is_test) {
        h->stats.emitted--;
        m->total.emitted--;
        h->stats.waiting--;
        m->total.waiting--;
    }
    akolhook_memory_i_job_unlink(m, job);
    akolhook_memory_i_job_free(m, job);
    akolhook_memory_i_reschedule(m, hook);
}
static akolhook_status akolhook_journal_i_redeliver(void *user, uint64_t number, uint32_t max_queue) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    status = j->inner.redeliver_fn(j->m, number, max_queue);
    if (status != AKOLHOOK_OK || akolhook_journal_i_commit_synced(j)) return status;
    akolhook_journal_i_unmake(j, j->m->numbers, akolhook_memory_i_row_find(j->m, number));
    return AKOLHOOK_STORE_FAILED;
}
static akolhook_status akolhook_journal_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    uint32_t hook = akolhook_memory_i_hook_find(j->m, akolhook_memory_i_id_str(id));
    uint32_t rows[AKOLHOOK_JOURNAL_I_REDELIVER], made, i;
    uint64_t index;

    *count = 0;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_memory_i_hook_at(j->m, hook)->is_active) return AKOLHOOK_WEBHOOK_INACTIVE;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;

    index = akolhook_memory_i_ring_first(j->m, hook);
    do {
        for (made = 0; made < AKOLHOOK_JOURNAL_I_REDELIVER; made++) {
            rows[made] = akolhook_memory_i_failed_next(j->m, hook, since_ms, max_queue, &index);
            if (!rows[made]) break;
        }
        if (!akolhook_journal_i_commit_synced(j)) {
            for (i = 0; i < made; i++) akolhook_journal_i_unmake(j, j->m->numbers - i, rows[made - 1 - i]);
            return *count ? AKOLHOOK_OK : AKOLHOOK_STORE_FAILED;
        }
        *count += made;
    } while (made == AKOLHOOK_JOURNAL_I_REDELIVER);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_journal_i_send_now(void *user, uint64_t number) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_memory *m = j->m;
    uint32_t job = akolhook_memory_i_job_find(m, number);
    akolhook_memory_i_job *at, before;
    akolhook_status status;

    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    memset(&before, 0, sizeof before);
    if (job) before = *akolhook_memory_i_job_at(m, job);
    status = j->inner.send_now_fn(m, number);
    if (status != AKOLHOOK_OK || akolhook_journal_i_commit_synced(j)) return status;

    at = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_queue_remove(m, job);
    at->is_urgent = before.is_urgent;
    akolhook_memory_i_queue_add(m, job, before.node.key);
    akolhook_memory_i_reschedule(m, at->webhook);
    return AKOLHOOK_STORE_FAILED;
}
/* One that waits is cut off first, as one in flight is, and ends when that is written. */
static akolhook_status akolhook_journal_i_cancel(void *user, uint64_t number, int64_t at_ms) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_memory *m = j->m;
    akolhook_memory_i_job *at;
    akolhook_status status;
    uint32_t job;
    uint8_t was_cut;

    status = akolhook_memory_i_job_known(m, number, &job);
    if (status != AKOLHOOK_OK) return status;
    if (!akolhook_journal_i_ready(j)) return AKOLHOOK_STORE_FAILED;
    at = akolhook_memory_i_job_at(m, job);
    was_cut = at->is_cut;
    at->is_cut = 1;
    akolhook_journal_i_write_job(j, job);
    if (!akolhook_journal_i_commit_synced(j)) {
        at->is_cut = was_cut;
        return AKOLHOOK_STORE_FAILED;
    }
    if (at->state != AKOLHOOK_MEMORY_I_JOB_WAITING) return AKOLHOOK_OK;
    status = j->inner.cancel_fn(m, number, at_ms);
    (void)akolhook_journal_i_commit(j);
    return status;
}

static akolhook_status akolhook_journal_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    *count = 0;
    if (j->is_read_only) return AKOLHOOK_STORE_FAILED;
    if (j->unsaved) akolhook_journal_i_try(j);
    status = j->inner.claim_fn(j->m, limits, claims, max, count);
    (void)akolhook_journal_i_commit(j); /* what ended instead of being claimed */
    return status;
}
static akolhook_status akolhook_journal_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    if (j->is_read_only) return AKOLHOOK_STORE_FAILED;
    akolhook_journal_i_try(j);
    status = j->inner.settle_fn(j->m, rules, outcomes, count);
    if (!akolhook_journal_i_commit_synced(j) || j->is_stale) j->unsaved += count;
    return status;
}
/* While outcomes stand in memory alone, the next try to write them is due as well. */
static akolhook_status akolhook_journal_i_next_due(
        void *user, const akolhook_store_limits *limits, int64_t *ms) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status = j->inner.next_due_fn(j->m, limits, ms);
    int64_t left;

    if (status != AKOLHOOK_OK || !j->unsaved) return status;
    left = j->retry_at - akolhook_memory_i_now(j->m);
    if (left < 0) left = 0;
    if (*ms < 0 || *ms > left) *ms = left;
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_tend(void *user, akolhook_store_tending *tending) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status;

    if (j->is_read_only) return AKOLHOOK_STORE_FAILED;
    akolhook_journal_i_try(j);
    status = j->inner.tend_fn(j->m, tending);
    (void)akolhook_journal_i_commit(j);
    tending->unsaved = j->unsaved;
    return status;
}
static akolhook_status akolhook_journal_i_gauges(void *user, akolhook_gauges *gauges) {
    akolhook_journal_i_state *j = akolhook_journal_i_of(user);
    akolhook_status status = j->inner.gauges_fn(j->m, gauges);

    gauges->unsaved = j->unsaved;
    return status;
}

/* ---- reading values ---- */

/* What a line says that no writer of this header would have written. */
#define AKOLHOOK_JOURNAL_I_NONSENSE AKOLHOOK_JOURNAL_DAMAGED

static int akolhook_journal_i_get(akolhook_json root, const char *name, akolhook_json *value) {
    akolhook_json_iter iter;
    akolhook_text key;

    if (akolhook_json_begin(root, &iter) != AKOLHOOK_OK) return 0;
    while (akolhook_json_next(&iter, &key, value))
        if (akolhook_text_equal(key, akolhook_str_c(name))) return 1;
    return 0;
}
/* 0 when it is not there, or out of range; then *good is 0 in the latter case. */
static uint64_t akolhook_journal_i_take_number(
        akolhook_json root, const char *name, uint64_t most, int *good) {
    akolhook_json value;
    uint64_t number = 0;

    if (!akolhook_journal_i_get(root, name, &value)) return 0;
    if (akolhook_json_get_uint64(value, &number) != AKOLHOOK_OK || number > most) *good = 0;
    return *good ? number : 0;
}
/* Decodes in place, as the slice lies in the line: nothing else can be looked up in it afterwards. An empty
   text for a value that is not there. */
static akolhook_str akolhook_journal_i_text_of(akolhook_json value, int *good) {
    akolhook_text text;
    char *out;
    size_t len = 0;

    memset(&text, 0, sizeof text);
    if (akolhook_json_get_text(value, &text) != AKOLHOOK_OK) *good = 0;
    if (!*good || !text.escaped) return text.str;
    out = (char *)(uintptr_t)text.str.ptr;
    if (akolhook_text_decode(text, out, text.str.len, &len) != AKOLHOOK_OK) *good = 0;
    return akolhook_str_n(out, len);
}
static akolhook_str akolhook_journal_i_bytes_of(akolhook_json value, int *good) {
    akolhook_json inside;
    akolhook_json_iter iter;
    akolhook_str text = {NULL, 0};
    size_t len = 0;

    if (value.type == AKOLHOOK_JSON_NONE) return text;
    if (value.type != AKOLHOOK_JSON_ARRAY) return akolhook_journal_i_text_of(value, good);
    (void)!akolhook_json_begin(value, &iter);
    if (!akolhook_json_next(&iter, NULL, &inside)) *good = 0;
    if (*good) text = akolhook_journal_i_text_of(inside, good);
    if (*good && akolhook_base64_decode(text, (char *)(uintptr_t)text.ptr, text.len, &len) != AKOLHOOK_OK)
        *good = 0;
    return akolhook_str_n(text.ptr, len);
}
/* The value itself, for one of the two above; NONE when it is not there. */
static akolhook_json akolhook_journal_i_take_value(akolhook_json root, const char *name) {
    akolhook_json value;

    if (!akolhook_journal_i_get(root, name, &value)) memset(&value, 0, sizeof value);
    return value;
}

static int akolhook_journal_i_is_id(akolhook_str text) {
    size_t i;

    if (text.len != AKOLHOOK_ID_SIZE - 1) return 0;
    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && c != '_')
            return 0;
    }
    return 1;
}
static void akolhook_journal_i_put_unsigned(void *p, size_t size, uint64_t value) {
    uint32_t middle = (uint32_t)value;
    uint16_t narrow = (uint16_t)value;
    uint8_t byte = (uint8_t)value;

    if (size == sizeof value) memcpy(p, &value, sizeof value);
    if (size == sizeof middle) memcpy(p, &middle, sizeof middle);
    if (size == sizeof narrow) memcpy(p, &narrow, sizeof narrow);
    if (size == sizeof byte) memcpy(p, &byte, sizeof byte);
}
static int akolhook_journal_i_take_member(
        const akolhook_journal_i_member *member, akolhook_json value, void *object) {
    char *p = (char *)object + member->at, local[AKOLHOOK_HUB_SECRET_SIZE];
    akolhook_text given;
    akolhook_str text;
    akolhook_addr addr;
    uint64_t number;
    int64_t wide;
    size_t len = 0;
    int truth;

    if (member->kind == AKOLHOOK_JOURNAL_I_SIGNED) {
        if (akolhook_json_get_int64(value, &wide) != AKOLHOOK_OK) return 0;
        if (wide > (int64_t)member->most || wide < -(int64_t)member->most) return 0;
        akolhook_journal_i_put_unsigned(p, member->size, (uint64_t)wide);
        return 1;
    }
    if (member->kind == AKOLHOOK_JOURNAL_I_FLAG) {
        if (akolhook_json_get_bool(value, &truth) != AKOLHOOK_OK) return 0;
        *p = (char)truth;
        return 1;
    }
    if (member->kind == AKOLHOOK_JOURNAL_I_UNSIGNED) {
        if (akolhook_json_get_uint64(value, &number) != AKOLHOOK_OK || number > member->most) return 0;
        akolhook_journal_i_put_unsigned(p, member->size, number);
        return 1;
    }

    if (akolhook_json_get_text(value, &given) != AKOLHOOK_OK ||
            akolhook_text_decode(given, local, sizeof local, &len) != AKOLHOOK_OK)
        return 0;
    text = akolhook_str_n(local, len);
    if (member->kind == AKOLHOOK_JOURNAL_I_HEX)
        return text.len == 2 * member->size &&
               akolhook_hex_decode(text, p, member->size, &len) == AKOLHOOK_OK;
    if (member->kind == AKOLHOOK_JOURNAL_I_ADDR) {
        if (akolhook_addr_parse(text, &addr) != AKOLHOOK_OK) return 0;
        memcpy(p, &addr, sizeof addr);
        return 1;
    }
    if (!akolhook_journal_i_is_id(text)) return 0;
    memcpy(p, text.ptr, text.len); /* the NUL behind it is there */
    return 1;
}
/* Members that are not there become 0. */
#define AKOLHOOK_JOURNAL_I_TAKE(root, table, object) \
    akolhook_journal_i_take(root, table, AKOLHOOK_JOURNAL_I_LEN(table), object)
static int akolhook_journal_i_take(
        akolhook_json root, const akolhook_journal_i_member *table, size_t count, void *object) {
    akolhook_json_iter iter;
    akolhook_json value;
    akolhook_text key;
    size_t i;

    for (i = 0; i < count; i++) memset((char *)object + table[i].at, 0, table[i].size);
    (void)!akolhook_json_begin(root, &iter); /* an object: its kind was found in it */
    while (akolhook_json_next(&iter, &key, &value)) {
        for (i = 0; i < count && !akolhook_text_equal(key, akolhook_str_c(table[i].name));) i++;
        if (i < count && !akolhook_journal_i_take_member(&table[i], value, object)) return 0;
    }
    return 1;
}
static int akolhook_journal_i_take_stats(akolhook_json root, akolhook_stats *s) {
    akolhook_json_iter iter;
    akolhook_json list, value;
    uint64_t number;
    size_t i;

    memset(s->latency, 0, sizeof s->latency);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_stats, s)) return 0;
    if (!akolhook_journal_i_get(root, "latency", &list)) return 1;
    if (akolhook_json_begin(list, &iter) != AKOLHOOK_OK) return 0;
    for (i = 0; akolhook_json_next(&iter, NULL, &value); i++) {
        if (i == AKOLHOOK_LATENCY_BUCKETS || akolhook_json_get_uint64(value, &number) != AKOLHOOK_OK)
            return 0;
        if (number > UINT32_MAX) return 0;
        s->latency[i] = (uint32_t)number;
    }
    return 1;
}

/* ---- replay: the pool, packed when a text finds no room in it ---- */

/* Nothing points into the pool from outside while a file is read, so its blocks can move together. Where each
   goes stands in its before meanwhile. */
static uint32_t akolhook_journal_i_moved(akolhook_memory *m, uint32_t at) {
    return at ? akolhook_memory_i_block_at(m, at)->before : 0;
}
static void akolhook_journal_i_pack_points(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t i, at, *link, next;

    for (i = 0; i < m->desc.max_pending; i++)
        if (m->jobs[i].state != AKOLHOOK_MEMORY_I_JOB_FREE)
            m->jobs[i].event = akolhook_journal_i_moved(m, m->jobs[i].event);
    for (i = m->first_hook; i; i = akolhook_memory_i_hook_at(m, i)->next)
        akolhook_memory_i_hook_at(m, i)->text =
                akolhook_journal_i_moved(m, akolhook_memory_i_hook_at(m, i)->text);
    for (i = 0; i < m->desc.max_pending; i++)
        for (link = &m->event_buckets[i]; *link; link = &akolhook_memory_i_stored_at(m, at)->chain) {
            at = *link;
            *link = akolhook_journal_i_moved(m, at);
        }

    for (at = m->first_kept; at; at = next) {
        akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);

        next = e->next;
        e->next = akolhook_journal_i_moved(m, e->next);
        e->prev = akolhook_journal_i_moved(m, e->prev);
    }
    m->first_kept = akolhook_journal_i_moved(m, m->first_kept);
    m->last_kept = akolhook_journal_i_moved(m, m->last_kept);
    j->stored = akolhook_journal_i_moved(m, j->stored);
}
static void akolhook_journal_i_pack(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t at, to, units, before = 0;

    for (at = 1, to = 1; at < m->pool_units; at += akolhook_memory_i_block_at(m, at)->units) {
        akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);

        if (!b->refs) continue;
        b->before = to;
        to += b->units;
    }
    akolhook_journal_i_pack_points(j);
    for (at = 1, to = 1; at < m->pool_units; at += units) {
        akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);

        units = b->units;
        if (!b->refs) continue;
        b->before = before;
        memmove(akolhook_memory_i_block_at(m, to), b, (size_t)units * AKOLHOOK_MEMORY_I_UNIT);
        before = units;
        to += units;
    }

    memset(m->bins, 0, sizeof m->bins);
    memset(m->bin_bits, 0, sizeof m->bin_bits);
    m->free_units = 0;
    units = m->pool_units - to;
    if (units < AKOLHOOK_MEMORY_I_BLOCK_MIN) {
        m->pool_units = to; /* one unit is too small for a block: the pool ends before it */
        return;
    }
    akolhook_memory_i_block_at(m, to)->units = units;
    akolhook_memory_i_block_at(m, to)->before = before;
    akolhook_memory_i_bin_add(m, to);
}

/* Before so many bytes are taken: what is kept gives way for lack of room, not because the room is scattered
   in another way than it was for the writer. */
static void akolhook_journal_i_make_room(akolhook_journal_i_state *j, size_t len) {
    uint32_t units = akolhook_memory_i_units(j->m, len);

    if (units && !akolhook_memory_i_bin_find(j->m, units)) akolhook_journal_i_pack(j);
}
static uint32_t akolhook_journal_i_text_new(
        akolhook_journal_i_state *j, akolhook_str name, akolhook_str url, akolhook_str headers) {
    uint32_t events = j->m->event_count, at;

    akolhook_journal_i_make_room(j, sizeof(akolhook_memory_i_text) + name.len + url.len + headers.len);
    at = akolhook_memory_i_text_new(j->m, name, url, headers);
    j->has_evicted |= j->m->event_count < events;
    return at;
}
static int akolhook_journal_i_text_is(
        akolhook_memory *m, uint32_t text, akolhook_str name, akolhook_str url, akolhook_str headers) {
    return akolhook_str_equal(akolhook_memory_i_name_of(m, text), name) &&
           akolhook_str_equal(akolhook_memory_i_url_of(m, text), url) &&
           akolhook_str_equal(akolhook_memory_i_headers_of(m, text), headers);
}
/* An event of whose body head and tail are the parts. */
static uint32_t akolhook_journal_i_stored_new(
        akolhook_journal_i_state *j, const akolhook_store_event *event) {
    uint32_t events = j->m->event_count, at;

    akolhook_journal_i_make_room(j, sizeof(akolhook_memory_i_stored) + event->head.len + event->tail[0].len);
    at = akolhook_memory_i_stored_new(j->m, event);
    j->has_evicted |= j->m->event_count <= events;
    return at;
}

/* ---- replay: what each record does ---- */

/* The webhook of a number. They come in their order mostly, so it looks from the last one on. */
static uint32_t akolhook_journal_i_hook_of(akolhook_journal_i_state *j, uint64_t number) {
    akolhook_memory *m = j->m;
    uint32_t hook = j->found ? j->found : m->first_hook, from = hook;

    while (hook && akolhook_memory_i_hook_at(m, hook)->number != number) {
        hook = akolhook_memory_i_hook_at(m, hook)->next;
        if (!hook && from != m->first_hook) hook = m->first_hook;
        if (hook == from) hook = 0;
    }
    if (hook) j->found = hook;
    return hook;
}
static uint32_t akolhook_journal_i_take_hook(akolhook_journal_i_state *j, akolhook_json root) {
    int good = 1;
    uint64_t number = akolhook_journal_i_take_number(root, "webhook", AKOLHOOK_JOURNAL_I_COUNT_MOST, &good);

    return good && number ? akolhook_journal_i_hook_of(j, number) : 0;
}
static uint32_t akolhook_journal_i_take_stored(akolhook_journal_i_state *j, akolhook_json root) {
    char id[AKOLHOOK_ID_SIZE] = {0};
    akolhook_json value = akolhook_journal_i_take_value(root, "message");
    akolhook_text text;

    if (akolhook_json_get_text(value, &text) != AKOLHOOK_OK || !akolhook_journal_i_is_id(text.str)) return 0;
    memcpy(id, text.str.ptr, text.str.len);
    return akolhook_memory_i_stored_find(j->m, id);
}

/* Cuts off what waits up to a number. */
static void akolhook_journal_i_cut(akolhook_memory *m, akolhook_memory_i_hook *h, uint64_t cut) {
    uint32_t job;

    m->cut_waiting -= h->cut_waiting;
    h->cut_waiting = 0;
    h->cut = cut;
    for (job = h->oldest; job; job = akolhook_memory_i_job_at(m, job)->newer)
        h->cut_waiting += akolhook_memory_i_job_at(m, job)->node.tie <= cut;
    m->cut_waiting += h->cut_waiting;
}
static akolhook_status akolhook_journal_i_replay_hook(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_hook read, *h;
    akolhook_store_webhook webhook;
    akolhook_json values[4];
    akolhook_str name, url, headers, secret;
    uint32_t hook, text;
    int good = 1;

    memset(&read, 0, sizeof read);
    memset(&webhook, 0, sizeof webhook);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_hook, &read)) return AKOLHOOK_JOURNAL_I_NONSENSE;
    values[0] = akolhook_journal_i_take_value(root, "name");
    values[1] = akolhook_journal_i_take_value(root, "url");
    values[2] = akolhook_journal_i_take_value(root, "headers");
    values[3] = akolhook_journal_i_take_value(root, "secret");
    name = akolhook_journal_i_bytes_of(values[0], &good);
    url = akolhook_journal_i_bytes_of(values[1], &good);
    headers = akolhook_journal_i_bytes_of(values[2], &good);
    secret = akolhook_journal_i_bytes_of(values[3], &good);
    if (!good || !read.number || read.events & ~AKOLHOOK_EVENTS_ALL || !read.id[0] || !name.len || !url.len)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!secret.len || secret.len >= sizeof read.secret || memchr(secret.ptr, 0, secret.len))
        return AKOLHOOK_JOURNAL_I_NONSENSE;

    hook = akolhook_memory_i_hook_find(m, akolhook_str_c(read.id));
    if (hook != akolhook_journal_i_hook_of(j, read.number)) return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!hook && m->last_hook && akolhook_memory_i_hook_at(m, m->last_hook)->number > read.number)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!hook && !m->free_hook) return AKOLHOOK_TOO_MANY_WEBHOOKS;

    /* a text that stays takes no room: the writer needed none for it, and there may be none */
    memcpy(webhook.id, read.id, sizeof webhook.id);
    if (!hook ||
            !akolhook_journal_i_text_is(m, akolhook_memory_i_hook_at(m, hook)->text, name, url, headers)) {
        text = akolhook_journal_i_text_new(j, name, url, headers);
        if (!text) return AKOLHOOK_POOL_FULL;
        if (hook) {
            akolhook_memory_i_text_release(m, akolhook_memory_i_hook_at(m, hook));
            akolhook_memory_i_text_charge(m, akolhook_memory_i_hook_at(m, hook), text);
        } else {
            hook = akolhook_memory_i_hook_new(m, &webhook, text, read.number);
        }
    }
    h = akolhook_memory_i_hook_at(m, hook);
    if (h->secret[0] && !akolhook_str_equal(akolhook_str_c(h->secret), secret))
        j->wants_rewrite = 1; /* it was not written anew since: the old one is still in it */
    akolhook_wipe(h->secret, sizeof h->secret);
    memcpy(h->secret, secret.ptr, secret.len);
    akolhook_memory_i_url_change(m, hook, akolhook_memory_i_hash(url.ptr, url.len));
    if (h->cut != read.cut) akolhook_journal_i_cut(m, h, read.cut);
    if (!read.updated_at_ms) read.updated_at_ms = read.created_at_ms;
    AKOLHOOK_JOURNAL_I_COPY(h, &read, akolhook_journal_i_hook);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_deleted(akolhook_journal_i_state *j, akolhook_json root) {
    uint32_t hook = akolhook_journal_i_take_hook(j, root);

    if (!hook) return AKOLHOOK_JOURNAL_I_NONSENSE;
    j->found = 0;
    j->wants_rewrite = 1; /* its secret is still in the file */
    return j->inner.webhook_delete_fn(j->m, akolhook_memory_i_hook_at(j->m, hook)->id);
}

/* The counters of all follow those of one. */
static void akolhook_journal_i_total(
        akolhook_memory *m, const akolhook_stats *from, const akolhook_stats *to) {
    size_t i;

    for (i = 0; i < AKOLHOOK_JOURNAL_I_LEN(akolhook_journal_i_stats); i++) {
        size_t at = akolhook_journal_i_stats[i].at;
        uint64_t sum = akolhook_journal_i_unsigned((char *)&m->total + at, sizeof sum);

        sum += akolhook_journal_i_unsigned((const char *)to + at, sizeof sum) -
               akolhook_journal_i_unsigned((const char *)from + at, sizeof sum);
        memcpy((char *)&m->total + at, &sum, sizeof sum);
    }
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) m->total.latency[i] += to->latency[i] - from->latency[i];
}
static akolhook_status akolhook_journal_i_replay_state(akolhook_journal_i_state *j, akolhook_json root) {
    uint32_t hook = akolhook_journal_i_take_hook(j, root);
    akolhook_memory_i_hook *h, read;

    if (!hook) return AKOLHOOK_JOURNAL_I_NONSENSE;
    memset(&read, 0, sizeof read);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_turn, &read) ||
            !AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_health, &read.health) ||
            !akolhook_journal_i_take_stats(root, &read.stats))
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    h = akolhook_memory_i_hook_at(j->m, hook);
    AKOLHOOK_JOURNAL_I_COPY(h, &read, akolhook_journal_i_turn);
    akolhook_memory_i_health_set(j->m, h, &read.health);
    akolhook_journal_i_total(j->m, &h->stats, &read.stats);
    h->stats = read.stats;
    return AKOLHOOK_OK;
}

/* The body's two parts are looked up last, as they are decoded in place. */
static int akolhook_journal_i_take_event(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_store_event *e = &j->emitted.e;
    akolhook_json head = akolhook_journal_i_take_value(root, "head");
    akolhook_json tail = akolhook_journal_i_take_value(root, "tail"), key;
    int good = 1;

    memset(&j->emitted, 0, sizeof j->emitted);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_event, &j->emitted)) return 0;
    if (!e->event || !e->message_id[0] || akolhook_memory_i_stored_find(j->m, e->message_id)) return 0;
    e->has_key = (uint8_t)akolhook_journal_i_get(root, "key", &key);
    e->head = akolhook_journal_i_bytes_of(head, &good);
    e->tail[0] = akolhook_journal_i_bytes_of(tail, &good);
    j->m->now = j->emitted.created;
    return good;
}
static akolhook_status akolhook_journal_i_replay_body(akolhook_journal_i_state *j, akolhook_json root) {
    if (!akolhook_journal_i_take_event(j, root)) return AKOLHOOK_JOURNAL_I_NONSENSE;
    return akolhook_journal_i_stored_new(j, &j->emitted.e) ? AKOLHOOK_OK : AKOLHOOK_POOL_FULL;
}
static akolhook_status akolhook_journal_i_replay_gone(akolhook_journal_i_state *j, akolhook_json root) {
    uint32_t at = akolhook_journal_i_take_stored(j, root);

    /* with less room than the writer's it may have given way before */
    if (at && !akolhook_memory_i_stored_at(j->m, at)->pending) akolhook_memory_i_stored_free(j->m, at);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_journal_i_replay_emit(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_memory *m = j->m;

    if (!akolhook_journal_i_take_event(j, root) || j->emitted.numbers < m->numbers ||
            j->emitted.sequence < m->sequence)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    m->numbers = j->emitted.numbers; /* what its deliveries and rows count on from */
    m->sequence = j->emitted.sequence;
    j->in_emit = 1;
    if (!j->emitted.kept) return AKOLHOOK_OK;
    j->stored = akolhook_journal_i_stored_new(j, &j->emitted.e);
    if (!j->stored) return AKOLHOOK_POOL_FULL;
    akolhook_memory_i_stored_hold(m, j->stored);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_fate(akolhook_journal_i_state *j, uint32_t hook, char fate) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    if (fate == 'M' && j->stored) {
        if (!m->free_job) return AKOLHOOK_PENDING_FULL;
        (void)akolhook_memory_i_job_new(m, hook, j->stored, j->emitted.e.is_test, 0);
    } else if (fate == 'S') {
        AKOLHOOK_MEMORY_I_COUNT(m, h, skipped);
    } else if (fate == 'D') {
        AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
        AKOLHOOK_MEMORY_I_COUNT(m, h, dropped);
        akolhook_memory_i_row_end(
                m, hook, &j->emitted.e, ++m->numbers, AKOLHOOK_DELIVERY_DROPPED, AKOLHOOK_WEBHOOK_QUEUE_FULL);
    } else {
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_fan(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_json list, value;
    akolhook_json_iter iter;
    akolhook_str fates;
    akolhook_status status = AKOLHOOK_OK;
    uint64_t number;
    uint32_t hook;
    size_t i;
    int good = 1;

    if (!j->in_emit || !akolhook_journal_i_get(root, "to", &list)) return AKOLHOOK_JOURNAL_I_NONSENSE;
    fates = akolhook_journal_i_bytes_of(akolhook_journal_i_take_value(root, "fates"), &good);
    if (!good || akolhook_json_begin(list, &iter) != AKOLHOOK_OK) return AKOLHOOK_JOURNAL_I_NONSENSE;
    for (i = 0; status == AKOLHOOK_OK && akolhook_json_next(&iter, NULL, &value); i++) {
        if (i == fates.len || akolhook_json_get_uint64(value, &number) != AKOLHOOK_OK)
            return AKOLHOOK_JOURNAL_I_NONSENSE;
        hook = akolhook_journal_i_hook_of(j, number);
        status = hook ? akolhook_journal_i_replay_fate(j, hook, fates.ptr[i]) : AKOLHOOK_JOURNAL_I_NONSENSE;
    }
    return status;
}
/* After the last "fan" of an event. */
static void akolhook_journal_i_emit_end(akolhook_journal_i_state *j) {
    if (j->stored) akolhook_memory_i_stored_drop(j->m, j->stored);
    if (j->in_emit && j->emitted.e.has_key) akolhook_memory_i_key_add(j->m, &j->emitted.e);
    j->stored = 0;
    j->in_emit = 0;
}

static akolhook_status akolhook_journal_i_replay_job(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_job read, *at;
    akolhook_memory_i_hook *h;
    uint32_t hook = akolhook_journal_i_take_hook(j, root), stored = akolhook_journal_i_take_stored(j, root);
    uint32_t job;

    memset(&read, 0, sizeof read);
    if (!hook || !AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_job, &read) || !read.node.tie)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!stored) return j->has_evicted ? AKOLHOOK_POOL_FULL : AKOLHOOK_JOURNAL_I_NONSENSE;
    h = akolhook_memory_i_hook_at(m, hook);
    job = akolhook_memory_i_job_find(m, read.node.tie);
    if (job && (akolhook_memory_i_job_at(m, job)->webhook != hook ||
                       akolhook_memory_i_job_at(m, job)->event != stored))
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!job) {
        if (!m->free_job) return AKOLHOOK_PENDING_FULL;
        if (h->newest && akolhook_memory_i_job_at(m, h->newest)->node.tie > read.node.tie)
            return AKOLHOOK_JOURNAL_I_NONSENSE;
        job = akolhook_memory_i_job_new(m, hook, stored, read.is_test, read.node.tie);
        if (!j->in_image && read.node.tie > m->numbers && !read.is_test) {
            AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
            AKOLHOOK_MEMORY_I_COUNT(m, h, waiting);
        }
        if (m->numbers < read.node.tie) m->numbers = read.node.tie;
    }

    at = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_queue_remove(m, job);
    at->created = read.created;
    at->attempt = read.attempt;
    at->faults = read.faults;
    at->is_urgent = read.is_urgent || read.is_cut;
    at->is_cut = read.is_cut;
    akolhook_memory_i_queue_add(m, job, read.is_cut ? 0 : read.node.key); /* the next claim ends it */
    return AKOLHOOK_OK;
}
/* Counters come with the webhook's state. */
static akolhook_status akolhook_journal_i_replay_ended(akolhook_journal_i_state *j, akolhook_json root) {
    int good = 1;
    uint64_t number = akolhook_journal_i_take_number(root, "delivery", AKOLHOOK_JOURNAL_I_COUNT_MOST, &good);
    uint32_t job = good ? akolhook_memory_i_job_find(j->m, number) : 0;

    if (!job) return AKOLHOOK_JOURNAL_I_NONSENSE;
    akolhook_memory_i_queue_remove(j->m, job);
    akolhook_memory_i_job_unlink(j->m, job);
    akolhook_memory_i_job_free(j->m, job);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_row(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_memory *m = j->m;
    akolhook_memory_i_row read, *r;
    uint32_t hook = akolhook_journal_i_take_hook(j, root), row;
    akolhook_str response;
    uint64_t index;
    int good = 1;

    memset(&read, 0, sizeof read);
    if (!hook || !AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_row, &read))
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    response = akolhook_journal_i_bytes_of(akolhook_journal_i_take_value(root, "response"), &good);
    if (!good || !read.message_id[0] || !read.event || !read.state || !read.sequence)
        return AKOLHOOK_JOURNAL_I_NONSENSE;

    if (!j->in_image && read.sequence <= m->sequence) { /* known, and redelivered since */
        for (index = akolhook_memory_i_hook_at(m, hook)->rows; index > akolhook_memory_i_ring_first(m, hook);
                index--) {
            r = akolhook_memory_i_row_at(m, akolhook_memory_i_ring_at(m, hook, index - 1));
            if (r->sequence == read.sequence) r->redelivered = read.redelivered;
        }
        return AKOLHOOK_OK;
    }

    if (m->sequence < read.sequence) m->sequence = read.sequence;
    row = akolhook_memory_i_row_new(m, hook, read.sequence);
    r = akolhook_memory_i_row_at(m, row);
    read.newer = r->newer;
    read.older = r->older;
    *r = read;
    akolhook_memory_i_row_response(m, r, response);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_key(akolhook_journal_i_state *j, akolhook_json root) {
    akolhook_memory_i_key key;
    akolhook_store_event event;

    memset(&key, 0, sizeof key);
    memset(&event, 0, sizeof event);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_key, &key)) return AKOLHOOK_JOURNAL_I_NONSENSE;
    memcpy(event.key, key.key, sizeof event.key);
    memcpy(event.print, key.print, sizeof event.print);
    memcpy(event.message_id, key.message_id, sizeof event.message_id);
    akolhook_memory_i_key_add(j->m, &event);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_journal_i_replay_store(akolhook_journal_i_state *j, akolhook_json root) {
    static const akolhook_journal_i_member flag[] = {{"total", AKOLHOOK_JOURNAL_I_FLAG, 1, 0, 1}};
    akolhook_memory *m = j->m;
    akolhook_json values[2];
    akolhook_stats total;
    akolhook_str business, note;
    uint8_t is_total;
    int good = 1;

    memset(&total, 0, sizeof total);
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, flag, &is_total) || !akolhook_journal_i_take_stats(root, &total))
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    values[0] = akolhook_journal_i_take_value(root, "business");
    values[1] = akolhook_journal_i_take_value(root, "note");
    business = akolhook_journal_i_bytes_of(values[0], &good);
    note = akolhook_journal_i_bytes_of(values[1], &good);
    if (!good || business.len > sizeof m->business || note.len > sizeof m->note)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (business.len) memcpy(m->business, business.ptr, business.len);
    if (note.len) memcpy(m->note, note.ptr, note.len);
    m->business_len = (uint32_t)business.len;
    m->note_len = (uint32_t)note.len;
    if (!is_total) return AKOLHOOK_OK;
    m->total = total;
    j->in_image = 0; /* the last record of an image */
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_journal_i_replay_line(akolhook_journal_i_state *j, akolhook_str line) {
    static const struct {
        const char *kind;
        akolhook_status (*replay_fn)(akolhook_journal_i_state *j, akolhook_json root);
    } kinds[] = {{"webhook", akolhook_journal_i_replay_hook}, {"deleted", akolhook_journal_i_replay_deleted},
            {"state", akolhook_journal_i_replay_state}, {"body", akolhook_journal_i_replay_body},
            {"gone", akolhook_journal_i_replay_gone}, {"emit", akolhook_journal_i_replay_emit},
            {"fan", akolhook_journal_i_replay_fan}, {"delivery", akolhook_journal_i_replay_job},
            {"ended", akolhook_journal_i_replay_ended}, {"row", akolhook_journal_i_replay_row},
            {"key", akolhook_journal_i_replay_key}, {"store", akolhook_journal_i_replay_store}};
    akolhook_json root, value;
    akolhook_text kind;
    size_t i;

    if (akolhook_json_parse(line, &root, NULL) != AKOLHOOK_OK || !akolhook_journal_i_get(root, "r", &value) ||
            akolhook_json_get_text(value, &kind) != AKOLHOOK_OK)
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    if (!akolhook_text_equal(kind, akolhook_str_c("fan"))) akolhook_journal_i_emit_end(j);
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (akolhook_text_equal(kind, akolhook_str_c(kinds[i].kind))) return kinds[i].replay_fn(j, root);
    return AKOLHOOK_JOURNAL_I_NONSENSE;
}

/* ---- reading the file ---- */

typedef struct akolhook_journal_i_reader {
    uint64_t at;       /* place in the file of the first byte of the buffer */
    size_t len, start; /* bytes in the buffer; where the next line begins */
    uint8_t is_end, is_part;
} akolhook_journal_i_reader;
enum {
    AKOLHOOK_JOURNAL_I_READ_LINE,
    AKOLHOOK_JOURNAL_I_READ_PART, /* of a line that is longer than the buffer */
    AKOLHOOK_JOURNAL_I_READ_END,  /* the file ends, maybe within a line */
    AKOLHOOK_JOURNAL_I_READ_FAILED
};

/* The next line, without its end. The last part of a long one is a PART too. */
static int akolhook_journal_i_reader_next(
        akolhook_journal_i_state *j, akolhook_journal_i_reader *r, akolhook_str *line) {
    size_t seen = 0, got;
    int was_part = r->is_part;

    for (;;) {
        char *begin = j->buffer + r->start;
        char *end = (char *)memchr(begin + seen, '\n', r->len - r->start - seen);

        *line = akolhook_str_n(begin, end ? (size_t)(end - begin) : r->len - r->start);
        if (end) {
            r->start += line->len + 1;
            r->is_part = 0;
            return was_part ? AKOLHOOK_JOURNAL_I_READ_PART : AKOLHOOK_JOURNAL_I_READ_LINE;
        }
        if (r->is_end) return AKOLHOOK_JOURNAL_I_READ_END;
        if (line->len == j->cap) {
            r->start = r->len;
            r->is_part = 1;
            return AKOLHOOK_JOURNAL_I_READ_PART;
        }

        seen = line->len;
        if (seen) memmove(j->buffer, begin, seen);
        r->at += r->start;
        r->start = 0;
        got = 0;
        j->open->error = j->file->read_fn(j->file->user, r->at + seen, j->buffer + seen, j->cap - seen, &got);
        if (j->open->error || got > j->cap - seen) return AKOLHOOK_JOURNAL_I_READ_FAILED;
        r->is_end = got < j->cap - seen;
        r->len = seen + got;
    }
}
static void akolhook_journal_i_reader_go(akolhook_journal_i_reader *r, uint64_t at) {
    memset(r, 0, sizeof *r);
    r->at = at;
}

/* Whether a line ends with the check of what came before it. */
static int akolhook_journal_i_is_sealed(const akolhook_sha256 *over, akolhook_str line) {
    char check[AKOLHOOK_JOURNAL_I_CHECK_LEN];
    size_t len = line.len - sizeof check;

    if (line.len <= sizeof check) return 0;
    akolhook_journal_i_check_text(over, line.ptr, len, check);
    return memcmp(line.ptr + len, check, sizeof check) == 0;
}
static int akolhook_journal_i_is_mark(akolhook_str line) {
    static const char begin[] = "{\"commit\":";

    return line.len > sizeof begin && memcmp(line.ptr, begin, sizeof begin - 1) == 0;
}
static void akolhook_journal_i_check_begin(akolhook_journal_i_state *j, akolhook_sha256 *check) {
    akolhook_sha256_init(check);
    akolhook_sha256_update(check, j->salt, sizeof j->salt);
}

/* A change as it lies in the file. */
typedef struct akolhook_journal_i_change {
    uint64_t at, end; /* its first byte, and the one after its mark */
    akolhook_journal_i_mark mark;
    int is_long; /* a line of it is longer than the buffer */
} akolhook_journal_i_change;
/* Reads up to the next mark. OK: a whole change. JOURNAL_DAMAGED: not one, what follows may be; NOT_FOUND:
   the file ends before; STORE_FAILED. */
static akolhook_status akolhook_journal_i_scan(
        akolhook_journal_i_state *j, akolhook_journal_i_reader *r, akolhook_journal_i_change *change) {
    akolhook_sha256 check;
    akolhook_json root;
    akolhook_str line;
    uint64_t line_count = 0;
    int got;

    memset(change, 0, sizeof *change);
    change->at = r->at; /* it was put there */
    akolhook_journal_i_check_begin(j, &check);
    for (;;) {
        got = akolhook_journal_i_reader_next(j, r, &line);
        if (got == AKOLHOOK_JOURNAL_I_READ_FAILED) return AKOLHOOK_STORE_FAILED;
        if (got == AKOLHOOK_JOURNAL_I_READ_END) return AKOLHOOK_NOT_FOUND;
        if (got == AKOLHOOK_JOURNAL_I_READ_LINE && akolhook_journal_i_is_mark(line)) break;
        change->is_long |= got == AKOLHOOK_JOURNAL_I_READ_PART;
        akolhook_sha256_update(&check, line.ptr, line.len);
        if (r->is_part) continue;
        akolhook_sha256_update(&check, "\n", 1);
        line_count++;
    }

    change->end = r->at + r->start;
    if (!akolhook_journal_i_is_sealed(&check, line) || akolhook_json_parse(line, &root, NULL) != AKOLHOOK_OK)
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (!akolhook_journal_i_take(root, akolhook_journal_i_marks, AKOLHOOK_JOURNAL_I_OF_SCAN, &change->mark))
        return AKOLHOOK_JOURNAL_DAMAGED;
    return change->mark.line_count == line_count ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED;
}

/* What the mark says of the store. */
static akolhook_status akolhook_journal_i_replay_mark(akolhook_journal_i_state *j, akolhook_str line) {
    akolhook_memory *m = j->m;
    uint64_t numbers = m->numbers, sequence = m->sequence;
    akolhook_journal_i_mark mark;
    akolhook_json root;

    (void)!akolhook_json_parse(line, &root, NULL); /* it was parsed when the change was found whole */
    if (!AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_marks, &mark) ||
            !AKOLHOOK_JOURNAL_I_TAKE(root, akolhook_journal_i_store, m))
        return AKOLHOOK_JOURNAL_I_NONSENSE;
    j->clock.at_ms = mark.at;
    j->clock.wall_ms = mark.wall;
    if (m->numbers < numbers) m->numbers = numbers; /* an event's come after its mark */
    if (m->sequence < sequence) m->sequence = sequence;
    return AKOLHOOK_OK;
}
/* Applies a change that is whole. */
static akolhook_status akolhook_journal_i_replay_change(
        akolhook_journal_i_state *j, const akolhook_journal_i_change *change) {
    akolhook_journal_i_reader r;
    akolhook_status status = AKOLHOOK_OK;
    akolhook_str line;
    uint64_t i;

    if (change->is_long) return AKOLHOOK_POOL_FULL;
    akolhook_journal_i_reader_go(&r, change->at);
    for (i = 0; status == AKOLHOOK_OK && i <= change->mark.line_count; i++) {
        if (akolhook_journal_i_reader_next(j, &r, &line) != AKOLHOOK_JOURNAL_I_READ_LINE)
            return AKOLHOOK_STORE_FAILED;
        if (i < change->mark.line_count) {
            status = akolhook_journal_i_replay_line(j, line);
        } else {
            akolhook_journal_i_emit_end(j);
            status = akolhook_journal_i_replay_mark(j, line);
        }
    }
    j->changes = change->mark.commit;
    return status;
}

/* Where in the line at *at the last record begins: the line end before it may be what was damaged. */
static akolhook_status akolhook_journal_i_last_record(akolhook_journal_i_state *j, uint64_t *at) {
    static const char begin[] = "{\"r\":\"";
    akolhook_journal_i_reader r;
    akolhook_str line;
    size_t i;

    akolhook_journal_i_reader_go(&r, *at);
    if (akolhook_journal_i_reader_next(j, &r, &line) == AKOLHOOK_JOURNAL_I_READ_FAILED)
        return AKOLHOOK_STORE_FAILED;
    for (i = line.len > sizeof begin ? line.len - sizeof begin : 0; i > 0; i--)
        if (memcmp(line.ptr + i, begin, sizeof begin - 1) == 0) break;
    *at += i;
    return AKOLHOOK_OK;
}
/* The change that begins there, or behind a damaged line end there. */
static akolhook_status akolhook_journal_i_scan_behind(
        akolhook_journal_i_state *j, uint64_t at, akolhook_journal_i_change *change) {
    akolhook_journal_i_reader r;
    akolhook_status status;

    akolhook_journal_i_reader_go(&r, at);
    status = akolhook_journal_i_scan(j, &r, change);
    if (status != AKOLHOOK_JOURNAL_DAMAGED) return status;
    status = akolhook_journal_i_last_record(j, &at);
    if (status != AKOLHOOK_OK) return status;
    akolhook_journal_i_reader_go(&r, at);
    return akolhook_journal_i_scan(j, &r, change);
}

#define AKOLHOOK_JOURNAL_I_BACK 1024u /* lines of one change that are looked through behind a bad one */

/* Behind the bad change: does any mark say that it was synced? Then it is damage, else what a crash leaves. A
   mark tells how many lines before it are its change, as the one before may be what is damaged. */
static akolhook_status akolhook_journal_i_rest(akolhook_journal_i_state *j) {
    uint64_t starts[AKOLHOOK_JOURNAL_I_BACK], count = 0, line_count, at, end;
    akolhook_journal_i_reader r;
    akolhook_journal_i_change change;
    akolhook_status status, found = AKOLHOOK_OK;
    akolhook_json root;
    akolhook_str line;
    int got, good, was_part;

    akolhook_journal_i_reader_go(&r, j->open->error_at);
    for (;;) {
        was_part = r.is_part; /* a line counts where it begins */
        got = akolhook_journal_i_reader_next(j, &r, &line);
        if (got == AKOLHOOK_JOURNAL_I_READ_FAILED) return AKOLHOOK_STORE_FAILED;
        if (got == AKOLHOOK_JOURNAL_I_READ_END) break;
        if (!was_part) starts[count++ % AKOLHOOK_JOURNAL_I_BACK] = r.at + (uint64_t)(line.ptr - j->buffer);
        if (got == AKOLHOOK_JOURNAL_I_READ_PART) continue;
        if (!akolhook_journal_i_is_mark(line) || akolhook_json_parse(line, &root, NULL) != AKOLHOOK_OK)
            continue;

        good = 1;
        end = r.at + r.start;
        line_count = akolhook_journal_i_take_number(root, "lines", AKOLHOOK_JOURNAL_I_BACK - 1, &good);
        if (!good || line_count >= count) continue;
        at = starts[(count - 1 - line_count) % AKOLHOOK_JOURNAL_I_BACK];
        status = akolhook_journal_i_scan_behind(j, at, &change);
        if (status == AKOLHOOK_STORE_FAILED) return status;
        if (status == AKOLHOOK_OK && change.mark.synced > j->changes) found = AKOLHOOK_JOURNAL_DAMAGED;
        akolhook_journal_i_reader_go(&r, end);
    }
    j->open->dropped = r.at + r.len - j->open->error_at;
    return found;
}

/* The first line. OK with *at behind it; *at 0: the file is empty. */
static akolhook_status akolhook_journal_i_replay_head(akolhook_journal_i_state *j, uint64_t *at) {
    akolhook_journal_i_reader r;
    akolhook_sha256 check;
    akolhook_json root, value;
    akolhook_text format;
    akolhook_str line;
    uint64_t version;
    size_t len = 0;
    int got, good = 1;

    *at = 0;
    akolhook_journal_i_reader_go(&r, 0);
    got = akolhook_journal_i_reader_next(j, &r, &line);
    if (got == AKOLHOOK_JOURNAL_I_READ_FAILED) return AKOLHOOK_STORE_FAILED;
    if (got == AKOLHOOK_JOURNAL_I_READ_END && !line.len) return AKOLHOOK_OK;
    if (got != AKOLHOOK_JOURNAL_I_READ_LINE || akolhook_json_parse(line, &root, NULL) != AKOLHOOK_OK)
        return AKOLHOOK_JOURNAL_DAMAGED;
    if (akolhook_journal_i_get(root, "op", &value)) return AKOLHOOK_JOURNAL_OTHER; /* version 1 */
    if (!akolhook_journal_i_get(root, "akolhook", &value) ||
            akolhook_json_get_text(value, &format) != AKOLHOOK_OK ||
            !akolhook_text_equal(format, akolhook_str_c("journal")))
        return AKOLHOOK_JOURNAL_DAMAGED;

    akolhook_journal_i_check_begin(j, &check);
    if (!akolhook_journal_i_is_sealed(&check, line)) return AKOLHOOK_JOURNAL_DAMAGED;
    version = akolhook_journal_i_take_number(root, "version", UINT32_MAX, &good);
    j->changes = akolhook_journal_i_take_number(root, "change", UINT64_MAX / 2, &good);
    if (!good || !version) return AKOLHOOK_JOURNAL_DAMAGED;
    if (version != AKOLHOOK_JOURNAL_I_VERSION) return AKOLHOOK_JOURNAL_OTHER;
    *at = line.len + 1;
    return akolhook_hex_decode(
            akolhook_str_n(line.ptr + line.len - 2 - 32, 32), j->salt, sizeof j->salt, &len);
}
static akolhook_status akolhook_journal_i_replay(akolhook_journal_i_state *j, int salvage) {
    akolhook_journal_i_reader r;
    akolhook_journal_i_change change;
    akolhook_status status, rest;
    uint64_t at, file_begins;

    status = akolhook_journal_i_replay_head(j, &at);
    j->is_stale = !at;
    if (status != AKOLHOOK_OK || !at) return status;
    file_begins = at;
    j->in_image = 1;
    for (;;) {
        akolhook_journal_i_reader_go(&r, at);
        status = akolhook_journal_i_scan(j, &r, &change);
        if (status == AKOLHOOK_OK && change.mark.commit != j->changes + 1) status = AKOLHOOK_JOURNAL_DAMAGED;
        j->open->error_at = at;
        if (status != AKOLHOOK_OK) break;
        status = akolhook_journal_i_replay_change(j, &change);
        if (status != AKOLHOOK_OK) return status;
        at = change.end;
        j->grown = at - file_begins;
    }
    if (status == AKOLHOOK_STORE_FAILED) return status;

    /* the end, what a crash left of it, or damage; an image is never written in parts */
    rest = akolhook_journal_i_rest(j);
    if (rest != AKOLHOOK_OK && rest != AKOLHOOK_JOURNAL_DAMAGED) return rest;
    if (j->in_image) rest = AKOLHOOK_JOURNAL_DAMAGED;
    j->synced = j->changes;
    j->is_stale = j->open->dropped > 0;
    if (rest == AKOLHOOK_OK) {
        if (!j->is_stale) j->open->error_at = 0;
        return AKOLHOOK_OK;
    }
    j->is_salvaged = 1;
    return salvage && !j->in_image ? AKOLHOOK_OK : AKOLHOOK_JOURNAL_DAMAGED;
}

/* ---- opening and closing ---- */

AKOLHOOK_API size_t akolhook_journal_size(const akolhook_journal_desc *desc) {
    akolhook_memory_desc d;
    size_t need;

    if (!desc || akolhook_memory_i_fill(&desc->memory, &d) != AKOLHOOK_OK) return 0;
    need = akolhook_memory_i_need(&d);
    if (!need || d.log_bytes > UINT32_MAX / 4 || d.pool_bytes > UINT32_MAX / 4 || need > (size_t)-1 / 4)
        return 0;
    return AKOLHOOK_JOURNAL_SIZE(need, d.log_bytes, d.pool_bytes);
}
/* The store in memory, whose calls that only read are taken as they are; those that change something go by
   the journal, which its watch knows. */
static void akolhook_journal_i_store_of(akolhook_journal_i_state *j, akolhook_store *store) {
    *store = j->inner;
    store->bind_fn = akolhook_journal_i_bind;
    store->note_fn = akolhook_journal_i_note;
    store->webhook_put_fn = akolhook_journal_i_put;
    store->webhook_set_fn = akolhook_journal_i_set;
    store->webhook_delete_fn = akolhook_journal_i_delete;
    store->enqueue_fn = akolhook_journal_i_enqueue;
    store->redeliver_fn = akolhook_journal_i_redeliver;
    store->redeliver_failed_fn = akolhook_journal_i_redeliver_failed;
    store->send_now_fn = akolhook_journal_i_send_now;
    store->cancel_fn = akolhook_journal_i_cancel;
    store->claim_fn = akolhook_journal_i_claim;
    store->settle_fn = akolhook_journal_i_settle;
    store->next_due_fn = akolhook_journal_i_next_due;
    store->tend_fn = akolhook_journal_i_tend;
    store->gauges_fn = akolhook_journal_i_gauges;
}
/* The state, the store in memory, and the buffer. */
static void akolhook_journal_i_lay_out(
        akolhook_journal *journal, uint8_t *memory, size_t need, const akolhook_journal_desc *desc) {
    uint8_t *at = memory + ((16u - (unsigned)((uintptr_t)memory & 15u)) & 15u);
    akolhook_journal_i_state *j = (akolhook_journal_i_state *)(void *)at;
    akolhook_memory_desc inner = desc->memory;
    size_t part;

    memset(memory, 0, need);
    journal->state = j;
    j->open = journal;
    j->memory = memory;
    j->size = need;
    j->file = desc->file;
    j->now_ms_fn = desc->memory.now_ms_fn;
    j->unix_ms_fn = desc->unix_ms_fn;
    j->clock_user = desc->memory.user;
    j->is_read_only = desc->read_only;

    inner.now_ms_fn = akolhook_journal_i_now;
    inner.user = j;
    part = akolhook_memory_size(&inner);
    at += AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_JOURNAL_I_BYTES);
    (void)!akolhook_memory_init(&j->inner, at, part, &inner); /* it was measured */
    memset(&j->clock, 0, sizeof j->clock);
    j->m = (akolhook_memory *)j->inner.user;
    j->buffer = (char *)at + AKOLHOOK_HUB_I_ALIGNED(part);
    j->cap = need - (size_t)(j->buffer - (char *)memory);
    j->limit = desc->rewrite_bytes ? desc->rewrite_bytes : 2 * (uint64_t)part;
    j->threshold = j->limit;
}
/* Files of before the unix time was kept: when it began, by the clocks of the last mark. */
static void akolhook_journal_i_date(const akolhook_journal_i_state *j, akolhook_store_health *health) {
    if (!health->sick_since || health->sick_at_ms || !j->clock.wall_ms) return;
    health->sick_at_ms = j->clock.wall_ms - (j->clock.at_ms - health->sick_since);
}
/* The store's clock goes on where the file left it, and every webhook stands where it belongs. */
static void akolhook_journal_i_resume(akolhook_journal_i_state *j) {
    akolhook_memory *m = j->m;
    uint32_t hook;
    int64_t now;

    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        akolhook_journal_i_date(j, &akolhook_memory_i_hook_at(m, hook)->health);
    j->clock.runs = 0;
    if (!j->clock.wall_ms) j->clock.wall_ms = akolhook_journal_i_wall(j);
    now = akolhook_journal_i_now(j);
    m->clock.at_ms = m->clock.wall_ms = m->clock.monotonic_ms = m->now = now;
    m->clock.runs = 1;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        akolhook_memory_i_reschedule(m, hook);
    akolhook_journal_i_watch(j, 1);
}
AKOLHOOK_API akolhook_status akolhook_journal_open(akolhook_journal *journal, akolhook_store *store,
        void *memory, size_t size, const akolhook_journal_desc *desc) {
    const akolhook_journal_file *f = desc ? desc->file : NULL;
    akolhook_status status;
    akolhook_journal_i_state *j;
    size_t need = akolhook_journal_size(desc);

    if (journal) memset(journal, 0, sizeof *journal); /* so that it may be closed, whatever comes */
    if (!journal || !store || !memory || !f || !need || !desc->memory.now_ms_fn)
        return AKOLHOOK_INVALID_ARGUMENT;
    if (!f->read_fn || !f->append_fn || !f->sync_fn || !f->rewrite_begin_fn || !f->rewrite_commit_fn ||
            !f->rewrite_abort_fn)
        return AKOLHOOK_BROKEN_HOOK;
    memset(store, 0, sizeof *store);
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;

    akolhook_journal_i_lay_out(journal, (uint8_t *)memory, need, desc);
    j = (akolhook_journal_i_state *)journal->state;
    status = akolhook_journal_i_replay(j, desc->salvage);
    akolhook_wipe(j->buffer, j->cap);
    if (status == AKOLHOOK_OK && j->is_salvaged && !j->is_read_only && f->keep_fn) {
        journal->error = f->keep_fn(f->user);
        if (journal->error) status = AKOLHOOK_STORE_FAILED;
    }
    if (status == AKOLHOOK_OK) {
        akolhook_journal_i_resume(j);
        akolhook_journal_i_store_of(j, store);
    } else {
        akolhook_wipe(memory, need);
        journal->state = NULL;
    }
    return status;
}
AKOLHOOK_API void akolhook_journal_close(akolhook_journal *journal) {
    akolhook_journal_i_state *j = journal ? (akolhook_journal_i_state *)journal->state : NULL;

    if (!j) return;
    if (!j->is_read_only && (j->unsaved || j->is_behind || j->wants_rewrite))
        (void)akolhook_journal_i_rewrite(j);
    akolhook_wipe(j->memory, j->size);
    journal->state = NULL;
}

/* ---- a file of POSIX ---- */

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
/* 0: the path names the file that is open, ENOENT: none is there, ESTALE: another one. */
static int akolhook_journal_i_posix_same(const akolhook_journal_posix *p) {
    struct stat open_one, there;

    if (fstat(p->fd, &open_one) != 0) return errno;
    if (stat(p->path, &there) != 0) return errno;
    return open_one.st_dev == there.st_dev && open_one.st_ino == there.st_ino ? 0 : ESTALE;
}
static int akolhook_journal_i_posix_sync(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    int fd = p->is_rewriting ? p->next_fd : p->fd;

    if (!p->is_rewriting) {
        int error = akolhook_journal_i_posix_same(p);

        if (error) return error; /* what is written here would be lost with the file */
    }
#ifdef F_FULLFSYNC /* macOS: fsync leaves the bytes in the drive's cache */
    if (fcntl(fd, F_FULLFSYNC) == 0) return 0;
#endif
    return fsync(fd) == 0 ? 0 : errno;
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
/* No number of a standard stream, where that is closed: what is printed would get into the file. -1 with
   errno. */
static int akolhook_journal_i_posix_above(int fd) {
    int above, error;

    if (fd < 0 || fd > STDERR_FILENO) return fd;
    above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    error = errno;
    close(fd);
    errno = error;
    return above;
}
/* The new file is locked before it takes the old one's place, so that the journal is never without a lock. */
static int akolhook_journal_i_posix_begin(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    int error = akolhook_journal_i_posix_same(p);

    akolhook_journal_i_posix_abort(p);
    if (error && error != ENOENT) return error;
    (void)unlink(p->next);
    p->next_fd = akolhook_journal_i_posix_above(
            open(p->next, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (p->next_fd < 0) return errno;
    if (akolhook_journal_i_posix_lock(p->next_fd) != 0) {
        error = errno;
        akolhook_journal_i_posix_abort(p);
        return error;
    }
    p->is_rewriting = 1;
    return 0;
}
static int akolhook_journal_i_posix_sync_folder(const akolhook_journal_posix *p) {
    int folder = open(p->folder, O_RDONLY | O_CLOEXEC), error = 0;

    if (folder < 0) return errno;
    if (fsync(folder) != 0) error = errno;
    close(folder);
    return error;
}
static int akolhook_journal_i_posix_commit(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;

    if (rename(p->next, p->path) != 0) return errno;
    close(p->fd);
    p->fd = p->next_fd;
    p->next_fd = -1;
    p->is_rewriting = 0;
    return akolhook_journal_i_posix_sync_folder(p);
}
/* A second name for the damaged file: PATH.damaged, or PATH.damaged.2 ... .9 where that is taken. */
static int akolhook_journal_i_posix_keep(void *user) {
    akolhook_journal_posix *p = (akolhook_journal_posix *)user;
    char name[sizeof p->path + 16];
    int i;

    for (i = 1; i < 10; i++) {
        (void)snprintf(name, sizeof name, i == 1 ? "%s.damaged" : "%s.damaged.%d", p->path, i);
        if (link(p->path, name) == 0) return akolhook_journal_i_posix_sync_folder(p);
        if (errno != EEXIST) return errno;
    }
    return EEXIST;
}

AKOLHOOK_API void akolhook_journal_posix_close(akolhook_journal_posix *p) {
    if (!p || !p->file.user) return;
    akolhook_journal_i_posix_abort(p);
    if (p->fd >= 0) close(p->fd);
    p->fd = -1;
    p->file.user = NULL;
}
static akolhook_status akolhook_journal_i_posix_fail(akolhook_journal_posix *p, akolhook_status status) {
    p->error = errno;
    akolhook_journal_posix_close(p);
    return status;
}
/* The names of the file, the new one beside it and its folder; 0 when the path is none. */
static int akolhook_journal_i_posix_name(akolhook_journal_posix *p, const char *path) {
    size_t len = path ? strlen(path) : 0, folder;

    if (!len || len > 1000) return 0;
    memcpy(p->path, path, len + 1);
    memcpy(p->next, path, len);
    memcpy(p->next + len, ".new", 5);
    for (folder = len; folder && path[folder - 1] != '/';) folder--;
    memcpy(p->folder, folder ? path : "./", folder ? folder : 2);
    p->folder[folder ? folder : 2] = 0;
    return 1;
}
static int akolhook_journal_i_posix_init(akolhook_journal_posix *p, const char *path) {
    if (!p) return 0;
    memset(p, 0, sizeof *p);
    if (!akolhook_journal_i_posix_name(p, path)) return 0;
    p->fd = p->next_fd = -1;
    p->file.user = p;
    p->file.read_fn = akolhook_journal_i_posix_read;
    p->file.append_fn = akolhook_journal_i_posix_append;
    p->file.sync_fn = akolhook_journal_i_posix_sync;
    p->file.rewrite_begin_fn = akolhook_journal_i_posix_begin;
    p->file.rewrite_commit_fn = akolhook_journal_i_posix_commit;
    p->file.rewrite_abort_fn = akolhook_journal_i_posix_abort;
    p->file.keep_fn = akolhook_journal_i_posix_keep;
    return 1;
}
/* Where the path of the file that is open is a link, it becomes the one that the link leads to, so that a
   rewrite takes that file's place and not the link's. 0, or an errno. */
static int akolhook_journal_i_posix_follow(akolhook_journal_posix *p) {
    enum { LINKS = 40 }; /* one behind the other */
    char target[1024], path[sizeof target + sizeof p->folder];
    ssize_t len;
    int i;

    for (i = 0; i < LINKS; i++) {
        len = readlink(p->path, target, sizeof target - 1);
        if (len < 0) return 0; /* no link */

        target[len] = 0;
        (void)snprintf(path, sizeof path, "%s%s", *target == '/' ? "" : p->folder, target);
        if (!akolhook_journal_i_posix_name(p, path)) return ENAMETOOLONG;
    }
    return ELOOP; /* not covered: open has come to the end of them */
}
/* Whether it is empty or begins as a journal does: what is none keeps its mode. */
static int akolhook_journal_i_posix_is_own(akolhook_journal_posix *p) {
    static const char begin[] = "{\"akolhook\":\"journal\"";
    char start[sizeof begin - 1];
    size_t got = 0;

    if (akolhook_journal_i_posix_read(p, 0, start, sizeof start, &got) != 0) return 0;
    return memcmp(start, begin, got) == 0;
}
#define AKOLHOOK_JOURNAL_I_OPEN_TIMES 100 /* a rewrite may replace the file between opening and locking it */

AKOLHOOK_API akolhook_status akolhook_journal_posix_open(akolhook_journal_posix *p, const char *path) {
    int i, error;

    if (!akolhook_journal_i_posix_init(p, path)) return AKOLHOOK_INVALID_ARGUMENT;
    for (i = 0; i < AKOLHOOK_JOURNAL_I_OPEN_TIMES; i++) {
        if (p->fd >= 0) close(p->fd); /* that of another file by now */
        p->fd = akolhook_journal_i_posix_above(open(p->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        error = p->fd < 0 ? errno : akolhook_journal_i_posix_follow(p);
        if (error) {
            errno = error;
            return akolhook_journal_i_posix_fail(p, AKOLHOOK_STORE_FAILED);
        }
        if (akolhook_journal_i_posix_lock(p->fd) != 0) {
            akolhook_status status = errno == EACCES || errno == EAGAIN || errno == EWOULDBLOCK
                                             ? AKOLHOOK_JOURNAL_LOCKED
                                             : AKOLHOOK_STORE_FAILED;

            return akolhook_journal_i_posix_fail(p, status);
        }
        if (akolhook_journal_i_posix_same(p) == 0) {
            if (akolhook_journal_i_posix_is_own(p)) (void)fchmod(p->fd, 0600);
            return AKOLHOOK_OK;
        }
    }
    errno = ESTALE;
    return akolhook_journal_i_posix_fail(p, AKOLHOOK_STORE_FAILED);
}
AKOLHOOK_API akolhook_status akolhook_journal_posix_open_read(akolhook_journal_posix *p, const char *path) {
    if (!akolhook_journal_i_posix_init(p, path)) return AKOLHOOK_INVALID_ARGUMENT;
    p->is_read_only = 1;
    p->fd = open(p->path, O_RDONLY | O_CLOEXEC);
    return p->fd < 0 ? akolhook_journal_i_posix_fail(p, AKOLHOOK_STORE_FAILED) : AKOLHOOK_OK;
}
#endif /* AKOLHOOK_NO_POSIX */

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_JOURNAL_IMPLEMENTATION */
