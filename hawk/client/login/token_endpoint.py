"""A provider's token endpoint (RFC 6749 §5), and what it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
import msgspec

from hawk.client.login.place import decode_answer, no_answer
from hawk.client.login.record import Login
from hawk.errors import HawkError, Unavailable

_UNSAID_LIFETIME = 300.0
"""Seconds that a token is taken to be good for whose provider doesn't say (RFC 6749 lets it)."""


class Granted(msgspec.Struct, frozen=True):
    """Tokens. Of a refresh, without a refresh token where the old one stays good."""

    access_token: str
    expires_in: float | None = None
    refresh_token: str | None = None
    id_token: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """An error of OAuth, by its code."""

    error: str
    error_description: str | None = None

    @property
    def words(self) -> str:
        """What the provider says of it."""
        return self.error_description or self.error.replace("_", " ")


class ProviderBusy(Unavailable):
    """The provider can't answer now: it is overloaded, or in trouble."""


async def ask(
    http: httpx.AsyncClient, url: str, form: Mapping[str, str], auth: tuple[str, str] | None = None
) -> Granted | Refusal:
    """Ask for tokens. Raises ProviderBusy where to ask again may help, and Unavailable for nonsense."""
    try:
        answer = await http.post(url, data=dict(form), auth=auth or httpx.USE_CLIENT_DEFAULT)
    except httpx.TransportError as error:
        raise ProviderBusy(*_said(no_answer(url, error))) from error
    if answer.status_code == 429 or answer.status_code >= 500:
        raise ProviderBusy(
            f"{answer.url.host}, where you log in, answered {answer.status_code}.", fix="Try again."
        )
    if answer.is_success:
        return decode_answer(answer, Granted, answer.url.host)
    try:
        return msgspec.json.decode(answer.content, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decode_answer(answer, Refusal, answer.url.host)


def renewed(login: Login, granted: Granted) -> Login:
    """A login with the tokens of a refresh: a new refresh token takes the place of the old (rotation)."""
    lifetime = lifetime_of(granted)
    return msgspec.structs.replace(
        login,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token or login.refresh_token,
        expires_at=time.time() + lifetime,
        lifetime=lifetime,
    )


def lifetime_of(granted: Granted) -> float:
    """How long an access token is good for, in seconds."""
    return _UNSAID_LIFETIME if granted.expires_in is None else max(granted.expires_in, 0.0)


def _said(error: HawkError) -> tuple[str, str | None]:
    return error.message, error.fix
