# Contracts of three functions and their loops, for Frama-C's WP: put before them by ../checks/proof.sh.
/^static void akolhook_i_hex_write(/i\
/*@ requires len <= SIZE_MAX / 2;\
    requires \\valid_read(data + (0 .. len - 1)) && \\valid(out + (0 .. 2 * len - 1));\
    requires \\separated(data + (0 .. len - 1), out + (0 .. 2 * len - 1));\
    assigns out[0 .. 2 * len - 1]; */
/^static void akolhook_i_hex_write(/,/^}/{
/^    for (/i\
    /*@ loop invariant 0 <= i <= len;\
        loop assigns i, out[0 .. 2 * len - 1];\
        loop variant len - i; */
}

/^static int akolhook_i_hex_read(/i\
/*@ requires len <= SIZE_MAX / 2;\
    requires \\valid_read(text + (0 .. 2 * len - 1)) && \\valid(out + (0 .. len - 1));\
    requires \\separated(text + (0 .. 2 * len - 1), out + (0 .. len - 1));\
    assigns out[0 .. len - 1];\
    ensures \\result == 0 || \\result == 1; */
/^static int akolhook_i_hex_read(/,/^}/{
/^    for (/i\
    /*@ loop invariant 0 <= i <= 2 * len;\
        loop assigns i, byte, out[0 .. len - 1];\
        loop variant 2 * len - i; */
}

/^static int akolhook_i_hex_value(/i\
/*@ assigns \\nothing;\
    ensures -1 <= \\result <= 15; */

/^static char akolhook_i_hex_digit(/i\
/*@ assigns \\nothing; */

# the small form; of volatile bytes nothing could be said
/^AKOLHOOK_API int akolhook_equal_constant_time(const void \*a, const void \*b, size_t len) {/i\
/*@ requires \\valid_read((uint8_t *)a + (0 .. len - 1)) && \\valid_read((uint8_t *)b + (0 .. len - 1));\
    assigns \\nothing; */
/^AKOLHOOK_API int akolhook_equal_constant_time(const void \*a, const void \*b, size_t len) {/,/^}/{
/^    for (i = /i\
    /*@ loop invariant 0 <= i <= len;\
        loop assigns i, difference;\
        loop variant len - i; */
s/const volatile uint8_t/const uint8_t/g
}
