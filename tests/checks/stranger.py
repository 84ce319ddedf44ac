"""stranger.py DIR TOOL NAME...: in a clean tree, for each row of README's table of servers: copies the files that the row names and
akolhook.h, nothing else, into an empty folder, compiles with the line in the file as it stands, starts the program, and gets a
verified event from `akolhook trigger`. NAME: the programs whose libraries are there. Run by stranger.sh in the clean tree."""
import os
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import receivers            # noqa: E402
from receivers import KINDS, SECRET, Receiver, check        # noqa: E402

PROGRAM = r"\.(c|cpp)$"
shared = {}         # program -> the files beside it, as README's rows say


def read_table():
    table = re.search(r"\| your server \|.*?\n\n", open("README.md").read(), re.S)[0]
    before = []
    for row in table.strip().splitlines()[2:]:
        files = re.findall(r"`([a-z_/]+\.(?:c|cpp|h|hpp|conf))`", row.split("|")[2])
        programs = [file for file in files if re.search(PROGRAM, file)]
        beside = [file for file in files if file not in programs]
        if "with the same" in row:
            beside += before
        before = beside
        check(programs, "a row of README's table names a program: " + row)
        for program in programs:
            shared[program] = beside


def build(self, file=None):
    """As a stranger does it: what README names, and the line as it is."""
    file = file or self.file
    os.makedirs(self.folder, exist_ok=True)
    for copied in [file, "akolhook.h"] + shared[file]:
        place = next(p for p in ("examples/receivers/", "") if os.path.exists(p + copied))
        shutil.copy(place + copied, self.folder)
    line = re.search(r"Build: (.*)", open("examples/receivers/" + file).read())[1].replace("*/", "")
    done = subprocess.run(line, shell=True, cwd=self.folder, capture_output=True, text=True)
    return check(done.returncode == 0 and not done.stderr, "%s: %s\n%s" % (file, line, done.stderr[:3000]))


def test(receiver, tool):
    if hasattr(receiver, "start_worker"):
        receiver.start_worker()
    url = "http://127.0.0.1:%d/hook" % receiver.port
    for secret, good in ((SECRET, True), ("whsec_" + "A" * 32, False)):
        line = [tool, "trigger", "call.ended", url, "--allow-http", "--allow-private"]
        done = subprocess.run(line, env=dict(os.environ, AKOLHOOK_SECRET=secret), capture_output=True, text=True)
        check((done.returncode == 0) == good, "%s: akolhook trigger, the secret is %s: %s%s" %
              (receiver.name, "right" if good else "wrong", done.stdout, done.stderr))
    check(receiver.settled() == ["call.ended"], receiver.name + ": the one event that is genuine is handled")


def run(name, work, tool):
    receiver = KINDS.get(name, Receiver)(name, work, tool, None)
    try:
        if receiver.build() and receiver.start():
            test(receiver, tool)
            receiver.stop()
    except Exception as error:      # one that breaks off must not hide the others
        check(False, "%s: %r" % (name, error))
    finally:
        for process in (receiver.process, receiver.front, getattr(receiver, "worker", None)):
            if isinstance(process, subprocess.Popen) and process.poll() is None:
                process.kill()
                process.wait()


def main():
    work, tool, names = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    Receiver.build = build
    read_table()
    rows = {re.sub(PROGRAM, "", program) for program in shared} - {"inbox_worker"}
    check(rows >= set(names), "every program is in README's table: %s" % sorted(set(names) - rows))
    threads = [threading.Thread(target=run, args=(name, work, tool)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("%d passed, %d failed" % (receivers.passed, receivers.failed))
    return 1 if receivers.failed else 0


sys.exit(main())
