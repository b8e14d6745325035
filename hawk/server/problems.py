"""Every error as ``application/problem+json`` (RFC 9457): one format, and never an exception's text."""

from __future__ import annotations

import logging
import uuid
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from hawk.api_version import HEADER, TOLD
from hawk.errors import Busy, FieldProblem, HawkError, InvalidConfig, ServerFault, UsageFault

logger = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]
PROBLEM_JSON = "application/problem+json"


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    fix: str | None = None
    errors: tuple[FieldProblem, ...] = ()


def hawk_problem(request: AnyRequest, error: HawkError) -> Response[bytes]:
    """The answer to an error of the tree."""
    problems = error.problems if isinstance(error, InvalidConfig) else ()
    return _answer(request, error, error.message, error.fix, problems)


def refusal(error: HawkError, path: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The body and the headers of the answer to a request that no route sees."""
    headers = [(b"content-type", PROBLEM_JSON.encode()), (HEADER.lower().encode(), TOLD.encode())]
    if isinstance(error, Busy):
        headers.append((b"retry-after", b"1"))
    return msgspec.json.encode(_body(error, path, error.message, error.fix, ())), headers


def http_problem(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """The answer to what the framework refuses: unknown paths, methods, malformed requests."""
    if isinstance(error, ValidationException):
        problems = _field_problems(error)
        return _answer(request, InvalidConfig("", problems), "The request is not valid.", None, problems)
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return server_problem(request, error)
    title = HTTPStatus(error.status_code).phrase
    body = ProblemBody(
        type="about:blank",
        title=title,
        status=error.status_code,
        detail=_DETAILS.get(error.status_code, error.detail or title),
        instance=request.url.path,
    )
    return _response(body, error.headers)


def depth_problem(request: AnyRequest, error: RecursionError) -> Response[bytes]:
    """The answer to JSON of more levels than a reader can follow; a fault where none came with it."""
    if request.method not in {"POST", "PUT"}:
        return server_problem(request, error)
    return hawk_problem(request, UsageFault("The request has too many lists or objects inside each other."))


def server_problem(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The answer to a fault of Hawk's own: an id that the log has too."""
    fault_id = uuid.uuid4().hex[:12]
    logger.error("fault %s at %s %s", fault_id, request.method, request.url.path, exc_info=error)
    fault = ServerFault(
        f"Hawk made a mistake (fault {fault_id}).",
        fix="Hawk's log (hawk.log in its data folder) has more under that number.",
    )
    return _answer(request, fault, fault.message, fault.fix, ())


_DETAILS: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "Hawk's API has no such path.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The path doesn't take this method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "The request is larger than Hawk takes: 10 MB, a wheel 500 MB, a log 8 GiB."
    ),
}


class _Refusal(msgspec.Struct, frozen=True):
    """What the framework says of one field."""

    key: str = ""
    message: str = ""


def _field_problems(error: ValidationException) -> tuple[FieldProblem, ...]:
    try:
        found = msgspec.convert(error.extra, tuple[_Refusal, ...], strict=False)
    except msgspec.ValidationError:
        found = (_Refusal(message=error.detail),)
    # Of what is missing the framework says no more than its name.
    return tuple(
        FieldProblem(path=one.key, message="is missing" if one.message == repr(one.key) else one.message)
        for one in found
    )


def _answer(
    request: AnyRequest,
    error: HawkError,
    detail: str,
    fix: str | None,
    problems: tuple[FieldProblem, ...],
) -> Response[bytes]:
    return _response(_body(error, request.url.path, detail, fix, problems), None)


def _body(
    error: HawkError, path: str, detail: str, fix: str | None, problems: tuple[FieldProblem, ...]
) -> ProblemBody:
    return ProblemBody(
        type=f"urn:hawk:{type(error).__name__}",
        title=error.title,
        status=error.status,
        detail=detail,
        instance=path,
        fix=fix,
        errors=problems,
    )


def _response(body: ProblemBody, headers: dict[str, str] | None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=body.status,
        media_type=PROBLEM_JSON,
        headers={HEADER: TOLD, **(headers or {})},
    )
