"""A runner that does what its plan's spec says: it speaks the channel, and nothing of Inspect.

Keys of the spec, each optional: `print` lines; `spawn` kinds of children (`child`, `setsid`,
`orphan`, `clean`, `stray`); `phase` to report; `hold` stays until the file `go` is in the job's folder (or,
if it `obeys`, until a stop); `eat` so many MiB at first; `raw` makes a terminal raw and takes the other screen; `stubborn` ignores SIGTERM; `ends`, one exit code (negative: a
signal) for each attempt, the last for the rest; `reason` and `stopped` of the outcome.
"""

import fcntl
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from datetime import UTC, datetime
from pathlib import Path

SLEEPER = "import time; time.sleep(600)"


def main():
    folder = Path(sys.argv[1])
    options = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    plan = json.loads((folder / "plan.json").read_text())
    spec, attempt = plan["spec"], int(options["--attempt"])
    if spec.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watch_supervisor(int(options["--alive-fd"]), deaf=spec.get("deaf"))
    secrets = read_secrets(int(options["--secrets-fd"]))
    leave(folder, f"started-{attempt}", {"pid": os.getpid(), "options": options, "cwd": str(Path.cwd())})
    leave(
        folder, f"secrets-{attempt}", {n: hashlib.sha256(v.encode()).hexdigest() for n, v in secrets.items()}
    )
    leave(folder, f"environment-{attempt}", {n: v for n, v in os.environ.items() if n not in secrets})
    for line in spec.get("print", []):
        sys.stdout.write(line.format(attempt=attempt, **secrets) + "\n")
        sys.stdout.flush()
    for kind in spec.get("spawn", []):
        spawn(kind)
    if "--log-fd" in options:
        use_terminal(int(options["--log-fd"]), spec)
    me = {"job_id": plan["job_id"], "launch": plan["launch"], "attempt": attempt}
    stopped = run(folder, me, spec)
    ends = spec.get("ends", [0])
    code = 1 if stopped else ends[min(attempt, len(ends)) - 1]
    if code < 0:
        os.kill(os.getpid(), -code)
        time.sleep(60)
    if code in {0, 1, 78}:
        outcome = {"launch": plan["launch"], "attempt": attempt, "exit_code": code, "stopped": stopped}
        leave(folder, "outcome", {**outcome, "reason": spec.get("reason")})
    return code


def run(folder, me, spec):
    report(folder, me, spec.get("phase", "running"))
    if spec.get("eat") and me["attempt"] == 1:
        bytearray(b"x") * (spec["eat"] << 20)
    while spec.get("hold") and not (folder / "go").exists():
        desired = read(folder / "desired.json")
        if spec.get("obeys") and desired.get("launch") == me["launch"] and desired.get("state") == "stop":
            return True
        time.sleep(0.02)
    return False


def report(folder, me, phase):
    tasks = [{"task": "t", "status": "running", "samples": {"done": 1, "total": 2}}]
    leave(folder, "progress", {**me, "time": datetime.now(UTC).isoformat(), "phase": phase, "tasks": tasks})


def read_secrets(fd):
    with os.fdopen(fd, "rb") as pipe:
        return json.loads(pipe.read())


def watch_supervisor(fd, *, deaf):
    def wait():
        os.read(fd, 1)
        os._exit(70)

    if not deaf:
        threading.Thread(target=wait, daemon=True).start()


def spawn(kind):
    sleeper = [sys.executable, "-I", "-S", "-c", SLEEPER]
    if kind == "child":
        subprocess.Popen(sleeper)
    elif kind == "setsid":
        subprocess.Popen(sleeper, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    elif kind == "orphan":
        subprocess.run(["/bin/sh", "-c", 'setsid "$@" >/dev/null 2>&1 & ', "sh", *sleeper], check=True)
    elif kind == "stray":
        subprocess.run(["/bin/sh", "-c", 'env -i setsid "$@" >/dev/null 2>&1 & ', "sh", *sleeper], check=True)
    elif kind == "clean":
        subprocess.Popen(sleeper, env={}, start_new_session=True, preexec_fn=ignore_sigterm)  # noqa: PLW1509


def use_terminal(log, spec):
    os.write(log, b"a plain line\n")
    signal.signal(signal.SIGWINCH, lambda *_: show_size())
    show_size()
    if spec.get("raw"):
        tty.setraw(0)
        os.write(1, b"\x1b[?1049h\x1b[?25l")
    threading.Thread(target=echo, daemon=True).start()


def show_size():
    rows, columns = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))[:2]
    os.write(1, f"size {rows}x{columns}\n".encode())


def echo():
    while data := os.read(0, 100):
        os.write(1, b"got " + data + b"\n")


def ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def leave(folder, name, value):
    new = folder / f".{name}.new"
    new.write_text(json.dumps(value))
    new.rename(folder / f"{name}.json")


def read(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    sys.exit(main())
