"""Why no answer came, in words: each cause that a user can mend has its own."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from hawk.errors import HawkError, NoAnswer, Unavailable, UsageFault

_OTHERWISE = "or use `--server local` for this machine"

E = TypeVar("E", bound=BaseException)


def unreachable(url: str, error: httpx.TransportError) -> HawkError:
    """The error to raise for a request to ``url`` that got no answer."""
    host = urlsplit(url).hostname or url
    if isinstance(error, httpx.UnsupportedProtocol):
        return UsageFault(f"{url!r} is not the URL of a server.", fix="Check HAWK_API_URL: https://HOST.")
    if isinstance(error, httpx.ProxyError):
        return _refused_by_proxy(url, error)
    if isinstance(error, httpx.TimeoutException):
        return _too_slow(url, error)
    if isinstance(error, httpx.ConnectError):
        return _not_connected(url, host, error)
    return NoAnswer(
        f"{url} cut the connection before it answered.",
        fix="Try again; the server may be restarting, or it is no web server at all.",
    )


def is_passing(error: httpx.TransportError) -> bool:
    """Whether the same request may well be answered a moment later."""
    lasting = (socket.gaierror, ssl.SSLError)
    kinds = (httpx.UnsupportedProtocol, httpx.ProxyError, httpx.TimeoutException)
    return not isinstance(error, kinds) and not any(_cause(error, kind) for kind in lasting)


def _not_connected(url: str, host: str, error: httpx.ConnectError) -> HawkError:
    if _cause(error, socket.gaierror):
        return Unavailable(
            f"There is no machine named {host}, or no name server answers.",
            fix=f"Check HAWK_API_URL and the network (a VPN?), {_OTHERWISE}.",
        )
    if refusal := _cause(error, ssl.SSLError):
        return _no_tls(url, host, refusal)
    return NoAnswer(
        f"{url} does not answer: nothing listens there.",
        fix=f"Check HAWK_API_URL and whether the server runs, {_OTHERWISE}.",
    )


def _too_slow(url: str, error: httpx.TimeoutException) -> HawkError:
    if isinstance(error, httpx.ConnectTimeout):
        return NoAnswer(
            f"{url} can't be reached: no sign of it came in time.",
            fix=f"Check HAWK_API_URL and the network (a VPN, a firewall?), {_OTHERWISE}.",
        )
    return NoAnswer(f"{url} took the request and did not answer in time.", fix="Try again a little later.")


def _refused_by_proxy(url: str, error: httpx.ProxyError) -> HawkError:
    if "407" in str(error):
        return Unavailable(
            f"The proxy on the way to {url} wants a user and a password (407).",
            fix="Put them into HTTPS_PROXY (http://USER:PASSWORD@PROXY), or set NO_PROXY for the server.",
        )
    return Unavailable(
        f"The proxy on the way to {url} does not let it through: {error}.",
        fix="Check HTTPS_PROXY, or set NO_PROXY for the server.",
    )


def _no_tls(url: str, host: str, refusal: ssl.SSLError) -> HawkError:
    if not isinstance(refusal, ssl.SSLCertVerificationError):
        return Unavailable(
            f"{url} does not speak TLS as it should ({refusal.reason or refusal}).",
            fix="Check the port and the scheme in HAWK_API_URL.",
        )
    reason = refusal.verify_message
    if "expired" in reason or "not yet valid" in reason:
        fix = "Check the clock of this machine; if it is right, the server's operator must renew it."
    elif "mismatch" in reason or "not valid for" in reason:
        fix = f"Check HAWK_API_URL: is {host} the name that the server goes by?"
    else:
        fix = "If your organisation has its own authority, name its file in SSL_CERT_FILE."
    return Unavailable(f"The certificate of {host} is not to be trusted: {reason}.", fix=fix)


def _cause(error: BaseException, kind: type[E]) -> E | None:
    """The first error of a kind among those that led to ``error``."""
    return next((one for one in _chain(error) if isinstance(one, kind)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            yield from _chain(inner)  # pyright: ignore[reportUnknownArgumentType]
    earlier = error.__cause__ or error.__context__
    if earlier is not None:
        yield from _chain(earlier)
