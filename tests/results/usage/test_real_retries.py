"""Retries as Inspect makes them: what the model was paid for, each call once."""

import asyncio
from pathlib import Path

import pytest
from inspect_ai import Task, eval_set, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.solver import Generate, TaskState, solver

from hawk.backends.storage.store import Storage
from hawk.importers.sync import sync
from hawk.warehouse.engine import Database
from tests.results.api import results_api

CALL = 10
paid_for: list[int] = []


def paid(*_: object) -> ModelOutput:
    paid_for.append(CALL)
    output = ModelOutput.from_content("mockllm/model", "yes")
    output.usage = ModelUsage(input_tokens=CALL - 3, output_tokens=3, total_tokens=CALL)
    return output


@solver
def breaking(marker: str):
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state = await generate(state)
        if state.sample_id == "bad" and not Path(marker).exists():
            raise ValueError("not yet")
        return state

    return solve


@task
def often_broken(marker: str) -> Task:
    samples = [Sample(id=one, input="?", target="yes") for one in ("a", "b", "bad", "c")]
    return Task(dataset=samples, solver=breaking(marker))


def total(folder: Path, tmp_path: Path) -> int:
    """The tokens of all logs, imported into a warehouse of its own."""

    async def imported() -> int:
        db = await Database.open(f"sqlite:///{tmp_path / f'{len(paid_for)}.db'}")
        storage = Storage(folder.parent.as_uri())
        await sync(db, storage)
        async with results_api(db, storage) as api:
            found = (await api.client.usage()).overall.tokens.total
        await db.close()
        return found

    return asyncio.run(imported())


@pytest.mark.parametrize("attempts", [0, 2])
def test_every_call_of_a_model_counts_once(attempts: int, tmp_path: Path) -> None:
    """The first run breaks, and tries again within itself if it may; the second goes on with its log."""
    before, folder, marker = sum(paid_for), tmp_path / "evals" / "set", tmp_path / "marker"

    def run() -> bool:
        return eval_set(
            often_broken(str(marker)),
            model=get_model("mockllm/model", custom_outputs=paid, memoize=False),
            log_dir=str(folder),
            display="none",
            fail_on_error=True,
            retry_attempts=attempts,
            retry_wait=0.01,
            retry_on_error=1,
            retry_cleanup=False,
            max_samples=1,
        )[0]

    assert not run()
    assert total(folder, tmp_path) == sum(paid_for) - before
    marker.touch()
    assert run()
    assert len(list(folder.glob("*.eval"))) == attempts + 2
    assert total(folder, tmp_path) == sum(paid_for) - before
