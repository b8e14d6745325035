"""S3's event notifications from an SQS queue, as the worker takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from hawk.errors import InvalidConfig, Unavailable
from hawk.settings import Settings
from hawk_aws.notifications import keys_of

_WAIT = 20
"""Seconds that a request for messages waits for the first one: the most that SQS takes."""

_AT_ONCE = 10
_TIMEOUT = 30


class SqsEvents:
    """An events source. ``queue_url`` is its one option; region and credentials are the machine's own."""

    def __init__(self, settings: Settings, *, options: Mapping[str, str]) -> None:
        self._queue = _queue_url(options)
        self._bucket, self._prefix = _place(settings.evals_url)
        self._client = _client(self._queue)

    async def changes(self) -> AsyncIterator[SqsChange]:
        """Every change of a log below the folder of logs, for ever."""
        while True:
            for message in await self._call("receive_message", **self._request()):
                for change in await self._changes_of(message):
                    yield change

    async def delete(self, receipt: str) -> None:
        """Take a message off the queue."""
        await self._call("delete_message", ReceiptHandle=receipt)

    def _request(self) -> dict[str, int]:
        return {"MaxNumberOfMessages": _AT_ONCE, "WaitTimeSeconds": _WAIT}

    async def _changes_of(self, message: Mapping[str, str]) -> list[SqsChange]:
        """The changes that a message tells of; one that tells of none is taken off at once."""
        keys = [one.key for one in keys_of(message["Body"]) if one.bucket == self._bucket]
        locations = {key.removeprefix(self._prefix) for key in keys if key.startswith(self._prefix)}
        if not locations:
            await self.delete(message["ReceiptHandle"])
            return []
        told = _Message(self, message["ReceiptHandle"], len(locations))
        return [SqsChange(location, told) for location in sorted(locations)]

    async def _call(self, name: str, **values: Any) -> list[Mapping[str, str]]:
        try:
            answer = await asyncio.to_thread(getattr(self._client, name), QueueUrl=self._queue, **values)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(
                f"The queue {self._queue} can't be used: {error}.",
                fix="Check events.sqs.queue_url in hawk.toml, and the region and credentials in force.",
            ) from error
        return answer.get("Messages", [])


class _Message:
    """A message, taken off the queue when all that it tells of is done."""

    def __init__(self, source: SqsEvents, receipt: str, left: int) -> None:
        self._source = source
        self._receipt = receipt
        self._left = left

    async def one_done(self) -> None:
        self._left -= 1
        if not self._left:
            await self._source.delete(self._receipt)


class SqsChange(msgspec.Struct, frozen=True):
    """One log that changed."""

    location: str
    message: _Message

    async def done(self) -> None:
        """It needn't be told again."""
        await self.message.one_done()


def _queue_url(options: Mapping[str, str]) -> str:
    unknown = options.keys() - {"queue_url"}
    if unknown or not options.get("queue_url"):
        what = f"there is no option {min(unknown)}" if unknown else "queue_url is missing"
        raise InvalidConfig(f"[events.sqs] in hawk.toml is not valid: {what}.", fix="It has queue_url only.")
    return options["queue_url"]


def _place(evals_url: str) -> tuple[str, str]:
    """The bucket of the logs, and what their keys begin with."""
    parts = urlsplit(evals_url)
    if parts.scheme not in {"s3", "s3a"}:
        raise InvalidConfig(
            f"[events.sqs] in hawk.toml is for logs in S3, and they are at {evals_url}.",
            fix="Remove that part, or set INSPECT_LOG_ROOT_DIR to a folder in a bucket.",
        )
    return parts.netloc, f"{unquote(parts.path.strip('/'))}/"


def _client(queue: str) -> Any:
    config = Config(read_timeout=_WAIT + _TIMEOUT, connect_timeout=_TIMEOUT, retries={"mode": "standard"})
    try:
        return Session().create_client("sqs", config=config, region_name=_region(queue))
    except BotoCoreError as error:
        raise Unavailable(f"The queue {queue} can't be used: {error}.") from error


def _region(queue: str) -> str | None:
    """The region in a queue's URL (sqs.REGION.amazonaws.com); None leaves it to the machine's settings."""
    host = (urlsplit(queue).hostname or "").split(".")
    return host[1] if host[0] == "sqs" and len(host) > 3 else None
