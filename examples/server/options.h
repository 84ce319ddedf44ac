/* The command line. */

enum { HOSTS_MOST = 16, NETWORKS_MOST = 32, BUSINESS_MOST = 64 };

typedef struct options {
    const char *command; /* "serve", "token", "backup", "statuses", "help" */
    const char *listen;  /* HOST:PORT */
    char host[64];       /* of it, without brackets */
    uint16_t port;
    const char *db;         /* the SQLite file */
    const char *store;      /* postgres://... in place of it */
    int is_worker;          /* deliveries alone, no page */
    const char *assets;     /* a folder that the page is read from */
    const char *cert, *key; /* PEM files */
    const char *hosts[HOSTS_MOST];
    size_t host_count;
    const char *network_texts[NETWORKS_MOST];
    akolhook_cidr networks[NETWORKS_MOST];
    size_t network_count;
    int allow_http;
    const char *business;
    uint32_t keep_hours; /* of bodies */
    uint32_t log_rows;   /* of each webhook */
    int64_t grace_s;
    const char *ca;
    const char *token_file;
    const char *scope; /* of a token that is made, and its name */
    const char *name;
    const char *words[3]; /* what is no option */
    size_t word_count;
} options;

static const char usage_text[] =
        "akolhook-server [OPTION]...           the page and the REST service, with deliveries\n"
        "akolhook-server --worker [OPTION]...  deliveries alone, beside servers on the same store\n"
        "akolhook-server token new [--scope full|read|emit] [--name NAME]\n"
        "akolhook-server token list\n"
        "akolhook-server token revoke ID\n"
        "akolhook-server backup FILE           a copy of the SQLite file, while servers run\n"
        "akolhook-server statuses              every status of the hub and its HTTP code\n"
        "\n"
        "  --listen HOST:PORT   default 127.0.0.1:8787; port 0: any; other hosts need --cert\n"
        "  --db FILE            the SQLite file, default akolhook.db\n"
        "  --store URL          postgres://..., in place of --db\n"
        "  --cert FILE, --key FILE   PEM: https\n"
        "  --host NAME[:PORT]   a further name by which the server may be asked for\n"
        "  --allow-cidr CIDR    a network that webhooks may go to though it is not public\n"
        "  --allow-http         webhooks may have http:// URLs\n"
        "  --business ID        whose webhooks these are; kept in the store, by default made up\n"
        "  --keep-events 30d    how long bodies are kept for redelivery: hours (h) or days (d)\n"
        "  --log-rows 1000      attempts kept of each webhook\n"
        "  --grace 30           seconds that deliveries in flight have when the server stops\n"
        "  --ca FILE            the CAs that receivers are trusted by, in place of the system's\n"
        "  --token-file FILE    the first token is written there too, mode 0600\n"
        "  --assets DIR         the page is read from there (on loopback only)\n"
        "  --help, --version\n";

static int usage_error(const char *what, const char *value) {
    fprintf(stderr, "akolhook-server: %s%s%s\n", what, value ? ": " : "", value ? value : "");
    return 0;
}

static int usage_unknown(const char *what, const char *word) {
    fprintf(stderr, "akolhook-server: %s %s; see akolhook-server --help\n", what, word);
    return 0;
}

/* ---- values ---- */

static int option_number(const char *text, int64_t least, int64_t most, int64_t *value) {
    return read_count(akolhook_str_c(text), value) && *value >= least && *value <= most;
}

/* "30d", "12h"; a number alone is hours. */
static int option_keep(options *opt, const char *text) {
    size_t len = strlen(text);
    int64_t value, unit = len && text[len - 1] == 'd' ? 24 : 1;

    if (len && (text[len - 1] == 'd' || text[len - 1] == 'h')) len--;
    if (!read_count(akolhook_str_n(text, len), &value) || value < 1 || value > 87600 / unit)
        return usage_error("--keep-events takes 1h to 3650d, not", text);
    opt->keep_hours = (uint32_t)(value * unit);
    return 1;
}

static int option_listen(options *opt, const char *text) {
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    int64_t port;

    if (len > 1 && text[0] == '[' && text[len - 1] == ']') {
        copy_str(akolhook_str_n(text + 1, len - 2), opt->host, sizeof opt->host);
    } else {
        if (memchr(text, ':', len)) len = 0; /* an IPv6 address without brackets */
        copy_str(akolhook_str_n(text, len), opt->host, sizeof opt->host);
    }
    if (!len || len >= sizeof opt->host || !option_number(colon + 1, 0, 65535, &port))
        return usage_error("--listen takes HOST:PORT, with [::1] for an IPv6 address, not", text);
    if (strcmp(opt->host, "localhost") == 0) strcpy(opt->host, "127.0.0.1");
    opt->port = (uint16_t)port;
    opt->listen = text;
    return 1;
}

static int option_network(options *opt, const char *text) {
    if (opt->network_count == NETWORKS_MOST) return usage_error("too many --allow-cidr", NULL);
    if (akolhook_cidr_parse(akolhook_str_c(text), &opt->networks[opt->network_count]) != AKOLHOOK_OK)
        return usage_error("--allow-cidr takes a network such as 10.1.0.0/16, not", text);
    opt->network_texts[opt->network_count++] = text;
    return 1;
}

/* Whether libpq reads the URL as it is meant: what it says of one that it does not may hold the password. */
static int is_store_url(const char *text) {
#ifdef SERVER_POSTGRES
    PQconninfoOption *parts = PQconninfoParse(text, NULL), *part;
    int ok = parts != NULL;

    /* a / or @ in the password makes a part of it the host or the port */
    for (part = parts; part && part->keyword; part++) {
        if (!part->val) continue;
        if (strcmp(part->keyword, "host") == 0 && strchr(part->val, '@')) ok = 0;
        if (strcmp(part->keyword, "port") == 0 && part->val[strspn(part->val, "0123456789,")]) ok = 0;
    }
    PQconninfoFree(parts);
    return ok;
#else
    return text != NULL;
#endif
}

static int option_store(options *opt, const char *text) {
    if (strncmp(text, "postgres://", 11) != 0 && strncmp(text, "postgresql://", 13) != 0)
        return usage_error("--store takes a URL that begins with postgres://", NULL);
    if (!is_store_url(text))
        return usage_error("--store takes postgres://USER:PASSWORD@HOST:PORT/DATABASE, where what is reserved"
                           " is percent-encoded",
                NULL);
    opt->store = text;
    return 1;
}

static int option_scope(options *opt, const char *text) {
    if (strcmp(text, "full") != 0 && strcmp(text, "read") != 0 && strcmp(text, "emit") != 0)
        return usage_error("--scope is full, read or emit, not", text);
    opt->scope = text;
    return 1;
}

/* One option with its value. */
static int option_take(options *opt, const char *name, const char *value) {
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"--db", &opt->db}, {"--assets", &opt->assets}, {"--cert", &opt->cert}, {"--key", &opt->key},
            {"--ca", &opt->ca}, {"--token-file", &opt->token_file}, {"--name", &opt->name}};
    int64_t number;
    size_t i;

    for (i = 0; i < COUNT_OF(texts); i++)
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].text = value;
            return 1;
        }
    if (strcmp(name, "--listen") == 0) return option_listen(opt, value);
    if (strcmp(name, "--store") == 0) return option_store(opt, value);
    if (strcmp(name, "--allow-cidr") == 0) return option_network(opt, value);
    if (strcmp(name, "--keep-events") == 0) return option_keep(opt, value);
    if (strcmp(name, "--scope") == 0) return option_scope(opt, value);
    if (strcmp(name, "--business") == 0) {
        opt->business = value;
        return (*value && strlen(value) <= BUSINESS_MOST) ||
               usage_error("--business has 1 to 64 bytes", NULL);
    }
    if (strcmp(name, "--host") == 0) {
        if (opt->host_count == HOSTS_MOST) return usage_error("too many --host", NULL);
        opt->hosts[opt->host_count++] = value;
        return 1;
    }
    if (strcmp(name, "--log-rows") == 0) {
        if (!option_number(value, 1, 100000, &number)) return usage_error("--log-rows is 1 to 100000", NULL);
        opt->log_rows = (uint32_t)number;
        return 1;
    }
    if (strcmp(name, "--grace") == 0)
        return option_number(value, 0, 3600, &opt->grace_s) ||
               usage_error("--grace is 0 to 3600 seconds", NULL);
    return usage_unknown("there is no option", name);
}

/* argv[*i] as --name VALUE or --name=VALUE. What stands behind the = is not shown: it may hold a password. */
static int option_read(options *opt, int argc, char **argv, int *i) {
    const char *word = argv[*i], *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;
    char name[32];

    copy_str(akolhook_str_n(word, equals ? (size_t)(equals - word) : strlen(word)), name, sizeof name);
    if (!value && ++*i < argc) value = argv[*i];
    if (!value) return usage_unknown("a value is missing, or there is no option", name);
    return option_take(opt, name, value);
}

/* ---- all of them ---- */

static int is_loopback(const char *host) { return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0; }

/* What does not go together. */
static int options_agree(const options *opt) {
    if (!opt->cert != !opt->key) return usage_error("--cert and --key go together", NULL);
    if (opt->store && opt->db) return usage_error("--db and --store: one of them", NULL);
    if (!opt->is_worker && !is_loopback(opt->host) && !opt->cert)
        return usage_error(
                "without --cert and --key the server listens on 127.0.0.1 or [::1] alone, not on", opt->host);
    if (opt->assets && !is_loopback(opt->host)) return usage_error("--assets is for loopback alone", NULL);
    return 1;
}

/* 1, or 0 after it has said what is wrong. */
static int options_read(options *opt, int argc, char **argv) {
    int i;

    memset(opt, 0, sizeof *opt);
    opt->keep_hours = 30 * 24;
    opt->log_rows = 1000;
    opt->grace_s = 30;
    opt->scope = "full";
    if (!option_listen(opt, "127.0.0.1:8787")) return 0;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--worker") == 0) {
            opt->is_worker = 1;
        } else if (strcmp(argv[i], "--allow-http") == 0) {
            opt->allow_http = 1;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            opt->command = "help";
            return 1;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            if (!option_read(opt, argc, argv, &i)) return 0;
        } else {
            if (opt->word_count == COUNT_OF(opt->words)) return usage_error("what is", argv[i]);
            opt->words[opt->word_count++] = argv[i];
        }
    }

    if (!options_agree(opt)) return 0;
    if (!opt->db) opt->db = "akolhook.db";
    opt->command = opt->word_count ? opt->words[0] : "serve";
    return 1;
}
