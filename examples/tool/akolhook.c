/* akolhook - Akol's webhooks from the command line: list, sample, sign, verify, explain, listen, trigger,
   replay, and a sender (hub)

   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls \
      -o build/akolhook examples/tool/akolhook.c -pthread
   and for https: the same with -DAKOLHOOK_EXAMPLE_OPENSSL ... -lssl -lcrypto
   and for a hub in SQLite: with -DAKOLHOOK_EXAMPLE_SQLITE ... -lsqlite3

   Exit status: 0 yes, 1 no, 2 wrong usage, or a file or the output that cannot be read or written. */
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
#include <sys/wait.h>

#include "tool_table.h"
#include "tool_text.h"

/* What a status means here: in the words of the command where an option is about it. */
static const char *advice(akolhook_status status) {
    static const struct {
        akolhook_status status;
        uint64_t commands;
        const char *text;
    } table[] = {
            {AKOLHOOK_URL_SCHEME, LISTEN, "the URL must begin with http:// or https://"},
            {AKOLHOOK_BLOCKED_ADDRESS, LISTEN,
                    "requests are not passed on to this address: a metadata service's, or no machine's"},
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
    for (i = 0; i < COUNT_OF(table) && !is_standard; i++)
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

/* The body, or the data of an event: the file named, or stdin for NULL and "-". One byte more than fits tells
   that it is too long. */
static char input[AKOLHOOK_MAX_BODY + 1];

static int read_input(const char *name, size_t *len) {
    FILE *file;
    int failed;
    if (!name) name = "-";
    file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (!file)
        return usage_error("cannot open '%s': %s%s", name, strerror(errno),
                *name == '{' ? "; JSON goes into a file, or to stdin, which is -" : "");
    *len = fread(input, 1, sizeof input, file);
    failed = ferror(file);
    if (failed) usage_error("cannot read '%s': %s", name, strerror(errno));
    if (file != stdin) fclose(file);
    if (failed) return USAGE;
    if (*len == sizeof input)
        return usage_error("'%s' is longer than %d bytes, the cap for a body", name, AKOLHOOK_MAX_BODY);
    return 0;
}

/* ---- secrets ---- */

#define SECRET_FILE_MAX 4096

/* Each with where it came from, so that an error can name it. */
static struct {
    const char *text;
    const char *file; /* NULL: --secret, or the environment */
    int number;       /* of the line, or of the --secret */
} secrets[MAX_LIST];
static int secret_count;
static char secret_text[SECRET_FILE_MAX]; /* of the files; wiped at the end */

static int secret_error(int i, const char *why) {
    if (secrets[i].file) return usage_error("'%s', line %d: %s", secrets[i].file, secrets[i].number, why);
    if (secrets[i].number == 0) return usage_error("AKOLHOOK_SECRET: %s", why);
    if (opt.secrets.count == 1) return usage_error("--secret: %s", why);
    return usage_error("--secret (number %d): %s", secrets[i].number, why);
}

static int add_secret(const char *text, const char *file, int number) {
    if (secret_count == MAX_LIST) return usage_error("there are more than %d secrets", MAX_LIST);
    secrets[secret_count].text = text;
    secrets[secret_count].file = file;
    secrets[secret_count++].number = number;
    return 0;
}

/* The lines of a file, empty ones passed over; *used: of secret_text. */
static int read_secrets(const char *name, size_t *used) {
    char *at = secret_text + *used, *end;
    FILE *file = fopen(name, "rb");
    size_t len;
    int failed, line = 1, before = secret_count;

    if (!file) return usage_error("--secret-file: cannot open '%s': %s", name, strerror(errno));
    len = fread(at, 1, sizeof secret_text - *used, file);
    failed = ferror(file);
    if (failed) usage_error("--secret-file: cannot read '%s': %s", name, strerror(errno));
    fclose(file);
    if (failed) return USAGE;
    if (*used + len >= sizeof secret_text - 1)
        return usage_error("--secret-file: '%s' is too long: %d bytes are the most", name, SECRET_FILE_MAX);
    if (memchr(at, '\0', len)) return usage_error("--secret-file: '%s' holds a NUL, so it is no text", name);

    at[len] = '\0';
    *used += len + 1;
    for (; *at; line++) {
        end = at + strcspn(at, "\n");
        len = (size_t)(end - at);
        if (*end) *end++ = '\0';
        if (len && at[len - 1] == '\r') at[--len] = '\0'; /* a line end of Windows */
        if (len && add_secret(at, name, line) != 0) return USAGE;
        at = end;
    }
    return secret_count > before ? 0 : usage_error("--secret-file: '%s' holds no secret", name);
}

/* The secrets of the command line and of files, else that of the environment. */
static int read_all_secrets(void) {
    size_t used = 0;
    int i;

    for (i = 0; i < opt.secrets.count; i++)
        if (add_secret(opt.secrets.items[i], NULL, i + 1) != 0) return USAGE;
    for (i = 0; i < opt.secret_files.count; i++)
        if (read_secrets(opt.secret_files.items[i], &used) != 0) return USAGE;
    return 0;
}

/* At least one; of a file of several the signing commands take the first. */
static int need_secrets(int max) {
    const char *from_environment = getenv("AKOLHOOK_SECRET");

    if (read_all_secrets() != 0) return USAGE;
    if (secret_count == 0 && from_environment && add_secret(from_environment, NULL, 0) != 0) return USAGE;
    if (secret_count == 0)
        return usage_error("a secret is needed: --secret-file FILE, --secret SECRET, or AKOLHOOK_SECRET in "
                           "the environment");
    if (opt.secrets.count + opt.secret_files.count > max)
        return usage_error("--secret may stand at most %d time%s here", max, max == 1 ? "" : "s");
    return 0;
}

static unsigned scheme(void) { return opt.standard ? AKOLHOOK_SCHEME_STANDARD : AKOLHOOK_SCHEME_AKOL; }

/* The key to sign with. */
static int need_key(akolhook_key *key) {
    akolhook_status status;

    if (need_secrets(1) != 0) return USAGE;
    status = akolhook_secret_key(akolhook_str_c(secrets[0].text), scheme(), key);
    return status == AKOLHOOK_OK ? 0 : secret_error(0, akolhook_status_text(status));
}

static int add_receiver_secrets(akolhook_receiver *receiver) {
    int i;

    for (i = 0; i < secret_count; i++) {
        akolhook_status status = akolhook_receiver_add_secret(receiver, secrets[i].text);
        if (status != AKOLHOOK_OK) return secret_error(i, akolhook_status_text(status));
    }
    return 0;
}

static int need_receiver(akolhook_receiver *receiver) {
    if (need_secrets(AKOLHOOK_MAX_SECRETS) != 0) return USAGE;
    if (secret_count > AKOLHOOK_MAX_SECRETS)
        return usage_error("there are %d secrets, and at most %d count", secret_count, AKOLHOOK_MAX_SECRETS);
    receiver->schemes = scheme();
    if (opt.any_age) receiver->flags = AKOLHOOK_CLOCK_NONE;
    return add_receiver_secrets(receiver);
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
    const akolhook_platform *platform = akolhook_posix_platform();

    envelope->business_id = akolhook_text_c(opt.business ? opt.business : "biz_SampleBusiness0000000001");
    envelope->webhook_id = akolhook_text_c(opt.webhook ? opt.webhook : "whk_SampleWebhook00000000001");
    if (opt.time) return read_time("time", opt.time, &envelope->timestamp_ms);
    /* two in one second are no duplicates */
    envelope->timestamp_ms = platform->unix_ms_fn(platform->user);
    return 0;
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
        if (opt.json) {
            json_number("number", i);
            json_text("event", akolhook_event_name(event));
            json_text("group", akolhook_event_group(event));
            json_text("firesWhen", akolhook_event_fires_when(event));
            json_end();
            continue;
        }
        printf("%2d  %s%-22s%s  %s%-8s%s  %s\n", i, bold, akolhook_event_name(event), plain, dim,
                akolhook_event_group(event), plain, akolhook_event_fires_when(event));
    }
    return YES;
}

static int run_secret(void) {
    char secret[AKOLHOOK_SECRET_SIZE];
    akolhook_status status = akolhook_secret_generate(akolhook_posix_random, NULL, secret);

    if (status != AKOLHOOK_OK) return say_no(status, NO);
    if (opt.json) {
        json_text("secret", secret);
        json_end();
    } else {
        puts(secret);
    }
    akolhook_wipe(secret, sizeof secret);
    return YES;
}

static char sample[AKOLHOOK_MAX_BODY];

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
    if (opt.json || isatty(STDOUT_FILENO)) puts(""); /* in a file every byte counts */
    return YES;
}

static int sign_standard(const akolhook_key *key, size_t len) {
    char signature[AKOLHOOK_STANDARD_SIGNATURE_SIZE], drawn[AKOLHOOK_ID_SIZE], time[24];
    akolhook_status status = AKOLHOOK_OK;
    const char *id = opt.id;
    int64_t timestamp = 0;

    if (!opt.show_headers && (!opt.id || !opt.timestamp))
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

    snprintf(time, sizeof time, "%lld", (long long)timestamp);
    if (opt.json) {
        json_text("webhook-id", id);
        json_text("webhook-timestamp", time);
        json_text("webhook-signature", signature);
        json_end();
    } else if (opt.show_headers) {
        printf("webhook-id: %s\nwebhook-timestamp: %s\nwebhook-signature: %s\n", id, time, signature);
    } else {
        puts(signature);
    }
    return YES;
}

static int sign_akol(const akolhook_key *key, size_t len) {
    char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE];
    akolhook_status status = akolhook_sign_akol(key, input, len, signature);

    if (status != AKOLHOOK_OK) return say_no(status, NO);
    if (opt.json) {
        json_text("X-Webhook-Signature", signature);
        json_end();
    } else {
        printf("%s%s\n", opt.show_headers ? "X-Webhook-Signature: " : "", signature);
    }
    return YES;
}

static int run_sign(void) {
    akolhook_key key;
    size_t len;
    int result = USAGE;

    if (need_key(&key) != 0) return USAGE;
    if (read_input(opt.args[0], &len) == 0)
        result = opt.standard ? sign_standard(&key, len) : sign_akol(&key, len);
    akolhook_wipe(&key, sizeof key);
    return result;
}

/* 1 when the body is what the status is about, so that nothing in it could be judged. */
static int is_no_envelope(akolhook_status status) {
    return (status <= AKOLHOOK_BAD_HEX && status > AKOLHOOK_NO_SECRET) || status == AKOLHOOK_CONTENT_ENCODED;
}

static const char *input_name(void) {
    return opt.arg_count && strcmp(opt.args[0], "-") ? opt.args[0] : "stdin";
}

/* " ('FILE', byte N)" */
static void put_place(FILE *out, size_t at) {
    fputs(" ('", out);
    put_safe(out, akolhook_str_c(input_name()), NAME_SHOWN);
    fprintf(out, "', byte %lu)", (unsigned long)at);
}

/* A refusal, with the header or the place in the file that it is about. */
static int say_refused(akolhook_status status, const akolhook_message *message) {
    const int in_body = is_no_envelope(status) && status != AKOLHOOK_CONTENT_ENCODED;

    if (opt.json) {
        json_flag("ok", 0);
        json_text("status", akolhook_status_name(status));
        json_text("text", advice(status));
        if (message->error_header) json_text("header", message->error_header);
        if (in_body) json_text("file", input_name());
        if (in_body) json_count("byte", message->error_at);
        json_end();
        return NO;
    }
    fprintf(stderr, "akolhook %s: %s: %s", opt.command, akolhook_status_name(status), advice(status));
    if (message->error_header) fprintf(stderr, " (%s)", message->error_header);
    if (in_body) put_place(stderr, message->error_at);
    fputs("\n", stderr);
    return NO;
}

/* Which secret it was: its number, and the file that it stands in. */
static void put_secret_place(unsigned index) {
    if (index < (unsigned)secret_count && secrets[index].file)
        printf(" ('%s', line %d)", secrets[index].file, secrets[index].number);
}

static void put_verified(unsigned secret, akolhook_status judged) {
    if (opt.json) {
        json_flag("ok", 1);
        json_text("status", "OK");
        json_number("secret", (int64_t)secret + 1);
        json_text("scheme", opt.standard ? "standard" : "akol");
        json_flag("ageJudged", judged == AKOLHOOK_OK || opt.standard);
        if (judged != AKOLHOOK_OK) json_text("body", akolhook_status_name(judged));
        json_end();
        return;
    }
    printf("%sOK%s: signed with secret %u%s", green, plain, secret + 1,
            opt.standard ? " (Standard Webhooks)" : "");
    put_secret_place(secret);
    puts("");
    if (judged != AKOLHOOK_OK && !opt.standard)
        printf("  its age was not judged, as the body carries none that can be read (%s)\n",
                akolhook_status_name(judged));
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
    secret = message.secret_index;
    if (status == AKOLHOOK_OK) judged = akolhook_message_parse(&receiver, input, len, now / 1000, &message);
    akolhook_wipe(&receiver, sizeof receiver);
    if (status != AKOLHOOK_OK) return say_refused(status, &message);
    if (judged != AKOLHOOK_OK && !is_no_envelope(judged)) return say_refused(judged, &message);
    put_verified(secret, judged);
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

    for (i = 0; i < secret_count; i++) {
        akolhook_explanation one;
        akolhook_status status =
                akolhook_explain(akolhook_str_c(secrets[i].text), scheme(), in, body, len, now, &one);

        if (status != AKOLHOOK_OK) return status;
        if (i == 0 || weight_of(one.cause) > weight_of(best->cause)) *best = one;
        if (one.cause == AKOLHOOK_CAUSE_NONE) break;
    }
    return AKOLHOOK_OK;
}

/* In the words of the tool where an option is about it, or where a whole line of an .env file was given. */
static const char *cause_text(const akolhook_explanation *why) {
    int i;

    for (i = 0; why->cause == AKOLHOOK_CAUSE_UNKNOWN && i < secret_count; i++) {
        const char *begin = strstr(secrets[i].text, "whsec_");
        if (begin && begin != secrets[i].text)
            return "something stands in front of whsec_ in the secret that was given: give the secret alone";
    }
    if (why->cause != AKOLHOOK_CAUSE_OTHER_HEADERS) return why->text;
    return opt.standard ? "the headers are those of Akol's scheme: leave --standard out"
                        : "the headers are those of Standard Webhooks: give --standard";
}

static void put_cause(const akolhook_explanation *why) {
    long long seconds = (long long)why->seconds;

    printf("likely cause: %s%s%s", yellow, cause_text(why), plain);
    if (why->cause == AKOLHOOK_CAUSE_CLOCK)
        printf(" (%lld s %s)", seconds < 0 ? -seconds : seconds, seconds < 0 ? "behind" : "ahead");
    puts("");
}

static void json_explanation(const akolhook_explanation *why) {
    json_flag("ok", why->cause == AKOLHOOK_CAUSE_NONE);
    json_text("status", akolhook_status_name(why->status));
    json_text("text", advice(why->status));
    if (why->cause != AKOLHOOK_CAUSE_NONE && why->cause != AKOLHOOK_CAUSE_HEADERS)
        json_text("cause", cause_text(why));
    if (why->cause == AKOLHOOK_CAUSE_CLOCK) json_number("seconds", why->seconds);
    if (why->error_header) json_text("header", why->error_header);
    if (why->cause == AKOLHOOK_CAUSE_BODY) json_count("byte", why->error_at);
    json_end();
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
    if (opt.json) {
        json_explanation(&why);
        return why.cause == AKOLHOOK_CAUSE_NONE ? YES : NO;
    }
    if (why.cause == AKOLHOOK_CAUSE_NONE) {
        printf("%sOK%s: %s\n", green, plain, why.text);
        return YES;
    }
    printf("%s%s%s: %s", red, akolhook_status_name(why.status), plain, advice(why.status));
    if (why.error_header) printf(" (%s)", why.error_header);
    if (why.cause == AKOLHOOK_CAUSE_BODY && why.error_at) put_place(stdout, why.error_at);
    puts("");
    if (why.cause != AKOLHOOK_CAUSE_HEADERS) put_cause(&why);
    return NO;
}

static void json_url(const akolhook_url *url) {
    json_flag("accepted", 1);
    json_text("scheme", url->https ? "https" : "http");
    json_str("host", url->host);
    json_flag("hostIsName", url->host_type == AKOLHOOK_HOST_NAME);
    json_number("port", url->port);
    json_str("target", url->target);
    json_end();
}

static int run_url(void) {
    akolhook_cidr networks[MAX_LIST];
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_url url;
    akolhook_status status;

    if (need_policy(&policy, networks) != 0) return USAGE;
    status = akolhook_url_parse(akolhook_str_c(opt.args[0]), policy.flags & AKOLHOOK_ALLOW_HTTP, &url);
    if (status == AKOLHOOK_OK) status = akolhook_policy_url(&policy, &url);
    if (status != AKOLHOOK_OK && opt.json) {
        json_flag("accepted", 0);
        json_text("status", akolhook_status_name(status));
        json_text("text", advice(status));
        json_end();
        return NO;
    }
    if (status != AKOLHOOK_OK) return say_no(status, NO);
    if (opt.json) {
        json_url(&url);
        return YES;
    }
    printf("%saccepted%s\n  scheme  %s\n", green, plain, url.https ? "https" : "http");
    printf("  host    %.*s", (int)url.host.len, url.host.ptr);
    if (url.host_type == AKOLHOOK_HOST_NAME) printf(" (its addresses are judged at each connection)");
    printf("\n  port    %u\n  target  %s%.*s\n", (unsigned)url.port, url.path.len ? "" : "/",
            (int)url.target.len, url.target.len ? url.target.ptr : "");
    return YES;
}

/* ---- https ---- */

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

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    (void)number;
    interrupted = interrupted ? 2 : 1;
}

/* To end in good order, whoever tells to; a reader of the output that is gone shows as an error of stdout. */
static void catch_signals(void) {
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

#include "tool_http.h"
#include "tool_send.h"
#include "tool_listen.h"
#include "tool_hub.h"
#include "tool_pages.h"

/* ---- the commands ---- */

static int run_version(void) {
    static const int has_tls =
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
            1;
#else
            0;
#endif
    static const int has_sqlite =
#ifdef AKOLHOOK_EXAMPLE_SQLITE
            1;
#else
            0;
#endif
    if (opt.json) {
        json_text("version", AKOLHOOK_VERSION);
        json_flag("openssl", has_tls);
        json_flag("sqlite", has_sqlite);
        json_end();
        return YES;
    }
    printf("akolhook %s%s%s\n", AKOLHOOK_VERSION, has_tls ? ", https with OpenSSL" : ", without https",
            has_sqlite ? ", with SQLite" : "");
    return YES;
}

static int is_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

/* name: that of argv[1] with what stands before it, "hub create". */
static int run_command(const command *c, const char *name, int argc, char **argv) {
    opt.command = name;
    opt.bit = c->bit;
    opt.port = -1;
    if (parse_options(argc, argv) != 0) return USAGE;
    if (opt.help) return command_help(c, name);
    if (opt.arg_count < c->min_args || (c->max_args >= 0 && opt.arg_count > c->max_args))
        return usage_error("usage: akolhook %s%s%s [OPTION]...; see akolhook %s --help", name,
                *c->args ? " " : "", c->args, name);
    return c->bit & HUB ? hub_command(c->run) : c->run();
}

static int run_hub(int argc, char **argv) {
    static char name[32]; /* opt.command outlives this call */
    const command *c;

    opt.command = "hub";
    if (argc < 2) return hub_help(stderr);
    if (is_help(argv[1]) || strcmp(argv[1], "help") == 0) return hub_help(stdout);
    c = find_command(hub_table, COUNT_OF(hub_table), argv[1]);
    if (!c) return usage_error("there is no command '%s'; see akolhook hub --help", argv[1]);
    snprintf(name, sizeof name, "hub %s", argv[1]);
    return run_command(c, name, argc, argv);
}

static int run(int argc, char **argv) {
    const command *c;

    if (argc < 2) return help(stderr);
    if (is_help(argv[1])) return help(stdout);
    if (strcmp(argv[1], "--version") == 0) return run_version();
    c = find_command(command_table, COUNT_OF(command_table), argv[1]);
    if (!c) return usage_error("there is no command '%s'; see akolhook --help", argv[1]);
    return c->run ? run_command(c, c->name, argc, argv) : run_hub(argc - 1, argv + 1);
}

/* A standard stream that is closed would be the next file that is opened, a store for one, and what is
   printed would go there. It is opened so that its use fails, as before. 0 when it cannot be. */
static int hold_streams(void) {
#ifndef _WIN32
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return 0;
#endif
    return 1;
}

int main(int argc, char **argv) {
    int result;

    if (!hold_streams()) return usage_error("a standard stream is closed: %s", strerror(errno));
    set_colours();
    result = run(argc, argv);
    akolhook_wipe(secret_text, sizeof secret_text);
    if (fflush(stdout) != 0 || ferror(stdout))
        return usage_error("cannot write the output: %s", strerror(errno));
    return result;
}
