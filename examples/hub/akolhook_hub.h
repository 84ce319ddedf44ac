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
       gateway         4       16         8          1    8 KiB    61,342 bytes
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

/* ==== >>interface: what a hub and a store say to each other ==== */

#define AKOLHOOK_HUB_SECRET_SIZE \
    129 /* bytes of a secret with its NUL: made ones have 38, one's own up to 128 */

#define AKOLHOOK_LATENCY_BUCKETS 64
/* Counters of one webhook or of all, since it was made. At every moment
   emitted = delivered + failed + cancelled + dropped + waiting. Tests count as tests alone. */
typedef struct akolhook_stats {
    uint64_t emitted;         /* deliveries that events and redeliveries made, dropped ones included */
    uint64_t delivered;       /* answered 2xx */
    uint64_t failed;          /* given up: by attempts, by 90 hours, by 410 */
    uint64_t cancelled;       /* ended by set_active, delete or cancel */
    uint64_t dropped;         /* their webhook failed or lagged, and its share of the room was full */
    uint64_t waiting;         /* for their first attempt, for a retry, or in flight */
    uint64_t skipped;         /* events that came while the webhook was inactive: no delivery was made */
    uint64_t attempts;        /* made, the sender's own faults left out */
    uint64_t attempts_failed; /* of these */
    uint64_t tests;           /* test attempts */
    uint64_t tests_failed;    /* of these */
    uint32_t latency[AKOLHOOK_LATENCY_BUCKETS]; /* successful attempts by their ms, see _stats_latency */
} akolhook_stats;
/* The time in ms that percent (1..100) of the successful attempts took at most, at most a quarter too
   high; -1: none yet. */
AKOLHOOK_API int32_t akolhook_stats_latency(const akolhook_stats *stats, unsigned percent);
/* Where in latency a time belongs; for stores. */
AKOLHOOK_API unsigned akolhook_stats_bucket(int32_t ms);

/* What a store holds in this moment. */
typedef struct akolhook_gauges {
    uint64_t webhooks;
    uint64_t waiting;   /* deliveries and tests that wait, those in flight included */
    uint64_t in_flight; /* of these */
    uint64_t failing;   /* webhooks of class FAILING */
    uint64_t events;    /* bodies that are kept, for deliveries and for redelivery */
    uint64_t bytes;     /* of these bodies */
    uint64_t keys;      /* idempotency keys remembered */
    uint64_t unsaved;   /* outcomes that stand in memory alone, as the medium refused them (journal) */
    int64_t oldest_ms;  /* age of the oldest delivery that waits; -1: none does */
} akolhook_gauges;

/* How a webhook's last attempt ended, tests and lookups included; it decides which places of a hub its
   deliveries may take. A zeroed one is OTHER. */
typedef enum akolhook_class {
    AKOLHOOK_CLASS_OTHER,  /* new, or it succeeded in more than AKOLHOOK_QUICK_MS */
    AKOLHOOK_CLASS_QUICK,  /* it succeeded within AKOLHOOK_QUICK_MS */
    AKOLHOOK_CLASS_FAILING /* it failed for reasons of the receiver's */
} akolhook_class;
#define AKOLHOOK_QUICK_MS 5000

typedef enum akolhook_delivery_state {
    AKOLHOOK_DELIVERY_WAITING = 1, /* an attempt follows */
    AKOLHOOK_DELIVERY_DELIVERED,
    AKOLHOOK_DELIVERY_FAILED,
    AKOLHOOK_DELIVERY_CANCELLED, /* by set_active, delete or cancel */
    AKOLHOOK_DELIVERY_DROPPED    /* the webhook failed or lagged, and its share of the room was full */
} akolhook_delivery_state;

/* One line of the log: an attempt, or the end of a delivery without one. */
typedef struct akolhook_log_row {
    char delivery_id[AKOLHOOK_ID_SIZE]; /* the hub fills it in, from number and message_id */
    char message_id[AKOLHOOK_ID_SIZE];
    char webhook_id[AKOLHOOK_ID_SIZE];
    akolhook_event event;
    int64_t at_ms;                 /* when, unix time */
    uint32_t attempt;              /* 1..; 0: cancelled, dropped or expired, nothing was sent */
    akolhook_delivery_state state; /* of the delivery after this */
    int64_t retry_ms;              /* WAITING: until the next attempt by its schedule */
    int code;                      /* HTTP code, 0 when none came */
    uint8_t success;
    uint8_t is_test;
    uint8_t response_cut;
    akolhook_status status; /* the cause, OK for a success; the members below as in akolhook_delivery */
    akolhook_phase phase;
    long native_error;
    int32_t ms;
    int32_t lookup_ms;
    int32_t connect_ms;
    int32_t tls_ms;
    int32_t first_byte_ms;
    akolhook_addr peer;
    akolhook_str response; /* valid until the next call on the hub or store; cut when its memory was reused */
    uint64_t number;       /* of the delivery in its store */
    uint64_t cursor;       /* for akolhook_log_query; between hub and store the row's sequence number */
} akolhook_log_row;

/* Which rows: those that meet every member. Zeroed: all. */
typedef struct akolhook_log_query {
    akolhook_str webhook_id;
    akolhook_str delivery_id; /* the hub turns it into number */
    akolhook_str message_id;
    akolhook_events events;
    uint8_t only_failed;
    uint8_t only_succeeded;
    uint8_t only_tests;
    uint8_t code_class;            /* 1..5: HTTP codes 100 to 599 by their first digit; 9: no code came */
    akolhook_delivery_state state; /* of the delivery after the row; 0: any */
    int64_t since_ms, until_ms;    /* since <= at_ms < until; 0: open */
    uint64_t cursor;               /* 0: from the newest on; else a row's: what is older than it */
    uint64_t number;               /* 0: all; else of this delivery alone; the hub's to set */
} akolhook_log_query;

/* ---- time and numbers, for stores ----

   STORE TIME is what a store counts in: milliseconds that grow with the time that passes and never jump, see
   akolhook_hub_clock. now, due, lease_until, ready_at, created, began and all of akolhook_store_health but
   the *_ms spans are store times. They never leave the store: spans go in and out of its calls, and members
   named at_ms or created_at_ms are unix time, given by the hub for the log and for people.

   NUMBERS. Webhooks and deliveries have numbers of the store's, from 1 on, of up to 2^53; each is larger than
   all before it and none is given twice, not even after a delete. Log rows have sequence numbers likewise.
   Ids ("whk_...", "msg_...") are AKOLHOOK_ID_SIZE bytes with their NUL, of 0-9 A-Z a-z _ alone: the hub has
   checked that before a store sees them.

   TURNS are int64 of place-milliseconds, one for each webhook, and one floor for the store; see claim_fn. */

/* The health of a webhook, kept beside it with absolute values. A zeroed one is that of a new webhook, and of
   one whose URL was changed or that was set active again. Only akolhook_hub_judge changes it. */
typedef struct akolhook_store_health {
    akolhook_class cls;
    uint8_t is_warned;      /* INACTIVE_SOON was told */
    int32_t code;           /* HTTP code of the last attempt that failed, 0: none came */
    akolhook_status reason; /* its status; OK after a success */
    uint32_t failures;      /* attempts that failed since the last success; no tests, no own faults */
    uint32_t counted;       /* of these the ones that count for deactivation */
    uint32_t misses;        /* what the backoff goes by */
    int32_t estimate_ms;    /* duration of the last attempt; see akolhook_hub_charge */
    int64_t failing_since;  /* store times from here on, 0: none. The first of failures */
    int64_t counted_since;  /* the first of counted */
    int64_t sick_since;     /* when cls became FAILING */
    int64_t missed_at;      /* the last of misses */
    int64_t backoff_until;  /* no attempt before */
    int64_t retry_until;    /* no attempt before: Retry-After of a 429 or 503 */
} akolhook_store_health;

/* A webhook between hub and store. */
typedef struct akolhook_store_webhook {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_str name, url;                /* out: valid until the next call on the store; likewise below */
    akolhook_str headers;                  /* custom ones as lines "Name: value\r\n"; at most 2,048 bytes */
    char secret[AKOLHOOK_HUB_SECRET_SIZE]; /* in only: a store gives it out by a claim alone */
    akolhook_events events;
    uint8_t is_active;
    int64_t created_at_ms;
    uint64_t origin;      /* a hash of host and port of the URL */
    uint32_t rate;        /* attempts in a second, 1..1000; 0: no bound of its own */
    uint32_t deadline_ms; /* of each attempt; 0: the hub's */

    /* out from here on */
    uint64_t number;
    int64_t last_triggered_at_ms; /* at_ms of the last attempt that was no test and no own fault */
    akolhook_store_health health;
    uint32_t queued;    /* deliveries and tests that wait or are in flight */
    uint32_t in_flight; /* of these */
    int64_t oldest_ms;  /* age of the oldest of them; -1: none */
    int64_t next_ms;    /* until its next attempt may begin, places apart: 0 now, -1 nothing waits */
} akolhook_store_webhook;
#define AKOLHOOK_STORE_NAME 1u /* which members webhook_set_fn changes */
#define AKOLHOOK_STORE_URL 2u  /* and origin; health is zeroed */
#define AKOLHOOK_STORE_EVENTS 4u
#define AKOLHOOK_STORE_SECRET 8u
#define AKOLHOOK_STORE_ACTIVE 16u /* 1 for one that was inactive: health is zeroed */
#define AKOLHOOK_STORE_RATE 32u
#define AKOLHOOK_STORE_DEADLINE 64u
#define AKOLHOOK_STORE_HEADERS 128u

/* One event to be kept and sent. The body of a delivery is head, its webhook's id and the three parts of
   tail, joined. */
typedef struct akolhook_store_event {
    char message_id[AKOLHOOK_ID_SIZE]; /* in; out: that of the first event under this key */
    uint8_t key[16], print[16];        /* hashes of the idempotency key, and of event and data */
    uint8_t has_key;
    uint8_t is_test;
    akolhook_event event;
    akolhook_str head, tail[3];
    akolhook_str webhook_id; /* tests: this webhook, active or not; empty: every webhook that subscribes */
    int64_t at_ms;           /* for the log */
    uint32_t max_queue;      /* deliveries that one webhook may have queued; 0: the store's own bound */

    uint8_t repeated;                  /* out: the key was seen, nothing was done; the counts below are 0 */
    uint32_t deliveries;               /* out: made */
    uint32_t skipped;                  /* out: webhooks that subscribe and are inactive */
    uint32_t dropped;                  /* out: deliveries dropped, */
    uint64_t dropped_number;           /* the number of one of them */
    char dropped_id[AKOLHOOK_ID_SIZE]; /* and its webhook */
} akolhook_store_event;

/* A delivery to be made. */
typedef struct akolhook_store_claim {
    uint64_t number, lease; /* the delivery, and the token that its outcome must carry; never 0 */
    char message_id[AKOLHOOK_ID_SIZE];
    char webhook_id[AKOLHOOK_ID_SIZE];
    char secret[AKOLHOOK_HUB_SECRET_SIZE];
    akolhook_event event;
    uint32_t attempt; /* made before, as the last outcome left it */
    uint8_t is_test;
    akolhook_class cls;                    /* the webhook's at the claim */
    uint64_t origin;                       /* the webhook's */
    uint32_t deadline_ms;                  /* the webhook's; 0: the hub's */
    int64_t charged_ms;                    /* by so much the webhook's turn grew at the claim */
    akolhook_str url, headers, head, tail; /* valid until the claim is settled or its lease has run out */
    void *handle;                          /* the store's own; goes back with the outcome */
} akolhook_store_claim;

/* An origin of which a hub has attempts open. */
typedef struct akolhook_store_origin {
    uint64_t origin;
    uint32_t left; /* claims that it may still give; 0: it is full, its webhooks are passed over */
} akolhook_store_origin;

/* What a hub may take now. */
typedef struct akolhook_store_limits {
    int64_t lease_ms;     /* how long a claim is the hub's: its longest deadline + 30 s */
    int64_t at_ms;        /* for the log */
    uint32_t per_webhook; /* claimed deliveries of one webhook, over all hubs; of a FAILING one: 1 */
    uint32_t rate;        /* claims of one webhook in a second where it has no rate; 0: no bound */
    uint32_t slow;        /* of one call's claims at most so many of webhooks that are not QUICK */
    uint32_t failing;     /* at most so many of FAILING ones */
    uint32_t per_origin;  /* of one origin at most so many, where origins does not say less */
    const akolhook_store_origin *origins;
    size_t origin_count;
} akolhook_store_limits;

/* How claims are judged: constants of the hub's, the same for all outcomes of a call. */
typedef struct akolhook_store_rules {
    uint32_t max_attempts;  /* of one delivery */
    uint32_t warn_failures; /* from so many counted failures, for so long, a webhook is warned about, */
    int64_t warn_ms;
    uint32_t max_failures; /* and set inactive */
    int64_t max_ms;
} akolhook_store_rules;

/* How a claim ended. */
typedef struct akolhook_store_outcome {
    uint64_t number, lease; /* the claim's, likewise */
    void *handle;
    int64_t charged_ms;
    /* The attempt: code, success, status, phase, native_error, ms and the rest of it. NULL: none was made,
       the claim is given back and may be claimed again after delay_ms. state and retry_ms are out: the
       judge's. */
    akolhook_log_row *row;
    int64_t delay_ms;
    int32_t retry_after_s; /* -1: none */
    uint32_t draws[2];     /* random bits: for the schedule, for the backoff */
    int64_t at_ms;         /* for the log */

    /* out. Unless status is OK nothing was changed: LEASE_LOST (another hub has it, or had it),
       UNKNOWN_WEBHOOK (deleted; the delivery has ended with it) */
    akolhook_status status;
    /* out, all of them the judge's: what the store now does, in the transaction that read the case */
    akolhook_delivery_state state; /* of the delivery: WAITING goes back into the queue, else it ends */
    int64_t due_ms;                /* WAITING: due at now + due_ms */
    uint32_t attempt, faults;      /* kept with the delivery */
    int64_t turn_ms;               /* added to the webhook's turn; may be below 0 */
    uint8_t is_fault;              /* the sender's own: the row is all that is kept of it */
    uint8_t answered;              /* the store's answered_at becomes now */
    uint8_t deactivates;           /* the webhook is set inactive, as by webhook_set_fn */
    /* after its row comes another: attempt 0, CANCELLED, at_ms of this; status CANCELLED while the webhook is
       active, else WEBHOOK_INACTIVE */
    uint8_t cancelled;
    uint8_t warned;                     /* the hub tells of it */
    uint32_t failures_before, failures; /* health.failures before and after */
} akolhook_store_outcome;

/* What the store's locked rows say about a claim that is settled. */
typedef struct akolhook_store_case {
    int64_t now;         /* store time */
    int64_t began;       /* when it was claimed */
    int64_t age_ms;      /* of the delivery, since its event was accepted */
    int64_t answered_at; /* the last outcome of any webhook that was answered; 0: none */
    uint32_t attempt, faults;
    uint8_t is_test;
    uint8_t is_active; /* the webhook is */
    uint8_t is_cut;    /* webhook_set_fn or cancel_fn cut the delivery off: no further attempt */
} akolhook_store_case;

/* A delivery as a store tells of it. */
typedef struct akolhook_store_delivery {
    uint64_t number;
    char message_id[AKOLHOOK_ID_SIZE];
    char webhook_id[AKOLHOOK_ID_SIZE];
    akolhook_event event;
    akolhook_delivery_state state;
    uint32_t attempt; /* made */
    uint8_t is_test;
    uint8_t in_flight;
    uint8_t has_body;
    int64_t age_ms;          /* WAITING: since it was made; else -1 */
    int64_t due_ms;          /* WAITING: until it is due by its schedule, 0: now; else -1 */
    akolhook_str head, tail; /* as in a claim; valid until the next call on the store */
} akolhook_store_delivery;

/* One step of keeping house. */
typedef struct akolhook_store_tending {
    int64_t at_ms;     /* for the log */
    int64_t events_ms; /* bodies without a waiting delivery that are older are removed; -1: kept */
    int64_t keys_ms;   /* idempotency keys that are older; at least 24 h */
    uint8_t more;      /* out: there is more of it to do now */
    uint64_t unsaved;  /* out: as in akolhook_gauges */
} akolhook_store_tending;

/* The store.

   Every call is ATOMIC: on a status other than OK it has changed nothing, and what it has changed on OK is
   there after a crash. Any hook may answer STORE_FAILED; nothing else than the named statuses. Calls that
   lock go by ONE ORDER: keys, then webhooks by ascending number, then deliveries by ascending number; each
   FATE (made, skipped, dropped, refused; retried, failed, cancelled) is decided once, from rows that are
   locked. SLICES that go in are the caller's and copied; those that come out are the store's, for as long as
   they say. Several hubs, also of several processes, may work on one store if it says so; a hub calls it from
   one thread, never from within another call. Out-parameters are untouched or anything unless OK. */
typedef struct akolhook_store {
    void *user;
    uint32_t poll_ms; /* other processes may add work: ask again so often; 0: none does */

    /* Binds the store to a business for ever: kept when none is, else compared. Safe for two hubs at once.
       WRONG_BUSINESS. */
    akolhook_status (*bind_fn)(void *user, akolhook_str business_id);
    /* A text of the program's own, up to AKOLHOOK_NOTE_SIZE bytes, e.g. its settings: *note is written where
       note->ptr is not NULL, else read (valid until the next call, empty when none was written). */
    akolhook_status (*note_fn)(void *user, akolhook_str *note);

    /* A new webhook, turn = floor. TOO_MANY_WEBHOOKS when max exist; WEBHOOK_EXISTS when another has the same
       URL and one of its events; POOL_FULL. */
    akolhook_status (*webhook_put_fn)(void *user, const akolhook_store_webhook *webhook, uint32_t max);
    /* Changes what the AKOLHOOK_STORE_ bits name. Set inactive, its deliveries that wait or are in flight are
       cut off in this moment: none of them is claimed again, also when it is set active before tend_fn got to
       them. They become CANCELLED, each with a row at at_ms: up to AKOLHOOK_STORE_STEP here, what is left by
       tend_fn. *changed (ACTIVE only): 0 when it was so already. UNKNOWN_WEBHOOK, WEBHOOK_EXISTS, POOL_FULL.
       */
    akolhook_status (*webhook_set_fn)(
            void *user, const akolhook_store_webhook *webhook, unsigned which, int64_t at_ms, int *changed);
    /* UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_get_fn)(void *user, const char *id, akolhook_store_webhook *webhook);
    /* Up to max webhooks with a number above after, in that order. */
    akolhook_status (*webhook_list_fn)(
            void *user, uint64_t after, akolhook_store_webhook *webhooks, size_t max, size_t *count);
    /* Gone at once, with its secret, log and deliveries (those count as cancelled in the total); the rows
       themselves may be removed in steps, by tend_fn. What is claimed is settled with UNKNOWN_WEBHOOK later.
       UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_delete_fn)(void *user, const char *id);

    /* Takes all of the events, in order, or none. For each that is not repeated akolhook_hub_fate is asked
       for each webhook, in the order of their numbers: MAKE makes a delivery, due now; SKIP counts skipped;
       DROP counts emitted and dropped, with a row DROPPED, WEBHOOK_QUEUE_FULL, attempt 0 under a number of
       its own; REFUSE ends the call with PENDING_FULL (POOL_FULL where bytes were the reason). The body is
       kept once, and not at all when nobody gets it; key and skip counts are. A webhook becomes ready, or
       stays as it is. PENDING_FULL, POOL_FULL, UNKNOWN_WEBHOOK; KEY_REUSED when a key was seen with another
       print. */
    akolhook_status (*enqueue_fn)(void *user, akolhook_store_event *events, size_t count);
    /* A new delivery of the event of one that has ended, due now. Room as for an event, REFUSE for DROP.
       UNKNOWN_DELIVERY, DELIVERY_NOT_WAITING (it waits or is in flight), EVENT_GONE, WEBHOOK_INACTIVE (but
       for tests), PENDING_FULL, POOL_FULL. */
    akolhook_status (*redeliver_fn)(void *user, uint64_t number, uint32_t max_queue);
    /* The same for each delivery of the webhook that FAILED at since_ms (unix time) or later, has a row in
       the log and was not redelivered since, oldest first, as many as there is room for; those whose event is
       gone are passed over. *count is how many. UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE. */
    akolhook_status (*redeliver_failed_fn)(
            void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count);
    /* A waiting delivery is due now, and goes before its webhook's backoff and Retry-After, once; not before
       the caps. UNKNOWN_DELIVERY, DELIVERY_NOT_WAITING (ended, in flight). */
    akolhook_status (*send_now_fn)(void *user, uint64_t number);
    /* A waiting delivery ends CANCELLED, with a row at at_ms (attempt 0, status CANCELLED); one in flight is
       cut off as by webhook_set_fn: a success counts, else it ends CANCELLED. UNKNOWN_DELIVERY,
       DELIVERY_NOT_WAITING (ended). */
    akolhook_status (*cancel_fn)(void *user, uint64_t number, int64_t at_ms);
    /* One that waits, or that has a row in the log. UNKNOWN_DELIVERY. */
    akolhook_status (*delivery_fn)(void *user, uint64_t number, akolhook_store_delivery *delivery);
    /* What waits or is in flight of one webhook, or with id NULL of all: up to max with a number above after,
       in that order, which is that of their age. Bodies are left out. UNKNOWN_WEBHOOK. */
    akolhook_status (*waiting_fn)(void *user, const char *id, uint64_t after,
            akolhook_store_delivery *deliveries, size_t max, size_t *count);

    /* Claims up to max deliveries. A webhook is READY when akolhook_hub_ready_at of its queue's head (by due,
       then number) has passed, and it has less than its cap in flight. Of the ready ones that limits allow
       the one with the lowest turn (then number) comes first, gives the head of its queue under a lease, and
       its turn grows by akolhook_hub_charge; so again. The floor is the turn of the one served last, only
       growing; a webhook that becomes ready has turn = max(own, floor). Ready ones of a full origin are
       passed over, at most 64 a call, what is beyond may be left for a second. First, leases that ran out
       end: the delivery is due now, the turn grows by the lease's length. What is older than
       AKOLHOOK_RETRY_HORIZON_MS is not claimed but ends FAILED, with a row at at_ms (attempt 0,
       DELIVERY_EXPIRED); what was cut off ends CANCELLED; up to AKOLHOOK_STORE_STEP of both a call. Nothing
       waits for a lock: what another hub holds is left to it. Every webhook that the call touched is placed
       anew, also when it gave nothing. */
    akolhook_status (*claim_fn)(void *user, const akolhook_store_limits *limits, akolhook_store_claim *claims,
            size_t max, size_t *count);
    /* Ends claims, each by akolhook_hub_judge over locked rows, in order: outcome, log row, webhook, health
       and counters in one step. A lease that ran out and that nobody took since counts still. */
    akolhook_status (*settle_fn)(
            void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count);
    /* How long until a claim with these limits may give something; 0: now, -1: nothing waits that they allow,
       leases of others included. */
    akolhook_status (*next_due_fn)(void *user, const akolhook_store_limits *limits, int64_t *ms);
    /* A step of at most AKOLHOOK_STORE_STEP rows of each kind: ends what was cut off, removes what is left of
       deleted webhooks, old bodies and keys, rows beyond a webhook's share of the log. */
    akolhook_status (*tend_fn)(void *user, akolhook_store_tending *tending);

    /* Rows that match, newest first; query->cursor is a sequence number, delivery_id is not looked at, and in
       the rows delivery_id is the hub's to fill in. UNKNOWN_WEBHOOK. */
    akolhook_status (*log_fn)(
            void *user, const akolhook_log_query *query, akolhook_log_row *rows, size_t max, size_t *count);
    /* Of one webhook, or with id NULL of all there ever were. UNKNOWN_WEBHOOK. */
    akolhook_status (*stats_fn)(void *user, const char *id, akolhook_stats *stats);
    akolhook_status (*gauges_fn)(void *user, akolhook_gauges *gauges);
} akolhook_store;
#define AKOLHOOK_STORE_STEP 256 /* rows that one call changes beyond those that it is asked for */
#define AKOLHOOK_NOTE_SIZE 1024

/* ==== >>policy: what every store asks, so that it is written once. Pure functions ==== */

#define AKOLHOOK_RETRY_HORIZON_MS \
    INT64_C(324000000) /* 90 h: no attempt is made later than this after the event */
/* Milliseconds of the pause after an attempt
   (1, 2, ...): 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, then always 24 h;
   Retry-After where it is longer, up to 6 h of it (retry_after_s -1: none); and up to a tenth more, by draw
   (any 32 bits). */
AKOLHOOK_API int64_t akolhook_retry_delay(uint32_t attempt, int32_t retry_after_s, uint32_t draw);

/* A clock that never jumps. at_ms is store time; the three are kept now and then, and given back after a
   restart; zeroed when there is nothing to begin with. */
typedef struct akolhook_store_clock {
    int64_t at_ms, wall_ms, monotonic_ms;
    uint8_t runs; /* 0 after a restart: monotonic_ms is of another life, wall_ms tells how long it was away */
} akolhook_store_clock;
/* Store time now. wall_ms is unix time and may jump; monotonic_ms is any clock that is not set (where there
   is none: wall_ms). It grows by what passed of the monotonic one, over a restart of the wall's, by 26 h at
   most and never backwards. A store that several processes share sets clock->at_ms to what another has kept,
   where that is later, before it asks. */
AKOLHOOK_API int64_t akolhook_hub_clock(akolhook_store_clock *clock, int64_t wall_ms, int64_t monotonic_ms);

/* What an event means for a webhook. has_room: akolhook_hub_has_room of the store's own bounds, and less than
   event->max_queue queued; for a test: less than AKOLHOOK_EVENT_LAST tests of the webhook queued.
   is_behind (asked only without room): akolhook_hub_is_behind. */
typedef enum akolhook_fate {
    AKOLHOOK_FATE_NONE, /* it does not subscribe */
    AKOLHOOK_FATE_MAKE,
    AKOLHOOK_FATE_SKIP,
    AKOLHOOK_FATE_DROP,
    AKOLHOOK_FATE_REFUSE
} akolhook_fate;
AKOLHOOK_API akolhook_fate akolhook_hub_fate(const akolhook_store_event *event, akolhook_events events,
        int is_active, int has_room, int is_behind);
/* A webhook that fails, or whose earliest waiting delivery (head_due, INT64_MAX: none) is more than a minute
   behind its schedule. */
AKOLHOOK_API int akolhook_hub_is_behind(const akolhook_store_health *health, int64_t head_due, int64_t now);
/* Whether one that holds own may have more: within its part, or as much beyond it as the shared room still
   has free. Deliveries or bytes. */
AKOLHOOK_API int akolhook_hub_has_room(uint64_t own, uint64_t more, uint64_t part, uint64_t free_shared);

/* When a webhook may be claimed from: its head's due, backoff, Retry-After and rate, the latest of them. A
   head that was sent now (is_urgent) goes before the two in the middle. allowed_us: see akolhook_hub_allow.
   */
AKOLHOOK_API int64_t akolhook_hub_ready_at(
        const akolhook_store_health *health, int64_t head_due, int is_urgent, int64_t allowed_us);
/* What a claim adds to a webhook's turn. */
AKOLHOOK_API int64_t akolhook_hub_charge(const akolhook_store_health *health);
/* In microseconds of store time: from when on the rate allows the next claim, after one now. rate: the
   webhook's, or where that is 0 the limits'. */
AKOLHOOK_API int64_t akolhook_hub_allow(int64_t allowed_us, int64_t now, uint32_t rate);

/* 1: no fault of the receiver; it counts neither as an attempt nor against the webhook. */
AKOLHOOK_API int akolhook_hub_is_own_fault(akolhook_status status, akolhook_phase phase, long native_error);
/* Judges a claim: fills the out members of outcome, row->state and row->retry_ms, and changes health. For an
   outcome without a row health stays as it is. */
AKOLHOOK_API void akolhook_hub_judge(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *outcome);

/* ==== >>memory: the store in memory: bounded, no heap, gone with the process ==== */

typedef struct akolhook_memory_desc {
    uint32_t max_webhooks; /* 1..1000000 (default: 16) */
    /* deliveries that wait or are in flight, 2 * max_webhooks..10000000 (default: 256, at least 2 for each
       webhook). Half of them is reserved in equal parts, the other half is shared */
    uint32_t max_pending;
    uint32_t log_rows;  /* kept for each webhook, 1..100000 (default: 32) */
    uint32_t log_bytes; /* for the responses of all rows; the oldest make room (default: 16384) */
    /* for names, URLs and events, and shared in the same way. An event stays after its deliveries have
       ended, for redelivery, until the room is needed (default: 65536) */
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

/* ==== >>hub: the webhook dashboard as calls ==== */

typedef enum akolhook_notice_kind {
    AKOLHOOK_NOTICE_ATTEMPTED = 1, /* an attempt was made and logged */
    AKOLHOOK_NOTICE_SUCCEEDED,     /* the delivery was made */
    AKOLHOOK_NOTICE_FAILED,        /* the delivery was given up */
    AKOLHOOK_NOTICE_RECOVERED,     /* a success after failures: notice.failures of them */
    AKOLHOOK_NOTICE_INACTIVE_SOON, /* the webhook fails on and on and will be set inactive */
    AKOLHOOK_NOTICE_INACTIVE,      /* it was set inactive: by failures, or as it answered 410 */
    /* since the last call of _poll events went past webhooks that fail or lag: notice.failures deliveries
       were dropped, row is one of them */
    AKOLHOOK_NOTICE_DROPPED,
    AKOLHOOK_NOTICE_UNSAVED /* the store cannot write: notice.failures outcomes are in memory alone; row NULL */
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
    uint32_t max_queue; /* deliveries of one webhook that may wait (default: what the store has room for) */
    uint32_t max_rate;  /* attempts to one webhook in a second, 1..1000 (default: no bound) */
    /* of the client's max_in_flight for one webhook (default: a quarter, at least 1); one that fails gets 1
       */
    uint32_t per_webhook;
    /* how long bodies are kept once no delivery of theirs waits, 1..87600; AKOLHOOK_KEEP_EVENTS: for ever, or
       until their room is needed (default: 168, a week) */
    uint32_t keep_hours;
    uint32_t (*draw_fn)(void *user); /* 32 random bits for the jitter of retries (default: the platform's) */
    void (*notice_fn)(void *user,
            const akolhook_notice *notice); /* called from _poll; may call all but _poll and _close */
    void *user;
} akolhook_hub_desc;
#define AKOLHOOK_KEEP_EVENTS UINT32_MAX

/* What create and update take: name 1..100 characters, an https URL, at least one event. */
typedef struct akolhook_wanted {
    akolhook_str name, url;
    akolhook_events events;
    /* not NULL: before anything is kept, a sample of the first of the events is sent to the URL, marked as
       a test, and must be answered 2xx within 10 s, with at most response_cap bytes; how that went is
       written here. It is signed with the new secret, which the receiver does not have yet: one that
       verifies refuses it. Its status is CANCELLED when no probe was made (default: no probe) */
    akolhook_delivery *probe;
    akolhook_str secret; /* create: one of your own, up to 128 bytes (default: one is made) */
    uint32_t rate; /* attempts in a second, 1..1000; AKOLHOOK_LIMIT_NONE takes it away (default: none) */
    uint32_t deadline_ms; /* of each attempt, 1000..600000; likewise (default: desc.client.deadline_ms) */
    /* sent with each delivery, up to AKOLHOOK_HUB_MAX_HEADERS; on update NULL leaves them and an empty array
       takes them away */
    const akolhook_header *headers;
    size_t header_count;
} akolhook_wanted;
#define AKOLHOOK_LIMIT_NONE UINT32_MAX
#define AKOLHOOK_HUB_MAX_HEADERS 8
typedef struct akolhook_webhook {
    char id[AKOLHOOK_ID_SIZE];
    char name[401];
    char url[AKOLHOOK_MAX_URL + 1]; /* with its query masked */
    akolhook_events events;
    uint8_t is_active;
    int64_t created_at_ms;
    int64_t last_triggered_at_ms; /* 0: never; tests do not count */
    uint32_t failure_count; /* failed attempts since the last success; no tests, no faults of the sender */
    char secret[AKOLHOOK_HUB_SECRET_SIZE]; /* filled by create alone, masked elsewhere */
    uint64_t number;                       /* akolhook_hub_list_webhooks goes on from here */
    uint32_t rate;                         /* 0: none of its own; likewise deadline_ms */
    uint32_t deadline_ms;
    uint32_t header_count; /* custom headers; their contents are not shown */

    /* how it stands */
    akolhook_class cls;
    akolhook_status reason; /* of its last failed attempt; OK after a success */
    int code;               /* and its HTTP code; 0: none came */
    uint32_t queued;        /* deliveries and tests that wait or are in flight */
    uint32_t in_flight;     /* of these */
    int64_t oldest_ms;      /* age of the oldest of them; -1: none */
    int64_t next_ms;        /* until its next attempt may begin, places apart: 0 now, -1 nothing waits */
} akolhook_webhook;
typedef struct akolhook_hub_event {
    akolhook_event event;
    int64_t timestamp_ms; /* when it happened; 0: now */
    akolhook_str data;    /* a JSON object; the typed calls leave it empty */
    /* up to 256 bytes; the same key again, with the same event and data (byte for byte), is the same
       event; empty: none */
    akolhook_str idempotency_key;
} akolhook_hub_event;
/* What became of an event. */
typedef struct akolhook_hub_emitted {
    char message_id[AKOLHOOK_ID_SIZE];
    uint8_t repeated;    /* the idempotency key was seen: nothing was done, the counts are 0 */
    uint32_t deliveries; /* made */
    uint32_t skipped;    /* webhooks that subscribe and are inactive */
    uint32_t dropped;    /* webhooks that fail or lag, and whose share of the room is full */
} akolhook_hub_emitted;
/* One delivery. */
typedef struct akolhook_hub_delivery {
    char id[AKOLHOOK_ID_SIZE];
    char message_id[AKOLHOOK_ID_SIZE];
    char webhook_id[AKOLHOOK_ID_SIZE];
    akolhook_event event;
    akolhook_delivery_state state;
    uint32_t attempt; /* made */
    uint8_t is_test;
    uint8_t in_flight;
    uint8_t has_body;     /* it is still kept */
    int64_t age_ms;       /* WAITING: since it was made; else -1 */
    int64_t due_ms;       /* WAITING: until it is due by its schedule, 0: now; else -1 */
    akolhook_str body[3]; /* to be joined; valid until the next call on the hub, webhook_id is in it */
    uint64_t number;      /* akolhook_hub_list_waiting goes on from here */
} akolhook_hub_delivery;

#ifndef AKOLHOOK_MAX_TYPED
#define AKOLHOOK_MAX_TYPED 4096 /* bytes of one body made by a typed emit or a test */
#endif
#define AKOLHOOK_EMIT_MOST 16 /* events of one akolhook_hub_emit_many */

/* What AKOLHOOK_MEMORY_SIZE and AKOLHOOK_HUB_SIZE are made of. The structs are private, so their sizes are
   bounds here, checked by the implementation. */
#define AKOLHOOK_HUB_I_ALIGNED(size) (((size_t)(size) + 15u) & ~(size_t)15u)
#define AKOLHOOK_HUB_I_OR(value, standard) ((value) ? (size_t)(value) : (size_t)(standard))
#define AKOLHOOK_MEMORY_I_BYTES 4096u      /* of the store itself */
#define AKOLHOOK_MEMORY_I_HOOK_BYTES 1280u /* of a webhook */
#define AKOLHOOK_MEMORY_I_JOB_BYTES 144u   /* of a delivery */
#define AKOLHOOK_MEMORY_I_ROW_BYTES 208u   /* of a log row */
#define AKOLHOOK_MEMORY_I_KEY_BYTES 96u    /* of an idempotency key */
#define AKOLHOOK_HUB_I_BYTES 8192u         /* of the hub itself, AKOLHOOK_MAX_TYPED apart */
#define AKOLHOOK_HUB_I_FLIGHT_BYTES 1280u  /* of a claim in the hub */

/* The most that akolhook_memory_size gives, as a constant for static memory; arguments as in the desc (0: the
   default). */
#define AKOLHOOK_MEMORY_SIZE(max_webhooks, max_pending, log_rows, log_bytes, pool_bytes, max_keys) \
    (15u + AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_MEMORY_I_BYTES) + \
            AKOLHOOK_HUB_I_OR(max_webhooks, 16) * AKOLHOOK_MEMORY_I_HOOK_BYTES + \
            AKOLHOOK_HUB_I_OR(max_pending, AKOLHOOK_MEMORY_I_PENDING(max_webhooks)) * \
                    AKOLHOOK_MEMORY_I_JOB_BYTES + \
            AKOLHOOK_HUB_I_OR(max_webhooks, 16) * AKOLHOOK_HUB_I_OR(log_rows, 32) * \
                    AKOLHOOK_MEMORY_I_ROW_BYTES + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(log_bytes, 16384)) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(pool_bytes, 65536)) + \
            AKOLHOOK_HUB_I_OR(max_keys, 256) * AKOLHOOK_MEMORY_I_KEY_BYTES)
/* The most that akolhook_hub_size gives. store_size: AKOLHOOK_MEMORY_SIZE, or 0 with a store of your own; the
   other arguments as those of AKOLHOOK_CLIENT_SIZE, max_in_flight 0 meaning 16. */
#define AKOLHOOK_HUB_SIZE(max_in_flight, conn_size, response_cap, head_cap, store_size) \
    (15u + AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_BYTES) + AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_MAX_TYPED) + \
            AKOLHOOK_HUB_I_OR(max_in_flight, 16) * \
                    (AKOLHOOK_HUB_I_FLIGHT_BYTES + \
                            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(response_cap, 1024))) + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_CLIENT_SIZE( \
                    AKOLHOOK_HUB_I_OR(max_in_flight, 16), conn_size, response_cap, head_cap)) + \
            (size_t)(store_size))
#define AKOLHOOK_MEMORY_I_PENDING(max_webhooks) \
    (AKOLHOOK_HUB_I_OR(max_webhooks, 16) > 128 ? 2 * AKOLHOOK_HUB_I_OR(max_webhooks, 16) : 256u)

typedef struct akolhook_hub akolhook_hub;
/* Bytes of memory that a hub of this desc needs, alignment included; 0 when it is out of range. */
AKOLHOOK_API size_t akolhook_hub_size(const akolhook_hub_desc *desc);
/* Makes a hub in memory of the caller's, any alignment; both it and what desc points to must live until
   _close. Binds the store to the business. Returns OK, MEMORY_TOO_SMALL, INVALID_ARGUMENT (also: no
   business_id, or one that is too long), BAD_UTF8, BROKEN_HOOK (a hook of the store is missing),
   WRONG_BUSINESS, STORE_FAILED, what akolhook_client_init returns. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_init(
        akolhook_hub **hub, void *memory, size_t size, const akolhook_hub_desc *desc);
/* Ends it: what is in flight is broken off and given back to the store, memory is wiped, and with it the
   store in memory. NULL is legal. From notice_fn it does nothing. See akolhook_hub_drain for a softer end. */
AKOLHOOK_API void akolhook_hub_close(akolhook_hub *hub);

/* Every call below may also return INVALID_ARGUMENT (NULL) and what the store's hooks answer, STORE_FAILED
   above all; then nothing has changed. An id of any length or form that is none gives UNKNOWN_WEBHOOK or
   UNKNOWN_DELIVERY. */

/* Makes a webhook, active; webhook->secret is shown here only. Returns OK, BAD_NAME, BAD_UTF8, what
   akolhook_url_parse and akolhook_policy_url return, NO_EVENTS, UNKNOWN_EVENT, TOO_MANY_WEBHOOKS,
   WEBHOOK_EXISTS, POOL_FULL, RANDOM_FAILED; for a secret of your own what akolhook_receiver_add_secret
   returns; for headers what akolhook_header_check returns; OUT_OF_RANGE (rate, deadline_ms, too many or
   too long headers). With wanted->probe it blocks for up to 10 s, and as long again for a place when all are
   taken; deliveries go on meanwhile and are told of by the next _poll. It also returns PROBE_FAILED (nothing
   is kept; wanted->probe->status and ->code say why), and WRONG_ORDER from notice_fn. webhook is zeroed
   unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_create_webhook(
        akolhook_hub *hub, const akolhook_wanted *wanted, akolhook_webhook *webhook);
/* Returns OK or UNKNOWN_WEBHOOK; webhook is zeroed unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_get_webhook(
        akolhook_hub *hub, const char *webhook_id, akolhook_webhook *webhook);
/* Up to max webhooks, in the order they were made: those after the one of that number (0: from the first). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_list_webhooks(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count);
/* Changes name, URL, events, rate, deadline, headers; what is NULL or 0 in wanted stays. Deliveries that wait
   go to the new URL, which starts with a clean health. With wanted->probe a new URL is tried as create does
   it, signed with a secret made for that alone. Returns what create does, and UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_update_webhook(
        akolhook_hub *hub, const char *webhook_id, const akolhook_wanted *wanted);
/* A new secret; the old one signs nothing from here on, retries included; what another hub on the same store
   has in flight in this moment still carries the old one. Returns OK, UNKNOWN_WEBHOOK, RANDOM_FAILED; secret
   is empty unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_rotate_secret(
        akolhook_hub *hub, const char *webhook_id, char secret[AKOLHOOK_SECRET_SIZE]);
/* Inactive: waiting deliveries are cancelled and logged so; events that come meanwhile are counted as
   skipped, never sent later. What is in flight ends by itself and is not retried. Active again: it starts
   with a clean health, failure_count 0. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_set_active(
        akolhook_hub *hub, const char *webhook_id, int active);
/* With its log, its waiting deliveries and its secret; what is in flight here is broken off. Returns OK,
   UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_delete_webhook(
        akolhook_hub *hub, const char *webhook_id);

/* One event to every active webhook that subscribes to it; on OK the store has it. message_id (may be
   NULL) is its webhook-id. Returns OK, UNKNOWN_EVENT, BAD_TIME, what akolhook_json_parse returns for data,
   WRONG_TYPE (no object), BODY_TOO_LARGE, BAD_KEY, KEY_REUSED, PENDING_FULL, POOL_FULL, RANDOM_FAILED. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_emit(
        akolhook_hub *hub, const akolhook_hub_event *event, char (*message_id)[AKOLHOOK_ID_SIZE]);
/* The same for up to AKOLHOOK_EMIT_MOST events in one step of the store: all of them or none. emitted (may be
   NULL) says what became of each. Returns what emit does for the first that is refused, and OUT_OF_RANGE. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_emit_many(
        akolhook_hub *hub, const akolhook_hub_event *events, size_t count, akolhook_hub_emitted *emitted);
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
   tests; how it ends counts for the webhook's class. Returns OK, UNKNOWN_WEBHOOK, RANDOM_FAILED, PENDING_FULL
   (also: AKOLHOOK_EVENT_LAST samples to it wait), POOL_FULL (samples accepted before that are sent). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_test(akolhook_hub *hub, const char *webhook_id);

/* What waits or is in flight of a webhook, or with NULL of all, the oldest first: up to max deliveries after
   the one of that number (0: from the oldest), without their bodies. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_list_waiting(akolhook_hub *hub,
        const char *webhook_id, uint64_t after, akolhook_hub_delivery *deliveries, size_t max, size_t *count);
/* One delivery with its body: one that waits, or that has a row in the log; its attempts are there, see
   akolhook_log_query.delivery_id. Returns OK, UNKNOWN_DELIVERY. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_get_delivery(
        akolhook_hub *hub, const char *delivery_id, akolhook_hub_delivery *delivery);
/* Makes the next attempt as soon as there is a place, before the webhook's backoff and Retry-After. Returns
   OK, UNKNOWN_DELIVERY, DELIVERY_NOT_WAITING (ended, or in flight). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_send_now(
        akolhook_hub *hub, const char *delivery_id);
/* Ends it: no further attempt is made. One that is in flight ends by itself. Returns OK, UNKNOWN_DELIVERY,
   DELIVERY_NOT_WAITING (ended). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_cancel(
        akolhook_hub *hub, const char *delivery_id);
/* Makes a new delivery of the same event, same message id and bytes. Returns OK, UNKNOWN_DELIVERY,
   DELIVERY_NOT_WAITING (it has not ended), EVENT_GONE, WEBHOOK_INACTIVE, PENDING_FULL, POOL_FULL. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_redeliver(
        akolhook_hub *hub, const char *delivery_id);
/* The same for every delivery of the webhook that failed at since_ms (unix time) or later and was not
   redelivered since, oldest first and as many as there is room for; *count (may be NULL) is how many. Returns
   OK, UNKNOWN_WEBHOOK, WEBHOOK_INACTIVE. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_redeliver_failed(
        akolhook_hub *hub, const char *webhook_id, int64_t since_ms, uint32_t *count);

/* The log, newest first: up to max_rows rows that match. For the next page set query->cursor to the last
   row's; rows that come meanwhile do not move it. Returns OK, UNKNOWN_WEBHOOK, UNKNOWN_DELIVERY, BAD_CURSOR,
   OUT_OF_RANGE (state or code_class). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_log(akolhook_hub *hub,
        const akolhook_log_query *query, akolhook_log_row *rows, size_t max_rows, size_t *count);
/* Of one webhook, or with NULL of all there ever were. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_stats(
        akolhook_hub *hub, const char *webhook_id, akolhook_stats *stats);
/* What the store holds now. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_gauges(
        akolhook_hub *hub, akolhook_gauges *gauges);
/* Removes bodies without a waiting delivery that are older than keep_ms, in small bites: call it again while
   *more (may be NULL) is 1. By itself the hub does it by desc.keep_hours. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_purge(
        akolhook_hub *hub, int64_t keep_ms, int *more);
/* A text of the program's own that is kept in the store, up to AKOLHOOK_NOTE_SIZE bytes: read into note
   (valid until the next call, empty when none was written) or written from it. Returns OK, OUT_OF_RANGE (too
   long). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_get_note(akolhook_hub *hub, akolhook_str *note);
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_set_note(akolhook_hub *hub, akolhook_str note);

/* Drives deliveries and retries: makes what is due, waits at most timeout_ms (-1: until something happens)
   for what is in flight or for the next retry. *left (may be NULL) is what is in flight or may begin now;
   retries of later do not count. Returns OK, WRONG_ORDER (from notice_fn), what akolhook_client_poll
   returns, STORE_FAILED: outcomes that the store would not take are given to it again by the next call. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_poll(
        akolhook_hub *hub, int timeout_ms, size_t *left);
/* 1: nothing new is begun from here on; what is in flight is finished by akolhook_hub_poll, whose *left is 0
   then. 0: as before. */
AKOLHOOK_API void akolhook_hub_drain(akolhook_hub *hub, int on);
/* How long until the next call of _poll has something to do: milliseconds, 0 now, -1 nothing waits. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_next_due(akolhook_hub *hub, int64_t *ms);

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_HUB_H */

#if (defined(AKOLHOOK_HUB_IMPLEMENTATION) || defined(AKOLHOOK_IMPLEMENT_ALL)) && \
        !defined(AKOLHOOK_HUB_I_IMPLEMENTED)
#define AKOLHOOK_HUB_I_IMPLEMENTED

#ifndef AKOLHOOK_NO_POSIX
#include <errno.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ==== >>policy ==== */

#define AKOLHOOK_HUB_I_HOUR INT64_C(3600000)

/* Small values have a bucket each, the others four for each power of two. */
static unsigned akolhook_hub_i_log_bucket(uint32_t value) {
    unsigned e = 2;

    if (value < 4) return value;
    while (value >> e >> 1) e++;
    return (e - 1) * 4 + ((value >> (e - 2)) & 3u);
}
static uint32_t akolhook_hub_i_bucket_low(unsigned bucket) {
    return bucket < 4 ? bucket : (uint32_t)(4 + (bucket & 3u)) << (bucket / 4 - 1);
}

AKOLHOOK_API unsigned akolhook_stats_bucket(int32_t ms) {
    unsigned bucket = akolhook_hub_i_log_bucket(ms > 0 ? (uint32_t)ms : 0);

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
    return (int32_t)(akolhook_hub_i_bucket_low(i + 1) - 1);
}

/* ms and up to a tenth more. */
static int64_t akolhook_hub_i_jitter(int64_t ms, uint32_t draw) {
    return ms + (int64_t)(((uint64_t)ms / 10 * draw) >> 32);
}

#define AKOLHOOK_HUB_I_RETRY_AFTER_MOST_S (6 * 3600)

AKOLHOOK_API int64_t akolhook_retry_delay(uint32_t attempt, int32_t retry_after_s, uint32_t draw) {
    static const int32_t schedule_s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    const uint32_t last = sizeof schedule_s / sizeof schedule_s[0];
    int64_t seconds = schedule_s[attempt < 1 ? 0 : attempt > last ? last - 1 : attempt - 1];
    int64_t wanted = AKOLHOOK_HUB_I_RETRY_AFTER_MOST_S;

    if (retry_after_s < wanted) wanted = retry_after_s;
    if (seconds < wanted) seconds = wanted;
    return akolhook_hub_i_jitter(seconds * 1000, draw);
}

/* ---- time ---- */

#define AKOLHOOK_HUB_I_STEP_MOST \
    (26 * AKOLHOOK_HUB_I_HOUR) /* the longest pause of the schedule, and some more */

AKOLHOOK_API int64_t akolhook_hub_clock(akolhook_store_clock *clock, int64_t wall_ms, int64_t monotonic_ms) {
    int64_t passed = 0;

    if (clock->runs)
        passed = monotonic_ms - clock->monotonic_ms;
    else if (clock->at_ms)
        passed = wall_ms - clock->wall_ms;
    else
        clock->at_ms = wall_ms > 0 ? wall_ms : 1;

    if (passed > AKOLHOOK_HUB_I_STEP_MOST) passed = AKOLHOOK_HUB_I_STEP_MOST;
    if (passed > 0) clock->at_ms += passed;
    clock->wall_ms = wall_ms;
    clock->monotonic_ms = monotonic_ms;
    clock->runs = 1;
    return clock->at_ms;
}

/* ---- who gets an event ---- */

#define AKOLHOOK_HUB_I_LAG_MS 60000 /* behind its schedule by more than this, a webhook lags */

AKOLHOOK_API akolhook_fate akolhook_hub_fate(const akolhook_store_event *event, akolhook_events events,
        int is_active, int has_room, int is_behind) {
    if (event->webhook_id.len) return has_room ? AKOLHOOK_FATE_MAKE : AKOLHOOK_FATE_REFUSE;
    if (!akolhook_events_has(events, event->event)) return AKOLHOOK_FATE_NONE;
    if (!is_active) return AKOLHOOK_FATE_SKIP;
    if (has_room) return AKOLHOOK_FATE_MAKE;
    return is_behind ? AKOLHOOK_FATE_DROP : AKOLHOOK_FATE_REFUSE;
}

AKOLHOOK_API int akolhook_hub_is_behind(const akolhook_store_health *health, int64_t head_due, int64_t now) {
    return health->cls == AKOLHOOK_CLASS_FAILING || head_due < now - AKOLHOOK_HUB_I_LAG_MS;
}

AKOLHOOK_API int akolhook_hub_has_room(uint64_t own, uint64_t more, uint64_t part, uint64_t free_shared) {
    uint64_t room = part < UINT64_MAX - free_shared ? part + free_shared : UINT64_MAX;

    return own <= room && more <= room - own;
}

/* ---- when, and at what price ---- */

AKOLHOOK_API int64_t akolhook_hub_ready_at(
        const akolhook_store_health *health, int64_t head_due, int is_urgent, int64_t allowed_us) {
    int64_t at = head_due, allowed = allowed_us / 1000 + (allowed_us % 1000 > 0);

    if (!is_urgent && at < health->backoff_until) at = health->backoff_until;
    if (!is_urgent && at < health->retry_until) at = health->retry_until;
    return at < allowed ? allowed : at;
}

AKOLHOOK_API int64_t akolhook_hub_charge(const akolhook_store_health *health) {
    return health->estimate_ms > 1 ? health->estimate_ms : 1;
}

AKOLHOOK_API int64_t akolhook_hub_allow(int64_t allowed_us, int64_t now, uint32_t rate) {
    if (!rate) return 0;
    if (allowed_us < now * 1000) allowed_us = now * 1000;
    return allowed_us + (1000000 + rate - 1) / rate;
}

/* ---- how an attempt is judged ---- */

/* This side's network is down, has no route, no free port, or forbids it. */
static int akolhook_hub_i_is_own_errno(long native_error) {
#ifndef AKOLHOOK_NO_POSIX
    static const int own[] = {ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EPERM, EACCES};
    size_t i;

    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i] == native_error) return 1;
#endif
    (void)native_error;
    return 0;
}

AKOLHOOK_API int akolhook_hub_is_own_fault(akolhook_status status, akolhook_phase phase, long native_error) {
    static const akolhook_status own[] = {AKOLHOOK_RANDOM_FAILED, AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_WAIT_FAILED,
            AKOLHOOK_BROKEN_HOOK, AKOLHOOK_TLS_REQUIRED, AKOLHOOK_INVALID_ARGUMENT,
            AKOLHOOK_REQUEST_HEAD_TOO_LARGE, AKOLHOOK_BAD_CIDR, AKOLHOOK_NO_SECRET, AKOLHOOK_EMPTY_SECRET};
    size_t i;

    for (i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i] == status) return 1;
    return status == AKOLHOOK_CONNECT_FAILED && phase == AKOLHOOK_PHASE_CONNECT &&
           akolhook_hub_i_is_own_errno(native_error);
}

/* Whether the receiver said anything: an HTTP head or what was meant as one, a TLS alert, a refused
   connection. An expired or unknown certificate may be this side's clock or CA file. */
static int akolhook_hub_i_is_answered(const akolhook_log_row *row) {
    static const akolhook_status answers[] = {AKOLHOOK_BAD_RESPONSE, AKOLHOOK_RESPONSE_HEAD_TOO_LARGE,
            AKOLHOOK_TOO_MANY_INTERIM, AKOLHOOK_TLS_FAILED};
    size_t i;

    if (row->success || row->code) return 1;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i] == row->status) return 1;
#ifndef AKOLHOOK_NO_POSIX
    if (row->status == AKOLHOOK_CONNECT_FAILED && row->native_error == ECONNREFUSED) return 1;
#endif
    return 0;
}

/* The receiver works and does not want this one delivery. */
static int akolhook_hub_i_is_refusal(int code) {
    return code >= 400 && code < 500 && code != 408 && code != 429;
}

#define AKOLHOOK_HUB_I_BACKOFF_FIRST_MS 1000
#define AKOLHOOK_HUB_I_BACKOFF_MOST_MS (INT64_C(5) * 60000)

/* None after the first, 1 s after the second, doubling to 5 min. */
static int64_t akolhook_hub_i_backoff(uint32_t misses, uint32_t draw) {
    int64_t ms = AKOLHOOK_HUB_I_BACKOFF_FIRST_MS;

    if (misses < 2) return 0;
    for (; misses > 2 && ms < AKOLHOOK_HUB_I_BACKOFF_MOST_MS; misses--) ms *= 2;
    if (ms > AKOLHOOK_HUB_I_BACKOFF_MOST_MS) ms = AKOLHOOK_HUB_I_BACKOFF_MOST_MS;
    return akolhook_hub_i_jitter(ms, draw);
}

/* A success heals, but not one that began before the failure that made the webhook failing. */
static void akolhook_hub_i_judge_success(
        const akolhook_store_case *at, akolhook_store_health *health, const akolhook_log_row *row) {
    if (health->cls == AKOLHOOK_CLASS_FAILING && at->began < health->sick_since) return;

    health->cls = row->ms <= AKOLHOOK_QUICK_MS ? AKOLHOOK_CLASS_QUICK : AKOLHOOK_CLASS_OTHER;
    health->code = 0;
    health->reason = AKOLHOOK_OK;
    health->misses = 0;
    health->sick_since = health->missed_at = health->backoff_until = health->retry_until = 0;
    if (at->is_test) return;
    health->is_warned = 0;
    health->failures = health->counted = 0;
    health->failing_since = health->counted_since = 0;
}

/* Class, backoff and Retry-After. Attempts that were on their way together are one miss. */
static void akolhook_hub_i_judge_sick(
        const akolhook_store_case *at, akolhook_store_health *health, const akolhook_store_outcome *o) {
    int64_t after = o->retry_after_s;

    if (health->cls != AKOLHOOK_CLASS_FAILING) health->sick_since = at->now;
    health->cls = AKOLHOOK_CLASS_FAILING;
    if (!health->misses || at->began >= health->missed_at) {
        if (health->misses < UINT32_MAX) health->misses++;
        health->missed_at = at->now;
        health->backoff_until = at->now + akolhook_hub_i_backoff(health->misses, o->draws[1]);
    }

    if (after < 0 || (o->row->code != 429 && o->row->code != 503)) return;
    if (after > AKOLHOOK_HUB_I_RETRY_AFTER_MOST_S) after = AKOLHOOK_HUB_I_RETRY_AFTER_MOST_S;
    if (health->retry_until < at->now + after * 1000) health->retry_until = at->now + after * 1000;
}

#define AKOLHOOK_HUB_I_EVIDENCE_MS AKOLHOOK_HUB_I_HOUR /* this side reached anybody within */
#define AKOLHOOK_HUB_I_ALONE_MS (120 * AKOLHOOK_HUB_I_HOUR)

/* Running failures, and whether they are enough to set the webhook inactive. */
static void akolhook_hub_i_judge_failures(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *o) {
    int64_t failing;
    int over;

    if (health->failures < UINT32_MAX) health->failures++;
    if (!health->failing_since) health->failing_since = at->now;

    /* without an answer it may be this side: evidence of the contrary, or very long */
    if (o->answered || (at->answered_at && at->now - at->answered_at <= AKOLHOOK_HUB_I_EVIDENCE_MS) ||
            at->now - health->failing_since >= AKOLHOOK_HUB_I_ALONE_MS) {
        if (health->counted < UINT32_MAX) health->counted++;
        if (!health->counted_since) health->counted_since = at->now;
    }

    failing = health->counted ? at->now - health->counted_since : 0;
    over = health->counted >= rules->max_failures && failing >= rules->max_ms;
    if (!at->is_active) return;
    o->deactivates = over || o->row->code == 410;
    if (health->is_warned) return;
    o->warned = over || (health->counted >= rules->warn_failures && failing >= rules->warn_ms);
    health->is_warned = o->warned;
}

#define AKOLHOOK_HUB_I_FAULT_MS 5000     /* pause after a fault of the sender's own, */
#define AKOLHOOK_HUB_I_FAULT_DOUBLINGS 7 /* doubled so often: 640 s at most */

/* What becomes of the delivery, by its own attempts. */
static void akolhook_hub_i_judge_delivery(
        const akolhook_store_rules *rules, const akolhook_store_case *at, akolhook_store_outcome *o) {
    akolhook_log_row *row = o->row;

    row->retry_ms = 0;
    o->state = row->state = AKOLHOOK_DELIVERY_DELIVERED;
    if (o->is_fault) {
        o->due_ms = (int64_t)AKOLHOOK_HUB_I_FAULT_MS
                    << (at->faults < AKOLHOOK_HUB_I_FAULT_DOUBLINGS ? at->faults
                                                                    : AKOLHOOK_HUB_I_FAULT_DOUBLINGS);
        if (o->faults < UINT32_MAX) o->faults++;
    } else {
        if (o->attempt < UINT32_MAX) o->attempt++;
        if (row->success) return;
        o->due_ms = akolhook_retry_delay(o->attempt, o->retry_after_s, o->draws[0]);
    }

    if (at->is_test || row->code == 410 || (!o->is_fault && o->attempt >= rules->max_attempts) ||
            at->age_ms + o->due_ms > AKOLHOOK_RETRY_HORIZON_MS) {
        o->state = row->state = AKOLHOOK_DELIVERY_FAILED;
        return;
    }
    o->state = row->state = AKOLHOOK_DELIVERY_WAITING;
    row->retry_ms = o->due_ms;
}

AKOLHOOK_API void akolhook_hub_judge(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *o) {
    akolhook_log_row *row = o->row;

    o->status = AKOLHOOK_OK;
    o->state = AKOLHOOK_DELIVERY_WAITING;
    o->due_ms = o->delay_ms;
    o->attempt = at->attempt;
    o->faults = at->faults;
    o->turn_ms = 1 - o->charged_ms; /* nothing is free */
    o->is_fault = o->answered = o->deactivates = o->cancelled = o->warned = 0;
    o->failures = o->failures_before = health->failures;

    if (row) {
        o->is_fault = (uint8_t)akolhook_hub_is_own_fault(row->status, row->phase, row->native_error);
        o->answered = (uint8_t)(!o->is_fault && akolhook_hub_i_is_answered(row));
        akolhook_hub_i_judge_delivery(rules, at, o);
    }
    if (row && !o->is_fault) {
        health->estimate_ms = row->ms > 1 ? row->ms : 1;
        o->turn_ms = health->estimate_ms - o->charged_ms;
        if (row->success) {
            akolhook_hub_i_judge_success(at, health, row);
        } else {
            health->code = row->code;
            health->reason = row->status;
            if (!akolhook_hub_i_is_refusal(row->code)) akolhook_hub_i_judge_sick(at, health, o);
            if (!at->is_test) akolhook_hub_i_judge_failures(rules, at, health, o);
        }
        o->failures = health->failures;
    }

    if (o->state == AKOLHOOK_DELIVERY_WAITING && (at->is_cut || o->deactivates)) {
        o->state = AKOLHOOK_DELIVERY_CANCELLED;
        o->cancelled = 1;
    }
}

#ifdef __cplusplus
}
#endif
#endif /* AKOLHOOK_HUB_IMPLEMENTATION */
