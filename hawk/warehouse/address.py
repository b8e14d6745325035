"""Where a warehouse is: what a URL says, and how it may be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hawk.errors import Unsupported, UsageFault

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")
_FIX = (
    "Set HAWK_DATABASE_URL to postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:///PATH, or leave it unset."
)


class Address(msgspec.Struct, frozen=True):
    """One database. ``url`` may hold a password; ``text`` doesn't, and is what messages say."""

    dialect: Literal["sqlite", "postgresql"]
    url: str
    text: str
    path: Path | None = None

    def __repr__(self) -> str:
        return f"Address({self.text!r})"


def address_of(url: str) -> Address:
    """The address that a URL gives. Raises Unsupported for another kind of database."""
    if url.startswith(_SQLITE):
        path = Path(url.removeprefix(_SQLITE)).absolute()
        return Address("sqlite", f"{_SQLITE}{path}", str(path), path)
    scheme = url.partition(":")[0]
    if scheme not in _POSTGRESQL:
        raise Unsupported(f"The database {scheme} is not supported.", fix=_FIX)
    parsed = _parsed(url)
    shown = URL.create("postgresql", host=_host(parsed), port=parsed.port, database=parsed.database)
    return Address("postgresql", url, shown.render_as_string())


def driver_url(address: Address) -> URL:
    """What SQLAlchemy takes for a PostgreSQL."""
    return _parsed(address.url).set(drivername="postgresql+psycopg")


def plain_url(address: Address) -> str:
    """What PostgreSQL's own library takes for a PostgreSQL."""
    return _parsed(address.url).set(drivername="postgresql").render_as_string(hide_password=False)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Its own text would quote the URL, with the password in it.
        raise UsageFault("The URL of the database can't be read.", fix=_FIX) from None


def _host(url: URL) -> str | None:
    """The server, wherever in the URL it stands; the first of several."""
    named = url.query.get("host")
    first = named if isinstance(named, str) or named is None else named[0]
    return url.host or first
