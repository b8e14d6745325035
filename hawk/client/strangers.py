"""Answers that no Hawk gave: those of proxies, gateways, portals and other servers, in words."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import httpx

from hawk.api_version import HEADER, spoken
from hawk.errors import Forbidden, HawkError, NoAnswer, NotLoggedIn, Unavailable, UsageFault

GATEWAY = frozenset({502, 503, 504})
"""What a proxy says while the server behind it is away."""


def not_hawks(answer: httpx.Response) -> HawkError:
    """The error to raise for an answer that isn't Hawk's, or isn't all of it."""
    url, status = address(answer), answer.status_code
    said = f"{status} {answer.reason_phrase}".strip()
    if answer.is_redirect:
        return _moved(answer, url)
    if status in GATEWAY:
        return NoAnswer(
            f"A proxy answers for {url}, and says that the server behind it is away ({said}).",
            fix="Try again a little later, or ask the server's operator.",
        )
    if status in _REFUSALS:
        kind, words, fix = _REFUSALS[status]
        return kind(words.format(url=url, said=said), fix=fix)
    if spoken(answer.headers.get(HEADER)) is not None:
        return Unavailable(f"{url} answered {said}, and nothing clear.", fix="Ask the server's operator.")
    what = "a web page" if "html" in answer.headers.get("content-type", "") else said
    return Unavailable(
        f"{url} is no server of Hawk's: it answered {what}.", fix="Check HAWK_API_URL: scheme, host and port."
    )


_BEFORE = "Something in front of {url} refuses the request, before Hawk sees it ({said})."
_WHAT_IS_BEFORE = "Check HAWK_API_URL, and what stands before the server: a VPN, a firewall, a login page?"
_REFUSALS: dict[int, tuple[type[HawkError], str, str]] = {
    401: (NotLoggedIn, _BEFORE, _WHAT_IS_BEFORE),
    403: (Forbidden, _BEFORE, _WHAT_IS_BEFORE),
    407: (
        Unavailable,
        "The proxy on the way to {url} wants a user and a password ({said}).",
        "Put them into HTTP_PROXY (http://USER:PASSWORD@PROXY), or set NO_PROXY for the server.",
    ),
    413: (
        UsageFault,
        "A proxy in front of {url} takes no request as large as this one ({said}).",
        "Ask the server's operator to raise its limit: a wheel may have 500 MB, a log 8 GiB.",
    ),
    429: (Unavailable, "{url} wants fewer requests ({said}).", "Try again a little later."),
}


def address(answer: httpx.Response) -> str:
    """Who gave an answer, as HAWK_API_URL would have it."""
    parts = urlsplit(str(answer.url))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _moved(answer: httpx.Response, url: str) -> HawkError:
    target = urljoin(str(answer.url), answer.headers.get("location", ""))
    parts = urlsplit(target)
    there = f"{parts.scheme}://{parts.netloc}"
    if there == url or not parts.netloc:
        fix = "Check HAWK_API_URL: no path belongs to it, unless the server's operator says so."
    else:
        fix = f"If you trust it, set HAWK_API_URL={there}"
    return Unavailable(f"{url} points to {target[:200]}, where requests are not sent unasked.", fix=fix)
