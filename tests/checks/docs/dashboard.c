/* The dashboard as calls: create, test, log, rotate, inactive, delete. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#include <stdio.h>

static akolhook_status print_log(akolhook_hub *hub, const char *webhook_id) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row rows[10];
    size_t count = 0, i;
    akolhook_status st;
    query.webhook_id = akolhook_str_c(webhook_id);
    st = akolhook_hub_log(hub, &query, rows, sizeof rows / sizeof rows[0], &count);
    if (st != AKOLHOOK_OK) return st;
    for (i = 0; i < count; i++)
        printf("%s %-24s %3d %s\n", rows[i].delivery_id, akolhook_event_name(rows[i].event), rows[i].code, rows[i].success ? "ok" : "failed");
    return AKOLHOOK_OK;
}

static akolhook_status run(akolhook_hub *hub) {
    size_t left;
    akolhook_status st;
    do st = akolhook_hub_poll(hub, 1000, &left); while (st == AKOLHOOK_OK && left);
    return st;
}

int dashboard(akolhook_hub *hub, const akolhook_hub_event *event);
int dashboard(akolhook_hub *hub, const akolhook_hub_event *event) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook webhook;
    char message_id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
    wanted.name = akolhook_str_c("CRM Call Logger");
    wanted.url = akolhook_str_c("https://hooks.example.com/akol");
    if (akolhook_events_parse(akolhook_str_c("call.*, transcript.ready"), &wanted.events, NULL) != AKOLHOOK_OK) return 1;
    if (akolhook_hub_create_webhook(hub, &wanted, &webhook) != AKOLHOOK_OK) return 2;
    printf("secret, shown once: %s\n", webhook.secret);
    if (akolhook_hub_test(hub, webhook.id) != AKOLHOOK_OK || run(hub) != AKOLHOOK_OK) return 3;
    if (akolhook_hub_emit(hub, event, &message_id) != AKOLHOOK_OK || run(hub) != AKOLHOOK_OK) return 4;
    if (print_log(hub, webhook.id) != AKOLHOOK_OK) return 5;
    if (akolhook_hub_rotate_secret(hub, webhook.id, secret) != AKOLHOOK_OK) return 6;
    akolhook_wipe(secret, sizeof secret);
    if (akolhook_hub_set_active(hub, webhook.id, 0) != AKOLHOOK_OK) return 7;
    return akolhook_hub_delete_webhook(hub, webhook.id) == AKOLHOOK_OK ? 0 : 8;
}
