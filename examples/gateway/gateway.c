/* gateway - a sender as firmware would have it: static memory, events kept in flash until they are delivered,
   over a modem that connects by name and loses its link.

   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. examples/gateway/gateway.c -o build/gateway
   build/gateway http://hooks.example.com:8080/ whsec_... "an SMS" "another one"

   gateway_sim.h stands for the hardware: flash, modem, clock, random numbers. Everything here is what the
   device would run; its modem would speak TLS by itself, for which http stands here. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_STATIC
#define AKOLHOOK_SMALL
#define AKOLHOOK_NO_POSIX
#include "akolhook.h"
#include "gateway_sim.h"

/* ---- the store: records in a ring of pages ---- */

/* A page begins with its place in the ring of all pages ever written. A record that was cut by a power
   failure fails its CRC and ends its page. Delivered and refused records are marked by clearing bits of
   state; a page whose records all are is erased when its turn comes. */
typedef struct page_head {
    uint32_t sequence, inverted;
} page_head;
typedef struct record {
    uint32_t crc;
    uint16_t len;
    uint8_t event, state;
    char id[32];
} record;
enum { WAITING = 0xff, REFUSED = 0x0f, DELIVERED = 0 }; /* only ever bits less */
static struct {
    size_t page, at;
    uint32_t sequence;
} store; /* where the next record goes */

static uint32_t crc32(uint32_t crc, const void *data, size_t len) {
    const uint8_t *p = (const uint8_t *)data;
    int bit;
    for (crc = ~crc; len; len--)
        for (crc ^= *p++, bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
    return ~crc;
}
static uint32_t record_crc(const record *r, const void *body) {
    uint32_t crc = crc32(0, &r->len, sizeof r->len);
    return crc32(crc32(crc32(crc, &r->event, 1), r->id, sizeof r->id), body, r->len);
}
static size_t record_size(const record *r) { return (sizeof *r + r->len + 3u) & ~(size_t)3u; }
/* The record there, or NULL at the end of the page and where it is damaged. */
static const record *record_at(size_t page, size_t at) {
    const record *r = (const record *)(const void *)flash_at(page, at);
    if (FLASH_PAGE - at < sizeof *r || record_size(r) > FLASH_PAGE - at) return NULL;
    return r->crc == record_crc(r, r + 1) ? r : NULL;
}
static int page_is_used(size_t page, uint32_t *sequence) {
    const page_head *head = (const page_head *)(const void *)flash_at(page, 0);
    *sequence = head->sequence;
    return head->sequence == (uint32_t)~head->inverted;
}
/* The oldest record that waits in the page; *end is behind the last record. */
static const record *page_waiting(size_t page, size_t *end) {
    const record *r, *waiting = NULL;
    uint32_t sequence;
    *end = FLASH_PAGE;
    if (!page_is_used(page, &sequence)) return NULL;
    for (*end = sizeof(page_head); (r = record_at(page, *end)) != NULL; *end += record_size(r))
        if (r->state == WAITING && !waiting) waiting = r;
    return waiting;
}
/* Erases the page, whatever is left there, and makes it the newest. */
static int store_turn(size_t page) {
    page_head head;
    if (flash_erase(page) != 0) return -1;
    head.sequence = store.sequence + 1;
    head.inverted = ~head.sequence;
    if (flash_write(page, 0, &head, sizeof head) != 0) return -1;
    store.page = page;
    store.at = sizeof head;
    store.sequence++;
    return 0;
}
/* After power on: finds the newest page and its end. Bytes behind it that are not erased fill the page up. */
static int store_open(void) {
    size_t page, used = 0, i;
    uint32_t sequence;
    for (page = 0; page < FLASH_PAGES; page++)
        if (page_is_used(page, &sequence) && (!used++ || sequence > store.sequence)) {
            store.page = page;
            store.sequence = sequence;
        }
    if (!used) {
        store.sequence = 0;
        return store_turn(0);
    }
    (void)page_waiting(store.page, &store.at);
    for (i = store.at; i < FLASH_PAGE; i++)
        if (*flash_at(store.page, i) != 0xff) store.at = FLASH_PAGE;
    return 0;
}
/* 0: the record is in the flash for good; -1: there is no room or no power. */
static int store_put(akolhook_event event, const char *id, const char *body, size_t len) {
    record r;
    size_t next = (store.page + 1) % FLASH_PAGES, end, at;
    memset(&r, 0, sizeof r);
    r.len = (uint16_t)len;
    r.event = (uint8_t)event;
    r.state = WAITING;
    memcpy(r.id, id, AKOLHOOK_ID_SIZE);
    r.crc = record_crc(&r, body);
    if (len > FLASH_PAGE || record_size(&r) > FLASH_PAGE - sizeof(page_head)) return -1;
    if (record_size(&r) > FLASH_PAGE - store.at &&
            (page_waiting(next, &end) != NULL || store_turn(next) != 0))
        return -1;
    at = store.at;
    store.at += record_size(&r);
    if (flash_write(store.page, at, &r, sizeof r) != 0 ||
            flash_write(store.page, at + sizeof r, body, len) != 0)
        return -1;
    return record_at(store.page, at) ? 0 : -1;
}
/* The oldest record that waits; *page says where. */
static const record *store_first(size_t *page) {
    const record *r = NULL;
    size_t i, end;
    for (i = 1; i <= FLASH_PAGES && !r; i++) r = page_waiting(*page = (store.page + i) % FLASH_PAGES, &end);
    return r;
}
static int store_end(size_t page, const record *r, uint8_t state) {
    return flash_write(page, (size_t)((const uint8_t *)&r->state - flash_at(page, 0)), &state, 1);
}

/* ---- the time, from the network ---- */

static int64_t clock_offset; /* from uptime to unix time; 0: not known yet */
static int64_t unix_ms(void *user) {
    if (!clock_offset && modem_time()) clock_offset = modem_time() - uptime_ms(user);
    return clock_offset ? clock_offset + uptime_ms(user) : 0;
}

/* ---- store and forward ---- */

#ifndef GATEWAY_RETRY_MS
#define GATEWAY_RETRY_MS 1000 /* then twice as long after each failure, up to 256 times */
#endif
#ifndef GATEWAY_REFUSALS
#define GATEWAY_REFUSALS 3 /* so often an event is refused before the gateway goes on without it */
#endif
static unsigned char client_memory[AKOLHOOK_CLIENT_SIZE(1, sizeof(modem_conn), 256, 1024)];
static akolhook_client *client;
static akolhook_platform platform;
static akolhook_str gateway_url, gateway_secret;
static struct {
    const record *r;
    size_t page;
    int busy;
    unsigned failures;
    unsigned refusals; /* of this event */
    int64_t retry_at;
} sending;
static unsigned long gateway_refused; /* events that the receiver would not take, for the operator */

static int gateway_start(const char *url, const char *secret) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    memset(&sending, 0, sizeof sending);
    gateway_url = akolhook_str_c(url);
    gateway_secret = akolhook_str_c(secret);
    platform.monotonic_ms_fn = uptime_ms;
    platform.unix_ms_fn = unix_ms;
    platform.random_fn = random_bytes;
    platform.wait_fn = wait_any;
    platform.plain = &modem;
    desc.platform = &platform;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.trust_transport_addresses = 1;
    desc.max_in_flight = 1;
    desc.response_cap = 256;
    desc.head_cap = 1024;
    if (store_open() != 0) return -1;
    return akolhook_client_init(&client, client_memory, sizeof client_memory, &desc) == AKOLHOOK_OK ? 0 : -1;
}

/* 0: the event will be delivered, also when the power is cut now. id gets the id that all its attempts will
   carry. Without the network's time nothing is taken: receivers would refuse the event as too old. */
static int gateway_accept(const char *text, char id[AKOLHOOK_ID_SIZE]) {
    static char body[FLASH_PAGE];
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_sms sms = AKOLHOOK_INIT;
    size_t len;
    envelope.event = AKOLHOOK_MESSAGE_RECEIVED;
    envelope.timestamp_ms = unix_ms(NULL);
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    sms.text = akolhook_text_c(text);
    if (!envelope.timestamp_ms || akolhook_id_generate(random_bytes, NULL, "msg", id) != AKOLHOOK_OK)
        return -1;
    sms.message_id = akolhook_text_c(id);
    if (akolhook_build_sms(body, sizeof body, &len, &envelope, &sms) != AKOLHOOK_OK) return -1;
    return store_put(envelope.event, id, body, len);
}

/* Whether the receiver says of the event itself that it will never take it; all else may get better. */
static int is_refusal(int code) { return code == 400 || code == 413 || code == 422; }

static void gateway_done(void *user, uint64_t id, const akolhook_delivery *d) {
    unsigned doublings = sending.failures < 8 ? sending.failures : 8;
    int64_t pause = d->retry_after_s < 21600 ? d->retry_after_s * (int64_t)1000
                                             : 21600000; /* 6 h of Retry-After at most */
    int is_refused = is_refusal(d->code) && ++sending.refusals >= GATEWAY_REFUSALS;
    (void)user;
    (void)id;

    /* an event that is refused for ever must not hold up the others. 410: the receiver wants no more of this.
       When the flash cannot be written it is sent once more: at least once */
    sending.busy = 0;
    if (d->status == AKOLHOOK_OK || d->code == 410 || is_refused) {
        if (is_refused) gateway_refused++;
        sending.failures = sending.refusals = 0;
        (void)store_end(sending.page, sending.r, is_refused ? REFUSED : DELIVERED);
        return;
    }

    if (pause < ((int64_t)GATEWAY_RETRY_MS << doublings)) pause = (int64_t)GATEWAY_RETRY_MS << doublings;
    sending.failures++;
    sending.retry_at = uptime_ms(NULL) + pause;
}

/* One turn of the main loop: what is oldest goes out, in order, its body straight from the flash. 1 while
   something waits, -1 when the request itself is wrong: the URL, the secret. */
static int gateway_step(int timeout_ms) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    if (!sending.busy) {
        sending.r = store_first(&sending.page);
        if (!sending.r) return 0;
        if (unix_ms(NULL) && uptime_ms(NULL) >= sending.retry_at) {
            request.url = gateway_url;
            request.secret = gateway_secret;
            request.message_id = akolhook_str_c(sending.r->id);
            request.event = akolhook_str_c(akolhook_event_name((akolhook_event)sending.r->event));
            request.body[0] = akolhook_str_n(sending.r + 1, sending.r->len);
            status = akolhook_client_submit(client, &request, gateway_done, NULL, NULL);
            sending.busy = status == AKOLHOOK_OK;
        }
    }
    if (sending.busy)
        status = akolhook_client_poll(client, timeout_ms, NULL);
    else
        (void)poll(NULL, 0, timeout_ms < 10 ? timeout_ms : 10); /* the chip would sleep */
    if (status == AKOLHOOK_OK) return 1;
    fprintf(stderr, "%s: %s\n", akolhook_status_name(status), akolhook_status_text(status));
    return -1;
}

#ifndef GATEWAY_NO_MAIN
int main(int argc, char **argv) {
    char id[AKOLHOOK_ID_SIZE];
    int i;
    memset(flash_words, 0xff, sizeof flash_words); /* as it leaves the factory */
    link_plan.bytes = 300; /* the first request is cut, then the link is away for two seconds */
    link_plan.down_ms = 2000;
    if (argc < 4) {
        fprintf(stderr, "usage: gateway URL SECRET SMS...\n");
        return 2;
    }
    if (gateway_start(argv[1], argv[2]) != 0) return 1;
    for (i = 3; i < argc; i++) printf("%s: %s\n", gateway_accept(argv[i], id) == 0 ? id : "no room", argv[i]);
    while (gateway_step(1000) > 0) {}
    akolhook_client_close(client);
    return 0;
}
#endif
