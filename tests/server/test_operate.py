"""test_operate.py BUILD: what an operator does: options, files, tokens, restarts, kill -9, backup, retention,
upgrades, https."""

import glob
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import threading
import time
import warnings

import lib
from lib import LOCAL, PLAIN, SANITIZED, Client, Receiver, Server, check, same, until

WEBHOOKS = "/api/v1/webhooks"
DELIVERIES = "/api/v1/deliveries"
receiver = Receiver()


def ran(*arguments, binary=SANITIZED, cwd=None, patience=60):
    """Exit status, stdout, stderr of a run that ends by itself."""
    done = subprocess.run(
        [binary, *arguments],
        capture_output=True,
        text=True,
        timeout=patience,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout, done.stderr


def options():
    """Row 1: loopback unless there is a certificate; each wrong option is named."""
    with tempfile.TemporaryDirectory() as directory:
        for listen in ("0.0.0.0:1", "0.0.0.0:8787", "[::]:1", "192.0.2.1:80", "*:80"):
            code, out, err = ran("--listen", listen, "--db", "x.db", cwd=directory)
            check(f"--listen {listen}: 2 with the reason", code == 2 and "--cert" in err, (code, err))
        same("nothing was made", os.listdir(directory), [])
        for wrong, word in (
            (("--frobnicate",), "--frobnicate"),
            (("--listen",), "--listen"),
            (("--listen", "x"), "HOST:PORT"),
            (("--listen", "127.0.0.1:70000"), "HOST:PORT"),
            (("--keep-events", "0d"), "--keep-events"),
            (("--keep-events", "x"), "--keep-events"),
            (("--log-rows", "0"), "--log-rows"),
            (("--grace", "-1"), "--grace"),
            (("--allow-cidr", "10.0.0.1/8"), "--allow-cidr"),
            (("--allow-cidr", "x"), "--allow-cidr"),
            (("--store", "mysql://x"), "postgres"),
            (("--business", ""), "--business"),
            (("--business", 65 * "b"), "--business"),
            (("--cert", "x"), "--key"),
            (("frobnicate",), "frobnicate; see akolhook-server --help"),
            (("--frobnicate=x",), "--frobnicate; see akolhook-server --help"),
            (("--frobnicate", "x"), "--frobnicate; see akolhook-server --help"),
            (("--log-rows=0",), "--log-rows"),
            (("token", "list"), "akolhook.db: no server has made it yet"),
            (("token", "new"), "akolhook.db: no server has made it yet"),
            (("token",), "token"),
            (("token", "new", "--scope", "root"), "root"),
            (("token", "revoke"), "revoke"),
            (("backup",), "backup"),
        ):
            code, out, err = ran(*wrong, cwd=directory)
            check(
                f"{' '.join(wrong)}: 2, named",
                code == 2 and word in err and len(err) < 2000,
                (code, err[:300]),
            )
        same("nothing was made by those either", os.listdir(directory), [])
        for words in (("--help",), ("-h",), ("help",), ("token", "new", "--help"), ("--db", "x.db", "-h")):
            code, out, err = ran(*words, cwd=directory)
            check(
                f"{' '.join(words)}: the options",
                code == 0 and "--listen" in out and max(map(len, out.splitlines())) <= 100,
                (code, out, err),
            )
        code, out, err = ran("--version")
        check("--version", code == 0 and re.match(r"akolhook-server \S*[0-9]", out), out)
        code, out, err = ran("statuses")
        check(
            "every status of the hub has a code",
            code == 0 and len(out.splitlines()) > 100 and not re.search(r" 0$", out, re.M),
            (code, out[:300]),
        )
        # what libpq says of a URL that it cannot read, or reads otherwise, would hold the password
        for url in (
            "postgres://u:hunter2@[::1/d",
            "postgres://u:hun%zzter2@h/d",
            "postgres://u:a@hunter2@h/d",
            "postgres://u:hunter2/b@h/d",
            "postgres://u@h/d?password=hunter2%zz",
        ):
            for words in (("--store", url), ("--store=" + url,), ("--stor=" + url,)):
                code, out, err = ran(*words, "--listen", "127.0.0.1:0", cwd=directory)
                check(
                    f"a database's URL that is wrong, without its password: {' '.join(words)}",
                    code == 2 and err and "hunter2" not in err and "ter2" not in err,
                    (code, err),
                )
        code, out, err = ran("--db", "b.db", "--listen", "127.0.0.1:0", "--business", "a\nb", cwd=directory)
        check("a business that the hub refuses", code == 2 and err, (code, err))
        left = Server(db=os.path.join(directory, "b.db"), binary=SANITIZED)
        check("is not kept", left.link.startswith("http://127.0.0.1:"), (left.link, left.lines))
        code, out, err = ran("--db=b.db", "--listen=127.0.0.1:0", "--business=biz_other", cwd=directory)
        check("another business than the store's", code == 2 and "leave --business out" in err, (code, err))
        left.stop()
        left.remove()
        code, out, err = ran("--db", "/nonexistent/x.db", "--listen", "127.0.0.1:0", cwd=directory)
        check(
            "a database that cannot be made",
            code not in (0, None) and "/nonexistent/x.db" in err,
            (code, err),
        )
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, out, err = ran(
            "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--db", os.path.join(directory, "y.db")
        )
        check("a port that is taken", code not in (0, None) and err, (code, err))
        taken.close()


def binding_and_files():
    """Rows 1, 14, 13."""
    old = os.umask(0)
    server = Server(*LOCAL, binary=SANITIZED)
    os.umask(old)
    client = Client(server)
    listening = (
        [
            line.split()[3]
            for line in subprocess.run(["ss", "-ltnH"], capture_output=True, text=True).stdout.splitlines()
        ]
        if shutil.which("ss")
        else sockets_of(server.pid)
    )
    same(
        "bound to loopback alone",
        [entry for entry in listening if entry.endswith(f":{server.port}")],
        [f"127.0.0.1:{server.port}"],
    )
    client.webhook("https://example.com/files")
    for name in os.listdir(server.directory):
        mode = stat.S_IMODE(os.stat(os.path.join(server.directory, name)).st_mode)
        same(f"{name} has mode 0600", oct(mode), oct(0o600))
    with open(server.token_file, encoding="ascii") as file:
        same("the token file holds the token", file.read().strip(), server.token)
    answer = client.post(
        WEBHOOKS, {"name": "loop", "url": f"http://127.0.0.1:{server.port}/api/v1/events", "events": ["*"]}
    )
    # LOCAL names 127.0.0.1/32, so this loop was asked for; without it:
    other = Server("--allow-http", binary=SANITIZED)
    closed = Client(other)
    for url in (
        f"http://127.0.0.1:{other.port}/",
        f"http://localhost:{other.port}/",
        f"http://[::1]:{other.port}/",
        f"http://2130706433:{other.port}/",
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://metadata.internal/",
        "http://printer.local/",
        "http://100.64.0.1/",
        "http://[64:ff9b::7f00:1]/",
    ):
        answer = closed.post(WEBHOOKS, {"name": "x", "url": url, "events": ["*"]})
        same(f"create {url}", (answer.status, list(answer.fields)), (422, ["url"]))
    hook, _ = closed.webhook("https://example.com/x")
    for url in (f"http://127.0.0.1:{other.port}/", "http://10.0.0.1/", "http://[::1]/"):
        same(f"PATCH {url}", closed.patch(f"{WEBHOOKS}/{hook}", {"url": url}).status, 422)
    strict = Server(binary=SANITIZED)
    same(
        "http without --allow-http",
        Client(strict).post(WEBHOOKS, {"name": "x", "url": "http://example.com/", "events": ["*"]}).code,
        "URL_SCHEME",
    )
    for entry, what in ((strict, "strict"), (other, "closed"), (server, "local")):
        entry.stop(what)
        entry.remove()
    check(
        "what was loosened is said at the start",
        any("127.0.0.1/32" in line for line in server.lines + server.out),
        server.lines[:5],
    )


def sockets_of(pid):
    """Listening addresses of a process, from /proc."""
    inodes = set()
    for entry in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            inodes.add(os.readlink(entry))
        except OSError:
            pass
    found = []
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            part = line.split()
            if part[3] == "0A" and f"socket:[{part[9]}]" in inodes:
                address, port = part[1].split(":")
                found.append(
                    ".".join(str(byte) for byte in reversed(bytes.fromhex(address))) + f":{int(port, 16)}"
                )
    return found


def token_commands():
    server = Server(binary=SANITIZED)
    code, out, err = ran("token", "new", "--db", server.db, "--scope", "read", "--name", "from the shell")
    token = re.search(r"aks_[0-9A-Za-z_-]{43}", out)
    if check("token new, while it runs", code == 0 and token, (code, out, err)):
        token = token.group(0)
        lib.secrets.add(token)
        until("it works", lambda: Client(server, [token]).get(WEBHOOKS, judged=False).status == 200)
        same("its scope", Client(server, [token]).post("/api/v1/events", {}).status, 403)
        connection = lib.http.client.HTTPConnection(server.host, server.port, timeout=lib.PATIENCE)
        connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + token})
        stream, ended = connection.getresponse(), []
        same("a stream", stream.status, 200)
        threading.Thread(target=lambda: ended.append(stream.read() is not None), daemon=True).start()
        code, out, err = ran("token", "list", "--db", server.db)
        line = next((line for line in out.splitlines() if "from the shell" in line), "")
        check("token list", code == 0 and "read" in line and token not in out, out)
        found = re.search(r"tok_[0-9A-Za-z]+", line)
        if check("its id", found, line):
            same("token revoke", ran("token", "revoke", found.group(0), "--db", server.db)[0], 0)
            until("its stream ends, though nobody asks for anything", lambda: ended)
            until("it is dead", lambda: Client(server, [token]).get(WEBHOOKS, judged=False).status == 401)
            check("token revoke of none", ran("token", "revoke", found.group(0), "--db", server.db)[0] != 0)
        last = next(
            re.search(r"tok_[0-9A-Za-z]+", line).group(0) for line in out.splitlines() if "full" in line
        )
        check("the last full one stays", ran("token", "revoke", last, "--db", server.db)[0] != 0)
    for name in ("", " ", "\n", "\x1b[31m", "\x9b31m", 101 * "n", b"\xff"):
        code, out, err = ran("token", "new", "--db", server.db, "--name", name)
        check(f"a name that is none: {name!r}", code == 2 and "--name" in err and not out, (code, out, err))
    names_of_an_older_program(server)
    too_many_tokens(server)
    server.stop()
    server.remove()


def names_of_an_older_program(server):
    """A name that is no UTF-8 leaves the list readable."""
    database = sqlite3.connect(server.db, timeout=lib.PATIENCE)
    database.execute(
        "INSERT INTO server_tokens VALUES ('tok_old', CAST(x'6fff6c64' AS TEXT), 'read', ?, 1, 0)",
        (64 * "0",),
    )
    database.commit()
    client = Client(server)
    until(
        "a name of bytes is shown",
        lambda: any(token["name"] == "o\ufffdld" for token in client.get("/api/v1/tokens").data),
    )
    database.execute("DELETE FROM server_tokens WHERE id = 'tok_old'")
    database.commit()
    database.close()


def too_many_tokens(server):
    """One above the bound would be given out and never be known: it is refused."""
    database = sqlite3.connect(server.db, timeout=lib.PATIENCE)
    count = database.execute("SELECT count(*) FROM server_tokens").fetchone()[0]
    for number in range(count, 100):
        database.execute(
            "INSERT INTO server_tokens VALUES (?, 'n', 'read', ?, 1, 0)", (f"tok_{number}", f"{number:064x}")
        )
    database.commit()
    database.close()
    code, out, err = ran("token", "new", "--db", server.db)
    check("token new beyond 100", code == 2 and "100" in err and not out, (code, out, err))
    answer = Client(server).post("/api/v1/tokens", {"scope": "read", "name": "one more"})
    same("nor is one by REST", (answer.status, answer.code), (409, "TOO_MANY_TOKENS"))


def used_under_a_lock():
    """While somebody else has the database locked, the time of a token's last use is tried to be written once,
    not anew with each reading of the tokens, which is once a second: each try waits for the lock."""
    server = Server(binary=SANITIZED)
    database = sqlite3.connect(server.db, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    client = Client(server)
    for _ in range(5):
        same("GET under a lock", client.get(WEBHOOKS).status, 200)
        time.sleep(1.2)
    database.execute("ROLLBACK")
    database.close()
    server.stop()
    failed = [line for line in server.lines if "a statement of the server failed" in line]
    # one more than once: the sums that are too old are thrown away when the server has begun
    check("tries to write the last use", 1 <= len(failed) <= 2, failed)
    server.remove()


def closed_streams():
    """Without stdin and stderr: neither number is another descriptor's, to which the log would go."""
    folder = tempfile.mkdtemp()
    words = ["sh", "-c", 'exec "$0" --listen 127.0.0.1:0 <&- 2>&-', SANITIZED]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=folder)
    check("it starts without stdin and stderr", process.stdout.readline().startswith(b"http://127.0.0.1:"))
    for number in (0, 2):
        same("descriptor %d" % number, os.readlink("/proc/%d/fd/%d" % (process.pid, number)), os.devnull)
    process.send_signal(signal.SIGTERM)
    same("and ends well", process.wait(lib.PATIENCE), 0)
    process.stdout.close()
    words = ["-c", 'exec "$0" --listen 127.0.0.1:0 >&-', SANITIZED]
    code, out, err = ran(*words, binary="sh", cwd=folder)
    same("without stdout it says so", (code, err.partition(":")[2]), (2, " cannot write to stdout: Bad file descriptor\n"))
    shutil.rmtree(folder)


def restart():
    """The link with the token is shown once; what was accepted outlives a restart, and so does the token."""
    server = Server(*LOCAL, binary=SANITIZED)
    check(
        "the first line is the link",
        re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/#token=aks_[0-9A-Za-z_-]{43}", server.link),
        server.link,
    )
    client = Client(server)
    hook, secret = client.webhook(receiver.url("/restart"), ["call.ended"])
    receiver.answers["/restart"] = (500, b"no", {}, 0)
    message = client.emit({"callId": "kept"})
    until("the first attempt", lambda: message in receiver.ids("/restart"))
    client.close()
    server.stop("before the restart")
    receiver.answers["/restart"] = (200, b"", {}, 0)
    again = Server(*LOCAL, binary=SANITIZED, directory=server.directory, first=server.token)
    check(
        "later starts show no token",
        "#token" not in again.link and "token" in "\n".join(again.out + again.lines),
        again.link,
    )
    client = Client(again)
    same("the webhook is there", client.get(f"{WEBHOOKS}/{hook}").status, 200)
    until("the retry comes", lambda: receiver.ids("/restart").count(message) >= 2)
    body = next(entry[2] for entry in receiver.got if entry[0] == "/restart")
    same("the same bytes", {entry[2] for entry in receiver.got if entry[0] == "/restart"}, {body})
    same(
        "signed",
        {entry[1]["X-Webhook-Signature"] for entry in receiver.got if entry[0] == "/restart"},
        {lib.signature(secret, body)},
    )
    until("delivered", lambda: client.get(f"{WEBHOOKS}/{hook}").data["stats"]["delivered"] == 1)
    rows = client.rows(f"{DELIVERIES}?messageId={message}")
    same(
        "one delivery, each attempt a row",
        (len({row["id"] for row in rows}), sorted(row["attempt"] for row in rows)),
        (1, list(range(1, len(rows) + 1))),
    )
    again.stop("after the restart")
    server.remove()


def graceful_stop():
    """SIGTERM: what is in flight is finished and logged, what waits stays, no second delivery after the next
    start."""
    server = Server(*LOCAL, "--grace", "20", binary=SANITIZED)
    client = Client(server)
    hook, _ = client.webhook(receiver.url("/grace"), ["call.ended"])
    receiver.answers["/grace"] = (200, b"late", {}, 3)
    messages = [client.emit({"callId": str(number)}) for number in range(3)]
    until("in flight", lambda: len(receiver.ids("/grace")) >= 1)
    stream = lib.http.client.HTTPConnection(server.host, server.port, timeout=30)
    stream.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + server.token})
    stream.getresponse()
    client.close()
    server.stop("with deliveries in flight and a stream open")
    receiver.answers["/grace"] = (200, b"", {}, 0)
    again = Server(*LOCAL, binary=SANITIZED, directory=server.directory, first=server.token)
    until(
        "all are delivered", lambda: Client(again).get(f"{WEBHOOKS}/{hook}").data["stats"]["delivered"] == 3
    )
    same("each came once", sorted(receiver.ids("/grace")), sorted(messages))

    stop_amid_requests(again)
    again = Server(*LOCAL, binary=SANITIZED, directory=server.directory, first=server.token)

    # a second signal ends it at once
    receiver.answers["/grace"] = (200, b"late", {}, 25)
    client = Client(again)
    client.emit({"callId": "long"})
    until("in flight", lambda: len(receiver.ids("/grace")) == 4)
    client.close()
    again.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    check("the first waits", again.process.poll() is None)
    began = time.monotonic()
    again.process.send_signal(signal.SIGTERM)
    code = again.wait(20)
    check("the second does not", code is not None and time.monotonic() - began < 20, code)
    again.kill()
    server.remove()


def stop_amid_requests(server):
    """SIGTERM: a request that comes in is answered, an answer that goes out is sent to its end."""
    client = Client(server)
    hook, _ = client.webhook(receiver.url("/amid"), ["call.started"])
    message = client.emit({"text": "x" * 1_000_000}, "call.started")
    rows = until("its row", lambda: client.rows(f"{WEBHOOKS}/{hook}/deliveries"))
    client.close()

    def begin(line, *fields):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect((server.host, server.port))
        head = [line + " HTTP/1.1", f"Host: {server.host}:{server.port}", "Authorization: Bearer " + server.token]
        connection.sendall("\r\n".join([*head, "Connection: close", *fields, "", ""]).encode())
        return connection

    def rest(connection):
        got = b""
        try:
            while part := connection.recv(65536):
                got += part
        except OSError:
            pass
        connection.close()
        return got

    out = begin(f"GET {DELIVERIES}/{rows[0]['id']}")
    body = json.dumps({"event": "call.started", "data": {"callId": "amid"}}).encode()
    into = begin("POST /api/v1/events", "Content-Type: application/json", f"Content-Length: {len(body)}")
    into.sendall(body[:10])
    time.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    try:
        into.sendall(body[10:])
    except OSError:
        pass
    same("what comes in is answered", rest(into)[:12], b"HTTP/1.1 202")
    head, _, text = rest(out).partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: ([0-9]+)", head).group(1))
    same("what goes out is sent to its end", (len(text), message.encode() in text), (length, True))
    same("then it ends", server.wait(), 0)


def killed():
    """kill -9 amid create, rotate, PATCH and delete: the old or the new state, never half; what was answered
    stays."""
    rounds = 40 if lib.LONG else 12
    numbers = random.Random(7)
    server = Server(*LOCAL)
    directory, token = server.directory, server.token
    client = Client(server)
    hook, secret = client.webhook(receiver.url("/killed"), ["call.ended"], name="kept")
    possible = {secret}
    known = {}  # webhooks that exist for sure
    gone = set()  # and that do not
    doubtful = set()  # URLs of creates that were not answered
    port_of = receiver.port
    for turn in range(rounds):
        stop = threading.Event()
        rotating, answers = [], []

        def rotate(server=server):
            mine = Client(server)
            try:
                while not stop.is_set():
                    rotating.append(None)  # from here on its secret may be a new one that nobody saw
                    answer = mine.post(f"{WEBHOOKS}/{hook}/rotate-secret", judged=False)
                    if answer.status == 200:
                        rotating[-1] = answer.data["secret"]
            except (OSError, lib.http.client.HTTPException, ValueError):
                pass

        def create_and_delete(server=server, turn=turn):
            mine = Client(server)
            number = 0
            try:
                while not stop.is_set():
                    number += 1
                    url = f"https://example.com/killed/{turn}/{number}"
                    doubtful.add(url)
                    answer = mine.post(
                        WEBHOOKS,
                        {"name": f"made {turn} {number}", "url": url, "events": ["agent.*"]},
                        judged=False,
                    )
                    if answer.status == 201:
                        doubtful.discard(url)
                        known[answer.data["id"]] = url
                        if number % 2:
                            del known[answer.data["id"]]
                            doubtful.add(url)
                            if mine.delete(f"{WEBHOOKS}/{answer.data['id']}", judged=False).status == 200:
                                doubtful.discard(url)
                                gone.add(answer.data["id"])
            except (OSError, lib.http.client.HTTPException, ValueError):
                pass

        def emit(server=server):
            mine = Client(server)
            try:
                while not stop.is_set():
                    answer = mine.post(
                        "/api/v1/events", {"event": "call.ended", "data": {"n": len(answers)}}, judged=False
                    )
                    if answer.status == 202:
                        answers.append(answer.data["messageId"])
            except (OSError, lib.http.client.HTTPException, ValueError):
                pass

        threads = [threading.Thread(target=work) for work in (rotate, create_and_delete, emit)]
        for thread in threads:
            thread.start()
        time.sleep(numbers.uniform(0.2, 0.9))
        server.process.kill()
        stop.set()
        for thread in threads:
            thread.join()
        server.kill()

        server = Server(*LOCAL, directory=directory, first=token)
        client = Client(server)
        hooks = {}
        page = 1
        while True:
            answer = client.get(f"{WEBHOOKS}?limit=100&page={page}")
            hooks.update({entry["id"]: entry for entry in answer.data})
            if not answer.json["pagination"]["hasNext"]:
                break
            page += 1
        missing = [entry for entry in known if entry not in hooks]
        check(f"round {turn}: what was created is there", not missing, missing[:3])
        back = [entry for entry in gone if entry in hooks]
        check(f"round {turn}: what was deleted is not", not back, back[:3])
        odd = [
            entry
            for entry in hooks.values()
            if entry["id"] not in known and entry["id"] != hook and entry["url"] not in doubtful
        ]
        check(f"round {turn}: nothing else", not odd, odd[:1])
        for entry in list(hooks.values()):
            whole = entry["name"] == "kept" or (
                entry["url"] == f"https://example.com/killed/{entry['name'][5:].replace(' ', '/')}"
                and entry["isActive"]
                and entry["events"] == ["agent.created", "agent.updated", "agent.deleted"]
            )
            check(f"round {turn}: whole", whole, entry)
            if entry["id"] not in known and entry["id"] != hook:
                client.delete(f"{WEBHOOKS}/{entry['id']}")
        for entry in list(known):
            client.delete(f"{WEBHOOKS}/{entry}")
        known.clear()
        doubtful.clear()
        # the secret is one that an answer showed, or of the one rotation that was not answered
        seen = [value for value in rotating if value]
        possible = {seen[-1]} if seen else possible
        unanswered = bool(rotating) and rotating[-1] is None
        message = client.emit({"after": turn})
        until(f"round {turn}: it delivers again", lambda: message in receiver.ids("/killed"))
        entry = next(
            entry for entry in receiver.got if entry[0] == "/killed" and entry[1]["webhook-id"] == message
        )
        signed = [
            value for value in possible if lib.signature(value, entry[2]) == entry[1]["X-Webhook-Signature"]
        ]
        check(
            f"round {turn}: signed with the last secret that was shown"
            + (", or that of a lost answer" if unanswered else ""),
            signed or unanswered,
        )
        if not signed:
            answer = client.post(f"{WEBHOOKS}/{hook}/rotate-secret", shows_secret=False, judged=False)
            possible = {answer.data["secret"]}
        until(
            f"round {turn}: all that was accepted is delivered",
            lambda: set(answers) <= set(receiver.ids("/killed")),
        )
    integrity = sqlite3.connect(server.db)
    same("the file is sound", integrity.execute("PRAGMA integrity_check").fetchone(), ("ok",))
    integrity.close()
    server.stop("after all kills")
    server.remove()


def backup_and_restore():
    """A backup while events come: a file by itself, mode 0600, that a server starts from."""
    server = Server(*LOCAL, binary=SANITIZED)
    client = Client(server)
    hook, secret = client.webhook(receiver.url("/backup"), ["call.ended"])
    stop = threading.Event()
    accepted = []

    def emit():
        mine = Client(server)
        while not stop.is_set():
            accepted.append(mine.emit({"n": len(accepted)}))

    thread = threading.Thread(target=emit)
    thread.start()
    until("some came", lambda: len(accepted) > 20)
    before = list(accepted)
    copy = os.path.join(server.directory, "copy.db")
    code, out, err = ran("backup", copy, "--db", server.db)
    same("backup while it runs", (code, err if code else ""), (0, ""))
    stop.set()
    thread.join()
    same("mode 0600", oct(stat.S_IMODE(os.stat(copy).st_mode)), oct(0o600))
    check("nothing is left beside it", not glob.glob(copy + "-*"), glob.glob(copy + "*"))
    check("a file that is there is not overwritten", ran("backup", copy, "--db", server.db)[0] != 0)
    check(
        "no database, no backup",
        ran("backup", copy + "2", "--db", copy + "3")[0] != 0 and not os.path.exists(copy + "3"),
    )
    check("into a folder that is none", ran("backup", "/nonexistent/b.db", "--db", server.db)[0] != 0)
    until("all are delivered", lambda: set(accepted) <= set(receiver.ids("/backup")))
    client.close()
    server.stop("backed up")
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(copy, os.path.join(directory, "akolhook.db"))
        restored = Server(*LOCAL, binary=SANITIZED, directory=directory, first=server.token)
        client = Client(restored)
        same("the webhook is there", client.get(f"{WEBHOOKS}/{hook}").status, 200)
        until(
            "what was accepted before is in the log",
            lambda: set(before) <= {row["messageId"] for row in client.rows(f"{WEBHOOKS}/{hook}/deliveries")},
        )
        message = client.emit()
        until("it delivers", lambda: message in receiver.ids("/backup"))
        entry = next(entry for entry in receiver.got if entry[1]["webhook-id"] == message)
        same("with the same secret", entry[1]["X-Webhook-Signature"], lib.signature(secret, entry[2]))
        client.close()
        restored.stop("restored")
    server.remove()


def retention():
    """Bodies that are older than --keep-events go by themselves, the rows stay; the log keeps --log-rows of
    each webhook."""
    server = Server(*LOCAL, "--keep-events", "2h", "--log-rows", "10", binary=SANITIZED)
    client = Client(server)
    hook, _ = client.webhook(receiver.url("/keep"), ["call.ended"])
    messages = [client.emit({"n": number}) for number in range(25)]
    until("all came", lambda: len(receiver.ids("/keep")) >= 25)
    until("delivered", lambda: client.get(f"{WEBHOOKS}/{hook}").data["stats"]["delivered"] == 25)
    until("the newest 10 are kept", lambda: len(client.rows(f"{WEBHOOKS}/{hook}/deliveries")) == 10)
    # made older by hand, as 2 hours are not waited for here: what the first 20 cost goes, what the last
    # 5 cost stays
    rows = client.rows(f"{WEBHOOKS}/{hook}/deliveries")
    database = sqlite3.connect(server.db, timeout=30)
    with database:
        database.execute(
            "UPDATE events SET created = created - 3 * 3600 * 1000 WHERE message_id IN (%s)"
            % ",".join("?" * 20),
            messages[:20],
        )
    until(
        "old bodies go by themselves",
        lambda: database.execute("SELECT count(*) FROM bodies").fetchone()[0] <= 5,
        180,
    )
    same("young ones stay", database.execute("SELECT count(*) FROM bodies").fetchone()[0], 5)
    database.close()
    old = next(row for row in rows if row["messageId"] == messages[19])
    one = client.get(f"{DELIVERIES}/{old['id']}").data
    same(
        "its row stays, its body is gone",
        (one["request"]["bodyAvailable"], one["request"]["body"], len(one["attempts"])),
        (False, None, 1),
    )
    answer = client.post(f"{DELIVERIES}/{old['id']}/redeliver")
    same("and cannot be sent again", (answer.status, answer.code), (409, "EVENT_GONE"))

    # a test has more samples than the log has rows: it is over when they are, not after two minutes
    tested, _ = client.webhook(receiver.url("/samples"), ["*"])
    same("a test", client.post(f"{WEBHOOKS}/{tested}/test").status, 202)
    until("the next one", lambda: client.post(f"{WEBHOOKS}/{tested}/test", retry=False).status == 202, 60)
    server.stop()
    server.remove()


def told_of_others():
    """What another process does is told though this one has something to tell all the time."""
    one = Server(*LOCAL, binary=SANITIZED)
    two = Server(*LOCAL, binary=SANITIZED, db=one.db, first=one.token)
    here, there = Client(one), Client(two)
    busy, _ = here.webhook(receiver.url("/busy"), ["call.ended"])
    other, _ = here.webhook(receiver.url("/other"), ["lead.created"])
    receiver.answers["/other"] = (503, b"", {"Retry-After": "3600"}, 0)
    for number in range(6):
        here.emit({"n": number}, "lead.created")
    until("one was tried", lambda: receiver.ids("/other"))
    until("none is in flight", lambda: here.get(f"{WEBHOOKS}/{other}").data["health"]["class"] == "failing")
    waiting = here.rows(f"{DELIVERIES}?webhookId={other}")[0]["id"]

    connection = lib.http.client.HTTPConnection(one.host, one.port, timeout=60)
    connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + one.token})
    response, told, over = connection.getresponse(), [], threading.Event()

    def read():
        try:
            for line in response:
                if line.startswith(b"data:"):
                    told.append(json.loads(line[5:])["webhooks"])
        except (OSError, ValueError, lib.http.client.HTTPException, AttributeError):
            pass

    def rename():
        client, number = Client(one), 0
        while not over.wait(0.1):
            number += 1
            client.patch(f"{WEBHOOKS}/{busy}", {"name": f"busy {number}"})

    threads = [threading.Thread(target=each, daemon=True) for each in (read, rename)]
    for thread in threads:
        thread.start()
    until("it has something to tell", lambda: len(told) > 8 and all(told[-4:]))
    heard = len(told)
    same("the other one cancels", there.post(f"{DELIVERIES}/{waiting}/cancel").status, 200)
    until("that is told here", lambda: any(not hooks or other in hooks for hooks in told[heard:]), 20)
    heard = len(told)
    same("the other one renames", there.patch(f"{WEBHOOKS}/{other}", {"name": "renamed there"}).status, 200)
    until("and that, which no row tells of", lambda: any(not h or other in h for h in told[heard:]), 20)
    heard = len(told)
    until("its own are told by their name alone", lambda: told[heard:][-4:] == [[busy]] * 4)
    over.set()
    threads[1].join()
    connection.sock and connection.sock.shutdown(2)
    one.stop()
    two.stop()
    one.remove()


def layouts():
    """Tables of a newer server, and files of others, are refused by name and left as they are."""
    server = Server(binary=SANITIZED)
    server.stop("to be made newer")
    for what, statement in (
        ("the server's tables", "UPDATE server_meta SET value = '99' WHERE name = 'layout'"),
        ("the hub's tables", "PRAGMA user_version = 99"),
    ):
        path = os.path.join(server.directory, "newer.db")
        shutil.copy(server.db, path)
        database = sqlite3.connect(path)
        with database:
            changed = database.execute(statement)
            check(f"{what}: there is something to change", changed.rowcount == 1 or "PRAGMA" in statement)
        database.close()
        with open(path, "rb") as file:
            before = file.read()
        code, out, err = ran("--db", path, "--listen", "127.0.0.1:0")
        check(
            f"{what} of a newer server: refused with the reason",
            code not in (0, None) and re.search("newer|later", err),
            (code, err),
        )
        with open(path, "rb") as file:
            same(f"{what} of a newer server: untouched", file.read() == before, True)
        for leftover in glob.glob(path + "*"):
            os.remove(leftover)
    for what, content in (
        ("a text", b"not a database at all, but long enough to be read as one: " * 50),
        ("another program's database", None),
    ):
        path = os.path.join(server.directory, "foreign.db")
        if content:
            with open(path, "wb") as file:
                file.write(content)
        else:
            database = sqlite3.connect(path)
            database.execute("CREATE TABLE precious (x)")
            database.commit()
            database.close()
        with open(path, "rb") as file:
            before = file.read()
        code, out, err = ran("--db", path, "--listen", "127.0.0.1:0")
        check(f"{what}: refused", code not in (0, None) and err, (code, err))
        with open(path, "rb") as file:
            same(f"{what}: untouched", file.read() == before, True)
        for leftover in glob.glob(path + "*"):
            os.remove(leftover)
    code, out, err = ran("--db", server.db, "--business", "biz_other", "--listen", "127.0.0.1:0")
    check("another business is refused", code not in (0, None) and err, (code, err))
    server.remove()


def readiness():
    """Ready, metrics that count, a store that may not be written."""
    server = Server(*LOCAL, binary=SANITIZED)
    client = Client(server)
    same("ready", client.get("/readyz", token=None).status, 200)
    hook, _ = client.webhook(receiver.url("/metrics"), ["call.ended"], name='q"uote\\ x')
    client.emit()
    until("delivered", lambda: client.get(f"{WEBHOOKS}/{hook}").data["stats"]["delivered"] == 1)
    text = client.get("/metrics").body.decode()
    names = set(re.findall(r"^([a-z_]+)", text, re.M))
    check(
        "metrics of webhooks, deliveries, requests",
        len(names) >= 8 and re.search(r"^\S*deliver\S* 1$", text, re.M),
        text,
    )
    # test_fleet stops a database for the 503 of readyz; here the file is taken away, so that nothing may be written
    os.rename(server.db, server.db + ".away")
    answer = client.post("/api/v1/events", {"event": "call.ended", "data": {}}, retry=False)
    same("an event while the file is away", (answer.status, answer.code), (503, "STORE_FAILED"))
    check("with Retry-After", answer.headers["Retry-After"])
    same("healthz goes on", client.get("/healthz", token=None).status, 200)
    until("readyz sees it", lambda: client.get("/readyz", token=None, retry=False).status == 503)
    os.rename(server.db + ".away", server.db)
    until("readyz sees it back", lambda: client.get("/readyz", token=None, retry=False).status == 200)
    until(
        "it takes events again",
        lambda: client.post("/api/v1/events", {"event": "call.ended", "data": {}}).status == 202,
    )
    until("and delivers them", lambda: client.get(f"{WEBHOOKS}/{hook}").data["stats"]["delivered"] == 2)
    client.close()
    server.stop("whose file was away")
    server.remove()


def logs():
    """Row 11: JSON lines; hostile names, URLs and answers change nothing of their form; no secret, no query,
    no body."""
    server = Server(*LOCAL, binary=SANITIZED)
    client = Client(server)
    evil = '\u202eevil{"level":"fake"}'
    answer = client.post(
        WEBHOOKS,
        {"name": "x" + evil, "url": receiver.url("/logs?key=SECRETQUERY"), "events": ["call.ended"]},
        shows_secret=True,
    )
    receiver.answers["/logs?key=SECRETQUERY"] = (500, b'\x1b[31m\n{"level":"fake"} RESPONSEBODY', {}, 0)
    client.emit({"text": "PAYLOADBODY"})
    until("it came", lambda: receiver.ids("/logs?key=SECRETQUERY"))
    client.get("/api/v1/webhooks?q=QUERYTEXT")
    lib.raw(server, b"GET /\x1b[31mPATHTEXT HTTP/1.1\r\nHost: x\r\nUser-Agent: \x1b[31mAGENTTEXT\r\n\r\n")
    if answer.status == 201:
        client.post(f"{WEBHOOKS}/{answer.data['id']}/rotate-secret", shows_secret=True)
    server.stop()
    text = "\n".join(server.lines)
    for word in ("SECRETQUERY", "PAYLOADBODY", "RESPONSEBODY", "QUERYTEXT", "\x1b"):
        check(f"no {word!r} in the log", word not in text)
    same("no line was faked", [line for line in server.lines if json.loads(line).get("level") == "fake"], [])
    for line in server.lines:
        entry = json.loads(line)
        check("time, level and message", {"time", "level", "message"} <= set(entry), entry)
    with open(server.db, "rb") as file:
        check("the token is not in the database", server.token.encode() not in file.read())
    server.remove()


def secrets_in_memory():
    """Row 4: after the first requests, the token's value is not left in the process (as far as
    libmicrohttpd's own buffers are gone)."""
    server = Server()
    client = Client(server)
    client.get(WEBHOOKS)
    client.close()
    time.sleep(1)
    token = server.token.encode()
    found = 0
    try:
        with open(f"/proc/{server.pid}/maps", encoding="ascii") as maps, open(
            f"/proc/{server.pid}/mem", "rb", 0
        ) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                if "rw" not in rights:
                    continue
                start, end = (int(part, 16) for part in span.split("-"))
                try:
                    memory.seek(start)
                    found += memory.read(end - start).count(token)
                except (OSError, ValueError, OverflowError):
                    pass
        check("the token is not kept in memory by this program", found <= 2, found)
    except PermissionError:
        print("skipped: the memory of another process cannot be read here")
    server.stop()
    server.remove()


def tls_of(port, version):
    """The version that a client which knows this one alone gets; None: it is refused."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old ones are meant
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), lib.PATIENCE) as plain:
        try:
            with context.wrap_socket(plain) as secure:
                return secure.version()
        except (ssl.SSLError, ConnectionError):
            return None


def https():
    """--cert and --key: TLS, and then other addresses may be listened on; a receiver by https is trusted by
    --ca."""
    import http.server
    import ssl

    directory = tempfile.mkdtemp(prefix="akolhook_tls.")
    cert, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    made = subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key,
            "-out",
            cert,
            "-days",
            "2",
            "-subj",
            "/CN=hooks.example.test",
            "-addext",
            "subjectAltName=DNS:hooks.example.test,IP:127.0.0.1",
        ],
        capture_output=True,
    )
    if not check("openssl makes a certificate", made.returncode == 0, made.stderr):
        return
    code, out, err = ran(
        "--cert", key, "--key", cert, "--listen", "127.0.0.1:0", "--db", os.path.join(directory, "x.db")
    )
    check("--cert and --key in each other's place", code == 2 and "--key its private key" in err, (code, err))
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    tls = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    tls.socket = context.wrap_socket(tls.socket, server_side=True)
    threading.Thread(target=tls.serve_forever, daemon=True).start()

    server = Server("--cert", cert, "--key", key, "--ca", cert, "--allow-cidr", "127.0.0.1/32", binary=PLAIN)
    check("the link is https", server.link.startswith("https://127.0.0.1:"), server.link)
    trust = ssl.create_default_context(cafile=cert)

    def ask(method, target, body=None):
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trust, timeout=30)
        connection.request(
            method,
            target,
            json.dumps(body) if body else None,
            {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}
            if body
            else {"Authorization": "Bearer " + server.token, "Origin": f"https://127.0.0.1:{server.port}"},
        )
        response = connection.getresponse()
        return response.status, response.read(), response.headers

    import http.client

    status, body, headers = ask("GET", WEBHOOKS)
    same("GET over TLS, Origin https", status, 200)
    for version, wanted in (("TLSv1", None), ("TLSv1_1", None), ("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3")):
        same(version, tls_of(server.port, ssl.TLSVersion[version]), wanted)
    status, body, headers = ask(
        "POST",
        WEBHOOKS,
        {"name": "tls", "url": f"https://127.0.0.1:{tls.server_address[1]}/", "events": ["call.ended"]},
    )
    same("create", status, 201)
    lib.secrets.add(json.loads(body)["data"]["secret"])
    ask("POST", "/api/v1/events", {"event": "call.ended", "data": {}})
    until("delivered over TLS", lambda: got)
    plain, _ = lib.raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", patience=20)
    check("plain HTTP gets nothing", b"200" not in plain, plain[:100])
    server.stop("over TLS")
    server.remove()

    wide = Server(
        "--cert",
        cert,
        "--key",
        key,
        "--host",
        "hooks.example.test",
        listen="0.0.0.0:0",
        binary=PLAIN,
        wait=False,
    )
    line = wide.first.get(timeout=lib.PATIENCE)
    check("other addresses with a certificate", line and line.startswith("https://"), (line, wide.lines))
    wide.process.send_signal(signal.SIGTERM)
    wide.wait()
    wide.kill()
    tls.shutdown()
    shutil.rmtree(directory, ignore_errors=True)


def unit():
    """Row 14: the systemd unit, as strict as it can be."""
    path = os.path.join(lib.ROOT, "examples/server/akolhook-server.service")
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is missing")
        return
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", path],
        capture_output=True,
        text=True,
    )
    check("systemd-analyze security --threshold=20", done.returncode == 0, done.stdout[-1500:] + done.stderr)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for setting in (
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "SystemCallFilter=",
        "RestrictAddressFamilies=",
        "UMask=0077",
    ):
        check(f"the unit has {setting}", setting in text)
    code, out, err = ran("--help")
    for option in set(
        re.findall(
            r"--[a-z-]+", "\n".join(line for line in text.splitlines() if line.startswith("ExecStart"))
        )
    ):
        check(f"the unit's {option} is an option", option in out)


def readme():
    """Each option and command that the README names is there, and the other way round."""
    with open(os.path.join(lib.ROOT, "examples/server/README.md"), encoding="utf-8") as file:
        text = file.read()
    code, out, err = ran("--help")
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    there = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", out))
    # those of other programs
    told -= {"--offline", "--threshold"}
    same("options of the README that are none", sorted(told - there), [])
    same(
        "options that the README does not name", sorted(there - told - {"--help", "--version", "--name"}), []
    )


def beside(*parts):
    """At the same time: these mostly wait."""

    def all_of_them():
        import traceback

        def guarded(part):
            try:
                part()
            except Exception:
                check(f"{part.__name__} runs to its end", False, traceback.format_exc())

        threads = [threading.Thread(target=guarded, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_of_them.__name__ = " ".join(part.__name__ for part in parts)
    return all_of_them


lib.run(
    options,
    binding_and_files,
    unit,
    readme,
    beside(killed, readiness, retention, graceful_stop, token_commands, used_under_a_lock, restart, logs),
    beside(backup_and_restore, layouts, https, closed_streams, told_of_others),
    secrets_in_memory,
)
