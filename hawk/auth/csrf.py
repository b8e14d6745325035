"""What a page of Hawk's repeats with each change, which no other site can know."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest

from hawk.errors import Forbidden

CSRF_HEADER = "x-csrf-token"


def check_csrf(expected: str, headers: Mapping[str, str]) -> None:
    """Raise Forbidden where a request doesn't repeat it: another site made a browser send its cookie."""
    said = headers.get(CSRF_HEADER, "")
    if not compare_digest(said.encode("utf-8", "surrogateescape"), expected.encode()):
        raise Forbidden("The request does not come from a page of Hawk's.", fix="Reload the page.")
