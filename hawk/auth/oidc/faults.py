"""What is wrong with a token, in words that a user can act on."""

from __future__ import annotations

from hawk.errors import InvalidToken

LOG_IN = "Log in again with: hawk login"


def invalid(why: str, fix: str = LOG_IN) -> InvalidToken:
    """The error of a token that is no good. ``why`` is plain ASCII: it goes into a header as well."""
    return InvalidToken(f"The access token is not valid. {why}", fix=fix)
