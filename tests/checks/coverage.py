"""coverage.py DIR [PART...]: sums what gcov counted below DIR, prints a table and writes DIR/html.

A branch counts for each place that the compiler jumps from. Builds with other switches see other branches in one line; the
form with the most of them decides.

What no test can reach, in whole or in one of its branches, says so: "not covered: REASON" in a comment, at the end of the line or
on a line of its own before the statement. It holds for the statement, and where that opens a block, for the block. What is
missing there is left out of the figures and listed with its reason in DIR/exceptions; a mark without a reason, or at what is
covered after all, is a failure. "not always covered: REASON" is for what depends on the machine or on chance.

coverage.floors has the figures that must be kept, for each layer and extension; PART... are the only ones to be looked at.
"""
import collections
import glob
import gzip
import html
import json
import os
import re
import subprocess
import sys

DIR = sys.argv[1]
ONLY = sys.argv[2:]
FLOORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "coverage.floors")
HEADERS = ["akolhook.h"] + sorted(glob.glob("examples/hub/akolhook_*.h") + glob.glob("examples/stores/akolhook_*.h")
                                  + glob.glob("examples/tls/akolhook_*.h"))
MARK = re.compile(r"/\* not (always )?covered:? *(.*?) *\*/")


def count():
    lines = {name: collections.Counter() for name in HEADERS}
    branches = {name: collections.defaultdict(lambda: collections.defaultdict(collections.Counter)) for name in HEADERS}
    for data in glob.glob(DIR + "/*/*.gcda"):
        text = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", data],
                              capture_output=True, check=True).stdout
        text = gzip.decompress(text) if text[:2] == b"\x1f\x8b" else text
        for document in text.splitlines():
            for file in json.loads(document)["files"]:
                name = os.path.normpath(file["file"])
                if name not in lines:
                    continue
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[name][number] += line["count"]
                    taken = [branch["count"] for branch in line["branches"] if not branch["throw"]]
                    if taken:
                        for at, times in enumerate(taken):
                            branches[name][number][len(taken)][at] += times
    return lines, branches


def layer_of(name, text):
    """The layer, or the file, that each line belongs to."""
    layer, layers = "", []
    for line in text:
        tag = re.match(r"/\* ==== >>(\w+)", line)
        if tag and name == "akolhook.h":
            layer = tag.group(1)
        layers.append(layer if name == "akolhook.h" else os.path.basename(name))
    return layers


class Mark:
    def __init__(self, first, last, found):
        self.first, self.last = first, last
        self.sometimes, self.reason = bool(found.group(1)), found.group(2)
        self.needed = self.seen = False


def marks_of(text):
    """The mark that each line has, by the number of the line."""
    marks = {}
    for number, line in enumerate(text, 1):
        found = MARK.search(line)
        if not found:
            continue
        first = number if line[:found.start()].strip() else number + 1
        last, code = first, lambda at: re.sub(r"/\*.*?(\*/|$)", "", text[at - 1]).rstrip()
        while not code(last).endswith((";", "{", "}", ":")):
            last += 1
        if code(last).endswith("{"):
            indent = len(text[first - 1]) - len(text[first - 1].lstrip())
            while not text[last].startswith(" " * indent + "}"):
                last += 1
            last += 1
        mark = Mark(number, last, found)
        for at in range(first, last + 1):
            marks[at] = mark
    return marks


def page(name, text, lines, forms, missed):
    out = ["<!DOCTYPE html><meta charset=utf-8><title>%s</title><style>pre{margin:0}.n{background:#fcc}"
           ".b{background:#ffc}</style><h1>%s</h1><pre>" % (name, name)]
    for number, line in enumerate(text, 1):
        mark = "n" if number in lines and not lines[number] else "b" if number in missed else ""
        times = "%d" % lines[number] if number in lines else ""
        form = forms.get(number)
        ways = "%d/%d" % form if form else ""
        out.append('<span class="%s">%10s %6s %5d  %s</span>' % (mark, times, ways, number, html.escape(line)))
    with open("%s/html/%s.html" % (DIR, os.path.basename(name)), "w") as file:
        file.write("\n".join(out) + "</pre>\n")


def summed(name, lines, all_branches, holes, exceptions, wrong):
    """Lines reached, lines, branches taken and branches of each layer of a file."""
    with open(name) as file:
        text = file.read().split("\n")
    layers, marks, sums = layer_of(name, text), marks_of(text), collections.OrderedDict()
    forms, missed = {}, set()
    for number in sorted(lines):
        shapes, mark = all_branches.get(number, {}), marks.get(number)
        size = max(shapes) if shapes else 0
        ways = "".join("+" if shapes[size][at] else "-" for at in range(size))
        if size:
            forms[number] = (ways.count("+"), size)
        whole = lines[number] > 0 and "-" not in ways
        row = sums.setdefault(layers[number - 1], [0, 0, 0, 0])
        if mark:
            mark.seen, mark.needed = True, mark.needed or not whole
            row[0] += lines[number] > 0
            row[1] += lines[number] > 0
            row[2] += ways.count("+")
            row[3] += ways.count("+")
            continue
        for at, more in enumerate((lines[number] > 0, 1, ways.count("+"), size)):
            row[at] += more
        if not whole:
            missed.add(number)
            holes.append("%s:%d: %s  %s" % (name, number, ways if lines[number] else "never", text[number - 1].strip()))
    for mark in sorted(set(marks.values()), key=lambda mark: mark.first):
        exceptions.append("%s:%d: %s" % (name, mark.first, mark.reason))
        if not mark.reason:
            wrong.append("%s:%d: a mark without a reason" % (name, mark.first))
        if mark.seen and not mark.needed and not mark.sometimes:
            wrong.append("%s:%d: covered after all: %s" % (name, mark.first, mark.reason))
    if name == "akolhook.h":
        sums["akolhook.h"] = [sum(row[at] for row in sums.values()) for at in range(4)]
    page(name, text, lines, forms, missed)
    return sums


def floors():
    found = {}
    with open(FLOORS) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                part, of_lines, of_branches = line.split()
                found[part] = (float(of_lines), float(of_branches))
    return found


def main():
    os.makedirs(DIR + "/html", exist_ok=True)
    all_lines, all_branches = count()
    print("%-24s %15s %8s %17s %8s" % ("", "lines", "", "branches", ""))
    holes, exceptions, wrong, kept = [], [], [], 0
    least = floors()
    for name in HEADERS:
        if not all_lines[name] or (ONLY and os.path.basename(name) not in ONLY):
            continue
        for part, row in summed(name, all_lines[name], all_branches[name], holes, exceptions, wrong).items():
            figures = 100.0 * row[0] / max(row[1], 1), 100.0 * row[2] / max(row[3], 1)
            print("%-24s %7d/%7d %7.2f%% %8d/%8d %7.2f%%" % (part, row[0], row[1], figures[0], row[2], row[3], figures[1]))
            for what, figure, floor in zip(("lines", "branches"), figures, least.get(part, (0, 0))):
                kept += figure >= floor
                if figure < floor:
                    wrong.append("%s: %.2f %% of %s, at least %.2f" % (part, figure, what, floor))
    for path, rows in (("not_covered", holes), ("exceptions", exceptions)):
        with open(DIR + "/" + path, "w") as file:
            file.write("".join(row + "\n" for row in rows))
    print("%d lines with a branch never taken: %s/not_covered; %d exceptions with their reasons: %s/exceptions"
          % (len(holes), DIR, len(exceptions), DIR))
    for row in wrong:
        print("FAIL " + row)
    print("%d passed, %d failed" % (kept, len(wrong)))
    return 1 if wrong else 0


sys.exit(main())
