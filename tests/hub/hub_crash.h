/* A sender that is killed, again and again: a child process runs a hub over a real store and delivers over
   loopback; this process is the receiver and keeps what the child acknowledged before it died. The including
   file defines _GNU_SOURCE and gives the four crash_store functions. */
#ifndef HUB_CRASH_H
#define HUB_CRASH_H

#include "../check.h"
#include "hub_hooks.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CRASH_STEP
#define CRASH_STEP 1 /* the short form kills at every so many changes of files */
#endif
#ifndef CRASH_LIMIT
#define CRASH_LIMIT 65536 /* bytes of a file, where files cannot grow */
#endif
#ifndef CRASH_SHRINKS
#define CRASH_SHRINKS 0 /* 1: outcomes that find no room behind the file find it in one written anew */
#endif
#define REFUSALS 4 /* so many make a disk full */
#define HOOKS 2    /* webhooks; each event goes to all of them */
#define MOST_EVENTS 200000
#define MOST_CONNS 64
#define LEASES_MS 70000 /* longer than any lease: the store's clock stands so much later in the next life */

static int crash_store_open(akolhook_store *store); /* in the child; 0: failed */
static void crash_store_close(void);
static const char *crash_store_error(void);
static void crash_store_remove(void); /* the files */

static char crash_folder[64] = "/tmp/akolhook_crash.XXXXXX", crash_small[80], crash_filler[100];
static char crash_path[100]; /* of the store's file */
#define CRASH_PENDING 20000  /* a webhook that fails loses nothing for lack of room */
/* Room of a store that is in memory, and takes its time to clear it. */
static uint32_t crash_pending = CRASH_PENDING;
static int crash_is_long;

static int64_t crash_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the child ---- */

/* At call number `at` of this kind the process kills itself. */
typedef enum kill_kind { KILL_NEVER, KILL_BEFORE_HOOK, KILL_AFTER_HOOK, KILL_FILE } kill_kind;
static struct {
    kill_kind kind;
    long at, calls;
} kill_point;

static void crash_die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}
static int crash_is_here(kill_kind kind) {
    return kill_point.kind == kind && ++kill_point.calls == kill_point.at;
}

/* The system's clock, later by skew: a life begins when the leases of the last one are over, and its end
 * jumps to the retries. */
static int64_t crash_skew;
static int64_t crash_now(void *user) {
    (void)user;
    return crash_ms(CLOCK_REALTIME) + crash_skew;
}

/* The store, with a place to die before and after each call. */
static akolhook_store crash_inner, crash_outer;
#define CRASH_HOOK(name, parameters, arguments) \
    static akolhook_status crash_##name parameters { \
        akolhook_status status; \
        if (crash_is_here(KILL_BEFORE_HOOK)) crash_die(); \
        status = crash_inner.name arguments; \
        if (crash_is_here(KILL_AFTER_HOOK)) crash_die(); \
        return status; \
    }
HUB_HOOKS(CRASH_HOOK)
static void crash_wrap(void) {
    crash_outer = crash_inner;
#define CRASH_SET(name, parameters, arguments) crash_outer.name = crash_##name;
    HUB_HOOKS(CRASH_SET)
#undef CRASH_SET
}

/* What the child says, one write each: it counts from then on. */
typedef enum said_kind {
    SAID_ACCEPTED = 1, /* emit of `number` answered OK: text is the message id */
    SAID_REFUSED,      /* it answered status */
    SAID_RECORDED,     /* the success of message `text` at webhook `other` was settled */
    SAID_WEBHOOK,      /* webhook `number` has the id `text` */
    SAID_ROTATES,
    SAID_SECRET, /* of webhook `number`: about to change; it is `text` from here on */
    SAID_FULL,   /* the disk is full; goes on when the parent has made room */
    SAID_BROKEN  /* text says what */
} said_kind;
typedef struct said {
    said_kind kind;
    long number;
    akolhook_status status;
    char text[160], other[AKOLHOOK_ID_SIZE];
} said;

static int say_to, hear_from;
static void say(said_kind kind, long number, akolhook_status status, const char *text, const char *other) {
    said s;
    memset(&s, 0, sizeof s);
    s.kind = kind;
    s.number = number;
    s.status = status;
    snprintf(s.text, sizeof s.text, "%s", text);
    snprintf(s.other, sizeof s.other, "%s", other);
    if (write(say_to, &s, sizeof s) != (ssize_t)sizeof s) _exit(9);
}
static void broken(const char *what, akolhook_status status) {
    char text[160];
    snprintf(text, sizeof text, "%s: %s (%.90s)", what, akolhook_status_name(status), crash_store_error());
    say(SAID_BROKEN, 0, status, text, "");
    _exit(8);
}
static void must(const char *what, akolhook_status status) {
    if (status != AKOLHOOK_OK) broken(what, status);
}
static akolhook_hub *hub;
/* Outcomes that stand in memory alone: they may be sent again after a crash. */
static int life_is_unsaved(void) {
    akolhook_gauges gauges = AKOLHOOK_INIT;
    must("gauges", akolhook_hub_gauges(hub, &gauges));
    return gauges.unsaved > 0;
}
static void noticed(void *user, const akolhook_notice *n) {
    (void)user;
    if (n->kind == AKOLHOOK_NOTICE_SUCCEEDED && !life_is_unsaved())
        say(SAID_RECORDED, 0, AKOLHOOK_OK, n->row->message_id, n->row->webhook_id);
    if (n->kind == AKOLHOOK_NOTICE_FAILED || n->kind == AKOLHOOK_NOTICE_INACTIVE)
        broken("given up", n->row->status);
}

/* What a life does. */
typedef struct plan {
    kill_kind kind;
    long at;
    int kill_ms; /* < 0: the parent does not kill it */
    long emits;  /* from the first event on that is not known to be accepted */
    int ends;    /* 1: on until nothing waits */
    int works;   /* 1: it is killed when its first event was asked for, not before */
    int rotates; /* 1: the secrets change at the start */
    int fills;   /* 1: emits until the disk is full; 2: until no file may grow any more */
    long first;
    int port;
} plan;
static const plan plan_none = {KILL_NEVER, 0, -1, 0, 0, 0, 0, 0, 0, 0};

static unsigned char hub_memory[1 << 18];

static void life_webhooks(const plan *p) {
    akolhook_webhook hooks[HOOKS + 1], made;
    char url[64], secret[AKOLHOOK_SECRET_SIZE];
    akolhook_wanted wanted = AKOLHOOK_INIT;
    size_t count, i;
    must("list", akolhook_hub_list_webhooks(hub, 0, hooks, HOOKS + 1, &count));
    if (count > HOOKS) broken("too many webhooks", AKOLHOOK_OK);
    for (i = 0; i < HOOKS; i++) {
        snprintf(url, sizeof url, "http://127.0.0.1:%d/%d", p->port, (int)i);
        if (i >= count) {
            say(SAID_ROTATES, (long)i, AKOLHOOK_OK, "", "");
            wanted.name = akolhook_str_c("A webhook");
            wanted.url = akolhook_str_c(url);
            wanted.events = AKOLHOOK_EVENTS_ALL;
            must("create", akolhook_hub_create_webhook(hub, &wanted, &made));
            hooks[i] = made;
            say(SAID_SECRET, (long)i, AKOLHOOK_OK, made.secret, "");
        } else if (p->rotates) {
            say(SAID_ROTATES, (long)i, AKOLHOOK_OK, "", "");
            must("rotate", akolhook_hub_rotate_secret(hub, hooks[i].id, secret));
            say(SAID_SECRET, (long)i, AKOLHOOK_OK, secret, "");
        }
        if (strcmp(hooks[i].url, url) != 0 || !hooks[i].is_active) broken("webhook changed", AKOLHOOK_OK);
        say(SAID_WEBHOOK, (long)i, AKOLHOOK_OK, hooks[i].id, "");
    }
}
/* The number is the idempotency key: a producer that does not know whether its event was accepted emits it
 * again. */
static akolhook_status life_emit(long number) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    char key[32], data[400], id[AKOLHOOK_ID_SIZE];
    akolhook_status status;
    snprintf(key, sizeof key, "%ld", number);
    snprintf(data, sizeof data, "{\"n\":%ld,\"callId\":\"%0*ld\"}", number, (int)(number * 37 % 300), number);
    event.event = AKOLHOOK_CALL_ENDED;
    event.timestamp_ms = INT64_C(1767225600000) + number;
    event.data = akolhook_str_c(data);
    event.idempotency_key = akolhook_str_c(key);
    status = akolhook_hub_emit(hub, &event, &id);
    if (status == AKOLHOOK_OK) say(SAID_ACCEPTED, number, status, id, "");
    return status;
}
/* Files may have so many bytes at most; 0: no bound. */
static void life_limit(rlim_t bytes) {
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(6);
    limit.rlim_cur = bytes ? bytes : limit.rlim_max;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(6);
}
/* Emits until the store takes no more, goes on with what it has, and waits for room. */
static long life_fill(long number, int limited) {
    akolhook_status status;
    size_t left;
    int i, refused = 0, failed = 0;
    char byte;
    if (limited) life_limit(CRASH_LIMIT);
    while (refused < REFUSALS && failed < 10 * REFUSALS) {
        if (number > 20000) broken("a disk without end", AKOLHOOK_OK);
        status = life_emit(number);
        if (status == AKOLHOOK_STORE_FAILED)
            say(SAID_REFUSED, number, status, "", "");
        else if (status != AKOLHOOK_POOL_FULL && status != AKOLHOOK_PENDING_FULL)
            must("emit", status);
        refused += status == AKOLHOOK_STORE_FAILED;
        number += status == AKOLHOOK_OK || status == AKOLHOOK_STORE_FAILED;
        if (status != AKOLHOOK_OK || number % 4 == 0)
            failed += akolhook_hub_poll(hub, 1, &left) == AKOLHOOK_STORE_FAILED || life_is_unsaved();
    }
    for (i = 0; i < 20; i++)
        failed += akolhook_hub_poll(hub, 5, &left) == AKOLHOOK_STORE_FAILED || life_is_unsaved();
    if (!failed && !(limited && CRASH_SHRINKS))
        broken("a full disk that neither poll nor a gauge tells of", AKOLHOOK_OK);
    say(SAID_FULL, 0, AKOLHOOK_OK, "", "");
    if (read(hear_from, &byte, 1) != 1) _exit(7);
    if (limited) life_limit(0);
    return number;
}
static void life(const plan *p) {
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    akolhook_status status;
    akolhook_stats stats;
    long number = p->first;
    int64_t due;
    size_t left = 1;
    kill_point.kind = p->kind;
    kill_point.at = p->at;
    if (!crash_store_open(&crash_inner)) broken("open", AKOLHOOK_STORE_FAILED);
    crash_wrap();
    desc.client.max_in_flight = 8;
    desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.per_webhook = 4;
    desc.business_id = akolhook_str_c("biz_1");
    desc.store = &crash_outer;
    desc.max_webhooks = 4;
    desc.notice_fn = noticed;
    must("hub", akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, &desc));
    life_webhooks(p);
    if (p->fills) number = life_fill(number, p->fills == 2);
    while (number < p->first + p->emits) {
        status = life_emit(number);
        if (status == AKOLHOOK_OK)
            number++;
        else if (status != AKOLHOOK_PENDING_FULL && status != AKOLHOOK_POOL_FULL)
            broken("emit", status);
        must("poll", akolhook_hub_poll(hub, status == AKOLHOOK_OK ? 0 : 5, &left));
    }
    while (p->ends) {
        must("poll", akolhook_hub_poll(hub, left ? 20 : 0, &left));
        must("stats", akolhook_hub_stats(hub, NULL, &stats));
        if (!stats.waiting) break;
        must("next due", akolhook_hub_next_due(hub, &due));
        if (!left && due > 0) crash_skew += due;
    }
    akolhook_hub_close(hub);
    crash_store_close();
}

/* ---- what the parent knows ---- */

typedef struct at_hook {
    uint32_t requests, life_recorded;
    uint8_t hash[8];
} at_hook; /* life_recorded: 0 not yet */
typedef struct event {
    char id[AKOLHOOK_ID_SIZE];
    uint8_t accepted, refused;
    at_hook at[HOOKS];
} event;
static event *events;
static long events_end,
        events_asked; /* one after the last that was seen; the first not known to be accepted */
static struct {
    char id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
} webhooks[HOOKS]; /* no secret: not known */
static uint32_t life_number;
static long requests, resent, signed_well; /* resent: again after a life ended */
static int listener = -1, port, answer_kindly, disk_filled, refusals;
static struct {
    int fd;
    size_t got;
    char data[8192];
} conns[MOST_CONNS];

static void crash_fresh(void) {
    crash_store_remove();
    memset(events, 0, (size_t)events_end * sizeof *events);
    memset(webhooks, 0, sizeof webhooks);
    events_end = events_asked = 0;
    crash_skew = 0;
    life_number = 0;
    requests = resent = signed_well = 0;
    disk_filled = refusals = 0;
}
static event *event_of(long number) {
    if (number < 0 || number >= MOST_EVENTS) return NULL;
    if (number >= events_end) events_end = number + 1;
    return &events[number];
}
static int webhook_of(const char *id) {
    int i;
    for (i = 0; i < HOOKS; i++)
        if (strcmp(webhooks[i].id, id) == 0) return i;
    return -1;
}

static int receive_field(const char *head, const char *name, char *out, size_t cap) {
    const char *at = strstr(head, name);
    size_t len;
    if (!at) return 0;
    at += strlen(name);
    len = strcspn(at, "\r");
    if (len >= cap) return 0;
    memcpy(out, at, len);
    out[len] = 0;
    return 1;
}
/* One request; the code to answer with, 0: none, the connection breaks. */
static int receive(const char *head, const char *body, size_t len) {
    char id[64], signature[80];
    const char *n = strstr(body, "\"data\":{\"n\":"), *hook = strstr(body, "\"webhookId\":\"");
    akolhook_sha256 h;
    uint8_t digest[32];
    int at = head[6] - '0';
    long number;
    event *e;
    requests++;
    e = n ? event_of(number = atol(n + 12)) : NULL;
    if (!e || at < 0 || at >= HOOKS || !hook || !receive_field(head, "\r\nwebhook-id: ", id, sizeof id) ||
            !receive_field(head, "\r\nX-Webhook-Signature: ", signature, sizeof signature)) {
        check_note(__FILE__, __LINE__, "a request that is none of the hub's");
        return 400;
    }
    if (webhooks[at].id[0]) CHECK(strncmp(hook + 13, webhooks[at].id, AKOLHOOK_ID_SIZE - 1) == 0);
    if (webhooks[at].secret[0]) {
        CHECK_STATUS(akolhook_verify(webhooks[at].secret, signature, body, len), OK);
        signed_well++;
    }
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, body, len);
    akolhook_sha256_final(&h, digest);
    if (!e->id[0]) snprintf(e->id, sizeof e->id, "%.*s", AKOLHOOK_ID_SIZE - 1, id);
    CHECK_TEXT(id, e->id); /* one id per event */
    if (e->at[at].requests)
        CHECK(memcmp(digest, e->at[at].hash, 8) == 0); /* the same bytes on each attempt */
    memcpy(e->at[at].hash, digest, 8);
    if (e->at[at].life_recorded && e->at[at].life_recorded < life_number) {
        if (check_bad < 20)
            printf("event %ld: sent again in life %u, recorded in life %u\n", number, (unsigned)life_number,
                    (unsigned)e->at[at].life_recorded);
        resent++;
    }
    if (e->at[at].requests++ || answer_kindly || at == 0) return 200;
    return number % 8 == 3 ? 500 : number % 8 == 6 ? 0 : 200;
}

static void hear(const said *s) {
    event *e;
    int at;
    if (s->number < 0 ||
            s->number >= (s->kind == SAID_ACCEPTED || s->kind == SAID_REFUSED ? MOST_EVENTS : HOOKS))
        return;
    switch (s->kind) {
    case SAID_ACCEPTED:
        e = event_of(s->number);
        if (!e) return;
        if (e->id[0]) CHECK_TEXT(s->text, e->id);
        snprintf(e->id, sizeof e->id, "%.*s", AKOLHOOK_ID_SIZE - 1, s->text);
        e->accepted = 1;
        e->refused = 0;
        if (s->number >= events_asked) events_asked = s->number + 1;
        return;
    case SAID_REFUSED:
        e = event_of(s->number);
        if (e && !e->accepted) e->refused = 1;
        refusals++;
        return;
    case SAID_RECORDED:
        at = webhook_of(s->other);
        CHECK(at >= 0);
        for (e = events + events_end; at >= 0 && e-- > events;)
            if (strcmp(e->id, s->text) == 0) {
                if (!e->at[at].life_recorded) e->at[at].life_recorded = life_number;
                return;
            }
        check_note(__FILE__, __LINE__, "a success of an event that never came");
        return;
    case SAID_WEBHOOK:
        if (webhooks[s->number].id[0]) CHECK_TEXT(s->text, webhooks[s->number].id);
        snprintf(webhooks[s->number].id, AKOLHOOK_ID_SIZE, "%.*s", AKOLHOOK_ID_SIZE - 1, s->text);
        return;
    case SAID_ROTATES: webhooks[s->number].secret[0] = 0; return;
    case SAID_SECRET:
        snprintf(webhooks[s->number].secret, AKOLHOOK_SECRET_SIZE, "%.*s", AKOLHOOK_SECRET_SIZE - 1, s->text);
        return;
    case SAID_FULL: disk_filled = 1; return;
    case SAID_BROKEN:
        printf("life %u: %s\n", (unsigned)life_number, s->text);
        check_note(__FILE__, __LINE__, "a life with a fault");
        return;
    }
}

/* ---- the receiver and the clockwork of a life ---- */

static void conn_close(int i) {
    close(conns[i].fd);
    conns[i].fd = -1;
    conns[i].got = 0;
}
/* Reads what there is and answers each request that is complete. */
static void conn_serve(int i) {
    for (;;) {
        ssize_t n =
                recv(conns[i].fd, conns[i].data + conns[i].got, sizeof conns[i].data - 1 - conns[i].got, 0);
        char *end, length[16], answer[80];
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            conn_close(i);
            return;
        }
        conns[i].got += (size_t)n;
        conns[i].data[conns[i].got] = 0;
        while ((end = strstr(conns[i].data, "\r\n\r\n")) != NULL) {
            size_t head = (size_t)(end + 4 - conns[i].data), body = 0, rest;
            int code, len;
            if (receive_field(conns[i].data, "\r\nContent-Length: ", length, sizeof length))
                body = (size_t)atol(length);
            if (conns[i].got < head + body) break;
            code = receive(conns[i].data, end + 4, body);
            len = snprintf(answer, sizeof answer, "HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n", code);
            if (code && send(conns[i].fd, answer, (size_t)len, MSG_NOSIGNAL) != len) code = 0;
            if (!code) {
                conn_close(i);
                return;
            }
            rest = conns[i].got - head - body;
            memmove(conns[i].data, conns[i].data + head + body, rest + 1);
            conns[i].got = rest;
        }
        CHECK(conns[i].got < sizeof conns[i].data - 1);
    }
}
/* One turn; 0 when nothing happened in that time. */
static int turn(int hear_fd, int wait_ms, int *gone) {
    struct pollfd set[MOST_CONNS + 2];
    int at[MOST_CONNS], i, count = 2, happened, fd;
    said s;
    set[0].fd = hear_fd;
    set[1].fd = listener;
    for (i = 0; i < MOST_CONNS; i++)
        if (conns[i].fd >= 0) {
            at[count - 2] = i;
            set[count++].fd = conns[i].fd;
        }
    for (i = 0; i < count; i++) {
        set[i].events = POLLIN;
        set[i].revents = 0;
    }
    happened = poll(set, (nfds_t)count, wait_ms);
    if (happened <= 0) return 0;
    if (set[0].revents) { /* first what was acknowledged, then what was sent after it */
        ssize_t n;
        while ((n = read(hear_fd, &s, sizeof s)) == (ssize_t)sizeof s) hear(&s);
        if (n == 0)
            *gone = 1;
        else
            CHECK(n < 0 && errno == EAGAIN);
    }
    for (i = 2; i < count; i++)
        if (set[i].revents) conn_serve(at[i - 2]);
    while (set[1].revents && (fd = accept(listener, NULL, NULL)) >= 0) {
        for (i = 0; i < MOST_CONNS && conns[i].fd >= 0; i++) continue;
        if (i == MOST_CONNS) {
            check_note(__FILE__, __LINE__, "too many connections");
            close(fd);
            break;
        }
        fcntl(fd, F_SETFL, O_NONBLOCK);
        conns[i].fd = fd;
    }
    return 1;
}

/* A life from fork to death, and all that it sent. The exit status as wait gives it. room_fn is called when
   the disk is full; it answers 1 when the child is to go on, 0 when it is to be killed. */
static int live(plan *p, int (*room_fn)(void)) {
    int out[2], in[2], status = 0, gone = 0, i, open;
    int64_t end = crash_ms(CLOCK_MONOTONIC) + p->kill_ms;
    pid_t child;
    life_number++;
    crash_skew += LEASES_MS;
    p->first = events_asked;
    p->port = port;
    if (pipe(out) != 0 || pipe(in) != 0) return -1;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(crash_is_long ? 900 : 600);
        close(out[0]);
        close(in[1]);
        close(listener);
        for (i = 0; i < MOST_CONNS; i++)
            if (conns[i].fd >= 0) close(conns[i].fd);
        say_to = out[1];
        hear_from = in[0];
        life(p);
        _exit(0);
    }
    close(out[1]);
    close(in[0]);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    while (!gone && child > 0) {
        int64_t left = end - crash_ms(CLOCK_MONOTONIC);
        if (left <= 0 && p->works && events_asked == p->first)
            left = 10; /* a slow machine: not before it works */
        if (p->kill_ms >= 0 && left <= 0) {
            kill(child, SIGKILL);
            p->kill_ms = -1;
        }
        turn(out[0], p->kill_ms < 0 ? 1000 : left < 0 ? 0 : (int)left, &gone);
        if (disk_filled == 1 && room_fn) {
            disk_filled = 2;
            if (!room_fn())
                kill(child, SIGKILL);
            else
                CHECK_INT(write(in[1], "", 1), 1);
        }
    }
    close(in[1]);
    waitpid(child, &status, 0);
    do { /* what it sent before it died */
        turn(-1, 0, &gone);
        for (i = open = 0; i < MOST_CONNS; i++) open += conns[i].fd >= 0;
    } while (open || turn(-1, 0, &gone));
    close(out[0]);
    return status;
}
static int died(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
/* The last life: until nothing waits. Then every event that was accepted has come to each webhook. */
static void live_to_the_end(void) {
    plan last = plan_none;
    long i, lost = 0, ghosts = 0;
    int at;
    last.ends = answer_kindly = 1;
    CHECK_INT(live(&last, NULL), 0);
    answer_kindly = 0;
    for (i = 0; i < events_end; i++)
        for (at = 0; at < HOOKS; at++) {
            lost += events[i].accepted && !events[i].at[at].requests;
            ghosts += events[i].refused && events[i].at[at].requests;
        }
    CHECK_INT(lost, 0);
    CHECK_INT(ghosts, 0); /* what was refused, and is not in doubt, was not sent */
    CHECK_INT(resent, 0); /* what was recorded before a kill was not sent after it */
}

/* ---- the tests ---- */

/* Nothing is killed: each event comes once for each answer it got, the harness sees nothing wrong. */
static void test_unharmed(void) {
    plan p = plan_none;
    long i;
    p.emits = 24;
    p.ends = p.rotates = 1;
    crash_fresh();
    CHECK_INT(live(&p, NULL), 0);
    CHECK_INT(events_asked, 24);
    for (i = 0; i < 24; i++) {
        CHECK_INT(events[i].at[0].requests, 1);
        CHECK_INT(events[i].at[1].requests, i % 8 == 3 || i % 8 == 6 ? 2 : 1);
        CHECK(events[i].at[0].life_recorded == 1 && events[i].at[1].life_recorded == 1);
    }
    CHECK_INT(signed_well, requests);
    live_to_the_end();
    CHECK_INT(requests, 24 * 2 + 6);
}
/* A life, and the one that takes over from it, die at each call; the third ends the work. */
static void kill_at_each(kill_kind kind, long step, long at_least) {
    int status = 0;
    long n;
    crash_pending = 500;
    for (n = 1; !check_bad; n += step) {
        plan first = plan_none, second;
        first.kind = kind;
        first.at = n;
        first.emits = 4;
        first.ends = 1;
        second = first;
        second.emits = second.rotates = 1;
        crash_fresh();
        status = live(&first, NULL);
        CHECK(died(status) || status == 0);
        if (status == 0) break;
        status = live(&second, NULL);
        CHECK(died(status) || status == 0);
        live_to_the_end();
        if (check_bad) printf("killed at call %ld, kind %d\n", n, (int)kind);
    }
    CHECK(n > at_least);
    crash_pending = CRASH_PENDING;
}
static void test_kill_in_files(void) {
    kill_at_each(KILL_FILE, crash_is_long ? 1 : CRASH_STEP, 3 * CRASH_STEP);
}
static void test_kill_before_hooks(void) { kill_at_each(KILL_BEFORE_HOOK, 1, 20); }
static void test_kill_after_hooks(void) { kill_at_each(KILL_AFTER_HOOK, 1, 20); }

/* At random moments under load, on one store. */
static void test_kill_at_random(void) {
    unsigned seed = (unsigned)getpid();
    int lives = crash_is_long ? 1000 : 30, i, status;
    crash_fresh();
    for (i = 0; i < lives && !check_bad; i++) {
        plan p = plan_none;
        p.emits = MOST_EVENTS - 1;
        seed = seed * 1103515245u + 12345u;
        p.rotates = i % 3 == 1;
        p.works = i % 3 != 0;
        p.kill_ms = (int)(seed >> 16) % 150;
        status = live(&p, NULL);
        CHECK(died(status));
    }
    live_to_the_end();
    CHECK(events_asked > lives / 2);
    if (getenv("VERBOSE"))
        printf("%d lives: %ld events, %ld requests for %ld, %ld signatures\n", i, events_asked, requests,
                events_asked * HOOKS, signed_well);
}

/* The disk is full: what was accepted before arrives, what was refused does not, whether the process goes on
   when there is room or was killed before (then what was refused is in doubt). */
static int go_on;
static int make_room(void) {
    remove(crash_filler);
    return go_on;
}
static void fill(int how) {
    plan p = plan_none;
    int status;
    long i, accepted = 0;
    p.fills = how;
    p.ends = 1;
    crash_fresh();
    status = live(&p, make_room);
    CHECK(go_on ? status == 0 : died(status));
    CHECK_INT(disk_filled, 2);
    CHECK(refusals <= REFUSALS);
    for (i = 0; i < events_end; i++) {
        accepted += events[i].accepted;
        if (!go_on) events[i].refused = 0;
    }
    CHECK(accepted >= 4);
    live_to_the_end();
    if (getenv("VERBOSE")) printf("%ld accepted, %d refused, %ld requests\n", accepted, refusals, requests);
}
static void test_no_growth(void) {
    for (go_on = 0; go_on < 2; go_on++) fill(2);
}
/* A disk of 1 MiB, half of it taken. Needs root, or a user namespace that has mounts. */
static void test_full_disk(void) {
    char data[4096], place[sizeof crash_path];
    memset(data, 0, sizeof data);
    memcpy(place, crash_path, sizeof place);
    mkdir(crash_small, 0700);
    for (go_on = 0; go_on < 2; go_on++) {
        int file, i;
        CHECK_INT(mount("akolhook", crash_small, "tmpfs", 0, "size=1m"), 0);
        snprintf(crash_path, sizeof crash_path, "%s/store", crash_small);
        file = open(crash_filler, O_WRONLY | O_CREAT, 0600);
        for (i = 0; i < 128; i++) CHECK_INT(write(file, data, sizeof data), sizeof data);
        close(file);
        fill(1);
        memcpy(crash_path, place, sizeof place);
        CHECK_INT(umount(crash_small), 0);
    }
    rmdir(crash_small);
}

/* 1: this process's mounts are its own, and go with it. */
static int crash_may_mount(void) {
#ifdef __linux__
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
#else
    return 0;
#endif
}

static int crash_start(void) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int i;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_DFL);
    crash_is_long = getenv("LONG") != NULL;
    alarm(crash_is_long ? 3400 : 1200);
    if (!mkdtemp(crash_folder)) return 1;
    snprintf(crash_path, sizeof crash_path, "%s/store", crash_folder);
    snprintf(crash_small, sizeof crash_small, "%s/small", crash_folder);
    snprintf(crash_filler, sizeof crash_filler, "%s/filler", crash_small);
    events = (event *)calloc(MOST_EVENTS, sizeof *events);
    for (i = 0; i < MOST_CONNS; i++) conns[i].fd = -1;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (!events || listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
            listen(listener, 64) != 0 || getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        return 1;
    port = ntohs(address.sin_port);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    return 0;
}
static int crash_run(void) {
    if (crash_start() != 0) return 1;
    RUN(test_unharmed);
    RUN(test_kill_before_hooks);
    RUN(test_kill_after_hooks);
    RUN(test_kill_in_files);
    RUN(test_kill_at_random);
    RUN(test_no_growth);
    if (crash_may_mount())
        RUN(test_full_disk);
    else
        printf("a small disk needs root: left out\n");
    crash_store_remove();
    rmdir(crash_folder);
    close(listener);
    free(events);
    return check_end();
}

#endif
