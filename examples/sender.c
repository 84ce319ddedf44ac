/* A small sender service: webhooks and events kept in a journal, an event for each line of stdin, delivered
   with retries.

   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls \
             -o sender examples/sender.c -pthread
   and for https: the same with -DAKOLHOOK_EXAMPLE_OPENSSL ... -lssl -lcrypto

   echo 'call.ended {"callId":"call_1"}' | ./sender webhooks.journal https://example.com/hook

   The first start makes a webhook for all events and prints its secret. It may be killed at any moment: what
   was accepted is in the journal, and the next start delivers it. A third argument, local, allows http and
   receivers of this machine. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_journal.h"
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#endif
#include <poll.h>
#include <stdio.h>

static akolhook_journal_posix file;
static akolhook_journal journal;
static akolhook_store store;
static akolhook_hub *hub;
static unsigned char journal_memory[4 << 20], hub_memory[1 << 20];

static int fail(const char *what, akolhook_status status) {
    fprintf(stderr, "sender: %s: %s: %s\n", what, akolhook_status_name(status), akolhook_status_text(status));
    return 1;
}

static void on_notice(void *user, const akolhook_notice *notice) {
    (void)user;
    if (notice->kind == AKOLHOOK_NOTICE_ATTEMPTED)
        printf("%s  %s  %d  %s\n", notice->row->delivery_id, akolhook_event_name(notice->row->event),
                notice->row->code, akolhook_status_name(notice->row->status));
    if (notice->kind == AKOLHOOK_NOTICE_INACTIVE) printf("%s was set inactive\n", notice->row->webhook_id);
}

static akolhook_status open_all(const char *path, akolhook_hub_desc *desc) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_status status = akolhook_journal_posix_open(&file, path);

    where.file = &file.file;
    where.unix_ms_fn = akolhook_posix_platform()->unix_ms_fn;
    where.memory.now_ms_fn = akolhook_posix_platform()->monotonic_ms_fn;
    where.memory.max_pending = 1024;
    where.memory.pool_bytes = 1 << 20;
    desc->store = &store;
    desc->business_id = akolhook_str_c("biz_SampleBusiness0000000001");
    desc->notice_fn = on_notice;
    if (status == AKOLHOOK_OK)
        status = akolhook_journal_open(&journal, &store, journal_memory, sizeof journal_memory, &where);
    return status == AKOLHOOK_OK ? akolhook_hub_init(&hub, hub_memory, sizeof hub_memory, desc) : status;
}

/* A webhook for all events, when there is none yet. */
static akolhook_status need_webhook(const char *url) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    size_t count = 0;
    akolhook_status status = akolhook_hub_list_webhooks(hub, 0, &webhook, 1, &count);

    if (status != AKOLHOOK_OK || count) return status;
    wanted.name = akolhook_str_c("first");
    wanted.url = akolhook_str_c(url);
    wanted.events = AKOLHOOK_EVENTS_ALL;
    status = akolhook_hub_create_webhook(hub, &wanted, &webhook);
    if (status == AKOLHOOK_OK)
        printf("%s was made; its secret, shown only now: %s\n", webhook.id, webhook.secret);
    akolhook_wipe(webhook.secret, sizeof webhook.secret);
    return status;
}

/* "EVENT DATA". 0 when there is no room at the moment, in memory or on the disk: the line has to wait. */
static int accept_line(const char *line) {
    static int is_told;
    const size_t name = strcspn(line, " \n");
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_status status;

    event.event = akolhook_event_find(akolhook_str_n(line, name));
    event.data = akolhook_str_c(line + name);
    status = akolhook_hub_emit(hub, &event, NULL);
    if (status == AKOLHOOK_STORE_FAILED && !is_told) fail("the line waits", status);
    is_told = status == AKOLHOOK_STORE_FAILED;
    if (is_told || status == AKOLHOOK_PENDING_FULL || status == AKOLHOOK_POOL_FULL) return 0;
    if (status != AKOLHOOK_OK) fail("line refused", status);
    return 1;
}

/* Until stdin has ended and nothing is in flight or due. Retries of later stay in the journal. */
static akolhook_status serve(void) {
    static char line[65536];
    struct pollfd in = {0, POLLIN, 0};
    akolhook_status status = AKOLHOOK_OK;
    size_t left = 1;
    int is_open = 1, is_held = 0;

    setvbuf(stdin, NULL, _IONBF, 0); /* so that poll sees every line */
    while (status == AKOLHOOK_OK && (is_open || is_held || left)) {
        const int is_ready = is_open && !is_held && poll(&in, 1, left ? 0 : 200) == 1;
        if (is_ready) is_open = is_held = fgets(line, sizeof line, stdin) != NULL;
        if (is_held) is_held = !accept_line(line);
        status = akolhook_hub_poll(hub, is_ready ? 0 : 50, &left);
    }
    return status;
}

int main(int argc, char **argv) {
    static akolhook_hub_desc desc;
    akolhook_status status;
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    static akolhook_openssl tls;
    if (akolhook_openssl_init(&tls, NULL) == AKOLHOOK_OK) desc.client.tls = akolhook_openssl_transport(&tls);
#endif
    if (argc < 3) {
        fputs("usage: sender JOURNAL URL [local] <EVENTS\n", stderr);
        return 2;
    }
    if (argc > 3) desc.client.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;

    status = open_all(argv[1], &desc);
    if (status == AKOLHOOK_OK) status = need_webhook(argv[2]);
    if (status == AKOLHOOK_OK) status = serve();
    akolhook_hub_close(hub);
    akolhook_journal_close(&journal);
    akolhook_journal_posix_close(&file);
    return status == AKOLHOOK_OK ? 0 : fail(argv[1], status);
}
