"""test_gate.py BUILD: the server against hostile clients: framing, hosts, origins, tokens, bounds, slow ones,
random ones."""

import http.client
import os
import random
import re
import shutil
import socket
import subprocess
import threading
import time

import lib
from lib import Client, Server, check, raw, same, statuses, until

server = Server("--host", "hooks.example.test", binary=lib.SANITIZED)
client = Client(server)
HOST = f"127.0.0.1:{server.port}"
API = "/api/v1/webhooks"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nConnection: close\r\nHost: " + HOST.encode() + b"\r\n\r\n"


def request(line, *fields, body=b"", host=HOST, token=True):
    """The bytes of a request; fields as they stand."""
    lines = [line if isinstance(line, bytes) else line.encode("latin-1")]
    if host is not None:
        lines.append(b"Host: " + host.encode())
    if token:
        lines.append(b"Authorization: Bearer " + server.token.encode())
    lines += [field if isinstance(field, bytes) else field.encode("latin-1") for field in fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def webhooks_there():
    return client.get(API).json["pagination"]["total"]


GOOD = b'{"name":"smuggled","url":"https://example.com/s","events":["*"]}'


def framing():
    """Each is refused with the connection closed, and what stands behind it is never taken for a request."""
    length = f"Content-Length: {len(GOOD)}"
    json_kind = "Content-Type: application/json"
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    post = f"POST {API} HTTP/1.1"
    get = f"GET {API} HTTP/1.1"
    cases = [
        (
            "Transfer-Encoding: chunked",
            {411},
            request(post, json_kind, "Transfer-Encoding: chunked", body=chunked),
        ),
        ("Transfer-Encoding: gzip", {411}, request(post, json_kind, "Transfer-Encoding: gzip", body=GOOD)),
        (
            "Transfer-Encoding: identity",
            {411},
            request(post, json_kind, "Transfer-Encoding: identity", length, body=GOOD),
        ),
        (
            "Transfer-Encoding with a tab",
            {400, 411},
            request(post, json_kind, "Transfer-Encoding:\tchunked", body=chunked),
        ),
        ("transfer-ENCODING", {411}, request(post, json_kind, "transfer-ENCODING: chunked", body=chunked)),
        (
            "TE and CL",
            {400, 411},
            request(post, json_kind, length, "Transfer-Encoding: chunked", body=chunked),
        ),
        (
            "CL and TE",
            {400, 411},
            request(post, json_kind, "Transfer-Encoding: chunked", length, body=chunked),
        ),
        ("TE on a GET", {400, 411}, request(get, "Transfer-Encoding: chunked", body=chunked)),
        (
            "two TE",
            {400, 411},
            request(
                post, json_kind, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=chunked
            ),
        ),
        ("two equal CL", {400}, request(post, json_kind, length, length, body=GOOD)),
        ("two CL", {400}, request(post, json_kind, "Content-Length: 2", length, body=GOOD)),
        ("two CL, the longer first", {400}, request(post, json_kind, length, "Content-Length: 2", body=GOOD)),
        ("a list of CL", {400}, request(post, json_kind, f"{length}, {len(GOOD)}", body=GOOD)),
        ("CL with +", {400}, request(post, json_kind, f"Content-Length: +{len(GOOD)}", body=GOOD)),
        ("CL negative", {400}, request(post, json_kind, "Content-Length: -1", body=GOOD)),
        ("CL in hex", {400}, request(post, json_kind, "Content-Length: 0x10", body=GOOD)),
        ("CL empty", {400}, request(post, json_kind, "Content-Length:", body=GOOD)),
        (
            "CL beyond 64 bits",
            {400, 413},
            request(post, json_kind, "Content-Length: 99999999999999999999999", body=GOOD),
        ),
        (
            "CL of 2^64 + 3",
            {400, 413},
            request(post, json_kind, "Content-Length: 18446744073709551619", body=GOOD),
        ),
        ("CL with a letter", {400}, request(post, json_kind, f"{length}a", body=GOOD)),
        (
            "blank before the colon",
            {400},
            request(post, json_kind, f"Content-Length : {len(GOOD)}", body=GOOD),
        ),
        (
            "tab before the colon",
            {400},
            request(post, json_kind, f"Content-Length\t: {len(GOOD)}", body=GOOD),
        ),
        (
            "Transfer-Encoding with a blank before the colon",
            {400, 411},
            request(post, json_kind, "Transfer-Encoding : chunked", body=chunked),
        ),
        ("a CR in a name", {400}, request(get, b"X-A\rB: 1")),
        ("a name that is no token", {400}, request(get, "X(A): 1")),
        ("an empty name", {400}, request(get, ": 1")),
        ("no colon", {400}, request(get, "Frobnicate")),
        ("a name beyond ASCII", {400}, request(get, b"X-\xc3\xa4: 1")),
        ("NUL in a value", {400}, request(get, b"X-A: a\x00b")),
        ("NUL in a name", {400}, request(get, b"X-\x00A: b")),
        ("NUL in the target", {400, 404}, request(b"GET /api/v1/web\x00hooks HTTP/1.1")),
        ("a control character in a value", {400}, request(get, b"X-A: a\x01b")),
        ("a folded line", {400}, request(get, b"X-A: a\r\n b")),
        ("a folded first line", {400}, request(get + "\r\n X: 1")),
        ("two Hosts", {400, 421}, request(get, f"Host: {HOST}")),
        ("two Hosts, the second foreign", {400, 421}, request(get, "Host: evil.test")),
        ("no Host", {400, 421}, request(get, host=None)),
        ("no Host, HTTP/1.0", {400, 421}, request(f"GET {API} HTTP/1.0", host=None)),
        ("two Authorization", {400, 401}, request(get, "Authorization: Bearer aks_x")),
        (
            "two Content-Type",
            {400, 415},
            request(post, json_kind, "Content-Type: text/plain", length, body=GOOD),
        ),
        ("absolute form", {400}, request(f"GET http://{HOST}{API} HTTP/1.1")),
        ("absolute form of another host", {400, 421}, request(f"GET http://evil.test{API} HTTP/1.1")),
        ("authority form", {400, 405}, request(f"CONNECT {HOST} HTTP/1.1")),
        ("asterisk", {400, 405}, request("OPTIONS * HTTP/1.1")),
        ("lower-case method", {400, 405, 501}, request(f"get {API} HTTP/1.1")),
        ("TRACE", {400, 405, 501}, request(f"TRACE {API} HTTP/1.1")),
        ("PUT", {405}, request(f"PUT {API} HTTP/1.1", "Content-Length: 0")),
        ("OPTIONS", {405}, request(f"OPTIONS {API} HTTP/1.1")),
        ("an unknown method", {400, 405, 501}, request(f"FROBNICATE {API} HTTP/1.1")),
        ("HTTP/2.0", {400, 505}, request(f"GET {API} HTTP/2.0")),
        ("HTTP/0.9", {400, 505}, b"GET /api/v1/webhooks\r\n\r\n"),
        ("HTTP/1.2", {200, 400, 505}, request(f"GET {API} HTTP/1.2", "Connection: close")),
        ("%00 in the path", {400, 404}, request("GET /api/v1/web%00hooks HTTP/1.1")),
        ("%00 at the end", {400, 404}, request(f"GET {API}%00 HTTP/1.1")),
        ("% alone", {400}, request(f"GET {API}/% HTTP/1.1")),
        ("%zz", {400}, request(f"GET {API}/%zz HTTP/1.1")),
        ("%0 in the query", {400}, request(f"GET {API}?q=%0 HTTP/1.1")),
        ("no slash before the path", {400}, request("GET api/v1/webhooks HTTP/1.1")),
        ("a fragment", {400, 404}, request(f"GET {API}#x HTTP/1.1")),
        ("two blanks", {400}, request(f"GET  {API} HTTP/1.1")),
        ("a long target", {400, 414, 431}, request(f"GET {API}?q={'x' * 9000} HTTP/1.1")),
        ("a query of 3,000 bytes", {400, 414}, request(f"GET {API}?q={'x' * 3000} HTTP/1.1")),
        ("a head of 40,000 bytes", {400, 413, 431}, request(get, "X-A: " + "x" * 40000)),
        ("1,000 header fields", {400, 413, 431}, request(get, *[f"X-{number}: 1" for number in range(1000)])),
        (
            "10,000 header fields",
            {400, 413, 431},
            request(get, *[f"X-{number}: 1" for number in range(10000)]),
        ),
        ("a body on a GET", {400, 413, 415}, request(get, "Content-Length: 5", body=b"GET /")),
        (
            "a body on a DELETE",
            {400, 413, 415},
            request(f"DELETE {API}/whk_000000000000000000000000 HTTP/1.1", length, body=GOOD),
        ),
        (
            "Expect of another kind",
            {417},
            request(post, json_kind, length, "Expect: frobnicate", body=GOOD),
        ),
        ("too long a body, announced", {413}, request(post, json_kind, "Content-Length: 100000000")),
        (
            "too long a body that waits for 100",
            {413},
            request(post, json_kind, "Content-Length: 100000000", "Expect: 100-continue"),
        ),
        (
            "an upgrade",
            {200, 400},
            request(
                get, "Connection: Upgrade, close", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"
            ),
        ),
        ("bare LF", {400}, request(get, "Connection: close").replace(b"\r\n", b"\n")),
        ("a bare LF behind the request line", {400}, request(get, "X-A: 1").replace(b"\r\n", b"\n", 1)),
        ("a bare LF in a value", {400}, request(get, b"X-A: 1\nX-B: 2")),
        ("a bare CR in a value", {400}, request(get, b"X-A: 1\rX-B: 2")),
        (
            "a bare CR that hides a length",
            {400},
            request(post, json_kind, b"X-A: 1\rContent-Length: 65", body=GOOD),
        ),
        ("a bare LF at the end", {400}, request(get, "X-A: 1")[:-2] + b"\n"),
        ("a colon and more that end the head", {400}, request(get, b"X-A: 1")[:-4] + b"\n:E\n"),
        ("a name of nothing that ends the head", {400}, request(get, b"X-A: 1")[:-2] + b": E\r\n"),
        ("NUL behind a value", {400}, request(get, b"X-A: a\x00")),
        ("NUL in a Host", {400}, request(get, host=HOST + "\x00.evil.test")),
        ("NUL in an empty value", {400}, request(get, b"X-A: \x00")),
        ("NUL behind the version", {400}, request(b"GET /api/v1/webhooks HTTP/1.1\x00 x")),
        ("two blanks before the version", {400}, request(f"GET {API}  HTTP/1.1")),
        ("a blank behind the version", {400}, request(f"GET {API} HTTP/1.1 ")),
        ("a tab in the request line", {400}, request(f"GET\t{API} HTTP/1.1")),
        ("HTTP/2's preface", {400, 405, 505, 421}, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("TLS", {400, None}, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200))),
        ("nothing but zeros", {400, None}, bytes(600)),
        ("a line end alone", {None, 400, 404, 421, 401}, b"\r\n"),
    ]
    total = webhooks_there()
    for what, codes, data in cases:
        got, closed = raw(server, data + SMUGGLED)
        codes_got = statuses(got)
        if what == "a line end alone":  # an empty line before a request is legal (RFC 9112 section 2.2)
            continue
        check(
            f"{what}: {sorted(codes, key=str)}",
            (codes_got[0] if codes_got else None) in codes and closed,
            (codes_got, closed, got[:200]),
        )
        if codes == {405}:
            continue  # well-formed: what follows is the next request
        # libmicrohttpd sends the head of some of its own errors twice; an answer to what was
        # smuggled would be a 401 or a 404
        late = [code for code in codes_got[1:] if code != codes_got[0]]
        check(f"{what}: what follows is no request", not late and not smuggled(), codes_got)
    same("nothing was created", webhooks_there(), total)

    # the right ones, so that the table cannot pass by refusing all
    got, closed = raw(server, request(get, "Connection: close"))
    same("a plain GET", statuses(got), [200])
    got, closed = raw(server, request(get) + request(get, "Connection: close"))
    same("two on one connection", statuses(got), [200, 200])
    got, closed = raw(server, request(f"GET {API}?q=%41%2f%20b+c HTTP/1.1", "Connection: close"))
    same("an encoded query", statuses(got), [200])
    got, closed = raw(
        server,
        request(
            post, json_kind, "Content-Length: 2", "Expect: 100-continue", "Connection: close", body=b"{}"
        ),
    )
    same("100-continue", [code for code in statuses(got) if code != 100], [422])
    for fields in (
        ["X-A:1", "X-B:", "X-C: \t 2", "X-D: 3 \t", "X-E:  "],
        [f"X-{number}: {'y' * number}" for number in range(40)],
        ["X-A: " + "z" * 12000],
    ):
        got, closed = raw(server, request(get, *fields) + request(get, *fields, "Connection: close"))
        same(f"{len(fields)} header fields as they may be, twice", statuses(got), [200, 200])

    # up to the bound each is served, behind it each is refused in our words, and none gets no answer
    def head_of(size):
        return request(get, "Connection: close", "X-A: " + "z" * (size - len(request(get, "Connection: close", "X-A: "))))

    for size in [*range(15000, 16384, 97), 16384]:
        got, closed = raw(server, head_of(size))
        same(f"a head of {size} bytes", statuses(got), [200])
    for size in (16385, 17000, 18000):
        got, closed = raw(server, head_of(size))
        same(f"a head of {size} bytes", (statuses(got), b"HEAD_TOO_LARGE" in got), ([431], True))
    fields = [f"X-{number}: {'y' * 235}" for number in range(60)]
    got, closed = raw(server, request(get, "Connection: close", *fields))
    same("a head of as many fields as may be, and as long", statuses(got), [200])
    for split in range(1, 60, 7):
        data = request(get, "Connection: close")
        with socket.create_connection((server.host, server.port), timeout=20) as connection:
            for at in range(0, len(data), split):
                connection.sendall(data[at : at + split])
            got = b""
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                got += part
        same(f"in pieces of {split}", statuses(got), [200])


def smuggled():
    return [line for line in server.lines if "smuggled" in line]


def paths():
    for path in (
        "/api/v1/webhooks/",
        "/api/v1//webhooks",
        "//api/v1/webhooks",
        "/API/v1/webhooks",
        "/api/v1/webhooks%2f",
        "/api%2fv1/webhooks",
        "/api/v1/./webhooks",
        "/api/v1/x/../webhooks",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/index.html.bak",
        "/.git/config",
        "/api/v1/webhooks;x=1",
        "/api/v1/webhooks/whk_0000000000000000000000%3000",
        "/api/v2/webhooks",
        "/akolhook.db",
        "/assets",
        "/api",
        "/api/v1/",
        "/healthz/",
        "/metrics/x",
        "/%c0%af",
        "/\\..\\x",
    ):
        got, _ = raw(server, request(f"GET {path} HTTP/1.1", "Connection: close"))
        check(f"{path}: 400 or 404", statuses(got) in ([404], [400]), statuses(got))
    for method, path, allowed in (
        ("POST", "/healthz", "GET"),
        ("DELETE", API, "GET"),
        ("PUT", "/", "GET"),
        ("PATCH", "/api/v1/events", "POST"),
        ("GET", "/api/v1/events", "POST"),
        ("POST", "/api/v1/stream", "GET"),
    ):
        answer = client.call(method, path)
        check(
            f"{method} {path}: 405 with Allow",
            answer.status == 405 and allowed in (answer.headers["Allow"] or ""),
            (answer.status, answer.headers["Allow"]),
        )
    # an answer to HEAD has no body, or the next one would begin within it
    for _, _, path, operation in [route for route in lib.spec.routes if route[0] == "GET"]:
        path = path.replace("{asset}", "favicon.svg").replace("{id}", "whk_000000000000000000000000")
        got, _ = raw(
            server, request(f"HEAD {path} HTTP/1.1") + request("HEAD /healthz HTTP/1.1", "Connection: close")
        )
        bodies = [part for part in got.split(b"\r\n\r\n") if part and not part.startswith(b"HTTP/1.1 ")]
        check(
            f"HEAD {path} has a head alone",
            len(statuses(got)) == 2 and not bodies,
            got[-300:],
        )
    got, _ = raw(server, request("HEAD / HTTP/1.1", "Connection: close"))
    check(
        "HEAD has a head alone",
        statuses(got) in ([200], [405]) and (got.endswith(b"\r\n\r\n") or b" 405 " in got[:20]),
        got[-200:],
    )


def hosts():
    """Row 2: one of the names with its port, or 421; /healthz alone is exempt."""
    for host, code in (
        (HOST, 200),
        (f"localhost:{server.port}", 200),
        (f"LOCALHOST:{server.port}", 200),
        (f"[::1]:{server.port}", 200),
        ("hooks.example.test", 200),
        (f"hooks.example.test:{server.port}", 200),
        (f"Hooks.Example.Test:{server.port}", 200),
        ("evil.test", 421),
        (f"evil.test:{server.port}", 421),
        ("localhost.evil.test", 421),
        ("127.0.0.1", 421),
        ("localhost", 421),
        ("127.0.0.1:1", 421),
        (f"localhost.:{server.port}", 421),
        (f"127.0.0.1.:{server.port}", 421),
        (f"127.1:{server.port}", 421),
        (f"2130706433:{server.port}", 421),
        (f"0.0.0.0:{server.port}", 421),
        (f"user@127.0.0.1:{server.port}", 421),
        (f"127.0.0.1:{server.port}@evil.test", 421),
        (f"127.0.0.1:{server.port}/", 421),
        (f"127.0.0.1:0{server.port}", 421),
        (f"evil.test, {HOST}", 421),
        ("", 421),
        (f" {HOST} x", 421),
        (f"127.0.0.1:{server.port}:1", 421),
        (f"[::ffff:127.0.0.1]:{server.port}", 421),
    ):
        for version in ("1.1", "1.0"):
            got, _ = raw(server, request(f"GET {API} HTTP/{version}", "Connection: close", host=host))
            check(
                f"Host {host!r} HTTP/{version}: {code}",
                statuses(got) == [code] or (code == 421 and statuses(got) == [400]),
                statuses(got),
            )
        got, _ = raw(
            server, request("GET /healthz HTTP/1.1", "Connection: close", host=host or "x", token=False)
        )
        same(f"healthz with Host {host!r}", statuses(got), [200])
    for path in ("/", "/favicon.svg", "/openapi.yaml", "/readyz", "/metrics", "/api/v1/nothing"):
        got, _ = raw(server, request(f"GET {path} HTTP/1.1", "Connection: close", host="evil.test"))
        same(f"{path} for another host", statuses(got), [421])
    for field in (
        "X-Forwarded-Host: evil.test",
        "Forwarded: host=evil.test",
        "X-Original-URL: /metrics",
        "X-Forwarded-For: 1.2.3.4",
    ):
        got, _ = raw(server, request(f"GET {API} HTTP/1.1", field, "Connection: close"))
        same(f"{field} changes nothing", statuses(got), [200])


def origins():
    """Row 3."""
    own = f"http://{HOST}"
    total = webhooks_there()
    for origin, code in (
        (own, 200),
        (f"http://localhost:{server.port}", 200),
        ("http://evil.test", 403),
        ("null", 403),
        (f"https://{HOST}", 403),
        ("http://127.0.0.1", 403),
        (f"http://127.0.0.1:{server.port}.evil.test", 403),
        (f"{own}/", 403),
        ("", 403),
        (f"{own}, {own}", 403),
        (f"http://evil.test:{server.port}", 403),
        (f"http://x@{HOST}", 403),
    ):
        host = origin[7:] if code == 200 else HOST
        for line, fields, body, fine in (
            (f"GET {API} HTTP/1.1", (), b"", 200),
            (
                f"POST {API} HTTP/1.1",
                ("Content-Type: application/json", f"Content-Length: {len(GOOD)}"),
                GOOD,
                201,
            ),
        ):
            if fine == 201 and code == 200:
                continue
            got, _ = raw(
                server, request(line, *fields, f"Origin: {origin}", "Connection: close", host=host, body=body)
            )
            same(f"{line[:5]}Origin {origin!r}", statuses(got), [code])
            check("no CORS field", b"access-control" not in got.lower())
    for value, code in (
        ("same-origin", 200),
        ("none", 200),
        ("same-site", 403),
        ("cross-site", 403),
        ("", 403),
        ("Same-Origin", 403),
        ("x", 403),
    ):
        got, _ = raw(server, request(f"GET {API} HTTP/1.1", f"Sec-Fetch-Site: {value}", "Connection: close"))
        same(f"Sec-Fetch-Site {value!r}", statuses(got), [code])
    # a link on another site opens the page, nothing else
    for line, mode, dest, code in (
        ("GET /", "navigate", "document", 200),
        ("HEAD /", "navigate", "document", 200),
        ("GET /", "navigate", "iframe", 403),
        ("GET /", "navigate", "", 403),
        ("GET /", "no-cors", "document", 403),
        ("GET /", "cors", "empty", 403),
        ("POST /", "navigate", "document", 403),
        ("GET /main.js", "navigate", "document", 403),
        ("GET /?x", "navigate", "document", 403),
        ("GET /openapi.yaml", "navigate", "document", 403),
        ("GET /healthz", "navigate", "document", 403),
        (f"GET {API}", "navigate", "document", 403),
    ):
        fields = ("Sec-Fetch-Site: cross-site", f"Sec-Fetch-Mode: {mode}", f"Sec-Fetch-Dest: {dest}")
        got, _ = raw(server, request(f"{line} HTTP/1.1", *fields, "Connection: close"))
        same(f"{line} from another site, {mode} to {dest!r}", statuses(got), [code])
    got, _ = raw(
        server,
        request(
            f"GET {API} HTTP/1.1",
            "Sec-Fetch-Site: same-origin",
            "Sec-Fetch-Site: cross-site",
            "Connection: close",
        ),
    )
    check("two Sec-Fetch-Site", statuses(got) in ([400], [403]), statuses(got))
    for field in ("Access-Control-Request-Method: POST", "Origin: http://evil.test"):
        got, _ = raw(server, request(f"OPTIONS {API} HTTP/1.1", field, "Connection: close"))
        check(
            f"preflight with {field}",
            statuses(got)[0] in (403, 405) and b"access-control" not in got.lower(),
            got[:300],
        )
    # a form of another site, as browsers send it
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        got, _ = raw(
            server,
            request(
                f"POST {API} HTTP/1.1",
                f"Content-Type: {kind}",
                f"Content-Length: {len(GOOD)}",
                "Connection: close",
                body=GOOD,
            ),
        )
        same(f"{kind}: 415", statuses(got), [415])
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        got, _ = raw(
            server,
            request(
                f"POST {API} HTTP/1.1",
                f"Content-Type: {kind}",
                "Content-Length: 2",
                "Connection: close",
                body=b"{}",
            ),
        )
        same(f"{kind}: taken", statuses(got), [422])
    same("nothing was created", webhooks_there(), total)


def unauthorized():
    """Row 4: no token in the query, a rate for failed logins alone."""
    token = server.token
    got, _ = raw(server, request(f"GET {API}?token={token} HTTP/1.1", "Connection: close", token=False))
    check("a token in the query is none", statuses(got)[0] in (400, 401, 429), statuses(got))
    codes = []
    for _ in range(30):
        got, _ = raw(
            server,
            request(
                f"GET {API} HTTP/1.1",
                "Authorization: Bearer aks_" + "B" * 43,
                "Connection: close",
                token=False,
            ),
        )
        codes += statuses(got)
    check("failed logins have a rate", codes.count(429) >= 20, codes)
    same("valid ones are never locked out", client.get(API, retry=False).status, 200)
    check(
        "bearer in any case",
        statuses(
            raw(
                server,
                request(
                    f"GET {API} HTTP/1.1", f"authorization: bearer {token}", "Connection: close", token=False
                ),
            )[0]
        )
        == [200],
    )


def unauthorized_bytes():
    """Row 4: one same 401 for all that is no valid token; fresh servers for 8 of them each, so that the rate
    does not hide it."""
    answers = {}
    shapes = [
        (),
        ("Authorization:",),
        ("Authorization: Basic YTpi",),
        ("Authorization: TOKEN",),
        ("Authorization: Bearer TOKENA",),
        ("Authorization: Bearer CUT",),
        ("Authorization: Bearer SWAP",),
        ("Authorization: Bearer  ",),
        ("Cookie: token=TOKEN",),
        ("Authorization: Bearer HASH",),
        ("Authorization: Bearer " + "A" * 5000,),
        ("Authorization: Bearer TOKEN x",),
        ("Authorization: Bearer aks_" + "A" * 43,),
        ("Authorization: Bearer tok_TOKEN",),
        ("Authorization: Negotiate TOKEN",),
        ("Authorization: Bearer REVOKED",),
    ]
    for start in range(0, len(shapes), 8):
        fresh = Server()
        token = fresh.token
        owner = Client(fresh)
        revoked = owner.post("/api/v1/tokens", {"scope": "full", "name": "r"}, shows_secret=True).data
        owner.delete(f"/api/v1/tokens/{revoked['id']}")
        owner.close()
        for fields in shapes[start : start + 8]:
            fields = [
                field.replace("TOKEN", token)
                .replace("CUT", token[:-1])
                .replace("SWAP", token.swapcase())
                .replace("REVOKED", revoked["token"])
                .replace("HASH", lib.hashlib.sha256(token.encode()).hexdigest())
                for field in fields
            ]
            data = b"\r\n".join(
                [
                    f"GET {API} HTTP/1.1\r\nHost: 127.0.0.1:{fresh.port}\r\nConnection: close".encode(),
                    *[f.encode() for f in fields],
                ]
            )
            got, _ = raw(fresh, data + b"\r\n\r\n")
            text = re.sub(rb"Date: [^\r]*\r\n", b"", got)
            text = re.sub(
                rb'("requestId":")[^"]*"', rb'\1"', re.sub(rb"(?i)x-request-id: [^\r]*\r\n", b"", text)
            )
            answers[text] = fields
        fresh.stop()
        fresh.remove()
    same("byte-equal answers", len(answers), 1)
    check("401", list(answers)[0].startswith(b"HTTP/1.1 401 "), list(answers)[0])


def every_header():
    """Rows 6 and 7: one table over routes and codes."""
    for method, path, fields in (
        ("GET", "/", {}),
        ("GET", "/favicon.svg", {}),
        ("GET", "/openapi.yaml", {}),
        ("GET", "/healthz", {}),
        ("GET", "/readyz", {}),
        ("GET", "/metrics", {}),
        ("GET", API, {}),
        ("GET", "/nothing", {}),
        ("GET", API + "/x", {}),
        ("PUT", API, {}),
        ("GET", API, {"Host": "evil.test"}),
        ("GET", API, {"Origin": "http://evil.test"}),
        ("POST", API, {"Transfer-Encoding": "chunked"}),
        ("GET", API + "?x=1", {}),
        ("POST", API, {"Content-Type": "text/plain"}),
        ("GET", "/%zz", {}),
    ):
        answer = client.call(method, path, b"{}" if method == "POST" else None, fields=fields, judged=False)
        same(f"{method} {path} {fields}: {answer.status}", lib.wrong_headers(path, answer.headers), "")
        check("no Server", answer.headers["Server"] is None, answer.headers["Server"])
    page = client.get("/", token=None)
    check(
        "assets: no-cache and ETag",
        page.headers["Cache-Control"] == "no-cache" and page.headers["ETag"],
        page.headers.items(),
    )
    text = page.body.decode()
    check(
        "the page has no inline script, style or handler",
        not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text),
    )
    check("nothing from elsewhere", not re.search(r"""(src|href)=["'](https?:)?//""", text))


def slow():
    """Row 10: a byte now and then does not keep a connection; streams of many are cut, others are served
    meanwhile."""
    held = []
    for _ in range(60):
        connection = socket.create_connection((server.host, server.port), timeout=60)
        connection.sendall(f"GET {API} HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        held.append(connection)
    bodies = []
    for _ in range(20):
        connection = socket.create_connection((server.host, server.port), timeout=60)
        connection.sendall(
            request(
                f"POST {API} HTTP/1.1", "Content-Type: application/json", "Content-Length: 10000", body=b"{"
            )
        )
        bodies.append(connection)
    began = time.monotonic()
    closed_heads = closed_bodies = None
    while time.monotonic() - began < 90 and (closed_heads is None or closed_bodies is None):
        for connections in (held, bodies):
            for connection in list(connections):
                try:
                    connection.sendall(b" ")
                    connection.setblocking(False)
                    while True:
                        if not connection.recv(4096):
                            raise ConnectionError
                except BlockingIOError:
                    connection.setblocking(True)
                except OSError:
                    connections.remove(connection)
                    connection.close()
        same_now = client.get("/healthz", token=None, judged=False).status
        if same_now != 200:
            check("served meanwhile", False, same_now)
        if closed_heads is None and not held:
            closed_heads = time.monotonic() - began
        if closed_bodies is None and not bodies:
            closed_bodies = time.monotonic() - began
        time.sleep(0.5)
    check("slow heads are cut, after 10 s", closed_heads is not None and closed_heads >= 8, closed_heads)
    check("slow bodies are cut, after 30 s", closed_bodies is not None and closed_bodies >= 25, closed_bodies)
    for connection in held + bodies:
        connection.close()


def slowhttptest():
    if not shutil.which("slowhttptest"):
        print("skipped: slowhttptest is missing")
        return
    url = f"http://{HOST}{API}"
    seconds = "40" if lib.LONG else "12"
    for what, options in (
        ("slow heads", ["-H"]),
        ("slow bodies", ["-B", "-s", "8192"]),
        ("range", ["-R"]),
        ("slow reads", ["-X", "-w", "1", "-y", "2", "-z", "1"]),
    ):
        done = subprocess.run(
            [
                "slowhttptest",
                *options,
                "-c",
                "200",
                "-r",
                "100",
                "-i",
                "1",
                "-l",
                seconds,
                "-u",
                url,
                "-p",
                "5",
            ],
            capture_output=True,
            text=True,
            timeout=180,
        )
        same(f"slowhttptest, {what}: runs", done.returncode, 0)
        # within the limit of 256 connections all that are slow may wait, but the server still answers
        check(f"slowhttptest, {what}: the server is up", server.process.poll() is None)
        same(f"slowhttptest, {what}: served afterwards", client.get(API).status, 200)


def many_connections():
    """256 at most; those beyond wait in the backlog and are served when others go."""
    held = []
    for _ in range(300):
        connection = socket.create_connection((server.host, server.port), timeout=60)
        held.append(connection)
    for connection in held[:150]:
        connection.close()
    same("served when places come back", Client(server).get(API).status, 200)
    for connection in held[150:]:
        connection.close()


def slow_readers():
    """Large answers that nobody takes: so many are held, one more is refused, small ones are not."""
    target = Server(*lib.LOCAL, binary=lib.SANITIZED)
    owner = Client(target)
    # a query whose parameters take all memory of its connection: libmicrohttpd leaves it to us
    greedy = socket.create_connection((target.host, target.port))
    greedy.sendall(b"GET /healthz?" + b"&" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    receiver = lib.Receiver()
    hook, _ = owner.webhook(receiver.url("/slow"), ["call.ended"])
    owner.emit({"text": "<" * 1_000_000})
    row = until("its row", lambda: owner.rows(f"{API}/{hook}/deliveries"))[0]
    path = f"/api/v1/deliveries/{row['id']}"
    same("the answer is about 6 MB", len(owner.get(path).body) // 1_000_000, 6)
    held = []
    for _ in range(20):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((target.host, target.port))
        head = f"GET {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nAuthorization: Bearer {target.token}\r\n"
        connection.sendall(head.encode() + b"\r\n")
        held.append(connection)
    for connection in held:  # each has its answer, or was refused
        connection.settimeout(60)
        connection.recv(1, socket.MSG_PEEK)
    answer = owner.get(path)
    same("one more is refused", (answer.status, answer.code), (503, "ANSWERS_FULL"))
    check("it says when to ask again", answer.headers["Retry-After"])
    same("small ones are not", owner.get(API).status, 200)
    for connection in held:
        connection.close()
    until("it is given when they have gone", lambda: owner.get(path).status == 200)
    greedy.settimeout(30)
    same("what leaves no room for an answer is closed", greedy.recv(1), b"")
    greedy.close()
    target.stop("after slow readers and one without room")
    receiver.close()
    target.remove()


def random_requests():
    """10,000 from a seeded generator: no crash, no code that is not documented, memory flat."""
    count = 100_000 if lib.LONG else 10_000
    target = Server(*lib.LOCAL, binary=lib.SANITIZED)
    seed = int(os.environ.get("SEED") or 20260601)
    main = Client(target)
    tokens = [target.token] + main.more_tokens(10)
    hook, _ = main.webhook("https://example.com/r", ["agent.deleted"], name="random")
    numbers = random.Random(seed)
    paths_known = [
        "/",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.yaml",
        "/api/v1/webhooks",
        f"/api/v1/webhooks/{hook}",
        f"/api/v1/webhooks/{hook}/test",
        f"/api/v1/webhooks/{hook}/deliveries",
        f"/api/v1/webhooks/{hook}/stats",
        f"/api/v1/webhooks/{hook}/redeliver",
        "/api/v1/deliveries",
        "/api/v1/deliveries/dlv_0",
        "/api/v1/events",
        "/api/v1/stats",
        "/api/v1/tokens",
        "/api/v1/server",
        "/api/v1/event-types",
    ]
    queries = [
        "limit",
        "page",
        "cursor",
        "since",
        "until",
        "event",
        "success",
        "state",
        "statusClass",
        "test",
        "messageId",
        "webhookId",
        "range",
        "q",
        "active",
        "x",
    ]
    values = [
        "1",
        "0",
        "-1",
        "100",
        "true",
        "false",
        "2xx",
        "none",
        "call.ended",
        "call.*",
        "*",
        "2026-01-01T00:00:00.000Z",
        "%00",
        "%",
        "%ff",
        "a" * 300,
        "",
        "24h",
        "18446744073709551615",
        "9223372036854775807",
        "waiting",
        hook,
        "msg_000000000000000000000000",
        "%F0%9F%98%80",
        "'; DROP TABLE webhooks; --".replace(" ", "%20"),
        "%25",
        "_%25_",
    ]
    names = [
        "Host",
        "Authorization",
        "Content-Type",
        "Content-Length",
        "Transfer-Encoding",
        "Origin",
        "Sec-Fetch-Site",
        "Cookie",
        "Connection",
        "Accept",
        "Expect",
        "X-A",
        "Idempotency-Key",
        "If-None-Match",
        "Range",
        "Upgrade",
        "Accept-Encoding",
    ]
    members = [
        "name",
        "url",
        "events",
        "isActive",
        "secret",
        "since",
        "event",
        "data",
        "timestamp",
        "scope",
        "x",
        "__proto__",
    ]

    def value(depth=0):
        kind = numbers.randrange(9 if depth < 3 else 6)
        if kind == 0:
            return numbers.choice([0, -1, 1.5, 1e300, 2**63, True, False, None])
        if kind == 1:
            return numbers.choice(
                [
                    "",
                    "x",
                    "x" * 5000,
                    "\u0000",
                    "\u202e",
                    "https://example.com/" + str(numbers.random()),
                    "call.ended",
                    "*",
                    "full",
                    "2026-01-01T00:00:00Z",
                ]
            )
        if kind < 6:
            return numbers.choice(["https://example.com/a", "agent.created", "name", "read"])
        if kind == 6:
            return [value(depth + 1) for _ in range(numbers.randrange(4))]
        return {numbers.choice(members): value(depth + 1) for _ in range(numbers.randrange(5))}

    def one():
        method = numbers.choice(
            [
                "GET",
                "GET",
                "GET",
                "POST",
                "POST",
                "PATCH",
                "DELETE",
                "PUT",
                "HEAD",
                "OPTIONS",
                "get",
                "X" * 30,
            ]
        )
        path = numbers.choice(paths_known)
        if method == "DELETE" and hook in path:
            path = "/api/v1/webhooks/whk_000000000000000000000000"
        if numbers.random() < 0.15:
            at = numbers.randrange(len(path) + 1)
            path = (
                path[:at] + numbers.choice(["/", "%", "%2f", "\x7f", "..", "?", "#", "\xff", " "]) + path[at:]
            )
        if numbers.random() < 0.5:
            path += "?" + "&".join(
                f"{numbers.choice(queries)}={numbers.choice(values)}" for _ in range(numbers.randrange(1, 5))
            )
        body = b""
        if method in ("POST", "PATCH", "PUT") or numbers.random() < 0.1:
            body = lib.json.dumps(value()).encode()
            if numbers.random() < 0.2 and body:
                at = numbers.randrange(len(body))
                body = body[:at] + bytes([numbers.randrange(256)]) + body[at + numbers.randrange(3) :]
        fields = [f"Host: 127.0.0.1:{target.port}"] if numbers.random() < 0.95 else []
        if numbers.random() < 0.9:
            fields.append("Authorization: Bearer " + numbers.choice(tokens))
        if body or method in ("POST", "PATCH"):
            fields.append(f"Content-Length: {len(body) + (numbers.choice([0] * 30 + [1, -1, 100]))}")
            fields.append("Content-Type: application/json")
        for _ in range(numbers.choice([0, 0, 0, 0, 1, 3])):
            fields.append(
                numbers.choice(names)
                + ": "
                + numbers.choice(
                    values + ["close", "chunked", "gzip", "null", "application/json", "0-1", "*"]
                )
            )
        numbers.shuffle(fields)
        data = (
            f"{method} {path} HTTP/1.{numbers.choice('1111110')}\r\n".encode("latin-1")
            + "\r\n".join(fields).encode("latin-1")
            + b"\r\n\r\n"
            + body
        )
        if numbers.random() < 0.05:
            at = numbers.randrange(len(data))
            data = data[:at] + bytes([numbers.randrange(256)]) + data[at + 1 :]
        if numbers.random() < 0.03:
            data = data[: numbers.randrange(len(data))]
        return data

    lock = threading.Lock()
    left = [count]
    unknown = []
    codes = {}
    sizes = []

    def work():
        while True:
            with lock:
                if left[0] <= 0 or target.process.poll() is not None:
                    return
                left[0] -= 1
                data = one()
                if left[0] % 1000 == 0:
                    sizes.append(target.rss_kb())
            try:
                got, _ = raw(target, data, patience=30, half_close=True)
            except OSError as error:
                got = b""
                if target.process.poll() is not None:
                    unknown.append((str(error), data))
            for code in statuses(got):
                with lock:
                    codes[code] = codes.get(code, 0) + 1
                    if code not in (
                        100,
                        200,
                        201,
                        202,
                        304,
                        400,
                        401,
                        403,
                        404,
                        405,
                        409,
                        411,
                        413,
                        414,
                        415,
                        417,
                        421,
                        422,
                        429,
                        431,
                        501,
                        503,
                        505,
                    ):
                        unknown.append((code, data))
            found = [secret for secret in lib.secrets.found_in(got) if secret not in data.decode("latin-1")]
            if found:
                unknown.append(("a secret", data))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(f"seed {seed}: no code but those that are documented", not unknown, unknown[:3])
    check(f"seed {seed}: it lives", target.process.poll() is None, target.lines[-40:])
    check(
        "many kinds of answers, so that this reaches something",
        len([code for code in codes if codes[code] > 10]) >= 8,
        codes,
    )
    # AddressSanitizer keeps freed memory aside, up to 256 MiB; what grows is looked at in the plain build
    if target.process.poll() is None:
        same("served afterwards", Client(target, tokens).get(API).status, 200)
        target.stop("the server after random requests")
    target.remove()


def memory_stays_flat():
    """RSS of the plain build: the second half of 4,000 mixed requests adds nothing that grows."""
    target = Server(*lib.LOCAL)
    main = Client(target)
    many = Client(target, [target.token] + main.more_tokens(30))

    def load(count):
        for number in range(count):
            kind = number % 8
            if kind == 0:
                many.post(
                    "/api/v1/events",
                    {"event": "call.ended", "data": {"text": "x" * 2000}},
                    retry=False,
                    judged=False,
                )
            elif kind == 1:
                many.post(API, b"{" * 3000, retry=False, judged=False)
            elif kind == 2:
                many.get("/", judged=False)
            elif kind == 3:
                raw(target, b"GET / HTTP/1.1\r\nHost: x\r\n", half_close=True)
            else:
                many.get(numbers_of(number), retry=False, judged=False)

    load(2000)
    before = target.rss_kb()
    load(2000)
    after = target.rss_kb()
    # 2,000 requests that leaked a kilobyte each would show as 2,000 kB
    check("memory is flat", after - before < 1500, f"{before} kB, then {after} kB")
    check("RSS below 40 MB", after < 40 * 1024, f"{after} kB")
    target.stop("the server after 4,000 requests")
    target.remove()


def numbers_of(number):
    return (
        "/api/v1/webhooks?limit=50",
        "/metrics",
        "/api/v1/deliveries?statusClass=5xx",
        "/api/v1/stats?range=7d",
        "/nothing",
    )[number % 5]


def end():
    check("nothing smuggled ever arrived", not smuggled(), smuggled()[:3])
    server.stop()
    server.remove()


def beside(*parts):
    """Parts that mostly wait, at the same time."""

    def both():
        threads = []
        for part in parts:

            def guarded(part=part):
                import traceback

                try:
                    part()
                except Exception:
                    check(f"{part.__name__} runs to its end", False, traceback.format_exc())

            threads.append(threading.Thread(target=guarded))
            threads[-1].start()
        for thread in threads:
            thread.join()

    both.__name__ = " ".join(part.__name__ for part in parts)
    return both


lib.run(
    framing,
    paths,
    hosts,
    origins,
    every_header,
    unauthorized,
    unauthorized_bytes,
    beside(random_requests, memory_stays_flat),
    slow,
    slow_readers,
    many_connections,
    slowhttptest,
    end,
)
