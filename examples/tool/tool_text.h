/* What the tool writes: colours, text from the network made harmless, JSON. */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

static const char *red = "", *green = "", *yellow = "", *dim = "", *bold = "", *plain = "";

/* None in a file or a pipe, with NO_COLOR (no-color.org), on a terminal that has none. */
static void set_colours(void) {
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (!isatty(STDOUT_FILENO) || (no && *no) || (terminal && strcmp(terminal, "dumb") == 0)) return;
    red = "\033[31m";
    green = "\033[32m";
    yellow = "\033[33m";
    dim = "\033[2m";
    bold = "\033[1m";
    plain = "\033[0m";
}

/* ---- text from the network, and names of files ---- */

#define NAME_SHOWN 1024 /* characters of a file's name */

/* The length of the UTF-8 character at p and its number; 0 when it is none. */
static size_t utf8_read(const unsigned char *p, size_t left, uint32_t *number) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0, i;

    if (len == 0 || len > left) return 0;
    *number = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (i = 1; i < len; i++) {
        if (p[i] >> 6 != 2) return 0;
        *number = *number << 6 | (p[i] & 0x3fu);
    }
    return *number < least[len] || *number > 0x10ffff || (*number >= 0xd800 && *number < 0xe000) ? 0 : len;
}

/* Controls, and the characters that turn the direction of text or hide in it. */
static int is_unsafe(uint32_t c) {
    static const uint32_t ranges[][2] = {{0, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
            {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
            {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};
    size_t i;

    for (i = 0; i < COUNT_OF(ranges); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return 1;
    return 0;
}

/* Writes text from the network: what could steer a terminal comes out as \n, \t or \xNN, and what is beyond
   width as "...". */
static void put_safe(FILE *out, akolhook_str text, size_t width) {
    const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
    size_t shown = 0;

    while (p < end) {
        uint32_t c = 0;
        size_t len = utf8_read(p, (size_t)(end - p), &c), i;

        if (shown >= width) {
            fputs("...", out);
            return;
        }
        if (c == '\n' && len)
            shown += (size_t)fprintf(out, "\\n");
        else if (c == '\t' && len)
            shown += (size_t)fprintf(out, "\\t");
        else if (len && !is_unsafe(c))
            shown += fwrite(p, len, 1, out);
        else
            for (i = 0; i < (len ? len : 1); i++) shown += (size_t)fprintf(out, "\\x%02x", p[i]);
        p += len ? len : 1;
    }
}

/* Text of JSON, decoded. */
static void put_text(akolhook_text text, size_t width) {
    static char decoded[AKOLHOOK_MAX_BODY];
    size_t len = 0;
    akolhook_str shown = text.str;

    if (text.escaped && akolhook_text_decode(text, decoded, sizeof decoded, &len) == AKOLHOOK_OK)
        shown = akolhook_str_n(decoded, len);
    put_safe(stdout, shown, width);
}

/* ---- JSON, one object a line ---- */

static int json_members; /* written of the object that is open */

/* \u, for what could steer a terminal; two of them beyond 16 bits (RFC 8259 section 7). */
static void json_escape(uint32_t c) {
    if (c >= 0x10000) {
        printf("\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    printf("\\u%04x", (unsigned)c);
}

static void json_chars(akolhook_str text) {
    const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;

    putchar('"');
    while (p < end) {
        uint32_t c = 0;
        size_t len = utf8_read(p, (size_t)(end - p), &c);

        if (len == 0)
            fputs("\\ufffd", stdout); /* what comes from the network may be no UTF-8 */
        else if (c == '"' || c == '\\')
            printf("\\%c", (int)c);
        else if (is_unsafe(c))
            json_escape(c);
        else
            fwrite(p, 1, len, stdout);
        p += len ? len : 1;
    }
    putchar('"');
}

/* JSON as it came, on one line and harmless: without the blanks around its parts. in_string: it begins within
   a string. */
static void json_as_is_from(akolhook_str json, int in_string) {
    const unsigned char *p = (const unsigned char *)json.ptr, *end = p + json.len;

    while (p < end) {
        uint32_t c = 0;
        size_t len = utf8_read(p, (size_t)(end - p), &c);

        if (len == 0) len = 1;
        if (in_string && c == '\\' && end - p > 1) {
            fwrite(p, 1, 2, stdout);
            p += 2;
            continue;
        }
        if (c == '"') in_string = !in_string;
        if (in_string && is_unsafe(c))
            json_escape(c);
        else if (in_string || !(c == ' ' || c == '\t' || c == '\n' || c == '\r'))
            fwrite(p, 1, len, stdout);
        p += len;
    }
}

/* A name of several words is written in one. */
static void json_name(const char *name) {
    int after_blank = 0;

    fputs(json_members++ ? ",\"" : "{\"", stdout);
    for (; *name; name++) {
        if (*name != ' ') putchar(after_blank ? toupper((unsigned char)*name) : *name);
        after_blank = *name == ' ';
    }
    fputs("\":", stdout);
}

static void json_as_is(const char *name, akolhook_str json) {
    json_name(name);
    json_as_is_from(json, 0);
}

static void json_str(const char *name, akolhook_str text) {
    json_name(name);
    json_chars(text);
}

static void json_text(const char *name, const char *text) { json_str(name, akolhook_str_c(text)); }

static void json_number(const char *name, int64_t number) {
    json_name(name);
    printf("%lld", (long long)number);
}

static void json_count(const char *name, uint64_t count) {
    json_name(name);
    printf("%llu", (unsigned long long)count);
}

static void json_flag(const char *name, int flag) {
    json_name(name);
    fputs(flag ? "true" : "false", stdout);
}

/* null for 0. */
static void json_time(const char *name, int64_t unix_ms) {
    char when[AKOLHOOK_TIME_SIZE] = "";

    if (unix_ms && akolhook_time_format(unix_ms, when) == AKOLHOOK_OK)
        json_text(name, when);
    else {
        json_name(name);
        fputs("null", stdout);
    }
}

/* Text that stands in JSON already, between its quotes. */
static void json_of_text(const char *name, akolhook_text text) {
    json_name(name);
    if (text.escaped) {
        putchar('"');
        json_as_is_from(text.str, 1);
        putchar('"');
    } else {
        json_chars(text.str);
    }
}

static void json_end(void) {
    puts(json_members ? "}" : "{}");
    json_members = 0;
}

#endif
