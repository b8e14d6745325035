"""Configs of jobs that another Hawk ran: it saved them by the logs, where this one has no record."""

from __future__ import annotations

from typing import Any

from hawk.backends.storage.store import Storage
from hawk.errors import InvalidConfig, NotFound
from hawk.specs.document import read_document
from hawk.specs.problems import invalid

SAVED = ".config.yaml"


async def saved_config(evals: Storage, job_id: str) -> dict[str, Any] | None:
    """The config of an eval set as it was submitted; None where there is none.

    Raises InvalidConfig where it is no map of YAML.
    """
    path = f"{job_id}/{SAVED}"
    try:
        data = await evals.get(path)
    except NotFound:
        return None
    place = evals.url(path)
    try:
        document = read_document(data.decode(), place)
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"{place} is not UTF-8 text: byte {error.start} is wrong.") from error
    if document.problems:
        raise invalid(place, document.problems)
    return document.data
