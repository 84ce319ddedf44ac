p='akolhook.h'; s=open(p).read()
def rep(a,b,n=1):
    global s
    assert s.count(a)==n,(s.count(a),a); s=s.replace(a,b)
rep("""but a decoder
   may write where its text begins. Returns OK,
   BUFFER_TOO_SMALL, and the decoders BAD_HEX or BAD_BASE64. */""","""but a decoder
   may write where its text begins. Returns OK, BUFFER_TOO_SMALL, and the decoders BAD_HEX or BAD_BASE64. */""")
rep("""/* Decodes the escapes into out (a lone surrogate becomes U+FFFD). *len is the length needed.
   Returns OK, BUFFER_TOO_SMALL, JSON_ESCAPE. */""","""/* Decodes the escapes into out (a lone surrogate becomes U+FFFD), which may begin where a text with escapes
   does. *len is the length needed. Returns OK, BUFFER_TOO_SMALL, JSON_ESCAPE. */""")
rep("""AKOLHOOK_API void akolhook_json_text(akolhook_json_writer *w, akolhook_text text);
""","""AKOLHOOK_API void akolhook_json_text(akolhook_json_writer *w, akolhook_text text);
/* Any bytes, as a string in base64. */
AKOLHOOK_API void akolhook_json_base64(akolhook_json_writer *w, const void *data, size_t len);
""")
rep("""static size_t akolhook_i_utf8_write(uint32_t code, char out[4]) {""","""AKOLHOOK_API akolhook_status akolhook_utf8_check(akolhook_str text, size_t *good) {
    const char *start = akolhook_i_start(text), *p = start, *end = start + text.len;
    size_t len = 1;

    while (p < end && (len = akolhook_i_utf8_len(p, end)) != 0 && len <= (size_t)(end - p)) p += len;
    if (good) *good = (size_t)(p - start);
    return p == end ? AKOLHOOK_OK : AKOLHOOK_BAD_UTF8;
}

static size_t akolhook_i_utf8_write(uint32_t code, char out[4]) {""")
i=s.index("AKOLHOOK_API void akolhook_json_text(akolhook_json_writer *w, akolhook_text text) {")
j=s.index("\n}\n",i)+3
s=s[:j]+"""
AKOLHOOK_API void akolhook_json_base64(akolhook_json_writer *w, const void *data, size_t len) {
    char *out;

    if (len > SIZE_MAX / 4 * 3 - 3) akolhook_i_fail(w, AKOLHOOK_OUT_OF_RANGE);
    if (!akolhook_i_value_begin(w)) return;

    akolhook_i_put_char(w, '"');
    out = akolhook_i_room(w, (len + 2) / 3 * 4);
    if (out) akolhook_i_base64_write((const uint8_t *)data, len, out);
    akolhook_i_put_char(w, '"');
}
"""+s[j:]
s=s.replace("    size_t len = 1;\n\n    while (p < end && (len","    size_t len;\n\n    while (p < end && (len")
open(p,'w').write(s)
p='tests/test_text.c'; s=open(p).read()
rep("""static void text_decoding(void) {""","""/* RFC 3629 section 4 row by row: the edges of each range, and what lies beside them. */
static void utf8(void) {
    static const struct { const char *text; size_t len, good; } rows[] = {
        {"", 0, 0}, {"a\\0b", 3, 3}, {"\\x7f", 1, 1}, {"\\xc2\\x80", 2, 2}, {"\\xdf\\xbf", 2, 2}, {"\\xe0\\xa0\\x80", 3, 3},
        {"\\xed\\x9f\\xbf", 3, 3}, {"\\xee\\x80\\x80", 3, 3}, {"\\xf0\\x90\\x80\\x80", 4, 4}, {"\\xf4\\x8f\\xbf\\xbf", 4, 4},
        {"ab\\x80", 3, 2}, {"\\xc1\\xbf", 2, 0}, {"\\xe0\\x9f\\xbf", 3, 0}, {"\\xed\\xa0\\x80", 3, 0},
        {"\\xf0\\x8f\\xbf\\xbf", 4, 0}, {"\\xf4\\x90\\x80\\x80", 4, 0}, {"\\xf5\\x80\\x80\\x80", 4, 0}, {"\\xff", 1, 0},
        {"\\xc3\\xa9\\xc3", 3, 2}, {"x\\xe2\\x82", 3, 1}, {"x\\xf0\\x9f\\x98", 4, 1}, {"\\xc3\\xa9\\xc3\\x41", 4, 2},
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
    static const char want[] = "[\\"\\",\\"Zg==\\",\\"Zm8=\\",\\"Zm9v\\",\\"Zm9vYg==\\",\\"Zm9vYmE=\\",\\"Zm9vYmFy\\"]";
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
}

/* A decoder may write where its text begins. */
static void decoding_in_place(void) {
    char hex_text[] = "00ff41", base64_text[] = "Zm9vYmE=", json[] = "a\\\\u00e9\\\\\\"\\\\ud83d\\\\ude00z";
    akolhook_text text;
    size_t len;
    CHECK_STATUS(akolhook_hex_decode(akolhook_str_c(hex_text), hex_text, 3, &len), OK);
    CHECK_MEM(hex_text, len, "\\0\\xff" "A", 3);
    CHECK_STATUS(akolhook_base64_decode(akolhook_str_c(base64_text), base64_text, 5, &len), OK);
    CHECK_MEM(base64_text, len, "fooba", 5);
    text = akolhook_text_c(json);
    text.escaped = 1;
    CHECK_STATUS(akolhook_text_decode(text, json, sizeof json, &len), OK);
    CHECK_MEM(json, len, "a\\xc3\\xa9\\"\\xf0\\x9f\\x98\\x80z", 9);
}

static void text_decoding(void) {""")
rep("""    RUN(text_decoding);
""","""    RUN(text_decoding);
    RUN(utf8);
    RUN(writer_base64);
    RUN(decoding_in_place);
""")
open(p,'w').write(s)
