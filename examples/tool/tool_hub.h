/* The hub commands of akolhook.c: a sender on a journal or an SQLite file. */

/* ---- hub: opening it ------------------------------------------------------------------------------------------------- */

/* All that a command needs; static, as the journal and the TLS transport are pointed to. */
static struct sender {
    akolhook_hub *hub;
    akolhook_hub_desc desc;
    void *memory[2]; size_t size[2];        /* the hub's, the journal's */
    akolhook_journal_posix file;
    akolhook_journal journal;
    akolhook_store store;
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    akolhook_sqlite lite; int is_lite;
#endif
    akolhook_cidr networks[MAX_LIST];
    akolhook_wanted wanted;                 /* the options, read */
    akolhook_delivery probe;
    akolhook_log_query query;
    akolhook_hub_event event;
    int64_t failed_since;
} sender;

/* What the store called it; "" when it is not the store's doing. */
static const char *store_text(akolhook_status status) {
    if (status != AKOLHOOK_STORE_FAILED) return "";
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    if (sender.is_lite) return sender.lite.error;
#endif
    return strerror(sender.file.error ? sender.file.error : sender.journal.error);
}

/* Says why on stderr; returns NO. */
static int hub_no(akolhook_status status) {
    const char *native = store_text(status);
    fprintf(stderr, *native ? "akolhook %s: %s: %s (%s)\n" : "akolhook %s: %s: %s\n", opt.command, akolhook_status_name(status),
            advice(status), native);
    return NO;
}

static int is_sqlite_name(const char *path) {
    static const char *const ends[] = { ".db", ".sqlite", ".sqlite3" };
    size_t i, len = strlen(path);
    for (i = 0; i < COUNT_OF(ends); i++)
        if (len > strlen(ends[i]) && strcmp(path + len - strlen(ends[i]), ends[i]) == 0) return 1;
    return 0;
}

static const char *store_path(void) {
    const char *path = opt.store ? opt.store : getenv("AKOLHOOK_STORE");
    return path && *path ? path : "akolhook.journal";
}

/* Why the store cannot be opened. */
static int store_no(akolhook_status status) {
    static const struct { akolhook_status status; const char *text; } table[] = {
        { AKOLHOOK_STORE_FAILED, "the file cannot be used" },
        { AKOLHOOK_TOO_MANY_WEBHOOKS, "it holds more webhooks than there is room for: --max-webhooks N" },
        { AKOLHOOK_PENDING_FULL, "more deliveries wait in it than there is room for: --max-pending N" },
        { AKOLHOOK_POOL_FULL, "it holds more text than there is room for: --pool MIB" },
    };
    const char *native = store_text(status), *text = advice(status);
    size_t i;
    for (i = 0; i < COUNT_OF(table); i++) if (table[i].status == status) text = table[i].text;
    fprintf(stderr, *native ? "akolhook %s: '%s': %s: %s (%s)" : "akolhook %s: '%s': %s: %s", opt.command, store_path(),
            akolhook_status_name(status), text, native);
    if (status == AKOLHOOK_JOURNAL_DAMAGED) fprintf(stderr, ", at byte %llu", (unsigned long long)sender.journal.error_at);
    fputs("\n", stderr);
    return NO;
}

static int journal_open(const char *path) {
    const akolhook_platform *platform = akolhook_posix_platform();
    akolhook_journal_desc desc = AKOLHOOK_INIT;
    akolhook_status status = akolhook_journal_posix_open(&sender.file, path);
    if (status == AKOLHOOK_INVALID_ARGUMENT) return usage_error("--store: the name of a journal has 1 to 1000 bytes");
    if (status != AKOLHOOK_OK) return store_no(status);
    desc.file = &sender.file.file;
    desc.unix_ms_fn = platform->unix_ms_fn;
    desc.salvage = (uint8_t)opt.salvage;
    desc.memory.now_ms_fn = platform->monotonic_ms_fn;
    desc.memory.user = platform->user;
    desc.memory.max_webhooks = (uint32_t)opt.max_webhooks;
    desc.memory.max_pending = (uint32_t)(opt.max_pending ? opt.max_pending : 10000);
    desc.memory.pool_bytes = (uint32_t)(opt.pool ? opt.pool : 4) << 20;
    desc.memory.log_rows = 64;
    desc.memory.log_bytes = 1 << 20;
    desc.memory.max_keys = 4096;
    sender.size[1] = akolhook_journal_size(&desc);
    sender.memory[1] = sender.size[1] ? malloc(sender.size[1]) : NULL;
    if (!sender.memory[1]) return usage_error("no memory for a journal of these sizes, %lu bytes", (unsigned long)sender.size[1]);
    status = akolhook_journal_open(&sender.journal, &sender.store, sender.memory[1], sender.size[1], &desc);
    if (status != AKOLHOOK_OK) return store_no(status);
    if (sender.journal.dropped)
        fprintf(stderr, "akolhook %s: '%s' had a torn or damaged end: %llu bytes were left out\n", opt.command, path,
                (unsigned long long)sender.journal.dropped);
    sender.desc.store = &sender.store;
    return 0;
}

#ifdef AKOLHOOK_EXAMPLE_SQLITE
static int sqlite_open(const char *path) {
    akolhook_sqlite_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    desc.path = path;
    sender.is_lite = 1;
    status = akolhook_sqlite_open(&sender.lite, &desc);
    if (status != AKOLHOOK_OK) return store_no(status);
    sender.desc.store = akolhook_sqlite_store(&sender.lite);
    return 0;
}
#else
static int sqlite_open(const char *path) {
    return usage_error("'%s' is an SQLite file by its name, and this tool was built without SQLite: install its headers and "
                       "build again, or give a journal another name", path);
}
#endif

static int store_open(void) {
    const char *path = store_path();
    if (!(opt.bit & (HUB_CREATE | HUB_RUN)) && access(path, F_OK) != 0) {
        usage_error("'%s': %s; akolhook hub create makes it, --store FILE names another", path, strerror(errno));
        return NO;
    }
    return is_sqlite_name(path) ? sqlite_open(path) : journal_open(path);
}

static void memory_free(int i) {
    if (sender.memory[i]) akolhook_wipe(sender.memory[i], sender.size[i]);
    free(sender.memory[i]);
}

static void sender_close(void) {
    akolhook_hub_close(sender.hub);
    memory_free(0);
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    if (sender.is_lite) akolhook_sqlite_close(&sender.lite);
#endif
    akolhook_journal_close(&sender.journal);
    memory_free(1);
    akolhook_journal_posix_close(&sender.file);
    tls_free(sender.desc.client.tls);
}

/* ---- hub: its options ------------------------------------------------------------------------------------------------ */

/* businessId: needed by what builds events. It is part of cursors, so the others have none of their own. */
static int need_business(void) {
    const int builds = (opt.bit & (HUB_EMIT | HUB_TEST)) != 0 || opt.probe;
    const char *id = opt.business ? opt.business : getenv("AKOLHOOK_BUSINESS");
    if (builds && (!id || !*id))
        return usage_error("a business is needed: --business ID, or AKOLHOOK_BUSINESS in the environment");
    if (builds && strlen(id) > 64) return usage_error("--business: an id has at most 64 bytes");
    sender.desc.business_id = akolhook_str_c(builds ? id : "-");
    return 0;
}

static int need_wanted(void) {
    const char *names = opt.bit == HUB_EVENTS ? opt.args[1] : opt.events;
    if (opt.bit == HUB_CREATE && (!opt.name || !opt.url || !opt.events))
        return usage_error("--name, --url and --events are needed; see akolhook hub create --help");
    if (opt.bit == HUB_UPDATE && !opt.name && !opt.url && !opt.events)
        return usage_error("nothing to change: give --name, --url or --events");
    if (names && need_events(names, &sender.wanted.events) != 0) return USAGE;
    sender.wanted.name = akolhook_str_c(opt.name);
    sender.wanted.url = akolhook_str_c(opt.url);
    if (opt.probe) sender.wanted.probe = &sender.probe;
    return 0;
}

static int need_query(void) {
    akolhook_log_query *q = &sender.query;
    if (opt.failed && opt.succeeded) return usage_error("--failed and --succeeded leave nothing: give one of them");
    q->webhook_id = akolhook_str_c(opt.webhook);
    q->events = sender.wanted.events;
    q->only_failed = (uint8_t)opt.failed;
    q->only_succeeded = (uint8_t)opt.succeeded;
    q->only_tests = (uint8_t)opt.tests;
    if (opt.since && read_time("since", opt.since, &q->since_ms) != 0) return USAGE;
    if (opt.until && read_time("until", opt.until, &q->until_ms) != 0) return USAGE;
    if (!opt.cursor || (akolhook_number_uint64(akolhook_str_c(opt.cursor), &q->cursor) == AKOLHOOK_OK && q->cursor)) return 0;
    return usage_error("--cursor takes what the last line of akolhook hub log says, not '%s'", opt.cursor);
}

static int need_event(void) {
    akolhook_json data;
    akolhook_status status;
    size_t len, at = 0;
    sender.event.event = akolhook_event_find(akolhook_str_c(opt.args[0]));
    if (sender.event.event == AKOLHOOK_EVENT_UNKNOWN) return no_event(opt.args[0], strlen(opt.args[0]));
    if (opt.key && !*opt.key) return usage_error("--key: the key is empty");
    sender.event.idempotency_key = akolhook_str_c(opt.key);
    if (opt.time && read_time("time", opt.time, &sender.event.timestamp_ms) != 0) return USAGE;
    if (read_input(opt.args[1], &len) != 0) return USAGE;
    sender.event.data = akolhook_str_n(input, len);
    status = akolhook_json_parse(sender.event.data, &data, &at);
    if (status == AKOLHOOK_OK && data.type == AKOLHOOK_JSON_OBJECT) return 0;
    if (status == AKOLHOOK_OK) {
        at = (size_t)(data.str.ptr - input);
        status = AKOLHOOK_WRONG_TYPE;
    }
    return usage_error("'%s', byte %lu: %s: %s", opt.args[1] ? opt.args[1] : "-", (unsigned long)at, akolhook_status_name(status),
                       advice(status));
}

static int need_redelivery(void) {
    if (opt.arg_count && (opt.failed_since || opt.webhook))
        return usage_error("give the id of a delivery, or --failed-since, not both");
    if (!opt.arg_count && !opt.failed_since) return usage_error("give the id of a delivery, or --failed-since TIME");
    return opt.failed_since ? read_time("failed-since", opt.failed_since, &sender.failed_since) : 0;
}

/* All that can be judged without the store. */
static int need_hub_options(void) {
    akolhook_hub_desc *desc = &sender.desc;
    if (!opt.max_webhooks) opt.max_webhooks = 100;
    if (need_business() != 0 || need_policy(&desc->client.policy, sender.networks) != 0 || need_wanted() != 0) return USAGE;
    if (opt.bit == HUB_LOG && need_query() != 0) return USAGE;
    if (opt.bit == HUB_EMIT && need_event() != 0) return USAGE;
    if (opt.bit == HUB_REDELIVER && need_redelivery() != 0) return USAGE;
    if ((opt.bit == HUB_RUN || opt.probe || opt.ca) && need_tls(&desc->client.tls) != 0) return USAGE;
    desc->max_webhooks = (uint32_t)opt.max_webhooks;
    desc->max_attempts = (uint32_t)opt.attempts;
    desc->client.deadline_ms = (uint32_t)opt.timeout * 1000;
    desc->client.max_in_flight = opt.bit == HUB_RUN ? 64 : 1;
    return 0;
}

static void on_notice(void *user, const akolhook_notice *notice);

/* Opens what the options name, runs the command on it, and closes it. */
static int hub_command(int (*run)(void)) {
    akolhook_status status;
    int result = need_hub_options() != 0 ? USAGE : store_open();
    if (result == 0) {
        sender.desc.notice_fn = on_notice;
        sender.size[0] = akolhook_hub_size(&sender.desc);
        sender.memory[0] = malloc(sender.size[0]);
        status = akolhook_hub_init(&sender.hub, sender.memory[0], sender.memory[0] ? sender.size[0] : 0, &sender.desc);
        result = status == AKOLHOOK_OK ? run() : hub_no(status);
    }
    sender_close();
    return result;
}

/* ---- hub: webhooks ----------------------------------------------------------------------------------------------------- */

static void put_time(int64_t unix_ms, const char *none) {
    char when[AKOLHOOK_TIME_SIZE] = "";
    if (unix_ms && akolhook_time_format(unix_ms, when) != AKOLHOOK_OK) when[0] = '\0';
    fputs(unix_ms ? when : none, stdout);
}

static void put_webhook(const akolhook_webhook *webhook) {
    char names[512];
    size_t len = 0;
    printf("id              %s\nname            ", webhook->id);
    put_safe(stdout, akolhook_str_c(webhook->name), 400);
    fputs("\nurl             ", stdout);
    put_safe(stdout, akolhook_str_c(webhook->url), AKOLHOOK_MAX_URL);
    if (akolhook_events_format(webhook->events, names, sizeof names, &len) != AKOLHOOK_OK) len = 0;
    printf("\nevents          %.*s\nstate           %s%s%s\n", (int)len, names, webhook->is_active ? green : yellow,
           webhook->is_active ? "active" : "inactive", plain);
    printf("failures        %lu\ncreated         ", (unsigned long)webhook->failure_count);
    put_time(webhook->created_at_ms, "-");
    fputs("\nlast triggered  ", stdout);
    put_time(webhook->last_triggered_at_ms, "never");
    printf("\nsecret          %s\n", webhook->secret);
}

static akolhook_webhook page[16];

/* Why a create or an update was refused; for a probe also how it went. */
static int wanted_no(akolhook_status status) {
    const akolhook_delivery *d = &sender.probe;
    if (status != AKOLHOOK_PROBE_FAILED) return hub_no(status);
    fprintf(stderr, "akolhook %s: PROBE_FAILED: %s: %s", opt.command, akolhook_status_name(d->status), advice(d->status));
    fprintf(stderr, d->code ? " (%d)\n" : "\n", d->code);
    return NO;
}

static int hub_create(void) {
    akolhook_status status = akolhook_hub_create_webhook(sender.hub, &sender.wanted, page);
    if (status != AKOLHOOK_OK) return wanted_no(status);
    put_webhook(page);
    fputs("The secret is not shown again: give it to the receiver now.\n", stderr);
    akolhook_wipe(page, sizeof page);
    return YES;
}

static int hub_show(void) {
    akolhook_status status = akolhook_hub_get_webhook(sender.hub, opt.args[0], page);
    if (status != AKOLHOOK_OK) return hub_no(status);
    put_webhook(page);
    return YES;
}

static int hub_update(void) {
    akolhook_status status = akolhook_hub_update_webhook(sender.hub, opt.args[0], &sender.wanted);
    return status == AKOLHOOK_OK ? hub_show() : wanted_no(status);
}

static int hub_events(void) {
    akolhook_status status = AKOLHOOK_OK;
    int i;
    if (opt.arg_count == 2) status = akolhook_hub_update_webhook(sender.hub, opt.args[0], &sender.wanted);
    if (status == AKOLHOOK_OK) status = akolhook_hub_get_webhook(sender.hub, opt.args[0], page);
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) {
        akolhook_event event = (akolhook_event)i;
        const int has = akolhook_events_has(page->events, event);
        printf("%s%-3s%s  %-22s  %s%s%s\n", has ? green : dim, has ? "yes" : "no", plain, akolhook_event_name(event), dim,
               akolhook_event_fires_when(event), plain);
    }
    return YES;
}

/* Calls do_fn for every webhook, until it answers anything but OK. */
static akolhook_status each_webhook(akolhook_status (*do_fn)(const akolhook_webhook *webhook, void *user), void *user) {
    uint64_t after = 0;
    size_t count = 0, i;
    akolhook_status status;
    do {
        status = akolhook_hub_list_webhooks(sender.hub, after, page, COUNT_OF(page), &count);
        for (i = 0; i < count && status == AKOLHOOK_OK; i++) {
            after = page[i].number;
            status = do_fn(&page[i], user);
        }
    } while (status == AKOLHOOK_OK && count == COUNT_OF(page));
    return status;
}

static akolhook_status put_list_line(const akolhook_webhook *webhook, void *user) {
    (void)user;
    printf("%s  %s%-8s%s  %3lu failures  ", webhook->id, webhook->is_active ? green : yellow,
           webhook->is_active ? "active" : "inactive", plain, (unsigned long)webhook->failure_count);
    put_safe(stdout, akolhook_str_c(webhook->name), 40);
    fputs("  ", stdout);
    put_safe(stdout, akolhook_str_c(webhook->url), 80);
    puts("");
    return AKOLHOOK_OK;
}

static int hub_list(void) {
    akolhook_status status = each_webhook(put_list_line, NULL);
    return status == AKOLHOOK_OK ? YES : hub_no(status);
}

static int hub_rotate(void) {
    char secret[AKOLHOOK_SECRET_SIZE];
    akolhook_status status = akolhook_hub_rotate_secret(sender.hub, opt.args[0], secret);
    if (status != AKOLHOOK_OK) return hub_no(status);
    puts(secret);
    akolhook_wipe(secret, sizeof secret);
    return YES;
}

static int said(akolhook_status status, const char *what) {
    if (status != AKOLHOOK_OK) return hub_no(status);
    printf("%s %s\n", opt.args[0], what);
    return YES;
}
static int hub_enable(void) { return said(akolhook_hub_set_active(sender.hub, opt.args[0], 1), "is active"); }
static int hub_disable(void) { return said(akolhook_hub_set_active(sender.hub, opt.args[0], 0), "is inactive"); }
static int hub_delete(void) { return said(akolhook_hub_delete_webhook(sender.hub, opt.args[0]), "is deleted"); }

/* ---- hub: events and deliveries ---------------------------------------------------------------------------------------- */

static int hub_test(void) {
    akolhook_status status = akolhook_hub_get_webhook(sender.hub, opt.args[0], page);
    int i, count = 0;
    if (status == AKOLHOOK_OK) status = akolhook_hub_test(sender.hub, opt.args[0]);
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) count += akolhook_events_has(page->events, (akolhook_event)i);
    printf("%d test%s for %s\n", count, count == 1 ? "" : "s", opt.args[0]);
    return YES;
}

static int hub_emit(void) {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_status status = akolhook_hub_emit(sender.hub, &sender.event, &id);
    if (status != AKOLHOOK_OK) return hub_no(status);
    puts(id);
    return YES;
}

static akolhook_status redeliver_failed(const akolhook_webhook *webhook, void *user) {
    uint32_t count = 0;
    akolhook_status status = AKOLHOOK_OK;
    if (webhook->is_active) status = akolhook_hub_redeliver_failed(sender.hub, webhook->id, sender.failed_since, &count);
    *(unsigned long *)user += count;
    return status;
}

static int hub_redeliver(void) {
    akolhook_status status;
    uint32_t of_one = 1;
    unsigned long count = 0;
    if (opt.arg_count) status = akolhook_hub_redeliver(sender.hub, opt.args[0]);
    else if (opt.webhook) status = akolhook_hub_redeliver_failed(sender.hub, opt.webhook, sender.failed_since, &of_one);
    else {
        of_one = 0;
        status = each_webhook(redeliver_failed, &count);
    }
    if (status != AKOLHOOK_OK) return hub_no(status);
    count += of_one;
    printf("%lu deliver%s again\n", count, count == 1 ? "y waits" : "ies wait");
    return YES;
}

static void put_span(int64_t ms) {
    long long seconds = (long long)(ms + 999) / 1000;
    if (seconds < 120) printf("%lld s", seconds);
    else if (seconds < 7200) printf("%lld min", (seconds + 30) / 60);
    else printf("%lld h", (seconds + 1800) / 3600);
}

/* One line: an attempt, or an end without one. */
static void put_row(const akolhook_log_row *row) {
    static const char *const states[] = { "", "", "delivered", "given up", "cancelled", "dropped" };
    char code[12] = "---";
    if (row->code) snprintf(code, sizeof code, "%d", row->code);
    put_time(row->at_ms, "-");
    printf("  %s  %-22s  %s%s  %5ld ms  %s%s", row->delivery_id, akolhook_event_name(row->event), row->success ? green : red,
           code, (long)row->ms, akolhook_status_name(row->status), plain);
    if (row->is_test) fputs("  test", stdout);
    if (row->attempt > 1) printf("  attempt %lu", (unsigned long)row->attempt);
    if (row->state != AKOLHOOK_DELIVERY_WAITING) printf("  %s", states[row->state]);
    else {
        fputs("  again in ", stdout);
        put_span(row->retry_ms);
    }
    printf("  %s%s%s\n", dim, row->webhook_id, plain);
}

static int hub_log(void) {
    static akolhook_log_row rows[101];
    const size_t limit = (size_t)(opt.limit ? opt.limit : 20);
    size_t count = 0, i;
    akolhook_status status = akolhook_hub_log(sender.hub, &sender.query, rows, limit + 1, &count);
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 0; i < count && i < limit; i++) {
        put_row(&rows[i]);
        put_details(rows[i].success ? AKOLHOOK_OK : rows[i].status, rows[i].phase, rows[i].native_error, rows[i].response,
                    rows[i].response_cut);
    }
    if (count > limit) printf("more: --cursor %llu\n", (unsigned long long)rows[limit - 1].cursor);
    return YES;
}

static int hub_stats(void) {
    static const unsigned percents[] = { 50, 95, 99 };
    akolhook_stats stats;
    size_t i;
    akolhook_status status = akolhook_hub_stats(sender.hub, opt.args[0], &stats);
    const struct { const char *name; uint64_t count; } lines[] = {
        { "emitted", stats.emitted }, { "delivered", stats.delivered }, { "failed", stats.failed },
        { "cancelled", stats.cancelled }, { "dropped", stats.dropped }, { "waiting", stats.waiting },
        { "skipped", stats.skipped }, { "attempts", stats.attempts }, { "failed attempts", stats.attempts_failed },
        { "tests", stats.tests }, { "failed tests", stats.tests_failed }
    };
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 0; i < COUNT_OF(lines); i++) printf("%-15s  %llu\n", lines[i].name, (unsigned long long)lines[i].count);
    for (i = 0; i < COUNT_OF(percents); i++) {
        int32_t ms = akolhook_stats_latency(&stats, percents[i]);
        if (ms >= 0) printf("latency %u %%     %ld ms\n", percents[i], (long)ms);
    }
    return YES;
}

/* ---- hub: run ---------------------------------------------------------------------------------------------------------- */

static struct { unsigned long attempts, delivered, given_up; } ran;

static void on_notice(void *user, const akolhook_notice *notice) {
    const akolhook_log_row *row = notice->row;
    const char *what = NULL;
    (void)user;
    switch (notice->kind) {
    case AKOLHOOK_NOTICE_ATTEMPTED: ran.attempts++; put_row(row); return;
    case AKOLHOOK_NOTICE_SUCCEEDED: ran.delivered++; return;        /* its attempt says so */
    case AKOLHOOK_NOTICE_FAILED: ran.given_up++; return;
    case AKOLHOOK_NOTICE_RECOVERED: what = "recovered after"; break;
    case AKOLHOOK_NOTICE_INACTIVE_SOON: what = "will soon be set inactive, after"; break;
    case AKOLHOOK_NOTICE_INACTIVE: what = row->code == 410 ? "answered 410, so it was set inactive, after"
                                                           : "was set inactive after"; break;
    }
    put_time(row->at_ms, "-");
    printf("  %s %s %lu failed attempt%s\n", row->webhook_id, what, (unsigned long)notice->failures,
           notice->failures == 1 ? "" : "s");
}

static akolhook_status warn_https(const akolhook_webhook *webhook, void *user) {
    if (webhook->is_active && strncmp(webhook->url, "http:", 5) != 0) *(int *)user = 1;
    return AKOLHOOK_OK;
}

/* Polls until it is told to end, or until nothing is in flight or due. A store that fails may do better in a second. */
static int run_loop(void) {
    akolhook_status status, last = AKOLHOOK_OK;
    size_t left = 0;
    int timeout = opt.until_idle ? 0 : 1000;
    for (;;) {
        status = akolhook_hub_poll(sender.hub, timeout, &left);
        if (status != AKOLHOOK_OK && (status != last || opt.until_idle)) hub_no(status);
        if (status != AKOLHOOK_OK && (status != AKOLHOOK_STORE_FAILED || opt.until_idle)) return NO;
        last = status;
        if (interrupted) return YES;
        if (ferror(stdout)) return NO;
        if (opt.until_idle && left == 0) return YES;
        timeout = 1000;
        if (status != AKOLHOOK_OK) sleep(1);
    }
}

static int hub_run(void) {
    struct sigaction action;
    akolhook_stats stats;
    int64_t due = -1;
    int has_https = 0, result;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (!sender.desc.client.tls && each_webhook(warn_https, &has_https) == AKOLHOOK_OK && has_https)
        fprintf(stderr, "akolhook %s: TLS_REQUIRED: %s\n", opt.command, advice(AKOLHOOK_TLS_REQUIRED));
    printf("delivering from '%s'%s\n", store_path(), opt.until_idle ? "" : ", until Ctrl-C");
    result = run_loop();
    printf("%lu attempt%s: %lu delivered, %lu given up", ran.attempts, ran.attempts == 1 ? "" : "s", ran.delivered, ran.given_up);
    if (akolhook_hub_stats(sender.hub, NULL, &stats) == AKOLHOOK_OK) printf("; %llu wait", (unsigned long long)stats.waiting);
    if (opt.until_idle && akolhook_hub_next_due(sender.hub, &due) == AKOLHOOK_OK && due > 0) {
        fputs(", the next is due in ", stdout);
        put_span(due);
    }
    puts("");
    return result;
}
