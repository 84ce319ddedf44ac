/* Many deliveries in flight in one thread; a request's slices live until its on_done.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -o send_many examples/send_many.c -pthread
   Use:   send_many SECRET URL...      exit status 0: all were delivered, 1: not, 2: usage */
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <stdio.h>

static unsigned char memory[1 << 20];

static void on_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    int *failed = (int *)user;
    if (delivery->status != AKOLHOOK_OK) ++*failed;
    printf("%lu: %s, code %d\n", (unsigned long)id, akolhook_status_name(delivery->status), delivery->code);
}

int main(int argc, char **argv) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_status st;
    char body[4096];
    size_t len, left = 0;
    int failed = 0, i;
    if (argc < 3) {
        fputs("usage: send_many SECRET URL...\n", stderr);
        return 2;
    }

    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.max_in_flight = 64;
    st = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (st != AKOLHOOK_OK) {
        fprintf(stderr, "client: %s\n", akolhook_status_text(st));
        return 2;
    }

    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = akolhook_posix_now() * 1000; /* receivers refuse what is older than some days */
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    if (akolhook_build_sample(body, sizeof body, &len, &envelope) != AKOLHOOK_OK) return 2;

    for (i = 2; i < argc; i++) {
        akolhook_request request = AKOLHOOK_INIT;
        uint64_t id;
        request.url = akolhook_str_c(argv[i]);
        request.secret = akolhook_str_c(argv[1]);
        request.event = akolhook_str_c(akolhook_event_name(AKOLHOOK_CALL_ENDED));
        request.body[0] = akolhook_str_n(body, len);
        st = akolhook_client_submit(client, &request, on_done, &failed, &id);
        if ((st == AKOLHOOK_QUEUE_FULL || st == AKOLHOOK_ORIGIN_FULL) &&
                akolhook_client_poll(client, -1, NULL) == AKOLHOOK_OK) {
            i--;
            continue;
        }
        if (st != AKOLHOOK_OK) {
            failed++;
            fprintf(stderr, "%s: %s\n", argv[i], akolhook_status_text(st));
        }
    }
    do st = akolhook_client_poll(client, 1000, &left);
    while (st == AKOLHOOK_OK && left > 0);
    akolhook_client_close(client);
    return st == AKOLHOOK_OK && failed == 0 ? 0 : 1;
}
