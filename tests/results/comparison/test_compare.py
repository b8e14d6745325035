"""Eval sets and evals side by side, through the API."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from hawk.errors import InvalidConfig, NotFound, UsageFault
from hawk.results.comparison.types import Arm
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import samples, scores
from tests.results.api import ResultsApi
from tests.results.seeding import add, add_evals, eval_row, minutes, sample_row

Grades = dict[str, list[float | None]]
"""For each sample id the numbers of its epochs."""


async def ran(db: Database, log: int, eval_set: str, grades: Grades, **changes: Any) -> None:
    """An eval with its samples; sample ``x`` of log 2 in epoch 1 has the uuid ``u2-x-1``."""
    ran_as = {"headline_scorer": "match", "task_id": f"t{log}", **changes}
    await add_evals(db, eval_row(log, eval_set=eval_set, **ran_as))
    rows = [
        sample_row(
            log * 1000 + number * 10 + epoch,
            log=log,
            eval_set=eval_set,
            task_id=ran_as["task_id"],
            sample_id=sample_id,
            epoch=epoch,
            uuid=f"u{log}-{sample_id}-{epoch}",
            score=value,
            status="error" if value is None else "success",
            total_time=2.0,
            cost=0.5,
        )
        for number, (sample_id, values) in enumerate(grades.items())
        for epoch, value in enumerate(values, start=1)
    ]
    if rows:
        await add(db, sample_rows=rows)


async def arms(api: ResultsApi, *ids: str, **options: Any) -> list[Arm]:
    return list((await api.client.compare(ids, **options)).items)


async def test_two_runs_of_one_config_pair_by_model_and_solver(db: Database, api: ResultsApi) -> None:
    for log, eval_set, model, solver in (
        (1, "a", "m1", "basic"),
        (2, "a", "m1", "react"),
        (3, "a", "m2", "basic"),
        (4, "b", "m2", "basic"),
        (5, "b", "m1", "react"),
    ):
        await ran(db, log, eval_set, {"x": [1.0]}, model=model, solver=solver)
    found = await arms(api, "a", "b")
    assert [(one.id, one.model, one.solver) for one in found] == [
        ("a", "m1", "basic"),
        ("a", "m1", "react"),
        ("b", "m1", "react"),
        ("a", "m2", "basic"),
        ("b", "m2", "basic"),
    ]
    assert [one.against and (one.against.model, one.against.solver) for one in found] == [
        None,
        None,
        ("m1", "react"),
        None,
        ("m2", "basic"),
    ]


async def test_two_models_on_one_task_are_compared_with_each_other(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0], "y": [1.0], "z": [0.0]}, model="m1")
    await ran(db, 2, "b", {"x": [1.0], "y": [1.0], "z": [0.0]}, model="m2")
    _, after = await arms(api, "a", "b")
    assert (after.model, after.against.model) == ("m2", "m1")
    assert after.against.difference == pytest.approx(1 / 3)
    assert after.against.stderr == pytest.approx(1 / 3)
    assert after.against.low == pytest.approx(1 / 3 - 1.959964 / 3)
    assert (after.against.better, after.against.worse, after.against.graded) == (1, 0, True)


async def test_which_of_several_is_meant_is_not_guessed(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]}, model="m1")
    await ran(db, 2, "a", {"x": [0.0]}, model="m2")
    await ran(db, 3, "b", {"x": [1.0]}, model="m3")
    await ran(db, 4, "b", {"x": [1.0]}, task="other")
    other, *_, third = sorted(await arms(api, "a", "b"), key=lambda one: (one.task != "other", one.model))
    assert (other.against, other.unpaired) == (None, "the first has no such task")
    assert third.against is None
    assert "several of the first" in third.unpaired


async def test_arguments_tell_runs_of_a_task_apart(db: Database, api: ResultsApi) -> None:
    for log, eval_set, size, number in (
        (1, "a", 1, 0.0),
        (2, "a", 2, 1.0),
        (3, "b", 2, 1.0),
        (4, "b", 1, 1.0),
    ):
        await ran(db, log, eval_set, {"x": [number]}, task_args={"size": size})
    found = await arms(api, "a", "b")
    assert [(one.task_args, one.against.difference) for one in found if one.against] == [
        ({"size": 1}, 1.0),
        ({"size": 2}, 0.0),
    ]


async def test_epochs_are_one_sample_each(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [1.0, 0.0, None], "y": [1.0, 1.0, 1.0], "z": [None, None, None]})
    await ran(db, 2, "b", {"x": [0.0, 0.0, 1.0]})
    before, _ = await arms(api, "a", "b")
    assert (before.score, before.stderr) == (0.75, 0.25)
    shown = before.samples
    assert (shown.scored, shown.total, shown.epochs, shown.errors, shown.unscored) == (2, 3, 9, 4, 0)
    assert (before.tokens.total, before.total_time, before.cost) == (27, 18.0, 4.5)


async def test_what_only_one_side_has_is_counted_and_left_out(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [1.0], "y": [1.0], "gone": [0.0], "dead": [0.0]})
    await ran(db, 2, "b", {"x": [1.0], "y": [0.0], "new": [0.0], "new2": [0.0], "dead": [None]})
    _, after = await arms(api, "a", "b")
    paired = after.against
    assert (paired.samples, paired.missing, paired.extra, paired.unscored) == (2, 1, 2, 1)
    assert (paired.difference, paired.worse) == (-0.5, 1)


async def test_flips_name_the_epochs_that_show_them(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"up": [1.0, 0.0, 0.0], "down": [1.0, 1.0, 0.0], "same": [1.0, 1.0, 1.0]})
    await ran(db, 2, "b", {"up": [0.0, 1.0, 1.0], "down": [0.0, 0.0, 1.0], "same": [1.0, 1.0, 0.0]})
    _, quiet = await arms(api, "a", "b")
    assert (quiet.against.better, quiet.against.worse, quiet.against.flips) == (1, 1, ())
    _, after = await arms(api, "a", "b", flips=True)
    down, up = after.against.flips
    assert (down.sample_id, down.before_uuid, down.after_uuid) == ("down", "u1-down-1", "u2-down-1")
    assert (up.sample_id, up.before_uuid, up.after_uuid) == ("up", "u1-up-2", "u2-up-2")
    assert (down.before, down.after) == pytest.approx((2 / 3, 1 / 3))


async def test_numbers_that_are_no_grades_get_better_by_any_step(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.3], "y": [7.0], "z": [1.0]})
    await ran(db, 2, "b", {"x": [0.4], "y": [5.0], "z": [1.0]})
    _, after = await arms(api, "a", "b")
    assert (after.against.graded, after.against.better, after.against.worse) == (False, 1, 1)


async def test_another_scorer_is_compared_by_its_final_scores(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [1.0]})
    await ran(db, 2, "b", {"x": [1.0]}, headline_scorer="other")
    async with db.write() as conn:
        rows = (await conn.execute(select(samples.c.pk, samples.c.log_id))).all()
        for pk, log_id in rows:
            judged = {"sample_pk": pk, "scorer": "judge"}
            await conn.execute(
                insert(scores).values(position=0, intermediate=False, number=float(log_id), **judged)
            )
            await conn.execute(insert(scores).values(position=1, intermediate=True, number=99.0, **judged))
    _, headline = await arms(api, "a", "b")
    assert headline.unpaired == "scored by other here and by match there; choose one with --scorer"
    before, after = await arms(api, "a", "b", scorer="judge")
    assert (before.scorer, before.score, after.score, after.against.difference) == ("judge", 1.0, 2.0, 1.0)
    with pytest.raises(NotFound) as raised:
        await arms(api, "a", "b", scorer="nobody")
    assert raised.value.fix == "Those there are: judge."


async def test_an_eval_by_its_own_id_has_what_its_log_holds(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]}, task_id="t")
    await ran(db, 2, "a", {"x": [1.0]}, task_id="t")
    async with db.write() as conn:
        await conn.execute(samples.update().where(samples.c.log_id == 1).values(current=False))
    (whole, *_) = await arms(api, "a", "eval-1")
    assert (whole.score, whole.samples.epochs) == (1.0, 1)
    _, after = await arms(api, "eval-1", "eval-2")
    assert after.against.difference == 1.0


async def test_an_eval_without_samples_is_shown_as_such(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]})
    await ran(db, 2, "b", {}, status="error")
    _, after = await arms(api, "a", "b")
    assert (after.score, after.samples.total, after.total_time, after.cost) == (None, 0, None, None)
    assert (after.against.samples, after.against.difference, after.against.missing) == (0, None, 1)


async def test_only_what_is_asked_about_is_brought_up_to_date(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]})
    await ran(db, 2, "b", {"x": [0.0]})
    await arms(api, "a", "eval-2")
    assert api.freshened == ["a", "b"]


async def test_ids_that_cannot_be_compared_are_refused(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]})
    with pytest.raises(NotFound, match="no eval set or eval 'b'"):
        await arms(api, "a", "b")
    assert api.freshened == [None]
    with pytest.raises(UsageFault, match="there twice"):
        await arms(api, "a", "a")
    with pytest.raises(InvalidConfig):
        await arms(api, "a")
    with pytest.raises(InvalidConfig):
        await arms(api, *map(str, range(9)))


async def test_a_job_without_results_says_where_to_look(db: Database, api: ResultsApi) -> None:
    await ran(db, 1, "a", {"x": [0.0]})
    named = {"id": "j", "name": "j", "kind": "eval-set", "status": "running", "backend": "local"}
    times = {"created_at": minutes(1), "updated_at": minutes(1)}
    async with db.write() as conn:
        await conn.execute(insert(jobs).values(created_by="ada", launch=1, log_dir="/l", **named, **times))
    with pytest.raises(NotFound, match="j has no results yet") as raised:
        await arms(api, "a", "j")
    assert "hawk status j" in raised.value.fix
