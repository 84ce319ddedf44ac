/* The second file of a program; see test_include.c. */
#ifdef TEST_INCLUDE_OTHER_IMPLEMENT
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "../akolhook.h"

#ifdef __cplusplus
extern "C" {
#endif
int include_other(void);
int include_other_version(void);

/* 0 when the other half of the library works as well */
int include_other(void) {
    char text[AKOLHOOK_TIME_SIZE];
    if (akolhook_time_format(1767225600000, text) != AKOLHOOK_OK) return 1;
    return strcmp(text, "2026-01-01T00:00:00.000Z") != 0;
}
int include_other_version(void) {
    return AKOLHOOK_VERSION_MAJOR * 10000 + AKOLHOOK_VERSION_MINOR * 100 + AKOLHOOK_VERSION_PATCH;
}
#ifdef __cplusplus
}
#endif
