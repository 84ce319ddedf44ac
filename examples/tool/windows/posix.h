/* The names of POSIX that the tool uses, on Windows, for -include: sockets by Winsock with their errors in
   errno, the platform by akolhook_winsock.h. What Windows has not is refused with ENOSYS: another program
   (listen --exec) and the hub's journal.

   x86_64-w64-mingw32-gcc -std=gnu99 -I. -Iexamples/hub -Iexamples/stores -Iexamples/platforms \
      -Iexamples/tool/windows -include posix.h -o akolhook.exe examples/tool/akolhook.c \
      -static -lws2_32 -lbcrypt -lpthread */
#ifndef TOOL_WINDOWS_POSIX_H
#define TOOL_WINDOWS_POSIX_H

#define WIN32_LEAN_AND_MEAN
#define AKOLHOOK_IMPLEMENT_ALL
#include "akolhook_winsock.h"
#include "akolhook_journal.h"

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#undef TEXT
#undef ERROR
#undef DELETE
#undef min
#undef max

#define WINDOWS_UNUSED __attribute__((unused))

/* ---- the platform ---- */

#define akolhook_posix_platform akolhook_winsock_platform
#define akolhook_posix_now akolhook_winsock_now
#define akolhook_posix_random akolhook_winsock_random

__attribute__((constructor)) static void windows_open(void) {
    if (akolhook_winsock_init(NULL) != AKOLHOOK_OK) abort();
    _setmode(0, _O_BINARY); /* a body is what its bytes are */
    _setmode(1, _O_BINARY);
    _setmode(2, _O_BINARY);
}

/* ---- sockets ---- */

static WINDOWS_UNUSED int windows_missing(void) {
    errno = ENOSYS;
    return -1;
}

#define MSG_NOSIGNAL 0
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH
#define O_NONBLOCK 0x4000
#define O_CLOEXEC 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define FD_CLOEXEC 1
typedef unsigned long nfds_t;

/* errno as Winsock has it; gives result back */
static WINDOWS_UNUSED intptr_t windows_result(intptr_t result) {
    static const struct {
        int from, to;
    } table[] = {{WSAEWOULDBLOCK, EAGAIN}, {WSAEINTR, EINTR}, {WSAEADDRINUSE, EADDRINUSE},
            {WSAEADDRNOTAVAIL, EADDRNOTAVAIL}, {WSAEACCES, EACCES}, {WSAECONNRESET, ECONNRESET},
            {WSAECONNABORTED, ECONNABORTED}, {WSAENOTCONN, ENOTCONN}, {WSAEMFILE, EMFILE},
            {WSAENOBUFS, ENOBUFS}, {WSAEAFNOSUPPORT, EAFNOSUPPORT}, {WSAEINVAL, EINVAL}};
    int error = result == -1 ? WSAGetLastError() : 0;
    size_t i;

    if (result != -1) return result;
    errno = EIO;
    for (i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].from == error) errno = table[i].to;
    return -1;
}
static WINDOWS_UNUSED int windows_setsockopt(int fd, int level, int name, const void *value, int len) {
    return (int)windows_result(setsockopt((SOCKET)fd, level, name, (const char *)value, len));
}
#define socket(family, type, protocol) ((int)windows_result((intptr_t)socket(family, type, protocol)))
#define accept(fd, name, len) ((int)windows_result((intptr_t)accept((SOCKET)(fd), name, len)))
#define bind(fd, name, len) ((int)windows_result(bind((SOCKET)(fd), name, len)))
#define recv(fd, data, len, flags) (windows_result(recv((SOCKET)(fd), (char *)(data), (int)(len), flags)))
#define send(fd, data, len, flags) \
    (windows_result(send((SOCKET)(fd), (const char *)(data), (int)(len), flags)))
#define setsockopt(fd, level, name, value, len) windows_setsockopt(fd, level, name, value, (int)(len))
#define poll(fds, count, timeout) windows_poll(fds, count, timeout)
#define close(fd) windows_close(fd)
#define fcntl windows_fcntl

/* Entries without a descriptor are passed over, which WSAPoll does not promise. */
static WINDOWS_UNUSED int windows_poll(struct pollfd *fds, nfds_t count, int timeout) {
    struct pollfd *used = (struct pollfd *)malloc((count + 1) * sizeof *fds);
    nfds_t i, n = 0;
    int result = 0;

    if (!used) return windows_missing();
    for (i = 0; i < count; i++) {
        fds[i].revents = 0;
        if ((intptr_t)fds[i].fd >= 0) used[n++] = fds[i];
    }
    if (n)
        result = (int)windows_result(WSAPoll(used, n, timeout));
    else
        Sleep(timeout < 0 ? INFINITE : (DWORD)timeout);
    for (i = n = 0; i < count && result > 0; i++)
        if ((intptr_t)fds[i].fd >= 0) fds[i].revents = used[n++].revents;
    free(used);
    return result;
}
static WINDOWS_UNUSED int windows_close(int fd) {
    if (closesocket((SOCKET)fd) == 0) return 0;
    return _close(fd);
}
static WINDOWS_UNUSED int windows_fcntl(int fd, int command, ...) {
    u_long on = 1;
    if (command != F_SETFL) return 0; /* no handle of this program is inherited */
    return (int)windows_result(ioctlsocket((SOCKET)fd, (long)FIONBIO, &on));
}

/* ---- processes and signals ---- */

#define SIGPIPE 13
#define SIGCHLD 17
#define SIGKILL 9
#define WNOHANG 1
#define WIFEXITED(status) ((void)(status), 0)
#define WIFSIGNALED(status) ((void)(status), 0)
#define WEXITSTATUS(status) (status)
#define WTERMSIG(status) (status)
#define SA_RESTART 0
#define SA_NOCLDSTOP 0
typedef _sigset_t sigset_t;
struct sigaction {
    void (*sa_handler)(int);
    int sa_mask, sa_flags;
};

/* Those that Windows has not are not asked for: without fork there is no child. */
static WINDOWS_UNUSED int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    (void)old;
    if (number == SIGINT || number == SIGTERM) (void)signal(number, action->sa_handler);
    return 0;
}
static WINDOWS_UNUSED int sigemptyset(sigset_t *set) {
    *set = 0;
    return 0;
}
static WINDOWS_UNUSED int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
    (void)how;
    (void)set;
    (void)old;
    return 0;
}
static WINDOWS_UNUSED int waitpid(int pid, int *status, int flags) {
    (void)pid;
    (void)status;
    (void)flags;
    return windows_missing();
}
static WINDOWS_UNUSED int kill(int pid, int number) {
    (void)pid;
    (void)number;
    return windows_missing();
}
static WINDOWS_UNUSED int setpgid(int pid, int group) {
    (void)pid;
    (void)group;
    return windows_missing();
}
/* Nothing ever comes through it: what would write to it is the end of a child. */
static WINDOWS_UNUSED int pipe(int ends[2]) {
    ends[0] = ends[1] = -1;
    return 0;
}
#define fork() windows_missing()
#define setenv(name, value, over) _putenv_s(name, value)
#define unsetenv(name) _putenv_s(name, "")
#define mkdir(path, mode) _mkdir(path)

static WINDOWS_UNUSED struct tm *windows_gmtime_r(const time_t *at, struct tm *out) {
    return gmtime_s(out, at) == 0 ? out : NULL;
}
static WINDOWS_UNUSED struct tm *windows_localtime_r(const time_t *at, struct tm *out) {
    return localtime_s(out, at) == 0 ? out : NULL;
}
#undef gmtime_r
#undef localtime_r
#define gmtime_r windows_gmtime_r
#define localtime_r windows_localtime_r

/* ---- the journal: not here ---- */

typedef struct akolhook_journal_posix {
    akolhook_journal_file file;
    int error;
} akolhook_journal_posix;
static WINDOWS_UNUSED akolhook_status akolhook_journal_posix_open(
        akolhook_journal_posix *p, const char *path) {
    (void)path;
    p->error = ENOSYS;
    return AKOLHOOK_STORE_FAILED;
}
#define akolhook_journal_posix_open_read akolhook_journal_posix_open
#define akolhook_journal_posix_close(p) ((void)(p))

#endif
