"""Prometheus's text format (version 0.0.4), written by hand: no library is loaded for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

MEDIA_TYPE = "text/plain; version=0.0.4"
"""To which its charset is added, UTF-8."""

_ODD = {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


class Sample(msgspec.Struct, frozen=True):
    """One value. ``suffix`` is ``_bucket``, ``_sum`` or ``_count`` of a histogram."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


class Family(msgspec.Struct, frozen=True):
    """All values of one figure."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: Iterable[Sample]


def rendered(families: Iterable[Family]) -> str:
    """The text that a scraper reads."""
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {family.help.translate(_HELP_ESCAPES)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for one in family.samples:
        yield f"{family.name}{one.suffix}{_labels(one.labels)} {_number(one.value)}\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items()) + "}"


def _number(value: float) -> str:
    if not math.isfinite(value):
        return _ODD[str(float(value))]
    return str(int(value)) if float(value).is_integer() else repr(float(value))
