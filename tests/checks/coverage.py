"""coverage.py DIR: sums what gcov counted below DIR, prints a table and writes DIR/html.

A branch counts for each place that the compiler jumps from. Builds with other switches see other branches in one line; the
form with the most of them decides. A line with "not reached: REASON" in it counts nowhere and is listed.
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
HEADERS = ["akolhook.h"] + sorted(glob.glob("examples/hub/akolhook_*.h") + glob.glob("examples/stores/akolhook_*.h")
                                  + glob.glob("examples/tls/akolhook_*.h"))
MARK = re.compile(r"not reached: (.*?)(?: \*/|$)")


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


def main():
    os.makedirs(DIR + "/html", exist_ok=True)
    all_lines, all_branches = count()
    print("%-24s %15s %8s %17s %8s" % ("", "lines", "", "branches", ""))
    reasons, holes = [], []
    for name in HEADERS:
        with open(name) as file:
            text = file.read().split("\n")
        lines, layers = all_lines[name], layer_of(name, text)
        if not lines:
            continue
        sums = collections.OrderedDict()
        forms, missed = {}, set()
        for number in sorted(lines):
            reason = MARK.search(text[number - 1])
            if reason:
                reasons.append("%s:%d: %s" % (name, number, reason.group(1)))
                continue
            shapes = all_branches[name].get(number, {})
            size = max(shapes) if shapes else 0
            taken = sum(1 for at in range(size) if shapes[size][at]) if size else 0
            if size:
                forms[number] = (taken, size)
            row = sums.setdefault(layers[number - 1], [0, 0, 0, 0])
            for at, more in enumerate((lines[number] > 0, 1, taken, size)):
                row[at] += more
            if not lines[number] or taken < size:
                missed.add(number)
                holes.append("%s:%d: %s" % (name, number, "never" if not lines[number] else "%d of %d" % (taken, size)))
        if name == "akolhook.h":
            sums["akolhook.h"] = [sum(row[at] for row in sums.values()) for at in range(4)]
        for layer, row in sums.items():
            print("%-24s %7d/%7d %7.1f%% %8d/%8d %7.1f%%" % (
                layer, row[0], row[1], 100.0 * row[0] / row[1], row[2], row[3], 100.0 * row[2] / max(row[3], 1)))
        page(name, text, lines, forms, missed)
    with open(DIR + "/not_covered", "w") as file:
        file.write("\n".join(holes) + "\n")
    with open(DIR + "/exceptions", "w") as file:
        file.write("\n".join(reasons) + "\n" if reasons else "")
    print("%d lines with a branch never taken: %s/not_covered; %d exceptions with their reasons: %s/exceptions"
          % (len(holes), DIR, len(reasons), DIR))


main()
