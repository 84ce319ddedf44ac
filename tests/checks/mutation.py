"""mutation.py DIR COUNT SEED [LAYER...]: changes one place of the code at a time and runs the tests of that layer.

A mutant is one operator, constant, condition or statement of an executable line that is changed. COUNT of them are drawn, the
same ones for the same SEED and code, spread over the layers by their length (the hub's and the journal's by a part of it, as their
tests are long). Each is compiled at -O0 in a copy of the tree; one that no test notices is compiled at -O2 beside the original,
and equal machine code makes it no mutant; then the sanitizers are asked. What is known to change nothing that a caller could see
stands in mutation.equal, by its function and line, with the reason; a row there that fits no line any more is a failure.
DIR/mutants.tsv has all of them, DIR/survivors.txt those that live.
"""
import concurrent.futures
import glob
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

DIR, COUNT, SEED = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ONLY = sys.argv[4:]
JOBS = int(os.environ.get("WORKERS", "2"))
BASE = ["gcc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-DCHECK_STOP", "-w", "-I.", "-Iexamples/hub", "-Iexamples/stores"]
HUB, JOURNAL = "examples/hub/akolhook_hub.h", "examples/stores/akolhook_journal.h"

# the tests of each layer, quick ones first: the source, and what is defined; core and receiver are linked to the implementation,
# which is then all that is compiled again
TESTS = {
    "hash": [("tests/test_hash.c", ""), ("tests/test_hash_portable.c", ""), ("tests/test_hash_small.c", "")],
    "event": [("tests/test_event.c", "core")],
    "text": [("tests/test_text.c", "receiver"), ("tests/test_text.c", "-DAKOLHOOK_SMALL"),
             ("tests/test_text.c", "-DAKOLHOOK_NO_SIMD"), ("tests/test_payload.c", "core")],
    "payload": [("tests/test_payload.c", "core")],
    "sign": [("tests/test_sign.c", "receiver"), ("tests/test_explain.c", "receiver"), ("tests/test_threads.c", "")],
    "url": [("tests/test_url.c", "core")],
    "http": [("tests/test_http.c", "core")],
    "client": [("tests/test_client.c", ""), ("tests/platforms/test_client_small.c", "")],
    "posix": [("tests/test_sources.c", ""), ("tests/test_posix.c", ""), ("tests/test_posix.c", "-DAKOLHOOK_NO_EPOLL")],
    "hub": [("tests/hub/test_hub.c", ""), ("tests/hub/test_hub_journal.c", "")],
    "journal": [("tests/hub/test_hub_journal.c", "")],
}
TESTS["hash"] += TESTS["sign"][:1]          # which asks whether a key was prepared
TESTS["base"] = TESTS["event"] + TESTS["sign"][:1] + TESTS["hash"][:1]
# their tests take ten seconds and more: fewer of them, in the short form above all
SHARE = {layer: 0.5 if COUNT >= 500 else 0.2 for layer in ("hub", "journal")}
IMPLEMENT = {
    "core": ["-DAKOLHOOK_IMPLEMENTATION", "-x", "c", "akolhook.h"],
    "receiver": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_RECEIVER_ONLY", "-x", "c", "akolhook.h"],
    "small": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_SMALL", "-x", "c", "akolhook.h"],
    "portable": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_NO_SIMD", "-x", "c", "akolhook.h"],
    "poll": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_NO_EPOLL", "-x", "c", "akolhook.h"],
    "stores": ["-DAKOLHOOK_IMPLEMENT_ALL", "-x", "c", JOURNAL],
}

SWAPS = {" < ": [" <= ", " >= "], " <= ": [" < "], " > ": [" >= ", " <= "], " >= ": [" > "], " == ": [" != "], " != ": [" == "],
         " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " % ": [" / "], " & ": [" | "], " | ": [" & "],
         " ^ ": [" & "], " << ": [" >> "], " >> ": [" << "], " && ": [" || "], " || ": [" && "], " += ": [" -= "],
         " -= ": [" += "], " |= ": [" &= "], " &= ": [" |= "], "++": ["--"], "--": ["++"]}
SWAP = re.compile("|".join(re.escape(text) for text in sorted(SWAPS, key=len, reverse=True)))
NUMBER = re.compile(r"(?<![\w.'\"])(0[xX][0-9a-fA-F]+|\d+)(?=[uUlL]*\b)")
LETTER = re.compile(r"'([^\\'])'")
STATEMENT = re.compile(r"(\s+)(?:[*(]*[A-Za-z_][\w.>\[\]()*+-]* (?:[-+|&^]|<<|>>)?= [^;]*|[A-Za-z_]\w*\([^;]*\)|[\w.>\[\]-]+(?:\+\+|--)"
                       r"|break|continue);(?: /\*.*)?$")


def run(command, cwd=None, limit=None):
    """The exit status, None when it ran out of time."""
    try:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=limit).returncode
    except subprocess.TimeoutExpired:
        return None


def make_copy(where):
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where + "/out")
    shutil.copy("akolhook.h", where)
    for folder in ("tests", "examples"):
        shutil.copytree(folder, where + "/" + folder, ignore=shutil.ignore_patterns("fuzz", "checks"))


# ---- what may be changed ----

def executable_lines(where):
    """By gcov's notes: what some build makes code of."""
    lines = {}
    for name, flags in IMPLEMENT.items():
        if name != "receiver":
            run(BASE + ["-O0", "--coverage", "-c", "-o", "out/%s.o" % name] + flags, where)
            text = subprocess.run(["gcov", "--json-format", "--stdout", "out/%s.gcno" % name], cwd=where, capture_output=True).stdout
            text = gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text
            for document in text.splitlines():
                for file in json.loads(document)["files"]:
                    lines.setdefault(os.path.normpath(file["file"]), set()).update(line["line_number"] for line in file["lines"])
    return lines


def plain(line):
    """Strings and comments blanked, so that nothing in them is changed."""
    return re.sub(r'"(?:\\.|[^"\\])*"|/\*.*?(?:\*/|$)', lambda found: "\x01" * len(found.group()), line)


def closing(text, at):
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def changes(line):
    text = plain(line)
    for found in SWAP.finditer(text):
        for other in SWAPS[found.group()]:
            yield line[:found.start()] + other + line[found.end():]
    for found in NUMBER.finditer(text):
        value = int(found.group(), 8 if re.match("0[0-7]", found.group()) else 0)
        form = "0x%x" if found.group()[:2].lower() == "0x" else "0%o" if re.match("0[0-7]", found.group()) else "%d"
        for other in {value + 1, value - 1 if value else 1}:
            yield line[:found.start()] + form % other + line[found.end():]
    for found in LETTER.finditer(text):
        yield line[:found.start(1)] + chr(ord(found.group(1)) + 1 if found.group(1) not in "&[" else 33) + line[found.end(1):]
    for found in re.finditer(r"\bif \(", text):
        end = closing(text, found.end() - 1)
        if end > 0:
            inside = line[found.end():end]
            yield "%sif (!(%s))%s" % (line[:found.start()], inside, line[end + 1:])
            yield "%sif (0 && (%s))%s" % (line[:found.start()], inside, line[end + 1:])
    if STATEMENT.match(line) and not re.match(r"\s+(?:const|static|struct|return|else|case|for|while|do)\b", line):
        yield STATEMENT.match(line).group(1) + ";"


def sites(lines):
    for path in ("akolhook.h", HUB, JOURNAL):
        layer, function, times = "", "", {}
        with open(path) as file:
            text = file.read().split("\n")
        for number, line in enumerate(text, 1):
            tag = re.match(r"/\* ==== >>(\w+)", line)
            if tag:
                layer = tag.group(1) if path == "akolhook.h" else "hub"
            begins = re.match(r"[A-Za-z].*?\b([a-z]\w*)\(", line)
            if begins:
                function = begins.group(1)
            here = "journal" if path == JOURNAL else layer
            if number not in lines.get(path, ()) or not here or line.startswith("#") or "ASSERT" in line:
                continue
            for other in changes(line):
                key = (line.strip(), other.strip())
                times[key] = times.get(key, 0) + 1
                rank = hashlib.sha256(repr((SEED, path, key, times[key])).encode()).hexdigest()
                yield here, rank, path, number, line, other, function


def draw(lines):
    by_layer = {}
    for site in sites(lines):
        by_layer.setdefault(site[0], []).append(site)
    if ONLY:
        by_layer = {layer: found for layer, found in by_layer.items() if layer in ONLY}
    weight = {layer: len({site[3] for site in found}) * SHARE.get(layer, 1) for layer, found in by_layer.items()}
    drawn = []
    for layer, found in by_layer.items():
        count = max(1, round(COUNT * weight[layer] / sum(weight.values())))
        drawn += sorted(found, key=lambda site: site[1])[:count]
    return sorted(drawn, key=lambda site: (site[0] not in SHARE, site[1]))      # what takes long first


# ---- one mutant ----

spans = {}                                  # seconds of each test, unchanged
plain_code = {}                             # what each build is at -O2, unchanged
measuring = threading.Lock()


class Judge:
    def __init__(self, number):
        self.where = "%s/job%d" % (DIR, number)
        self.ready = set()                  # tests whose own object was compiled here
        make_copy(self.where)

    def compile(self, test):
        source, how = test
        program = "out/" + re.sub(r"\W+", "_", source + how)
        if how in IMPLEMENT:
            tested = program + ".o"
            if test not in self.ready and run(BASE + ["-O0", "-DTEST_LINKED", "-c", "-o", tested, source], self.where) != 0:
                return None
            self.ready.add(test)
            if run(BASE + ["-O0", "-c", "-o", "out/linked.o"] + IMPLEMENT[how], self.where) != 0:
                return None
            command = BASE + ["-o", program, tested, "out/linked.o", "-pthread"]
        else:
            command = BASE + ["-O0"] + how.split() + ["-o", program, source, "-pthread"]
        return program if run(command, self.where) == 0 else None

    def measure(self, test):
        """A test must pass unchanged; how long it takes then says when one hangs."""
        with measuring:
            if test in spans:
                return
            program, start = self.compile(test), time.time()
            # the machine may be busy: three times
            if not program or all(run(["./" + program], self.where) != 0 for _ in range(3)):
                sys.exit("%s %s fails unchanged" % test)
            spans[test] = time.time() - start

    def sanitized(self, layer):
        """Whether the sanitizers see what the tests do not: a byte too many that is read, say."""
        for source, how in TESTS[layer]:
            command = BASE + ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", "out/sanitized", source, "-pthread"]
            command += [] if how in IMPLEMENT else how.split()
            if run(command, self.where) == 0 and run(["out/sanitized"], self.where, 60 + 40 * spans[source, how]) != 0:
                return True
        return False

    def same_code(self, path, line_text, text, layer):
        """Whether optimised code is the same with and without the change."""
        names = ["stores"] if path != "akolhook.h" else ["core", "small", "portable", "poll"]
        for name in names:
            for content, is_plain in ((text, True), (line_text, False)):
                if is_plain and name in plain_code:
                    continue
                with open(self.where + "/" + path, "w") as file:
                    file.write(content)
                run(BASE + ["-O2", "-c", "-o", "out/same.o"] + IMPLEMENT[name], self.where)
                with open(self.where + "/out/same.o", "rb") as file:
                    code = file.read()
                if is_plain:
                    plain_code[name] = code
            if code != plain_code[name]:
                return False
        return True

    def judge(self, site):
        layer, _, path, number, line, other, function = site
        with open(path) as file:
            text = file.read()
        parts = text.split("\n")
        parts[number - 1] = other
        changed = "\n".join(parts)
        with open(self.where + "/" + path, "w") as file:
            file.write(changed)
        try:
            for test in TESTS[layer]:
                if test not in spans:
                    with open(self.where + "/" + path, "w") as file:
                        file.write(text)
                    self.measure(test)
                    with open(self.where + "/" + path, "w") as file:
                        file.write(changed)
                program = self.compile(test)
                if not program:
                    return "no code"
                # a test that takes so much longer hangs
                status = run(["./" + program], self.where, 30 + 8 * spans[test])
                if status is None:
                    return "timeout"
                if status != 0:
                    return "caught"
            if (function, line.strip(), other.strip()) in REASONS:
                return "listed"
            if self.same_code(path, changed, text, layer):
                return "equal code"
            with open(self.where + "/" + path, "w") as file:
                file.write(changed)
            # the short form leaves that out where it takes minutes
            return "caught" if (COUNT >= 500 or layer not in SHARE) and self.sanitized(layer) else "lives"
        finally:
            with open(self.where + "/" + path, "w") as file:
                file.write(text)


def known():
    """mutation.equal: what stays the same, by its function, the line and what became of it."""
    reasons = {}
    with open("tests/checks/mutation.equal") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                function, before, after, reason = line.rstrip("\n").split("\t")
                reasons[function, before, after] = reason
    return reasons


REASONS = known()


def main():
    os.makedirs(DIR, exist_ok=True)
    for old in glob.glob(DIR + "/job*"):
        shutil.rmtree(old)
    judges = [Judge(number) for number in range(JOBS)]
    lines, lock = executable_lines(judges[0].where), threading.Lock()
    drawn = draw(lines)
    gone = set(REASONS) - {(site[6], site[4].strip(), site[5].strip()) for site in sites(lines)}
    out = open(DIR + "/mutants.tsv", "w")

    def work(site):
        with lock:
            judge = judges.pop()
        start = time.time()
        try:
            fate = judge.judge(site)
        finally:
            with lock:
                judges.append(judge)
        with lock:
            out.write("\t".join((fate, site[0], "%s:%d" % site[2:4], site[4].strip(), site[5].strip(), "%.1f s" % (time.time() - start))) + "\n")
            out.flush()
        return fate, site

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = list(pool.map(work, drawn))
    sums = {}
    survivors = open(DIR + "/survivors.txt", "w")
    for fate, site in results:
        row = sums.setdefault(site[0], {})
        row[fate] = row.get(fate, 0) + 1
        if fate == "lives":
            for to in (survivors, sys.stdout):
                to.write("lives: %s:%d (%s)\n  %s\n  %s\n" % (site[2], site[3], site[0], site[4].strip(), site[5].strip()))
    total = {}
    for row in sums.values():
        for fate, count in row.items():
            total[fate] = total.get(fate, 0) + count
    for layer, row in list(sums.items()) + [("all", total)]:
        caught, lives = row.get("caught", 0) + row.get("timeout", 0), row.get("lives", 0)
        print("%-8s %4d of %4d caught, %5.1f %% (%d by the time they took); %d listed, %d of equal code, %d no code"
              % (layer, caught, caught + lives, 100.0 * caught / max(1, caught + lives), row.get("timeout", 0),
                 row.get("listed", 0), row.get("equal code", 0), row.get("no code", 0)))
    caught, lives = total.get("caught", 0) + total.get("timeout", 0), total.get("lives", 0)
    # 97 % of many; of a few one or two more may be among those that live
    enough = caught >= (0.97 if COUNT >= 500 else 0.93) * (caught + lives) and caught > 0
    for row in sorted(gone):
        print("FAIL mutation.equal: fits nothing: %s\n  %s\n  %s" % row)
    failed = (0 if enough else lives or 1) + len(gone)
    print("%d passed, %d failed" % (caught, failed))
    return 1 if failed else 0


sys.exit(main())
