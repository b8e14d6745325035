"""Turns a problem+json answer back into the error that the server raised."""

from __future__ import annotations

import httpx
import msgspec

from hawk import errors
from hawk.client.strangers import not_hawks
from hawk.errors import FieldProblem, HawkError


class Problem(msgspec.Struct, frozen=True):
    """The body of an ``application/problem+json`` answer (RFC 9457), as Hawk writes it."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    instance: str | None = None
    fix: str | None = None
    errors: tuple[FieldProblem, ...] = ()


def raise_problem(answer: httpx.Response) -> None:
    """Do nothing for a good answer, else raise the error that it tells of."""
    if answer.is_success:
        return
    if "problem+json" not in answer.headers.get("content-type", ""):
        raise not_hawks(answer)
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_hawks(answer) from error
    raise error_of(problem)


def error_of(problem: Problem) -> HawkError:
    """The error of the tree that a problem stands for: by its type, else by its status."""
    kind = _KINDS.get(problem.type.rpartition(":")[2])
    if kind is None:
        kind = _by_status(problem.status)
    if issubclass(kind, errors.InvalidConfig):
        return kind(problem.detail, problem.errors, problem.fix)
    return kind(problem.detail, problem.fix)


def _by_status(status: int) -> type[HawkError]:
    known = {
        401: errors.NotLoggedIn,
        403: errors.Forbidden,
        404: errors.NotFound,
        409: errors.Conflict,
        422: errors.InvalidConfig,
        426: errors.VersionSkew,
        500: errors.ServerFault,
    }
    if status in known:
        return known[status]
    return errors.UsageFault if status < 500 else errors.Unavailable


def _subclasses(kind: type[HawkError]) -> list[type[HawkError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in _subclasses(child))]


_KINDS = {kind.__name__: kind for kind in _subclasses(HawkError)}
