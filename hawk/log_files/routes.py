"""The API of logs as files: decode, call, encode."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from litestar import Request, Router, get, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, PathParameter, SkipValidation
from litestar.response import Stream

from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.auth.permission import Permission, needs
from hawk.backends.storage.store import Entry
from hawk.errors import ChangedMeanwhile
from hawk.log_files.ranges import wanted_part
from hawk.log_files.service import LogFiles
from hawk.log_files.types import MAX_LOG, LogFileList, TakenLog

_BYTES = "application/octet-stream"
_PART = ResponseSpec(data_container=bytes, description="A part of the log", media_type=_BYTES)

# Inspect's own ids have capital letters. `$` alone lets a newline through in Python.
NewEvalSetId = Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9][-A-Za-z0-9._]{0,99}$(?!\n)")]
EvalSetId = Annotated[str, PathParameter(max_length=1000)]
LogName = Annotated[str, PathParameter(max_length=255, description="The name of its file.")]
Location = Annotated[str, PathParameter(description="Where it is, as evals and samples name their `log`.")]
Seen = NamedDependency[SkipValidation[Access]]
Range = Annotated[str | None, HeaderParameter(name="Range", description="bytes=FIRST-LAST")]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="Only this version of it.")]
IfRange = Annotated[
    str | None, HeaderParameter(name="If-Range", description="All of it, if it isn't this version.")
]
WantDigest = Annotated[
    str | None, HeaderParameter(name="Want-Repr-Digest", description="sha-256=1 for its hash (RFC 9530).")
]


@put(
    "/eval-sets/{eval_set_id:str}/logs/{name:str}",
    request_max_body_size=MAX_LOG,
    summary="Add a log that Hawk did not run",
    opt=needs(Permission.CHANGE),
)
async def take_log(
    eval_set_id: NewEvalSetId,
    name: LogName,
    request: Request[None, None, State],
    log_files: NamedDependency[LogFiles],
    caller: NamedDependency[Caller],
) -> TakenLog:
    """The body is the file. The same file again changes nothing; another of that name is refused."""
    return await log_files.take(eval_set_id, name, request.stream(), caller)


@get(
    "/eval-sets/{eval_set_id:str}/logs",
    summary="The logs of an eval set, as files",
    opt=needs(Permission.VIEW),
)
async def show_logs(
    eval_set_id: EvalSetId, log_files: NamedDependency[LogFiles], access: Seen
) -> LogFileList:
    """All there are for the caller; for an admin those that aren't imported yet, too."""
    return LogFileList(await log_files.of_eval_set(eval_set_id, access))


@get(
    "/logs/{location:path}",
    media_type=_BYTES,
    responses={HTTPStatus.PARTIAL_CONTENT: _PART},
    summary="One log, or a part of it",
    opt=needs(Permission.VIEW),
)
async def send_log(
    location: Location,
    log_files: NamedDependency[LogFiles],
    access: Seen,
    part: Range = None,
    if_match: IfMatch = None,
    if_range: IfRange = None,
    want_digest: WantDigest = None,
) -> Stream:
    """Inspect's own file, byte for byte."""
    entry = await log_files.find(location.removeprefix("/"), access)
    etag = _etag(entry)
    if if_match not in {None, "*", etag}:
        raise ChangedMeanwhile(f"{entry.path} was written meanwhile.", fix="Fetch it again.")
    wanted = wanted_part(part, entry.size) if if_range in {None, etag} else None
    headers = _headers(entry, etag, wanted)
    if want_digest is not None and "sha-256" in want_digest:
        digest = base64.b64encode(await log_files.sha256(entry)).decode()
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    start, length = wanted or (0, entry.size)
    body = await _begun(log_files.stream(entry, start, length))
    status = HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK
    return Stream(body, status_code=status, headers=headers, media_type=_BYTES)


def _headers(entry: Entry, etag: str, wanted: tuple[int, int] | None) -> dict[str, str]:
    start, length = wanted or (0, entry.size)
    name = quote(PurePosixPath(entry.path).name, safe="")
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{entry.size}"
    return headers


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first of them at hand: what is wrong is told before the answer begins."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()


def _etag(entry: Entry) -> str:
    return entry.etag if entry.etag.startswith('"') else f'"{entry.etag}"'


log_files_router = Router(path="/api", route_handlers=[take_log, show_logs, send_log])
