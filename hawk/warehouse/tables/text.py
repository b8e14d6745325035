"""The text of transcripts, in pages that a search can skip."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table

from hawk.warehouse.columns import RowId
from hawk.warehouse.tables.metadata import metadata

text_pages = Table(
    "text_pages",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("log_id", RowId, ForeignKey("logs.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("entries", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_text_pages_log_id_position", "log_id", "position", unique=True),
)
"""One row a page of a log's text, in the order of ``position``.

``body`` is the entries' text, compressed; ``size`` its bytes before that; ``plain`` says that nothing
in it but ASCII folds to ASCII. ``entries`` says whose each stretch is, ``signature`` which byte 4-grams
the folded text can have: see :mod:`hawk.importers.text`. An entry whose sample's row is gone is dead.
"""
