/* demo - a sender and a receiver, two processes, real sockets: every event arrives, what must fail fails, and
   a webhook of the dashboard goes through its life

   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls \
      -o build/demo examples/demo/demo.c -pthread
   and for the https half: the same with -DAKOLHOOK_EXAMPLE_OPENSSL ... -lssl -lcrypto

   Exit status 0 only when every result was as expected. */
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_hub.h"
#include "../receivers/listen.h"
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "akolhook_openssl.h"
#include "listen_openssl.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#endif

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#define LAST_RESORT_S 60 /* nothing here takes long; whatever hangs is ended by then */

/* ---- the receiver: a child that tells over a pipe what it made of each request ---- */

typedef struct verdict {
    akolhook_status status;
    const char *why; /* where HTTP itself refused: static text, the same in both processes */
    akolhook_event event;
    unsigned handled; /* events handled so far */
    int is_test;
} verdict;

typedef struct receiver {
    pid_t pid;
    int pipe;
    uint16_t port;
} receiver;
typedef struct handler {
    int pipe;
    unsigned handled;
} handler;

static volatile sig_atomic_t told_to_end;

static void on_term(int number) {
    (void)number;
    told_to_end = 1;
}

static int handle(void *user, const listen_request *request) {
    handler *h = (handler *)user;
    verdict v;
    memset(&v, 0, sizeof v);
    if (request->message) h->handled++; /* here the work would be done */
    v.status = request->status;
    v.why = request->why;
    v.event = request->message ? request->message->event : AKOLHOOK_EVENT_UNKNOWN;
    v.handled = h->handled;
    v.is_test = request->message && request->message->is_test;
    return write(h->pipe, &v, sizeof v) == (ssize_t)sizeof v ? 0 : 1;
}

static int serve(int pipe_end, const char *secret, uint16_t port, const char *cert, const char *key) {
    static char memory[8 * (65536 + 32768)];
    static akolhook_guard_entry seen[256];
    akolhook_guard guard = AKOLHOOK_INIT;
    akolhook_receiver who = AKOLHOOK_INIT;
    listen_desc desc = AKOLHOOK_INIT;
    listen_server server;
    handler h = AKOLHOOK_INIT;
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    listen_openssl tls;
    if (cert && listen_openssl_init(&tls, cert, key) != 0) return 1;
    if (cert) desc.stream = &tls.stream;
#endif
    (void)cert;
    (void)key;
    h.pipe = pipe_end;
    guard.entries = seen;
    guard.count = sizeof seen / sizeof seen[0];
    who.schemes = AKOLHOOK_SCHEME_AKOL | AKOLHOOK_SCHEME_STANDARD;
    who.max_body = 65536;
    who.guard = &guard;
    if (akolhook_receiver_add_secret(&who, secret) != AKOLHOOK_OK) return 1;
    desc.receiver = &who;
    desc.on_request_fn = handle;
    desc.user = &h;
    desc.slots = 8;
    desc.port = port;
    if (listen_open(&server, &desc, memory, sizeof memory) != 0) return 1;
    if (write(pipe_end, &server.port, sizeof server.port) != (ssize_t)sizeof server.port) return 1;
    while (!told_to_end && listen_poll(&server, 200) == 0) {}
    listen_close(&server);
#ifdef AKOLHOOK_EXAMPLE_OPENSSL
    if (cert) listen_openssl_free(&tls);
#endif
    return told_to_end ? 0 : 1;
}

/* Reads one record from the receiver; 0 when none comes. */
static int receiver_read(const receiver *r, void *record, size_t size) {
    struct pollfd p;
    p.fd = r->pipe;
    p.events = POLLIN;
    return poll(&p, 1, 5000) == 1 && read(r->pipe, record, size) == (ssize_t)size;
}

/* port 0: a free one. */
static int receiver_start(receiver *r, const char *secret, uint16_t port, const char *cert, const char *key) {
    int ends[2];
    if (pipe(ends) != 0) return 0;
    fflush(stdout);
    r->pid = fork();
    if (r->pid == 0) {
        signal(SIGTERM, on_term);
        alarm(LAST_RESORT_S);
        close(ends[0]);
        _exit(serve(ends[1], secret, port, cert, key));
    }
    close(ends[1]);
    r->pipe = ends[0];
    return r->pid > 0 && receiver_read(r, &r->port, sizeof r->port);
}

/* Ends it; 1 when it ended in good order. */
static int receiver_stop(receiver *r) {
    int status = 1;
    if (r->pid <= 0) return 0;
    kill(r->pid, SIGTERM);
    waitpid(r->pid, &status, 0);
    close(r->pipe);
    r->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the sender, over http and over https ---- */

typedef struct lane {
    const char *scheme;
    receiver receiver;
    akolhook_client *client;
    void *memory;
    const akolhook_transport *transport;
    char url[64];
    unsigned handled; /* events that the receiver must have handled by now */
} lane;

static lane lanes[2];
static int lane_count;
static char secret[AKOLHOOK_SECRET_SIZE], wrong_secret[AKOLHOOK_SECRET_SIZE];
static int results, unexpected;

static int client_open(lane *l, unsigned policy_flags, const akolhook_transport *tls) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    desc.tls = tls;
    desc.policy.flags = policy_flags;
    desc.deadline_ms = 5000;
    l->transport = tls ? tls : akolhook_posix_platform()->plain;
    l->memory = malloc(akolhook_client_size(&desc));
    return l->memory &&
           akolhook_client_init(&l->client, l->memory, akolhook_client_size(&desc), &desc) == AKOLHOOK_OK;
}

static void client_close(lane *l) {
    akolhook_client_close(l->client);
    free(l->memory);
    l->client = NULL;
    l->memory = NULL;
}

/* What one lane did with one row. */
typedef struct outcome {
    int code;
    akolhook_status status;
    double ms;
} outcome;

/* Sends the sample of an event the ordinary way. */
static void deliver(lane *l, akolhook_event event, const char *with_secret, int64_t now, outcome *o) {
    static char body[8192];
    akolhook_envelope envelope = AKOLHOOK_INIT;
    akolhook_request request = AKOLHOOK_INIT;
    akolhook_delivery delivery = AKOLHOOK_INIT;
    size_t len = 0;
    envelope.event = event;
    envelope.timestamp_ms = now * 1000;
    envelope.business_id = akolhook_text_c("biz_SampleBusiness0000000001");
    envelope.webhook_id = akolhook_text_c("whk_SampleWebhook00000000001");
    o->status = akolhook_build_sample(body, sizeof body, &len, &envelope);
    if (o->status != AKOLHOOK_OK) return;
    request.url = akolhook_str_c(l->url);
    request.secret = akolhook_str_c(with_secret);
    request.body[0] = akolhook_str_n(body, len);
    request.event = akolhook_str_c(akolhook_event_name(event));
    o->status = akolhook_deliver_request(l->client, &request, &delivery);
    o->code = delivery.code;
}

/* ---- requests that no honest sender makes, written byte for byte ---- */

enum { UNSIGNED = 1, CHANGED = 2, LATE = 4, STRIPPED = 8 };

/* A signed request as it goes over the wire, bent as the flags say. */
static size_t forge(const lane *l, unsigned how, int64_t now, char *out, size_t cap) {
    static const char body[] =
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-04-18T14:23:11.000Z\",\"businessId\":\"biz_1\","
            "\"webhookId\":\"whk_1\",\"data\":{\"callId\":\"call_1\",\"duration\":184}}";
    char akol[AKOLHOOK_AKOL_SIGNATURE_SIZE], standard[AKOLHOOK_STANDARD_SIGNATURE_SIZE], timestamp[24];
    akolhook_head head = AKOLHOOK_INIT;
    akolhook_url url;
    akolhook_key key;
    size_t len = sizeof body - 1, head_len;
    if (how & LATE) now -= 600;
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)now);
    if (akolhook_url_parse(akolhook_str_c(l->url), AKOLHOOK_ALLOW_HTTP, &url) != AKOLHOOK_OK ||
            akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_AKOL, &key) != AKOLHOOK_OK ||
            akolhook_sign_akol(&key, body, len, akol) != AKOLHOOK_OK ||
            akolhook_secret_key(akolhook_str_c(secret), AKOLHOOK_SCHEME_STANDARD, &key) != AKOLHOOK_OK ||
            akolhook_sign_standard(&key, akolhook_str_c("msg_demo"), now, body, len, standard) != AKOLHOOK_OK)
        return 0;
    head.url = &url;
    head.content_length = len;
    if (!(how & UNSIGNED)) head.akol_signature = akolhook_str_c(akol);
    if (!(how & (UNSIGNED | STRIPPED))) {
        head.message_id = akolhook_str_c("msg_demo");
        head.timestamp = akolhook_str_c(timestamp);
        head.standard_signature = akolhook_str_c(standard);
    }
    if (akolhook_head_write(&head, out, cap, &head_len) != AKOLHOOK_OK || cap - head_len < len) return 0;
    memcpy(out + head_len, body, len);
    if (how & CHANGED) out[head_len + len - 4] = '9'; /* 184 seconds become 189 */
    return head_len + len;
}

/* Sends it over an open connection through the same hooks that the client uses; the code of the answer, 0
 * without one. */
static int converse(const akolhook_transport *t, akolhook_conn *c, const char *bytes, size_t len) {
    akolhook_response response;
    char answer[1024];
    size_t used;
    akolhook_response_init(&response, 0);
    for (;;) {
        struct pollfd p;
        ptrdiff_t n = len ? t->send_fn(c, bytes, len) : t->recv_fn(c, answer, sizeof answer);
        if (n > 0 && len) {
            bytes += n;
            len -= (size_t)n;
        } else if (n > 0) {
            if (akolhook_response_feed(&response, answer, (size_t)n, &used, NULL) != AKOLHOOK_OK) return 0;
            if (response.done) return response.code;
        } else {
            if (n != AKOLHOOK_IO_WANT_READ && n != AKOLHOOK_IO_WANT_WRITE) return 0;
            p.fd = (int)c->socket;
            p.events = n == AKOLHOOK_IO_WANT_READ ? POLLIN : POLLOUT;
            if (poll(&p, 1, 5000) != 1) return 0;
        }
    }
}

/* A connection to the lane's receiver, up to and with its handshake; 0 when that fails. */
static int connect_to(const lane *l, akolhook_conn *c, void *memory) {
    struct sockaddr_in to;
    int fd = socket(AF_INET, SOCK_STREAM, 0), result;
    memset(&to, 0, sizeof to);
    to.sin_family = AF_INET;
    to.sin_port = htons(l->receiver.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->socket = fd;
    c->memory = memory;
    c->user = l->transport->user;
    c->host = "127.0.0.1";
    c->host_is_address = 1;
    c->port = l->receiver.port;
    if (fd < 0 || connect(fd, (const struct sockaddr *)(const void *)&to, sizeof to) != 0 ||
            listen_prepare_fd(fd) != 0)
        return 0;
    if (l->transport->open_fn(c) != 0) return 0;
    while (l->transport->handshake_fn && (result = l->transport->handshake_fn(c)) != 0) {
        struct pollfd p;
        p.fd = fd;
        p.events = result == AKOLHOOK_IO_WANT_READ ? POLLIN : POLLOUT;
        if (result == AKOLHOOK_IO_FAIL || poll(&p, 1, 5000) != 1) {
            l->transport->close_fn(c);
            return 0;
        }
    }
    return 1;
}

static void send_forged(const lane *l, unsigned how, int64_t now, outcome *o) {
    static union {
        char bytes[4096];
        long double number;
        void *pointer;
    } memory;
    static char bytes[4096];
    akolhook_conn conn = AKOLHOOK_INIT;
    size_t len = forge(l, how, now, bytes, sizeof bytes);
    memset(&memory, 0, sizeof memory);
    if (len && l->transport->conn_size <= sizeof memory && connect_to(l, &conn, &memory)) {
        o->code = converse(l->transport, &conn, bytes, len);
        l->transport->close_fn(&conn);
    }
    if (conn.socket > 0) close((int)conn.socket);
}

/* ---- the table ---- */

static const char *red = "", *green = "", *dim = "", *bold = "", *plain = "";

static double clock_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void count_result(int good) {
    results++;
    unexpected += !good;
}

/* Width of what the receiver says; the last column needs none. */
static int column(int index) { return index + 1 < lane_count ? 22 : 0; }

static void heading(const char *title) {
    int i;
    printf("\n%s%-30s", bold, title);
    for (i = 0; i < lane_count; i++)
        printf("code     ms  %-*s", column(i), i ? "https receiver" : "http receiver");
    printf("%s\n", plain);
}

/* One row: the same over each lane, and what the receiver made of it. */
static void row(const char *name, akolhook_event event, const char *with_secret, unsigned how, int code,
        akolhook_status status) {
    int i;
    printf("  %-28s", name);
    for (i = 0; i < lane_count; i++) {
        lane *l = &lanes[i];
        int64_t now = akolhook_posix_now();
        outcome o = AKOLHOOK_INIT;
        verdict v;
        const char *said;
        int good;
        o.ms = clock_ms();
        if (with_secret)
            deliver(l, event, with_secret, now, &o);
        else
            send_forged(l, how, now, &o);
        o.ms = clock_ms() - o.ms;
        memset(&v, 0, sizeof v);
        v.status = AKOLHOOK_STATUS_END;
        if (o.code) (void)receiver_read(&l->receiver, &v, sizeof v);
        l->handled += status == AKOLHOOK_OK;
        good = o.code == code && v.status == status && !v.why && v.handled == l->handled;
        good = good && (status != AKOLHOOK_OK || v.event == event);
        said = v.status == AKOLHOOK_OK ? "verified" : akolhook_status_name(v.status);
        if (!o.code || v.why) said = v.why ? v.why : akolhook_status_name(o.status);
        printf("%s%4d%s %6.1f  %s%-*s%s", good ? green : red, o.code, plain, o.ms, good ? "" : red, column(i),
                said, plain);
        count_result(good);
        if (!good)
            printf("\n%s  unexpected: it should be %d and %s%s\n%30s", red, code,
                    akolhook_status_name(status), plain, "");
    }
    puts("");
}

/* One delivery that the sender itself must refuse. */
static void refused(const char *name, const char *url, unsigned policy_flags, const akolhook_transport *by,
        akolhook_status status) {
    lane l;
    outcome o = AKOLHOOK_INIT;
    int good;
    memset(&l, 0, sizeof l);
    snprintf(l.url, sizeof l.url, "%s", url);
    o.status = AKOLHOOK_STATUS_END;
    if (client_open(&l, policy_flags, by)) deliver(&l, AKOLHOOK_CALL_ENDED, secret, akolhook_posix_now(), &o);
    client_close(&l);
    good = o.status == status && o.code == 0;
    printf("  %-40s  %s%s%s\n", name, good ? green : red, akolhook_status_name(o.status), plain);
    count_result(good);
    if (!good) printf("%s  unexpected: it should be %s%s\n", red, akolhook_status_name(status), plain);
}

static void close_receiver(receiver *r) {
    int good = receiver_stop(r);
    count_result(good);
    if (!good) printf("%sunexpected: a receiver did not end in good order%s\n", red, plain);
}

/* ---- https: certificates made on the spot ---- */

#ifdef AKOLHOOK_EXAMPLE_OPENSSL
typedef struct identity {
    EVP_PKEY *key;
    X509 *cert;
} identity;

static char directory[64], ca_file[96], other_ca_file[96], cert_file[96], key_file[96], wrong_cert_file[96],
        wrong_key_file[96];
static akolhook_openssl tls, other_tls;
static receiver wrong_name_receiver;

static int add_extension(X509 *cert, int nid, const char *value) {
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    int ok = e && X509_add_ext(cert, e, -1);
    X509_EXTENSION_free(e);
    return ok;
}

/* A P-256 key and its certificate: a CA of its own when by is NULL, else a server's for alt_name. */
static int issue(identity *who, const char *name, const char *alt_name, const identity *by) {
    static long serial = 1;
    X509_NAME *subject;
    int ok;
    who->key = EVP_EC_gen("P-256");
    who->cert = X509_new();
    if (!who->key || !who->cert) return 0;
    subject = X509_get_subject_name(who->cert);
    ok = X509_set_version(who->cert, X509_VERSION_3) &&
         ASN1_INTEGER_set(X509_get_serialNumber(who->cert), serial++) &&
         X509_gmtime_adj(X509_getm_notBefore(who->cert), -3600) &&
         X509_gmtime_adj(X509_getm_notAfter(who->cert), 86400) &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) &&
         X509_set_issuer_name(who->cert, by ? X509_get_subject_name(by->cert) : subject) &&
         X509_set_pubkey(who->cert, who->key) &&
         add_extension(who->cert, NID_basic_constraints, by ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
         add_extension(who->cert, NID_key_usage, by ? "critical,digitalSignature" : "critical,keyCertSign");
    if (by) ok = ok && add_extension(who->cert, NID_ext_key_usage, "serverAuth");
    if (by) ok = ok && add_extension(who->cert, NID_subject_alt_name, alt_name);
    return ok && X509_sign(who->cert, by ? by->key : who->key, EVP_sha256()) > 0;
}

static int write_identity(const identity *who, char *cert_path, char *key_path, const char *name) {
    FILE *file;
    int ok;
    snprintf(cert_path, 96, "%s/%s.crt", directory, name);
    file = fopen(cert_path, "w");
    ok = file && PEM_write_X509(file, who->cert);
    if (file) ok = fclose(file) == 0 && ok;
    if (!key_path || !ok) return ok;
    snprintf(key_path, 96, "%s/%s.key", directory, name);
    file = fopen(key_path, "w");
    ok = file && PEM_write_PrivateKey(file, who->key, NULL, NULL, 0, NULL, NULL);
    return file ? fclose(file) == 0 && ok : 0;
}

static int make_certificates(void) {
    identity ca = AKOLHOOK_INIT, other = AKOLHOOK_INIT, server = AKOLHOOK_INIT, wrong = AKOLHOOK_INIT;
    identity *all[4] = {&ca, &other, &server, &wrong};
    int ok, i;
    snprintf(directory, sizeof directory, "/tmp/akolhook-demo-XXXXXX");
    ok = mkdtemp(directory) && issue(&ca, "demo CA", NULL, NULL) && issue(&other, "other CA", NULL, NULL) &&
         issue(&server, "receiver", "IP:127.0.0.1", &ca) &&
         issue(&wrong, "receiver", "DNS:receiver.example", &ca) && write_identity(&ca, ca_file, NULL, "ca") &&
         write_identity(&other, other_ca_file, NULL, "other") &&
         write_identity(&server, cert_file, key_file, "server") &&
         write_identity(&wrong, wrong_cert_file, wrong_key_file, "wrong");
    for (i = 0; i < 4; i++) {
        X509_free(all[i]->cert);
        EVP_PKEY_free(all[i]->key);
    }
    return ok;
}

static void remove_certificates(void) {
    static const char *const files[] = {
            ca_file, other_ca_file, cert_file, key_file, wrong_cert_file, wrong_key_file};
    size_t i;
    for (i = 0; i < sizeof files / sizeof files[0]; i++)
        if (*files[i]) unlink(files[i]);
    rmdir(directory);
}

/* The second lane. The files are needed only until everybody has read them. */
static int open_https(void) {
    lane *l = &lanes[1];
    int ok = make_certificates() && receiver_start(&l->receiver, secret, 0, cert_file, key_file) &&
             receiver_start(&wrong_name_receiver, secret, 0, wrong_cert_file, wrong_key_file) &&
             akolhook_openssl_init(&tls, ca_file) == AKOLHOOK_OK &&
             akolhook_openssl_init(&other_tls, other_ca_file) == AKOLHOOK_OK &&
             client_open(l, AKOLHOOK_ALLOW_PRIVATE, akolhook_openssl_transport(&tls));
    remove_certificates();
    l->scheme = "https";
    lane_count = 2;
    return ok;
}

static void refuse_https(void) {
    const akolhook_transport *ours = akolhook_openssl_transport(&tls),
                             *theirs = akolhook_openssl_transport(&other_tls);
    char wrong_url[64];
    snprintf(wrong_url, sizeof wrong_url, "https://127.0.0.1:%u/hook", (unsigned)wrong_name_receiver.port);
    refused("a certificate for another name", wrong_url, AKOLHOOK_ALLOW_PRIVATE, ours,
            AKOLHOOK_TLS_WRONG_HOST);
    refused("a certificate of an unknown CA", lanes[1].url, AKOLHOOK_ALLOW_PRIVATE, theirs,
            AKOLHOOK_TLS_UNTRUSTED);
}

static void close_https(void) {
    client_close(&lanes[1]);
    close_receiver(&lanes[1].receiver);
    close_receiver(&wrong_name_receiver);
    akolhook_openssl_free(&tls);
    akolhook_openssl_free(&other_tls);
}
#else
static int open_https(void) { return 1; }
static void refuse_https(void) {}
static void close_https(void) {}
#endif

#include "demo_hub.h"

/* ---- the show ---- */

static int set_up(void) {
    lane *l = &lanes[0];
    int i;
    if (akolhook_secret_generate(akolhook_posix_random, NULL, secret) != AKOLHOOK_OK ||
            akolhook_secret_generate(akolhook_posix_random, NULL, wrong_secret) != AKOLHOOK_OK)
        return 0;
    l->scheme = "http";
    lane_count = 1;
    if (!receiver_start(&l->receiver, secret, 0, NULL, NULL)) return 0;
    if (!client_open(l, AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE, NULL) || !open_https()) return 0;
    for (i = 0; i < lane_count; i++) {
        l = &lanes[i];
        snprintf(l->url, sizeof l->url, "%s://127.0.0.1:%u/hook", l->scheme, (unsigned)l->receiver.port);
    }
    return 1;
}

static void show(void) {
    int i;
    printf("%sakolhook " AKOLHOOK_VERSION
           "%s: a sender and its receivers, separate processes, real sockets on 127.0.0.1\n",
            bold, plain);
    for (i = 0; i < lane_count; i++) printf("%s  %s%s\n", dim, lanes[i].url, plain);
    heading("every event of the dashboard");
    for (i = AKOLHOOK_CALL_STARTED; i <= AKOLHOOK_PHONE_NUMBER_RELEASED; i++)
        row(akolhook_event_name((akolhook_event)i), (akolhook_event)i, secret, 0, 200, AKOLHOOK_OK);
    heading("what must not get through");
    row("signed with another secret", AKOLHOOK_CALL_ENDED, wrong_secret, 0, 401, AKOLHOOK_SIGNATURE_MISMATCH);
    row("body changed by one digit", AKOLHOOK_CALL_ENDED, NULL, CHANGED, 401, AKOLHOOK_SIGNATURE_MISMATCH);
    row("unsigned", AKOLHOOK_CALL_ENDED, NULL, UNSIGNED, 401, AKOLHOOK_MISSING_SIGNATURE);
    row("signed ten minutes ago", AKOLHOOK_CALL_ENDED, NULL, LATE, 401, AKOLHOOK_TOO_OLD);
    heading("what is handled only once");
    row("a signed request", AKOLHOOK_CALL_ENDED, NULL, 0, 200, AKOLHOOK_OK);
    row("the same bytes again", AKOLHOOK_CALL_ENDED, NULL, 0, 200, AKOLHOOK_DUPLICATE);
    row("again without webhook-*", AKOLHOOK_CALL_ENDED, NULL, STRIPPED, 200, AKOLHOOK_DUPLICATE);
    printf("\n%swhat the sender refuses%s\n", bold, plain);
    refused("http, where it was not allowed", lanes[0].url, AKOLHOOK_ALLOW_PRIVATE, NULL,
            AKOLHOOK_URL_SCHEME);
    refused("this machine, where it was not allowed", lanes[0].url, AKOLHOOK_ALLOW_HTTP, NULL,
            AKOLHOOK_BLOCKED_ADDRESS);
    refuse_https();
    show_dashboard();
    if (lane_count == 1)
        printf("\n%sskipped: https, built without OpenSSL (its headers: libssl-dev on Debian, openssl-devel "
               "on Fedora)%s\n",
                dim, plain);
}

int main(void) {
    const char *no_colour = getenv("NO_COLOR");
    int ready;
    alarm(LAST_RESORT_S);
    if (isatty(STDOUT_FILENO) && !(no_colour && *no_colour)) {
        red = "\033[31m";
        green = "\033[32m";
        dim = "\033[2m";
        bold = "\033[1m";
        plain = "\033[0m";
    }
    ready = set_up();
    if (ready) show();
    client_close(&lanes[0]);
    close_receiver(&lanes[0].receiver);
    close_https();
    if (!ready) {
        puts("demo: the receivers could not be started");
        return 1;
    }
    printf("\n%sdemo: %d of %d results as expected%s\n", unexpected ? red : green, results - unexpected,
            results, plain);
    return unexpected ? 1 : 0;
}
