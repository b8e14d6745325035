"""A runner that plays its config's part: it speaks the channel, writes logs as Inspect does, and starts at once.

Keys of the config, each optional: ``hold`` stays until the file ``go`` is in the job's folder or a stop comes;
``ends`` is the exit code; ``count`` the samples of its log; ``ledger`` a file that gets a line for each start.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAUSE = 0.1


def main() -> int:
    """One attempt."""
    folder = Path(sys.argv[1])
    options = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    plan = json.loads((folder / "plan.json").read_text())
    spec, attempt = plan["spec"], int(options["--attempt"])
    watch_supervisor(int(options["--alive-fd"]))
    with os.fdopen(int(options["--secrets-fd"]), "rb") as pipe:
        secrets = json.loads(pipe.read())
    hashes = {name: hashlib.sha256(value.encode()).hexdigest() for name, value in secrets.items()}
    me = {"job_id": plan["job_id"], "launch": plan["launch"], "attempt": attempt}
    if spec.get("ledger"):
        record(Path(spec["ledger"]), {**me, "pid": os.getpid(), "secrets": hashes})
    report(folder, me)
    stopped = play(folder, me, spec, plan)
    code = 1 if stopped else spec.get("ends", 0)
    leave(folder, "outcome", {**me, "exit_code": code, "stopped": stopped, "reason": None})
    return code


def play(folder: Path, me: dict[str, Any], spec: dict[str, Any], plan: dict[str, Any]) -> bool:
    """Finish sample after sample; whether a stop came."""
    done = 0
    while True:
        if wanted(folder, me) == "stop":
            return True
        if done < spec.get("count", 0):
            done += 1
            write_log(plan, done, spec["count"])
        elif not spec.get("hold") or (folder / "go").exists():
            return False
        time.sleep(PAUSE)


def wanted(folder: Path, me: dict[str, Any]) -> str:
    """What Hawk wants of this launch."""
    try:
        desired = json.loads((folder / "desired.json").read_text())
    except (OSError, ValueError):
        return "run"
    return desired["state"] if desired["launch"] == me["launch"] else "run"


def report(folder: Path, me: dict[str, Any]) -> None:
    """Tell that it runs."""
    tasks = [{"task": "t", "status": "running", "samples": {"done": 0, "total": 1}}]
    leave(
        folder, "progress", {**me, "time": datetime.now(UTC).isoformat(), "phase": "running", "tasks": tasks}
    )


def write_log(plan: dict[str, Any], done: int, total: int) -> None:
    """The log of this launch as it is after so many samples: beside, then in its place, as Inspect does."""
    task = f"{plan['job_id']}-{plan['launch']}"
    path = Path(plan["log_dir"]) / f"2026-01-01T00-00-{plan['launch'] % 60:02}+00-00_task_{task}.eval"
    spec = {
        "eval_id": f"e-{task}",
        "run_id": f"r-{task}",
        "created": f"2026-01-01T00:00:{plan['launch'] % 60:02}+00:00",
        "task": "task",
        "task_id": f"t-{plan['job_id']}",
        "model": "mock/m",
        "dataset": {"samples": total},
        "config": {"epochs": 1},
        "eval_set_id": plan["job_id"],
    }
    header = {"version": 2, "status": "success", "eval": spec, "plan": {"steps": []}}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with zipfile.ZipFile(partial, "w") as archive:
        top = "header.json" if done == total else "_journal/start.json"
        archive.writestr(top, json.dumps(header))
        for number in range(1, done + 1):
            archive.writestr(f"samples/{number}_epoch_1.json", json.dumps(sample(task, number)))
    partial.replace(path)


def sample(task: str, number: int) -> dict[str, Any]:
    """A sample that went well."""
    return {
        "id": number,
        "epoch": 1,
        "input": "q",
        "target": "a",
        "uuid": f"{task}-{number}",
        "messages": [{"role": "user", "content": f"question {number} of {task}"}],
        "scores": {"match": {"value": "C"}},
        "model_usage": {"mock/m": {"input_tokens": 2, "output_tokens": 1, "total_tokens": 3}},
        "started_at": "2026-01-01T00:00:01+00:00",
        "completed_at": f"2026-01-01T00:01:{number % 60:02}+00:00",
    }


def record(ledger: Path, value: dict[str, Any]) -> None:
    """Add a line, whole, whoever else adds one."""
    line = (json.dumps(value) + "\n").encode()
    fd = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, line)
    os.close(fd)


def leave(folder: Path, name: str, value: dict[str, Any]) -> None:
    """Replace a small file as a whole."""
    new = folder / f".{name}.new"
    new.write_text(json.dumps(value))
    new.rename(folder / f"{name}.json")


def watch_supervisor(fd: int) -> None:
    """A runner ends with its supervisor."""

    def wait() -> None:
        os.read(fd, 1)
        os._exit(70)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
