/* The gate: what libmicrohttpd 0.9.75 lets through and this server does not. It looks at the request line
   as it came and at all headers, before a byte of a body is read; a request that is malformed is answered
   at once, and the connection ends with it. */

/* What the headers say. */
typedef struct head {
    unsigned hosts, lengths, types, origins, sites, tokens, keys;
    int is_malformed, is_coded, is_too_many, is_expecting;
    unsigned count;
    const char *end; /* of the last value that was seen */
    int is_apart;    /* not all lies where it must, see is_whole */
    akolhook_str host, length, type, origin, site, mode, dest, token, key, match;
} head;
enum { HEADERS_MOST = 64, CRLF = 2 };

static int is_token_char(char c) { return is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c)); }

static enum MHD_Result head_read(void *user, enum MHD_ValueKind kind, const char *name, size_t name_len,
        const char *value, size_t value_len) {
    head *h = (head *)user;
    const struct {
        const char *name;
        unsigned *count;
        akolhook_str *value;
    } known[] = {{"Host", &h->hosts, &h->host}, {"Content-Length", &h->lengths, &h->length},
            {"Content-Type", &h->types, &h->type}, {"Origin", &h->origins, &h->origin},
            {"Sec-Fetch-Site", &h->sites, &h->site}, {"Sec-Fetch-Mode", NULL, &h->mode},
            {"Sec-Fetch-Dest", NULL, &h->dest}, {"Authorization", &h->tokens, &h->token},
            {"Idempotency-Key", &h->keys, &h->key}, {"If-None-Match", NULL, &h->match}};
    akolhook_str field = akolhook_str_n(name, name_len);
    const char *c;
    size_t i;

    (void)kind;
    if (name != h->end + CRLF || h->end[0] || h->end[1]) h->is_apart = 1;
    for (c = name + name_len + 1; c != value && (*c == ' ' || *c == '\t'); c++) continue;
    if (c != value) h->is_apart = 1;
    h->end = value + value_len;

    if (!name_len || ++h->count > HEADERS_MOST) h->is_malformed = 1;
    for (i = 0; i < name_len; i++)
        if (!is_token_char(name[i])) h->is_malformed = 1;
    for (i = 0; i < value_len; i++)
        if ((uint8_t)value[i] < ' ' ? value[i] != '\t' : value[i] == 127) h->is_malformed = 1;
    if (same_name(field, "Transfer-Encoding")) h->is_coded = 1;
    if (same_name(field, "Expect") && !same_name(akolhook_str_n(value, value_len), "100-continue"))
        h->is_expecting = 1;
    for (i = 0; i < COUNT_OF(known); i++) {
        if (!same_name(field, known[i].name)) continue;
        if (known[i].count && ++*known[i].count > 1) h->is_too_many = 1;
        *known[i].value = akolhook_str_n(value, value_len);
    }
    return MHD_YES;
}

/* The first thing that is wrong counts. */
static void refuse(request *r, int http, const char *code, const char *text) {
    if (r->refusal) return;
    r->refusal = http;
    r->refusal_code = code;
    r->refusal_text = text;
}

/* ---- the request line ---- */

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Those of the table of calls. */
static int is_method(const char *method) {
    static const char *const methods[] = {"GET", "HEAD", "POST", "PATCH", "DELETE"};
    size_t i;

    for (i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(method, methods[i]) == 0) return 1;
    return 0;
}

static void gate_line(request *r, const char *method, const char *version) {
    const char *c;

    for (c = method; *c >= 'A' && *c <= 'Z'; c++) continue;
    if (*c || c == method) refuse(r, 400, "BAD_METHOD", "the method is malformed");
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        refuse(r, 400, "BAD_VERSION", "HTTP/1.1 is spoken here");
    if (r->uri[0] != '/') refuse(r, 400, "BAD_TARGET", "the target must be a path");
    if (strlen(r->uri) > PATH_MOST + QUERY_MOST || strcspn(r->uri, "?") > PATH_MOST)
        refuse(r, 414, "TARGET_TOO_LONG", "the path or the query is too long");

    for (c = r->uri; *c; c++) {
        if (*c <= ' ' || *c == 127 || strchr("\"<>\\^`{|}#", *c))
            refuse(r, 400, "BAD_TARGET", "the target holds a character that does not belong there");
        if (*c != '%') continue;
        if (hex_value(c[1]) < 0 || hex_value(c[2]) < 0 || (c[1] == '0' && c[2] == '0')) {
            refuse(r, 400, "BAD_TARGET", "the target is badly percent-encoded");
            return;
        }
    }
}

/* libmicrohttpd before 1.0 cuts the head where it lies in memory, each CR LF and colon overwritten by
   NULs. So the pieces that it shows must follow each other with nothing between but one blank in the
   request line, blanks before a value, and two NULs for each line end. Where it is not so, something
   stood there that it took away (what is behind a NUL, a folded line, a header without a name), or it
   took a CR or LF alone for a line end. What it cannot tell from CR LF then is NUL LF, and at the end of
   the head four bytes of CR, LF, NUL and colon. From 1.0 on it is strict itself. */
static int is_whole(request *r, const head *h, const char *method, const char *version) {
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t line = strlen(method) + 1 + strlen(r->uri) + 1;

    if (MHD_VERSION >= 0x01000000) return 1;
    return !h->is_apart && version == method + line && info &&
           h->end + CRLF + CRLF == method + info->header_size && memcmp(h->end, "\0\0\0", CRLF + CRLF) == 0;
}

/* ---- who is asked for ---- */

/* Whether a Host is NAME:PORT; NAME alone only where that is allowed. */
static int is_host(const server *s, akolhook_str host, const char *name, int alone) {
    char text[300];

    if (alone && same_name(host, name)) return 1;
    snprintf(text, sizeof text, "%s:%u", name, (unsigned)s->listener.port);
    return same_name(host, text);
}

static int is_own_host(const server *s, akolhook_str host) {
    static const char *const own[] = {"127.0.0.1", "localhost", "[::1]"};
    int alone = s->listener.port == (s->opt.cert ? 443 : 80);
    char listened[80];
    size_t i;

    for (i = 0; i < COUNT_OF(own); i++)
        if (is_host(s, host, own[i], alone)) return 1;
    snprintf(listened, sizeof listened, strchr(s->opt.host, ':') ? "[%s]" : "%s", s->opt.host);
    if (is_host(s, host, listened, alone)) return 1;

    /* behind a proxy the port is another, or none */
    for (i = 0; i < s->opt.host_count; i++)
        if (is_host(s, host, s->opt.hosts[i], 1)) return 1;
    return 0;
}

/* The origin of a page of this server; behind a proxy it may be https though this is http. */
static int is_own_origin(const server *s, akolhook_str origin) {
    const char *scheme = s->opt.cert ? "https://" : "http://";
    size_t len = strlen(scheme), i;

    if (origin.len > len && memcmp(origin.ptr, scheme, len) == 0)
        return is_own_host(s, akolhook_str_n(origin.ptr + len, origin.len - len));
    len = strlen("https://");
    if (origin.len <= len || memcmp(origin.ptr, "https://", len) != 0) return 0;
    for (i = 0; i < s->opt.host_count; i++)
        if (is_host(s, akolhook_str_n(origin.ptr + len, origin.len - len), s->opt.hosts[i], 1)) return 1;
    return 0;
}

static void gate_head(request *r, const head *h, const char *method, const char *version) {
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    if (info && info->header_size > HEAD_MOST)
        refuse(r, 431, "HEAD_TOO_LARGE", "the head of the request is over 16 KiB");
    if (h->is_malformed || !is_whole(r, h, method, version))
        refuse(r, 400, "BAD_HEADER", "a header is malformed, or there are too many");
    if (h->is_too_many) refuse(r, 400, "DOUBLED_HEADER", "a header that stands once stands twice");
    if (h->is_expecting) refuse(r, 417, "BAD_EXPECT", "100-continue is all that may be expected");
    if (h->is_coded)
        refuse(r, 411, "LENGTH_REQUIRED", "a body needs a Content-Length, Transfer-Encoding is not taken");
}

/* Whether somebody follows a link to the page, whatever site that stands on: the page is the same for
   everybody. In a frame it is another thing. */
static int is_visit(const request *r, const head *h, const char *method) {
    return strcmp(r->uri, "/") == 0 && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) &&
           akolhook_str_is(h->mode, "navigate") && akolhook_str_is(h->dest, "document");
}

static void gate_site(request *r, const head *h, const char *method, int is_health) {
    if (!is_health && (h->hosts != 1 || !is_own_host(r->server, h->host)))
        refuse(r, 421, "MISDIRECTED", "this server does not answer for that host");
    if ((h->origins && !is_own_origin(r->server, h->origin)) ||
            (h->sites && !akolhook_str_is(h->site, "same-origin") && !akolhook_str_is(h->site, "none") &&
                    !is_visit(r, h, method)))
        refuse(r, 403, "FOREIGN_ORIGIN", "not from there");
}

/* ---- routes ---- */

/* The prefix, letters and digits; whether there is anything of this id is the hub's to say. */
static int is_path_id(akolhook_str id, const char *prefix) {
    size_t i;

    if (id.len < 5 || id.len > PATH_ID_MOST || memcmp(id.ptr, prefix, 4) != 0) return 0;
    for (i = 4; i < id.len; i++)
        if (!is_alnum(id.ptr[i])) return 0;
    return 1;
}

/* Compares a path with a route's; *id is what stands for {id}. */
static int route_fits(const route *to, akolhook_str path, akolhook_str *id) {
    const char *brace = strchr(to->path, '{');
    size_t before = brace ? (size_t)(brace - to->path) : 0, after;

    if (!brace) return akolhook_str_is(path, to->path);
    brace += sizeof "{id}" - 1;
    after = strlen(brace);
    if (path.len <= before + after || memcmp(path.ptr, to->path, before) != 0) return 0;
    if (memcmp(path.ptr + path.len - after, brace, after) != 0) return 0;
    *id = akolhook_str_n(path.ptr + before, path.len - before - after);
    return is_path_id(*id, to->prefix);
}

/* Whether a HEAD is answered as the GET. A stream has no length: libmicrohttpd would end its chunks behind
   the head, where the next answer is awaited. */
static int has_head(const route *to) {
    return strcmp(to->method, "GET") == 0 && strcmp(to->path, "/api/v1/stream") != 0;
}

/* Finds the route; without one *allow gets the methods that this path has. */
static const route *route_find(const route *routes, size_t count, akolhook_str path, const char *method,
        akolhook_str *id, char allow[64]) {
    size_t i, len = 0;

    allow[0] = 0;
    for (i = 0; i < count; i++) {
        if (!route_fits(&routes[i], path, id)) continue;
        if (strcmp(method, routes[i].method) == 0) return &routes[i];
        if (strcmp(method, "HEAD") == 0 && has_head(&routes[i])) return &routes[i];
        len += (size_t)snprintf(allow + len, 64 - len, len ? ", %s" : "%s", routes[i].method);
        if (has_head(&routes[i])) len += (size_t)snprintf(allow + len, 64 - len, ", HEAD");
    }
    return NULL;
}

/* ---- who asks ---- */

static void client_address(request *r, uint8_t address[16]) {
    const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    memset(address, 0, 16);
    if (!info || !info->client_addr) return;
    if (info->client_addr->sa_family == AF_INET)
        memcpy(address, &((struct sockaddr_in *)(void *)info->client_addr)->sin_addr, 4);
    if (info->client_addr->sa_family == AF_INET6) /* whoever has one address has its /64 */
        memcpy(address, &((struct sockaddr_in6 *)(void *)info->client_addr)->sin6_addr, 8);
}

/* One more failed login; 0: too many from there. */
static int login_failed(request *r) {
    server *s = r->server;
    login_place *place = NULL;
    uint8_t address[16];
    size_t i;

    s->failed_logins++;
    client_address(r, address);
    for (i = 0; i < LOGIN_PLACES && !place; i++)
        if (s->logins[i].rate.at && memcmp(s->logins[i].address, address, 16) == 0) place = &s->logins[i];
    for (i = 0; i < LOGIN_PLACES && !place; i++)
        if (!s->logins[i].rate.at) place = &s->logins[i];
    if (!place) { /* the one that was quiet for the longest */
        for (place = &s->logins[0], i = 1; i < LOGIN_PLACES; i++)
            if (s->logins[i].rate.at < place->rate.at) place = &s->logins[i];
        memset(place, 0, sizeof *place);
    }
    memcpy(place->address, address, 16);
    return rate_take(&place->rate, 10.0 / 60, 10);
}

/* Who has this token. Only failed logins are counted by address, so that nobody locks another out. */
static void gate_token(request *r, const head *h) {
    store *front = store_is_stalled(r->server) ? NULL : &r->server->front;
    static const char bearer[] = "bearer ";
    akolhook_str text = h->token;
    const token_table *table = &r->server->tokens;
    int64_t read_at = table->read_at, began_ms = monotonic_ms();
    token *found;
    size_t i = 0;
    int ok;

    if (r->refusal) return;
    while (i < sizeof bearer - 1 && i < text.len && lower(text.ptr[i]) == bearer[i]) i++;
    text = i == sizeof bearer - 1 ? akolhook_str_n(text.ptr + i, text.len - i) : akolhook_str_n(NULL, 0);
    found = tokens_ask(front, &r->server->tokens, text, &ok);
    store_took(r->server, began_ms, ok);
    if (!ok) {
        refuse(r, 503, "STORE_FAILED", "the store does not answer");
        return;
    }
    if (table->read_at != read_at) feed_keep(&r->server->feed, token_is_known, table);
    if (!found) {
        if (login_failed(r)) {
            refuse(r, 401, "UNAUTHORIZED", "a valid token is needed");
        } else {
            r->retry_after_s = 6;
            refuse(r, 429, "RATE_LIMITED", "too many requests");
        }
        return;
    }

    memcpy(r->token_id, found->id, sizeof r->token_id);
    r->token_scope = found->scope;
    if (!rate_take(&found->rate, TOKEN_PER_SECOND, TOKEN_BURST)) {
        r->retry_after_s = 1;
        refuse(r, 429, "RATE_LIMITED", "too many requests");
    }
    r->rate_left = (int)found->rate.left;
    if (front) token_used(front, found);
}

static void gate_scope(request *r) {
    scope has = r->token_scope, needs;

    if (r->refusal || !*r->token_id || !r->route) return;
    needs = r->route->scope;
    if (has != SCOPE_FULL && has != needs) refuse(r, 403, "FORBIDDEN", "the token may not do this");
}

/* ---- the body ---- */

static void gate_body(request *r, const head *h, const char *method) {
    static const char json[] = "application/json";
    int64_t length = 0;
    akolhook_str type = h->type;
    size_t most = 0;

    if (h->lengths && !read_count(h->length, &length))
        refuse(r, h->length.len > 15 ? 413 : 400, h->length.len > 15 ? "BODY_TOO_LARGE" : "BAD_HEADER",
                "Content-Length is no number that is taken here");
    if (r->route && r->route->body != BODY_NONE) most = BODY_MOST;
    if (r->route && strcmp(r->route->path, "/api/v1/events") == 0) most = EVENT_BODY_MOST;
    if (length && !most && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || r->route))
        refuse(r, 400, "BODY_UNEXPECTED", "this call takes no body");
    if (r->refusal) return;

    if ((uint64_t)length > most) refuse(r, 413, "BODY_TOO_LARGE", "the body is too large");
    while (type.len && (type.ptr[type.len - 1] == ' ' || type.ptr[type.len - 1] == '\t')) type.len--;
    if (type.len > sizeof json - 1 && (type.ptr[sizeof json - 1] == ';' || type.ptr[sizeof json - 1] == ' '))
        type.len = sizeof json - 1; /* parameters, such as charset=utf-8 */
    if (r->route && (length || r->route->body == BODY_JSON) && !same_name(type, json))
        refuse(r, 415, "NOT_JSON", "Content-Type must be application/json");
    r->body_most = (size_t)length;
}

/* All of it; what it decides stands in r->refusal. is_bad: the connection cannot go on. */
static void gate(request *r, const route *routes, size_t route_count, const char *method, const char *version,
        int *is_bad) {
    head h;
    akolhook_str path, id = {NULL, 0};
    int is_api;

    memset(&h, 0, sizeof h);
    h.end = version + strlen(version);
    (void)MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, head_read, &h);
    gate_line(r, method, version);
    gate_head(r, &h, method, version);
    *is_bad = r->refusal != 0;
    path = akolhook_str_n(r->uri, strcspn(r->uri, "?"));
    gate_site(r, &h, method, akolhook_str_is(path, "/healthz"));
    if (r->refusal) {
        *is_bad = 1;
        return;
    }

    /* what is not there is said to those alone who may ask */
    r->route = route_find(routes, route_count, path, method, &id, r->allow);
    if (!r->route && !*r->allow && asset_find(&r->server->opt, path, &r->asset)) {
        if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
            r->route = &asset_route;
        else
            strcpy(r->allow, "GET, HEAD");
    }
    if (r->route && r->route->prefix) copy_str(id, r->id, sizeof r->id);
    is_api = path.len > 5 && memcmp(path.ptr, "/api/", 5) == 0;
    if (r->route ? r->route->scope != SCOPE_NONE : is_api) gate_token(r, &h);
    if (!r->route && *r->allow) refuse(r, 405, "METHOD_NOT_ALLOWED", "this path does not have that method");
    if (!r->route && !is_method(method)) *is_bad = 1; /* whatever follows, nobody waits for it */
    if (!r->route) refuse(r, 404, "NOT_FOUND", "there is nothing here");
    gate_scope(r);
    gate_body(r, &h, method);
    r->idempotency_key = h.key;
    r->has_key = h.keys != 0;
    r->if_none_match = h.match;
    if (h.lengths && !akolhook_str_is(h.length, "0") && r->refusal) *is_bad = 1; /* its body is not read */
}
