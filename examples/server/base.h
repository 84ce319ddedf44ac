/* What all parts of the server share: headers, bounds, clocks, texts, the log. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <microhttpd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* ---- bounds: what a client can make this program hold or wait for ---- */

enum {
    HEAD_MOST = 16384,         /* bytes of a request's head */
    CONNECTION_MOST = 24576,   /* of a connection's memory: that head, its fields, the answer's head */
    QUERY_MOST = 2048,         /* bytes of a query */
    PATH_MOST = 512,           /* bytes of a path */
    PATH_ID_MOST = 63,         /* of an id in it */
    BODY_MOST = 16384,         /* bytes of a body, but for events: */
    EVENT_BODY_MOST = 1 << 20, /* of POST /api/v1/events */
    CONNECTIONS_MOST = 256,
    STREAMS_MOST = 32,
    TOKENS_MOST = 100,
    KEY_MOST = 256,          /* of an idempotency key; the hub's bound */
    HEAD_S = 10,             /* seconds from the connection to a whole head */
    BODY_S = 30,             /* from the head to a whole body */
    ANSWER_S = 60,           /* until an answer is taken, streams apart */
    IDLE_S = 15,             /* without a byte either way */
    RESPONSE_KEPT = 4096,    /* bytes of a receiver's response in the log */
    ANSWER_MOST = 16 << 20,  /* bytes of an answer: 300 attempts whose responses are all escaped fit */
    ANSWER_KEPT = 256 << 10, /* of its memory, so much stays between answers */
    ANSWERS_MOST = 64 << 20, /* bytes of all answers above that size which are being taken */
    SCRATCH_MOST = EVENT_BODY_MOST + 4 * RESPONSE_KEPT /* of a text on its way into one */
};

/* ---- what the hubs are run with ---- */

enum {
    WEBHOOKS_MOST = 10000,
    ATTEMPTS_MADE = 10,       /* of one delivery */
    DEADLINE_MS = 30000,      /* of each attempt */
    PLACES = 64,              /* attempts at one time */
    REQUEST_HEAD_MOST = 8192, /* bytes of a delivery's head, custom headers included */
    POLL_ALONE_MS = 5000, /* how often the worker looks for work that others added: a server wakes its own, */
    POLL_SHARED_MS = 500, /* several processes do not wake each other */
    BUSY_MS = 5000        /* how long another process that writes is waited for */
};

/* ---- clocks ---- */

static int64_t clock_ms(clockid_t which) {
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
static int64_t monotonic_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
static int64_t unix_ms(void) { return clock_ms(CLOCK_REALTIME); }

/* ---- texts ---- */

/* Lower case of ASCII; no locale. */
static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static int same_name(akolhook_str a, const char *b) {
    size_t i, len = strlen(b);

    if (a.len != len) return 0;
    for (i = 0; i < len; i++)
        if (lower(a.ptr[i]) != lower(b[i])) return 0;
    return 1;
}

static int is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* An id of this prefix: "whk_" and 24 letters and digits. */
static int is_id(akolhook_str id, const char *prefix) {
    size_t i;

    if (id.len != AKOLHOOK_ID_SIZE - 1 || memcmp(id.ptr, prefix, 4) != 0) return 0;
    for (i = 4; i < id.len; i++)
        if (!is_alnum(id.ptr[i])) return 0;
    return 1;
}

static void copy_str(akolhook_str from, char *to, size_t cap) {
    size_t len = from.len < cap - 1 ? from.len : cap - 1;

    if (len) memcpy(to, from.ptr, len);
    to[len] = 0;
}

/* Whether UTF-8 has a character that is more than a blank: one that is none of Unicode's white space, nor of
   no width. */
static int is_seen(akolhook_str text) {
    static const char *const blanks[] = {" ", "\t", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8",
            "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe2\x81\xa0", "\xe3\x80\x80", "\xef\xbb\xbf"};
    size_t i, k, len;

    for (i = 0; i < text.len; i += len) {
        /* U+2000 to U+200F are blanks of all widths, and marks of direction */
        len = text.len - i > 2 && memcmp(text.ptr + i, "\xe2\x80", 2) == 0 && (uint8_t)text.ptr[i + 2] <= 0x8f
                      ? 3
                      : 0;
        for (k = 0; k < COUNT_OF(blanks) && !len; k++)
            if (text.len - i >= strlen(blanks[k]) && memcmp(text.ptr + i, blanks[k], strlen(blanks[k])) == 0)
                len = strlen(blanks[k]);
        if (!len) return 1;
    }
    return 0;
}

/* A whole number of 1 to 15 digits; 0 when it is none. */
static int read_count(akolhook_str text, int64_t *value) {
    size_t i;

    if (text.len < 1 || text.len > 15) return 0;
    for (*value = 0, i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return 0;
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return 1;
}

/* The next word of a list with single blanks; 0 at its end. */
static int next_word(const char **list, akolhook_str *word) {
    const char *end;

    while (**list == ' ') (*list)++;
    if (!**list) return 0;
    end = strchr(*list, ' ');
    *word = akolhook_str_n(*list, end ? (size_t)(end - *list) : strlen(*list));
    *list += word->len;
    return 1;
}

/* Bytes of others as UTF-8: what is none becomes U+FFFD. Returns the length, at most cap. */
static size_t make_utf8(akolhook_str from, char *to, size_t cap) {
    static const char replacement[] = "\xef\xbf\xbd";
    size_t len = 0, good;

    for (;;) {
        (void)!akolhook_utf8_check(from, &good);
        if (good > cap - len) break;
        if (good) memcpy(to + len, from.ptr, good);
        len += good;
        from = akolhook_str_n(from.ptr + good, from.len - good);
        if (!from.len || cap - len < sizeof replacement - 1) break;
        memcpy(to + len, replacement, sizeof replacement - 1);
        len += sizeof replacement - 1;
        from = akolhook_str_n(from.ptr + 1, from.len - 1);
    }
    return len;
}

static int random_bytes(void *out, size_t len) {
    return akolhook_posix_platform()->random_fn(akolhook_posix_platform()->user, out, len) == 0;
}

/* ---- the log: one JSON object a line, on stderr ---- */

typedef struct log_entry {
    akolhook_json_writer json;
    char text[4096];
} log_entry;

/* level: "info", "warn", "error"; message: a constant text. */
static akolhook_json_writer *log_begin(log_entry *entry, const char *level, const char *message) {
    char at[AKOLHOOK_TIME_SIZE] = "";

    (void)!akolhook_time_format(unix_ms(), at);
    akolhook_json_init(&entry->json, entry->text, sizeof entry->text - 1, 0);
    akolhook_json_object_begin(&entry->json);
    akolhook_json_add_string(&entry->json, "time", akolhook_str_c(at));
    akolhook_json_add_string(&entry->json, "level", akolhook_str_c(level));
    akolhook_json_add_string(&entry->json, "message", akolhook_str_c(message));
    return &entry->json;
}
/* A text that others made: it may be anything. */
static void log_add(akolhook_json_writer *json, const char *key, const char *text) {
    char clean[512]; /* six times as long when all is escaped, which still fits an entry */

    akolhook_json_add_string(
            json, key, akolhook_str_n(clean, make_utf8(akolhook_str_c(text), clean, sizeof clean)));
}
static void log_end(log_entry *entry) {
    size_t len = 0;

    akolhook_json_object_end(&entry->json);
    if (akolhook_json_finish(&entry->json, &len) != AKOLHOOK_OK) return;
    entry->text[len++] = '\n';
    (void)!write(STDERR_FILENO, entry->text, len);
}
static void log_say(const char *level, const char *message, const char *key, const char *text) {
    log_entry entry;
    akolhook_json_writer *json = log_begin(&entry, level, message);

    if (key) log_add(json, key, text);
    log_end(&entry);
}

/* So much of something a second, with some more at once. */
typedef struct rate {
    double left;
    int64_t at; /* monotonic ms of the last look; 0: never */
} rate;
static int rate_take(rate *r, double per_second, double burst) {
    int64_t now = monotonic_ms();

    r->left = r->at ? r->left + (double)(now - r->at) * per_second / 1000 : burst;
    if (r->left > burst) r->left = burst;
    r->at = now;
    if (r->left < 1) return 0;
    r->left -= 1;
    return 1;
}
