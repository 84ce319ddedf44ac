/* Senders for the delivery benchmark: each keeps IN_FLIGHT POSTs of one body open to the sink, over kept
   connections.

   deliver SENDER IN_FLIGHT MS URL [CA]
       sends for MS ms (@N: N deliveries) once each place has had its turn, and prints deliveries, seconds,
       user us, system us, system calls (-: not counted), peak KiB
   deliver wrk IN_FLIGHT MS URL SCRIPT
       runs wrk and prints the same; deliver script URL prints the script

   SENDER: akolhook, which signs each delivery under both schemes; raw, a loop over epoll (OpenSSL for https)
   that sends a finished request, the limit; raw-signs, the same loop with two MACs of OpenSSL's HMAC() put
   into each request, which is what a sender has to do; curl-easy, curl-multi, curl-socket. In the environment
   CALLS=1 counts system calls, which needs root and slows them all. Linux. deliver.sh builds and runs it. */
#define _GNU_SOURCE
#define AKOLHOOK_IMPLEMENTATION
#include "../../akolhook.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_OPENSSL
#define AKOLHOOK_OPENSSL_IMPLEMENTATION
#include "../../examples/tls/akolhook_openssl.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#endif
#ifdef HAVE_CURL
#include <curl/curl.h>
#endif
#include "sink.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define EVENT "call.ended"
#define MESSAGE_ID "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
#define TIMESTAMP "1776522191"
#define AKOL_SIGNATURE "5f0c3a1f8b7d2e6495a1c0d3e4f7b8a92c6d1e0f3b5a7948d2c1e6f0a3b5c7d9"
#define STANDARD_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
enum { EVENTS = 1024 };

static struct {
    unsigned in_flight, ms;
    uint64_t count;
    const char *url, *extra;
    akolhook_url parts;
} job;
static char head[2048];
static size_t head_len;

static void broken(const char *what) {
    fprintf(stderr, "deliver: %s\n", what);
    exit(1);
}

/* ---- measuring ---- */

static struct {
    uint64_t done, from;
    double start;
    struct rusage used;
    int counter;
    volatile sig_atomic_t stop;
} run;

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double micros(struct timeval end, struct timeval start) {
    return (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_usec - start.tv_usec);
}
static void on_alarm(int number) {
    (void)number;
    run.stop = 1;
}

/* A counter of the system calls of a process and its threads; -1: there is none. */
static int calls_open(pid_t pid, int on_exec) {
    struct perf_event_attr attr;
    unsigned long long id;
    FILE *file = fopen("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", "r");
    int known = file && fscanf(file, "%llu", &id) == 1;
    if (file) fclose(file);
    if (!known || !getenv("CALLS")) return -1;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_TRACEPOINT;
    attr.config = id;
    attr.disabled = 1;
    attr.inherit = 1;
    attr.enable_on_exec = on_exec != 0;
    return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}
static void calls_text(int counter, char out[32]) {
    uint64_t count;
    if (counter >= 0 && read(counter, &count, sizeof count) == (ssize_t)sizeof count)
        snprintf(out, 32, "%llu", (unsigned long long)count);
    else
        memcpy(out, "-", 2);
}

/* The peak of the memory of this process; ru_maxrss would begin with what it was before exec. */
static long peak_kib(void) {
    char line[256];
    long peak = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &peak) == 1) break;
    fclose(file);
    return peak;
}

static void begin(void) {
    struct itimerval timer;
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_sec = job.ms / 1000;
    timer.it_value.tv_usec = (suseconds_t)(job.ms % 1000) * 1000;
    signal(SIGALRM, on_alarm);
    run.counter = calls_open(0, 0);
    run.from = run.done;
    getrusage(RUSAGE_SELF, &run.used);
    run.start = seconds();
    if (job.ms) setitimer(ITIMER_REAL, &timer, NULL);
    if (run.counter >= 0) ioctl(run.counter, PERF_EVENT_IOC_ENABLE, 0);
}

static void end(void) {
    struct rusage used;
    double took = seconds() - run.start;
    char calls[32];
    if (run.counter >= 0) ioctl(run.counter, PERF_EVENT_IOC_DISABLE, 0);
    getrusage(RUSAGE_SELF, &used);
    calls_text(run.counter, calls);
    printf("%llu %.4f %.0f %.0f %s %ld\n", (unsigned long long)(run.done - run.from), took,
            micros(used.ru_utime, run.used.ru_utime), micros(used.ru_stime, run.used.ru_stime), calls,
            peak_kib());
}

/* One more is delivered; 0: none is to follow. It begins to count when each place has had its turn. */
static int delivered(void) {
    if (++run.done == job.in_flight) begin();
    if (run.done - run.from == job.count && run.done > job.in_flight) run.stop = 1;
    return !run.stop;
}

/* ---- akolhook ---- */

static akolhook_client *client;
static akolhook_request request;

static void on_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)user;
    (void)id;
    if (delivery->status == AKOLHOOK_CANCELLED) return;
    if (delivery->status != AKOLHOOK_OK) broken(delivery->cause);
    if (delivered() && akolhook_client_submit(client, &request, on_done, NULL, NULL) != AKOLHOOK_OK)
        broken("submit");
}

static void run_akolhook(void) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    size_t size;
    void *memory;
    unsigned i;
#ifdef HAVE_OPENSSL
    static akolhook_openssl tls;
    if (job.parts.https) {
        if (akolhook_openssl_init(&tls, job.extra) != AKOLHOOK_OK) broken("TLS");
        desc.tls = akolhook_openssl_transport(&tls);
    }
#endif
    desc.max_in_flight = desc.max_per_origin = job.in_flight;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    desc.deadline_ms = 120000;
    size = akolhook_client_size(&desc);
    memory = malloc(size);
    if (!memory || akolhook_client_init(&client, memory, size, &desc) != AKOLHOOK_OK) broken("client");
    request.url = akolhook_str_c(job.url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_n(BODY, BODY_LEN);
    request.event = akolhook_str_c(EVENT);
    if (!getenv("DRAW_ID")) request.message_id = akolhook_str_c(MESSAGE_ID);
    for (i = 0; i < job.in_flight; i++)
        if (akolhook_client_submit(client, &request, on_done, NULL, NULL) != AKOLHOOK_OK) broken("submit");
    while (!run.stop)
        if (akolhook_client_poll(client, 1000, NULL) != AKOLHOOK_OK) broken("poll");
    end();
    akolhook_client_close(client);
    free(memory);
}

/* ---- the limit ---- */

typedef struct raw {
    int fd;
    size_t got;
    struct ssl_st *ssl;
} raw;
static char whole[4096];
static size_t whole_len;
static int raw_is_signing;

static void raw_connect(raw *r) {
    struct sockaddr_in addr;
    int on = 1;
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_port = htons(job.parts.port);
    memcpy(&addr.sin_addr, job.parts.addr.bytes, 4);
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&addr, sizeof addr) != 0) broken("connect");
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

#ifdef HAVE_OPENSSL
static SSL_CTX *raw_ctx;
static void raw_secure(raw *r) {
    if (!raw_ctx) {
        raw_ctx = SSL_CTX_new(TLS_client_method());
        if (!raw_ctx || SSL_CTX_load_verify_locations(raw_ctx, job.extra, NULL) != 1) broken("TLS");
        SSL_CTX_set_verify(raw_ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_read_ahead(raw_ctx, 1);
    }
    r->ssl = SSL_new(raw_ctx);
    if (!r->ssl || SSL_set_fd(r->ssl, r->fd) != 1 || SSL_connect(r->ssl) != 1) broken("TLS");
}
static ssize_t raw_send(raw *r) {
    return r->ssl ? SSL_write(r->ssl, whole, (int)whole_len) : send(r->fd, whole, whole_len, MSG_NOSIGNAL);
}
static ssize_t raw_recv(raw *r, char *data, size_t len) {
    ssize_t n = r->ssl ? SSL_read(r->ssl, data, (int)len) : recv(r->fd, data, len, 0);
    if (n <= 0 && (r->ssl ? SSL_get_error(r->ssl, (int)n) != SSL_ERROR_WANT_READ : n == 0 || errno != EAGAIN))
        broken("recv");
    return n > 0 ? n : 0;
}
#else
static void raw_secure(raw *r) {
    (void)r;
    broken("built without OpenSSL");
}
static ssize_t raw_send(raw *r) { return send(r->fd, whole, whole_len, MSG_NOSIGNAL); }
static ssize_t raw_recv(raw *r, char *data, size_t len) {
    ssize_t n = recv(r->fd, data, len, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) broken("recv");
    return n > 0 ? n : 0;
}
#endif

/* Both signatures of a finished request anew: Akol's over the body, Standard's over id, time and body. */
#ifdef HAVE_OPENSSL
static void raw_sign(void) {
    static const char digits[] = "0123456789abcdef", key[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static char *akol, *standard, signed_text[sizeof MESSAGE_ID "." TIMESTAMP "." + BODY_LEN];
    const size_t before = sizeof MESSAGE_ID "." TIMESTAMP "." - 1;
    unsigned char mac[32], text[45];
    unsigned len = 0, i;
    if (!akol) {
        akol = strstr(whole, AKOL_SIGNATURE);
        standard = strstr(whole, STANDARD_SIGNATURE);
        if (!akol || !standard) broken("signatures");
        memcpy(signed_text, MESSAGE_ID "." TIMESTAMP ".", before);
        memcpy(signed_text + before, BODY, BODY_LEN);
    }
    if (!HMAC(EVP_sha256(), key, sizeof key - 1, (const unsigned char *)BODY, BODY_LEN, mac, &len))
        broken("HMAC");
    for (i = 0; i < len; i++) {
        akol[2 * i] = digits[mac[i] >> 4];
        akol[2 * i + 1] = digits[mac[i] & 15];
    }
    if (!HMAC(EVP_sha256(), key + 6, 24, (unsigned char *)signed_text, before + BODY_LEN, mac, &len))
        broken("HMAC");
    if (EVP_EncodeBlock(text, mac, (int)len) != 44) broken("base64");
    memcpy(standard + 3, text, 44);
}
#else
static void raw_sign(void) { broken("built without OpenSSL"); }
#endif

static void run_raw(void) {
    static struct epoll_event events[EVENTS];
    raw *all = (raw *)calloc(job.in_flight, sizeof *all);
    int set = epoll_create1(EPOLL_CLOEXEC), i, count;
    unsigned k;
    if (!all || set < 0) broken("memory");
    memcpy(whole, head, head_len);
    memcpy(whole + head_len, BODY, BODY_LEN);
    whole_len = head_len + BODY_LEN;
    for (k = 0; k < job.in_flight; k++) {
        struct epoll_event event;
        int on = 1;
        raw_connect(&all[k]);
        if (job.parts.https) raw_secure(&all[k]);
        ioctl(all[k].fd, FIONBIO, &on);
        event.events = EPOLLIN;
        event.data.ptr = &all[k];
        if (epoll_ctl(set, EPOLL_CTL_ADD, all[k].fd, &event) != 0) broken("epoll_ctl");
        if (raw_is_signing) raw_sign();
        if (raw_send(&all[k]) != (ssize_t)whole_len) broken("send");
    }
    while (!run.stop) {
        count = epoll_wait(set, events, EVENTS, -1);
        if (count < 0 && errno != EINTR) broken("epoll_wait");
        for (i = 0; i < count; i++) {
            char answer[1024];
            raw *r = (raw *)events[i].data.ptr;
            ssize_t n = raw_recv(r, answer, sizeof answer);
            if (n && r->got == 0 && memcmp(answer, ANSWER, n < 12 ? (size_t)n : 12) != 0) broken("answer");
            r->got += (size_t)n;
            if (r->got < ANSWER_LEN) continue;
            r->got = 0;
            if (!delivered()) continue;
            if (raw_is_signing) raw_sign();
            if (raw_send(r) != (ssize_t)whole_len) broken("send");
        }
    }
    end();
}

static void run_raw_signs(void) {
    raw_is_signing = 1;
    run_raw();
}

/* ---- libcurl ---- */

#ifdef HAVE_CURL
static CURLM *multi;
static struct curl_slist *fields;

/* The fields of the head, for who writes a head of its own. */
static void head_fields(void (*take)(char *field)) {
    char *at = strstr(head, "\r\n"), *next;
    for (; at && (next = strstr(at + 2, "\r\n")) != NULL && next > at + 2; at = next) {
        char field[512];
        snprintf(field, sizeof field, "%.*s", (int)(next - at - 2), at + 2);
        if (strncmp(field, "Host:", 5) != 0 && strncmp(field, "Content-Length:", 15) != 0) take(field);
    }
}
static void curl_field(char *field) { fields = curl_slist_append(fields, field); }
static size_t curl_body(char *data, size_t size, size_t count, void *user) {
    return (void)data, (void)user, size * count;
}

static CURL *curl_handle(void) {
    CURL *easy = curl_easy_init();
    if (!easy) broken("curl");
    curl_easy_setopt(easy, CURLOPT_URL, job.url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, BODY);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)BODY_LEN);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, curl_body);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    if (job.extra) curl_easy_setopt(easy, CURLOPT_CAINFO, job.extra);
    return easy;
}
static void curl_checked(CURL *easy, CURLcode result) {
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    if (result != CURLE_OK || code != 200) broken(result != CURLE_OK ? curl_easy_strerror(result) : "answer");
}

static void run_curl_easy(void) {
    CURL *easy;
    head_fields(curl_field);
    easy = curl_handle();
    do curl_checked(easy, curl_easy_perform(easy));
    while (delivered());
    end();
}

/* Takes what is done and starts it again. */
static void curl_next(void) {
    CURLMsg *msg;
    int left;
    while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
        CURL *easy = msg->easy_handle;
        curl_checked(easy, msg->data.result);
        curl_multi_remove_handle(multi, easy);
        if (delivered()) curl_multi_add_handle(multi, easy);
    }
}
static void curl_start(void) {
    unsigned i;
    head_fields(curl_field);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)job.in_flight + 1);
    for (i = 0; i < job.in_flight; i++) curl_multi_add_handle(multi, curl_handle());
}

static void run_curl_multi(void) {
    int running;
    multi = curl_multi_init();
    curl_start();
    while (!run.stop) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) broken("curl_multi_perform");
        curl_next();
        if (!run.stop && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK) broken("curl_multi_poll");
    }
    end();
}

static int curl_set;
static double curl_due = -1;
static int curl_on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known) {
    struct epoll_event event;
    (void)easy;
    (void)user;
    if (what == CURL_POLL_REMOVE) return epoll_ctl(curl_set, EPOLL_CTL_DEL, fd, NULL), 0;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    event.data.fd = fd;
    if (epoll_ctl(curl_set, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0 &&
            epoll_ctl(curl_set, known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0)
        return -1;
    curl_multi_assign(multi, fd, multi);
    return 0;
}
static int curl_on_timer(CURLM *m, long ms, void *user) {
    (void)m;
    (void)user;
    curl_due = ms < 0 ? -1 : seconds() + (double)ms / 1000;
    return 0;
}
static void run_curl_socket(void) {
    static struct epoll_event events[EVENTS];
    int running, i, count;
    curl_set = epoll_create1(EPOLL_CLOEXEC);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, curl_on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, curl_on_timer);
    curl_start();
    while (!run.stop) {
        double left = curl_due < 0 ? 1 : curl_due - seconds();
        count = epoll_wait(curl_set, events, EVENTS, left > 0 ? (int)(left * 1000) + 1 : 0);
        if (count < 0 && errno != EINTR) broken("epoll_wait");
        for (i = 0; i < count; i++)
            curl_multi_socket_action(multi, events[i].data.fd,
                    (events[i].events & ~(unsigned)EPOLLOUT ? CURL_CSELECT_IN : 0) |
                            (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
                    &running);
        if (curl_due >= 0 && seconds() >= curl_due) {
            curl_due = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        curl_next();
    }
    end();
}
#endif

/* ---- wrk ---- */

static void print_lua(const char *text, size_t len) {
    size_t i;
    putchar('"');
    for (i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\' || byte < 32 || byte > 126)
            printf("\\%03d", byte);
        else
            putchar(byte);
    }
    putchar('"');
}
static void run_script(void) {
    char *at = strstr(head, "\r\n"), *next;
    printf("wrk.method = \"POST\"\nwrk.body = ");
    print_lua(BODY, BODY_LEN);
    putchar('\n');
    for (; at && (next = strstr(at + 2, "\r\n")) != NULL && next > at + 2; at = next) {
        char *colon = strchr(at, ':');
        if (strncmp(at + 2, "Host:", 5) == 0 || strncmp(at + 2, "Content-Length:", 15) == 0) continue;
        printf("wrk.headers[");
        print_lua(at + 2, (size_t)(colon - at - 2));
        printf("] = ");
        print_lua(colon + 2, (size_t)(next - colon - 2));
        putchar('\n');
    }
}

typedef struct figures {
    double done, took, user, system, calls;
    long peak;
} figures;

/* One run of wrk, connecting included. */
static figures wrk_once(unsigned duration_s) {
    char connections[32], duration[32], script[512], line[256], calls[32], unit[3] = "", *in;
    figures f = {0, 0, 0, 0, 0, 0};
    struct rusage used;
    int out[2], go[2], status, counter;
    pid_t pid = -1;
    FILE *file;
    snprintf(connections, sizeof connections, "-c%u", job.in_flight);
    snprintf(duration, sizeof duration, "-d%us", duration_s);
    snprintf(script, sizeof script, "%s", job.extra);
    if (pipe(out) != 0 || pipe(go) != 0 || (pid = fork()) < 0) broken("fork");
    if (pid == 0) {
        close(out[0]);
        close(go[1]);
        dup2(out[1], 1);
        if (read(go[0], line, 1) == 1)
            execlp("wrk", "wrk", "-t1", connections, duration, "-s", script, job.url, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    counter = calls_open(pid, 1);
    if (write(go[1], "g", 1) != 1) broken("wrk");
    file = fdopen(out[0], "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strstr(line, "Non-2xx")) broken("wrk: answers other than 2xx");
        if ((in = strstr(line, " requests in ")) != NULL)
            sscanf(line, "%lf requests in %lf%2[ms]", &f.done, &f.took, unit);
    }
    if (wait4(pid, &status, 0, &used) != pid || status != 0) broken("wrk");
    if (strcmp(unit, "m") == 0) f.took *= 60;
    f.user = (double)used.ru_utime.tv_sec * 1e6 + (double)used.ru_utime.tv_usec;
    f.system = (double)used.ru_stime.tv_sec * 1e6 + (double)used.ru_stime.tv_usec;
    f.peak = used.ru_maxrss;
    calls_text(counter, calls);
    f.calls = calls[0] == '-' ? -1 : strtod(calls, NULL);
    return f;
}

/* With many connections a short run is taken off a longer one, so that connecting does not count. */
static void run_wrk(void) {
    unsigned duration_s = (job.ms + 999) / 1000;
    figures f, less = {0, 0, 0, 0, 0, 0};
    if (job.in_flight >= 1000) less = wrk_once(3);
    f = wrk_once(less.took > 0 ? duration_s + 3 : duration_s);
    if (f.done <= less.done) broken("wrk delivered nothing");
    if (f.user + f.system <= less.user + less.system)
        broken("the longer run of wrk took less time: is the machine busy?");
    printf("%.0f %.4f %.0f %.0f ", f.done - less.done, f.took - less.took, f.user - less.user,
            f.system - less.system);
    if (f.calls < 0)
        printf("- %ld\n", f.peak);
    else
        printf("%.0f %ld\n", f.calls - less.calls, f.peak);
}

/* ---- */

/* The head that akolhook writes, with both signatures' headers, for those who do not sign. */
static void head_make(void) {
    akolhook_head h = AKOLHOOK_INIT;
    h.url = &job.parts;
    h.content_length = BODY_LEN;
    h.event = akolhook_str_c(EVENT);
    h.akol_signature = akolhook_str_c(AKOL_SIGNATURE);
    h.message_id = akolhook_str_c(MESSAGE_ID);
    h.timestamp = akolhook_str_c(TIMESTAMP);
    h.standard_signature = akolhook_str_c(STANDARD_SIGNATURE);
    if (akolhook_head_write(&h, head, sizeof head - 1, &head_len) != AKOLHOOK_OK) broken("head");
    head[head_len] = 0;
}

static const struct {
    const char *name;
    void (*run)(void);
} senders[] = {
        {"akolhook", run_akolhook},
        {"raw", run_raw},
        {"raw-signs", run_raw_signs},
        {"wrk", run_wrk},
        {"script", run_script},
#ifdef HAVE_CURL
        {"curl-easy", run_curl_easy},
        {"curl-multi", run_curl_multi},
        {"curl-socket", run_curl_socket},
#endif
};

int main(int argc, char **argv) {
    struct rlimit limit;
    size_t i;
    if (argc == 3 && strcmp(argv[1], "script") == 0)
        job.url = argv[2];
    else if (argc == 3 && strcmp(argv[1], "size") == 0) {
        akolhook_client_desc desc = AKOLHOOK_INIT;
        desc.max_in_flight = (uint32_t)strtoul(argv[2], NULL, 10);
        printf("%lu\n", (unsigned long)akolhook_client_size(&desc));
        return 0;
    } else if (argc == 5 || argc == 6) {
        job.in_flight = (unsigned)strtoul(argv[2], NULL, 10);
        if (argv[3][0] == '@')
            job.count = strtoul(argv[3] + 1, NULL, 10);
        else
            job.ms = (unsigned)strtoul(argv[3], NULL, 10);
        job.url = argv[4];
        job.extra = argv[5];
    } else {
        fprintf(stderr, "usage: deliver SENDER IN_FLIGHT MS URL [CA or SCRIPT] | deliver script URL | "
                        "deliver size IN_FLIGHT\n");
        return 2;
    }
    run.counter = -1;
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (akolhook_url_parse(akolhook_str_c(job.url), AKOLHOOK_ALLOW_HTTP, &job.parts) != AKOLHOOK_OK)
        broken("URL");
    head_make();
    for (i = 0; i < sizeof senders / sizeof senders[0]; i++) {
        if (strcmp(senders[i].name, argv[1]) != 0) continue;
        senders[i].run();
        return 0;
    }
    broken("no such sender");
    return 1;
}
