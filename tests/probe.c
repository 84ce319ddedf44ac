/* The pure layers as a command: one sub-command for each thing that can be asked of them from outside, input
   on stdin. Exit status: 0 accepted, 1 refused, 2 incomplete or a limit, 3 a limit of the response parser, 99
   no such sub-command.
   Build: make probe */
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "guard.h"
#include <stdio.h>
#include <stdlib.h>

#define USAGE 99

typedef struct bytes {
    unsigned char *ptr;
    size_t len;
} bytes;

static void *take(void *old, size_t len) {
    void *p = realloc(old, len ? len : 1);
    if (p == NULL) {
        fputs("out of memory\n", stderr);
        exit(USAGE);
    }
    return p;
}

/* All of stdin, ending where a page without access begins: a read past its end is a crash. */
static bytes read_all(guard *g) {
    bytes b = {NULL, 0}, copy;
    size_t cap = 0, got;
    do {
        if (b.len == cap) {
            cap = cap ? cap * 2 : 65536;
            b.ptr = (unsigned char *)take(b.ptr, cap);
        }
        got = fread(b.ptr + b.len, 1, cap - b.len, stdin);
        b.len += got;
    } while (got > 0);
    *g = guard_new(b.len);
    copy.ptr = (unsigned char *)guard_copy(g, b.ptr, b.len);
    copy.len = b.len;
    free(b.ptr);
    return copy;
}

/* An argument in hex; ends the program when it is none. */
static bytes unhex(const char *text) {
    bytes b;
    b.ptr = (unsigned char *)take(NULL, strlen(text) / 2);
    if (akolhook_hex_decode(akolhook_str_c(text), b.ptr, strlen(text) / 2, &b.len) == AKOLHOOK_OK) return b;
    fputs("an argument is not hex\n", stderr);
    exit(USAGE);
}

static akolhook_str str(bytes b) { return akolhook_str_n(b.ptr, b.len); }

static int print(const void *data, size_t len) {
    return (len == 0 || fwrite(data, 1, len, stdout) == len) && fflush(stdout) == 0 ? 0 : USAGE;
}

static int print_hex(const void *data, size_t len) {
    const unsigned char *p = (const unsigned char *)data;
    size_t i;
    for (i = 0; i < len; i++) printf("%02x", p[i]);
    return print("\n", 1);
}

/* ---- hash and codecs ---- */

static int do_sha256(bytes in, unsigned long long count) {
    akolhook_sha256 h;
    uint8_t digest[32];
    akolhook_sha256_init(&h);
    while (count-- > 0) akolhook_sha256_update(&h, in.ptr, in.len);
    akolhook_sha256_final(&h, digest);
    return print_hex(digest, sizeof digest);
}

static int do_hmac(const char *key_hex, bytes in) {
    bytes secret = unhex(key_hex);
    akolhook_key key;
    akolhook_hmac m;
    uint8_t mac[32];
    akolhook_key_init(&key, secret.ptr, secret.len);
    akolhook_hmac_init(&m, &key);
    akolhook_hmac_update(&m, in.ptr, in.len);
    akolhook_hmac_final(&m, mac);
    free(secret.ptr);
    return print_hex(mac, sizeof mac);
}

/* Asks for the need first, then gives exactly that. */
static int do_codec(const char *what, bytes in) {
    akolhook_status st = AKOLHOOK_OK;
    unsigned char *out = NULL;
    size_t cap = 0, len = 0;
    int round, rc = 1;
    for (round = 0; round < 2; round++) {
        if (!strcmp(what, "hexenc"))
            st = akolhook_hex_encode(in.ptr, in.len, (char *)out, cap, &len);
        else if (!strcmp(what, "hexdec"))
            st = akolhook_hex_decode(str(in), out, cap, &len);
        else if (!strcmp(what, "b64enc"))
            st = akolhook_base64_encode(in.ptr, in.len, (char *)out, cap, &len);
        else
            st = akolhook_base64_decode(str(in), out, cap, &len);
        if (st != AKOLHOOK_BUFFER_TOO_SMALL || round == 1) break;
        cap = len;
        out = (unsigned char *)take(NULL, cap);
    }
    if (st == AKOLHOOK_OK) rc = print(out, len);
    free(out);
    return rc;
}

/* ---- JSON ---- */

static int json_exit(akolhook_status st) {
    return st == AKOLHOOK_OK ? 0 : st == AKOLHOOK_JSON_TOO_DEEP ? 2 : 1;
}

/* A key goes out as plain text, so its escapes are decoded first. A key left out makes the writer fail. */
static void write_key(akolhook_json_writer *w, akolhook_text key) {
    char *plain = (char *)take(NULL, key.str.len);
    size_t len;
    if (akolhook_text_decode(key, plain, key.str.len, &len) == AKOLHOOK_OK)
        akolhook_json_key(w, akolhook_str_n(plain, len));
    free(plain);
}

static void write_scalar(akolhook_json_writer *w, akolhook_json value) {
    akolhook_text text;
    if (value.type == AKOLHOOK_JSON_NULL)
        akolhook_json_null(w);
    else if (value.type == AKOLHOOK_JSON_NUMBER)
        akolhook_json_number(w, value.str);
    else if (value.type == AKOLHOOK_JSON_STRING && akolhook_json_get_text(value, &text) == AKOLHOOK_OK)
        akolhook_json_text(w, text);
    else
        akolhook_json_bool(w, value.type == AKOLHOOK_JSON_TRUE);
}

/* Walks a checked value and writes it again. */
static akolhook_status rewrite(akolhook_json value, char *out, size_t cap, size_t *len) {
    struct {
        akolhook_json_iter iter;
        int object;
    } stack[AKOLHOOK_MAX_DEPTH];
    size_t depth = 0;
    akolhook_text key;
    akolhook_json_writer w;
    akolhook_json_init(&w, out, cap, 0);
    for (;;) {
        if (value.type == AKOLHOOK_JSON_OBJECT || value.type == AKOLHOOK_JSON_ARRAY) {
            if (depth == AKOLHOOK_MAX_DEPTH || akolhook_json_begin(value, &stack[depth].iter) != AKOLHOOK_OK)
                return AKOLHOOK_JSON_TOO_DEEP;
            stack[depth].object = value.type == AKOLHOOK_JSON_OBJECT;
            if (stack[depth++].object)
                akolhook_json_object_begin(&w);
            else
                akolhook_json_array_begin(&w);
        } else
            write_scalar(&w, value);
        while (depth > 0 && !akolhook_json_next(&stack[depth - 1].iter, &key, &value)) {
            if (stack[--depth].object)
                akolhook_json_object_end(&w);
            else
                akolhook_json_array_end(&w);
        }
        if (depth == 0) return akolhook_json_finish(&w, len);
        if (stack[depth - 1].object) write_key(&w, key);
    }
}

static int do_json_min(akolhook_json value) {
    char *out;
    size_t need = 0, len = 0;
    int rc = 1;
    if (rewrite(value, NULL, 0, &need) != AKOLHOOK_BUFFER_TOO_SMALL) return 1;
    out = (char *)take(NULL, need);
    if (rewrite(value, out, need, &len) == AKOLHOOK_OK && len == need) rc = print(out, len);
    free(out);
    return rc;
}

static int do_json_num(akolhook_json value) {
    char *text;
    double number;
    uint64_t bits;
    int64_t integer;
    if (value.type != AKOLHOOK_JSON_NUMBER) return 1;
    text = (char *)take(NULL, value.str.len + 1);
    memcpy(text, value.str.ptr, value.str.len);
    text[value.str.len] = 0;
    number = strtod(text, NULL);
    free(text);
    if (number > 1.7976931348623157e308 || number < -1.7976931348623157e308) return 2;
    memcpy(&bits, &number, sizeof bits);
    printf("%016llx", (unsigned long long)bits);
    if (akolhook_number_int64(value.str, &integer) == AKOLHOOK_OK) printf(" %lld", (long long)integer);
    return print("\n", 1);
}

static int do_json_str(akolhook_json value) {
    akolhook_text text;
    char *out;
    size_t len;
    int rc = 1;
    if (akolhook_json_get_text(value, &text) != AKOLHOOK_OK) return 1;
    out = (char *)take(NULL, text.str.len);
    if (akolhook_text_decode(text, out, text.str.len, &len) == AKOLHOOK_OK) rc = print(out, len);
    free(out);
    return rc;
}

static int do_json(const char *what, bytes in) {
    akolhook_json value;
    int rc = json_exit(akolhook_json_parse(str(in), &value, NULL));
    if (rc != 0 || !strcmp(what, "json")) return rc;
    if (!strcmp(what, "json-min")) return do_json_min(value);
    if (!strcmp(what, "json-num")) return do_json_num(value);
    return do_json_str(value);
}

static int do_quote(bytes in) {
    akolhook_json_writer w;
    char *out = NULL;
    size_t cap = 0, len = 0;
    int round, rc = 1;
    for (round = 0; round < 2; round++) {
        akolhook_status st;
        akolhook_json_init(&w, out, cap, 0);
        akolhook_json_string(&w, str(in));
        st = akolhook_json_finish(&w, &len);
        if (st == AKOLHOOK_OK) rc = print(out, len);
        if (st != AKOLHOOK_BUFFER_TOO_SMALL) break;
        cap = len;
        out = (char *)take(out, cap);
    }
    free(out);
    return rc;
}

/* The C library prints, the writer's number check lets it through. */
static int do_dbl(const char *bits_hex) {
    uint64_t bits = (uint64_t)strtoull(bits_hex, NULL, 16);
    akolhook_json_writer w;
    char text[40], out[40];
    double number;
    size_t len;
    memcpy(&number, &bits, sizeof number);
    sprintf(text, "%.17g", number);
    akolhook_json_init(&w, out, sizeof out, 0);
    akolhook_json_number(&w, akolhook_str_c(text));
    return akolhook_json_finish(&w, &len) == AKOLHOOK_OK ? print(out, len) : 1;
}

/* ---- URLs and addresses ---- */

static void field(const char *name, akolhook_str value) {
    printf("%s=", name);
    if (value.len) fwrite(value.ptr, 1, value.len, stdout);
    putchar('\n');
}

static int do_url(bytes in) {
    akolhook_url url;
    if (akolhook_url_parse(str(in), AKOLHOOK_ALLOW_HTTP, &url) != AKOLHOOK_OK) return 1;
    printf("scheme=%s\nhost=%s%.*s%s\nport=%u\n", url.https ? "https" : "http",
            url.host_type == AKOLHOOK_HOST_IPV6 ? "[" : "", (int)url.host.len, url.host.ptr,
            url.host_type == AKOLHOOK_HOST_IPV6 ? "]" : "", (unsigned)url.port);
    field("path", url.path);
    field("query", url.query);
    return print("", 0);
}

static int do_check_url(bytes in) {
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_url url;
    policy.flags = AKOLHOOK_ALLOW_HTTP;
    if (akolhook_url_parse(str(in), AKOLHOOK_ALLOW_HTTP, &url) != AKOLHOOK_OK) return 1;
    return akolhook_policy_url(&policy, &url) == AKOLHOOK_OK ? 0 : 1;
}

static int do_ip(bytes in) {
    akolhook_addr addr;
    if (akolhook_addr_parse(str(in), &addr) != AKOLHOOK_OK) return 1;
    return print_hex(addr.bytes, addr.family == 4 ? 4 : 16);
}

static int print_verdict(akolhook_status st) {
    return puts(st == AKOLHOOK_OK ? "allow" : "block") < 0 ? USAGE : 0;
}

static int do_addr(const char *hex) {
    akolhook_addr addr = AKOLHOOK_INIT;
    bytes raw = unhex(hex);
    if (raw.len != 4 && raw.len != 16) {
        free(raw.ptr);
        return USAGE;
    }
    addr.family = raw.len == 4 ? 4 : 6;
    memcpy(addr.bytes, raw.ptr, raw.len);
    free(raw.ptr);
    return print_verdict(akolhook_policy_addr(NULL, &addr));
}

/* ---- HTTP responses ---- */

static int response_exit(akolhook_status st) {
    return st == AKOLHOOK_BAD_RESPONSE ? 1 : st == AKOLHOOK_RESPONSE_CUT ? 2 : 3;
}

static int do_response(const char *method, size_t piece, bytes in) {
    akolhook_response r;
    bytes body;
    size_t at = 0, used;
    akolhook_status st = AKOLHOOK_OK;
    body.ptr = (unsigned char *)take(NULL, in.len);
    body.len = 0;
    akolhook_response_init(&r, !strcmp(method, "HEAD"));
    while (at < in.len && !r.done && st == AKOLHOOK_OK) {
        size_t len = piece && piece < in.len - at ? piece : in.len - at, fed = 0;
        unsigned char *copy =
                (unsigned char *)take(NULL, len); /* its own block, so that a read past the piece is seen */
        memcpy(copy, in.ptr + at, len);
        while (fed < len && !r.done && st == AKOLHOOK_OK) {
            akolhook_str content = AKOLHOOK_INIT;
            st = akolhook_response_feed(&r, copy + fed, len - fed, &used, &content);
            if (st != AKOLHOOK_OK) break;
            if (content.len) memcpy(body.ptr + body.len, content.ptr, content.len);
            body.len += content.len;
            fed += used;
        }
        free(copy);
        at += fed;
    }
    if (st == AKOLHOOK_OK && !r.done) st = akolhook_response_end(&r);
    if (st != AKOLHOOK_OK) {
        free(body.ptr);
        return response_exit(st);
    }
    printf("status=%d interim=%u keepalive=%d leftover=%lu body=%lu\n", r.code, r.interim, r.keep_alive != 0,
            (unsigned long)(in.len - at), (unsigned long)body.len);
    st = print(body.ptr, body.len) == 0 ? AKOLHOOK_OK : AKOLHOOK_INVALID_ARGUMENT;
    free(body.ptr);
    return st == AKOLHOOK_OK ? 0 : USAGE;
}

/* ---- signatures ---- */

static unsigned scheme_of(const char *name) {
    return !strcmp(name, "akol") ? AKOLHOOK_SCHEME_AKOL : !strcmp(name, "std") ? AKOLHOOK_SCHEME_STANDARD : 0;
}

/* The key of a secret. Under Akol's scheme any text but the empty one is a key, also one that a receiver
   refuses as pasted badly (blanks at its ends). */
static akolhook_status secret_key(const char *secret, unsigned scheme, akolhook_key *key) {
    akolhook_status st = akolhook_secret_key(akolhook_str_c(secret), scheme, key);
    if (st != AKOLHOOK_SECRET_BLANK || scheme != AKOLHOOK_SCHEME_AKOL) return st;
    akolhook_key_init(key, secret, strlen(secret));
    return AKOLHOOK_OK;
}

static int do_sign(char **arg, bytes body) {
    unsigned scheme = scheme_of(arg[0]);
    char value[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_status st;
    akolhook_key key;
    if (!scheme) return USAGE;
    if (secret_key(arg[1], scheme, &key) != AKOLHOOK_OK) return 1;
    if (scheme == AKOLHOOK_SCHEME_AKOL)
        st = akolhook_sign_akol(&key, body.ptr, body.len, value);
    else
        st = akolhook_sign_standard(
                &key, akolhook_str_c(arg[2]), strtoll(arg[3], NULL, 10), body.ptr, body.len, value);
    return st == AKOLHOOK_OK && puts(value) >= 0 ? 0 : 1;
}

/* arg: SCHEME SECRET NOW NAME=HEXVALUE... */
static int do_verify(int count, char **arg, bytes body) {
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status added;
    akolhook_key key;
    bytes *values;
    int i, bad = 0;
    receiver.schemes = scheme_of(arg[0]);
    if (!receiver.schemes) return USAGE;
    added = akolhook_receiver_add_secret_str(&receiver, akolhook_str_c(arg[1]));
    if (added != AKOLHOOK_OK && secret_key(arg[1], receiver.schemes, &key) != AKOLHOOK_OK) return 1;
    values = (bytes *)take(NULL, (size_t)count * sizeof *values);
    for (i = 3; i < count; i++) {
        const char *equals = strchr(arg[i], '=');
        size_t name_len = equals ? (size_t)(equals - arg[i]) : strlen(arg[i]);
        values[i] = unhex(equals ? equals + 1 : "");
        bad |= akolhook_incoming_header(&in, arg[i], name_len, (char *)values[i].ptr, values[i].len) !=
               AKOLHOOK_OK;
    }
    if (added == AKOLHOOK_OK)
        bad |= akolhook_authenticate(&receiver, &in, body.ptr, body.len, strtoll(arg[2], NULL, 10), &msg) !=
               AKOLHOOK_OK;
    else
        bad |= akolhook_verify_key(&key, in.signature, body.ptr, body.len) != AKOLHOOK_OK;
    for (i = 3; i < count; i++) free(values[i].ptr);
    free(values);
    return bad;
}

static int run(int argc, char **argv, bytes in) {
    const char *what = argv[1];
    if (argc == 2) {
        if (!strcmp(what, "sha256")) return do_sha256(in, 1);
        if (!strcmp(what, "b64enc") || !strcmp(what, "b64dec") || !strcmp(what, "hexenc") ||
                !strcmp(what, "hexdec"))
            return do_codec(what, in);
        if (!strcmp(what, "json") || !strcmp(what, "json-min") || !strcmp(what, "json-num") ||
                !strcmp(what, "json-str"))
            return do_json(what, in);
        if (!strcmp(what, "quote")) return do_quote(in);
        if (!strcmp(what, "url")) return do_url(in);
        if (!strcmp(what, "check-url")) return do_check_url(in);
        if (!strcmp(what, "ip")) return do_ip(in);
    }
    if (!strcmp(what, "sha256-repeat") && argc == 3) return do_sha256(in, strtoull(argv[2], NULL, 10));
    if (!strcmp(what, "hmac") && argc == 3) return do_hmac(argv[2], in);
    if (!strcmp(what, "response") && argc == 4)
        return do_response(argv[2], (size_t)strtoul(argv[3], NULL, 10), in);
    if (!strcmp(what, "sign") && argc == 6) return do_sign(argv + 2, in);
    if (!strcmp(what, "verify") && argc >= 5) return do_verify(argc - 2, argv + 2, in);
    return USAGE;
}

int main(int argc, char **argv) {
    bytes in;
    guard g;
    int rc;
    if (argc == 3 && !strcmp(argv[1], "dbl")) return do_dbl(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "addr")) return do_addr(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "name"))
        return print_verdict(akolhook_policy_name(NULL, akolhook_str_c(argv[2])));
    if (argc < 2) {
        fputs("usage: probe SUB-COMMAND [ARGUMENT...] < input\n", stderr);
        return USAGE;
    }
    in = read_all(&g);
    rc = run(argc, argv, in);
    guard_free(&g);
    return rc;
}
