/* The url layer: what a URL may look like, how addresses are read and written, and where a policy lets them
   go. */
#ifndef TEST_LINKED /* with the implementation in an object of its own */
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "../akolhook.h"
#include "check.h"
#include "guard.h"
#ifdef _WIN32
#include <ws2tcpip.h>
#elif !defined(CHECK_BARE)
#include <arpa/inet.h>
#endif

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define X8 "xxxxxxxx"
#define X62 X8 X8 X8 X8 X8 X8 X8 "xxxxxx"
#define TEXT(literal) literal, sizeof(literal) - 1

static guard page;

static akolhook_str guarded(const void *text, size_t len) {
    return akolhook_str_n(guard_copy(&page, text, len), len);
}

static akolhook_status parse(const char *text, size_t len, akolhook_url *url) {
    return akolhook_url_parse(guarded(text, len), AKOLHOOK_ALLOW_HTTP, url);
}

static int is_zero(const void *memory, size_t len) {
    const unsigned char *p = (const unsigned char *)memory;
    size_t i;
    for (i = 0; i < len; i++)
        if (p[i]) return 0;
    return 1;
}

/* ---- URLs ---- */

static const struct {
    const char *text, *host;
    int type;
    long port;
    int is_default;
    const char *target, *path, *query;
} accepted[] = {
        {"https://example.com", "example.com", 1, 443, 1, "", "", ""},
        {"HTTPS://ok", "ok", 1, 443, 1, "", "", ""},
        {"hTTp://Example.COM/", "Example.COM", 1, 80, 1, "/", "/", ""},
        {"https://example.com:8443/hook", "example.com", 1, 8443, 0, "/hook", "/hook", ""},
        {"https://example.com:443/hook?a=b&c=d", "example.com", 1, 443, 1, "/hook?a=b&c=d", "/hook",
                "a=b&c=d"},
        {"http://example.com:443", "example.com", 1, 443, 0, "", "", ""},
        {"http://example.com:80", "example.com", 1, 80, 1, "", "", ""},
        {"https://example.com:1", "example.com", 1, 1, 0, "", "", ""},
        {"https://example.com:65535", "example.com", 1, 65535, 0, "", "", ""},
        {"https://example.com?token=1", "example.com", 1, 443, 1, "?token=1", "", "token=1"},
        {"https://example.com?", "example.com", 1, 443, 1, "?", "", ""},
        {"https://example.com/?a?b/c", "example.com", 1, 443, 1, "/?a?b/c", "/", "a?b/c"},
        {"https://example.com/a/../b/./%2e%2E//c", "example.com", 1, 443, 1, "/a/../b/./%2e%2E//c",
                "/a/../b/./%2e%2E//c", ""},
        {"https://example.com/@user:x;p=1,2!$&'()*+~_.-", "example.com", 1, 443, 1,
                "/@user:x;p=1,2!$&'()*+~_.-", "/@user:x;p=1,2!$&'()*+~_.-", ""},
        {"https://example.com/https://other.example/", "example.com", 1, 443, 1, "/https://other.example/",
                "/https://other.example/", ""},
        {"https://my_app.example.com/", "my_app.example.com", 1, 443, 1, "/", "/", ""},
        {"https://xn--exmple-cua.com/", "xn--exmple-cua.com", 1, 443, 1, "/", "/", ""},
        {"https://1.2.3.4.example/", "1.2.3.4.example", 1, 443, 1, "/", "/", ""},
        {"https://3com.com", "3com.com", 1, 443, 1, "", "", ""},
        {"https://0x7f.1.1e3/", "0x7f.1.1e3", 1, 443, 1, "/", "/", ""},
        {"https://8.8.8.8/", "8.8.8.8", 4, 443, 1, "/", "/", ""},
        {"https://255.255.255.255:99", "255.255.255.255", 4, 99, 0, "", "", ""},
        {"https://[::1]", "::1", 6, 443, 1, "", "", ""},
        {"https://[2606:4700:4700::1111]:8443/x?y", "2606:4700:4700::1111", 6, 8443, 0, "/x?y", "/x", "y"},
        {"https://[::FFFF:192.0.2.1]/", "::FFFF:192.0.2.1", 6, 443, 1, "/", "/", ""},
        {"https://" X62 "x.com", X62 "x.com", 1, 443, 1, "", "", ""}, /* a label of 63 */
};

static void test_accepted(void) {
    size_t i;
    for (i = 0; i < COUNT(accepted); i++) {
        akolhook_url url;
        size_t len = strlen(accepted[i].text);
        akolhook_status st = parse(accepted[i].text, len, &url);
        if (st != AKOLHOOK_OK) {
            printf("%s: %s\n", accepted[i].text, akolhook_status_name(st));
            check_bad++;
            continue;
        }
        CHECK_STR(url.text, accepted[i].text);
        CHECK_STR(url.host, accepted[i].host);
        CHECK_STR(url.target, accepted[i].target);
        CHECK_STR(url.path, accepted[i].path);
        CHECK_STR(url.query, accepted[i].query);
        CHECK_INT(url.host_type, accepted[i].type);
        CHECK_INT(url.port, accepted[i].port);
        CHECK_INT(url.default_port, accepted[i].is_default);
        CHECK_INT(url.https, accepted[i].text[4] == 's' || accepted[i].text[4] == 'S');
        CHECK_INT(url.addr.family, accepted[i].type == 1 ? 0 : accepted[i].type);
    }
}

static const struct {
    akolhook_status status;
    const char *text;
    size_t len;
} refused[] = {
        {AKOLHOOK_URL_SYNTAX, TEXT("")},
        {AKOLHOOK_URL_SCHEME, TEXT("ftp://example.com/")},
        {AKOLHOOK_URL_SCHEME, TEXT("file:///etc/passwd")},
        {AKOLHOOK_URL_SCHEME, TEXT("gopher://127.0.0.1:25/")},
        {AKOLHOOK_URL_SCHEME, TEXT("xttps://example.com/")},
        {AKOLHOOK_URL_SCHEME, TEXT("//x")},
        {AKOLHOOK_URL_SCHEME, TEXT("example.com")},
        {AKOLHOOK_URL_SCHEME, TEXT("httpss://x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("http")},
        {AKOLHOOK_URL_SCHEME, TEXT("://x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https:x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https:/x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https:")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https:/")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https://")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https:///x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https://?x")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https://:443/")},
        {AKOLHOOK_URL_USERINFO, TEXT("https://a:b@h/")},
        {AKOLHOOK_URL_USERINFO, TEXT("https://@h/")},
        {AKOLHOOK_URL_USERINFO, TEXT("https://good.com@169.254.169.254/")},
        {AKOLHOOK_URL_USERINFO, TEXT("https://good.com:443@10.0.0.1/")},
        {AKOLHOOK_URL_USERINFO, TEXT("https://good.com%5c@127.0.0.1/")},
        {AKOLHOOK_URL_FRAGMENT, TEXT("https://example.com/#")},
        {AKOLHOOK_URL_FRAGMENT, TEXT("https://example.com#x")},
        {AKOLHOOK_URL_FRAGMENT, TEXT("https://example.com?a#b")},
        {AKOLHOOK_URL_FRAGMENT, TEXT("https://good.com#@127.0.0.1/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com\\@127.0.0.1/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https:\\\\good.com/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com /")},
        {AKOLHOOK_URL_CHARACTER, TEXT(" https://good.com/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/ ")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/\n")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com\r\nHost: evil/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("ht\ttps://good.com/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com\0.evil/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/\0")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/\177")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/caf\303\251")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/<\">")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/^`{|}")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/[x]")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/?a[]=1")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/%")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/%4")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/%4g")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://good.com/%%41")},
        /* the same in other alphabets: circled and fullwidth forms, a soft hyphen */
        {AKOLHOOK_URL_CHARACTER,
                TEXT("https://\342\221\240\342\221\241\342\221\246.\342\223\252.\342\223\252.\342\221\240/")},
        {AKOLHOOK_URL_CHARACTER,
                TEXT("https://\357\275\214\357\275\217\357\275\203\357\275\201\357\275\214host/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://\342\223\224xample.com/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://exam\302\255ple.com/")},
        /* spellings of IPv4 addresses that resolvers take */
        {AKOLHOOK_URL_HOST, TEXT("https://127.1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://2130706433/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0x7f000001/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0X7F000001/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0x/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0177.0.0.1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0x7f.1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://127.0.0.0x1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://017700000001/")},
        {AKOLHOOK_URL_HOST, TEXT("https://169.254.43518/")},
        {AKOLHOOK_URL_HOST, TEXT("https://2852039166/")},
        {AKOLHOOK_URL_HOST, TEXT("https://0251.0376.0251.0376/")},
        {AKOLHOOK_URL_HOST, TEXT("https://127.0.0.1./")},
        {AKOLHOOK_URL_HOST, TEXT("https://00000127.0.0.1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://1.2.3.4.5/")},
        {AKOLHOOK_URL_HOST, TEXT("https://256.1.1.1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://1.2.3/")},
        {AKOLHOOK_URL_HOST, TEXT("https://1.2.3.04/")},
        {AKOLHOOK_URL_HOST, TEXT("https://example.123/")},
        {AKOLHOOK_URL_HOST, TEXT("https://%31.2.3.4/")},
        {AKOLHOOK_URL_HOST, TEXT("https://ex%61mple.com/")},
        /* IPv6 literals */
        {AKOLHOOK_URL_HOST, TEXT("https://[::1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[]/")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https://::1]/")},
        {AKOLHOOK_URL_SYNTAX, TEXT("https://::1/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[::1]x/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[::1]]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://x[::1]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[fe80::1%25eth0]/")},
        {AKOLHOOK_URL_CHARACTER, TEXT("https://[fe80::1%eth0]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[1::2::3]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[:::]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[1:2:3:4:5:6:7:8:9]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[127.0.0.1]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[v1.x]/")},
        {AKOLHOOK_URL_HOST, TEXT("https://[example.com]/")},
        /* names */
        {AKOLHOOK_URL_HOST, TEXT("https://./")},
        {AKOLHOOK_URL_HOST, TEXT("https://../")},
        {AKOLHOOK_URL_HOST, TEXT("https://.example.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://example..com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://example.com./")},
        {AKOLHOOK_URL_HOST, TEXT("https://LOCALHOST./")},
        {AKOLHOOK_URL_HOST, TEXT("https://example.com../")},
        {AKOLHOOK_URL_HOST, TEXT("https://-a.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://a-.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://a.com-/")},
        {AKOLHOOK_URL_HOST, TEXT("https://a,b.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://a*b.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://a~b.com/")},
        {AKOLHOOK_URL_HOST, TEXT("https://" X62 "xx.com/")}, /* a label of 64 */
        /* ports */
        {AKOLHOOK_URL_PORT, TEXT("https://h:0/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:65536/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:99999/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:4294967739/")}, /* 2^32 + 443 */
        {AKOLHOOK_URL_PORT, TEXT("https://h:/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:+443/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:-1/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:0443/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:44x/")},
        {AKOLHOOK_URL_PORT, TEXT("https://h:443:443/")},
        {AKOLHOOK_URL_PORT, TEXT("https://[::1]:/")},
        {AKOLHOOK_URL_PORT, TEXT("https://fe80::1/")},
};

static void test_refused(void) {
    size_t i;
    for (i = 0; i < COUNT(refused); i++) {
        akolhook_url url;
        akolhook_status st = parse(refused[i].text, refused[i].len, &url);
        if (st != refused[i].status) {
            printf("%s: %s, expected %s\n", refused[i].text, akolhook_status_name(st),
                    akolhook_status_name(refused[i].status));
            check_bad++;
        }
        CHECK(is_zero(&url, sizeof url));
    }
}

static void test_scheme_flag(void) {
    akolhook_url url;
    akolhook_str none = AKOLHOOK_INIT;
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("http://example.com/"), 0, &url), URL_SCHEME);
    CHECK(is_zero(&url, sizeof url));
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("http://example.com/"), AKOLHOOK_ALLOW_HTTP, &url), OK);
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("https://example.com/"), 0, &url), OK);
    CHECK_STATUS(akolhook_url_parse(none, 0, &url), URL_SYNTAX);
}

static void test_lengths(void) {
    static char text[AKOLHOOK_MAX_URL + 2];
    akolhook_url url;
    size_t n;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://example.com/", 20);
    CHECK_STATUS(parse(text, AKOLHOOK_MAX_URL, &url), OK);
    CHECK_STATUS(parse(text, AKOLHOOK_MAX_URL + 1, &url), URL_TOO_LONG);
    /* a name of 253 characters is the longest: 8 for the scheme, then labels of 49 and a dot */
    memset(text, 'a', sizeof text);
    memcpy(text, "https://", 8);
    for (n = 8 + 49; n < 8 + 253; n += 50) text[n] = '.';
    CHECK_STATUS(parse(text, 8 + 253, &url), OK);
    CHECK_STATUS(parse(text, 8 + 254, &url), URL_HOST);
    text[8 + 253] = '/';
    CHECK_STATUS(parse(text, 8 + 254, &url), OK);
    CHECK_INT(url.host.len, 253);
    text[8 + 253] = '.';
    CHECK_STATUS(akolhook_policy_name(NULL, akolhook_str_n(text + 8, 253)), OK);
    CHECK_STATUS(akolhook_policy_name(NULL, akolhook_str_n(text + 8, 254)), OK);
    text[8 + 253] = 'a';
    CHECK_STATUS(akolhook_policy_name(NULL, akolhook_str_n(text + 8, 254)), BLOCKED_NAME);
}

/* Whatever is accepted is made of its own parts, in their order. */
static void check_parts(const char *text, size_t len, const akolhook_url *url) {
    const char *p = url->text.ptr + (url->https ? 8 : 7);
    char digits[8];
    if (url->host_type == AKOLHOOK_HOST_IPV6) p++;
    CHECK(url->host.ptr == p);
    p += url->host.len + (url->host_type == AKOLHOOK_HOST_IPV6);
    if (p < url->text.ptr + url->text.len && *p == ':') {
        sprintf(digits, ":%u", (unsigned)url->port);
        CHECK_MEM(p, strlen(digits), digits, strlen(digits));
        p += strlen(digits);
    } else
        CHECK(url->default_port);
    CHECK_MEM(url->text.ptr, url->text.len, text, len);
    CHECK(url->target.len == 0 || url->target.ptr == p);
    CHECK_INT(p - url->text.ptr + (ptrdiff_t)url->target.len, len);
    CHECK_INT(url->path.len + url->query.len + (url->target.len > url->path.len), url->target.len);
    CHECK(memchr(url->text.ptr, '@', (size_t)(p - url->text.ptr)) == NULL);
}

static void test_cut_and_changed(void) {
    size_t i, at, len;
    int c;
    for (i = 0; i < COUNT(accepted); i++) {
        char copy[200];
        akolhook_url url;
        len = strlen(accepted[i].text);
        for (at = 0; at < len; at++)
            if (parse(accepted[i].text, at, &url) == AKOLHOOK_OK)
                check_parts(accepted[i].text, at, &url);
            else
                CHECK(is_zero(&url, sizeof url));
        memcpy(copy, accepted[i].text, len);
        for (at = 0; at < len; at++) {
            for (c = 0; c < 256; c++) {
                copy[at] = (char)c;
                if (parse(copy, len, &url) == AKOLHOOK_OK)
                    check_parts(copy, len, &url);
                else
                    CHECK(is_zero(&url, sizeof url));
            }
            copy[at] = accepted[i].text[at];
        }
    }
}

/* A % stands before two digits of hex, at the end of a URL too, and each other byte in their place is
   refused (RFC 3986 section 2.1). */
static void test_escapes(void) {
    static const char digits[] = "0123456789abcdefABCDEF";
    akolhook_url url;
    char text[] = "https://h/a%00";
    const size_t len = sizeof text - 1;
    size_t at, i;
    int c;
    for (at = len - 2; at < len; at++)
        for (c = 0; c < 256; c++)
            for (i = 0; i < sizeof digits - 1; i++) {
                const int is_digit = c && strchr(digits, c);
                text[len - 2] = text[len - 1] = digits[i];
                text[at] = (char)c;
                CHECK_INT(parse(text, len, &url), is_digit ? AKOLHOOK_OK : AKOLHOOK_URL_CHARACTER);
            }
    CHECK_STATUS(parse(TEXT("https://h/%41%5a%5A%"), &url), URL_CHARACTER);
    CHECK_STATUS(parse(TEXT("https://h/%41%5a%5A%4"), &url), URL_CHARACTER);
    CHECK_STATUS(parse(TEXT("https://h/%41%5a%5A%41"), &url), OK);
    CHECK_STATUS(parse(TEXT("https://h/%41 "), &url), URL_CHARACTER);
}

/* ---- the names of certificates ---- */

static const struct {
    const char *pattern, *host;
    int covers;
} matches[] = {
        {"example.com", "example.com", 1},
        {"Example.COM", "eXAMPLE.com", 1},
        {"example.com", "example.com.", 1}, /* a final dot of the host is the lookup's */
        {"example.com.", "example.com", 0}, /* no certificate has one (RFC 5280 section 4.2.1.6) */
        {"example.com.", "example.com.", 0},
        {"localhost", "localhost", 1},
        {"example.com", "example.org", 0},
        {"example.com", "www.example.com", 0},
        {"www.example.com", "example.com", 0},
        {"exampl[.com", "exampl{.com", 0}, /* 0x5b and 0x7b are no letters */
        {"*.example.com", "www.example.com", 1},
        {"*.EXAMPLE.com", "WWW.example.COM", 1},
        {"*.example.com", "www.example.com.", 1},
        {"*.example.com", "xn--bcher-kva.example.com", 1},
        {"*.example.com", "example.com", 0},
        {"*.example.com", ".example.com", 0},
        {"*.example.com", "a.b.example.com", 0}, /* one label */
        {"*.b.example.com", "a.b.example.com", 1},
        {"*.example.com.", "www.example.com", 0},
        {"*.com", "example.com", 0}, /* two labels behind it at least */
        {"*.com.", "example.com.", 0},
        {"*.local", "a.local", 0},
        {"*.local", "local", 0},
        {"*.example.com", "example", 0},
        {"*", "localhost", 0},
        {"*", "example.com", 0},
        {"*.", "example.", 0},
        {"*.*.com", "a.example.com", 0},
        {"www.*.com", "www.example.com", 0},
        {"w*.example.com", "www.example.com", 0}, /* a whole label */
        {"*w.example.com", "www.example.com", 0},
        {"w.example.com", "www.example.com", 0}, /* one byte before the dot, and no star */
        {"*wexample.com", "www.example.com", 0},
        {"**.example.com", "www.example.com", 0},
        {"*example.com", "wexample.com", 0},
        {"", "example.com", 0},
        {"", "", 0},
        {"", ".", 0},
        {".", ".", 0},
        {".com", ".com", 0},
};

static void test_host_match(void) {
    const akolhook_str none = AKOLHOOK_INIT;
    char name[2 * 255];
    size_t i;
    for (i = 0; i < COUNT(matches); i++) {
        const size_t len = strlen(matches[i].pattern);
        const akolhook_str host = akolhook_str_c(matches[i].host);
        int covers = akolhook_host_match(guarded(matches[i].pattern, len), host);
        if (covers != matches[i].covers)
            printf("%s of %s: %d\n", matches[i].host, matches[i].pattern, covers);
        CHECK_INT(covers, matches[i].covers);
        covers = akolhook_host_match(akolhook_str_c(matches[i].pattern), guarded(host.ptr, host.len));
        CHECK_INT(covers, matches[i].covers);
    }

    /* a NUL in a certificate's name ends nothing */
    CHECK_INT(akolhook_host_match(guarded(TEXT("example.com\0.evil.org")), akolhook_str_c("example.com")), 0);
    CHECK_INT(akolhook_host_match(guarded(TEXT("*.a.com\0.evil.org")), akolhook_str_c("b.a.com")), 0);
    CHECK_INT(akolhook_host_match(none, none), 0);
    CHECK_INT(akolhook_host_match(none, akolhook_str_c("a")), 0);
    CHECK_INT(akolhook_host_match(akolhook_str_c("a"), none), 0);

    /* no name is longer than 255, a final dot apart */
    memset(name, 'x', sizeof name);
    CHECK_INT(akolhook_host_match(akolhook_str_n(name, 255), akolhook_str_n(name, 255)), 1);
    CHECK_INT(akolhook_host_match(akolhook_str_n(name, 256), akolhook_str_n(name, 256)), 0);
    name[255] = '.';
    CHECK_INT(akolhook_host_match(akolhook_str_n(name, 255), akolhook_str_n(name, 256)), 1);

    /* the letters of ASCII are the same in both cases, and no other byte is another's */
    for (i = 0; i < 256; i++) {
        const char letter = (char)i, other = (char)(i ^ ('a' ^ 'A'));
        const int is_letter = (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z');
        if (letter == '.' || other == '.') continue;
        CHECK_INT(akolhook_host_match(akolhook_str_n(&letter, 1), akolhook_str_n(&letter, 1)), 1);
        CHECK_INT(akolhook_host_match(akolhook_str_n(&letter, 1), akolhook_str_n(&other, 1)), is_letter);
    }
}

/* ---- masking ---- */

static const struct {
    const char *text, *masked;
} masks[] = {
        {"https://user:pa/ss@host/", "https://***@host/"},
        /* a password with a ?, or a query with an @ that something behind it makes no URL: who can tell */
        {"https://user:p?w@h/?token=x", "https://***@?***"},
        {"https://h.example/in?to=a@b.example&token=x\n", "https://***@?***"},
        {"https://h.example/in#to=a@b.example&token=x\n", "https://***@#***"},
        {"https://h.example/in?to=a@b.example&token=x", "https://h.example/in?***"},
        {"h?a@b@c", "***@?***"},
        {"https://h.example/@name?token=x", "https://h.example/@name?***"},
        {"https://example.com/hook", "https://example.com/hook"},
        {"https://example.com/hook?token=abc", "https://example.com/hook?***"},
        {"https://example.com?", "https://example.com?***"},
        {"https://example.com/a#token", "https://example.com/a#***"},
        {"https://example.com/a?b?c#d", "https://example.com/a?***"},
        {"https://user:pass@example.com/x", "https://***@example.com/x"},
        {"https://us@er:pa@ss@example.com/@x?y", "https://***@x?***"},
        {"https://@example.com/", "https://***@example.com/"},
        {"https://example.com/@user", "https://example.com/@user"},
        {"https:/user:pass@example.com/", "https:/***@example.com/"},
        {"https:///user:pass@example.com/", "https:///***@example.com/"},
        {"https:\\\\user:pass@example.com/", "https:\\\\***@example.com/"},
        {"https:\\user:pass@example.com/", "https:\\***@example.com/"},
        {"a:x\\u:p@h/", "***@h/"},
        {"user:pass@example.com/x", "***@example.com/x"},
        {"https://example.com\r\nset: x\303\251\177", "https://example.com..set:.x..."},
        {"", ""},
        {":", ":"},
        {"?", "?***"},
        {"@", "***@"},
        {"https://", "https://"},
        {"https:/", "https:/"},
};

static void test_mask(void) {
    size_t i, cap, n;
    int c;
    for (i = 0; i < COUNT(masks); i++) {
        size_t need = strlen(masks[i].masked) + 1;
        for (cap = 0; cap <= need + 1; cap++) {
            char out[80];
            memset(out, 'Z', sizeof out);
            akolhook_url_mask(guarded(masks[i].text, strlen(masks[i].text)), out, cap);
            for (n = cap; n < sizeof out; n++) CHECK(out[n] == 'Z');
            if (cap == 0) continue;
            CHECK_MEM(out, strlen(out), masks[i].masked, cap < need ? cap - 1 : need - 1);
        }
    }
    for (c = 0; c < 256; c++) { /* visible ASCII as it is, a dot for all else */
        char text[2] = "a", out[8], want[3] = "a";
        if (c && strchr("?#@", c)) continue; /* these begin or end what is masked */
        text[1] = (char)c;
        want[1] = c > ' ' && c < 127 ? (char)c : '.';
        akolhook_url_mask(guarded(text, 2), out, sizeof out);
        CHECK_TEXT(out, want);
    }
    {
        char out[4] = "ZZZ";
        akolhook_str none = AKOLHOOK_INIT;
        akolhook_url_mask(none, out, sizeof out);
        CHECK_TEXT(out, "");
        none.len = 3; /* of nothing */
        akolhook_url_mask(none, out, sizeof out);
        CHECK_TEXT(out, "");
    }
}

/* ---- addresses ---- */

/* Text, its bytes, and the form of RFC 5952 (whose sections 4 and 5 many rows come from). */
static const struct {
    const char *text, *hex, *canonical;
} addresses[] = {
        {"0.0.0.0", "00000000", "0.0.0.0"},
        {"255.255.255.255", "ffffffff", "255.255.255.255"},
        {"192.168.1.10", "c0a8010a", "192.168.1.10"},
        {"::", "00000000000000000000000000000000", "::"},
        {"0:0:0:0:0:0:0:0", "00000000000000000000000000000000", "::"},
        {"::1", "00000000000000000000000000000001", "::1"},
        {"1::", "00010000000000000000000000000000", "1::"},
        {"2001:db8:0:0:1:0:0:1", "20010db8000000000001000000000001", "2001:db8::1:0:0:1"},
        {"2001:0db8::0001", "20010db8000000000000000000000001", "2001:db8::1"},
        {"2001:db8:0:0:0:0:2:1", "20010db8000000000000000000020001", "2001:db8::2:1"},
        {"2001:db8:0:1:1:1:1:1", "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "20010000000000010000000000000001", "2001:0:0:1::1"},
        {"2001:DB8::AbCd", "20010db800000000000000000000abcd", "2001:db8::abcd"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008", "0:2:3:4:5:6:7:8"},
        {"1:0:0:4::", "00010000000000040000000000000000", "1:0:0:4::"},
        {"::ffff:192.0.2.1", "00000000000000000000ffffc0000201", "::ffff:192.0.2.1"},
        {"::ffff:c000:201", "00000000000000000000ffffc0000201", "::ffff:192.0.2.1"},
        {"1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304", "1:2:3:4:5:6:102:304"},
        {"64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221", "64:ff9b::c000:221"},
        {"::1.2.3.4", "00000000000000000000000001020304", "::102:304"},
        {"::ff01:192.0.2.1", "00000000000000000000ff01c0000201", "::ff01:c000:201"},
        {"::feff:192.0.2.1", "00000000000000000000feffc0000201", "::feff:c000:201"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffffffffffffffffffffffffffffffff",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};
static const char *const no_addresses[] = {
        "",
        ".",
        "1",
        "1.2.3",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.00",
        "1.2.3.256",
        "1.2.3.1000",
        "1.2.3.-4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "+1.2.3.4",
        "0x1.2.3.4",
        "1.2.3.4/8",
        "a.b.c.d",
        ":",
        ":::",
        "::1::",
        "1::2::3",
        ":1",
        "1:",
        ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4::5:6:7:8",
        "12345::",
        "::g",
        "::1%eth0",
        "[::1]",
        "::1.2.3",
        "::1.2.3.4.5",
        "::01.2.3.4",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6::1.2.3.4",
        "::256.1.1.1",
        "1 ::",
        "::-1",
};

static void test_addresses(void) {
    akolhook_str none = AKOLHOOK_INIT;
    akolhook_addr a, b;
    char text[AKOLHOOK_ADDR_SIZE + 1];
    uint8_t raw[16];
    size_t i, at, len;
    for (i = 0; i < COUNT(addresses); i++) {
        len = strlen(addresses[i].text);
        CHECK_STATUS(akolhook_addr_parse(guarded(addresses[i].text, len), &a), OK);
        CHECK_STATUS(akolhook_hex_decode(akolhook_str_c(addresses[i].hex), raw, sizeof raw, &at), OK);
        CHECK_INT(a.family, at == 4 ? 4 : 6);
        CHECK_MEM(a.bytes, at, raw, at);
        memset(text, 'Z', sizeof text);
        akolhook_addr_format(&a, text);
        CHECK_TEXT(text, addresses[i].canonical);
        CHECK(text[AKOLHOOK_ADDR_SIZE] == 'Z');
    }
    for (i = 0; i < COUNT(no_addresses); i++) {
        CHECK_STATUS(akolhook_addr_parse(guarded(no_addresses[i], strlen(no_addresses[i])), &a), BAD_ADDRESS);
        CHECK(is_zero(&a, sizeof a));
    }
    CHECK_STATUS(akolhook_addr_parse(none, &a), BAD_ADDRESS);
    none.len = 3; /* of nothing */
    CHECK_STATUS(akolhook_addr_parse(none, &a), BAD_ADDRESS);
    memset(&b, 0, sizeof b);
    akolhook_addr_format(&b, text);
    CHECK_TEXT(text, "");
}

/* Each byte of an IPv4 address in decimal; of an IPv6 address nothing is read behind its sixteen bytes, and
   a run of zeros may be its last groups, all of them, or those before an IPv4 part. */
static void test_addresses_written(void) {
    static const char *const rows[] = {"::", "1::", "1:2:3:4:5:6::", "::ffff:0.0.0.0", "::1:0:0:1",
            "1:0:2:0:3:0:4:0"}; /* as sections 4.2.2 and 4.2.3 of RFC 5952 have it */
    struct {
        akolhook_addr addr;
        uint8_t behind[8];
    } a;
    char text[AKOLHOOK_ADDR_SIZE], want[AKOLHOOK_ADDR_SIZE];
    size_t i;
    int byte;
    memset(&a, 0, sizeof a);
    a.addr.family = 4;
    for (byte = 0; byte < 256; byte++) {
        memset(a.addr.bytes, byte, 4);
        akolhook_addr_format(&a.addr, text);
        sprintf(want, "%d.%d.%d.%d", byte, byte, byte, byte);
        CHECK_TEXT(text, want);
    }
    for (byte = 0; byte < 256; byte += 255)
        for (i = 0; i < COUNT(rows); i++) {
            memset(&a, byte, sizeof a);
            CHECK_STATUS(akolhook_addr_parse(akolhook_str_c(rows[i]), &a.addr), OK);
            akolhook_addr_format(&a.addr, text);
            CHECK_TEXT(text, rows[i]);
        }
}

#ifndef CHECK_BARE
/* inet_pton reads the same from everything that is accepted, and from everything that is written. */
static void test_addresses_against_libc(void) {
    static const char letters[] = "0123456789abcdefABCDEF:.:.::";
    uint32_t seed = 1;
    int i, k;
    for (i = 0; i < 40000; i++) {
        char text[64];
        unsigned char raw[16];
        akolhook_addr a, b;
        size_t row = (size_t)i % COUNT(addresses), len = strlen(addresses[row].text);
        memcpy(text, addresses[row].text, len + 1);
        for (k = 0; k < 1 + i % 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % (len ? len : 1)] = letters[(seed >> 20) % (sizeof letters - 1)];
        }
        if (akolhook_addr_parse(guarded(text, len), &a) != AKOLHOOK_OK) continue;
        CHECK(inet_pton(a.family == 4 ? AF_INET : AF_INET6, text, raw) == 1);
        CHECK(memcmp(raw, a.bytes, a.family == 4 ? 4 : 16) == 0);
        akolhook_addr_format(&a, text);
        CHECK(inet_pton(a.family == 4 ? AF_INET : AF_INET6, text, raw) == 1);
        CHECK(memcmp(raw, a.bytes, a.family == 4 ? 4 : 16) == 0);
        CHECK_STATUS(akolhook_addr_parse(akolhook_str_c(text), &b), OK);
        CHECK(memcmp(&a, &b, sizeof a) == 0);
    }
}
#endif

/* ---- policy ---- */

static akolhook_addr address(const char *text) {
    akolhook_addr a;
    if (akolhook_addr_parse(akolhook_str_c(text), &a) != AKOLHOOK_OK) {
        printf("%s is no address\n", text);
        check_bad++;
    }
    return a;
}

/* The verdicts on an address, o for open and x for refused: under no policy, with AKOLHOOK_ALLOW_PRIVATE,
   with every address on the allow-list as halves of the whole space, and alone on the allow-list. */
static void verdicts(const akolhook_addr *a, const akolhook_addr *alone, char out[5]) {
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_cidr nets[4];
    memset(nets, 0, sizeof nets);
    nets[0].addr.family = nets[1].addr.family = 4;
    nets[2].addr.family = nets[3].addr.family = 6;
    nets[0].prefix = nets[1].prefix = nets[2].prefix = nets[3].prefix = 1;
    nets[1].addr.bytes[0] = nets[3].addr.bytes[0] = 128;
    out[0] = akolhook_policy_addr(NULL, a) == AKOLHOOK_OK ? 'o' : 'x';
    CHECK_INT(akolhook_policy_addr(&policy, a), akolhook_policy_addr(NULL, a));
    policy.flags = AKOLHOOK_ALLOW_PRIVATE | AKOLHOOK_ALLOW_HTTP;
    out[1] = akolhook_policy_addr(&policy, a) == AKOLHOOK_OK ? 'o' : 'x';
    policy.flags = 0;
    policy.allow = nets;
    policy.allow_count = 4;
    out[2] = akolhook_policy_addr(&policy, a) == AKOLHOOK_OK ? 'o' : 'x';
    nets[0].addr = *alone;
    nets[0].prefix = alone->family == 4 ? 32 : 128;
    policy.allow_count = 1;
    out[3] = akolhook_policy_addr(&policy, a) == AKOLHOOK_OK ? 'o' : 'x';
    out[4] = 0;
}

/* First and last address of each range. The ranges are those of IANA's special-purpose address registries
   ("Globally Reachable" is true: public, but for ORCHIDs), multicast, and the metadata addresses that AWS,
   Google, Azure, Oracle, Alibaba, Akamai and Scaleway publish; the public rows are their neighbours. */
static const struct {
    const char *verdicts, *first, *last;
} ranges[] = {
        {"xxxx", "0.0.0.0", "0.255.255.255"}, {"oooo", "1.0.0.0", "9.255.255.255"},
        {"xooo", "10.0.0.0", "10.255.255.255"}, {"oooo", "11.0.0.0", "100.63.255.255"},
        {"xxoo", "100.64.0.0", "100.100.100.199"}, {"xxxo", "100.100.100.200", "100.100.100.200"},
        {"xxoo", "100.100.100.201", "100.127.255.255"}, {"oooo", "100.128.0.0", "126.255.255.255"},
        {"xooo", "127.0.0.0", "127.255.255.255"}, {"oooo", "128.0.0.0", "168.63.129.15"},
        {"xxxo", "168.63.129.16", "168.63.129.16"}, {"oooo", "168.63.129.17", "169.253.255.255"},
        {"xxxo", "169.254.0.0", "169.254.255.255"}, {"xxxo", "169.254.169.254", "169.254.170.2"},
        {"oooo", "169.255.0.0", "172.15.255.255"}, {"xooo", "172.16.0.0", "172.31.255.255"},
        {"oooo", "172.32.0.0", "191.255.255.255"}, {"xxoo", "192.0.0.0", "192.0.0.8"},
        {"oooo", "192.0.0.9", "192.0.0.10"}, {"xxoo", "192.0.0.11", "192.0.0.191"},
        {"xxxo", "192.0.0.192", "192.0.0.192"}, {"xxoo", "192.0.0.193", "192.0.0.255"},
        {"oooo", "192.0.1.0", "192.0.1.255"}, {"xxoo", "192.0.2.0", "192.0.2.255"},
        {"oooo", "192.0.3.0", "192.31.195.255"}, {"oooo", "192.31.196.0", "192.31.196.255"},
        {"oooo", "192.31.197.0", "192.52.192.255"}, {"oooo", "192.52.193.0", "192.52.193.255"},
        {"oooo", "192.52.194.0", "192.88.98.255"}, {"xxoo", "192.88.99.0", "192.88.99.255"},
        {"oooo", "192.88.100.0", "192.167.255.255"}, {"xooo", "192.168.0.0", "192.168.255.255"},
        {"oooo", "192.169.0.0", "192.175.47.255"}, {"oooo", "192.175.48.0", "192.175.48.255"},
        {"oooo", "192.175.49.0", "198.17.255.255"}, {"xxoo", "198.18.0.0", "198.19.255.255"},
        {"oooo", "198.20.0.0", "198.51.99.255"}, {"xxoo", "198.51.100.0", "198.51.100.255"},
        {"oooo", "198.51.101.0", "203.0.112.255"}, {"xxoo", "203.0.113.0", "203.0.113.255"},
        {"oooo", "203.0.114.0", "223.255.255.255"}, {"xxxx", "224.0.0.0", "239.255.255.255"},
        {"xxoo", "240.0.0.0", "255.255.255.254"}, {"xxxx", "255.255.255.255", "255.255.255.255"},
        {"xxxx", "::", "::"}, {"xooo", "::1", "::1"}, {"xxxx", "::2", "::ffff:ffff"}, /* IPv4-compatible */
        {"xxoo", "::1:0:0", "::fffe:ffff:ffff"},
        {"xxoo", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0"},
        {"xxxx", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"}, {"xxoo", "64:ff9b:2::", "100::"},
        {"xxoo", "100:0:0:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxxx", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"}, /* Teredo */
        {"xxoo", "2001:1::", "2001:1::"}, {"oooo", "2001:1::1", "2001:1::2"},
        {"oooo", "2001:1::3", "2001:1::3"}, {"xxoo", "2001:1::4", "2001:2:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "2001:4::", "2001:4:111:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "2001:4:113::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"}, /* ORCHID */
        {"oooo", "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "2001:40::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxxx", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2003::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "2620:4f:8001::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"oooo", "3fff:1000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xooo", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xooo", "fd00:ec2::253", "fd00:ec2::255"}, {"xxxo", "fd00:ec2::254", "fd00:ec2::23"},
        {"xxxo", "fd20:ce::254", "fd00:c1::a9fe:a9fe"}, {"xxxo", "fd00:42::42", "fd00:42::42"},
        {"xxxo", "fd00:a9fe:a9fe::1", "fd00:100::100:200"},
        {"xxoo", "fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxxo", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxoo", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxxx", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"xxxx", "2606:4700::5efe:808:808", "2606:4700::200:5efe:10.0.0.1"},
        {"oooo", "2606:4700::100:5efe:808:808", "2606:4700::5eff:808:808"}, /* ISATAP */
};

static void check_verdicts(
        const char *name, const akolhook_addr *a, const akolhook_addr *alone, const char *want) {
    char got[5];
    verdicts(a, alone, got);
    if (strcmp(got, want) != 0) {
        printf("%s: %s, expected %s\n", name, got, want);
        check_bad++;
    }
}

static void test_ranges(void) {
    size_t i;
    for (i = 0; i < COUNT(ranges); i++) {
        akolhook_addr first = address(ranges[i].first), last = address(ranges[i].last);
        check_verdicts(ranges[i].first, &first, &first, ranges[i].verdicts);
        check_verdicts(ranges[i].last, &last, &last, ranges[i].verdicts);
    }
}

/* An IPv6 form of an IPv4 address gets the verdicts of that one, named in either form, or none at all. */
static void test_embedded(void) {
    static const char *const forms[] = {"::ffff:0.0.0.0", "::ffff:0:0.0.0.0", "64:ff9b::0.0.0.0"};
    size_t i, k;
    for (i = 0; i < COUNT(ranges); i++) {
        akolhook_addr v4 = address(ranges[i].first), wrapped;
        if (v4.family != 4) continue;
        for (k = 0; k < COUNT(forms); k++) {
            wrapped = address(forms[k]);
            memcpy(wrapped.bytes + 12, v4.bytes, 4);
            check_verdicts(ranges[i].first, &wrapped, &v4, ranges[i].verdicts);
            check_verdicts(ranges[i].first, &wrapped, &wrapped, ranges[i].verdicts);
            check_verdicts(ranges[i].first, &v4, &wrapped, ranges[i].verdicts);
        }
        wrapped = address("2002::"); /* 6to4 */
        memcpy(wrapped.bytes + 2, v4.bytes, 4);
        check_verdicts("6to4", &wrapped, &wrapped, "xxxx");
        wrapped = address("64:ff9b:1::"); /* RFC 6052 section 2.2: bytes 6, 7, 9, 10 */
        memcpy(wrapped.bytes + 6, v4.bytes, 2);
        memcpy(wrapped.bytes + 9, v4.bytes + 2, 2);
        if (wrapped.bytes[4] == 0 && wrapped.bytes[5] == 1)
            check_verdicts("local NAT64", &wrapped, &wrapped, "xxxx");
        wrapped = address("::"); /* compatible; ::1 is the loopback of its own */
        memcpy(wrapped.bytes + 12, v4.bytes, 4);
        check_verdicts("compatible", &wrapped, &wrapped, "xxxx");
    }
}

/* Every byte of the three prefixes counts: with another one, what looks like a public IPv4 address behind it
   is none, and no network that is open holds it. */
static void test_nearly_embedded(void) {
    static const char *const forms[] = {"::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8"};
    size_t i, at;
    for (i = 0; i < COUNT(forms); i++) {
        akolhook_addr a = address(forms[i]);
        CHECK_STATUS(akolhook_policy_addr(NULL, &a), OK);
        for (at = 0; at < 12; at++) {
            a.bytes[at] ^= 1;
            CHECK_STATUS(akolhook_policy_addr(NULL, &a), BLOCKED_ADDRESS);
            a.bytes[at] ^= 1;
        }
    }
}

static akolhook_status with_allowed(const char *net, unsigned flags, const char *addr) {
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_addr a = address(addr);
    akolhook_cidr cidr;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c(net), &cidr), OK);
    policy.flags = flags;
    policy.allow = &cidr;
    policy.allow_count = 1;
    return akolhook_policy_addr(&policy, &a);
}

static void test_allow_list(void) {
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "10.1.2.3"), OK);
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "10.2.0.1"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "10.0.255.255"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "169.254.169.254"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "8.8.8.8"), OK);
    CHECK_STATUS(with_allowed("10.1.0.0/16", 0, "::ffff:10.1.2.3"), OK);
    CHECK_STATUS(with_allowed("::ffff:10.1.0.0/112", 0, "10.1.2.3"), OK);
    CHECK_STATUS(with_allowed("::ffff:10.1.0.0/112", 0, "10.2.2.3"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("::/1", 0, "10.1.2.3"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("64:ff9b::/95", 0, "10.1.2.3"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("::ffff:128.0.0.0/97", 0, "192.168.1.1"), OK);
    CHECK_STATUS(with_allowed("::ffff:128.0.0.0/97", 0, "10.1.2.3"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("10.0.0.128/25", 0, "10.0.0.129"), OK);
    CHECK_STATUS(with_allowed("10.0.0.128/25", 0, "10.0.0.127"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("fd12:3456::/32", 0, "fd12:3456::1"), OK);
    CHECK_STATUS(with_allowed("fd12:3456::/32", 0, "fd12:3457::1"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("169.254.0.0/16", AKOLHOOK_ALLOW_PRIVATE, "169.254.169.254"), BLOCKED_ADDRESS);
    CHECK_STATUS(
            with_allowed("169.254.169.254/31", AKOLHOOK_ALLOW_PRIVATE, "169.254.169.254"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("169.254.169.254/32", 0, "169.254.169.254"), OK);
    CHECK_STATUS(with_allowed("169.254.169.254", 0, "169.254.169.254"), OK);
    CHECK_STATUS(with_allowed("169.254.169.254", 0, "169.254.169.253"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("fd00:ec2::/32", AKOLHOOK_ALLOW_PRIVATE, "fd00:ec2::254"), BLOCKED_ADDRESS);
    CHECK_STATUS(with_allowed("fd00:ec2::254", 0, "fd00:ec2::254"), OK);
    CHECK_STATUS(with_allowed("fe80::/10", AKOLHOOK_ALLOW_PRIVATE, "fe80::1"), BLOCKED_ADDRESS);
}

static const struct {
    const char *text;
    int prefix;
} networks[] = {
        {"10.0.0.0/8", 8},
        {"10.1.0.0/16", 16},
        {"128.0.0.0/1", 1},
        {"0.0.0.0/1", 1},
        {"10.1.2.3/32", 32},
        {"10.1.2.3", 32},
        {"10.1.2.254/31", 31},
        {"fd00::/8", 8},
        {"::/1", 1},
        {"fd12::1/128", 128},
        {"::1", 128},
        {"fe80::/10", 10},
        {"::ffff:10.0.0.0/104", 104},
        {"::ffff:128.0.0.0/97", 97},
        {"64:ff9b::/95", 95},
        {"::/96", 96},
        {"2001:db8::8000/113", 113},
        {"", 0},
        {"/", 0},
        {"/8", 0},
        {"10.0.0.0/", 0},
        {"0.0.0.0/0", 0},
        {"10.0.0.0/0", 0},
        {"::/0", 0},
        {"10.0.0.0/33", 0},
        {"::/129", 0},
        {"10.0.0.0/256", 0},
        {"10.0.0.0/264", 0},
        {"10.1.0.1/16", 0},
        {"10.1.0.0/15", 0},
        {"10.0.0.128/24", 0},
        {"fd00::1/64", 0},
        {"fd00::/7", 0},
        {"10.0.0.0/08", 0},
        {"10.0.0.0/+8", 0},
        {"10.0.0.0/8 ", 0},
        {"10.0.0.0/8/8", 0},
        {"10.0.0.0/-1", 0},
        {"10.0.0/8", 0},
        {"10/8", 0},
        {"::ffff:0:0/96", 0},
        {"64:ff9b::/96", 0},
        {"host/8", 0},
        {"10.0.0.0/4294967304", 0},
};

static void test_networks(void) {
    akolhook_str none = AKOLHOOK_INIT;
    akolhook_cidr cidr;
    size_t i;
    for (i = 0; i < COUNT(networks); i++) {
        akolhook_status st = akolhook_cidr_parse(guarded(networks[i].text, strlen(networks[i].text)), &cidr);
        if ((st == AKOLHOOK_OK) != (networks[i].prefix > 0) || cidr.prefix != networks[i].prefix) {
            printf("%s: %s, prefix %d\n", networks[i].text, akolhook_status_name(st), cidr.prefix);
            check_bad++;
        }
        if (st != AKOLHOOK_OK) {
            CHECK_INT(st, AKOLHOOK_BAD_CIDR);
            CHECK(is_zero(&cidr, sizeof cidr));
        }
    }
    CHECK_STATUS(akolhook_cidr_parse(none, &cidr), BAD_CIDR);
    none.len = 3; /* of nothing */
    CHECK_STATUS(akolhook_cidr_parse(none, &cidr), BAD_CIDR);
}

/* A malformed entry is told, wherever it stands and whatever is asked. */
static void test_bad_networks(void) {
    static const struct {
        uint8_t family, prefix, first, last;
    } bad[] = {
            {0, 0, 0, 0},
            {0, 8, 10, 0},
            {0, 1, 0, 0},
            {5, 1, 0, 0},
            {5, 8, 10, 0},
            {4, 0, 0, 0},
            {4, 33, 10, 0},
            {4, 200, 10, 0},
            {4, 16, 10, 1},
            {6, 0, 0, 0},
            {6, 129, 0xfd, 0},
            {6, 8, 0xfd, 1},
    };
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_addr open = address("8.8.8.8"), closed = address("10.1.2.3"), none = AKOLHOOK_INIT;
    akolhook_cidr nets[2];
    akolhook_url url;
    size_t i;
    CHECK_STATUS(akolhook_policy_addr(NULL, &none), BLOCKED_ADDRESS);
    CHECK_STATUS(akolhook_url_parse(akolhook_str_c("https://10.1.2.3/"), 0, &url), OK);
    policy.allow = nets;
    policy.allow_count = 2;
    policy.flags = AKOLHOOK_ALLOW_PRIVATE;
    for (i = 0; i < COUNT(bad); i++) {
        CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.0.0.0/8"), &nets[0]), OK);
        memset(&nets[1], 0, sizeof nets[1]);
        nets[1].addr.family = bad[i].family;
        nets[1].addr.bytes[0] = bad[i].first;
        nets[1].addr.bytes[bad[i].family == 4 ? 3 : 15] = bad[i].last;
        nets[1].prefix = bad[i].prefix;
        CHECK_STATUS(akolhook_policy_addr(&policy, &open), BAD_CIDR);
        CHECK_STATUS(akolhook_policy_addr(&policy, &closed), BAD_CIDR);
        CHECK_STATUS(akolhook_policy_url(&policy, &url), BAD_CIDR);
    }
}

/* ---- names ---- */

static const char *const local_names[] = {
        "localhost",
        "LOCALHOST",
        "LOCALHOST.",
        "a.localhost",
        "a.b.localhost.",
        "x.local",
        "router.LOCAL",
        "x.internal",
        "metadata.google.internal",
        "metadata.google.internal.",
        "internal",
        "local",
        "localhost.localdomain",
        "localhost6.localdomain6",
        "ip6-localhost",
        "ip6-loopback",
        "x.home.arpa",
        "home.arpa.",
        "kubernetes.default.svc",
        "x.invalid",
};
static const char *const bad_names[] = {
        "",
        ".",
        "..",
        "localhost..",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "::1",
        "a b",
        "a..b",
        "-a",
        "a-",
        "a/b",
        "a\\b",
        "caf\303\251",
        "\357\275\214ocalhost",
        X62 "xx.com",
};
static const char *const public_names[] = {
        "example.com",
        "example.com.",
        "mylocalhost.com",
        "mylocalhost",
        "localhost.com",
        "local.example",
        "notlocal",
        "internal.example.com",
        "10.0.0.1.example.com",
        "1.2.3.4.example",
        "xhome.arpa",
        "arpa",
        "svc.example",
        "xn--exmple-cua.com",
        "my_app.example.com",
        X62 "x.com",
};

static void test_names(void) {
    akolhook_policy lan = AKOLHOOK_INIT;
    akolhook_str none = AKOLHOOK_INIT;
    size_t i;
    lan.flags = AKOLHOOK_ALLOW_PRIVATE;
    for (i = 0; i < COUNT(local_names); i++) {
        CHECK_STATUS(
                akolhook_policy_name(NULL, guarded(local_names[i], strlen(local_names[i]))), BLOCKED_NAME);
        CHECK_STATUS(akolhook_policy_name(&lan, guarded(local_names[i], strlen(local_names[i]))), OK);
    }
    for (i = 0; i < COUNT(bad_names); i++) {
        CHECK_STATUS(akolhook_policy_name(NULL, guarded(bad_names[i], strlen(bad_names[i]))), BLOCKED_NAME);
        CHECK_STATUS(akolhook_policy_name(&lan, guarded(bad_names[i], strlen(bad_names[i]))), BLOCKED_NAME);
    }
    for (i = 0; i < COUNT(public_names); i++) {
        CHECK_STATUS(akolhook_policy_name(NULL, guarded(public_names[i], strlen(public_names[i]))), OK);
        CHECK_STATUS(akolhook_policy_name(&lan, guarded(public_names[i], strlen(public_names[i]))), OK);
    }
    CHECK_STATUS(akolhook_policy_name(NULL, none), BLOCKED_NAME);
}

/* Any byte in any place of a label: letters, digits and _ anywhere, - inside (RFC 1123 section 2.1). */
static void test_name_bytes(void) {
    akolhook_policy lan = AKOLHOOK_INIT;
    char name[] = "abc.com";
    size_t at;
    int c;
    lan.flags = AKOLHOOK_ALLOW_PRIVATE;
    for (at = 0; at < 3; at++)
        for (c = 0; c < 256; c++) {
            const int letter =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
            const int inside = at == 1 && (c == '-' || c == '.');
            memcpy(name, "abc", 3);
            name[at] = (char)c;
            CHECK_INT(akolhook_policy_name(&lan, guarded(name, sizeof name - 1)),
                    letter || inside ? AKOLHOOK_OK : AKOLHOOK_BLOCKED_NAME);
        }
}

static void test_policy_url(void) {
    static const struct {
        unsigned flags;
        akolhook_status status;
        const char *text;
    } rows[] = {
            {0, AKOLHOOK_OK, "https://example.com/"},
            {0, AKOLHOOK_URL_SCHEME, "http://example.com/"},
            {AKOLHOOK_ALLOW_PRIVATE, AKOLHOOK_URL_SCHEME, "http://127.0.0.1/"},
            {AKOLHOOK_ALLOW_HTTP, AKOLHOOK_OK, "http://example.com/"},
            {AKOLHOOK_ALLOW_HTTP, AKOLHOOK_BLOCKED_ADDRESS, "http://127.0.0.1/"},
            {AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE, AKOLHOOK_OK, "http://127.0.0.1/"},
            {0, AKOLHOOK_BLOCKED_NAME, "https://localhost/"},
            {0, AKOLHOOK_BLOCKED_NAME, "https://a.LOCALHOST/"},
            {AKOLHOOK_ALLOW_PRIVATE, AKOLHOOK_OK, "https://localhost/"},
            {0, AKOLHOOK_OK, "https://8.8.8.8/"},
            {0, AKOLHOOK_BLOCKED_ADDRESS, "https://192.168.1.1/"},
            {0, AKOLHOOK_BLOCKED_ADDRESS, "https://[::ffff:192.168.1.1]/"},
            {0, AKOLHOOK_BLOCKED_ADDRESS, "https://[::1]/"},
            {AKOLHOOK_ALLOW_PRIVATE, AKOLHOOK_BLOCKED_ADDRESS, "https://169.254.169.254/"},
            {0, AKOLHOOK_OK, "https://[2606:4700:4700::1111]/"},
    };
    akolhook_policy policy = AKOLHOOK_INIT;
    akolhook_url url;
    size_t i;
    for (i = 0; i < COUNT(rows); i++) {
        CHECK_STATUS(akolhook_url_parse(akolhook_str_c(rows[i].text), AKOLHOOK_ALLOW_HTTP, &url), OK);
        policy.flags = rows[i].flags;
        CHECK_INT(akolhook_policy_url(&policy, &url), rows[i].status);
        if (rows[i].flags == 0) CHECK_INT(akolhook_policy_url(NULL, &url), rows[i].status);
    }
    memset(&url, 0, sizeof url);
    policy.flags = AKOLHOOK_ALLOW_HTTP | AKOLHOOK_ALLOW_PRIVATE;
    CHECK_STATUS(akolhook_policy_url(NULL, &url), URL_SCHEME);
    CHECK_STATUS(akolhook_policy_url(&policy, &url), BLOCKED_ADDRESS);
}

int main(void) {
    page = guard_new(8192);
    RUN(test_accepted);
    RUN(test_refused);
    RUN(test_scheme_flag);
    RUN(test_lengths);
    RUN(test_cut_and_changed);
    RUN(test_escapes);
    RUN(test_host_match);
    RUN(test_mask);
    RUN(test_addresses);
    RUN(test_addresses_written);
#ifndef CHECK_BARE
    RUN(test_addresses_against_libc);
#endif
    RUN(test_ranges);
    RUN(test_embedded);
    RUN(test_nearly_embedded);
    RUN(test_allow_list);
    RUN(test_networks);
    RUN(test_bad_networks);
    RUN(test_names);
    RUN(test_name_bytes);
    RUN(test_policy_url);
    guard_free(&page);
    return check_end();
}
