/* A receiver as a plain CGI program (RFC 3875): a process for each request, the guard in a file.
   Copy: cgi.c guard_file.h receiver.h akolhook.h
   Build: cc -O2 -o hook.cgi cgi.c
   Run: put hook.cgi where your server has its CGI programs. Its environment has AKOLHOOK_SECRET, and files in
   AKOLHOOK_GUARD (the guard) and AKOLHOOK_OUT (the events). */
#include "receiver.h"
#include "guard_file.h"

extern char **environ;
static char content[AKOLHOOK_MAX_BODY + 1]; /* one byte more is enough to know that it is too long */

/* Reads the variables and the body; the HTTP code of the answer. */
static int handle(void) {
    const char *method = getenv("REQUEST_METHOD");
    akolhook_incoming in = AKOLHOOK_INIT;
    uint64_t length = 0;
    char **variable;
    size_t len;

    if (!method || strcmp(method, "POST") != 0) return 405;
    for (variable = environ; *variable; variable++) {
        char *value = strchr(*variable, '=');

        if (!value) continue;
        *value = '\0';
        akolhook_incoming_cgi(&in, *variable, value + 1);
        *value = '=';
    }

    /* no more than CONTENT_LENGTH: servers need not end the input there (RFC 3875 section 4.2) */
    if (akolhook_number_uint64(in.content_length, &length) != AKOLHOOK_OK) return 411;
    if (length > sizeof content) length = sizeof content;
    len = fread(content, 1, (size_t)length, stdin);
    return answer(&in, content, len);
}

int main(void) {
    const char *out = getenv("AKOLHOOK_OUT");
    int code = 500;

    if (!out || guard_file_open(&guard, getenv("AKOLHOOK_GUARD"), SEEN, TAKEN_S) != 0)
        fail("AKOLHOOK_OUT and AKOLHOOK_GUARD must name files");
    else if (start(out) == 0)
        code = handle();
    printf("Status: %d\r\nContent-Type: text/plain\r\n\r\n", code);
    return 0;
}
