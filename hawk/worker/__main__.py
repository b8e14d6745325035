"""``python -m hawk.worker``: the worker beside a server. It ends when its standard input does."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from hawk.errors import HawkError
from hawk.settings import load_settings
from hawk.worker.log_lines import tell_fault
from hawk.worker.worker import run_worker

_GRACE = 10.0
"""Seconds to end in after the server is gone."""


def main() -> int:
    """Work until SIGTERM, or until the server dies, whatever it dies of. Returns the exit code."""
    threading.Thread(target=_end_with_server, daemon=True).start()
    try:
        return run_worker(load_settings(), once=False)
    except HawkError as error:
        tell_fault("not-started", error)
        return error.exit_code


def _end_with_server() -> None:
    """The server holds the other end of this pipe, and the system closes it with the server."""
    while sys.stdin.buffer.read(1):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Threads may still be decoding what was abandoned.
    os._exit(code)
