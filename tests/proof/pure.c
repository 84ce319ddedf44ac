/* What Frama-C's Eva is asked: calls of the pure layers, on any bytes, for lengths up to a bound. Lengths
   are taken one after another, so that they are known; the bytes are not. A byte outside its object, one
   that was never written, an overflow, a shift too far or a pointer that ends nowhere would be an alarm. */
#ifndef __FRAMAC__
#error "for frama-c: see ../checks/proof.sh"
#endif
#define AKOLHOOK_STATIC
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_NO_EXPLAIN
#include <__fc_builtin.h>
#include <string.h>

/* The contracts of Frama-C's libc want a pointer that may be read even where nothing is; the standard is
   content with one behind the last byte (C11 7.24.1). These are bound to the same models. */
/*@ requires \valid((char *)to + (0 .. len - 1));
    assigns ((char *)to)[0 .. len - 1] \from byte; assigns \result \from to; ensures \result == to; */
void *proof_memset(void *to, int byte, size_t len);
/*@ requires \valid((char *)to + (0 .. len - 1)) && \valid_read((const char *)from + (0 .. len - 1));
    assigns ((char *)to)[0 .. len - 1] \from ((const char *)from)[0 .. len - 1];
    assigns \result \from to; ensures \result == to; */
void *proof_memcpy(void *to, const void *from, size_t len);
#define memset proof_memset
#define memcpy proof_memcpy
#include "stripped.h"

#define ROOM 300
static char bytes[ROOM];

/* Messages of the lengths around each edge of a block, at once; one of 70 bytes cut at such places. */
void hash(void) {
    static const unsigned char lengths[] = {0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 130},
                               cuts[] = {0, 1, 6, 63, 64, 70};
    akolhook_sha256 h;
    uint8_t digest[32];
    unsigned i, len;

    Frama_C_make_unknown(bytes, ROOM);
    /*@ loop unroll 11; */
    for (i = 0; i < sizeof lengths; i++) {
        len = lengths[i];
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, bytes + ROOM - len, len);
        akolhook_sha256_final(&h, digest);
    }
    /*@ loop unroll 6; */
    for (i = 0; i < sizeof cuts; i++) {
        len = cuts[i];
        akolhook_sha256_init(&h);
        akolhook_sha256_update(&h, bytes, len);
        akolhook_sha256_update(&h, bytes + ROOM - (70 - len), 70 - len);
        akolhook_sha256_final(&h, digest);
    }
}

/* 0 to 40 bytes into exactly as much room as they need, and into one byte less. */
void hex(void) {
    char out[80];
    size_t need;
    int len;

    Frama_C_make_unknown(bytes, ROOM);
    /*@ loop unroll 41; */
    for (len = 0; len <= 40; len++) {
        (void)akolhook_hex_encode(
                bytes + ROOM - len, (size_t)len, out + 80 - 2 * len, (size_t)(2 * len), &need);
        (void)akolhook_hex_decode(akolhook_str_n(bytes + ROOM - len, (size_t)len), out + 80 - len / 2,
                (size_t)(len / 2), &need);
        if (len) (void)akolhook_hex_encode(bytes, (size_t)len, out, (size_t)(2 * len - 1), &need);
    }
}

void base64(void) {
    char out[60];
    size_t need;
    int len;

    Frama_C_make_unknown(bytes, ROOM);
    /*@ loop unroll 41; */
    for (len = 0; len <= 40; len++) {
        const int room = (len + 2) / 3 * 4;
        (void)akolhook_base64_encode(bytes + ROOM - len, (size_t)len, out + 60 - room, (size_t)room, &need);
        (void)akolhook_base64_decode(
                akolhook_str_n(bytes + ROOM - len, (size_t)len), out + 60 - len, (size_t)len, &need);
    }
}

void compare(void) {
    char other[ROOM];
    int len;

    Frama_C_make_unknown(bytes, ROOM);
    Frama_C_make_unknown(other, ROOM);
    /*@ loop unroll 65; */
    for (len = 0; len <= 64; len++) {
        int same = akolhook_equal_constant_time(bytes + ROOM - len, other + ROOM - len, (size_t)len);
        /*@ assert same == 0 || same == 1; */
        akolhook_wipe(other + ROOM - len, (size_t)len);
    }
}

/* Texts of 0 to 36 bytes, and every time that can be written. */
void times(void) {
    char text[AKOLHOOK_TIME_SIZE];
    int64_t ms;
    int len;

    Frama_C_make_unknown(bytes, ROOM);
    /*@ loop unroll 37; */
    for (len = 0; len <= 36; len++)
        (void)akolhook_time_parse(akolhook_str_n(bytes + ROOM - len, (size_t)len), &ms);
    (void)akolhook_time_format((int64_t)Frama_C_long_long_interval(-1000, 253402300801000), text);
}
