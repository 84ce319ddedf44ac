/* The hub under load: WEBHOOKS webhooks, EVENTS events to each, over the store in memory and kept connections
   to one sink, beside the bare client that sends the same bodies to the same URLs with the same secrets.
   hub.sh builds and runs it. hub URL WEBHOOKS EVENTS IN_FLIGHT [hub|client]    URL: the sink's, ending in /;
   events come in five rounds, hub and client by turns; with the last argument one of them alone, for a
   profiler */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#include "sink.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

enum { ROUNDS = 5, MANY = 10000 };
typedef struct target {
    char url[64], id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
} target;
typedef struct cost {
    double seconds, cpu_us;
} cost;

static unsigned webhooks, events, in_flight;
static const char *base;
static target *targets;
static akolhook_str data; /* the envelope's, so that a body is about as long as the delivery benchmark's */

static void broken(const char *what, akolhook_status status) {
    fprintf(stderr, "hub: %s: %s\n", what, akolhook_status_name(status));
    exit(1);
}
static void must(akolhook_status status, const char *what) {
    if (status != AKOLHOOK_OK) broken(what, status);
}
static void *room(size_t size) {
    void *memory = size ? malloc(size) : NULL;
    if (!memory) broken("memory", AKOLHOOK_MEMORY_TOO_SMALL);
    return memory;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double cpu_us(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}
static cost now(void) {
    cost c;
    c.seconds = seconds();
    c.cpu_us = cpu_us();
    return c;
}
static void add(cost *sum, cost from) {
    cost to = now();
    sum->seconds += to.seconds - from.seconds;
    sum->cpu_us += to.cpu_us - from.cpu_us;
}

static void client_desc(akolhook_client_desc *desc) {
    memset(desc, 0, sizeof *desc);
    desc->max_in_flight = desc->max_per_origin = in_flight;
    desc->policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
}

/* ---- the bare client ---- */

static akolhook_client *client;
static size_t left_to_send, left_to_end, turn;
static char client_tail[1024];

static void client_next(void);
static void client_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)user;
    (void)id;
    must(delivery->status, "delivery");
    left_to_end--;
    if (left_to_send) client_next();
}
static void client_next(void) {
    static const char head[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-04-18T14:23:11.000Z\","
                               "\"businessId\":\"biz_4Zk81LwQpXr7NcT2vYh9sJdE\",\"webhookId\":\"";
    const target *t = &targets[turn++ % webhooks];
    akolhook_request r = AKOLHOOK_INIT;
    r.url = akolhook_str_c(t->url);
    r.secret = akolhook_str_c(t->secret);
    r.body[0] = akolhook_str_c(head);
    r.body[1] = akolhook_str_c(t->id);
    r.body[2] = akolhook_str_c(client_tail);
    r.message_id = akolhook_str_c("msg_2KWPBgLlAfxdpx2AI54pPJ85");
    r.event = akolhook_str_c("call.ended");
    left_to_send--;
    must(akolhook_client_submit(client, &r, client_done, NULL, NULL), "submit");
}
static void client_open(void) {
    akolhook_client_desc desc;
    size_t size;
    client_desc(&desc);
    size = akolhook_client_size(&desc);
    must(akolhook_client_init(&client, room(size), size, &desc), "client");
    snprintf(client_tail, sizeof client_tail, "\",\"data\":%.*s}", (int)data.len, data.ptr);
}
static void client_send(size_t count) {
    unsigned i;
    left_to_send = left_to_end = count;
    for (i = 0; i < in_flight && left_to_send; i++) client_next();
    while (left_to_end) must(akolhook_client_poll(client, -1, NULL), "poll");
}

/* ---- the hub ---- */

static akolhook_hub *hub;
static void *hub_memory;
static size_t hub_open(unsigned hooks, unsigned pending, unsigned rows) {
    akolhook_hub_desc desc = AKOLHOOK_INIT;
    size_t size;
    client_desc(&desc.client);
    desc.business_id = akolhook_str_c("biz_4Zk81LwQpXr7NcT2vYh9sJdE");
    desc.memory.max_webhooks = hooks;
    desc.memory.max_pending = pending;
    desc.memory.log_rows = rows;
    desc.memory.pool_bytes = 262144 + hooks * 128;
    size = akolhook_hub_size(&desc);
    hub_memory = room(size);
    must(akolhook_hub_init(&hub, hub_memory, size, &desc), "hub");
    return size;
}
static void hub_webhooks(unsigned count) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook made;
    char url[64];
    unsigned i;
    wanted.name = akolhook_str_c("load");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    for (i = 0; i < count; i++) {
        snprintf(url, sizeof url, "%sw%u", base, i);
        wanted.url = akolhook_str_c(url);
        must(akolhook_hub_create_webhook(hub, &wanted, &made), "create");
        if (!targets || i >= webhooks) continue;
        memcpy(targets[i].url, url, sizeof url);
        memcpy(targets[i].id, made.id, sizeof made.id);
        memcpy(targets[i].secret, made.secret, sizeof made.secret);
    }
}
static akolhook_status hub_emit(void) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    event.event = AKOLHOOK_CALL_ENDED;
    event.timestamp_ms = INT64_C(1776522191000);
    event.data = data;
    return akolhook_hub_emit(hub, &event, NULL);
}
static void hub_send(unsigned count) {
    size_t left = 1;
    while (count) {
        akolhook_status status = hub_emit();
        if (status == AKOLHOOK_OK)
            count--;
        else if (status != AKOLHOOK_PENDING_FULL)
            broken("emit", status);
        else
            must(akolhook_hub_poll(hub, -1, &left), "poll");
    }
    for (left = 1; left;) must(akolhook_hub_poll(hub, -1, &left), "poll");
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
/* What it takes to keep one event for 10,000 webhooks. */
static void emit_to_many(void) {
    double ms[ROUNDS];
    int i;
    hub_open(MANY, 2 * MANY * ROUNDS, 1); /* half of the room is reserved in equal parts */
    hub_webhooks(MANY);
    for (i = 0; i < ROUNDS; i++) {
        ms[i] = seconds();
        must(hub_emit(), "emit");
        ms[i] = (seconds() - ms[i]) * 1e3;
    }
    qsort(ms, ROUNDS, sizeof ms[0], by_size);
    printf("emit of one event to %d webhooks: %.2f ms (median of %d)\n", MANY, ms[ROUNDS / 2], ROUNDS);
    akolhook_hub_close(hub);
    free(hub_memory);
}

int main(int argc, char **argv) {
    cost of_hub = {0, 0}, of_client = {0, 0}, start;
    double ratios[ROUNDS], count;
    struct rusage used;
    akolhook_stats stats;
    unsigned each;
    size_t size;
    int i;
    if (argc != 5 && argc != 6) {
        fprintf(stderr, "usage: hub URL WEBHOOKS EVENTS IN_FLIGHT [hub|client]\n");
        return 2;
    }
    base = argv[1];
    webhooks = (unsigned)strtoul(argv[2], NULL, 10);
    each = ((unsigned)strtoul(argv[3], NULL, 10) + ROUNDS - 1) / ROUNDS;
    in_flight = (unsigned)strtoul(argv[4], NULL, 10);
    if (webhooks < 1 || webhooks > MANY || each < 1 || in_flight < 1) return 2;
    signal(SIGPIPE, SIG_IGN);
    data.ptr = strstr(BODY, "\"data\":") + 7;
    data.len = strlen(data.ptr) - 1;
    targets = (target *)room(webhooks * sizeof *targets);
    size = hub_open(webhooks, webhooks * 4, 0);
    hub_webhooks(webhooks);
    client_open();
    events = each * ROUNDS;
    count = (double)webhooks * each;
    client_send(in_flight); /* connections are open and pages there */
    hub_send(1);
    for (i = 0; i < ROUNDS; i++) {
        double before = of_client.cpu_us, hub_before = of_hub.cpu_us;
        start = now();
        if (argc == 5 || argv[5][0] == 'c') client_send((size_t)webhooks * each);
        add(&of_client, start);
        start = now();
        if (argc == 5 || argv[5][0] == 'h') hub_send(each);
        add(&of_hub, start);
        ratios[i] = (of_hub.cpu_us - hub_before) / (of_client.cpu_us - before);
    }
    if (argc == 6) return 0;
    must(akolhook_hub_stats(hub, NULL, &stats), "stats");
    if (stats.delivered != (uint64_t)webhooks * (events + 1) || stats.waiting)
        broken("not all was delivered", AKOLHOOK_OK);
    getrusage(RUSAGE_SELF, &used);
    qsort(ratios, ROUNDS, sizeof ratios[0], by_size);
    count *= ROUNDS;
    printf("%u webhooks x %u events, %u in flight, %lu byte bodies\n", webhooks, events, in_flight,
            (unsigned long)(data.len + 9 +
                            sizeof "{\"event\":\"call.ended\",\"timestamp\":\"2026-04-18T14:23:11.000Z\","
                                   "\"businessId\":\"biz_4Zk81LwQpXr7NcT2vYh9sJdE\",\"webhookId\":\"" -
                            1 + 28 + 1));
    printf("%-8s %14s %12s %16s\n", "sender", "deliveries/s", "events/s", "CPU us/delivery");
    printf("%-8s %14.0f %12s %16.2f\n", "client", count / of_client.seconds, "", of_client.cpu_us / count);
    printf("%-8s %14.0f %12.1f %16.2f\n", "hub", count / of_hub.seconds, events / of_hub.seconds,
            of_hub.cpu_us / count);
    printf("CPU per delivery of the hub: %.3f of the bare client's (median of %d rounds; at most 1.10 is the "
           "aim)\n",
            ratios[ROUNDS / 2], ROUNDS);
    printf("memory: %.1f MiB given to the hub (akolhook_hub_size), %.1f MiB peak of the process\n",
            (double)size / 1048576, (double)used.ru_maxrss / 1024);
    akolhook_hub_close(hub);
    akolhook_client_close(client);
    free(hub_memory);
    emit_to_many();
    return 0;
}
