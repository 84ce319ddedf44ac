"""Answers the questions of the fuzzers in oracle.h's form: a kind and its bytes in, "-" or what Python makes of them out.

t  RFC 3339 text                    -> milliseconds, and the time in its plain form
r  now (8 bytes) and Retry-After    -> seconds
h  1 for HEAD, and a response       -> code, then the content ("?" where http.client has bounds of its own)
u  URL                              -> host and port
a  text of an address               -> its bytes in hex
p  4 or 16 bytes of an address      -> "yes" where it is public, "-" where it is not, and its text
"""
import datetime
import http.client
import io
import ipaddress
import re
import struct
import sys
import urllib.parse

sys.set_int_max_str_digits(0)

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
EPOCH = datetime.datetime(1970, 1, 1)
MINUTE = datetime.timedelta(minutes=1)


def time_of(data):
    found = TIME.fullmatch(data.decode("latin-1"))
    if not found:
        return "-"
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    ahead = int(found.group(9) or 0) * 60 + int(found.group(10) or 0)
    if second > 60 or int(found.group(9) or 0) > 23 or int(found.group(10) or 0) > 59:
        return "-"
    try:
        at = datetime.datetime(year, month, day, hour, minute) - MINUTE * (-ahead if found.group(8) == "-" else ahead)
        if second == 60 and ((at + MINUTE).day, (at + MINUTE).hour, (at + MINUTE).minute) != (1, 0, 0):
            return "-"                                              # no second is added there
        if at < EPOCH:
            return "-"                                              # the second that 1969 might have ended with, too
        at += datetime.timedelta(seconds=second, milliseconds=int(((found.group(7) or "") + "000")[:3]))
    except (ValueError, OverflowError):
        return "-"
    return "%d %s.%03dZ" % ((at - EPOCH) // datetime.timedelta(milliseconds=1), at.strftime("%Y-%m-%dT%H:%M:%S"),
                            at.microsecond // 1000)


def seconds_of(year, month, day, hour, minute, second):
    """Since 1970; a day behind the end of its month counts on. The calendar is the same every 400 years."""
    days = datetime.date(year % 400 + 400, month, 1).toordinal() + (year // 400 - 1) * 146097 + day - 1 - EPOCH.toordinal()
    return ((days * 24 + hour) * 60 + minute) * 60 + second


CLOCK = r"(\d\d):(\d\d):(\d\d)"
SHORT, LONG, MONTH = "|".join(day[:3] for day in DAYS), "|".join(DAYS), "|".join(MONTHS)
FORMS = [(re.compile(text, re.ASCII), order) for text, order in (
    (r"(%s), (\d\d) (%s) (\d{4}) %s GMT" % (SHORT, MONTH, CLOCK), "wdmyHMS"),
    (r"(%s), (\d\d)-(%s)-(\d\d) %s GMT" % (LONG, MONTH, CLOCK), "wdmyHMS"),
    (r"(%s) (%s) ([ \d]\d) %s (\d{4})" % (SHORT, MONTH, CLOCK), "wmdHMSy"))]


def retry_of(data):
    now = min(max(struct.unpack("<q", data[:8])[0], 0), 253402300799)
    text = data[8:].decode("latin-1")
    if re.fullmatch("[0-9]+", text):
        return "%d" % min(int(text), 2**31 - 1)
    for form, order in FORMS:
        found = form.fullmatch(text)
        if found:
            break
    else:
        return "-"
    part = dict(zip(order, found.groups()))
    month, year = MONTHS.index(part["m"]) + 1, int(part["y"])
    rest = tuple(int(part[name]) for name in "dHMS")
    if len(part["y"]) == 2:
        limit = EPOCH + datetime.timedelta(seconds=now)
        latest = seconds_of(limit.year + 50, limit.month, limit.day, limit.hour, limit.minute, limit.second)
        year += limit.year // 100 * 100 + 100
        while seconds_of(year, month, *rest) > latest:
            year -= 100
    day, hour, minute, second = rest
    try:
        date = datetime.date(year % 400 + 400, month, day)
    except ValueError:
        return "-"
    if hour > 23 or minute > 59 or second > (60 if (hour, minute) == (23, 59) else 59):
        return "-"
    if not DAYS[date.weekday()].startswith(part["w"]):
        return "-"
    return "%d" % min(max(seconds_of(year, month, *rest) - now, 0), 2**31 - 1)


class Socket:
    def __init__(self, data):
        self.file = io.BytesIO(data)

    def makefile(self, mode):
        return self.file


def response_of(data):
    stream, interim = Socket(data[1:]), []      # responses close their file when they go
    try:
        while True:
            response = http.client.HTTPResponse(stream, method="HEAD" if data[0] else "POST")
            response.begin()
            if response.status >= 200:
                break
            interim.append(response)
        # a list with empty elements (RFC 9110 section 5.6.1) is one of its element; http.client sees no coding that it knows
        lines = response.headers.get_all("Transfer-Encoding", [])
        codings = [coding.strip(" \t").lower() for line in lines for coding in line.split(",")]
        if not response.chunked and [coding for coding in codings if coding] == ["chunked"]:
            return "?"
        # these have no content whatever their head says (RFC 9112 section 6.3); a 205 where it frames none (RFC 9110 section 15.3.6)
        empty = data[0] or response.status in (204, 304)
        empty = empty or response.status == 205 and response.length is None and not response.chunked
        content = b"" if empty else response.read()
    except http.client.HTTPException as error:
        return "?" if "more than" in str(error) else "-"
    except ValueError:
        return "-"
    return b"%d " % response.status + content


def url_of(data):
    try:
        parts = urllib.parse.urlsplit(data.decode("ascii"))
        port = parts.port
    except ValueError:
        return "-"
    return "%s %s %d" % (parts.scheme, parts.hostname, port if port is not None else 443 if parts.scheme == "https" else 80)


def address_of(data):
    if b"%" in data or b"/" in data:        # zones and networks are Python's own
        return "-"
    try:
        return ipaddress.ip_address(data.decode("ascii")).packed.hex()
    except ValueError:
        return "-"


def embedded(address):
    """The IPv4 address that another one stands for, or the address itself."""
    if address.version == 6:
        for network in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"):
            if address in ipaddress.ip_network(network):
                return ipaddress.ip_address(int(address) & 0xffffffff)
    return address


# public by Python's older copy of IANA's registries or in general, and yet no place for a webhook
CLOSED = [ipaddress.ip_network(text) for text in (
    "168.63.129.16/32",     # metadata
    "192.88.99.0/24",       # relays of 6to4
    "192.0.0.0/24", "224.0.0.0/4", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16")]     # 2001:20::/28: ORCHIDs, no hosts
# the other way round: globally reachable by the registries, and not by Python
OPEN = [ipaddress.ip_network(text) for text in (
    "192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32",
    "2001:4:112::/48", "2001:30::/28")]


def text_of(address):
    """RFC 5952, which writes the end of a mapped address as IPv4; Pythons before 3.13 do not."""
    mapped = address.version == 6 and address.ipv4_mapped
    return "::ffff:%s" % mapped if mapped else str(address)


def public(data):
    address = embedded(ipaddress.ip_address(data))
    yes = address.is_global and not any(address in network for network in CLOSED if network.version == address.version)
    yes = yes or any(address in network for network in OPEN if network.version == address.version)
    if address.version == 6:
        yes = yes and address in ipaddress.ip_network("2000::/3")
        yes = yes and address.packed[8:12] not in (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")     # ISATAP
    return ("yes " if yes else "- ") + text_of(ipaddress.ip_address(data))


KINDS = {b"t": time_of, b"r": retry_of, b"h": response_of, b"u": url_of, b"a": address_of, b"p": public}


def main():
    take = sys.stdin.buffer.read
    while True:
        head = take(4)
        if len(head) < 4:
            return
        question = take(int.from_bytes(head, "little"))
        answer = KINDS[question[:1]](question[1:])
        answer = answer if isinstance(answer, bytes) else answer.encode()
        sys.stdout.buffer.write(struct.pack("<I", len(answer)) + answer)
        sys.stdout.buffer.flush()


main()
