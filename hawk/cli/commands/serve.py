"""``hawk serve``."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.cli.session import current_settings
from hawk.client.connect import server_part

Host = Annotated[str | None, Parameter(help="The address to listen at.")]
Port = Annotated[int | None, Parameter(help="The port to listen at.", validator=Number(gte=0, lte=65_535))]


def serve(*, host: Host = None, port: Port = None) -> int:
    """Answer Hawk's API to commands of others, from what `hawk.toml` and the environment say."""
    settings = current_settings()
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = msgspec.structs.replace(settings, serve=msgspec.structs.replace(settings.serve, **given))
    with server_part():
        from hawk.server.serving import serve as run
    return run(settings)
