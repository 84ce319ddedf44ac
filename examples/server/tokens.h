/* Who may ask: tokens of 32 random bytes, of which the store has the SHA-256 alone.

   The table is read once a second at most and kept, so that a request costs no statement; a token that was
   revoked by another server ends within that second, one that was revoked here at once. */

typedef enum scope { SCOPE_NONE, SCOPE_EMIT, SCOPE_READ, SCOPE_FULL } scope;

static const char *const scope_names[] = {"", "emit", "read", "full"};

static scope scope_find(const char *name) {
    size_t i;

    for (i = SCOPE_EMIT; i < COUNT_OF(scope_names); i++)
        if (strcmp(scope_names[i], name) == 0) return (scope)i;
    return SCOPE_NONE;
}

enum {
    TOKEN_CHARS = 47,        /* "aks_" and 43 characters of base64url */
    TOKEN_NAME_MOST = 400,   /* bytes of at most 100 characters */
    TOKENS_FRESH_MS = 1000,  /* so long the table is taken as it is, */
    TOKENS_MISSED_MS = 100,  /* and so long when a token is not in it: another server may have made it */
    TOKENS_STALE_MS = 60000, /* and so long when the store does not answer */
    TOKEN_USED_MS = 60000    /* "last used" is written once in this time */
};
#define TOKEN_PER_SECOND 50
#define TOKEN_BURST 100

typedef struct token {
    char id[AKOLHOOK_ID_SIZE];
    char name[TOKEN_NAME_MOST + 1];
    scope scope;
    uint8_t hash[32];
    int64_t created_ms;
    int64_t used_ms; /* 0: never */
    rate rate;
} token;

typedef struct token_table {
    token tokens[TOKENS_MOST];
    size_t count;
    int64_t read_at; /* monotonic ms; 0: never */
} token_table;

/* ---- the table ---- */

typedef struct token_reading {
    token_table *from, *to;
} token_reading;

static void row_token(void *user, const char *const *columns) {
    token_reading *reading = (token_reading *)user;
    token *t = &reading->to->tokens[reading->to->count];
    size_t len, i;

    if (reading->to->count == TOKENS_MOST) return;
    memset(t, 0, sizeof *t);
    copy_str(akolhook_str_c(columns[0]), t->id, sizeof t->id);
    t->name[make_utf8(akolhook_str_c(columns[1]), t->name, sizeof t->name - 1)] = 0;
    t->scope = scope_find(columns[2]);
    if (akolhook_hex_decode(akolhook_str_c(columns[3]), t->hash, sizeof t->hash, &len) != AKOLHOOK_OK) return;
    if (len != sizeof t->hash || t->scope == SCOPE_NONE) return;
    t->created_ms = strtoll(columns[4], NULL, 10);
    t->used_ms = strtoll(columns[5], NULL, 10);

    /* what was counted before goes on, and a use that could not be written is not tried again at once */
    for (i = 0; i < reading->from->count; i++) {
        if (strcmp(reading->from->tokens[i].id, t->id) != 0) continue;
        t->rate = reading->from->tokens[i].rate;
        if (t->used_ms < reading->from->tokens[i].used_ms) t->used_ms = reading->from->tokens[i].used_ms;
    }
    reading->to->count++;
}

/* Reads it again when it is older than fresh_ms. 0: the store has not answered for too long. */
static int tokens_refresh(store *s, token_table *table, int64_t fresh_ms) {
    static token_table next; /* of the one thread that has a table */
    token_reading reading;
    int64_t now = monotonic_ms();

    if (table->read_at && now - table->read_at < fresh_ms) return 1;
    reading.from = table;
    reading.to = &next;
    next.count = 0;
    if (!db_run(s,
                "SELECT id, name, scope, hash, created_at, used_at FROM @tokens"
                " ORDER BY created_at, id LIMIT 100",
                NULL, 0, row_token, &reading))
        return table->read_at && now - table->read_at < TOKENS_STALE_MS;
    next.read_at = now;
    *table = next;
    return 1;
}

/* Whether the table has a token of this id. */
static int token_is_known(const void *user, const char *id) {
    const token_table *table = (const token_table *)user;
    size_t i;

    for (i = 0; i < table->count; i++)
        if (strcmp(table->tokens[i].id, id) == 0) return 1;
    return 0;
}

static void token_hash(akolhook_str text, uint8_t hash[32]) {
    akolhook_sha256 h;

    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, text.ptr, text.len);
    akolhook_sha256_final(&h, hash);
}

/* The token of this text; NULL: none. All are compared, each in constant time. */
static token *tokens_find(token_table *table, akolhook_str text) {
    token *found = NULL;
    uint8_t hash[32];
    size_t i;

    if (text.len != TOKEN_CHARS) return NULL;
    token_hash(text, hash);
    for (i = 0; i < table->count; i++)
        if (akolhook_equal_constant_time(hash, table->tokens[i].hash, sizeof hash)) found = &table->tokens[i];
    return found;
}

/* The token of this text, with the table as fresh as it has to be; s is NULL where the store is not to be
   asked. *ok: 0 when the store does not answer. */
static token *tokens_ask(store *s, token_table *table, akolhook_str text, int *ok) {
    token *found;

    if (!s) {
        *ok = table->read_at && monotonic_ms() - table->read_at < TOKENS_STALE_MS;
        return *ok ? tokens_find(table, text) : NULL;
    }
    *ok = tokens_refresh(s, table, TOKENS_FRESH_MS);
    if (!*ok) return NULL;
    found = tokens_find(table, text);
    if (found || text.len != TOKEN_CHARS) return found;
    *ok = tokens_refresh(s, table, TOKENS_MISSED_MS);
    return *ok ? tokens_find(table, text) : NULL;
}

static void token_used(store *s, token *t) {
    int64_t now = unix_ms();
    db_arg args[2];

    if (now - t->used_ms < TOKEN_USED_MS && now >= t->used_ms) return;
    t->used_ms = now;
    args[0] = db_number(now);
    args[1] = db_text(t->id);
    (void)db_run(s, "UPDATE @tokens SET used_at = $1 WHERE id = $2", args, 2, NULL, NULL);
}

/* ---- making and ending ---- */

/* 1 to 100 characters without controls, those of one byte and those of two. */
static int is_token_name(akolhook_str name) {
    size_t i, characters = 0;

    if (akolhook_utf8_check(name, NULL) != AKOLHOOK_OK || !is_seen(name)) return 0;
    for (i = 0; i < name.len; i++) {
        if ((uint8_t)name.ptr[i] < ' ' || name.ptr[i] == 127) return 0;
        if ((uint8_t)name.ptr[i] == 0xc2 && (uint8_t)name.ptr[i + 1] < 0xa0) return 0;
        characters += ((uint8_t)name.ptr[i] & 0xc0) != 0x80;
    }
    return characters >= 1 && characters <= 100 && name.len <= TOKEN_NAME_MOST;
}

/* A transaction that changes tokens, which no other one changes meanwhile. */
static int tokens_begin(store *s) {
    int ok = db_begin(s);

    if (ok && store_is_postgres(s)) ok = db_do(s, "LOCK TABLE @tokens IN SHARE ROW EXCLUSIVE MODE");
    return ok;
}

typedef enum making { MAKE_FAILED, MAKE_FULL, MAKE_DONE } making;

/* One beyond those that tables have room for would never be known. */
static making token_insert(store *s, const db_arg args[5]) {
    int64_t count = 0;
    int ok = tokens_begin(s) && db_run(s, "SELECT count(*) FROM @tokens", NULL, 0, row_number, &count);

    if (ok && count < TOKENS_MOST)
        ok = db_run(s,
                "INSERT INTO @tokens (id, name, scope, hash, created_at, used_at)"
                " VALUES ($1, $2, $3, $4, $5, 0)",
                args, 5, NULL, NULL);
    if (!db_end(s, ok)) return MAKE_FAILED;
    return count < TOKENS_MOST ? MAKE_DONE : MAKE_FULL;
}

/* text gets the value, which is kept nowhere; wipe it. FAILED: no randomness, or the store failed. */
static making token_make(store *s, scope wanted, const char *name, token *made, char text[TOKEN_CHARS + 1]) {
    const akolhook_platform *platform = akolhook_posix_platform();
    uint8_t bytes[32];
    char coded[45], hex[65];
    db_arg args[5];
    size_t len, i;
    int ok;

    memset(made, 0, sizeof *made);
    memset(text, 0, TOKEN_CHARS + 1);
    ok = random_bytes(bytes, sizeof bytes) &&
         akolhook_base64_encode(bytes, sizeof bytes, coded, sizeof coded, &len) == AKOLHOOK_OK &&
         akolhook_id_generate(platform->random_fn, platform->user, "tok", made->id) == AKOLHOOK_OK;
    akolhook_wipe(bytes, sizeof bytes);
    if (!ok) return MAKE_FAILED;

    memcpy(text, "aks_", 4);
    for (i = 0; i < TOKEN_CHARS - 4; i++)
        text[4 + i] = coded[i] == '+' ? '-' : coded[i] == '/' ? '_' : coded[i];
    akolhook_wipe(coded, sizeof coded);

    token_hash(akolhook_str_n(text, TOKEN_CHARS), made->hash);
    if (akolhook_hex_encode(made->hash, sizeof made->hash, hex, sizeof hex, &len) != AKOLHOOK_OK)
        return MAKE_FAILED;
    hex[64] = 0;
    copy_str(akolhook_str_c(name), made->name, sizeof made->name);
    made->scope = wanted;
    made->created_ms = unix_ms();

    args[0] = db_text(made->id);
    args[1] = db_text(made->name);
    args[2] = db_text(scope_names[wanted]);
    args[3] = db_text(hex);
    args[4] = db_number(made->created_ms);
    return token_insert(s, args);
}

typedef enum revoked { REVOKE_FAILED, REVOKE_NONE, REVOKE_LAST, REVOKE_DONE } revoked;

/* Ends one, but not the last of scope full: nobody could come in. */
static revoked token_revoke(store *s, const char *id) {
    db_arg arg = db_text(id);
    int64_t there = 0, others = 0;
    int ok = tokens_begin(s);

    ok = ok && db_run(s, "SELECT count(*) FROM @tokens WHERE id = $1", &arg, 1, row_number, &there) &&
         db_run(s,
                 "SELECT count(*) FROM @tokens WHERE scope = 'full' AND id <> $1"
                 " OR (SELECT scope FROM @tokens WHERE id = $1) <> 'full'",
                 &arg, 1, row_number, &others);
    if (ok && there && others) ok = db_run(s, "DELETE FROM @tokens WHERE id = $1", &arg, 1, NULL, NULL);
    if (!db_end(s, ok)) return REVOKE_FAILED;
    return !there ? REVOKE_NONE : others ? REVOKE_DONE : REVOKE_LAST;
}
