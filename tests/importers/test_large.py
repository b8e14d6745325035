"""Logs far larger than most: one message of 200 MB, and 100,000 samples in one file."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from hawk.importers.text.pages import open_body
from hawk.importers.text.signature import needle_bits
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs, samples
from hawk.warehouse.tables.text import text_pages
from tests.importers.house import NAME, House, header, members, sample, write_archive

LOG = f"set/{NAME}"
END = "the very end of it"
SIZE = 200_000_000
MANY = 100_000


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_message_of_200_mb_is_kept_to_its_end(house: House) -> None:
    text = ("so many words in a message, " * (SIZE // 28)) + END
    messages = [{"role": "user", "content": text}]
    write_archive(house.evals / LOG, members(sample(1), sample(2, messages=messages), sample(3)))
    del text, messages
    assert house.sync().imported == 1
    size, pages = house.run(size_and_last_pages)
    assert size > SIZE - 100
    (last,) = [page for page in pages if END.encode() in open_body(page.body)]
    assert all(last.signature[bit // 8] >> bit % 8 & 1 for bit in needle_bits(END.encode()))
    assert len(house.rows(samples)) == 3


async def size_and_last_pages(db: Database) -> tuple[int, list[Any]]:
    async with db.read() as conn:
        size = (await conn.execute(select(func.sum(text_pages.c.size)))).scalar_one()
        newest = select(text_pages).order_by(text_pages.c.position.desc()).limit(3)
        return size, list(await conn.execute(newest))


def test_100_000_samples_in_one_file_and_a_few_more(house: House) -> None:
    path = house.evals / LOG
    path.parent.mkdir()
    one = json.dumps(sample("ID"))
    add(path, {"header.json": json.dumps(header())})
    add(path, {f"samples/n{at}_epoch_1.json": one.replace("ID", f"n{at}") for at in range(MANY)})
    assert house.sync().imported == 1
    assert house.run(counted) == (MANY, MANY)
    add(path, {f"samples/m{at}_epoch_1.json": one.replace("ID", f"m{at}") for at in range(10)})
    assert house.sync().imported == 1
    assert house.run(counted) == (MANY + 10, MANY + 10)
    assert house.rows(logs)[0]["state"] == "imported"


def add(path: Path, content: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in content.items():
            archive.writestr(name, text)


async def counted(db: Database) -> tuple[int, int]:
    async with db.read() as conn:
        chosen = select(func.count(), func.count(samples.c.id.distinct())).select_from(samples)
        return tuple((await conn.execute(chosen.where(samples.c.current))).one())
