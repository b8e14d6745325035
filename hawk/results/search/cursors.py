"""Where a page of hits ended, as clients hand it back."""

from __future__ import annotations

import base64
import binascii

import msgspec

from hawk.errors import UsageFault
from hawk.results.search.queries import Place


def cursor_of(place: Place) -> str:
    """The cursor of the page behind a hit."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(("search", place))).decode()


def place_of(cursor: str) -> Place:
    """Raises UsageFault for a cursor that no search gave."""
    try:
        name, place = msgspec.msgpack.decode(base64.urlsafe_b64decode(cursor), type=tuple[str, Place])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise UsageFault(_FOREIGN, fix=_AGAIN) from error
    if name != "search" or not _fits(place):
        raise UsageFault(_FOREIGN, fix=_AGAIN)
    return place


def _fits(place: Place) -> bool:
    return (
        place.time.tzinfo is not None
        and all(-(2**31) <= number < 2**31 for number in (place.position, place.entry))
        and -(2**63) <= place.log_id < 2**63
    )


_FOREIGN = "The cursor is not one that a search gave."
_AGAIN = "Start again at the first page."
