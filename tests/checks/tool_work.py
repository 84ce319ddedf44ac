#!/usr/bin/env python3
"""tool_work.py TOOL: what listen does with a verified request (--forward, --exec, --status, --save, --json, --headers), replay, and
trigger, from outside: the servers behind it are raw sockets that answer well, late, never, too much; signatures are made by
Python's hmac. Works in the folder where it is started. Its last line is "N passed, N failed"."""
import base64, hashlib, hmac, http.client, json, os, re, resource, signal, socket, ssl, subprocess, sys, threading, time

TOOL = sys.argv[1]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
PATIENCE = 120
passed = failed = 0
open("secret", "w").write(SECRET + "\n")


def check(name, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAIL %s %s" % (name, ascii(detail)[:1500]))


def same(name, got, want): check(name, got == want, "%r, expected %r" % (got, want))


def until(condition):
    """Waits for the thing itself."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end: return False
        time.sleep(0.02)
    return True


class Listen:
    """akolhook listen on a free port; lines: what it has written so far."""

    def __init__(self, *options, secret=True, env=None, before=None):
        words = [TOOL, "listen", "--port", "0", *(["--secret-file", "secret"] if secret else []), *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, preexec_fn=before)
        self.lines, self.errors = [], []
        self.readers = [threading.Thread(target=self.read, args=(self.process.stdout, self.lines)),
                        threading.Thread(target=self.read, args=(self.process.stderr, self.errors))]
        for reader in self.readers: reader.start()
        until(lambda: self.lines or self.process.poll() is not None)
        self.port = int(re.search(r":(\d+)/", self.lines[0]).group(1)) if self.lines else 0

    def read(self, pipe, lines):
        for line in pipe: lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))

    def end(self):
        """Its lines, once it was told to end; all of it must have ended well."""
        self.process.send_signal(signal.SIGTERM)
        try: self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired: self.process.kill()
        for reader in self.readers: reader.join(PATIENCE)
        same("listen ends", self.process.returncode, 0)
        return self.lines

    def json(self):
        return [json.loads(line) for line in self.end()]


serial = 0


def body(event="call.ended", **data):
    global serial
    serial += 1
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"event": event, "timestamp": when, "businessId": "biz_1", "webhookId": "whk_1",
                       "data": dict(data, callId="call_%d" % serial)}, ensure_ascii=False).encode()


def akol(b, secret=SECRET): return hmac.new(secret.encode(), b, hashlib.sha256).hexdigest()


def standard(b, message="msg_1", at=None, secret=SECRET):
    at = str(at or int(time.time()))
    tag = hmac.new(base64.b64decode(secret[6:]), b".".join([message.encode(), at.encode(), b]), hashlib.sha256).digest()
    return {"webhook-id": message, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(tag).decode()}


def read_answer(s):
    """Code, fields and content of one answer."""
    data = b""
    s.settimeout(PATIENCE)
    while b"\r\n\r\n" not in data:
        piece = s.recv(65536)
        if not piece: return 0, {}, data
        data += piece
    head, content = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    fields = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in lines[1:]}
    while len(content) < int(fields.get("content-length", 0)):
        piece = s.recv(65536)
        if not piece: break
        content += piece
    return int(lines[0].split()[1]), fields, content


def send(port, b, fields=None, chunked=False):
    """A connection on which a request was sent."""
    if fields is None: fields = {"X-Webhook-Signature": akol(b)}
    lines = ["POST /hook?a=b HTTP/1.1", "Host: x", *("%s: %s" % field for field in fields.items())]
    lines.append("Transfer-Encoding: chunked" if chunked else "Content-Length: %d" % len(b))
    content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(b), b) if chunked else b
    s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
    return s


def post(port, b, fields=None, chunked=False):
    s = send(port, b, fields, chunked)
    answer = read_answer(s)
    s.close()
    return answer


def code(*args, **named): return post(*args, **named)[0]


class Server:
    """One's own server: answer(request, connection) has the connection. requests: head and body of each."""

    def __init__(self, answer):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.requests, self.answer, self.connections = [], answer, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try: connection = self.socket.accept()[0]
            except OSError: return
            self.connections += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, c):
        got = b""
        try:
            while b"\r\n\r\n" not in got: got += c.recv(65536) or exit()
            head, content = got.split(b"\r\n\r\n", 1)
            length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
            while len(content) < length: content += c.recv(65536) or exit()
            self.requests.append((head, content))
            self.answer(content, c)
        except (OSError, SystemExit): pass
        finally: c.close()

    @property
    def url(self): return "http://127.0.0.1:%d/in?x=1" % self.port


def says(data):
    def answer(_, c): c.sendall(data)
    return answer


def run(*words, env=None, stdin=None):
    r = subprocess.run([TOOL, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, env=env, input=stdin)
    return r.returncode, r.stdout.decode(), r.stderr.decode()


# ---- --forward: as it was signed, the answer back

def forward():
    app = Server(says(b"HTTP/1.1 202 Fine\r\nContent-Type: application/json\r\nRetry-After: 7\r\nX-Secret: mine\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"))
    l = Listen("--forward", app.url, "--json")
    b = body(text="Zoë")
    fields = dict(standard(b), **{"X-Webhook-Signature": akol(b), "X-Custom": "kept", "Connection": "keep-alive , x-hOp", "X-Hop": "gone", "Content-Type": "application/json"})
    got, answer, content = post(l.port, b, fields)
    same("its code", got, 202)
    same("its content", content, b'{"ok":true}')
    same("its type", answer.get("content-type"), "application/json")
    same("when to come again", answer.get("retry-after"), "7")
    check("nothing else of it", "x-secret" not in answer, answer)
    head, sent = app.requests[0]
    same("the body as it was signed", sent, b)
    lines = head.decode().split("\r\n")
    same("its own path", lines[0], "POST /in?x=1 HTTP/1.1")
    passed_on = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in lines[1:]}
    same("headers as they were", [passed_on.get(name.lower()) for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Signature", "X-Custom")],
         [fields["webhook-id"], fields["webhook-timestamp"], fields["webhook-signature"], akol(b), "kept"])
    same("but those of the connection", [passed_on["connection"], passed_on["host"], passed_on.get("x-hop")], ["close", "127.0.0.1:%d" % app.port, None])
    b = body()
    same("chunks are put together", (code(l.port, b, chunked=True), app.requests[1][1]), (202, b))
    check("with a length", b"Content-Length: %d\r\n" % len(b) in app.requests[1][0] and b"hunked" not in app.requests[1][0], app.requests[1][0])
    same("a duplicate is not passed on", (code(l.port, b), len(app.requests)), (200, 2))
    same("nor what does not verify", (code(l.port, b, {"X-Webhook-Signature": akol(b, OTHER)}), code(l.port, b, {}), len(app.requests)), (401, 401, 2))
    lines = l.json()
    same("the log says so", re.sub(r"\d+ ms", "N ms", lines[1]["work"]), "forwarded, answered 202 after N ms, 11 bytes")
    same("in JSON", [line.get("status") for line in lines[1:-1]], ["OK", "OK", "DUPLICATE", "SIGNATURE_MISMATCH", "MISSING_SIGNATURE"])
    same("the sum", lines[-1], {"requests": 5, "accepted": 2, "duplicates": 1, "refused": 2})


def forward_faults():
    target = Server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    l_mib = 1 << 20
    rows = [
        ("its refusal, which lets the message come again", b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops", 500, b"oops"),
        ("a redirect, not followed", b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % target.port, 307, b""),
        ("204", b"HTTP/1.1 204 No\r\n\r\n", 204, b""),
        ("interim answers before", b"HTTP/1.1 100 Go\r\nContent-Type: a/b\r\n\r\nHTTP/1.1 103 Hint\r\n\r\nHTTP/1.1 201 Yes\r\nContent-Length: 2\r\n\r\nhi", 201, b"hi"),
        ("chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", 200, b"abcde"),
        ("until it closes", b"HTTP/1.1 200 OK\r\n\r\nall of it", 200, b"all of it"),
        ("1 MiB", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % l_mib + b"a" * l_mib, 200, b"a" * l_mib),
        ("more than 1 MiB: the code alone", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (l_mib + 1) + b"a" * (l_mib + 1), 200, b""),
        ("cut: the code alone", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", 200, b""),
        ("no HTTP", b"SSH-2.0-x\r\n", 502, b""),
        ("no answer", b"", 502, b""),
        ("both lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 502, b""),
        ("a head without end", b"HTTP/1.1 200 OK\r\nA: " + b"b" * 20000, 502, b""),
        ("a field that would split the answer", b"HTTP/1.1 200 OK\r\nContent-Type: a\rX-B: c\r\nContent-Length: 0\r\n\r\n", 502, b""),
    ]
    app = Server(lambda _, c: c.sendall(current[1]))
    l = Listen("--forward", app.url)
    for current in rows:
        got, _, content = post(l.port, body())
        same("forward: " + current[0], (got, len(content), content[:20]), (current[2], len(current[3]), current[3][:20]))
    same("forward: no redirect was followed", target.connections, 0)
    current = ("", b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")
    b = body()
    before = len(app.requests)
    same("forward: 503", code(l.port, b), 503)
    current = ("", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    same("forward: the retry is let in", (code(l.port, b), len(app.requests) - before), (200, 2))
    same("forward: and then it is a duplicate", (code(l.port, b), len(app.requests) - before), (200, 2))
    app.socket.close()
    lines = "\n".join(l.end())
    for text in ("too many to pass back", "cut, so not passed back", "not forwarded: BAD_RESPONSE"):
        check("forward: the log says " + text, text in lines, lines)

    l = Listen("--forward", "http://127.0.0.1:1/", "--json")
    same("forward: nobody listens", code(l.port, body()), 502)
    check("forward: and the log says it", "CONNECT_FAILED" in l.json()[1]["work"])


def forward_late():
    slow = Server(lambda _, c: time.sleep(PATIENCE))
    head = b"HTTP/1.1 200 OK\r\nA: " + b"b" * 600
    trickle = Server(lambda _, c: [(c.sendall(head[i:i + 1]), time.sleep(0.2)) for i in range(600)])
    l = Listen("--forward", slow.url, "--work", "600")
    b = body()
    first = send(l.port, b)
    until(lambda: slow.requests)
    same("forward: the same while it is worked for", code(l.port, b), 503)
    same("forward: others are served meanwhile", code(l.port, body(), {}), 401)
    l.end()
    first.close()
    l = Listen("--forward", slow.url, "--work", "1")
    started = time.monotonic()
    same("forward: late", code(l.port, b), 504)
    check("forward: not before its time", time.monotonic() - started > 0.9)
    same("forward: the retry is let in", code(l.port, b), 504)
    l.end()
    l = Listen("--forward", trickle.url, "--work", "1")
    same("forward: a byte now and then does not help", code(l.port, body()), 504)
    gone = send(l.port, body())
    gone.close()                                        # the sender does not wait: its work is done all the same
    until(lambda: len(trickle.requests) == 2)
    same("forward: a sender that went", code(l.port, body()), 504)
    many = [send(l.port, body()) for _ in range(64)]    # every slot is worked for
    until(lambda: len(trickle.requests) == 67)
    same("forward: 64 at once", [read_answer(s)[0] for s in many], [504] * 64)
    waits = send(l.port, body())
    until(lambda: len(trickle.requests) == 68)
    lines = l.end()                                     # in the middle of it
    check("forward: told to end in the middle", any("ended before there was an answer" in line for line in lines), lines[-5:])
    waits.close()
    code_, _, err = run("listen", "--secret-file", "secret", "--forward", "ftp://x/")
    check("forward: a URL that is none", code_ == 2 and "--forward 'ftp://x/': the URL must begin with http:// or https://\n" in err, err)
    code_, _, err = run("listen", "--secret-file", "secret", "--forward", "http://169.254.169.254/")
    check("forward: never to metadata", code_ == 2 and "--forward 'http://169.254.169.254/': requests are not passed on to this address" in err, err)


def forward_unread():
    """A sender that reads no answer for a while: each answer waits for it, whole."""
    count, size = 8, 1000000
    app = Server(lambda b, c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b[-40:] * (size // 40)))
    l = Listen("--forward", app.url, "--json", "--timeout", str(PATIENCE))
    bodies = [body() for _ in range(count)]
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", l.port))
    for b in bodies: s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Webhook-Signature: %s\r\nContent-Length: %d\r\n\r\n%s" % (akol(b).encode(), len(b), b))
    last = -1
    while len(app.requests) != last:                    # until no further one is passed on
        last = len(app.requests)
        time.sleep(1)
    check("forward: one answer at a time", last < count, last)
    with s.makefile("rb") as answers:
        for b in bodies:
            line, fields = answers.readline(), http.client.parse_headers(answers)
            content = answers.read(int(fields["Content-Length"]))
            check("forward: an answer that nobody read", line == b"HTTP/1.1 200 OK\r\n" and content == b[-40:] * (size // 40), (line, content[:80]))
    lines = l.json()
    same("forward: the log of each", [re.sub(r"\d+ ms", "N ms", line.get("work", "")) for line in lines[1:-1]], ["forwarded, answered 200 after N ms, %d bytes" % size] * count)
    s.close()


# ---- --exec

def script(name, text):
    with open(name, "w") as f: f.write("#!/bin/sh\n" + text)
    os.chmod(name, 0o755)
    return "./" + name


def execute():
    keep = script("keep", 'cat >got.body; env | grep ^AKOLHOOK_ | sort >got.env; printf "%s|" "$@" >got.args; echo said; exit "${1:-0}"\n')
    l = Listen("--exec", "%s 0 'two words' \"a'b\" '$HOME;*' ''" % keep, env=dict(os.environ, AKOLHOOK_SECRET=OTHER))
    b = body(text="x" * 300000)
    fields = {"X-Webhook-Signature": akol(b), "webhook-id": "msg_1", "X-Webhook-Test": "1"}
    same("exec: status 0 answers 200", code(l.port, b, fields), 200)
    same("exec: the body on stdin", open("got.body", "rb").read(), b)
    env = dict(line.rstrip("\n").split("=", 1) for line in open("got.env"))
    check("exec: the peer", env.pop("AKOLHOOK_PEER").startswith("127.0.0.1:"))
    same("exec: the environment, without the secret", env,
         {"AKOLHOOK_EVENT": "call.ended", "AKOLHOOK_BUSINESS_ID": "biz_1", "AKOLHOOK_WEBHOOK_ID": "whk_1", "AKOLHOOK_TEST": "1",
          "AKOLHOOK_MESSAGE_ID": "msg_1", "AKOLHOOK_TIMESTAMP": json.loads(b)["timestamp"].replace("Z", ".000Z")})
    same("exec: words, and no shell", open("got.args").read(), "0|two words|a'b|$HOME;*||")
    same("exec: a duplicate is answered without it", code(l.port, b, fields), 200)
    lines = l.end()
    same("exec: what it writes goes to stderr", (l.errors.count("said"), sum("said" in line for line in lines)), (1, 0))
    hostile = json.dumps({"event": "call.\u0000x", "timestamp": "2026-01-01T00:00:00Z", "businessId": "\u001b$(id)`id`\n", "webhookId": "é", "data": {}}).encode()
    l = Listen("--exec", keep, "--any-age")
    same("exec: hostile texts", code(l.port, hostile), 200)
    env = open("got.env", encoding="utf-8").read()
    check("exec: NUL leaves it empty, the rest is text", "AKOLHOOK_EVENT=\n" in env and "AKOLHOOK_BUSINESS_ID=\x1b$(id)`id`\n" in env and "AKOLHOOK_WEBHOOK_ID=é\n" in env, env)
    l.end()


def execute_faults():
    rows = [("status 1", script("one", "exit 1\n"), 500, "exit status 1"), ("a signal", script("dies", "kill -9 $$\n"), 500, "ended by signal 9"),
            ("it does not read", script("blind", "exit 0\n"), 200, "exit status 0"), ("no such program", "nobody-has-this", 500, "exit status 127")]
    for name, command, want, text in rows:
        l = Listen("--exec", command)
        b = body(text="y" * 900000)
        same("exec: " + name, code(l.port, b), want)
        if want == 500: same("exec: %s: the retry is let in" % name, code(l.port, b), 500)
        lines = "\n".join(l.end())
        check("exec: %s: the log" % name, text in lines, lines[:400])
        same("exec: %s: how often" % name, lines.count(text), 2 if want == 500 else 1)
    check("exec: what cannot be run is named", any("cannot run 'nobody-has-this'" in line for line in l.errors), l.errors)

    # it hangs, with a child of its own: both are killed at the end of their time, and nothing is left
    hangs = script("hangs", "echo $$ >>pids\nsh -c 'echo $$ >>pids; trap \"\" TERM; while :; do sleep 1; done' &\nwait\n")
    l = Listen("--exec", hangs, "--work", "1", "--json")
    same("exec: it hangs", code(l.port, body()), 500)
    until(lambda: len(l.lines) == 2)
    same("exec: the log", re.sub(r"\d+ s", "N s", [json.loads(line) for line in l.lines][-1].get("work", "")), "killed after N s: its time was over")

    def read_stat(pid):                                 # state and parent, as proc(5) has them
        try: return open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()[:2]
        except OSError: return []
    def is_alive(pid): return read_stat(pid)[:1] not in ([], ["Z"], ["X"])
    pids = open("pids").read().split()
    check("exec: it and its child are gone", len(pids) == 2 and until(lambda: not any(is_alive(pid) for pid in pids)), pids)
    waits = send(l.port, body())
    until(lambda: len(open("pids").read().split()) == 4)
    l.end()
    pids = open("pids").read().split()
    check("exec: at the end of listen too", until(lambda: not any(is_alive(pid) for pid in pids)), pids)
    waits.close()

    # 60 at once, 16 at a time; all are reaped
    l = Listen("--exec", script("naps", "sleep 0.1\nexit 0\n"), "--work", "100")
    many = [send(l.port, body()) for _ in range(60)]
    same("exec: 60 at once", [read_answer(s)[0] for s in many], [200] * 60)
    stats = [read_stat(pid) for pid in os.listdir("/proc") if pid.isdigit()]
    same("exec: no child is left", [stat for stat in stats if len(stat) > 1 and stat[1] == str(l.process.pid)], [])
    l.end()
    for words, text in ((("--exec", " "), "the command is empty"), (("--exec", "'a"), "a quote ' is not closed"), (("--exec", "./none"), "cannot run './none'"),
                        (("--exec", "a", "--forward", "http://127.0.0.1/"), "exclude each other"), (("--exec", "a", "--status", "201"), "exclude each other"),
                        (("--work", "3"), "--work is for"), (("--status", "199"), "--status takes a number from 200 to 599"), (("--exec", "a " * 65), "more than 64 words")):
        got, _, err = run("listen", "--secret-file", "secret", *words)
        check("listen %s" % (words,), got == 2 and text in err, err)


# ---- --status, --save, --headers, replay

def status():
    l = Listen("--status", "429")
    b = body()
    same("status", (code(l.port, b), code(l.port, b), code(l.port, b, {})), (429, 429, 401))
    check("status: it may come again", sum("verified with secret 1" in line for line in l.end()) == 2, l.lines)
    l = Listen("--status", "204")
    got = post(l.port, b)
    same("status 204 has no length", (got[0], "content-length" in got[1]), (204, False))
    same("status 204, then a duplicate", code(l.port, b), 200)
    l.end()


def save_and_replay():
    l = Listen("--save", "kept", "--headers", "--json")
    b, c, bad = body(text="Zoë\u202e"), body("call.missed"), body()
    post(l.port, b, dict(standard(b), **{"X-Webhook-Signature": akol(b), "X-Custom": "one"}))
    post(l.port, c, chunked=True)
    post(l.port, b)                                     # a duplicate
    post(l.port, bad, {"X-Webhook-Signature": akol(bad, OTHER)})
    post(l.port, b"", {"X-Webhook-Signature": "x/../../y"})
    lines = l.json()
    names = sorted(os.listdir("kept"))
    same("save: names", [re.sub(r"^\d{8}T\d{6}Z-", "", name) for name in names],
         ["00001-call.ended.http", "00002-call.missed.http", "00003-SIGNATURE_MISMATCH.http", "00004-BAD_SIGNATURE.http"])
    same("save: for their owner alone", {os.stat("kept/" + name).st_mode & 0o777 for name in names} | {os.stat("kept").st_mode & 0o777}, {0o600, 0o700})
    first = open("kept/" + names[0], "rb").read()
    check("save: as it came", first.startswith(b"POST /hook?a=b HTTP/1.1\r\nHost: x\r\nwebhook-id: msg_1\r\n") and first.endswith(b"\r\n\r\n" + b), first)
    check("save: chunks put together", open("kept/" + names[1], "rb").read().endswith(b"Content-Length: %d\r\n\r\n%s" % (len(c), c)))
    same("headers, in order", [name for name, _ in lines[1]["headers"]], ["Host", "webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Signature", "X-Custom", "Content-Length"])
    same("data", lines[1]["data"], json.loads(b)["data"])
    check("nothing in it steers a terminal", "\u202e" not in l.lines[1] and "\\u202e" in l.lines[1], l.lines[1])
    same("the cause", lines[4]["cause"], "most likely the JSON was parsed and written again, as Akol writes no such envelope: verify the bytes as they arrived")
    for words, text in ((("--save", "secret"), "--save: cannot keep files in 'secret'"), (("--save", "none/none"), "--save: cannot keep files in 'none/none'")):
        got, _, err = run("listen", "--secret-file", "secret", *words)
        check("listen %s" % (words,), got == 2 and text in err, err)

    two = [Listen("--save", "shared") for _ in range(2)]  # in one second, as often as not
    for l in two * 2: same("save: beside another", code(l.port, body("lead.created")), 200)
    same("save: no name is taken twice", ["".join(l.errors) for l in two if l.end()] + [len(os.listdir("shared"))], ["", "", 4])

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    l = Listen("--save", "full", before=no_room)
    same("save: no room", (code(l.port, body(text="x" * 3000)), code(l.port, body())), (200, 200))
    l.end()
    same("save: what does not fit is told, and not kept in part", ([bool(re.search("cannot write 'full/.*-00001-call.ended.http': File too large", line)) for line in l.errors],
                                                                [name[-21:] for name in os.listdir("full")]), ([True], ["00002-call.ended.http"]))

    files = ["kept/" + name for name in names[:3]]
    app = Server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
    got, out, err = run("replay", *files, app.url, "--local", "--as-is", "--json")
    same("replay as it was", (got, err), (0, ""))
    same("replay: one line for each", [(row["file"], row["event"], row["code"], row["response"]) for row in map(json.loads, out.splitlines())],
         [(files[0], "call.ended", 200, "hi"), (files[1], "call.missed", 200, "hi"), (files[2], "call.ended", 200, "hi")])
    same("replay: bodies", [r[1] for r in app.requests], [b, c, bad])
    same("replay: signatures as they were", [akol(b).encode() in app.requests[0][0], b"webhook-id: msg_1\r\n" in app.requests[0][0], akol(bad, OTHER).encode() in app.requests[2][0]], [True] * 3)
    check("replay: its own path", app.requests[0][0].startswith(b"POST /in?x=1 HTTP/1.1\r\n"))
    app.requests.clear()
    open("bare.json", "wb").write(c)
    got, out, _ = run("replay", *files, "bare.json", app.url, "--local", "--secret-file", "secret")
    same("replay signed anew", (got, len(re.findall(r" 200 .* OK  (kept/|bare)", out))), (0, 4))
    for (head, content), original in zip(app.requests, [b, c, bad, c]):
        fields = {line.split(b": ")[0].decode().lower(): line.split(b": ", 1)[1].decode() for line in head.split(b"\r\n")[1:]}
        same("replay: Akol's signature", fields["x-webhook-signature"], akol(original))
        want = standard(original, fields["webhook-id"], fields["webhook-timestamp"])
        same("replay: Standard Webhooks' signature", fields["webhook-signature"], want["webhook-signature"])
        check("replay: of now", abs(int(fields["webhook-timestamp"]) - time.time()) < 3600)
        same("replay: one of each", len([f for f in head.lower().split(b"\r\n") if f.startswith(b"x-webhook-signature:")]), 1)
    check("replay: the id it had, its other headers", b"webhook-id: msg_1\r\n" in app.requests[0][0] and b"X-Custom: one\r\n" in app.requests[0][0])
    check("replay: a body alone has its event and type", b"X-Webhook-Event: call.missed\r\n" in app.requests[3][0] and b"Content-Type: application/json\r\n" in app.requests[3][0])
    for words, want, text in (((files[0], "--local", "--as-is"), None, None), ((files[0], "http://10.0.0.1/", "--local"), 2, "--local is for this machine"),
                              ((files[0], app.url, "--as-is"), 1, "--allow-http"), ((files[0], app.url, "--allow-http", "--as-is"), 1, "--allow-private"),
                              (("none", app.url, "--local", "--as-is"), 2, "cannot open 'none'"), (("bare.json", app.url, "--local", "--as-is"), 2, "'bare.json' has no head"),
                              ((files[0], "bare.json"), 2, "the last word must be a URL"), ((app.url,), 2, "a file is needed"), ((files[0], app.url, "--local"), 2, "a secret is needed")):
        if want is not None:
            got, out, err = run("replay", *words)
            check("replay %s" % (words,), got == want and text in out + err, (got, out, err))
    broken = Server(says(b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops"))
    odd = "odd\x1b]0;x\x07.http"
    with open(odd, "wb") as file: file.write(b)
    got, out, err = run("replay", odd, app.url, "--local", "--secret-file", "secret")
    check("replay: the name of a file does not steer the terminal", got == 0 and "odd\\x1b]0;x\\x07.http" in out and "\x1b" not in out + err, (got, out, err))
    got, out, err = run("replay", odd + "2", app.url, "--local", "--secret-file", "secret")
    check("nor one that is not there", got == 2 and "\\x1b" in err and "\x1b" not in out + err, (got, out, err))
    with open(odd, "wb") as file: file.write(b"{")
    for words in (["verify", "--any-age"], ["explain"], ["sign", "--secret-file", odd]):
        got, out, err = run(*words, odd, "--secret-file", "secret", "--signature", "0" * 64)
        check("%s: nor does that of its body" % words[0], got and "\x1b" not in out + err, (got, out, err))
    app.requests.clear()
    with open("short", "wb") as file: file.write(b"POST / HTTP/1.1\n" + b"a:b\n" * 4000 + b"\n{}")
    got, out, err = run("replay", "short", app.url, "--local", "--secret-file", "secret")
    same("replay: lines that grow", (got, app.requests[0][0].count(b"\r\na: b") if app.requests else err, err), (0, 4000, ""))
    with open("long", "wb") as file: file.write(b"POST / HTTP/1.1\r\n" + b"a:b\r\n" * 4000 + b"\r\n{}")
    got, out, err = run("replay", "long", app.url, "--local", "--secret-file", "secret")
    check("replay: a head that listen would not take", got == 2 and "'long' is no request: its head has more than 16384 bytes" in err, (got, out, err))
    got, out, _ = run("replay", files[0], broken.url, "--local", "--as-is")
    check("replay: a refusal", got == 1 and "500" in out and "HTTP_STATUS" in out and "response: oops" in out, out)
    got, out, _ = run("replay", files[0], "http://127.0.0.1:1/", "--local", "--as-is")
    check("replay: nobody listens", got == 1 and "CONNECT_FAILED" in out, out)


# ---- what listen says: TLS, the other scheme, which header

def explains():
    l = Listen("--json")
    b = body()
    post(l.port, b, standard(b))
    post(l.port, b, standard(b, secret=OTHER))
    post(l.port, b, {"X-Webhook-Signature": akol(b, OTHER), **standard(b)})
    s = socket.create_connection(("127.0.0.1", l.port), timeout=PATIENCE)
    s.sendall(b"\x16\x03\x01")                          # no line end will ever come
    same("TLS on the http port is refused at once", read_answer(s)[0], 400)
    s.close()
    two = send(l.port, b, {"X-Webhook-Signature": akol(b), "x-webhook-signature": akol(b)})
    same("a doubled header", read_answer(two)[0], 401)
    two.close()
    lines = l.json()
    same("the other scheme", [line.get("cause") for line in lines[1:4]],
         ["it verifies under Standard Webhooks: give --standard", "it is signed under Standard Webhooks, with another secret",
          "it verifies under Standard Webhooks: give --standard"])
    same("TLS on the http port", lines[4]["text"], "TLS came to this port, which speaks plain http")
    same("which header", (lines[5]["status"], lines[5].get("header")), ("DOUBLED_HEADER", "x-webhook-signature"))
    l = Listen("--standard")
    post(l.port, b)
    check("the other way", any("it verifies under Akol's scheme: leave --standard out" in line for line in l.end()), l.lines)

    if "OpenSSL" not in run("version")[1]:
        print("skipped: what listen says of TLS (the tool was built without OpenSSL)")
        return
    subprocess.run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert -days 2 -subj /CN=test "
                   "-addext subjectAltName=IP:127.0.0.1", shell=True, check=True, stderr=subprocess.DEVNULL)
    l = Listen("--tls", "cert", "key", "--json")

    def talk(data):
        s = socket.create_connection(("127.0.0.1", l.port), timeout=PATIENCE)
        try:
            s.sendall(data)
            if not data: s.shutdown(socket.SHUT_WR)
            s.recv(1000)
        except OSError: pass
        s.close()
    talk(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n")
    talk(b"SSH-2.0-OpenSSH\r\n" * 10)
    talk(b"")
    context = ssl.create_default_context()              # which does not know the CA
    try: context.wrap_socket(socket.create_connection(("127.0.0.1", l.port)), server_hostname="127.0.0.1")
    except (ssl.SSLError, OSError): pass
    until(lambda: len(l.lines) >= 5)
    context = ssl.create_default_context(cafile="cert")
    s = context.wrap_socket(socket.create_connection(("127.0.0.1", l.port)), server_hostname="127.0.0.1")
    s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    same("https goes on", read_answer(s)[0], 405)
    s.close()
    lines = [line for line in l.json() if line.get("status") == "TLS_FAILED"]
    texts = " | ".join(line["text"] for line in lines)
    for text in ("plain http came to this https port", "is not TLS", "the sender closed the connection in the handshake", "does not trust the certificate"):
        check("TLS: " + text, text in texts, texts)
    open("no.pem", "w").write("nothing\n")
    for pair, text in ((("no.pem", "key"), "'no.pem' holds no certificate"), (("cert", "no.pem"), "'no.pem' holds no private key"),
                       (("none", "key"), "cannot open 'none'"), (("cert", "none"), "cannot open 'none'")):
        got, _, err = run("listen", "--secret-file", "secret", "--tls", *pair)
        check("--tls %s %s" % pair, got == 2 and text in err, err)
    tls_app = Listen("--tls", "cert", "key")            # forward over https, to another listen
    l = Listen("--forward", "https://127.0.0.1:%d/" % tls_app.port, "--ca", "cert")
    same("forward over https", code(l.port, body()), 200)
    l.end()
    l = Listen("--forward", "https://127.0.0.1:%d/" % tls_app.port)
    same("forward to whom nobody trusts", code(l.port, body()), 502)
    check("forward: the log says it", any("TLS_UNTRUSTED" in line for line in l.end()), l.lines)
    tls_app.end()


# ---- trigger

def trigger():
    app = Server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthank you"))
    got, out, _ = run("trigger", "content.*,call.ended", app.url, "--local", "--secret-file", "secret", "--repeat", "3", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    same("trigger: groups, three times", (got, len(rows), sorted({row["event"] for row in rows})), (0, 15, ["call.ended", "function.called", "message.received", "summary.ready", "transcript.ready"]))
    same("trigger: the response is shown", {row["response"] for row in rows}, {"thank you"})
    same("trigger: distinct times", len({json.loads(r[1])["timestamp"] for r in app.requests}), 15)
    same("trigger: distinct ids", (len({row["messageId"] for row in rows}), len({re.search(rb"webhook-id: (\S+)", r[0]).group(1) for r in app.requests})), (15, 15))
    app.requests.clear()
    for _ in range(2): run("trigger", "call.ended", app.url, "--local", "--secret-file", "secret")
    same("trigger: two in a row are two events", len({r[1] for r in app.requests}), 2)
    app.requests.clear()
    open("data.json", "w").write(' {"callId": "mine", "n": [1, 2]}\n')
    got, out, _ = run("trigger", "call.ended", app.url, "--local", "--secret-file", "secret", "--data", "data.json", "--time", "2026-04-18T14:23:11Z", "--repeat", "2")
    same("trigger: data of one's own", (got, [json.loads(r[1])["data"] for r in app.requests]), (0, [{"callId": "mine", "n": [1, 2]}] * 2))
    same("trigger: from the time that was given", [json.loads(r[1])["timestamp"] for r in app.requests], ["2026-04-18T14:23:11.000Z", "2026-04-18T14:23:11.001Z"])
    same("trigger: which is signed", re.search(rb"(?i)x-webhook-signature: (\S+)", app.requests[0][0]).group(1).decode(), akol(app.requests[0][1]))
    check("trigger: the response in words", "response: thank you" in out, out)
    app.requests.clear()
    got, out, err = run("trigger", "lead.created", app.url, "--local", "--secret-file", "secret", "--data", "-", stdin=b'{"leadId":"l1"}')
    same("trigger: data from stdin", (got, json.loads(app.requests[0][1])["data"]), (0, {"leadId": "l1"}))
    open("list.json", "w").write("[1]")
    open("cut.json", "w").write('{"a":')
    open("large.json", "w").write('{"a":"%s"}' % ("x" * 1048576))
    for words, want, text in ((("call.ended", "--secret-file", "secret"), 2, "a URL is needed, or --local"), (("call.ended", "https://example.com/", "--local", "--secret-file", "secret"), 2, "--local is for this machine"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--data", "list.json"), 2, "--data 'list.json', byte 0: WRONG_TYPE"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--data", "cut.json"), 2, "--data 'cut.json', byte 5: JSON_CUT"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--data", "large.json"), 2, "'large.json' is longer than"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--data", "none"), 2, "cannot open 'none'"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--id", "a", "--repeat", "2"), 2, "--id and --repeat"),
                              (("call.ended", app.url, "--local", "--secret-file", "secret", "--repeat", "0"), 2, "--repeat takes a number")):
        got, out, err = run("trigger", *words)
        check("trigger %s" % (words,), got == want and text in err, (got, out, err))
    for host in ("localhost", "127.0.0.1"):
        got, out, _ = run("trigger", "call.ended", "http://%s:%d/" % (host, app.port), "--local", "--secret-file", "secret")
        check("trigger --local %s" % host, got == 0, out)
    got, out, _ = run("trigger", "call.ended", "--local", "--secret-file", "secret", "--timeout", "5")
    check("trigger --local alone is port 8787", got == 0 or "CONNECT_FAILED" in out or "HTTP_STATUS" in out, out)


for part in (forward, forward_faults, forward_late, forward_unread, execute, execute_faults, status, save_and_replay, explains, trigger):
    try: part()
    except Exception as e: check(part.__name__, False, repr(e) + " line %d" % e.__traceback__.tb_next.tb_lineno)
print("%d passed, %d failed" % (passed, failed))
sys.stdout.flush()
os._exit(failed != 0 or passed == 0)
