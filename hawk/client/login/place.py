"""Where a server's users log in."""

from __future__ import annotations

from typing import TypeVar

import httpx
import msgspec

from hawk.auth.types import AuthConfig
from hawk.client.errors import raise_problem
from hawk.client.secrecy import keeps_secrets
from hawk.errors import Unavailable, UsageFault
from hawk.settings import LoginSettings

T = TypeVar("T")
CONFIG_PATH = "/api/auth/config"
NOT_FOUND = 404
DEFAULT_SCOPES = "openid profile email offline_access"


class LoginPlace(msgspec.Struct, frozen=True):
    """The OIDC provider of a server, and as what the command line is known there."""

    issuer: str
    client_id: str
    audience: str
    scopes: str


class Endpoints(msgspec.Struct, frozen=True):
    """What a provider's discovery document tells (OpenID Connect Discovery 1.0, RFC 8414, RFC 8628)."""

    issuer: str
    token_endpoint: str
    authorization_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    revocation_endpoint: str | None = None
    jwks_uri: str | None = None


async def login_place(url: str, said: LoginSettings) -> LoginPlace | None:
    """Where a server's users log in: as it tells, but for what the settings say. None where nobody does."""
    if said.issuer == "":
        return None
    told = AuthConfig() if said.issuer and said.client_id else await _told(url)
    issuer = said.issuer or told.issuer
    client_id = said.client_id or told.client_id
    if not issuer:
        return None
    if not client_id:
        raise UsageFault(
            f"It isn't known as which client `hawk` logs in at {issuer}.",
            fix="Set HAWK_MODEL_ACCESS_TOKEN_CLIENT_ID, or [auth] client_id in the server's hawk.toml.",
        )
    audience = said.audience if said.audience is not None else told.audience
    return LoginPlace(issuer, client_id, audience or "", said.scopes or told.scopes or DEFAULT_SCOPES)


async def _told(url: str) -> AuthConfig:
    """What a server tells about logging in. Raises Unavailable, and UsageFault for what isn't safe."""
    _check_safe(url)
    async with provider_http() as http:
        try:
            answer = await http.get(f"{url.rstrip('/')}{CONFIG_PATH}")
        except httpx.TransportError as error:
            raise Unavailable(
                f"{url} does not answer ({error or type(error).__name__}).",
                fix="Check HAWK_API_URL and the network.",
            ) from error
    if answer.status_code == NOT_FOUND:
        return AuthConfig()  # A server from before there were logins.
    raise_problem(answer)
    return decode_answer(answer, AuthConfig, url)


def provider_http() -> httpx.AsyncClient:
    """A client for providers. It follows no redirect: what it sends is for who was asked alone."""
    return httpx.AsyncClient(timeout=httpx.Timeout(20, connect=10), follow_redirects=False)


async def discover(http: httpx.AsyncClient, issuer: str, said: LoginSettings) -> Endpoints:
    """The provider's endpoints. Raises Unavailable where it doesn't answer as a provider would."""
    _check_safe(issuer)
    base = issuer.rstrip("/")
    try:
        found = await _discovered(http, issuer, base)
    except Unavailable:
        if not said.token_path:
            raise
        found = Endpoints(issuer, token_endpoint="")  # The paths that are said are all that is known.
    found = _with_paths(found, base, said)
    for url in (getattr(found, name) for name in found.__struct_fields__):
        if url is not None:
            _check_safe(url)
    return found


async def _discovered(http: httpx.AsyncClient, issuer: str, base: str) -> Endpoints:
    answer = await fetched(http, f"{base}/.well-known/openid-configuration")
    found = decode_answer(answer, Endpoints, issuer)
    if found.issuer.rstrip("/") != base:
        raise Unavailable(f"{issuer} says that it is {found.issuer}.", fix="Correct the server's issuer.")
    return found


def _with_paths(found: Endpoints, base: str, said: LoginSettings) -> Endpoints:
    """The endpoints, those that the settings give as paths under the issuer replaced."""
    paths = {
        "device_authorization_endpoint": said.device_code_path,
        "token_endpoint": said.token_path,
        "jwks_uri": said.jwks_path,
    }
    given = {name: f"{base}/{path.lstrip('/')}" for name, path in paths.items() if path}
    return msgspec.structs.replace(found, **given)


async def fetched(http: httpx.AsyncClient, url: str) -> httpx.Response:
    """The answer to a GET. Raises Unavailable where none comes."""
    try:
        return await http.get(url)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise no_answer(url, error) from error


def no_answer(url: str, error: Exception) -> Unavailable:
    """What is said of a provider that is away."""
    host = httpx.URL(url).host or url
    return Unavailable(
        f"{host}, where you log in, does not answer ({error or type(error).__name__}).",
        fix="Check the network, and try again.",
    )


def decode_answer(answer: httpx.Response, shape: type[T], who: str) -> T:
    """The body of a good answer. Raises Unavailable for any other."""
    if not answer.is_success:
        raise Unavailable(f"{who} answered {answer.status_code} to {answer.url.path}.")
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"{who} does not answer {answer.url.path} as it should.", fix="Check HAWK_API_URL and the issuer."
        ) from error


def _check_safe(url: str) -> None:
    if not keeps_secrets(url):
        raise UsageFault(
            f"No login goes by {url}: anybody on the way could read or change it.",
            fix="The server, the issuer and its endpoints need https://.",
        )
