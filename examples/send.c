/* Two deliveries, blocking: by the short call, and by the one that takes an id and a body in parts. https
   needs a transport in desc.tls; this program speaks plain HTTP, to loopback as well.
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
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_client *client;
    akolhook_delivery delivery;
    akolhook_status st;
    char body[4096];
    size_t len;
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

    envelope.event = AKOLHOOK_CALL_ENDED;
    envelope.timestamp_ms = akolhook_posix_now() * 1000; /* receivers refuse what is older than some days */
    envelope.business_id = akolhook_text_c("biz_1");
    envelope.webhook_id = akolhook_text_c("whk_1");
    if (akolhook_build_sample(body, sizeof body, &len, &envelope) != AKOLHOOK_OK) return 2;
    st = akolhook_deliver(client, argv[1], argv[2], body, len, &delivery);
    report(&delivery);

    envelope.event = AKOLHOOK_SUMMARY_READY;
    if (akolhook_build_sample(body, sizeof body, &len, &envelope) != AKOLHOOK_OK) return 2;

    request.url = akolhook_str_c(argv[1]);
    request.secret = akolhook_str_c(argv[2]);
    request.event = akolhook_str_c(akolhook_event_name(envelope.event));
    request.message_id = akolhook_str_c("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W");
    request.body[0] = akolhook_str_n(body, 40);
    request.body[1] = akolhook_str_n(body + 40, len - 40);
    if (st == AKOLHOOK_OK) {
        st = akolhook_deliver_request(client, &request, &delivery);
        report(&delivery);
    }
    akolhook_client_close(client);
    return st == AKOLHOOK_OK ? 0 : 1;
}
