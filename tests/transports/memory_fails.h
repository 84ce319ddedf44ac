/* Memory that runs out at each allocation of a TLS library in turn. The including file gives the library its
   allocations by memory_fails, counts what it holds, and has lib_init, lib_free and lib_transport. */
#ifndef MEMORY_FAILS_H
#define MEMORY_FAILS_H

#include "../check.h"
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static long held, calls, fail_at;
static unsigned char conn_memory[65536];

static akolhook_status lib_init(void);
static void lib_free(void);
static const akolhook_transport *lib_transport(void);

/* 1 for the allocation whose turn it is. */
static int memory_fails(void) { return fail_at && ++calls == fail_at; }

/* Opens a connection that stays on one machine, to a name or an address. */
static int open_to(const char *host, int is_address, akolhook_conn *conn) {
    const akolhook_transport *t = lib_transport();
    int pair[2], result;
    CHECK(t && t->conn_size <= sizeof conn_memory && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    memset(conn, 0, sizeof *conn);
    memset(conn_memory, 0, sizeof conn_memory);
    conn->user = t->user;
    conn->memory = conn_memory;
    conn->socket = pair[0];
    conn->host = host;
    conn->port = 443;
    conn->host_is_address = (uint8_t)is_address;
    result = t->open_fn(conn);
    if (result == 0) t->close_fn(conn);
    close(pair[0]);
    close(pair[1]);
    return result;
}

static void test_init_fails(void) {
    akolhook_conn conn;
    akolhook_status status = AKOLHOOK_SYSTEM_LIMIT;
    long at, failed = 0, before;
    CHECK_STATUS(lib_init(), OK); /* what the library keeps for ever */
    lib_free();
    before = held;
    for (at = 1; at < 20000; at++) {
        calls = 0;
        fail_at = at;
        status = lib_init();
        fail_at = 0;
        if (status != AKOLHOOK_OK) failed++;
        if (status == AKOLHOOK_OK && calls < at) break;
        lib_free();
        CHECK(held <= before + 64); /* its caches grow, within bounds; a leak would be of thousands */
    }
    CHECK_STATUS(status, OK);
    CHECK(failed > 10 && at < 20000);
    CHECK_INT(open_to("hooks.example.com", 0, &conn), 0);
    lib_free();
}

static void test_open_fails(void) {
    akolhook_conn conn;
    long at, failed, before;
    int is_address, result = 0;
    for (is_address = 0; is_address < 2; is_address++) {
        const char *host = is_address ? "93.184.216.34" : "hooks.example.com";
        CHECK_STATUS(lib_init(), OK);
        CHECK_INT(open_to(host, is_address, &conn), 0);
        before = held;
        for (at = 1, failed = 0; at < 2000; at++) {
            calls = 0;
            fail_at = at;
            result = open_to(host, is_address, &conn);
            fail_at = 0;
            if (result == 0 && calls < at) break;
            failed += result != 0;
            CHECK(result == 0 || (result == AKOLHOOK_IO_FAIL && conn.native_error != 0));
            CHECK_INT(held, before);
        }
        CHECK(result == 0 && failed > 5 && at < 2000);
        lib_free();
    }
}

#endif
