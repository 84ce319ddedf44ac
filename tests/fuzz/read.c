/* What one build of the reader makes of a text: its status, the position of an error, and all values written
   again in one plain form. Compiled once for each set of switches, with its name in BUILD. */
#define AKOLHOOK_STATIC
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"
#include "fuzz.h"

static char *plain_of(akolhook_text text, size_t *len) {
    char *plain = (char *)malloc(text.str.len + 1); /* decoding never makes a text longer */
    FUZZ_CHECK(akolhook_text_decode(text, plain, text.str.len, len) == AKOLHOOK_OK);
    FUZZ_CHECK(akolhook_text_equal(text, akolhook_str_n(plain, *len)));
    return plain;
}

static void write_value(akolhook_json_writer *w, akolhook_json value) {
    akolhook_text text;
    char *plain;
    size_t len;
    if (value.type == AKOLHOOK_JSON_NULL)
        akolhook_json_null(w);
    else if (value.type == AKOLHOOK_JSON_NUMBER)
        akolhook_json_number(w, value.str);
    else if (value.type == AKOLHOOK_JSON_STRING) {
        FUZZ_CHECK(akolhook_json_get_text(value, &text) == AKOLHOOK_OK);
        plain = plain_of(text, &len);
        akolhook_json_string(w, akolhook_str_n(plain, len));
        free(plain);
    } else
        akolhook_json_bool(w, value.type == AKOLHOOK_JSON_TRUE);
}

/* Behind a member or element that was walked to: it is also found by its path, unless a name before it is the
 * same. */
static void find_again(akolhook_json container, akolhook_json value, akolhook_text key, size_t index) {
    akolhook_json found;
    char path[32];
    size_t len, i;
    if (container.type == AKOLHOOK_JSON_ARRAY) {
        sprintf(path, "[%lu]", (unsigned long)index);
        FUZZ_CHECK(akolhook_json_get(container, path, &found) == AKOLHOOK_OK);
        FUZZ_CHECK(found.str.ptr == value.str.ptr && found.str.len == value.str.len);
    } else if (key.str.len > 0 && key.str.len < sizeof path) {
        FUZZ_CHECK(akolhook_text_decode(key, path, sizeof path - 1, &len) == AKOLHOOK_OK);
        path[len] = 0;
        for (i = 0; i < len; i++)
            if (path[i] == 0 || path[i] == '.' || path[i] == '[') return;
        FUZZ_CHECK(
                akolhook_json_get(container, path, &found) == AKOLHOOK_OK && found.str.ptr <= value.str.ptr);
        FUZZ_CHECK(found.str.ptr < value.str.ptr ||
                   (found.str.len == value.str.len && found.type == value.type));
    }
}

static void write_all(akolhook_json_writer *w, akolhook_json value) {
    struct {
        akolhook_json container;
        akolhook_json_iter iter;
        size_t count;
    } stack[AKOLHOOK_MAX_DEPTH];
    akolhook_text key;
    size_t depth = 0;
    for (;;) {
        if (value.type >= AKOLHOOK_JSON_ARRAY) {
            FUZZ_CHECK(depth < AKOLHOOK_MAX_DEPTH &&
                       akolhook_json_begin(value, &stack[depth].iter) == AKOLHOOK_OK);
            stack[depth].container = value;
            stack[depth++].count = 0;
            if (value.type == AKOLHOOK_JSON_OBJECT)
                akolhook_json_object_begin(w);
            else
                akolhook_json_array_begin(w);
        } else
            write_value(w, value);
        while (depth && !akolhook_json_next(&stack[depth - 1].iter, &key, &value)) {
            if (stack[--depth].container.type == AKOLHOOK_JSON_OBJECT)
                akolhook_json_object_end(w);
            else
                akolhook_json_array_end(w);
        }
        if (!depth) return;
        if (stack[depth - 1].count < 40)
            find_again(stack[depth - 1].container, value, key, stack[depth - 1].count);
        stack[depth - 1].count++;
        if (stack[depth - 1].container.type == AKOLHOOK_JSON_OBJECT) {
            size_t len;
            char *plain = plain_of(key, &len);
            akolhook_json_key(w, akolhook_str_n(plain, len));
            free(plain);
        }
    }
}

/* Reads it as a body too: nothing to compare, nothing may crash. */
static void read_body(const void *data, size_t len) {
    akolhook_message msg;
    akolhook_call call;
    akolhook_agent agent;
    akolhook_line line;
    akolhook_text name;
    akolhook_json_iter lines = AKOLHOOK_INIT, names = AKOLHOOK_INIT;
    size_t at;
    if (akolhook_envelope_parse(data, len, &msg, &at) != AKOLHOOK_OK) {
        FUZZ_CHECK(at <= len);
        return;
    }
    if (akolhook_call_parse(&msg, &call) == AKOLHOOK_OK)
        while (akolhook_lines_next(&call.transcript, &lines, &line)) {}
    if (akolhook_agent_parse(&msg, &agent) == AKOLHOOK_OK)
        while (akolhook_names_next(&agent.changes, &names, &name)) {}
}

void BUILD(const void *data, size_t len, reading *r) {
    akolhook_json root;
    akolhook_json_writer w;
    akolhook_status status = akolhook_json_parse(akolhook_str_n(data, len), &root, &r->at);
    FUZZ_CHECK(r->at <= len);
    r->status = (int)status;
    r->too_deep = status == AKOLHOOK_JSON_TOO_DEEP;
    r->len = 0;
    read_body(data, len);
    if (status != AKOLHOOK_OK) {
        FUZZ_CHECK(root.type == AKOLHOOK_JSON_NONE && root.str.len == 0);
        return;
    }
    akolhook_json_init(&w, r->out, sizeof r->out, 0);
    write_all(&w, root);
    FUZZ_CHECK(akolhook_json_finish(&w, &r->len) == AKOLHOOK_OK);
}
