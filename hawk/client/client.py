"""The typed client of Hawk's HTTP API: what the CLI speaks, and what Python programs may use."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from hawk.auth.model_types import UsableModels
from hawk.auth.types import WhoAmI
from hawk.client.errors import raise_problem
from hawk.client.skew import clock_ahead, not_understood
from hawk.errors import NotFound, Unavailable
from hawk.importers.text.entries import Kind
from hawk.jobs.types import (
    JobDetail,
    JobList,
    JobSpec,
    Logs,
    Resume,
    ServerInfo,
    Stop,
    Submission,
    WebConfig,
)
from hawk.log_files.types import LogFile, LogFileList, TakenLog
from hawk.results.comparison.types import Comparison
from hawk.results.search.types import HitList
from hawk.results.types import (
    PENDING_HEADER,
    EvalList,
    EvalSetList,
    Facets,
    Sample,
    SampleList,
    Transcript,
)
from hawk.results.usage.types import By, UsageReport

T = TypeVar("T")
JSON = {"Content-Type": "application/json"}
Query = dict[str, str | int | float | bool | Sequence[str] | None]

PIECE = 8 * 1024 * 1024
"""Bytes of a log that one request fetches: in this process an answer is in memory as a whole."""

_PIECE = 1024 * 1024

THOROUGH = httpx.Timeout(330, connect=10)
"""For questions that look at much: longer than a server takes over an answer before it gives up."""

LONG = httpx.Timeout(3600, connect=10)
"""For requests about the bytes of large logs, which the other side reads before it answers."""


class HawkClient:
    """One server's API, over whichever transport ``http`` has. See :func:`hawk.client.connect`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.pending_imports = 0
        """Logs that the newest answer could not take into account yet."""
        self.clock_ahead: float | None = None
        """Seconds by which this machine's clock was ahead of the server's at the newest answer."""

    async def server(self) -> ServerInfo:
        """Who answers, and what it can run."""
        return await self._get("/api/server", ServerInfo)

    async def whoami(self) -> WhoAmI:
        """Whom the server takes this client for."""
        return await self._get("/api/auth/whoami", WhoAmI)

    async def models(self) -> UsableModels:
        """The models that the caller may use, and the groups that they need."""
        return await self._get("/api/models", UsableModels)

    async def web_config(self) -> WebConfig:
        """What pages need to know, and where they are."""
        return await self._get("/api/web/config", WebConfig)

    async def has_package(self, sha256: str, name: str) -> bool:
        """Whether a wheel is where a submission can name it."""
        try:
            raise_problem(await self._http.get(f"/api/packages/{sha256}/{_segment(name)}"))
        except NotFound:
            return False
        return True

    async def upload_package(self, sha256: str, wheel: Path) -> None:
        """Put a wheel where a submission can name it; putting it again changes nothing."""
        answer = await self._http.put(
            f"/api/packages/{sha256}/{_segment(wheel.name)}",
            content=_pieces(wheel),
            headers={"Content-Length": str(wheel.stat().st_size)},
            timeout=LONG,
        )
        raise_problem(answer)

    async def submit(self, submission: Submission) -> JobDetail:
        """Start a job. The same key again gives the same job."""
        return await self._post("/api/jobs", submission, JobDetail)

    async def jobs(
        self,
        *,
        mine: bool = False,
        since: str | None = None,
        status: str | None = None,
        search: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
        total: bool = False,
    ) -> JobList:
        """Jobs, newest first. ``since`` is an RFC 3339 time or an age such as ``2d``."""
        query: Query = {
            "mine": mine or None,
            "since": since,
            "status": status,
            "search": search,
            "limit": limit,
            "cursor": cursor,
            "total": total or None,
        }
        return await self._get("/api/jobs", JobList, query)

    async def job(self, job_id: str) -> JobDetail:
        """One job, with its attempts, its progress and what explains its state."""
        return await self._get(f"/api/jobs/{_segment(job_id)}", JobDetail)

    async def spec(self, job_id: str) -> JobSpec:
        """The saved config of a job."""
        return await self._get(f"/api/jobs/{_segment(job_id)}/spec", JobSpec)

    async def logs(self, job_id: str, *, after: int | None = None, last: int | None = None) -> Logs:
        """Output of a job: what came after a cursor, or the last lines."""
        return await self._get(f"/api/jobs/{_segment(job_id)}/logs", Logs, {"after": after, "last": last})

    async def stop(self, job_id: str, stop: Stop) -> JobDetail:
        """Ask for the end of a job or of one sample; answers before it is reached."""
        return await self._post(f"/api/jobs/{_segment(job_id)}/stop", stop, JobDetail)

    async def resume(self, job_id: str, resume: Resume) -> JobDetail:
        """Launch an ended job again; finished samples are kept."""
        return await self._post(f"/api/jobs/{_segment(job_id)}/resume", resume, JobDetail)

    async def delete(self, job_id: str) -> None:
        """End a job and remove what its backend keeps of it. Its logs stay."""
        raise_problem(await self._http.delete(f"/api/jobs/{_segment(job_id)}"))

    async def eval_sets(
        self,
        *,
        since: str | None = None,
        search: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> EvalSetList:
        """Eval sets, newest first."""
        query: Query = {"since": since, "search": search, "limit": limit, "cursor": cursor}
        return await self._get("/api/eval-sets", EvalSetList, query)

    async def evals(
        self,
        *,
        eval_set: str | None = None,
        task: str | None = None,
        model: str | None = None,
        solver: str | None = None,
        status: str | None = None,
        created_by: str | None = None,
        tag: str | None = None,
        since: str | None = None,
        until: str | None = None,
        search: str | None = None,
        superseded: bool = False,
        sort: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> EvalList:
        """Evals (the newest log of each task, unless ``superseded``), newest first if no ``sort`` is said."""
        query: Query = {
            "eval_set": eval_set,
            "task": task,
            "model": model,
            "solver": solver,
            "status": status,
            "created_by": created_by,
            "tag": tag,
            "since": since,
            "until": until,
            "search": search,
            "superseded": superseded or None,
            "sort": sort,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._get("/api/evals", EvalList, query)

    async def samples(
        self,
        *,
        eval_set: str | None = None,
        eval_id: str | None = None,
        task: str | None = None,
        model: str | None = None,
        solver: str | None = None,
        created_by: str | None = None,
        status: str | None = None,
        ended_by: str | None = None,
        sample_id: str | None = None,
        epoch: int | None = None,
        score_min: float | None = None,
        score_max: float | None = None,
        scorer: str | None = None,
        invalidated: bool | None = None,
        since: str | None = None,
        until: str | None = None,
        search: str | None = None,
        superseded: bool = False,
        sort: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> SampleList:
        """Samples (those that count, unless ``superseded``), newest first if no ``sort`` is said.

        ``ended_by`` is the name of a limit; ``score_min`` and ``score_max`` bound the headline score.
        """
        query: Query = {
            "eval_set": eval_set,
            "eval": eval_id,
            "task": task,
            "model": model,
            "solver": solver,
            "created_by": created_by,
            "status": status,
            "ended_by": ended_by,
            "sample_id": sample_id,
            "epoch": epoch,
            "score_min": score_min,
            "score_max": score_max,
            "scorer": scorer,
            "invalidated": invalidated,
            "since": since,
            "until": until,
            "search": search,
            "superseded": superseded or None,
            "sort": sort,
            "limit": limit,
            "cursor": cursor,
        }
        return await self._get("/api/samples", SampleList, query)

    async def facets(
        self,
        *,
        eval_set: str | None = None,
        task: str | None = None,
        model: str | None = None,
        solver: str | None = None,
        created_by: str | None = None,
        top: int = 50,
    ) -> Facets:
        """What tasks, models and so on there are to filter by, those with the most samples first."""
        query: Query = {
            "eval_set": eval_set,
            "task": task,
            "model": model,
            "solver": solver,
            "created_by": created_by,
            "top": top,
        }
        return await self._get("/api/facets", Facets, query)

    async def sample(self, uuid: str) -> Sample:
        """One sample's row."""
        return await self._get(f"/api/samples/{_segment(uuid)}", Sample)

    async def transcript(self, uuid: str) -> Transcript:
        """One sample, whole, for a reader."""
        return await self._get(f"/api/samples/{_segment(uuid)}/transcript", Transcript)

    async def raw_sample(self, uuid: str) -> bytes:
        """One sample as it stands in its log: Inspect's own JSON."""
        answer = await self._http.get(f"/api/samples/{_segment(uuid)}/raw")
        raise_problem(answer)
        return answer.content

    async def log_files(self, eval_set: str) -> tuple[LogFile, ...]:
        """All logs of an eval set, as files. Raises NotFound where there are none."""
        return (await self._get(f"/api/eval-sets/{_segment(eval_set)}/logs", LogFileList)).items

    async def take_log(self, eval_set: str, name: str, size: int, body: AsyncIterator[bytes]) -> TakenLog:
        """Add a log of ``size`` bytes to an eval set; the same file again changes nothing."""
        answer = await self._http.put(
            f"/api/eval-sets/{_segment(eval_set)}/logs/{_segment(name)}",
            content=body,
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
            timeout=LONG,
        )
        return decode(answer, TakenLog)

    async def log_bytes(self, log: str) -> AsyncIterator[bytes]:
        """A log in pieces, all of one version. Raises ChangedMeanwhile where there is a newer one."""
        start, etag = 0, None
        while True:
            headers = {"Range": f"bytes={start}-{start + PIECE - 1}", **({"If-Match": etag} if etag else {})}
            answer = await self._http.get(_log_path(log), headers=headers, timeout=LONG)
            raise_problem(answer)
            size, etag = _size_of(answer), answer.headers.get("ETag")
            piece = answer.content
            # An answer and its stream hold each other: the piece would stay until the collector comes by.
            answer.stream = httpx.ByteStream(b"")
            yield piece
            start += len(piece)
            if start >= size:
                return
            if not piece or etag is None:
                raise Unavailable(f"{log} was cut off on its way.", fix="Fetch it again.")

    async def log_sha256(self, log: str) -> bytes:
        """The hash of a log's bytes."""
        headers = {"Want-Repr-Digest": "sha-256=1", "Range": "bytes=0-0"}
        answer = await self._http.get(_log_path(log), headers=headers, timeout=LONG)
        raise_problem(answer)
        found = _SHA256.match(answer.headers.get("Repr-Digest", ""))
        return base64.b64decode(found[1]) if found else b""

    async def search(
        self,
        text: str,
        *,
        regex: bool = False,
        case: bool = False,
        role: Sequence[Kind] = (),
        eval_set: str | None = None,
        task: str | None = None,
        model: str | None = None,
        since: str | None = None,
        superseded: bool = False,
        limit: int = 50,
        cursor: str | None = None,
        total: bool = False,
    ) -> HitList:
        """Messages that have a text, those of the newest evals first."""
        query: Query = {
            "q": text,
            "regex": regex or None,
            "case": case or None,
            "role": role or None,
            "eval_set": eval_set,
            "task": task,
            "model": model,
            "since": since,
            "superseded": superseded or None,
            "limit": limit,
            "cursor": cursor,
            "total": total or None,
        }
        return await self._get("/api/search", HitList, query, THOROUGH)

    async def compare(
        self, ids: Sequence[str], *, scorer: str | None = None, flips: bool = False
    ) -> Comparison:
        """Eval sets or evals side by side, all against the first."""
        query: Query = {"id": ids, "scorer": scorer, "flips": flips or None}
        return await self._get("/api/compare", Comparison, query, THOROUGH)

    async def usage(
        self,
        by: Sequence[By] = (),
        *,
        since: str | None = None,
        until: str | None = None,
        eval_set: str | None = None,
        model: str | None = None,
    ) -> UsageReport:
        """Tokens and their cost, grouped; by model where nothing is said."""
        query: Query = {
            "by": by or None,
            "since": since,
            "until": until,
            "eval_set": eval_set,
            "model": model,
        }
        return await self._get("/api/usage", UsageReport, query, THOROUGH)

    async def _get(
        self, path: str, shape: type[T], query: Query | None = None, patience: httpx.Timeout | None = None
    ) -> T:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        answer = await self._http.get(path, params=given, timeout=patience or httpx.USE_CLIENT_DEFAULT)
        self.clock_ahead = clock_ahead(answer)
        pending = int(answer.headers.get(PENDING_HEADER, "0"))
        # What the first page of a list could not take into account, the others can't either.
        self.pending_imports = max(pending, self.pending_imports) if "cursor" in given else pending
        return decode(answer, shape)

    async def _post(self, path: str, body: msgspec.Struct, shape: type[T]) -> T:
        content = msgspec.json.encode(body)
        answer = await self._http.post(path, content=content, headers=JSON)
        return decode(answer, shape)


_SHA256 = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):\Z")
_TOTAL = re.compile(r"bytes \d+-\d+/(\d+)\Z")


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as content:
        while piece := await asyncio.to_thread(content.read, _PIECE):
            yield piece


def _size_of(answer: httpx.Response) -> int:
    """How large the file is that an answer has a part of."""
    found = _TOTAL.match(answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else len(answer.content)


def _log_path(log: str) -> str:
    return f"/api/logs/{quote(log)}"


def _segment(name: str) -> str:
    """A name as one segment of a path, whatever is in it."""
    return quote(name, safe="")


def decode(answer: httpx.Response, shape: type[T]) -> T:
    """The body of a good answer as ``shape``; a problem is raised as the error that it stands for."""
    raise_problem(answer)
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_understood(answer) from error
