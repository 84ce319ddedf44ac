/* The hub commands of akolhook.c: a sender on a journal or an SQLite file. */

/* ---- hub: opening it ---- */

/* All that a command needs; static, as the journal and the TLS transport are pointed to. */
static struct sender {
    akolhook_hub *hub;
    akolhook_hub_desc desc;
    void *memory[2];
    size_t size[2]; /* the hub's, the journal's */
    akolhook_journal_posix file;
    akolhook_journal journal;
    akolhook_store store;
    akolhook_store unbound; /* the store as it is for those who name no business */
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    unsigned char lite_memory[AKOLHOOK_SQLITE_SIZE];
    akolhook_sqlite *lite;
#endif
    akolhook_cidr networks[MAX_LIST];
    akolhook_wanted wanted; /* the options, read */
    akolhook_header headers[AKOLHOOK_HUB_MAX_HEADERS];
    akolhook_delivery probe;
    akolhook_log_query query;
    akolhook_hub_event event;
    int64_t failed_since, older_than_ms;
} sender;

/* What the store called it; "" when it is not the store's doing. */
static const char *store_text(akolhook_status status) {
    if (status != AKOLHOOK_STORE_FAILED) return "";
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    if (sender.lite) return akolhook_sqlite_error(sender.lite);
#endif
    return strerror(sender.file.error ? sender.file.error : sender.journal.error);
}

/* Says why on stderr; returns NO. */
static int hub_no(akolhook_status status) {
    const char *native = store_text(status);
    fprintf(stderr, *native ? "akolhook %s: %s: %s (%s)\n" : "akolhook %s: %s: %s\n", opt.command,
            akolhook_status_name(status), advice(status), native);
    return NO;
}

static int is_sqlite_name(const char *path) {
    static const char *const ends[] = {".db", ".sqlite", ".sqlite3"};
    size_t i, len = strlen(path);
    for (i = 0; i < COUNT_OF(ends); i++)
        if (len > strlen(ends[i]) && strcmp(path + len - strlen(ends[i]), ends[i]) == 0) return 1;
    return 0;
}

static const char *store_path(void) {
    const char *path = opt.store ? opt.store : getenv("AKOLHOOK_STORE");

    if (path && *path) return path;
#ifdef AKOLHOOK_EXAMPLE_SQLITE
    if (access("akolhook.db", F_OK) == 0 || access("akolhook.journal", F_OK) != 0) return "akolhook.db";
#endif
    return "akolhook.journal";
}

/* The process that has the journal; 0: not known. */
static long journal_holder(void) {
    FILE *locks = fopen("/proc/locks", "r");
    char line[200], inode[40];
    struct stat file;
    long pid = 0, found;

    if (locks && stat(store_path(), &file) == 0) {
        snprintf(inode, sizeof inode, ":%llu ", (unsigned long long)file.st_ino);
        while (!pid && fgets(line, sizeof line, locks))
            if (strstr(line, inode) && sscanf(line, "%*s %*s %*s %*s %ld", &found) == 1) pid = found;
    }
    if (locks) fclose(locks);
    return pid;
}

/* Why the store cannot be opened. */
static int store_no(akolhook_status status) {
    static const struct {
        akolhook_status status;
        const char *text;
    } table[] = {
            {AKOLHOOK_STORE_FAILED, "the file cannot be used"},
            {AKOLHOOK_TOO_MANY_WEBHOOKS, "it holds more webhooks than there is room for: --max-webhooks N"},
            {AKOLHOOK_PENDING_FULL, "more deliveries wait in it than there is room for: --max-pending N"},
            {AKOLHOOK_POOL_FULL, "it holds more text than there is room for: --pool MIB"},
    };
    const char *native = store_text(status), *text = advice(status);
    size_t i;
    for (i = 0; i < COUNT_OF(table); i++)
        if (table[i].status == status) text = table[i].text;
    fprintf(stderr, *native ? "akolhook %s: '%s': %s: %s (%s)" : "akolhook %s: '%s': %s: %s", opt.command,
            store_path(), akolhook_status_name(status), text, native);
    if (status == AKOLHOOK_JOURNAL_DAMAGED)
        fprintf(stderr, ", at byte %llu", (unsigned long long)sender.journal.error_at);
    if (status == AKOLHOOK_JOURNAL_LOCKED && journal_holder())
        fprintf(stderr, " (it is process %ld)", journal_holder());
    fputs("\n", stderr);
    return NO;
}

#define BUSY_MS 100
#define BUSY_TRIES 50 /* 5 s */

/* Commands that only look: they need no lock, so they work beside a run. */
static int only_reads(void) {
    return (opt.bit & (HUB_LIST | HUB_SHOW | HUB_LOG | HUB_STATS)) != 0 ||
           (opt.bit == HUB_EVENTS && opt.arg_count == 1);
}

/* Opens and locks the file; one that another command has is waited for. */
static akolhook_status journal_file_open(const char *path) {
    struct timespec pause = {0, BUSY_MS * 1000000};
    akolhook_status status;
    int tries;

    if (only_reads()) return akolhook_journal_posix_open_read(&sender.file, path);
    status = akolhook_journal_posix_open(&sender.file, path);

    for (tries = 0; status == AKOLHOOK_JOURNAL_LOCKED && tries < BUSY_TRIES; tries++) {
        nanosleep(&pause, NULL);
        status = akolhook_journal_posix_open(&sender.file, path);
    }
    return status;
}

/* A look at a journal that is written to in this moment may end within a change; that is no damage. */
static int is_being_written(const char *path) {
    static akolhook_journal_posix probe;
    const int is_locked =
            only_reads() && akolhook_journal_posix_open(&probe, path) == AKOLHOOK_JOURNAL_LOCKED;

    akolhook_journal_posix_close(&probe);
    return is_locked;
}

static int journal_open(const char *path) {
    const long least = 2 * (long)opt.max_webhooks;
    const akolhook_platform *platform = akolhook_posix_platform();
    akolhook_journal_desc desc = AKOLHOOK_INIT;
    akolhook_status status;

    if (opt.max_pending && opt.max_pending < least)
        return usage_error("--max-pending: two for each of --max-webhooks are needed, %ld", least);
    status = journal_file_open(path);
    if (status == AKOLHOOK_INVALID_ARGUMENT)
        return usage_error("--store: the name of a journal has 1 to 1000 bytes");
    if (status != AKOLHOOK_OK) return store_no(status);
    desc.file = &sender.file.file;
    desc.unix_ms_fn = platform->unix_ms_fn;
    desc.salvage = (uint8_t)opt.salvage;
    desc.read_only = (uint8_t)only_reads();
    desc.memory.now_ms_fn = platform->monotonic_ms_fn;
    desc.memory.user = platform->user;
    desc.memory.max_webhooks = (uint32_t)opt.max_webhooks;
    desc.memory.max_pending = (uint32_t)(opt.max_pending ? opt.max_pending : least > 10000 ? least : 10000);
    desc.memory.pool_bytes = (uint32_t)(opt.pool ? opt.pool : 4) << 20;
    desc.memory.log_rows = 64;
    desc.memory.log_bytes = 1 << 20;
    desc.memory.max_keys = 4096;
    sender.size[1] = akolhook_journal_size(&desc);
    sender.memory[1] = sender.size[1] ? malloc(sender.size[1]) : NULL;
    if (!sender.memory[1])
        return usage_error(
                "no memory for a journal of these sizes, %lu bytes", (unsigned long)sender.size[1]);
    status = akolhook_journal_open(&sender.journal, &sender.store, sender.memory[1], sender.size[1], &desc);
    if (status != AKOLHOOK_OK) return store_no(status);
    if (sender.journal.dropped && !is_being_written(path))
        fprintf(stderr, "akolhook %s: '%s' had a torn or damaged end: %llu bytes were left out\n",
                opt.command, path, (unsigned long long)sender.journal.dropped);
    sender.desc.store = &sender.store;
    return 0;
}

#ifdef AKOLHOOK_EXAMPLE_SQLITE
static int sqlite_open(const char *path) {
    akolhook_sqlite_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    desc.path = path;
    status = akolhook_sqlite_open(&sender.lite, sender.lite_memory, sizeof sender.lite_memory, &desc);
    if (status != AKOLHOOK_OK) return store_no(status);
    sender.desc.store = akolhook_sqlite_store(sender.lite);
    return 0;
}
#else
static int sqlite_open(const char *path) {
    return usage_error("'%s' is an SQLite file by its name, and this tool was built without SQLite: install "
                       "its headers and "
                       "build again, or give a journal another name",
            path);
}
#endif

static int store_open(void) {
    const char *path = store_path();
    struct stat about;

    /* a pipe would be waited for, a device changed or replaced; a folder says so itself */
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode))
        return usage_error("--store: '%s' is no file that could keep something", path);
    if (!(opt.bit & (HUB_CREATE | HUB_RUN)) && access(path, F_OK) != 0) {
        usage_error(
                "'%s': %s; akolhook hub create makes it, --store FILE names another", path, strerror(errno));
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
    akolhook_sqlite_close(sender.lite);
#endif
    akolhook_journal_close(&sender.journal);
    memory_free(1);
    akolhook_journal_posix_close(&sender.file);
    tls_free(sender.desc.client.tls);
}

/* ---- hub: what is kept with the store ---- */

/* The business, and what was opened for webhooks when they were made: what create took, a later run must not
   refuse. As lines of the store's note: "business ID", "allow-http", "allow-private", "allow NETWORK". */
static struct {
    char business[65];
    int allow_http, allow_private;
    char networks[MAX_LIST][64];
    int network_count;
} kept;

static akolhook_status bind_nobody(void *user, akolhook_str business_id) {
    (void)user;
    (void)business_id;
    return AKOLHOOK_OK;
}

/* 0 when there is no room for it. */
static int kept_network(const char *network, size_t len) {
    int i;

    for (i = 0; i < kept.network_count; i++)
        if (strlen(kept.networks[i]) == len && memcmp(kept.networks[i], network, len) == 0) return 1;
    if (len >= sizeof kept.networks[0] || kept.network_count == MAX_LIST) return 0;
    memcpy(kept.networks[kept.network_count], network, len);
    kept.networks[kept.network_count++][len] = '\0';
    return 1;
}
static void kept_line(const char *line, size_t len) {
    if (len == 10 && memcmp(line, "allow-http", 10) == 0) kept.allow_http = 1;
    if (len == 13 && memcmp(line, "allow-private", 13) == 0) kept.allow_private = 1;
    if (len > 6 && memcmp(line, "allow ", 6) == 0) (void)kept_network(line + 6, len - 6);
    if (len > 9 && memcmp(line, "business ", 9) == 0 && len - 9 < sizeof kept.business) {
        memcpy(kept.business, line + 9, len - 9);
        kept.business[len - 9] = '\0';
    }
}
/* Reads them, and adds what was opened to the options of those who send. */
static akolhook_status kept_read(void) {
    akolhook_str note = {NULL, 0};
    akolhook_status status = sender.desc.store->note_fn(sender.desc.store->user, &note);
    size_t at = 0, end;
    int i, k;

    for (; status == AKOLHOOK_OK && at < note.len; at = end + 1) {
        for (end = at; end < note.len && note.ptr[end] != '\n'; end++) continue;
        kept_line(note.ptr + at, end - at);
    }
    if (opt.bit & HUB_WANTED) return status; /* what a new URL may be is said with it */
    opt.allow_http |= kept.allow_http;
    opt.allow_private |= kept.allow_private;
    for (i = 0; i < kept.network_count; i++) {
        for (k = 0; k < opt.networks.count && strcmp(opt.networks.items[k], kept.networks[i]) != 0; k++)
            continue;
        if (k == opt.networks.count && k < MAX_LIST)
            opt.networks.items[opt.networks.count++] = kept.networks[i];
    }
    return status;
}
/* Adds the networks that are opened with a webhook: a later run must know them all. */
static int need_kept_networks(void) {
    int i;

    for (i = 0; (opt.bit & HUB_WANTED) && i < opt.networks.count; i++)
        if (!kept_network(opt.networks.items[i], strlen(opt.networks.items[i])))
            return usage_error("--allow '%s': a store keeps at most %d networks: open a wider one",
                    opt.networks.items[i], MAX_LIST);
    return 0;
}
/* Writes them after a webhook was made or changed with them, or a business was named. */
static akolhook_status kept_write(void) {
    char note[AKOLHOOK_NOTE_SIZE];
    akolhook_str text;
    const int opened = (opt.bit & HUB_WANTED) != 0;
    int i, len;

    if (only_reads()) return AKOLHOOK_OK;
    if (!opened && (*kept.business || sender.desc.store == &sender.unbound)) return AKOLHOOK_OK;
    if (opened) {
        kept.allow_http |= opt.allow_http;
        kept.allow_private |= opt.allow_private;
    }
    if (sender.desc.store != &sender.unbound && sender.desc.business_id.ptr != kept.business)
        snprintf(kept.business, sizeof kept.business, "%.*s", (int)sender.desc.business_id.len,
                sender.desc.business_id.ptr);
    len = snprintf(note, sizeof note, "%s%s%s%s%s", *kept.business ? "business " : "", kept.business,
            *kept.business ? "\n" : "", kept.allow_http ? "allow-http\n" : "",
            kept.allow_private ? "allow-private\n" : "");
    for (i = 0; i < kept.network_count && len < (int)sizeof note - 72; i++)
        len += snprintf(note + len, sizeof note - (size_t)len, "allow %s\n", kept.networks[i]);
    text = akolhook_str_n(note, (size_t)len);
    return akolhook_hub_set_note(sender.hub, text);
}

/* ---- hub: its options ---- */

static const char *const state_names[] = {"", "waiting", "delivered", "failed", "cancelled", "dropped"};

/* businessId: of the command line or the environment, else the store's. */
static int need_business(void) {
    const int builds = (opt.bit & (HUB_EMIT | HUB_TEST)) != 0 || opt.probe;
    const char *id = opt.business ? opt.business : getenv("AKOLHOOK_BUSINESS");

    if (id && strlen(id) > 64) return usage_error("--business: an id has at most 64 bytes");
    if (!id || !*id) id = kept.business;
    if (builds && !*id)
        return usage_error("a business is needed: --business ID, or AKOLHOOK_BUSINESS in the environment");

    /* a store that belongs to nobody yet stays so until a business is named */
    if (!*id && sender.desc.store) {
        sender.unbound = *sender.desc.store;
        sender.unbound.bind_fn = bind_nobody;
        sender.desc.store = &sender.unbound;
    }
    sender.desc.business_id = akolhook_str_c(*id ? id : "-");
    return 0;
}

/* "none", or a number; for a limit of a webhook. */
static int need_limit(const char *name, const char *text, int64_t max, uint32_t unit, uint32_t *limit) {
    int64_t number = 0;

    if (!text) return 0;
    *limit = AKOLHOOK_LIMIT_NONE;
    if (strcmp(text, "none") == 0) return 0;
    if (!parse_number(text, 1, max, &number))
        return usage_error("--%s takes a number from 1 to %ld or none, not '%s'", name, (long)max, text);
    *limit = (uint32_t)number * unit;
    return 0;
}

/* --header of create and update: none takes away those there were. */
static int need_custom_headers(void) {
    int i;

    if (opt.headers.count == 0) return 0;
    sender.wanted.headers = sender.headers;
    if (opt.headers.count == 1 && strcmp(opt.headers.items[0], "none") == 0) return 0;
    if (opt.headers.count > AKOLHOOK_HUB_MAX_HEADERS)
        return usage_error("--header may stand at most %d times", AKOLHOOK_HUB_MAX_HEADERS);
    for (i = 0; i < opt.headers.count; i++) {
        akolhook_header *header = &sender.headers[i];
        akolhook_str line = akolhook_str_c(opt.headers.items[i]);
        const char *colon = strchr(line.ptr, ':');
        akolhook_status status;

        if (!colon) return usage_error("--header takes 'NAME: VALUE', not '%s'", line.ptr);
        header->name = akolhook_str_n(line.ptr, (size_t)(colon - line.ptr));
        header->value = listen_trim(akolhook_str_c(colon + 1));
        status = akolhook_header_check(header);
        if (status != AKOLHOOK_OK)
            return usage_error(
                    "--header '%.*s': %s", (int)header->name.len, line.ptr, akolhook_status_text(status));
    }
    sender.wanted.header_count = (size_t)opt.headers.count;
    return 0;
}

/* A secret of one's own: only where it is given, never out of the environment. */
static int need_own_secret(void) {
    akolhook_receiver judge = AKOLHOOK_INIT;
    akolhook_status status;

    if (opt.bit != HUB_CREATE || opt.secrets.count + opt.secret_files.count == 0) return 0;
    if (opt.secrets.count + opt.secret_files.count > 1)
        return usage_error("--secret may stand at most 1 time here, or --secret-file");
    if (read_all_secrets() != 0) return USAGE;
    status = akolhook_receiver_add_secret(&judge, secrets[0].text);
    akolhook_wipe(&judge, sizeof judge);
    if (status != AKOLHOOK_OK) return secret_error(0, akolhook_status_text(status));
    sender.wanted.secret = akolhook_str_c(secrets[0].text);
    return 0;
}

static int need_wanted(void) {
    const char *names = opt.bit == HUB_EVENTS ? opt.args[1] : opt.events;

    if (opt.bit == HUB_CREATE && (!opt.name || !opt.url || !opt.events))
        return usage_error("--name, --url and --events are needed; see akolhook hub create --help");
    if (opt.bit == HUB_UPDATE && !opt.name && !opt.url && !opt.events && !opt.rate && !opt.deadline &&
            !opt.headers.count)
        return usage_error("nothing to change: give --name, --url, --events, --header, --rate or --deadline");
    if (need_limit("rate", opt.rate, 1000, 1, &sender.wanted.rate) != 0) return USAGE;
    if (need_limit("deadline", opt.deadline, 600, 1000, &sender.wanted.deadline_ms) != 0) return USAGE;
    if (need_custom_headers() != 0 || need_own_secret() != 0) return USAGE;
    if (names && need_events(names, &sender.wanted.events) != 0) return USAGE;
    sender.wanted.name = akolhook_str_c(opt.name);
    sender.wanted.url = akolhook_str_c(opt.url);
    if (opt.probe) sender.wanted.probe = &sender.probe;
    return 0;
}

static int need_state(akolhook_log_query *q) {
    int i;

    for (i = AKOLHOOK_DELIVERY_WAITING; opt.state && i <= AKOLHOOK_DELIVERY_DROPPED; i++)
        if (strcmp(opt.state, state_names[i]) == 0) q->state = (akolhook_delivery_state)i;
    if (opt.state && !q->state)
        return usage_error(
                "--state takes waiting, delivered, failed, cancelled or dropped, not '%s'", opt.state);
    if (!opt.code) return 0;
    if (strcmp(opt.code, "none") == 0)
        q->code_class = AKOLHOOK_CODE_NONE;
    else if (opt.code[0] >= '1' && opt.code[0] <= '5' && strcmp(opt.code + 1, "xx") == 0)
        q->code_class = (uint8_t)(opt.code[0] - '0');
    else
        return usage_error("--code takes 2xx, 3xx, 4xx, 5xx or none, not '%s'", opt.code);
    return 0;
}
static int need_query(void) {
    akolhook_log_query *q = &sender.query;

    if (opt.failed && opt.succeeded)
        return usage_error("--failed and --succeeded leave nothing: give one of them");
    q->webhook_id = akolhook_str_c(opt.webhook);
    q->message_id = akolhook_str_c(opt.message);
    q->delivery_id = akolhook_str_c(opt.delivery);
    q->events = sender.wanted.events;
    q->only_failed = (uint8_t)opt.failed;
    q->only_succeeded = (uint8_t)opt.succeeded;
    q->only_tests = (uint8_t)opt.tests;
    if (need_state(q) != 0) return USAGE;
    if (opt.since && read_time("since", opt.since, &q->since_ms) != 0) return USAGE;
    if (opt.until && read_time("until", opt.until, &q->until_ms) != 0) return USAGE;
    if (!opt.cursor ||
            (akolhook_number_uint64(akolhook_str_c(opt.cursor), &q->cursor) == AKOLHOOK_OK && q->cursor))
        return 0;
    return usage_error("--cursor takes what the last line of akolhook hub log says, not '%s'", opt.cursor);
}

static int need_event(void) {
    akolhook_json data;
    akolhook_status status;
    size_t len, at = 0;
    sender.event.event = akolhook_event_find(akolhook_str_c(opt.args[0]));
    if (sender.event.event == AKOLHOOK_EVENT_UNKNOWN) return no_event(opt.args[0], strlen(opt.args[0]));
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
    return usage_error("'%s', byte %lu: %s: %s", opt.args[1] ? opt.args[1] : "-", (unsigned long)at,
            akolhook_status_name(status), advice(status));
}

static int need_redelivery(void) {
    if (opt.arg_count && (opt.failed_since || opt.webhook))
        return usage_error("give the id of a delivery, or --failed-since, not both");
    if (!opt.arg_count && !opt.failed_since)
        return usage_error("give the id of a delivery, or --failed-since TIME");
    return opt.failed_since ? read_time("failed-since", opt.failed_since, &sender.failed_since) : 0;
}

/* All that can be judged without the store. */
static int need_hub_options(void) {
    akolhook_hub_desc *desc = &sender.desc;

    if (!opt.max_webhooks) opt.max_webhooks = 100;
    if ((opt.business || access(store_path(), F_OK) != 0) && need_business() != 0) return USAGE;
    if (need_policy(&desc->client.policy, sender.networks) != 0 || need_wanted() != 0) return USAGE;
    if (opt.bit == HUB_LOG && need_query() != 0) return USAGE;
    if (opt.bit == HUB_EMIT && need_event() != 0) return USAGE;
    if (opt.bit == HUB_REDELIVER && need_redelivery() != 0) return USAGE;
    if (opt.older_than && !read_span(opt.older_than, &sender.older_than_ms))
        return usage_error("--older-than takes a span like 30s, 15m, 1h, 7d or 2w, not '%s'", opt.older_than);
    if ((opt.bit == HUB_RUN || opt.probe || opt.ca || opt.wait) && need_tls(&desc->client.tls) != 0)
        return USAGE;
    desc->max_webhooks = (uint32_t)opt.max_webhooks;
    desc->max_attempts = (uint32_t)opt.attempts;
    desc->client.deadline_ms = (uint32_t)opt.timeout * 1000;
    desc->client.max_in_flight = opt.bit == HUB_RUN || opt.wait ? 64 : 1;
    return 0;
}

static void on_notice(void *user, const akolhook_notice *notice);

/* Opens what the options name, runs the command on it, and closes it. */
static int hub_command(int (*run)(void)) {
    akolhook_status status;
    int result = need_hub_options() != 0 ? USAGE : store_open();

    if (result == 0) {
        status = kept_read();
        if (status != AKOLHOOK_OK) result = hub_no(status);
    }
    if (result == 0 && (need_business() != 0 || need_kept_networks() != 0 ||
                               need_policy(&sender.desc.client.policy, sender.networks) != 0))
        result = USAGE;
    if (result == 0) {
        sender.desc.notice_fn = on_notice;
        sender.size[0] = akolhook_hub_size(&sender.desc);
        sender.memory[0] = malloc(sender.size[0]);
        status = akolhook_hub_init(
                &sender.hub, sender.memory[0], sender.memory[0] ? sender.size[0] : 0, &sender.desc);
        result = status == AKOLHOOK_OK ? run() : hub_no(status);
        /* a business that was named is the store's even if a test of it failed; networks of a webhook that
           was refused are not */
        if (status == AKOLHOOK_OK && (result == YES || !(opt.bit & HUB_WANTED))) {
            status = kept_write();
            if (status != AKOLHOOK_OK && result == YES) result = hub_no(status);
        }
    }
    sender_close();
    return result;
}

/* ---- hub: webhooks ---- */

static void put_time(int64_t unix_ms, const char *none) {
    char when[AKOLHOOK_TIME_SIZE] = "";
    if (unix_ms && akolhook_time_format(unix_ms, when) != AKOLHOOK_OK) when[0] = '\0';
    fputs(unix_ms ? when : none, stdout);
}

static void put_span(int64_t ms) {
    long long seconds = (long long)(ms + 999) / 1000;
    if (seconds < 120)
        printf("%lld s", seconds);
    else if (seconds < 7200)
        printf("%lld min", (seconds + 30) / 60);
    else
        printf("%lld h", (seconds + 1800) / 3600);
}

static const char *class_name(const akolhook_webhook *webhook) {
    static const char *const names[] = {"new or slow", "quick", "failing"};

    return webhook->cls <= AKOLHOOK_CLASS_FAILING ? names[webhook->cls] : "?";
}
static void json_webhook(const akolhook_webhook *webhook) {
    char names[512];
    size_t len = 0;

    if (akolhook_events_format(webhook->events, names, sizeof names, &len) != AKOLHOOK_OK) len = 0;
    json_text("id", webhook->id);
    json_text("name", webhook->name);
    json_text("url", webhook->url);
    json_str("events", akolhook_str_n(names, len));
    json_flag("active", webhook->is_active);
    json_text("class", class_name(webhook));
    json_count("failures", webhook->failure_count);
    if (webhook->rate) json_count("rate", webhook->rate);
    if (webhook->deadline_ms) json_count("deadlineMs", webhook->deadline_ms);
    if (webhook->header_count) json_count("headers", webhook->header_count);
    if (webhook->reason != AKOLHOOK_OK) json_text("reason", akolhook_status_name(webhook->reason));
    if (webhook->code) json_number("code", webhook->code);
    json_count("waiting", webhook->queued);
    json_count("inFlight", webhook->in_flight);
    if (webhook->oldest_ms >= 0) json_number("oldestMs", webhook->oldest_ms);
    if (webhook->next_ms >= 0) json_number("nextMs", webhook->next_ms);
    json_time("created", webhook->created_at_ms);
    json_time("lastTriggered", webhook->last_triggered_at_ms);
    json_text("secret", webhook->secret);
    json_end();
}
/* How it stands, beyond what it is. */
static void put_health(const akolhook_webhook *webhook) {
    printf("health          %s", class_name(webhook));
    if (webhook->reason != AKOLHOOK_OK) printf(", last failure %s", akolhook_status_name(webhook->reason));
    if (webhook->code) printf(" (%d)", webhook->code);
    printf("\nwaiting         %lu", (unsigned long)webhook->queued);
    if (webhook->in_flight) printf(", %lu in flight", (unsigned long)webhook->in_flight);
    if (webhook->oldest_ms >= 0) {
        fputs(", the oldest for ", stdout);
        put_span(webhook->oldest_ms);
    }
    if (webhook->next_ms >= 0) {
        fputs(", the next in ", stdout);
        put_span(webhook->next_ms);
    }
    puts("");
}
static void put_webhook(const akolhook_webhook *webhook) {
    char names[512];
    size_t len = 0;

    if (opt.json) {
        json_webhook(webhook);
        return;
    }
    printf("id              %s\nname            ", webhook->id);
    put_safe(stdout, akolhook_str_c(webhook->name), 400);
    fputs("\nurl             ", stdout);
    put_safe(stdout, akolhook_str_c(webhook->url), AKOLHOOK_MAX_URL);
    if (akolhook_events_format(webhook->events, names, sizeof names, &len) != AKOLHOOK_OK) len = 0;
    printf("\nevents          %.*s\nstate           %s%s%s\n", (int)len, names,
            webhook->is_active ? green : yellow, webhook->is_active ? "active" : "inactive", plain);
    if (webhook->rate) printf("rate            %lu a second\n", (unsigned long)webhook->rate);
    if (webhook->deadline_ms) printf("deadline        %lu s\n", (unsigned long)webhook->deadline_ms / 1000);
    if (webhook->header_count) printf("headers         %lu\n", (unsigned long)webhook->header_count);
    printf("failures        %lu\ncreated         ", (unsigned long)webhook->failure_count);
    put_time(webhook->created_at_ms, "-");
    fputs("\nlast triggered  ", stdout);
    put_time(webhook->last_triggered_at_ms, "never");
    printf("\nsecret          %s\n", webhook->secret);
    if (opt.bit == HUB_SHOW) put_health(webhook);
}

/* One line: an attempt, or an end without one. */
static void json_row(const akolhook_log_row *row) {
    json_text("deliveryId", row->delivery_id);
    json_text("messageId", row->message_id);
    json_text("webhookId", row->webhook_id);
    json_text("event", akolhook_event_name(row->event));
    json_time("at", row->at_ms);
    json_count("attempt", row->attempt);
    json_text("state", state_names[row->state]);
    json_text("status", akolhook_status_name(row->status));
    json_number("code", row->code);
    json_flag("success", row->success);
    json_flag("test", row->is_test);
    json_number("ms", row->ms);
    if (row->state == AKOLHOOK_DELIVERY_WAITING) json_number("retryMs", row->retry_ms);
    if (row->status != AKOLHOOK_OK) json_text("cause", advice(row->status));
    if (row->attempt) json_text("phase", akolhook_phase_name(row->phase));
    if (row->native_error) json_number("nativeError", row->native_error);
    if (row->response.len) json_str("response", row->response);
    if (row->response_cut) json_flag("responseCut", 1);
    json_end();
}
static void put_row(const akolhook_log_row *row) {
    static const char *const states[] = {"", "", "delivered", "given up", "cancelled", "dropped"};
    char code[12] = "---";

    if (opt.json) {
        json_row(row);
        return;
    }
    if (row->code) snprintf(code, sizeof code, "%d", row->code);
    put_time(row->at_ms, "-");
    printf("  %s  %s%s%s  %-22s  %s%s  %5ld ms  %s%s", row->delivery_id, dim, row->message_id, plain,
            akolhook_event_name(row->event), row->success ? green : red, code, (long)row->ms,
            akolhook_status_name(row->status), plain);
    if (row->is_test) fputs("  test", stdout);
    if (row->attempt > 1) printf("  attempt %lu", (unsigned long)row->attempt);
    if (row->state != AKOLHOOK_DELIVERY_WAITING)
        printf("  %s", states[row->state]);
    else {
        fputs("  again in ", stdout);
        put_span(row->retry_ms);
    }
    printf("  %s%s%s\n", dim, row->webhook_id, plain);
}
/* A delivery with its body. */
static void put_whole_delivery(const akolhook_hub_delivery *d) {
    int i;

    if (opt.json) {
        json_text("deliveryId", d->id);
        json_text("messageId", d->message_id);
        json_text("webhookId", d->webhook_id);
        json_text("event", akolhook_event_name(d->event));
        json_text("state", state_names[d->state]);
        json_count("attempts", d->attempt);
        json_flag("test", d->is_test);
        json_flag("inFlight", d->in_flight);
        if (d->due_ms >= 0) json_number("dueMs", d->due_ms);
        json_name("body"); /* JSON itself */
        for (i = 0; d->has_body && i < 3; i++) json_as_is_from(d->body[i], 0);
        if (!d->has_body) fputs("null", stdout);
        json_end();
        return;
    }
    printf("delivery  %s\nmessage   %s\nwebhook   %s\nevent     %s%s\nstate     %s", d->id, d->message_id,
            d->webhook_id, akolhook_event_name(d->event), d->is_test ? ", a test" : "",
            state_names[d->state]);
    if (d->in_flight) fputs(", in flight", stdout);
    if (d->state == AKOLHOOK_DELIVERY_WAITING && !d->in_flight) {
        fputs(", due in ", stdout);
        put_span(d->due_ms);
    }
    printf("\nattempts  %lu\nbody      ", (unsigned long)d->attempt);
    for (i = 0; d->has_body && i < 3; i++) put_safe(stdout, d->body[i], d->body[i].len);
    puts(d->has_body ? "" : "no longer kept");
}

static akolhook_webhook page[16];

/* Why a create or an update was refused; for a probe also how it went. */
static int wanted_no(akolhook_status status) {
    const akolhook_delivery *d = &sender.probe;
    if (status != AKOLHOOK_PROBE_FAILED) return hub_no(status);
    fprintf(stderr, "akolhook %s: PROBE_FAILED: %s: %s", opt.command, akolhook_status_name(d->status),
            advice(d->status));
    fprintf(stderr, d->code ? " (%d)\n" : "\n", d->code);
    return NO;
}

static const char masked_secret[] =
        "whsec_••••••••••"; /* as the hub shows one; your own is not shown at all */

static int hub_create(void) {
    akolhook_status status = akolhook_hub_create_webhook(sender.hub, &sender.wanted, page);
    if (status != AKOLHOOK_OK) return wanted_no(status);
    if (sender.wanted.secret.len) snprintf(page->secret, sizeof page->secret, "%s", masked_secret);
    put_webhook(page);
    if (!sender.wanted.secret.len)
        fputs("The secret is not shown again: give it to the receiver now.\n", stderr);
    akolhook_wipe(page, sizeof page);
    return YES;
}

static int show_delivery(void) {
    static akolhook_log_row rows[255];
    akolhook_hub_delivery d;
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count = 0, i;
    akolhook_status status = akolhook_hub_get_delivery(sender.hub, opt.args[0], &d);

    if (status != AKOLHOOK_OK) return hub_no(status);
    put_whole_delivery(&d);
    query.delivery_id = akolhook_str_c(opt.args[0]);
    status = akolhook_hub_log(sender.hub, &query, rows, COUNT_OF(rows), &count);
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = count; i > 0; i--) put_row(&rows[i - 1]);
    return YES;
}
static int show_webhook(void) {
    akolhook_status status = akolhook_hub_get_webhook(sender.hub, opt.args[0], page);

    if (status != AKOLHOOK_OK) return hub_no(status);
    put_webhook(page);
    return YES;
}
static int hub_show(void) { return strncmp(opt.args[0], "dlv_", 4) == 0 ? show_delivery() : show_webhook(); }

static int hub_update(void) {
    akolhook_status status = akolhook_hub_update_webhook(sender.hub, opt.args[0], &sender.wanted);
    return status == AKOLHOOK_OK ? show_webhook() : wanted_no(status);
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
        if (opt.json) {
            json_text("event", akolhook_event_name(event));
            json_flag("subscribed", has);
            json_end();
            continue;
        }
        printf("%s%-3s%s  %-22s  %s%s%s\n", has ? green : dim, has ? "yes" : "no", plain,
                akolhook_event_name(event), dim, akolhook_event_fires_when(event), plain);
    }
    return YES;
}

/* Calls do_fn for every webhook, until it answers anything but OK. */
static akolhook_status each_webhook(
        akolhook_status (*do_fn)(const akolhook_webhook *webhook, void *user), void *user) {
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
    if (opt.json) {
        json_webhook(webhook);
        return AKOLHOOK_OK;
    }
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
    if (opt.json) {
        json_text("id", opt.args[0]);
        json_text("secret", secret);
        json_end();
    } else {
        puts(secret);
    }
    akolhook_wipe(secret, sizeof secret);
    return YES;
}

static int said(akolhook_status status, const char *state) {
    if (status != AKOLHOOK_OK) return hub_no(status);
    if (opt.json) {
        json_text("id", opt.args[0]);
        json_text("state", state);
        json_end();
    } else {
        printf("%s is %s\n", opt.args[0], state);
    }
    return YES;
}
static int hub_enable(void) { return said(akolhook_hub_set_active(sender.hub, opt.args[0], 1), "active"); }
static int hub_disable(void) { return said(akolhook_hub_set_active(sender.hub, opt.args[0], 0), "inactive"); }
static int hub_delete(void) { return said(akolhook_hub_delete_webhook(sender.hub, opt.args[0]), "deleted"); }
static int hub_retry(void) { return said(akolhook_hub_send_now(sender.hub, opt.args[0]), "due now"); }
static int hub_cancel(void) { return said(akolhook_hub_cancel(sender.hub, opt.args[0]), "cancelled"); }

/* ---- hub: events and deliveries ---- */

#define TEST_WAIT_MS 600000 /* for all of the tests */

/* The rows of those that have ended. One query: the responses of one are gone with the next. */
static akolhook_status test_rows(
        const akolhook_log_query *query, akolhook_log_row rows[AKOLHOOK_EVENT_LAST], size_t *ended) {
    akolhook_status status;
    size_t found = 0, i;

    *ended = 0;
    status = akolhook_hub_log(sender.hub, query, rows, AKOLHOOK_EVENT_LAST, &found);
    for (i = 0; i < found; i++)
        if (rows[i].state != AKOLHOOK_DELIVERY_WAITING) rows[(*ended)++] = rows[i];
    return status;
}

/* Polls until nothing is in flight: what is broken off would come twice. */
static akolhook_status finish_in_flight(void) {
    akolhook_status status;
    size_t left = 0;
    int timeout = 0;

    akolhook_hub_drain(sender.hub, 1);
    do {
        status = akolhook_hub_poll(sender.hub, timeout, &left);
        timeout = 1000;
    } while (status == AKOLHOOK_OK && left > 0 && interrupted < 2);
    return status;
}

/* Tells of those of the tests that are not told of yet, the first to end first. */
static int test_tell(akolhook_log_row rows[AKOLHOOK_EVENT_LAST], size_t ended,
        char told[AKOLHOOK_EVENT_LAST][AKOLHOOK_ID_SIZE], size_t *count) {
    int result = YES;
    size_t i, k;

    for (i = ended; i > 0; i--) {
        const akolhook_log_row *row = &rows[i - 1];

        if (!row->success) result = NO;
        for (k = 0; k < *count && strcmp(told[k], row->delivery_id) != 0; k++) {}
        if (k < *count || *count == AKOLHOOK_EVENT_LAST) continue;
        snprintf(told[(*count)++], AKOLHOOK_ID_SIZE, "%s", row->delivery_id);
        put_row(row);
        if (!opt.json)
            put_details(row->success ? AKOLHOOK_OK : row->status, row->phase, row->native_error,
                    row->response, row->response_cut);
    }
    fflush(stdout);
    return result;
}

/* Sends the tests of this webhook that began since then, whoever makes them, and tells how each ends: at
   once, as there are pauses between those that fail. */
static int test_wait(size_t count, int64_t since_ms) {
    static akolhook_log_row rows[AKOLHOOK_EVENT_LAST];
    static char told[AKOLHOOK_EVENT_LAST][AKOLHOOK_ID_SIZE];
    const akolhook_platform *platform = akolhook_posix_platform();
    const int64_t until = platform->monotonic_ms_fn(platform->user) + TEST_WAIT_MS;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_status status = AKOLHOOK_OK;
    size_t ended = 0, told_count = 0, left;
    int result = YES;

    catch_signals();
    query.webhook_id = akolhook_str_c(opt.args[0]);
    query.only_tests = 1;
    query.since_ms = since_ms;
    while (status == AKOLHOOK_OK && ended < count && !interrupted &&
            platform->monotonic_ms_fn(platform->user) < until) {
        status = akolhook_hub_poll(sender.hub, 200, &left);
        if (status == AKOLHOOK_OK) status = test_rows(&query, rows, &ended);
        if (status == AKOLHOOK_OK) result = test_tell(rows, ended, told, &told_count);
    }
    if (status == AKOLHOOK_OK) status = finish_in_flight();
    if (status == AKOLHOOK_OK) status = test_rows(&query, rows, &ended);
    if (status != AKOLHOOK_OK) return hub_no(status);

    result = test_tell(rows, ended, told, &told_count);
    if (ended == count) return result;
    fprintf(stderr, "akolhook %s: %lu of %lu tests did not end\n", opt.command,
            (unsigned long)(count - ended), (unsigned long)count);
    return NO;
}
static int hub_test(void) {
    const akolhook_platform *platform = akolhook_posix_platform();
    const int64_t now = platform->unix_ms_fn(platform->user);
    akolhook_status status = akolhook_hub_get_webhook(sender.hub, opt.args[0], page);
    int i, count = 0;

    if (status == AKOLHOOK_OK) status = akolhook_hub_test(sender.hub, opt.args[0]);
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) count += akolhook_events_has(page->events, (akolhook_event)i);
    if (opt.wait) return test_wait((size_t)count, now);
    if (opt.json) {
        json_number("tests", count);
        json_end();
    } else {
        printf("%d test%s for %s\n", count, count == 1 ? "" : "s", opt.args[0]);
    }
    return YES;
}

static int hub_emit(void) {
    akolhook_hub_emitted emitted;
    akolhook_status status = akolhook_hub_emit_many(sender.hub, &sender.event, 1, &emitted);

    if (status != AKOLHOOK_OK) return hub_no(status);
    if (opt.json) {
        json_text("messageId", emitted.message_id);
        json_count("deliveries", emitted.deliveries);
        json_count("skipped", emitted.skipped);
        json_count("dropped", emitted.dropped);
        json_flag("repeated", emitted.repeated);
        json_end();
    } else {
        puts(emitted.message_id);
    }
    return YES;
}

static akolhook_status redeliver_failed(const akolhook_webhook *webhook, void *user) {
    uint32_t count = 0;
    akolhook_status status = AKOLHOOK_OK;
    if (webhook->is_active)
        status = akolhook_hub_redeliver_failed(sender.hub, webhook->id, sender.failed_since, &count);
    *(unsigned long *)user += count;
    return status;
}

static int hub_redeliver(void) {
    akolhook_status status;
    uint32_t of_one = 1;
    unsigned long count = 0;
    if (opt.arg_count)
        status = akolhook_hub_redeliver(sender.hub, opt.args[0]);
    else if (opt.webhook)
        status = akolhook_hub_redeliver_failed(sender.hub, opt.webhook, sender.failed_since, &of_one);
    else {
        of_one = 0;
        status = each_webhook(redeliver_failed, &count);
    }
    if (status != AKOLHOOK_OK) return hub_no(status);
    count += of_one;
    if (opt.json) {
        json_count("deliveries", count);
        json_end();
        return YES;
    }
    printf("%lu deliver%s again\n", count, count == 1 ? "y waits" : "ies wait");
    return YES;
}

static int hub_log(void) {
    static akolhook_log_row rows[101];
    const size_t limit = (size_t)(opt.limit ? opt.limit : 20);
    size_t count = 0, i;
    akolhook_status status = akolhook_hub_log(sender.hub, &sender.query, rows, limit + 1, &count);

    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 0; i < count && i < limit; i++) {
        put_row(&rows[i]);
        if (!opt.json)
            put_details(rows[i].success ? AKOLHOOK_OK : rows[i].status, rows[i].phase, rows[i].native_error,
                    rows[i].response, rows[i].response_cut);
    }
    if (count > limit && opt.json) {
        json_count("cursor", rows[limit - 1].cursor);
        json_end();
    } else if (count > limit) {
        printf("more: --cursor %llu\n", (unsigned long long)rows[limit - 1].cursor);
    }
    return YES;
}

static int hub_stats(void) {
    static const unsigned percents[] = {50, 95, 99};
    akolhook_stats stats;
    char name[24];
    size_t i;
    akolhook_status status = akolhook_hub_stats(sender.hub, opt.args[0], &stats);
    const struct {
        const char *name;
        uint64_t count;
    } lines[] = {{"emitted", stats.emitted}, {"delivered", stats.delivered}, {"failed", stats.failed},
            {"cancelled", stats.cancelled}, {"dropped", stats.dropped}, {"waiting", stats.waiting},
            {"skipped", stats.skipped}, {"attempts", stats.attempts},
            {"failed attempts", stats.attempts_failed}, {"tests", stats.tests},
            {"failed tests", stats.tests_failed}};
    if (status != AKOLHOOK_OK) return hub_no(status);
    for (i = 0; i < COUNT_OF(lines); i++)
        if (opt.json)
            json_count(lines[i].name, lines[i].count);
        else
            printf("%-15s  %llu\n", lines[i].name, (unsigned long long)lines[i].count);
    for (i = 0; i < COUNT_OF(percents); i++) {
        int32_t ms = akolhook_stats_latency(&stats, percents[i]);
        if (ms < 0) continue;
        if (opt.json) {
            snprintf(name, sizeof name, "latency%uMs", percents[i]);
            json_number(name, ms);
        } else {
            printf("latency %u %%     %ld ms\n", percents[i], (long)ms);
        }
    }
    if (opt.json) json_end();
    return YES;
}

static int hub_purge(void) {
    akolhook_gauges gauges;
    akolhook_status status = AKOLHOOK_OK;
    int more = 1;

    if (!opt.older_than) sender.older_than_ms = INT64_C(7) * 24 * 3600000;
    while (more && status == AKOLHOOK_OK)
        status = akolhook_hub_purge(sender.hub, sender.older_than_ms, &more);
    if (status == AKOLHOOK_OK) status = akolhook_hub_gauges(sender.hub, &gauges);
    if (status != AKOLHOOK_OK) return hub_no(status);
    if (opt.json) {
        json_count("events", gauges.events);
        json_count("bytes", gauges.bytes);
        json_end();
    } else {
        printf("%llu event%s kept, %llu bytes\n", (unsigned long long)gauges.events,
                gauges.events == 1 ? " is" : "s are", (unsigned long long)gauges.bytes);
    }
    return YES;
}

/* ---- hub: run ---- */

static struct { unsigned long attempts, delivered, given_up; } ran;

static void on_notice(void *user, const akolhook_notice *notice) {
    static const char *const names[] = {"", "", "", "", "recovered after", "will soon be set inactive, after",
            "was set inactive after", "fails or lags: dropped", "the store cannot write:"};
    const akolhook_log_row *row = notice->row;
    const char *what = names[notice->kind];

    (void)user;
    if (notice->kind == AKOLHOOK_NOTICE_ATTEMPTED) ran.attempts++;
    if (notice->kind == AKOLHOOK_NOTICE_SUCCEEDED) ran.delivered++; /* its attempt says so */
    if (notice->kind == AKOLHOOK_NOTICE_FAILED) ran.given_up++;
    if (opt.wait) return; /* told together, when all have ended */
    if (notice->kind == AKOLHOOK_NOTICE_ATTEMPTED) put_row(row);
    if (notice->kind <= AKOLHOOK_NOTICE_FAILED) return;
    if (notice->kind == AKOLHOOK_NOTICE_INACTIVE && row->code == 410)
        what = "answered 410, so it was set inactive, after";
    if (opt.json) {
        json_text("notice", what);
        if (row) json_text("webhookId", row->webhook_id);
        json_count("count", notice->failures);
        json_end();
        return;
    }
    put_time(row ? row->at_ms : akolhook_posix_now() * 1000, "-");
    printf("  %s %s %lu %s%s\n", row ? row->webhook_id : store_path(), what, (unsigned long)notice->failures,
            notice->kind == AKOLHOOK_NOTICE_DROPPED   ? "deliver"
            : notice->kind == AKOLHOOK_NOTICE_UNSAVED ? "outcome"
                                                      : "failed attempt",
            notice->kind == AKOLHOOK_NOTICE_DROPPED ? (notice->failures == 1 ? "y" : "ies")
            : notice->failures == 1                 ? ""
                                                    : "s");
}

static akolhook_status warn_https(const akolhook_webhook *webhook, void *user) {
    if (webhook->is_active && strncmp(webhook->url, "http:", 5) != 0) *(int *)user = 1;
    return AKOLHOOK_OK;
}

/* Polls until it is told to end, or until nothing is in flight or due. A store that fails may do better in a
 * second. */
static int run_loop(void) {
    akolhook_status status, last = AKOLHOOK_OK;
    size_t left = 0;
    int timeout = opt.until_idle ? 0 : 1000, is_draining = 0;

    for (;;) {
        status = akolhook_hub_poll(sender.hub, timeout, &left);
        if (status != AKOLHOOK_OK && (status != last || opt.until_idle)) hub_no(status);
        if (status != AKOLHOOK_OK && (status != AKOLHOOK_STORE_FAILED || opt.until_idle)) return NO;
        last = status;
        if (interrupted > 1 || (interrupted && left == 0 && is_draining)) return YES;
        if (ferror(stdout) && !interrupted) interrupted = 1; /* nobody reads on */
        if (opt.until_idle && left == 0) return YES;
        timeout = 1000;
        if (interrupted && !is_draining) {
            is_draining = 1;
            timeout = 0;
            akolhook_hub_drain(sender.hub, 1);
            if (left)
                fprintf(stderr, "akolhook %s: what is in flight is finished; again: at once\n", opt.command);
        }
        if (status != AKOLHOOK_OK && !interrupted) sleep(1);
    }
}

static int hub_run(void) {
    akolhook_stats stats;
    int64_t due = -1;
    int has_https = 0, result;

    catch_signals();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (!sender.desc.client.tls && each_webhook(warn_https, &has_https) == AKOLHOOK_OK && has_https)
        fprintf(stderr, "akolhook %s: TLS_REQUIRED: %s\n", opt.command, advice(AKOLHOOK_TLS_REQUIRED));
    if (!opt.json) printf("delivering from '%s'%s\n", store_path(), opt.until_idle ? "" : ", until Ctrl-C");
    result = run_loop();
    if (opt.json) {
        json_count("attempts", ran.attempts);
        json_count("delivered", ran.delivered);
        json_count("failed", ran.given_up);
        if (akolhook_hub_stats(sender.hub, NULL, &stats) == AKOLHOOK_OK) json_count("waiting", stats.waiting);
        json_end();
        return result;
    }
    printf("%lu attempt%s: %lu delivered, %lu given up", ran.attempts, ran.attempts == 1 ? "" : "s",
            ran.delivered, ran.given_up);
    if (akolhook_hub_stats(sender.hub, NULL, &stats) == AKOLHOOK_OK) {
        printf("; %llu wait", (unsigned long long)stats.waiting);
        if (opt.until_idle && stats.waiting && akolhook_hub_next_due(sender.hub, &due) == AKOLHOOK_OK &&
                due > 0) {
            fputs(", the next is due in ", stdout);
            put_span(due);
        }
    }
    puts("");
    return result;
}
