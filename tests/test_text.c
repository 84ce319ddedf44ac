/* Hex, base64, time, numbers, the JSON writer and reader.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. tests/test_text.c -o build/test_text */
#define AKOLHOOK_RECEIVER_ONLY
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"
#ifndef __AVR__
#include <time.h>
#endif

/* ---- base ---- */

static void statuses(void) {
    static const struct {
        int number;
        const char *name;
        int http;
        const char *text;
    } all[] = {
#define ROW(name, number, http, text) {number, #name, http, text},
            AKOLHOOK_STATUS_LIST(ROW)
#undef ROW
    };
    size_t i;
    CHECK_INT(AKOLHOOK_OK, 0);
    for (i = 0; i < sizeof all / sizeof all[0]; i++) {
        akolhook_status s = (akolhook_status)all[i].number;
        CHECK_TEXT(akolhook_status_name(s), all[i].name);
        CHECK_TEXT(akolhook_status_text(s), all[i].text);
        CHECK_INT(akolhook_status_http(s), all[i].http);
        /* The numbers fall from line to line, end before those of other people's stores, and leave room
         * behind each block. */
        CHECK(i == 0 ? all[i].number == 0 : all[i].number < all[i - 1].number);
        CHECK(all[i].number > -300);
    }
    CHECK_TEXT(akolhook_status_name((akolhook_status)-999), "UNKNOWN");
    CHECK_TEXT(akolhook_status_text((akolhook_status)-999), "no such status");
    CHECK_INT(akolhook_status_http((akolhook_status)-999), 500);
    /* What wire.md and the HTTP standard ask of a receiver. */
    CHECK_INT(akolhook_status_http(AKOLHOOK_DUPLICATE), 200);
    CHECK_INT(akolhook_status_http(AKOLHOOK_IN_PROGRESS), 503);
    CHECK_INT(akolhook_status_http(AKOLHOOK_SIGNATURE_MISMATCH), 401);
    CHECK_INT(akolhook_status_http(AKOLHOOK_BODY_TOO_LARGE), 413);
}

static void slices(void) {
    CHECK_INT(akolhook_str_c(NULL).len, 0);
    CHECK_INT(akolhook_str_n(NULL, 5).len, 0);
    CHECK_STR(akolhook_str_c("ab"), "ab");
    CHECK(akolhook_str_equal(akolhook_str_n("ab\0c", 4), akolhook_str_n("ab\0c", 4)));
    CHECK(!akolhook_str_equal(akolhook_str_n("ab\0c", 4), akolhook_str_n("ab\0d", 4)));
    CHECK(!akolhook_str_equal(akolhook_str_c("ab"), akolhook_str_c("abc")));
    CHECK(akolhook_str_equal(akolhook_str_c(NULL), akolhook_str_c("")));
    CHECK(akolhook_str_is(akolhook_str_c("x"), "x") && !akolhook_str_is(akolhook_str_c("x"), "X"));
    akolhook_wipe(NULL, 0);
}

/* ---- hex and base64 ---- */

static void hex(void) {
    uint8_t all[256], back[256];
    char text[513], lower[513];
    size_t len, i;
    for (i = 0; i < 256; i++) {
        all[i] = (uint8_t)i;
        sprintf(lower + 2 * i, "%02x", (unsigned)i);
    }
    CHECK_STATUS(akolhook_hex_encode(all, 256, text, 512, &len), OK);
    CHECK_MEM(text, len, lower, 512);
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_n(text, 512), back, 256, &len), OK);
    CHECK_MEM(back, len, all, 256);
    for (i = 0; i < 512; i++) text[i] = (char)(text[i] >= 'a' ? text[i] - 32 : text[i]);
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_n(text, 512), back, 256, &len), OK);
    CHECK_MEM(back, len, all, 256);
    CHECK_STATUS(akolhook_hex_encode(all, 4, text, 7, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 8);
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c("0102"), back, 1, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 2);
    CHECK_STATUS(akolhook_hex_encode(NULL, 1, text, 8, &len), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hex_encode(all, SIZE_MAX / 2 + 1, text, 8, &len), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c("0"), back, 8, &len), BAD_HEX);
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c(""), NULL, 0, &len), OK);
    for (i = 0; i < 256; i++) { /* every byte at both places: a digit or refused */
        char pair[2];
        int digit = (i >= '0' && i <= '9') || (i >= 'a' && i <= 'f') || (i >= 'A' && i <= 'F');
        pair[0] = (char)i;
        pair[1] = '0';
        CHECK_INT(akolhook_hex_decode(akolhook_str_n(pair, 2), back, 8, &len),
                digit ? AKOLHOOK_OK : AKOLHOOK_BAD_HEX);
        CHECK_INT(len, digit);
        pair[0] = '0';
        pair[1] = (char)i;
        back[0] = 0xee; /* all is looked at before anything is written */
        CHECK_INT(akolhook_hex_decode(akolhook_str_n(pair, 2), back, 8, &len),
                digit ? AKOLHOOK_OK : AKOLHOOK_BAD_HEX);
        CHECK_INT(len, digit);
        CHECK(digit || back[0] == 0xee);
    }
}

/* The alphabet of RFC 4648 section 4. */
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The bits that a last digit has too many are zero (RFC 4648 section 3.5): of two digits the second has four
   of them, of three the third has two. */
static void base64_last_digit(void) {
    char two[] = "A?==", three[] = "AA?=", four[] = "AAA?";
    unsigned char back[3];
    unsigned i;
    size_t len;

    for (i = 0; i < 64; i++) {
        two[1] = three[2] = four[3] = base64_digits[i];
        CHECK_INT(akolhook_base64_decode(akolhook_str_c(two), back, 3, &len) == AKOLHOOK_OK, i % 16 == 0);
        if (i % 16 == 0) CHECK(len == 1 && back[0] == i / 16);
        CHECK_INT(akolhook_base64_decode(akolhook_str_c(three), back, 3, &len) == AKOLHOOK_OK, i % 4 == 0);
        if (i % 4 == 0) CHECK(len == 2 && back[0] == 0 && back[1] == i / 4);
        CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(four), back, 3, &len), OK);
        CHECK(len == 3 && back[0] == 0 && back[1] == 0 && back[2] == i);
    }
}

static void base64(void) {
    /* RFC 4648 section 10, and all 64 digits. */
    static const struct {
        const char *plain, *text;
    } rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
            {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "====", "=",
            "Z===", "Zh==", "Zm9=", "Zm9v=", "Zg==Zg==", "Zm 9v", "Zm9v\n", "Zm-v", "Zm_v",
            "Zm9v====", "Z=g=", "\x80m9v"};
    uint8_t bytes[48], back[48];
    char text[80];
    size_t len, i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(
                akolhook_base64_encode(rows[i].plain, strlen(rows[i].plain), text, sizeof text, &len), OK);
        CHECK_MEM(text, len, rows[i].text, strlen(rows[i].text));
        CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(rows[i].text), back, sizeof back, &len), OK);
        CHECK_MEM(back, len, rows[i].plain, strlen(rows[i].plain));
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(bad[i]), back, sizeof back, &len), BAD_BASE64);
        CHECK_INT(len, 0);
    }
    for (i = 0; i < 48; i += 3) { /* 0, 1, 2, ... 63 in six bits each */
        unsigned a = (unsigned)(i / 3 * 4);
        bytes[i] = (uint8_t)(a << 2 | (a + 1) >> 4);
        bytes[i + 1] = (uint8_t)((a + 1) << 4 | (a + 2) >> 2);
        bytes[i + 2] = (uint8_t)((a + 2) << 6 | (a + 3));
    }
    CHECK_STATUS(akolhook_base64_encode(bytes, 48, text, sizeof text, &len), OK);
    CHECK_MEM(text, len, base64_digits, 64);
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_n(text, 64), back, 48, &len), OK);
    CHECK_MEM(back, len, bytes, 48);
    for (i = 0; i < 256; i++) {
        char quad[4] = {'A', 'A', 'A', 'A'};
        int digit = i && strchr(base64_digits, (int)i) != NULL;
        quad[1] = (char)i;
        CHECK_INT(akolhook_base64_decode(akolhook_str_n(quad, 4), back, 48, &len),
                digit ? AKOLHOOK_OK : AKOLHOOK_BAD_BASE64);
    }
    for (i = 0; i < 256; i++) { /* what lies behind the last byte has no part in it */
        uint8_t one[3], clean[3] = {0};
        char want[4];
        one[0] = clean[0] = (uint8_t)i;
        one[1] = one[2] = 0xff;
        want[0] = base64_digits[i >> 2];
        want[1] = base64_digits[(i & 3) << 4];
        want[2] = want[3] = '=';
        CHECK_STATUS(akolhook_base64_encode(one, 1, text, sizeof text, &len), OK);
        CHECK_MEM(text, len, want, 4);
        CHECK_STATUS(akolhook_base64_encode(clean, 1, text, sizeof text, &len), OK);
        CHECK_MEM(text, len, want, 4);
        one[1] = clean[1] = (uint8_t)(i ^ 0x5a);
        want[1] = base64_digits[(i & 3) << 4 | one[1] >> 4];
        want[2] = base64_digits[(one[1] & 15) << 2];
        CHECK_STATUS(akolhook_base64_encode(one, 2, text, sizeof text, &len), OK);
        CHECK_MEM(text, len, want, 4);
    }
    CHECK_STATUS(akolhook_base64_encode(bytes, 4, text, 7, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 8);
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_c("Zm9v"), back, 2, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 3);
    CHECK_STATUS(akolhook_base64_encode(NULL, 1, text, 8, &len), INVALID_ARGUMENT);
}

/* ---- time ---- */

static void times(void) {
    /* Seconds computed with Python's calendar.timegm. */
    static const struct {
        const char *text;
        long long ms;
    } good[] = {{"1970-01-01T00:00:00Z", 0}, {"1970-01-01T00:00:00.001Z", 1},
            {"2026-04-18T14:23:11.000Z", 1776522191000LL}, {"2000-02-29T23:59:59Z", 951868799000LL},
            {"2100-03-01T00:00:00Z", 4107542400000LL}, {"2038-01-19T03:14:08Z", 2147483648000LL},
            {"9999-12-31T23:59:59.999Z", 253402300799999LL}, {"2026-04-18t14:23:11z", 1776522191000LL},
            {"2026-04-18T16:23:11+02:00", 1776522191000LL}, {"2026-04-18T09:53:11.5-04:30", 1776522191500LL},
            {"1969-12-31T23:30:00-00:30", 0}, {"2026-04-18T14:23:11.123456789Z", 1776522191123LL},
            {"2026-04-18T14:23:11.9Z", 1776522191900LL}, {"2016-12-31T23:59:60Z", 1483228800000LL},
            {"2017-01-01T00:59:60+01:00", 1483228800000LL}, {"2026-04-18T14:23:11-00:00", 1776522191000LL}};
    static const char *const bad[] = {"", "2026-04-18", "2026-04-18T14:23:11", "2026-04-18 14:23:11Z",
            "2026-4-18T14:23:11Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:60Z", "2016-12-30T23:59:60Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00+01:0", "2026-01-01T00:00:00ZZ",
            "2026-01-01T00:00:00,5Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-00:01", "+026-01-01T00:00:00Z", "2026-01-01T00:00:0aZ",
            "2026-01-01T00:00:00 Z", "2026-01-01T00-00:00Z", "2026-01-01T00:00:00.1"};
    char text[AKOLHOOK_TIME_SIZE];
    int64_t ms;
    size_t i;
    guard g = guard_new(64);
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t len = strlen(good[i].text), cut;
        CHECK_STATUS(akolhook_time_parse(akolhook_str_n(guard_copy(&g, good[i].text, len), len), &ms), OK);
        CHECK_INT(ms, good[i].ms);
        for (cut = 0; cut < len; cut++)
            CHECK_STATUS(akolhook_time_parse(akolhook_str_n(guard_copy(&g, good[i].text, cut), cut), &ms),
                    BAD_TIME);
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(akolhook_time_parse(akolhook_str_c(bad[i]), &ms), BAD_TIME);
        if (akolhook_time_parse(akolhook_str_c(bad[i]), &ms) == AKOLHOOK_OK) printf("accepted: %s\n", bad[i]);
    }
    CHECK_STATUS(akolhook_time_parse(akolhook_str_n(NULL, 0), &ms), BAD_TIME);
    CHECK_STATUS(akolhook_time_format(1776522191007LL, text), OK);
    CHECK_TEXT(text, "2026-04-18T14:23:11.007Z");
    CHECK_STATUS(akolhook_time_format(253402300799999LL, text), OK);
    CHECK_TEXT(text, "9999-12-31T23:59:59.999Z");
    CHECK_STATUS(akolhook_time_format(253402300800000LL, text), BAD_TIME);
    CHECK_STATUS(akolhook_time_format(-1, text), BAD_TIME);
    CHECK_TEXT(text, "");
    for (i = 0; i < 2000; i++) { /* each 31 days and some: there and back */
        int64_t at = (int64_t)i * 2684354567 + 17, back;
        CHECK_STATUS(akolhook_time_format(at, text), OK);
        CHECK_STATUS(akolhook_time_parse(akolhook_str_c(text), &back), OK);
        CHECK_INT(back, at);
    }
    guard_free(&g);
}

/* ---- numbers ---- */

static void numbers(void) {
    static const struct {
        const char *text;
        akolhook_status status;
        long long value;
    } ints[] = {{"0", AKOLHOOK_OK, 0}, {"-0", AKOLHOOK_OK, 0}, {"-0.0e5", AKOLHOOK_OK, 0},
            {"42", AKOLHOOK_OK, 42}, {"-42", AKOLHOOK_OK, -42}, {"5.0", AKOLHOOK_OK, 5},
            {"5e0", AKOLHOOK_OK, 5}, {"1e3", AKOLHOOK_OK, 1000}, {"1500e-2", AKOLHOOK_OK, 15},
            {"0.05e2", AKOLHOOK_OK, 5}, {"9007199254740993", AKOLHOOK_OK, 9007199254740993LL},
            {"9223372036854775807", AKOLHOOK_OK, INT64_MAX}, {"-9223372036854775808", AKOLHOOK_OK, INT64_MIN},
            {"9223372036854775807000e-3", AKOLHOOK_OK, INT64_MAX},
            {"0e999999999999999999999", AKOLHOOK_OK, 0}, {"9223372036854775808", AKOLHOOK_OUT_OF_RANGE, 0},
            {"-9223372036854775809", AKOLHOOK_OUT_OF_RANGE, 0}, {"1e19", AKOLHOOK_OUT_OF_RANGE, 0},
            {"1e400", AKOLHOOK_OUT_OF_RANGE, 0}, {"1e99999999999999999999", AKOLHOOK_OUT_OF_RANGE, 0},
            {"0.5", AKOLHOOK_OUT_OF_RANGE, 0}, {"1e-1", AKOLHOOK_OUT_OF_RANGE, 0},
            {"18446744073709551616", AKOLHOOK_OUT_OF_RANGE, 0}, {"", AKOLHOOK_BAD_NUMBER, 0},
            {"00", AKOLHOOK_BAD_NUMBER, 0}, {"1.", AKOLHOOK_BAD_NUMBER, 0}, {".5", AKOLHOOK_BAD_NUMBER, 0},
            {"+1", AKOLHOOK_BAD_NUMBER, 0}, {"1e", AKOLHOOK_BAD_NUMBER, 0}, {"1e+", AKOLHOOK_BAD_NUMBER, 0},
            {"-", AKOLHOOK_BAD_NUMBER, 0}, {"0x10", AKOLHOOK_BAD_NUMBER, 0}, {"1 ", AKOLHOOK_BAD_NUMBER, 0},
            {"1,5", AKOLHOOK_BAD_NUMBER, 0}, {"NaN", AKOLHOOK_BAD_NUMBER, 0}};
    static const struct {
        const char *text;
        long long mantissa;
        int scale;
    } decimals[] = {{"19.99", 1999, 2}, {"-0.05", -5, 2}, {"1e3", 1, -3}, {"5000", 5000, 0}, {"1.500", 15, 1},
            {"1500e-2", 15, 0}, {"0.000", 0, 0}, {"12e400", 12, -400}, {"1.25e-300", 125, 302}};
    static char big[5001];
    akolhook_number n = akolhook_number_int(-7);
    int64_t v;
    uint64_t u;
    int32_t scale;
    size_t i;
    CHECK_INT(n.integer, -7);
    CHECK_INT(n.has_integer, 1);
    for (i = 0; i < sizeof ints / sizeof ints[0]; i++) {
        v = 7;
        CHECK_INT(akolhook_number_int64(akolhook_str_c(ints[i].text), &v), ints[i].status);
        CHECK_INT(v, ints[i].value);
    }
    for (i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        CHECK_STATUS(akolhook_number_decimal(akolhook_str_c(decimals[i].text), &v, &scale), OK);
        CHECK_INT(v, decimals[i].mantissa);
        CHECK_INT(scale, decimals[i].scale);
    }
    CHECK_STATUS(akolhook_number_decimal(akolhook_str_c("1e2147483648"), &v, &scale), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_number_decimal(akolhook_str_c("12345678901234567890"), &v, &scale), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_number_decimal(akolhook_str_c("1..2"), &v, &scale), BAD_NUMBER);
    CHECK_STATUS(akolhook_number_uint64(akolhook_str_c("18446744073709551615"), &u), OK);
    CHECK(u == UINT64_MAX);
    CHECK_STATUS(akolhook_number_uint64(akolhook_str_c("-0"), &u), OK);
    CHECK_STATUS(akolhook_number_uint64(akolhook_str_c("-1"), &u), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_number_uint64(akolhook_str_c("18446744073709551616"), &u), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_number_uint64(akolhook_str_c("01"), &u), BAD_NUMBER);
    memset(big, '9', 5000);
    CHECK_STATUS(akolhook_number_int64(akolhook_str_n(big, 5000), &v), OUT_OF_RANGE);
    memset(big, '0', 5000);
    big[0] = '7';
    big[1] = '.';
    CHECK_STATUS(akolhook_number_int64(akolhook_str_n(big, 5000), &v), OK);
    CHECK_INT(v, 7);
}

/* ---- writer ---- */

static void write_everything(akolhook_json_writer *w) {
    akolhook_text escaped;
    escaped.str = akolhook_str_c("a\\u00e9\\n");
    escaped.escaped = 1;
    akolhook_json_object_begin(w);
    akolhook_json_add_string(
            w, "s", akolhook_str_c("q\" b\\ \b\f\n\r\t \x01\x1f \x7f / <!-- </a> \xc3\xa9 \xf0\x9f\x98\x80"));
    akolhook_json_add_text(w, "t", escaped);
    akolhook_json_add_int64(w, "min", INT64_MIN);
    akolhook_json_add_uint64(w, "max", UINT64_MAX);
    akolhook_json_add_decimal(w, "d", 1999, 2);
    akolhook_json_add_decimal(w, "e", -5, 3);
    akolhook_json_add_decimal(w, "f", 12, -3);
    akolhook_json_add_decimal(w, "z", 0, -3);
    akolhook_json_add_number(w, "n", akolhook_str_c("1.5e+3"));
    akolhook_json_add_bool(w, "yes", 1);
    akolhook_json_add_bool(w, "no", 0);
    akolhook_json_add_null(w, "null");
    akolhook_json_add_raw(w, "raw", akolhook_str_c(" {\"a\" : [1, 2]} "));
    akolhook_json_key(w, akolhook_str_c("list"));
    akolhook_json_array_begin(w);
    akolhook_json_int64(w, 0);
    akolhook_json_array_begin(w);
    akolhook_json_array_end(w);
    akolhook_json_object_begin(w);
    akolhook_json_object_end(w);
    akolhook_json_string(w, akolhook_str_c(""));
    akolhook_json_array_end(w);
    akolhook_json_object_end(w);
}
static const char everything[] = "{\"s\":\"q\\\" b\\\\ \\b\\f\\n\\r\\t \\u0001\\u001f \x7f / <!-- </a> "
                                 "\xc3\xa9 \xf0\x9f\x98\x80\",\"t\":\"a\\u00e9\\n\","
                                 "\"min\":-9223372036854775808,\"max\":18446744073709551615,\"d\":19.99,"
                                 "\"e\":-0.005,\"f\":12000,\"z\":0,\"n\":1.5e+3,"
                                 "\"yes\":true,\"no\":false,"
                                 "\"null\":null,\"raw\":{\"a\" : [1, 2]},\"list\":[0,[],{},\"\"]}";

static void writer_output(void) {
    char buf[600];
    akolhook_json_writer w;
    akolhook_json root;
    size_t len, cap;
    akolhook_json_init(&w, buf, sizeof buf, 0);
    write_everything(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
    CHECK_MEM(buf, len, everything, sizeof everything - 1);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(buf, len), &root, NULL), OK);
    akolhook_json_init(&w, NULL, 0, 0); /* measuring, one byte first */
    akolhook_json_int64(&w, 7);
    CHECK_STATUS(akolhook_json_finish(&w, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, 1);
    akolhook_json_init(&w, NULL, 0, 0);
    write_everything(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), BUFFER_TOO_SMALL);
    CHECK_INT(len, sizeof everything - 1);
    for (cap = 0; cap < sizeof everything - 1; cap++) {
        memset(buf, '#', sizeof buf);
        akolhook_json_init(&w, buf, cap, 0);
        write_everything(&w);
        CHECK_STATUS(akolhook_json_finish(&w, &len), BUFFER_TOO_SMALL);
        CHECK_INT(len, sizeof everything - 1);
        CHECK(buf[cap] == '#' && buf[sizeof buf - 1] == '#');
    }
}

/* For HTML no < and no line end of JavaScript's alone leaves inside a string: not from plain text, not from
   text that stands escaped already, not from JSON that is copied, and not from a key. */
static void writer_for_html(void) {
    static const char line_ends[] = "\xe2\x80\xa8\xe2\x80\xa9";
    akolhook_json_writer w;
    akolhook_text flagged = akolhook_text_c("a\\\"</script><!--\xe2\x80\xa8\\u003c\xc3\xa9<");
    char buf[400], cut[400];
    size_t len, cap, need;
    for (cap = sizeof buf; cap < sizeof buf + 1; cap--) {
        memset(buf, '#', sizeof buf);
        akolhook_json_init(&w, buf, cap, AKOLHOOK_JSON_ESCAPE_HTML);
        akolhook_json_object_begin(&w);
        akolhook_json_add_string(
                &w, "<k", akolhook_str_c("</script> / <\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"\x02"));
        flagged.escaped = 1;
        akolhook_json_add_text(&w, "flagged", flagged);
        flagged.escaped = 0;
        flagged.str = akolhook_str_c("<p>");
        akolhook_json_add_text(&w, "plain", flagged);
        flagged.str = akolhook_str_c("a\\\"</script><!--\xe2\x80\xa8\\u003c\xc3\xa9<");
        akolhook_json_add_raw(&w, "raw",
                akolhook_str_c(" {\"<\": [\"<!--<script>\", \"\xe2\x80\xa9\", -1.5e3, null, "
                               "\"\\/\xe2\x80\x94<\"]} "));
        akolhook_json_object_end(&w);
        if (cap == sizeof buf) {
            static const char want[] =
                    "{\"\\u003ck\":\"\\u003c/script> / \\u003c\\u2028\\u2029\xe2\x80\xaa\\\"\\u0002\","
                    "\"flagged\":\"a\\\"\\u003c/script>\\u003c!--\\u2028\\u003c\xc3\xa9\\u003c\","
                    "\"plain\":\"\\u003cp>\","
                    "\"raw\":{\"\\u003c\": [\"\\u003c!--\\u003cscript>\", \"\\u2029\", -1.5e3, null, "
                    "\"\\/\xe2\x80\x94\\u003c\"]}}";
            CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
            CHECK_MEM(buf, len, want, sizeof want - 1);
            memcpy(cut, buf, len);
        } else {
            CHECK_INT(akolhook_json_finish(&w, &need), cap < len ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK);
            CHECK_INT(need, len);
            CHECK(buf[cap] == '#' && !memchr(buf, '<', cap));
        }
    }

    /* without the flag all of it stands as it came; line ends that are cut, or others near them, are none */
    akolhook_json_init(&w, buf, sizeof buf, 0);
    akolhook_json_raw(&w, akolhook_str_c("\"</\xe2\x80\xa8\""));
    CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
    CHECK_MEM(buf, len, "\"</\xe2\x80\xa8\"", 7);
    akolhook_json_init(&w, buf, sizeof buf, AKOLHOOK_JSON_ESCAPE_HTML);
    akolhook_json_string(&w, akolhook_str_c("\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8"));
    CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
    CHECK_MEM(buf, len, "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x81\xa8\"", 11);
    for (cap = 1; cap < 6; cap++) {
        akolhook_json_init(&w, buf, sizeof buf, AKOLHOOK_JSON_ESCAPE_HTML);
        akolhook_json_string(&w, akolhook_str_n(line_ends, cap));
        if (cap == 3) {
            CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
            CHECK_MEM(buf, len, "\"\\u2028\"", 8);
        } else
            CHECK_STATUS(akolhook_json_finish(&w, &len), BAD_UTF8);
    }
}

enum {
    OBJECT = 1,
    OBJECT_END,
    ARRAY,
    ARRAY_END,
    KEY,
    VALUE,
    BAD_STRING,
    NAN_TEXT,
    BAD_RAW,
    SCALE,
    BARE_QUOTE,
    CUT_ESCAPE
};

static void writer_misuse(void) {
    static const struct {
        uint8_t calls[6];
        akolhook_status status;
    } rows[] = {{{0}, AKOLHOOK_JSON_NESTING}, {{VALUE}, AKOLHOOK_OK}, {{VALUE, VALUE}, AKOLHOOK_JSON_NESTING},
            {{KEY}, AKOLHOOK_JSON_NESTING}, {{OBJECT}, AKOLHOOK_JSON_NESTING},
            {{OBJECT, VALUE}, AKOLHOOK_JSON_NESTING}, {{OBJECT, KEY, OBJECT_END}, AKOLHOOK_JSON_NESTING},
            {{OBJECT, KEY, KEY}, AKOLHOOK_JSON_NESTING}, {{OBJECT, ARRAY_END}, AKOLHOOK_JSON_NESTING},
            {{ARRAY, OBJECT_END}, AKOLHOOK_JSON_NESTING}, {{ARRAY, KEY}, AKOLHOOK_JSON_NESTING},
            {{ARRAY_END}, AKOLHOOK_JSON_NESTING}, {{OBJECT, OBJECT_END, OBJECT_END}, AKOLHOOK_JSON_NESTING},
            {{OBJECT, OBJECT_END, OBJECT}, AKOLHOOK_JSON_NESTING},
            {{OBJECT, KEY, VALUE, VALUE}, AKOLHOOK_JSON_NESTING},
            {{OBJECT, KEY, ARRAY, VALUE, ARRAY_END, OBJECT_END}, AKOLHOOK_OK},
            {{BAD_STRING}, AKOLHOOK_BAD_UTF8}, {{NAN_TEXT}, AKOLHOOK_BAD_NUMBER},
            {{BAD_RAW}, AKOLHOOK_JSON_SYNTAX}, {{SCALE}, AKOLHOOK_OUT_OF_RANGE},
            {{BARE_QUOTE}, AKOLHOOK_JSON_SYNTAX}, {{CUT_ESCAPE}, AKOLHOOK_JSON_CUT},
            {{ARRAY, BAD_STRING, ARRAY_END}, AKOLHOOK_BAD_UTF8},
            {{ARRAY, BAD_STRING, KEY}, AKOLHOOK_BAD_UTF8}};
    char buf[200];
    akolhook_json_writer w;
    akolhook_text t;
    size_t i, call, len;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_json_init(&w, buf, sizeof buf, 0);
        for (call = 0; call < 6 && rows[i].calls[call]; call++) {
            t.escaped = 1;
            t.str = akolhook_str_c(rows[i].calls[call] == BARE_QUOTE ? "a\"b" : "a\\u12");
            switch (rows[i].calls[call]) {
            case OBJECT: akolhook_json_object_begin(&w); break;
            case OBJECT_END: akolhook_json_object_end(&w); break;
            case ARRAY: akolhook_json_array_begin(&w); break;
            case ARRAY_END: akolhook_json_array_end(&w); break;
            case KEY: akolhook_json_key(&w, akolhook_str_c("k")); break;
            case VALUE: akolhook_json_null(&w); break;
            case BAD_STRING: akolhook_json_string(&w, akolhook_str_c("a\xff")); break;
            case NAN_TEXT: akolhook_json_number(&w, akolhook_str_c("NaN")); break;
            case BAD_RAW: akolhook_json_raw(&w, akolhook_str_c("[1,]")); break;
            case SCALE: akolhook_json_decimal(&w, 1, 401); break;
            default: akolhook_json_text(&w, t); break;
            }
        }
        CHECK_INT(akolhook_json_finish(&w, &len), rows[i].status);
        CHECK(rows[i].status == AKOLHOOK_OK || len == 0);
    }
}

static void writer_depth(void) {
    char buf[400];
    akolhook_json_writer w;
    akolhook_json root;
    size_t len, i;
    akolhook_json_init(&w, buf, sizeof buf, 0);
    for (i = 0; i < AKOLHOOK_MAX_DEPTH; i++) akolhook_json_array_begin(&w);
    for (i = 0; i < AKOLHOOK_MAX_DEPTH; i++) akolhook_json_array_end(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(buf, len), &root, NULL), OK);
    akolhook_json_init(&w, buf, sizeof buf, 0);
    for (i = 0; i <= AKOLHOOK_MAX_DEPTH; i++) akolhook_json_array_begin(&w);
    CHECK_STATUS(akolhook_json_finish(&w, &len), JSON_TOO_DEEP);
}

/* ---- reader ---- */

static const struct {
    const char *text;
    akolhook_status status;
    size_t at;
} texts[] = {{"{}", AKOLHOOK_OK, 2}, {" [ ] ", AKOLHOOK_OK, 5}, {"\"\"", AKOLHOOK_OK, 2},
        {"0", AKOLHOOK_OK, 1}, {"-1.5E+10", AKOLHOOK_OK, 8}, {"true", AKOLHOOK_OK, 4},
        {"\tnull\r\n", AKOLHOOK_OK, 7}, {"{\"a\":[1,{\"b\":\"\\u00e9\\\\\"}],\"c\":false}", AKOLHOOK_OK, 36},
        {"\"\\ud83d\\ude00 \\ud800 \\udc00\"", AKOLHOOK_OK, 28}, {"\"\xf4\x8f\xbf\xbf\"", AKOLHOOK_OK, 6},
        {"", AKOLHOOK_JSON_CUT, 0}, {"  ", AKOLHOOK_JSON_CUT, 2}, {"{", AKOLHOOK_JSON_CUT, 1},
        {"[1", AKOLHOOK_JSON_CUT, 2}, {"[1,", AKOLHOOK_JSON_CUT, 3}, {"{\"a\"", AKOLHOOK_JSON_CUT, 4},
        {"{\"a\":", AKOLHOOK_JSON_CUT, 5}, {"\"abc", AKOLHOOK_JSON_CUT, 4}, {"\"abc\\", AKOLHOOK_JSON_CUT, 5},
        {"\"\\u12", AKOLHOOK_JSON_CUT, 5}, {"tru", AKOLHOOK_JSON_CUT, 3}, {"-", AKOLHOOK_JSON_CUT, 1},
        {"1.", AKOLHOOK_JSON_CUT, 2}, {"1e", AKOLHOOK_JSON_CUT, 2}, {"1e+", AKOLHOOK_JSON_CUT, 3},
        {"[1,]", AKOLHOOK_JSON_SYNTAX, 3}, {"[,1]", AKOLHOOK_JSON_SYNTAX, 1},
        {"{,}", AKOLHOOK_JSON_SYNTAX, 1}, {"{\"a\":1,}", AKOLHOOK_JSON_SYNTAX, 7},
        {"{\"a\" 1}", AKOLHOOK_JSON_SYNTAX, 5}, {"{a:1}", AKOLHOOK_JSON_SYNTAX, 1},
        {"{1:1}", AKOLHOOK_JSON_SYNTAX, 1}, {"[1 2]", AKOLHOOK_JSON_SYNTAX, 3},
        {"[1}", AKOLHOOK_JSON_SYNTAX, 2}, {"{\"a\":1]", AKOLHOOK_JSON_SYNTAX, 6},
        {"]", AKOLHOOK_JSON_SYNTAX, 0}, {"nul!", AKOLHOOK_JSON_SYNTAX, 3}, {"True", AKOLHOOK_JSON_SYNTAX, 0},
        {"'a'", AKOLHOOK_JSON_SYNTAX, 0}, {"+1", AKOLHOOK_JSON_SYNTAX, 0}, {".5", AKOLHOOK_JSON_SYNTAX, 0},
        {"NaN", AKOLHOOK_JSON_SYNTAX, 0}, {"\xef\xbb\xbf{}", AKOLHOOK_JSON_SYNTAX, 0},
        {"[1,/**/2]", AKOLHOOK_JSON_SYNTAX, 3}, {"[1\v]", AKOLHOOK_JSON_SYNTAX, 2},
        {"01", AKOLHOOK_BAD_NUMBER, 1}, {"-01", AKOLHOOK_BAD_NUMBER, 2}, {"[-]", AKOLHOOK_BAD_NUMBER, 2},
        {"[1.]", AKOLHOOK_BAD_NUMBER, 3}, {"[1e]", AKOLHOOK_BAD_NUMBER, 3},
        {"[1.e5]", AKOLHOOK_BAD_NUMBER, 3}, {"-a", AKOLHOOK_BAD_NUMBER, 1},
        {"{} {}", AKOLHOOK_JSON_TRAILING, 3}, {"1 x", AKOLHOOK_JSON_TRAILING, 2},
        {"[]]", AKOLHOOK_JSON_TRAILING, 2}, {"1x", AKOLHOOK_JSON_TRAILING, 1},
        {"\"a\nb\"", AKOLHOOK_JSON_CONTROL, 2}, {"\"12345678\x1f\"", AKOLHOOK_JSON_CONTROL, 9},
        {"[\"\t\"]", AKOLHOOK_JSON_CONTROL, 2}, {"\"\\x41\"", AKOLHOOK_JSON_ESCAPE, 2},
        {"\"\\u12g4\"", AKOLHOOK_JSON_ESCAPE, 5}, {"\"\\U0041\"", AKOLHOOK_JSON_ESCAPE, 2},
        {"\"\\'\"", AKOLHOOK_JSON_ESCAPE, 2}, {"\"\x80\"", AKOLHOOK_BAD_UTF8, 1},
        {"\"\xc0\xaf\"", AKOLHOOK_BAD_UTF8, 1}, {"\"\xed\xa0\x80\"", AKOLHOOK_BAD_UTF8, 1},
        {"\"\xf4\x90\x80\x80\"", AKOLHOOK_BAD_UTF8, 1}, {"\"\xe2\x82\"", AKOLHOOK_BAD_UTF8, 1},
        {"\"\xe2\x82", AKOLHOOK_JSON_CUT, 3}, {"\"\xed\xa0", AKOLHOOK_BAD_UTF8, 1},
        {"\"\xe0", AKOLHOOK_JSON_CUT, 2}, {"\"\xf5\x80\x80\x80\"", AKOLHOOK_BAD_UTF8, 1},
        {"\"abcdefgh\xe0\x9f\xbf\"", AKOLHOOK_BAD_UTF8, 9}, {"\"\xf0\x8f\xbf\xbf\"", AKOLHOOK_BAD_UTF8, 1}};

static void reader_statuses_and_positions(void) {
    guard g = guard_new(128);
    akolhook_json value;
    size_t i, at;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len = strlen(texts[i].text);
        akolhook_status status =
                akolhook_json_parse(akolhook_str_n(guard_copy(&g, texts[i].text, len), len), &value, &at);
        if (status != texts[i].status || at != texts[i].at) printf("text %s\n", texts[i].text);
        CHECK_INT(status, texts[i].status);
        CHECK_INT(at, texts[i].at);
        CHECK((status == AKOLHOOK_OK) == (value.type != AKOLHOOK_JSON_NONE));
    }
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n("\"a\0b\"", 5), &value, &at), JSON_CONTROL);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n("\"\\\0\"", 4), &value, &at), JSON_ESCAPE);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(NULL, 0), &value, &at), JSON_CUT);
    guard_free(&g);
}

/* Cut at every length nothing but the whole is accepted; changed in any byte nothing crashes. Both at a guard
 * page. */
static void reader_cut_and_changed(void) {
    guard g = guard_new(1024);
    akolhook_json value;
    size_t len = sizeof everything - 1, i, byte;
    for (i = 0; i < len; i++) {
        akolhook_status status =
                akolhook_json_parse(akolhook_str_n(guard_copy(&g, everything, i), i), &value, NULL);
        CHECK_STATUS(status, JSON_CUT);
    }
    for (i = 0; i < len; i++)
        for (byte = 0; byte < 256; byte++) {
            char *copy = guard_copy(&g, everything, len);
            copy[i] = (char)byte;
            if (akolhook_json_parse(akolhook_str_n(copy, len), &value, NULL) == AKOLHOOK_OK) {
                akolhook_json_iter iter;
                akolhook_text key;
                akolhook_json member;
                CHECK_STATUS(akolhook_json_begin(value, &iter), OK);
                while (akolhook_json_next(&iter, &key, &member))
                    CHECK(member.str.ptr + member.str.len <= copy + len);
            }
        }
    guard_free(&g);
}

/* Members that begin at every place of the 64 bytes that are looked at together: found, walked to, and cut at
   many lengths. # stands for a key, % for a value. */
static size_t windows_text(char *out, const char *form, size_t key_len, size_t value_len) {
    size_t len = 0;
    for (; *form; form++) {
        size_t count = *form == '#' ? key_len : *form == '%' ? value_len : 0;
        if (*form != '#' && *form != '%') out[len++] = *form;
        for (; count; count--) out[len++] = 'a';
    }
    return len;
}

/* A quote, a line end, a backslash and a byte of UTF-8 at every place of texts up to 70 bytes: the writer
   escapes what RFC 8259 section 7 says, the reader ends at the quote and refuses the line end there. */
static void every_place(void) {
    static const struct {
        const char *what, *written;
    } rows[] = {{"\"", "\\\""}, {"\n", "\\n"}, {"\\", "\\\\"}, {"\x1f", "\\u001f"}, {"\x01", "\\u0001"},
            {"\v", "\\u000b"}, {"\xc3\xa9", "\xc3\xa9"}, {"\x7f", "\x7f"}, {"!", "!"}};
    guard g = guard_new(256);
    char text[80], want[100], got[100], back[100];
    size_t row, len, at, want_len, read, error;
    akolhook_json_writer w;
    akolhook_json value;
    akolhook_text string;
    akolhook_status status;
    for (row = 0; row < sizeof rows / sizeof rows[0]; row++)
        for (len = 1; len <= 70; len++)
            for (at = 0; at + strlen(rows[row].what) <= len; at++) {
                const size_t size = strlen(rows[row].what);
                memset(text, 'a', len);
                memcpy(text + at, rows[row].what, size);
                want[0] = '"';
                memset(want + 1, 'a', sizeof want - 1);
                memcpy(want + 1 + at, rows[row].written, strlen(rows[row].written));
                want_len = 1 + len - size + strlen(rows[row].written);
                want[want_len++] = '"';

                akolhook_json_init(&w, got, sizeof got, 0);
                akolhook_json_string(&w, akolhook_str_n(guard_copy(&g, text, len), len));
                CHECK_STATUS(akolhook_json_finish(&w, &read), OK);
                CHECK_MEM(got, read, want, want_len);

                CHECK_STATUS(akolhook_json_parse(akolhook_str_n(guard_copy(&g, want, want_len), want_len),
                                     &value, &error),
                        OK);
                CHECK_STATUS(akolhook_json_get_text(value, &string), OK);
                CHECK_STATUS(akolhook_text_decode(string, back, sizeof back, &read), OK);
                CHECK_MEM(back, read, text, len);

                /* as it stands: a quote ends the text before the rest, a control is refused at its place */
                got[0] = '"';
                memcpy(got + 1, text, len);
                got[1 + len] = '"';
                if (rows[row].what[0] != '"' && (unsigned char)rows[row].what[0] >= ' ') continue;
                status = akolhook_json_parse(
                        akolhook_str_n(guard_copy(&g, got, len + 2), len + 2), &value, &error);
                CHECK_INT(status, rows[row].what[0] == '"' ? AKOLHOOK_JSON_TRAILING : AKOLHOOK_JSON_CONTROL);
                CHECK_INT(error, 1 + at + (rows[row].what[0] == '"'));
            }
    guard_free(&g);
}

static int found_nothing(const akolhook_json *found) {
    return !found->str.ptr && !found->str.len && (int)found->type == 0 && !found->escaped;
}

static void reader_windows(void) {
    static const char *const forms[] = {"{\"#\":\"%\",\"b\":\"x\",\"c\":1}",
            "{\"#\":\"%\\\"\",\"b\":\"x\",\"c\":1}", "{ \"#\" : \"%\" , \"b\" : \"x\" , \"c\" : 1 }",
            "{\"#\":[\"%\"],\"b\":\"x\",\"c\":1}", "{\"\\n#\":\"%\xc3\xa9\",\"b\":\"x\",\"c\":1}",
            "{\"#\":\"%\",\n\"b\":\"x\", \"c\":1}"};
    guard g = guard_new(512);
    char text[400];
    akolhook_status status;
    size_t form, key_len, value_len, cut;
    for (form = 0; form < sizeof forms / sizeof forms[0]; form++)
        for (key_len = 2; key_len < 70; key_len++)
            for (value_len = key_len % 3; value_len < 140; value_len += 7) {
                akolhook_json root, found;
                akolhook_json_iter iter;
                akolhook_text key;
                const size_t len = windows_text(text, forms[form], key_len, value_len);
                char *at = guard_copy(&g, text, len);
                CHECK_STATUS(akolhook_json_parse(akolhook_str_n(at, len), &root, NULL), OK);
                CHECK_STATUS(akolhook_json_get(root, "b", &found), OK);
                CHECK_STR(found.str, "\"x\"");
                CHECK_STATUS(akolhook_json_get(root, "c", &found), OK);
                CHECK_STR(found.str, "1");
                CHECK_STATUS(akolhook_json_get(root, "a", &found), NOT_FOUND);
                CHECK_STATUS(akolhook_json_begin(root, &iter), OK);
                CHECK(akolhook_json_next(&iter, &key, &found) && akolhook_json_next(&iter, &key, &found));
                CHECK_STR(key.str, "b");
                CHECK(akolhook_json_next(&iter, &key, &found) && !akolhook_json_next(&iter, &key, &found));
                for (cut = len - 30 + key_len % 8; cut < len; cut += 3) {
                    at = guard_copy(&g, text, cut);
                    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(at, cut), &root, NULL), JSON_CUT);
                    root.str = akolhook_str_n(
                            at, cut); /* as if it had been checked: nothing is read beyond it */
                    root.type = AKOLHOOK_JSON_OBJECT;
                    status = akolhook_json_get(root, "b", &found);
                    CHECK_INT(status == AKOLHOOK_OK, !found_nothing(&found));
                    status = akolhook_json_get(root, "c", &found);
                    CHECK_INT(status == AKOLHOOK_OK, !found_nothing(&found));
                }
            }
    guard_free(&g);
}

/* ---- work that grows with the length and no faster ---- */

#if !defined(CHECK_BARE) && !defined(_WIN32) /* clock() is the time of day there */
#define MOST (1 << 17)
static char hostile[MOST + 64], decoded[6 * MOST];

/* head, as many times unit as fit into len bytes, tail. */
static akolhook_str repeated(char *buf, size_t len, const char *head, const char *unit, const char *tail) {
    const size_t size = strlen(unit);
    size_t at = strlen(head);
    memcpy(buf, head, at + 1);
    for (; at + size + strlen(tail) <= len; at += size) memcpy(buf + at, unit, size);
    strcpy(buf + at, tail);
    return akolhook_str_n(buf, at + strlen(tail));
}

static const struct {
    const char *head, *unit, *tail, *path;
} heavy[] = {{"[", "[[[[[[[[{\"a\":{\"a\":[]}}]]]]]]]],", "0]", "[99999999]"}, {"", "[", "", NULL},
        {"", "{\"a\":", "", NULL}, {"[", "{},[],", "0]", "[99999999]"}, {"\"", "\\u00e9", "\"", NULL},
        {"\"", "\\ud800", "\"", NULL}, {"\"", "\\\"", "\"", NULL}, {"\"", "\xc3\xa9", "\"", NULL},
        {"\"", "\\", "\\\"", NULL}, {"{", "\"key\":\"value\",", "\"last\":1}", "last"},
        {"{", "\"key\":\"value\",", "\"last\":1}", "none"},
        {"{", "\"\\u006bey\":\"\",", "\"last\":1}", "none"}, {"{", "\"key\":[\"\"],", "\"last\":1}", "last"},
        {"{", "\"k\" : {} , ", "\"last\":1}", "last"}, {"{", "\"a\":\"b\\n\",", "\"last\":1}", "last"},
        {"{\"", "a", "\":1,\"last\":1}", "last"}, {"{\"x\":\"", "a", "\",\"last\":1}", "last"},
        {"[", "\"\",", "1]", "[99999999]"}, {"[", "\"a\\\\\",", "1]", "[99999999]"}, {"", " ", "1", NULL},
        {"[1", " ", "]", "[1]"}, {"", "1", "", NULL}, {"1e", "1", "", NULL}, {"0.", "0", "", NULL},
        {"", "0", "", NULL}, {"{\"a\":", "{\"a\":\"", "", NULL}, {"[\"a\",", "\"a\",", "", NULL},
        {"{", "\"\":\"\",", "", NULL}};

static void heavy_work(size_t row, size_t len) {
    const akolhook_str text = repeated(hostile, len, heavy[row].head, heavy[row].unit, heavy[row].tail);
    akolhook_json root, found;
    akolhook_text inside;
    akolhook_json_writer w;
    int64_t number;
    int32_t scale;
    size_t need;
    (void)!akolhook_number_decimal(text, &number, &scale);
    akolhook_json_init(&w, decoded, sizeof decoded, AKOLHOOK_JSON_ESCAPE_HTML);
    akolhook_json_string(&w, text);
    (void)!akolhook_json_finish(&w, &need);
    if (akolhook_json_parse(text, &root, NULL) != AKOLHOOK_OK) return;
    if (heavy[row].path) (void)!akolhook_json_get(root, heavy[row].path, &found);
    if (akolhook_json_get_text(root, &inside) == AKOLHOOK_OK) {
        CHECK_STATUS(akolhook_text_decode(inside, decoded, sizeof decoded, &need), OK);
        CHECK(akolhook_text_equal(inside, akolhook_str_n(decoded, need)));
    }
    if (root.type >= AKOLHOOK_JSON_ARRAY) {
        akolhook_json_iter iter;
        CHECK_STATUS(akolhook_json_begin(root, &iter), OK);
        while (akolhook_json_next(&iter, &inside, &found)) {}
    }
}

/* The least time of the processor out of several tries, for the same number of bytes in pieces of len. */
static double heavy_time(size_t row, size_t len) {
    double least = 1e9;
    size_t i;
    int turn;
    for (turn = 0; turn < 3; turn++) {
        const clock_t start = clock();
        double spent;
        for (i = 0; i < MOST / len; i++) heavy_work(row, len);
        spent = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (spent < least) least = spent;
    }
    return least;
}

/* One text of 128 KiB takes about as long as 32 of 4 KiB do; were the work quadratic, it would be 32 times as
 * long. */
/* Between two tokens of RFC 8259 a blank changes nothing, and a letter has no place there; whatever the
   lengths of the texts around it are. */
static void reader_gaps(void) {
    static const char *const tokens[] = {"{", "\"%\"", ":", "\"%\"", ",", "\"%\"", ":", "\"%\"", ",", "\"c\"",
            ":", "{", "\"%\"", ":", "\"%\"", "}", ",", "\"d\"", ":", "[", "\"%\"", ",", "\"%\"", "]", "}"};
    const size_t count = sizeof tokens / sizeof tokens[0];
    static const char put[] = " \t\r\nx-_\\'";
    akolhook_json root;
    char text[900];
    size_t gap, len, i, k, c;

    for (gap = 1; gap < count; gap++)
        for (len = 0; len < 70; len += 1 + len / 9)
            for (c = 0; c < sizeof put - 1; c++) {
                char *at = text;
                for (i = 0; i < count; i++) {
                    if (i == gap) *at++ = put[c];
                    if (tokens[i][1] != '%')
                        at += sprintf(at, "%s", tokens[i]);
                    else {
                        *at++ = '"';
                        for (k = 0; k < len; k++) *at++ = (char)('a' + k % 26);
                        *at++ = '"';
                    }
                }
                CHECK_INT(akolhook_json_parse(akolhook_str_n(text, (size_t)(at - text)), &root, NULL) ==
                                  AKOLHOOK_OK,
                        c < 4);
            }
}

/* What has no members is not walked, however long it is, and leaves nothing to walk. */
static void reader_begins(void) {
    static const char *const plain[] = {"12345", "\"a,b,c\"", "true", "false", "null", "-1.5e3"};
    akolhook_json root, value;
    akolhook_json_iter iter;
    size_t i;

    for (i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        CHECK_STATUS(akolhook_json_parse(akolhook_str_c(plain[i]), &root, NULL), OK);
        memset(&iter, 0xff, sizeof iter);
        CHECK_STATUS(akolhook_json_begin(root, &iter), WRONG_TYPE);
        CHECK(!iter.at && !iter.end && !iter.state);
        CHECK_INT(akolhook_json_next(&iter, NULL, &value), 0);
    }
}

static void linear(void) {
    size_t row;
    for (row = 0; row < sizeof heavy / sizeof heavy[0]; row++) {
        const double pieces = heavy_time(row, MOST / 32), whole = heavy_time(row, MOST);
        CHECK(whole <= 4 * pieces + 0.002);
        if (whole > 4 * pieces + 0.002)
            printf("%s%s...: %g s, %g s\n", heavy[row].head, heavy[row].unit, pieces, whole);
    }
}
#endif

static void reader_depth(void) {
    static char deep[CHECK_ROOM(100000L, 1000)];
    akolhook_json value;
    size_t at, i;
    memset(deep, '[', sizeof deep);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(deep, sizeof deep), &value, &at), JSON_TOO_DEEP);
    CHECK_INT(at, AKOLHOOK_MAX_DEPTH);
    for (i = 0; i < sizeof deep; i += 5) memcpy(deep + i, "{\"a\":", 5);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(deep, sizeof deep), &value, &at), JSON_TOO_DEEP);
    CHECK_INT(at, 5 * AKOLHOOK_MAX_DEPTH);
    for (i = 0; i < AKOLHOOK_MAX_DEPTH; i++) {
        deep[i] = '[';
        deep[2 * AKOLHOOK_MAX_DEPTH - 1 - i] = ']';
    }
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(deep, 2 * AKOLHOOK_MAX_DEPTH), &value, &at), OK);
}

static const char document[] = "{ \"event\" : \"call.ended\" , \"data\":{\"callId\":\"c\\u0031\","
                               "\"list\":[ 1, -2 ,3.5e0, \"x\" , [] , {}, {\"deep\":{\"er\":true}} ],"
                               "\"empty\":\"\",\"null\":null,\"a]b}\":\"],}\\\"{\"},\"t\\u0065xt\":"
                               "\"\\ud83d\\ude00\\ud800\\u0041\\/\\n\" , \"last\":9 }";

static void reader_paths(void) {
    static const struct {
        const char *path;
        akolhook_status status;
        const char *slice;
    } rows[] = {{"event", AKOLHOOK_OK, "\"call.ended\""}, {"data.callId", AKOLHOOK_OK, "\"c\\u0031\""},
            {"data.list[0]", AKOLHOOK_OK, "1"}, {"data.list[2]", AKOLHOOK_OK, "3.5e0"},
            {"data.list[4]", AKOLHOOK_OK, "[]"}, {"data.list[6].deep.er", AKOLHOOK_OK, "true"},
            {"data.a]b}", AKOLHOOK_OK, "\"],}\\\"{\""},
            {"text", AKOLHOOK_OK, "\"\\ud83d\\ude00\\ud800\\u0041\\/\\n\""}, {"last", AKOLHOOK_OK, "9"},
            {"data.null", AKOLHOOK_OK, "null"}, {"data.list[7]", AKOLHOOK_NOT_FOUND, ""},
            {"nothing", AKOLHOOK_NOT_FOUND, ""}, {"data.list[6].deep.or", AKOLHOOK_NOT_FOUND, ""},
            {"event.x", AKOLHOOK_WRONG_TYPE, ""}, {"[0]", AKOLHOOK_WRONG_TYPE, ""},
            {"data.list.x", AKOLHOOK_WRONG_TYPE, ""}, {"data.list[0][0]", AKOLHOOK_WRONG_TYPE, ""},
            {"", AKOLHOOK_BAD_PATH, ""}, {".", AKOLHOOK_BAD_PATH, ""}, {"data.", AKOLHOOK_BAD_PATH, ""},
            {"data..x", AKOLHOOK_BAD_PATH, ""}, {"data.list[", AKOLHOOK_BAD_PATH, ""},
            {"data.list[]", AKOLHOOK_BAD_PATH, ""}, {"data.list[x]", AKOLHOOK_BAD_PATH, ""},
            {"data.list[0", AKOLHOOK_BAD_PATH, ""}, {"data.[0]", AKOLHOOK_BAD_PATH, ""},
            {"data.list[0]x", AKOLHOOK_BAD_PATH, ""}, {"data.list[0]]", AKOLHOOK_BAD_PATH, ""},
            {"data.list[99999999999999999999999999]", AKOLHOOK_BAD_PATH, ""}};
    akolhook_json root, found;
    size_t i;
    CHECK_STATUS(akolhook_json_parse(akolhook_str_c(document), &root, NULL), OK);
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(akolhook_json_get(root, rows[i].path, &found), rows[i].status);
        CHECK_STR(found.str, rows[i].slice);
    }
    CHECK_STATUS(akolhook_json_get(root, NULL, &found), BAD_PATH);

    /* an element that is not there has no members and no elements */
    CHECK_STATUS(akolhook_json_parse(akolhook_str_c("{\"a\":[],\"b\":[ ],\"c\":[1]}"), &root, NULL), OK);
    CHECK_STATUS(akolhook_json_get(root, "a[0].x", &found), NOT_FOUND);
    CHECK_STATUS(akolhook_json_get(root, "b[0][0]", &found), NOT_FOUND);
    CHECK_STATUS(akolhook_json_get(root, "c[1].x", &found), NOT_FOUND);
    CHECK_STATUS(akolhook_json_get(root, "c[0].x", &found), WRONG_TYPE);
}

/* A member is found where RFC 8259 has it, the first of a name that comes twice, and not where its name
   stands in something else: at every place of a block, near the text's end and far from it. */
static void reader_lookups(void) {
    static const struct {
        const char *members, *path, *slice;
    } rows[] = {{"\"k\":\"name\",\"name\":1", "name", "1"}, {"\"na\\u006de\":1,\"name\":2", "name", "1"},
            {"\"name\" : 1,\"name\":2", "name", "1"}, {"\"name\"\n:\t1,\"name\":2", "name", "1"},
            {"\"name\":1,\"na\\u006de\":2", "name", "1"}, {"\"name\":1,\"name\":2", "name", "1"},
            {"\"o\":{\"name\":1},\"name\":2", "name", "2"}, {"\"o\":[{\"name\":1}],\"name\":2", "name", "2"},
            {"\"o\":{\"q\":1},\"name\":2", "o.name", ""}, {"\"o\":{},\"name\":2", "o.name", ""},
            {"\"v\":\"}{][\",\"name\":2", "name", "2"}, {"\"v\":\"|_^~z\x7f\",\"name\":2", "name", "2"},
            {"\"v\":\"\\\"name\\\":1\",\"name\":2", "name", "2"}, {"\"v\\\"name\":1,\"name\":2", "name", "2"},
            {"\"name\\\\\":1,\"name\":2", "name", "2"}, {"\"nam\":1,\"names\":2,\"name\":3", "name", "3"},
            {"\"x\":\"ab\",\"cd\":1", "ab\",\"cd", ""}, {"\"x\":\"a\",\"b\":1", ",", ""},
            {"\"x\":1,\"y\":2", ":1,", ""}, {"\"x\":\"a\",\":b\":1", ",", ""},
            {"\"abcdefghijklmnopq:r\":1", "abcdefghijklmnop", ""}, {"\"a\\b\":1", "a\\b", ""},
            {"\"a\\\\b\":1", "a\\b", "1"}, {"\"1a\":1", "1a", "1"}, {"\"_x\":1,\"Ab\":2", "_x", "1"},
            {"\"_x\":1,\"Ab\":2", "Ab", "2"}, {"\"\xc3\xa9\":1", "\xc3\xa9", "1"},
            {"\"e\xc3\xa9\":1", "e\xc3\xa9", "1"}, {"\"abcdefghijklmno\":1", "abcdefghijklmno", "1"},
            {"\"abcdefghijklmnop\":1", "abcdefghijklmnop", "1"},
            {"\"abcdefghijklmnopq\":1", "abcdefghijklmnop", ""},
            {"\"abcdefghijklmnop\":1", "abcdefghijklmno", ""}, {"\"nape\":1,\"name\":2", "name", "2"},
            {"\"nape\":1", "name", ""}, {"\"a\":[true,\":7\"],\"true,\":8", "true,", "8"},
            {"\"o\":{\"k\":\"v\",\"in\":[7,{\"er\":true}]}", "o.in[1].er", "true"}};
    static const char x[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    guard g = guard_new(512);
    char text[400];
    size_t i;
    int before, behind;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (before = 0; before < 70; before++)
            for (behind = 0; behind < 60; behind += 7) {
                akolhook_json root, found;
                const char *at;
                size_t len;
                sprintf(text, "{\"pad\":\"%s\",%s,\"z\":\"%s\"}", x + sizeof x - 1 - before, rows[i].members,
                        x + sizeof x - 1 - behind);
                len = strlen(text);
                at = guard_copy(&g, text, len);
                CHECK_STATUS(akolhook_json_parse(akolhook_str_n(at, len), &root, NULL), OK);
                CHECK_INT(akolhook_json_get(root, rows[i].path, &found),
                        *rows[i].slice ? AKOLHOOK_OK : AKOLHOOK_NOT_FOUND);
                CHECK_STR(found.str, rows[i].slice);
            }
    guard_free(&g);
}

static void reader_walk_and_types(void) {
    static const akolhook_json_type types[] = {AKOLHOOK_JSON_NUMBER, AKOLHOOK_JSON_NUMBER,
            AKOLHOOK_JSON_NUMBER, AKOLHOOK_JSON_STRING, AKOLHOOK_JSON_ARRAY, AKOLHOOK_JSON_OBJECT,
            AKOLHOOK_JSON_OBJECT};
    akolhook_json root, value, none = AKOLHOOK_INIT;
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_text key, text;
    int64_t n;
    uint64_t u;
    int truth;
    size_t count = 0;
    CHECK_INT(akolhook_json_next(&iter, &key, &value), 0);
    CHECK_STATUS(akolhook_json_begin(none, &iter), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_c(document), &root, NULL), OK);
    CHECK_STATUS(akolhook_json_begin(root, &iter), OK);
    while (akolhook_json_next(&iter, &key, &value)) {
        if (count == 2) CHECK(key.escaped && akolhook_text_equal(key, akolhook_str_c("text")));
        count++;
    }
    CHECK_INT(count, 4);
    CHECK_STATUS(akolhook_json_get(root, "data.list", &value), OK);
    CHECK_STATUS(akolhook_json_begin(value, &iter), OK);
    for (count = 0; akolhook_json_next(&iter, NULL, &value); count++) CHECK_INT(value.type, types[count]);
    CHECK_INT(count, 7);
    CHECK_STATUS(akolhook_json_get(root, "last", &value), OK);
    CHECK_STATUS(akolhook_json_get_int64(value, &n), OK);
    CHECK_INT(n, 9);
    CHECK_STATUS(akolhook_json_get_uint64(value, &u), OK);
    CHECK_STATUS(akolhook_json_get_text(value, &text), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_get_bool(value, &truth), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_begin(value, &iter), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_get(root, "data.list[6].deep.er", &value), OK);
    CHECK_STATUS(akolhook_json_get_bool(value, &truth), OK);
    CHECK_INT(truth, 1);
    CHECK_STATUS(akolhook_json_get_int64(value, &n), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_get_uint64(value, &u), WRONG_TYPE);
    CHECK_STATUS(akolhook_json_get(root, "data.list[1]", &value), OK);
    CHECK_STATUS(akolhook_json_get_uint64(value, &u), OUT_OF_RANGE);
}

/* Each type is read by its own call alone; the others say so and leave nothing behind. */
static void reader_types(void) {
    static const struct {
        const char *text;
        akolhook_json_type type;
    } rows[] = {{"\"a\"", AKOLHOOK_JSON_STRING}, {"{}", AKOLHOOK_JSON_OBJECT}, {"[10]", AKOLHOOK_JSON_ARRAY},
            {"12", AKOLHOOK_JSON_NUMBER}, {"true", AKOLHOOK_JSON_TRUE}, {"false", AKOLHOOK_JSON_FALSE},
            {"null", AKOLHOOK_JSON_NULL}, {NULL, AKOLHOOK_JSON_NONE}};
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const akolhook_json_type type = rows[i].type;
        akolhook_json value = AKOLHOOK_INIT;
        akolhook_json_iter iter;
        akolhook_text text = akolhook_text_c("before");
        int64_t number = 7;
        uint64_t natural = 7;
        int truth = 7;

        if (rows[i].text) CHECK_STATUS(akolhook_json_parse(akolhook_str_c(rows[i].text), &value, NULL), OK);
        CHECK_INT(value.type, type);
        CHECK_INT(akolhook_json_get_text(value, &text),
                type == AKOLHOOK_JSON_STRING ? AKOLHOOK_OK : AKOLHOOK_WRONG_TYPE);
        CHECK_STR(text.str, type == AKOLHOOK_JSON_STRING ? "a" : "");
        CHECK_INT(text.escaped, 0);
        CHECK_INT(value.escaped, 0);
        CHECK_INT(akolhook_json_get_int64(value, &number),
                type == AKOLHOOK_JSON_NUMBER ? AKOLHOOK_OK : AKOLHOOK_WRONG_TYPE);
        CHECK_INT(number, type == AKOLHOOK_JSON_NUMBER ? 12 : 0);
        CHECK_INT(akolhook_json_get_uint64(value, &natural),
                type == AKOLHOOK_JSON_NUMBER ? AKOLHOOK_OK : AKOLHOOK_WRONG_TYPE);
        CHECK_INT(natural, type == AKOLHOOK_JSON_NUMBER ? 12 : 0);
        CHECK_INT(akolhook_json_get_bool(value, &truth),
                type == AKOLHOOK_JSON_TRUE || type == AKOLHOOK_JSON_FALSE ? AKOLHOOK_OK
                                                                          : AKOLHOOK_WRONG_TYPE);
        CHECK_INT(truth, type == AKOLHOOK_JSON_TRUE);
        CHECK_INT(akolhook_json_begin(value, &iter),
                type == AKOLHOOK_JSON_OBJECT || type == AKOLHOOK_JSON_ARRAY ? AKOLHOOK_OK
                                                                            : AKOLHOOK_WRONG_TYPE);
    }
}

/* What was made by hand and is too short for its type is not read. */
static void reader_short_values(void) {
    akolhook_json value = AKOLHOOK_INIT;
    akolhook_json_iter iter;
    akolhook_text text;
    size_t len;

    for (len = 0; len <= 2; len++) {
        value.str = akolhook_str_n("\"\"", len);
        value.type = AKOLHOOK_JSON_STRING;
        CHECK_INT(akolhook_json_get_text(value, &text), len < 2 ? AKOLHOOK_WRONG_TYPE : AKOLHOOK_OK);
        CHECK_INT(text.str.len, 0);
        value.str = akolhook_str_n("[]", len);
        value.type = AKOLHOOK_JSON_ARRAY;
        CHECK_INT(akolhook_json_begin(value, &iter), len < 2 ? AKOLHOOK_WRONG_TYPE : AKOLHOOK_OK);
    }
}

/* An element has no key, whatever was read before it; behind the last one nothing is left. */
static void reader_steps(void) {
    akolhook_json object, array, value;
    akolhook_json_iter members, elements;
    akolhook_text key;
    int i;

    CHECK_STATUS(akolhook_json_parse(akolhook_str_c("{\"k\\n\":1,\"l\":\"\\n\"}"), &object, NULL), OK);
    CHECK_STATUS(akolhook_json_parse(akolhook_str_c("[1,\"\\n\"]"), &array, NULL), OK);
    CHECK_STATUS(akolhook_json_begin(object, &members), OK);
    CHECK_STATUS(akolhook_json_begin(array, &elements), OK);
    for (i = 0; i < 2; i++) {
        CHECK_INT(akolhook_json_next(&members, &key, &value), 1);
        CHECK_STR(key.str, i ? "l" : "k\\n");
        CHECK_INT(key.escaped, !i);
        CHECK_INT(value.escaped, i);
        CHECK_INT(akolhook_json_next(&elements, &key, &value), 1);
        CHECK(!key.str.ptr && !key.str.len && !key.escaped);
        CHECK_INT(value.escaped, i);
    }
    for (i = 0; i < 2; i++) {
        memset(&value, 0xff, sizeof value);
        memset(&key, 0xff, sizeof key);
        CHECK_INT(akolhook_json_next(i ? &members : &elements, &key, &value), 0);
        CHECK(!key.str.ptr && !key.str.len && !key.escaped);
        CHECK(found_nothing(&value));
    }

    /* a key whose value is missing, in an object that nobody checked */
    object.str = akolhook_str_c("{\"k\":}");
    CHECK_STATUS(akolhook_json_begin(object, &members), OK);
    memset(&value, 0xff, sizeof value);
    CHECK_INT(akolhook_json_next(&members, &key, &value), 0);
    CHECK(!key.str.ptr && !key.str.len && !key.escaped);
    CHECK(found_nothing(&value));
}

/* RFC 3629 section 4 row by row: the edges of each range, and what lies beside them. */
static void utf8(void) {
    static const struct {
        const char *text;
        size_t len, good;
    } rows[] = {
            {"", 0, 0},
            {"a\0b", 3, 3},
            {"\x7f", 1, 1},
            {"\xc2\x80", 2, 2},
            {"\xdf\xbf", 2, 2},
            {"\xe0\xa0\x80", 3, 3},
            {"\xed\x9f\xbf", 3, 3},
            {"\xee\x80\x80", 3, 3},
            {"\xf0\x90\x80\x80", 4, 4},
            {"\xf4\x8f\xbf\xbf", 4, 4},
            {"ab\x80", 3, 2},
            {"\xc1\xbf", 2, 0},
            {"\xe0\x9f\xbf", 3, 0},
            {"\xed\xa0\x80", 3, 0},
            {"\xf0\x8f\xbf\xbf", 4, 0},
            {"\xf4\x90\x80\x80", 4, 0},
            {"\xf5\x80\x80\x80", 4, 0},
            {"\xff", 1, 0},
            {"\xc3\xa9\xc3", 3, 2},
            {"x\xe2\x82", 3, 1},
            {"x\xf0\x9f\x98", 4, 1},
            {"\xc3\xa9\xc3\x41", 4, 2},
    };
    size_t i, good;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_str text = akolhook_str_n(rows[i].text, rows[i].len);
        akolhook_status want = rows[i].good == rows[i].len ? AKOLHOOK_OK : AKOLHOOK_BAD_UTF8;
        CHECK_INT(akolhook_utf8_check(text, &good), want);
        CHECK_INT(good, rows[i].good);
        CHECK_INT(akolhook_utf8_check(text, NULL), want);
    }
}

/* The vectors of RFC 4648 section 10, as the elements of an array. */
static void writer_base64(void) {
    static const char want[] = "[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"Zm9vYg==\",\"Zm9vYmE=\",\"Zm9vYmFy\"]";
    const size_t need = sizeof want - 1;
    akolhook_json_writer w;
    char buf[80];
    size_t cap, len, i;
    for (cap = 0; cap <= need; cap++) {
        memset(buf, '#', sizeof buf);
        akolhook_json_init(&w, buf, cap, 0);
        akolhook_json_array_begin(&w);
        for (i = 0; i <= 6; i++) akolhook_json_base64(&w, i ? "foobar" : NULL, i);
        akolhook_json_array_end(&w);
        CHECK_INT(akolhook_json_finish(&w, &len), cap < need ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK);
        CHECK_INT(len, need);
        CHECK(buf[cap] == '#');
    }
    CHECK_MEM(buf, need, want, need);
    akolhook_json_init(&w, buf, sizeof buf, 0);
    akolhook_json_base64(&w, "", (size_t)-1);
    CHECK_STATUS(akolhook_json_finish(&w, &len), OUT_OF_RANGE);

    /* the most that can be counted: 4 n digits of 3 n bytes, n = SIZE_MAX / 4 - 1, and two quotes */
    akolhook_json_init(&w, NULL, 0, 0);
    akolhook_json_base64(&w, "", SIZE_MAX / 4 * 3 - 3);
    CHECK_STATUS(akolhook_json_finish(&w, &len), BUFFER_TOO_SMALL);
    CHECK(len == (SIZE_MAX / 4 - 1) * 4 + 2);
    akolhook_json_init(&w, NULL, 0, 0);
    akolhook_json_base64(&w, "", SIZE_MAX / 4 * 3 - 2);
    CHECK_STATUS(akolhook_json_finish(&w, &len), OUT_OF_RANGE);
}

/* A decoder may write where its text begins. */
static void decoding_in_place(void) {
    char hex_text[] = "00ff41", base64_text[] = "Zm9vYmE=", json[] = "a\\u00e9\\\"\\ud83d\\ude00z";
    akolhook_text text;
    size_t len;
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c(hex_text), hex_text, 3, &len), OK);
    CHECK_MEM(hex_text, len,
            "\0\xff"
            "A",
            3);
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(base64_text), base64_text, 5, &len), OK);
    CHECK_MEM(base64_text, len, "fooba", 5);
    text = akolhook_text_c(json);
    text.escaped = 1;
    CHECK_STATUS(akolhook_text_decode(text, json, sizeof json, &len), OK);
    CHECK_MEM(json, len, "a\xc3\xa9\"\xf0\x9f\x98\x80z", 9);
}

static void text_decoding(void) {
    static const struct {
        const char *json, *plain;
        size_t len;
    } rows[] = {{"\"\"", "", 0}, {"\"plain\"", "plain", 5},
            {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8}, {"\"\\u0000x\"", "\0x", 2},
            {"\"\\u00e9\\u20ac\"", "\xc3\xa9\xe2\x82\xac", 5}, {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", 4},
            {"\"\\ud83d\"", "\xef\xbf\xbd", 3}, {"\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd", 6},
            {"\"\\ud83dx\"", "\xef\xbf\xbdx", 4}, {"\"\\ud83d\\n\"", "\xef\xbf\xbd\n", 4},
            {"\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80", 7},
            {"\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf", 4}};
    char buf[32];
    akolhook_json value;
    akolhook_text text;
    size_t i, len, cap;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(akolhook_json_parse(akolhook_str_c(rows[i].json), &value, NULL), OK);
        CHECK_STATUS(akolhook_json_get_text(value, &text), OK);
        for (cap = 0; cap < rows[i].len; cap++) {
            memset(buf, '#', sizeof buf);
            CHECK_STATUS(akolhook_text_decode(text, buf, cap, &len), BUFFER_TOO_SMALL);
            CHECK_INT(len, rows[i].len);
            CHECK(buf[cap] == '#');
        }
        memset(buf, '#', sizeof buf);
        CHECK_STATUS(akolhook_text_decode(text, buf, rows[i].len, &len), OK);
        CHECK_MEM(buf, len, rows[i].plain, rows[i].len);
        CHECK(buf[len] == '#');
        CHECK(akolhook_text_equal(text, akolhook_str_n(rows[i].plain, rows[i].len)));
        CHECK(!akolhook_text_equal(text, akolhook_str_n("another text of any length", 26)));
        if (rows[i].len) CHECK(!akolhook_text_equal(text, akolhook_str_n(rows[i].plain, rows[i].len - 1)));
    }
    CHECK_STATUS(
            akolhook_text_decode(akolhook_text_c("a\\nb"), buf, 4, &len), OK); /* not flagged: as it is */
    CHECK_MEM(buf, len, "a\\nb", 4);
    text.str = akolhook_str_c("\\x");
    text.escaped = 1;
    CHECK_STATUS(akolhook_text_decode(text, buf, sizeof buf, &len), JSON_ESCAPE);
    CHECK(!akolhook_text_equal(text, akolhook_str_c("\\x")));
    CHECK(akolhook_text_equal(akolhook_text_c("\\x"), akolhook_str_c("\\x")));
    CHECK_INT(akolhook_text_c(NULL).str.len, 0);
    CHECK_STR(akolhook_text_n("abc", 2).str, "ab");
}

/* A C string of a text: every cap, a NUL inside, broken escapes. */
static void text_copies(void) {
    static const struct {
        const char *json; /* what stands between the quotes */
        size_t json_len;
        const char *plain;
        akolhook_status status;
    } rows[] = {{"", 0, "", AKOLHOOK_OK}, {"abc", 3, "abc", AKOLHOOK_OK},
            {"a\\n\\\"b", 6, "a\n\"b", AKOLHOOK_OK},
            {"\\u00e9\\ud83d\\ude00", 18, "\xc3\xa9\xf0\x9f\x98\x80", AKOLHOOK_OK},
            {"\\ud800", 6, "\xef\xbf\xbd", AKOLHOOK_OK}, {"a\\u0000b", 8, NULL, AKOLHOOK_TEXT_NUL},
            {"a\0b", 3, NULL, AKOLHOOK_TEXT_NUL}, {"\\u0000", 6, NULL, AKOLHOOK_TEXT_NUL},
            {"a\\q", 3, NULL, AKOLHOOK_JSON_ESCAPE}};
    char out[32];
    size_t i, cap, len;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_text text = akolhook_text_n(rows[i].json, rows[i].json_len);
        text.escaped = memchr(rows[i].json, '\\', rows[i].json_len) != NULL;
        memset(out, '#', sizeof out);
        CHECK_INT(akolhook_text_copy(text, out, rows[i].json_len + 1, &len), rows[i].status);
        CHECK_TEXT(out, rows[i].plain ? rows[i].plain : "");
        if (!rows[i].plain) continue;

        CHECK_INT(len, strlen(rows[i].plain));
        CHECK_STATUS(akolhook_text_copy(text, out, len + 1, NULL), OK);
        for (cap = 0; cap <= strlen(rows[i].plain); cap++) {
            memset(out, '#', sizeof out);
            CHECK_STATUS(akolhook_text_copy(text, cap ? out : NULL, cap, &len), BUFFER_TOO_SMALL);
            CHECK_INT(len, strlen(rows[i].plain));
            CHECK(out[cap] == '#' && (cap == 0 || out[0] == 0));
        }
    }
    CHECK_STATUS(akolhook_text_copy(akolhook_text_c("a"), NULL, 5, &len), INVALID_ARGUMENT);
    CHECK_INT(len, 0);
}

#ifndef CHECK_BARE
/* ---- tables that are walked whole ---- */

/* Lengths at the ends of size_t: what cannot be written is refused, what can is measured; and nothing. */
static void text_bounds(void) {
    static const char pads[] = "==";
    size_t len = 1;

    CHECK_STATUS(akolhook_hex_encode(pads, SIZE_MAX / 2, NULL, 0, &len), BUFFER_TOO_SMALL);
    CHECK(len == SIZE_MAX - 1);
    CHECK_STATUS(akolhook_hex_encode(pads, SIZE_MAX / 2 + 1, NULL, 0, &len), INVALID_ARGUMENT);
    CHECK_INT(len, 0);

    /* 3 n bytes are 4 n digits, up to n = SIZE_MAX / 4 - 1 */
    CHECK_STATUS(akolhook_base64_encode(pads, SIZE_MAX / 4 * 3 - 3, NULL, 0, &len), BUFFER_TOO_SMALL);
    CHECK(len == (SIZE_MAX / 4 - 1) * 4);
    CHECK_STATUS(akolhook_base64_encode(pads, SIZE_MAX / 4 * 3 - 2, NULL, 0, &len), INVALID_ARGUMENT);
    CHECK_INT(len, 0);

    len = 1;
    CHECK_STATUS(akolhook_hex_encode(NULL, 0, NULL, 0, &len), OK);
    CHECK_INT(len, 0);
    len = 1;
    CHECK_STATUS(akolhook_base64_encode(NULL, 0, NULL, 0, &len), OK);
    CHECK_INT(len, 0);
    len = 1;
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_n(pads + 2, 0), NULL, 0, &len), OK);
    CHECK_INT(len, 0);
}

/* Each digit of RFC 4648 section 4 at each of the four places, beside the lowest and beside the highest. */
static void base64_every_digit(void) {
    unsigned place, value, others, i;
    size_t len;

    for (place = 0; place < 4; place++)
        for (value = 0; value < 64; value++)
            for (others = 0; others < 64; others += 63) {
                unsigned long bits = 0;
                uint8_t bytes[3], back[3];
                char want[4], text[4];

                for (i = 0; i < 4; i++) {
                    const unsigned digit = i == place ? value : others;
                    want[i] = base64_digits[digit];
                    bits = bits * 64 + digit;
                }
                for (i = 3; i-- > 0; bits /= 256) bytes[i] = (uint8_t)(bits % 256);

                CHECK_STATUS(akolhook_base64_encode(bytes, 3, text, 4, &len), OK);
                CHECK_MEM(text, len, want, 4);
                CHECK_STATUS(akolhook_base64_decode(akolhook_str_n(want, 4), back, 3, &len), OK);
                CHECK_MEM(back, len, bytes, 3);
            }
}

static void check_day(int year, int month, int day, int64_t days) {
    char want[40], text[AKOLHOOK_TIME_SIZE];
    int64_t ms;

    sprintf(want, "%04d-%02d-%02dT00:00:00.000Z", year, month, day);
    CHECK_STATUS(akolhook_time_format(days * 86400000, text), OK);
    CHECK_TEXT(text, want);
    CHECK_STATUS(akolhook_time_parse(akolhook_str_n(want, 24), &ms), OK);
    CHECK_INT(ms, days * 86400000);
}

/* The Gregorian calendar from its rule, a year after the other: the first and the last day of a year, those
   around the end of February, and every month of the first 40 years and of each last year of a century. No
   month has a day 0 or one more. */
static void every_year(void) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = 0, ms;
    int year, month;
    char text[40];

    for (year = 1970; year < 10000; year++)
        for (month = 1; month <= 12; month++) {
            const int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            const int last = lengths[month - 1] + (month == 2 && is_leap),
                      is_whole = year < 2010 || year % 100 == 0;

            if (is_whole || month == 1 || month == 3) check_day(year, month, 1, days);
            days += last;
            if (is_whole || month == 2 || month == 12) check_day(year, month, last, days - 1);
            if (!is_whole) continue;

            sprintf(text, "%04d-%02d-00T00:00:00Z", year, month);
            CHECK_STATUS(akolhook_time_parse(akolhook_str_c(text), &ms), BAD_TIME);
            sprintf(text, "%04d-%02d-%02dT00:00:00Z", year, month, last + 1);
            CHECK_STATUS(akolhook_time_parse(akolhook_str_c(text), &ms), BAD_TIME);
        }
    CHECK_INT(days, 2932897); /* 8030 * 365 + 1947 leap days */
}

/* A time of RFC 3339 section 5.6 with each byte at each place: digits stand where digits are, T and Z in
   either case, and the rest as it is. */
static void time_every_byte(void) {
    static const char *const forms[] = {"2007-10-10T10:10:10.000Z", "2007-10-10T10:10:10Z",
            "2007-10-10T10:10:10+10:10", "2007-10-10T10:10:10.12345-10:10"};
    size_t form, at;
    int c;
    int64_t ms;

    for (form = 0; form < sizeof forms / sizeof forms[0]; form++)
        for (at = 0; at < strlen(forms[form]); at++)
            for (c = 0; c < 256; c++) {
                const char was = forms[form][at];
                const int is_sign = was == '+' || (was == '-' && at > 10);
                char text[40];
                int good = c == was;

                if (was >= '0' && was <= '9') {
                    if (c >= '0' && c <= '9') continue; /* in their ranges below */
                    good = 0;
                } else if (was >= 'A')
                    good = c == was || c == was + ('a' - 'A');
                else if (is_sign)
                    good = c == '+' || c == '-';
                strcpy(text, forms[form]);
                text[at] = (char)c;
                CHECK_INT(akolhook_time_parse(akolhook_str_n(text, strlen(forms[form])), &ms),
                        good ? AKOLHOOK_OK : AKOLHOOK_BAD_TIME);
            }
}

/* Each part of a time from 00 to 99, and each digit of a fraction: what it is worth in milliseconds. */
static void time_every_part(void) {
    static const struct {
        size_t at;
        int first, last;
        long long ms;
    } rows[] = {{8, 1, 31, 86400000}, {11, 0, 23, 3600000}, {14, 0, 59, 60000}, {17, 0, 59, 1000},
            {24, 0, 23, -3600000}, {27, 0, 59, -60000}};
    static const int worth[] = {100, 10, 1, 0, 0};
    const long long start = 1167609600000LL; /* 2007-01-01: (37 * 365 + 9) days */
    char text[40];
    int64_t ms;
    size_t i;
    int value, sign;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (value = 0; value < 100; value++)
            for (sign = 0; sign < 2; sign++) {
                const int good = value >= rows[i].first && value <= rows[i].last;
                const long long more = (value - rows[i].first) * rows[i].ms;
                strcpy(text, sign ? "2007-01-01T00:00:00.000-00:00" : "2007-01-01T00:00:00.000+00:00");
                text[rows[i].at] = (char)('0' + value / 10);
                text[rows[i].at + 1] = (char)('0' + value % 10);
                CHECK_INT(akolhook_time_parse(akolhook_str_c(text), &ms),
                        good ? AKOLHOOK_OK : AKOLHOOK_BAD_TIME);
                CHECK_INT(ms, !good ? 0 : start + (sign && rows[i].ms < 0 ? -more : more));
            }

    for (i = 0; i < 5; i++)
        for (value = 0; value < 10; value++) {
            strcpy(text, "2007-01-01T00:00:00.00000Z");
            text[20 + i] = (char)('0' + value);
            CHECK_STATUS(akolhook_time_parse(akolhook_str_c(text), &ms), OK);
            CHECK_INT(ms, start + value * worth[i]);
        }
}

/* Leap seconds end a month of UTC, whatever the offset is; the ends of what can be said in either form. */
static void time_ends(void) {
    static const struct {
        const char *text;
        long long ms; /* -1: none */
    } rows[] = {{"2016-12-31T23:59:60Z", 1483228800000LL}, {"2016-12-31T23:59:60.5Z", 1483228800500LL},
            {"2017-01-01T00:59:60+01:00", 1483228800000LL}, {"2016-12-31T15:59:60-08:00", 1483228800000LL},
            {"2016-12-31T23:58:60Z", -1}, {"2016-12-31T22:59:60Z", -1}, {"2016-12-31T00:00:60Z", -1},
            {"2016-12-30T23:59:60Z", -1}, {"2017-01-02T00:59:60+01:00", -1}, {"2017-01-01T23:59:60Z", -1},
            {"2016-12-31T23:59:61Z", -1}, {"2016-12-31T00:59:60+01:00", -1}, {"2017-01-01T00:00:60Z", -1},
            {"1970-01-01T00:00:00Z", 0}, {"1970-01-01T23:59:00+23:59", 0}, {"1969-12-31T00:01:00-23:59", 0},
            {"1970-01-01T00:00:59.999+00:01", -1}, {"1970-01-01T00:00:00+00:01", -1},
            {"1969-12-31T23:59:60Z", -1}, {"9999-12-31T23:59:59.999Z", 253402300799999LL},
            {"9999-12-31T23:59:60Z", -1}, {"9999-12-31T23:59:00-00:01", -1},
            {"9999-12-31T23:58:59.999-00:01", 253402300799999LL}};
    int64_t ms;
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(akolhook_time_parse(akolhook_str_c(rows[i].text), &ms),
                rows[i].ms < 0 ? AKOLHOOK_BAD_TIME : AKOLHOOK_OK);
        CHECK_INT(ms, rows[i].ms < 0 ? 0 : rows[i].ms);
    }
}

/* The table of RFC 3629 section 4: the first bytes, the range of the second, the length. The others are
   80..BF. */
static const struct {
    uint8_t first, last, low, high;
    size_t len;
} utf8_rows[] = {{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

/* How many bytes of the text are UTF-8, by the table. */
static size_t utf8_good(const uint8_t *p, size_t len) {
    const size_t rows = sizeof utf8_rows / sizeof utf8_rows[0];
    size_t at = 0, row, i;

    while (at < len) {
        for (row = 0; row < rows; row++)
            if (p[at] >= utf8_rows[row].first && p[at] <= utf8_rows[row].last) break;
        if (row == rows || utf8_rows[row].len > len - at) return at;
        if (utf8_rows[row].len > 1 && (p[at + 1] < utf8_rows[row].low || p[at + 1] > utf8_rows[row].high))
            return at;
        for (i = 2; i < utf8_rows[row].len; i++)
            if (p[at + i] < 0x80 || p[at + i] > 0xbf) return at;
        at += utf8_rows[row].len;
    }
    return at;
}

/* Every first byte, with others at the edges of all ranges behind it, and cut at each length. */
static void utf8_every_first(void) {
    static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    guard g = guard_new(64);
    uint8_t text[4];
    unsigned first, i, others;
    size_t len, good;

    for (first = 0; first < 256; first++)
        for (others = 0; others < 10 * 10 * 10; others++)
            for (len = 1; len <= 4; len++) {
                const uint8_t at[] = {
                        (uint8_t)first, edges[others / 100], edges[others / 10 % 10], edges[others % 10]};
                /* what is not in the text need not vary */
                if ((len < 4 && others % 10) || (len < 3 && others % 100) || (len < 2 && others)) continue;
                for (i = 0; i < len; i++) text[i] = at[i];
                CHECK_INT(akolhook_utf8_check(akolhook_str_n(guard_copy(&g, text, len), len), &good),
                        utf8_good(text, len) == len ? AKOLHOOK_OK : AKOLHOOK_BAD_UTF8);
                CHECK_INT(good, utf8_good(text, len));
            }
    guard_free(&g);
}

static akolhook_text escaped_text(const char *text, size_t len) {
    akolhook_text t = akolhook_text_n(text, len);
    t.escaped = 1;
    return t;
}

/* Every byte behind a backslash, and at each place of a \uXXXX (RFC 8259 section 7). */
static void escapes_every_byte(void) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    static const char hex_digits[] = "0123456789abcdefABCDEF";
    char json[12], out[8];
    akolhook_json value;
    size_t len, at, error;
    int c;

    for (c = 0; c < 256; c++) {
        const char *name = (const char *)memchr(names, c, 8),
                   *digit = (const char *)memchr(hex_digits, c, 22);
        const int digit_value = digit ? (int)(digit - hex_digits) - (digit - hex_digits > 15 ? 6 : 0) : 0;

        memcpy(json, "\"\\?\"", 4);
        json[2] = (char)c;
        CHECK_INT(akolhook_json_parse(akolhook_str_n(json, 4), &value, &error),
                name ? AKOLHOOK_OK : AKOLHOOK_JSON_ESCAPE);
        CHECK_INT(error, name ? 4 : c == 'u' ? 3 : 2);
        CHECK_INT(akolhook_text_decode(escaped_text(json + 1, 2), out, sizeof out, &len),
                name ? AKOLHOOK_OK : AKOLHOOK_JSON_ESCAPE);
        if (name) CHECK_MEM(out, len, values + (name - names), 1);

        /* U+0011 with another digit: 0x11 + (c - 1) * 16^n, below U+0800 but for the first */
        for (at = 3; at < 7; at++) {
            unsigned long code = 0x11, weight = 1, i;
            memcpy(json, "\"\\u0011\"", 8);
            json[at] = (char)c;
            CHECK_INT(akolhook_json_parse(akolhook_str_n(json, 8), &value, &error),
                    digit ? AKOLHOOK_OK : AKOLHOOK_JSON_ESCAPE);
            CHECK_INT(error, digit ? 8 : at);
            if (!digit) continue;
            for (i = at; i < 6; i++) weight *= 16;
            code = code - (at < 5 ? 0 : weight) + (unsigned long)digit_value * weight;
            CHECK_STATUS(akolhook_text_decode(escaped_text(json + 1, 6), out, sizeof out, &len), OK);
            if (code < 0x80) {
                CHECK_INT(len, 1);
                CHECK_INT(out[0], code);
            } else if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) {
                CHECK_INT(len, 3);
                CHECK_INT((uint8_t)out[0], 0xe0 + code / 4096);
                CHECK_INT((uint8_t)out[1], 0x80 + code / 64 % 64);
                CHECK_INT((uint8_t)out[2], 0x80 + code % 64);
            }
        }
    }
}

/* The UTF-8 of a character, by the table of RFC 3629 section 3. */
static size_t utf8_of(unsigned long code, char *out) {
    const size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t i;

    for (i = len; i-- > 1; code /= 64) out[i] = (char)(0x80 + code % 64);
    out[0] = (char)(marks[len] + code);
    return len;
}

/* Characters around each power of two and each bound of UTF-16, spelled in escapes; and halves of pairs that
   belong together or do not. */
static void escapes_every_size(void) {
    static const unsigned long halves[] = {0xd7ff, 0xd800, 0xd801, 0xdbff, 0xdc00, 0xdc01, 0xdfff, 0xe000};
    guard g = guard_new(64);
    char json[16], out[8], want[8];
    size_t len, need, i, k;
    unsigned long code;
    int bit, by;

    for (bit = 0; bit < 21; bit++)
        for (by = -1; by <= 1; by++) {
            code = (1ul << bit) + (unsigned long)(by + 1) - 1;
            if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) continue;
            if (code < 0x10000)
                sprintf(json, "\\u%04lx", code);
            else
                sprintf(json, "\\u%04lx\\u%04lX", 0xd800 + (code - 0x10000) / 1024,
                        0xdc00 + (code - 0x10000) % 1024);
            need = utf8_of(code, want);
            CHECK_STATUS(akolhook_text_decode(escaped_text(json, strlen(json)), out, sizeof out, &len), OK);
            CHECK_MEM(out, len, want, need);
        }

    for (i = 0; i < 8; i++)
        for (k = 0; k < 8; k++) {
            const unsigned long high = halves[i], low = halves[k];
            sprintf(json, "\\u%04lx\\u%04lx", high, low);
            if (high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff)
                need = utf8_of(0x10000 + (high - 0xd800) * 1024 + (low - 0xdc00), want);
            else {
                need = utf8_of(high >= 0xd800 && high <= 0xdfff ? 0xfffd : high, want);
                need += utf8_of(low >= 0xd800 && low <= 0xdfff ? 0xfffd : low, want + need);
            }
            CHECK_STATUS(akolhook_text_decode(escaped_text(json, 12), out, sizeof out, &len), OK);
            CHECK_MEM(out, len, want, need);
            CHECK(akolhook_text_equal(escaped_text(json, 12), akolhook_str_n(want, need)));
            want[need - 1] ^= 1;
            CHECK(!akolhook_text_equal(escaped_text(json, 12), akolhook_str_n(want, need)));

            /* what stands behind the text has no part in it */
            need = utf8_of(high >= 0xd800 && high <= 0xdfff ? 0xfffd : high, want);
            CHECK_STATUS(
                    akolhook_text_decode(escaped_text(guard_copy(&g, json, 6), 6), out, sizeof out, &len),
                    OK);
            CHECK_MEM(out, len, want, need);
            CHECK_STATUS(akolhook_text_decode(escaped_text(json, 6), out, sizeof out, &len), OK);
            CHECK_MEM(out, len, want, need);
        }
    guard_free(&g);
}

/* One byte as the inside of a string holds it (RFC 8259 section 7); nothing when it cannot stand there. */
static size_t string_byte(int c, int html, char *out) {
    static const char shorts[] = "\b\t\n\f\r\"\\", names[] = "btnfr\"\\";
    const char *found = c ? strchr(shorts, c) : NULL;

    if (c >= 0x80) return 0;
    if (found) return (size_t)sprintf(out, "\\%c", names[found - shorts]);
    if (c < 0x20 || (html && c == '<')) return (size_t)sprintf(out, "\\u%04x", (unsigned)c);
    out[0] = (char)c;
    return 1;
}

/* A piece of a text whose bytes are all different from those near them, from each place on. */
static void writer_pieces(void) {
    static const char all[] =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.,;:+*#~^!$%&/()=?'";
    akolhook_json_writer w;
    char buf[128];
    size_t from, len, got;

    for (from = 0; from < 40; from++)
        for (len = 0; from + len < sizeof all; len++) {
            akolhook_json_init(&w, buf, sizeof buf, 0);
            akolhook_json_string(&w, akolhook_str_n(all + from, len));
            CHECK_STATUS(akolhook_json_finish(&w, &got), OK);
            CHECK_MEM(buf + 1, got - 2, all + from, len);
            CHECK(buf[0] == '"' && buf[got - 1] == '"');
        }
}

/* The byte at this place of a text, among others that are next to those which stop, mixed ones or the same:
   written as the standard says, and refused at its place where it stands as it is. */
static void byte_in_text(guard *g, size_t all, size_t at, int c, char other) {
    static const char others[] = "!#[]~\x7f$z";
    akolhook_status expected = AKOLHOOK_OK;
    akolhook_json_writer w;
    akolhook_json value;
    char text[20], want[40], got[40];
    size_t i, size, len, error = 1 + at;
    int html;

    for (i = 0; i < all; i++) text[i] = other ? other : others[(i + (size_t)c) % 8];
    text[at] = (char)c;

    for (html = 0; html < 2; html++) {
        want[0] = '"';
        memcpy(want + 1, text, at);
        size = string_byte(c, html, want + 1 + at);
        memcpy(want + 1 + at + size, text + at + 1, all - at - 1);
        want[all + size] = '"';
        akolhook_json_init(&w, got, sizeof got, html ? AKOLHOOK_JSON_ESCAPE_HTML : 0);
        akolhook_json_string(&w, akolhook_str_n(guard_copy(g, text, all), all));
        CHECK_INT(akolhook_json_finish(&w, &len), size ? AKOLHOOK_OK : AKOLHOOK_BAD_UTF8);
        if (size) CHECK_MEM(got, len, want, all + size + 1);
    }

    /* none of the bytes around it continues a character or an escape, and no quote follows */
    want[0] = want[1 + all] = '"';
    memcpy(want + 1, text, all);
    if (c == '"') {
        expected = AKOLHOOK_JSON_TRAILING;
        error++;
    } else if (c == '\\') {
        expected = at + 1 == all ? AKOLHOOK_JSON_CUT : AKOLHOOK_JSON_ESCAPE;
        error = at + 1 == all ? all + 2 : error + 1;
    } else if (c < 0x20)
        expected = AKOLHOOK_JSON_CONTROL;
    else if (c >= 0x80)
        expected = AKOLHOOK_BAD_UTF8;
    else
        error = all + 2;
    CHECK_INT(
            akolhook_json_parse(akolhook_str_n(guard_copy(g, want, all + 2), all + 2), &value, &i), expected);
    CHECK_INT(i, error);
}

/* Every byte at every place of texts that end in and beside a word and a block. */
static void every_byte(void) {
    static const size_t lens[] = {1, 4, 5, 6, 7, 8, 15, 16, 17, 18};
    guard g = guard_new(256);
    size_t which, at;
    int c;

    for (which = 0; which < sizeof lens / sizeof lens[0]; which++)
        for (at = 0; at < lens[which]; at++)
            for (c = 0; c < 256; c++) {
                byte_in_text(&g, lens[which], at, c, 0);
                if (lens[which] > 7) continue;
                byte_in_text(&g, lens[which], at, c, '$');
                byte_in_text(&g, lens[which], at, c, 'z');
            }
    guard_free(&g);
}

/* Whether RFC 8259 section 6 has it, by its grammar. */
static int is_number(const char *p, const char *end) {
    p += p < end && *p == '-';
    if (p < end && *p == '0')
        p++;
    else {
        if (p == end || *p < '1' || *p > '9') return 0;
        while (p < end && *p >= '0' && *p <= '9') p++;
    }
    if (p < end && *p == '.') {
        if (++p == end || *p < '0' || *p > '9') return 0;
        while (p < end && *p >= '0' && *p <= '9') p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-')) p++;
        if (p == end || *p < '0' || *p > '9') return 0;
        while (p < end && *p >= '0' && *p <= '9') p++;
    }
    return p == end;
}

/* Every byte at every place of numbers, for all that reads them. */
static void numbers_every_byte(void) {
    static const char *const forms[] = {"-10.05e+10", "0.5", "90", "1E7"};
    char text[16], buf[32];
    akolhook_json_writer w;
    akolhook_json value;
    size_t form, at, len, out;
    int64_t number;
    uint64_t natural;
    int32_t scale;
    int c;

    for (form = 0; form < sizeof forms / sizeof forms[0]; form++)
        for (at = 0; at < strlen(forms[form]); at++)
            for (c = 0; c < 256; c++) {
                int good;
                len = strlen(forms[form]);
                memcpy(text, forms[form], len);
                text[at] = (char)c;
                good = is_number(text, text + len);
                CHECK_INT(akolhook_number_decimal(akolhook_str_n(text, len), &number, &scale) == AKOLHOOK_OK,
                        good);
                CHECK_INT(akolhook_number_int64(akolhook_str_n(text, len), &number) == AKOLHOOK_BAD_NUMBER,
                        !good);
                CHECK_INT(akolhook_number_uint64(akolhook_str_n(text, len), &natural) == AKOLHOOK_BAD_NUMBER,
                        !good);
                akolhook_json_init(&w, buf, sizeof buf, 0);
                akolhook_json_number(&w, akolhook_str_n(text, len));
                CHECK_INT(akolhook_json_finish(&w, &out), good ? AKOLHOOK_OK : AKOLHOOK_BAD_NUMBER);
                if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue; /* may stand around a value */
                CHECK_INT(akolhook_json_parse(akolhook_str_n(text, len), &value, NULL) == AKOLHOOK_OK, good);
            }
}

/* What is exact at the ends of 64 bits and of 32, and where zeros go. */
static void number_ends(void) {
    static const struct {
        const char *text;
        akolhook_status status;
        long long mantissa;
        long scale;
    } decimals[] = {{"1e2147483647", AKOLHOOK_OK, 1, -2147483647},
            {"1e-2147483647", AKOLHOOK_OK, 1, 2147483647}, {"1e2147483648", AKOLHOOK_OUT_OF_RANGE, 0, 0},
            {"1e-2147483648", AKOLHOOK_OUT_OF_RANGE, 0, 0}, {"0.1e-2147483646", AKOLHOOK_OK, 1, 2147483647},
            {"0.1e-2147483647", AKOLHOOK_OUT_OF_RANGE, 0, 0}, {"0.1e2147483648", AKOLHOOK_OK, 1, -2147483647},
            {"1e10000000000", AKOLHOOK_OUT_OF_RANGE, 0, 0},
            {"1e-100000000000000000000", AKOLHOOK_OUT_OF_RANGE, 0, 0}, {"100", AKOLHOOK_OK, 100, 0},
            {"100e-1", AKOLHOOK_OK, 10, 0}, {"100e-2", AKOLHOOK_OK, 1, 0}, {"100e-3", AKOLHOOK_OK, 1, 1},
            {"1.0", AKOLHOOK_OK, 1, 0}, {"10.0", AKOLHOOK_OK, 10, 0}, {"10.10", AKOLHOOK_OK, 101, 1},
            {"-1.50e1", AKOLHOOK_OK, -15, 0}, {"1.50e+2", AKOLHOOK_OK, 150, 0}, {"-0", AKOLHOOK_OK, 0, 0},
            {"1.5E3", AKOLHOOK_OK, 15, -2}, {"0.00", AKOLHOOK_OK, 0, 0}, {"0.001", AKOLHOOK_OK, 1, 3},
            {"-9223372036854775808", AKOLHOOK_OK, INT64_MIN, 0},
            {"-922337203685477580.8", AKOLHOOK_OK, INT64_MIN, 1},
            {"9223372036854775808", AKOLHOOK_OUT_OF_RANGE, 0, 0}, {"1e", AKOLHOOK_BAD_NUMBER, 0, 0}};
    static const struct {
        const char *text;
        akolhook_status status;
        unsigned long long value;
    } naturals[] = {{"18446744073709551609", AKOLHOOK_OK, UINT64_MAX - 6},
            {"18446744073709551610", AKOLHOOK_OK, UINT64_MAX - 5},
            {"18446744073709551615", AKOLHOOK_OK, UINT64_MAX},
            {"18446744073709551616", AKOLHOOK_OUT_OF_RANGE, 0},
            {"18446744073709551620", AKOLHOOK_OUT_OF_RANGE, 0},
            {"1844674407370955161e1", AKOLHOOK_OK, UINT64_MAX - 5},
            {"1844674407370955162e1", AKOLHOOK_OUT_OF_RANGE, 0},
            {"1.8446744073709551615e19", AKOLHOOK_OK, UINT64_MAX},
            {"1e18", AKOLHOOK_OK, 1000000000000000000ull}, {"1e19", AKOLHOOK_OK, 10000000000000000000ull},
            {"1e20", AKOLHOOK_OUT_OF_RANGE, 0}, {"0.5", AKOLHOOK_OUT_OF_RANGE, 0},
            {"15e-1", AKOLHOOK_OUT_OF_RANGE, 0}, {"25.50e2", AKOLHOOK_OK, 2550},
            {"-1", AKOLHOOK_OUT_OF_RANGE, 0}, {"-0.0", AKOLHOOK_OK, 0}};
    int64_t mantissa;
    uint64_t natural;
    int32_t scale;
    size_t i;

    for (i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
        mantissa = scale = 7;
        CHECK_INT(akolhook_number_decimal(akolhook_str_c(decimals[i].text), &mantissa, &scale),
                decimals[i].status);
        CHECK_INT(mantissa, decimals[i].mantissa);
        CHECK_INT(scale, decimals[i].scale);
    }
    CHECK_STATUS(
            akolhook_number_int64(akolhook_str_n("123", 2), &mantissa), OK); /* no digit behind the text */
    CHECK_INT(mantissa, 12);
    for (i = 0; i < sizeof naturals / sizeof naturals[0]; i++) {
        natural = 7;
        CHECK_INT(akolhook_number_uint64(akolhook_str_c(naturals[i].text), &natural), naturals[i].status);
        CHECK(natural == naturals[i].value);
    }
}

/* The digits of a number, from the last to the first. */
static char *digits_of(char *end, uint64_t value) {
    *--end = 0;
    do *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}

/* Integers around each power of ten, and decimals with the point at each place. */
static void writer_numbers(void) {
    static const long long mantissas[] = {
            0, 1, -1, 9, 10, -10, 12, 99, 100, 123, 1000000, INT64_MAX, INT64_MIN};
    static const int scales[] = {
            -401, -400, -3, -2, -1, 0, 1, 2, 3, 4, 7, 8, 17, 18, 19, 20, 21, 399, 400, 401};
    char buf[500], room[24], want[500];
    akolhook_json_writer w;
    uint64_t power = 1;
    size_t len, i, k;
    int by, place;

    for (i = 0; i < 20; i++, power *= i < 20 ? 10 : 1)
        for (by = -1; by <= 1; by++) {
            const uint64_t value = power + (uint64_t)(int64_t)by;
            const char *digits = digits_of(room + sizeof room, value);
            akolhook_json_init(&w, buf, sizeof buf, 0);
            akolhook_json_uint64(&w, value);
            CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
            CHECK_MEM(buf, len, digits, strlen(digits));
            if (value == 0 || value > INT64_MAX) continue;
            akolhook_json_init(&w, buf, sizeof buf, 0);
            akolhook_json_int64(&w, -(int64_t)value);
            CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
            CHECK(buf[0] == '-');
            CHECK_MEM(buf + 1, len - 1, digits, strlen(digits));
        }

    for (i = 0; i < sizeof mantissas / sizeof mantissas[0]; i++)
        for (k = 0; k < sizeof scales / sizeof scales[0]; k++) {
            const int negative = mantissas[i] < 0, scale = scales[k];
            const uint64_t magnitude = negative ? 0 - (uint64_t)mantissas[i] : (uint64_t)mantissas[i];
            const char *digits = digits_of(room + sizeof room, magnitude);
            const int count = (int)strlen(digits), last = scale < 0 && magnitude ? scale : 0;
            char *p = want;

            /* each place from the highest on: 0 before the digits and behind them */
            if (negative) *p++ = '-';
            for (place = scale >= count ? scale : count - 1; place >= last; place--) {
                *p++ = place >= count || place < 0 ? '0' : digits[count - 1 - place];
                if (place == scale && scale > 0) *p++ = '.';
            }

            akolhook_json_init(&w, buf, sizeof buf, 0);
            akolhook_json_decimal(&w, mantissas[i], scale);
            CHECK_INT(akolhook_json_finish(&w, &len),
                    scale < -400 || scale > 400 ? AKOLHOOK_OUT_OF_RANGE : AKOLHOOK_OK);
            if (scale >= -400 && scale <= 400) CHECK_MEM(buf, len, want, (size_t)(p - want));
        }
}

/* What is open in a document that is written, its text so far, and whether it is as it must be. */
typedef struct nesting {
    char open[8]; /* '{' or '[' for each level */
    int depth;
    int has_key;  /* a value must come */
    int is_first; /* nothing stands in the innermost yet */
    int is_done;
    int is_bad;
    char text[64];
    size_t len;
} nesting;

static void nesting_add(nesting *n, const char *text) {
    strcpy(n->text + n->len, text);
    n->len += strlen(text);
}

static int nesting_is_object(const nesting *n) { return n->depth > 0 && n->open[n->depth - 1] == '{'; }

static void nesting_value(nesting *n, const char *text) {
    if (n->is_done || (nesting_is_object(n) && !n->has_key)) n->is_bad = 1;
    if (n->depth > 0 && !n->has_key && !n->is_first) nesting_add(n, ",");
    nesting_add(n, text);
    n->has_key = n->is_first = 0;
    n->is_done = n->depth == 0;
}

static void nesting_call(nesting *n, akolhook_json_writer *w, int call) {
    const char kind = call == OBJECT || call == OBJECT_END ? '{' : '[';

    if (call == OBJECT || call == ARRAY) {
        nesting_value(n, kind == '{' ? "{" : "[");
        n->open[n->depth++] = kind;
        n->is_first = 1;
        n->is_done = 0;
    } else if (call == OBJECT_END || call == ARRAY_END) {
        if (n->depth == 0 || n->open[n->depth - 1] != kind || n->has_key) n->is_bad = 1;
        if (!n->is_bad) n->is_done = --n->depth == 0;
        nesting_add(n, kind == '{' ? "}" : "]");
        n->is_first = 0;
    } else if (call == KEY) {
        if (!nesting_is_object(n) || n->has_key) n->is_bad = 1;
        if (!n->is_first) nesting_add(n, ",");
        nesting_add(n, "\"k\":");
        n->has_key = 1;
    } else
        nesting_value(n, "null");

    switch (call) {
    case OBJECT: akolhook_json_object_begin(w); break;
    case OBJECT_END: akolhook_json_object_end(w); break;
    case ARRAY: akolhook_json_array_begin(w); break;
    case ARRAY_END: akolhook_json_array_end(w); break;
    case KEY: akolhook_json_key(w, akolhook_str_c("k")); break;
    default: akolhook_json_null(w); break;
    }
}

/* Every order of up to six calls: written when it is a document, refused when it is none. */
static void writer_every_order(void) {
    const long orders = 7L * 7 * 7 * 7 * 7 * 7;
    char buf[64];
    akolhook_json_writer w;
    size_t len;
    long order, rest;

    for (order = 0; order < orders; order++) {
        nesting n;
        memset(&n, 0, sizeof n);
        akolhook_json_init(&w, buf, sizeof buf, 0);
        for (rest = order; rest % 7 && !n.is_bad; rest /= 7) nesting_call(&n, &w, (int)(rest % 7));
        if (rest && !n.is_bad) continue; /* a shorter order, which has a number of its own */
        if (n.is_bad || !n.is_done) {
            CHECK_STATUS(akolhook_json_finish(&w, &len), JSON_NESTING);
            CHECK_INT(len, 0);
        } else {
            CHECK_STATUS(akolhook_json_finish(&w, &len), OK);
            CHECK_MEM(buf, len, n.text, n.len);
        }
    }
}

/* A value of tokens by the grammar of RFC 8259 section 2: the place behind it, or NULL. s is a string, 1 a
   number, _ a blank. *count: its members or elements. */
static const char *grammar_value(const char *p, int *count) {
    int inner;
    char end;

    *count = 0;
    while (*p == '_') p++;
    if (*p == 's' || *p == '1') return p + 1;
    if (*p != '{' && *p != '[') return NULL;
    end = *p++ == '{' ? '}' : ']';
    while (*p == '_') p++;
    if (*p == end) return p + 1;
    for (;; p++) {
        if (end == '}') {
            while (*p == '_') p++;
            if (*p++ != 's') return NULL;
            while (*p == '_') p++;
            if (*p++ != ':') return NULL;
        }
        p = grammar_value(p, &inner);
        if (!p) return NULL;
        ++*count;
        while (*p == '_') p++;
        if (*p == end) return p + 1;
        if (*p != ',') return NULL;
    }
}

/* Whether the tokens are one document; what is read of it then. */
static void grammar_check(const char *tokens, guard *g) {
    char text[64];
    const char *p = tokens, *behind;
    akolhook_json root, value;
    akolhook_json_iter iter;
    akolhook_text key;
    size_t len = 0;
    int count, seen = 0;

    for (; *p; p++) {
        const char *piece = *p == 's' ? "\"k\"" : *p == '1' ? "-1" : *p == '_' ? " " : NULL;
        if (piece) {
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        } else
            text[len++] = *p;
    }
    behind = grammar_value(tokens, &count);
    while (behind && *behind == '_') behind++;
    CHECK_INT(akolhook_json_parse(akolhook_str_n(guard_copy(g, text, len), len), &root, NULL) == AKOLHOOK_OK,
            behind && !*behind);
    if (!behind || *behind || akolhook_json_begin(root, &iter) != AKOLHOOK_OK) return;

    while (akolhook_json_next(&iter, &key, &value)) {
        seen++;
        CHECK(value.str.len && value.str.ptr[0] != ' ' && value.str.ptr[value.str.len - 1] != ' ');
        CHECK_STATUS(akolhook_json_parse(value.str, &value, NULL), OK);
        CHECK_STR(key.str, root.type == AKOLHOOK_JSON_OBJECT ? "k" : "");
    }
    CHECK_INT(seen, count);
    CHECK_INT(akolhook_json_get(root, root.type == AKOLHOOK_JSON_OBJECT ? "k" : "[0]", &value),
            count ? AKOLHOOK_OK : AKOLHOOK_NOT_FOUND);
    if (count) CHECK_STATUS(akolhook_json_parse(value.str, &value, NULL), OK);
    if (root.type == AKOLHOOK_JSON_ARRAY)
        CHECK_INT(akolhook_json_get(root, "[1]", &value), count > 1 ? AKOLHOOK_OK : AKOLHOOK_NOT_FOUND);
}

/* Every order of four tokens, alone and inside what has begun: a document or none, as the grammar says. */
static void reader_every_order(void) {
    static const char *const around[] = {"", "", "{s:", "}", "{s:", ",s:1}", "[", "]", "[[", ",1]]", "{s:1",
            "", "[1", "", "{s:[", "]}", "[{s:{", "}}]", "{s:s,", "s}", "{s_:_", "_}"};
    static const char tokens[] = "{}[],:s1_";
    guard g = guard_new(64);
    char text[32];
    size_t i;
    int order, rest, len;

    for (i = 0; i < sizeof around / sizeof around[0]; i += 2)
        for (order = 0; order < 10 * 10 * 10 * 10; order++) {
            strcpy(text, around[i]);
            len = (int)strlen(text);
            for (rest = order; rest % 10; rest /= 10) text[len++] = tokens[rest % 10 - 1];
            if (rest) continue; /* a shorter one, which has a number of its own */
            strcpy(text + len, around[i + 1]);
            grammar_check(text, &g);
        }
    guard_free(&g);
}

/* Texts that look like what stands between texts: as keys and as values of neighbours, read as they are. */
static void reader_lookalikes(void) {
    static const char *const likes[] = {
            "", "a", ",", ":", ",a", ":a", "\\\"", "\\\",", "\\\":", "{", "}", "[", "]", "},", "0,"};
    enum { count = sizeof likes / sizeof likes[0] };
    akolhook_json root, value;
    akolhook_json_iter iter;
    akolhook_text key;
    char text[64], quoted[8];
    int order, rest, i;

    for (order = 0; order < count * count * count * count; order++) {
        const char *pieces[4];
        for (rest = order, i = 0; i < 4; i++, rest /= count) pieces[i] = likes[rest % count];
        sprintf(text, "{\"%s\":\"%s\",\"%s\":\"%s\"}", pieces[0], pieces[1], pieces[2], pieces[3]);
        CHECK_STATUS(akolhook_json_parse(akolhook_str_c(text), &root, NULL), OK);
        if (order % 7) continue;
        CHECK_STATUS(akolhook_json_begin(root, &iter), OK);
        for (i = 0; i < 4; i += 2) {
            CHECK_INT(akolhook_json_next(&iter, &key, &value), 1);
            CHECK_STR(key.str, pieces[i]);
            sprintf(quoted, "\"%s\"", pieces[i + 1]);
            CHECK_STR(value.str, quoted);
        }
        CHECK_INT(akolhook_json_next(&iter, &key, &value), 0);
    }
}

/* Each element of a long list by its index, and none behind the last. */
static void path_every_index(void) {
    char text[600] = "[", path[8];
    akolhook_json root, value;
    int64_t number;
    size_t len = 1;
    int i;

    for (i = 0; i < 120; i++) len += (size_t)sprintf(text + len, "%d,", i * 7);
    text[len - 1] = ']';
    CHECK_STATUS(akolhook_json_parse(akolhook_str_n(text, len), &root, NULL), OK);
    for (i = 0; i < 125; i++) {
        sprintf(path, "[%d]", i);
        CHECK_INT(akolhook_json_get(root, path, &value), i < 120 ? AKOLHOOK_OK : AKOLHOOK_NOT_FOUND);
        if (i >= 120) continue;
        CHECK_STATUS(akolhook_json_get_int64(value, &number), OK);
        CHECK_INT(number, i * 7);
    }
}

/* A path takes every byte of a name but those that part it, at its begin and inside, whatever the member
   before it is. */
static void path_every_byte(void) {
    static const char *const before[] = {"", "\"a\":\"b\",", "\"a\":{\"b\":[]},", "\"\\u0061\":1,"};
    char text[80], path[8];
    akolhook_json root, value;
    size_t i, form;
    int c;

    for (c = 1; c < 256; c++)
        for (i = 0; i < sizeof before / sizeof before[0]; i++)
            for (form = 0; form < 3; form++) {
                static const char *const names[] = {"?", "?x", "x?y"};
                char *at;
                if (c < ' ' || c == '"' || c == '\\' || c >= 0x80 || c == '.' || c == '[') continue;
                strcpy(path, names[form]);
                *strchr(path, '?') = (char)c;
                sprintf(text, "{%s\"%s\":7,\"z\":8}", before[i], path);
                if (strcmp(path, "a") == 0 || strcmp(path, "z") == 0) continue;
                CHECK_STATUS(akolhook_json_parse(akolhook_str_c(text), &root, NULL), OK);
                CHECK_STATUS(akolhook_json_get(root, path, &value), OK);
                CHECK_STR(value.str, "7");
                CHECK_STATUS(akolhook_json_get(root, "z", &value), OK);
                CHECK_STR(value.str, "8");
                at = path + strlen(path);
                strcpy(at, ".z");
                CHECK_STATUS(akolhook_json_get(root, path, &value), WRONG_TYPE);
                strcpy(at, "[0]");
                CHECK_STATUS(akolhook_json_get(root, path, &value), WRONG_TYPE);
                strcpy(at, ".");
                CHECK_STATUS(akolhook_json_get(root, path, &value), BAD_PATH);
                strcpy(at, "q");
                CHECK_STATUS(akolhook_json_get(root, path, &value), NOT_FOUND);
            }
}
#endif

int main(void) {
    RUN(statuses);
    RUN(slices);
    RUN(hex);
    RUN(base64);
    RUN(base64_last_digit);
    RUN(times);
    RUN(numbers);
    RUN(writer_output);
    RUN(writer_for_html);
    RUN(writer_misuse);
    RUN(writer_depth);
    RUN(reader_statuses_and_positions);
    RUN(reader_cut_and_changed);
    RUN(every_place);
    RUN(reader_windows);
#if !defined(CHECK_BARE) && !defined(_WIN32)
    RUN(reader_gaps);
    RUN(reader_begins);
    RUN(linear);
#endif
    RUN(reader_depth);
    RUN(reader_paths);
    RUN(reader_lookups);
    RUN(reader_walk_and_types);
    RUN(reader_types);
    RUN(reader_short_values);
    RUN(reader_steps);
    RUN(text_decoding);
    RUN(utf8);
    RUN(writer_base64);
    RUN(decoding_in_place);
    RUN(text_copies);
#ifndef CHECK_BARE
    RUN(text_bounds);
    RUN(base64_every_digit);
    RUN(every_year);
    RUN(time_every_byte);
    RUN(time_every_part);
    RUN(time_ends);
    RUN(utf8_every_first);
    RUN(escapes_every_byte);
    RUN(escapes_every_size);
    RUN(writer_pieces);
    RUN(every_byte);
    RUN(numbers_every_byte);
    RUN(number_ends);
    RUN(writer_numbers);
    RUN(writer_every_order);
    RUN(reader_every_order);
    RUN(reader_lookalikes);
    RUN(path_every_index);
    RUN(path_every_byte);
#endif
    return check_end();
}
