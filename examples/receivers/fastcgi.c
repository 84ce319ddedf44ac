/* A receiver for FastCGI: four processes, the guard in a file that they share and that outlives them.
   Copy: fastcgi.c guard_file.h receiver.h akolhook.h
   Build: cc -O2 -o receiver fastcgi.c -lfcgi
   Run: AKOLHOOK_SECRET=whsec_... ./receiver /run/hook/hook.sock guard.bin events.txt, as the user of nginx's
   workers, whose folder /run/hook is
   nginx: location = /hook { include fastcgi_params; fastcgi_pass unix:/run/hook/hook.sock; } */
#include "receiver.h"
#include "guard_file.h"

#include <fcgiapp.h>
#include <signal.h>
#include <sys/wait.h>

enum { WORKERS = 4 };
static char content[AKOLHOOK_MAX_BODY + 1]; /* one byte more is enough to know that it is too long */

/* Reads the parameters and the body; the HTTP code of the answer. */
static int handle(FCGX_Request *request) {
    const char *method = FCGX_GetParam("REQUEST_METHOD", request->envp);
    akolhook_incoming in = AKOLHOOK_INIT;
    char **variable;
    int len;

    if (!method || strcmp(method, "POST") != 0) return 405;
    for (variable = request->envp; *variable; variable++) {
        char *value = strchr(*variable, '=');

        if (!value) continue;
        *value = '\0';
        akolhook_incoming_cgi(&in, *variable, value + 1);
        *value = '=';
    }
    len = FCGX_GetStr(content, (int)sizeof content, request->in);
    return answer(&in, content, len > 0 ? (size_t)len : 0);
}

static void worker(int socket) {
    FCGX_Request request;

    signal(SIGTERM, SIG_DFL);
    FCGX_InitRequest(&request, socket, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_FPrintF(request.out, "Status: %d\r\nContent-Type: text/plain\r\n\r\n", handle(&request));
        FCGX_Finish_r(&request);
    }
    sleep(1); /* no hot loop where accepting fails */
    _exit(1);
}
static void stop(int number) {
    signal(number, SIG_DFL);
    kill(0, number); /* the workers and this process */
}

int main(int argc, char **argv) {
    int workers, socket;

    if (argc != 4) return fail("usage: receiver SOCKET GUARD FILE");
    if (guard_file_open(&guard, argv[2], SEEN, TAKEN_S) != 0)
        return fail("the guard's file cannot be opened, or has no room");
    if (start(argv[3]) != 0) return 2;
    setpgid(0, 0);
    signal(SIGTERM, stop);
    if (FCGX_Init() != 0 || (socket = FCGX_OpenSocket(argv[1], 128)) < 0)
        return fail("the socket cannot be made");
    for (workers = 0;; workers--) { /* one that died is replaced */
        while (workers < WORKERS) {
            const pid_t child = fork();

            if (child == 0) worker(socket);
            if (child > 0)
                workers++;
            else
                sleep(1); /* no process is free at the moment */
        }
        wait(NULL);
    }
}
