/* What an operator asks of a hub, over any store: events in numbers, single deliveries, limits of a webhook's
   own, what waits, who is inactive and why, what is kept and for how long. */
#ifndef HUB_CALLS_H
#define HUB_CALLS_H

#include <errno.h>

/* ---- events in numbers ---- */

static void suite_emit_many(void) {
    akolhook_hub_event events[17];
    akolhook_hub_emitted emitted[16];
    akolhook_webhook a, b;
    size_t i;
    suite_start();
    a = create("https://a.example/");
    b = create("https://b.example/");
    CHECK_STATUS(akolhook_hub_set_active(hub, b.id, 0), OK);
    memset(events, 0, sizeof events);
    for (i = 0; i < 17; i++) {
        events[i].event = AKOLHOOK_CALL_ENDED;
        events[i].data = akolhook_str_c("{}");
    }
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 17, NULL), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_hub_emit_many(hub, NULL, 1, NULL), INVALID_ARGUMENT);
    events[15].data = akolhook_str_c("[]");
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 16, emitted), WRONG_TYPE); /* all or none */
    CHECK(emitted[0].message_id[0] == 0 && emitted[0].deliveries == 0);
    CHECK_INT(stats_of(NULL).emitted, 0);
    events[15].data = akolhook_str_c("{}");
    events[3].idempotency_key = events[7].idempotency_key = akolhook_str_c("k");
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 16, emitted), OK);
    for (i = 0; i < 16; i++) {
        CHECK_INT(emitted[i].repeated, i == 7);
        CHECK_INT(emitted[i].deliveries, i != 7);
        CHECK_INT(emitted[i].skipped, i != 7);
        CHECK_INT(emitted[i].dropped, 0);
        CHECK_INT(strcmp(emitted[i].message_id, emitted[3].message_id) == 0, i == 3 || i == 7);
    }
    CHECK_INT(stats_of(a.id).waiting, 15);
    CHECK_INT(stats_of(b.id).skipped, 15);
    events[0].data = akolhook_str_c("{\"a\":1}");
    events[0].idempotency_key = akolhook_str_c("k");
    CHECK_STATUS(akolhook_hub_emit_many(hub, events + 8, 2, NULL), OK);
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 2, NULL), KEY_REUSED);
    CHECK_INT(stats_of(a.id).waiting, 17);
    run();
    CHECK_INT(w.count, 17);
    suite_end();
}

/* An event that nobody gets is not kept; its key is, and who was passed over is counted. */
static void suite_nobody(void) {
    akolhook_gauges gauges;
    akolhook_webhook a;
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    suite_start();
    CHECK_STATUS(emit_key("{}", "before", &first), OK);
    a = create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "before", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 0), OK);
    CHECK_STATUS(emit_key("{}", "skipped", &first), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.events == 0 && gauges.bytes == 0 && gauges.waiting == 0 && gauges.keys == 2 &&
            gauges.webhooks == 1);
    CHECK_INT(gauges.oldest_ms, -1);
    CHECK_INT(stats_of(a.id).skipped, 1);
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 1), OK);
    CHECK_STATUS(emit_key("{}", "skipped", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_INT(stats_of(NULL).emitted, 0);
    suite_end();
}

/* ---- single deliveries ---- */

static akolhook_hub_delivery waits[40];
static size_t wait_count;
static void list_waiting(const char *id) {
    CHECK_STATUS(akolhook_hub_list_waiting(hub, id, 0, waits, 40, &wait_count), OK);
}
static akolhook_log_query of_delivery(const char *id) {
    akolhook_log_query query = AKOLHOOK_INIT;
    query.delivery_id = akolhook_str_c(id);
    return query;
}

static void suite_waiting(void) {
    akolhook_webhook a, b;
    akolhook_gauges gauges;
    akolhook_hub_delivery one;
    size_t i, k, seen_all = 0;
    uint64_t after = 0;
    char body[600];
    size_t body_len = 0;
    suite_start();
    a = create("https://a.example/");
    b = create("https://b.example/");
    w.answer_fn = answer_not_a; /* a hangs */
    for (i = 0; i < 5; i++) {
        emit();
        w.now += SECOND;
    }
    list_waiting(NULL);
    CHECK_INT(wait_count, 10);
    for (i = 1; i < wait_count; i++)
        CHECK(waits[i].number > waits[i - 1].number && waits[i].age_ms <= waits[i - 1].age_ms);
    CHECK(waits[0].age_ms == 5 * SECOND && waits[0].due_ms == 0 && waits[0].attempt == 0 &&
            !waits[0].in_flight);
    do { /* in pages of 3 */
        CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, after, waits, 3, &wait_count), OK);
        seen_all += wait_count;
        if (wait_count) after = waits[wait_count - 1].number;
    } while (wait_count && seen_all < 100);
    CHECK_INT(seen_all, 10);
    CHECK_INT(get(a.id).oldest_ms, 5 * SECOND);
    CHECK_INT(get(a.id).next_ms, 0);
    CHECK_INT(get(a.id).queued, 5);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    run_until(w.now + SECOND);
    list_waiting(b.id);
    CHECK_INT(wait_count, 0);
    CHECK(get(b.id).oldest_ms == -1 && get(b.id).next_ms == -1 && get(b.id).cls == AKOLHOOK_CLASS_QUICK);
    list_waiting(a.id);
    CHECK_INT(wait_count, 5);
    for (i = k = 0; i < wait_count; i++) k += waits[i].in_flight;
    CHECK_INT(k, 2); /* a quarter of 8 places */
    CHECK_INT(get(a.id).in_flight, 2);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.waiting == 5 && gauges.in_flight == 2 && gauges.webhooks == 2 && gauges.events >= 5 &&
            gauges.oldest_ms == 6 * SECOND);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, waits[0].id, &one), OK);
    CHECK(one.has_body && one.state == AKOLHOOK_DELIVERY_WAITING && one.number == waits[0].number &&
            !one.is_test);
    CHECK_TEXT(one.webhook_id, a.id);
    for (i = 0; i < 3; i++) {
        memcpy(body + body_len, one.body[i].ptr, one.body[i].len);
        body_len += one.body[i].len;
    }
    for (i = 0; i < w.count && w.requests[i].host[0] != 'a'; i++) continue;
    CHECK_MEM(body, body_len, w.requests[i].body, w.requests[i].body_len);
    CHECK_TEXT(one.message_id, w.requests[i].id);
    run_until(w.now + 31 * SECOND); /* a has failed */
    CHECK_INT(get(a.id).cls, AKOLHOOK_CLASS_FAILING);
    CHECK_STATUS(get(a.id).reason, DEADLINE);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.failing, 1);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, "dlv_000000000000000000000000", &one), UNKNOWN_DELIVERY);
    CHECK(one.id[0] == 0);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, "x", &one), UNKNOWN_DELIVERY);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, "whk_1", 0, waits, 3, &wait_count), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, "whk_000000000000000000000000", 0, waits, 3, &wait_count),
            UNKNOWN_WEBHOOK);
    suite_end();
}

/* Before backoff and Retry-After, and one alone. */
static void suite_send_now(void) {
    akolhook_webhook hook;
    akolhook_hub_delivery one;
    suite_start();
    hook = create("https://a.example/");
    w.code = 503;
    w.fields = "Retry-After: 3600\r\n";
    emit();
    run();
    emit();
    run_until(START_MS + 10 * MINUTE);
    CHECK_INT(w.count, 1); /* the second waits as well: it holds for the webhook */
    CHECK_INT(get(hook.id).next_ms, 3600 * SECOND - 10 * MINUTE);
    list_waiting(hook.id);
    CHECK_INT(wait_count, 2);
    CHECK_STATUS(akolhook_hub_redeliver(hub, waits[1].id), DELIVERY_WAITS);
    CHECK_STATUS(akolhook_hub_send_now(hub, waits[1].id), OK);
    CHECK_INT(get(hook.id).next_ms, 0);
    w.code = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.count, 2);
    CHECK_TEXT(w.requests[1].id, waits[1].message_id);
    CHECK_STATUS(akolhook_hub_send_now(hub, waits[1].id), DELIVERY_NOT_WAITING); /* in flight */
    run_until(w.now + 31 * SECOND);
    CHECK_STATUS(akolhook_hub_send_now(hub, waits[0].id), OK);
    w.code = 200;
    run_until(w.now + SECOND);
    CHECK_INT(w.count, 3);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, waits[0].id, &one), OK);
    CHECK(one.state == AKOLHOOK_DELIVERY_DELIVERED && one.attempt == 2 && one.due_ms == -1 &&
            one.age_ms == -1);
    CHECK_STATUS(akolhook_hub_send_now(hub, waits[0].id), DELIVERY_NOT_WAITING);
    run_until(w.now +
              5 * SECOND); /* a success ends backoff and Retry-After: the other one's schedule counts again */
    CHECK_INT(w.count, 4);
    CHECK_STATUS(akolhook_hub_send_now(hub, "dlv_0"), UNKNOWN_DELIVERY);
    CHECK_STATUS(akolhook_hub_send_now(hub, NULL), INVALID_ARGUMENT);
    suite_end();
}

static void suite_cancel(void) {
    akolhook_webhook hook;
    akolhook_stats stats;
    char id[3][AKOLHOOK_ID_SIZE];
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    w.code = 0;
    for (i = 0; i < 3; i++) emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    list_waiting(hook.id);
    for (i = 0; i < 3; i++) strcpy(id[i], waits[i].id);
    CHECK(waits[0].in_flight && waits[1].in_flight && !waits[2].in_flight);
    CHECK_STATUS(akolhook_hub_cancel(hub, id[2]), OK);
    CHECK_STATUS(akolhook_hub_cancel(hub, id[2]), DELIVERY_NOT_WAITING);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(row_count == 1 && rows[0].state == AKOLHOOK_DELIVERY_CANCELLED && rows[0].attempt == 0 &&
            rows[0].at_ms == START_MS);
    CHECK_STATUS(rows[0].status, CANCELLED);
    CHECK_STATUS(akolhook_hub_cancel(hub, id[1]), OK); /* in flight: ends by itself, and is not tried again */
    run_until(START_MS + 100 * HOUR);
    CHECK_INT(w.count, 2 + 9); /* two attempts at once, and nine more of the first */
    stats = stats_of(hook.id);
    CHECK(stats.cancelled == 2 && stats.failed == 1 && stats.waiting == 0);
    {
        akolhook_log_query query = of_delivery(id[1]);
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
        CHECK_INT(row_count, 2);
        CHECK(rows[0].state == AKOLHOOK_DELIVERY_CANCELLED && rows[0].attempt == 0 && rows[1].attempt == 1);
        CHECK_STATUS(rows[1].status, DEADLINE);
    }
    CHECK_STATUS(akolhook_hub_cancel(hub, ""), UNKNOWN_DELIVERY);
    suite_end();

    suite_start(); /* in flight, and it succeeds: that counts */
    hook = create("https://a.example/");
    w.answer_ms = 2000;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    list_waiting(hook.id);
    CHECK_STATUS(akolhook_hub_cancel(hub, waits[0].id), OK);
    run();
    CHECK(stats_of(hook.id).delivered == 1 && stats_of(hook.id).cancelled == 0);
    suite_end();
}

static int answer_by_count(const seen *r) {
    static const int codes[6] = {200, 404, 503, 0, 301, 200};
    (void)r;
    return codes[(w.count - 1) % 6];
}
static void suite_log_filters(void) {
    static const struct {
        uint8_t code_class;
        size_t rows;
    } classes[] = {{1, 0}, {2, 2}, {3, 1}, {4, 1}, {5, 1}, {AKOLHOOK_CODE_NONE, 1}};
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char ids[6][AKOLHOOK_ID_SIZE];
    size_t i;
    suite_begin();
    desc.max_attempts = 1;
    suite_open();
    hook = create("https://a.example/");
    w.answer_fn = answer_by_count;
    for (i = 0; i < 6; i++) {
        CHECK_STATUS(emit_key("{}", "", &ids[i]), OK);
        run_until(w.now + MINUTE);
    }
    CHECK_INT(w.count, 6);
    for (i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        query.code_class = classes[i].code_class;
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
        CHECK_INT(row_count, classes[i].rows);
    }
    query.code_class = 0;
    for (i = 0; i < 6; i++) {
        query.message_id = akolhook_str_c(ids[i]);
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
        CHECK_INT(row_count, 1);
        CHECK_TEXT(rows[0].message_id, ids[i]);
    }
    query.delivery_id = akolhook_str_c(rows[0].delivery_id);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows + 1, 300, &row_count), OK);
    CHECK_INT(row_count, 1);
    query.message_id = akolhook_str_c(ids[0]); /* of another */
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows + 1, 300, &row_count), OK);
    CHECK_INT(row_count, 0);
    memset(&query, 0, sizeof query);
    query.message_id = akolhook_str_c("nonsense'; --");
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 0);
    memset(&query, 0, sizeof query);
    query.webhook_id = akolhook_str_c(hook.id);
    query.state = AKOLHOOK_DELIVERY_FAILED;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 4);
    query.state = AKOLHOOK_DELIVERY_WAITING;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 0);
    query.state = (akolhook_delivery_state)6;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OUT_OF_RANGE);
    query.state = (akolhook_delivery_state)0;
    query.code_class = 6;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OUT_OF_RANGE);
    query = of_delivery("dlv_000000000000000000000001");
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), UNKNOWN_DELIVERY);
    suite_end();
}

/* ---- a webhook's own secret, headers and limits ---- */

static void suite_own_secret(void) {
    static const struct {
        const char *secret;
        size_t len;
        akolhook_status status;
    } bad[] = {
            {"", 0, AKOLHOOK_EMPTY_SECRET},
            {" a", 2, AKOLHOOK_SECRET_BLANK},
            {"a\n", 2, AKOLHOOK_SECRET_BLANK},
            {"v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 41, AKOLHOOK_SECRET_VERSION},
            {"a\0b", 3, AKOLHOOK_SECRET_NUL},
    };
    static const char *const good[] = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "any text, 1 of one's own"};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char long_secret[130], secret[AKOLHOOK_SECRET_SIZE];
    size_t i;
    suite_start();
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = 2 | 4;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        wanted.secret = akolhook_str_n(bad[i].secret, bad[i].len);
        CHECK_INT(akolhook_hub_create_webhook(hub, &wanted, &hook), bad[i].status);
        CHECK(hook.id[0] == 0);
    }
    memset(long_secret, 's', sizeof long_secret);
    wanted.secret = akolhook_str_n(long_secret, 129);
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OUT_OF_RANGE);
    wanted.secret = akolhook_str_n(long_secret, 128);
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
    CHECK_TEXT(hook.secret, get(hook.id).secret); /* too long to be shown; whoever gave it knows it */
    emit();
    run();
    long_secret[128] = 0;
    CHECK_STATUS(
            akolhook_verify(long_secret, w.requests[0].signature, w.requests[0].body, w.requests[0].body_len),
            OK);
    w.code = 0; /* a shorter one takes its place while an attempt is in flight */
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    w.code = 200;
    run();
    CHECK_INT(w.count, 3);
    CHECK(is_signed(&w.requests[2], secret));
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    for (i = 0; i < 2; i++) {
        wanted.secret = akolhook_str_c(good[i]);
        CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
        CHECK_TEXT(hook.secret, good[i]);
        emit();
        run();
        CHECK_STATUS(akolhook_verify(good[i], w.requests[w.count - 1].signature, w.requests[w.count - 1].body,
                             w.requests[w.count - 1].body_len),
                OK);
        CHECK_STATUS(
                akolhook_hub_update_webhook(hub, hook.id, &wanted), INVALID_ARGUMENT); /* rotate does that */
        CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    }
    suite_end();
}

static akolhook_header header_of(const char *name, const char *value) {
    akolhook_header header;
    header.name = akolhook_str_c(name);
    header.value = akolhook_str_c(value);
    return header;
}
static void suite_own_headers(void) {
    static const struct {
        const char *name, *value;
        akolhook_status status;
    } bad[] = {
            {"", "x", AKOLHOOK_BAD_HEADER}, {"a b", "x", AKOLHOOK_BAD_HEADER},
            {"a:", "x", AKOLHOOK_BAD_HEADER}, {"A", "x\r\nB: y", AKOLHOOK_BAD_HEADER},
            {"Host", "x", AKOLHOOK_RESERVED_HEADER}, {"WEBHOOK-ID", "x", AKOLHOOK_RESERVED_HEADER},
            {"x-webhook-signature", "x", AKOLHOOK_RESERVED_HEADER},
            {"authorization", "x", AKOLHOOK_RESERVED_HEADER}, /* a second one */
    };
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_header headers[9];
    akolhook_webhook hook;
    static char longest[2100];
    size_t i;
    suite_start();
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    wanted.headers = headers;
    wanted.header_count = 2;
    headers[0] = header_of("Authorization", "Bearer t0ken");
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        headers[1] = header_of(bad[i].name, bad[i].value);
        CHECK_INT(akolhook_hub_create_webhook(hub, &wanted, &hook), bad[i].status);
    }
    headers[1] = header_of("X-Empty", "");
    wanted.header_count = 9;
    for (i = 2; i < 9; i++) headers[i] = headers[1];
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OUT_OF_RANGE);
    memset(longest, 'x', sizeof longest - 1);
    headers[2] = header_of("X-Long", longest);
    wanted.header_count = 3;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OUT_OF_RANGE);
    wanted.headers = NULL; /* a count without an array */
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), INVALID_ARGUMENT);
    wanted.headers = headers;
    wanted.header_count = 2;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
    CHECK_INT(get(hook.id).header_count, 2);
    emit();
    run();
    CHECK(strstr(world_last, "\r\nAuthorization: Bearer t0ken\r\n") &&
            strstr(world_last, "\r\nX-Empty: \r\n"));
    memset(&wanted, 0, sizeof wanted);
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).header_count, 2);
    wanted.probe = &probed; /* a new URL is tried with those that deliveries will have */
    wanted.url = akolhook_str_c("https://a.example/2");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(strstr(world_last, "POST /2 ") && strstr(world_last, "\r\nAuthorization: Bearer t0ken\r\n") &&
            strstr(world_last, "\r\nX-Empty: \r\n"));
    wanted.headers = headers + 1;
    wanted.header_count = 1;
    wanted.url = akolhook_str_c("https://a.example/3");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(strstr(world_last, "POST /3 ") && strstr(world_last, "\r\nX-Empty: \r\n") &&
            !strstr(world_last, "Authorization"));
    wanted.headers = headers; /* an empty array takes them away */
    wanted.header_count = 0;
    wanted.url = akolhook_str_c("https://a.example/4");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).header_count, 0);
    CHECK(strstr(world_last, "POST /4 ") && !strstr(world_last, "X-Empty"));
    emit();
    run();
    CHECK(strstr(world_last, "POST /4 ") && !strstr(world_last, "X-Empty"));
    suite_end();
}

static void suite_own_limits(void) {
    static const uint32_t bad[][2] = {{1001, 0}, {0, 999}, {0, 600001}};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    suite_start();
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    for (i = 0; i < 3; i++) {
        wanted.rate = bad[i][0];
        wanted.deadline_ms = bad[i][1];
        CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OUT_OF_RANGE);
    }
    wanted.rate = 2;
    wanted.deadline_ms = 90000; /* longer than the hub's, and so is its lease */
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
    CHECK(get(hook.id).rate == 2 && get(hook.id).deadline_ms == 90000);
    for (i = 0; i < 8; i++) emit();
    run_until(START_MS + 10 * SECOND);
    CHECK_INT(w.count, 8);
    for (i = 2; i < 8; i++) CHECK(w.requests[i].at - w.requests[i - 2].at >= SECOND);
    w.answer_ms = 80000;
    emit();
    run_until(w.now + 100 * SECOND);
    CHECK_INT(w.count, 9);
    CHECK_INT(stats_of(hook.id).delivered, 9);
    memset(&wanted, 0, sizeof wanted);
    wanted.rate = wanted.deadline_ms = AKOLHOOK_LIMIT_NONE;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(get(hook.id).rate == 0 && get(hook.id).deadline_ms == 0);
    w.answer_ms = 0;
    for (i = 0; i < 5; i++) emit();
    run();
    CHECK_INT(w.count, 14);
    suite_end();
}

/* ---- who fails, and what that means ---- */

/* An answered 4xx is the delivery's failure: no backoff, no change of class. */
static void suite_refused_delivery(void) {
    akolhook_webhook hook;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    emit();
    run();
    w.code = 422;
    for (i = 0; i < 8; i++) emit();
    run();
    CHECK_INT(w.count, 9); /* all of them at once */
    CHECK_INT(get(hook.id).cls, AKOLHOOK_CLASS_QUICK);
    CHECK_INT(get(hook.id).failure_count, 8);
    CHECK_INT(get(hook.id).code, 422);
    CHECK_STATUS(get(hook.id).reason, HTTP_STATUS);
    w.code = 429;
    emit();
    run();
    CHECK_INT(get(hook.id).cls, AKOLHOOK_CLASS_FAILING);
    suite_end();
}

/* How long the last attempt took, whatever came of it; a new URL and a new start forget it. */
static void suite_last_ms(void) {
    static const int codes[] = {200, 400, 500};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    CHECK_INT(hook.last_ms, 0);
    CHECK_INT(get(hook.id).last_ms, 0);
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        w.code = codes[i];
        w.answer_ms = (6 + (int64_t)i) * SECOND;
        emit();
        run();
        CHECK_INT(get(hook.id).last_ms, (6 + (long)i) * SECOND);
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
        CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
        CHECK(get(hook.id).last_ms == 0 && get(hook.id).cls == AKOLHOOK_CLASS_OTHER);
        CHECK(get(hook.id).last_triggered_at_ms != 0);
    }
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run();
    CHECK_INT(get(hook.id).last_ms, 8 * SECOND);
    wanted.url = akolhook_str_c("https://b.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).last_ms, 0);
    suite_end();
}

/* None, 1 s, 2 s, ... 5 min between the attempts to a webhook that fails, whatever waits; one success ends
   it. */
static void suite_backoff(void) {
    static const int64_t pause[10] = {0, 1, 2, 4, 8, 16, 32, 64, 128, 256};
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.max_attempts = 1;
    desc.per_webhook = 1;
    suite_open();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 14; i++) emit();
    run_until(START_MS + HOUR);
    CHECK_INT(w.count, 14);
    for (i = 1; i < 14; i++)
        CHECK_INT(w.requests[i].at - w.requests[i - 1].at, (i < 11 ? pause[i - 1] : 300) * SECOND);
    CHECK_INT(get(hook.id).failure_count, 14);
    w.code = 200;
    for (i = 0; i < 3; i++) emit();
    run_until(w.now + 300 * SECOND);
    CHECK_INT(w.count, 17);
    CHECK_INT(w.requests[15].at, w.requests[14].at);
    CHECK_INT(get(hook.id).cls, AKOLHOOK_CLASS_QUICK);
    suite_end();
}

/* After one 503 of its own a webhook is back on its schedule. */
static void suite_hiccup(void) {
    suite_start();
    create("https://a.example/");
    emit();
    run();
    w.code = 503;
    emit();
    run();
    w.code = 200;
    emit(); /* what is new goes at once, what failed after 5 s */
    run();
    CHECK_INT(w.count, 3);
    run_until(w.now + 5 * SECOND);
    CHECK_INT(w.count, 4);
    CHECK_INT(w.requests[3].at - w.requests[1].at, 5 * SECOND);
    suite_end();
}

/* Without an answer from anybody it may be this side: nobody is set inactive, but for one that fails for 120
   h. */
static void run_hourly(size_t hours) {
    size_t i;
    for (i = 0; i < hours; i++) {
        emit();
        run_until(w.now + HOUR);
    }
}
static void suite_evidence(void) {
    akolhook_webhook a;
    suite_start();
    a = create("https://a.example/");
    w.code = 0;
    run_hourly(119);
    CHECK(get(a.id).is_active && get(a.id).failure_count > 100 && !strchr(told, 'W'));
    run_hourly(60); /* counted from 120 h on: 20 times and for 24 h */
    CHECK(!get(a.id).is_active && strchr(told, 'W') && strchr(told, 'I'));
    suite_end();

    suite_start(); /* another webhook answers: it is not this side */
    a = create("https://a.example/");
    create("https://b.example/");
    w.answer_fn = answer_not_a;
    run_hourly(23);
    CHECK(get(a.id).is_active);
    run_hourly(4);
    CHECK(!get(a.id).is_active);
    suite_end();

    suite_start(); /* a refused connection is an answer */
    a = create("https://a.example/");
    w.connect_error = ECONNREFUSED;
    run_hourly(27);
    CHECK(!get(a.id).is_active);
    suite_end();
}

/* This side's network is away: no attempt is used up, nothing counts. */
static void suite_own_network(void) {
    static const long errors[] = {ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EPERM};
    akolhook_webhook hook;
    size_t i;
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        suite_start();
        hook = create("https://a.example/");
        w.connect_error = errors[i];
        emit();
        run_until(START_MS + 3 * HOUR);
        CHECK(get(hook.id).failure_count == 0 && get(hook.id).cls == AKOLHOOK_CLASS_OTHER);
        CHECK_STATUS(log_of(hook.id), OK);
        CHECK(row_count > 3 && rows[0].native_error == errors[i] && rows[0].attempt == 1);
        CHECK_STATUS(rows[0].status, CONNECT_FAILED);
        w.connect_error = 0;
        run_until(w.now + 15 * MINUTE);
        CHECK(w.count == 1 && stats_of(hook.id).delivered == 1 && stats_of(hook.id).attempts == 1);
        suite_end();
    }
}

/* ---- room ---- */

/* A dead receiver fills its share; emit goes on for the others, and for it what is beyond is dropped. */
static void suite_room(void) {
    akolhook_webhook dead, good;
    akolhook_stats stats;
    size_t i;
    suite_begin();
    desc.memory.max_pending = 100;
    desc.memory.max_webhooks = 4;
    desc.max_queue = 60; /* for stores without a table of that size */
    suite_open();
    dead = create("https://a.example/");
    good = create("https://b.example/");
    w.answer_fn = answer_not_a;
    for (i = 0; i < 300; i++) {
        emit();
        run_until(w.now + MINUTE);
    }
    stats = stats_of(dead.id);
    CHECK(stats.dropped > 200 && stats.waiting >= 12 && stats.waiting <= 60);
    CHECK_INT(stats_of(good.id).delivered, 300);
    CHECK_STATUS(akolhook_hub_test(hub, good.id), OK);
    run_until(w.now + MINUTE);
    CHECK_INT(stats_of(good.id).tests, AKOLHOOK_EVENT_LAST);
    suite_end();
}
/* At most one round of tests waits. */
static void suite_room_tests(void) {
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), PENDING_FULL);
    run();
    CHECK_INT(w.count, AKOLHOOK_EVENT_LAST);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    suite_end();
}

/* ---- the end of things ---- */

/* More waits than is ended in one step: none of it is sent, also when the webhook is active again at once. */
static void suite_many_cut(void) {
    akolhook_webhook hook;
    akolhook_stats stats;
    size_t i;
    suite_begin();
    desc.memory.max_pending = 2400;
    desc.memory.max_webhooks = 1;
    desc.memory.pool_bytes = 1 << 20;
    desc.memory.log_rows = 10;
    suite_open();
    hook = create("https://a.example/");
    for (i = 0; i < 700; i++) emit();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    emit();
    run_until(w.now + MINUTE);
    stats = stats_of(hook.id);
    CHECK(stats.cancelled == 700 && stats.delivered == 1 && stats.waiting == 0);
    CHECK_INT(w.count, 1);
    for (i = 0; i < 700; i++) emit();
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK); /* tests are counted apart */
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    run_until(w.now + MINUTE);
    CHECK_INT(w.count, 1);
    stats = stats_of(NULL);
    CHECK(stats.cancelled == 1400 && stats.waiting == 0);
    suite_end();
}

/* Waited for longer than 90 h without an attempt: given up, with a status of its own. */
static void suite_expired(void) {
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    emit();
    w.now += 26 * HOUR; /* in steps that a clock believes */
    CHECK_INT(get(hook.id).queued, 1);
    w.now += 26 * HOUR;
    CHECK_INT(get(hook.id).queued, 1);
    w.now += 26 * HOUR;
    CHECK_INT(get(hook.id).queued, 1);
    w.now += 13 * HOUR;
    emit();
    run();
    CHECK_INT(w.count, 1);
    CHECK_TEXT(told, "FAS"); /* it is told, and what came later is delivered */
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 2);
    CHECK(rows[1].state == AKOLHOOK_DELIVERY_FAILED && rows[1].attempt == 0 && !rows[1].success);
    CHECK_STATUS(rows[1].status, DELIVERY_EXPIRED);
    CHECK(stats_of(hook.id).failed == 1 && stats_of(hook.id).delivered == 1 &&
            stats_of(hook.id).attempts == 1);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[1].delivery_id), OK);
    run();
    CHECK_INT(stats_of(hook.id).delivered, 2);
    suite_end();
}

/* Many of them end in bounded steps, all are told, and none of another webhook waits for that. */
static uint32_t told_expired;
static void tell_expired(void *user, const akolhook_notice *n) {
    (void)user;
    if (n->kind != AKOLHOOK_NOTICE_FAILED) return;
    CHECK_STATUS(n->row->status, DELIVERY_EXPIRED);
    CHECK(n->failures >= 1 && n->failures <= AKOLHOOK_STORE_STEP);
    told_expired += n->failures;
}
static void suite_expired_many(void) {
    enum { OLD = 600 };
    akolhook_webhook hook, other;
    size_t i, left = 1, calls;
    suite_begin();
    desc.memory.max_pending = 2400;
    desc.memory.pool_bytes = 1 << 20;
    desc.notice_fn = tell_expired;
    told_expired = 0;
    suite_open();
    hook = create("https://a.example/");
    for (i = 0; i < OLD; i++) emit();
    for (i = 0; i < 4; i++) {
        w.now += 23 * HOUR;
        CHECK_INT(get(hook.id).queued, OLD);
    }
    other = create("https://b.example/");
    emit();
    for (calls = 0; left && calls < 200; calls++) CHECK_STATUS(akolhook_hub_poll(hub, 20, &left), OK);
    run();
    CHECK_INT(told_expired, OLD);
    CHECK(stats_of(hook.id).failed == OLD && stats_of(hook.id).delivered == 1 &&
            stats_of(hook.id).waiting == 0);
    CHECK_INT(stats_of(other.id).delivered, 1);
    CHECK(w.requests[0].at <= START_MS + 92 * HOUR + 5 * SECOND);
    suite_end();
}

/* ---- room, in bytes ---- */

enum { LARGE = 3000 };
static const char *large(size_t len) {
    static char data[8000];
    memset(data, 'x', len);
    memcpy(data, "{\"a\":\"", 6);
    memcpy(data + len - 2, "\"}", 3);
    return data;
}
/* A receiver that is dead holds its part of the bytes and what it got of the shared half: what comes later is
   dropped for it where that is all there is, never refused for the others. Refused at all it is only while
   nobody knows yet, which ends with its first deadline. A store without a bound of bytes refuses nothing. */
static void suite_bytes_dead(void) {
    akolhook_webhook dead, well;
    akolhook_status status;
    size_t i, accepted = 0, refused_late = 0;
    akolhook_stats stats;
    suite_begin();
    desc.memory.max_webhooks = 2;
    desc.memory.max_pending = 2000;
    desc.memory.pool_bytes = 65536; /* a part of 16 KiB each, 32 KiB shared: 5 and 5 more of these events */
    suite_open();
    dead = create("https://a.example/");
    well = create("https://b.example/");
    w.answer_fn = answer_not_a;
    for (i = 0; i < 100; i++) {
        status = emit_key(large(LARGE), "", NULL);
        CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_POOL_FULL);
        accepted += status == AKOLHOOK_OK;
        refused_late += status != AKOLHOOK_OK && w.now > START_MS + 31 * SECOND;
        run_until(w.now + 2 * SECOND);
    }
    stats = stats_of(dead.id);
    CHECK_INT(refused_late, 0);
    CHECK(accepted >= 80);
    CHECK_INT(stats_of(well.id).delivered, accepted);
    CHECK(!desc.store || stats.dropped + stats.waiting > 0);
    CHECK_INT(stats.emitted, accepted);
    CHECK(desc.store || (stats.dropped > 60 && stats.waiting <= 12));
    suite_end();
}
/* An event that is larger than any part is charged to the shared half, once for all who get it: where the
   half holds it for the first of them, it is there for the next. 8 KiB: parts of 2, a half of 4, an event of
   2.7. */
static void suite_bytes_shared(void) {
    akolhook_webhook a, b;
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_hub_emitted emitted;
    suite_begin();
    desc.memory.max_webhooks = 2;
    desc.memory.max_pending = 200;
    desc.memory.pool_bytes = 8192;
    suite_open();
    a = create("https://a.example/");
    b = create("https://b.example/");
    event.event = AKOLHOOK_CALL_ENDED;
    event.data = akolhook_str_c(large(2500));
    CHECK_STATUS(akolhook_hub_emit_many(hub, &event, 1, &emitted), OK);
    CHECK(emitted.deliveries == 2 && !emitted.dropped && !emitted.skipped);
    CHECK(stats_of(a.id).waiting == 1 && stats_of(b.id).waiting == 1);
    if (!desc.store) {
        CHECK_STATUS(akolhook_hub_emit_many(hub, &event, 1, &emitted), POOL_FULL); /* a second has no room */
        CHECK(stats_of(NULL).emitted == 2);
    }
    run();
    CHECK(stats_of(a.id).delivered == 1 && stats_of(b.id).delivered == 1);
    CHECK_STATUS(akolhook_hub_emit_many(hub, &event, 1, &emitted), OK); /* what has ended gives way */
    CHECK_INT(emitted.deliveries, 2);
    run();
    CHECK_INT(stats_of(NULL).delivered, 4);
    suite_end();
}

static void suite_drain(void) {
    size_t left = 9;
    int64_t due = 0;
    suite_start();
    create("https://a.example/");
    w.answer_ms = 3000;
    emit();
    emit();
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    akolhook_hub_drain(hub, 1);
    while (left) CHECK_STATUS(akolhook_hub_poll(hub, 1000, &left), OK);
    CHECK_INT(w.count, 2); /* what was in flight is finished, the third waits */
    CHECK(stats_of(NULL).delivered == 2 && stats_of(NULL).waiting == 1);
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
    CHECK_INT(due, -1);
    akolhook_hub_drain(hub, 0);
    akolhook_hub_drain(NULL, 0);
    run();
    CHECK_INT(w.count, 3);
    suite_end();
}

/* Bodies go when they are old, and only those of which nothing waits. */
static void suite_retention(void) {
    akolhook_webhook hook;
    akolhook_gauges gauges;
    char first[AKOLHOOK_ID_SIZE];
    int more = 1;
    suite_begin();
    desc.keep_hours = 2;
    suite_open();
    hook = create("https://a.example/");
    emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    strcpy(first, rows[0].delivery_id);
    run_until(w.now + HOUR);
    CHECK_STATUS(akolhook_hub_redeliver(hub, first), OK);
    run();
    w.code = 500;
    emit();
    run_until(w.now + 2 * HOUR);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_redeliver(hub, first), EVENT_GONE);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.events == 1 && gauges.waiting == 1);
    w.code = 200;
    run_until(w.now + 2 * HOUR);
    CHECK_INT(stats_of(hook.id).waiting, 0);
    emit();
    run();
    while (more) CHECK_STATUS(akolhook_hub_purge(hub, 0, &more), OK);
    w.now++;
    CHECK_STATUS(akolhook_hub_purge(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.events, 0);
    CHECK_STATUS(akolhook_hub_purge(hub, -1, NULL), INVALID_ARGUMENT);
    suite_end();
}

/* Each set that is opened must be closed again. */
static int bound_sets;
static int bound_set_open(void *user, intptr_t *set, long *native_error) {
    (void)user;
    *native_error = 0;
    *set = ++bound_sets;
    return 0;
}
static void bound_set_close(void *user, intptr_t set) {
    (void)user;
    CHECK_INT(set, bound_sets--);
}
static int bound_set_watch(void *user, intptr_t set, intptr_t socket, uint32_t token, int read, int write,
        int known, long *native_error) {
    (void)user, (void)set, (void)socket, (void)token, (void)read, (void)write, (void)known,
            (void)native_error;
    return AKOLHOOK_IO_FAIL;
}
static int bound_set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    (void)user, (void)set, (void)items, (void)cap, (void)timeout_ms, (void)native_error;
    *count = 0;
    return 0;
}
/* The store is one business's, for ever; a text of the program's own is kept beside it. */
static void suite_bound(void) {
    static char longest[AKOLHOOK_NOTE_SIZE + 1];
    akolhook_str note = {"x", 1};
    const akolhook_store *store_of;
    const akolhook_platform *platform;
    akolhook_platform with_sets;
    suite_begin();
    platform = desc.client.platform;
    suite_keeps = 1;
    suite_store_open(&desc);
    store_of = desc.store;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
    CHECK_INT(note.len, 0);
    memset(longest, 'n', sizeof longest);
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_n(longest, sizeof longest)), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_n(longest, sizeof longest - 1)), OK);
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_c("--allow 10.0.0.0/8")), OK);
    akolhook_hub_close(hub);
    desc.business_id = akolhook_str_c("biz_2");
    with_sets = *desc.client.platform;
    with_sets.set_open_fn = bound_set_open;
    with_sets.set_close_fn = bound_set_close;
    with_sets.set_watch_fn = bound_set_watch;
    with_sets.set_wait_fn = bound_set_wait;
    desc.client.platform = &with_sets;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), WRONG_BUSINESS);
    CHECK(hub == NULL && bound_sets == 0);
    desc.client.platform = platform;
    desc.business_id = akolhook_str_c(BUSINESS);
    desc.store = store_of;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
    CHECK_STR(note, "--allow 10.0.0.0/8");
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_n(NULL, 0)), OK);
    CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
    CHECK_INT(note.len, 0);
    akolhook_hub_close(hub);
    hub = NULL;
    suite_store_close();
    suite_keeps = 0;
}

/* No call asks the store again and again for what its places do not allow. */
static struct {
    akolhook_store inner;
    size_t claims, empty, dues;
} asked;
static akolhook_status asked_claim(
        void *user, const akolhook_store_limits *l, akolhook_store_claim *c, size_t max, size_t *count) {
    akolhook_status status = asked.inner.claim_fn(user, l, c, max, count);
    asked.claims++;
    asked.empty += *count == 0;
    return status;
}
static akolhook_status asked_next_due(void *user, const akolhook_store_limits *l, int64_t *ms) {
    asked.dues++;
    return asked.inner.next_due_fn(user, l, ms);
}
static int64_t hangs(const char *host) {
    (void)host;
    return 40000;
}
/* Ten minutes of dead receivers and an event a minute, after ten that are not counted. */
static void no_spin(int64_t (*lookup_ms_fn)(const char *host), unsigned claims_most) {
    akolhook_store s;
    char url[40];
    int64_t until;
    size_t i;
    suite_begin();
    suite_keeps = 1;
    suite_store_open(&desc);
    asked.inner = s = *desc.store;
    s.claim_fn = asked_claim;
    s.next_due_fn = asked_next_due;
    s.poll_ms = 0;
    desc.store = &s;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    for (i = 0; i < 20; i++) {
        sprintf(url, "https://dead%u.example/", (unsigned)i);
        create(url);
    }
    w.code = 0;
    w.lookup_ms_fn = lookup_ms_fn;
    for (i = 0; i < 10; i++) {
        emit();
        run_until(w.now + MINUTE);
    }
    asked.claims = asked.empty = asked.dues = 0;
    for (i = 0; i < 10; i++) {
        until = w.now + MINUTE;
        emit();
        while (w.now < until && !check_bad) {
            size_t left = 0;
            CHECK_STATUS(akolhook_hub_poll(hub, (int)(until - w.now), &left), OK);
        }
    }
    CHECK(asked.claims < claims_most);
    CHECK(asked.dues < 2 * claims_most);
    akolhook_hub_close(hub);
    hub = NULL;
    suite_store_close();
    suite_keeps = 0;
}
static void suite_no_spin(void) {
    no_spin(NULL, 240); /* 4 places for failing ones, attempts of 30 s: 80 attempts */
    /* a lookup without a socket wakes the hub 50 times a second: once a second the store is asked */
    no_spin(hangs, 240 + 2 * 600);
}

/* Pages of bounded work, one after the other, give what one query gives, whatever it asks for. */
static size_t pages_of(akolhook_log_query query, size_t max, uint64_t *cursors) {
    static akolhook_log_row page[400];
    uint64_t next = 1, before = UINT64_MAX;
    size_t count, all = 0, i, turns = 0;
    while (next && ++turns < 1000) {
        next = 9;
        count = 9;
        CHECK_STATUS(akolhook_hub_log_page(hub, &query, page, max, &count, &next), OK);
        if (check_bad || count > max) return 0;
        for (i = 0; i < count; i++) cursors[all++] = page[i].cursor;
        CHECK(!next || next < before); /* cursors are in the order of the rows */
        before = query.cursor = next;
    }
    CHECK(turns < 1000);
    return all;
}
static void suite_log_pages(void) {
    static uint64_t cursors[2000];
    akolhook_log_query queries[16];
    akolhook_webhook a, b;
    size_t i, k, max;
    uint64_t next = 9;
    suite_begin();
    desc.max_attempts = 1;
    suite_open();
    a = create("https://a.example/");
    b = create("https://b.example/");
    memset(queries, 0, sizeof queries);
    CHECK_STATUS(akolhook_hub_log_page(hub, queries, rows, 3, &row_count, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_log_page(hub, queries, rows, 3, &row_count, &next), OK);
    CHECK(row_count == 0 && next == 0);
    w.answer_fn = answer_by_count;
    for (i = 0; i < 12; i++) {
        akolhook_hub_event event = AKOLHOOK_INIT;
        event.event = i % 3 ? AKOLHOOK_CALL_ENDED : AKOLHOOK_CALL_STARTED;
        event.data = akolhook_str_c("{}");
        CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
        run_until(w.now + MINUTE);
    }
    queries[1].webhook_id = akolhook_str_c(a.id);
    queries[2].events = (akolhook_events)1 << AKOLHOOK_CALL_STARTED;
    queries[3].events = (akolhook_events)1 << AKOLHOOK_CALL_STARTED | (akolhook_events)1
                                                                              << AKOLHOOK_LEAD_CREATED;
    queries[4].events = (akolhook_events)1 << AKOLHOOK_LEAD_CREATED; /* none came */
    queries[5].since_ms = START_MS + 5 * MINUTE;
    queries[6].until_ms = START_MS + 5 * MINUTE;
    queries[7].since_ms = START_MS + 3 * MINUTE;
    queries[7].until_ms = START_MS + 6 * MINUTE;
    queries[8] = queries[7];
    queries[8].webhook_id = akolhook_str_c(b.id);
    queries[8].only_failed = 1;
    queries[9].only_failed = 1;
    queries[9].events = queries[2].events;
    queries[10].since_ms = START_MS + 24 * HOUR;
    queries[11].code_class = 2;
    queries[12].state = AKOLHOOK_DELIVERY_FAILED;
    queries[12].until_ms = START_MS + 8 * MINUTE;
    queries[13].only_tests = 1;
    queries[14].only_succeeded = 1;
    queries[14].webhook_id = akolhook_str_c(b.id);
    CHECK_STATUS(akolhook_hub_log(hub, queries, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 24);
    queries[15].message_id = akolhook_str_n(NULL, 0);
    queries[15].cursor = rows[4].cursor;
    for (i = 0; i < 16 && !check_bad; i++)
        for (max = 1; max <= 30; max += i == 0 ? 1 : 7) {
            size_t want, got;
            CHECK_STATUS(akolhook_hub_log(hub, &queries[i], rows, 400, &want), OK);
            got = pages_of(queries[i], max, cursors);
            CHECK_INT(got, want);
            for (k = 0; k < got && k < want; k++) CHECK(cursors[k] == rows[k].cursor);
            if (check_bad) printf("    query %u, pages of %u\n", (unsigned)i, (unsigned)max);
        }
    suite_end();
}

/* ---- how a webhook stands, and since when ---- */

static const struct akolhook_webhook *failing_of(size_t want) {
    static akolhook_webhook all[4];
    akolhook_gauges gauges;
    size_t count = 9;
    CHECK_STATUS(akolhook_hub_list_failing(hub, 0, all, 4, &count), OK);
    CHECK_INT(count, want);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.failing, want);
    return all;
}
static int answer_bad_bd(const seen *r) { return r->host[0] == 'b' || r->host[0] == 'd' ? 500 : 200; }
static void suite_since_when(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT, nothing = AKOLHOOK_INIT;
    akolhook_webhook a, b, c, d, now, two[2];
    char secret[AKOLHOOK_SECRET_SIZE];
    int64_t sick;
    size_t count;
    suite_start();
    a = create("https://a.example/");
    CHECK(a.updated_at_ms == START_MS && a.inactive_at_ms == 0 && a.failing_since_ms == 0);
    w.now += SECOND;
    b = create("https://b.example/");
    c = create("https://c.example/");
    d = create("https://d.example/");
    CHECK_INT(get(b.id).updated_at_ms, START_MS + SECOND);

    /* each change of a setting, and nothing else */
    w.now += SECOND;
    wanted.name = akolhook_str_c("Another");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK);
    CHECK_INT(get(a.id).updated_at_ms, START_MS + 2 * SECOND);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, a.id, secret), OK);
    CHECK_INT(get(a.id).updated_at_ms, START_MS + 3 * SECOND);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 1), OK); /* it was */
    CHECK_INT(get(a.id).updated_at_ms, START_MS + 3 * SECOND);
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 0), OK);
    now = get(a.id);
    CHECK(now.updated_at_ms == START_MS + 4 * SECOND && now.inactive_at_ms == now.updated_at_ms);
    CHECK_INT(now.inactive_by, AKOLHOOK_INACTIVE_BY_CALL);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 0), OK); /* again */
    now = get(a.id);
    CHECK(now.updated_at_ms == START_MS + 4 * SECOND && now.inactive_at_ms == now.updated_at_ms);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &nothing), OK); /* an update, though of nothing */
    now = get(a.id);
    CHECK(now.updated_at_ms == START_MS + 5 * SECOND && now.inactive_at_ms == START_MS + 4 * SECOND);
    CHECK_STATUS(akolhook_hub_set_active(hub, a.id, 1), OK);
    now = get(a.id);
    CHECK(now.updated_at_ms == START_MS + 5 * SECOND && now.inactive_at_ms == 0);
    CHECK_INT(now.inactive_by, AKOLHOOK_INACTIVE_BY_NONE);

    /* attempts change no setting; the first failure of a row is the one that counts */
    failing_of(0);
    w.answer_fn = answer_bad_bd;
    sick = w.now;
    emit();
    run();
    w.now += MINUTE;
    emit();
    run();
    now = get(b.id);
    CHECK(now.failing_since_ms == sick && now.updated_at_ms == START_MS + SECOND);
    CHECK(get(a.id).failing_since_ms == 0 && get(a.id).updated_at_ms == START_MS + 5 * SECOND);
    CHECK_TEXT(failing_of(2)[0].id, b.id);
    CHECK_TEXT(failing_of(2)[1].id, d.id);
    CHECK_STATUS(akolhook_hub_list_failing(hub, now.number, two, 1, &count), OK);
    CHECK(count == 1 && strcmp(two[0].id, d.id) == 0);
    CHECK_STATUS(akolhook_hub_list_failing(hub, two[0].number, two, 2, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_list_failing(hub, 0, two, 1, &count), OK);
    CHECK(count == 1 && strcmp(two[0].id, b.id) == 0);
    CHECK_STATUS(akolhook_hub_list_failing(hub, 0, NULL, 1, &count), INVALID_ARGUMENT);

    /* a success ends it, and so does another URL */
    w.answer_fn = NULL;
    wanted.name = akolhook_str_n(NULL, 0);
    wanted.url = akolhook_str_c("https://d.example/new");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, d.id, &wanted), OK);
    CHECK(get(d.id).failing_since_ms == 0 && strcmp(failing_of(1)[0].id, b.id) == 0);
    run_until(w.now + 10 * MINUTE);
    CHECK_INT(get(b.id).failing_since_ms, 0);
    failing_of(0);

    /* 410: the hub does it, and no setting was changed */
    w.code = 410;
    sick = w.now;
    emit();
    run();
    now = get(c.id);
    CHECK(!now.is_active && now.inactive_at_ms == sick && now.updated_at_ms == START_MS + SECOND);
    CHECK_INT(now.inactive_by, AKOLHOOK_INACTIVE_BY_HUB);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_set_active(hub, c.id, 0), OK); /* it was: the hub did it */
    CHECK(get(c.id).inactive_by == AKOLHOOK_INACTIVE_BY_HUB && get(c.id).inactive_at_ms == sick);
    suite_end();
}

/* A test tells which messages it made. */
static void suite_test_ids(void) {
    char ids[3][AKOLHOOK_ID_SIZE];
    akolhook_webhook hook;
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t i, count = 9;
    suite_start();
    CHECK_STATUS(create_status("A webhook", "https://a.example/", 0xe, &hook), OK); /* events 1 to 3 */
    CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, NULL, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, ids, 3, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_test_ids(hub, "whk_none", ids, 3, &count), UNKNOWN_WEBHOOK);
    CHECK_INT(count, 0);
    memset(ids, 'x', sizeof ids);
    CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, ids, 2, &count), OK);
    CHECK_INT(count, 3);
    CHECK(ids[2][0] == 'x');
    CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, ids, 3, &count), OK);
    run();
    for (i = 0; i < 3; i++) {
        query.message_id = akolhook_str_c(ids[i]);
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 4, &row_count), OK);
        CHECK(row_count == 1 && rows[0].is_test && rows[0].success &&
                rows[0].event == (akolhook_event)(i + 1));
    }
    CHECK_INT(w.count, 6);
    for (i = 0; i < 6; i++) CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, ids, 3, &count), OK);
    CHECK_STATUS(akolhook_hub_test_ids(hub, hook.id, ids, 3, &count), PENDING_FULL); /* 18 wait */
    CHECK_INT(count, 0);
    run();
    suite_end();
}

static void suite_calls(void) {
    RUN(suite_since_when);
    RUN(suite_test_ids);
    RUN(suite_log_pages);
    RUN(suite_emit_many);
    RUN(suite_nobody);
    RUN(suite_waiting);
    RUN(suite_send_now);
    RUN(suite_cancel);
    RUN(suite_log_filters);
    RUN(suite_own_secret);
    RUN(suite_own_headers);
    RUN(suite_own_limits);
    RUN(suite_refused_delivery);
    RUN(suite_last_ms);
    RUN(suite_backoff);
    RUN(suite_hiccup);
    RUN(suite_evidence);
    RUN(suite_own_network);
    RUN(suite_room);
    RUN(suite_room_tests);
    RUN(suite_many_cut);
    RUN(suite_expired);
    RUN(suite_expired_many);
    RUN(suite_bytes_dead);
    RUN(suite_bytes_shared);
    RUN(suite_drain);
    RUN(suite_retention);
    RUN(suite_bound);
    RUN(suite_no_spin);
}

#endif
