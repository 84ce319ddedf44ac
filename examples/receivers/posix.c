/* A receiver on nothing but POSIX: a process for each connection, the guard in a file. Of HTTP/1.1 it has
   what is needed: POST with a Content-Length, one request a connection.
   Copy: posix.c guard_file.h receiver.h akolhook.h
   Build: cc -O2 -o receiver posix.c
   Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 guard.bin events.txt */
#include "receiver.h"
#include "guard_file.h"

#include <arpa/inet.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { HEAD_MAX = 16384, SECONDS = 10, PROCESSES = 64 }; /* SECONDS: for a request, and for its answer */
static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
static char request[HEAD_MAX + AKOLHOOK_MAX_BODY + 1]; /* NUL-terminated while the head is read */

/* Reads one request; the HTTP code of the answer. */
static int handle(int fd) {
    akolhook_incoming in = AKOLHOOK_INIT;
    char *line, *next, *colon, *end = NULL;
    uint64_t length;
    size_t len = 0, head;
    ssize_t n = 1;
    int expects = 0, is_11;

    while (!end && len < HEAD_MAX && (n = read(fd, request + len, HEAD_MAX - len)) > 0) {
        request[len += (size_t)n] = '\0';
        end = strstr(request, "\r\n\r\n");
        if (!end && strlen(request) < len) return 400; /* a NUL */
    }
    if (!end) return n > 0 ? 431 : 400;
    if (strncmp(request, "POST ", 5) != 0) return 405;
    line = strstr(request, "\r\n") + 2;
    is_11 = strncmp(line - 5, "1.1", 3) == 0;
    for (; line < end + 2; line = next + 2) {
        next = strstr(line, "\r\n");
        colon = (char *)memchr(line, ':', (size_t)(next - line));
        if (!colon) return 400;
        if (strncasecmp(line, "expect:", 7) == 0) expects = is_11;
        akolhook_incoming_header(&in, line, (size_t)(colon - line), colon + 1, (size_t)(next - colon - 1));
    }

    head = (size_t)(end + 4 - request);
    if (akolhook_number_uint64(in.content_length, &length) != AKOLHOOK_OK) return 411;
    if (length > AKOLHOOK_MAX_BODY) return 413;
    if (expects && len == head && write(fd, go_on, strlen(go_on)) < 0) return 400;
    while (n > 0 && len < head + length)
        if ((n = read(fd, request + len, head + (size_t)length - len)) > 0) len += (size_t)n;
    if (len > head + length) len = head + (size_t)length; /* what follows is not this request's */
    alarm(0);
    return answer(&in, request + head, len - head); /* one that was cut is not as long as its header says */
}

static void serve(int fd) {
    static const char format[] = "HTTP/1.1 %d -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char text[80];

    alarm(SECONDS); /* ends this process when the request takes longer */
    snprintf(text, sizeof text, format, handle(fd));
    alarm(SECONDS);
    if (write(fd, text, strlen(text)) > 0) shutdown(fd, SHUT_WR);
    while (read(fd, request, sizeof request) > 0) {} /* a refused sender may still be talking */
    _exit(0);
}

int main(int argc, char **argv) {
    int on = 1, fd, processes = 0, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {0};
    pid_t child;

    if (argc != 4) return fail("usage: receiver PORT GUARD FILE");
    if (guard_file_open(&guard, argv[2], SEEN, TAKEN_S) != 0)
        return fail("the guard's file cannot be opened, or has no room");
    if (start(argv[3]) != 0) return 2;

    at.sin_family = AF_INET;
    at.sin_port = htons((uint16_t)atoi(argv[1]));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 128) != 0)
        return fail("cannot listen on this port");
    for (;;) {
        while (waitpid(-1, NULL, processes < PROCESSES ? WNOHANG : 0) > 0) processes--;
        if ((fd = accept(listener, NULL, NULL)) < 0) continue;
        if ((child = fork()) == 0) close(listener), serve(fd);
        if (child > 0) processes++;
        close(fd); /* without an answer where there was no process for it */
    }
}
