"""bench.py BUILD: figures of akolhook-server, printed and not judged: GETs beside 1,000 webhooks with 1,000
rows each while
deliveries run, memory, what an idle server does, the page's size, the time from the start to the first delivery."""

import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import threading
import time

import lib
from lib import LOCAL, Client, Receiver, Server

WEBHOOKS = "/api/v1/webhooks"
HOOKS = int(os.environ.get("HOOKS") or 1000)
ROWS = int(os.environ.get("ROWS") or 1000)
SECONDS = int(os.environ.get("SECONDS_EACH") or 3)


def first_delivery():
    receiver = Receiver()
    began = time.monotonic()
    server = Server(*LOCAL)
    started = time.monotonic()
    client = Client(server)
    client.webhook(receiver.url("/first"), ["call.ended"])
    emitted = time.monotonic()
    client.emit()
    while not receiver.got:
        time.sleep(0.001)
    arrived = time.monotonic()
    print(
        f"start to the link {(started - began) * 1000:.0f} ms; "
        f"emit to the receiver {(arrived - emitted) * 1000:.0f} ms; "
        f"RSS {server.rss_kb() / 1024:.1f} MB"
    )
    client.close()
    server.stop()
    server.remove()


def idle():
    server = Server()
    time.sleep(3)
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        before = sum(int(value) for value in file.read().rsplit(")", 1)[1].split()[11:13])
    if shutil.which("strace"):
        trace = subprocess.Popen(
            ["strace", "-f", "-c", "-p", str(server.pid)], stderr=subprocess.PIPE, text=True
        )
        time.sleep(20)
        trace.send_signal(signal.SIGINT)
        text = trace.communicate()[1]
        calls = re.findall(r"^\s*[0-9.]+\s+[0-9.]+\s+[0-9]+\s+([0-9]+)\s.*?(\w+)$", text, re.M)
        total = sum(int(count) for count, name in calls if name != "total")
        print(
            f"idle: {total / 20:.1f} system calls a second: "
            + ", ".join(f"{name} {count}" for count, name in calls[:8] if name != "total")
        )
    else:
        time.sleep(20)
        print("skipped: strace is missing")
    with open(f"/proc/{server.pid}/stat", encoding="ascii") as file:
        after = sum(int(value) for value in file.read().rsplit(")", 1)[1].split()[11:13])
    print(f"idle: {(after - before) / os.sysconf('SC_CLK_TCK') / 20 * 100:.2f} % of a core over 20 s")
    server.stop()
    server.remove()


def page():
    server = Server()
    client = Client(server)
    done, left, total, packed = set(), ["/"], 0, 0
    while left:
        path = left.pop()
        if path in done:
            continue
        done.add(path)
        answer = client.get(path, token=None)
        if answer.status != 200:
            continue
        total += len(answer.body)
        import gzip

        packed += len(gzip.compress(answer.body))
        text = answer.body.decode("utf-8", "replace")
        left += [
            "/" + name for name in re.findall(r"""["'](?:\./|/)?([a-z0-9_-]+\.(?:js|css|svg))["']""", text)
        ]
    print(
        f"page: {total / 1024:.1f} KB in {len(done)} files ({packed / 1024:.1f} KB packed); "
        f"program {os.path.getsize(lib.PLAIN) / 1024:.0f} KB with debug information"
    )
    server.stop()
    server.remove()


def grow(path, hooks, rows):
    """Fills the log by hand: the rows of one real delivery, for each webhook, as if it had run for weeks."""
    database = sqlite3.connect(path, timeout=60)
    columns = [row[1] for row in database.execute("PRAGMA table_info(log)")]
    kept = [name for name in columns if name not in ("sequence", "webhook", "number", "at", "message_id")]
    last = database.execute("SELECT max(sequence) FROM log").fetchone()[0]
    numbers = [row[0] for row in database.execute("SELECT number FROM webhooks")]
    now = int(time.time() * 1000)
    with database:
        database.execute("CREATE TEMP TABLE many (n INTEGER PRIMARY KEY)")
        database.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
            " INSERT INTO many SELECT n FROM c",
            (rows,),
        )
        # times fall with the sequence; message ids are real in form
        database.execute(
            f"INSERT INTO log (sequence, webhook, number, at, message_id, {', '.join(kept)})"
            f" SELECT {last} - ? * (m.n - 1) - w.number - 100, w.number, -(m.n * 100000 + w.number),"
            f" {now} - m.n * 60000, printf('msg_%024d', m.n), {', '.join('l.' + name for name in kept)} "
            "FROM many m, webhooks w, (SELECT * FROM log LIMIT 1) l",
            (len(numbers) + 10,),
        )
    database.execute("ANALYZE")
    database.close()


def gets():
    receiver = Receiver()
    server = Server(*LOCAL, "--log-rows", str(ROWS))
    first = Client(server)
    tokens = first.more_tokens(60)
    client = Client(server, tokens)
    hooks = [
        client.webhook(
            receiver.url(f"/h{number}"),
            ["call.ended"] if number < 5 else ["agent.deleted"],
            f"Webhook {number}",
        )[0]
        for number in range(HOOKS)
    ]
    client.emit()
    while len(receiver.got) < 5:
        time.sleep(0.01)
    time.sleep(2)
    client.close()
    server.stop()
    # room below the newest row for those that are made by hand
    database = sqlite3.connect(server.db)
    with database:
        shift = (HOOKS + 10) * (ROWS + 1) + 1000
        for row in database.execute("SELECT sequence FROM log ORDER BY sequence DESC").fetchall():
            database.execute("UPDATE log SET sequence = sequence + ? WHERE sequence = ?", (shift, row[0]))
    database.close()
    began = time.monotonic()
    grow(server.db, HOOKS, ROWS)
    print(
        f"{HOOKS} webhooks with {ROWS} rows each: {os.path.getsize(server.db) / 1e6:.0f} MB, "
        f"filled in {time.monotonic() - began:.0f} s"
    )
    server = Server(*LOCAL, "--log-rows", str(ROWS + 1000), directory=server.directory, first=server.token)
    stop = threading.Event()
    sent = [0]

    def emit():
        mine = Client(server, tokens[:20])
        while not stop.is_set():
            mine.emit()
            sent[0] += 1
            time.sleep(0.02)

    emitter = threading.Thread(target=emit)
    emitter.start()
    client = Client(server, tokens[20:])
    rows = client.get(f"{WEBHOOKS}/{hooks[2]}/deliveries?limit=50").data
    delivery = next(row for row in rows)["id"]
    since = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - 3600))
    worst = 0
    for target in (
        "/healthz",
        "/readyz",
        "/metrics",
        "/",
        "/api/v1/event-types",
        "/api/v1/server",
        f"{WEBHOOKS}?limit=20",
        f"{WEBHOOKS}?limit=100&page=9",
        f"{WEBHOOKS}?q=webhook%2099",
        f"{WEBHOOKS}?active=false",
        f"{WEBHOOKS}/{hooks[2]}",
        f"{WEBHOOKS}/{hooks[2]}/deliveries?limit=50",
        f"{WEBHOOKS}/{hooks[500 % HOOKS]}/deliveries?success=false&limit=50",
        f"{WEBHOOKS}/{hooks[2]}/deliveries?event=call.missed&limit=50",
        f"{WEBHOOKS}/{hooks[2]}/stats?range=24h",
        "/api/v1/deliveries?limit=50",
        "/api/v1/deliveries?success=false&limit=50",
        "/api/v1/deliveries?state=failed&limit=50",
        "/api/v1/deliveries?test=true&limit=50",
        "/api/v1/deliveries?statusClass=5xx&limit=50",
        f"/api/v1/deliveries?since={since}&event=lead.created&limit=50",
        "/api/v1/deliveries?messageId=msg_000000000000000000000007&limit=50",
        f"/api/v1/deliveries/{delivery}",
        "/api/v1/stats?range=24h",
        "/api/v1/stats?range=30d",
        "/api/v1/tokens",
    ):
        times = []
        end = time.monotonic() + SECONDS
        status = 0
        while time.monotonic() < end:
            began = time.monotonic()
            status = client.get(target, judged=False).status
            times.append((time.monotonic() - began) * 1000)
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        worst = max(worst, p95)
        print(
            f"  {status} {len(times):6} x  median {statistics.median(times):6.1f} ms  p95 {p95:6.1f} ms  "
            f"max {times[-1]:6.1f} ms  {target[:90]}"
        )
    stop.set()
    emitter.join()
    print(f"worst p95 {worst:.1f} ms beside {sent[0]} events emitted; RSS {server.rss_kb() / 1024:.1f} MB")
    client.close()
    server.stop()
    server.remove()
    receiver.close()


lib.run(first_delivery, page, idle, gets)
