/* The server's own calls of libpq with a bound on this side, as the store's have it: statement_timeout is the
   database's own, and where its processes hang while the kernel still acknowledges, nobody would end a call.
   The connection is shut when the bound has passed, so that the call fails as it does when a connection
   breaks, and the next one makes it anew. */

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
#include <libpq-fe.h>

enum { PQ_BOUND_MS = AKOLHOOK_POSTGRES_CALL_MS + 1000 };

static int64_t pq_now_ms(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until a result can be had without waiting; 0: it does not come in time, or the connection broke. */
static int pq_wait(PGconn *db, int64_t until) {
    struct pollfd fd = {PQsocket(db), POLLIN, 0};
    int64_t left;

    while (PQisBusy(db)) {
        left = until - pq_now_ms();
        if (left <= 0 || (poll(&fd, 1, (int)left) < 0 && errno != EINTR)) return 0;
        if (fd.revents && !PQconsumeInput(db)) return 0;
    }
    return 1;
}

/* The last result of what was sent, or the first error, as PQexec has it; NULL where it could not be sent. */
static PGresult *pq_result(PGconn *db, int sent) {
    int64_t until = pq_now_ms() + PQ_BOUND_MS;
    PGresult *result = NULL, *next;

    while (sent) {
        /* what is read from a socket that is shut is its end, which libpq makes the error of */
        if (!pq_wait(db, until) && PQsocket(db) >= 0) (void)shutdown(PQsocket(db), SHUT_RDWR);
        next = PQgetResult(db);
        if (!next) break;
        if (result && PQresultStatus(result) == PGRES_FATAL_ERROR) {
            PQclear(next);
            continue;
        }
        PQclear(result);
        result = next;
    }
    return result;
}

static PGresult *pq_exec(PGconn *db, const char *sql) { return pq_result(db, PQsendQuery(db, sql)); }
static PGresult *pq_exec_params(PGconn *db, const char *sql, int count, const Oid *types,
        const char *const *values, const int *lengths, const int *formats, int format) {
    return pq_result(db, PQsendQueryParams(db, sql, count, types, values, lengths, formats, format));
}
