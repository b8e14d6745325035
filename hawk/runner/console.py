"""The runner's own lines: to the job's log."""

from __future__ import annotations

import logging
import os
import sys
import traceback

from hawk.runner.secrets import Mask


class Console:
    """Says things, one line each, without secrets.

    Where Inspect draws on a terminal the lines go to the descriptor of the job's log (``log_fd``), else to
    standard output, where Inspect then shows nothing of its own.
    """

    def __init__(self, mask: Mask, log_fd: int | None = None) -> None:
        self.mask = mask
        self._log_fd = log_fd

    @property
    def has_terminal(self) -> bool:
        """Whether somebody may be looking at Inspect's display."""
        return sys.stdout.isatty()

    def say(self, text: str) -> None:
        """One line, or several."""
        data = f"{self.mask.hide(text)}\n"
        if self._log_fd is None:
            sys.stdout.write(data)
            sys.stdout.flush()
        else:
            os.write(self._log_fd, data.encode())

    def say_traceback(self, error: BaseException) -> None:
        """All of an exception, for whoever has to mend the code."""
        self.say("".join(traceback.format_exception(error)).rstrip())

    def follow_warnings(self) -> None:
        """From now on the job's log has what is logged as a warning or an error too.

        In a user's own terminal Inspect's display shows it already.
        """
        if self._log_fd is not None or not self.has_terminal:
            logging.getLogger().addHandler(_Warnings(self))


class _Warnings(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._console.say(self.format(record))
