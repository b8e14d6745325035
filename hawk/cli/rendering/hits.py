"""Hits of a search: where each is on a line, and the text around it beneath."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hawk.cli.output import paint
from hawk.results.search.types import Hit


def hit_lines(hits: Sequence[Hit]) -> list[str]:
    """Two lines a hit."""
    return [line for hit in hits for line in _lines(hit)]


def _lines(hit: Hit) -> Iterator[str]:
    place = f"{hit.role} {hit.index}" if hit.index is not None else hit.role
    words = (hit.task, hit.model, str(hit.sample_id), f"epoch {hit.epoch}", place)
    yield f"{paint(hit.uuid or hit.id, 'cyan')}  {'  '.join(words)}"
    before, match, after = hit.snippet[: hit.start], hit.snippet[hit.start : hit.end], hit.snippet[hit.end :]
    yield f"    {before}{paint(match, 'bold')}{after}"
