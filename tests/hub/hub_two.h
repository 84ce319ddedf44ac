/* Two stores on one database, for those that several processes share: hub_suite.h before it. */
#ifndef HUB_TWO_H
#define HUB_TWO_H

static int64_t two_age(const akolhook_store *s, const char *id) {
    akolhook_store_webhook hook;
    CHECK_STATUS(s->webhook_get_fn(s->user, id, &hook), OK);
    return hook.oldest_ms;
}
static size_t two_claim(const akolhook_store *s, akolhook_store_claim *claim) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    size_t count = 0;
    limits.lease_ms = MINUTE;
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 4;
    CHECK_STATUS(s->claim_fn(s->user, &limits, claim, 1, &count), OK);
    return count;
}
static void two_settle(const akolhook_store *s, const akolhook_store_claim *claim) {
    akolhook_store_rules rules = {15, 20, 1, 1, 1};
    akolhook_store_outcome o = AKOLHOOK_INIT;
    o.number = claim->number;
    o.lease = claim->lease;
    o.handle = claim->handle;
    o.retry_after_s = -1;
    CHECK_STATUS(s->settle_fn(s->user, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, OK);
}
/* a is quiet while b works: store time, seen as the age of a delivery, goes on by exactly what passes, for
   both of them, and a lease of b's lasts its minute. The hub is a's. */
static void two_clocks(const akolhook_store *a, const akolhook_store *b, const char *id) {
    static const int64_t spans[] = {MINUTE, HOUR, MINUTE / 2, 25 * HOUR};
    akolhook_store_webhook change = AKOLHOOK_INIT;
    akolhook_store_claim of_a, of_b;
    int64_t start = w.now, until;
    size_t i;
    emit();
    strcpy(change.id, id);
    change.name = akolhook_str_c("Another name");
    for (i = 0; i < sizeof spans / sizeof spans[0] && !check_bad; i++) {
        for (until = w.now + spans[i]; w.now < until; w.now += spans[i] / 60)
            CHECK_STATUS(b->webhook_set_fn(b->user, &change, AKOLHOOK_STORE_NAME, w.now, NULL), OK);
        CHECK_STATUS(b->webhook_set_fn(b->user, &change, AKOLHOOK_STORE_NAME, w.now, NULL), OK);
        CHECK_INT(two_age(b, id), w.now - start);
        CHECK_INT(two_claim(b, &of_b), 1);

        CHECK_STATUS(a->webhook_set_fn(a->user, &change, AKOLHOOK_STORE_NAME, w.now, NULL), OK);
        CHECK_INT(two_age(a, id), w.now - start);
        CHECK_INT(two_age(b, id), w.now - start);
        CHECK_INT(two_claim(a, &of_a), 0);
        w.now += MINUTE - 1;
        CHECK_INT(two_claim(a, &of_a), 0);
        two_settle(b, &of_b);
    }

    /* the lease of one that is quiet ends when its minute is over, and not before */
    CHECK_INT(two_claim(b, &of_b), 1);
    w.now += MINUTE - 1;
    CHECK_INT(two_claim(a, &of_a), 0);
    w.now++;
    CHECK_INT(two_claim(a, &of_a), 1);
    CHECK(of_a.number == of_b.number && of_a.lease != of_b.lease);
    two_settle(a, &of_a);
}

#endif
