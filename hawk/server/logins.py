"""Whether a server has logins, and what it refuses to run without or with them."""

from __future__ import annotations

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import UsageFault
from hawk.settings import Settings


def has_logins(settings: Settings) -> bool:
    """Whether users log in; else the server is for the user who started it."""
    return bool(settings.auth.issuer)


def usable_backends(settings: Settings, found: dict[str, ExecutionBackend]) -> dict[str, ExecutionBackend]:
    """The backends that a server may use.

    One that runs users' code beside the server gives each of them what the server has, so with logins its
    operator must say that this is meant. Raises UsageFault where it is the one that jobs run on.
    """
    if not has_logins(settings) or settings.serve.allow_local_backend:
        return found
    refused = {name for name, one in found.items() if one.capabilities.runs_beside_server}
    if settings.backend in refused:
        raise UsageFault(
            f"With logins, the backend {settings.backend!r} would run everybody's code beside the server.",
            fix="Set HAWK_BACKEND to another, or, for people you trust, HAWK_ALLOW_LOCAL_BACKEND=true.",
        )
    return {name: one for name, one in found.items() if name not in refused}
