/* Sets of events: read as a list that is taken apart here in another way, and written and read again. */
#include "../../akolhook.h"
#include "fuzz.h"

#include <string.h>

typedef struct named {
    const char *name, *group;
    unsigned number;
} named;
#define NAMED(id, number, name, group, when) {name, group, number},
static const named all[] = {AKOLHOOK_EVENT_LIST(NAMED)};
enum { COUNT = sizeof all / sizeof all[0] };

/* The events of one entry: its own name, or all whose group or family stands before .*; 0: it names none. */
static uint32_t entry(const char *text, size_t len) {
    uint32_t set = 0;
    size_t i, family;

    if (len == 1 && text[0] == '*') return 0x7fffe;
    family = len > 2 && memcmp(text + len - 2, ".*", 2) == 0 ? len - 2 : 0;
    for (i = 0; i < COUNT; i++) {
        const char *name = all[i].name, *group = all[i].group;
        int fits = strlen(name) == len && memcmp(name, text, len) == 0;
        if (family && strlen(group) == family && memcmp(group, text, family) == 0) fits = 1;
        if (family && strlen(name) > family && memcmp(name, text, family) == 0 && name[family] == '.')
            fits = 1;
        if (fits) set |= UINT32_C(1) << all[i].number;
    }
    return set;
}

/* What the whole list names; *bad is where the first entry begins that names nothing. */
static uint32_t model(const char *text, size_t len, size_t *bad) {
    uint32_t set = 0, more;
    size_t start = 0, end;

    for (*bad = (size_t)-1;; start = end + 1) {
        size_t from = start, to;
        for (end = start; end < len && text[end] != ','; end++) {}
        while (from < end && (text[from] == ' ' || text[from] == '\t')) from++;
        for (to = end; to > from && (text[to - 1] == ' ' || text[to - 1] == '\t');) to--;
        more = to > from && to - from < 64 ? entry(text + from, to - from) : 0;
        set |= more;
        if (!more) *bad = from;
        if (!more || end == len) return set;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    char *copy = (char *)malloc(len + 1), out[1024];
    akolhook_events set, again = 0;
    size_t at = (size_t)-1, bad, need, got = 0;
    akolhook_status status;
    uint32_t wanted;

    if (len) memcpy(copy, data, len);
    wanted = model(copy, len, &bad);
    status = akolhook_events_parse(akolhook_str_n(copy, len), &set, &at);
    FUZZ_CHECK((status == AKOLHOOK_OK) == (bad == (size_t)-1));
    if (status == AKOLHOOK_OK) {
        FUZZ_CHECK(set == wanted);
        FUZZ_CHECK(akolhook_events_format(set, NULL, 0, &need) == AKOLHOOK_BUFFER_TOO_SMALL);
        FUZZ_CHECK(need <= sizeof out && akolhook_events_format(set, out, need, &got) == AKOLHOOK_OK);
        FUZZ_CHECK(
                got == need && akolhook_events_parse(akolhook_str_n(out, got), &again, NULL) == AKOLHOOK_OK);
        FUZZ_CHECK(again == set);
    } else
        FUZZ_CHECK(status == AKOLHOOK_UNKNOWN_EVENT && at == bad);
    free(copy);
    return 0;
}
