"""The control channel as the supervisor reads it: only what is meant for its own launch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import files

DESIRED, PROGRESS, OUTCOME = "desired.json", "progress.json", "outcome.json"


class Channel:
    """The three files of a launch. What was once seen, stays: nobody takes a stop, or
    the word to run, back.

    A folder that is gone, or another of its name, is a stop too: nobody else could reach the job.
    """

    def __init__(self, folder: Path, launch: int) -> None:
        self._folder, self._launch = folder, launch
        self._place = _place_of(folder)
        self._seen: tuple[int, int] | None = None
        self.stop = False
        self.stop_now = False
        self.may_run = False

    def look(self) -> None:
        """Read what is wanted, if it was replaced since the last look."""
        if _place_of(self._folder) != self._place:
            self.stop = self.stop_now = True
            return
        try:
            status = (self._folder / DESIRED).stat()
        except OSError:
            return
        if self._seen == (seen := (status.st_ino, status.st_mtime_ns)):
            return
        self._seen = seen
        desired = files.read_object(self._folder / DESIRED)
        if desired.get("launch") != self._launch:
            return
        if desired.get("state") == "stop":
            self.stop = True
            self.stop_now = self.stop_now or bool(desired.get("now"))
        self.may_run = self.may_run or desired.get("state") == "run"

    def progress(self, attempt: int) -> dict[str, Any]:
        """The newest progress of an attempt, empty where it gave none yet."""
        return self._of(PROGRESS, attempt)

    def outcome(self, attempt: int) -> dict[str, Any]:
        """An attempt's own word on its end, empty where it left none."""
        return self._of(OUTCOME, attempt)

    def _of(self, name: str, attempt: int) -> dict[str, Any]:
        value = files.read_object(self._folder / name)
        mine = value.get("launch") == self._launch and value.get("attempt") == attempt
        return value if mine else {}


def _place_of(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from a later one of its name; None where there is none."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
