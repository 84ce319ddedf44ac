/* roundtrip.c: documents for roundtrip.mjs and roundtrip.py, which judge them; each ends with a NUL.

   roundtrip generate COUNT SEED    writes documents through the writer
   roundtrip rewrite                reads documents and writes each again: every value read, its text
                                    decoded, and written anew */
#define AKOLHOOK_STATIC
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <stdio.h>
#include <stdlib.h>

static uint32_t seed;
static uint32_t draw(uint32_t below) { /* xorshift32 */
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (seed >> 8) % below;
}

static char plain[1 << 20], out[1 << 20];

/* A text of up to 40 characters, from all of Unicode. */
static akolhook_str text_of(char *buf) {
    static const uint32_t ends[] = {0x20, 0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000};
    static const char special[] = "\"\\/<>\x7f";
    size_t len = 0;
    unsigned count = draw(4) ? draw(12) : draw(41);
    while (count--) {
        uint32_t c = draw(ends[draw(7)]);
        if (draw(8) == 0) c = (uint8_t)special[draw(6)];
        if (draw(64) == 0) c = 0x2028 + draw(2);
        if (c < 0x80)
            buf[len++] = (char)c;
        else if (c < 0x800) {
            buf[len++] = (char)(0xc0 | c >> 6);
            buf[len++] = (char)(0x80 | (c & 63));
        } else if (c >= 0xd800 && c < 0xe000)
            continue;
        else {
            if (c < 0x10000)
                buf[len++] = (char)(0xe0 | c >> 12);
            else {
                buf[len++] = (char)(0xf0 | c >> 18);
                buf[len++] = (char)(0x80 | (c >> 12 & 63));
            }
            buf[len++] = (char)(0x80 | (c >> 6 & 63));
            buf[len++] = (char)(0x80 | (c & 63));
        }
    }
    return akolhook_str_n(buf, len);
}

/* Numbers have one form in every language: integers below 2^53, and 0.001 to 999.999 without a zero at the
 * end. */
static void scalar(akolhook_json_writer *w) {
    static const char *const verbatim[] = {"0.5", "-1.25", "123456.789", "9007199254740991"};
    switch (draw(8)) {
    case 0: akolhook_json_null(w); break;
    case 1: akolhook_json_bool(w, (int)draw(2)); break;
    case 2: akolhook_json_int64(w, (int64_t)draw(2000) - 1000); break;
    case 3:
        akolhook_json_int64(w, ((int64_t)draw(1 << 22) << 21 | draw(1 << 21)) * (draw(2) ? 1 : -1));
        break;
    case 4:
        akolhook_json_decimal(
                w, ((int64_t)draw(99999) * 10 + 1 + draw(9)) * (draw(2) ? 1 : -1), 1 + (int32_t)draw(3));
        break;
    case 5: akolhook_json_number(w, akolhook_str_c(verbatim[draw(4)])); break;
    default: akolhook_json_string(w, text_of(plain)); break;
    }
}

static void generate_value(akolhook_json_writer *w, unsigned depth) {
    const uint32_t kind = draw(depth ? 6 : 3);
    uint32_t i, count = draw(7);
    if (depth == 8 || kind > 2) {
        scalar(w);
        return;
    }
    if (kind == 2) {
        akolhook_json_array_begin(w);
        for (i = 0; i < count; i++) generate_value(w, depth + 1);
        akolhook_json_array_end(w);
        return;
    }
    akolhook_json_object_begin(w);
    for (i = 0; i < count; i++) { /* no two keys alike, and none that looks like an index */
        akolhook_str key = text_of(plain + 2);
        plain[0] = 'k';
        plain[1] = (char)('0' + i);
        akolhook_json_key(w, akolhook_str_n(plain, key.len + 2));
        generate_value(w, depth + 1);
    }
    akolhook_json_object_end(w);
}

static akolhook_str decoded(akolhook_text text) {
    size_t len = 0;
    if (akolhook_text_decode(text, plain, sizeof plain, &len) != AKOLHOOK_OK) exit(2);
    return akolhook_str_n(plain, len);
}

static void rewrite_value(akolhook_json_writer *w, akolhook_json value) {
    akolhook_json_iter iter;
    akolhook_json element;
    akolhook_text text;
    if (value.type == AKOLHOOK_JSON_NULL)
        akolhook_json_null(w);
    else if (value.type == AKOLHOOK_JSON_NUMBER)
        akolhook_json_number(w, value.str);
    else if (akolhook_json_get_text(value, &text) == AKOLHOOK_OK)
        akolhook_json_string(w, decoded(text));
    else if (akolhook_json_begin(value, &iter) == AKOLHOOK_OK) {
        if (value.type == AKOLHOOK_JSON_OBJECT)
            akolhook_json_object_begin(w);
        else
            akolhook_json_array_begin(w);
        while (akolhook_json_next(&iter, &text, &element)) {
            if (value.type == AKOLHOOK_JSON_OBJECT) akolhook_json_key(w, decoded(text));
            rewrite_value(w, element);
        }
        if (value.type == AKOLHOOK_JSON_OBJECT)
            akolhook_json_object_end(w);
        else
            akolhook_json_array_end(w);
    } else
        akolhook_json_bool(w, value.type == AKOLHOOK_JSON_TRUE);
}

/* What cannot be read or written comes out as the name of its status. */
static void finish(akolhook_json_writer *w, akolhook_status status) {
    size_t len = 0;
    if (status == AKOLHOOK_OK) status = akolhook_json_finish(w, &len);
    if (status == AKOLHOOK_OK)
        fwrite(out, 1, len, stdout);
    else
        fputs(akolhook_status_name(status), stdout);
    putchar(0);
}

int main(int argc, char **argv) {
    akolhook_json_writer w;
    if (argc == 4 && strcmp(argv[1], "generate") == 0) {
        long count = atol(argv[2]);
        for (seed = (uint32_t)atol(argv[3]) | 1u; count > 0; count--) {
            akolhook_json_init(&w, out, sizeof out, 0);
            generate_value(&w, 0);
            finish(&w, AKOLHOOK_OK);
        }
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "rewrite") == 0) {
        static char text[1 << 20];
        size_t len = 0;
        int c;
        while ((c = getchar()) != EOF) {
            akolhook_json root;
            akolhook_status status;
            if (c != 0) {
                if (len == sizeof text) return 2;
                text[len++] = (char)c;
                continue;
            }
            status = akolhook_json_parse(akolhook_str_n(text, len), &root, NULL);
            akolhook_json_init(&w, out, sizeof out, 0);
            if (status == AKOLHOOK_OK) rewrite_value(&w, root);
            finish(&w, status);
            len = 0;
        }
        return 0;
    }
    fprintf(stderr, "roundtrip generate COUNT SEED, or roundtrip rewrite\n");
    return 2;
}
