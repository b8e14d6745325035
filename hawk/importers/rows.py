"""Samples of a log on their way to the tables: numbered, packed into pages, in batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Table

from hawk.importers.decoding import Undecodable
from hawk.importers.records import HeadlineRecord
from hawk.importers.sample_records import SampleRecord
from hawk.importers.samples import SampleRows, final_scores, sample_rows
from hawk.importers.spool import Batch, Spool
from hawk.importers.text.pages import Packer
from hawk.importers.text.sample import entries_of
from hawk.importers.timings import timed
from hawk.importers.values import Row
from hawk.warehouse.columns import Document
from hawk.warehouse.tables.results import sample_usage, samples, scores

LARGEST_DOCUMENT = 32 * 1024 * 1024
"""Bytes of JSON in one value; PostgreSQL takes none of more than 256 MB."""

_BATCH = 500


class Columns:
    """The columns of a table that an import fills, in order, and how rows become tuples of them."""

    def __init__(self, table: Table, without: Iterable[str]) -> None:
        self.table = table
        self.names = [column.name for column in table.columns if column.name not in set(without)]
        self._documents = {column.name for column in table.columns if isinstance(column.type, Document)}

    def values(self, row: Row) -> tuple[Any, ...]:
        """A row as a tuple, its documents as JSON."""
        return tuple(_document(row[name]) if name in self._documents else row[name] for name in self.names)


SAMPLE = Columns(samples, ("pk", "log_id", "eval_set_id", "task_id", "current"))
SCORE = Columns(scores, ("sample_pk",))
USAGE = Columns(sample_usage, ("sample_pk",))


class Collector:
    """Takes the samples of one log one after another, and leaves their rows in a spool."""

    def __init__(
        self,
        spool: Spool,
        packer: Packer,
        location: str,
        headline: HeadlineRecord | None,
        old_scorer: str | None = None,
    ) -> None:
        self._spool = spool
        self._packer = packer
        self._location = location
        self._headline = headline
        self._old_scorer = old_scorer
        self._batch = Batch()
        self._next = 0
        self.count = 0
        self.models: set[str] = set()

    def add(self, record: SampleRecord, name: str | None) -> SampleRows:
        """Take a sample, which should have the ``name`` that its log gives it. Raises Undecodable."""
        record = self._named(record)
        rows = sample_rows(record, self._location, self._headline)
        if name is not None and rows.sample_name != name:
            raise Undecodable(f"it holds another sample, {rows.sample_name}")
        with timed("text"):
            entries = list(entries_of(record, final_scores(record)))
        # Where what follows fails for want of memory, nobody else gets the number: its text has no owner.
        number = self._next
        self._next += 1
        scores = [(number, *SCORE.values(row)) for row in rows.scores]
        usage = [(number, *USAGE.values(row)) for row in rows.usage]
        with timed("text"):
            size = sum(self._packer.add(-1 - number, one.kind, one.index, one.text) for one in entries)
            self._batch.pages += self._packer.full()
        sample = (number, *SAMPLE.values({**rows.sample, "text_size": size}))
        self._batch.samples.append(sample)
        self._batch.scores += scores
        self._batch.usage += usage
        self.count += 1
        self.models |= rows.models
        if len(self._batch.samples) >= _BATCH or len(self._batch.pages) >= _BATCH // 8:
            self._flush()
        return rows

    def _named(self, record: SampleRecord) -> SampleRecord:
        """The sample with the name for its score that only the results of an old log tell."""
        if record.score is None or self._old_scorer is None:
            return record
        return msgspec.structs.replace(record, scores={self._old_scorer: record.score}, score=None)

    def finish(self) -> None:
        """Leave what is not yet in the spool there."""
        with timed("text"):
            self._batch.pages += self._packer.rest()
        self._flush()

    def _flush(self) -> None:
        self._spool.add(self._batch)
        self._batch = Batch()


def _document(value: Any) -> bytes | None:
    if value is None:
        return None
    data = msgspec.json.encode(value)
    return data if len(data) <= LARGEST_DOCUMENT else msgspec.json.encode({"left_out_bytes": len(data)})
