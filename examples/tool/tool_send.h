/* trigger and replay: events that are sent from the command line. */
#ifndef TOOL_SEND_H
#define TOOL_SEND_H

#define LOCAL_URL "http://127.0.0.1:8787/" /* where akolhook listen is without --port */

/* ---- how it went ---- */

/* The lines under a delivery: why it failed, and what the receiver wrote. */
static void put_details(
        akolhook_status status, akolhook_phase phase, long native_error, akolhook_str response, int is_cut) {
    const char *native = native_text(status, native_error);

    if (status != AKOLHOOK_OK) {
        fputs("    ", stdout);
        if (phase != AKOLHOOK_PHASE_NONE) printf("in the phase %s: ", akolhook_phase_name(phase));
        fputs(advice(status), stdout);
        printf(*native ? " (%s)\n" : "%s\n", native);
    }
    if (!response.len) return;
    fputs("    response: ", stdout);
    put_safe(stdout, response, 200);
    puts(is_cut ? " (cut)" : "");
}

static void json_delivery(const char *event, const akolhook_delivery *d, const char *file) {
    const char *native = native_text(d->status, d->native_error);

    if (file) json_text("file", file);
    json_text("event", event);
    if (*d->message_id) json_text("messageId", d->message_id);
    json_flag("success", d->status == AKOLHOOK_OK);
    json_text("status", akolhook_status_name(d->status));
    json_number("code", d->code);
    json_number("ms", d->ms);
    if (d->retry_after_s >= 0) json_number("retryAfter", d->retry_after_s);
    if (d->status != AKOLHOOK_OK) {
        json_text("cause", advice(d->status));
        json_text("phase", akolhook_phase_name(d->phase));
        if (*native) json_text("native", native);
    }
    json_str("response", d->response);
    json_flag("responseCut", d->response_cut);
    json_end();
}

static void put_delivery(const char *event, const akolhook_delivery *d, const char *file) {
    char code[12] = "---";

    if (opt.json) {
        json_delivery(event, d, file);
        return;
    }
    if (d->code) snprintf(code, sizeof code, "%d", d->code);
    printf("%-22s  %s%s  %5ld ms  %s%s", event, d->status == AKOLHOOK_OK ? green : red, code, (long)d->ms,
            akolhook_status_name(d->status), plain);
    if (d->retry_after_s >= 0) printf("  retry after %ld s", (long)d->retry_after_s);
    if (file) {
        fputs("  ", stdout);
        put_safe(stdout, akolhook_str_c(file), NAME_SHOWN);
    }
    puts("");
    put_details(d->status, d->phase, d->native_error, d->response, d->response_cut);
}

/* 1 when the request itself cannot be sent, so that the other events would fare no better. */
static int is_hopeless(const akolhook_delivery *d) {
    if (d->status == AKOLHOOK_OK) return 0;
    return d->phase == AKOLHOOK_PHASE_NONE || d->status == AKOLHOOK_BLOCKED_ADDRESS ||
           d->status == AKOLHOOK_LOOKUP_FAILED;
}

/* ---- where to ---- */

static int is_this_machine(const akolhook_url *url) {
    static const char localhost[] = "localhost";
    static const uint8_t one[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    if (url->host_type == AKOLHOOK_HOST_IPV4) return url->addr.bytes[0] == 127;
    if (url->host_type == AKOLHOOK_HOST_IPV6) return memcmp(url->addr.bytes, one, sizeof one) == 0;
    return listen_same(url->host, localhost);
}

/* The policy of the options, and --local. */
static int need_target(const char *text, akolhook_policy *policy, akolhook_cidr networks[MAX_LIST]) {
    akolhook_url url;

    if (need_policy(policy, networks) != 0) return USAGE;
    if (!opt.local) return 0;
    policy->flags |= AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    if (akolhook_url_parse(akolhook_str_c(text), AKOLHOOK_ALLOW_HTTP, &url) == AKOLHOOK_OK &&
            !is_this_machine(&url))
        return usage_error("--local is for this machine, 127.0.0.1, [::1] or localhost, not for '%s'; for a "
                           "private network: --allow-http --allow-private",
                text);
    return 0;
}

/* ---- trigger ---- */

static int no_data(size_t at, akolhook_status status) {
    return usage_error("--data '%s', byte %lu: %s: %s", opt.data, (unsigned long)at,
            akolhook_status_name(status),
            status == AKOLHOOK_WRONG_TYPE ? "the data of an event must be a JSON object" : advice(status));
}

/* --data, checked; empty without it. */
static int need_data(akolhook_str *data) {
    akolhook_json json;
    akolhook_status status;
    size_t len, at = 0;

    *data = akolhook_str_c(NULL);
    if (!opt.data) return 0;
    if (read_input(opt.data, &len) != 0) return USAGE;
    status = akolhook_json_parse(akolhook_str_n(input, len), &json, &at);
    if (status != AKOLHOOK_OK) return no_data(at, status);
    if (json.type != AKOLHOOK_JSON_OBJECT)
        return no_data((size_t)(json.str.ptr - input), AKOLHOOK_WRONG_TYPE);
    *data = json.str;
    return 0;
}

/* The time of the next event: each has one of its own. */
static int64_t next_time(int64_t before) {
    const akolhook_platform *platform = akolhook_posix_platform();
    const int64_t now = opt.time ? 0 : platform->unix_ms_fn(platform->user);

    return now > before ? now : before + 1;
}

static int trigger_one(akolhook_client *client, const char *url, const akolhook_envelope *envelope,
        akolhook_str data, akolhook_delivery *delivery) {
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_status status;
    size_t len;

    status = data.len ? akolhook_build_raw(sample, sizeof sample, &len, envelope, data)
                      : akolhook_build_sample(sample, sizeof sample, &len, envelope);
    if (status != AKOLHOOK_OK) return say_no(status, USAGE);
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(secrets[0].text);
    request.body[0] = akolhook_str_n(sample, len);
    request.message_id = akolhook_str_c(opt.id);
    request.event = akolhook_str_c(akolhook_event_name(envelope->event));
    request.test = (uint8_t)opt.test;
    status = akolhook_deliver_request(client, &request, delivery);
    put_delivery(akolhook_event_name(envelope->event), delivery, NULL);
    return status == AKOLHOOK_OK ? YES : NO;
}

static int trigger_all(akolhook_client *client, const char *url, akolhook_events set, akolhook_str data) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_delivery delivery;
    int64_t turn;
    int i, one, is_first = 1, result = YES;

    if (need_envelope(&envelope) != 0) return USAGE;
    for (turn = 0; turn < (opt.repeat ? opt.repeat : 1); turn++) {
        for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) {
            envelope.event = (akolhook_event)i;
            if (!akolhook_events_has(set, envelope.event)) continue;
            if (opt.repeat > 1 && !is_first) envelope.timestamp_ms = next_time(envelope.timestamp_ms);
            is_first = 0;
            one = trigger_one(client, url, &envelope, data, &delivery);
            if (one == USAGE) return USAGE;
            if (one != YES) result = NO;
            if (is_hopeless(&delivery)) return result;
        }
    }
    return result;
}

static int trigger(
        const akolhook_client_desc *desc, const char *url, akolhook_events set, akolhook_str data) {
    size_t size = akolhook_client_size(desc);
    void *memory = malloc(size);
    akolhook_client *client = NULL;
    akolhook_status status = akolhook_client_init(&client, memory, memory ? size : 0, desc);
    int result = status == AKOLHOOK_OK ? trigger_all(client, url, set, data) : say_no(status, USAGE);

    if (status == AKOLHOOK_OK) akolhook_client_close(client);
    free(memory);
    return result;
}

static int run_trigger(void) {
    akolhook_cidr networks[MAX_LIST];
    akolhook_client_desc desc = AKOLHOOK_INIT;
    const char *url = opt.arg_count == 2 ? opt.args[1] : LOCAL_URL;
    akolhook_events set;
    akolhook_str data;
    akolhook_key key;
    int result;

    if (opt.arg_count == 1 && !opt.local) return usage_error("a URL is needed, or --local for this machine");
    if (opt.id && opt.repeat > 1) return usage_error("--id and --repeat: each event has an id of its own");
    if (need_events(opt.args[0], &set) != 0 || need_target(url, &desc.policy, networks) != 0) return USAGE;
    if (need_key(&key) != 0 || need_data(&data) != 0) return USAGE;
    akolhook_wipe(&key, sizeof key);
    desc.platform = akolhook_posix_platform();
    desc.deadline_ms = (uint32_t)opt.timeout * 1000;
    if (strncmp(url, "http:", 5) != 0 && need_tls(&desc.tls) != 0) return USAGE;
    result = trigger(&desc, url, set, data);
    tls_free(desc.tls);
    return result;
}

/* ---- replay ---- */

#define REPLAY_MAX ((size_t)(67108864 + 2 * LISTEN_HEAD_MAX)) /* the most that listen takes, and its head */

#define SAVED_ID_MAX 256 /* of a webhook-id */

/* A request of a file. */
typedef struct saved {
    const char *file;
    char *bytes; /* malloc'ed */
    size_t len;
    akolhook_str head, body; /* head: empty in a file that is a body alone */
    akolhook_incoming in;
    char event[64], id[SAVED_ID_MAX + 1];
} saved;

static int saved_read(saved *s) {
    FILE *file = fopen(s->file, "rb");
    size_t cap = 1 << 16, n = 1;
    int failed;

    if (!file) return usage_error("cannot open '%s': %s", s->file, strerror(errno));
    s->bytes = (char *)malloc(cap);
    while (s->bytes && n > 0 && s->len < REPLAY_MAX) {
        n = fread(s->bytes + s->len, 1, cap - s->len, file);
        s->len += n;
        if (s->len == cap) {
            char *more = (char *)realloc(s->bytes, cap *= 2);
            if (!more) free(s->bytes);
            s->bytes = more;
        }
    }
    failed = ferror(file);
    if (failed) usage_error("cannot read '%s': %s", s->file, strerror(errno));
    fclose(file);
    if (failed) return USAGE;
    if (!s->bytes) return usage_error("no memory for '%s'", s->file);
    return s->len < REPLAY_MAX ? 0 : usage_error("'%s' is no request: it is too long", s->file);
}

/* Takes head and body apart. */
static void saved_split(saved *s) {
    akolhook_str rest = akolhook_str_n(s->bytes, s->len), line, name, value;

    s->body = rest;
    if (s->len < 5 || memcmp(s->bytes, "POST ", 5) != 0) return;
    (void)next_line(&rest, &line);
    while (next_line(&rest, &line) && line.len)
        if (split_field(line, &name, &value))
            (void)akolhook_incoming_header(&s->in, name.ptr, name.len, value.ptr, value.len);
    s->head = akolhook_str_n(s->bytes, (size_t)(rest.ptr - s->bytes));
    s->body = rest;
}

static int is_signature(akolhook_str name) {
    static const char *const names[] = {"x-webhook-signature", "webhook-id", "webhook-timestamp",
            "webhook-signature", "svix-id", "svix-timestamp", "svix-signature"};
    size_t i;

    for (i = 0; i < COUNT_OF(names); i++)
        if (listen_same(name, names[i])) return 1;
    return 0;
}

static int pass_all(akolhook_str name) {
    (void)name;
    return 1;
}
static int pass_unsigned(akolhook_str name) { return !is_signature(name); }

/* What it is: the event that its body names, and its message id, or a new one. */
static akolhook_status saved_name(saved *s) {
    akolhook_message message;
    akolhook_event event = AKOLHOOK_EVENT_UNKNOWN;

    if (akolhook_envelope_parse(s->body.ptr, s->body.len, &message, NULL) == AKOLHOOK_OK)
        event = message.event;
    snprintf(s->event, sizeof s->event, "%s", event ? akolhook_event_name(event) : "-");
    if (s->in.id.len && s->in.id.len <= SAVED_ID_MAX) {
        memcpy(s->id, s->in.id.ptr, s->in.id.len);
        return AKOLHOOK_OK;
    }
    if (opt.as_is) return AKOLHOOK_OK;
    return akolhook_id_generate(akolhook_posix_random, NULL, "msg", s->id);
}

/* The fields that sign it, under both schemes where the secret can. */
static akolhook_status saved_sign(const saved *s, char *fields, size_t size) {
    const akolhook_str secret = akolhook_str_c(secrets[0].text);
    char akol[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE] = "";
    const int64_t now = akolhook_posix_now();
    const int is_bare = s->head.len == 0;
    akolhook_key key;
    akolhook_status status = akolhook_secret_key(secret, AKOLHOOK_SCHEME_AKOL, &key);

    if (status == AKOLHOOK_OK) status = akolhook_sign_akol(&key, s->body.ptr, s->body.len, akol);
    if (status == AKOLHOOK_OK && akolhook_secret_key(secret, AKOLHOOK_SCHEME_STANDARD, &key) == AKOLHOOK_OK)
        status = akolhook_sign_standard(&key, akolhook_str_c(s->id), now, s->body.ptr, s->body.len, standard);
    akolhook_wipe(&key, sizeof key);
    if (status != AKOLHOOK_OK) return status;
    snprintf(fields, size,
            "%s%s%s%sX-Webhook-Signature: %s\r\nwebhook-id: %s\r\nwebhook-timestamp: %lld\r\n%s%s%s",
            is_bare ? "Content-Type: application/json\r\nUser-Agent: akolhook/" AKOLHOOK_VERSION "\r\n" : "",
            is_bare && *s->event != '-' ? "X-Webhook-Event: " : "",
            is_bare && *s->event != '-' ? s->event : "", is_bare && *s->event != '-' ? "\r\n" : "", akol,
            s->id, (long long)now, *standard ? "webhook-signature: " : "", standard, *standard ? "\r\n" : "");
    return AKOLHOOK_OK;
}

static void exchange_run(exchange *e) {
    struct pollfd p;

    exchange_drive(e);
    while (e->phase != AKOLHOOK_PHASE_DONE) {
        p.fd = exchange_fd(e);
        p.events = e->events;
        (void)poll(&p, 1, exchange_timeout(e));
        exchange_drive(e);
    }
}

/* As the client would tell of it. */
static void exchange_tell(const exchange *e, const char *id, akolhook_delivery *d) {
    const int code = e->response.head_done ? e->response.code : 0;

    memset(d, 0, sizeof *d);
    d->code = code;
    d->status = e->status == AKOLHOOK_OK && code / 100 != 2 ? AKOLHOOK_HTTP_STATUS : e->status;
    d->phase = e->failed_in;
    d->native_error = e->native_error;
    d->ms = (int32_t)(clock_ms() - e->started);
    d->response = akolhook_str_n(e->content, e->content_len);
    d->response_cut = e->is_cut;
    d->retry_after_s = -1;
    if (e->response.head_done && *e->response.retry_after &&
            akolhook_retry_after_parse(akolhook_str_c(e->response.retry_after), akolhook_posix_now(),
                    &d->retry_after_s) != AKOLHOOK_OK)
        d->retry_after_s = -1;
    snprintf(d->message_id, sizeof d->message_id, "%.64s", id);
}

static int replay_send(
        saved *s, const akolhook_url *url, const akolhook_policy *policy, const akolhook_transport *tls) {
    char fields[1024] = "";
    akolhook_delivery delivery;
    akolhook_status status = saved_name(s);
    exchange *e;

    if (s->head.len > LISTEN_HEAD_MAX)
        return usage_error("'%s' is no request: its head has more than %d bytes", s->file, LISTEN_HEAD_MAX);
    if (opt.as_is && !s->head.len)
        return usage_error("'%s' has no head, so --as-is has no signature to send: sign it anew", s->file);
    if (status == AKOLHOOK_OK && !opt.as_is) status = saved_sign(s, fields, sizeof fields);
    if (status != AKOLHOOK_OK) {
        usage_error("'%s': %s: %s", s->file, akolhook_status_name(status), advice(status));
        return NO;
    }
    e = exchange_new(url, policy, tls, s->head, opt.as_is ? pass_all : pass_unsigned, fields, s->body,
            (opt.timeout ? opt.timeout : 30) * 1000);
    if (!e) return usage_error("no memory to send '%s'", s->file);
    exchange_run(e);
    exchange_tell(e, s->id, &delivery);
    put_delivery(s->event, &delivery, s->file);
    exchange_free(e);
    return delivery.status == AKOLHOOK_OK ? YES : NO;
}

static int replay_file(const char *file, const akolhook_url *url, const akolhook_policy *policy,
        const akolhook_transport *tls) {
    saved s = AKOLHOOK_INIT;
    int result;

    s.file = file;
    result = saved_read(&s);
    if (result == 0) {
        saved_split(&s);
        result = replay_send(&s, url, policy, tls);
    }
    free(s.bytes);
    return result;
}

static int run_replay(void) {
    const int has_url = strstr(opt.args[opt.arg_count - 1], "://") != NULL;
    const char *text = has_url ? opt.args[opt.arg_count - 1] : LOCAL_URL;
    const int count = opt.arg_count - has_url;
    akolhook_cidr networks[MAX_LIST];
    akolhook_policy policy = AKOLHOOK_INIT;
    const akolhook_transport *tls = NULL;
    akolhook_url url;
    akolhook_status status;
    akolhook_key key;
    int i, one, result = YES;

    if (!has_url && !opt.local)
        return usage_error(
                "the last word must be a URL, unless --local is given, not '%s'", opt.args[count - 1]);
    if (count == 0) return usage_error("a file is needed before the URL");
    if (need_target(text, &policy, networks) != 0) return USAGE;
    status = akolhook_url_parse(akolhook_str_c(text), policy.flags & AKOLHOOK_ALLOW_HTTP, &url);
    if (status == AKOLHOOK_OK) status = akolhook_policy_url(&policy, &url);
    if (status != AKOLHOOK_OK) return say_no(status, NO);
    if (!opt.as_is && need_key(&key) != 0) return USAGE;
    akolhook_wipe(&key, sizeof key);
    if (url.https && need_tls(&tls) != 0) return USAGE;

    for (i = 0; i < count; i++) {
        one = replay_file(opt.args[i], &url, &policy, tls);
        if (one > result) result = one;
    }
    tls_free(tls);
    return result;
}

#endif
