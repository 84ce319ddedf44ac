/* guard_file.h from outside: processes that share a guard in a file, one that dies with a message in its
   hands, a file that outlives them, and files that are none. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include "../../examples/receivers/guard_file.h"

#include "../check.h"

#include <stdlib.h>
#include <sys/wait.h>
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#define CAN_STEP
#include <signal.h>
#include <sys/ptrace.h>
#endif

enum { PROCESSES = 4, MESSAGES = 3000, TAKEN_S = 10 };
static const int64_t now = 1767225600; /* 2026-01-01T00:00:00Z */
static char path[] = "/tmp/akolhook-guard.XXXXXX";
static akolhook_guard guard;
static akolhook_receiver receiver;
static akolhook_key key;

/* A fresh file of that many entries, opened as this process's guard. */
static int set_up(size_t count) {
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static int made;

    if (!made) {
        int fd = mkstemp(path);

        if (fd < 0) return 0;
        made = close(fd) == 0;
    }
    if (truncate(path, 0) != 0 || guard_file_open(&guard, path, count, TAKEN_S) != 0) return 0;
    if (receiver.secret_count) return 1;
    receiver.guard = &guard;
    if (akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_AKOL, &key) != AKOLHOOK_OK) return 0;
    return akolhook_receiver_add_secret(&receiver, secret) == AKOLHOOK_OK;
}

/* Receives message number i, signed by the call that test_sign checks against the vectors. */
static akolhook_status receive(int i, int64_t at, akolhook_message *msg) {
    akolhook_incoming in = AKOLHOOK_INIT;
    char signature[AKOLHOOK_AKOL_SIGNATURE_SIZE], body[160];
    int len = snprintf(body, sizeof body,
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_%d\","
            "\"webhookId\":\"whk_1\",\"data\":{}}",
            i);

    if (akolhook_sign_akol(&key, body, (size_t)len, signature) != AKOLHOOK_OK) return AKOLHOOK_NO_SECRET;
    akolhook_incoming_header(&in, "x-webhook-signature", 19, signature, strlen(signature));
    return akolhook_receive(&receiver, &in, body, (size_t)len, at, msg);
}

/* Each process tries all messages in the same order, at the same time: each must go to one of them. */
static void test_processes(void) {
    unsigned char got[MESSAGES] = {0}, all[MESSAGES] = {0};
    int process, i, start[2], result[2];

    CHECK(set_up(MESSAGES) && pipe(start) == 0 && pipe(result) == 0);
    for (process = 0; process < PROCESSES; process++) {
        if (fork() != 0) continue;
        close(start[1]);
        if (read(start[0], got, 1) != 0) _exit(1); /* until the parent closes it: all begin together */
        for (i = 0; i < MESSAGES; i++) {
            akolhook_message msg;

            if (receive(i, now, &msg) != AKOLHOOK_OK) continue;
            got[i] = 1;
            akolhook_replay_commit(&guard, &msg);
        }
        _exit(write(result[1], got, sizeof got) != (ssize_t)sizeof got);
    }
    close(start[0]);
    close(start[1]);
    for (process = 0; process < PROCESSES; process++) {
        CHECK(read(result[0], got, sizeof got) == (ssize_t)sizeof got);
        for (i = 0; i < MESSAGES; i++) all[i] = (unsigned char)(all[i] + got[i]);
    }
    while (wait(NULL) > 0) {}
    close(result[0]);
    close(result[1]);
    for (i = 0; i < MESSAGES; i++) CHECK_INT(all[i], 1);
}

/* A process that dies with a message in its hands holds it for TAKEN_S seconds, and no lock. */
static void test_dead(void) {
    akolhook_message msg;
    pid_t pid;
    int status;

    CHECK(set_up(8));
    if ((pid = fork()) == 0) {
        guard_file_lock(NULL); /* as if it died inside the guard */
        guard_file_unlock(NULL);
        status = receive(1, now, &msg) == AKOLHOOK_OK;
        guard_file_lock(NULL);
        _exit(status);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1);
    CHECK_INT(receive(1, now, &msg), AKOLHOOK_IN_PROGRESS);
    CHECK_INT(receive(1, now + TAKEN_S, &msg), AKOLHOOK_IN_PROGRESS);
    CHECK_INT(receive(1, now + TAKEN_S + 1, &msg), AKOLHOOK_OK);
    akolhook_replay_commit(&guard, &msg);
    CHECK_INT(receive(1, now + TAKEN_S + 1, &msg), AKOLHOOK_DUPLICATE);
}

/* What is committed is there for whoever opens the file next, whatever size that one would have made it. */
static void test_reopened(void) {
    akolhook_message msg;

    CHECK(set_up(8));
    CHECK_INT(receive(2, now, &msg), AKOLHOOK_OK);
    akolhook_replay_commit(&guard, &msg);
    memset(&guard, 0, sizeof guard);
    CHECK(guard_file_open(&guard, path, 1000, TAKEN_S) == 0 && guard.count == 8 && guard.taken_s == TAKEN_S);
    CHECK_INT(receive(2, now, &msg), AKOLHOOK_DUPLICATE);
}

/* The pages of a new file have their places on the disk, so that a full one is told at the start. */
static void test_full_disk(void) {
    struct stat file;

    CHECK(set_up(100000) && fstat(guard_file, &file) == 0 && file.st_size == 3200000);
    CHECK((long long)file.st_blocks * 512 >= (long long)file.st_size);
}

#ifdef CAN_STEP
/* Whether the entry is free, or has the key of one of the messages with what belongs to it. */
static int is_whole(
        const akolhook_guard_entry *entry, const akolhook_message *old, const akolhook_message *fresh) {
    if (entry->order + 1 <= 1) return 1;
    if (memcmp(entry->key, old->dedup_key, 16) == 0) return entry->committed == 1;
    return memcmp(entry->key, fresh->dedup_key, 16) == 0 && entry->committed == 0 &&
           entry->taken_at == (uint32_t)now;
}

/* A process may be killed at any instruction: after none of them a message in the ring is half another. */
static void test_each_instruction(void) {
    akolhook_message old, fresh;
    long steps = 0, halves = 0;
    int status;
    pid_t pid;

    CHECK(set_up(1));
    CHECK_INT(receive(2, now, &fresh), AKOLHOOK_OK); /* for its key */
    memset(guard.entries, 0, sizeof *guard.entries);
    CHECK_INT(receive(1, now, &old), AKOLHOOK_OK);
    akolhook_replay_commit(&guard, &old);

    if ((pid = fork()) == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(0); /* not allowed here */
        raise(SIGSTOP);
        _exit(receive(2, now, &fresh) == AKOLHOOK_OK ? 1 : 2);
    }
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        steps++;
        halves += !is_whole(guard.entries, &old, &fresh);
        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0) break;
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 2);
    CHECK_INT(halves, 0);
    if (!steps) printf("note: no process may be traced here\n");
}
#endif

static void test_no_file(void) {
    akolhook_guard none = AKOLHOOK_INIT;

    CHECK(guard_file_open(&none, NULL, 8, TAKEN_S) == -1);
    CHECK(guard_file_open(&none, "/nowhere/guard.bin", 8, TAKEN_S) == -1);
    CHECK(guard_file_open(&none, "/tmp", 8, TAKEN_S) == -1);
    CHECK(truncate(path, 1) == 0 && guard_file_open(&none, path, 8, TAKEN_S) == -1); /* not one entry */
    CHECK(none.entries == NULL && none.count == 0);
}

int main(void) {
    RUN(test_processes);
    RUN(test_dead);
    RUN(test_reopened);
    RUN(test_full_disk);
#ifdef CAN_STEP
    RUN(test_each_instruction);
#endif
    RUN(test_no_file);
    unlink(path);
    return check_end();
}
