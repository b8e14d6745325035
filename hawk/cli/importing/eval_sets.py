"""Which eval set a log belongs to that Hawk did not run."""

from __future__ import annotations

import re

from hawk.cli.importing.sources import Source
from hawk.errors import UsageFault
from hawk.importers.decoding import Undecodable
from hawk.importers.directory import ArchiveFault
from hawk.importers.header import read_header
from hawk.importers.records import HeaderRecord
from hawk.specs.ids import id_from

_ID = re.compile(r"[A-Za-z0-9][-A-Za-z0-9._]{0,99}\Z")


async def eval_set_of(source: Source, chosen: str | None) -> str:
    """The id that was chosen, else the log's own, else one made of its folder's name.

    Raises UsageFault, with the reason, where the file is no log of Inspect's.
    """
    try:
        header = await read_header(source.storage, source.entry)
    except (ArchiveFault, Undecodable) as fault:
        raise UsageFault(f"It is no log that can be read: {fault}.") from fault
    name = _own(header) or source.folder
    return chosen or (name if _ID.match(name) and name == _own(header) else id_from(name))


def check_eval_set(name: str) -> None:
    """Raises UsageFault for what can't be the id of an eval set."""
    if not _ID.match(name):
        raise UsageFault(
            f"{name!r} can't be the id of an eval set.",
            fix="Use letters, digits, hyphens, dots and underscores, at most 100 of them.",
        )


def _own(header: HeaderRecord) -> str | None:
    """Inspect's own id of the eval set, else the one that an older deployment noted."""
    noted = (header.eval.metadata or {}).get("eval_set_id")
    return header.eval.eval_set_id or (noted if isinstance(noted, str) else None)
