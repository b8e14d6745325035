"""The models that an eval set's job said it may use, where the Hawk that ran it left them by the logs."""

from __future__ import annotations

import logging

import msgspec

from hawk.backends.storage.store import Storage
from hawk.errors import NotFound
from hawk.importers.decoding import Undecodable, clean_text, decode

DECLARED = ".models.json"

logger = logging.getLogger(__name__)


class DeclaredRecord(msgspec.Struct):
    """The file, but for the groups that may use the models."""

    model_names: list[str]


_DECLARED = msgspec.json.Decoder(DeclaredRecord)


async def declared_models(evals: Storage, location: str) -> frozenset[str]:
    """The models declared for the folder of a log; none where nothing tells, or what tells is broken."""
    folder, slash, _ = location.partition("/")
    if not slash:
        return frozenset()
    path = f"{folder}/{DECLARED}"
    try:
        told = decode(await evals.get(path), _DECLARED)
    except NotFound:
        return frozenset()
    except Undecodable as fault:
        logger.warning("%s is left out: %s", evals.url(path), fault)
        return frozenset()
    return frozenset(map(clean_text, told.model_names))
