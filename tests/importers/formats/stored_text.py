"""The text of samples as the warehouse has it."""

from __future__ import annotations

from collections import defaultdict

from hawk.importers.text.pages import decode_owners, open_body, texts_of
from hawk.warehouse.tables.text import text_pages
from tests.importers.house import House


def stored_text(house: House) -> dict[int, str]:
    """All text of each sample, by the key of its row."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in sorted(house.rows(text_pages), key=lambda row: (row["log_id"], row["position"])):
        for owner, text in texts_of(open_body(row["body"]), decode_owners(row["entries"])):
            found[owner.sample].append(text.decode())
    return {sample: "\n".join(texts) for sample, texts in found.items()}
