"""Whatever bytes there are: a result or a fault, never anything else."""

import io
import json
import math
import zipfile
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hawk.importers.attachments import Attachments
from hawk.importers.decoding import Undecodable, clean, clean_text, decode
from hawk.importers.directory import (
    TAIL,
    ArchiveFault,
    Member,
    find_directory,
    find_wide_end,
    parse_directory,
)
from hawk.importers.evals import eval_rows
from hawk.importers.inflate import unpack
from hawk.importers.records import HEADER
from hawk.importers.rows import Collector
from hawk.importers.sample_records import SAMPLE
from hawk.importers.samples import SampleRows
from hawk.importers.spool import Spool
from hawk.importers.text.entries import Entry
from hawk.importers.text.messages import MessageReader
from hawk.importers.text.pages import Packer, decode_owners, encode_owners, open_body, texts_of
from hawk.importers.text.records import MessageRecord
from hawk.importers.text.sample import entries_of
from hawk.importers.values import parse_time, score_number
from tests.importers.house import header, sample

NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=20
)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def directory_of(archive: bytes) -> dict[str, Member]:
    tail = archive[-TAIL:]
    span = find_wide_end(tail, len(archive))
    wide = archive[span.start : span.start + span.length] if span else None
    where = find_directory(tail, len(archive), wide)
    return parse_directory(archive[where.start : where.start + where.length])


def packed(content: dict[str, bytes], comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return target.getvalue()


def read_all(archive: bytes) -> dict[str, bytes]:
    return {name: unpack(member, archive[member.offset :]) for name, member in directory_of(archive).items()}


@given(
    st.dictionaries(NAMES, st.binary(max_size=200), max_size=5),
    st.binary(max_size=30) | st.just(b"PK\x05\x06" * 3),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_an_archive_gives_back_what_was_put_in(
    content: dict[str, bytes], comment: bytes, method: int
) -> None:
    if comment.startswith(b"PK"):
        comment = b""
    assert read_all(packed(content, comment, method)) == content


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_archive_is_a_fault_or_what_it_was(data: st.DataObject) -> None:
    content = {"samples/1_epoch_1.json": b"{}" * 40, "header.json": b"[]" * 9}
    archive = bytearray(packed(content))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_all(bytes(archive))
    except ArchiveFault:
        return
    assert all(value in content.values() for value in found.values())


@given(st.binary(max_size=300))
@example(b"PK\x05\x06" + b"\xff" * 18)
@example(b"PK\x06\x07" + b"\0" * 16 + b"PK\x05\x06" + b"\xff" * 16 + b"\0\0")
def test_any_bytes_are_an_archive_or_a_fault(archive: bytes) -> None:
    try:
        read_all(archive)
    except ArchiveFault:
        return


def imported(data: bytes) -> tuple[SampleRows, list[Entry]]:
    """What an import makes of a sample's JSON: its rows, and its text as the pages give it back."""
    spool = Spool()
    record = decode(data, SAMPLE)
    collector = Collector(spool, Packer(), "set/x.eval", None)
    rows = collector.add(record, None)
    collector.finish()
    found: list[Entry] = []
    for page in (page for batch in spool for page in batch.pages):
        owners = decode_owners(encode_owners(page.owners, [one.sample for one in page.owners]))
        for owner, text in texts_of(open_body(page.body), owners):
            assert owner.sample == -1
            found.append(Entry(owner.kind, owner.index, text.decode()))
    spool.close()
    assert found == list(entries_of(record, record.scores or {}))
    return rows, found


@given(st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_sample_or_a_fault(data: bytes) -> None:
    try:
        imported(data)
    except Undecodable:
        return


@given(st.sampled_from(sorted(sample(1))), JSON)
def test_any_value_of_any_field_of_a_sample(field: str, value: Any) -> None:
    data = json.dumps(sample(1) | {field: value}).encode()
    try:
        rows, text = imported(data)
    except Undecodable:
        return
    assert_storable([rows.sample, rows.scores, rows.usage, [one.text for one in text]])


@given(st.sampled_from(sorted(header()["eval"])), JSON)
def test_any_value_of_any_field_of_a_header(field: str, value: Any) -> None:
    text = json.dumps(header(eval={field: value})).encode()
    try:
        rows = eval_rows(decode(text, HEADER))
    except Undecodable:
        return
    assert_storable([rows.eval, rows.usage])


COUNTS = st.integers(-(10**400), 10**400) | st.floats() | st.none()


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=4))
def test_any_number_of_tokens_and_any_price(used: list[tuple[Any, Any]]) -> None:
    usage = {str(at): {"input_tokens": count, "total_cost": cost} for at, (count, cost) in enumerate(used)}
    rows, _ = imported(json.dumps(sample(1, model_usage=usage)).encode())
    assert_storable([rows.sample, rows.usage])
    assert 0 <= rows.sample["tokens_input"] < 2**63 // 10**5


def assert_storable(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            assert_storable(item)
    elif isinstance(value, list):
        for item in value:
            assert_storable(item)
    elif isinstance(value, str):
        assert "\0" not in value
        value.encode()
    elif isinstance(value, float):
        assert math.isfinite(value)


@given(JSON)
def test_a_cleaned_value_can_be_encoded_and_stays_as_it_is(value: Any) -> None:
    once = clean(value)
    assert_storable(once)
    assert clean(once) == once
    msgspec.json.encode(once)


def test_halves_of_characters_and_nuls_go_and_nothing_else_does() -> None:
    assert clean_text("a\0b\ud800ü😀") == "ab?ü😀"


@given(
    st.sampled_from(["C", "I", "P", "N", "yes", "No", "TRUE", "false", "1.5", "-2", "1e3"])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**60), 2**60)
    | st.booleans()
)
def test_a_scores_number_is_inspects(value: Any) -> None:
    from inspect_ai.scorer import value_to_float

    assert score_number(value) == value_to_float()(value)


@given(JSON | st.text(max_size=6))
def test_a_score_has_a_number_or_none(value: Any) -> None:
    number = score_number(value)
    assert number is None or math.isfinite(number)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_as_it_was_written(time: datetime) -> None:
    assert parse_time(time.isoformat()) == time
    assert parse_time(time.isoformat().replace("+00:00", "Z")) == time
    assert parse_time(time.replace(tzinfo=None).isoformat()) == time


@given(st.text(max_size=30))
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-14:00")
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.tzinfo is UTC


def test_reasoning_beside_the_content_is_searchable() -> None:
    message = MessageRecord(role="assistant", content="said", reasoning="thought")
    found = MessageReader(Attachments({})).entries(message, 3)
    assert [(one.kind, one.index, one.text) for one in found] == [
        ("assistant", 3, "said"),
        ("reasoning", 3, "thought"),
    ]
