/* Copies of a text that end exactly where a page without access begins: reading one byte too many crashes. */
#ifndef GUARD_H
#define GUARD_H

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#undef TEXT /* tests have one of their own */

typedef struct guard {
    unsigned char *map;
    size_t room;
} guard;

static guard guard_new(size_t room) {
    guard g;
    SYSTEM_INFO system;
    DWORD before;
    size_t page;
    GetSystemInfo(&system);
    page = system.dwPageSize;
    g.room = (room + page) / page * page;
    g.map = (unsigned char *)VirtualAlloc(NULL, g.room + page, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!g.map || !VirtualProtect(g.map + g.room, page, PAGE_NOACCESS, &before)) abort();
    return g;
}
static char *guard_copy(guard *g, const void *data, size_t len) {
    unsigned char *at = g->map + g->room - len;
    if (len > g->room) abort();
    if (len) memcpy(at, data, len);
    return (char *)at;
}
static void guard_free(guard *g) { VirtualFree(g->map, 0, MEM_RELEASE); }
#elif !defined(__AVR__) && !defined(CHECK_BARE) /* which have no pages */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct guard {
    unsigned char *map;
    size_t room;
    size_t page;
} guard;

static guard guard_new(size_t room) {
    guard g;
    void *map;
    int zero = open("/dev/zero", O_RDWR);
    g.page = (size_t)sysconf(_SC_PAGESIZE);
    g.room = (room + g.page) / g.page * g.page;
    map = mmap(NULL, g.room + g.page, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    close(zero);
    if (map == MAP_FAILED || mprotect((unsigned char *)map + g.room, g.page, PROT_NONE) != 0) abort();
    g.map = (unsigned char *)map;
    return g;
}
/* The copy; at most the room of guard_new. Valid until the next call. */
static char *guard_copy(guard *g, const void *data, size_t len) {
    unsigned char *at = g->map + g->room - len;
    if (len > g->room) abort();
    if (len) memcpy(at, data, len);
    return (char *)at;
}
static void guard_free(guard *g) { munmap(g->map, g->room + g->page); }
#elif defined(__AVR__)
#include <stdlib.h>
#include <string.h>

typedef struct guard {
    unsigned char map[2100];
} guard;

static guard guard_new(size_t room) {
    guard g;
    (void)room;
    memset(&g, 0, sizeof g);
    return g;
}
static char *guard_copy(guard *g, const void *data, size_t len) {
    unsigned char *at = g->map + sizeof g->map - len;
    if (len > sizeof g->map) abort();
    if (len) memcpy(at, data, len);
    return (char *)at;
}
static void guard_free(guard *g) { (void)g; }
#else
#include <stdlib.h>
#include <string.h>

typedef struct guard {
    unsigned char *map;
    size_t room;
} guard;

static guard guard_new(size_t room) {
    guard g;
    g.room = room + 1;
    g.map = (unsigned char *)malloc(g.room);
    if (!g.map) abort();
    return g;
}
static char *guard_copy(guard *g, const void *data, size_t len) {
    unsigned char *at = g->map + g->room - len;
    if (len > g->room) abort();
    if (len) memcpy(at, data, len);
    return (char *)at;
}
static void guard_free(guard *g) { free(g->map); }
#endif

#endif
