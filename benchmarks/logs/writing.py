"""Writes logs by Inspect's own recorder: condensed, pooled, with summaries and journal, as a run does."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from inspect_ai.log import EvalConfig, EvalDataset, EvalPlan, EvalResults, EvalSpec, EvalStats
from inspect_ai.log._condense import condense_sample
from inspect_ai.log._recorders.eval import EvalRecorder

from benchmarks.logs.epochs import add_epochs
from benchmarks.logs.events import MODEL, START
from benchmarks.logs.samples import sample
from benchmarks.logs.shapes import SHAPES, Shape

GROWTH = 100
"""A log grows by one sample in so many."""

_BUFFERED_CHARS = 5_000_000
_NAME = "2026-03-01T00-00-00+00-00_{name}_bench.eval"


def write_log(folder: Path, name: str) -> None:
    """Write the log of a shape, as it is when its run is done."""
    place, shape = _place(folder, name), SHAPES[name]
    asyncio.run(_write_finished(place, shape, name))
    if shape.epochs > 1:
        add_epochs(place, shape.epochs)


def write_growing(before: Path, after: Path, name: str) -> None:
    """Write the log of a shape as it is while it runs, and once more when it grew a little."""
    asyncio.run(_write_growing(_place(before, name), _place(after, name), SHAPES[name], name))


def _place(folder: Path, name: str) -> Path:
    place = folder / f"bench-{name}" / _NAME.format(name=name)
    place.parent.mkdir(parents=True)
    return place


async def _write_finished(place: Path, shape: Shape, name: str) -> None:
    recorder, spec = await _begin(place, shape.samples, name)
    await _add(recorder, spec, shape, 1, shape.samples)
    stats = EvalStats(started_at=spec.created, completed_at=spec.created)
    total = shape.samples * shape.epochs
    results = EvalResults(total_samples=total, completed_samples=total)
    await recorder.log_finish(spec, "success", stats, results, None, header_only=True)


async def _write_growing(before: Path, after: Path, shape: Shape, name: str) -> None:
    grown = shape.samples + max(1, shape.samples // GROWTH)
    recorder, spec = await _begin(after, grown, name)
    await _add(recorder, spec, shape, 1, shape.samples)
    shutil.copy(after, before)
    await _add(recorder, spec, shape, shape.samples + 1, grown)
    await recorder.log_discard(spec, keep_destination=True)


async def _begin(place: Path, samples: int, name: str) -> tuple[EvalRecorder, EvalSpec]:
    ids: list[str | int] = list(range(1, samples + 1))
    spec = EvalSpec(
        eval_id=f"eval-{name}",
        run_id=f"run-{name}",
        eval_set_id=f"bench-{name}",
        created=START.isoformat(),
        task=name,
        task_id=f"task-{name}",
        dataset=EvalDataset(name=name, samples=samples, sample_ids=ids),
        model=MODEL,
        config=EvalConfig(epochs=SHAPES[name].epochs),
    )
    recorder = EvalRecorder(str(place.parent))
    await recorder.log_init(spec, str(place), clean=True)
    await recorder.log_start(spec, EvalPlan())
    return recorder, spec


async def _add(recorder: EvalRecorder, spec: EvalSpec, shape: Shape, first: int, last: int) -> None:
    """Record samples, in the steps in which a run would, and write the file at the end."""
    (log,) = recorder.data.values()
    step = min(max(1, _BUFFERED_CHARS // (shape.chars * shape.messages)), 2_000)
    for number in range(first, last + 1):
        await recorder.log_sample(spec, condense_sample(sample(number, shape)))
        if number % step == 0:
            await log.write_buffered_samples()
    await recorder.flush(spec)
