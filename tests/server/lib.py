"""What the tests of akolhook-server share: counting, a server, a client that holds every answer against
openapi.yaml, a receiver."""

import hashlib
import hmac
import http.client
import http.server
import json
import os
import queue
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import jsonschema
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(
    os.environ.get("BUILD") or (sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build"))
)
PLAIN = os.path.join(BUILD, "akolhook-server")
SANITIZED = os.path.join(BUILD, "san", "akolhook-server")
LONG = bool(os.environ.get("LONG"))
PATIENCE = 120  # s; nothing that is waited for takes as long on any machine

passed = failed = 0
count_lock = threading.Lock()


def check(what, good, detail=""):
    """Counts one check and says what failed. Gives back whether it was good."""
    global passed, failed
    with count_lock:
        if good:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {what}" + (f": {detail}" if detail != "" else ""), flush=True)
    return bool(good)


def same(what, got, want):
    return check(what, got == want, f"got {str(got)[:400]!r}, want {str(want)[:400]!r}")


def finish():
    """The closing line, and the exit status."""
    for server in list(Server.running):
        server.kill()
    print(f"{passed} passed, {failed} failed")
    sys.stdout.flush()
    os._exit(0 if failed == 0 and passed else 1)


def run(*parts):
    """Runs the parts of a test; one that breaks off counts as a failure and does not keep the others from
    running."""
    import traceback

    for part in parts:
        began = time.monotonic()
        try:
            part()
        except Exception:
            check(f"{part.__name__} runs to its end", False, traceback.format_exc())
        if os.environ.get("VERBOSE"):
            print(f"  {part.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    finish()


def until(what, ask, patience=PATIENCE):
    """Waits until ask() gives something true, gives it back; a failure and None when patience is over."""
    end = time.monotonic() + patience
    while True:
        got = ask()
        if got:
            return got
        if time.monotonic() > end:
            check(what, False, f"not within {patience} s")
            return None
        time.sleep(0.05)


class Secrets:
    """All tokens and webhook secrets that were seen; each may stand in the one answer that shows it and
    nowhere else."""

    def __init__(self):
        self.values = set()
        self.lock = threading.Lock()

    def add(self, value):
        with self.lock:
            self.values.add(value)

    def found_in(self, data):
        text = data if isinstance(data, bytes) else data.encode()
        with self.lock:
            return [value for value in self.values if value.encode() in text]


secrets = Secrets()


# ---- openapi.yaml ----


class Spec:
    """openapi.yaml as a judge of answers, and a record of what was seen of it."""

    # what every path may answer, as the description says
    EVERYWHERE = {400, 403, 404, 405, 411, 413, 414, 415, 421, 429, 431, 500}

    def __init__(self):
        with open(os.path.join(ROOT, "examples/server/openapi.yaml"), encoding="utf-8") as file:
            self.text = file.read()
        self.doc = yaml.load(self.text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.seen = set()
        self.routes = []
        self.validators = {}
        for path, item in self.doc["paths"].items():
            pattern = re.sub(r"\{[^}]*\}", "[^/]+", path.replace(".", r"\."))
            for method in ("get", "post", "patch", "delete"):
                if method in item:
                    self.routes.append((method.upper(), re.compile(pattern + "$"), path, item[method]))
        self.routes.sort(key=lambda route: "{" in route[2])
        self.error = self.validator({"$ref": "#/components/schemas/Error"})

    def validator(self, schema):
        return jsonschema.Draft202012Validator({**schema, "components": self.doc["components"]})

    def resolve(self, thing):
        while "$ref" in thing:
            at = self.doc
            for name in thing["$ref"][2:].split("/"):
                at = at[name]
            thing = at
        return thing

    def operation(self, method, target):
        path = target.split("?")[0]
        for verb, pattern, name, operation in self.routes:
            if verb == method and pattern.match(path):
                return name, operation
        return None, None

    def wrong(self, method, target, status, headers, body):
        """What is wrong with an answer; empty when nothing is."""
        name, operation = self.operation(method, target)
        documented = operation["responses"].get(str(status)) if operation else None
        if documented is None:
            if status not in self.EVERYWHERE:
                return f"{status} is not documented"
            if not operation or status in (405, 411, 414, 431, 404, 400, 413, 415, 403):
                return self.first_error(self.error, body)
            return f"{status} is not documented for {operation['operationId']}"
        self.seen.add((operation["operationId"], status))
        response = self.resolve(documented)
        for field, about in response.get("headers", {}).items():
            value = headers.get(field)
            if value is None:
                return f"no {field}"
            errors = list(self.validator(about["schema"]).iter_errors(value))
            if errors:
                return f"{field}: {errors[0].message}"
        if "content" not in response:
            return "a body where none is documented" if body else ""
        kind = (headers.get("Content-Type") or "").split(";")[0].strip()
        if kind not in response["content"]:
            return f"Content-Type {kind!r} is not documented"
        if kind != "application/json":
            return ""
        key = (operation["operationId"], status)
        if key not in self.validators:
            self.validators[key] = self.validator(response["content"][kind]["schema"])
        return self.first_error(self.validators[key], body)

    @staticmethod
    def first_error(validator, body):
        try:
            value = json.loads(body)
        except ValueError:
            return f"no JSON: {body[:200]!r}"
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        return f"{error.json_path}: {error.message[:300]}" if error else ""


spec = Spec()

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
EVERY_ANSWER = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def wrong_headers(path, headers):
    """What is wrong with the header fields that every answer has."""
    for name, want in EVERY_ANSWER.items():
        values = headers.get_all(name) or []
        if values != [want]:
            return f"{name}: {values}"
    if path.startswith("/api/") and headers.get_all("Cache-Control") != ["no-store"]:
        return f"Cache-Control: {headers.get_all('Cache-Control')}"
    for name in headers.keys():
        if name.lower().startswith("access-control-") or name.lower() == "set-cookie":
            return f"{name} stands there"
    return ""


# ---- a server ----


class Server:
    """One akolhook-server. What it says on stderr is kept as lines; stop() sees to it that it ended well."""

    running = []

    def __init__(
        self,
        *options,
        binary=PLAIN,
        db=None,
        listen="127.0.0.1:0",
        directory=None,
        first=None,
        environment=None,
        wait=True,
    ):
        self.directory = directory or tempfile.mkdtemp(prefix="akolhook_server.")
        self.own = directory is None
        self.db = db or os.path.join(self.directory, "akolhook.db")
        store = [] if "--store" in options else ["--db", self.db]
        self.token_file = os.path.join(self.directory, "token")
        self.worker_only = "--worker" in options
        command = [binary, *store, *options]
        if not self.worker_only:
            command += ["--listen", listen, "--token-file", self.token_file]
        self.command = command
        self.lines = []
        self.out = []
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.directory,
            env={
                **os.environ,
                "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
                "UBSAN_OPTIONS": "print_stacktrace=1",
                **(environment or {}),
            },
        )
        Server.running.append(self)
        self.first = queue.Queue()
        self.readers = [
            threading.Thread(target=self.read_out, daemon=True),
            threading.Thread(target=self.read_err, daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        self.link = None
        self.token = first
        self.port = None
        if not wait or self.worker_only:
            return
        try:
            self.link = self.first.get(timeout=PATIENCE)
        except queue.Empty:
            self.link = None
        found = re.search(
            r"https?://(\[[^]]*\]|[^:/]+):([0-9]+)/(#token=(aks_[0-9A-Za-z_-]+))?", self.link or ""
        )
        if not found:
            raise RuntimeError(f"no link but {self.link!r}; {self.lines[-20:]}")
        self.host = found.group(1)
        self.port = int(found.group(2))
        if found.group(4):
            self.token = found.group(4)
            secrets.add(self.token)

    def read_out(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").rstrip("\n")
            self.out.append(text)
            if len(self.out) == 1:
                self.first.put(text)
        self.first.put(None)

    def read_err(self):
        for line in self.process.stderr:
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    @property
    def pid(self):
        return self.process.pid

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+([0-9]+)", file.read()).group(1))

    def wait(self, patience=PATIENCE):
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        for reader in self.readers:
            reader.join(10)
        if self in Server.running:
            Server.running.remove(self)
        return code

    def stop(self, what="server"):
        """SIGTERM; it must end with 0 and have said nothing but JSON lines, none with a secret in it."""
        self.process.send_signal(signal.SIGTERM)
        code = self.wait()
        if code is None:
            check(f"{what} ends on SIGTERM", False, self.lines[-5:])
            self.kill()
        else:
            same(f"{what} ends with 0", (code, [] if code == 0 else self.lines[-40:]), (0, []))
        self.check_log(what)

    def check_log(self, what="server"):
        bad = [line for line in self.lines if not is_json(line)]
        check(f"{what}: each line on stderr is JSON", not bad, "\n".join(bad[:40]))
        check(f"{what}: no secret in the log", not secrets.found_in("\n".join(self.lines)), "found")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    def remove(self):
        if self.own:
            shutil.rmtree(self.directory, ignore_errors=True)


def is_json(line):
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


# ---- a client ----


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def data(self):
        return self.json["data"]

    @property
    def code(self):
        return self.json.get("code")

    @property
    def fields(self):
        return {error["field"]: error["code"] for error in self.json.get("errors", [])}


class Client:
    """Calls of one thread on one connection. Each answer is held against openapi.yaml, its header fields and
    the secrets."""

    def __init__(self, server, tokens=None, timeout=PATIENCE, source=None):
        self.server = server
        self.source = source  # an address of 127/8 to come from, as failed logins are counted by address
        self.tokens = tokens or [server.token]
        self.turn = 0
        self.timeout = timeout
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def send(self, method, target, data, fields):
        for attempt in (0, 1):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(
                    self.server.host.strip("[]"),
                    self.server.port,
                    timeout=self.timeout,
                    source_address=(self.source, 0) if self.source else None,
                )
            try:
                try:
                    self.connection.request(method, target, data, fields)
                except (BrokenPipeError, ConnectionResetError):
                    # it may have been refused before all of the body was sent: the answer is there all the same
                    if not fresh or self.connection.sock is None:
                        raise
                response = self.connection.getresponse()
                answer = Answer(response.status, response.headers, response.read())
                if response.will_close:
                    self.close()
                return answer
            except (ConnectionError, http.client.BadStatusLine):
                # a kept connection may have been closed by the server meanwhile
                self.close()
                if fresh or attempt or method == "POST":
                    if fresh or attempt:
                        raise
        raise ConnectionError("no answer")

    def call(
        self, method, target, body=None, fields=None, token="", retry=True, judged=True, shows_secret=False
    ):
        """token: "" one of the client's, None none, else that. body: JSON when no bytes. retry: again after a
        429."""
        headers = dict(fields or {})
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        while True:
            if token is not None:
                value = token
                if token == "":
                    value = self.tokens[self.turn % len(self.tokens)]
                    self.turn += 1
                headers["Authorization"] = "Bearer " + value
            answer = self.send(method, target, data, headers)
            if answer.status == 429 and retry:
                time.sleep(min(5, int(answer.headers.get("Retry-After") or 1)))
                continue
            break
        if judged:
            self.judge(method, target, answer, shows_secret)
        return answer

    def judge(self, method, target, answer, shows_secret):
        wrong = spec.wrong(method, target, answer.status, answer.headers, answer.body) or wrong_headers(
            target, answer.headers
        )
        if wrong:
            check(
                f"{method} {target} {answer.status} is as openapi.yaml says",
                False,
                f"{wrong}; {answer.body[:300]}",
            )
        else:
            check("", True)
        if shows_secret and answer.status in (200, 201):
            for name in ("secret", "token"):
                if name in answer.data:
                    secrets.add(answer.data[name])
        elif secrets.found_in(answer.body):
            check(f"{method} {target} shows no secret", False)

    def get(self, target, **more):
        return self.call("GET", target, **more)

    def post(self, target, body=None, **more):
        return self.call("POST", target, body, **more)

    def patch(self, target, body=None, **more):
        return self.call("PATCH", target, body, **more)

    def delete(self, target, **more):
        return self.call("DELETE", target, **more)

    def more_tokens(self, count, scope="full"):
        """As each token has a rate of its own, a busy test has several."""
        made = []
        for number in range(count):
            answer = self.post(
                "/api/v1/tokens", {"scope": scope, "name": f"test {number}"}, shows_secret=True
            )
            made.append(answer.data["token"])
        return made

    def webhook(self, url, events=("*",), name="A webhook", **more):
        """Creates one; gives its id and its secret."""
        answer = self.post(
            "/api/v1/webhooks", {"name": name, "url": url, "events": list(events), **more}, shows_secret=True
        )
        if answer.status != 201:
            raise RuntimeError(f"create: {answer.status} {answer.body[:300]}")
        return answer.data["id"], answer.data["secret"]

    def emit(self, data=None, event="call.ended", **more):
        answer = self.post(
            "/api/v1/events", {"event": event, "data": data if data is not None else {"callId": "c"}}, **more
        )
        if answer.status != 202:
            raise RuntimeError(f"emit: {answer.status} {answer.body[:300]}")
        return answer.data["messageId"]

    def rows(self, target, limit=100):
        """All rows of a log, page by page."""
        rows, cursor = [], None
        joint = "&" if "?" in target else "?"
        while True:
            answer = self.get(f"{target}{joint}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
            if answer.status != 200:
                raise RuntimeError(f"{target}: {answer.status} {answer.body[:300]}")
            rows += answer.data
            pagination = answer.json["pagination"]
            if not pagination["hasNext"]:
                return rows
            cursor = pagination["nextCursor"]


def raw(server, data, patience=20, half_close=False):
    """Sends bytes, gives all that comes until the other side closes (or patience is over, then with None at
    the end)."""
    got = b""
    with socket.create_connection((server.host.strip("[]"), server.port), timeout=patience) as connection:
        end = time.monotonic() + patience
        try:
            connection.sendall(data)
            if half_close:
                # on its own: libmicrohttpd does not see an end that comes with the last bytes before its timeout
                select.select([connection], [], [], 0.05)
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        while True:
            connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                part = connection.recv(65536)
            except socket.timeout:
                return got, False
            except ConnectionError:
                return got, True
            if not part:
                return got, True
            got += part


def statuses(data):
    """The status codes of the answers in a stream of bytes."""
    return [int(code) for code in re.findall(rb"(?:^|(?<=\n)|(?<=[^\r\n]))HTTP/1\.[01] ([0-9]{3}) ", data)]


# ---- a receiver ----


class Receiver:
    """Takes deliveries on any number of paths. answers[path] = (code, body, fields, delay in s); 200 where
    none is set."""

    def __init__(self):
        self.got = []  # (path, header fields, body), in the order they came
        self.answers = {}
        self.secrets = {}  # by path; then the signature is looked at
        self.bad = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self.path, self.headers, body)
                code, text, fields, delay = receiver.answers.get(self.path, (200, b"ok", {}, 0))
                if delay:
                    time.sleep(delay)
                head = f"HTTP/1.1 {code} Status\r\nContent-Length: {len(text)}\r\n"
                head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
                try:
                    self.wfile.write(head.encode() + b"\r\n" + text)
                except OSError:
                    self.close_connection = True

            def do_GET(self):
                receiver.take(self.path, self.headers, None)
                self.send_error(404)

            def log_message(self, *arguments):
                pass

        class Many(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, address):
                pass

        self.server = Many(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def take(self, path, headers, body):
        with self.lock:
            self.got.append((path, headers, body))
            for secret in self.secrets.get(path, []):
                if body is None or headers["X-Webhook-Signature"] == signature(secret, body):
                    break
            else:
                if path in self.secrets:
                    self.bad.append((path, headers["webhook-id"]))

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path):
        with self.lock:
            return [headers["webhook-id"] for where, headers, _ in self.got if where == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def signature(secret, body):
    """X-Webhook-Signature: the key is the whole text of the secret."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


LOCAL = ("--allow-http", "--allow-cidr", "127.0.0.1/32")


def quoted(text):
    return urllib.parse.quote(text, safe="")
