"""What ``hawk db upgrade`` does: the operator's way to bring a database to this Hawk's schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from hawk.warehouse import sqlite
from hawk.warehouse.address import Address, address_of
from hawk.warehouse.faults import database_faults
from hawk.warehouse.schema import HEAD, backup_of, bring_up


class Upgrade(msgspec.Struct, frozen=True):
    """What was done. ``before`` is None where the database was empty; ``backup`` is a copy of before."""

    database: str
    before: str | None
    after: str
    backup: str | None = None


def upgrade_database(url: str, waiting: Callable[[], None]) -> Upgrade:
    """Create or upgrade the tables of a database. ``waiting`` is called where another upgrade is at it."""
    address = address_of(url)
    if address.path is not None:
        return _sqlite(address, address.path)
    from hawk.warehouse.postgresql.schema import upgrade_postgresql

    with database_faults(address):
        return Upgrade(address.text, upgrade_postgresql(address, waiting), HEAD)


def _sqlite(address: Address, path: Path) -> Upgrade:
    sqlite.make_folder(path.parent)
    before = bring_up(path)
    copied = before is not None and before != HEAD
    return Upgrade(address.text, before, HEAD, str(backup_of(path, before)) if copied and before else None)
