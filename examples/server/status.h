/* The HTTP code of each status, for programs that ask this server. akolhook_status_http is for receivers:
   there a URL is nobody's fault but the server's own, here it is the client's. */

/* member: which one of a body the status is about, "" for none. `akolhook-server statuses` prints the
   table and fails when a status is missing. */
typedef struct status_row {
    akolhook_status status;
    int http;
    const char *member;
} status_row;

/* clang-format off */
static const status_row status_rows[] = {
    /* base: faults of this program */
    {AKOLHOOK_OK, 200, ""}, {AKOLHOOK_INVALID_ARGUMENT, 500, ""}, {AKOLHOOK_BUFFER_TOO_SMALL, 500, ""},
    {AKOLHOOK_MEMORY_TOO_SMALL, 500, ""}, {AKOLHOOK_WRONG_ORDER, 500, ""}, {AKOLHOOK_RANDOM_FAILED, 500, ""},
    {AKOLHOOK_BROKEN_HOOK, 500, ""}, {AKOLHOOK_SELFTEST_FAILED, 500, ""},
    /* text: the body is malformed, or a value of it is */
    {AKOLHOOK_BAD_HEX, 400, ""}, {AKOLHOOK_BAD_BASE64, 400, ""}, {AKOLHOOK_BAD_TIME, 422, "timestamp"},
    {AKOLHOOK_BAD_UTF8, 400, ""}, {AKOLHOOK_JSON_SYNTAX, 400, ""}, {AKOLHOOK_JSON_CUT, 400, ""},
    {AKOLHOOK_JSON_TRAILING, 400, ""}, {AKOLHOOK_JSON_CONTROL, 400, ""}, {AKOLHOOK_JSON_ESCAPE, 400, ""},
    {AKOLHOOK_BAD_NUMBER, 400, ""}, {AKOLHOOK_JSON_TOO_DEEP, 400, ""}, {AKOLHOOK_JSON_NESTING, 500, ""},
    {AKOLHOOK_WRONG_TYPE, 400, ""}, {AKOLHOOK_NOT_FOUND, 400, ""}, {AKOLHOOK_OUT_OF_RANGE, 400, ""},
    {AKOLHOOK_BAD_PATH, 500, ""}, {AKOLHOOK_TEXT_NUL, 400, ""},
    /* events and payload */
    {AKOLHOOK_UNKNOWN_EVENT, 422, "event"}, {AKOLHOOK_WRONG_EVENT, 500, ""}, {AKOLHOOK_EMPTY_BODY, 400, ""},
    {AKOLHOOK_MISSING_MEMBER, 422, ""}, {AKOLHOOK_DOUBLED_MEMBER, 400, ""}, {AKOLHOOK_BAD_MEMBER, 422, ""},
    /* sign: a secret of the client's own; the others are a receiver's */
    {AKOLHOOK_NO_SECRET, 422, "secret"}, {AKOLHOOK_EMPTY_SECRET, 422, "secret"},
    {AKOLHOOK_SECRET_BLANK, 422, "secret"}, {AKOLHOOK_SECRET_VERSION, 422, "secret"},
    {AKOLHOOK_SECRET_NUL, 422, "secret"}, {AKOLHOOK_SECRET_BASE64, 422, "secret"},
    {AKOLHOOK_TOO_MANY_SECRETS, 500, ""}, {AKOLHOOK_SCHEME_CHANGED, 500, ""},
    {AKOLHOOK_MISSING_SIGNATURE, 500, ""}, {AKOLHOOK_DOUBLED_HEADER, 400, ""},
    {AKOLHOOK_HEADER_TOO_LARGE, 431, ""}, {AKOLHOOK_BAD_SIGNATURE, 500, ""},
    {AKOLHOOK_NO_KNOWN_SCHEME, 500, ""}, {AKOLHOOK_SIGNATURE_MISMATCH, 500, ""},
    {AKOLHOOK_MISSING_ID, 500, ""}, {AKOLHOOK_BAD_ID, 500, ""}, {AKOLHOOK_MISSING_TIMESTAMP, 500, ""},
    {AKOLHOOK_BAD_TIMESTAMP, 500, ""}, {AKOLHOOK_TOO_OLD, 500, ""}, {AKOLHOOK_TOO_NEW, 500, ""},
    {AKOLHOOK_CLOCK_UNSET, 503, ""}, {AKOLHOOK_BODY_TOO_LARGE, 413, ""}, {AKOLHOOK_LENGTH_MISMATCH, 400, ""},
    {AKOLHOOK_CONTENT_ENCODED, 415, ""}, {AKOLHOOK_DUPLICATE, 500, ""}, {AKOLHOOK_IN_PROGRESS, 500, ""},
    {AKOLHOOK_WRONG_WEBHOOK, 500, ""}, {AKOLHOOK_EVENT_MISMATCH, 500, ""},
    {AKOLHOOK_NOT_AUTHENTICATED, 500, ""}, {AKOLHOOK_ENCODING_CHARSET, 415, ""},
    /* url: the client's value */
    {AKOLHOOK_URL_SYNTAX, 422, "url"}, {AKOLHOOK_URL_SCHEME, 422, "url"}, {AKOLHOOK_URL_TOO_LONG, 422, "url"},
    {AKOLHOOK_URL_CHARACTER, 422, "url"}, {AKOLHOOK_URL_USERINFO, 422, "url"},
    {AKOLHOOK_URL_FRAGMENT, 422, "url"}, {AKOLHOOK_URL_HOST, 422, "url"}, {AKOLHOOK_URL_PORT, 422, "url"},
    {AKOLHOOK_BAD_ADDRESS, 422, "url"}, {AKOLHOOK_BAD_CIDR, 500, ""}, {AKOLHOOK_BLOCKED_NAME, 422, "url"},
    {AKOLHOOK_BLOCKED_ADDRESS, 422, "url"},
    /* http and client: how a delivery went; rows of the log carry them, no call answers with one */
    {AKOLHOOK_BAD_RESPONSE, 500, ""}, {AKOLHOOK_RESPONSE_CUT, 500, ""},
    {AKOLHOOK_RESPONSE_HEAD_TOO_LARGE, 500, ""}, {AKOLHOOK_TOO_MANY_INTERIM, 500, ""},
    {AKOLHOOK_BAD_HEADER, 422, ""}, {AKOLHOOK_RESERVED_HEADER, 422, ""},
    {AKOLHOOK_REQUEST_HEAD_TOO_LARGE, 422, ""}, {AKOLHOOK_BAD_RETRY_AFTER, 500, ""},
    {AKOLHOOK_TLS_REQUIRED, 500, ""}, {AKOLHOOK_LOOKUP_FAILED, 500, ""},
    {AKOLHOOK_TOO_MANY_ADDRESSES, 500, ""}, {AKOLHOOK_CONNECT_FAILED, 500, ""},
    {AKOLHOOK_TLS_FAILED, 500, ""},
    {AKOLHOOK_TLS_UNTRUSTED, 500, ""}, {AKOLHOOK_TLS_WRONG_HOST, 500, ""}, {AKOLHOOK_TLS_EXPIRED, 500, ""},
    {AKOLHOOK_SEND_FAILED, 500, ""}, {AKOLHOOK_RECEIVE_FAILED, 500, ""}, {AKOLHOOK_DEADLINE, 500, ""},
    {AKOLHOOK_HTTP_STATUS, 500, ""}, {AKOLHOOK_QUEUE_FULL, 503, ""}, {AKOLHOOK_ORIGIN_FULL, 503, ""},
    {AKOLHOOK_CANCELLED, 503, ""}, {AKOLHOOK_WAIT_FAILED, 500, ""}, {AKOLHOOK_SYSTEM_LIMIT, 503, ""},
    {AKOLHOOK_UNTRUSTED_CONNECT, 500, ""}, {AKOLHOOK_KEYS_LOGGED, 500, ""}, {AKOLHOOK_LOOKUP_BUSY, 503, ""},
    /* the hub and its stores */
    {AKOLHOOK_BAD_NAME, 422, "name"}, {AKOLHOOK_NO_EVENTS, 422, "events"},
    {AKOLHOOK_TOO_MANY_WEBHOOKS, 409, ""}, {AKOLHOOK_WEBHOOK_EXISTS, 409, "url"},
    {AKOLHOOK_UNKNOWN_WEBHOOK, 404, ""}, {AKOLHOOK_UNKNOWN_DELIVERY, 404, ""},
    {AKOLHOOK_PENDING_FULL, 503, ""}, {AKOLHOOK_POOL_FULL, 503, ""}, {AKOLHOOK_BAD_CURSOR, 400, "cursor"},
    {AKOLHOOK_LEASE_LOST, 500, ""}, {AKOLHOOK_STORE_FAILED, 503, ""}, {AKOLHOOK_WEBHOOK_INACTIVE, 409, ""},
    {AKOLHOOK_EVENT_GONE, 409, ""}, {AKOLHOOK_WEBHOOK_QUEUE_FULL, 503, ""},
    {AKOLHOOK_BAD_KEY, 400, ""}, {AKOLHOOK_KEY_REUSED, 409, ""}, {AKOLHOOK_PROBE_FAILED, 422, "url"},
    {AKOLHOOK_DELIVERY_EXPIRED, 500, ""}, {AKOLHOOK_DELIVERY_NOT_WAITING, 409, ""},
    {AKOLHOOK_WRONG_BUSINESS, 500, ""}, {AKOLHOOK_STORE_VERSION, 500, ""}, {AKOLHOOK_STORE_FOREIGN, 500, ""},
    {AKOLHOOK_DELIVERY_WAITS, 409, ""},
    {AKOLHOOK_JOURNAL_DAMAGED, 500, ""}, {AKOLHOOK_JOURNAL_LOCKED, 503, ""},
    {AKOLHOOK_JOURNAL_OTHER, 500, ""},
};
/* clang-format on */

static const status_row *status_find(akolhook_status status) {
    size_t i;

    for (i = 0; i < COUNT_OF(status_rows); i++)
        if (status_rows[i].status == status) return &status_rows[i];
    return NULL;
}

/* Seconds after which it is worth to ask again; 0: no matter. */
static int status_retry_s(akolhook_status status) {
    if (status == AKOLHOOK_PENDING_FULL || status == AKOLHOOK_POOL_FULL) return 1;
    return 5;
}

/* The command `statuses`: "NAME CODE" for each status of the core, 0 where the table has none. */
static int status_print(void) {
    static const akolhook_status all[] = {
#define STATUS_VALUE(name, number, http, text) AKOLHOOK_##name,
            AKOLHOOK_STATUS_LIST(STATUS_VALUE)
#undef STATUS_VALUE
    };
    int missing = 0;
    size_t i;

    for (i = 0; i < COUNT_OF(all); i++) {
        const status_row *row = status_find(all[i]);

        printf("%s %d\n", akolhook_status_name(all[i]), row ? row->http : 0);
        if (!row) missing = 1;
    }
    return missing;
}
