"""What a route asks of its caller. Each route declares one; a route without one is refused at start."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

_KEY = "permission"


class Permission(StrEnum):
    """What a caller must be to use a route.

    ``VIEW`` and ``CHANGE`` are about the one thing that the path names: a job, an eval set, a log, a sample.
    """

    PUBLIC = "public"
    """Anybody, without a login."""
    LOGIN = "login"
    """Any user. What a list shows is filtered by what the user may view."""
    VIEW = "view"
    """A user with every model of the thing."""
    CHANGE = "change"
    """Its owner, or an admin."""
    ADMIN = "admin"
    """An admin."""
    RUNNER = "runner"
    """The runner of the job, by the job's own token."""


def needs(permission: Permission) -> dict[str, Any]:
    """The ``opt`` of a route that declares its permission."""
    return {_KEY: permission}


def permission_of(opt: dict[str, Any]) -> Permission | None:
    """The permission that a route declares."""
    return opt.get(_KEY)
