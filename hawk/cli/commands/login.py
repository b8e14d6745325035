"""``hawk login``."""

from __future__ import annotations

import sys
import threading
import webbrowser
from typing import Annotated

import httpx
from cyclopts import Parameter

from hawk.cli.last_used import LastUsed
from hawk.cli.output import is_terminal, say
from hawk.cli.servers import server_named
from hawk.cli.session import current_settings
from hawk.cli.viewer import has_browser
from hawk.client.login.device import DeviceCode, device_login
from hawk.client.login.interactive import log_in
from hawk.client.login.keys import doubt_about
from hawk.client.login.loopback import browser_login
from hawk.client.login.place import Endpoints, LoginPlace, login_place
from hawk.client.login.record import name_in, origin_of
from hawk.client.login.store import logins_of
from hawk.client.login.token_endpoint import Granted
from hawk.client.secrecy import keeps_secrets
from hawk.errors import UsageFault

Browser = Annotated[bool, Parameter(help="Log in with this machine's browser, without a code.")]
ToServer = Annotated[str | None, Parameter(help="The server; without it that of HAWK_API_URL.")]


async def login(*, browser: Browser = False, server: ToServer = None) -> None:
    """Log in to a server: with a code and any browser, or with this machine's."""
    settings = current_settings()
    url = server_named(settings, server)
    place = await login_place(url, settings.login)
    if place is None:
        raise UsageFault(f"{url} has no login: whoever reaches it may use it.")
    logins = logins_of(settings)
    method = _by_browser if browser else _by_device
    kept = await log_in(logins, origin_of(url), place, settings.login, method)
    LastUsed(settings).trust(url)
    name = name_in(kept.access_token)
    say(f"Logged in to {url}{f' as {name}' if name else ''}. Next: hawk list jobs")


async def _by_device(http: httpx.AsyncClient, endpoints: Endpoints, place: LoginPlace) -> Granted:
    return await _checked(http, endpoints, await device_login(http, endpoints, place, _tell_code))


async def _by_browser(http: httpx.AsyncClient, endpoints: Endpoints, place: LoginPlace) -> Granted:
    return await _checked(http, endpoints, await browser_login(http, endpoints, place, _open))


async def _checked(http: httpx.AsyncClient, endpoints: Endpoints, granted: Granted) -> Granted:
    """Say at once what would else come as a refusal later."""
    if doubt := await doubt_about(http, endpoints, granted.access_token):
        say(f"warning: The server may refuse this login: {doubt}.")
    return granted


def _tell_code(code: DeviceCode) -> None:
    say(f"Open {code.verification_uri_complete or code.verification_uri} in a browser.")
    say(f"Check that it shows this code, and agree: {code.user_code}")
    if is_terminal(sys.stderr):
        _show_page(code.verification_uri_complete or code.verification_uri)
    say(f"Waiting for that, {max(code.expires_in / 60, 1):.0f} minutes at most (Ctrl-C gives up).")


def _open(url: str) -> None:
    say(f"If no browser opens, open this one yourself, on this machine: {url}")
    _show_page(url)


def _show_page(url: str) -> None:
    # What a provider says is an address could be a file, or a flag of the browser's.
    if keeps_secrets(url) and has_browser():
        # A browser that stays in the foreground must not keep the redirect from being answered.
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
