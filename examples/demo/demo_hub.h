/* The dashboard's part of demo.c: a webhook's life in a hub over the store in memory, with a receiver of its
 * own. */

typedef struct dashboard {
    akolhook_hub *hub;
    void *memory;
    akolhook_webhook webhook;
    receiver receiver;
    char url[64];
    int attempts,
            code; /* made by the last delivery, and the code that all of them were answered; -1: mixed */
} dashboard;

static void on_notice(void *user, const akolhook_notice *notice) {
    dashboard *d = (dashboard *)user;
    if (notice->kind != AKOLHOOK_NOTICE_ATTEMPTED) return;
    d->code = d->attempts == 0 || d->code == notice->row->code ? notice->row->code : -1;
    d->attempts++;
}

/* One line: what was called, and what came of it. */
static void step(const char *name, akolhook_status got, akolhook_status want, int good, const char *said) {
    const char *came = got != want || !said ? akolhook_status_name(got) : good ? said : "not so";
    good = good && got == want;
    printf("  %-44s  %s%s%s\n", name, good ? green : red, came, plain);
    count_result(good);
    if (!good)
        printf("%s  unexpected: it should be %s\n%s", red, said ? said : akolhook_status_name(want), plain);
}

/* Delivers what waits. 1 when that were so many attempts, all answered code, and the receiver found status in
 * each. */
static int delivered(dashboard *d, int attempts, int code, akolhook_status status, int is_test) {
    akolhook_status polled;
    verdict v;
    size_t left = 0;
    int i;
    d->attempts = d->code = 0;
    do polled = akolhook_hub_poll(d->hub, 5000, &left);
    while (polled == AKOLHOOK_OK && left > 0);
    if (polled != AKOLHOOK_OK || d->attempts != attempts || d->code != code) return 0;
    for (i = 0; i < attempts; i++)
        if (!receiver_read(&d->receiver, &v, sizeof v) || v.status != status || v.is_test != is_test)
            return 0;
    return 1;
}

static akolhook_status emit(dashboard *d, const char *data, const char *key) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    event.event = AKOLHOOK_CALL_ENDED;
    event.data = akolhook_str_c(data);
    event.idempotency_key = akolhook_str_c(key);
    return akolhook_hub_emit(d->hub, &event, NULL);
}

/* A new receiver where the last one was, with the secret that its owner has now. */
static int new_receiver(dashboard *d, const char *with_secret) {
    int ended = d->receiver.pid == 0 || receiver_stop(&d->receiver);
    return ended && receiver_start(&d->receiver, with_secret, d->receiver.port, NULL, NULL);
}

static int dashboard_open(dashboard *d) {
    static akolhook_hub_desc desc;
    desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.client.deadline_ms = 5000;
    desc.business_id = akolhook_str_c("biz_SampleBusiness0000000001");
    desc.max_attempts = 1; /* here nobody waits for a retry: what fails is sent again by hand */
    desc.notice_fn = on_notice;
    desc.user = d;
    d->memory = malloc(akolhook_hub_size(&desc));
    if (!d->memory || akolhook_hub_init(&d->hub, d->memory, akolhook_hub_size(&desc), &desc) != AKOLHOOK_OK)
        return 0;
    if (!new_receiver(d, wrong_secret)) return 0; /* it has no secret yet: this one finds a port */
    snprintf(d->url, sizeof d->url, "http://127.0.0.1:%u/hook?token=1", (unsigned)d->receiver.port);
    return 1;
}

static void show_creation(dashboard *d) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook again;
    akolhook_status status;
    wanted.name = akolhook_str_c("CRM");
    wanted.url = akolhook_str_c(d->url);
    status = akolhook_events_parse(akolhook_str_c("call.ended,agent.*"), &wanted.events, NULL);
    if (status == AKOLHOOK_OK) status = akolhook_hub_create_webhook(d->hub, &wanted, &d->webhook);
    step("create: call.ended and agent.*", status, AKOLHOOK_OK, strlen(d->webhook.secret) == 38,
            "active, its secret shown once");
    status = akolhook_hub_create_webhook(d->hub, &wanted, &again);
    step("create the same again", status, AKOLHOOK_WEBHOOK_EXISTS, 1, NULL);
    status = akolhook_hub_get_webhook(d->hub, d->webhook.id, &again);
    step("show", status, AKOLHOOK_OK,
            !strstr(again.secret, d->webhook.secret + 6) && strstr(again.url, "?***"),
            "its secret and the query of its URL are masked");
}

static void show_deliveries(dashboard *d) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row rows[8];
    akolhook_status status;
    size_t count = 0;
    int good = new_receiver(d, d->webhook.secret);
    status = akolhook_hub_test(d->hub, d->webhook.id);
    step("test", status, AKOLHOOK_OK, good && delivered(d, 4, 200, AKOLHOOK_OK, 1),
            "4 samples verified, marked as tests");
    status = emit(d, "{\"callId\":\"call_1\"}", "key-1");
    step("emit call.ended", status, AKOLHOOK_OK, delivered(d, 1, 200, AKOLHOOK_OK, 0), "verified");
    status = emit(d, "{\"callId\":\"call_1\"}", "key-1");
    step("emit it again under the same key", status, AKOLHOOK_OK, delivered(d, 0, 0, AKOLHOOK_OK, 0),
            "nothing is sent");
    query.only_succeeded = 1;
    status = akolhook_hub_log(d->hub, &query, rows, 8, &count);
    step("log", status, AKOLHOOK_OK, count == 5 && rows[0].code == 200 && !rows[0].is_test && rows[1].is_test,
            "5 successes, the newest first");
}

static void show_waiting(dashboard *d) {
    akolhook_hub_delivery waiting[2], one;
    size_t count = 0;
    akolhook_status status = emit(d, "{\"callId\":\"call_wait\"}", NULL);

    if (status == AKOLHOOK_OK)
        status = akolhook_hub_list_waiting(d->hub, d->webhook.id, 0, waiting, 2, &count);
    step("emit, list what waits", status, AKOLHOOK_OK, count == 1 && waiting[0].due_ms == 0,
            "one delivery, due now");
    status = count ? akolhook_hub_get_delivery(d->hub, waiting[0].id, &one) : AKOLHOOK_UNKNOWN_DELIVERY;
    step("show it", status, AKOLHOOK_OK, status == AKOLHOOK_OK && one.has_body && one.attempt == 0,
            "its body, no attempt yet");
    status = count ? akolhook_hub_cancel(d->hub, waiting[0].id) : AKOLHOOK_UNKNOWN_DELIVERY;
    step("cancel it", status, AKOLHOOK_OK, delivered(d, 0, 0, AKOLHOOK_OK, 0), "nothing is sent");
}

static void show_rotation(dashboard *d) {
    char new_secret[AKOLHOOK_SECRET_SIZE];
    uint32_t count = 0;
    int good;
    akolhook_status status = akolhook_hub_rotate_secret(d->hub, d->webhook.id, new_secret);
    if (status == AKOLHOOK_OK) status = emit(d, "{\"callId\":\"call_2\"}", NULL);
    step("rotate; the receiver has the old secret", status, AKOLHOOK_OK,
            delivered(d, 1, 401, AKOLHOOK_SIGNATURE_MISMATCH, 0), "refused: 401 SIGNATURE_MISMATCH");
    good = new_receiver(d, new_secret);
    status = akolhook_hub_redeliver_failed(d->hub, d->webhook.id, 0, &count);
    step("redeliver; the receiver has the new secret", status, AKOLHOOK_OK,
            good && count == 1 && delivered(d, 1, 200, AKOLHOOK_OK, 0), "verified");
}

static void show_end(dashboard *d) {
    akolhook_stats stats;
    akolhook_status status = akolhook_hub_set_active(d->hub, d->webhook.id, 0);
    if (status == AKOLHOOK_OK) status = emit(d, "{\"callId\":\"call_3\"}", NULL);
    if (status == AKOLHOOK_OK) status = akolhook_hub_stats(d->hub, d->webhook.id, &stats);
    step("inactive, emit", status, AKOLHOOK_OK,
            status == AKOLHOOK_OK && stats.skipped == 1 && delivered(d, 0, 0, AKOLHOOK_OK, 0),
            "nothing is sent; counted as skipped");
    status = akolhook_hub_set_active(d->hub, d->webhook.id, 1);
    if (status == AKOLHOOK_OK) status = emit(d, "{\"callId\":\"call_4\"}", NULL);
    step("active, emit", status, AKOLHOOK_OK, delivered(d, 1, 200, AKOLHOOK_OK, 0),
            "verified; what was skipped stays so");
    status = akolhook_hub_delete_webhook(d->hub, d->webhook.id);
    if (status == AKOLHOOK_OK) status = akolhook_hub_get_webhook(d->hub, d->webhook.id, &d->webhook);
    step("delete, show", status, AKOLHOOK_UNKNOWN_WEBHOOK, delivered(d, 0, 0, AKOLHOOK_OK, 0), NULL);
}

static void show_dashboard(void) {
    static dashboard d;
    printf("\n%sthe dashboard, as calls%s\n", bold, plain);
    if (dashboard_open(&d)) {
        show_creation(&d);
        show_deliveries(&d);
        show_waiting(&d);
        show_rotation(&d);
        show_end(&d);
    } else {
        printf("%s  unexpected: the hub or its receiver could not be started%s\n", red, plain);
        count_result(0);
    }
    akolhook_hub_close(d.hub);
    free(d.memory);
    close_receiver(&d.receiver);
}
