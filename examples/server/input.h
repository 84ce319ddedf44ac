/* JSON and queries in: every member and parameter has a name that the call knows, or it is refused by
   name. */

/* ---- the query ---- */

typedef struct parameter {
    const char *name, *value; /* decoded, NUL-terminated */
} parameter;
typedef struct parameters {
    parameter list[PARAMETERS_MOST];
    size_t count;
} parameters;

/* Decodes in place; the gate has seen that it is well formed. */
static void query_decode(char *text) {
    char *out = text;

    for (; *text; text++) {
        if (*text == '%') {
            *out++ = (char)(hex_value(text[1]) * 16 + hex_value(text[2]));
            text += 2;
        } else {
            *out++ = *text == '+' ? ' ' : *text;
        }
    }
    *out = 0;
}

static int query_knows(const char *names, const char *name) {
    akolhook_str word;

    while (next_word(&names, &word))
        if (akolhook_str_is(word, name)) return 1;
    return 0;
}

static void parameter_fail(request *r, const char *name, const char *code, const char *message) {
    field_fail(r, name, code, message);
    fail(r, 400, code, message);
}

/* Takes the query apart; 0 after it has refused it. */
static int query_read(request *r, parameters *q) {
    char *at = r->query, *end, *equals;
    size_t i;

    q->count = 0;
    for (; *at; at = end) {
        end = at + strcspn(at, "&");
        if (*end) *end++ = 0;
        if (!*at) continue;
        equals = at + strcspn(at, "=");
        if (*equals) *equals++ = 0;
        query_decode(at);
        query_decode(equals);

        if (!query_knows(r->route->parameters, at)) {
            parameter_fail(
                    r, at, "UNKNOWN_PARAMETER", "the query has a parameter that this call does not know");
            return 0;
        }
        if (akolhook_utf8_check(akolhook_str_c(equals), NULL) != AKOLHOOK_OK) {
            parameter_fail(r, at, "BAD_UTF8", akolhook_status_text(AKOLHOOK_BAD_UTF8));
            return 0;
        }
        for (i = 0; i < q->count; i++)
            if (strcmp(q->list[i].name, at) == 0) {
                parameter_fail(r, at, "DOUBLED_PARAMETER", "a parameter of the query stands twice");
                return 0;
            }
        q->list[q->count].name = at;
        q->list[q->count++].value = equals;
    }
    return 1;
}

/* Its value; NULL: it is not there. */
static const char *query_get(const parameters *q, const char *name) {
    size_t i;

    for (i = 0; i < q->count; i++)
        if (strcmp(q->list[i].name, name) == 0) return q->list[i].value;
    return NULL;
}

/* Typed parameters: 0 after a refusal; what is not there leaves *value. */
static int query_count(
        request *r, const parameters *q, const char *name, int64_t least, int64_t most, int64_t *value) {
    const char *text = query_get(q, name);
    int64_t read;

    if (!text) return 1;
    if (read_count(akolhook_str_c(text), &read) && read >= least && read <= most) {
        *value = read;
        return 1;
    }
    parameter_fail(r, name, "BAD_PARAMETER", "a parameter is no number of its range");
    return 0;
}
/* *value: 1 true, 0 false, -1 not there. */
static int query_bool(request *r, const parameters *q, const char *name, int *value) {
    const char *text = query_get(q, name);

    *value = !text ? -1 : strcmp(text, "true") == 0;
    if (!text || *value || strcmp(text, "false") == 0) return 1;
    parameter_fail(r, name, "BAD_PARAMETER", "a parameter must be true or false");
    return 0;
}
static int query_time(request *r, const parameters *q, const char *name, int64_t *at_ms) {
    const char *text = query_get(q, name);

    if (!text) return 1;
    if (akolhook_time_parse(akolhook_str_c(text), at_ms) == AKOLHOOK_OK) {
        if (!*at_ms) *at_ms = 1; /* 0 is no bound */
        return 1;
    }
    parameter_fail(r, name, "BAD_TIME", akolhook_status_text(AKOLHOOK_BAD_TIME));
    return 0;
}

/* ---- the body ---- */

typedef enum member_kind { MEMBER_STRING, MEMBER_BOOL, MEMBER_ARRAY, MEMBER_OBJECT } member_kind;

typedef struct member {
    const char *name;
    member_kind kind;
    int is_needed;
    akolhook_json value; /* out; of type NONE: it was not there */
    akolhook_str text;   /* out, of a string: decoded; NULL: it was not there */
} member;

static int member_fits(member_kind kind, akolhook_json_type type) {
    switch (kind) {
    case MEMBER_STRING: return type == AKOLHOOK_JSON_STRING;
    case MEMBER_BOOL: return type == AKOLHOOK_JSON_TRUE || type == AKOLHOOK_JSON_FALSE;
    case MEMBER_ARRAY: return type == AKOLHOOK_JSON_ARRAY;
    case MEMBER_OBJECT: return type == AKOLHOOK_JSON_OBJECT;
    }
    return 0;
}

/* What answers have and no body may. */
static int is_read_only(akolhook_text name) {
    static const char *const names[] = {"id", "secret", "createdAt", "updatedAt", "lastDeliveryAt", "stats",
            "health", "series", "token", "lastUsedAt", "current"};
    size_t i;

    for (i = 0; i < COUNT_OF(names); i++)
        if (akolhook_text_equal(name, akolhook_str_c(names[i]))) return 1;
    return 0;
}

/* One member of the body; *http becomes what is wrong with it. */
static void member_take(
        request *r, member *members, size_t count, akolhook_text key, akolhook_json value, int *http) {
    char name[40];
    size_t i;

    for (i = 0; i < count && !akolhook_text_equal(key, akolhook_str_c(members[i].name)); i++) continue;
    if (i == count) {
        if (akolhook_text_copy(key, name, sizeof name, NULL) != AKOLHOOK_OK)
            copy_str(key.str, name, sizeof name);
        if (is_read_only(key))
            field_fail(r, name, "READ_ONLY", "this cannot be set here");
        else
            field_fail(r, name, "UNKNOWN_MEMBER", "this call knows no such member");
        if (*http != 400) *http = 422;
        return;
    }
    if (members[i].value.type != AKOLHOOK_JSON_NONE) {
        field_fail(r, members[i].name, "DOUBLED_MEMBER", akolhook_status_text(AKOLHOOK_DOUBLED_MEMBER));
        *http = 400;
    } else if (!member_fits(members[i].kind, value.type)) {
        field_fail(r, members[i].name, "WRONG_TYPE", akolhook_status_text(AKOLHOOK_WRONG_TYPE));
        *http = 400;
    }
    members[i].value = value;
}

/* The text of a string, decoded where it stands in the body: so once alone. */
static akolhook_str text_of(request *r, akolhook_json value) {
    akolhook_text text;
    akolhook_str none = {NULL, 0};
    char *place;
    size_t len = 0;

    if (value.type != AKOLHOOK_JSON_STRING || akolhook_json_get_text(value, &text) != AKOLHOOK_OK)
        return none;
    if (!text.escaped) return text.str;
    place = r->body + (text.str.ptr - r->body);
    if (akolhook_text_decode(text, place, text.str.len, &len) != AKOLHOOK_OK) return none;
    return akolhook_str_n(place, len);
}

/* Reads an object with these members and no others; 0 after it has refused it. */
static int body_read(request *r, member *members, size_t count) {
    akolhook_json root, value;
    akolhook_json_iter iter;
    akolhook_text key;
    akolhook_status status;
    size_t i;
    int http = 0;

    if (!r->body_len && r->route->body == BODY_OPTIONAL) return 1;
    status = r->body_len ? akolhook_json_parse(akolhook_str_n(r->body, r->body_len), &root, NULL)
                         : AKOLHOOK_EMPTY_BODY;
    if (status == AKOLHOOK_OK && root.type != AKOLHOOK_JSON_OBJECT) status = AKOLHOOK_WRONG_TYPE;
    if (status == AKOLHOOK_OK) status = akolhook_json_begin(root, &iter);
    if (status != AKOLHOOK_OK) {
        fail_status(r, status);
        return 0;
    }

    while (akolhook_json_next(&iter, &key, &value)) member_take(r, members, count, key, value, &http);
    for (i = 0; i < count; i++)
        if (members[i].is_needed && members[i].value.type == AKOLHOOK_JSON_NONE) {
            field_fail(r, members[i].name, "MISSING_MEMBER", "this must be given");
            if (!http) http = 422;
        }
    if (http) {
        fail_fields(r, http);
        return 0;
    }
    for (i = 0; i < count; i++) members[i].text = text_of(r, members[i].value);
    return 1;
}
