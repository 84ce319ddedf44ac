"""Judges what the reader made of texts: the other end of reader.c's pipe. Answers y, or n with the reason on stderr."""
import json
import re
import sys

sys.setrecursionlimit(40000)                # texts of 8192 brackets too
LONE = re.compile("[\ud800-\udfff]")        # what is left of them once Python has joined the pairs


class Number(str):
    pass


def refuse(text):
    raise ValueError(text)


def write(value, out):
    if isinstance(value, Number):
        out.append(value)
    elif isinstance(value, str):
        out.append(json.dumps(LONE.sub("\ufffd", value), ensure_ascii=False))
    elif isinstance(value, tuple):          # an object, its members in order, doubled ones too
        out.append("{")
        for i, (key, member) in enumerate(value):
            out.append("," if i else "")
            write(key, out)
            out.append(":")
            write(member, out)
        out.append("}")
    elif isinstance(value, list):
        out.append("[")
        for i, element in enumerate(value):
            out.append("," if i else "")
            write(element, out)
        out.append("]")
    else:
        out.append({None: "null", True: "true", False: "false"}[value])


def values_of(text):
    value = json.loads(text.decode("utf-8"), parse_int=Number, parse_float=Number, parse_constant=refuse, object_pairs_hook=tuple)
    out = []
    write(value, out)
    return "".join(out).encode("utf-8")


def judge(text, verdict, values):
    try:
        wanted = values_of(text)
    except RecursionError:
        return "accepted, and too deep for Python" if verdict == 0 else None
    except ValueError as error:
        return "accepted, and Python says: %s" % error if verdict == 0 else None
    if verdict == 1:
        return "refused, and Python reads %r" % wanted
    if verdict == 0 and wanted != values:
        return "Python reads %r, the reader %r" % (wanted, values)
    return None


def main():
    take = sys.stdin.buffer.read
    while True:
        head = take(4)
        if len(head) < 4:
            return
        text = take(int.from_bytes(head, "little"))
        verdict = take(1)[0]
        values = take(int.from_bytes(take(4), "little"))
        fault = judge(text, verdict, values)
        if fault:
            print("%r: %s" % (text, fault), file=sys.stderr, flush=True)
        sys.stdout.buffer.write(b"n" if fault else b"y")
        sys.stdout.buffer.flush()


main()
