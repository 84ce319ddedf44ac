/* A CGI program: each request is a process of its own, so what was seen stays in a mapped file that all of them share
   and that outlives them. Build: cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -o receive.cgi examples/receive_cgi.c
   The web server sets AKOLHOOK_SECRET, and AKOLHOOK_SEEN to the path of the file. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SEEN 1000 /* messages that are remembered */
#define SEEN_BYTES (SEEN * sizeof(akolhook_guard_entry))

/* One lock over the file keeps the processes apart; the system drops it when one dies. */
static void lock_file(int fd, short type) {
    struct flock all;
    memset(&all, 0, sizeof all);
    all.l_type = type;
    all.l_whence = SEEK_SET;
    while (fcntl(fd, F_SETLKW, &all) != 0) {}
}
static void lock(void *fd) { lock_file(*(int *)fd, F_WRLCK); }
static void unlock(void *fd) { lock_file(*(int *)fd, F_UNLCK); }

/* The file grows by zeros, which are free entries. */
static int guard_open(akolhook_guard *guard, int *fd, const char *path) {
    void *map;
    *fd = open(path, O_RDWR | O_CREAT, 0600);
    if (*fd < 0 || ftruncate(*fd, SEEN_BYTES) != 0) return 0;
    map = mmap(NULL, SEEN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (map == MAP_FAILED) return 0;
    guard->entries = (akolhook_guard_entry *)map;
    guard->count = SEEN;
    guard->lock_fn = lock;
    guard->unlock_fn = unlock;
    guard->user = fd;
    return 1;
}

/* The work: whatever the event is for. 1 when it is done. */
static int work(const akolhook_message *msg) {
    akolhook_str event = msg->event_name.str;
    return fprintf(stderr, "handled %.*s\n", (int)event.len, event.ptr) > 0;
}

/* Returns the code of the answer. */
static int serve(const char *secret, const char *path) {
    static const char *const names[] = {"HTTP_X_WEBHOOK_SIGNATURE", "HTTP_X_WEBHOOK_EVENT",
            "HTTP_X_WEBHOOK_TEST", "HTTP_CONTENT_ENCODING", "CONTENT_LENGTH"};
    static char body[1 << 16];
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_guard guard = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_status status;
    size_t len = fread(body, 1, sizeof body, stdin), i;
    int fd;

    if (!guard_open(&guard, &fd, path)) return 500;
    receiver.guard = &guard;
    receiver.max_body = sizeof body - 1;
    status = akolhook_receiver_add_secret(&receiver, secret);
    for (i = 0; i < sizeof names / sizeof names[0] && status == AKOLHOOK_OK; i++)
        status = akolhook_incoming_cgi(&in, names[i], getenv(names[i]));
    if (status == AKOLHOOK_OK)
        status = akolhook_receive(&receiver, &in, body, len, (int64_t)time(NULL), &msg);
    akolhook_wipe(&receiver, sizeof receiver);
    if (status != AKOLHOOK_OK)
        return akolhook_status_http(status); /* 200 for a duplicate, 503 while it is handled */

    if (!work(&msg)) {
        akolhook_replay_rollback(&guard, &msg); /* the sender's retry is let in */
        return 500;
    }
    akolhook_replay_commit(&guard, &msg); /* a process that died before is let in again after 60 s */
    return 200;
}

int main(void) {
    const char *secret = getenv("AKOLHOOK_SECRET"), *path = getenv("AKOLHOOK_SEEN");
    if (!getenv("REQUEST_METHOD") || !secret || !path) return 2;
    return printf("Status: %d\r\nContent-Length: 0\r\n\r\n", serve(secret, path)) > 0 ? 0 : 1;
}
