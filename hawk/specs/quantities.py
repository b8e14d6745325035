"""Kubernetes quantities: ``512Mi``, ``2``, ``1.5``, ``100m``, ``1e9``."""

from __future__ import annotations

import re

from hawk.specs.found import found

QUANTITY_PATTERN = r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?$"
_QUANTITY = re.compile(QUANTITY_PATTERN.removesuffix("$") + r"\Z")


def quantity_fault(text: str) -> str | None:
    """What keeps ``text`` from being an amount of memory or CPU, None if nothing does."""
    if text.startswith("-"):
        return f"expected a positive quantity, found {found(text)}"
    if not _QUANTITY.match(text):
        return f"expected a quantity such as 512Mi, 8Gi ('Gi' not 'GB'), 2 or 500m, found {found(text)}"
    if not re.search("[1-9]", re.split("[eE][-+]?[0-9]", text)[0]):
        return f"expected more than nothing, found {found(text)}"
    return None
