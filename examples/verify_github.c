/* Is a delivery from GitHub genuine? Reads the body from stdin; the header is the value of
   X-Hub-Signature-256.
   Build: cc -O2 -I. -o verify_github examples/verify_github.c
   Use:   verify_github SECRET HEADER < body
   Exit status: 0 yes, 1 no, 2 usage or unreadable input. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include <stdio.h>

/* The header is "sha256=" and the HMAC of the body in hex, keyed with the text of the secret. */
static int same_signature(const char *header, const uint8_t mac[32]) {
    uint8_t sent[32];
    size_t len;
    if (strncmp(header, "sha256=", 7) != 0) return 0;
    if (akolhook_hex_decode(akolhook_str_c(header + 7), sent, sizeof sent, &len) != AKOLHOOK_OK ||
            len != sizeof sent)
        return 0;
    return akolhook_equal_constant_time(sent, mac, sizeof sent);
}

int main(int argc, char **argv) {
    char piece[4096];
    uint8_t mac[32];
    akolhook_key key;
    akolhook_hmac hmac;
    size_t len;
    int genuine;

    if (argc != 3 || argv[1][0] == 0) {
        fputs("usage: verify_github SECRET HEADER < body\n", stderr);
        return 2;
    }
    akolhook_key_init(&key, argv[1], strlen(argv[1]));
    akolhook_hmac_init(&hmac, &key);
    while ((len = fread(piece, 1, sizeof piece, stdin)) > 0) akolhook_hmac_update(&hmac, piece, len);
    if (ferror(stdin)) {
        perror("stdin");
        return 2;
    }
    akolhook_hmac_final(&hmac, mac);
    akolhook_wipe(&key, sizeof key);

    genuine = same_signature(argv[2], mac);
    puts(genuine ? "genuine" : "not genuine");
    return !genuine;
}
