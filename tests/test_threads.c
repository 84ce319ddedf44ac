/* One replay guard shared by threads: a message that several of them hold at the same time is handled once. */
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define THREADS 8
#define MESSAGES 200
#define NOW 1767225600                  /* 2026-01-01 */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* Messages with an even number carry Akol's header, those with an odd one all headers: such a message has two keys. */
typedef struct message {
    char body[16], id[16], akol[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
} message;
/* What became of a message. Written in the hands of the thread that handles it, so the guard alone keeps writers apart. */
typedef struct fate { int handled, inside; } fate;
typedef struct worker { pthread_t thread; int ok[MESSAGES], refused[MESSAGES], other; } worker;

static message messages[MESSAGES];
static fate fates[MESSAGES];
static worker workers[THREADS];
static akolhook_receiver receiver;
static akolhook_guard guard;
static akolhook_guard_entry entries[2 * MESSAGES];
static pthread_mutex_t guard_mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void *user) { if (pthread_mutex_lock((pthread_mutex_t *)user) != 0) abort(); }
static void unlock(void *user) {
    if (pthread_mutex_unlock((pthread_mutex_t *)user) != 0) abort();
    sched_yield();                      /* lets another thread in wherever the lock is let go */
}

/* All threads go on from here together. */
static struct { pthread_mutex_t mutex; pthread_cond_t all; int waiting; unsigned round; } gate =
    { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static void meet(void) {
    unsigned round;
    lock(&gate.mutex);
    round = gate.round;
    if (++gate.waiting == THREADS) {
        gate.waiting = 0;
        gate.round++;
        pthread_cond_broadcast(&gate.all);
    }
    while (round == gate.round) pthread_cond_wait(&gate.all, &gate.mutex);
    unlock(&gate.mutex);
}

static akolhook_status authenticate(int i, akolhook_message *msg) {
    const message *m = &messages[i];
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_status status = akolhook_incoming_header(&in, "X-Webhook-Signature", 19, m->akol, strlen(m->akol));
    if (i % 2 == 0) return status ? status : akolhook_authenticate(&receiver, &in, m->body, strlen(m->body), NOW, msg);
    if (!status) status = akolhook_incoming_header(&in, "webhook-id", 10, m->id, strlen(m->id));
    if (!status) status = akolhook_incoming_header(&in, "webhook-timestamp", 17, "1767225600", 10);
    if (!status) status = akolhook_incoming_header(&in, "webhook-signature", 17, m->standard, strlen(m->standard));
    return status ? status : akolhook_authenticate(&receiver, &in, m->body, strlen(m->body), NOW, msg);
}

static void prepare(void) {
    akolhook_key akol, standard;
    int i;
    memset(&receiver, 0, sizeof receiver);
    memset(&guard, 0, sizeof guard);
    memset(entries, 0, sizeof entries);
    memset(fates, 0, sizeof fates);
    memset(workers, 0, sizeof workers);
    receiver.schemes = AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD;
    receiver.guard = &guard;
    guard.entries = entries;
    guard.count = sizeof entries / sizeof entries[0];
    guard.lock_fn = lock;
    guard.unlock_fn = unlock;
    guard.user = &guard_mutex;
    CHECK_STATUS(akolhook_receiver_add_secret(&receiver, SECRET), OK);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_AKOL, &akol), OK);
    CHECK_STATUS(akolhook_secret_key(akolhook_str_c(SECRET), AKOLHOOK_SCHEME_STANDARD, &standard), OK);
    for (i = 0; i < MESSAGES; i++) {
        message *m = &messages[i];
        snprintf(m->body, sizeof m->body, "[%d]", i);
        snprintf(m->id, sizeof m->id, "msg_%d", i);
        CHECK_STATUS(akolhook_sign_akol(&akol, m->body, strlen(m->body), m->akol), OK);
        CHECK_STATUS(akolhook_sign_standard(&standard, akolhook_str_c(m->id), NOW, m->body, strlen(m->body), m->standard), OK);
    }
}

static void run_threads(void *(*work)(void *)) {
    int i;
    for (i = 0; i < THREADS; i++) if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) abort();
    for (i = 0; i < THREADS; i++) if (pthread_join(workers[i].thread, NULL) != 0) abort();
}

/* Every thread gets every message at about the same time. */
static void *work_once(void *user) {
    worker *w = (worker *)user;
    int i;
    for (i = 0; i < MESSAGES; i++) {
        akolhook_message msg;
        akolhook_status status;
        meet();
        status = authenticate(i, &msg);
        if (status == AKOLHOOK_DUPLICATE || status == AKOLHOOK_IN_PROGRESS) w->refused[i]++;
        else if (status == AKOLHOOK_OK) {
            w->ok[i]++;
            fates[i].handled++;
            akolhook_replay_commit(&guard, &msg);
        } else w->other++;
    }
    return NULL;
}

static void test_one_ok(void) {
    int i, t;
    prepare();
    run_threads(work_once);
    for (i = 0; i < MESSAGES; i++) {
        akolhook_message msg;
        int ok = 0, refused = 0;
        for (t = 0; t < THREADS; t++) {
            ok += workers[t].ok[i];
            refused += workers[t].refused[i];
        }
        CHECK_INT(ok, 1);
        CHECK_INT(refused, THREADS - 1);
        CHECK_INT(fates[i].handled, 1);
        CHECK_STATUS(authenticate(i, &msg), DUPLICATE);
    }
    for (t = 0; t < THREADS; t++) CHECK_INT(workers[t].other, 0);
}

/* The handler fails twice and rolls back, then succeeds; every thread tries until the message is a duplicate. */
static void *work_until_done(void *user) {
    worker *w = (worker *)user;
    int i;
    for (i = 0; i < MESSAGES; i++) {
        akolhook_message msg;
        akolhook_status status = AKOLHOOK_OK;
        int tries;
        meet();
        for (tries = 0; tries < 20000 && (status == AKOLHOOK_OK || status == AKOLHOOK_IN_PROGRESS) && !w->other; tries++) {
            status = authenticate(i, &msg);
            if (status == AKOLHOOK_IN_PROGRESS) sched_yield();
            if (status != AKOLHOOK_OK) continue;
            w->ok[i]++;
            if (fates[i].inside++) w->other++;
            fates[i].handled++;
            fates[i].inside--;
            if (fates[i].handled < 3) akolhook_replay_rollback(&guard, &msg);
            else akolhook_replay_commit(&guard, &msg);
        }
        if (status == AKOLHOOK_DUPLICATE) w->refused[i]++;
        else w->other++;
    }
    return NULL;
}

static void test_rollback(void) {
    int i, t;
    prepare();
    run_threads(work_until_done);
    for (i = 0; i < MESSAGES; i++) {
        int ok = 0, refused = 0;
        for (t = 0; t < THREADS; t++) {
            ok += workers[t].ok[i];
            refused += workers[t].refused[i];
        }
        CHECK_INT(ok, 3);
        CHECK_INT(fates[i].handled, 3);
        CHECK_INT(refused, THREADS);            /* every one of them learned that it was done */
    }
    for (t = 0; t < THREADS; t++) CHECK_INT(workers[t].other, 0);
}

int main(void) {
    RUN(test_one_ok);
    RUN(test_rollback);
    return check_end();
}
