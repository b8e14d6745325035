"""The answers to who may not: told as every problem is, and noted as a denial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from litestar import Response

from hawk.auth.caller import Caller
from hawk.auth.denials import Denials
from hawk.errors import HawkError, Hidden, InvalidToken, NotFound, NotLoggedIn
from hawk.server.problems import AnyRequest, hawk_problem

REALM = 'Bearer realm="hawk"'


def refused(denials: Denials) -> Callable[[AnyRequest, HawkError], Response[bytes]]:
    """What answers to a refusal and notes it."""

    def answer(request: AnyRequest, error: HawkError) -> Response[bytes]:
        why = "may not know of it" if isinstance(error, Hidden) else error.message
        caller: Caller | None = _scope(request).get("user")
        denials.note(caller, _route(request), request.url.path, error.status, why)
        told = NotFound(error.message, error.fix) if isinstance(error, Hidden) else error
        response = hawk_problem(request, told)
        if isinstance(error, NotLoggedIn):
            response.headers["WWW-Authenticate"] = _challenge(error)
        return response

    return answer


def _route(request: AnyRequest) -> str:
    return f"{request.method} {_scope(request).get('path_template') or request.url.path}"


def _scope(request: AnyRequest) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", request.scope)


def _challenge(error: NotLoggedIn) -> str:
    """How to say who asks (RFC 6750, section 3): with what is wrong only where something was said."""
    if not isinstance(error, InvalidToken):
        return REALM
    told = "".join(char for char in error.message if " " <= char <= "~" and char not in '"\\\\')
    return f'{REALM}, error="invalid_token", error_description="{told}"'
