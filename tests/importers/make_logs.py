"""Run real evals on a scripted model and leave their logs: ``python make_logs.py FOLDER``."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task, eval, eval_set, task  # noqa: A004
from inspect_ai.dataset import Sample
from inspect_ai.log import ProvenanceData, edit_score, read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, ScoreEdit, includes, mean, score, scorer, std
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver


@scorer(metrics={"exact": [mean(), std()], "close": [mean()]})
def graded() -> Any:
    async def grade(state: TaskState, target: Any) -> Score:
        odd = {"k": float("nan"), "nested": ["\0", "\ud83d"], "big": 10**30}
        return Score(value={"exact": 1, "close": 0.5}, explanation="a\0b \ud83d c", metadata=odd)

    return grade


@scorer(metrics=[mean()])
def unsure() -> Any:
    async def grade(state: TaskState, target: Any) -> Score:
        return Score(value=float("nan") if state.sample_id == 2 else 0.25, answer="ü", explanation="why")

    return grade


@solver
def behave() -> Solver:
    """Each sample does what its id says."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "raises":
            raise ValueError("no good")
        if state.sample_id == "steps":
            await score(state)
        if state.sample_id == "talks":
            for _ in range(10):
                state = await generate(state)
        return state

    return solve


@solver
def keep_snapshots(source: str, target: str) -> Solver:
    """Copy the log as it is while a sample runs, so that its growth can be imported step by step."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for log in Path(source).glob("*.eval"):
            shutil.copy(log, Path(target) / f"{state.sample_id}.eval")
        return state

    return solve


@solver
def fail_first(marker: str) -> Solver:
    """Fail one sample, and have another one cancelled by it, until the marker is there."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if not Path(marker).exists():
            if state.sample_id == "waits":
                await anyio.sleep(60)
            if state.sample_id == "fails":
                Path(marker).touch()
                raise ValueError("not yet")
        return state

    return solve


def answer(*_: Any) -> ModelOutput:
    output = ModelOutput.from_content("mockllm/model", "Default output")
    output.usage = ModelUsage(
        input_tokens=3_000_000_000,
        output_tokens=5,
        total_tokens=3_000_000_005,
        input_tokens_cache_read=7,
        reasoning_tokens=2,
        total_cost=0.25,
    )
    return output


def run(work: Task, folder: Path, **options: Any) -> Any:
    model = get_model("mockllm/model", custom_outputs=answer)
    return eval(work, model=model, log_dir=str(folder), display="none", **options)[0]


def mixed(folder: Path, log_format: str) -> None:
    samples = [
        Sample(id=1, input="one", target="Default"),
        Sample(id=2, input="two", target="other"),
        *(Sample(id=name, input=name, target="Default") for name in ("raises", "steps", "talks", "a/b c")),
    ]
    work = Task(
        dataset=samples,
        name="mixed",
        solver=[behave(), generate()],
        scorer=[includes(), graded(), unsure()],
        epochs=2,
        message_limit=6,
        fail_on_error=False,
    )
    run(work, folder, log_format=log_format, metadata={"created_by": "ann"}, tags=["x"], token_limit=10**12)


def growing(folder: Path, snapshots: Path) -> None:
    snapshots.mkdir()
    work = Task(
        dataset=[Sample(id=number, input="q", target="Default") for number in range(1, 5)],
        name="growing",
        solver=[keep_snapshots(str(folder), str(snapshots)), generate()],
        scorer=includes(),
    )
    run(work, folder, max_samples=1, log_buffer=1)
    shutil.copy(next(folder.glob("*.eval")), snapshots / "finished.eval")


@task
def retried(marker: str) -> Task:
    return Task(
        dataset=[Sample(id=name, input="q", target="Default") for name in ("done", "waits", "fails")],
        solver=[fail_first(marker), generate()],
        scorer=includes(),
    )


def run_and_retry(folder: Path, marker: Path) -> None:
    model = get_model("mockllm/model", custom_outputs=answer)
    eval_set(
        retried(str(marker)),
        log_dir=str(folder),
        model=model,
        retry_wait=0.01,
        retry_cleanup=False,
        display="none",
        max_samples=3,
    )


def edited(source: Path, folder: Path) -> None:
    log = read_eval_log(next(source.glob("*.eval")).as_posix())
    provenance = ProvenanceData(timestamp=datetime(2026, 5, 1, tzinfo=UTC), author="bob", reason="wrong")
    sample = next(one for one in log.samples or [] if one.id == 1 and one.epoch == 1)
    edit_score(log, 1, "includes", ScoreEdit(value="P", provenance=provenance), epoch=1)
    sample.invalidation = provenance
    folder.mkdir()
    write_eval_log(log, str(folder / Path(log.location).name))


def main(root: Path) -> None:
    mixed(root / "mixed", "eval")
    mixed(root / "plain", "json")
    growing(root / "growing", root / "snapshots")
    run_and_retry(root / "retried", root / "marker")
    edited(root / "mixed", root / "edited")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
