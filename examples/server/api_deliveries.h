/* The calls on deliveries and their log. */

static const char *const state_names[] = {"", "waiting", "delivered", "failed", "cancelled", "dropped"};

enum {
    ROWS_LIMIT = 20,
    ROWS_MOST = 100,
    ROWS_PASSED = 1000, /* rows that a filter of the server's own passes over in one call */
    ATTEMPTS_MOST = 300 /* of one delivery; its own bound is 255, and an end */
};

/* ---- a row ---- */

static void error_show(akolhook_json_writer *json, const akolhook_log_row *row) {
    if (row->status == AKOLHOOK_OK) {
        akolhook_json_add_null(json, "error");
        return;
    }
    akolhook_json_key(json, akolhook_str_c("error"));
    akolhook_json_object_begin(json);
    json_c(json, "code", akolhook_status_name(row->status));
    json_c(json, "message", akolhook_status_text(row->status));
    if (row->phase == AKOLHOOK_PHASE_NONE)
        akolhook_json_add_null(json, "phase");
    else
        json_c(json, "phase", akolhook_phase_name(row->phase));
    akolhook_json_object_end(json);
}

static void row_show(request *r, const akolhook_log_row *row) {
    akolhook_json_writer *json = json_of(r);
    char cursor[24], peer[AKOLHOOK_ADDR_SIZE];

    snprintf(cursor, sizeof cursor, "%" PRIu64, row->cursor);
    akolhook_addr_format(&row->peer, peer);
    akolhook_json_object_begin(json);
    json_c(json, "cursor", cursor);
    json_c(json, "id", row->delivery_id);
    json_c(json, "messageId", row->message_id);
    json_c(json, "webhookId", row->webhook_id);
    json_c(json, "event", akolhook_event_name(row->event));
    json_time(json, "timestamp", row->at_ms);
    akolhook_json_add_uint64(json, "attempt", row->attempt);
    json_c(json, "state", state_names[row->state]);
    akolhook_json_add_bool(json, "success", row->success);
    akolhook_json_add_bool(json, "isTest", row->is_test);
    json_ms(json, "statusCode", row->code ? row->code : -1);
    error_show(json, row);
    json_ms(json, "durationMs", row->attempt ? row->ms : -1);
    akolhook_json_key(json, akolhook_str_c("timings"));
    akolhook_json_object_begin(json);
    json_ms(json, "lookup", row->lookup_ms);
    json_ms(json, "connect", row->connect_ms);
    json_ms(json, "tls", row->tls_ms);
    json_ms(json, "firstByte", row->first_byte_ms);
    akolhook_json_object_end(json);
    if (*peer)
        json_c(json, "peer", peer);
    else
        akolhook_json_add_null(json, "peer");
    json_foreign(r, "response", row->response);
    akolhook_json_add_bool(json, "responseTruncated", row->response_cut);
    json_time(json, "nextAttemptAt",
            row->state == AKOLHOOK_DELIVERY_WAITING ? row->at_ms + row->ms + row->retry_ms : 0);
    akolhook_json_object_end(json);
}

/* ---- filters ---- */

typedef struct row_filter {
    akolhook_log_query query;
    int64_t limit;
    int64_t page; /* 0: by cursor */
    int no_tests;
} row_filter;

static int filter_state(request *r, const char *text, akolhook_log_query *query) {
    size_t i;

    for (i = 1; text && i < COUNT_OF(state_names); i++)
        if (strcmp(text, state_names[i]) == 0) query->state = (akolhook_delivery_state)i;
    if (!text || query->state) return 1;
    parameter_fail(r, "state", "BAD_PARAMETER", "there is no such state");
    return 0;
}
static int filter_class(request *r, const char *text, akolhook_log_query *query) {
    if (!text) return 1;
    if (strcmp(text, "none") == 0) query->code_class = AKOLHOOK_CODE_NONE;
    if (text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0)
        query->code_class = (uint8_t)(text[0] - '0');
    if (query->code_class) return 1;
    parameter_fail(r, "statusClass", "BAD_PARAMETER", "a class is 1xx to 5xx, or none");
    return 0;
}
static int filter_event(request *r, const char *text, akolhook_log_query *query) {
    if (!text || akolhook_events_parse(akolhook_str_c(text), &query->events, NULL) == AKOLHOOK_OK) return 1;
    parameter_fail(r, "event", "UNKNOWN_EVENT", akolhook_status_text(AKOLHOOK_UNKNOWN_EVENT));
    return 0;
}
static int filter_cursor(request *r, const char *text, akolhook_log_query *query) {
    if (!text) return 1;
    if (strlen(text) <= 20 && akolhook_number_uint64(akolhook_str_c(text), &query->cursor) == AKOLHOOK_OK &&
            query->cursor)
        return 1;
    parameter_fail(r, "cursor", "BAD_CURSOR", akolhook_status_text(AKOLHOOK_BAD_CURSOR));
    return 0;
}
/* An id of another form belongs to nothing. */
static int filter_id(
        request *r, const parameters *q, const char *name, const char *prefix, akolhook_str *id) {
    const char *text = query_get(q, name);

    if (!text) return 1;
    *id = akolhook_str_c(text);
    if (is_id(*id, prefix)) return 1;
    parameter_fail(r, name, "BAD_PARAMETER", "this is no id");
    return 0;
}

static int filter_read(request *r, parameters *q, row_filter *f) {
    int success, test;

    memset(f, 0, sizeof *f);
    f->limit = ROWS_LIMIT;
    if (!query_read(r, q) || !query_count(r, q, "limit", 1, ROWS_MOST, &f->limit) ||
            !query_count(r, q, "page", 1, INT32_MAX, &f->page) || !query_bool(r, q, "success", &success) ||
            !query_bool(r, q, "test", &test) || !query_time(r, q, "since", &f->query.since_ms) ||
            !query_time(r, q, "until", &f->query.until_ms) ||
            !filter_state(r, query_get(q, "state"), &f->query) ||
            !filter_class(r, query_get(q, "statusClass"), &f->query) ||
            !filter_event(r, query_get(q, "event"), &f->query) ||
            !filter_cursor(r, query_get(q, "cursor"), &f->query) ||
            !filter_id(r, q, "messageId", "msg_", &f->query.message_id) ||
            !filter_id(r, q, "webhookId", "whk_", &f->query.webhook_id))
        return 0;
    if (f->page && f->query.cursor) {
        parameter_fail(r, "page", "BAD_PARAMETER", "a page and a cursor do not go together");
        return 0;
    }
    f->query.only_succeeded = success == 1;
    f->query.only_failed = success == 0;
    f->query.only_tests = test == 1;
    f->no_tests = test == 0;
    if (*r->id) f->query.webhook_id = akolhook_str_c(r->id);
    return 1;
}

/* ---- the log ---- */

static void cursors_show(akolhook_json_writer *json, const row_filter *f, uint64_t cursor) {
    char text[24];

    akolhook_json_key(json, akolhook_str_c("pagination"));
    akolhook_json_object_begin(json);
    akolhook_json_add_int64(json, "limit", f->limit);
    snprintf(text, sizeof text, "%" PRIu64, cursor);
    if (cursor)
        json_c(json, "nextCursor", text);
    else
        akolhook_json_add_null(json, "nextCursor");
    akolhook_json_add_bool(json, "hasNext", cursor != 0);
    akolhook_json_object_end(json);
}

/* Writes the rows of a page; *next is the cursor of the one after it, 0: there is none. The hub looks at so
   many rows in one call, and without tests so many are passed over: then a page is short, or empty, though
   another follows. */
static akolhook_status rows_show(request *r, row_filter *f, uint64_t *next) {
    static akolhook_log_row rows[ROWS_MOST]; /* of the HTTP thread */
    akolhook_status status;
    int64_t left = f->limit, passed = 0;
    size_t want, count = 0, i;

    *next = 0;
    do {
        want = (size_t)left;
        status = akolhook_hub_log_page(r->server->front.hub, &f->query, rows, want, &count, next);
        if (status != AKOLHOOK_OK) return status;
        f->query.cursor = *next;
        for (i = 0; i < count; i++) {
            if (f->no_tests && rows[i].is_test) {
                passed++;
                continue;
            }
            row_show(r, &rows[i]);
            left--;
        }
    } while (*next && left && count == want && passed < ROWS_PASSED);
    return AKOLHOOK_OK;
}

/* The same by pages, for clients that count: all rows of the webhook are gone through, which its share of
   the log bounds. Rows move from page to page while new ones come. */
static akolhook_status rows_page(request *r, row_filter *f, int64_t *total) {
    static akolhook_log_row rows[ROWS_MOST]; /* of the HTTP thread */
    akolhook_status status = AKOLHOOK_OK;
    size_t count = ROWS_MOST, i;

    for (*total = 0; status == AKOLHOOK_OK && count == ROWS_MOST;) {
        status = akolhook_hub_log(r->server->front.hub, &f->query, rows, ROWS_MOST, &count);
        for (i = 0; i < count; i++) {
            f->query.cursor = rows[i].cursor;
            if (f->no_tests && rows[i].is_test) continue;
            if ((*total)++ / f->limit == f->page - 1) row_show(r, &rows[i]);
        }
    }
    return status;
}

static void api_delivery_list(request *r) {
    akolhook_json_writer *json = json_of(r);
    akolhook_webhook webhook;
    akolhook_status status = AKOLHOOK_OK;
    row_filter f;
    parameters q;
    uint64_t next = 0;
    int64_t total = 0;

    if (!filter_read(r, &q, &f)) return;
    if (*r->id) status = akolhook_hub_get_webhook(r->server->front.hub, r->id, &webhook);
    json_begin(r);
    akolhook_json_array_begin(json);
    if (status == AKOLHOOK_OK) status = f.page ? rows_page(r, &f, &total) : rows_show(r, &f, &next);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    akolhook_json_array_end(json);
    if (f.page)
        pages_show(json, f.page, f.limit, total);
    else
        cursors_show(json, &f, next);
    json_send(r, 200, NULL, NULL);
}

/* ---- one delivery ---- */

static void header_show(akolhook_json_writer *json, const char *name, const char *value) {
    akolhook_json_array_begin(json);
    akolhook_json_string(json, akolhook_str_c(name));
    akolhook_json_string(json, akolhook_str_c(value));
    akolhook_json_array_end(json);
}

/* What is sent: the headers that are the same on every attempt, signatures apart, and the body. */
static void request_show(request *r, const akolhook_hub_delivery *delivery, const char *url) {
    akolhook_json_writer *json = json_of(r);
    char *body = r->server->scratch, length[24];
    size_t len = 0, i;

    for (i = 0; i < 3 && delivery->has_body; i++) {
        if (delivery->body[i].len > SCRATCH_MOST - len) break;
        if (delivery->body[i].len) memcpy(body + len, delivery->body[i].ptr, delivery->body[i].len);
        len += delivery->body[i].len;
    }
    akolhook_json_key(json, akolhook_str_c("request"));
    akolhook_json_object_begin(json);
    json_c(json, "method", "POST");
    json_c(json, "url", url);
    akolhook_json_key(json, akolhook_str_c("headers"));
    akolhook_json_array_begin(json);
    header_show(json, "Content-Type", "application/json");
    snprintf(length, sizeof length, "%lu", (unsigned long)len);
    if (delivery->has_body) header_show(json, "Content-Length", length);
    header_show(json, "User-Agent", "akolhook/" AKOLHOOK_VERSION);
    header_show(json, "X-Webhook-Event", akolhook_event_name(delivery->event));
    if (delivery->is_test) header_show(json, "X-Webhook-Test", "1");
    header_show(json, "Accept-Encoding", "identity");
    header_show(json, "webhook-id", delivery->message_id);
    akolhook_json_array_end(json);
    if (delivery->has_body)
        akolhook_json_add_string(json, "body", akolhook_str_n(body, len));
    else
        akolhook_json_add_null(json, "body");
    akolhook_json_add_bool(json, "bodyAvailable", delivery->has_body);
    akolhook_json_object_end(json);
}

static akolhook_status attempts_show(request *r) {
    static akolhook_log_row rows[ATTEMPTS_MOST]; /* of the HTTP thread */
    akolhook_json_writer *json = json_of(r);
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_status status;
    size_t count = 0;

    query.delivery_id = akolhook_str_c(r->id);
    status = akolhook_hub_log(r->server->front.hub, &query, rows, ATTEMPTS_MOST, &count);
    akolhook_json_key(json, akolhook_str_c("attempts"));
    akolhook_json_array_begin(json);
    while (count) row_show(r, &rows[--count]);
    akolhook_json_array_end(json);
    return status;
}

static void api_delivery_get(request *r) {
    akolhook_hub *hub = r->server->front.hub;
    akolhook_json_writer *json;
    akolhook_hub_delivery delivery;
    akolhook_webhook webhook;
    akolhook_status status = akolhook_hub_get_delivery(hub, r->id, &delivery);

    /* the URL first: the body lives until the next call */
    if (status == AKOLHOOK_OK) status = akolhook_hub_get_webhook(hub, delivery.webhook_id, &webhook);
    if (status == AKOLHOOK_OK) status = akolhook_hub_get_delivery(hub, r->id, &delivery);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }

    json = json_begin(r);
    akolhook_json_object_begin(json);
    json_c(json, "id", delivery.id);
    json_c(json, "webhookId", delivery.webhook_id);
    json_c(json, "messageId", delivery.message_id);
    json_c(json, "event", akolhook_event_name(delivery.event));
    json_c(json, "state", state_names[delivery.state]);
    akolhook_json_add_bool(json, "isTest", delivery.is_test);
    time_from_now(json, "createdAt", delivery.age_ms, -1);
    time_from_now(json, "nextAttemptAt", delivery.due_ms, 1);
    request_show(r, &delivery, webhook.url);
    status = attempts_show(r);
    akolhook_json_object_end(json);
    if (status != AKOLHOOK_OK)
        fail_status(r, status);
    else
        json_send(r, 200, NULL, NULL);
}

/* ---- what is done to one ---- */

static void api_delivery_redeliver(request *r) {
    akolhook_hub *hub = r->server->front.hub;
    akolhook_json_writer *json;
    akolhook_hub_delivery delivery;
    akolhook_status status;

    if (!body_read(r, NULL, 0)) return;
    status = akolhook_hub_get_delivery(hub, r->id, &delivery);
    if (status == AKOLHOOK_OK) status = akolhook_hub_redeliver(hub, r->id);
    if (status == AKOLHOOK_DELIVERY_WAITS) {
        fail_with(r, 409, "DELIVERY_WAITS", akolhook_status_text(status),
                delivery.due_ms >= 0 ? unix_ms() + delivery.due_ms : 0);
        return;
    }
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed(r, delivery.webhook_id, 1);
    json = json_begin(r);
    akolhook_json_object_begin(json);
    json_c(json, "messageId", delivery.message_id);
    akolhook_json_object_end(json);
    json_send(r, 202, NULL, NULL);
}

static void delivery_act(
        request *r, akolhook_status (*act_fn)(akolhook_hub *hub, const char *delivery_id), int http) {
    akolhook_status status;

    if (!body_read(r, NULL, 0)) return;
    status = act_fn(r->server->front.hub, r->id);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed(r, NULL, 1);
    id_answer(r, http);
}
static void api_delivery_send_now(request *r) { delivery_act(r, akolhook_hub_send_now, 202); }
static void api_delivery_cancel(request *r) { delivery_act(r, akolhook_hub_cancel, 200); }

/* All that failed since then; one transaction, so the span is bounded. */
enum { REDELIVER_DAYS = 31 };

static void api_webhook_redeliver(request *r) {
    member members[] = {{"since", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}}};
    akolhook_json_writer *json;
    akolhook_status status;
    int64_t since, earliest = unix_ms() - (int64_t)REDELIVER_DAYS * 86400000;
    uint32_t count = 0;

    if (!body_read(r, members, COUNT_OF(members))) return;
    status = akolhook_time_parse(members[0].text, &since);
    if (status != AKOLHOOK_OK) {
        field_fail(r, "since", "BAD_TIME", akolhook_status_text(status));
    } else if (since < earliest) {
        field_fail(r, "since", "TOO_LONG_AGO", "the time is more than 31 days ago");
    }
    if (r->error_count) {
        fail_fields(r, 422);
        return;
    }
    status = akolhook_hub_redeliver_failed(r->server->front.hub, r->id, since, &count);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed(r, r->id, 1);
    json = json_begin(r);
    akolhook_json_object_begin(json);
    akolhook_json_add_uint64(json, "count", count);
    akolhook_json_object_end(json);
    json_send(r, 202, NULL, NULL);
}
