"""What goes wrong with a PostgreSQL, in words for users."""

from __future__ import annotations

from typing import Protocol

from hawk.errors import Busy, Unavailable

_AGAIN = "Try again in a moment."
_SEE_LOG = "See the log of the database server."
_SET_URL = "Correct HAWK_DATABASE_URL."

_BUSY = {
    "40001": "was changed by others at the same time",
    "40P01": "was changed by others at the same time",
    "55P03": "is locked by somebody else",
    "57014": "took too long over a statement, or was told to end it",
}
_STATES = {
    "08": ("broke off the connection", _AGAIN),
    "25006": ("may only be read", "Connect to the server that takes writes: it is a standby, or recovering."),
    "25P03": ("broke off a transaction that stood still", _AGAIN),
    "28": ("refuses this user", _SET_URL),
    "3D000": ("does not exist", "Create it, or correct HAWK_DATABASE_URL."),
    "42501": ("may not be used by this user", "Give the user of HAWK_DATABASE_URL its rights on the tables."),
    "53100": ("can't grow: its disk is full", "Free some space on the database server and try again."),
    "53200": ("is out of memory", _SEE_LOG),
    "53300": (
        "takes no more connections",
        "Try again, end some of its clients, or raise its max_connections.",
    ),
    "57P": ("is shutting down or starting", _AGAIN),
    "58": ("has an error of its disk", _SEE_LOG),
    "XX001": ("is damaged", _SEE_LOG),
    "XX002": ("is damaged", _SEE_LOG),
}
_CONNECTING = (
    ("password authentication failed", "28"),
    ("no pg_hba.conf entry", "28"),
    ("no password supplied", "28"),
    ("does not exist", "3D000"),
    ("too many clients", "53300"),
    ("remaining connection slots", "53300"),
    ("too many connections", "53300"),
    ("the database system is", "57P"),
    ("terminating connection", "57P"),
    ("permission denied", "42501"),
)
_UNREACHABLE = "Start it, or correct HAWK_DATABASE_URL."


class _DriverError(Protocol):
    """What is used of psycopg's errors, which are not imported for it."""

    @property
    def sqlstate(self) -> str | None: ...


def fault_of(place: str, error: _DriverError, *, lost: bool) -> Unavailable | None:
    """The error for what psycopg says; None where it says nothing about the database's state.

    ``lost``: the connection is gone, or never was.
    """
    state = error.sqlstate
    if state is None:
        return _without_state(place, str(error)) if lost else None
    if state in _BUSY:
        return Busy(f"The database {place} {_BUSY[state]}.", fix=_AGAIN)
    for length in (5, 3, 2):
        if state[:length] in _STATES:
            return _fault(place, state[:length])
    return _fault(place, "08") if lost else None


def _without_state(place: str, text: str) -> Unavailable:
    """Libpq keeps no state of a connection that was never made: only its text tells."""
    for sign, state in _CONNECTING:
        if sign in text:
            return _fault(place, state)
    reason = text.partition("\n")[0].rpartition("failed: ")[2].strip().rstrip(".")
    return Unavailable(f"The database {place} can't be reached: {reason}.", fix=_UNREACHABLE)


def _fault(place: str, state: str) -> Unavailable:
    what, fix = _STATES[state]
    return Unavailable(f"The database {place} {what}.", fix=fix)
