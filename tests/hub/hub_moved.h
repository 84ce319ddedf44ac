/* Data that an earlier layout left: hub_suite.h before it. */
#ifndef HUB_MOVED_H
#define HUB_MOVED_H

/* What tests/hub/layouts/ holds of the layout before: a delivers; b has failed since a minute after the
   start, and two events wait for it; c is inactive, and nobody noted since when. It is two minutes old. */
static void check_moved(void) {
    akolhook_webhook all[4];
    akolhook_log_query query = AKOLHOOK_INIT;
    char id[AKOLHOOK_ID_SIZE];
    size_t count = 0, i;
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, all, 4, &count), OK);
    CHECK_INT(count, 3);
    if (count != 3) return;
    for (i = 0; i < 3; i++) CHECK(all[i].updated_at_ms == START_MS && all[i].created_at_ms == START_MS);
    for (i = 0; i < 3; i++) CHECK(all[i].inactive_at_ms == 0 && !all[i].inactive_by);
    CHECK(all[0].is_active && all[1].is_active && !all[2].is_active);
    CHECK(all[0].failing_since_ms == 0 && all[1].failing_since_ms == START_MS + MINUTE);
    CHECK(all[1].cls == AKOLHOOK_CLASS_FAILING && all[1].queued == 2 && all[1].failure_count == 2);
    CHECK_STATUS(akolhook_hub_list_failing(hub, 0, all, 4, &count), OK);
    CHECK(count == 1 && strncmp(all[0].url, "https://b.", 10) == 0);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 10, &row_count), OK);
    CHECK_INT(row_count, 4);
    query.events = AKOLHOOK_EVENTS_ALL;
    query.since_ms = START_MS + 2 * MINUTE;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 10, &row_count), OK);
    CHECK_INT(row_count, 2);
    CHECK_STATUS(emit_key("{\"n\":2}", "k2", &id), OK); /* its key is known */
    run();
    CHECK_INT(stats_of(NULL).emitted, 4);
    run_until(w.now + 20 * MINUTE);
    CHECK_INT(w.count, 2);
    CHECK(stats_of(NULL).delivered == 4 && stats_of(NULL).waiting == 0);
    CHECK_STATUS(akolhook_hub_list_failing(hub, 0, all, 4, &count), OK);
    CHECK_INT(count, 0);
}
static char *layout_text(const char *name) {
    static char text[40000];
    char where[80];
    FILE *file;
    size_t len;
    snprintf(where, sizeof where, "tests/hub/layouts/%s", name);
    file = fopen(where, "rb");
    CHECK(file != NULL);
    len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[len] = 0;
    return text;
}

#endif
