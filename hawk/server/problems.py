"""Every error as ``application/problem+json`` (RFC 9457): one format, and never an exception's text."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from hawk.errors import FieldProblem, HawkError, InvalidConfig, ServerFault

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


def http_problem(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """The answer to what the framework refuses: unknown paths, methods, malformed requests."""
    if isinstance(error, ValidationException):
        problems = _field_problems(error)
        return _answer(request, InvalidConfig("", problems), "The request is not valid.", None, problems)
    body = ProblemBody(
        type="about:blank",
        title=error.detail or "Request refused",
        status=error.status_code,
        detail=error.detail or "The request was refused.",
        instance=request.url.path,
    )
    return _response(body, error.headers)


def server_problem(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The answer to a fault of Hawk's own: an id that the log has too."""
    fault_id = uuid.uuid4().hex[:12]
    logger.error("fault %s at %s %s", fault_id, request.method, request.url.path, exc_info=error)
    fault = ServerFault(f"Hawk made a mistake (fault {fault_id}).", fix="Its log has more under that number.")
    return _answer(request, fault, fault.message, fault.fix, ())


class _Refusal(msgspec.Struct, frozen=True):
    """What the framework says of one field."""

    key: str = ""
    message: str = ""


def _field_problems(error: ValidationException) -> tuple[FieldProblem, ...]:
    try:
        found = msgspec.convert(error.extra, tuple[_Refusal, ...], strict=False)
    except msgspec.ValidationError:
        found = (_Refusal(message=error.detail),)
    return tuple(FieldProblem(path=one.key, message=one.message) for one in found)


def _answer(
    request: AnyRequest,
    error: HawkError,
    detail: str,
    fix: str | None,
    problems: tuple[FieldProblem, ...],
) -> Response[bytes]:
    body = ProblemBody(
        type=f"urn:hawk:{type(error).__name__}",
        title=error.title,
        status=error.status,
        detail=detail,
        instance=request.url.path,
        fix=fix,
        errors=problems,
    )
    return _response(body, None)


def _response(body: ProblemBody, headers: dict[str, str] | None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=body.status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )
