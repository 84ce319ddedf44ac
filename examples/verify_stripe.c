/* Is a delivery from Stripe genuine? Reads the body from stdin; the header is the value of Stripe-Signature.
   Build: cc -O2 -I. -o verify_stripe examples/verify_stripe.c
   Use:   verify_stripe SECRET HEADER [NOW] < body
   Exit status: 0 yes, 1 no, 2 usage or unreadable input. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    const char *t = "", *v1[8]; /* "t=1614265330,v1=ab12...": several v1 while a secret is rotated */
    char *entry, piece[4096];
    uint8_t mac[32], sent[32];
    akolhook_key key;
    akolhook_hmac hmac;
    size_t len, count = 0;
    long long now = argc == 4 ? atoll(argv[3]) : (long long)time(NULL);
    int genuine = 0;

    if (argc < 3 || argc > 4 || argv[1][0] == 0) {
        fputs("usage: verify_stripe SECRET HEADER [NOW] < body\n", stderr);
        return 2;
    }
    for (entry = strtok(argv[2], ","); entry != NULL; entry = strtok(NULL, ",")) {
        if (strncmp(entry, "t=", 2) == 0) t = *t ? "twice" : entry + 2;
        if (strncmp(entry, "v1=", 3) == 0 && count < 8) v1[count++] = entry + 3;
    }
    akolhook_key_init(&key, argv[1], strlen(argv[1]));
    akolhook_hmac_init(&hmac, &key); /* signed are the time, a dot and the body */
    akolhook_hmac_update(&hmac, t, strlen(t));
    akolhook_hmac_update(&hmac, ".", 1);
    while ((len = fread(piece, 1, sizeof piece, stdin)) > 0) akolhook_hmac_update(&hmac, piece, len);
    if (ferror(stdin)) {
        perror("stdin");
        return 2;
    }
    akolhook_hmac_final(&hmac, mac);
    while (count-- > 0)
        if (akolhook_hex_decode(akolhook_str_c(v1[count]), sent, sizeof sent, &len) == AKOLHOOK_OK &&
                len == sizeof sent)
            genuine |= akolhook_equal_constant_time(sent, mac, sizeof sent);
    if (*t == 0 || strlen(t) > 12 || strspn(t, "0123456789") != strlen(t) || llabs(atoll(t) - now) > 300)
        genuine = 0;
    puts(genuine ? "genuine" : "not genuine");
    return !genuine;
}
