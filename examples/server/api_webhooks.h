/* The calls on webhooks. */

/* ---- showing one ---- */

static void events_show(akolhook_json_writer *json, akolhook_events events) {
    int number;

    akolhook_json_key(json, akolhook_str_c("events"));
    akolhook_json_array_begin(json);
    for (number = 1; number <= AKOLHOOK_EVENT_LAST; number++)
        if (akolhook_events_has(events, (akolhook_event)number))
            akolhook_json_string(json, akolhook_str_c(akolhook_event_name((akolhook_event)number)));
    akolhook_json_array_end(json);
}

/* Now and a span from there; below 0: none. */
static void time_from_now(akolhook_json_writer *json, const char *key, int64_t span_ms, int sign) {
    json_time(json, key, span_ms < 0 ? 0 : unix_ms() + sign * span_ms);
}

static void stats_show(
        akolhook_json_writer *json, const akolhook_webhook *webhook, const akolhook_stats *stats) {
    akolhook_json_key(json, akolhook_str_c("stats"));
    akolhook_json_object_begin(json);
    akolhook_json_add_uint64(json, "delivered", stats->delivered);
    akolhook_json_add_uint64(json, "failed", stats->failed);
    akolhook_json_add_uint64(json, "cancelled", stats->cancelled);
    akolhook_json_add_uint64(json, "dropped", stats->dropped);
    akolhook_json_add_uint64(json, "skipped", stats->skipped);
    akolhook_json_add_uint64(json, "waiting", stats->waiting);
    time_from_now(json, "oldestWaitingAt", webhook->oldest_ms, -1);
    time_from_now(json, "nextAttemptAt", webhook->next_ms, 1);
    akolhook_json_object_end(json);
}

/* Answers of 4xx make no class FAILING, as the receiver is there; what it refuses fails all the same. */
static int is_failing(const akolhook_webhook *webhook) {
    return webhook->cls == AKOLHOOK_CLASS_FAILING ||
           (webhook->failure_count && webhook->reason != AKOLHOOK_OK);
}
static const char *health_class(const akolhook_webhook *webhook) {
    if (!webhook->is_active) return "inactive";
    if (is_failing(webhook)) return "failing";
    return webhook->cls == AKOLHOOK_CLASS_OTHER && webhook->last_ms > AKOLHOOK_QUICK_MS ? "slow" : "healthy";
}
static void health_show(akolhook_json_writer *json, const akolhook_webhook *webhook) {
    akolhook_json_key(json, akolhook_str_c("health"));
    akolhook_json_object_begin(json);
    json_c(json, "class", health_class(webhook));
    if (webhook->reason == AKOLHOOK_OK)
        akolhook_json_add_null(json, "reason");
    else
        json_c(json, "reason", akolhook_status_text(webhook->reason));
    akolhook_json_add_uint64(json, "failures", webhook->failure_count);
    json_time(json, "failingSince", webhook->failing_since_ms);
    json_time(json, "inactiveAt", webhook->inactive_at_ms);
    if (webhook->inactive_by == AKOLHOOK_INACTIVE_BY_NONE)
        akolhook_json_add_null(json, "inactiveBy");
    else
        json_c(json, "inactiveBy", webhook->inactive_by == AKOLHOOK_INACTIVE_BY_HUB ? "failures" : "call");
    akolhook_json_object_end(json);
}

/* All members; the object stays open. secret: the whole one in two answers, NULL elsewhere. */
static akolhook_status webhook_show(request *r, const akolhook_webhook *webhook, const char *secret) {
    akolhook_json_writer *json = json_of(r);
    akolhook_stats stats;
    akolhook_status status = akolhook_hub_stats(r->server->front.hub, webhook->id, &stats);

    akolhook_json_object_begin(json);
    json_c(json, "id", webhook->id);
    json_c(json, "name", webhook->name);
    json_c(json, "url", webhook->url);
    events_show(json, webhook->events);
    akolhook_json_add_bool(json, "isActive", webhook->is_active);
    json_c(json, "secret", secret ? secret : webhook->secret);
    json_time(json, "createdAt", webhook->created_at_ms);
    json_time(json, "updatedAt", webhook->updated_at_ms);
    json_time(json, "lastDeliveryAt", webhook->last_triggered_at_ms);
    stats_show(json, webhook, &stats);
    health_show(json, webhook);
    return status;
}
static void webhook_answer(request *r, const akolhook_webhook *webhook) {
    akolhook_status status;

    json_begin(r);
    status = webhook_show(r, webhook, NULL);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    akolhook_json_object_end(json_of(r));
    json_send(r, 200, NULL, NULL);
}

static void api_webhook_get(request *r) {
    akolhook_webhook webhook;
    akolhook_status status = akolhook_hub_get_webhook(r->server->front.hub, r->id, &webhook);

    if (status != AKOLHOOK_OK)
        fail_status(r, status);
    else
        webhook_answer(r, &webhook);
}

/* ---- the list ---- */

enum { LIST_LIMIT = 20, LIST_MOST = 100, SERIES_HOURS = 24 };

/* Succeeded and failed attempts of each of the last 24 hours. */
typedef struct series {
    char webhook[AKOLHOOK_ID_SIZE];
    uint64_t n[SERIES_HOURS][2];
} series;

typedef struct webhook_list {
    int64_t page, limit, total;
    int active;  /* -1: both */
    int failing; /* 1: those alone whose deliveries fail, 0: the others, -1: both */
    const char *part;
    akolhook_webhook shown[LIST_MOST];
    series series[LIST_MOST];
    size_t count;
    int64_t from; /* unix seconds of the series' first hour */
} webhook_list;

/* Whether text holds part, whichever case their letters have. */
static int holds(const char *text, const char *part) {
    size_t len = strlen(part);

    for (; strlen(text) >= len; text++)
        if (same_name(akolhook_str_n(text, len), part)) return 1;
    return 0;
}

/* Goes through all webhooks, keeps those of the page. */
static akolhook_status list_read(akolhook_hub *hub, webhook_list *list) {
    static akolhook_webhook some[LIST_MOST]; /* of the HTTP thread */
    akolhook_status status;
    uint64_t after = 0;
    size_t count = LIST_MOST, i;

    while (count == LIST_MOST) {
        status = akolhook_hub_list_webhooks(hub, after, some, LIST_MOST, &count);
        if (status != AKOLHOOK_OK) return status;
        for (i = 0; i < count; i++) {
            after = some[i].number;
            if (list->failing >= 0 && is_failing(&some[i]) != list->failing) continue;
            if (list->active >= 0 && some[i].is_active != list->active) continue;
            if (list->part && !holds(some[i].name, list->part) && !holds(some[i].url, list->part)) continue;
            if (list->total++ / list->limit == list->page - 1) list->shown[list->count++] = some[i];
        }
    }
    return AKOLHOOK_OK;
}

static void row_series(void *user, const char *const *columns) {
    webhook_list *list = (webhook_list *)user;
    int64_t hour = (strtoll(columns[1], NULL, 10) - list->from) / BUCKET_S;
    size_t i;

    for (i = 0; i < list->count && strcmp(list->series[i].webhook, columns[0]) != 0; i++) continue;
    if (i == list->count || hour < 0 || hour >= SERIES_HOURS) return;
    list->series[i].n[hour][atoi(columns[2]) == SLOT_FAILED] += strtoull(columns[3], NULL, 10);
}
/* The sums of those that are shown, by one statement; ids are letters and digits. */
static int list_series(store *s, webhook_list *list) {
    char sql[DB_SQL_MOST / 2];
    db_arg from;
    size_t len, i;

    list->from = unix_ms() / 1000 / BUCKET_S * BUCKET_S - (SERIES_HOURS - 1) * BUCKET_S;
    if (!list->count) return 1;
    memset(list->series, 0, sizeof list->series);
    len = (size_t)snprintf(sql, sizeof sql,
            "SELECT webhook, start, slot, n FROM @buckets WHERE start >= $1 AND webhook IN (");
    for (i = 0; i < list->count; i++) {
        memcpy(list->series[i].webhook, list->shown[i].id, AKOLHOOK_ID_SIZE);
        len += (size_t)snprintf(sql + len, sizeof sql - len, "%s'%s'", i ? "," : "", list->shown[i].id);
    }
    (void)snprintf(sql + len, sizeof sql - len, ")");
    from = db_number(list->from);
    return db_run(s, sql, &from, 1, row_series, list);
}

static void series_show(akolhook_json_writer *json, const series *of) {
    size_t hour;

    akolhook_json_key(json, akolhook_str_c("series"));
    akolhook_json_array_begin(json);
    for (hour = 0; hour < SERIES_HOURS; hour++) {
        akolhook_json_array_begin(json);
        akolhook_json_uint64(json, of->n[hour][0]);
        akolhook_json_uint64(json, of->n[hour][1]);
        akolhook_json_array_end(json);
    }
    akolhook_json_array_end(json);
}

static void pages_show(akolhook_json_writer *json, int64_t page, int64_t limit, int64_t total) {
    int64_t pages = (total + limit - 1) / limit;

    akolhook_json_key(json, akolhook_str_c("pagination"));
    akolhook_json_object_begin(json);
    akolhook_json_add_int64(json, "page", page);
    akolhook_json_add_int64(json, "limit", limit);
    akolhook_json_add_int64(json, "total", total);
    akolhook_json_add_int64(json, "totalPages", pages);
    akolhook_json_add_bool(json, "hasNext", page < pages);
    akolhook_json_add_bool(json, "hasPrev", page > 1);
    akolhook_json_object_end(json);
}

static void api_webhook_list(request *r) {
    static webhook_list list; /* of the HTTP thread */
    akolhook_json_writer *json = json_of(r);
    akolhook_status status;
    parameters q;
    size_t i;

    list.page = 1;
    list.limit = LIST_LIMIT;
    list.total = 0;
    list.count = 0;
    if (!query_read(r, &q) || !query_count(r, &q, "page", 1, INT32_MAX, &list.page) ||
            !query_count(r, &q, "limit", 1, LIST_MOST, &list.limit) ||
            !query_bool(r, &q, "active", &list.active) || !query_bool(r, &q, "failing", &list.failing))
        return;
    list.part = query_get(&q, "q");

    status = list_read(r->server->front.hub, &list);
    if (status == AKOLHOOK_OK && !list_series(&r->server->front, &list)) status = AKOLHOOK_STORE_FAILED;
    if (status == AKOLHOOK_OK) {
        json_begin(r);
        akolhook_json_array_begin(json);
    }
    for (i = 0; i < list.count && status == AKOLHOOK_OK; i++) {
        status = webhook_show(r, &list.shown[i], NULL);
        series_show(json, &list.series[i]);
        akolhook_json_object_end(json);
    }
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    akolhook_json_array_end(json);
    pages_show(json, list.page, list.limit, list.total);
    json_send(r, 200, NULL, NULL);
}

/* ---- what a body wants ---- */

/* 127.0.0.0/8 and ::1, the first also as an IPv6 address. */
static int is_loopback_addr(const akolhook_addr *addr) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, one[16] = {[15] = 1};

    if (addr->family == 4) return addr->bytes[0] == 127;
    if (addr->family != 6) return 0;
    if (memcmp(addr->bytes, mapped, sizeof mapped) == 0) return addr->bytes[12] == 127;
    return memcmp(addr->bytes, one, sizeof one) == 0;
}

/* A webhook of the server's own calls would answer 401 for ever. */
static int is_own_address(const server *s, const akolhook_url *url) {
    int is_any = strcmp(s->opt.host, "0.0.0.0") == 0 || strcmp(s->opt.host, "::") == 0;
    char text[AKOLHOOK_MAX_URL + 8];
    int len;

    if (url->port != s->listener.port) return 0;
    if ((is_any || is_loopback(s->opt.host)) && is_loopback_addr(&url->addr)) return 1;
    len = snprintf(text, sizeof text, url->host_type == AKOLHOOK_HOST_IPV6 ? "[%.*s]:%u" : "%.*s:%u",
            (int)url->host.len, url->host.ptr, (unsigned)url->port);
    return len > 0 && (size_t)len < sizeof text && is_own_host(s, akolhook_str_n(text, (size_t)len));
}

/* Whether the URL may be a webhook's; what is wrong with it goes to the errors. */
static void url_check(request *r, akolhook_str text) {
    const akolhook_policy *policy = &r->server->front.desc.client.policy;
    akolhook_url url;
    akolhook_status status = akolhook_url_parse(text, policy->flags & AKOLHOOK_ALLOW_HTTP, &url);

    if (status == AKOLHOOK_OK && is_own_address(r->server, &url)) {
        field_fail(
                r, "url", "BLOCKED_ADDRESS", "this is the server's own address: a webhook would call itself");
        return;
    }
    if (status == AKOLHOOK_OK) status = akolhook_policy_url(policy, &url);
    if (status != AKOLHOOK_OK)
        field_fail(r, "url", akolhook_status_name(status), akolhook_status_text(status));
}

/* The set that the array's names make; what is wrong goes to the errors, and *http becomes what it means. */
static akolhook_events events_read(request *r, akolhook_json value, int *http) {
    akolhook_json_iter iter;
    akolhook_json element;
    akolhook_events events = 0, more;
    char field[24];
    unsigned at = 0;

    if (akolhook_json_begin(value, &iter) != AKOLHOOK_OK) return 0;
    for (; akolhook_json_next(&iter, NULL, &element); at++, events |= more) {
        akolhook_str name = text_of(r, element);

        more = 0;
        if (name.ptr && !memchr(name.ptr, ',', name.len) &&
                akolhook_events_parse(name, &more, NULL) == AKOLHOOK_OK)
            continue;
        snprintf(field, sizeof field, "events[%u]", at);
        if (element.type == AKOLHOOK_JSON_STRING) {
            field_fail(r, field, "UNKNOWN_EVENT", akolhook_status_text(AKOLHOOK_UNKNOWN_EVENT));
        } else {
            field_fail(r, field, "WRONG_TYPE", akolhook_status_text(AKOLHOOK_WRONG_TYPE));
            *http = 400;
        }
    }
    if (!at) field_fail(r, "events", "NO_EVENTS", akolhook_status_text(AKOLHOOK_NO_EVENTS));
    return events;
}

/* What else a name may not be the hub says. */
static void name_check(request *r, akolhook_str name) {
    if (!is_seen(name))
        field_fail(r, "name", "BAD_NAME",
                name.len ? "the name must hold more than blanks" : akolhook_status_text(AKOLHOOK_BAD_NAME));
}

static void changed(request *r, const char *webhook_id, int wakes) {
    feed_changed(&r->server->feed, webhook_id);
    if (wakes || feed_streams(&r->server->feed)) wake();
}

/* The same, of what leaves no row in the log. */
static void changed_settings(request *r, const char *webhook_id, int wakes) {
    (void)change_note(&r->server->worker, &r->server->front);
    changed(r, webhook_id, wakes);
}

/* ---- making and changing ---- */

static void api_webhook_create(request *r) {
    member members[] = {{"name", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"url", MEMBER_STRING, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"events", MEMBER_ARRAY, 1, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"secret", MEMBER_STRING, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}}};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    char location[64], own[AKOLHOOK_HUB_SECRET_SIZE];
    akolhook_webhook webhook;
    akolhook_status status;
    int http = 422;

    if (!body_read(r, members, COUNT_OF(members))) return;
    wanted.name = members[0].text;
    wanted.url = members[1].text;
    wanted.events = events_read(r, members[2].value, &http);
    wanted.secret = members[3].text;
    name_check(r, wanted.name);
    url_check(r, wanted.url);
    if (members[3].value.type != AKOLHOOK_JSON_NONE &&
            (!wanted.secret.len || wanted.secret.len >= sizeof own))
        field_fail(r, "secret", "BAD_SECRET", "the secret has 1 to 128 bytes");
    if (r->error_count) {
        fail_fields(r, http);
        return;
    }

    status = akolhook_hub_create_webhook(r->server->front.hub, &wanted, &webhook);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    copy_str(wanted.secret, own, sizeof own);
    snprintf(location, sizeof location, "/api/v1/webhooks/%s", webhook.id);
    json_begin(r);
    webhook.oldest_ms = webhook.next_ms = -1;
    (void)!webhook_show(r, &webhook, *own ? own : webhook.secret);
    akolhook_json_object_end(json_of(r));
    json_send(r, 201, "Location", location);
    akolhook_wipe(webhook.secret, sizeof webhook.secret);
    akolhook_wipe(own, sizeof own);
    changed_settings(r, webhook.id, 0);
}

/* An answer shows the URL with its query masked: that text again means that it stays. */
static int is_unchanged_url(const akolhook_webhook *webhook, akolhook_str url) {
    return akolhook_str_is(url, webhook->url) && strstr(webhook->url, "***") != NULL;
}

static void api_webhook_update(request *r) {
    member members[] = {{"name", MEMBER_STRING, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"url", MEMBER_STRING, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"events", MEMBER_ARRAY, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}},
            {"isActive", MEMBER_BOOL, 0, {{NULL, 0}, AKOLHOOK_JSON_NONE, 0}, {NULL, 0}}};
    akolhook_hub *hub = r->server->front.hub;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    akolhook_status status;
    int http = 422;

    if (!body_read(r, members, COUNT_OF(members))) return;
    status = akolhook_hub_get_webhook(hub, r->id, &webhook);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }

    wanted.name = members[0].text;
    wanted.url = members[1].text;
    if (wanted.url.ptr && is_unchanged_url(&webhook, wanted.url)) wanted.url = akolhook_str_n(NULL, 0);
    if (members[2].value.type != AKOLHOOK_JSON_NONE) wanted.events = events_read(r, members[2].value, &http);
    if (wanted.name.ptr) name_check(r, wanted.name);
    if (wanted.url.ptr) url_check(r, wanted.url);
    if (r->error_count) {
        fail_fields(r, http);
        return;
    }

    if (members[3].value.type == AKOLHOOK_JSON_TRUE) wanted.activity = AKOLHOOK_ACTIVITY_ACTIVE;
    if (members[3].value.type == AKOLHOOK_JSON_FALSE) wanted.activity = AKOLHOOK_ACTIVITY_INACTIVE;
    if (wanted.name.ptr || wanted.url.ptr || wanted.events || wanted.activity != AKOLHOOK_ACTIVITY_KEEP)
        status = akolhook_hub_update_webhook(hub, r->id, &wanted);
    if (status == AKOLHOOK_OK) status = akolhook_hub_get_webhook(hub, r->id, &webhook);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed_settings(r, r->id, 1);
    webhook_answer(r, &webhook);
}

/* ---- what the worker does, as it may have deliveries in flight ---- */

static void api_webhook_rotate(request *r) {
    char secret[AKOLHOOK_SECRET_SIZE] = "";
    akolhook_json_writer *json;
    akolhook_status status;

    if (!body_read(r, NULL, 0)) return;
    status = mail_send(&r->server->worker, MAIL_ROTATE, r->id, secret);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    json = json_begin(r);
    akolhook_json_object_begin(json);
    json_c(json, "id", r->id);
    json_c(json, "secret", secret);
    akolhook_json_object_end(json);
    json_send(r, 200, NULL, NULL);
    akolhook_wipe(secret, sizeof secret);
    changed_settings(r, r->id, 0);
}

static void id_answer(request *r, int http) {
    akolhook_json_writer *json = json_begin(r);

    akolhook_json_object_begin(json);
    json_c(json, "id", r->id);
    akolhook_json_object_end(json);
    json_send(r, http, NULL, NULL);
}

static void api_webhook_delete(request *r) {
    akolhook_status status = mail_send(&r->server->worker, MAIL_DELETE, r->id, NULL);

    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }
    changed_settings(r, r->id, 0);
    id_answer(r, 200);
}

/* ---- test ---- */

/* The place of this webhook's test that still runs; NULL: none does. The log tells of samples that were
   cancelled, the counter of those whose rows gave way to newer ones. */
static test_place *test_running(server *s, const char *webhook_id) {
    static akolhook_log_row rows[AKOLHOOK_EVENT_LAST];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_stats stats;
    test_place *place = NULL;
    size_t count = 0, i;

    for (i = 0; i < TEST_PLACES; i++)
        if (strcmp(s->tests[i].webhook_id, webhook_id) == 0) place = &s->tests[i];
    if (!place || unix_ms() - place->since_ms > TEST_OVER_MS) return NULL;
    if (akolhook_hub_stats(s->front.hub, webhook_id, &stats) != AKOLHOOK_OK || stats.tests >= place->until)
        return NULL;
    query.webhook_id = akolhook_str_c(webhook_id);
    query.only_tests = 1;
    query.since_ms = place->since_ms;
    if (akolhook_hub_log(s->front.hub, &query, rows, AKOLHOOK_EVENT_LAST, &count) != AKOLHOOK_OK) return NULL;
    return count < place->samples ? place : NULL;
}

static void test_note(server *s, const char *webhook_id, int64_t since_ms, uint32_t samples, uint64_t tests) {
    test_place *place = NULL;
    size_t i;

    for (i = 0; i < TEST_PLACES && !place; i++)
        if (strcmp(s->tests[i].webhook_id, webhook_id) == 0) place = &s->tests[i];
    if (!place) place = &s->tests[s->next_test++ % TEST_PLACES];
    copy_str(akolhook_str_c(webhook_id), place->webhook_id, sizeof place->webhook_id);
    place->since_ms = since_ms;
    place->samples = samples;
    place->until = tests + samples;
}

/* The samples, which were made in the order of the events. */
static void samples_show(akolhook_json_writer *json, akolhook_events events,
        char (*message_ids)[AKOLHOOK_ID_SIZE], size_t count) {
    size_t made = 0;
    int number;

    akolhook_json_key(json, akolhook_str_c("events"));
    akolhook_json_array_begin(json);
    for (number = 1; number <= AKOLHOOK_EVENT_LAST && made < count; number++) {
        if (!akolhook_events_has(events, (akolhook_event)number)) continue;
        akolhook_json_object_begin(json);
        json_c(json, "event", akolhook_event_name((akolhook_event)number));
        json_c(json, "messageId", message_ids[made++]);
        akolhook_json_object_end(json);
    }
    akolhook_json_array_end(json);
}

static void api_webhook_test(request *r) {
    char message_ids[AKOLHOOK_EVENT_LAST][AKOLHOOK_ID_SIZE];
    akolhook_hub *hub = r->server->front.hub;
    akolhook_json_writer *json;
    akolhook_webhook webhook;
    akolhook_stats stats;
    akolhook_status status;
    int64_t since = unix_ms();
    size_t count = 0;

    if (!body_read(r, NULL, 0)) return;
    if (test_running(r->server, r->id)) {
        r->retry_after_s = 2;
        fail(r, 429, "TEST_RUNNING", "a test of this webhook still runs");
        return;
    }
    status = akolhook_hub_get_webhook(hub, r->id, &webhook);
    if (status == AKOLHOOK_OK) status = akolhook_hub_stats(hub, r->id, &stats);
    if (status == AKOLHOOK_OK)
        status = akolhook_hub_test_ids(hub, r->id, message_ids, COUNT_OF(message_ids), &count);
    changed(r, r->id, 1); /* some may have been made before it failed */
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return;
    }

    test_note(r->server, r->id, since, (uint32_t)count, stats.tests);
    json = json_begin(r);
    akolhook_json_object_begin(json);
    json_time(json, "since", since);
    samples_show(json, webhook.events, message_ids, count);
    akolhook_json_object_end(json);
    json_send(r, 202, NULL, NULL);
}
