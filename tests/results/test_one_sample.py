"""One sample: its row, its transcript and its bytes, from logs that were imported."""

import shutil
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

from hawk.backends.storage.store import Storage
from hawk.errors import Conflict, HawkError, NotFound
from hawk.importers.sync import sync
from hawk.results.queries.samples import find_sample
from hawk.warehouse.engine import Database
from tests.results.api import EVERYTHING, ResultsApi, results_api
from tests.results.seeding import add, add_evals, eval_row, sample_row


@pytest.fixture
def log(rich_log: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "evals" / "geo-1" / rich_log.name
    copy.parent.mkdir(parents=True)
    return Path(shutil.copy(rich_log, copy))


@pytest.fixture
async def imported(db: Database, log: Path) -> AsyncIterator[ResultsApi]:
    storage = Storage(log.parent.parent.as_uri())
    await bring_in(db, storage)
    async with results_api(db, storage) as opened:
        yield opened


async def bring_in(db: Database, storage: Storage) -> None:
    await sync(db, storage)


def uuids(log: Path) -> dict[str | int, str]:
    return {one.id: one.uuid or "" for one in read_eval_log_sample_summaries(str(log))}


async def test_lists_show_what_the_log_holds(imported: ResultsApi, log: Path) -> None:
    theirs = read_eval_log(str(log), header_only=True)
    (shown,) = (await imported.client.evals()).items
    assert (shown.id, shown.task, shown.model, shown.status) == (
        theirs.eval.eval_id,
        "geo",
        "mockllm/model",
        "success",
    )
    assert shown.log == f"geo-1/{log.name}"
    assert shown.scores["graded"]["mean"] == theirs.results.scores[0].metrics["mean"].value
    samples = (await imported.client.samples(eval_set=shown.eval_set_id)).items
    assert {one.sample_id: one.uuid for one in samples} == uuids(log)
    by_id = {one.sample_id: one for one in samples}
    assert by_id["broken"].status == "error"
    assert by_id[4].scores == {"graded": "C", "measured": 0.25}
    assert by_id[4].score == 1
    assert by_id["unscored"].scores["measured"] is None
    (eval_set,) = (await imported.client.eval_sets()).items
    assert (eval_set.samples.done, eval_set.samples.total, eval_set.samples.errors) == (
        shown.samples.done,
        4,
        1,
    )


async def test_a_transcript_has_its_row_and_its_conversation(imported: ResultsApi, log: Path) -> None:
    uuid = uuids(log)["rich"]
    shown = await imported.client.transcript(uuid)
    assert shown.sample == await imported.client.sample(uuid)
    assert [m.role for m in shown.messages] == [
        "user",
        "assistant",
        "assistant",
        "tool",
        "tool",
        "user",
        "assistant",
    ]
    assert shown.messages[-1].text == "Paris."
    broken = await imported.client.transcript(uuids(log)["broken"])
    assert broken.error == "ValueError('the sandbox fell over')"


async def test_raw_is_the_logs_own_bytes(imported: ResultsApi, log: Path) -> None:
    with zipfile.ZipFile(log) as archive:
        for name, uuid in uuids(log).items():
            assert await imported.client.raw_sample(uuid) == archive.read(f"samples/{name}_epoch_1.json")
    answer = await imported.get(f"/api/samples/{uuids(log)['rich']}/raw")
    assert answer.headers["content-type"].startswith("application/json")


async def test_a_sample_is_found_by_its_id_as_well(imported: ResultsApi, log: Path) -> None:
    by_uuid = await imported.client.sample(uuids(log)[4])
    assert await imported.client.sample(by_uuid.id) == by_uuid


async def test_only_the_samples_own_eval_set_is_brought_up_to_date(imported: ResultsApi, log: Path) -> None:
    await imported.client.sample(uuids(log)["rich"])
    with pytest.raises(NotFound):
        await imported.client.sample("nobody")
    assert imported.freshened == ["geo-1", None]


@pytest.mark.parametrize("what", ["", "/transcript", "/raw"])
async def test_an_unknown_sample_is_not_found(api: ResultsApi, what: str) -> None:
    answer = await api.get(f"/api/samples/Xyz%25'{what}")
    assert answer.status_code == 404
    assert "Xyz%'" in answer.json()["detail"]


async def test_of_several_logs_the_current_sample_is_shown(
    imported: ResultsApi, db: Database, log: Path
) -> None:
    shutil.copy(log, log.with_name(f"zz-{log.name}"))
    await bring_in(db, Storage(log.parent.parent.as_uri()))
    (current,) = [one for one in (await imported.client.samples()).items if one.sample_id == "rich"]
    assert await imported.client.sample(uuids(log)["rich"]) == current
    everything = await imported.page("/api/samples", superseded=True, search="rich")
    assert len(everything["items"]) == 2


async def test_a_uuid_in_several_eval_sets_is_the_newest_current_one(db: Database) -> None:
    await add_evals(db, eval_row(1), eval_row(2, eval_set="b"), eval_row(3, eval_set="c"))
    await add(
        db,
        sample_rows=[
            sample_row(1, uuid="u"),
            sample_row(2, uuid="u", log=2, eval_set="b"),
            sample_row(3, uuid="u", log=3, eval_set="c", current=False),
        ],
    )
    async with db.read() as conn:
        assert (await find_sample(conn, EVERYTHING, "u")).id == "id00000002"


async def test_a_sample_that_left_its_log_is_told_of(imported: ResultsApi, log: Path) -> None:
    uuid = uuids(log)["rich"]
    with zipfile.ZipFile(log, "w") as archive:
        archive.writestr("header.json", "{}")
    for read in (imported.client.transcript, imported.client.raw_sample):
        with pytest.raises(Conflict, match="changed") as gone:
            await read(uuid)
        assert gone.value.fix


@pytest.mark.parametrize("damage", [lambda log: log.unlink(), lambda log: log.write_bytes(b"no zip at all")])
async def test_a_log_that_is_gone_or_damaged_is_told_of(imported: ResultsApi, log: Path, damage) -> None:
    uuid = uuids(log)["rich"]
    damage(log)
    with pytest.raises(HawkError, match="geo-1") as wrong:
        await imported.client.transcript(uuid)
    assert wrong.value.status in {404, 409, 503}
    assert wrong.value.fix
