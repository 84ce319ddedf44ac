/* lwIP as most firmware has it: its sockets under the names of POSIX, which are macros then. */
#define NO_SYS                      0
#define LWIP_SOCKET                 1
#define LWIP_COMPAT_SOCKETS         1
#define LWIP_POSIX_SOCKETS_IO_NAMES 1
#define LWIP_DNS                    1
#define LWIP_IPV4                   1
#define LWIP_IPV6                   1
#define LWIP_TIMEVAL_PRIVATE        0
