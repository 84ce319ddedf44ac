/* The tables of options and commands, and what is made from them: parsing and --help here, man pages and
   shell completion in tool_pages.h. */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

enum { YES = 0, NO = 1, USAGE = 2 }; /* exit statuses */

#define COUNT_OF(table) (sizeof table / sizeof table[0])
#define MAX_LIST 16
#define MAX_SPAN 9 /* digits of a number before s, m, h, d or w */

typedef struct list {
    const char *items[MAX_LIST];
    int count;
} list;

typedef struct options {
    const char *command; /* as it was called: "listen", "hub create" */
    uint64_t bit;        /* of the command */
    const char **args;   /* what is no option */
    int arg_count;
    list secrets, secret_files, headers, networks;
    const char *tls[2];
    const char *signature, *id, *timestamp, *time, *now, *business, *webhook, *address, *ca;
    const char *forward, *exec, *save, *data;
    const char *store, *name, *url, *events, *key, *since, *until, *failed_since, *cursor;
    const char *message, *delivery, *state, *code, *older_than, *rate, *deadline;
    int64_t port, count, max_body, timeout, limit, attempts, max_webhooks, max_pending, pool;
    int64_t status, work, repeat;
    int standard, show_headers, allow_http, allow_private, any_age, test, help, json, local, as_is;
    int probe, failed, succeeded, tests, until_idle, salvage, wait;
} options;

/* Commands as bits, for sets of them. */
#define EVENTS (UINT64_C(1) << 0)
#define SECRET (UINT64_C(1) << 1)
#define SAMPLE (UINT64_C(1) << 2)
#define SIGN (UINT64_C(1) << 3)
#define VERIFY (UINT64_C(1) << 4)
#define EXPLAIN (UINT64_C(1) << 5)
#define URL (UINT64_C(1) << 6)
#define LISTEN (UINT64_C(1) << 7)
#define TRIGGER (UINT64_C(1) << 8)
#define REPLAY (UINT64_C(1) << 9)
#define HELP (UINT64_C(1) << 10)
#define VERSION (UINT64_C(1) << 11)
#define COMPLETION (UINT64_C(1) << 12)
#define MAN (UINT64_C(1) << 13)
#define HUB_CREATE (UINT64_C(1) << 16)
#define HUB_LIST (UINT64_C(1) << 17)
#define HUB_SHOW (UINT64_C(1) << 18)
#define HUB_EVENTS (UINT64_C(1) << 19)
#define HUB_UPDATE (UINT64_C(1) << 20)
#define HUB_ROTATE (UINT64_C(1) << 21)
#define HUB_ENABLE (UINT64_C(1) << 22)
#define HUB_DISABLE (UINT64_C(1) << 23)
#define HUB_DELETE (UINT64_C(1) << 24)
#define HUB_TEST (UINT64_C(1) << 25)
#define HUB_EMIT (UINT64_C(1) << 26)
#define HUB_LOG (UINT64_C(1) << 27)
#define HUB_REDELIVER (UINT64_C(1) << 28)
#define HUB_RUN (UINT64_C(1) << 29)
#define HUB_STATS (UINT64_C(1) << 30)
#define HUB_RETRY (UINT64_C(1) << 31)
#define HUB_CANCEL (UINT64_C(1) << 32)
#define HUB_PURGE (UINT64_C(1) << 33)
#define EVERY (~UINT64_C(0))
#define HUB (EVERY << 16)
#define HUB_WANTED (HUB_CREATE | HUB_UPDATE)
#define HUB_SENDS (HUB_WANTED | HUB_RUN | HUB_TEST)
#define SENDS (TRIGGER | REPLAY | HUB_SENDS)
#define JUDGES (VERIFY | EXPLAIN | LISTEN)

/* FIELD: text that may be empty, as the value of a header may. An empty TEXT would count as none given. */
typedef enum kind { FLAG, TEXT, FIELD, NUMBER, LIST, PAIR } kind;

typedef struct option {
    const char *name;
    kind kind;
    uint64_t commands;
    size_t at;         /* in options */
    long min, max;     /* NUMBER */
    const char *value; /* what stands behind it; tool_pages.h completes by these words */
    const char *help;  /* one sentence or two, wrapped where it is shown */
} option;

static const option option_table[] = {
        {"name", TEXT, HUB_WANTED, offsetof(options, name), 0, 0, "NAME",
                "what to call it, 1 to 100 characters"},
        {"url", TEXT, HUB_WANTED, offsetof(options, url), 0, 0, "URL", "where its events go"},
        {"events", TEXT, HUB_WANTED, offsetof(options, events), 0, 0, "NAMES",
                "what it gets: call.ended, 'call.*', all, joined by commas"},
        {"header", LIST, HUB_WANTED, offsetof(options, headers), 0, 0, "'NAME: VALUE'",
                "sent with each delivery, up to 8; none takes away those there were"},
        {"rate", TEXT, HUB_WANTED, offsetof(options, rate), 0, 0, "N",
                "at most so many attempts in a second, 1 to 1000, or none (default: none)"},
        {"deadline", TEXT, HUB_WANTED, offsetof(options, deadline), 0, 0, "SECONDS",
                "of each attempt, 1 to 600, or none: that of hub run (default: none)"},
        {"secret", LIST, HUB_CREATE, offsetof(options, secrets), 0, 0, "SECRET",
                "one of your own, up to 128 bytes (default: one is made)"},
        {"secret-file", LIST, HUB_CREATE, offsetof(options, secret_files), 0, 0, "FILE",
                "the same from the first line of a file"},
        {"probe", FLAG, HUB_WANTED, offsetof(options, probe), 0, 0, NULL,
                "first send a sample to the URL: without a 2xx answer nothing is kept. A receiver that "
                "verifies has no secret yet and refuses it"},
        {"time", TEXT, HUB_EMIT, offsetof(options, time), 0, 0, "TIME",
                "when the event happened (RFC 3339 or seconds since 1970; default: now)"},
        {"key", TEXT, HUB_EMIT, offsetof(options, key), 0, 0, "KEY",
                "idempotency key: the same key again is the same event"},
        {"business", TEXT, HUB, offsetof(options, business), 0, 0, "ID",
                "businessId of the events; a store belongs to one business (default: the store's, or "
                "AKOLHOOK_BUSINESS in the environment)"},
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
                "waiting, delivered, failed, cancelled or dropped: of the delivery after the row"},
        {"code", TEXT, HUB_LOG, offsetof(options, code), 0, 0, "CLASS",
                "2xx, 3xx, 4xx, 5xx, or none: no HTTP code came"},
        {"since", TEXT, HUB_LOG, offsetof(options, since), 0, 0, "TIME",
                "not before: 1h ago (s, m, h, d, w), 2026-04-18, RFC 3339 or seconds since 1970"},
        {"until", TEXT, HUB_LOG, offsetof(options, until), 0, 0, "TIME", "before; likewise"},
        {"limit", NUMBER, HUB_LOG, offsetof(options, limit), 1, 100, "N",
                "at most so many rows (default: 20)"},
        {"cursor", TEXT, HUB_LOG, offsetof(options, cursor), 0, 0, "CURSOR",
                "the next page, as the end of the one before says"},
        {"failed-since", TEXT, HUB_REDELIVER, offsetof(options, failed_since), 0, 0, "TIME",
                "all that failed then or later: 1h ago (s, m, h, d, w), 2026-04-18, RFC 3339 or seconds "
                "since 1970"},
        {"older-than", TEXT, HUB_PURGE, offsetof(options, older_than), 0, 0, "SPAN",
                "bodies of events older than that: 30s, 15m, 1h, 7d, 2w (default: 7d)"},
        {"wait", FLAG, HUB_TEST, offsetof(options, wait), 0, 0, NULL,
                "send them now and tell how each ended; what else is due is sent as well. Between those that "
                "fail are growing pauses"},
        {"until-idle", FLAG, HUB_RUN, offsetof(options, until_idle), 0, 0, NULL,
                "end when all that is due was tried; retries of later stay for the next run"},
        {"attempts", NUMBER, HUB_RUN, offsetof(options, attempts), 1, 255, "N",
                "at most so many of one delivery; 1: no retries (default: 10)"},
        {"salvage", FLAG, HUB_RUN, offsetof(options, salvage), 0, 0, NULL,
                "open a damaged journal and keep what is before the damage"},
        {"secret", LIST, SIGN | TRIGGER | REPLAY, offsetof(options, secrets), 0, 0, "SECRET",
                "the webhook's secret to sign with, whsec_..."},
        {"secret-file", LIST, SIGN | TRIGGER | REPLAY, offsetof(options, secret_files), 0, 0, "FILE",
                "a file that holds it; of several lines the first counts"},
        {"secret", LIST, JUDGES, offsetof(options, secrets), 0, 0, "SECRET",
                "the webhook's secret, whsec_...; several times, as during a rotation"},
        {"secret-file", LIST, JUDGES, offsetof(options, secret_files), 0, 0, "FILE",
                "a file that holds it, or several: one a line"},
        {"standard", FLAG, SIGN | JUDGES, offsetof(options, standard), 0, 0, NULL,
                "Standard Webhooks (webhook-id, -timestamp, -signature) instead of X-Webhook-Signature"},
        {"signature", FIELD, VERIFY | EXPLAIN, offsetof(options, signature), 0, 0, "VALUE",
                "the signature header as it came"},
        {"id", FIELD, SIGN | VERIFY | EXPLAIN, offsetof(options, id), 0, 0, "ID",
                "the message id (webhook-id)"},
        {"id", TEXT, TRIGGER, offsetof(options, id), 0, 0, "ID",
                "the message id (webhook-id; default: a new one for each)"},
        {"timestamp", FIELD, SIGN | VERIFY | EXPLAIN, offsetof(options, timestamp), 0, 0, "SECONDS",
                "webhook-timestamp, seconds since 1970"},
        {"header", LIST, VERIFY | EXPLAIN, offsetof(options, headers), 0, 0, "'NAME: VALUE'",
                "a header of the request, as in a log; several times"},
        {"headers", FLAG, SIGN, offsetof(options, show_headers), 0, 0, NULL,
                "write whole header lines, for curl -H @-; with --standard a missing id is drawn and the "
                "time is now"},
        {"now", TEXT, VERIFY, offsetof(options, now), 0, 0, "TIME",
                "judge times as of then (RFC 3339 or seconds since 1970)"},
        {"now", TEXT, EXPLAIN, offsetof(options, now), 0, 0, "TIME",
                "judge webhook-timestamp as of then (RFC 3339 or seconds since 1970)"},
        {"any-age", FLAG, VERIFY | LISTEN, offsetof(options, any_age), 0, 0, NULL,
                "take messages of any time; for recordings only"},
        {"time", TEXT, SAMPLE | TRIGGER, offsetof(options, time), 0, 0, "TIME",
                "when the event happened (RFC 3339 or seconds since 1970; default: now)"},
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
        {"forward", TEXT, LISTEN, offsetof(options, forward), 0, 0, "URL",
                "pass what is verified on to your own server, and its answer back"},
        {"exec", TEXT, LISTEN, offsetof(options, exec), 0, 0, "COMMAND",
                "run it for what is verified, with the body on its stdin; exit status 0 answers 200, any "
                "other 500"},
        {"work", NUMBER, LISTEN, offsetof(options, work), 1, 3600, "SECONDS",
                "how long --forward and --exec may take (default: 25, as a sender waits for 30)"},
        {"status", NUMBER, LISTEN, offsetof(options, status), 200, 599, "CODE",
                "answer so to what is verified; unless it is 2xx the message may come again"},
        {"save", TEXT, LISTEN, offsetof(options, save), 0, 0, "DIR",
                "keep each request but duplicates in a file there, for akolhook replay"},
        {"headers", FLAG, LISTEN, offsetof(options, show_headers), 0, 0, NULL, "show all headers"},
        {"count", NUMBER, LISTEN, offsetof(options, count), 1, 1000000000, "N", "end after N requests"},
        {"max-body", NUMBER, LISTEN, offsetof(options, max_body), 1, 67108864, "BYTES",
                "longer bodies are answered 413 (default: 1048576)"},
        {"timeout", NUMBER, LISTEN, offsetof(options, timeout), 1, 3600, "SECONDS",
                "deadline of one request (default: 10)"},
        {"timeout", NUMBER, TRIGGER | REPLAY | HUB_RUN | HUB_TEST, offsetof(options, timeout), 1, 3600,
                "SECONDS", "deadline of one delivery (default: 30)"},
        {"data", TEXT, TRIGGER, offsetof(options, data), 0, 0, "FILE",
                "the event's data, a JSON object, instead of the sample's; - is stdin"},
        {"repeat", NUMBER, TRIGGER, offsetof(options, repeat), 1, 1000000, "N",
                "send it N times, each with a time and an id of its own"},
        {"as-is", FLAG, REPLAY, offsetof(options, as_is), 0, 0, NULL,
                "with the headers that it had, and no secret (default: sign it anew)"},
        {"local", FLAG, TRIGGER | REPLAY, offsetof(options, local), 0, 0, NULL,
                "to this machine, http as well; without a URL to http://127.0.0.1:8787/"},
        {"test", FLAG, TRIGGER, offsetof(options, test), 0, 0, NULL, "mark it as a test (X-Webhook-Test: 1)"},
        {"ca", TEXT, SENDS, offsetof(options, ca), 0, 0, "FILE",
                "trust the CAs in this PEM file alone (default: the system's)"},
        {"ca", TEXT, LISTEN, offsetof(options, ca), 0, 0, "FILE",
                "for --forward: trust the CAs in this PEM file alone (default: the system's)"},
        {"allow-http", FLAG, URL | SENDS, offsetof(options, allow_http), 0, 0, NULL, "take http:// as well"},
        {"allow-private", FLAG, URL | SENDS, offsetof(options, allow_private), 0, 0, NULL,
                "take this machine and private networks as well"},
        {"allow", LIST, URL | SENDS, offsetof(options, networks), 0, 0, "NETWORK",
                "open one network, such as 10.1.0.0/16; several times"},
        {"json", FLAG, EVERY & ~(HELP | COMPLETION | MAN), offsetof(options, json), 0, 0, NULL,
                "print JSON, one object a line"},
        {"store", TEXT, HUB, offsetof(options, store), 0, 0, "FILE",
                "the SQLite file (*.db, *.sqlite, *.sqlite3) or the journal with the webhooks (default: "
                "AKOLHOOK_STORE in the environment, else akolhook.db; akolhook.journal where there is one, "
                "or no SQLite)"},
        {"max-webhooks", NUMBER, HUB, offsetof(options, max_webhooks), 1, 10000, "N",
                "room for N webhooks (default: 100)"},
        {"max-pending", NUMBER, HUB, offsetof(options, max_pending), 1, 1000000, "N",
                "journal: room for N deliveries that wait (default: 10000)"},
        {"pool", NUMBER, HUB, offsetof(options, pool), 1, 512, "MIB",
                "journal: room for names, URLs and events (default: 4)"},
        {"help", FLAG, EVERY, offsetof(options, help), 0, 0, NULL, "this text"},
};

/* ---- the commands ---- */

typedef struct command {
    const char *name;
    uint64_t bit;
    int (*run)(void);
    int min_args, max_args; /* max_args -1: any number */
    const char *args, *summary;
    const char *more; /* paragraphs, one a line; a line that begins with blanks stands as it is */
} command;

static int run_events(void), run_secret(void), run_sample(void), run_sign(void), run_verify(void);
static int run_explain(void), run_url(void), run_listen(void), run_trigger(void), run_replay(void);
static int run_help(void), run_version(void), run_completion(void), run_man(void);
static int hub_create(void), hub_list(void), hub_show(void), hub_events(void), hub_update(void);
static int hub_rotate(void), hub_enable(void), hub_disable(void), hub_delete(void), hub_test(void);
static int hub_emit(void), hub_log(void), hub_redeliver(void), hub_retry(void), hub_cancel(void);
static int hub_purge(void), hub_run(void), hub_stats(void);

static const command command_table[] = {
        {"events", EVENTS, run_events, 0, 1, "[NAMES]", "list the events and when they fire",
                "NAMES picks some: call.ended, 'call.*', 'content.*', joined by commas."},
        {"secret", SECRET, run_secret, 0, 0, "", "make a new secret",
                "24 random bytes behind whsec_, in base64."},
        {"sample", SAMPLE, run_sample, 1, 1, "EVENT", "write a realistic body of an event",
                "The same bytes for the same --time, --business and --webhook. Only on a terminal, or with "
                "--json, a line end is added."},
        {"sign", SIGN, run_sign, 0, 1, "[FILE]", "sign a body",
                "The body is FILE or stdin, byte for byte.\n"
                "  akolhook sample call.ended > body.json\n"
                "  akolhook sign --headers body.json |\n"
                "      curl -H @- --data-binary @body.json http://127.0.0.1:8787/"},
        {"verify", VERIFY, run_verify, 0, 1, "[FILE]", "check the signature and the age of a body",
                "The body is FILE or stdin, byte for byte. After the signature comes the age: that of "
                "webhook-timestamp with --standard (at most 300 s), else that of the event in the body (at "
                "most 4 days; a body that is no event of Akol's has none). An X-Webhook-Event must name the "
                "event of the body. Exit status 0 when all of it is right, 1 when not.\n"
                "  akolhook verify --signature 121bac... body.json"},
        {"explain", EXPLAIN, run_explain, 0, 1, "[FILE]", "say why a signature does not verify",
                "Takes what verify takes and names the likely cause: another reading of the secret, a "
                "changed line end, JSON that was parsed and written again, a wrong clock. Exit status 0 when "
                "the signature is right, 1 when not."},
        {"url", URL, run_url, 1, 1, "URL", "tell whether webhooks may go to a URL, and why not",
                "No lookup is made: the addresses of a name are judged at each connection. Exit status 0 "
                "accepted, 1 refused."},
        {"listen", LISTEN, run_listen, 0, 0, "", "receive webhooks, verify and show them",
                "Answers 200 to what verifies and to duplicates, 401 without a valid signature, 413 above "
                "the cap, 400 to broken HTTP, 405 to other methods, 408 to the slow. Ends with Ctrl-C, or "
                "after --count requests.\n"
                "--forward passes a request on as it was signed, its body unchanged, to your server; its "
                "code, Content-Type, Retry-After and up to 1 MiB of content come back. Redirects are passed "
                "back, not followed. 502: no answer; 504: none in time.\n"
                "--exec starts COMMAND without a shell: words between blanks, and quotes '...' or \"...\" "
                "around a word that holds blanks. In its environment are AKOLHOOK_EVENT, AKOLHOOK_TIMESTAMP, "
                "AKOLHOOK_BUSINESS_ID, AKOLHOOK_WEBHOOK_ID, AKOLHOOK_MESSAGE_ID, AKOLHOOK_TEST (1 or 0), "
                "AKOLHOOK_PEER; the tool's own secret is not. What it writes goes to stderr. At the end of "
                "its time it and its children are killed. For a shell: --exec 'sh -c \"...\"'.\n"
                "  akolhook listen --secret-file whsec.txt --forward http://127.0.0.1:3000/webhooks\n"
                "  akolhook listen --secret-file whsec.txt --save requests --exec ./on-event"},
        {"trigger", TRIGGER, run_trigger, 1, 2, "EVENT|all [URL]",
                "send the sample of an event, signed, to a URL",
                "Sends all headers of both schemes, and shows the response. EVENT may be a list or a group "
                "like 'call.*'. Only with --local the URL may be left out. Exit status 0 only when every "
                "answer was 2xx.\n"
                "  akolhook trigger all --local\n"
                "  akolhook trigger call.ended https://example.com/hook --data call.json"},
        {"replay", REPLAY, run_replay, 1, -1, "FILE... [URL]", "send requests again that listen saved",
                "FILE is what listen --save kept, a request with its head, or a body alone. It is signed "
                "anew, with its message id and the time of now, or sent --as-is. Only with --local the URL "
                "may be left out. Exit status 0 only when every answer was 2xx.\n"
                "  akolhook replay requests/*.http --local"},
        {"hub", 0, NULL, 0, 0, "", "run a sender: webhooks, events, retries, log", ""},
        {"help", HELP, run_help, 0, 2, "[COMMAND]", "explain a command",
                "COMMAND: listen, hub, hub create, and so on."},
        {"version", VERSION, run_version, 0, 0, "", "tell the version", "And what was built in."},
        {"completion", COMPLETION, run_completion, 1, 1, "bash|zsh|fish", "write completion for a shell",
                "make install puts all three in their places. By hand:\n"
                "  . <(akolhook completion bash)\n"
                "  akolhook completion zsh > ~/.zfunc/_akolhook         # a folder of fpath\n"
                "  akolhook completion fish > ~/.config/fish/completions/akolhook.fish"},
        {"man", MAN, run_man, 0, 1, "[hub]", "write a manual page",
                "That of akolhook or of akolhook hub, in mdoc.\n"
                "  akolhook man | man -l -"},
};

static const command hub_table[] = {
        {"create", HUB_CREATE, hub_create, 0, 0, "", "make a webhook, and its secret",
                "Needs --name, --url and --events. The secret is shown here and by rotate alone; one of your "
                "own is not shown."},
        {"list", HUB_LIST, hub_list, 0, 0, "", "list the webhooks",
                "Id, state, running failures, name, URL."},
        {"show", HUB_SHOW, hub_show, 1, 1, "ID", "show a webhook, or a delivery with its body and attempts",
                "Of a webhook the secret and the query of the URL are masked. DELIVERY ids, dlv_..., are "
                "those of the log."},
        {"events", HUB_EVENTS, hub_events, 1, 2, "ID [NAMES]", "list or choose the events of a webhook",
                "NAMES: call.ended, 'call.*', all, joined by commas."},
        {"update", HUB_UPDATE, hub_update, 1, 1, "ID", "change name, URL, events or limits of a webhook",
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
                "logged as tests."},
        {"emit", HUB_EMIT, hub_emit, 1, 2, "EVENT [FILE]", "send an event to every webhook that wants it",
                "Its data is FILE or stdin, a JSON object. Prints the message id. What was accepted is on "
                "the disk; akolhook hub run sends it.\n"
                "  akolhook hub emit call.ended call.json --business biz_1 --key call_1"},
        {"log", HUB_LOG, hub_log, 0, 0, "", "show what was sent and what came back, newest first",
                "Where more rows follow, the last line has the --cursor for them."},
        {"redeliver", HUB_REDELIVER, hub_redeliver, 0, 1, "[DELIVERY]",
                "send again: one delivery, or all that failed",
                "DELIVERY is an id of the log, dlv_... Otherwise --failed-since TIME, of one --webhook or of "
                "all that are active. Message id and body stay the same. akolhook hub run sends them."},
        {"retry", HUB_RETRY, hub_retry, 1, 1, "DELIVERY", "make the next attempt of a delivery now",
                "Before its schedule and its webhook's pause. akolhook hub run sends it."},
        {"cancel", HUB_CANCEL, hub_cancel, 1, 1, "DELIVERY", "make no further attempt of a delivery",
                "One that is in flight ends by itself."},
        {"purge", HUB_PURGE, hub_purge, 0, 0, "", "remove the bodies of old events",
                "Those of which nothing waits; akolhook hub run does it by itself after a week."},
        {"run", HUB_RUN, hub_run, 0, 0, "", "make deliveries and retries, and tell of each",
                "Ends with Ctrl-C or SIGTERM when what is in flight has ended, at the second at once. A "
                "journal is changed by one process at a time: while this runs, list, show, events, log and "
                "stats work, and what would change something does not. An SQLite file may be used by several "
                "at once, also by several runs."},
        {"stats", HUB_STATS, hub_stats, 0, 1, "[ID]", "count: of one webhook, or of all there ever were",
                "Latency is that of successful attempts, at most a quarter too high."},
};

static const char about_secrets[] =
        "Everybody on the machine can read a --secret of the command line in the process list: --secret-file "
        "keeps it out of there. Without either, the secret is taken from the environment variable "
        "AKOLHOOK_SECRET.";
static const char about_exit[] =
        "Exit status: 0 yes, 1 no, 2 wrong usage, or a file or the output that cannot be read or written.";
static const char about_hub[] =
        "Everything is kept in one file, --store FILE: SQLite, when its name ends in .db, .sqlite or "
        ".sqlite3, or a journal, which needs nothing and is changed by one process at a time. The file holds "
        "secrets: it is made readable for its owner alone. What --allow-http, --allow-private and --allow "
        "opened for a webhook holds for later runs as well. A journal is in memory as well, taken whole at "
        "the start: 13 MB, or as --max-webhooks, --max-pending and --pool say.\n"
        "  akolhook hub create --name CRM --url https://example.com/hook --events 'call.*'\n"
        "  akolhook hub emit call.ended call.json --business biz_1\n"
        "  akolhook hub run --until-idle";

static options opt;

/* ---- parsing ---- */

static void put_safe(FILE *out, akolhook_str text, size_t width);

/* "akolhook sign: ..." on stderr, on one line; what stands in a command line, such as the name of a file of
   others, does not steer the terminal. Returns USAGE. */
#if defined(__GNUC__) || defined(__clang__)
__attribute__((format(printf, 1, 2)))
#endif
static int
usage_error(const char *format, ...) {
    char text[8192];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "akolhook%s%s: ", opt.command ? " " : "", opt.command ? opt.command : "");
    put_safe(stderr, akolhook_str_c(text), sizeof text);
    fprintf(stderr, "\n");
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

static int set_option(const option *o, const char *value, const char *second) {
    void *at = (char *)&opt + o->at;
    list *items = (list *)at;

    switch (o->kind) {
    case FLAG: *(int *)at = 1; return 0;
    case TEXT:
    case FIELD: *(const char **)at = value; return 0;
    case PAIR:
        ((const char **)at)[0] = value;
        ((const char **)at)[1] = second;
        return 0;
    case NUMBER:
        if (parse_number(value, o->min, o->max, (int64_t *)at)) return 0;
        return usage_error("--%s takes a number from %ld to %ld, not '%s'", o->name, o->min, o->max, value);
    case LIST: break;
    }
    if (items->count == MAX_LIST) return usage_error("--%s may stand at most %d times", o->name, MAX_LIST);
    items->items[items->count++] = value;
    return 0;
}

static const option *find_option(const char *name, size_t len, uint64_t commands) {
    size_t i;

    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];
        if ((o->commands & commands) && strlen(o->name) == len && memcmp(o->name, name, len) == 0) return o;
    }
    return NULL;
}

/* One option at argv[*i], as --name VALUE or --name=VALUE. */
static int parse_option(int argc, char **argv, int *i) {
    const char *word = strcmp(argv[*i], "-h") == 0 ? "--help" : argv[*i];
    const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL, *second = NULL;
    size_t name_len = equals ? (size_t)(equals - word) : strlen(word);
    const option *o = strncmp(word, "--", 2) == 0 ? find_option(word + 2, name_len - 2, opt.bit) : NULL;

    /* a value behind it may be a secret */
    if (!o)
        return usage_error(
                "there is no option %.*s; see akolhook %s --help", (int)name_len, word, opt.command);
    if (o->kind == FLAG && value) return usage_error("--%s takes no value", o->name);
    if (o->kind != FLAG && !value && ++*i < argc) value = argv[*i];
    if (o->kind == PAIR && value && ++*i < argc) second = argv[*i];
    if (value && !*value && o->kind == TEXT) return usage_error("--%s: %s is empty", o->name, o->value);
    if ((o->kind != FLAG && !value) || (o->kind == PAIR && !second))
        return usage_error("--%s needs %s behind it", o->name, o->value);
    return set_option(o, value, second);
}

/* argv[2..]: options, everything else into args. */
static int parse_options(int argc, char **argv) {
    int i, only_args = 0;

    opt.args = (const char **)calloc((size_t)argc + 1, sizeof *opt.args); /* as long as the program runs */
    if (!opt.args) return usage_error("no memory for the arguments");
    for (i = 2; i < argc; i++) {
        if (only_args || argv[i][0] != '-' || argv[i][1] == '\0')
            opt.args[opt.arg_count++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_args = 1;
        else if (parse_option(argc, argv, &i) != 0)
            return USAGE;
    }
    return 0;
}

/* ---- help ---- */

#define HELP_WIDTH 96
#define HELP_COLUMN 30 /* where the text of an option begins */

/* One paragraph within HELP_WIDTH columns; the first line begins at column at, the others at indent. */
static void put_paragraph(FILE *out, const char *text, size_t len, size_t at, size_t indent) {
    size_t column = at;
    int is_first = 1;

    while (len > 0) {
        size_t word = 0;

        while (word < len && text[word] != ' ') word++;
        if (column > indent && column + 1 + word > HELP_WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        is_first = 0;
        column += word;
        text += word;
        len -= word;
        for (; len > 0 && *text == ' '; len--) text++;
    }
    fputc('\n', out);
}

/* Paragraphs, one a line; what begins with blanks stands as it is. */
static void put_paragraphs(FILE *out, const char *text) {
    for (;;) {
        size_t len = strcspn(text, "\n");

        if (*text == ' ')
            fprintf(out, "%.*s\n", (int)len, text);
        else
            put_paragraph(out, text, len, 0, 0);
        if (!text[len]) return;
        text += len + 1;
    }
}

static void put_commands(FILE *out, const command *commands, size_t count, int width) {
    size_t i;

    for (i = 0; i < count; i++) fprintf(out, "  %-*s %s\n", width, commands[i].name, commands[i].summary);
}

static int help(FILE *out) {
    fputs("akolhook " AKOLHOOK_VERSION " - Akol's webhooks from the command line\n\n"
          "usage: akolhook COMMAND [OPTION]...\n\n",
            out);
    put_commands(out, command_table, COUNT_OF(command_table), 10);
    fputs("\nakolhook help COMMAND explains each.\n", out);
    put_paragraphs(out, about_secrets);
    put_paragraphs(out, about_exit);
    return out == stdout ? YES : USAGE;
}

static int hub_help(FILE *out) {
    fputs("akolhook hub - run a sender: webhooks, events, retries, log\n\n"
          "usage: akolhook hub COMMAND [OPTION]...\n\n",
            out);
    put_commands(out, hub_table, COUNT_OF(hub_table), 9);
    fputs("\nakolhook help hub COMMAND explains each.\n", out);
    put_paragraphs(out, about_hub);
    put_paragraphs(out, about_exit);
    return out == stdout ? YES : USAGE;
}

static int command_help(const command *c, const char *name) {
    size_t i, column;

    printf("akolhook %s - %s\n\nusage: akolhook %s%s%s [OPTION]...\n\n", name, c->summary, name,
            *c->args ? " " : "", c->args);
    put_paragraphs(stdout, c->more);
    puts("");
    for (i = 0; i < COUNT_OF(option_table); i++) {
        const option *o = &option_table[i];

        if (!(o->commands & c->bit)) continue;
        column = (size_t)printf("  --%s %s", o->name, o->value ? o->value : "");
        column += (size_t)printf("%*s", column + 1 < HELP_COLUMN ? (int)(HELP_COLUMN - column) : 1, "");
        put_paragraph(stdout, o->help, strlen(o->help), column, HELP_COLUMN);
    }
    if (find_option("secret", 6, c->bit) && c->bit != HUB_CREATE) {
        puts("");
        put_paragraphs(stdout, about_secrets);
    }
    return YES;
}

static const command *find_command(const command *commands, size_t count, const char *name) {
    size_t i;

    for (i = 0; i < count; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

/* help [COMMAND], help hub COMMAND */
static int run_help(void) {
    const command *c;
    char name[32];

    if (opt.arg_count == 0) return help(stdout);
    c = find_command(command_table, COUNT_OF(command_table), opt.args[0]);
    if (!c) return usage_error("there is no command '%s'; see akolhook help", opt.args[0]);
    if (c->run) return command_help(c, c->name);
    if (opt.arg_count == 1) return hub_help(stdout);
    c = find_command(hub_table, COUNT_OF(hub_table), opt.args[1]);
    if (!c) return usage_error("there is no command 'hub %s'; see akolhook help hub", opt.args[1]);
    snprintf(name, sizeof name, "hub %s", c->name);
    return command_help(c, name);
}

#endif
