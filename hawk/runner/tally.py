"""What is known of the run at this moment: kept by Inspect's hooks, read by the thread that reports.

Nothing is kept of a sample once it has ended.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from hawk.specs.control import IdleSample, ModelProgress, TokenCounts


@dataclass
class RunningSample:
    """A sample that is under way; ``seen`` is the (monotonic) time of its last sign of life."""

    task: str
    eval_id: str
    sample_id: str
    epoch: int
    seen: float = field(default_factory=time.monotonic)


@dataclass
class ModelTally:
    """Calls of one model."""

    calls: int = 0
    retries: int = 0
    rate_limited: int = 0
    waited: float = 0.0


class Tally:
    """Counters of one run, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[str, RunningSample] = {}
        self._models: dict[str, ModelTally] = {}
        self._tokens: dict[str | None, TokenCounts] = {}

    def sample_started(self, uuid: str, sample: RunningSample) -> None:
        """A sample begins."""
        with self._lock:
            self._samples[uuid] = sample

    def sample_seen(self, uuid: str | None) -> None:
        """A sign of life of a sample."""
        with self._lock:
            sample = self._samples.get(uuid or "")
            if sample is not None:
                sample.seen = time.monotonic()

    def sample_ended(self, uuid: str) -> None:
        """A sample has come to its end."""
        with self._lock:
            self._samples.pop(uuid, None)

    def sample(self, uuid: str) -> RunningSample | None:
        """A running sample."""
        with self._lock:
            return self._samples.get(uuid)

    def called(self, model: str, eval_id: str | None, used: TokenCounts) -> None:
        """A model answered."""
        with self._lock:
            self._model(model).calls += 1
            before = self._tokens.get(eval_id, TokenCounts())
            self._tokens[eval_id] = add(before, used)

    def retried(self, model: str, *, rate_limited: bool, wait: float) -> None:
        """A model's provider refused, and is asked again after ``wait`` seconds."""
        with self._lock:
            tally = self._model(model)
            tally.retries += 1
            tally.rate_limited += rate_limited
            tally.waited += wait

    def models(self) -> tuple[ModelProgress, ...]:
        """Every model that was called, by name."""
        with self._lock:
            return tuple(
                ModelProgress(name, one.calls, one.retries, one.rate_limited, round(one.waited, 1))
                for name, one in sorted(self._models.items())
            )

    def tokens(self, eval_id: str) -> TokenCounts:
        """Tokens of one eval, in this process."""
        with self._lock:
            return self._tokens.get(eval_id, TokenCounts())

    def all_tokens(self) -> TokenCounts:
        """Tokens of all evals, in this process."""
        with self._lock:
            total = TokenCounts()
            for one in self._tokens.values():
                total = add(total, one)
            return total

    def idle(self) -> IdleSample | None:
        """The running sample that has given no sign of life for the longest time."""
        with self._lock:
            if not self._samples:
                return None
            uuid, sample = min(self._samples.items(), key=lambda each: each[1].seen)
            seconds = round(time.monotonic() - sample.seen, 1)
            return IdleSample(sample.task, sample.sample_id, sample.epoch, seconds, uuid)

    def _model(self, name: str) -> ModelTally:
        return self._models.setdefault(name, ModelTally())


def add(left: TokenCounts, right: TokenCounts) -> TokenCounts:
    """The sum of two counts."""
    return TokenCounts(left.input + right.input, left.output + right.output, left.total + right.total)
