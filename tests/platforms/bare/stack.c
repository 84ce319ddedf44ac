/* How deep the stack of each part of tests/checks/size/size.c is in a run: the room below is painted, the
   part is called, and what was written over is counted. Compiled with its PART; prints the bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LONG_SECRET /* longer than a block of the hash, so that it is hashed first */ \
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{\"a\":[1,{\"b\":\"\\u00e9\"}]}}"
/* from python3: hmac.new(LONG_SECRET, BODY, sha256) */
#define MAC "3de10e3f937fdf549282631e946c44b2df12ce9623ddedfecebc8fa7b6de9e80"

#if PART == 1
extern void entry(const void *data, size_t len, uint8_t digest[32]);
static void call(void) {
    uint8_t digest[32];
    entry(BODY, sizeof BODY - 1, digest);
}
#elif PART == 2
extern void entry(const void *secret, size_t secret_len, const void *data, size_t len, uint8_t mac[32]);
static void call(void) {
    uint8_t mac[32];
    entry(LONG_SECRET, sizeof LONG_SECRET - 1, BODY, sizeof BODY - 1, mac);
}
#elif PART == 3
extern int entry(const char *secret, const char *signature, const void *body, size_t body_len);
static int result = 1;
static void call(void) { result = entry(LONG_SECRET, MAC, BODY, sizeof BODY - 1); }
#elif PART == 4
extern int entry(const char *secret, const char *signature, const void *body, size_t body_len, void *msg);
static int result = 1;
static uint64_t message[64]; /* room for an akolhook_message */
static void call(void) { result = entry(LONG_SECRET, MAC, BODY, sizeof BODY - 1, message); }
#elif PART == 5
extern int entry(const char *json, size_t len, const char *path, int64_t *number);
static int result = 1;
static int64_t number;
static void call(void) { result = entry(BODY, sizeof BODY - 1, "data.a[0]", &number); }
#elif PART == 6
typedef struct slice {
    const char *ptr;
    size_t len;
} slice;
extern int entry(char *buf, size_t cap, slice text, int32_t number, size_t *len);
static int result = 1;
static char text[64];
static void call(void) {
    const slice given = {"a \"text\" \x01", 10};
    size_t len;
    result = entry(text, sizeof text, given, -1234567890, &len);
}
#endif

enum { ROOM = 2048, PAINT = 0xa5 };
#define NOINLINE __attribute__((noinline))

/* Below this frame, down to ROOM. A frame of its own, so that its end is where call's frame will be too. */
static NOINLINE void paint(volatile uint8_t *top) {
    size_t i;
    for (i = 1; i <= ROOM; i++) top[-(ptrdiff_t)i] = PAINT;
}
static NOINLINE size_t depth(const volatile uint8_t *top) {
    size_t i = ROOM;
    while (i && top[-(ptrdiff_t)i] == PAINT) i--;
    return i;
}

/* What lies below the stack pointer here is free; the painting itself uses registers alone, and 64 bytes. */
static NOINLINE size_t measure(void) {
    volatile uint8_t *here;
    __asm__ volatile("mov %0, sp" : "=r"(here));
    paint(here - 64);
    call();
    return depth(here - 64) + 64;
}

int main(void) {
    size_t used = measure();
#if PART >= 3
    if (result != 0) {
        printf("the call failed: %d\n", result);
        return 1;
    }
#endif
    printf("%lu\n", (unsigned long)used);
    return 0;
}
