/* akolhook.h behind lwIP's headers, whose macros rename socket, connect, send, recv, read, write, close, poll
   and others. That it compiles is the test, as C and as C++: tests/platforms/lwip/run.sh. */
#include "lwip/sockets.h"
#include "lwip/netdb.h"
#if !defined(connect) || !defined(send) || !defined(close)
#error "lwIP renames nothing here: the options of tests/platforms/lwip/compat were not found first"
#endif
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_NO_POSIX
#include "akolhook.h"

int hooks_keep_their_names(const akolhook_transport *transport, akolhook_conn *conn);
int hooks_keep_their_names(const akolhook_transport *transport, akolhook_conn *conn) {
    char byte = 0;
    ptrdiff_t n = transport->send_fn(conn, &byte, 1) + transport->recv_fn(conn, &byte, 1);
    transport->close_fn(conn);
    return n != 0;
}
