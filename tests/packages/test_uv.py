"""uv as a process: it never outlives who runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

_SIGNALLED = """
import os, pathlib, signal, subprocess, sys
from hawk.packages import uv

class Signalled(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        pathlib.Path("pid").write_text(str(self.pid))
        os.kill(os.getpid(), int(sys.argv[1]))

class Ended(BaseException):
    pass

def end(number, frame):
    raise Ended

signal.signal(int(sys.argv[1]), end)
subprocess.Popen = Signalled
uv.find_uv = lambda: os.path.abspath("slow")
try:
    uv.run_uv([], folder=pathlib.Path("."))
except Ended:
    print("ended")
"""


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_while_it_is_being_started_ends_it_too(tmp_path: Path, number: int) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    command = [sys.executable, "-c", _SIGNALLED, str(number)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "ended\n"
    process = Path("/proc", (tmp_path / "pid").read_text())
    deadline = time.monotonic() + 30
    while process.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not process.exists()
