"""What S3 says of a change, in the two shapes that a queue gets it in.

S3 itself (straight to SQS) writes keys as a form's values: ``+`` is a space there and ``%2B`` a plus.
EventBridge gives keys as they are. Names of logs have a plus in their times, so the two must not be mixed up.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

import msgspec


class Key(msgspec.Struct, frozen=True):
    """One object."""

    bucket: str
    key: str


class _Bucket(msgspec.Struct):
    name: str


class _Object(msgspec.Struct):
    key: str


class _S3(msgspec.Struct):
    bucket: _Bucket
    object: _Object


class _Record(msgspec.Struct):
    s3: _S3


class _Native(msgspec.Struct):
    records: list[_Record] = msgspec.field(name="Records")


class _EventBridge(msgspec.Struct):
    source: str
    detail: _S3


_native = msgspec.json.Decoder(_Native)
_event_bridge = msgspec.json.Decoder(_EventBridge)


def keys_of(body: str) -> list[Key]:
    """The objects that a message tells of; none where it is no message of S3's."""
    try:
        found = [record.s3 for record in _native.decode(body).records]
        return [Key(one.bucket.name, unquote_plus(one.object.key)) for one in found]
    except (msgspec.DecodeError, UnicodeError):
        pass
    try:
        event = _event_bridge.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        return []
    return [Key(event.detail.bucket.name, event.detail.object.key)] if event.source == "aws.s3" else []
