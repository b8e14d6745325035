"""Where storage and warehouse differ: what a check finds."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "missing-log",
    "stale-log",
    "gone-log",
    "older-importer",
    "retrying-log",
    "dead-letter",
    "unread-sample",
    "missing-row",
    "extra-row",
    "other-row",
    "missing-job",
    "unrecorded-job",
    "stale-job",
]


class Difference(msgspec.Struct, frozen=True):
    """One difference. ``subject`` is a location, a job's id, or a table and the key of a row."""

    kind: Kind
    subject: str
    detail: str
