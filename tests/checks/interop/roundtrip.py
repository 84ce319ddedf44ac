"""roundtrip.py PROGRAM COUNT: JSON documents both ways between PROGRAM (roundtrip.c) and Python's json. Prints a closing line."""
import json
import random
import subprocess
import sys

program, count = sys.argv[1], int(sys.argv[2])
draw = random.Random(20260418)
passed = failed = 0


def run(arguments, texts=()):
    text = "".join(t + "\0" for t in texts).encode()
    return subprocess.run([program] + arguments, input=text, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")[:-1]


def plain(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def same(what, texts, wanted):
    global passed, failed
    wrong = [i for i, pair in enumerate(zip(texts, wanted)) if pair[0] != pair[1]]
    if len(texts) == len(wanted) >= count and not wrong:
        passed += 1
        print("%s: %d documents" % (what, len(texts)))
    else:
        failed += 1
        print("FAIL %s: %d documents of %d; first difference:" % (what, len(texts), len(wanted)))
        print("\n".join(ascii(side[i]) for i in wrong[:1] for side in (texts, wanted)))


def text():
    ends = (0x20, 0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000)
    codes = (draw.randrange(draw.choice(ends)) for _ in range(draw.choice((draw.randrange(12), draw.randrange(41)))))
    return "".join(chr(c) if draw.randrange(8) else draw.choice('"\\/<>\x7f\u2028') for c in codes if not 0xD800 <= c < 0xE000)


def value(depth):
    kind = draw.randrange(10 if depth else 2)
    if kind == 0 and depth < 8:
        return [value(depth + 1) for _ in range(draw.randrange(7))]
    if kind == 1 and depth < 8:
        return {"k%d%s" % (i, text()): value(depth + 1) for i in range(draw.randrange(7))}
    if kind < 4:
        return draw.choice((None, True, False))
    if kind == 4:
        return draw.randrange(-1000, 1000)
    if kind == 5:
        return draw.randrange(-2 ** 63, 2 ** 64)
    if kind < 8:
        return draw.choice((draw.uniform(-1e6, 1e6), draw.randrange(2 ** 53) * 10.0 ** draw.randrange(-300, 290)))
    return text()


def read(document):
    try:
        return plain(json.loads(document))
    except ValueError as error:
        return str(error)


theirs = run(["generate", str(count), "20251231"])
same("JSON, akolhook to Python", [read(t) for t in theirs], theirs)

values = [value(0) for _ in range(count)]
written = [t for v in values for t in (plain(v), json.dumps(v), json.dumps(v, indent=1))]
same("JSON, Python to akolhook and back", run(["rewrite"], written), [plain(v) for v in values for _ in range(3)])

print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
