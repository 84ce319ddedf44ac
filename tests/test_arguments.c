/* Arguments that no careful caller gives: NULL with a length, values that were never checked, hooks that
   break their word, numbers and texts at the edges of what is taken. All answer by a status, and
   nothing is read outside of what was given. Expected values: the comments of akolhook.h, RFC 3339, RFC
   8259.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. tests/test_arguments.c -o build/test_arguments */
#ifndef TEST_LINKED
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define NOW 1767225600 /* 2026-01-01T00:00:00Z */

static const akolhook_str nowhere = {NULL, 3}; /* a length without a text */

/* ---- text ---- */

static void test_bytes_as_text(void) {
    char out[8];
    size_t len = 9;
    CHECK_STATUS(akolhook_hex_encode(NULL, 0, out, sizeof out, &len), OK);
    CHECK_INT(len, 0);
    CHECK_STATUS(akolhook_hex_encode(NULL, 1, out, sizeof out, &len), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hex_encode("x", SIZE_MAX / 2 + 1, out, sizeof out, &len), INVALID_ARGUMENT);
    CHECK_INT(len, 0);
    CHECK_STATUS(akolhook_base64_encode(NULL, 0, out, sizeof out, &len), OK);
    CHECK_INT(len, 0);
    CHECK_STATUS(akolhook_base64_encode("x", SIZE_MAX - 1, out, sizeof out, &len), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_base64_encode("x", SIZE_MAX / 4 * 3 - 3, out, sizeof out, &len), BUFFER_TOO_SMALL);
}

/* The offset of RFC 3339: a sign, two digits, a colon, two digits. */
static void test_offsets(void) {
    static const char *const bad[] = {"*01:00", "+0a:00", "-01-00", "-01:0x", "+1:000", "/01:00", "+24:00",
            "-00:60", "+01:0", "+01:000", "Zulu+0"};
    char text[40];
    int64_t ms;
    size_t i;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sprintf(text, "2026-01-01T00:00:00%s", bad[i]);
        CHECK_STATUS(akolhook_time_parse(akolhook_str_c(text), &ms), BAD_TIME);
    }
    CHECK_STATUS(akolhook_time_parse(akolhook_str_c("2026-01-01T00:00:00-23:59"), &ms), OK);
    CHECK_INT(ms / 60000 - NOW / 60, 23 * 60 + 59);
}

/* Halves of a pair of surrogates that have no other become U+FFFD; what stands behind them stays. */
static void test_surrogates(void) {
    static const struct {
        const char *escaped, *plain;
    } rows[] = {{"\\ud800", "\xef\xbf\xbd"}, {"\\ud800\\ud800", "\xef\xbf\xbd\xef\xbf\xbd"},
            {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"}, {"\\ud800\\ue000", "\xef\xbf\xbd\xee\x80\x80"},
            {"\\ud800\\u0041", "\xef\xbf\xbd"
                               "A"},
            {"\\udfff", "\xef\xbf\xbd"}, {"\\ue000", "\xee\x80\x80"}, {"\\ud7ff", "\xed\x9f\xbf"},
            {"\\ud800x", "\xef\xbf\xbdx"}, {"\\ud800\\n", "\xef\xbf\xbd\n"}};
    akolhook_text text = AKOLHOOK_INIT;
    char out[40];
    size_t i, len;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text.str = akolhook_str_c(rows[i].escaped);
        text.escaped = 1;
        CHECK_STATUS(akolhook_text_decode(text, out, sizeof out, &len), OK);
        CHECK_MEM(out, len, rows[i].plain, strlen(rows[i].plain));
        CHECK(akolhook_text_equal(text, akolhook_str_c(rows[i].plain)));
    }
    text.str = akolhook_str_c("\\ud800\\uzzzz"); /* nobody has checked it */
    CHECK_STATUS(akolhook_text_decode(text, out, sizeof out, &len), JSON_ESCAPE);
    text.str = akolhook_str_c("\\");
    CHECK_STATUS(akolhook_text_decode(text, out, sizeof out, &len), JSON_ESCAPE);
    CHECK(!akolhook_text_equal(text, akolhook_str_c("\\")));
    CHECK_STATUS(akolhook_text_copy(akolhook_text_c("abc"), out, 0, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 3);
    CHECK_STATUS(akolhook_text_copy(akolhook_text_c("abc"), NULL, 5, &len), INVALID_ARGUMENT);
}

/* value = mantissa / 10^scale, by hand. */
static void test_exponents(void) {
    static const struct {
        const char *text;
        int64_t mantissa;
        int32_t scale;
    } rows[] = {{"1E2", 1, -2}, {"1e2", 1, -2}, {"1e+2", 1, -2}, {"1E-2", 1, 2}, {"1.50e1", 15, 0},
            {"12.5E+0", 125, 1}, {"-7e-0", -7, 0}, {"0E99999999999999999999", 0, 0}};
    int64_t mantissa, whole;
    int32_t scale;
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(akolhook_number_decimal(akolhook_str_c(rows[i].text), &mantissa, &scale), OK);
        /* the same value, however many zeros are the mantissa's */
        for (; scale < rows[i].scale && scale < 0; scale++) mantissa /= 10;
        for (; scale > rows[i].scale; scale--) {
            CHECK(mantissa % 10 == 0);
            mantissa /= 10;
        }
        for (; scale < rows[i].scale; scale++) mantissa *= 10;
        CHECK_INT(mantissa, rows[i].mantissa);
    }
    CHECK_STATUS(akolhook_number_int64(akolhook_str_c("1E3"), &whole), OK);
    CHECK_INT(whole, 1000);
    CHECK_STATUS(akolhook_number_decimal(akolhook_str_c("92233720368547758080000000000"), &mantissa, &scale),
            OUT_OF_RANGE);
    CHECK_STATUS(akolhook_number_decimal(akolhook_str_c("1e99999999999999999999"), &mantissa, &scale),
            OUT_OF_RANGE);
}

/* A value where a key must stand: whichever it is, nothing is written any more and the first error stays. */
static void test_writer_refuses(void) {
    char out[64];
    akolhook_json_writer w;
    size_t kind, len;
    for (kind = 0; kind < 9; kind++) {
        akolhook_json_init(&w, out, sizeof out, 0);
        akolhook_json_object_begin(&w);
        switch (kind) {
        case 0: akolhook_json_string(&w, akolhook_str_c("x")); break;
        case 1: akolhook_json_decimal(&w, 5, 1); break;
        case 2: akolhook_json_int64(&w, -5); break;
        case 3: akolhook_json_uint64(&w, 5); break;
        case 4: akolhook_json_number(&w, akolhook_str_c("5")); break;
        case 5: akolhook_json_bool(&w, 1); break;
        case 6: akolhook_json_null(&w); break;
        case 7: akolhook_json_raw(&w, akolhook_str_c("5")); break;
        default: akolhook_json_text(&w, akolhook_text_c("x")); break;
        }
        CHECK_STATUS(akolhook_json_finish(&w, &len), JSON_NESTING);
        CHECK_INT(len, 0);
    }
    for (kind = 0; kind < 2; kind++) {
        akolhook_json_init(&w, out, sizeof out, 0);
        akolhook_json_decimal(&w, 1, kind ? -401 : 401);
        CHECK_STATUS(akolhook_json_finish(&w, &len), OUT_OF_RANGE);
        akolhook_json_init(&w, out, sizeof out, 0);
        akolhook_json_decimal(&w, 1, kind ? -400 : 400);
        CHECK_STATUS(akolhook_json_finish(&w, &len), BUFFER_TOO_SMALL);
        CHECK_INT(len, kind ? 401 : 402); /* 1 and 400 zeros; 0. and 400 places */
    }
    akolhook_json_init(&w, out, sizeof out, 0);
    akolhook_json_object_end(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), JSON_NESTING);
}

static void test_paths(void) {
    akolhook_json root, found;
    akolhook_text text;
    CHECK_STATUS(akolhook_json_parse(akolhook_str_c("{\"a\":{\"b\":[1]}}"), &root, NULL), OK);
    CHECK_STATUS(akolhook_json_get(root, "x.y.z", &found), NOT_FOUND);
    CHECK_STATUS(akolhook_json_get(root, "x..z", &found), BAD_PATH); /* though nothing is there to look in */
    CHECK_STATUS(akolhook_json_get(root, "a.b[1].c[", &found), BAD_PATH);
    CHECK_STATUS(akolhook_json_get(root, "a.b[1].c", &found), NOT_FOUND);
    memset(&found, 0, sizeof found);
    found.type = AKOLHOOK_JSON_STRING; /* made by hand */
    CHECK_STATUS(akolhook_json_get_text(found, &text), WRONG_TYPE);
    found.str = akolhook_str_c("\"");
    CHECK_STATUS(akolhook_json_get_text(found, &text), WRONG_TYPE);
}

/* ---- values that nobody has checked ---- */

static guard page;

static void read_value(akolhook_json value, int depth);
static void read_members(akolhook_json value, int depth) {
    akolhook_json_iter iter;
    akolhook_json member;
    akolhook_text key;
    size_t count = 0;
    if (akolhook_json_begin(value, &iter) != AKOLHOOK_OK) return;
    while (++count < 200 && akolhook_json_next(&iter, &key, &member)) {
        (void)akolhook_text_equal(key, akolhook_str_c("a"));
        read_value(member, depth + 1);
    }
    CHECK(count < 200);
}
static void read_value(akolhook_json value, int depth) {
    static const char *const paths[] = {"a", "b", "a.b", "a[1]", "[0]", "[1].a", "e.f[2]"};
    akolhook_json found;
    akolhook_text text;
    char out[300];
    size_t i, len;
    int64_t whole;
    if (depth > 8) return;
    if (akolhook_json_get_text(value, &text) == AKOLHOOK_OK) {
        (void)!akolhook_text_decode(text, out, sizeof out, &len);
        (void)akolhook_text_equal(text, akolhook_str_c("x\n"));
    }
    (void)!akolhook_json_get_int64(value, &whole);
    for (i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (akolhook_json_get(value, paths[i], &found) == AKOLHOOK_OK && found.str.len)
            CHECK(found.str.ptr >= value.str.ptr &&
                    found.str.ptr + found.str.len <= value.str.ptr + value.str.len);
    read_members(value, depth);
}

/* The same bytes as the data of every kind of event. */
static void read_data(akolhook_json value) {
    static union {
        akolhook_call call;
        akolhook_transcript transcript;
        akolhook_summary summary;
        akolhook_function_call function;
        akolhook_agent agent;
        akolhook_phone_number number;
        akolhook_appointment appointment;
        akolhook_sms sms;
        akolhook_lead lead;
    } to;
    akolhook_message msg = AKOLHOOK_INIT;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_line line;
    akolhook_text name;
    size_t count = 0;
    msg.data = value;
    msg.event = AKOLHOOK_TRANSCRIPT_READY;
    if (akolhook_transcript_parse(&msg, &to.transcript) == AKOLHOOK_OK)
        while (++count < 100 && akolhook_lines_next(&to.transcript.transcript, &iter, &line)) {}
    msg.event = AKOLHOOK_AGENT_UPDATED;
    memset(&iter, 0, sizeof iter);
    if (akolhook_agent_parse(&msg, &to.agent) == AKOLHOOK_OK)
        while (++count < 200 && akolhook_names_next(&to.agent.changes, &iter, &name)) {}
    CHECK(count < 200);
    msg.event = AKOLHOOK_CALL_ENDED;
    (void)!akolhook_call_parse(&msg, &to.call);
    msg.event = AKOLHOOK_FUNCTION_CALLED;
    (void)!akolhook_function_call_parse(&msg, &to.function);
}

static void read_forged(const char *p, size_t len) {
    static const akolhook_json_type types[] = {
            AKOLHOOK_JSON_OBJECT, AKOLHOOK_JSON_ARRAY, AKOLHOOK_JSON_STRING, AKOLHOOK_JSON_NUMBER};
    akolhook_json value = AKOLHOOK_INIT;
    size_t i;
    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        value.str = akolhook_str_n(guard_copy(&page, p, len), len);
        value.type = types[i];
        value.escaped = 1;
        read_value(value, 0);
        if (types[i] == AKOLHOOK_JSON_OBJECT) read_data(value);
    }
}

/* The readers take values that akolhook_json_parse has checked. Of others they may say anything, but
   they end, and they stay inside: texts cut at each length and changed at each byte, at the end of a
   page. */
static void test_forged_values(void) {
    static const char *const texts[] = {"{\"a\" : {\"b\":[1, true ,null,\"x\\n\"]} , \"e\":{}}",
            "[ [\"\\ud800\\udc00\"], {\"a\":-1.5e3} ,\"\", [] ]", "{\"b\":1,\"a\":[{\"a\":1},{\"a\":2}]}",
            "{\"transcript\":[{\"speaker\":\"agent\",\"text\":\"hi\",\"timestamp\":1.5},{\"text\" : \"x\"}] "
            ",\"callId\":\"c1\"}",
            "{\"changes\" : [\"voice\", \"name\"] ,\"agentId\":\"a\",\"name\":null}",
            "{\"duration\":12,\"transcript\":[ ],\"arguments\":{\"x\":[1]},"
            "\"result\":\"ok\",\"durationMs\":7}"};
    static const char others[] = "\"\\{}[]:,. x0-\x01\xff";
    char changed[200];
    size_t i, at, k;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const size_t len = strlen(texts[i]);
        for (at = 0; at <= len; at++) read_forged(texts[i], at);
        for (at = 0; at < len; at++)
            for (k = 0; k < sizeof others - 1; k++) {
                memcpy(changed, texts[i], len);
                changed[at] = others[k];
                read_forged(changed, len);
            }
    }
}

/* ---- what is built ---- */

static int lines_left, lines_answer;
static int next_line(void *user, akolhook_line *line) {
    (void)user;
    line->speaker = akolhook_text_c("agent");
    line->text = akolhook_text_c("hi");
    if (lines_left-- > 0) return 1;
    return lines_answer;
}

static void test_builds_refused(void) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_transcript transcript = AKOLHOOK_INIT;
    akolhook_agent agent = AKOLHOOK_INIT;
    akolhook_text names[2];
    char buf[600];
    size_t len;
    envelope.event = AKOLHOOK_TRANSCRIPT_READY;
    envelope.timestamp_ms = INT64_C(1000) * NOW;
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    transcript.transcript.next_fn = next_line;
    lines_left = 2;
    lines_answer = 0;
    CHECK_STATUS(akolhook_build_transcript(buf, sizeof buf, &len, &envelope, &transcript), OK);
    CHECK(len > 0 && len < sizeof buf);
    lines_left = 2;
    lines_answer = 2;
    CHECK_STATUS(akolhook_build_transcript(buf, sizeof buf, &len, &envelope, &transcript), BROKEN_HOOK);
    lines_left = 2;
    lines_answer = -1;
    CHECK_STATUS(akolhook_build_transcript(buf, sizeof buf, &len, &envelope, &transcript), BROKEN_HOOK);
    CHECK_INT(len, 0);
    lines_left = lines_answer = 1;
    transcript.call_id = akolhook_text_c("\xff"); /* already wrong: the hook is not asked */
    CHECK_STATUS(akolhook_build_transcript(buf, sizeof buf, &len, &envelope, &transcript), BAD_UTF8);
    CHECK_INT(lines_left, 1);

    envelope.event = AKOLHOOK_AGENT_UPDATED;
    names[0] = akolhook_text_c("voice");
    memset(&names[1], 0, sizeof names[1]);
    names[1].str = nowhere;
    agent.changes.items = names;
    agent.changes.count = 2;
    CHECK_STATUS(akolhook_build_agent(buf, sizeof buf, &len, &envelope, &agent), INVALID_ARGUMENT);
    agent.changes.count = 1;
    CHECK_STATUS(akolhook_build_agent(buf, sizeof buf, &len, &envelope, &agent), OK);
    CHECK_STATUS(akolhook_build_raw(buf, sizeof buf, &len, &envelope, nowhere), INVALID_ARGUMENT);
    CHECK_INT(len, 0);
    CHECK(akolhook_build_raw(buf, sizeof buf, &len, &envelope, akolhook_str_n(NULL, 0)) != AKOLHOOK_OK);
    CHECK_INT(len, 0);
}

/* ---- secrets and signatures ---- */

/* Bytes that differ, and of which none is a character of an id: their low six bits are 62 or 63. */
static int useless_random(void *user, void *out, size_t len) {
    static const unsigned char few[] = {62, 63, 126, 127, 190, 191, 254, 255};
    unsigned *next = (unsigned *)user;
    size_t i;
    for (i = 0; i < len; i++) {
        *next = *next * 1103515245u + 12345u;
        ((unsigned char *)out)[i] = few[*next >> 16 & 7u];
    }
    return 0;
}

static void test_ids_and_secrets(void) {
    static const char *const bad_ids[] = {"a\x7f", "caf\xc3\xa9", "a b", "a.b", "\x01"};
    char id[AKOLHOOK_ID_SIZE], v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
    akolhook_key key, zero;
    unsigned next = 1;
    size_t i;
    memset(&zero, 0, sizeof zero);
    CHECK_STATUS(akolhook_id_generate(NULL, NULL, "msg", id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_id_generate(useless_random, &next, NULL, id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_id_generate(useless_random, &next, "ms", id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_id_generate(useless_random, &next, "msg", id), RANDOM_FAILED);
    CHECK_INT(id[0], 0);

    CHECK_STATUS(akolhook_secret_key(nowhere, AKOLHOOK_SCHEME_AKOL, &key), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c("abc\v"), AKOLHOOK_SCHEME_AKOL, &key), SECRET_BLANK);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c("\fabc"), AKOLHOOK_SCHEME_AKOL, &key), SECRET_BLANK);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c("whsec_AAAAA"), AKOLHOOK_SCHEME_STANDARD, &key),
            SECRET_BASE64);

    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &key), OK);
    for (i = 0; i < sizeof bad_ids / sizeof bad_ids[0]; i++)
        CHECK_STATUS(akolhook_sign_standard(&key, akolhook_str_c(bad_ids[i]), NOW, "x", 1, v1), BAD_ID);
    CHECK_STATUS(akolhook_sign_standard(&key, akolhook_str_c("~!"), NOW, "x", 1, v1), OK);
    CHECK_STATUS(akolhook_sign_standard(NULL, akolhook_str_c("m"), NOW, "x", 1, v1), NO_SECRET);
    CHECK_STATUS(akolhook_sign_standard(&zero, akolhook_str_c("m"), NOW, "x", 1, v1), NO_SECRET);
    CHECK_STATUS(akolhook_sign_standard(&key, akolhook_str_c("m"), NOW, NULL, 1, v1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_sign_standard(&key, nowhere, NOW, "x", 1, v1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verify_key(&key, akolhook_str_c("00"), NULL, 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_verify_key(&zero, akolhook_str_c("00"), "x", 1), NO_SECRET);
    CHECK_STATUS(akolhook_verify_key(NULL, akolhook_str_c("00"), "x", 1), NO_SECRET);
}

static akolhook_incoming standard_headers(const char *time, const char *signature) {
    akolhook_incoming in = AKOLHOOK_INIT;
    CHECK_STATUS(akolhook_incoming_header(&in, "webhook-id", 10, "msg_1", 5), OK);
    CHECK_STATUS(akolhook_incoming_header(&in, "webhook-timestamp", 17, time, strlen(time)), OK);
    CHECK_STATUS(akolhook_incoming_header(&in, "webhook-signature", 17, signature, strlen(signature)), OK);
    return in;
}

static void test_receivers(void) {
    static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"b\",\"webhookId\":\"w\",\"data\":{}}";
    akolhook_receiver r = AKOLHOOK_INIT, broken;
    akolhook_incoming in;
    akolhook_message msg;
    akolhook_verifier v;
    char v1[AKOLHOOK_STANDARD_SIGNATURE_SIZE], odd[80];
    r.schemes = AKOLHOOK_SCHEME_STANDARD;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), OK);
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), OK); /* twice the same: the first one counts */
    CHECK_STATUS(
            akolhook_sign_standard(&r.keys[0][1], akolhook_str_c("msg_1"), NOW, body, sizeof body - 1, v1),
            OK);
    in = standard_headers("1767225600", v1);
    CHECK_STATUS(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, &msg), OK);
    CHECK_INT(msg.secret_index, 0);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, &in), OK);
    CHECK_STATUS(akolhook_verifier_update(&v, body, sizeof body - 1), OK);
    CHECK_STATUS(akolhook_verifier_final(&v, NOW, &msg), OK);
    CHECK_INT(msg.secret_index, 0);
    CHECK_STATUS(akolhook_verifier_init(&v, &r, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_authenticate(&r, &in, body, sizeof body - 1, NOW, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_receive(&r, &in, NULL, 5, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_message_parse(NULL, body, sizeof body - 1, NOW, &msg), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_message_parse(&r, body, sizeof body - 1, NOW, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_message_parse(&r, NULL, 5, NOW, &msg), INVALID_ARGUMENT);

    /* 45 characters behind v1, and no = at the end; a time of 0, and one with a zero before it */
    sprintf(odd, "v1,%.43sA", v1 + 3);
    in = standard_headers("1767225600", odd);
    CHECK_STATUS(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, &msg), NO_KNOWN_SCHEME);
    in = standard_headers("0", v1);
    CHECK(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, &msg) != AKOLHOOK_OK);
    in = standard_headers("01767225600", v1);
    CHECK_STATUS(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, &msg), BAD_TIMESTAMP);
    r.tolerance_s = AKOLHOOK_TOLERANCE_ANY; /* any time, but a time */
    CHECK_STATUS(akolhook_receive(&r, &in, body, sizeof body - 1, NOW, &msg), BAD_TIMESTAMP);
    r.tolerance_s = 0;

    broken = r; /* members that are private, written over */
    broken.secret_count = AKOLHOOK_MAX_SECRETS + 1;
    CHECK_STATUS(akolhook_receive(&broken, &in, body, sizeof body - 1, NOW, &msg), SCHEME_CHANGED);

    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_incoming_header(&in, NULL, 3, "x", 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_incoming_header(&in, "x", 1, NULL, 3), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_incoming_header(&in, NULL, 0, NULL, 0), OK);
}

/* Taken back after its place in the ring was given to others: nothing of theirs is touched. */
static void test_rolled_back_late(void) {
    akolhook_guard_entry entry[1] = AKOLHOOK_INIT;
    akolhook_guard ring = AKOLHOOK_INIT;
    akolhook_receiver r = AKOLHOOK_INIT;
    akolhook_message first, second, msg;
    akolhook_incoming in;
    char hex[2][AKOLHOOK_AKOL_SIGNATURE_SIZE];
    int i;
    ring.entries = entry;
    r.guard = &ring;
    ring.count = 0;
    CHECK_STATUS(akolhook_receiver_add_secret(&r, SECRET), OK);
    for (i = 0; i < 2; i++) CHECK_STATUS(akolhook_sign_akol(&r.keys[0][0], i ? "b" : "a", 1, hex[i]), OK);
    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_incoming_header(&in, "X-Webhook-Signature", 19, hex[0], 64), OK);
    CHECK_STATUS(akolhook_authenticate(&r, &in, "a", 1, NOW, &msg), INVALID_ARGUMENT); /* a ring of nothing */
    ring.count = 1;
    ring.entries = NULL;
    CHECK_STATUS(akolhook_authenticate(&r, &in, "a", 1, NOW, &msg), INVALID_ARGUMENT);
    ring.entries = entry;
    CHECK_STATUS(akolhook_authenticate(&r, &in, "a", 1, NOW, &first), OK);
    memset(&in, 0, sizeof in);
    CHECK_STATUS(akolhook_incoming_header(&in, "X-Webhook-Signature", 19, hex[1], 64), OK);
    CHECK_STATUS(akolhook_authenticate(&r, &in, "b", 1, NOW, &second), OK);
    akolhook_replay_rollback(&ring, &first);
    CHECK_STATUS(akolhook_authenticate(&r, &in, "b", 1, NOW, &msg), IN_PROGRESS);
    akolhook_replay_rollback(&ring, &second);
    CHECK_STATUS(akolhook_authenticate(&r, &in, "b", 1, NOW, &msg), OK);
}

static void test_explained(void) {
    akolhook_receiver r = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_explanation why;
    const akolhook_str secret = akolhook_str_c(SECRET);
    CHECK_STATUS(akolhook_explain(secret, 1, NULL, "x", 1, NOW, &why), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(secret, 1, &in, NULL, 1, NOW, &why), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(nowhere, 1, &in, "x", 1, NOW, &why), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_explain(akolhook_str_n(NULL, 0), 1, &in, NULL, 0, NOW, &why), OK);
    CHECK_STATUS(akolhook_explain_receive(NULL, secret, &in, "x", 1, NOW, &why), INVALID_ARGUMENT);
    r.schemes = 4;
    CHECK_STATUS(akolhook_explain_receive(&r, secret, &in, "x", 1, NOW, &why), INVALID_ARGUMENT);
    r.schemes = 0;
    r.tolerance_s = AKOLHOOK_TOLERANCE_ANY - 1;
    CHECK_STATUS(akolhook_explain_receive(&r, secret, &in, "x", 1, NOW, &why), INVALID_ARGUMENT);
    r.tolerance_s = 0;
    r.max_age_s = AKOLHOOK_AGE_ANY - 1;
    CHECK_STATUS(akolhook_explain_receive(&r, secret, &in, "x", 1, NOW, &why), INVALID_ARGUMENT);
    CHECK_INT(why.cause, AKOLHOOK_CAUSE_NONE);
}

/* ---- events, URLs, fields ---- */

static void test_sending(void) {
    akolhook_header header = AKOLHOOK_INIT;
    akolhook_events events;
    akolhook_url url;
    int32_t seconds;
    CHECK_STATUS(akolhook_events_parse(akolhook_str_c("call.ended,nothing"), &events, NULL), UNKNOWN_EVENT);
    CHECK_STATUS(akolhook_retry_after_parse(nowhere, NOW, &seconds), BAD_RETRY_AFTER);
    header.name = nowhere;
    CHECK_STATUS(akolhook_header_check(&header), BAD_HEADER);
    header.name = akolhook_str_c("X-Name");
    header.value = nowhere;
    CHECK_STATUS(akolhook_header_check(&header), BAD_HEADER);
    header.value = akolhook_str_n(NULL, 0);
    CHECK_STATUS(akolhook_header_check(&header), OK);
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("x:"), 0, &url), URL_SCHEME);
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("ftp:\\a@b"), 0, &url), URL_CHARACTER);
}

int main(void) {
    page = guard_new(512);
    RUN(test_bytes_as_text);
    RUN(test_offsets);
    RUN(test_surrogates);
    RUN(test_exponents);
    RUN(test_writer_refuses);
    RUN(test_paths);
    RUN(test_forged_values);
    RUN(test_builds_refused);
    RUN(test_ids_and_secrets);
    RUN(test_receivers);
    RUN(test_rolled_back_late);
    RUN(test_explained);
    RUN(test_sending);
    guard_free(&page);
    return check_end();
}
