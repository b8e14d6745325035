"""A process that runs a job itself, as `hawk local … --direct` does: HOME JOB WHAT."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from hawk.backends.execution.local.direct import run_direct
from hawk.backends.execution.protocol import Launch
from hawk.errors import HawkError
from tests.backends.execution.local.harness import Local, make_plan


def work(folder, attempt):
    what = sys.argv[3]
    (folder / "begun").write_text(str(os.getpid()))
    if what == "raise":
        raise RuntimeError("the key is s3cret-value")
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "exit":
        sys.exit(78)
    if what == "hang":
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        while True:
            time.sleep(0.02)
    if what in {"obey", "ctrl-c"}:
        while what == "obey" and not (folder / "desired.json").exists():
            time.sleep(0.02)
        outcome = {"launch": 1, "attempt": attempt, "exit_code": 1, "stopped": True, "reason": "as asked"}
        (folder / "outcome.json").write_text(json.dumps(outcome))
        return 1
    return int(what)


def main():
    local = Local(Path(sys.argv[1]), stop_grace=0.5)
    launch = Launch(plan=make_plan(sys.argv[2]), secrets={"KEY": "s3cret-value"})
    try:
        return run_direct(local.settings, launch, work)
    except HawkError as error:
        sys.stdout.write(str(error))
        return 99


if __name__ == "__main__":
    sys.exit(main())
