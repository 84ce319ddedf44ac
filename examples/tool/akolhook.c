/* akolhook - Akol's webhooks from the command line: list, sample, sign, verify, explain, listen, trigger, and
   a sender (hub)

   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls \
      -o build/akolhook examples/tool/akolhook.c -pthread
   and for https: the same with -DAKOLHOOK_EXAMPLE_OPENSSL ... -lssl -lcrypto
   and for a hub in SQLite: with -DAKOLHOOK_EXAMPLE_SQLITE ... -lsqlite3

   Exit status: 0 yes, 1 no, 2 wrong usage. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#include "../receivers/listen.h"
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include "listen_openssl.h"
#endif
#ifdef AKOLHOOK_EXAMPLE_SQLITE
#define AKOLHOOK_SQLITE_IMPLEMENTATION
#include "akolhook_sqlite.h"
#endif

#include <ctype.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { YES = 0, NO = 1, USAGE = 2 };

/* ---- options ---- */

#define MAX_ARGS 4
#define MAX_LIST 16

typedef struct list {
    const char *items[MAX_LIST];
    int count;
} list;

typedef struct options {
    const char *command;
    unsigned bit;
    const char *args[MAX_ARGS];
    int arg_count;
    list secrets, headers, networks;
    const char *tls[2];
    const char *signature, *id, *timestamp, *time, *now, *business, *webhook, *address, *ca;
    const char *store, *name, *url, *events, *key, *since, *until, *failed_since, *cursor;
    const char *message, *delivery, *state, *code, *older_than;
    int64_t port, count, max_body, timeout, limit, attempts, max_webhooks, max_pending, pool;
    int standard, headers_form, allow_http, allow_private, any_age, test, help;
    int probe, failed, succeeded, tests, until_idle, salvage, json, wait;
} options;

enum {
    EVENTS = 1,
    SECRET = 2,
    SAMPLE = 4,
    SIGN = 8,
    VERIFY = 16,
    EXPLAIN = 32,
    URL = 64,
    LISTEN = 128,
    TRIGGER = 256,
    HUB_CREATE = 1 << 9,
    HUB_LIST = 1 << 10,
    HUB_SHOW = 1 << 11,
    HUB_EVENTS = 1 << 12,
    HUB_UPDATE = 1 << 13,
    HUB_ROTATE = 1 << 14,
    HUB_ENABLE = 1 << 15,
    HUB_DISABLE = 1 << 16,
    HUB_DELETE = 1 << 17,
    HUB_TEST = 1 << 18,
    HUB_EMIT = 1 << 19,
    HUB_LOG = 1 << 20,
    HUB_REDELIVER = 1 << 21,
    HUB_RUN = 1 << 22,
    HUB_STATS = 1 << 23,
    HUB_RETRY = 1 << 24,
    HUB_CANCEL = 1 << 25,
    HUB_PURGE = 1 << 26,
    HUB = (1 << 27) - (1 << 9),
    EVERY = (1 << 27) - 1
};
#define HUB_WANTED (HUB_CREATE | HUB_UPDATE)
#define HUB_SENDS (HUB_WANTED | HUB_RUN | HUB_TEST)
typedef enum kind { FLAG, TEXT, NUMBER, LIST, PAIR } kind;

static const struct option {
    const char *name;
    kind kind;
    unsigned commands;
    size_t at;
    long min, max;
    const char *value, *help;
} option_table[] = {
        {"name", TEXT, HUB_WANTED, offsetof(options, name), 0, 0, "NAME",
                "what to call it, 1 to 100 characters"},
        {"url", TEXT, HUB_WANTED, offsetof(options, url), 0, 0, "URL", "where its events go"},
        {"events", TEXT, HUB_WANTED, offsetof(options, events), 0, 0, "NAMES",
                "what it gets: call.ended, 'call.*', all, joined by commas"},
        {"probe", FLAG, HUB_WANTED, offsetof(options, probe), 0, 0, NULL,
                "first send a sample to the URL: without a 2xx answer\nnothing is kept. A receiver that "
                "verifies has no secret\n"
                "yet and refuses it"},
        {"time", TEXT, HUB_EMIT, offsetof(options, time), 0, 0, "TIME",
                "when the event happened (RFC 3339 or seconds since\n1970; default: now)"},
        {"key", TEXT, HUB_EMIT, offsetof(options, key), 0, 0, "KEY",
                "idempotency key: the same key again is the same event"},
        {"business", TEXT, HUB, offsetof(options, business), 0, 0, "ID",
                "businessId of the events; a store belongs to one\nbusiness (default: the store's, or "
                "AKOLHOOK_BUSINESS in\nthe environment)"},
        {"webhook", TEXT, HUB_LOG | HUB_REDELIVER, offsetof(options, webhook), 0, 0, "ID",
                "of this webhook alone"},
        {"events", TEXT, HUB_LOG, offsetof(options, events), 0, 0, "NAMES", "of these events alone"},
        {"failed", FLAG, HUB_LOG, offsetof(options, failed), 0, 0, NULL, "failed attempts alone"},
        {"succeeded", FLAG, HUB_LOG, offsetof(options, succeeded), 0, 0, NULL, "successful attempts alone"},
        {"tests", FLAG, HUB_LOG, offsetof(options, tests), 0, 0, NULL, "tests alone"},
        {"message", TEXT, HUB_LOG, offsetof(options, message), 0, 0, "ID", "of this event alone, msg_..."},
        {"delivery", TEXT, HUB_LOG, offsetof(options, delivery), 0, 0, "ID",
                "of this delivery alone, dlv_..."},
        {"state", TEXT, HUB_LOG, offsetof(options, state), 0, 0, "STATE",
                "waiting, delivered, failed, cancelled or dropped: of the\ndelivery after the row"},
        {"code", TEXT, HUB_LOG, offsetof(options, code), 0, 0, "CLASS",
                "2xx, 3xx, 4xx, 5xx, or none: no HTTP code came"},
        {"since", TEXT, HUB_LOG, offsetof(options, since), 0, 0, "TIME",
                "not before: 1h ago (s, m, h, d, w), 2026-04-18, RFC 3339\nor seconds since 1970"},
        {"until", TEXT, HUB_LOG, offsetof(options, until), 0, 0, "TIME", "before; likewise"},
        {"limit", NUMBER, HUB_LOG, offsetof(options, limit), 1, 100, "N",
                "at most so many rows (default: 20)"},
        {"cursor", TEXT, HUB_LOG, offsetof(options, cursor), 0, 0, "CURSOR",
                "the next page, as the end of the one before says"},
        {"failed-since", TEXT, HUB_REDELIVER, offsetof(options, failed_since), 0, 0, "TIME",
                "all that failed then or later: 1h ago (s, m, h, d, w),\n2026-04-18, RFC 3339 or seconds "
                "since 1970"},
        {"older-than", TEXT, HUB_PURGE, offsetof(options, older_than), 0, 0, "SPAN",
                "bodies of events older than that: 30s, 15m, 1h, 7d, 2w\n(default: 7d)"},
        {"wait", FLAG, HUB_TEST, offsetof(options, wait), 0, 0, NULL,
                "send them now and tell how each ended; what else is due\nis sent as well"},
        {"until-idle", FLAG, HUB_RUN, offsetof(options, until_idle), 0, 0, NULL,
                "end when all that is due was tried; retries of later\nstay for the next run"},
        {"attempts", NUMBER, HUB_RUN, offsetof(options, attempts), 1, 255, "N",
                "at most so many of one delivery; 1: no retries\n(default: 10)"},
        {"salvage", FLAG, HUB_RUN, offsetof(options, salvage), 0, 0, NULL,
                "open a damaged journal and keep what is before the damage"},
        {"secret", LIST, SIGN | TRIGGER, offsetof(options, secrets), 0, 0, "SECRET",
                "the webhook's secret to sign with, whsec_..."},
        {"secret", LIST, VERIFY | EXPLAIN | LISTEN, offsetof(options, secrets), 0, 0, "SECRET",
                "the webhook's secret, whsec_...; several times, as\nduring a rotation"},
        {"standard", FLAG, SIGN | VERIFY | EXPLAIN | LISTEN, offsetof(options, standard), 0, 0, NULL,
                "Standard Webhooks (webhook-id, -timestamp, -signature)\ninstead of X-Webhook-Signature"},
        {"signature", TEXT, VERIFY | EXPLAIN, offsetof(options, signature), 0, 0, "VALUE",
                "the signature header as it came"},
        {"id", TEXT, SIGN | VERIFY | EXPLAIN, offsetof(options, id), 0, 0, "ID",
                "the message id (webhook-id)"},
        {"id", TEXT, TRIGGER, offsetof(options, id), 0, 0, "ID",
                "the message id (webhook-id; default: a new one for each)"},
        {"timestamp", TEXT, SIGN | VERIFY | EXPLAIN, offsetof(options, timestamp), 0, 0, "SECONDS",
                "webhook-timestamp, seconds since 1970"},
        {"header", LIST, VERIFY | EXPLAIN, offsetof(options, headers), 0, 0, "'NAME: VALUE'",
                "a header of the request, as in a log; several times"},
        {"headers", FLAG, SIGN, offsetof(options, headers_form), 0, 0, NULL,
                "write whole header lines, for curl -H @-; with --standard\na missing id is drawn and the "
                "time is now"},
        {"now", TEXT, VERIFY, offsetof(options, now), 0, 0, "TIME",
                "judge times as of then (RFC 3339 or seconds since 1970)"},
        {"now", TEXT, EXPLAIN, offsetof(options, now), 0, 0, "TIME",
                "judge webhook-timestamp as of then (RFC 3339 or seconds\nsince 1970)"},
        {"any-age", FLAG, VERIFY | LISTEN, offsetof(options, any_age), 0, 0, NULL,
                "take messages of any time; for recordings only"},
        {"time", TEXT, SAMPLE | TRIGGER, offsetof(options, time), 0, 0, "TIME",
                "when the event happened (RFC 3339 or seconds since\n1970; default: now)"},
        {"business", TEXT, SAMPLE | TRIGGER, offsetof(options, business), 0, 0, "ID",
                "businessId of the event"},
        {"webhook", TEXT, SAMPLE | TRIGGER, offsetof(options, webhook), 0, 0, "ID", "webhookId of the event"},
        {"webhook", TEXT, LISTEN, offsetof(options, webhook), 0, 0, "ID",
                "take the events of this webhook alone"},
        {"port", NUMBER, LISTEN, offsetof(options, port), 0, 65535, "N",
                "port to listen on (default: 8787; 0: a free one)"},
        {"address", TEXT, LISTEN, offsetof(options, address), 0, 0, "ADDRESS",
                "address to listen on (default: 127.0.0.1)"},
        {"tls", PAIR, LISTEN, offsetof(options, tls), 0, 0, "CERT KEY",
                "https with these PEM files (certificate chain, key)"},
        {"count", NUMBER, LISTEN, offsetof(options, count), 1, 1000000000, "N", "end after N requests"},
        {"max-body", NUMBER, LISTEN, offsetof(options, max_body), 1, 67108864, "BYTES",
                "longer bodies are answered 413 (default: 1048576)"},
        {"timeout", NUMBER, LISTEN, offsetof(options, timeout), 1, 3600, "SECONDS",
                "deadline of one request (default: 10)"},
        {"timeout", NUMBER, TRIGGER | HUB_RUN | HUB_TEST, offsetof(options, timeout), 1, 3600, "SECONDS",
                "deadline of one delivery (default: 30)"},
        {"test", FLAG, TRIGGER, offsetof(options, test), 0, 0, NULL, "mark it as a test (X-Webhook-Test: 1)"},
        {"ca", TEXT, TRIGGER | HUB_SENDS, offsetof(options, ca), 0, 0, "FILE",
                "trust the CAs in this PEM file alone (default: the\nsystem's)"},
        {"allow-http", FLAG, URL | TRIGGER | HUB_SENDS, offsetof(options, allow_http), 0, 0, NULL,
                "take http:// as well"},
        {"allow-private", FLAG, URL | TRIGGER | HUB_SENDS, offsetof(options, allow_private), 0, 0, NULL,
                "take this machine and private networks as well"},
        {"allow", LIST, URL | TRIGGER | HUB_SENDS, offsetof(options, networks), 0, 0, "NETWORK",
                "open one network, such as 10.1.0.0/16; several times"},
        {"json", FLAG, HUB, offsetof(options, json), 0, 0, NULL, "print JSON, one object a line"},
        {"store", TEXT, HUB, offsetof(options, store), 0, 0, "FILE",
                "the SQLite file (*.db, *.sqlite, *.sqlite3) or the\njournal with the webhooks (default: "
                "AKOLHOOK_STORE in\n"
                "the environment, else akolhook.db; akolhook.journal\nwhere there is one, or no SQLite)"},
        {"max-webhooks", NUMBER, HUB, offsetof(options, max_webhooks), 1, 10000, "N",
                "room for N webhooks (default: 100)"},
        {"max-pending", NUMBER, HUB, offsetof(options, max_pending), 1, 1000000, "N",
                "journal: room for N deliveries that wait (default: 10000)"},
        {"pool", NUMBER, HUB, offsetof(options, pool), 1, 512, "MIB",
                "journal: room for names, URLs and events (default: 4)"},
        {"help", FLAG, EVERY, offsetof(options, help), 0, 0, NULL, "this text"},
};
#define COUNT_OF(table) (sizeof table / sizeof table[0])
#define OPTION_COUNT COUNT_OF(option_table)

static options opt;

/* "akolhook sign: ..." on stderr; returns USAGE. */
#if defined(__GNUC__) || defined(__clang__)
__attribute__((format(printf, 1, 2)))
#endif
static int
usage_error(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "akolhook%s%s: ", opt.command ? " " : "", opt.command ? opt.command : "");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    return USAGE;
}

static int parse_number(const char *text, int64_t min, int64_t max, int64_t *value) {
    int64_t n = 0;
    const char *p;
    for (p = text; *p >= '0' && *p <= '9'; p++) {
        if (n > max) return 0;
        n = n * 10 + (*p - '0');
    }
    if (p == text || *p || n < min || n > max) return 0;
    *value = n;
    return 1;
}

static int set_option(const struct option *option, const char *value, const char *second) {
    void *at = (char *)&opt + option->at;
    list *items = (list *)at;
    switch (option->kind) {
    case FLAG: *(int *)at = 1; return 0;
    case TEXT: *(const char **)at = value; return 0;
    case PAIR:
        ((const char **)at)[0] = value;
        ((const char **)at)[1] = second;
        return 0;
    case NUMBER:
        if (parse_number(value, option->min, option->max, (int64_t *)at)) return 0;
        return usage_error("--%s takes a number from %ld to %ld, not '%s'", option->name, option->min,
                option->max, value);
    case LIST: break;
    }
    if (items->count == MAX_LIST)
        return usage_error("--%s may stand at most %d times", option->name, MAX_LIST);
    items->items[items->count++] = value;
    return 0;
}

static const struct option *find_option(const char *name, size_t len, unsigned command) {
    size_t i;
    for (i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_table[i];
        if ((option->commands & command) && strlen(option->name) == len &&
                memcmp(option->name, name, len) == 0)
            return option;
    }
    return NULL;
}

/* argv[2..]: options as --name VALUE or --name=VALUE, everything else into args. */
static int parse_options(int argc, char **argv, unsigned command) {
    int i, only_args = 0;
    for (i = 2; i < argc; i++) {
        const char *word = argv[i], *equals, *value, *second = NULL;
        const struct option *option;
        size_t name_len;
        if (only_args || word[0] != '-' || word[1] == '\0') {
            if (opt.arg_count == MAX_ARGS)
                return usage_error(
                        "'%s' is one argument too many; see akolhook %s --help", word, opt.command);
            opt.args[opt.arg_count++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_args = 1;
            continue;
        }
        if (strcmp(word, "-h") == 0) word = "--help";
        equals = strchr(word, '=');
        name_len = equals ? (size_t)(equals - word) : strlen(word);
        option = strncmp(word, "--", 2) == 0 ? find_option(word + 2, name_len - 2, command) : NULL;
        if (!option) return usage_error("there is no option %s; see akolhook %s --help", word, opt.command);
        value = equals ? equals + 1 : NULL;
        if (option->kind == FLAG && value) return usage_error("--%s takes no value", option->name);
        if (option->kind != FLAG && !value && ++i < argc) value = argv[i];
        if (option->kind == PAIR && value && ++i < argc) second = argv[i];
        if ((option->kind != FLAG && !value) || (option->kind == PAIR && !second))
            return usage_error("--%s needs %s behind it", option->name, option->value);
        if (set_option(option, value, second) != 0) return USAGE;
    }
    return 0;
}

/* ---- output ---- */

static const char *red = "", *green = "", *yellow = "", *dim = "", *bold = "", *plain = "";

static void set_colours(void) {
    const char *no = getenv("NO_COLOR");
    if (!isatty(STDOUT_FILENO) || (no && *no)) return;
    red = "\033[31m";
    green = "\033[32m";
    yellow = "\033[33m";
    dim = "\033[2m";
    bold = "\033[1m";
    plain = "\033[0m";
}

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
    for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return 1;
    return 0;
}

/* Writes text from the network: what could steer a terminal comes out as \n, \t or \xNN, and what is beyond
 * width as "...". */
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

/* What a status means here: in the words of the command where an option is about it. */
static const char *advice(akolhook_status status) {
    static const struct {
        akolhook_status status;
        unsigned commands;
        const char *text;
    } table[] = {
            {AKOLHOOK_URL_SCHEME, EVERY,
                    "the URL must begin with https://, or with http:// where --allow-http is given"},
            {AKOLHOOK_BLOCKED_NAME, EVERY,
                    "the host is a local name; for this machine or a private network: --allow-private"},
            {AKOLHOOK_BLOCKED_ADDRESS, EVERY,
                    "webhooks may not go to this address; for this machine or a private network: "
                    "--allow-private, or --allow NETWORK"},
            {AKOLHOOK_TLS_UNTRUSTED, EVERY,
                    "the certificate does not lead to a trusted CA; to trust one of your own: --ca FILE"},
            {AKOLHOOK_TLS_REQUIRED, EVERY,
                    "this tool was built without OpenSSL: build it with, or use http:// with --allow-http"},
            {AKOLHOOK_DEADLINE, EVERY, "the deadline passed; to wait longer: --timeout SECONDS"},
            {AKOLHOOK_HTTP_STATUS, EVERY, "the receiver answered, but not with a 2xx code"},
            {AKOLHOOK_MISSING_SIGNATURE, VERIFY | EXPLAIN,
                    "give the signature with --signature VALUE or --header 'NAME: VALUE'; a "
                    "webhook-signature needs --standard"},
            {AKOLHOOK_NO_KNOWN_SCHEME, VERIFY | EXPLAIN,
                    "the signature is of no known kind; a webhook-signature needs --standard"},
            {AKOLHOOK_BAD_SIGNATURE, VERIFY | EXPLAIN,
                    "64 hex digits are needed, sha256= before them or not; a webhook-signature needs "
                    "--standard"},
            {AKOLHOOK_MISSING_ID, VERIFY | EXPLAIN, "give the webhook-id with --id ID"},
            {AKOLHOOK_BAD_ID, SIGN | VERIFY | EXPLAIN | TRIGGER,
                    "give another one with --id ID: 1 to 256 visible ASCII characters without a dot"},
            {AKOLHOOK_MISSING_TIMESTAMP, VERIFY | EXPLAIN,
                    "give the webhook-timestamp with --timestamp SECONDS"},
            {AKOLHOOK_BAD_TIMESTAMP, VERIFY | EXPLAIN,
                    "give another one with --timestamp SECONDS: 1 to 12 digits without sign, blank or "
                    "leading zero"},
            {AKOLHOOK_TOO_OLD, VERIFY,
                    "signed too long ago; to judge it as of another time: --now TIME; at any time: "
                    "--any-age"},
            {AKOLHOOK_TOO_NEW, VERIFY,
                    "signed in the future; to judge it as of another time: --now TIME; at any time: "
                    "--any-age"},
            {AKOLHOOK_CLOCK_UNSET, VERIFY,
                    "the clock stands before 2020; to judge it as of another time: --now TIME; at any time: "
                    "--any-age"},
            {AKOLHOOK_CLOCK_UNSET, EXPLAIN,
                    "the clock stands before 2020; to judge it as of another time: --now TIME"},
            {AKOLHOOK_SIGNATURE_MISMATCH, VERIFY,
                    "not the signature of this body under a secret given; akolhook explain with the same "
                    "options names the likely cause"},
            {AKOLHOOK_TOO_OLD, LISTEN, "signed too long ago; to take it all the same: --any-age"},
            {AKOLHOOK_TOO_NEW, LISTEN,
                    "signed in the future, or this clock is slow; to take it all the same: --any-age"},
            {AKOLHOOK_CLOCK_UNSET, LISTEN,
                    "the clock of this machine stands before 2020: set it, or take all with --any-age"},
            {AKOLHOOK_WRONG_WEBHOOK, LISTEN,
                    "the body is of another webhook; to take it: another --webhook ID, or none"},
            {AKOLHOOK_BODY_TOO_LARGE, LISTEN, "the body is above the cap; to take it: --max-body BYTES"},
            {AKOLHOOK_WRONG_TYPE, HUB_EMIT, "the data of an event must be a JSON object"},
            {AKOLHOOK_TOO_MANY_WEBHOOKS, HUB,
                    "no room for another webhook: delete one, or give more with --max-webhooks N"},
            {AKOLHOOK_PENDING_FULL, HUB,
                    "no room for another delivery: let akolhook hub run send some, or give a journal more "
                    "with --max-pending N"},
            {AKOLHOOK_POOL_FULL, HUB,
                    "no room for the text: let akolhook hub run send some, or give more with --pool MIB"},
            {AKOLHOOK_UNKNOWN_WEBHOOK, HUB, "there is no webhook of this id; akolhook hub list shows all"},
            {AKOLHOOK_WEBHOOK_INACTIVE, HUB, "the webhook is inactive; akolhook hub enable sets it active"},
            {AKOLHOOK_STORE_FAILED, HUB, "the store failed; nothing was changed"},
            {AKOLHOOK_WRONG_BUSINESS, HUB,
                    "the store belongs to another business: leave --business out, or name another --store "
                    "FILE"},
            {AKOLHOOK_UNKNOWN_DELIVERY, HUB,
                    "there is no delivery of this id, or its row in the log is gone; akolhook hub log shows "
                    "those there are"},
            {AKOLHOOK_DELIVERY_WAITS, HUB_REDELIVER,
                    "the delivery has not ended: it is made again by itself; akolhook hub retry sends it "
                    "now"},
            {AKOLHOOK_DELIVERY_NOT_WAITING, HUB_RETRY,
                    "the delivery does not wait: it is in flight, or has ended; akolhook hub redeliver sends "
                    "it "
                    "again"},
            {AKOLHOOK_EVENT_GONE, HUB, "the body of the event is no longer kept, so it cannot be sent again"},
            {AKOLHOOK_JOURNAL_LOCKED, HUB,
                    "another process, such as akolhook hub run, has the journal open: end that first, or "
                    "keep the webhooks in an SQLite "
                    "file (--store NAME.db), which several may use at once"},
            {AKOLHOOK_JOURNAL_DAMAGED, HUB,
                    "the journal is damaged; akolhook hub run --salvage keeps what is before the damage "
                    "(copy the file first)"},
    };
    const int is_standard =
            opt.standard && (status == AKOLHOOK_NO_KNOWN_SCHEME || status == AKOLHOOK_BAD_SIGNATURE);
    size_t i;
    for (i = 0; i < sizeof table / sizeof table[0] && !is_standard; i++)
        if (table[i].status == status && (table[i].commands & opt.bit)) return table[i].text;
    return akolhook_status_text(status);
}

/* Says why on stderr; returns the exit status given. */
static int say_no(akolhook_status status, int exit_status) {
    fprintf(stderr, "akolhook %s: %s: %s\n", opt.command, akolhook_status_name(status), advice(status));
    return exit_status;
}

/* ---- what the commands share ---- */

/* RFC 3339, or seconds since 1970. Empty options mean now. */
static int read_span(const char *text, int64_t *ms) {
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    int64_t count = 0;
    const char *p = text;
    size_t i;

    for (; *p >= '0' && *p <= '9' && p - text < 9; p++) count = count * 10 + (*p - '0');
    for (i = 0; i < COUNT_OF(units); i++)
        if (p > text && p[0] == units[i].unit && p[1] == '\0') {
            *ms = count * units[i].ms;
            return 1;
        }
    return 0;
}
/* A day of the calendar is where it begins. */
static int read_date(const char *text, int64_t *unix_ms) {
    char time[32];

    if (strlen(text) != 10) return 0;
    snprintf(time, sizeof time, "%sT00:00:00Z", text);
    return akolhook_time_parse(akolhook_str_c(time), unix_ms) == AKOLHOOK_OK;
}
static int read_time(const char *name, const char *text, int64_t *unix_ms) {
    const int64_t now = akolhook_posix_now() * 1000;
    long long seconds = 0;
    const char *p;

    *unix_ms = now;
    if (!text) return 0;
    if (read_span(text, unix_ms)) {
        *unix_ms = now - *unix_ms;
        return 0;
    }
    for (p = text; *p >= '0' && *p <= '9' && p - text < 12; p++) seconds = seconds * 10 + (*p - '0');
    *unix_ms = (int64_t)seconds * 1000;
    if (p > text && *p == '\0') return 0;
    if (akolhook_time_parse(akolhook_str_c(text), unix_ms) == AKOLHOOK_OK || read_date(text, unix_ms))
        return 0;
    return usage_error("--%s takes a time like 2026-04-18T14:23:11Z, a date, 1h (ago) or seconds since 1970, "
                       "not '%s'",
            name, text);
}

/* The body: the file named, or stdin for NULL and "-". One byte more than fits tells that it is too long. */
static char input[AKOLHOOK_MAX_BODY + 1];

static int read_input(const char *name, size_t *len) {
    FILE *file;
    int failed;
    if (!name) name = "-";
    file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (!file) return usage_error("cannot open '%s': %s", name, strerror(errno));
    *len = fread(input, 1, sizeof input, file);
    failed = ferror(file);
    if (failed) usage_error("cannot read '%s': %s", name, strerror(errno));
    if (file != stdin) fclose(file);
    if (failed) return USAGE;
    if (*len == sizeof input)
        return usage_error("'%s' is longer than %d bytes, the cap for a body", name, AKOLHOOK_MAX_BODY);
    return 0;
}

/* The secrets of the command line, or of the environment. */
static int need_secrets(int max) {
    const char *from_environment = getenv("AKOLHOOK_SECRET");
    if (opt.secrets.count == 0 && from_environment) opt.secrets.items[opt.secrets.count++] = from_environment;
    if (opt.secrets.count == 0)
        return usage_error("a secret is needed: --secret SECRET, or AKOLHOOK_SECRET in the environment");
    if (opt.secrets.count > max)
        return usage_error("--secret may stand at most %d time%s here", max, max == 1 ? "" : "s");
    return 0;
}

static unsigned scheme(void) { return opt.standard ? AKOLHOOK_SCHEME_STANDARD : AKOLHOOK_SCHEME_AKOL; }

/* The key to sign with. */
static int need_key(akolhook_key *key) {
    akolhook_status status;
    if (need_secrets(1) != 0) return USAGE;
    status = akolhook_secret_key(akolhook_str_c(opt.secrets.items[0]), scheme(), key);
    return status == AKOLHOOK_OK ? 0 : usage_error("--secret: %s", akolhook_status_text(status));
}

static int need_receiver(akolhook_receiver *receiver) {
    int i;
    if (need_secrets(AKOLHOOK_MAX_SECRETS) != 0) return USAGE;
    receiver->schemes = scheme();
    if (opt.any_age) receiver->flags = AKOLHOOK_CLOCK_NONE;
    for (i = 0; i < opt.secrets.count; i++) {
        akolhook_status status = akolhook_receiver_add_secret(receiver, opt.secrets.items[i]);
        if (status != AKOLHOOK_OK)
            return usage_error("--secret (number %d): %s", i + 1, akolhook_status_text(status));
    }
    return 0;
}

static void add_header(akolhook_incoming *in, const char *name, const char *value) {
    if (value) (void)akolhook_incoming_header(in, name, strlen(name), value, strlen(value));
}

/* The headers that were given as options. */
static int need_headers(akolhook_incoming *in) {
    int i;
    add_header(in, opt.standard ? "webhook-signature" : "X-Webhook-Signature", opt.signature);
    add_header(in, "webhook-id", opt.id);
    add_header(in, "webhook-timestamp", opt.timestamp);
    for (i = 0; i < opt.headers.count; i++) {
        const char *line = opt.headers.items[i], *colon = strchr(line, ':');
        if (!colon) return usage_error("--header takes 'NAME: VALUE', not '%s'", line);
        (void)akolhook_incoming_header(in, line, (size_t)(colon - line), colon + 1, strlen(colon + 1));
    }
    return 0;
}

static int need_envelope(akolhook_envelope *envelope) {
    envelope->business_id = akolhook_text_c(opt.business ? opt.business : "biz_SampleBusiness0000000001");
    envelope->webhook_id = akolhook_text_c(opt.webhook ? opt.webhook : "whk_SampleWebhook00000000001");
    return read_time("time", opt.time, &envelope->timestamp_ms);
}

static int need_policy(akolhook_policy *policy, akolhook_cidr networks[MAX_LIST]) {
    int i;
    policy->flags =
            (opt.allow_http ? AKOLHOOK_ALLOW_HTTP : 0) | (opt.allow_private ? AKOLHOOK_ALLOW_PRIVATE : 0);
    for (i = 0; i < opt.networks.count; i++) {
        akolhook_status status = akolhook_cidr_parse(akolhook_str_c(opt.networks.items[i]), &networks[i]);
        if (status != AKOLHOOK_OK)
            return usage_error("--allow '%s': %s", opt.networks.items[i], akolhook_status_text(status));
    }
    policy->allow = networks;
    policy->allow_count = (size_t)opt.networks.count;
    return 0;
}

static int no_event(const char *name, size_t len) {
    if (len == 0) return usage_error("the name of an event is missing; akolhook events lists them");
    return usage_error("there is no event '%.*s'; akolhook events lists them", (int)len, name);
}

static int need_events(const char *names, akolhook_events *set) {
    size_t at, len;
    if (strcmp(names, "all") == 0) names = "*";
    if (akolhook_events_parse(akolhook_str_c(names), set, &at) == AKOLHOOK_OK) return 0;
    len = strcspn(names + at, ",");
    while (len && (names[at + len - 1] == ' ' || names[at + len - 1] == '\t')) len--;
    return no_event(names + at, len);
}

/* ---- events, secret, sample, sign, verify, explain, url ---- */

static int run_events(void) {
    akolhook_events set = AKOLHOOK_EVENTS_ALL;
    int i;
    if (opt.arg_count && need_events(opt.args[0], &set) != 0) return USAGE;
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) {
        akolhook_event event = (akolhook_event)i;
        if (!akolhook_events_has(set, event)) continue;
        printf("%2d  %s%-22s%s  %s%-8s%s  %s\n", i, bold, akolhook_event_name(event), plain, dim,
                akolhook_event_group(event), plain, akolhook_event_fires_when(event));
    }
    return YES;
}

static int run_secret(void) {
    char secret[AKOLHOOK_SECRET_SIZE];
    akolhook_status status = akolhook_secret_generate(akolhook_posix_random, NULL, secret);
    if (status != AKOLHOOK_OK) return say_no(status, NO);
    puts(secret);
    akolhook_wipe(secret, sizeof secret);
    return YES;
}

static char sample[16384];

static int run_sample(void) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_status status;
    size_t len;
    envelope.event = akolhook_event_find(akolhook_str_c(opt.args[0]));
    if (envelope.event == AKOLHOOK_EVENT_UNKNOWN) return no_event(opt.args[0], strlen(opt.args[0]));
    if (need_envelope(&envelope) != 0) return USAGE;
    status = akolhook_build_sample(sample, sizeof sample, &len, &envelope);
    if (status != AKOLHOOK_OK) return say_no(status, USAGE);
    fwrite(sample, 1, len, stdout);
    if (isatty(STDOUT_FILENO)) puts(""); /* in a file every byte counts */
    return YES;
}

static int sign_standard(const akolhook_key *key, size_t len) {
    char signature[AKOLHOOK_STANDARD_SIGNATURE_SIZE], drawn[AKOLHOOK_ID_SIZE];
    akolhook_status status = AKOLHOOK_OK;
    const char *id = opt.id;
    int64_t timestamp = 0;
    if (!opt.headers_form && (!opt.id || !opt.timestamp))
        return usage_error("--standard needs --id ID and --timestamp SECONDS, or --headers");
    if (!opt.timestamp)
        timestamp = akolhook_posix_now();
    else if (!parse_number(opt.timestamp, 0, 999999999999, &timestamp))
        return usage_error("--timestamp takes seconds since 1970, 1 to 12 digits, not '%s'", opt.timestamp);
    if (!id) {
        status = akolhook_id_generate(akolhook_posix_random, NULL, "msg", drawn);
        id = drawn;
    }
    if (status == AKOLHOOK_OK)
        status = akolhook_sign_standard(key, akolhook_str_c(id), timestamp, input, len, signature);
    if (status != AKOLHOOK_OK) return say_no(status, USAGE);
    if (opt.headers_form)
        printf("webhook-id: %s\nwebhook-timestamp: %lld\nwebhook-signature: %s\n", id, (long long)timestamp,
                signature);
    else
        puts(signature);
    return YES;
}

static int run_sign(void) {
    char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_key key;
    akolhook_status status;
    size_t len;
    int result = USAGE;
    if (need_key(&key) != 0) return USAGE;
    if (read_input(opt.args[0], &len) == 0) {
        if (opt.standard)
            result = sign_standard(&key, len);
        else {
            status = akolhook_sign_akol(&key, input, len, signature);
            result = status == AKOLHOOK_OK ? YES : say_no(status, NO);
            if (result == YES) printf("%s%s\n", opt.headers_form ? "X-Webhook-Signature: " : "", signature);
        }
    }
    akolhook_wipe(&key, sizeof key);
    return result;
}

/* 1 when the body is what the status is about, so that nothing in it could be judged. */
static int is_no_envelope(akolhook_status status) {
    return (status <= AKOLHOOK_BAD_HEX && status > AKOLHOOK_NO_SECRET) || status == AKOLHOOK_CONTENT_ENCODED;
}

static int run_verify(void) {
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message message;
    akolhook_status status, judged;
    unsigned secret;
    int64_t now;
    size_t len;
    if (need_receiver(&receiver) != 0 || need_headers(&in) != 0) return USAGE;
    if (read_time("now", opt.now, &now) != 0 || read_input(opt.args[0], &len) != 0) return USAGE;
    judged = status = akolhook_authenticate(&receiver, &in, input, len, now / 1000, &message);
    secret = message.secret_index + 1;
    if (status == AKOLHOOK_OK) judged = akolhook_message_parse(&receiver, input, len, now / 1000, &message);
    akolhook_wipe(&receiver, sizeof receiver);
    if (status != AKOLHOOK_OK) return say_no(status, NO);
    if (judged != AKOLHOOK_OK && !is_no_envelope(judged)) return say_no(judged, NO);
    printf("%sOK%s: signed with secret %u%s\n", green, plain, secret,
            opt.standard ? " (Standard Webhooks)" : "");
    if (judged != AKOLHOOK_OK && !opt.standard)
        printf("  its age was not judged, as the body carries none that can be read (%s)\n",
                akolhook_status_name(judged));
    return YES;
}

/* How much an explanation says: a signature that is right says most, then a mistake that was found. */
static int weight_of(akolhook_cause cause) {
    switch ((int)cause) {
    case AKOLHOOK_CAUSE_UNKNOWN: return 0;
    case AKOLHOOK_CAUSE_LIKELY_RESERIALISED: return 1;
    case AKOLHOOK_CAUSE_HEADERS:
    case AKOLHOOK_CAUSE_SECRET: return 2;
    case AKOLHOOK_CAUSE_CLOCK:
    case AKOLHOOK_CAUSE_BODY: return 4;
    case AKOLHOOK_CAUSE_NONE: return 5;
    default: return 3;
    }
}

/* The best explanation that one of the secrets gives. */
static akolhook_status explain_all(
        const akolhook_incoming *in, const void *body, size_t len, int64_t now, akolhook_explanation *best) {
    int i;
    for (i = 0; i < opt.secrets.count; i++) {
        akolhook_explanation one;
        akolhook_status status =
                akolhook_explain(akolhook_str_c(opt.secrets.items[i]), scheme(), in, body, len, now, &one);
        if (status != AKOLHOOK_OK) return status;
        if (i == 0 || weight_of(one.cause) > weight_of(best->cause)) *best = one;
        if (one.cause == AKOLHOOK_CAUSE_NONE) break;
    }
    return AKOLHOOK_OK;
}

static void put_cause(const akolhook_explanation *why) {
    long long seconds = (long long)why->seconds;
    printf("likely cause: %s%s%s", yellow, why->text, plain);
    if (why->cause == AKOLHOOK_CAUSE_CLOCK)
        printf(" (%lld s %s)", seconds < 0 ? -seconds : seconds, seconds < 0 ? "behind" : "ahead");
    puts("");
}

static int run_explain(void) {
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_explanation why;
    akolhook_status status;
    int64_t now;
    size_t len;
    if (need_secrets(MAX_LIST) != 0 || need_headers(&in) != 0) return USAGE;
    if (read_time("now", opt.now, &now) != 0 || read_input(opt.args[0], &len) != 0) return USAGE;
    status = explain_all(&in, input, len, now / 1000, &why);
    if (status != AKOLHOOK_OK) return say_no(status, USAGE);
    if (why.cause == AKOLHOOK_CAUSE_NONE) {
        printf("%sOK%s: %s\n", green, plain, why.text);
        return YES;
    }
    printf("%s%s%s: %s", red, akolhook_status_name(why.status), plain, advice(why.status));
    if (why.error_header) printf(" (%s)", why.error_header);
    if (why.cause == AKOLHOOK_CAUSE_BODY && why.error_at) printf(" (byte %lu)", (unsigned long)why.error_at);
    puts("");
    if (why.cause != AKOLHOOK_CAUSE_HEADERS) put_cause(&why);
    return NO;
}

static int run_url(void) {
    akolhook_cidr networks[MAX_LIST];
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_url url;
    akolhook_status status;
    if (need_policy(&policy, networks) != 0) return USAGE;
    status = akolhook_url_parse(akolhook_str_c(opt.args[0]), policy.flags & AKOLHOOK_ALLOW_HTTP, &url);
    if (status == AKOLHOOK_OK) status = akolhook_policy_url(&policy, &url);
    if (status != AKOLHOOK_OK) return say_no(status, NO);
    printf("%saccepted%s\n  scheme  %s\n", green, plain, url.https ? "https" : "http");
    printf("  host    %.*s", (int)url.host.len, url.host.ptr);
    if (url.host_type == AKOLHOOK_HOST_NAME) printf(" (its addresses are judged at each connection)");
    printf("\n  port    %u\n  target  %s%.*s\n", (unsigned)url.port, url.path.len ? "" : "/",
            (int)url.target.len, url.target.len ? url.target.ptr : "");
    return YES;
}

/* ---- listen ---- */

typedef struct tally {
    listen_server *server;
    long requests, accepted, duplicates;
} tally;

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = interrupted ? 2 : 1;
}

/* The lines of a transcript, each on its own. */
static void put_transcript(akolhook_json value) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_json line, found;
    if (akolhook_json_begin(value, &iter) != AKOLHOOK_OK) return;
    while (akolhook_json_next(&iter, NULL, &line)) {
        akolhook_text speaker = AKOLHOOK_INIT, text = AKOLHOOK_INIT;
        if (akolhook_json_get(line, "speaker", &found) == AKOLHOOK_OK)
            (void)!akolhook_json_get_text(found, &speaker);
        if (akolhook_json_get(line, "text", &found) == AKOLHOOK_OK)
            (void)!akolhook_json_get_text(found, &text);
        fputs("\n            ", stdout);
        put_text(speaker, 16);
        fputs(": ", stdout);
        put_text(text, 120);
    }
}

static void put_member(akolhook_text key, akolhook_json value) {
    akolhook_text text = AKOLHOOK_INIT;
    int is_transcript =
            value.type == AKOLHOOK_JSON_ARRAY && akolhook_text_equal(key, akolhook_str_c("transcript"));
    printf("          %s", dim);
    put_text(key, 16);
    fputs(plain, stdout);
    if (!is_transcript) printf("%*s", key.str.len < 16 ? (int)(17 - key.str.len) : 1, "");
    if (is_transcript)
        put_transcript(value);
    else if (akolhook_json_get_text(value, &text) == AKOLHOOK_OK)
        put_text(text, 120);
    else
        put_safe(stdout, value.str, 120);
    puts("");
}

static void put_message(const akolhook_message *message) {
    akolhook_json_iter iter = AKOLHOOK_INIT;
    akolhook_json value;
    akolhook_text key;
    char when[AKOLHOOK_TIME_SIZE] = "";
    if (akolhook_time_format(message->timestamp_ms, when) != AKOLHOOK_OK) when[0] = '\0';
    printf("          %s, business ", when);
    put_text(message->business_id, 40);
    fputs(", webhook ", stdout);
    put_text(message->webhook_id, 40);
    if (message->message_id.len) fputs(", message ", stdout);
    put_safe(stdout, message->message_id, 64);
    puts("");
    if (akolhook_json_begin(message->data, &iter) == AKOLHOOK_OK)
        while (akolhook_json_next(&iter, &key, &value)) put_member(key, value);
}

/* Time, code, and the name of the event or of what was wrong. */
static void put_headline(const listen_request *request, const char *colour, akolhook_text name) {
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm local;
    if (localtime_r(&now, &local)) strftime(clock, sizeof clock, "%H:%M:%S", &local);
    printf("%s%s%s  %s%3d  ", dim, clock, plain, colour, request->code);
    put_text(name, 40);
    fputs(plain, stdout);
}

static void put_refused(const listen_request *request) {
    akolhook_explanation why;
    const char *name = request->why ? listen_reason(request->code) : akolhook_status_name(request->status);
    put_headline(request, red, akolhook_text_c(request->code ? name : "no request"));
    fputs("  ", stdout);
    put_safe(stdout, request->method, 16);
    fputs(request->method.len ? " " : "", stdout);
    put_safe(stdout, request->target, 60);
    printf("%s%lu bytes from %s\n", request->method.len ? ", " : "", (unsigned long)request->body.len,
            request->peer);
    printf("          %s\n", request->why ? request->why : advice(request->status));
    if (request->why && request->code == 413) puts("          to take it: --max-body BYTES");
    if (request->status != AKOLHOOK_SIGNATURE_MISMATCH) return;
    if (explain_all(request->headers, request->body.ptr, request->body.len, akolhook_posix_now(), &why) !=
            AKOLHOOK_OK)
        return;
    fputs("          ", stdout);
    put_cause(&why);
}

static int on_request(void *user, const listen_request *request) {
    tally *t = (tally *)user;
    akolhook_message seen;
    if (request->code) t->requests++;
    if (request->message) {
        t->accepted++;
        put_headline(request, green, request->message->event_name);
        printf("  verified with secret %u%s, %lu bytes from %s\n", request->message->secret_index + 1,
                request->message->is_test ? ", a test" : "", (unsigned long)request->body.len, request->peer);
        put_message(request->message);
    } else if (!request->why && request->status == AKOLHOOK_DUPLICATE) {
        t->duplicates++;
        if (akolhook_envelope_parse(request->body.ptr, request->body.len, &seen, NULL) != AKOLHOOK_OK)
            seen.event_name = akolhook_text_c("message");
        put_headline(request, yellow, seen.event_name);
        printf("  DUPLICATE, answered and not handled again, from %s\n", request->peer);
    } else
        put_refused(request);
    if (opt.count && t->requests >= opt.count) t->server->stopped = 1;
    return 0;
}

#ifdef AKOLHOOK_EXAMPLE_OPENSSL
static listen_openssl server_tls;

static int need_stream(const listen_stream **stream) {
    const char *reason;
    if (!opt.tls[0]) return 0;
    *stream = &server_tls.stream;
    if (listen_openssl_init(&server_tls, opt.tls[0], opt.tls[1]) == 0) return 0;
    reason = ERR_reason_error_string(ERR_peek_error());
    return usage_error("--tls: cannot use '%s' with '%s': %s", opt.tls[0], opt.tls[1],
            reason ? reason : "not in PEM form");
}
#else
static int need_stream(const listen_stream **stream) {
    (void)stream;
    return opt.tls[0] ? usage_error("--tls: this tool was built without OpenSSL: install its headers and "
                                    "build again")
                      : 0;
}
#endif

static int serve(listen_server *server, const char *scheme_name, const tally *t) {
    struct sigaction action;
    int result = YES;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    printf(strchr(server->desc.address, ':') ? "listening on %s://[%s]:%u/\n" : "listening on %s://%s:%u/\n",
            scheme_name, server->desc.address, (unsigned)server->port);
    while (!server->stopped && !interrupted && !ferror(stdout) && result == YES) {
        if (listen_poll(server, 1000) == 0) continue;
        usage_error("waiting for requests: %s", strerror(errno));
        result = NO;
    }
    listen_close(server);
    printf("%ld request%s: %ld accepted, %ld duplicate%s, %ld refused\n", t->requests,
            t->requests == 1 ? "" : "s", t->accepted, t->duplicates, t->duplicates == 1 ? "" : "s",
            t->requests - t->accepted - t->duplicates);
    return result;
}

static int run_listen(void) {
    static akolhook_guard_entry seen[4096];
    akolhook_guard guard = AKOLHOOK_INIT;
    akolhook_receiver receiver = AKOLHOOK_INIT;
    listen_desc desc = AKOLHOOK_INIT;
    listen_server server;
    tally t = AKOLHOOK_INIT;
    void *memory;
    int result;
    if (need_receiver(&receiver) != 0 || need_stream(&desc.stream) != 0) return USAGE;
    guard.entries = seen;
    guard.count = sizeof seen / sizeof seen[0];
    receiver.guard = &guard;
    receiver.max_body = (size_t)opt.max_body;
    receiver.webhook_id = akolhook_str_c(opt.webhook);
    t.server = &server;
    desc.receiver = &receiver;
    desc.on_request_fn = on_request;
    desc.user = &t;
    desc.address = opt.address;
    desc.port = (uint16_t)(opt.port < 0 ? 8787 : opt.port);
    desc.deadline_ms = (uint32_t)opt.timeout * 1000;
    memory = malloc(listen_size(&desc));
    if (listen_open(&server, &desc, memory, listen_size(&desc)) == 0)
        result = serve(&server, opt.tls[0] ? "https" : "http", &t);
    else
        result = usage_error("cannot listen on %s port %u: %s; choose with --address and --port",
                server.desc.address, (unsigned)desc.port, strerror(errno));
    free(memory);
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    listen_openssl_free(&server_tls);
#endif
    akolhook_wipe(&receiver, sizeof receiver);
    return result;
}

/* ---- trigger ---- */

/* What the system or the TLS library called it. */
static const char *native_text(akolhook_status status, long native_error) {
    if (native_error == 0) return "";
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    if (*akolhook_openssl_error_text(status, native_error))
        return akolhook_openssl_error_text(status, native_error);
#endif
    if (status == AKOLHOOK_LOOKUP_FAILED) return gai_strerror((int)native_error);
    return native_error > 0 && native_error < 4096 ? strerror((int)native_error) : "";
}

/* The lines under a delivery: why it failed, and what the receiver wrote. */
static void put_details(
        akolhook_status status, akolhook_phase phase, long native_error, akolhook_str response, int is_cut) {
    const char *native = native_text(status, native_error);
    if (status != AKOLHOOK_OK) {
        fputs("    ", stdout);
        if (phase != AKOLHOOK_PHASE_NONE) printf("in the phase %s: ", akolhook_phase_name(phase));
        fputs(advice(status), stdout);
        printf(*native ? " (%s)\n" : "%s\n", native);
    }
    if (!response.len) return;
    fputs("    response: ", stdout);
    put_safe(stdout, response, 200);
    puts(is_cut ? " (cut)" : "");
}

static void put_delivery(const char *event, const akolhook_delivery *d) {
    char code[12] = "---";
    if (d->code) snprintf(code, sizeof code, "%d", d->code);
    printf("%-22s  %s%s  %5ld ms  %s%s", event, d->status == AKOLHOOK_OK ? green : red, code, (long)d->ms,
            akolhook_status_name(d->status), plain);
    if (d->retry_after_s >= 0) printf("  retry after %ld s", (long)d->retry_after_s);
    puts("");
    put_details(d->status, d->phase, d->native_error, d->response, d->response_cut);
}

/* 1 when the request itself cannot be sent, so that the other events would fare no better. */
static int is_hopeless(const akolhook_delivery *d) {
    if (d->status == AKOLHOOK_OK) return 0;
    return d->phase == AKOLHOOK_PHASE_NONE || d->status == AKOLHOOK_BLOCKED_ADDRESS ||
           d->status == AKOLHOOK_LOOKUP_FAILED;
}

static int trigger_all(akolhook_client *client, akolhook_events set) {
    akolhook_envelope envelope = AKOLHOOK_INIT;
    int i, result = YES;
    if (need_envelope(&envelope) != 0) return USAGE;
    for (i = 1; i <= AKOLHOOK_EVENT_LAST; i++) {
        akolhook_request request = AKOLHOOK_INIT;
        akolhook_delivery delivery;
        akolhook_status status;
        size_t len;
        envelope.event = (akolhook_event)i;
        if (!akolhook_events_has(set, envelope.event)) continue;
        status = akolhook_build_sample(sample, sizeof sample, &len, &envelope);
        if (status != AKOLHOOK_OK) return say_no(status, USAGE);
        request.url = akolhook_str_c(opt.args[1]);
        request.secret = akolhook_str_c(opt.secrets.items[0]);
        request.body[0] = akolhook_str_n(sample, len);
        request.message_id = akolhook_str_c(opt.id);
        request.event = akolhook_str_c(akolhook_event_name(envelope.event));
        request.test = (uint8_t)opt.test;
        if (akolhook_deliver_request(client, &request, &delivery) != AKOLHOOK_OK) result = NO;
        put_delivery(akolhook_event_name(envelope.event), &delivery);
        if (is_hopeless(&delivery)) break;
    }
    return result;
}

static int trigger(akolhook_client_desc *desc, akolhook_events set) {
    size_t size = akolhook_client_size(desc);
    void *memory = malloc(size);
    akolhook_client *client = NULL;
    akolhook_status status = akolhook_client_init(&client, memory, memory ? size : 0, desc);
    int result = status == AKOLHOOK_OK ? trigger_all(client, set) : say_no(status, USAGE);
    if (status == AKOLHOOK_OK) akolhook_client_close(client);
    free(memory);
    return result;
}

#ifdef AKOLHOOK_EXAMPLE_OPENSSL
static akolhook_openssl client_tls;

/* The transport for https; the system's CAs, or those of --ca. */
static int need_tls(const akolhook_transport **transport) {
    if (akolhook_openssl_init(&client_tls, opt.ca) != AKOLHOOK_OK) {
        if (!opt.ca) return usage_error("the system has no CA store: give one with --ca FILE");
        return usage_error("--ca: '%s' cannot be read or holds no certificate", opt.ca);
    }
    *transport = akolhook_openssl_transport(&client_tls);
    return 0;
}
static void tls_free(const akolhook_transport *transport) {
    if (transport) akolhook_openssl_free(&client_tls);
}
#else
static int need_tls(const akolhook_transport **transport) {
    *transport = NULL;
    return 0;
}
static void tls_free(const akolhook_transport *transport) { (void)transport; }
#endif

static int run_trigger(void) {
    akolhook_cidr networks[MAX_LIST];
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_events set;
    akolhook_key key;
    int result;
    if (need_events(opt.args[0], &set) != 0 || need_policy(&desc.policy, networks) != 0 ||
            need_key(&key) != 0)
        return USAGE;
    akolhook_wipe(&key, sizeof key);
    desc.deadline_ms = (uint32_t)opt.timeout * 1000;
    if (strncmp(opt.args[1], "http:", 5) != 0 && need_tls(&desc.tls) != 0) return USAGE;
    result = trigger(&desc, set);
    tls_free(desc.tls);
    return result;
}

#include "tool_hub.h"

/* ---- the commands ---- */

struct command {
    const char *name;
    unsigned bit;
    int (*run)(void);
    int min_args, max_args;
    const char *args, *summary, *more;
};

static const struct command command_table[] = {
        {"events", EVENTS, run_events, 0, 1, "[NAMES]", "list the events and when they fire",
                "NAMES picks some: call.ended, 'call.*', 'content.*', joined by commas."},
        {"secret", SECRET, run_secret, 0, 0, "", "make a new secret",
                "24 random bytes behind whsec_, in base64."},
        {"sample", SAMPLE, run_sample, 1, 1, "EVENT", "write a realistic body of an event",
                "The same bytes for the same --time, --business and --webhook. Only on a terminal a line "
                "end\n"
                "is added."},
        {"sign", SIGN, run_sign, 0, 1, "[FILE]", "sign a body",
                "The body is FILE or stdin, byte for byte.\n"
                "  akolhook sample call.ended > body.json\n"
                "  akolhook sign --headers body.json |\n"
                "      curl -H @- --data-binary @body.json http://127.0.0.1:8787/"},
        {"verify", VERIFY, run_verify, 0, 1, "[FILE]", "check the signature and the age of a body",
                "The body is FILE or stdin, byte for byte. After the signature comes the age: that of\n"
                "webhook-timestamp with --standard (at most 300 s), else that of the event in the body (at "
                "most\n"
                "4 days; a body that is no event of Akol's has none). An X-Webhook-Event must name the event "
                "of\n"
                "the body. Exit status 0 when all of it is right, 1 when not.\n"
                "  akolhook verify --signature 121bac... body.json"},
        {"explain", EXPLAIN, run_explain, 0, 1, "[FILE]", "say why a signature does not verify",
                "Takes what verify takes and names the likely cause: another reading of the secret, a "
                "changed\n"
                "line end, JSON that was parsed and written again, a wrong clock. Exit status 0 when the\n"
                "signature is right, 1 when not."},
        {"url", URL, run_url, 1, 1, "URL", "tell whether webhooks may go to a URL, and why not",
                "No lookup is made: the addresses of a name are judged at each connection. Exit status 0\n"
                "accepted, 1 refused."},
        {"listen", LISTEN, run_listen, 0, 0, "", "receive webhooks, verify and show them",
                "Answers 200 to what verifies and to duplicates, 401 without a valid signature, 413 above\n"
                "the cap, 400 to broken HTTP, 405 to other methods, 408 to the slow. Ends with Ctrl-C, or\n"
                "after --count requests."},
        {"trigger", TRIGGER, run_trigger, 2, 2, "EVENT|all URL",
                "send the sample of an event, signed, to a URL",
                "Sends all headers of both schemes. EVENT may be a list or a group like 'call.*'. Exit "
                "status\n"
                "0 only when every answer was 2xx.\n"
                "  akolhook trigger all http://127.0.0.1:8787/ --allow-http --allow-private"},
        {"hub", 0, NULL, 0, 0, "", "run a sender: webhooks, events, retries, log", ""},
};
static const struct command hub_table[] = {
        {"create", HUB_CREATE, hub_create, 0, 0, "", "make a webhook, and its secret",
                "Needs --name, --url and --events. The secret is shown here and by rotate alone."},
        {"list", HUB_LIST, hub_list, 0, 0, "", "list the webhooks",
                "Id, state, running failures, name, URL."},
        {"show", HUB_SHOW, hub_show, 1, 1, "ID", "show a webhook, or a delivery with its body and attempts",
                "Of a webhook the secret and the query of the URL are masked. DELIVERY ids, dlv_..., are "
                "those "
                "of\nthe log."},
        {"events", HUB_EVENTS, hub_events, 1, 2, "ID [NAMES]", "list or choose the events of a webhook",
                "NAMES: call.ended, 'call.*', all, joined by commas."},
        {"update", HUB_UPDATE, hub_update, 1, 1, "ID", "change name, URL or events of a webhook",
                "What is not given stays. Deliveries that wait go to the new URL."},
        {"rotate", HUB_ROTATE, hub_rotate, 1, 1, "ID", "give a webhook a new secret, and show it",
                "The old one signs nothing from here on, retries included."},
        {"enable", HUB_ENABLE, hub_enable, 1, 1, "ID", "set a webhook active",
                "What came while it was inactive is not sent."},
        {"disable", HUB_DISABLE, hub_disable, 1, 1, "ID", "set a webhook inactive",
                "Deliveries that wait are cancelled; events that come are counted as skipped."},
        {"delete", HUB_DELETE, hub_delete, 1, 1, "ID", "delete a webhook, its log and its deliveries",
                "At once, without a question."},
        {"test", HUB_TEST, hub_test, 1, 1, "ID", "send a sample of each of its events to a webhook",
                "Also when it is inactive. akolhook hub run sends them, or --wait; each once. They are "
                "logged "
                "as\ntests."},
        {"emit", HUB_EMIT, hub_emit, 1, 2, "EVENT [FILE]", "send an event to every webhook that wants it",
                "Its data is FILE or stdin, a JSON object. Prints the message id. What was accepted is on "
                "the\n"
                "disk; akolhook hub run sends it.\n"
                "  akolhook hub emit call.ended call.json --business biz_1 --key call_1"},
        {"log", HUB_LOG, hub_log, 0, 0, "", "show what was sent and what came back, newest first",
                "Where more rows follow, the last line has the --cursor for them."},
        {"redeliver", HUB_REDELIVER, hub_redeliver, 0, 1, "[DELIVERY]",
                "send again: one delivery, or all that failed",
                "DELIVERY is an id of the log, dlv_... Otherwise --failed-since TIME, of one --webhook or of "
                "all\n"
                "that are active. Message id and body stay the same. akolhook hub run sends them."},
        {"retry", HUB_RETRY, hub_retry, 1, 1, "DELIVERY", "make the next attempt of a delivery now",
                "Before its schedule and its webhook's pause. akolhook hub run sends it."},
        {"cancel", HUB_CANCEL, hub_cancel, 1, 1, "DELIVERY", "make no further attempt of a delivery",
                "One that is in flight ends by itself."},
        {"purge", HUB_PURGE, hub_purge, 0, 0, "", "remove the bodies of old events",
                "Those of which nothing waits; akolhook hub run does it by itself after a week."},
        {"run", HUB_RUN, hub_run, 0, 0, "", "make deliveries and retries, and tell of each",
                "Ends with Ctrl-C or SIGTERM when what is in flight has ended, at the second at once. A "
                "journal\n"
                "belongs to one process at a time: while this runs no other command can open it. An SQLite\n"
                "file may be used by several at once, also by several runs."},
        {"stats", HUB_STATS, hub_stats, 0, 1, "[ID]", "count: of one webhook, or of all there ever were",
                "Latency is that of successful attempts, at most a quarter too high."},
};

static const char about_secrets[] =
        "Everybody on the machine can read a --secret of the command line in the process list. Without\n"
        "one, the secret is taken from the environment variable AKOLHOOK_SECRET.\n";

static int help(FILE *out) {
    size_t i;
    fputs("akolhook " AKOLHOOK_VERSION " - Akol's webhooks from the command line\n\n"
          "usage: akolhook COMMAND [OPTION]...\n\n",
            out);
    for (i = 0; i < COUNT_OF(command_table); i++)
        fprintf(out, "  %-8s %s\n", command_table[i].name, command_table[i].summary);
    fprintf(out,
            "\nakolhook COMMAND --help explains each. akolhook --version tells the version.\n%s"
            "Exit status: 0 yes, 1 no, 2 wrong usage.\n",
            about_secrets);
    return out == stdout ? YES : USAGE;
}

static int hub_help(FILE *out) {
    size_t i;
    fputs("akolhook hub - run a sender: webhooks, events, retries, log\n\n"
          "usage: akolhook hub COMMAND [OPTION]...\n\n",
            out);
    for (i = 0; i < COUNT_OF(hub_table); i++)
        fprintf(out, "  %-9s %s\n", hub_table[i].name, hub_table[i].summary);
    fputs("\nakolhook hub COMMAND --help explains each. Everything is kept in one file, --store FILE: "
          "SQLite,\n"
          "when its name ends in .db, .sqlite or .sqlite3, or a journal, which needs nothing and belongs to\n"
          "one process at a time. The file holds secrets: it is made readable for its owner alone. What\n"
          "--allow-http, --allow-private and --allow opened for a webhook holds for later runs as well. A\n"
          "journal is in memory as well, taken whole at the start: 13 MB, or as --max-webhooks,\n"
          "--max-pending and --pool say.\n"
          "  akolhook hub create --name CRM --url https://example.com/hook --events 'call.*'\n"
          "  akolhook hub emit call.ended call.json --business biz_1\n"
          "  akolhook hub run --until-idle\n"
          "Exit status: 0 yes, 1 no, 2 wrong usage.\n",
            out);
    return out == stdout ? YES : USAGE;
}

static int command_help(const struct command *command) {
    size_t i;
    printf("akolhook %s - %s\n\nusage: akolhook %s%s%s [OPTION]...\n\n%s\n\n", opt.command, command->summary,
            opt.command, *command->args ? " " : "", command->args, command->more);
    for (i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_table[i];
        const char *line = option->help, *end;
        if (!(option->commands & command->bit)) continue;
        printf("  --%s %-*s", option->name, (int)(25 - strlen(option->name)),
                option->value ? option->value : "");
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
            printf("  %.*s\n%30s", (int)(end - line), line, "");
        printf("  %s\n", line);
    }
    if (find_option("secret", 6, command->bit)) printf("\n%s", about_secrets);
    return YES;
}

static int version(void) {
    puts("akolhook " AKOLHOOK_VERSION
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
         ", https with OpenSSL"
#else
         ", without https"
#endif
#ifdef AKOLHOOK_EXAMPLE_SQLITE
         ", with SQLite"
#endif
    );
    return YES;
}

static int is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* name: that of argv[1] with what stands before it, "hub create". */
static int run_command(const struct command *command, const char *name, int argc, char **argv) {
    opt.command = name;
    opt.bit = command->bit;
    opt.port = -1;
    if (parse_options(argc, argv, command->bit) != 0) return USAGE;
    if (opt.help) return command_help(command);
    if (opt.arg_count < command->min_args || opt.arg_count > command->max_args)
        return usage_error("usage: akolhook %s%s%s [OPTION]...; see akolhook %s --help", name,
                *command->args ? " " : "", command->args, name);
    return command->bit & HUB ? hub_command(command->run) : command->run();
}

static int run_hub(int argc, char **argv) {
    char name[32];
    size_t i;
    opt.command = "hub";
    if (argc < 2) return hub_help(stderr);
    if (is_help(argv[1])) return hub_help(stdout);
    for (i = 0; i < COUNT_OF(hub_table); i++) {
        if (strcmp(argv[1], hub_table[i].name) != 0) continue;
        snprintf(name, sizeof name, "hub %s", argv[1]);
        return run_command(&hub_table[i], name, argc, argv);
    }
    return usage_error("there is no command '%s'; see akolhook hub --help", argv[1]);
}

static int run(int argc, char **argv) {
    size_t i;
    if (argc < 2) return help(stderr);
    if (is_help(argv[1])) return help(stdout);
    if (strcmp(argv[1], "--version") == 0) return version();
    for (i = 0; i < COUNT_OF(command_table); i++) {
        const struct command *command = &command_table[i];
        if (strcmp(argv[1], command->name) != 0) continue;
        return command->run ? run_command(command, command->name, argc, argv) : run_hub(argc - 1, argv + 1);
    }
    return usage_error("there is no command '%s'; see akolhook --help", argv[1]);
}

int main(int argc, char **argv) {
    int result;
    set_colours();
    result = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout))
        return usage_error("cannot write the output: %s", strerror(errno));
    return result;
}
