/* What is asked of every input up to a length, under AddressSanitizer and UndefinedBehaviorSanitizer, in
   memory that ends with the input.

   Responses: from each state that the parser can be in, each of the 256 bytes; states that are equal byte
   for byte are looked at once, so that all inputs of that many bytes are covered when given one by one. The
   way to each state is also given at once, and must lead to the same one.

   URLs: every text of up to two bytes, alone and behind https://, and every text of some bytes, one from
   each class that the parser tells apart.

   exhaust [MOST [LETTERS]]: states of one depth; length of the last kind of texts. */
#define AKOLHOOK_STATIC
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"

#include <stdio.h>
#include <stdlib.h>

static int failed, passed;
#define MUST(condition) ((condition) ? (void)0 : must_fail(#condition, __LINE__))
static void must_fail(const char *what, int line) {
    failed++;
    printf("exhaust.c:%d: not so: %s\n", line, what);
    if (failed > 20) exit(1);
}

/* ---- responses ---- */

enum { WAY = 96 }; /* bytes that lead to a state */
typedef struct place {
    akolhook_response state;
    char way[WAY];
} place;

typedef struct places {
    place *all;
    uint32_t *slots; /* numbers in all, from 1; open addressing */
    size_t count, cap, slot_count;
} places;

static void places_init(places *p, size_t cap) {
    p->cap = cap;
    for (p->slot_count = 1024; p->slot_count < 2 * cap;) p->slot_count *= 2;
    p->all = (place *)malloc(cap * sizeof *p->all);
    p->slots = (uint32_t *)calloc(p->slot_count, sizeof *p->slots);
    if (!p->all || !p->slots) exit(2);
}
static void places_empty(places *p) {
    p->count = 0;
    memset(p->slots, 0, p->slot_count * sizeof *p->slots);
}

/* Adds a state that is not there; 0: there is no room. */
static int places_add(places *p, const akolhook_response *state, const char *way, size_t len, char last) {
    const uint8_t *bytes = (const uint8_t *)state;
    uint64_t hash = UINT64_C(14695981039346656037);
    size_t i, at;

    for (i = 0; i < sizeof *state; i++) hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    for (at = (size_t)(hash ^ hash >> 29) % p->slot_count; p->slots[at]; at = (at + 1) % p->slot_count)
        if (memcmp(&p->all[p->slots[at] - 1].state, state, sizeof *state) == 0) return 1;
    if (p->count == p->cap) return 0;
    memcpy(&p->all[p->count].state, state, sizeof *state);
    memcpy(p->all[p->count].way, way, len);
    p->all[p->count].way[len] = last;
    p->slots[at] = (uint32_t)++p->count;
    return 1;
}

/* Feeds bytes that end where their memory does, as often as the parser gives pieces. */
static akolhook_status feed(akolhook_response *r, const char *bytes, size_t len, size_t *taken) {
    char *copy = (char *)malloc(len ? len : 1);
    akolhook_status status = AKOLHOOK_OK;
    akolhook_str piece;
    size_t used = 1;

    if (!copy) exit(2);
    memcpy(copy, bytes, len);
    for (*taken = 0; *taken < len && used && !r->done && status == AKOLHOOK_OK; *taken += used) {
        status = akolhook_response_feed(r, copy + *taken, len - *taken, &used, &piece);
        MUST(used <= len - *taken);
        MUST(piece.len == 0 || (piece.ptr >= copy && piece.ptr + piece.len <= copy + len));
    }
    free(copy);
    return status;
}

static void check_state(const akolhook_response *r, akolhook_status status) {
    akolhook_response end;
    akolhook_status over;

    MUST(r->retry_after_len <= sizeof r->retry_after);
    MUST(!r->head_done || (r->code >= 200 && r->code <= 999));
    MUST(!r->done || (r->head_done && status == AKOLHOOK_OK));
    MUST(status == AKOLHOOK_OK || status == AKOLHOOK_BAD_RESPONSE ||
            status == AKOLHOOK_RESPONSE_HEAD_TOO_LARGE || status == AKOLHOOK_TOO_MANY_INTERIM);
    memcpy(&end, r, sizeof end);
    over = akolhook_response_end(&end);
    MUST(over == (status != AKOLHOOK_OK        ? status
                         : over == AKOLHOOK_OK ? AKOLHOOK_OK
                                               : AKOLHOOK_RESPONSE_CUT));
}

/* Each byte behind one state; 0 when there is no room for the states behind it. */
static int step(const place *from, size_t len, int is_head, places *to) {
    akolhook_response next, whole;
    akolhook_status status, at_once;
    char way[WAY];
    size_t taken;
    int c;

    memcpy(way, from->way, len);
    for (c = 0; c < 256; c++) {
        way[len] = (char)c;
        memcpy(&next, &from->state, sizeof next);
        status = feed(&next, way + len, 1, &taken);
        check_state(&next, status);

        akolhook_response_init(&whole, is_head);
        at_once = feed(&whole, way, len + 1, &taken);
        MUST(at_once == status && memcmp(&whole, &next, sizeof next) == 0);
        if (status == AKOLHOOK_OK && !next.done && !places_add(to, &next, way, len, (char)c)) return 0;
    }
    return 1;
}

/* All that may follow a beginning, as many bytes as most states of one length allow. */
static void explore(const char *beginning, int is_head, size_t most, places *now, places *next) {
    akolhook_response r;
    size_t begin = strlen(beginning), len, i, all = 0, taken;
    int is_whole = 1;

    akolhook_response_init(&r, is_head);
    MUST(feed(&r, beginning, begin, &taken) == AKOLHOOK_OK);
    places_empty(now);
    MUST(places_add(now, &r, beginning, begin ? begin - 1 : 0, begin ? beginning[begin - 1] : 0));
    for (len = begin; len + 1 < WAY && now->count && now->count <= most; len++) {
        places other;
        places_empty(next);
        for (i = 0; i < now->count && is_whole; i++) is_whole = step(&now->all[i], len, is_head, next);
        if (!is_whole) break;
        all += now->count;
        other = *now;
        *now = *next;
        *next = other;
    }
    printf("%-5s %3u bytes behind %u, %8lu states: ", is_head ? "HEAD" : "POST", (unsigned)(len - begin),
            (unsigned)begin, (unsigned long)all);
    for (i = 0; i < begin; i++)
        if (beginning[i] == '\r')
            printf("\\r");
        else if (beginning[i] == '\n')
            printf("\\n");
        else
            putchar(beginning[i]);
    putchar('\n');
    passed++;
}

static void responses(size_t most) {
    static const char *const beginnings[] = {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length:",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding:", "HTTP/1.1 200 OK\r\nConnection:",
            "HTTP/1.1 503 no\r\nRetry-After:", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
            /* before the last digit of 2^64 - 1, as a length and as a chunk's, and the last byte of 40 */
            "HTTP/1.1 200 OK\r\nContent-Length:1844674407370955161",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff",
            "HTTP/1.1 503 no\r\nRetry-After:Sunday, 06-Nov-94 08:49:37 GMT and some"};
    places now, next;
    size_t i;

    /* behind the last length that is looked at whole there may be some more */
    places_init(&now, 64 * most);
    places_init(&next, 64 * most);
    for (i = 0; i < 2 * (sizeof beginnings / sizeof beginnings[0]); i++)
        explore(beginnings[i / 2], (int)(i % 2), most, &now, &next);
    free(now.all);
    free(now.slots);
    free(next.all);
    free(next.slots);
}

/* ---- URLs ---- */

static unsigned long texts, accepted;
static void url(const char *text, size_t len) {
    static const akolhook_url zero;
    const char *end = text + len;
    akolhook_url u;
    akolhook_status status;
    unsigned flags;

    for (flags = 0; flags <= AKOLHOOK_ALLOW_HTTP; flags++) {
        status = akolhook_url_parse(akolhook_str_n(text, len), flags, &u);
        texts++;
        if (status != AKOLHOOK_OK) {
            MUST(memcmp(&u, &zero, sizeof u) == 0);
            continue;
        }
        accepted++;
        MUST(u.port != 0 && u.host.len > 0 && u.host.ptr > text && u.host.ptr + u.host.len <= end);
        MUST(u.target.len == 0 || u.target.ptr + u.target.len == end);
        MUST(u.https || flags);
    }
}

/* Every text of so many letters behind a beginning. */
static void urls_of(const char *beginning, const char *letters, size_t letter_count, size_t len) {
    size_t begin = strlen(beginning), digits[16] = {0}, i;
    char *text = (char *)malloc(begin + len ? begin + len : 1);

    if (!text) exit(2);
    memcpy(text, beginning, begin);
    do {
        for (i = 0; i < len; i++) text[begin + i] = letters[digits[i]];
        url(text, begin + len);
        for (i = 0; i < len && ++digits[i] == letter_count; i++) digits[i] = 0;
    } while (i < len);
    free(text);
}

static void urls(size_t most) {
    static const char classes[] = "afxz019.-:/?#@[]%\\_ \x80";
    char bytes[256];
    size_t len;
    int i;

    for (i = 0; i < 256; i++) bytes[i] = (char)i;
    for (len = 0; len <= 2; len++) {
        urls_of("", bytes, 256, len);
        urls_of("https://", bytes, 256, len);
        urls_of("https://a", bytes, 256, len);
        urls_of("https://[::", bytes, 256, len);
        urls_of("https://1.2.3.", bytes, 256, len);
    }
    for (len = 3; len <= most; len++) {
        urls_of("https://", classes, sizeof classes - 1, len);
        urls_of("https://[", classes, sizeof classes - 1, len);
    }
    printf("URLs: %lu of %lu texts are taken\n", accepted, texts);
    MUST(accepted > 0 && accepted < texts);
    passed++;
}

int main(int argc, char **argv) {
    responses(argc > 1 ? (size_t)atol(argv[1]) : 1000);
    urls(argc > 2 ? (size_t)atol(argv[2]) : 4);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
