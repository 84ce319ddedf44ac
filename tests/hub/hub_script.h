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

#endif
