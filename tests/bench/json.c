/* JSON: building a call.ended body, reading four fields of it, validating long texts; the peers that were
   found beside it. run.sh builds it.

   json                     the tables: medians of interleaved rounds, and akolhook's time over each
   json GROUP ROW N         runs one row N times, for a counter of instructions */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "../../akolhook.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifdef HAVE_CJSON
#include <cjson/cJSON.h>
#endif
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif
#ifdef HAVE_JSMN
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include <jsmn.h>
#endif
#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

#define ROUNDS 21
#define CHECKED(condition) ((condition) ? (void)0 : broken(#condition))

static void broken(const char *what) {
    fprintf(stderr, "json: not so: %s\n", what);
    exit(1);
}

static char body[1024], out[4096], script[131072], prose[131072];
static size_t body_len, script_len, prose_len;
static volatile size_t sink;

/* What the body says, for all builders alike. */
static const char event[] = "call.ended", stamp[] = "2026-04-18T14:23:11.000Z",
                  business[] = "biz_4Zk81LwQpXr7NcT2vYh9sJdE", webhook[] = "whk_Qm5RtB2xKf8WnLs0aVc3Ye7U",
                  call_id[] = "call_8Jr2VnXq5T", agent_id[] = "agent_iris_01", direction[] = "inbound",
                  from_number[] = "+14155550142", to_number[] = "+14155550100",
                  started_at[] = "2026-04-18T14:20:07.000Z", ended_at[] = "2026-04-18T14:23:11.000Z",
                  outcome[] = "booked", summary[] = "Zo\xc3\xab Brandt booked a \"check-up\" for Monday.",
                  sentiment[] = "positive";
static const struct {
    const char *speaker, *text;
    int ms;
} lines[] = {{"agent", "Lindqvist Dental, how can I help?", 0}, {"caller", "A check-up, please.", 4200}};
#define STAMP_MS INT64_C(1776522191000)
#define DURATION 184

/* ---- building ---- */

static void build_akolhook(void) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_call call = AKOLHOOK_INIT;
    akolhook_line line[2];
    size_t len, i;
    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = STAMP_MS;
    envelope.business_id = akolhook_text_c(business);
    envelope.webhook_id = akolhook_text_c(webhook);
    call.call_id = akolhook_text_c(call_id);
    call.agent_id = akolhook_text_c(agent_id);
    call.direction = akolhook_text_c(direction);
    call.from_number = akolhook_text_c(from_number);
    call.to_number = akolhook_text_c(to_number);
    call.started_at = akolhook_text_c(started_at);
    call.ended_at = akolhook_text_c(ended_at);
    call.duration = akolhook_number_int(DURATION);
    call.outcome = akolhook_text_c(outcome);
    call.summary = akolhook_text_c(summary);
    call.sentiment = akolhook_text_c(sentiment);
    for (i = 0; i < 2; i++) {
        line[i].speaker = akolhook_text_c(lines[i].speaker);
        line[i].text = akolhook_text_c(lines[i].text);
        line[i].timestamp = akolhook_number_int(lines[i].ms);
    }
    call.transcript.items = line;
    call.transcript.count = 2;
    CHECKED(akolhook_build_call(out, sizeof out, &len, &envelope, &call) == AKOLHOOK_OK);
    sink += len;
}

/* The same through the writer alone, key by key. */
static void build_writer(void) {
    akolhook_json_writer w;
    char time[AKOLHOOK_TIME_SIZE];
    size_t len, i;
    CHECKED(akolhook_time_format(STAMP_MS, time) == AKOLHOOK_OK);
    akolhook_json_init(&w, out, sizeof out, 0);
    akolhook_json_object_begin(&w);
    akolhook_json_add_string(&w, "event", akolhook_str_c(event));
    akolhook_json_add_string(&w, "timestamp", akolhook_str_c(time));
    akolhook_json_add_string(&w, "businessId", akolhook_str_c(business));
    akolhook_json_add_string(&w, "webhookId", akolhook_str_c(webhook));
    akolhook_json_key(&w, akolhook_str_c("data"));
    akolhook_json_object_begin(&w);
    akolhook_json_add_string(&w, "callId", akolhook_str_c(call_id));
    akolhook_json_add_string(&w, "agentId", akolhook_str_c(agent_id));
    akolhook_json_add_string(&w, "direction", akolhook_str_c(direction));
    akolhook_json_add_string(&w, "fromNumber", akolhook_str_c(from_number));
    akolhook_json_add_string(&w, "toNumber", akolhook_str_c(to_number));
    akolhook_json_add_string(&w, "startedAt", akolhook_str_c(started_at));
    akolhook_json_add_string(&w, "endedAt", akolhook_str_c(ended_at));
    akolhook_json_add_int64(&w, "duration", DURATION);
    akolhook_json_add_string(&w, "outcome", akolhook_str_c(outcome));
    akolhook_json_add_string(&w, "summary", akolhook_str_c(summary));
    akolhook_json_add_string(&w, "sentiment", akolhook_str_c(sentiment));
    akolhook_json_key(&w, akolhook_str_c("transcript"));
    akolhook_json_array_begin(&w);
    for (i = 0; i < 2; i++) {
        akolhook_json_object_begin(&w);
        akolhook_json_add_string(&w, "speaker", akolhook_str_c(lines[i].speaker));
        akolhook_json_add_string(&w, "text", akolhook_str_c(lines[i].text));
        akolhook_json_add_int64(&w, "timestamp", lines[i].ms);
        akolhook_json_object_end(&w);
    }
    akolhook_json_array_end(&w);
    akolhook_json_object_end(&w);
    akolhook_json_object_end(&w);
    CHECKED(akolhook_json_finish(&w, &len) == AKOLHOOK_OK);
    sink += len;
}

/* What one writes by hand: literals copied, values escaped byte by byte, one bound for all of it. No UTF-8
 * check. */
static char *append_text(char *p, const char *s) {
    static const char hex[] = "0123456789abcdef";
    unsigned char c;
    for (; (c = (unsigned char)*s) != 0; s++) {
        if (c >= 0x20 && c != '"' && c != '\\') {
            *p++ = (char)c;
            continue;
        }
        *p++ = '\\';
        if (c == '"' || c == '\\') {
            *p++ = (char)c;
            continue;
        }
        memcpy(p, "u00", 3);
        p[3] = hex[c >> 4];
        p[4] = hex[c & 15];
        p += 5;
    }
    return p;
}
static char *append_int(char *p, long v) {
    char digits[20];
    int n = 0;
    do digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n) *p++ = digits[--n];
    return p;
}
#define LITERAL(text) (memcpy(p, text, sizeof text - 1), p += sizeof text - 1)
#define MEMBER(before, value) (LITERAL(before), p = append_text(p, value))

static void build_by_hand(void) {
    char *p = out;
    size_t i;
    MEMBER("{\"event\":\"", event);
    MEMBER("\",\"timestamp\":\"", stamp);
    MEMBER("\",\"businessId\":\"", business);
    MEMBER("\",\"webhookId\":\"", webhook);
    MEMBER("\",\"data\":{\"callId\":\"", call_id);
    MEMBER("\",\"agentId\":\"", agent_id);
    MEMBER("\",\"direction\":\"", direction);
    MEMBER("\",\"fromNumber\":\"", from_number);
    MEMBER("\",\"toNumber\":\"", to_number);
    MEMBER("\",\"startedAt\":\"", started_at);
    MEMBER("\",\"endedAt\":\"", ended_at);
    LITERAL("\",\"duration\":");
    p = append_int(p, DURATION);
    MEMBER(",\"outcome\":\"", outcome);
    MEMBER("\",\"summary\":\"", summary);
    MEMBER("\",\"sentiment\":\"", sentiment);
    LITERAL("\",\"transcript\":[");
    for (i = 0; i < 2; i++) {
        if (i) *p++ = ',';
        MEMBER("{\"speaker\":\"", lines[i].speaker);
        MEMBER("\",\"text\":\"", lines[i].text);
        LITERAL("\",\"timestamp\":");
        p = append_int(p, lines[i].ms);
        *p++ = '}';
    }
    LITERAL("]}}");
    sink += (size_t)(p - out);
}

static void build_snprintf(void) {
    char text[2][256], *end;
    int len;
    end = append_text(text[0], summary), *end = 0;
    end = append_text(text[1], lines[1].text), *end = 0;
    len = snprintf(out, sizeof out,
            "{\"event\":\"%s\",\"timestamp\":\"%s\",\"businessId\":\"%s\",\"webhookId\":\"%s\",\"data\":{"
            "\"callId\":\"%s\","
            "\"agentId\":\"%s\",\"direction\":\"%s\",\"fromNumber\":\"%s\",\"toNumber\":\"%s\",\"startedAt\":"
            "\"%s\","
            "\"endedAt\":\"%s\",\"duration\":%d,\"outcome\":\"%s\",\"summary\":\"%s\",\"sentiment\":\"%s\","
            "\"transcript\":[{\"speaker\":\"%s\",\"text\":\"%s\",\"timestamp\":%d},"
            "{\"speaker\":\"%s\",\"text\":\"%s\",\"timestamp\":%d}]}}",
            event, stamp, business, webhook, call_id, agent_id, direction, from_number, to_number, started_at,
            ended_at, DURATION, outcome, text[0], sentiment, lines[0].speaker, lines[0].text, lines[0].ms,
            lines[1].speaker, text[1], lines[1].ms);
    sink += (size_t)len;
}

/* ---- reading event, timestamp, data.callId, data.duration ---- */

static void took(
        const void *event_name, size_t event_len, size_t stamp_len, size_t id_len, long long duration) {
    CHECKED(event_len == sizeof event - 1 && memcmp(event_name, event, event_len) == 0);
    CHECKED(stamp_len == sizeof stamp - 1 && id_len == sizeof call_id - 1 && duration == DURATION);
}

static void read_paths(void) {
    akolhook_json root, value;
    akolhook_text name, time, id;
    int64_t duration;
    int ok = akolhook_json_parse(akolhook_str_n(body, body_len), &root, NULL) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get(root, "event", &value) == AKOLHOOK_OK &&
         akolhook_json_get_text(value, &name) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get(root, "timestamp", &value) == AKOLHOOK_OK &&
         akolhook_json_get_text(value, &time) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get(root, "data.callId", &value) == AKOLHOOK_OK &&
         akolhook_json_get_text(value, &id) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get(root, "data.duration", &value) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get_int64(value, &duration) == AKOLHOOK_OK;
    CHECKED(ok);
    took(name.str.ptr, name.str.len, time.str.len, id.str.len, duration);
}

/* Everything typed, the time as a number, the transcript checked: what a receiver does. */
static void read_typed(void) {
    akolhook_message msg;
    akolhook_call call;
    CHECKED(akolhook_envelope_parse(body, body_len, &msg, NULL) == AKOLHOOK_OK);
    CHECKED(akolhook_call_parse(&msg, &call) == AKOLHOOK_OK);
    CHECKED(msg.timestamp_ms == STAMP_MS);
    took(msg.event_name.str.ptr, msg.event_name.str.len, sizeof stamp - 1, call.call_id.str.len,
            call.duration.integer);
}

/* The envelope typed, two members of data by name. */
static void read_message(void) {
    akolhook_message msg;
    akolhook_json value;
    akolhook_text id;
    int64_t duration;
    int ok = akolhook_envelope_parse(body, body_len, &msg, NULL) == AKOLHOOK_OK &&
             msg.timestamp_ms == STAMP_MS;
    ok = ok && akolhook_json_get(msg.data, "callId", &value) == AKOLHOOK_OK &&
         akolhook_json_get_text(value, &id) == AKOLHOOK_OK;
    ok = ok && akolhook_json_get(msg.data, "duration", &value) == AKOLHOOK_OK &&
         akolhook_json_get_int64(value, &duration) == AKOLHOOK_OK;
    CHECKED(ok);
    took(msg.event_name.str.ptr, msg.event_name.str.len, sizeof stamp - 1, id.str.len, duration);
}

static akolhook_str text_in;
static void validate(void) {
    akolhook_json root;
    CHECKED(akolhook_json_parse(text_in, &root, NULL) == AKOLHOOK_OK);
    sink += root.str.len;
}

/* ---- peers ---- */

#ifdef HAVE_YYJSON
static void build_yyjson(void) {
    static char pool[16384];
    yyjson_alc alc;
    yyjson_mut_doc *doc;
    yyjson_mut_val *root, *data, *list, *line;
    char *text;
    size_t len, i;
    yyjson_alc_pool_init(&alc, pool, sizeof pool);
    doc = yyjson_mut_doc_new(&alc);
    root = yyjson_mut_obj(doc);
    data = yyjson_mut_obj(doc);
    list = yyjson_mut_arr(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "event", event);
    yyjson_mut_obj_add_str(doc, root, "timestamp", stamp);
    yyjson_mut_obj_add_str(doc, root, "businessId", business);
    yyjson_mut_obj_add_str(doc, root, "webhookId", webhook);
    yyjson_mut_obj_add_val(doc, root, "data", data);
    yyjson_mut_obj_add_str(doc, data, "callId", call_id);
    yyjson_mut_obj_add_str(doc, data, "agentId", agent_id);
    yyjson_mut_obj_add_str(doc, data, "direction", direction);
    yyjson_mut_obj_add_str(doc, data, "fromNumber", from_number);
    yyjson_mut_obj_add_str(doc, data, "toNumber", to_number);
    yyjson_mut_obj_add_str(doc, data, "startedAt", started_at);
    yyjson_mut_obj_add_str(doc, data, "endedAt", ended_at);
    yyjson_mut_obj_add_int(doc, data, "duration", DURATION);
    yyjson_mut_obj_add_str(doc, data, "outcome", outcome);
    yyjson_mut_obj_add_str(doc, data, "summary", summary);
    yyjson_mut_obj_add_str(doc, data, "sentiment", sentiment);
    yyjson_mut_obj_add_val(doc, data, "transcript", list);
    for (i = 0; i < 2; i++) {
        line = yyjson_mut_arr_add_obj(doc, list);
        yyjson_mut_obj_add_str(doc, line, "speaker", lines[i].speaker);
        yyjson_mut_obj_add_str(doc, line, "text", lines[i].text);
        yyjson_mut_obj_add_int(doc, line, "timestamp", lines[i].ms);
    }
    text = yyjson_mut_write_opts(doc, 0, &alc, &len, NULL);
    CHECKED(text != NULL && len < sizeof out);
    memcpy(out, text, len);
    sink += len;
}
static void read_yyjson(void) {
    static char pool[65536];
    yyjson_alc alc;
    yyjson_doc *doc;
    yyjson_val *root, *data, *name;
    yyjson_alc_pool_init(&alc, pool, sizeof pool);
    doc = yyjson_read_opts(body, body_len, 0, &alc, NULL);
    root = yyjson_doc_get_root(doc);
    data = yyjson_obj_get(root, "data");
    name = yyjson_obj_get(root, "event");
    took(yyjson_get_str(name), yyjson_get_len(name), yyjson_get_len(yyjson_obj_get(root, "timestamp")),
            yyjson_get_len(yyjson_obj_get(data, "callId")), yyjson_get_int(yyjson_obj_get(data, "duration")));
    yyjson_doc_free(doc);
}
static void parse_yyjson(void) {
    static char pool[1 << 20];
    yyjson_alc alc;
    yyjson_doc *doc;
    yyjson_alc_pool_init(&alc, pool, sizeof pool);
    doc = yyjson_read_opts((char *)text_in.ptr, text_in.len, 0, &alc, NULL);
    CHECKED(doc != NULL);
    yyjson_doc_free(doc);
}
#endif

#ifdef HAVE_CJSON
static void build_cjson(void) {
    cJSON *root = cJSON_CreateObject(), *data, *list, *line;
    size_t i;
    cJSON_AddStringToObject(root, "event", event);
    cJSON_AddStringToObject(root, "timestamp", stamp);
    cJSON_AddStringToObject(root, "businessId", business);
    cJSON_AddStringToObject(root, "webhookId", webhook);
    data = cJSON_AddObjectToObject(root, "data");
    cJSON_AddStringToObject(data, "callId", call_id);
    cJSON_AddStringToObject(data, "agentId", agent_id);
    cJSON_AddStringToObject(data, "direction", direction);
    cJSON_AddStringToObject(data, "fromNumber", from_number);
    cJSON_AddStringToObject(data, "toNumber", to_number);
    cJSON_AddStringToObject(data, "startedAt", started_at);
    cJSON_AddStringToObject(data, "endedAt", ended_at);
    cJSON_AddNumberToObject(data, "duration", DURATION);
    cJSON_AddStringToObject(data, "outcome", outcome);
    cJSON_AddStringToObject(data, "summary", summary);
    cJSON_AddStringToObject(data, "sentiment", sentiment);
    list = cJSON_AddArrayToObject(data, "transcript");
    for (i = 0; i < 2; i++) {
        cJSON_AddItemToArray(list, line = cJSON_CreateObject());
        cJSON_AddStringToObject(line, "speaker", lines[i].speaker);
        cJSON_AddStringToObject(line, "text", lines[i].text);
        cJSON_AddNumberToObject(line, "timestamp", lines[i].ms);
    }
    CHECKED(cJSON_PrintPreallocated(root, out, sizeof out, 0));
    cJSON_Delete(root);
    sink += strlen(out);
}
static void read_cjson(void) {
    cJSON *root = cJSON_ParseWithLength(body, body_len),
          *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "event"));
    took(name, strlen(name),
            strlen(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "timestamp"))),
            strlen(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "callId"))),
            cJSON_GetObjectItemCaseSensitive(data, "duration")->valueint);
    cJSON_Delete(root);
}
static void parse_cjson(void) {
    cJSON *root = cJSON_ParseWithLength(text_in.ptr, text_in.len);
    CHECKED(root != NULL);
    cJSON_Delete(root);
}
#endif

#ifdef HAVE_JANSSON
static void build_jansson(void) {
    json_t *root, *list = json_array();
    size_t i;
    for (i = 0; i < 2; i++)
        json_array_append_new(list, json_pack("{ss ss si}", "speaker", lines[i].speaker, "text",
                                            lines[i].text, "timestamp", lines[i].ms));
    root = json_pack("{ss ss ss ss s{ss ss ss ss ss ss ss si ss ss ss so}}", "event", event, "timestamp",
            stamp, "businessId", business, "webhookId", webhook, "data", "callId", call_id, "agentId",
            agent_id, "direction", direction, "fromNumber", from_number, "toNumber", to_number, "startedAt",
            started_at, "endedAt", ended_at, "duration", DURATION, "outcome", outcome, "summary", summary,
            "sentiment", sentiment, "transcript", list);
    sink += json_dumpb(root, out, sizeof out, JSON_COMPACT);
    json_decref(root);
}
static void read_jansson(void) {
    json_t *root = json_loadb(body, body_len, 0, NULL);
    json_t *data = json_object_get(root, "data"), *name = json_object_get(root, "event");
    took(json_string_value(name), json_string_length(name),
            json_string_length(json_object_get(root, "timestamp")),
            json_string_length(json_object_get(data, "callId")),
            json_integer_value(json_object_get(data, "duration")));
    json_decref(root);
}
static void parse_jansson(void) {
    json_t *root = json_loadb(text_in.ptr, text_in.len, 0, NULL);
    CHECKED(root != NULL);
    json_decref(root);
}
#endif

#ifdef HAVE_JSMN
static jsmntok_t tokens[16384];

/* The value of a key among the children of an object; 0 when it is not there. */
static int jsmn_find(const char *text, int count, int object, const char *key) {
    int i, len = (int)strlen(key);
    for (i = object + 1; i < count && tokens[i].start < tokens[object].end; i++)
        if (tokens[i].parent == object && tokens[i].end - tokens[i].start == len &&
                memcmp(text + tokens[i].start, key, (size_t)len) == 0)
            return i + 1;
    return 0;
}
#define TOKEN_LEN(i) ((size_t)(tokens[i].end - tokens[i].start))
static void read_jsmn(void) {
    jsmn_parser parser;
    int count, data, name;
    jsmn_init(&parser);
    count = jsmn_parse(&parser, body, body_len, tokens, 128);
    CHECKED(count > 0);
    data = jsmn_find(body, count, 0, "data");
    name = jsmn_find(body, count, 0, "event");
    took(body + tokens[name].start, TOKEN_LEN(name), TOKEN_LEN(jsmn_find(body, count, 0, "timestamp")),
            TOKEN_LEN(jsmn_find(body, count, data, "callId")),
            atoi(body + tokens[jsmn_find(body, count, data, "duration")].start));
}
static void parse_jsmn(void) {
    jsmn_parser parser;
    jsmn_init(&parser);
    CHECKED(jsmn_parse(&parser, text_in.ptr, text_in.len, tokens, 16384) > 0);
}
#endif

/* ---- the table ---- */

static void use_none(void) {}
static void use_script(void) { text_in = akolhook_str_n(script, script_len); }
static void use_prose(void) { text_in = akolhook_str_n(prose, prose_len); }
static void copy_body(void) {
    memcpy(out, body, body_len);
    sink += (size_t)out[7];
}

typedef struct row {
    const char *name;
    void (*run)(void);
} row;
static const row build_rows[] = {{"akolhook_build_call", build_akolhook},
        {"akolhook writer calls", build_writer}, {"appends by hand, escaping", build_by_hand},
#ifdef HAVE_YYJSON
        {"yyjson, pool", build_yyjson},
#endif
        {"snprintf, two texts escaped", build_snprintf},
#ifdef HAVE_CJSON
        {"cJSON", build_cjson},
#endif
#ifdef HAVE_JANSSON
        {"jansson", build_jansson},
#endif
        {"memcpy (floor)", copy_body}, {NULL, NULL}};
static const row read_rows[] = {{"akolhook_json_parse + _get", read_paths},
        {"akolhook_envelope_parse + two _get", read_message},
        {"akolhook_envelope_parse + akolhook_call_parse", read_typed},
#ifdef HAVE_YYJSON
        {"yyjson, pool", read_yyjson},
#endif
#ifdef HAVE_JSMN
        {"jsmn strict", read_jsmn},
#endif
#ifdef HAVE_CJSON
        {"cJSON", read_cjson},
#endif
#ifdef HAVE_JANSSON
        {"jansson", read_jansson},
#endif
        {NULL, NULL}};
static const row validate_rows[] = {{"akolhook_json_parse", validate},
#ifdef HAVE_YYJSON
        {"yyjson, pool", parse_yyjson},
#endif
#ifdef HAVE_JSMN
        {"jsmn strict", parse_jsmn},
#endif
#ifdef HAVE_CJSON
        {"cJSON", parse_cjson},
#endif
#ifdef HAVE_JANSSON
        {"jansson", parse_jansson},
#endif
        {NULL, NULL}};
static const struct group {
    const char *id, *title;
    const row *rows;
    void (*use)(void);
    const size_t *bytes;
} groups[] = {{"build", "building a call.ended body", build_rows, use_none, &body_len},
        {"read", "validating it and reading event, timestamp, data.callId, data.duration", read_rows,
                use_none, &body_len},
        {"script", "validating a transcript.ready body", validate_rows, use_script, &script_len},
        {"prose", "validating one long ASCII text", validate_rows, use_prose, &prose_len}};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static double time_of(void (*run)(void), long count) {
    double start = now();
    long i;
    for (i = 0; i < count; i++) run();
    return (now() - start) / (double)count;
}
static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median_of(const double *values) {
    double sorted[ROUNDS];
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof sorted[0], by_size);
    return sorted[ROUNDS / 2];
}

static void measure(const struct group *g) {
    static double times[16][ROUNDS];
    long counts[16];
    int n, i, round;
    g->use();
    for (n = 0; g->rows[n].name; n++) counts[n] = (long)(1e6 / time_of(g->rows[n].run, 20)) + 1;
    for (round = 0; round < ROUNDS; round++)
        for (i = 0; i < n; i++) times[i][round] = time_of(g->rows[i].run, counts[i]);
    printf("\n%s, %lu bytes\n", g->title, (unsigned long)*g->bytes);
    for (i = 0; i < n; i++) {
        double ratios[ROUNDS];
        for (round = 0; round < ROUNDS; round++) ratios[round] = times[0][round] / times[i][round];
        printf("%-46s %10.0f ns %7.2f GB/s", g->rows[i].name, median_of(times[i]),
                (double)*g->bytes / median_of(times[i]));
        if (i)
            printf(" %8.2f", median_of(ratios));
        else
            printf("   ours/it");
        printf("\n");
    }
}

static void texts_init(void) {
    akolhook_json_writer w;
    int i;
    build_akolhook();
    body_len = sink;
    memcpy(body, out, body_len);
    akolhook_json_init(&w, script, sizeof script, 0);
    akolhook_json_object_begin(&w);
    akolhook_json_key(&w, akolhook_str_c("transcript"));
    akolhook_json_array_begin(&w);
    for (i = 0; w.len < 102000; i++) {
        akolhook_json_object_begin(&w);
        akolhook_json_add_string(&w, "speaker", akolhook_str_c(i % 2 ? "caller" : "agent"));
        akolhook_json_add_string(&w, "text",
                akolhook_str_c(i % 2 ? "Could we make it half an hour later? I have to bring the kids to "
                                       "school first, it's on the way."
                                     : "Of course: 9:30 is free as well. I have written \"9:30, check-up\" "
                                       "down for you, Zo\xc3\xab. Anything else?"));
        akolhook_json_add_int64(&w, "timestamp", i * 4100);
        akolhook_json_object_end(&w);
    }
    akolhook_json_array_end(&w);
    akolhook_json_object_end(&w);
    CHECKED(akolhook_json_finish(&w, &script_len) == AKOLHOOK_OK);
    for (prose_len = 0; prose_len < 102400; prose_len++)
        prose[prose_len] = "The caller asked for an appointment. "[prose_len % 37];
    memcpy(prose, "[\"", 2);
    memcpy(prose + prose_len - 2, "\"]", 2);
}

/* Every builder must give the same bytes. */
static void same_bodies(void) {
    const row *r;
    for (r = build_rows; r->name; r++) {
        memset(out, '#', body_len);
        r->run();
        if (memcmp(out, body, body_len) == 0) continue;
        fprintf(stderr, "%s builds\n%.*s\ninstead of\n%.*s\n", r->name, (int)body_len, out, (int)body_len,
                body);
        exit(1);
    }
}

int main(int argc, char **argv) {
    size_t i;
    texts_init();
    same_bodies();
    if (argc == 4) { /* GROUP ROW COUNT */
        for (i = 0; i < sizeof groups / sizeof groups[0]; i++) {
            if (strcmp(groups[i].id, argv[1]) != 0) continue;
            groups[i].use();
            time_of(groups[i].rows[atoi(argv[2])].run, atol(argv[3]));
        }
        return 0;
    }
    for (i = 0; i < sizeof groups / sizeof groups[0]; i++) measure(groups + i);
    return 0;
}
