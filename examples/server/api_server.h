/* The calls on events, sums, tokens, and on the server itself. */

/* ---- events ---- */

static void api_event_types(request *r) {
    akolhook_json_writer *json = json_begin(r);
    int number;

    akolhook_json_array_begin(json);
    for (number = 1; number <= AKOLHOOK_EVENT_LAST; number++) {
        akolhook_json_object_begin(json);
        json_c(json, "name", akolhook_event_name((akolhook_event)number));
        json_c(json, "group", akolhook_event_group((akolhook_event)number));
        json_c(json, "firesWhen", akolhook_event_fires_when((akolhook_event)number));
        akolhook_json_object_end(json);
    }
    akolhook_json_array_end(json);
    json_send(r, 200, NULL, NULL);
}

static void api_event_emit(request *r) {
    member members[] = {{"event", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"timestamp", MEMBER_STRING, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"data", MEMBER_OBJECT, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}}};
    char message_id[AKOLHOOK_ID_SIZE];
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_json_writer *json;
    akolhook_status status;

    if (!body_read(r, members, COUNT_OF(members))) return;
    if (r->has_key && (!r->idempotency_key.len || r->idempotency_key.len > KEY_MOST)) {
        fail(r, 400, "BAD_KEY", "the Idempotency-Key has 1 to 256 bytes");
        return;
    }
    event.event = akolhook_event_find(members[0].text);
    if (event.event == AKOLHOOK_EVENT_UNKNOWN)
        field_fail(r, "event", "UNKNOWN_EVENT", akolhook_status_text(AKOLHOOK_UNKNOWN_EVENT));
    if (members[1].value.type != AKOLHOOK_JSON_NONE &&
            akolhook_time_parse(members[1].text, &event.timestamp_ms) != AKOLHOOK_OK)
        field_fail(r, "timestamp", "BAD_TIME", akolhook_status_text(AKOLHOOK_BAD_TIME));
    if (r->error_count) {
        fail_fields(r, 422);
        return;
    }

    if (members[1].text.ptr && !event.timestamp_ms) event.timestamp_ms = 1; /* 0 is now to the hub */
    event.data = members[2].value.str;
    event.idempotency_key = r->idempotency_key;
    status = akolhook_hub_emit(r->server->front.hub, &event, &message_id);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed(r, NULL, 1);
    json = json_begin(r);
    akolhook_json_object_begin(json);
    json_c(json, "messageId", message_id);
    akolhook_json_object_end(json);
    json_send(r, 202, NULL, NULL);
}

/* ---- sums ---- */

enum { CHART_MOST = 30 };

typedef struct chart {
    int64_t from, width; /* unix seconds; of one bucket */
    size_t count;
    uint64_t failed[CHART_MOST];
    akolhook_stats times[CHART_MOST]; /* latency alone is used */
} chart;

static void row_chart(void *user, const char *const *columns) {
    chart *c = (chart *)user;
    int64_t at = (strtoll(columns[0], NULL, 10) - c->from) / c->width;
    int slot = atoi(columns[1]);
    uint64_t n = strtoull(columns[2], NULL, 10);

    if (at < 0 || (size_t)at >= c->count || slot < 0 || slot > SLOT_FAILED) return;
    if (slot == SLOT_FAILED)
        c->failed[at] += n;
    else
        c->times[at].latency[slot] += (uint32_t)n;
}

static void sums_show(akolhook_json_writer *json, const akolhook_stats *times, uint64_t failed) {
    uint64_t delivered = 0;
    size_t i;

    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) delivered += times->latency[i];
    akolhook_json_add_uint64(json, "delivered", delivered);
    akolhook_json_add_uint64(json, "failed", failed);
    json_ms(json, "p50Ms", akolhook_stats_latency(times, 50));
    json_ms(json, "p95Ms", akolhook_stats_latency(times, 95));
}

static int chart_is_empty(const chart *c, size_t at) {
    return !c->failed[at] && akolhook_stats_latency(&c->times[at], 50) < 0;
}

static void chart_show(akolhook_json_writer *json, const chart *c) {
    static akolhook_stats all; /* of the HTTP thread */
    uint64_t failed = 0;
    size_t at, slot;

    memset(&all, 0, sizeof all);
    for (at = 0; at < c->count; at++) {
        failed += c->failed[at];
        for (slot = 0; slot < AKOLHOOK_LATENCY_BUCKETS; slot++)
            all.latency[slot] += c->times[at].latency[slot];
    }
    akolhook_json_object_begin(json);
    akolhook_json_key(json, akolhook_str_c("totals"));
    akolhook_json_object_begin(json);
    sums_show(json, &all, failed);
    akolhook_json_object_end(json);

    akolhook_json_key(json, akolhook_str_c("buckets"));
    akolhook_json_array_begin(json);
    for (at = 0; at < c->count; at++) {
        if (chart_is_empty(c, at)) continue;
        akolhook_json_object_begin(json);
        json_time(json, "start", (c->from + (int64_t)at * c->width) * 1000);
        sums_show(json, &c->times[at], c->failed[at]);
        akolhook_json_object_end(json);
    }
    akolhook_json_array_end(json);
    akolhook_json_add_int64(json, "bucketS", c->width);
    akolhook_json_object_end(json);
}

/* Attempts of a webhook, or of all; tests are left out. */
static void api_stats(request *r) {
    static const struct {
        const char *name;
        int64_t width;
        size_t count;
    } ranges[] = {{"24h", 3600, 24}, {"7d", 6 * 3600, 28}, {"30d", 86400, 30}};
    static chart c; /* of the HTTP thread */
    akolhook_webhook webhook;
    akolhook_status status = AKOLHOOK_OK;
    const char *name;
    db_arg args[2];
    parameters q;
    size_t i;

    if (!query_read(r, &q)) return;
    name = query_get(&q, "range");
    for (i = 0; name && i < COUNT_OF(ranges) && strcmp(name, ranges[i].name) != 0; i++) continue;
    if (i == COUNT_OF(ranges)) {
        parameter_fail(r, "range", "BAD_PARAMETER", "the range is 24h, 7d or 30d");
        return;
    }
    if (!name) i = 0;

    memset(&c, 0, sizeof c);
    c.width = ranges[i].width;
    c.count = ranges[i].count;
    c.from = unix_ms() / 1000 / c.width * c.width - (int64_t)(c.count - 1) * c.width;
    if (*r->id) status = akolhook_hub_get_webhook(r->server->front.hub, r->id, &webhook);
    args[0] = db_text(r->id);
    args[1] = db_number(c.from);
    if (status == AKOLHOOK_OK &&
            !db_run(&r->server->front,
                    "SELECT start, slot, n FROM @buckets WHERE webhook = $1 AND start >= $2", args, 2,
                    row_chart, &c))
        status = AKOLHOOK_STORE_FAILED;
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    chart_show(json_begin(r), &c);
    json_send(r, 200, NULL, NULL);
}

/* ---- tokens ---- */

static void token_show(request *r, const token *t, const char *text) {
    akolhook_json_writer *json = json_of(r);

    akolhook_json_object_begin(json);
    json_c(json, "id", t->id);
    json_c(json, "scope", scope_names[t->scope]);
    json_c(json, "name", t->name);
    json_time(json, "createdAt", t->created_ms);
    json_time(json, "lastUsedAt", t->used_ms);
    akolhook_json_add_bool(json, "current", strcmp(r->token_id, t->id) == 0);
    if (text) json_c(json, "token", text);
    akolhook_json_object_end(json);
}

static void api_token_list(request *r) {
    akolhook_json_writer *json = json_begin(r);
    size_t i;

    akolhook_json_array_begin(json);
    for (i = 0; i < r->server->tokens.count; i++) token_show(r, &r->server->tokens.tokens[i], NULL);
    akolhook_json_array_end(json);
    json_send(r, 200, NULL, NULL);
}

static void api_token_create(request *r) {
    member members[] = {{"scope", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"name", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}}};
    char text[TOKEN_CHARS + 1], name[TOKEN_NAME_MOST + 1], wanted[8];
    token made;

    if (!body_read(r, members, COUNT_OF(members))) return;
    copy_str(members[0].text, wanted, sizeof wanted);
    if (scope_find(wanted) == SCOPE_NONE)
        field_fail(r, "scope", "BAD_SCOPE", "the scope is full, read or emit");
    if (!is_token_name(members[1].text))
        field_fail(r, "name", "BAD_NAME", akolhook_status_text(AKOLHOOK_BAD_NAME));
    copy_str(members[1].text, name, sizeof name);
    if (r->error_count) {
        fail_fields(r, 422);
        return;
    }
    switch (token_make(&r->server->front, scope_find(wanted), name, &made, text)) {
    case MAKE_FULL: fail(r, 409, "TOO_MANY_TOKENS", "there are 100 tokens: revoke one first"); break;
    case MAKE_FAILED: fail_status(r, AKOLHOOK_STORE_FAILED); break;
    case MAKE_DONE:
        json_begin(r);
        token_show(r, &made, text);
        json_send(r, 201, NULL, NULL);
        break;
    }
    akolhook_wipe(text, sizeof text);
    r->server->tokens.read_at = 0;
}

static void api_token_delete(request *r) {
    switch (token_revoke(&r->server->front, r->id)) {
    case REVOKE_NONE: fail(r, 404, "UNKNOWN_TOKEN", "there is no token of this id"); return;
    case REVOKE_LAST:
        fail(r, 409, "LAST_TOKEN", "this is the last token of scope full: make another first");
        return;
    case REVOKE_FAILED: fail_status(r, AKOLHOOK_STORE_FAILED); return;
    case REVOKE_DONE: break;
    }
    feed_end(&r->server->feed, r->id);
    id_answer(r, 200);
    r->server->tokens.read_at = 0;
}

/* ---- the server ---- */

/* Seconds between the attempts of a delivery, as the hub's schedule has them. */
static void schedule_show(akolhook_json_writer *json, uint32_t attempts) {
    uint32_t attempt;

    akolhook_json_key(json, akolhook_str_c("schedule"));
    akolhook_json_array_begin(json);
    akolhook_json_int64(json, 0);
    for (attempt = 1; attempt < attempts; attempt++)
        akolhook_json_int64(json, akolhook_retry_delay(attempt, -1, 0) / 1000);
    akolhook_json_array_end(json);
}

static void api_server(request *r) {
    const options *opt = &r->server->opt;
    akolhook_json_writer *json = json_begin(r);
    size_t i;

    akolhook_json_object_begin(json);
    json_c(json, "version", AKOLHOOK_VERSION);
    json_c(json, "businessId", r->server->front.business);
    json_c(json, "store", opt->store ? "postgres" : "sqlite");
    akolhook_json_key(json, akolhook_str_c("policy"));
    akolhook_json_object_begin(json);
    akolhook_json_add_bool(json, "allowHttp", opt->allow_http);
    akolhook_json_key(json, akolhook_str_c("allowCidr"));
    akolhook_json_array_begin(json);
    for (i = 0; i < opt->network_count; i++)
        akolhook_json_string(json, akolhook_str_c(opt->network_texts[i]));
    akolhook_json_array_end(json);
    schedule_show(json, ATTEMPTS_MADE);
    akolhook_json_add_int64(json, "maxAttempts", ATTEMPTS_MADE);
    akolhook_json_add_int64(json, "deadlineMs", DEADLINE_MS);
    akolhook_json_add_int64(json, "keepEventsS", (int64_t)opt->keep_hours * 3600);
    akolhook_json_add_int64(json, "logRows", opt->log_rows);
    akolhook_json_object_end(json);
    akolhook_json_object_end(json);
    json_send(r, 200, NULL, NULL);
}

static void status_answer(request *r) {
    static const char text[] = "{\"status\":\"ok\"}";

    answer_bytes(r, 200, "application/json", text, sizeof text - 1, NULL, NULL);
}
static void api_health(request *r) { status_answer(r); }

enum { READY_FRESH_MS = 1000, READY_STORE_MS = 1000, READY_WORKER_MS = 60000 };

/* The store answers within a second, and the worker came round within a minute. */
static void api_ready(request *r) {
    server *s = r->server;
    akolhook_str note = {NULL, 0};
    int64_t now = monotonic_ms(), polled_at;
    int stalls = store_is_stalled(s);

    if (!stalls && (!s->ready_at || now - s->ready_at >= READY_FRESH_MS)) {
        (void)pthread_mutex_lock(&s->worker.lock);
        polled_at = s->worker.polled_at;
        (void)pthread_mutex_unlock(&s->worker.lock);
        s->is_ready = akolhook_hub_get_note(s->front.hub, &note) == AKOLHOOK_OK &&
                      store_is_in_place(&s->front) && monotonic_ms() - now < READY_STORE_MS &&
                      now - polled_at < READY_WORKER_MS;
        s->ready_at = monotonic_ms();
    }
    if (s->is_ready && !stalls)
        status_answer(r);
    else
        fail(r, 503, "NOT_READY", "the store does not answer, or the worker does not come round");
}

/* ---- metrics: Prometheus text ---- */

typedef struct metrics {
    char text[8192];
    size_t len;
} metrics;

static void metric(metrics *m, const char *kind, const char *name, const char *help, double value) {
    size_t left = sizeof m->text - m->len;
    int len = snprintf(m->text + m->len, left,
            "# HELP akolhook_%s %s\n# TYPE akolhook_%s %s\nakolhook_%s %.17g\n", name, help, name, kind, name,
            value);

    if (len > 0 && (size_t)len < left) m->len += (size_t)len;
}

/* One of several samples of a counter; the first has its head. */
static void metric_of(metrics *m, const char *name, const char *help, const char *label, const char *of,
        double value, int is_first) {
    size_t left = sizeof m->text - m->len;
    int len = 0;

    if (is_first)
        len = snprintf(m->text + m->len, left, "# HELP akolhook_%s %s\n# TYPE akolhook_%s counter\n", name,
                help, name);
    if (len < 0 || (size_t)len >= left) return;
    m->len += (size_t)len;
    left -= (size_t)len;
    len = snprintf(m->text + m->len, left, "akolhook_%s{%s=\"%s\"} %.17g\n", name, label, of, value);
    if (len > 0 && (size_t)len < left) m->len += (size_t)len;
}

static void metrics_hub(metrics *m, const akolhook_stats *stats, const akolhook_gauges *gauges) {
    metric(m, "counter", "emitted_total", "deliveries that events and redeliveries made",
            (double)stats->emitted);
    metric(m, "counter", "delivered_total", "deliveries answered 2xx", (double)stats->delivered);
    metric(m, "counter", "failed_total", "deliveries given up", (double)stats->failed);
    metric(m, "counter", "cancelled_total", "deliveries cancelled", (double)stats->cancelled);
    metric(m, "counter", "dropped_total", "deliveries dropped for want of room", (double)stats->dropped);
    metric(m, "counter", "skipped_total", "events that inactive webhooks missed", (double)stats->skipped);
    metric(m, "gauge", "webhooks", "webhooks", (double)gauges->webhooks);
    metric(m, "gauge", "webhooks_failing", "webhooks whose last attempt failed, 4xx but 408 and 429 apart",
            (double)gauges->failing);
    metric(m, "gauge", "waiting", "deliveries that wait or are in flight", (double)gauges->waiting);
    metric(m, "gauge", "in_flight", "deliveries in flight", (double)gauges->in_flight);
    metric(m, "gauge", "oldest_waiting_seconds", "age of the oldest that waits, 0: none does",
            gauges->oldest_ms < 0 ? 0 : (double)gauges->oldest_ms / 1000);
    metric(m, "gauge", "bodies", "bodies that are kept", (double)gauges->events);
    metric(m, "gauge", "body_bytes", "their bytes", (double)gauges->bytes);
    metric(m, "gauge", "idempotency_keys", "keys that are remembered", (double)gauges->keys);
}

static void metrics_process(metrics *m, server *s) {
    static const char *const classes[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    size_t i;

    (void)pthread_mutex_lock(&s->worker.lock);
    metric(m, "counter", "attempts_ok_total", "attempts of this process that succeeded",
            (double)s->worker.succeeded);
    metric(m, "counter", "attempts_failed_total", "attempts of this process that failed",
            (double)s->worker.failed);
    metric(m, "counter", "deactivated_total", "webhooks that this process set inactive",
            (double)s->worker.deactivated);
    metric(m, "counter", "warned_total", "webhooks that this process warned of", (double)s->worker.warned);
    metric(m, "gauge", "worker_polled_seconds", "since the worker came round",
            (double)(monotonic_ms() - s->worker.polled_at) / 1000);
    (void)pthread_mutex_unlock(&s->worker.lock);

    (void)pthread_mutex_lock(&s->listener.lock);
    metric(m, "gauge", "http_connections", "connections, of 256 at most", (double)s->listener.count);
    metric(m, "counter", "http_swept_total", "connections cut as they took too long",
            (double)s->listener.swept);
    (void)pthread_mutex_unlock(&s->listener.lock);
    metric(m, "gauge", "http_streams", "streams of changes, of 32 at most", (double)feed_streams(&s->feed));
    metric(m, "counter", "http_failed_logins_total", "requests without a valid token",
            (double)s->failed_logins);
    for (i = 2; i < COUNT_OF(classes); i++)
        metric_of(m, "http_answers_total", "answers by the class of their code", "class", classes[i],
                (double)s->answers[i], i == 2);
}

static void api_metrics(request *r) {
    static metrics m; /* of the HTTP thread */
    akolhook_hub *hub = r->server->front.hub;
    akolhook_gauges gauges;
    akolhook_stats stats;
    akolhook_status status = akolhook_hub_stats(hub, NULL, &stats);

    if (status == AKOLHOOK_OK) status = akolhook_hub_gauges(hub, &gauges);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    m.len = 0;
    metrics_hub(&m, &stats, &gauges);
    metrics_process(&m, r->server);
    answer_bytes(r, 200, "text/plain; version=0.0.4", m.text, m.len, NULL, NULL);
}

/* ---- the stream ---- */

static void api_stream(request *r) {
    stream_reader *reader = feed_join(&r->server->feed, r->connection, r->token_id);
    struct MHD_Response *response;

    if (!reader) {
        fail(r, 503, "TOO_MANY_STREAMS", "there are too many streams, or the server stops");
        return;
    }
    response = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, FEED_TEXT_MOST, stream_read, reader, stream_free);
    if (!response) {
        stream_free(reader);
        fail(r, 503, "NO_MEMORY", "there is no memory for another stream");
        return;
    }
    r->stream = &reader->stream;
    answer_header(response, "Cache-Control", "no-store");
    answer_header(response, "X-Accel-Buffering", "no"); /* a proxy passes on what it gets */
    answer_queue(r, 200, "text/event-stream", response);
    if (!r->status) r->stream = NULL; /* it went with its response */
    wake();
}
