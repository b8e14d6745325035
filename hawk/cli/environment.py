"""The environment of a command: the process's own, with the working folder's ``.env`` beneath it."""

from __future__ import annotations

import os
from pathlib import Path

from hawk.errors import InvalidConfig
from hawk.settings import MAY_BE_EMPTY

DOTENV = ".env"
_CODE = ("LD_", "DYLD_", "PYTHON")
_TRUST = ("XDG_", "SSL", "REQUESTS_CA_", "CURL_CA_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_NOT_FROM_A_FILE = (*_CODE, *_TRUST)
"""Variables that would change which code this user's programs run, which servers the user trusts, or who
can read what is sent to them: a folder that somebody cloned must not decide that."""

_from_dotenv: set[str] = set()


def load_dotenv() -> None:
    """Add what ``.env`` says to the environment where the environment doesn't say it itself."""
    path = Path(DOTENV)
    if not path.is_file():
        return
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"{path.absolute()} is not UTF-8 text.") from error
    for name, value in values.items():
        said = value or (value == "" and name == MAY_BE_EMPTY)
        if said and name not in os.environ and not name.upper().startswith(_NOT_FROM_A_FILE):
            os.environ[name] = value or ""
            _from_dotenv.add(name)


def source_of(name: str) -> str:
    """Where a variable comes from: ``.env`` or ``environment``."""
    return DOTENV if name in _from_dotenv else "environment"
