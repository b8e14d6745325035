"""Ids of eval sets and scan runs: lower-case letters, digits and hyphens, at most 43 characters.

43 leaves room for a prefix and a suffix within the 63 characters of a Kubernetes name.
"""

from __future__ import annotations

import re
import string

from hawk.errors import InvalidConfig
from hawk.specs.found import found

MAX_ID = 43
ID_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
_SUFFIX = 16
_MAX_PREFIX = MAX_ID - _SUFFIX - 1
_ID = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_ALPHABET = string.ascii_lowercase + string.digits


def make_id(name: str | None, default: str = "eval-set", *, key: str | None = None) -> str:
    """A new id that starts with what is usable of ``name``; no two are alike, but for the same ``key``."""
    usable = re.sub(r"[^a-z0-9-]", "-", (default if name is None else name).lower()).strip("-")
    prefix = usable[:_MAX_PREFIX].rstrip("-") or "job"
    return f"{prefix}-{_suffix(key)}"


def id_from(name: str, default: str = "imported") -> str:
    """The id that is nearest to ``name``: always the same one, and that of a like name too."""
    usable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return usable[:MAX_ID].rstrip("-") or default


def check_id(text: str) -> None:
    """Raises :class:`InvalidConfig` unless ``text`` may be the id of a job."""
    fault = id_fault(text)
    if fault:
        raise InvalidConfig(f"This can't be an id: {fault}.")


def id_fault(text: str) -> str | None:
    """What keeps ``text`` from being an id, None if nothing does."""
    if len(text) > MAX_ID:
        return f"expected at most {MAX_ID} characters, found {len(text)}"
    if not _ID.match(text):
        return f"expected lower-case letters, digits and inner hyphens, found {found(text)}"
    return None


def _suffix(key: str | None) -> str:
    import hashlib  # with secrets, what a command's start needn't wait for
    import secrets

    if key is None:
        return "".join(secrets.choice(_ALPHABET) for _ in range(_SUFFIX))
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:_SUFFIX])
