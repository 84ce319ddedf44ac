"""mutation.py DIR COUNT SEED [LAYER or FUNCTION...]: changes one place of the code at a time and runs the tests of that layer.

A mutant is one operator, constant, condition or statement of an executable line that is changed. COUNT of them are drawn, by a
hash of SEED, function, line and change, so that an edit elsewhere leaves them as they are; each layer has its part by its length
(the hub's and the stores' less, as their tests are long). Each is compiled in a copy of the tree and its tests run, the quick
ones first: by tcc where it is there and the test passes with it, as that takes a tenth of the time; then in the layers that only
compute with its checks of bounds, which see a byte too many; what no test notices then by gcc -O0. What lives is compiled at -O2
beside the original, and equal machine code makes it no mutant; the long form then asks the sanitizers. What is known to change
nothing that a caller could see stands in mutation.equal, by its function and line, with the reason; a row there that fits no line
any more is a failure, and in the long form one that a test notices.
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
LONG = COUNT >= 500
os.environ.pop("LONG", None)                # each test in its short form
QUICK = "QUICK" in os.environ               # to look for what is missing: tcc alone is asked
JOBS = int(os.environ.get("WORKERS", "2"))
BASE = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-DCHECK_STOP", "-w", "-I.", "-Iexamples/hub", "-Iexamples/stores", "-Iexamples/tls"]
GCC, TCC, BOUNDS = ["gcc", "-O0"], ["tcc"], ["tcc", "-b"]
COMPUTING = ("base", "hash", "text", "event", "payload", "sign", "url", "http")     # the layers without a system below them
HUB, JOURNAL = "examples/hub/akolhook_hub.h", "examples/stores/akolhook_journal.h"
SQLITE, TLS = "examples/stores/akolhook_sqlite.h", "examples/tls/akolhook_tls.h"
LAYER_OF = {HUB: "hub", JOURNAL: "journal", SQLITE: "sqlite", TLS: "tls"}      # akolhook.h says its own

# the tests of each layer, quick ones first: the source, and what is defined; core and receiver are linked to the implementation,
# which gcc then compiles alone
TESTS = {
    "hash": [("tests/test_hash.c", ""), ("tests/test_hash_portable.c", ""), ("tests/test_hash_small.c", "")],
    "event": [("tests/test_event.c", "core")],
    "text": [("tests/test_text.c", "receiver"), ("tests/test_text.c", "-DAKOLHOOK_SMALL"),
             ("tests/test_text.c", "-DAKOLHOOK_NO_SIMD"), ("tests/test_payload.c", "core"), ("tests/test_sign.c", "receiver")],
    "payload": [("tests/test_payload.c", "core")],
    "sign": [("tests/test_sign.c", "receiver"), ("tests/test_selftest.c", ""), ("tests/test_explain.c", "receiver"),
             ("tests/test_threads.c", "")],
    "url": [("tests/test_url.c", "core")],
    "http": [("tests/test_http.c", "core")],
    "client": [("tests/test_client.c", ""), ("tests/platforms/test_client_small.c", "")],
    "posix": [("tests/test_calls.c", ""), ("tests/test_sources.c", ""), ("tests/test_posix.c", ""),
              ("tests/test_posix.c", "-DAKOLHOOK_NO_EPOLL")],
    "hub": [("tests/hub/test_hub.c", ""), ("tests/hub/test_hub_journal.c", "")],
    "journal": [("tests/hub/test_hub_journal.c", ""), ("tests/hub/test_hub_journal_file.c", "")],
    "sqlite": [("tests/hub/test_hub_sqlite.c", "-lsqlite3")],
    "tls": [("tests/transports/test_tls.c", "")],
}
TESTS["hash"] += TESTS["sign"][:1]          # which asks whether a key was prepared
TESTS["base"] = TESTS["event"] + TESTS["text"][:1] + TESTS["url"] + TESTS["hash"]
# their tests take ten seconds and more: fewer of them, in the short form above all
SHARE = {layer: 0.5 if LONG else 0.2 for layer in ("hub", "journal")}
SHARE["sqlite"] = 0.25 if LONG else 0
# a test of its program that takes longer than this, in seconds, runs after the others; another layer's is left out
SLOW = 0.4
LATE = ["suite_fair_" + name for name in ("dead", "lookup", "slow", "hurt", "host")]       # which take ten seconds together
LATE_CPU = 120
OWN = {"journal": "test_hub_journal", "sqlite": "test_hub_sqlite", "hub": "test_hub.c"}
IMPLEMENT = {
    "core": ["-DAKOLHOOK_IMPLEMENTATION", "-x", "c", "akolhook.h"],
    "receiver": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_RECEIVER_ONLY", "-x", "c", "akolhook.h"],
    "small": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_SMALL", "-x", "c", "akolhook.h"],
    "portable": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_NO_SIMD", "-x", "c", "akolhook.h"],
    "poll": ["-DAKOLHOOK_IMPLEMENTATION", "-DAKOLHOOK_NO_EPOLL", "-x", "c", "akolhook.h"],
    "stores": ["-DAKOLHOOK_IMPLEMENT_ALL", "-x", "c", JOURNAL],
    "sqlite": ["-DAKOLHOOK_IMPLEMENT_ALL", "-x", "c", SQLITE],
    "tls": ["-DAKOLHOOK_IMPLEMENT_ALL", "-x", "c", TLS],
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


def run(command, cwd=None, limit=None, cpu=None, environ=None):
    """The exit status, None when it ran out of time."""
    if cpu:         # what turns in a circle ends by the time of the processor, which other work beside it does not change
        command = ["sh", "-c", 'ulimit -t %d && ulimit -f 4000000 && exec "$@"' % cpu, "sh"] + command
    try:
        return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=limit, env=dict(os.environ, **(environ or {}))).returncode
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
    """By gcov's notes: what each build makes code of."""
    def of_build(name):
        found = {}
        run(GCC + BASE + ["--coverage", "-c", "-o", "out/%s.o" % name] + IMPLEMENT[name], where)
        text = subprocess.run(["gcov", "--json-format", "--stdout", "out/%s.gcno" % name], cwd=where, capture_output=True).stdout
        text = gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text
        for document in text.splitlines():
            for file in json.loads(document)["files"]:
                found.setdefault(os.path.normpath(file["file"]), set()).update(line["line_number"] for line in file["lines"])
        return found

    names = [name for name in IMPLEMENT if name != "receiver"]
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return dict(zip(names, pool.map(of_build, names)))


def remembered_lines(where):
    """The same, kept beside the mutants for as long as the headers stay as they are."""
    digest = hashlib.sha256()
    for path in ["akolhook.h"] + list(LAYER_OF):
        with open(path, "rb") as file:
            digest.update(file.read())
    kept = "%s/lines-%s.json" % (DIR, digest.hexdigest()[:16])
    if not os.path.exists(kept):
        lines = executable_lines(where)
        with open(kept, "w") as file:
            json.dump({name: {path: sorted(rows) for path, rows in found.items()} for name, found in lines.items()}, file)
    with open(kept) as file:
        return {name: {path: set(rows) for path, rows in found.items()} for name, found in json.load(file).items()}


def builds_of(path, number):
    """The builds that make code of this line, the smallest first."""
    return [name for name in lines_of if number in lines_of[name].get(path, ())]


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


def sites():
    for path in ["akolhook.h"] + list(LAYER_OF):
        executable = set().union(*(lines.get(path, ()) for lines in lines_of.values()))
        layer, function, times = LAYER_OF.get(path, ""), "", {}
        with open(path) as file:
            texts[path] = file.read()
        for number, line in enumerate(texts[path].split("\n"), 1):
            tag = re.match(r"/\* ==== >>(\w+)", line)
            if tag and path not in LAYER_OF:
                layer = tag.group(1)
            begins = re.match(r"[A-Za-z].*?\b([a-z]\w*)\(", line)
            if begins:
                function = begins.group(1)
            is_head = re.match(r"\S.*[{,(]$", line)        # of a function: the sizes of its arrays are no code
            if number not in executable or not layer or line.startswith("#") or is_head or "ASSERT" in line:
                continue
            for other in changes(line):
                key = (function, line.strip(), other.strip())
                times[key] = times.get(key, 0) + 1
                rank = hashlib.sha256(repr((SEED, path, key, times[key])).encode()).hexdigest()
                yield layer, rank, path, number, line, other, function


def draw(found):
    by_layer = {}
    for site in found:
        if not ONLY or site[0] in ONLY or site[6] in ONLY:
            by_layer.setdefault(site[0], []).append(site)
    weight = {layer: len({site[3] for site in found}) * (1 if layer in ONLY else SHARE.get(layer, 1)) for layer, found in by_layer.items()}
    drawn = []
    for layer, found in by_layer.items():
        count = max(1 if weight[layer] else 0, round(COUNT * weight[layer] / sum(weight.values())))
        drawn += sorted(found, key=lambda site: site[1])[:count]
    return sorted(drawn, key=lambda site: (site[0] not in SHARE, site[1]))      # what takes long first


# ---- one mutant ----

texts = {}                                  # the headers as they were when it began
lines_of = {}                               # of each build: the lines of each file that code is made of
plans = {}                                  # of each test and compiler: how it runs, once it passed unchanged; None when it did not
plain_code = {}                             # what each build is at -O2, unchanged
measuring = {}


def has_suite(source):
    return re.match(r"tests/hub/test_hub(_journal|_sqlite)?\.c", source) is not None


class Plan:
    """A test that passes unchanged: its quick tests, those that take longer, and the seconds of the processor and in all."""
    def __init__(self, source, rows):
        late = LATE if has_suite(source) else []
        names = late + [name for name, seconds, _ in rows if seconds > SLOW]
        self.slow = "," + ",".join(names) + "," if names else ""
        self.cpu = max([cpu for _, _, cpu in rows] or [0])
        self.wall = sum(seconds for _, seconds, _ in rows)
        each = [(name in names, seconds, cpu - before) for (name, seconds, cpu), before in zip(rows, [0] + [row[2] for row in rows])]
        # of the quick ones and of the slow ones: the limits of the processor's time and of all
        self.limits = [(2 + 3 * sum(cpu for is_slow, _, cpu in each if is_slow == slow) + (LATE_CPU if late and slow else 0),
                        60 + 8 * sum(wall for is_slow, wall, _ in each if is_slow == slow) + (4 * LATE_CPU if late and slow else 0))
                       for slow in (False, True)]

    def passes(self, slow):
        """The environments in which the program runs, one after the other, with their limits."""
        return [({"CHECK_LEAVE": self.slow}, self.limits[0])] + ([({"CHECK_TAKE": self.slow}, self.limits[1])] if slow and self.slow else [])


class Judge:
    def __init__(self, number):
        self.where = "%s/job%d" % (DIR, number)
        self.ready = set()                  # tests whose own object was compiled here
        make_copy(self.where)

    def put(self, path, text):
        with open(self.where + "/" + path, "w") as file:
            file.write(text)

    def compile(self, compiler, test):
        source, how = test
        program = "out/" + re.sub(r"\W+", "_", "".join(compiler) + source + how)
        if how in IMPLEMENT and compiler is GCC:
            tested = program + ".o"
            if test not in self.ready and run(GCC + BASE + ["-DTEST_LINKED", "-c", "-o", tested, source], self.where) != 0:
                return None
            self.ready.add(test)
            if run(GCC + BASE + ["-c", "-o", "out/linked.o"] + IMPLEMENT[how], self.where) != 0:
                return None
            command = GCC + ["-o", program, tested, "out/linked.o", "-pthread"]
        else:
            flags = [] if how in IMPLEMENT else how.split()
            command = compiler + BASE + ["-o", program, source, "-pthread"] + flags
        return program if run(command, self.where) == 0 else None

    def plan(self, compiler, test):
        """A test must pass unchanged; how long it takes then says when one hangs."""
        key = (tuple(compiler), test)
        with measuring.setdefault(key, threading.Lock()):
            if key not in plans:
                plans[key] = self.measure(compiler, test)
        return plans[key]

    def measure(self, compiler, test):
        program = self.compile(compiler, test)
        for _ in range(3 if program else 0):        # the machine may be busy
            done = subprocess.run(["./" + program], cwd=self.where, stdin=subprocess.DEVNULL, capture_output=True,
                                  env=dict(os.environ, CHECK_TIMES="1", CHECK_LEAVE="," + ",".join(LATE) + ","))
            if done.returncode == 0:
                rows = re.findall(r"^time (\w+) ([\d.]+) ([\d.]+)$", done.stdout.decode(errors="replace"), re.M)
                return Plan(test[0], [(name, float(seconds), float(cpu)) for name, seconds, cpu in rows])
            if compiler is not GCC:
                return None                         # not all is known to it
        if compiler is GCC:
            sys.exit("%s %s fails unchanged" % test)
        return None

    def notices(self, compiler, test, plan, layer):
        """What the test says about the code as it is: caught, timeout, no code, or an empty string when it passes."""
        program = self.compile(compiler, test)
        if not program:
            return "no code"
        for environ, (cpu, wall) in plan.passes(slow=OWN.get(layer, "") in test[0] and compiler is not BOUNDS):
            status = run(["./" + program], self.where, wall, cpu, environ)
            if status != 0:
                return "timeout" if status in (None, -24, -9, 137, 152) else "caught"
        return ""

    def sanitized(self, layer):
        """Whether the sanitizers see what the tests do not: a byte too many that is read, say."""
        for source, how in TESTS[layer]:
            plan = plans.get((tuple(GCC), (source, how))) or plans.get((tuple(TCC), (source, how)))
            command = ["gcc", "-O1"] + BASE + ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", "out/sanitized", source, "-pthread"]
            command += [] if how in IMPLEMENT else how.split()
            if run(command, self.where) != 0:
                continue
            environ = {"CHECK_LEAVE": plan.slow} if plan.slow and layer in SHARE else {}
            if run(["./out/sanitized"], self.where, 120 + 40 * plan.wall, 60 + 40 * plan.cpu, environ) != 0:
                return True
        return False

    def same_code(self, site, changed, text):
        """Whether optimised code is the same with and without the change; None when it is no code."""
        path, number = site[2:4]
        for name in builds_of(path, number):
            if name == "sqlite" and path != SQLITE or name in ("stores", "tls") and path == "akolhook.h":
                continue
            for content, is_plain in ((text, True), (changed, False)):
                if is_plain and name in plain_code:
                    continue
                self.put(path, content)
                if run(["gcc", "-O2"] + BASE + ["-c", "-o", "out/same.o"] + IMPLEMENT[name], self.where) != 0:
                    return None
                with open(self.where + "/out/same.o", "rb") as file:
                    code = file.read()
                if is_plain:
                    plain_code[name] = code
            if code != plain_code[name]:
                return False
        return True

    def judge(self, site):
        layer, _, path, number, line, other, function = site
        text = texts[path]
        parts = text.split("\n")
        parts[number - 1] = other
        changed = "\n".join(parts)
        is_listed = (function, line.strip(), other.strip()) in REASONS
        if is_listed and not LONG:
            return "listed"
        builds = builds_of(path, number)
        is_epoll = path == "akolhook.h" and "core" in builds and "poll" not in builds       # which tcc does without
        compilers = [] if is_epoll or not shutil.which("tcc") else [TCC, BOUNDS] if layer in COMPUTING else [TCC]
        by_tcc = [(compiler, test) for compiler in compilers for test in TESTS[layer] if self.plan(compiler, test)]
        fates = []
        try:
            for compiler, test in by_tcc:
                self.put(path, changed)
                fates.append(self.notices(compiler, test, plans[tuple(compiler), test], layer))
                if fates[-1] in ("caught", "timeout"):
                    return fates[-1]
            if is_listed:
                return "listed"
            is_simd = path == "akolhook.h" and "portable" not in builds
            if QUICK and by_tcc and not is_simd:
                return "lives"
            # the hub and the stores have no line for one compiler alone
            others = [test for test in TESTS[layer] if (TCC, test) not in by_tcc or path not in LAYER_OF or "no code" in fates]

            def asked():
                for test in others:
                    self.put(path, text)
                    plan = self.plan(GCC, test)
                    self.put(path, changed)
                    fate = self.notices(GCC, test, plan, layer)
                    if fate:
                        return fate
                return ""

            def same():
                equal = self.same_code(site, changed, text)
                return "no code" if equal is None else "equal code" if equal else ""

            # what is quicker first
            fate = same() or asked() if layer in SHARE else asked() or same()
            if fate:
                return fate
            return "caught" if LONG and self.sanitized(layer) else "lives"
        finally:
            self.put(path, text)


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
    lines_of.update(remembered_lines(judges[0].where))
    found, lock = list(sites()), threading.Lock()
    drawn = draw(found)
    gone = set(REASONS) - {(site[6], site[4].strip(), site[5].strip()) for site in found}
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
            out.write("\t".join((fate, site[0], site[6], "%s:%d" % site[2:4], site[4].strip(), site[5].strip(),
                                 "%.1f s" % (time.time() - start))) + "\n")
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
                to.write("lives: %s:%d (%s, %s)\n  %s\n  %s\n" % (site[2], site[3], site[0], site[6], site[4].strip(), site[5].strip()))
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
    # 97 % are caught: what lives beyond that is a failure
    failed = max(0, lives - int(0.03 * (caught + lives))) if caught else 1
    for row in sorted(gone):
        print("FAIL mutation.equal: fits nothing: %s\n  %s\n  %s" % row)
    print("%d passed, %d failed" % (caught, failed + len(gone)))
    return 1 if failed + len(gone) else 0


sys.exit(main())
