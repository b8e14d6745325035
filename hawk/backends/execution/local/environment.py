"""What of this process's environment a job gets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from hawk.backends.execution.local.supervisor.tree import MARK

_ALLOWED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_.*|TZ|TERM|COLORTERM|NO_COLOR|TMPDIR|TEMP|TMP"
    r"|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS"
    r"|UV_.*|PIP_.*|XDG_.*|DOCKER_HOST|DOCKER_CONFIG|PYTHONDONTWRITEBYTECODE",
    re.IGNORECASE,
)


def job_environment(
    environ: Mapping[str, str], secrets: Collection[str], *, inherit: bool, passed: Collection[str] = ()
) -> dict[str, str]:
    """The environment of a supervisor and its runner, without the names of the secrets.

    A server's own environment holds its credentials: with ``inherit`` False only what says where
    things are, and how to reach an index, goes on to the job, and what the operator ``passed`` (``AWS_*``).
    """

    def goes_on(name: str) -> bool:
        return bool(_ALLOWED.fullmatch(name)) or any(fnmatchcase(name, pattern) for pattern in passed)

    return {
        name: value
        for name, value in environ.items()
        if name not in secrets and name != MARK and (inherit or goes_on(name))
    }
