/* examples/gateway/gateway.c: the link is lost at every byte, the power at every change of the flash, and
   nothing accepted is lost.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. tests/platforms/test_gateway.c -pthread */
#define GATEWAY_NO_MAIN
#define GATEWAY_RETRY_MS 0
#define FLASH_PAGE 512u
#define FLASH_PAGES 3u
#include "examples/gateway/gateway.c"
#include "../check.h"
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define MOST 64

/* ---- a receiver: one connection at a time, notes each whole request that verifies ---- */

static struct {
    pthread_mutex_t lock;
    int listener, port, refuse, requests, wrong, count;
    int code; /* of a refusal */
    struct {
        char id[AKOLHOOK_ID_SIZE];
        char text[32];
        int times;
    } got[MOST];
} receiver;

static void slice(const char *request, const char *before, char stop, char *out, size_t cap) {
    const char *at = strstr(request, before), *end = at ? strchr(at + strlen(before), stop) : NULL;
    size_t len = end ? (size_t)(end - at) - strlen(before) : 0;
    if (len >= cap) len = 0;
    if (len) memcpy(out, at + strlen(before), len);
    out[len] = 0;
}
/* Notes the request and returns whether it is to be refused: both under one lock, as a test sets the count
 * between two. */
static int receiver_note(const char *request, const char *body, size_t len) {
    char id[AKOLHOOK_ID_SIZE], in_body[AKOLHOOK_ID_SIZE], text[32], signature[80];
    int i = 0, is_refused;
    slice(request, "\r\nwebhook-id: ", '\r', id, sizeof id);
    slice(request, "\r\nX-Webhook-Signature: ", '\r', signature, sizeof signature);
    slice(body, "\"text\":\"", '"', text, sizeof text);
    slice(body, "\"messageId\":\"", '"', in_body, sizeof in_body);
    pthread_mutex_lock(&receiver.lock);
    receiver.requests++;
    if (akolhook_verify(SECRET, signature, body, len) != AKOLHOOK_OK || strcmp(id, in_body) != 0)
        receiver.wrong++;
    is_refused = receiver.refuse > 0;
    if (is_refused) receiver.refuse--;
    while (i < receiver.count && strcmp(receiver.got[i].id, id) != 0) i++;
    if (i < MOST && !is_refused) {
        if (i == receiver.count) {
            receiver.count++;
            memcpy(receiver.got[i].id, id, sizeof id);
            memcpy(receiver.got[i].text, text, sizeof text);
            receiver.got[i].times = 0;
        }
        if (strcmp(receiver.got[i].text, text) != 0) receiver.wrong++;
        receiver.got[i].times++;
    }
    pthread_mutex_unlock(&receiver.lock);
    return is_refused;
}
static void receiver_serve(int fd) {
    static const char yes[] = "HTTP/1.1 204 No Content\r\n\r\n",
                      no[] = "HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n";
    char data[4096], refusal[64], *end;
    size_t len = 0, whole;
    int is_refused;
    for (;;) {
        ssize_t n = recv(fd, data + len, sizeof data - 1 - len, 0);
        if (n <= 0) return;
        len += (size_t)n;
        data[len] = 0;
        end = strstr(data, "\r\n\r\n");
        if (!end || !strstr(data, "Content-Length: ")) continue;
        end += 4;
        whole = (size_t)(end - data) + strtoul(strstr(data, "Content-Length: ") + 16, NULL, 10);
        if (len < whole) continue;
        is_refused = receiver_note(data, end, len - (size_t)(end - data));
        snprintf(refusal, sizeof refusal, no, receiver.code);
        n = (ssize_t)strlen(is_refused ? refusal : yes);
        if (send(fd, is_refused ? refusal : yes, (size_t)n, MSG_NOSIGNAL) != n) return;
        len = 0;
    }
}
static void *receiver_main(void *user) {
    int on = 1;
    (void)user;
    for (;;) {
        int fd = accept(receiver.listener, NULL, NULL);
        if (fd < 0) return NULL;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        receiver_serve(fd);
        close(fd);
    }
}
static char url[64];
static int receiver_start(void) {
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    pthread_t thread;
    pthread_mutex_init(&receiver.lock, NULL);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(receiver.listener, (struct sockaddr *)(void *)&address, sizeof address) != 0 ||
            listen(receiver.listener, 64) != 0 ||
            getsockname(receiver.listener, (struct sockaddr *)(void *)&address, &len) != 0 ||
            pthread_create(&thread, NULL, receiver_main, NULL) != 0)
        return -1;
    receiver.port = ntohs(address.sin_port);
    snprintf(url, sizeof url, "http://hooks.example.com:%d/in", receiver.port);
    return 0;
}
static void receiver_clear(void) {
    pthread_mutex_lock(&receiver.lock);
    receiver.requests = receiver.wrong = receiver.count = receiver.refuse = 0;
    receiver.code = 503;
    pthread_mutex_unlock(&receiver.lock);
}
static int receiver_times(const char *id) {
    int i, times = 0;
    pthread_mutex_lock(&receiver.lock);
    for (i = 0; i < receiver.count; i++)
        if (strcmp(receiver.got[i].id, id) == 0) times = receiver.got[i].times;
    pthread_mutex_unlock(&receiver.lock);
    return times;
}

/* ---- the device ---- */

static void factory(void) {
    memset(flash_words, 0xff, sizeof flash_words);
    flash_power = -1;
    link_plan.bytes = -1;
    link_plan.is_down = 0;
    receiver_clear();
}
static void power_on(void) {
    flash_power = -1;
    clock_offset = 0;
    memset(&store, 0xa5, sizeof store);
    CHECK_INT(gateway_start(url, SECRET), 0);
}
static void power_off(void) {
    akolhook_client_close(client);
    memset(client_memory, 0xa5, sizeof client_memory);
}
/* Until nothing waits, or ms have passed. */
static int drain(int ms) {
    int64_t until = uptime_ms(NULL) + ms;
    int left = 1;
    while (left > 0 && uptime_ms(NULL) < until) left = gateway_step(1);
    return left;
}

static void test_delivers(void) {
    char ids[3][AKOLHOOK_ID_SIZE];
    int i;
    factory();
    power_on();
    for (i = 0; i < 3; i++) CHECK_INT(gateway_accept("hello", ids[i]), 0);
    CHECK_INT(drain(5000), 0);
    for (i = 0; i < 3; i++) CHECK_INT(receiver_times(ids[i]), 1);
    for (i = 0; i < 3; i++) CHECK_TEXT(receiver.got[i].id, ids[i]); /* in order */
    CHECK_INT(receiver.wrong, 0);
    power_off();
    power_on(); /* what is delivered is not sent again */
    CHECK_INT(drain(50), 0);
    CHECK_INT(receiver.requests, 3);
    power_off();
}

static void test_refused(void) {
    char id[AKOLHOOK_ID_SIZE];
    factory();
    power_on();
    receiver.refuse = 3;
    CHECK_INT(gateway_accept("later", id), 0);
    CHECK_INT(drain(5000), 0);
    CHECK_INT(receiver.requests, 4);
    CHECK_INT(receiver_times(id), 1);
    CHECK_INT(receiver.wrong, 0);
    power_off();
}

/* 400, 413, 422: the event itself is refused, and after three of them the gateway goes on; the flash takes
   its page back. Other codes may get better: they are tried again and again. */
static void test_refused_for_ever(void) {
    static const int codes[] = {400, 413, 422, 401, 404, 500};
    char ids[2][AKOLHOOK_ID_SIZE], id[AKOLHOOK_ID_SIZE];
    size_t i, k;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        int is_final = codes[i] == 400 || codes[i] == 413 || codes[i] == 422;

        factory();
        power_on();
        gateway_refused = 0;
        receiver.code = codes[i];
        receiver.refuse = 3;
        CHECK_INT(gateway_accept("bad", ids[0]), 0);
        CHECK_INT(gateway_accept("good", ids[1]), 0);
        CHECK_INT(drain(5000), 0);
        CHECK_INT(receiver_times(ids[0]), !is_final);
        CHECK_INT(receiver_times(ids[1]), 1);
        CHECK_INT(receiver.requests, is_final ? 4 : 5);
        CHECK_INT(gateway_refused, is_final);
        power_off();
        power_on(); /* it stays so */
        CHECK_INT(drain(50), 0);
        CHECK_INT(receiver.requests, is_final ? 4 : 5);
        for (k = 0; k < 20; k++) { /* more than the flash holds */
            CHECK_INT(gateway_accept("more", id), 0);
            CHECK_INT(drain(5000), 0);
        }
        power_off();
    }
}

/* Nothing listens: the event waits, over a restart as well. */
static void test_no_receiver(void) {
    char id[AKOLHOOK_ID_SIZE];
    factory();
    power_on();
    CHECK_INT(gateway_accept("waits", id), 0);
    gateway_url = akolhook_str_c("http://hooks.example.com:1/");
    CHECK_INT(drain(30), 1);
    CHECK(sending.failures > 0);
    power_off();
    power_on();
    CHECK_INT(drain(5000), 0);
    CHECK_INT(receiver_times(id), 1);
    power_off();
}

static void test_clock(void) {
    char id[AKOLHOOK_ID_SIZE];
    factory();
    link_plan.bytes = 0;
    link_plan.down_ms = 60;
    power_on();
    CHECK_INT(gateway_accept("too early", id), -1);
    CHECK_INT(drain(20), 0);
    while (!modem_is_up()) poll(NULL, 0, 5);
    CHECK_INT(gateway_accept("now", id), 0);
    CHECK_INT(drain(5000), 0);
    CHECK_INT(receiver_times(id), 1);
    power_off();
}

/* The link goes after so many bytes, for request and response alike. */
static void test_link_lost(void) {
    long cut, spent = 0;
    int most = 0;
    for (cut = 1; cut < 2000; cut++) {
        char id[AKOLHOOK_ID_SIZE];
        int times;
        factory();
        power_on();
        CHECK_INT(gateway_accept("link", id), 0);
        link_plan.bytes = cut;
        link_plan.down_ms = 1;
        CHECK_INT(drain(5000), 0);
        times = receiver_times(id);
        CHECK(times == 1 || times == 2); /* twice when the answer was lost */
        CHECK_INT(receiver.count, 1);
        CHECK_INT(receiver.wrong, 0);
        if (times > most) most = times;
        power_off();
        spent = link_plan.bytes;
        if (spent > 0) break; /* the whole exchange fits by now */
    }
    CHECK(cut > 500 && cut < 2000); /* a request head with two signatures, the body and an answer */
    CHECK_INT(most, 2);
}

/* ---- power ---- */

static struct {
    char id[AKOLHOOK_ID_SIZE];
    int accepted, delivered;
} events[12];

/* A day of the device: twelve events, delivered now and then, so that the pages turn. 0 when the power held.
   over_network: by the modem, else the receiver is a mark. */
static int a_day(int over_network) {
    int i;
    if (gateway_start(url, SECRET) != 0) return -1;
    for (i = 0; i < 12 && flash_power != 0; i++) {
        events[i].accepted = gateway_accept("power", events[i].id) == 0;
        if (i % 3 != 2) continue;
        if (over_network) {
            while (flash_power != 0 && gateway_step(1) > 0) {}
        } else {
            size_t page;
            const record *r;
            while (flash_power != 0 && (r = store_first(&page)) != NULL) {
                int k;
                for (k = 0; k < 12; k++) events[k].delivered += strcmp(events[k].id, r->id) == 0;
                if (store_end(page, r, DELIVERED) != 0) break;
            }
        }
    }
    return flash_power == 0 ? -1 : 0;
}
static void power_cut(long at, int over_network) {
    int i, before = check_bad;
    char id[AKOLHOOK_ID_SIZE];
    factory();
    memset(events, 0, sizeof events);
    clock_offset = 0;
    client = NULL;
    flash_power = at;
    (void)a_day(over_network);
    power_off();
    power_on();
    if (over_network)
        CHECK_INT(drain(5000), 0);
    else {
        size_t page;
        const record *r;
        while ((r = store_first(&page)) != NULL && check_bad == before) {
            int known = 0;
            for (i = 0; i < 12; i++)
                if (strcmp(events[i].id, r->id) == 0) known = ++events[i].delivered;
            CHECK(known);
            CHECK_INT(store_end(page, r, DELIVERED), 0);
        }
    }
    for (i = 0; i < 12; i++) {
        int times = over_network ? receiver_times(events[i].id) : events[i].delivered;
        if (events[i].accepted) CHECK(times == 1 || times == 2);
    }
    CHECK_INT(receiver.wrong, 0);
    CHECK_INT(gateway_accept("again", id), 0); /* and it goes on */
    power_off();
    if (check_bad != before) printf("  power cut after %ld bytes\n", at);
}
static void test_power_cut(void) {
    long at, whole, step = check_full() ? 1 : 5;
    factory();
    memset(events, 0, sizeof events);
    flash_power = 1000000;
    CHECK_INT(a_day(0), 0);
    whole = 1000000 - flash_power;
    power_off();
    CHECK(whole > 12 * 200); /* all pages were written and erased again */
    CHECK(store.sequence > FLASH_PAGES);
    for (at = 0; at <= whole && check_bad < 5; at += step) power_cut(at, 0);
    for (at = 0; at <= whole && check_bad < 5; at += 97) power_cut(at, 1);
}

/* Full: refused, nothing written over, and room again once something went out. */
static void test_full(void) {
    char id[AKOLHOOK_ID_SIZE], ids[MOST][AKOLHOOK_ID_SIZE], large[600];
    int count = 0, i;
    factory();
    power_on();
    while (count < MOST && gateway_accept("full", ids[count]) == 0) count++;
    CHECK(count > 3 && count < MOST);
    CHECK_INT(gateway_accept("full", id), -1);
    CHECK_INT(drain(5000), 0);
    for (i = 0; i < count; i++) CHECK_INT(receiver_times(ids[i]), 1);
    CHECK_INT(gateway_accept("room", id), 0);
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    CHECK_INT(gateway_accept(large, id), -1); /* larger than a page */
    CHECK_INT(drain(5000), 0);
    CHECK_INT(receiver.wrong, 0);
    power_off();
}

int main(void) {
    alarm(600);
    if (receiver_start() != 0) return 1;
    RUN(test_delivers);
    RUN(test_refused);
    RUN(test_refused_for_ever);
    RUN(test_no_receiver);
    RUN(test_clock);
    RUN(test_link_lost);
    RUN(test_power_cut);
    RUN(test_full);
    return check_end();
}
