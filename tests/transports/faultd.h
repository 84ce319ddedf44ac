/* Starts tests/transports/faultd.c in a process of its own and asks it for its ports and counters. With
   FAULTD_NO_MAIN defined and faultd.c included before, it is forked; else the program at a path is run. */
#ifndef FAULTD_H
#define FAULTD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__GNUC__) || defined(__clang__)
#define FAULTD_UNUSED __attribute__((unused))
#else
#define FAULTD_UNUSED
#endif

typedef struct faultd {
    pid_t pid;
    int input;
    char line[4096];
} faultd;
typedef struct faultd_count {
    unsigned long connections, requests, bytes, open;
    unsigned long unasked; /* what was said or done to an idle connection */
} faultd_count;

static void faultd_child(const char *path, int seconds, const char *ca_file) {
#ifdef FAULTD_NO_MAIN
    (void)path;
    _exit(faultd_run(seconds, ca_file));
#else
    char number[16];
    snprintf(number, sizeof number, "%d", seconds);
    execl(path, path, number, ca_file, (char *)NULL);
    perror(path);
    _exit(127);
#endif
}
/* 1 when the server runs. It ends by faultd_stop, after so many seconds, or with this process. ca_file may be
 * NULL. */
static int faultd_start(faultd *f, const char *path, int seconds, const char *ca_file) {
    int in[2], out[2];
    size_t len = 0;
    ssize_t n;
    memset(f, 0, sizeof *f);
    f->input = -1;
    fflush(stdout);
    if (pipe(in) != 0 || pipe(out) != 0 || (f->pid = fork()) < 0) return 0;
    if (f->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[0]);
        close(in[1]);
        close(out[0]);
        close(out[1]);
        faultd_child(path, seconds, ca_file);
    }
    close(in[0]);
    close(out[1]);
    f->input = in[1];
    while (len < sizeof f->line - 1 && (n = read(out[0], f->line + len, sizeof f->line - 1 - len)) > 0) {
        len += (size_t)n;
        if (f->line[len - 1] == '\n') break;
    }
    close(out[0]);
    return len && f->line[len - 1] == '\n';
}
/* 0 where this build or machine has no such port. */
static int faultd_port(const faultd *f, const char *name) {
    const char *at = f->line;
    size_t n = strlen(name);
    while (at) {
        if (strncmp(at, name, n) == 0 && at[n] == '=') return atoi(at + n + 1);
        at = strchr(at, ' ');
        if (at) at++;
    }
    return 0;
}
static int faultd_connect(int number) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)number);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)(void *)&address, sizeof address) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}
static FAULTD_UNUSED int faultd_connect6(int number) {
    struct sockaddr_in6 address;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons((uint16_t)number);
    address.sin6_addr = in6addr_loopback;
    if (fd >= 0 && connect(fd, (struct sockaddr *)(void *)&address, sizeof address) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}
/* What the port saw up to now; all -1 when the server does not answer. */
static FAULTD_UNUSED faultd_count faultd_counts(const faultd *f, const char *name) {
    faultd_count c = {
            (unsigned long)-1, (unsigned long)-1, (unsigned long)-1, (unsigned long)-1, (unsigned long)-1};
    char text[8192], *at = text;
    size_t len = 0, n = strlen(name);
    ssize_t got;
    int fd = faultd_connect(faultd_port(f, "control"));
    while (fd >= 0 && len < sizeof text - 1 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
        len += (size_t)got;
    if (fd >= 0) close(fd);
    for (text[len] = 0; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : at)
        if (strncmp(at, name, n) == 0 && at[n] == ' ' &&
                sscanf(at + n, "%lu %lu %lu %lu %lu", &c.connections, &c.requests, &c.bytes, &c.open,
                        &c.unasked) == 5)
            break;
    return c;
}
static void faultd_stop(faultd *f) {
    int status;
    if (f->input >= 0) close(f->input);
    if (f->pid > 0) waitpid(f->pid, &status, 0);
    f->pid = 0;
    f->input = -1;
}

#endif
