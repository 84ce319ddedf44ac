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
   a test makes (4096); AKOLHOOK_LOG_LOOK, rows that one akolhook_hub_log_page looks at
   (10000); and those of akolhook.h, but AKOLHOOK_RECEIVER_ONLY.

   MEMORY is yours. akolhook_hub_size(&desc) is the exact need, AKOLHOOK_HUB_SIZE an upper
   bound as a constant. A hub with its client and the store in memory, on 64-bit systems:
                webhooks  pending  log rows  in flight     pool          memory
       gateway         4       16         8          1    8 KiB    68,991 bytes
       service       100   10,000        64         64    8 MiB         10.8 MB
       large      10,000  100,000        64      1,000  128 MiB          250 MB
   Pending are the deliveries that wait or are in flight; log rows count for each webhook.

   WHAT IS GUARANTEED       by this hub                      by others on the same store
       emit OK              each active subscriber gets the  the same
                            event at least once, or the log
                            says why not: delivered, failed,
                            cancelled, dropped; an inactive
                            one counts it as skipped
       at least once        twice, with the same message id  the same
                            and bytes, when a hub or store
                            dies between the answer and its
                            record, or is held up for longer
                            than a lease
       order                none: a retry comes later than   the same
                            what was emitted after it
       rotate               nothing is signed with the old   claims made from here on have
                            secret from here on, retries     the new one; what is in
                            and what is in flight unsigned   flight carries the old one
       set_active(0)        nothing is begun; what is in     the same
                            flight ends by itself, without
                            a retry
       delete               nothing is begun; what is in     nothing is begun; what is in
                            flight is broken off             flight ends by itself
       cancel               no attempt is begun; one in      the same
                            flight ends by itself: success
                            or its last failure counts,
                            else it is cancelled
       a dead receiver      costs the others one deadline,   the same, for each hub
                            when it begins to hang

   TURNS. Webhooks take turns, so that each gets the same share of the places (attempts at
   one time, client.max_in_flight), whatever waits for it; a slow one pays with its turns.
   By how its last attempt ended a webhook is QUICK (success within 5 s), OTHER (new, or
   slower) or FAILING. How many places may be taken at most:
       places   by all   by OTHER and FAILING   by FAILING
            1        1                      1            1
            2        2                      1            1
            3        3                      2            1
           16       16                     12            8
            n        n                n - n/4          n/2
   With one place an attempt that hangs holds up everybody for its deadline. One webhook
   takes per_webhook places, a FAILING one 1, one origin client.max_per_origin. Between
   the attempts to a FAILING webhook there is a pause of 0, 1, 2, 4 s up to 5 min, until
   the first success; Retry-After of a 429 or 503 holds for the webhook, up to 6 h. A 4xx
   but 408 and 429 is the delivery's failure alone.

   LIMITS                  what happens at it               status, and whom it hits
       max_webhooks        create is refused                TOO_MANY_WEBHOOKS: the caller
       memory.max_pending  half is in equal parts, of the   PENDING_FULL: the caller of
       max_queue           rest a webhook gets what is      emit, redeliver; a webhook
                           free. Beyond: dropped where it   that fails or lags:
                           fails or lags by a minute, else  WEBHOOK_QUEUE_FULL in its log
                           refused: emit again
       memory.pool_bytes   likewise by bytes; what is above POOL_FULL: the caller of emit,
                           a part counts once in the shared create, update
                           half; bodies of ended events
                           give way first
       tests               18 to one webhook wait at most   PENDING_FULL: the caller
       max_attempts        the delivery ends failed         that of its last attempt
       90 h                the delivery ends failed         DELIVERY_EXPIRED, where it
                                                            came to no attempt
       20 failures and     the webhook is set inactive,     WEBHOOK_INACTIVE in the log
       24 h; 410 at once   notices before and at it. With   of what waited for it
                           no answer from anybody within
                           the hour they count when it
                           has failed for 120 h
       max_rate, rate,     attempts wait                    none
       per_webhook
       AKOLHOOK_LOG_LOOK   a page of the log ends early     none: go on by its cursor

   WHAT IS KEPT            for how long                     in memory, and in the journal
       body of an event    while a delivery waits; then     or until its room is needed
                           keep_hours. What nobody gets
                           is not kept
       log rows            the newest log_rows of each      likewise; responses of all
                           webhook; they go with it         share memory.log_bytes
       idempotency keys    24 h and more                    the newest max_keys
       secret              until rotate or delete wipe it   likewise
       counters            with the webhook; the sums of    likewise
                           all for ever

   CLOCKS. A store counts in a time of its own that passes evenly: a wall clock that is
   set ends no lease and no delivery; over a restart it goes on by 26 h at most.

   HOOKS. Each contract stands with its declaration.
       akolhook_store    where everything is kept: 21 calls, each atomic. The one in
                         memory is here, others are in examples/stores/. What decides
                         (fate, turn, judge) is shared by all: akolhook_hub_judge and
                         its neighbours
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
/* The time in ms that percent (1..100) of the successful attempts took at most, at most a quarter too high;
   those that took longer than 131,071 count as that. -1: none yet, or another percent. */
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
    int64_t retry_ms;              /* WAITING: from its end until the next attempt by its schedule */
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
    uint8_t code_class; /* 1..5: HTTP codes 100 to 599 by their first digit; AKOLHOOK_CODE_NONE: none came */
    akolhook_delivery_state state; /* of the delivery after the row; 0: any */
    int64_t since_ms, until_ms;    /* since <= at_ms < until; 0: open */
    uint64_t cursor;               /* 0: from the newest on; else a row's: what is older than it */
    uint64_t number;               /* 0: all; else of this delivery alone; the hub's to set */
    uint32_t look; /* how many rows may be looked at; 0: as many as there are; the hub's to set */
} akolhook_log_query;
#ifndef AKOLHOOK_LOG_LOOK
#define AKOLHOOK_LOG_LOOK 10000 /* rows that one akolhook_hub_log_page looks at */
#endif

#define AKOLHOOK_CODE_NONE 9

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

/* The health of a webhook, kept beside it with absolute values. A zeroed one is that of a new webhook;
   akolhook_hub_health_clear makes that of one whose URL was changed or that was set active again. Otherwise
   only akolhook_hub_judge changes it. */
typedef struct akolhook_store_health {
    akolhook_class cls;
    uint8_t is_warned;      /* INACTIVE_SOON was told */
    int32_t code;           /* HTTP code of the last attempt that failed, 0: none came */
    akolhook_status reason; /* its status; OK after a success */
    uint32_t failures;      /* attempts that failed since the last success; no tests, no own faults */
    uint32_t counted;       /* of these the ones that count for deactivation */
    uint32_t misses;        /* what the backoff goes by */
    int32_t estimate_ms;    /* duration of the last attempt; see akolhook_hub_charge */
    int64_t sick_at_ms;     /* unix time of sick_since */
    int64_t failing_since;  /* store times from here on, 0: none. The first of failures */
    int64_t counted_since;  /* the first of counted */
    int64_t sick_since;     /* when cls became FAILING */
    int64_t missed_at;      /* the last of misses; without any: when it was cleared */
    int64_t backoff_until;  /* no attempt before */
    int64_t retry_until;    /* no attempt before: Retry-After of a 429 or 503 */
} akolhook_store_health;

/* Who set a webhook inactive. */
typedef enum akolhook_inactive_by {
    AKOLHOOK_INACTIVE_BY_NONE, /* it is active; or nobody noted it, before stores did */
    AKOLHOOK_INACTIVE_BY_CALL, /* akolhook_hub_set_active */
    AKOLHOOK_INACTIVE_BY_HUB   /* it failed for too long, or answered 410 */
} akolhook_inactive_by;

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
    int64_t updated_at_ms;  /* at_ms of the last change by webhook_set_fn; at first created_at_ms */
    int64_t inactive_at_ms; /* when it was set inactive; 0: it is active, or nobody noted it */
    akolhook_inactive_by inactive_by;
    int64_t last_triggered_at_ms; /* at_ms of the last attempt that was no test and no own fault */
    akolhook_store_health health;
    uint32_t queued;    /* deliveries and tests that wait or are in flight */
    uint32_t in_flight; /* of these */
    int64_t oldest_ms;  /* age of the oldest of them; -1: none */
    int64_t next_ms;    /* until its next attempt may begin, places apart: 0 now, -1 nothing waits */
} akolhook_store_webhook;
#define AKOLHOOK_STORE_NAME 1u /* which members webhook_set_fn changes */
#define AKOLHOOK_STORE_URL 2u  /* and origin; health is cleared */
#define AKOLHOOK_STORE_EVENTS 4u
#define AKOLHOOK_STORE_SECRET 8u
#define AKOLHOOK_STORE_ACTIVE 16u /* 1 for one that was inactive: health is cleared */
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

/* What a claim ended as too old. */
typedef struct akolhook_store_expired {
    uint32_t count;
    uint64_t number; /* of one of them */
} akolhook_store_expired;

/* What a hub may take now. */
typedef struct akolhook_store_limits {
    /* how long a claim is the hub's: its deadline and 30 s more; where the webhook has a longer deadline_ms
       of its own, that and 30 s (AKOLHOOK_LEASE_SPARE_MS) */
    int64_t lease_ms;
    int64_t at_ms;        /* for the log */
    uint32_t per_webhook; /* claimed deliveries of one webhook, over all hubs; of a FAILING one: 1 */
    uint32_t rate;        /* claims of one webhook in a second where it has no rate; 0: no bound */
    uint32_t slow;        /* of one call's claims at most so many of webhooks that are not QUICK */
    uint32_t failing;     /* at most so many of FAILING ones */
    uint32_t per_origin;  /* of one origin at most so many, where origins does not say less */
    const akolhook_store_origin *origins;
    size_t origin_count;
    akolhook_store_expired *expired; /* out, zeroed by the hub before; NULL: it does not ask */
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
    uint8_t deactivates;           /* the webhook is set inactive, as by webhook_set_fn, but BY_HUB */
    /* after its row comes another: attempt 0, CANCELLED, at_ms of this; status WEBHOOK_INACTIVE where the
       webhook was set inactive, CANCELLED where cancel_fn did it */
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
       tend_fn. *changed (ACTIVE only): 0 when it was so already. updated_at_ms becomes at_ms, unless nothing
       but ACTIVE was asked for and it was so already; inactive_at_ms and inactive_by (CALL) are set when it
       becomes inactive and zeroed when it becomes active. UNKNOWN_WEBHOOK, WEBHOOK_EXISTS, POOL_FULL. */
    akolhook_status (*webhook_set_fn)(
            void *user, const akolhook_store_webhook *webhook, unsigned which, int64_t at_ms, int *changed);
    /* UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_get_fn)(void *user, const char *id, akolhook_store_webhook *webhook);
    /* Up to max webhooks with a number above after, in that order; only_failing: those of class FAILING. */
    akolhook_status (*webhook_list_fn)(void *user, uint64_t after, int only_failing,
            akolhook_store_webhook *webhooks, size_t max, size_t *count);
    /* Gone at once, with its secret, log and deliveries (those count as cancelled in the total); the rows
       themselves may be removed in steps, by tend_fn. What is claimed is settled with UNKNOWN_WEBHOOK later.
       UNKNOWN_WEBHOOK. */
    akolhook_status (*webhook_delete_fn)(void *user, const char *id);

    /* Takes all of the events (up to AKOLHOOK_EMIT_MOST), in order, or none. For each that is not repeated
       akolhook_hub_fate is asked for each webhook, in the order of their numbers: MAKE makes a delivery, due
       now; SKIP counts skipped; DROP counts emitted and dropped, with a row DROPPED, WEBHOOK_QUEUE_FULL,
       attempt 0 under a number of its own; REFUSE ends the call with PENDING_FULL (POOL_FULL where bytes were
       the reason). The body is kept once, and not at all when nobody gets it; key and skip counts are. A
       webhook becomes ready, or stays as it is. PENDING_FULL, POOL_FULL, UNKNOWN_WEBHOOK; KEY_REUSED when a
       key was seen with another print. */
    akolhook_status (*enqueue_fn)(void *user, akolhook_store_event *events, size_t count);
    /* A new delivery of the event of one that has ended, due now. Room as for an event, REFUSE for DROP.
       UNKNOWN_DELIVERY, DELIVERY_WAITS (or is in flight), EVENT_GONE, WEBHOOK_INACTIVE (but
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
       cut off as by webhook_set_fn: a success counts, and a failure after which no attempt would follow ends
       it FAILED, else it ends CANCELLED. UNKNOWN_DELIVERY, DELIVERY_NOT_WAITING (ended). */
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
       its turn grows by akolhook_hub_charge; so again. A store that locks rows may keep to the
       max / per_webhook lowest of a class, and one more, while these fill the places. The floor is the turn
       of the one served last, only growing; a webhook that becomes ready has turn = max(own, floor). Ready
       ones of a full origin are passed over, at most 64 a call, what is beyond may be left for a second.
       First, leases that ran out end: the delivery is due now, the turn grows by the lease's length. What is
       older than AKOLHOOK_RETRY_HORIZON_MS is not claimed but ends FAILED, with a row at at_ms (attempt 0,
       DELIVERY_EXPIRED), and is counted in limits->expired; what was cut off ends CANCELLED; up to
       AKOLHOOK_STORE_STEP of both a call. Nothing waits for a lock: what another hub holds is left to it.
       Every webhook that the call touched is placed anew, also when it gave nothing. */
    akolhook_status (*claim_fn)(void *user, const akolhook_store_limits *limits, akolhook_store_claim *claims,
            size_t max, size_t *count);
    /* Ends claims, each by akolhook_hub_judge over locked rows, in order: outcome, log row, webhook, health
       and counters in one step. A lease that ran out counts still, until a claim ended it (a store may let it
       count until another one took the delivery). */
    akolhook_status (*settle_fn)(
            void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count);
    /* How long until a claim with these limits may give something; 0: now, -1: nothing waits that they allow,
       leases of others included. */
    akolhook_status (*next_due_fn)(void *user, const akolhook_store_limits *limits, int64_t *ms);
    /* A step of at most AKOLHOOK_STORE_STEP rows of each kind: ends what was cut off, removes what is left of
       deleted webhooks, old bodies and keys, rows beyond a webhook's share of the log. */
    akolhook_status (*tend_fn)(void *user, akolhook_store_tending *tending);

    /* Rows that match, newest first; query->cursor is a sequence number, delivery_id is not looked at, and in
       the rows delivery_id is the hub's to fill in. About query->look rows are looked at, where it is not 0.
       *next: rows below this sequence number were not looked at; 0: there are none. UNKNOWN_WEBHOOK. */
    akolhook_status (*log_fn)(void *user, const akolhook_log_query *query, akolhook_log_row *rows, size_t max,
            size_t *count, uint64_t *next);
    /* Of one webhook, or with id NULL of all there ever were. UNKNOWN_WEBHOOK. */
    akolhook_status (*stats_fn)(void *user, const char *id, akolhook_stats *stats);
    akolhook_status (*gauges_fn)(void *user, akolhook_gauges *gauges);
} akolhook_store;
#define AKOLHOOK_LEASE_SPARE_MS 30000 /* a lease outlasts its attempt by this */
#define AKOLHOOK_EMIT_MOST 16         /* events of one enqueue_fn, of one akolhook_hub_emit_many */
#define AKOLHOOK_STORE_STEP 256       /* rows that one call changes beyond those that it is asked for */
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
   most and never backwards. */
AKOLHOOK_API int64_t akolhook_hub_clock(akolhook_store_clock *clock, int64_t wall_ms, int64_t monotonic_ms);
/* The same where several processes share one store: kept_at_ms and kept_wall_ms are the store time that
   whichever of them kept last, and the wall clock of that moment; both 0: none did. The first reading goes on
   from there. Each later one grows by what passed since the own last one, and is then raised to kept_at_ms:
   the others have counted the same time, so that nothing is counted twice, however long one was quiet. */
AKOLHOOK_API int64_t akolhook_hub_clock_shared(akolhook_store_clock *clock, int64_t kept_at_ms,
        int64_t kept_wall_ms, int64_t wall_ms, int64_t monotonic_ms);

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
   outcome without a row, and for an attempt that began before health was cleared, health stays as it is. */
AKOLHOOK_API void akolhook_hub_judge(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *outcome);
/* A clean health, from now (store time) on. */
AKOLHOOK_API void akolhook_hub_health_clear(akolhook_store_health *health, int64_t now);

/* ==== >>memory: the store in memory: bounded, no heap, gone with the process ==== */

typedef struct akolhook_memory_desc {
    uint32_t max_webhooks; /* 1..1000000 (default: 16) */
    /* deliveries that wait or are in flight, 2 * max_webhooks..10000000 (default: 512, at least 2 for each
       webhook). Half of them is reserved in equal parts, the other half is shared */
    uint32_t max_pending;
    uint32_t log_rows;  /* kept for each webhook, 1..100000, of all less than 2^32 (default: 32) */
    uint32_t log_bytes; /* for the responses of all rows; the oldest make room (default: 16384) */
    /* for names, URLs and events, and shared in the same way. An event stays after its deliveries have
       ended, for redelivery, until the room is needed (default: 131072, at least 1024) */
    uint32_t pool_bytes;
    uint32_t max_keys; /* idempotency keys remembered, the newest, 1..10000000 (default: 256) */
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
    /* the delivery was given up; where row's status is DELIVERY_EXPIRED, it came to no attempt within 90 h:
       notice.failures of them, row is one */
    AKOLHOOK_NOTICE_FAILED,
    AKOLHOOK_NOTICE_RECOVERED,     /* a success after failures: notice.failures of them */
    AKOLHOOK_NOTICE_INACTIVE_SOON, /* the webhook fails on and on and will be set inactive */
    AKOLHOOK_NOTICE_INACTIVE,      /* it was set inactive: by failures, or as it answered 410 */
    /* since the last call of _poll events went past webhooks that fail or lag: notice.failures deliveries
       were dropped, row is one of them */
    AKOLHOOK_NOTICE_DROPPED,
    AKOLHOOK_NOTICE_UNSAVED /* the store cannot write: notice.failures outcomes wait for it; row is NULL */
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
    /* of the client's max_in_flight for one webhook (default: a quarter, at least 1); one that fails gets 1.
       Over all hubs on one store: where theirs differ, the lowest may hold for all */
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
typedef enum akolhook_activity {
    AKOLHOOK_ACTIVITY_KEEP,
    AKOLHOOK_ACTIVITY_ACTIVE,
    AKOLHOOK_ACTIVITY_INACTIVE
} akolhook_activity;
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
    /* update: what akolhook_hub_set_active does, in one transaction with the other changes; create takes
       KEEP alone (default: KEEP) */
    akolhook_activity activity;
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
    /* the last change of its settings, its secret or is_active by a call; any akolhook_hub_update_webhook is
       one but where it asks for nothing but an activity that it has */
    int64_t updated_at_ms;
    int64_t last_triggered_at_ms; /* 0: never; tests do not count */
    uint32_t failure_count; /* failed attempts since the last success; no tests, no faults of the sender */
    char secret[AKOLHOOK_SECRET_SIZE]; /* filled by create alone, unless one of your own is longer; masked */
    uint64_t number;                   /* akolhook_hub_list_webhooks goes on from here */
    uint32_t rate;                     /* 0: none of its own; likewise deadline_ms */
    uint32_t deadline_ms;
    uint32_t header_count; /* custom headers; their contents are not shown */

    /* how it stands */
    akolhook_class cls;
    akolhook_status reason; /* of its last failed attempt; OK after a success */
    int code;               /* and its HTTP code; 0: none came */
    /* how long its last attempt took; 0: none since it was made, had another URL or was set active again */
    int32_t last_ms;
    int64_t failing_since_ms; /* unix time; when cls became FAILING; 0: it is another */
    int64_t inactive_at_ms;   /* unix time; 0: it is active, or an older version set it inactive */
    akolhook_inactive_by inactive_by;
    uint32_t queued;    /* deliveries and tests that wait or are in flight */
    uint32_t in_flight; /* of these */
    int64_t oldest_ms;  /* age of the oldest of them; -1: none */
    int64_t next_ms;    /* until its next attempt may begin, places apart: 0 now, -1 nothing waits */
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

/* What AKOLHOOK_MEMORY_SIZE and AKOLHOOK_HUB_SIZE are made of. The structs are private, so their sizes are
   bounds here, checked by the implementation. */
#define AKOLHOOK_HUB_I_ALIGNED(size) (((size_t)(size) + 15u) & ~(size_t)15u)
#define AKOLHOOK_HUB_I_OR(value, standard) ((value) ? (size_t)(value) : (size_t)(standard))
#define AKOLHOOK_MEMORY_I_BYTES 2664u     /* of the store itself */
#define AKOLHOOK_MEMORY_I_HOOK_BYTES 832u /* of a webhook */
#define AKOLHOOK_MEMORY_I_JOB_BYTES 104u  /* of a delivery */
#define AKOLHOOK_MEMORY_I_ROW_BYTES 144u  /* of a log row */
#define AKOLHOOK_MEMORY_I_KEY_BYTES 72u   /* of an idempotency key */
#define AKOLHOOK_HUB_I_BYTES 944u         /* of the hub itself, AKOLHOOK_MAX_TYPED apart */
#define AKOLHOOK_HUB_I_FLIGHT_BYTES 868u  /* of a place of the hub */
#define AKOLHOOK_HUB_I_BATCH_BYTES 440u   /* of a place in a batch between hub and store; the batch has */
#define AKOLHOOK_HUB_I_BATCHED(max_in_flight) ((max_in_flight) < 64 ? (size_t)(max_in_flight) : (size_t)64)

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
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(pool_bytes, 131072)) + \
            AKOLHOOK_HUB_I_OR(max_keys, 256) * AKOLHOOK_MEMORY_I_KEY_BYTES)
/* The most that akolhook_hub_size gives. store_size: AKOLHOOK_MEMORY_SIZE, or 0 with a store of your own; the
   other arguments as those of AKOLHOOK_CLIENT_SIZE, max_in_flight 0 meaning 16. */
#define AKOLHOOK_HUB_SIZE(max_in_flight, conn_size, response_cap, head_cap, store_size) \
    (15u + AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_BYTES) + AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_MAX_TYPED) + \
            AKOLHOOK_HUB_I_OR(max_in_flight, 16) * \
                    (AKOLHOOK_HUB_I_FLIGHT_BYTES + \
                            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_HUB_I_OR(response_cap, 1024))) + \
            AKOLHOOK_HUB_I_BATCHED(AKOLHOOK_HUB_I_OR(max_in_flight, 16)) * AKOLHOOK_HUB_I_BATCH_BYTES + \
            AKOLHOOK_HUB_I_ALIGNED(AKOLHOOK_CLIENT_SIZE( \
                    AKOLHOOK_HUB_I_OR(max_in_flight, 16), conn_size, response_cap, head_cap)) + \
            (size_t)(store_size))
#define AKOLHOOK_MEMORY_I_PENDING_OF(webhooks) ((webhooks) > 256 ? 2 * (webhooks) : 512u)
#define AKOLHOOK_MEMORY_I_PENDING(max_webhooks) \
    AKOLHOOK_MEMORY_I_PENDING_OF(AKOLHOOK_HUB_I_OR(max_webhooks, 16))

typedef struct akolhook_hub akolhook_hub;
/* Bytes of memory that a hub of this desc needs, alignment included; 0 when it is out of range. */
AKOLHOOK_API size_t akolhook_hub_size(const akolhook_hub_desc *desc);
/* Makes a hub in memory of the caller's, any alignment; both it and what desc points to must live until
   _close. Binds the store to the business. Returns OK, MEMORY_TOO_SMALL, INVALID_ARGUMENT (also: no
   business_id, one that is too long or has a control character), BAD_UTF8, BROKEN_HOOK (a hook of the store
   is missing), WRONG_BUSINESS, STORE_FAILED, what akolhook_client_init returns. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_init(
        akolhook_hub **hub, void *memory, size_t size, const akolhook_hub_desc *desc);
/* Ends it: what is in flight is broken off and given back to the store, memory is wiped, and with it the
   store in memory. NULL is legal. From notice_fn it does nothing. See akolhook_hub_drain for a softer end. */
AKOLHOOK_API void akolhook_hub_close(akolhook_hub *hub);

/* Every call below may also return INVALID_ARGUMENT (NULL, or a value that the call does not take) and what
   the store's hooks answer, STORE_FAILED above all; then nothing has changed. An id of any length or form
   that is none gives UNKNOWN_WEBHOOK or UNKNOWN_DELIVERY. */

/* Makes a webhook, active; webhook->secret is shown here only. Returns OK, BAD_NAME, BAD_UTF8, what
   akolhook_url_parse and akolhook_policy_url return, NO_EVENTS, UNKNOWN_EVENT, TOO_MANY_WEBHOOKS,
   WEBHOOK_EXISTS, POOL_FULL, RANDOM_FAILED; for a secret of your own what akolhook_receiver_add_secret_str
   returns; for headers what akolhook_header_check returns; OUT_OF_RANGE (rate, deadline_ms, too many or
   too long headers, a secret of more than 128 bytes). With wanted->probe it blocks for up to 10 s, and as
   long again for a place when all are taken; deliveries go on meanwhile and are told of by the next _poll. It
   also returns PROBE_FAILED (nothing is kept; wanted->probe->status and ->code say why), and WRONG_ORDER from
   notice_fn. webhook is zeroed unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_create_webhook(
        akolhook_hub *hub, const akolhook_wanted *wanted, akolhook_webhook *webhook);
/* Returns OK or UNKNOWN_WEBHOOK; webhook is zeroed unless OK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_get_webhook(
        akolhook_hub *hub, const char *webhook_id, akolhook_webhook *webhook);
/* Up to max webhooks, in the order they were made: those after the one of that number (0: from the first). */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_list_webhooks(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count);
/* The same for those of class FAILING alone, as many as akolhook_gauges.failing; inactive ones included. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_list_failing(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count);
/* Changes name, URL, events, rate, deadline, headers; what is NULL or 0 in wanted stays, and secret must be
   empty. Deliveries that wait go to the new URL, which starts with a clean health, whatever the old one still
   answers. With wanted->probe a new URL is tried as create does it, with the headers that the webhook will
   have, signed with a secret made for that alone. Returns what create does, and UNKNOWN_WEBHOOK. */
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
   NULL) is its webhook-id. Returns OK, UNKNOWN_EVENT, BAD_TIME, what akolhook_json_parse returns for data
   (the envelope is one level of its depth), WRONG_TYPE (no object), BODY_TOO_LARGE, BAD_KEY, KEY_REUSED,
   PENDING_FULL, POOL_FULL, RANDOM_FAILED. */
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
/* The same, and tells which message ids the samples have, in the order of the events: *count of them, of
   which the first max are written to message_ids; also when a later sample was refused. With
   akolhook_log_query.message_id their attempts are found. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_test_ids(akolhook_hub *hub,
        const char *webhook_id, char (*message_ids)[AKOLHOOK_ID_SIZE], size_t max, size_t *count);

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
/* Makes a new delivery of the same event, same message id and bytes. Receivers may find the event too old:
   those of akolhook.h take 4 days. Returns OK, UNKNOWN_DELIVERY, DELIVERY_WAITS (it has not ended),
   EVENT_GONE, WEBHOOK_INACTIVE, PENDING_FULL, POOL_FULL. */
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
/* The same in bounded work: of the rows that an index leads to it looks at AKOLHOOK_LOG_LOOK, and not at the
   whole log for the few that match. *next is the cursor of the next page, 0 when this was the last: so a page
   may be short, or empty, and more rows follow. Go on while *next is not 0. Returns what akolhook_hub_log
   does. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_log_page(akolhook_hub *hub,
        const akolhook_log_query *query, akolhook_log_row *rows, size_t max_rows, size_t *count,
        uint64_t *next);
/* Of one webhook, or with NULL of all there ever were. Returns OK, UNKNOWN_WEBHOOK. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_stats(
        akolhook_hub *hub, const char *webhook_id, akolhook_stats *stats);
/* What the store holds now. */
AKOLHOOK_API AKOLHOOK_MUST_CHECK akolhook_status akolhook_hub_gauges(
        akolhook_hub *hub, akolhook_gauges *gauges);
/* Removes bodies without a waiting delivery that are older than keep_ms, in small bites: call it again while
   *more (may be NULL) is 1. By itself the hub does it by desc.keep_hours. In memory and in the journal they
   go in the order in which the last delivery of each ended: none before those in front of it. */
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
/* Another hub has put something into the store: the next akolhook_hub_poll asks for it. While attempts are
   open the store is asked once a second otherwise. NULL is legal. */
AKOLHOOK_API void akolhook_hub_look(akolhook_hub *hub);
/* How long until _poll may begin an attempt: milliseconds, 0 now, -1 nothing waits, or for a place alone. Not
   for what is in flight, whose answers and deadlines come before, nor for what others add to the store or for
   keeping house: as long as the *left of _poll is above 0 let _poll wait, and call it now and then. */
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
    for (i = 0; (seen += stats->latency[i]) < need; i++) continue; /* need is total at most */
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
AKOLHOOK_API int64_t akolhook_hub_clock_shared(akolhook_store_clock *clock, int64_t kept_at_ms,
        int64_t kept_wall_ms, int64_t wall_ms, int64_t monotonic_ms) {
    if (!clock->runs) {
        clock->at_ms = kept_at_ms;
        clock->wall_ms = kept_wall_ms;
    }
    (void)akolhook_hub_clock(clock, wall_ms, monotonic_ms);
    if (clock->at_ms < kept_at_ms) clock->at_ms = kept_at_ms;
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
            AKOLHOOK_LOOKUP_BUSY, AKOLHOOK_BROKEN_HOOK, AKOLHOOK_TLS_REQUIRED, AKOLHOOK_INVALID_ARGUMENT,
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
    if (health->misses) health->missed_at = 0; /* else it says since when health is clean */
    health->misses = 0;
    health->sick_since = health->sick_at_ms = 0;
    health->backoff_until = health->retry_until = 0;
    if (at->is_test) return;
    health->is_warned = 0;
    health->failures = health->counted = 0;
    health->failing_since = health->counted_since = 0;
}

/* Class, backoff and Retry-After. Attempts that were on their way together are one miss. */
static void akolhook_hub_i_judge_sick(
        const akolhook_store_case *at, akolhook_store_health *health, const akolhook_store_outcome *o) {
    int64_t after = o->retry_after_s;

    if (health->cls != AKOLHOOK_CLASS_FAILING) {
        health->sick_since = at->now;
        health->sick_at_ms = o->at_ms;
    }
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

/* The attempt began before the URL was changed, or before the webhook was set active again. */
static int akolhook_hub_i_is_past(const akolhook_store_case *at, const akolhook_store_health *health) {
    return !health->misses && at->began < health->missed_at;
}

/* What becomes of the delivery, by its own attempts. */
static void akolhook_hub_i_judge_delivery(const akolhook_store_rules *rules, const akolhook_store_case *at,
        int is_gone, akolhook_store_outcome *o) {
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

    if (at->is_test || is_gone || (!o->is_fault && o->attempt >= rules->max_attempts) ||
            at->age_ms + o->due_ms > AKOLHOOK_RETRY_HORIZON_MS) {
        o->state = row->state = AKOLHOOK_DELIVERY_FAILED;
        return;
    }
    o->state = row->state = AKOLHOOK_DELIVERY_WAITING;
    row->retry_ms = o->due_ms;
}

/* What becomes of the webhook. */
static void akolhook_hub_i_judge_health(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *o, int32_t spent) {
    const akolhook_log_row *row = o->row;

    health->estimate_ms = spent;
    if (row->success) {
        akolhook_hub_i_judge_success(at, health, row);
        return;
    }
    health->code = row->code;
    health->reason = row->status;
    if (!akolhook_hub_i_is_refusal(row->code)) akolhook_hub_i_judge_sick(at, health, o);
    if (!at->is_test) akolhook_hub_i_judge_failures(rules, at, health, o);
}

AKOLHOOK_API void akolhook_hub_judge(const akolhook_store_rules *rules, const akolhook_store_case *at,
        akolhook_store_health *health, akolhook_store_outcome *o) {
    akolhook_log_row *row = o->row;
    const int is_past = akolhook_hub_i_is_past(at, health);
    int32_t spent;

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
        akolhook_hub_i_judge_delivery(rules, at, row->code == 410 && !is_past, o);
    }
    if (row && !o->is_fault) {
        spent = row->ms > 1 ? row->ms : 1;
        o->turn_ms = spent - o->charged_ms;
        if (!is_past) akolhook_hub_i_judge_health(rules, at, health, o, spent);
        o->failures = health->failures;
    }

    if (o->state == AKOLHOOK_DELIVERY_WAITING && (at->is_cut || o->deactivates)) {
        o->state = AKOLHOOK_DELIVERY_CANCELLED;
        o->cancelled = 1;
    }
}

AKOLHOOK_API void akolhook_hub_health_clear(akolhook_store_health *health, int64_t now) {
    memset(health, 0, sizeof *health);
    health->missed_at = now;
}

/* ==== >>memory ====

   Shared with the journal, which drives this store and is told by a watch of what it must write: the names
   that akolhook_journal.h uses of this section are private to the two, and a change here is a change there.
   */

/* What a watch is told of. A change of STATE alone comes with each JOB_GONE; a JOB under a number above all
   that were before counts as emitted and waiting, unless it is a test. */
typedef enum akolhook_memory_i_kind {
    AKOLHOOK_MEMORY_I_HOOK,       /* a webhook as webhook_put_fn and webhook_set_fn made it */
    AKOLHOOK_MEMORY_I_HOOK_GONE,  /* told before; everything of it goes with it */
    AKOLHOOK_MEMORY_I_STATE,      /* its health, turn, counters */
    AKOLHOOK_MEMORY_I_EVENT,      /* at: its block in the pool */
    AKOLHOOK_MEMORY_I_EVENT_GONE, /* told before */
    AKOLHOOK_MEMORY_I_JOB,        /* a delivery that waits */
    AKOLHOOK_MEMORY_I_JOB_GONE,   /* told before */
    AKOLHOOK_MEMORY_I_ROW,        /* a log row, new or marked as redelivered */
    AKOLHOOK_MEMORY_I_KEY,
    AKOLHOOK_MEMORY_I_STORE /* totals, floor, numbers, business, note */
} akolhook_memory_i_kind;
typedef struct akolhook_memory_i_watch {
    void *user;
    void (*changed_fn)(void *user, akolhook_memory_i_kind kind, uint32_t at);
} akolhook_memory_i_watch;

/* Webhooks, deliveries, rows and keys are named by their place plus 1, blocks of the pool by the 16-byte unit
   they begin at; 0 is none. */

/* A member of a heap: the lowest key, then the lowest tie, is its root. */
typedef struct akolhook_memory_i_node {
    int64_t key;
    uint64_t tie;
    uint32_t child, next, prev; /* prev: the sibling before, of the first child its parent */
} akolhook_memory_i_node;
typedef struct akolhook_memory_i_space {
    uint8_t *base;
    size_t stride;
} akolhook_memory_i_space;

enum { AKOLHOOK_MEMORY_I_JOB_FREE, AKOLHOOK_MEMORY_I_JOB_WAITING, AKOLHOOK_MEMORY_I_JOB_LEASED };
typedef struct akolhook_memory_i_job { /* a delivery */
    akolhook_memory_i_node node; /* WAITING: in its webhook's queue, key: due; LEASED: in the list of leases,
                                          key: when it runs out. tie: its number */
    uint64_t lease;
    int64_t began, created;
    uint32_t event, text, webhook; /* text: of the webhook as it was claimed, held while it is leased */
    uint32_t chain;                /* of those whose numbers have the same bucket; FREE: the next free one */
    uint32_t newer, older;         /* of its webhook */
    uint32_t attempt, faults;
    uint8_t state, is_test;
    uint8_t is_orphan; /* its webhook was deleted while it was leased */
    uint8_t is_cut;    /* cancelled while it was leased */
    uint8_t is_urgent; /* sent now */
    uint8_t is_shared; /* its bytes are charged to the shared half of the pool */
} akolhook_memory_i_job;

typedef struct akolhook_memory_i_hook { /* a webhook */
    /* what a claim looks at, together: with many webhooks that are due it is in no cache */
    int64_t turn, allowed_us;
    int64_t parked_until; /* passed over until then */
    uint64_t number, origin;
    uint64_t cut;                     /* deliveries up to this number are cut off */
    uint32_t queue;                   /* root of the heap of those that wait */
    uint32_t queued, leased, waiting; /* all of its deliveries; the leased ones; those in the queue */
    uint32_t cut_waiting;             /* cut off and not yet ended */
    uint32_t text, rate, deadline_ms;
    uint8_t is_active;
    uint8_t inactive_by;
    uint8_t in; /* its heap plus 1; 0: in none */
    akolhook_events events;
    uint32_t tests;               /* of queued */
    uint32_t newest;              /* of its deliveries, likewise oldest */
    uint64_t bytes, shared_bytes; /* of the pool: charged to its part, and to the shared half */
    char id[AKOLHOOK_ID_SIZE];
    char secret[AKOLHOOK_HUB_SECRET_SIZE];
    akolhook_store_health health;

    uint32_t oldest;
    uint32_t planned; /* while an enqueue is judged: what it would add */
    uint64_t planned_bytes, planned_shared;
    int64_t created_at_ms, updated_at_ms, last_triggered_at_ms;
    int64_t inactive_at_ms;
    uint64_t rows; /* log rows that were made */
    uint32_t url_hash;
    uint32_t url_next, url_prev; /* of those whose URLs have the same bucket */
    uint32_t chain;              /* of those whose ids have the same bucket */
    uint32_t next, prev;         /* by number; free: the next free one */
    akolhook_stats stats;
} akolhook_memory_i_hook;

typedef struct akolhook_memory_i_row { /* a log row; those of a webhook are a ring */
    char message_id[AKOLHOOK_ID_SIZE];
    uint8_t event, state, phase, success, is_test, response_cut, redelivered;
    uint16_t code;
    uint32_t newer, older; /* of all */
    uint64_t sequence, number, response_at;
    int64_t at_ms;
    long native_error;
    akolhook_addr peer;
    akolhook_status status;
    uint32_t attempt, response_len;
    int32_t retry_ms, ms, lookup_ms, connect_ms, tls_ms, first_byte_ms;
} akolhook_memory_i_row;

typedef struct akolhook_memory_i_key { /* an idempotency key */
    uint8_t key[16], print[16];
    char message_id[AKOLHOOK_ID_SIZE];
    uint32_t chain;
} akolhook_memory_i_key;

typedef struct akolhook_memory_i_stored { /* an event in the pool; its bytes follow */
    char message_id[AKOLHOOK_ID_SIZE];
    uint8_t event;
    uint32_t next, prev; /* of the kept ones, the first to give way in front */
    uint32_t chain;      /* of those whose ids have the same bucket */
    uint32_t pending;    /* deliveries that have not ended; 0: it is kept for redelivery */
    uint32_t shared;     /* of these the ones that are charged to the shared half */
    uint32_t head_len, tail_len;
    int64_t created;
} akolhook_memory_i_stored;
typedef struct akolhook_memory_i_text { /* of a webhook, in the pool; name, URL and headers follow */
    uint32_t name_len, url_len, headers_len;
} akolhook_memory_i_text;

enum {
    AKOLHOOK_MEMORY_I_BY_TIME = 3,
    AKOLHOOK_MEMORY_I_HEAPS = 4
}; /* the heaps before are those of the classes */
struct akolhook_memory {
    akolhook_memory_desc desc;
    akolhook_memory_i_watch watch; /* changed_fn may be NULL */
    akolhook_store_clock clock;
    int64_t now;          /* store time of the call that runs */
    int64_t floor;        /* the turn of the webhook that was served last, only growing */
    int64_t answered_at;  /* the last answer of any receiver */
    uint32_t per_webhook; /* caps of the last claim: */
    uint32_t rate;

    akolhook_memory_i_hook *hooks;
    akolhook_memory_i_job *jobs;
    akolhook_memory_i_row *rows;
    akolhook_memory_i_key *keys;
    uint8_t *log, *pool;
    uint32_t *hook_buckets, *url_buckets, *job_buckets, *event_buckets, *key_buckets;
    akolhook_memory_i_space hook_space, job_space;
    uint32_t roots[AKOLHOOK_MEMORY_I_HEAPS];

    uint64_t numbers, sequence, leases, keys_seen; /* given out so far */
    uint64_t log_end;                              /* bytes of responses written so far */
    akolhook_stats total;
    uint32_t hook_count, failing, first_hook, last_hook, free_hook;
    uint32_t free_job, job_count, leased, first_lease, last_lease, cut_waiting;
    uint32_t orphans; /* of job_count and leased: their webhooks were deleted */
    uint32_t newest_row;

    /* room: parts are reserved for each webhook, the rest is shared */
    uint32_t part, shared, shared_used;
    uint64_t part_bytes, shared_bytes, shared_bytes_used;
    uint32_t planned;        /* while an enqueue is judged: the deliveries that it would make, */
    uint32_t planned_shared; /* how many of them beyond the parts, and the bytes there */
    uint64_t planned_shared_bytes;
    uint64_t made_shared_bytes; /* while it is done: of its event, charged to the shared half already */

    uint32_t pool_units, free_units;
    uint32_t first_kept, last_kept, kept_units; /* events that may give way */
    uint32_t event_count, event_units;          /* all events */
    uint32_t bins[128], bin_bits[4];
    char business[64], note[AKOLHOOK_NOTE_SIZE];
    uint32_t business_len, note_len;
};

static void akolhook_memory_i_tell(akolhook_memory *m, akolhook_memory_i_kind kind, uint32_t at) {
    if (m->watch.changed_fn) m->watch.changed_fn(m->watch.user, kind, at);
}

static akolhook_memory_i_hook *akolhook_memory_i_hook_at(akolhook_memory *m, uint32_t hook) {
    return &m->hooks[hook - 1];
}
static akolhook_memory_i_job *akolhook_memory_i_job_at(akolhook_memory *m, uint32_t job) {
    return &m->jobs[job - 1];
}
static akolhook_memory_i_row *akolhook_memory_i_row_at(akolhook_memory *m, uint32_t row) {
    return &m->rows[row - 1];
}

/* ---- heaps: pairing heaps, their members linked in place ---- */

static akolhook_memory_i_node *akolhook_memory_i_node_at(const akolhook_memory_i_space *s, uint32_t at) {
    return (akolhook_memory_i_node *)(void *)(s->base + (size_t)(at - 1) * s->stride);
}

/* Two heaps as one. The siblings of the root that loses are those it has from now on, the other's are the
   caller's. */
static uint32_t akolhook_memory_i_heap_meld(const akolhook_memory_i_space *s, uint32_t a, uint32_t b) {
    akolhook_memory_i_node *x, *y;
    uint32_t swap;

    if (!a || !b) return a ? a : b;
    x = akolhook_memory_i_node_at(s, a);
    y = akolhook_memory_i_node_at(s, b);
    if (y->key < x->key || (y->key == x->key && y->tie < x->tie)) {
        swap = a;
        a = b;
        b = swap;
        x = akolhook_memory_i_node_at(s, a);
        y = akolhook_memory_i_node_at(s, b);
    }

    y->next = x->child;
    y->prev = a;
    if (x->child) akolhook_memory_i_node_at(s, x->child)->prev = b;
    x->child = b;
    return a;
}

/* What remains of a heap without its root: the children melded in pairs, and the pairs from the last on. */
static uint32_t akolhook_memory_i_heap_rest(const akolhook_memory_i_space *s, uint32_t root) {
    uint32_t list = akolhook_memory_i_node_at(s, root)->child, pairs = 0, rest = 0, a, b;

    while (list) {
        a = list;
        b = akolhook_memory_i_node_at(s, a)->next;
        list = b ? akolhook_memory_i_node_at(s, b)->next : 0;
        akolhook_memory_i_node_at(s, a)->next = akolhook_memory_i_node_at(s, a)->prev = 0;
        a = akolhook_memory_i_heap_meld(s, a, b);
        akolhook_memory_i_node_at(s, a)->next = pairs;
        pairs = a;
    }
    while (pairs) {
        a = pairs;
        pairs = akolhook_memory_i_node_at(s, a)->next;
        akolhook_memory_i_node_at(s, a)->next = akolhook_memory_i_node_at(s, a)->prev = 0;
        rest = akolhook_memory_i_heap_meld(s, rest, a);
    }
    return rest;
}

static void akolhook_memory_i_heap_add(const akolhook_memory_i_space *s, uint32_t *root, uint32_t at) {
    akolhook_memory_i_node *node = akolhook_memory_i_node_at(s, at);

    node->child = node->next = node->prev = 0;
    *root = akolhook_memory_i_heap_meld(s, *root, at);
}

static void akolhook_memory_i_heap_remove(const akolhook_memory_i_space *s, uint32_t *root, uint32_t at) {
    akolhook_memory_i_node *node = akolhook_memory_i_node_at(s, at), *before;
    uint32_t rest = akolhook_memory_i_heap_rest(s, at);

    if (*root == at) {
        *root = rest;
        return;
    }
    before = akolhook_memory_i_node_at(s, node->prev);
    if (before->child == at)
        before->child = node->next;
    else
        before->next = node->next;
    if (node->next) akolhook_memory_i_node_at(s, node->next)->prev = node->prev;
    *root = akolhook_memory_i_heap_meld(s, *root, rest);
}

/* ---- hash tables: buckets of chains ---- */

static uint32_t akolhook_memory_i_hash(const void *data, size_t len) {
    const uint8_t *p = (const uint8_t *)data;
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; len; len--) hash = (hash ^ *p++) * 16777619u;
    return hash;
}
static uint32_t *akolhook_memory_i_hook_bucket(akolhook_memory *m, const char *id) {
    return &m->hook_buckets[akolhook_memory_i_hash(id, AKOLHOOK_ID_SIZE - 1) % m->desc.max_webhooks];
}
static uint32_t *akolhook_memory_i_job_bucket(akolhook_memory *m, uint64_t number) {
    return &m->job_buckets[number % m->desc.max_pending];
}
static uint32_t *akolhook_memory_i_event_bucket(akolhook_memory *m, const char *message_id) {
    return &m->event_buckets[akolhook_memory_i_hash(message_id, AKOLHOOK_ID_SIZE - 1) % m->desc.max_pending];
}
/* Keys are hashes already. */
static uint32_t *akolhook_memory_i_key_bucket(akolhook_memory *m, const uint8_t key[16]) {
    return &m->key_buckets[akolhook_memory_i_hash(key, 16) % m->desc.max_keys];
}

static uint32_t akolhook_memory_i_hook_find(akolhook_memory *m, akolhook_str id) {
    uint32_t hook;

    if (id.len != AKOLHOOK_ID_SIZE - 1) return 0;
    hook = *akolhook_memory_i_hook_bucket(m, id.ptr);
    while (hook && memcmp(akolhook_memory_i_hook_at(m, hook)->id, id.ptr, id.len) != 0)
        hook = akolhook_memory_i_hook_at(m, hook)->chain;
    return hook;
}
static uint32_t akolhook_memory_i_job_find(akolhook_memory *m, uint64_t number) {
    uint32_t job = *akolhook_memory_i_job_bucket(m, number);

    while (job && akolhook_memory_i_job_at(m, job)->node.tie != number)
        job = akolhook_memory_i_job_at(m, job)->chain;
    return job;
}

/* An id, given as C string, of any length. */
static akolhook_str akolhook_memory_i_id_str(const char *id) {
    const char *end = (const char *)memchr(id, 0, AKOLHOOK_ID_SIZE);

    return akolhook_str_n(end ? id : NULL, end ? (size_t)(end - id) : 0);
}

/* ---- the pool: blocks of 16-byte units, free ones in bins by size, neighbours joined when freed ---- */

typedef struct akolhook_memory_i_block {
    uint32_t units, before; /* units of this one, and of the one in front of it */
    uint32_t refs;          /* 0: free */
    uint32_t bin_next;      /* free: in its bin; else 1 for an event */
    uint32_t bin_prev;      /* there in free blocks alone */
} akolhook_memory_i_block;
#define AKOLHOOK_MEMORY_I_UNIT 16u
#define AKOLHOOK_MEMORY_I_BLOCK_HEAD 16u
#define AKOLHOOK_MEMORY_I_BLOCK_MIN 2u /* units */

static akolhook_memory_i_block *akolhook_memory_i_block_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_block *)(void *)(m->pool + (size_t)at * AKOLHOOK_MEMORY_I_UNIT);
}
static void *akolhook_memory_i_block_data(akolhook_memory *m, uint32_t at) {
    return m->pool + (size_t)at * AKOLHOOK_MEMORY_I_UNIT + AKOLHOOK_MEMORY_I_BLOCK_HEAD;
}
static akolhook_memory_i_stored *akolhook_memory_i_stored_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_stored *)akolhook_memory_i_block_data(m, at);
}
/* Units for so many bytes; 0: more than the pool has. */
static uint32_t akolhook_memory_i_units(const akolhook_memory *m, size_t len) {
    size_t units;

    if (len > m->desc.pool_bytes) return 0;
    units = (len + AKOLHOOK_MEMORY_I_BLOCK_HEAD + AKOLHOOK_MEMORY_I_UNIT - 1) / AKOLHOOK_MEMORY_I_UNIT;
    if (units < AKOLHOOK_MEMORY_I_BLOCK_MIN) units = AKOLHOOK_MEMORY_I_BLOCK_MIN;
    return units < m->pool_units ? (uint32_t)units : 0;
}

static void akolhook_memory_i_bin_add(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
    unsigned bin = akolhook_hub_i_log_bucket(b->units);

    b->refs = 0;
    b->bin_prev = 0;
    b->bin_next = m->bins[bin];
    if (b->bin_next) akolhook_memory_i_block_at(m, b->bin_next)->bin_prev = at;
    m->bins[bin] = at;
    m->bin_bits[bin / 32] |= (uint32_t)1 << (bin % 32);
    m->free_units += b->units;
}
static void akolhook_memory_i_bin_remove(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
    unsigned bin = akolhook_hub_i_log_bucket(b->units);

    if (b->bin_next) akolhook_memory_i_block_at(m, b->bin_next)->bin_prev = b->bin_prev;
    if (b->bin_prev)
        akolhook_memory_i_block_at(m, b->bin_prev)->bin_next = b->bin_next;
    else
        m->bins[bin] = b->bin_next;
    if (!m->bins[bin]) m->bin_bits[bin / 32] &= ~((uint32_t)1 << (bin % 32));
    m->free_units -= b->units;
}

/* The first free block that holds so many units. */
static uint32_t akolhook_memory_i_bin_find(akolhook_memory *m, uint32_t units) {
    unsigned bin = akolhook_hub_i_log_bucket(units), word;
    uint32_t at, bits;

    for (at = m->bins[bin]; at; at = akolhook_memory_i_block_at(m, at)->bin_next)
        if (akolhook_memory_i_block_at(m, at)->units >= units) return at;

    /* any block of a bin above holds them */
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

/* ---- events: those without a waiting delivery are kept, until their room is needed ---- */

static void akolhook_memory_i_kept_add(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);

    e->next = 0;
    e->prev = m->last_kept;
    if (m->last_kept)
        akolhook_memory_i_stored_at(m, m->last_kept)->next = at;
    else
        m->first_kept = at;
    m->last_kept = at;
    m->kept_units += akolhook_memory_i_block_at(m, at)->units;
}
static void akolhook_memory_i_kept_remove(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);

    if (e->next)
        akolhook_memory_i_stored_at(m, e->next)->prev = e->prev;
    else
        m->last_kept = e->prev;
    if (e->prev)
        akolhook_memory_i_stored_at(m, e->prev)->next = e->next;
    else
        m->first_kept = e->next;
    m->kept_units -= akolhook_memory_i_block_at(m, at)->units;
}
static void akolhook_memory_i_stored_hold(akolhook_memory *m, uint32_t at) {
    if (!akolhook_memory_i_stored_at(m, at)->pending++) akolhook_memory_i_kept_remove(m, at);
}
static void akolhook_memory_i_stored_drop(akolhook_memory *m, uint32_t at) {
    if (!--akolhook_memory_i_stored_at(m, at)->pending) akolhook_memory_i_kept_add(m, at);
}
static uint32_t akolhook_memory_i_stored_find(akolhook_memory *m, const char *message_id) {
    uint32_t at = *akolhook_memory_i_event_bucket(m, message_id);

    while (at && memcmp(akolhook_memory_i_stored_at(m, at)->message_id, message_id, AKOLHOOK_ID_SIZE) != 0)
        at = akolhook_memory_i_stored_at(m, at)->chain;
    return at;
}
/* Removes a kept event. */
static void akolhook_memory_i_stored_free(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
    uint32_t *link = akolhook_memory_i_event_bucket(m, e->message_id);

    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_EVENT_GONE, at);
    akolhook_memory_i_kept_remove(m, at);
    while (*link != at) link = &akolhook_memory_i_stored_at(m, *link)->chain;
    *link = e->chain;
    m->event_count--;
    m->event_units -= akolhook_memory_i_block_at(m, at)->units;
    akolhook_memory_i_block_free(m, at);
}

static int akolhook_memory_i_block_gives(akolhook_memory *m, uint32_t at) {
    const akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);

    return !b->refs || (b->bin_next && !akolhook_memory_i_stored_at(m, at)->pending);
}
/* Where a row of neighbours that are free or may give way has so many units, from a block on; 0: nowhere. */
static uint32_t akolhook_memory_i_run_find(akolhook_memory *m, uint32_t from, uint32_t units) {
    uint32_t at, begin = from, sum = 0;

    for (at = from; at < m->pool_units && sum < units; at += akolhook_memory_i_block_at(m, at)->units) {
        if (!akolhook_memory_i_block_gives(m, at)) {
            sum = 0;
            begin = at + akolhook_memory_i_block_at(m, at)->units;
        } else {
            sum += akolhook_memory_i_block_at(m, at)->units;
        }
    }
    return sum >= units ? begin : 0;
}
/* Makes room of so many units by removing kept events, if that can be: the oldest ones, where they lie
   together. */
static int akolhook_memory_i_pool_evict(akolhook_memory *m, uint32_t units) {
    uint32_t at, next, end;

    if (m->free_units + m->kept_units < units || !m->first_kept) return 0;
    at = akolhook_memory_i_run_find(m, m->first_kept, units);
    if (!at) at = akolhook_memory_i_run_find(m, 1, units);
    if (!at) return 0;

    /* a freed block joins its neighbours, so the walk goes by what was there before */
    for (end = at + units; at < end; at = next) {
        next = at + akolhook_memory_i_block_at(m, at)->units;
        if (akolhook_memory_i_block_at(m, at)->refs) akolhook_memory_i_stored_free(m, at);
    }
    return 1;
}

/* A block of so many units, held once; 0 when there is none, and then nothing has changed. */
static uint32_t akolhook_memory_i_pool_take(akolhook_memory *m, uint32_t units) {
    akolhook_memory_i_block *b, *after;
    uint32_t at = units ? akolhook_memory_i_bin_find(m, units) : 0, rest;

    if (!at && (!units || !akolhook_memory_i_pool_evict(m, units))) return 0;
    if (!at) at = akolhook_memory_i_bin_find(m, units);

    akolhook_memory_i_bin_remove(m, at);
    b = akolhook_memory_i_block_at(m, at);
    rest = b->units - units;
    if (rest >= AKOLHOOK_MEMORY_I_BLOCK_MIN) {
        after = akolhook_memory_i_block_at(m, at + units);
        b->units = units;
        after->units = rest;
        after->before = units;
        akolhook_memory_i_block_before(m, at + units + rest, rest);
        akolhook_memory_i_bin_add(m, at + units);
    }
    b->refs = 1;
    b->bin_next = 0;
    return at;
}

/* Keeps an event; nothing of it waits yet. 0: there is no room. */
static uint32_t akolhook_memory_i_stored_new(akolhook_memory *m, const akolhook_store_event *event) {
    size_t tail = event->tail[0].len + event->tail[1].len + event->tail[2].len, i;
    uint32_t units = akolhook_memory_i_units(m, sizeof(akolhook_memory_i_stored) + event->head.len + tail);
    uint32_t at = akolhook_memory_i_pool_take(m, units), *bucket;
    akolhook_memory_i_stored *e;
    char *out;

    if (!at) return 0;
    e = akolhook_memory_i_stored_at(m, at);
    memset(e, 0, sizeof *e);
    memcpy(e->message_id, event->message_id, AKOLHOOK_ID_SIZE);
    e->event = (uint8_t)event->event;
    e->head_len = (uint32_t)event->head.len;
    e->tail_len = (uint32_t)tail;
    e->created = m->now;

    out = (char *)(e + 1);
    if (event->head.len) memcpy(out, event->head.ptr, event->head.len);
    out += event->head.len;
    for (i = 0; i < 3; i++) {
        if (event->tail[i].len) memcpy(out, event->tail[i].ptr, event->tail[i].len);
        out += event->tail[i].len;
    }

    bucket = akolhook_memory_i_event_bucket(m, e->message_id);
    e->chain = *bucket;
    *bucket = at;
    akolhook_memory_i_block_at(m, at)->bin_next = 1;
    m->event_count++;
    m->event_units += akolhook_memory_i_block_at(m, at)->units;
    akolhook_memory_i_kept_add(m, at);
    return at;
}

/* ---- names, URLs and headers ---- */

static akolhook_memory_i_text *akolhook_memory_i_text_at(akolhook_memory *m, uint32_t at) {
    return (akolhook_memory_i_text *)akolhook_memory_i_block_data(m, at);
}
static akolhook_str akolhook_memory_i_name_of(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_text *t = akolhook_memory_i_text_at(m, at);

    return akolhook_str_n(t + 1, t->name_len);
}
static akolhook_str akolhook_memory_i_url_of(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_text *t = akolhook_memory_i_text_at(m, at);

    return akolhook_str_n((const char *)(t + 1) + t->name_len, t->url_len);
}
static akolhook_str akolhook_memory_i_headers_of(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_text *t = akolhook_memory_i_text_at(m, at);

    return akolhook_str_n((const char *)(t + 1) + t->name_len + t->url_len, t->headers_len);
}
static uint32_t akolhook_memory_i_text_new(
        akolhook_memory *m, akolhook_str name, akolhook_str url, akolhook_str headers) {
    size_t len = sizeof(akolhook_memory_i_text) + name.len + url.len + headers.len;
    uint32_t at = akolhook_memory_i_pool_take(m, akolhook_memory_i_units(m, len));
    akolhook_memory_i_text *t;
    char *out;

    if (!at) return 0;
    t = akolhook_memory_i_text_at(m, at);
    t->name_len = (uint32_t)name.len;
    t->url_len = (uint32_t)url.len;
    t->headers_len = (uint32_t)headers.len;
    out = (char *)(t + 1);
    if (name.len) memcpy(out, name.ptr, name.len);
    if (url.len) memcpy(out + name.len, url.ptr, url.len);
    if (headers.len) memcpy(out + name.len + url.len, headers.ptr, headers.len);
    return at;
}
/* URLs and headers may hold tokens, so nothing of them stays. */
static void akolhook_memory_i_text_drop(akolhook_memory *m, uint32_t at) {
    akolhook_memory_i_text *t = akolhook_memory_i_text_at(m, at);

    if (--akolhook_memory_i_block_at(m, at)->refs) return;
    akolhook_wipe(t, sizeof *t + t->name_len + t->url_len + t->headers_len);
    akolhook_memory_i_block_free(m, at);
}

/* ---- turns: a webhook that has something to send is in exactly one heap ---- */

static int64_t akolhook_memory_i_now(akolhook_memory *m) {
    int64_t now = m->desc.now_ms_fn(m->desc.user);

    m->now = akolhook_hub_clock(&m->clock, now, now);
    return m->now;
}

static uint32_t akolhook_memory_i_cap(const akolhook_memory *m, const akolhook_memory_i_hook *h) {
    if (!m->per_webhook) return UINT32_MAX;
    return h->health.cls == AKOLHOOK_CLASS_FAILING ? 1 : m->per_webhook;
}
/* When its next delivery may be claimed, in flight and places apart; INT64_MAX: nothing waits. */
static int64_t akolhook_memory_i_ready_at(akolhook_memory *m, const akolhook_memory_i_hook *h) {
    const akolhook_memory_i_job *head;
    int64_t at;

    if (!h->queue) return INT64_MAX;
    head = akolhook_memory_i_job_at(m, h->queue);
    at = akolhook_hub_ready_at(&h->health, head->node.key, head->is_urgent, h->allowed_us);
    return at < h->parked_until ? h->parked_until : at;
}
static void akolhook_memory_i_hook_hide(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    if (h->in) akolhook_memory_i_heap_remove(&m->hook_space, &m->roots[h->in - 1], hook);
    h->in = 0;
}
/* Puts a webhook where it belongs, after anything of it changed. */
static void akolhook_memory_i_reschedule(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_node *node = akolhook_memory_i_node_at(&m->hook_space, hook);
    int64_t at = akolhook_memory_i_ready_at(m, h), key = at;
    unsigned in = AKOLHOOK_MEMORY_I_BY_TIME;

    if (!h->queue || h->leased >= akolhook_memory_i_cap(m, h)) {
        akolhook_memory_i_hook_hide(m, hook);
        return;
    }
    if (at <= m->now) {
        in = (unsigned)h->health.cls;
        if (h->turn < m->floor && h->in != in + 1) h->turn = m->floor; /* it becomes ready now */
        key = h->turn;
    }

    if (h->in == in + 1 && node->key == key) return;
    akolhook_memory_i_hook_hide(m, hook);
    node->key = key;
    node->tie = h->number;
    h->in = (uint8_t)(in + 1);
    akolhook_memory_i_heap_add(&m->hook_space, &m->roots[in], hook);
}
static void akolhook_memory_i_wake(akolhook_memory *m) {
    uint32_t hook;

    while ((hook = m->roots[AKOLHOOK_MEMORY_I_BY_TIME]) != 0 &&
            akolhook_memory_i_node_at(&m->hook_space, hook)->key <= m->now)
        akolhook_memory_i_reschedule(m, hook);
}

/* ---- deliveries ---- */

#define AKOLHOOK_MEMORY_I_COUNT(m, h, member) ((h)->stats.member++, (m)->total.member++)

static void akolhook_memory_i_queue_add(akolhook_memory *m, uint32_t job, int64_t due) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);

    j->state = AKOLHOOK_MEMORY_I_JOB_WAITING;
    j->node.key = due;
    akolhook_memory_i_heap_add(&m->job_space, &h->queue, job);
    h->waiting++;
    if (j->node.tie > h->cut) return;
    h->cut_waiting++;
    m->cut_waiting++;
}
static void akolhook_memory_i_queue_remove(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);

    akolhook_memory_i_heap_remove(&m->job_space, &h->queue, job);
    h->waiting--;
    if (j->node.tie > h->cut) return;
    h->cut_waiting--;
    m->cut_waiting--;
}

/* Room: a delivery counts, and its event's bytes are charged, until it ends. */
static int akolhook_memory_i_fits_part(akolhook_memory *m, const akolhook_memory_i_hook *h, uint64_t len) {
    return akolhook_hub_has_room(h->bytes + h->planned_bytes, len, m->part_bytes, 0);
}
static int akolhook_memory_i_fits_shared(akolhook_memory *m, const akolhook_memory_i_hook *h, uint64_t len) {
    uint64_t used = m->shared_bytes_used + m->planned_shared_bytes - m->made_shared_bytes;
    uint64_t left = used < m->shared_bytes ? m->shared_bytes - used : 0;

    return akolhook_hub_has_room(h->shared_bytes + h->planned_shared, len, 0, left);
}
static int akolhook_memory_i_fits_count(akolhook_memory *m, const akolhook_memory_i_hook *h) {
    /* what was in flight when its webhook was deleted has a place until its lease ends, and nobody's room */
    if (m->job_count + m->planned >= m->desc.max_pending) return 0;
    return akolhook_hub_has_room(
            (uint64_t)h->queued + h->planned, 1, m->part, m->shared - m->shared_used - m->planned_shared);
}
static uint64_t akolhook_memory_i_event_bytes(akolhook_memory *m, uint32_t event) {
    return (uint64_t)akolhook_memory_i_block_at(m, event)->units * AKOLHOOK_MEMORY_I_UNIT;
}
static void akolhook_memory_i_room_take(akolhook_memory *m, akolhook_memory_i_job *j) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    uint64_t len = akolhook_memory_i_event_bytes(m, j->event);

    if (++h->queued > m->part) m->shared_used++;
    h->tests += j->is_test;
    j->is_shared = !akolhook_memory_i_fits_part(m, h, len);
    if (!j->is_shared) {
        h->bytes += len;
        return;
    }
    h->shared_bytes += len;
    if (!e->shared++) m->shared_bytes_used += len;
}
static void akolhook_memory_i_room_give(akolhook_memory *m, const akolhook_memory_i_job *j) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    uint64_t len = akolhook_memory_i_event_bytes(m, j->event);

    if (h->queued-- > m->part) m->shared_used--;
    h->tests -= j->is_test;
    if (!j->is_shared) {
        h->bytes -= len;
        return;
    }
    h->shared_bytes -= len;
    if (!--e->shared) m->shared_bytes_used -= len;
}

/* A delivery that waits. number: 0 for a new one, which is counted and is due now. */
static uint32_t akolhook_memory_i_job_new(
        akolhook_memory *m, uint32_t hook, uint32_t event, int is_test, uint64_t number) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t job = m->free_job, *bucket;
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

    m->free_job = j->chain;
    m->job_count++;
    memset(j, 0, sizeof *j);
    j->node.tie = number ? number : ++m->numbers;
    j->created = m->now;
    j->event = event;
    j->webhook = hook;
    j->is_test = is_test != 0;

    bucket = akolhook_memory_i_job_bucket(m, j->node.tie);
    j->chain = *bucket;
    *bucket = job;
    j->older = h->newest;
    if (h->newest)
        akolhook_memory_i_job_at(m, h->newest)->newer = job;
    else
        h->oldest = job;
    h->newest = job;

    akolhook_memory_i_stored_hold(m, event);
    akolhook_memory_i_room_take(m, j);
    akolhook_memory_i_queue_add(m, job, m->now);
    if (number) return job;
    if (!is_test) {
        AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
        AKOLHOOK_MEMORY_I_COUNT(m, h, waiting);
    }
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_JOB, job);
    akolhook_memory_i_reschedule(m, hook);
    return job;
}

/* Takes a delivery out of its webhook: out of its list, and its room. */
static void akolhook_memory_i_job_unlink(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    uint32_t *link = akolhook_memory_i_job_bucket(m, j->node.tie);

    while (*link != job) link = &akolhook_memory_i_job_at(m, *link)->chain;
    *link = j->chain;
    if (j->newer)
        akolhook_memory_i_job_at(m, j->newer)->older = j->older;
    else
        h->newest = j->older;
    if (j->older)
        akolhook_memory_i_job_at(m, j->older)->newer = j->newer;
    else
        h->oldest = j->newer;
    akolhook_memory_i_room_give(m, j);
}
static void akolhook_memory_i_job_free(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

    akolhook_memory_i_stored_drop(m, j->event);
    j->state = AKOLHOOK_MEMORY_I_JOB_FREE;
    j->chain = m->free_job;
    m->free_job = job;
    m->job_count--;
}
/* Ends a delivery that is neither in a queue nor leased any more. */
static void akolhook_memory_i_job_end(akolhook_memory *m, uint32_t job, akolhook_delivery_state state) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);

    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_JOB_GONE, job);
    if (!j->is_test) {
        h->stats.waiting--;
        m->total.waiting--;
        if (state == AKOLHOOK_DELIVERY_DELIVERED)
            AKOLHOOK_MEMORY_I_COUNT(m, h, delivered);
        else if (state == AKOLHOOK_DELIVERY_FAILED)
            AKOLHOOK_MEMORY_I_COUNT(m, h, failed);
        else
            AKOLHOOK_MEMORY_I_COUNT(m, h, cancelled);
    }
    akolhook_memory_i_job_unlink(m, job);
    akolhook_memory_i_job_free(m, job);
}

/* The list of leases, the first to run out in front. */
static void akolhook_memory_i_lease_add(akolhook_memory *m, uint32_t job, int64_t until) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    uint32_t before = m->last_lease;

    while (before && akolhook_memory_i_job_at(m, before)->node.key > until)
        before = akolhook_memory_i_job_at(m, before)->node.prev;
    j->state = AKOLHOOK_MEMORY_I_JOB_LEASED;
    j->node.key = until;
    j->node.child = 0;
    j->node.prev = before;
    j->node.next = before ? akolhook_memory_i_job_at(m, before)->node.next : m->first_lease;
    if (j->node.next)
        akolhook_memory_i_job_at(m, j->node.next)->node.prev = job;
    else
        m->last_lease = job;
    if (before)
        akolhook_memory_i_job_at(m, before)->node.next = job;
    else
        m->first_lease = job;
    m->leased++;
}
/* Ends a lease; the delivery of a webhook that was deleted ends as well, and 0 is the answer. */
static int akolhook_memory_i_lease_end(akolhook_memory *m, uint32_t job) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

    if (j->node.next)
        akolhook_memory_i_job_at(m, j->node.next)->node.prev = j->node.prev;
    else
        m->last_lease = j->node.prev;
    if (j->node.prev)
        akolhook_memory_i_job_at(m, j->node.prev)->node.next = j->node.next;
    else
        m->first_lease = j->node.next;
    m->leased--;
    akolhook_memory_i_text_drop(m, j->text);
    j->text = 0;

    if (j->is_orphan) {
        m->orphans--;
        akolhook_memory_i_job_free(m, job);
    } else {
        akolhook_memory_i_hook_at(m, j->webhook)->leased--;
    }
    return j->state == AKOLHOOK_MEMORY_I_JOB_LEASED;
}

/* ---- the log ---- */

static uint32_t akolhook_memory_i_ring_at(const akolhook_memory *m, uint32_t hook, uint64_t index) {
    return (hook - 1) * m->desc.log_rows + (uint32_t)(index % m->desc.log_rows) + 1;
}
/* The oldest index that is still there. */
static uint64_t akolhook_memory_i_ring_first(akolhook_memory *m, uint32_t hook) {
    uint64_t rows = akolhook_memory_i_hook_at(m, hook)->rows;

    return rows > m->desc.log_rows ? rows - m->desc.log_rows : 0;
}
static uint32_t akolhook_memory_i_row_hook(const akolhook_memory *m, uint32_t row) {
    return (row - 1) / m->desc.log_rows + 1;
}
static int akolhook_memory_i_row_has_response(const akolhook_memory *m, const akolhook_memory_i_row *r) {
    return r->response_len && m->log_end - r->response_at <= m->desc.log_bytes;
}

/* Takes a row out of the list of all. */
static void akolhook_memory_i_row_unlink(akolhook_memory *m, uint32_t row) {
    akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, row);

    if (r->newer)
        akolhook_memory_i_row_at(m, r->newer)->older = r->older;
    else
        m->newest_row = r->older;
    if (r->older) akolhook_memory_i_row_at(m, r->older)->newer = r->newer;
}
/* The next row of a webhook's ring; the oldest gives way. */
static uint32_t akolhook_memory_i_row_new(akolhook_memory *m, uint32_t hook, uint64_t sequence) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t row = akolhook_memory_i_ring_at(m, hook, h->rows);
    akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, row);

    if (h->rows++ >= m->desc.log_rows) akolhook_memory_i_row_unlink(m, row);
    memset(r, 0, sizeof *r);
    r->sequence = sequence;
    r->older = m->newest_row;
    if (m->newest_row) akolhook_memory_i_row_at(m, m->newest_row)->newer = row;
    m->newest_row = row;
    return row;
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
static void akolhook_memory_i_row_fill(
        akolhook_memory *m, akolhook_memory_i_row *r, const akolhook_log_row *row) {
    memcpy(r->message_id, row->message_id, AKOLHOOK_ID_SIZE);
    r->event = (uint8_t)row->event;
    r->number = row->number;
    r->at_ms = row->at_ms;
    r->attempt = row->attempt;
    r->state = (uint8_t)row->state;
    r->retry_ms = (int32_t)row->retry_ms;
    r->code = (uint16_t)row->code;
    r->success = row->success;
    r->is_test = row->is_test;
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
static void akolhook_memory_i_row_read(akolhook_memory *m, uint32_t at, akolhook_log_row *row) {
    const akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, at);

    memset(row, 0, sizeof *row);
    memcpy(row->message_id, r->message_id, AKOLHOOK_ID_SIZE);
    memcpy(row->webhook_id, akolhook_memory_i_hook_at(m, akolhook_memory_i_row_hook(m, at))->id,
            AKOLHOOK_ID_SIZE);
    row->event = (akolhook_event)r->event;
    row->number = r->number;
    row->cursor = r->sequence;
    row->at_ms = r->at_ms;
    row->attempt = r->attempt;
    row->state = (akolhook_delivery_state)r->state;
    row->retry_ms = r->retry_ms;
    row->code = r->code;
    row->success = r->success;
    row->is_test = r->is_test;
    row->response_cut = r->response_cut;
    row->status = r->status;
    row->phase = (akolhook_phase)r->phase;
    row->native_error = r->native_error;
    row->ms = r->ms;
    row->lookup_ms = r->lookup_ms;
    row->connect_ms = r->connect_ms;
    row->tls_ms = r->tls_ms;
    row->first_byte_ms = r->first_byte_ms;
    row->peer = r->peer;
    if (akolhook_memory_i_row_has_response(m, r))
        row->response =
                akolhook_str_n(m->log + (size_t)(r->response_at % m->desc.log_bytes), r->response_len);
    else if (r->response_len)
        row->response_cut = 1;
}

static void akolhook_memory_i_row_add(akolhook_memory *m, uint32_t hook, const akolhook_log_row *row) {
    uint32_t at = akolhook_memory_i_row_new(m, hook, ++m->sequence);

    akolhook_memory_i_row_fill(m, akolhook_memory_i_row_at(m, at), row);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_ROW, at);
}
/* The end of a delivery without an attempt. */
static void akolhook_memory_i_row_end(akolhook_memory *m, uint32_t hook, const akolhook_store_event *of,
        uint64_t number, akolhook_delivery_state state, akolhook_status status) {
    akolhook_log_row row;

    memset(&row, 0, sizeof row);
    memcpy(row.message_id, of->message_id, AKOLHOOK_ID_SIZE);
    row.event = of->event;
    row.is_test = of->is_test;
    row.at_ms = of->at_ms;
    row.number = number;
    row.state = state;
    row.status = status;
    row.lookup_ms = row.connect_ms = row.tls_ms = row.first_byte_ms = -1;
    akolhook_memory_i_row_add(m, hook, &row);
}
/* Ends a delivery that is neither in a queue nor leased, with such a row. */
static void akolhook_memory_i_job_close(akolhook_memory *m, uint32_t job, akolhook_delivery_state state,
        akolhook_status status, int64_t at_ms) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    akolhook_store_event of;
    uint32_t hook = j->webhook;

    memset(&of, 0, sizeof of);
    memcpy(of.message_id, e->message_id, AKOLHOOK_ID_SIZE);
    of.event = (akolhook_event)e->event;
    of.is_test = j->is_test;
    of.at_ms = at_ms;
    akolhook_memory_i_row_end(m, hook, &of, j->node.tie, state, status);
    akolhook_memory_i_job_end(m, job, state);
}
/* The same for one that was cut off. */
static void akolhook_memory_i_job_cancel(akolhook_memory *m, uint32_t job, int64_t at_ms) {
    const akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    int by_webhook = j->node.tie <= akolhook_memory_i_hook_at(m, j->webhook)->cut;

    akolhook_memory_i_job_close(m, job, AKOLHOOK_DELIVERY_CANCELLED,
            by_webhook ? AKOLHOOK_WEBHOOK_INACTIVE : AKOLHOOK_CANCELLED, at_ms);
}

static int akolhook_memory_i_row_matches(const akolhook_memory_i_row *r, const akolhook_log_query *q) {
    if (q->number && r->number != q->number) return 0;
    if (q->events && !akolhook_events_has(q->events, (akolhook_event)r->event)) return 0;
    if ((q->only_failed && r->success) || (q->only_succeeded && !r->success)) return 0;
    if (q->only_tests && !r->is_test) return 0;
    if (q->state && r->state != (uint8_t)q->state) return 0;
    if (q->code_class && r->code / 100u != (q->code_class == AKOLHOOK_CODE_NONE ? 0u : q->code_class))
        return 0;
    if (q->message_id.len && (q->message_id.len != AKOLHOOK_ID_SIZE - 1 ||
                                     memcmp(r->message_id, q->message_id.ptr, AKOLHOOK_ID_SIZE - 1) != 0))
        return 0;
    if (q->since_ms && r->at_ms < q->since_ms) return 0;
    return !q->until_ms || r->at_ms < q->until_ms;
}

/* Where in a webhook's ring the rows of a sequence number and above begin. */
static uint64_t akolhook_memory_i_ring_below(akolhook_memory *m, uint32_t hook, uint64_t sequence) {
    uint64_t low = akolhook_memory_i_ring_first(m, hook), high = akolhook_memory_i_hook_at(m, hook)->rows;

    while (low < high) { /* rows stand in the order of their sequence numbers */
        uint64_t middle = low + (high - low) / 2;
        uint32_t row = akolhook_memory_i_ring_at(m, hook, middle);

        if (akolhook_memory_i_row_at(m, row)->sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
/* The newest row of all below a sequence number; 0: none. */
static uint32_t akolhook_memory_i_row_below(akolhook_memory *m, uint64_t sequence) {
    uint32_t hook, row, newest = 0;
    uint64_t at;

    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
        at = akolhook_memory_i_ring_below(m, hook, sequence);
        if (at == akolhook_memory_i_ring_first(m, hook)) continue;
        row = akolhook_memory_i_ring_at(m, hook, at - 1);
        if (!newest ||
                akolhook_memory_i_row_at(m, row)->sequence > akolhook_memory_i_row_at(m, newest)->sequence)
            newest = row;
    }
    return newest;
}

/* A page of the log while it is filled. */
typedef struct akolhook_memory_i_page {
    const akolhook_log_query *query;
    akolhook_log_row *rows;
    size_t max, count;
    uint32_t looked;
    uint64_t last; /* sequence number of the row that was looked at last */
} akolhook_memory_i_page;
/* Takes a row where it matches; 0: the page is full, or as many rows were looked at as may be. */
static int akolhook_memory_i_page_add(akolhook_memory *m, akolhook_memory_i_page *page, uint32_t row) {
    const akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, row);

    if (page->count >= page->max || (page->query->look && page->looked >= page->query->look)) return 0;
    page->looked++;
    page->last = r->sequence;
    if (akolhook_memory_i_row_matches(r, page->query))
        akolhook_memory_i_row_read(m, row, &page->rows[page->count++]);
    return 1;
}
/* The rows of one webhook; 1: there are no more. */
static int akolhook_memory_i_log_one(akolhook_memory *m, uint32_t hook, akolhook_memory_i_page *page) {
    uint64_t cursor = page->query->cursor, first = akolhook_memory_i_ring_first(m, hook);
    uint64_t at =
            cursor ? akolhook_memory_i_ring_below(m, hook, cursor) : akolhook_memory_i_hook_at(m, hook)->rows;

    while (at > first && akolhook_memory_i_page_add(m, page, akolhook_memory_i_ring_at(m, hook, at - 1)))
        at--;
    return at == first;
}
/* The same of all. */
static int akolhook_memory_i_log_all(akolhook_memory *m, akolhook_memory_i_page *page) {
    uint64_t cursor = page->query->cursor;
    uint32_t row = cursor ? akolhook_memory_i_row_below(m, cursor) : m->newest_row;

    while (row && akolhook_memory_i_page_add(m, page, row)) row = akolhook_memory_i_row_at(m, row)->older;
    return !row;
}
static akolhook_status akolhook_memory_i_log(void *user, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max, size_t *count, uint64_t *next) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_page page;
    uint32_t hook = query->webhook_id.len ? akolhook_memory_i_hook_find(m, query->webhook_id) : 0;
    int is_end;

    *count = 0;
    if (query->webhook_id.len && !hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    memset(&page, 0, sizeof page);
    page.query = query;
    page.rows = rows;
    page.max = max;
    is_end = hook ? akolhook_memory_i_log_one(m, hook, &page) : akolhook_memory_i_log_all(m, &page);
    *count = page.count;
    *next = is_end ? 0 : page.last; /* 0 where no row may be given, and so none was looked at */
    return AKOLHOOK_OK;
}
/* The newest row of a delivery; 0: none. */
static uint32_t akolhook_memory_i_row_find(akolhook_memory *m, uint64_t number) {
    uint32_t row = m->newest_row;

    while (row && akolhook_memory_i_row_at(m, row)->number != number)
        row = akolhook_memory_i_row_at(m, row)->older;
    return row;
}

/* ---- webhooks ---- */

static akolhook_status akolhook_memory_i_bind(void *user, akolhook_str business_id) {
    akolhook_memory *m = (akolhook_memory *)user;

    if (m->business_len)
        return akolhook_str_equal(akolhook_str_n(m->business, m->business_len), business_id)
                       ? AKOLHOOK_OK
                       : AKOLHOOK_WRONG_BUSINESS;
    memcpy(m->business, business_id.ptr, business_id.len);
    m->business_len = (uint32_t)business_id.len;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STORE, 0);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_note(void *user, akolhook_str *note) {
    akolhook_memory *m = (akolhook_memory *)user;

    if (note->ptr) {
        if (note->len) memcpy(m->note, note->ptr, note->len);
        m->note_len = (uint32_t)note->len;
        akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STORE, 0);
    }
    *note = akolhook_str_n(m->note, m->note_len);
    return AKOLHOOK_OK;
}

static int akolhook_memory_i_hook_clashes(
        akolhook_memory *m, uint32_t self, akolhook_str url, akolhook_events events) {
    uint32_t url_hash = akolhook_memory_i_hash(url.ptr, url.len), hook;

    for (hook = m->url_buckets[url_hash % m->desc.max_webhooks]; hook;
            hook = akolhook_memory_i_hook_at(m, hook)->url_next) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

        if (hook != self && h->url_hash == url_hash && (h->events & events) &&
                akolhook_str_equal(akolhook_memory_i_url_of(m, h->text), url))
            return 1;
    }
    return 0;
}
/* Where a webhook stands among those whose URLs have the same bucket. */
static void akolhook_memory_i_url_unlink(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    if (h->url_next) akolhook_memory_i_hook_at(m, h->url_next)->url_prev = h->url_prev;
    if (h->url_prev)
        akolhook_memory_i_hook_at(m, h->url_prev)->url_next = h->url_next;
    else
        m->url_buckets[h->url_hash % m->desc.max_webhooks] = h->url_next;
}
static void akolhook_memory_i_url_link(akolhook_memory *m, uint32_t hook, uint32_t url_hash) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t *bucket = &m->url_buckets[url_hash % m->desc.max_webhooks];

    h->url_hash = url_hash;
    h->url_prev = 0;
    h->url_next = *bucket;
    if (*bucket) akolhook_memory_i_hook_at(m, *bucket)->url_prev = hook;
    *bucket = hook;
}
static void akolhook_memory_i_url_change(akolhook_memory *m, uint32_t hook, uint32_t url_hash) {
    akolhook_memory_i_url_unlink(m, hook);
    akolhook_memory_i_url_link(m, hook, url_hash);
}

/* A webhook's text is charged to its part, what is too long for that to the shared half. */
static void akolhook_memory_i_text_charge(akolhook_memory *m, akolhook_memory_i_hook *h, uint32_t text) {
    uint64_t len = akolhook_memory_i_event_bytes(m, text);
    uint64_t own = len < m->part_bytes ? len : m->part_bytes;

    h->text = text;
    h->bytes += own;
    m->shared_bytes_used += len - own;
}
static void akolhook_memory_i_text_release(akolhook_memory *m, akolhook_memory_i_hook *h) {
    uint64_t len = akolhook_memory_i_event_bytes(m, h->text);
    uint64_t own = len < m->part_bytes ? len : m->part_bytes;

    h->bytes -= own;
    m->shared_bytes_used -= len - own;
    akolhook_memory_i_text_drop(m, h->text);
}

/* number: 0 for a new one. */
static uint32_t akolhook_memory_i_hook_new(
        akolhook_memory *m, const akolhook_store_webhook *webhook, uint32_t text, uint64_t number) {
    uint32_t hook = m->free_hook, *bucket = akolhook_memory_i_hook_bucket(m, webhook->id);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    m->free_hook = h->next;
    memset(h, 0, sizeof *h);
    memcpy(h->id, webhook->id, sizeof h->id);
    memcpy(h->secret, webhook->secret, sizeof h->secret);
    h->number = number ? number : ++m->numbers;
    h->turn = m->floor;
    h->created_at_ms = h->updated_at_ms = webhook->created_at_ms;
    h->events = webhook->events;
    h->is_active = webhook->is_active;
    h->origin = webhook->origin;
    h->rate = webhook->rate;
    h->deadline_ms = webhook->deadline_ms;
    akolhook_memory_i_url_link(m, hook, akolhook_memory_i_hash(webhook->url.ptr, webhook->url.len));
    akolhook_memory_i_text_charge(m, h, text);

    h->chain = *bucket;
    *bucket = hook;
    h->prev = m->last_hook;
    if (m->last_hook)
        akolhook_memory_i_hook_at(m, m->last_hook)->next = hook;
    else
        m->first_hook = hook;
    m->last_hook = hook;
    m->hook_count++;
    return hook;
}
static akolhook_status akolhook_memory_i_put(
        void *user, const akolhook_store_webhook *webhook, uint32_t max) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t text;

    if (!m->free_hook || m->hook_count >= max) return AKOLHOOK_TOO_MANY_WEBHOOKS;
    if (akolhook_memory_i_hook_clashes(m, 0, webhook->url, webhook->events)) return AKOLHOOK_WEBHOOK_EXISTS;
    text = akolhook_memory_i_text_new(m, webhook->name, webhook->url, webhook->headers);
    if (!text) return AKOLHOOK_POOL_FULL;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_HOOK, akolhook_memory_i_hook_new(m, webhook, text, 0));
    return AKOLHOOK_OK;
}

static void akolhook_memory_i_hook_read(
        akolhook_memory *m, const akolhook_memory_i_hook *h, akolhook_store_webhook *webhook) {
    int64_t at = akolhook_memory_i_ready_at(m, h);

    memset(webhook, 0, sizeof *webhook);
    memcpy(webhook->id, h->id, sizeof webhook->id);
    webhook->name = akolhook_memory_i_name_of(m, h->text);
    webhook->url = akolhook_memory_i_url_of(m, h->text);
    webhook->headers = akolhook_memory_i_headers_of(m, h->text);
    webhook->events = h->events;
    webhook->is_active = h->is_active;
    webhook->created_at_ms = h->created_at_ms;
    webhook->origin = h->origin;
    webhook->rate = h->rate;
    webhook->deadline_ms = h->deadline_ms;
    webhook->number = h->number;
    webhook->updated_at_ms = h->updated_at_ms;
    webhook->inactive_at_ms = h->inactive_at_ms;
    webhook->inactive_by = (akolhook_inactive_by)h->inactive_by;
    webhook->last_triggered_at_ms = h->last_triggered_at_ms;
    webhook->health = h->health;
    webhook->queued = h->queued;
    webhook->in_flight = h->leased;
    webhook->oldest_ms = h->oldest ? m->now - akolhook_memory_i_job_at(m, h->oldest)->created : -1;
    webhook->next_ms = at == INT64_MAX ? -1 : at > m->now ? at - m->now : 0;
}
static akolhook_status akolhook_memory_i_get(void *user, const char *id, akolhook_store_webhook *webhook) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id));

    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    (void)akolhook_memory_i_now(m);
    akolhook_memory_i_hook_read(m, akolhook_memory_i_hook_at(m, hook), webhook);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_list(void *user, uint64_t after, int only_failing,
        akolhook_store_webhook *webhooks, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    const akolhook_memory_i_hook *h;
    uint32_t hook;

    *count = 0;
    (void)akolhook_memory_i_now(m);
    for (hook = m->first_hook; hook && *count < max; hook = h->next) {
        h = akolhook_memory_i_hook_at(m, hook);
        if (h->number <= after || (only_failing && h->health.cls != AKOLHOOK_CLASS_FAILING)) continue;
        akolhook_memory_i_hook_read(m, h, &webhooks[(*count)++]);
    }
    return AKOLHOOK_OK;
}

/* Puts a changed class where it is counted. */
static void akolhook_memory_i_health_set(
        akolhook_memory *m, akolhook_memory_i_hook *h, const akolhook_store_health *health) {
    m->failing -= h->health.cls == AKOLHOOK_CLASS_FAILING;
    m->failing += health->cls == AKOLHOOK_CLASS_FAILING;
    h->health = *health;
}
/* A clean health; it stands with the others at the floor. */
static void akolhook_memory_i_health_clear(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    akolhook_store_health clean;

    akolhook_hub_health_clear(&clean, m->now);
    akolhook_memory_i_health_set(m, h, &clean);
    akolhook_memory_i_hook_hide(m, hook);
    h->turn = m->floor;
}

/* Ends up to most waiting deliveries that were cut off; how many it were. */
static uint32_t akolhook_memory_i_cut_end(akolhook_memory *m, uint32_t hook, uint32_t most, int64_t at_ms) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t job = h->oldest, next, ended = 0;

    for (; job && h->cut_waiting && ended < most; job = next) {
        next = akolhook_memory_i_job_at(m, job)->newer;
        if (akolhook_memory_i_job_at(m, job)->state != AKOLHOOK_MEMORY_I_JOB_WAITING) continue;
        akolhook_memory_i_queue_remove(m, job);
        akolhook_memory_i_job_cancel(m, job, at_ms);
        ended++;
    }
    if (!ended) return 0;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
    akolhook_memory_i_reschedule(m, hook);
    return ended;
}
/* Cuts off everything that waits or is in flight. */
static void akolhook_memory_i_hook_stop(
        akolhook_memory *m, uint32_t hook, akolhook_inactive_by by, int64_t at_ms) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    if (h->is_active) {
        h->inactive_by = (uint8_t)by;
        h->inactive_at_ms = at_ms;
    }
    h->is_active = 0;
    h->cut = m->numbers;
    m->cut_waiting += h->waiting - h->cut_waiting;
    h->cut_waiting = h->waiting;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_HOOK, hook);
}

/* New name, URL, headers. */
static akolhook_status akolhook_memory_i_set_text(
        akolhook_memory *m, akolhook_memory_i_hook *h, const akolhook_store_webhook *w, unsigned which) {
    uint32_t text;

    if (!(which & (AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL | AKOLHOOK_STORE_HEADERS))) return AKOLHOOK_OK;
    text = akolhook_memory_i_text_new(m,
            which & AKOLHOOK_STORE_NAME ? w->name : akolhook_memory_i_name_of(m, h->text),
            which & AKOLHOOK_STORE_URL ? w->url : akolhook_memory_i_url_of(m, h->text),
            which & AKOLHOOK_STORE_HEADERS ? w->headers : akolhook_memory_i_headers_of(m, h->text));
    if (!text) return AKOLHOOK_POOL_FULL;
    akolhook_memory_i_text_release(m, h);
    akolhook_memory_i_text_charge(m, h, text);
    return AKOLHOOK_OK;
}
static void akolhook_memory_i_set_active(akolhook_memory *m, uint32_t hook, int is_active, int64_t at_ms) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    if (!is_active) {
        akolhook_memory_i_hook_stop(m, hook, AKOLHOOK_INACTIVE_BY_CALL, at_ms);
        (void)akolhook_memory_i_cut_end(m, hook, AKOLHOOK_STORE_STEP, at_ms);
    } else if (!h->is_active) {
        h->is_active = 1;
        h->inactive_by = AKOLHOOK_INACTIVE_BY_NONE;
        h->inactive_at_ms = 0;
        akolhook_memory_i_health_clear(m, hook);
    }
}
static akolhook_status akolhook_memory_i_set(
        void *user, const akolhook_store_webhook *w, unsigned which, int64_t at_ms, int *changed) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(w->id));
    akolhook_memory_i_hook *h;
    akolhook_status status;

    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    h = akolhook_memory_i_hook_at(m, hook);
    if ((which & (AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS)) &&
            akolhook_memory_i_hook_clashes(m, hook,
                    which & AKOLHOOK_STORE_URL ? w->url : akolhook_memory_i_url_of(m, h->text),
                    which & AKOLHOOK_STORE_EVENTS ? w->events : h->events))
        return AKOLHOOK_WEBHOOK_EXISTS;
    status = akolhook_memory_i_set_text(m, h, w, which);
    if (status != AKOLHOOK_OK) return status;

    (void)akolhook_memory_i_now(m);
    if (which != AKOLHOOK_STORE_ACTIVE || h->is_active != w->is_active) h->updated_at_ms = at_ms;
    if (which & AKOLHOOK_STORE_URL) {
        h->origin = w->origin;
        akolhook_memory_i_url_change(m, hook, akolhook_memory_i_hash(w->url.ptr, w->url.len));
        akolhook_memory_i_health_clear(m, hook);
    }
    if (which & AKOLHOOK_STORE_EVENTS) h->events = w->events;
    if (which & AKOLHOOK_STORE_SECRET) memcpy(h->secret, w->secret, sizeof h->secret);
    if (which & AKOLHOOK_STORE_DEADLINE) h->deadline_ms = w->deadline_ms;
    if (which & AKOLHOOK_STORE_RATE) {
        h->rate = w->rate;
        h->allowed_us = 0;
    }
    if (which & AKOLHOOK_STORE_ACTIVE) {
        if (changed) *changed = h->is_active != w->is_active;
        akolhook_memory_i_set_active(m, hook, w->is_active, at_ms);
    }
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_HOOK, hook);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
    akolhook_memory_i_reschedule(m, hook);
    return AKOLHOOK_OK;
}

/* Ends all deliveries of a webhook that goes; what is leased loses it, and ends with its lease. */
static void akolhook_memory_i_hook_empty(akolhook_memory *m, uint32_t hook) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t job;

    while ((job = h->oldest) != 0) {
        akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

        if (!j->is_test) {
            m->total.waiting--;
            m->total.cancelled++;
        }
        j->is_orphan = j->state == AKOLHOOK_MEMORY_I_JOB_LEASED;
        m->orphans += j->is_orphan;
        if (!j->is_orphan && j->node.tie <= h->cut) m->cut_waiting--;
        akolhook_memory_i_job_unlink(m, job);
        if (!j->is_orphan) akolhook_memory_i_job_free(m, job);
    }
}
static akolhook_status akolhook_memory_i_delete(void *user, const char *id) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)), row, *link;
    akolhook_memory_i_hook *h;
    uint64_t index;

    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    h = akolhook_memory_i_hook_at(m, hook);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_HOOK_GONE, hook);
    akolhook_memory_i_hook_hide(m, hook);
    akolhook_memory_i_hook_empty(m, hook);
    for (index = akolhook_memory_i_ring_first(m, hook); index < h->rows; index++) {
        akolhook_memory_i_row *r;

        row = akolhook_memory_i_ring_at(m, hook, index);
        r = akolhook_memory_i_row_at(m, row);
        akolhook_memory_i_row_unlink(m, row);
        if (akolhook_memory_i_row_has_response(m, r))
            memset(m->log + (size_t)(r->response_at % m->desc.log_bytes), 0, r->response_len);
        memset(r, 0, sizeof *r);
    }
    akolhook_memory_i_text_release(m, h);
    m->failing -= h->health.cls == AKOLHOOK_CLASS_FAILING;

    akolhook_memory_i_url_unlink(m, hook);
    link = akolhook_memory_i_hook_bucket(m, h->id);
    while (*link != hook) link = &akolhook_memory_i_hook_at(m, *link)->chain;
    *link = h->chain;
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
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STORE, 0);
    return AKOLHOOK_OK;
}

/* ---- enqueue: judged first, without a change, then done ---- */

/* 1: the key was seen, message_id is that of then; *reused: with another print. */
static int akolhook_memory_i_key_find(akolhook_memory *m, akolhook_store_event *event, int *reused) {
    uint32_t at = event->has_key ? *akolhook_memory_i_key_bucket(m, event->key) : 0;

    while (at && memcmp(m->keys[at - 1].key, event->key, sizeof event->key) != 0) at = m->keys[at - 1].chain;
    if (!at) return 0;
    *reused = memcmp(m->keys[at - 1].print, event->print, sizeof event->print) != 0;
    if (!*reused) memcpy(event->message_id, m->keys[at - 1].message_id, AKOLHOOK_ID_SIZE);
    return 1;
}
/* The oldest key gives way. */
static void akolhook_memory_i_key_add(akolhook_memory *m, const akolhook_store_event *event) {
    uint32_t at = (uint32_t)(m->keys_seen % m->desc.max_keys) + 1, *link;
    akolhook_memory_i_key *key = &m->keys[at - 1];

    if (m->keys_seen++ >= m->desc.max_keys) {
        link = akolhook_memory_i_key_bucket(m, key->key);
        while (*link != at) link = &m->keys[*link - 1].chain;
        *link = key->chain;
    }
    memcpy(key->key, event->key, sizeof key->key);
    memcpy(key->print, event->print, sizeof key->print);
    memcpy(key->message_id, event->message_id, AKOLHOOK_ID_SIZE);
    link = akolhook_memory_i_key_bucket(m, key->key);
    key->chain = *link;
    *link = at;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_KEY, at);
}

/* *is_bytes: there is no room for its bytes. */
static akolhook_fate akolhook_memory_i_hook_fate(akolhook_memory *m, const akolhook_memory_i_hook *h,
        const akolhook_store_event *event, uint64_t len, int *is_bytes) {
    const akolhook_memory_i_job *head;
    int64_t due = INT64_MAX;
    int fits = akolhook_memory_i_fits_count(m, h);

    if (event->max_queue && h->queued + h->planned >= event->max_queue) fits = 0;
    if (event->is_test && h->tests + h->planned >= AKOLHOOK_EVENT_LAST) fits = 0;
    *is_bytes = !akolhook_memory_i_fits_part(m, h, len) && !akolhook_memory_i_fits_shared(m, h, len);
    if (fits && !*is_bytes) return akolhook_hub_fate(event, h->events, h->is_active, 1, 0);

    if (h->queue) {
        head = akolhook_memory_i_job_at(m, h->queue);
        due = head->is_urgent ? m->now : head->node.key; /* one sent now is not late */
    }
    return akolhook_hub_fate(
            event, h->events, h->is_active, 0, akolhook_hub_is_behind(&h->health, due, m->now));
}
/* What an event would add to a webhook, until the enqueue is done. */
static void akolhook_memory_i_plan(
        akolhook_memory *m, akolhook_memory_i_hook *h, uint64_t len, int *is_shared) {
    m->planned++;
    if (h->queued + h->planned++ >= m->part) m->planned_shared++;
    if (akolhook_memory_i_fits_part(m, h, len)) {
        h->planned_bytes += len;
        return;
    }
    h->planned_shared += len;
    *is_shared = 1;
}
static void akolhook_memory_i_plan_end(akolhook_memory *m) {
    uint32_t hook;

    m->planned = m->planned_shared = 0;
    m->planned_shared_bytes = 0;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

        h->planned = 0;
        h->planned_bytes = h->planned_shared = 0;
    }
}

static uint32_t akolhook_memory_i_next(akolhook_memory *m, const akolhook_store_event *event, uint32_t hook) {
    return event->webhook_id.len ? 0 : akolhook_memory_i_hook_at(m, hook)->next;
}
static uint32_t akolhook_memory_i_first(akolhook_memory *m, const akolhook_store_event *event) {
    return event->webhook_id.len ? akolhook_memory_i_hook_find(m, event->webhook_id) : m->first_hook;
}
static uint64_t akolhook_memory_i_len(akolhook_memory *m, const akolhook_store_event *event) {
    size_t len = event->head.len + event->tail[0].len + event->tail[1].len + event->tail[2].len;
    uint32_t units = akolhook_memory_i_units(m, sizeof(akolhook_memory_i_stored) + len);

    return units ? (uint64_t)units * AKOLHOOK_MEMORY_I_UNIT : UINT64_MAX / 2;
}

/* Judges one event, after those before it in the call. *is_kept: somebody gets it. */
static akolhook_status akolhook_memory_i_enqueue_judge(
        akolhook_memory *m, akolhook_store_event *events, size_t at, uint32_t *is_kept) {
    akolhook_store_event *event = &events[at];
    uint64_t len = akolhook_memory_i_len(m, event);
    int reused = 0, is_bytes = 0, is_shared = 0;
    uint32_t hook = akolhook_memory_i_first(m, event);
    size_t i;

    event->deliveries = event->skipped = event->dropped = 0;
    event->repeated = (uint8_t)akolhook_memory_i_key_find(m, event, &reused);
    for (i = 0; i < at && event->has_key && !event->repeated; i++) {
        if (!events[i].has_key || memcmp(events[i].key, event->key, sizeof event->key) != 0) continue;
        event->repeated = 1;
        reused = memcmp(events[i].print, event->print, sizeof event->print) != 0;
        if (!reused) memcpy(event->message_id, events[i].message_id, AKOLHOOK_ID_SIZE);
    }
    if (event->repeated) return reused ? AKOLHOOK_KEY_REUSED : AKOLHOOK_OK;
    if (event->webhook_id.len && !hook) return AKOLHOOK_UNKNOWN_WEBHOOK;

    for (; hook; hook = akolhook_memory_i_next(m, event, hook)) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        akolhook_fate fate = akolhook_memory_i_hook_fate(m, h, event, len, &is_bytes);

        if (fate == AKOLHOOK_FATE_REFUSE) return is_bytes ? AKOLHOOK_POOL_FULL : AKOLHOOK_PENDING_FULL;
        if (fate != AKOLHOOK_FATE_MAKE) continue;
        akolhook_memory_i_plan(m, h, len, &is_shared);
        *is_kept = 1;
    }
    if (is_shared) m->planned_shared_bytes += len;
    return AKOLHOOK_OK;
}

/* Does what was judged: the same fates in the same order. */
static void akolhook_memory_i_enqueue_do(akolhook_memory *m, akolhook_store_event *event, uint32_t stored) {
    uint64_t len = akolhook_memory_i_len(m, event);
    uint32_t hook = akolhook_memory_i_first(m, event);
    int is_bytes;

    if (stored) akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_EVENT, stored);
    for (; hook; hook = akolhook_memory_i_next(m, event, hook)) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
        akolhook_fate fate = akolhook_memory_i_hook_fate(m, h, event, len, &is_bytes);

        if (fate == AKOLHOOK_FATE_MAKE) {
            akolhook_memory_i_job_new(m, hook, stored, event->is_test, 0);
            if (akolhook_memory_i_stored_at(m, stored)->shared)
                m->made_shared_bytes = akolhook_memory_i_event_bytes(m, stored);
            event->deliveries++;
        } else if (fate == AKOLHOOK_FATE_SKIP) {
            AKOLHOOK_MEMORY_I_COUNT(m, h, skipped);
            akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
            event->skipped++;
        } else if (fate == AKOLHOOK_FATE_DROP) {
            AKOLHOOK_MEMORY_I_COUNT(m, h, emitted);
            AKOLHOOK_MEMORY_I_COUNT(m, h, dropped);
            event->dropped++;
            event->dropped_number = ++m->numbers;
            memcpy(event->dropped_id, h->id, AKOLHOOK_ID_SIZE);
            akolhook_memory_i_row_end(m, hook, event, event->dropped_number, AKOLHOOK_DELIVERY_DROPPED,
                    AKOLHOOK_WEBHOOK_QUEUE_FULL);
            akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
        }
    }
    m->made_shared_bytes = 0;
    if (event->has_key) akolhook_memory_i_key_add(m, event);
    if (stored) akolhook_memory_i_stored_drop(m, stored);
}

/* Judges all, then keeps their bodies, each held once, so that what is refused takes no room from others;
   stored gets what is kept of each, 0 for none. */
static akolhook_status akolhook_memory_i_enqueue_plan(
        akolhook_memory *m, akolhook_store_event *events, size_t count, uint32_t *stored) {
    akolhook_status status = AKOLHOOK_OK;
    size_t i, done = 0;

    (void)akolhook_memory_i_now(m);
    memset(stored, 0, count * sizeof *stored);
    for (i = 0; status == AKOLHOOK_OK && i < count; i++)
        status = akolhook_memory_i_enqueue_judge(m, events, i, &stored[i]);
    akolhook_memory_i_plan_end(m);

    for (; status == AKOLHOOK_OK && done < count; done++) {
        if (!stored[done]) continue;
        stored[done] = akolhook_memory_i_stored_new(m, &events[done]);
        if (stored[done])
            akolhook_memory_i_stored_hold(m, stored[done]);
        else
            status = AKOLHOOK_POOL_FULL;
    }

    for (i = 0; status != AKOLHOOK_OK && i < done; i++) {
        if (!stored[i]) continue;
        akolhook_memory_i_stored_drop(m, stored[i]);
        akolhook_memory_i_stored_free(m, stored[i]);
    }
    return status;
}
static akolhook_status akolhook_memory_i_enqueue(void *user, akolhook_store_event *events, size_t count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t stored[AKOLHOOK_EMIT_MOST];
    akolhook_status status;
    size_t i;

    if (count > AKOLHOOK_EMIT_MOST) return AKOLHOOK_STORE_FAILED;
    status = akolhook_memory_i_enqueue_plan(m, events, count, stored);
    for (i = 0; status == AKOLHOOK_OK && i < count; i++)
        if (!events[i].repeated) akolhook_memory_i_enqueue_do(m, &events[i], stored[i]);
    return status;
}

/* ---- single deliveries ---- */

/* Whether one more delivery of a kept event has room; nothing is dropped for it. */
static akolhook_status akolhook_memory_i_room(
        akolhook_memory *m, const akolhook_memory_i_hook *h, uint32_t event, uint32_t max_queue) {
    uint64_t len = akolhook_memory_i_event_bytes(m, event);

    if (!akolhook_memory_i_fits_count(m, h) || (max_queue && h->queued >= max_queue))
        return AKOLHOOK_PENDING_FULL;
    return akolhook_memory_i_fits_part(m, h, len) || akolhook_memory_i_fits_shared(m, h, len)
                   ? AKOLHOOK_OK
                   : AKOLHOOK_POOL_FULL;
}
static void akolhook_memory_i_row_redeliver(akolhook_memory *m, uint32_t row, uint32_t event) {
    akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, row);

    r->redelivered = 1;
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_ROW, row);
    (void)akolhook_memory_i_job_new(m, akolhook_memory_i_row_hook(m, row), event, r->is_test, 0);
}
static akolhook_status akolhook_memory_i_redeliver(void *user, uint64_t number, uint32_t max_queue) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t row, event;
    akolhook_memory_i_row *r;
    akolhook_memory_i_hook *h;
    akolhook_status status;

    if (akolhook_memory_i_job_find(m, number)) return AKOLHOOK_DELIVERY_WAITS;
    row = akolhook_memory_i_row_find(m, number);
    if (!row) return AKOLHOOK_UNKNOWN_DELIVERY;
    r = akolhook_memory_i_row_at(m, row);
    h = akolhook_memory_i_hook_at(m, akolhook_memory_i_row_hook(m, row));
    if (!h->is_active && !r->is_test) return AKOLHOOK_WEBHOOK_INACTIVE;
    event = akolhook_memory_i_stored_find(m, r->message_id);
    if (!event) return AKOLHOOK_EVENT_GONE;
    if (r->is_test && h->tests >= AKOLHOOK_EVENT_LAST) return AKOLHOOK_PENDING_FULL;

    (void)akolhook_memory_i_now(m);
    status = akolhook_memory_i_room(m, h, event, max_queue);
    if (status == AKOLHOOK_OK) akolhook_memory_i_row_redeliver(m, row, event);
    return status;
}
/* Redelivers the next one of a webhook that failed, from a place in its ring on; its row, 0: no more, or no
   room. */
static uint32_t akolhook_memory_i_failed_next(
        akolhook_memory *m, uint32_t hook, int64_t since_ms, uint32_t max_queue, uint64_t *index) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

    for (; *index < h->rows; ++*index) {
        uint32_t row = akolhook_memory_i_ring_at(m, hook, *index), event;
        akolhook_memory_i_row *r = akolhook_memory_i_row_at(m, row);

        if (r->state != AKOLHOOK_DELIVERY_FAILED || r->redelivered || r->is_test || r->at_ms < since_ms)
            continue;
        event = akolhook_memory_i_stored_find(m, r->message_id);
        if (!event) continue;
        if (akolhook_memory_i_room(m, h, event, max_queue) != AKOLHOOK_OK) return 0;
        akolhook_memory_i_row_redeliver(m, row, event);
        ++*index;
        return row;
    }
    return 0;
}
static akolhook_status akolhook_memory_i_redeliver_failed(
        void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id));
    uint64_t index;

    *count = 0;
    if (!hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    if (!akolhook_memory_i_hook_at(m, hook)->is_active) return AKOLHOOK_WEBHOOK_INACTIVE;

    (void)akolhook_memory_i_now(m);
    index = akolhook_memory_i_ring_first(m, hook);
    while (akolhook_memory_i_failed_next(m, hook, since_ms, max_queue, &index)) ++*count;
    return AKOLHOOK_OK;
}

/* A delivery that has not ended. */
static akolhook_status akolhook_memory_i_job_known(akolhook_memory *m, uint64_t number, uint32_t *job) {
    *job = akolhook_memory_i_job_find(m, number);
    if (*job) return AKOLHOOK_OK;
    return akolhook_memory_i_row_find(m, number) ? AKOLHOOK_DELIVERY_NOT_WAITING : AKOLHOOK_UNKNOWN_DELIVERY;
}
static akolhook_status akolhook_memory_i_send_now(void *user, uint64_t number) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_job *j;
    akolhook_status status;
    uint32_t job;

    status = akolhook_memory_i_job_known(m, number, &job);
    if (status != AKOLHOOK_OK) return status;
    j = akolhook_memory_i_job_at(m, job);
    if (j->state != AKOLHOOK_MEMORY_I_JOB_WAITING) return AKOLHOOK_DELIVERY_NOT_WAITING;

    /* in front of its queue, so that what it is let through before is what is claimed */
    (void)akolhook_memory_i_now(m);
    akolhook_memory_i_queue_remove(m, job);
    j->is_urgent = 1;
    akolhook_memory_i_queue_add(m, job, 0);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_JOB, job);
    akolhook_memory_i_reschedule(m, j->webhook);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_cancel(void *user, uint64_t number, int64_t at_ms) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_job *j;
    akolhook_status status;
    uint32_t job, hook;

    status = akolhook_memory_i_job_known(m, number, &job);
    if (status != AKOLHOOK_OK) return status;
    j = akolhook_memory_i_job_at(m, job);
    hook = j->webhook;
    (void)akolhook_memory_i_now(m);
    if (j->state == AKOLHOOK_MEMORY_I_JOB_LEASED) {
        j->is_cut = 1;
        akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_JOB, job);
        return AKOLHOOK_OK;
    }
    akolhook_memory_i_queue_remove(m, job);
    akolhook_memory_i_job_cancel(m, job, at_ms);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
    akolhook_memory_i_reschedule(m, hook);
    return AKOLHOOK_OK;
}

static void akolhook_memory_i_job_read(
        akolhook_memory *m, const akolhook_memory_i_job *j, akolhook_store_delivery *d) {
    const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);

    memset(d, 0, sizeof *d);
    d->number = j->node.tie;
    memcpy(d->message_id, e->message_id, AKOLHOOK_ID_SIZE);
    memcpy(d->webhook_id, akolhook_memory_i_hook_at(m, j->webhook)->id, AKOLHOOK_ID_SIZE);
    d->event = (akolhook_event)e->event;
    d->state = AKOLHOOK_DELIVERY_WAITING;
    d->attempt = j->attempt;
    d->is_test = j->is_test;
    d->in_flight = j->state == AKOLHOOK_MEMORY_I_JOB_LEASED;
    d->has_body = 1;
    d->age_ms = m->now - j->created;
    d->due_ms = d->in_flight || j->node.key < m->now ? 0 : j->node.key - m->now;
}
static akolhook_status akolhook_memory_i_delivery(
        void *user, uint64_t number, akolhook_store_delivery *delivery) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t job = akolhook_memory_i_job_find(m, number), row, event;
    const akolhook_memory_i_row *r;
    akolhook_memory_i_stored *e;

    (void)akolhook_memory_i_now(m);
    if (job) {
        akolhook_memory_i_job_read(m, akolhook_memory_i_job_at(m, job), delivery);
        event = akolhook_memory_i_job_at(m, job)->event;
    } else {
        row = akolhook_memory_i_row_find(m, number);
        if (!row) return AKOLHOOK_UNKNOWN_DELIVERY;
        r = akolhook_memory_i_row_at(m, row);
        memset(delivery, 0, sizeof *delivery);
        delivery->number = number;
        memcpy(delivery->message_id, r->message_id, AKOLHOOK_ID_SIZE);
        memcpy(delivery->webhook_id, akolhook_memory_i_hook_at(m, akolhook_memory_i_row_hook(m, row))->id,
                AKOLHOOK_ID_SIZE);
        delivery->event = (akolhook_event)r->event;
        delivery->state = (akolhook_delivery_state)r->state;
        delivery->attempt = r->attempt;
        delivery->is_test = r->is_test;
        delivery->age_ms = delivery->due_ms = -1;
        event = akolhook_memory_i_stored_find(m, r->message_id);
    }
    if (!event) return AKOLHOOK_OK;
    e = akolhook_memory_i_stored_at(m, event);
    delivery->has_body = 1;
    delivery->head = akolhook_str_n(e + 1, e->head_len);
    delivery->tail = akolhook_str_n((const char *)(e + 1) + e->head_len, e->tail_len);
    return AKOLHOOK_OK;
}

/* Of all webhooks: the lowest numbers are picked in one walk over the table. */
static void akolhook_memory_i_waiting_all(
        akolhook_memory *m, uint64_t after, akolhook_store_delivery *deliveries, size_t max, size_t *count) {
    uint32_t job;
    size_t at;

    for (job = 1; job <= m->desc.max_pending && max; job++) {
        const akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

        if (j->state == AKOLHOOK_MEMORY_I_JOB_FREE || j->is_orphan || j->node.tie <= after) continue;
        if (*count == max && deliveries[max - 1].number < j->node.tie) continue;
        if (*count < max) ++*count;
        for (at = *count - 1; at && deliveries[at - 1].number > j->node.tie; at--)
            deliveries[at] = deliveries[at - 1];
        akolhook_memory_i_job_read(m, j, &deliveries[at]);
    }
}
static akolhook_status akolhook_memory_i_waiting(void *user, const char *id, uint64_t after,
        akolhook_store_delivery *deliveries, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = id ? akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)) : 0, job;

    *count = 0;
    (void)akolhook_memory_i_now(m);
    if (!id) akolhook_memory_i_waiting_all(m, after, deliveries, max, count);
    if (id && !hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    for (job = hook ? akolhook_memory_i_hook_at(m, hook)->oldest : 0; job && *count < max;
            job = akolhook_memory_i_job_at(m, job)->newer)
        if (akolhook_memory_i_job_at(m, job)->node.tie > after)
            akolhook_memory_i_job_read(m, akolhook_memory_i_job_at(m, job), &deliveries[(*count)++]);
    return AKOLHOOK_OK;
}

/* ---- claim and settle ---- */

/* Waits again, unless it was cut off: then it ends, with a row, and 1 is the answer. */
static int akolhook_memory_i_job_back(akolhook_memory *m, uint32_t job, int64_t due, int64_t at_ms) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

    if (j->is_cut || j->node.tie <= akolhook_memory_i_hook_at(m, j->webhook)->cut) {
        akolhook_memory_i_job_cancel(m, job, at_ms);
        return 1;
    }
    akolhook_memory_i_queue_add(m, job, due);
    return 0;
}

/* Leases that ran out, as many as a call may end. */
static void akolhook_memory_i_expire(akolhook_memory *m, int64_t at_ms) {
    uint32_t job, hook, ended;

    for (ended = 0; ended < AKOLHOOK_STORE_STEP && (job = m->first_lease) != 0; ended++) {
        akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

        if (j->node.key > m->now) return;
        hook = j->webhook;
        if (!j->is_orphan) akolhook_memory_i_hook_at(m, hook)->turn += j->node.key - j->began;
        if (!akolhook_memory_i_lease_end(m, job)) continue;
        (void)akolhook_memory_i_job_back(m, job, m->now, at_ms);
        akolhook_memory_i_reschedule(m, hook);
    }
}

static void akolhook_memory_i_job_claim(
        akolhook_memory *m, uint32_t job, int64_t lease_ms, akolhook_store_claim *claim) {
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);
    const char *bytes = (const char *)(e + 1);

    if (h->deadline_ms && lease_ms < (int64_t)h->deadline_ms + AKOLHOOK_LEASE_SPARE_MS)
        lease_ms = (int64_t)h->deadline_ms + AKOLHOOK_LEASE_SPARE_MS;
    j->lease = ++m->leases;
    j->began = m->now;
    j->is_urgent = 0;
    j->text = h->text;
    akolhook_memory_i_block_at(m, h->text)->refs++;
    akolhook_memory_i_lease_add(m, job, m->now + lease_ms);
    h->leased++;

    memset(claim, 0, sizeof *claim);
    claim->number = j->node.tie;
    claim->lease = j->lease;
    memcpy(claim->message_id, e->message_id, AKOLHOOK_ID_SIZE);
    memcpy(claim->webhook_id, h->id, AKOLHOOK_ID_SIZE);
    memcpy(claim->secret, h->secret, sizeof claim->secret);
    claim->event = (akolhook_event)e->event;
    claim->attempt = j->attempt;
    claim->is_test = j->is_test;
    claim->cls = h->health.cls;
    claim->origin = h->origin;
    claim->deadline_ms = h->deadline_ms;
    claim->charged_ms = akolhook_hub_charge(&h->health);
    claim->url = akolhook_memory_i_url_of(m, h->text);
    claim->headers = akolhook_memory_i_headers_of(m, h->text);
    claim->head = akolhook_str_n(bytes, e->head_len);
    claim->tail = akolhook_str_n(bytes + e->head_len, e->tail_len);
    claim->handle = j;
}

#define AKOLHOOK_MEMORY_I_PASSED 64    /* webhooks of full origins that a claim passes over; */
#define AKOLHOOK_MEMORY_I_PARK_MS 1000 /* one more waits so long */

/* What a claim has given so far, and whom it passed over. */
typedef struct akolhook_memory_i_round {
    const akolhook_store_limits *limits;
    const akolhook_store_claim *claims;
    size_t count;
    uint32_t slow, failing;
    uint32_t passed[AKOLHOOK_MEMORY_I_PASSED], passed_count;
} akolhook_memory_i_round;

static int akolhook_memory_i_origin_is_full(const akolhook_memory_i_round *r, uint64_t origin) {
    uint32_t left = r->limits->per_origin ? r->limits->per_origin : UINT32_MAX;
    size_t i;

    for (i = 0; i < r->limits->origin_count; i++)
        if (r->limits->origins[i].origin == origin) left = r->limits->origins[i].left;
    for (i = 0; i < r->count && left; i++) left -= r->claims[i].origin == origin;
    return !left;
}
/* The ready webhook whose turn it is, by the places that are left to its class; 0: none. */
static uint32_t akolhook_memory_i_turn_of(akolhook_memory *m, const akolhook_memory_i_round *r) {
    const akolhook_memory_i_node *node, *best = NULL;
    uint32_t hook = 0;
    unsigned cls;

    for (cls = 0; cls < AKOLHOOK_MEMORY_I_BY_TIME; cls++) {
        if (!m->roots[cls] || (cls != AKOLHOOK_CLASS_QUICK && r->slow >= r->limits->slow)) continue;
        if (cls == AKOLHOOK_CLASS_FAILING && r->failing >= r->limits->failing) continue;
        node = akolhook_memory_i_node_at(&m->hook_space, m->roots[cls]);
        if (best && (best->key < node->key || (best->key == node->key && best->tie < node->tie))) continue;
        best = node;
        hook = m->roots[cls];
    }
    return hook;
}
/* The same, passing over those of full origins. */
static uint32_t akolhook_memory_i_pick(akolhook_memory *m, akolhook_memory_i_round *r) {
    akolhook_memory_i_hook *h;
    uint32_t hook;

    while ((hook = akolhook_memory_i_turn_of(m, r)) != 0) {
        h = akolhook_memory_i_hook_at(m, hook);
        if (!akolhook_memory_i_origin_is_full(r, h->origin)) return hook;
        if (r->passed_count < AKOLHOOK_MEMORY_I_PASSED) {
            akolhook_memory_i_hook_hide(m, hook);
            r->passed[r->passed_count++] = hook;
        } else {
            h->parked_until = m->now + AKOLHOOK_MEMORY_I_PARK_MS;
            akolhook_memory_i_reschedule(m, hook);
        }
    }
    return 0;
}
/* Those that were passed over stand where they stood. */
static void akolhook_memory_i_pass_end(akolhook_memory *m, akolhook_memory_i_round *r) {
    uint32_t i;

    for (i = 0; i < r->passed_count; i++) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, r->passed[i]);

        h->in = (uint8_t)(h->health.cls + 1);
        akolhook_memory_i_heap_add(&m->hook_space, &m->roots[h->health.cls], r->passed[i]);
    }
}

/* Takes the head of a webhook's queue; one that is cut off or too old ends instead, and 0 is the answer. */
static uint32_t akolhook_memory_i_head_take(
        akolhook_memory *m, uint32_t hook, const akolhook_store_limits *limits) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint32_t job = h->queue;
    akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);
    int is_cut = j->is_cut || j->node.tie <= h->cut;

    akolhook_memory_i_queue_remove(m, job);
    if (!is_cut && m->now - j->created <= AKOLHOOK_RETRY_HORIZON_MS) return job;
    if (!is_cut && limits->expired) {
        limits->expired->count++;
        limits->expired->number = j->node.tie;
    }
    if (is_cut)
        akolhook_memory_i_job_cancel(m, job, limits->at_ms);
    else
        akolhook_memory_i_job_close(
                m, job, AKOLHOOK_DELIVERY_FAILED, AKOLHOOK_DELIVERY_EXPIRED, limits->at_ms);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
    return 0;
}
static void akolhook_memory_i_caps_set(akolhook_memory *m, const akolhook_store_limits *limits) {
    uint32_t hook;

    if (m->per_webhook == limits->per_webhook) return;
    m->per_webhook = limits->per_webhook;
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        akolhook_memory_i_reschedule(m, hook);
}
static akolhook_status akolhook_memory_i_claim(void *user, const akolhook_store_limits *limits,
        akolhook_store_claim *claims, size_t max, size_t *count) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_round r;
    uint32_t hook, job, ended = 0;

    (void)akolhook_memory_i_now(m);
    akolhook_memory_i_caps_set(m, limits);
    akolhook_memory_i_expire(m, limits->at_ms);
    akolhook_memory_i_wake(m);

    memset(&r, 0, sizeof r);
    r.limits = limits;
    r.claims = claims;
    while (r.count < max && ended < AKOLHOOK_STORE_STEP && (hook = akolhook_memory_i_pick(m, &r)) != 0) {
        akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

        job = akolhook_memory_i_head_take(m, hook, limits);
        if (job) {
            r.slow += h->health.cls != AKOLHOOK_CLASS_QUICK;
            r.failing += h->health.cls == AKOLHOOK_CLASS_FAILING;
            akolhook_memory_i_job_claim(m, job, limits->lease_ms, &claims[r.count]);
            if (m->floor < h->turn) m->floor = h->turn;
            h->turn += claims[r.count++].charged_ms;
            h->allowed_us = akolhook_hub_allow(h->allowed_us, m->now, h->rate ? h->rate : limits->rate);
        }
        ended += !job;
        akolhook_memory_i_reschedule(m, hook);
    }
    akolhook_memory_i_pass_end(m, &r);
    *count = r.count;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_next_due(
        void *user, const akolhook_store_limits *limits, int64_t *ms) {
    akolhook_memory *m = (akolhook_memory *)user;
    akolhook_memory_i_round r;
    int64_t due = INT64_MAX;
    uint32_t hook;

    (void)akolhook_memory_i_now(m);
    akolhook_memory_i_caps_set(m, limits);
    akolhook_memory_i_wake(m);
    memset(&r, 0, sizeof r);
    r.limits = limits;
    if (akolhook_memory_i_pick(m, &r)) due = m->now;
    akolhook_memory_i_pass_end(m, &r);

    hook = m->roots[AKOLHOOK_MEMORY_I_BY_TIME];
    if (hook && akolhook_memory_i_node_at(&m->hook_space, hook)->key < due)
        due = akolhook_memory_i_node_at(&m->hook_space, hook)->key;
    if (m->first_lease && akolhook_memory_i_job_at(m, m->first_lease)->node.key < due)
        due = akolhook_memory_i_job_at(m, m->first_lease)->node.key;
    *ms = due == INT64_MAX ? -1 : due > m->now ? due - m->now : 0;
    return AKOLHOOK_OK;
}

/* Counters of an attempt. */
static void akolhook_memory_i_count_attempt(
        akolhook_memory *m, akolhook_memory_i_hook *h, const akolhook_store_outcome *o, int is_test) {
    unsigned bucket = akolhook_stats_bucket(o->row->ms);

    if (is_test) {
        AKOLHOOK_MEMORY_I_COUNT(m, h, tests);
        if (!o->row->success) AKOLHOOK_MEMORY_I_COUNT(m, h, tests_failed);
        return;
    }
    if (o->is_fault) return;
    h->last_triggered_at_ms = o->row->at_ms;
    AKOLHOOK_MEMORY_I_COUNT(m, h, attempts);
    if (!o->row->success) {
        AKOLHOOK_MEMORY_I_COUNT(m, h, attempts_failed);
        return;
    }
    if (h->stats.latency[bucket] < UINT32_MAX) h->stats.latency[bucket]++;
    if (m->total.latency[bucket] < UINT32_MAX) m->total.latency[bucket]++;
}
/* Judges an outcome and does what was decided about its webhook; the lease has ended. */
static void akolhook_memory_i_settle_judge(akolhook_memory *m, const akolhook_store_rules *rules,
        akolhook_store_outcome *o, const akolhook_memory_i_job *j) {
    akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, j->webhook);
    akolhook_store_health health = h->health;
    akolhook_store_case at;

    memset(&at, 0, sizeof at);
    at.now = m->now;
    at.began = j->began;
    at.age_ms = m->now - j->created;
    at.answered_at = m->answered_at;
    at.attempt = j->attempt;
    at.faults = j->faults;
    at.is_test = j->is_test;
    at.is_active = h->is_active;
    at.is_cut = j->is_cut || j->node.tie <= h->cut;
    akolhook_hub_judge(rules, &at, &health, o);

    akolhook_memory_i_health_set(m, h, &health);
    h->turn += o->turn_ms;
    if (o->answered) m->answered_at = m->now;
    if (o->deactivates) akolhook_memory_i_hook_stop(m, j->webhook, AKOLHOOK_INACTIVE_BY_HUB, o->at_ms);
}
static void akolhook_memory_i_settle_one(
        akolhook_memory *m, const akolhook_store_rules *rules, akolhook_store_outcome *o) {
    akolhook_memory_i_job *j = (akolhook_memory_i_job *)o->handle;
    uint32_t job, hook;

    o->status = AKOLHOOK_LEASE_LOST;
    if (!j || j->state != AKOLHOOK_MEMORY_I_JOB_LEASED || j->node.tie != o->number || j->lease != o->lease)
        return;
    o->status = j->is_orphan ? AKOLHOOK_UNKNOWN_WEBHOOK : AKOLHOOK_OK;
    job = (uint32_t)(j - m->jobs) + 1;
    hook = j->webhook;
    if (!akolhook_memory_i_lease_end(m, job)) return;

    akolhook_memory_i_settle_judge(m, rules, o, j);
    j->attempt = o->attempt;
    j->faults = o->faults;
    if (o->row) {
        akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, j->event);

        memcpy(o->row->message_id, e->message_id, AKOLHOOK_ID_SIZE);
        o->row->event = (akolhook_event)e->event;
        o->row->number = o->number;
        o->row->is_test = j->is_test;
        akolhook_memory_i_row_add(m, hook, o->row);
        akolhook_memory_i_count_attempt(m, akolhook_memory_i_hook_at(m, hook), o, j->is_test);
    }
    if (o->cancelled)
        akolhook_memory_i_job_cancel(m, job, o->at_ms);
    else if (o->state != AKOLHOOK_DELIVERY_WAITING)
        akolhook_memory_i_job_end(m, job, o->state);
    else
        akolhook_memory_i_queue_add(m, job, m->now + o->due_ms);
    if (o->row && o->state == AKOLHOOK_DELIVERY_WAITING)
        akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_JOB, job);
    if (o->deactivates) (void)akolhook_memory_i_cut_end(m, hook, AKOLHOOK_STORE_STEP, o->at_ms);
    if (o->row) akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STATE, hook);
    akolhook_memory_i_reschedule(m, hook);
}
static akolhook_status akolhook_memory_i_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    akolhook_memory *m = (akolhook_memory *)user;
    size_t i;

    (void)akolhook_memory_i_now(m);
    for (i = 0; i < count; i++) akolhook_memory_i_settle_one(m, rules, &outcomes[i]);
    akolhook_memory_i_tell(m, AKOLHOOK_MEMORY_I_STORE, 0);
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_tend(void *user, akolhook_store_tending *tending) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t left = AKOLHOOK_STORE_STEP, hook, at;

    (void)akolhook_memory_i_now(m);
    for (hook = m->first_hook; hook && m->cut_waiting && left;
            hook = akolhook_memory_i_hook_at(m, hook)->next)
        left -= akolhook_memory_i_cut_end(m, hook, left, tending->at_ms);
    for (left = AKOLHOOK_STORE_STEP; (at = m->first_kept) != 0 && left && tending->events_ms >= 0; left--) {
        if (m->now - akolhook_memory_i_stored_at(m, at)->created <= tending->events_ms) break;
        akolhook_memory_i_stored_free(m, at);
    }
    tending->more = m->cut_waiting || !left;
    tending->unsaved = 0;
    return AKOLHOOK_OK;
}

static akolhook_status akolhook_memory_i_stats(void *user, const char *id, akolhook_stats *stats) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook = id ? akolhook_memory_i_hook_find(m, akolhook_memory_i_id_str(id)) : 0;

    if (id && !hook) return AKOLHOOK_UNKNOWN_WEBHOOK;
    *stats = hook ? akolhook_memory_i_hook_at(m, hook)->stats : m->total;
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_memory_i_gauges(void *user, akolhook_gauges *gauges) {
    akolhook_memory *m = (akolhook_memory *)user;
    uint32_t hook, job;

    memset(gauges, 0, sizeof *gauges);
    gauges->webhooks = m->hook_count;
    gauges->waiting = m->job_count - m->orphans;
    gauges->in_flight = m->leased - m->orphans;
    gauges->failing = m->failing;
    gauges->events = m->event_count;
    gauges->bytes = (uint64_t)m->event_units * AKOLHOOK_MEMORY_I_UNIT;
    gauges->keys = m->keys_seen < m->desc.max_keys ? m->keys_seen : m->desc.max_keys;
    gauges->oldest_ms = -1;
    (void)akolhook_memory_i_now(m);
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next) {
        job = akolhook_memory_i_hook_at(m, hook)->oldest;
        if (job && m->now - akolhook_memory_i_job_at(m, job)->created > gauges->oldest_ms)
            gauges->oldest_ms = m->now - akolhook_memory_i_job_at(m, job)->created;
    }
    return AKOLHOOK_OK;
}

/* ---- making it ---- */

static akolhook_status akolhook_memory_i_fill(const akolhook_memory_desc *given, akolhook_memory_desc *desc) {
    *desc = *given;
    if (!desc->max_webhooks) desc->max_webhooks = 16;
    if (!desc->max_pending) desc->max_pending = AKOLHOOK_MEMORY_I_PENDING_OF(desc->max_webhooks);
    if (!desc->log_rows) desc->log_rows = 32;
    if (!desc->log_bytes) desc->log_bytes = 16384;
    if (!desc->pool_bytes) desc->pool_bytes = 131072;
    if (!desc->max_keys) desc->max_keys = 256;
    if (desc->max_webhooks > 1000000 || desc->max_pending > 10000000 || desc->log_rows > 100000)
        return AKOLHOOK_INVALID_ARGUMENT;
    if (desc->max_pending / 2 < desc->max_webhooks || desc->pool_bytes < 1024 || desc->max_keys > 10000000)
        return AKOLHOOK_INVALID_ARGUMENT;
    return (uint64_t)desc->max_webhooks * desc->log_rows < UINT32_MAX ? AKOLHOOK_OK
                                                                      : AKOLHOOK_INVALID_ARGUMENT;
}

/* The compiler refuses this when a bound of AKOLHOOK_MEMORY_SIZE is too small. */
typedef char akolhook_memory_i_bounds_hold
        [sizeof(struct akolhook_memory) + 13 * 15 <= AKOLHOOK_MEMORY_I_BYTES &&
                                sizeof(akolhook_memory_i_hook) + sizeof(akolhook_memory_i_node) +
                                                2 * sizeof(uint32_t) <=
                                        AKOLHOOK_MEMORY_I_HOOK_BYTES &&
                                sizeof(akolhook_memory_i_job) + 2 * sizeof(uint32_t) <=
                                        AKOLHOOK_MEMORY_I_JOB_BYTES &&
                                sizeof(akolhook_memory_i_row) <= AKOLHOOK_MEMORY_I_ROW_BYTES &&
                                sizeof(akolhook_memory_i_key) + sizeof(uint32_t) <=
                                        AKOLHOOK_MEMORY_I_KEY_BYTES
                        ? 1
                        : -1];

/* Gives a part of the memory that is laid out. */
static void *akolhook_memory_i_part(uint8_t *base, uint64_t *at, uint64_t count, size_t size) {
    uint64_t begin = *at;

    *at += (count * size + 15u) & ~(uint64_t)15u;
    return base ? base + begin : NULL;
}
/* Lays the store out from base on, an aligned address, or with NULL only counts; the bytes that it takes. */
static uint64_t akolhook_memory_i_lay_out(akolhook_memory *m, const akolhook_memory_desc *d, uint8_t *base) {
    uint64_t at = 0, rows = (uint64_t)d->max_webhooks * d->log_rows;

    (void)akolhook_memory_i_part(base, &at, 1, sizeof *m);
    m->hooks = (akolhook_memory_i_hook *)akolhook_memory_i_part(base, &at, d->max_webhooks, sizeof *m->hooks);
    m->hook_space.stride = sizeof(akolhook_memory_i_node);
    m->hook_space.base =
            (uint8_t *)akolhook_memory_i_part(base, &at, d->max_webhooks, sizeof(akolhook_memory_i_node));
    m->jobs = (akolhook_memory_i_job *)akolhook_memory_i_part(base, &at, d->max_pending, sizeof *m->jobs);
    m->job_space.stride = sizeof *m->jobs;
    m->job_space.base = (uint8_t *)m->jobs;
    m->rows = (akolhook_memory_i_row *)akolhook_memory_i_part(base, &at, rows, sizeof *m->rows);
    m->keys = (akolhook_memory_i_key *)akolhook_memory_i_part(base, &at, d->max_keys, sizeof *m->keys);
    m->log = (uint8_t *)akolhook_memory_i_part(base, &at, d->log_bytes, 1);
    m->pool = (uint8_t *)akolhook_memory_i_part(base, &at, d->pool_bytes, 1);
    m->hook_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, d->max_webhooks, sizeof(uint32_t));
    m->url_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, d->max_webhooks, sizeof(uint32_t));
    m->job_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, d->max_pending, sizeof(uint32_t));
    m->event_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, d->max_pending, sizeof(uint32_t));
    m->key_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, d->max_keys, sizeof(uint32_t));
    return at;
}
/* 0: out of range. */
static size_t akolhook_memory_i_need(const akolhook_memory_desc *desc) {
    akolhook_memory counted;
    uint64_t sum = akolhook_memory_i_lay_out(&counted, desc, NULL) + 15u;

    return sum <= (size_t)-1 / 2 ? (size_t)sum : 0;
}
AKOLHOOK_API size_t akolhook_memory_size(const akolhook_memory_desc *desc) {
    akolhook_memory_desc filled;

    return desc && akolhook_memory_i_fill(desc, &filled) == AKOLHOOK_OK ? akolhook_memory_i_need(&filled) : 0;
}

/* Everything free, and the room shared out. */
static void akolhook_memory_i_begin(akolhook_memory *m) {
    const akolhook_memory_desc *d = &m->desc;
    uint32_t i;

    for (i = d->max_webhooks; i > 0; i--) {
        m->hooks[i - 1].next = m->free_hook;
        m->free_hook = i;
    }
    for (i = d->max_pending; i > 0; i--) {
        m->jobs[i - 1].chain = m->free_job;
        m->free_job = i;
    }
    m->pool_units = (uint32_t)(AKOLHOOK_HUB_I_ALIGNED(d->pool_bytes) / AKOLHOOK_MEMORY_I_UNIT);
    akolhook_memory_i_block_at(m, 1)->units = m->pool_units - 1;
    akolhook_memory_i_bin_add(m, 1);

    m->part = d->max_pending / 2 / d->max_webhooks;
    m->shared = d->max_pending - m->part * d->max_webhooks;
    m->part_bytes = (uint64_t)m->pool_units * AKOLHOOK_MEMORY_I_UNIT / 2 / d->max_webhooks;
    m->shared_bytes =
            (uint64_t)(m->pool_units - 1) * AKOLHOOK_MEMORY_I_UNIT - m->part_bytes * d->max_webhooks;
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
    if (!need) return AKOLHOOK_INVALID_ARGUMENT; /* not covered: only a size_t of 32 bits is too small */
    if (size < need) return AKOLHOOK_MEMORY_TOO_SMALL;

    memset(memory, 0, need);
    at = (uint8_t *)memory + ((16u - (unsigned)((uintptr_t)memory & 15u)) & 15u);
    m = (akolhook_memory *)(void *)at;
    m->desc = filled;
    (void)akolhook_memory_i_lay_out(m, &filled, at);
    akolhook_memory_i_begin(m);
    (void)akolhook_memory_i_now(m);

    store->user = m;
    store->bind_fn = akolhook_memory_i_bind;
    store->note_fn = akolhook_memory_i_note;
    store->webhook_put_fn = akolhook_memory_i_put;
    store->webhook_set_fn = akolhook_memory_i_set;
    store->webhook_get_fn = akolhook_memory_i_get;
    store->webhook_list_fn = akolhook_memory_i_list;
    store->webhook_delete_fn = akolhook_memory_i_delete;
    store->enqueue_fn = akolhook_memory_i_enqueue;
    store->redeliver_fn = akolhook_memory_i_redeliver;
    store->redeliver_failed_fn = akolhook_memory_i_redeliver_failed;
    store->send_now_fn = akolhook_memory_i_send_now;
    store->cancel_fn = akolhook_memory_i_cancel;
    store->delivery_fn = akolhook_memory_i_delivery;
    store->waiting_fn = akolhook_memory_i_waiting;
    store->claim_fn = akolhook_memory_i_claim;
    store->settle_fn = akolhook_memory_i_settle;
    store->next_due_fn = akolhook_memory_i_next_due;
    store->tend_fn = akolhook_memory_i_tend;
    store->log_fn = akolhook_memory_i_log;
    store->stats_fn = akolhook_memory_i_stats;
    store->gauges_fn = akolhook_memory_i_gauges;
    return AKOLHOOK_OK;
}

/* ==== >>hub ==== */

#define AKOLHOOK_HUB_I_BATCH 64  /* claims or outcomes that go to the store in one call, at most */
#define AKOLHOOK_HUB_I_LISTED 16 /* webhooks or deliveries that a store is asked for in one call */
#define AKOLHOOK_HUB_I_PROBE_MS 10000
#define AKOLHOOK_HUB_I_LATE_MS 50   /* between two calls of _poll: what came meanwhile is read first */
#define AKOLHOOK_HUB_I_TEND_MS 5000 /* between two steps of keeping house */
/* before a store is asked again that has something due and gives it to nobody: so long, up to this much
   longer, so many times */
#define AKOLHOOK_HUB_I_PAUSE_MS 5
#define AKOLHOOK_HUB_I_PAUSE_JITTER_MS 16
#define AKOLHOOK_HUB_I_PAUSES 3
#define AKOLHOOK_HUB_I_FULL_MS 20 /* before what the client had no place for is claimed again */
#define AKOLHOOK_HUB_I_ASK_MS \
    1000 /* what is open wakes a hub for less than an end: it asks the store no more often */

/* A claim in the hub, zeroed but for next when its place is free; the response's room follows. */
typedef struct akolhook_hub_i_flight {
    akolhook_store_claim claim;
    akolhook_log_row row;
    akolhook_header headers[AKOLHOOK_HUB_MAX_HEADERS]; /* the claim's, taken apart */
    uint64_t exchange;                                 /* the client's id */
    struct akolhook_hub *hub;
    int32_t retry_after_s;
    uint32_t next;   /* of the free or the ended ones */
    uint32_t origin; /* its entry there */
} akolhook_hub_i_flight;

/* An origin with open attempts; numbered from 1. */
typedef struct akolhook_hub_i_origin {
    uint64_t origin;
    uint32_t open;  /* 0: the entry is free */
    uint32_t chain; /* of those with the same bucket; free: the next free one */
} akolhook_hub_i_origin;

struct akolhook_hub {
    akolhook_hub_desc desc;
    akolhook_store store;
    akolhook_client *client;
    const akolhook_platform *platform;
    uint8_t *memory;
    size_t size;

    /* places */
    uint8_t *flights;
    size_t stride; /* of a flight and its response */
    uint32_t max_in_flight;
    uint32_t open, slow, failing; /* places taken; of webhooks that were not QUICK, that were FAILING */
    uint32_t first_free, first_done, last_done;

    /* origins */
    akolhook_hub_i_origin *origins;
    uint32_t *origin_buckets;
    akolhook_store_origin *full; /* those that may get full in a claim */
    uint32_t max_per_origin, free_origin;

    /* one batch between hub and store */
    akolhook_store_claim *claims;
    akolhook_store_outcome *outcomes;
    uint32_t batch;

    int64_t tend_at;   /* monotonic, when to keep house again */
    int64_t polled_at; /* monotonic, when the last _poll ended */
    int64_t ask_at;    /* monotonic, until then the store has nothing new for this hub; 0: it may */
    uint64_t unsaved;  /* as the store said last */
    uint32_t dropped;  /* deliveries, since it was told */
    akolhook_log_row dropped_row;
    uint32_t empty; /* claims that gave nothing though something is due, running */
    uint8_t is_due; /* the store had something due when it was asked last */
    uint8_t busy;   /* in _poll or _close */
    uint8_t is_draining;
    char *scratch; /* AKOLHOOK_MAX_TYPED bytes */
};

static const char akolhook_hub_i_masked_secret[] =
        "whsec_\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
        "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2";
static const char akolhook_hub_i_no_webhook[] = "whk_000000000000000000000000";

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
    /* not covered: only without POSIX there may be no platform */
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
    if (!desc->keep_hours) desc->keep_hours = 168;
    if (!desc->per_webhook)
        desc->per_webhook = desc->client.max_in_flight > 4 ? desc->client.max_in_flight / 4 : 1;
    if (desc->keep_hours > 87600 && desc->keep_hours != AKOLHOOK_KEEP_EVENTS)
        return AKOLHOOK_INVALID_ARGUMENT;
    if (desc->max_attempts > 255 || desc->max_rate > 1000) return AKOLHOOK_INVALID_ARGUMENT;
    return AKOLHOOK_OK;
}

/* The compiler refuses this when a bound of AKOLHOOK_HUB_SIZE is too small. */
typedef char akolhook_hub_i_bounds_hold
        [sizeof(struct akolhook_hub) + 8 * 15 <= AKOLHOOK_HUB_I_BYTES &&
                                AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight)) +
                                                sizeof(akolhook_hub_i_origin) + sizeof(uint32_t) +
                                                sizeof(akolhook_store_origin) <=
                                        AKOLHOOK_HUB_I_FLIGHT_BYTES &&
                                sizeof(akolhook_store_claim) + sizeof(akolhook_store_outcome) <=
                                        AKOLHOOK_HUB_I_BATCH_BYTES &&
                                AKOLHOOK_HUB_I_BATCH == AKOLHOOK_HUB_I_BATCHED(100)
                        ? 1
                        : -1];

/* Lays the hub out from base on, an aligned address, or with NULL only counts; the bytes that it takes. */
static uint64_t akolhook_hub_i_lay_out(akolhook_hub *h, const akolhook_hub_desc *d, size_t client_size,
        size_t store_size, uint8_t *base, uint8_t **client, uint8_t **store) {
    uint32_t places = d->client.max_in_flight;
    uint64_t at = 0;

    h->max_in_flight = places;
    h->batch = places < AKOLHOOK_HUB_I_BATCH ? places : AKOLHOOK_HUB_I_BATCH;
    h->stride = AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight)) +
                AKOLHOOK_HUB_I_ALIGNED(d->client.response_cap);
    (void)akolhook_memory_i_part(base, &at, 1, sizeof *h);
    h->flights = (uint8_t *)akolhook_memory_i_part(base, &at, places, h->stride);
    h->origins =
            (akolhook_hub_i_origin *)akolhook_memory_i_part(base, &at, places, sizeof(akolhook_hub_i_origin));
    h->origin_buckets = (uint32_t *)akolhook_memory_i_part(base, &at, places, sizeof(uint32_t));
    h->claims =
            (akolhook_store_claim *)akolhook_memory_i_part(base, &at, h->batch, sizeof(akolhook_store_claim));
    h->outcomes = (akolhook_store_outcome *)akolhook_memory_i_part(
            base, &at, h->batch, sizeof(akolhook_store_outcome));
    h->full =
            (akolhook_store_origin *)akolhook_memory_i_part(base, &at, places, sizeof(akolhook_store_origin));
    h->scratch = (char *)akolhook_memory_i_part(base, &at, AKOLHOOK_MAX_TYPED, 1);
    *client = (uint8_t *)akolhook_memory_i_part(base, &at, client_size, 1);
    *store = (uint8_t *)akolhook_memory_i_part(base, &at, store_size, 1);
    return at;
}
/* 0: out of range. */
static size_t akolhook_hub_i_need(const akolhook_hub_desc *desc, size_t *client_size, size_t *store_size) {
    akolhook_hub counted;
    uint8_t *client, *store;
    uint64_t sum;

    *client_size = akolhook_client_size(&desc->client);
    *store_size = desc->store ? 0 : akolhook_memory_i_need(&desc->memory);
    if (!*client_size || (!desc->store && !*store_size)) return 0;
    sum = akolhook_hub_i_lay_out(&counted, desc, *client_size, *store_size, NULL, &client, &store) + 15u;
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
    return s->bind_fn && s->note_fn && s->webhook_put_fn && s->webhook_set_fn && s->webhook_get_fn &&
           s->webhook_list_fn && s->webhook_delete_fn && s->enqueue_fn && s->redeliver_fn &&
           s->redeliver_failed_fn && s->send_now_fn && s->cancel_fn && s->delivery_fn && s->waiting_fn &&
           s->claim_fn && s->settle_fn && s->next_due_fn && s->tend_fn && s->log_fn && s->stats_fn &&
           s->gauges_fn;
}

/* Flights are numbered from 1; 0 is none. */
static akolhook_hub_i_flight *akolhook_hub_i_flight_at(akolhook_hub *h, uint32_t number) {
    return (akolhook_hub_i_flight *)(void *)(h->flights + (size_t)(number - 1) * h->stride);
}
static char *akolhook_hub_i_flight_response(akolhook_hub_i_flight *f) {
    return (char *)f + AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight));
}

#define AKOLHOOK_HUB_I_TIME_MOST INT64_C(253402300799999) /* the last moment of the year 9999 */

/* Unix time for the log, for people and for events without a time of their own: a clock that was never set,
   or is far from any time, gives the nearest that can be written. 0 stands for none. */
static int64_t akolhook_hub_i_now(akolhook_hub *h) {
    int64_t now = h->platform->unix_ms_fn(h->platform->user);

    if (now < 1) return 1;
    return now < AKOLHOOK_HUB_I_TIME_MOST ? now : AKOLHOOK_HUB_I_TIME_MOST;
}
static int64_t akolhook_hub_i_monotonic(akolhook_hub *h) {
    return h->platform->monotonic_ms_fn(h->platform->user);
}

/* All places free. */
static void akolhook_hub_i_begin(akolhook_hub *h, const akolhook_hub_desc *desc) {
    uint32_t i;

    h->desc = *desc;
    h->platform = akolhook_hub_i_platform(desc);
    h->max_per_origin = desc->client.max_per_origin;
    if (!h->max_per_origin) h->max_per_origin = h->max_in_flight / 2 + h->max_in_flight % 2;
    for (i = h->max_in_flight; i > 0; i--) {
        akolhook_hub_i_flight_at(h, i)->next = h->first_free;
        h->first_free = i;
        h->origins[i - 1].chain = h->free_origin;
        h->free_origin = i;
    }
}

AKOLHOOK_API akolhook_status akolhook_hub_init(
        akolhook_hub **hub, void *memory, size_t size, const akolhook_hub_desc *desc) {
    akolhook_hub_desc filled;
    akolhook_hub *h;
    akolhook_status status;
    uint8_t *at, *client, *store;
    size_t need, client_size, store_size;

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
    (void)akolhook_hub_i_lay_out(h, &filled, client_size, store_size, at, &client, &store);
    akolhook_hub_i_begin(h, &filled);
    h->memory = (uint8_t *)memory;
    h->size = need;

    status = akolhook_client_init(&h->client, client, client_size, &filled.client);
    if (status != AKOLHOOK_OK) return status;
    if (filled.store)
        h->store = *filled.store;
    else
        status = akolhook_memory_init(&h->store, store, store_size, &filled.memory);
    /* not covered: the memory was measured, and so the store in it is always made */
    if (status == AKOLHOOK_OK) status = h->store.bind_fn(h->store.user, filled.business_id);
    if (status == AKOLHOOK_OK)
        *hub = h;
    else
        akolhook_client_close(h->client);
    return status;
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
/* The number in what akolhook_hub_i_is_id took for an id; 0: it is too large. */
static uint64_t akolhook_hub_i_delivery_number(akolhook_str id) {
    uint64_t number = 0;
    size_t i;

    for (i = 17; i < AKOLHOOK_ID_SIZE - 1; i++) {
        char c = id.ptr[i];
        unsigned digit = c <= '9'   ? (unsigned)(c - '0')
                         : c <= 'Z' ? (unsigned)(c - 'A') + 10
                                    : (unsigned)(c - 'a') + 36;

        if (number > (UINT64_MAX - digit) / 62) return 0;
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

/* Whether a text is an id of this kind: the prefix and 24 of 0-9 A-Z a-z. */
static int akolhook_hub_i_is_id(akolhook_str id, const char *prefix) {
    size_t i;

    if (!id.ptr || id.len != AKOLHOOK_ID_SIZE - 1 || memcmp(id.ptr, prefix, 4) != 0) return 0;
    for (i = 4; i < id.len; i++) {
        char c = id.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) return 0;
    }
    return 1;
}
/* A webhook's id as it came. */
static akolhook_status akolhook_hub_i_webhook_id(const char *id) {
    if (!id) return AKOLHOOK_INVALID_ARGUMENT;
    return akolhook_hub_i_is_id(akolhook_memory_i_id_str(id), "whk_") ? AKOLHOOK_OK
                                                                      : AKOLHOOK_UNKNOWN_WEBHOOK;
}
/* The delivery of an id as it came; one of that number must have the id's message, too. */
static akolhook_status akolhook_hub_i_delivery_find(
        akolhook_hub *h, akolhook_str id, akolhook_store_delivery *delivery) {
    char found[AKOLHOOK_ID_SIZE];
    akolhook_status status;
    uint64_t number;

    if (!akolhook_hub_i_is_id(id, "dlv_")) return AKOLHOOK_UNKNOWN_DELIVERY;
    number = akolhook_hub_i_delivery_number(id);
    if (!number) return AKOLHOOK_UNKNOWN_DELIVERY;
    status = h->store.delivery_fn(h->store.user, number, delivery);
    if (status != AKOLHOOK_OK) return status;
    akolhook_hub_i_delivery_id(delivery->message_id, number, found);
    return memcmp(found, id.ptr, id.len) == 0 ? AKOLHOOK_OK : AKOLHOOK_UNKNOWN_DELIVERY;
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

/* Attempts to one scheme, host and port share the client's places for an origin. */
static uint64_t akolhook_hub_i_origin_of(akolhook_str text) {
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    akolhook_url url;
    uint8_t tail[3];
    size_t i;

    /* not covered: it was parsed when it was checked */
    if (akolhook_url_parse(text, AKOLHOOK_ALLOW_HTTP, &url) != AKOLHOOK_OK) return 0;
    for (i = 0; i < url.host.len; i++) {
        uint8_t c = (uint8_t)url.host.ptr[i];

        if (c >= 'A' && c <= 'Z') c = (uint8_t)(c - 'A' + 'a');
        hash = (hash ^ c) * UINT64_C(1099511628211);
    }
    tail[0] = url.https;
    tail[1] = (uint8_t)(url.port >> 8);
    tail[2] = (uint8_t)url.port;
    for (i = 0; i < sizeof tail; i++) hash = (hash ^ tail[i]) * UINT64_C(1099511628211);
    return hash;
}

/* ---- custom headers: kept as lines, sent taken apart ---- */

#define AKOLHOOK_HUB_I_HEADERS_CAP 2048

/* Checks them as the core will write them, and makes the lines. */
static akolhook_status akolhook_hub_i_headers_join(
        const akolhook_header *headers, size_t count, char *header_lines, size_t *len) {
    akolhook_head head;
    akolhook_url url;
    akolhook_status status;
    size_t i;

    if (count > AKOLHOOK_HUB_MAX_HEADERS) return AKOLHOOK_OUT_OF_RANGE;
    memset(&head, 0, sizeof head);
    head.headers = headers;
    head.header_count = count;
    head.url = &url;
    (void)!akolhook_url_parse(akolhook_str_c("https://any.example/"), 0, &url);
    status = akolhook_head_write(&head, NULL, 0, len);
    *len = 0;
    if (status != AKOLHOOK_BUFFER_TOO_SMALL) return status; /* room is all that it may lack */

    for (i = 0; i < count; i++) {
        const akolhook_header *header = &headers[i];
        size_t need = header->name.len + 2 + header->value.len + 2;

        if (need > AKOLHOOK_HUB_I_HEADERS_CAP - *len) return AKOLHOOK_OUT_OF_RANGE;
        memcpy(header_lines + *len, header->name.ptr, header->name.len);
        memcpy(header_lines + *len + header->name.len, ": ", 2);
        if (header->value.len)
            memcpy(header_lines + *len + header->name.len + 2, header->value.ptr, header->value.len);
        memcpy(header_lines + *len + need - 2, "\r\n", 2);
        *len += need;
    }
    return AKOLHOOK_OK;
}
/* How many there are; at most AKOLHOOK_HUB_MAX_HEADERS. headers may be NULL. */
static size_t akolhook_hub_i_headers_split(akolhook_str header_lines, akolhook_header *headers) {
    size_t count = 0, at = 0, colon, end;

    while (at < header_lines.len && count < AKOLHOOK_HUB_MAX_HEADERS) {
        for (colon = at; colon < header_lines.len && header_lines.ptr[colon] != ':'; colon++) continue;
        for (end = colon; end < header_lines.len && header_lines.ptr[end] != '\r'; end++) continue;
        if (end + 1 >= header_lines.len || end - colon < 2) break; /* not as they were joined */
        if (headers) {
            headers[count].name = akolhook_str_n(header_lines.ptr + at, colon - at);
            headers[count].value = akolhook_str_n(header_lines.ptr + colon + 2, end - colon - 2);
        }
        count++;
        at = end + 2;
    }
    return count;
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
    webhook->updated_at_ms = from->updated_at_ms;
    webhook->last_triggered_at_ms = from->last_triggered_at_ms;
    webhook->failure_count = from->health.failures;
    memcpy(webhook->secret, akolhook_hub_i_masked_secret, sizeof akolhook_hub_i_masked_secret);
    webhook->number = from->number;
    webhook->rate = from->rate;
    webhook->deadline_ms = from->deadline_ms;
    webhook->header_count = (uint32_t)akolhook_hub_i_headers_split(from->headers, NULL);
    webhook->cls = from->health.cls;
    webhook->reason = from->health.reason;
    webhook->code = from->health.code;
    webhook->last_ms = from->health.estimate_ms;
    webhook->failing_since_ms = from->health.sick_at_ms;
    webhook->inactive_at_ms = from->inactive_at_ms;
    webhook->inactive_by = from->inactive_by;
    webhook->queued = from->queued;
    webhook->in_flight = from->in_flight;
    webhook->oldest_ms = from->oldest_ms;
    webhook->next_ms = from->next_ms;
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
    akolhook_store_webhook kept[AKOLHOOK_HUB_I_LISTED];
    akolhook_status status;
    uint64_t after = 0;
    uint32_t total = 0;
    size_t some = AKOLHOOK_HUB_I_LISTED, i;

    while (some == AKOLHOOK_HUB_I_LISTED) {
        status = h->store.webhook_list_fn(h->store.user, after, 0, kept, AKOLHOOK_HUB_I_LISTED, &some);
        if (status == AKOLHOOK_OK && some > AKOLHOOK_HUB_I_LISTED) status = AKOLHOOK_BROKEN_HOOK;
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
    const int64_t until = akolhook_hub_i_monotonic(h) + AKOLHOOK_HUB_I_PROBE_MS;
    akolhook_status status, polled;
    int64_t left;

    /* while all places are taken, deliveries go on until one of them ends */
    for (;;) {
        status = akolhook_deliver_request(h->client, request, delivery);
        left = until - akolhook_hub_i_monotonic(h);
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
    akolhook_header headers[AKOLHOOK_HUB_MAX_HEADERS];
    akolhook_status status = akolhook_hub_i_probe_allowed(h, wanted, max);
    unsigned number = 1;
    size_t len = 0;

    if (status != AKOLHOOK_OK) return status;

    while (number < AKOLHOOK_EVENT_LAST && !akolhook_events_has(wanted->events, (akolhook_event)number))
        number++;
    (void)akolhook_hub_i_emit_envelope(h, (akolhook_event)number, 0, &envelope);
    envelope.webhook_id = akolhook_text_c(wanted->id);
    status = akolhook_build_sample(h->scratch, AKOLHOOK_MAX_TYPED, &len, &envelope);
    /* not covered: every sample fits unless AKOLHOOK_MAX_TYPED was made smaller */
    if (status != AKOLHOOK_OK) return status;

    memset(&request, 0, sizeof request);
    request.url = wanted->url;
    request.secret = akolhook_str_c(wanted->secret);
    request.body[0] = akolhook_str_n(h->scratch, len);
    request.event = akolhook_str_c(akolhook_event_name((akolhook_event)number));
    request.test = 1;
    request.headers = headers;
    request.header_count = akolhook_hub_i_headers_split(wanted->headers, headers);
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

/* Which members a change names, each checked; headers are joined into lines. */
static akolhook_status akolhook_hub_i_wanted_check(akolhook_hub *h, const akolhook_wanted *wanted,
        akolhook_store_webhook *change, unsigned *which, char *header_lines) {
    akolhook_status status = AKOLHOOK_OK;
    size_t len = 0;

    if (wanted->name.ptr) *which |= AKOLHOOK_STORE_NAME;
    if (wanted->url.ptr) *which |= AKOLHOOK_STORE_URL;
    if (wanted->events) *which |= AKOLHOOK_STORE_EVENTS;
    if (wanted->rate) *which |= AKOLHOOK_STORE_RATE;
    if (wanted->deadline_ms) *which |= AKOLHOOK_STORE_DEADLINE;
    if (wanted->headers) *which |= AKOLHOOK_STORE_HEADERS;
    if (wanted->activity != AKOLHOOK_ACTIVITY_KEEP) *which |= AKOLHOOK_STORE_ACTIVE;

    if (*which & AKOLHOOK_STORE_NAME) status = akolhook_hub_i_name_check(wanted->name);
    if (status == AKOLHOOK_OK && (*which & AKOLHOOK_STORE_URL))
        status = akolhook_hub_i_target_check(h, wanted->url);
    if (status == AKOLHOOK_OK && (*which & AKOLHOOK_STORE_EVENTS))
        status = akolhook_hub_i_events_check(wanted->events);
    if (status != AKOLHOOK_OK) return status;

    change->name = wanted->name;
    change->url = wanted->url;
    change->events = wanted->events;
    if (*which & AKOLHOOK_STORE_ACTIVE) change->is_active = wanted->activity == AKOLHOOK_ACTIVITY_ACTIVE;
    if (*which & AKOLHOOK_STORE_URL) change->origin = akolhook_hub_i_origin_of(wanted->url);
    if (wanted->rate != AKOLHOOK_LIMIT_NONE) change->rate = wanted->rate;
    if (wanted->deadline_ms != AKOLHOOK_LIMIT_NONE) change->deadline_ms = wanted->deadline_ms;
    if (change->rate > 1000 || change->deadline_ms > 600000) return AKOLHOOK_OUT_OF_RANGE;
    if (change->deadline_ms && change->deadline_ms < 1000) return AKOLHOOK_OUT_OF_RANGE;
    if (!wanted->headers && wanted->header_count) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_headers_join(wanted->headers, wanted->header_count, header_lines, &len);
    change->headers = akolhook_str_n(header_lines, len);
    return status;
}
/* A secret of the caller's own, checked as a receiver checks it, or one that is made. */
static akolhook_status akolhook_hub_i_secret_make(
        akolhook_hub *h, akolhook_str wanted, char secret[AKOLHOOK_HUB_SECRET_SIZE]) {
    akolhook_receiver receiver;
    akolhook_status status;

    if (!wanted.ptr) return akolhook_secret_generate(h->platform->random_fn, h->platform->user, secret);
    memset(&receiver, 0, sizeof receiver);
    status = akolhook_receiver_add_secret_str(&receiver, wanted);
    akolhook_wipe(&receiver, sizeof receiver);
    if (status == AKOLHOOK_OK && wanted.len >= AKOLHOOK_HUB_SECRET_SIZE) status = AKOLHOOK_OUT_OF_RANGE;
    if (status == AKOLHOOK_OK) memcpy(secret, wanted.ptr, wanted.len);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_create_webhook(
        akolhook_hub *hub, const akolhook_wanted *wanted, akolhook_webhook *webhook) {
    akolhook_store_webhook made, kept;
    akolhook_status status;
    char header_lines[AKOLHOOK_HUB_I_HEADERS_CAP];
    unsigned which = AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS;

    if (webhook) memset(webhook, 0, sizeof *webhook);
    if (!hub || !wanted || !webhook) return AKOLHOOK_INVALID_ARGUMENT;
    if (wanted->activity != AKOLHOOK_ACTIVITY_KEEP) return AKOLHOOK_INVALID_ARGUMENT;
    memset(&made, 0, sizeof made);
    made.is_active = 1;
    made.created_at_ms = akolhook_hub_i_now(hub);
    status = akolhook_hub_i_probe_begin(hub, wanted);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_wanted_check(hub, wanted, &made, &which, header_lines);
    if (status == AKOLHOOK_OK)
        status = akolhook_id_generate(hub->platform->random_fn, hub->platform->user, "whk", made.id);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_secret_make(hub, wanted->secret, made.secret);
    if (status == AKOLHOOK_OK && wanted->probe)
        status = akolhook_hub_i_probe(hub, &made, hub->desc.max_webhooks, wanted->probe);
    if (status == AKOLHOOK_OK)
        status = hub->store.webhook_put_fn(hub->store.user, &made, hub->desc.max_webhooks);

    if (status == AKOLHOOK_OK) {
        made.updated_at_ms = made.created_at_ms;
        made.oldest_ms = made.next_ms = -1;
        akolhook_hub_i_webhook_show(&made, webhook);
        if (hub->store.webhook_get_fn(hub->store.user, made.id, &kept) == AKOLHOOK_OK)
            webhook->number = kept.number;
        if (strlen(made.secret) < sizeof webhook->secret)
            memcpy(webhook->secret, made.secret, sizeof webhook->secret);
    }
    akolhook_wipe(made.secret, sizeof made.secret);
    akolhook_wipe(header_lines, sizeof header_lines);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_get_webhook(
        akolhook_hub *hub, const char *webhook_id, akolhook_webhook *webhook) {
    akolhook_store_webhook kept;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    /* webhook_id may be webhook->id */
    if (hub && webhook) status = akolhook_hub_i_webhook_id(webhook_id);
    if (status == AKOLHOOK_OK) status = hub->store.webhook_get_fn(hub->store.user, webhook_id, &kept);
    if (status == AKOLHOOK_OK)
        akolhook_hub_i_webhook_show(&kept, webhook);
    else if (webhook)
        memset(webhook, 0, sizeof *webhook);
    return status;
}

static akolhook_status akolhook_hub_i_list(akolhook_hub *hub, uint64_t after, int only_failing,
        akolhook_webhook *webhooks, size_t max, size_t *count) {
    akolhook_store_webhook kept[AKOLHOOK_HUB_I_LISTED];
    size_t some = 0, i;

    if (count) *count = 0;
    if (!hub || !count || (max && !webhooks)) return AKOLHOOK_INVALID_ARGUMENT;
    while (*count < max) {
        size_t ask = max - *count < AKOLHOOK_HUB_I_LISTED ? max - *count : AKOLHOOK_HUB_I_LISTED;
        akolhook_status status =
                hub->store.webhook_list_fn(hub->store.user, after, only_failing, kept, ask, &some);

        if (status == AKOLHOOK_OK && some > ask) status = AKOLHOOK_BROKEN_HOOK;
        if (status != AKOLHOOK_OK) {
            *count = 0;
            return status;
        }
        for (i = 0; i < some; i++) akolhook_hub_i_webhook_show(&kept[i], &webhooks[(*count)++]);
        if (some < ask) break;
        after = kept[some - 1].number;
    }
    return AKOLHOOK_OK;
}
AKOLHOOK_API akolhook_status akolhook_hub_list_webhooks(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count) {
    return akolhook_hub_i_list(hub, after, 0, webhooks, max, count);
}
AKOLHOOK_API akolhook_status akolhook_hub_list_failing(
        akolhook_hub *hub, uint64_t after, akolhook_webhook *webhooks, size_t max, size_t *count) {
    return akolhook_hub_i_list(hub, after, 1, webhooks, max, count);
}

/* Starts a change of one webhook. */
static akolhook_status akolhook_hub_i_change(akolhook_store_webhook *change, const char *webhook_id) {
    akolhook_status status = akolhook_hub_i_webhook_id(webhook_id);

    memset(change, 0, sizeof *change);
    if (status == AKOLHOOK_OK) memcpy(change->id, webhook_id, AKOLHOOK_ID_SIZE - 1);
    return status;
}
static akolhook_status akolhook_hub_i_change_store(
        akolhook_hub *h, const akolhook_store_webhook *change, unsigned which) {
    h->ask_at = 0;
    return h->store.webhook_set_fn(h->store.user, change, which, akolhook_hub_i_now(h), NULL);
}

/* Tries the new URL of a webhook, with the headers that deliveries to it will have: where the change names
   none, header_lines takes those that are kept. Its secret is not known here, as the store gives it out for
   deliveries alone. */
static akolhook_status akolhook_hub_i_change_probe(akolhook_hub *h, const akolhook_store_webhook *change,
        unsigned which, char *header_lines, akolhook_delivery *delivery) {
    akolhook_store_webhook wanted = *change, kept;
    akolhook_status status = h->store.webhook_get_fn(h->store.user, change->id, &kept);

    if (status == AKOLHOOK_OK && kept.headers.len > AKOLHOOK_HUB_I_HEADERS_CAP) status = AKOLHOOK_BROKEN_HOOK;
    if (status == AKOLHOOK_OK && !wanted.events) wanted.events = kept.events;
    if (status == AKOLHOOK_OK && kept.headers.len && !(which & AKOLHOOK_STORE_HEADERS)) {
        memcpy(header_lines, kept.headers.ptr, kept.headers.len);
        wanted.headers = akolhook_str_n(header_lines, kept.headers.len);
    }
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
    char header_lines[AKOLHOOK_HUB_I_HEADERS_CAP];
    unsigned which = 0;

    if (!hub || !wanted || wanted->activity > AKOLHOOK_ACTIVITY_INACTIVE) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_probe_begin(hub, wanted);
    if (status != AKOLHOOK_OK) return status;
    status = akolhook_hub_i_change(&change, webhook_id);
    if (status == AKOLHOOK_OK && wanted->secret.ptr) status = AKOLHOOK_INVALID_ARGUMENT;
    if (status == AKOLHOOK_OK)
        status = akolhook_hub_i_wanted_check(hub, wanted, &change, &which, header_lines);
    if (status == AKOLHOOK_OK && (which & AKOLHOOK_STORE_URL) && wanted->probe)
        status = akolhook_hub_i_change_probe(hub, &change, which, header_lines, wanted->probe);
    if (which & AKOLHOOK_STORE_ACTIVE) hub->tend_at = 0; /* what it does not cut off now */
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_change_store(hub, &change, which);
    akolhook_wipe(header_lines, sizeof header_lines);
    akolhook_hub_i_keys_forget(hub);
    return status;
}

/* The secret of an attempt. Where the slice that the client has does not fit, it is broken off, given back
   and made again; of one that has ended the client knows nothing any more. */
static void akolhook_hub_i_flight_rotate(akolhook_hub *h, akolhook_hub_i_flight *f, const char *secret) {
    size_t len = strlen(secret);

    if (strlen(f->claim.secret) == len)
        memcpy(f->claim.secret, secret, len);
    else
        (void)!akolhook_client_cancel(h->client, f->exchange);
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

    /* what is not yet signed is signed by the new one */
    for (i = 1; status == AKOLHOOK_OK && i <= hub->max_in_flight; i++) {
        akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(hub, i);

        if (memcmp(f->claim.webhook_id, change.id, AKOLHOOK_ID_SIZE) == 0)
            akolhook_hub_i_flight_rotate(hub, f, change.secret);
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
    hub->tend_at = 0; /* what it does not cut off now */
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

        if (memcmp(f->claim.webhook_id, change.id, AKOLHOOK_ID_SIZE) == 0)
            (void)!akolhook_client_cancel(hub->client, f->exchange);
    }
    akolhook_hub_i_keys_forget(hub);
    hub->tend_at = 0;
    return AKOLHOOK_OK;
}

/* ---- emit ---- */

/* an event's name, a time, a business id of 64 bytes escaped, the shortest rest */
#define AKOLHOOK_HUB_I_HEAD_CAP 640
static const char akolhook_hub_i_tail[] = "\",\"data\":";

/* The part of the envelope before the webhook's id, the same for all webhooks. */
static akolhook_status akolhook_hub_i_emit_head(const akolhook_envelope *envelope, char *head, size_t *len) {
    akolhook_status status =
            akolhook_build_raw(head, AKOLHOOK_HUB_I_HEAD_CAP, len, envelope, akolhook_str_c("{}"));

    if (status == AKOLHOOK_OK)
        *len -= sizeof akolhook_hub_i_no_webhook - 1 + sizeof akolhook_hub_i_tail - 1 + 3;
    return status;
}

/* What an idempotency key stands for: event and data. */
static void akolhook_hub_i_emit_key(akolhook_store_event *stored, akolhook_str key) {
    uint8_t digest[32], number = (uint8_t)stored->event;
    akolhook_sha256 hash;
    size_t i;

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
/* What every event gets, whatever it was made of. */
static akolhook_status akolhook_hub_i_emit_finish(
        akolhook_hub *h, akolhook_store_event *stored, akolhook_str key) {
    size_t len = stored->head.len + AKOLHOOK_ID_SIZE - 1 + stored->tail[0].len + stored->tail[1].len +
                 stored->tail[2].len;

    if (key.len > 256) return AKOLHOOK_BAD_KEY;
    if (key.len && !key.ptr) return AKOLHOOK_INVALID_ARGUMENT;
    if (len > AKOLHOOK_MAX_BODY) return AKOLHOOK_BODY_TOO_LARGE;
    if (key.len) akolhook_hub_i_emit_key(stored, key);
    stored->max_queue = h->desc.max_queue;
    stored->at_ms = akolhook_hub_i_now(h);
    return akolhook_id_generate(h->platform->random_fn, h->platform->user, "msg", stored->message_id);
}

/* Keeps what was dropped, for the next _poll to tell of. */
static void akolhook_hub_i_emit_dropped(akolhook_hub *h, const akolhook_store_event *stored) {
    akolhook_log_row *row = &h->dropped_row;

    if (!stored->dropped) return;
    h->dropped = h->dropped < UINT32_MAX - stored->dropped ? h->dropped + stored->dropped : UINT32_MAX;
    memset(row, 0, sizeof *row);
    memcpy(row->message_id, stored->message_id, AKOLHOOK_ID_SIZE);
    memcpy(row->webhook_id, stored->dropped_id, AKOLHOOK_ID_SIZE);
    akolhook_hub_i_delivery_id(stored->message_id, stored->dropped_number, row->delivery_id);
    row->event = stored->event;
    row->number = stored->dropped_number;
    row->at_ms = stored->at_ms;
    row->state = AKOLHOOK_DELIVERY_DROPPED;
    row->status = AKOLHOOK_WEBHOOK_QUEUE_FULL;
    row->lookup_ms = row->connect_ms = row->tls_ms = row->first_byte_ms = -1;
}
static akolhook_status akolhook_hub_i_emit_store(
        akolhook_hub *h, akolhook_store_event *stored, size_t count, akolhook_hub_emitted *emitted) {
    akolhook_status status = h->store.enqueue_fn(h->store.user, stored, count);
    size_t i;

    h->ask_at = 0;
    for (i = 0; i < count && status == AKOLHOOK_OK; i++) {
        if (emitted) {
            memcpy(emitted[i].message_id, stored[i].message_id, AKOLHOOK_ID_SIZE);
            emitted[i].message_id[AKOLHOOK_ID_SIZE - 1] = 0;
            emitted[i].repeated = stored[i].repeated;
            emitted[i].deliveries = stored[i].deliveries;
            emitted[i].skipped = stored[i].skipped;
            emitted[i].dropped = stored[i].dropped;
        }
        akolhook_hub_i_emit_dropped(h, &stored[i]);
    }
    return status;
}

/* Checks the data of an event, one level deep in a body, and takes the blanks around it off. */
static akolhook_status akolhook_hub_i_emit_data(akolhook_str *data) {
    akolhook_json_writer w;
    akolhook_status status;
    size_t len;

    akolhook_json_init(&w, NULL, 0, 0);
    akolhook_json_array_begin(&w);
    akolhook_json_raw(&w, *data);
    akolhook_json_array_end(&w);
    status = akolhook_json_finish(&w, &len);
    if (status != AKOLHOOK_BUFFER_TOO_SMALL) return status; /* room is all that it may lack */

    while (*data->ptr == ' ' || *data->ptr == '\t' || *data->ptr == '\n' || *data->ptr == '\r') data->ptr++;
    data->len = len - 2;
    return *data->ptr == '{' ? AKOLHOOK_OK : AKOLHOOK_WRONG_TYPE;
}

/* Makes an event ready for the store; head is its room for the envelope's beginning. */
static akolhook_status akolhook_hub_i_emit_make(
        akolhook_hub *h, const akolhook_hub_event *event, char *head, akolhook_store_event *stored) {
    akolhook_envelope envelope;
    akolhook_str data = event->data;
    akolhook_status status;
    size_t len = 0;

    memset(stored, 0, sizeof *stored);
    if (event->data.len && !event->data.ptr) return AKOLHOOK_INVALID_ARGUMENT;
    if (event->data.len > AKOLHOOK_MAX_BODY) return AKOLHOOK_BODY_TOO_LARGE;
    status = akolhook_hub_i_emit_envelope(h, event->event, event->timestamp_ms, &envelope);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_head(&envelope, head, &len);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_data(&data);
    if (status != AKOLHOOK_OK) return status;

    stored->event = event->event;
    stored->head = akolhook_str_n(head, len);
    stored->tail[0] = akolhook_str_c(akolhook_hub_i_tail);
    stored->tail[1] = data;
    stored->tail[2] = akolhook_str_c("}");
    return akolhook_hub_i_emit_finish(h, stored, event->idempotency_key);
}

AKOLHOOK_API akolhook_status akolhook_hub_emit(
        akolhook_hub *hub, const akolhook_hub_event *event, char (*message_id)[AKOLHOOK_ID_SIZE]) {
    char head[AKOLHOOK_HUB_I_HEAD_CAP];
    akolhook_store_event stored;
    akolhook_status status;

    if (message_id) memset(*message_id, 0, sizeof *message_id);
    if (!hub || !event) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_emit_make(hub, event, head, &stored);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_store(hub, &stored, 1, NULL);
    if (status == AKOLHOOK_OK && message_id) memcpy(*message_id, stored.message_id, sizeof *message_id);
    return status;
}

AKOLHOOK_API akolhook_status akolhook_hub_emit_many(
        akolhook_hub *hub, const akolhook_hub_event *events, size_t count, akolhook_hub_emitted *emitted) {
    char heads[AKOLHOOK_EMIT_MOST][AKOLHOOK_HUB_I_HEAD_CAP];
    akolhook_store_event stored[AKOLHOOK_EMIT_MOST];
    akolhook_status status = AKOLHOOK_OK;
    size_t i;

    if (!hub || (count && !events)) return AKOLHOOK_INVALID_ARGUMENT;
    if (count > AKOLHOOK_EMIT_MOST) return AKOLHOOK_OUT_OF_RANGE;
    if (emitted && count) memset(emitted, 0, count * sizeof *emitted);
    for (i = 0; i < count && status == AKOLHOOK_OK; i++)
        status = akolhook_hub_i_emit_make(hub, &events[i], heads[i], &stored[i]);
    if (status != AKOLHOOK_OK || !count) return status;
    return akolhook_hub_i_emit_store(hub, stored, count, emitted);
}

/* Takes the body in scratch, built for no webhook, apart around the id: it begins as the head does. */
static void akolhook_hub_i_emit_split(
        akolhook_hub *h, const akolhook_envelope *envelope, size_t len, akolhook_store_event *stored) {
    char head[AKOLHOOK_HUB_I_HEAD_CAP];
    size_t at = 0, id_len = sizeof akolhook_hub_i_no_webhook - 1;

    (void)akolhook_hub_i_emit_head(envelope, head, &at);
    memset(stored, 0, sizeof *stored);
    stored->event = envelope->event;
    stored->head = akolhook_str_n(h->scratch, at);
    stored->tail[0] = akolhook_str_n(h->scratch + at + id_len, len - at - id_len);
}

static akolhook_status akolhook_hub_i_emit_typed(akolhook_hub *h, const akolhook_hub_event *event,
        const akolhook_envelope *envelope, size_t len, char (*message_id)[AKOLHOOK_ID_SIZE]) {
    akolhook_store_event stored;
    akolhook_status status;

    akolhook_hub_i_emit_split(h, envelope, len, &stored);
    status = akolhook_hub_i_emit_finish(h, &stored, event->idempotency_key);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_store(h, &stored, 1, NULL);
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
            status = akolhook_build_##type(hub->scratch, AKOLHOOK_MAX_TYPED, &len, &envelope, data); \
        return status == AKOLHOOK_OK ? akolhook_hub_i_emit_typed(hub, event, &envelope, len, message_id) \
                                     : status; \
    }
AKOLHOOK_HUB_I_TYPED(AKOLHOOK_HUB_I_DEFINE)
#undef AKOLHOOK_HUB_I_DEFINE

/* One sample to one webhook. */
static akolhook_status akolhook_hub_i_test_one(
        akolhook_hub *h, const char *webhook_id, akolhook_event event, char message_id[AKOLHOOK_ID_SIZE]) {
    akolhook_envelope envelope;
    akolhook_store_event stored;
    size_t len = 0;
    akolhook_status status;

    (void)akolhook_hub_i_emit_envelope(h, event, 0, &envelope);
    status = akolhook_build_sample(h->scratch, AKOLHOOK_MAX_TYPED, &len, &envelope);
    /* not covered: every sample fits unless AKOLHOOK_MAX_TYPED was made smaller */
    if (status != AKOLHOOK_OK) return status;
    akolhook_hub_i_emit_split(h, &envelope, len, &stored);
    stored.webhook_id = akolhook_memory_i_id_str(webhook_id);
    stored.is_test = 1;
    status = akolhook_hub_i_emit_finish(h, &stored, akolhook_str_n(NULL, 0));
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_emit_store(h, &stored, 1, NULL);
    if (status == AKOLHOOK_OK) memcpy(message_id, stored.message_id, AKOLHOOK_ID_SIZE);
    return status;
}
AKOLHOOK_API akolhook_status akolhook_hub_test_ids(akolhook_hub *hub, const char *webhook_id,
        char (*message_ids)[AKOLHOOK_ID_SIZE], size_t max, size_t *count) {
    char message_id[AKOLHOOK_ID_SIZE];
    akolhook_store_webhook kept;
    akolhook_status status;
    akolhook_events events;
    unsigned number;

    if (count) *count = 0;
    if (!hub || !count || (max && !message_ids)) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_webhook_id(webhook_id);
    if (status == AKOLHOOK_OK) status = hub->store.webhook_get_fn(hub->store.user, webhook_id, &kept);
    events = status == AKOLHOOK_OK ? kept.events : 0;
    for (number = 1; number <= AKOLHOOK_EVENT_LAST && status == AKOLHOOK_OK; number++) {
        if (!akolhook_events_has(events, (akolhook_event)number)) continue;
        status = akolhook_hub_i_test_one(hub, webhook_id, (akolhook_event)number, message_id);
        if (status != AKOLHOOK_OK) break;
        if (*count < max) memcpy(message_ids[*count], message_id, sizeof message_id);
        (*count)++;
    }
    return status;
}
AKOLHOOK_API akolhook_status akolhook_hub_test(akolhook_hub *hub, const char *webhook_id) {
    size_t count;

    return akolhook_hub_test_ids(hub, webhook_id, NULL, 0, &count);
}

/* ---- single deliveries ---- */

static void akolhook_hub_i_delivery_show(
        const akolhook_store_delivery *from, akolhook_hub_delivery *delivery) {
    memset(delivery, 0, sizeof *delivery);
    akolhook_hub_i_delivery_id(from->message_id, from->number, delivery->id);
    memcpy(delivery->message_id, from->message_id, AKOLHOOK_ID_SIZE);
    memcpy(delivery->webhook_id, from->webhook_id, AKOLHOOK_ID_SIZE);
    delivery->event = from->event;
    delivery->state = from->state;
    delivery->attempt = from->attempt;
    delivery->is_test = from->is_test;
    delivery->in_flight = from->in_flight;
    delivery->has_body = from->has_body;
    delivery->age_ms = from->age_ms;
    delivery->due_ms = from->due_ms;
    delivery->number = from->number;
}

AKOLHOOK_API akolhook_status akolhook_hub_list_waiting(akolhook_hub *hub, const char *webhook_id,
        uint64_t after, akolhook_hub_delivery *deliveries, size_t max, size_t *count) {
    akolhook_store_delivery kept[AKOLHOOK_HUB_I_LISTED];
    akolhook_status status = AKOLHOOK_OK;
    size_t some = 0, ask, i;

    if (count) *count = 0;
    if (!hub || !count || (max && !deliveries)) return AKOLHOOK_INVALID_ARGUMENT;
    if (webhook_id) status = akolhook_hub_i_webhook_id(webhook_id);
    while (status == AKOLHOOK_OK && *count < max) {
        ask = max - *count < AKOLHOOK_HUB_I_LISTED ? max - *count : AKOLHOOK_HUB_I_LISTED;
        status = hub->store.waiting_fn(hub->store.user, webhook_id, after, kept, ask, &some);
        if (status == AKOLHOOK_OK && some > ask) status = AKOLHOOK_BROKEN_HOOK;
        if (status != AKOLHOOK_OK) break;
        for (i = 0; i < some; i++) akolhook_hub_i_delivery_show(&kept[i], &deliveries[(*count)++]);
        if (some < ask) break;
        after = kept[some - 1].number;
    }
    if (status != AKOLHOOK_OK) *count = 0;
    return status;
}

/* The same with an id of any form. */
static akolhook_status akolhook_hub_i_delivery_of(
        akolhook_hub *h, const char *delivery_id, akolhook_store_delivery *kept) {
    if (!h || !delivery_id) return AKOLHOOK_INVALID_ARGUMENT;
    return akolhook_hub_i_delivery_find(h, akolhook_memory_i_id_str(delivery_id), kept);
}
AKOLHOOK_API akolhook_status akolhook_hub_get_delivery(
        akolhook_hub *hub, const char *delivery_id, akolhook_hub_delivery *delivery) {
    akolhook_store_delivery kept;
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    /* delivery_id may be delivery->id */
    if (delivery) status = akolhook_hub_i_delivery_of(hub, delivery_id, &kept);
    if (status == AKOLHOOK_OK) {
        akolhook_hub_i_delivery_show(&kept, delivery);
        if (!kept.has_body) return AKOLHOOK_OK;
        delivery->body[0] = kept.head;
        delivery->body[1] = akolhook_str_n(delivery->webhook_id, AKOLHOOK_ID_SIZE - 1);
        delivery->body[2] = kept.tail;
    } else if (delivery) {
        memset(delivery, 0, sizeof *delivery);
    }
    return status;
}
AKOLHOOK_API akolhook_status akolhook_hub_send_now(akolhook_hub *hub, const char *delivery_id) {
    akolhook_store_delivery kept;
    akolhook_status status = akolhook_hub_i_delivery_of(hub, delivery_id, &kept);

    if (status != AKOLHOOK_OK) return status;
    hub->ask_at = 0;
    return hub->store.send_now_fn(hub->store.user, kept.number);
}
AKOLHOOK_API akolhook_status akolhook_hub_cancel(akolhook_hub *hub, const char *delivery_id) {
    akolhook_store_delivery kept;
    akolhook_status status = akolhook_hub_i_delivery_of(hub, delivery_id, &kept);

    if (status != AKOLHOOK_OK) return status;
    hub->ask_at = 0;
    return hub->store.cancel_fn(hub->store.user, kept.number, akolhook_hub_i_now(hub));
}
AKOLHOOK_API akolhook_status akolhook_hub_redeliver(akolhook_hub *hub, const char *delivery_id) {
    akolhook_store_delivery kept;
    akolhook_status status = akolhook_hub_i_delivery_of(hub, delivery_id, &kept);

    if (status != AKOLHOOK_OK) return status;
    hub->ask_at = 0;
    return hub->store.redeliver_fn(hub->store.user, kept.number, hub->desc.max_queue);
}
AKOLHOOK_API akolhook_status akolhook_hub_redeliver_failed(
        akolhook_hub *hub, const char *webhook_id, int64_t since_ms, uint32_t *count) {
    uint32_t found = 0;
    akolhook_status status;

    if (count) *count = 0;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_webhook_id(webhook_id);
    hub->ask_at = 0;
    if (status == AKOLHOOK_OK)
        status = hub->store.redeliver_failed_fn(
                hub->store.user, webhook_id, since_ms, hub->desc.max_queue, &found);
    if (status == AKOLHOOK_OK && count) *count = found;
    return status;
}

/* ---- log, stats, note ---- */

/* A query as a store takes it. *nothing: no row can match. */
static akolhook_status akolhook_hub_i_query(
        akolhook_hub *h, const akolhook_log_query *query, akolhook_log_query *asked, int *nothing) {
    akolhook_store_delivery kept;
    akolhook_status status;

    *asked = *query;
    asked->number = 0;
    if (query->webhook_id.len && !akolhook_hub_i_is_id(query->webhook_id, "whk_"))
        return AKOLHOOK_UNKNOWN_WEBHOOK;
    asked->cursor >>= 16;
    if (query->cursor && (!asked->cursor || akolhook_hub_i_cursor(h, asked->cursor) != query->cursor))
        return AKOLHOOK_BAD_CURSOR;
    if ((unsigned)query->state > AKOLHOOK_DELIVERY_DROPPED) return AKOLHOOK_OUT_OF_RANGE;
    if (query->code_class > 5 && query->code_class != AKOLHOOK_CODE_NONE) return AKOLHOOK_OUT_OF_RANGE;
    *nothing = query->message_id.len && !akolhook_hub_i_is_id(query->message_id, "msg_");
    if (!query->delivery_id.len) return AKOLHOOK_OK;
    status = akolhook_hub_i_delivery_find(h, query->delivery_id, &kept);
    if (status == AKOLHOOK_OK) asked->number = kept.number;
    return status;
}
/* next: the sequence number from the store becomes a cursor. */
static akolhook_status akolhook_hub_i_log(akolhook_hub *hub, const akolhook_log_query *query, uint32_t look,
        akolhook_log_row *rows, size_t max_rows, size_t *count, uint64_t *next) {
    akolhook_log_query asked;
    akolhook_status status;
    size_t i;
    int nothing = 0;

    if (count) *count = 0;
    if (next) *next = 0;
    if (!hub || !query || !count || !next || (max_rows && !rows)) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_query(hub, query, &asked, &nothing);
    if (status != AKOLHOOK_OK || nothing) return status;
    asked.look = look;
    status = hub->store.log_fn(hub->store.user, &asked, rows, max_rows, count, next);
    if (status == AKOLHOOK_OK && *count > max_rows) status = AKOLHOOK_BROKEN_HOOK;
    if (status != AKOLHOOK_OK) {
        *count = 0;
        *next = 0;
        return status;
    }
    if (*next) *next = akolhook_hub_i_cursor(hub, *next);

    for (i = 0; i < *count; i++) {
        akolhook_hub_i_delivery_id(rows[i].message_id, rows[i].number, rows[i].delivery_id);
        rows[i].cursor = akolhook_hub_i_cursor(hub, rows[i].cursor);
    }
    return AKOLHOOK_OK;
}
AKOLHOOK_API akolhook_status akolhook_hub_log(akolhook_hub *hub, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max_rows, size_t *count) {
    uint64_t next;

    return akolhook_hub_i_log(hub, query, 0, rows, max_rows, count, &next);
}
AKOLHOOK_API akolhook_status akolhook_hub_log_page(akolhook_hub *hub, const akolhook_log_query *query,
        akolhook_log_row *rows, size_t max_rows, size_t *count, uint64_t *next) {
    return akolhook_hub_i_log(hub, query, AKOLHOOK_LOG_LOOK, rows, max_rows, count, next);
}

AKOLHOOK_API akolhook_status akolhook_hub_stats(
        akolhook_hub *hub, const char *webhook_id, akolhook_stats *stats) {
    akolhook_status status = AKOLHOOK_OK;

    if (stats) memset(stats, 0, sizeof *stats);
    if (!hub || !stats) return AKOLHOOK_INVALID_ARGUMENT;
    if (webhook_id) status = akolhook_hub_i_webhook_id(webhook_id);
    return status == AKOLHOOK_OK ? hub->store.stats_fn(hub->store.user, webhook_id, stats) : status;
}
AKOLHOOK_API akolhook_status akolhook_hub_gauges(akolhook_hub *hub, akolhook_gauges *gauges) {
    if (gauges) memset(gauges, 0, sizeof *gauges);
    if (!hub || !gauges) return AKOLHOOK_INVALID_ARGUMENT;
    return hub->store.gauges_fn(hub->store.user, gauges);
}
AKOLHOOK_API akolhook_status akolhook_hub_get_note(akolhook_hub *hub, akolhook_str *note) {
    if (!hub || !note) return AKOLHOOK_INVALID_ARGUMENT;
    *note = akolhook_str_n(NULL, 0);
    return hub->store.note_fn(hub->store.user, note);
}
AKOLHOOK_API akolhook_status akolhook_hub_set_note(akolhook_hub *hub, akolhook_str note) {
    if (!hub || (note.len && !note.ptr)) return AKOLHOOK_INVALID_ARGUMENT;
    if (note.len > AKOLHOOK_NOTE_SIZE) return AKOLHOOK_OUT_OF_RANGE;
    if (!note.ptr) note = akolhook_str_c("");
    return hub->store.note_fn(hub->store.user, &note);
}

/* ---- keeping house ---- */

#define AKOLHOOK_HUB_I_KEYS_MS (24 * AKOLHOOK_HUB_I_HOUR)

static void akolhook_hub_i_notice(
        akolhook_hub *h, akolhook_notice_kind kind, const akolhook_log_row *row, uint32_t failures) {
    akolhook_notice notice;

    if (!h->desc.notice_fn) return;
    notice.kind = kind;
    notice.row = row;
    notice.failures = failures;
    h->desc.notice_fn(h->desc.user, &notice);
}

static akolhook_status akolhook_hub_i_tend_by(akolhook_hub *h, int64_t keep_ms, int *more) {
    akolhook_store_tending tending;
    akolhook_status status;
    uint64_t before = h->unsaved;

    memset(&tending, 0, sizeof tending);
    tending.at_ms = akolhook_hub_i_now(h);
    tending.events_ms = keep_ms;
    tending.keys_ms = AKOLHOOK_HUB_I_KEYS_MS;
    status = h->store.tend_fn(h->store.user, &tending);
    if (status != AKOLHOOK_OK) return status;
    *more = tending.more;
    h->unsaved = tending.unsaved;
    if (h->busy && h->unsaved && !before)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_UNSAVED, NULL,
                h->unsaved < UINT32_MAX ? (uint32_t)h->unsaved : UINT32_MAX);
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_hub_i_tend(akolhook_hub *h) {
    int64_t now = akolhook_hub_i_monotonic(h), keep_ms = -1;
    akolhook_status status;
    int more = 0;

    if (h->tend_at > now && h->tend_at <= now + AKOLHOOK_HUB_I_TEND_MS) return AKOLHOOK_OK;
    if (h->desc.keep_hours != AKOLHOOK_KEEP_EVENTS)
        keep_ms = (int64_t)h->desc.keep_hours * AKOLHOOK_HUB_I_HOUR;
    status = akolhook_hub_i_tend_by(h, keep_ms, &more);
    h->tend_at = more ? 0 : now + AKOLHOOK_HUB_I_TEND_MS; /* a store that cannot is asked no more often */
    return status;
}
AKOLHOOK_API akolhook_status akolhook_hub_purge(akolhook_hub *hub, int64_t keep_ms, int *more) {
    akolhook_status status;
    int left = 0;

    if (more) *more = 0;
    if (!hub || keep_ms < 0) return AKOLHOOK_INVALID_ARGUMENT;
    status = akolhook_hub_i_tend_by(hub, keep_ms, &left);
    if (status == AKOLHOOK_OK && more) *more = left;
    return status;
}

/* ---- places ---- */

/* Counts one more attempt to an origin; its entry. */
static uint32_t akolhook_hub_i_origin_take(akolhook_hub *h, uint64_t origin) {
    uint32_t *bucket = &h->origin_buckets[origin % h->max_in_flight], at = *bucket;
    akolhook_hub_i_origin *o;

    while (at && h->origins[at - 1].origin != origin) at = h->origins[at - 1].chain;
    if (!at) {
        at = h->free_origin;
        o = &h->origins[at - 1];
        h->free_origin = o->chain;
        o->origin = origin;
        o->chain = *bucket;
        *bucket = at;
    }
    h->origins[at - 1].open++;
    return at;
}
static void akolhook_hub_i_origin_give(akolhook_hub *h, uint32_t at) {
    akolhook_hub_i_origin *o = &h->origins[at - 1];
    uint32_t *link = &h->origin_buckets[o->origin % h->max_in_flight];

    if (--o->open) return;
    while (*link != at) link = &h->origins[*link - 1].chain;
    *link = o->chain;
    o->chain = h->free_origin;
    h->free_origin = at;
}

/* Takes and gives the place of an attempt. */
static void akolhook_hub_i_place_take(akolhook_hub *h, akolhook_hub_i_flight *f) {
    h->open++;
    h->slow += f->claim.cls != AKOLHOOK_CLASS_QUICK;
    h->failing += f->claim.cls == AKOLHOOK_CLASS_FAILING;
    f->origin = akolhook_hub_i_origin_take(h, f->claim.origin);
}
static void akolhook_hub_i_place_give(akolhook_hub *h, akolhook_hub_i_flight *f) {
    h->open--;
    h->slow -= f->claim.cls != AKOLHOOK_CLASS_QUICK;
    h->failing -= f->claim.cls == AKOLHOOK_CLASS_FAILING;
    akolhook_hub_i_origin_give(h, f->origin);
}

/* What may be claimed now; how many in all. A quarter of the places is for quick webhooks alone, half at most
   for failing ones; of one place none is set aside. */
static uint32_t akolhook_hub_i_limits(akolhook_hub *h, akolhook_store_limits *limits) {
    uint32_t max = h->max_in_flight, ask = h->is_draining ? 0 : max - h->open, quick, failing, i;

    if (ask > h->batch) ask = h->batch;
    quick = max / 4 ? max / 4 : max > 1;
    failing = max / 2 ? max / 2 : 1;
    memset(limits, 0, sizeof *limits);
    limits->lease_ms = (int64_t)h->desc.client.deadline_ms + AKOLHOOK_LEASE_SPARE_MS;
    limits->at_ms = akolhook_hub_i_now(h);
    limits->per_webhook = h->desc.per_webhook;
    limits->rate = h->desc.max_rate;
    limits->slow = h->slow < max - quick ? max - quick - h->slow : 0;
    limits->failing = h->failing < failing ? failing - h->failing : 0;
    limits->per_origin = h->max_per_origin;
    limits->origins = h->full;

    /* origins that may get full by this claim; there are at most as many as places, and so as entries */
    for (i = 0; i < max && ask; i++) {
        const akolhook_hub_i_origin *o = &h->origins[i];
        uint32_t left = o->open < h->max_per_origin ? h->max_per_origin - o->open : 0;

        if (!o->open || left >= ask) continue;
        h->full[limits->origin_count].origin = o->origin;
        h->full[limits->origin_count++].left = left;
    }
    return ask;
}

/* ---- attempts ---- */

/* What has ended stands in a list, in that order, until the store has taken it. */
static void akolhook_hub_i_flight_ended(akolhook_hub_i_flight *f, akolhook_status status) {
    akolhook_hub *h = f->hub;
    uint32_t number = (uint32_t)((size_t)((uint8_t *)f - h->flights) / h->stride) + 1;

    f->row.status = status;
    f->row.success = status == AKOLHOOK_OK;
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

static void akolhook_hub_i_flight_fill(
        akolhook_hub *h, akolhook_hub_i_flight *f, const akolhook_store_claim *c) {
    f->hub = h;
    f->claim = *c;
    f->claim.message_id[AKOLHOOK_ID_SIZE - 1] = f->claim.webhook_id[AKOLHOOK_ID_SIZE - 1] = 0;
    f->claim.secret[AKOLHOOK_HUB_SECRET_SIZE - 1] = 0;
    f->retry_after_s = -1;

    memcpy(f->row.message_id, c->message_id, AKOLHOOK_ID_SIZE);
    memcpy(f->row.webhook_id, c->webhook_id, AKOLHOOK_ID_SIZE);
    akolhook_hub_i_delivery_id(c->message_id, c->number, f->row.delivery_id);
    f->row.event = c->event;
    f->row.number = c->number;
    f->row.is_test = c->is_test;
    f->row.attempt = c->attempt + 1;
    f->row.at_ms = akolhook_hub_i_now(h);
    f->row.lookup_ms = f->row.connect_ms = f->row.tls_ms = f->row.first_byte_ms = -1;
}
static void akolhook_hub_i_flight_start(akolhook_hub *h, const akolhook_store_claim *claim) {
    akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(h, h->first_free);
    akolhook_request r;
    akolhook_status status;

    h->first_free = f->next;
    akolhook_hub_i_flight_fill(h, f, claim);
    akolhook_hub_i_place_take(h, f);

    memset(&r, 0, sizeof r);
    r.url = claim->url;
    r.secret = akolhook_str_c(f->claim.secret);
    r.body[0] = claim->head;
    r.body[1] = akolhook_str_c(f->claim.webhook_id);
    r.body[2] = claim->tail;
    r.message_id = akolhook_str_c(f->claim.message_id);
    r.event = akolhook_str_c(akolhook_event_name(claim->event));
    r.test = claim->is_test;
    r.deadline_ms = claim->deadline_ms;
    r.headers = f->headers;
    r.header_count = akolhook_hub_i_headers_split(claim->headers, f->headers);
    status = akolhook_client_submit(h->client, &r, akolhook_hub_i_flight_done, f, &f->exchange);
    if (status != AKOLHOOK_OK) akolhook_hub_i_flight_ended(f, status);
}

/* A row of a delivery that ended without an attempt, as it is told of. */
static void akolhook_hub_i_row_of(
        akolhook_hub *h, const akolhook_store_delivery *delivery, akolhook_log_row *row) {
    memset(row, 0, sizeof *row);
    memcpy(row->message_id, delivery->message_id, AKOLHOOK_ID_SIZE);
    memcpy(row->webhook_id, delivery->webhook_id, AKOLHOOK_ID_SIZE);
    akolhook_hub_i_delivery_id(delivery->message_id, delivery->number, row->delivery_id);
    row->event = delivery->event;
    row->number = delivery->number;
    row->is_test = delivery->is_test;
    row->at_ms = akolhook_hub_i_now(h);
    row->lookup_ms = row->connect_ms = row->tls_ms = row->first_byte_ms = -1;
}
/* Tells of what a claim ended as too old. */
static void akolhook_hub_i_tell_expired(akolhook_hub *h, const akolhook_store_expired *expired) {
    akolhook_store_delivery found;
    akolhook_log_row row;

    if (!expired->count || !h->desc.notice_fn) return;
    if (h->store.delivery_fn(h->store.user, expired->number, &found) != AKOLHOOK_OK) return;
    akolhook_hub_i_row_of(h, &found, &row);
    row.state = AKOLHOOK_DELIVERY_FAILED;
    row.status = AKOLHOOK_DELIVERY_EXPIRED;
    akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_FAILED, &row, expired->count);
}
/* Attempts are open, none has ended since the store was asked, and what waits there is not due yet. */
static int akolhook_hub_i_knows(akolhook_hub *h) {
    const int64_t left = h->open && h->ask_at ? h->ask_at - akolhook_hub_i_monotonic(h) : 0;

    return left > 0 && left <= AKOLHOOK_HUB_I_ASK_MS;
}
/* Claims what is due and begins it, until there is no place or nothing more is given. */
static akolhook_status akolhook_hub_i_claim(akolhook_hub *h) {
    akolhook_store_limits limits;
    akolhook_store_expired expired;
    akolhook_status status = AKOLHOOK_OK;
    uint32_t ask;
    size_t count, i;

    if (akolhook_hub_i_knows(h)) return AKOLHOOK_OK;
    h->ask_at = 0;
    while ((ask = akolhook_hub_i_limits(h, &limits)) != 0) {
        count = 0;
        memset(&expired, 0, sizeof expired);
        limits.expired = &expired;
        status = h->store.claim_fn(h->store.user, &limits, h->claims, ask, &count);
        if (status == AKOLHOOK_OK && count > ask) status = AKOLHOOK_BROKEN_HOOK;
        for (i = 0; i < count && status == AKOLHOOK_OK; i++) akolhook_hub_i_flight_start(h, &h->claims[i]);
        akolhook_wipe(h->claims, (status == AKOLHOOK_OK ? count : ask) * sizeof h->claims[0]);
        if (count) h->empty = 0;
        if (status == AKOLHOOK_OK) akolhook_hub_i_tell_expired(h, &expired);
        if (status != AKOLHOOK_OK || count < ask) break;
    }
    return status;
}

static uint32_t akolhook_hub_i_draw(akolhook_hub *h) {
    uint32_t draw = 0;

    if (h->desc.draw_fn) return h->desc.draw_fn(h->desc.user);
    return h->platform->random_fn(h->platform->user, &draw, sizeof draw) == 0 ? draw : 0;
}

/* How an attempt ended, as a store takes it. */
static void akolhook_hub_i_flight_outcome(
        akolhook_hub *h, akolhook_hub_i_flight *f, akolhook_store_outcome *o) {
    akolhook_status status = f->row.status;

    memset(o, 0, sizeof *o);
    o->number = f->claim.number;
    o->lease = f->claim.lease;
    o->handle = f->claim.handle;
    o->charged_ms = f->claim.charged_ms;
    o->retry_after_s = f->retry_after_s;
    o->at_ms = akolhook_hub_i_now(h);
    if (status == AKOLHOOK_CANCELLED) return;
    if (status == AKOLHOOK_QUEUE_FULL || status == AKOLHOOK_ORIGIN_FULL) {
        o->delay_ms = AKOLHOOK_HUB_I_FULL_MS;
        return;
    }
    o->row = &f->row;
    if (f->row.success) return;
    o->draws[0] = akolhook_hub_i_draw(h);
    o->draws[1] = akolhook_hub_i_draw(h);
}

static void akolhook_hub_i_flight_tell(
        akolhook_hub *h, const akolhook_hub_i_flight *f, const akolhook_store_outcome *o) {
    const akolhook_log_row *row = &f->row;

    if (!o->row || o->status != AKOLHOOK_OK) return;
    if (!o->is_fault) akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_ATTEMPTED, row, o->failures);
    if (row->state == AKOLHOOK_DELIVERY_DELIVERED)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_SUCCEEDED, row, o->failures);
    if (row->state == AKOLHOOK_DELIVERY_FAILED)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_FAILED, row, o->failures);
    if (o->failures_before && !o->failures)
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_RECOVERED, row, o->failures_before);
    if (o->warned) akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_INACTIVE_SOON, row, o->failures);
    if (o->deactivates) {
        h->tend_at = 0; /* what is left of its deliveries */
        akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_INACTIVE, row, o->failures);
    }
}

/* Gives up to a batch of outcomes to the store, and tells of them. What it does not take is kept. */
static akolhook_status akolhook_hub_i_settle_some(akolhook_hub *h) {
    akolhook_store_rules rules;
    akolhook_status status;
    size_t count = 0, i;
    uint32_t at, next;

    memset(&rules, 0, sizeof rules);
    rules.max_attempts = h->desc.max_attempts;
    rules.warn_failures = 15;
    rules.warn_ms = 18 * AKOLHOOK_HUB_I_HOUR;
    rules.max_failures = 20;
    rules.max_ms = 24 * AKOLHOOK_HUB_I_HOUR;
    for (at = h->first_done; at && count < h->batch; at = akolhook_hub_i_flight_at(h, at)->next)
        akolhook_hub_i_flight_outcome(h, akolhook_hub_i_flight_at(h, at), &h->outcomes[count++]);
    h->ask_at = 0;
    status = h->store.settle_fn(h->store.user, &rules, h->outcomes, count);
    if (status != AKOLHOOK_OK) return status;

    for (i = 0, at = h->first_done; i < count; i++, at = next) {
        akolhook_hub_i_flight *f = akolhook_hub_i_flight_at(h, at);

        next = f->next;
        h->first_done = next;
        if (!next) h->last_done = 0;
        akolhook_hub_i_flight_tell(h, f, &h->outcomes[i]);
        akolhook_hub_i_place_give(h, f);
        akolhook_wipe(f, sizeof *f);
        f->next = h->first_free;
        h->first_free = at;
    }
    return AKOLHOOK_OK;
}
static akolhook_status akolhook_hub_i_settle(akolhook_hub *h) {
    akolhook_status status = AKOLHOOK_OK;

    while (h->first_done && status == AKOLHOOK_OK) status = akolhook_hub_i_settle_some(h);
    return status;
}

/* ---- driving ---- */

AKOLHOOK_API akolhook_status akolhook_hub_next_due(akolhook_hub *hub, int64_t *ms) {
    akolhook_store_limits limits;

    if (ms) *ms = -1;
    if (!hub || !ms) return AKOLHOOK_INVALID_ARGUMENT;
    if (hub->first_done) {
        *ms = 0;
        return AKOLHOOK_OK;
    }
    if (!akolhook_hub_i_limits(hub, &limits)) return AKOLHOOK_OK; /* an attempt that ends is waited for */
    return hub->store.next_due_fn(hub->store.user, &limits, ms);
}

/* How long to wait; -1: without end. */
static akolhook_status akolhook_hub_i_span(akolhook_hub *h, int timeout_ms, int *span) {
    int64_t due = -1, left = timeout_ms < 0 ? INT_MAX : timeout_ms, now = akolhook_hub_i_monotonic(h);
    akolhook_status status = AKOLHOOK_OK;

    if (akolhook_hub_i_knows(h)) {
        due = h->ask_at - now;
    } else {
        status = akolhook_hub_next_due(h, &due);
        h->is_due = status == AKOLHOOK_OK && due == 0;

        /* something is due and nobody got it: another worker has it locked, or has just taken it */
        if (due == 0 && h->empty++ < AKOLHOOK_HUB_I_PAUSES)
            due = AKOLHOOK_HUB_I_PAUSE_MS + akolhook_hub_i_draw(h) % AKOLHOOK_HUB_I_PAUSE_JITTER_MS;
        else if (due == 0)
            due = h->store.poll_ms ? h->store.poll_ms : AKOLHOOK_HUB_I_FULL_MS;
        if (h->store.poll_ms && (due < 0 || due > h->store.poll_ms)) due = h->store.poll_ms;
        h->ask_at = now + (due < 0 || due > AKOLHOOK_HUB_I_ASK_MS ? AKOLHOOK_HUB_I_ASK_MS : due);
        if (status != AKOLHOOK_OK) h->ask_at = 0;
    }
    if (!h->tend_at) due = 0; /* there is more to tidy up */
    if (due >= 0 && due < left) left = due;
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

static void akolhook_hub_i_tell_dropped(akolhook_hub *h) {
    akolhook_log_row row = h->dropped_row;
    uint32_t dropped = h->dropped;

    if (!dropped) return;
    h->dropped = 0;
    akolhook_hub_i_notice(h, AKOLHOOK_NOTICE_DROPPED, &row, dropped);
}

/* When this side is late, answers that are there are read before a lease is looked at. */
static akolhook_status akolhook_hub_i_turn(akolhook_hub *h, int timeout_ms) {
    akolhook_status status = AKOLHOOK_OK, waited = AKOLHOOK_OK;
    int64_t late = akolhook_hub_i_monotonic(h) - h->polled_at;

    if (h->open && late > AKOLHOOK_HUB_I_LATE_MS) waited = akolhook_client_poll(h->client, 0, NULL);
    status = akolhook_hub_i_settle(h);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_tend(h);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_claim(h);
    if (status != AKOLHOOK_OK) {
        if (h->open)
            (void)!akolhook_client_poll(h->client, 0, NULL); /* what is in flight goes on all the same */
        return status;
    }

    status = akolhook_hub_i_settle(h); /* what the client would not take */
    if (status == AKOLHOOK_OK && waited == AKOLHOOK_OK) waited = akolhook_hub_i_wait(h, timeout_ms);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_settle(h);
    if (status == AKOLHOOK_OK) status = akolhook_hub_i_claim(h);
    h->polled_at = akolhook_hub_i_monotonic(h);
    return status == AKOLHOOK_OK ? waited : status;
}
AKOLHOOK_API akolhook_status akolhook_hub_poll(akolhook_hub *hub, int timeout_ms, size_t *left) {
    akolhook_status status, asked;
    int64_t due = -1;

    if (left) *left = 0;
    if (!hub) return AKOLHOOK_INVALID_ARGUMENT;
    if (hub->busy) return AKOLHOOK_WRONG_ORDER;
    hub->busy = 1;
    akolhook_hub_i_tell_dropped(hub);
    status = akolhook_hub_i_turn(hub, timeout_ms);
    if (left && status == AKOLHOOK_OK && akolhook_hub_i_knows(hub)) {
        asked = AKOLHOOK_OK;
        due = hub->is_due ? 0 : -1;
    } else {
        asked = left ? akolhook_hub_next_due(hub, &due) : AKOLHOOK_OK;
    }
    if (status == AKOLHOOK_OK) status = asked;
    if (left) *left = hub->open + (asked == AKOLHOOK_OK && due == 0);
    hub->busy = 0;
    return status;
}
AKOLHOOK_API void akolhook_hub_drain(akolhook_hub *hub, int on) {
    if (!hub) return;
    hub->is_draining = on != 0;
    hub->ask_at = 0;
}
AKOLHOOK_API void akolhook_hub_look(akolhook_hub *hub) {
    if (hub) hub->ask_at = 0;
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
