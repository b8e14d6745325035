"""Which names the logs and the eval sets have that Hawk takes in and gives out."""

from __future__ import annotations

import re

from hawk.backends.storage.paths import checked
from hawk.errors import NotFound, UsageFault
from hawk.importers.sync import is_log

_MOST_BYTES = 255
"""Of one part of a path, on every common file system."""

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def check_log_name(name: str) -> None:
    """Raises UsageFault where no log would be found under this name."""
    if not _usable(name) or not is_log(name):
        raise UsageFault(
            f"{name!r} is not the name of a log.",
            fix="Inspect's logs are named *.eval, or TIME_TASK_ID.json.",
        )


def checked_location(location: str) -> str:
    """The path of a log, as it is. Raises NotFound for what can't be one."""
    parts = location.split("/")
    if len(parts) < 2 or not all(_usable(part) for part in parts) or not is_log(location):
        raise NotFound(f"There is no log {location!r}.", fix="`hawk list evals --json` shows where logs are.")
    return checked(location)


def checked_folder(eval_set_id: str) -> str:
    """The folder of an eval set. Raises NotFound for what can't be one."""
    if not _usable(eval_set_id):
        raise NotFound(f"There is no eval set {eval_set_id!r}.", fix=SHOWN)
    return checked(eval_set_id)


SHOWN = "`hawk list eval-sets` shows those there are."


def _usable(part: str) -> bool:
    """Whether a name is one that a path may be made of, wherever the storage is."""
    if part in {"", ".", ".."} or "/" in part or _CONTROLS.search(part):
        return False
    return len(part.encode()) <= _MOST_BYTES
