"""Logging in with a browser: decode, call, encode. Mounted where there is a login provider."""

from __future__ import annotations

from hmac import compare_digest
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from hawk.auth.csrf import check_csrf
from hawk.auth.permission import Permission, needs
from hawk.auth.web import attempts
from hawk.auth.web.cookies import CSRF, LOGIN, SESSION, csrf_of, read_cookie, set_cookie
from hawk.auth.web.sessions import Sessions
from hawk.errors import InvalidToken, NotLoggedIn
from hawk.settings import AuthSettings

AnyRequest = Request[Any, Any, Any]
Word = Annotated[str | None, QueryParameter(max_length=4096)]
SaidState = Annotated[str | None, QueryParameter(name="state", max_length=4096)]
Back = Annotated[str | None, QueryParameter(name="return", max_length=1000, description="The page to go to.")]

_AGAIN = "Open /auth/login to begin again."


@get("/login", status_code=302, summary="Begin a login with a browser", opt=needs(Permission.PUBLIC))
async def begin_login(
    request: AnyRequest,
    sessions: NamedDependency[Sessions],
    login: NamedDependency[AuthSettings],
    back: Back = None,
) -> Response[None]:
    """To the login provider, which sends the browser back to ``/auth/callback``."""
    place, attempt = _Place.of(request, login), attempts.new_attempt(back)
    url = await sessions.grants.login_url(attempt, place.callback)
    return _redirect(url, [place.cookie(LOGIN, attempts.written(attempt), attempts.SECONDS)])


@get("/callback", status_code=302, summary="End a login with a browser", opt=needs(Permission.PUBLIC))
async def end_login(
    request: AnyRequest,
    sessions: NamedDependency[Sessions],
    login: NamedDependency[AuthSettings],
    code: Word = None,
    said: SaidState = None,
    error: Word = None,
) -> Response[None]:
    """From the login provider; to the page that the login began at."""
    attempt, place = attempts.read_attempt(read_cookie(request.headers, LOGIN)), _Place.of(request, login)
    if attempt is None or said is None or not compare_digest(said.encode(), attempt.state.encode()):
        raise InvalidToken("This login did not begin in this browser, or took too long.", fix=_AGAIN)
    if error is not None or code is None:
        raise InvalidToken("The login provider did not let you in.", fix=_AGAIN)
    granted = await sessions.grants.exchange(code, attempt, place.callback)
    session = await sessions.begin(granted, attempt)
    return _redirect(
        attempt.back,
        [
            place.cookie(SESSION, session.secret, session.seconds),
            place.cookie(CSRF, session.csrf, session.seconds, readable=True),
            place.cookie(LOGIN, "", 0),
        ],
    )


@post("/refresh", status_code=204, summary="Renew a browser's session", opt=needs(Permission.PUBLIC))
async def renew_session(request: AnyRequest, sessions: NamedDependency[Sessions]) -> None:
    """Asks the login provider what it says of the user now."""
    secret = read_cookie(request.headers, SESSION)
    if secret is None:
        raise NotLoggedIn("This browser is not logged in.", fix=_AGAIN)
    check_csrf(csrf_of(secret), request.headers)
    await sessions.renew(secret)


@post("/logout", status_code=204, summary="End a browser's session", opt=needs(Permission.PUBLIC))
async def log_out(
    request: AnyRequest, sessions: NamedDependency[Sessions], login: NamedDependency[AuthSettings]
) -> Response[None]:
    """Here and at the login provider. A browser that isn't logged in stays so."""
    secret = read_cookie(request.headers, SESSION)
    if secret is not None:
        check_csrf(csrf_of(secret), request.headers)
        await sessions.end(secret)
    place = _Place.of(request, login)
    return Response(None, status_code=204, cookies=[place.cookie(name, "", 0) for name in (SESSION, CSRF)])


class _Place(msgspec.Struct, frozen=True):
    """Hawk's address as browsers know it. ``secure``: over TLS, which a proxy before it may end."""

    url: str

    @classmethod
    def of(cls, request: AnyRequest, login: AuthSettings) -> _Place:
        return cls(login.public_url.rstrip("/") or str(request.base_url).rstrip("/"))

    @property
    def callback(self) -> str:
        return f"{self.url}/auth/callback"

    def cookie(self, name: str, value: str, seconds: float, *, readable: bool = False) -> Cookie:
        secure = urlsplit(self.url).scheme == "https"
        return set_cookie(name, value, secure=secure, seconds=seconds, readable=readable)


def _redirect(url: str, cookies: list[Cookie]) -> Response[None]:
    headers = {"Location": url, "Cache-Control": "no-store"}
    return Response(None, status_code=302, headers=headers, cookies=cookies)


web_router = Router(path="/auth", route_handlers=[begin_login, end_login, renew_session, log_out])
