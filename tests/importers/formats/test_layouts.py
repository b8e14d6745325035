"""Other layouts of the same log: samples that Inspect split into chunks, and shards beside their merged log."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hawk.warehouse.tables.results import evals, samples
from tests.importers.formats.releases import RELEASES, logs_of
from tests.importers.formats.stored_text import stored_text
from tests.importers.formats.test_releases_agree import agree, of, same_samples
from tests.importers.house import House

CHUNKED = {"0.3.43", "0.3.94", "0.3.199", "0.3.204", "newest"}


@pytest.mark.parametrize(
    "release", [one for one in RELEASES if one.version in CHUNKED], ids=lambda one: one.version
)
def test_a_log_in_chunks_says_what_it_said_whole(release: Any, house: House, log_cache: Path) -> None:
    """Inspect has no reader for chunks yet; what it reads of the log before is what counts."""
    from inspect_ai.log import read_eval_log

    (whole,) = (logs_of(release, log_cache) / "eval").glob("*.eval")
    split(whole, house.evals / "set")
    assert house.sync().imported == 1
    (row,) = house.rows(evals)
    same_samples(house, row, read_eval_log(str(whole), resolve_attachments=True))


def test_chunks_of_any_size_give_the_same_text(house: House, log_cache: Path) -> None:
    (whole,) = (logs_of(RELEASES[-1], log_cache) / "eval").glob("*.eval")
    for size in (1, 3, 1000):
        split(whole, house.evals / f"by-{size}", size)
    house.sync()
    texts = stored_text(house)
    told = [
        {row["id"]: texts[row["pk"]] for row in of(house, samples, eval_set_id=f"by-{size}")}
        for size in (1, 3, 1000)
    ]
    assert sorted(told[0].values()) == sorted(told[1].values()) == sorted(told[2].values())


def test_shards_count_once_beside_their_merged_log(house: House, log_cache: Path) -> None:
    (whole,) = (logs_of(RELEASES[-1], log_cache) / "eval").glob("*.eval")
    folder = house.evals / "set"
    shard = folder / f"{whole.stem}.shards" / "0"
    shard.mkdir(parents=True)
    shutil.copy(whole, folder)
    shutil.copy(whole, shard)
    agree(house)
    rows = house.rows(samples)
    current = [row for row in rows if row["current"]]
    assert len({(row["sample_id"], row["epoch"]) for row in rows}) == len(current) == len(rows) // 2


def test_an_old_log_keeps_the_id_that_inspect_makes_for_it(house: House, log_cache: Path) -> None:
    """Inspect makes it of the time in UTC, however the log has it."""
    (first,) = (logs_of(RELEASES[0], log_cache) / "json").glob("*.json")
    for number, created in enumerate(
        ("2024-06-01T10:00:00", "2024-06-01T10:00:00Z", "2024-06-01T10:00:00+02:00")
    ):
        log = json.loads(first.read_text())
        log["eval"]["created"] = created
        path = house.evals / f"set-{number}" / first.name
        path.parent.mkdir()
        path.write_text(json.dumps(log))
    agree(house)


def split(log: Path, folder: Path, size: int = 2) -> None:
    """Split the samples of a log by Inspect's own converter."""
    script = (
        "import sys; from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked as convert; "
        "convert(sys.argv[1], sys.argv[2], chunk_size=int(sys.argv[3]), attachments_chunk_bytes=500)"
    )
    command = [sys.executable, "-c", script, str(log), str(folder), str(size)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
