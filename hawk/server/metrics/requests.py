"""How many requests there were, of which routes, how they ended and how long they took."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from hawk.server.metrics.text import Family, Sample

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: the upper bounds of the histogram's buckets."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestFigures:
    """Counts of this process since its start. ``at_work`` is how many requests are being answered."""

    def __init__(self) -> None:
        self.at_work = 0
        self._ended: dict[tuple[str, str, int], int] = {}
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: dict[tuple[str, str], float] = {}

    def begin(self) -> None:
        """A request came."""
        self.at_work += 1

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """It is over. ``route`` is a route's template: of these there are only so many."""
        self.at_work -= 1
        method = method if method in _METHODS else "other"
        self._ended[route, method, status] = self._ended.get((route, method, status), 0) + 1
        buckets = self._buckets.setdefault((route, method), [0] * (len(BOUNDS) + 1))
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route, method] = self._seconds.get((route, method), 0.0) + seconds

    def families(self) -> Iterator[Family]:
        """What there is to scrape."""
        yield Family("hawk_requests_total", "counter", "Requests that were answered.", self._counts())
        yield Family("hawk_request_seconds", "histogram", "How long answers took.", self._histogram())
        yield Family(
            "hawk_requests_at_work", "gauge", "Requests that are being answered.", [Sample(self.at_work)]
        )

    def _counts(self) -> Iterator[Sample]:
        for (route, method, status), count in sorted(self._ended.items()):
            yield Sample(count, {"route": route, "method": method, "status": str(status)})

    def _histogram(self) -> Iterator[Sample]:
        for (route, method), buckets in sorted(self._buckets.items()):
            labels, below = {"route": route, "method": method}, 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
                below += count
                yield Sample(below, {**labels, "le": bound}, "_bucket")
            yield Sample(self._seconds[route, method], labels, "_sum")
            yield Sample(below, labels, "_count")
