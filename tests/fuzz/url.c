/* URLs and addresses. What the parser takes, node's URL and Python's urlsplit take with the same host and
   port; texts are addresses exactly where Python's ipaddress has them, and the policy lets none through
   that it does not call public; addresses are written as Python writes them. The first byte of an input says
   what the others are. */
#define _POSIX_C_SOURCE 200809L
#include "../../akolhook.h"
#include "oracle.h"

static oracle python, node;
static char answer[4 * FUZZ_MOST];

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    oracle_start(&python, "python3", "tests/fuzz/oracle.py", NULL);
    oracle_start(&node, "node", "tests/fuzz/oracle.mjs", NULL);
    return 0;
}

static void expect(const char *who, const char *wanted) {
    if (strcmp(answer, wanted) != 0) {
        fprintf(stderr, "ours: %s\n%s: %s\n", wanted, who, answer);
        FUZZ_CHECK(0);
    }
}

/* The host in lower case; node writes IPv6 in its own way, so that addresses are compared by their bytes. */
static void check_node(const akolhook_url *url, const char *host) {
    char wanted[AKOLHOOK_MAX_URL + 32], *at = strchr(answer, ' '), *end;
    akolhook_addr addr;

    /* names in A-labels that decode to nothing, or to another name: the lookup will tell */
    if (answer[0] == '-') {
        FUZZ_CHECK(strstr(host, "xn--") != NULL);
        return;
    }
    FUZZ_CHECK(at != NULL);
    if (at[1] == '[') {
        end = strchr(at, ']');
        FUZZ_CHECK(end && url->host_type == AKOLHOOK_HOST_IPV6);
        FUZZ_CHECK(akolhook_addr_parse(akolhook_str_n(at + 2, (size_t)(end - at - 2)), &addr) == AKOLHOOK_OK);
        FUZZ_CHECK(memcmp(addr.bytes, url->addr.bytes, 16) == 0);
        snprintf(wanted, sizeof wanted, " %u", url->port);
        FUZZ_CHECK(strcmp(end + 1, wanted) == 0);
        return;
    }
    snprintf(wanted, sizeof wanted, "%s: %s %u", url->https ? "https" : "http", host, url->port);
    expect("node", wanted);
}

static void check_url(const uint8_t *data, size_t len) {
    char host[AKOLHOOK_MAX_URL + 1], wanted[AKOLHOOK_MAX_URL + 32];
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_status name, whole;
    akolhook_url url;
    size_t i;

    if (akolhook_url_parse(akolhook_str_n(data, len), AKOLHOOK_ALLOW_HTTP, &url) != AKOLHOOK_OK) {
        FUZZ_CHECK(url.host.len == 0 && url.port == 0);
        return;
    }
    for (i = 0; i < url.host.len; i++)
        host[i] = (char)(url.host.ptr[i] >= 'A' && url.host.ptr[i] <= 'Z' ? url.host.ptr[i] + 32
                                                                          : url.host.ptr[i]);
    host[url.host.len] = 0;

    oracle_ask(&python, 'u', data, len, answer, sizeof answer);
    snprintf(wanted, sizeof wanted, "%s %s %u", url.https ? "https" : "http", host, url.port);
    expect("python", wanted);
    oracle_ask(&node, 'u', data, len, answer, sizeof answer);
    check_node(&url, host);

    policy.flags = AKOLHOOK_ALLOW_HTTP;
    whole = akolhook_policy_url(&policy, &url);
    name = url.addr.family ? akolhook_policy_addr(&policy, &url.addr)
                           : akolhook_policy_name(&policy, url.host);
    FUZZ_CHECK(whole == name);
}

static void check_address(const uint8_t *data, size_t len) {
    char hex[33] = "-", text[AKOLHOOK_ADDR_SIZE];
    akolhook_addr addr, again;
    unsigned i;

    if (akolhook_addr_parse(akolhook_str_n(data, len), &addr) == AKOLHOOK_OK) {
        for (i = 0; i < (addr.family == 4 ? 4u : 16u); i++) sprintf(hex + 2 * i, "%02x", addr.bytes[i]);
        akolhook_addr_format(&addr, text);
        FUZZ_CHECK(akolhook_addr_parse(akolhook_str_c(text), &again) == AKOLHOOK_OK);
        FUZZ_CHECK(memcmp(&addr, &again, sizeof addr) == 0);
    }
    oracle_ask(&python, 'a', data, len, answer, sizeof answer);
    expect("python", hex);
}

static void check_policy(const uint8_t *data, size_t len) {
    char text[AKOLHOOK_ADDR_SIZE], wanted[AKOLHOOK_ADDR_SIZE + 4];
    akolhook_addr addr = AKOLHOOK_INIT;

    addr.family = len >= 16 ? 6 : 4;
    len = len >= 16 ? 16 : 4;
    memcpy(addr.bytes, data, len);
    akolhook_addr_format(&addr, text);
    snprintf(wanted, sizeof wanted, "%s %s", akolhook_policy_addr(NULL, &addr) == AKOLHOOK_OK ? "yes" : "-",
            text);
    oracle_ask(&python, 'p', data, len, answer, sizeof answer);
    expect("python", wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len < 1 || len > 1000) return 0;
    if (data[0] % 4 == 0)
        check_address(data + 1, len - 1);
    else if (data[0] % 4 == 1 && len > 4)
        check_policy(data + 1, len - 1);
    else
        check_url(data + 1, len - 1);
    return 0;
}
