"""Whatever happened to logs, in whatever steps it was imported: rows and texts are those of a clean import."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.importers.house import House, header, sample, write_archive
from tests.importers.told import Told

LOGS = st.sampled_from(["set/1.eval", "set/2.eval", "set/a/3.eval", "other/1.eval", "top.eval"])
IDS = st.sampled_from([1, 2, "a/b", "ü x", "c_epoch_1"])
EPOCHS = st.integers(1, 2)
SIZES = st.sampled_from([1, 50, 3_000, 40_000, 250_000])
MOMENTS = st.sampled_from([None, *(f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3))])
HEADS = st.fixed_dictionaries(
    {
        "eval_id": st.sampled_from(["e1", "e2"]),
        "task_id": st.sampled_from(["t1", "t1", "t2"]),
        "created": MOMENTS,
        "eval_set_id": st.sampled_from([None, "set", "own"]),
        "headline_metric": st.sampled_from([None, {"scorer": "b", "metric": "mean"}]),
    }
)


class History(RuleBasedStateMachine):
    """Logs as they are, in a folder that is imported after each step."""

    url: ClassVar[str | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hawk-history-"))
        self.house = House(self.folder, self.url)
        self.logs: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.letters = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        self.house.sync()
        if self.url is None:
            shutil.copy(self.folder / "hawk.db", self.folder / "empty.db")

    @rule(log=LOGS, head=HEADS)
    def has_a_header(self, log: str, head: dict[str, Any]) -> None:
        self.put(log, self.logs.get(log, {}) | {"header.json": header(eval=head)})

    @rule(log=LOGS, sample_id=IDS, epoch=EPOCHS, size=SIZES, ended=MOMENTS, error=st.booleans())
    def has_a_sample(
        self, log: str, sample_id: int | str, epoch: int, size: int, ended: str | None, error: bool
    ) -> None:
        self.letters += 1
        text = f"{self.letters} " * (size // 3 + 1)
        told = sample(
            sample_id,
            epoch,
            messages=[{"role": "user", "content": text}, {"role": "assistant", "content": "yes"}],
            scores={"a": {"value": self.letters}, "b": {"value": "C", "explanation": text[:100]}},
            completed_at=ended,
            error={"message": "CancelledError('x')"} if error else None,
        )
        self.put(log, {"header.json": header(), **self.logs.get(log, {}), name_of(sample_id, epoch): told})

    @rule(log=LOGS, sample_id=IDS, epoch=EPOCHS)
    def has_a_bad_sample(self, log: str, sample_id: int | str, epoch: int) -> None:
        self.put(log, {"header.json": header(), **self.logs.get(log, {}), name_of(sample_id, epoch): b"{"})

    @precondition(lambda self: self.logs)
    @rule(data=st.data())
    def loses_a_sample(self, data: st.DataObject) -> None:
        log = data.draw(st.sampled_from(sorted(self.logs)))
        gone = data.draw(st.sampled_from(sorted(self.logs[log])))
        if gone != "header.json":
            self.put(log, {name: one for name, one in self.logs[log].items() if name != gone})

    @precondition(lambda self: self.logs)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        log = data.draw(st.sampled_from(sorted(self.logs)))
        self.kept[log] = self.logs.pop(log)
        (self.house.evals / log).unlink()

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), into=LOGS)
    def comes_back_or_is_copied(self, data: st.DataObject, into: str) -> None:
        self.put(into, self.kept[data.draw(st.sampled_from(sorted(self.kept)))])

    @precondition(lambda self: self.logs)
    @rule(data=st.data(), into=LOGS, head=HEADS)
    def is_retried(self, data: st.DataObject, into: str, head: dict[str, Any]) -> None:
        source = self.logs[data.draw(st.sampled_from(sorted(self.logs)))]
        self.put(into, source | {"header.json": header(eval=head)})

    @rule()
    def is_looked_at_again(self) -> None:
        pass

    def put(self, log: str, content: dict[str, Any]) -> None:
        self.logs[log] = content
        write_archive(self.house.evals / log, content)

    @invariant()
    def is_as_after_a_clean_import(self) -> None:
        self.house.sync()
        found, clean = self.house.everything(), self.clean()
        # The models of a log only grow: who may see it may not change by what is left out of it.
        assert set(clean.pop("eval_models")) <= set(found.pop("eval_models"))
        assert found == clean

    def clean(self) -> Told:
        with tempfile.TemporaryDirectory() as folder:
            house = House(Path(folder))
            house.evals = self.house.evals
            if (self.folder / "empty.db").exists():
                shutil.copy(self.folder / "empty.db", Path(folder) / "hawk.db")
            house.sync()
            return house.everything()


def name_of(sample_id: int | str, epoch: int) -> str:
    return f"samples/{sample_id}_epoch_{epoch}.json"


def check(examples: int, steps: int, url: str | None) -> None:
    machine = type("Machine", (History,), {"url": url})
    some = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=url is not None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=some)


def test_any_history_on_sqlite() -> None:
    check(10, 20, None)


@pytest.mark.parametrize("steps", [25])
def test_any_history_on_postgresql(steps: int, postgres_url: str) -> None:
    check(3, steps, postgres_url)
