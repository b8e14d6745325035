"""Python's collector, kept from walking what will never be garbage: half a second of every run."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def importing() -> Generator[None]:
    """While modules are imported nothing is collected, and what they made is left alone afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def leave_to_the_end_of_the_process() -> None:
    """The interpreter collects once more when it ends; what is alive then goes with the process."""
    gc.freeze()
