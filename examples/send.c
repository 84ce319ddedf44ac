/* One delivery, blocking. https needs a transport in desc.tls; this program speaks plain HTTP, to loopback as
   well.
   Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -o send examples/send.c -pthread
   Use:   send URL SECRET      exit status 0: delivered, 1: not, 2: usage */
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <stdio.h>

static unsigned char memory[65536];

static void report(const akolhook_delivery *delivery) {
    printf("%s, code %d, phase %s, %ld ms: %s\n", akolhook_status_name(delivery->status), delivery->code,
            akolhook_phase_name(delivery->phase), (long)delivery->ms, delivery->cause);
}

int main(int argc, char **argv) {
    static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status st;
    if (argc != 3) {
        fputs("usage: send URL SECRET\n", stderr);
        return 2;
    }

    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    if (akolhook_client_size(&desc) > sizeof memory) return 2;
    st = akolhook_client_init(&client, memory, sizeof memory, &desc);
    if (st != AKOLHOOK_OK) {
        fprintf(stderr, "client: %s\n", akolhook_status_text(st));
        return 2;
    }

    st = akolhook_deliver(client, argv[1], argv[2], body, sizeof body - 1, &delivery);
    report(&delivery);

    request.url = akolhook_str_c(argv[1]);
    request.secret = akolhook_str_c(argv[2]);
    request.event = akolhook_str_c(akolhook_event_name(AKOLHOOK_CALL_ENDED));
    request.message_id = akolhook_str_c("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W");
    request.body[0] = akolhook_str_n(body, 40);
    request.body[1] = akolhook_str_n(body + 40, sizeof body - 1 - 40);
    if (st == AKOLHOOK_OK) {
        st = akolhook_deliver_request(client, &request, &delivery);
        report(&delivery);
    }
    akolhook_client_close(client);
    return st == AKOLHOOK_OK ? 0 : 1;
}
