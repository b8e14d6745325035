"""Inspect's hooks, of which the runner has one set for the life of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from inspect_ai.hooks import (
    Hooks,
    ModelRetry,
    ModelUsageData,
    RunStart,
    SampleEnd,
    SampleEvent,
    SampleStart,
    TaskEnd,
    TaskStart,
    hooks,
)

from hawk.runner.errors_only import sample_ended
from hawk.runner.summary import line_of, said, was_cancelled
from hawk.runner.tally import RunningSample, Tally
from hawk.specs.control import TokenCounts

_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class Listener:
    """Who is told. ``on_run`` gets what cancels the run, as Ctrl-C would; it may be called from any thread.

    ``on_task`` is called in the thread of the run when a task begins.
    """

    tally: Tally
    say: Callable[[str], None]
    on_run: Callable[[Callable[[], None]], None]
    on_task: Callable[[], None]


_listener: list[Listener] = []


def listen(listener: Listener) -> None:
    """From now on this one is told, and no other."""
    _register()
    _listener[:] = [listener]


@cache
def _register() -> None:
    hooks(name="hawk", description="Reports the progress of the job.")(_HawkHooks)


class _HawkHooks(Hooks):
    def enabled(self) -> bool:
        return bool(_listener)

    async def on_run_start(self, data: RunStart) -> None:  # noqa: ARG002
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is not None:
            _listener[0].on_run(lambda: loop.call_soon_threadsafe(task.cancel) and None)

    async def on_task_start(self, data: TaskStart) -> None:
        _listener[0].on_task()
        _listener[0].tally.task_started(data.eval_id, data.spec.task)

    async def on_task_end(self, data: TaskEnd) -> None:
        _listener[0].tally.task_ended(data.eval_id)
        _listener[0].say(line_of(data.log))

    async def on_sample_start(self, data: SampleStart) -> None:
        sample = RunningSample(data.eval_id, str(data.summary.id), data.summary.epoch)
        _listener[0].tally.sample_started(data.sample_id, sample)

    async def on_sample_event(self, data: SampleEvent) -> None:
        _listener[0].tally.sample_seen(data.sample_id)

    async def on_sample_end(self, data: SampleEnd) -> None:
        listener, sample = _listener[0], data.sample
        listener.tally.sample_ended(data.sample_id)
        await sample_ended(data.eval_id, sample.id, sample.epoch)
        if (
            sample.error is not None
            and not was_cancelled(sample.error.message)
            and listener.tally.may_speak()
        ):
            listener.say(
                f"Sample {sample.id} (epoch {sample.epoch}) ended in error: {said(sample.error.message)}"
            )

    async def on_model_usage(self, data: ModelUsageData) -> None:
        usage = data.usage
        used = TokenCounts(usage.input_tokens, usage.output_tokens, usage.total_tokens)
        _listener[0].tally.called(data.model_name, data.eval_id, used)

    async def on_model_retry(self, data: ModelRetry) -> None:
        tally = _listener[0].tally
        tally.retried(
            data.model_name, rate_limited=data.status_code == _TOO_MANY_REQUESTS, wait=data.wait_time
        )
        tally.sample_seen(data.sample_id)
