/* akolhook_hub.h - the dashboard of Akol's webhooks as calls, and a store in memory

   Do this in ONE C or C++ file, with akolhook.h beside it:
       #define AKOLHOOK_IMPLEMENT_ALL
       #include "akolhook_hub.h"
   and include it without the #define wherever else you need it.

   A hub has webhooks, and sends each event to those that subscribe to it: signed, with
   retries over 90 hours, a log, counters, tests, redelivery and the rotation of secrets.
   One that fails for a day is set inactive. It is driven by akolhook_hub_poll alone.

>>> hub.c
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#include <stdio.h>

// the need of all defaults; akolhook_hub_size(&desc) is that of any description
#define STORE_SIZE AKOLHOOK_MEMORY_SIZE(0, 0, 0, 0, 0, 0)
static unsigned char memory[AKOLHOOK_HUB_SIZE(0, 0, 0, 0, STORE_SIZE)];

int main(void) {
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_log_row row;
    akolhook_hub *hub;
    size_t left, count;

    desc.business_id = akolhook_str_c("biz_1");
    // plain http to this machine; for https give desc.client.tls a transport instead
    desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    if (akolhook_hub_init(&hub, memory, sizeof memory, &desc) != AKOLHOOK_OK) return 1;

    wanted.name = akolhook_str_c("CRM Call Logger");
    wanted.url = akolhook_str_c("http://127.0.0.1:1/hook");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    if (akolhook_hub_create_webhook(hub, &wanted, &webhook) != AKOLHOOK_OK) return 2;
    printf("secret, shown once: %s\n", webhook.secret);

    event.event = AKOLHOOK_CALL_ENDED;
    event.data = akolhook_str_c("{\"callId\":\"call_1\"}");
    if (akolhook_hub_emit(hub, &event, NULL) != AKOLHOOK_OK) return 3;
    do {
        if (akolhook_hub_poll(hub, 1000, &left) != AKOLHOOK_OK) return 4;
    } while (left);

    query.webhook_id = akolhook_str_c(webhook.id);
    if (akolhook_hub_log(hub, &query, &row, 1, &count) != AKOLHOOK_OK || !count) return 5;
    printf("%s: %s, next attempt in %ld ms\n", akolhook_event_name(row.event),
           akolhook_status_text(row.status), (long)row.retry_ms);
    akolhook_hub_close(hub);
    return row.state == AKOLHOOK_DELIVERY_WAITING ? 0 : 6;  // nothing listens on port 1
}
<<<

   FOUR WAYS TO COMPILE IT. All in one file, as above. The core in a.c, with
   AKOLHOOK_IMPLEMENTATION, and the hub in b.c, with AKOLHOOK_HUB_IMPLEMENTATION. The core
   from a library, and the hub in b.c. Or AKOLHOOK_STATIC and AKOLHOOK_IMPLEMENT_ALL in
   each file; then a hub is used in the file that made it.

   OPTIONS, the same everywhere: AKOLHOOK_MAX_TYPED, bytes of a body that a typed emit or
   a test makes (4096); and those of akolhook.h, but AKOLHOOK_RECEIVER_ONLY.

   MEMORY is yours. akolhook_hub_size(&desc) is the exact need, AKOLHOOK_HUB_SIZE the same
   as a constant. A hub with its client and the store in memory, on 64-bit systems:
                webhooks  pending  log rows  in flight     pool          memory
       gateway         4       16         8          1    8 KiB    62,094 bytes
       service       100   10,000        64         64    8 MiB         10.5 MB
       large      10,000  100,000        64      1,000  128 MiB          244 MB
   Pending are the deliveries that wait or are in flight; log rows count for each webhook.

   HOOKS. Each contract stands with its declaration.
       akolhook_store    put, set, get, list, delete, enqueue, redeliver, claim, settle,
                         next due, log, stats; each call is atomic. The one in memory is
                         here, others are in examples/stores/
       desc.notice_fn    told of attempts, ends, failing webhooks; may call the hub
       desc.draw_fn      the jitter of retries
       desc.client       platform and transport of akolhook.h

   THREADS. A hub belongs to one thread at a time and to the process that made it. Several
   hubs may work on one store when the store says so. */
#ifndef AKOLHOOK_HUB_H
#define AKOLHOOK_HUB_H

#ifndef AKOLHOOK_H
#include "akolhook.h"
#endif
#ifdef AKOLHOOK_RECEIVER_ONLY
#error "AKOLHOOK_RECEIVER_ONLY leaves the sender out and akolhook_hub.h needs it: define it elsewhere"
#endif
#if AKOLHOOK_MAX_DEPTH < 3
#error "the hub needs an AKOLHOOK_MAX_DEPTH of at least 3"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- store: where the hub keeps its data --------------------------------------------------------- */

#define AKOLHOOK_HUB_I_ALIGNED(size) (((size_t)(size) + 15u) & ~(size_t)15u)
#define AKOLHOOK_HUB_I_OR(value, standard) ((value) ? (size_t)(value) : (size_t)(standard))

#define AKOLHOOK_LATENCY_BUCKETS 64
/* Counters of one webhook or of all. emitted = delivered + failed + cancelled + dropped + waiting. Tests
   count as tests alone. */
typedef struct akolhook_stats {
    uint64_t emitted;           /* deliveries that events and redeliveries made */
    uint64_t delivered, failed; /* answered 2xx; given up */
    uint64_t cancelled;         /* waited when their webhook was set inactive or deleted */
    uint64_t dropped;           /* refused by a full queue of their webhook */
    uint64_t waiting;           /* for their first attempt, for a retry, or in flight */
    uint64_t skipped;           /* events that came while the webhook was inactive: no delivery was made */
    uint64_t attempts, attempts_failed; /* the sender's own faults left out */
    uint64_t tests, tests_failed;       /* test attempts */
    uint32_t latency
            [AKOLHOOK_LATENCY_BUCKETS]; /* successful attempts by their ms, see akolhook_stats_latency */
} akolhook_stats;
/* The time in ms that percent (1..100) of the successful attempts took at most, at most a quarter too
   high; -1: none yet. */
AKOLHOOK_API int32_t akolhook_stats_latency(const akolhook_stats *stats, unsigned percent);
/* Where in latency a time belongs; for stores. */
AKOLHOOK_API unsigned akolhook_stats_bucket(int32_t ms);

typedef enum akolhook_delivery_state {
    AKOLHOOK_DELIVERY_WAITING = 1, /* another attempt follows */
    AKOLHOOK_DELIVERY_DELIVERED,
    AKOLHOOK_DELIVERY_FAILED,
    AKOLHOOK_DELIVERY_CANCELLED, /* the webhook was set inactive */
    AKOLHOOK_DELIVERY_DROPPED    /* the webhook's queue was full */
} akolhook_delivery_state;
/* One line of the log: an attempt, or the end of a delivery without one. */
typedef struct akolhook_log_row {
    char delivery_id[AKOLHOOK_ID_SIZE], message_id[AKOLHOOK_ID_SIZE], webhook_id[AKOLHOOK_ID_SIZE];
    akolhook_event event;
    int64_t at_ms;                 /* when, unix time */
    uint32_t attempt;              /* 1..; 0: cancelled or dropped, nothing was sent */
    akolhook_delivery_state state; /* of the delivery after this */
    int64_t retry_ms;              /* WAITING: until the next attempt */
    int code;                      /* HTTP code, 0 when none came */
    uint8_t success, is_test, response_cut;
    akolhook_status status; /* the cause, OK for a success; the members below as in akolhook_delivery */
    akolhook_phase phase;
    long native_error;
    int32_t ms, lookup_ms, connect_ms, tls_ms, first_byte_ms;
    akolhook_addr peer;
    akolhook_str response; /* valid until the next call on the hub or store; cut when its memory was reused */
    uint64_t number;       /* of the delivery in its store */
    uint64_t cursor;       /* for akolhook_log_query; between hub and store the row's sequence number */
} akolhook_log_row;
typedef struct akolhook_log_query {
    akolhook_str webhook_id; /* empty: all */
    akolhook_events events;  /* 0: all */
    uint8_t only_failed, only_succeeded, only_tests;
    int64_t since_ms, until_ms; /* since <= at_ms < until; 0: open */
    uint64_t cursor;            /* 0: from the newest on; else a row's: what is older than it */
    uint64_t number;            /* 0: all; else of this delivery alone */
} akolhook_log_query;

/* A webhook between hub and store. */
typedef struct akolhook_store_webhook {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_str name, url;            /* out: valid until the next call on the store */
    char secret[AKOLHOOK_SECRET_SIZE]; /* in only: a store gives it out by a claim alone */
    akolhook_events events;
    uint8_t is_active;
    int64_t created_at_ms;
    uint64_t number; /* out from here on: grows with every webhook that is made */
    int64_t last_triggered_at_ms;
    uint32_t failure_count;
} akolhook_store_webhook;
#define AKOLHOOK_STORE_NAME 1u /* which members webhook_set_fn changes */
#define AKOLHOOK_STORE_URL 2u
#define AKOLHOOK_STORE_EVENTS 4u
#define AKOLHOOK_STORE_SECRET 8u
#define AKOLHOOK_STORE_ACTIVE 16u

/* One event to be kept and sent. The body of a delivery is head, its webhook's id and the three parts of
   tail, joined. */
typedef struct akolhook_store_event {
    char message_id[AKOLHOOK_ID_SIZE];   /* in; out: that of the first event under this key */
    uint8_t key[16], print[16], has_key; /* hashes of the idempotency key, and of event and data */
    akolhook_event event;
    akolhook_str head, tail[3];
    akolhook_str webhook_id; /* empty: every webhook that subscribes; else this one, active or not */
    uint8_t is_test;
    int64_t at_ms;       /* for the log */
    uint32_t max_queue;  /* waiting deliveries of one webhook; 0: no bound */
    uint8_t repeated;    /* out: the key was seen, nothing was done */
    uint32_t deliveries; /* out: made */
} akolhook_store_event;

/* A delivery to be made. */
typedef struct akolhook_store_claim {
    uint64_t number, lease; /* the delivery, and the token that its outcome must carry */
    char message_id[AKOLHOOK_ID_SIZE], webhook_id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
    akolhook_event event;
    uint32_t attempt, faults;     /* as the last outcome left them */
    int64_t age_ms;               /* since the event was accepted */
    uint8_t is_test, is_failing;  /* the webhook has running failures */
    akolhook_str url, head, tail; /* valid until the claim is settled, or its lease has run out */
    void *handle;                 /* the store's own */
} akolhook_store_claim;
typedef struct akolhook_store_limits {
    int64_t lease_ms;
    uint32_t per_webhook; /* claimed deliveries of one webhook at one time; of one that fails: 1 */
    uint32_t rate;        /* claims of one webhook in a second; 0: no bound */
    uint8_t healthy;      /* 1: only of webhooks without running failures */
    uint8_t first;        /* 1: only of webhooks of which none is claimed */
    int64_t at_ms;        /* for the log */
} akolhook_store_limits;

/* From which running failures on a webhook is warned about and set inactive: both the count and the time
   must be reached. */
typedef struct akolhook_store_rules {
    uint32_t warn_failures, max_failures;
    int64_t warn_ms, max_ms;
} akolhook_store_rules;
/* How a claim ended. */
typedef struct akolhook_store_outcome {
    uint64_t number, lease;
    void *handle; /* the claim's */
    /* NULL: give the claim back, no attempt was made. row->state WAITING: claimable again after delay_ms */
    const akolhook_log_row *row;
    int64_t delay_ms;
    uint32_t attempt, faults; /* kept for the next claim */
    int64_t at_ms;            /* for the log */
    uint8_t is_fault;         /* 1: the sender's own fault; the row is all that is kept of it */
    uint8_t counts;           /* 1: a failure adds to the webhook's failure_count, a success sets it to 0 */
    uint8_t deactivate;       /* 1: set the webhook inactive */
    akolhook_status
            status; /* out: OK; LEASE_LOST; UNKNOWN_WEBHOOK (deleted). Unless OK nothing was changed */
    uint32_t failures_before, failures; /* out: failure_count before and after */
    uint8_t cancelled; /* out: the webhook is inactive, so it ended CANCELLED, with a row of its own */
    uint8_t warned, deactivated; /* out: this outcome did it */
} akolhook_store_outcome;

/* The store. Every call is atomic: on a status other than OK it has changed nothing. Any hook may answer
   STORE_FAILED. The store's own clock decides what is due and which lease has run out; times go in and out
   as spans. Several hubs, also of several processes, may work on one store if it says so. The hub calls it
   from one thread. */
typedef struct akolhook_store {
    void *user;
    uint32_t poll_ms; /* other processes may add work: ask again so often; 0: none does */
    /* A new webhook. TOO_MANY_WEBHOOKS when max exist; WEBHOOK_EXISTS when another has the same URL and
       one of its events; POOL_FULL. */
    akolhook_status (*webhook_put_fn)(void *user, const akolhook_store_webhook *webhook, uint32_t max);
    /* Changes what the AKOLHOOK_STORE_ bits name. Set inactive, its waiting deliveries become CANCELLED, a
       row at at_ms for each. *changed (ACTIVE only): 0 when it was so already. UNKNOWN_WEBHOOK,
       WEBHOOK_EXISTS, POOL_FULL. */
    akolhook_status (*webhook_set_fn)(
            void *user, const akolhook_store_webhook *webhook, unsigned which, int64_t at_ms, int *changed);
    /* UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_get_fn)(void *user, const char *id, akolhook_store_webhook *webhook);
    /* Up to max webhooks with a number above after, in that order. */
    akolhook_status (*webhook_list_fn)(
            void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count);
    /* With its log and deliveries; what is claimed is settled with UNKNOWN_WEBHOOK later. UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_delete_fn)(void *user, const char *id);
    /* Keeps the event once and makes a delivery, due now, for each active webhook that subscribes; an
       inactive one counts it as skipped. A webhook with max_queue waiting gets a row DROPPED instead.
       PENDING_FULL, POOL_FULL, UNKNOWN_WEBHOOK; KEY_REUSED when the key was seen with another print. */
    akolhook_status (*enqueue_fn)(void *user, akolhook_store_event *event);
    /* A new delivery of the event of a finished one. UNKNOWN_DELIVERY, EVENT_GONE, WEBHOOK_INACTIVE,
       PENDING_FULL. */
    akolhook_status (*redeliver_fn)(void *user, uint64_t number);
    /* The same for each delivery of the webhook that FAILED at since_ms or later, has a row in the log and
       was not redelivered since; those whose event is gone are passed over. *count is how many.
       UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE, PENDING_FULL. */
    akolhook_status (*redeliver_failed_fn)(void *user, const char *id, int64_t since_ms, uint32_t *count);
    /* Claims up to max deliveries that are due, the longest due first. */
    akolhook_status (*claim_fn)(void *user, const akolhook_store_limits *limits, akolhook_store_claim *claims,
            size_t max, size_t *count);
    /* Ends claims: outcome, log row, webhook and counters in one step. */
    akolhook_status (*settle_fn)(
            void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count);
    /* How long until something can be claimed; 0: now, -1: nothing waits. */
    akolhook_status (*next_due_fn)(void *user, int64_t *ms);
    /* Rows that match, newest first; query->cursor is a sequence number, ids but webhook_id and message_id
       are the hub's to fill in. UNKNOWN_WEBHOOK. */
    akolhook_status (*log_fn)(
            void *user, const akolhook_log_query *query, akolhook_log_row *rows, size_t max, size_t *count);
    /* Of one webhook, or with id NULL of all there ever were. UNKNOWN_WEBHOOK. */
    akolhook_status (*stats_fn)(void *user, const char *id, akolhook_stats *stats);
} akolhook_store;

/* The store in memory: bounded, no heap, gone with the process. */
typedef struct akolhook_memory_desc {
    uint32_t max_webhooks; /* 1..1000000 (default: 16) */
    uint32_t max_pending;  /* deliveries that wait or are in flight, 1..10000000 (default: 256) */
    uint32_t log_rows;     /* kept for each webhook, 1..100000 (default: 32) */
    uint32_t log_bytes;    /* for the responses of all rows; the oldest make room (default: 16384) */
    /* for names, URLs and events. An event stays after its deliveries have ended, for redelivery, until
       the room is needed (default: 65536) */
    uint32_t pool_bytes;
    uint32_t max_keys; /* idempotency keys remembered, the newest (default: 256) */
    int64_t (*now_ms_fn)(void *user);
    void *user; /* a clock that is never set, milliseconds; needed */
} akolhook_memory_desc;
typedef struct akolhook_memory akolhook_memory;
/* Bytes of memory that it needs, alignment included; 0 when desc is out of range. */
AKOLHOOK_API size_t akolhook_memory_size(const akolhook_memory_desc *desc);
/* Makes the store in memory of the caller's, any alignment. Returns OK, MEMORY_TOO_SMALL,
   INVALID_ARGUMENT. Wipe the memory when the store is no longer used: it holds secrets. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_memory_init(
        akolhook_store *store, void *memory, size_t size, const akolhook_memory_desc *desc);

/* ---- hub: the webhook dashboard as calls --------------------------------------------------------- */

#define AKOLHOOK_RETRY_HORIZON_MS \
    INT64_C(324000000) /* 90 h: no attempt is made later than this after the event */
/* Milliseconds of the pause after an attempt
   (1, 2, ...): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, then always 24 h;
   Retry-After where it is longer, up to 6 h of it (retry_after_s -1: none); and up to a tenth more, by draw
   (any 32 bits). */
AKOLHOOK_API int64_t akolhook_retry_delay(uint32_t attempt, int32_t retry_after_s, uint32_t draw);

typedef enum akolhook_notice_kind {
    AKOLHOOK_NOTICE_ATTEMPTED = 1, /* an attempt was made and logged */
    AKOLHOOK_NOTICE_SUCCEEDED,     /* the delivery was made */
    AKOLHOOK_NOTICE_FAILED,        /* the delivery was given up */
    AKOLHOOK_NOTICE_RECOVERED,     /* a success after failures: notice.failures of them */
    AKOLHOOK_NOTICE_INACTIVE_SOON, /* the webhook fails on and on and will be set inactive */
    AKOLHOOK_NOTICE_INACTIVE       /* it was set inactive: by failures, or as it answered 410 */
} akolhook_notice_kind;
typedef struct akolhook_notice {
    akolhook_notice_kind kind;
    const akolhook_log_row *row; /* what led to it; valid during the call */
    uint32_t failures;           /* running failures of the webhook */
} akolhook_notice;

/* How to run it. Zeroed is valid but for business_id. */
typedef struct akolhook_hub_desc {
    /* max_in_flight 0 here means 16; without .tls each attempt over https is logged as TLS_REQUIRED, and
       made again */
    akolhook_client_desc client;
    akolhook_str business_id;    /* whose webhooks these are, 1..64 bytes of UTF-8 */
    const akolhook_store *store; /* a store of yours (default: one in memory, described by memory) */
    akolhook_memory_desc memory; /* its clock may be left out: the platform's is taken */
    uint32_t max_webhooks;       /* (default: memory.max_webhooks; with a store of yours 1000) */
    uint32_t max_attempts;       /* of one delivery, 1..255 (default: 10); 1: no retries */
    /* deliveries of one webhook that wait; what is more is dropped and logged (default: no bound but
       memory.max_pending) */
    uint32_t max_queue;
    uint32_t max_rate; /* attempts to one webhook in a second, 1..1000 (default: no bound) */
    /* of the client's max_in_flight for one webhook (default: a quarter, at least 1); one that fails gets
       1. All that fail together get half of max_in_flight, and so do the second and further attempts to
       webhooks (or per_webhook - 1); a quarter is for first attempts to healthy ones alone. So while fewer
       than a quarter of them (half, when none fails) begin to hang, no webhook waits for another */
    uint32_t per_webhook;
    uint32_t (*draw_fn)(void *user); /* 32 random bits for the jitter of retries (default: the platform's) */
    void (*notice_fn)(void *user,
            const akolhook_notice *notice); /* called from _poll; may call all but _poll and _close */
    void *user;
} akolhook_hub_desc;

/* What create takes: name 1..100 characters, an https URL, at least one event. */
typedef struct akolhook_wanted {
    akolhook_str name, url;
    akolhook_events events;
    /* not NULL: before anything is kept, a sample of the first of the events is sent to the URL, marked as
       a test, and must be answered 2xx within 10 s, with at most response_cap bytes; how that went is
       written here. It is signed with the new secret, which the receiver does not have yet: one that
       verifies refuses it. Its status is CANCELLED when no probe was made (default: no probe) */
    akolhook_delivery *probe;
} akolhook_wanted;
typedef struct akolhook_webhook {
    char id[AKOLHOOK_ID_SIZE];
    char name[401], url[AKOLHOOK_MAX_URL + 1]; /* the URL with its query masked */
    akolhook_events events;
    uint8_t is_active;
    int64_t created_at_ms, last_triggered_at_ms; /* 0: never; tests do not count */
    uint32_t failure_count; /* failed attempts since the last success; no tests, no faults of the sender */
    char secret[AKOLHOOK_SECRET_SIZE]; /* filled by create alone, masked elsewhere */
    uint64_t number;                   /* akolhook_hub_list_webhooks goes on from here */
} akolhook_webhook;
typedef struct akolhook_hub_event {
    akolhook_event event;
    int64_t timestamp_ms; /* when it happened; 0: now */
    akolhook_str data;    /* a JSON object; the typed calls leave it empty */
    /* up to 256 bytes; the same key again, with the same event and data (byte for byte), is the same
       event; empty: none */
    akolhook_str idempotency_key;
} akolhook_hub_event;

/* Private, declared so that AKOLHOOK_HUB_SIZE and AKOLHOOK_MEMORY_SIZE are constants. */
typedef struct akolhook_memory_i_job { /* a delivery in memory */
    uint64_t number, lease;
    int64_t due, created, lease_until;
    uint32_t event, text, webhook, child, next, prev, attempt, faults;
    uint8_t state, is_test, orphan;
} akolhook_memory_i_job;
typedef struct akolhook_memory_i_row { /* a log row in memory */
    char message_id[AKOLHOOK_ID_SIZE];
    uint64_t sequence, number, response_at;
    int64_t at_ms, retry_ms;
    long native_error;
    akolhook_addr peer;
    uint32_t attempt, response_len;
    akolhook_status status;
    int32_t ms, lookup_ms, connect_ms, tls_ms, first_byte_ms;
    uint16_t code;
    uint8_t event, state, phase, success, is_test, response_cut, redelivered;
} akolhook_memory_i_row;
typedef struct akolhook_memory_i_hook { /* a webhook in memory */
    char id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
    uint64_t number, rows;
    int64_t created_at_ms, last_triggered_at_ms, failing_since, not_before;
    akolhook_events events;
    uint32_t text, failure_count, queue, queued, leased, ready_at, next, prev;
    uint8_t is_active, is_warned, ready_in;
    akolhook_stats stats;
} akolhook_memory_i_hook;
typedef struct akolhook_memory_i_turn {
    int64_t due;
    uint32_t hook;
} akolhook_memory_i_turn;
struct akolhook_memory {
    akolhook_memory_desc desc;
    akolhook_memory_i_hook *hooks;
    akolhook_memory_i_job *jobs;
    akolhook_memory_i_row *rows;
    akolhook_memory_i_turn *ready;
    uint8_t *keys;
    char (*key_ids)[AKOLHOOK_ID_SIZE];
    uint8_t *log, *pool;
    uint64_t log_end, sequence, numbers, leases, keys_seen;
    akolhook_stats total;
    uint32_t pool_units, free_hook, free_job, free_jobs, hook_count, first_hook, last_hook, ready_count[3];
    uint32_t first_lease, last_lease, pending_first, pending_last, kept_first, kept_last, per_webhook;
    uint32_t bins[128], bin_bits[4];
};
typedef struct akolhook_hub_i_flight { /* a claim in the hub; the response's room follows */
    akolhook_store_claim claim;
    akolhook_log_row row;
    uint64_t exchange;
    struct akolhook_hub *hub;
    int32_t retry_after_s;
    uint32_t next;
    uint8_t state, is_more;
} akolhook_hub_i_flight;
#ifndef AKOLHOOK_MAX_TYPED
#define AKOLHOOK_MAX_TYPED 4096 /* bytes of one body made by a typed emit or a test */
#endif
struct akolhook_hub {
    akolhook_hub_desc desc;
    akolhook_store store;
    akolhook_memory *own;
    akolhook_client *client;
    uint8_t *flights;
    size_t stride;
    const akolhook_platform *platform;
    uint8_t *memory;
    size_t size;
    uint32_t max_in_flight, open, failing, more;
    uint32_t first_free, first_done, last_done;
    uint8_t busy;
    char scratch[AKOLHOOK_MAX_TYPED];
};
#define AKOLHOOK_HUB_I_ARRAY(count, standard, type) \
    AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(count, standard) * sizeof(type))
#define AKOLHOOK_HUB_I_FLIGHT(response_cap) \
    (AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight)) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(response_cap, 1024)))
/* akolhook_memory_size as a constant; arguments as in the desc (0: the default). */
#define AKOLHOOK_MEMORY_SIZE(max_webhooks, max_pending, log_rows, log_bytes, pool_bytes, max_keys) \
    (15u + AKOLHOOK_HUB_I_ALIGNED(sizeof(struct akolhook_memory)) + \
            AKOLHOOK_HUB_I_ARRAY(max_webhooks, 16, akolhook_memory_i_hook) + \
            AKOLHOOK_HUB_I_ARRAY(max_pending, 256, akolhook_memory_i_job) + \
            AKOLHOOK_HUB_I_ARRAY(max_webhooks, 16, akolhook_memory_i_turn[2]) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(max_webhooks, 16) * AKOLHOOK_HUB_I_OR(log_rows, 32) * \
                                   sizeof(akolhook_memory_i_row)) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(log_bytes, 16384)) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(pool_bytes, 65536)) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(max_keys, 256) * 32u) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(max_keys, 256) * AKOLHOOK_ID_SIZE))
/* akolhook_hub_size as a constant. store_size: AKOLHOOK_MEMORY_SIZE, or 0 with a store of your own; the
   other arguments as those of AKOLHOOK_CLIENT_SIZE, max_in_flight 0 meaning 16. */
#define AKOLHOOK_HUB_SIZE(max_in_flight, conn_size, response_cap, head_cap, store_size) \
    (15u + AKOLHOOK_HUB_I_ALIGNED(sizeof(struct akolhook_hub)) + \
            AKOLHOOK_HUB_I_OR(max_in_flight, 16) * AKOLHOOK_HUB_I_FLIGHT(response_cap) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_CLIENT_SIZE( \
                    AKOLHOOK_HUB_I_OR(max_in_flight, 16), conn_size, response_cap, head_cap)) + \
            (size_t)(store_size))

typedef struct akolhook_hub akolhook_hub;
/* Bytes of memory that a hub of this desc needs, alignment included; 0 when it is out of range. */
AKOLHOOK_API size_t akolhook_hub_size(const akolhook_hub_desc *desc);
/* Makes a hub in memory of the caller's, any alignment; both it and what desc points to must live until
   _close. Returns OK, MEMORY_TOO_SMALL, INVALID_ARGUMENT (also: no business_id, or one that is too long),
   BAD_UTF8, BROKEN_HOOK (a hook of the store is missing), what akolhook_client_init returns. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_init(
        akolhook_hub **hub, void *memory, size_t size, const akolhook_hub_desc *desc);
/* Ends it: what is in flight is broken off and given back to the store, memory is wiped, and with it the
   store in memory. NULL is legal. From notice_fn it does nothing. */
AKOLHOOK_API void akolhook_hub_close(akolhook_hub *hub);

/* Every call below may also return INVALID_ARGUMENT (NULL) and what the store's hooks answer, STORE_FAILED
   above all; then nothing has changed. An id of any length that is none gives UNKNOWN_WEBHOOK. */

/* Makes a webhook, active; webhook->secret is shown here only. Returns OK, BAD_NAME, BAD_UTF8, what
   akolhook_url_parse and akolhook_policy_url return, NO_EVENTS, UNKNOWN_EVENT, TOO_MANY_WEBHOOKS,
   WEBHOOK_EXISTS, POOL_FULL, RANDOM_FAILED. With wanted->probe it blocks for up to 10 s, and as long again
   for a place when all are taken; deliveries go on meanwhile and are told of by the next _poll. It also
   returns PROBE_FAILED (nothing is kept; wanted->probe->status and ->code say why), and WRONG_ORDER from
   notice_fn. webhook is zeroed unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_create_webhook(
        akolhook_hub *hub, const akolhook_wanted *wanted, akolhook_webhook *webhook);
/* Returns OK or UNKNOWN_WEBHOOK; webhook is zeroed unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_get_webhook(
        akolhook_hub *hub, const char *webhook_id, akolhook_webhook *webhook);
/* Up to max webhooks, in the order they were made: those after the one of that number (0: from the first). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_list_webhooks(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count);
/* Changes name, URL, events; what is NULL or 0 in wanted stays. Deliveries that wait go to the new URL.
   With wanted->probe a new URL is tried as create does it, signed with a secret made for that alone.
   Returns what create does, and UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_update_webhook(
        akolhook_hub *hub, const char *webhook_id, const akolhook_wanted *wanted);
/* A new secret; the old one signs nothing from here on, retries included. Returns OK, UNKNOWN_WEBHOOK,
   RANDOM_FAILED; secret is empty unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_rotate_secret(
        akolhook_hub *hub, const char *webhook_id, char secret[AKOLHOOK_SECRET_SIZE]);
/* Inactive: waiting deliveries are cancelled and logged so; events that come meanwhile are counted as
   skipped, never sent later. What is in flight ends by itself and is not retried. Active again:
   failure_count starts at 0. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_set_active(
        akolhook_hub *hub, const char *webhook_id, int active);
/* With its log, its waiting deliveries and its secret; what is in flight is broken off. Returns OK,
   UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_delete_webhook(
        akolhook_hub *hub, const char *webhook_id);

/* One event to every active webhook that subscribes to it; on OK the store has it. message_id (may be
   NULL) is its webhook-id. Returns OK, UNKNOWN_EVENT, BAD_TIME, what akolhook_json_parse returns for data,
   WRONG_TYPE (no object), BODY_TOO_LARGE, BAD_KEY, KEY_REUSED, PENDING_FULL, POOL_FULL, RANDOM_FAILED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_emit(
        akolhook_hub *hub, const akolhook_hub_event *event, char (*message_id)[AKOLHOOK_ID_SIZE]);
/* The same with typed data; event->data must be empty. Also return what the build call returns
   (BUFFER_TOO_SMALL above AKOLHOOK_MAX_TYPED bytes). */
/* clang-format off */
#define AKOLHOOK_HUB_I_TYPED(X) \
    X(call) X(transcript) X(summary) X(function_call) X(agent) X(phone_number) X(appointment) X(sms) X(lead)
/* clang-format on */
#define AKOLHOOK_HUB_I_DECLARE(type) \
    AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_emit_##type(akolhook_hub *hub, \
            const akolhook_hub_event *event, const akolhook_##type *data, \
            char(*message_id)[AKOLHOOK_ID_SIZE]);
AKOLHOOK_HUB_I_TYPED(AKOLHOOK_HUB_I_DECLARE)
#undef AKOLHOOK_HUB_I_DECLARE
/* A sample of each event that the webhook subscribes to, marked by X-Webhook-Test, also when it is
   inactive. Each is tried once, logged as a test, and changes no counter of the webhook but those of
   tests. Returns OK, UNKNOWN_WEBHOOK, RANDOM_FAILED, PENDING_FULL, POOL_FULL (samples accepted before that
   are sent). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_test(akolhook_hub *hub, const char *webhook_id);
/* Makes a new delivery of the same event, same message id and bytes. Returns OK, UNKNOWN_DELIVERY,
   EVENT_GONE, WEBHOOK_INACTIVE, PENDING_FULL. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_redeliver(
        akolhook_hub *hub, const char *delivery_id);
/* The same for every delivery of the webhook that failed at since_ms (unix time) or later and was not
   redelivered since; *count (may be NULL) is how many. Returns OK, UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE,
   PENDING_FULL (none is redelivered then). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_redeliver_failed(
        akolhook_hub *hub, const char *webhook_id, int64_t since_ms, uint32_t *count);

/* The log, newest first: up to max_rows rows that match. For the next page set query->cursor to the last
   row's; rows that come meanwhile do not move it. Returns OK, UNKNOWN_WEBHOOK, BAD_CURSOR. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_log(akolhook_hub *hub,
        const akolhook_log_query *query, akolhook_log_row *rows, size_t max_rows, size_t *count);
/* Of one webhook, or with NULL of all there ever were. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_stats(
        akolhook_hub *hub, const char *webhook_id, akolhook_stats *stats);

/* Drives deliveries and retries: makes what is due, waits at most timeout_ms (-1: until something happens)
   for what is in flight or for the next retry. *left (may be NULL) is what is in flight or due now;
   retries of later do not count. Returns OK, WRONG_ORDER (from notice_fn), what akolhook_client_poll
   returns, STORE_FAILED: outcomes that the store would not take are given to it again by the next call. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_poll(
        akolhook_hub *hub, int timeout_ms, size_t *left);
/* How long until the next call of _poll has something to do: milliseconds, 0 now, -1 nothing waits. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_next_due(akolhook_hub *hub, int64_t *ms);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_HUB_H */

#if (defined(AKOLHOOK_HUB_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_HUB_I_IMPLEMENTED)
#define AKOLHOOK_HUB_I_IMPLEMENTED

#ifdef __cplusplus
extern "C" {
#endif

/* Shared with the journal: akolhook_journal.h drives this store and uses these private names of it, so
   that a change to one of them is a change there too. akolhook_memory_i_: bin_add block block_at
   block_free block_take failed_count fill hook hook_at hook_clashes hook_fate hook_find hook_new hook_read
   id_str job job_at job_back job_claim job_new job_next job_wait key_add key_find lease_add lease_end
   name_of named named_at named_new need ready_show redeliver_find row row_add row_at row_failed row_fill
   row_find row_first row_read stored stored_at stored_drop stored_find stored_hold stored_new
   stored_unlink url_of; and AKOLHOOK_HUB_I_ALIGNED AKOLHOOK_HUB_I_OR AKOLHOOK_MEMORY_I_BLOCK_HEAD
   AKOLHOOK_MEMORY_I_BLOCK_MIN AKOLHOOK_MEMORY_I_FATE_MADE AKOLHOOK_MEMORY_I_JOB_FREE
   AKOLHOOK_MEMORY_I_JOB_LEASED AKOLHOOK_MEMORY_I_JOB_WAITING akolhook_hub_i_events_check
   akolhook_hub_i_name_check. */

enum { AKOLHOOK_MEMORY_I_JOB_FREE, AKOLHOOK_MEMORY_I_JOB_WAITING, AKOLHOOK_MEMORY_I_JOB_LEASED };

/* Small values have a bucket each, the others four for each power of two. */
static unsigned akolhook_memory_i_log_bucket(uint32_t value) {
    unsigned e = 2;
    if (value < 4) return value;
    while (value >> e >> 1) e++;
    return (e - 1) * 4 + ((value >> (e - 2)) & 3u);
}
static uint32_t akolhook_memory_i_bucket_low(unsigned bucket) {
    return bucket < 4 ? bucket : (uint32_t)(4 + (bucket & 3u)) << (bucket / 4 - 1);
}

AKOLHOOK_API unsigned akolhook_stats_bucket(int32_t ms) {
    unsigned bucket = akolhook_memory_i_log_bucket(ms > 0 ? (uint32_t)ms : 0);
    return bucket < AKOLHOOK_LATENCY_BUCKETS ? bucket : AKOLHOOK_LATENCY_BUCKETS - 1;
}

AKOLHOOK_API int32_t akolhook_stats_latency(const akolhook_stats *stats, unsigned percent) {
    uint64_t total = 0, seen = 0, need;
    unsigned i;
    if (!stats || percent < 1 || percent > 100) return -1;
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) total += stats->latency[i];
    if (total == 0) return -1;
    need = (total * percent + 99) / 100;
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS - 1 && (seen += stats->latency[i]) < need; i++) continue;
    return (int32_t)(akolhook_memory_i_bucket_low(i + 1) - 1);
}

/* ---- the pool: blocks of 16-byte units, free ones in bins by size, neighbours joined when freed ---- */

/* A block's number is the unit it begins at; unit 0 is never used, so that 0 is none. */
typedef struct akolhook_memory_i_block {
    uint32_t units, before, refs, bin_next, bin_prev;
} akolhook_memory_i_block;
#define AKOLHOOK_MEMORY_I_BLOCK_HEAD 16u /* the links are there in free blocks alone */
#define AKOLHOOK_MEMORY_I_BLOCK_MIN 2u   /* units */

static akolhook_memory_i_block *akolhook_memory_i_block_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_block *)(void *)(m->pool + (size_t)at * 16u);
}
static void *akolhook_memory_i_block_data(akolhook_memory *m, uint32_t at) {
    return m->pool + (size_t)at * 16u + AKOLHOOK_MEMORY_I_BLOCK_HEAD;
}

static void akolhook_memory_i_bin_add(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
    unsigned bin = akolhook_memory_i_log_bucket(b->units);
    b->refs = 0;
    b->bin_prev = 0;
    b->bin_next = m->bins[bin];
    if (b->bin_next) akolhook_memory_i_block_at(m, b->bin_next)->bin_prev = at;
    m->bins[bin] = at;
    m->bin_bits[bin / 32] |= (uint32_t)1 << (bin % 32);
}
static void akolhook_memory_i_bin_remove(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
    unsigned bin = akolhook_memory_i_log_bucket(b->units);
    if (b->bin_next) akolhook_memory_i_block_at(m, b->bin_next)->bin_prev = b->bin_prev;
    if (b->bin_prev)
        akolhook_memory_i_block_at(m, b->bin_prev)->bin_next = b->bin_next;
    else
        m->bins[bin] = b->bin_next;
    if (!m->bins[bin]) m->bin_bits[bin / 32] &= ~((uint32_t)1 << (bin % 32));
}

/* The first free block that holds so many units. */
static uint32_t akolhook_memory_i_bin_find(akolhook_memory *m, uint32_t units) {
    unsigned bin = akolhook_memory_i_log_bucket(units), word;
    uint32_t at, bits;
    for (at = m->bins[bin]; at; at = akolhook_memory_i_block_at(m, at)->bin_next)
        if (akolhook_memory_i_block_at(m, at)->units >= units) return at;
    bin++;
    for (word = bin / 32; word < 4; word++, bin = word * 32) {
        for (bits = m->bin_bits[word] >> (bin % 32); bits && !(bits & 1u); bits >>= 1) bin++;
        if (bits) return m->bins[bin];
    }
    return 0;
}

static void akolhook_memory_i_block_before(akolhook_memory *m, uint32_t at, uint32_t before) {
    if (at < m->pool_units) akolhook_memory_i_block_at(m, at)->before = before;
}

/* A block for len bytes, held once; 0 when there is none. */
static uint32_t akolhook_memory_i_block_take(akolhook_memory *m, size_t len) {
    size_t wanted = (len + AKOLHOOK_MEMORY_I_BLOCK_HEAD + 15u) / 16u;
    uint32_t units = wanted < AKOLHOOK_MEMORY_I_BLOCK_MIN ? AKOLHOOK_MEMORY_I_BLOCK_MIN : (uint32_t)wanted,
             at, rest;
    akolhook_memory_i_block *b;
    if (wanted >= m->pool_units) return 0;
    at = akolhook_memory_i_bin_find(m, units);
    if (!at) return 0;
    akolhook_memory_i_bin_remove(m, at);
    b = akolhook_memory_i_block_at(m, at);
    rest = b->units - units;
    if (rest >= AKOLHOOK_MEMORY_I_BLOCK_MIN) {
        akolhook_memory_i_block *after = akolhook_memory_i_block_at(m, at + units);
        b->units = units;
        after->units = rest;
        after->before = units;
        akolhook_memory_i_block_before(m, at + units + rest, rest);
        akolhook_memory_i_bin_add(m, at + units);
    }
    b->refs = 1;
    return at;
}

static void akolhook_memory_i_block_free(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
    uint32_t after = at + b->units;
    if (after < m->pool_units && akolhook_memory_i_block_at(m, after)->refs == 0) {
        akolhook_memory_i_bin_remove(m, after);
        b->units += akolhook_memory_i_block_at(m, after)->units;
    }
    if (b->before && akolhook_memory_i_block_at(m, at - b->before)->refs == 0) {
        at -= b->before;
        akolhook_memory_i_bin_remove(m, at);
        akolhook_memory_i_block_at(m, at)->units += b->units;
        b = akolhook_memory_i_block_at(m, at);
    }
    akolhook_memory_i_block_before(m, at + b->units, b->units);
    akolhook_memory_i_bin_add(m, at);
}

/* ---- events and names in the pool ---- */

typedef struct akolhook_memory_i_stored { /* an event; its bytes follow */
    char message_id[AKOLHOOK_ID_SIZE];
    uint8_t event;
    uint32_t next, prev, pending, head_len, tail_len;
    int64_t created;
} akolhook_memory_i_stored;
typedef struct akolhook_memory_i_named {
    uint32_t name_len, url_len;
} akolhook_memory_i_named; /* name and URL follow */

static akolhook_memory_i_stored *akolhook_memory_i_stored_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_stored *)akolhook_memory_i_block_data(m, at);
}
static akolhook_memory_i_named *akolhook_memory_i_named_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_named *)akolhook_memory_i_block_data(m, at);
}
static akolhook_str akolhook_memory_i_name_of(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_named *n = akolhook_memory_i_named_at(m, at);
    return akolhook_str_n(n + 1, n->name_len);
}
static akolhook_str akolhook_memory_i_url_of(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_named *n = akolhook_memory_i_named_at(m, at);
    return akolhook_str_n((const char *)(n + 1) + n->name_len, n->url_len);
}
/* URLs may hold tokens, so nothing of them stays. */
static void akolhook_memory_i_named_drop(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_named *n = akolhook_memory_i_named_at(m, at);
    if (--akolhook_memory_i_block_at(m, at)->refs) return;
    akolhook_wipe(n, sizeof *n + n->name_len + n->url_len);
    akolhook_memory_i_block_free(m, at);
}

/* Events with deliveries that have not ended are in one list, the others, the first to give way in front,
   in another. */
static void akolhook_memory_i_stored_link(akolhook_memory *m, uint32_t at, uint32_t *first, uint32_t *last) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
    e->next = 0;
    e->prev = *last;
    if (*last)
        akolhook_memory_i_stored_at(m, *last)->next = at;
    else
        *first = at;
    *last = at;
}
static void akolhook_memory_i_stored_unlink(
        akolhook_memory *m, uint32_t at, uint32_t *first, uint32_t *last) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
    if (e->next)
        akolhook_memory_i_stored_at(m, e->next)->prev = e->prev;
    else
        *last = e->prev;
    if (e->prev)
        akolhook_memory_i_stored_at(m, e->prev)->next = e->next;
    else
        *first = e->next;
}
static void akolhook_memory_i_stored_hold(akolhook_memory *m, uint32_t at) {
    if (akolhook_memory_i_stored_at(m, at)->pending++) return;
    akolhook_memory_i_stored_unlink(m, at, &m->kept_first, &m->kept_last);
    akolhook_memory_i_stored_link(m, at, &m->pending_first, &m->pending_last);
}
static void akolhook_memory_i_stored_drop(akolhook_memory *m, uint32_t at) {
    if (--akolhook_memory_i_stored_at(m, at)->pending) return;
    akolhook_memory_i_stored_unlink(m, at, &m->pending_first, &m->pending_last);
    akolhook_memory_i_stored_link(m, at, &m->kept_first, &m->kept_last);
}
static uint32_t akolhook_memory_i_stored_find(akolhook_memory *m, const char *message_id) {
    uint32_t at, list;
    for (list = 0; list < 2; list++)
        for (at = list ? m->pending_first : m->kept_last; at;
                at = list ? akolhook_memory_i_stored_at(m, at)->next
                          : akolhook_memory_i_stored_at(m, at)->prev)
            if (memcmp(akolhook_memory_i_stored_at(m, at)->message_id, message_id, AKOLHOOK_ID_SIZE) == 0)
                return at;
    return 0;
}
/* Room in the pool; ended events give way, the oldest first. */
static uint32_t akolhook_memory_i_pool_take(akolhook_memory *m, size_t len) {
    uint32_t at, old;
    while (!(at = akolhook_memory_i_block_take(m, len)) && (old = m->kept_first) != 0) {
        akolhook_memory_i_stored_unlink(m, old, &m->kept_first, &m->kept_last);
        akolhook_memory_i_block_free(m, old);
    }
    return at;
}

/* ---- a webhook's queue: a pairing heap by time; the webhooks to claim from: a binary heap ---- */

/* Webhooks and deliveries are named by their place plus 1; 0 is none. */
static akolhook_memory_i_hook *akolhook_memory_i_hook_at(akolhook_memory *m, uint32_t hook) {
    return &m->hooks[hook - 1];
}
static akolhook_memory_i_job *akolhook_memory_i_job_at(akolhook_memory *m, uint32_t job) {
    return &m->jobs[job - 1];
}

static uint32_t akolhook_memory_i_queue_meld(akolhook_memory *m, uint32_t a, uint32_t b) {
    akolhook_memory_i_job *x, *y;
    uint32_t swap;
    if (!a || !b) return a ? a : b;
    x = akolhook_memory_i_job_at(m, a);
    y = akolhook_memory_i_job_at(m, b);
    if (y->due < x->due || (y->due == x->due && y->number < x->number)) {
        swap = a;
        a = b;
        b = swap;
        x = akolhook_memory_i_job_at(m, a);
        y = akolhook_memory_i_job_at(m, b);
    }
    y->next = x->child;
    x->child = b;
    return a;
}
/* What remains when the first of the queue is taken: its children, melded in pairs and the pairs from the
   last on. */
static uint32_t akolhook_memory_i_queue_rest(akolhook_memory *m, uint32_t root) {
    uint32_t list = akolhook_memory_i_job_at(m, root)->child, pairs = 0, rest = 0, a, b;
    while (list) {
        a = list;
        b = akolhook_memory_i_job_at(m, a)->next;
        list = b ? akolhook_memory_i_job_at(m, b)->next : 0;
        a = akolhook_memory_i_queue_meld(m, a, b);
        akolhook_memory_i_job_at(m, a)->next = pairs;
        pairs = a;
    }
    while (pairs) {
        a = pairs;
        pairs = akolhook_memory_i_job_at(m, a)->next;
        rest = akolhook_memory_i_queue_meld(m, rest, a);
    }
    return rest;
}

static int64_t akolhook_memory_i_hook_due(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    int64_t due = akolhook_memory_i_job_at(m, h->queue)->due, allowed = h->not_before / 1000;
    return due > allowed ? due : allowed;
}
/* Three heaps: the healthy webhooks of which nothing is claimed (0) and the failing ones (1), from both
   ends of one half of the array, and the healthy ones of which something is (2) in the other. */
static akolhook_memory_i_turn *akolhook_memory_i_ready_slot(akolhook_memory *m, unsigned in, uint32_t at) {
    uint32_t half = m->desc.max_webhooks;
    return &m->ready[in == 1 ? half - 1 - at : in ? half + at : at];
}
static int64_t akolhook_memory_i_ready_due(akolhook_memory *m, unsigned in, uint32_t at) {
    return akolhook_memory_i_ready_slot(m, in, at)->due;
}
static void akolhook_memory_i_ready_set(
        akolhook_memory *m, unsigned in, uint32_t at, akolhook_memory_i_turn turn) {
    *akolhook_memory_i_ready_slot(m, in, at) = turn;
    akolhook_memory_i_hook_at(m, turn.hook)->ready_at = at + 1;
    akolhook_memory_i_hook_at(m, turn.hook)->ready_in = (uint8_t)in;
}
static void akolhook_memory_i_ready_sift(akolhook_memory *m, unsigned in, uint32_t at) {
    akolhook_memory_i_turn turn = *akolhook_memory_i_ready_slot(m, in, at);
    uint32_t child, count = m->ready_count[in];
    int64_t due = turn.due;
    while (at && akolhook_memory_i_ready_due(m, in, (at - 1) / 2) > due) {
        akolhook_memory_i_ready_set(m, in, at, *akolhook_memory_i_ready_slot(m, in, (at - 1) / 2));
        at = (at - 1) / 2;
    }
    while ((child = at * 2 + 1) < count) {
        if (child + 1 < count &&
                akolhook_memory_i_ready_due(m, in, child + 1) < akolhook_memory_i_ready_due(m, in, child))
            child++;
        if (akolhook_memory_i_ready_due(m, in, child) >= due) break;
        akolhook_memory_i_ready_set(m, in, at, *akolhook_memory_i_ready_slot(m, in, child));
        at = child;
    }
    akolhook_memory_i_ready_set(m, in, at, turn);
}
static void akolhook_memory_i_ready_remove(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_turn last =
            *akolhook_memory_i_ready_slot(m, h->ready_in, --m->ready_count[h->ready_in]);
    uint32_t at = h->ready_at - 1;
    h->ready_at = 0;
    if (last.hook == hook) return;
    akolhook_memory_i_ready_set(m, h->ready_in, at, last);
    akolhook_memory_i_ready_sift(m, h->ready_in, at);
}
/* The webhook whose turn it is; 0: none. */
static uint32_t akolhook_memory_i_ready_first(akolhook_memory *m, int only_healthy, int only_first) {
    unsigned in, best = 3;
    for (in = 0; in < 3; in++) {
        if (!m->ready_count[in] || (in == 1 && only_healthy) || (in == 2 && only_first)) continue;
        if (best == 3 || akolhook_memory_i_ready_due(m, in, 0) < akolhook_memory_i_ready_due(m, best, 0))
            best = in;
    }
    return best < 3 ? akolhook_memory_i_ready_slot(m, best, 0)->hook : 0;
}
/* Whatever changes a webhook's queue or what it may claim stands between these two. */
static void akolhook_memory_i_ready_hide(akolhook_memory *m, uint32_t hook) {
    if (akolhook_memory_i_hook_at(m, hook)->ready_at) akolhook_memory_i_ready_remove(m, hook);
}
static void akolhook_memory_i_ready_show(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t most = h->failure_count && m->per_webhook ? 1 : m->per_webhook;
    unsigned in = h->failure_count ? 1 : h->leased ? 2 : 0;
    akolhook_memory_i_turn turn;
    if (!h->queue || h->ready_at || (most && h->leased >= most)) return;
    turn.due = akolhook_memory_i_hook_due(m, hook);
    turn.hook = hook;
    akolhook_memory_i_ready_set(m, in, m->ready_count[in]++, turn);
    akolhook_memory_i_ready_sift(m, in, m->ready_count[in] - 1);
}

/* ---- deliveries ---- */

#define AKOLHOOK_MEMORY_I_COUNT(m, h, member) ((h)->stats.member++, (m)->total.member++)

static int64_t akolhook_memory_i_now(akolhook_memory *m) { return m->desc.now_ms_fn(m->desc.user); }

static void akolhook_memory_i_job_wait(akolhook_memory *m, uint32_t job, int64_t due) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    int moves = !h->ready_at ||
                due < akolhook_memory_i_job_at(m, h->queue)->due; /* else its turn stays what it is */
    if (moves) akolhook_memory_i_ready_hide(m, j->webhook);
    j->state = AKOLHOOK_MEMORY_I_JOB_WAITING;
    j->due = due;
    j->child = j->next = j->prev = 0;
    h->queue = akolhook_memory_i_queue_meld(m, h->queue, job);
    h->queued++;
    if (moves) akolhook_memory_i_ready_show(m, j->webhook);
}
/* Takes the first of a webhook's queue out; the caller shows the webhook again. */
static uint32_t akolhook_memory_i_job_next(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t job = h->queue;
    akolhook_memory_i_ready_hide(m, hook);
    h->queue = akolhook_memory_i_queue_rest(m, job);
    h->queued--;
    return job;
}
static void akolhook_memory_i_job_new(
        akolhook_memory *m, uint32_t hook, uint32_t event, int is_test, int64_t now) {
    uint32_t job = m->free_job;
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    m->free_job = j->next;
    m->free_jobs--;
    memset(j, 0, sizeof *j);
    j->number = ++m->numbers;
    j->created = now;
    j->event = event;
    j->webhook = hook;
    j->is_test = is_test != 0;
    akolhook_memory_i_stored_hold(m, event);
    if (!is_test) {
        AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
        AKOLHOOK_MEMORY_I_COUNT(m, h, waiting);
    }
    akolhook_memory_i_job_wait(m, job, now);
}
/* Ends a delivery that is neither in a queue nor leased any more. */
static void akolhook_memory_i_job_end(akolhook_memory *m, uint32_t job, akolhook_delivery_state state) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    if (!j->is_test && !j->orphan) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
        h->stats.waiting--;
        m->total.waiting--;
        if (state == AKOLHOOK_DELIVERY_DELIVERED)
            AKOLHOOK_MEMORY_I_COUNT(m, h, delivered);
        else if (state == AKOLHOOK_DELIVERY_FAILED)
            AKOLHOOK_MEMORY_I_COUNT(m, h, failed);
        else
            AKOLHOOK_MEMORY_I_COUNT(m, h, cancelled);
    }
    akolhook_memory_i_stored_drop(m, j->event);
    j->state = AKOLHOOK_MEMORY_I_JOB_FREE;
    j->next = m->free_job;
    m->free_job = job;
    m->free_jobs++;
}

/* The list of leases, the first to run out in front. */
static void akolhook_memory_i_lease_add(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    uint32_t before = m->last_lease;
    while (before && akolhook_memory_i_job_at(m, before)->lease_until > j->lease_until)
        before = akolhook_memory_i_job_at(m, before)->prev;
    j->prev = before;
    j->next = before ? akolhook_memory_i_job_at(m, before)->next : m->first_lease;
    if (j->next)
        akolhook_memory_i_job_at(m, j->next)->prev = job;
    else
        m->last_lease = job;
    if (before)
        akolhook_memory_i_job_at(m, before)->next = job;
    else
        m->first_lease = job;
}
/* Ends a lease; for a webhook that was deleted the delivery ends as well, and 0 is the answer. The webhook
   is hidden then. */
static int akolhook_memory_i_lease_cut(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    if (j->next)
        akolhook_memory_i_job_at(m, j->next)->prev = j->prev;
    else
        m->last_lease = j->prev;
    if (j->prev)
        akolhook_memory_i_job_at(m, j->prev)->next = j->next;
    else
        m->first_lease = j->next;
    j->lease = 0;
    if (j->text) akolhook_memory_i_named_drop(m, j->text);
    j->text = 0;
    if (j->orphan) {
        akolhook_memory_i_job_end(m, job, AKOLHOOK_DELIVERY_CANCELLED);
        return 0;
    }
    akolhook_memory_i_ready_hide(m, j->webhook);
    akolhook_memory_i_hook_at(m, j->webhook)->leased--;
    return 1;
}
static int akolhook_memory_i_lease_end(akolhook_memory *m, uint32_t job) {
    int there = akolhook_memory_i_lease_cut(m, job);
    if (there) akolhook_memory_i_ready_show(m, akolhook_memory_i_job_at(m, job)->webhook);
    return there;
}

/* ---- the log ---- */

static akolhook_memory_i_row *akolhook_memory_i_row_add(
        akolhook_memory *m, uint32_t hook, const char *message_id, unsigned event, uint64_t number) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_row *r =
            &m->rows[(size_t)(hook - 1) * m->desc.log_rows + (size_t)(h->rows++ % m->desc.log_rows)];
    memset(r, 0, sizeof *r);
    memcpy(r->message_id, message_id, AKOLHOOK_ID_SIZE);
    r->event = (uint8_t)event;
    r->number = number;
    r->sequence = ++m->sequence;
    r->lookup_ms = r->connect_ms = r->tls_ms = r->first_byte_ms = -1;
    return r;
}
/* The end of a delivery without an attempt. */
static void akolhook_memory_i_row_end(akolhook_memory *m, uint32_t hook, const char *message_id,
        unsigned event, uint64_t number, int is_test, int64_t at_ms, akolhook_delivery_state state) {
    akolhook_memory_i_row *r = akolhook_memory_i_row_add(m, hook, message_id, event, number);
    r->at_ms = at_ms;
    r->state = (uint8_t)state;
    r->is_test = is_test != 0;
    r->status = state == AKOLHOOK_DELIVERY_DROPPED ? AKOLHOOK_WEBHOOK_QUEUE_FULL : AKOLHOOK_WEBHOOK_INACTIVE;
}
/* Responses go round in a ring of bytes, each in one piece. */
static void akolhook_memory_i_row_response(
        akolhook_memory *m, akolhook_memory_i_row *r, akolhook_str response) {
    size_t room = m->desc.log_bytes, at;
    if (response.len > room) {
        response.len = room;
        r->response_cut = 1;
    }
    if (response.len == 0) return;
    at = (size_t)(m->log_end % room);
    if (at + response.len > room) m->log_end += room - at;
    r->response_at = m->log_end;
    r->response_len = (uint32_t)response.len;
    memcpy(m->log + (size_t)(m->log_end % room), response.ptr, response.len);
    m->log_end += response.len;
}
static int akolhook_memory_i_row_has_response(const akolhook_memory *m, const akolhook_memory_i_row *r) {
    return r->response_len && m->log_end - r->response_at <= m->desc.log_bytes;
}
static void akolhook_memory_i_row_fill(
        akolhook_memory *m, akolhook_memory_i_row *r, const akolhook_log_row *row) {
    r->at_ms = row->at_ms;
    r->attempt = row->attempt;
    r->state = (uint8_t)row->state;
    r->retry_ms = row->retry_ms;
    r->code = (uint16_t)row->code;
    r->success = row->success;
    r->response_cut = row->response_cut;
    r->status = row->status;
    r->phase = (uint8_t)row->phase;
    r->native_error = row->native_error;
    r->ms = row->ms;
    r->lookup_ms = row->lookup_ms;
    r->connect_ms = row->connect_ms;
    r->tls_ms = row->tls_ms;
    r->first_byte_ms = row->first_byte_ms;
    r->peer = row->peer;
    akolhook_memory_i_row_response(m, r, row->response);
}
static void akolhook_memory_i_row_attempt(
        akolhook_memory *m, const akolhook_memory_i_job *j, const akolhook_log_row *row) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    akolhook_memory_i_row *r = akolhook_memory_i_row_add(m, j->webhook, e->message_id, e->event, j->number);
    akolhook_memory_i_row_fill(m, r, row);
    r->is_test = j->is_test;
}
static void akolhook_memory_i_row_read(
        akolhook_memory *m, uint32_t hook, const akolhook_memory_i_row *r, akolhook_log_row *row) {
    memset(row, 0, sizeof *row);
    memcpy(row->message_id, r->message_id, AKOLHOOK_ID_SIZE);
    memcpy(row->webhook_id, akolhook_memory_i_hook_at(m, hook)->id, AKOLHOOK_ID_SIZE);
    row->event = (akolhook_event)r->event;
    row->at_ms = r->at_ms;
    row->attempt = r->attempt;
    row->state = (akolhook_delivery_state)r->state;
    row->retry_ms = r->retry_ms;
    row->code = r->code;
    row->success = r->success;
    row->is_test = r->is_test;
    row->status = r->status;
    row->phase = (akolhook_phase)r->phase;
    row->native_error = r->native_error;
    row->ms = r->ms;
    row->lookup_ms = r->lookup_ms;
    row->connect_ms = r->connect_ms;
    row->tls_ms = r->tls_ms;
    row->first_byte_ms = r->first_byte_ms;
    row->peer = r->peer;
    row->number = r->number;
    row->cursor = r->sequence;
    row->response_cut = r->response_cut;
    if (akolhook_memory_i_row_has_response(m, r))
        row->response =
                akolhook_str_n(m->log + (size_t)(r->response_at % m->desc.log_bytes), r->response_len);
    else if (r->response_len)
        row->response_cut = 1;
}

static akolhook_memory_i_row *akolhook_memory_i_row_at(akolhook_memory *m, uint32_t hook, uint64_t index) {
    return &m->rows[(size_t)(hook - 1) * m->desc.log_rows + (size_t)(index % m->desc.log_rows)];
}
/* The oldest index that is still there. */
static uint64_t akolhook_memory_i_row_first(akolhook_memory *m, uint32_t hook) {
    uint64_t rows = akolhook_memory_i_hook_at(m, hook)->rows;
    return rows > m->desc.log_rows ? rows - m->desc.log_rows : 0;
}
static int akolhook_memory_i_row_matches(const akolhook_memory_i_row *r, const akolhook_log_query *q) {
    if (q->number && r->number != q->number) return 0;
    if (q->events && !akolhook_events_has(q->events, (akolhook_event)r->event)) return 0;
    if ((q->only_failed && r->success) || (q->only_succeeded && !r->success) ||
            (q->only_tests && !r->is_test))
        return 0;
    if (q->since_ms && r->at_ms < q->since_ms) return 0;
    return !q->until_ms || r->at_ms < q->until_ms;
}
/* The newest row of a webhook below a sequence number that matches; NULL: none. */
static akolhook_memory_i_row *akolhook_memory_i_row_find(
        akolhook_memory *m, uint32_t hook, const akolhook_log_query *q, uint64_t below) {
    uint64_t low = akolhook_memory_i_row_first(m, hook), high = akolhook_memory_i_hook_at(m, hook)->rows,
             middle, first = low;
    while (low < high) { /* rows stand in the order of their sequence numbers */
        middle = low + (high - low) / 2;
        if (akolhook_memory_i_row_at(m, hook, middle)->sequence < below)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > first)
        if (akolhook_memory_i_row_matches(akolhook_memory_i_row_at(m, hook, --low), q))
            return akolhook_memory_i_row_at(m, hook, low);
    return NULL;
}

static uint32_t akolhook_memory_i_hook_find(akolhook_memory *m, akolhook_str id) {
    uint32_t hook;
    if (id.len != AKOLHOOK_ID_SIZE - 1) return 0;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        if (memcmp(akolhook_memory_i_hook_at(m, hook)->id, id.ptr, id.len) == 0) return hook;
    return 0;
}
/* An id, given as C string, of any length. */
static akolhook_str akolhook_memory_i_id_str(const char *id) {
    const char *end = id ? (const char *)memchr(id, 0, AKOLHOOK_ID_SIZE) : NULL;
    return akolhook_str_n(end ? id : NULL, end ? (size_t)(end - id) : 0);
}

static akolhook_status akolhook_memory_i_log(
        void *user, const akolhook_log_query *query, akolhook_log_row *rows, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint64_t below = query->cursor ? query->cursor : UINT64_MAX;
    uint32_t one = 0, hook, from = 0;
    *count = 0;
    if (query->webhook_id.len && !(one = akolhook_memory_i_hook_find(m, query->webhook_id)))
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    while (*count < max) {
        akolhook_memory_i_row *newest = NULL, *r;
        for (hook = one ? one : m->first_hook; hook;
                hook = one ? 0 : akolhook_memory_i_hook_at(m, hook)->next) {
            r = akolhook_memory_i_row_find(m, hook, query, below);
            if (!r || (newest && newest->sequence > r->sequence)) continue;
            newest = r;
            from = hook;
        }
        if (!newest) break;
        akolhook_memory_i_row_read(m, from, newest, &rows[(*count)++]);
        below = newest->sequence;
    }
    return AKOLHOOK_OK;
}

/* ---- webhooks ---- */

static int akolhook_memory_i_hook_clashes(
        akolhook_memory *m, uint32_t self, akolhook_str url, akolhook_events events) {
    uint32_t hook;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        if (hook != self && (h->events & events) &&
                akolhook_str_equal(akolhook_memory_i_url_of(m, h->text), url))
            return 1;
    }
    return 0;
}
static uint32_t akolhook_memory_i_named_new(akolhook_memory *m, akolhook_str name, akolhook_str url) {
    uint32_t at = akolhook_memory_i_pool_take(m, sizeof(akolhook_memory_i_named) + name.len + url.len);
    akolhook_memory_i_named *n;
    if (!at) return 0;
    n = akolhook_memory_i_named_at(m, at);
    n->name_len = (uint32_t)name.len;
    n->url_len = (uint32_t)url.len;
    if (name.len) memcpy(n + 1, name.ptr, name.len);
    if (url.len) memcpy((char *)(n + 1) + name.len, url.ptr, url.len);
    return at;
}

static void akolhook_memory_i_hook_new(
        akolhook_memory *m, const akolhook_store_webhook *webhook, uint32_t text) {
    uint32_t hook = m->free_hook;
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    m->free_hook = h->next;
    memset(h, 0, sizeof *h);
    memcpy(h->id, webhook->id, sizeof h->id);
    memcpy(h->secret, webhook->secret, sizeof h->secret);
    h->number = ++m->numbers;
    h->created_at_ms = webhook->created_at_ms;
    h->events = webhook->events;
    h->text = text;
    h->is_active = webhook->is_active;
    h->prev = m->last_hook;
    if (m->last_hook)
        akolhook_memory_i_hook_at(m, m->last_hook)->next = hook;
    else
        m->first_hook = hook;
    m->last_hook = hook;
    m->hook_count++;
}
static akolhook_status akolhook_memory_i_put(
        void *user, const akolhook_store_webhook *webhook, uint32_t max) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t text;
    if (!m->free_hook || m->hook_count >= max) return AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (akolhook_memory_i_hook_clashes(m, 0, webhook->url, webhook->events)) return AKOLHOOK_WEBHOOK_EXISTS;
    text = akolhook_memory_i_named_new(m, webhook->name, webhook->url);
    if (!text) return AKOLHOOK_POOL_FULL;
    akolhook_memory_i_hook_new(m, webhook, text);
    return AKOLHOOK_OK;
}

static void akolhook_memory_i_hook_read(
        akolhook_memory *m, const akolhook_memory_i_hook *h, akolhook_store_webhook *webhook) {
    memset(webhook, 0, sizeof *webhook);
    memcpy(webhook->id, h->id, sizeof webhook->id);
    webhook->name = akolhook_memory_i_name_of(m, h->text);
    webhook->url = akolhook_memory_i_url_of(m, h->text);
    webhook->events = h->events;
    webhook->is_active = h->is_active;
    webhook->created_at_ms = h->created_at_ms;
    webhook->number = h->number;
    webhook->last_triggered_at_ms = h->last_triggered_at_ms;
    webhook->failure_count = h->failure_count;
}
static akolhook_status akolhook_memory_i_get(void *user, const char *id, akolhook_store_webhook *webhook) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id));
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    akolhook_memory_i_hook_read(m, akolhook_memory_i_hook_at(m, hook), webhook);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_list(
        void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook;
    *count = 0;
    for (hook = m->first_hook; hook && *count < max; hook = akolhook_memory_i_hook_at(m, hook)->next)
        if (akolhook_memory_i_hook_at(m, hook)->number > after)
            akolhook_memory_i_hook_read(m, akolhook_memory_i_hook_at(m, hook), &webhooks[(*count)++]);
    return AKOLHOOK_OK;
}

/* Everything that waits ends here; what is leased ends later. */
static void akolhook_memory_i_hook_stop(akolhook_memory *m, uint32_t hook, int64_t at_ms) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    h->is_active = 0;
    while (h->queue) {
        uint32_t job = akolhook_memory_i_job_next(m, hook);
        akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
        akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
        akolhook_memory_i_row_end(
                m, hook, e->message_id, e->event, j->number, j->is_test, at_ms, AKOLHOOK_DELIVERY_CANCELLED);
        akolhook_memory_i_job_end(m, job, AKOLHOOK_DELIVERY_CANCELLED);
    }
}
static void akolhook_memory_i_hook_start(akolhook_memory_i_hook *h) {
    h->is_active = 1;
    h->is_warned = 0;
    h->failure_count = 0;
}

static akolhook_status akolhook_memory_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(w->id)), text = 0;
    akolhook_memory_i_hook *h;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    h = akolhook_memory_i_hook_at(m, hook);
    if (which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS)) {
        akolhook_str url = which & AKOLHOOK_STORE_URL ? w->url : akolhook_memory_i_url_of(m, h->text);
        if (akolhook_memory_i_hook_clashes(
                    m, hook, url, which & AKOLHOOK_STORE_EVENTS ? w->events : h->events))
            return AKOLHOOK_WEBHOOK_EXISTS;
    }
    if (which & (AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL)) {
        text = akolhook_memory_i_named_new(m,
                which & AKOLHOOK_STORE_NAME ? w->name : akolhook_memory_i_name_of(m, h->text),
                which & AKOLHOOK_STORE_URL ? w->url : akolhook_memory_i_url_of(m, h->text));
        if (!text) return AKOLHOOK_POOL_FULL;
        akolhook_memory_i_named_drop(m, h->text);
        h->text = text;
    }
    if (which & AKOLHOOK_STORE_EVENTS) h->events = w->events;
    if (which & AKOLHOOK_STORE_SECRET) memcpy(h->secret, w->secret, sizeof h->secret);
    if (!(which & AKOLHOOK_STORE_ACTIVE)) return AKOLHOOK_OK;
    if (changed) *changed = h->is_active != w->is_active;
    akolhook_memory_i_ready_hide(m, hook);
    if (!w->is_active)
        akolhook_memory_i_hook_stop(m, hook, at_ms);
    else if (!h->is_active)
        akolhook_memory_i_hook_start(h);
    akolhook_memory_i_ready_show(m, hook);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_delete(void *user, const char *id) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)), job;
    uint64_t index;
    akolhook_memory_i_hook *h;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_hook_stop(m, hook, 0);
    for (job = m->first_lease; job; job = akolhook_memory_i_job_at(m, job)->next) {
        akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
        if (j->webhook != hook || j->orphan) continue;
        j->orphan = 1;
        if (j->is_test) continue;
        m->total.waiting--;
        m->total.cancelled++;
    }
    for (index = akolhook_memory_i_row_first(m, hook); index < h->rows; index++) {
        akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, hook, index);
        if (akolhook_memory_i_row_has_response(m, r))
            memset(m->log + (size_t)(r->response_at % m->desc.log_bytes), 0, r->response_len);
        memset(r, 0, sizeof *r);
    }
    akolhook_memory_i_named_drop(m, h->text);
    if (h->next)
        akolhook_memory_i_hook_at(m, h->next)->prev = h->prev;
    else
        m->last_hook = h->prev;
    if (h->prev)
        akolhook_memory_i_hook_at(m, h->prev)->next = h->next;
    else
        m->first_hook = h->next;
    akolhook_wipe(h, sizeof *h);
    h->next = m->free_hook;
    m->free_hook = hook;
    m->hook_count--;
    return AKOLHOOK_OK;
}

/* ---- enqueue ---- */

/* Keys stand with their prints, 32 bytes each. 1: the key was seen, message_id is that of then; *reused:
   with another print. */
static int akolhook_memory_i_key_find(akolhook_memory *m, akolhook_store_event *event, int *reused) {
    size_t i, count = m->keys_seen < m->desc.max_keys ? (size_t)m->keys_seen : m->desc.max_keys;
    for (i = 0; i < count && event->has_key; i++) {
        if (memcmp(m->keys + i * 32, event->key, 16) != 0) continue;
        *reused = memcmp(m->keys + i * 32 + 16, event->print, 16) != 0;
        if (!*reused) memcpy(event->message_id, m->key_ids[i], AKOLHOOK_ID_SIZE);
        return 1;
    }
    return 0;
}
static void akolhook_memory_i_key_add(akolhook_memory *m, const akolhook_store_event *event) {
    size_t at = (size_t)(m->keys_seen++ % m->desc.max_keys);
    memcpy(m->keys + at * 32, event->key, 16);
    memcpy(m->keys + at * 32 + 16, event->print, 16);
    memcpy(m->key_ids[at], event->message_id, AKOLHOOK_ID_SIZE);
}

/* What the event means for a webhook. */
enum {
    AKOLHOOK_MEMORY_I_FATE_NONE,
    AKOLHOOK_MEMORY_I_FATE_MADE,
    AKOLHOOK_MEMORY_I_FATE_SKIPPED,
    AKOLHOOK_MEMORY_I_FATE_DROPPED
};
static int akolhook_memory_i_hook_fate(const akolhook_memory_i_hook *h, const akolhook_store_event *event) {
    if (event->webhook_id.len) return AKOLHOOK_MEMORY_I_FATE_MADE;
    if (!akolhook_events_has(h->events, event->event)) return AKOLHOOK_MEMORY_I_FATE_NONE;
    if (!h->is_active) return AKOLHOOK_MEMORY_I_FATE_SKIPPED;
    return event->max_queue && h->queued + h->leased >= event->max_queue ? AKOLHOOK_MEMORY_I_FATE_DROPPED
                                                                         : AKOLHOOK_MEMORY_I_FATE_MADE;
}

static uint32_t akolhook_memory_i_stored_new(
        akolhook_memory *m, const akolhook_store_event *event, int64_t now) {
    size_t tail = event->tail[0].len + event->tail[1].len + event->tail[2].len, i;
    uint32_t at = akolhook_memory_i_pool_take(m, sizeof(akolhook_memory_i_stored) + event->head.len + tail);
    akolhook_memory_i_stored *e;
    char *out;
    if (!at) return 0;
    e = akolhook_memory_i_stored_at(m, at);
    memset(e, 0, sizeof *e);
    memcpy(e->message_id, event->message_id, AKOLHOOK_ID_SIZE);
    e->event = (uint8_t)event->event;
    e->head_len = (uint32_t)event->head.len;
    e->tail_len = (uint32_t)tail;
    e->created = now;
    out = (char *)(e + 1);
    memcpy(out, event->head.ptr, event->head.len);
    out += event->head.len;
    for (i = 0; i < 3; i++) {
        if (event->tail[i].len) memcpy(out, event->tail[i].ptr, event->tail[i].len);
        out += event->tail[i].len;
    }
    akolhook_memory_i_stored_link(m, at, &m->kept_first, &m->kept_last);
    return at;
}

static akolhook_status akolhook_memory_i_enqueue(void *user, akolhook_store_event *event) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t one = 0, hook, made = 0, stored = 0;
    int64_t now = akolhook_memory_i_now(m);
    int reused = 0;
    event->deliveries = 0;
    event->repeated = (uint8_t)akolhook_memory_i_key_find(m, event, &reused);
    if (event->repeated) return reused ? AKOLHOOK_KEY_REUSED : AKOLHOOK_OK;
    if (event->webhook_id.len && !(one = akolhook_memory_i_hook_find(m, event->webhook_id)))
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    for (hook = one ? one : m->first_hook; hook; hook = one ? 0 : akolhook_memory_i_hook_at(m, hook)->next)
        if (akolhook_memory_i_hook_fate(akolhook_memory_i_hook_at(m, hook), event) ==
                AKOLHOOK_MEMORY_I_FATE_MADE)
            made++;
    if (made > m->free_jobs) return AKOLHOOK_PENDING_FULL;
    if (made && !(stored = akolhook_memory_i_stored_new(m, event, now))) return AKOLHOOK_POOL_FULL;
    for (hook = one ? one : m->first_hook; hook; hook = one ? 0 : akolhook_memory_i_hook_at(m, hook)->next) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        int fate = akolhook_memory_i_hook_fate(h, event);
        if (fate == AKOLHOOK_MEMORY_I_FATE_MADE)
            akolhook_memory_i_job_new(m, hook, stored, event->is_test, now);
        if (fate == AKOLHOOK_MEMORY_I_FATE_SKIPPED) AKOLHOOK_MEMORY_I_COUNT(m, h, skipped);
        if (fate != AKOLHOOK_MEMORY_I_FATE_DROPPED) continue;
        AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
        AKOLHOOK_MEMORY_I_COUNT(m, h, dropped);
        akolhook_memory_i_row_end(m, hook, event->message_id, event->event, ++m->numbers, 0, event->at_ms,
                AKOLHOOK_DELIVERY_DROPPED);
    }
    if (event->has_key) akolhook_memory_i_key_add(m, event);
    event->deliveries = made;
    return AKOLHOOK_OK;
}

/* ---- again ---- */

static void akolhook_memory_i_row_redeliver(
        akolhook_memory *m, uint32_t hook, akolhook_memory_i_row *r, uint32_t event) {
    r->redelivered = 1;
    akolhook_memory_i_job_new(m, hook, event, r->is_test, akolhook_memory_i_now(m));
}

/* What a redelivery of the delivery is made of. */
static akolhook_status akolhook_memory_i_redeliver_find(
        akolhook_memory *m, uint64_t number, uint32_t *hook, akolhook_memory_i_row **row, uint32_t *event) {
    akolhook_log_query query;
    akolhook_memory_i_row *r = NULL;
    uint32_t at;
    memset(&query, 0, sizeof query);
    query.number = number;
    for (at = m->first_hook; at && !r; at = akolhook_memory_i_hook_at(m, at)->next) {
        r = akolhook_memory_i_row_find(m, at, &query, UINT64_MAX);
        *hook = at;
    }
    if (!number || !r || r->state == AKOLHOOK_DELIVERY_WAITING) return AKOLHOOK_UNKNOWN_DELIVERY;
    if (!akolhook_memory_i_hook_at(m, *hook)->is_active && !r->is_test) return AKOLHOOK_WEBHOOK_INACTIVE;
    *row = r;
    *event = akolhook_memory_i_stored_find(m, r->message_id);
    if (!*event) return AKOLHOOK_EVENT_GONE;
    return m->free_jobs ? AKOLHOOK_OK : AKOLHOOK_PENDING_FULL;
}
static akolhook_status akolhook_memory_i_redeliver(void *user, uint64_t number) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_row *r = NULL;
    uint32_t hook = 0, event = 0;
    akolhook_status status = akolhook_memory_i_redeliver_find(m, number, &hook, &r, &event);
    if (status == AKOLHOOK_OK) akolhook_memory_i_row_redeliver(m, hook, r, event);
    return status;
}

/* The row at *index or the next after it that failed at since_ms or later and can be sent again; NULL:
   none. */
static akolhook_memory_i_row *akolhook_memory_i_row_failed(
        akolhook_memory *m, uint32_t hook, int64_t since_ms, uint64_t *index, uint32_t *event) {
    for (; *index < akolhook_memory_i_hook_at(m, hook)->rows; ++*index) {
        akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, hook, *index);
        if (r->state != AKOLHOOK_DELIVERY_FAILED || r->redelivered || r->is_test || r->at_ms < since_ms)
            continue;
        *event = akolhook_memory_i_stored_find(m, r->message_id);
        if (*event) return r;
    }
    return NULL;
}
/* How many there are; none may be redelivered when the queue cannot take all. */
static akolhook_status akolhook_memory_i_failed_count(
        akolhook_memory *m, uint32_t hook, int64_t since_ms, uint32_t *count) {
    uint64_t index;
    uint32_t event;
    *count = 0;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_memory_i_hook_at(m, hook)->is_active) return AKOLHOOK_WEBHOOK_INACTIVE;
    for (index = akolhook_memory_i_row_first(m, hook);
            akolhook_memory_i_row_failed(m, hook, since_ms, &index, &event); index++) {
        if (++*count <= m->free_jobs) continue;
        *count = 0;
        return AKOLHOOK_PENDING_FULL;
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)), event;
    akolhook_status status = akolhook_memory_i_failed_count(m, hook, since_ms, count);
    akolhook_memory_i_row *r;
    uint64_t index;
    if (status != AKOLHOOK_OK) return status;
    for (index = akolhook_memory_i_row_first(m, hook);
            (r = akolhook_memory_i_row_failed(m, hook, since_ms, &index, &event)) != NULL; index++)
        akolhook_memory_i_row_redeliver(m, hook, r, event);
    return AKOLHOOK_OK;
}

/* ---- claim and settle ---- */

/* Waits again, unless its webhook is inactive: then it ends, with a row, and 1 is the answer. Tests are
   not asked. */
static int akolhook_memory_i_job_back(akolhook_memory *m, uint32_t job, int64_t due, int64_t at_ms) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    if (akolhook_memory_i_hook_at(m, j->webhook)->is_active || j->is_test) {
        akolhook_memory_i_job_wait(m, job, due);
        return 0;
    }
    akolhook_memory_i_row_end(
            m, j->webhook, e->message_id, e->event, j->number, 0, at_ms, AKOLHOOK_DELIVERY_CANCELLED);
    akolhook_memory_i_job_end(m, job, AKOLHOOK_DELIVERY_CANCELLED);
    return 1;
}

static void akolhook_memory_i_expire(akolhook_memory *m, int64_t now, int64_t at_ms) {
    uint32_t job;
    while ((job = m->first_lease) != 0 && akolhook_memory_i_job_at(m, job)->lease_until <= now)
        if (akolhook_memory_i_lease_end(m, job)) akolhook_memory_i_job_back(m, job, now, at_ms);
}

static void akolhook_memory_i_job_claim(
        akolhook_memory *m, uint32_t job, int64_t now, int64_t lease_ms, akolhook_store_claim *claim) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    const char *bytes = (const char *)(e + 1);
    j->state = AKOLHOOK_MEMORY_I_JOB_LEASED;
    j->lease = ++m->leases;
    j->lease_until = now + lease_ms;
    j->text = h->text;
    akolhook_memory_i_block_at(m, h->text)->refs++;
    h->leased++;
    akolhook_memory_i_lease_add(m, job);
    memset(claim, 0, sizeof *claim);
    claim->number = j->number;
    claim->lease = j->lease;
    memcpy(claim->message_id, e->message_id, AKOLHOOK_ID_SIZE);
    memcpy(claim->webhook_id, h->id, AKOLHOOK_ID_SIZE);
    memcpy(claim->secret, h->secret, sizeof claim->secret);
    claim->event = (akolhook_event)e->event;
    claim->attempt = j->attempt;
    claim->faults = j->faults;
    claim->age_ms = now > j->created ? now - j->created : 0;
    claim->is_test = j->is_test;
    claim->is_failing = h->failure_count != 0;
    claim->url = akolhook_memory_i_url_of(m, h->text);
    claim->head = akolhook_str_n(bytes, e->head_len);
    claim->tail = akolhook_str_n(bytes + e->head_len, e->tail_len);
    claim->handle = j;
}

static akolhook_status akolhook_memory_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    int64_t now = akolhook_memory_i_now(m);
    uint32_t hook;
    *count = 0;
    akolhook_memory_i_expire(m, now, limits->at_ms);
    if (m->per_webhook != limits->per_webhook) {
        m->per_webhook = limits->per_webhook;
        for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
            akolhook_memory_i_ready_hide(m, hook);
            akolhook_memory_i_ready_show(m, hook);
        }
    }
    while (*count < max && (hook = akolhook_memory_i_ready_first(m, limits->healthy, limits->first)) != 0 &&
            akolhook_memory_i_hook_due(m, hook) <= now) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        akolhook_memory_i_job_claim(
                m, akolhook_memory_i_job_next(m, hook), now, limits->lease_ms, &claims[(*count)++]);
        if (limits->rate) {
            if (h->not_before < now * 1000) h->not_before = now * 1000;
            h->not_before += 1000000 / (int64_t)limits->rate;
        }
        akolhook_memory_i_ready_show(m, hook);
    }
    return AKOLHOOK_OK;
}

/* The webhook's share of an outcome. */
static void akolhook_memory_i_hook_count(akolhook_memory *m, uint32_t hook, const akolhook_store_rules *rules,
        akolhook_store_outcome *o, int64_t now) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    const akolhook_log_row *row = o->row;
    int64_t failing;
    int over;
    h->last_triggered_at_ms = row->at_ms;
    AKOLHOOK_MEMORY_I_COUNT(m, h, attempts);
    if (row->success) {
        unsigned bucket = akolhook_stats_bucket(row->ms);
        if (h->stats.latency[bucket] < UINT32_MAX) h->stats.latency[bucket]++;
        if (m->total.latency[bucket] < UINT32_MAX) m->total.latency[bucket]++;
    } else
        AKOLHOOK_MEMORY_I_COUNT(m, h, attempts_failed);
    if (!o->counts) return;
    if (row->success) {
        h->failure_count = 0;
        h->is_warned = 0;
        return;
    }
    if (!h->failure_count) h->failing_since = now;
    if (h->failure_count < UINT32_MAX) h->failure_count++;
    failing = now - h->failing_since;
    over = h->failure_count >= rules->max_failures && failing >= rules->max_ms;
    if (!h->is_active) return;
    if (over) o->deactivate = 1;
    if (h->is_warned || (!over && (h->failure_count < rules->warn_failures || failing < rules->warn_ms)))
        return;
    h->is_warned = 1;
    o->warned = 1;
}

static void akolhook_memory_i_settle_one(
        akolhook_memory *m, const akolhook_store_rules *rules, akolhook_store_outcome *o, int64_t now) {
    akolhook_memory_i_job *j = (akolhook_memory_i_job *)o->handle;
    const akolhook_log_row *row = o->row;
    uint32_t job, hook;
    o->failures = o->failures_before = 0;
    o->cancelled = o->warned = o->deactivated = 0;
    o->status = AKOLHOOK_LEASE_LOST;
    if (!j || j->state != AKOLHOOK_MEMORY_I_JOB_LEASED || j->number != o->number || j->lease != o->lease)
        return;
    o->status = j->orphan ? AKOLHOOK_UNKNOWN_WEBHOOK : AKOLHOOK_OK;
    job = (uint32_t)(j - m->jobs) + 1;
    hook = j->webhook;
    if (!akolhook_memory_i_lease_cut(m, job)) return;
    o->failures = o->failures_before = akolhook_memory_i_hook_at(m, hook)->failure_count;
    if (row) {
        akolhook_memory_i_row_attempt(m, j, row);
        j->attempt = o->attempt;
        j->faults = o->faults;
        if (j->is_test) AKOLHOOK_MEMORY_I_COUNT(m, akolhook_memory_i_hook_at(m, hook), tests);
        if (j->is_test && !row->success)
            AKOLHOOK_MEMORY_I_COUNT(m, akolhook_memory_i_hook_at(m, hook), tests_failed);
        if (!j->is_test && !o->is_fault) akolhook_memory_i_hook_count(m, hook, rules, o, now);
        o->failures = akolhook_memory_i_hook_at(m, hook)->failure_count;
    }
    if (row && o->deactivate && akolhook_memory_i_hook_at(m, hook)->is_active) {
        akolhook_memory_i_hook_stop(m, hook, row->at_ms);
        o->deactivated = 1;
    }
    if (row && row->state != AKOLHOOK_DELIVERY_WAITING)
        akolhook_memory_i_job_end(m, job, row->state);
    else
        o->cancelled = (uint8_t)akolhook_memory_i_job_back(m, job, now + o->delay_ms, o->at_ms);
    akolhook_memory_i_ready_show(m, hook);
}

static akolhook_status akolhook_memory_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_memory *m = (akolhook_memory *)user;
    int64_t now = akolhook_memory_i_now(m);
    size_t i;
    for (i = 0; i < count; i++) akolhook_memory_i_settle_one(m, rules, &outcomes[i], now);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_next_due(void *user, int64_t *ms) {
    akolhook_memory *m = (akolhook_memory *)user;
    int64_t now = akolhook_memory_i_now(m), due = INT64_MAX;
    uint32_t hook = akolhook_memory_i_ready_first(m, 0, 0);
    *ms = -1;
    if (hook) due = akolhook_memory_i_hook_due(m, hook);
    if (m->first_lease && akolhook_memory_i_job_at(m, m->first_lease)->lease_until < due)
        due = akolhook_memory_i_job_at(m, m->first_lease)->lease_until;
    if (due != INT64_MAX) *ms = due > now ? due - now : 0;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_stats(void *user, const char *id, akolhook_stats *stats) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = id ? akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)) : 0;
    if (id && !hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    *stats = hook ? akolhook_memory_i_hook_at(m, hook)->stats : m->total;
    return AKOLHOOK_OK;
}

/* ---- making it ---- */

static akolhook_status akolhook_memory_i_fill(const akolhook_memory_desc *given, akolhook_memory_desc *desc) {
    *desc = *given;
    if (!desc->max_webhooks) desc->max_webhooks = 16;
    if (!desc->max_pending) desc->max_pending = 256;
    if (!desc->log_rows) desc->log_rows = 32;
    if (!desc->log_bytes) desc->log_bytes = 16384;
    if (!desc->pool_bytes) desc->pool_bytes = 65536;
    if (!desc->max_keys) desc->max_keys = 256;
    if (desc->max_webhooks > 1000000 || desc->max_pending > 10000000 || desc->log_rows > 100000)
        return AKOLHOOK_INVALID_ARGUMENT;
    return desc->max_keys > 10000000 || desc->pool_bytes < 1024 ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_OK;
}

/* The compiler refuses this when the constant and the layout disagree. */
typedef char akolhook_memory_i_size_is_exact
        [AKOLHOOK_MEMORY_SIZE(3, 5, 7, 100, 1024, 9) ==
                                15 + AKOLHOOK_HUB_I_ALIGNED(sizeof(struct akolhook_memory)) +
                                        AKOLHOOK_HUB_I_ALIGNED(3 * sizeof(akolhook_memory_i_hook)) +
                                        AKOLHOOK_HUB_I_ALIGNED(5 * sizeof(akolhook_memory_i_job)) +
                                        AKOLHOOK_HUB_I_ALIGNED(6 * sizeof(akolhook_memory_i_turn)) +
                                        AKOLHOOK_HUB_I_ALIGNED(21 * sizeof(akolhook_memory_i_row)) + 112 +
                                        1024 + 288 + AKOLHOOK_HUB_I_ALIGNED(9 * AKOLHOOK_ID_SIZE)
                        ? 1
                        : -1];

/* The same sum as AKOLHOOK_MEMORY_SIZE, checked. */
static size_t akolhook_memory_i_need(const akolhook_memory_desc *d) {
    uint64_t rows = (uint64_t)d->max_webhooks * d->log_rows, sum;
    sum = rows * sizeof(akolhook_memory_i_row) +
          (uint64_t)d->max_webhooks * (sizeof(akolhook_memory_i_hook) + 2 * sizeof(akolhook_memory_i_turn));
    sum += (uint64_t)d->max_pending * sizeof(akolhook_memory_i_job) + d->log_bytes + d->pool_bytes;
    sum += (uint64_t)d->max_keys * (32 + AKOLHOOK_ID_SIZE);
    if (sum > (size_t)-1 / 2) return 0;
    return AKOLHOOK_MEMORY_SIZE(
            d->max_webhooks, d->max_pending, d->log_rows, d->log_bytes, d->pool_bytes, d->max_keys);
}
AKOLHOOK_API size_t akolhook_memory_size(const akolhook_memory_desc *desc) {
    akolhook_memory_desc filled;
    return desc && akolhook_memory_i_fill(desc, &filled) == AKOLHOOK_OK ? akolhook_memory_i_need(&filled) : 0;
}

static void akolhook_memory_i_lay_out(akolhook_memory *m, uint8_t *at) {
    const akolhook_memory_desc *d = &m->desc;
    uint32_t i;
    m->hooks = (akolhook_memory_i_hook *)(void *)at;
    at += AKOLHOOK_HUB_I_ALIGNED(d->max_webhooks * sizeof(akolhook_memory_i_hook));
    m->jobs = (akolhook_memory_i_job *)(void *)at;
    at += AKOLHOOK_HUB_I_ALIGNED(d->max_pending * sizeof(akolhook_memory_i_job));
    m->ready = (akolhook_memory_i_turn *)(void *)at;
    at += AKOLHOOK_HUB_I_ALIGNED(d->max_webhooks * 2 * sizeof(akolhook_memory_i_turn));
    m->rows = (akolhook_memory_i_row *)(void *)at;
    at += AKOLHOOK_HUB_I_ALIGNED((size_t)d->max_webhooks * d->log_rows * sizeof(akolhook_memory_i_row));
    m->log = at;
    at += AKOLHOOK_HUB_I_ALIGNED(d->log_bytes);
    m->pool = at;
    at += AKOLHOOK_HUB_I_ALIGNED(d->pool_bytes);
    m->keys = at;
    at += AKOLHOOK_HUB_I_ALIGNED((size_t)d->max_keys * 32u);
    m->key_ids = (char(*)[AKOLHOOK_ID_SIZE])(void *)at;
    for (i = d->max_webhooks; i > 0; i--) {
        m->hooks[i - 1].next = m->free_hook;
        m->free_hook = i;
    }
    for (i = d->max_pending; i > 0; i--) {
        m->jobs[i - 1].next = m->free_job;
        m->free_job = i;
    }
    m->free_jobs = d->max_pending;
    m->pool_units = (uint32_t)(AKOLHOOK_HUB_I_ALIGNED(d->pool_bytes) / 16u);
    akolhook_memory_i_block_at(m, 1)->units = m->pool_units - 1;
    akolhook_memory_i_bin_add(m, 1);
}

AKOLHOOK_API akolhook_status akolhook_memory_init(
        akolhook_store *store, void *memory, size_t size, const akolhook_memory_desc *desc) {
    akolhook_memory_desc filled;
    akolhook_memory *m;
    uint8_t *at;
    size_t need;
    if (!store || !memory || !desc || !desc->now_ms_fn) return AKOLHOOK_INVALID_ARGUMENT;
    memset(store, 0, sizeof *store);
    if (akolhook_memory_i_fill(desc, &filled) != AKOLHOOK_OK) return AKOLHOOK_INVALID_ARGUMENT;
    need = akolhook_memory_i_need(&filled);
    if (!need) return AKOLHOOK_INVALID_ARGUMENT;
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;
    memset(memory, 0, need);
    at = (uint8_t *)memory + ((16u - (unsigned)((uintptr_t)memory & 15u)) & 15u);
    m = (akolhook_memory *)(void *)at;
    m->desc = filled;
    akolhook_memory_i_lay_out(m, at + AKOLHOOK_HUB_I_ALIGNED(sizeof *m));
    store->user = m;
    store->webhook_put_fn = akolhook_memory_i_put;
    store->webhook_set_fn = akolhook_memory_i_set;
    store->webhook_get_fn = akolhook_memory_i_get;
    store->webhook_list_fn = akolhook_memory_i_list;
    store->webhook_delete_fn = akolhook_memory_i_delete;
    store->enqueue_fn = akolhook_memory_i_enqueue;
    store->redeliver_fn = akolhook_memory_i_redeliver;
    store->redeliver_failed_fn = akolhook_memory_i_redeliver_failed;
    store->claim_fn = akolhook_memory_i_claim;
    store->settle_fn = akolhook_memory_i_settle;
    store->next_due_fn = akolhook_memory_i_next_due;
    store->log_fn = akolhook_memory_i_log;
    store->stats_fn = akolhook_memory_i_stats;
    return AKOLHOOK_OK;
}

/* ==== >>hub ==== */

#define AKOLHOOK_HUB_I_BATCH 16 /* claims or outcomes that go to the store in one call */
#define AKOLHOOK_HUB_I_PROBE_MS 10000
#define AKOLHOOK_HUB_I_PAUSE_MS \
    20 /* before a store is asked again that has something due and does not give it */

enum {
    AKOLHOOK_HUB_I_FLIGHT_FREE,
    AKOLHOOK_HUB_I_FLIGHT_OPEN,
    AKOLHOOK_HUB_I_FLIGHT_DONE,
    AKOLHOOK_HUB_I_FLIGHT_TOLD
};

static const char akolhook_hub_i_masked_secret[] =
        "whsec_\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
        "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2";
static const char akolhook_hub_i_no_webhook[] = "whk_000000000000000000000000";

AKOLHOOK_API int64_t akolhook_retry_delay(uint32_t attempt, int32_t retry_after_s, uint32_t draw) {
    static const int32_t schedule_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    const uint32_t last = sizeof schedule_s / sizeof schedule_s[0];
    int64_t seconds = schedule_s[attempt < 1 ? 0 : attempt > last ? last - 1 : attempt - 1], most = 6 * 3600;
    if (retry_after_s < most) most = retry_after_s;
    if (seconds < most) seconds = most;
    return seconds * 1000 + (int64_t)(((uint64_t)seconds * 100 * draw) >> 32);
}

/* ---- making it ---- */

static const akolhook_platform *akolhook_hub_i_platform(const akolhook_hub_desc *desc) {
#ifndef AKOLHOOK_NO_POSIX
    if (!desc->client.platform) return akolhook_posix_platform();
#endif
    return desc->client.platform;
}

static akolhook_status akolhook_hub_i_fill(const akolhook_hub_desc *given, akolhook_hub_desc *desc) {
    akolhook_memory_desc memory;
    const akolhook_platform *platform;
    if (!given) return AKOLHOOK_INVALID_ARGUMENT;
    *desc = *given;
    platform = akolhook_hub_i_platform(desc);
    if (!platform || akolhook_memory_i_fill(&desc->memory, &memory) != AKOLHOOK_OK)
        return AKOLHOOK_INVALID_ARGUMENT;
    if (!memory.now_ms_fn) {
        /* spans alone are taken from it: a clock that is set ends no lease */
        memory.now_ms_fn = platform->monotonic_ms_fn;
        memory.user = platform->user;
    }
    desc->memory = memory;
    if (!desc->client.max_in_flight) desc->client.max_in_flight = 16;
    if (!desc->client.deadline_ms) desc->client.deadline_ms = 30000;
    if (!desc->client.response_cap) desc->client.response_cap = 1024;
    if (!desc->max_webhooks) desc->max_webhooks = desc->store ? 1000 : memory.max_webhooks;
    if (!desc->max_attempts) desc->max_attempts = 10;
    if (!desc->per_webhook)
        desc->per_webhook = desc->client.max_in_flight > 4 ? desc->client.max_in_flight / 4 : 1;
    if (desc->max_attempts > 255 || desc->max_rate > 1000) return AKOLHOOK_INVALID_ARGUMENT;
    return AKOLHOOK_OK;
}

/* The compiler refuses this when the constant and the layout disagree. */
typedef char akolhook_hub_i_size_is_exact
        [AKOLHOOK_HUB_SIZE(2, 5, 7, 4096, 100) ==
                                15 + AKOLHOOK_HUB_I_ALIGNED(sizeof(struct akolhook_hub)) +
                                        2 * (AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight)) + 16) +
                                        AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_CLIENT_SIZE(2, 5, 7, 4096)) + 100
                        ? 1
                        : -1];

/* The same sum as AKOLHOOK_HUB_SIZE; 0 when it is out of range. */
static size_t akolhook_hub_i_need(const akolhook_hub_desc *desc, size_t *client_size, size_t *store_size) {
    uint64_t sum;
    *client_size = akolhook_client_size(&desc->client);
    *store_size = desc->store ? 0 : akolhook_memory_i_need(&desc->memory);
    if (!*client_size || (!desc->store && !*store_size)) return 0;
    sum = 15u + AKOLHOOK_HUB_I_ALIGNED(sizeof(struct akolhook_hub)) + *store_size +
          AKOLHOOK_HUB_I_ALIGNED(*client_size);
    sum += (uint64_t)desc->client.max_in_flight * AKOLHOOK_HUB_I_FLIGHT(desc->client.response_cap);
    return sum <= (size_t)-1 / 2 ? (size_t)sum : 0;
}
AKOLHOOK_API size_t akolhook_hub_size(const akolhook_hub_desc *desc) {
    akolhook_hub_desc filled;
    size_t client_size, store_size;
    return akolhook_hub_i_fill(desc, &filled) == AKOLHOOK_OK
                   ? akolhook_hub_i_need(&filled, &client_size, &store_size)
                   : 0;
}

/* Counts the characters of a text; BAD_NAME at a control character. */
static akolhook_status akolhook_hub_i_characters(akolhook_str text, size_t *count) {
    size_t good = 0, i;
    akolhook_status status = akolhook_utf8_check(text, &good);

    *count = 0;
    for (i = 0; i < good; i++) {
        const uint8_t c = (uint8_t)text.ptr[i];

        if (c < 0x20 || c == 0x7f) return AKOLHOOK_BAD_NAME;
        if (c == 0xc2 && (uint8_t)text.ptr[i + 1] < 0xa0) return AKOLHOOK_BAD_NAME; /* U+0080 to U+009F */
        *count += (c & 0xc0) != 0x80; /* a character has one byte that does not continue another */
    }
    return status;
}
static akolhook_status akolhook_hub_i_business_check(akolhook_str id) {
    akolhook_status status;
    size_t count = 0;
    if (!id.ptr || id.len < 1 || id.len > 64) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_characters(id, &count);
    return status == AKOLHOOK_BAD_NAME ? AKOLHOOK_INVALID_ARGUMENT : status;
}

static int akolhook_hub_i_store_is_whole(const akolhook_store *s) {
    return s->webhook_put_fn && s->webhook_set_fn && s->webhook_get_fn && s->webhook_list_fn &&
           s->webhook_delete_fn && s->enqueue_fn && s->redeliver_fn && s->redeliver_failed_fn &&
           s->claim_fn && s->settle_fn && s->next_due_fn && s->log_fn && s->stats_fn;
}

/* Flights are numbered from 1; 0 is none. */
static akolhook_hub_i_flight *akolhook_hub_i_flight_at(akolhook_hub *h, uint32_t number) {
    return (akolhook_hub_i_flight *)(void *)(h->flights + (size_t)(number - 1) * h->stride);
}

AKOLHOOK_API akolhook_status akolhook_hub_init(
        akolhook_hub **hub, void *memory, size_t size, const akolhook_hub_desc *desc) {
    akolhook_hub_desc filled;
    akolhook_hub *h;
    akolhook_status status;
    uint8_t *at;
    size_t need, client_size, store_size;
    uint32_t i;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    *hub = NULL;
    status = akolhook_hub_i_fill(desc, &filled);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_business_check(filled.business_id);
    if (status != AKOLHOOK_OK) return status;
    need = akolhook_hub_i_need(&filled, &client_size, &store_size);
    if (!memory || !need) return AKOLHOOK_INVALID_ARGUMENT;
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;
    if (filled.store && !akolhook_hub_i_store_is_whole(filled.store)) return AKOLHOOK_BROKEN_HOOK;
    memset(memory, 0, need);
    at = (uint8_t *)memory + ((16u - (unsigned)((uintptr_t)memory & 15u)) & 15u);
    h = (akolhook_hub *)(void *)at;
    h->desc = filled;
    h->platform = akolhook_hub_i_platform(&filled);
    h->memory = (uint8_t *)memory;
    h->size = need;
    h->max_in_flight = filled.client.max_in_flight;
    h->stride = AKOLHOOK_HUB_I_FLIGHT(filled.client.response_cap);
    h->flights = at + AKOLHOOK_HUB_I_ALIGNED(sizeof *h);
    at = h->flights + h->max_in_flight * h->stride;
    status = akolhook_client_init(&h->client, at, client_size, &filled.client);
    if (status != AKOLHOOK_OK) return status;
    at += AKOLHOOK_HUB_I_ALIGNED(client_size);
    for (i = h->max_in_flight; i > 0; i--) {
        akolhook_hub_i_flight_at(h, i)->next = h->first_free;
        h->first_free = i;
    }
    if (filled.store)
        h->store = *filled.store;
    else
        status = akolhook_memory_init(&h->store, at, store_size, &filled.memory);
    if (status == AKOLHOOK_OK)
        *hub = h;
    else
        akolhook_client_close(h->client);
    return status;
}

static int64_t akolhook_hub_i_now(akolhook_hub *h) { return h->platform->unix_ms_fn(h->platform->user); }
static char *akolhook_hub_i_flight_response(akolhook_hub_i_flight *f) {
    return (char *)f + AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight));
}

/* ---- ids and cursors ---- */

/* 13 characters of the message's id, then the number in base 62. */
static void akolhook_hub_i_delivery_id(const char *message_id, uint64_t number, char id[AKOLHOOK_ID_SIZE]) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t i;
    memset(id, 0, AKOLHOOK_ID_SIZE);
    memcpy(id, "dlv_", 4);
    memcpy(id + 4, message_id + 4, 13);
    for (i = AKOLHOOK_ID_SIZE - 2; i >= 17; i--, number /= 62) id[i] = digits[number % 62];
}
static uint64_t akolhook_hub_i_delivery_number(akolhook_str id) {
    uint64_t number = 0;
    size_t i;
    if (id.len != AKOLHOOK_ID_SIZE - 1 || memcmp(id.ptr, "dlv_", 4) != 0) return 0;
    for (i = 17; i < AKOLHOOK_ID_SIZE - 1; i++) {
        char c = id.ptr[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'A' && c <= 'Z' ? (unsigned)(c - 'A') + 10
                         : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 36
                                                : 62;
        if (digit > 61 || number > (UINT64_MAX - digit) / 62) return 0;
        number = number * 62 + digit;
    }
    return number;
}

/* A sequence number of 48 bits and 16 bits of a hash, by which one that was made up is known. */
static uint64_t akolhook_hub_i_cursor(const akolhook_hub *h, uint64_t sequence) {
    akolhook_sha256 hash;
    uint8_t bytes[8], digest[32];
    size_t i;
    for (i = 0; i < 8; i++) bytes[i] = (uint8_t)(sequence >> (8 * i));
    akolhook_sha256_init(&hash);
    akolhook_sha256_update(&hash, "akolhook cursor", 15);
    akolhook_sha256_update(&hash, bytes, sizeof bytes);
    akolhook_sha256_update(&hash, h->desc.business_id.ptr, h->desc.business_id.len);
    akolhook_sha256_final(&hash, digest);
    return sequence << 16 | (uint64_t)digest[0] << 8 | digest[1];
}

/* ---- webhooks ---- */

static akolhook_status akolhook_hub_i_name_check(akolhook_str name) {
    akolhook_status status;
    size_t count = 0;
    if (!name.ptr || name.len > 400) return AKOLHOOK_BAD_NAME;
    status = akolhook_hub_i_characters(name, &count);
    return status == AKOLHOOK_OK && (count < 1 || count > 100) ? AKOLHOOK_BAD_NAME : status;
}
static akolhook_status akolhook_hub_i_target_check(akolhook_hub *h, akolhook_str text) {
    akolhook_url url;
    akolhook_status status =
            akolhook_url_parse(text, h->desc.client.policy.flags & AKOLHOOK_ALLOW_HTTP, &url);
    return status == AKOLHOOK_OK ? akolhook_policy_url(&h->desc.client.policy, &url) : status;
}
static akolhook_status akolhook_hub_i_events_check(akolhook_events events) {
    if (events & ~AKOLHOOK_EVENTS_ALL) return AKOLHOOK_UNKNOWN_EVENT;
    return events ? AKOLHOOK_OK : AKOLHOOK_NO_EVENTS;
}

static void akolhook_hub_i_webhook_show(const akolhook_store_webhook *from, akolhook_webhook *webhook) {
    size_t len = from->name.len < sizeof webhook->name - 1 ? from->name.len : sizeof webhook->name - 1;
    memset(webhook, 0, sizeof *webhook);
    memcpy(webhook->id, from->id, sizeof webhook->id);
    if (len) memcpy(webhook->name, from->name.ptr, len);
    akolhook_url_mask(from->url, webhook->url, sizeof webhook->url);
    webhook->events = from->events;
    webhook->is_active = from->is_active;
    webhook->created_at_ms = from->created_at_ms;
    webhook->last_triggered_at_ms = from->last_triggered_at_ms;
    webhook->failure_count = from->failure_count;
    webhook->number = from->number;
    memcpy(webhook->secret, akolhook_hub_i_masked_secret, sizeof akolhook_hub_i_masked_secret);
}

/* The client keeps the last secrets with their prepared keys; one that is no longer used must not stay. */
static void akolhook_hub_i_keys_forget(akolhook_hub *h) {
    akolhook_client_forget_secret(h->client, akolhook_str_n(NULL, 0)); /* of all: the store has the old one */
}

static akolhook_status akolhook_hub_i_emit_envelope(
        akolhook_hub *h, akolhook_event event, int64_t timestamp_ms, akolhook_envelope *envelope) {
    memset(envelope, 0, sizeof *envelope);
    envelope->event = event;
    envelope->timestamp_ms = timestamp_ms ? timestamp_ms : akolhook_hub_i_now(h);
    envelope->business_id = akolhook_text_n(h->desc.business_id.ptr, h->desc.business_id.len);
    envelope->webhook_id = akolhook_text_c(akolhook_hub_i_no_webhook);
    return akolhook_events_has(AKOLHOOK_EVENTS_ALL, event) ? AKOLHOOK_OK : AKOLHOOK_UNKNOWN_EVENT;
}

/* What the store would refuse a webhook for is found before anything is sent: who may make no more makes
   no requests either. */
static akolhook_status akolhook_hub_i_probe_allowed(
        akolhook_hub *h, const akolhook_store_webhook *wanted, uint32_t max) {
    akolhook_store_webhook kept[AKOLHOOK_HUB_I_BATCH];
    akolhook_status status;
    uint64_t after = 0;
    uint32_t total = 0;
    size_t some = AKOLHOOK_HUB_I_BATCH, i;
    while (some == AKOLHOOK_HUB_I_BATCH) {
        status = h->store.webhook_list_fn(h->store.user, after, kept, AKOLHOOK_HUB_I_BATCH, &some);
        if (status == AKOLHOOK_OK && some > AKOLHOOK_HUB_I_BATCH) status = AKOLHOOK_BROKEN_HOOK;
        if (status != AKOLHOOK_OK) return status;
        for (i = 0; i < some; i++, total++) {
            after = kept[i].number;
            if (memcmp(kept[i].id, wanted->id, AKOLHOOK_ID_SIZE) != 0 && (kept[i].events & wanted->events) &&
                    akolhook_str_equal(kept[i].url, wanted->url))
                return AKOLHOOK_WEBHOOK_EXISTS;
        }
    }
    return total < max ? AKOLHOOK_OK : AKOLHOOK_TOO_MANY_WEBHOOKS;
}

/* What stands in a result when nothing was sent. */
static void akolhook_hub_i_probe_status(akolhook_delivery *delivery, akolhook_status status) {
    delivery->status = status;
    delivery->cause = akolhook_status_text(status);
}

/* Sends a request and waits; what is in flight goes on, and waits for the next _settle. */
static void akolhook_hub_i_probe_send(
        akolhook_hub *h, const akolhook_request *request, akolhook_delivery *delivery) {
    const int64_t until = h->platform->monotonic_ms_fn(h->platform->user) + AKOLHOOK_HUB_I_PROBE_MS;
    akolhook_status status, polled;
    int64_t left;

    /* while all places are taken, deliveries go on until one of them ends */
    for (;;) {
        status = akolhook_deliver_request(h->client, request, delivery);
        left = until - h->platform->monotonic_ms_fn(h->platform->user);
        if ((status != AKOLHOOK_QUEUE_FULL && status != AKOLHOOK_ORIGIN_FULL) || left <= 0) break;

        polled = akolhook_client_poll(h->client, (int)left, NULL);
        if (polled != AKOLHOOK_OK) {
            akolhook_hub_i_probe_status(delivery, polled);
            return;
        }
    }

    /* an answer that is longer than what is kept of it is refused */
    if (status != AKOLHOOK_OK || !delivery->response_cut) return;
    akolhook_hub_i_probe_status(delivery, AKOLHOOK_RESPONSE_CUT);
    delivery->phase = AKOLHOOK_PHASE_BODY;
}

/* Sends the sample of its first event to a webhook that is not there yet. */
static akolhook_status akolhook_hub_i_probe(
        akolhook_hub *h, const akolhook_store_webhook *wanted, uint32_t max, akolhook_delivery *delivery) {
    akolhook_envelope envelope;
    akolhook_request request;
    akolhook_status status = akolhook_hub_i_probe_allowed(h, wanted, max);
    char message_id[AKOLHOOK_ID_SIZE];
    unsigned number = 1;
    size_t len = 0;
    if (status == AKOLHOOK_OK)
        status = akolhook_id_generate(h->platform->random_fn, h->platform->user, "msg", message_id);
    if (status != AKOLHOOK_OK) return status;
    while (number < AKOLHOOK_EVENT_LAST && !akolhook_events_has(wanted->events, (akolhook_event)number))
        number++;
    status = akolhook_hub_i_emit_envelope(h, (akolhook_event)number, 0, &envelope);
    envelope.webhook_id = akolhook_text_c(wanted->id);
    if (status == AKOLHOOK_OK) status = akolhook_build_sample(h->scratch, sizeof h->scratch, &len, &envelope);
    if (status != AKOLHOOK_OK) return status;
    memset(&request, 0, sizeof request);
    request.url = wanted->url;
    request.secret = akolhook_str_c(wanted->secret);
    request.body[0] = akolhook_str_n(h->scratch, len);
    request.message_id = akolhook_str_c(message_id);
    request.event = akolhook_str_c(akolhook_event_name((akolhook_event)number));
    request.test = 1;
    request.deadline_ms = h->desc.client.deadline_ms < AKOLHOOK_HUB_I_PROBE_MS ? h->desc.client.deadline_ms
                                                                               : AKOLHOOK_HUB_I_PROBE_MS;
    akolhook_hub_i_probe_send(h, &request, delivery);
    akolhook_hub_i_keys_forget(h);
    return delivery->status == AKOLHOOK_OK ? AKOLHOOK_OK : AKOLHOOK_PROBE_FAILED;
}
/* Before a webhook is made or its URL changed: whether a probe may be made here, and a clean result. */
static akolhook_status akolhook_hub_i_probe_begin(akolhook_hub *h, const akolhook_wanted *wanted) {
    if (!wanted->probe) return AKOLHOOK_OK;

    memset(wanted->probe, 0, sizeof *wanted->probe);
    wanted->probe->lookup_ms = wanted->probe->connect_ms = wanted->probe->tls_ms = -1;
    wanted->probe->first_byte_ms = wanted->probe->retry_after_s = -1;
    akolhook_hub_i_probe_status(wanted->probe, AKOLHOOK_CANCELLED);
    return h->busy ? AKOLHOOK_WRONG_ORDER : AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_hub_create_webhook(
        akolhook_hub *hub, const akolhook_wanted *wanted, akolhook_webhook *webhook) {
    akolhook_store_webhook made, kept;
    akolhook_status status;
    if (webhook) memset(webhook, 0, sizeof *webhook);
    if (!hub || !wanted || !webhook) return AKOLHOOK_INVALID_ARGUMENT;
    memset(&made, 0, sizeof made);
    made.name = wanted->name;
    made.url = wanted->url;
    made.events = wanted->events;
    made.is_active = 1;
    made.created_at_ms = akolhook_hub_i_now(hub);
    status = akolhook_hub_i_probe_begin(hub, wanted);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_name_check(wanted->name);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_target_check(hub, wanted->url);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_events_check(wanted->events);
    if (status == AKOLHOOK_OK)
        status = akolhook_id_generate(hub->platform->random_fn, hub->platform->user, "whk", made.id);
    if (status == AKOLHOOK_OK)
        status = akolhook_secret_generate(hub->platform->random_fn, hub->platform->user, made.secret);
    if (status == AKOLHOOK_OK && wanted->probe)
        status = akolhook_hub_i_probe(hub, &made, hub->desc.max_webhooks, wanted->probe);
    if (status == AKOLHOOK_OK)
        status = hub->store.webhook_put_fn(hub->store.user, &made, hub->desc.max_webhooks);
    if (status == AKOLHOOK_OK) {
        akolhook_hub_i_webhook_show(&made, webhook);
        if (hub->store.webhook_get_fn(hub->store.user, made.id, &kept) == AKOLHOOK_OK)
            webhook->number = kept.number;
        memcpy(webhook->secret, made.secret, sizeof webhook->secret);
    }
    akolhook_wipe(made.secret, sizeof made.secret);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_get_webhook(
        akolhook_hub *hub, const char *webhook_id, akolhook_webhook *webhook) {
    akolhook_store_webhook kept;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;
    if (hub && webhook_id && webhook) status = AKOLHOOK_UNKNOWN_WEBHOOK; /* webhook_id may be webhook->id */
    if (status == AKOLHOOK_UNKNOWN_WEBHOOK &&
            akolhook_memory_i_id_str(webhook_id).len == AKOLHOOK_ID_SIZE - 1)
        status = hub->store.webhook_get_fn(hub->store.user, webhook_id, &kept);
    if (status == AKOLHOOK_OK)
        akolhook_hub_i_webhook_show(&kept, webhook);
    else if (webhook)
        memset(webhook, 0, sizeof *webhook);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_list_webhooks(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count) {
    akolhook_store_webhook kept[AKOLHOOK_HUB_I_BATCH];
    size_t some = 0, i;
    if (count) *count = 0;
    if (!hub || !count || (max && !webhooks)) return AKOLHOOK_INVALID_ARGUMENT;
    while (*count < max) {
        size_t ask = max - *count < AKOLHOOK_HUB_I_BATCH ? max - *count : AKOLHOOK_HUB_I_BATCH;
        akolhook_status status = hub->store.webhook_list_fn(hub->store.user, after, kept, ask, &some);
        if (status != AKOLHOOK_OK) return status;
        if (some > ask) return AKOLHOOK_BROKEN_HOOK;
        for (i = 0; i < some; i++) akolhook_hub_i_webhook_show(&kept[i], &webhooks[(*count)++]);
        if (some < ask) break;
        after = kept[some - 1].number;
    }
    return AKOLHOOK_OK;
}

/* Starts a change of one webhook. */
static akolhook_status akolhook_hub_i_change(akolhook_store_webhook *change, const char *webhook_id) {
    akolhook_str id = akolhook_memory_i_id_str(webhook_id);
    memset(change, 0, sizeof *change);
    if (!webhook_id) return AKOLHOOK_INVALID_ARGUMENT;
    if (id.len != AKOLHOOK_ID_SIZE - 1) return AKOLHOOK_UNKNOWN_WEBHOOK;
    memcpy(change->id, id.ptr, id.len);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_hub_i_change_store(
        akolhook_hub *h, const akolhook_store_webhook *change, unsigned which) {
    return h->store.webhook_set_fn(h->store.user, change, which, akolhook_hub_i_now(h), NULL);
}

/* Tries the new URL of a webhook. Its secret is not known here, as the store gives it out for deliveries
   alone. */
static akolhook_status akolhook_hub_i_change_probe(
        akolhook_hub *h, const akolhook_store_webhook *change, akolhook_delivery *delivery) {
    akolhook_store_webhook wanted = *change, kept;
    akolhook_status status = h->store.webhook_get_fn(h->store.user, change->id, &kept);
    if (status == AKOLHOOK_OK && !wanted.events) wanted.events = kept.events;
    if (status == AKOLHOOK_OK)
        status = akolhook_secret_generate(h->platform->random_fn, h->platform->user, wanted.secret);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_probe(h, &wanted, UINT32_MAX, delivery);
    akolhook_wipe(wanted.secret, sizeof wanted.secret);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_update_webhook(
        akolhook_hub *hub, const char *webhook_id, const akolhook_wanted *wanted) {
    akolhook_store_webhook change;
    akolhook_status status;
    unsigned which = 0;
    if (!hub || !wanted) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_probe_begin(hub, wanted);
    if (status != AKOLHOOK_OK) return status;
    status = akolhook_hub_i_change(&change, webhook_id);
    change.name = wanted->name;
    change.url = wanted->url;
    change.events = wanted->events;
    if (wanted->name.ptr) which |= AKOLHOOK_STORE_NAME;
    if (wanted->url.ptr) which |= AKOLHOOK_STORE_URL;
    if (wanted->events) which |= AKOLHOOK_STORE_EVENTS;
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_NAME))
        status = akolhook_hub_i_name_check(wanted->name);
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_URL))
        status = akolhook_hub_i_target_check(hub, wanted->url);
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_EVENTS))
        status = akolhook_hub_i_events_check(wanted->events);
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_URL) && wanted->probe)
        status = akolhook_hub_i_change_probe(hub, &change, wanted->probe);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_change_store(hub, &change, which);
    akolhook_hub_i_keys_forget(hub);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_rotate_secret(
        akolhook_hub *hub, const char *webhook_id, char secret[AKOLHOOK_SECRET_SIZE]) {
    akolhook_store_webhook change;
    akolhook_status status;
    uint32_t i;
    if (secret) memset(secret, 0, AKOLHOOK_SECRET_SIZE);
    if (!hub || !secret) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_change(&change, webhook_id);
    if (status == AKOLHOOK_OK)
        status = akolhook_secret_generate(hub->platform->random_fn, hub->platform->user, change.secret);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_change_store(hub, &change, AKOLHOOK_STORE_SECRET);
    if (status == AKOLHOOK_OK) memcpy(secret, change.secret, AKOLHOOK_SECRET_SIZE);
    for (i = 1; status == AKOLHOOK_OK && i <= hub->max_in_flight;
            i++) { /* what is not yet signed is signed by the new one */
        akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(hub, i);
        if (f->state == AKOLHOOK_HUB_I_FLIGHT_OPEN &&
                memcmp(f->claim.webhook_id, change.id, AKOLHOOK_ID_SIZE) == 0)
            memcpy(f->claim.secret, change.secret, AKOLHOOK_SECRET_SIZE);
    }
    akolhook_wipe(change.secret, sizeof change.secret);
    akolhook_hub_i_keys_forget(hub);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_set_active(akolhook_hub *hub, const char *webhook_id, int active) {
    akolhook_store_webhook change;
    akolhook_status status;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_change(&change, webhook_id);
    change.is_active = active != 0;
    return status == AKOLHOOK_OK ? akolhook_hub_i_change_store(hub, &change, AKOLHOOK_STORE_ACTIVE) : status;
}

AKOLHOOK_API akolhook_status akolhook_hub_delete_webhook(akolhook_hub *hub, const char *webhook_id) {
    akolhook_store_webhook change;
    akolhook_status status;
    uint32_t i;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_change(&change, webhook_id);
    if (status == AKOLHOOK_OK) status = hub->store.webhook_delete_fn(hub->store.user, change.id);
    if (status != AKOLHOOK_OK) return status;
    for (i = 1; i <= hub->max_in_flight; i++) {
        akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(hub, i);
        if (f->state == AKOLHOOK_HUB_I_FLIGHT_OPEN &&
                memcmp(f->claim.webhook_id, change.id, AKOLHOOK_ID_SIZE) == 0)
            (void)!akolhook_client_cancel(hub->client, f->exchange);
    }
    akolhook_hub_i_keys_forget(hub);
    return AKOLHOOK_OK;
}

/* ---- emit ---- */

#define AKOLHOOK_HUB_I_HEAD_CAP 1024 /* an event's name, a time, 64 bytes of business id escaped, an id */
static const char akolhook_hub_i_tail[] = "\",\"data\":";

/* The part of the envelope before the webhook's id, the same for all webhooks. */
static akolhook_status akolhook_hub_i_emit_head(
        akolhook_hub *h, const akolhook_envelope *envelope, char *head, size_t *len) {
    akolhook_status status =
            akolhook_build_raw(head, AKOLHOOK_HUB_I_HEAD_CAP, len, envelope, akolhook_str_c("{}"));
    (void)h;
    if (status == AKOLHOOK_OK)
        *len -= sizeof akolhook_hub_i_no_webhook - 1 + sizeof akolhook_hub_i_tail - 1 + 3;
    return status;
}

static akolhook_status akolhook_hub_i_emit_store(
        akolhook_hub *h, akolhook_store_event *stored, akolhook_str key) {
    uint8_t digest[32], number = (uint8_t)stored->event;
    akolhook_sha256 hash;
    akolhook_status status;
    size_t room = AKOLHOOK_MAX_BODY, i;
    if (key.len > 256) return AKOLHOOK_BAD_KEY;
    if (key.len && !key.ptr) return AKOLHOOK_INVALID_ARGUMENT;
    for (i = 0; i < 3; i++) {
        if (stored->tail[i].len > room) return AKOLHOOK_BODY_TOO_LARGE;
        room -= stored->tail[i].len;
    }
    if (stored->head.len + AKOLHOOK_ID_SIZE - 1 > room) return AKOLHOOK_BODY_TOO_LARGE;
    if (key.len) {
        akolhook_sha256_init(&hash);
        akolhook_sha256_update(&hash, key.ptr, key.len);
        akolhook_sha256_final(&hash, digest);
        memcpy(stored->key, digest, sizeof stored->key);
        akolhook_sha256_init(&hash);
        akolhook_sha256_update(&hash, &number, 1);
        for (i = 0; i < 3; i++) akolhook_sha256_update(&hash, stored->tail[i].ptr, stored->tail[i].len);
        akolhook_sha256_final(&hash, digest);
        memcpy(stored->print, digest, sizeof stored->print);
        stored->has_key = 1;
    }
    stored->max_queue = h->desc.max_queue;
    stored->at_ms = akolhook_hub_i_now(h);
    status = akolhook_id_generate(h->platform->random_fn, h->platform->user, "msg", stored->message_id);
    return status == AKOLHOOK_OK ? h->store.enqueue_fn(h->store.user, stored) : status;
}

AKOLHOOK_API akolhook_status akolhook_hub_emit(
        akolhook_hub *hub, const akolhook_hub_event *event, char (*message_id)[AKOLHOOK_ID_SIZE]) {
    char head[AKOLHOOK_HUB_I_HEAD_CAP];
    akolhook_envelope envelope;
    akolhook_store_event stored;
    akolhook_json data;
    akolhook_status status;
    size_t len = 0;
    if (message_id) memset(*message_id, 0, sizeof *message_id);
    if (!hub || !event || (event->data.len && !event->data.ptr)) return AKOLHOOK_INVALID_ARGUMENT;
    if (event->data.len > AKOLHOOK_MAX_BODY) return AKOLHOOK_BODY_TOO_LARGE;
    status = akolhook_hub_i_emit_envelope(hub, event->event, event->timestamp_ms, &envelope);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_head(hub, &envelope, head, &len);
    if (status == AKOLHOOK_OK) status = akolhook_json_parse(event->data, &data, NULL);
    if (status != AKOLHOOK_OK) return status;
    if (data.type != AKOLHOOK_JSON_OBJECT) return AKOLHOOK_WRONG_TYPE;
    memset(&stored, 0, sizeof stored);
    stored.event = event->event;
    stored.head = akolhook_str_n(head, len);
    stored.tail[0] = akolhook_str_c(akolhook_hub_i_tail);
    stored.tail[1] = data.str;
    stored.tail[2] = akolhook_str_c("}");
    status = akolhook_hub_i_emit_store(hub, &stored, event->idempotency_key);
    if (status == AKOLHOOK_OK && message_id) memcpy(*message_id, stored.message_id, sizeof *message_id);
    return status;
}

/* Takes the body in scratch, built for no webhook, apart around the id. */
static akolhook_status akolhook_hub_i_emit_split(
        akolhook_hub *h, const akolhook_envelope *envelope, size_t len, akolhook_store_event *stored) {
    char head[AKOLHOOK_HUB_I_HEAD_CAP];
    size_t at = 0, id_len = sizeof akolhook_hub_i_no_webhook - 1;
    akolhook_status status = akolhook_hub_i_emit_head(h, envelope, head, &at);
    if (status != AKOLHOOK_OK) return status;
    if (at + id_len > len || memcmp(h->scratch + at, akolhook_hub_i_no_webhook, id_len) != 0)
        return AKOLHOOK_INVALID_ARGUMENT;
    memset(stored, 0, sizeof *stored);
    stored->event = envelope->event;
    stored->head = akolhook_str_n(h->scratch, at);
    stored->tail[0] = akolhook_str_n(h->scratch + at + id_len, len - at - id_len);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_hub_i_emit_typed(akolhook_hub *h, const akolhook_hub_event *event,
        const akolhook_envelope *envelope, size_t len, char (*message_id)[AKOLHOOK_ID_SIZE]) {
    akolhook_store_event stored;
    akolhook_status status = akolhook_hub_i_emit_split(h, envelope, len, &stored);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_store(h, &stored, event->idempotency_key);
    if (status == AKOLHOOK_OK && message_id) memcpy(*message_id, stored.message_id, sizeof *message_id);
    return status;
}
#define AKOLHOOK_HUB_I_DEFINE(type) \
    AKOLHOOK_API akolhook_status akolhook_hub_emit_##type(akolhook_hub *hub, \
            const akolhook_hub_event *event, const akolhook_##type *data, \
            char(*message_id)[AKOLHOOK_ID_SIZE]) { \
        akolhook_envelope envelope; \
        akolhook_status status; \
        size_t len = 0; \
        if (message_id) memset(*message_id, 0, sizeof *message_id); \
        if (!hub || !event || !data || event->data.len) return AKOLHOOK_INVALID_ARGUMENT; \
        status = akolhook_hub_i_emit_envelope(hub, event->event, event->timestamp_ms, &envelope); \
        if (status == AKOLHOOK_OK) \
            status = akolhook_build_##type(hub->scratch, sizeof hub->scratch, &len, &envelope, data); \
        return status == AKOLHOOK_OK ? akolhook_hub_i_emit_typed(hub, event, &envelope, len, message_id) \
                                     : status; \
    }
AKOLHOOK_HUB_I_TYPED(AKOLHOOK_HUB_I_DEFINE)
#undef AKOLHOOK_HUB_I_DEFINE

AKOLHOOK_API akolhook_status akolhook_hub_test(akolhook_hub *hub, const char *webhook_id) {
    akolhook_store_webhook kept;
    akolhook_envelope envelope;
    akolhook_store_event stored;
    akolhook_events events;
    akolhook_status status;
    unsigned number;
    size_t len = 0;
    if (!hub || !webhook_id) return AKOLHOOK_INVALID_ARGUMENT;
    if (akolhook_memory_i_id_str(webhook_id).len != AKOLHOOK_ID_SIZE - 1) return AKOLHOOK_UNKNOWN_WEBHOOK;
    status = hub->store.webhook_get_fn(hub->store.user, webhook_id, &kept);
    events = status == AKOLHOOK_OK ? kept.events : 0;
    for (number = 1; number <= AKOLHOOK_EVENT_LAST && status == AKOLHOOK_OK; number++) {
        if (!akolhook_events_has(events, (akolhook_event)number)) continue;
        status = akolhook_hub_i_emit_envelope(hub, (akolhook_event)number, 0, &envelope);
        if (status == AKOLHOOK_OK)
            status = akolhook_build_sample(hub->scratch, sizeof hub->scratch, &len, &envelope);
        if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_split(hub, &envelope, len, &stored);
        if (status != AKOLHOOK_OK) break;
        stored.webhook_id = akolhook_memory_i_id_str(webhook_id);
        stored.is_test = 1;
        status = akolhook_hub_i_emit_store(hub, &stored, akolhook_str_n(NULL, 0));
    }
    return status;
}

/* ---- log, stats, again ---- */

AKOLHOOK_API akolhook_status akolhook_hub_log(akolhook_hub *hub, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max_rows, size_t *count) {
    akolhook_log_query asked;
    akolhook_status status;
    size_t i;
    if (count) *count = 0;
    if (!hub || !query || !count || (max_rows && !rows)) return AKOLHOOK_INVALID_ARGUMENT;
    asked = *query;
    if (asked.webhook_id.len && (!asked.webhook_id.ptr || asked.webhook_id.len != AKOLHOOK_ID_SIZE - 1))
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    asked.cursor >>= 16;
    if (query->cursor && (!asked.cursor || akolhook_hub_i_cursor(hub, asked.cursor) != query->cursor))
        return AKOLHOOK_BAD_CURSOR;
    status = hub->store.log_fn(hub->store.user, &asked, rows, max_rows, count);
    if (status == AKOLHOOK_OK && *count > max_rows) status = AKOLHOOK_BROKEN_HOOK;
    if (status != AKOLHOOK_OK) {
        *count = 0;
        return status;
    }
    for (i = 0; i < *count; i++) {
        akolhook_hub_i_delivery_id(rows[i].message_id, rows[i].number, rows[i].delivery_id);
        rows[i].cursor = akolhook_hub_i_cursor(hub, rows[i].cursor);
    }
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_hub_stats(
        akolhook_hub *hub, const char *webhook_id, akolhook_stats *stats) {
    if (stats) memset(stats, 0, sizeof *stats);
    if (!hub || !stats) return AKOLHOOK_INVALID_ARGUMENT;
    if (webhook_id && akolhook_memory_i_id_str(webhook_id).len != AKOLHOOK_ID_SIZE - 1)
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    return hub->store.stats_fn(hub->store.user, webhook_id, stats);
}

AKOLHOOK_API akolhook_status akolhook_hub_redeliver(akolhook_hub *hub, const char *delivery_id) {
    akolhook_log_query query;
    akolhook_log_row row;
    akolhook_status status;
    char id[AKOLHOOK_ID_SIZE];
    size_t count = 0;
    if (!hub || !delivery_id) return AKOLHOOK_INVALID_ARGUMENT;
    memset(&query, 0, sizeof query);
    query.number = akolhook_hub_i_delivery_number(akolhook_memory_i_id_str(delivery_id));
    if (!query.number) return AKOLHOOK_UNKNOWN_DELIVERY;
    status = hub->store.log_fn(hub->store.user, &query, &row, 1, &count);
    if (status != AKOLHOOK_OK) return status;
    if (!count) return AKOLHOOK_UNKNOWN_DELIVERY;
    akolhook_hub_i_delivery_id(row.message_id, row.number, id);
    return memcmp(id, delivery_id, sizeof id) == 0 ? hub->store.redeliver_fn(hub->store.user, query.number)
                                                   : AKOLHOOK_UNKNOWN_DELIVERY;
}

AKOLHOOK_API akolhook_status akolhook_hub_redeliver_failed(
        akolhook_hub *hub, const char *webhook_id, int64_t since_ms, uint32_t *count) {
    uint32_t found = 0;
    akolhook_status status;
    if (count) *count = 0;
    if (!hub || !webhook_id) return AKOLHOOK_INVALID_ARGUMENT;
    if (akolhook_memory_i_id_str(webhook_id).len != AKOLHOOK_ID_SIZE - 1) return AKOLHOOK_UNKNOWN_WEBHOOK;
    status = hub->store.redeliver_failed_fn(hub->store.user, webhook_id, since_ms, &found);
    if (count) *count = found;
    return status;
}

/* ---- deliveries ---- */

/* What has ended stands in a list, in that order, until the store has taken it. */
static void akolhook_hub_i_flight_ended(akolhook_hub_i_flight *f, akolhook_status status) {
    akolhook_hub *h = f->hub;
    uint32_t number = (uint32_t)((size_t)((uint8_t *)f - h->flights) / h->stride) + 1;
    f->row.status = status;
    f->row.success = status == AKOLHOOK_OK;
    f->state = AKOLHOOK_HUB_I_FLIGHT_DONE;
    f->next = 0;
    if (h->last_done)
        akolhook_hub_i_flight_at(h, h->last_done)->next = number;
    else
        h->first_done = number;
    h->last_done = number;
}

static void akolhook_hub_i_flight_done(void *user, uint64_t id, const akolhook_delivery *d) {
    akolhook_hub_i_flight *f = (akolhook_hub_i_flight *)user;
    akolhook_log_row *row = &f->row;
    (void)id;
    row->code = d->code;
    row->phase = d->phase;
    row->native_error = d->native_error;
    row->ms = d->ms;
    row->lookup_ms = d->lookup_ms;
    row->connect_ms = d->connect_ms;
    row->tls_ms = d->tls_ms;
    row->first_byte_ms = d->first_byte_ms;
    row->peer = d->peer;
    row->response_cut = d->response_cut;
    row->response = akolhook_str_n(akolhook_hub_i_flight_response(f), d->response.len);
    if (d->response.len) memcpy(akolhook_hub_i_flight_response(f), d->response.ptr, d->response.len);
    f->retry_after_s = d->retry_after_s;
    akolhook_hub_i_flight_ended(f, d->status);
}

static void akolhook_hub_i_flight_start(akolhook_hub *h, const akolhook_store_claim *claim, int more) {
    akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(h, h->first_free);
    akolhook_request r;
    akolhook_status status;
    h->first_free = f->next;
    memset(f, 0, sizeof *f);
    f->hub = h;
    f->claim = *claim;
    f->claim.message_id[AKOLHOOK_ID_SIZE - 1] = f->claim.webhook_id[AKOLHOOK_ID_SIZE - 1] = 0;
    f->claim.secret[AKOLHOOK_SECRET_SIZE - 1] = 0;
    f->state = AKOLHOOK_HUB_I_FLIGHT_OPEN;
    f->retry_after_s = -1;
    h->open++;
    h->failing += claim->is_failing;
    f->is_more = (uint8_t)more;
    h->more += f->is_more;
    memcpy(f->row.message_id, claim->message_id, AKOLHOOK_ID_SIZE);
    memcpy(f->row.webhook_id, claim->webhook_id, AKOLHOOK_ID_SIZE);
    akolhook_hub_i_delivery_id(claim->message_id, claim->number, f->row.delivery_id);
    f->row.event = claim->event;
    f->row.number = claim->number;
    f->row.is_test = claim->is_test;
    f->row.attempt = claim->attempt + 1;
    f->row.at_ms = akolhook_hub_i_now(h);
    f->row.lookup_ms = f->row.connect_ms = f->row.tls_ms = f->row.first_byte_ms = -1;
    memset(&r, 0, sizeof r);
    r.url = claim->url;
    r.secret = akolhook_str_c(f->claim.secret);
    r.body[0] = claim->head;
    r.body[1] = akolhook_str_c(f->claim.webhook_id);
    r.body[2] = claim->tail;
    r.message_id = akolhook_str_c(f->claim.message_id);
    r.event = akolhook_str_c(akolhook_event_name(claim->event));
    r.test = claim->is_test;
    status = akolhook_client_submit(h->client, &r, akolhook_hub_i_flight_done, f, &f->exchange);
    if (status != AKOLHOOK_OK) akolhook_hub_i_flight_ended(f, status);
}

/* How many places are left to failing webhooks, or to more than one attempt to a webhook. Both together
   leave a quarter. */
static uint32_t akolhook_hub_i_room(const akolhook_hub *h, int more) {
    uint32_t max = h->max_in_flight, most = max / 2, lent = max - (max + 3) / 4,
             taken = more ? h->more : h->failing;
    if (max == 1) return more ? 0 : 1;
    if (more && h->desc.per_webhook - 1 > most) most = h->desc.per_webhook - 1;
    if (most > lent) lent = most;
    if (taken >= most || h->failing + h->more >= lent) return 0;
    return most - taken < lent - h->failing - h->more ? most - taken : lent - h->failing - h->more;
}

/* Claims what is due and begins it: first of webhooks of which nothing is claimed, then what else is due
   to healthy ones. */
static akolhook_status akolhook_hub_i_claim(akolhook_hub *h) {
    akolhook_store_claim claims[AKOLHOOK_HUB_I_BATCH];
    akolhook_store_limits limits;
    akolhook_status status = AKOLHOOK_OK;
    uint32_t room, ask;
    size_t count = 0, used = 0, i;
    int more = 0;
    memset(&limits, 0, sizeof limits);
    limits.lease_ms = (int64_t)h->desc.client.deadline_ms + 30000;
    limits.per_webhook = h->desc.per_webhook;
    limits.rate = h->desc.max_rate;
    limits.at_ms = akolhook_hub_i_now(h);
    while (status == AKOLHOOK_OK && more < 2) {
        ask = h->max_in_flight - h->open < AKOLHOOK_HUB_I_BATCH ? h->max_in_flight - h->open
                                                                : AKOLHOOK_HUB_I_BATCH;
        room = akolhook_hub_i_room(h, more);
        limits.first = !more;
        limits.healthy = more || !room;
        if ((more || room) && ask > room) ask = room; /* even if all of them fail */
        count = 0;
        if (ask) status = h->store.claim_fn(h->store.user, &limits, claims, ask, &count);
        if (status == AKOLHOOK_OK && count > ask) status = AKOLHOOK_BROKEN_HOOK;
        for (i = 0; i < count && status == AKOLHOOK_OK; i++) akolhook_hub_i_flight_start(h, &claims[i], more);
        if (count > used) used = count;
        if (!ask || count < ask) more++;
    }
    akolhook_wipe(claims, (status == AKOLHOOK_OK ? used : AKOLHOOK_HUB_I_BATCH) * sizeof claims[0]);
    return status;
}

/* What is no fault of the receiver: it counts neither as an attempt nor against the webhook. */
static int akolhook_hub_i_is_own_fault(akolhook_status status) {
    static const akolhook_status own[] = {AKOLHOOK_RANDOM_FAILED, AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_WAIT_FAILED,
            AKOLHOOK_LOOKUP_BUSY, AKOLHOOK_BROKEN_HOOK, AKOLHOOK_TLS_REQUIRED, AKOLHOOK_INVALID_ARGUMENT,
            AKOLHOOK_REQUEST_HEAD_TOO_LARGE, AKOLHOOK_BAD_CIDR, AKOLHOOK_NO_SECRET, AKOLHOOK_EMPTY_SECRET};
    size_t i;
    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i] == status) return 1;
    return 0;
}

static uint32_t akolhook_hub_i_draw(akolhook_hub *h) {
    uint32_t draw = 0;
    if (h->desc.draw_fn) return h->desc.draw_fn(h->desc.user);
    return h->platform->random_fn(h->platform->user, &draw, sizeof draw) == 0 ? draw : 0;
}

/* Policy: what becomes of a delivery after this attempt. */
static void akolhook_hub_i_flight_judge(
        akolhook_hub *h, akolhook_hub_i_flight *f, akolhook_store_outcome *o) {
    const akolhook_store_claim *c = &f->claim;
    akolhook_log_row *row = &f->row;
    memset(o, 0, sizeof *o);
    o->number = c->number;
    o->lease = c->lease;
    o->handle = c->handle;
    o->at_ms = akolhook_hub_i_now(h);
    o->attempt = c->attempt;
    o->faults = c->faults;
    if (row->status == AKOLHOOK_CANCELLED) return;
    if (row->status == AKOLHOOK_QUEUE_FULL || row->status == AKOLHOOK_ORIGIN_FULL) {
        o->delay_ms = AKOLHOOK_HUB_I_PAUSE_MS;
        return;
    }
    o->row = row;
    row->state = row->success ? AKOLHOOK_DELIVERY_DELIVERED : AKOLHOOK_DELIVERY_WAITING;
    row->retry_ms = 0;
    o->is_fault = (uint8_t)akolhook_hub_i_is_own_fault(row->status);
    if (o->is_fault) {
        o->faults++;
        o->delay_ms = (int64_t)5000 << (c->faults < 7 ? c->faults : 7);
    } else {
        o->attempt++;
        o->counts = row->status != AKOLHOOK_LOOKUP_FAILED; /* it may be this side's resolver */
        o->deactivate = row->code == 410;
        if (!row->success)
            o->delay_ms = akolhook_retry_delay(o->attempt, f->retry_after_s, akolhook_hub_i_draw(h));
    }
    if (row->success) return;
    if (c->is_test || row->code == 410 || (!o->is_fault && o->attempt >= h->desc.max_attempts) ||
            c->age_ms + row->ms + o->delay_ms > AKOLHOOK_RETRY_HORIZON_MS)
        row->state = AKOLHOOK_DELIVERY_FAILED;
    if (c->is_test) o->deactivate = 0;
    if (row->state == AKOLHOOK_DELIVERY_WAITING) row->retry_ms = o->delay_ms;
}

static void akolhook_hub_i_notice(
        akolhook_hub *h, akolhook_notice_kind kind, const akolhook_log_row *row, uint32_t failures) {
    akolhook_notice notice;
    notice.kind = kind;
    notice.row = row;
    notice.failures = failures;
    h->desc.notice_fn(h->desc.user, &notice);
}
static void akolhook_hub_i_flight_tell(
        akolhook_hub *h, const akolhook_hub_i_flight *f, const akolhook_store_outcome *o) {
    const akolhook_log_row *row = &f->row;
    if (!h->desc.notice_fn || !o->row || o->status != AKOLHOOK_OK) return;
    if (!o->is_fault) akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_ATTEMPTED, row, o->failures);
    if (row->state == AKOLHOOK_DELIVERY_DELIVERED)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_SUCCEEDED, row, o->failures);
    if (row->state == AKOLHOOK_DELIVERY_FAILED)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_FAILED, row, o->failures);
    if (o->failures_before && !o->failures)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_RECOVERED, row, o->failures_before);
    if (o->warned) akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_INACTIVE_SOON, row, o->failures);
    if (o->deactivated) akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_INACTIVE, row, o->failures);
}

/* Gives the outcomes to the store and tells of them. What it does not take is kept. */
static akolhook_status akolhook_hub_i_settle(akolhook_hub *h) {
    static const akolhook_store_rules rules = {15, 20, INT64_C(18) * 3600000, INT64_C(24) * 3600000};
    akolhook_store_outcome outcomes[AKOLHOOK_HUB_I_BATCH];
    uint32_t numbers[AKOLHOOK_HUB_I_BATCH], at;
    akolhook_status status;
    size_t count, i;
    while (h->first_done) {
        for (count = 0, at = h->first_done; at && count < AKOLHOOK_HUB_I_BATCH;
                at = akolhook_hub_i_flight_at(h, at)->next) {
            akolhook_hub_i_flight_judge(h, akolhook_hub_i_flight_at(h, at), &outcomes[count]);
            numbers[count++] = at;
        }
        status = h->store.settle_fn(h->store.user, &rules, outcomes, count);
        if (status != AKOLHOOK_OK) return status;
        h->first_done = at;
        if (!at) h->last_done = 0;
        for (i = 0; i < count; i++) {
            akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(h, numbers[i]);
            f->state = AKOLHOOK_HUB_I_FLIGHT_TOLD;
            akolhook_hub_i_flight_tell(h, f, &outcomes[i]);
            h->failing -= f->claim.is_failing;
            h->more -= f->is_more;
            h->open--;
            akolhook_wipe(f, sizeof *f);
            f->next = h->first_free;
            h->first_free = numbers[i];
        }
    }
    return AKOLHOOK_OK;
}

AKOLHOOK_API akolhook_status akolhook_hub_next_due(akolhook_hub *hub, int64_t *ms) {
    if (ms) *ms = -1;
    return hub && ms ? hub->store.next_due_fn(hub->store.user, ms) : AKOLHOOK_INVALID_ARGUMENT;
}

/* How long to wait; -1: without end. */
static akolhook_status akolhook_hub_i_span(akolhook_hub *h, int timeout_ms, int *span) {
    int64_t due = -1, left = timeout_ms < 0 ? INT_MAX : timeout_ms;
    akolhook_status status = h->store.next_due_fn(h->store.user, &due);
    if (due == 0) due = h->open < h->max_in_flight ? AKOLHOOK_HUB_I_PAUSE_MS : -1;
    if (due > 0 && due < left) left = due;
    if (h->store.poll_ms && left > h->store.poll_ms) left = h->store.poll_ms;
    *span = (int)left;
    if (timeout_ms < 0 && left == INT_MAX) *span = -1;
    return status;
}

static akolhook_status akolhook_hub_i_wait(akolhook_hub *h, int timeout_ms) {
    long native_error = 0;
    int span = 0, result;
    akolhook_status status = akolhook_hub_i_span(h, timeout_ms, &span), polled;
    if (status != AKOLHOOK_OK) span = 0;
    if (h->open) {
        polled = akolhook_client_poll(h->client, span, NULL);
        return status == AKOLHOOK_OK ? polled : status;
    }
    if (akolhook_client_timeout(h->client) >= 0)
        (void)!akolhook_client_poll(h->client, 0, NULL); /* idle connections: those whose time is over */
    if (status != AKOLHOOK_OK || span <= 0)
        return status; /* nothing is open and nothing waits: no end would come */
    result = h->platform->wait_fn(h->platform->user, NULL, 0, span, &native_error);
    if (result == 0) return AKOLHOOK_OK;
    return result == AKOLHOOK_IO_FAIL ? AKOLHOOK_WAIT_FAILED : AKOLHOOK_BROKEN_HOOK;
}

AKOLHOOK_API akolhook_status akolhook_hub_poll(akolhook_hub *hub, int timeout_ms, size_t *left) {
    akolhook_status status, waited = AKOLHOOK_OK, asked;
    int64_t due = -1;
    if (left) *left = 0;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    if (hub->busy) return AKOLHOOK_WRONG_ORDER;
    hub->busy = 1;
    status = akolhook_hub_i_settle(hub);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_claim(hub);
    if (status == AKOLHOOK_OK) {
        status = akolhook_hub_i_settle(hub); /* what the client would not take */
        if (status == AKOLHOOK_OK) waited = akolhook_hub_i_wait(hub, timeout_ms);
        if (status == AKOLHOOK_OK) status = akolhook_hub_i_settle(hub);
        if (status == AKOLHOOK_OK) status = akolhook_hub_i_claim(hub);
    } else if (hub->open)
        waited = akolhook_client_poll(hub->client, 0, NULL); /* what is in flight goes on all the same */
    if (status == AKOLHOOK_OK) status = waited;
    asked = hub->store.next_due_fn(hub->store.user, &due);
    if (status == AKOLHOOK_OK) status = asked;
    if (left) *left = hub->open + (asked == AKOLHOOK_OK && due == 0);
    hub->busy = 0;
    return status;
}

AKOLHOOK_API void akolhook_hub_close(akolhook_hub *hub) {
    if (!hub || hub->busy) return;
    hub->busy = 1;
    akolhook_client_close(hub->client);
    hub->desc.notice_fn = NULL;
    (void)!akolhook_hub_i_settle(hub); /* a store that does not take them sees the leases run out */
    akolhook_wipe(hub->memory, hub->size);
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_HUB_IMPLEMENTATION */
