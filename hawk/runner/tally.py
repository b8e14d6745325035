"""What is known of the run at this moment: kept by Inspect's hooks, read by the thread that reports.

Nothing is kept of a sample once it has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from hawk.specs.control import IdleSample, ModelProgress, TokenCounts

_LINES = 50


@dataclass
class RunningSample:
    """A sample that is under way; ``seen`` is the (monotonic) time of its last sign of life."""

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
        self._tasks: dict[str, str] = {}
        self._samples: dict[str, RunningSample] = {}
        self._models: dict[str, ModelTally] = {}
        self._tokens: dict[str | None, TokenCounts] = {}
        self._names: dict[str, str] = {}
        self._lines = 0

    def task_started(self, eval_id: str, task: str) -> None:
        """A task begins, or begins again."""
        with self._lock:
            self._tasks[eval_id] = task

    def task_ended(self, eval_id: str) -> None:
        """A task has come to its end, and every sample with it."""
        with self._lock:
            self._samples = {uuid: one for uuid, one in self._samples.items() if one.eval_id != eval_id}

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

    def may_speak(self) -> bool:
        """Whether one more error deserves a line of its own: the first fifty do."""
        with self._lock:
            self._lines += 1
            return self._lines <= _LINES

    def sample(self, uuid: str) -> RunningSample | None:
        """A running sample."""
        with self._lock:
            return self._samples.get(uuid)

    def know_models(self, names: Iterable[str]) -> None:
        """The full names (``provider/model``) of the models of the run."""
        with self._lock:
            self._names.update((name.split("/", 1)[-1], name) for name in names)

    def called(self, model: str, eval_id: str | None, used: TokenCounts) -> None:
        """A model answered."""
        with self._lock:
            self._model(model).calls += 1
            before = self._tokens.get(eval_id, TokenCounts())
            self._tokens[eval_id] = add(before, used)

    def retried(self, model: str, *, rate_limited: bool, wait: float) -> None:
        """A model's provider refused, and is asked again after ``wait`` seconds.

        Inspect names the model here without its provider.
        """
        with self._lock:
            tally = self._model(self._names.get(model, model))
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
            return IdleSample(
                self._tasks.get(sample.eval_id, ""), sample.sample_id, sample.epoch, seconds, uuid
            )

    def _model(self, name: str) -> ModelTally:
        return self._models.setdefault(name, ModelTally())


def add(left: TokenCounts, right: TokenCounts) -> TokenCounts:
    """The sum of two counts."""
    return TokenCounts(left.input + right.input, left.output + right.output, left.total + right.total)
