/* The main thread's part: the hub that delivers, what the other thread asks of it, and the sums for the
   chart. */

/* ---- waking: the platform of the hub's client also waits for an eventfd ---- */

static int wake_fd = -1; /* of this process; a signal handler writes to it */
static int is_woken;     /* of the main thread: it was, since the store was asked */

static void wake(void) {
    const uint64_t one = 1;

    (void)!write(wake_fd, &one, sizeof one);
}
static void wake_drain(void) {
    uint64_t count;

    (void)!read(wake_fd, &count, sizeof count);
    is_woken = 1;
}

/* Ends early when it is woken, which is inside the contract of wait_fn. */
static int wake_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    const akolhook_platform *posix = akolhook_posix_platform();
    struct pollfd fd = {wake_fd, POLLIN, 0};

    if (count) return posix->wait_fn(user, items, count, timeout_ms, native_error);
    if (poll(&fd, 1, timeout_ms) > 0) wake_drain();
    return 0;
}
/* A set of sockets is readable itself when one of them is. */
static int wake_set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    struct pollfd fds[2] = {{(int)set, POLLIN, 0}, {wake_fd, POLLIN, 0}};

    if (timeout_ms && poll(fds, 2, timeout_ms) > 0 && fds[1].revents) wake_drain();
    return akolhook_posix_platform()->set_wait_fn(user, set, items, cap, count, 0, native_error);
}

/* ---- the worker ---- */

typedef enum mail_kind { MAIL_NONE, MAIL_ROTATE, MAIL_DELETE } mail_kind;

/* What the other thread asks of this one: one thing at a time. Only the hub that has a delivery in flight can
   take its old secret away from it, or break it off. */
typedef struct mailbox {
    mail_kind kind;
    int is_taken, is_done;
    int is_given_up; /* nobody waits for the result */
    char id[PATH_ID_MOST + 1];
    akolhook_status status;
    char secret[AKOLHOOK_SECRET_SIZE];
} mailbox;
enum { MAIL_WAIT_MS = 2000, MAIL_TAKEN_MS = 10000 };

/* Attempts of one webhook in one hour that took about as long. */
typedef struct bucket {
    char webhook[AKOLHOOK_ID_SIZE]; /* "": of all */
    int64_t start;                  /* unix seconds */
    int32_t slot;
    uint32_t n; /* 0: this place is free */
} bucket;
enum {
    BUCKETS = 4096, /* a power of 2 */
    BUCKETS_FLUSH_MS = 10000,
    BUCKETS_FLUSH_LIVE_MS = 2000, /* while somebody looks */
    BUCKET_S = 3600,
    BUCKETS_KEPT_S = 32 * 86400,
    BUCKETS_A_STATEMENT = 64
};

enum { LOOK_MS = 1000, LOOK_ROWS = FEED_IDS_MOST };

typedef struct worker {
    store store;
    akolhook_platform platform;
    akolhook_openssl tls;
    feed *feed;

    /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t done;
    mailbox box;
    int64_t polled_at;            /* monotonic ms */
    uint64_t succeeded, failed;   /* attempts since the start */
    uint64_t deactivated, warned; /* webhooks */
    uint64_t lost;                /* attempts that no bucket had room for */
    int64_t own_changes;          /* of those that change_note counts in the store */

    /* of the main thread alone */
    bucket buckets[BUCKETS];
    size_t bucket_count;
    int64_t flushed_at, pruned_at; /* monotonic ms */
    int64_t kept_at;               /* streams' tokens were looked at */
    int64_t others_changes;        /* that streams were told of, once has_looked */
    int has_looked;
    uint64_t log_known[LOOK_ROWS]; /* cursors of the newest rows, as the last look found them */
    size_t log_count;
    uint64_t log_least; /* of them; 0: these are all */
    int is_behind;      /* there were more new ones than a look finds, of which streams are not told yet */
    int64_t log_looked_at, log_behind_at;
} worker;

/* ---- the mailbox ---- */

static struct timespec mail_deadline(int ms) {
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    return until;
}

/* Called by the other thread. STORE_FAILED when the worker does not come to it in time. */
static akolhook_status mail_send(
        worker *w, mail_kind kind, const char *id, char secret[AKOLHOOK_SECRET_SIZE]) {
    struct timespec until = mail_deadline(MAIL_WAIT_MS);
    akolhook_status status = AKOLHOOK_STORE_FAILED;
    mailbox *box = &w->box;
    int late = 0;

    (void)pthread_mutex_lock(&w->lock);
    while (box->kind != MAIL_NONE && !late) late = pthread_cond_timedwait(&w->done, &w->lock, &until) != 0;
    if (!late) {
        memset(box, 0, sizeof *box);
        box->kind = kind;
        copy_str(akolhook_str_c(id), box->id, sizeof box->id);
        wake();
        while (!box->is_done && !late) late = pthread_cond_timedwait(&w->done, &w->lock, &until) != 0;
        /* once it is begun it ends within the time-outs of the store: a rotation that is not waited for would
           leave a secret that nobody knows */
        if (late && box->is_taken) {
            until = mail_deadline(MAIL_TAKEN_MS);
            for (late = 0; !box->is_done && !late;)
                late = pthread_cond_timedwait(&w->done, &w->lock, &until) != 0;
        }
        if (box->is_done) {
            status = box->status;
            if (secret) memcpy(secret, box->secret, sizeof box->secret);
        }
        if (box->is_done || !box->is_taken)
            akolhook_wipe(box, sizeof *box);
        else
            box->is_given_up = 1;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return status;
}

/* Called by the main thread between two polls. */
static void mail_take(worker *w) {
    char secret[AKOLHOOK_SECRET_SIZE] = "";
    mailbox *box = &w->box, mail;
    db_arg arg;

    (void)pthread_mutex_lock(&w->lock);
    mail = *box;
    if (box->kind != MAIL_NONE) box->is_taken = 1;
    (void)pthread_mutex_unlock(&w->lock);
    if (mail.kind == MAIL_NONE || mail.is_taken) return;

    if (mail.kind == MAIL_ROTATE) mail.status = akolhook_hub_rotate_secret(w->store.hub, mail.id, secret);
    if (mail.kind == MAIL_DELETE) mail.status = akolhook_hub_delete_webhook(w->store.hub, mail.id);
    if (mail.kind == MAIL_DELETE && mail.status == AKOLHOOK_OK) {
        arg = db_text(mail.id);
        (void)db_run(&w->store, "DELETE FROM @buckets WHERE webhook = $1", &arg, 1, NULL, NULL);
    }

    (void)pthread_mutex_lock(&w->lock);
    if (box->is_given_up) {
        akolhook_wipe(box, sizeof *box);
    } else {
        box->status = mail.status;
        memcpy(box->secret, secret, sizeof box->secret);
        box->is_done = 1;
    }
    (void)pthread_cond_broadcast(&w->done);
    (void)pthread_mutex_unlock(&w->lock);
    akolhook_wipe(secret, sizeof secret);
}

/* ---- what changes without a row of the log: settings, and the sums of the chart ---- */

static void change_own(worker *w, int by) {
    (void)pthread_mutex_lock(&w->lock);
    w->own_changes += by;
    (void)pthread_mutex_unlock(&w->lock);
}
/* Counts one in the store, so that other processes tell of it, too. It is the process's own before it can be
   seen there. */
static int change_note(worker *w, store *s) {
    int ok;

    change_own(w, 1);
    ok = db_do(s, "INSERT INTO @meta AS m (name, value) VALUES ('changes', '1')"
                  " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(m.value AS bigint) + 1 AS text)");
    if (!ok) change_own(w, -1);
    return ok;
}
static void change_look(worker *w) {
    int64_t all = 0, others;

    if (!db_run(&w->store, "SELECT value FROM @meta WHERE name = 'changes'", NULL, 0, row_number, &all))
        return;
    (void)pthread_mutex_lock(&w->lock);
    others = all - w->own_changes;
    (void)pthread_mutex_unlock(&w->lock);
    if (w->has_looked && others > w->others_changes) feed_changed(w->feed, NULL);
    if (!w->has_looked || others > w->others_changes) w->others_changes = others;
    w->has_looked = 1;
}

/* ---- sums ---- */

static void bucket_add(worker *w, const char *webhook, int64_t start, int32_t slot) {
    uint32_t hash = 2166136261u, probe;
    const char *c;
    bucket *b;

    for (c = webhook; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619u;
    hash = (hash ^ (uint32_t)slot) * 16777619u ^ (uint32_t)(start / BUCKET_S);
    for (probe = 0; probe < BUCKETS; probe++) {
        b = &w->buckets[(hash + probe) & (BUCKETS - 1)];
        if (b->n && (b->start != start || b->slot != slot || strcmp(b->webhook, webhook) != 0)) continue;
        if (!b->n) {
            copy_str(akolhook_str_c(webhook), b->webhook, sizeof b->webhook);
            b->start = start;
            b->slot = slot;
            w->bucket_count++;
        }
        b->n++;
        return;
    }
    w->lost++;
}

/* Rows are written in one order, so that two processes that do it wait for each other in one direction
   only. */
static int bucket_compare(const void *a, const void *b) {
    const bucket *x = *(const bucket *const *)a, *y = *(const bucket *const *)b;
    int order = strcmp(x->webhook, y->webhook);

    if (order) return order;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return x->slot - y->slot;
}

/* Some of them in one statement; ids are letters and digits, so they stand in it as they are. */
static int buckets_write(worker *w, const bucket *const *sorted, size_t count) {
    char sql[DB_SQL_MOST / 2];
    size_t len, i;

    len = (size_t)snprintf(sql, sizeof sql, "INSERT INTO @buckets AS b (webhook, start, slot, n) VALUES ");
    for (i = 0; i < count; i++)
        len += (size_t)snprintf(sql + len, sizeof sql - len, "%s('%s', %" PRId64 ", %d, %u)", i ? ", " : "",
                sorted[i]->webhook, sorted[i]->start, (int)sorted[i]->slot, (unsigned)sorted[i]->n);
    len += (size_t)snprintf(sql + len, sizeof sql - len,
            " ON CONFLICT (webhook, start, slot) DO UPDATE SET n = b.n + excluded.n");
    return len < sizeof sql && db_do(&w->store, sql);
}

static void buckets_flush(worker *w) {
    const bucket *sorted[BUCKETS];
    size_t count = 0, i, some;
    int ok, noted;

    w->flushed_at = monotonic_ms();
    if (!w->bucket_count) return;
    for (i = 0; i < BUCKETS; i++)
        if (w->buckets[i].n) sorted[count++] = &w->buckets[i];
    qsort(sorted, count, sizeof sorted[0], bucket_compare);

    ok = db_begin(&w->store);
    for (i = 0; i < count && ok; i += some) {
        some = count - i < BUCKETS_A_STATEMENT ? count - i : BUCKETS_A_STATEMENT;
        ok = buckets_write(w, sorted + i, some);
    }
    noted = ok = ok && change_note(w, &w->store);
    if (!db_end(&w->store, ok)) { /* they stay, for the next time */
        if (noted) change_own(w, -1);
        return;
    }

    /* whoever looks has the chart of before */
    for (i = 0; i < count; i++)
        if (*sorted[i]->webhook) feed_changed(w->feed, sorted[i]->webhook);
    memset(w->buckets, 0, sizeof w->buckets);
    w->bucket_count = 0;
}

static void buckets_prune(worker *w) {
    db_arg before = db_number(unix_ms() / 1000 - BUCKETS_KEPT_S);

    w->pruned_at = monotonic_ms();
    (void)db_run(&w->store, "DELETE FROM @buckets WHERE start < $1", &before, 1, NULL, NULL);
}

/* ---- what the hub tells ---- */

static void worker_attempted(worker *w, const akolhook_log_row *row) {
    int64_t start = row->at_ms / 1000 / BUCKET_S * BUCKET_S;
    int32_t slot = row->success ? (int32_t)akolhook_stats_bucket(row->ms) : SLOT_FAILED;

    (void)pthread_mutex_lock(&w->lock);
    if (row->success)
        w->succeeded++;
    else
        w->failed++;
    (void)pthread_mutex_unlock(&w->lock);
    if (row->is_test) return;
    bucket_add(w, row->webhook_id, start, slot);
    bucket_add(w, "", start, slot);
}

static void worker_warn(const char *message, const akolhook_notice *notice) {
    log_entry entry;
    akolhook_json_writer *json = log_begin(&entry, "warn", message);

    json_c(json, "webhookId", notice->row->webhook_id);
    json_c(json, "cause", akolhook_status_name(notice->row->status));
    akolhook_json_add_int64(json, "code", notice->row->code);
    akolhook_json_add_uint64(json, "failures", notice->failures);
    log_end(&entry);
}

static void worker_notice(void *user, const akolhook_notice *notice) {
    worker *w = (worker *)user;

    if (!notice->row) { /* of AKOLHOOK_NOTICE_UNSAVED alone */
        log_say("error", "the store takes no outcomes", NULL, NULL);
        return;
    }
    feed_changed(w->feed, notice->row->webhook_id);
    switch (notice->kind) {
    case AKOLHOOK_NOTICE_ATTEMPTED: worker_attempted(w, notice->row); break;
    case AKOLHOOK_NOTICE_INACTIVE_SOON:
        worker_warn("a webhook fails on and on and will be set inactive", notice);
        (void)pthread_mutex_lock(&w->lock);
        w->warned++;
        (void)pthread_mutex_unlock(&w->lock);
        break;
    case AKOLHOOK_NOTICE_INACTIVE:
        worker_warn("a webhook was set inactive, as it failed on and on or answered 410", notice);
        (void)pthread_mutex_lock(&w->lock);
        w->deactivated++;
        (void)pthread_mutex_unlock(&w->lock);
        break;
    case AKOLHOOK_NOTICE_DROPPED:
        worker_warn("deliveries to a webhook that fails or lags were dropped", notice);
        break;
    case AKOLHOOK_NOTICE_UNSAVED:
    case AKOLHOOK_NOTICE_SUCCEEDED:
    case AKOLHOOK_NOTICE_FAILED:
    case AKOLHOOK_NOTICE_RECOVERED: break;
    }
}

/* ---- opening and running ---- */

static int worker_open(worker *w, const options *opt, feed *f) {
    pthread_condattr_t attr;

    memset(w, 0, sizeof *w);
    w->feed = f;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&w->done, &attr);
    (void)pthread_condattr_destroy(&attr);

    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0) return usage_error("eventfd", strerror(errno));
    if (akolhook_openssl_init(&w->tls, opt->ca) != AKOLHOOK_OK)
        return usage_error("the CAs cannot be read", opt->ca ? opt->ca : "those of the system");
    w->platform = *akolhook_posix_platform();
    w->platform.wait_fn = wake_wait;
    w->platform.set_wait_fn = wake_set_wait;

    if (!store_open(&w->store, opt)) return 0;
    w->store.desc.client.platform = &w->platform;
    w->store.desc.client.tls = akolhook_openssl_transport(&w->tls);
    w->store.desc.client.max_in_flight = PLACES;
    w->store.desc.notice_fn = worker_notice;
    w->store.desc.user = w;
    w->polled_at = monotonic_ms();
    return store_hub(&w->store);
}
static void worker_close(worker *w) {
    if (w->store.hub) buckets_flush(w);
    store_close(&w->store);
    akolhook_openssl_free(&w->tls);
}

/* Whether the last look has told of this row. */
static int worker_knows(const worker *w, uint64_t cursor) {
    size_t i;

    for (i = 0; i < w->log_count && w->log_known[i] != cursor; i++) continue;
    return i < w->log_count;
}

/* What other processes did shows in the log. While somebody looks, what is new in it is looked at once a
   second, and before a change is told: what this process did itself goes with it then, and is not told again.
   A row may come behind one of a higher cursor. */
static void worker_look(worker *w, int is_due) {
    static akolhook_log_row rows[LOOK_ROWS]; /* of the main thread */
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count = 0, known = 0, i;
    int64_t now = monotonic_ms();

    if (w->is_behind && now - w->log_behind_at >= LOOK_MS) {
        feed_changed(w->feed, NULL);
        w->log_behind_at = now;
        w->is_behind = 0;
    }
    if (now - w->log_looked_at < LOOK_MS && !is_due) return;
    w->log_looked_at = now;
    if (akolhook_hub_log(w->store.hub, &query, rows, LOOK_ROWS, &count) != AKOLHOOK_OK) return;

    for (i = 0; i < count; i++) {
        if (worker_knows(w, rows[i].cursor))
            known++;
        else if (rows[i].cursor > w->log_least)
            feed_changed(w->feed, rows[i].webhook_id);
    }
    if (count == LOOK_ROWS && !known) w->is_behind = 1; /* others before them are new, too */

    w->log_count = count;
    for (i = 0; i < count; i++) w->log_known[i] = rows[i].cursor;
    w->log_least = count == LOOK_ROWS ? rows[count - 1].cursor : 0;
}

typedef struct known_tokens {
    char ids[TOKENS_MOST][AKOLHOOK_ID_SIZE];
    size_t count;
} known_tokens;

static void row_known(void *user, const char *const *columns) {
    known_tokens *known = (known_tokens *)user;

    if (known->count < TOKENS_MOST)
        copy_str(akolhook_str_c(columns[0]), known->ids[known->count++], AKOLHOOK_ID_SIZE);
}
static int is_known(const void *user, const char *id) {
    const known_tokens *known = (const known_tokens *)user;
    size_t i;

    for (i = 0; i < known->count; i++)
        if (strcmp(known->ids[i], id) == 0) return 1;
    return 0;
}

enum { KEEP_MS = 500 };

/* A token that the command or another server revokes ends its streams, even where nobody asks for anything
   meanwhile; and what others changed is told. */
static void worker_keep(worker *w) {
    static known_tokens known; /* of the main thread */
    int64_t now = monotonic_ms();

    if (now - w->kept_at < KEEP_MS) return;
    w->kept_at = now;
    known.count = 0;
    if (db_run(&w->store, "SELECT id FROM @tokens ORDER BY created_at, id LIMIT 100", NULL, 0, row_known,
                &known))
        feed_keep(w->feed, is_known, &known);
    change_look(w);
}

/* One turn of the main thread: deliver, then what is due beside it. left: what is in flight or may begin. */
static void worker_turn(worker *w, int timeout_ms, size_t *left) {
    static rate often;
    akolhook_status status;
    size_t streams;
    int64_t now;

    if (is_woken) akolhook_hub_look(w->store.hub);
    is_woken = 0;
    status = akolhook_hub_poll(w->store.hub, feed_due(w->feed, timeout_ms), left);
    if (status != AKOLHOOK_OK) {
        if (rate_take(&often, 0.2, 2)) {
            log_say("error", akolhook_status_text(status), "cause", store_error(&w->store));
        }
        (void)wake_wait(NULL, NULL, 0, timeout_ms < 1000 ? timeout_ms : 1000, NULL);
    } else {
        (void)pthread_mutex_lock(&w->lock);
        w->polled_at = monotonic_ms();
        (void)pthread_mutex_unlock(&w->lock);
    }

    mail_take(w);
    streams = feed_streams(w->feed);
    if (streams) worker_look(w, feed_due(w->feed, 1) == 0);
    feed_tick(w->feed);
    if (streams) worker_keep(w);

    now = monotonic_ms();
    if (now - w->flushed_at >= (streams ? BUCKETS_FLUSH_LIVE_MS : BUCKETS_FLUSH_MS) ||
            w->bucket_count > BUCKETS / 2)
        buckets_flush(w);
    if (!w->pruned_at || now - w->pruned_at >= BUCKET_S * 1000) buckets_prune(w);
}
