#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# discover_live.sh PROGRAM SOURCE: what a terminal shows of a search.
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"

# noise that no law explains: the search lasts until it is told to end
awk 'BEGIN {
    print "load,size,cost"
    for (i = 0; i < 80; i++)
        printf "%.6g,%.6g,%.9g\n", 1 + (i * 37 % 80) / 10, 1 + (i * 53 % 80) / 20,
            (2 + sin(i * i)) * (3 + i % 7)
}' >t.csv

# Runs commands on a terminal and asks what was drawn, in order.
cat >terminal.py <<'PY'
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

def run(args, env=None, until=None, width=90):
    """Exit code and output; Ctrl-C is typed once `until` was seen."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm", **(env or {})})
        os.execv(args[0], args)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, width, 0, 0))
    out, typed, end = b"", False, time.monotonic() + 120
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                part = os.read(fd, 65536)
            except OSError:
                break
            if not part:
                break
            out += part
        if until and not typed and re.search(until, out):
            os.write(fd, b"\x03")
            typed = True
    else:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode()

def screen(text):
    """What is left of text: lines, after cursor up and erase below."""
    lines, row, col = [""], 0, 0
    for move, n, what, char in re.findall(r"(\x1b\[(\d*)([A-Za-z]))|([\s\S])", text):
        if what == "A":
            row = max(0, row - int(n or 1))
        elif what == "J":
            lines = lines[:row] + [lines[row][:col]]
        elif char == "\r":
            col = 0
        elif char == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif char:
            lines[row] = lines[row][:col].ljust(col) + char + lines[row][col + 1:]
            col += 1
    return lines

prog = sys.argv[1]
ask = [prog, "discover", "t.csv", "--target", "cost", "--seed", "1", "--threads", "1"]
bad = []

def check(what, is_true, text=""):
    if not is_true:
        bad.append(what)
        print(f"FAIL: {what}\n{text[-1500:]!r}")

# The front is drawn over itself, with rate and time left; Ctrl-C ends it.
progress = rb"formulas  [\d,]+/s  .*left"
code, out = run(ask + ["--time", "1000s"], until=rb"(?s)" + progress + rb".*\x1b\[J.*" + progress)
check("exit 130 after Ctrl-C", code == 130, out)
frames = out.split("\x1b[J")
live = [f for f in frames if "size  rms error  law" in f]
check("several pictures", len(live) > 1, out)
for f in live:
    shown = screen(f)
    laws = [line for line in shown if re.match(r" *\d+ +[\d.]+ %  ", line)]
    status = [line for line in shown if line.startswith("discover  ")]
    check("laws, then one line of progress", laws and len(status) == 1, f)
    check("no line is wider than the terminal", max(map(len, shown)) < 90, f)
    sizes = [int(line.split()[0]) for line in laws]
    check("by rising complexity", sizes == sorted(sizes), f)
check("Ctrl-C is offered", "(Ctrl-C: the best so far)" in out, out)
final = screen(out)
check("nothing of it is left", not any("Ctrl-C" in line for line in final), out)
check("the best so far", any("stopped, the best so far" in line for line in final), out)

# Of a narrow terminal no more than its lines; elsewhere nothing is drawn.
code, out = run(ask + ["--evaluations", "60000"], width=50)
check("a narrow one", code == 0 and "rms error" in out, out)
check("within 50 columns", max(len(l) for f in out.split("\x1b[J") if "rms error" in f
                               for l in screen(f)) < 50, out)
code, out = run(ask + ["--evaluations", "20000", "--quiet"])
check("--quiet", code == 0 and "rms error" not in out and "\x1b[J" not in out, out)
code, out = run(ask + ["--evaluations", "20000"], env={"TERM": "dumb"})
check("TERM=dumb", code == 0 and "\x1b[" not in out, out)
code, out = run(["/bin/sh", "-c", '"$0" "$@" 2>err >out', *ask, "--evaluations", "20000"])
check("no terminal", code == 0 and not out and not open("err").read())
sys.exit(bool(bad))
PY
python3 terminal.py "$prog" || failed=1
exit $failed
