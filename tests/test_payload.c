/* The envelope and its typed data: building, reading, samples. */
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"
#ifndef __AVR__
#include <locale.h>
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define T0 INT64_C(1776522191000) /* 2026-04-18T14:23:11Z: 20561 days * 86400 + 51791 s */

/* A text that needs every kind of care, and the same as a JSON string holds it. */
#define PLAIN " \"q\" \\ / \b\f\n\r\t \x01\x1f\x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"
#define ESCAPED " \\\"q\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001f\x7f \xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"

/* The members of each struct in the order of the wire: t text, n number, r raw, l lines, s names. */
typedef struct member {
    const char *name;
    char kind;
    size_t at;
} member;
#define M(type, field, name, kind) \
    { name, kind, offsetof(akolhook_##type, field) }
static const member call_members[] = {M(call, call_id, "callId", 't'),
        M(call, campaign_id, "campaignId", 't'), M(call, agent_id, "agentId", 't'),
        M(call, direction, "direction", 't'), M(call, from_number, "fromNumber", 't'),
        M(call, to_number, "toNumber", 't'), M(call, started_at, "startedAt", 't'),
        M(call, ended_at, "endedAt", 't'), M(call, duration, "duration", 'n'),
        M(call, outcome, "outcome", 't'), M(call, summary, "summary", 't'),
        M(call, sentiment, "sentiment", 't'), M(call, transcript, "transcript", 'l'),
        M(call, failure_reason, "failureReason", 't'), M(call, transferred_to, "transferredTo", 't'),
        M(call, transferred_at, "transferredAt", 't')};
static const member transcript_members[] = {M(transcript, call_id, "callId", 't'),
        M(transcript, agent_id, "agentId", 't'), M(transcript, language, "language", 't'),
        M(transcript, transcript, "transcript", 'l')};
static const member summary_members[] = {M(summary, call_id, "callId", 't'),
        M(summary, agent_id, "agentId", 't'), M(summary, summary, "summary", 't'),
        M(summary, sentiment, "sentiment", 't')};
static const member function_call_members[] = {M(function_call, call_id, "callId", 't'),
        M(function_call, agent_id, "agentId", 't'), M(function_call, function_name, "functionName", 't'),
        M(function_call, arguments, "arguments", 'r'), M(function_call, result, "result", 'r'),
        M(function_call, called_at, "calledAt", 't'), M(function_call, duration_ms, "durationMs", 'n')};
static const member agent_members[] = {M(agent, agent_id, "agentId", 't'), M(agent, name, "name", 't'),
        M(agent, language, "language", 't'), M(agent, voice, "voice", 't'),
        M(agent, created_at, "createdAt", 't'), M(agent, updated_at, "updatedAt", 't'),
        M(agent, deleted_at, "deletedAt", 't'), M(agent, changes, "changes", 's')};
static const member phone_number_members[] = {M(phone_number, phone_number_id, "phoneNumberId", 't'),
        M(phone_number, number, "number", 't'), M(phone_number, country, "country", 't'),
        M(phone_number, purchased_at, "purchasedAt", 't'), M(phone_number, released_at, "releasedAt", 't')};
static const member appointment_members[] = {M(appointment, appointment_id, "appointmentId", 't'),
        M(appointment, call_id, "callId", 't'), M(appointment, agent_id, "agentId", 't'),
        M(appointment, attendee_name, "attendeeName", 't'),
        M(appointment, attendee_number, "attendeeNumber", 't'), M(appointment, starts_at, "startsAt", 't'),
        M(appointment, ends_at, "endsAt", 't'), M(appointment, title, "title", 't')};
static const member sms_members[] = {M(sms, message_id, "messageId", 't'),
        M(sms, from_number, "fromNumber", 't'), M(sms, to_number, "toNumber", 't'), M(sms, text, "text", 't'),
        M(sms, received_at, "receivedAt", 't')};
static const member lead_members[] = {M(lead, lead_id, "leadId", 't'), M(lead, call_id, "callId", 't'),
        M(lead, agent_id, "agentId", 't'), M(lead, name, "name", 't'), M(lead, number, "number", 't'),
        M(lead, email, "email", 't'), M(lead, notes, "notes", 't')};

typedef union any {
    akolhook_call call;
    akolhook_transcript transcript;
    akolhook_summary summary;
    akolhook_function_call function_call;
    akolhook_agent agent;
    akolhook_phone_number phone_number;
    akolhook_appointment appointment;
    akolhook_sms sms;
    akolhook_lead lead;
} any;
enum { CALL, TRANSCRIPT, SUMMARY, FUNCTION_CALL, AGENT, PHONE_NUMBER, APPOINTMENT, SMS, LEAD, SHAPES };
#define S(members, size, event) \
    { members, COUNT(members), size, AKOLHOOK_##event }
static const struct shape {
    const member *members;
    size_t count, size;
    akolhook_event event;
} shapes[SHAPES] = {S(call_members, sizeof(akolhook_call), CALL_TRANSFERRED),
        S(transcript_members, sizeof(akolhook_transcript), TRANSCRIPT_READY),
        S(summary_members, sizeof(akolhook_summary), SUMMARY_READY),
        S(function_call_members, sizeof(akolhook_function_call), FUNCTION_CALLED),
        S(agent_members, sizeof(akolhook_agent), AGENT_UPDATED),
        S(phone_number_members, sizeof(akolhook_phone_number), PHONE_NUMBER_RELEASED),
        S(appointment_members, sizeof(akolhook_appointment), APPOINTMENT_SCHEDULED),
        S(sms_members, sizeof(akolhook_sms), MESSAGE_RECEIVED),
        S(lead_members, sizeof(akolhook_lead), LEAD_CREATED)};
/* Which struct each event carries. */
static const int shape_of[19] = {-1, CALL, CALL, CALL, CALL, CALL, CALL, TRANSCRIPT, SUMMARY, FUNCTION_CALL,
        AGENT, AGENT, AGENT, PHONE_NUMBER, PHONE_NUMBER, CALL, APPOINTMENT, SMS, LEAD};

static akolhook_status build_any(
        int which, char *buf, size_t cap, size_t *len, const akolhook_envelope *e, const any *a) {
    switch (which) {
    case CALL: return akolhook_build_call(buf, cap, len, e, a ? &a->call : NULL);
    case TRANSCRIPT: return akolhook_build_transcript(buf, cap, len, e, a ? &a->transcript : NULL);
    case SUMMARY: return akolhook_build_summary(buf, cap, len, e, a ? &a->summary : NULL);
    case FUNCTION_CALL: return akolhook_build_function_call(buf, cap, len, e, a ? &a->function_call : NULL);
    case AGENT: return akolhook_build_agent(buf, cap, len, e, a ? &a->agent : NULL);
    case PHONE_NUMBER: return akolhook_build_phone_number(buf, cap, len, e, a ? &a->phone_number : NULL);
    case APPOINTMENT: return akolhook_build_appointment(buf, cap, len, e, a ? &a->appointment : NULL);
    case SMS: return akolhook_build_sms(buf, cap, len, e, a ? &a->sms : NULL);
    default: return akolhook_build_lead(buf, cap, len, e, a ? &a->lead : NULL);
    }
}
static akolhook_status parse_any(int which, const akolhook_message *msg, any *a) {
    switch (which) {
    case CALL: return akolhook_call_parse(msg, a ? &a->call : NULL);
    case TRANSCRIPT: return akolhook_transcript_parse(msg, a ? &a->transcript : NULL);
    case SUMMARY: return akolhook_summary_parse(msg, a ? &a->summary : NULL);
    case FUNCTION_CALL: return akolhook_function_call_parse(msg, a ? &a->function_call : NULL);
    case AGENT: return akolhook_agent_parse(msg, a ? &a->agent : NULL);
    case PHONE_NUMBER: return akolhook_phone_number_parse(msg, a ? &a->phone_number : NULL);
    case APPOINTMENT: return akolhook_appointment_parse(msg, a ? &a->appointment : NULL);
    case SMS: return akolhook_sms_parse(msg, a ? &a->sms : NULL);
    default: return akolhook_lead_parse(msg, a ? &a->lead : NULL);
    }
}

/* Text that grows. */
typedef struct text {
    char at[CHECK_ROOM(16384, 160)];
    size_t len;
} text;
static void add(text *t, const char *s) {
    size_t len = strlen(s);
    if (len > sizeof t->at - 1 - t->len) {
        check_note(__FILE__, __LINE__, "struct text is too small");
        return;
    }
    memcpy(t->at + t->len, s, len + 1);
    t->len += len;
}
static void set(text *t, const char *s) {
    t->len = 0;
    add(t, s);
}

static akolhook_envelope envelope_of(akolhook_event event) {
    akolhook_envelope e = AKOLHOOK_INIT;
    e.event = event;
    e.timestamp_ms = T0;
    e.business_id = akolhook_text_c("biz_1");
    e.webhook_id = akolhook_text_c("whk_1");
    return e;
}
static void add_head(text *t, akolhook_event event) {
    set(t, "{\"event\":\"");
    add(t, akolhook_event_name(event));
    add(t, "\",\"timestamp\":\"2026-04-18T14:23:11.000Z\",\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\","
           "\"data\":");
}
/* A message of this event with these data, as an envelope gives it. */
static akolhook_message message_of(text *t, akolhook_event event, const char *data) {
    akolhook_message msg;
    add_head(t, event);
    add(t, data);
    add(t, "}");
    CHECK_STATUS(akolhook_envelope_parse(t->at, t->len, &msg, NULL), OK);
    return msg;
}
static int is_zero(const void *p, size_t len) {
    const unsigned char *b = (const unsigned char *)p;
    while (len)
        if (b[--len]) return 0;
    return 1;
}

/* ---- every struct, filled completely ---- */

#define RAW "{\"a b\":[1.50,{\"\\u00e9\":null}],\"c\":\"" ESCAPED "\"}"
#define LINES \
    "[{\"speaker\":\"agent\",\"text\":\"" ESCAPED \
    "\",\"timestamp\":0},{\"speaker\":\"caller\",\"timestamp\":1.5e3},{}]"
#define NAMES "[\"voice\",\"" ESCAPED "\",\"\"]"
static akolhook_line sample_lines[3];
static akolhook_text sample_names[3];

static void values_init(void) {
    sample_lines[0].speaker = akolhook_text_c("agent");
    sample_lines[0].text = akolhook_text_c(PLAIN);
    sample_lines[0].timestamp = akolhook_number_int(0);
    sample_lines[1].speaker = akolhook_text_c("caller");
    sample_lines[1].timestamp.str = akolhook_str_c("1.5e3");
    sample_names[0] = akolhook_text_c("voice");
    sample_names[1] = akolhook_text_c(PLAIN);
    sample_names[2] = akolhook_text_c("");
}

static void plain_of(const member *m, text *t) {
    set(t, m->name);
    add(t, PLAIN);
}

static void fill(const struct shape *s, any *a, text *texts, size_t skip) {
    size_t i;
    memset(a, 0, sizeof *a);
    for (i = 0; i < s->count; i++) {
        void *field = (char *)a + s->members[i].at;
        if (i == skip) continue;
        plain_of(s->members + i, texts + i);
        switch (s->members[i].kind) {
        case 't': *(akolhook_text *)field = akolhook_text_n(texts[i].at, texts[i].len); break;
        case 'n': *(akolhook_number *)field = akolhook_number_int(-184); break;
        case 'r': *(akolhook_str *)field = akolhook_str_c(RAW); break;
        case 'l':
            ((akolhook_lines *)field)->items = sample_lines;
            ((akolhook_lines *)field)->count = 3;
            break;
        default:
            ((akolhook_names *)field)->items = sample_names;
            ((akolhook_names *)field)->count = 3;
            break;
        }
    }
}
static void add_value(text *t, const member *m) {
    if (m->kind == 't') {
        add(t, "\"");
        add(t, m->name);
        add(t, ESCAPED "\"");
    } else
        add(t, m->kind == 'n' ? "-184" : m->kind == 'r' ? RAW : m->kind == 'l' ? LINES : NAMES);
}
static void add_member(text *t, const member *m, int *first) {
    if (!*first) add(t, ",");
    *first = 0;
    add(t, "\"");
    add(t, m->name);
    add(t, "\":");
    add_value(t, m);
}
/* The data of the struct as they must be written, without the one member; backwards when asked. */
static void add_data(text *t, const struct shape *s, size_t skip, int backwards) {
    size_t i;
    int first = 1;
    add(t, "{");
    for (i = 0; i < s->count; i++) {
        size_t at = backwards ? s->count - 1 - i : i;
        if (at != skip) add_member(t, s->members + at, &first);
    }
    add(t, "}");
}

static void check_text(akolhook_text got, const char *want) {
    char out[512];
    size_t len = 0;
    CHECK_STATUS(akolhook_text_decode(got, out, sizeof out, &len), OK);
    CHECK_MEM(out, len, want, strlen(want));
}
static void check_lines(const akolhook_lines *lines) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_line line;
    CHECK_STR(lines->json, LINES);
    CHECK_INT(akolhook_lines_next(lines, &iter, &line), 1);
    check_text(line.speaker, "agent");
    check_text(line.text, PLAIN);
    CHECK_STR(line.timestamp.str, "0");
    CHECK_INT(line.timestamp.has_integer, 1);
    CHECK_INT(line.timestamp.integer, 0);
    CHECK_INT(akolhook_lines_next(lines, &iter, &line), 1);
    check_text(line.speaker, "caller");
    CHECK_INT(line.text.str.len, 0);
    CHECK_STR(line.timestamp.str, "1.5e3");
    CHECK_INT(line.timestamp.has_integer, 1);
    CHECK_INT(line.timestamp.integer, 1500);
    CHECK_INT(akolhook_lines_next(lines, &iter, &line), 1);
    CHECK(is_zero(&line, sizeof line));
    CHECK_INT(akolhook_lines_next(lines, &iter, &line), 0);
    CHECK_INT(akolhook_lines_next(lines, &iter, &line), 0);
}
static void check_names(const akolhook_names *names) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_text name;
    CHECK_STR(names->json, NAMES);
    CHECK_INT(akolhook_names_next(names, &iter, &name), 1);
    check_text(name, "voice");
    CHECK_INT(akolhook_names_next(names, &iter, &name), 1);
    check_text(name, PLAIN);
    CHECK_INT(name.escaped, 1);
    CHECK_INT(akolhook_names_next(names, &iter, &name), 1);
    CHECK_INT(name.str.len, 0);
    CHECK_INT(akolhook_names_next(names, &iter, &name), 0);
    CHECK_INT(akolhook_names_next(names, &iter, &name), 0);
}
static void check_filled(const struct shape *s, const any *a, size_t skip) {
    static text want;
    size_t i;
    for (i = 0; i < s->count; i++) {
        const void *field = (const char *)a + s->members[i].at;
        const akolhook_number *number = (const akolhook_number *)field;
        if (i == skip) {
            CHECK_INT(((const akolhook_str *)field)->len, 0);
            continue;
        }
        switch (s->members[i].kind) {
        case 't':
            plain_of(s->members + i, &want);
            check_text(*(const akolhook_text *)field, want.at);
            CHECK_INT(((const akolhook_text *)field)->escaped, 1);
            break;
        case 'n':
            CHECK_STR(number->str, "-184");
            CHECK_INT(number->has_integer, 1);
            CHECK_INT(number->integer, -184);
            break;
        case 'r': CHECK_STR(*(const akolhook_str *)field, RAW); break;
        case 'l': check_lines((const akolhook_lines *)field); break;
        default: check_names((const akolhook_names *)field); break;
        }
    }
}

static text texts[16], want, body;
static char out[CHECK_ROOM(65536L, 2500)];
static any data, back;

/* Built, read, compared, built again: with all members, and with each one absent in turn. */
static void test_every_struct(void) {
    int which;
    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        akolhook_envelope e = envelope_of(s->event);
        akolhook_message msg;
        size_t skip, len, at;
        for (skip = 0; skip <= s->count; skip++) {
            fill(s, &data, texts, skip);
            add_head(&want, s->event);
            add_data(&want, s, skip, 0);
            add(&want, "}");
            CHECK_STATUS(build_any(which, out, sizeof out, &len, &e, &data), OK);
            CHECK_MEM(out, len, want.at, want.len);
            memset(&back, 0xff, sizeof back);
            at = 99;
            CHECK_STATUS(akolhook_envelope_parse(want.at, want.len, &msg, &at), OK);
            CHECK_INT(at, 0);
            CHECK_STATUS(parse_any(which, &msg, &back), OK);
            check_filled(s, &back, skip);
            CHECK_STATUS(build_any(which, out, sizeof out, &len, &e, &back), OK);
            CHECK_MEM(out, len, want.at, want.len);
        }
    }
}

static void test_reverse_order(void) {
    int which;
    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        akolhook_message msg;
        set(&body, " {\"data\" : ");
        add_data(&body, s, s->count, 1);
        add(&body, ",\n\"webhookId\":\"whk_1\",\r\"businessId\":\"biz_1\",");
        add(&body, "\"timestamp\":\"2026-04-18T16:23:11.000+02:00\"\t,\"event\":\"");
        add(&body, akolhook_event_name(s->event));
        add(&body, "\"} ");
        CHECK_STATUS(akolhook_envelope_parse(body.at, body.len, &msg, NULL), OK);
        CHECK_INT(msg.event, s->event);
        CHECK_INT(msg.timestamp_ms, T0);
        CHECK_STR(msg.business_id.str, "biz_1");
        CHECK_STR(msg.webhook_id.str, "whk_1");
        CHECK_INT(msg.scheme, 0);
        CHECK_STATUS(parse_any(which, &msg, &back), OK);
        check_filled(s, &back, s->count);
    }
}

/* Each member as null, as every wrong type, twice, twice with one key spelled in escapes, and beside unknown
 * members. */
static void test_each_member(void) {
    static const char *const values[] = {"null", "1", "true", "false", "\"x\"", "{}", "[]"};
    static const char *const right[] = {"\"x\"", "1", "", "[]", "[]"};
    static const char kinds[] = "tnrls";
    int which;
    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        size_t i, v;
        for (i = 0; i < s->count; i++) {
            const member *m = s->members + i;
            const char *good = right[strchr(kinds, m->kind) - kinds];
            akolhook_message msg;
            char json[256];
            for (v = 0; v < COUNT(values); v++) {
                snprintf(json, sizeof json, "{\"%s\":%s}", m->name, values[v]);
                msg = message_of(&body, s->event, json);
                memset(&back, 0xff, sizeof back);
                if (v == 0 || m->kind == 'r' || strcmp(values[v], good) == 0) {
                    CHECK_STATUS(parse_any(which, &msg, &back), OK);
                    if (v == 0 && m->kind != 'r') CHECK(is_zero(&back, s->size));
                    if (m->kind == 'r')
                        CHECK_STR(*(akolhook_str *)(void *)((char *)&back + m->at), values[v]);
                } else {
                    CHECK_STATUS(parse_any(which, &msg, &back), BAD_MEMBER);
                    CHECK(is_zero(&back, s->size));
                }
            }
            if (m->kind == 'r') good = "1";
            snprintf(json, sizeof json, "{\"%s\":%s,\"%s\":%s}", m->name, good, m->name, good);
            msg = message_of(&body, s->event, json);
            CHECK_STATUS(parse_any(which, &msg, &back), DOUBLED_MEMBER);
            CHECK(is_zero(&back, s->size));
            snprintf(json, sizeof json, "{\"\\u%04x%s\":%s,\"x\":1,\"%s\":null}", (unsigned)m->name[0],
                    m->name + 1, good, m->name);
            msg = message_of(&body, s->event, json);
            CHECK_STATUS(parse_any(which, &msg, &back), DOUBLED_MEMBER);
            snprintf(json, sizeof json,
                    "{\"x\":{\"%s\":[]},\"%.3s\":1,\"%s\":%s,\"%sx\":1,\"x\":2,\"\":[{}]}", m->name, m->name,
                    m->name, good, m->name);
            msg = message_of(&body, s->event, json);
            CHECK_STATUS(parse_any(which, &msg, &back), OK);
            CHECK(((akolhook_str *)(void *)((char *)&back + m->at))->len != 0);
        }
    }
}

static void test_wrong_event(void) {
    int which, event;
    for (which = 0; which < SHAPES; which++)
        for (event = -1; event <= 19; event++) {
            akolhook_event number = event < 0 ? (akolhook_event)31 : (akolhook_event)event;
            int carries = event > 0 && event <= 18 && shape_of[event] == which;
            akolhook_envelope e = envelope_of(number);
            akolhook_message msg = message_of(&body, AKOLHOOK_CALL_ENDED, "{}");
            size_t len = 999;
            akolhook_status st;
            memset(&data, 0, sizeof data);
            st = build_any(which, out, sizeof out, &len, &e, &data);
            CHECK_INT(st, carries ? AKOLHOOK_OK : AKOLHOOK_WRONG_EVENT);
            if (!carries) CHECK_INT(len, 0);
            msg.event = number;
            memset(&back, 0xff, sizeof back);
            CHECK_INT(parse_any(which, &msg, &back), carries ? AKOLHOOK_OK : AKOLHOOK_WRONG_EVENT);
            CHECK(is_zero(&back, shapes[which].size));
        }
}

static void test_null_arguments(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
    akolhook_message msg = AKOLHOOK_INIT;
    akolhook_lines lines = AKOLHOOK_INIT;
    akolhook_names names = AKOLHOOK_INIT;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_line line;
    akolhook_text name;
    akolhook_str broken = {NULL, 5};
    size_t len = 7, i;
    int which;
    memset(&data, 0, sizeof data);
    for (which = 0; which < SHAPES; which++) {
        e.event = shapes[which].event;
        CHECK_STATUS(build_any(which, out, sizeof out, &len, NULL, &data), INVALID_ARGUMENT);
        CHECK_STATUS(build_any(which, out, sizeof out, &len, &e, NULL), INVALID_ARGUMENT);
        CHECK_STATUS(build_any(which, out, sizeof out, NULL, &e, &data), INVALID_ARGUMENT);
        CHECK_STATUS(parse_any(which, NULL, &back), INVALID_ARGUMENT);
        CHECK_STATUS(parse_any(which, &msg, NULL), INVALID_ARGUMENT);
        CHECK_STATUS(parse_any(which, &msg, &back), WRONG_EVENT); /* a zeroed message */
        msg.event = e.event;                                      /* its envelope was never read */
        CHECK_STATUS(parse_any(which, &msg, &back), MISSING_MEMBER);
        msg.event = AKOLHOOK_EVENT_UNKNOWN;
        for (i = 0; i < shapes[which].count; i++) { /* a slice without memory */
            void *field = (char *)&data + shapes[which].members[i].at;
            *(akolhook_str *)field = broken;
            CHECK_STATUS(build_any(which, out, sizeof out, &len, &e, &data), INVALID_ARGUMENT);
            memset(&data, 0, sizeof data);
        }
    }
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, NULL, &e, akolhook_str_c("{}")), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, NULL, akolhook_str_c("{}")), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, broken), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, NULL, &e), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, NULL), INVALID_ARGUMENT);
    e.webhook_id.str = broken;
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_envelope_parse(NULL, 1, &msg, &len), INVALID_ARGUMENT);
    CHECK_INT(len, 0);
    CHECK_STATUS(akolhook_envelope_parse("{}", 2, NULL, &len), INVALID_ARGUMENT);
    CHECK_INT(akolhook_lines_next(NULL, &iter, &line), 0);
    CHECK_INT(akolhook_lines_next(&lines, NULL, &line), 0);
    CHECK_INT(akolhook_lines_next(&lines, &iter, NULL), 0);
    CHECK_INT(akolhook_lines_next(&lines, &iter, &line), 0);
    CHECK_INT(akolhook_names_next(NULL, &iter, &name), 0);
    CHECK_INT(akolhook_names_next(&names, NULL, &name), 0);
    CHECK_INT(akolhook_names_next(&names, &iter, NULL), 0);
    CHECK_INT(akolhook_names_next(&names, &iter, &name), 0);
}

/* ---- the envelope ---- */

/* In the bodies of these rows ^ stands before the byte of error_at and is taken out. */
#define TIME "\"timestamp\":\"2026-01-01T00:00:00.000Z\""
#define REST "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\""
typedef struct row {
    int status;
    const char *body;
} row;
static const row bad_envelopes[] = {{AKOLHOOK_EMPTY_BODY, "^"}, {AKOLHOOK_EMPTY_BODY, " ^"},
        {AKOLHOOK_EMPTY_BODY, " \t\r\n \n^"}, {AKOLHOOK_JSON_SYNTAX, "^\v"}, {AKOLHOOK_JSON_CUT, "{^"},
        {AKOLHOOK_JSON_CUT, " {\"event\":^"}, {AKOLHOOK_JSON_TRAILING, "{} ^{}"},
        {AKOLHOOK_WRONG_TYPE, "^[]"}, {AKOLHOOK_WRONG_TYPE, " ^\"x\""}, {AKOLHOOK_WRONG_TYPE, "^null"},
        {AKOLHOOK_WRONG_TYPE, "^1"}, {AKOLHOOK_BAD_UTF8, "{\"event\":\"^\xff\"}"},
        {AKOLHOOK_BAD_UTF8, "{\"x\":\"^\xc0\x80\"}"}, {AKOLHOOK_JSON_CONTROL, "{\"event\":\"a^\n\"}"},
        {AKOLHOOK_BAD_NUMBER, "{\"event\":0^1}"}, {AKOLHOOK_JSON_SYNTAX, "^\xef\xbb\xbf{}"},
        {AKOLHOOK_MISSING_MEMBER, "{^}"}, {AKOLHOOK_MISSING_MEMBER, " { ^} "},
        {AKOLHOOK_MISSING_MEMBER, "{" TIME "," REST ",\"data\":{}^}"},
        {AKOLHOOK_MISSING_MEMBER, "{\"event\":\"call.ended\"," REST ",\"data\":{}^}"},
        {AKOLHOOK_MISSING_MEMBER, "{\"event\":\"call.ended\"," TIME ",\"webhookId\":\"w\",\"data\":{}^}"},
        {AKOLHOOK_MISSING_MEMBER, "{\"event\":\"call.ended\"," TIME ",\"businessId\":\"b\",\"data\":{}^}"},
        {AKOLHOOK_MISSING_MEMBER, "{\"event\":\"call.ended\"," TIME "," REST "^}"},
        {AKOLHOOK_MISSING_MEMBER, "{\"Event\":\"call.ended\"," TIME "," REST ",\"data\":{}^}"},
        {AKOLHOOK_DOUBLED_MEMBER,
                "{\"event\":\"call.ended\",\"event\":^\"call.ended\"," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_DOUBLED_MEMBER, "{\"event\":\"call.ended\"," TIME "," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_DOUBLED_MEMBER,
                "{\"event\":\"call.ended\"," TIME "," REST ",\"businessId\" : ^\"biz_2\",\"data\":{}}"},
        {AKOLHOOK_DOUBLED_MEMBER,
                "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":{},\"webhookId\":^null}"},
        {AKOLHOOK_DOUBLED_MEMBER, "{\"data\":{},\"event\":\"call.ended\"," TIME "," REST ",\"data\":^{}}"},
        {AKOLHOOK_DOUBLED_MEMBER,
                "{\"d\\u0061ta\":{},\"event\":\"call.ended\"," TIME "," REST ",\"data\":^{}}"},
        {AKOLHOOK_DOUBLED_MEMBER,
                "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":{},\"\\u0065vent\":^1}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":^null," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":^1," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\": ^[\"call.ended\"]," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":^{}," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":^true," TIME "," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\"," TIME ",\"businessId\":^null,\"webhookId\":\"w\",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\"," TIME ",\"businessId\":^7,\"webhookId\":\"w\",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\"," TIME ",\"businessId\":\"b\",\"webhookId\":^null,\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\"," TIME ",\"businessId\":\"b\",\"webhookId\":^false,\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":^null}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":^[]}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":^\"{}\"}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":^0}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\",\"timestamp\":^1767225600," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\",\"timestamp\":^null," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\",\"timestamp\":^\"\"," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\",\"timestamp\": ^\"2026-01-01\"," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\",\"timestamp\":^\"2026-02-29T00:00:00Z\"," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER,
                "{\"event\":\"call.ended\",\"timestamp\":^\"2026-01-01T00:00:00\"," REST ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\",\"timestamp\":^\"2026-01-01T00:00:00.000Z\\n\"," REST
                              ",\"data\":{}}"},
        {AKOLHOOK_BAD_MEMBER, "{\"event\":\"call.ended\",\"timestamp\":^\"\\u0032026-01-01T00:00:00."
                              "0000000000000000000000000000000000000000000000Z\"," REST ",\"data\":{}}"}};

static void test_bad_envelopes(void) {
    guard g = guard_new(1024);
    size_t i;
    for (i = 0; i < COUNT(bad_envelopes); i++) {
        const char *mark = strchr(bad_envelopes[i].body, '^');
        char plain[1024];
        size_t at = 9999, len = strlen(bad_envelopes[i].body), before;
        akolhook_message msg;
        int got;
        memset(&msg, 0xff, sizeof msg);
        before = mark ? (size_t)(mark - bad_envelopes[i].body) : len;
        memcpy(plain, bad_envelopes[i].body, before);
        if (mark) memcpy(plain + before, mark + 1, len - before - 1);
        if (mark) len--;
        got = akolhook_envelope_parse(guard_copy(&g, plain, len), len, &msg, &at);
        if (got != bad_envelopes[i].status || (mark && at != before)) printf("%s:\n", bad_envelopes[i].body);
        CHECK_INT(got, bad_envelopes[i].status);
        if (mark) CHECK_INT(at, before);
        CHECK(is_zero(&msg, sizeof msg));
        CHECK_INT(akolhook_envelope_parse(plain, len, &msg, NULL), bad_envelopes[i].status);
    }
    {
        akolhook_message msg;
        size_t at = 9;
        CHECK_STATUS(akolhook_envelope_parse(NULL, 0, &msg, &at), EMPTY_BODY);
        CHECK_INT(at, 0);
        CHECK_STATUS(akolhook_envelope_parse("\0", 1, &msg, &at), JSON_SYNTAX);
    }
    guard_free(&g);
}

/* A body too deep is refused wherever it nests; the stack does not grow with it. */
static void test_deep(void) {
    akolhook_message msg;
    size_t i, at = 0, len;
    static char deep[CHECK_ROOM(200000L, 1000)];
    memset(deep, '[', sizeof deep);
    CHECK_STATUS(akolhook_envelope_parse(deep, sizeof deep, &msg, &at), JSON_TOO_DEEP);
    CHECK_INT(at, AKOLHOOK_MAX_DEPTH);
    for (i = 0; i + 5 <= sizeof deep; i += 5) memcpy(deep + i, "{\"a\":", 5);
    CHECK_STATUS(akolhook_envelope_parse(deep, sizeof deep, &msg, &at), JSON_TOO_DEEP);
    CHECK_INT(at, 5 * AKOLHOOK_MAX_DEPTH);
    /* What is built can be read: the envelope and its data are two levels, so 62 more fit. */
    for (i = 60; i <= 64; i++) {
        akolhook_envelope e = envelope_of(AKOLHOOK_FUNCTION_CALLED);
        akolhook_function_call call = AKOLHOOK_INIT;
        char nested[192];
        akolhook_status st;
        memset(nested, '[', i);
        memset(nested + i, ']', i);
        call.result = akolhook_str_n(nested, 2 * i);
        st = akolhook_build_function_call(out, sizeof out, &len, &e, &call);
        CHECK_INT(st, i + 2 <= AKOLHOOK_MAX_DEPTH ? AKOLHOOK_OK : AKOLHOOK_JSON_TOO_DEEP);
        if (st == AKOLHOOK_OK) CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
        memmove(nested + 5, nested, 2 * i);
        memcpy(nested, "{\"a\":", 5);
        nested[2 * i + 5] = '}';
        st = akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_n(nested, 2 * i + 6));
        CHECK_INT(st, i + 2 <= AKOLHOOK_MAX_DEPTH ? AKOLHOOK_OK : AKOLHOOK_JSON_TOO_DEEP);
        if (st == AKOLHOOK_OK) CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
    }
}

/* Unknown events keep their text; names spelled with escapes are the same names; near misses are unknown. */
static void test_event_names(void) {
    static const struct {
        const char *in;
        int event;
        const char *decoded;
        size_t len;
    } rows[] = {{"call.ended", AKOLHOOK_CALL_ENDED, "call.ended", 10},
            {"call\\u002eended", AKOLHOOK_CALL_ENDED, "call.ended", 10},
            {"\\u0063\\u0061\\u006C\\u006c.ended", AKOLHOOK_CALL_ENDED, "call.ended", 10},
            {"lead\\u002Ecreated", AKOLHOOK_LEAD_CREATED, "lead.created", 12},
            {"call.sentiment", 0, "call.sentiment", 14}, {"Call.Ended", 0, "Call.Ended", 10},
            {"call.ended ", 0, "call.ended ", 11}, {" call.ended", 0, " call.ended", 11},
            {"call.ended\\u0000", 0, "call.ended\0", 11}, {"call.ended\\n", 0, "call.ended\n", 11},
            {"call.ende", 0, "call.ende", 9},
            {"\\u0163all.ended", 0,
                    "\xc5\xa3"
                    "all.ended",
                    11}, /* its low byte is that of c */
            {"c\xc3\xa1ll.ended", 0, "c\xc3\xa1ll.ended", 11},
            {"call.ended\\ud800", 0, "call.ended\xef\xbf\xbd", 13}, {"", 0, "", 0}};
    size_t i, len;
    for (i = 0; i < COUNT(rows); i++) {
        akolhook_message msg;
        char decoded[64];
        set(&body, "{\"event\":\"");
        add(&body, rows[i].in);
        add(&body, "\"," TIME "," REST ",\"data\":{\"callId\":1}}");
        CHECK_STATUS(akolhook_envelope_parse(body.at, body.len, &msg, NULL), OK);
        CHECK_INT(msg.event, rows[i].event);
        CHECK_STR(msg.event_name.str, rows[i].in);
        CHECK_INT(msg.event_name.escaped, strchr(rows[i].in, '\\') != NULL);
        CHECK_STATUS(akolhook_text_decode(msg.event_name, decoded, sizeof decoded, &len), OK);
        CHECK_MEM(decoded, len, rows[i].decoded, rows[i].len);
        CHECK_STR(msg.data.str, "{\"callId\":1}");
    }
}

/* Escapes of a key say nothing of its value, and those of a value nothing of what follows. */
static void test_escapes_apart(void) {
    akolhook_message msg;

    set(&body, "{\"\\u0065vent\":\"call.ended\"," TIME ",\"businessId\":\"b\\u005f1\",\"webhookId\":\"w\",");
    add(&body, "\"\\u0064ata\":{\"a\":\"\\n\"}}");
    CHECK_STATUS(akolhook_envelope_parse(body.at, body.len, &msg, NULL), OK);
    CHECK_INT(msg.event, AKOLHOOK_CALL_ENDED);
    CHECK_INT(msg.event_name.escaped, 0);
    CHECK_INT(msg.business_id.escaped, 1);
    CHECK_INT(msg.webhook_id.escaped, 0);
    CHECK_INT(msg.data.escaped, 0);
}

static void test_good_envelopes(void) {
    static const char *const same_moment[] = {"2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z",
            "2026-01-01t00:00:00z", "2026-01-01T01:00:00+01:00", "2025-12-31T23:59:60Z",
            "2026-01-01T00:00:00.0009Z", "2026-01-01T00:00:00.000\\u005a"};
    akolhook_message msg;
    size_t i;
    for (i = 0; i < COUNT(same_moment); i++) {
        set(&body, "{\"data\":{},\"x\":{\"event\":1},\"event\":\"call.ended\",\"timestamp\":\"");
        add(&body, same_moment[i]);
        add(&body, "\",\"businessId\":\"\",\"webhookId\":\"whk\\u005f1\",\"x\":[],\"datas\":0}");
        CHECK_STATUS(akolhook_envelope_parse(body.at, body.len, &msg, NULL), OK);
        CHECK_INT(msg.timestamp_ms, INT64_C(1767225600000)); /* 20454 days */
        CHECK_INT(msg.business_id.str.len, 0);
        CHECK_STR(msg.webhook_id.str, "whk\\u005f1");
        CHECK(akolhook_text_equal(msg.webhook_id, akolhook_str_c("whk_1")));
        CHECK_INT(msg.data.type, AKOLHOOK_JSON_OBJECT);
        CHECK_INT(msg.message_id.len, 0);
        CHECK_INT(msg.dedup_keys, 0);
    }
}

static void test_build_raw(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
    akolhook_message msg;
    size_t len, i;
    static const row bad[] = {{AKOLHOOK_JSON_CUT, ""}, {AKOLHOOK_JSON_CUT, "  "}, {AKOLHOOK_JSON_CUT, "{"},
            {AKOLHOOK_JSON_TRAILING, "{},"}, {AKOLHOOK_JSON_TRAILING, "{}}"},
            {AKOLHOOK_JSON_TRAILING, "{},\"event\":1"}, {AKOLHOOK_WRONG_TYPE, "[]"},
            {AKOLHOOK_WRONG_TYPE, " null"}, {AKOLHOOK_WRONG_TYPE, "\"{}\""},
            {AKOLHOOK_BAD_UTF8, "{\"a\":\"\xed\xa0\x80\"}"}, {AKOLHOOK_BAD_NUMBER, "{\"a\":01}"},
            {AKOLHOOK_JSON_SYNTAX, "{\"a\":NaN}"}, {AKOLHOOK_JSON_ESCAPE, "{\"a\":\"\\x\"}"},
            {AKOLHOOK_JSON_CONTROL, "{\"a\":\"\t\"}"}};
    e.timestamp_ms = INT64_C(1767225600000);
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), OK);
    set(&want, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":{}}");
    CHECK_MEM(out, len, want.at, want.len);
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c(" { \"a\" : 1 } \n")), OK);
    set(&want, "{\"event\":\"call.ended\"," TIME "," REST ",\"data\":{ \"a\" : 1 }}");
    CHECK_MEM(out, len, want.at, want.len);
    for (i = 0; i < COUNT(bad); i++) {
        len = 99;
        CHECK_INT(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c(bad[i].body)), bad[i].status);
        CHECK_INT(len, 0);
    }
    e.event = AKOLHOOK_EVENT_UNKNOWN;
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), WRONG_EVENT);
    e.event_name = akolhook_text_c("call.\"new\"");
    e.business_id = akolhook_text_c("");
    e.webhook_id.str = akolhook_str_c("whk\\u005f\\n");
    e.webhook_id.escaped = 1;
    e.timestamp_ms = 1;
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{\"a\":-0.0e+1}")), OK);
    {
        static const char expected[] =
                "{\"event\":\"call.\\\"new\\\"\",\"timestamp\":\"1970-01-01T00:00:00.001Z\","
                "\"businessId\":\"\",\"webhookId\":\"whk\\u005f\\n\",\"data\":{\"a\":-0.0e+1}}";
        CHECK_MEM(out, len, expected, sizeof expected - 1);
        CHECK_STATUS(akolhook_envelope_parse(expected, sizeof expected - 1, &msg, NULL), OK);
        CHECK_INT(msg.event, 0);
        e.event_name = msg.event_name;
        e.webhook_id = msg.webhook_id;
        CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, msg.data.str), OK);
        CHECK_MEM(out, len, expected, sizeof expected - 1);
    }
    e.event = (akolhook_event)19;
    CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), WRONG_EVENT);
}

static void test_build_refuses(void) {
    static const struct {
        int status;
        const char *in;
        int escaped;
    } rows[] = {{AKOLHOOK_BAD_UTF8, "\xff", 0}, {AKOLHOOK_BAD_UTF8, "\xc0\xaf", 0},
            {AKOLHOOK_BAD_UTF8, "\xed\xa0\x80", 0}, {AKOLHOOK_BAD_UTF8, "\xf4\x90\x80\x80", 0},
            {AKOLHOOK_BAD_UTF8, "a\xe2\x80", 0}, {AKOLHOOK_BAD_UTF8, "\x80", 1},
            {AKOLHOOK_JSON_ESCAPE, "\\x", 1}, {AKOLHOOK_JSON_CONTROL, "\n", 1},
            {AKOLHOOK_JSON_SYNTAX, "\",\"outcome\":\"x", 1}};
    static const char *const numbers[] = {"nan", "NaN", "inf", "-Infinity", "1,5", "01", "1.", "+1", " 1",
            "1 ", "0x1", "1e", "1\n", "--1", "1}"};
    static const int64_t times[] = {-1, INT64_MIN, INT64_MAX, INT64_C(253402300800000)}; /* 10000-01-01 */
    akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
    akolhook_call call = AKOLHOOK_INIT;
    size_t i, len;
    for (i = 0; i < COUNT(rows); i++) {
        akolhook_text t;
        t.str = akolhook_str_c(rows[i].in);
        t.escaped = (uint8_t)rows[i].escaped;
        call.summary = t;
        len = 99;
        CHECK_INT(akolhook_build_call(out, sizeof out, &len, &e, &call), rows[i].status);
        CHECK_INT(len, 0);
        CHECK_INT(akolhook_build_call(NULL, 0, &len, &e, &call), rows[i].status);
        memset(&call, 0, sizeof call);
        e.business_id = t;
        CHECK_INT(akolhook_build_call(out, sizeof out, &len, &e, &call), rows[i].status);
        CHECK_INT(akolhook_build_sample(out, sizeof out, &len, &e), rows[i].status);
        e.business_id = akolhook_text_c("biz_1");
    }
    for (i = 0; i < COUNT(numbers); i++) {
        call.duration.str = akolhook_str_c(numbers[i]);
        CHECK_STATUS(akolhook_build_call(out, sizeof out, &len, &e, &call), BAD_NUMBER);
        CHECK_INT(len, 0);
    }
    memset(&call, 0, sizeof call);
    for (i = 0; i < COUNT(times); i++) {
        e.timestamp_ms = times[i];
        CHECK_STATUS(akolhook_build_call(out, sizeof out, &len, &e, &call), BAD_TIME);
        CHECK_INT(len, 0);
        CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), BAD_TIME);
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), BAD_TIME);
    }
}

/* ---- numbers, lists ---- */

static void test_numbers(void) {
    static const struct {
        const char *in;
        int has;
        int64_t value;
    } rows[] = {{"0", 1, 0}, {"-0", 1, 0}, {"5.0", 1, 5}, {"5e0", 1, 5}, {"1.5", 0, 0}, {"1e400", 0, 0},
            {"9007199254740993", 1, INT64_C(9007199254740993)}, {"9223372036854775807", 1, INT64_MAX},
            {"-9223372036854775808", 1, INT64_MIN}, {"9223372036854775808", 0, 0},
            {"1e-9999999999999999999", 0, 0}};
    akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
    akolhook_call call;
    size_t i, len;
    for (i = 0; i < COUNT(rows); i++) {
        char json[128];
        akolhook_message msg;
        snprintf(json, sizeof json, "{\"duration\":%s}", rows[i].in);
        msg = message_of(&body, AKOLHOOK_CALL_ENDED, json);
        CHECK_STATUS(akolhook_call_parse(&msg, &call), OK);
        CHECK_STR(call.duration.str, rows[i].in);
        CHECK_INT(call.duration.has_integer, rows[i].has);
        if (rows[i].has) CHECK_INT(call.duration.integer, rows[i].value);
        CHECK_STATUS(akolhook_build_call(out, sizeof out, &len, &e, &call), OK);
        CHECK_MEM(out, len, body.at, body.len);
        if (!rows[i].has) continue;
        memset(&call, 0, sizeof call);
        call.duration = akolhook_number_int(rows[i].value);
        CHECK_STATUS(akolhook_build_call(out, sizeof out, &len, &e, &call), OK);
        CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
        memset(&call, 0xff, sizeof call);
        CHECK_STATUS(akolhook_call_parse(&msg, &call), OK);
        CHECK_INT(call.duration.integer, rows[i].value);
    }
}

static void test_lists_read(void) {
    static const row lines[] = {{AKOLHOOK_OK, "[]"}, {AKOLHOOK_OK, "[ ]"}, {AKOLHOOK_OK, "[{}]"},
            {AKOLHOOK_OK, "[{\"speaker\":null,\"text\":null,\"timestamp\":null}]"},
            {AKOLHOOK_OK, "[{\"timestamp\":-1e-3,\"x\":{},\"text\":\"\",\"x\":1}]"}, {AKOLHOOK_OK, "null"},
            {AKOLHOOK_BAD_MEMBER, "[1]"}, {AKOLHOOK_BAD_MEMBER, "[null]"}, {AKOLHOOK_BAD_MEMBER, "[[]]"},
            {AKOLHOOK_BAD_MEMBER, "[\"hello\"]"}, {AKOLHOOK_BAD_MEMBER, "[{},{\"speaker\":1}]"},
            {AKOLHOOK_BAD_MEMBER, "[{\"text\":[]}]"}, {AKOLHOOK_BAD_MEMBER, "[{\"timestamp\":\"0\"}]"},
            {AKOLHOOK_BAD_MEMBER, "[{\"timestamp\":0},{},true]"}, {AKOLHOOK_BAD_MEMBER, "{}"},
            {AKOLHOOK_BAD_MEMBER, "\"[]\""}, {AKOLHOOK_DOUBLED_MEMBER, "[{\"text\":\"a\",\"text\":\"b\"}]"},
            {AKOLHOOK_DOUBLED_MEMBER, "[{\"text\":\"a\",\"t\\u0065xt\":null}]"}};
    static const row names[] = {{AKOLHOOK_OK, "[]"}, {AKOLHOOK_OK, "[\"\"]"}, {AKOLHOOK_OK, "[\"a\",\"a\"]"},
            {AKOLHOOK_OK, "null"}, {AKOLHOOK_BAD_MEMBER, "[1]"}, {AKOLHOOK_BAD_MEMBER, "[\"a\",null]"},
            {AKOLHOOK_BAD_MEMBER, "[{}]"}, {AKOLHOOK_BAD_MEMBER, "[[\"a\"]]"},
            {AKOLHOOK_BAD_MEMBER, "\"a\""}};
    akolhook_envelope e = envelope_of(AKOLHOOK_TRANSCRIPT_READY);
    akolhook_transcript transcript;
    akolhook_agent agent;
    char json[256];
    size_t i, len;
    for (i = 0; i < COUNT(lines); i++) {
        akolhook_message msg;
        snprintf(json, sizeof json, "{\"transcript\":%s}", lines[i].body);
        msg = message_of(&body, AKOLHOOK_TRANSCRIPT_READY, json);
        CHECK_INT(akolhook_transcript_parse(&msg, &transcript), lines[i].status);
        if (lines[i].status == AKOLHOOK_OK && lines[i].body[0] == '[') {
            CHECK_STR(transcript.transcript.json, lines[i].body);
            CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &transcript), OK);
            CHECK_MEM(out, len, body.at, body.len);
        } else
            CHECK(is_zero(&transcript, sizeof transcript));
        snprintf(json, sizeof json, "{ \"transcript\" : %s }",
                lines[i].body); /* blanks before it change nothing */
        msg = message_of(&body, AKOLHOOK_TRANSCRIPT_READY, json);
        CHECK_INT(akolhook_transcript_parse(&msg, &transcript), lines[i].status);
    }
    for (i = 0; i < COUNT(names); i++) {
        akolhook_message msg;
        snprintf(json, sizeof json, "{\"changes\":%s}", names[i].body);
        msg = message_of(&body, AKOLHOOK_AGENT_UPDATED, json);
        CHECK_INT(akolhook_agent_parse(&msg, &agent), names[i].status);
        if (names[i].status != AKOLHOOK_OK) CHECK(is_zero(&agent, sizeof agent));
        snprintf(json, sizeof json, "{ \"changes\" : %s }", names[i].body);
        msg = message_of(&body, AKOLHOOK_AGENT_UPDATED, json);
        CHECK_INT(akolhook_agent_parse(&msg, &agent), names[i].status);
    }
}

static int broken_walk(void *user, akolhook_line *line) {
    int *left = (int *)user;
    line->text = akolhook_text_c("x");
    return (*left)-- > 0 ? 1 : -1;
}
static int one_line(void *user, akolhook_line *line) {
    int *left = (int *)user;
    CHECK(is_zero(line, sizeof *line));
    line->text = akolhook_text_c("x");
    return (*left)-- > 0;
}

/* What a list is built from: one source, and only what a reader takes. */
static void test_lists_built(void) {
    static const row lines[] = {{AKOLHOOK_OK, "[]"}, {AKOLHOOK_OK, " [ {} ] "}, {AKOLHOOK_JSON_CUT, "["},
            {AKOLHOOK_JSON_TRAILING, "[],[]"}, {AKOLHOOK_BAD_MEMBER, "{}"}, {AKOLHOOK_BAD_MEMBER, "null"},
            {AKOLHOOK_BAD_MEMBER, "[1]"}, {AKOLHOOK_BAD_MEMBER, "[{\"text\":1}]"},
            {AKOLHOOK_DOUBLED_MEMBER, "[{\"text\":\"\",\"text\":\"\"}]"},
            {AKOLHOOK_BAD_UTF8, "[{\"text\":\"\xff\"}]"}};
    static const row names[] = {{AKOLHOOK_OK, "[]"}, {AKOLHOOK_OK, " [ \"a\" ] "}, {AKOLHOOK_JSON_CUT, "["},
            {AKOLHOOK_BAD_MEMBER, "{}"}, {AKOLHOOK_BAD_MEMBER, "[1]"}};
    akolhook_envelope e = envelope_of(AKOLHOOK_TRANSCRIPT_READY), a = envelope_of(AKOLHOOK_AGENT_UPDATED);
    akolhook_transcript t = AKOLHOOK_INIT;
    akolhook_agent agent = AKOLHOOK_INIT;
    akolhook_line bad_line = AKOLHOOK_INIT;
    size_t i, len;
    int left;
    for (i = 0; i < COUNT(lines); i++) {
        t.transcript.json = akolhook_str_c(lines[i].body);
        CHECK_INT(akolhook_build_transcript(out, sizeof out, &len, &e, &t), lines[i].status);
        if (lines[i].status != AKOLHOOK_OK) CHECK_INT(len, 0);
    }
    for (i = 0; i < COUNT(names); i++) {
        agent.changes.json = akolhook_str_c(names[i].body);
        CHECK_INT(akolhook_build_agent(out, sizeof out, &len, &a, &agent), names[i].status);
    }
    agent.changes.json = akolhook_str_c("[]");
    agent.changes.count = 1;
    agent.changes.items = sample_names;
    CHECK_STATUS(akolhook_build_agent(out, sizeof out, &len, &a, &agent), INVALID_ARGUMENT);
    memset(&agent.changes, 0, sizeof agent.changes);
    agent.changes.count = 1;
    CHECK_STATUS(akolhook_build_agent(out, sizeof out, &len, &a, &agent), INVALID_ARGUMENT);

    t.transcript.json = akolhook_str_c("[]");
    t.transcript.items = sample_lines;
    t.transcript.count = 1;
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), INVALID_ARGUMENT);
    t.transcript.json = akolhook_str_n(NULL, 0);
    t.transcript.next_fn = one_line;
    t.transcript.user = &left;
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), INVALID_ARGUMENT);
    t.transcript.count = 0;
    for (left = 0; left < 3; left++) {
        int count = left;
        add_head(&want, AKOLHOOK_TRANSCRIPT_READY);
        add(&want, count == 0   ? "{\"transcript\":[]}}"
                   : count == 1 ? "{\"transcript\":[{\"text\":\"x\"}]}}"
                                : "{\"transcript\":[{\"text\":\"x\"},{\"text\":\"x\"}]}}");
        CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), OK);
        CHECK_MEM(out, len, want.at, want.len);
        CHECK_INT(left, -1);
        left = count;
    }
    t.transcript.next_fn = broken_walk;
    for (i = 0; i < 3; i++) {
        left = (int)i;
        CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BROKEN_HOOK);
        CHECK_INT(len, 0);
        left = (int)i;
        CHECK_STATUS(akolhook_build_transcript(out, 5, &len, &e, &t), BROKEN_HOOK);
    }
    memset(&t.transcript, 0, sizeof t.transcript);
    t.transcript.count = 1;
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), INVALID_ARGUMENT);
    t.transcript.items = &bad_line;
    bad_line.text = akolhook_text_c("\xff");
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BAD_UTF8);
    bad_line.text = akolhook_text_c("");
    bad_line.timestamp.str = akolhook_str_c("inf");
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BAD_NUMBER);
}

#define MANY 10000
typedef struct walk {
    int at, calls;
    char text[64];
} walk;
static int next_of_many(void *user, akolhook_line *line) {
    walk *w = (walk *)user;
    w->calls++;
    if (w->at == MANY) return 0;
    snprintf(w->text, sizeof w->text, "line %d says \"hi\"", w->at);
    line->speaker = akolhook_text_c(w->at % 2 ? "caller" : "agent");
    line->text = akolhook_text_c(w->text);
    line->timestamp = akolhook_number_int((int64_t)w->at * 1500);
    w->at++;
    return 1;
}

/* 10,000 lines that are never in memory together: measured, written into exactly that, walked back. */
static void test_long_transcript(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_TRANSCRIPT_READY);
    akolhook_transcript t = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_line line;
    walk w = {0, 0, ""}, again = {0, 0, ""};
    size_t need = 0, len = 0;
    char *buf;
    int i = 0;
    t.call_id = akolhook_text_c("call_1");
    t.transcript.next_fn = next_of_many;
    t.transcript.user = &w;
    CHECK_STATUS(akolhook_build_transcript(NULL, 0, &need, &e, &t), BUFFER_TOO_SMALL);
    CHECK_INT(w.calls, MANY + 1);
    buf = (char *)malloc(need);
    if (!buf) return;
    t.transcript.user = &again;
    CHECK_STATUS(akolhook_build_transcript(buf, need, &len, &e, &t), OK);
    CHECK_INT(len, need);
    CHECK_STATUS(akolhook_envelope_parse(buf, len, &msg, NULL), OK);
    memset(&t, 0xff, sizeof t);
    CHECK_STATUS(akolhook_transcript_parse(&msg, &t), OK);
    while (akolhook_lines_next(&t.transcript, &iter, &line)) {
        char said[64];
        snprintf(said, sizeof said, "line %d says \"hi\"", i);
        check_text(line.text, said);
        CHECK_STR(line.speaker.str, i % 2 ? "caller" : "agent");
        CHECK_INT(line.timestamp.integer, (long long)i * 1500);
        i++;
    }
    CHECK_INT(i, MANY);
    free(buf);
}

/* ---- samples ---- */

#define HEAD(event) \
    "{\"event\":\"" event "\",\"timestamp\":\"2026-04-18T14:23:11.000Z\",\"businessId\":\"biz_1\"," \
    "\"webhookId\":\"whk_1\",\"data\":"
#define LINES_TEXT \
    "\"transcript\":[{\"speaker\":\"agent\",\"text\":\"Lindqvist Dental, this is Iris. How can I " \
    "help?\",\"timestamp\":0}," \
    "{\"speaker\":\"caller\",\"text\":\"Hi, I'd like a check-up this week, \\\"the earlier the " \
    "better\\\".\"," \
    "\"timestamp\":4200}," \
    "{\"speaker\":\"agent\",\"text\":\"I have 9:30 in two days. Shall I book it?\",\"timestamp\":11850}," \
    "{\"speaker\":\"caller\",\"text\":\"Yes, please, and send me a reminder.\",\"timestamp\":16020}]"
static const struct {
    akolhook_event event;
    const char *text;
} sample_texts[] = {{AKOLHOOK_CALL_ENDED, /* 184 s before 14:23:11 is 14:20:07 */
                            HEAD("call.ended") "{\"callId\":\"test_call_5fJ2xQ\",\"agentId\":\"test_agent_"
                                               "iris\",\"direction\":\"inbound\","
                                               "\"fromNumber\":\"+14155550142\",\"toNumber\":\"+"
                                               "14155550100\",\"startedAt\":\"2026-04-18T14:20:07.000Z\","
                                               "\"endedAt\":\"2026-04-18T14:23:11.000Z\",\"duration\":184,"
                                               "\"outcome\":\"appointment_booked\","
                                               "\"summary\":\"Zo\xc3\xab Brandt booked a check-up, wants a "
                                               "reminder.\",\"sentiment\":\"positive\"," LINES_TEXT "}}"},
        {AKOLHOOK_TRANSCRIPT_READY,
                HEAD("transcript.ready") "{\"callId\":\"test_call_5fJ2xQ\",\"agentId\":\"test_agent_iris\","
                                         "\"language\":\"en-US\"," LINES_TEXT "}}"},
        {AKOLHOOK_FUNCTION_CALLED, /* 412 ms before :11.000 is :10.588 */
                HEAD("function.called") "{\"callId\":\"test_call_5fJ2xQ\",\"agentId\":\"test_agent_iris\","
                                        "\"functionName\":\"find_free_slots\","
                                        "\"arguments\":{\"service\":\"check-up\",\"days\":7},\"result\":{"
                                        "\"slots\":[\"09:30\",\"14:00\"]},"
                                        "\"calledAt\":\"2026-04-18T14:23:10.588Z\",\"durationMs\":412}}"},
        {AKOLHOOK_AGENT_UPDATED, HEAD("agent.updated") "{\"agentId\":\"test_agent_iris\",\"name\":\"Iris\","
                                                       "\"language\":\"en-US\",\"voice\":\"calm-alto\","
                                                       "\"createdAt\":\"2026-04-04T14:23:11.000Z\","
                                                       "\"updatedAt\":\"2026-04-18T14:23:11.000Z\","
                                                       "\"changes\":[\"voice\",\"language\"]}}"},
        {AKOLHOOK_APPOINTMENT_SCHEDULED,
                HEAD("appointment.scheduled") "{\"appointmentId\":\"test_appointment_31\",\"callId\":\"test_"
                                              "call_5fJ2xQ\","
                                              "\"agentId\":\"test_agent_iris\",\"attendeeName\":\"Zo\xc3\xab "
                                              "Brandt\",\"attendeeNumber\":\"+14155550142\","
                                              "\"startsAt\":\"2026-04-20T14:23:11.000Z\",\"endsAt\":\"2026-"
                                              "04-20T14:53:11.000Z\","
                                              "\"title\":\"Check-up with Dr. Lindqvist\"}}"}};

static void test_sample_texts(void) {
    size_t i, len;
    for (i = 0; i < COUNT(sample_texts); i++) {
        akolhook_envelope e = envelope_of(sample_texts[i].event);
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
        CHECK_MEM(out, len, sample_texts[i].text, strlen(sample_texts[i].text));
    }
}

/* Which members a sample must have beside its ids: what the event is about. */
static const struct {
    akolhook_event event;
    const char *paths[6];
} sample_members[] = {{AKOLHOOK_CALL_STARTED, {"data.callId", "data.direction", "data.startedAt"}},
        {AKOLHOOK_CALL_COMPLETED,
                {"data.callId", "data.endedAt", "data.duration", "data.summary", "data.transcript[3].text"}},
        {AKOLHOOK_CALL_MISSED, {"data.callId", "data.fromNumber", "data.endedAt", "data.outcome"}},
        {AKOLHOOK_CALL_FAILED, {"data.callId", "data.campaignId", "data.failureReason"}},
        {AKOLHOOK_CALL_TRANSFERRED, {"data.callId", "data.transferredTo", "data.transferredAt"}},
        {AKOLHOOK_CALL_VOICEMAIL, {"data.callId", "data.campaignId", "data.duration", "data.outcome"}},
        {AKOLHOOK_SUMMARY_READY, {"data.callId", "data.agentId", "data.summary", "data.sentiment"}},
        {AKOLHOOK_AGENT_CREATED,
                {"data.agentId", "data.name", "data.language", "data.voice", "data.createdAt"}},
        {AKOLHOOK_AGENT_DELETED, {"data.agentId", "data.name", "data.deletedAt"}},
        {AKOLHOOK_PHONE_NUMBER_PURCHASED,
                {"data.phoneNumberId", "data.number", "data.country", "data.purchasedAt"}},
        {AKOLHOOK_PHONE_NUMBER_RELEASED,
                {"data.phoneNumberId", "data.number", "data.purchasedAt", "data.releasedAt"}},
        {AKOLHOOK_MESSAGE_RECEIVED,
                {"data.messageId", "data.fromNumber", "data.toNumber", "data.text", "data.receivedAt"}},
        {AKOLHOOK_LEAD_CREATED,
                {"data.leadId", "data.callId", "data.name", "data.number", "data.email", "data.notes"}}};

static void test_sample_members(void) {
    size_t i, p, len;
    for (i = 0; i < COUNT(sample_members); i++) {
        akolhook_envelope e = envelope_of(sample_members[i].event);
        akolhook_json root, value;
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
        CHECK_STATUS(akolhook_json_parse(akolhook_str_n(out, len), &root, NULL), OK);
        for (p = 0; p < 6 && sample_members[i].paths[p]; p++) {
            CHECK_STATUS(akolhook_json_get(root, sample_members[i].paths[p], &value), OK);
            CHECK(value.str.len > 2 || value.type == AKOLHOOK_JSON_NUMBER);
        }
    }
}

/* Every sample: same bytes again, read back by its struct and rebuilt from it, ids that begin with test_,
   times that follow the envelope, nothing but members of the struct. */
static void test_samples(void) {
    static char first[CHECK_ROOM(65536L, 2000)];
    static const int64_t moments[] = {T0, 0, 1, INT64_C(253402300799999)};
    int event;
    size_t m, len, again, i;
    for (event = 1; event <= 18; event++)
        for (m = 0; m < COUNT(moments); m++) {
            akolhook_envelope e = envelope_of((akolhook_event)event);
            const struct shape *s = shapes + shape_of[event];
            akolhook_message msg;
            akolhook_json_iter iter;
            akolhook_text key, id;
            akolhook_json value;
            int ids = 0;
            e.timestamp_ms = moments[m];
            CHECK_STATUS(akolhook_build_sample(first, sizeof first, &len, &e), OK);
            CHECK_STATUS(akolhook_build_sample(out, sizeof out, &again, &e), OK);
            CHECK_MEM(out, again, first, len);
            CHECK_STATUS(akolhook_envelope_parse(first, len, &msg, NULL), OK);
            CHECK_INT(msg.event, event);
            CHECK_INT(msg.timestamp_ms, moments[m]);
            CHECK_STATUS(parse_any(shape_of[event], &msg, &back), OK);
            CHECK_STATUS(build_any(shape_of[event], out, sizeof out, &again, &e, &back), OK);
            CHECK_MEM(out, again, first, len);
            CHECK_STATUS(akolhook_json_begin(msg.data, &iter), OK);
            while (akolhook_json_next(&iter, &key, &value)) {
                for (i = 0; i < s->count && !akolhook_str_is(key.str, s->members[i].name); i++) {}
                CHECK(i < s->count);
                if (key.str.len < 2 || memcmp(key.str.ptr + key.str.len - 2, "Id", 2) != 0) continue;
                ids++;
                CHECK_STATUS(akolhook_json_get_text(value, &id), OK);
                CHECK(id.str.len > 5 && memcmp(id.str.ptr, "test_", 5) == 0);
            }
            CHECK(ids > 0);
        }
}

/* A time that would fall out of the calendar stays at its end. */
static void test_sample_ends(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
    akolhook_message msg;
    akolhook_call call;
    akolhook_appointment appointment;
    size_t len = 0;
    e.timestamp_ms = 0;
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
    CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
    CHECK_STATUS(akolhook_call_parse(&msg, &call), OK);
    CHECK_STR(call.started_at.str, "1970-01-01T00:00:00.000Z");
    CHECK_STR(call.ended_at.str, "1970-01-01T00:00:00.000Z");
    e.event = AKOLHOOK_APPOINTMENT_SCHEDULED;
    e.timestamp_ms = INT64_C(253402300799000); /* the last second of the year 9999 */
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
    CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
    CHECK_STATUS(akolhook_appointment_parse(&msg, &appointment), OK);
    CHECK_STR(appointment.starts_at.str, "9999-12-31T23:59:59.999Z");
    CHECK_STR(appointment.ends_at.str, "9999-12-31T23:59:59.999Z");
}

static void test_sample_refuses(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_EVENT_UNKNOWN);
    size_t len = 9;
    e.event_name = akolhook_text_c("call.ended");
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), WRONG_EVENT);
    CHECK_INT(len, 0);
    e.event = (akolhook_event)19;
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), WRONG_EVENT);
}

#ifndef CHECK_BARE
/* ---- blanks, cuts, single members ---- */

/* A blank may stand between two tokens of RFC 8259: puts one before token number at, or one before each when
   at is -1, and tells how many tokens there are. */
static int spaced(text *t, const char *json, int at) {
    static const char blanks[] = " \t\n\r";
    char piece[2] = {0, 0};
    int count = 0, in_string = 0, begins = 1;

    t->len = 0;
    for (; *json; json++) {
        if (!in_string && (begins || strchr("{}[]:,\"", *json))) {
            if (at < 0 || at == count) {
                piece[0] = blanks[count % 4];
                add(t, piece);
            }
            count++;
        }
        begins = !in_string && strchr("{}[]:,", *json) != NULL;
        if (in_string && *json == '\\') {
            piece[0] = *json++;
            add(t, piece);
        } else if (*json == '"') {
            in_string = !in_string;
            begins = 0;
        }
        piece[0] = *json;
        add(t, piece);
    }
    return count;
}

/* The same without the blanks that stand outside of strings. */
static void unspaced(text *t, const char *json, size_t len) {
    char piece[2] = {0, 0};
    int in_string = 0;

    for (t->len = 0; len; json++, len--) {
        if (!in_string && strchr(" \t\n\r", *json)) continue;
        if (*json == '"') in_string = !in_string;
        piece[0] = *json;
        add(t, piece);
        if (in_string && *json == '\\') {
            piece[0] = *++json;
            add(t, piece);
            len--;
        }
    }
}

/* Blanks change nothing of what is read, before whichever token they stand. */
static void test_blanks(void) {
    static text whole, bare;
    int which, at, count;
    size_t len;

    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        akolhook_envelope e = envelope_of(s->event);
        add_head(&whole, s->event);
        add_data(&whole, s, s->count, 0);
        add(&whole, "}");
        count = spaced(&body, whole.at, -1);
        for (at = -1; at < count; at++) {
            akolhook_message msg;
            akolhook_json_iter iter = AKOLHOOK_INIT;
            akolhook_line line;
            akolhook_text name;
            int steps = 0;

            (void)spaced(&body, whole.at, at);
            CHECK_STATUS(akolhook_envelope_parse(body.at, body.len, &msg, NULL), OK);
            CHECK_STATUS(parse_any(which, &msg, &back), OK);
            CHECK_STATUS(build_any(which, out, sizeof out, &len, &e, &back), OK);
            unspaced(&bare, out, len);
            CHECK_MEM(bare.at, bare.len, whole.at, whole.len);

            if (which == CALL)
                while (akolhook_lines_next(&back.call.transcript, &iter, &line)) steps++;
            if (which == TRANSCRIPT)
                while (akolhook_lines_next(&back.transcript.transcript, &iter, &line)) steps++;
            if (which == AGENT)
                while (akolhook_names_next(&back.agent.changes, &iter, &name)) steps++;
            CHECK_INT(steps, which == CALL || which == TRANSCRIPT || which == AGENT ? 3 : 0);
        }
    }
}

/* Data that are cut inside a list or a value are none, even when nobody checked them. */
static void test_broken_data(void) {
    static const struct {
        akolhook_event event;
        const char *data;
    } rows[] = {{AKOLHOOK_TRANSCRIPT_READY, "{\"transcript\":[}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{\"transcript\":[{}}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{\"transcript\":[{},}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{\"transcript\":[{\"text\":}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{\"transcript\":}"}, {AKOLHOOK_TRANSCRIPT_READY, "{\"callId\"}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{\"callId\":\"x}"}, {AKOLHOOK_TRANSCRIPT_READY, "{\"callId}"},
            {AKOLHOOK_TRANSCRIPT_READY, "{1}"}, {AKOLHOOK_TRANSCRIPT_READY, "{\"callId\":\"a\",1}"},
            {AKOLHOOK_AGENT_UPDATED, "{\"changes\":[}"}, {AKOLHOOK_AGENT_UPDATED, "{\"changes\":[\"a\"}"},
            {AKOLHOOK_AGENT_UPDATED, "{\"changes\":[\"a\",}"},
            {AKOLHOOK_AGENT_UPDATED, "{\"changes\":[\"a}"}};
    guard g = guard_new(64);
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const size_t len = strlen(rows[i].data);
        akolhook_message msg = AKOLHOOK_INIT;
        msg.event = rows[i].event;
        msg.data.type = AKOLHOOK_JSON_OBJECT;
        msg.data.str = akolhook_str_n(guard_copy(&g, rows[i].data, len), len);
        CHECK_STATUS(parse_any(shape_of[rows[i].event], &msg, &back), BAD_MEMBER);
    }
    guard_free(&g);
}

/* Data that nobody checked, cut at every length and with one byte changed: nothing behind them is read. */
static void test_unchecked(void) {
    static const char others[] = "\"\\{}[],: x";
    guard g = guard_new(8192);
    int which;
    size_t cut, i;

    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        akolhook_message msg = AKOLHOOK_INIT;
        set(&body, "");
        add_data(&body, s, s->count, 0);
        msg.event = s->event;
        msg.data.type = AKOLHOOK_JSON_OBJECT;
        for (cut = 0; cut <= body.len; cut++) {
            msg.data.str = akolhook_str_n(guard_copy(&g, body.at, cut), cut);
            (void)!parse_any(which, &msg, &back);
        }
        for (cut = 0; cut < body.len; cut += 7)
            for (i = 0; i < sizeof others; i++) {
                char *at = guard_copy(&g, body.at, body.len);
                at[cut] = others[i];
                msg.data.str = akolhook_str_n(at, body.len);
                (void)!parse_any(which, &msg, &back);
            }
    }
    guard_free(&g);
}

/* Each text alone in its struct, up to the lengths that are copied in one go, with a quote at each place. */
static void test_each_text(void) {
    char value[24], json[128];
    int which;
    size_t i, len, quote, got;

    for (which = 0; which < SHAPES; which++)
        for (i = 0; i < shapes[which].count; i++) {
            const struct shape *s = shapes + which;
            const member *m = s->members + i;
            akolhook_envelope e = envelope_of(s->event);
            if (m->kind != 't') continue;
            for (len = 1; len <= 20; len++)
                for (quote = 0; quote <= len; quote += i % 2 ? 1 : len) { /* at len there is none */
                    memset(&data, 0, sizeof data);
                    memset(value, 'v', sizeof value);
                    if (quote < len) value[quote] = '"';
                    *(akolhook_text *)(void *)((char *)&data + m->at) = akolhook_text_n(value, len);
                    CHECK_STATUS(build_any(which, out, sizeof out, &got, &e, &data), OK);
                    add_head(&want, s->event);
                    snprintf(json, sizeof json, "{\"%s\":\"%.*s%s%.*s\"}}", m->name, (int)quote, value,
                            quote < len ? "\\\"" : "", (int)(quote < len ? len - quote - 1 : 0),
                            value + (quote < len ? quote + 1 : 0));
                    add(&want, json);
                    CHECK_MEM(out, got, want.at, want.len);
                }
        }
}

/* Every struct with short texts in every size of buffer, each ending at a guard page. */
static void test_struct_sizes(void) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static char whole[2048], blank[2048];
    guard g = guard_new(2048);
    int which;
    size_t i, need, cap, len;

    memset(blank, '#', sizeof blank);
    for (which = 0; which < SHAPES; which++) {
        const struct shape *s = shapes + which;
        akolhook_envelope e = envelope_of(s->event);
        memset(&data, 0, sizeof data);
        for (i = 0; i < s->count; i++) {
            void *field = (char *)&data + s->members[i].at;
            if (s->members[i].kind == 't') *(akolhook_text *)field = akolhook_text_n(letters, 1 + i * 3 % 20);
            if (s->members[i].kind == 'n') *(akolhook_number *)field = akolhook_number_int(184);
        }
        CHECK_STATUS(build_any(which, whole, sizeof whole, &need, &e, &data), OK);
        for (cap = 0; cap < need + 3; cap++) {
            char *at = guard_copy(&g, blank, cap);
            len = 9999;
            CHECK_INT(build_any(which, at, cap, &len, &e, &data),
                    cap < need ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK);
            CHECK_INT(len, need);
            if (cap >= need) CHECK_MEM(at, need, whole, need);
            if (cap > need) CHECK_INT(at[need], '#');
        }
    }
    guard_free(&g);
}
#endif

/* A list that was set by hand is walked as far as it is one; behind that nothing is left. */
static void test_lists_walked(void) {
    static const struct {
        const char *json;
        int lines, names;
    } rows[] = {{"", 0, 0}, {"[", 0, 0}, {"[]", 0, 0}, {"[ ]", 0, 0}, {"[}]", 0, 0}, {"[x}]", 0, 0},
            {"[{]", 0, 0}, {"[{},{}]", 2, 0}, {"[ {} , {} ]", 2, 0}, {"[\"\",\"a\"]", 0, 2},
            {"[ \"a\" ]", 0, 1}, {"[\"a]", 0, 0}, {"[{\"text\":\"x\"},1]", 1, 0}, {"[\"a\",1]", 0, 1},
            {"[\"a\",]", 0, 1}, {"[{},]", 1, 0}, {"[{\"text\":1}]", 0, 0},
            {"[{\"text\":\"a\",\"text\":\"b\"}]", 0, 0}, {"[1]", 0, 0}, {"[{1}]", 0, 0},
            {"[{\"text\":\"a\"1}]", 0, 0}};
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        akolhook_lines lines = AKOLHOOK_INIT;
        akolhook_names names = AKOLHOOK_INIT;
        akolhook_json_iter iter = AKOLHOOK_INIT;
        akolhook_line line;
        akolhook_text name;
        int count;

        lines.json = names.json = akolhook_str_c(rows[i].json);
        for (count = 0; akolhook_lines_next(&lines, &iter, &line) == 1; count++) {}
        CHECK_INT(count, rows[i].lines);
        memset(&iter, 0, sizeof iter);
        for (count = 0; akolhook_names_next(&names, &iter, &name) == 1; count++) {}
        CHECK_INT(count, rows[i].names);
        if (rows[i].lines == 0 && rows[i].names == 0 && rows[i].json[0]) continue;

        memset(&line, 0xff, sizeof line);
        memset(&name, 0xff, sizeof name);
        memset(&iter, 0, sizeof iter);
        iter.at = iter.end = rows[i].json + strlen(rows[i].json);
        CHECK_INT(akolhook_lines_next(&lines, &iter, &line), 0);
        CHECK(is_zero(&line, sizeof line));
        CHECK_INT(akolhook_names_next(&names, &iter, &name), 0);
        CHECK(is_zero(&name, sizeof name));
    }
}

/* A list has one source: of text, items and a function, two or three are refused. */
typedef struct answers {
    int calls;
    int first, then; /* what it returns, and from the second call on */
    const char *said;
} answers;
static int answered(void *user, akolhook_line *line) {
    answers *a = (answers *)user;
    line->text = akolhook_text_c(a->said);
    return a->calls++ == 0 ? a->first : a->then;
}
static void test_list_sources(void) {
    static const int wrong[] = {-1, 2, 3, -32767};
    akolhook_envelope e = envelope_of(AKOLHOOK_TRANSCRIPT_READY),
                      updated = envelope_of(AKOLHOOK_AGENT_UPDATED);
    akolhook_transcript t = AKOLHOOK_INIT;
    akolhook_agent agent = AKOLHOOK_INIT;
    akolhook_text broken = AKOLHOOK_INIT;
    answers a = {0, 0, 0, "x"};
    size_t i, len;
    int sources;

    for (sources = 0; sources < 8; sources++) {
        const int count = (sources & 1) + (sources >> 1 & 1) + (sources >> 2);
        memset(&t, 0, sizeof t);
        if (sources & 1) t.transcript.json = akolhook_str_c("[]");
        if (sources & 2) {
            t.transcript.items = sample_lines;
            t.transcript.count = 2;
        }
        if (sources & 4) {
            t.transcript.next_fn = answered;
            t.transcript.user = &a;
        }
        a.calls = 0;
        CHECK_INT(akolhook_build_transcript(out, sizeof out, &len, &e, &t),
                count > 1 ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_OK);
        CHECK_INT(a.calls, sources == 4);
        memset(&agent, 0, sizeof agent);
        agent.changes.json = t.transcript.json;
        agent.changes.items = sources & 2 ? sample_names : NULL;
        agent.changes.count = sources & 2 ? 2 : 0;
        CHECK_INT(akolhook_build_agent(out, sizeof out, &len, &updated, &agent),
                (sources & 3) == 3 ? AKOLHOOK_INVALID_ARGUMENT : AKOLHOOK_OK);
    }

    /* what the function may not return, at once and behind a line; behind a wrong line it is not asked */
    memset(&t, 0, sizeof t);
    t.transcript.next_fn = answered;
    t.transcript.user = &a;
    for (i = 0; i < COUNT(wrong); i++) {
        a.calls = 0;
        a.first = wrong[i];
        CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BROKEN_HOOK);
        CHECK_INT(a.calls, 1);
        a.calls = 0;
        a.first = 1;
        a.then = wrong[i];
        CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BROKEN_HOOK);
        CHECK_INT(a.calls, 2);
    }
    a.said = "\xff";
    a.calls = 0;
    CHECK_STATUS(akolhook_build_transcript(out, sizeof out, &len, &e, &t), BAD_UTF8);
    CHECK_INT(a.calls, 1);

    broken.str.len = 3; /* a slice without memory among the names */
    memset(&agent, 0, sizeof agent);
    agent.changes.items = &broken;
    agent.changes.count = 1;
    CHECK_STATUS(akolhook_build_agent(out, sizeof out, &len, &updated, &agent), INVALID_ARGUMENT);
}

/* Each slice of an envelope without memory is refused, in every call that builds. */
static void test_envelope_slices(void) {
    akolhook_text broken = AKOLHOOK_INIT;
    akolhook_call call = AKOLHOOK_INIT;
    size_t len;
    int which;

    broken.str.len = 5;
    for (which = 0; which < 3; which++) {
        akolhook_envelope e = envelope_of(AKOLHOOK_CALL_ENDED);
        akolhook_text *slices[3];
        slices[0] = &e.business_id;
        slices[1] = &e.webhook_id;
        slices[2] = &e.event_name;
        *slices[which] = broken;
        if (which == 2) e.event = AKOLHOOK_EVENT_UNKNOWN;
        CHECK_STATUS(akolhook_build_raw(out, sizeof out, &len, &e, akolhook_str_c("{}")), INVALID_ARGUMENT);
        CHECK_INT(len, 0);
        CHECK_INT(akolhook_build_call(out, sizeof out, &len, &e, &call),
                which == 2 ? AKOLHOOK_WRONG_EVENT : AKOLHOOK_INVALID_ARGUMENT);
        CHECK_INT(akolhook_build_sample(out, sizeof out, &len, &e),
                which == 2 ? AKOLHOOK_WRONG_EVENT : AKOLHOOK_INVALID_ARGUMENT);
    }
}

/* Samples whose times just reach an end of the calendar, and just pass it. */
static void test_sample_bounds(void) {
    static const int64_t end = INT64_C(253402300800000), two_days = 172800000, half_hour = 1800000;
    akolhook_envelope e = envelope_of(AKOLHOOK_APPOINTMENT_SCHEDULED);
    akolhook_message msg;
    akolhook_call call;
    akolhook_appointment appointment;
    int64_t ms;
    size_t len;
    int by;

    for (by = -1; by <= 1; by++) {
        e.event = AKOLHOOK_APPOINTMENT_SCHEDULED;
        e.timestamp_ms = end - two_days + by;
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
        CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
        CHECK_STATUS(akolhook_appointment_parse(&msg, &appointment), OK);
        CHECK_STR(appointment.starts_at.str, "9999-12-31T23:59:59.999Z");
        e.timestamp_ms = end - two_days - half_hour + by;
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
        CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
        CHECK_STATUS(akolhook_appointment_parse(&msg, &appointment), OK);
        CHECK_STR(appointment.ends_at.str, "9999-12-31T23:59:59.999Z");
        CHECK_STATUS(akolhook_time_parse(appointment.starts_at.str, &ms), OK);
        CHECK_INT(ms, end - half_hour + by);

        e.event = AKOLHOOK_CALL_ENDED;
        e.timestamp_ms = 184000 + by;
        CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
        CHECK_STATUS(akolhook_envelope_parse(out, len, &msg, NULL), OK);
        CHECK_STATUS(akolhook_call_parse(&msg, &call), OK);
        CHECK_STR(call.started_at.str, by > 0 ? "1970-01-01T00:00:00.001Z" : "1970-01-01T00:00:00.000Z");
    }
}

/* ---- buffers, cuts, damage ---- */

/* Every size of buffer, each ending at a guard page: the need is told, nothing is written behind it, no
 * partial success. */
static void test_buffer_sizes(void) {
    guard g = guard_new(4096);
    static char whole[4096], blank[4096];
    int event;
    size_t need, cap, len;
    memset(blank, '#', sizeof blank);
    for (event = 1; event <= 18; event++) {
        akolhook_envelope e = envelope_of((akolhook_event)event);
        CHECK_STATUS(akolhook_build_sample(whole, sizeof whole, &need, &e), OK);
        for (cap = 0; cap <= need + 3; cap++) {
            char *at = guard_copy(&g, blank, cap);
            len = 9999;
            if (cap < need)
                CHECK_STATUS(akolhook_build_sample(at, cap, &len, &e), BUFFER_TOO_SMALL);
            else
                CHECK_STATUS(akolhook_build_sample(at, cap, &len, &e), OK);
            CHECK_INT(len, need);
            if (cap >= need) CHECK_MEM(at, len, whole, need);
            if (cap > need) CHECK_INT(at[need], '#');
        }
        len = 0;
        CHECK_STATUS(akolhook_build_sample(NULL, 0, &len, &e), BUFFER_TOO_SMALL);
        CHECK_INT(len, need);
        CHECK_STATUS(akolhook_build_raw(NULL, 0, &len, &e, akolhook_str_c("{}")), BUFFER_TOO_SMALL);
        CHECK_STATUS(akolhook_build_raw(out, len, &need, &e, akolhook_str_c("{}")), OK);
        CHECK_INT(need, len);
    }
    guard_free(&g);
}

/* Reads a body as far as it goes. */
static akolhook_status read_all(const char *p, size_t len) {
    akolhook_message msg;
    akolhook_line line;
    akolhook_text name;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    size_t at = 0;
    akolhook_status st = akolhook_envelope_parse(p, len, &msg, &at);
    CHECK(at <= len);
    if (st != AKOLHOOK_OK || msg.event == AKOLHOOK_EVENT_UNKNOWN) return st;
    st = parse_any(shape_of[msg.event], &msg, &back);
    if (st != AKOLHOOK_OK) return st;
    if (shape_of[msg.event] == CALL)
        while (akolhook_lines_next(&back.call.transcript, &iter, &line)) {}
    if (shape_of[msg.event] == TRANSCRIPT)
        while (akolhook_lines_next(&back.transcript.transcript, &iter, &line)) {}
    if (shape_of[msg.event] == AGENT)
        while (akolhook_names_next(&back.agent.changes, &iter, &name)) {}
    return st;
}

static void test_cut_and_changed(void) {
    static const char others[] = "\"\\{}[],:0 u\xff\x80\xe2";
    guard g = guard_new(4096);
    static char whole[4096], changed[4096];
    int event;
    size_t len, at, i;
    for (event = 1; event <= 18; event++) {
        akolhook_envelope e = envelope_of((akolhook_event)event);
        CHECK_STATUS(akolhook_build_sample(whole, sizeof whole, &len, &e), OK);
        CHECK_STATUS(read_all(guard_copy(&g, whole, len), len), OK);
        for (at = 0; at < len; at++) CHECK(read_all(guard_copy(&g, whole, at), at) != AKOLHOOK_OK);
        for (at = 0; at < len; at++) {
            memcpy(changed, whole, len);
            for (i = 0; i < sizeof others; i++) { /* the NUL at their end too */
                changed[at] = others[i];
                (void)read_all(guard_copy(&g, changed, len), len);
            }
            for (i = 0; i < 8; i++) {
                changed[at] = (char)(whole[at] ^ (1 << i));
                (void)read_all(guard_copy(&g, changed, len), len);
            }
        }
    }
    guard_free(&g);
}

#ifndef CHECK_BARE
/* A locale with a decimal comma, and letters of its own: Turkish. Where it is not installed, localedef makes
 * it. */
#ifdef _WIN32
static int locale_set(void) { return setlocale(LC_ALL, "Turkish") != NULL; }
#else
static int locale_set(void) {
    static const union {
        uint16_t word;
        uint8_t bytes[2];
    } one = {1};
    char dir[] = "/tmp/akolhook.XXXXXX", command[256];
    int done = setlocale(LC_ALL, "tr_TR.UTF-8") != NULL;
    if (done || !mkdtemp(dir)) return done;
    snprintf(command, sizeof command,
            "localedef --%s-endian -c -i tr_TR -f UTF-8 %s/tr_TR.UTF-8 >%s/log 2>&1",
            one.bytes[0] ? "little" : "big", dir, dir);
    if (system(command) != -1 && setenv("LOCPATH", dir, 1) == 0)
        done = setlocale(LC_ALL, "tr_TR.UTF-8") != NULL;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 && done;
}
#endif

/* musl takes any name and has none */
static int has_comma(void) {
    char said[8];
    snprintf(said, sizeof said, "%.1f", 1.5);
    return strcmp(said, "1,5") == 0;
}

/* The C library's locale changes nothing. */
static void test_locale(void) {
    akolhook_envelope e = envelope_of(AKOLHOOK_FUNCTION_CALLED);
    akolhook_message msg;
    akolhook_function_call call;
    akolhook_json_writer w;
    size_t len;
    if (!locale_set() || !has_comma()) {
        printf("skipped: no Turkish locale, and none from localedef (Debian: locales)\n");
        return;
    }
    CHECK_STATUS(akolhook_build_sample(out, sizeof out, &len, &e), OK);
    CHECK_MEM(out, len, sample_texts[2].text, strlen(sample_texts[2].text));
    msg = message_of(&body, AKOLHOOK_FUNCTION_CALLED, "{\"durationMs\":1.5,\"functionName\":\"I\\u0130\"}");
    CHECK_STATUS(akolhook_function_call_parse(&msg, &call), OK);
    CHECK_STATUS(akolhook_build_function_call(out, sizeof out, &len, &e, &call), OK);
    add_head(&want, AKOLHOOK_FUNCTION_CALLED);
    add(&want, "{\"functionName\":\"I\\u0130\",\"durationMs\":1.5}}");
    CHECK_MEM(out, len, want.at, want.len);
    akolhook_json_init(&w, out, sizeof out, 0);
    akolhook_json_array_begin(&w);
    akolhook_json_decimal(&w, -1999, 2);
    akolhook_json_int64(&w, 1234567);
    akolhook_json_number(&w, akolhook_str_c("1.5e3"));
    akolhook_json_array_end(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
    CHECK_MEM(out, len, "[-19.99,1234567,1.5e3]", 22);
    (void)setlocale(LC_ALL, "C");
}
#endif

int main(int argc, char **argv) {
    values_init();
    if (argc > 1) { /* prints the samples, one on a line, for another program to read */
        int event;
        for (event = 1; event <= 18; event++) {
            akolhook_envelope e = envelope_of((akolhook_event)event);
            size_t len = 0;
            if (strcmp(argv[1], "samples") != 0 ||
                    akolhook_build_sample(out, sizeof out, &len, &e) != AKOLHOOK_OK)
                return 1;
            printf("%.*s\n", (int)len, out);
        }
        return 0;
    }
    RUN(test_every_struct);
    RUN(test_reverse_order);
    RUN(test_each_member);
    RUN(test_wrong_event);
    RUN(test_null_arguments);
    RUN(test_bad_envelopes);
    RUN(test_deep);
    RUN(test_event_names);
    RUN(test_escapes_apart);
    RUN(test_good_envelopes);
    RUN(test_build_raw);
    RUN(test_build_refuses);
    RUN(test_numbers);
    RUN(test_lists_read);
    RUN(test_lists_built);
    RUN(test_long_transcript);
    RUN(test_sample_texts);
    RUN(test_sample_members);
    RUN(test_samples);
    RUN(test_sample_ends);
    RUN(test_sample_refuses);
    RUN(test_lists_walked);
    RUN(test_list_sources);
    RUN(test_envelope_slices);
    RUN(test_sample_bounds);
#ifndef CHECK_BARE
    RUN(test_blanks);
    RUN(test_broken_data);
    RUN(test_unchecked);
    RUN(test_each_text);
    RUN(test_struct_sizes);
#endif
    RUN(test_buffer_sizes);
    RUN(test_cut_and_changed);
#ifndef CHECK_BARE
    RUN(test_locale);
#endif
    return check_end();
}
