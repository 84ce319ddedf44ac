p='examples/stores/akolhook_journal.h'; s=open(p).read()
def rep(a,b,n=1):
    global s
    assert s.count(a)==n,(s.count(a),a); s=s.replace(a,b)
rep("""        char c = id[i];
        if (!akolhook_i_is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) return 0;
""","""        char c = id[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) return 0;
""")
rep("""    uint8_t bytes[24];
    int good = memchr(secret, 0, AKOLHOOK_SECRET_SIZE) == secret + AKOLHOOK_SECRET_SIZE - 1 &&
               memcmp(secret, "whsec_", 6) == 0 &&
               akolhook_i_base64_read(secret + 6, AKOLHOOK_SECRET_SIZE - 7, bytes);
    akolhook_wipe(bytes, sizeof bytes);
    return good;
""","""    uint8_t bytes[24];
    size_t len = 0;
    int good = memchr(secret, 0, AKOLHOOK_SECRET_SIZE) == secret + AKOLHOOK_SECRET_SIZE - 1 &&
               memcmp(secret, "whsec_", 6) == 0 &&
               akolhook_base64_decode(akolhook_str_n(secret + 6, AKOLHOOK_SECRET_SIZE - 7), bytes,
                       sizeof bytes, &len) == AKOLHOOK_OK &&
               len == sizeof bytes;

    akolhook_wipe(bytes, sizeof bytes);
    return good;
""")
rep("""    const char *p = s.ptr, *end = s.len ? p + s.len : p;
    size_t cost = s.len, len;
    for (; p < end; p += len) {
        if ((len = akolhook_i_utf8_len(p, end)) == 0 || len > (size_t)(end - p)) return SIZE_MAX;
        if (*p == '"' || *p == '\\\\')
            cost++;
        else if ((uint8_t)*p < 0x20)
            cost += 5;
    }
    return cost;
""","""    size_t cost = s.len, i;

    if (akolhook_utf8_check(s, NULL) != AKOLHOOK_OK) return SIZE_MAX;
    for (i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\\\')
            cost++;
        else if ((uint8_t)s.ptr[i] < 0x20)
            cost += 5; /* as \\u00xx */
    }
    return cost;
""")
rep("""    size_t digits = (s.len + 2) / 3 * 4;
    char *out;
    if (akolhook_journal_i_text_cost(s) <= digits) {
        akolhook_json_string(w, s);
        return;
    }
    akolhook_json_object_begin(w);
    akolhook_json_key(w, akolhook_str_c("base64"));
    if (akolhook_i_value_begin(w)) {
        akolhook_i_put_char(w, '"');
        out = akolhook_i_room(w, digits);
        if (out) akolhook_i_base64_write((const uint8_t *)s.ptr, s.len, out);
        akolhook_i_put_char(w, '"');
    }
    akolhook_json_object_end(w);
""","""    const size_t digits = (s.len + 2) / 3 * 4;

    if (akolhook_journal_i_text_cost(s) <= digits) {
        akolhook_json_string(w, s);
        return;
    }

    akolhook_json_object_begin(w);
    akolhook_json_key(w, akolhook_str_c("base64"));
    akolhook_json_base64(w, s.ptr, s.len);
    akolhook_json_object_end(w);
""")
rep("""    uint8_t digest[32];
    if (j->writer.status != AKOLHOOK_OK || len + AKOLHOOK_JOURNAL_I_CHECK_LEN + 1 > j->writer.cap) return 0;
    akolhook_journal_i_line_digest(j->tape.salt, line, len, digest);
    if (j->tape.line == 1) memcpy(j->tape.salt, digest, sizeof j->tape.salt);
    memcpy(line + len, ",\\"check\\":\\"", 10);
    akolhook_i_hex_write(digest, 16, line + len + 10);
    memcpy(line + len + 42, "\\"}\\n", 3);
    j->used""","""    uint8_t digest[32];

    if (j->writer.status != AKOLHOOK_OK || len + AKOLHOOK_JOURNAL_I_CHECK_LEN + 1 > j->writer.cap) return 0;
    akolhook_journal_i_line_digest(j->tape.salt, line, len, digest);
    if (j->tape.line == 1) memcpy(j->tape.salt, digest, sizeof j->tape.salt);

    akolhook_journal_i_check_text(digest, line + len);
    line[len + AKOLHOOK_JOURNAL_I_CHECK_LEN] = '\\n';
    j->used""")
old="""/* The check that a line should have, in hex behind ,"check":" */
static void akolhook_journal_i_check_text(
        const uint8_t digest[32], char check[AKOLHOOK_JOURNAL_I_CHECK_LEN]) {
    memcpy(check, ",\\"check\\":\\"", 10);
    akolhook_i_hex_write(digest, 16, check + 10);
    memcpy(check + 42, "\\"}", 2);
}
"""
rep(old,"")
rep("""static int akolhook_journal_i_line_end(akolhook_journal *j) {""","""/* The end of a line: half of its digest in hex, behind ,"check":" */
static void akolhook_journal_i_check_text(
        const uint8_t digest[32], char check[AKOLHOOK_JOURNAL_I_CHECK_LEN]) {
    size_t len;

    memcpy(check, ",\\"check\\":\\"", 10);
    (void)!akolhook_hex_encode(digest, 16, check + 10, 32, &len);
    memcpy(check + 42, "\\"}", 2);
}
static int akolhook_journal_i_line_end(akolhook_journal *j) {""")
rep("""    char text[44];
    akolhook_i_base64_write(key, 32, text);
    akolhook_json_add_string(&j->writer, akolhook_journal_i_field_names[AKOLHOOK_JOURNAL_I_F_KEY],
            akolhook_str_n(text, sizeof text));
""","""    akolhook_journal_i_line_key(j, AKOLHOOK_JOURNAL_I_F_KEY);
    akolhook_json_base64(&j->writer, key, 32);
""")
rep("""    const char *from, *end;
    char *to, step[4];
    size_t len = 0, n;
""","""    char *to;
    size_t len = 0;
""")
rep("""    to = l->base + (text.str.ptr - l->base);
    if (is_base64 && akolhook_base64_decode(text.str, to, text.str.len, &len) != AKOLHOOK_OK) l->is_bad = 1;
    from = text.str.ptr;
    for (end = from + text.str.len; !is_base64 && from < end; len += n) {
        n = akolhook_i_text_step(&from, end, step);
        memcpy(to + len, step, n);
    }
    return""","""
    to = l->base + (text.str.ptr - l->base);
    if ((is_base64 ? akolhook_base64_decode(text.str, to, text.str.len, &len)
                   : akolhook_text_decode(text, to, text.str.len, &len)) != AKOLHOOK_OK)
        l->is_bad = 1;
    return""")
open(p,'w').write(s)
