/* The writer and the reader together: the input chooses calls of the writer; what it writes must read back as
   what was given. Then the same for a typed body. */
#define _POSIX_C_SOURCE 200809L
#define AKOLHOOK_STATIC
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"
#include "fuzz.h"

/* One call and what it was given. */
typedef struct call {
    uint8_t op;
    akolhook_text text;
    int64_t number;
    int32_t scale;
} call;
enum {
    OBJECT,
    ARRAY,
    END,
    STRING,
    TEXT,
    INT64,
    UINT64,
    DECIMAL,
    NUMBER,
    TRUE_FALSE,
    NULL_VALUE,
    RAW,
    KEY,
    OPS = KEY
};
#define MOST_CALLS 512
static call calls[MOST_CALLS];
static size_t call_count;
static unsigned flags;
static uint8_t containers[AKOLHOOK_MAX_DEPTH + 2];

static akolhook_str take_str(source *s) {
    size_t len = take(s);
    akolhook_str str;
    if (len > (size_t)(s->end - s->p)) len = (size_t)(s->end - s->p);
    str = akolhook_str_n(s->p, len);
    s->p += len;
    return str;
}
static void add(source *s, uint8_t op) {
    call *c = &calls[call_count++];
    memset(c, 0, sizeof *c);
    c->op = op;
    if (op == STRING || op == TEXT || op == NUMBER || op == RAW || op == KEY) c->text.str = take_str(s);
    if (op == TEXT) c->text.escaped = 1;
    if (op == INT64 || op == UINT64 || op == DECIMAL) c->number = (int64_t)take_number(s);
    if (op == DECIMAL) c->scale = (int32_t)take(s) - 128;
    if (op == TRUE_FALSE) c->number = take(s) & 1;
}

/* Calls in an order that is allowed; whether their texts are is for the writer to say. */
static void plan(source *s) {
    size_t depth = 0;
    call_count = 0;
    do {
        uint8_t op = (uint8_t)(take(s) % OPS);
        if (s->p == s->end || call_count + AKOLHOOK_MAX_DEPTH + 4 > MOST_CALLS) op = depth ? END : NULL_VALUE;
        if (op == END && !depth) op = NULL_VALUE;
        if (op <= ARRAY && depth == AKOLHOOK_MAX_DEPTH) op = NULL_VALUE;
        if (op != END && depth && containers[depth] == OBJECT) add(s, KEY);
        add(s, op);
        if (op <= ARRAY) containers[++depth] = op;
        if (op == END) calls[call_count - 1].number = containers[depth--];
    } while (depth);
}

static akolhook_status write_calls(char *buf, size_t cap, size_t *len) {
    akolhook_json_writer w;
    size_t i;
    akolhook_json_init(&w, buf, cap, flags);
    for (i = 0; i < call_count; i++) {
        const call *c = &calls[i];
        switch (c->op) {
        case OBJECT: akolhook_json_object_begin(&w); break;
        case ARRAY: akolhook_json_array_begin(&w); break;
        case END:
            if (c->number == OBJECT)
                akolhook_json_object_end(&w);
            else
                akolhook_json_array_end(&w);
            break;
        case STRING: akolhook_json_string(&w, c->text.str); break;
        case TEXT: akolhook_json_text(&w, c->text); break;
        case INT64: akolhook_json_int64(&w, c->number); break;
        case UINT64: akolhook_json_uint64(&w, (uint64_t)c->number); break;
        case DECIMAL: akolhook_json_decimal(&w, c->number, c->scale); break;
        case NUMBER: akolhook_json_number(&w, c->text.str); break;
        case TRUE_FALSE: akolhook_json_bool(&w, (int)c->number); break;
        case NULL_VALUE: akolhook_json_null(&w); break;
        case RAW: akolhook_json_raw(&w, c->text.str); break;
        default: akolhook_json_key(&w, c->text.str); break;
        }
    }
    return akolhook_json_finish(&w, len);
}

static int same_text(akolhook_text a, akolhook_text b) {
    char *plain = (char *)malloc(b.str.len + 1);
    size_t len;
    int same = akolhook_text_decode(b, plain, b.str.len, &len) == AKOLHOOK_OK;
    same = same && akolhook_text_equal(a, akolhook_str_n(plain, len));
    free(plain);
    return same;
}

/* Brings both to one scale; the reader drops zeros behind the point, and gives up on a whole number that has
 * too many. */
static void check_decimal(int64_t given, int32_t given_scale, akolhook_str text) {
    int64_t n;
    int32_t scale;
    const akolhook_status status = akolhook_number_decimal(text, &n, &scale);
    for (; given_scale < 0 && given && given <= INT64_MAX / 10 && given >= INT64_MIN / 10; given_scale++)
        given *= 10;
    if (given_scale < 0 && given) {
        FUZZ_CHECK(status == AKOLHOOK_OUT_OF_RANGE);
        return;
    }
    FUZZ_CHECK(status == AKOLHOOK_OK && (n == 0) == (given == 0) && (n == 0 || scale <= given_scale));
    for (; n && scale < given_scale; scale++) n *= 10;
    FUZZ_CHECK(n == given);
}

static void check_value(const call *c, akolhook_json v) {
    akolhook_text text;
    int64_t n;
    uint64_t u;
    int truth;
    switch (c->op) {
    case OBJECT: FUZZ_CHECK(v.type == AKOLHOOK_JSON_OBJECT); break;
    case ARRAY: FUZZ_CHECK(v.type == AKOLHOOK_JSON_ARRAY); break;
    case STRING:
    case TEXT: FUZZ_CHECK(akolhook_json_get_text(v, &text) == AKOLHOOK_OK && same_text(text, c->text)); break;
    case INT64: FUZZ_CHECK(akolhook_json_get_int64(v, &n) == AKOLHOOK_OK && n == c->number); break;
    case UINT64:
        FUZZ_CHECK(akolhook_json_get_uint64(v, &u) == AKOLHOOK_OK && u == (uint64_t)c->number);
        break;
    case DECIMAL: check_decimal(c->number, c->scale, v.str); break;
    case NUMBER: FUZZ_CHECK(v.type == AKOLHOOK_JSON_NUMBER && akolhook_str_equal(v.str, c->text.str)); break;
    case TRUE_FALSE:
        FUZZ_CHECK(akolhook_json_get_bool(v, &truth) == AKOLHOOK_OK && truth == (int)c->number);
        break;
    case NULL_VALUE: FUZZ_CHECK(v.type == AKOLHOOK_JSON_NULL); break;
    default: FUZZ_CHECK(c->op == RAW && v.str.len <= c->text.str.len); break;
    }
}

/* Walks what was written beside the calls that wrote it. */
static void check_all(akolhook_json value) {
    akolhook_json_iter stack[AKOLHOOK_MAX_DEPTH + 1];
    akolhook_text key;
    size_t depth = 0, i;
    for (i = 0; i < call_count; i++) {
        if (calls[i].op == END) {
            FUZZ_CHECK(depth > 0 && !akolhook_json_next(&stack[--depth], &key, &value));
            continue;
        }
        if (depth) FUZZ_CHECK(akolhook_json_next(&stack[depth - 1], &key, &value));
        if (calls[i].op == KEY) FUZZ_CHECK(same_text(key, calls[i++].text));
        check_value(&calls[i], value);
        if (calls[i].op <= ARRAY) FUZZ_CHECK(akolhook_json_begin(value, &stack[depth++]) == AKOLHOOK_OK);
    }
    FUZZ_CHECK(depth == 0);
}

static void writer_calls(source *s) {
    akolhook_json root;
    size_t need, len = 0;
    char *exact, *shorter;
    akolhook_status status, with_less;
    flags = take(s) & 1 ? AKOLHOOK_JSON_ESCAPE_HTML : 0;
    plan(s);
    status = write_calls(NULL, 0, &need);
    FUZZ_CHECK(status != AKOLHOOK_OK && status != AKOLHOOK_JSON_NESTING);
    if (status != AKOLHOOK_BUFFER_TOO_SMALL) {
        char some[64];
        FUZZ_CHECK(need == 0 && write_calls(some, sizeof some, &len) == status && len == 0);
        return;
    }
    exact = (char *)malloc(need);
    FUZZ_CHECK(write_calls(exact, need, &len) == AKOLHOOK_OK && len == need);
    FUZZ_CHECK(akolhook_json_parse(akolhook_str_n(exact, len), &root, NULL) == AKOLHOOK_OK);
    check_all(root);
    shorter = (char *)malloc(need);
    memset(shorter, '#', need);
    with_less = write_calls(shorter, take(s) * need / 256, &len);
    FUZZ_CHECK(with_less == AKOLHOOK_BUFFER_TOO_SMALL && len == need && shorter[need - 1] == '#');
    free(exact);
    free(shorter);
}

static void typed_body(source *s) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_call data = AKOLHOOK_INIT, back;
    akolhook_message msg;
    akolhook_line line = AKOLHOOK_INIT, line_back;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_text *const fields[] = {&data.call_id, &data.agent_id, &data.summary, &data.failure_reason,
            &line.speaker, &line.text, &envelope.business_id};
    size_t need, len, i;
    char *buf;
    akolhook_status status;
    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = (int64_t)take_number(s);
    for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        fields[i]->escaped = (uint8_t)(take(s) & 1);
        fields[i]->str = take_str(s);
    }
    data.duration = akolhook_number_int((int64_t)take_number(s));
    line.timestamp.str = take_str(s);
    data.transcript.items = &line;
    data.transcript.count = take(s) & 1;
    status = akolhook_build_call(NULL, 0, &need, &envelope, &data);
    FUZZ_CHECK(status != AKOLHOOK_OK);
    if (status != AKOLHOOK_BUFFER_TOO_SMALL) {
        FUZZ_CHECK(need == 0);
        return;
    }
    buf = (char *)malloc(need);
    FUZZ_CHECK(akolhook_build_call(buf, need, &len, &envelope, &data) == AKOLHOOK_OK && len == need);
    FUZZ_CHECK(akolhook_envelope_parse(buf, len, &msg, NULL) == AKOLHOOK_OK &&
               akolhook_call_parse(&msg, &back) == AKOLHOOK_OK);
    FUZZ_CHECK(msg.timestamp_ms == envelope.timestamp_ms && same_text(msg.business_id, envelope.business_id));
    FUZZ_CHECK(same_text(back.call_id, data.call_id) && same_text(back.agent_id, data.agent_id));
    FUZZ_CHECK(same_text(back.summary, data.summary));
    FUZZ_CHECK(same_text(back.failure_reason, data.failure_reason) &&
               back.duration.integer == data.duration.integer);
    if (data.transcript.count) {
        FUZZ_CHECK(akolhook_lines_next(&back.transcript, &iter, &line_back));
        FUZZ_CHECK(same_text(line_back.speaker, line.speaker) && same_text(line_back.text, line.text));
        FUZZ_CHECK(akolhook_str_equal(line_back.timestamp.str, line.timestamp.str));
    }
    FUZZ_CHECK(!akolhook_lines_next(&back.transcript, &iter, &line_back));
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    source s;
    if (len > FUZZ_MOST) return 0;
    s.p = data;
    s.end = data + len;
    if (take(&s) & 1)
        typed_body(&s);
    else
        writer_calls(&s);
    return 0;
}
