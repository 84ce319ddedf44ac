/* The SQLite store called past the hub, at its bounds: that each member comes back as it was given, how much
   one call does, what is counted and where it goes, what a place among the turns costs. Part of
   test_hub_sqlite.c. */
#ifndef SQLITE_BOUNDS_H
#define SQLITE_BOUNDS_H

static int64_t sql_number(const char *sql) { return number_of(akolhook_sqlite_db(lite), sql); }
static void must_do(const char *sql) {
    CHECK_INT(sqlite3_exec(akolhook_sqlite_db(lite), sql, NULL, NULL, NULL), SQLITE_OK);
}
static void bounds_open(void) {
    suite_begin();
    lite_remove();
    lite = lite_open(0);
}
static void bounds_close(void) {
    check_consistent(akolhook_sqlite_db(lite));
    CHECK_TEXT(akolhook_sqlite_error(lite), "");
    akolhook_sqlite_close(lite);
}
/* The webhook whose id ends with n, of an origin; its number. */
static const char *bounds_id(unsigned n) {
    static char id[AKOLHOOK_ID_SIZE];
    sprintf(id, "whk_%024u", n);
    return id;
}
static int64_t bounds_put(unsigned n, uint64_t origin) {
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    char url[64];
    memcpy(hook.id, bounds_id(n), sizeof hook.id);
    sprintf(url, "https://h%u.example/", n);
    hook.name = akolhook_str_c("n");
    hook.url = akolhook_str_c(url);
    strcpy(hook.secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    hook.events = AKOLHOOK_EVENTS_ALL;
    hook.is_active = 1;
    hook.origin = origin;
    hook.created_at_ms = w.now;
    CHECK_STATUS(lite->store.webhook_put_fn(lite, &hook, 1000), OK);
    return lite->row.numbers;
}
/* An event to all, or a test to one; the number that its first delivery has. */
static int64_t bounds_emit(const char *to) {
    static unsigned n;
    akolhook_store_event e = AKOLHOOK_INIT;
    int64_t before = lite->row.numbers;
    sprintf(e.message_id, "msg_%024u", ++n);
    e.event = AKOLHOOK_CALL_ENDED;
    e.head = akolhook_str_c("head");
    e.tail[0] = akolhook_str_c("ta");
    e.tail[1] = akolhook_str_c("i");
    e.tail[2] = akolhook_str_c("l");
    e.at_ms = w.now;
    if (to) e.webhook_id = akolhook_str_c(to);
    e.is_test = to != NULL;
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
    return before + 2; /* its body has the one before */
}
static akolhook_store_limits bounds_limits(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    limits.lease_ms = MINUTE;
    limits.at_ms = w.now;
    limits.per_webhook = 4;
    limits.slow = limits.failing = 1000;
    return limits;
}
static akolhook_store_claim bounds_claims[400];
static size_t bounds_claim(const akolhook_store_limits *limits, size_t max) {
    size_t count = 99;
    CHECK_STATUS(lite->store.claim_fn(lite, limits, bounds_claims, max, &count), OK);
    return count;
}
static void bounds_settle(const akolhook_store_claim *c, akolhook_log_row *row, int code) {
    static const akolhook_store_rules rules = {15, 20, INT64_C(86400000), 40, INT64_C(86400000)};
    akolhook_store_outcome o = AKOLHOOK_INIT;
    o.number = c->number;
    o.lease = c->lease;
    o.handle = c->handle;
    o.charged_ms = c->charged_ms;
    o.retry_after_s = -1;
    o.at_ms = w.now;
    o.row = row;
    row->at_ms = w.now;
    row->attempt = c->attempt + 1;
    row->code = code;
    row->success = code == 200;
    row->status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    CHECK_STATUS(lite->store.settle_fn(lite, &rules, &o, 1), OK);
    CHECK_STATUS(o.status, OK);
}
/* One event, claimed and settled with this code. */
static void bounds_attempt(int code) {
    akolhook_store_limits limits = bounds_limits();
    akolhook_log_row row = AKOLHOOK_INIT;
    (void)bounds_emit(NULL);
    CHECK_INT(bounds_claim(&limits, 1), 1);
    bounds_settle(&bounds_claims[0], &row, code);
}

/* ---- opening ---- */

/* Of memory of any alignment it takes what it needs, to the byte. What is left out of its description. */
static void test_open_exactly(void) {
    static unsigned char memory[AKOLHOOK_SQLITE_SIZE + 32];
    akolhook_sqlite_desc where = AKOLHOOK_INIT;
    akolhook_sqlite *opened;
    size_t shift, skip;
    suite_begin();
    where.path = "/nonexistent/x.db";
    for (shift = 0; shift <= 16; shift++) {
        for (skip = 0; ((uintptr_t)memory + shift + skip) & 15u;) skip++;
        CHECK_STATUS(akolhook_sqlite_open(&opened, memory + shift, skip + sizeof *opened - 1, &where),
                MEMORY_TOO_SMALL);
        CHECK(opened == NULL);
        CHECK_STATUS(
                akolhook_sqlite_open(&opened, memory + shift, skip + sizeof *opened, &where), STORE_FAILED);
        CHECK((unsigned char *)opened == memory + shift + skip);
        akolhook_sqlite_close(opened);
    }
    CHECK(skip + sizeof(struct akolhook_sqlite) <= AKOLHOOK_SQLITE_SIZE);

    where.path = path;
    where.platform = &world_platform;
    lite_remove();
    CHECK_STATUS(akolhook_sqlite_open(&lite, lite_memory[0], sizeof lite_memory[0], &where), OK);
    must_do("PRAGMA synchronous = OFF");
    CHECK_INT(lite->store.poll_ms, 500);
    CHECK_INT(lite->desc.busy_ms, 5000);
    (void)bounds_put(1, 1);
    for (shift = 0; shift < 66; shift++) bounds_attempt(200);
    CHECK_INT(sql_number("SELECT count(*) FROM log"), 64);
    bounds_close();

    where.poll_ms = 7;
    where.busy_ms = 6;
    CHECK_STATUS(akolhook_sqlite_open(&lite, lite_memory[0], sizeof lite_memory[0], &where), OK);
    CHECK_INT(lite->store.poll_ms, 7);
    CHECK_INT(lite->patience_ms, 6);
    akolhook_sqlite_close(lite);
}
/* Where another one reads the new file, its write-ahead log cannot be turned on at once: that is waited for,
   as long as for anything. */
static void test_open_beside(void) {
    akolhook_sqlite_desc where;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    akolhook_sqlite *opened;
    suite_begin();
    lite_remove();
    CHECK_INT(sqlite3_open(path, &busy_other), SQLITE_OK);
    CHECK_INT(sqlite3_exec(busy_other, "BEGIN; SELECT * FROM sqlite_master", NULL, NULL, NULL), SQLITE_OK);
    busy_sleep_before = vfs->xSleep;
    vfs->xSleep = busy_sleep;
    where = lite_desc();
    where.busy_ms = 100;

    busy_looks = busy_slept = 0;
    busy_until = -1;
    CHECK_STATUS(akolhook_sqlite_open(&opened, lite_memory[1], sizeof lite_memory[1], &where), STORE_FAILED);
    CHECK(strstr(akolhook_sqlite_error(opened), "locked") != NULL);
    CHECK_INT(busy_slept, 100 * 1000);
    akolhook_sqlite_close(opened);

    busy_looks = 0;
    busy_until = 20; /* the last look */
    CHECK_STATUS(akolhook_sqlite_open(&opened, lite_memory[1], sizeof lite_memory[1], &where), OK);
    CHECK_INT(busy_looks, 20);
    akolhook_sqlite_close(opened);
    vfs->xSleep = busy_sleep_before;
    sqlite3_close(busy_other);
}

/* ---- each member ---- */

/* A row of the log says what the attempt said, in each member; one without an attempt has no times. */
static void test_row_members(void) {
    akolhook_store_limits limits;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT, got[3];
    akolhook_store_delivery ended;
    uint64_t next;
    size_t count;
    int64_t number, cancelled;
    bounds_open();
    (void)bounds_put(1, 1);
    number = bounds_emit(bounds_id(1));
    limits = bounds_limits();
    CHECK_INT(bounds_claim(&limits, 4), 1);
    row.response_cut = 1;
    row.phase = AKOLHOOK_PHASE_BODY;
    row.native_error = -77;
    row.ms = 11;
    row.lookup_ms = 12;
    row.connect_ms = 13;
    row.tls_ms = 14;
    row.first_byte_ms = 15;
    row.peer.family = 4;
    memcpy(row.peer.bytes, "\1\2\3\4", 4);
    row.response = akolhook_str_n("an\0answer", 9);
    w.now += 5;
    bounds_settle(&bounds_claims[0], &row, 418);
    w.now += 6;
    cancelled = bounds_emit(NULL);
    CHECK_STATUS(lite->store.cancel_fn(lite, (uint64_t)cancelled, w.now), OK);

    CHECK_STATUS(lite->store.log_fn(lite, &query, got, 3, &count, &next), OK);
    CHECK(count == 2 && next == 0);
    CHECK(got[1].cursor == 1 && got[1].number == (uint64_t)number && got[1].event == AKOLHOOK_CALL_ENDED);
    CHECK_TEXT(got[1].message_id, bounds_claims[0].message_id);
    CHECK_TEXT(got[1].webhook_id, bounds_id(1));
    CHECK(got[1].at_ms == START_MS + 5 && got[1].attempt == 1 && got[1].state == row.state);
    CHECK(got[1].code == 418 && got[1].success == 0 && got[1].is_test == 1 && got[1].response_cut == 1);
    CHECK(got[1].status == AKOLHOOK_HTTP_STATUS && got[1].phase == AKOLHOOK_PHASE_BODY);
    CHECK(got[1].native_error == -77 && got[1].ms == 11 && got[1].lookup_ms == 12 && got[1].connect_ms == 13);
    CHECK(got[1].tls_ms == 14 && got[1].first_byte_ms == 15 && got[1].retry_ms == row.retry_ms);
    CHECK_MEM(&got[1].peer, sizeof got[1].peer, &row.peer, sizeof row.peer);
    CHECK_MEM(got[1].response.ptr, got[1].response.len, "an\0answer", 9);

    CHECK(got[0].cursor == 2 && got[0].number == (uint64_t)cancelled && got[0].at_ms == START_MS + 11);
    CHECK(got[0].attempt == 0 && got[0].state == AKOLHOOK_DELIVERY_CANCELLED && got[0].code == 0);
    CHECK(got[0].status == AKOLHOOK_CANCELLED && got[0].success == 0 && got[0].is_test == 0 &&
            got[0].ms == 0);
    CHECK(got[0].lookup_ms == -1 && got[0].connect_ms == -1 && got[0].tls_ms == -1);
    CHECK(got[0].first_byte_ms == -1 && got[0].response.len == 0 && got[0].event == AKOLHOOK_CALL_ENDED);

    /* what has ended is told by its newest row, with its body */
    CHECK_STATUS(lite->store.delivery_fn(lite, (uint64_t)cancelled, &ended), OK);
    CHECK(ended.number == (uint64_t)cancelled && ended.state == AKOLHOOK_DELIVERY_CANCELLED);
    CHECK(ended.event == AKOLHOOK_CALL_ENDED && ended.attempt == 0 && ended.is_test == 0 && !ended.in_flight);
    CHECK(ended.age_ms == -1 && ended.due_ms == -1 && ended.has_body == 1);
    CHECK_TEXT(ended.message_id, got[0].message_id);
    CHECK_TEXT(ended.webhook_id, bounds_id(1));
    CHECK_STR(ended.head, "head");
    CHECK_STR(ended.tail, "tail");
    CHECK_STATUS(lite->store.delivery_fn(lite, (uint64_t)cancelled + 1, &ended), UNKNOWN_DELIVERY);
    CHECK_STATUS(lite->store.delivery_fn(lite, 0, &ended), UNKNOWN_DELIVERY);
    CHECK_STATUS(lite->store.delivery_fn(lite, UINT64_MAX, &ended), UNKNOWN_DELIVERY);
    CHECK_STATUS(lite->store.delivery_fn(lite, (uint64_t)INT64_MAX + 1, &ended), UNKNOWN_DELIVERY);
    cancelled = bounds_emit(bounds_id(1));
    CHECK_STATUS(lite->store.cancel_fn(lite, (uint64_t)cancelled, w.now), OK);
    CHECK_STATUS(lite->store.log_fn(lite, &query, got, 1, &count, &next), OK);
    CHECK(count == 1 && next == 3 && got[0].is_test == 1 && got[0].number == (uint64_t)cancelled);
    CHECK_STATUS(lite->store.log_fn(lite, &query, got, 3, &count, &next), OK);
    CHECK(count == 3 && got[1].is_test == 0 && got[2].is_test == 1);
    got[1] = got[2];
    if (got[1].state == AKOLHOOK_DELIVERY_FAILED) { /* a test is tried once */
        CHECK_STATUS(lite->store.delivery_fn(lite, (uint64_t)number, &ended), OK);
        CHECK(ended.attempt == 1 && ended.is_test == 1 && ended.state == AKOLHOOK_DELIVERY_FAILED);
    }
    bounds_close();
}
/* A claim has what was given to the webhook and the event; what waits is told by its age and its due time. */
static void test_claim_members(void) {
    static const struct {
        uint32_t deadline_ms;
        int64_t lease_ms;
    } leases[] = {{0, 60000}, {29999, 60000}, {30000, 60000}, {30001, 60001}, {600000, 630000}};
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_store_delivery waiting[4];
    akolhook_log_row row = AKOLHOOK_INIT;
    const akolhook_store_claim *c = &bounds_claims[0];
    int64_t number, again;
    size_t i, count;
    bounds_open();
    memcpy(hook.id, bounds_id(1), sizeof hook.id);
    hook.name = akolhook_str_c("n");
    hook.url = akolhook_str_c("https://a.example/path");
    hook.headers = akolhook_str_c("X-A: b\r\n");
    memset(hook.secret, 's', AKOLHOOK_HUB_SECRET_SIZE - 1);
    hook.events = AKOLHOOK_EVENTS_ALL;
    hook.is_active = 1;
    hook.origin = UINT64_C(0xfedcba9876543210);
    CHECK_STATUS(lite->store.webhook_put_fn(lite, &hook, 1), OK);
    for (i = 0; i < sizeof leases / sizeof leases[0]; i++) {
        hook.deadline_ms = leases[i].deadline_ms;
        CHECK_STATUS(lite->store.webhook_set_fn(lite, &hook, AKOLHOOK_STORE_DEADLINE, w.now, NULL), OK);
        number = bounds_emit(NULL);
        w.now += 10;
        limits = bounds_limits();
        CHECK_INT(bounds_claim(&limits, 4), 1);
        CHECK(c->number == (uint64_t)number && c->lease == i + 1 && c->event == AKOLHOOK_CALL_ENDED);
        CHECK(c->attempt == 0 && c->is_test == 0 && c->origin == hook.origin);
        CHECK(c->cls == (i ? AKOLHOOK_CLASS_QUICK : AKOLHOOK_CLASS_OTHER) && c->charged_ms == 1);
        CHECK_INT(c->deadline_ms, leases[i].deadline_ms);
        CHECK_TEXT(c->webhook_id, bounds_id(1));
        CHECK_TEXT(c->secret, hook.secret);
        CHECK_STR(c->url, "https://a.example/path");
        CHECK_STR(c->headers, "X-A: b\r\n");
        CHECK_STR(c->head, "head");
        CHECK_STR(c->tail, "tail");
        CHECK_INT(sql_number("SELECT lease_until - began FROM deliveries"), leases[i].lease_ms);
        CHECK_INT(sql_number("SELECT began - created FROM deliveries"), 10);

        CHECK_STATUS(lite->store.waiting_fn(lite, NULL, 0, waiting, 4, &count), OK);
        CHECK(count == 1 && waiting[0].in_flight == 1 && waiting[0].due_ms == 0 && waiting[0].age_ms == 10);
        memset(&row, 0, sizeof row);
        bounds_settle(c, &row, 200);
    }
    CHECK_INT(sql_number("SELECT count(*) FROM latency WHERE bucket = 0 AND n = 5"), 1);

    /* waiting for its next attempt, waiting for the first, sent now */
    number = bounds_emit(NULL);
    limits = bounds_limits();
    CHECK_INT(bounds_claim(&limits, 4), 1);
    memset(&row, 0, sizeof row);
    bounds_settle(c, &row, 500);
    CHECK(row.state == AKOLHOOK_DELIVERY_WAITING && row.retry_ms > 0);
    w.now += 3;
    again = bounds_emit(NULL);
    w.now += 4;
    CHECK_STATUS(lite->store.waiting_fn(lite, bounds_id(1), 0, waiting, 4, &count), OK);
    CHECK(count == 2 && waiting[0].number == (uint64_t)number && waiting[1].number == (uint64_t)again);
    CHECK(waiting[0].attempt == 1 && waiting[0].age_ms == 7 && waiting[0].due_ms == row.retry_ms - 7);
    CHECK(waiting[1].attempt == 0 && waiting[1].age_ms == 4 && waiting[1].due_ms == 0);
    CHECK(waiting[0].has_body == 1 && !waiting[0].in_flight && !waiting[0].is_test);
    CHECK(waiting[0].state == AKOLHOOK_DELIVERY_WAITING && waiting[0].event == AKOLHOOK_CALL_ENDED);
    CHECK_TEXT(waiting[0].webhook_id, bounds_id(1));
    CHECK_TEXT(waiting[0].message_id, c->message_id);
    CHECK_STATUS(lite->store.waiting_fn(lite, NULL, (uint64_t)number, waiting, 4, &count), OK);
    CHECK(count == 1 && waiting[0].number == (uint64_t)again);
    CHECK_STATUS(lite->store.waiting_fn(lite, NULL, UINT64_MAX, waiting, 4, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(lite->store.waiting_fn(lite, bounds_id(2), 0, waiting, 4, &count), UNKNOWN_WEBHOOK);
    w.now += row.retry_ms;
    CHECK_STATUS(lite->store.delivery_fn(lite, (uint64_t)number, waiting), OK);
    CHECK_INT(waiting[0].due_ms, 0); /* overdue */
    CHECK_STR(waiting[0].tail, "tail");
    bounds_close();
}
/* Figures of one and of all, and those of the store; what is deleted stays among those of all. */
static void test_figures(void) {
    akolhook_store_limits limits = bounds_limits();
    akolhook_stats one[2], before, after;
    akolhook_log_row row = AKOLHOOK_INIT;
    akolhook_store_event e = AKOLHOOK_INIT;
    akolhook_gauges gauges;
    unsigned n;
    size_t i;
    bounds_open();
    for (n = 1; n <= 2; n++) {
        (void)bounds_put(n, n);
        for (i = 0; i < n; i++) bounds_attempt(200);
        (void)bounds_emit(bounds_id(n));
        limits = bounds_limits();
        CHECK_INT(bounds_claim(&limits, 1), 1);
        memset(&row, 0, sizeof row);
        bounds_settle(&bounds_claims[0], &row, 404);
        must_do(n == 1 ? "UPDATE turns SET active = 0 WHERE webhook > 0" : "UPDATE turns SET active = 1");
        if (n == 1) (void)bounds_emit(NULL); /* skipped */
        must_do(n == 1 ? "UPDATE turns SET active = 0 WHERE webhook > 0" : "UPDATE turns SET active = 1");
    }
    must_do("UPDATE turns SET active = webhook > 0");
    w.now += 9;
    (void)bounds_emit(NULL);
    CHECK_STATUS(lite->store.cancel_fn(lite, (uint64_t)bounds_emit(NULL), w.now), OK); /* of the first */
    must_do("UPDATE turns SET failed = 5 * webhook, dropped = 7 * webhook, attempts_failed = 11 * webhook,"
            " tests_failed = 13 * webhook, skipped = skipped + 17, cls = 2 * (webhook = (SELECT min(number)"
            " FROM webhooks)) WHERE webhook > 0");
    limits = bounds_limits();
    CHECK_INT(bounds_claim(&limits, 1), 1);
    e.event = AKOLHOOK_CALL_ENDED;
    e.has_key = 1;
    memset(e.message_id, 'm', AKOLHOOK_ID_SIZE - 1);
    e.head = akolhook_str_c("longer");
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
    w.now += 20;

    memset(one, 0xff, sizeof one);
    memset(&before, 0xff, sizeof before);
    memset(&gauges, 0xff, sizeof gauges);
    CHECK_STATUS(lite->store.stats_fn(lite, bounds_id(1), &one[0]), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, bounds_id(2), &one[1]), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, NULL, &before), OK);
    CHECK(one[0].delivered == 1 && one[0].cancelled == 1 && one[0].tests == 1 && one[0].skipped == 20);
    CHECK(one[1].delivered == 2 && one[1].cancelled == 0 && one[1].tests == 1 && one[1].skipped == 17);
    CHECK(one[0].waiting == 2 && one[1].waiting == 3 && one[0].attempts == 1 && one[1].attempts == 2);
    CHECK(one[0].latency[0] == 1 && one[1].latency[0] == 2 && before.latency[0] == 3);
    for (i = 0; i < 2; i++)
        CHECK(one[i].failed % 5 == 0 && one[i].dropped * 5 == one[i].failed * 7 &&
                one[i].attempts_failed * 5 == one[i].failed * 11 &&
                one[i].tests_failed * 5 == one[i].failed * 13 && one[i].failed > 0);
#define SUM_OF(member) CHECK_INT(before.member, one[0].member + one[1].member)
    SUM_OF(emitted);
    SUM_OF(delivered);
    SUM_OF(failed);
    SUM_OF(cancelled);
    SUM_OF(dropped);
    SUM_OF(waiting);
    SUM_OF(skipped);
    SUM_OF(attempts);
    SUM_OF(attempts_failed);
    SUM_OF(tests);
    SUM_OF(tests_failed);
    CHECK_STATUS(lite->store.gauges_fn(lite, &gauges), OK);
    CHECK(gauges.webhooks == 2 && gauges.waiting == 5 && gauges.in_flight == 1 && gauges.failing == 1);
    CHECK_INT(gauges.events, sql_number("SELECT count(*) FROM events"));
    CHECK_INT(gauges.bytes, sql_number("SELECT sum(length(head) + length(tail)) FROM bodies"));
    CHECK(gauges.keys == 1 && gauges.unsaved == 0 && gauges.oldest_ms == 20);

    /* what they had waiting counts as cancelled; all else stays */
    for (n = 1; n <= 2; n++) CHECK_STATUS(lite->store.webhook_delete_fn(lite, bounds_id(n)), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, NULL, &after), OK);
    CHECK_INT(after.cancelled, before.cancelled + before.waiting);
    CHECK_INT(after.waiting, 0);
    after.cancelled = before.cancelled;
    after.waiting = before.waiting;
    CHECK_MEM(&after, sizeof after, &before, sizeof before);
    CHECK_STATUS(lite->store.gauges_fn(lite, &gauges), OK);
    CHECK(gauges.webhooks == 0 && gauges.waiting == 0 && gauges.failing == 0 && gauges.oldest_ms == -1);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(lite);
}

/* ---- how much a call does ---- */

/* A step of keeping house does so much of each kind and says whether there may be more; what is as old as is
   kept stays, a millisecond more and it goes. */
static void test_tend_bounds(void) {
    static const struct {
        const char *fill, *left; /* one for each row of n, the oldest first; how many are left */
    } kinds[] = {
            {"INSERT INTO keys SELECT CAST(printf('%016d', i) AS BLOB), 'p', 'm', 1 FROM n;"
             "UPDATE store SET keys = (SELECT count(*) FROM keys)",
                    "SELECT count(*) FROM keys"},
            {"INSERT INTO events SELECT i + 1000, 'm', 2, 0, 1, 5 FROM n;"
             "INSERT INTO bodies SELECT number, 'hea', 'ta' FROM events WHERE number > 1000;"
             "UPDATE store SET events = (SELECT count(*) FROM events), bytes = 5 *"
             " (SELECT count(*) FROM events)",
                    "SELECT count(*) FROM events"},
            {"INSERT INTO log SELECT i, 1, i, 1, 'm', 2, i, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,"
             " 0, 0, '', '', 0"
             " FROM n; INSERT INTO gone VALUES (1)",
                    "SELECT count(*) FROM log"},
            {"INSERT INTO events VALUES (900, 'm', 2, (SELECT count(*) FROM n), 1, 5);"
             "INSERT INTO bodies VALUES (900, 'hea', 'ta'); UPDATE store SET events = 1, bytes = 5;"
             "INSERT INTO deliveries (number, webhook, body) SELECT i + 1000, 1, 900 FROM n;"
             "INSERT INTO gone VALUES (1)",
                    "SELECT count(*) FROM deliveries"},
    };
    akolhook_store_tending tending = AKOLHOOK_INIT;
    char sql[1200];
    size_t i;
    int count, day = 24 * HOUR;
    tending.keys_ms = day;
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (count = 255; count <= 300; count += count == 255 ? 1 : 44) {
            tending.events_ms = i == 1 ? HOUR : -1;
            bounds_open();
            (void)akolhook_sqlite_i_begin_read(lite); /* there is a time now */
            (void)akolhook_sqlite_i_end(lite, AKOLHOOK_OK);
            sprintf(sql,
                    "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                    " WHERE i < %d) SELECT i FROM c; %s",
                    count, kinds[i].fill);
            must_do(sql);
            CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
            CHECK_INT(tending.more, count > 255);
            CHECK_INT(sql_number(kinds[i].left), count > 256 ? 44 : 0);
            CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
            CHECK_INT(tending.more, 0);
            CHECK_INT(sql_number(kinds[i].left), 0);
            CHECK_INT(sql_number("SELECT count(*) FROM gone"), 0);
            if (check_bad) printf("kind %d, %d of them\n", (int)i, count);
            bounds_close();
        }

    bounds_open();
    (void)bounds_put(1, 1);
    bounds_attempt(200);
    must_do("INSERT INTO keys SELECT CAST('k' AS BLOB), 'p', 'm', created FROM events;"
            " UPDATE store SET keys = 1");
    tending.events_ms = tending.keys_ms = day;
    w.now += day;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK(sql_number("SELECT count(*) FROM keys") == 1 && sql_number("SELECT count(*) FROM bodies") == 1);
    w.now++;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK(sql_number("SELECT count(*) FROM keys") == 0 && sql_number("SELECT count(*) FROM bodies") == 0);
    CHECK(sql_number("SELECT count(*) FROM log") == 1);
    bounds_close();
}
/* Nothing to do is nothing written, but for the time, every ten minutes. */
static void test_tend_writes(void) {
    akolhook_store_tending tending = AKOLHOOK_INIT;
    int64_t written;
    bounds_open();
    (void)bounds_put(1, 1);
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK); /* the first looks at the rings */
    written = sql_number("SELECT clock_at FROM store");
    w.now += 599999;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK_INT(sql_number("SELECT clock_at FROM store"), written);
    w.now++;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK_INT(sql_number("SELECT clock_at FROM store"), written + 600000);
    bounds_close();
}
/* Setting a webhook inactive ends what waits at once, as far as one call goes; the rest is left to the steps.
   What is in flight goes on. */
static void test_stop_bounds(void) {
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_stats stats;
    int count, i, changed;
    tending.events_ms = -1;
    tending.keys_ms = 24 * HOUR;
    for (count = 255; count <= 258; count++) {
        bounds_open();
        (void)bounds_put(1, 1);
        for (i = 0; i < count + 1; i++) (void)bounds_emit(NULL);
        limits = bounds_limits();
        CHECK_INT(bounds_claim(&limits, 1), 1);
        memcpy(hook.id, bounds_id(1), sizeof hook.id);
        changed = 7;
        CHECK_STATUS(lite->store.webhook_set_fn(lite, &hook, AKOLHOOK_STORE_ACTIVE, w.now, &changed), OK);
        CHECK_INT(changed, 1);
        CHECK_STATUS(lite->store.stats_fn(lite, bounds_id(1), &stats), OK);
        CHECK_INT(stats.cancelled, count < 256 ? count : 256);
        CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
        CHECK_STATUS(lite->store.stats_fn(lite, bounds_id(1), &stats), OK);
        CHECK_INT(stats.cancelled, count);
        CHECK_INT(stats.waiting, 1);
        CHECK_INT(sql_number("SELECT cutting FROM turns WHERE webhook > 0"), 0);
        bounds_close();
    }
}

/* ---- pages of the log ---- */

/* Whatever leads to its rows, a page looks at so many of them and no more, and says where the next one goes
   on. */
static void test_look_bounds(void) {
    enum { EVENTS = 6 };
    static akolhook_log_row got[40];
    akolhook_log_query query;
    uint64_t next, of_way[40];
    size_t way, i, count, n, look, total;
    char message[AKOLHOOK_ID_SIZE];
    int64_t number;
    bounds_open();
    (void)bounds_put(1, 1);
    for (i = 0; i < EVENTS; i++) bounds_attempt(i % 2 ? 404 : 200);
    (void)bounds_put(2, 2);
    for (i = 0; i < EVENTS; i++) bounds_attempt(404);
    number = (int64_t)bounds_claims[0].number;
    memcpy(message, bounds_claims[0].message_id, sizeof message);
    must_do("UPDATE log SET number = (SELECT number FROM log ORDER BY sequence DESC LIMIT 1),"
            " message_id = (SELECT message_id FROM log ORDER BY sequence DESC LIMIT 1)"
            " WHERE sequence % 3 = 0;"
            " UPDATE log SET event = 3 WHERE sequence % 4 = 1;"
            " UPDATE log SET is_test = 1 WHERE sequence % 4 = 2");
    for (way = 0; way < 8; way++) {
        memset(&query, 0, sizeof query);
        if (way == 0) query.number = (uint64_t)number;
        if (way == 1) query.message_id = akolhook_str_c(message);
        if (way == 2 || way == 3) query.webhook_id = akolhook_str_c(bounds_id(1));
        if (way == 2 || way == 5) query.only_failed = 1;
        if (way == 4) query.only_tests = 1;
        if (way == 6) query.events = 1u << 3;
        CHECK_STATUS(lite->store.log_fn(lite, &query, got, 40, &n, &next), OK);
        CHECK(n >= 2 && next == 0);
        for (i = 0; i < n; i++) of_way[i] = got[i].cursor;
        for (look = 1; look <= n + 1; look++) {
            query.look = (uint32_t)look;
            CHECK_STATUS(lite->store.log_fn(lite, &query, got, 40, &count, &next), OK);
            CHECK_INT(count, look < n ? look : n);
            CHECK_INT(next, look <= n ? of_way[look - 1] : 0);
            query.cursor = of_way[0]; /* and behind the newest one */
            CHECK_STATUS(lite->store.log_fn(lite, &query, got, 40, &count, &next), OK);
            CHECK_INT(count, look < n - 1 ? look : n - 1);
            CHECK_INT(next, look < n ? of_way[look] : 0);
            query.cursor = 0;
        }
        if (check_bad) printf("way %d\n", (int)way);
    }

    /* a time in which few rows lie is all that is looked at: AKOLHOOK_LOG_LOOK of them */
    must_do("UPDATE log SET at = 1000 + sequence, event = 2, is_test = 0");
    n = (size_t)sql_number("SELECT count(*) FROM log");
    memset(&query, 0, sizeof query);
    query.look = 2;
    for (i = 1; i <= n; i++)
        for (look = 1; look <= 6; look++) {
            query.since_ms = (int64_t)(1000 + i);
            query.until_ms = (int64_t)(1000 + i + look);
            query.cursor = 0;
            total = i + look - 1 < n ? look : n - i + 1;
            for (count = 1, next = 1, way = 0; next && way < 99; way += count, query.cursor = next) {
                CHECK_STATUS(lite->store.log_fn(lite, &query, got, 40, &count, &next), OK);
                CHECK(count <= 2 && (!count || got[0].cursor == (i + look - 1 < n ? i + look - 1 : n) - way));
                if (look <= AKOLHOOK_LOG_LOOK) CHECK_INT(next > 0, way + count < total);
                if (check_bad) break;
            }
            CHECK_INT(way, total);
            if (check_bad) printf("from %d, %d rows\n", (int)i, (int)look);
            if (check_bad) break;
        }
    bounds_close();
}

/* ---- turns ---- */

/* What the turn of a webhook grows by, and where it begins anew. */
static void test_turn_bounds(void) {
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_log_row row = AKOLHOOK_INIT;
    int64_t ms;
    bounds_open();
    (void)bounds_put(1, 1);
    must_do("UPDATE turns SET turn = 1000, estimate_ms = 70 WHERE webhook > 0; UPDATE store SET floor = 500");
    (void)bounds_emit(NULL);
    limits = bounds_limits();
    CHECK_INT(bounds_claim(&limits, 1), 1);
    CHECK_INT(bounds_claims[0].charged_ms, 70); /* as long as the last one took */
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 1070);
    CHECK_INT(sql_number("SELECT floor FROM store"), 1000);
    row.ms = 30;
    bounds_settle(&bounds_claims[0], &row, 200);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 1030);

    /* a lease that runs out costs its length, and what it had is due now */
    (void)bounds_emit(NULL);
    CHECK_INT(bounds_claim(&limits, 1), 1);
    CHECK_STATUS(lite->store.next_due_fn(lite, &limits, &ms), OK);
    CHECK_INT(ms, MINUTE);
    w.now += MINUTE - 1;
    CHECK_INT(bounds_claim(&limits, 1), 0);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 1060);
    w.now++;
    CHECK_STATUS(lite->store.next_due_fn(lite, &limits, &ms), OK);
    CHECK_INT(ms, 0);
    CHECK_INT(bounds_claim(&limits, 1), 1);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 1060 + MINUTE + 30);
    CHECK_INT(sql_number("SELECT in_flight FROM turns WHERE webhook > 0"), 1);

    /* another URL: it is healthy, and stands at the floor */
    memset(&row, 0, sizeof row);
    bounds_settle(&bounds_claims[0], &row, 500);
    CHECK_INT(sql_number("SELECT cls FROM turns WHERE webhook > 0"), AKOLHOOK_CLASS_FAILING);
    must_do("UPDATE turns SET turn = 900000 WHERE webhook > 0; UPDATE store SET floor = 70000");
    memcpy(hook.id, bounds_id(1), sizeof hook.id);
    hook.url = akolhook_str_c("https://b.example/");
    CHECK_STATUS(lite->store.webhook_set_fn(lite, &hook, AKOLHOOK_STORE_URL, w.now, NULL), OK);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 70000);
    CHECK_INT(sql_number("SELECT cls + failures + backoff_until FROM turns WHERE webhook > 0"), 0);

    /* what becomes ready stands at the floor or behind it */
    CHECK_STATUS(lite->store.webhook_delete_fn(lite, bounds_id(1)), OK);
    must_do("UPDATE store SET floor = 80000");
    (void)bounds_put(2, 1);
    must_do("UPDATE turns SET turn = 79999 WHERE webhook > 0");
    (void)bounds_emit(NULL);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 80000);
    CHECK_INT(bounds_claim(&limits, 1), 1);
    must_do("UPDATE turns SET turn = 90000 WHERE webhook > 0");
    (void)bounds_emit(NULL);
    CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 90000);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(lite);
}
/* Webhooks of a full origin are passed over, 64 of them; each more is parked for a second. Failing ones whose
   places are taken hold up nobody behind them, and no call wakes more than a step of them. */
static void test_passed_bounds(void) {
    akolhook_store_limits limits;
    akolhook_store_origin full = {7, 0};
    unsigned n, hooks;
    int64_t ms;
    for (hooks = 63; hooks <= 66; hooks++) {
        bounds_open();
        for (n = 1; n <= hooks; n++) (void)bounds_put(n, 7);
        (void)bounds_put(n, 8);
        must_do("UPDATE turns SET turn = webhook");
        (void)bounds_emit(NULL);
        limits = bounds_limits();
        limits.origins = &full;
        limits.origin_count = 1;
        full.left = 0;
        CHECK_STATUS(lite->store.next_due_fn(lite, &limits, &ms), OK);
        CHECK_INT(ms, hooks < 65 ? 0 : 1000); /* it looks no further */
        CHECK_INT(bounds_claim(&limits, 2), 1);
        CHECK_INT(bounds_claims[0].origin, 8);
        CHECK_INT(
                sql_number("SELECT count(*) FROM turns WHERE parked_until > 0"), hooks < 64 ? 0 : hooks - 64);
        CHECK_INT(sql_number("SELECT count(*) FROM turns, store WHERE parked_until = clock_at + 1000"),
                hooks < 64 ? 0 : hooks - 64);
        full.left = 2;
        CHECK_INT(bounds_claim(&limits, 9), 2);
        CHECK(bounds_claims[0].origin == 7 && bounds_claims[1].origin == 7);
        limits.origin_count = 0;
        limits.per_origin = 3;
        CHECK_INT(bounds_claim(&limits, 9), 3);
        check_consistent(akolhook_sqlite_db(lite));
        akolhook_sqlite_close(lite);
        if (check_bad) printf("%u webhooks\n", hooks);
    }

    bounds_open();
    for (n = 1; n <= 300; n++) (void)bounds_put(n, n);
    (void)bounds_emit(NULL);
    must_do("UPDATE turns SET cls = 2, ready = 0, ready_at = 1 WHERE webhook > 0 AND webhook < 101");
    must_do("UPDATE turns SET ready = 0, ready_at = 2 WHERE webhook > 100");
    limits = bounds_limits();
    limits.failing = 0;
    CHECK_INT(bounds_claim(&limits, 1), 1);
    CHECK(bounds_claims[0].cls == AKOLHOOK_CLASS_OTHER);
    must_do("UPDATE turns SET cls = 2, ready = 0, ready_at = 1 WHERE webhook > 0 AND in_flight = 0");
    CHECK_INT(bounds_claim(&limits, 1), 0);
    n = (unsigned)sql_number("SELECT count(*) FROM turns WHERE ready = 1");
    CHECK(n >= 256 && n < 256 + 8);
    CHECK_INT(bounds_claim(&limits, 1), 0); /* the others */
    CHECK_INT(sql_number("SELECT count(*) FROM turns WHERE ready = 1"), 299);
    check_consistent(akolhook_sqlite_db(lite));
    akolhook_sqlite_close(lite);
}

/* Places are given by class, whatever the order of turns: at most slow to those that are not quick, of these
   at most failing to failing ones, and all of them to quick ones. */
static void test_class_bounds(void) {
    akolhook_store_limits limits;
    uint32_t slow, failing;
    size_t i, count, got[3];
    unsigned n;
    bounds_open();
    for (n = 1; n <= 9; n++) (void)bounds_put(n, n);
    (void)bounds_emit(NULL);
    for (slow = 0; slow <= 5; slow++)
        for (failing = 0; failing <= 5; failing++) {
            must_do("UPDATE turns SET cls = webhook % 3, turn = webhook, in_flight = 0, ready = webhook > 0,"
                    " allowed_us = 0; UPDATE deliveries SET leased = 0");
            limits = bounds_limits();
            limits.slow = slow;
            limits.failing = failing;
            count = bounds_claim(&limits, 99);
            memset(got, 0, sizeof got);
            for (i = 0; i < count; i++) got[bounds_claims[i].cls]++;
            CHECK_INT(got[AKOLHOOK_CLASS_QUICK], 3);
            CHECK_INT(got[AKOLHOOK_CLASS_OTHER] + got[AKOLHOOK_CLASS_FAILING],
                    slow < 3 + (failing < 3 ? failing : 3) ? slow : 3 + (failing < 3 ? failing : 3));
            CHECK(got[AKOLHOOK_CLASS_FAILING] <= failing);
            for (i = 1; i < count; i++) /* by their turns */
                CHECK(strcmp(bounds_claims[i - 1].webhook_id, bounds_claims[i].webhook_id) < 0);
            while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);
        }
    must_do("UPDATE turns SET cls = webhook % 3, turn = 5, in_flight = 0, ready = webhook > 0,"
            " allowed_us = 0; UPDATE deliveries SET leased = 0");
    limits = bounds_limits();
    CHECK_INT(bounds_claim(&limits, 99), 9);
    for (i = 1; i < 9; i++) /* and by their numbers where these are the same */
        CHECK(strcmp(bounds_claims[i - 1].webhook_id, bounds_claims[i].webhook_id) < 0);
    while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);
    bounds_close();
}
/* Each call takes and gives as many as it is told, from the first on, and not the one behind them. */
static void test_counts_bounds(void) {
    static const akolhook_store_rules rules = {15, 20, 1, 40, 1};
    akolhook_store_webhook hooks[5];
    akolhook_store_delivery waiting[5];
    akolhook_log_row got[5], row[3];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_store_event events[3];
    akolhook_store_outcome outcomes[3];
    akolhook_store_limits limits = bounds_limits();
    static const char zeros[AKOLHOOK_HUB_SECRET_SIZE];
    uint64_t next;
    size_t i, n, count;
    bounds_open();
    for (n = 1; n <= 3; n++) (void)bounds_put((unsigned)n, n);
    for (n = 0; n <= 3; n++) {
        memset(hooks, 0xff, sizeof hooks);
        CHECK_STATUS(lite->store.webhook_list_fn(lite, 0, 0, hooks, n, &count), OK);
        CHECK_INT(count, n);
        for (i = 0; i < n; i++) {
            CHECK_TEXT(hooks[i].id, bounds_id((unsigned)i + 1));
            CHECK_MEM(hooks[i].secret, sizeof zeros, zeros, sizeof zeros); /* it is told by a claim alone */
            CHECK(hooks[i].is_active == 1 && hooks[i].origin == i + 1 && hooks[i].created_at_ms == w.now);
            CHECK(hooks[i].updated_at_ms == w.now && hooks[i].oldest_ms == -1 && hooks[i].next_ms == -1);
        }
        CHECK_INT((uint8_t)hooks[n].id[0], 0xff);
    }
    CHECK_STATUS(lite->store.webhook_list_fn(lite, UINT64_MAX, 0, hooks, 5, &count), OK);
    CHECK_INT(count, 0);

    memset(events, 0, sizeof events);
    for (i = 0; i < 3; i++) {
        sprintf(events[i].message_id, "msg_%024u", 900 + (unsigned)i);
        events[i].event = AKOLHOOK_CALL_ENDED;
        events[i].head = akolhook_str_c("x");
    }
    CHECK_STATUS(lite->store.enqueue_fn(lite, events, 2), OK);
    CHECK_INT(sql_number("SELECT count(*) FROM deliveries"), 6);
    CHECK(events[0].deliveries == 3 && events[1].deliveries == 3 && events[2].deliveries == 0);
    for (n = 0; n <= 3; n++) {
        memset(waiting, 0xff, sizeof waiting);
        CHECK_STATUS(lite->store.waiting_fn(lite, NULL, 0, waiting, n, &count), OK);
        CHECK(count == n && waiting[n].number == UINT64_MAX);
    }
    memset(bounds_claims, 0xff, sizeof bounds_claims);
    CHECK_INT(bounds_claim(&limits, 0), 0);
    CHECK_INT(bounds_claim(&limits, 3), 3);
    CHECK(bounds_claims[2].number < 100 && bounds_claims[3].number == UINT64_MAX);

    memset(outcomes, 0, sizeof outcomes);
    memset(row, 0, sizeof row);
    for (i = 0; i < 3; i++) {
        outcomes[i].number = bounds_claims[i].number;
        outcomes[i].lease = bounds_claims[i].lease;
        outcomes[i].handle = bounds_claims[i].handle;
        outcomes[i].retry_after_s = -1;
        outcomes[i].row = &row[i];
        row[i].success = 1;
        row[i].code = 200;
    }
    CHECK_STATUS(lite->store.settle_fn(lite, &rules, outcomes, 2), OK);
    CHECK_INT(sql_number("SELECT sum(in_flight) FROM turns"), 1);
    CHECK(lite->held == (akolhook_sqlite_i_block *)outcomes[2].handle && lite->held->next == NULL);
    outcomes[0].handle = outcomes[1].handle = NULL;
    CHECK_STATUS(lite->store.settle_fn(lite, &rules, outcomes, 3), OK); /* those before are known no more */
    CHECK(outcomes[0].status == AKOLHOOK_LEASE_LOST && outcomes[2].status == AKOLHOOK_OK);
    for (n = 0; n <= 3; n++) {
        memset(got, 0xff, sizeof got);
        CHECK_STATUS(lite->store.log_fn(lite, &query, got, n, &count, &next), OK);
        CHECK(count == n && got[n].number == UINT64_MAX);
        CHECK_INT(next, n ? got[n - 1].cursor : 0);
    }
    bounds_close();
}
/* Each wait for another process has all of its time, and no more: looks after 1, 2, 3 ms, over and over. */
static void test_wait_bounds(void) {
    int round, tries;
    bounds_open();
    akolhook_sqlite_i_patience(lite, 13);
    for (round = 0; round < 2; round++) {
        for (tries = 0; tries < 7; tries++) CHECK_INT(akolhook_sqlite_i_wait(lite, tries), 1);
        CHECK_INT(akolhook_sqlite_i_wait(lite, tries), 0);
    }
    bounds_close();
}
/* A ring that was longer when the store was opened before becomes as long as is asked, by one with each
   attempt. */
static void test_ring_bounds(void) {
    static const int64_t lengths[] = {5, 4, 3, 3, 3};
    size_t i;
    suite_begin();
    lite_remove();
    desc.memory.log_rows = 6;
    lite = lite_open(0);
    (void)bounds_put(1, 1);
    for (i = 0; i < 8; i++) bounds_attempt(200);
    CHECK_INT(sql_number("SELECT count(*) FROM log"), 6);
    akolhook_sqlite_close(lite);

    desc.memory.log_rows = 3;
    lite = lite_open(0);
    for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        bounds_attempt(200);
        CHECK_INT(sql_number("SELECT count(*) FROM log"), lengths[i]);
        CHECK_INT(sql_number("SELECT log_rows FROM turns WHERE webhook > 0"), lengths[i]);
    }
    bounds_close();
}
/* While another one writes, what only reads goes on, and so does what would write and has nothing to. */
static void test_beside_writer(void) {
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_str note = AKOLHOOK_INIT, said = akolhook_str_c("a note");
    akolhook_store_webhook hook;
    akolhook_store_delivery waiting;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    akolhook_gauges gauges;
    akolhook_stats stats;
    sqlite3 *other = NULL;
    uint64_t next;
    int64_t ms;
    size_t count;
    bounds_open();
    (void)bounds_put(1, 1);
    bounds_attempt(200);
    CHECK_STATUS(lite->store.bind_fn(lite, akolhook_str_c(BUSINESS)), OK);
    CHECK_STATUS(lite->store.note_fn(lite, &said), OK);
    tending.events_ms = 24 * HOUR;
    tending.keys_ms = 24 * HOUR;
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
    CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    akolhook_sqlite_i_patience(lite, 0);

    limits = bounds_limits();
    CHECK_STATUS(lite->store.bind_fn(lite, akolhook_str_c(BUSINESS)), OK);
    CHECK_STATUS(lite->store.bind_fn(lite, akolhook_str_c("biz_2")), WRONG_BUSINESS);
    CHECK_STATUS(lite->store.note_fn(lite, &note), OK);
    CHECK_STR(note, "a note");
    CHECK_INT(bounds_claim(&limits, 4), 0);
    CHECK_STATUS(lite->store.tend_fn(lite, &tending), OK);
    CHECK_STATUS(lite->store.next_due_fn(lite, &limits, &ms), OK);
    CHECK_INT(ms, -1);
    CHECK_STATUS(lite->store.webhook_get_fn(lite, bounds_id(1), &hook), OK);
    CHECK_STATUS(lite->store.webhook_get_fn(lite, bounds_id(2), &hook), UNKNOWN_WEBHOOK);
    CHECK_STATUS(lite->store.webhook_list_fn(lite, 0, 1, &hook, 1, &count), OK);
    CHECK_STATUS(lite->store.waiting_fn(lite, NULL, 0, &waiting, 1, &count), OK);
    CHECK_STATUS(lite->store.delivery_fn(lite, bounds_claims[0].number, &waiting), OK);
    CHECK_STATUS(lite->store.log_fn(lite, &query, &row, 1, &count, &next), OK);
    CHECK_STATUS(lite->store.stats_fn(lite, NULL, &stats), OK);
    CHECK_STATUS(lite->store.gauges_fn(lite, &gauges), OK);
    CHECK_TEXT(akolhook_sqlite_error(lite), "");
    CHECK_STATUS(lite->store.note_fn(lite, &said), STORE_FAILED);
    CHECK(strstr(akolhook_sqlite_error(lite), "locked") != NULL);
    CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    akolhook_sqlite_close(lite);
}

/* What an event does for each webhook, and what is told of it: made, skipped, dropped with one of the numbers
   and its webhook, refused as a whole; an event that is asked for twice by its key is done once. */
static void test_event_bounds(void) {
    akolhook_store_event e = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    uint64_t next;
    size_t count;
    int64_t number;
    uint32_t queue, i;
    bounds_open();
    (void)bounds_put(1, 1);
    (void)bounds_put(2, 2);
    (void)bounds_put(3, 3);
    must_do("UPDATE turns SET cls = 2 WHERE webhook = 2; UPDATE turns SET active = 0 WHERE webhook = 3");
    e.event = AKOLHOOK_CALL_ENDED;
    e.head = akolhook_str_c("head");
    e.at_ms = 77;
    for (queue = 1; queue <= 3; queue++) { /* room for so many: one more is there already in each */
        sprintf(e.message_id, "msg_%024u", queue);
        e.max_queue = queue;
        CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
        CHECK(e.deliveries == 2 && e.skipped == 1 && e.dropped == 0 && e.repeated == 0);
        CHECK_INT(sql_number("SELECT queued FROM turns WHERE webhook = 1"), queue);
        number = lite->row.numbers;
        CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), PENDING_FULL); /* for the first one */
        CHECK_INT(sql_number("SELECT sum(queued) FROM turns"), 2 * queue);
        CHECK_INT(sql_number("SELECT numbers FROM store"), number);
    }
    must_do("UPDATE turns SET active = 0 WHERE webhook = 1");
    for (i = 0; i < 2; i++) {
        CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK); /* the failing one loses it */
        CHECK(e.deliveries == 0 && e.skipped == 2 && e.dropped == 1);
        CHECK_TEXT(e.dropped_id, bounds_id(2));
        CHECK_STATUS(lite->store.log_fn(lite, &query, &row, 1, &count, &next), OK);
        CHECK(count == 1 && row.number == e.dropped_number && row.state == AKOLHOOK_DELIVERY_DROPPED);
        CHECK(row.status == AKOLHOOK_WEBHOOK_QUEUE_FULL && row.at_ms == 77 && row.attempt == 0);
        CHECK_TEXT(row.message_id, e.message_id);
        CHECK_TEXT(row.webhook_id, bounds_id(2));
        CHECK_INT(sql_number("SELECT dropped FROM turns WHERE webhook = 2"), i + 1);
    }
    CHECK_INT(sql_number("SELECT count(*) FROM events"), 3); /* what nobody gets is not kept */

    /* tests: as many as there are events wait at once, and they find room of their own kind */
    e.max_queue = 0;
    e.is_test = 1;
    e.webhook_id = akolhook_str_c(bounds_id(3));
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) {
        CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
        CHECK(e.deliveries == 1 && e.skipped == 0 && e.dropped == 0);
        CHECK_INT(sql_number("SELECT tests FROM turns WHERE webhook = 3"), i);
    }
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), PENDING_FULL);
    e.webhook_id = akolhook_str_c("whk_of_nobody");
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), UNKNOWN_WEBHOOK);

    /* its key: the same event, and another one */
    memset(&e.webhook_id, 0, sizeof e.webhook_id);
    e.is_test = 0;
    e.has_key = 1;
    memset(e.key, 1, sizeof e.key);
    memset(e.print, 2, sizeof e.print);
    sprintf(e.message_id, "msg_%024u", 50u);
    must_do("UPDATE turns SET active = webhook = 1");
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
    CHECK(e.deliveries == 1 && e.repeated == 0);
    sprintf(e.message_id, "msg_%024u", 51u);
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
    CHECK(e.deliveries == 0 && e.skipped == 0 && e.repeated == 1);
    CHECK_TEXT(e.message_id, "msg_000000000000000000000050");
    e.print[15] = 3;
    sprintf(e.message_id, "msg_%024u", 51u);
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), KEY_REUSED);
    CHECK_TEXT(e.message_id, "msg_000000000000000000000051");
    e.key[15] = 3;
    CHECK_STATUS(lite->store.enqueue_fn(lite, &e, 1), OK);
    CHECK_INT(sql_number("SELECT keys FROM store"), 2);
    must_do("UPDATE turns SET active = 1, ready_at = 1 WHERE webhook > 0 AND ready = 0");
    bounds_close();
}
/* An event to many: the shares of 64 neighbours at a time, alike or not; each gets it once, and is ready. */
static void test_fan_bounds(void) {
    static const unsigned counts[] = {1, 64, 65, 129};
    unsigned n, way;
    size_t i;
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (way = 0; way < 3; way++) {
            bounds_open();
            for (n = 1; n <= counts[i]; n++) (void)bounds_put(n, n);
            if (way == 1) must_do("UPDATE turns SET active = 0 WHERE webhook % 5 = 2");
            if (way == 2) must_do("UPDATE turns SET events = 0 WHERE webhook % 3 = 1");
            must_do("UPDATE store SET floor = 50; UPDATE turns SET turn = webhook WHERE webhook > 0");
            (void)bounds_emit(NULL);
            (void)bounds_emit(NULL);
            CHECK_INT(sql_number("SELECT count(*) FROM deliveries"),
                    2 * sql_number("SELECT count(*) FROM turns WHERE webhook > 0 AND active AND events"));
            CHECK_INT(
                    sql_number("SELECT count(*) FROM turns WHERE queued <> 2 * (active AND events > 0)"), 0);
            CHECK_INT(sql_number("SELECT count(*) FROM turns WHERE ready <> (queued > 0) OR ready_at"), 0);
            CHECK_INT(sql_number("SELECT count(*) FROM turns WHERE queued AND turn <> max(webhook, 50)"), 0);
            CHECK_INT(sql_number("SELECT count(*) FROM turns WHERE skipped <> 2 * (webhook AND NOT active)"),
                    0);
            CHECK_INT(sql_number("SELECT count(DISTINCT number) = count(*) AND max(number) ="
                                 " (SELECT numbers FROM store) FROM deliveries") ||
                              !sql_number("SELECT count(*) FROM deliveries"),
                    1);
            CHECK_INT(sql_number("SELECT sum(pending) = (SELECT count(*) FROM deliveries) FROM events") ||
                              !sql_number("SELECT count(*) FROM deliveries"),
                    1);
            if (check_bad) printf("%u webhooks, way %u\n", counts[i], way);
            bounds_close();
        }
}

/* A webhook that stands at its cap goes on where the cap is raised, and is held by a lower one; a failing one
   has one place. */
static void test_cap_bounds(void) {
    akolhook_store_limits limits;
    akolhook_log_row row = AKOLHOOK_INIT;
    uint32_t cap, i;
    bounds_open();
    (void)bounds_put(1, 1);
    for (i = 0; i < 12; i++) (void)bounds_emit(NULL);
    limits = bounds_limits();
    for (cap = 1; cap <= 4; cap++) {
        limits.per_webhook = cap;
        CHECK_INT(bounds_claim(&limits, 9), 1); /* one more than before */
        CHECK_INT(bounds_claim(&limits, 9), 0);
        CHECK_INT(sql_number("SELECT in_flight FROM turns WHERE webhook > 0"), cap);
        CHECK_INT(sql_number("SELECT cap FROM store"), cap);
        limits.per_webhook = cap - 1; /* and back */
        if (cap > 1) CHECK_INT(bounds_claim(&limits, 9), 0);
    }
    limits.per_webhook = 2; /* of the four in flight one ends: three are still too many */
    bounds_claims[0].number = (uint64_t)sql_number("SELECT max(number) FROM deliveries WHERE leased = 1");
    bounds_claims[0].lease = (uint64_t)sql_number("SELECT max(lease) FROM deliveries WHERE leased = 1");
    bounds_claims[0].handle = NULL;
    bounds_settle(&bounds_claims[0], &row, 500);
    CHECK_INT(bounds_claim(&limits, 9), 0);
    CHECK_INT(sql_number("SELECT cls FROM turns WHERE webhook > 0"), AKOLHOOK_CLASS_FAILING);
    w.now += HOUR; /* the leases have run out; it fails, so one is all that it gets */
    limits.per_webhook = 4;
    CHECK_INT(bounds_claim(&limits, 9), 1);
    CHECK_INT(bounds_claim(&limits, 9), 0);
    while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);
    bounds_close();
}

/* Two webhooks of one URL have no event in common, whichever of both is changed. */
static void test_clash_bounds(void) {
    static const struct {
        unsigned which;
        const char *url;
        akolhook_events events;
        akolhook_status status;
    } changes[] = {
            {AKOLHOOK_STORE_EVENTS, "", 2 | 4, AKOLHOOK_OK},
            {AKOLHOOK_STORE_EVENTS, "", 2 | 8, AKOLHOOK_WEBHOOK_EXISTS},
            {AKOLHOOK_STORE_NAME, "", 8, AKOLHOOK_OK},
            {AKOLHOOK_STORE_URL, "https://h1.example/", 8, AKOLHOOK_OK},
            {AKOLHOOK_STORE_URL, "https://h3.example/", 8, AKOLHOOK_OK}, /* its events are others */
            {AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS, "https://h3.example/", 8, AKOLHOOK_WEBHOOK_EXISTS},
            {AKOLHOOK_STORE_URL | AKOLHOOK_STORE_EVENTS, "https://h3.example/", 2, AKOLHOOK_OK},
            {AKOLHOOK_STORE_EVENTS, "", 8, AKOLHOOK_WEBHOOK_EXISTS},
            {AKOLHOOK_STORE_EVENTS | AKOLHOOK_STORE_URL, "https://h1.example/", 8, AKOLHOOK_WEBHOOK_EXISTS},
    };
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    size_t i;
    bounds_open();
    (void)bounds_put(1, 1);
    (void)bounds_put(2, 2);
    (void)bounds_put(3, 3);
    must_do("UPDATE webhooks SET url = 'https://h1.example/' WHERE number = 2;"
            " UPDATE turns SET events = 8 WHERE webhook <> 1; UPDATE turns SET events = 2 WHERE webhook = 1");
    hook.name = akolhook_str_c("n");
    memcpy(hook.id, bounds_id(1), sizeof hook.id);
    for (i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        hook.url = akolhook_str_c(changes[i].url);
        hook.events = changes[i].events;
        CHECK_INT(lite->store.webhook_set_fn(lite, &hook, changes[i].which, w.now, NULL), changes[i].status);
        if (check_bad) printf("change %u\n", (unsigned)i);
    }
    memcpy(hook.id, bounds_id(9), sizeof hook.id);
    CHECK_STATUS(lite->store.webhook_set_fn(lite, &hook, AKOLHOOK_STORE_NAME, w.now, NULL), UNKNOWN_WEBHOOK);

    /* a new one; and no more than so many */
    hook.url = akolhook_str_c("https://h3.example/");
    strcpy(hook.secret, "s");
    hook.events = 8;
    CHECK_STATUS(lite->store.webhook_put_fn(lite, &hook, 4), WEBHOOK_EXISTS);
    hook.events = 4;
    CHECK_STATUS(lite->store.webhook_put_fn(lite, &hook, 3), TOO_MANY_WEBHOOKS);
    CHECK_STATUS(lite->store.webhook_put_fn(lite, &hook, 4), OK);
    CHECK_STATUS(lite->store.webhook_delete_fn(lite, hook.id), OK);
    CHECK_STATUS(lite->store.webhook_delete_fn(lite, hook.id), UNKNOWN_WEBHOOK);
    bounds_close();
}

/* A head that is too old, or cut off, ends where it would be claimed, and others come in between; one that
   was put into the order of turns and has nothing to give leaves it. */
static void test_head_bounds(void) {
    static const int64_t ages[] = {
            AKOLHOOK_RETRY_HORIZON_MS - 1, AKOLHOOK_RETRY_HORIZON_MS, AKOLHOOK_RETRY_HORIZON_MS + 1, 0};
    akolhook_store_expired expired;
    akolhook_store_limits limits;
    akolhook_stats stats;
    char sql[200];
    size_t i, ends;
    int64_t number;
    for (i = 0; i < 4; i++) {
        bounds_open();
        (void)bounds_put(1, 1);
        number = bounds_emit(NULL);
        sprintf(sql, "UPDATE deliveries SET created = created - %lld, cut = %d; UPDATE turns SET turn = 40",
                (long long)ages[i], i == 3);
        must_do(sql);
        limits = bounds_limits();
        memset(&expired, 0, sizeof expired);
        limits.expired = &expired;
        ends = i > 1;
        CHECK_INT(bounds_claim(&limits, 4), ends ? 0 : 1);
        CHECK_INT(sql_number("SELECT turn FROM turns WHERE webhook > 0"), 41); /* for either reason */
        CHECK_INT(expired.count, i == 2);
        CHECK_INT(expired.number, i == 2 ? number : 0);
        CHECK_STATUS(lite->store.stats_fn(lite, bounds_id(1), &stats), OK);
        CHECK(stats.failed == (i == 2) && stats.cancelled == (i == 3) && stats.waiting == !ends);
        CHECK_INT(sql_number("SELECT count(*) FROM log WHERE attempt = 0 AND at = 1767225600000"), ends);
        while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);
        bounds_close();
    }

    bounds_open();
    (void)bounds_put(1, 1);
    (void)bounds_put(2, 2);
    must_do("UPDATE turns SET ready = 1, turn = 3 WHERE webhook = 1");
    CHECK_INT(bounds_claim(&limits, 4), 0);
    CHECK_INT(sql_number("SELECT ready + ready_at FROM turns WHERE webhook = 1"), 0);
    (void)bounds_emit(NULL); /* one that rests is not claimed either, though it was put there */
    must_do("UPDATE turns SET backoff_until = 9e15 WHERE webhook = 1; UPDATE turns SET turn = webhook");
    CHECK_INT(bounds_claim(&limits, 1), 1);
    CHECK_TEXT(bounds_claims[0].webhook_id, bounds_id(2));
    while (lite->held) akolhook_sqlite_i_drop(&lite->held, lite->held);

    must_do("UPDATE turns SET backoff_until = 0, ready = 1, ready_at = 0 WHERE webhook = 1;"
            " DELETE FROM bodies");
    {
        size_t count = 9;
        CHECK_STATUS(lite->store.claim_fn(lite, &limits, bounds_claims, 4, &count), STORE_FAILED);
        CHECK_INT(count, 0);
        CHECK(strstr(akolhook_sqlite_error(lite), "without its body") != NULL && lite->held == NULL);
    }
    akolhook_sqlite_close(lite);
}

/* The write-ahead log is emptied for a secret that was replaced or deleted, and not for anything else. */
static void test_wal_bounds(void) {
    static const unsigned which[] = {AKOLHOOK_STORE_NAME, AKOLHOOK_STORE_SECRET, AKOLHOOK_STORE_RATE,
            AKOLHOOK_STORE_SECRET | AKOLHOOK_STORE_NAME};
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    struct stat info;
    size_t i;
    bounds_open();
    (void)bounds_put(1, 1);
    memcpy(hook.id, bounds_id(1), sizeof hook.id);
    hook.name = akolhook_str_c("another");
    strcpy(hook.secret, "another");
    for (i = 0; i < 4; i++) {
        w.now++; /* so that there is something to write */
        CHECK_STATUS(lite->store.webhook_set_fn(lite, &hook, which[i], w.now, NULL), OK);
        CHECK(stat(wal_path, &info) == 0 && (info.st_size == 0) == ((which[i] & AKOLHOOK_STORE_SECRET) != 0));
    }
    bounds_attempt(200);
    CHECK(stat(wal_path, &info) == 0 && info.st_size > 0);
    CHECK_STATUS(lite->store.webhook_delete_fn(lite, hook.id), OK);
    CHECK(stat(wal_path, &info) == 0 && info.st_size == 0);
    CHECK_TEXT(akolhook_sqlite_error(lite), "");
    akolhook_sqlite_close(lite);
}

static void test_sqlite_bounds(void) {
    RUN(test_open_exactly);
    RUN(test_open_beside);
    RUN(test_row_members);
    RUN(test_claim_members);
    RUN(test_figures);
    RUN(test_tend_bounds);
    RUN(test_tend_writes);
    RUN(test_stop_bounds);
    RUN(test_look_bounds);
    RUN(test_turn_bounds);
    RUN(test_passed_bounds);
    RUN(test_class_bounds);
    RUN(test_counts_bounds);
    RUN(test_event_bounds);
    RUN(test_fan_bounds);
    RUN(test_cap_bounds);
    RUN(test_clash_bounds);
    RUN(test_head_bounds);
    RUN(test_wal_bounds);
    RUN(test_wait_bounds);
    RUN(test_ring_bounds);
    RUN(test_beside_writer);
}

#endif
