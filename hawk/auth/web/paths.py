"""Where a browser may be sent after a login: to a page of Hawk's own, and nowhere else."""

from __future__ import annotations

import re

_OWN = re.compile(r"/(?![/\\])[!-\[\]-~]*\Z")
"""An absolute path in plain ASCII. Browsers read ``//`` at its start, and backslashes, as a host's."""

_LONGEST = 1000


def own_path(path: str | None) -> str:
    """The path as it is where it is one of Hawk's own, else its first page."""
    return path if path is not None and len(path) <= _LONGEST and _OWN.match(path) else "/"
