"""What a verified token says of its user."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from hawk.auth.caller import Caller
from hawk.auth.groups import normal_groups
from hawk.auth.oidc.faults import invalid
from hawk.settings import AuthSettings

logger = logging.getLogger(__name__)

_LONGEST = 255
"""Characters of a subject (OpenID Connect has no longer ones) and of a name."""


def caller_from(claims: Mapping[str, Any], settings: AuthSettings) -> Caller:
    """The user whose token has these claims. Raises InvalidToken where it names none."""
    subject = _text(claims.get("sub"))
    if subject is None:
        raise invalid("It names no user (`sub`).")
    groups = normal_groups(_groups(claims, settings.groups_claims))
    return Caller(
        name=_text(claims.get(settings.email_claim)) or subject,
        subject=subject,
        groups=groups,
        admin=bool(groups & normal_groups(settings.admin_groups)),
        expires_at=claims["exp"],
    )


def _groups(claims: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """The groups of the first claim that is there, a list or words in one text; none for anything else."""
    for name in names:
        value = _found(claims, name)
        if value is None:
            continue
        if isinstance(value, str):
            return tuple(value.split())
        if isinstance(value, list) and all(isinstance(one, str) for one in cast("list[Any]", value)):
            return tuple(cast("list[str]", value))
        logger.warning("the claim %s of a token is no list of names and no text: it gives no groups", name)
        return ()
    return ()


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this name, else what the dotted name leads to: Keycloak's ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = cast("Mapping[str, Any]", value).get(part) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    """A text that can stand in a row and on a terminal."""
    usable = isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()
    return value if usable else None
