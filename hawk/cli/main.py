"""The ``hawk`` command: runs what was typed, and turns every error into a line or two and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Never

from hawk.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, HawkError

DEBUG = "--debug"


def main() -> None:
    """The entry point of the installed command."""
    # Most of a command's time is imports: they leave no garbage, and need no taking down at the end.
    gc.set_threshold(100_000)
    code = run(sys.argv[1:])
    if "inspect_ai" in sys.modules:
        sys.exit(code)
    _leave(code)


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code. ``--debug`` anywhere shows tracebacks."""
    tokens, debug = _without_debug(argv)
    try:
        code = _dispatch(tokens)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the outermost edge: nothing may reach a user as a traceback
        if debug:
            traceback.print_exc()
        return _tell(error)
    return code


def _leave(code: int) -> Never:
    """End at once: the session is closed, and nothing but buffers is left to be written."""
    if "logging" in sys.modules:
        sys.modules["logging"].shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # The reader left, or the stream was never open.
            stream.flush()
    os._exit(code)


def _dispatch(tokens: Sequence[str]) -> int:
    from hawk.cli.app import make_app

    code = make_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    return code if isinstance(code, int) else 0


def _without_debug(argv: Sequence[str]) -> tuple[list[str], bool]:
    end = argv.index("--") if "--" in argv else len(argv)
    tokens = [token for token in argv[:end] if token != DEBUG]
    return [*tokens, *argv[end:]], len(tokens) < end


def _tell(error: Exception) -> int:
    from cyclopts import CycloptsError

    from hawk.cli import faults

    if isinstance(error, CycloptsError):
        faults.tell_usage(error)
        return EXIT_USAGE
    known = faults.hawk_error(error)
    if known is None:
        faults.apologise(error)
        return EXIT_FAILED
    faults.tell(known)
    return known.exit_code


def _reader_left() -> int:
    """Whoever read the output (``| head``) wants no more of it: neither an error nor a complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


__all__ = ["HawkError", "main", "run"]
