/* Calls of a library that fail when a test says so: each in its turn, or those of one name. A test program
   includes the headers of the library, then this file, then has a macro for each call of its transport's,

       #define SSL_new(...) CALL(SSL_new, NULL, (__VA_ARGS__))

   with what the call gives when it fails, and then includes the transport. Where a failure is more than a
   value, the macro asks call_fails itself. */
#ifndef CALLS_FAIL_H
#define CALLS_FAIL_H

#include <string.h>

static struct {
    int at;           /* the call that fails, counted from 1; 0: none does */
    int seen;         /* how many there were */
    const char *only; /* the name of those that count; NULL: all of them */
    const char *name; /* of the one that failed; NULL: none has */
} bad_call;

static int call_fails(const char *name) {
    if (!bad_call.at || (bad_call.only && strcmp(name, bad_call.only) != 0)) return 0;
    if (++bad_call.seen != bad_call.at) return 0;
    bad_call.name = name;
    return 1;
}
/* in two steps, so that what follows sees a value and not where it came from */
#define CALL(name, failure, arguments) \
    __extension__({ \
        __typeof__((name)arguments) call_result = call_fails(#name) ? (failure) : (name)arguments; \
        call_result; \
    })

/* From here on the n-th call fails, of those with this name or, when that is NULL, of all. */
static void call_fail(int n, const char *only) {
    memset(&bad_call, 0, sizeof bad_call);
    bad_call.at = n;
    bad_call.only = only;
}
/* The name of the one that failed, NULL when it never came to that; from here on none fails. */
static const char *call_failed(void) {
    bad_call.at = 0;
    return bad_call.name;
}

#endif
