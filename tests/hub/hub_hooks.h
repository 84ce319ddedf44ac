/* Every hook of a store, for those that stand between it and a hub: X(name, parameters, arguments). */
#ifndef HUB_HOOKS_H
#define HUB_HOOKS_H

#define HUB_HOOKS(X) \
    X(bind_fn, (void *user, akolhook_str business_id), (user, business_id)) \
    X(note_fn, (void *user, akolhook_str *note), (user, note)) \
    X(webhook_put_fn, (void *user, const akolhook_store_webhook *w_, uint32_t max), (user, w_, max)) \
    X(webhook_set_fn, \
            (void *user, const akolhook_store_webhook *w_, unsigned which, int64_t at_ms, int *changed), \
            (user, w_, which, at_ms, changed)) \
    X(webhook_get_fn, (void *user, const char *id, akolhook_store_webhook *w_), (user, id, w_)) \
    X(webhook_list_fn, \
            (void *user, uint64_t after, int only_failing, akolhook_store_webhook *all, size_t max, \
                    size_t *count), \
            (user, after, only_failing, all, max, count)) \
    X(webhook_delete_fn, (void *user, const char *id), (user, id)) \
    X(enqueue_fn, (void *user, akolhook_store_event *events, size_t count), (user, events, count)) \
    X(redeliver_fn, (void *user, uint64_t number, uint32_t max_queue), (user, number, max_queue)) \
    X(redeliver_failed_fn, \
            (void *user, const char *id, int64_t since_ms, uint32_t max_queue, uint32_t *count), \
            (user, id, since_ms, max_queue, count)) \
    X(send_now_fn, (void *user, uint64_t number), (user, number)) \
    X(cancel_fn, (void *user, uint64_t number, int64_t at_ms), (user, number, at_ms)) \
    X(delivery_fn, (void *user, uint64_t number, akolhook_store_delivery *d), (user, number, d)) \
    X(waiting_fn, \
            (void *user, const char *id, uint64_t after, akolhook_store_delivery *d, size_t max, \
                    size_t *count), \
            (user, id, after, d, max, count)) \
    X(claim_fn, \
            (void *user, const akolhook_store_limits *l, akolhook_store_claim *c, size_t max, \
                    size_t *count), \
            (user, l, c, max, count)) \
    X(settle_fn, (void *user, const akolhook_store_rules *r, akolhook_store_outcome *o, size_t count), \
            (user, r, o, count)) \
    X(next_due_fn, (void *user, const akolhook_store_limits *l, int64_t *ms), (user, l, ms)) \
    X(tend_fn, (void *user, akolhook_store_tending *t), (user, t)) \
    X(log_fn, \
            (void *user, const akolhook_log_query *q, akolhook_log_row *r, size_t max, size_t *count, \
                    uint64_t *next), \
            (user, q, r, max, count, next)) \
    X(stats_fn, (void *user, const char *id, akolhook_stats *stats), (user, id, stats)) \
    X(gauges_fn, (void *user, akolhook_gauges *gauges), (user, gauges))

#endif
