"""Events: a storage that tells of its changes, so that the worker need not look for them.

An event makes an import faster and never right: one that is lost, late, twice or made up does no harm.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Change(Protocol):
    """Something happened to one file below the folder of logs."""

    @property
    def location(self) -> str:
        """Its path below the folder of logs. The file may be gone."""
        ...

    async def done(self) -> None:
        """It was looked at: whoever sent it need not send it again."""
        ...


class EventsSource(Protocol):
    """A place that changes come from."""

    def changes(self) -> AsyncIterator[Change]:
        """Every change, for ever. Raises HawkError where the place can't be reached; it may be asked again.

        What has no meaning here (foreign, malformed) is taken off by the source itself.
        """
        ...
