"""receivers.py DIR TOOL NAME...: builds each program of examples/receivers in a folder of its own, by the lines "Copy:" and
"Build:" of its first comment, starts it, and posts to it what a receiver meets. The signatures are Python's. Run by receivers.sh."""
import concurrent.futures
import functools
import gzip
import hashlib
import hmac
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zlib

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATIENCE = 120      # seconds that anything may take before the test gives up
MAX_BODY = 1 << 20
ROOT = os.getcwd()
EVENTS = ("call.started call.ended call.completed call.missed call.failed call.transferred transcript.ready summary.ready "
          "function.called agent.created agent.updated agent.deleted phone_number.purchased phone_number.released "
          "call.voicemail appointment.scheduled message.received lead.created").split()

passed = failed = 0
lock = threading.Lock()


def check(good, what):
    global passed, failed
    with lock:
        passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAIL", what, flush=True)
    return good


def wait_for(what, test, pause=0.05):
    """Waits until test() is true; whether it became so."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = test()
        if result:
            return result
        time.sleep(pause)
    check(False, "waited in vain: " + what)
    return None


ports = set()       # no port is given out twice


def free_port():
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with lock:
            if port not in ports:
                ports.add(port)
                return port


def sign(body):
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


@functools.lru_cache(None)
def bomb():
    """Half a MiB that becomes 256."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(pack.compress(bytes(1 << 20)) for _ in range(256)) + pack.flush()


class Samples:
    """Bodies of each event, no two alike."""
    def __init__(self, tool):
        self.bodies = {event: subprocess.run([tool, "sample", event], check=True, capture_output=True).stdout for event in EVENTS}
        self.count = 0

    def __call__(self, event="call.ended"):
        with lock:
            self.count += 1
            body = json.loads(self.bodies[event])
            body["businessId"] = "biz_%d" % self.count
        return json.dumps(body, separators=(",", ":")).encode()


class Receiver:
    """A program that serves on a port; subclasses have the servers that need one in front."""
    arguments = ("{port}", "{out}")
    refused = {401}             # codes for a doubled signature
    coded = {415}               # codes for a body in a coding
    stop_code = 0

    def __init__(self, name, work, tool, samples):
        self.name, self.folder, self.samples = name, os.path.join(work, name), samples
        self.file = next(f for f in (name + ".c", name + ".cpp") if os.path.exists("examples/receivers/" + f))
        self.out = os.path.join(self.folder, "events.txt")
        self.process = self.front = None
        self.tool = tool
        self.seen = 0

    # ---- build, start, stop ----

    def build(self, file=None):
        """In a folder that has what is copied and nothing else."""
        file = file or self.file
        os.makedirs(self.folder, exist_ok=True)
        text = open("examples/receivers/" + file).read()
        for copied in re.search(r"Copy: (.*)", text)[1].split():
            place = next(p for p in ("examples/receivers/", "examples/cpp/", "") if os.path.exists(p + copied))
            shutil.copy(place + copied, self.folder)
        line = re.search(r"Build: (.*)", text)[1].replace("*/", "")
        compiler, rest = line.split(" ", 1)
        compiler = os.environ.get({"cc": "CC", "c++": "CXX"}[compiler], compiler)
        strict = "-Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wwrite-strings -Wformat=2 -Werror"
        done = subprocess.run("%s %s %s -O0 -g -fsanitize=address,undefined -fno-sanitize-recover=all" % (compiler, rest, strict), shell=True, cwd=self.folder, capture_output=True, text=True)
        check(done.returncode == 0, "%s: %s\n%s" % (self.name, line, done.stderr[:3000]))
        lines = text.count("\n")
        check(lines <= 100, "%s: at most 100 lines, not %d" % (file, lines))
        return done.returncode == 0

    def command(self):
        return ["./receiver"] + [a.format(port=self.port, out=self.out, guard=os.path.join(self.folder, "guard.bin"))
                                 for a in self.arguments]

    def start(self):
        """Starts; again on another port, where somebody else was faster."""
        for _ in range(10):
            self.port = free_port()
            self.server = self.launch()
            wait_for(self.name + " starts", lambda: self.server.poll() is not None or self.listens())
            if self.server.poll() is None:
                return True
        return check(False, self.name + " starts")

    def launch(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(self.command(), cwd=self.folder, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, AKOLHOOK_SECRET=SECRET))
        return self.process

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        check(code == self.stop_code, "%s ends with %d on SIGTERM" % (self.name, code))

    def restart(self):
        self.stop()
        self.start()

    # ---- what it has done ----

    def events(self):
        """The names of the events handled since the last call."""
        try:
            lines = open(self.out).read().split("\n")[:-1]
        except FileNotFoundError:
            lines = []
        new, self.seen = lines[self.seen:], len(lines)
        return new

    def settled(self):
        """The same after a moment in which what was answered may be followed by work."""
        return self.events()

    # ---- requests ----

    def request(self, body, headers=None, method="POST", cut=0, chunked=False):
        """Posts; the code of the answer, None when there was none. cut: so many bytes of the body stay away."""
        if headers is None:
            headers = [("X-Webhook-Signature", sign(body))]
        head = ["%s /hook HTTP/1.1" % method, "Host: 127.0.0.1:%d" % self.port, "Content-Type: application/json"]
        head += ["%s: %s" % field for field in headers]
        if chunked:
            head.append("Transfer-Encoding: chunked")
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:])) + b"0\r\n\r\n"
        else:
            head.append("Content-Length: %d" % len(body))
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
            try:
                s.sendall("\r\n".join(head + ["Connection: close", "", ""]).encode() + body[:len(body) - cut])
                if cut:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass            # answered before all was sent
            try:
                response = http.client.HTTPResponse(s)
                response.begin()
                return response.status
            except (OSError, http.client.HTTPException):
                return None

    def again(self, body):
        """Posts what was answered before, until no worker has it any more: some settle after their answer."""
        codes = []
        wait_for(self.name + ": a replay is answered", lambda: codes.append(self.request(body)) or codes[-1] != 503, 0.1)
        return codes[-1]

    def test(self):
        self.test_words()
        self.test_events()
        self.test_refused()
        self.test_wire()
        self.test_memory()
        self.test_sizes()
        self.test_work_fails()
        self.test_many()
        self.test_idle()
        self.test_gone()
        self.test_killed()
        url = "http://127.0.0.1:%d/hook" % self.port
        line = [self.tool, "trigger", "lead.created", url, "--allow-http", "--allow-private"]
        done = subprocess.run(line, env=dict(os.environ, AKOLHOOK_SECRET=SECRET), capture_output=True, text=True)
        check(done.returncode == 0 and self.settled() == ["lead.created"], "%s: akolhook trigger: %s" % (self.name, done.stdout))
        for sender, line in (("send", [url, SECRET]), ("send_many", [SECRET, url])):
            code = subprocess.run([os.path.join(os.path.dirname(self.folder), sender)] + line, capture_output=True, text=True)
            check(code.returncode == 0, "%s: examples/%s.c: %s" % (self.name, sender, code.stdout))
            time.sleep(1)       # their calls end in different seconds
        check(self.settled() == ["call.ended", "summary.ready", "call.ended"], self.name + ": the events of both")
        self.restart()
        check(self.request(self.samples()) == 200 and self.settled() == ["call.ended"], self.name + ": works after a restart")

    def test_events(self):
        bodies = [self.samples(event) for event in EVENTS]
        for event, body in zip(EVENTS, bodies):
            fields = [("content-type", "application/json"), ("x-webhook-signature", sign(body)), ("X-Webhook-Event", event)]
            check(self.request(body, fields) == 200, "%s: %s" % (self.name, event))
        check(self.settled() == EVENTS, self.name + ": all events are handled")
        for body in bodies:
            check(self.again(body) == 200, self.name + ": a replay is answered")
        check(self.settled() == [], self.name + ": a replay is not handled")

    def test_refused(self):
        body = self.samples()
        good = sign(body)
        wrong = ("0" if good[0] != "0" else "1") + good[1:]
        name = "X-Webhook-Signature"
        for what, fields, codes in (
                ("wrong", [(name, wrong)], {401}), ("missing", [], {401}), ("empty", [(name, "")], {401}),
                ("of another body", [(name, sign(body + b" "))], {401}),
                ("doubled", [(name, good), (name, good)], self.refused), ("doubled, a wrong one first", [(name, wrong), (name, good)], self.refused),
                ("doubled, a wrong one last", [(name, good), (name, wrong)], self.refused),
                ("twice in a line", [(name, good + ", " + good)], {401}),
                ("good, with another event's name", [(name, good), ("X-Webhook-Event", "call.started")], {400})):
            code = self.request(body, fields)
            check(code in codes, "%s: a signature that is %s: %s" % (self.name, what, code))
        code = self.request(b"", [], method="GET")
        check(code is not None and 400 <= code <= 501, "%s: GET: %s" % (self.name, code))
        code = self.request(b"{}")
        check(code == 400, "%s: a signed body that is no event: %s" % (self.name, code))
        check(self.settled() == [], self.name + ": nothing that is refused is handled")
        check(self.request(body) == 200 and self.settled() == ["call.ended"], self.name + ": the same, signed right")

    # ---- HTTP as senders may write it, and as no honest one does ----

    def head(self, body, *lines, signed=True, line="POST /hook HTTP/1.1"):
        lines = [line, "Host: h", "Content-Type: application/json"] + list(lines)
        if signed:
            lines.append("X-Webhook-Signature: " + sign(body))
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def raw(self, *pieces):
        """Sends the pieces, each but the first after something came back; the codes of all answers."""
        came = b""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
            try:
                for piece in pieces:
                    if piece is not pieces[0]:
                        came += s.recv(65536)
                    s.sendall(piece)
                while True:
                    more = s.recv(65536)
                    if not more:
                        break
                    came += more
            except OSError:
                pass            # ended by the other side
        return [int(code) for code in re.findall(rb"^HTTP/1\.[01] (\d\d\d)", came, re.M)]

    def test_wire(self):
        close = "Connection: close"
        length = "Content-Length: %d"

        # more than one request on its way, and a line end behind a body, which some senders add
        first, second = self.samples(), self.samples()
        codes = self.raw(self.head(first, length % len(first)) + first + self.head(second, close, length % len(second)) + second)
        check(codes and set(codes) == {200}, "%s: two requests at once: %s" % (self.name, codes))
        check(self.settled() == ["call.ended"] * len(codes), self.name + ": as many are handled as were answered")
        body = self.samples()
        codes = self.raw(self.head(body, close, length % len(body)) + body + b"\r\n")
        check(codes == [200] and self.settled() == ["call.ended"], "%s: a line end behind the body: %s" % (self.name, codes))

        # a sender that waits until it is told to go on
        codes = self.raw(self.head(body := self.samples(), close, length % len(body), "Expect: 100-continue"), body)
        check(codes in ([100, 200], [417]) and self.settled() == ["call.ended"] * (codes != [417]),
              "%s: Expect: 100-continue: %s" % (self.name, codes))

        # genuine, but in a coding, as a form, by another method
        zipped = gzip.compress(self.samples())
        codes = self.raw(self.head(zipped, close, length % len(zipped), "Content-Encoding: gzip") + zipped)
        check(codes and codes[0] in self.coded, "%s: a body in a coding: %s" % (self.name, codes))
        for method in "GET", "PUT", "post", "DELETE", "OPTIONS":
            codes = self.raw(self.head(body := self.samples(), close, length % len(body), line=method + " /hook HTTP/1.1") + body)
            check(not codes or codes[0] >= 204, "%s: %s: %s" % (self.name, method, codes))
        check(self.settled() == [], self.name + ": none of them is handled")

        # what is accepted is handled, what is refused is not
        body = self.samples()
        for lines in (["Content-Length: +%d" % len(body)], ["Content-Length: -1"], ["Content-Length: 18446744073709551616"],
                      ["Content-Length: "], [length % len(body), length % (len(body) - 1)],
                      [length % len(body), "Transfer-Encoding: chunked"], [length % len(body), "Transfer-Encoding: gzip, chunked"],
                      [length % len(body), "X-A: \0"], [length % len(body), "X-A: a\r\n b"], [length % len(body), "X-A: " + "a" * 40000],
                      [length % len(body)] + ["X-A: a"] * 1000, [length % len(body), "Content-Type: multipart/form-data; boundary=x"]):
            codes = self.raw(self.head(body := self.samples(), close, *lines) + body)
            what = "%s: %s: %s" % (self.name, [line[:60] for line in lines[:3]], codes)
            check(self.settled() == ["call.ended"] * codes.count(200), what)
        for size in b"FFFFFFFFFFFFFFFF", b"-1", b"0x10", b"8000000000000000", b"10000000000000000", b"g", b"":
            body = self.samples()
            codes = self.raw(self.head(body, close, "Transfer-Encoding: chunked") + size + b"\r\n" + body + b"\r\n0\r\n\r\n")
            check(200 not in codes and self.settled() == [], "%s: a chunk of %s: %s" % (self.name, size, codes))

    def test_memory(self):
        """Bodies without a signature, however long they are or become, take no memory to speak of."""
        if self.front or not os.path.exists("/proc/%d/clear_refs" % self.process.pid):
            return

        def status(name):
            return int(re.search(name + r":\s+(\d+)", open("/proc/%d/status" % self.process.pid).read())[1]) // 1024
        chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
        for what, lines, body in (("in chunks", "Transfer-Encoding: chunked", chunk * 256 + b"0\r\n\r\n"),
                                  ("compressed", "Content-Encoding: gzip\r\nContent-Length: %d" % len(bomb()), bomb())):
            with open("/proc/%d/clear_refs" % self.process.pid, "w") as f:
                f.write("5")        # the peak begins anew
            before = status("VmRSS")
            codes = self.raw(self.head(b"", "Connection: close", lines, signed=False) + body)
            peak = status("VmHWM") - before
            check(200 not in codes and peak < 64, "%s: 256 MiB %s: %s, %d MiB of memory" % (self.name, what, codes, peak))

    def test_words(self):
        """A program that does not start says why."""
        def said(*command, secret=SECRET):
            env = {name: value for name, value in os.environ.items() if name != "AKOLHOOK_SECRET"}
            done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE,
                                  env=dict(env, AKOLHOOK_SECRET=secret) if secret else env)
            check(done.returncode not in (0, None), "%s ends with %s" % (command, done.returncode))
            return done.stderr
        program = self.command()
        check("usage" in said(program[0]), self.name + ": without arguments")
        check("AKOLHOOK_SECRET" in said(*program, secret=None), self.name + ": without a secret")
        if str(self.port) in program:
            check(said(*program) != "", self.name + ": the port is taken")

    def padded(self, length):
        body = self.samples()
        return body[:-1] + b',"padding":"' + b"x" * (length - len(body) - 13) + b'"}'

    def test_sizes(self):
        most = self.padded(MAX_BODY)
        check(len(most) == MAX_BODY and self.request(most) == 200 and self.settled() == ["call.ended"], self.name + ": the largest body")
        for length in (MAX_BODY + 1, 3 * MAX_BODY):
            code = self.request(self.padded(length))
            check(code == 413, "%s: a body of %d bytes: %s" % (self.name, length, code))
        body = self.samples()
        for cut in (1, len(body) // 2, len(body)):
            code = self.request(body, cut=cut)
            check(code is None or code >= 400, "%s: a body without %d of its bytes: %s" % (self.name, cut, code))
            # a signature of what arrives does not help
            code = self.request(body, [("X-Webhook-Signature", sign(body[:len(body) - cut]))], cut=cut)
            check(code is None or code >= 400, "%s: the same, signed as cut: %s" % (self.name, code))
        code = self.request(self.padded(MAX_BODY + 1), chunked=True)
        check(code is None or code >= 400, "%s: too long in chunks: %s" % (self.name, code))
        check(self.settled() == [], self.name + ": no body that is cut or too long is handled")
        code = self.request(body, chunked=True)
        check(code in (200, 411), "%s: a body in chunks: %s" % (self.name, code))
        check(self.settled() == ["call.ended"] * (code == 200), self.name + ": in chunks")

    def test_work_fails(self):
        body = self.samples("agent.created")
        os.rename(self.out, self.out + ".was")
        os.mkdir(self.out)
        code = self.request(body)
        check(code == 500, "%s: work that fails: %s" % (self.name, code))
        os.rmdir(self.out)
        os.rename(self.out + ".was", self.out)
        check(self.again(body) == 200 and self.settled() == ["agent.created"], self.name + ": the retry is handled")

    def test_many(self):
        body = self.samples("call.missed")
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            codes = list(pool.map(self.request, [body] * 50))
        check(set(codes) <= {200, 503} and 200 in codes, "%s: 50 identical requests at once: %s" % (self.name, sorted(map(str, codes))))
        check(self.settled() == ["call.missed"], self.name + ": of 50 one is handled")

    def test_idle(self):
        """Senders that begin and say no more: they hold up others for a while at most."""
        idle = [socket.create_connection(("127.0.0.1", self.port), PATIENCE) for _ in range(20)]
        for s in idle:
            s.sendall(b"POST /hook HTTP/1.1\r\nHost: h\r\nX-Webhook-Si")
        check(self.request(self.samples("call.failed")) == 200, self.name + ": answers beside senders that are silent")
        for s in idle:
            s.close()
        check(self.settled() == ["call.failed"], self.name + ": and nothing else is handled")

    # ---- a worker that is killed in the middle of its work ----

    def workers(self):
        """The processes that have the events' file open: those that are in the middle of work()."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if int(pid) != os.getpid() and any(os.path.realpath("/proc/%s/fd/%s" % (pid, fd)) == self.out
                                                   for fd in os.listdir("/proc/%s/fd" % pid)):
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def revive(self, killed):
        if self.process.pid in killed:
            self.process.wait()
            self.start()

    def block(self):
        """From now on work() stays in its write, to a pipe that is full."""
        os.rename(self.out, self.out + ".was")
        os.mkfifo(self.out)
        self.pipe = os.open(self.out, os.O_RDWR | os.O_NONBLOCK)
        try:
            while True:
                os.write(self.pipe, b"x" * 4096)
        except BlockingIOError:
            pass

    def unblock(self):
        os.close(self.pipe)
        os.unlink(self.out)
        os.rename(self.out + ".was", self.out)

    def drained(self):
        try:
            os.read(self.pipe, 65536)
        except BlockingIOError:
            pass
        return not self.workers()

    def forget(self):
        """The time passes after which a worker counts as dead; a guard in memory has gone with its process."""

    def test_gone(self):
        """A sender that goes away while its event is handled: the answer meets a connection that is reset."""
        body = self.samples("call.voicemail")
        self.block()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as s:
            s.sendall(("POST /hook HTTP/1.1\r\nHost: h\r\nX-Webhook-Signature: %s\r\nContent-Length: %d\r\n\r\n"
                       % (sign(body), len(body))).encode() + body)
            found = wait_for(self.name + ": a worker is at work", self.workers)
            s.shutdown(socket.SHUT_WR)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        wait_for(self.name + ": its work ends", self.drained)
        self.unblock()
        codes = []
        wait_for(self.name + ": the retry is answered", lambda: codes.append(self.request(body)) or codes[-1] == 200, 0.5)
        check(found and self.settled() in ([], ["call.voicemail"]), "%s: a sender that goes away: %s" % (self.name, codes))

    def test_killed(self):
        body = self.samples("summary.ready")
        self.block()
        thread = threading.Thread(target=self.request, args=(body,))
        thread.start()
        found = wait_for(self.name + ": a worker is at work", self.workers) or []
        check(len(found) == 1, "%s: one worker is at work: %s" % (self.name, found))
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        thread.join()
        self.unblock()
        self.revive(found)
        check(self.settled() == [], self.name + ": nothing came of the work that was killed")
        self.forget()

        codes = []
        wait_for(self.name + ": the retry is taken", lambda: codes.append(self.request(body)) or codes[-1] == 200, 0.5)
        check(set(codes) <= {200, 503} and self.settled() == ["summary.ready"], "%s: the retry is handled: %s" % (self.name, codes))
        check(self.again(body) == 200 and self.settled() == [], self.name + ": and that once")


class Mapped(Receiver):
    """The guard is in a file: a restart forgets nothing."""
    def age(self, seconds):
        """Lets so much time pass for the messages in the file that are being handled."""
        with open(self.folder + "/guard.bin", "r+b") as f:
            data = f.read()
            for at in range(0, len(data), 32):
                order, taken, committed = struct.unpack_from("=QII", data, at)
                if order and not committed:
                    f.seek(at + 8)
                    f.write(struct.pack("=I", (taken - seconds) & 0xffffffff))

    def forget(self):
        self.age(100)

    def test_killed(self):
        super().test_killed()
        # work that takes longer than a sender waits is not done beside itself
        body = self.samples("message.received")
        codes = []
        self.block()
        thread = threading.Thread(target=lambda: codes.append(self.request(body)))
        thread.start()
        wait_for(self.name + ": a worker is at work", self.workers)
        self.age(31)
        code = self.request(body)
        check(code == 503, "%s: again, while it is worked for: %s" % (self.name, code))
        wait_for(self.name + ": its work ends", self.drained)
        thread.join()
        self.unblock()
        check(codes == [200] and self.again(body) == 200 and self.settled() == [], "%s: slow work: %s" % (self.name, codes))

    def plain(self, *arguments):
        """Starts the program without sanitizers, in whose fork no process is free while the file no_fork is there."""
        with open(self.folder + "/fork.c", "w") as f:
            f.write("""#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>
pid_t fork(void) {
    pid_t (*real)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "fork");
    return access("no_fork", F_OK) == 0 ? errno = EAGAIN, -1 : real();
}
""")
        open(self.folder + "/no_fork", "w").close()
        line = re.search(r"Build: (.*)", open("examples/receivers/" + self.file).read())[1].replace("*/", "").replace("-o receiver", "-o plain")
        done = subprocess.run("%s && cc -shared -fPIC -o fork.so fork.c -ldl" % line, shell=True, cwd=self.folder, capture_output=True, text=True)
        check(done.returncode == 0, self.name + ": " + done.stderr)
        return subprocess.Popen(["./plain"] + list(arguments), cwd=self.folder, stdout=self.log, stderr=self.log, start_new_session=True,
                                env=dict(os.environ, AKOLHOOK_SECRET=SECRET, LD_PRELOAD=self.folder + "/fork.so"))

    def restart(self):
        body = self.samples("agent.deleted")
        check(self.request(body) == 200 and self.settled() == ["agent.deleted"], self.name + ": before a restart")
        check(self.again(body) == 200, self.name + ": it is settled")
        super().restart()
        check(self.again(body) == 200 and self.settled() == [], self.name + ": a restart forgets no message")


class Posix(Mapped):
    arguments = ("{port}", "{guard}", "{out}")
    stop_code = -signal.SIGTERM

    def test_killed(self):
        super().test_killed()
        # without a process for them senders get no answer; afterwards it serves as many as before
        port, self.port = self.port, free_port()
        plain = self.plain(str(self.port), "other.bin", self.out)
        wait_for("the plain one starts", self.listens)
        codes = [self.request(self.samples()) for _ in range(80)]
        check(set(codes) == {None}, "%s: without a process: %s" % (self.name, codes))
        os.unlink(self.folder + "/no_fork")
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as idle:
            idle.sendall(b"POST /hook HTTP/1.1\r\n")
            code = self.request(self.samples())
            idle.setblocking(False)
            try:
                is_held_up = idle.recv(1) == b""
            except BlockingIOError:
                is_held_up = False
        check(code == 200 and not is_held_up, "%s: processes are free again: %s, behind a silent sender: %s" % (self.name, code, is_held_up))
        # one that was killed leaves nobody who holds its port, whatever its connections do
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as idle:
            idle.sendall(b"POST /hook HTTP/1.1\r\n")
            wait_for("a process for the connection", lambda: open("/proc/%d/task/%d/children" % (plain.pid, plain.pid)).read())
            plain.kill()
            plain.wait()
            check(not self.listens(), self.name + ": its port is free again at once")
        self.port = port
        self.settled()


class Front(Mapped):
    """A program behind a web server."""
    def launch(self):
        self.configure()
        self.log = open(os.path.join(self.folder, "front.log"), "ab")
        self.front = subprocess.Popen(self.front_command(), cwd=self.folder, stdout=self.log, stderr=self.log)
        return self.front

    def stop(self):
        self.front.terminate()
        self.front.wait(PATIENCE)


class Fastcgi(Front):
    stop_code = -signal.SIGTERM
    arguments = ("hook.sock", "{guard}", "{out}")
    configuration = """
daemon off; master_process off; pid nginx.pid; error_log error.log;
events { worker_connections 256; }
http {
    access_log off; client_max_body_size 4m;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
    %s
}
"""
    socket = "hook.sock"

    def test_killed(self):
        super().test_killed()
        if type(self) is not Fastcgi:
            return
        plain = self.plain("plain.sock", "other.bin", self.out)

        def children():
            return len(open("/proc/%d/task/%d/children" % (plain.pid, plain.pid)).read().split())
        wait_for("the plain one starts", lambda: os.path.exists(self.folder + "/plain.sock"))
        time.sleep(0.5)
        check(children() == 0, self.name + ": without a process")
        os.unlink(self.folder + "/no_fork")
        wait_for(self.name + ": processes are free again, and four serve", lambda: children() == 4)
        plain.terminate()
        plain.wait()

    def locations(self):
        return """server {
            listen 127.0.0.1:%d;
            location = /hook {
                fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_LENGTH $content_length;
                fastcgi_param CONTENT_TYPE $content_type; fastcgi_pass unix:%s/hook.sock;
            }
        }""" % (self.port, self.folder)

    def configure(self):
        if self.process and self.process.poll() is None:
            self.process.kill()         # of a start that found its port taken
            self.process.wait()
        socket_path = os.path.join(self.folder, self.socket)
        if os.path.exists(socket_path):
            os.unlink(socket_path)
        with open(os.path.join(self.folder, "nginx.conf"), "w") as f:
            f.write(self.configuration % self.locations())
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True,
                                            env=dict(os.environ, AKOLHOOK_SECRET=SECRET))
        wait_for(self.name + " starts", lambda: os.path.exists(socket_path) or self.process.poll() is not None)

    def front_command(self):
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        return [nginx, "-p", self.folder + "/", "-c", "nginx.conf", "-e", "error.log"]

    def stop(self):
        super().stop()
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        check(code == self.stop_code, "%s ends with %d on SIGTERM" % (self.name, code))


class AuthRequest(Fastcgi):
    """The application behind nginx is this program: what it handles goes into the file, as with the others."""
    arguments = ("helper.sock", "{guard}")
    socket = "helper.sock"
    application = """
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["event"]
        if self.headers["X-Akolhook-File"]:
            sys.exit("the application was told the file")
        try:
            with open(sys.argv[2], "a") as out:
                out.write(event + "\\n")
            code = 200
        except OSError:
            code = 500
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST
http.server.ThreadingHTTPServer.request_queue_size = 128
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

    def command(self):
        return ["./helper"] + super().command()[1:]

    def start(self):
        self.application_port = free_port()
        self.start_application()
        return super().start()

    def start_application(self):
        with open(os.path.join(self.folder, "application.log"), "ab") as log:
            self.worker = subprocess.Popen([sys.executable, "-c", self.application, str(self.application_port), self.out], stderr=log)
        wait_for("the application starts", lambda: socket.socket().connect_ex(("127.0.0.1", self.application_port)) == 0)

    def revive(self, killed):
        check(killed == [self.worker.pid], self.name + ": the application was killed")
        self.worker.wait()
        self.start_application()

    def test_words(self):
        super().test_words()
        # a file that the helper cannot read is no wrong signature
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.folder + "/helper.sock")
            s.sendall(b"GET /verify HTTP/1.0\r\nX-Webhook-Signature: " + b"0" * 64 + b"\r\nX-Akolhook-File: /nowhere/body\r\n\r\n")
            answer = s.recv(4096)
        check(b"X-Akolhook-Code: 503\r\n" in answer, "%s: a body that cannot be read: %s" % (self.name, answer))

    def locations(self):
        text = open(self.folder + "/auth_request.conf").read()
        for was, now in (("127.0.0.1:8080", "127.0.0.1:%d" % self.port), ("127.0.0.1:9000", "127.0.0.1:%d" % self.application_port)):
            check(was in text, "auth_request.conf has " + was)
            text = text.replace(was, now)
        text, count = re.subn(r"unix:/run/hook/([a-z]*\.sock)", r"unix:%s/\1" % self.folder, text)
        check(count == 4 and text.count("unix:") == 4, "auth_request.conf's sockets have whole paths: nginx does not find others")
        return text

    def stop(self):
        super().stop()
        self.worker.kill()
        self.worker.wait()


class Cgi(Front):
    def configure(self):
        os.makedirs(self.folder + "/root", exist_ok=True)
        shutil.copy(self.folder + "/hook.cgi", self.folder + "/root/hook")
        with open(os.path.join(self.folder, "lighttpd.conf"), "w") as f:
            f.write('''server.document-root = "%s/root"
server.bind = "127.0.0.1"
server.port = %d
server.modules = ( "mod_cgi", "mod_setenv" )
server.upload-dirs = ( "%s" )
cgi.assign = ( "/hook" => "" )
setenv.add-environment = ( "AKOLHOOK_SECRET" => "%s", "AKOLHOOK_GUARD" => "%s/guard.bin", "AKOLHOOK_OUT" => "%s" )
''' % (self.folder, self.port, self.folder, SECRET, self.folder, self.out))

    def front_command(self):
        lighttpd = shutil.which("lighttpd") or "/usr/sbin/lighttpd"
        self.process = type("None", (), {"pid": -1})
        return [lighttpd, "-D", "-f", "lighttpd.conf"]

    def test_words(self):
        """Its words are the server's to keep."""

    def test(self):
        super().test()
        # servers that pass a body on before it is whole: the program itself sees that it is cut
        body = self.samples()
        env = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "HTTP_X_WEBHOOK_SIGNATURE": sign(body),
               "AKOLHOOK_SECRET": SECRET, "AKOLHOOK_GUARD": self.folder + "/guard.bin", "AKOLHOOK_OUT": self.out}

        def run(body, **more):
            return subprocess.run(["./hook.cgi"], cwd=self.folder, env=dict(env, **more), input=body, capture_output=True).stdout[:11]
        check(run(body[:-1]) == b"Status: 400", self.name + ": cut on its way to the program")
        check(run(body, AKOLHOOK_SECRET="") == b"Status: 500", self.name + ": without a secret nothing is accepted")
        check(self.settled() == [], self.name + ": neither is handled")
        check(run(body + b"more") == b"Status: 200" and self.settled() == ["call.ended"], self.name + ": reads no more than its body")


class Httplib(Receiver):
    coded = {400}       # it decodes the body


class Inbox(Receiver):
    """The inbox and its worker: what is handled stands in the database."""
    worker = None

    def build(self, file=None):
        texts = [open("examples/receivers/" + name).read() for name in ("inbox.h", "inbox.c", "inbox_worker.c")]
        check(not any(re.search(r"unixepoch\(\)[^*]*\"", text) for text in texts), self.name + ": nothing newer than SQLite 3.24")
        return super().build() and super().build("inbox_worker.c")

    def command(self):
        return ["./inbox", str(self.port), "inbox.db"]

    def start_worker(self):
        with open(os.path.join(self.folder, "worker.log"), "ab") as log:
            self.worker = subprocess.Popen(["./worker", "inbox.db"], cwd=self.folder, stdout=log, stderr=log)

    def database(self):
        return sqlite3.connect(os.path.join(self.folder, "inbox.db"), timeout=PATIENCE)

    def rows(self, sql):
        with self.database() as db:
            return db.execute(sql).fetchall()

    def idle(self):
        return not self.rows("SELECT 1 FROM inbox WHERE NOT done LIMIT 1")

    def settled(self):
        wait_for("the inbox is empty", self.idle)
        lines = [event for event, in self.rows("SELECT event FROM handled ORDER BY rowid")]
        new, self.seen = lines[self.seen:], len(lines)
        return new

    def test_work_fails(self):
        """A database that another program keeps locked is 503, and the retry is stored."""
        body = self.samples("agent.created")
        with self.database() as db:
            db.execute("BEGIN IMMEDIATE")
            code = self.request(body)
            db.rollback()
        check(code == 503, "%s: a locked database: %s" % (self.name, code))
        check(self.request(body) == 200 and self.settled() == ["agent.created"], self.name + ": the retry is stored")

        # a row that a rule of the user's refuses is no duplicate
        last = self.rows("SELECT MAX(id) FROM inbox")[0][0]
        with self.database() as db:
            db.execute("CREATE UNIQUE INDEX one ON inbox(length(key)) WHERE id > %d" % last)
        first, second = self.samples(), self.samples()
        codes = [self.request(first), self.request(second)]
        with self.database() as db:
            db.execute("DROP INDEX one")
        codes.append(self.request(second))
        check(codes == [200, 503, 200] and self.settled() == ["call.ended"] * 2, "%s: a rule of the user's: %s" % (self.name, codes))

    def test_words(self):
        super().test_words()
        # both programs may make the file, at the same time
        with sqlite3.connect(self.folder + "/fresh.db") as db:
            db.execute("CREATE TABLE other(a)")
            db.execute("INSERT INTO other VALUES(1)")       # a transaction is open now
            worker = subprocess.Popen(["./worker", "fresh.db"], cwd=self.folder, stderr=subprocess.PIPE)
            time.sleep(0.5)
        wait_for(self.name + ": a file that another has", lambda: worker.poll() is not None or
                 sqlite3.connect(self.folder + "/fresh.db").execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'inbox'").fetchone()[0])
        check(worker.poll() is None, "%s: a file that another has: %s" % (self.name, worker.poll()))
        worker.kill()
        worker.wait()

    def test_gone(self):
        """What is stored is stored, and the work is another's."""

    def test_killed(self):
        """Both are killed again and again while events come; each is handled once."""
        bodies = [self.samples(random.choice(EVENTS)) for _ in range(120)]
        before = self.rows("SELECT COUNT(*) FROM handled")[0][0]
        queue, ended = list(bodies), threading.Event()

        def send():
            while True:
                with lock:
                    if not queue:
                        return
                    body = queue.pop()
                while True:
                    try:
                        if self.request(body) == 200:
                            break
                    except OSError:
                        pass        # being restarted
                    time.sleep(0.02)

        def kill():
            while not ended.is_set():
                time.sleep(random.uniform(0.01, 0.1))
                self.worker.kill()
                self.worker.wait()
                self.start_worker()
                if random.random() < 0.3:
                    self.process.kill()
                    self.process.wait()
                    self.launch()
        threads = [threading.Thread(target=send) for _ in range(4)]
        killer = threading.Thread(target=kill)
        for thread in threads + [killer]:
            thread.start()
        for thread in threads:
            thread.join()
        wait_for("the inbox is empty", self.idle)
        ended.set()
        killer.join()
        wait_for(self.name + " listens", self.listens)
        handled = self.rows("SELECT inbox, COUNT(*) FROM handled GROUP BY inbox")
        check(len(handled) == before + len(bodies), "inbox: %d of %d are handled" % (len(handled) - before, len(bodies)))
        check(all(count == 1 for _, count in handled), self.name + ": none of them twice")
        stored = {bytes(body) for body, in self.rows("SELECT body FROM inbox")}
        check(set(bodies) <= stored, self.name + ": all bodies are there, byte for byte")
        self.settled()

    def test(self):
        self.start_worker()
        super().test()
        # without the worker events wait, over a restart too
        self.worker.kill()
        self.worker.wait()
        body = self.samples("transcript.ready")
        check(self.request(body) == 200 and not self.idle(), self.name + ": without a worker events wait")
        self.restart()
        check(self.request(body) == 200 and not self.idle(), self.name + ": and are known after a restart")
        self.start_worker()
        check(self.settled() == ["transcript.ready"], self.name + ": until one comes")
        self.worker.kill()
        self.worker.wait()


KINDS = {"httplib": Httplib, "posix": Posix, "fastcgi": Fastcgi, "cgi": Cgi, "inbox": Inbox, "auth_request": AuthRequest}


def run(name, work, tool, samples):
    receiver = KINDS.get(name, Receiver)(name, work, tool, samples)
    try:
        if receiver.build() and receiver.start():
            receiver.test()
            receiver.stop()
            logs = [open(os.path.join(receiver.folder, file), errors="replace").read()
                    for file in os.listdir(receiver.folder) if file.endswith("log")]
            check(not any("Sanitizer" in text or "runtime error" in text for text in logs), name + ": the sanitizers are silent")
    except Exception as error:      # one that breaks off must not hide the others
        import traceback
        traceback.print_exc()
        check(False, "%s: %r" % (name, error))
    finally:
        for process in (receiver.process, receiver.front, getattr(receiver, "worker", None)):
            if isinstance(process, subprocess.Popen) and process.poll() is None:
                process.kill()


def main():
    work, tool, names = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    samples = Samples(tool)
    for sender in "send", "send_many":
        line = "%s -std=c99 -D_POSIX_C_SOURCE=200809L -I. -o %s/%s examples/%s.c -pthread" % (os.environ.get("CC", "cc"), work, sender, sender)
        check(subprocess.run(line, shell=True).returncode == 0, line)
    # README's table has every program, and no file that is not there
    table = re.search(r"\| your server \|.*?\n\n", open("README.md").read(), re.S)[0]
    told = set(re.findall(r"`([a-z_/]+\.(?:c|cpp|h|hpp|conf))`", table)) - {"akolhook.h"}
    there = {file for file in os.listdir("examples/receivers") if file != "listen.h" and not file.endswith(".md")}
    check(there == {file for file in told if "/" not in file}, "README's table has all of examples/receivers: %s" % sorted(there ^ told))
    threads = [threading.Thread(target=run, args=(name, work, tool, samples)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
