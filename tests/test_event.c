/* The events: names, groups, texts, lookup both ways, sets of events. */
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

/* Written down from Akol's pages: number, name, group, when it fires. */
static const struct {
    int number;
    const char *name, *group, *when;
} expected[] = {{AKOLHOOK_CALL_STARTED, "call.started", "call", "A call begins ringing or connects"},
        {AKOLHOOK_CALL_ENDED, "call.ended", "call", "A call hangs up, for any reason"},
        {AKOLHOOK_CALL_COMPLETED, "call.completed", "call", "A call finishes successfully"},
        {AKOLHOOK_CALL_MISSED, "call.missed", "call", "A call was not answered"},
        {AKOLHOOK_CALL_FAILED, "call.failed", "call", "A call failed to connect"},
        {AKOLHOOK_CALL_TRANSFERRED, "call.transferred", "call", "A call was transferred to a human"},
        {AKOLHOOK_TRANSCRIPT_READY, "transcript.ready", "content", "The call transcript is available"},
        {AKOLHOOK_SUMMARY_READY, "summary.ready", "content", "The AI-generated summary is available"},
        {AKOLHOOK_FUNCTION_CALLED, "function.called", "content", "The AI agent called a tool during a call"},
        {AKOLHOOK_AGENT_CREATED, "agent.created", "resource", "A new agent is created"},
        {AKOLHOOK_AGENT_UPDATED, "agent.updated", "resource", "An agent's settings are changed"},
        {AKOLHOOK_AGENT_DELETED, "agent.deleted", "resource", "An agent is deleted"},
        {AKOLHOOK_PHONE_NUMBER_PURCHASED, "phone_number.purchased", "resource",
                "A new phone number is bought"},
        {AKOLHOOK_PHONE_NUMBER_RELEASED, "phone_number.released", "resource", "A phone number is released"},
        {AKOLHOOK_CALL_VOICEMAIL, "call.voicemail", "call", "An outbound call hit voicemail"},
        {AKOLHOOK_APPOINTMENT_SCHEDULED, "appointment.scheduled", "resource",
                "An agent booked an appointment"},
        {AKOLHOOK_MESSAGE_RECEIVED, "message.received", "content", "An SMS arrived at one of the numbers"},
        {AKOLHOOK_LEAD_CREATED, "lead.created", "resource", "A new lead was captured during a call"}};
#define EVENTS (sizeof expected / sizeof expected[0])

static void test_table(void) {
    size_t i;
    CHECK_INT(EVENTS, 18);
    CHECK_INT(AKOLHOOK_EVENT_UNKNOWN, 0);
    CHECK_INT(AKOLHOOK_EVENT_LAST, 18);
    for (i = 0; i < EVENTS; i++) {
        akolhook_event event = (akolhook_event)(i + 1);
        CHECK_INT(expected[i].number, i + 1); /* the numbers are fixed: 1 to 18 in this order */
        CHECK_TEXT(akolhook_event_name(event), expected[i].name);
        CHECK_TEXT(akolhook_event_group(event), expected[i].group);
        CHECK_TEXT(akolhook_event_fires_when(event), expected[i].when);
        CHECK_INT(akolhook_event_find(akolhook_str_c(expected[i].name)), event);
    }
}

static void test_no_event(void) {
    static const int none[] = {0, 19, 31};
    size_t i;
    for (i = 0; i < sizeof none / sizeof none[0]; i++) {
        CHECK_TEXT(akolhook_event_name((akolhook_event)none[i]), "");
        CHECK_TEXT(akolhook_event_group((akolhook_event)none[i]), "");
        CHECK_TEXT(akolhook_event_fires_when((akolhook_event)none[i]), "");
        CHECK_INT(akolhook_events_has(AKOLHOOK_EVENTS_ALL, (akolhook_event)none[i]), 0);
        CHECK_INT(akolhook_events_has(0xffffffffu, (akolhook_event)none[i]), 0);
    }
}

/* Every cut, every longer text and every changed byte of every name is another name. */
static void test_find_is_exact(void) {
    char text[64];
    size_t i, at, len;
    guard g = guard_new(64);
    for (i = 0; i < EVENTS; i++) {
        len = strlen(expected[i].name);
        for (at = 0; at < len; at++) {
            CHECK_INT(akolhook_event_find(akolhook_str_n(guard_copy(&g, expected[i].name, at), at)), 0);
            memcpy(text, expected[i].name, len);
            text[at] = (char)(text[at] ^ 0x20);
            CHECK_INT(akolhook_event_find(akolhook_str_n(guard_copy(&g, text, len), len)), 0);
        }
        memcpy(text, expected[i].name, len + 1); /* with its NUL */
        CHECK_INT(akolhook_event_find(akolhook_str_n(text, len + 1)), 0);
        text[len] = ' ';
        CHECK_INT(akolhook_event_find(akolhook_str_n(text, len + 1)), 0);
    }
    CHECK_INT(akolhook_event_find(akolhook_str_n(NULL, 0)), 0);
    CHECK_INT(akolhook_event_find(akolhook_str_c("call.sentiment")), 0);
    CHECK_INT(akolhook_event_find(akolhook_str_c("*")), 0);
    CHECK_INT(akolhook_event_find(akolhook_str_c("call.*")), 0);
    guard_free(&g);
}

static void test_sets(void) {
    unsigned number;
    CHECK_INT(AKOLHOOK_EVENTS_ALL, (INT32_C(1) << 19) - 2);       /* bits 1 to 18 */
    CHECK_INT(AKOLHOOK_EVENTS_DASHBOARD, (INT32_C(1) << 15) - 2); /* bits 1 to 14 */
    for (number = 1; number <= 18; number++) {
        CHECK_INT(akolhook_events_has(AKOLHOOK_EVENTS_ALL, (akolhook_event)number), 1);
        CHECK_INT(akolhook_events_has(AKOLHOOK_EVENTS_DASHBOARD, (akolhook_event)number), number <= 14);
        CHECK_INT(akolhook_events_has((akolhook_events)1 << number, (akolhook_event)number), 1);
        CHECK_INT(akolhook_events_has(~((akolhook_events)1 << number), (akolhook_event)number), 0);
        CHECK_INT(akolhook_events_has(0, (akolhook_event)number), 0);
    }
}

#define B(id) ((akolhook_events)1 << AKOLHOOK_##id)
#define CALLS \
    (B(CALL_STARTED) | B(CALL_ENDED) | B(CALL_COMPLETED) | B(CALL_MISSED) | B(CALL_FAILED) | \
            B(CALL_TRANSFERRED) | B(CALL_VOICEMAIL))
#define CONTENT (B(TRANSCRIPT_READY) | B(SUMMARY_READY) | B(FUNCTION_CALLED) | B(MESSAGE_RECEIVED))
#define AGENTS (B(AGENT_CREATED) | B(AGENT_UPDATED) | B(AGENT_DELETED))
#define NUMBERS (B(PHONE_NUMBER_PURCHASED) | B(PHONE_NUMBER_RELEASED))
#define RESOURCES (AGENTS | NUMBERS | B(APPOINTMENT_SCHEDULED) | B(LEAD_CREATED))

static void test_parse(void) {
    static const struct {
        const char *list;
        akolhook_events set;
    } rows[] = {
            {"*", AKOLHOOK_EVENTS_ALL},
            {"call.ended", B(CALL_ENDED)},
            {"call.*", CALLS},
            {"content.*", CONTENT},
            {"resource.*", RESOURCES},
            {"agent.*", AGENTS},
            {"phone_number.*", NUMBERS},
            {"appointment.*", B(APPOINTMENT_SCHEDULED)},
            {"message.*", B(MESSAGE_RECEIVED)},
            {"lead.*", B(LEAD_CREATED)},
            {"transcript.*", B(TRANSCRIPT_READY)},
            {"summary.*", B(SUMMARY_READY)},
            {"function.*", B(FUNCTION_CALLED)},
            {"call.ended,lead.created", B(CALL_ENDED) | B(LEAD_CREATED)},
            {" \tcall.ended \t,  lead.created\t", B(CALL_ENDED) | B(LEAD_CREATED)},
            {"call.ended,call.ended", B(CALL_ENDED)},
            {"call.ended,*", AKOLHOOK_EVENTS_ALL},
            {"call.*,content.*,resource.*", AKOLHOOK_EVENTS_ALL},
    };
    size_t i, at;
    akolhook_events set;
    guard g = guard_new(256);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].list);
        set = 1;
        at = 99;
        CHECK_STATUS(
                akolhook_events_parse(akolhook_str_n(guard_copy(&g, rows[i].list, len), len), &set, &at), OK);
        CHECK_INT(set, rows[i].set);
        CHECK_INT(at, 0);
        CHECK_STATUS(akolhook_events_parse(akolhook_str_c(rows[i].list), &set, NULL), OK);
    }
    CHECK_INT(CALLS | CONTENT | RESOURCES, AKOLHOOK_EVENTS_ALL);
    guard_free(&g);
}

static void test_parse_refuses(void) {
    static const struct {
        const char *list;
        size_t at;
    } rows[] = {{"", 0}, {"   ", 3}, {",", 0}, {"call.ended,", 11}, {"call.ended, ", 12}, {",call.ended", 0},
            {"call.ended,,call.failed", 11}, {"call.sentiment", 0}, {"call.ended,  call.sentiment", 13},
            {"call", 0}, {"call.", 0}, {"call*", 0}, {"call.x", 0}, {"callxx", 0}, {"x", 0}, {".*", 0},
            {"*.*", 0}, {"**", 0}, {"*.", 0}, {"call.ended.*", 0}, {"call.e*", 0}, {"cal.*", 0},
            {"calls.*", 0}, {"phone.*", 0}, {"Call.*", 0}, {"CALL.ENDED", 0}, {"call .ended", 0},
            {"call.ended call.failed", 0}, {"call.ended;call.failed", 0}, {"call.ended\n", 0}, {"unknown", 0},
            {"lead.created,x", 13}};
    size_t i, at;
    akolhook_events set;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set = 1;
        at = 99;
        CHECK_STATUS(akolhook_events_parse(akolhook_str_c(rows[i].list), &set, &at), UNKNOWN_EVENT);
        CHECK_INT(set, 0);
        if (at != rows[i].at) printf("list \"%s\":\n", rows[i].list);
        CHECK_INT(at, rows[i].at);
    }
    CHECK_STATUS(akolhook_events_parse(akolhook_str_n("call.ended\0", 11), &set, &at), UNKNOWN_EVENT);
    CHECK_STATUS(akolhook_events_parse(akolhook_str_n(NULL, 0), &set, &at), UNKNOWN_EVENT);
    CHECK_STATUS(akolhook_events_parse(akolhook_str_c("*"), NULL, &at), INVALID_ARGUMENT);
    {
        akolhook_str bad = {NULL, 3};
        CHECK_STATUS(akolhook_events_parse(bad, &set, NULL), INVALID_ARGUMENT);
    }
}

static void test_format(void) {
    static const struct {
        akolhook_events set;
        const char *list;
    } rows[] = {{0, ""}, {AKOLHOOK_EVENTS_ALL, "*"}, {B(CALL_ENDED), "call.ended"},
            {B(LEAD_CREATED) | B(CALL_STARTED) | B(AGENT_UPDATED), "call.started,agent.updated,lead.created"},
            {AKOLHOOK_EVENTS_DASHBOARD, "call.started,call.ended,call.completed,call.missed,call.failed,call."
                                        "transferred,transcript.ready,summary.ready,"
                                        "function.called,agent.created,agent.updated,agent.deleted,phone_"
                                        "number.purchased,phone_number.released"}};
    size_t i, cap, len;
    char out[512];
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t need = strlen(rows[i].list);
        for (cap = 0; cap <= need + 1; cap++) { /* every size of buffer: all or nothing */
            memset(out, '#', sizeof out);
            len = 999;
            if (cap < need)
                CHECK_STATUS(akolhook_events_format(rows[i].set, out, cap, &len), BUFFER_TOO_SMALL);
            else
                CHECK_STATUS(akolhook_events_format(rows[i].set, out, cap, &len), OK);
            CHECK_INT(len, need);
            if (cap >= need) CHECK_MEM(out, len, rows[i].list, need);
            CHECK_INT(out[cap < need ? 0 : need], '#');
        }
    }
    len = 999;
    CHECK_STATUS(akolhook_events_format(B(CALL_ENDED), NULL, 0, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 10);
    for (i = 0; i < 32; i++)
        if (i == 0 || i > 18) {
            CHECK_STATUS(
                    akolhook_events_format(B(CALL_ENDED) | (akolhook_events)1 << i, out, sizeof out, &len),
                    UNKNOWN_EVENT);
            CHECK_INT(len, 0);
        }
    CHECK_STATUS(akolhook_events_format(0, out, sizeof out, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_events_format(0, NULL, 9, &len), INVALID_ARGUMENT);
}

/* Sets of up to three events, and their complements: what is written is read back. */
static void test_round_trip(void) {
    unsigned a, b, c, flip;
    for (a = 1; a <= 18; a++)
        for (b = a; b <= 18; b++)
            for (c = b; c <= 18; c++)
                for (flip = 0; flip < 2; flip++) {
                    akolhook_events set = (akolhook_events)1 << a | (akolhook_events)1 << b |
                                          (akolhook_events)1 << c,
                                    back = 0;
                    char out[512];
                    size_t len = 0;
                    if (flip) set ^= AKOLHOOK_EVENTS_ALL;
                    CHECK_STATUS(akolhook_events_format(set, out, sizeof out, &len), OK);
                    CHECK_STATUS(akolhook_events_parse(akolhook_str_n(out, len), &back, NULL), OK);
                    CHECK_INT(back, set);
                }
}

int main(void) {
    RUN(test_table);
    RUN(test_no_event);
    RUN(test_find_is_exact);
    RUN(test_sets);
    RUN(test_parse);
    RUN(test_parse_refuses);
    RUN(test_format);
    RUN(test_round_trip);
    return check_end();
}
