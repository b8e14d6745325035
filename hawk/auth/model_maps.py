"""Keeps the map of models as its source has it; the last good one where that fails."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime

import msgspec

from hawk.auth.model_map import ModelMap
from hawk.backends.models.protocol import ModelGroups, ModelSource
from hawk.clock import utc_now
from hawk.errors import HawkError

logger = logging.getLogger(__name__)

_NOTHING = ModelMap(ModelGroups({}, ""))
"""What is in force before a map was ever read: every model is the admins' alone."""


class MapStatus(msgspec.Struct, frozen=True):
    """Where the map is from, when it was last seen to be so, and why it can't be had since then."""

    source: str
    read_at: datetime | None = None
    error: str | None = None


class ModelMaps:
    """The map of one source."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._map: ModelMap | None = None
        self._due = 0.0
        self._turn = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None
        self.status = MapStatus(source.place)

    async def current(self) -> ModelMap:
        """The map in force: never older than the source allows, unless that fails or is slow."""
        if time.monotonic() >= self._due:
            if self._map is not None and self._source.seconds:
                self._refresh_meanwhile()
            else:
                await self._refresh()
        return self._map or _NOTHING

    def _refresh_meanwhile(self) -> None:
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        async with self._turn:
            if time.monotonic() < self._due:
                return
            try:
                listing = await self._source.read(self._map.version if self._map else None)
            except HawkError as error:
                self._failed(error)
            else:
                self._map = ModelMap(listing) if listing is not None else self._map
                self.status = MapStatus(self._source.place, utc_now())
            self._due = time.monotonic() + self._source.seconds

    def _failed(self, error: HawkError) -> None:
        text = str(error)
        if text != self.status.error:
            kept = "the last good one stays" if self._map else "every model is the admins' alone"
            logger.warning("the map of models: %s (%s)", text, kept)
        self.status = msgspec.structs.replace(self.status, error=text)
