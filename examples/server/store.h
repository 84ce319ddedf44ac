/* A connection to the store: a hub over it, and the server's own tables beside the hub's.

   The HTTP thread has one, whose hub never polls, and the main thread has one, whose hub delivers. Nothing is
   shared between the two but the database.

   The server's own statements are written once for SQLite and PostgreSQL: parameters are $1, $2, ..., and @
   before a name stands for the tables of the server. */

typedef struct store {
    const options *opt;
    unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
    akolhook_sqlite *lite;
#ifdef SERVER_POSTGRES
    unsigned char postgres_memory[AKOLHOOK_POSTGRES_SIZE];
    akolhook_postgres *postgres;
    char conninfo[1024];
    int in_transaction; /* of the server's own statements */
#endif
    char business[BUSINESS_MOST + 1];
    rate failures; /* of statements, that are logged */
    akolhook_hub_desc desc;
    akolhook_hub *hub;
    void *memory; /* of the hub */
    size_t size;
} store;

static int store_is_postgres(const store *s) { return s->opt->store != NULL; }

/* What the database said last. */
static const char *store_error(const store *s) {
#ifdef SERVER_POSTGRES
    if (s->postgres) return akolhook_postgres_error(s->postgres);
#endif
    return s->lite ? akolhook_sqlite_error(s->lite) : "";
}

/* 0: the SQLite file was moved, replaced or removed, so that nothing may be written. */
static int store_is_in_place(const store *s) {
    int has_moved = 0;

    if (s->lite)
        (void)sqlite3_file_control(akolhook_sqlite_db(s->lite), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return !has_moved;
}

/* ---- statements ---- */

typedef struct db_arg {
    const char *text; /* NULL: the number */
    int64_t number;
} db_arg;
static db_arg db_text(const char *text) {
    db_arg arg = {NULL, 0};

    arg.text = text;
    return arg;
}
static db_arg db_number(int64_t number) {
    db_arg arg = {NULL, 0};

    arg.number = number;
    return arg;
}

enum { DB_ARGS_MOST = 8, DB_COLUMNS_MOST = 8, DB_SQL_MOST = 8192 };

/* Gets each row; columns are NUL-terminated texts, "" for NULL. */
typedef void (*db_row_fn)(void *user, const char *const *columns);

/* Puts the names of tables into a statement; 0 when it is too long. */
static int db_expand(const store *s, const char *sql, char *out) {
    const char *prefix = store_is_postgres(s) ? "akolhook.server_" : "server_";
    size_t len = 0, more = strlen(prefix);

    for (; *sql; sql++) {
        if (len + more + 1 > DB_SQL_MOST) return 0;
        if (*sql == '@') {
            memcpy(out + len, prefix, more);
            len += more;
        } else {
            out[len++] = *sql;
        }
    }
    out[len] = 0;
    return 1;
}

static void db_failed(store *s, const char *why) {
    if (rate_take(&s->failures, 1, 5)) log_say("error", "a statement of the server failed", "cause", why);
}

static int db_run_sqlite(
        store *s, const char *sql, const db_arg *args, size_t count, db_row_fn row_fn, void *user) {
    sqlite3 *db = akolhook_sqlite_db(s->lite);
    const char *columns[DB_COLUMNS_MOST];
    sqlite3_stmt *statement = NULL;
    char name[8];
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), at, i, width;
    size_t k;

    for (k = 0; k < count && result == SQLITE_OK; k++) {
        snprintf(name, sizeof name, "$%u", (unsigned)(k + 1));
        at = sqlite3_bind_parameter_index(statement, name);
        if (!at) continue;
        if (args[k].text)
            result = sqlite3_bind_text(statement, at, args[k].text, -1, SQLITE_TRANSIENT);
        else
            result = sqlite3_bind_int64(statement, at, args[k].number);
    }

    width = sqlite3_column_count(statement);
    if (width > DB_COLUMNS_MOST) width = DB_COLUMNS_MOST;
    while (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        result = SQLITE_OK;
        for (i = 0; i < width; i++) {
            columns[i] = (const char *)sqlite3_column_text(statement, i);
            if (!columns[i]) columns[i] = "";
        }
        if (row_fn) row_fn(user, columns);
    }

    if (result != SQLITE_DONE) db_failed(s, sqlite3_errmsg(db));
    (void)sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

#ifdef SERVER_POSTGRES
/* The store makes a broken connection anew with its own next call: this is one that costs little. */
static void db_revive(store *s) {
    const akolhook_store *hooks = akolhook_postgres_store(s->postgres);
    akolhook_str note = {NULL, 0};

    (void)!hooks->note_fn(hooks->user, &note);
}

#define DB_BEGIN "BEGIN; SET LOCAL statement_timeout = 5000; SET LOCAL lock_timeout = 2000"

static int db_command(PGconn *db, const char *sql) {
    PGresult *result = pq_exec(db, sql);
    int ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return ok;
}

/* A statement alone is a transaction, too, so that it has a bound in time. */
static int db_once_postgres(
        store *s, const char *sql, const char *const *values, size_t count, db_row_fn row_fn, void *user) {
    PGconn *db = akolhook_postgres_db(s->postgres);
    const char *columns[DB_COLUMNS_MOST];
    int alone = !s->in_transaction, ok = !alone || db_command(db, DB_BEGIN), row, i, width;
    PGresult *result;

    if (!ok) return 0;
    result = pq_exec_params(db, sql, (int)count, NULL, values, NULL, NULL, 0);
    ok = PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!ok) db_failed(s, PQerrorMessage(db));
    width = PQnfields(result) < DB_COLUMNS_MOST ? PQnfields(result) : DB_COLUMNS_MOST;
    for (row = 0; ok && row < PQntuples(result); row++) {
        for (i = 0; i < width; i++) columns[i] = PQgetvalue(result, row, i);
        if (row_fn) row_fn(user, columns);
    }
    PQclear(result);
    if (alone && !db_command(db, ok ? "COMMIT" : "ROLLBACK")) ok = 0;
    return ok;
}

static int db_run_postgres(
        store *s, const char *sql, const db_arg *args, size_t count, db_row_fn row_fn, void *user) {
    const char *values[DB_ARGS_MOST];
    char numbers[DB_ARGS_MOST][24];
    size_t k;

    for (k = 0; k < count; k++) {
        snprintf(numbers[k], sizeof numbers[k], "%" PRId64, args[k].number);
        values[k] = args[k].text ? args[k].text : numbers[k];
    }

    /* what a restart of the database has closed is noticed here */
    if (!s->in_transaction && PQstatus(akolhook_postgres_db(s->postgres)) != CONNECTION_OK) db_revive(s);
    if (db_once_postgres(s, sql, values, count, row_fn, user)) return 1;
    if (s->in_transaction || PQstatus(akolhook_postgres_db(s->postgres)) == CONNECTION_OK) return 0;
    db_revive(s);
    return db_once_postgres(s, sql, values, count, row_fn, user);
}

static int db_begin_postgres(store *s) {
    if (!db_command(akolhook_postgres_db(s->postgres), DB_BEGIN)) {
        db_revive(s);
        if (!db_command(akolhook_postgres_db(s->postgres), DB_BEGIN)) return 0;
    }
    s->in_transaction = 1;
    return 1;
}
#endif

/* One statement; 0 when it failed, which is logged. */
static int db_run(store *s, const char *sql, const db_arg *args, size_t count, db_row_fn row_fn, void *user) {
    char expanded[DB_SQL_MOST];

    if (count > DB_ARGS_MOST || !db_expand(s, sql, expanded)) return 0;
#ifdef SERVER_POSTGRES
    if (s->postgres) return db_run_postgres(s, expanded, args, count, row_fn, user);
#endif
    return db_run_sqlite(s, expanded, args, count, row_fn, user);
}
static int db_do(store *s, const char *sql) { return db_run(s, sql, NULL, 0, NULL, NULL); }

/* A transaction that writes. */
static int db_begin(store *s) {
#ifdef SERVER_POSTGRES
    if (s->postgres) return db_begin_postgres(s);
#endif
    return db_do(s, "BEGIN IMMEDIATE");
}
static int db_end(store *s, int commit) {
    int ok = commit && db_do(s, "COMMIT");

#ifdef SERVER_POSTGRES
    if (s->postgres) {
        if (!ok && PQstatus(akolhook_postgres_db(s->postgres)) == CONNECTION_OK)
            (void)db_command(akolhook_postgres_db(s->postgres), "ROLLBACK");
        s->in_transaction = 0;
        return ok;
    }
#endif
    if (!ok && !sqlite3_get_autocommit(akolhook_sqlite_db(s->lite))) (void)db_do(s, "ROLLBACK");
    return ok;
}

/* ---- the server's own tables ----

   meta: settings, the number of the layout, and a count of what changed without a row of the log. tokens: who
   may ask. buckets: attempts of one webhook, or of all ('' as its id), in one hour; slot is where the time
   belongs (akolhook_stats_bucket) for a success, and SLOT_FAILED for all others. */

enum { SLOT_FAILED = AKOLHOOK_LATENCY_BUCKETS, SLOTS = AKOLHOOK_LATENCY_BUCKETS + 1 };

/* Each step brings the tables from the layout before to the next; one that was given out is never changed. */
static const struct {
    int layout;
    const char *sql;
} layout_steps[] = {
        {1, "CREATE TABLE @tokens (id text PRIMARY KEY, name text NOT NULL, scope text NOT NULL,"
            " hash text NOT NULL, created_at bigint NOT NULL, used_at bigint NOT NULL)"},
        {1, "CREATE TABLE @buckets (webhook text NOT NULL, start bigint NOT NULL, slot int NOT NULL,"
            " n bigint NOT NULL, PRIMARY KEY (webhook, start, slot))"},
};
#define LAYOUT 1
#define LAYOUT_LOCK "1634430824" /* "akoh" in ASCII */

static void row_number(void *user, const char *const *columns) {
    *(int64_t *)user = strtoll(columns[0], NULL, 10);
}

/* Inside a transaction. */
static int layout_bring(store *s) {
    db_arg layout = db_number(LAYOUT);
    int64_t found = 0;
    size_t i;

    if (!db_do(s, "CREATE TABLE IF NOT EXISTS @meta (name text PRIMARY KEY, value text NOT NULL)")) return 0;
    if (!db_run(s, "SELECT value FROM @meta WHERE name = 'layout'", NULL, 0, row_number, &found)) return 0;
    if (found > LAYOUT) {
        fprintf(stderr, "akolhook-server: the tables are of a newer server, layout %" PRId64 "\n", found);
        return 0;
    }

    for (i = 0; i < COUNT_OF(layout_steps); i++)
        if (layout_steps[i].layout > found && !db_do(s, layout_steps[i].sql)) return 0;
    if (found == LAYOUT) return 1;
    return db_run(s,
            "INSERT INTO @meta (name, value) VALUES ('layout', CAST(CAST($1 AS bigint) AS text))"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &layout, 1, NULL, NULL);
}
/* Makes the tables, or brings them to this layout. Servers that start at once wait for each other. */
static int layout_open(store *s) {
    int ok = db_begin(s);

    if (ok && store_is_postgres(s)) ok = db_do(s, "SELECT pg_advisory_xact_lock(" LAYOUT_LOCK ")");
    return db_end(s, ok && layout_bring(s));
}

/* ---- opening ---- */

#ifdef SERVER_POSTGRES
static akolhook_status store_open_postgres(store *s) {
    const char *url = s->opt->store;
    akolhook_postgres_desc desc = AKOLHOOK_INIT;
    int len = snprintf(s->conninfo, sizeof s->conninfo,
            "%s%cconnect_timeout=3&tcp_user_timeout=5000&keepalives_idle=10", url,
            strchr(url, '?') ? '&' : '?');

    if (len < 0 || (size_t)len >= sizeof s->conninfo) return AKOLHOOK_URL_TOO_LONG;
    desc.conninfo = s->conninfo;
    desc.log_rows = s->opt->log_rows;
    desc.poll_ms = POLL_SHARED_MS;
    return akolhook_postgres_open(&s->postgres, s->postgres_memory, sizeof s->postgres_memory, &desc);
}
#endif

static akolhook_status store_open_sqlite(store *s) {
    akolhook_sqlite_desc desc = AKOLHOOK_INIT;

    desc.path = s->opt->db;
    desc.log_rows = s->opt->log_rows;
    desc.poll_ms = s->opt->is_worker ? POLL_SHARED_MS : POLL_ALONE_MS;
    desc.busy_ms = BUSY_MS;
    return akolhook_sqlite_open(&s->lite, s->lite_memory, sizeof s->lite_memory, &desc);
}

/* The connection and the server's tables, no hub. 0 after it has said why. */
static int store_open(store *s, const options *opt) {
    akolhook_status status;

    memset(s, 0, sizeof *s);
    s->opt = opt;
#ifdef SERVER_POSTGRES
    status = opt->store ? store_open_postgres(s) : store_open_sqlite(s);
#else
    if (opt->store) return usage_error("built without PostgreSQL: install libpq-dev and build again", NULL);
    status = store_open_sqlite(s);
#endif
    if (status != AKOLHOOK_OK) {
        fprintf(stderr, "akolhook-server: %s: %s (%s)\n", opt->store ? "the database" : opt->db,
                akolhook_status_text(status), store_error(s));
        return 0;
    }
    return layout_open(s) || usage_error("the server's own tables cannot be made", NULL);
}

static void row_business(void *user, const char *const *columns) {
    copy_str(akolhook_str_c(columns[0]), (char *)user, BUSINESS_MOST + 1);
}
/* Whose webhooks these are: as said, or as it was kept, or made up and kept. */
static int store_business(store *s) {
    const akolhook_platform *platform = akolhook_posix_platform();
    char made[AKOLHOOK_ID_SIZE] = "";
    db_arg arg;

    copy_str(akolhook_str_c(s->opt->business), s->business, sizeof s->business);
    if (s->opt->business) return 1;
    if (akolhook_id_generate(platform->random_fn, platform->user, "biz", made) != AKOLHOOK_OK) return 0;
    arg = db_text(made);
    return db_run(s, "INSERT INTO @meta (name, value) VALUES ('business', $1) ON CONFLICT (name) DO NOTHING",
                   &arg, 1, NULL, NULL) &&
           db_run(s, "SELECT value FROM @meta WHERE name = 'business'", NULL, 0, row_business, s->business);
}
/* What was said is kept once the hub has taken it: one that it refuses would be in the way of all later
   starts. */
static int store_business_keep(store *s) {
    db_arg arg = db_text(s->business);

    return !s->opt->business || db_run(s,
                                        "INSERT INTO @meta (name, value) VALUES ('business', $1)"
                                        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                                        &arg, 1, NULL, NULL);
}

/* The hub; desc.client and desc.notice_fn are set by the caller before. */
static int store_hub(store *s) {
    akolhook_status status;

    if (!store_business(s)) return usage_error("the store does not answer", NULL);
#ifdef SERVER_POSTGRES
    if (s->postgres) s->desc.store = akolhook_postgres_store(s->postgres);
#endif
    if (s->lite) s->desc.store = akolhook_sqlite_store(s->lite);
    s->desc.business_id = akolhook_str_c(s->business);
    s->desc.keep_hours = s->opt->keep_hours;
    s->desc.max_webhooks = WEBHOOKS_MOST;
    s->desc.max_attempts = ATTEMPTS_MADE;
    s->desc.client.deadline_ms = DEADLINE_MS;
    s->desc.client.response_cap = RESPONSE_KEPT;
    s->desc.client.head_cap = REQUEST_HEAD_MOST;
    s->desc.client.policy.flags = s->opt->allow_http ? AKOLHOOK_ALLOW_HTTP : 0;
    s->desc.client.policy.allow = s->opt->networks;
    s->desc.client.policy.allow_count = s->opt->network_count;

    s->size = akolhook_hub_size(&s->desc);
    s->memory = s->size ? malloc(s->size) : NULL;
    if (!s->memory) return usage_error("no memory for the hub", NULL);
    status = akolhook_hub_init(&s->hub, s->memory, s->size, &s->desc);
    if (status == AKOLHOOK_OK)
        return store_business_keep(s) || usage_error("the store does not answer", NULL);
    fprintf(stderr, "akolhook-server: %s: %s\n", akolhook_status_name(status),
            status == AKOLHOOK_WRONG_BUSINESS
                    ? "the store belongs to another business: leave --business out, or name another store"
                    : akolhook_status_text(status));
    return 0;
}

static void store_close(store *s) {
    akolhook_hub_close(s->hub);
    if (s->memory) akolhook_wipe(s->memory, s->size);
    free(s->memory);
#ifdef SERVER_POSTGRES
    akolhook_postgres_close(s->postgres);
#endif
    akolhook_sqlite_close(s->lite);
    memset(s, 0, sizeof *s);
}
