/* A direct script of every hook of a store, for what fails in the middle of one. When it is through,
   nothing of it is left but counters and keys. */
#ifndef HUB_SCRIPT_H
#define HUB_SCRIPT_H

static int is_damaged;        /* what was written may be something else by now */
static int64_t script_number; /* of ids that were not there before */
static akolhook_store_claim script_claims[4];
static size_t script_count;
static char script_ids[2][AKOLHOOK_ID_SIZE];
static akolhook_log_row script_rows[8];
static akolhook_store_webhook script_hook(size_t at) {
    static char url[2][64];
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    sprintf(url[at], "https://h%d.example/", (int)at);
    memcpy(hook.id, script_ids[at], sizeof hook.id);
    hook.name = akolhook_str_c("A webhook");
    hook.url = akolhook_str_c(url[at]);
    strcpy(hook.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    hook.events = AKOLHOOK_EVENTS_ALL;
    hook.is_active = 1;
    hook.origin = at;
    return hook;
}
static akolhook_status script_emit(const akolhook_store *s, int with_key, const char *to) {
    akolhook_store_event events[2];
    size_t i;
    memset(events, 0, sizeof events);
    for (i = 0; i < 2; i++) {
        sprintf(events[i].message_id, "msg_%024lld", (long long)++script_number);
        events[i].event = AKOLHOOK_CALL_ENDED;
        events[i].head = akolhook_str_c("head");
        events[i].tail[0] = akolhook_str_c("tail");
        events[i].tail[2] = akolhook_str_c("end");
        events[i].has_key = with_key != 0;
        memcpy(events[i].key, &script_number, sizeof script_number);
        if (to) events[i].webhook_id = akolhook_str_c(to);
        events[i].is_test = to != NULL;
    }
    return s->enqueue_fn(s->user, events, 2);
}
static akolhook_status script_claim(const akolhook_store *s) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_status status;
    size_t i;
    limits.lease_ms = 60000;
    limits.per_webhook = 2;
    limits.slow = limits.failing = 4;
    status = s->claim_fn(s->user, &limits, script_claims, 4, &script_count);
    for (i = 0; status == AKOLHOOK_OK && i < script_count && !is_damaged; i++)
        CHECK_TEXT(script_claims[i].secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    return status;
}
static akolhook_status script_settle(const akolhook_store *s, int code) {
    static const akolhook_store_rules rules = {1, 1, 1, 20, INT64_C(86400000)};
    akolhook_store_outcome o[4];
    size_t i;
    memset(o, 0, sizeof o);
    for (i = 0; i < script_count; i++) {
        memset(&script_rows[i], 0, sizeof script_rows[i]);
        o[i].number = script_claims[i].number;
        o[i].lease = script_claims[i].lease;
        o[i].handle = script_claims[i].handle;
        o[i].charged_ms = script_claims[i].charged_ms;
        o[i].retry_after_s = -1;
        o[i].row = &script_rows[i];
        script_rows[i].code = code;
        script_rows[i].success = code == 200;
        script_rows[i].status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        script_rows[i].response = akolhook_str_c("response");
    }
    return s->settle_fn(s->user, &rules, o, script_count);
}
static akolhook_status script_log(const akolhook_store *s, uint64_t *number) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    size_t count = 0;
    uint64_t next;
    akolhook_status status;
    query.webhook_id = akolhook_str_c(script_ids[0]);
    query.only_failed = 1;
    status = s->log_fn(s->user, &query, &row, 1, &count, &next);
    *number = count ? row.number : 0;
    return status;
}
enum { SCRIPT_CALLS = 30 };
static akolhook_status script_call(const akolhook_store *s, int call) {
    static uint64_t number;
    akolhook_store_webhook hook = script_hook(call & 1), shown[2];
    akolhook_store_delivery d[2];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_str note = akolhook_str_c("a note");
    akolhook_gauges gauges;
    akolhook_stats stats;
    akolhook_status status;
    uint32_t again;
    int64_t ms;
    size_t count = 0;
    int changed;
    tending.events_ms = call > 27 ? 0 : -1;
    tending.keys_ms = 0;
    switch (call) {
    case 0:
    case 1: return s->webhook_put_fn(s->user, &hook, 10);
    case 2: return s->bind_fn(s->user, akolhook_str_c(BUSINESS));
    case 3: return s->note_fn(s->user, &note);
    case 4: return script_emit(s, 1, NULL);
    case 5: return script_emit(s, 0, script_ids[1]);
    case 6: return script_claim(s);
    case 7: return script_settle(s, 500);
    case 8: w.now += 1000; return script_claim(s);
    case 9: return script_settle(s, 200);
    case 10: return script_log(s, &number);
    case 11: return s->redeliver_fn(s->user, number, 0);
    case 12: return s->redeliver_failed_fn(s->user, script_ids[0], 0, 0, &again);
    case 13: return s->delivery_fn(s->user, number, d);
    case 14:
        status = s->waiting_fn(s->user, NULL, 0, d, 2, &count);
        if (status == AKOLHOOK_OK) number = count ? d[0].number : 0;
        return status;
    case 15: return s->send_now_fn(s->user, number);
    case 16: return s->cancel_fn(s->user, number, w.now);
    case 17: return s->waiting_fn(s->user, script_ids[1], 0, d, 2, &count);
    case 18:
        limits.per_webhook = 4;
        limits.slow = limits.failing = 4;
        return s->next_due_fn(s->user, &limits, &ms);
    case 19: return s->webhook_get_fn(s->user, script_ids[0], shown);
    case 20: return s->webhook_list_fn(s->user, 0, 0, shown, 2, &count);
    case 21: return s->stats_fn(s->user, NULL, &stats);
    case 22: return s->stats_fn(s->user, script_ids[0], &stats);
    case 23: return s->gauges_fn(s->user, &gauges);
    case 24:
        return s->webhook_set_fn(
                s->user, &hook, AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_URL | AKOLHOOK_STORE_SECRET, 0, NULL);
    case 25: hook.is_active = 0; return s->webhook_set_fn(s->user, &hook, AKOLHOOK_STORE_ACTIVE, 0, &changed);
    case 26:
    case 27: return s->webhook_delete_fn(s->user, hook.id);
    default: return s->tend_fn(s->user, &tending);
    }
}

#ifdef SCRIPT_WITH_MORE
static akolhook_status script_emit_some(
        const akolhook_store *s, size_t count, akolhook_event event, uint32_t max_queue) {
    akolhook_store_event events[AKOLHOOK_EMIT_MOST];
    akolhook_status status;
    size_t i;
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        sprintf(events[i].message_id, "msg_%024lld", (long long)++script_number);
        events[i].event = event;
        events[i].head = akolhook_str_c("head");
        events[i].tail[0] = akolhook_str_c("tail");
        events[i].max_queue = max_queue;
    }
    status = s->enqueue_fn(s->user, events, count);
    return status;
}
static akolhook_status script_page(
        const akolhook_store *s, const char *hook, const char *message, akolhook_log_query q, size_t *count) {
    static akolhook_log_row rows[8];
    uint64_t next;
    if (hook) q.webhook_id = akolhook_str_c(hook);
    if (message) q.message_id = akolhook_str_c(message);
    return s->log_fn(s->user, &q, rows, 8, count, &next);
}
enum { SCRIPT_MORE = 45 };
static akolhook_store_claim script_lost_claims[4];
static size_t script_lost_count;
static uint64_t script_ended; /* number of a delivery that has script_ended */
static int script_refused;    /* as it should be: what fails is the end of its transaction alone */

static akolhook_store_limits script_limits(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    limits.lease_ms = 60000;
    limits.per_webhook = 2;
    limits.slow = limits.failing = 4;
    limits.at_ms = w.now;
    return limits;
}
/* Too old: they end without an attempt. No more than 26 hours count at once. */
static akolhook_status script_expire(const akolhook_store *s) {
    akolhook_store_expired expired = AKOLHOOK_INIT;
    akolhook_store_limits limits = script_limits();
    akolhook_status status = AKOLHOOK_OK;
    int64_t ms;
    int i;
    limits.expired = &expired;
    for (i = 0; i < 5 && status == AKOLHOOK_OK; i++) {
        w.now += 20 * HOUR;
        status = s->next_due_fn(s->user, &limits, &ms);
    }
    if (status == AKOLHOOK_OK) status = s->claim_fn(s->user, &limits, script_claims, 4, &script_count);
    if (status != AKOLHOOK_OK) return status;
    CHECK_INT(script_count, 0);
    CHECK(expired.count > 6);
    return status;
}
/* So much later than before the call, also where it is made again. */
static void script_later(int call, int64_t ms) {
    static int64_t before;
    static int last = -1;
    if (call != last) before = w.now;
    last = call;
    if (w.now < before + ms) w.now = before + ms;
}
/* What the script leaves out: drops, leases and deliveries that run out, webhooks that the hub stops. */
static akolhook_status script_more(const akolhook_store *s, int call) {
    akolhook_store_webhook hook = script_hook(call & 1), shown[2];
    akolhook_store_delivery d[2];
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_limits limits = script_limits();
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_str note = AKOLHOOK_INIT;
    akolhook_status status;
    char message_id[AKOLHOOK_ID_SIZE];
    uint32_t again;
    size_t count;
    tending.events_ms = call & 1 ? 3600000 : -1;
    switch (call) {
    case 0: /* two webhooks of which one gets events 1, the other events 2 too */
    case 1: hook.events = call ? 6 : 2; return s->webhook_put_fn(s->user, &hook, 2);
    case 2: return script_emit_some(s, 3, (akolhook_event)1, 0);
    case 3: /* the hub sets both inactive: what waits is cut off at once */
        status = script_claim(s);
        if (status == AKOLHOOK_OK) CHECK_INT(script_count, 4);
        return status;
    case 4: return script_settle(s, 410);
    case 5: return script_emit_some(s, 1, (akolhook_event)1, 0); /* skipped */
    case 6:
    case 7:
        hook.is_active = 1;
        return s->webhook_set_fn(s->user, &hook, AKOLHOOK_STORE_ACTIVE | AKOLHOOK_STORE_EVENTS, w.now, NULL);
    case 8: return script_emit_some(s, 2, (akolhook_event)1, 0);
    case 9:
        script_later(call, 2 * MINUTE);
        return script_emit_some(s, 5, (akolhook_event)1, 3); /* behind: dropped */
    case 10:
        status = s->claim_fn(s->user, &limits, script_lost_claims, 4, &script_lost_count);
        if (status == AKOLHOOK_OK) CHECK_INT(script_lost_count, 4);
        return status;
    case 11: /* their leases run out */
        script_later(call, 2 * HOUR);
        status = script_claim(s);
        if (status == AKOLHOOK_OK) CHECK_INT(script_count, 4);
        return status;
    case 12: return s->cancel_fn(s->user, script_claims[0].number, w.now); /* in flight: marked */
    case 13: return s->delivery_fn(s->user, script_claims[0].number, d);
    case 14: script_ended = script_claims[0].number; return script_settle(s, 500);
    case 15: return s->delivery_fn(s->user, script_ended, d);
    case 16:
        status = s->send_now_fn(s->user, script_ended);
        script_refused = status == AKOLHOOK_DELIVERY_NOT_WAITING;
        return script_refused ? AKOLHOOK_OK : status;
    case 17:
        status = s->cancel_fn(s->user, script_ended, w.now);
        script_refused = status == AKOLHOOK_DELIVERY_NOT_WAITING;
        return script_refused ? AKOLHOOK_OK : status;
    case 18: return s->redeliver_failed_fn(s->user, script_ids[0], 0, 4, &again);
    case 19: return s->redeliver_failed_fn(s->user, script_ids[1], 0, 0, &again);
    case 20: return s->webhook_list_fn(s->user, 0, 1, shown, 2, &count);
    case 21:
    case 22:
        return s->webhook_set_fn(s->user, &hook, AKOLHOOK_STORE_URL | AKOLHOOK_STORE_SECRET, w.now, NULL);
    case 23: return script_emit_some(s, 3, (akolhook_event)1, 0);
    case 24: return script_expire(s);
    case 25:
    case 26: return s->tend_fn(s->user, &tending);
    case 27:
        query.since_ms = 1;
        query.look = 2;
        return script_page(s, script_ids[0], NULL, query, &count);
    case 28:
        sprintf(message_id, "msg_%024lld", (long long)script_number);
        query.until_ms = w.now;
        query.look = 1;
        return script_page(s, NULL, message_id, query, &count);
    case 29: return s->note_fn(s->user, &note);
    case 30:
    case 31: return s->webhook_delete_fn(s->user, hook.id);
    case 32: /* what was not settled in time */
        memcpy(script_claims, script_lost_claims, sizeof script_claims);
        script_count = script_lost_count;
        return script_settle(s, 200);
    default: return s->tend_fn(s->user, &tending);
    }
}

#endif /* SCRIPT_WITH_MORE */

#endif
