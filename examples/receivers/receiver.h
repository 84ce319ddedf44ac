/* receiver.h - what the receivers beside it have in common: a receiver with its replay guard, your work, the
   answer's code. Copy it with one of them, and put your work into work(). */
#ifndef RECEIVER_H
#define RECEIVER_H

#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    SEEN = 4096, /* how many messages the guard remembers: about those of the days that a sender retries */
    TAKEN_S = 60 /* for a guard in a file: longer than work() ever takes, and than a sender waits */
};
static akolhook_guard guard;
static akolhook_receiver receiver;
static const char *out_path;

/* Your work with a verified event, 0 when it is done: here its name goes into a file. */
static int work(const akolhook_message *msg) {
    FILE *out = fopen(out_path, "a");

    if (!out) return -1;
    fprintf(out, "%.*s\n", (int)msg->event_name.str.len, msg->event_name.str.ptr);
    return fclose(out);
}

/* One request, its headers taken; the HTTP code of the answer. */
static int answer(const akolhook_incoming *in, const void *body, size_t len) {
    akolhook_message msg;
    akolhook_status status = akolhook_receive(&receiver, in, body, len, time(NULL), &msg);

    if (status != AKOLHOOK_OK) {
        fprintf(stderr, "%s\n", akolhook_status_text(status)); /* for the log, never into the answer */
        return akolhook_status_http(status);                   /* 401, 413 ...; 200 for a duplicate */
    }
    if (work(&msg) != 0) {
        akolhook_replay_rollback(&guard, &msg); /* the sender's retry is let in */
        return 500;
    }
    akolhook_replay_commit(&guard, &msg); /* from now on it is a duplicate */
    return 200;
}

/* Says why the program does not start; its exit status. */
static int fail(const char *why) {
    fprintf(stderr, "%s\n", why);
    return 2;
}

/* At the start, with the file of work(). The secret comes from the environment, where ps does not show it. A
   guard that is not set up yet lives in memory. Returns 0, or -1 with the reason said. */
static int start(const char *out) {
    static akolhook_guard_entry seen[SEEN];
    akolhook_status status = akolhook_receiver_add_secret(&receiver, getenv("AKOLHOOK_SECRET"));

    out_path = out;
    if (!guard.entries) {
        guard.entries = seen;
        guard.count = SEEN;
    }
    receiver.guard = &guard;
    if (status != AKOLHOOK_OK) fprintf(stderr, "AKOLHOOK_SECRET: %s\n", akolhook_status_text(status));
    return status == AKOLHOOK_OK ? 0 : -1;
}

#endif
