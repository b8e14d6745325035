"""Whom a submission and its secrets may be sent to."""

from __future__ import annotations

from collections.abc import Mapping

from hawk.cli.asking import can_ask, confirm
from hawk.cli.session import Session
from hawk.client.secrecy import keeps_secrets
from hawk.errors import UsageFault


def keep_secret(session: Session, secrets: Mapping[str, str]) -> None:
    """Raises UsageFault where secrets would be readable on their way to the server."""
    if session.url is None or not secrets or keeps_secrets(session.url):
        return
    names = ", ".join(sorted(secrets))
    raise UsageFault(
        f"{session.url} is not encrypted: anybody on the way could read the secrets ({names}).",
        fix="Use its https:// address, or a tunnel that ends on this machine: "
        "ssh -L 8080:localhost:8080 HOST, then HAWK_API_URL=http://127.0.0.1:8080",
    )


def agree_to_server(session: Session, *, yes: bool) -> None:
    """Ask before the first submission to a server, for secrets and code go with it."""
    if session.url is None or session.used.is_trusted(session.url):
        return
    if not yes:
        _ask(session.url)
    session.used.trust(session.url)


def _ask(url: str) -> None:
    fix = "If you trust it with your secrets, add --yes."
    if not can_ask():
        raise UsageFault(f"This would be your first submission to {url}.", fix=fix)
    if not confirm(f"This is your first submission to {url}. Send it, with its secrets?", default=False):
        raise UsageFault(f"Nothing was sent to {url}.", fix=fix)
