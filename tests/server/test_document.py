"""The OpenAPI document says what the API does: requests made from it get the answers that it names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hawk.jobs.types import Submission
from hawk.server.app import embedded_app
from hawk.settings import load_settings
from tests.jobs.conftest import SPEC, Stage

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
METHODS = {"get", "post", "put", "delete"}


class Api:
    """The app and its document, in an event loop of its own."""

    def __init__(self, home: Path, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._stack = AsyncExitStack()
        environ = {"HAWK_HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
        opening = self._stack.enter_async_context(embedded_app(load_settings(environ), {"local": Stage()}))
        self.app = runner.run(opening)
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self._http = runner.run(
            self._stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://hawk"))
        )
        self.document: dict[str, Any] = json.loads(self.request("GET", "/api/schema/openapi.json").content)

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._runner.run(self._http.request(method, url, **options))

    def close(self) -> None:
        self._runner.run(self._stack.aclose())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with asyncio.Runner() as runner:
        made = Api(tmp_path_factory.mktemp("api"), runner)
        for n in range(3):
            body = {"key": str(n), "kind": "eval-set", "spec": {**SPEC, "eval_set_id": f"{n}"}}
            assert made.request("POST", "/api/jobs", json=body).status_code == 201
        yield made
        made.close()


def test_every_answer_is_one_that_the_document_names(api: Api) -> None:
    schema = schemathesis.openapi.from_dict(api.document)
    for found in schema.get_all_operations():
        operation = found.ok()

        @examples(
            max_examples=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def asked(case: schemathesis.Case) -> None:
            options = case.as_transport_kwargs(base_url="http://hawk")
            options.pop("cookies", None)
            answer = api.request(**_for_httpx(options))
            case.validate_response(answer, checks=CHECKS)

        asked()


def test_every_problem_is_documented_as_one(api: Api) -> None:
    for operations in api.document["paths"].values():
        for method, operation in operations.items():
            assert method in METHODS
            problems = {c: a for c, a in operation["responses"].items() if c >= "400"}
            assert {"400", "404", "409", "422", "500", "503"} <= problems.keys()
            assert all(
                list(answer["content"]) == ["application/problem+json"] for answer in problems.values()
            )


def test_a_submission_is_documented_with_all_its_fields(api: Api) -> None:
    assert api.document["components"]["schemas"]["Submission"]["properties"].keys() == set(
        Submission.__struct_fields__
    )


def _for_httpx(options: dict[str, Any]) -> dict[str, Any]:
    """What is said to ``requests``, as httpx takes it."""
    data = options.pop("data", None)
    headers = {str(name): str(value) for name, value in dict(options.pop("headers", {})).items()}
    return {**options, "headers": headers, **({"content": data} if data is not None else {})}
