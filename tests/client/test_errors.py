"""Every error of the tree comes out of an answer as it went in."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from litestar.testing import RequestFactory

from hawk import errors
from hawk.client.client import decode
from hawk.client.errors import raise_problem
from hawk.errors import FieldProblem, HawkError, InvalidConfig
from hawk.jobs.types import ServerInfo
from hawk.server.problems import hawk_problem

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, HawkError)]
URL = "http://hawk.example/api/server"


def answered(error: HawkError) -> httpx.Response:
    made = hawk_problem(RequestFactory().get("/api/jobs"), error)
    headers = {"content-type": str(made.media_type)}
    request = httpx.Request("GET", URL)
    return httpx.Response(made.status_code or 0, content=made.content, headers=headers, request=request)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_out_as_it_went_in(kind: type[HawkError]) -> None:
    problems = (FieldProblem("tasks[0].name", "is missing", 3, 4), FieldProblem("ü", "\x00"))
    error = kind("What happened.", fix="Do this.")
    if isinstance(error, InvalidConfig):
        error.problems = problems
    with pytest.raises(HawkError) as caught:
        raise_problem(answered(error))
    found = caught.value
    assert type(found) is kind
    assert (found.message, found.fix, found.exit_code) == (error.message, error.fix, error.exit_code)
    assert getattr(found, "problems", None) == getattr(error, "problems", None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "NotLoggedIn"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "UsageFault"),
        (409, "Conflict"),
        (413, "UsageFault"),
        (422, "InvalidConfig"),
        (500, "ServerFault"),
        (502, "Unavailable"),
    ],
)
def test_a_problem_of_an_unknown_type_is_told_by_its_status(status: int, kind: str) -> None:
    body = msgspec.json.encode({"title": "T", "status": status, "detail": "D", "type": "urn:hawk:Newer"})
    headers = {"content-type": "application/problem+json"}
    answer = httpx.Response(status, content=body, headers=headers, request=httpx.Request("GET", URL))
    with pytest.raises(getattr(errors, kind), match="D") as caught:
        raise_problem(answer)
    assert type(caught.value).__name__ == kind


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"<html>"])
def test_an_answer_that_is_not_hawks_is_no_crash(content: bytes) -> None:
    problem = {"content-type": "application/problem+json"}
    for headers in ({}, problem):
        with pytest.raises(errors.Unavailable, match="503"):
            raise_problem(
                httpx.Response(503, content=content, headers=headers, request=httpx.Request("GET", URL))
            )
    with pytest.raises(errors.Unavailable, match="is no server of Hawk's"):
        decode(httpx.Response(200, content=content, request=httpx.Request("GET", URL)), ServerInfo)
