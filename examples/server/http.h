/* A request and its answer: what the gate, the calls and the stream share. */

typedef struct server server;
typedef struct request request;
typedef struct stream stream;

typedef enum body_mode {
    BODY_NONE,     /* a body is refused */
    BODY_OPTIONAL, /* none, or an object */
    BODY_JSON      /* an object */
} body_mode;

/* A call: its method, path, and who may make it. {id} in a path stands for an id of the given prefix. */
typedef struct route {
    const char *method;
    const char *path;
    const char *prefix; /* of {id}, e.g. "whk_" */
    scope scope;        /* SCOPE_NONE: open */
    body_mode body;
    const char *parameters; /* that the query may have, with blanks between */
    void (*answer_fn)(request *r);
} route;

/* A part of the page. */
typedef struct asset {
    const char *path; /* "/app.js" */
    const char *type;
    const unsigned char *data;
    size_t len;
    const char *etag;
    const unsigned char *packed; /* the same under gzip; NULL: not made, or no shorter */
    size_t packed_len;
} asset;

typedef struct field_error {
    char field[40];
    const char *code, *message; /* static */
} field_error;
enum { FIELD_ERRORS_MOST = 8 };

struct request {
    server *server;
    struct MHD_Connection *connection;
    struct client *place;      /* of the connection, for the sweeper */
    char *uri;                 /* as it came */
    char *query;               /* in uri, "" for none */
    const route *route;        /* NULL: none */
    char id[PATH_ID_MOST + 1]; /* of {id}; no longer than what a hub takes whole */
    char request_id[21];
    int seen; /* the gate was passed, or has refused it */
    int64_t began_ms;

    /* what the gate decided; 0: go on */
    int refusal;
    const char *refusal_code, *refusal_text;
    char allow[64];    /* with 405: the methods that the path has */
    int retry_after_s; /* in the answer's head; 0: none */
    int rate_left;     /* requests that the token may make at once; -1: no token */

    char token_id[AKOLHOOK_ID_SIZE]; /* "": none */
    scope token_scope;
    akolhook_str idempotency_key, if_none_match;
    stream *stream; /* that the answer is, NULL: none */
    asset asset;    /* that is asked for, where the route is asset_route */
    int has_key;

    char *body;
    size_t body_len, body_cap, body_most;

    field_error errors[FIELD_ERRORS_MOST];
    size_t error_count;
    int status; /* of the answer; 0: none yet */
};

static size_t answers_held; /* bytes of the texts below; of the HTTP thread */

/* One answer's text on the heap; it is wiped, as it may hold a secret. */
typedef struct answer_text {
    size_t len;
    char text[1];
} answer_text;
static void answer_free(void *user) {
    answer_text *answer = (answer_text *)user;

    answers_held -= answer->len;
    akolhook_wipe(answer->text, answer->len);
    free(answer);
}

/* ---- heads ---- */

/* On every answer. */
static const char *const security_headers[][2] = {
        {"Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                "require-trusted-types-for 'script'; trusted-types 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"X-Frame-Options", "DENY"},
};

static void answer_header(struct MHD_Response *response, const char *name, const char *value) {
    (void)MHD_add_response_header(response, name, value);
}
static void answer_header_count(struct MHD_Response *response, const char *name, int count) {
    char text[16];

    snprintf(text, sizeof text, "%d", count);
    answer_header(response, name, text);
}

/* Sends it with what every answer has; takes response. */
static void answer_queue(request *r, int http, const char *type, struct MHD_Response *response) {
    size_t i;

    r->status = http;
    if (!response) return;
    for (i = 0; i < COUNT_OF(security_headers); i++)
        answer_header(response, security_headers[i][0], security_headers[i][1]);
    if (type) answer_header(response, "Content-Type", type);
    answer_header(response, "X-Request-Id", r->request_id);
    if (http == 401) answer_header(response, "WWW-Authenticate", "Bearer");
    if (http == 405) answer_header(response, "Allow", r->allow);
    if (r->retry_after_s) answer_header_count(response, "Retry-After", r->retry_after_s);
    if (r->rate_left >= 0) {
        answer_header_count(response, "RateLimit-Limit", TOKEN_BURST);
        answer_header_count(response, "RateLimit-Remaining", r->rate_left);
        answer_header_count(response, "RateLimit-Reset", (TOKEN_BURST - r->rate_left) / TOKEN_PER_SECOND + 1);
    }
    if (MHD_queue_response(r->connection, (unsigned)http, response) != MHD_YES) r->status = 0;
    MHD_destroy_response(response);
}

/* A text that is copied; not to be kept by anybody on the way. */
static void answer_bytes(request *r, int http, const char *type, const char *text, size_t len,
        const char *header, const char *value) {
    answer_text *copy = (answer_text *)malloc(sizeof *copy + len);
    struct MHD_Response *response = NULL;

    if (copy) {
        answers_held += len;
        copy->len = len;
        memcpy(copy->text, text, len);
        response = MHD_create_response_from_buffer_with_free_callback_cls(len, copy->text, answer_free, copy);
        if (!response) answer_free(copy);
    }
    if (response) {
        answer_header(response, "Cache-Control", "no-store");
        if (header) answer_header(response, header, value);
    }
    answer_queue(r, http, type, response);
}

/* ---- JSON out: one answer at a time is written, into memory that the server has for it ---- */

static akolhook_json_writer *json_of(request *r);

/* Begins {"success":true,"data": */
static akolhook_json_writer *json_begin(request *r);
/* Ends it and sends it. */
static void json_send(request *r, int http, const char *header, const char *value);

static void json_time(akolhook_json_writer *json, const char *key, int64_t at_ms) {
    char text[AKOLHOOK_TIME_SIZE];

    if (at_ms <= 0 || akolhook_time_format(at_ms, text) != AKOLHOOK_OK)
        akolhook_json_add_null(json, key);
    else
        akolhook_json_add_string(json, key, akolhook_str_c(text));
}
static void json_c(akolhook_json_writer *json, const char *key, const char *text) {
    akolhook_json_add_string(json, key, akolhook_str_c(text));
}
/* Milliseconds; what is below 0 was not measured. */
static void json_ms(akolhook_json_writer *json, const char *key, int64_t ms) {
    if (ms < 0)
        akolhook_json_add_null(json, key);
    else
        akolhook_json_add_int64(json, key, ms);
}

/* ---- refusals ---- */

static void field_fail(request *r, const char *field, const char *code, const char *message) {
    field_error *error = &r->errors[r->error_count];

    if (r->error_count == FIELD_ERRORS_MOST) return;
    error->field[make_utf8(akolhook_str_c(field), error->field, sizeof error->field - 1)] = 0;
    error->code = code;
    error->message = message;
    r->error_count++;
}

/* The error envelope; next_ms above 0: when a delivery that waits is tried next. */
static void fail_with(request *r, int http, const char *code, const char *message, int64_t next_ms) {
    akolhook_json_writer json;
    char text[4096];
    size_t len = 0, i;

    akolhook_json_init(&json, text, sizeof text, 0);
    akolhook_json_object_begin(&json);
    akolhook_json_add_bool(&json, "success", 0);
    json_c(&json, "error", message);
    json_c(&json, "code", code);
    json_c(&json, "requestId", r->request_id);
    if (next_ms > 0) json_time(&json, "nextAttemptAt", next_ms);
    if (r->error_count) {
        akolhook_json_key(&json, akolhook_str_c("errors"));
        akolhook_json_array_begin(&json);
        for (i = 0; i < r->error_count; i++) {
            akolhook_json_object_begin(&json);
            json_c(&json, "field", r->errors[i].field);
            json_c(&json, "code", r->errors[i].code);
            json_c(&json, "message", r->errors[i].message);
            akolhook_json_object_end(&json);
        }
        akolhook_json_array_end(&json);
    }
    akolhook_json_object_end(&json);
    if (akolhook_json_finish(&json, &len) != AKOLHOOK_OK) len = 0;
    answer_bytes(r, http, "application/json", text, len, NULL, NULL);
}
static void fail(request *r, int http, const char *code, const char *message) {
    if (http == 503 && !r->retry_after_s) r->retry_after_s = 5;
    fail_with(r, http, code, message, 0);
}
/* What a call of the hub answered. */
static void fail_status(request *r, akolhook_status status) {
    const status_row *row = status_find(status);
    int http = row ? row->http : 500;

    if (row && *row->member && !r->error_count)
        field_fail(r, row->member, akolhook_status_name(status), akolhook_status_text(status));
    if (http == 503) r->retry_after_s = status_retry_s(status);
    if (http >= 500) log_say("error", "a call of the hub failed", "status", akolhook_status_name(status));
    fail(r, http, akolhook_status_name(status), akolhook_status_text(status));
}
/* The errors of members that were collected. */
static void fail_fields(request *r, int http) { fail(r, http, r->errors[0].code, r->errors[0].message); }
