/* Copies of a text that end exactly where a page without access begins: reading one byte too many crashes. */
#ifndef GUARD_H
#define GUARD_H

#ifndef __AVR__ /* which has no pages */
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
#else
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
#endif

#endif
