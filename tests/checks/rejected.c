/* What this header says of an input, for rejected.mjs: rejected KIND ARGUMENT... prints the status.
     standard SECRET ID TIMESTAMP SIGNATURE BODY NOW   a request under Standard Webhooks; BODY in hex
     url URL                                           whether webhooks may go there, over https
     response BYTES                                    in hex, and then the end of the connection */
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 8192 };
static char bytes[ROOM];
static size_t len;

static int from_hex(const char *text) {
    return akolhook_hex_decode(akolhook_str_c(text), bytes, sizeof bytes, &len) == AKOLHOOK_OK;
}

static akolhook_status standard(char **args) {
    static const char *const names[] = {"webhook-id", "webhook-timestamp", "webhook-signature"};
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status status;
    int i;

    receiver.schemes = AKOLHOOK_SCHEME_STANDARD;
    status = akolhook_receiver_add_secret(&receiver, args[0]);
    if (status != AKOLHOOK_OK) return status;
    for (i = 0; i < 3; i++)
        (void)akolhook_incoming_header(&in, names[i], strlen(names[i]), args[1 + i], strlen(args[1 + i]));
    return akolhook_authenticate(&receiver, &in, bytes, len, strtoll(args[5], NULL, 10), &msg);
}

static akolhook_status url(const char *text) {
    akolhook_url found;
    akolhook_status status = akolhook_url_parse(akolhook_str_c(text), 0, &found);
    return status == AKOLHOOK_OK ? akolhook_policy_url(NULL, &found) : status;
}

/* As the client judges: a head that is whole and well-framed is a success. */
static akolhook_status response(void) {
    akolhook_response r;
    akolhook_status status = AKOLHOOK_OK;
    size_t at, used;

    akolhook_response_init(&r, 0);
    for (at = 0; at < len && status == AKOLHOOK_OK && !r.done; at += used)
        status = akolhook_response_feed(&r, bytes + at, len - at, &used, NULL);
    return status == AKOLHOOK_OK ? akolhook_response_end(&r) : status;
}

int main(int argc, char **argv) {
    akolhook_status status = AKOLHOOK_INVALID_ARGUMENT;

    if (argc == 8 && strcmp(argv[1], "standard") == 0 && from_hex(argv[6])) status = standard(argv + 2);
    if (argc == 3 && strcmp(argv[1], "url") == 0) status = url(argv[2]);
    if (argc == 3 && strcmp(argv[1], "response") == 0 && from_hex(argv[2])) status = response();
    puts(akolhook_status_name(status));
    return 0;
}
