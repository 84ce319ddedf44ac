/* One replay guard shared by threads: a message that several of them hold at the same time is handled once.
   And clients, one for each thread, that are closed while lookups are in flight. */
#include <netdb.h>
#include <time.h>

/* The resolver takes its time; all other calls are the system's. */
static int slow_getaddrinfo(
        const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
    struct timespec nap;
    (void)service;
    nap.tv_sec = 0;
    nap.tv_nsec = 1000000 * (host[0] % 4);
    nanosleep(&nap, NULL);
    return getaddrinfo("127.0.0.1", NULL, hints, list);
}
#define SYS_getaddrinfo slow_getaddrinfo
#define AKOLHOOK_I_SYS(name) SYS_##name
#define SYS_clock_gettime clock_gettime
#define SYS_time time
#define SYS_fcntl fcntl
#define SYS_open open
#define SYS_close close
#define SYS_read read
#define SYS_getrandom getrandom
#define SYS_setsockopt setsockopt
#define SYS_socket socket
#define SYS_connect connect
#define SYS_getsockopt getsockopt
#define SYS_getpeername getpeername
#define SYS_poll poll
#define SYS_epoll_create1 epoll_create1
#define SYS_epoll_ctl epoll_ctl
#define SYS_epoll_wait epoll_wait
#define SYS_sendmsg sendmsg
#define SYS_send send
#define SYS_recv recv
#define SYS_freeaddrinfo freeaddrinfo
#define SYS_socketpair socketpair
#define SYS_pthread_attr_init pthread_attr_init
#define SYS_pthread_sigmask pthread_sigmask
#define SYS_pthread_create pthread_create
#define SYS_pthread_mutex_lock pthread_mutex_lock
#define SYS_pthread_mutex_unlock pthread_mutex_unlock
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define THREADS 8
#define MESSAGES 200
#define NOW 1767225600 /* 2026-01-01 */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* Messages with an even number carry Akol's header, those with an odd one all headers: such a message has two
 * keys. */
typedef struct message {
    char body[16], id[16], akol[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE];
} message;
/* What became of a message. Written in the hands of the thread that handles it, so the guard alone keeps
 * writers apart. */
typedef struct fate {
    int handled, inside;
} fate;
typedef struct worker {
    pthread_t thread;
    int ok[MESSAGES], refused[MESSAGES], other;
} worker;

static message messages[MESSAGES];
static fate fates[MESSAGES];
static worker workers[THREADS];
static akolhook_receiver receiver;
static akolhook_guard guard;
static akolhook_guard_entry entries[2 * MESSAGES];
static pthread_mutex_t guard_mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void *user) {
    if (pthread_mutex_lock((pthread_mutex_t *)user) != 0) abort();
}
static void unlock(void *user) {
    if (pthread_mutex_unlock((pthread_mutex_t *)user) != 0) abort();
    sched_yield(); /* lets another thread in wherever the lock is let go */
}

/* All threads go on from here together. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t all;
    int waiting;
    unsigned round;
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

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
    akolhook_status status =
            akolhook_incoming_header(&in, "X-Webhook-Signature", 19, m->akol, strlen(m->akol));
    if (i % 2 == 0)
        return status ? status : akolhook_authenticate(&receiver, &in, m->body, strlen(m->body), NOW, msg);
    if (!status) status = akolhook_incoming_header(&in, "webhook-id", 10, m->id, strlen(m->id));
    if (!status) status = akolhook_incoming_header(&in, "webhook-timestamp", 17, "1767225600", 10);
    if (!status)
        status = akolhook_incoming_header(&in, "webhook-signature", 17, m->standard, strlen(m->standard));
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
        CHECK_STATUS(akolhook_sign_standard(
                             &standard, akolhook_str_c(m->id), NOW, m->body, strlen(m->body), m->standard),
                OK);
    }
}

static void run_threads(void *(*work)(void *)) {
    int i;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) abort();
    for (i = 0; i < THREADS; i++)
        if (pthread_join(workers[i].thread, NULL) != 0) abort();
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
        if (status == AKOLHOOK_DUPLICATE || status == AKOLHOOK_IN_PROGRESS)
            w->refused[i]++;
        else if (status == AKOLHOOK_OK) {
            w->ok[i]++;
            fates[i].handled++;
            akolhook_replay_commit(&guard, &msg);
        } else
            w->other++;
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

/* The handler fails twice and rolls back, then succeeds; every thread tries until the message is a duplicate.
 */
static void *work_until_done(void *user) {
    worker *w = (worker *)user;
    int i;
    for (i = 0; i < MESSAGES; i++) {
        akolhook_message msg;
        akolhook_status status = AKOLHOOK_OK;
        int tries;
        meet();
        for (tries = 0;
                tries < 20000 && (status == AKOLHOOK_OK || status == AKOLHOOK_IN_PROGRESS) && !w->other;
                tries++) {
            status = authenticate(i, &msg);
            if (status == AKOLHOOK_IN_PROGRESS) sched_yield();
            if (status != AKOLHOOK_OK) continue;
            w->ok[i]++;
            if (fates[i].inside++) w->other++;
            fates[i].handled++;
            fates[i].inside--;
            if (fates[i].handled < 3)
                akolhook_replay_rollback(&guard, &msg);
            else
                akolhook_replay_commit(&guard, &msg);
        }
        if (status == AKOLHOOK_DUPLICATE)
            w->refused[i]++;
        else
            w->other++;
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
        CHECK_INT(refused, THREADS); /* every one of them learned that it was done */
    }
    for (t = 0; t < THREADS; t++) CHECK_INT(workers[t].other, 0);
}

/* ---- clients ---- */

enum { CLIENT_ROUNDS = 40, CLIENT_OPEN = 6 };
typedef struct tally {
    int done, cancelled;
} tally;

static void client_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    tally *t = (tally *)user;
    (void)id;
    t->done++;
    t->cancelled += delivery->status == AKOLHOOK_CANCELLED;
}
/* Submits and closes, sooner or later: each delivery ends exactly once, whatever its lookup is doing. */
static void *work_clients(void *user) {
    worker *w = (worker *)user;
    static const char *const urls[CLIENT_OPEN] = {"http://a.example.com:9/", "http://b.example.com:9/",
            "http://c.example.com:9/", "http://d.example.com:9/", "http://e.example.com:9/",
            "http://f.example.com:9/"};
    akolhook_client_desc desc = AKOLHOOK_INIT;
    size_t size;
    void *memory;
    int round, i;
    desc.max_in_flight = CLIENT_OPEN;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    size = akolhook_client_size(&desc);
    memory = malloc(size);
    if (!memory) abort();
    for (round = 0; round < CLIENT_ROUNDS; round++) {
        akolhook_client *client;
        tally t = {0, 0};
        if (akolhook_client_init(&client, memory, size, &desc) != AKOLHOOK_OK) {
            w->other++;
            break;
        }
        for (i = 0; i < CLIENT_OPEN; i++) {
            akolhook_request r = AKOLHOOK_INIT;
            r.url = akolhook_str_c(urls[i]);
            r.secret = akolhook_str_c(SECRET);
            if (akolhook_client_submit(client, &r, client_done, &t, NULL) != AKOLHOOK_OK) w->other++;
        }
        for (i = 0; i < round % 5; i++)
            if (akolhook_client_poll(client, 1, NULL) != AKOLHOOK_OK) w->other++;
        akolhook_client_close(client);
        if (t.done != CLIENT_OPEN) w->other++;
        w->ok[0] += t.cancelled;
    }
    free(memory);
    return NULL;
}
static void test_clients_closed(void) {
    int t, cancelled = 0;
    prepare();
    run_threads(work_clients);
    for (t = 0; t < THREADS; t++) {
        CHECK_INT(workers[t].other, 0);
        cancelled += workers[t].ok[0];
    }
    CHECK(cancelled > THREADS * CLIENT_ROUNDS);
    CHECK_STATUS(akolhook_posix_lookups_wait(60000), OK); /* every lookup thread ends, its answer unheard */
}

int main(void) {
    RUN(test_one_ok);
    RUN(test_rollback);
    RUN(test_clients_closed);
    return check_end();
}
