"""What changes who may see what: models that show up, a changed map, a submission, an import, a rebuild."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from hawk.auth.caller import Caller
from hawk.errors import Forbidden, HawkError
from hawk.jobs.types import Resume, Submission
from hawk.recovery.opening import opened
from hawk.recovery.rebuild import rebuild
from hawk.warehouse.eval_sets import owner_of
from hawk.warehouse.tables.access import eval_sets, model_sets
from tests.auth.shared_house import SharedHouse, shared_house
from tests.importers.house import members, sample, write_archive
from tests.jobs.conftest import SPEC, Stage

ANN = Caller(name="ann", groups=frozenset({"g"}))
BOB = Caller(name="bob", groups=frozenset({"g", "h"}))
ROOT = Caller(name="root", admin=True)
MAP = {"openai/a": ["g"], "b": ["h"], "free": []}


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[SharedHouse]:
    async with shared_house(tmp_path, database_url) as opened_house:
        opened_house.said.say(MAP)
        yield opened_house


async def evals(house: SharedHouse, who: Caller) -> set[str]:
    return {one["id"] for one in (await house.page("/api/evals", who, superseded=True))["items"]}


async def jobs(house: SharedHouse, who: Caller) -> set[str]:
    return {one["id"] for one in (await house.page("/api/jobs", who))["items"]}


async def test_a_model_that_shows_up_hides_at_once_and_for_good(house: SharedHouse) -> None:
    house.log("old", "one", "openai/a")
    await house.sync()
    assert await evals(house, ANN) == {"one"}
    house.log("old", "one", "openai/a", "b")
    await house.sync()
    assert (await evals(house, ANN), await evals(house, BOB)) == (set(), {"one"})
    house.log("old", "one", "openai/a")
    await house.sync()
    assert (await evals(house, ANN), await evals(house, BOB)) == (set(), {"one"})


async def test_what_one_log_of_a_job_shows_hides_the_job_and_its_other_logs(house: SharedHouse) -> None:
    await house.job("job", "ann", "openai/a")
    house.log("job", "one", "openai/a")
    house.log("job", "two", "openai/a")
    await house.sync()
    assert (await evals(house, ANN), await jobs(house, ANN)) == ({"one", "two"}, {"job"})
    house.log("job", "two", "openai/a", "b")
    await house.sync()
    assert (await evals(house, ANN), await jobs(house, ANN)) == (set(), set())
    assert (await evals(house, BOB), await jobs(house, BOB)) == ({"one", "two"}, {"job"})


async def test_a_file_that_changed_since_it_was_imported_is_nobodys_but_the_admins(
    house: SharedHouse,
) -> None:
    location = house.log("old", "one", "openai/a")
    await house.sync()
    assert (await house.get(f"/api/logs/{location}", ANN)).status_code == 200
    house.log("old", "one", "openai/a", "b")
    assert (await house.get(f"/api/logs/{location}", ANN)).status_code == 404
    assert (await house.get(f"/api/logs/{location}", ROOT)).status_code == 200


async def test_a_changed_map_shows_and_hides_at_once_and_writes_nothing(house: SharedHouse) -> None:
    house.log("old", "one", "openai/a", "new/m")
    await house.sync()
    assert (await evals(house, ANN), await evals(house, ROOT)) == (set(), {"one"})
    async with house.services.db.read() as conn:
        before = (await conn.execute(select(model_sets))).all()
    house.said.say({**MAP, "m": ["g"]})
    assert await evals(house, ANN) == {"one"}
    house.said.say({**MAP, "m": ["h"]})
    assert (await evals(house, ANN), await evals(house, BOB)) == (set(), {"one"})
    async with house.services.db.read() as conn:
        assert (await conn.execute(select(model_sets))).all() == before


async def test_a_map_in_a_file_is_read_again_when_it_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("models: {openai/a: g}")
    url = f"sqlite:///{tmp_path / 'hawk.db'}"
    async with shared_house(tmp_path, url, HAWK_MODELS_FILE=str(path)) as house:
        house.log("old", "one", "openai/a")
        await house.sync()
        assert await evals(house, ANN) == {"one"}
        path.write_text("models: {openai/a: hh}")
        assert await evals(house, ANN) == set()
        path.write_text("models: [broken")
        assert await evals(house, ANN) == set()
        told = await house.page("/api/models", ROOT)
        assert "not valid" in told["error"]
        assert "not valid" in caplog.text
        assert [one["name"] for one in told["items"]] == ["openai/a"]
        path.write_text("groups: {g-models: [a]}")
        assert await evals(house, Caller(name="x", groups=frozenset({"model-access-g"}))) == {"one"}
        assert (await house.page("/api/models", ROOT))["error"] is None


def submission(key: str, *models: str, eval_set_id: str | None = None, **args: str) -> Submission:
    (tasks,) = SPEC["tasks"]
    task = {**tasks, "items": [{"name": "task", "args": args}]}
    listed = [{"package": "inspect-ai", "items": [{"name": model} for model in models]}] if models else []
    spec = {"tasks": [task], "models": listed}
    return Submission(
        key=key, kind="eval-set", spec=spec | ({"eval_set_id": eval_set_id} if eval_set_id else {})
    )


async def test_a_submission_needs_every_model_that_its_config_names(house: SharedHouse) -> None:
    for refused in (submission("1", "openai/a", "b"), submission("2", "openai/a", judge="openai/unknown")):
        with pytest.raises(Forbidden, match=r"You may not use (b|openai/unknown)"):
            await house.client(ANN).submit(refused)
    assert await jobs(house, ROOT) == set()
    job = await house.client(ANN).submit(submission("3", "openai/a", grader_model="free"))
    assert await jobs(house, ANN) == {job.id}
    house.said.say({**MAP, "openai/a": ["h"]})
    assert await jobs(house, ANN) == set()


async def test_a_resume_is_checked_again(house: SharedHouse) -> None:
    job = await house.client(ANN).submit(submission("1", "openai/a"))
    stage = house.services.backends["local"]
    assert isinstance(stage, Stage)
    stage.show(job.id, state="failed", reason="It crashed.")
    house.said.say({**MAP, "openai/a": ["h"]})
    with pytest.raises(HawkError):
        await house.client(ANN).resume(job.id, Resume(key="2"))
    house.said.say(MAP)
    spec = submission("", "b").spec
    with pytest.raises(Forbidden, match="You may not use b"):
        await house.client(ANN).resume(job.id, Resume(key="3", spec=spec))
    assert (await house.client(ROOT).resume(job.id, Resume(key="4", spec=spec))).launch == 2
    assert (await jobs(house, ANN), await jobs(house, BOB)) == (set(), {job.id})


async def test_a_job_joins_what_its_eval_set_has_already(house: SharedHouse) -> None:
    house.log("mine", "one", "b")
    await house.sync()
    given = submission("1", "openai/a", eval_set_id="mine")
    dirty = Submission(key="1", kind="eval-set", spec=given.spec, log_dir_allow_dirty=True)
    await house.client(ROOT).submit(dirty)
    assert (await jobs(house, ANN), await jobs(house, BOB)) == (set(), {"mine"})


async def test_a_job_without_a_named_model_is_its_owners_until_it_shows_one(house: SharedHouse) -> None:
    job = await house.client(ANN).submit(submission("1"))
    assert (await jobs(house, ANN), await jobs(house, BOB)) == ({job.id}, set())
    house.log(job.id, "one", "free")
    await house.sync()
    assert await jobs(house, BOB) == {job.id}


def bytes_of(tmp_path: Path, name: str, model: str) -> bytes:
    used = {model: {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
    head = {"version": 2, "status": "success", "plan": {"steps": []}}
    spec = {"eval_id": name, "run_id": "r", "created": "2026-01-01T00:00:00+00:00", "task": name}
    head |= {"eval": {**spec, "task_id": name, "model": model, "dataset": {}, "config": {}}}
    content = members(sample(1, uuid=name, model_usage=used), head=head)
    return write_archive(tmp_path / f"{name}.eval", content).read_bytes()


async def put(house: SharedHouse, tmp_path: Path, who: Caller, eval_set: str, name: str, model: str) -> int:
    http = house.client(who)._http
    path = f"/api/eval-sets/{eval_set}/logs/{name}.eval"
    return (await http.put(path, content=bytes_of(tmp_path, name, model))).status_code


async def test_imported_logs_are_their_importers_until_their_models_are_known(
    house: SharedHouse, tmp_path: Path
) -> None:
    assert await put(house, tmp_path, ANN, "theirs", "one", "unknown/x") == 200
    await house.sync()
    assert (await evals(house, ANN), await evals(house, BOB)) == ({"one"}, set())
    house.said.say({**MAP, "x": ["h"]})
    assert (await evals(house, ANN), await evals(house, BOB)) == (set(), {"one"})


async def test_an_eval_set_is_whose_id_it_was_first(house: SharedHouse, tmp_path: Path) -> None:
    assert await put(house, tmp_path, ANN, "theirs", "one", "free") == 200
    assert await put(house, tmp_path, BOB, "theirs", "two", "free") in {403, 404}
    assert await put(house, tmp_path, ROOT, "theirs", "two", "free") == 200
    house.log("nobodys", "three", "free")
    assert await put(house, tmp_path, BOB, "nobodys", "four", "free") in {403, 404}
    async with house.services.db.read() as conn:
        assert await owner_of(conn, "theirs") == "ann"
        assert await owner_of(conn, "nobodys") is None


async def test_a_rebuild_finds_owners_and_declared_models_again(house: SharedHouse, tmp_path: Path) -> None:
    """Also of a job that was deleted: what its config named can't be seen from its logs."""
    deleted = await house.client(BOB).submit(submission("1", "openai/a", "b"))
    kept = await house.client(ANN).submit(submission("2", "openai/a"))
    house.log(deleted.id, "one", "openai/a")
    house.log(kept.id, "two", "openai/a")
    assert await put(house, tmp_path, ANN, "theirs", "three", "unknown/x") == 200
    await house.sync()
    await house.client(ROOT).delete(deleted.id)
    seen = {who.name: (await evals(house, who), await jobs(house, who)) for who in (ANN, BOB, ROOT)}
    assert seen["ann"] == ({"two", "three"}, {kept.id})
    assert seen["bob"] == ({"one", "two"}, {kept.id})
    settings = house.services.settings
    async with house.services.db.write() as conn:
        await conn.execute(eval_sets.delete())
    async with opened(settings) as parts:
        await rebuild(parts.db, parts.places.evals, {}, parts.eval_sets, parts.jobs, lambda done, of: None)
    after = {who.name: (await evals(house, who), await jobs(house, who)) for who in (ANN, BOB, ROOT)}
    assert after == seen


async def test_hawk_models_tells_what_one_may_use(house: SharedHouse) -> None:
    house.log("old", "one", "new/m")
    await house.sync()
    ann, root = await house.client(ANN).models(), await house.client(ROOT).models()
    assert [(one.name, one.groups) for one in ann.items] == [("free", ()), ("openai/a", ("g",))]
    assert (ann.source, ann.mapped) == (None, True)
    assert [(one.name, one.groups) for one in root.items] == [
        ("b", ("h",)),
        ("free", ()),
        ("new/m", None),
        ("openai/a", ("g",)),
    ]
    assert root.source == str(house.said.path)
