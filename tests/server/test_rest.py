"""test_rest.py BUILD: each call of openapi.yaml, each of its answers provoked, each answer held against
it."""

import datetime
import json
import os
import re
import sqlite3
import threading
import time

import lib
from lib import LOCAL, Client, Receiver, Server, check, same, spec, until

receiver = Receiver()
server = Server(*LOCAL, "--business", "biz_1", "--log-rows", "500", binary=lib.SANITIZED)
first = Client(server)
client = Client(server, first.more_tokens(6))
WEBHOOKS = "/api/v1/webhooks"
DELIVERIES = "/api/v1/deliveries"
NOBODY = "/api/v1/webhooks/whk_000000000000000000000000"
NOTHING = "/api/v1/deliveries/dlv_000000000000000000000000"
RECENT = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 3600))
NO_TOKEN = "tok_000000000000000000000000"


def event_types_and_server():
    types = client.get("/api/v1/event-types").data
    same("18 event types", len(types), 18)
    same(
        "each has the text of the dashboard",
        types[1],
        {"name": "call.ended", "group": "call", "firesWhen": "A call hangs up, for any reason"},
    )
    about = client.get("/api/v1/server").data
    same("business and store", (about["businessId"], about["store"]), ("biz_1", "sqlite"))
    policy = about["policy"]
    same(
        "policy", (policy["allowHttp"], policy["allowCidr"], policy["logRows"]), (True, ["127.0.0.1/32"], 500)
    )
    # Standard Webhooks' schedule: 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
    same("schedule", policy["schedule"], [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400])
    same("attempts and deadline", (policy["maxAttempts"], policy["deadlineMs"]), (10, 30000))
    same(
        "openapi.yaml is the one of the tree",
        client.get("/openapi.yaml", token=None).body,
        spec.text.encode(),
    )
    for path in ("/healthz", "/readyz", "/", "/favicon.svg"):
        same(f"{path} is open", client.get(path, token=None).status, 200)
    for path in ("/", "/openapi.yaml", "/favicon.svg"):
        tag = client.get(path, token=None).headers["ETag"]
        same(
            f"{path}: If-None-Match", client.get(path, token=None, fields={"If-None-Match": tag}).status, 304
        )
        same(
            f"{path}: another ETag", client.get(path, token=None, fields={"If-None-Match": '"x"'}).status, 200
        )
    text = client.get("/metrics").body.decode()
    check(
        "metrics are Prometheus text",
        all(
            re.fullmatch(
                r"# (HELP|TYPE) [a-z0-9_:]+ .+|[a-z_:][a-z0-9_:]*(\{[^}]*\})? [-+0-9.eE]+(Inf)?", line
            )
            for line in text.splitlines()
        ),
        text,
    )


def webhooks():
    answer = client.post(
        WEBHOOKS,
        {
            "name": "CRM Call Logger",
            "url": "https://example.com/hook?key=value1",
            "events": ["call.*", "summary.ready"],
        },
        shows_secret=True,
    )
    same("created", answer.status, 201)
    made = answer.data
    same("Location", answer.headers["Location"], WEBHOOKS + "/" + made["id"])
    check("secret as it is made", re.fullmatch(r"whsec_[0-9A-Za-z+/]{32}", made["secret"]), made["secret"])
    same(
        "a group is expanded",
        sorted(made["events"]),
        [
            "call.completed",
            "call.ended",
            "call.failed",
            "call.missed",
            "call.started",
            "call.transferred",
            "call.voicemail",
            "summary.ready",
        ],
    )
    check("the query is masked", "value1" not in made["url"], made["url"])
    path = WEBHOOKS + "/" + made["id"]
    kept = client.get(path).data
    check(
        "the secret is masked afterwards",
        kept["secret"] != made["secret"] and "•" in kept["secret"],
        kept["secret"],
    )
    same("the rest is the same", {**kept, "secret": ""}, {**made, "secret": ""})

    same(
        "again: 409",
        client.post(
            WEBHOOKS, {"name": "x", "url": "https://example.com/hook?key=value1", "events": ["*"]}
        ).code,
        "WEBHOOK_EXISTS",
    )
    own = client.post(
        WEBHOOKS,
        {
            "name": "own",
            "url": "https://example.com/own",
            "events": ["*"],
            "secret": "a secret-of+mine/123456789",
        },
        shows_secret=True,
    )
    same(
        "a secret of one's own",
        (own.status, own.data["secret"] if own.status == 201 else ""),
        (201, "a secret-of+mine/123456789"),
    )

    # what PATCH may do
    changed = client.patch(
        path, {"name": "Другое имя ✓", "events": ["agent.created"], "isActive": False}
    ).data
    same(
        "PATCH",
        (changed["name"], changed["events"], changed["isActive"], changed["health"]["class"]),
        ("Другое имя ✓", ["agent.created"], False, "inactive"),
    )
    same("the masked URL means unchanged", client.patch(path, {"url": kept["url"]}).data["url"], kept["url"])
    same(
        "really unchanged",
        client.post(
            WEBHOOKS, {"name": "x", "url": "https://example.com/hook?key=value1", "events": ["agent.created"]}
        ).code,
        "WEBHOOK_EXISTS",
    )
    same("active again", client.patch(path, {"isActive": True}).data["isActive"], True)
    same(
        "another URL",
        client.patch(path, {"url": "https://example.com/other"}).data["url"],
        "https://example.com/other",
    )
    same("nothing", client.patch(path, {}).status, 200)
    for member in ("secret", "id", "createdAt", "stats", "frobnicate"):
        answer = client.patch(path, {"name": "y", member: "x"})
        same(f"PATCH {member}", (answer.status, list(answer.fields)), (422, [member]))
    same("nothing of a refused PATCH is kept", client.get(path).data["name"], "Другое имя ✓")
    same(
        "PATCH to a URL that is taken",
        client.patch(path, {"url": "https://example.com/own"}).code,
        "WEBHOOK_EXISTS",
    )

    rotated = client.post(path + "/rotate-secret", shows_secret=True)
    same("rotated", (rotated.status, rotated.data["id"]), (200, made["id"]))
    check("to another secret", rotated.data["secret"] != made["secret"])

    same("deleted", client.delete(path).data, {"id": made["id"]})
    for method, target in (
        ("GET", path),
        ("DELETE", path),
        ("POST", path + "/rotate-secret"),
        ("POST", path + "/test"),
        ("GET", path + "/deliveries"),
        ("GET", path + "/stats"),
    ):
        same(f"{method} {target[-14:]} after it", client.call(method, target).status, 404)
    client.delete(WEBHOOKS + "/" + own.data["id"])


def values_refused():
    good = {"name": "n", "url": "https://example.com/refused", "events": ["*"]}
    for change, status, code, field in (
        ({"name": ""}, 422, "BAD_NAME", "name"),
        ({"name": "x" * 101}, 422, "BAD_NAME", "name"),
        ({"name": "   "}, 422, "BAD_NAME", "name"),
        ({"name": " \u00a0\u2003\u3000\ufeff"}, 422, "BAD_NAME", "name"),
        ({"name": "\u200b\u200e"}, 422, "BAD_NAME", "name"),
        ({"name": "a\u0000b"}, 422, "BAD_NAME", "name"),
        ({"name": 3}, 400, None, "name"),
        ({"name": None}, 400, None, "name"),
        ({"url": "http://[::1]/"}, 422, None, "url"),
        ({"url": "ftp://example.com/"}, 422, "URL_SCHEME", "url"),
        ({"url": "https://user:pass@example.com/"}, 422, "URL_USERINFO", "url"),
        ({"url": "https://example.com/#part"}, 422, "URL_FRAGMENT", "url"),
        ({"url": "https://example.com:0/"}, 422, "URL_PORT", "url"),
        ({"url": "https://exa mple.com/"}, 422, None, "url"),
        ({"url": "https://localhost/"}, 422, "BLOCKED_NAME", "url"),
        ({"url": "https://10.0.0.1/"}, 422, "BLOCKED_ADDRESS", "url"),
        ({"url": "https://169.254.169.254/latest"}, 422, "BLOCKED_ADDRESS", "url"),
        ({"url": "https://example.com/" + "x" * 9000}, 422, "URL_TOO_LONG", "url"),
        ({"url": ["https://example.com/"]}, 400, None, "url"),
        ({"events": []}, 422, "NO_EVENTS", "events"),
        ({"events": ["call.nope"]}, 422, "UNKNOWN_EVENT", "events"),
        ({"events": "call.ended"}, 400, None, "events"),
        ({"events": [1]}, 400, "WRONG_TYPE", "events"),
        ({"secret": ""}, 422, None, "secret"),
        ({"secret": "x" * 129}, 422, None, "secret"),
        ({"secret": " blank"}, 422, "SECRET_BLANK", "secret"),
        ({"secret": "v1,whsec_abc"}, 422, "SECRET_VERSION", "secret"),
        ({"frobnicate": 1}, 422, None, "frobnicate"),
    ):
        answer = client.post(WEBHOOKS, {**good, **change})
        fields = [name.split("[")[0] for name in answer.fields]
        got = (answer.status, answer.json.get("code") if code else None, fields if status == 422 else [])
        same(f"create with {str(change)[:60]}", got, (status, code, [field] if status == 422 else []))
    for member in good:
        less = dict(good)
        del less[member]
        answer = client.post(WEBHOOKS, less)
        same(f"create without {member}", (answer.status, list(answer.fields)), (422, [member]))
    for text in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"{}{}",
        b'{"name":"a","name":"b"}',
        b'{"name":"\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b'{"name":"\\ud800"}',
        b"{'name':1}",
        b'{"name":NaN}',
    ):
        answer = client.post(WEBHOOKS, text)
        check(f"body {text[:30]}: 400 or 422", answer.status in (400, 422), answer.status)
    created = [
        hook
        for hook in client.get(WEBHOOKS + "?limit=100").data
        if hook["url"].startswith("https://example.com/refused")
    ]
    same("none of them was created", created, [])


def pages_of_webhooks():
    made = [
        client.webhook(f"https://example.com/page/{number}", ["call.ended"], f"Page {number:02}")[0]
        for number in range(25)
    ]
    for hook in made[:5]:
        client.patch(f"{WEBHOOKS}/{hook}", {"isActive": False})
    answer = client.get(WEBHOOKS + "?q=page")
    same(
        "first page",
        answer.json["pagination"],
        {"page": 1, "limit": 20, "total": 25, "totalPages": 2, "hasNext": True, "hasPrev": False},
    )
    same("in the order they were made", [hook["id"] for hook in answer.data], made[:20])
    answer = client.get(WEBHOOKS + "?q=page&page=2")
    same("second page", [hook["id"] for hook in answer.data], made[20:])
    answer = client.get(WEBHOOKS + "?q=page&page=9")
    same("a page behind the last", (answer.data, answer.json["pagination"]["hasNext"]), ([], False))
    same(
        "inactive ones",
        [hook["id"] for hook in client.get(WEBHOOKS + "?active=false&limit=100").data],
        made[:5],
    )
    same(
        "active ones of a name",
        client.get(WEBHOOKS + "?active=true&q=Page%200").json["pagination"]["total"],
        5,
    )
    same("limit 1", len(client.get(WEBHOOKS + "?limit=1").data), 1)
    for query in (
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=",
        "page=0",
        "page=-1",
        "page=1.5",
        "page=99999999999999999999",
        "active=maybe",
        "frobnicate=1",
        "limit=1&limit=2",
        "q=%ff",
    ):
        same(f"?{query}", client.get(f"{WEBHOOKS}?{query}").status, 400)
    for hook in made:
        client.delete(f"{WEBHOOKS}/{hook}")


def deliveries():
    """Rows, every filter with its cursor, one delivery."""
    good, secret = client.webhook(receiver.url("/good"), name="good")
    bad, _ = client.webhook(receiver.url("/bad"), ["call.*", "agent.created"], name="bad")
    receiver.secrets["/good"] = [secret]
    receiver.answers["/bad"] = (404, b'<img src=x onerror=alert(1)> "\xff\x00\x1b[31m', {}, 0)
    began = time.time()
    messages = []
    for number in range(30):
        messages.append(
            client.emit(
                {"callId": f"call_{number}", "n": number},
                ("call.ended", "call.missed", "agent.created")[number % 3],
            )
        )
    until("30 deliveries came", lambda: len(receiver.ids("/good")) >= 30)
    until("30 failures came", lambda: len(receiver.ids("/bad")) >= 30)
    same("the ids of the answers", set(receiver.ids("/good")), set(messages))
    same("all are signed with the secret", receiver.bad, [])

    # retries of /bad come in while this machine is slow: only first attempts are counted
    def first_attempts():
        return [row for row in client.rows(DELIVERIES) if row["attempt"] == 1]

    until("all rows are there", lambda: len(first_attempts()) >= 60)
    rows = first_attempts()
    same("two rows for each event", len(rows), 60)
    row = next(row for row in rows if row["webhookId"] == bad)
    same(
        "a failed row",
        (
            row["statusCode"],
            row["state"],
            row["success"],
            row["attempt"],
            row["error"]["code"],
            row["isTest"],
        ),
        (404, "waiting", False, 1, "HTTP_STATUS", False),
    )
    check("what was answered, made UTF-8", row["response"].startswith("<img src=x onerror"), row["response"])
    check("the next attempt is 5 s later, or 10 % more", row["nextAttemptAt"] is not None, row)
    row = next(row for row in rows if row["webhookId"] == good)
    same(
        "a delivered row",
        (
            row["statusCode"],
            row["state"],
            row["success"],
            row["error"],
            row["nextAttemptAt"],
            row["response"],
        ),
        (200, "delivered", True, None, None, "ok"),
    )
    same("peer", row["peer"].split(":")[0], "127.0.0.1")

    # each filter, alone and in pairs, a page of 7 at a time, beside the same filter over all rows here
    all_rows = client.rows(DELIVERIES)
    middle = sorted(row["timestamp"] for row in all_rows)[30]
    filters = {
        "event=call.ended": lambda row: row["event"] == "call.ended",
        "event=call.*": lambda row: row["event"].startswith("call."),
        "event=call.ended,agent.created": lambda row: row["event"] in ("call.ended", "agent.created"),
        "success=true": lambda row: row["success"],
        "success=false": lambda row: not row["success"],
        "state=waiting": lambda row: row["state"] == "waiting",
        "state=delivered": lambda row: row["state"] == "delivered",
        "state=dropped": lambda row: row["state"] == "dropped",
        "statusClass=2xx": lambda row: row["statusCode"] and row["statusCode"] // 100 == 2,
        "statusClass=4xx": lambda row: row["statusCode"] and row["statusCode"] // 100 == 4,
        "statusClass=none": lambda row: row["statusCode"] is None,
        "test=false": lambda row: not row["isTest"],
        "test=true": lambda row: row["isTest"],
        f"since={middle}": lambda row: row["timestamp"] >= middle,
        f"until={middle}": lambda row: row["timestamp"] < middle,
        f"messageId={messages[7]}": lambda row: row["messageId"] == messages[7],
        f"webhookId={good}": lambda row: row["webhookId"] == good,
    }
    names = list(filters)
    pairs = [(name,) for name in names] + [
        (names[a], names[b])
        for a in range(len(names))
        for b in range(a)
        if names[a].split("=")[0] != names[b].split("=")[0] and (a + b) % 3 == 0
    ]
    # retries of /bad come in meanwhile: rows that are newer than all_rows are left out on both sides
    newest = int(all_rows[0]["cursor"])
    for names in pairs:
        got = [
            row["cursor"]
            for row in client.rows(f"{DELIVERIES}?{'&'.join(names)}", 7)
            if int(row["cursor"]) <= newest
        ]
        want = [row["cursor"] for row in all_rows if all(filters[name](row) for name in names)]
        same(f"{DELIVERIES}?{'&'.join(names)}", got, want)
    for hook in (good, bad):
        got = [
            row["cursor"]
            for row in client.rows(f"{WEBHOOKS}/{hook}/deliveries?event=call.missed", 3)
            if int(row["cursor"]) <= newest
        ]
        same(
            "of one webhook",
            got,
            [row["cursor"] for row in all_rows if row["webhookId"] == hook and row["event"] == "call.missed"],
        )
    by_pages(good, [row for row in all_rows if row["webhookId"] == good])
    for query in (
        "event=nope",
        "success=1",
        "state=open",
        "statusClass=2",
        "statusClass=6xx",
        "test=x",
        "since=yesterday",
        "until=0",
        "since=2026-13-01T00:00:00Z",
        "messageId=",
        "limit=0",
        "limit=1000",
        "cursor=x",
        "cursor=-1",
        "cursor=99999999999999999999",
        "frobnicate=1",
        "event=call.ended&event=call.missed",
    ):
        same(f"?{query}", client.get(f"{DELIVERIES}?{query}").status, 400)
        same(f"of one webhook ?{query}", client.get(f"{WEBHOOKS}/{good}/deliveries?{query}").status, 400)
    for query in ("q=%ff", "q=%ed%a0%80"):
        same(f"webhooks?{query}", client.get(f"{WEBHOOKS}?{query}").fields, {"q": "BAD_UTF8"})
    same(
        "another webhook's id is no parameter there",
        client.get(f"{WEBHOOKS}/{good}/deliveries?webhookId={bad}").status,
        400,
    )
    same("until the first moment", client.get(f"{DELIVERIES}?until=1970-01-01T00:00:00Z").data, [])
    same("since the first moment", len(client.get(f"{DELIVERIES}?since=1970-01-01T00:00:00Z").data), 20)
    same(
        "since the last, until the first",
        client.get(f"{DELIVERIES}?since=9999-12-31T23:59:59.999Z&until=1970-01-01T00:00:00Z").data,
        [],
    )
    # a cursor is a place in the log, whoever was told it
    row = next(row for row in all_rows if row["webhookId"] == bad)
    same(
        "a cursor from the rows of another webhook",
        [row["cursor"] for row in client.get(f"{WEBHOOKS}/{good}/deliveries?cursor={row['cursor']}&limit=100").data],
        [
            other["cursor"]
            for other in all_rows
            if other["webhookId"] == good and int(other["cursor"]) < int(row["cursor"])
        ],
    )
    for cursor in ("0", "1", "00012", "+1", "%201", "1%20", "9223372036854775808", "18446744073709551615"):
        same(f"cursor {cursor}", client.get(f"{DELIVERIES}?cursor={cursor}").code, "BAD_CURSOR")
    for page in ("2147483647", "1000000"):
        same(f"page {page}", client.get(f"{WEBHOOKS}/{good}/deliveries?page={page}&limit=100").data, [])
        same(f"page {page} of webhooks", client.get(f"{WEBHOOKS}?page={page}&limit=100").data, [])
    same("page 2^31", client.get(f"{WEBHOOKS}?page=2147483648").status, 400)
    other_kinds(good, all_rows[0])
    same("rows of nobody", client.get(f"{DELIVERIES}?webhookId=whk_000000000000000000000000").status, 404)
    same("a cursor that none gave", client.get(f"{DELIVERIES}?cursor=9223372036854775807").code, "BAD_CURSOR")

    # one delivery
    failed = next(row for row in all_rows if row["webhookId"] == bad and row["messageId"] == messages[0])
    one = client.get(f"{DELIVERIES}/{failed['id']}").data
    same(
        "one delivery",
        (one["id"], one["webhookId"], one["messageId"], one["event"], one["isTest"]),
        (failed["id"], bad, messages[0], "call.ended", False),
    )
    sent = next(
        body
        for path, headers, body in receiver.got
        if path == "/bad" and headers["webhook-id"] == messages[0]
    )
    same("its body is what was sent", one["request"]["body"].encode(), sent)
    same(
        "attempts, oldest first",
        [attempt["attempt"] for attempt in one["attempts"]],
        list(range(1, len(one["attempts"]) + 1)),
    )
    check(
        "no signature is invented",
        not [name for name, _ in one["request"]["headers"] if "signature" in name.lower()],
        one["request"]["headers"],
    )
    same("stats say so", client.get(f"{WEBHOOKS}/{good}").data["stats"]["delivered"], 30)
    actions(bad, failed, messages)
    stats(good, bad, began)
    for hook in (good, bad):
        client.delete(f"{WEBHOOKS}/{hook}")


def other_kinds(hook, row):
    """Ids of another kind, another case, a letter more or less: there is nothing of that name."""
    delivery, message = row["id"], row["messageId"]
    for path in (
        f"{WEBHOOKS}/{delivery}",
        f"{WEBHOOKS}/{delivery}/deliveries",
        f"{DELIVERIES}/{hook}",
        f"{DELIVERIES}/{message}",
        f"{WEBHOOKS}/tok_{hook[4:]}",
        f"{WEBHOOKS}/{hook.upper()}",
        f"{WEBHOOKS}/{hook}x",
        f"{WEBHOOKS}/{hook[:-1]}",
        f"{WEBHOOKS}/whk_",
        f"{WEBHOOKS}/whk_{'a' * 59}",
        f"{WEBHOOKS}/whk_{'a' * 400}",
        f"{DELIVERIES}/dlv_{delivery[4:].swapcase()}",
    ):
        same(f"GET {path[:70]}", client.get(path).status, 404)
    same("DELETE with a letter less", client.delete(f"{WEBHOOKS}/{hook[:-1]}").status, 404)
    for name, value in (("webhookId", delivery), ("messageId", delivery), ("messageId", hook)):
        same(f"{name}={value[:4]}", client.get(f"{DELIVERIES}?{name}={value}").status, 400)


def by_pages(hook, rows):
    """The same rows by the number of a page; nothing more comes to this webhook meanwhile."""
    path = f"{WEBHOOKS}/{hook}/deliveries?limit=7"
    want = [row["cursor"] for row in rows]
    got, page = [], 0
    while True:
        page += 1
        answer = client.get(f"{path}&page={page}")
        got += [row["cursor"] for row in answer.data]
        pages = answer.json["pagination"]
        same(f"page {page} counts all", (pages["page"], pages["total"]), (page, len(want)))
        same("and pages", pages["totalPages"], (len(want) + 6) // 7)
        if not pages["hasNext"]:
            break
    same("all pages together", got, want)
    same("behind the last", client.get(f"{path}&page={page + 1}").data, [])
    same("a page and a cursor", client.get(f"{path}&page=1&cursor={want[0]}").status, 400)
    same("page 0", client.get(f"{path}&page=0").status, 400)


def actions(bad, failed, messages):
    """send-now, cancel, redeliver, redeliver since, and when they are refused."""
    path = f"{DELIVERIES}/{failed['id']}"
    waits = client.post(path + "/redeliver")
    same("redeliver while it waits", (waits.status, waits.code), (409, "DELIVERY_WAITS"))
    check("says when it is tried next", re.match("20", waits.json.get("nextAttemptAt", "")), waits.json)
    before = receiver.ids("/bad").count(messages[0])
    same("send now", client.post(path + "/send-now").status, 202)
    until("it is sent now", lambda: receiver.ids("/bad").count(messages[0]) > before)
    until("its row is there", lambda: client.get(path).data["attempts"][-1]["attempt"] >= 2)
    same("cancelled", client.post(path + "/cancel").data, {"id": failed["id"]})
    same("its state", client.get(path).data["state"], "cancelled")
    for action in ("send-now", "cancel"):
        again = client.post(f"{path}/{action}")
        same(f"{action} again", (again.status, again.code), (409, "DELIVERY_NOT_WAITING"))
    receiver.answers["/bad"] = (200, b"", {}, 0)
    before = receiver.ids("/bad").count(messages[0])
    again = client.post(path + "/redeliver")
    same("redelivered", (again.status, again.data), (202, {"messageId": messages[0]}))
    until("it comes again, same id", lambda: receiver.ids("/bad").count(messages[0]) > before)
    until(
        "as a row of its own",
        lambda: len(
            {row["id"] for row in client.rows(f"{DELIVERIES}?messageId={messages[0]}&webhookId={bad}")}
        )
        == 2,
    )

    # all that failed since
    receiver.answers["/gone"] = (410, b"gone", {}, 0)
    gone, _ = client.webhook(receiver.url("/gone"), ["lead.created"], name="gone")
    since = client.get(f"{WEBHOOKS}/{gone}").data["createdAt"]
    client.emit({"leadId": "l"}, "lead.created")
    until(
        "410 sets it inactive", lambda: client.get(f"{WEBHOOKS}/{gone}").data["health"]["class"] == "inactive"
    )
    refused = client.post(f"{WEBHOOKS}/{gone}/redeliver", {"since": since})
    same("inactive: 409", (refused.status, refused.code), (409, "WEBHOOK_INACTIVE"))
    row = client.rows(f"{WEBHOOKS}/{gone}/deliveries")[0]
    same("it failed for good", (row["state"], row["statusCode"]), ("failed", 410))
    same(
        "one of an inactive webhook: 409",
        client.post(f"{DELIVERIES}/{row['id']}/redeliver").code,
        "WEBHOOK_INACTIVE",
    )
    client.emit({"leadId": "m"}, "lead.created")
    until(
        "what came meanwhile is counted",
        lambda: client.get(f"{WEBHOOKS}/{gone}").data["stats"]["skipped"] == 1,
    )
    receiver.answers["/gone"] = (200, b"", {}, 0)
    client.patch(f"{WEBHOOKS}/{gone}", {"isActive": True})
    same(
        "in the future: none",
        client.post(f"{WEBHOOKS}/{gone}/redeliver", {"since": "2099-01-01T00:00:00.000Z"}).status
        in (202, 422),
        True,
    )
    same("one", client.post(f"{WEBHOOKS}/{gone}/redeliver", {"since": since}).data, {"count": 1})
    until("it is delivered", lambda: client.get(f"{WEBHOOKS}/{gone}").data["stats"]["delivered"] == 1)
    for body, status in (
        ({}, 422),
        ({"since": 1}, 400),
        ({"since": "yesterday"}, 422),
        ({"since": since, "x": 1}, 422),
    ):
        same(f"redeliver {body}", client.post(f"{WEBHOOKS}/{gone}/redeliver", body).status, status)
    client.delete(f"{WEBHOOKS}/{gone}")


def stats(good, bad, began):
    """The buckets are written every 10 s, and count what the hub counts."""
    total = client.get(f"{WEBHOOKS}/{good}").data["stats"]["delivered"]

    def there():
        got = client.get(f"{WEBHOOKS}/{good}/stats?range=24h").data
        return got if got["totals"]["delivered"] == total else None

    got = until("all in the chart", there)
    if got:
        same("the buckets sum up", sum(bucket["delivered"] for bucket in got["buckets"]), total)
        check(
            "in the last hours",
            all(
                bucket["start"] >= time.strftime("%Y-%m-%dT%H:%M", time.gmtime(began - 7200))
                for bucket in got["buckets"]
            ),
            got["buckets"],
        )
    for span, width in (("24h", None), ("7d", None), ("30d", None)):
        every = client.get(f"/api/v1/stats?range={span}").data
        check(
            f"all webhooks, {span}",
            every["totals"]["delivered"] >= 30 and every["totals"]["failed"] >= 30,
            every["totals"],
        )
    same("no such range", client.get("/api/v1/stats?range=1y").status, 400)
    hooks = {hook["id"]: hook for hook in client.get(WEBHOOKS + "?limit=100").data}
    same("series of the list", [sum(pair[0] for pair in hooks[hook]["series"]) for hook in (good,)], [total])
    check("failures in the list", sum(pair[1] for pair in hooks[bad]["series"]) >= 30, hooks[bad]["series"])


def tests():
    hook, secret = client.webhook(
        receiver.url("/test"), ["call.ended", "agent.created", "lead.created"], name="tested"
    )
    receiver.secrets["/test"] = [secret]
    receiver.answers["/test"] = (200, b"fine", {}, 2)
    answer = client.post(f"{WEBHOOKS}/{hook}/test")
    same(
        "a sample of each",
        (answer.status, sorted(event["event"] for event in answer.data["events"])),
        (202, ["agent.created", "call.ended", "lead.created"]),
    )
    again = client.post(f"{WEBHOOKS}/{hook}/test", retry=False)
    same("one test at a time", (again.status, "Retry-After" in again.headers), (429, True))
    rows = until(
        "their rows come",
        lambda: (lambda rows: rows if len(rows) == 3 else None)(
            client.rows(f"{WEBHOOKS}/{hook}/deliveries?test=true&since={answer.data['since']}")
        ),
    )
    if rows:
        same(
            "the rows are those of the answer",
            {(row["event"], row["messageId"]) for row in rows},
            {(event["event"], event["messageId"]) for event in answer.data["events"]},
        )
        same(
            "delivered as tests",
            {(row["state"], row["isTest"], row["response"]) for row in rows},
            {("delivered", True, "fine")},
        )
    same(
        "marked as tests",
        {headers["X-Webhook-Test"] for path, headers, _ in receiver.got if path == "/test"},
        {"1"},
    )
    same("signed", receiver.bad, [])
    receiver.answers["/test"] = (200, b"fine", {}, 0)
    until("another test may come", lambda: client.post(f"{WEBHOOKS}/{hook}/test", retry=False).status == 202)
    stats_of = client.get(f"{WEBHOOKS}/{hook}").data["stats"]
    same("tests change no counter", (stats_of["delivered"], stats_of["failed"]), (0, 0))
    client.delete(f"{WEBHOOKS}/{hook}")


def how_it_stands():
    """When it was changed, since when it fails, when it was set inactive and by whom."""
    hook, _ = client.webhook(receiver.url("/stands"), ["call.ended"], name="stands")

    def shown():
        return client.get(f"{WEBHOOKS}/{hook}").data

    def health(*members):
        return tuple(shown()["health"][member] for member in members)

    made = shown()
    same("new: changed when it was made", made["updatedAt"], made["createdAt"])
    same("new: neither failing nor inactive", health("failingSince", "inactiveAt", "inactiveBy"), (None,) * 3)
    time.sleep(0.01)
    renamed = client.patch(f"{WEBHOOKS}/{hook}", {"name": "stands still"}).data
    check("changed later", renamed["updatedAt"] > made["createdAt"], renamed["updatedAt"])
    client.patch(f"{WEBHOOKS}/{hook}", {})
    same("no change, no other time", shown()["updatedAt"], renamed["updatedAt"])
    stopped = client.patch(f"{WEBHOOKS}/{hook}", {"isActive": False}).data
    same("inactive by a call", health("class", "inactiveBy"), ("inactive", "call"))
    same("and when", stopped["health"]["inactiveAt"], stopped["updatedAt"])
    client.patch(f"{WEBHOOKS}/{hook}", {"isActive": True})
    same("active again", health("inactiveAt", "inactiveBy"), (None, None))

    def listed(query):
        return [each["id"] for each in client.get(f"{WEBHOOKS}?limit=100&{query}").data]

    began = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    receiver.answers["/stands"] = (500, b"no", {}, 0)

    def fails():
        client.emit({"n": 1})
        time.sleep(0.2)
        return health("class") == ("failing",)

    until("it fails", fails)
    since = health("failingSince")[0]
    check("since then", since and since >= began, (since, began))
    check("it is among those that fail", hook in listed("failing=true"))
    check("and not among the others", hook not in listed("failing=false"))
    same("active, and failing", hook in listed("failing=true&active=true&q=stands"), True)
    same("?failing=maybe", client.get(f"{WEBHOOKS}?failing=maybe").status, 400)
    receiver.answers["/stands"] = (200, b"yes", {}, 0)

    def recovers():
        client.emit({"n": 2})
        waiting = client.rows(f"{WEBHOOKS}/{hook}/deliveries?state=waiting", 5)[:5]
        for row in waiting:
            client.post(f"{DELIVERIES}/{row['id']}/send-now", judged=False)
        time.sleep(0.2)
        return health("class", "failingSince") in (("healthy", None), ("slow", None))

    until("it is well again", recovers)
    check("and not among those that fail", hook not in listed("failing=true"))
    receiver.answers["/stands"] = (410, b"gone", {}, 0)

    def gives_up():
        client.emit({"n": 3})
        time.sleep(0.2)
        return not shown()["isActive"]

    until("410 sets it inactive", gives_up)
    same("by what it answered", health("class", "inactiveBy"), ("inactive", "failures"))
    check("and when", health("inactiveAt")[0] > since, health("inactiveAt"))
    client.delete(f"{WEBHOOKS}/{hook}")


def health_in_words():
    """healthy, slow, failing: by what the receiver did, not by what the places of the worker go by."""
    hook, _ = client.webhook(receiver.url("/words"), ["agent.deleted"], name="in words")
    other, _ = client.webhook(receiver.url("/beside"), ["agent.created"], name="beside it")

    def health_class():
        return client.get(f"{WEBHOOKS}/{hook}").data["health"]["class"]

    def listed(query):
        return [each["id"] for each in client.get(f"{WEBHOOKS}?limit=100&{query}").data]

    def ended(state):
        rows = client.rows(f"{WEBHOOKS}/{hook}/deliveries?test=false&state={state}")
        return rows[0] if rows else None

    receiver.answers["/words"] = (401, b"who are you?", {}, 0)
    client.emit({}, "agent.deleted")
    until("it is refused", lambda: ended("waiting"))
    same("a webhook whose deliveries are refused", health_class(), "failing")
    check("is among those that fail", hook in listed("failing=true"))
    check("and not among the others", hook not in listed("failing=false"))
    receiver.answers["/words"] = (200, b"welcome", {}, 0)
    client.post(f"{WEBHOOKS}/{hook}/test")
    until("a test that is taken makes it healthy", lambda: health_class() == "healthy")
    check("it is no longer among those that fail", hook not in listed("failing=true"))
    check("but among the others", hook in listed("failing=false"))
    client.patch(f"{WEBHOOKS}/{hook}", {"isActive": False})
    client.patch(f"{WEBHOOKS}/{hook}", {"isActive": True})
    same("set active again", health_class(), "healthy")

    # while an answer is waited for, what comes in meanwhile does not wait for it
    receiver.answers["/words"] = (200, b"late", {}, 5.3)
    client.emit({}, "agent.deleted")
    until("the slow one has it", lambda: len(receiver.ids("/words")) >= 3)
    took = []
    for _ in range(4):
        began = time.monotonic()
        message = client.emit({}, "agent.created")
        while message not in receiver.ids("/beside") and time.monotonic() < began + 10:
            time.sleep(0.005)
        took.append(time.monotonic() - began)
    check("events come at once beside an answer that is waited for", sorted(took)[1] < 0.5, took)
    until("the slow one is delivered", lambda: ended("delivered"))
    same("a slow webhook", health_class(), "slow")
    client.patch(f"{WEBHOOKS}/{hook}", {"url": receiver.url("/words") + "?new"})
    same("at another URL", health_class(), "healthy")

    # the pause before the next attempt begins when this one has ended
    receiver.answers["/words?new"] = (500, b"late", {}, 2)
    client.emit({}, "agent.deleted")
    row = until("it fails after 2 s", lambda: ended("waiting&statusClass=5xx"))

    def ms(text):
        return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000 + 0.5)

    pause = ms(row["nextAttemptAt"]) - ms(row["timestamp"]) - row["durationMs"]
    check("the next attempt is 5 s after the end of this one, or 10 % more", 5000 <= pause <= 5500, row)
    client.delete(f"{WEBHOOKS}/{hook}")
    client.delete(f"{WEBHOOKS}/{other}")


def rotate_at_once():
    """What waits or is claimed is signed with the new secret from the answer on."""
    hook, old = client.webhook(receiver.url("/rotate"), ["call.ended"], name="rotate")
    receiver.secrets["/rotate"] = [old]
    stop = threading.Event()
    emitter = Client(server, client.tokens)

    def emit():
        while not stop.is_set():
            emitter.emit()

    thread = threading.Thread(target=emit)
    thread.start()
    until("deliveries come", lambda: len(receiver.ids("/rotate")) > 5)
    for _ in range(5):
        receiver.secrets["/rotate"] = receiver.secrets["/rotate"][-1:] + ["?"]
        # between request and answer both may come
        answer = client.post(f"{WEBHOOKS}/{hook}/rotate-secret", shows_secret=False, judged=False)
        lib.secrets.add(answer.data["secret"])
        with receiver.lock:
            old_secret = receiver.secrets["/rotate"][0]
            mark = len(receiver.got)
            receiver.bad.clear()
            receiver.secrets["/rotate"] = [answer.data["secret"]]
            seen = len([1 for entry in receiver.got if entry[0] == "/rotate"])
        until("more come", lambda: len(receiver.ids("/rotate")) > seen + 5)
        late = [
            entry
            for entry in receiver.got[mark:]
            if entry[0] == "/rotate"
            and entry[1]["X-Webhook-Signature"] == lib.signature(old_secret, entry[2])
        ]
        # a request that was on the wire when the answer was written may arrive after it: at most
        # what is in flight, and at once
        check("nothing is signed with the old secret once the answer is there", len(late) <= 4, len(late))
    stop.set()
    thread.join()
    receiver.secrets.pop("/rotate")
    receiver.bad.clear()
    client.delete(f"{WEBHOOKS}/{hook}")


def events():
    hook, _ = client.webhook(receiver.url("/events"), ["call.ended"], name="events")
    answer = client.post(
        "/api/v1/events",
        {"event": "call.ended", "timestamp": "2026-04-18T14:23:11.000Z", "data": {"callId": "c1"}},
    )
    same("accepted", answer.status, 202)
    until("it comes", lambda: answer.data["messageId"] in receiver.ids("/events"))
    body = json.loads(next(entry[2] for entry in receiver.got if entry[0] == "/events"))
    same(
        "the envelope",
        body,
        {
            "event": "call.ended",
            "timestamp": "2026-04-18T14:23:11.000Z",
            "businessId": "biz_1",
            "webhookId": hook,
            "data": {"callId": "c1"},
        },
    )
    answer = client.post(
        "/api/v1/events", {"event": "call.ended", "timestamp": "1970-01-01T00:00:00Z", "data": {"callId": "c0"}}
    )
    until("it comes", lambda: answer.data["messageId"] in receiver.ids("/events"))
    body = next(e[2] for e in receiver.got if e[1]["webhook-id"] == answer.data["messageId"])
    same("the first moment is not now", json.loads(body)["timestamp"], "1970-01-01T00:00:00.001Z")
    first_body = {"event": "call.ended", "data": {"callId": "c2"}}
    keyed = [client.post("/api/v1/events", first_body, fields={"Idempotency-Key": "key 1"}) for _ in range(3)]
    same("one key, one event", len({answer.data["messageId"] for answer in keyed}), 1)
    until("it comes", lambda: keyed[0].data["messageId"] in receiver.ids("/events"))
    client.emit({"callId": "c3"})
    until("three more came", lambda: len(receiver.ids("/events")) >= 4)
    same("the key came once", receiver.ids("/events").count(keyed[0].data["messageId"]), 1)
    other = client.post(
        "/api/v1/events",
        {"event": "call.ended", "data": {"callId": "other"}},
        fields={"Idempotency-Key": "key 1"},
    )
    same("same key, other data", (other.status, other.code), (409, "KEY_REUSED"))
    for key, status in (("k" * 256, 202), ("k" * 257, 422), ("", 400)):
        got = client.post("/api/v1/events", first_body, fields={"Idempotency-Key": key}).status
        check(f"a key of {len(key)}", got == status or (key != "k" * 256 and got in (400, 422)), got)

    # the same key from ten threads at once
    ids = []
    threads = [
        threading.Thread(
            target=lambda: ids.append(
                Client(server, client.tokens)
                .post("/api/v1/events", first_body, fields={"Idempotency-Key": "race"})
                .data["messageId"]
            )
        )
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same("ten at once with one key", (len(ids), len(set(ids))), (10, 1))

    for body, status, code in (
        ({"event": "call.nope", "data": {}}, 422, "UNKNOWN_EVENT"),
        ({"event": "call.*", "data": {}}, 422, "UNKNOWN_EVENT"),
        ({"event": "call.ended"}, 422, None),
        ({"data": {}}, 422, None),
        ({"event": 1, "data": {}}, 400, None),
        ({"event": "call.ended", "data": []}, 400, None),
        ({"event": "call.ended", "data": "x"}, 400, None),
        ({"event": "call.ended", "data": {}, "timestamp": "x"}, 422, "BAD_TIME"),
        ({"event": "call.ended", "data": {}, "timestamp": 1}, 400, None),
        ({"event": "call.ended", "data": {}, "id": "x"}, 422, None),
    ):
        answer = client.post("/api/v1/events", body)
        same(f"emit {body}", (answer.status, answer.code if code else None), (status, code))

    # what is accepted arrives as it is, whatever stands in it
    strange = {
        "callId": "‮evil<script>alert(1)</script>\u001b[31m\u0000 \U0001f600",
        "deep": [[[{"a": [1.5e300, -0, None, True]}]]],
    }
    message = client.emit(strange)
    until("it comes", lambda: message in receiver.ids("/events"))
    body = next(
        entry[2] for entry in receiver.got if entry[0] == "/events" and entry[1]["webhook-id"] == message
    )
    same("byte for byte", json.loads(body)["data"], strange)
    large = client.post("/api/v1/events", {"event": "call.ended", "data": {"text": "x" * 900_000}})
    same("900,000 bytes", large.status, 202)
    until("they come", lambda: large.data["messageId"] in receiver.ids("/events"))
    one = until("with a row", lambda: client.rows(f"{DELIVERIES}?messageId={large.data['messageId']}"))
    if one:
        same(
            "the whole body is shown",
            len(
                json.loads(client.get(f"{DELIVERIES}/{one[0]['id']}").data["request"]["body"])["data"]["text"]
            ),
            900_000,
        )
    client.delete(f"{WEBHOOKS}/{hook}")


def scopes():
    """Each call with each scope: what the API's table says, and nothing changes."""
    by_scope = {
        scope: first.post("/api/v1/tokens", {"scope": scope, "name": scope}, shows_secret=True).data["token"]
        for scope in ("read", "emit")
    }
    strangers = 1
    for method, _, path, operation in spec.routes:
        if operation.get("security") == []:
            continue
        target = (
            path.replace("/webhooks/{id}", NOBODY[7:])
            .replace("/deliveries/{id}", NOTHING[7:])
            .replace("{id}", NO_TOKEN)
        )
        needs = (
            "emit" if path == "/api/v1/events" else "full" if method != "GET" or "tokens" in path else "read"
        )
        for scope, token in by_scope.items():
            if path == "/api/v1/stream" and scope == "read":
                continue  # it would stream
            answer = client.call(method, target, {} if operation.get("requestBody") else None, token=token)
            same(f"{method} {target} with scope {scope}", answer.status == 403, scope != needs)
        stranger = Client(server, source=f"127.0.1.{strangers}")
        strangers += 1
        same(
            f"{method} {target} without a token",
            stranger.call(method, target, {} if operation.get("requestBody") else None, token=None).status,
            401,
        )
        stranger.close()


def tokens():
    listed = first.get("/api/v1/tokens").data
    same("the one in use", [token["scope"] for token in listed if token["current"]], ["full"])
    made = first.post("/api/v1/tokens", {"scope": "read", "name": "<b>name</b>"}, shows_secret=True).data
    entry = next(token for token in first.get("/api/v1/tokens").data if token["id"] == made["id"])
    same("listed", (entry["name"], entry["scope"], entry["current"]), ("<b>name</b>", "read", False))
    # a name comes back as it was given, however it was written
    for name in ("caf\u00e9 \"au\" lait", "a\u0041\u2028b \\ /", "\U0001f600 name"):
        for ascii_only in (True, False):
            body = json.dumps({"scope": "read", "name": name}, ensure_ascii=ascii_only).encode()
            named = first.post("/api/v1/tokens", body, shows_secret=True).data
            same(f"token {body}", named["name"], name)
            first.delete(f"/api/v1/tokens/{named['id']}")
    same("it works", client.get(WEBHOOKS, token=made["token"]).status, 200)
    check(
        "used",
        until(
            "last use is known",
            lambda: next(token for token in first.get("/api/v1/tokens").data if token["id"] == made["id"])[
                "lastUsedAt"
            ],
        ),
    )
    same("revoked", first.delete(f"/api/v1/tokens/{made['id']}").status, 200)
    same("at once", client.get(WEBHOOKS, token=made["token"]).status, 401)
    same("twice", first.delete(f"/api/v1/tokens/{made['id']}").status, 404)
    for body, status in (
        ({"scope": "root", "name": "x"}, 422),
        ({"scope": "read"}, 422),
        ({"name": "x"}, 422),
        ({"scope": "read", "name": ""}, 422),
        ({"scope": "read", "name": "x" * 101}, 422),
        ({"scope": "read", "name": " \u00a0 "}, 422),
        ({"scope": "read", "name": "a\u009b31m"}, 422),
        ({"scope": "read", "name": "a\u007f"}, 422),
        ({"scope": 1, "name": "x"}, 400),
        ({"scope": "read", "name": "x", "token": "aks_mine"}, 422),
    ):
        same(f"token {body}", first.post("/api/v1/tokens", body).status, status)

    # the last of scope full stays, in a server of its own
    alone = Server(binary=lib.SANITIZED)
    only = Client(alone)
    last = only.get("/api/v1/tokens").data
    same("one at the start", len(last), 1)
    refused = only.delete(f"/api/v1/tokens/{last[0]['id']}")
    same("the last full one stays", refused.status, 409)
    second = only.post("/api/v1/tokens", {"scope": "full", "name": "second"}, shows_secret=True).data
    same("the first may go then", only.delete(f"/api/v1/tokens/{last[0]['id']}").status, 200)
    same("and is dead", only.get(WEBHOOKS).status, 401)
    same(
        "the second is the last",
        only.delete(f"/api/v1/tokens/{second['id']}", token=second["token"]).status,
        409,
    )
    own = Client(alone, [second["token"]])
    own.tokens += own.more_tokens(9)
    own.more_tokens(90, "read")
    refused = own.post("/api/v1/tokens", {"scope": "read", "name": "one more"})
    same("a hundred at most", (refused.status, refused.code), (409, "TOO_MANY_TOKENS"))
    same("all of them work", own.get("/api/v1/tokens").status, 200)
    alone.stop("server with one token")
    alone.remove()


class Stream:
    """Reads the stream in a thread; lines as they come."""

    def __init__(self, token):
        self.connection = lib.http.client.HTTPConnection(server.host, server.port, timeout=60)
        self.connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + token})
        self.response = self.connection.getresponse()
        self.lines = []
        self.closed = False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for line in self.response:
                self.lines.append((time.monotonic(), line.decode().rstrip("\r\n")))
        except (OSError, ValueError, lib.http.client.HTTPException, AttributeError):
            pass
        self.closed = True

    def webhooks(self):
        return [json.loads(line[6:])["webhooks"] for _, line in self.lines if line.startswith("data: ")]


def stream():
    hook, _ = client.webhook(receiver.url("/stream"), ["call.ended"], name="stream")
    one = Stream(server.token)
    same(
        "stream",
        (one.response.status, one.response.headers["Content-Type"].split(";")[0]),
        (200, "text/event-stream"),
    )
    same("its header fields", lib.wrong_headers("/api/v1/stream", one.response.headers), "")
    spec.seen.add(("stream", 200))
    client.emit()
    until("a change is told", lambda: any(hook in hooks or not hooks for hooks in one.webhooks()))  # []: too many to name

    def renamed():
        client.patch(f"{WEBHOOKS}/{hook}", {"name": "stream, renamed"})
        return any(hook in hooks for hooks in one.webhooks())

    until("a change of one is told by its name", renamed)
    for _ in range(100):
        client.emit()
    until("all came", lambda: len(receiver.ids("/stream")) >= 101)
    time.sleep(1)
    times = [at for at, line in one.lines if line == "event: change"]
    windows = [sum(1 for other in times if at <= other < at + 1) for at in times]
    check("at most 4 a second (5 in a window that begins within one)", max(windows) <= 5, windows)
    same(
        "each change has its name",
        {line for _, line in one.lines if line.startswith("event:")},
        {"event: change"},
    )
    until("a comment keeps it alive", lambda: any(line.startswith(":") for _, line in one.lines), 40)

    # one that nobody reads keeps nobody from hearing
    deaf = lib.socket.socket()
    deaf.setsockopt(lib.socket.SOL_SOCKET, lib.socket.SO_RCVBUF, 2048)
    deaf.connect((server.host, server.port))
    deaf.sendall(
        f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Authorization: Bearer {server.token}\r\n\r\n".encode()
    )
    heard = len(one.webhooks())
    for turn in range(3):
        until(f"turn {turn} is heard beside one that does not read", renamed)
        one.lines.clear()
    check("it was heard", heard > 0)

    # 32 of them; the next is refused; hung up ones give their places back
    many = [Stream(server.token) for _ in range(30)]
    same("30 more, beside the one that does not read", {entry.response.status for entry in many}, {200})
    refused = client.get("/api/v1/stream", retry=False)
    same("the 33rd", (refused.status, "Retry-After" in refused.headers), (503, True))
    same("the API goes on", client.get(WEBHOOKS).status, 200)
    deaf.close()
    for entry in many:
        entry.connection.sock and entry.connection.sock.shutdown(2)
        entry.connection.close()
    got = until(
        "places come back",
        lambda: (lambda entry: entry if entry.response.status == 200 else None)(Stream(server.token)),
    )
    client.delete(f"{WEBHOOKS}/{hook}")
    until("a deletion is told", lambda: got and got.webhooks())
    revoked = first.post("/api/v1/tokens", {"scope": "read", "name": "for a stream"}, shows_secret=True).data
    watched = Stream(revoked["token"])
    first.delete(f"/api/v1/tokens/{revoked['id']}")
    until("a stream ends with its token", lambda: watched.closed, 40)


def refusals_of_every_call():
    """400, 401, 413, 415, 421, 429 of each call; the rest is provoked where the calls are tested."""
    busy = first.post("/api/v1/tokens", {"scope": "full", "name": "busy"}, shows_secret=True).data["token"]
    stop = threading.Event()

    def hammer():
        mine = Client(server, [busy])
        while not stop.is_set():
            mine.get("/api/v1/event-types", retry=False, judged=False)

    for method, _, path, operation in spec.routes:
        target = (
            path.replace("/webhooks/{id}", NOBODY[7:])
            .replace("/deliveries/{id}", NOTHING[7:])
            .replace("{id}", NO_TOKEN)
        )
        target = target.replace("{asset}", "favicon.svg")
        wanted = operation["responses"]
        body = {} if operation.get("requestBody") else None
        if "400" in wanted:
            same(f"{method} {target}?x=1", client.call(method, target + "?frobnicate=1", body).status, 400)
        if "421" in wanted:
            same(
                f"{method} {target} for another host",
                client.call(method, target, body, fields={"Host": "evil.test"}).status,
                421,
            )
        if "415" in wanted:
            for kind in (
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "application/jsonx",
                "",
            ):
                same(
                    f"{method} {target} as {kind}",
                    client.call(method, target, b"{}", fields={"Content-Type": kind}).status,
                    415,
                )
        if "413" in wanted:
            size = (1 << 20) + 1 if path == "/api/v1/events" else (16 << 10) + 1
            answer = client.call(method, target, b'{"name":"' + b"x" * (size - 11) + b'"}')
            same(f"{method} {target} with {size} bytes", answer.status, 413)
        if "404" in wanted and "{id}" in path and body is None:
            same(f"{method} {target}", client.call(method, target).status, 404)
        if path == "/{asset}":
            same("no such asset", client.get("/nothing.js", token=None).status, 404)
    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for method, _, path, operation in spec.routes:
        if "429" not in operation["responses"]:
            continue
        target = (
            path.replace("/webhooks/{id}", NOBODY[7:])
            .replace("/deliveries/{id}", NOTHING[7:])
            .replace("{id}", NO_TOKEN)
        )
        if path == "/api/v1/stream":
            target += "?frobnicate=1"  # or it would stream
        until(
            f"{method} {target}: 429 for a token that is over its rate",
            lambda: client.call(
                method, target, {} if operation.get("requestBody") else None, token=busy, retry=False
            ).status
            == 429,
        )
    stop.set()
    for thread in threads:
        thread.join()
    same("other tokens go on", client.get("/api/v1/event-types", retry=False).status, 200)


def conflicts_and_missing():
    """The 404, 409 and 422 that no other part provokes."""
    for method, target, body in (
        ("PATCH", NOBODY, {"name": "x"}),
        ("POST", NOBODY + "/redeliver", {"since": RECENT}),
    ):
        same(f"{method} {target}", client.call(method, target, body).status, 404)
    for bad in (
        "whk_",
        "whk_short",
        "x",
        "whk_00000000000000000000000%30",
        "whk_0000000000000000000000000000000000",
        "dlv_000000000000000000000000",
    ):
        same(f"webhook {bad}", client.get(f"{WEBHOOKS}/{bad}").status, 404)
        same(f"delivery {bad}", client.get(f"{DELIVERIES}/{bad}").status, 404)


def store_that_does_not_answer():
    """Another process holds the database's write lock: 503 with Retry-After, nothing changes, and it goes on
    afterwards."""
    hook, _ = client.webhook("https://example.com/locked", ["call.voicemail"], name="locked")
    receiver.answers["/wait"] = (500, b"", {}, 0)
    waiting, _ = client.webhook(receiver.url("/wait"), ["call.transferred"], name="wait")
    client.emit({}, "call.transferred")
    until("one waits", lambda: client.rows(f"{WEBHOOKS}/{waiting}/deliveries"))
    delivery = client.rows(f"{WEBHOOKS}/{waiting}/deliveries")[0]["id"]
    token = first.post("/api/v1/tokens", {"scope": "read", "name": "stays"}, shows_secret=True).data["id"]
    lock = sqlite3.connect(server.db, isolation_level=None, timeout=30)
    lock.execute("PRAGMA busy_timeout = 30000")
    lock.execute("BEGIN IMMEDIATE")
    # each waits for 5 s, so the short form has one of each kind
    calls = [
        ("POST", "/api/v1/events", {"event": "call.voicemail", "data": {}}),
        ("POST", f"{WEBHOOKS}/{hook}/rotate-secret", None),
        ("POST", f"{DELIVERIES}/{delivery}/cancel", None),
        ("DELETE", f"/api/v1/tokens/{token}", None),
        ("POST", WEBHOOKS, {"name": "x", "url": "https://example.com/locked2", "events": ["*"]}),
        ("PATCH", f"{WEBHOOKS}/{hook}", {"name": "x"}),
        ("DELETE", f"{WEBHOOKS}/{hook}", None),
        ("POST", f"{WEBHOOKS}/{hook}/test", None),
        ("POST", f"{WEBHOOKS}/{hook}/redeliver", {"since": RECENT}),
        ("POST", f"{DELIVERIES}/{delivery}/send-now", None),
        ("POST", "/api/v1/tokens", {"scope": "read", "name": "x"}),
    ]
    for method, target, body in calls if lib.LONG else calls[:4]:
        answer = client.call(method, target, body, retry=False)
        same(
            f"{method} {target} while the store is locked",
            (answer.status, "Retry-After" in answer.headers),
            (503, True),
        )
    same("readers go on", client.get(f"{WEBHOOKS}/{hook}").status, 200)
    same("healthz touches no store", client.get("/healthz", token=None).status, 200)
    lock.execute("ROLLBACK")
    lock.close()
    same(
        "nothing was changed",
        (client.get(f"{WEBHOOKS}/{hook}").data["name"], client.get(f"{DELIVERIES}/{delivery}").data["state"]),
        ("locked", "waiting"),
    )
    same("it goes on", client.patch(f"{WEBHOOKS}/{hook}", {"name": "free"}).status, 200)
    for entry in (hook, waiting):
        client.delete(f"{WEBHOOKS}/{entry}")


def routes_are_documented():
    """The program's own table of calls is the description's, method by method."""
    with open(os.path.join(lib.ROOT, "examples/server/serve.h"), encoding="utf-8") as file:
        text = file.read()
    names = dict(re.findall(r'#define (WEBHOOK|DELIVERY) "([^"]*)"', text))
    table = {
        (method, names.get(name, "") + (path or ""), scope)
        for method, name, path, scope in re.findall(
            r'\{"([A-Z]+)", +(WEBHOOK|DELIVERY)?(?: ?"([^"]*)")?, +(?:NULL|"\w+_"), +SCOPE_(\w+)', text
        )
    }
    check("the table is read", len(table) > 20, table)
    described = {(method, path) for method, _, path, _ in spec.routes if path.startswith("/api/")}
    same("calls", {(m, p) for m, p, _ in table if p.startswith("/api/")} ^ described, set())


def everything_was_seen():
    """Both ways: no answer was undocumented (looked at as they came), and no documented one is left."""
    documented = {
        (operation["operationId"], int(status))
        for _, _, _, operation in spec.routes
        for status in operation["responses"]
    }
    missing = sorted(pair for pair in documented - spec.seen if pair[1] < 500)
    check("every documented answer was seen", not missing, missing)


def end():
    server.stop()
    for name in ("akolhook.db", "akolhook.db-wal"):
        path = lib.os.path.join(server.directory, name)
        if lib.os.path.exists(path):
            with open(path, "rb") as file:
                data = file.read()
            # webhook secrets are needed to sign; of tokens there is only the hash
            check(
                f"no token in {name}",
                not [value for value in lib.secrets.found_in(data) if value.startswith("aks_")],
            )
    server.remove()


lib.run(
    event_types_and_server,
    webhooks,
    values_refused,
    pages_of_webhooks,
    deliveries,
    tests,
    how_it_stands,
    health_in_words,
    rotate_at_once,
    events,
    scopes,
    tokens,
    stream,
    refusals_of_every_call,
    conflicts_and_missing,
    store_that_does_not_answer,
    routes_are_documented,
    everything_was_seen,
    end,
)
